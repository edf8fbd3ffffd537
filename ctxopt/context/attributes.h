/**
 * What the kernel says about one name of an open directory.
 */
#ifndef CTXOPT_CONTEXT_ATTRIBUTES_H
#define CTXOPT_CONTEXT_ATTRIBUTES_H

#include "ctxopt/base/buf.h"
#include "ctxopt/context/entry.h"

#include <sys/stat.h>

/** Copy kind, mode, size (of files), times and inode into an entry; the device is the caller's. */
void ctx_entry_set_stat(struct ctx_entry *e, const struct stat *st);

/**
 * Replace the contents of `out` by the target of the symlink `dirfd`/`name`.
 *
 * @size_hint  st_size of the link; need not be true.
 * @return     0, or a negative errno.
 */
CTX_NODISCARD
int ctx_read_link(struct ctx_buf *out, int dirfd, const char *name, off_t size_hint);

/** Do the mode bits alone say that a process of this user can read the file?  False: ask the kernel. */
bool ctx_mode_lets_read(const struct stat *st, uid_t euid);

#endif
