#include "ctxopt/context/ignore.h"

#include "ctxopt/base/alloc.h"
#include "ctxopt/base/buf.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

/* One line and the pattern it becomes; NULL when the line makes no rule. */
static const struct line_case {
	const char *line, *pattern;
	bool negated;
} line_cases[] = {
	{ "foo/", "foo", false },
	{ "/foo", "foo", false },
	{ "./foo", "foo", false },
	{ "a/../foo", "foo", false },
	{ "  foo \t", "foo", false },
	{ "foo\r", "foo", false },
	{ "#x", NULL, false },
	{ " #x", "#x", false },
	{ "", NULL, false },
	{ "   ", NULL, false },
	{ "\xEF\xBB\xBF"
	  "foo",
		"foo", false },
	{ "\xEF\xBB\xBF#foo", NULL, false },
	{ "!a", "a", true },
	{ "!  a", "a", true },
	{ "!!a", "!a", true },
	{ "/!a", "a", true },
	{ "./!a", "a", true },
	{ "foo /", "foo", false },
	{ ".", ".", false },
	{ "/", "/", false },
	{ "../a", "../a", false },
	{ "a//b/./c", "a/b/c", false },
	{ "\\#x", "\\#x", false },
	{ "a\xFF", "a\xEF\xBF\xBD", false },
	{ "\xC2\xA0"
	  "a",
		"a", false },
};

static void lines_become_rules(void **state) {
	(void)state;
	for (size_t i = 0; i < CTX_COUNTOF(line_cases); ++i) {
		const struct line_case *c = &line_cases[i];
		struct ctx_ignore *ig;
		assert_int_equal(ctx_ignore_parse(&ig, CTX_IGNORE_DOCKER, c->line, strlen(c->line), NULL), 0);
		if (ctx_ignore_count(ig) != (c->pattern ? 1 : 0)) {
			fail_msg("'%s' makes %zu rules", c->line, ctx_ignore_count(ig));
		}
		if (c->pattern) {
			const struct ctx_rule *rule = ctx_ignore_rule(ig, 0);
			assert_string_equal(rule->pattern, c->pattern);
			assert_int_equal(rule->pattern_len, strlen(c->pattern));
			assert_int_equal(rule->negated, c->negated);
			assert_int_equal(rule->line, 1);
			assert_int_equal(ctx_ignore_has_negation(ig), c->negated);
		}
		ctx_ignore_free(ig);
	}
}

static void rules_keep_line_and_text(void **state) {
	(void)state;
	const char *text = "# comment\n\n /build/ \r\n!keep\n";
	struct ctx_ignore *ig;
	assert_int_equal(ctx_ignore_parse(&ig, CTX_IGNORE_DOCKER, text, strlen(text), NULL), 0);
	assert_int_equal(ctx_ignore_count(ig), 2);
	assert_int_equal(ctx_ignore_rule(ig, 0)->line, 3);
	assert_string_equal(ctx_ignore_rule(ig, 0)->text, "/build/");
	assert_string_equal(ctx_ignore_rule(ig, 0)->pattern, "build");
	assert_int_equal(ctx_ignore_rule(ig, 1)->line, 4);
	assert_string_equal(ctx_ignore_rule(ig, 1)->text, "!keep");
	ctx_ignore_free(ig);
}

static const struct podman_case {
	const char *line, *pattern;
	bool negated;
} podman_cases[] = {
	{ "/foo/", "foo", false },
	{ " foo ", "foo", false },
	{ "!/x", "/x", true },
	{ "foo\r", "foo", false },
	{ "#x", NULL, false },
	{ "\tx", "x", false },
};

static void podman_cuts_lines_its_own_way(void **state) {
	(void)state;
	for (size_t i = 0; i < CTX_COUNTOF(podman_cases); ++i) {
		const struct podman_case *c = &podman_cases[i];
		struct ctx_ignore *ig;
		assert_int_equal(ctx_ignore_parse(&ig, CTX_IGNORE_PODMAN, c->line, strlen(c->line), NULL), 0);
		assert_int_equal(ctx_ignore_count(ig), c->pattern ? 1 : 0);
		if (c->pattern) {
			assert_string_equal(ctx_ignore_rule(ig, 0)->pattern, c->pattern);
			assert_int_equal(ctx_ignore_rule(ig, 0)->negated, c->negated);
		}
		ctx_ignore_free(ig);
	}
}

static const struct error_case {
	const char *name, *text;
	enum ctx_ignore_syntax syntax;
	enum ctx_errc code;
	unsigned line;
	const char *msg;
} error_cases[] = {
	{ "bare negation", "ok\n!\n", CTX_IGNORE_DOCKER, CTX_E_SYNTAX, 2, "line 2: '!' without a pattern" },
	{ "negated root", "!/\n", CTX_IGNORE_DOCKER, CTX_E_SYNTAX, 1, "line 1: '!' without a pattern" },
	{ "open class", "a\n\n[\n", CTX_IGNORE_DOCKER, CTX_E_SYNTAX, 3, "line 3: syntax error in pattern '['" },
	{ "tab", "a\tb\n", CTX_IGNORE_DOCKER, CTX_E_SYNTAX, 1,
		"line 1: control character in a pattern, which BuildKit cannot send to its client" },
	{ "newline of old Macs, 20.10", "\xC3\xA9\na\rb\n", CTX_IGNORE_DOCKER_20_10, CTX_E_SYNTAX, 2,
		"line 2: control character in a pattern, which BuildKit cannot send to its client" },
	{ "Unicode class", "x\n*\\pL\n", CTX_IGNORE_DOCKER, CTX_E_UNSUPPORTED, 2,
		"line 2: pattern '*\\pL': unsupported Unicode class '\\p'" },
	{ "group, 20.10", "(a)\n", CTX_IGNORE_DOCKER_20_10, CTX_E_UNSUPPORTED, 1,
		"line 1: pattern '(a)': unsupported group of a regular expression" },
};

static void bad_patterns_name_their_line(void **state) {
	(void)state;
	for (size_t i = 0; i < CTX_COUNTOF(error_cases); ++i) {
		const struct error_case *c = &error_cases[i];
		struct ctx_ignore *ig = NULL;
		struct ctx_error err = { 0 };
		int rc = ctx_ignore_parse(&ig, c->syntax, c->text, strlen(c->text), &err);
		if (rc != (int)c->code || err.line != c->line || strcmp(err.msg, c->msg) != 0) {
			fail_msg("%s: %d, line %u: %s", c->name, rc, err.line, err.msg);
		}
		assert_null(ig);
	}
}

static void control_characters_pass_beside_others(void **state) {
	(void)state;
	struct ctx_ignore *ig;
	const char *text = "a\tb\n\xC3\xA9\n";
	assert_int_equal(ctx_ignore_parse(&ig, CTX_IGNORE_DOCKER, text, strlen(text), NULL), 0);
	ctx_ignore_free(ig);
	text = "a\tb\n";
	assert_int_equal(ctx_ignore_parse(&ig, CTX_IGNORE_DOCKER_20_10, text, strlen(text), NULL), 0);
	ctx_ignore_free(ig);
}

static void line_length_has_a_limit(void **state) {
	(void)state;
	struct ctx_buf text = CTX_BUF_INIT;
	for (int i = 0; i < CTX_IGNORE_LINE_MAX; ++i) {
		ctx_buf_addc(&text, 'a');
	}
	struct ctx_ignore *ig;
	assert_int_equal(ctx_ignore_parse(&ig, CTX_IGNORE_DOCKER, text.data, text.len, NULL), 0);
	ctx_ignore_free(ig);
	ctx_buf_addc(&text, 'a');
	struct ctx_error err = { 0 };
	assert_int_equal(ctx_ignore_parse(&ig, CTX_IGNORE_DOCKER, text.data, text.len, &err), CTX_E_SYNTAX);
	assert_int_equal(err.line, 1);
	assert_string_equal(err.msg, "line 1: longer than 65535 bytes");
	ctx_buf_release(&text);
}

static void patterns_without_a_file_are_not_lines(void **state) {
	(void)state;
	const char *const patterns[] = { "#a", " !b ", "/c" };
	struct ctx_ignore *ig;
	assert_int_equal(ctx_ignore_compile(&ig, patterns, 3, NULL), 0);
	assert_int_equal(ctx_ignore_count(ig), 3);
	assert_string_equal(ctx_ignore_rule(ig, 0)->pattern, "#a");
	assert_true(ctx_ignore_rule(ig, 1)->negated);
	assert_string_equal(ctx_ignore_rule(ig, 2)->pattern, "/c");
	assert_int_equal(ctx_ignore_rule(ig, 2)->line, 3);
	ctx_ignore_free(ig);
}

static void no_memory_is_reported(void **state) {
	(void)state;
	const char *text = "*.o\n!a/[bc]/**\n\xEF\xBF\xBD\n*{2}\n";
	for (long n = 0;; ++n) {
		struct ctx_ignore *ig = NULL;
		ctx_alloc_fail_after(n);
		int rc = ctx_ignore_parse(&ig, CTX_IGNORE_DOCKER, text, strlen(text), NULL);
		ctx_alloc_fail_after(-1);
		ctx_ignore_free(ig);
		if (rc == 0) {
			assert_true(n > 10);
			break;
		}
		assert_int_equal(rc, CTX_E_NOMEM);
	}
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines_become_rules),
		cmocka_unit_test(rules_keep_line_and_text),
		cmocka_unit_test(podman_cuts_lines_its_own_way),
		cmocka_unit_test(bad_patterns_name_their_line),
		cmocka_unit_test(control_characters_pass_beside_others),
		cmocka_unit_test(line_length_has_a_limit),
		cmocka_unit_test(patterns_without_a_file_are_not_lines),
		cmocka_unit_test(no_memory_is_reported),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
