#include "analyzer/dockerfile/nearest.h"

#include "ctxopt/base/rune.h"

/** Most edits between words that have to do with each other. */
#define EDITS_MAX 2u

/** The first code point of a word that is not empty, taken off it. */
static uint32_t take(struct ctx_str *word) {
	size_t width;
	uint32_t rune = ctx_rune_decode(word->ptr, word->len, &width);
	*word = ctx_str_from(*word, width);
	return rune;
}

/** Cut what two words have in common at their start; returns how many code points that is. */
static size_t cut_common(struct ctx_str *a, struct ctx_str *b) {
	size_t count = 0;
	for (;; ++count) {
		struct ctx_str x = *a, y = *b;
		if (x.len == 0 || y.len == 0 || take(&x) != take(&y)) {
			return count;
		}
		*a = x;
		*b = y;
	}
}

/** Levenshtein distance: insertions, deletions and substitutions, one edit each; more than `max` are `max` + 1. */
static unsigned distance(struct ctx_str a, struct ctx_str b, unsigned max) {
	cut_common(&a, &b);
	if (a.len == 0 && b.len == 0) {
		return 0;
	}
	if (max == 0) {
		return 1;
	}
	struct ctx_str a_rest = a, b_rest = b;
	unsigned fewest = max;
	if (a.len > 0) {
		take(&a_rest);
		unsigned edits = distance(a_rest, b, max - 1);
		fewest = edits < fewest ? edits : fewest;
	}
	if (b.len > 0) {
		take(&b_rest);
		unsigned edits = distance(a, b_rest, max - 1);
		fewest = edits < fewest ? edits : fewest;
	}
	if (a.len > 0 && b.len > 0) {
		unsigned edits = distance(a_rest, b_rest, max - 1);
		fewest = edits < fewest ? edits : fewest;
	}
	return fewest + 1;
}

bool ana_nearest_of(struct ctx_str *out, struct ctx_str word, const struct ctx_str *options, size_t count) {
	unsigned fewest = EDITS_MAX + 1;
	for (size_t i = 0; i < count; ++i) {
		unsigned edits = distance(word, options[i], EDITS_MAX);
		if (edits == 0) {
			return false; // the word was right, so something else is wrong
		}
		if (edits < fewest) {
			fewest = edits;
			*out = options[i];
		}
	}
	return fewest <= EDITS_MAX;
}

const char *ana_nearest(struct ctx_str word, const char *const *options, size_t count) {
	const char *nearest = NULL;
	unsigned fewest = EDITS_MAX + 1;
	size_t longest = 0;
	for (size_t i = 0; i < count; ++i) {
		unsigned edits = distance(word, CTX_STR(options[i]), EDITS_MAX);
		if (edits == 0) {
			return NULL;
		}
		struct ctx_str a = word, b = CTX_STR(options[i]);
		size_t common = cut_common(&a, &b);
		if (edits < fewest || (edits == fewest && nearest != NULL && common > longest)) {
			fewest = edits;
			longest = common;
			nearest = options[i];
		}
	}
	return nearest;
}
