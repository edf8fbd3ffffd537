/**
 * The directories of a snapshot where the bytes are, as rows ready to be drawn from top to bottom.
 *
 * The addends of a directory stand below it, largest first: its directories, what was cut away as one row, and the
 * files that lie in it directly as one row.  What is excluded follows, and adds nothing to the directory.
 */
#ifndef CTXOPT_CONTEXT_TREE_H
#define CTXOPT_CONTEXT_TREE_H

#include "ctxopt/context/measure.h"

/** Deepest level of rows. */
#define CTX_TREE_DEPTH_MAX 60

/** What a row stands for. */
enum ctx_tree_kind {
	/** A directory with everything kept below it. */
	CTX_TREE_DIR,
	/** `count` smaller directories that are not shown, and `own_count` files that lie in the directory itself. */
	CTX_TREE_REST,
	/** The kept files and symlinks that lie in the directory itself. */
	CTX_TREE_OWN,
	/** An excluded directory. */
	CTX_TREE_EXCLUDED,
	/** `count` excluded directories that are not shown, and `own_count` excluded files that lie in the directory itself. */
	CTX_TREE_EXCLUDED_REST,
};

/** One row. */
struct ctx_tree_row {
	enum ctx_tree_kind kind;
	/** 0 for the root. */
	unsigned depth;
	/** Bit d: at depth d + 1 more rows follow below the same parent.  What a drawing needs for its lines. */
	uint64_t more;
	/** Name within the parent; "." for the root; NULL unless the row stands for one directory.  Borrowed from the
	 *  snapshot. */
	const char *name;
	size_t name_len;
	/** Kept entries; for excluded rows what is known about the excluded ones. */
	struct ctx_totals totals;
	/** How many the row stands for. */
	uint64_t count;
	uint64_t own_count;
	/** Excluded rows: 1-based index of the rule, 0 when several. */
	uint32_t rule;
	/** Excluded rows: not opened, totals are unknown. */
	bool unopened;
};

/** What to make rows of. */
struct ctx_tree_opts {
	/** Levels below the root, 0 for all that fit CTX_TREE_DEPTH_MAX. */
	unsigned depth;
	/** Directories per directory, and excluded ones; 0 for all. */
	size_t top;
	/** Directories below this many bytes are not shown by themselves, nor are the files of a directory if there is a
	 *  row for its smaller directories. */
	uint64_t min_bytes;
	/** Make rows for what is excluded too. */
	bool excluded;
};

/** The rows. */
struct ctx_tree {
	CTX_VEC(struct ctx_tree_row) rows;
};

/** Make the rows; release with ctx_tree_release().  CTX_E_NOMEM. */
CTX_NODISCARD
int ctx_tree_make(struct ctx_tree *out, struct ctx_snapshot *snap, const struct ctx_tree_opts *opts,
	struct ctx_error *err);
void ctx_tree_release(struct ctx_tree *tree);
#define ctx_auto_tree CTX_CLEANUP(ctx_tree_release)

#endif
