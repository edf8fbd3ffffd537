/**
 * Stat identity to content digest, kept between runs.
 *
 * A record is trusted only if device, inode, size, mtime and ctime are all as they were.  As git does for its index,
 * a file whose mtime or ctime is not safely older than the moment of hashing is not recorded (it could change again
 * within the clock's resolution without a visible trace): "safely" is 2 s where the file system shows whole seconds
 * only, else 50 ms.  The file is one per context root, under the cache home; damaged or foreign files are ignored and
 * rewritten.  It is replaced atomically; concurrent runs do not disturb each other (the last one wins).
 */
#ifndef CTXOPT_CONTEXT_DIGEST_CACHE_H
#define CTXOPT_CONTEXT_DIGEST_CACHE_H

#include "ctxopt/base/buf.h"
#include "ctxopt/context/hash.h"

/** What identifies an unchanged file. */
struct ctx_stat_id {
	uint64_t device, inode, size_bytes;
	int64_t mtime_ns, ctime_ns;
};

struct ctx_digest_cache;

/**
 * Open the cache file `path` (a missing or damaged one gives an empty cache).
 *
 * @jobs  Number of workers that will ask and add.
 * @return 0; CTX_E_NOMEM; CTX_E_IO when the file exists but cannot be read.
 */
CTX_NODISCARD
int ctx_digest_cache_open(struct ctx_digest_cache **out, const char *path, unsigned jobs, struct ctx_error *err);
void ctx_digest_cache_free(struct ctx_digest_cache *cache);

/** Append the default path of the cache file for a context root (device and inode of the directory, and its real path). */
CTX_NODISCARD
int ctx_digest_cache_path(struct ctx_buf *out, const char *context, struct ctx_error *err);

/**
 * Digest of a file that is unchanged since it was recorded.  Each worker keeps its own place, so that asking in
 * directory order is fast.
 */
bool ctx_digest_cache_get(struct ctx_digest_cache *cache, unsigned worker, const struct ctx_stat_id *id,
	struct ctx_digest *out);

/** Record a digest; `now_ns` is the clock (CLOCK_REALTIME) just before the file was opened for hashing. */
CTX_NODISCARD
int ctx_digest_cache_put(struct ctx_digest_cache *cache, unsigned worker, const struct ctx_stat_id *id, int64_t now_ns,
	const struct ctx_digest *digest, struct ctx_error *err);

/**
 * Write the cache if anything was added, or if more than half of its records were not asked for (they are dropped then).
 * Does nothing otherwise.
 */
CTX_NODISCARD
int ctx_digest_cache_save(struct ctx_digest_cache *cache, struct ctx_error *err);

#endif
