/**
 * Durations and numbers as Go reads them: "1m30s", ".5h", "3".
 *
 * Source: Go 1.26 time/format.go (ParseDuration), strconv/number.go (ParseInt).  Same results, same rejections and the same
 * words.
 */
#ifndef ANALYZER_DOCKERFILE_DURATION_H
#define ANALYZER_DOCKERFILE_DURATION_H

#include "ctxopt/base/error.h"
#include "ctxopt/base/str.h"

/**
 * Parse a duration.
 * @return 0; CTX_E_SYNTAX with Go's message; CTX_E_NOMEM.
 */
CTX_NODISCARD
int ana_duration_parse(int64_t *ns, struct ctx_str text, struct ctx_error *err);

/**
 * Parse a decimal number of 32 bits.
 * @return 0; CTX_E_SYNTAX with Go's message; CTX_E_NOMEM.
 */
CTX_NODISCARD
int ana_int32_parse(int32_t *value, struct ctx_str text, struct ctx_error *err);

#endif
