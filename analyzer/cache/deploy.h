/**
 * Cache deployments: which cache a build reads, and what it leaves behind.
 *
 * A long-lived builder keeps everything.  A builder that is made for each build reads what the last one exported: all results, or only
 * those of the target's own layers, and always all keys.
 * Source: moby/buildkit v0.32.2 cache/remotecache/v1 (chains.go, parse.go), solver/exporter.go, cache/remotecache/gha.
 */
#ifndef ANALYZER_CACHE_DEPLOY_H
#define ANALYZER_CACHE_DEPLOY_H

#include "analyzer/cache/solver.h"

/** Where results are kept. */
enum ana_cache_kind {
	/** One builder for all builds. */
	ANA_CACHE_LOCAL,
	/** A new builder each time, which imports the last export: mode=max, mode=min, inline. */
	ANA_CACHE_REGISTRY_MAX,
	ANA_CACHE_REGISTRY_MIN,
	ANA_CACHE_INLINE,
	/** As REGISTRY_MAX, one cache for each branch that falls back to the default branch's. */
	ANA_CACHE_GHA,
	/** A new builder each time and nothing to import. */
	ANA_CACHE_NONE,
	/** The classic builder, all builds on one daemon: see classic.h. */
	ANA_CACHE_CLASSIC,
};

/** Who shares a cache that is exported. */
enum ana_cache_scope {
	/** All branches write the same one. */
	ANA_SCOPE_SHARED,
	/** Each branch its own. */
	ANA_SCOPE_BRANCH,
	/** Each branch writes its own, and reads that of the default branch, too. */
	ANA_SCOPE_BASE,
};

/** A deployment. */
struct ana_deployment {
	enum ana_cache_kind kind;
	enum ana_cache_scope scope;
	/** Results that were not used for so long are dropped; seconds, 0 for never. */
	int64_t ttl_seconds;
	/** Size of LOCAL and GHA, above which results are dropped; 0 for any. */
	uint64_t max_bytes;
	/** Branch whose cache the others fall back to. */
	uint32_t default_branch;
};

struct ana_caches;

/** The caches of a deployment, empty; not of the classic builder. */
CTX_NODISCARD
int ana_caches_new(struct ana_caches **out, const struct ana_deployment *deployment, struct ctx_error *err);
void ana_caches_free(struct ana_caches *caches);

/** The cache that a build on a branch starts with.  Valid until ana_caches_finish().  CTX_E_NOMEM. */
CTX_NODISCARD
int ana_caches_start(struct ana_caches *caches, uint32_t branch, int64_t time, struct ana_keystore **out,
	struct ctx_error *err);

/**
 * The build is done: keep what the deployment keeps.
 * @bytes   Sizes of results by vertex; NULL if the deployment has no limit.
 * @return  0; CTX_E_NOMEM.
 */
CTX_NODISCARD
int ana_caches_finish(struct ana_caches *caches, uint32_t branch, const struct ana_graph *graph,
	const struct ana_vertex_result *results, const uint64_t *bytes, struct ctx_error *err);

/** Results that were dropped so far since there was no room. */
uint64_t ana_caches_dropped(const struct ana_caches *caches);

#endif
