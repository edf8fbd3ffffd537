/**
 * Two snapshots to added, removed and changed entries (kept ones only).
 */
#ifndef CTXOPT_CONTEXT_DIFF_H
#define CTXOPT_CONTEXT_DIFF_H

#include "ctxopt/context/snapshot.h"

/** What changed about a path; a set. */
enum ctx_change {
	CTX_CHANGE_ADDED = 1 << 0,
	CTX_CHANGE_REMOVED = 1 << 1,
	/** Another kind of entry. */
	CTX_CHANGE_KIND = 1 << 2,
	/** Content, as a build receives it: by digest when both sides have one, else by size and mtime.  Of a symlink, its
	 *  target; never of a directory. */
	CTX_CHANGE_CONTENT = 1 << 3,
	/** Permission bits; never of a symlink. */
	CTX_CHANGE_MODE = 1 << 4,
	/** Modification time while the content is the same: BuildKit sends the file again.  Never of a directory. */
	CTX_CHANGE_MTIME = 1 << 5,
};

/** One changed path. */
struct ctx_diff_item {
	/** NUL-terminated path, owned by the diff. */
	const char *path;
	size_t path_len;
	/** enum ctx_change, several may be set. */
	unsigned changes;
	/** Sides; NULL when added / removed.  Borrowed from the snapshots. */
	const struct ctx_entry *before, *after;
};

/** The differences, in snapshot order. */
struct ctx_diff {
	CTX_VEC(struct ctx_diff_item) items;
	/** Memory of the paths. */
	struct ctx_arena arena;
};

/** Free what the comparison owns. */
void ctx_diff_release(struct ctx_diff *diff);
#define ctx_auto_diff CTX_CLEANUP(ctx_diff_release)

/**
 * Compare the kept entries; release with ctx_diff_release().
 *
 * An entry of another kind is one item; what a directory held that is a file now is removed, item by item.  Commits
 * have no times: where one side is a commit, times say nothing, so its files should have digests (merkle.h) first;
 * without them only a difference in size is seen.
 *
 * @before, @after  Borrowed; must outlive `out`.
 * @return          0, or CTX_E_NOMEM (then `out` is empty).
 */
CTX_NODISCARD
int ctx_diff_snapshots(struct ctx_diff *out, struct ctx_snapshot *before, struct ctx_snapshot *after,
	struct ctx_error *err);

#endif
