/**
 * A build context as cache keys see it: the entries that are kept, as trees that are read only where somebody looks.
 *
 * Two trees are equal in content exactly if their digests are, so a tree that did not change is recognised without being looked
 * into.  Of a git commit, directories are loaded when they are asked for and remembered by tree id and (as long as an
 * ignore rule could match below) path: over a history each version of a directory is read once, and a commit costs what
 * changed in it.  A digest does not load: it reads each version of a tree once and keeps 100 bytes of it.
 * The content of a file of a commit is its blob, whatever .gitattributes makes of it on checkout.
 *
 * NEEDSWORK: so a commit that changes attributes (eol, ident, working-tree-encoding) and not the files is a hit, although a
 * checkout writes other bytes, and one that changes line ends in the blobs alone is a miss.  To decide: identities as of the bytes that
 * are checked out, which needs attributes by path where trees are known by id alone.
 *
 * A directory's digest covers names, kinds, permission bits, link texts and content identities of everything below, and its own
 * permission bits, but not its name (moby/buildkit v0.32.2 cache/contenthash/checksum.go).
 */
#ifndef ANALYZER_CACHE_FILETREE_H
#define ANALYZER_CACHE_FILETREE_H

#include "ctxopt/base/str.h"
#include "ctxopt/base/vec.h"
#include "ctxopt/context/gittree.h"
#include "ctxopt/context/ignore.h"
#include "ctxopt/context/snapshot.h"

struct ana_dir;

/** One kept entry. */
struct ana_file {
	/** Name within its directory, NUL-terminated.  Borrowed from the store. */
	const char *name;
	uint32_t name_len;
	/** As in ctx_entry; a socket is a file. */
	enum ctx_kind kind;
	/** Permission bits with setuid, setgid and sticky: what the key counts.  0777 for symlinks. */
	uint32_t mode;
	/** Files: bytes, UINT32_MAX for more; 0 unless ana_filetree_measure(). */
	uint32_t bytes;
	/** Files: identity of the content.  Symlinks: of the target.  Directories: unused, see ana_dir_digest(). */
	struct ctx_digest id;
	union {
		/** Directories.  Never NULL. */
		struct ana_dir *dir;
		/** Symlinks: target text, NUL-terminated.  Borrowed. */
		const char *target;
	};
};

/** A directory.  Fill through ana_dir_load(). */
struct ana_dir {
	/** Sorted bytewise by name; valid once `loaded`. */
	struct ana_file *files;
	uint32_t count;
	bool loaded, digested;
	/** Permission bits of the directory itself; 0 for the root, whose mode does not count. */
	uint32_t mode;
	/** Bytes of all files below, and 1; 0 as long as nobody asked. */
	uint64_t bytes;
	/** Valid once `digested`. */
	struct ctx_digest digest;
	/** What the store needs to load it; NULL for directories that were made loaded. */
	void *origin;
};

struct ana_filetree;

/**
 * A store for the trees of commits.
 *
 * @repo   Borrowed; must outlive the store.  Used by one thread at a time, as the store is.  NULL: no commits, only
 *         snapshots and directories that the caller makes.
 * @umask_bits  Of the checkout: files 0666 or 0777 without it, directories 0777 without it, symlinks 0777.
 */
CTX_NODISCARD
int ana_filetree_new(struct ana_filetree **out, struct ctx_gitrepo *repo, unsigned umask_bits, struct ctx_error *err);
void ana_filetree_free(struct ana_filetree *store);
/** From now on note sizes of the files that are loaded, which costs a look at each blob. */
void ana_filetree_measure(struct ana_filetree *store);
/** Bytes of the files of a directory and below; a file that a partial clone lacks counts nothing.  Errors as ana_dir_load(). */
CTX_NODISCARD
int ana_dir_bytes(struct ana_filetree *store, struct ana_dir *dir, uint64_t *bytes, struct ctx_error *err);

/**
 * The context of a commit: the directory `prefix` ("" = the whole tree) of a root tree, after ignore rules.
 *
 * @ig      Borrowed: must outlive the store, and be the same pointer for the same rules; NULL keeps all.
 * @out     Borrowed from the store.  For the same tree, prefix and rules it is the same directory again.
 * @return  0; CTX_E_MISSING, no such directory; CTX_E_CORRUPT, also where a symlink's blob is not there (a partial clone);
 *          CTX_E_SYNTAX, from the rules; CTX_E_LIMIT, as ctx_commit_snapshot(); CTX_E_NOMEM.
 */
CTX_NODISCARD
int ana_filetree_commit(struct ana_filetree *store, const struct ctx_oid *root_tree, const char *prefix,
	const struct ctx_ignore *ig, struct ana_dir **out, struct ctx_error *err);

/**
 * Find a path of a root tree without ignore rules: the Dockerfile and the ignore file.  Symlinks are followed inside the tree.
 * Trees that were read are kept for a while, so to ask for each commit costs what changed.
 * @return 1, and the blob's id; 0, there is no such file, or links lead nowhere; CTX_E_CORRUPT; CTX_E_NOMEM.
 */
CTX_NODISCARD
int ana_filetree_blob(struct ana_filetree *store, const struct ctx_oid *root_tree, const char *path,
	struct ctx_oid *out, struct ctx_error *err);

/**
 * The kept entries of a snapshot as a tree of this store, everything loaded.
 *
 * @identify  Identity of a file's content; must be that of ana_filetree_oid() where the content is a blob's.  Not asked for
 *            refused files and sockets, which arrive empty; asked for unreadable ones, which do too.
 * @return    0; what `identify` returned; CTX_E_NOMEM.
 */
typedef int ana_identify_fn(void *arg, struct ctx_dir *dir, struct ctx_entry *entry, struct ctx_digest *out,
	struct ctx_error *err);
CTX_NODISCARD
int ana_filetree_snapshot(struct ana_filetree *store, struct ctx_snapshot *snap, ana_identify_fn *identify, void *arg,
	struct ana_dir **out, struct ctx_error *err);

/** Identity of a blob's content: the first half of its id, more or less. */
struct ctx_digest ana_filetree_oid(const struct ctx_oid *oid);

/** A directory that the caller fills, loaded and empty; NULL when out of memory. */
CTX_NODISCARD
struct ana_dir *ana_dir_new(struct ana_filetree *store, uint32_t mode);

/** Load a directory's entries if that was not done.  Errors as ana_filetree_commit(). */
CTX_NODISCARD
int ana_dir_load(struct ana_filetree *store, struct ana_dir *dir, struct ctx_error *err);

/**
 * Digest of all that a directory holds, its own mode included.  Reads what is needed and loads nothing.  Of a directory that
 * the caller filled, the digest is of the time of the first call.  Errors as ana_filetree_commit().
 */
CTX_NODISCARD
int ana_dir_digest(struct ana_filetree *store, struct ana_dir *dir, struct ctx_digest *out, struct ctx_error *err);

/** Digest of one entry, its name not counted: the record of a file or link, ana_dir_digest() of a directory. */
CTX_NODISCARD
int ana_file_digest(struct ana_filetree *store, const struct ana_file *file, struct ctx_digest *out,
	struct ctx_error *err);

/** An entry of two versions of a directory that differs, or may: directories that are not the same object. */
struct ana_dir_pair {
	struct ana_file before, after;
	/** Which of the two there are. */
	bool had, has;
};
struct ana_dir_pairs {
	CTX_VEC(struct ana_dir_pair) items;
};
/**
 * What differs between two versions of a directory, in the order of the names.  The directories themselves are only loaded if one is, or if
 * rules decide differently for them.
 * @out  Replaced.  Release also after a failure.
 * Errors as ana_filetree_commit().
 */
CTX_NODISCARD
int ana_dir_pairs(struct ana_filetree *store, struct ana_dir *before, struct ana_dir *after, struct ana_dir_pairs *out,
	struct ctx_error *err);
void ana_dir_pairs_release(struct ana_dir_pairs *pairs);

/** Entry of a loaded directory by name, or NULL. */
struct ana_file *ana_dir_find(const struct ana_dir *dir, const char *name, size_t len);

#endif
