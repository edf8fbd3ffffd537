/**
 * Whole ignore files: what git ignores, in Docker's language; or nothing but what steps read.
 *
 * The file becomes a block between two marks, then the user's own lines, whose rules so have the last word.  A block that is there
 * already is replaced.
 */
#ifndef CTXOPT_CLI_IGNORE_WHOLE_H
#define CTXOPT_CLI_IGNORE_WHOLE_H

#include "ctxopt/cli/propose.h"

/** A run.  Zero-initialise, release with ignore_whole_release(). */
struct ignore_whole {
	struct propose *p;
	/** Also rules of git that other people do not have. */
	bool personal;
	/** The rules, without their frame; then the whole file. */
	struct ctx_buf block, text;
	/** The user's own lines. */
	struct ctx_buf own;
	/** To be written before the next path that a read needs; NULL once it was. */
	const char *comment;
	struct ana_ignore_whole result;
};
void ignore_whole_release(struct ignore_whole *w);

/**
 * What git ignores: every rule of its ignore files, then those files that git tracks all the same, and what instructions name.
 * @w  With `p` after propose_look(), whose snapshot was walked with what is excluded.
 * @return  CMD_OK; CMD_ERROR.  What is wrong was said.
 */
int ignore_from_git(struct ignore_whole *w);
/** Nothing but what steps read.  The same. */
int ignore_allow(struct ignore_whole *w);

/* ---- For both ---- */

/** Append the pattern that matches this path and nothing else, behind `sign`; false if no line can name it. */
bool ignore_whole_path(struct ctx_buf *out, const char *sign, const char *path);
/** Add a note; texts are copied.  CTX_E_NOMEM. */
CTX_NODISCARD
int ignore_whole_note(struct ignore_whole *w, const char *file, unsigned line, const char *pattern, const char *why,
	struct ctx_error *err);
/** Put the block into force alone; or, with `own`, the user's own lines. */
CTX_NODISCARD
int ignore_whole_apply(struct ignore_whole *w, bool own, struct ctx_error *err);
/**
 * Plan all builds under the whole file; name in the block what a read names and loses (with `all`: anything that a read loses), until there is no more.
 * Then compare each read with what it took before.  As ignore_from_git().
 */
int ignore_whole_check(struct ignore_whole *w, const char *comment, bool all);

#endif
