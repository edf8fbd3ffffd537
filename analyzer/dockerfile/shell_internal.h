/**
 * The lexer's state: between shell.c, which reads, and shell_forms.c, which makes values of `$` forms.
 */
#ifndef ANALYZER_DOCKERFILE_SHELL_INTERNAL_H
#define ANALYZER_DOCKERFILE_SHELL_INTERNAL_H

#include "analyzer/dockerfile/shell.h"
#include "analyzer/dockerfile/shell_pattern.h"
#include "ctxopt/base/buf.h"
#include "ctxopt/base/strmap.h"

/** End of the text, as a code point. */
#define ANA_SHELL_END UINT32_MAX

/** What the text of a frame is for. */
enum ana_shell_role {
	/** The whole word, to its end. */
	ANA_ROLE_WORD,
	/** Inside "...". */
	ANA_ROLE_QUOTED,
	/** After the operator of `${x:-w}` and the like, to '}'. */
	ANA_ROLE_OPERAND,
	/** Of `${x/p/r}`: p, to '/'; then r, to '}'. */
	ANA_ROLE_PATTERN,
	ANA_ROLE_REPLACEMENT,
};

/** One call that has not returned. */
struct ana_shell_frame {
	enum ana_shell_role role;
	/** Setting of `raw_escapes` outside. */
	bool outer_raw;
	/** `${name` and what followed: ':' or not, and the operator ('/' with `twice` for `//`). */
	struct ctx_str name;
	bool colon, twice;
	uint32_t op;
	/** Where in the buffer the result of this frame begins; where the replacement does. */
	size_t start, middle;
};

/** Names already reported, and the list they are in. */
struct ana_shell_names {
	struct ana_words *list;
	struct ctx_strmap map;
};

/** One run over one word. */
struct ana_lexer {
	const struct ana_shell *shell;
	const struct ana_env *env;
	struct ctx_error *err;
	/** Text, and how far it is read. */
	struct ctx_str text;
	size_t at;
	/** Keep escapes at the moment. */
	bool raw_escapes;
	/** Results of all frames, one after the other; a value being made. */
	struct ctx_buf out, scratch;
	CTX_VEC(struct ana_shell_frame) frames;
	/** Open `${`. */
	unsigned depth;
	/** Bytes of values that were put in so far, and how many are allowed. */
	size_t value_bytes, value_bytes_max;
	/** The last value put in, if the word began with it; else absent. */
	struct ctx_str leading;
	/** Names looked up; lists are NULL if not wanted. */
	struct ana_shell_names matched, unmatched;
	/** ProcessWords: the finished words, NULL for ProcessWord; the open one. */
	struct ana_words *words;
	struct ctx_arena *arena;
	struct ctx_buf word;
	bool in_word;
};

/** Value of a variable (getEnv): 1 and the value, 0 and empty if it is not set, or an error.  Reports the name. */
int ana_lexer_get(struct ana_lexer *lx, struct ctx_str name, struct ctx_str *value);
/** Put the value of a variable, or a part of it, into the result.  CTX_E_LIMIT. */
int ana_lexer_add(struct ana_lexer *lx, struct ctx_str value);
/** "unsupported modifier (:x) in substitution". */
int ana_lexer_fail_modifier(struct ana_lexer *lx, bool colon, uint32_t op);
/** All operands of a form are in the buffer: put its value in their place (processDollar after processStopOn). */
int ana_lexer_put(struct ana_lexer *lx, const struct ana_shell_frame *frame);

#endif
