/*
 * Strings, numbers, dates and times.
 */
#include "ctxopt/base/toml_internal.h"

#include "ctxopt/base/rune.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>

/* ---- Strings ---- */

/** The code point of \uXXXX or \UXXXXXXXX. */
static int read_code_point(struct ctx_toml_reader *r, size_t digits) {
	uint32_t code = 0;
	for (size_t i = 0; i < digits; ++i) {
		int value = ctx_hex_value(ctx_toml_peek(r, i));
		if (value < 0) {
			return CTX_TOML_FAIL(r, "expected %zu hexadecimal digits", digits);
		}
		code = code << 4 | (uint32_t)value;
	}
	if (code > CTX_RUNE_MAX || (code >= 0xD800 && code <= 0xDFFF)) {
		return CTX_TOML_FAIL(r, "no such character: U+%04X", code);
	}
	char bytes[CTX_RUNE_BYTES];
	ctx_buf_add(&r->buf, bytes, ctx_rune_encode(bytes, code));
	r->at += digits;
	return 0;
}

/** What stands behind a backslash. */
static int read_escape(struct ctx_toml_reader *r, bool multi) {
	static const char from[] = "btnfr\"\\", to[] = "\b\t\n\f\r\"\\";
	char c = ctx_toml_peek(r, 0);
	const char *simple = c != '\0' ? strchr(from, c) : NULL;
	if (simple != NULL) {
		ctx_buf_addc(&r->buf, to[simple - from]);
		++r->at;
		return 0;
	}
	if (c == 'u' || c == 'U') {
		++r->at;
		return read_code_point(r, c == 'u' ? 4 : 8);
	}
	const char *start = r->at;
	ctx_toml_skip_blanks(r);
	if (multi && ctx_toml_take_newline(r)) { // the line goes on where the next text begins
		do {
			ctx_toml_skip_blanks(r);
		} while (ctx_toml_take_newline(r));
		return 0;
	}
	r->at = start;
	return CTX_TOML_FAIL(r, "unknown escape: a backslash is written '\\\\'");
}

/** The end of a string of several lines: three quotes, and two more may stand before them. */
static bool take_multi_end(struct ctx_toml_reader *r, const char *quotes) {
	if (!ctx_toml_take(r, quotes)) {
		return false;
	}
	for (int i = 0; i < 2 && ctx_toml_peek(r, 0) == *quotes; ++i, ++r->at) {
		ctx_buf_addc(&r->buf, *quotes);
	}
	return true;
}

int ctx_toml_read_string(struct ctx_toml_reader *r, struct ctx_str *out, bool key) {
	const char *start = r->at, quote[] = { *r->at, '\0' }, quotes[] = { *quote, *quote, *quote, '\0' };
	bool multi = !key && ctx_toml_take(r, quotes), basic = *quote == '"';
	ctx_buf_reset(&r->buf);
	if (multi) {
		ctx_toml_take_newline(r);
	} else {
		++r->at;
	}
	while (!(multi ? take_multi_end(r, quotes) : ctx_toml_take(r, quote))) {
		int rc = 0;
		if (r->at == r->end || (!multi && (ctx_toml_peek(r, 0) == '\n' || ctx_toml_peek(r, 0) == '\r'))) {
			return ctx_toml_fail(r, CTX_E_SYNTAX, start, "a string that has no end");
		}
		if (multi && ctx_toml_take_newline(r)) {
			ctx_buf_addc(&r->buf, '\n');
		} else if (basic && ctx_toml_take(r, "\\")) {
			rc = read_escape(r, multi);
		} else if (ctx_toml_is_control(*r->at)) {
			rc = CTX_TOML_FAIL(r, "control byte 0x%02X in a string", (unsigned char)*r->at);
		} else {
			ctx_buf_addc(&r->buf, *r->at++);
		}
		if (rc < 0) {
			return rc;
		}
	}
	return ctx_buf_ok(&r->buf) ? ctx_toml_keep(r, out, ctx_buf_str(&r->buf), r->buf.len) : ctx_fail_nomem(r->err);
}

/* ---- Numbers, dates ---- */

/** Bytes of digits that `is` knows, with single '_' between them, from `at` of here on. */
static size_t digits_at(const struct ctx_toml_reader *r, size_t at, int (*is)(int)) {
	size_t end = at;
	while (is((unsigned char)ctx_toml_peek(r, end)) != 0 ||
		(end > at && ctx_toml_peek(r, end) == '_' && is((unsigned char)ctx_toml_peek(r, end + 1)) != 0)) {
		++end;
	}
	return end - at;
}

/** Octal and binary digits. */
static int is_octal(int c) {
	return c >= '0' && c <= '7';
}
static int is_binary(int c) {
	return c == '0' || c == '1';
}

/** The number of exactly `count` digits from `at` of here on; -1 if they are none. */
static int number_of(const struct ctx_toml_reader *r, size_t at, size_t count) {
	int value = 0;
	for (size_t i = at; i < at + count; ++i) {
		if (!isdigit((unsigned char)ctx_toml_peek(r, i))) {
			return -1;
		}
		value = value * 10 + (ctx_toml_peek(r, i) - '0');
	}
	return value;
}

/** Is it between `min` and `max`? */
static bool is_number(const struct ctx_toml_reader *r, size_t at, size_t count, int min, int max) {
	int value = number_of(r, at, count);
	return value >= min && value <= max;
}

/** Bytes of HH:MM:SS[.FRACTION] from `at` on; 0. */
static size_t time_at(const struct ctx_toml_reader *r, size_t at) {
	if (!is_number(r, at, 2, 0, 23) || ctx_toml_peek(r, at + 2) != ':' || !is_number(r, at + 3, 2, 0, 59) ||
		ctx_toml_peek(r, at + 5) != ':' || !is_number(r, at + 6, 2, 0, 59)) {
		return 0;
	}
	size_t len = 8;
	if (ctx_toml_peek(r, at + 8) == '.' && isdigit((unsigned char)ctx_toml_peek(r, at + 9))) {
		for (len = 10; isdigit((unsigned char)ctx_toml_peek(r, at + len));) {
			++len;
		}
	}
	return len;
}

/** Is the day of YYYY-MM-DD here one of its month? */
static bool is_day(const struct ctx_toml_reader *r) {
	int year = number_of(r, 0, 4), month = number_of(r, 5, 2), day = number_of(r, 8, 2);
	bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
	int days = month == 2 ? 28 + leap : month == 4 || month == 6 || month == 9 || month == 11 ? 30 : 31;
	return year > 0 && day <= days; // there is no year 0 where dates are worked with
}

/** Bytes of a date or time here; 0. */
static size_t moment_at(const struct ctx_toml_reader *r) {
	bool date = is_number(r, 0, 4, 0, 9999) && ctx_toml_peek(r, 4) == '-' && is_number(r, 5, 2, 1, 12) &&
		ctx_toml_peek(r, 7) == '-' && is_number(r, 8, 2, 1, 31);
	if (!date) {
		return time_at(r, 0);
	}
	char mark = ctx_toml_peek(r, 10);
	size_t time = mark == 'T' || mark == 't' || mark == ' ' ? time_at(r, 11) : 0, end = time > 0 ? 11 + time : 10;
	if (time > 0 && (ctx_toml_peek(r, end) == 'Z' || ctx_toml_peek(r, end) == 'z')) {
		return end + 1;
	}
	bool zone = time > 0 && (ctx_toml_peek(r, end) == '+' || ctx_toml_peek(r, end) == '-') &&
		is_number(r, end + 1, 2, 0, 23) && ctx_toml_peek(r, end + 3) == ':' && is_number(r, end + 4, 2, 0, 59);
	return zone ? end + 6 : end;
}

/** Bytes of a number here, and what it is; 0. */
static size_t number_at(const struct ctx_toml_reader *r, struct ctx_toml *value) {
	static const struct {
		char letter;
		int (*is)(int);
	} bases[] = { { 'x', isxdigit }, { 'o', is_octal }, { 'b', is_binary } };
	value->kind = CTX_TOML_INTEGER;
	for (size_t i = 0; ctx_toml_peek(r, 0) == '0' && i < CTX_COUNTOF(bases); ++i) {
		size_t len = ctx_toml_peek(r, 1) == bases[i].letter ? digits_at(r, 2, bases[i].is) : 0;
		if (len > 0) {
			return 2 + len;
		}
	}
	size_t sign = ctx_toml_peek(r, 0) == '+' || ctx_toml_peek(r, 0) == '-', len = digits_at(r, sign, isdigit);
	if (len == 0) {
		const char *word = r->at + sign;
		bool special = r->end - word >= 3 && (memcmp(word, "inf", 3) == 0 || memcmp(word, "nan", 3) == 0);
		value->kind = CTX_TOML_FLOAT;
		return special ? sign + 3 : 0;
	}
	size_t end = sign + (ctx_toml_peek(r, sign) == '0' ? 1 : len); // nothing follows a leading zero
	size_t fraction = ctx_toml_peek(r, end) == '.' ? digits_at(r, end + 1, isdigit) : 0;
	end += fraction > 0 ? 1 + fraction : 0;
	size_t exponent = 0, power = 1;
	if (ctx_toml_peek(r, end) == 'e' || ctx_toml_peek(r, end) == 'E') {
		power = ctx_toml_peek(r, end + 1) == '+' || ctx_toml_peek(r, end + 1) == '-' ? 2 : 1;
		exponent = digits_at(r, end + power, isdigit);
	}
	end += exponent > 0 ? power + exponent : 0;
	value->kind = fraction > 0 || exponent > 0 ? CTX_TOML_FLOAT : CTX_TOML_INTEGER;
	return end;
}

/** Keep the text of a scalar, without '_', and go past it. */
static int keep_scalar(struct ctx_toml_reader *r, struct ctx_toml *value, size_t len) {
	ctx_buf_reset(&r->buf);
	for (size_t i = 0; i < len; ++i) {
		if (r->at[i] != '_') {
			ctx_buf_addc(&r->buf, r->at[i]);
		}
	}
	r->at += len;
	return ctx_buf_ok(&r->buf) ? ctx_toml_keep(r, &value->text, ctx_buf_str(&r->buf), r->buf.len)
				   : ctx_fail_nomem(r->err);
}

int ctx_toml_read_scalar(struct ctx_toml_reader *r, struct ctx_toml *value) {
	static const char *const words[] = { "true", "false" };
	const char *start = r->at;
	for (size_t i = 0; i < CTX_COUNTOF(words); ++i) {
		if (ctx_toml_take(r, words[i])) {
			r->at = start;
			value->kind = CTX_TOML_BOOLEAN;
			value->truth = i == 0;
			return keep_scalar(r, value, strlen(words[i]));
		}
	}
	size_t len = moment_at(r);
	if (len > 0) {
		value->kind = CTX_TOML_TIME;
		return ctx_toml_peek(r, 4) == '-' && !is_day(r) ? CTX_TOML_FAIL(r, "there is no such day")
								: keep_scalar(r, value, len);
	}
	len = number_at(r, value);
	if (len == 0) {
		return r->at == r->end || *r->at == '\n' || *r->at == '\r' || *r->at == '#'
			? CTX_TOML_FAIL(r, "a value is missing")
			: CTX_TOML_FAIL(r, "not a value: texts stand in quotes");
	}
	int rc = keep_scalar(r, value, len);
	const char *digits = value->text.ptr;
	if (rc < 0 || value->kind == CTX_TOML_FLOAT) {
		value->real = rc < 0 ? 0 : strtod(digits, NULL);
		return rc;
	}
	int base = digits[0] != '0' ? 10 : digits[1] == 'x' ? 16 : digits[1] == 'o' ? 8 : digits[1] == 'b' ? 2 : 10;
	errno = 0;
	value->integer = strtoll(base == 10 ? digits : digits + 2, NULL, base);
	return errno == ERANGE ? ctx_toml_fail(r, CTX_E_SYNTAX, start, "the number does not fit into 64 bits") : 0;
}
