/*
 * One pass over the bytes, one function for each rule of the grammar.
 *
 * Which tables may be defined or extended where follows three facts about a table, kept in its node: a header named it (then no other
 * header may, and no dotted key may go through it), dotted keys of a section made it (then the same holds after that section), or it
 * was written in one piece, as arrays are (then nothing may be added).
 */
#include "ctxopt/base/toml_internal.h"

#include "ctxopt/base/utf8.h"

#include <ctype.h>
#include <stdio.h>

/** One part of a dotted key. */
struct part {
	struct ctx_str name;
	const char *at;
};

/** Parts of a dotted key. */
struct parts {
	struct part items[CTX_TOML_DEPTH_MAX];
	size_t count;
};

const char *ctx_toml_kind_name(enum ctx_toml_kind kind) {
	static const char *const names[] = { "table", "array", "string", "integer", "float", "boolean",
		"date or time" };
	return names[kind];
}

/** Line and column of a byte; cheap if places are asked for in order. */
static void place_of(struct ctx_toml_reader *r, const char *at, uint32_t *line, uint32_t *column) {
	if (at < r->seen) {
		r->seen = r->line_start = r->text;
		r->line = 1;
	}
	for (; r->seen < at; ++r->seen) {
		if (*r->seen == '\n') {
			++r->line;
			r->line_start = r->seen + 1;
		}
	}
	*line = r->line;
	*column = (uint32_t)(at - r->line_start) + 1;
}

int ctx_toml_fail(struct ctx_toml_reader *r, enum ctx_errc code, const char *at, const char *fmt, ...) {
	char message[200];
	uint32_t line, column;
	va_list args;
	va_start(args, fmt);
	vsnprintf(message, sizeof(message), fmt, args);
	va_end(args);
	place_of(r, at, &line, &column);
	if (r->err != NULL) {
		ctx_fail(r->err, code, "%s", message);
		r->err->line = line;
		r->err->column = column;
	}
	return code;
}

bool ctx_toml_take(struct ctx_toml_reader *r, const char *text) {
	size_t len = strlen(text);
	bool here = (size_t)(r->end - r->at) >= len && memcmp(r->at, text, len) == 0;
	r->at += here ? len : 0;
	return here;
}

void ctx_toml_skip_blanks(struct ctx_toml_reader *r) {
	while (ctx_toml_peek(r, 0) == ' ' || ctx_toml_peek(r, 0) == '\t') {
		++r->at;
	}
}

bool ctx_toml_take_newline(struct ctx_toml_reader *r) {
	return ctx_toml_take(r, "\n") || ctx_toml_take(r, "\r\n");
}

/** Go past a comment, up to its line end. */
static int skip_comment(struct ctx_toml_reader *r) {
	if (ctx_toml_peek(r, 0) != '#') {
		return 0;
	}
	for (; r->at < r->end && *r->at != '\n' && !(*r->at == '\r' && ctx_toml_peek(r, 1) == '\n'); ++r->at) {
		if (ctx_toml_is_control(*r->at)) {
			return CTX_TOML_FAIL(r, "control byte 0x%02X in a comment", (unsigned char)*r->at);
		}
	}
	return 0;
}

/** Go past blanks, comments and line ends. */
static int skip_space(struct ctx_toml_reader *r) {
	int rc;
	do {
		ctx_toml_skip_blanks(r);
		rc = skip_comment(r);
	} while (rc == 0 && ctx_toml_take_newline(r));
	return rc;
}

int ctx_toml_keep(struct ctx_toml_reader *r, struct ctx_str *out, const char *data, size_t len) {
	char *copy = ctx_arena_memdup0(r->arena, data, len);
	*out = (struct ctx_str){ copy, len };
	return copy != NULL ? 0 : ctx_fail_nomem(r->err);
}

/* ---- Tables ---- */

struct ctx_toml *ctx_toml_get(const struct ctx_toml *table, struct ctx_str key) {
	struct ctx_toml *member = table->kind == CTX_TOML_TABLE ? table->members : NULL;
	while (member != NULL && !ctx_str_eq(member->key, key)) {
		member = member->next;
	}
	return member;
}

/** Append a new table, without key, to a table or array; NULL when out of memory. */
static struct ctx_toml *append(struct ctx_toml_reader *r, struct ctx_toml *to, const char *at) {
	struct ctx_toml *value = ctx_arena_calloc(r->arena, 1, sizeof(*value));
	if (value == NULL) {
		ctx_fail_nomem(r->err);
		return NULL;
	}
	place_of(r, at, &value->line, &value->column);
	value->key_line = value->line;
	value->key_column = value->column;
	*(to->last == NULL ? &to->members : &to->last->next) = value;
	to->last = value;
	++to->count;
	return value;
}

/** Append a new table under a key. */
static struct ctx_toml *append_key(struct ctx_toml_reader *r, struct ctx_toml *table, const struct part *part) {
	struct ctx_toml *value = append(r, table, part->at);
	if (value != NULL) {
		value->key = part->name;
	}
	return value;
}

/** Fail because of a key that is there already. */
static int fail_taken(struct ctx_toml_reader *r, const struct part *part, const struct ctx_toml *old) {
	int len = part->name.len > 40 ? 40 : (int)part->name.len;
	return ctx_toml_fail(r, CTX_E_SYNTAX, part->at, "'%.*s' was defined in line %u", len, part->name.ptr,
		old->key_line);
}

/** Was the table made by dotted keys of a section that ended, or by a header? */
static bool is_closed(const struct ctx_toml_reader *r, const struct ctx_toml *table) {
	return table->explicit_nest || (table->section != 0 && table->section != r->section);
}

/**
 * Go from a table to the one that all parts but the last name, and make what is missing.
 * @dotted  The parts are those of a dotted key, not of a header.
 */
static int descend(struct ctx_toml_reader *r, struct ctx_toml **table, const struct parts *parts, bool dotted) {
	for (size_t i = 0; i + 1 < parts->count; ++i) {
		const struct part *part = &parts->items[i];
		struct ctx_toml *next = ctx_toml_get(*table, part->name), *old = next;
		if (next == NULL) {
			next = append_key(r, *table, part);
		} else if (next->frozen || (dotted && is_closed(r, next))) {
			return fail_taken(r, part, old);
		}
		if (next == NULL) {
			return CTX_E_NOMEM;
		}
		if (dotted) {
			next->section = r->section;
		}
		next = next->kind == CTX_TOML_ARRAY ? next->last : next;
		if (next->kind != CTX_TOML_TABLE) {
			return fail_taken(r, part, old);
		}
		*table = next;
	}
	return 0;
}

/** A key, which may have dots. */
static int read_key(struct ctx_toml_reader *r, struct parts *parts) {
	parts->count = 0;
	do {
		ctx_toml_skip_blanks(r);
		if (parts->count == CTX_COUNTOF(parts->items)) {
			return ctx_toml_fail(r, CTX_E_LIMIT, r->at, "more than %d levels", CTX_TOML_DEPTH_MAX);
		}
		struct part *part = &parts->items[parts->count++];
		part->at = r->at;
		int rc;
		if (ctx_toml_peek(r, 0) == '"' || ctx_toml_peek(r, 0) == '\'') {
			rc = ctx_toml_read_string(r, &part->name, true);
		} else {
			while (isalnum((unsigned char)ctx_toml_peek(r, 0)) || ctx_toml_peek(r, 0) == '-' ||
				ctx_toml_peek(r, 0) == '_') {
				++r->at;
			}
			size_t len = (size_t)(r->at - part->at);
			rc = len > 0
				? ctx_toml_keep(r, &part->name, part->at, len)
				: CTX_TOML_FAIL(r, "expected a key: letters, digits, '-' and '_', or a text in quotes");
		}
		if (rc < 0) {
			return rc;
		}
		ctx_toml_skip_blanks(r);
	} while (ctx_toml_take(r, "."));
	return 0;
}

static int read_value(struct ctx_toml_reader *r, struct ctx_toml *value, unsigned depth);

/** KEY = VALUE into a table. */
static int read_pair(struct ctx_toml_reader *r, struct ctx_toml *table, unsigned depth) {
	struct parts parts;
	int rc = read_key(r, &parts);
	if (rc == 0 && !ctx_toml_take(r, "=")) {
		rc = CTX_TOML_FAIL(r, "expected '=' behind the key");
	}
	if (rc < 0) {
		return rc;
	}
	ctx_toml_skip_blanks(r);
	rc = descend(r, &table, &parts, true);
	const struct part *last = &parts.items[parts.count - 1];
	const struct ctx_toml *old = ctx_toml_get(table, last->name);
	if (rc < 0 || old != NULL) {
		return rc < 0 ? rc : fail_taken(r, last, old);
	}
	struct ctx_toml *value = append_key(r, table, last);
	if (value == NULL) {
		return CTX_E_NOMEM;
	}
	return read_value(r, value, depth + (unsigned)parts.count);
}

/** [VALUE, ...] */
static int read_array(struct ctx_toml_reader *r, struct ctx_toml *array, unsigned depth) {
	const char *start = r->at++;
	array->kind = CTX_TOML_ARRAY;
	array->frozen = true;
	for (;;) {
		int rc = skip_space(r);
		if (rc < 0 || ctx_toml_take(r, "]")) {
			return rc;
		}
		if (r->at == r->end) {
			return ctx_toml_fail(r, CTX_E_SYNTAX, start, "an array that has no end");
		}
		struct ctx_toml *item = append(r, array, r->at);
		rc = item != NULL ? read_value(r, item, depth + 1) : CTX_E_NOMEM;
		rc = rc < 0 ? rc : skip_space(r);
		if (rc == 0 && !ctx_toml_take(r, ",") && ctx_toml_peek(r, 0) != ']') {
			rc = r->at == r->end ? ctx_toml_fail(r, CTX_E_SYNTAX, start, "an array that has no end")
					     : CTX_TOML_FAIL(r, "expected ',' or ']'");
		}
		if (rc < 0) {
			return rc;
		}
	}
}

/** { KEY = VALUE, ... } */
static int read_inline(struct ctx_toml_reader *r, struct ctx_toml *table, unsigned depth) {
	++r->at;
	ctx_toml_skip_blanks(r);
	bool more = !ctx_toml_take(r, "}");
	while (more) {
		int rc = read_pair(r, table, depth);
		if (rc < 0) {
			return rc;
		}
		ctx_toml_skip_blanks(r);
		more = ctx_toml_take(r, ",");
		if (!more && !ctx_toml_take(r, "}")) {
			return CTX_TOML_FAIL(r, "expected ',' or '}' in the same line");
		}
		ctx_toml_skip_blanks(r);
	}
	table->frozen = true;
	return 0;
}

/** Any value, here. */
static int read_value(struct ctx_toml_reader *r, struct ctx_toml *value, unsigned depth) {
	place_of(r, r->at, &value->line, &value->column);
	if (depth > CTX_TOML_DEPTH_MAX) {
		return ctx_toml_fail(r, CTX_E_LIMIT, r->at, "more than %d levels", CTX_TOML_DEPTH_MAX);
	}
	switch (ctx_toml_peek(r, 0)) {
	case '"':
	case '\'':
		value->kind = CTX_TOML_STRING;
		return ctx_toml_read_string(r, &value->text, false);
	case '[':
		return read_array(r, value, depth);
	case '{':
		return read_inline(r, value, depth);
	default:
		return ctx_toml_read_scalar(r, value);
	}
}

/** Open the table that a header names: [A.B], or a new one of the array [[A.B]]. */
static int open_table(struct ctx_toml_reader *r, struct ctx_toml **table, const struct parts *parts, bool array) {
	int rc = descend(r, table, parts, false);
	if (rc < 0) {
		return rc;
	}
	const struct part *last = &parts->items[parts->count - 1];
	struct ctx_toml *old = ctx_toml_get(*table, last->name), *value = old;
	bool clash = old != NULL &&
		(array ? old->kind != CTX_TOML_ARRAY : old->kind != CTX_TOML_TABLE || is_closed(r, old));
	if (clash || (old != NULL && old->frozen)) {
		return fail_taken(r, last, old);
	}
	value = old != NULL ? old : append_key(r, *table, last);
	if (value == NULL) {
		return CTX_E_NOMEM;
	}
	value->explicit_nest = true;
	if (array) {
		value->kind = CTX_TOML_ARRAY;
		value = append(r, value, last->at);
	}
	*table = value;
	return value != NULL ? 0 : CTX_E_NOMEM;
}

/** A header: [A.B] or [[A.B]]. */
static int read_header(struct ctx_toml_reader *r, struct ctx_toml *root, struct ctx_toml **table) {
	bool array = ctx_toml_take(r, "[[");
	struct parts parts;
	r->at += !array;
	++r->section;
	int rc = read_key(r, &parts);
	if (rc == 0 && !ctx_toml_take(r, array ? "]]" : "]")) {
		rc = CTX_TOML_FAIL(r, "expected '%s' behind the name of a table", array ? "]]" : "]");
	}
	*table = root;
	return rc < 0 ? rc : open_table(r, table, &parts, array);
}

/** All lines. */
static int read_lines(struct ctx_toml_reader *r, struct ctx_toml *root) {
	struct ctx_toml *table = root;
	for (;;) {
		int rc = skip_space(r);
		if (rc < 0 || r->at == r->end) {
			return rc;
		}
		rc = ctx_toml_peek(r, 0) == '[' ? read_header(r, root, &table) : read_pair(r, table, 0);
		ctx_toml_skip_blanks(r);
		rc = rc < 0 ? rc : skip_comment(r);
		if (rc == 0 && r->at < r->end && !ctx_toml_take_newline(r)) {
			rc = CTX_TOML_FAIL(r, "expected the end of the line");
		}
		if (rc < 0) {
			return rc;
		}
	}
}

/** Is every byte part of valid UTF-8? */
static int check_utf8(struct ctx_toml_reader *r) {
	uint32_t code;
	for (const char *at = r->text; at < r->end;) {
		size_t width = ctx_utf8_decode(at, (size_t)(r->end - at), &code);
		if (code == CTX_UTF8_BAD) {
			return ctx_toml_fail(r, CTX_E_SYNTAX, at, "byte 0x%02X is not UTF-8", (unsigned char)*at);
		}
		at += width;
	}
	return 0;
}

int ctx_toml_parse(struct ctx_toml **root, struct ctx_arena *arena, const char *text, size_t len,
	struct ctx_error *err) {
	struct ctx_toml_reader r = { text, text, text + len, arena, err, text, text, 1, 1, CTX_BUF_INIT };
	if (len > CTX_TOML_BYTES_MAX) {
		return ctx_toml_fail(&r, CTX_E_LIMIT, text, "larger than %u bytes", CTX_TOML_BYTES_MAX);
	}
	*root = ctx_arena_calloc(arena, 1, sizeof(**root));
	int rc = *root != NULL ? check_utf8(&r) : ctx_fail_nomem(err);
	rc = rc < 0 ? rc : read_lines(&r, *root);
	ctx_buf_release(&r.buf);
	return rc;
}
