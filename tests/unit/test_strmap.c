#include "ctxopt/base/strmap.h"

#include "ctxopt/base/alloc.h"
#include "ctxopt/base/arena.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void empty_map_knows_nothing(void **state) {
	(void)state;
	struct ctx_strmap map = { 0 };
	assert_int_equal(ctx_strmap_get(&map, "x", 1), CTX_STRMAP_NONE);
	assert_int_equal(ctx_strmap_get(&map, NULL, 0), CTX_STRMAP_NONE);
	ctx_strmap_release(&map);
	ctx_strmap_release(&map);
}

static void first_value_stays(void **state) {
	(void)state;
	struct ctx_strmap map = { 0 };
	assert_int_equal(ctx_strmap_put(&map, "key", 3, 7), 7);
	assert_int_equal(ctx_strmap_put(&map, "key", 3, 8), 7);
	assert_int_equal(ctx_strmap_get(&map, "key", 3), 7);
	assert_int_equal(map.count, 1);
	ctx_strmap_release(&map);
	assert_int_equal(ctx_strmap_get(&map, "key", 3), CTX_STRMAP_NONE);
}

static void values_cover_their_range(void **state) {
	(void)state;
	struct ctx_strmap map = { 0 };
	assert_int_equal(ctx_strmap_put(&map, "a", 1, 0), 0);
	assert_int_equal(ctx_strmap_put(&map, "b", 1, UINT32_MAX - 1), UINT32_MAX - 1);
	assert_int_equal(ctx_strmap_get(&map, "a", 1), 0);
	assert_int_equal(ctx_strmap_get(&map, "b", 1), UINT32_MAX - 1);
	ctx_strmap_release(&map);
}

static void keys_are_bytes_with_a_length(void **state) {
	(void)state;
	// Runs of one byte that differ in length only, over every branch of the hash; then the last byte differs
	static const char zeros[100];
	char ones[100];
	memset(ones, 1, sizeof(ones));
	char last[100][100] = { { 0 } };
	struct ctx_strmap map = { 0 };
	for (uint32_t len = 0; len < 100; ++len) {
		assert_int_equal(ctx_strmap_put(&map, zeros, len, len), len);
	}
	for (uint32_t len = 1; len < 100; ++len) {
		assert_int_equal(ctx_strmap_put(&map, ones, len, 1000 + len), 1000 + len);
		last[len][len - 1] = 2;
		assert_int_equal(ctx_strmap_put(&map, last[len], len, 2000 + len), 2000 + len);
	}
	assert_int_equal(map.count, 100 + 99 + 99);
	assert_int_equal(ctx_strmap_get(&map, NULL, 0), 0);
	for (uint32_t len = 1; len < 100; ++len) {
		assert_int_equal(ctx_strmap_get(&map, zeros, len), len);
		assert_int_equal(ctx_strmap_get(&map, ones, len), 1000 + len);
		assert_int_equal(ctx_strmap_get(&map, last[len], len), 2000 + len);
	}
	ctx_strmap_release(&map);
}

static void every_byte_of_a_key_counts(void **state) {
	(void)state;
	for (size_t len = 1; len <= 40; ++len) {
		char keys[41][40];
		struct ctx_strmap map = { 0 };
		for (uint32_t i = 0; i <= len; ++i) {
			memset(keys[i], 'a', len);
			if (i < len) {
				keys[i][i] = 'b';
			}
			assert_int_equal(ctx_strmap_put(&map, keys[i], len, i), i);
		}
		for (uint32_t i = 0; i <= len; ++i) {
			assert_int_equal(ctx_strmap_get(&map, keys[i], len), i);
		}
		ctx_strmap_release(&map);
	}
}

static void many_keys_survive_growth(void **state) {
	(void)state;
	ctx_auto_arena struct ctx_arena arena = CTX_ARENA_INIT;
	struct ctx_strmap map = { 0 };
	const uint32_t count = 200000;
	char text[64];
	for (uint32_t i = 0; i < count; ++i) {
		int len = snprintf(text, sizeof(text), "node_modules/package-%u/index.js", i);
		const char *key = ctx_arena_memdup0(&arena, text, (size_t)len);
		assert_non_null(key);
		assert_int_equal(ctx_strmap_put(&map, key, (size_t)len, i), i);
	}
	assert_int_equal(map.count, count);
	for (uint32_t i = 0; i < count; ++i) {
		int len = snprintf(text, sizeof(text), "node_modules/package-%u/index.js", i);
		assert_int_equal(ctx_strmap_get(&map, text, (size_t)len), i);
		assert_int_equal(ctx_strmap_get(&map, text, (size_t)len - 1), CTX_STRMAP_NONE);
	}
	ctx_strmap_release(&map);
}

static void out_of_memory_keeps_the_map(void **state) {
	(void)state;
	static const char keys[] = "abcdefghijklmnopqrstuvwxyz";
	struct ctx_strmap map = { 0 };
	ctx_alloc_fail_after(0);
	uint32_t got = ctx_strmap_put(&map, keys, 1, 0);
	ctx_alloc_fail_after(-1);
	assert_int_equal(got, CTX_STRMAP_NONE);
	assert_int_equal(map.count, 0);

	// The first table is smaller than the alphabet: the growth fails on the way
	ctx_alloc_fail_after(1);
	uint32_t stored = 0;
	while (stored < 26 && ctx_strmap_put(&map, keys + stored, 1, stored) == stored) {
		++stored;
	}
	ctx_alloc_fail_after(-1);
	assert_in_range(stored, 1, 25);
	assert_int_equal(map.count, stored);
	for (uint32_t i = 0; i < 26; ++i) {
		assert_int_equal(ctx_strmap_get(&map, keys + i, 1), i < stored ? i : CTX_STRMAP_NONE);
	}
	assert_int_equal(ctx_strmap_put(&map, keys + stored, 1, stored), stored);
	ctx_strmap_release(&map);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(empty_map_knows_nothing),
		cmocka_unit_test(first_value_stays),
		cmocka_unit_test(values_cover_their_range),
		cmocka_unit_test(keys_are_bytes_with_a_length),
		cmocka_unit_test(every_byte_of_a_key_counts),
		cmocka_unit_test(many_keys_survive_growth),
		cmocka_unit_test(out_of_memory_keeps_the_map),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
