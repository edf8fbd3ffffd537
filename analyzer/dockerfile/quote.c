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
