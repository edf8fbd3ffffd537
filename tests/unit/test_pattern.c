#include "ctxopt/context/pattern.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

/* What filepath.Match(pattern, ".") of Go 1.26 says about the syntax. */
static const struct valid_case {
	const char *pattern;
	bool valid;
} valid_cases[] = {
	{ "", true },
	{ "a", true },
	{ ".", true },
	{ "*", true },
	{ "[", false },
	{ "[]", false },
	{ "[]a]", false },
	{ "[a", false },
	{ "[a-", false },
	{ "[a-]x", false },
	{ "[-a]", false },
	{ "[^]", false },
	{ "[^a]", true },
	{ "[a-z]", true },
	{ "[\\]a]", true },
	{ "[\\", false },
	{ "\\", false },
	{ "a\\", false },
	{ "\\a", true },
	{ "\xFF", true },
	{ "[\xFF]", false },
	{ "a*[", true }, // the first chunk fails, nobody looks further
	{ "*[", false }, // a star lets the chunk be tried
	{ ".*[", false }, // the first chunk matches
	{ "?*[", false },
	{ "*a[", false },
	{ "a*\\", true },
	{ "[a*]*[", true },
	{ "[.]*[", false },
	{ "**[", false },
	{ "*.*[", false },
};

static void syntax_is_judged_as_filepath_match_does(void **state) {
	(void)state;
	for (size_t i = 0; i < CTX_COUNTOF(valid_cases); ++i) {
		const struct valid_case *c = &valid_cases[i];
		if (ctx_pattern_is_valid(c->pattern, strlen(c->pattern)) != c->valid) {
			fail_msg("'%s' should be %s", c->pattern, c->valid ? "valid" : "invalid");
		}
	}
}

static const struct translate_case {
	const char *pattern;
	enum ctx_pattern_type type;
	const char *result; // text or regular expression
} translate_cases[] = {
	{ "a/b", CTX_PATTERN_EXACT, "a/b" },
	{ "a.b+(c)$", CTX_PATTERN_EXACT, "a.b+(c)$" },
	{ "a|b{2}^", CTX_PATTERN_EXACT, "a|b{2}^" },
	{ "a**", CTX_PATTERN_PREFIX, "a" },
	{ "a/**", CTX_PATTERN_PREFIX, "a/" },
	{ "**", CTX_PATTERN_SUFFIX, "" },
	{ "**/x", CTX_PATTERN_SUFFIX, "/x" },
	{ "**x", CTX_PATTERN_SUFFIX, "x" },
	{ "**/a.b", CTX_PATTERN_SUFFIX, "/a.b" },
	{ "*", CTX_PATTERN_REGEXP, "^[^/]*$" },
	{ "***", CTX_PATTERN_REGEXP, "^(.*/)?[^/]*$" },
	{ "**/*", CTX_PATTERN_REGEXP, "^(.*/)?[^/]*$" },
	{ "a/**/b", CTX_PATTERN_REGEXP, "^a/(.*/)?b$" },
	{ "**/a/**", CTX_PATTERN_REGEXP, "^(.*/)?a/.*$" },
	{ "x?y", CTX_PATTERN_REGEXP, "^x[^/]y$" },
	{ "*.go", CTX_PATTERN_REGEXP, "^[^/]*\\.go$" },
	{ "*+(1)$", CTX_PATTERN_REGEXP, "^[^/]*\\+\\(1\\)\\$$" },
	{ "*|{2}^", CTX_PATTERN_REGEXP, "^[^/]*|{2}^$" },
	{ "[a-c]", CTX_PATTERN_REGEXP, "^[a-c]$" },
	{ "c\\*", CTX_PATTERN_REGEXP, "^c\\*$" },
	{ "\\d*", CTX_PATTERN_REGEXP, "^\\d[^/]*$" },
	{ "\xEF\xBB\xBF*", CTX_PATTERN_REGEXP, "^[^/]*$" }, // byte order mark
	{ "\xEF\xBB\xBF"
	  "a",
		CTX_PATTERN_EXACT,
		"\xEF\xBB\xBF"
		"a" },
	{ "*\xFF", CTX_PATTERN_REGEXP, "^[^/]*\xEF\xBF\xBD$" },
};

static void patterns_become_what_moby_makes_of_them(void **state) {
	(void)state;
	for (size_t i = 0; i < CTX_COUNTOF(translate_cases); ++i) {
		const struct translate_case *c = &translate_cases[i];
		struct ctx_pattern pattern;
		assert_true(ctx_pattern_translate(&pattern, c->pattern, strlen(c->pattern)));
		const char *text = pattern.type == CTX_PATTERN_REGEXP ? ctx_buf_str(&pattern.regexp) : pattern.text;
		size_t len = pattern.type == CTX_PATTERN_REGEXP ? pattern.regexp.len : pattern.text_len;
		if (pattern.type != c->type || len != strlen(c->result) || memcmp(text, c->result, len) != 0) {
			fail_msg("'%s': type %d, '%.*s'", c->pattern, pattern.type, (int)len, text);
		}
		ctx_pattern_release(&pattern);
	}
}

static const struct old_case {
	const char *pattern, *regexp;
} old_cases[] = {
	{ "a", "^a$" },
	{ "a.b$", "^a\\.b\\$$" },
	{ "a+(b)|{2}", "^a+(b)|{2}$" },
	{ "**", "^.*$" },
	{ "a/**", "^a/.*$" },
	{ "**/x", "^(.*/)?x$" },
	{ "**x", "^(.*/)?x$" },
};

static void docker_20_10_makes_regular_expressions_of_all(void **state) {
	(void)state;
	for (size_t i = 0; i < CTX_COUNTOF(old_cases); ++i) {
		struct ctx_pattern pattern;
		assert_true(ctx_pattern_translate_20_10(&pattern, old_cases[i].pattern, strlen(old_cases[i].pattern)));
		assert_int_equal(pattern.type, CTX_PATTERN_REGEXP);
		assert_string_equal(ctx_buf_str(&pattern.regexp), old_cases[i].regexp);
		ctx_pattern_release(&pattern);
	}
}

static const struct text_case {
	enum ctx_pattern_type type;
	const char *text, *path;
	bool matches;
} text_cases[] = {
	{ CTX_PATTERN_EXACT, "a", "a", true },
	{ CTX_PATTERN_EXACT, "a", "ab", false },
	{ CTX_PATTERN_EXACT, "a", "", false },
	{ CTX_PATTERN_PREFIX, "a/", "a/b", true },
	{ CTX_PATTERN_PREFIX, "a/", "a", false },
	{ CTX_PATTERN_SUFFIX, "/x", "x", true },
	{ CTX_PATTERN_SUFFIX, "/x", "a/x", true },
	{ CTX_PATTERN_SUFFIX, "/x", "ax", false },
	{ CTX_PATTERN_SUFFIX, "x", "ax", true },
	{ CTX_PATTERN_SUFFIX, "", "anything", true },
	{ CTX_PATTERN_SUFFIX, "", "", true },
};

static void literal_types_compare_bytes(void **state) {
	(void)state;
	for (size_t i = 0; i < CTX_COUNTOF(text_cases); ++i) {
		const struct text_case *c = &text_cases[i];
		if (ctx_pattern_matches_text(c->type, c->text, strlen(c->text), c->path, strlen(c->path)) !=
			c->matches) {
			fail_msg("type %d '%s' against '%s'", c->type, c->text, c->path);
		}
	}
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(syntax_is_judged_as_filepath_match_does),
		cmocka_unit_test(patterns_become_what_moby_makes_of_them),
		cmocka_unit_test(docker_20_10_makes_regular_expressions_of_all),
		cmocka_unit_test(literal_types_compare_bytes),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
