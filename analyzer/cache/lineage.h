/**
 * Where the Dockerfile was at each commit of a history, if it was moved or renamed on the way.
 *
 *	c1 docker/Dockerfile      c3 has the name that was asked for, c2 does not; from c2 to c3 "docker/Dockerfile"
 *	c2 docker/Dockerfile      went away, and it is like what appeared: so that was its name, at c2 and before
 *	c3 Dockerfile
 *
 * As `git log --follow` does it, a name counts as long as there is a file of that name; only where it is not there something that went
 * away at the same commit is looked for.  What goes on existing under its old name was copied, and is another file.
 */
#ifndef ANALYZER_CACHE_LINEAGE_H
#define ANALYZER_CACHE_LINEAGE_H

#include "analyzer/cache/filetree.h"
#include "ctxopt/context/gitlog.h"

/** The least likeness of a moved file, in percent: git's default (diffcore.h, DEFAULT_RENAME_SCORE). */
#define ANA_LINEAGE_PERCENT 50
/** Most files that went away at one commit whose contents are compared. */
#define ANA_LINEAGE_FILES_MAX 1000

/** It was moved. */
struct ana_move {
	/** First commit that has it under the new name; none (length 0) for the working tree. */
	struct ctx_oid commit;
	/** Paths within the tree.  In the arena. */
	const char *from, *to;
	/** How alike both are. */
	unsigned percent;
};

/** The file that is built after all commits, from the files as they are. */
struct ana_lineage_work {
	/** Text of the Dockerfile. */
	const char *text;
	size_t len;
	/** Is there no file of this path, relative to the tree's root? */
	bool (*is_gone)(void *arg, const char *path);
	void *arg;
};

/** What is followed. */
struct ana_lineage_opts {
	/** Objects are read with both; a damaged or missing one is a file that is not there. */
	struct ctx_gitrepo *repo;
	struct ana_filetree *store;
	/** Path within the tree. */
	const char *path;
	/** Oldest first, no commit before its parents.  One without a child among them is compared with the next one. */
	const struct ctx_gitlog_commit *commits;
	size_t count;
	/** NULL: the last commit is the last build. */
	const struct ana_lineage_work *work;
	const volatile int *stop;
};

/** The result.  Zero-initialised is valid: never moved. */
struct ana_lineage {
	/** By commit: path of the Dockerfile; where there is none, a path that it has elsewhere.  NULL: the same for all.  In the arena. */
	const char **paths;
	/** Each pair of names once, the newest first. */
	CTX_VEC(struct ana_move) moves;
	struct ctx_arena arena;
};

/**
 * Follow the Dockerfile from the newest commit to the oldest.
 * @return 0; CTX_E_INTERRUPTED; CTX_E_NOMEM.
 */
CTX_NODISCARD
int ana_lineage_trace(struct ana_lineage *out, const struct ana_lineage_opts *opts, struct ctx_error *err);
void ana_lineage_release(struct ana_lineage *lineage);
#define ana_auto_lineage CTX_CLEANUP(ana_lineage_release)

/**
 * How much of two texts is the same, in percent of the longer one, wherever it stands: lines, and pieces of 64 bytes of longer
 * ones, as git counts (git 2.39 diffcore-delta.c).  100 only for equal texts.
 * @return 0 to 100; negative: CTX_E_NOMEM.
 */
CTX_NODISCARD
int ana_likeness(const char *a, size_t a_len, const char *b, size_t b_len, struct ctx_error *err);

#endif
