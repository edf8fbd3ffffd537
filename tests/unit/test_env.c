#include "analyzer/dockerfile/env.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "ctxopt/base/alloc.h"
#include "ctxopt/base/buf.h"

/** Set by literals. */
static const struct ana_env *set(struct ctx_arena *arena, const struct ana_env *env, const char *name,
	const char *value) {
	const struct ana_env *fresh = ana_env_set(arena, env, CTX_STR(name), CTX_STR(value));
	assert_non_null(fresh);
	return fresh;
}

/** "A=1 B=2" of a version. */
static void assert_list(const struct ana_env *env, const char *want) {
	ana_auto_vars struct ana_vars vars = { 0 };
	ctx_auto_buf struct ctx_buf got = CTX_BUF_INIT;
	assert_int_equal(ana_env_list(env, &vars, NULL), 0);
	assert_int_equal(ana_env_count(env), vars.items.count);
	for (size_t i = 0; i < vars.items.count; ++i) {
		struct ana_var var = vars.items.items[i];
		ctx_buf_addf(&got, "%s%.*s=%.*s", i > 0 ? " " : "", CTX_STR_ARGS(var.name), CTX_STR_ARGS(var.value));
		struct ctx_str value;
		assert_true(ana_env_get(env, var.name, &value));
		assert_true(ctx_str_eq(value, var.value));
	}
	assert_string_equal(ctx_buf_str(&got), want);
}

/** A sequence of settings, and the order that comes of it. */
static void setting_again_moves_to_the_end(void **state) {
	(void)state;
	static const struct {
		const char *name, *names, *want;
	} rows[] = {
		{ "nothing", "", "" },
		{ "one", "A", "A=0" },
		{ "in order", "BCA", "B=0 C=1 A=2" },
		{ "the first again", "ABCA", "B=1 C=2 A=3" },
		{ "the last again", "ABCC", "A=0 B=1 C=3" },
		{ "all again", "ABCABC", "A=3 B=4 C=5" },
		{ "one many times", "AAAAA", "A=4" },
	};
	static const char *const digits[] = { "0", "1", "2", "3", "4", "5" };
	for (size_t i = 0; i < CTX_COUNTOF(rows); ++i) {
		ctx_auto_arena struct ctx_arena arena = CTX_ARENA_INIT;
		const struct ana_env *env = NULL;
		for (size_t k = 0; rows[i].names[k] != '\0'; ++k) {
			env = ana_env_set(&arena, env, (struct ctx_str){ rows[i].names + k, 1 }, CTX_STR(digits[k]));
			assert_non_null(env);
		}
		assert_list(env, rows[i].want);
	}
}

/** Versions stay as they are; two stages may start from one. */
static void versions_do_not_change(void **state) {
	(void)state;
	ctx_auto_arena struct ctx_arena arena = CTX_ARENA_INIT;
	const struct ana_env *base = set(&arena, set(&arena, NULL, "PATH", "/bin"), "BASE", "1");
	const struct ana_env *left = set(&arena, set(&arena, base, "X", "1"), "PATH", "/left");
	const struct ana_env *right = set(&arena, base, "BASE", "2");
	assert_list(base, "PATH=/bin BASE=1");
	assert_list(left, "BASE=1 X=1 PATH=/left");
	assert_list(right, "PATH=/bin BASE=2");
	assert_list(NULL, "");
	struct ctx_str value;
	assert_false(ana_env_get(right, CTX_STR("X"), &value));
	assert_false(ana_env_get(NULL, CTX_STR("X"), &value));
}

/** Any bytes are a name, the empty one too. */
static void names_are_bytes(void **state) {
	(void)state;
	ctx_auto_arena struct ctx_arena arena = CTX_ARENA_INIT;
	static const struct ctx_str names[] = { { "", 0 }, { "\0", 1 }, { "\0\0", 2 }, { "a\0b", 3 }, { "\xff", 1 } };
	const struct ana_env *env = NULL;
	for (size_t i = 0; i < CTX_COUNTOF(names); ++i) {
		env = ana_env_set(&arena, env, names[i], names[i]);
	}
	for (size_t i = 0; i < CTX_COUNTOF(names); ++i) {
		struct ctx_str value;
		assert_true(ana_env_get(env, names[i], &value));
		assert_true(ctx_str_eq(value, names[i]));
	}
	assert_int_equal(ana_env_count(env), CTX_COUNTOF(names));
}

/** Many settings against a plain array, in rising, falling and mixed order; memory stays small. */
static void many_variables_stay_balanced(void **state) {
	(void)state;
	enum { COUNT = 2000 };
	static char names[COUNT][8];
	for (int order = 0; order < 3; ++order) {
		ctx_auto_arena struct ctx_arena arena = CTX_ARENA_INIT;
		const struct ana_env *env = NULL;
		for (size_t i = 0; i < COUNT; ++i) {
			size_t at = order == 0 ? i : order == 1 ? COUNT - 1 - i : i * 1237 % COUNT;
			snprintf(names[i], sizeof(names[i]), "V%05zu", at);
			env = ana_env_set(&arena, env, CTX_STR(names[i]), CTX_STR(names[i]));
			assert_non_null(env);
		}
		for (size_t i = 0; i < COUNT; i += 2) {
			env = ana_env_set(&arena, env, CTX_STR(names[i]), CTX_STR("again"));
		}
		ana_auto_vars struct ana_vars vars = { 0 };
		assert_int_equal(ana_env_list(env, &vars, NULL), 0);
		assert_int_equal(vars.items.count, COUNT);
		for (size_t i = 0; i < COUNT / 2; ++i) {
			assert_string_equal(vars.items.items[i].name.ptr, names[2 * i + 1]);
			assert_string_equal(vars.items.items[COUNT / 2 + i].name.ptr, names[2 * i]);
			assert_string_equal(vars.items.items[COUNT / 2 + i].value.ptr, "again");
		}
		assert_true(arena.reserved_bytes < (size_t)COUNT * 16 * 64 * 2);
	}
}

/** No memory is an answer like any other. */
static void out_of_memory_is_reported(void **state) {
	(void)state;
	ctx_auto_arena struct ctx_arena arena = CTX_ARENA_INIT;
	ctx_alloc_fail_after(0);
	const struct ana_env *none = ana_env_set(&arena, NULL, CTX_STR("A"), CTX_STR("1"));
	ctx_alloc_fail_after(-1);
	assert_null(none);
	const struct ana_env *env = set(&arena, NULL, "A", "1");
	for (long n = 0; n < 2; ++n) {
		ana_auto_vars struct ana_vars vars = { 0 };
		ctx_alloc_fail_after(n);
		int rc = ana_env_list(env, &vars, NULL);
		ctx_alloc_fail_after(-1);
		assert_int_equal(rc, CTX_E_NOMEM);
	}
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(setting_again_moves_to_the_end),
		cmocka_unit_test(versions_do_not_change),
		cmocka_unit_test(names_are_bytes),
		cmocka_unit_test(many_variables_stay_balanced),
		cmocka_unit_test(out_of_memory_is_reported),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
