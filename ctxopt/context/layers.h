/**
 * Layers of an image, put on each other (opencontainers/image-spec layer.md).
 */
#ifndef CTXOPT_CONTEXT_LAYERS_H
#define CTXOPT_CONTEXT_LAYERS_H

#include "ctxopt/context/image.h"

/** What a record of a layer does. */
enum ctx_record_kind {
	/** Something is at the path. */
	CTX_RECORD_ENTRY,
	/** What lower layers have at the path, and below it, is hidden. */
	CTX_RECORD_WHITEOUT,
	/** What lower layers have below the path is hidden. */
	CTX_RECORD_OPAQUE,
};

/** One record.  Texts are borrowed. */
struct ctx_record {
	enum ctx_record_kind kind;
	/** Clean. */
	const char *path;
	/** CTX_RECORD_ENTRY: the path whose file this is another name of; NULL, `node` says what it is. */
	const char *link;
	struct ctx_image_node node;
};

struct ctx_layer;
/** An empty layer, NULL when out of memory; and its end, NULL is harmless. */
CTX_NODISCARD
struct ctx_layer *ctx_layer_new(void);
void ctx_layer_free(struct ctx_layer *layer);
/** Append a record; false when out of memory. */
CTX_NODISCARD
bool ctx_layer_add(struct ctx_layer *layer, const struct ctx_record *record);

struct ctx_layers;
/** A file system with an empty root, NULL when out of memory; and its end, NULL is harmless. */
CTX_NODISCARD
struct ctx_layers *ctx_layers_new(void);
void ctx_layers_free(struct ctx_layers *layers);

/**
 * Put a layer on top.
 *
 * Parents that it does not name are made: directories of root with mode 0755, in the place of anything else.  Paths are
 * taken as they are: symlinks on the way are not followed.
 * @image  Its arena takes what must last.
 * @return 0; CTX_E_CORRUPT, a hard link to nothing; CTX_E_LIMIT, see image.h; CTX_E_NOMEM.
 */
CTX_NODISCARD
int ctx_layers_put(struct ctx_layers *layers, const struct ctx_layer *layer, struct ctx_image *image,
	struct ctx_error *err);

/** Fill `image->paths`.  CTX_E_NOMEM. */
CTX_NODISCARD
int ctx_layers_finish(struct ctx_layers *layers, struct ctx_image *image, struct ctx_error *err);

#endif
