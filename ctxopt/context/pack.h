/**
 * Archives: a snapshot to deterministic tar bytes, and a tar archive to a snapshot.
 *
 * Same entries and contents in, same bytes out, whatever the number of threads: order is the snapshot's, owners are
 * 0:0 without names, times are whole seconds, headers are those of tar.h, which are the ones docker writes.
 *
 * Writing (pack.c) stands on tar.h and sink.h; reading (unpack.c) on untar.h.
 */
#ifndef CTXOPT_CONTEXT_PACK_H
#define CTXOPT_CONTEXT_PACK_H

#include "ctxopt/context/sink.h"
#include "ctxopt/context/snapshot.h"
#include "ctxopt/context/walk.h"

/** What and how to write. */
struct ctx_pack_opts {
	enum ctx_filter filter;
	/** Compression level as in sink.h, 0 = the compressor's default. */
	int level;
	/** Seconds since the epoch for every entry; INT64_MIN keeps each entry's own time, cut to whole seconds. */
	int64_t mtime;
	/** Stop flag and progress as in walk.h; jobs is the number of compressor threads where there are any (zstd). */
	struct ctx_walk_opts walk;
};

/** Where contents come from: a directory, or for sources without files a callback. */
struct ctx_pack_source {
	/** Root of the tree; -1 when `read` is used. */
	int root_fd;
	/** Append a file's bytes to `out` (commits); NULL when root_fd is used. */
	int (*read)(void *arg, const struct ctx_entry *e, const char *path, struct ctx_buf *out, struct ctx_error *err);
	void *arg;
};

/** Bytes that went through. */
struct ctx_pack_sizes {
	/** The tar stream before and after compression. */
	uint64_t tar_bytes, packed_bytes;
	/** Entries written. */
	uint64_t entries;
};

/**
 * Stream the kept entries as tar through the compressor into `fd` (-1: count only, nothing is stored).
 *
 * As docker does: the root itself has no entry, directories end in '/', the later names of a file are link entries,
 * sockets are left out.  A refused file (CTX_ENTRY_REFUSED) is empty.  Extended attributes are not stored.
 *
 * A file that shrank is padded with zeros, one that grew is cut, one that cannot be opened is empty; each is added to
 * the snapshot's problems.  With fd -1 and no compression no file is opened at all: then `src` may be NULL, and
 * the sizes are those that the snapshot tells.
 * @return 0; CTX_E_USAGE, no such level, or a source without contents; CTX_E_IO (writing); CTX_E_INTERRUPTED;
 *         CTX_E_LIBRARY; CTX_E_NOMEM; or what `src->read` returned, if that is CTX_E_NOMEM or CTX_E_INTERRUPTED.
 */
CTX_NODISCARD
int ctx_pack_write(int fd, struct ctx_snapshot *snap, const struct ctx_pack_source *src,
	const struct ctx_pack_opts *opts, struct ctx_pack_sizes *sizes, struct ctx_error *err);

/** Longest symlink target that ctx_pack_read() takes, in bytes: the kernel's own limit. */
#define CTX_PACK_TARGET_MAX 4095

/**
 * Read a tar archive (plain, gzip, zstd, bzip2 or xz) from `fd` into a sealed snapshot, everything kept.
 *
 * Contents are hashed as they pass and not stored: every file gets its digest and size.  A name that comes twice is
 * what its last entry says.  Hard links get the size and digest of the file they name, and stay hard links.
 *
 * @opts   Stop flag and progress; jobs is not used.
 * @return 0; CTX_E_CORRUPT, no tar archive, damaged, an entry that leaves the root ("..", absolute), or a hard link to
 *         nothing; CTX_E_LIMIT, above the limits here and of snapshot.h; CTX_E_IO (reading); CTX_E_INTERRUPTED;
 *         CTX_E_LIBRARY, libarchive was built without one of the filters; CTX_E_NOMEM.
 */
CTX_NODISCARD
int ctx_pack_read(struct ctx_snapshot **out, int fd, const struct ctx_walk_opts *opts, struct ctx_error *err);

/** Texts that ctx_pack_read_keeping() keeps on its way.  Release with ctx_pack_texts_release(). */
struct ctx_pack_texts {
	/** Paths of regular files, and the largest that is kept; a larger one is left empty.  Borrowed. */
	const char *const *paths;
	size_t path_count;
	size_t max_bytes;
	/** One for each path: what its last entry says; and whether there was one.  Owned. */
	struct ctx_buf *texts;
	bool *found;
};
void ctx_pack_texts_release(struct ctx_pack_texts *texts);

/** As ctx_pack_read(), and keep the contents of a few files. */
CTX_NODISCARD
int ctx_pack_read_keeping(struct ctx_snapshot **out, int fd, const struct ctx_walk_opts *opts,
	struct ctx_pack_texts *texts, struct ctx_error *err);

/**
 * Does a file with these first bytes look like an archive that ctx_pack_read() takes?  By magic numbers for the
 * compressed ones, by the checksum of the first header for tar: so `len` of 512 decides, less may say no too often.
 */
bool ctx_pack_is_archive(const void *head, size_t len);

#endif
