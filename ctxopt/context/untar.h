/**
 * Reading tar archives, plain or compressed by gzip, zstd, bzip2 or xz, entry by entry.
 *
 * The only pair that sees libarchive.  Names are the bytes of the archive, whatever the locale.
 */
#ifndef CTXOPT_CONTEXT_UNTAR_H
#define CTXOPT_CONTEXT_UNTAR_H

#include "ctxopt/base/buf.h"
#include "ctxopt/base/error.h"

/** Holes of sparse files of one archive, all together, that are read: they cost time but no input. */
#define CTX_UNTAR_HOLES_MAX (UINT64_C(1) << 40)

struct ctx_untar;

/**
 * Hand out the next bytes of the archive, which must stay there until the next call.
 * @return Bytes at `*data`; 0 at the end; or negative with `err` filled, which the reader returns then.
 */
typedef ptrdiff_t ctx_untar_feed_fn(void *arg, const void **data, struct ctx_error *err);

/** What the header of one entry says.  Texts are borrowed until the next entry. */
struct ctx_untar_entry {
	/** As it stands there, may be NULL or leave the root. */
	const char *path;
	/** NULL unless a hard link, unless a symbolic link. */
	const char *hardlink, *symlink;
	/** As st_mode; without a type for some hard links. */
	uint32_t mode;
	uint64_t uid, gid, size_bytes;
	/** Nanoseconds since the epoch; what does not fit is the nearest that does. */
	int64_t mtime_ns;
	/** Major and minor number of a device. */
	uint32_t major, minor;
};

/**
 * Open an archive.
 *
 * @feed   Gives its bytes; `arg` is borrowed.
 * @return 0; CTX_E_CORRUPT, no tar archive; CTX_E_LIBRARY, libarchive was built without one of the filters;
 *         CTX_E_NOMEM; or what `feed` returned.
 */
CTX_NODISCARD
int ctx_untar_open(struct ctx_untar **out, ctx_untar_feed_fn *feed, void *arg, struct ctx_error *err);
/** NULL is harmless. */
void ctx_untar_free(struct ctx_untar *u);

/** Go on to the next entry: 1; 0, there is none; CTX_E_CORRUPT, CTX_E_NOMEM, or what `feed` returned. */
CTX_NODISCARD
int ctx_untar_next(struct ctx_untar *u, struct ctx_untar_entry *e, struct ctx_error *err);

/**
 * Go on in the content of the current entry; holes come as zeros.
 * @return 1, `len` bytes at `data`, borrowed until the next call; 0, at its end; CTX_E_LIMIT, more holes than
 *         CTX_UNTAR_HOLES_MAX; or as ctx_untar_next().
 */
CTX_NODISCARD
int ctx_untar_data(struct ctx_untar *u, const void **data, size_t *len, struct ctx_error *err);

/** One extended attribute of the current entry after the other: false after the last.  Borrowed until the next entry. */
bool ctx_untar_xattr(struct ctx_untar *u, const char **name, const void **value, size_t *len);

/**
 * Clean a path of an archive into `out`: "" for the root.  Dots are resolved by text, as docker does.
 * @return 0; CTX_E_CORRUPT, it leaves the root, is absolute or NULL; CTX_E_NOMEM.
 */
CTX_NODISCARD
int ctx_untar_path(struct ctx_buf *out, const char *path, struct ctx_error *err);

#endif
