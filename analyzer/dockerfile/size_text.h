/**
 * "1.5 GiB" to bytes, and small unsigned numbers.
 *
 * Source: docker/go-units size.go (RAMInBytes) as vendored by moby/buildkit v0.32.2; Go 1.26 strconv (ParseFloat, ParseUint).
 */
#ifndef ANALYZER_DOCKERFILE_SIZE_TEXT_H
#define ANALYZER_DOCKERFILE_SIZE_TEXT_H

#include "ctxopt/base/str.h"

/** Bytes of "64m", "1.5 GiB"; what does not fit becomes INT64_MIN, as on amd64.  0; CTX_E_SYNTAX; CTX_E_NOMEM. */
CTX_NODISCARD
int ana_size_parse(int64_t *bytes, struct ctx_str text);

/** An unsigned number of 32 bits in base 8 or 10: digits and nothing else. */
bool ana_uint_parse(int64_t *value, struct ctx_str text, unsigned base);

#endif
