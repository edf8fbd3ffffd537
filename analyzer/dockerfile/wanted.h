/**
 * The entries of a context that include patterns want, in the order in which a client announces them.
 *
 * An entry is wanted if the patterns match it or a directory above it, decided as ignore rules are (matcher.h); the directories above a
 * wanted entry come with it, each once, before it.
 * Source: tonistiigi/fsutil 6d9dc2eb filter.go (Walk, Open).
 */
#ifndef ANALYZER_DOCKERFILE_WANTED_H
#define ANALYZER_DOCKERFILE_WANTED_H

#include "ctxopt/base/str.h"
#include "ctxopt/context/snapshot.h"

/** One wanted entry. */
struct ana_wanted {
	struct ctx_dir *dir;
	struct ctx_entry *entry;
	/** NUL-terminated, relative to the root.  Borrowed until the callback returns. */
	const char *path;
	size_t path_len;
	/** The look-up before a file is opened wants it too; otherwise a file arrives empty. */
	bool openable;
	/** What is not a directory: the kept entry at the same path of the other snapshot; NULL if there is none. */
	struct ctx_entry *before;
};

/** Receives wanted entries in order.  @return 0 to go on; anything else ends the walk and is what it returns. */
typedef int ana_wanted_fn(void *arg, const struct ana_wanted *wanted);

/**
 * Compile include patterns; free with ctx_ignore_free().
 *
 * @count  0 gives NULL, which includes everything.
 * @return 0; CTX_E_SYNTAX, no client sends anything, with the words of the build that fails; CTX_E_UNSUPPORTED, a pattern with a NUL or one that cannot be compiled; CTX_E_LIMIT; CTX_E_NOMEM.
 */
CTX_NODISCARD
int ana_wanted_compile(struct ctx_ignore **out, const struct ctx_str *patterns, size_t count, struct ctx_error *err);

/**
 * Walk the kept entries that are wanted.  What is held grows with the depth of the tree only, and with the number of directories at
 * which patterns match.
 *
 * @includes  NULL: everything that is kept.  Borrowed for the call.
 * @other     Walked in step, for ana_wanted.before; may be NULL.
 * @return    0; what `fn` returned; CTX_E_SYNTAX, a pattern that cannot be evaluated was reached, words as above; CTX_E_NOMEM.
 */
CTX_NODISCARD
int ana_wanted_each(struct ctx_snapshot *snap, const struct ctx_ignore *includes, struct ctx_snapshot *other,
	ana_wanted_fn *fn, void *arg, struct ctx_error *err);

#endif
