/**
 * An image as its archive holds it (`docker image save`, or an OCI layout): the file system that its layers make, and its
 * configuration.
 *
 * Contents are hashed as they pass and not stored, and layers may come in any order, so the archive is read once, front to
 * back, from a pipe too.  Layers are put on each other as the OCI image specification says (layer.md): `.wh.NAME` and
 * `.wh..wh..opq` hide what lower layers have, never what their own layer has; something that is no directory hides all
 * that was below that path.
 *
 * Times are not kept: no two builds agree on them.
 */
#ifndef CTXOPT_CONTEXT_IMAGE_H
#define CTXOPT_CONTEXT_IMAGE_H

#include "ctxopt/base/arena.h"
#include "ctxopt/base/vec.h"
#include "ctxopt/context/entry.h"

/** Most memory that the names of one archive take, most entries of its layers, longest path, most bytes of its JSON documents,
 * most layers. */
#define CTX_IMAGE_MEMORY_MAX ((size_t)1 << 30)
#define CTX_IMAGE_ENTRIES_MAX 4000000
#define CTX_IMAGE_PATH_MAX 8191
#define CTX_IMAGE_JSON_MAX ((size_t)16 << 20)
#define CTX_IMAGE_LAYERS_MAX 1024

/** What is at a path.  Names of one file (hard links) share one. */
struct ctx_image_node {
	/** enum ctx_kind. */
	uint8_t kind;
	/** A character device; a block device if not.  Only with CTX_KIND_DEVICE. */
	bool is_char;
	/** Permission bits; 0777 for symlinks. */
	uint16_t mode;
	/** Numbers of a device. */
	uint32_t major, minor;
	uint64_t uid, gid;
	/** Bytes of a file; its digest, all zeros for other kinds. */
	uint64_t size_bytes;
	struct ctx_digest digest;
	/** Digest of all extended attributes, whatever their order; all zeros if there are none. */
	struct ctx_digest xattrs;
	/** Of a symlink, else NULL.  Borrowed from the image, as all texts here. */
	const char *target;
	/** The least path of a file with several, else NULL. */
	const char *first;
};

/** One path. */
struct ctx_image_path {
	/** Relative to the root, "" for the root itself, NUL-terminated. */
	const char *path;
	const struct ctx_image_node *node;
};

/** One member of the configuration: "Env", "os". */
struct ctx_image_setting {
	const char *name;
	/** JSON, compact and with sorted members; names of "Env" are sorted, too.  Empty values count as not set. */
	const char *value;
};

/** An image.  Zero-initialise, release with ctx_image_release(). */
struct ctx_image {
	/** Sorted as ctx_image_path_cmp() does: what is below a directory follows it. */
	CTX_VEC(struct ctx_image_path) paths;
	/** Sorted by name.  No times, no history, no digests of layers, and nothing that says where it was built. */
	CTX_VEC(struct ctx_image_setting) settings;
	struct ctx_arena arena;
};
void ctx_image_release(struct ctx_image *image);
#define ctx_auto_image CTX_CLEANUP(ctx_image_release)

/** Order of paths: that of their bytes, '/' before all others. */
int ctx_image_path_cmp(const char *a, const char *b);

/**
 * Read an archive from `fd`, with layers that are plain or compressed by gzip, zstd, bzip2 or xz.
 *
 * Of an index with several images the first that is none of attestations is taken.
 * @stop   Set by a signal handler to stop; NULL if never.
 * @return 0; CTX_E_CORRUPT, damaged or no image; CTX_E_LIMIT, above the limits here or of untar.h; CTX_E_IO (reading);
 *         CTX_E_INTERRUPTED; CTX_E_LIBRARY, as ctx_untar_open(); CTX_E_NOMEM.
 */
CTX_NODISCARD
int ctx_image_read(struct ctx_image *image, int fd, const volatile int *stop, struct ctx_error *err);

#endif
