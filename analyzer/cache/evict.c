#include "analyzer/cache/evict.h"

#include <stdlib.h>
#include <string.h>

/** A result that could be dropped. */
struct candidate {
	uint32_t node, count_rank, used_rank;
	uint64_t used, count;
};

/** Pruning. */
struct pruning {
	struct ana_keystore *store;
	/** Nodes with sized results, and results that lie on each node. */
	CTX_VEC(uint32_t) live;
	uint32_t *above;
	uint64_t total;
	CTX_VEC(struct candidate) candidates;
};

void ana_evict_note(struct ana_keystore *store, uint32_t node, uint64_t bytes, const uint32_t below[2]) {
	struct ana_node_record *record = &store->nodes.items[node];
	record->sized = true;
	record->bytes = bytes;
	memcpy(record->below, below, sizeof(record->below));
}

/** Does the node have a result whose size is known? */
static bool is_live(const struct ana_node_record *record) {
	return record->result != 0 && record->sized;
}

/** Count results that lie on those below a node. */
static void count_above(struct pruning *p, uint32_t node, bool more) {
	for (unsigned i = 0; i < 2; ++i) {
		uint32_t below = p->store->nodes.items[node].below[i];
		if (below != ANA_NODE_NONE) {
			p->above[below] += more ? 1u : UINT32_MAX;
		}
	}
}

/** Find what there is. */
static bool survey(struct pruning *p) {
	bool ok = true;
	for (uint32_t i = 0; ok && i < p->store->nodes.count; ++i) {
		if (is_live(&p->store->nodes.items[i])) {
			ok = CTX_VEC_PUSH(&p->live, i);
			count_above(p, i, true);
			p->total += p->store->nodes.items[i].bytes;
		}
	}
	return ok;
}

/** Order: the oldest use first. */
static int by_use(const void *a_, const void *b_) {
	const struct candidate *a = a_, *b = b_;
	return a->used != b->used ? (a->used > b->used) - (a->used < b->used)
				  : (a->node > b->node) - (a->node < b->node);
}

/** Order: the fewest uses first. */
static int by_count(const void *a_, const void *b_) {
	const struct candidate *a = a_, *b = b_;
	return a->count != b->count ? (a->count > b->count) - (a->count < b->count) : by_use(a_, b_);
}

/** The result to drop next: the smallest sum of both ranks, each as a part of the largest. */
static uint32_t choose(struct pruning *p) {
	struct candidate *all = p->candidates.items;
	size_t count = p->candidates.count;
	uint32_t used_rank = 1, count_rank = 1;
	qsort(all, count, sizeof(*all), by_use);
	for (size_t i = 0; i < count; ++i) {
		used_rank += i == 0 || all[i].used > all[i - 1].used;
		all[i].used_rank = used_rank;
	}
	qsort(all, count, sizeof(*all), by_count);
	for (size_t i = 0; i < count; ++i) {
		count_rank += all[i].count != (i == 0 ? 0 : all[i - 1].count);
		all[i].count_rank = count_rank;
	}
	uint32_t best = ANA_NODE_NONE;
	double least = 0;
	for (size_t i = 0; i < count; ++i) {
		double sum = (double)all[i].used_rank / used_rank + (double)all[i].count_rank / count_rank;
		if (best == ANA_NODE_NONE || sum < least) {
			best = all[i].node;
			least = sum;
		}
	}
	return best;
}

/** List what no result lies on; false when out of memory. */
static bool list_candidates(struct pruning *p) {
	bool ok = true;
	size_t kept = 0;
	p->candidates.count = 0;
	for (size_t i = 0; ok && i < p->live.count; ++i) {
		uint32_t node = p->live.items[i];
		const struct ana_node_record *record = &p->store->nodes.items[node];
		if (!is_live(record)) {
			continue;
		}
		p->live.items[kept++] = node;
		struct candidate c = { .node = node, .used = record->used_number, .count = record->use_count };
		ok = p->above[node] > 0 || CTX_VEC_PUSH(&p->candidates, c);
	}
	p->live.count = ok ? kept : p->live.count;
	return ok;
}

int ana_evict_local(struct ana_keystore *store, uint64_t max_bytes, uint64_t *dropped, struct ctx_error *err) {
	struct pruning p = { .store = store };
	p.above = ctx_calloc(store->nodes.count + 1, sizeof(*p.above));
	bool ok = p.above != NULL && survey(&p);
	while (ok && p.total >= max_bytes && p.live.count > 0) {
		ok = list_candidates(&p);
		uint32_t node = ok ? choose(&p) : ANA_NODE_NONE;
		if (node == ANA_NODE_NONE) {
			break;
		}
		store->nodes.items[node].result = 0;
		++store->dropped;
		p.total -= store->nodes.items[node].bytes;
		count_above(&p, node, false);
		++*dropped;
	}
	free(p.above);
	CTX_VEC_RELEASE(&p.live);
	CTX_VEC_RELEASE(&p.candidates);
	return ok ? 0 : ctx_fail_nomem(err);
}

/* ---- Blobs ---- */

void ana_blobs_release(struct ana_blobs *blobs) {
	CTX_VEC_RELEASE(&blobs->items);
}

int ana_blobs_touch(struct ana_blobs *blobs, const struct ana_blob *blob, struct ctx_error *err) {
	for (size_t i = 0; i < blobs->items.count; ++i) {
		if (ctx_digest_equal(&blobs->items.items[i].name, &blob->name)) {
			blobs->items.items[i] = *blob;
			return 0;
		}
	}
	return CTX_VEC_PUSH(&blobs->items, *blob) ? 0 : ctx_fail_nomem(err);
}

void ana_blobs_expire(struct ana_blobs *blobs, int64_t since) {
	size_t kept = 0;
	for (size_t i = 0; i < blobs->items.count; ++i) {
		if (blobs->items.items[i].used >= since) {
			blobs->items.items[kept++] = blobs->items.items[i];
		}
	}
	blobs->items.count = kept;
}

bool ana_blobs_evict(struct ana_blobs *blobs, uint64_t max_bytes, struct ana_blob *out) {
	uint64_t total = 0;
	size_t oldest = 0;
	for (size_t i = 0; i < blobs->items.count; ++i) {
		total += blobs->items.items[i].bytes;
		oldest = blobs->items.items[i].used < blobs->items.items[oldest].used ? i : oldest;
	}
	if (total <= max_bytes || blobs->items.count == 0) {
		return false;
	}
	*out = blobs->items.items[oldest];
	// In order, so that of several that were used at one time the one that was written first goes
	memmove(blobs->items.items + oldest, blobs->items.items + oldest + 1,
		(blobs->items.count - oldest - 1) * sizeof(*out));
	--blobs->items.count;
	return true;
}
