/**
 * Git's index: the state in which git knows each file, and the blob that goes with it.
 *
 * The library's reader checks the hash at the end of the file and makes a table of all paths, which takes as long as looking at every
 * file of the working tree.  This one takes a pass over the bytes and leaves the entries where they lie.  As git does, it does not
 * check the hash.  What is not well-formed, or needs more files than the one (split and sparse indexes), it leaves to the
 * library, which knows or can say why not.
 */
#ifndef CTXOPT_CONTEXT_GITINDEX_H
#define CTXOPT_CONTEXT_GITINDEX_H

#include "ctxopt/base/arena.h"
#include "ctxopt/base/buf.h"
#include "ctxopt/base/error.h"
#include "ctxopt/base/str.h"
#include "ctxopt/base/vec.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** Largest file that is read: some ten million entries. */
#define CTX_GITINDEX_MAX ((size_t)1 << 30)

/** What git knows of one file.  Numbers are cut to 32 bits, and 0 where git did not ask for them. */
struct ctx_gitindex_file {
	uint32_t mtime_seconds, mtime_nanoseconds, inode, size_bytes;
	/** As in a tree: 0100644, 0100755, 0120000, 0160000. */
	uint32_t mode;
	/** Id of the blob: 20 bytes, borrowed from the index. */
	const unsigned char *oid;
};

/** A path without conflicts. */
struct ctx_gitindex_entry {
	/** Its entry in the text. */
	const unsigned char *at;
	struct ctx_str path;
};

/** The index.  Starts zeroed; any number of threads may look into copies of it. */
struct ctx_gitindex {
	/** The file. */
	struct ctx_buf text;
	/** In the order of the paths. */
	CTX_VEC(struct ctx_gitindex_entry) entries;
	/** Paths, where the file has them compressed. */
	struct ctx_arena arena;
	/** Where the next path is looked for first: they are asked for in nearly this order. */
	size_t next;
};

/**
 * Take in the text of an index of version 2, 3 or 4.
 * @index  With its text, else zeroed.  Release also after a failure.
 * @return 1; 0, it is for the library to read; CTX_E_NOMEM.
 */
CTX_NODISCARD
int ctx_gitindex_parse(struct ctx_gitindex *index, struct ctx_error *err);
void ctx_gitindex_release(struct ctx_gitindex *index);

/** Find a path; false if git does not track it, or it is in conflict. */
bool ctx_gitindex_find(struct ctx_gitindex *index, struct ctx_str path, struct ctx_gitindex_file *out);

#endif
