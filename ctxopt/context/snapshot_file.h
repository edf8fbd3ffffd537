/**
 * Versioned encoding of a snapshot's kept entries: bytes in, bytes out, no I/O of its own.
 *
 * Used by `ctxopt context --save` and `--since`.  Version history:
 *	1  first version
 *
 * Layout; a number is an unsigned LEB128 without needless bytes, a text is its length and its bytes:
 *
 *	file      "CTXSNAP\n", version, 0 (reserved), number of entries,
 *	          attributes of the root, block*,
 *	          XXH3-64 of everything before (8 bytes, big-endian)
 *	block     the entries of one directory that has some, sorted by name: (name, attributes)*
 *	          Blocks come depth first: a directory's, then those of its subdirectories, each with all that is below it.
 *	attributes
 *	          flags, st_mode, mtime in ns (zigzag: 0, -1, 1, -2, ...),
 *	          then files: size; symlinks: target; directories: number of entries;
 *	          then the digest (16 bytes) if the flags say so
 *
 * So names are stored once, never whole paths, and one snapshot has exactly one encoding.
 *
 * A decoder never trusts a length: what it allocates is bounded by the number of bytes it was given, its time is linear
 * in them.  Not stored: problems, ctimes, inodes (that a name is a hard link is), object ids, what is excluded.
 */
#ifndef CTXOPT_CONTEXT_SNAPSHOT_FILE_H
#define CTXOPT_CONTEXT_SNAPSHOT_FILE_H

#include "ctxopt/context/snapshot.h"

/** Newest version that is written and read. */
#define CTX_SNAPSHOT_FILE_VERSION 1

/** Append the encoding of the kept entries of a sealed snapshot. CTX_E_NOMEM. */
CTX_NODISCARD
int ctx_snapshot_encode(struct ctx_buf *out, struct ctx_snapshot *snap, struct ctx_error *err);

/**
 * Decode into a new sealed snapshot, everything kept.
 * @return 0; CTX_E_CORRUPT, damaged, or of a newer version; CTX_E_LIMIT, above a limit of snapshot.h; CTX_E_NOMEM.
 */
CTX_NODISCARD
int ctx_snapshot_decode(struct ctx_snapshot **out, const void *data, size_t len, struct ctx_error *err);

/** Do the bytes begin as a snapshot file does? */
bool ctx_snapshot_is_encoded(const void *data, size_t len);

#endif
