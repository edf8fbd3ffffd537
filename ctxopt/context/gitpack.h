/**
 * Objects out of the packs of a git repository, for who reads many of them from several threads.
 *
 * A shortcut, no more: what it does not find, does not understand or finds damaged (loose objects, packs that came since, an
 * old format), libgit2 is asked for, which also says what is wrong.  The library takes locks of the whole process for each step
 * along a chain of deltas, so that two threads that read are no faster than one; here each has maps and a cache of its own.
 *
 * One thread at a time.  Formats: git 2.39 Documentation/gitformat-pack.txt.
 */
#ifndef CTXOPT_CONTEXT_GITPACK_H
#define CTXOPT_CONTEXT_GITPACK_H

#include "ctxopt/base/buf.h"
#include "ctxopt/base/error.h"

/** Bytes of an id. */
#define CTX_GITPACK_ID 20
/** Larger objects are left to the library. */
#define CTX_GITPACK_BYTES_MAX ((size_t)64 << 20)

/** Types of objects, as git and libgit2 number them. */
enum ctx_gitpack_type { CTX_GITPACK_COMMIT = 1, CTX_GITPACK_TREE = 2, CTX_GITPACK_BLOB = 3, CTX_GITPACK_TAG = 4 };

struct ctx_gitpacks;

/**
 * Map the packs of an object directory, and of its alternates.  What cannot be mapped is left out.
 * @objects  "…/objects", with or without a final '/'; NULL: none, so that only what is added will be there.
 * @return   NULL when out of memory.
 */
CTX_NODISCARD
struct ctx_gitpacks *ctx_gitpacks_open(const char *objects);
void ctx_gitpacks_free(struct ctx_gitpacks *packs);

/**
 * Add a pack that is in memory.  Both borrowed.
 * @return 1; 0, it is none that can be read; CTX_E_NOMEM.
 */
CTX_NODISCARD
int ctx_gitpacks_add(struct ctx_gitpacks *packs, const unsigned char *index, size_t index_len,
	const unsigned char *data, size_t data_len);

/**
 * Append the content of an object.
 * @type   Objects of another one are not found.
 * @max    Nor are larger ones.
 * @return 1; 0, ask the library, `out` is as it was; CTX_E_NOMEM.
 */
CTX_NODISCARD
int ctx_gitpacks_read(struct ctx_gitpacks *packs, const unsigned char id[CTX_GITPACK_ID], enum ctx_gitpack_type type,
	size_t max, struct ctx_buf *out);

#endif
