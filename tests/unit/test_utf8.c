#include "ctxopt/base/utf8.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static const struct decode_case {
	const char *name, *text;
	size_t takes;
	uint32_t code;
} decode_cases[] = {
	{ "ascii", "a", 1, 'a' },
	{ "last of one byte", "\x7F", 1, 0x7F },
	{ "first of two bytes", "\xC2\x80", 2, 0x80 },
	{ "last of two bytes", "\xDF\xBF", 2, 0x7FF },
	{ "first of three bytes", "\xE0\xA0\x80", 3, 0x800 },
	{ "last before the surrogates", "\xED\x9F\xBF", 3, 0xD7FF },
	{ "first behind the surrogates", "\xEE\x80\x80", 3, 0xE000 },
	{ "last of three bytes", "\xEF\xBF\xBF", 3, 0xFFFF },
	{ "first of four bytes", "\xF0\x90\x80\x80", 4, 0x10000 },
	{ "last code point", "\xF4\x8F\xBF\xBF", 4, 0x10FFFF },
	{ "what follows does not matter", "\xC3\xA4\xFF", 2, 0xE4 },

	{ "continuation alone", "\x80", 1, CTX_UTF8_BAD },
	{ "last continuation alone", "\xBF", 1, CTX_UTF8_BAD },
	{ "overlong slash", "\xC0\xAF", 1, CTX_UTF8_BAD },
	{ "overlong of two bytes", "\xC1\xBF", 1, CTX_UTF8_BAD },
	{ "overlong of three bytes", "\xE0\x9F\xBF", 1, CTX_UTF8_BAD },
	{ "overlong of four bytes", "\xF0\x8F\xBF\xBF", 1, CTX_UTF8_BAD },
	{ "first surrogate", "\xED\xA0\x80", 1, CTX_UTF8_BAD },
	{ "last surrogate", "\xED\xBF\xBF", 1, CTX_UTF8_BAD },
	{ "above the last code point", "\xF4\x90\x80\x80", 1, CTX_UTF8_BAD },
	{ "lead above F4", "\xF5\x80\x80\x80", 1, CTX_UTF8_BAD },
	{ "FE", "\xFE", 1, CTX_UTF8_BAD },
	{ "FF", "\xFF", 1, CTX_UTF8_BAD },
	{ "two bytes, one there", "\xC3", 1, CTX_UTF8_BAD },
	{ "three bytes, two there", "\xE2\x82", 1, CTX_UTF8_BAD },
	{ "four bytes, three there", "\xF0\x9F\x98", 1, CTX_UTF8_BAD },
	{ "second is no continuation", "\xC3(", 1, CTX_UTF8_BAD },
	{ "third is no continuation", "\xE2\x82(", 1, CTX_UTF8_BAD },
	{ "fourth is no continuation", "\xF0\x9F\x98(", 1, CTX_UTF8_BAD },
};

static void decodes_strictly(void **state) {
	(void)state;
	for (size_t i = 0; i < CTX_COUNTOF(decode_cases); ++i) {
		const struct decode_case *c = &decode_cases[i];
		uint32_t code = 1;
		size_t takes = ctx_utf8_decode(c->text, strlen(c->text), &code);
		if (takes != c->takes || code != c->code) {
			fail_msg("%s: %zu bytes, U+%04X", c->name, takes, (unsigned)code);
		}
		// The same at every offset of a text long enough for the eight-byte steps
		for (size_t at = 0; at < 20; ++at) {
			char text[32];
			memset(text, 'x', sizeof(text));
			memcpy(text + at, c->text, strlen(c->text));
			bool valid = c->code != CTX_UTF8_BAD && c->text[c->takes] == '\0';
			assert_true(ctx_utf8_valid(text, sizeof(text)) == valid);
		}
	}
}

/** Encode a code point of three bytes or fewer. */
static size_t encode(char to[4], uint32_t code) {
	if (code < 0x80) {
		to[0] = (char)code;
		return 1;
	}
	if (code < 0x800) {
		to[0] = (char)(0xC0 | code >> 6);
		to[1] = (char)(0x80 | (code & 0x3F));
		return 2;
	}
	to[0] = (char)(0xE0 | code >> 12);
	to[1] = (char)(0x80 | (code >> 6 & 0x3F));
	to[2] = (char)(0x80 | (code & 0x3F));
	return 3;
}

static void decodes_the_basic_plane(void **state) {
	(void)state;
	for (uint32_t code = 0; code < 0x10000; ++code) {
		char text[4];
		size_t len = encode(text, code);
		uint32_t got = 0;
		bool surrogate = code >= 0xD800 && code <= 0xDFFF;
		assert_int_equal(ctx_utf8_decode(text, len, &got), surrogate ? 1 : len);
		assert_int_equal(got, surrogate ? CTX_UTF8_BAD : code);
	}
}

static void empty_text_is_valid(void **state) {
	(void)state;
	assert_true(ctx_utf8_valid(NULL, 0));
	assert_true(ctx_utf8_valid("a\0b", 3));
	assert_false(ctx_utf8_valid("\xC3\xA4", 1));
}

static const struct unsafe_case {
	uint32_t first, last;
	bool is_unsafe;
} unsafe_cases[] = {
	{ 0x00, 0x1F, true },
	{ 0x20, 0x7E, false },
	{ 0x7F, 0x9F, true },
	{ 0xA0, 0x61B, false },
	{ 0x61C, 0x61C, true },
	{ 0x61D, 0x200D, false },
	{ 0x200E, 0x200F, true },
	{ 0x2010, 0x2027, false },
	{ 0x2028, 0x202E, true },
	{ 0x202F, 0x2065, false },
	{ 0x2066, 0x2069, true },
	{ 0x206A, 0x10FFFF, false },
};

static void unsafe_ranges(void **state) {
	(void)state;
	for (size_t i = 0; i < CTX_COUNTOF(unsafe_cases); ++i) {
		const struct unsafe_case *c = &unsafe_cases[i];
		for (uint32_t code = c->first; code <= c->last; ++code) {
			if (ctx_utf8_unsafe(code) != c->is_unsafe) {
				fail_msg("U+%04X", (unsigned)code);
			}
		}
	}
}

static const struct width_case {
	uint32_t code;
	unsigned width;
} width_cases[] = {
	{ ' ', 1 }, { 'a', 1 }, { 0xAD, 1 }, /* soft hyphen: shown by terminals */
	{ 0xE4, 1 }, /* a with diaeresis */
	{ 0x2FF, 1 }, /* the boundary of the first range, from below */
	{ 0x300, 0 }, /* combining grave */
	{ 0x36F, 0 }, /* its end */
	{ 0x370, 1 }, /* one past it */
	{ 0x1100, 2 }, /* Hangul initial */
	{ 0x1160, 0 }, /* Hangul vowel */
	{ 0x200B, 0 }, /* zero width space */
	{ 0x200D, 0 }, /* zero width joiner */
	{ 0x231A, 2 }, /* watch */
	{ 0x3042, 2 }, /* hiragana */
	{ 0x4E00, 2 }, /* first ideograph */
	{ 0xAC00, 2 }, /* Hangul syllable */
	{ 0xFE0F, 0 }, /* variation selector */
	{ 0xFF21, 2 }, /* fullwidth A */
	{ 0xFF71, 1 }, /* halfwidth katakana */
	{ 0xFFFD, 1 }, /* replacement character */
	{ 0x1F600, 2 }, /* emoji */
	{ 0x20000, 2 }, /* second ideographic plane */
	{ 0x3FFFD, 2 }, /* end of the third */
	{ 0xE0100, 0 }, /* variation selector supplement */
	{ 0x10FFFF, 1 }, /* last code point */
};

static void widths(void **state) {
	(void)state;
	for (size_t i = 0; i < CTX_COUNTOF(width_cases); ++i) {
		unsigned width = ctx_utf8_width(width_cases[i].code);
		if (width != width_cases[i].width) {
			fail_msg("U+%04X: %u", (unsigned)width_cases[i].code, width);
		}
	}
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(decodes_strictly),
		cmocka_unit_test(decodes_the_basic_plane),
		cmocka_unit_test(empty_text_is_valid),
		cmocka_unit_test(unsafe_ranges),
		cmocka_unit_test(widths),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
