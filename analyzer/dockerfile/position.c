/*
 * From parts of a node back to lines and columns.
 */
#include "analyzer/dockerfile/syntax_internal.h"

#include <string.h>

/** Does `part` begin inside `whole`, or at its end?  Tells where. */
static bool inside(struct ctx_str whole, struct ctx_str part, size_t *at) {
	uintptr_t start = (uintptr_t)whole.ptr, ptr = (uintptr_t)part.ptr;
	*at = (size_t)(ptr - start);
	return part.ptr != NULL && whole.ptr != NULL && ptr >= start && *at <= whole.len;
}

/** Number of the line that holds byte `at` of the text: the last that starts at or before it. */
static uint32_t line_of(const struct ana_syntax *syntax, size_t at) {
	size_t low = 0, high = syntax->line_starts.count;
	while (high - low > 1) {
		size_t middle = low + (high - low) / 2;
		if (syntax->line_starts.items[middle] <= at) {
			low = middle;
		} else {
			high = middle;
		}
	}
	return (uint32_t)low + 1;
}

struct ctx_str ana_syntax_line(const struct ana_syntax *syntax, uint32_t line) {
	if (line == 0 || line > syntax->line_starts.count) {
		return CTX_STR_NONE;
	}
	struct ctx_str rest = ctx_str_from(syntax->text, syntax->line_starts.items[line - 1]);
	if (line < syntax->line_starts.count) {
		rest.len = syntax->line_starts.items[line] - syntax->line_starts.items[line - 1];
	} else {
		const char *feed = memchr(rest.ptr, '\n', rest.len);
		rest.len = feed != NULL ? (size_t)(feed - rest.ptr) : rest.len;
	}
	return ana_line_content(rest);
}

/** Position of `len` bytes from byte `at` of the text on. */
static struct ana_position position_at(const struct ana_syntax *syntax, size_t at, size_t len) {
	if (syntax->line_starts.count == 0) {
		return (struct ana_position){ 0, 0, 1 };
	}
	uint32_t line = line_of(syntax, at);
	size_t column = at > syntax->line_starts.items[line - 1] ? at - syntax->line_starts.items[line - 1] : 0;
	size_t line_len = ana_syntax_line(syntax, line).len;
	size_t room = line_len > column ? line_len - column : 1;
	len = len < room ? len : room;
	return (struct ana_position){ line, (uint32_t)column + 1, len > 0 ? (uint32_t)len : 1 };
}

/** Position of a part of the logical line that begins at its byte `at`: no longer than the piece it begins in. */
static struct ana_position position_in(const struct ana_syntax *syntax, const struct ana_node *node, size_t at,
	size_t len) {
	uint32_t low = 0, high = node->piece_count;
	while (high - low > 1) {
		uint32_t middle = low + (high - low) / 2;
		if (node->pieces[middle].at <= at) {
			low = middle;
		} else {
			high = middle;
		}
	}
	size_t piece_end = high < node->piece_count ? node->pieces[high].at : node->logical.len;
	size_t room = piece_end > at ? piece_end - at : 1;
	return position_at(syntax, node->pieces[low].source + (at - node->pieces[low].at), len < room ? len : room);
}

struct ana_position ana_node_position(const struct ana_syntax *syntax, const struct ana_node *node,
	struct ctx_str part) {
	size_t at;
	if (part.ptr == NULL) {
		part = node->keyword_text;
	}
	// An empty part at the end of a line that is a slice of the text is still one of that line
	if (inside(node->logical, part, &at)) {
		return position_in(syntax, node, at, part.len);
	}
	if (inside(syntax->text, part, &at)) {
		return position_at(syntax, at, part.len);
	}
	part = node->args_text.len > 0 ? node->args_text : node->keyword_text;
	return inside(node->logical, part, &at) ? position_in(syntax, node, at, part.len)
						: (struct ana_position){ node->first_line, 1, 1 };
}

struct ana_position ana_parser_position(const struct ana_parser *p, struct ctx_str part) {
	size_t at;
	return position_at(p->syntax, inside(p->syntax->text, part, &at) ? at : 0, part.len);
}
