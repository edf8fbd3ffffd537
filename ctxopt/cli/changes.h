/**
 * What to change, for the overview: proposals of all kinds in one list, those that save most first.
 *
 * A kind of proposal joins with changes_add(), as changes_find() does for rules of the ignore file and for the order of steps.  What they
 * save is asked of a few commits only, few orders are tried, and large contexts are not searched: the commands that the changes name look
 * further.
 */
#ifndef CTXOPT_CLI_CHANGES_H
#define CTXOPT_CLI_CHANGES_H

#include "ctxopt/cli/ignore_replay.h"
#include "ctxopt/cli/reorder.h"

/** Changes that are kept. */
#define CHANGES_MAX 3

/** Initial value of a run. */
#define CHANGES_INIT \
	{ .history = HISTORY_INIT }

/** A run.  Initialise with CHANGES_INIT, must not move after changes_find(), release with changes_release(). */
struct changes {
	struct propose propose;
	struct ana_ignore_replay replay;
	struct history history;
	struct reorder reorder;
	/** Sorted; `count` of them. */
	struct ana_change items[CHANGES_MAX];
	size_t count;
	/** Somebody looked: that there are none means something. */
	bool known;
	struct ctx_arena arena;
};

/**
 * Keep a change if it is among those that save most: by seconds, bytes taken for seconds of sending them.  One that saves next to
 * nothing is left out.
 * @change  Texts are borrowed until changes_release().
 */
void changes_add(struct changes *changes, const struct ana_change *change);

/** What changes_find() is asked of.  Borrowed until changes_release(). */
struct changes_of {
	/** Its entries loaded. */
	struct place *place;
	const struct load_args *load;
	const struct build_args *build;
	/** There is a history that can be replayed. */
	bool history;
	/** That are sent. */
	uint64_t bytes;
};

/**
 * Look for changes of a place whose build could be planned and does not fail.  What goes wrong was said, and leaves the list unknown.
 * The place is left as it was, but for the numbers of directories and for which entries steps read.
 */
void changes_find(struct changes *changes, struct cmd_env *env, const struct cmd_common *common,
	const struct changes_of *of);
void changes_release(struct changes *changes);

#endif
