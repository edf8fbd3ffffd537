#include "analyzer/dockerfile/platform.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

/* What a platform is, and how it is written; NULL when it is none.  The host is linux/amd64. */
static const struct platform_case {
	const char *text, *want;
} platform_cases[] = {
	{ "linux", "linux/amd64" },
	{ "arm64", "linux/arm64" },
	{ "aarch64", "linux/arm64" },
	{ "armhf", "linux/arm" },
	{ "armel", "linux/arm/v6" },
	{ "arm", "linux/arm" },
	{ "i386", "linux/386" },
	{ "x86_64", "linux/amd64" },
	{ "macos", "darwin/amd64" },
	{ "Windows", "windows/amd64" },
	{ "linux/arm64", "linux/arm64" },
	{ "linux/arm64/v8", "linux/arm64/v8" },
	{ "linux/arm64/8", "linux/arm64/v8" },
	{ "linux/arm64/9", "linux/arm64/v9" },
	{ "linux/arm", "linux/arm" },
	{ "linux/arm/v7", "linux/arm/v7" },
	{ "linux/arm/7", "linux/arm/v7" },
	{ "linux/arm/6", "linux/arm/v6" },
	{ "linux/amd64/v1", "linux/amd64" },
	{ "linux/amd64/v3", "linux/amd64/v3" },
	{ "LINUX/AMD64", "linux/amd64" },
	{ "any/thing", "any/thing" },
	{ "any/../thing", "thing" },
	{ "windows(10.0.17763)/amd64", "windows(10.0.17763)/amd64" },
	{ "windows(10%2B1)/amd64", "windows(10%2B1)/amd64" },
	{ "windows(10.0+win32k)/amd64", "windows(10.0)/amd64" },
	{ "windows()/amd64", "windows/amd64" },
	{ "", NULL },
	{ "nope", NULL },
	{ "linux/", NULL },
	{ "/amd64", NULL },
	{ "linux/a b", NULL },
	{ "linux/*", NULL },
	{ "linux/arm/v7/x", NULL },
	{ "linux(/amd64", NULL },
	{ "linux(1/amd64", NULL },
	{ "windows(10%2)/amd64", NULL },
	{ "windows(10+)/amd64", NULL },
	{ "windows(10++a)/amd64", NULL },
};

static void platforms_are_parsed(void **state) {
	(void)state;
	const struct ana_platform host = { CTX_STR("linux"), CTX_STR(""), CTX_STR("amd64"), CTX_STR("") };
	ctx_auto_arena struct ctx_arena arena = CTX_ARENA_INIT;
	for (size_t i = 0; i < CTX_COUNTOF(platform_cases); ++i) {
		const struct platform_case *c = &platform_cases[i];
		struct ana_platform p;
		struct ctx_error err;
		int rc = ana_platform_parse(&p, CTX_STR(c->text), &host, &arena, &err);
		if (c->want == NULL) {
			assert_int_equal(rc, CTX_E_SYNTAX);
			continue;
		}
		struct ctx_str got = rc == 0 ? ana_platform_format(&p, &arena) : CTX_STR(err.msg);
		if (!ctx_str_is(got, c->want)) {
			fail_msg("'%s' is '%.*s', not '%s'", c->text, CTX_STR_ARGS(got), c->want);
		}
	}
}

/* A platform without one of its spellings. */
static void platforms_are_normalised(void **state) {
	(void)state;
	const struct ana_platform host = { CTX_STR("linux"), CTX_STR(""), CTX_STR("amd64"), CTX_STR("") };
	const struct ana_platform given = { CTX_STR("Linux"), CTX_STR(""), CTX_STR("Aarch64"), CTX_STR("v8") };
	const struct ana_platform want = { CTX_STR("linux"), CTX_STR(""), CTX_STR("arm64"), CTX_STR("") };
	ctx_auto_arena struct ctx_arena arena = CTX_ARENA_INIT;
	struct ana_platform got = ana_platform_normalize(&given, &host, &arena);
	assert_true(ana_platform_eq(&got, &want));
	assert_false(ana_platform_eq(&got, &host));
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(platforms_are_parsed),
		cmocka_unit_test(platforms_are_normalised),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
