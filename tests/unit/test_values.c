#include "analyzer/dockerfile/buildpath.h"
#include "analyzer/dockerfile/ip.h"
#include "analyzer/dockerfile/values.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

/* A word of EXPOSE; NULL when it is good, else what is wrong. */
static const struct value_case {
	const char *text, *want;
} port_cases[] = {
	{ "80", NULL },
	{ "0", NULL },
	{ "65535/tcp", NULL },
	{ "80/UDP", NULL },
	{ "80/", NULL },
	{ "+80", NULL },
	{ "1-3/sctp", NULL },
	{ "8000:80", NULL },
	{ "8000-8002:80-82", NULL },
	{ "8000-8002:80", NULL },
	{ "127.0.0.1:1:2", NULL },
	{ ":1:2", NULL },
	{ "::80", NULL },
	{ "[::1]:80:80", NULL },
	{ "::1:80:80", NULL },
	{ "65536", "invalid containerPort: 65536" },
	{ "-1", "invalid containerPort: -1" },
	{ "3-1", "invalid containerPort: 3-1" },
	{ "80-", "invalid containerPort: 80-" },
	{ "a", "invalid containerPort: a" },
	{ "x:80", "invalid hostPort: x" },
	{ "1-2:3-5", "invalid ranges specified for container and host Ports: 3-5 and 1-2" },
	{ "/tcp", "invalid port: \"/tcp\": no port specified" },
	{ "80/xx", "invalid port: \"80/xx\": invalid proto: xx" },
	{ "1.2.3:1:2", "invalid IP address: 1.2.3" },
	{ "[::1:1:2", "invalid IP address [::1" },
	{ "[x]:1:2", "invalid IP address: x" },
};

static const struct value_case signal_cases[] = {
	{ "SIGTERM", NULL },
	{ "kill", NULL },
	{ "sigRtMin+3", NULL },
	{ "RTMAX-14", NULL },
	{ "9", NULL },
	{ "-9", NULL },
	{ "0", "invalid signal: 0" },
	{ "RTMIN+16", "invalid signal: RTMIN+16" },
	{ "RTMAX-15", "invalid signal: RTMAX-15" },
	{ "RTMIN+03", "invalid signal: RTMIN+03" },
	{ "X", "invalid signal: X" },
	{ "", "invalid signal: " },
};

#define NO_OCTAL(text) "invalid chmod parameter: '" text "'. it should be octal string and between 0 and 07777"
static const struct value_case chmod_cases[] = {
	{ "755", NULL },
	{ "07777", NULL },
	{ "0000000644", NULL },
	{ "u+x", NULL },
	{ "go-w", NULL },
	{ "a+X", NULL },
	{ "+x", NULL },
	{ "u=rwX,go=rX", NULL },
	{ "g=u", NULL },
	{ "u+r-w", NULL },
	{ "u=", NULL },
	{ "8", NO_OCTAL("8") },
	{ "17777", NO_OCTAL("17777") },
	{ "0o755", NO_OCTAL("0o755") },
	{ "644,u+x", NO_OCTAL("644,u+x") },
	{ "abc", "invalid syntax" },
	{ "+755", "invalid syntax" },
	{ "u", "invalid syntax" },
	{ "u+x,", "invalid syntax" },
	{ ",u+x", "invalid syntax" },
};

/** Run a table: `rc` of the row's check must say what the row says. */
static void check(const struct value_case *c, int rc, const struct ctx_error *err) {
	if (rc != (c->want == NULL ? 0 : CTX_E_SYNTAX) || (rc < 0 && strcmp(err->msg, c->want) != 0)) {
		fail_msg("'%s': %d %s", c->text, rc, rc < 0 ? err->msg : "");
	}
}

static void values_are_checked(void **state) {
	(void)state;
	struct ctx_error err;
	for (size_t i = 0; i < CTX_COUNTOF(port_cases); ++i) {
		check(&port_cases[i], ana_port_check(CTX_STR(port_cases[i].text), &err), &err);
	}
	for (size_t i = 0; i < CTX_COUNTOF(signal_cases); ++i) {
		check(&signal_cases[i], ana_signal_check(CTX_STR(signal_cases[i].text), &err), &err);
	}
	for (size_t i = 0; i < CTX_COUNTOF(chmod_cases); ++i) {
		int64_t mode;
		check(&chmod_cases[i], ana_chmod_parse(&mode, CTX_STR(chmod_cases[i].text), &err), &err);
	}
}

static void numbers_are_parsed(void **state) {
	(void)state;
	int64_t n;
	assert_true(ana_int_parse(&n, CTX_STR("-9223372036854775808")) && n == INT64_MIN);
	assert_true(ana_int_parse(&n, CTX_STR("+9223372036854775807")) && n == INT64_MAX);
	assert_false(ana_int_parse(&n, CTX_STR("9223372036854775808")));
	assert_false(ana_int_parse(&n, CTX_STR("")));
	assert_false(ana_int_parse(&n, CTX_STR("-")));
	assert_false(ana_int_parse(&n, CTX_STR("1_0")));
	bool b;
	assert_true(ana_bool_parse(&b, CTX_STR("True")) && b);
	assert_true(ana_bool_parse(&b, CTX_STR("f")) && !b);
	assert_false(ana_bool_parse(&b, CTX_STR("yes")));
}

static void addresses_are_checked(void **state) {
	(void)state;
	static const char *const good[] = { "::", "::1", "1::", "1:2:3:4:5:6:7:8", "::ffff:1.2.3.4",
		"1:2:3:4:5:6:1.2.3.4", "1:2:3:4:5:6:7::" };
	static const char *const bad[] = { "", ":", ":::", "1", "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9",
		"12345::", "1::2::3", "1:2:3:4::5:6:7:8", "::g", "1:", ":1", "::1.2.3", "::1.2.3.4:5", "fe80::1%e" };
	for (size_t i = 0; i < CTX_COUNTOF(good); ++i) {
		assert_true(ana_ip_v6_valid(CTX_STR(good[i]), false));
	}
	for (size_t i = 0; i < CTX_COUNTOF(bad); ++i) {
		assert_false(ana_ip_v6_valid(CTX_STR(bad[i]), false));
	}
	assert_true(ana_ip_v6_valid(CTX_STR("fe80::1%e"), true));
	assert_false(ana_ip_v6_valid(CTX_STR("fe80::1%"), true));
	assert_true(ana_ip_v4_valid(CTX_STR("0.255.1.2")));
	assert_false(ana_ip_v4_valid(CTX_STR("0.256.1.2")));
	assert_false(ana_ip_v4_valid(CTX_STR("0.01.1.2")));
	assert_false(ana_ip_v4_valid(CTX_STR("1.2.3.")));
}

/* A path joined to a directory; NULL when it is refused. */
static const struct path_case {
	const char *parent, *path, *os, *want;
	bool keep;
} path_cases[] = {
	{ "/w", "a", "", "/w/a", false },
	{ "/w", "a/", "linux", "/w/a", false },
	{ "/w", "a/", "linux", "/w/a/", true },
	{ "/w", "a/.", "linux", "/w/a/.", true },
	{ "/w", "./", "linux", "/w/", true },
	{ "/w", "", "linux", "/w", false },
	{ "", "a", "linux", "/a", false },
	{ "/w", "/a//b/../c", "linux", "/a//b/../c", false },
	{ "/w", "..", "linux", "/", false },
	{ "/w", "c:\\a", "linux", "/w/c:\\a", false },
	{ "/w", "c:\\a\\..\\b", "windows", "/b", false },
	{ "/w", "C:a", "windows", "/w/a", false },
	{ "\\w", "a\\", "windows", "/w/a/", true },
	{ "/w", "d:\\a", "windows", NULL, false },
	{ "/w", "c:", "windows", NULL, false },
	{ "/w", "\\\\host\\a", "windows", NULL, false },
};

static void paths_are_joined(void **state) {
	(void)state;
	ctx_auto_arena struct ctx_arena arena = CTX_ARENA_INIT;
	for (size_t i = 0; i < CTX_COUNTOF(path_cases); ++i) {
		const struct path_case *c = &path_cases[i];
		struct ctx_str got = CTX_STR("");
		struct ctx_error err;
		int rc = ana_buildpath_normalize(&got, CTX_STR(c->parent), CTX_STR(c->path), CTX_STR(c->os), c->keep,
			&arena, &err);
		if (rc != (c->want == NULL ? CTX_E_SYNTAX : 0) || (c->want != NULL && !ctx_str_is(got, c->want))) {
			fail_msg("'%s' in '%s' is '%.*s'", c->path, c->parent, CTX_STR_ARGS(got));
		}
	}
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(values_are_checked),
		cmocka_unit_test(numbers_are_parsed),
		cmocka_unit_test(addresses_are_checked),
		cmocka_unit_test(paths_are_joined),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
