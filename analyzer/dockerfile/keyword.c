/*
 * The words that instructions begin with.
 */
#include "analyzer/dockerfile/syntax.h"

#include "ctxopt/base/rune.h"

/** Longest keyword. */
#define KEYWORD_BYTES_MAX 11

static const struct ctx_str names[ANA_KW_COUNT] = {
	[ANA_KW_UNKNOWN] = { "", 0 },
	[ANA_KW_ADD] = { "ADD", 3 },
	[ANA_KW_ARG] = { "ARG", 3 },
	[ANA_KW_CMD] = { "CMD", 3 },
	[ANA_KW_COPY] = { "COPY", 4 },
	[ANA_KW_ENTRYPOINT] = { "ENTRYPOINT", 10 },
	[ANA_KW_ENV] = { "ENV", 3 },
	[ANA_KW_EXPOSE] = { "EXPOSE", 6 },
	[ANA_KW_FROM] = { "FROM", 4 },
	[ANA_KW_HEALTHCHECK] = { "HEALTHCHECK", 11 },
	[ANA_KW_LABEL] = { "LABEL", 5 },
	[ANA_KW_MAINTAINER] = { "MAINTAINER", 10 },
	[ANA_KW_ONBUILD] = { "ONBUILD", 7 },
	[ANA_KW_RUN] = { "RUN", 3 },
	[ANA_KW_SHELL] = { "SHELL", 5 },
	[ANA_KW_STOPSIGNAL] = { "STOPSIGNAL", 10 },
	[ANA_KW_USER] = { "USER", 4 },
	[ANA_KW_VOLUME] = { "VOLUME", 6 },
	[ANA_KW_WORKDIR] = { "WORKDIR", 7 },
};

const char *ana_keyword_name(enum ana_keyword keyword) {
	return names[keyword].ptr;
}

/**
 * Upper case of a word in ASCII; false if it cannot be a keyword.  BuildKit compares with strings.ToLower, and there are two
 * characters beyond ASCII whose lower case is an ASCII letter: U+0130 (i) and U+212A (k).
 */
static bool fold(char out[KEYWORD_BYTES_MAX + 1], struct ctx_str word, size_t *len) {
	size_t width;
	*len = 0;
	for (size_t i = 0; i < word.len; i += width) {
		unsigned char c = (unsigned char)word.ptr[i];
		uint32_t rune = c;
		width = 1;
		if (c >= 0x80) {
			rune = ctx_rune_decode(word.ptr + i, word.len - i, &width);
			if (rune != 0x130 && rune != 0x212A) {
				return false;
			}
			rune = rune == 0x130 ? 'I' : 'K';
		}
		if (*len == KEYWORD_BYTES_MAX) {
			return false;
		}
		out[(*len)++] = (char)(rune >= 'a' && rune <= 'z' ? rune - 'a' + 'A' : rune);
	}
	return *len > 0;
}

enum ana_keyword ana_keyword_of(struct ctx_str word) {
	char upper[KEYWORD_BYTES_MAX + 1];
	size_t len;
	if (!fold(upper, word, &len)) {
		return ANA_KW_UNKNOWN;
	}
	for (int i = ANA_KW_UNKNOWN + 1; i < ANA_KW_COUNT; ++i) {
		if (names[i].len == len && names[i].ptr[0] == upper[0] && memcmp(names[i].ptr, upper, len) == 0) {
			return (enum ana_keyword)i;
		}
	}
	return ANA_KW_UNKNOWN;
}
