/**
 * The working tree as the last build of a history: what `predict` and `key` share.
 */
#ifndef CTXOPT_CLI_HISTORY_WORK_H
#define CTXOPT_CLI_HISTORY_WORK_H

#include "ctxopt/cli/history.h"

/** The working tree.  Initialise with HISTORY_WORK_INIT, release with history_work_release(), before the history. */
struct history_work {
	struct place place;
	struct ctx_gitwork *index;
	struct ctx_buf path;
	/** Of which history.  Borrowed. */
	const struct history *history;
};

#define HISTORY_WORK_INIT \
	{ .place = PLACE_INIT }

/** Add the commit of a revision to those that are built.  Prints what is wrong.  As history_open(). */
int history_add(struct history *h, struct cmd_env *env, const char *revision);

/** Simulate the commits of `h->log`, and the files as they are after them.  Prints what is wrong.  As history_open(). */
int history_run_work(struct history_work *w, struct history *h, struct cmd_env *env, const struct load_args *load,
	const struct cmd_common *common);

/** Free everything. */
void history_work_release(struct history_work *w);

#endif
