/**
 * Between the two files that read shell texts: script.c has the grammar of commands, script_word.c that of words.
 *
 * Functions that return int give 0, ANA_SCRIPT_UNKNOWN after script_unknown(), or another value that ends the reading.
 */
#ifndef ANALYZER_DOCKERFILE_SCRIPT_INTERNAL_H
#define ANALYZER_DOCKERFILE_SCRIPT_INTERNAL_H

#include "analyzer/dockerfile/script.h"
#include "ctxopt/base/buf.h"
#include "ctxopt/base/vec.h"

#include <ctype.h>

/** A here-document whose text begins after the line. */
struct heredoc {
	struct ctx_str end;
	bool tabs, literal;
};

/** A text that is being read. */
struct script {
	struct ana_script_reader *reader;
	struct ctx_arena *arena;
	const char *at, *end;
	unsigned depth;
	size_t growth;
	CTX_VEC(struct heredoc) heredocs;
	const char *why;
	struct ctx_error *err;
};

/** The words of a command while they are collected. */
struct parts {
	CTX_VEC(struct ana_script_word) words;
	CTX_VEC(struct ana_script_redirect) redirects;
	size_t assigns;
	bool fed;
};

/** A word while it is collected. */
struct pending {
	struct ctx_buf text;
	size_t unknown_at, open_at;
	/** There is a word, though it may be empty. */
	bool exists, quoted;
	/** Not to be cut at blanks of values. */
	bool whole;
};

/** Say what is not understood: ANA_SCRIPT_UNKNOWN. */
static inline int script_unknown(struct script *s, const char *why) {
	s->why = why;
	return ANA_SCRIPT_UNKNOWN;
}
/** Tell the reader about an event without a command. */
static inline int script_tell(struct script *s, enum ana_script_event event) {
	return s->reader->event(s->reader->arg, event, NULL);
}
/** The byte `ahead`, NUL at the end. */
static inline char script_peek(const struct script *s, size_t ahead) {
	return (size_t)(s->end - s->at) > ahead ? s->at[ahead] : '\0';
}
/** Does this text come next? */
static inline bool script_starts(const struct script *s, const char *text) {
	return ctx_str_starts((struct ctx_str){ s->at, (size_t)(s->end - s->at) }, text);
}
/** Does an unquoted byte end a word?  The end of the text, which is NUL, does. */
static inline bool script_ends_word(char c) {
	return strchr(" \t\n;&|<>()", c) != NULL;
}
/** May a name begin with the byte, or have it? */
static inline bool script_is_name_start(char c) {
	return isalpha((unsigned char)c) || c == '_';
}
static inline bool script_is_name(char c) {
	return script_is_name_start(c) || isdigit((unsigned char)c);
}
/** A word of which nothing was read yet. */
static inline struct pending script_new_word(void) {
	return (struct pending){ .unknown_at = SIZE_MAX, .open_at = SIZE_MAX };
}

/** Read a word into `p`; fields of values that are finished before its end go to `parts`. */
int script_word(struct script *s, struct pending *p, struct parts *parts);
/** A word is finished: `p` becomes empty. */
int script_finish_word(struct script *s, struct pending *p, struct ana_script_word *out);
/** The same, into the list. */
int script_push_word(struct script *s, struct pending *p, struct parts *parts);
/** Tell the reader of all variables that the inside of `${...}` or a here-document names. */
int script_mention(struct script *s, struct ctx_str inside);
/** Commands up to one of the words, which is not taken; to a ')', ";;" or the end. */
int script_list(struct script *s, const char *until);

#endif
