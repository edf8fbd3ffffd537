/**
 * Borrowed bytes with a known length: text that lies in somebody else's memory and may hold NULs.
 */
#ifndef CTXOPT_BASE_STR_H
#define CTXOPT_BASE_STR_H

#include <string.h>

/** `len` bytes at `ptr`, not NUL-terminated unless said; {NULL, 0} is "absent", {non-NULL, 0} is empty. */
struct ctx_str {
	const char *ptr;
	size_t len;
};

/** A string literal, or any NUL-terminated text. */
#define CTX_STR(text) ((struct ctx_str){ (text), strlen(text) })
/** Absent. */
#define CTX_STR_NONE ((struct ctx_str){ NULL, 0 })
/** Two arguments for "%.*s".  Cuts at the first NUL and at INT_MAX. */
#define CTX_STR_ARGS(s) (int)((s).len > 0x7fffffff ? 0x7fffffff : (s).len), ((s).ptr == NULL ? "" : (s).ptr)

/** The same bytes? */
static inline bool ctx_str_eq(struct ctx_str a, struct ctx_str b) {
	return a.len == b.len && (a.len == 0 || memcmp(a.ptr, b.ptr, a.len) == 0);
}
/** The same bytes as a NUL-terminated text? */
static inline bool ctx_str_is(struct ctx_str a, const char *text) {
	return ctx_str_eq(a, CTX_STR(text));
}
/** The part from byte `from` on. */
static inline struct ctx_str ctx_str_from(struct ctx_str a, size_t from) {
	return (struct ctx_str){ a.ptr + from, a.len - from };
}
/** Does it begin with `prefix`? */
static inline bool ctx_str_starts(struct ctx_str a, const char *prefix) {
	size_t len = strlen(prefix);
	return a.len >= len && memcmp(a.ptr, prefix, len) == 0;
}

#endif
