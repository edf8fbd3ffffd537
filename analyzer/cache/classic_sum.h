/**
 * What the classic builder hashes of a path that is copied: unlike BuildKit it counts names from the root on, and follows every link.
 *
 * Of a directory it takes the sums of everything in it, in the order of sums: a link counts as what it leads to, not by its own name.  A
 * directory without links is told by its digest, so that what did not change is not looked into.
 * Source: moby/moby v20.10.24 builder/dockerfile/copy.go (calcCopyInfo, walkSource), builder/remotecontext (archive.go,
 * lazycontext.go), pkg/tarsum.
 */
#ifndef ANALYZER_CACHE_CLASSIC_SUM_H
#define ANALYZER_CACHE_CLASSIC_SUM_H

#include "analyzer/cache/selector.h"

/** Directories that were looked through.  For one thread and one store. */
struct ana_classic_sums;
/** @store  Borrowed.  NULL when out of memory. */
CTX_NODISCARD
struct ana_classic_sums *ana_classic_sums_new(struct ana_filetree *store);
void ana_classic_sums_free(struct ana_classic_sums *sums);

/**
 * Sums of a source: one, or one for each match of a wildcard.
 * @sel    Its path may have a wildcard; links are followed.
 * @out    The digests are appended.
 * @count  The number of them is added.
 * @return 1; 0, there is nothing, so that a build fails; errors as ana_selection_digest().
 */
CTX_NODISCARD
int ana_classic_sum(struct ana_classic_sums *sums, struct ana_dir *root, const struct ana_selector *sel,
	struct ctx_buf *out, uint32_t *count, struct ctx_error *err);

#endif
