#include "ctxopt/base/alloc.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void calloc_is_zeroed(void **state) {
	(void)state;
	CTX_AUTO_FREE unsigned char *bytes = ctx_calloc(100, 3);
	assert_non_null(bytes);
	for (size_t i = 0; i < 300; ++i) {
		assert_int_equal(bytes[i], 0);
	}
}

static void nothing_is_not_failure(void **state) {
	(void)state;
	CTX_AUTO_FREE char *none = ctx_calloc(0, 8);
	CTX_AUTO_FREE char *empty = ctx_calloc(8, 0);
	CTX_AUTO_FREE char *resized = ctx_reallocarray(NULL, 0, 8);
	CTX_AUTO_FREE char *copy = ctx_memdup0(NULL, 0);
	assert_non_null(none);
	assert_non_null(empty);
	assert_non_null(resized);
	assert_string_equal(copy, "");
}

static void overflow_fails(void **state) {
	(void)state;
	assert_null(ctx_calloc(SIZE_MAX / 2, 3));
	CTX_AUTO_FREE char *old = ctx_memdup0("kept", 4);
	assert_null(ctx_reallocarray(old, SIZE_MAX / 2, 3));
	assert_null(ctx_reallocarray(old, SIZE_MAX, 1));
	assert_string_equal(old, "kept");
	assert_null(ctx_memdup0("x", SIZE_MAX));
}

static void realloc_keeps_contents(void **state) {
	(void)state;
	int *items = NULL;
	for (int n = 1; n <= 100; ++n) {
		int *grown = ctx_reallocarray(items, (size_t)n, sizeof(*items));
		assert_non_null(grown);
		items = grown;
		items[n - 1] = n;
	}
	for (int n = 1; n <= 100; ++n) {
		assert_int_equal(items[n - 1], n);
	}
	// To nothing and back: never freed behind our back
	items = ctx_reallocarray(items, 0, sizeof(*items));
	assert_non_null(items);
	free(items);
}

static void memdup_takes_any_bytes(void **state) {
	(void)state;
	CTX_AUTO_FREE char *copy = ctx_memdup0("a\0b", 3);
	assert_memory_equal(copy, "a\0b", 4);
}

static const struct grow_case {
	const char *name;
	size_t have, need, size;
	size_t least, most; /* range of good answers, 0 to 0 = refused */
} grow_cases[] = {
	{ "first", 0, 1, 8, 1, 1 },
	{ "nothing", 0, 0, 8, 0, 0 },
	{ "half more", 100, 101, 8, 150, 150 },
	{ "one", 1, 2, 8, 2, 2 },
	{ "need beyond half", 100, 1000, 8, 1000, 1000 },
	{ "largest", 0, (size_t)PTRDIFF_MAX, 1, (size_t)PTRDIFF_MAX, (size_t)PTRDIFF_MAX },
	{ "one past the largest", 0, (size_t)PTRDIFF_MAX + 1, 1, 0, 0 },
	{ "product past the largest", 0, (size_t)PTRDIFF_MAX / 16 + 1, 16, 0, 0 },
	{ "half more does not fit", (size_t)PTRDIFF_MAX / 16 * 15, (size_t)PTRDIFF_MAX / 16 * 15 + 1, 1,
		(size_t)PTRDIFF_MAX / 16 * 15 + 1, (size_t)PTRDIFF_MAX },
	{ "size 0", 10, 11, 0, 15, 15 },
};

static void growth_is_geometric_and_bounded(void **state) {
	(void)state;
	for (size_t i = 0; i < CTX_COUNTOF(grow_cases); ++i) {
		const struct grow_case *c = &grow_cases[i];
		size_t got = ctx_grow(c->have, c->need, c->size);
		if (got < c->least || got > c->most) {
			fail_msg("%s: %zu", c->name, got);
		}
	}
}

static void hook_fails_from_the_nth_on(void **state) {
	(void)state;
	ctx_alloc_fail_after(3);
	char *first = ctx_calloc(1, 1);
	char *second = ctx_memdup0("x", 1);
	char *third = ctx_reallocarray(NULL, 1, 1);
	char *fourth = ctx_calloc(1, 1);
	char *fifth = ctx_memdup0("x", 1);
	char *sixth = ctx_reallocarray(third, 2, 1);
	ctx_alloc_fail_after(-1);
	char *seventh = ctx_calloc(1, 1);

	assert_non_null(first);
	assert_non_null(second);
	assert_non_null(third);
	assert_null(fourth);
	assert_null(fifth);
	assert_null(sixth);
	assert_non_null(seventh);
	free(first);
	free(second);
	free(third);
	free(seventh);
}

static void stealing_leaves_nothing_to_free(void **state) {
	(void)state;
	char *taken;
	{
		CTX_AUTO_FREE char *owned = ctx_memdup0("x", 1);
		taken = CTX_STEAL(owned);
		assert_null(owned);
	}
	assert_string_equal(taken, "x"); // a double free or use after free shows under ASan
	free(taken);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(calloc_is_zeroed),
		cmocka_unit_test(nothing_is_not_failure),
		cmocka_unit_test(overflow_fails),
		cmocka_unit_test(realloc_keeps_contents),
		cmocka_unit_test(memdup_takes_any_bytes),
		cmocka_unit_test(growth_is_geometric_and_bounded),
		cmocka_unit_test(hook_fails_from_the_nth_on),
		cmocka_unit_test(stealing_leaves_nothing_to_free),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
