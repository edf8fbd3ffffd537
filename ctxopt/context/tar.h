/**
 * Header blocks of a tar stream, byte for byte as Go's archive/tar writes them for docker: pure functions.
 *
 * Docker's classic builder sends what Go writes (moby/go-archive archive.go FileInfoHeader: format PAX, whole seconds,
 * no user names), so its sizes are only right if the same fields go into extended records.  That is: a plain ustar
 * block where every field fits, names of up to 256 ASCII bytes split at a slash included; else one extended header
 * ("PaxHeaders.0") with records, sorted by key, for exactly the fields that do not fit.
 * Source: Go 1.22 src/archive/tar, writer.go and common.go (allowedFormats).
 *
 * (libarchive writes archives too, but its names go through the locale: the same tree packed under two locales gives
 * different bytes, or none.)
 */
#ifndef CTXOPT_CONTEXT_TAR_H
#define CTXOPT_CONTEXT_TAR_H

#include "ctxopt/base/buf.h"

/** Size of a block: headers and contents are padded to it. */
#define CTX_TAR_BLOCK 512
/** Zero bytes that end an archive. */
#define CTX_TAR_END_BYTES 1024

/** Kinds of entries, as their byte in the header. */
enum ctx_tar_type {
	CTX_TAR_FILE = '0',
	CTX_TAR_HARDLINK = '1',
	CTX_TAR_SYMLINK = '2',
	CTX_TAR_CHAR_DEVICE = '3',
	CTX_TAR_BLOCK_DEVICE = '4',
	CTX_TAR_DIR = '5',
	CTX_TAR_FIFO = '6',
};

/** What a header says; everything it does not name is zero.  Plain data, strings borrowed. */
struct ctx_tar_entry {
	enum ctx_tar_type type;
	/** Name without leading "./"; directories end with '/'. */
	const char *name;
	size_t name_len;
	/** Target of a symlink, earlier name of a hard link; NULL otherwise. */
	const char *link;
	size_t link_len;
	/** Permission bits (07777). */
	uint32_t mode;
	/** Content bytes that follow; 0 unless a file. */
	uint64_t size_bytes;
	/** Seconds since the epoch. */
	int64_t mtime;
	/** Devices only. */
	uint32_t dev_major, dev_minor;
};

/** Append the header blocks of one entry (not its content).  Check ctx_buf_ok() afterwards. */
void ctx_tar_header(struct ctx_buf *out, const struct ctx_tar_entry *e);

/** Bytes that ctx_tar_header() appends: 512, or 1536 and more with an extended header. */
uint64_t ctx_tar_header_bytes(const struct ctx_tar_entry *e);

/** Zero bytes that follow `size_bytes` bytes of content. */
static inline uint64_t ctx_tar_padding(uint64_t size_bytes) {
	return (CTX_TAR_BLOCK - size_bytes % CTX_TAR_BLOCK) % CTX_TAR_BLOCK;
}

#endif
