/**
 * The cache of the classic builder: a chain of images, and which of them a build finds again.
 *
 * Every step makes an image, whose parent is that of the step before.  A step is a hit if some child of the image at hand was made by the
 * same command; the newest wins.  After a miss nothing is looked up any more until the next FROM.  Nothing is ever dropped.
 * Source: moby/moby v20.10.24 builder/dockerfile/imageprobe.go, image/cache/cache.go (getLocalCachedImage).
 */
#ifndef ANALYZER_CACHE_CLASSIC_H
#define ANALYZER_CACHE_CLASSIC_H

#include "analyzer/cache/classic_plan.h"
#include "analyzer/cache/solver.h"

/** The images of one daemon. */
struct ana_classic_images;
/** None.  NULL when out of memory. */
CTX_NODISCARD
struct ana_classic_images *ana_classic_images_new(void);
void ana_classic_images_free(struct ana_classic_images *images);
/** Was nothing ever built? */
bool ana_classic_images_empty(const struct ana_classic_images *images);

/** One build. */
struct ana_classic_build {
	const struct ana_classic_plan *plan;
	/** By step. */
	const struct ana_content *contents;
	enum ana_run_assumption run;
	bool no_cache;
	/** Steps that are done: fewer than there are if the build fails. */
	uint32_t steps;
};

/**
 * Build.  What a failing build did before it failed stays, too.
 * @out    By step; `blame` is one.
 * @return 0; CTX_E_NOMEM.
 */
CTX_NODISCARD
int ana_classic_build(struct ana_classic_images *images, const struct ana_classic_build *build,
	struct ana_vertex_result *out, struct ctx_error *err);

#endif
