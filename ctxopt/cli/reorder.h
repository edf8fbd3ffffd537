/**
 * Another order for a Dockerfile: asks for orders, and replays the history with each.
 *
 * The history since the first commit that can be built with the file is cut in two.  On the older two thirds the order is chosen: of all that move something above a costly RUN the one that costs
 * least, as long as another one costs less still; then everything is moved back that brings nothing.  The newer third says what it saves.
 * If what must stay above came late, the commits since then are cut in that way.
 * Builds that fail with either file count in neither.
 *
 * Then single steps are edited (suggest_steps.h), on the file in that order: of each kind of edits those stay without which the older part
 * costs more by as much as an order must save.  The newer part says what all of it saves together.
 */
#ifndef CTXOPT_CLI_REORDER_H
#define CTXOPT_CLI_REORDER_H

#include "analyzer/advice/suggest_steps.h"
#include "ctxopt/cli/history.h"

/** Edits of single steps of a text. */
struct reorder_steps {
	/** The text, worked out; its steps, each where it is. */
	struct ana_variant *variant;
	struct ana_order *order;
	struct ana_steps *steps;
	uint32_t count;
	/** Which are taken. */
	bool *taken;
};

/** A run.  Zero-initialise but for the first members, release with reorder_release(). */
struct reorder {
	struct cmd_env *env;
	const struct cmd_common *common;
	/** Opened and listed; its simulation is not used.  Borrowed. */
	struct history *history;
	/** The context as it is on disk, and its Dockerfile.  Borrowed. */
	struct place *place;
	enum ana_cost_model model;
	/** Orders that are tried at most; 0 for the usual number. */
	unsigned tries;
	/** The Dockerfile, worked out. */
	struct ana_variant *variant;
	struct ana_filetree *store;
	struct ana_dir *root;
	struct ana_order *order;
	/** The order that was chosen. */
	uint32_t *to;
	struct ana_order_story story;
	CTX_VEC(struct ana_order_cost) gains;
	/** On the file in that order; those that were taken, with their lines in the old file, 0 for what it does not have, and what is lost
	 *  without each. */
	struct reorder_steps steps;
	CTX_VEC(struct ana_step_edit) edits;
	CTX_VEC(struct ana_order_cost) edit_gains;
	/** All commits with the old file. */
	struct ana_sim before;
	struct ana_order_part fitted, scored;
	uint32_t left_out;
	/** NULL. */
	const char *nothing;
	/** Some order was not judged, since nearly all older builds fail with it and not without. */
	bool young;
	/** The first commit that builds with the first such order; 0 for none. */
	size_t birth;
	/** The old file, and the new one with everything. */
	struct ctx_buf old, now;
	/** For questions about ignore rules. */
	struct ctx_arena arena;
};

/**
 * Find an order.
 * @return  CMD_OK; CMD_ERROR; CMD_INVALID, the Dockerfile is not valid; CMD_INTERRUPTED.  What is wrong was said.
 */
int reorder_run(struct reorder *r);
/** Changes of all kinds. */
size_t reorder_count(const struct reorder *r);
/** The file with those changes only that are of at most a class.  CTX_E_NOMEM. */
CTX_NODISCARD
int reorder_text(struct reorder *r, enum ana_proof most, struct ctx_buf *out, size_t *left, struct ctx_error *err);
void reorder_release(struct reorder *r);

#endif
