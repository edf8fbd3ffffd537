/**
 * Words of strangers in messages, written as Go writes them.
 */
#ifndef ANALYZER_DOCKERFILE_QUOTE_H
#define ANALYZER_DOCKERFILE_QUOTE_H

#include "ctxopt/base/buf.h"
#include "ctxopt/base/str.h"

/** Append `text` in quotes, as `%q` does (Go 1.26 strconv.Quote). */
void ana_quote(struct ctx_buf *out, struct ctx_str text);

#endif
