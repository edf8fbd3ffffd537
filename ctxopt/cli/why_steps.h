/**
 * Which steps of a plan read given paths.
 */
#ifndef CTXOPT_CLI_WHY_STEPS_H
#define CTXOPT_CLI_WHY_STEPS_H

#include "ctxopt/cli/plan.h"
#include "ctxopt/context/explain.h"

/** The answers.  Zero-initialise, release with why_steps_release(). */
struct why_steps {
	/** One for each path; NULL until they are found.  Owned. */
	struct ana_why_build *uses;
	struct ctx_arena arena;
};

/**
 * Find them.  A directory is read by a step that reads it or anything below it.
 *
 * @plan   plan_read() was done, for the entries of `snap`.
 * @items  Paths within the main context.
 */
CTX_NODISCARD
int why_steps_find(struct why_steps *out, const struct plan *plan, struct ctx_snapshot *snap,
	const struct ctx_explanation *items, size_t count, struct ctx_error *err);
void why_steps_release(struct why_steps *steps);

#endif
