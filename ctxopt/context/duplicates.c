/*
 * Files are sorted by digest, so that copies stand side by side; the sort keeps the snapshot's order among them, which
 * is the order of paths.
 */
#include "ctxopt/context/measure.h"

#include <stdlib.h>
#include <string.h>

/** A file with content. */
struct copy {
	struct ctx_digest digest;
	const struct ctx_dir *dir;
	const struct ctx_entry *entry;
	/** Place in the snapshot's order. */
	uint64_t order;
};

/** All of them. */
struct copies {
	struct copy *items;
	size_t count, cap;
};

/** A run of copies. */
struct run {
	size_t first;
	uint32_t count;
	uint64_t wasted_bytes;
	/** Place of the first copy in the snapshot's order. */
	uint64_t order;
};

/** All runs. */
struct runs {
	struct run *items;
	size_t count, cap;
};

void ctx_duplicates_release(struct ctx_duplicates *d) {
	CTX_VEC_RELEASE(&d->sets);
	ctx_arena_release(&d->arena);
	*d = (struct ctx_duplicates){ 0 };
}

/** Collect the files that can have copies. */
static bool collect(struct copies *copies, struct ctx_snapshot *snap) {
	uint64_t order = 0;
	struct ctx_cursor c = ctx_cursor_at(snap->root.dir);
	for (const struct ctx_entry *e; (e = ctx_cursor_next(&c)) != NULL; ++order) {
		unsigned want = CTX_ENTRY_KEPT | CTX_ENTRY_DIGEST;
		if ((e->flags & (want | CTX_ENTRY_HARDLINK)) != want || ctx_entry_content_bytes(e) == 0) {
			continue;
		}
		struct copy copy = { .digest = e->digest, .dir = c.dir, .entry = e, .order = order };
		if (!CTX_VEC_PUSH(copies, copy)) {
			return false;
		}
	}
	return true;
}

/** By content. */
static int content_cmp(const struct copy *a, const struct copy *b) {
	int order = memcmp(a->digest.bytes, b->digest.bytes, sizeof(a->digest.bytes));
	if (order != 0) {
		return order;
	}
	uint64_t x = a->entry->size_bytes, y = b->entry->size_bytes;
	return (x > y) - (x < y);
}

/** By content, then by place. */
static int copy_cmp(const void *a, const void *b) {
	const struct copy *x = a, *y = b;
	int order = content_cmp(x, y);
	return order != 0 ? order : (x->order > y->order) - (x->order < y->order);
}

/** a + b, or the largest number. */
static uint64_t add_capped(uint64_t a, uint64_t b) {
	uint64_t sum;
	return __builtin_add_overflow(a, b, &sum) ? UINT64_MAX : sum;
}

/** a * b, or the largest number. */
static uint64_t mul_capped(uint64_t a, uint64_t b) {
	uint64_t product;
	return __builtin_mul_overflow(a, b, &product) ? UINT64_MAX : product;
}

/** Find the runs of at least two. */
static bool find_runs(struct runs *runs, struct ctx_duplicates *out, const struct copies *copies) {
	for (size_t first = 0, end; first < copies->count; first = end) {
		end = first + 1;
		while (end < copies->count && content_cmp(&copies->items[first], &copies->items[end]) == 0) {
			++end;
		}
		size_t count = end - first;
		if (count < 2) {
			continue;
		}
		const struct copy *head = &copies->items[first];
		struct run run = {
			.first = first,
			.count = count < UINT32_MAX ? (uint32_t)count : UINT32_MAX,
			.wasted_bytes = mul_capped(count - 1, head->entry->size_bytes),
			.order = head->order,
		};
		if (!CTX_VEC_PUSH(runs, run)) {
			return false;
		}
		++out->set_count;
		out->wasted_bytes = add_capped(out->wasted_bytes, run.wasted_bytes);
	}
	return true;
}

/** Most wasted bytes first, ties by first path. */
static int run_cmp(const void *a, const void *b) {
	const struct run *x = a, *y = b;
	if (x->wasted_bytes != y->wasted_bytes) {
		return x->wasted_bytes > y->wasted_bytes ? -1 : 1;
	}
	return (x->order > y->order) - (x->order < y->order);
}

/** List one run with its paths. */
static bool add_set(struct ctx_duplicates *out, const struct copies *copies, const struct run *run) {
	struct ctx_duplicate_set set = {
		.size_bytes = copies->items[run->first].entry->size_bytes,
		.count = run->count,
		.paths = ctx_arena_calloc(&out->arena, run->count, sizeof(*set.paths)),
	};
	if (set.paths == NULL) {
		return false;
	}
	ctx_auto_buf struct ctx_buf path = CTX_BUF_INIT;
	for (uint32_t i = 0; i < run->count; ++i) {
		const struct copy *copy = &copies->items[run->first + i];
		ctx_buf_reset(&path);
		ctx_entry_path(&path, copy->dir, copy->entry);
		set.paths[i] = ctx_buf_ok(&path) ? ctx_arena_memdup0(&out->arena, path.data, path.len) : NULL;
		if (set.paths[i] == NULL) {
			return false;
		}
	}
	return CTX_VEC_PUSH(&out->sets, set);
}

/** List the runs that waste most. */
static bool add_sets(struct ctx_duplicates *out, const struct copies *copies, struct runs *runs, size_t top) {
	if (runs->count > 1) {
		qsort(runs->items, runs->count, sizeof(runs->items[0]), run_cmp);
	}
	for (size_t i = 0; i < runs->count && (top == 0 || i < top); ++i) {
		if (!add_set(out, copies, &runs->items[i])) {
			return false;
		}
	}
	return true;
}

int ctx_find_duplicates(struct ctx_duplicates *out, struct ctx_snapshot *snap, size_t top, struct ctx_error *err) {
	*out = (struct ctx_duplicates){ 0 };
	struct copies copies = { 0 };
	struct runs runs = { 0 };
	bool ok = collect(&copies, snap);
	if (ok && copies.count > 1) {
		qsort(copies.items, copies.count, sizeof(copies.items[0]), copy_cmp);
	}
	ok = ok && find_runs(&runs, out, &copies) && add_sets(out, &copies, &runs, top);
	CTX_VEC_RELEASE(&copies);
	CTX_VEC_RELEASE(&runs);
	if (!ok) {
		ctx_duplicates_release(out);
		return ctx_fail_nomem(err);
	}
	return 0;
}
