/**
 * Kept files that arrive empty in a build although they are not: nothing tells the user, so we do.
 *
 * When the client is asked for a file's bytes, it decides anew with a look-up that has no memory of the walk
 * (tonistiigi/fsutil 6d9dc2eb filter.go Open, moby/patternmatcher v0.6.1 MatchesOrParentMatches).  Where that says
 * "excluded", the file was announced and is sent empty.  So is one that the client may not read.
 */
#ifndef CTXOPT_CONTEXT_EMPTIED_H
#define CTXOPT_CONTEXT_EMPTIED_H

#include "ctxopt/context/snapshot.h"

/** One such file. */
struct ctx_emptied_file {
	/** Path relative to the root, NUL-terminated.  Owned by the list's arena. */
	const char *path;
	size_t path_len;
	/** Its flags tell why: CTX_ENTRY_REFUSED, CTX_ENTRY_UNREADABLE; or its kind: a socket.  Borrowed. */
	const struct ctx_entry *entry;
	/** Refused files: 1-based index of the rule that the look-up went by. */
	uint32_t rule;
};

/** The first of them in the snapshot's order, and how many there are in all. */
struct ctx_emptied {
	CTX_VEC(struct ctx_emptied_file) files;
	uint64_t count, bytes;
	struct ctx_arena arena;
};

/** Collect; `top` rows at most (0 = all).  Release with ctx_emptied_release().  CTX_E_NOMEM. */
CTX_NODISCARD
int ctx_emptied_find(struct ctx_emptied *out, struct ctx_snapshot *snap, const struct ctx_ignore *ig, size_t top,
	struct ctx_error *err);
void ctx_emptied_release(struct ctx_emptied *e);
#define ctx_auto_emptied CTX_CLEANUP(ctx_emptied_release)

/**
 * The look-up for one path: 1-based index of the rule that it goes by, 0 when none; `*excluded` is its outcome.
 * Slow: for single questions.  Errors as ctx_pattern_matches().
 */
CTX_NODISCARD
int ctx_ignore_look_up(const struct ctx_ignore *ig, const char *path, uint32_t *rule, bool *excluded,
	struct ctx_error *err);

#endif
