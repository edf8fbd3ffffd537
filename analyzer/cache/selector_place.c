#include "analyzer/cache/selector_internal.h"

#include "analyzer/dockerfile/glob.h"
#include "ctxopt/base/path.h"

#include <stdlib.h>
#include <string.h>

/** Links on the way of one path; more leads nowhere (cache/contenthash/path.go, maxSymlinkLimit). */
#define LINKS_MAX 255

struct ana_selector ana_selector_of(const struct ana_action *copy, bool older) {
	bool patterns = copy->include_count + copy->exclude_count + copy->required_count > 0;
	return (struct ana_selector){ .path = copy->src,
		.wildcard = copy->wildcard && ana_glob_has_wildcard(copy->src),
		.follow = copy->follow_symlinks,
		.by_base = older && !patterns,
		.patterns = patterns ? copy : NULL };
}

/* ---- One path ---- */

/** A search; the path is rewritten at each link. */
struct search {
	struct ana_filetree *store;
	struct ana_dir *root;
	/** The path that is gone along, absolute and clean, and how many bytes of it are behind us. */
	struct ctx_buf path;
	size_t at;
	unsigned links;
	bool follow;
};

/** Replace the component from `start` on, a link to `target`, and go back to the root. */
static int rewrite(struct search *s, size_t start, const char *target) {
	ctx_auto_buf struct ctx_buf joined = CTX_BUF_INIT;
	if (target[0] != '/') {
		ctx_buf_add(&joined, ctx_buf_str(&s->path), start);
		ctx_buf_addc(&joined, '/');
	}
	ctx_buf_adds(&joined, target);
	ctx_buf_addc(&joined, '/');
	ctx_buf_add(&joined, s->path.data + s->at, s->path.len - s->at);
	ctx_buf_reset(&s->path);
	ctx_path_clean(&s->path, ctx_buf_str(&joined), joined.len);
	s->at = 0;
	++s->links;
	return ctx_buf_ok(&joined) && ctx_buf_ok(&s->path) ? 0 : CTX_E_NOMEM;
}

/** Go along the path.  1 found, 0 nothing, or negative. */
static int go(struct search *s, struct ana_spot *out, struct ctx_error *err) {
	*out = (struct ana_spot){ .dir = s->root };
	while (s->at + 1 < s->path.len) {
		size_t start = s->at + 1;
		const char *slash = memchr(s->path.data + start, '/', s->path.len - start);
		size_t end = slash != NULL ? (size_t)(slash - s->path.data) : s->path.len;
		if (out->dir == NULL) {
			return 0; // below a file
		}
		int rc = ana_dir_load(s->store, out->dir, err);
		if (rc < 0) {
			return rc;
		}
		const struct ana_file *file = ana_dir_find(out->dir, s->path.data + start, end - start);
		if (file == NULL) {
			return 0;
		}
		s->at = end;
		if (file->kind == CTX_KIND_SYMLINK && (end < s->path.len || s->follow)) {
			rc = s->links < LINKS_MAX ? rewrite(s, start - 1, file->target) : 0;
			if (rc < 0 || s->at != 0) {
				return rc < 0 ? ctx_fail_nomem(err) : 0;
			}
			*out = (struct ana_spot){ .dir = s->root };
			continue;
		}
		*out = ana_spot_of(file);
	}
	return 1;
}

int ana_spot_find(struct ana_spot *out, struct ana_filetree *store, struct ana_dir *root, struct ctx_str path,
	bool follow, struct ctx_error *err) {
	struct search s = { .store = store, .root = root, .follow = follow };
	ctx_buf_add(&s.path, path.ptr, path.len);
	int rc = ctx_buf_ok(&s.path) ? go(&s, out, err) : ctx_fail_nomem(err);
	ctx_buf_release(&s.path);
	return rc;
}

int ana_spot_resolve(struct ana_spot *out, struct ana_filetree *store, struct ana_dir *root, struct ctx_str path,
	struct ctx_buf *end, struct ctx_error *err) {
	struct search s = { .store = store, .root = root, .follow = true };
	ctx_buf_add(&s.path, path.ptr, path.len);
	int rc = ctx_buf_ok(&s.path) ? go(&s, out, err) : ctx_fail_nomem(err);
	ctx_buf_add(end, ctx_buf_str(&s.path), rc > 0 ? s.path.len : 0);
	ctx_buf_release(&s.path);
	return rc < 0 || ctx_buf_ok(end) ? rc : ctx_fail_nomem(err);
}

/* ---- Wildcards ---- */

/** The search for the matches of one wildcard. */
struct matching {
	struct ana_tops *out;
	struct ana_filetree *store;
	struct ana_dir *root;
	const struct ana_selector *sel;
	struct ctx_error *err;
	/** Path of the directory that is looked into, relative to the root, and where the part that counts as key begins. */
	struct ctx_buf path;
	size_t key_at;
	/** A match is a link that leads nowhere. */
	bool dangling;
};

/** Add a top; `path` is relative to the root. */
static int add_top(struct matching *m, const char *path, size_t len, size_t key_at, struct ana_spot spot,
	bool followed) {
	char *copy = ctx_arena_memdup0(&m->out->arena, path, len);
	struct ana_top top = { .path = copy, .spot = spot, .followed = followed };
	if (copy == NULL) {
		return ctx_fail_nomem(m->err);
	}
	top.key = copy + (key_at < len ? key_at : len);
	return CTX_VEC_PUSH(&m->out->items, top) ? 0 : ctx_fail_nomem(m->err);
}

/** A match: links stand for what they lead to. */
static int add_match(struct matching *m, const struct ana_file *file) {
	struct ana_spot spot = ana_spot_of(file);
	bool follow = file->kind == CTX_KIND_SYMLINK && m->sel->follow;
	if (follow) {
		ctx_auto_buf struct ctx_buf path = CTX_BUF_INIT;
		ctx_buf_addc(&path, '/');
		ctx_buf_add(&path, m->path.data, m->path.len);
		if (!ctx_buf_ok(&path)) {
			return ctx_fail_nomem(m->err);
		}
		int rc = ana_spot_find(&spot, m->store, m->root, (struct ctx_str){ path.data, path.len }, true, m->err);
		if (rc < 0 || (rc == 0 && m->sel->patterns == NULL)) {
			m->dangling = m->dangling || rc == 0;
			return rc;
		}
		if (rc == 0) { // it depends on whether the patterns let it pass
			spot = (struct ana_spot){ .file = file };
			rc = add_top(m, m->path.data, m->path.len, m->key_at, spot, false);
			if (rc == 0) {
				m->out->items.items[m->out->items.count - 1].nowhere = true;
			}
			return rc;
		}
	}
	return add_top(m, m->path.data, m->path.len, m->key_at, spot, follow);
}

/** Look for matches of `pattern` in a directory whose path is in `m->path`. */
static int match_below(struct matching *m, struct ana_dir *dir, struct ctx_str pattern, unsigned depth) {
	const char *slash = memchr(pattern.ptr, '/', pattern.len);
	struct ctx_str first = { pattern.ptr, slash != NULL ? (size_t)(slash - pattern.ptr) : pattern.len };
	int rc = depth < ANA_SELECTION_DEPTH_MAX ? ana_dir_load(m->store, dir, m->err)
						 : ctx_fail(m->err, CTX_E_LIMIT, "a path is too deep");
	size_t len = m->path.len;
	for (uint32_t i = 0; rc == 0 && i < dir->count; ++i) {
		const struct ana_file *file = &dir->files[i];
		if (ana_glob_match(first, (struct ctx_str){ file->name, file->name_len }) != 1) {
			continue;
		}
		if (len > 0) {
			ctx_buf_addc(&m->path, '/');
		}
		ctx_buf_add(&m->path, file->name, file->name_len);
		if (!ctx_buf_ok(&m->path)) {
			return ctx_fail_nomem(m->err);
		}
		if (slash == NULL) {
			rc = add_match(m, file);
		} else if (file->kind == CTX_KIND_DIR) {
			rc = match_below(m, file->dir, ctx_str_from(pattern, first.len + 1), depth + 1);
		}
		ctx_buf_truncate(&m->path, len);
	}
	return rc;
}

/** Tops of a path with a wildcard. */
static int find_matches(struct matching *m) {
	struct ctx_str path = m->sel->path, base = ana_glob_base(path);
	struct ana_spot start = { .dir = m->root };
	if (ana_glob_match(path, CTX_STR("")) < 0) {
		return ctx_fail(m->err, CTX_E_SYNTAX, "syntax error in pattern '%.*s'", CTX_STR_ARGS(path));
	}
	if (base.len > 0) {
		int rc = ana_spot_find(&start, m->store, m->root, base, true, m->err);
		if (rc <= 0) {
			return rc;
		}
		ctx_buf_add(&m->path, base.ptr + 1, base.len - 1);
		m->key_at = base.len;
	}
	int rc = start.dir == NULL ? 0 : match_below(m, start.dir, ctx_str_from(path, base.len + 1), 0);
	return rc < 0 ? rc : !m->dangling;
}

/* ---- Tops ---- */

/**
 * The tops of the whole file system with patterns: its entries.  Links among them stand for what they lead to, as everywhere at
 * the top; one that the patterns leave out may lead nowhere.
 */
static int find_entries(struct matching *m) {
	int rc = ana_dir_load(m->store, m->root, m->err);
	for (uint32_t i = 0; rc == 0 && i < m->root->count; ++i) {
		const struct ana_file *file = &m->root->files[i];
		ctx_buf_reset(&m->path);
		ctx_buf_add(&m->path, file->name, file->name_len);
		rc = ctx_buf_ok(&m->path) ? add_match(m, file) : ctx_fail_nomem(m->err);
	}
	return rc < 0 ? rc : 1;
}

/** The top of a path without a wildcard. */
static int find_single(struct matching *m) {
	struct ctx_str path = m->sel->path;
	struct ana_spot spot;
	int rc = ana_spot_find(&spot, m->store, m->root, path, m->sel->follow, m->err);
	if (rc <= 0) {
		return rc;
	}
	struct ana_spot end = { 0 };
	if (m->sel->patterns != NULL && m->sel->follow) { // what a link leads to, patterns do not see
		rc = ana_spot_find(&end, m->store, m->root, path, false, m->err);
	}
	if (rc < 0) {
		return rc;
	}
	bool followed = end.file != NULL && end.file->kind == CTX_KIND_SYMLINK;
	rc = add_top(m, path.ptr + 1, path.len - 1, path.len - 1, spot, followed);
	return rc < 0 ? rc : 1;
}

int ana_tops_find(struct ana_tops *out, struct ana_filetree *store, struct ana_dir *root,
	const struct ana_selector *sel, struct ctx_error *err) {
	struct matching m = { .out = out, .store = store, .root = root, .sel = sel, .err = err };
	bool whole = sel->patterns != NULL && ctx_str_is(sel->path, "/");
	int rc = sel->wildcard ? find_matches(&m) : whole ? find_entries(&m) : find_single(&m);
	ctx_buf_release(&m.path);
	return rc;
}

void ana_tops_release(struct ana_tops *tops) {
	CTX_VEC_RELEASE(&tops->items);
	ctx_arena_release(&tops->arena);
}
