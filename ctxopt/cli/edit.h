/**
 * Changing one of the user's files, an ignore file or a Dockerfile: as a diff, or on disk, where nothing of it is ever lost.
 */
#ifndef CTXOPT_CLI_EDIT_H
#define CTXOPT_CLI_EDIT_H

#include "ctxopt/cli/load.h"

/** The change of one file. */
struct edit {
	/** As the file is opened.  Borrowed. */
	const char *path;
	/** It exists; its bytes, none if it does not. */
	bool exists;
	struct ctx_str old;
	/** Its bytes then. */
	struct ctx_str now;
};

/** Append the change as a unified diff; nothing if there is none.  Names are below the working directory, with a/ and b/. */
void edit_diff(struct ctx_buf *out, const struct edit *edit);

/**
 * Would the file be lost if something went wrong?  It would if no commit holds these very bytes.
 * @return 0; CTX_E_USAGE, with words for the user.
 */
CTX_NODISCARD
int edit_guard(const struct edit *edit, const char *context, struct ctx_error *err);

/**
 * Write it: into a temporary file beside it, fsync, rename; the mode stays.  A file that is not any more what it was is left alone.
 * CTX_E_IO; CTX_E_LIMIT; CTX_E_NOMEM; CTX_E_USAGE, it changed, or is a link to a .gitignore.
 */
CTX_NODISCARD
int edit_write(const struct edit *edit, struct ctx_error *err);

/**
 * Append the shell command that undoes it.  Where that needs the old bytes, because they are no beginning of the new ones, they are kept
 * among the caches (ctx_cache_home()): call it before edit_write().
 * @return 0; CTX_E_IO, CTX_E_MISSING from there; CTX_E_NOMEM.
 */
CTX_NODISCARD
int edit_undo(struct ctx_buf *out, const struct edit *edit, struct ctx_error *err);

#endif
