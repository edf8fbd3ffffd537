/**
 * One pattern of an ignore file: is it acceptable, and what does it mean?
 *
 * Nothing is matched here.  A pattern becomes either literal text with a way to compare it, or a regular expression in
 * Go's syntax, text for text the one that moby builds, so that every accident of that translation is kept.
 * Source: moby/patternmatcher v0.6.1 patternmatcher.go (New, compile, match); Go 1.26 path/filepath/match.go.
 */
#ifndef CTXOPT_CONTEXT_PATTERN_H
#define CTXOPT_CONTEXT_PATTERN_H

#include "ctxopt/base/buf.h"

/** How a pattern is compared with a path. */
enum ctx_pattern_type {
	/** The path equals `text`. */
	CTX_PATTERN_EXACT,
	/** The path starts with `text`. */
	CTX_PATTERN_PREFIX,
	/** The path ends with `text`; if that starts with '/', the path may also equal the rest of it. */
	CTX_PATTERN_SUFFIX,
	/** The path is searched for the regular expression `regexp`. */
	CTX_PATTERN_REGEXP,
};

/** A translated pattern.  Release with ctx_pattern_release(). */
struct ctx_pattern {
	enum ctx_pattern_type type;
	/** Literal text of the first three types.  Borrowed from the pattern that was translated. */
	const char *text;
	size_t text_len;
	/** Source of the regular expression; empty for the first three types.  Always valid UTF-8.  Owned. */
	struct ctx_buf regexp;
};

/** Would `filepath.Match(pattern, ".")` accept the syntax?  BuildKit fails the build otherwise. */
bool ctx_pattern_is_valid(const char *pattern, size_t len);

/** Translate a cleaned pattern without its '!'.  False when out of memory. */
CTX_NODISCARD
bool ctx_pattern_translate(struct ctx_pattern *out, const char *pattern, size_t len);
/**
 * As ctx_pattern_translate(), by the rules of Docker 20.10: every pattern is a regular expression, and fewer characters
 * are escaped.  Source: docker/docker v20.10.24 pkg/fileutils/fileutils.go.
 */
CTX_NODISCARD
bool ctx_pattern_translate_20_10(struct ctx_pattern *out, const char *pattern, size_t len);
void ctx_pattern_release(struct ctx_pattern *pattern);

/** Compare a literal pattern (any type but CTX_PATTERN_REGEXP) with a path, byte for byte. */
bool ctx_pattern_matches_text(enum ctx_pattern_type type, const char *text, size_t text_len, const char *path,
	size_t path_len);

#endif
