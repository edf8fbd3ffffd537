#include "analyzer/advice/interpolate.h"

#include "ctxopt/base/buf.h"
#include "ctxopt/base/vec.h"

#include <ctype.h>

/** May a name have this byte, as its first or a later one? */
static bool is_name_byte(char c, bool first) {
	return c == '_' || isalpha((unsigned char)c) || (!first && isdigit((unsigned char)c));
}

/** Bytes of the name that a text begins with. */
static size_t name_length(struct ctx_str text) {
	size_t len = 0;
	while (len < text.len && is_name_byte(text.ptr[len], len == 0)) {
		++len;
	}
	return len;
}

size_t ana_interpolation_length(struct ctx_str text) {
	if (text.len < 2 || text.ptr[0] != '$') {
		return 1;
	}
	if (text.ptr[1] != '{') {
		return text.ptr[1] == '$' ? 2 : 1 + name_length(ctx_str_from(text, 1));
	}
	unsigned depth = 0;
	for (size_t i = 1; i < text.len; ++i) {
		depth += text.ptr[i] == '{' && text.ptr[i - 1] == '$';
		if (text.ptr[i] == '}' && --depth == 0) {
			return i + 1;
		}
	}
	return 1;
}

/** What one value is made with. */
struct filler {
	struct ctx_buf *out;
	const struct ana_variables *variables;
	size_t max;
	bool open;
};

/** The value of a variable; absent. */
static struct ctx_str value_of(const struct filler *f, struct ctx_str name) {
	uint32_t at = ctx_strmap_get(&f->variables->names, name.ptr, name.len);
	return at == CTX_STRMAP_NONE ? CTX_STR_NONE : f->variables->values[at];
}

/** Keep something as it is written, because nobody knows what it will be. */
static void keep_open(struct filler *f, struct ctx_str piece) {
	f->open = true;
	ctx_buf_add(f->out, piece.ptr, piece.len);
}

static void fill(struct filler *f, struct ctx_str text, unsigned depth);

/** "${NAME...}", without dollar and braces; `whole` with them. */
static void fill_braces(struct filler *f, struct ctx_str inner, struct ctx_str whole,
	unsigned depth) { // NOLINT(misc-no-recursion)
	size_t len = name_length(inner);
	struct ctx_str value = value_of(f, (struct ctx_str){ inner.ptr, len });
	struct ctx_str rest = ctx_str_from(inner, len);
	bool colon = rest.len > 1 && rest.ptr[0] == ':';
	bool set = value.ptr != NULL && !(colon && value.len == 0);
	char sign = rest.len > colon ? rest.ptr[colon] : '\0';
	if (len == 0 || (rest.len > 0 && sign != '-' && sign != '+' && sign != '?')) {
		keep_open(f, whole);
		return;
	}
	struct ctx_str other = rest.len == 0 ? rest : ctx_str_from(rest, 1u + colon);
	if (sign == '+' && set) {
		fill(f, other, depth + 1);
	} else if (sign != '+' && set) {
		ctx_buf_add(f->out, value.ptr, value.len);
	} else if (sign == '-') {
		fill(f, other, depth + 1);
	} else if (sign != '+') {
		keep_open(f, whole);
	}
}

/** All of a text. */
static void fill(struct filler *f, struct ctx_str text, unsigned depth) { // NOLINT(misc-no-recursion)
	while (text.len > 0) {
		size_t len = ctx_str_find(text, '$');
		ctx_buf_add(f->out, text.ptr, len);
		text = ctx_str_from(text, len);
		if (text.len == 0) {
			break;
		}
		len = ana_interpolation_length(text);
		if (len == 1 && ctx_str_starts(text, "${")) { // nor has any other an end, so nobody looks for it again
			keep_open(f, text);
			break;
		}
		struct ctx_str whole = { text.ptr, len };
		if (len == 1 || depth == ANA_INTERPOLATE_DEPTH_MAX || f->out->len > f->max) {
			keep_open(f, whole);
		} else if (text.ptr[1] == '$') {
			ctx_buf_addc(f->out, '$');
		} else if (text.ptr[1] == '{') {
			fill_braces(f, (struct ctx_str){ text.ptr + 2, len - 3 }, whole, depth);
		} else {
			fill_braces(f, (struct ctx_str){ text.ptr + 1, len - 1 }, whole, depth);
		}
		text = ctx_str_from(text, len);
	}
}

int ana_interpolate(struct ctx_str *out, bool *open, struct ctx_arena *arena, struct ctx_str text,
	struct ana_variables *variables, struct ctx_error *err) {
	ctx_auto_buf struct ctx_buf made = CTX_BUF_INIT;
	*out = text;
	if (ctx_str_find(text, '$') == text.len) {
		return 0;
	}
	if (variables->made > ANA_INTERPOLATE_BYTES_MAX) {
		*open = true;
		return 0;
	}
	struct filler f = { .out = &made, .variables = variables, .max = text.len + ANA_INTERPOLATE_VALUE_MAX };
	fill(&f, text, 0);
	if (made.len > f.max) {
		*open = true;
		return 0;
	}
	char *copy = ctx_buf_ok(&made) ? ctx_arena_memdup0(arena, ctx_buf_str(&made), made.len) : NULL;
	if (copy == NULL) {
		return ctx_fail_nomem(err);
	}
	variables->made += made.len;
	*open = *open || f.open;
	*out = (struct ctx_str){ copy, made.len };
	return 0;
}

/* ---- .env ---- */

/** Without blanks on both sides. */
static struct ctx_str trim(struct ctx_str text) {
	while (text.len > 0 && isspace((unsigned char)text.ptr[0])) {
		text = ctx_str_from(text, 1);
	}
	while (text.len > 0 && isspace((unsigned char)text.ptr[text.len - 1])) {
		--text.len;
	}
	return text;
}

/** Bytes up to the quote that ends a value, which may have line ends; the length if there is none. */
static size_t quoted_length(struct ctx_str text, char quote) {
	size_t i = 0;
	while (i < text.len && text.ptr[i] != quote) {
		i += text.ptr[i] == '\\' && quote == '"' && i + 1 < text.len ? 2 : 1;
	}
	return i;
}

/** A value without quotes: up to a comment. */
static struct ctx_str bare_value(struct ctx_str line) {
	for (size_t i = 1; i < line.len; ++i) {
		if (line.ptr[i] == '#' && isspace((unsigned char)line.ptr[i - 1])) {
			line.len = i;
		}
	}
	return trim(line);
}

/** Escapes of a value in double quotes.  "\$" stays for ana_interpolate() as "$$". */
static struct ctx_str unescape(struct ctx_arena *arena, struct ctx_str text) {
	char *out = ctx_arena_alloc(arena, text.len + 1);
	size_t len = 0;
	for (size_t i = 0; out != NULL && i < text.len; ++i) {
		char c = text.ptr[i];
		if (c == '\\' && i + 1 < text.len) {
			c = text.ptr[++i];
			c = c == 'n' ? '\n' : c == 'r' ? '\r' : c == 't' ? '\t' : c;
			if (c == '$') {
				out[len++] = '$';
			}
		}
		out[len++] = c;
	}
	return (struct ctx_str){ out, out == NULL ? 0 : len };
}

/** Take a value from the front of a text, which begins behind '='. */
static int take_value(struct ctx_str *value, struct ctx_arena *arena, struct ctx_str *text,
	struct ana_variables *variables, struct ctx_error *err) {
	struct ctx_str line = { text->ptr, ctx_str_find(*text, '\n') };
	size_t blanks = 0;
	while (blanks < line.len && (line.ptr[blanks] == ' ' || line.ptr[blanks] == '\t')) {
		++blanks;
	}
	struct ctx_str rest = ctx_str_from(*text, blanks);
	char quote = rest.len > 0 ? rest.ptr[0] : '\0';
	bool quoted = quote == '"' || quote == '\'';
	size_t len = quoted ? quoted_length(ctx_str_from(rest, 1), quote) : 0;
	if (!quoted || len + 1 >= rest.len) {
		*text = ctx_str_from(*text, line.len);
		*value = bare_value(line);
		quote = '\0';
	} else {
		*value = (struct ctx_str){ rest.ptr + 1, len };
		*text = ctx_str_from(rest, len + 2);
		*text = ctx_str_from(*text, ctx_str_find(*text, '\n'));
	}
	if (quote == '"') {
		*value = unescape(arena, *value);
	}
	bool open = false;
	int rc = value->ptr == NULL ? ctx_fail_nomem(err)
		: quote == '\''     ? 0
				    : ana_interpolate(value, &open, arena, *value, variables, err);
	*value = open ? CTX_STR_NONE : *value;
	return rc;
}

/** The values of a table are in the arena, and grow there. */
static int set_value(struct ana_variables *out, struct ctx_arena *arena, struct ctx_str name, struct ctx_str value,
	struct ctx_error *err) {
	uint32_t fresh = (uint32_t)out->names.count;
	uint32_t at = ctx_strmap_put(&out->names, name.ptr, name.len, fresh);
	if (at == CTX_STRMAP_NONE) {
		return ctx_fail_nomem(err);
	}
	if (at == fresh && (fresh & (fresh - 1)) == 0) { // full at each power of two
		struct ctx_str *grown = ctx_arena_calloc(arena, fresh == 0 ? 1 : 2 * (size_t)fresh, sizeof(*grown));
		if (grown == NULL) {
			return ctx_fail_nomem(err);
		}
		if (fresh > 0) {
			memcpy(grown, out->values, fresh * sizeof(*grown));
		}
		out->values = grown;
	}
	out->values[at] = value;
	return 0;
}

int ana_variables_read(struct ana_variables *out, struct ctx_arena *arena, struct ctx_str text, struct ctx_error *err) {
	int rc = 0;
	while (rc == 0 && text.len > 0) {
		size_t end = ctx_str_find(text, '\n');
		struct ctx_str line = trim((struct ctx_str){ text.ptr, end });
		if (ctx_str_starts(line, "export ")) {
			line = trim(ctx_str_from(line, strlen("export ")));
		}
		size_t len = ctx_str_find(line, '=');
		struct ctx_str name = trim((struct ctx_str){ line.ptr, len });
		if (len < line.len && name.len > 0 && name_length(name) == name.len) {
			struct ctx_str value;
			text = ctx_str_from(text, (size_t)(line.ptr - text.ptr) + len + 1);
			rc = take_value(&value, arena, &text, out, err);
			rc = rc == 0 ? set_value(out, arena, name, value, err) : rc;
			end = ctx_str_find(text, '\n');
		}
		text = ctx_str_from(text, end < text.len ? end + 1 : end);
	}
	return rc;
}

void ana_variables_release(struct ana_variables *variables) {
	ctx_strmap_release(&variables->names);
}
