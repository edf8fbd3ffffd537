#include "ctxopt/base/buf.h"

#include "ctxopt/base/alloc.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/** What holds for a buffer at all times. */
static void assert_sane(const struct ctx_buf *buf) {
	if (buf->data == NULL) {
		assert_int_equal(buf->len, 0);
		assert_int_equal(buf->cap, 0);
	} else {
		assert_true(buf->len < buf->cap);
		assert_int_equal(buf->data[buf->len], '\0');
	}
	assert_true(ctx_buf_ok(buf) == !buf->failed);
	assert_non_null(ctx_buf_str(buf));
}

static void empty_buffer_is_an_empty_string(void **state) {
	(void)state;
	ctx_auto_buf struct ctx_buf buf = CTX_BUF_INIT;
	assert_sane(&buf);
	assert_string_equal(ctx_buf_str(&buf), "");
	ctx_buf_reset(&buf);
	ctx_buf_truncate(&buf, 0);
	ctx_buf_release(&buf);
	assert_sane(&buf);
	ctx_buf_add(&buf, NULL, 0);
	ctx_buf_adds(&buf, "");
	ctx_buf_addf(&buf, "%s", "");
	assert_sane(&buf);
	assert_int_equal(buf.len, 0);
}

static void appends_any_bytes(void **state) {
	(void)state;
	ctx_auto_buf struct ctx_buf buf = CTX_BUF_INIT;
	ctx_buf_add(&buf, "a\0b", 3);
	ctx_buf_addc(&buf, '\0');
	ctx_buf_addc(&buf, '\xFF');
	ctx_buf_adds(&buf, "cd");
	ctx_buf_addf(&buf, "%d-%s", 42, "x");
	assert_sane(&buf);
	assert_int_equal(buf.len, 11);
	assert_memory_equal(buf.data,
		"a\0b\0\xFF"
		"cd42-x",
		12);
}

static void every_length_fits(void **state) {
	(void)state;
	// Byte by byte, so that the growth happens at every possible offset
	ctx_auto_buf struct ctx_buf buf = CTX_BUF_INIT;
	for (size_t i = 0; i < 5000; ++i) {
		ctx_buf_addc(&buf, (char)('a' + i % 26));
		assert_sane(&buf);
	}
	for (size_t i = 0; i < 5000; ++i) {
		assert_int_equal(buf.data[i], 'a' + i % 26);
	}
	assert_int_equal(buf.len, 5000);
}

static void formatted_text_of_any_length_fits(void **state) {
	(void)state;
	for (int len = 0; len < 300; ++len) {
		ctx_auto_buf struct ctx_buf buf = CTX_BUF_INIT;
		ctx_buf_adds(&buf, "<");
		ctx_buf_addf(&buf, "%*d", len, 7);
		ctx_buf_adds(&buf, ">");
		assert_sane(&buf);
		assert_int_equal(buf.len, (len > 0 ? len : 1) + 2);
		assert_int_equal(buf.data[buf.len - 2], '7');
	}
}

static void truncate_and_reset_keep_the_memory(void **state) {
	(void)state;
	ctx_auto_buf struct ctx_buf buf = CTX_BUF_INIT;
	ctx_buf_adds(&buf, "abcdef");
	ctx_buf_truncate(&buf, 6);
	assert_string_equal(ctx_buf_str(&buf), "abcdef");
	ctx_buf_truncate(&buf, 2);
	assert_string_equal(ctx_buf_str(&buf), "ab");
	const char *data = buf.data;
	ctx_buf_reset(&buf);
	assert_string_equal(ctx_buf_str(&buf), "");
	ctx_buf_adds(&buf, "xyz");
	assert_ptr_equal(buf.data, data);
	assert_sane(&buf);
}

static void reserved_room_is_enough(void **state) {
	(void)state;
	ctx_auto_buf struct ctx_buf buf = CTX_BUF_INIT;
	ctx_buf_adds(&buf, "ab");
	assert_true(ctx_buf_reserve(&buf, 10000));
	assert_sane(&buf);
	const char *data = buf.data;
	for (int i = 0; i < 10000; ++i) {
		ctx_buf_addc(&buf, 'x');
	}
	assert_ptr_equal(buf.data, data);
	assert_true(ctx_buf_reserve(&buf, 0));
}

static void absurd_reserve_fails_and_sticks(void **state) {
	(void)state;
	static const size_t absurd[] = { SIZE_MAX, SIZE_MAX - 1, SIZE_MAX - 3, (size_t)PTRDIFF_MAX };
	for (size_t i = 0; i < CTX_COUNTOF(absurd); ++i) {
		ctx_auto_buf struct ctx_buf buf = CTX_BUF_INIT;
		ctx_buf_adds(&buf, "abc");
		assert_false(ctx_buf_reserve(&buf, absurd[i]));
		assert_sane(&buf);
		assert_false(ctx_buf_ok(&buf));
		assert_string_equal(ctx_buf_str(&buf), "abc");
	}
}

static void out_of_memory_sticks(void **state) {
	(void)state;
	char large[1000];
	memset(large, 'x', sizeof(large));
	large[sizeof(large) - 1] = '\0';
	// One way to append each: all must note the failure, and leave what was there
	for (int way = 0; way < 5; ++way) {
		ctx_auto_buf struct ctx_buf buf = CTX_BUF_INIT;
		ctx_buf_adds(&buf, "abc");
		ctx_alloc_fail_after(0);
		switch (way) {
		case 0:
			ctx_buf_add(&buf, large, sizeof(large));
			break;
		case 1:
			ctx_buf_adds(&buf, large);
			break;
		case 2:
			ctx_buf_addf(&buf, "%s", large);
			break;
		case 3:
			assert_false(ctx_buf_reserve(&buf, 1000));
			break;
		default:
			for (int i = 0; i < 1000; ++i) {
				ctx_buf_addc(&buf, 'c');
			}
			ctx_buf_truncate(&buf, 3);
			break;
		}
		ctx_alloc_fail_after(-1);
		assert_sane(&buf);
		assert_false(ctx_buf_ok(&buf));

		// Later calls do nothing, even now that there is memory
		ctx_buf_adds(&buf, "more");
		ctx_buf_addc(&buf, '!');
		ctx_buf_addf(&buf, "%d", 1);
		assert_string_equal(ctx_buf_str(&buf), "abc");
		ctx_buf_reset(&buf);
		assert_false(ctx_buf_ok(&buf));
		assert_null(ctx_buf_detach(&buf, NULL));

		ctx_buf_release(&buf);
		assert_true(ctx_buf_ok(&buf));
		ctx_buf_adds(&buf, "again");
		assert_string_equal(ctx_buf_str(&buf), "again");
	}
}

static void first_allocation_may_fail(void **state) {
	(void)state;
	ctx_auto_buf struct ctx_buf buf = CTX_BUF_INIT;
	ctx_alloc_fail_after(0);
	ctx_buf_addf(&buf, "%d", 1);
	ctx_alloc_fail_after(-1);
	assert_sane(&buf);
	assert_false(ctx_buf_ok(&buf));
	assert_string_equal(ctx_buf_str(&buf), "");
}

static void text_that_cannot_be_formatted_fails(void **state) {
	(void)state;
	// No wide character beyond ASCII has an encoding in the C locale, and vsnprintf() returns -1
	ctx_auto_buf struct ctx_buf buf = CTX_BUF_INIT;
	ctx_buf_adds(&buf, "abc");
	ctx_buf_addf(&buf, "def%ls", L"\x20AC");
	assert_sane(&buf);
	assert_false(ctx_buf_ok(&buf));
	assert_string_equal(ctx_buf_str(&buf), "abc");
}

static void detach_hands_the_bytes_over(void **state) {
	(void)state;
	ctx_auto_buf struct ctx_buf buf = CTX_BUF_INIT;
	ctx_buf_add(&buf, "a\0b", 3);
	size_t len = 99;
	CTX_AUTO_FREE char *bytes = ctx_buf_detach(&buf, &len);
	assert_int_equal(len, 3);
	assert_memory_equal(bytes, "a\0b", 4);
	assert_null(buf.data);
	assert_sane(&buf);

	CTX_AUTO_FREE char *empty = ctx_buf_detach(&buf, &len);
	assert_string_equal(empty, "");
	assert_int_equal(len, 0);

	ctx_alloc_fail_after(0);
	char *none = ctx_buf_detach(&buf, &len);
	ctx_alloc_fail_after(-1);
	assert_null(none);
	assert_int_equal(len, 0);
	assert_true(ctx_buf_ok(&buf));
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(empty_buffer_is_an_empty_string),
		cmocka_unit_test(appends_any_bytes),
		cmocka_unit_test(every_length_fits),
		cmocka_unit_test(formatted_text_of_any_length_fits),
		cmocka_unit_test(truncate_and_reset_keep_the_memory),
		cmocka_unit_test(reserved_room_is_enough),
		cmocka_unit_test(absurd_reserve_fails_and_sticks),
		cmocka_unit_test(out_of_memory_sticks),
		cmocka_unit_test(first_allocation_may_fail),
		cmocka_unit_test(text_that_cannot_be_formatted_fails),
		cmocka_unit_test(detach_hands_the_bytes_over),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
