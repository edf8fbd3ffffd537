/**
 * Text as Go reads it: code points with the replacement character for invalid bytes, and white space.
 *
 * BuildKit's rules are written over Go strings, so what counts as a character and as white space is what Go 1.22
 * `unicode/utf8` and `unicode.IsSpace` say.
 */
#ifndef CTXOPT_BASE_RUNE_H
#define CTXOPT_BASE_RUNE_H

/** The replacement character: also what an invalid byte decodes to, with width 1. */
#define CTX_RUNE_ERROR 0xFFFDu
/** Largest code point. */
#define CTX_RUNE_MAX 0x10FFFFu
/** Longest encoding of one code point, in bytes. */
#define CTX_RUNE_BYTES 4

/**
 * Decode the first code point of `len` bytes.
 *
 * @width  Bytes consumed: 0 only for empty input, 1 for an invalid byte.
 * @return The code point, CTX_RUNE_ERROR for invalid or empty input.
 */
uint32_t ctx_rune_decode(const char *text, size_t len, size_t *width);

/** Write the encoding of `rune` (surrogates and too large ones as U+FFFD); returns its length in bytes. */
size_t ctx_rune_encode(char out[CTX_RUNE_BYTES], uint32_t rune);

/** White space in the sense of Go's `strings.TrimSpace`. */
bool ctx_rune_is_space(uint32_t rune);

/** Cut white space at both ends, as `strings.TrimSpace`: moves `*text` and shortens `*len`. */
void ctx_rune_trim(const char **text, size_t *len);

#endif
