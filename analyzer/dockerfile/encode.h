/**
 * Texts that digests are made of: every field is delimited, so that no two lists of fields look alike.
 *
 * Numbers are in the byte order of the machine: what is made of them does not leave it.
 */
#ifndef ANALYZER_DOCKERFILE_ENCODE_H
#define ANALYZER_DOCKERFILE_ENCODE_H

#include "analyzer/dockerfile/platform.h"
#include "ctxopt/base/buf.h"
#include "ctxopt/base/str.h"

/** Append a number. */
static inline void ana_put_number(struct ctx_buf *out, uint64_t value) {
	ctx_buf_add(out, &value, sizeof(value));
}
/** Append a text. */
static inline void ana_put_str(struct ctx_buf *out, struct ctx_str text) {
	ana_put_number(out, text.len);
	ctx_buf_add(out, text.len > 0 ? text.ptr : "", text.len);
}
/** Append a list of texts. */
static inline void ana_put_list(struct ctx_buf *out, const struct ctx_str *list, uint32_t count) {
	ana_put_number(out, count);
	for (uint32_t i = 0; i < count; ++i) {
		ana_put_str(out, list[i]);
	}
}
/** Append a platform. */
static inline void ana_put_platform(struct ctx_buf *out, const struct ana_platform *p) {
	ana_put_str(out, p->os);
	ana_put_str(out, p->os_version);
	ana_put_str(out, p->arch);
	ana_put_str(out, p->variant);
}

#endif
