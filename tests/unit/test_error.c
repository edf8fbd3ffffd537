#include "ctxopt/base/error.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

/** Longest message that is not cut. */
#define FULL (sizeof(((struct ctx_error *)NULL)->msg) - 1)

static const struct name_case {
	enum ctx_errc code;
	const char *name;
} name_cases[] = {
	{ CTX_E_NOMEM, "nomem" },
	{ CTX_E_IO, "io" },
	{ CTX_E_MISSING, "missing" },
	{ CTX_E_SYNTAX, "syntax" },
	{ CTX_E_LIMIT, "limit" },
	{ CTX_E_UNSUPPORTED, "unsupported" },
	{ CTX_E_CORRUPT, "corrupt" },
	{ CTX_E_USAGE, "usage" },
	{ CTX_E_INTERRUPTED, "interrupted" },
	{ CTX_E_LIBRARY, "library" },
};

static void codes_have_names(void **state) {
	(void)state;
	for (size_t i = 0; i < CTX_COUNTOF(name_cases); ++i) {
		assert_string_equal(ctx_errc_name(name_cases[i].code), name_cases[i].name);
	}
	assert_string_equal(ctx_errc_name((enum ctx_errc)0), "unknown");
}

static void fail_sets_every_field(void **state) {
	(void)state;
	struct ctx_error err;
	memset(&err, 0xAA, sizeof(err));
	assert_int_equal(ctx_fail(&err, CTX_E_LIMIT, "%d is more than %s", 7, "six"), CTX_E_LIMIT);
	assert_int_equal(err.code, CTX_E_LIMIT);
	assert_int_equal(err.sysno, 0);
	assert_int_equal(err.line, 0);
	assert_int_equal(err.column, 0);
	assert_string_equal(err.msg, "7 is more than six");
}

static const struct sys_case {
	int sysno;
	enum ctx_errc code;
	const char *msg;
} sys_cases[] = {
	{ EACCES, CTX_E_IO, "cannot open 'x': Permission denied" },
	{ ENOENT, CTX_E_MISSING, "cannot open 'x': No such file or directory" },
	{ ENOMEM, CTX_E_NOMEM, "cannot open 'x': Cannot allocate memory" },
	{ ENOTDIR, CTX_E_IO, "cannot open 'x': Not a directory" },
};

static void system_errors_are_sorted_into_codes(void **state) {
	(void)state;
	for (size_t i = 0; i < CTX_COUNTOF(sys_cases); ++i) {
		const struct sys_case *c = &sys_cases[i];
		struct ctx_error err;
		assert_int_equal(ctx_fail_sys(&err, c->sysno, "cannot open '%s'", "x"), c->code);
		assert_int_equal(err.code, c->code);
		assert_int_equal(err.sysno, c->sysno);
		assert_string_equal(err.msg, c->msg);
	}
}

static void unknown_errno_still_has_a_text(void **state) {
	(void)state;
	struct ctx_error err;
	assert_int_equal(ctx_fail_sys(&err, 99999, "x"), CTX_E_IO);
	assert_true(strlen(err.msg) > strlen("x: "));
}

static void line_is_kept_and_told(void **state) {
	(void)state;
	struct ctx_error err;
	assert_int_equal(ctx_fail_line(&err, 12, "'%c' without a pattern", '!'), CTX_E_SYNTAX);
	assert_int_equal(err.code, CTX_E_SYNTAX);
	assert_int_equal(err.line, 12);
	assert_string_equal(err.msg, "line 12: '!' without a pattern");
	assert_int_equal(ctx_fail_line(&err, 0, "empty"), CTX_E_SYNTAX);
	assert_string_equal(err.msg, "empty");
}

static void wrap_goes_from_inner_to_outer(void **state) {
	(void)state;
	struct ctx_error err;
	int rc = ctx_fail_line(&err, 3, "bad");
	rc = ctx_wrap(&err, rc, "'%s'", ".dockerignore");
	rc = ctx_wrap(&err, rc, "context");
	assert_int_equal(rc, CTX_E_SYNTAX);
	assert_int_equal(err.code, CTX_E_SYNTAX);
	assert_int_equal(err.line, 3);
	assert_string_equal(err.msg, "context: '.dockerignore': line 3: bad");
}

static void wrap_of_success_changes_nothing(void **state) {
	(void)state;
	struct ctx_error err = { .msg = "old" };
	assert_int_equal(ctx_wrap(&err, 0, "prefix"), 0);
	assert_int_equal(ctx_wrap(&err, 5, "prefix"), 5);
	assert_string_equal(err.msg, "old");
}

static void arguments_may_be_the_old_message(void **state) {
	(void)state;
	struct ctx_error err;
	ctx_fail(&err, CTX_E_IO, "inner");
	ctx_fail(&err, CTX_E_CORRUPT, "again %s", err.msg);
	assert_string_equal(err.msg, "again inner");
	ctx_wrap(&err, CTX_E_CORRUPT, "<%s>", err.msg);
	assert_string_equal(err.msg, "<again inner>: again inner");
}

static void details_are_optional(void **state) {
	(void)state;
	assert_int_equal(ctx_fail(NULL, CTX_E_USAGE, "x"), CTX_E_USAGE);
	assert_int_equal(ctx_fail_sys(NULL, ENOENT, "x"), CTX_E_MISSING);
	assert_int_equal(ctx_fail_line(NULL, 1, "x"), CTX_E_SYNTAX);
	assert_int_equal(ctx_wrap(NULL, CTX_E_IO, "x"), CTX_E_IO);
	assert_int_equal(ctx_fail_nomem(NULL), CTX_E_NOMEM);
}

static void out_of_memory_has_one_spelling(void **state) {
	(void)state;
	struct ctx_error err;
	assert_int_equal(ctx_fail_nomem(&err), CTX_E_NOMEM);
	assert_string_equal(err.msg, "out of memory");
}

static void message_is_cut_one_past_its_room(void **state) {
	(void)state;
	char text[FULL + 2];
	memset(text, 'x', sizeof(text));
	struct ctx_error err;

	text[FULL] = '\0';
	ctx_fail(&err, CTX_E_IO, "%s", text);
	assert_string_equal(err.msg, text);

	text[FULL] = 'x';
	text[FULL + 1] = '\0';
	ctx_fail(&err, CTX_E_IO, "%s", text);
	assert_int_equal(strlen(err.msg), FULL);
	assert_memory_equal(err.msg, text, FULL - 3);
	assert_string_equal(err.msg + FULL - 3, "...");
}

static void cut_leaves_no_half_character(void **state) {
	(void)state;
	// Three shifts and four bytes per character: the cut falls on each of its bytes
	for (size_t shift = 0; shift < 4; ++shift) {
		char text[FULL + 16];
		memset(text, 'x', sizeof(text));
		for (size_t at = shift; at + 4 < sizeof(text); at += 4) {
			memcpy(text + at, "\xF0\x9F\x98\x80", 4);
		}
		text[sizeof(text) - 1] = '\0';
		struct ctx_error err;
		ctx_fail(&err, CTX_E_IO, "%s", text);
		size_t len = strlen(err.msg);
		assert_in_range(len, FULL - 3, FULL);
		assert_string_equal(err.msg + len - 3, "...");
		assert_int_equal((len - 3 - shift) % 4, 0);
	}
}

static void the_reason_of_the_system_survives_a_cut(void **state) {
	(void)state;
	char text[2 * FULL];
	memset(text, 'y', sizeof(text));
	text[sizeof(text) - 1] = '\0';
	struct ctx_error err;
	ctx_fail_sys(&err, EIO, "%s", text);
	static const char end[] = "y...: Input/output error";
	assert_int_equal(strlen(err.msg), FULL);
	assert_string_equal(err.msg + FULL - strlen(end), end);
}

static void nothing_follows_a_cut(void **state) {
	(void)state;
	char text[2 * FULL];
	memset(text, 'y', sizeof(text));
	text[sizeof(text) - 1] = '\0';
	struct ctx_error err;
	ctx_fail(&err, CTX_E_IO, "short");
	ctx_wrap(&err, CTX_E_IO, "%s", text);
	assert_int_equal(strlen(err.msg), FULL);
	assert_string_equal(err.msg + FULL - 4, "y...");
}

static void message_is_one_line(void **state) {
	(void)state;
	struct ctx_error err;
	ctx_fail(&err, CTX_E_IO, "'%s'", "a\nb\x1b[31m\x7F");
	assert_string_equal(err.msg, "'a?b?[31m?'");
	ctx_wrap(&err, CTX_E_IO, "x\ry");
	assert_string_equal(err.msg, "x?y: 'a?b?[31m?'");
}

static void text_that_cannot_be_formatted_is_left_out(void **state) {
	(void)state;
	// No wide character beyond ASCII has an encoding in the C locale, and vsnprintf() returns -1
	struct ctx_error err;
	assert_int_equal(ctx_fail_line(&err, 4, "def%ls", L"\x20AC"), CTX_E_SYNTAX);
	assert_string_equal(err.msg, "line 4: ");
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(codes_have_names),
		cmocka_unit_test(fail_sets_every_field),
		cmocka_unit_test(system_errors_are_sorted_into_codes),
		cmocka_unit_test(unknown_errno_still_has_a_text),
		cmocka_unit_test(line_is_kept_and_told),
		cmocka_unit_test(wrap_goes_from_inner_to_outer),
		cmocka_unit_test(wrap_of_success_changes_nothing),
		cmocka_unit_test(arguments_may_be_the_old_message),
		cmocka_unit_test(details_are_optional),
		cmocka_unit_test(out_of_memory_has_one_spelling),
		cmocka_unit_test(message_is_cut_one_past_its_room),
		cmocka_unit_test(cut_leaves_no_half_character),
		cmocka_unit_test(the_reason_of_the_system_survives_a_cut),
		cmocka_unit_test(nothing_follows_a_cut),
		cmocka_unit_test(message_is_one_line),
		cmocka_unit_test(text_that_cannot_be_formatted_is_left_out),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
