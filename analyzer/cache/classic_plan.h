/**
 * A Dockerfile as the classic builder reads it: stages up to the target, each a line of instructions, all of them steps.
 *
 * What a step writes down as the command of its container is one digest, beside what COPY and ADD copy: two steps with the same
 * one behind the same image are the same to the cache.  Everything else about a container that counts (variables, labels, ports,
 * volumes, user, entry point) is in it, too.
 * Source: moby/moby v20.10.24 builder/dockerfile (evaluator.go, dispatchers.go, internals.go, buildargs.go, copy.go),
 * image/cache/compare.go.
 */
#ifndef ANALYZER_CACHE_CLASSIC_PLAN_H
#define ANALYZER_CACHE_CLASSIC_PLAN_H

#include "analyzer/cache/selector.h"
#include "ctxopt/context/hash.h"

/** One step. */
struct ana_classic_step {
	/** As it is written. */
	const struct ana_instruction *ins;
	/** Name as the builder prints it, "Step 3/9 : RUN make"; and with variables filled in, as BuildKit does: "RUN make". */
	struct ctx_str name, instruction;
	uint32_t stage, line;
	/** Run by a trigger of the base (ONBUILD): it is not printed. */
	bool trigger;
	/** What the container is made with, but for what is copied; and of it what the instruction itself says. */
	struct ctx_digest command, own;
	/** RUN: the command; declared arguments, and variables, against which they do not count. */
	struct ctx_str *args;
	uint32_t arg_count;
	const struct ana_env *given, *env;
	/** COPY, ADD, WORKDIR: what is done to the files, an action for each source. */
	struct ana_action *actions;
	uint32_t action_count;
	/** COPY, ADD: what is copied, the same in number; a URL has no path. */
	struct ana_selector *sources;
	/** COPY --from: the stage; or the image, which is empty for the context. */
	uint32_t from_stage;
	struct ctx_str from_image;
};

/** One stage. */
struct ana_classic_stage {
	/** As BuildKit shows it; "" in a file of a single stage. */
	struct ctx_str name;
	/** Stage that it begins with; ANA_NONE for an image, or for nothing if `image` is empty. */
	uint32_t base;
	/** "docker.io/library/alpine:latest", its platform behind it if one is named. */
	struct ctx_str image;
	/** Its steps. */
	uint32_t first, count;
};

/** The plan.  Zero-initialised is valid and empty. */
struct ana_classic_plan {
	CTX_VEC(struct ana_classic_stage) stages;
	CTX_VEC(struct ana_classic_step) steps;
	/** Why a build fails once the steps are done, and the line; NULL. */
	const char *failure;
	uint32_t failure_line;
	/** Nothing is built at all, then. */
	bool invalid;
	struct ctx_arena arena;
};

/** How to build.  Borrowed. */
struct ana_classic_opts {
	/** --target; empty for the last stage. */
	struct ctx_str target;
	struct ana_build_args build_args;
};

/**
 * Make the plan.
 * @df      Without errors, also for older frontends (older.h).  Borrowed: must outlive `out`.
 * @return  0, also with a `failure`; CTX_E_LIMIT; CTX_E_NOMEM.
 */
CTX_NODISCARD
int ana_classic_plan_make(struct ana_classic_plan *out, const struct ana_dockerfile *df,
	const struct ana_classic_opts *opts, struct ctx_error *err);
void ana_classic_plan_release(struct ana_classic_plan *plan);

#endif
