/**
 * Opens directories and files of a walked tree, always beneath the root and never through a symlink.
 *
 * A few directories opened last stay open, so that the next one, most often a child or a sibling, takes one step or a
 * few and not a look-up of its whole path: in a chain of 20,000 directories 0.4 s for a walk, and not 11.  The number of
 * descriptors is fixed: at most CTX_OPENER_KEEP per opener.
 */
#ifndef CTXOPT_CONTEXT_OPENER_H
#define CTXOPT_CONTEXT_OPENER_H

#include "ctxopt/base/buf.h"
#include "ctxopt/context/entry.h"

/** Directories that stay open. */
#define CTX_OPENER_KEEP 8

/** One thread's opener.  Initialise with ctx_opener_init(). */
struct ctx_opener {
	/** Borrowed. */
	int root_fd;
	/** Directories that are open and their descriptors; unused places have `dir` NULL.  Descriptors owned. */
	struct {
		const struct ctx_dir *dir;
		int fd;
	} kept[CTX_OPENER_KEEP];
	/** Place that is used next: the one that was filled longest ago. */
	unsigned next;
	/** Scratch for paths. */
	struct ctx_buf path;
};

/** Start, with `root_fd` borrowed until the release. */
void ctx_opener_init(struct ctx_opener *o, int root_fd);
/** Close what is open.  Harmless on a zeroed struct. */
void ctx_opener_release(struct ctx_opener *o);

/**
 * A descriptor for the directory, good for listing and for the *at() calls.
 *
 * @dir     Its parents and their entries' names must be set.
 * @return  A descriptor that belongs to the opener, valid until its next call; or a negative errno.
 */
CTX_NODISCARD
int ctx_opener_dir(struct ctx_opener *o, const struct ctx_dir *dir);

/**
 * Open a regular file of `dir` for reading; close it yourself.  Never blocks (on a FIFO that took the file's place).
 * Returns a descriptor or a negative errno.
 */
CTX_NODISCARD
int ctx_opener_file(struct ctx_opener *o, const struct ctx_dir *dir, const struct ctx_entry *e);

#endif
