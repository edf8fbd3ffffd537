/**
 * Caches of limited size: what is dropped first.
 *
 * A builder drops one result at a time until what is left is smaller than the limit: of those that no other result lies on the one that was not
 * used for long and seldom.  A place for blobs that many exports share, such as GitHub's, drops what was not used for longest.
 * A dropped result leaves its keys: a step with such a key is made again, and what copies equal content from it is a hit.  BuildKit also
 * forgets keys that lead to no result any more, which changes no verdict.
 * Source: moby/buildkit v0.32.2 cache/manager.go (pruneOnce, sortDeleteRecords).
 */
#ifndef ANALYZER_CACHE_EVICT_H
#define ANALYZER_CACHE_EVICT_H

#include "analyzer/cache/keystore.h"

/** Note size and layers of a result; those that have none noted (base images) count nothing and are never dropped. */
void ana_evict_note(struct ana_keystore *store, uint32_t node, uint64_t bytes, const uint32_t below[2]);

/** Prune as BuildKit's collector does.  `dropped` is added to.  CTX_E_NOMEM. */
CTX_NODISCARD
int ana_evict_local(struct ana_keystore *store, uint64_t max_bytes, uint64_t *dropped, struct ctx_error *err);

/** A blob in a place that exports share. */
struct ana_blob {
	/** Name of the node whose result it is. */
	struct ctx_digest name;
	uint64_t bytes;
	int64_t used;
};

/** Such a place.  Zero-initialised is valid and empty. */
struct ana_blobs {
	CTX_VEC(struct ana_blob) items;
};
void ana_blobs_release(struct ana_blobs *blobs);
/** A blob was written, or read.  CTX_E_NOMEM. */
CTX_NODISCARD
int ana_blobs_touch(struct ana_blobs *blobs, const struct ana_blob *blob, struct ctx_error *err);
/** Take out those that were not used since a time. */
void ana_blobs_expire(struct ana_blobs *blobs, int64_t since);
/** Take out the next blob that has to go, the one not used for longest; false if the rest may stay. */
bool ana_blobs_evict(struct ana_blobs *blobs, uint64_t max_bytes, struct ana_blob *out);

#endif
