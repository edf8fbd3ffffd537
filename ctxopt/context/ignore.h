/**
 * An ignore file as an ordered list of rules, parsed and compiled once.
 *
 * Immutable: shared by all threads, each of which asks it through a matcher of its own (matcher.h).
 * Sources: moby/patternmatcher v0.6.1 patternmatcher.go (New) and ignorefile/ignorefile.go (ReadAll); for Podman
 * openshift/imagebuilder builder.go (ParseIgnoreReader).
 */
#ifndef CTXOPT_CONTEXT_IGNORE_H
#define CTXOPT_CONTEXT_IGNORE_H

#include "ctxopt/context/nfa.h"

/** Longest line of an ignore file, in bytes (as Go's bufio.Scanner: one token, line end not counted). */
#define CTX_IGNORE_LINE_MAX 65535
/** Largest ignore file that is read, in bytes. */
#define CTX_IGNORE_FILE_MAX (16u << 20)

/** One rule of the list. */
struct ctx_rule {
	/** 1-based line in the ignore file. */
	unsigned line;
	/** A `!` rule: what it matches is kept. */
	bool negated;
	/** The pattern as it is matched: cleaned, without '!'.  NUL-terminated.  Borrowed from the list. */
	const char *pattern;
	/** Bytes of `pattern`. */
	size_t pattern_len;
	/** The line as it stands in the file, white space trimmed.  NUL-terminated.  Borrowed from the list. */
	const char *text;
	/** Bytes of `text`. */
	size_t text_len;
	/** Number of '/'-separated components of `pattern`. */
	unsigned components;
};

struct ctx_ignore;

/** How lines become rules, and how rules are combined. */
enum ctx_ignore_syntax {
	/** Docker and BuildKit: ignorefile.ReadAll. */
	CTX_IGNORE_DOCKER,
	/** Podman and Buildah: imagebuilder ParseIgnoreReader. */
	CTX_IGNORE_PODMAN,
	/** Docker 20.10: the lines as today, patterns and walk by the older rules (matcher.h). */
	CTX_IGNORE_DOCKER_20_10,
};

/**
 * Parse and compile an ignore file.
 *
 * @text    `len` bytes, borrowed for the call.
 * @return  0; CTX_E_SYNTAX, a line no build would accept, also one above CTX_IGNORE_LINE_MAX (err->line);
 *          CTX_E_LIMIT, rules too large to compile; CTX_E_UNSUPPORTED, a construct whose meaning this program
 *          refuses to guess (err->line); CTX_E_NOMEM.
 */
CTX_NODISCARD
int ctx_ignore_parse(struct ctx_ignore **out, enum ctx_ignore_syntax syntax, const char *text, size_t len,
	struct ctx_error *err);

/**
 * Compile patterns that did not come from a file, in order, as `COPY --exclude` and tests have them:
 * no comments, no line syntax; a leading '!' negates.  Lines are numbered from 1.
 */
CTX_NODISCARD
int ctx_ignore_compile(struct ctx_ignore **out, const char *const *patterns, size_t count, struct ctx_error *err);

/** Free a list; NULL is fine. */
void ctx_ignore_free(struct ctx_ignore *ig);

/** Number of rules; 0 for an empty or missing file. */
size_t ctx_ignore_count(const struct ctx_ignore *ig);
/** Rule `index` (0-based; entries store index + 1).  Borrowed. */
const struct ctx_rule *ctx_ignore_rule(const struct ctx_ignore *ig, size_t index);
/** Is there a '!' rule? */
bool ctx_ignore_has_negation(const struct ctx_ignore *ig);

/** The parts of a compiled list that matchers need (matcher.c, and nobody else). */
struct ctx_ignore_program {
	/** Every rule but the odd ones. */
	const struct ctx_nfa *nfa;
	/**
	 * Odd rules, ascending.  Either literal text that is no plain UTF-8 and must be compared byte for byte, or a
	 * pattern that no build can evaluate: reaching it fails the build.
	 */
	const struct ctx_odd_rule *odd;
	size_t odd_count;
	/** Is there a rule that fails the build when it is reached? */
	bool has_broken;
	/**
	 * Excluded directories are entered by ctx_ignore_lies_below(), not by what the automaton knows.  The two differ only
	 * where a negated rule holds U+FFFD, which matches an invalid byte but is another text.
	 */
	bool by_text;
	/** The older rules are followed: always `by_text`. */
	bool docker_20_10;
};

/** A rule that the automaton does not hold. */
struct ctx_odd_rule {
	/** Index of the rule. */
	uint32_t index;
	/** Fails when it is reached; else `type` and `text` say what to compare (ctx_pattern_matches_text()). */
	bool broken;
	enum ctx_pattern_type type;
	const char *text;
	size_t text_len;
};

/**
 * Does the text of some negated rule lie at or below the directory?  What fsutil asks before it enters an excluded
 * directory, if no negated rule has wildcards but a final glob, which does not count (filter.go,
 * onlyPrefixExcludeExceptions); Docker 20.10 asks it always and takes globs for text (fsutil 0834f99b walker.go).
 */
bool ctx_ignore_lies_below(const struct ctx_ignore *ig, const char *dir, size_t dir_len);

/** See struct ctx_ignore_program.  Borrowed from the list. */
struct ctx_ignore_program ctx_ignore_program(const struct ctx_ignore *ig);

#endif
