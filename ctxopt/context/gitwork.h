/**
 * Which blob a file of the working tree would be: what git hashed already is not hashed again.
 *
 * The index knows the state of each tracked file when its blob was made.  A file in the same state is taken to be the same, as
 * `git status` does; anything else is read and hashed.
 *
 * A file stands for a blob if it is what a checkout of that blob writes, to the byte: with the line ends, "$Id$" and the encoding that
 * .gitattributes asks for.  Where it is not, although git would call it clean, it stands for itself, as a build sees it.  Programs
 * (LFS and other filters) are never run: what they wrote stands for the blob as long as the index knows its state, after that for
 * itself.  One thread per repository; while this is open, the library may know no more of the index than files of attributes.
 */
#ifndef CTXOPT_CONTEXT_GITWORK_H
#define CTXOPT_CONTEXT_GITWORK_H

#include "ctxopt/context/gittree.h"

struct ctx_gitwork;

/**
 * Read the index.
 * @repo   With a working tree.  Borrowed; must outlive the result.
 * @return 0, also without an index; CTX_E_MISSING, a bare repository; CTX_E_UNSUPPORTED, an index that the library cannot read;
 *         CTX_E_CORRUPT; CTX_E_NOMEM.
 */
CTX_NODISCARD
int ctx_gitwork_open(struct ctx_gitwork **out, struct ctx_gitrepo *repo, struct ctx_error *err);
void ctx_gitwork_free(struct ctx_gitwork *work);

/**
 * The blob that a regular file stands for; one that no repository needs to have where the file was changed.
 * @path   Relative to the working directory's root.
 * @entry  The file as walk.h saw it, with its attributes.
 * @return 0; CTX_E_IO; CTX_E_NOMEM.
 */
CTX_NODISCARD
int ctx_gitwork_blob(struct ctx_gitwork *work, const char *path, const struct ctx_entry *entry, struct ctx_oid *out,
	struct ctx_error *err);

#endif
