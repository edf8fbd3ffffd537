#include "ctxopt/cli/opt_value.h"

#include "analyzer/dockerfile/duration.h"

#include <ctype.h>
#include <errno.h>
#include <limits.h>

/** Smallest of three. */
static unsigned min3(unsigned a, unsigned b, unsigned c) {
	unsigned ab = a < b ? a : b;
	return ab < c ? ab : c;
}

/** Longest name that the search for a near one looks at. */
#define NEAR_MAX 40

/** Edits (insert, drop, replace, swap neighbours) that lead from one name to the other; both are short. */
static unsigned edits(const char *a, size_t a_len, const char *b, size_t b_len) {
	unsigned rows[3][NEAR_MAX + 1] = { { 0 } }; // two rows back, one row back, this row
	unsigned *before = rows[0], *last = rows[1], *now = rows[2];
	for (unsigned j = 0; j <= b_len; ++j) {
		last[j] = j;
	}
	for (unsigned i = 1; i <= a_len; ++i) {
		now[0] = i;
		for (unsigned j = 1; j <= b_len; ++j) {
			unsigned change = a[i - 1] == b[j - 1] ? 0 : 1;
			now[j] = min3(last[j] + 1, now[j - 1] + 1, last[j - 1] + change);
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] &&
				before[j - 2] + 1 < now[j]) {
				now[j] = before[j - 2] + 1;
			}
		}
		unsigned *spare = before;
		before = last;
		last = now;
		now = spare;
	}
	return last[b_len];
}

const char *opt_nearest(const char *name, const char *const *names, size_t count) {
	const char *best = NULL;
	size_t len = strlen(name);
	if (len == 0 || len > NEAR_MAX) {
		return NULL;
	}
	unsigned best_edits = len < 6 ? 1 : (unsigned)len / 3; // more would suggest names that share nothing
	for (size_t i = 0; i < count; ++i) {
		if (names[i] == NULL || strlen(names[i]) > NEAR_MAX) {
			continue;
		}
		unsigned n = edits(name, len, names[i], strlen(names[i]));
		if (len >= 3 && strncmp(names[i], name, len) == 0 && n > 1) {
			n = 1; // only the end is missing
		}
		if (n < best_edits || (n == best_edits && best == NULL)) {
			best_edits = n;
			best = names[i];
		}
	}
	return best;
}

/** Factor of a unit ("", "k", "MB", "GiB"), or 0. */
static uint64_t unit_bytes(const char *unit) {
	static const char letters[] = "kmgtp";
	if (unit[0] == '\0' || strcasecmp(unit, "b") == 0) {
		return 1;
	}
	const char *at = strchr(letters, tolower((unsigned char)unit[0]));
	if (at == NULL) {
		return 0;
	}
	const char *tail = unit + 1;
	bool binary = tail[0] == 'i' || tail[0] == 'I';
	if (binary) {
		++tail;
	}
	if (tail[0] != '\0' && strcasecmp(tail, "b") != 0) {
		return 0;
	}
	uint64_t factor = 1;
	for (const char *l = letters; l <= at; ++l) {
		factor *= binary ? 1024 : 1000;
	}
	return factor;
}

int opt_parse_size(const char *text, uint64_t *bytes, struct ctx_error *err) {
	uint64_t whole = 0, part = 0, part_unit = 1;
	const char *c = text;
	bool digits = false, fits = true;
	for (; isdigit((unsigned char)*c); ++c, digits = true) {
		fits = fits && !__builtin_mul_overflow(whole, 10, &whole) &&
			!__builtin_add_overflow(whole, (uint64_t)(*c - '0'), &whole);
	}
	if (digits && *c == '.') {
		for (++c; isdigit((unsigned char)*c); ++c) {
			if (part_unit < 1000000000) { // finer than a byte of any unit that people write
				part = part * 10 + (uint64_t)(*c - '0');
				part_unit *= 10;
			}
		}
	}
	uint64_t unit = digits ? unit_bytes(c) : 0;
	if (unit == 0) {
		return ctx_fail(err, CTX_E_USAGE, "'%s' is not a size such as 500kB, 10MB or 1.5GiB", text);
	}

	uint64_t fraction = unit / part_unit * part + unit % part_unit * part / part_unit; // part < part_unit <= 10^9
	fits = fits && !__builtin_mul_overflow(whole, unit, bytes) && !__builtin_add_overflow(*bytes, fraction, bytes);
	return fits ? 0 : ctx_fail(err, CTX_E_USAGE, "'%s' is too large", text);
}

/** Store a share: "80", "99.5%". */
static int store_percent(struct opt_number *field, const char *text, struct ctx_error *err) {
	char *end = NULL;
	const char *unit = text + strspn(text, "0123456789.");
	double value = strtod(text, &end);
	if (!isdigit((unsigned char)text[0]) || end != unit || (*unit != '\0' && strcmp(unit, "%") != 0) ||
		!(value <= 100)) {
		return ctx_fail(err, CTX_E_USAGE, "'%s' is not a share between 0 and 100, such as 80%%", text);
	}
	*field = (struct opt_number){ true, value };
	return 0;
}

/** Store a duration: "90", "1m30s". */
static int store_seconds(struct opt_number *field, const char *text, struct ctx_error *err) {
	size_t len = strlen(text);
	bool bare = len > 0 && isdigit((unsigned char)text[len - 1]);
	char unit[64];
	int64_t ns;
	bool fits = snprintf(unit, sizeof(unit), "%s%s", text, bare ? "s" : "") < (int)sizeof(unit);
	if (!fits || ana_duration_parse(&ns, CTX_STR(unit), NULL) < 0 || ns < 0) {
		return ctx_fail(err, CTX_E_USAGE, "'%s' is not a duration such as 90s, 1m30s or 2h", text);
	}
	*field = (struct opt_number){ true, (double)ns / 1e9 };
	return 0;
}

/** Store a number. */
static int store_number(const struct opt *opt, void *field, const char *text, struct ctx_error *err) {
	bool octal = opt->kind == OPT_OCTAL;
	char *end = NULL;
	errno = 0;
	unsigned long value = strtoul(text, &end, octal ? 8 : 10);
	if (!isdigit((unsigned char)text[0]) || *end != '\0') {
		return ctx_fail(err, CTX_E_USAGE, "'%s' is not %s", text, octal ? "an octal number" : "a number");
	}
	unsigned long max = opt->max == 0 ? UINT_MAX : opt->max;
	if (errno == ERANGE || value < opt->min || value > max) {
		return octal ? ctx_fail(err, CTX_E_USAGE, "'%s' is not between %o and %lo", text, opt->min, max)
			     : ctx_fail(err, CTX_E_USAGE, "'%s' is not between %u and %lu", text, opt->min, max);
	}
	*(unsigned *)field = (unsigned)value;
	return 0;
}

/** Store the index of a choice. */
static int store_choice(const struct opt *opt, void *field, const char *text, struct ctx_error *err) {
	int count = 0;
	for (; opt->choices[count] != NULL; ++count) {
		if (strcmp(opt->choices[count], text) == 0) {
			*(int *)field = count;
			return 0;
		}
	}
	ctx_auto_buf struct ctx_buf all = CTX_BUF_INIT;
	for (int i = 0; i < count; ++i) {
		ctx_buf_addf(&all, "%s%s", i == 0 ? "" : ", ", opt->choices[i]);
	}
	const char *near = opt_nearest(text, opt->choices, (size_t)count);
	if (near != NULL) {
		return ctx_fail(err, CTX_E_USAGE, "unknown choice '%s'; did you mean '%s'? (one of %s)", text, near,
			ctx_buf_str(&all));
	}
	return ctx_fail(err, CTX_E_USAGE, "'%s' is not one of %s", text, ctx_buf_str(&all));
}

/** Store a flag that was written as a word, as the environment has it. */
static int store_flag_word(void *field, const char *text, struct ctx_error *err) {
	static const char *const words[] = { "", "0", "no", "off", "false", "1", "yes", "on", "true" };
	for (size_t i = 0; i < CTX_COUNTOF(words); ++i) {
		if (strcasecmp(words[i], text) == 0) {
			*(bool *)field = i >= 5;
			return 0;
		}
	}
	return ctx_fail(err, CTX_E_USAGE, "'%s' is neither 1 nor 0", text);
}

int opt_store(const struct opt *opt, void *field, const char *text, struct ctx_error *err) {
	if (opt->check != NULL) {
		int rc = opt->check(text, err);
		if (rc < 0) {
			return rc;
		}
	}
	switch (opt->kind) {
	case OPT_FLAG:
		return store_flag_word(field, text, err);
	case OPT_STR:
	case OPT_FILE:
	case OPT_DIR:
		*(const char **)field = text;
		return 0;
	case OPT_UINT:
	case OPT_OCTAL:
		return store_number(opt, field, text, err);
	case OPT_SIZE: {
		struct opt_size *size = field;
		size->set = true;
		return opt_parse_size(text, &size->bytes, err);
	}
	case OPT_PERCENT:
		return store_percent(field, text, err);
	case OPT_SECONDS:
		return store_seconds(field, text, err);
	case OPT_CHOICE:
		return store_choice(opt, field, text, err);
	case OPT_LIST: {
		struct opt_list *list = field;
		return CTX_VEC_PUSH(&list->values, text) ? 0 : ctx_fail_nomem(err);
	}
	case OPT_END:
	case OPT_GROUP:
	case OPT_HELP:
	case OPT_VERSION:
		break;
	}
	return 0;
}
