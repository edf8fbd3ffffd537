#include "analyzer/dockerfile/nearest.h"
#include "analyzer/dockerfile/quote.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static const char *const options[] = { "chown", "from", "chmod", "link", "exclude", "parents" };

/* A word and the option nearest to it. */
static const struct nearest_case {
	const char *word, *nearest;
} nearest_cases[] = {
	{ "form", "from" },
	{ "fro", "from" },
	{ "fromm", "from" },
	{ "fr", "from" },
	{ "f", NULL },
	{ "", NULL },
	{ "From", "from" },
	{ "FROM", NULL },
	{ "chmo", "chmod" },
	{ "chmdo", "chmod" },
	{ "exclud\xC3\xA9", "exclude" },
	{ "excl\xFFude\xFF", "exclude" },
	{ "excludexx", "exclude" },
	{ "excludexxx", NULL },
	{ "lnik", "link" },
	/* As near to two: the same start, then the first one. */
	{ "chomd", "chown" },
	{ "chmon", "chmod" },
	{ "chxxn", "chown" },
	/* No edit at all: it was not the word. */
	{ "from", NULL },
	{ "a-word-much-longer-than-any-option-that-there-is", NULL },
};

static void nearest_option_is_found(void **state) {
	(void)state;
	for (size_t i = 0; i < CTX_COUNTOF(nearest_cases); ++i) {
		const struct nearest_case *c = &nearest_cases[i];
		const char *nearest = ana_nearest(CTX_STR(c->word), options, CTX_COUNTOF(options));
		if ((nearest == NULL) != (c->nearest == NULL) || (nearest && strcmp(nearest, c->nearest) != 0)) {
			fail_msg("'%s' is near to '%s'", c->word, nearest ? nearest : "nothing");
		}
	}
	assert_null(ana_nearest(CTX_STR("from"), NULL, 0));
}

/* Words of the file: the first of those that are nearest counts. */
static void nearest_of_long_words(void **state) {
	(void)state;
	char a[5000], b[5002];
	memset(a, 'x', sizeof(a));
	memset(b, 'x', sizeof(b));
	const struct ctx_str words[] = { CTX_STR("AB"), CTX_STR("ABD"), { a, sizeof(a) } };
	struct ctx_str out;
	assert_true(ana_nearest_of(&out, CTX_STR("ABC"), words, 3));
	assert_string_equal(out.ptr, "AB");
	assert_true(ana_nearest_of(&out, CTX_STR("XABD"), words, 3));
	assert_string_equal(out.ptr, "ABD");
	assert_true(ana_nearest_of(&out, (struct ctx_str){ b, sizeof(b) }, words, 3));
	assert_ptr_equal(out.ptr, a);
	b[0] = b[2] = b[4] = 'y';
	assert_false(ana_nearest_of(&out, (struct ctx_str){ b, sizeof(b) }, words, 3));
	assert_false(ana_nearest_of(&out, CTX_STR("AB"), words, 3));
	assert_false(ana_nearest_of(&out, CTX_STR("AB"), words, 0));
}

/* Text and what "%q" makes of it. */
static const struct quote_case {
	const char *text, *quoted;
} quote_cases[] = {
	{ "", "\"\"" },
	{ "a b", "\"a b\"" },
	{ "\"\\'", "\"\\\"\\\\'\"" },
	{ "\a\b\f\n\r\t\v", "\"\\a\\b\\f\\n\\r\\t\\v\"" },
	{ "\x01\x1B\x7F", "\"\\x01\\x1b\\x7f\"" },
	{ "\xC3\xA9\xE2\x82\xAC", "\"\xC3\xA9\xE2\x82\xAC\"" },
	{ "\xFF\xC3", "\"\\xff\\xc3\"" },
	{ "\xEF\xBF\xBD", "\"\xEF\xBF\xBD\"" },
	{ "\xC2\xA0\xC2\x85\xC2\xAD", "\"\\u00a0\\u0085\\u00ad\"" },
	{ "\xE2\x80\x8B\xE2\x80\xA8\xEF\xBB\xBF", "\"\\u200b\\u2028\\ufeff\"" },
	{ "\xEE\x80\x80\xF3\xA0\x80\x81", "\"\\ue000\\U000e0001\"" },
};

static void quotes_are_those_of_go(void **state) {
	(void)state;
	for (size_t i = 0; i < CTX_COUNTOF(quote_cases); ++i) {
		ctx_auto_buf struct ctx_buf out = CTX_BUF_INIT;
		ana_quote(&out, CTX_STR(quote_cases[i].text));
		assert_string_equal(ctx_buf_str(&out), quote_cases[i].quoted);
	}
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nearest_option_is_found),
		cmocka_unit_test(nearest_of_long_words),
		cmocka_unit_test(quotes_are_those_of_go),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
