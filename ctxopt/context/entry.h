/**
 * One path of a context, plain data, and the directory that holds it.
 *
 * A snapshot is a tree: every directory owns one array of entries, sorted bytewise by name.  Paths are not
 * stored; they are composed while walking down, which keeps a million entries below 120 bytes each.
 */
#ifndef CTXOPT_CONTEXT_ENTRY_H
#define CTXOPT_CONTEXT_ENTRY_H

#include "ctxopt/context/hash.h"

#include <time.h>

/** What an entry is.  The order is the one of JSON and of reports. */
enum ctx_kind {
	CTX_KIND_FILE,
	CTX_KIND_DIR,
	CTX_KIND_SYMLINK,
	CTX_KIND_FIFO,
	/** Arrives in a build as an empty regular file (tonistiigi/fsutil 6d9dc2eb, stat.go). */
	CTX_KIND_SOCKET,
	CTX_KIND_DEVICE,
};

/** Facts about one entry. */
enum ctx_entry_flags {
	/** Part of the context. */
	CTX_ENTRY_KEPT = 1 << 0,
	/** A directory that the rules exclude, present all the same because something below it is kept. */
	CTX_ENTRY_PARENT = 1 << 1,
	/** A kept regular file that the client refuses to open when its bytes are asked for: arrives empty. */
	CTX_ENTRY_REFUSED = 1 << 2,
	/** A file that this user cannot read (arrives empty), or a directory that could not be listed. */
	CTX_ENTRY_UNREADABLE = 1 << 3,
	/** An excluded directory that was not opened: what it holds is unknown. */
	CTX_ENTRY_UNOPENED = 1 << 4,
	/** `digest` is set. */
	CTX_ENTRY_DIGEST = 1 << 5,
	/** A submodule of a commit: an empty directory unless it was checked out. */
	CTX_ENTRY_SUBMODULE = 1 << 6,
	/** Another name of a file that comes earlier in the snapshot's order (hard link). */
	CTX_ENTRY_HARDLINK = 1 << 7,
	/** The directory was never named by its source, only implied by what it holds (archives). */
	CTX_ENTRY_IMPLIED = 1 << 8,
	/** A regular file whose inode may have other names in the snapshot: a candidate for CTX_ENTRY_HARDLINK. */
	CTX_ENTRY_LINKED = 1 << 9,
	/** Marks of one run, set by who computes them: a build asks for the entry, and a step of it reads the entry. */
	CTX_ENTRY_WANTED = 1 << 10,
	CTX_ENTRY_READ = 1 << 11,
};

struct ctx_dir;

/** One path.  Not changed any more once the snapshot is sealed, except digests and flags of merkle.h. */
struct ctx_entry {
	/** Name within its directory, NUL-terminated, may hold any byte but '/' and NUL.  Borrowed from the snapshot. */
	const char *name;
	union {
		/** Directories: their contents; NULL when unopened, unreadable or (archive, commit) empty. */
		struct ctx_dir *dir;
		/** Symlinks: target text, NUL-terminated.  Borrowed from the snapshot. */
		const char *target;
		/** Files from a commit: the 20-byte (sha1) or 32-byte (sha256) object id.  Borrowed. */
		const unsigned char *oid;
	};
	/** Content bytes of a file, length of a symlink's target, 0 otherwise. */
	uint64_t size_bytes;
	/** Modification time, nanoseconds since the epoch, UTC.  0 for commits. */
	int64_t mtime_ns;
	/** Status change time; 0 unless from a file system. */
	int64_t ctime_ns;
	/** Inode number; 0 unless from a file system. */
	uint64_t inode;
	/** Content digest of a file, Merkle digest of a directory, digest of the target text of a symlink. */
	struct ctx_digest digest;
	/** Type and permission bits as in stat(2) st_mode. */
	uint32_t mode;
	/** Device that holds the entry, as an index into the snapshot's table; 0 unless from a file system. */
	uint16_t device;
	/** Bytes of `name`. */
	uint16_t name_len;
	/** 1-based index of the ignore rule that decided, 0 when no rule did. */
	uint32_t rule;
	/** enum ctx_entry_flags. */
	uint16_t flags;
	/** enum ctx_kind. */
	uint8_t kind;
};

/** Contents of one directory. */
struct ctx_dir {
	/** Sorted bytewise by name.  Owned by the snapshot's arenas. */
	struct ctx_entry *entries;
	/** Number of entries. */
	uint32_t count;
	/** Depth below the root, which is 0. */
	uint32_t depth;
	/** The directory that holds this one; NULL for the root. */
	struct ctx_dir *parent;
	/** Index of this directory's own entry in `parent->entries`. */
	uint32_t parent_index;
	/** Number that one computation gives to each directory while it runs (merkle.h); no meaning outside. */
	uint32_t order;
};

/** Kind for a st_mode. */
enum ctx_kind ctx_kind_of_mode(uint32_t mode);
/** Nanoseconds since the epoch.  Times that do not fit (after 2262) wrap, which still tells them apart. */
int64_t ctx_timespec_ns(const struct timespec *t);
/** "file", "dir", "symlink", "fifo", "socket", "device".  Static string. */
const char *ctx_kind_name(enum ctx_kind kind);
/** Contents of a directory that has some; NULL for everything else. */
static inline struct ctx_dir *ctx_entry_dir(const struct ctx_entry *e) {
	return e->kind == CTX_KIND_DIR ? e->dir : NULL;
}
/** Is the entry part of the context? */
static inline bool ctx_entry_kept(const struct ctx_entry *e) {
	return (e->flags & CTX_ENTRY_KEPT) != 0;
}
/** Bytes of content that a build would receive for the entry: 0 for a refused or unreadable file. */
uint64_t ctx_entry_content_bytes(const struct ctx_entry *e);

#endif
