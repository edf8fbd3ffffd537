/**
 * Shared by the files of the first pass: reading lines, and what is kept between them.
 */
#ifndef ANALYZER_DOCKERFILE_SYNTAX_INTERNAL_H
#define ANALYZER_DOCKERFILE_SYNTAX_INTERNAL_H

#include "analyzer/dockerfile/syntax.h"
#include "analyzer/dockerfile/words.h"

/** The run of directives at the head of a file, as one reader sees it. */
struct ana_zone {
	/** A line that is no directive was met: all later ones are comments. */
	bool closed;
	/** Bit per enum ana_directive_key that was met. */
	unsigned seen;
};

/** Names of directives. */
enum ana_directive_key { ANA_DIRECTIVE_ESCAPE, ANA_DIRECTIVE_SYNTAX, ANA_DIRECTIVE_CHECK, ANA_DIRECTIVE_NONE };

/** One directive. */
struct ana_directive {
	/** ANA_DIRECTIVE_NONE: the line is none, the zone is closed. */
	enum ana_directive_key key;
	/** This key was there before: an error. */
	bool repeated;
	/** Both point into the line. */
	struct ctx_str name, value;
};

/** Try a line without its end as a directive behind `mark` ("#"). */
struct ana_directive ana_zone_line(struct ana_zone *zone, struct ctx_str line, const char *mark);

/** Find syntax and check by the rules of their own reader.  CTX_E_NOMEM. */
CTX_NODISCARD
int ana_directives_detect(struct ana_directives *directives, struct ctx_str text, struct ctx_arena *arena);

/** A logical line. */
struct ana_logical {
	/** The joined text, not trimmed at its end. */
	struct ctx_str text;
	/** Where it comes from, in the arena. */
	struct ana_piece *pieces;
	uint32_t piece_count;
	/** Its first line; the last is that of the parser. */
	uint32_t first_line;
};

/** The pass at work. */
struct ana_parser {
	struct ana_syntax *syntax;
	struct ctx_arena *arena;
	struct ana_diags *diags;
	struct ctx_error *err;
	/** The next physical line, and the end of the text. */
	const char *at, *end;
	/** Lines that were taken. */
	uint32_t line;
	/** The next line is too long: to BuildKit the text ends here. */
	bool too_long;
	/** Lines could not be kept: the text seems to end early. */
	bool no_memory;
	/** An error was found. */
	bool failed;
	char escape;
	struct ana_zone zone;
	/** Lists that are filled again and again. */
	struct ana_words comments, flags, args;
	CTX_VEC(struct ana_piece) pieces;
	CTX_VEC(struct ana_heredoc) heredocs;
};

/** What a step returns if it found an error in the text and added it; a failure is negative. */
#define ANA_PARSER_BAD 1

/** Take the next physical line with its line feed; false at the end and before a line that is too long. */
bool ana_parser_line(struct ana_parser *p, struct ctx_str *raw);
/** Go past a line that is too long. */
void ana_parser_skip(struct ana_parser *p);

/** Complain about a line that is too long and go past it.  ANA_PARSER_BAD, CTX_E_NOMEM. */
CTX_NODISCARD
int ana_parser_long_line(struct ana_parser *p);

/** Join the lines that continue `first`, the trimmed first line.  CTX_E_NOMEM. */
CTX_NODISCARD
int ana_parser_join(struct ana_parser *p, struct ctx_str first, struct ana_logical *logical);

/** Make a node of a logical line.  0, ANA_PARSER_BAD, CTX_E_NOMEM. */
CTX_NODISCARD
int ana_parser_node(struct ana_parser *p, struct ana_node *node, const struct ana_logical *logical);

/** Take the heredocs of a node from the lines that follow.  0, ANA_PARSER_BAD, CTX_E_NOMEM, CTX_E_LIMIT. */
CTX_NODISCARD
int ana_parser_heredocs(struct ana_parser *p, struct ana_node *node);

/** Add an error.  ANA_PARSER_BAD, or CTX_E_NOMEM. */
CTX_NODISCARD CTX_PRINTF(3, 4) int ana_parser_complain(struct ana_parser *p, struct ana_position at, const char *fmt,
	...);

/** Copy a list into the arena; `*items` is NULL if it is empty.  CTX_E_NOMEM. */
CTX_NODISCARD
int ana_parser_keep(struct ana_parser *p, const struct ana_words *words, struct ctx_str **items, uint32_t *count);

/** Place of a part of the text. */
struct ana_position ana_parser_position(const struct ana_parser *p, struct ctx_str part);

/** The line without the CR and LF at its end. */
static inline struct ctx_str ana_line_content(struct ctx_str raw) {
	while (raw.len > 0 && (raw.ptr[raw.len - 1] == '\n' || raw.ptr[raw.len - 1] == '\r')) {
		--raw.len;
	}
	return raw;
}

/** The text without white space at its start. */
struct ctx_str ana_trim_left(struct ctx_str text);
/** The text without white space at both ends. */
struct ctx_str ana_trim(struct ctx_str text);

/** At most so many bytes of a word are shown in a message. */
#define ANA_SHOWN_MAX 60
/** Two arguments and a tail for "'%.*s%s'": a word of the text, cut if it is long. */
#define ANA_SHOWN(s) \
	(int)((s).len > ANA_SHOWN_MAX ? ANA_SHOWN_MAX : (s).len), (s).ptr == NULL ? "" : (s).ptr, \
		(s).len > ANA_SHOWN_MAX ? "..." : ""

#endif
