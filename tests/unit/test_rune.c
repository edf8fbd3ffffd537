#include "ctxopt/base/rune.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static const struct decode_case {
	const char *name, *text;
	size_t len;
	uint32_t rune;
	size_t width;
} decode_cases[] = {
	{ "nothing", "", 0, CTX_RUNE_ERROR, 0 },
	{ "ASCII", "a", 1, 'a', 1 },
	{ "NUL", "\0", 1, 0, 1 },
	{ "two bytes", "\xC3\xA9x", 3, 0xE9, 2 },
	{ "three bytes", "\xE2\x82\xAC", 3, 0x20AC, 3 },
	{ "four bytes", "\xF0\x9F\x90\xB3", 4, 0x1F433, 4 },
	{ "the replacement character itself", "\xEF\xBF\xBD", 3, CTX_RUNE_ERROR, 3 },
	{ "cut short", "\xE2\x82", 2, CTX_RUNE_ERROR, 1 },
	{ "continuation without lead", "\x82", 1, CTX_RUNE_ERROR, 1 },
	{ "over-long slash", "\xC0\xAF", 2, CTX_RUNE_ERROR, 1 },
	{ "surrogate", "\xED\xA0\x80", 3, CTX_RUNE_ERROR, 1 },
	{ "above the last code point", "\xF4\x90\x80\x80", 4, CTX_RUNE_ERROR, 1 },
	{ "byte that never occurs", "\xFF", 1, CTX_RUNE_ERROR, 1 },
};

static void decodes_as_go_does(void **state) {
	(void)state;
	for (size_t i = 0; i < CTX_COUNTOF(decode_cases); ++i) {
		const struct decode_case *c = &decode_cases[i];
		size_t width;
		uint32_t rune = ctx_rune_decode(c->text, c->len, &width);
		if (rune != c->rune || width != c->width) {
			fail_msg("%s: U+%04X width %zu", c->name, (unsigned)rune, width);
		}
	}
}

static void encoding_is_undone_by_decoding(void **state) {
	(void)state;
	static const uint32_t runes[] = { 0, 0x7F, 0x80, 0x7FF, 0x800, 0xD7FF, 0xE000, 0xFFFD, 0xFFFF, 0x10000,
		0x10FFFF };
	for (size_t i = 0; i < CTX_COUNTOF(runes); ++i) {
		char bytes[CTX_RUNE_BYTES];
		size_t len = ctx_rune_encode(bytes, runes[i]);
		size_t width;
		assert_int_equal(ctx_rune_decode(bytes, len, &width), runes[i]);
		assert_int_equal(width, len);
	}
}

static void what_cannot_be_encoded_becomes_the_replacement(void **state) {
	(void)state;
	static const uint32_t runes[] = { 0xD800, 0xDFFF, 0x110000, UINT32_MAX };
	for (size_t i = 0; i < CTX_COUNTOF(runes); ++i) {
		char bytes[CTX_RUNE_BYTES];
		assert_int_equal(ctx_rune_encode(bytes, runes[i]), 3);
		assert_memory_equal(bytes, "\xEF\xBF\xBD", 3);
	}
}

static const struct trim_case {
	const char *text, *trimmed;
} trim_cases[] = {
	{ "", "" },
	{ " ", "" },
	{ "a", "a" },
	{ " \t\v\f\r\n a b \n", "a b" },
	{ "\xC2\xA0x\xE3\x80\x80", "x" }, // no-break and ideographic space
	{ "\xE2\x80\x8Bx", "\xE2\x80\x8Bx" }, // zero-width space is none
	{ "\xC2\x85x\xC2\x85", "x" }, // next line
	{ "\x85x\x85", "\x85x\x85" }, // its last byte alone is not
	{ "\xFF ", "\xFF" },
};

static void trims_unicode_white_space(void **state) {
	(void)state;
	for (size_t i = 0; i < CTX_COUNTOF(trim_cases); ++i) {
		const char *text = trim_cases[i].text;
		size_t len = strlen(text);
		ctx_rune_trim(&text, &len);
		assert_int_equal(len, strlen(trim_cases[i].trimmed));
		assert_memory_equal(text, trim_cases[i].trimmed, len);
	}
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(decodes_as_go_does),
		cmocka_unit_test(encoding_is_undone_by_decoding),
		cmocka_unit_test(what_cannot_be_encoded_becomes_the_replacement),
		cmocka_unit_test(trims_unicode_white_space),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
