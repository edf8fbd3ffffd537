/**
 * Commits of a git repository in the order in which CI would have built them.
 *
 * Parents are those that the commits name: replacements and grafts (git-replace) are of one clone alone, and not followed.
 * Never runs git, never writes.  One thread per repository.
 */
#ifndef CTXOPT_CONTEXT_GITLOG_H
#define CTXOPT_CONTEXT_GITLOG_H

#include "ctxopt/base/vec.h"
#include "ctxopt/context/gittree.h"

/** One commit. */
struct ctx_gitlog_commit {
	struct ctx_oid id, tree;
	/** Committer time, seconds since the epoch, UTC. */
	int64_t time;
	/** First parent; none for a root, and for the edge of a shallow clone. */
	struct ctx_oid parent;
	/**
	 * Index into the branches that were asked for: of the first one that reaches it by first parents; if there is none, of the
	 * first one that reaches it.
	 */
	uint32_t branch;
	/** First line of the message, cut at 200 bytes, NUL-terminated.  In the list's arena. */
	const char *subject;
};

/** Which commits. */
struct ctx_gitlog_opts {
	/**
	 * Tips, each a revision or a range ("main", "v1..v2", "main~20..", "a...b" is refused); `branch_count` of them.  NULL: HEAD.
	 * A commit that several reach is listed once.  What one range leaves out is left out of all of them, as in git.
	 */
	const char *const *branches;
	size_t branch_count;
	/** At most this many commits of each branch, the newest; 0: no limit. */
	size_t max;
	/** Follow first parents only. */
	bool first_parent;
	/** Checked now and then; set by a signal handler.  NULL: never. */
	const volatile int *stop;
	/**
	 * Told each commit of the list as soon as it is known to be one, the newest first; its subject is not for keeping.  Only of one
	 * branch along first parents: of other lists nothing is known before the end.  A listing that fails may have told some.  NULL.
	 */
	void (*told)(void *arg, const struct ctx_gitlog_commit *commit);
	void *told_arg;
};

/** The commits.  Zero-initialised is valid and empty. */
struct ctx_gitlog {
	/** Oldest first: by committer time, but a commit never before its parents in the list. */
	CTX_VEC(struct ctx_gitlog_commit) commits;
	/** A listed commit has parents that are beyond the edge of a shallow clone. */
	bool shallow;
	struct ctx_arena arena;
};

/**
 * List commits.  The order is that of `git log --reverse --date-order` (with several branches: of all of them together).
 *
 * @return 0, also for none; CTX_E_MISSING, a revision does not exist (in an unborn branch: HEAD); CTX_E_USAGE, no revision by its
 *         syntax, or not a commit; CTX_E_CORRUPT; CTX_E_INTERRUPTED; CTX_E_NOMEM.
 */
CTX_NODISCARD
int ctx_gitlog_list(struct ctx_gitlog *out, struct ctx_gitrepo *repo, const struct ctx_gitlog_opts *opts,
	struct ctx_error *err);
void ctx_gitlog_release(struct ctx_gitlog *log);
#define ctx_auto_gitlog CTX_CLEANUP(ctx_gitlog_release)

/** The ".." of a range, NULL for a single revision; what stands in braces or after ":/" is text. */
const char *ctx_gitlog_dots(const char *spec);

#endif
