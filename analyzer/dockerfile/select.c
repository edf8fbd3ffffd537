#include "analyzer/dockerfile/select.h"

#include "analyzer/dockerfile/glob.h"
#include "analyzer/dockerfile/quote.h"
#include "analyzer/dockerfile/select_internal.h"
#include "ctxopt/base/path.h"

#include <stdio.h>
#include <stdlib.h>

/* ---- What a graph reads ---- */

void ana_reads_release(struct ana_reads *reads) {
	CTX_VEC_RELEASE(&reads->items);
	ctx_arena_release(&reads->arena);
}

/** Index of the local context that a vertex stands for; ANA_NONE if it is none. */
static uint32_t local_of(const struct ana_graph *graph, uint32_t vertex) {
	if (vertex == ANA_NONE || graph->vertices.items[vertex].op != ANA_OP_LOCAL) {
		return ANA_NONE;
	}
	return graph->vertices.items[vertex].local;
}

/** Does a copy's source go by its wildcards (ops/file.go, addSelector)? */
static bool has_wildcard(const struct ana_action *action) {
	return action->wildcard && ana_glob_has_wildcard(action->src);
}

/** Is the read digested as a list of entries (opsutils.Selector, HasWildcardOrFilters)? */
static bool is_list(const struct ana_read *read) {
	const struct ana_action *action = read->action;
	return action != NULL && (has_wildcard(action) || action->include_count > 0 || action->exclude_count > 0);
}

/** Collect the sources of a file operation. */
static bool collect_copies(struct ana_reads *reads, const struct ana_graph *graph, uint32_t vertex) {
	const struct ana_file_op *file = &graph->vertices.items[vertex].file;
	for (uint32_t i = 0; i < file->action_count; ++i) {
		const struct ana_action *action = &file->actions[i];
		uint32_t local = action->kind == ANA_ACTION_COPY ? local_of(graph, action->source) : ANA_NONE;
		struct ana_read read = { .vertex = vertex, .local = local, .action = action, .path = action->src };
		if (local != ANA_NONE && !CTX_VEC_PUSH(&reads->items, read)) {
			return false;
		}
	}
	return true;
}

/** Can a mount of this type bring in another vertex? */
static bool can_have_input(const struct ana_exec_mount *mount) {
	return mount->type == ANA_MOUNT_BIND || mount->type == ANA_MOUNT_CACHE;
}

/** Collect the mounts of an exec. */
static bool collect_mounts(struct ana_reads *reads, const struct ana_graph *graph, uint32_t vertex) {
	const struct ana_exec *exec = &graph->vertices.items[vertex].exec;
	for (uint32_t i = 0; i < exec->mount_count; ++i) {
		const struct ana_exec_mount *mount = &exec->mounts[i];
		uint32_t local = can_have_input(mount) ? local_of(graph, mount->input) : ANA_NONE;
		if (local == ANA_NONE) {
			continue;
		}
		struct ana_read read = { .vertex = vertex, .local = local, .mount = mount };
		ctx_auto_buf struct ctx_buf path = CTX_BUF_INIT;
		ctx_auto_buf struct ctx_buf clean = CTX_BUF_INIT;
		ctx_buf_addc(&path, '/');
		ctx_buf_add(&path, mount->selector.len > 0 ? mount->selector.ptr : "", mount->selector.len);
		ctx_path_clean(&clean, ctx_buf_str(&path), path.len);
		const char *copy = ctx_arena_memdup0(&reads->arena, ctx_buf_str(&clean), clean.len);
		read.path = (struct ctx_str){ copy, clean.len };
		if (!ctx_buf_ok(&path) || !ctx_buf_ok(&clean) || copy == NULL || !CTX_VEC_PUSH(&reads->items, read)) {
			return false;
		}
	}
	return true;
}

/** Order of reads of one step: by what they read, then by path. */
static int compare_reads(const void *a, const void *b) {
	const struct ana_read *x = *(struct ana_read *const *)a, *y = *(struct ana_read *const *)b;
	if (x->local != y->local) {
		return x->local < y->local ? -1 : 1;
	}
	bool follow_x = x->action == NULL || x->action->follow_symlinks;
	bool follow_y = y->action == NULL || y->action->follow_symlinks;
	if (follow_x != follow_y) {
		return follow_x ? 1 : -1;
	}
	return ctx_path_cmp(x->path.ptr, x->path.len, y->path.ptr, y->path.len);
}

/** Does one read take all that another takes?  Both are plain paths. */
static bool covers(const struct ana_read *above, const struct ana_read *read) {
	size_t len = above->path.len > 1 ? above->path.len : 0;
	return above->local == read->local && read->path.len > above->path.len &&
		(above->action == NULL || above->action->follow_symlinks == read->action->follow_symlinks) &&
		ctx_path_within(read->path.ptr, read->path.len, above->path.ptr, len);
}

/** Mark the covered reads among those of one step, which begin at `from`; false when out of memory. */
static bool mark_covered(struct ana_reads *reads, size_t from) {
	size_t count = reads->items.count - from;
	if (count < 2) {
		return true;
	}
	struct ana_read **plain = ctx_calloc(count, sizeof(struct ana_read *));
	if (plain == NULL) {
		return false;
	}
	size_t plains = 0;
	for (size_t i = 0; i < count; ++i) {
		if (!is_list(&reads->items.items[from + i])) {
			plain[plains++] = &reads->items.items[from + i];
		}
	}
	qsort(plain, plains, sizeof(struct ana_read *), compare_reads);
	const struct ana_read *above = NULL;
	for (size_t i = 0; i < plains; ++i) {
		if (above != NULL && covers(above, plain[i])) {
			plain[i]->covered = true;
		} else {
			above = plain[i];
		}
	}
	free(plain);
	return true;
}

int ana_reads_collect(struct ana_reads *reads, const struct ana_graph *graph, struct ctx_error *err) {
	for (size_t i = 0; i < graph->vertices.count; ++i) {
		const struct ana_vertex *vertex = &graph->vertices.items[i];
		size_t from = reads->items.count;
		bool ok = true;
		if (vertex->op == ANA_OP_FILE) {
			ok = collect_copies(reads, graph, (uint32_t)i);
		} else if (vertex->op == ANA_OP_EXEC) {
			ok = collect_mounts(reads, graph, (uint32_t)i);
		}
		if (!ok || !mark_covered(reads, from)) {
			return ctx_fail_nomem(err);
		}
	}
	return 0;
}

/* ---- Specials ---- */

/** The special that an entry is, or NULL. */
static struct ana_special *find_special(const struct ana_pick *pick, const struct ctx_entry *entry) {
	uint32_t index = CTX_STRMAP_NONE;
	if (pick->specials.count > 0) {
		index = ctx_strmap_get(&pick->special_of, &entry, sizeof(entry));
	}
	return index != CTX_STRMAP_NONE ? &pick->specials.items[index] : NULL;
}

/** Note a special; one that was noted keeps what it has. */
static int add_special(struct ana_pick *pick, struct ana_place place, bool tree) {
	struct ana_special *known = find_special(pick, place.entry);
	if (known != NULL) {
		known->tree = known->tree || tree;
		return 0;
	}
	const struct ctx_entry **key = ctx_arena_alloc(&pick->arena, sizeof(*key));
	struct ana_special special = { .place = place, .tree = tree };
	if (key == NULL || !CTX_VEC_PUSH(&pick->specials, special)) {
		return ctx_fail_nomem(pick->err);
	}
	*key = place.entry;
	uint32_t index = (uint32_t)(pick->specials.count - 1);
	if (ctx_strmap_put(&pick->special_of, key, sizeof(*key), index) == CTX_STRMAP_NONE) {
		return ctx_fail_nomem(pick->err);
	}
	return 0;
}

int ana_pick_links(struct ana_pick *pick) {
	for (size_t i = 0; i < pick->trail.links.count; ++i) {
		int rc = add_special(pick, pick->trail.links.items[i], false);
		if (rc < 0) {
			return rc;
		}
	}
	return 0;
}

int ana_pick_follow(struct ana_pick *pick, struct ctx_str path, bool trailing) {
	struct ana_place end;
	int rc = ana_place_find(&end, pick->snap, path, pick->place_flags | (trailing ? ANA_PLACE_FOLLOW : 0),
		&pick->trail, pick->err);
	if (rc <= 0) {
		return rc;
	}
	pick->whole = pick->whole || end.entry == &pick->snap->root;
	rc = add_special(pick, end, true);
	rc = rc < 0 ? rc : ana_pick_links(pick);
	return rc < 0 ? rc : 1;
}

bool ana_pick_is_tree(const struct ana_pick *pick, const struct ctx_entry *entry) {
	const struct ana_special *special = find_special(pick, entry);
	return special != NULL && special->tree;
}

/** Is a directory above the place a special with all that it holds? */
static bool is_below_tree(const struct ana_pick *pick, struct ana_place place) {
	for (const struct ctx_dir *d = place.dir; d != NULL && d->parent != NULL; d = d->parent) {
		if (ana_pick_is_tree(pick, &d->parent->entries[d->parent_index])) {
			return true;
		}
	}
	return pick->whole && place.dir != NULL;
}

bool ana_pick_is_within(const struct ana_pick *pick, struct ana_place place) {
	return pick->specials.count > 0 && (ana_pick_is_tree(pick, place.entry) || is_below_tree(pick, place));
}

/* ---- Reports ---- */

/** Compose the path of an entry; that of its directory is mostly there from the entry before. */
static bool compose_path(struct ana_pick *pick, const struct ctx_dir *dir, const struct ctx_entry *entry) {
	if (pick->path_dir != dir) {
		ctx_buf_reset(&pick->path);
		ctx_dir_path(&pick->path, dir);
		if (pick->path.len > 0) {
			ctx_buf_addc(&pick->path, '/');
		}
		pick->path_dir = dir;
		pick->path_dir_len = pick->path.len;
	}
	ctx_buf_truncate(&pick->path, pick->path_dir_len);
	ctx_buf_add(&pick->path, entry->name, entry->name_len);
	return ctx_buf_ok(&pick->path);
}

/** Add an entry to the totals. */
static inline void count(struct ana_selection *out, const struct ctx_entry *entry) {
	if (entry->kind == CTX_KIND_DIR) {
		++out->dirs;
	} else {
		++out->files;
		out->bytes += ctx_entry_content_bytes(entry);
	}
}

int ana_pick_entry(struct ana_pick *pick, struct ctx_dir *dir, struct ctx_entry *entry) {
	if (pick->probe == NULL) {
		struct ana_special *special = find_special(pick, entry);
		if (special != NULL) {
			special->reported = true;
		}
		count(pick->out, entry);
		if (pick->fn == NULL) {
			return 0;
		}
	}
	if (!compose_path(pick, dir, entry)) {
		return ctx_fail_nomem(pick->err);
	}
	if (pick->probe != NULL) {
		return pick->probe(pick->probe_arg, ctx_buf_str(&pick->path), pick->path.len);
	}
	return pick->fn(pick->arg, dir, entry, ctx_buf_str(&pick->path), pick->path.len);
}

/** Report an entry that is no special. */
static int pick_common(struct ana_pick *pick, struct ctx_dir *dir, struct ctx_entry *entry) {
	if (pick->fn == NULL && pick->probe == NULL) {
		count(pick->out, entry);
		return 0;
	}
	return ana_pick_entry(pick, dir, entry);
}

/** Report everything kept below a directory; `specials`: some of it may be special. */
static int pick_below(struct ana_pick *pick, struct ctx_dir *dir, bool specials) {
	struct ctx_cursor cursor = ctx_cursor_at(dir);
	int rc = 0;
	for (struct ctx_entry *e; rc == 0 && (e = ctx_cursor_next(&cursor)) != NULL;) {
		if (!ana_pick_has(pick, e) || (specials && ana_pick_is_tree(pick, e))) {
			ctx_cursor_skip(&cursor);
		} else if (specials) {
			rc = ana_pick_entry(pick, cursor.dir, e);
		} else {
			rc = pick_common(pick, cursor.dir, e);
		}
	}
	return rc;
}

int ana_pick_below(struct ana_pick *pick, struct ctx_dir *dir) {
	return pick_below(pick, dir, pick->specials.count > 0);
}

/** Report a special with all that it holds, but others of its kind below: they have their own turn. */
static int report_tree(struct ana_pick *pick, struct ana_place place) {
	int rc = 0;
	if (place.dir != NULL) {
		rc = ana_pick_entry(pick, place.dir, place.entry);
	}
	return rc < 0 ? rc : pick_below(pick, ctx_entry_dir(place.entry), pick->specials.count > 1);
}

/** Report the specials that were not met so far: first what is read whole, then the links outside of it. */
static int report_specials(struct ana_pick *pick) {
	for (int links = 0; links <= 1; ++links) {
		for (size_t i = 0; i < pick->specials.count; ++i) {
			struct ana_special special = pick->specials.items[i];
			int rc = 0;
			if (special.tree && !links) {
				rc = report_tree(pick, special.place);
			} else if (!special.tree && links && !special.reported) {
				rc = ana_pick_entry(pick, special.place.dir, special.place.entry);
			}
			if (rc < 0) {
				return rc;
			}
		}
	}
	return 0;
}

/* ---- Missing sources ---- */

/** Why a source is missing: find the ignore rule, if it is one. */
static int explain_missing(struct ana_pick *pick, struct ctx_str path) {
	struct ana_place place;
	int rc = ana_place_find(&place, pick->snap, path, ANA_PLACE_FOLLOW | ANA_PLACE_IGNORED, &pick->trail,
		pick->err);
	if (rc < 0) {
		return rc == CTX_E_LIMIT ? 0 : rc;
	}
	if (pick->trail.ignored != NULL && (rc > 0 || pick->trail.unopened)) {
		pick->out->ignored_by = pick->trail.ignored->rule;
	}
	return 0;
}

/** Put the message into the result, cut if it is too long. */
static int set_message(struct ana_pick *pick, struct ctx_buf *message) {
	if (!ctx_buf_ok(message)) {
		return ctx_fail_nomem(pick->err);
	}
	pick->out->missing = true;
	snprintf(pick->out->message, sizeof(pick->out->message), "%s", ctx_buf_str(message));
	return 0;
}

int ana_pick_not_found(struct ana_pick *pick, struct ctx_str path, int rc) {
	ctx_auto_buf struct ctx_buf message = CTX_BUF_INIT;
	ctx_buf_adds(&message, "failed to calculate checksum of ref ...: ");
	if (rc == CTX_E_LIMIT) {
		ctx_buf_adds(&message, "too many links");
	} else if (rc < 0) {
		return rc;
	} else {
		ana_quote(&message, path);
		ctx_buf_adds(&message, ": not found");
	}
	rc = set_message(pick, &message);
	return rc < 0 ? rc : explain_missing(pick, path);
}

int ana_pick_cannot_copy(struct ana_pick *pick, struct ctx_str path, int rc) {
	ctx_auto_buf struct ctx_buf message = CTX_BUF_INIT;
	if (rc == CTX_E_LIMIT) {
		ctx_buf_adds(&message, "too many links");
	} else if (rc < 0) {
		return rc;
	} else {
		ctx_buf_adds(&message, "lstat ");
		ana_quote_valid(&message, (struct ctx_str){ ctx_buf_str(&pick->trail.path), pick->trail.path.len });
		ctx_buf_adds(&message, pick->trail.not_dir ? ": not a directory" : ": no such file or directory");
	}
	rc = set_message(pick, &message);
	return rc < 0 ? rc : explain_missing(pick, path);
}

/** A pattern that BuildKit cannot use: the digest fails. */
static int malformed(struct ana_pick *pick) {
	ctx_auto_buf struct ctx_buf message = CTX_BUF_INIT;
	ctx_buf_adds(&message, "failed to calculate checksum of ref ...: ");
	ctx_buf_adds(&message, pick->err->msg);
	*pick->out = (struct ana_selection){ 0 };
	return set_message(pick, &message);
}

/* ---- One read ---- */

/** A read of one path with all that it holds. */
static int pick_plain(struct ana_pick *pick) {
	const struct ana_read *read = pick->read;
	bool trailing = read->action == NULL || read->action->follow_symlinks;
	int rc = ana_pick_follow(pick, read->path, trailing);
	if (rc > 0) {
		return 0;
	}
	return read->covered ? ana_pick_cannot_copy(pick, read->path, rc) : ana_pick_not_found(pick, read->path, rc);
}

int ana_select(struct ana_selection *out, const struct ana_read *read, struct ctx_snapshot *snap, unsigned flags,
	ana_select_fn *fn, void *arg, struct ctx_error *err) {
	*out = (struct ana_selection){ 0 };
	struct ctx_error why = { 0 };
	struct ana_pick pick = { .out = out, .read = read, .snap = snap, .fn = fn, .arg = arg, .err = &why };
	bool narrow = (flags & ANA_SELECT_WANTED) != 0;
	bool ignored = (flags & ANA_SELECT_IGNORED) != 0;
	pick.marks = (ignored ? 0 : CTX_ENTRY_KEPT) | (narrow ? CTX_ENTRY_WANTED : 0);
	pick.place_flags = (ignored ? ANA_PLACE_IGNORED : 0) | (narrow ? ANA_PLACE_WANTED : 0);
	int rc = is_list(read) ? ana_pick_list(&pick, has_wildcard(read->action)) : pick_plain(&pick);
	if (rc == 0 && !out->missing) {
		rc = report_specials(&pick);
	}
	if (rc == CTX_E_SYNTAX) {
		rc = malformed(&pick);
	}
	ana_trail_release(&pick.trail);
	CTX_VEC_RELEASE(&pick.specials);
	ctx_strmap_release(&pick.special_of);
	ctx_buf_release(&pick.path);
	ctx_arena_release(&pick.arena);
	if (rc < 0 && why.code != 0 && err != NULL) {
		*err = why;
	}
	return rc;
}
