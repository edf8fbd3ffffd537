#include "analyzer/dockerfile/select_internal.h"

#include "analyzer/dockerfile/glob.h"
#include "analyzer/dockerfile/select_filter.h"

#include <stdlib.h>
#include <string.h>

// BuildKit goes through all paths below a prefix (cache/contenthash/checksum.go, includedPaths) and takes those that the wildcard
// and the patterns let through, a directory also when something below it gets through.  Here it is the same in three steps:
//
//	tops       what the path names: one entry, the matches of a wildcard, or the entries of the context root
//	links      tops that are links count as what they lead to
//	walk       below the tops, with the patterns relative to each of them

/** A directory that is looked into. */
struct node {
	struct ctx_dir *dir;
	struct ctx_entry *entry;
	/** NULL for a top. */
	struct node *above;
	struct ana_filter_state state;
	/** The directory was reported. */
	bool reported;
};

/** One selection by a list. */
struct list {
	struct ana_pick *pick;
	struct ana_filters filters;
	/** The wildcard ("" if it is none); the part before it as it is written, and where that leads to ("" for the root). */
	struct ctx_str pattern, written, resolved;
	CTX_VEC(struct ana_place) tops;
	/** The tops are the entries of the context root: their names are the paths that patterns see. */
	bool at_root;
	/** Directories still to be searched for matches, and those still to be walked. */
	CTX_VEC(struct ctx_dir *) dirs;
	CTX_VEC(struct node *) nodes;
	struct ctx_buf path, virtual;
	/** --parents: which of the paths that must exist were found. */
	bool *found;
};

/* ---- Tops ---- */

/** The path of an entry as BuildKit matches it: where the written prefix leads to is replaced by the prefix, as text. */
static int virtual_path(struct list *l, const char *real, size_t len) {
	struct ctx_buf *out = &l->virtual;
	ctx_buf_reset(out);
	ctx_buf_addc(out, '/');
	ctx_buf_add(out, real, len);
	if (ctx_buf_ok(out) && out->len >= l->resolved.len &&
		memcmp(out->data, l->resolved.ptr, l->resolved.len) == 0) {
		size_t cut = l->resolved.len;
		ctx_buf_reset(out);
		ctx_buf_add(out, l->written.ptr, l->written.len);
		ctx_buf_adds(out, cut == 0 ? "/" : "");
		cut -= cut > 0; // `real` has no slash at its start
		ctx_buf_add(out, real + cut, len - cut);
	}
	return ctx_buf_ok(out) ? 0 : ctx_fail_nomem(l->pick->err);
}

/** Slashes of a path. */
static size_t count_slashes(struct ctx_str path) {
	size_t count = 0;
	for (size_t i = 0; i < path.len; ++i) {
		count += path.ptr[i] == '/';
	}
	return count;
}

/** Can something below a directory match the wildcard?  Classes match a '/' as well, so they may take one each. */
static bool may_match_below(struct ctx_str pattern, struct ctx_str path) {
	if (ana_pattern_is_simple(pattern)) {
		return ana_pattern_matches_so_far(pattern, path);
	}
	size_t deepest = count_slashes(pattern);
	for (size_t i = 0; i < pattern.len; ++i) {
		deepest += pattern.ptr[i] == '[';
	}
	return count_slashes(path) < deepest;
}

/** Does BuildKit come to the entry at `l->path`?  It starts at the prefix and goes on to the end of the tree. */
static bool is_reached(const struct list *l) {
	return l->resolved.len == 0 ||
		ctx_path_cmp(l->path.data, l->path.len, l->resolved.ptr + 1, l->resolved.len - 1) >= 0;
}

/** Compare an entry with the wildcard; a directory that may hold matches is queued. */
static int match_entry(struct list *l, struct ana_place place) {
	ctx_buf_reset(&l->path);
	ctx_entry_path(&l->path, place.dir, place.entry);
	int rc = ctx_buf_ok(&l->path) ? virtual_path(l, l->path.data, l->path.len) : ctx_fail_nomem(l->pick->err);
	if (rc < 0) {
		return rc;
	}
	struct ctx_str path = { l->virtual.data, l->virtual.len };
	if (is_reached(l) && ana_glob_match(l->pattern, path) == 1) {
		return CTX_VEC_PUSH(&l->tops, place) ? 0 : ctx_fail_nomem(l->pick->err);
	}
	struct ctx_dir *below = ctx_entry_dir(place.entry);
	if (below != NULL && may_match_below(l->pattern, path) && !CTX_VEC_PUSH(&l->dirs, below)) {
		return ctx_fail_nomem(l->pick->err);
	}
	return 0;
}

/** Find the matches of the wildcard below a directory (NULL: there is nothing). */
static int find_matches(struct list *l, struct ctx_dir *start) {
	if (start != NULL && !CTX_VEC_PUSH(&l->dirs, start)) {
		return ctx_fail_nomem(l->pick->err);
	}
	while (l->dirs.count > 0) {
		struct ctx_dir *dir = l->dirs.items[--l->dirs.count];
		for (uint32_t i = 0; i < dir->count; ++i) {
			struct ana_place place = { dir, &dir->entries[i] };
			int rc = ana_pick_has(l->pick, place.entry) ? match_entry(l, place) : 0;
			if (rc < 0) {
				return rc;
			}
		}
	}
	return 0;
}

/** Find what a wildcard names. */
static int find_wildcard(struct list *l) {
	struct ana_pick *pick = l->pick;
	l->pattern = pick->read->path;
	l->written = ana_glob_base(l->pattern);
	struct ana_place start = { NULL, &pick->snap->root };
	if (l->written.len > 0) {
		int rc = ana_place_find(&start, pick->snap, l->written, pick->place_flags | ANA_PLACE_FOLLOW,
			&pick->trail, pick->err);
		if (rc == CTX_E_LIMIT) {
			return ana_pick_not_found(pick, l->written, rc);
		}
		if (rc <= 0) {
			return rc < 0 ? rc : ana_pick_cannot_copy(pick, l->written, rc);
		}
		rc = ana_pick_links(pick);
		if (rc < 0) {
			return rc;
		}
	}
	if (ana_glob_match(l->pattern, CTX_STR("")) < 0) {
		return ctx_fail(pick->err, CTX_E_SYNTAX, "syntax error in pattern");
	}
	ctx_buf_reset(&l->path);
	ctx_entry_path(&l->path, start.dir, start.entry);
	if (l->path.len > 0) {
		char *copy = ctx_arena_memdup0(&pick->arena, ctx_buf_str(&pick->trail.path), pick->trail.path.len);
		l->resolved = (struct ctx_str){ copy, pick->trail.path.len };
		if (copy == NULL) {
			return ctx_fail_nomem(pick->err);
		}
	}
	// A backslash in the prefix is text when the prefix is looked up, and an escape when paths are matched
	bool escapes = l->written.len > 0 && memchr(l->written.ptr, '\\', l->written.len) != NULL;
	return find_matches(l, escapes ? pick->snap->root.dir : ctx_entry_dir(start.entry));
}

/** Find the one entry that a path without wildcard names; its last component is not followed here. */
static int find_single(struct list *l) {
	struct ana_pick *pick = l->pick;
	struct ana_place top;
	int rc = ana_place_find(&top, pick->snap, pick->read->path, pick->place_flags, &pick->trail, pick->err);
	if (rc == CTX_E_LIMIT) {
		return ana_pick_not_found(pick, pick->read->path, rc);
	}
	if (rc <= 0) {
		return rc; // digested as nothing
	}
	l->written = pick->read->path;
	char *copy = ctx_arena_memdup0(&pick->arena, pick->trail.path.data, pick->trail.path.len);
	l->resolved = (struct ctx_str){ copy, pick->trail.path.len };
	if (copy == NULL || !CTX_VEC_PUSH(&l->tops, top)) {
		return ctx_fail_nomem(pick->err);
	}
	return ana_pick_links(pick);
}

/** Find the tops. */
static int find_tops(struct list *l, bool wildcard) {
	if (wildcard) {
		return find_wildcard(l);
	}
	l->at_root = l->pick->read->path.len <= 1;
	struct ctx_dir *root = l->pick->snap->root.dir;
	if (!l->at_root) {
		return find_single(l);
	}
	for (uint32_t i = 0; root != NULL && i < root->count; ++i) {
		struct ana_place top = { root, &root->entries[i] };
		if (ana_pick_has(l->pick, top.entry) && !CTX_VEC_PUSH(&l->tops, top)) {
			return ctx_fail_nomem(l->pick->err);
		}
	}
	return 0;
}

/** Ask the patterns about a top, as an entry of the context root or as the source itself. */
static int test_top(struct list *l, const struct ctx_entry *top, struct ana_verdict *out) {
	bool is_dir = top->kind == CTX_KIND_DIR;
	if (!l->at_root) {
		return ana_filters_test_source(&l->filters, is_dir, out, l->pick->err);
	}
	int rc = ana_filters_enter(&l->filters, NULL, "", 0, l->pick->err);
	struct ctx_str name = { top->name, top->name_len };
	return rc < 0 ? rc : ana_filters_test(&l->filters, NULL, name, is_dir, out, l->pick->err);
}

/** Follow a top that is a link. */
static int follow_top(struct list *l, struct ana_place top) {
	struct ana_pick *pick = l->pick;
	struct ana_verdict verdict;
	int rc = test_top(l, top.entry, &verdict);
	ctx_buf_reset(&l->path);
	ctx_entry_path(&l->path, top.dir, top.entry);
	rc = rc < 0 ? rc : virtual_path(l, ctx_buf_str(&l->path), l->path.len);
	if (rc < 0) {
		return rc;
	}
	struct ctx_str path = { l->virtual.data, l->virtual.len };
	if (verdict.included) {
		rc = ana_pick_follow(pick, path, true);
		return rc > 0 ? 0 : ana_pick_not_found(pick, path, rc);
	}
	if (l->at_root) {
		return 0;
	}
	struct ana_place end;
	rc = ana_place_find(&end, pick->snap, path, pick->place_flags | ANA_PLACE_FOLLOW, &pick->trail, pick->err);
	return rc > 0 ? 0 : ana_pick_cannot_copy(pick, path, rc);
}

/** Follow the tops that are links. */
static int follow_tops(struct list *l) {
	for (size_t i = 0; l->pick->read->action->follow_symlinks && i < l->tops.count && !l->pick->out->missing; ++i) {
		int rc = l->tops.items[i].entry->kind == CTX_KIND_SYMLINK ? follow_top(l, l->tops.items[i]) : 0;
		if (rc < 0) {
			return rc;
		}
	}
	return 0;
}

/* ---- Walk ---- */

/** Report the directories above an entry that were only reported with what they hold. */
static int pick_above(struct list *l, struct node *node) {
	int rc = 0;
	for (; rc == 0 && node != NULL && !node->reported; node = node->above) {
		node->reported = true;
		rc = ana_pick_entry(l->pick, node->dir->parent, node->entry);
	}
	return rc;
}

/** Queue a directory. */
static int push_node(struct list *l, struct node *above, struct ctx_entry *entry, const struct ana_verdict *verdict) {
	struct node *node = ctx_arena_alloc(&l->pick->arena, sizeof(*node));
	if (node == NULL || !CTX_VEC_PUSH(&l->nodes, node)) {
		return ctx_fail_nomem(l->pick->err);
	}
	*node = (struct node){
		.dir = ctx_entry_dir(entry),
		.entry = entry,
		.above = above,
		.state = verdict->state,
		.reported = verdict->included,
	};
	return 0;
}

/** Report an entry as its verdict says, and queue it if it is a directory; `path` is how the patterns see it. */
static int pick_verdict(struct list *l, struct node *above, struct ana_place place, const struct ana_verdict *verdict,
	struct ctx_str path) {
	int rc = 0;
	if (verdict->included) {
		rc = pick_above(l, above);
		rc = rc < 0 ? rc : ana_pick_entry(l->pick, place.dir, place.entry);
	}
	if (rc < 0 || ctx_entry_dir(place.entry) == NULL) {
		return rc;
	}
	if (verdict->included && ana_filters_pass_all_below(&l->filters)) {
		return ana_pick_below(l->pick, ctx_entry_dir(place.entry));
	}
	return ana_filters_may_pass_below(&l->filters, verdict, path) ? push_node(l, above, place.entry, verdict) : 0;
}

/** Go through the entries of one directory below `top` (NULL: the root of the context). */
static int walk_node(struct list *l, struct node *node, const struct ctx_dir *top) {
	ctx_buf_reset(&l->path);
	ctx_dir_path_below(&l->path, top, node->dir);
	size_t dir_len = l->path.len;
	int rc = ctx_buf_ok(&l->path)
		? ana_filters_enter(&l->filters, &node->state, ctx_buf_str(&l->path), dir_len, l->pick->err)
		: ctx_fail_nomem(l->pick->err);
	if (dir_len > 0) {
		ctx_buf_addc(&l->path, '/');
		++dir_len;
	}
	for (uint32_t i = 0; rc == 0 && i < node->dir->count; ++i) {
		struct ana_place place = { node->dir, &node->dir->entries[i] };
		struct ctx_str name = { place.entry->name, place.entry->name_len };
		if (!ana_pick_has(l->pick, place.entry) || ana_pick_is_tree(l->pick, place.entry)) {
			continue;
		}
		struct ana_verdict verdict;
		rc = ana_filters_test(&l->filters, &node->state, name, place.entry->kind == CTX_KIND_DIR, &verdict,
			l->pick->err);
		ctx_buf_truncate(&l->path, dir_len);
		ctx_buf_add(&l->path, name.ptr, name.len);
		if (rc == 0 && !ctx_buf_ok(&l->path)) {
			rc = ctx_fail_nomem(l->pick->err);
		}
		if (rc == 0) {
			rc = pick_verdict(l, node, place, &verdict, (struct ctx_str){ l->path.data, l->path.len });
		}
	}
	return rc;
}

/** Report a top and what is read below it. */
static int walk_top(struct list *l, struct ana_place top) {
	if (ana_pick_is_within(l->pick, top)) {
		return 0;
	}
	struct ana_verdict verdict;
	int rc = test_top(l, top.entry, &verdict);
	struct ctx_str path = CTX_STR("");
	if (l->at_root) {
		path = (struct ctx_str){ top.entry->name, top.entry->name_len };
	}
	rc = rc < 0 ? rc : pick_verdict(l, NULL, top, &verdict, path);
	const struct ctx_dir *start = l->at_root ? l->pick->snap->root.dir : ctx_entry_dir(top.entry);
	while (rc == 0 && l->nodes.count > 0) {
		rc = walk_node(l, l->nodes.items[--l->nodes.count], start);
	}
	return rc;
}

/** Report everything that is read but what links lead to. */
static int walk_tops(struct list *l) {
	int rc = 0;
	for (size_t i = 0; rc == 0 && i < l->tops.count; ++i) {
		rc = walk_top(l, l->tops.items[i]);
	}
	return rc;
}

/* ---- Paths that must exist ---- */

/** Note which of the required paths an entry's path begins with, as text. */
static int note_required(void *arg, const char *path, size_t len) {
	struct list *l = arg;
	const struct ana_action *action = l->pick->read->action;
	int rc = virtual_path(l, path, len);
	for (uint32_t i = 0; rc == 0 && i < action->required_count; ++i) {
		struct ctx_str required = action->required[i];
		l->found[i] = l->found[i] ||
			(l->virtual.len >= required.len &&
				(required.len == 0 || memcmp(l->virtual.data, required.ptr, required.len) == 0));
	}
	return rc;
}

/** See whether the required paths are there, by a walk that reports nothing. */
static int check_required(struct list *l) {
	const struct ana_action *action = l->pick->read->action;
	if (action->required_count == 0) {
		return 0;
	}
	l->found = ctx_arena_calloc(&l->pick->arena, action->required_count, sizeof(*l->found));
	if (l->found == NULL) {
		return ctx_fail_nomem(l->pick->err);
	}
	l->pick->probe = note_required;
	l->pick->probe_arg = l;
	int rc = walk_tops(l);
	l->pick->probe = NULL;
	for (uint32_t i = 0; rc == 0 && i < action->required_count && !l->pick->out->missing; ++i) {
		if (!l->found[i]) {
			rc = ana_pick_not_found(l->pick, action->required[i], 0);
		}
	}
	return rc;
}

/** Select with the patterns compiled. */
static int select_list(struct list *l, bool wildcard) {
	struct ana_pick *pick = l->pick;
	int rc = find_tops(l, wildcard);
	if (rc == 0 && !pick->out->missing) {
		rc = check_required(l);
	}
	if (rc == 0 && !pick->out->missing && !wildcard && !l->at_root && l->tops.count == 0) {
		struct ana_place end;
		rc = ana_place_find(&end, pick->snap, pick->read->path, pick->place_flags | ANA_PLACE_FOLLOW,
			&pick->trail, pick->err);
		rc = ana_pick_cannot_copy(pick, pick->read->path, rc);
	}
	if (rc == 0 && !pick->out->missing) {
		rc = follow_tops(l);
	}
	return rc < 0 || pick->out->missing ? rc : walk_tops(l);
}

int ana_pick_list(struct ana_pick *pick, bool wildcard) {
	struct list l = { .pick = pick, .written = CTX_STR(""), .resolved = CTX_STR("") };
	int rc = ana_filters_init(&l.filters, pick->read->action, &pick->arena, pick->err);
	rc = rc < 0 ? rc : select_list(&l, wildcard);
	ana_filters_release(&l.filters);
	CTX_VEC_RELEASE(&l.tops);
	CTX_VEC_RELEASE(&l.dirs);
	CTX_VEC_RELEASE(&l.nodes);
	ctx_buf_release(&l.path);
	ctx_buf_release(&l.virtual);
	return rc;
}
