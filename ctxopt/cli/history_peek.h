/**
 * A short look at the history of a place, for the overview: what it cannot see it does not mention.
 */
#ifndef CTXOPT_CLI_HISTORY_PEEK_H
#define CTXOPT_CLI_HISTORY_PEEK_H

#include "ctxopt/cli/build_opts.h"
#include "ctxopt/cli/load.h"

#include <limits.h>
#include <pthread.h>

/** Context and Dockerfile of a place as paths within its repository. */
struct history_paths {
	char root[PATH_MAX], top[PATH_MAX], dockerfile[PATH_MAX];
	const char *prefix, *file;
};
/** Find them; false if one lies outside.  The place outlives them. */
bool history_paths_find(struct history_paths *out, const struct place *place, const struct ctx_gitrepo *repo);

/** A look.  Zero-initialised is none; release with history_peek_release(). */
struct history_peek {
	/** Where to look.  Borrowed until history_peek_finish(). */
	const struct cmd_env *env;
	const struct place *place;
	const struct load_args *load;
	const struct build_args *build;
	struct ctx_gitlog log;
	struct build_setup setup;
	struct ana_sim sim;
	pthread_t thread;
	bool started, seen;
	/** Filled if there was something to see. */
	struct ana_overview_cache cache;
};

/**
 * Start to simulate the last commits that lead to a place, HEAD or the commit that it is, in a thread of its own: the caller has
 * files to walk over meanwhile.  Prints nothing: where there is no repository, a shallow or damaged one, or no commits that can be
 * built, nothing is seen.
 *
 * @peek   Its first fields are set, `place` is one that load_place() filled.
 */
void history_peek_start(struct history_peek *peek);
/** Wait for the end.  true if `cache` is filled. */
bool history_peek_finish(struct history_peek *peek);
/** Wait if nobody did, and free everything. */
void history_peek_release(struct history_peek *peek);

#endif
