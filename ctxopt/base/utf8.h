/**
 * UTF-8 from strangers: strict decoding, what may not reach a terminal, and columns.
 *
 * Independent of the locale, which is never set.
 */
#ifndef CTXOPT_BASE_UTF8_H
#define CTXOPT_BASE_UTF8_H

/** What ctx_utf8_decode() stores for a byte that is not part of valid UTF-8. */
#define CTX_UTF8_BAD UINT32_MAX

/**
 * Decode the first character of `len` > 0 bytes into `*code`.  Overlong forms, surrogates and code points
 * above U+10FFFF are invalid.  Returns the bytes it takes: 1 to 4, and 1 for an invalid byte.
 */
size_t ctx_utf8_decode(const char *text, size_t len, uint32_t *code);

/** Are all bytes valid UTF-8?  Empty is. */
bool ctx_utf8_valid(const char *text, size_t len);

/**
 * Could this code point change what a terminal shows elsewhere: C0 and C1 controls, DEL, bidi controls, line
 * and paragraph separators?
 */
bool ctx_utf8_unsafe(uint32_t code);

/** Columns of a code point that is not unsafe: 0 for combining and invisible ones, 2 for wide ones, else 1. */
unsigned ctx_utf8_width(uint32_t code);

#endif
