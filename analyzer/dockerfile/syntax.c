/*
 * The loop over the lines of a file (parser.go Parse of moby/buildkit v0.32.2).
 *
 *	lines.c          physical lines, and how they join
 *	directives.c     the head of the file
 *	node.c           one logical line to a node; keyword.c knows their first words
 *	heredocs.c       here-documents
 *	position.c       from parts of a node back to the text
 *
 * Text of instructions is not copied: a node of one physical line points into the file, and only joined lines and what had
 * to be decoded lie in the arena.
 */
#include "analyzer/dockerfile/syntax_internal.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

int ana_parser_complain(struct ana_parser *p, struct ana_position at, const char *fmt, ...) {
	char msg[1024]; // more than the list keeps, so that it sees what has to be cut
	va_list args;
	va_start(args, fmt);
	int n = vsnprintf(msg, sizeof(msg), fmt, args);
	va_end(args);
	p->failed = true;
	int rc = ana_diags_add(p->diags, ANA_PHASE_SYNTAX, at.line, at.column, at.length, "%s", n < 0 ? fmt : msg);
	return rc < 0 ? rc : ANA_PARSER_BAD;
}

/** Act on a directive. */
static int take_directive(struct ana_parser *p, const struct ana_directive *directive) {
	if (directive->repeated) {
		static const char *const names[] = { "escape", "syntax", "check" };
		return ana_parser_complain(p, ana_parser_position(p, directive->name),
			"only one %s parser directive can be used", names[directive->key]);
	}
	if (directive->key != ANA_DIRECTIVE_ESCAPE) {
		return 0;
	}
	if (!ctx_str_is(directive->value, "`") && !ctx_str_is(directive->value, "\\")) {
		return ana_parser_complain(p, ana_parser_position(p, directive->value),
			"invalid escape token '%.*s%s' does not match ` or \\", ANA_SHOWN(directive->value));
	}
	p->escape = *directive->value.ptr;
	p->syntax->directives.escape = p->escape;
	p->syntax->directives.escape_line = p->line;
	return 0;
}

/** A line that begins with '#', after white space: a directive, or a comment of the instruction that follows. */
static int take_comment(struct ana_parser *p, struct ctx_str raw, struct ctx_str line) {
	struct ana_directive directive = ana_zone_line(&p->zone, line, "#");
	if (directive.key != ANA_DIRECTIVE_NONE) {
		return take_directive(p, &directive);
	}
	// As in BuildKit the first byte goes, whatever it is: an indented comment keeps its '#'
	struct ctx_str comment = ana_trim(ctx_str_from(raw, 1));
	if (comment.len == 0) {
		p->comments.items.count = 0;
		return 0;
	}
	return CTX_VEC_PUSH(&p->comments.items, comment) ? 0 : CTX_E_NOMEM;
}

/** An instruction that begins with this line. */
static int take_instruction(struct ana_parser *p, struct ctx_str line) {
	struct ana_logical logical;
	struct ana_node node;
	p->zone.closed = true;
	int rc = ana_parser_join(p, line, &logical);
	if (rc == 0) {
		rc = ana_parser_node(p, &node, &logical);
	}
	if (rc == 0) {
		rc = ana_parser_heredocs(p, &node);
	}
	if (rc == 0) {
		rc = ana_parser_keep(p, &p->comments, &node.comments, &node.comment_count);
	}
	p->comments.items.count = 0;
	if (rc != 0) {
		return rc;
	}
	return CTX_VEC_PUSH(&p->syntax->nodes, node) ? 0 : CTX_E_NOMEM;
}

/** One physical line that begins something. */
static int take_line(struct ana_parser *p, struct ctx_str raw) {
	struct ctx_str line = ana_trim_left(ana_line_content(raw));
	if (line.len == 0) {
		p->zone.closed = true;
		return 0;
	}
	return *line.ptr == '#' ? take_comment(p, raw, line) : take_instruction(p, line);
}

int ana_parser_long_line(struct ana_parser *p) {
	struct ana_position at = { p->line + 1, ANA_LINE_BYTES_MAX + 1, 1 };
	ana_parser_skip(p);
	p->zone.closed = true;
	p->comments.items.count = 0;
	if (!p->failed && p->syntax->nodes.count == 0) {
		// To BuildKit the text ends here, and it does not say why
		return ana_parser_complain(p, at,
			"file with no instructions before a line greater than max allowed size of %d",
			ANA_LINE_BYTES_MAX);
	}
	return ana_parser_complain(p, at, "dockerfile line greater than max allowed size of %d", ANA_LINE_BYTES_MAX);
}

/** All lines.  After an error the pass goes on with the next one. */
static int take_all(struct ana_parser *p) {
	struct ctx_str raw;
	for (;;) {
		while (ana_parser_line(p, &raw)) {
			int rc = take_line(p, raw);
			if (rc < 0) {
				return rc;
			}
		}
		if (!p->too_long) {
			return p->no_memory ? CTX_E_NOMEM : 0;
		}
		int rc = ana_parser_long_line(p);
		if (rc < 0) {
			return rc;
		}
	}
}

/** Read all of the text into an empty `syntax`. */
static int parse(struct ana_syntax *syntax, struct ctx_str text, char escape, struct ctx_arena *arena,
	struct ana_diags *diags, struct ctx_error *err) {
	syntax->text = text.ptr != NULL ? text : CTX_STR("");
	syntax->arena = arena;
	syntax->directives.escape = escape;
	if (text.len > ANA_TEXT_BYTES_MAX) {
		return ctx_fail(err, CTX_E_LIMIT, "dockerfile greater than max allowed size of %u bytes",
			ANA_TEXT_BYTES_MAX);
	}
	struct ana_parser p = { .syntax = syntax, .arena = arena, .diags = diags, .err = err, .escape = escape };
	p.at = syntax->text.ptr;
	p.end = p.at + syntax->text.len;
	p.at += ctx_str_starts(syntax->text, "\xEF\xBB\xBF") ? 3 : 0;
	int rc = take_all(&p);
	if (rc == 0 && !p.failed && syntax->nodes.count == 0) {
		rc = ana_parser_complain(&p, (struct ana_position){ 0, 0, 1 }, "file with no instructions");
	}
	ana_words_release(&p.comments);
	ana_words_release(&p.flags);
	ana_words_release(&p.args);
	CTX_VEC_RELEASE(&p.pieces);
	CTX_VEC_RELEASE(&p.heredocs);
	if (rc == CTX_E_NOMEM) {
		return ctx_fail_nomem(err);
	}
	return rc < 0 ? rc : 0;
}

int ana_syntax_parse(struct ana_syntax *syntax, struct ctx_str text, struct ctx_arena *arena, struct ana_diags *diags,
	struct ctx_error *err) {
	if (text.len == 0) { // dockerfile2llb/convert.go toDispatchState, before anything else
		syntax->text = CTX_STR("");
		syntax->arena = arena;
		syntax->directives.escape = '\\';
		int rc = ana_diags_add(diags, ANA_PHASE_SYNTAX, 0, 0, 1, "the Dockerfile cannot be empty");
		return rc < 0 ? ctx_fail_nomem(err) : 0;
	}
	int rc = parse(syntax, text, '\\', arena, diags, err);
	if (rc == 0 && ana_directives_detect(&syntax->directives, text, arena) < 0) {
		return ctx_fail_nomem(err);
	}
	return rc;
}

void ana_syntax_release(struct ana_syntax *syntax) {
	CTX_VEC_RELEASE(&syntax->nodes);
	CTX_VEC_RELEASE(&syntax->empty_continuations);
	CTX_VEC_RELEASE(&syntax->line_starts);
}

int ana_syntax_parse_line(struct ana_node *node, struct ctx_str line, char escape, struct ctx_arena *arena,
	struct ana_diags *diags, struct ctx_error *err) {
	struct ana_syntax syntax = { 0 };
	size_t before = diags->items.count + diags->omitted;
	*node = (struct ana_node){ .keyword = ANA_KW_UNKNOWN, .first_line = 1, .end_line = 1 };
	int rc = parse(&syntax, line, escape, arena, diags, err);
	if (rc == 0 && diags->items.count + diags->omitted == before) {
		if (syntax.nodes.count == 1) {
			*node = syntax.nodes.items[0];
		} else {
			rc = ana_diags_add(diags, ANA_PHASE_SYNTAX, 1, 1, 1,
				"onbuild trigger should be a single expression");
			rc = rc < 0 ? ctx_fail_nomem(err) : 0;
		}
	}
	ana_syntax_release(&syntax);
	return rc;
}
