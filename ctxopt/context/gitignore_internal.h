/** What gitignore.c and gitignore_docker.c share: the small parts of git's pattern language. */
#ifndef CTXOPT_CONTEXT_GITIGNORE_INTERNAL_H
#define CTXOPT_CONTEXT_GITIGNORE_INTERNAL_H

#include "ctxopt/context/gitignore.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** A set of bytes. */
struct git_byte_set {
	uint64_t bits[4];
};

/** Put a byte into a set. */
static inline void git_set_add(struct git_byte_set *set, unsigned c) {
	set->bits[c / 64] |= UINT64_C(1) << (c % 64);
}
/** Is a byte in a set? */
static inline bool git_set_has(const struct git_byte_set *set, unsigned char c) {
	return (set->bits[c / 64] >> (c % 64) & 1) != 0;
}

/** Read a bracket expression whose '[' is before `at`; what follows its ']', or NULL when it is malformed. */
const char *git_read_bracket(bool fold_case, const char *at, const char *end, struct git_byte_set *out);

/** Length of a line without its final spaces, unless they are escaped (git: trim_trailing_spaces). */
size_t git_trim_spaces(const char *line, size_t len);

#endif
