/**
 * What identifies each step of a graph for the cache: the digest of its operation, and how each of its inputs is matched.
 *
 * Two operations have the same digest here exactly if BuildKit gives them the same; the numbers are ours (XXH3-128 over an unambiguous
 * encoding of the fields that BuildKit's own encoding has), so that another encoding can take their place where BuildKit's
 * SHA-256 keys are needed.
 * Source: moby/buildkit v0.32.2 solver/llbsolver/ops/exec.go, file.go, merge.go, source.go (CacheMap), opsutils/contenthash.go.
 */
#ifndef ANALYZER_CACHE_CACHEKEY_H
#define ANALYZER_CACHE_CACHEKEY_H

#include "analyzer/cache/selector.h"

/** One input of an operation. */
struct ana_key_input {
	/** Vertex of the graph. */
	uint32_t vertex;
	/** What of it is used, as part of the link from its key. */
	struct ctx_digest link;
	/** It can be matched by the key of the vertex; not so local contexts, whose keys are new in every build. */
	bool by_key;
	/** It can be matched by the content of the selections. */
	bool by_content;
	/** As BuildKit orders them, doubles and covered ones left out. */
	struct ana_selector *selectors;
	uint32_t selector_count;
};

/** One operation. */
struct ana_vertex_key {
	struct ctx_digest op;
	/** Without the values that ENV, ARG and expansion brought in: tells an edited instruction from a changed value. */
	struct ctx_digest written;
	struct ana_key_input *inputs;
	uint32_t input_count;
	/** The cache is not asked: --no-cache, --no-cache-filter. */
	bool forced;
};

/** How to build. */
struct ana_cachekey_opts {
	/** --no-cache. */
	bool no_cache;
	/** --no-cache-filter: names of stages. */
	const struct ctx_str *no_cache_stages;
	size_t no_cache_stage_count;
	/**
	 * As BuildKit 0.8 does (Docker 20.10): owners never count, wildcards go by base names, cache mounts count with id and sharing, a
	 * RUN that mounts what it works on is not matched by that.
	 */
	bool older;
};

/** The keys of a graph, by vertex.  Zero-initialised is valid; release also after a failure. */
struct ana_cachekeys {
	struct ana_vertex_key *vertices;
	uint32_t count;
	/** Number of the first input of each vertex, if all inputs are numbered in order; and how many there are. */
	uint32_t *first;
	uint32_t input_total;
	/** ana_cachekey_opts.older. */
	bool older;
	struct ctx_arena arena;
};

/** Do id and sharing of a cache mount count?  Only where both are the defaults of a Dockerfile (exec.go, checkShouldClearCacheOpts). */
bool ana_cache_id_counts(const struct ana_exec_mount *mount);

/**
 * Make the keys.
 * @graph  Without errors.  Borrowed: must outlive `out`.
 * @return 0; CTX_E_NOMEM.
 */
CTX_NODISCARD
int ana_cachekeys_make(struct ana_cachekeys *out, const struct ana_graph *graph, const struct ana_cachekey_opts *opts,
	struct ctx_error *err);
void ana_cachekeys_release(struct ana_cachekeys *keys);
#define ana_auto_cachekeys CTX_CLEANUP(ana_cachekeys_release)

#endif
