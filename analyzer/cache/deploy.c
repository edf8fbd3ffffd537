#include "analyzer/cache/deploy.h"

#include "analyzer/cache/evict.h"

#include <stdlib.h>

/** What one branch, or all of them, exported last. */
struct exported {
	uint32_t branch;
	struct ana_keystore store;
};

struct ana_caches {
	struct ana_deployment how;
	/** The cache of the build at hand; of all builds, if there is one builder. */
	struct ana_keystore builder;
	/** Pointers, since stores must not move. */
	CTX_VEC(struct exported *) exports;
	/** Of all exports, where their size is limited. */
	struct ana_blobs blobs;
	/** When the build at hand began; results that were dropped for want of room. */
	int64_t now;
	uint64_t dropped;
};

int ana_caches_new(struct ana_caches **out, const struct ana_deployment *deployment, struct ctx_error *err) {
	struct ana_caches *caches = ctx_calloc(1, sizeof(*caches));
	if (caches == NULL) {
		return ctx_fail_nomem(err);
	}
	caches->how = *deployment;
	*out = caches;
	return 0;
}

void ana_caches_free(struct ana_caches *caches) {
	if (caches == NULL) {
		return;
	}
	ana_keystore_release(&caches->builder);
	for (size_t i = 0; i < caches->exports.count; ++i) {
		ana_keystore_release(&caches->exports.items[i]->store);
		free(caches->exports.items[i]);
	}
	CTX_VEC_RELEASE(&caches->exports);
	ana_blobs_release(&caches->blobs);
	free(caches);
}

/** Branch under which a branch's export is kept. */
static uint32_t scope_of(const struct ana_caches *caches, uint32_t branch) {
	return caches->how.scope == ANA_SCOPE_SHARED ? 0 : branch;
}

/** The export of a scope; NULL if there is none. */
static struct exported *find_export(const struct ana_caches *caches, uint32_t scope) {
	for (size_t i = 0; i < caches->exports.count; ++i) {
		if (caches->exports.items[i]->branch == scope) {
			return caches->exports.items[i];
		}
	}
	return NULL;
}

/** Drop results that nobody used for long. */
static void expire(const struct ana_caches *caches, struct ana_keystore *store, int64_t time) {
	for (size_t i = 0; caches->how.ttl_seconds > 0 && i < store->nodes.count; ++i) {
		struct ana_node_record *node = &store->nodes.items[i];
		if (node->result != 0 && time - node->used > caches->how.ttl_seconds) {
			node->result = 0;
			++store->dropped;
		}
	}
}

/** Read an export into the builder. */
static int import(struct ana_caches *caches, uint32_t scope, int64_t time, struct ctx_error *err) {
	struct exported *from = find_export(caches, scope);
	if (from == NULL) {
		return 0;
	}
	expire(caches, &from->store, time);
	int rc = ana_keystore_copy(&caches->builder, &from->store, NULL, NULL, err);
	for (size_t i = 0; rc == 0 && i < caches->builder.nodes.count; ++i) {
		caches->builder.nodes.items[i].has_blob = caches->builder.nodes.items[i].result != 0;
	}
	return rc;
}

int ana_caches_start(struct ana_caches *caches, uint32_t branch, int64_t time, struct ana_keystore **out,
	struct ctx_error *err) {
	int rc = 0;
	caches->now = time;
	if (caches->how.kind == ANA_CACHE_LOCAL) {
		expire(caches, &caches->builder, time);
	} else {
		ana_keystore_release(&caches->builder);
		if (caches->how.kind != ANA_CACHE_NONE) {
			uint32_t scope = scope_of(caches, branch),
				 fallback = scope_of(caches, caches->how.default_branch);
			rc = import(caches, scope, time, err);
			if (rc == 0 && caches->how.scope == ANA_SCOPE_BASE && fallback != scope) {
				rc = import(caches, fallback, time, err);
			}
		}
	}
	*out = &caches->builder;
	return rc;
}

/* ---- Export ---- */

/** One export. */
struct export {
	const struct ana_keystore *store;
	/** By node: is it written, and with its result? */
	bool *keep, *keep_results;
	/** Nodes whose origins are still to be followed. */
	CTX_VEC(uint32_t) queue;
	/** The builder had imported something. */
	bool imported;
};

/** Write a node, and later everything that leads to it. */
static bool keep(struct export *e, uint32_t node) {
	if (node == ANA_NODE_NONE || e->keep[node]) {
		return true;
	}
	e->keep[node] = true;
	return CTX_VEC_PUSH(&e->queue, node) && keep(e, e->store->nodes.items[node].alike);
}

/** Write everything that leads to the nodes that are written: keys without results. */
static bool keep_origins(struct export *e) {
	bool ok = true;
	while (ok && e->queue.count > 0) {
		uint32_t node = e->queue.items[--e->queue.count];
		for (uint32_t i = e->store->nodes.items[node].last_in; ok && i != UINT32_MAX;
			i = e->store->links.items[i].next_in) {
			ok = keep(e, e->store->links.items[i].source);
		}
	}
	return ok;
}

/** The vertex below in the chain of layers; ANA_NONE. */
static uint32_t layer_below(const struct ana_vertex *v) {
	switch (v->op) {
	case ANA_OP_EXEC:
		return v->exec.mount_count > 0 && v->exec.mounts[0].root ? v->exec.mounts[0].input : ANA_NONE;
	case ANA_OP_FILE:
		return v->file.base;
	default:
		return ANA_NONE;
	}
}

/** Mark the results that are layers of the target: merges are made of all their inputs' layers. */
static bool keep_layers(struct export *e, const struct ana_graph *graph, const struct ana_vertex_result *results) {
	CTX_VEC(uint32_t) vertices = { 0 };
	bool ok = graph->result == ANA_NONE || CTX_VEC_PUSH(&vertices, graph->result);
	while (ok && vertices.count > 0) {
		uint32_t at = vertices.items[--vertices.count];
		const struct ana_vertex *v = &graph->vertices.items[at];
		if (results[at].node != ANA_NODE_NONE) {
			e->keep_results[results[at].node] = true;
		}
		uint32_t below = layer_below(v);
		ok = below == ANA_NONE || CTX_VEC_PUSH(&vertices, below);
		for (uint32_t i = 0; ok && v->op == ANA_OP_MERGE && i < v->input_count; ++i) {
			ok = CTX_VEC_PUSH(&vertices, v->inputs[i]);
		}
	}
	CTX_VEC_RELEASE(&vertices);
	return ok;
}

/** What an inline cache has no result of, as v0.32.2 writes it: a merge that is the target, made by a builder that had imported one. */
static void drop_last_merge(struct export *e, enum ana_cache_kind kind, const struct ana_graph *graph,
	const struct ana_vertex_result *results) {
	uint32_t last = graph->result;
	if (kind == ANA_CACHE_INLINE && e->imported && last != ANA_NONE && results[last].made &&
		graph->vertices.items[last].op == ANA_OP_MERGE && results[last].node != ANA_NODE_NONE) {
		e->keep_results[results[last].node] = false;
	}
}

/** Choose what is written. */
static bool choose(struct export *e, enum ana_cache_kind kind, const struct ana_graph *graph,
	const struct ana_vertex_result *results) {
	bool all = kind == ANA_CACHE_REGISTRY_MAX || kind == ANA_CACHE_GHA;
	bool ok = true;
	for (size_t v = 0; ok && v < graph->vertices.count; ++v) {
		uint32_t node = results[v].node;
		if (node == ANA_NODE_NONE) {
			continue;
		}
		ok = keep(e, node);
		bool blob = kind == ANA_CACHE_REGISTRY_MIN && e->store->nodes.items[node].has_blob;
		bool source = graph->vertices.items[v].op ==
			ANA_OP_IMAGE; // pulled from where it was, not from the cache
		e->keep_results[node] = e->keep_results[node] || all || blob || source;
	}
	ok = ok && keep_layers(e, graph, results) && keep_origins(e);
	drop_last_merge(e, kind, graph, results);
	return ok;
}

/** Write the export of a scope anew. */
static int write_export(struct ana_caches *caches, uint32_t scope, const struct export *e, struct ctx_error *err) {
	struct exported *to = find_export(caches, scope);
	if (to == NULL) {
		to = ctx_calloc(1, sizeof(*to));
		if (to == NULL || !CTX_VEC_PUSH(&caches->exports, to)) {
			free(to);
			return ctx_fail_nomem(err);
		}
		to->branch = scope;
	}
	ana_keystore_release(&to->store);
	return ana_keystore_copy(&to->store, &caches->builder, e->keep, e->keep_results, err);
}

/* ---- Sizes ---- */

/** Note sizes of the results that were made. */
static void note_sizes(struct ana_caches *caches, const struct ana_graph *graph,
	const struct ana_vertex_result *results, const uint64_t *bytes) {
	for (uint32_t i = 0; i < graph->vertices.count; ++i) {
		const struct ana_vertex *v = &graph->vertices.items[i];
		bool layer = v->op == ANA_OP_EXEC || v->op == ANA_OP_FILE || v->op == ANA_OP_MERGE;
		if (!results[i].made || results[i].node == ANA_NODE_NONE || !layer) {
			continue;
		}
		uint32_t below[2] = { layer_below(v), ANA_NONE };
		for (uint32_t k = 0; v->op == ANA_OP_MERGE && k < v->input_count && k < 2; ++k) {
			below[k] = v->inputs[k];
		}
		for (unsigned k = 0; k < 2; ++k) {
			below[k] = below[k] == ANA_NONE ? ANA_NODE_NONE : results[below[k]].node;
		}
		ana_evict_note(&caches->builder, results[i].node, bytes[i], below);
	}
}

/** A blob is gone: no export has that result any more. */
static void drop_blob(struct ana_caches *caches, const struct ctx_digest *name) {
	for (size_t i = 0; i < caches->exports.count; ++i) {
		struct ana_keystore *store = &caches->exports.items[i]->store;
		uint32_t node = ctx_strmap_get(&store->by_name, name->bytes, sizeof(name->bytes));
		if (node != CTX_STRMAP_NONE) {
			store->nodes.items[node].result = 0;
			++store->dropped;
		}
	}
	++caches->dropped;
}

/** Note the blobs of an export as used, and drop what there is no room for. */
static int limit_blobs(struct ana_caches *caches, uint32_t scope, struct ctx_error *err) {
	struct ana_keystore *store = &find_export(caches, scope)->store;
	int rc = 0;
	for (size_t i = 0; rc == 0 && i < store->nodes.count; ++i) {
		struct ana_node_record *node = &store->nodes.items[i];
		if (node->result != 0 && node->bytes > 0) {
			node->used = caches->now; // each export looks whether its blobs are still there
			struct ana_blob blob = { .name = node->name, .bytes = node->bytes, .used = caches->now };
			rc = ana_blobs_touch(&caches->blobs, &blob, err);
		}
	}
	if (caches->how.ttl_seconds > 0) {
		ana_blobs_expire(&caches->blobs, caches->now - caches->how.ttl_seconds);
	}
	struct ana_blob gone;
	while (rc == 0 && ana_blobs_evict(&caches->blobs, caches->how.max_bytes, &gone)) {
		drop_blob(caches, &gone.name);
	}
	return rc;
}

uint64_t ana_caches_dropped(const struct ana_caches *caches) {
	return caches->dropped;
}

int ana_caches_finish(struct ana_caches *caches, uint32_t branch, const struct ana_graph *graph,
	const struct ana_vertex_result *results, const uint64_t *bytes, struct ctx_error *err) {
	bool limited = caches->how.max_bytes > 0 && bytes != NULL;
	if (limited) {
		note_sizes(caches, graph, results, bytes);
	}
	if (caches->how.kind == ANA_CACHE_LOCAL || caches->how.kind == ANA_CACHE_NONE) {
		return limited && caches->how.kind == ANA_CACHE_LOCAL
			? ana_evict_local(&caches->builder, caches->how.max_bytes, &caches->dropped, err)
			: 0;
	}
	uint32_t scope = scope_of(caches, branch);
	struct export e = { .store = &caches->builder, .imported = find_export(caches, scope) != NULL };
	e.keep = ctx_calloc(caches->builder.nodes.count + 1, sizeof(bool));
	e.keep_results = ctx_calloc(caches->builder.nodes.count + 1, sizeof(bool));
	bool ok = e.keep != NULL && e.keep_results != NULL && choose(&e, caches->how.kind, graph, results);
	int rc = ok ? write_export(caches, scope, &e, err) : ctx_fail_nomem(err);
	rc = rc == 0 && limited && caches->how.kind == ANA_CACHE_GHA ? limit_blobs(caches, scope, err) : rc;
	free(e.keep);
	free(e.keep_results);
	CTX_VEC_RELEASE(&e.queue);
	return rc;
}
