/**
 * Patterns of `${x#p}`, `${x%p}` and `${x/p/r}`: text, `*` and `?`.
 *
 * BuildKit turns them into regular expressions (moby/buildkit v0.32.2 frontend/dockerfile/shell/lex.go
 * convertShellPatternToRegex) and runs Go's regexp.  Same results here without one: since `*` and `?` do not cross a line
 * feed, the first place where a piece between two stars fits is always as good as any later one, so nothing has to be
 * tried twice.  At worst length of the text times length of the pattern.
 */
#ifndef ANALYZER_DOCKERFILE_SHELL_PATTERN_H
#define ANALYZER_DOCKERFILE_SHELL_PATTERN_H

#include "ctxopt/base/buf.h"
#include "ctxopt/base/str.h"
#include "ctxopt/base/vec.h"

/** Most comparisons for one use of a pattern: pattern times text; more is CTX_E_LIMIT. */
#define ANA_SHELL_PATTERN_STEPS_MAX (1u << 28)

/** A part between two stars. */
struct ana_shell_piece {
	/** Its tokens. */
	size_t from, to;
	/** The answer to the last question "where from `asked` on": at `found`, up to `end`; or `nowhere` up to `found`. */
	size_t asked, found, end;
	bool known, nowhere;
};

/** A compiled pattern. */
struct ana_shell_pattern {
	/** Code points; one more than the largest means any. */
	CTX_VEC(uint32_t) tokens;
	/** At least one. */
	CTX_VEC(struct ana_shell_piece) pieces;
};
void ana_shell_pattern_release(struct ana_shell_pattern *pattern);
#define ana_auto_shell_pattern CTX_CLEANUP(ana_shell_pattern_release)

/**
 * Compile.
 *
 * @pattern  Zero-initialised.
 * @reverse  Compile the pattern read backwards (reversePattern): for suffixes.
 * @bad      On CTX_E_SYNTAX: the code point that must not follow a backslash, U+FFFD for the end.
 * @return   0; CTX_E_SYNTAX; CTX_E_NOMEM.
 */
CTX_NODISCARD
int ana_shell_pattern_compile(struct ana_shell_pattern *pattern, struct ctx_str text, bool reverse, uint32_t *bad);

/** Would matching against so many bytes take too long? */
bool ana_shell_pattern_too_long(const struct ana_shell_pattern *pattern, size_t value_len);

/** Length of the shortest or longest prefix of `value` that fits; 0 if none does. */
size_t ana_shell_pattern_prefix(struct ana_shell_pattern *pattern, struct ctx_str value, bool longest);

/**
 * Append `value` with its first, or every, longest match replaced.  For every match the replacement is a template, as in
 * regexp.ReplaceAllString: `$0` is the match, `$1` and `$name` are empty, `$$` is a dollar.
 *
 * @limit  Stop when `out` is longer than this.
 */
void ana_shell_pattern_replace(struct ana_shell_pattern *pattern, struct ctx_str value, struct ctx_str replacement,
	bool all, size_t limit, struct ctx_buf *out);

/** Append one code point; what is none becomes U+FFFD, as in Go's string(-1). */
void ana_shell_add_rune(struct ctx_buf *out, uint32_t rune);

/** Append a pattern as it reads backwards (reversePattern): what messages about suffixes show. */
void ana_shell_pattern_show_reversed(struct ctx_buf *out, struct ctx_str text);

/** Append the text backwards, by code points; invalid bytes become U+FFFD. */
void ana_shell_reverse(struct ctx_buf *out, struct ctx_str text);

#endif
