#include "ctxopt/base/arena.h"

#include "ctxopt/base/alloc.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void empty_arena_can_be_released(void **state) {
	(void)state;
	struct ctx_arena arena = CTX_ARENA_INIT;
	ctx_arena_release(&arena);
	ctx_arena_release(&arena);
	assert_int_equal(arena.reserved_bytes, 0);
}

static void objects_are_aligned_and_apart(void **state) {
	(void)state;
	ctx_auto_arena struct ctx_arena arena = CTX_ARENA_INIT;
	unsigned char *before = NULL;
	for (size_t size = 0; size < 200; ++size) {
		unsigned char *object = ctx_arena_alloc(&arena, size);
		assert_non_null(object);
		assert_int_equal((uintptr_t)object % 16, 0);
		assert_ptr_not_equal(object, before);
		memset(object, 0xFF, size);
		before = object;
		// An odd string in between must not disturb the next object's alignment
		assert_non_null(ctx_arena_memdup0(&arena, "ab", 2));
	}
}

static void calloc_is_zeroed(void **state) {
	(void)state;
	ctx_auto_arena struct ctx_arena arena = CTX_ARENA_INIT;
	for (size_t count = 0; count < 100; ++count) {
		unsigned char *object = ctx_arena_calloc(&arena, count, 7);
		assert_non_null(object);
		for (size_t i = 0; i < count * 7; ++i) {
			assert_int_equal(object[i], 0);
		}
		memset(object, 0xFF, count * 7);
	}
}

static void overflow_fails(void **state) {
	(void)state;
	ctx_auto_arena struct ctx_arena arena = CTX_ARENA_INIT;
	assert_null(ctx_arena_calloc(&arena, SIZE_MAX / 2, 3));
	assert_null(ctx_arena_alloc(&arena, SIZE_MAX));
	assert_null(ctx_arena_alloc(&arena, SIZE_MAX - 16));
	assert_null(ctx_arena_alloc(&arena, (size_t)PTRDIFF_MAX));
	assert_null(ctx_arena_memdup0(&arena, "x", SIZE_MAX));
	assert_null(ctx_arena_memdup0(&arena, "x", SIZE_MAX - 1));
	assert_non_null(ctx_arena_alloc(&arena, 1));
	assert_null(ctx_arena_alloc(&arena, SIZE_MAX));
	assert_null(ctx_arena_memdup0(&arena, "x", SIZE_MAX));
}

static void names_pack_tightly(void **state) {
	(void)state;
	ctx_auto_arena struct ctx_arena arena = CTX_ARENA_INIT;
	char *a = ctx_arena_memdup0(&arena, "abc", 3);
	char *empty = ctx_arena_memdup0(&arena, NULL, 0);
	char *nul = ctx_arena_memdup0(&arena, "x\0y", 3);
	assert_string_equal(a, "abc");
	assert_ptr_equal(empty, a + 4);
	assert_string_equal(empty, "");
	assert_ptr_equal(nul, empty + 1);
	assert_memory_equal(nul, "x\0y", 4);
}

/** A number as a string of varying length, so that chunks end at every offset. */
static size_t format(char text[64], unsigned i) {
	int len = snprintf(text, 64, "%u%.*s", i, (int)(i % 40), "........................................");
	return (size_t)len;
}

static void strings_survive_growth(void **state) {
	(void)state;
	ctx_auto_arena struct ctx_arena arena = CTX_ARENA_INIT;
	const unsigned count = 100000;
	char **strings = ctx_arena_calloc(&arena, count, sizeof(*strings));
	assert_non_null(strings);
	size_t used = count * sizeof(*strings);
	char text[64];
	for (unsigned i = 0; i < count; ++i) {
		size_t len = format(text, i);
		strings[i] = ctx_arena_memdup0(&arena, text, len);
		assert_non_null(strings[i]);
		used += len + 1;
	}
	for (unsigned i = 0; i < count; ++i) {
		format(text, i);
		assert_string_equal(strings[i], text);
	}
	// Waste stays below one chunk of the largest size
	assert_in_range(arena.reserved_bytes, used, used + 1024 * 1024);
}

static void large_object_leaves_the_chunk_in_use(void **state) {
	(void)state;
	ctx_auto_arena struct ctx_arena arena = CTX_ARENA_INIT;
	char *first = ctx_arena_memdup0(&arena, "a", 1);
	char *large = ctx_arena_alloc(&arena, 3 * 1024 * 1024);
	assert_non_null(large);
	memset(large, 'x', 3 * 1024 * 1024);
	char *second = ctx_arena_memdup0(&arena, "b", 1);
	assert_ptr_equal(second, first + 2);
	assert_string_equal(first, "a");
}

static void large_object_may_be_the_first(void **state) {
	(void)state;
	ctx_auto_arena struct ctx_arena arena = CTX_ARENA_INIT;
	char *large = ctx_arena_alloc(&arena, 1024 * 1024);
	assert_non_null(large);
	memset(large, 'x', 1024 * 1024);
	assert_string_equal(ctx_arena_memdup0(&arena, "b", 1), "b");
	assert_int_equal(large[1024 * 1024 - 1], 'x');
}

static void release_makes_it_usable_again(void **state) {
	(void)state;
	ctx_auto_arena struct ctx_arena arena = CTX_ARENA_INIT;
	assert_non_null(ctx_arena_alloc(&arena, 100));
	assert_true(arena.reserved_bytes > 0);
	ctx_arena_release(&arena);
	assert_int_equal(arena.reserved_bytes, 0);
	assert_string_equal(ctx_arena_memdup0(&arena, "x", 1), "x");
}

/** Strings put into each side before absorbing, so that each side ends up with none, little or many chunks. */
static const unsigned absorb_counts[] = { 0, 1, 10, 5000 };

static void absorb_keeps_all_strings(void **state) {
	(void)state;
	for (size_t i = 0; i < CTX_COUNTOF(absorb_counts) * CTX_COUNTOF(absorb_counts); ++i) {
		unsigned into_count = absorb_counts[i / CTX_COUNTOF(absorb_counts)];
		unsigned from_count = absorb_counts[i % CTX_COUNTOF(absorb_counts)];
		ctx_auto_arena struct ctx_arena into = CTX_ARENA_INIT, from = CTX_ARENA_INIT;
		CTX_AUTO_FREE char **strings = ctx_calloc(into_count + from_count + 1, sizeof(*strings));
		char text[64];
		for (unsigned k = 0; k < into_count + from_count; ++k) {
			size_t len = format(text, k);
			strings[k] = ctx_arena_memdup0(k < into_count ? &into : &from, text, len);
			assert_non_null(strings[k]);
		}
		size_t reserved = into.reserved_bytes + from.reserved_bytes;

		ctx_arena_absorb(&into, &from);
		assert_int_equal(into.reserved_bytes, reserved);
		assert_int_equal(from.reserved_bytes, 0);
		ctx_arena_release(&from);
		for (unsigned k = 0; k < into_count + from_count; ++k) {
			format(text, k);
			assert_string_equal(strings[k], text);
		}
		assert_string_equal(ctx_arena_memdup0(&into, "more", 4), "more");
		assert_string_equal(ctx_arena_memdup0(&from, "more", 4), "more");
	}
}

static void absorb_of_itself_changes_nothing(void **state) {
	(void)state;
	ctx_auto_arena struct ctx_arena arena = CTX_ARENA_INIT;
	char *text = ctx_arena_memdup0(&arena, "x", 1);
	ctx_arena_absorb(&arena, &arena);
	assert_string_equal(text, "x");
	assert_true(arena.reserved_bytes > 0);
}

static void out_of_memory_leaves_a_sound_arena(void **state) {
	(void)state;
	ctx_auto_arena struct ctx_arena arena = CTX_ARENA_INIT;
	ctx_alloc_fail_after(0);
	void *object = ctx_arena_alloc(&arena, 8);
	void *zeroed = ctx_arena_calloc(&arena, 2, 8);
	void *text = ctx_arena_memdup0(&arena, "x", 1);
	void *large = ctx_arena_alloc(&arena, 1024 * 1024);
	ctx_alloc_fail_after(-1);
	assert_null(object);
	assert_null(zeroed);
	assert_null(text);
	assert_null(large);
	assert_int_equal(arena.reserved_bytes, 0);

	// With a chunk at hand small objects still fit, and only what needs another one fails
	char *first = ctx_arena_memdup0(&arena, "first", 5);
	ctx_alloc_fail_after(0);
	char *second = ctx_arena_memdup0(&arena, "second", 6);
	large = ctx_arena_alloc(&arena, 1024 * 1024);
	ctx_alloc_fail_after(-1);
	assert_string_equal(first, "first");
	assert_string_equal(second, "second");
	assert_null(large);
}

/** ctx_arena_vprintf() with arguments. */
CTX_PRINTF(2, 3)
static char *print(struct ctx_arena *arena, const char *fmt, ...) {
	va_list args;
	va_start(args, fmt);
	char *text = ctx_arena_vprintf(arena, fmt, args);
	va_end(args);
	return text;
}

static void texts_are_printed(void **state) {
	(void)state;
	ctx_auto_arena struct ctx_arena arena = CTX_ARENA_INIT;
	char *empty = print(&arena, "%s", ""), *first = print(&arena, "%d of %s", 7, "a");
	for (int i = 0; i < 1000; ++i) {
		char want[32];
		(void)snprintf(want, sizeof(want), "%0*d", i % 20 + 1, i);
		assert_string_equal(print(&arena, "%0*d", i % 20 + 1, i), want);
	}
	char *wide = print(&arena, "%300000d", 1);
	assert_int_equal(strlen(wide), 300000);
	assert_int_equal(wide[299999], '1');
	assert_string_equal(empty, "");
	assert_string_equal(first, "7 of a");
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(empty_arena_can_be_released),
		cmocka_unit_test(objects_are_aligned_and_apart),
		cmocka_unit_test(calloc_is_zeroed),
		cmocka_unit_test(overflow_fails),
		cmocka_unit_test(names_pack_tightly),
		cmocka_unit_test(strings_survive_growth),
		cmocka_unit_test(texts_are_printed),
		cmocka_unit_test(large_object_leaves_the_chunk_in_use),
		cmocka_unit_test(large_object_may_be_the_first),
		cmocka_unit_test(release_makes_it_usable_again),
		cmocka_unit_test(absorb_keeps_all_strings),
		cmocka_unit_test(absorb_of_itself_changes_nothing),
		cmocka_unit_test(out_of_memory_leaves_a_sound_arena),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
