/**
 * The JSON documents of an image archive.  The only pair that sees jansson.
 */
#ifndef CTXOPT_CONTEXT_IMAGE_JSON_H
#define CTXOPT_CONTEXT_IMAGE_JSON_H

#include "ctxopt/base/buf.h"
#include "ctxopt/context/image.h"

/** Asked for a document by its name in the archive: its text is borrowed; NULL, there is none. */
typedef const struct ctx_buf *ctx_image_document_fn(void *arg, const char *name);

/** Which files of an archive make the image. */
struct ctx_image_parts {
	/** Name of the configuration, and of the layers, lowest first.  Owned by `arena`. */
	const char *config;
	CTX_VEC(const char *) layers;
	struct ctx_arena arena;
};
void ctx_image_parts_release(struct ctx_image_parts *parts);

/**
 * Find the parts: by `manifest.json`, as docker writes it, or else by `index.json`.
 * @parts  Zero-initialised.
 * @return 0; CTX_E_CORRUPT; CTX_E_LIMIT, more layers than CTX_IMAGE_LAYERS_MAX; CTX_E_NOMEM.
 */
CTX_NODISCARD
int ctx_image_find_parts(struct ctx_image_parts *parts, ctx_image_document_fn *get, void *arg, struct ctx_error *err);

/** Fill `image->settings` from the text of a configuration.  CTX_E_CORRUPT; CTX_E_NOMEM. */
CTX_NODISCARD
int ctx_image_read_config(struct ctx_image *image, const struct ctx_buf *text, struct ctx_error *err);

#endif
