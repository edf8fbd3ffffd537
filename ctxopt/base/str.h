/**
 * Borrowed bytes with a known length: text that lies in somebody else's memory and may hold NULs.
 */
#ifndef CTXOPT_BASE_STR_H
#define CTXOPT_BASE_STR_H

#include <string.h>
#include <strings.h>

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
	return (struct ctx_str){ from > 0 ? a.ptr + from : a.ptr, a.len - from }; // NULL + 0 has no meaning in C
}
/** The same but for the case of ASCII letters? */
static inline bool ctx_str_same(struct ctx_str a, struct ctx_str b) {
	return a.len == b.len && (a.len == 0 || strncasecmp(a.ptr, b.ptr, a.len) == 0);
}
/** Does it begin with `prefix`? */
static inline bool ctx_str_starts(struct ctx_str a, const char *prefix) {
	size_t len = strlen(prefix);
	return a.len >= len && memcmp(a.ptr, prefix, len) == 0;
}
/** Does it end with `suffix`? */
static inline bool ctx_str_ends(struct ctx_str a, const char *suffix) {
	size_t len = strlen(suffix);
	return a.len >= len && memcmp(a.ptr + a.len - len, suffix, len) == 0;
}
/** Position of the first such byte; the length if it does not occur. */
static inline size_t ctx_str_find(struct ctx_str a, char c) {
	const char *at = a.len == 0 ? NULL : memchr(a.ptr, c, a.len);
	return at == NULL ? a.len : (size_t)(at - a.ptr);
}
/** Position of the last such byte; the length if it does not occur. */
static inline size_t ctx_str_find_last(struct ctx_str a, char c) {
	const char *at = a.len == 0 ? NULL : memrchr(a.ptr, c, a.len);
	return at == NULL ? a.len : (size_t)(at - a.ptr);
}
/** Is it a word of a list that has a blank before and behind each: " a b "? */
static inline bool ctx_str_is_listed(struct ctx_str word, const char *list) {
	const char *end = list + strlen(list), *at = list;
	// Lists are short, and so are words: memmem() would spend more on getting ready
	while (word.len > 0 && (at = memchr(at, word.ptr[0], (size_t)(end - at))) != NULL) {
		if (at > list && at[-1] == ' ' && (size_t)(end - at) > word.len && at[word.len] == ' ' &&
			memcmp(at, word.ptr, word.len) == 0) {
			return true;
		}
		++at;
	}
	return false;
}
/** Bytewise order. */
static inline int ctx_str_cmp(struct ctx_str a, struct ctx_str b) {
	size_t len = a.len < b.len ? a.len : b.len;
	int order = len > 0 ? memcmp(a.ptr, b.ptr, len) : 0;
	return order != 0 ? order : (a.len > b.len) - (a.len < b.len);
}

/** Value of a hexadecimal digit, -1 if it is none. */
static inline int ctx_hex_value(char c) {
	if (c >= '0' && c <= '9') {
		return c - '0';
	}
	if (c >= 'a' && c <= 'f') {
		return c - 'a' + 10;
	}
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

#endif
