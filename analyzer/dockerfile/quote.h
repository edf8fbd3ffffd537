/**
 * Words of strangers in messages, written as Go writes them.
 */
#ifndef ANALYZER_DOCKERFILE_QUOTE_H
#define ANALYZER_DOCKERFILE_QUOTE_H

#include "ctxopt/base/buf.h"
#include "ctxopt/base/str.h"

/** Append `text` in quotes, as `%q` does (Go 1.26 strconv.Quote). */
void ana_quote(struct ctx_buf *out, struct ctx_str text);

/** Append `text` as it comes out of a protocol buffer: what is no UTF-8 becomes U+FFFD. */
void ana_quote_valid(struct ctx_buf *out, struct ctx_str text);

/**
 * Append what BuildKit says when one of some patterns is malformed: `invalid KIND: [a b[]: syntax error in pattern`, as
 * moby/patternmatcher v0.6.1 (New) and its callers word it.
 * @bad  The pattern that is malformed.
 */
void ana_quote_malformed(struct ctx_buf *out, const char *kind, const struct ctx_str *patterns, size_t count,
	struct ctx_str bad);

#endif
