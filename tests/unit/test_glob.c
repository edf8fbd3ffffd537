#include "analyzer/dockerfile/glob.h"

#include "ctxopt/base/error.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

/* One pattern, one name, and what Go's path.Match says; -1 for a malformed pattern. */
static const struct match_case {
	const char *pattern, *name;
	int outcome;
} match_cases[] = {
	{ "", "", 1 },
	{ "", "a", 0 },
	{ "a", "", 0 },
	{ "abc", "abc", 1 },
	{ "*", "abc", 1 },
	{ "*", "", 1 },
	{ "*", "a/b", 0 },
	{ "**", "ab", 1 },
	{ "**", "a/b", 0 },
	{ "/d/**/x", "/d/a/x", 1 },
	{ "/d/**/x", "/d/a/b/x", 0 },
	{ "*c", "abc", 1 },
	{ "a*", "a", 1 },
	{ "a*/b", "abc/b", 1 },
	{ "a*/b", "a/c/b", 0 },
	{ "a*b*c*d*e*", "axbxcxdxe", 1 },
	{ "a*b?c*x", "abxbbxdbxebxczzx", 1 },
	{ "a*b?c*x", "abxbbxdbxebxczzy", 0 },
	{ "*.go", ".go", 1 },
	{ "*", ".hidden", 1 },
	{ "ab[c]", "abc", 1 },
	{ "ab[b-d]", "abc", 1 },
	{ "ab[e-g]", "abc", 0 },
	{ "ab[^c]", "abc", 0 },
	{ "ab[^e-g]", "abc", 1 },
	{ "a[!b]", "ab", 1 },
	{ "a[^b]c", "a/c", 1 },
	{ "a[.-0]c", "a/c", 1 },
	{ "a?c", "a/c", 0 },
	{ "a\\*b", "a*b", 1 },
	{ "a\\*b", "ab", 0 },
	{ "a[*]", "a*", 1 },
	{ "[[]", "[", 1 },
	{ "[]]", "]", -1 },
	{ "[\\]a]", "]", 1 },
	{ "[\\-x]", "-", 1 },
	{ "[x-]", "x", -1 },
	{ "[-x]", "x", -1 },
	{ "[a-b-c]", "a", -1 },
	{ "[", "a", -1 },
	{ "[^", "a", -1 },
	{ "[^bc", "a", -1 },
	{ "a[", "ab", -1 },
	{ "a[", "x", -1 },
	{ "x*[", "a", -1 },
	{ "a\\", "a", -1 },
	{ "a?b",
		"a\xC3\xA9"
		"b",
		1 },
	{ "a?b",
		"a\xFF"
		"b",
		1 },
	{ "a??b",
		"a\xC3\xA9"
		"b",
		0 },
	{ "[\xC3\xA0-\xC3\xBF]", "\xC3\xA9", 1 },
	{ "[\xFF]", "\xFF", -1 },
	{ "[^a]", "\xFF", 1 },
	{ "\xFF", "\xFF", 1 },
	{ "*x", "xxx", 1 },
	{ "a/*/c", "a/b/c", 1 },
	{ "a\\/b", "a/b", 1 },
};

static void wildcards_match_as_in_go(void **state) {
	(void)state;
	for (size_t i = 0; i < CTX_COUNTOF(match_cases); ++i) {
		const struct match_case *c = &match_cases[i];
		int outcome = ana_glob_match(CTX_STR(c->pattern), CTX_STR(c->name));
		if (outcome != (c->outcome < 0 ? CTX_E_SYNTAX : c->outcome)) {
			fail_msg("'%s' and '%s': %d", c->pattern, c->name, outcome);
		}
	}
}

static void backslashes_hide_wildcards(void **state) {
	(void)state;
	assert_true(ana_glob_has_wildcard(CTX_STR("a*")));
	assert_true(ana_glob_has_wildcard(CTX_STR("[")));
	assert_true(ana_glob_has_wildcard(CTX_STR("a?b")));
	assert_true(ana_glob_has_wildcard(CTX_STR("\\\\*")));
	assert_false(ana_glob_has_wildcard(CTX_STR("")));
	assert_false(ana_glob_has_wildcard(CTX_STR("a\\*")));
	assert_false(ana_glob_has_wildcard(CTX_STR("a]\\")));
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(wildcards_match_as_in_go),
		cmocka_unit_test(backslashes_hide_wildcards),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
