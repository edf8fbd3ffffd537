/*
 * A digest covers the tops of a selection with their keys: selector_place.c finds them.  Patterns are dealt with by making the
 * directory without what they leave out, once for each version of it, so that everything behind goes by digests again.
 */
#include "analyzer/cache/selector_internal.h"

#include "analyzer/dockerfile/select_filter.h"
#include "ctxopt/base/path.h"
#include "ctxopt/base/strmap.h"

#include <stdlib.h>
#include <string.h>

/** Key of a filtered directory: addresses, which are unique as long as the store lives, and where patterns see it. */
struct filtered_key {
	const struct ana_action *action;
	const struct ana_dir *dir;
	uint64_t place;
};

/** Compiled patterns of a copy. */
struct patterns {
	const struct ana_action *action;
	struct ana_filters filters;
};

struct ana_selections {
	struct ana_filetree *store;
	/** Of struct filtered_key, in the arena. */
	struct ctx_strmap known;
	/** Directories without what patterns leave out; NULL where nothing is left. */
	CTX_VEC(struct ana_dir *) filtered;
	CTX_VEC(struct patterns) patterns;
	struct ctx_arena arena;
};

struct ana_selections *ana_selections_new(struct ana_filetree *store) {
	struct ana_selections *s = ctx_calloc(1, sizeof(*s));
	if (s != NULL) {
		s->store = store;
	}
	return s;
}

void ana_selections_free(struct ana_selections *s) {
	if (s == NULL) {
		return;
	}
	ana_selections_forget(s);
	ctx_arena_release(&s->arena);
	free(s);
}

void ana_selections_forget(struct ana_selections *s) {
	for (size_t i = 0; i < s->patterns.count; ++i) {
		ana_filters_release(&s->patterns.items[i].filters);
	}
	CTX_VEC_RELEASE(&s->patterns);
	CTX_VEC_RELEASE(&s->filtered);
	ctx_strmap_release(&s->known);
}

/* ---- Patterns ---- */

/** The compiled patterns of a selection; few selections have any. */
static int find_patterns(struct ana_selections *s, const struct ana_selector *sel, struct ana_filters **out,
	struct ctx_error *err) {
	for (size_t i = 0; i < s->patterns.count; ++i) {
		if (s->patterns.items[i].action == sel->patterns) {
			*out = &s->patterns.items[i].filters;
			return 0;
		}
	}
	struct patterns fresh = { .action = sel->patterns };
	int rc = ana_filters_init(&fresh.filters, sel->patterns, &s->arena, err);
	if (rc == 0 && !CTX_VEC_PUSH(&s->patterns, fresh)) {
		rc = ctx_fail_nomem(err);
	}
	if (rc < 0) {
		ana_filters_release(&fresh.filters);
		return rc;
	}
	*out = &s->patterns.items[s->patterns.count - 1].filters;
	return 0;
}

/** One filtering. */
struct filtering {
	struct ana_selections *s;
	const struct ana_selector *sel;
	struct ana_filters *filters;
	struct ctx_error *err;
	/** Something that has to be there is not. */
	bool missing;
	/** Path of the directory at hand as the patterns see it. */
	struct ctx_buf path;
};

static int filter_dir(struct filtering *f, struct ana_dir *dir, const struct ana_filter_state *state, unsigned depth,
	struct ana_dir **out);

/** One entry: 1 and what is left of it, 0 if nothing is, or negative. */
static int filter_entry(struct filtering *f, const struct ana_file *file, const struct ana_verdict *verdict,
	unsigned depth, struct ana_file *out) {
	*out = *file;
	if (file->kind != CTX_KIND_DIR) {
		return verdict->included;
	}
	struct ctx_str path = { f->path.data, f->path.len };
	if (verdict->included && ana_filters_pass_all_below(f->filters)) {
		return 1;
	}
	struct ana_dir *left = NULL;
	if (ana_filters_may_pass_below(f->filters, verdict, path)) {
		int rc = filter_dir(f, file->dir, &verdict->state, depth + 1, &left);
		if (rc < 0) {
			return rc;
		}
	}
	if (left == NULL && verdict->included) {
		left = ana_dir_new(f->s->store, file->mode);
		if (left == NULL) {
			return ctx_fail_nomem(f->err);
		}
	}
	out->dir = left;
	return left != NULL;
}

/** Take the entries of a directory that are left. */
static int filter_entries(struct filtering *f, struct ana_dir *dir, const struct ana_filter_state *state,
	unsigned depth, struct ana_dir *left) {
	size_t len = f->path.len;
	struct ana_verdict *verdicts = ctx_calloc(dir->count + 1, sizeof(*verdicts));
	left->files = ctx_arena_calloc(&f->s->arena, dir->count + 1, sizeof(*left->files));
	int rc = verdicts == NULL || left->files == NULL
		? ctx_fail_nomem(f->err)
		: ana_filters_enter(f->filters, state, ctx_buf_str(&f->path), len, f->err);
	// All of one directory first: a directory below moves the filters on
	for (uint32_t i = 0; rc == 0 && i < dir->count; ++i) {
		const struct ana_file *file = &dir->files[i];
		struct ctx_str name = { file->name, file->name_len };
		rc = ana_filters_test(f->filters, state, name, file->kind == CTX_KIND_DIR, &verdicts[i], f->err);
	}
	for (uint32_t i = 0; rc == 0 && i < dir->count; ++i) {
		const struct ana_file *file = &dir->files[i];
		if (len > 0) {
			ctx_buf_addc(&f->path, '/');
		}
		ctx_buf_add(&f->path, file->name, file->name_len);
		rc = ctx_buf_ok(&f->path) ? filter_entry(f, file, &verdicts[i], depth, &left->files[left->count])
					  : ctx_fail_nomem(f->err);
		if (rc > 0) {
			++left->count;
			rc = 0;
		}
		ctx_buf_truncate(&f->path, len);
	}
	free(verdicts);
	return rc;
}

/** What is left of a directory: NULL if nothing in it is. */
static int filter_dir(struct filtering *f, struct ana_dir *dir, const struct ana_filter_state *state, unsigned depth,
	struct ana_dir **out) {
	struct ana_selections *s = f->s;
	struct filtered_key key = { f->sel->patterns, dir, ctx_hash64(ctx_buf_str(&f->path), f->path.len, 0) };
	uint32_t known = ctx_strmap_get(&s->known, &key, sizeof(key));
	if (known != CTX_STRMAP_NONE) {
		*out = s->filtered.items[known];
		return 0;
	}
	if (depth > ANA_SELECTION_DEPTH_MAX) {
		return ctx_fail(f->err, CTX_E_LIMIT, "a directory is too deep");
	}
	int rc = ana_dir_load(s->store, dir, f->err);
	struct ana_dir *fresh = rc < 0 ? NULL : ana_dir_new(s->store, dir->mode);
	rc = rc < 0 ? rc : fresh == NULL ? ctx_fail_nomem(f->err) : filter_entries(f, dir, state, depth, fresh);
	if (rc < 0) {
		return rc;
	}
	fresh = fresh->count > 0 ? fresh : NULL;
	struct filtered_key *kept = ctx_arena_alloc(&s->arena, sizeof(*kept));
	if (kept == NULL || !CTX_VEC_PUSH(&s->filtered, fresh)) {
		return ctx_fail_nomem(f->err);
	}
	*kept = key;
	*out = fresh;
	uint32_t index = (uint32_t)(s->filtered.count - 1);
	return ctx_strmap_put(&s->known, kept, sizeof(*kept), index) != CTX_STRMAP_NONE ? 0 : ctx_fail_nomem(f->err);
}

/** Ask the patterns about a top: an entry of the root by its name, a source as the empty path. */
static int test_top(struct filtering *f, const struct ana_top *top, struct ana_verdict *out) {
	bool dir = top->spot.dir != NULL && !top->followed;
	ctx_buf_reset(&f->path);
	if (!ctx_str_is(f->sel->path, "/")) {
		return ana_filters_test_source(f->filters, dir, out, f->err);
	}
	int rc = ana_filters_enter(f->filters, NULL, "", 0, f->err);
	rc = rc < 0 ? rc : ana_filters_test(f->filters, NULL, CTX_STR(top->path), dir, out, f->err);
	ctx_buf_adds(&f->path, top->path);
	return rc < 0 || ctx_buf_ok(&f->path) ? rc : ctx_fail_nomem(f->err);
}

/** What patterns leave of one top: 1, 0 for nothing, or negative.  What a link leads to is taken whole. */
static int filter_top(struct filtering *f, struct ana_top *top) {
	struct ana_verdict verdict = { .included = false };
	int rc = test_top(f, top, &verdict);
	f->missing = f->missing || (top->nowhere && verdict.included);
	if (rc < 0 || top->spot.dir == NULL || top->followed) {
		return rc < 0 ? rc : verdict.included;
	}
	struct ana_dir *left = NULL;
	rc = filter_dir(f, top->spot.dir, &verdict.state, 0, &left);
	if (rc == 0 && left == NULL && verdict.included) {
		left = ana_dir_new(f->s->store, top->spot.dir->mode);
		rc = left != NULL ? 0 : ctx_fail_nomem(f->err);
	}
	top->spot.dir = left;
	return rc < 0 ? rc : left != NULL;
}

/** Does a text that an entry's path begins with lead to a top, or to something below it?  1, 0, or negative. */
static int has_below(struct filtering *f, const struct ana_top *top, struct ctx_str text) {
	struct ctx_str path = CTX_STR(top->path);
	if (text.len <= path.len) {
		return text.len == 0 || memcmp(path.ptr, text.ptr, text.len) == 0;
	}
	if (top->followed || !ctx_path_within(text.ptr, text.len, path.ptr, path.len)) {
		return 0;
	}
	struct ana_dir *dir = top->spot.dir;
	text = ctx_str_from(text, path.len + (path.len > 0));
	while (dir != NULL) {
		const char *slash = text.len > 0 ? memchr(text.ptr, '/', text.len) : NULL;
		size_t len = slash != NULL ? (size_t)(slash - text.ptr) : text.len;
		int rc = ana_dir_load(f->s->store, dir, f->err);
		for (uint32_t i = 0; rc == 0 && slash == NULL && i < dir->count; ++i) {
			const struct ana_file *file = &dir->files[i];
			rc = file->name_len >= len && (len == 0 || memcmp(file->name, text.ptr, len) == 0);
		}
		if (rc != 0 || slash == NULL) {
			return rc;
		}
		const struct ana_file *file = ana_dir_find(dir, text.ptr, len);
		dir = file != NULL && file->kind == CTX_KIND_DIR ? file->dir : NULL;
		text = ctx_str_from(text, len + 1);
	}
	return 0;
}

/** --parents: is everything there that has to be (checksum.go, RequiredPaths)?  1, 0, or negative. */
static int has_required(struct filtering *f, const struct ana_tops *tops) {
	const struct ana_action *a = f->sel->patterns;
	int found = 1;
	for (uint32_t i = 0; found > 0 && i < a->required_count; ++i) {
		struct ctx_str text = ctx_str_from(a->required[i], a->required[i].len > 0);
		found = 0;
		for (size_t k = 0; found == 0 && k < tops->items.count; ++k) {
			found = has_below(f, &tops->items.items[k], text);
		}
	}
	return found;
}

/** Apply the patterns of a selection to its tops: 1; 0, something that has to be there is not; or negative. */
static int filter_tops(struct ana_selections *s, const struct ana_selector *sel, struct ana_tops *tops,
	struct ctx_error *err) {
	struct filtering f = { .s = s, .sel = sel, .err = err };
	int rc = find_patterns(s, sel, &f.filters, err);
	size_t kept = 0;
	for (size_t i = 0; rc == 0 && i < tops->items.count; ++i) {
		rc = filter_top(&f, &tops->items.items[i]);
		if (rc > 0) {
			tops->items.items[kept++] = tops->items.items[i];
			rc = 0;
		}
	}
	tops->items.count = rc == 0 ? kept : tops->items.count;
	rc = rc < 0 ? rc : has_required(&f, tops);
	ctx_buf_release(&f.path);
	return rc > 0 ? !f.missing : rc;
}

struct ana_filetree *ana_selections_store(const struct ana_selections *s) {
	return s->store;
}

int ana_selection_tops(struct ana_selections *s, struct ana_dir *root, const struct ana_selector *sel,
	struct ana_tops *out, struct ctx_error *err) {
	int rc = ana_tops_find(out, s->store, root, sel, err);
	if (rc > 0 && sel->patterns != NULL) {
		rc = filter_tops(s, sel, out, err);
	}
	return rc;
}

/* ---- Digests ---- */

/** Record of what is at a spot. */
static int spot_digest(struct ana_filetree *store, const struct ana_spot *spot, struct ctx_digest *out,
	struct ctx_error *err) {
	return spot->dir != NULL ? ana_dir_digest(store, spot->dir, out, err)
				 : ana_file_digest(store, spot->file, out, err);
}

/** The last name of a path. */
static const char *base_of(struct ctx_str path) {
	return path.ptr + ctx_path_base(path.ptr, path.len);
}

/** Digest of tops and their keys. */
static int tops_digest(struct ana_filetree *store, const struct ana_tops *tops, const struct ana_selector *sel,
	struct ctx_digest *out, struct ctx_error *err) {
	ctx_auto_buf struct ctx_buf text = CTX_BUF_INIT;
	const struct ana_top *first = tops->items.items;
	size_t len = sel->path.len - ctx_path_base(sel->path.ptr, sel->path.len);
	if (sel->by_base && tops->items.count == 1 && strlen(base_of(CTX_STR(first->path))) == len &&
		memcmp(base_of(CTX_STR(first->path)), base_of(sel->path), len) == 0) {
		return spot_digest(store, &first->spot, out, err); // as a path without a wildcard (ChecksumWildcard)
	}
	for (size_t i = 0; i < tops->items.count; ++i) {
		const struct ana_top *top = &tops->items.items[i];
		struct ctx_digest record;
		int rc = spot_digest(store, &top->spot, &record, err);
		if (rc < 0) {
			return rc;
		}
		const char *key = sel->by_base ? base_of(CTX_STR(top->path)) : top->key;
		ctx_buf_add(&text, key, strlen(key) + 1);
		ctx_buf_add(&text, record.bytes, sizeof(record.bytes));
	}
	if (!ctx_buf_ok(&text)) {
		return ctx_fail_nomem(err);
	}
	*out = ctx_hash_seeded(ctx_buf_str(&text), text.len, tops->items.count);
	return 0;
}

int ana_selection_digest(struct ana_selections *s, struct ana_dir *root, const struct ana_selector *sel,
	struct ctx_digest *out, struct ctx_error *err) {
	struct ana_spot spot;
	if (!sel->wildcard && sel->patterns == NULL) {
		int rc = ana_spot_find(&spot, s->store, root, sel->path, sel->follow, err);
		if (rc > 0) {
			int failed = spot_digest(s->store, &spot, out, err);
			rc = failed < 0 ? failed : rc;
		}
		return rc;
	}
	struct ana_tops tops = { 0 };
	int rc = ana_selection_tops(s, root, sel, &tops, err);
	if (rc > 0) {
		int failed = tops_digest(s->store, &tops, sel, out, err);
		rc = failed < 0 ? failed : rc;
	}
	ana_tops_release(&tops);
	return rc;
}
