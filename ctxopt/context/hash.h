/**
 * Digests of content and metadata: XXH3-128, stored in canonical (big-endian) form.
 *
 * The only pair that sees xxHash.  XXH3-128 is not cryptographic: it tells changes apart, it does not
 * defend against someone who makes collisions on purpose (SECURITY.md).
 */
#ifndef CTXOPT_CONTEXT_HASH_H
#define CTXOPT_CONTEXT_HASH_H

#include "ctxopt/base/error.h"

/** A 128-bit digest in canonical byte order. */
struct ctx_digest {
	unsigned char bytes[16];
};

/** Bytes that ctx_digest_text() needs: "xxh3-128:" + 32 hex digits + NUL. */
#define CTX_DIGEST_TEXT_MAX 42

/** Digest of a byte string. */
struct ctx_digest ctx_hash_bytes(const void *data, size_t len);
/** As ctx_hash_bytes(), started from `seed`; different seeds keep different kinds of text apart. */
struct ctx_digest ctx_hash_seeded(const void *data, size_t len, uint64_t seed);
/** 64-bit hash for tables. */
uint64_t ctx_hash64(const void *data, size_t len, uint64_t seed);
/** "xxh3-128:<32 hex digits>". */
const char *ctx_digest_text(char out[CTX_DIGEST_TEXT_MAX], const struct ctx_digest *d);
/** Equal? */
bool ctx_digest_equal(const struct ctx_digest *a, const struct ctx_digest *b);

struct ctx_hasher;
/** A reusable streaming state with its own read buffer; NULL when out of memory. One per worker. */
CTX_NODISCARD
struct ctx_hasher *ctx_hasher_new(void);
void ctx_hasher_free(struct ctx_hasher *h);
/** Start over, feed, finish. */
void ctx_hasher_reset(struct ctx_hasher *h);
void ctx_hasher_add(struct ctx_hasher *h, const void *data, size_t len);
struct ctx_digest ctx_hasher_digest(const struct ctx_hasher *h);
/** Let ctx_hash_fd() look at a stop flag now and then; NULL for none, the default.  Borrowed. */
void ctx_hasher_watch(struct ctx_hasher *h, const volatile int *stop);
/**
 * Digest of everything from the current position of `fd` to its end.
 *
 * @size_hint  Expected bytes; a file of just this size that fits the buffer takes a single read.
 * @bytes      Set to the bytes that were really read.
 * @return     0, or a negative errno (the caller reports); -ECANCELED when the stop flag was set.
 */
CTX_NODISCARD
int ctx_hash_fd(struct ctx_hasher *h, int fd, uint64_t size_hint, struct ctx_digest *out, uint64_t *bytes);

#endif
