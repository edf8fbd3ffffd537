#include "ctxopt/base/toml.h"

#include "ctxopt/base/alloc.h"
#include "ctxopt/base/buf.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

/* What is read, and by whom it is accepted, is compared with Python's reader in conform/toml.py; here stands what that cannot see. */

static void places_are_kept(void **state) {
	(void)state;
	static const char text[] =
		"# c\r\na.b = \"\"\"x\ny\"\"\"\n[ t . 'u' ]\n  list = [\n    1,\n    {k = 2}]\n[[v]]\n";
	static const struct {
		const char *path[4];
		uint32_t key_line, key_column, line, column;
	} rows[] = {
		{ { "a" }, 2, 1, 2, 1 },
		{ { "a", "b" }, 2, 3, 2, 7 },
		{ { "t" }, 4, 3, 4, 3 },
		{ { "t", "u" }, 4, 7, 4, 7 },
		{ { "t", "u", "list" }, 5, 3, 5, 10 },
		{ { "v" }, 8, 3, 8, 3 },
	};
	struct ctx_arena arena = CTX_ARENA_INIT;
	struct ctx_toml *root = NULL;
	assert_int_equal(ctx_toml_parse(&root, &arena, text, sizeof(text) - 1, NULL), 0);
	for (size_t i = 0; i < CTX_COUNTOF(rows); ++i) {
		const struct ctx_toml *v = root;
		for (size_t k = 0; k < 4 && rows[i].path[k] != NULL; ++k) {
			v = ctx_toml_get(v, CTX_STR(rows[i].path[k]));
			assert_non_null(v);
		}
		if (v->key_line != rows[i].key_line || v->key_column != rows[i].key_column || v->line != rows[i].line ||
			v->column != rows[i].column) {
			fail_msg("row %zu: %u:%u %u:%u", i, v->key_line, v->key_column, v->line, v->column);
		}
	}
	const struct ctx_toml *list = ctx_toml_get(ctx_toml_get(ctx_toml_get(root, CTX_STR("t")), CTX_STR("u")),
		CTX_STR("list"));
	assert_int_equal(list->count, 2);
	assert_int_equal(list->members->line, 6);
	assert_int_equal(list->members->next->column, 5);
	assert_int_equal(ctx_toml_get(list->members->next, CTX_STR("k"))->column, 10);
	assert_null(ctx_toml_get(list, CTX_STR("k")));
	ctx_arena_release(&arena);
}

/* A text, and what is wrong with it where. */
static const struct {
	const char *text;
	unsigned line, column;
	const char *message;
} rows[] = {
	{ "a = 1\nb 2", 2, 3, "expected '=' behind the key" },
	{ "a = x", 1, 5, "not a value: texts stand in quotes" },
	{ "a =\nb = 1", 1, 4, "a value is missing" },
	{ "a = 1\n\na = 2", 3, 1, "'a' was defined in line 1" },
	{ "[a]\n[b]\n[a]", 3, 2, "'a' was defined in line 1" },
	{ "a = [1,\n2", 1, 5, "an array that has no end" },
	{ "a = [1\n2]", 2, 1, "expected ',' or ']'" },
	{ "a = {b = 1\n}", 1, 11, "expected ',' or '}' in the same line" },
	{ "a = \"x\nb = 1", 1, 5, "a string that has no end" },
	{ "a = \"\\q\"", 1, 7, "unknown escape: a backslash is written '\\\\'" },
	{ "a = \"\\u12\"", 1, 8, "expected 4 hexadecimal digits" },
	{ "a = \"\\uD800\"", 1, 8, "no such character: U+D800" },
	{ "a = \"\x01\"", 1, 6, "control byte 0x01 in a string" },
	{ "# \x7f", 1, 3, "control byte 0x7F in a comment" },
	{ "a = 1\nb = \"\xff\"", 2, 6, "byte 0xFF is not UTF-8" },
	{ "a = 1 2", 1, 7, "expected the end of the line" },
	{ "[a\n]", 1, 3, "expected ']' behind the name of a table" },
	{ "[[a]\n", 1, 4, "expected ']]' behind the name of a table" },
	{ "a. = 1", 1, 4, "expected a key: letters, digits, '-' and '_', or a text in quotes" },
	{ "a = 9223372036854775808", 1, 5, "the number does not fit into 64 bits" },
	{ "a = 2026-02-30", 1, 5, "there is no such day" },
};

static void errors_have_a_place(void **state) {
	(void)state;
	for (size_t i = 0; i < CTX_COUNTOF(rows); ++i) {
		struct ctx_arena arena = CTX_ARENA_INIT;
		struct ctx_toml *root = NULL;
		struct ctx_error err = { 0 };
		int rc = ctx_toml_parse(&root, &arena, rows[i].text, strlen(rows[i].text), &err);
		ctx_arena_release(&arena);
		if (rc != CTX_E_SYNTAX || err.line != rows[i].line || err.column != rows[i].column ||
			strcmp(err.msg, rows[i].message) != 0) {
			fail_msg("%s: %d, %u:%u: %s", rows[i].text, rc, err.line, err.column, err.msg);
		}
	}
}

/** Read `open` N times, a value, and `close` N times. */
static int nest(const char *open, const char *close, int n) {
	ctx_auto_buf struct ctx_buf text = CTX_BUF_INIT;
	struct ctx_arena arena = CTX_ARENA_INIT;
	struct ctx_toml *root = NULL;
	ctx_buf_adds(&text, "a = ");
	for (int i = 0; i < n; ++i) {
		ctx_buf_adds(&text, open);
	}
	ctx_buf_adds(&text, "1");
	for (int i = 0; i < n; ++i) {
		ctx_buf_adds(&text, close);
	}
	int rc = ctx_toml_parse(&root, &arena, ctx_buf_str(&text), text.len, NULL);
	ctx_arena_release(&arena);
	return rc;
}

static void limits_are_kept(void **state) {
	(void)state;
	assert_int_equal(nest("[", "]", CTX_TOML_DEPTH_MAX - 1), 0);
	assert_int_equal(nest("[", "]", CTX_TOML_DEPTH_MAX), CTX_E_LIMIT);
	assert_int_equal(nest("{b = ", "}", CTX_TOML_DEPTH_MAX - 1), 0);
	assert_int_equal(nest("{b = ", "}", CTX_TOML_DEPTH_MAX), CTX_E_LIMIT);
	assert_int_equal(nest("{b.b.b = ", "}", CTX_TOML_DEPTH_MAX), CTX_E_LIMIT);
	ctx_auto_buf struct ctx_buf text = CTX_BUF_INIT;
	struct ctx_arena arena = CTX_ARENA_INIT;
	struct ctx_toml *root = NULL;
	for (int i = 0; i < CTX_TOML_DEPTH_MAX; ++i) {
		ctx_buf_adds(&text, "a.");
	}
	ctx_buf_adds(&text, "a = 1");
	assert_int_equal(ctx_toml_parse(&root, &arena, ctx_buf_str(&text), text.len, NULL), CTX_E_LIMIT);
	ctx_buf_reset(&text);
	while (text.len < CTX_TOML_BYTES_MAX) {
		ctx_buf_adds(&text, "# 34567\n");
	}
	assert_int_equal(ctx_toml_parse(&root, &arena, ctx_buf_str(&text), text.len, NULL), 0);
	ctx_buf_addc(&text, '\n');
	assert_int_equal(ctx_toml_parse(&root, &arena, ctx_buf_str(&text), text.len, NULL), CTX_E_LIMIT);
	ctx_arena_release(&arena);
}

static void memory_may_end_anywhere(void **state) {
	(void)state;
	ctx_auto_buf struct ctx_buf text = CTX_BUF_INIT;
	for (int i = 0; i < 40; ++i) {
		ctx_buf_addf(&text,
			"[t%d]\n\"key of some length\".b%d = [1, {c = \"value of some length\"}, 2.5]\n[[l]]\n", i, i);
	}
	int rc = CTX_E_NOMEM;
	for (long n = 0; rc == CTX_E_NOMEM; ++n) {
		struct ctx_arena arena = CTX_ARENA_INIT;
		struct ctx_toml *root = NULL;
		ctx_alloc_fail_after(n);
		rc = ctx_toml_parse(&root, &arena, ctx_buf_str(&text), text.len, NULL);
		ctx_alloc_fail_after(-1);
		assert_true(rc == CTX_E_NOMEM || n > 2);
		ctx_arena_release(&arena);
	}
	assert_int_equal(rc, 0);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(places_are_kept),
		cmocka_unit_test(errors_have_a_place),
		cmocka_unit_test(limits_are_kept),
		cmocka_unit_test(memory_may_end_anywhere),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
