#include "analyzer/cache/selector_internal.h"

#include <string.h>

// Two sorted lists are gone along side by side, first the tops, then the entries of directories whose digests differ.

/** One comparison. */
struct differ {
	struct ana_filetree *store;
	ana_change_fn *fn;
	void *arg;
	struct ctx_error *err;
	/** Path of what is compared, relative to the root. */
	struct ctx_buf path;
	/** The receiver has had enough. */
	bool stopped;
};

/** Tell about the entry at the path. */
static int tell(struct differ *d, enum ana_change_kind kind) {
	if (!ctx_buf_ok(&d->path)) {
		return ctx_fail_nomem(d->err);
	}
	int rc = d->fn(d->arg, kind, ctx_buf_str(&d->path), d->path.len);
	d->stopped = rc > 0;
	return rc < 0 ? rc : 0;
}

/** Make the path that of an entry; the length before it. */
static size_t enter(struct differ *d, const struct ana_file *file) {
	size_t len = d->path.len;
	if (len > 0) {
		ctx_buf_addc(&d->path, '/');
	}
	ctx_buf_add(&d->path, file->name, file->name_len);
	return len;
}

/** Everything in a directory was added or removed. */
static int tell_all(struct differ *d, struct ana_dir *dir, enum ana_change_kind kind, unsigned depth) {
	if (depth > ANA_SELECTION_DEPTH_MAX) {
		return ctx_fail(d->err, CTX_E_LIMIT, "a directory is too deep");
	}
	int rc = ana_dir_load(d->store, dir, d->err);
	if (rc == 0 && dir->count == 0) {
		return tell(d, kind);
	}
	for (uint32_t i = 0; rc == 0 && i < dir->count && !d->stopped; ++i) {
		const struct ana_file *file = &dir->files[i];
		size_t len = enter(d, file);
		rc = file->kind == CTX_KIND_DIR ? tell_all(d, file->dir, kind, depth + 1) : tell(d, kind);
		ctx_buf_truncate(&d->path, len);
	}
	return rc;
}

static int compare_dirs(struct differ *d, struct ana_dir *a, struct ana_dir *b, unsigned depth);

/** A spot that only one side has. */
static int tell_spot(struct differ *d, const struct ana_spot *spot, enum ana_change_kind kind, unsigned depth) {
	return spot->dir != NULL ? tell_all(d, spot->dir, kind, depth) : tell(d, kind);
}

/** Two things at the same path. */
static int compare_spots(struct differ *d, const struct ana_spot *a, const struct ana_spot *b, unsigned depth) {
	if (a->dir != NULL && b->dir != NULL) {
		return compare_dirs(d, a->dir, b->dir, depth);
	}
	if (a->dir != NULL || b->dir != NULL) {
		int rc = tell_spot(d, a, ANA_CHANGE_REMOVED, depth);
		return rc < 0 || d->stopped ? rc : tell_spot(d, b, ANA_CHANGE_ADDED, depth);
	}
	const struct ana_file *x = a->file, *y = b->file;
	if (x->kind != y->kind || !ctx_digest_equal(&x->id, &y->id)) {
		return tell(d, ANA_CHANGE_MODIFIED);
	}
	return x->mode != y->mode ? tell(d, ANA_CHANGE_MODE) : 0;
}

/** What differs in two versions of a directory, at one name. */
static int compare_pair(struct differ *d, const struct ana_dir_pair *pair, unsigned depth) {
	size_t len = enter(d, pair->had ? &pair->before : &pair->after);
	struct ana_spot before = ana_spot_of(&pair->before), after = ana_spot_of(&pair->after);
	int rc = pair->had && pair->has ? compare_spots(d, &before, &after, depth)
		: pair->had             ? tell_spot(d, &before, ANA_CHANGE_REMOVED, depth)
					: tell_spot(d, &after, ANA_CHANGE_ADDED, depth);
	ctx_buf_truncate(&d->path, len);
	return rc;
}

/** Two versions of a directory. */
static int compare_dirs(struct differ *d, struct ana_dir *a, struct ana_dir *b, unsigned depth) {
	struct ctx_digest x, y;
	int rc = depth > ANA_SELECTION_DEPTH_MAX ? ctx_fail(d->err, CTX_E_LIMIT, "a directory is too deep")
						 : ana_dir_digest(d->store, a, &x, d->err);
	rc = rc < 0 ? rc : ana_dir_digest(d->store, b, &y, d->err);
	if (rc < 0 || ctx_digest_equal(&x, &y)) {
		return rc;
	}
	struct ana_dir_pairs pairs = { 0 };
	rc = ana_dir_pairs(d->store, a, b, &pairs, d->err);
	if (rc == 0 && a->mode != b->mode) {
		rc = tell(d, ANA_CHANGE_MODE);
	}
	for (size_t i = 0; rc == 0 && !d->stopped && i < pairs.items.count; ++i) {
		rc = compare_pair(d, &pairs.items.items[i], depth + 1);
	}
	ana_dir_pairs_release(&pairs);
	return rc;
}

/** The tops of both sides. */
static int compare_tops(struct differ *d, const struct ana_tops *a, const struct ana_tops *b) {
	size_t i = 0, k = 0;
	int rc = 0;
	while (rc == 0 && !d->stopped && (i < a->items.count || k < b->items.count)) {
		const struct ana_top *x = i < a->items.count ? &a->items.items[i] : NULL;
		const struct ana_top *y = k < b->items.count ? &b->items.items[k] : NULL;
		int sign = x == NULL ? 1
			: y == NULL  ? -1
				     : ctx_path_cmp(x->key, strlen(x->key), y->key, strlen(y->key));
		ctx_buf_reset(&d->path);
		ctx_buf_adds(&d->path, sign <= 0 ? x->path : y->path);
		if (sign == 0) {
			rc = compare_spots(d, &x->spot, &y->spot, 0);
		} else {
			rc = tell_spot(d, sign < 0 ? &x->spot : &y->spot,
				sign < 0 ? ANA_CHANGE_REMOVED : ANA_CHANGE_ADDED, 0);
		}
		i += sign <= 0;
		k += sign >= 0;
	}
	return rc;
}

int ana_selection_changes(struct ana_selections *s, struct ana_dir *before, struct ana_dir *after,
	const struct ana_selector *sel, ana_change_fn *fn, void *arg, struct ctx_error *err) {
	struct differ d = { .store = ana_selections_store(s), .fn = fn, .arg = arg, .err = err };
	struct ana_tops a = { 0 }, b = { 0 };
	int rc = ana_selection_tops(s, before, sel, &a, err);
	rc = rc < 0 ? rc : ana_selection_tops(s, after, sel, &b, err);
	rc = rc < 0 ? rc : compare_tops(&d, &a, &b);
	ana_tops_release(&a);
	ana_tops_release(&b);
	ctx_buf_release(&d.path);
	return rc;
}
