#include "ctxopt/context/hash.h"

#include "ctxopt/base/alloc.h"
#include "ctxopt/base/file.h"
#include "tests/unit/scratch.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

/** Largest content of these tests: a few times what is read at once. */
#define DATA_BYTES ((size_t)2500 * 1024)

static unsigned char data[DATA_BYTES];

/** Fill `data` with bytes that do not repeat. */
static int fill(void **state) {
	uint64_t x = 1;
	for (size_t i = 0; i < sizeof(data); ++i) {
		x = x * UINT64_C(6364136223846793005) + 1442695040888963407u;
		data[i] = (unsigned char)(x >> 56);
	}
	return scratch_setup(state);
}

/** Fail unless two digests are equal. */
static void assert_digest(struct ctx_digest got, struct ctx_digest want) {
	char a[CTX_DIGEST_TEXT_MAX], b[CTX_DIGEST_TEXT_MAX];
	assert_string_equal(ctx_digest_text(a, &got), ctx_digest_text(b, &want));
}

/** As `xxhsum -H2` 0.8.1 prints them. */
static const struct {
	const char *text, *digest;
} known[] = {
	{ "", "xxh3-128:99aa06d3014798d86001c324468d497f" },
	{ "a", "xxh3-128:a96faf705af16834e6c632b61e964e1f" },
	{ "abc", "xxh3-128:06b05ab6733a618578af5f94892f3950" },
};

static void digests_are_those_of_xxhsum(void **state) {
	(void)state;
	for (size_t i = 0; i < CTX_COUNTOF(known); ++i) {
		struct ctx_digest d = ctx_hash_bytes(known[i].text, strlen(known[i].text));
		char text[CTX_DIGEST_TEXT_MAX];
		assert_string_equal(ctx_digest_text(text, &d), known[i].digest);
		assert_int_equal(strlen(text) + 1, CTX_DIGEST_TEXT_MAX);
	}
}

static void digests_compare(void **state) {
	(void)state;
	struct ctx_digest a = ctx_hash_bytes("a", 1), b = ctx_hash_bytes("b", 1), a2 = ctx_hash_bytes("a", 1);
	assert_true(ctx_digest_equal(&a, &a2));
	assert_false(ctx_digest_equal(&a, &b));
}

static void seeds_keep_texts_apart(void **state) {
	(void)state;
	struct ctx_digest zero = ctx_hash_seeded("x", 1, 0), one = ctx_hash_seeded("x", 1, 1);
	assert_digest(zero, ctx_hash_bytes("x", 1));
	assert_false(ctx_digest_equal(&zero, &one));
	assert_true(ctx_hash64("x", 1, 0) != ctx_hash64("x", 1, 1));
	assert_true(ctx_hash64("x", 1, 7) == ctx_hash64("x", 1, 7));
}

/** Around the sizes at which xxHash or the reading takes another turn. */
static const size_t sizes[] = { 0, 1, 3, 16, 17, 128, 129, 240, 241, 255, 256, 257, 1024, 65536, 1024 * 1024 - 1,
	1024 * 1024, 1024 * 1024 + 1, 2048 * 1024, DATA_BYTES };

static void streaming_equals_one_shot(void **state) {
	(void)state;
	struct ctx_hasher *h = ctx_hasher_new();
	assert_non_null(h);
	for (size_t i = 0; i < CTX_COUNTOF(sizes); ++i) {
		ctx_hasher_reset(h);
		size_t step = 1;
		for (size_t at = 0; at < sizes[i];) {
			size_t n = sizes[i] - at < step ? sizes[i] - at : step;
			ctx_hasher_add(h, data + at, n);
			at += n;
			step = step * 3 + 1;
		}
		ctx_hasher_add(h, NULL, 0);
		assert_digest(ctx_hasher_digest(h), ctx_hash_bytes(data, sizes[i]));
		assert_digest(ctx_hasher_digest(h), ctx_hash_bytes(data, sizes[i])); // asking changes nothing
	}
	ctx_hasher_free(h);
	ctx_hasher_free(NULL);
}

static void files_of_all_sizes_whatever_is_expected(void **state) {
	(void)state;
	struct ctx_hasher *h = ctx_hasher_new();
	assert_non_null(h);
	for (size_t i = 0; i < CTX_COUNTOF(sizes); ++i) {
		assert_true(scratch_write("file", data, sizes[i]));
		const uint64_t hints[] = { sizes[i], 0, 1, sizes[i] + 1, UINT64_MAX, sizes[i] / 2 };
		for (size_t j = 0; j < CTX_COUNTOF(hints); ++j) {
			ctx_auto_fd int fd = open("file", O_RDONLY | O_CLOEXEC);
			assert_true(fd >= 0);
			struct ctx_digest d;
			uint64_t bytes;
			assert_int_equal(ctx_hash_fd(h, fd, hints[j], &d, &bytes), 0);
			assert_int_equal(bytes, sizes[i]);
			assert_digest(d, ctx_hash_bytes(data, sizes[i]));
		}
	}
	ctx_hasher_free(h);
}

static void reads_from_the_current_position(void **state) {
	(void)state;
	struct ctx_hasher *h = ctx_hasher_new();
	assert_true(scratch_text("file", "skip this"));
	ctx_auto_fd int fd = open("file", O_RDONLY | O_CLOEXEC);
	assert_int_equal(lseek(fd, 5, SEEK_SET), 5);
	struct ctx_digest d;
	uint64_t bytes;
	assert_int_equal(ctx_hash_fd(h, fd, 9, &d, &bytes), 0);
	assert_int_equal(bytes, 4);
	assert_digest(d, ctx_hash_bytes("this", 4));
	ctx_hasher_free(h);
}

static void pipes_come_in_pieces(void **state) {
	(void)state;
	struct ctx_hasher *h = ctx_hasher_new();
	int ends[2];
	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	assert_int_equal(ctx_write_all(ends[1], "abc", 3), 0);
	close(ends[1]);
	struct ctx_digest d;
	uint64_t bytes;
	assert_int_equal(ctx_hash_fd(h, ends[0], 100, &d, &bytes), 0);
	assert_int_equal(bytes, 3);
	assert_digest(d, ctx_hash_bytes("abc", 3));
	close(ends[0]);
	ctx_hasher_free(h);
}

static void failures_are_errnos(void **state) {
	(void)state;
	struct ctx_hasher *h = ctx_hasher_new();
	ctx_auto_fd int dir = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct ctx_digest d;
	uint64_t bytes;
	assert_int_equal(ctx_hash_fd(h, dir, 0, &d, &bytes), -EISDIR);
	assert_int_equal(ctx_hash_fd(h, -1, 0, &d, &bytes), -EBADF);
	ctx_hasher_free(h);
}

static void stops_between_reads(void **state) {
	(void)state;
	struct ctx_hasher *h = ctx_hasher_new();
	volatile int stop = 1;
	ctx_hasher_watch(h, &stop);
	assert_true(scratch_write("file", data, DATA_BYTES));
	ctx_auto_fd int fd = open("file", O_RDONLY | O_CLOEXEC);
	struct ctx_digest d;
	uint64_t bytes;
	assert_int_equal(ctx_hash_fd(h, fd, DATA_BYTES, &d, &bytes), -ECANCELED);
	assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
	stop = 0;
	assert_int_equal(ctx_hash_fd(h, fd, DATA_BYTES, &d, &bytes), 0);
	ctx_hasher_free(h);
}

static void out_of_memory(void **state) {
	(void)state;
	ctx_alloc_fail_after(0);
	struct ctx_hasher *h = ctx_hasher_new();
	ctx_alloc_fail_after(-1);
	assert_null(h);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(digests_are_those_of_xxhsum),
		cmocka_unit_test(digests_compare),
		cmocka_unit_test(seeds_keep_texts_apart),
		cmocka_unit_test(streaming_equals_one_shot),
		cmocka_unit_test(files_of_all_sizes_whatever_is_expected),
		cmocka_unit_test(reads_from_the_current_position),
		cmocka_unit_test(pipes_come_in_pieces),
		cmocka_unit_test(failures_are_errnos),
		cmocka_unit_test(stops_between_reads),
		cmocka_unit_test(out_of_memory),
	};
	return cmocka_run_group_tests_name("hash", tests, fill, scratch_teardown);
}
