/**
 * The names of one directory, sorted.
 */
#ifndef CTXOPT_CONTEXT_LISTING_H
#define CTXOPT_CONTEXT_LISTING_H

#include "ctxopt/base/arena.h"
#include "ctxopt/base/vec.h"

/** One name. */
struct ctx_listed {
	/** The first eight bytes of the name, zero-padded, as a big-endian number: orders nearly all names alone.  Or see
	 *  ctx_listing_order_by_inode(). */
	uint64_t key;
	/** NUL-terminated.  In the arena that was given. */
	const char *name;
	/** The lower half of the inode number: names close in it are often close on disk and in memory. */
	uint32_t inode_low;
	uint16_t name_len;
	/** Type as in struct dirent (DT_REG ...), DT_UNKNOWN when the file system does not say. */
	uint8_t type;
};

/** The names, and memory that is used again for the next directory.  Zero-initialised is valid and empty. */
struct ctx_listing {
	/** In bytewise order. */
	CTX_VEC(struct ctx_listed) names;
	/** What the kernel writes into.  Owned. */
	char *buf;
};

/** Free the memory. */
void ctx_listing_release(struct ctx_listing *list);

/**
 * Replace the contents by the names in the directory `fd`, "." and ".." left out, read from its current offset.
 *
 * @arena   Where the names are copied to.
 * @return  0, or a negative errno (-ENOMEM also when the arena is out of memory).
 */
CTX_NODISCARD
int ctx_listing_read(struct ctx_listing *list, int fd, struct ctx_arena *arena);

/**
 * Put a second order beside the one of the names: the `key` of the i-th name becomes the index of the name that is the
 * i-th by inode, or nearly so.  At most UINT32_MAX names.  False when out of memory.
 */
CTX_NODISCARD
bool ctx_listing_order_by_inode(struct ctx_listing *list);

#endif
