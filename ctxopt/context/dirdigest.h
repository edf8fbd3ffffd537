/**
 * The digest of one directory from the digests of its entries: the definition in merkle.h, put into bytes.
 */
#ifndef CTXOPT_CONTEXT_DIRDIGEST_H
#define CTXOPT_CONTEXT_DIRDIGEST_H

#include "ctxopt/context/entry.h"

/** Version of the definition; part of every directory digest. */
#define CTX_MERKLE_VERSION 1
/** Bytes of scratch memory that ctx_dir_digest() wants. */
#define CTX_DIR_DIGEST_SCRATCH ((size_t)32 << 10)

/**
 * Digest a directory's kept entries (`dir` NULL: it has none).
 *
 * @hasher   Its state is overwritten.
 * @scratch  CTX_DIR_DIGEST_SCRATCH bytes.
 * @return   True, or false when an entry that needs a digest has none.
 */
CTX_NODISCARD
bool ctx_dir_digest(const struct ctx_dir *dir, struct ctx_hasher *hasher, unsigned char *scratch,
	struct ctx_digest *out);

#endif
