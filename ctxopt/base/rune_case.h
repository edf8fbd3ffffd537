/**
 * Upper and lower case as Go has them: one code point to one code point, whatever the language.
 *
 * These are the simple mappings of Unicode 15.0.0, which Go 1.26 `unicode.ToUpper` and `unicode.ToLower` use.  They matter where a
 * rule of BuildKit compares without case: the Kelvin sign is a "k" there, and a dotless i becomes an "I".
 */
#ifndef CTXOPT_BASE_RUNE_CASE_H
#define CTXOPT_BASE_RUNE_CASE_H

#include "ctxopt/base/arena.h"
#include "ctxopt/base/str.h"

/** Upper case of a code point; itself if it has none. */
uint32_t ctx_rune_upper(uint32_t rune);
/** Lower case of a code point; itself if it has none. */
uint32_t ctx_rune_lower(uint32_t rune);

/**
 * `strings.ToUpper`.  The text itself if nothing changes, else a copy in the arena, in which invalid bytes became U+FFFD.
 * Absent when out of memory.
 */
struct ctx_str ctx_str_upper(struct ctx_str text, struct ctx_arena *arena);
/** `strings.ToLower`, likewise. */
struct ctx_str ctx_str_lower(struct ctx_str text, struct ctx_arena *arena);

#endif
