/*
 * What differs between two versions of a directory.  Of commits, the two trees are gone along side by side, and only for entries whose
 * ids differ anything is looked up or kept: most directories that changed have one entry that did.
 */
#include "analyzer/cache/filetree_internal.h"

#include <string.h>

void ana_dir_pairs_release(struct ana_dir_pairs *pairs) {
	CTX_VEC_RELEASE(&pairs->items);
}

/** Add a pair, of which one may be NULL. */
static int add_pair(struct ana_dir_pairs *out, const struct ana_file *before, const struct ana_file *after,
	struct ctx_error *err) {
	struct ana_dir_pair pair = { .had = before != NULL, .has = after != NULL };
	if (before != NULL) {
		pair.before = *before;
	}
	if (after != NULL) {
		pair.after = *after;
	}
	return CTX_VEC_PUSH(&out->items, pair) ? 0 : ctx_fail_nomem(err);
}

/* ---- Loaded directories ---- */

/** Are two entries of one name the same, as far as can be told without looking into directories? */
static bool same_file(const struct ana_file *a, const struct ana_file *b) {
	return a->kind == b->kind && a->mode == b->mode &&
		(a->kind == CTX_KIND_DIR ? a->dir == b->dir : ctx_digest_equal(&a->id, &b->id));
}

/** Order of two entries by name; one that is beyond the end comes last. */
static int order_files(const struct ana_dir *a, uint32_t i, const struct ana_dir *b, uint32_t k) {
	if (i == a->count || k == b->count) {
		return i == a->count ? 1 : -1;
	}
	const struct ana_file *x = &a->files[i], *y = &b->files[k];
	return x->name == y->name ? 0 : ctx_name_cmp(x->name, x->name_len, y->name, y->name_len);
}

/** Pairs of two loaded directories. */
static int pair_files(const struct ana_dir *a, const struct ana_dir *b, struct ana_dir_pairs *out,
	struct ctx_error *err) {
	uint32_t i = 0, k = 0;
	int rc = 0;
	while (rc == 0 && (i < a->count || k < b->count)) {
		int sign = order_files(a, i, b, k);
		const struct ana_file *x = sign <= 0 ? &a->files[i] : NULL, *y = sign >= 0 ? &b->files[k] : NULL;
		if (x == NULL || y == NULL || !same_file(x, y)) {
			rc = add_pair(out, x, y, err);
		}
		i += sign <= 0;
		k += sign >= 0;
	}
	return rc;
}

/* ---- Trees ---- */

/** Is an entry the same in both trees?  Rules decide by names and kinds, so they decide the same for both. */
static bool same_entry(const struct ctx_gittree_entry *a, const struct ctx_gittree_entry *b) {
	return a->kind == b->kind && a->executable == b->executable && a->submodule == b->submodule &&
		ctx_oid_equal(&a->oid, &b->oid);
}

/** The file of an entry: 1; 0, it is not part of the context. */
static int kept_file(struct ana_filetree *store, const struct ana_node *node, const struct ctx_gittree_entry *e,
	struct ana_file *out, struct ctx_error *err) {
	struct ana_item item;
	int rc = node->rules != NULL ? ana_store_enter(store, node, err) : 0;
	rc = rc < 0 ? rc : ana_store_decide(store, node, e, &item, err);
	if (rc < 0 || item.keep == ANA_KEEP_NO) {
		return rc;
	}
	if (item.keep == ANA_KEEP_IF_PRESENT) {
		bool present = false;
		rc = ana_store_probe(store, item.dir, &present, err);
		if (rc < 0 || !present) {
			return rc;
		}
	}
	rc = ana_store_file(store, e, &item, out, err);
	return rc < 0 ? rc : 1;
}

/** Add the pair of two entries that differ, of which one may be NULL. */
static int pair_entries(struct ana_filetree *store, const struct ana_node *node, const struct ctx_gittree_entry *a,
	const struct ctx_gittree_entry *b, struct ana_dir_pairs *out, struct ctx_error *err) {
	struct ana_file before, after;
	int had = a != NULL ? kept_file(store, node, a, &before, err) : 0;
	int has = had >= 0 && b != NULL ? kept_file(store, node, b, &after, err) : 0;
	if (had < 0 || has < 0) {
		return had < 0 ? had : has;
	}
	return had + has > 0 ? add_pair(out, had > 0 ? &before : NULL, has > 0 ? &after : NULL, err) : 0;
}

/** Order of two entries by name; one that is beyond the end comes last. */
static int order_entries(const struct ctx_gittree *a, uint32_t i, const struct ctx_gittree *b, uint32_t k) {
	if (i == a->count || k == b->count) {
		return i == a->count ? 1 : -1;
	}
	const struct ctx_gittree_entry *x = &a->entries[i], *y = &b->entries[k];
	return ctx_name_cmp(x->name, x->name_len, y->name, y->name_len);
}

/** Pairs of two trees. */
static int pair_trees(struct ana_filetree *store, const struct ana_node *node, const struct ctx_gittree *a,
	const struct ctx_gittree *b, struct ana_dir_pairs *out, struct ctx_error *err) {
	uint32_t i = 0, k = 0;
	int rc = 0;
	while (rc == 0 && (i < a->count || k < b->count)) {
		int sign = order_entries(a, i, b, k);
		const struct ctx_gittree_entry *x = sign <= 0 ? &a->entries[i] : NULL,
					       *y = sign >= 0 ? &b->entries[k] : NULL;
		if (x == NULL || y == NULL || !same_entry(x, y)) {
			rc = pair_entries(store, node, x, y, out, err);
		}
		i += sign <= 0;
		k += sign >= 0;
	}
	return rc;
}

/** Pairs of two directories of commits, neither of them loaded. */
static int pair_stored(struct ana_filetree *store, const struct ana_stored *a, const struct ana_stored *b,
	struct ana_dir_pairs *out, struct ctx_error *err) {
	struct ctx_gittree *before = &store->sides[0], *after = &store->sides[1];
	int rc = ana_store_take(store, &a->oid, before, err);
	if (rc < 0) {
		return rc;
	}
	rc = ana_store_take(store, &b->oid, after, err);
	if (rc == 0) {
		rc = pair_trees(store, a->node, before, after, out, err);
		ana_store_give(store, &b->oid, after);
	}
	ana_store_give(store, &a->oid, before);
	return rc;
}

int ana_dir_pairs(struct ana_filetree *store, struct ana_dir *before, struct ana_dir *after, struct ana_dir_pairs *out,
	struct ctx_error *err) {
	const struct ana_stored *a = before->origin, *b = after->origin;
	out->items.count = 0;
	if (!before->loaded && !after->loaded && a->node == b->node) {
		return pair_stored(store, a, b, out, err);
	}
	int rc = ana_dir_load(store, before, err);
	rc = rc < 0 ? rc : ana_dir_load(store, after, err);
	return rc < 0 ? rc : pair_files(before, after, out, err);
}
