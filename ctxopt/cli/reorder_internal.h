/**
 * What the files of reorder.h share.
 *
 *	reorder.c        the search for an order, and its score
 *	reorder_steps.c  edits of single steps, on the file in that order
 */
#ifndef CTXOPT_CLI_REORDER_INTERNAL_H
#define CTXOPT_CLI_REORDER_INTERNAL_H

#include "ctxopt/cli/reorder.h"

/** Builds that both parts of the history must have. */
#define REORDER_BUILDS_MIN 2
/** Costs that differ by less per build are the same. */
#define REORDER_SAME 1e-6

/** Replay the first commits with a text.  Errors as ana_simulate(). */
CTX_NODISCARD
int reorder_replay(struct reorder *r, const struct ctx_buf *text, size_t commits, struct ana_sim *out,
	struct ctx_error *err);
/** The builds from one to another that go through in both: costs of both, per build. */
struct ana_order_part reorder_weigh(const struct ana_sim *before, const struct ana_sim *after, size_t from, size_t to);
/** What must be saved per build to be worth the reading of a change. */
double reorder_worth(enum ana_cost_model model);
/** What is known, of a file. */
struct ana_order_evidence reorder_evidence(struct reorder *r, const struct ana_variant *variant);

/** Look for edits of a text, which is copied.  CTX_E_NOMEM; errors as ana_steps_new(). */
CTX_NODISCARD
int reorder_steps_look(struct reorder_steps *steps, struct reorder *r, const struct ctx_buf *text,
	struct ctx_error *err);
/** Choose among them, on the first commits. */
CTX_NODISCARD
int reorder_steps_choose(struct reorder *r, size_t commits, struct ctx_error *err);
/** Append the text with what is taken.  An edit that does not hold what it promises is a reason to take none. */
CTX_NODISCARD
int reorder_steps_text(const struct reorder *r, struct reorder_steps *steps, struct ctx_buf *out,
	struct ctx_error *err);
/** Note what is taken, and what each saves on the newer part: what is lost without it.  `with`: all commits with all of it. */
CTX_NODISCARD
int reorder_steps_weigh(struct reorder *r, const struct ana_sim *with, size_t from, struct ctx_error *err);
/** Put edits that were chosen, of at most a class, on a text; `*left` grows by the others. */
CTX_NODISCARD
int reorder_steps_apply(struct reorder *r, enum ana_proof most, struct ctx_buf *text, size_t *left,
	struct ctx_error *err);
void reorder_steps_release(struct reorder_steps *steps);

#endif
