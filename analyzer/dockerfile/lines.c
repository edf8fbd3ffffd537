/*
 * Physical lines, and how a mark at their end joins them (parser.go of moby/buildkit v0.32.2: Parse, processLine,
 * trimContinuationCharacter, scanLines; Go's bufio.Scanner for the limit).
 */
#include "analyzer/dockerfile/syntax_internal.h"

#include "ctxopt/base/rune.h"

#include <string.h>

struct ctx_str ana_trim_left(struct ctx_str text) {
	while (text.len > 0 && ((unsigned char)*text.ptr <= ' ' || (unsigned char)*text.ptr >= 0x80)) {
		size_t width;
		if (!ctx_rune_is_space(ctx_rune_decode(text.ptr, text.len, &width))) {
			break;
		}
		text = ctx_str_from(text, width);
	}
	return text;
}

struct ctx_str ana_trim(struct ctx_str text) {
	text = ana_trim_left(text);
	unsigned char last = text.len > 0 ? (unsigned char)text.ptr[text.len - 1] : 'x';
	if (last <= ' ' || last >= 0x80) {
		ctx_rune_trim(&text.ptr, &text.len);
	}
	return text;
}

/** Go past a line of `len` bytes and note where it starts; false when out of memory. */
static bool take_line(struct ana_parser *p, size_t len) {
	uint32_t start = (uint32_t)(p->at - p->syntax->text.ptr);
	if (CTX_UNLIKELY(!CTX_VEC_PUSH(&p->syntax->line_starts, start))) {
		p->no_memory = true;
		p->at = p->end;
		return false;
	}
	p->at += len;
	++p->line;
	return true;
}

bool ana_parser_line(struct ana_parser *p, struct ctx_str *raw) {
	size_t left = (size_t)(p->end - p->at);
	if (left == 0 || p->too_long) {
		return false;
	}
	// The mark of the byte order counts for the limit, but is no part of the line
	size_t most = ANA_LINE_BYTES_MAX + 1 - (p->line == 0 ? (size_t)(p->at - p->syntax->text.ptr) : 0);
	const char *feed = memchr(p->at, '\n', left < most ? left : most);
	if (feed == NULL && left >= most) {
		p->too_long = true;
		return false;
	}
	*raw = (struct ctx_str){ p->at, feed != NULL ? (size_t)(feed - p->at) + 1 : left };
	return take_line(p, raw->len);
}

void ana_parser_skip(struct ana_parser *p) {
	const char *feed = memchr(p->at, '\n', (size_t)(p->end - p->at));
	p->too_long = false;
	take_line(p, (size_t)((feed != NULL ? feed + 1 : p->end) - p->at));
}

/**
 * Cut the continuation mark off a line: ([^\])\[ \t]*$|^\[ \t]*$ for the escape '\'.  A doubled escape is no mark, and
 * neither is a tripled one.
 */
static bool cut_mark(struct ctx_str *line, char escape) {
	size_t len = line->len;
	while (len > 0 && (line->ptr[len - 1] == ' ' || line->ptr[len - 1] == '\t')) {
		--len;
	}
	if (len == 0 || line->ptr[len - 1] != escape || (len > 1 && line->ptr[len - 2] == escape)) {
		return false;
	}
	line->len = len - 1;
	return true;
}

/** Add what one physical line gives to the logical one; empty parts leave no trace. */
static bool add_piece(struct ana_parser *p, struct ctx_str part, size_t *total) {
	if (part.len == 0) {
		return true;
	}
	struct ana_piece piece = { (uint32_t)*total, (uint32_t)(part.ptr - p->syntax->text.ptr) };
	*total += part.len;
	return CTX_VEC_PUSH(&p->pieces, piece);
}

/** Collect the pieces of the lines that continue a first one that ended with a mark. */
static int collect(struct ana_parser *p, size_t *total) {
	bool more = true, blank = false;
	uint32_t first_line = p->line;
	struct ctx_str raw;
	while (more && ana_parser_line(p, &raw)) {
		struct ctx_str line = ana_line_content(raw);
		struct ctx_str trimmed = ana_trim_left(line);
		if (trimmed.len == 0) {
			blank = true;
			continue;
		}
		if (*trimmed.ptr == '#') {
			continue;
		}
		more = cut_mark(&line, p->escape);
		if (!add_piece(p, line, total)) {
			return CTX_E_NOMEM;
		}
	}
	struct ana_empty_continuation found = { first_line, p->line };
	return !blank || CTX_VEC_PUSH(&p->syntax->empty_continuations, found) ? 0 : CTX_E_NOMEM;
}

/** Put the collected pieces together. */
static int put_together(struct ana_parser *p, size_t total, struct ana_logical *logical) {
	size_t count = p->pieces.count;
	const char *text = p->syntax->text.ptr;
	logical->pieces = ctx_arena_alloc(p->arena, count * sizeof(*logical->pieces));
	if (logical->pieces == NULL) {
		return CTX_E_NOMEM;
	}
	memcpy(logical->pieces, p->pieces.items, count * sizeof(*logical->pieces));
	logical->piece_count = (uint32_t)count;
	logical->text = (struct ctx_str){ text + p->pieces.items[0].source, total };
	if (count == 1) {
		return 0;
	}
	char *joined = ctx_arena_alloc(p->arena, total);
	if (joined == NULL) {
		return CTX_E_NOMEM;
	}
	for (size_t i = 0; i < count; ++i) {
		struct ana_piece piece = p->pieces.items[i];
		size_t end = i + 1 < count ? p->pieces.items[i + 1].at : total;
		memcpy(joined + piece.at, text + piece.source, end - piece.at);
	}
	logical->text.ptr = joined;
	return 0;
}

int ana_parser_join(struct ana_parser *p, struct ctx_str first, struct ana_logical *logical) {
	struct ctx_str start = first;
	size_t total = 0;
	p->pieces.count = 0;
	logical->first_line = p->line;
	bool more = cut_mark(&first, p->escape);
	if (!add_piece(p, first, &total)) {
		return CTX_E_NOMEM;
	}
	int rc = more ? collect(p, &total) : 0;
	if (rc < 0) {
		return rc;
	}
	if (p->pieces.count == 0) { // marks and nothing else: an instruction of no words
		struct ana_piece piece = { 0, (uint32_t)(start.ptr - p->syntax->text.ptr) };
		if (!CTX_VEC_PUSH(&p->pieces, piece)) {
			return CTX_E_NOMEM;
		}
	}
	return put_together(p, total, logical);
}
