/**
 * Parallel walk of a context directory into a snapshot, deciding by the ignore rules on the way.
 *
 * A directory is opened only if something below it can still be kept, or if excluded bytes are asked for.
 * Symlinks are recorded, never followed.  Nothing is opened but directories.  Trees that change underneath are
 * survived: a name that vanished between listing and stat is left out; what could not be read becomes a
 * ctx_problem of the snapshot.  Paths of any length work: directories are opened beneath the root's descriptor.
 */
#ifndef CTXOPT_CONTEXT_WALK_H
#define CTXOPT_CONTEXT_WALK_H

#include "ctxopt/context/snapshot.h"

/** Live counters for a progress display; written by workers with relaxed atomics. */
struct ctx_progress {
	/** Entries seen, content bytes seen or hashed. */
	_Atomic uint64_t entries, bytes;
	/** Bytes expected in this phase, 0 when unknown. */
	_Atomic uint64_t expected_bytes;
};

/** How to walk. */
struct ctx_walk_opts {
	/** Threads, at least 1. */
	unsigned jobs;
	/** Open excluded directories too, so that excluded counts are complete. */
	bool excluded;
	/**
	 * Only names and kinds are wanted: where the listing tells the kind, the kernel is asked no more.  Sizes, times,
	 * permission bits and targets stay empty, and files that cannot be read are not noticed.
	 */
	bool names_only;
	/** Set by a signal handler to stop; NULL if never. */
	const volatile int *stop;
	/** NULL if nobody looks. */
	struct ctx_progress *progress;
};

/**
 * Walk the directory `root_fd` into a new, settled snapshot.
 *
 * The result does not depend on the number of threads.  At most eight descriptors per thread are open at a time.
 *
 * @root_fd  Open directory (O_PATH will do).  Borrowed: not closed, its offset not moved.
 * @ig       NULL keeps everything.  Borrowed for the call.
 * @return   0 (look at `problems` for partial results); CTX_E_IO, or CTX_E_MISSING when it was deleted, the root itself
 *           cannot be read; CTX_E_SYNTAX from the rules; CTX_E_LIMIT, nested deeper than CTX_DEPTH_MAX, a path above
 *           CTX_PATH_BYTES_MAX, too many file systems; CTX_E_INTERRUPTED; CTX_E_NOMEM.
 */
CTX_NODISCARD
int ctx_walk(struct ctx_snapshot **out, int root_fd, const struct ctx_ignore *ig, const struct ctx_walk_opts *opts,
	struct ctx_error *err);

#endif
