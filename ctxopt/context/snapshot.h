/**
 * The entries of a context at one moment, in memory: one type whether they came from the file system
 * (walk.h), a git commit (gitrepo.h), an archive (pack.h) or a snapshot file (snapshot_file.h).
 *
 * Order everywhere is BuildKit's: depth first, names sorted bytewise within a directory.
 * Build it from one thread (or walk.h's own workers); once sealed, any number of threads may read.
 */
#ifndef CTXOPT_CONTEXT_SNAPSHOT_H
#define CTXOPT_CONTEXT_SNAPSHOT_H

#include "ctxopt/base/arena.h"
#include "ctxopt/base/buf.h"
#include "ctxopt/base/vec.h"
#include "ctxopt/context/entry.h"
#include "ctxopt/context/matcher.h"

/** Deepest directory nesting; more is CTX_E_LIMIT.  (BuildKit has none; the kernel and memory set one.) */
#define CTX_DEPTH_MAX 1000000
/** Longest path, in bytes, that a snapshot takes. */
#define CTX_PATH_BYTES_MAX (16u << 20)

/** Where a snapshot came from. */
enum ctx_origin { CTX_ORIGIN_FILES, CTX_ORIGIN_COMMIT, CTX_ORIGIN_ARCHIVE, CTX_ORIGIN_SNAPSHOT_FILE };

/** Something that could not be read, or changed while it was read.  Makes a result partial. */
struct ctx_problem {
	/** Path relative to the root.  Borrowed from the snapshot. */
	const char *path;
	size_t path_len;
	/** errno, 0 if it was not a system call. */
	int sysno;
	/** "cannot read directory", "changed while it was read", ...  Static string. */
	const char *what;
	/** Would a real build fail because of it?  (An unreadable file arrives empty; an unreadable directory fails.) */
	bool fails_build;
};

struct ctx_snapshot_build;

/** The snapshot. */
struct ctx_snapshot {
	/** The root directory's own entry: name "", kind dir, always kept; `dir` is set once the snapshot is sealed. */
	struct ctx_entry root;
	enum ctx_origin origin;
	/** Memory of entries, names and scopes: one arena per worker plus one.  Owned. */
	struct ctx_arena *arenas;
	size_t arena_count;
	/** Sorted by path.  Owned. */
	CTX_VEC(struct ctx_problem) problems;
	/** st_dev of each device index of ctx_entry.device.  Owned. */
	CTX_VEC(uint64_t) devices;
	/** How often each ignore rule came into play; NULL without rules.  Owned. */
	struct ctx_rule_use *use;
	size_t use_count;
	/** Number of entries, root not counted. */
	uint64_t entry_count;
	/** Every excluded directory was opened: excluded counts are complete. */
	bool complete;
	/** What ctx_snapshot_add() needs until the snapshot is sealed, NULL otherwise.  Owned. */
	struct ctx_snapshot_build *build;
};

/** An empty snapshot with `arena_count` arenas (at least 1); NULL when out of memory. */
CTX_NODISCARD
struct ctx_snapshot *ctx_snapshot_new(size_t arena_count);
void ctx_snapshot_free(struct ctx_snapshot *snap);

/**
 * Add one path, in any order; missing parents are added as directories with mode 0755 and CTX_ENTRY_IMPLIED.
 * A path that exists already is replaced by the newer one (a directory keeps its contents if both are directories).
 *
 * @path   Relative, '/'-separated, clean (no empty, "." or ".." component): otherwise CTX_E_CORRUPT.
 * @proto  Everything but name and dir; strings (target, oid) are copied, `oid_len` bytes of oid.
 * @return 0; CTX_E_CORRUPT; CTX_E_LIMIT; CTX_E_NOMEM.
 */
CTX_NODISCARD
int ctx_snapshot_add(struct ctx_snapshot *snap, const char *path, size_t len, const struct ctx_entry *proto,
	size_t oid_len, struct ctx_error *err);

/**
 * Sort what ctx_snapshot_add() collected, and settle it.  Call once, before anything below.
 *
 * Files that carry the same inode number (other than 0) and device are names of one file.
 * @return 0; CTX_E_NOMEM, after which the snapshot can only be freed.
 */
CTX_NODISCARD
int ctx_snapshot_seal(struct ctx_snapshot *snap, struct ctx_error *err);

/**
 * Decide for every entry of a sealed snapshot, and settle it.  May be called again with other rules.  Directories whose
 * contents are there are always looked into; those that walk.h left closed stay so, hence walk without rules before.
 *
 * @ig      NULL keeps all.  Borrowed for the call.
 * @return  0; CTX_E_SYNTAX from the rules; CTX_E_NOMEM.
 */
CTX_NODISCARD
int ctx_snapshot_apply(struct ctx_snapshot *snap, const struct ctx_ignore *ig, struct ctx_error *err);

/**
 * Mark excluded directories with a kept entry below as kept (CTX_ENTRY_PARENT), mark the later names of a kept file
 * with several (CTX_ENTRY_HARDLINK), and count the entries.  Needed only after changing flags by hand: walk.h,
 * ctx_snapshot_seal() and ctx_snapshot_apply() end with it.  Doing it twice changes nothing.  CTX_E_NOMEM.
 */
CTX_NODISCARD
int ctx_snapshot_settle(struct ctx_snapshot *snap, struct ctx_error *err);

/**
 * Note a problem.  Not for several threads at once.
 *
 * @path  `len` bytes, copied.
 * @what  Static string.
 */
CTX_NODISCARD
int ctx_snapshot_add_problem(struct ctx_snapshot *snap, const char *path, size_t len, int sysno, const char *what,
	bool fails_build, struct ctx_error *err);
/** Bring the problems into the order of the entries; whoever adds some calls it last. */
void ctx_snapshot_sort_problems(struct ctx_snapshot *snap);

/** Entry at a clean relative path ("" is the root), or NULL. */
struct ctx_entry *ctx_snapshot_find(struct ctx_snapshot *snap, const char *path, size_t len);
/** Entry of one directory by name, or NULL: a binary search. */
struct ctx_entry *ctx_dir_find(const struct ctx_dir *dir, const char *name, size_t len);
/** Order of two names in a directory, and of two paths in a snapshot: bytewise, '/' before every other byte. */
int ctx_name_cmp(const char *a, size_t a_len, const char *b, size_t b_len);
int ctx_path_cmp(const char *a, size_t a_len, const char *b, size_t b_len);
/** Append the path of `dir` relative to the root: "" for the root. */
void ctx_dir_path(struct ctx_buf *out, const struct ctx_dir *dir);
/** The same relative to `top`, which must be `dir` or above it. */
void ctx_dir_path_below(struct ctx_buf *out, const struct ctx_dir *top, const struct ctx_dir *dir);
/** Append the path of `dir`'s entry `e` relative to the root. */
void ctx_entry_path(struct ctx_buf *out, const struct ctx_dir *dir, const struct ctx_entry *e);

/**
 * A position in a tree without its path: cheap to step, nothing to release.  Depth is no concern: no stack is kept.
 *
 *	struct ctx_cursor c = ctx_cursor_at(snap->root.dir);
 *	for (struct ctx_entry *e; (e = ctx_cursor_next(&c)) != NULL;) { ... c.dir holds e ... }
 */
struct ctx_cursor {
	/** The directory that holds the entry just returned. */
	struct ctx_dir *dir;
	/** Internal: where to go on, and the top that is not left. */
	struct ctx_dir *next_dir, *top;
	uint32_t next;
};

/** Before the first entry below `top` (NULL: there is none). */
struct ctx_cursor ctx_cursor_at(struct ctx_dir *top);
/** Step to the next entry, a directory before its contents; NULL at the end. */
struct ctx_entry *ctx_cursor_next(struct ctx_cursor *c);
/** Do not step into the directory just returned. */
void ctx_cursor_skip(struct ctx_cursor *c);

/** A position in a snapshot; zero-initialise, then ctx_iter_init(). */
struct ctx_iter {
	/** The entry, its directory, and its path relative to the root (NUL-terminated in `path`). */
	struct ctx_entry *entry;
	struct ctx_dir *dir;
	struct ctx_buf path;
	/** Depth of the entry: 1 for those of the root. */
	unsigned depth;
	/** Internal. */
	struct ctx_snapshot *snap;
	bool skip_children;
};

/** Before the first entry. */
void ctx_iter_init(struct ctx_iter *it, struct ctx_snapshot *snap);
/** Step to the next entry in order; false at the end (or when out of memory: see ctx_buf_ok(&it->path)). */
bool ctx_iter_next(struct ctx_iter *it);
/** Do not descend into the current directory. */
void ctx_iter_skip(struct ctx_iter *it);
void ctx_iter_release(struct ctx_iter *it);
#define ctx_auto_iter CTX_CLEANUP(ctx_iter_release)

#endif
