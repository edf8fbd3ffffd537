/**
 * Digests for every kept entry of a snapshot: contents in parallel, then one Merkle digest per directory.
 *
 * A digest covers what a build can see: names, kinds, permission bits (07777), symlink targets and contents; not times,
 * owners, device numbers or what is excluded.  So a checkout and its commit have the same digest, and an ignored file
 * changes nothing.
 *
 * Definition (CTX_MERKLE_VERSION 1).  A file: XXH3-128 of its content; what arrives empty in a build (refused, unreadable,
 * sockets) has the digest of no bytes.  A symlink: of its target's text.  A directory: of the eight bytes "ctxdir" and
 * the version (two bytes, big-endian, as all numbers here), then for each kept entry in order: length of the name
 * (two bytes), the name, kind (one byte: 0 file or socket, 1 directory, 2 symlink, 3 FIFO, 5 device), permission
 * bits (two bytes; 0 for symlinks), digest (16 bytes; zeros for FIFOs and devices).  The root's own name and mode count
 * nowhere.  An entry whose content could not be read has no digest, nor has a directory above it.
 */
#ifndef CTXOPT_CONTEXT_MERKLE_H
#define CTXOPT_CONTEXT_MERKLE_H

#include "ctxopt/context/digest_cache.h"
#include "ctxopt/context/dirdigest.h"
#include "ctxopt/context/snapshot.h"
#include "ctxopt/context/walk.h"

/** Where contents come from. */
struct ctx_content_source {
	/**
	 * Digest of one file's content.  Called from workers; calls with the same worker number never overlap.
	 * @path    Relative to the root; NUL-terminated.
	 * @return  0; CTX_E_NOMEM and CTX_E_INTERRUPTED end all; others are recorded as a problem, the entry stays
	 *          without digest.
	 */
	int (*digest)(void *arg, unsigned worker, const struct ctx_entry *e, const char *path, struct ctx_digest *out,
		struct ctx_error *err);
	void *arg;
};

/** What was done. */
struct ctx_merkle_stats {
	/** Files whose content was read, their bytes, and files answered by the cache. */
	uint64_t hashed_files, hashed_bytes, cached_files;
};

/**
 * Digest the kept files of a snapshot that was walked from `root_fd`, then all directories.  Files that have a digest
 * already keep it.
 *
 * Trees that change underneath are survived.  A file that changed between walk and reading gets the digest of what was
 * read, one that vanished gets none, one that turns out to be unreadable is marked so; each is a ctx_problem.
 *
 * @cache  NULL for none, else opened for at least `opts->jobs` workers; new digests are added to it, the caller saves it.
 * @opts   `jobs`, `stop` and `progress` count: bytes grow with what was hashed or known, towards expected_bytes.
 * @stats  NULL if nobody looks.
 * @return 0 (look at `problems`, and whether the root has CTX_ENTRY_DIGEST); CTX_E_INTERRUPTED; CTX_E_NOMEM.
 */
CTX_NODISCARD
int ctx_merkle_files(struct ctx_snapshot *snap, int root_fd, struct ctx_digest_cache *cache,
	const struct ctx_walk_opts *opts, struct ctx_merkle_stats *stats, struct ctx_error *err);

/** As ctx_merkle_files(), contents from a callback (commits, archives), whose errors become problems. */
CTX_NODISCARD
int ctx_merkle_source(struct ctx_snapshot *snap, const struct ctx_content_source *src, const struct ctx_walk_opts *opts,
	struct ctx_merkle_stats *stats, struct ctx_error *err);

#endif
