/**
 * What the two halves of the reader share: toml.c has lines, keys and tables, toml_scalar.c the values that hold no others.
 */
#ifndef CTXOPT_BASE_TOML_INTERNAL_H
#define CTXOPT_BASE_TOML_INTERNAL_H

#include "ctxopt/base/buf.h"
#include "ctxopt/base/toml.h"

/** One run of the reader. */
struct ctx_toml_reader {
	const char *text, *at, *end;
	struct ctx_arena *arena;
	struct ctx_error *err;
	/** Where the last place was asked for: byte, its line, and the start of that line. */
	const char *seen, *line_start;
	unsigned line;
	/** Number of the header that we are below. */
	uint32_t section;
	/** What is being decoded. */
	struct ctx_buf buf;
};

/** Fail at a byte: puts its line and column into the error. */
CTX_PRINTF(4, 5)
int ctx_toml_fail(struct ctx_toml_reader *r, enum ctx_errc code, const char *at, const char *fmt, ...);
/** Fail because of what stands here. */
#define CTX_TOML_FAIL(r, ...) ctx_toml_fail((r), CTX_E_SYNTAX, (r)->at, __VA_ARGS__)

/** The byte `ahead` of here; NUL at the end, which no text may hold. */
static inline char ctx_toml_peek(const struct ctx_toml_reader *r, size_t ahead) {
	return (size_t)(r->end - r->at) > ahead ? r->at[ahead] : '\0';
}
/** A byte that no string and no comment may hold? */
static inline bool ctx_toml_is_control(char c) {
	return ((unsigned char)c < 0x20 && c != '\t') || c == 0x7F;
}

/** Go past a text if it stands here. */
bool ctx_toml_take(struct ctx_toml_reader *r, const char *text);
/** Go past blanks. */
void ctx_toml_skip_blanks(struct ctx_toml_reader *r);
/** Go past a line end: LF or CRLF. */
bool ctx_toml_take_newline(struct ctx_toml_reader *r);
/** Copy bytes to the arena.  CTX_E_NOMEM. */
CTX_NODISCARD
int ctx_toml_keep(struct ctx_toml_reader *r, struct ctx_str *out, const char *data, size_t len);

/** Read a string of any kind; `key`: it may not have several lines.  Errors as ctx_toml_parse(). */
CTX_NODISCARD
int ctx_toml_read_string(struct ctx_toml_reader *r, struct ctx_str *out, bool key);
/** Read anything that is no string, array or table.  Errors as ctx_toml_parse(). */
CTX_NODISCARD
int ctx_toml_read_scalar(struct ctx_toml_reader *r, struct ctx_toml *value);

#endif
