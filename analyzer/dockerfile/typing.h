/**
 * What every step of the second pass has at hand: the node it looks at, and where its complaints go.
 */
#ifndef ANALYZER_DOCKERFILE_TYPING_H
#define ANALYZER_DOCKERFILE_TYPING_H

#include "analyzer/dockerfile/syntax.h"

/** One node on its way to an instruction.  Everything is borrowed. */
struct ana_typing {
	const struct ana_node *node;
	/** Where the node stands; NULL for a node of no file. */
	const struct ana_syntax *syntax;
	/** Where results live. */
	struct ctx_arena *arena;
	struct ana_diags *diags;
	struct ctx_error *err;
};

/** What a step returns that refused the node and said why; good is 0, a failure of ours is negative. */
#define ANA_REFUSED 1

/**
 * Refuse the node.
 *
 * @part    The offending word or part of a word; absent means the keyword.
 * @return  ANA_REFUSED; CTX_E_NOMEM.
 */
CTX_NODISCARD CTX_PRINTF(3, 4) int ana_refuse(const struct ana_typing *t, struct ctx_str part, const char *fmt, ...);

/** A word in a message, for "%s": NUL bytes are '?'.  In the arena; never NULL, but "" when out of memory. */
const char *ana_spoken(const struct ana_typing *t, struct ctx_str word);
/** The same in quotes, as "%q" of Go. */
const char *ana_quoted(const struct ana_typing *t, struct ctx_str word);
/** " (did you mean NAME?)", or "" if `name` is NULL. */
const char *ana_hint(const struct ana_typing *t, const char *name);

/** Room for `count` strings, uninitialised; NULL when out of memory. */
CTX_NODISCARD
struct ctx_str *ana_strings_new(struct ctx_arena *arena, size_t count);

#endif
