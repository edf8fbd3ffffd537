#include "analyzer/dockerfile/shell_pattern.h"

#include "analyzer/dockerfile/unicode_tables.h"
#include "ctxopt/base/error.h"
#include "ctxopt/base/rune.h"

/** Token of `?`. */
#define ANY (CTX_RUNE_MAX + 1)
/** Byte order mark: Go's text/scanner drops one at the beginning. */
#define BOM 0xFEFFu

/** A growing list of code points. */
struct runes {
	CTX_VEC(uint32_t) items;
};

void ana_shell_pattern_release(struct ana_shell_pattern *pattern) {
	CTX_VEC_RELEASE(&pattern->tokens);
	CTX_VEC_RELEASE(&pattern->pieces);
}

void ana_shell_add_rune(struct ctx_buf *out, uint32_t rune) {
	if (rune < 0x80) {
		ctx_buf_addc(out, (char)rune);
		return;
	}
	char utf8[CTX_RUNE_BYTES];
	ctx_buf_add(out, utf8, ctx_rune_encode(utf8, rune));
}

/** Text to code points. */
static bool decode_all(struct runes *out, struct ctx_str text) {
	if (!CTX_VEC_RESERVE(&out->items, text.len)) {
		return false;
	}
	size_t width;
	for (size_t at = 0; at < text.len; at += width) {
		out->items.items[out->items.count++] = ctx_rune_decode(text.ptr + at, text.len - at, &width);
	}
	return true;
}

/** Reverse, but leave each backslash before what it escapes (reversePattern). */
static void reverse_pattern(uint32_t *out, const uint32_t *in, size_t count) {
	for (size_t i = 0; i < count;) {
		size_t to = count - 1 - i;
		if (in[i] == '\\' && i + 1 < count) {
			out[to - 1] = in[i];
			out[to] = in[i + 1];
			i += 2;
		} else {
			out[to] = in[i++];
		}
	}
}

/** Begin a piece at the next token, end the one before. */
static bool open_piece(struct ana_shell_pattern *pattern) {
	size_t at = pattern->tokens.count;
	if (pattern->pieces.count > 0) {
		pattern->pieces.items[pattern->pieces.count - 1].to = at;
	}
	return CTX_VEC_PUSH(&pattern->pieces, ((struct ana_shell_piece){ .from = at, .to = at }));
}

/** Code points to tokens and pieces (convertShellPatternToRegex). */
static int compile(struct ana_shell_pattern *pattern, const uint32_t *runes, size_t count, uint32_t *bad) {
	if (!open_piece(pattern)) {
		return CTX_E_NOMEM;
	}
	for (size_t i = count > 0 && runes[0] == BOM ? 1 : 0; i < count; ++i) {
		uint32_t token = runes[i];
		if (token == '*') {
			if (!open_piece(pattern)) {
				return CTX_E_NOMEM;
			}
			continue;
		}
		if (token == '?') {
			token = ANY;
		} else if (token == '\\') {
			uint32_t next = i + 1 < count ? runes[i + 1] : CTX_RUNE_ERROR;
			if (next == '}' || next == '/') {
				continue; // the backslash was for the delimiter and is no part of the pattern
			}
			if (next != '*' && next != '?' && next != '\\') {
				*bad = next;
				return CTX_E_SYNTAX;
			}
			token = next;
			++i;
		}
		if (!CTX_VEC_PUSH(&pattern->tokens, token)) {
			return CTX_E_NOMEM;
		}
	}
	pattern->pieces.items[pattern->pieces.count - 1].to = pattern->tokens.count;
	return 0;
}

int ana_shell_pattern_compile(struct ana_shell_pattern *pattern, struct ctx_str text, bool reverse, uint32_t *bad) {
	struct runes runes = { 0 }, backwards = { 0 };
	int rc = CTX_E_NOMEM;
	if (decode_all(&runes, text) && CTX_VEC_RESERVE(&backwards.items, runes.items.count)) {
		size_t count = runes.items.count;
		if (reverse) {
			reverse_pattern(backwards.items.items, runes.items.items, count);
		}
		rc = compile(pattern, reverse ? backwards.items.items : runes.items.items, count, bad);
	}
	CTX_VEC_RELEASE(&runes.items);
	CTX_VEC_RELEASE(&backwards.items);
	return rc;
}

void ana_shell_pattern_show_reversed(struct ctx_buf *out, struct ctx_str text) {
	struct runes runes = { 0 }, backwards = { 0 };
	if (decode_all(&runes, text) && CTX_VEC_RESERVE(&backwards.items, runes.items.count)) {
		size_t count = runes.items.count;
		reverse_pattern(backwards.items.items, runes.items.items, count);
		for (size_t i = 0; i < count; ++i) {
			ana_shell_add_rune(out, backwards.items.items[i]);
		}
	} else {
		out->failed = true;
	}
	CTX_VEC_RELEASE(&runes.items);
	CTX_VEC_RELEASE(&backwards.items);
}

bool ana_shell_pattern_too_long(const struct ana_shell_pattern *pattern, size_t value_len) {
	return value_len / (ANA_SHELL_PATTERN_STEPS_MAX / 2) > 0 ||
		(pattern->tokens.count + pattern->pieces.count) > ANA_SHELL_PATTERN_STEPS_MAX / (value_len + 1);
}

/** Does a piece fit at `at`?  Sets where it ends. */
static bool piece_fits(const struct ana_shell_pattern *pattern, const struct ana_shell_piece *piece,
	struct ctx_str value, size_t at, size_t *end) {
	for (size_t i = piece->from; i < piece->to; ++i) {
		if (at >= value.len) {
			return false;
		}
		size_t width;
		uint32_t rune = ctx_rune_decode(value.ptr + at, value.len - at, &width);
		uint32_t token = pattern->tokens.items[i];
		if (token == ANY ? rune == '\n' : rune != token) {
			return false;
		}
		at += width;
	}
	*end = at;
	return true;
}

/** One code point further; false at the end of the line, which a star does not leave. */
static bool step(struct ctx_str value, size_t *at) {
	if (*at >= value.len || value.ptr[*at] == '\n') {
		return false;
	}
	size_t width;
	ctx_rune_decode(value.ptr + *at, value.len - *at, &width);
	*at += width;
	return true;
}

/**
 * First place for a piece at `from` or later in that line.
 *
 * Questions come with growing `from`.  One between the last question and its answer has the same answer, so that all
 * questions together look at each byte once.
 */
static bool find_first(const struct ana_shell_pattern *pattern, struct ana_shell_piece *piece, struct ctx_str value,
	size_t from) {
	if (piece->known && from >= piece->asked && from <= piece->found) {
		piece->asked = from;
		return !piece->nowhere;
	}
	piece->known = true;
	piece->asked = from;
	size_t at = from;
	bool fits = piece_fits(pattern, piece, value, at, &piece->end);
	while (!fits && step(value, &at)) {
		fits = piece_fits(pattern, piece, value, at, &piece->end);
	}
	piece->found = at;
	piece->nowhere = !fits;
	return fits;
}

/** End of the last place for a piece in the line of `at`, which is a place itself and ends at `end`. */
static size_t find_last(const struct ana_shell_pattern *pattern, const struct ana_shell_piece *piece,
	struct ctx_str value, size_t at, size_t end) {
	while (step(value, &at)) {
		size_t other;
		if (piece_fits(pattern, piece, value, at, &other)) {
			end = other;
		}
	}
	return end;
}

/** Does the pattern fit at `at`?  Sets the end of the shortest or longest such match. */
static bool fits_at(struct ana_shell_pattern *pattern, struct ctx_str value, size_t at, bool longest, size_t *end) {
	struct ana_shell_piece *pieces = pattern->pieces.items;
	if (!piece_fits(pattern, &pieces[0], value, at, end)) {
		return false;
	}
	for (size_t i = 1; i < pattern->pieces.count; ++i) {
		if (!find_first(pattern, &pieces[i], value, *end)) {
			return false;
		}
		*end = pieces[i].end;
		if (longest && i + 1 == pattern->pieces.count) {
			*end = find_last(pattern, &pieces[i], value, pieces[i].found, pieces[i].end);
		}
	}
	return true;
}

size_t ana_shell_pattern_prefix(struct ana_shell_pattern *pattern, struct ctx_str value, bool longest) {
	size_t end;
	return fits_at(pattern, value, 0, longest, &end) ? end : 0;
}

/** First longest match at `from` or later. */
static bool search(struct ana_shell_pattern *pattern, struct ctx_str value, size_t from, size_t *start, size_t *end) {
	for (size_t width; from <= value.len; from += width) {
		if (fits_at(pattern, value, from, true, end)) {
			*start = from;
			return true;
		}
		ctx_rune_decode(value.ptr + from, value.len - from, &width);
		if (width == 0) {
			break;
		}
	}
	return false;
}

/**
 * Read the name after a dollar of a template (regexp.extract).
 *
 * @whole   The name is the number 0: the match.
 * @return  Bytes it takes; 0 if it is none and the dollar is plain text.
 */
static size_t template_name(struct ctx_str text, bool *whole) {
	size_t open = text.len > 0 && text.ptr[0] == '{' ? 1 : 0;
	size_t at = open, width;
	while (at < text.len) {
		uint32_t rune = ctx_rune_decode(text.ptr + at, text.len - at, &width);
		if (!ana_rune_is_letter(rune) && !ana_rune_is_digit(rune) && rune != '_') {
			break;
		}
		at += width;
	}
	*whole = at == open + 1 && text.ptr[open] == '0';
	if (at == open || (open && (at >= text.len || text.ptr[at] != '}'))) {
		return 0;
	}
	return at + open;
}

/** Append a template for one match (Regexp.expand), or give up when `out` is longer than `cap`. */
static void add_template(struct ctx_buf *out, struct ctx_str text, struct ctx_str match, size_t cap) {
	while (text.len > 0 && out->len <= cap) {
		const char *dollar = memchr(text.ptr, '$', text.len);
		if (dollar == NULL) {
			break;
		}
		ctx_buf_add(out, text.ptr, (size_t)(dollar - text.ptr));
		text = ctx_str_from(text, (size_t)(dollar - text.ptr) + 1);
		if (text.len > 0 && text.ptr[0] == '$') {
			ctx_buf_addc(out, '$');
			text = ctx_str_from(text, 1);
			continue;
		}
		bool whole;
		size_t name = template_name(text, &whole);
		if (name == 0) {
			ctx_buf_addc(out, '$');
		} else if (whole) {
			ctx_buf_add(out, match.ptr, match.len);
		}
		text = ctx_str_from(text, name);
	}
	ctx_buf_add(out, text.ptr, text.len);
}

/** Every match (Regexp.replaceAll): no empty one directly after another, and always forward. */
static void replace_all(struct ana_shell_pattern *pattern, struct ctx_str value, struct ctx_str replacement,
	size_t limit, struct ctx_buf *out) {
	size_t copied = 0, from = 0, start, end;
	while (from <= value.len && out->len <= limit && search(pattern, value, from, &start, &end)) {
		ctx_buf_add(out, value.ptr + copied, start - copied);
		if (end > copied || start == 0) {
			add_template(out, replacement, (struct ctx_str){ value.ptr + start, end - start }, limit);
		}
		copied = end;
		size_t width;
		ctx_rune_decode(value.ptr + from, value.len - from, &width);
		width += width == 0; // the end: beyond it
		from = from + width > end ? from + width : end;
	}
	ctx_buf_add(out, value.ptr + copied, value.len - copied);
}

void ana_shell_pattern_replace(struct ana_shell_pattern *pattern, struct ctx_str value, struct ctx_str replacement,
	bool all, size_t limit, struct ctx_buf *out) {
	size_t start, end;
	if (all) {
		replace_all(pattern, value, replacement, limit, out);
	} else if (search(pattern, value, 0, &start, &end)) {
		ctx_buf_add(out, value.ptr, start);
		ctx_buf_add(out, replacement.ptr, replacement.len);
		ctx_buf_add(out, value.ptr + end, value.len - end);
	} else {
		ctx_buf_add(out, value.ptr, value.len);
	}
}

void ana_shell_reverse(struct ctx_buf *out, struct ctx_str text) {
	struct runes runes = { 0 };
	if (!decode_all(&runes, text)) {
		out->failed = true;
	}
	for (size_t i = runes.items.count; i-- > 0;) {
		ana_shell_add_rune(out, runes.items.items[i]);
	}
	CTX_VEC_RELEASE(&runes.items);
}
