/**
 * From the paths that a build asks for to the include patterns that its client applies.
 *
 * A client does not send the whole context: it resolves symlinks on the way to each wanted path, on the tree before ignore rules, and
 * sends what the resulting patterns match.
 * Source: tonistiigi/fsutil 6d9dc2eb followlinks.go (FollowLinks), filter.go (NewFilterFS).
 */
#ifndef ANALYZER_DOCKERFILE_FOLLOW_H
#define ANALYZER_DOCKERFILE_FOLLOW_H

#include "analyzer/dockerfile/glob.h"
#include "analyzer/dockerfile/words.h"
#include "ctxopt/context/snapshot.h"

/** Bytes of link texts that are followed at most; more is CTX_E_LIMIT. */
#define ANA_FOLLOW_BYTES_MAX (256u << 20)

/** A name that was looked up. */
struct ana_follow_entry {
	/** Borrowed until the next call of the tree. */
	struct ctx_str name;
	bool symlink, dir;
	/** Text of a symlink. */
	struct ctx_str target;
};

/** A tree before ignore rules: a directory of the file system, or a snapshot that is complete. */
struct ana_follow_tree {
	void *arg;
	/** Look up a clean path relative to the root.  @return 1 found, 0 not there, negative enum ctx_errc. */
	int (*lookup)(void *arg, const char *path, struct ana_follow_entry *out, struct ctx_error *err);
	/** Call `fn` for each entry of a directory, sorted; a missing directory has none.  @return 0, or negative. */
	int (*list)(void *arg, const char *path, int (*fn)(void *fn_arg, const struct ana_follow_entry *entry),
		void *fn_arg, struct ctx_error *err);
};

/**
 * Resolve wanted paths to include patterns, sorted and reduced.
 *
 * As upstream does it: a link that was met before is not followed again, whatever comes after it in the path, which ends loops and also
 * means that of `l/x` and `l/y` only the first is found behind a link `l`; a component with wildcards gives way to the links that it
 * matches, and stays as it is where it matches none.
 *
 * @paths     As ana_local.paths has them.
 * @patterns  Appended; empty means everything is included.  In the arena.
 * @return    0; CTX_E_IO, a directory could not be read; CTX_E_LIMIT; CTX_E_NOMEM; or what the tree returned.  A malformed wildcard
 *            matches nothing here.
 */
CTX_NODISCARD
int ana_follow_links(struct ana_words *patterns, const struct ctx_str *paths, size_t count,
	const struct ana_follow_tree *tree, struct ctx_arena *arena, struct ctx_error *err);

/**
 * A tree that looks into an open directory; `root_fd` is borrowed.  Release with ana_follow_fd_release().  Must not move.
 *
 * Never leaves the directory and never goes through a symlink: what could only be reached so is not there.
 */
struct ana_follow_fd {
	int root_fd;
	struct ana_follow_tree tree;
	/** Names and link texts of the last call. */
	struct ctx_arena arena;
};
void ana_follow_fd_init(struct ana_follow_fd *fd, int root_fd);
void ana_follow_fd_release(struct ana_follow_fd *fd);

/** A tree that looks into a snapshot, whatever its ignore rules say; `snap` is borrowed.  Owns nothing.  Must not move. */
struct ana_follow_snapshot {
	struct ctx_snapshot *snap;
	struct ana_follow_tree tree;
	/** A look-up ran into a directory that was not opened: what is said to be missing there may exist. */
	bool unopened;
};
void ana_follow_snapshot_init(struct ana_follow_snapshot *follow, struct ctx_snapshot *snap);

#endif
