#include "ctxopt/base/rune.h"

#include "ctxopt/base/utf8.h"

uint32_t ctx_rune_decode(const char *text, size_t len, size_t *width) {
	if (len == 0) {
		*width = 0;
		return CTX_RUNE_ERROR;
	}
	uint32_t code;
	*width = ctx_utf8_decode(text, len, &code);
	return code == CTX_UTF8_BAD ? CTX_RUNE_ERROR : code;
}

size_t ctx_rune_encode(char out[CTX_RUNE_BYTES], uint32_t rune) {
	if (rune > CTX_RUNE_MAX || (rune >= 0xD800 && rune <= 0xDFFF)) {
		rune = CTX_RUNE_ERROR;
	}
	if (rune < 0x80) {
		out[0] = (char)rune;
		return 1;
	}
	if (rune < 0x800) {
		out[0] = (char)(0xC0 | rune >> 6);
		out[1] = (char)(0x80 | (rune & 0x3F));
		return 2;
	}
	if (rune < 0x10000) {
		out[0] = (char)(0xE0 | rune >> 12);
		out[1] = (char)(0x80 | (rune >> 6 & 0x3F));
		out[2] = (char)(0x80 | (rune & 0x3F));
		return 3;
	}
	out[0] = (char)(0xF0 | rune >> 18);
	out[1] = (char)(0x80 | (rune >> 12 & 0x3F));
	out[2] = (char)(0x80 | (rune >> 6 & 0x3F));
	out[3] = (char)(0x80 | (rune & 0x3F));
	return 4;
}

bool ctx_rune_is_space(uint32_t rune) {
	switch (rune) {
	case '\t':
	case '\n':
	case '\v':
	case '\f':
	case '\r':
	case ' ':
	case 0x85:
	case 0xA0:
	case 0x1680:
	case 0x2028:
	case 0x2029:
	case 0x202F:
	case 0x205F:
	case 0x3000:
		return true;
	default:
		return rune >= 0x2000 && rune <= 0x200A;
	}
}

/* Decode the last code point of `len` > 0 bytes, as Go's utf8.DecodeLastRune: an invalid tail is one byte. */
static uint32_t decode_last(const char *text, size_t len, size_t *width) {
	size_t start = len - 1;
	size_t limit = len > CTX_RUNE_BYTES ? len - CTX_RUNE_BYTES : 0;
	while (start > limit && ((unsigned char)text[start] & 0xC0) == 0x80) {
		--start;
	}
	uint32_t rune = ctx_rune_decode(text + start, len - start, width);
	if (start + *width != len) {
		*width = 1;
		return CTX_RUNE_ERROR;
	}
	return rune;
}

void ctx_rune_trim(const char **text, size_t *len) {
	size_t width;
	while (*len > 0 && ctx_rune_is_space(ctx_rune_decode(*text, *len, &width))) {
		*text += width;
		*len -= width;
	}
	while (*len > 0 && ctx_rune_is_space(decode_last(*text, *len, &width))) {
		*len -= width;
	}
}
