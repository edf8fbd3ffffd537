/**
 * Bytes and counts of a snapshot: totals, per directory, extension, rule and file, and duplicates by content.
 */
#ifndef CTXOPT_CONTEXT_MEASURE_H
#define CTXOPT_CONTEXT_MEASURE_H

#include "ctxopt/context/snapshot.h"

/** Counts of a set of entries.  `files` counts everything that is neither directory nor symlink. */
struct ctx_totals {
	uint64_t files, dirs, symlinks;
	/** Content bytes of regular files as a build receives them (ctx_entry_content_bytes()); the addends of totals are
	 *  exactly the entries of `--list`. */
	uint64_t bytes;
};

/** Totals of a snapshot. */
struct ctx_measure {
	/** Kept entries, root directory not counted. */
	struct ctx_totals included;
	/** Excluded entries that were seen; complete if the snapshot is. */
	struct ctx_totals excluded;
	/** Excluded directories that were not opened. */
	uint64_t unopened_dirs;
	/** Kept files that arrive empty although they are not: refused by the look-up, unreadable, sockets. */
	uint64_t emptied_files, emptied_bytes;
	/** Per rule (index as in ctx_ignore): excluded entries it decided, inherited ones included.  Owned. */
	struct ctx_totals *by_rule;
	size_t rule_count;
};

/** Measure; release with ctx_measure_release(). CTX_E_NOMEM. */
CTX_NODISCARD
int ctx_measure(struct ctx_measure *out, struct ctx_snapshot *snap, size_t rule_count, struct ctx_error *err);
void ctx_measure_release(struct ctx_measure *m);
#define ctx_auto_measure CTX_CLEANUP(ctx_measure_release)

/** Add counts, stopping at the largest number instead of wrapping: sizes come from strangers. */
void ctx_totals_add(struct ctx_totals *into, const struct ctx_totals *more);
/** Count one entry: itself, not what a directory holds. */
void ctx_totals_add_entry(struct ctx_totals *into, const struct ctx_entry *e);

/** One row of a breakdown. */
struct ctx_group {
	/** Path of a directory ("." for the root) or of a file; or an extension with its dot, "(none)" without. */
	const char *name;
	size_t name_len;
	struct ctx_totals totals;
	/** Directories: depth; 0 otherwise. */
	unsigned depth;
	/** Files and directories: the entry.  Borrowed from the snapshot. */
	const struct ctx_entry *entry;
};

/** A breakdown; rows' memory belongs to it. */
struct ctx_groups {
	CTX_VEC(struct ctx_group) rows;
	struct ctx_arena arena;
	/** What `top` cut away.  Extensions and files: rows + rest = all files.  Directories: the directories cut away, with
	 *  everything below them, which the rows above them include. */
	struct ctx_totals rest;
	/** Number of rows that `top` cut away; for directories of those at the place of the cut, not of what they hold. */
	uint64_t rest_rows;
};
void ctx_groups_release(struct ctx_groups *g);
#define ctx_auto_groups CTX_CLEANUP(ctx_groups_release)

/** Which entries a breakdown counts: the last is what is wanted (CTX_ENTRY_WANTED) and not read. */
enum ctx_which { CTX_WHICH_KEPT, CTX_WHICH_EXCLUDED, CTX_WHICH_UNREAD };

/**
 * Kept (or excluded) bytes by directory, each row with everything below it, rows in tree order (depth first; larger first,
 * ties by name), down to `depth` levels (0 = all) and at most `top` children per directory (0 = all).  Row 0 is the root.
 *
 * A row's totals do not count the directory itself.  For CTX_WHICH_EXCLUDED there are rows for excluded directories and
 * for directories with something excluded below.
 */
CTX_NODISCARD
int ctx_group_dirs(struct ctx_groups *out, struct ctx_snapshot *snap, enum ctx_which which, unsigned depth, size_t top,
	struct ctx_error *err);
/**
 * Files (what is neither directory nor symlink) by extension, most bytes first, ties by name; at most `top` rows (0 =
 * all).  CTX_E_NOMEM.
 */
CTX_NODISCARD
int ctx_group_exts(struct ctx_groups *out, struct ctx_snapshot *snap, enum ctx_which which, size_t top,
	struct ctx_error *err);
/** The same files singly, largest first, ties by path. */
CTX_NODISCARD
int ctx_group_files(struct ctx_groups *out, struct ctx_snapshot *snap, enum ctx_which which, size_t top,
	struct ctx_error *err);

/** Files with equal content: at least two. */
struct ctx_duplicate_set {
	/** Bytes of one copy, and number of copies. */
	uint64_t size_bytes;
	uint32_t count;
	/** Paths, sorted.  Owned by the arena. */
	const char **paths;
};
/** All of them. */
struct ctx_duplicates {
	/** Most wasted bytes first, ties by first path; at most `top`. */
	CTX_VEC(struct ctx_duplicate_set) sets;
	/** Bytes that would not be there with one copy each: (count - 1) * size over all sets, also those cut by `top`. */
	uint64_t wasted_bytes;
	/** Number of sets, also those cut. */
	uint64_t set_count;
	struct ctx_arena arena;
};
void ctx_duplicates_release(struct ctx_duplicates *d);
#define ctx_auto_duplicates CTX_CLEANUP(ctx_duplicates_release)
/**
 * Find the sets among kept, non-empty regular files with digests (merkle.h); a file with several names (hard links) counts
 * once, and what arrives empty not at all.  At most `top` sets are listed (0 = all).  CTX_E_NOMEM.
 */
CTX_NODISCARD
int ctx_find_duplicates(struct ctx_duplicates *out, struct ctx_snapshot *snap, size_t top, struct ctx_error *err);

#endif
