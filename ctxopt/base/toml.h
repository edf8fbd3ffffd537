/**
 * Reader for TOML 1.0 (https://toml.io/en/v1.0.0): a configuration file as a tree that knows where everything stands.
 *
 * Strict: what the specification forbids is an error with its line and column.  Numbers beyond 64 bits are errors, dates and times are
 * checked and kept as text.  Time and memory are linear in the text but for tables with very many keys, which CTX_TOML_BYTES_MAX bounds;
 * recursion is bounded by CTX_TOML_DEPTH_MAX.
 */
#ifndef CTXOPT_BASE_TOML_H
#define CTXOPT_BASE_TOML_H

#include "ctxopt/base/arena.h"
#include "ctxopt/base/error.h"
#include "ctxopt/base/str.h"

/** Largest text; more is CTX_E_LIMIT. */
#define CTX_TOML_BYTES_MAX (64u << 10)
/** Levels of tables and arrays; more is CTX_E_LIMIT. */
#define CTX_TOML_DEPTH_MAX 64

/** Kinds of values. */
enum ctx_toml_kind {
	CTX_TOML_TABLE,
	CTX_TOML_ARRAY,
	CTX_TOML_STRING,
	CTX_TOML_INTEGER,
	CTX_TOML_FLOAT,
	CTX_TOML_BOOLEAN,
	/** Date, time, or both. */
	CTX_TOML_TIME,
};

/** A value, with its key if it is in a table.  Everything belongs to the arena. */
struct ctx_toml {
	enum ctx_toml_kind kind;
	/** Key, decoded and NUL-terminated, may be empty or hold NULs; absent in an array. */
	struct ctx_str key;
	/** 1-based; columns in bytes.  Of a table that has no braces the place of the value is that of its key. */
	uint32_t key_line, key_column, line, column;
	/** String: decoded.  Number, boolean, time: as written, without '_'.  NUL-terminated. */
	struct ctx_str text;
	int64_t integer;
	double real;
	bool truth;
	/** Table, array: the first of `count` members, in the order of the text, linked by `next`. */
	struct ctx_toml *members, *last, *next;
	size_t count;
	/** For the reader alone: a header or [[header]] made it; it was written in one piece; section whose dotted keys made it. */
	bool explicit_nest, frozen;
	uint32_t section;
};

/**
 * Read a text.
 *
 * @root   The outermost table, in `arena`.
 * @return 0; CTX_E_SYNTAX with line, column and a message without them; CTX_E_LIMIT, the same or a text that is too large; CTX_E_NOMEM.
 */
CTX_NODISCARD
int ctx_toml_parse(struct ctx_toml **root, struct ctx_arena *arena, const char *text, size_t len,
	struct ctx_error *err);

/** The member of a table with that key; NULL. */
struct ctx_toml *ctx_toml_get(const struct ctx_toml *table, struct ctx_str key);

/** "string", "integer", ...: for messages.  Static string. */
const char *ctx_toml_kind_name(enum ctx_toml_kind kind);

#endif
