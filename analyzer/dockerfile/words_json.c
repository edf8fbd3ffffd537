/*
 * JSON as Go's encoding/json reads it into []any and map[string]any.
 *
 * One loop with a bit per open bracket instead of recursion.  What stands directly in the outermost bracket is noted while
 * the text is checked, and decoded only if the text is good to its end.
 */
#include "analyzer/dockerfile/words.h"

#include "ctxopt/base/rune.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/** Deepest nesting that Go takes (maxNestingDepth in encoding/json/scanner.go); more is no JSON. */
#define DEPTH_MAX 10000

/** A text that is being checked. */
struct json {
	const char *at, *end;
	/** Open brackets; bit set: it is a brace. */
	size_t depth;
	uint8_t braces[DEPTH_MAX / 8 + 1];
	/** A number is beyond float64: Go reads on and fails in the end. */
	bool overflow;
	/** Outermost bracket is '[': its strings go to `members`, the first other member to `*other`. */
	struct ana_words *members;
	struct ctx_str *other;
	/** Outermost bracket is '{': the last string that belongs to the key `name`; absent if there is none. */
	struct ctx_str name;
	struct ctx_str value;
	/** The key of the member that follows, still escaped. */
	struct ctx_str key;
	struct ctx_arena *arena;
};

/** Skip JSON's white space. */
static void skip_space(struct json *j) {
	while (j->at < j->end && (*j->at == ' ' || *j->at == '\n' || *j->at == '\t' || *j->at == '\r')) {
		++j->at;
	}
}

/** Take the byte `c` if it is next. */
static bool take(struct json *j, char c) {
	bool is = j->at < j->end && *j->at == c;
	j->at += is;
	return is;
}

/** Code of "\uXXXX" at `at`; -1 if that does not stand there. */
static int32_t unicode_escape(const char *at, const char *end) {
	if (end - at < 6 || at[0] != '\\' || at[1] != 'u') {
		return -1;
	}
	int32_t code = 0;
	for (int i = 2; i < 6; ++i) {
		int digit = ctx_hex_value(at[i]);
		if (digit < 0) {
			return -1;
		}
		code = code * 16 + digit;
	}
	return code;
}

/** Take a string; `*inside`: what is between the quotes. */
static bool take_string(struct json *j, struct ctx_str *inside) {
	if (!take(j, '"')) {
		return false;
	}
	const char *start = j->at;
	while (j->at < j->end) {
		char c = *j->at;
		if (c == '"') {
			*inside = (struct ctx_str){ start, (size_t)(j->at - start) };
			++j->at;
			return true;
		}
		if ((unsigned char)c < 0x20) {
			return false;
		}
		if (c == '\\' && unicode_escape(j->at, j->end) < 0 &&
			(++j->at == j->end || *j->at == '\0' || strchr("\"\\/bfnrt", *j->at) == NULL)) {
			return false;
		}
		++j->at;
	}
	return false;
}

/** Take one or more digits. */
static bool take_digits(struct json *j) {
	const char *start = j->at;
	while (j->at < j->end && *j->at >= '0' && *j->at <= '9') {
		++j->at;
	}
	return j->at > start;
}

/** Take a number. */
static bool take_number(struct json *j) {
	const char *start = j->at;
	take(j, '-');
	if (!take(j, '0') && !take_digits(j)) {
		return false;
	}
	size_t digits = (size_t)(j->at - start);
	bool exponent = false;
	if (take(j, '.') && !take_digits(j)) {
		return false;
	}
	if (j->at < j->end && (*j->at == 'e' || *j->at == 'E')) {
		exponent = true;
		++j->at;
		if (!take(j, '+')) {
			take(j, '-');
		}
		if (!take_digits(j)) {
			return false;
		}
	}
	if (j->at == j->end) {
		return false; // at the end there is always a bracket missing; it also stops strtod()
	}
	if (exponent || digits > 308) {
		j->overflow = j->overflow || isinf(strtod(start, NULL));
	}
	return true;
}

/** Take null, true or false. */
static bool take_word(struct json *j) {
	static const char *const words[] = { "null", "true", "false" };
	struct ctx_str rest = { j->at, (size_t)(j->end - j->at) };
	for (size_t i = 0; i < CTX_COUNTOF(words); ++i) {
		if (ctx_str_starts(rest, words[i])) {
			j->at += strlen(words[i]);
			return true;
		}
	}
	return false;
}

/** Decode what stands between the quotes of a string that was checked: Go's unquoteBytes(). */
static int decode(struct ctx_str *string, struct ctx_arena *arena) {
	size_t plain = 0;
	while (plain < string->len && string->ptr[plain] != '\\' && (unsigned char)string->ptr[plain] < 0x80) {
		++plain;
	}
	if (plain == string->len) {
		return 0;
	}
	char *out = string->len > SIZE_MAX / 3 ? NULL : ctx_arena_alloc(arena, string->len * 3);
	if (out == NULL) {
		return CTX_E_NOMEM;
	}
	const char *at = string->ptr, *end = string->ptr + string->len;
	size_t len = 0, width;
	while (at < end) {
		int32_t code = unicode_escape(at, end);
		if (code >= 0) {
			at += 6;
			int32_t low = unicode_escape(at, end);
			if (code >= 0xD800 && code < 0xDC00 && low >= 0xDC00 && low < 0xE000) {
				at += 6;
				code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00);
			}
			len += ctx_rune_encode(out + len, (uint32_t)code); // a lone surrogate becomes U+FFFD
		} else if (*at == '\\') {
			static const char from[] = "bfnrt", to[] = "\b\f\n\r\t";
			const char *found = strchr(from, at[1]);
			out[len++] = found != NULL ? to[found - from] : at[1];
			at += 2;
		} else {
			len += ctx_rune_encode(out + len, ctx_rune_decode(at, (size_t)(end - at), &width));
			at += width;
		}
	}
	*string = (struct ctx_str){ out, len };
	return 0;
}

/** Is the innermost open bracket a brace? */
static bool in_brace(const struct json *j) {
	return (j->braces[(j->depth - 1) / 8] >> (j->depth - 1) % 8 & 1) != 0;
}

/** Note a member of the outermost bracket. */
static int note_member(struct json *j, struct ctx_str text, bool string) {
	if (!in_brace(j)) {
		if (string) {
			return CTX_VEC_PUSH(&j->members->items, text) ? 0 : CTX_E_NOMEM;
		}
		if (j->other->ptr == NULL) {
			*j->other = text;
		}
		return 0;
	}
	if (decode(&j->key, j->arena) < 0) {
		return CTX_E_NOMEM;
	}
	if (ctx_str_eq(j->key, j->name)) {
		j->value = string ? text : CTX_STR_NONE;
	}
	return 0;
}

/** Open a bracket; false if it would be too deep. */
static bool open_bracket(struct json *j, bool brace) {
	if (j->depth == DEPTH_MAX) {
		return false;
	}
	uint8_t bit = (uint8_t)(1u << j->depth % 8);
	uint8_t *byte = &j->braces[j->depth++ / 8];
	*byte = (uint8_t)(brace ? *byte | bit : *byte & ~bit);
	return true;
}

/** What check() looks for next. */
enum expect { EXPECT_VALUE, EXPECT_KEY, EXPECT_NEXT };

/** Take the start of a value, or all of one that has no brackets.  1, and what comes then; 0 if there is none. */
static int take_value(struct json *j, enum expect *expect) {
	struct ctx_str text = { j->at, 1 };
	size_t depth = j->depth;
	char c = j->at < j->end ? *j->at : '\0';
	*expect = EXPECT_NEXT;
	if (c == '[' || c == '{') {
		++j->at;
		if (!open_bracket(j, c == '{')) {
			return 0;
		}
		skip_space(j);
		if (take(j, c == '{' ? '}' : ']')) {
			--j->depth;
		} else {
			*expect = c == '{' ? EXPECT_KEY : EXPECT_VALUE;
		}
	} else if (c == '"') {
		if (!take_string(j, &text)) {
			return 0;
		}
	} else if (c == '-' || (c >= '0' && c <= '9')) {
		if (!take_number(j)) {
			return 0;
		}
	} else if (!take_word(j)) {
		return 0;
	}
	if (depth != 1) {
		return 1;
	}
	if (c != '"' && *expect == EXPECT_NEXT) {
		text.len = (size_t)(j->at - text.ptr);
	}
	// note_member() asks about the outermost bracket, not about the one that was just opened
	size_t inner = j->depth;
	j->depth = 1;
	int rc = note_member(j, text, c == '"');
	j->depth = inner;
	return rc < 0 ? rc : 1;
}

/** Take a key and its colon. */
static bool take_key(struct json *j) {
	struct ctx_str key;
	if (!take_string(j, &key)) {
		return false;
	}
	if (j->depth == 1) {
		j->key = key;
	}
	skip_space(j);
	return take(j, ':');
}

/** Is all of the text one JSON value, which begins with a bracket?  1 or 0; CTX_E_NOMEM. */
static int check(struct json *j) {
	enum expect expect = EXPECT_VALUE;
	do {
		skip_space(j);
		if (expect == EXPECT_VALUE) {
			int rc = take_value(j, &expect);
			if (rc <= 0) {
				return rc;
			}
		} else if (expect == EXPECT_KEY) {
			if (!take_key(j)) {
				return 0;
			}
			expect = EXPECT_VALUE;
		} else if (take(j, ',')) {
			expect = in_brace(j) ? EXPECT_KEY : EXPECT_VALUE;
		} else if (take(j, in_brace(j) ? '}' : ']')) {
			--j->depth;
		} else {
			return 0;
		}
	} while (j->depth > 0);
	skip_space(j);
	return j->at == j->end && !j->overflow;
}

int ana_words_json(struct ana_words *members, struct ctx_str rest, struct ctx_arena *arena, struct ctx_str *other) {
	size_t width;
	while (rest.len > 0 && ctx_rune_is_space(ctx_rune_decode(rest.ptr, rest.len, &width))) {
		rest = ctx_str_from(rest, width);
	}
	*other = CTX_STR_NONE;
	if (rest.len == 0 || *rest.ptr != '[') {
		return ANA_JSON_NO;
	}
	size_t before = members->items.count;
	struct json j = { .at = rest.ptr,
		.end = rest.ptr + rest.len,
		.members = members,
		.other = other,
		.arena = arena };
	int rc = check(&j);
	if (rc <= 0 || other->ptr != NULL) {
		members->items.count = before;
		return rc < 0 ? rc : rc == 0 ? ANA_JSON_NO : ANA_JSON_NOT_STRINGS;
	}
	for (size_t i = before; i < members->items.count; ++i) {
		if (decode(&members->items.items[i], arena) < 0) {
			return CTX_E_NOMEM;
		}
	}
	return ANA_JSON_YES;
}

int ana_words_json_member(struct ctx_str *value, struct ctx_str text, const char *name, struct ctx_arena *arena) {
	*value = CTX_STR_NONE;
	struct json j = { .at = text.ptr, .end = text.ptr + text.len, .name = CTX_STR(name), .arena = arena };
	skip_space(&j);
	if (j.at == j.end || *j.at != '{') {
		return 0;
	}
	int rc = check(&j);
	if (rc <= 0 || j.value.ptr == NULL) {
		return rc < 0 ? rc : 0;
	}
	*value = j.value;
	return decode(value, arena);
}
