#include "analyzer/dockerfile/csv.h"

/** Where the reader is. */
struct reader {
	struct ctx_str whole;
	/** Next byte. */
	size_t at;
	struct ctx_arena *arena;
	struct ctx_error *err;
};

/** Fail at byte `at` of the value. */
static int fail_at(const struct reader *r, size_t at, const char *why) {
	return ctx_fail(r->err, CTX_E_SYNTAX, "parse error on line 1, column %zu: %s", at + 1, why);
}

/** One line feed at the end does not count. */
static struct ctx_str cut_line_end(struct ctx_str value) {
	if (value.len > 0 && value.ptr[value.len - 1] == '\n') {
		value.len -= value.len > 1 && value.ptr[value.len - 2] == '\r' ? 2 : 1;
	}
	return value;
}

/** A field without quotes: up to the next comma, which stays. */
static int read_plain(struct reader *r, struct ctx_str *field) {
	struct ctx_str rest = ctx_str_from(r->whole, r->at);
	const char *comma = memchr(rest.ptr, ',', rest.len);
	if (comma != NULL) {
		rest.len = (size_t)(comma - rest.ptr);
	}
	const char *quote = memchr(rest.ptr, '"', rest.len);
	if (quote != NULL) {
		return fail_at(r, (size_t)(quote - r->whole.ptr), "bare \" in non-quoted-field");
	}
	*field = rest;
	r->at += rest.len;
	return 0;
}

/** Copy a field and make one quote of two. */
static int unescape(struct reader *r, struct ctx_str *field) {
	char *out = ctx_arena_alloc(r->arena, field->len);
	if (out == NULL) {
		return ctx_fail_nomem(r->err);
	}
	size_t len = 0;
	for (size_t i = 0; i < field->len; ++i) {
		i += field->ptr[i] == '"';
		out[len++] = field->ptr[i];
	}
	*field = (struct ctx_str){ out, len };
	return 0;
}

/** A field in quotes, of which the first one is next: up to the comma behind it, which stays. */
static int read_quoted(struct reader *r, struct ctx_str *field) {
	struct ctx_str whole = r->whole;
	size_t start = ++r->at;
	bool doubled = false;
	for (;;) {
		const char *quote = memchr(whole.ptr + r->at, '"', whole.len - r->at);
		if (quote == NULL) {
			return fail_at(r, r->at, "extraneous or missing \" in quoted-field");
		}
		r->at = (size_t)(quote - whole.ptr) + 1;
		if (r->at == whole.len || whole.ptr[r->at] == ',') {
			break;
		}
		if (whole.ptr[r->at] != '"') {
			return fail_at(r, r->at - 1, "extraneous or missing \" in quoted-field");
		}
		doubled = true;
		++r->at;
	}
	*field = (struct ctx_str){ whole.ptr + start, r->at - 1 - start };
	return doubled ? unescape(r, field) : 0;
}

int ana_csv_fields(struct ana_words *fields, struct ctx_str value, struct ctx_arena *arena, struct ctx_error *err) {
	struct reader r = { .whole = cut_line_end(value), .arena = arena, .err = err };
	if (r.whole.len == 0) {
		return ctx_fail(err, CTX_E_SYNTAX, "EOF");
	}
	for (;;) {
		struct ctx_str field;
		bool quoted = r.at < r.whole.len && r.whole.ptr[r.at] == '"';
		int rc = quoted ? read_quoted(&r, &field) : read_plain(&r, &field);
		if (rc < 0) {
			return rc;
		}
		if (!CTX_VEC_PUSH(&fields->items, field)) {
			return ctx_fail_nomem(err);
		}
		if (r.at == r.whole.len) {
			return 0;
		}
		++r.at; // the comma
	}
}
