/*
 * Everything is formatted in place, in room that ctx_out_room() gives for the worst case: a listing has
 * millions of strings, and neither a printf nor a copy per string is in their way.
 */
#include "ctxopt/base/json.h"

#include "ctxopt/base/utf8.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

/** Input bytes that are escaped at once: a multiple of 3 for base64, and room for 6 times as many is little. */
#define CHUNK ((size_t)3072)
/** Output bytes per input byte at worst: \u00XX. */
#define ESCAPE_MAX 6
/** Room for a comma or bracket, a line break and the deepest indentation. */
#define LEAD_MAX (2 + 2 * CTX_JSON_DEPTH)
/** Room for the longest key of ctx_json_path() with its suffix. */
#define KEY_MAX 64
/** Room for the digits and sign of a 64-bit number. */
#define DIGITS_MAX 24

/* ---- Strings ---- */

/** Must this byte be looked at, or does it stand for itself? */
static bool is_plain(unsigned char c) {
	return c >= 0x20 && c < 0x7F && c != '"' && c != '\\';
}

/** Are eight bytes plain?  May say no for some that are, never yes for one that is not. */
static bool all_plain(uint64_t word) {
	const uint64_t ones = 0x0101010101010101, tops = 0x8080808080808080;
	uint64_t quote = word ^ ones * '"';
	uint64_t slash = word ^ ones * '\\';
	// A subtraction borrows from a byte smaller than what is taken; an addition carries 0x7F into the top bit
	uint64_t odd = (word - ones * 0x20) | (quote - ones) | (slash - ones) | word | (word + ones);
	return (odd & tops) == 0;
}

/** Write \uXXXX; returns the end. */
static char *put_u(char *to, uint32_t code) {
	static const char hex[] = "0123456789abcdef";
	*to++ = '\\';
	*to++ = 'u';
	for (int shift = 12; shift >= 0; shift -= 4) {
		*to++ = hex[code >> shift & 0xF];
	}
	return to;
}

/** Write a control character, quote or backslash; returns the end. */
static char *put_special(char *to, unsigned char c) {
	static const char letters[] = "\"\"\\\\\bb\ff\nn\rr\tt"; // pairs: character, its letter
	for (size_t i = 0; i + 1 < sizeof(letters); i += 2) {
		if ((unsigned char)letters[i] == c) {
			*to++ = '\\';
			*to++ = letters[i + 1];
			return to;
		}
	}
	return put_u(to, c);
}

/**
 * Escape `len` bytes; returns the end.  What could act on a terminal is escaped too, although JSON does not
 * demand it: listings of strangers' trees are looked at.
 */
static char *escape(char *to, const char *from, size_t len) {
	size_t at = 0;
	while (at < len) {
		uint64_t word;
		while (len - at >= sizeof(word)) {
			memcpy(&word, from + at, sizeof(word));
			if (!all_plain(word)) {
				break;
			}
			memcpy(to, &word, sizeof(word));
			to += sizeof(word);
			at += sizeof(word);
		}
		while (at < len && is_plain((unsigned char)from[at])) {
			*to++ = from[at++];
		}
		if (at == len) {
			break;
		}

		uint32_t code;
		size_t n = ctx_utf8_decode(from + at, len - at, &code);
		if (code < 0x7F) {
			to = put_special(to, (unsigned char)code);
		} else if (code == CTX_UTF8_BAD) {
			memcpy(to, "\xEF\xBF\xBD", 3); // U+FFFD
			to += 3;
		} else if (ctx_utf8_unsafe(code)) {
			to = put_u(to, code);
		} else {
			memcpy(to, from + at, n);
			to += n;
		}
		at += n;
	}
	return to;
}

/** How many of `len` bytes to escape next, so that no character is torn. */
static size_t chunk_len(const char *text, size_t len) {
	if (len <= CHUNK) {
		return len;
	}
	size_t n = CHUNK;
	while (n > CHUNK - 3 && ((unsigned char)text[n] & 0xC0) == 0x80) {
		--n;
	}
	return n; // after three steps back the text is not UTF-8, and any place is as good
}

/** Write a string in quotes. */
static void put_string(struct ctx_out *out, const char *text, size_t len) {
	bool first = true;
	do {
		size_t n = chunk_len(text, len);
		char *start = ctx_out_room(out, n * ESCAPE_MAX + 2);
		if (start == NULL) {
			return;
		}
		char *to = start;
		if (first) {
			*to++ = '"';
			first = false;
		}
		to = escape(to, text, n);
		text += n;
		len -= n;
		if (len == 0) {
			*to++ = '"';
		}
		ctx_out_took(out, (size_t)(to - start));
	} while (len > 0);
}

/** Write bytes as base64 of RFC 4648, in quotes. */
static void put_base64(struct ctx_out *out, const char *data, size_t len) {
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	ctx_out_puts(out, "\"");
	for (size_t at = 0; at < len; at += 3) {
		size_t n = len - at < 3 ? len - at : 3;
		uint32_t bits = 0;
		for (size_t i = 0; i < 3; ++i) {
			bits = bits << 8 | (i < n ? (unsigned char)data[at + i] : 0U);
		}
		char four[4];
		for (size_t i = 0; i < 4; ++i) {
			four[i] = i <= n ? digits[bits >> (18 - 6 * i) & 0x3F] : '=';
		}
		ctx_out_write(out, four, sizeof(four));
	}
	ctx_out_puts(out, "\"");
}

/* ---- Structure ---- */

void ctx_json_init(struct ctx_json *json, struct ctx_out *out, unsigned inline_depth) {
	*json = (struct ctx_json){ .out = out, .inline_depth = inline_depth };
}

/** Is the innermost open container spread over lines? */
static bool is_spread(const struct ctx_json *json) {
	return json->depth > 0 && json->depth <= json->inline_depth;
}

/** Bit of the innermost open container. */
static uint32_t level_bit(const struct ctx_json *json) {
	return UINT32_C(1) << (json->depth - 1);
}

/** Write a line break and the indentation of the current depth; returns the end. */
static char *put_break(const struct ctx_json *json, char *to) {
	*to++ = '\n';
	memset(to, ' ', (size_t)2 * json->depth);
	return to + (size_t)2 * json->depth;
}

/** Write what stands before a value: comma, place and key. */
static void start_value(struct ctx_json *json, const char *key) {
	if (json->depth == 0) {
		assert(key == NULL);
		return;
	}
	assert((key == NULL) == ((json->is_array & level_bit(json)) != 0));

	char *start = ctx_out_room(json->out, LEAD_MAX);
	if (start == NULL) {
		return;
	}
	char *to = start;
	bool first = (json->has_items & level_bit(json)) == 0;
	json->has_items |= level_bit(json);
	if (!first) {
		*to++ = ',';
	}
	if (is_spread(json)) {
		to = put_break(json, to);
	} else if (!first) {
		*to++ = ' ';
	}
	ctx_out_took(json->out, (size_t)(to - start));
	if (key != NULL) {
		put_string(json->out, key, strlen(key));
		ctx_out_write(json->out, ": ", 2);
	}
}

/** Open a container. */
static void open_container(struct ctx_json *json, const char *key, bool is_array) {
	start_value(json, key);
	assert(json->depth < CTX_JSON_DEPTH);
	ctx_out_write(json->out, is_array ? "[" : "{", 1);
	++json->depth;
	json->has_items &= ~level_bit(json);
	json->is_array = is_array ? json->is_array | level_bit(json) : json->is_array & ~level_bit(json);
}

void ctx_json_object(struct ctx_json *json, const char *key) {
	open_container(json, key, false);
}

void ctx_json_array(struct ctx_json *json, const char *key) {
	open_container(json, key, true);
}

void ctx_json_end(struct ctx_json *json) {
	assert(json->depth > 0);
	bool has_items = (json->has_items & level_bit(json)) != 0;
	bool is_array = (json->is_array & level_bit(json)) != 0;
	bool spread = is_spread(json) && has_items;
	--json->depth;
	char *start = ctx_out_room(json->out, LEAD_MAX);
	if (start == NULL) {
		return;
	}
	char *to = spread ? put_break(json, start) : start;
	*to++ = is_array ? ']' : '}';
	ctx_out_took(json->out, (size_t)(to - start));
}

struct ctx_json ctx_json_part(const struct ctx_json *json, struct ctx_out *out, bool behind) {
	struct ctx_json part = *json;
	assert((json->is_array & level_bit(json)) != 0);
	part.out = out;
	part.has_items |= behind ? level_bit(json) : 0;
	return part;
}

void ctx_json_put_part(struct ctx_json *json, const struct ctx_out *part) {
	json->has_items |= level_bit(json);
	ctx_out_write(json->out, ctx_buf_str(&part->buf), part->buf.len);
}

void ctx_json_finish(struct ctx_json *json) {
	assert(json->depth == 0);
	ctx_out_write(json->out, "\n", 1);
}

/* ---- Values ---- */

void ctx_json_string(struct ctx_json *json, const char *key, const char *text, size_t len) {
	start_value(json, key);
	put_string(json->out, text, len);
}

void ctx_json_str(struct ctx_json *json, const char *key, const char *text_or_null) {
	if (text_or_null == NULL) {
		ctx_json_null(json, key);
	} else {
		ctx_json_string(json, key, text_or_null, strlen(text_or_null));
	}
}

/** Write a number and its sign. */
static void put_number(struct ctx_out *out, uint64_t value, bool negative) {
	char digits[DIGITS_MAX];
	char *at = digits + sizeof(digits);
	do {
		*--at = (char)('0' + value % 10);
		value /= 10;
	} while (value > 0);
	if (negative) {
		*--at = '-';
	}
	ctx_out_write(out, at, (size_t)(digits + sizeof(digits) - at));
}

void ctx_json_uint(struct ctx_json *json, const char *key, uint64_t value) {
	start_value(json, key);
	put_number(json->out, value, false);
}

void ctx_json_int(struct ctx_json *json, const char *key, int64_t value) {
	start_value(json, key);
	put_number(json->out, value < 0 ? 0 - (uint64_t)value : (uint64_t)value, value < 0);
}

/**
 * Write a number that is not large and clearly nearer to one millionth than to the next, so that a product that is off by a
 * little rounds as printf() does, which takes ten times as long.
 */
static bool put_short(struct ctx_json *json, const char *key, double value) {
	double scaled = value * 1e6;
	if (!(scaled >= 1 && scaled < 1e12)) {
		return false;
	}
	uint64_t millionths = (uint64_t)scaled;
	double rest = scaled - (double)millionths;
	if (fabs(rest - 0.5) < 1e-3) {
		return false;
	}
	millionths += rest > 0.5;
	start_value(json, key);
	put_number(json->out, millionths / 1000000, false);
	uint32_t below = (uint32_t)(millionths % 1000000);
	char text[8] = ".";
	size_t len = below > 0 ? 7 : 0;
	for (size_t i = 6; i > 0; --i, below /= 10) {
		text[i] = (char)('0' + below % 10);
	}
	while (len > 0 && text[len - 1] == '0') {
		--len;
	}
	ctx_out_write(json->out, text, len);
	return true;
}

void ctx_json_double(struct ctx_json *json, const char *key, double value) {
	assert(isfinite(value));
	if (!isfinite(value)) {
		ctx_json_null(json, key); // JSON has no other word for it
		return;
	}
	if (put_short(json, key, value)) {
		return;
	}
	char text[352]; // the largest double has 309 digits before the point
	int len = snprintf(text, sizeof(text), "%.6f", value);
	while (text[len - 1] == '0') {
		--len;
	}
	if (text[len - 1] == '.') {
		--len;
	}
	text[len] = '\0';
	start_value(json, key);
	ctx_out_puts(json->out, strcmp(text, "-0") == 0 ? "0" : text);
}

void ctx_json_bool(struct ctx_json *json, const char *key, bool value) {
	start_value(json, key);
	ctx_out_puts(json->out, value ? "true" : "false");
}

void ctx_json_null(struct ctx_json *json, const char *key) {
	start_value(json, key);
	ctx_out_puts(json->out, "null");
}

void ctx_json_path(struct ctx_json *json, const char *key, const char *path, size_t len) {
	ctx_json_string(json, key, path, len);
	if (ctx_utf8_valid(path, len)) {
		return;
	}
	if (key != NULL) {
		char name[KEY_MAX];
		int n = snprintf(name, sizeof(name), "%s_base64", key);
		assert(n > 0 && (size_t)n < sizeof(name));
		(void)n;
		start_value(json, name);
		put_base64(json->out, path, len);
	}
}
