#include "analyzer/dockerfile/quote.h"

#include "ctxopt/base/rune.h"
#include "ctxopt/base/utf8.h"

/**
 * Does Go print this code point as it is (strconv.IsPrint)?  It has a table of everything; this knows what is invisible
 * and what is nobody's, and takes code points that are not assigned yet for visible.
 */
static bool is_print(uint32_t rune) {
	if (rune < 0x80) {
		return rune >= ' ' && rune < 0x7F;
	}
	if (ctx_utf8_unsafe(rune) || ctx_rune_is_space(rune) || rune == 0xAD || rune == 0xFEFF) {
		return false;
	}
	bool format = (rune >= 0x200B && rune <= 0x200F) || (rune >= 0x2060 && rune <= 0x206F) ||
		(rune >= 0xFFF0 && rune <= 0xFFFB) || (rune >= 0xE0000 && rune <= 0xE007F);
	bool nobodys = (rune >= 0xE000 && rune <= 0xF8FF) || rune >= 0xF0000 || (rune & 0xFFFE) == 0xFFFE ||
		(rune >= 0xFDD0 && rune <= 0xFDEF);
	return !format && !nobodys;
}

/** Append one code point; an invalid byte is the only one of width 1 that is U+FFFD. */
static void quote_rune(struct ctx_buf *out, uint32_t rune, const char *bytes, size_t width) {
	static const char letters[] = "abtnvfr";
	if (rune == '"' || rune == '\\') {
		ctx_buf_addc(out, '\\');
		ctx_buf_addc(out, (char)rune);
	} else if (rune == CTX_RUNE_ERROR && width == 1) {
		ctx_buf_addf(out, "\\x%02x", (unsigned)(unsigned char)bytes[0]);
	} else if (is_print(rune)) {
		ctx_buf_add(out, bytes, width);
	} else if (rune >= '\a' && rune <= '\r') {
		ctx_buf_addc(out, '\\');
		ctx_buf_addc(out, letters[rune - '\a']);
	} else if (rune < 0x80) {
		ctx_buf_addf(out, "\\x%02x", (unsigned)rune);
	} else if (rune < 0x10000) {
		ctx_buf_addf(out, "\\u%04x", (unsigned)rune);
	} else {
		ctx_buf_addf(out, "\\U%08x", (unsigned)rune);
	}
}

void ana_quote(struct ctx_buf *out, struct ctx_str text) {
	ctx_buf_addc(out, '"');
	for (size_t i = 0, width; i < text.len; i += width) {
		uint32_t rune = ctx_rune_decode(text.ptr + i, text.len - i, &width);
		quote_rune(out, rune, text.ptr + i, width);
	}
	ctx_buf_addc(out, '"');
}

void ana_quote_valid(struct ctx_buf *out, struct ctx_str text) {
	size_t width;
	for (size_t at = 0; at < text.len; at += width) {
		char valid[CTX_RUNE_BYTES];
		uint32_t rune = ctx_rune_decode(text.ptr + at, text.len - at, &width);
		ctx_buf_add(out, valid, ctx_rune_encode(valid, rune));
	}
}

/** Without the blanks around it. */
static struct ctx_str trim(struct ctx_str text) {
	while (text.len > 0 && (text.ptr[0] == ' ' || text.ptr[0] == '\t')) {
		text = ctx_str_from(text, 1);
	}
	while (text.len > 0 && (text.ptr[text.len - 1] == ' ' || text.ptr[text.len - 1] == '\t')) {
		--text.len;
	}
	return text;
}

void ana_quote_malformed(struct ctx_buf *out, const char *kind, const struct ctx_str *patterns, size_t count,
	struct ctx_str bad) {
	ctx_buf_addf(out, "invalid %s: [", kind);
	for (size_t i = 0; i < count; ++i) {
		ctx_buf_adds(out, i > 0 ? " " : "");
		ana_quote_valid(out, patterns[i]);
	}
	bool bare = ctx_str_is(trim(bad), "!");
	ctx_buf_adds(out, bare ? "]: illegal exclusion pattern: \"!\"" : "]: syntax error in pattern");
}
