/**
 * Single objects of a git repository, by id: one tree's entries, a blob's content.  For who walks histories: nothing is
 * read that was not asked for, and the library keeps nothing.
 *
 * One thread per repository (open it once for each).  See gitrepo.h for what is never run or written.
 */
#ifndef CTXOPT_CONTEXT_GITTREE_H
#define CTXOPT_CONTEXT_GITTREE_H

#include "ctxopt/base/buf.h"
#include "ctxopt/context/entry.h"
#include "ctxopt/context/gitrepo.h"

/** Longest object id, in bytes (SHA-256). */
#define CTX_OID_MAX 32

/** An object id.  Zeroed: none. */
struct ctx_oid {
	unsigned char bytes[CTX_OID_MAX];
	/** 20 or 32. */
	uint8_t len;
};

/** Bytes that ctx_oid_hex() needs. */
#define CTX_OID_HEX_MAX (2 * CTX_OID_MAX + 1)
/** Lower-case hex. */
const char *ctx_oid_hex(char out[CTX_OID_HEX_MAX], const struct ctx_oid *oid);
/** The same id? */
bool ctx_oid_equal(const struct ctx_oid *a, const struct ctx_oid *b);

/** An entry of a tree object. */
struct ctx_gittree_entry {
	/** NUL-terminated, borrowed from the tree. */
	const char *name;
	uint32_t name_len;
	/** CTX_KIND_FILE, CTX_KIND_DIR (also a submodule) or CTX_KIND_SYMLINK. */
	enum ctx_kind kind;
	/** A file with the executable bit. */
	bool executable;
	/** A submodule: on checkout an empty directory; `oid` is a commit of another repository. */
	bool submodule;
	struct ctx_oid oid;
};

/** A tree that was read.  Zero-initialised is valid and empty; reading the next one into it uses its memory again. */
struct ctx_gittree {
	/** Sorted bytewise by name (git itself sorts directories as if they ended in '/').  Owned. */
	struct ctx_gittree_entry *entries;
	uint32_t count;
	/** Room in `entries`. */
	size_t cap;
	/** The object as git stores it: what names point into.  Owned. */
	struct ctx_buf raw;
};
void ctx_gittree_release(struct ctx_gittree *tree);
#define ctx_auto_gittree CTX_CLEANUP(ctx_gittree_release)

/**
 * Read a tree object.
 *
 * @out     Replaced; empty after a failure.
 * @return  0; CTX_E_CORRUPT, the object is missing, damaged or no tree, has two entries of one name, or a name that git would
 *          not check out (".git" in any case, "..", with a slash); CTX_E_NOMEM.
 */
CTX_NODISCARD
int ctx_gittree_read(struct ctx_gittree *out, struct ctx_gitrepo *repo, const struct ctx_oid *oid,
	struct ctx_error *err);
/** Entry by name, or NULL. */
const struct ctx_gittree_entry *ctx_gittree_find(const struct ctx_gittree *tree, const char *name, size_t len);

/** Bytes of a blob, without reading it.  0; CTX_E_CORRUPT, missing or damaged. */
CTX_NODISCARD
int ctx_gitblob_size(struct ctx_gitrepo *repo, const struct ctx_oid *oid, uint64_t *bytes, struct ctx_error *err);

/**
 * Append a blob's content.
 * @return 0; CTX_E_CORRUPT, missing (a partial clone), damaged, or no blob; CTX_E_LIMIT, larger than `max`; CTX_E_NOMEM.
 */
CTX_NODISCARD
int ctx_gitblob_read(struct ctx_gitrepo *repo, const struct ctx_oid *oid, size_t max, struct ctx_buf *out,
	struct ctx_error *err);

#endif
