/**
 * Dockerfile text to nodes: the first of BuildKit's two passes.
 *
 * Finds directives, joins continued lines, splits keyword, flag words and argument words, recognises the JSON form,
 * and takes heredoc bodies.  Accepts and rejects what moby/buildkit v0.32.2 frontend/dockerfile/parser (parser.go,
 * directives.go, line_parsers.go, split_command.go) does; linear in the input; nothing is recursive in it.
 *
 * Why not on top of the grammar in grammar/: a tree costs as much time as everything in this floor may take, and a tree
 * of a broken file does not say what BuildKit would say.  The conformance suite holds all three (grammar, this, BuildKit)
 * against each other on the same files.
 */
#ifndef ANALYZER_DOCKERFILE_SYNTAX_H
#define ANALYZER_DOCKERFILE_SYNTAX_H

#include "analyzer/dockerfile/diag.h"

/** Keywords, in the order of the reference manual. */
enum ana_keyword {
	ANA_KW_UNKNOWN,
	ANA_KW_ADD,
	ANA_KW_ARG,
	ANA_KW_CMD,
	ANA_KW_COPY,
	ANA_KW_ENTRYPOINT,
	ANA_KW_ENV,
	ANA_KW_EXPOSE,
	ANA_KW_FROM,
	ANA_KW_HEALTHCHECK,
	ANA_KW_LABEL,
	ANA_KW_MAINTAINER,
	ANA_KW_ONBUILD,
	ANA_KW_RUN,
	ANA_KW_SHELL,
	ANA_KW_STOPSIGNAL,
	ANA_KW_USER,
	ANA_KW_VOLUME,
	ANA_KW_WORKDIR,
	ANA_KW_COUNT,
};

/** "FROM", "RUN", ...; "" for unknown.  Static string. */
const char *ana_keyword_name(enum ana_keyword keyword);
/** Keyword of a word in any case; ANA_KW_UNKNOWN if there is none. */
enum ana_keyword ana_keyword_of(struct ctx_str word);

/** Longest physical line, in bytes before its line feed; one more is an error, as in BuildKit (bufio.MaxScanTokenSize). */
#define ANA_LINE_BYTES_MAX 65535
/** Largest file; more is CTX_E_LIMIT. */
#define ANA_TEXT_BYTES_MAX (1u << 30)

/** Where one piece of a logical line stands in the text: from byte `at` of the line on, at byte `source` of the text. */
struct ana_piece {
	uint32_t at, source;
};

/** A here-document. */
struct ana_heredoc {
	/** Without quotes and backslashes. */
	struct ctx_str name;
	/** The word as it stands in the line: `<<-"EOF"`. */
	struct ctx_str word;
	/** Lines up to the terminator, final line feed included, exactly as in the text. */
	struct ctx_str body;
	/** Number before "<<", 0 if there is none, UINT32_MAX if it is beyond.  BuildKit stores and ignores it. */
	uint32_t fd;
	/** The name had no quotes: the body of COPY and ADD is expanded. */
	bool expand;
	/** "<<-": leading tabs are stripped. */
	bool chomp;
	/** First line of the body, and line of the terminator. */
	uint32_t line, end_line;
};

/**
 * Read one word as a here-document: "3<<-EOF" (ParseHeredoc).
 *
 * @doc     Name, word, fd, expand and chomp; there is no body yet.
 * @return  1; 0, it is none; CTX_E_SYNTAX, its name cannot be lexed: the first pass rejects that, the second takes it for
 *          "none"; CTX_E_LIMIT; CTX_E_NOMEM.
 */
CTX_NODISCARD
int ana_heredoc_read(struct ana_heredoc *doc, struct ctx_str word, struct ctx_arena *arena, struct ctx_error *err);

/** One instruction as it is written. */
struct ana_node {
	enum ana_keyword keyword;
	/** The keyword as it is written. */
	struct ctx_str keyword_text;
	/** The logical line, trimmed at both ends; of an inner instruction only its own part. */
	struct ctx_str line_text;
	/** What stands after keyword and flags, trimmed: the text that `args` was made from.  Empty if there is none. */
	struct ctx_str args_text;
	/** Flag words, unquoted: "--mount=type=cache,target=/a b". */
	struct ctx_str *flags;
	uint32_t flag_count;
	/**
	 * Arguments as BuildKit's splitter for this keyword makes them:
	 * words (FROM, EXPOSE, COPY, ADD, VOLUME, ARG); one raw string, or none if it is empty (MAINTAINER, STOPSIGNAL, USER,
	 * WORKDIR, shell form of RUN, CMD, ENTRYPOINT); members (JSON form); key, value, separator triples (ENV, LABEL,
	 * separator "=" or "" for the legacy form); type, then arguments (HEALTHCHECK).  ONBUILD has none, but `inner`.
	 */
	struct ctx_str *args;
	uint32_t arg_count;
	/** The JSON form was used. */
	bool json;
	struct ana_heredoc *heredocs;
	uint32_t heredoc_count;
	/** Comments directly above, in order, without '#', trimmed. */
	struct ctx_str *comments;
	uint32_t comment_count;
	/** ONBUILD: the inner instruction; NULL otherwise. */
	struct ana_node *inner;
	/** 1-based first and last physical line, heredocs included. */
	uint32_t first_line, end_line;
	/**
	 * The logical line before trimming (what BuildKit keeps as "Original"), and where its pieces stand; at least one piece.
	 * An inner instruction has that of the outer one.
	 */
	struct ctx_str logical;
	struct ana_piece *pieces;
	uint32_t piece_count;
};

/** Which frontend and options the file asks for in its first lines. */
struct ana_directives {
	/** '\\' or '`'. */
	char escape;
	/**
	 * Value of "# syntax=" and of "# check=", by the rules of their own reader (DetectSyntax, ParseDirective) and up to the
	 * first space, as BuildKit uses it; absent if none.  syntax may also stand behind "//", or in a file that is a JSON object.
	 */
	struct ctx_str syntax, check;
	/** Lines they stand in; 0 for none and for JSON. */
	uint32_t escape_line, syntax_line, check_line;
};

/** A blank line inside a continued instruction: BuildKit warns. */
struct ana_empty_continuation {
	/** Lines of the instruction. */
	uint32_t first_line, end_line;
};

/** The nodes of a file. */
struct ana_syntax {
	/** Borrowed from the caller; must outlive this and everything made from it. */
	struct ctx_str text;
	struct ana_directives directives;
	CTX_VEC(struct ana_node) nodes;
	CTX_VEC(struct ana_empty_continuation) empty_continuations;
	/** Offset of the first byte of each physical line: line N starts at line_starts.items[N - 1]. */
	CTX_VEC(uint32_t) line_starts;
	/** Everything the nodes point to that is not in `text`. */
	struct ctx_arena *arena;
};

/**
 * Read a Dockerfile.
 *
 * After an error the pass goes on with the next line, so that all of them are found; nodes with an error are left out.
 * The file is good if `diags` stays empty of ANA_PHASE_SYNTAX.
 *
 * @syntax  Zero-initialised.  Release also after a failure.
 * @text    Borrowed.  Any bytes.
 * @arena   Borrowed; must outlive `syntax`.
 * @return  0, also for a broken file; CTX_E_LIMIT, text beyond ANA_TEXT_BYTES_MAX; CTX_E_NOMEM.
 */
CTX_NODISCARD
int ana_syntax_parse(struct ana_syntax *syntax, struct ctx_str text, struct ctx_arena *arena, struct ana_diags *diags,
	struct ctx_error *err);
void ana_syntax_release(struct ana_syntax *syntax);

/**
 * Parse one instruction that does not come from a file: a trigger of a base image.
 *
 * @line    The instruction; heredoc bodies follow in the next lines.
 * @node    Its lines count from 1.
 * @return  0, also if `diags` grew; CTX_E_NOMEM.
 */
CTX_NODISCARD
int ana_syntax_parse_line(struct ana_node *node, struct ctx_str line, char escape, struct ctx_arena *arena,
	struct ana_diags *diags, struct ctx_error *err);

/** Where something stands in the text. */
struct ana_position {
	/** 1-based; column in bytes. */
	uint32_t line, column;
	/** Bytes from there to the end of the thing or of the physical line, whichever comes first; at least 1. */
	uint32_t length;
};

/**
 * Position of a part of a node.  A part that was decoded (JSON with escapes, unquoted flags) is not in the line any more and gets the
 * position of the node's first argument; {NULL, 0} gets that of the keyword.
 */
struct ana_position ana_node_position(const struct ana_syntax *syntax, const struct ana_node *node,
	struct ctx_str part);

/** Value of a comment that is a `check` directive (without its '#'), up to the first space; absent if it is none. */
struct ctx_str ana_directive_check(struct ctx_str comment);

/** Physical line N (1-based) without its line end; absent beyond the last. */
struct ctx_str ana_syntax_line(const struct ana_syntax *syntax, uint32_t line);

#endif
