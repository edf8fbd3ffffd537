/*
 * A recursive-descent parser would be too much: the language has no nesting left.  parse_item() reads one operand,
 * parse_repeat() what may follow it, and the top level strings them together.
 */
#include "ctxopt/context/regexp.h"

#include "ctxopt/base/rune.h"
#include "ctxopt/base/str.h"

#include <string.h>

/* Most repetitions that Go accepts in {m,n}. */
#define REPEAT_MAX 1000

/* A growing list of ranges, while a class is read. */
struct ranges {
	struct ctx_rune_range *items;
	size_t count, cap;
};

/* State of one parse. */
struct parser {
	const char *at, *end;
	struct ctx_regexp *out;
	struct ctx_rune_sets *sets;
	struct ctx_error *err;
};

/* A named class: `\d`, `[:alpha:]`. */
struct named_class {
	const char *name;
	struct ctx_rune_range ranges[4];
	unsigned count;
};

// clang-format off
/* Go 1.26 regexp/syntax/perl_groups.go. */
static const struct named_class posix_classes[] = {
	{ "alnum",  { { '0', '9' }, { 'A', 'Z' }, { 'a', 'z' } }, 3 },
	{ "alpha",  { { 'A', 'Z' }, { 'a', 'z' } }, 2 },
	{ "ascii",  { { 0, 0x7F } }, 1 },
	{ "blank",  { { '\t', '\t' }, { ' ', ' ' } }, 2 },
	{ "cntrl",  { { 0, 0x1F }, { 0x7F, 0x7F } }, 2 },
	{ "digit",  { { '0', '9' } }, 1 },
	{ "graph",  { { '!', '~' } }, 1 },
	{ "lower",  { { 'a', 'z' } }, 1 },
	{ "print",  { { ' ', '~' } }, 1 },
	{ "punct",  { { '!', '/' }, { ':', '@' }, { '[', '`' }, { '{', '~' } }, 4 },
	{ "space",  { { '\t', '\r' }, { ' ', ' ' } }, 2 },
	{ "upper",  { { 'A', 'Z' } }, 1 },
	{ "word",   { { '0', '9' }, { 'A', 'Z' }, { '_', '_' }, { 'a', 'z' } }, 4 },
	{ "xdigit", { { '0', '9' }, { 'A', 'F' }, { 'a', 'f' } }, 3 },
};

static const struct named_class perl_classes[] = {
	{ "d", { { '0', '9' } }, 1 },
	{ "s", { { '\t', '\n' }, { '\f', '\r' }, { ' ', ' ' } }, 3 },
	{ "w", { { '0', '9' }, { 'A', 'Z' }, { '_', '_' }, { 'a', 'z' } }, 4 },
};
// clang-format on

void ctx_rune_sets_release(struct ctx_rune_sets *sets) {
	CTX_VEC_RELEASE(&sets->ranges);
	CTX_VEC_RELEASE(&sets->sets);
}

void ctx_regexp_release(struct ctx_regexp *re) {
	CTX_VEC_RELEASE(&re->items);
}

/* Order ranges by their lower end. */
static int compare_ranges(const void *a, const void *b) {
	const struct ctx_rune_range *ra = a;
	const struct ctx_rune_range *rb = b;
	return (ra->lo > rb->lo) - (ra->lo < rb->lo);
}

/* Sort and merge in place; returns the new count. */
static size_t merge_ranges(struct ctx_rune_range *ranges, size_t count) {
	if (count == 0) {
		return 0;
	}
	qsort(ranges, count, sizeof(*ranges), compare_ranges);
	size_t kept = 0;
	for (size_t i = 1; i < count; ++i) {
		if (ranges[i].lo > ranges[kept].hi + 1) {
			ranges[++kept] = ranges[i];
		} else if (ranges[i].hi > ranges[kept].hi) {
			ranges[kept].hi = ranges[i].hi;
		}
	}
	return kept + 1;
}

/* Append the complement of merged ranges to the pool; false when out of memory. */
static bool append_complement(struct ctx_rune_sets *sets, const struct ctx_rune_range *ranges, size_t count) {
	uint32_t lo = 0;
	for (size_t i = 0; i < count; ++i) {
		struct ctx_rune_range gap = { lo, ranges[i].lo - 1 };
		if (ranges[i].lo > lo && !CTX_VEC_PUSH(&sets->ranges, gap)) {
			return false;
		}
		lo = ranges[i].hi + 1;
	}
	struct ctx_rune_range rest = { lo, CTX_RUNE_MAX };
	return lo > CTX_RUNE_MAX || CTX_VEC_PUSH(&sets->ranges, rest);
}

/* FNV-1a over the ranges: only to tell sets apart quickly, equality is checked after it. */
static uint64_t hash_ranges(const struct ctx_rune_range *ranges, size_t count) {
	uint64_t hash = 0xcbf29ce484222325u;
	for (size_t i = 0; i < count; ++i) {
		hash = (hash ^ ranges[i].lo) * 0x100000001b3u;
		hash = (hash ^ ranges[i].hi) * 0x100000001b3u;
	}
	return hash;
}

uint32_t ctx_rune_sets_add(struct ctx_rune_sets *sets, struct ctx_rune_range *ranges, size_t count, bool complement) {
	count = merge_ranges(ranges, count);
	size_t first = sets->ranges.count;
	if (complement) {
		if (!append_complement(sets, ranges, count)) {
			return UINT32_MAX;
		}
	} else {
		for (size_t i = 0; i < count; ++i) {
			if (!CTX_VEC_PUSH(&sets->ranges, ranges[i])) {
				return UINT32_MAX;
			}
		}
	}

	const struct ctx_rune_range *added = count || complement ? sets->ranges.items + first : NULL;
	size_t added_count = sets->ranges.count - first;
	struct ctx_rune_set fresh = { (uint32_t)first, (uint32_t)added_count, hash_ranges(added, added_count) };
	for (size_t i = 0; i < sets->sets.count; ++i) {
		const struct ctx_rune_set *old = &sets->sets.items[i];
		if (old->hash == fresh.hash && old->count == fresh.count &&
			(added_count == 0 ||
				memcmp(sets->ranges.items + old->first, added, added_count * sizeof(*added)) == 0)) {
			sets->ranges.count = first;
			return (uint32_t)i;
		}
	}
	return CTX_VEC_PUSH(&sets->sets, fresh) ? (uint32_t)(sets->sets.count - 1) : UINT32_MAX;
}

/* Does the unread text start with `text`? */
static bool looking_at(const struct parser *p, const char *text) {
	size_t len = strlen(text);
	return (size_t)(p->end - p->at) >= len && memcmp(p->at, text, len) == 0;
}

/* The next code point, consumed; 0 at the end (the source holds no NUL that matters: see take_rune's callers). */
static uint32_t take_rune(struct parser *p) {
	size_t width;
	uint32_t rune = ctx_rune_decode(p->at, (size_t)(p->end - p->at), &width);
	p->at += width;
	return rune;
}

/* Append an item that stands exactly once. */
static int add_item(struct parser *p, enum ctx_regexp_op op, uint32_t value) {
	struct ctx_regexp_item item = { .op = op, .rune = value, .min = 1, .max = 1 };
	return CTX_VEC_PUSH(&p->out->items, item) ? 0 : ctx_fail_nomem(p->err);
}

/* Append the set of some ranges. */
static int add_set(struct parser *p, struct ctx_rune_range *ranges, size_t count, bool complement) {
	uint32_t set = ctx_rune_sets_add(p->sets, ranges, count, complement);
	return set == UINT32_MAX ? ctx_fail_nomem(p->err) : add_item(p, CTX_REGEXP_SET, set);
}

/* Value of a hexadecimal digit, or -1. */
static int hex_value(uint32_t rune) {
	return rune < 0x80 ? ctx_hex_value((char)rune) : -1;
}

/* The failure of every escape that Go does not know. */
static int bad_escape(const struct parser *p) {
	return ctx_fail(p->err, CTX_E_SYNTAX, "invalid escape sequence");
}

/* After `\x`: two digits, or any number in braces. */
static int parse_hex(struct parser *p, uint32_t *rune) {
	if (p->at == p->end) {
		return bad_escape(p);
	}
	uint32_t c = take_rune(p);
	if (c != '{') {
		int high = hex_value(c);
		int low = p->at == p->end ? -1 : hex_value(take_rune(p));
		if (high < 0 || low < 0) {
			return bad_escape(p);
		}
		*rune = (uint32_t)(high * 16 + low);
		return 0;
	}
	*rune = 0;
	for (unsigned digits = 0;; ++digits) {
		if (p->at == p->end) {
			return bad_escape(p);
		}
		c = take_rune(p);
		if (c == '}') {
			return digits > 0 ? 0 : bad_escape(p);
		}
		int value = hex_value(c);
		if (value < 0) {
			return bad_escape(p);
		}
		*rune = *rune * 16 + (uint32_t)value;
		if (*rune > CTX_RUNE_MAX) {
			return bad_escape(p);
		}
	}
}

/* Is the next byte an octal digit? */
static bool at_octal(const struct parser *p) {
	return p->at != p->end && *p->at >= '0' && *p->at <= '7';
}

/* One character after a backslash that is not a class or assertion (parse.go: parseEscape). */
static int parse_escape(struct parser *p, uint32_t *rune) {
	if (p->at == p->end) {
		return ctx_fail(p->err, CTX_E_SYNTAX, "trailing backslash");
	}
	uint32_t c = take_rune(p);
	const char *simple = "afnrtv";
	const char *hit = c < 0x80 && c != 0 ? strchr(simple, (int)c) : NULL;
	if (hit) {
		*rune = (uint32_t) "\a\f\n\r\t\v"[hit - simple];
		return 0;
	}
	if (c == 'x') {
		return parse_hex(p, rune);
	}
	if (c == '0' || (c >= '1' && c <= '7' && at_octal(p))) {
		*rune = c - '0';
		for (unsigned digits = 1; digits < 3 && at_octal(p); ++digits) {
			*rune = *rune * 8 + (uint32_t)(*p->at++ - '0');
		}
		return 0;
	}
	bool alnum = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
	if (c >= 0x80 || alnum) {
		return bad_escape(p);
	}
	*rune = c;
	return 0;
}

/* Append a named class to `ranges`, or what is not in it. */
static int add_named(struct parser *p, struct ranges *ranges, const struct named_class *named, bool negated) {
	uint32_t lo = 0;
	for (unsigned i = 0; i < named->count; ++i) {
		struct ctx_rune_range range = named->ranges[i];
		if (negated) {
			struct ctx_rune_range gap = { lo, range.lo - 1 };
			lo = range.hi + 1;
			if (range.lo == 0) {
				continue;
			}
			range = gap;
		}
		if (!CTX_VEC_PUSH(ranges, range)) {
			return ctx_fail_nomem(p->err);
		}
	}
	struct ctx_rune_range rest = { lo, CTX_RUNE_MAX };
	return negated && !CTX_VEC_PUSH(ranges, rest) ? ctx_fail_nomem(p->err) : 0;
}

/* At `\d`, `\D`, `\s`, ...: the class and whether the letter is upper case; NULL for anything else. */
static const struct named_class *perl_class_at(const struct parser *p, bool *negated) {
	if (p->end - p->at < 2 || p->at[0] != '\\') {
		return NULL;
	}
	char letter = p->at[1];
	*negated = letter >= 'A' && letter <= 'Z';
	for (size_t i = 0; i < CTX_COUNTOF(perl_classes); ++i) {
		if (perl_classes[i].name[0] == (char)(letter | 0x20) && ((letter | 0x20) != letter) == *negated) {
			return &perl_classes[i];
		}
	}
	return NULL;
}

/* At `\p` or `\P`: Unicode classes need tables of one Unicode version; this program refuses to guess which. */
static int refuse_unicode_class(const struct parser *p) {
	if (looking_at(p, "\\p") || looking_at(p, "\\P")) {
		return ctx_fail(p->err, CTX_E_UNSUPPORTED, "unsupported Unicode class '\\%c'", p->at[1]);
	}
	return 0;
}

/* At `[:`: a POSIX class if `:]` follows anywhere; *found says whether one was read. */
static int parse_posix_class(struct parser *p, struct ranges *ranges, bool *found) {
	*found = false;
	const char *name = p->at + 2;
	const char *stop = memmem(name, (size_t)(p->end - name), ":]", 2);
	if (!stop) {
		return 0;
	}
	bool negated = name < stop && *name == '^';
	name += negated;
	for (size_t i = 0; i < CTX_COUNTOF(posix_classes); ++i) {
		size_t len = strlen(posix_classes[i].name);
		if ((size_t)(stop - name) == len && memcmp(name, posix_classes[i].name, len) == 0) {
			*found = true;
			p->at = stop + 2;
			return add_named(p, ranges, &posix_classes[i], negated);
		}
	}
	return ctx_fail(p->err, CTX_E_SYNTAX, "unknown character class name");
}

/* One character of a class, escaped or not. */
static int parse_class_char(struct parser *p, uint32_t *rune) {
	if (p->at == p->end) {
		return ctx_fail(p->err, CTX_E_SYNTAX, "missing closing ']'");
	}
	*rune = take_rune(p);
	return *rune == '\\' ? parse_escape(p, rune) : 0;
}

/* One character or range of a class. */
static int parse_class_range(struct parser *p, struct ranges *ranges) {
	struct ctx_rune_range range;
	int rc = parse_class_char(p, &range.lo);
	if (rc < 0) {
		return rc;
	}
	range.hi = range.lo;
	// "[a-]" is 'a' or '-'
	if (p->end - p->at >= 2 && p->at[0] == '-' && p->at[1] != ']') {
		++p->at;
		rc = parse_class_char(p, &range.hi);
		if (rc < 0) {
			return rc;
		}
		if (range.hi < range.lo) {
			return ctx_fail(p->err, CTX_E_SYNTAX, "invalid character class range");
		}
	}
	return CTX_VEC_PUSH(ranges, range) ? 0 : ctx_fail_nomem(p->err);
}

/* One member of a class: a named class of either kind, a character or a range. */
static int parse_class_member(struct parser *p, struct ranges *ranges) {
	if (p->end - p->at > 2 && looking_at(p, "[:")) {
		bool found;
		int rc = parse_posix_class(p, ranges, &found);
		if (rc < 0 || found) {
			return rc;
		}
	}
	int rc = refuse_unicode_class(p);
	if (rc < 0) {
		return rc;
	}
	bool negated;
	const struct named_class *named = perl_class_at(p, &negated);
	if (named) {
		p->at += 2;
		return add_named(p, ranges, named, negated);
	}
	return parse_class_range(p, ranges);
}

/* At `[`: a whole class. */
static int parse_class(struct parser *p) {
	++p->at;
	bool negated = p->at != p->end && *p->at == '^';
	p->at += negated;
	struct ranges ranges = { 0 };
	int rc = 0;
	for (bool first = true; rc == 0 && (first || p->at == p->end || *p->at != ']'); first = false) {
		rc = parse_class_member(p, &ranges);
	}
	if (rc == 0) {
		++p->at;
		rc = add_set(p, ranges.items, ranges.count, negated);
	}
	CTX_VEC_RELEASE(&ranges);
	return rc;
}

/* After `\Q`: everything up to `\E` or the end is literal. */
static int parse_quoted(struct parser *p) {
	const char *stop = memmem(p->at, (size_t)(p->end - p->at), "\\E", 2);
	const char *after = stop ? stop + 2 : p->end;
	const char *end = p->end;
	p->end = stop ? stop : end;
	int rc = 0;
	while (rc == 0 && p->at != p->end) {
		rc = add_item(p, CTX_REGEXP_RUNE, take_rune(p));
	}
	p->at = after;
	p->end = end;
	return rc;
}

/* At a backslash outside classes. */
static int parse_backslash(struct parser *p) {
	char letter = p->end - p->at >= 2 ? p->at[1] : '\0';
	static const struct {
		char letter;
		enum ctx_assertion assertion;
	} assertions[] = { { 'A', CTX_ASSERT_BEGIN }, { 'z', CTX_ASSERT_END }, { 'b', CTX_ASSERT_WORD_EDGE },
		{ 'B', CTX_ASSERT_NO_WORD_EDGE } };
	for (size_t i = 0; i < CTX_COUNTOF(assertions); ++i) {
		if (assertions[i].letter == letter) {
			p->at += 2;
			return add_item(p, CTX_REGEXP_ASSERT, assertions[i].assertion);
		}
	}
	if (letter == 'Q') {
		p->at += 2;
		return parse_quoted(p);
	}
	int rc = refuse_unicode_class(p);
	if (rc < 0) {
		return rc;
	}
	bool negated;
	const struct named_class *named = perl_class_at(p, &negated);
	if (named) {
		p->at += 2;
		struct ctx_rune_range ranges[CTX_COUNTOF(named->ranges)];
		memcpy(ranges, named->ranges, sizeof(ranges));
		return add_set(p, ranges, named->count, negated);
	}
	++p->at;
	uint32_t rune;
	rc = parse_escape(p, &rune);
	return rc < 0 ? rc : add_item(p, CTX_REGEXP_RUNE, rune);
}

/* One operand (or a `|`). */
static int parse_item(struct parser *p) {
	switch (*p->at) {
	case '^':
		++p->at;
		return add_item(p, CTX_REGEXP_ASSERT, CTX_ASSERT_BEGIN);
	case '$':
		++p->at;
		return add_item(p, CTX_REGEXP_ASSERT, CTX_ASSERT_END);
	case '|':
		++p->at;
		return add_item(p, CTX_REGEXP_OR, 0);
	case '.': {
		++p->at;
		struct ctx_rune_range newline = { '\n', '\n' };
		return add_set(p, &newline, 1, true);
	}
	case '[':
		return parse_class(p);
	case '\\':
		return parse_backslash(p);
	case '(':
	case ')':
		// Made by the translation; other groups can only come from Docker 20.10, which let them through
		if (!looking_at(p, "(.*/)?")) {
			return ctx_fail(p->err, CTX_E_UNSUPPORTED, "unsupported group of a regular expression");
		}
		p->at += strlen("(.*/)?");
		return add_item(p, CTX_REGEXP_DIRS, 0);
	default:
		return add_item(p, CTX_REGEXP_RUNE, take_rune(p));
	}
}

/* A decimal number without leading zeros, capped; false if there is none. */
static bool parse_number(const char **at, const char *end, unsigned *value) {
	const char *s = *at;
	if (s == end || *s < '0' || *s > '9') {
		return false;
	}
	if (end - s >= 2 && s[0] == '0' && s[1] >= '0' && s[1] <= '9') {
		return false;
	}
	*value = 0;
	for (; s != end && *s >= '0' && *s <= '9'; ++s) {
		*value = *value > REPEAT_MAX ? *value : *value * 10 + (unsigned)(*s - '0');
	}
	*at = s;
	return true;
}

/* At `{`: reads {m}, {m,} or {m,n}; false if it is not of that form, and then '{' is a plain character. */
static bool parse_braces(struct parser *p, unsigned *min, unsigned *max) {
	const char *at = p->at + 1;
	if (!parse_number(&at, p->end, min)) {
		return false;
	}
	*max = *min;
	if (at != p->end && *at == ',') {
		++at;
		if (at != p->end && *at == '}') {
			*max = CTX_REPEAT_FOREVER;
		} else if (!parse_number(&at, p->end, max)) {
			return false;
		}
	}
	if (at == p->end || *at != '}') {
		return false;
	}
	p->at = at + 1;
	return true;
}

/* A repetition after an operand, if one stands here.  `repeated`: the operand has one already. */
static int parse_repeat(struct parser *p, bool *repeated) {
	unsigned min, max;
	if (*p->at == '*' || *p->at == '+') {
		min = *p->at == '+';
		max = CTX_REPEAT_FOREVER;
		++p->at;
	} else if (*p->at != '{' || !parse_braces(p, &min, &max)) {
		*repeated = false;
		int rc = *p->at == '{' ? add_item(p, CTX_REGEXP_RUNE, take_rune(p)) : parse_item(p);
		// The one operand that comes with a repetition of its own
		size_t count = p->out->items.count;
		*repeated = rc == 0 && count > 0 && p->out->items.items[count - 1].op == CTX_REGEXP_DIRS;
		return rc;
	}

	bool too_many = min > REPEAT_MAX || (max != CTX_REPEAT_FOREVER && (max > REPEAT_MAX || min > max));
	if (too_many) {
		return ctx_fail(p->err, CTX_E_SYNTAX, "invalid repeat count");
	}
	if (*repeated) {
		return ctx_fail(p->err, CTX_E_SYNTAX, "invalid nested repetition operator");
	}
	size_t count = p->out->items.count;
	if (count == 0 || p->out->items.items[count - 1].op == CTX_REGEXP_OR) {
		return ctx_fail(p->err, CTX_E_SYNTAX, "missing argument to repetition operator");
	}
	struct ctx_regexp_item *last = &p->out->items.items[count - 1];
	if (last->op == CTX_REGEXP_DIRS || last->min != 1 || last->max != 1) {
		// Only `a{2}` + `\Q\E` + `{2}` comes here: the empty quotation hides the first repetition
		return ctx_fail(p->err, CTX_E_UNSUPPORTED, "unsupported repetition of a repetition");
	}
	last->min = (uint16_t)min;
	last->max = (uint16_t)max;
	*repeated = true;
	return 0;
}

int ctx_regexp_parse(struct ctx_regexp *out, struct ctx_rune_sets *sets, const char *source, size_t len,
	struct ctx_error *err) {
	*out = (struct ctx_regexp){ 0 };
	struct parser p = { source, source + len, out, sets, err };
	bool repeated = false;
	while (p.at != p.end) {
		int rc = parse_repeat(&p, &repeated);
		if (rc < 0) {
			ctx_regexp_release(out);
			return rc;
		}
	}
	return 0;
}
