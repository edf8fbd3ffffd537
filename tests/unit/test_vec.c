#include "ctxopt/base/vec.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

/** Larger than a first allocation. */
struct wide {
	char bytes[100];
};

static void empty_vec_can_be_released(void **state) {
	(void)state;
	CTX_VEC(int) vec = { 0 };
	CTX_VEC_RELEASE(&vec);
	assert_null(vec.items);
	assert_int_equal(vec.count, 0);
}

static void push_keeps_order(void **state) {
	(void)state;
	CTX_VEC(int) vec = { 0 };
	for (int i = 0; i < 10000; ++i) {
		assert_true(CTX_VEC_PUSH(&vec, i));
		assert_true(vec.count <= vec.cap);
	}
	assert_int_equal(vec.count, 10000);
	for (int i = 0; i < 10000; ++i) {
		assert_int_equal(vec.items[i], i);
	}
	assert_true(vec.cap < 20000);
	CTX_VEC_RELEASE(&vec);
	assert_int_equal(vec.cap, 0);
	assert_true(CTX_VEC_PUSH(&vec, 7));
	assert_int_equal(vec.items[0], 7);
	CTX_VEC_RELEASE(&vec);
}

static void items_of_any_size(void **state) {
	(void)state;
	CTX_VEC(struct wide) wide = { 0 };
	CTX_VEC(char) bytes = { 0 };
	CTX_VEC(const char *) names = { 0 };
	for (int i = 0; i < 50; ++i) {
		struct wide item;
		memset(item.bytes, i, sizeof(item.bytes));
		assert_true(CTX_VEC_PUSH(&wide, item));
		assert_true(CTX_VEC_PUSH(&bytes, (char)i));
		assert_true(CTX_VEC_PUSH(&names, "name"));
	}
	for (int i = 0; i < 50; ++i) {
		assert_int_equal(wide.items[i].bytes[99], i);
		assert_int_equal(bytes.items[i], i);
		assert_string_equal(names.items[i], "name");
	}
	CTX_VEC_RELEASE(&wide);
	CTX_VEC_RELEASE(&bytes);
	CTX_VEC_RELEASE(&names);
}

static void reserved_room_is_enough(void **state) {
	(void)state;
	CTX_VEC(int) vec = { 0 };
	assert_true(CTX_VEC_RESERVE(&vec, 0));
	assert_null(vec.items);
	assert_true(CTX_VEC_RESERVE(&vec, 1000));
	const int *items = vec.items;
	for (int i = 0; i < 1000; ++i) {
		assert_true(CTX_VEC_PUSH(&vec, i));
	}
	assert_ptr_equal(vec.items, items);
	CTX_VEC_RELEASE(&vec);
}

static void failure_keeps_the_items(void **state) {
	(void)state;
	CTX_VEC(int) vec = { 0 };
	ctx_alloc_fail_after(0);
	bool pushed = CTX_VEC_PUSH(&vec, 1);
	ctx_alloc_fail_after(-1);
	assert_false(pushed);
	assert_int_equal(vec.count, 0);

	assert_true(CTX_VEC_PUSH(&vec, 1));
	while (vec.count < vec.cap) {
		assert_true(CTX_VEC_PUSH(&vec, 2));
	}
	size_t count = vec.count;
	ctx_alloc_fail_after(0);
	pushed = CTX_VEC_PUSH(&vec, 3);
	ctx_alloc_fail_after(-1);
	assert_false(pushed);
	assert_false(CTX_VEC_RESERVE(&vec, SIZE_MAX / 2));
	assert_int_equal(vec.count, count);
	assert_int_equal(vec.cap, count);
	assert_int_equal(vec.items[0], 1);
	CTX_VEC_RELEASE(&vec);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(empty_vec_can_be_released),
		cmocka_unit_test(push_keeps_order),
		cmocka_unit_test(items_of_any_size),
		cmocka_unit_test(reserved_room_is_enough),
		cmocka_unit_test(failure_keeps_the_items),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
