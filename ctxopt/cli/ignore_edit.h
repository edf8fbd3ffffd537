/**
 * Changing the user's ignore file: lines are added at its end or in front, or a block of such lines is replaced; nothing of the user's
 * own is ever lost.
 */
#ifndef CTXOPT_CLI_IGNORE_EDIT_H
#define CTXOPT_CLI_IGNORE_EDIT_H

#include "ctxopt/cli/load.h"

/** The change of one file. */
struct ignore_edit {
	/** As the file is opened.  Borrowed. */
	const char *path;
	/** It exists; its bytes, none if it does not. */
	bool exists;
	struct ctx_str old;
	/** Its bytes then. */
	struct ctx_str now;
};

/** Append the change as a unified diff; nothing if there is none.  Names are below the working directory, with a/ and b/. */
void ignore_edit_diff(struct ctx_buf *out, const struct ignore_edit *edit);

/**
 * Would the file be lost if something went wrong?  It would if no commit holds these very bytes.
 * @return 0; CTX_E_USAGE, with words for the user.
 */
CTX_NODISCARD
int ignore_edit_guard(const struct ignore_edit *edit, const char *context, struct ctx_error *err);

/**
 * Write it: into a temporary file beside it, fsync, rename; the mode stays.  A file that is not any more what it was is left alone.
 * CTX_E_IO; CTX_E_LIMIT; CTX_E_NOMEM; CTX_E_USAGE, it changed, or is a link to a .gitignore.
 */
CTX_NODISCARD
int ignore_edit_write(const struct ignore_edit *edit, struct ctx_error *err);

/** Are all old bytes still there, with more behind or in front of them? */
bool ignore_edit_is_addition(const struct ignore_edit *edit);
/** Append the shell command that undoes it.  Of what is no addition a commit must hold the old bytes. */
void ignore_edit_undo(struct ctx_buf *out, const struct ignore_edit *edit);

#endif
