/**
 * One build against a cache: which steps are hits, which are made again, and why.
 *
 * Follows BuildKit's solver: a step is looked up by the keys of its inputs; where that fails, the inputs are made or loaded and looked up by
 * their content; what still has no result is made and saved.  Nothing is made that nobody needs.
 * Source: moby/buildkit v0.32.2 solver/edge.go (desiredStateDep, recalcCurrentState, execIfPossible, processDepSlowCacheReq).
 */
#ifndef ANALYZER_CACHE_SOLVER_H
#define ANALYZER_CACHE_SOLVER_H

#include "analyzer/cache/content.h"
#include "analyzer/cache/keystore.h"

/** What a step of a build was. */
enum ana_hit { ANA_HIT, ANA_MISS, ANA_HIT_UNKNOWN };

/** Why a step was not a hit. */
enum ana_reason {
	ANA_REASON_NONE,
	/** The cache was not to be asked. */
	ANA_REASON_FORCED,
	/** The operation was never made before. */
	ANA_REASON_OPERATION,
	/** The operation is known, but never stood behind this step, which is a hit. */
	ANA_REASON_ORDER,
	/** A source that it is based on was never used before. */
	ANA_REASON_SOURCE,
	/** Content of a local context that was never used this way before. */
	ANA_REASON_INPUTS,
	/** Content of another stage's result. */
	ANA_REASON_STAGE,
	/** The step before was made again. */
	ANA_REASON_PARENT,
	/** The key is known, the result is not in the cache. */
	ANA_REASON_ABSENT,
};

/** One build. */
struct ana_solve_opts {
	const struct ana_graph *graph;
	const struct ana_cachekeys *keys;
	/** By number of the input (ana_cachekeys.first); not looked at where content does not count. */
	const struct ana_content *contents;
	enum ana_run_assumption run;
	/** Time of the build, seconds. */
	int64_t time;
};

/** What became of a vertex. */
struct ana_vertex_result {
	enum ana_hit hit;
	enum ana_reason reason;
	/** Input that the reason is about; UINT32_MAX for none. */
	uint32_t input;
	/** Vertex above that the misses begin with, if the reason is PARENT or STAGE; else the vertex itself. */
	uint32_t blame;
	/** It was made, or loaded because somebody needed it. */
	bool made, loaded;
	/** Node of its result; ANA_NODE_NONE if it has none. */
	uint32_t node;
};

/**
 * Build.  The store is changed as a successful build changes the cache.
 *
 * @out    As many as the graph has vertices.
 * @return 0; CTX_E_NOMEM.
 */
CTX_NODISCARD
int ana_solve(struct ana_keystore *store, const struct ana_solve_opts *opts, struct ana_vertex_result *out,
	struct ctx_error *err);

#endif
