/**
 * BuildKit's shell lexer: quotes, escapes and `$` forms of one word.
 *
 * Source: moby/buildkit v0.32.2 frontend/dockerfile/shell/lex.go.  Same results and the same rejections; deep nesting of
 * `${a:-${b:-...}}` costs linear time and a bounded stack.
 */
#ifndef ANALYZER_DOCKERFILE_SHELL_H
#define ANALYZER_DOCKERFILE_SHELL_H

#include "analyzer/dockerfile/env.h"
#include "analyzer/dockerfile/words.h"

/** Deepest nesting of `${...}`; more is CTX_E_LIMIT.  (BuildKit has no limit but its stack.) */
#define ANA_SHELL_DEPTH_MAX 10000
/** Most bytes of values that may be put into one word; more is CTX_E_LIMIT.  Far less once the arena holds a gigabyte. */
#define ANA_SHELL_GROWTH_MAX ((size_t)1 << 24)

/** How to lex: the fields of shell.Lex. */
struct ana_shell {
	/** '\\' or '`'. */
	char escape;
	/** Keep quotes (RawQuotes), keep escapes (RawEscapes). */
	bool raw_quotes, raw_escapes;
	/** Leave `$name` of unset variables as it stands (SkipUnsetEnv). */
	bool skip_unset;
	/** Quotes are plain text (SkipProcessQuotes). */
	bool skip_quotes;
	/** As Docker 20.10 does (BuildKit 0.8): of the modifiers there are only `:-`, `:+`, `:?` and `?`. */
	bool older;
};

/** What became of a word. */
struct ana_expansion {
	/** Result.  In the arena, or the input itself if nothing changed. */
	struct ctx_str text;
	/** Names of variables that were looked up and not set, in order of first use; names that were found. */
	struct ana_words unmatched, matched;
};
void ana_expansion_release(struct ana_expansion *expansion);
#define ana_auto_expansion CTX_CLEANUP(ana_expansion_release)

/**
 * Expand one word (ProcessWordWithMatches).
 *
 * @env     Variables.
 * @out     Zero-initialised.
 * @return  0; CTX_E_SYNTAX, the word is malformed or a `?` form failed: the message is BuildKit's without its
 *          "failed to process" frame; CTX_E_LIMIT; CTX_E_NOMEM.
 */
CTX_NODISCARD
int ana_shell_word(const struct ana_shell *shell, struct ctx_str word, const struct ana_env *env,
	struct ctx_arena *arena, struct ana_expansion *out, struct ctx_error *err);

/** Expand and split into words at unquoted white space (ProcessWords); appended to `words`.  Errors as above. */
CTX_NODISCARD
int ana_shell_words(const struct ana_shell *shell, struct ctx_str text, const struct ana_env *env,
	struct ctx_arena *arena, struct ana_words *words, struct ctx_error *err);

#endif
