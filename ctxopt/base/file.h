/**
 * Files: read whole, write then rename, open beneath a directory without following links.
 */
#ifndef CTXOPT_BASE_FILE_H
#define CTXOPT_BASE_FILE_H

#include "ctxopt/base/buf.h"
#include "ctxopt/base/error.h"

#include <sys/types.h>

/** Close a descriptor unless negative, keeping errno.  Use via ctx_auto_fd. */
void ctx_close_fd(const int *fd);
#define ctx_auto_fd CTX_CLEANUP(ctx_close_fd)

/**
 * Append the whole file `dirfd`/`name` (links followed) to `out`.
 *
 * @max  Larger files are refused with CTX_E_LIMIT.
 * @return  0; CTX_E_MISSING; CTX_E_IO (also for a directory or a FIFO); CTX_E_LIMIT; CTX_E_NOMEM.
 */
CTX_NODISCARD
int ctx_read_at(struct ctx_buf *out, int dirfd, const char *name, size_t max, struct ctx_error *err);

/** Append everything up to the end of `fd` to `out`; limits and errors as ctx_read_at(). */
CTX_NODISCARD
int ctx_read_fd(struct ctx_buf *out, int fd, const char *shown_name, size_t max, struct ctx_error *err);

/**
 * Open `path` beneath `root_fd`: no component may be a symlink, ".." or leave the root.
 *
 * Works for paths of any length (pieces below PATH_MAX are opened one after the other).  Uses openat2()
 * with RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS, and where the kernel or a sandbox lacks it, one openat()
 * with O_NOFOLLOW per component.
 *
 * @path   Relative, may be "" for the root itself.
 * @flags  As open(2), without O_CREAT; O_CLOEXEC and O_NOFOLLOW are added.
 * @return A descriptor, or a negative errno (not an enum ctx_errc: the caller reports): -ELOOP for a
 *         symlink anywhere, -EXDEV for ".." or an absolute path.
 */
CTX_NODISCARD
int ctx_open_beneath(int root_fd, const char *path, int flags);

/** Write all bytes, retrying short writes and EINTR; 0 or a negative errno. */
CTX_NODISCARD
int ctx_write_all(int fd, const void *data, size_t len);

/**
 * A file being replaced: written beside its final place, then fsync'ed and renamed, so that a reader
 * never sees a partial file and a failure leaves the old one.
 */
struct ctx_replace {
	/** Descriptor to write to. */
	int fd;
	/** Final and temporary path; no temporary one while writing in place.  Owned. */
	char *path, *tmp_path;
};

/**
 * Start replacing `path` (created with `mode` & ~umask in the same directory).
 *
 * A symlink stays and the file it leads to is replaced.  What is no regular file (/dev/stdout, a pipe) is
 * written in place.  On failure `r` owns nothing.
 */
CTX_NODISCARD
int ctx_replace_begin(struct ctx_replace *r, const char *path, mode_t mode, struct ctx_error *err);
/** fsync, rename, release.  On failure nothing is left behind and the old file stays. */
CTX_NODISCARD
int ctx_replace_commit(struct ctx_replace *r, struct ctx_error *err);
/** Drop the temporary file; harmless after commit or on a zeroed struct with fd -1. */
void ctx_replace_abort(struct ctx_replace *r);

/** Create a directory and its missing parents with mode 0700; existing ones are fine. */
CTX_NODISCARD
int ctx_mkdirs(const char *path, struct ctx_error *err);

/**
 * Append "$XDG_CACHE_HOME/ctxopt" (or "$HOME/.cache/ctxopt") to `out`.
 * CTX_E_MISSING when neither variable is set to an absolute path.
 */
CTX_NODISCARD
int ctx_cache_home(struct ctx_buf *out, struct ctx_error *err);

#endif
