/**
 * The part of Go's regular expression syntax that an ignore pattern can turn into, parsed to a flat list.
 *
 * Patterns reach the regular expression with most of its operators escaped (pattern.h), so there are no groups but the
 * fixed text `(.*` + `/)?`, no lazy operators and no flags.  What is left, mostly by accident, is parsed as Go 1.26
 * regexp/syntax/parse.go does with the flags of regexp.Compile (Perl: `^` and `$` are the ends of the text, `.` is not a
 * newline, `[^x]` may be one).
 */
#ifndef CTXOPT_CONTEXT_REGEXP_H
#define CTXOPT_CONTEXT_REGEXP_H

#include "ctxopt/base/error.h"
#include "ctxopt/base/vec.h"

/** `max` of an item that may repeat without end. */
#define CTX_REPEAT_FOREVER UINT16_MAX

/** Inclusive range of code points. */
struct ctx_rune_range {
	uint32_t lo, hi;
};

/** Kinds of items. */
enum ctx_regexp_op {
	/** One code point, `rune`. */
	CTX_REGEXP_RUNE,
	/** One code point of the set `set`. */
	CTX_REGEXP_SET,
	/** A condition on the position, `assertion`; consumes nothing. */
	CTX_REGEXP_ASSERT,
	/** `(.*` + `/)?`: nothing, or anything but newlines that ends in '/'. */
	CTX_REGEXP_DIRS,
	/** Start of the next alternative; not repeated. */
	CTX_REGEXP_OR,
};

/** Conditions on a position; a set, so that a position can be described by one value too. */
enum ctx_assertion {
	CTX_ASSERT_BEGIN = 1 << 0,
	CTX_ASSERT_END = 1 << 1,
	/** Between a word character (ASCII) and another, or the reverse. */
	CTX_ASSERT_WORD_EDGE = 1 << 2,
	CTX_ASSERT_NO_WORD_EDGE = 1 << 3,
};

/** One item and how often it may stand in a row. */
struct ctx_regexp_item {
	enum ctx_regexp_op op;
	union {
		uint32_t rune;
		uint32_t set;
		uint32_t assertion;
	};
	uint16_t min, max;
};

/** A set of code points: `count` sorted, disjoint, non-touching ranges from `first` on in the pool. */
struct ctx_rune_set {
	uint32_t first, count;
	/** Hash of the ranges, so that equal sets are found quickly. */
	uint64_t hash;
};

/** All sets of a list of expressions; equal sets are stored once. */
struct ctx_rune_sets {
	CTX_VEC(struct ctx_rune_range) ranges;
	CTX_VEC(struct ctx_rune_set) sets;
};

/** A parsed expression: alternatives separated by CTX_REGEXP_OR. */
struct ctx_regexp {
	CTX_VEC(struct ctx_regexp_item) items;
};

/** Free a pool or an expression; it is empty and usable again. */
void ctx_rune_sets_release(struct ctx_rune_sets *sets);
void ctx_regexp_release(struct ctx_regexp *re);

/**
 * Store the union of `count` ranges (any order, overlaps allowed; sorted in place), or its complement.
 * Returns the set's index, UINT32_MAX when out of memory.
 */
CTX_NODISCARD
uint32_t ctx_rune_sets_add(struct ctx_rune_sets *sets, struct ctx_rune_range *ranges, size_t count, bool complement);

/**
 * Parse the source text that ctx_pattern_translate() made.
 *
 * @sets    Where sets go; shared by the expressions of one list.
 * @return  0; CTX_E_SYNTAX, Go would not compile it either; CTX_E_UNSUPPORTED, a Unicode class such as `\pL`;
 *          CTX_E_NOMEM.  On failure `out` is empty.
 */
CTX_NODISCARD
int ctx_regexp_parse(struct ctx_regexp *out, struct ctx_rune_sets *sets, const char *source, size_t len,
	struct ctx_error *err);

#endif
