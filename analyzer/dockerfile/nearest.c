#include "analyzer/dockerfile/nearest.h"

#include "ctxopt/base/rune.h"

/** Edits from which on two words have nothing to do with each other. */
#define EDITS_MAX 3u
/** Longest option, in code points, that is supported. */
#define OPTION_MAX 24u

/** Code points of a word, at most `max`; returns `max` + 1 if there are more. */
static size_t code_points(uint32_t *out, size_t max, struct ctx_str word) {
	size_t count = 0;
	for (size_t i = 0, width; i < word.len; i += width) {
		uint32_t rune = ctx_rune_decode(word.ptr + i, word.len - i, &width);
		if (count == max) {
			return max + 1;
		}
		out[count++] = rune;
	}
	return count;
}

/** The smaller of two numbers. */
static unsigned least(unsigned a, unsigned b) {
	return a < b ? a : b;
}

/** Levenshtein distance: insertions, deletions and substitutions, one edit each. */
static unsigned distance(const uint32_t *a, size_t a_count, const uint32_t *b, size_t b_count) {
	// row[j]: edits that turn the first i code points of `a` into the first j of `b`
	unsigned row[OPTION_MAX + 1];
	for (size_t j = 0; j <= b_count; ++j) {
		row[j] = (unsigned)j;
	}
	for (size_t i = 0; i < a_count; ++i) {
		unsigned diagonal = row[0]++;
		for (size_t j = 0; j < b_count; ++j) {
			unsigned above = row[j + 1];
			unsigned replaced = diagonal + (a[i] != b[j]);
			row[j + 1] = least(replaced, least(above, row[j]) + 1);
			diagonal = above;
		}
	}
	return row[b_count];
}

/** Code points that two words have in common at their start. */
static size_t common_start(const uint32_t *a, size_t a_count, const uint32_t *b, size_t b_count) {
	size_t count = 0;
	while (count < a_count && count < b_count && a[count] == b[count]) {
		++count;
	}
	return count;
}

const char *ana_nearest(struct ctx_str word, const char *const *options, size_t count) {
	uint32_t mine[OPTION_MAX + EDITS_MAX];
	uint32_t theirs[OPTION_MAX];
	size_t mine_count = code_points(mine, CTX_COUNTOF(mine), word);
	const char *nearest = NULL;
	unsigned fewest = EDITS_MAX;
	size_t longest = 0;
	if (mine_count > CTX_COUNTOF(mine)) {
		return NULL;
	}
	for (size_t i = 0; i < count; ++i) {
		size_t theirs_count = code_points(theirs, CTX_COUNTOF(theirs), CTX_STR(options[i]));
		if (theirs_count > CTX_COUNTOF(theirs)) {
			continue;
		}
		unsigned edits = distance(mine, mine_count, theirs, theirs_count);
		if (edits == 0) {
			return NULL; // the word was right, so something else is wrong
		}
		size_t common = common_start(mine, mine_count, theirs, theirs_count);
		if (edits < fewest || (edits == fewest && nearest != NULL && common > longest)) {
			fewest = edits;
			longest = common;
			nearest = options[i];
		}
	}
	return nearest;
}
