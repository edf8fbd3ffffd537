/**
 * What a step reads of a file system, as content keys see it: digests of selections, and what differs between two.
 *
 * A selection is one path, or all that match a wildcard, less what --exclude and --parents leave out.  Its digest changes exactly
 * when BuildKit's content digest of the same selection changes; it is another number.  Directories are looked into only
 * where a path or a pattern leads.
 * Source: moby/buildkit v0.32.2 cache/contenthash/checksum.go (lazyChecksum, includedPaths), solver/llbsolver/ops/file.go.
 */
#ifndef ANALYZER_CACHE_SELECTOR_H
#define ANALYZER_CACHE_SELECTOR_H

#include "analyzer/cache/filetree.h"
#include "analyzer/dockerfile/graph.h"

/** One selection.  Plain data, borrowed from a graph. */
struct ana_selector {
	/** Absolute and cleaned: "/src", "/pkg-*.json", "/". */
	struct ctx_str path;
	/** The path has a wildcard, and wildcards are on. */
	bool wildcard;
	/** A symlink at the end of the path stands for what it leads to. */
	bool follow;
	/** Matches of a wildcard count with their last names only (BuildKit 0.8). */
	bool by_base;
	/** The copy, for its --exclude and --parents; NULL if it has none. */
	const struct ana_action *patterns;
};

/** The selection of a copy.  `older`: as BuildKit 0.8 makes it. */
struct ana_selector ana_selector_of(const struct ana_action *copy, bool older);

/** Digests that were computed before.  For one thread and one store; release before the store. */
struct ana_selections;
/** @store  Borrowed.  NULL when out of memory. */
CTX_NODISCARD
struct ana_selections *ana_selections_new(struct ana_filetree *store);
void ana_selections_free(struct ana_selections *s);
/** Forget selections with patterns: what they borrowed goes.  Digests and directories that were handed out stay. */
void ana_selections_forget(struct ana_selections *s);

/**
 * Digest of a selection.
 *
 * @root     Root of the file system, of the store of `s`.
 * @sel      Its patterns are borrowed until ana_selections_forget(), and remembered by address; the rest for the call.
 * @return   1; 0, a path without wildcard leads nowhere, so that a build fails; CTX_E_CORRUPT, CTX_E_SYNTAX, CTX_E_NOMEM.
 */
CTX_NODISCARD
int ana_selection_digest(struct ana_selections *s, struct ana_dir *root, const struct ana_selector *sel,
	struct ctx_digest *out, struct ctx_error *err);

/** How an entry differs. */
enum ana_change_kind { ANA_CHANGE_ADDED, ANA_CHANGE_REMOVED, ANA_CHANGE_MODIFIED, ANA_CHANGE_MODE };

/**
 * Receives a difference.  `path` is relative to the root of the file system and NUL-terminated; directories that were added or
 * removed are told as the files in them, and as themselves only if there are none.
 * @return 0 to go on, positive to stop without an error, negative to fail.
 */
typedef int ana_change_fn(void *arg, enum ana_change_kind kind, const char *path, size_t len);

/**
 * Tell what differs between the same selection of two file systems, in the order of paths.
 * @return 0, also when `fn` stopped; what `fn` returned; errors as ana_selection_digest().
 */
CTX_NODISCARD
int ana_selection_changes(struct ana_selections *s, struct ana_dir *before, struct ana_dir *after,
	const struct ana_selector *sel, ana_change_fn *fn, void *arg, struct ctx_error *err);

/** What is at a path. */
struct ana_spot {
	/** The entry; NULL for the root. */
	const struct ana_file *file;
	/** The directory it is; NULL for anything else. */
	struct ana_dir *dir;
};

/**
 * Find what is at an absolute path; symlinks on the way are followed within the root, and the last one if `follow`.
 * @return 1; 0, nothing, or links in circles; CTX_E_CORRUPT; CTX_E_NOMEM.
 */
CTX_NODISCARD
int ana_spot_find(struct ana_spot *out, struct ana_filetree *store, struct ana_dir *root, struct ctx_str path,
	bool follow, struct ctx_error *err);

/**
 * The same with the last link followed, and the path of what was found: absolute, without a link in it.
 * @end  Receives it.  Zero-initialised or empty.
 */
CTX_NODISCARD
int ana_spot_resolve(struct ana_spot *out, struct ana_filetree *store, struct ana_dir *root, struct ctx_str path,
	struct ctx_buf *end, struct ctx_error *err);

/** A match of a wildcard, or the one thing that a path names. */
struct ana_top {
	/** Path relative to the part before the wildcard, as it counts in the digest; "" for a path without one. */
	const char *key;
	/** Path relative to the root. */
	const char *path;
	struct ana_spot spot;
	/** It is a link that was followed; `spot` is what it leads to. */
	bool followed;
	/** With patterns: a link that leads nowhere, so that the build fails if they let it pass. */
	bool nowhere;
};

/** Tops of one selection, in order.  Release after use. */
struct ana_tops {
	CTX_VEC(struct ana_top) items;
	struct ctx_arena arena;
};

/**
 * Find the tops of a selection, links followed as the digest does.
 * @return 1; 0, a path without wildcard leads nowhere, or a match is a link that does; errors as ana_selection_digest().
 */
CTX_NODISCARD
int ana_tops_find(struct ana_tops *out, struct ana_filetree *store, struct ana_dir *root,
	const struct ana_selector *sel, struct ctx_error *err);
void ana_tops_release(struct ana_tops *tops);

#endif
