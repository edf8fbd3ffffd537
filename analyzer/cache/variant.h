/**
 * One Dockerfile as it is built: from its text to keys and steps.
 *
 * A history has few versions of its Dockerfile and many commits; each version is worked out once and then only read, by any
 * number of threads.
 */
#ifndef ANALYZER_CACHE_VARIANT_H
#define ANALYZER_CACHE_VARIANT_H

#include "analyzer/cache/cachekey.h"
#include "analyzer/cache/classic_plan.h"
#include "analyzer/cache/cost.h"
#include "analyzer/dockerfile/outline.h"

/** A step that has a verdict: what a build prints with CACHED or without.  FROM and sources have none. */
struct ana_variant_step {
	/** Vertex of the graph; step of the plan for the classic builder. */
	uint32_t vertex;
	/** The instruction as it stands in the file; it is the merge of a COPY --link. */
	struct ctx_str written;
	bool merge;
	/** As BuildKit prints it; and without the bracket: "COPY package.json ./". */
	struct ctx_str name, instruction;
	/** Name of the stage as BuildKit shows it; "" where it shows none. */
	struct ctx_str stage;
	uint32_t line;
	/** What it costs; and what a pragma of this file says, below zero if none does. */
	double seconds, said_seconds;
	/** Which cache it keeps in cache mounts of its own; absent if it has none.  And what it costs when that is filled. */
	struct ctx_str kept;
	double warm_seconds;
	/** Size of its result, measured or without what goes into cache mounts; -1 if it is that of its class. */
	int64_t bytes;
	/** The costliest command in it. */
	enum ana_cost_class class;
};
/** Bytes of its result: `bytes`, or what its class is taken to leave; none of a merge, which puts together what there is. */
uint64_t ana_variant_step_bytes(const struct ana_variant_step *step);

/** A version of the Dockerfile. */
struct ana_variant {
	/** Owned. */
	struct ctx_buf text;
	struct ana_dockerfile model;
	struct ana_graph graph;
	struct ana_cachekeys keys;
	/** For the classic builder in the place of both: then there is a plan, and no graph. */
	bool classic;
	struct ana_classic_plan plan;
	/** In the order of the graph, which is that of the file within a stage. */
	struct ana_variant_step *steps;
	uint32_t step_count;
	/** Step of each vertex, or step of the plan; ANA_NONE for one that is none. */
	uint32_t *step_of;
	/** For who groups the steps of several variants: a number for each step.  NULL until the caller gives it some, which are his. */
	uint32_t *rows;
	/** The file is not valid or too large, or lacks the target: "12:5: unknown instruction: RNU", with its place in the file if there is one; NULL. */
	const char *error;
	struct ctx_arena arena;
};

/** How variants are built.  Borrowed, must outlive them. */
struct ana_variant_opts {
	struct ana_graph_opts graph;
	struct ana_cachekey_opts keys;
	/** NULL: defaults. */
	const struct ana_costs *costs;
	/** As Docker 20.10 with its BuildKit 0.8; its frontend is in the way only where the file names none. */
	bool older;
	/** For the classic builder. */
	bool classic;
};

/**
 * Work out a Dockerfile.  An invalid one is a variant with `error`.
 *
 * @text  Taken over, also after a failure; empty afterwards.
 * @return 0; CTX_E_USAGE, from the options (a target that does not exist is an `error`); CTX_E_NOMEM.
 */
CTX_NODISCARD
int ana_variant_new(struct ana_variant **out, struct ctx_buf *text, const struct ana_variant_opts *opts,
	struct ctx_error *err);
void ana_variant_free(struct ana_variant *variant);

/**
 * Let the pragmas of one Dockerfile hold for the same steps of others: add what "# ctxopt cost=" says in `text` to `*costs`, which may be
 * NULL.  An invalid file says nothing.  Errors as ana_variant_new().
 */
CTX_NODISCARD
int ana_variant_costs(struct ana_costs **costs, struct ctx_str text, const struct ana_variant_opts *opts,
	struct ctx_error *err);

/**
 * Keep of a variant only what solving on one builder, and reports of verdicts, look at: of vertices the kinds, the keys without
 * selections, and the steps.  That is a fifth of it.  Nothing may borrow from the rest any more.
 * @return 0; CTX_E_NOMEM, nothing is changed.
 */
CTX_NODISCARD
int ana_variant_thin(struct ana_variant *variant, struct ctx_error *err);

#endif
