/**
 * The line on standard error that shows that we are still alive.
 *
 * A thread looks at the counters of walk.h now and then; the work itself never waits for the terminal.  Nothing is
 * shown for work that is done within the first moments.
 */
#ifndef CTXOPT_CLI_PROGRESS_H
#define CTXOPT_CLI_PROGRESS_H

#include "ctxopt/cli/cmd.h"
#include "ctxopt/context/walk.h"

#include <pthread.h>

/** A display.  Zero-initialised it is off. */
struct progress {
	/** What the work counts in. */
	struct ctx_progress counters;
	/** "reading", "hashing", ...  Static string. */
	const char *phase;
	/** A bar that is redrawn, or plain lines. */
	bool bar;
	bool running;
	/** Wakes the thread when the work is done. */
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t done_cond;
	bool done;
	/** Something stands on the terminal's line. */
	bool drawn;
};

/** Start showing a phase of the work, as --progress and -q say.  Counters start at zero. */
void progress_start(struct progress *p, const struct cmd_common *common, const char *phase);
/** The phase is over: wipe the bar.  Harmless when nothing was started. */
void progress_stop(struct progress *p);

#endif
