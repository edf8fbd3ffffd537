/**
 * What a change of a build changes in its image: an original built twice, and the proposal.
 *
 * What differs between the two originals differs by itself: nothing is said of it but that.  All else must be in the proposal as
 * it is in the originals.  A name that is only in the proposal counts as differing by itself, too, if names of the same
 * shape came or went in the same directory between the originals (logs and caches with times or random numbers in their
 * names).
 */
#ifndef CTXOPT_CONTEXT_IMAGE_DIFF_H
#define CTXOPT_CONTEXT_IMAGE_DIFF_H

#include "ctxopt/context/image.h"

/** What can differ at a path. */
enum ctx_image_field {
	/** It is there in one of the two only. */
	CTX_IMAGE_EXISTS = 1 << 0,
	/** The kind; then nothing else is compared. */
	CTX_IMAGE_KIND = 1 << 1,
	CTX_IMAGE_MODE = 1 << 2,
	CTX_IMAGE_OWNER = 1 << 3,
	/** Bytes of a file, target of a symlink, numbers of a device. */
	CTX_IMAGE_CONTENT = 1 << 4,
	CTX_IMAGE_XATTRS = 1 << 5,
	/** Which other names a file has. */
	CTX_IMAGE_LINKS = 1 << 6,
};

/** One path that differs. */
struct ctx_image_change {
	/** Borrowed from one of the images, as `before` and `after`. */
	const char *path;
	/** What it is in the first original, and in the proposal (for what differs by itself: in the second original); NULL if
	 * it is not there. */
	const struct ctx_image_node *before, *after;
	/** enum ctx_image_field. */
	unsigned fields;
	/** Paths that this one stands for: itself, and with CTX_IMAGE_EXISTS all below it. */
	size_t count;
};

/** One member of the configuration that differs; NULL, not set. */
struct ctx_image_config_change {
	const char *name, *before, *after;
	/** It differs between the originals, too. */
	bool itself;
};

/** All that differs.  Zero-initialise, release with ctx_image_diff_release(). */
struct ctx_image_diff {
	/** By the proposal, and by itself; each in order of paths. */
	CTX_VEC(struct ctx_image_change) changes, itself;
	CTX_VEC(struct ctx_image_config_change) config;
	/** Paths of the first original. */
	size_t compared;
};
void ctx_image_diff_release(struct ctx_image_diff *diff);

/** Is the proposal's image the original's, but for what differs by itself? */
bool ctx_image_diff_equal(const struct ctx_image_diff *diff);

/**
 * Compare.
 * @diff    Borrows from the images.
 * @return  0; CTX_E_NOMEM.
 */
CTX_NODISCARD
int ctx_image_compare(struct ctx_image_diff *diff, const struct ctx_image *first, const struct ctx_image *second,
	const struct ctx_image *proposal, struct ctx_error *err);

#endif
