#include "analyzer/dockerfile/duration.h"

#include "analyzer/dockerfile/quote.h"

/** Largest magnitude: that of INT64_MIN. */
#define MAGNITUDE_MAX ((uint64_t)1 << 63)

/** One unit. */
struct unit {
	const char *name;
	uint64_t ns;
};
static const struct unit units[] = {
	{ "ns", 1 },
	{ "us", 1000 },
	{ "\xC2\xB5s", 1000 }, // micro sign
	{ "\xCE\xBCs", 1000 }, // Greek small mu
	{ "ms", 1000000 },
	{ "s", 1000000000 },
	{ "m", UINT64_C(60000000000) },
	{ "h", UINT64_C(3600000000000) },
};

/** An ASCII digit? */
static bool is_digit(char c) {
	return c >= '0' && c <= '9';
}

/** Append text in quotes as the time package does: everything that is not printable ASCII byte by byte. */
static void quote_bytes(struct ctx_buf *out, struct ctx_str text) {
	ctx_buf_addc(out, '"');
	for (size_t i = 0; i < text.len; ++i) {
		unsigned char c = (unsigned char)text.ptr[i];
		if (c >= 0x80 || c < ' ') {
			ctx_buf_addf(out, "\\x%02x", (unsigned)c);
			continue;
		}
		if (c == '"' || c == '\\') {
			ctx_buf_addc(out, '\\');
		}
		ctx_buf_addc(out, (char)c);
	}
	ctx_buf_addc(out, '"');
}

/** Fail with "time: MESSAGE "TEXT"". */
static int fail_duration(struct ctx_error *err, const char *message, struct ctx_str text) {
	ctx_auto_buf struct ctx_buf quoted = CTX_BUF_INIT;
	quote_bytes(&quoted, text);
	if (!ctx_buf_ok(&quoted)) {
		return ctx_fail_nomem(err);
	}
	return ctx_fail(err, CTX_E_SYNTAX, "time: %s %s", message, ctx_buf_str(&quoted));
}

/** As fail_duration() for a unit that does not exist. */
static int fail_unit(struct ctx_error *err, struct ctx_str unit, struct ctx_str text) {
	ctx_auto_buf struct ctx_buf message = CTX_BUF_INIT;
	ctx_buf_adds(&message, "unknown unit ");
	quote_bytes(&message, unit);
	ctx_buf_adds(&message, " in duration");
	if (!ctx_buf_ok(&message)) {
		return ctx_fail_nomem(err);
	}
	return fail_duration(err, ctx_buf_str(&message), text);
}

/** Take the digits before the point; false on overflow. */
static bool take_integer(struct ctx_str *rest, uint64_t *value) {
	*value = 0;
	while (rest->len > 0 && is_digit(rest->ptr[0])) {
		if (*value > MAGNITUDE_MAX / 10) {
			return false;
		}
		*value = *value * 10 + (uint64_t)(rest->ptr[0] - '0');
		if (*value > MAGNITUDE_MAX) {
			return false;
		}
		*rest = ctx_str_from(*rest, 1);
	}
	return true;
}

/** Take the digits behind the point: *value / *scale.  Digits that do not fit are dropped. */
static void take_fraction(struct ctx_str *rest, uint64_t *value, double *scale) {
	bool full = false;
	*value = 0;
	*scale = 1;
	for (; rest->len > 0 && is_digit(rest->ptr[0]); *rest = ctx_str_from(*rest, 1)) {
		if (full || *value > (MAGNITUDE_MAX - 1) / 10) {
			full = true;
			continue;
		}
		uint64_t next = *value * 10 + (uint64_t)(rest->ptr[0] - '0');
		if (next > MAGNITUDE_MAX) {
			full = true;
			continue;
		}
		*value = next;
		*scale *= 10;
	}
}

/** Take a unit: everything up to the next digit or point. */
static struct ctx_str take_unit(struct ctx_str *rest) {
	size_t len = 0;
	while (len < rest->len && rest->ptr[len] != '.' && !is_digit(rest->ptr[len])) {
		++len;
	}
	struct ctx_str unit = { rest->ptr, len };
	*rest = ctx_str_from(*rest, len);
	return unit;
}

/** Nanoseconds of a unit; 0 if there is none of that name. */
static uint64_t unit_ns(struct ctx_str name) {
	for (size_t i = 0; i < CTX_COUNTOF(units); ++i) {
		if (ctx_str_is(name, units[i].name)) {
			return units[i].ns;
		}
	}
	return 0;
}

/** Take one number with its unit; `text` is what messages name. */
static int take_part(struct ctx_str *rest, uint64_t *ns, struct ctx_str text, struct ctx_error *err) {
	uint64_t fraction = 0;
	double scale = 1;
	size_t before = rest->len;
	if (!take_integer(rest, ns)) {
		return fail_duration(err, "invalid duration", text);
	}
	bool digits = rest->len != before;
	if (rest->len > 0 && rest->ptr[0] == '.') {
		*rest = ctx_str_from(*rest, 1);
		before = rest->len;
		take_fraction(rest, &fraction, &scale);
		digits = digits || rest->len != before;
	}
	if (!digits) {
		return fail_duration(err, "invalid duration", text);
	}

	struct ctx_str name = take_unit(rest);
	if (name.len == 0) {
		return fail_duration(err, "missing unit in duration", text);
	}
	uint64_t unit = unit_ns(name);
	if (unit == 0) {
		return fail_unit(err, name, text);
	}
	if (*ns > MAGNITUDE_MAX / unit) {
		return fail_duration(err, "invalid duration", text);
	}
	*ns *= unit;
	if (fraction > 0) {
		// In floating point as Go does it, so that the same nanoseconds come out
		*ns += (uint64_t)((double)fraction * ((double)unit / scale));
		if (*ns > MAGNITUDE_MAX) {
			return fail_duration(err, "invalid duration", text);
		}
	}
	return 0;
}

int ana_duration_parse(int64_t *ns, struct ctx_str text, struct ctx_error *err) {
	struct ctx_str rest = text;
	bool negative = rest.len > 0 && rest.ptr[0] == '-';
	if (negative || (rest.len > 0 && rest.ptr[0] == '+')) {
		rest = ctx_str_from(rest, 1);
	}
	*ns = 0;
	if (ctx_str_is(rest, "0")) {
		return 0;
	}
	if (rest.len == 0) {
		return fail_duration(err, "invalid duration", text);
	}

	uint64_t sum = 0;
	while (rest.len > 0) {
		uint64_t part;
		int rc = take_part(&rest, &part, text, err);
		if (rc < 0) {
			return rc;
		}
		sum += part; // may wrap to 0, which Go does not notice either
		if (sum > MAGNITUDE_MAX) {
			return fail_duration(err, "invalid duration", text);
		}
	}
	if (sum == MAGNITUDE_MAX) {
		if (!negative) {
			return fail_duration(err, "invalid duration", text);
		}
		*ns = INT64_MIN;
		return 0;
	}
	*ns = negative ? -(int64_t)sum : (int64_t)sum;
	return 0;
}

/** Fail with "strconv.ParseInt: parsing "TEXT": MESSAGE". */
static int fail_number(struct ctx_error *err, struct ctx_str text, const char *message) {
	ctx_auto_buf struct ctx_buf quoted = CTX_BUF_INIT;
	ana_quote(&quoted, text);
	if (!ctx_buf_ok(&quoted)) {
		return ctx_fail_nomem(err);
	}
	return ctx_fail(err, CTX_E_SYNTAX, "strconv.ParseInt: parsing %s: %s", ctx_buf_str(&quoted), message);
}

int ana_int32_parse(int32_t *value, struct ctx_str text, struct ctx_error *err) {
	struct ctx_str rest = text;
	bool negative = rest.len > 0 && rest.ptr[0] == '-';
	if (negative || (rest.len > 0 && rest.ptr[0] == '+')) {
		rest = ctx_str_from(rest, 1);
	}
	if (rest.len == 0) {
		return fail_number(err, text, "invalid syntax");
	}
	uint64_t sum = 0;
	for (size_t i = 0; i < rest.len; ++i) {
		if (!is_digit(rest.ptr[i])) {
			return fail_number(err, text, "invalid syntax");
		}
		sum = sum * 10 + (uint64_t)(rest.ptr[i] - '0');
		if (sum > UINT32_MAX) {
			break; // Go does not look at the rest any more
		}
	}
	if (sum > (uint64_t)INT32_MAX + negative) {
		return fail_number(err, text, "value out of range");
	}
	*value = (int32_t)(negative ? -(int64_t)sum : (int64_t)sum);
	return 0;
}
