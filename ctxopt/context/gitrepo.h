/**
 * Git repositories: a commit's tree as a snapshot, and what git itself would ignore.
 *
 * Never runs git, never writes to the repository, never runs anything that a repository's configuration names.  Six
 * files see libgit2: gitrepo.c (opening, errors), commit.c (trees and contents), git_opinion.c (index and ignore
 * files), gittree.c (single objects), gitlog.c (lists of commits), gitwork.c (index, what a checkout writes); they share
 * gitrepo_internal.h, and git_offline.c only links.  The library is started when a repository is opened, not before: it
 * costs about a millisecond.
 *
 * One thread per repository, but for ctx_commit_contents().
 */
#ifndef CTXOPT_CONTEXT_GITREPO_H
#define CTXOPT_CONTEXT_GITREPO_H

#include "ctxopt/context/gitignore.h"
#include "ctxopt/context/merkle.h"
#include "ctxopt/context/snapshot.h"

struct ctx_gitrepo;

/**
 * Open the repository that holds `path`, a directory (searching upwards, as git does, to the boundary of the file
 * system; GIT_DIR does not count, as it may be of another one).  Work trees, bare, shallow and partial repositories will do; whose they are does not matter.
 * @return 0; CTX_E_MISSING, there is none; CTX_E_CORRUPT, its configuration is damaged; CTX_E_UNSUPPORTED, a format that
 *         the library cannot read (sha256 objects, reftable); CTX_E_IO; CTX_E_LIBRARY; CTX_E_NOMEM.
 */
CTX_NODISCARD
int ctx_gitrepo_open(struct ctx_gitrepo **out, const char *path, struct ctx_error *err);
void ctx_gitrepo_free(struct ctx_gitrepo *repo);
/** Give back what was kept of objects that were read: for who is about to do something else.  All goes on as before. */
void ctx_gitrepo_rest(struct ctx_gitrepo *repo);

/** Working directory with final '/', NULL for a bare repository.  Borrowed. */
const char *ctx_gitrepo_workdir(const struct ctx_gitrepo *repo);
/** The repository's own directory (".git", or that of a bare one) with final '/'.  Borrowed. */
const char *ctx_gitrepo_dir(const struct ctx_gitrepo *repo);

/** Deepest nesting of a commit's trees: the default of git's core.maxTreeDepth, doubled. */
#define CTX_COMMIT_DEPTH_MAX 4096
/** Most entries of a commit's tree: a tree that names one subtree many times, level by level, grows without end. */
#define CTX_COMMIT_ENTRIES_MAX (8u << 20)
/** Longest symlink target in a commit, in bytes: no file system takes more. */
#define CTX_COMMIT_TARGET_MAX 4095
/** Most symlinks followed by ctx_commit_read(), as in the kernel. */
#define CTX_COMMIT_LINKS_MAX 40

struct ctx_commit;
/**
 * Resolve a revision ("HEAD", "v1.2", "main~3", a hash) to a commit.  The repository must outlive the commit.
 * @return 0; CTX_E_MISSING, there is none of that name (in a shallow repository also: it was not fetched); CTX_E_USAGE,
 *         no revision by its syntax, ambiguous, or not a commit; CTX_E_CORRUPT; CTX_E_NOMEM.
 */
CTX_NODISCARD
int ctx_commit_open(struct ctx_commit **out, struct ctx_gitrepo *repo, const char *revision, struct ctx_error *err);
void ctx_commit_free(struct ctx_commit *commit);
/** Full object id in hex.  Borrowed. */
const char *ctx_commit_id(const struct ctx_commit *commit);

/**
 * The tree of a commit below `prefix` ("" = whole) as a sealed snapshot, everything kept, as a checkout with `umask`
 * would lay it out: files 0666 or 0777 less umask, directories 0777 less umask, submodules as empty directories.
 * Sizes come from object headers.  Contents are those of the blobs: what .gitattributes would change on checkout (line
 * ends, filters such as LFS, encodings) is not changed.
 *
 * Two things become problems of the snapshot: a file or symlink whose object is not there (in a partial clone; it is kept
 * with size 0 and CTX_ENTRY_UNREADABLE), and a symlink whose target is above CTX_COMMIT_TARGET_MAX (it is left out).
 * @return 0; CTX_E_MISSING, no such directory; CTX_E_CORRUPT, a tree is missing, an object is damaged, or an entry has a
 *         name that git would not check out (".git" in any case, "..", with a slash); CTX_E_LIMIT, above the limits
 *         here; CTX_E_NOMEM.
 */
CTX_NODISCARD
int ctx_commit_snapshot(struct ctx_snapshot **out, struct ctx_commit *commit, const char *prefix, unsigned umask_bits,
	struct ctx_error *err);

/**
 * Append the content of a file at `path` (relative to the repository's root).  Symlinks on the way are followed inside
 * the commit, as a reader of the checkout would; one that leads out of it leads nowhere.
 * @return 0; CTX_E_MISSING; CTX_E_IO with sysno EISDIR, a directory; CTX_E_LIMIT, larger than `max` or more than
 *         CTX_COMMIT_LINKS_MAX links; CTX_E_CORRUPT; CTX_E_NOMEM.
 */
CTX_NODISCARD
int ctx_commit_read(struct ctx_commit *commit, const char *path, size_t max, struct ctx_buf *out,
	struct ctx_error *err);

/** Append the content of a file of this commit's snapshot, by its object id.  CTX_E_CORRUPT; CTX_E_NOMEM. */
CTX_NODISCARD
int ctx_commit_read_entry(struct ctx_commit *commit, const struct ctx_entry *e, struct ctx_buf *out,
	struct ctx_error *err);

/** Contents for merkle.h; valid as long as the commit, and the one thing that several threads may use at once. */
struct ctx_content_source ctx_commit_contents(struct ctx_commit *commit);

/** Git's opinion on a path. */
struct ctx_git_opinion {
	/** In the index; for a directory: something in it is. */
	bool tracked;
	/** Matched by .gitignore, .git/info/exclude or core.excludesFile (git asks this only for untracked paths). */
	bool ignored;
	/** The path is a .git directory or lies in one: git never adds it. */
	bool internal;
};

/**
 * What git thinks of `path` (clean, relative to the working directory's root, need not exist).  `is_dir` matters for
 * patterns with a final slash.  Ignore files and index are read once, when they are first needed.
 * @return 0; CTX_E_MISSING, a bare repository; CTX_E_UNSUPPORTED, an index the library cannot read (split, sparse);
 *         CTX_E_CORRUPT; CTX_E_LIMIT, an ignore file above CTX_IGNORE_FILE_MAX; CTX_E_IO; CTX_E_NOMEM.
 */
CTX_NODISCARD
int ctx_gitrepo_opinion(struct ctx_gitrepo *repo, const char *path, bool is_dir, struct ctx_git_opinion *out,
	struct ctx_error *err);

/**
 * Let opinions rest on .gitignore files alone, which all people share, or on the other two, too; and say where these are.
 *
 * @fold_case  Set to core.ignoreCase.
 * @personal   Set to the paths of core.excludesFile and of .git/info/exclude, which need not exist; "" for none.  Borrowed.
 * @return     As ctx_gitrepo_opinion().
 */
CTX_NODISCARD
int ctx_gitrepo_limit(struct ctx_gitrepo *repo, bool shared_only, bool *fold_case, const char *personal[2],
	struct ctx_error *err);

#endif
