/*
 * Here-documents: which words of a line announce one, and the bodies in the lines that follow (parser.go of moby/buildkit
 * v0.32.2: heredocsFromLine, heredocFromMatch, Parse).
 */
#include "analyzer/dockerfile/shell.h"
#include "analyzer/dockerfile/syntax_internal.h"

#include <string.h>

/** What \s matches in a regular expression of Go: no vertical tab. */
static bool is_re_space(char c) {
	return c == ' ' || c == '\t' || c == '\n' || c == '\f' || c == '\r';
}

/** Match ^(\d*)<<(-?)\s*([^<]*)$ with a last group that is not empty; `*rest` is that group. */
static bool match(struct ctx_str word, struct ana_heredoc *doc, struct ctx_str *rest) {
	size_t at = 0;
	uint32_t fd = 0;
	for (; at < word.len && word.ptr[at] >= '0' && word.ptr[at] <= '9'; ++at) {
		uint32_t digit = (uint32_t)(word.ptr[at] - '0');
		fd = fd > (UINT32_MAX - digit) / 10 ? UINT32_MAX : fd * 10 + digit;
	}
	if (!ctx_str_starts(ctx_str_from(word, at), "<<")) {
		return false;
	}
	at += 2;
	doc->fd = fd;
	doc->chomp = at < word.len && word.ptr[at] == '-';
	at += doc->chomp;
	while (at < word.len && is_re_space(word.ptr[at])) {
		++at;
	}
	*rest = ctx_str_from(word, at);
	return rest->len > 0 && memchr(rest->ptr, '<', rest->len) == NULL;
}

/** Quotes of both kinds in a word. */
static size_t count_quotes(struct ctx_str word) {
	size_t count = 0;
	for (size_t i = 0; i < word.len; ++i) {
		count += word.ptr[i] == '\'' || word.ptr[i] == '"';
	}
	return count;
}

/** Does the shell lexer change nothing in this name? */
static bool is_plain(struct ctx_str name) {
	for (size_t i = 0; i < name.len; ++i) {
		char c = name.ptr[i];
		if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_')) {
			return false;
		}
	}
	return true;
}

/** The name as the shell lexer reads it: 1 if it is one word, 0 if not. */
static int lex_name(struct ctx_str text, bool raw_quotes, struct ctx_arena *arena, struct ctx_str *name,
	struct ctx_error *err) {
	// The escape character is always the backslash here, whatever the directive says
	struct ana_shell shell = { .escape = '\\', .raw_quotes = raw_quotes, .skip_unset = true };
	ana_auto_words struct ana_words words = { 0 };
	int rc = ana_shell_words(&shell, text, NULL, arena, &words, err);
	if (rc < 0 || words.items.count != 1) {
		return rc < 0 ? rc : 0;
	}
	*name = words.items.items[0];
	return 1;
}

int ana_heredoc_read(struct ana_heredoc *doc, struct ctx_str word, struct ctx_arena *arena, struct ctx_error *err) {
	struct ctx_str rest, raw;
	*doc = (struct ana_heredoc){ .word = word };
	if (!match(word, doc, &rest)) {
		return 0;
	}
	doc->name = rest;
	doc->expand = true;
	if (is_plain(rest)) {
		return 1;
	}
	int rc = lex_name(rest, false, arena, &doc->name, err);
	if (rc > 0) {
		rc = lex_name(rest, true, arena, &raw, err);
	}
	if (rc > 0) {
		// Quotes that are in the raw name and not in the name were there to quote it
		doc->expand = count_quotes(doc->name) == count_quotes(raw);
	}
	return rc;
}

/** May this instruction have heredocs?  Those of an inner one hang on the outer one. */
static bool can_have(const struct ana_node *node) {
	if (node->keyword == ANA_KW_ONBUILD && node->inner != NULL) {
		node = node->inner;
	}
	return (node->keyword == ANA_KW_RUN || node->keyword == ANA_KW_COPY || node->keyword == ANA_KW_ADD) &&
		!node->json;
}

/** Is there a "<<"? */
static bool has_operator(struct ctx_str line) {
	const char *at = line.ptr, *end = line.ptr + line.len;
	while (end - at >= 2) {
		at = memchr(at, '<', (size_t)(end - at) - 1);
		if (at == NULL) {
			return false;
		}
		if (at[1] == '<') {
			return true;
		}
		at += 2; // the next byte is no '<'
	}
	return false;
}

/**
 * Let each word point to where it stands in the line: the lexer may have copied it.  Words come in order, so the search
 * goes on behind the last one; it ends with the first that is not found, which keeps it linear.
 */
static void find_words(struct ana_heredoc *docs, size_t count, struct ctx_str line) {
	for (size_t i = 0; i < count; ++i) {
		const char *found = memmem(line.ptr, line.len, docs[i].word.ptr, docs[i].word.len);
		if (found == NULL) {
			return;
		}
		line = ctx_str_from(line, (size_t)(found - line.ptr) + docs[i].word.len);
		docs[i].word.ptr = found;
	}
}

/** Pass a failure of the lexer in the line of a node on. */
static int fail(struct ana_parser *p, const struct ana_node *node, const struct ctx_error *why, int rc) {
	if (p->err != NULL) {
		*p->err = *why;
		p->err->line = node->first_line;
	}
	return rc;
}

/** Find the heredocs that a line announces (heredocsFromLine). */
static int announce(struct ana_parser *p, struct ana_node *node) {
	struct ana_shell shell = { .escape = '\\', .raw_quotes = true, .raw_escapes = true, .skip_unset = true };
	struct ctx_error why;
	p->args.items.count = p->heredocs.count = 0;
	int rc = ana_shell_words(&shell, node->logical, NULL, p->arena, &p->args, &why);
	if (rc == CTX_E_SYNTAX) {
		return 0; // an odd quote: no heredocs at all
	}
	if (rc < 0) {
		return fail(p, node, &why, rc);
	}
	for (size_t i = 0; i < p->args.items.count; ++i) {
		struct ana_heredoc doc;
		rc = ana_heredoc_read(&doc, p->args.items.items[i], p->arena, &why);
		if (rc == CTX_E_SYNTAX) {
			return ana_parser_complain(p, ana_node_position(p->syntax, node, node->args_text), "%s",
				why.msg);
		}
		if (rc < 0) {
			return fail(p, node, &why, rc);
		}
		if (rc > 0 && !CTX_VEC_PUSH(&p->heredocs, doc)) {
			return CTX_E_NOMEM;
		}
	}
	find_words(p->heredocs.items, p->heredocs.count, node->logical);
	return 0;
}

/** Take the body of one heredoc; false if the text ends first. */
static bool take_body(struct ana_parser *p, struct ana_heredoc *doc) {
	struct ctx_str raw;
	const char *start = p->at;
	doc->line = p->line + 1;
	while (ana_parser_line(p, &raw)) {
		struct ctx_str line = ana_line_content(raw);
		while (doc->chomp && line.len > 0 && *line.ptr == '\t') {
			line = ctx_str_from(line, 1);
		}
		if (ctx_str_eq(line, doc->name)) {
			doc->body = (struct ctx_str){ start, (size_t)(raw.ptr - start) };
			doc->end_line = p->line;
			return true;
		}
	}
	return false;
}

/** Complain about a heredoc that has no end, and go to the end of the text: all of it may be its body. */
static int unterminated(struct ana_parser *p, struct ana_node *node, const struct ana_heredoc *doc) {
	int rc = ana_parser_complain(p, ana_node_position(p->syntax, node, doc->word),
		"unterminated heredoc, expected a line that is '%.*s%s'", ANA_SHOWN(doc->name));
	while (rc > 0 && p->too_long) {
		struct ctx_str raw;
		rc = ana_parser_long_line(p);
		while (ana_parser_line(p, &raw)) {
		}
	}
	return rc;
}

int ana_parser_heredocs(struct ana_parser *p, struct ana_node *node) {
	if (!can_have(node) || !has_operator(node->logical)) {
		return 0;
	}
	int rc = announce(p, node);
	if (rc != 0 || p->heredocs.count == 0) {
		return rc;
	}
	size_t count = p->heredocs.count;
	for (size_t i = 0; i < count; ++i) {
		if (!take_body(p, &p->heredocs.items[i])) {
			return unterminated(p, node, &p->heredocs.items[i]);
		}
	}
	node->heredocs = ctx_arena_alloc(p->arena, count * sizeof(*node->heredocs));
	if (node->heredocs == NULL) {
		return CTX_E_NOMEM;
	}
	memcpy(node->heredocs, p->heredocs.items, count * sizeof(*node->heredocs));
	node->heredoc_count = (uint32_t)count;
	node->end_line = p->line;
	return 0;
}
