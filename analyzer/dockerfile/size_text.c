#include "analyzer/dockerfile/size_text.h"

#include "analyzer/dockerfile/unicode_tables.h"
#include "ctxopt/base/buf.h"
#include "ctxopt/base/error.h"
#include "ctxopt/base/rune.h"

#include <math.h>
#include <stdlib.h>
#include <strings.h>

/** A decimal digit? */
static bool is_digit(char c) {
	return c >= '0' && c <= '9';
}

/** A digit of base 10 or 16? */
static bool is_digit_of(char c, bool hex) {
	return is_digit(c) || (hex && (c | 0x20) >= 'a' && (c | 0x20) <= 'f');
}

/** Do underscores stand between digits only (underscoreOK)?  A base prefix counts as a digit. */
static bool underscores_ok(struct ctx_str text) {
	size_t i = text.len > 0 && (text.ptr[0] == '-' || text.ptr[0] == '+');
	bool hex = text.len >= i + 2 && text.ptr[i] == '0' && (text.ptr[i + 1] | 0x20) == 'x';
	i += hex ? 2 : 0;
	char saw = hex ? '0' : '^';
	for (; i < text.len; ++i) {
		bool digit = is_digit_of(text.ptr[i], hex);
		if (text.ptr[i] == '_' ? saw != '0' : saw == '_' && !digit) {
			return false;
		}
		saw = digit ? '0' : text.ptr[i] == '_' ? '_' : '!';
	}
	return saw != '_';
}

/** Skip digits and underscores; were there any digits? */
static bool skip_digits(struct ctx_str text, size_t *at, bool hex) {
	bool any = false;
	while (*at < text.len && (text.ptr[*at] == '_' || is_digit_of(text.ptr[*at], hex))) {
		any |= text.ptr[*at] != '_';
		++*at;
	}
	return any;
}

/** Is the text a number as Go writes them (readFloat)? */
static bool is_float(struct ctx_str text) {
	size_t at = text.len > 0 && (text.ptr[0] == '-' || text.ptr[0] == '+');
	bool hex = at + 2 < text.len && text.ptr[at] == '0' && (text.ptr[at + 1] | 0x20) == 'x';
	at += hex ? 2 : 0;
	bool digits = skip_digits(text, &at, hex);
	if (at < text.len && text.ptr[at] == '.') {
		++at;
		digits |= skip_digits(text, &at, hex);
	}
	if (at < text.len && (text.ptr[at] | 0x20) == (hex ? 'p' : 'e')) {
		++at;
		at += at < text.len && (text.ptr[at] == '-' || text.ptr[at] == '+');
		if (at >= text.len || !is_digit(text.ptr[at])) {
			return false;
		}
		skip_digits(text, &at, false);
	} else if (hex) {
		return false;
	}
	return digits && at == text.len && underscores_ok(text);
}

/** Infinity and "not a number" by name (special). */
static bool special(struct ctx_str text, double *value) {
	size_t sign = text.len > 0 && (text.ptr[0] == '-' || text.ptr[0] == '+');
	struct ctx_str name = ctx_str_from(text, sign);
	if ((name.len == 3 && strncasecmp(name.ptr, "inf", 3) == 0) ||
		(name.len == 8 && strncasecmp(name.ptr, "infinity", 8) == 0)) {
		*value = text.ptr[0] == '-' ? -INFINITY : INFINITY;
		return true;
	}
	*value = NAN;
	return sign == 0 && text.len == 3 && strncasecmp(text.ptr, "nan", 3) == 0;
}

/** A floating-point number (strconv.ParseFloat). */
static int parse_float(double *value, struct ctx_str text) {
	if (text.len == 0) {
		return CTX_E_SYNTAX;
	}
	if (special(text, value)) {
		return 0;
	}
	if (!is_float(text)) {
		return CTX_E_SYNTAX;
	}
	ctx_auto_buf struct ctx_buf digits = CTX_BUF_INIT;
	for (size_t i = 0; i < text.len; ++i) {
		if (text.ptr[i] != '_') {
			ctx_buf_addc(&digits, text.ptr[i]);
		}
	}
	if (!ctx_buf_ok(&digits)) {
		return CTX_E_NOMEM;
	}
	*value = strtod(ctx_buf_str(&digits), NULL); // the program never leaves the C locale
	return isinf(*value) ? CTX_E_SYNTAX : 0;
}

/** Factor of a suffix: k, m, g, t, p, alone or with "b" or "ib"; "b"; 0 for anything else. */
static double factor(struct ctx_str suffix) {
	static const char units[] = "kmgtp";
	if (suffix.len > 3) {
		return 0;
	}
	char lower[3 * CTX_RUNE_BYTES];
	size_t len = 0, width;
	for (size_t at = 0; at < suffix.len; at += width) {
		uint32_t rune = ctx_rune_decode(suffix.ptr + at, suffix.len - at, &width);
		len += ctx_rune_encode(lower + len, ana_rune_lower(rune));
	}
	if (lower[0] == 'b') {
		return len == 1 ? 1 : 0;
	}
	const char *unit = lower[0] == '\0' ? NULL : strchr(units, lower[0]);
	if (unit == NULL || (len == 2 && lower[1] != 'b') || (len == 3 && memcmp(lower + 1, "ib", 2) != 0)) {
		return 0;
	}
	return ldexp(1, 10 * (int)(unit - units + 1));
}

int ana_size_parse(int64_t *bytes, struct ctx_str text) {
	size_t end = text.len;
	while (end > 0 && !is_digit(text.ptr[end - 1]) && text.ptr[end - 1] != '.' && text.ptr[end - 1] != ' ') {
		--end;
	}
	if (end == 0) {
		return CTX_E_SYNTAX;
	}
	double size;
	int rc = parse_float(&size, (struct ctx_str){ text.ptr, text.ptr[end - 1] == ' ' ? end - 1 : end });
	if (rc < 0) {
		return rc;
	}
	struct ctx_str suffix = ctx_str_from(text, end);
	double unit = suffix.len == 0 ? 1 : factor(suffix);
	if (size < 0 || unit == 0) {
		return CTX_E_SYNTAX;
	}
	size *= unit;
	*bytes = size < 0x1p63 ? (int64_t)size : INT64_MIN;
	return 0;
}

bool ana_uint_parse(int64_t *value, struct ctx_str text, unsigned base) {
	*value = 0;
	for (size_t i = 0; i < text.len; ++i) {
		if (!is_digit(text.ptr[i]) || (unsigned)(text.ptr[i] - '0') >= base) {
			return false;
		}
		*value = *value * base + (text.ptr[i] - '0');
		if (*value > UINT32_MAX) {
			return false;
		}
	}
	return text.len > 0;
}
