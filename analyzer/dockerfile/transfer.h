/**
 * What a client sends to BuildKit, to the byte: the number in "transferring context: 1.2MB".
 *
 * The receiver counts the encoded size of every packet.  The first time each wanted entry is announced and each regular file is sent;
 * later only what differs in size, time, mode or link target.
 * Source: tonistiigi/fsutil 6d9dc2eb send.go, receive.go, types/stat_vtproto.pb.go, types/wire_vtproto.pb.go, diff_containerd.go
 * (sameFile), hardlinks.go; moby/buildkit v0.32.2 session/filesync, client/solve.go.
 */
#ifndef ANALYZER_DOCKERFILE_TRANSFER_H
#define ANALYZER_DOCKERFILE_TRANSFER_H

#include "analyzer/dockerfile/graph.h"
#include "ctxopt/context/snapshot.h"

/** One transfer of one context. */
struct ana_transfer {
	/** Entries that are announced, and how many of them are regular files whose content is sent and not empty. */
	uint64_t entries, files;
	/** Their content bytes: a file with several names counts once, one that arrives empty not at all. */
	uint64_t content_bytes;
	/** The number that a build prints when the builder holds nothing of this context. */
	uint64_t first_bytes;
	/**
	 * The same when it holds `previous`, or (without `previous`) exactly what is there now, and the last build did not fail for want of a
	 * source: after that everything is sent again.
	 */
	uint64_t next_bytes;
	/** Files and their content bytes that are sent again the next time. */
	uint64_t next_files, next_content_bytes;
	/** The context is not loaded at all: both numbers are 0. */
	bool unused;
};

/** What is sent. */
struct ana_transfer_opts {
	/** Include patterns (follow.h); none: everything kept is wanted. */
	const struct ctx_str *patterns;
	size_t pattern_count;
	/**
	 * What was there the last time, of which the builder holds what the same patterns want; NULL: the same as now.
	 * Snapshot files will do: they have modes, sizes, times and which names are hard links.
	 */
	struct ctx_snapshot *previous;
	/** The builder cannot update what it holds (ana_local.built_on): the next time everything is sent. */
	bool anew;
	/** Directory, to read xattrs and device numbers; -1 if the snapshot is all there is.  Borrowed. */
	int root_fd;
	/** Threads that read them; 0 is 1. */
	unsigned jobs;
	/**
	 * Called for each wanted entry in order; may be NULL.  `sent`: the next time its content goes over the wire again.
	 * Anything but 0 ends the computation.
	 */
	int (*fn)(void *arg, struct ctx_dir *dir, struct ctx_entry *entry, const char *path, size_t path_len,
		bool sent);
	void *fn_arg;
};

/**
 * Compute one transfer.
 *
 * @snap    Walked with the ignore rules of the context.
 * @return  0; what opts->fn returned; CTX_E_SYNTAX, a pattern that cannot be matched; CTX_E_UNSUPPORTED; CTX_E_NOMEM.
 */
CTX_NODISCARD
int ana_transfer_compute(struct ana_transfer *out, struct ctx_snapshot *snap, const struct ana_transfer_opts *opts,
	struct ctx_error *err);

/**
 * The two small loads that precede it and are always sent whole: the directory of the Dockerfile ("load build definition") and the ignore
 * file ("load .dockerignore").
 */
struct ana_small_load {
	/** Path within the directory that is loaded. */
	const char *path;
	/** Of a symlink: length of its target. */
	uint64_t size_bytes;
	int64_t mtime_ns;
	/** As in stat(2).  Directories above a file are entries of their own; a symlink comes with what it points to. */
	uint32_t mode;
	/** ana_transfer_xattr_bytes() of it. */
	uint64_t xattr_bytes;
};
/** Bytes printed for a load of `count` entries, sorted by path; 0 entries are 2 bytes. */
uint64_t ana_transfer_small(const struct ana_small_load *files, size_t count);

/**
 * The same for a load that asks for these paths of a directory: "Dockerfile", "Dockerfile.dockerignore" and, if that is its name,
 * "dockerfile"; or ".dockerignore".  Symlinks come with what they point to, a directory with all that is in it.
 *
 * @dir_fd  Borrowed.
 * @return  0; CTX_E_IO, a directory could not be read; CTX_E_LIMIT; CTX_E_NOMEM.
 */
CTX_NODISCARD
int ana_transfer_small_at(uint64_t *bytes, int dir_fd, const struct ctx_str *paths, size_t count,
	struct ctx_error *err);

/** Encoded size of the extended attributes of the file at a path in the directory `dir_fd`; 0 if they cannot be read. */
uint64_t ana_transfer_xattr_bytes(int dir_fd, const char *path);

#endif
