/**
 * "Did you mean": the option nearest to a word.
 *
 * Source: moby/buildkit v0.32.2 util/suggest/error.go; agext/levenshtein v1.2.3.
 */
#ifndef ANALYZER_DOCKERFILE_NEAREST_H
#define ANALYZER_DOCKERFILE_NEAREST_H

#include "ctxopt/base/str.h"

/**
 * The option that is fewest edits away from `word`, at most two; NULL if there is none.
 *
 * Of several that are equally near this returns the first of those with which `word` has the longest start in common;
 * BuildKit returns any of them.
 */
const char *ana_nearest(struct ctx_str word, const char *const *options, size_t count);

/**
 * The same of words of the file: the first of those that are nearest.  False if there is none, or if the word is one of them.
 *
 * Takes time for the lengths of all words.
 */
bool ana_nearest_of(struct ctx_str *out, struct ctx_str word, const struct ctx_str *options, size_t count);

#endif
