#include "analyzer/cache/classic_sum.h"

#include "analyzer/cache/selector_internal.h"
#include "analyzer/dockerfile/glob.h"
#include "ctxopt/base/path.h"
#include "ctxopt/base/strmap.h"

#include <stdlib.h>
#include <string.h>

/** A directory without its links. */
struct plain {
	/** Of everything in it but links, names counted from it on; its own mode not. */
	struct ctx_digest digest;
	/** Names of its own links, and of directories in it that have some. */
	const struct ana_file **links;
	uint32_t link_count;
};

struct ana_classic_sums {
	struct ana_filetree *store;
	/** By address of the directory, which is unique as long as the store lives. */
	struct ctx_strmap known;
	CTX_VEC(struct plain) plains;
	struct ctx_arena arena;
};

struct ana_classic_sums *ana_classic_sums_new(struct ana_filetree *store) {
	struct ana_classic_sums *s = ctx_calloc(1, sizeof(*s));
	if (s != NULL) {
		s->store = store;
	}
	return s;
}

void ana_classic_sums_free(struct ana_classic_sums *sums) {
	if (sums == NULL) {
		return;
	}
	ctx_strmap_release(&sums->known);
	CTX_VEC_RELEASE(&sums->plains);
	ctx_arena_release(&sums->arena);
	free(sums);
}

/* ---- Directories ---- */

static int plain_of(struct ana_classic_sums *s, struct ana_dir *dir, unsigned depth, uint32_t *out,
	struct ctx_error *err);

/** Add an entry that is no link to the text of its directory. */
static int add_entry(struct ana_classic_sums *s, const struct ana_file *file, unsigned depth, struct ctx_buf *text,
	bool *links, struct ctx_error *err) {
	struct ctx_digest digest = { 0 };
	int rc = 0;
	if (file->kind == CTX_KIND_DIR) {
		uint32_t inner;
		rc = plain_of(s, file->dir, depth + 1, &inner, err);
		digest = rc < 0 ? digest : s->plains.items[inner].digest;
		*links = rc == 0 && s->plains.items[inner].link_count > 0;
	} else {
		rc = ana_file_digest(s->store, file, &digest, err);
	}
	uint32_t mode = file->kind == CTX_KIND_DIR ? file->dir->mode : file->mode;
	ctx_buf_add(text, file->name, file->name_len + 1);
	ctx_buf_add(text, &mode, sizeof(mode));
	ctx_buf_addc(text, (char)file->kind);
	ctx_buf_add(text, digest.bytes, sizeof(digest.bytes));
	return rc;
}

/** Look through a directory. */
static int look_through(struct ana_classic_sums *s, struct ana_dir *dir, unsigned depth, struct plain *out,
	struct ctx_error *err) {
	ctx_auto_buf struct ctx_buf text = CTX_BUF_INIT;
	int rc = depth > ANA_SELECTION_DEPTH_MAX ? ctx_fail(err, CTX_E_LIMIT, "a directory is too deep")
						 : ana_dir_load(s->store, dir, err);
	if (rc < 0) {
		return rc;
	}
	out->links = ctx_arena_calloc(&s->arena, dir->count + 1, sizeof(struct ana_file *));
	if (out->links == NULL) {
		return ctx_fail_nomem(err);
	}
	for (uint32_t i = 0; rc == 0 && i < dir->count; ++i) {
		const struct ana_file *file = &dir->files[i];
		bool links = file->kind == CTX_KIND_SYMLINK;
		rc = links ? 0 : add_entry(s, file, depth, &text, &links, err);
		if (links) {
			out->links[out->link_count++] = file;
		}
	}
	out->digest = ctx_hash_bytes(ctx_buf_str(&text), text.len);
	return rc < 0 ? rc : ctx_buf_ok(&text) ? 0 : ctx_fail_nomem(err);
}

/** The directory without its links; each version is looked through once. */
static int plain_of(struct ana_classic_sums *s, struct ana_dir *dir, unsigned depth, uint32_t *out,
	struct ctx_error *err) {
	uint32_t known = ctx_strmap_get(&s->known, &dir, sizeof(struct ana_dir *));
	if (known != CTX_STRMAP_NONE) {
		*out = known;
		return 0;
	}
	struct plain fresh = { .link_count = 0 };
	int rc = look_through(s, dir, depth, &fresh, err);
	if (rc < 0) {
		return rc;
	}
	const char *key = ctx_arena_memdup0(&s->arena, &dir, sizeof(struct ana_dir *));
	*out = (uint32_t)s->plains.count;
	bool ok = key != NULL && CTX_VEC_PUSH(&s->plains, fresh) &&
		ctx_strmap_put(&s->known, key, sizeof(struct ana_dir *), *out) != CTX_STRMAP_NONE;
	return ok ? 0 : ctx_fail_nomem(err);
}

/* ---- Links ---- */

/** One source that is summed up. */
struct summing {
	struct ana_classic_sums *s;
	struct ana_dir *root;
	/** Sums of what links lead to. */
	CTX_VEC(struct ctx_digest) sums;
	/** Path at hand, absolute. */
	struct ctx_buf path;
	struct ctx_error *err;
};

/** Sum of one entry: its path, and what it is, but not what is in it. */
static struct ctx_digest entry_sum(const struct ana_spot *spot, const struct ctx_digest *content, struct ctx_str path) {
	uint64_t mode = spot->dir != NULL ? (uint64_t)spot->dir->mode : spot->file != NULL ? spot->file->mode : 0;
	struct {
		struct ctx_digest content, path;
		uint64_t mode, kind;
	} all = { .content = *content, .path = ctx_hash_bytes(path.ptr, path.len), .mode = mode };
	all.kind = spot->dir != NULL ? CTX_KIND_DIR : spot->file != NULL ? (uint64_t)spot->file->kind : UINT64_MAX;
	return ctx_hash_bytes(&all, sizeof(all));
}

/** Add what a link leads to: a file with its content, a directory as itself alone; one that leads nowhere by its own name. */
static int add_link(struct summing *m) {
	ctx_auto_buf struct ctx_buf end = CTX_BUF_INIT;
	struct ana_spot spot = { 0 };
	struct ctx_digest content = { 0 };
	struct ctx_str path = { ctx_buf_str(&m->path), m->path.len };
	int rc = ana_spot_resolve(&spot, m->s->store, m->root, path, &end, m->err);
	if (rc > 0 && spot.dir == NULL) {
		int failed = ana_file_digest(m->s->store, spot.file, &content, m->err);
		rc = failed < 0 ? failed : rc;
	}
	if (rc < 0) {
		return rc;
	}
	struct ctx_str where = rc > 0 ? (struct ctx_str){ ctx_buf_str(&end), end.len } : path;
	spot = rc > 0 ? spot : (struct ana_spot){ 0 };
	return CTX_VEC_PUSH(&m->sums, entry_sum(&spot, &content, where)) ? 0 : ctx_fail_nomem(m->err);
}

/** Add what all links in a directory lead to; `m->path` is its path. */
static int add_links(struct summing *m, struct ana_dir *dir, unsigned depth) {
	uint32_t index;
	int rc = plain_of(m->s, dir, depth, &index, m->err);
	if (rc < 0) {
		return rc;
	}
	const struct plain plain = m->s->plains.items[index];
	size_t len = m->path.len;
	for (uint32_t i = 0; rc == 0 && i < plain.link_count; ++i) {
		const struct ana_file *file = plain.links[i];
		ctx_buf_adds(&m->path, len > 1 ? "/" : "");
		ctx_buf_add(&m->path, file->name, file->name_len);
		rc = !ctx_buf_ok(&m->path)           ? ctx_fail_nomem(m->err)
			: file->kind == CTX_KIND_DIR ? add_links(m, file->dir, depth + 1)
						     : add_link(m);
		ctx_buf_truncate(&m->path, len);
	}
	return rc;
}

/** Order of sums. */
static int compare_sums(const void *a, const void *b) {
	return memcmp(a, b, sizeof(struct ctx_digest));
}

/** Sum of a directory. */
static int sum_dir(struct summing *m, const struct ana_spot *spot, struct ctx_digest *out) {
	uint32_t index;
	struct ctx_str path = { ctx_buf_str(&m->path), m->path.len };
	bool whole = path.len <= 1; // the root's own mode does not count
	m->sums.count = 0;
	int rc = plain_of(m->s, spot->dir, 0, &index, m->err);
	if (rc < 0) {
		return rc;
	}
	struct ctx_digest own = entry_sum(whole ? &(struct ana_spot){ 0 } : spot, &m->s->plains.items[index].digest,
		path);
	rc = CTX_VEC_PUSH(&m->sums, own) ? add_links(m, spot->dir, 0) : ctx_fail_nomem(m->err);
	if (rc == 0) {
		qsort(m->sums.items + 1, m->sums.count - 1, sizeof(*m->sums.items), compare_sums);
		*out = ctx_hash_seeded(m->sums.items, m->sums.count * sizeof(*m->sums.items), 1);
	}
	return rc;
}

/** Sum of one path without a wildcard, absolute and clean: 1, 0 or negative. */
static int sum_path(struct summing *m, struct ctx_str path, struct ctx_buf *out) {
	struct ana_spot spot;
	struct ctx_digest sum;
	ctx_buf_reset(&m->path);
	int rc = ana_spot_resolve(&spot, m->s->store, m->root, path, &m->path, m->err);
	if (rc <= 0) {
		return rc;
	}
	int failed = 0;
	if (spot.dir != NULL) {
		failed = sum_dir(m, &spot, &sum);
	} else {
		struct ctx_digest content;
		failed = ana_file_digest(m->s->store, spot.file, &content, m->err);
		sum = entry_sum(&spot, &content, (struct ctx_str){ ctx_buf_str(&m->path), m->path.len });
	}
	ctx_buf_add(out, sum.bytes, failed < 0 ? 0 : sizeof(sum.bytes));
	return failed < 0 ? failed : ctx_buf_ok(out) ? 1 : ctx_fail_nomem(m->err);
}

/** Do links stand in the part of a pattern before its wildcard?  The builder walks, and never gets there. */
static int has_linked_base(struct summing *m, const struct ana_selector *sel) {
	struct ctx_str base = ana_glob_base(sel->path);
	struct ana_spot spot;
	ctx_auto_buf struct ctx_buf end = CTX_BUF_INIT;
	int rc = base.len == 0 ? 0 : ana_spot_resolve(&spot, m->s->store, m->root, base, &end, m->err);
	return rc <= 0 ? rc : !ctx_str_eq(base, (struct ctx_str){ ctx_buf_str(&end), end.len });
}

/** Sums of all that a wildcard matches: 1, 0 or negative. */
static int sum_matches(struct summing *m, const struct ana_selector *sel, struct ctx_buf *out, uint32_t *count) {
	struct ana_tops tops = { 0 };
	ctx_auto_buf struct ctx_buf path = CTX_BUF_INIT;
	int rc = has_linked_base(m, sel);
	rc = rc != 0 ? (rc > 0 ? 0 : rc) : ana_tops_find(&tops, m->s->store, m->root, sel, m->err);
	for (size_t i = 0; rc > 0 && i < tops.items.count; ++i) {
		ctx_buf_reset(&path);
		ctx_buf_addc(&path, '/');
		ctx_buf_adds(&path, tops.items.items[i].path);
		rc = ctx_buf_ok(&path) ? sum_path(m, (struct ctx_str){ ctx_buf_str(&path), path.len }, out)
				       : ctx_fail_nomem(m->err);
	}
	*count += (uint32_t)tops.items.count;
	rc = rc > 0 && tops.items.count == 0 ? 0 : rc;
	ana_tops_release(&tops);
	return rc;
}

int ana_classic_sum(struct ana_classic_sums *sums, struct ana_dir *root, const struct ana_selector *sel,
	struct ctx_buf *out, uint32_t *count, struct ctx_error *err) {
	struct summing m = { .s = sums, .root = root, .err = err };
	int rc = sel->wildcard ? sum_matches(&m, sel, out, count) : sum_path(&m, sel->path, out);
	*count += rc > 0 && !sel->wildcard;
	CTX_VEC_RELEASE(&m.sums);
	ctx_buf_release(&m.path);
	return rc;
}
