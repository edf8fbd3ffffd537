#include "ctxopt/base/rune_case.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

/* A code point and its cases. */
static const struct rune_case {
	uint32_t rune, upper, lower;
} rune_cases[] = {
	{ 0, 0, 0 },
	{ '@', '@', '@' },
	{ 'A', 'A', 'a' },
	{ 'z', 'Z', 'z' },
	{ '[', '[', '[' },
	{ 0x7F, 0x7F, 0x7F },
	{ 0xB5, 0x39C, 0xB5 }, /* micro sign, capital mu */
	{ 0xDF, 0xDF, 0xDF }, /* sharp s has no capital of one code point */
	{ 0xE9, 0xC9, 0xE9 }, /* e acute */
	{ 0xD7, 0xD7, 0xD7 }, /* multiplication sign */
	{ 0xFF, 0x178, 0xFF }, /* y diaeresis */
	{ 0x100, 0x100, 0x101 }, /* in turns */
	{ 0x101, 0x100, 0x101 }, /* in turns */
	{ 0x130, 0x130, 'i' }, /* I with dot */
	{ 0x131, 'I', 0x131 }, /* i without */
	{ 0x17F, 'S', 0x17F }, /* long s */
	{ 0x1C5, 0x1C4, 0x1C6 }, /* Dz: title case */
	{ 0x3C2, 0x3A3, 0x3C2 }, /* final sigma */
	{ 0x410, 0x410, 0x430 }, /* Cyrillic a */
	{ 0x1E9E, 0x1E9E, 0xDF }, /* capital sharp s */
	{ 0x212A, 0x212A, 'k' }, /* Kelvin sign */
	{ 0x4E2D, 0x4E2D, 0x4E2D },
	{ 0x10400, 0x10400, 0x10428 },
	{ 0x1E943, 0x1E921, 0x1E943 },
	{ 0x10FFFF, 0x10FFFF, 0x10FFFF },
};

static void code_points_have_the_cases_of_go(void **state) {
	(void)state;
	for (size_t i = 0; i < CTX_COUNTOF(rune_cases); ++i) {
		assert_int_equal(ctx_rune_upper(rune_cases[i].rune), rune_cases[i].upper);
		assert_int_equal(ctx_rune_lower(rune_cases[i].rune), rune_cases[i].lower);
	}
}

/* Text and its cases. */
static const struct text_case {
	const char *text, *upper, *lower;
} text_cases[] = {
	{ "", "", "" },
	{ "Ab 1", "AB 1", "ab 1" },
	{ "\xC3\xA9T\xC3\x89", "\xC3\x89T\xC3\x89", "\xC3\xA9t\xC3\xA9" },
	/* Lengths change; invalid bytes become the replacement character. */
	{ "\xE2\x84\xAA", "\xE2\x84\xAA", "k" },
	{ "\xC8\xBA", "\xC8\xBA", "\xE2\xB1\xA5" },
	{ "a\xFF", "A\xEF\xBF\xBD", "a\xEF\xBF\xBD" },
};

static void texts_have_the_cases_of_go(void **state) {
	(void)state;
	ctx_auto_arena struct ctx_arena arena = CTX_ARENA_INIT;
	for (size_t i = 0; i < CTX_COUNTOF(text_cases); ++i) {
		struct ctx_str text = CTX_STR(text_cases[i].text);
		assert_true(ctx_str_is(ctx_str_upper(text, &arena), text_cases[i].upper));
		assert_true(ctx_str_is(ctx_str_lower(text, &arena), text_cases[i].lower));
	}
	struct ctx_str same = CTX_STR("nothing to do");
	assert_ptr_equal(ctx_str_lower(same, &arena).ptr, same.ptr);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(code_points_have_the_cases_of_go),
		cmocka_unit_test(texts_have_the_cases_of_go),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
