/**
 * The splitters of the first pass: how the text after a keyword falls into flags, words and JSON members.
 *
 * Pure functions on text; results point into the input where nothing had to be decoded, else into the arena.
 * Source: moby/buildkit v0.32.2 frontend/dockerfile/parser/line_parsers.go, split_command.go; Go 1.2x encoding/json.
 */
#ifndef ANALYZER_DOCKERFILE_WORDS_H
#define ANALYZER_DOCKERFILE_WORDS_H

#include "ctxopt/base/arena.h"
#include "ctxopt/base/error.h"
#include "ctxopt/base/str.h"
#include "ctxopt/base/vec.h"

/** A growing list of words. */
struct ana_words {
	CTX_VEC(struct ctx_str) items;
};
void ana_words_release(struct ana_words *words);
#define ana_auto_words CTX_CLEANUP(ana_words_release)

/** unicode.IsSpace() of a byte that is taken for a code point, as the byte-wise splitters of BuildKit do. */
static inline bool ana_is_latin1_space(char byte) {
	unsigned char c = (unsigned char)byte;
	return c == ' ' || (c >= '\t' && c <= '\r') || c == 0x85 || c == 0xA0;
}
/** A byte of the regular expression [\t\v\f\r ]: no line feed. */
static inline bool ana_is_blank(char c) {
	return c == ' ' || c == '\t' || (c >= '\v' && c <= '\r');
}

/** Take the leading flag words off `*rest` (extractBuilderFlags); they are appended to `flags` unquoted. */
CTX_NODISCARD
int ana_words_flags(struct ana_words *flags, struct ctx_str *rest, char escape, struct ctx_arena *arena);

/** Split at runs of tab, VT, FF, CR and space (parseStringsWhitespaceDelimited). */
CTX_NODISCARD
int ana_words_blank(struct ana_words *words, struct ctx_str rest);

/** Split at white space outside quotes; quotes and escapes stay (parseWords). */
CTX_NODISCARD
int ana_words_quoted(struct ana_words *words, struct ctx_str rest, char escape, struct ctx_arena *arena);

/** What the JSON form said. */
enum ana_json_form {
	/** No JSON array: the text form applies. */
	ANA_JSON_NO,
	/** An array of strings: the members. */
	ANA_JSON_YES,
	/** A JSON array with a member that is no string: an error. */
	ANA_JSON_NOT_STRINGS,
};

/**
 * Read a JSON array of strings as Go's encoding/json does: strict, nothing after it but white space, invalid UTF-8 and
 * lone surrogates become U+FFFD.  Nesting beyond 10,000 brackets and numbers beyond float64 are no JSON, as in Go.
 *
 * @members  Appended to, only for ANA_JSON_YES.
 * @rest     Left-trimmed by this function, as parseJSON does.
 * @other    ANA_JSON_NOT_STRINGS: the first member that is no string, or its first bracket.  Points into `rest`.
 * @return   enum ana_json_form; CTX_E_NOMEM.
 */
CTX_NODISCARD
int ana_words_json(struct ana_words *members, struct ctx_str rest, struct ctx_arena *arena, struct ctx_str *other);

/**
 * The string `name` of a JSON object that is the whole text; absent if the text is something else.  Of several members with
 * that name the last counts.
 * @return  0; CTX_E_NOMEM.
 */
CTX_NODISCARD
int ana_words_json_member(struct ctx_str *value, struct ctx_str text, const char *name, struct ctx_arena *arena);

#endif
