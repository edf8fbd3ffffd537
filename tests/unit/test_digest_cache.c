#include "ctxopt/context/digest_cache.h"

#include "ctxopt/base/alloc.h"
#include "ctxopt/base/file.h"
#include "tests/unit/scratch.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

/** Layout of the file, as digest_cache.c has it: what forged files of these tests need. */
enum { HEADER_BYTES = 40, RECORD_BYTES = 56, CHECK_AT = 24 };

/** A time that everything below is safely older than. */
#define NOW INT64_C(1700000000000000000)
/** Some time long before. */
#define OLD (NOW - INT64_C(1000000000000) + 123)

/** Identity of file number `n`. */
static struct ctx_stat_id id_of(uint64_t n) {
	return (struct ctx_stat_id){ .device = n % 3,
		.inode = n * 7,
		.size_bytes = n,
		.mtime_ns = OLD,
		.ctime_ns = OLD + 1 };
}

/** Digest of file number `n`. */
static struct ctx_digest digest_of(uint64_t n) {
	return ctx_hash_bytes(&n, sizeof(n));
}

/** Open "dir/cache"; a failure ends the test. */
static struct ctx_digest_cache *open_cache(void) {
	struct ctx_digest_cache *cache = NULL;
	assert_int_equal(ctx_digest_cache_open(&cache, "dir/cache", 2, NULL), 0);
	return cache;
}

/** Save, free and open again. */
static struct ctx_digest_cache *reopen(struct ctx_digest_cache *cache) {
	assert_int_equal(ctx_digest_cache_save(cache, NULL), 0);
	ctx_digest_cache_free(cache);
	return open_cache();
}

/** Record file number `n`. */
static void put(struct ctx_digest_cache *cache, unsigned worker, uint64_t n) {
	struct ctx_stat_id id = id_of(n);
	struct ctx_digest digest = digest_of(n);
	assert_int_equal(ctx_digest_cache_put(cache, worker, &id, NOW, &digest, NULL), 0);
}

/** Is file number `n` known?  If so, its digest must be right. */
static bool knows(struct ctx_digest_cache *cache, unsigned worker, uint64_t n) {
	struct ctx_stat_id id = id_of(n);
	struct ctx_digest got, want = digest_of(n);
	if (!ctx_digest_cache_get(cache, worker, &id, &got)) {
		return false;
	}
	assert_true(ctx_digest_equal(&got, &want));
	return true;
}

/** Inode number of the cache file, to see whether it was replaced; 0 if there is none. */
static ino_t file_inode(void) {
	struct stat st;
	return stat("dir/cache", &st) == 0 ? st.st_ino : 0;
}

static void a_missing_file_is_an_empty_cache(void **state) {
	(void)state;
	struct ctx_digest_cache *cache = open_cache();
	assert_false(knows(cache, 0, 1));
	assert_int_equal(ctx_digest_cache_save(cache, NULL), 0);
	assert_int_equal(file_inode(), 0); // nothing to save
	ctx_digest_cache_free(cache);
	ctx_digest_cache_free(NULL);
}

static void what_was_put_is_there_next_time(void **state) {
	(void)state;
	struct ctx_digest_cache *cache = open_cache();
	for (uint64_t n = 0; n < 1000; ++n) {
		put(cache, n % 2, (n * 617) % 1000);
	}
	assert_false(knows(cache, 0, 5)); // only what was there at the start is asked for
	cache = reopen(cache);
	for (uint64_t n = 0; n < 1000; ++n) {
		assert_true(knows(cache, n / 10 % 2, n));
	}
	for (uint64_t n = 1000; n < 1010; ++n) {
		assert_false(knows(cache, 0, n));
	}
	struct stat st;
	assert_int_equal(stat("dir/cache", &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	assert_int_equal(st.st_size, HEADER_BYTES + 1000 * RECORD_BYTES);
	ctx_digest_cache_free(cache);
}

static void asking_in_any_order(void **state) {
	(void)state;
	// Sizes around those at which a doubling step ends
	static const uint64_t counts[] = { 1, 2, 3, 4, 7, 8, 9, 64, 65, 300 };
	for (size_t i = 0; i < CTX_COUNTOF(counts); ++i) {
		struct ctx_digest_cache *cache = open_cache();
		for (uint64_t n = 0; n < counts[i]; ++n) {
			put(cache, 0, 2 * n);
		}
		cache = reopen(cache);
		uint32_t x = 1;
		for (int ask = 0; ask < 3000; ++ask) {
			x = x * 1664525 + 1013904223;
			uint64_t n = (x >> 8) % (2 * counts[i] + 2);
			assert_int_equal(knows(cache, 0, n), n % 2 == 0 && n / 2 < counts[i]);
		}
		ctx_digest_cache_free(cache);
		assert_int_equal(unlink("dir/cache"), 0);
	}
}

static void any_difference_is_another_file(void **state) {
	(void)state;
	struct ctx_digest_cache *cache = open_cache();
	put(cache, 0, 5);
	cache = reopen(cache);
	struct ctx_digest digest;
	struct ctx_stat_id good = id_of(5);
	struct ctx_stat_id bad[5];
	for (size_t i = 0; i < CTX_COUNTOF(bad); ++i) {
		bad[i] = good;
	}
	++bad[0].device;
	++bad[1].inode;
	++bad[2].size_bytes;
	++bad[3].mtime_ns;
	++bad[4].ctime_ns;
	for (size_t i = 0; i < CTX_COUNTOF(bad); ++i) {
		assert_false(ctx_digest_cache_get(cache, 0, &bad[i], &digest));
	}
	assert_true(ctx_digest_cache_get(cache, 0, &good, &digest));
	ctx_digest_cache_free(cache);
}

// clang-format off
static const struct racy_case {
	const char *name;
	int64_t mtime_ns, ctime_ns;
	bool recorded;
} racy_cases[] = {
	{ "old",                          OLD,                 OLD,                 true },
	{ "50 ms ago",                    OLD,                 NOW - 50000000,      true },
	{ "just below 50 ms",             OLD,                 NOW - 49999999,      false },
	{ "mtime just below 50 ms",       NOW - 49999999,      OLD,                 false },
	{ "now",                          NOW,                 NOW,                 false },
	{ "ctime in the future",          OLD,                 NOW + 1,             false },
	{ "mtime in the future",          NOW + 1,             OLD,                 false },
	{ "whole seconds, 2 s ago",       NOW - 2000000000,    NOW - 2000000000,    true },
	{ "whole seconds, 1 s ago",       NOW - 1000000000,    NOW - 1000000000,    false },
	{ "only mtime in whole seconds",  NOW - 1000000000,    NOW - 999999999,     true },
	{ "before 1970",                  -1,                  -1,                  true },
	{ "as early as can be",           INT64_MIN,           INT64_MIN,           true },
	{ "as late as can be",            INT64_MAX,           INT64_MAX,           false },
};
// clang-format on

static void files_that_just_changed_are_not_recorded(void **state) {
	(void)state;
	for (size_t i = 0; i < CTX_COUNTOF(racy_cases); ++i) {
		const struct racy_case *c = &racy_cases[i];
		struct ctx_digest_cache *cache = open_cache();
		struct ctx_stat_id id = { .inode = 1, .mtime_ns = c->mtime_ns, .ctime_ns = c->ctime_ns };
		struct ctx_digest digest = digest_of(1);
		assert_int_equal(ctx_digest_cache_put(cache, 0, &id, NOW, &digest, NULL), 0);
		cache = reopen(cache);
		if (ctx_digest_cache_get(cache, 0, &id, &digest) != c->recorded) {
			fail_msg("%s", c->name);
		}
		ctx_digest_cache_free(cache);
		(void)unlink("dir/cache");
	}
}

static void new_records_replace_old_ones(void **state) {
	(void)state;
	struct ctx_digest_cache *cache = open_cache();
	for (uint64_t n = 0; n < 10; ++n) {
		put(cache, 0, n);
	}
	cache = reopen(cache);
	struct ctx_stat_id changed = id_of(4);
	changed.mtime_ns += 5;
	struct ctx_digest digest = digest_of(400);
	for (uint64_t n = 0; n < 10; ++n) {
		assert_true(n == 4 || knows(cache, 0, n));
	}
	assert_false(ctx_digest_cache_get(cache, 0, &changed, &digest));
	digest = digest_of(400);
	// Two names of one file, by two workers
	assert_int_equal(ctx_digest_cache_put(cache, 0, &changed, NOW, &digest, NULL), 0);
	assert_int_equal(ctx_digest_cache_put(cache, 1, &changed, NOW, &digest, NULL), 0);
	cache = reopen(cache);
	struct ctx_digest got;
	assert_true(ctx_digest_cache_get(cache, 0, &changed, &got));
	assert_true(ctx_digest_equal(&got, &digest));
	assert_false(knows(cache, 0, 4));
	assert_true(knows(cache, 0, 9));
	struct stat st;
	assert_int_equal(stat("dir/cache", &st), 0);
	assert_int_equal(st.st_size, HEADER_BYTES + 10 * RECORD_BYTES);
	ctx_digest_cache_free(cache);
}

static void an_unchanged_tree_writes_nothing(void **state) {
	(void)state;
	struct ctx_digest_cache *cache = open_cache();
	for (uint64_t n = 0; n < 10; ++n) {
		put(cache, 0, n);
	}
	cache = reopen(cache);
	ino_t before = file_inode();
	for (uint64_t n = 0; n < 5; ++n) { // half of them is enough
		assert_true(knows(cache, n % 2, n));
	}
	cache = reopen(cache);
	assert_int_equal(file_inode(), before);
	assert_true(knows(cache, 0, 9));
	ctx_digest_cache_free(cache);
}

static void what_nobody_asks_for_is_dropped(void **state) {
	(void)state;
	struct ctx_digest_cache *cache = open_cache();
	for (uint64_t n = 0; n < 100; ++n) {
		put(cache, 0, n);
	}
	cache = reopen(cache);
	for (uint64_t n = 0; n < 49; ++n) {
		assert_true(knows(cache, n % 2, n));
		assert_true(knows(cache, n % 2, n)); // twice is once
	}
	put(cache, 1, 500);
	cache = reopen(cache);
	assert_true(knows(cache, 0, 48));
	assert_true(knows(cache, 0, 500));
	assert_false(knows(cache, 0, 49));
	assert_false(knows(cache, 0, 99));
	ctx_digest_cache_free(cache);
}

/* ---- Damage ---- */

/** A cache file of ten records. */
static void make_file(void) {
	struct ctx_digest_cache *cache = open_cache();
	for (uint64_t n = 0; n < 10; ++n) {
		put(cache, 0, n);
	}
	assert_int_equal(ctx_digest_cache_save(cache, NULL), 0);
	ctx_digest_cache_free(cache);
}

/** Fail unless the file is ignored. */
static void assert_ignored(const char *what) {
	struct ctx_digest_cache *cache = open_cache();
	for (uint64_t n = 0; n < 10; ++n) {
		if (knows(cache, 0, n)) {
			fail_msg("%s", what);
		}
	}
	ctx_digest_cache_free(cache);
}

/** Fail unless the file is ignored, and replaced when there is something to save. */
static void assert_replaced(const char *what) {
	assert_ignored(what);
	struct ctx_digest_cache *cache = open_cache();
	put(cache, 0, 77);
	cache = reopen(cache);
	assert_true(knows(cache, 0, 77));
	ctx_digest_cache_free(cache);
}

static void damaged_files_are_ignored(void **state) {
	(void)state;
	make_file();
	ctx_auto_buf struct ctx_buf whole = CTX_BUF_INIT;
	assert_int_equal(ctx_read_at(&whole, AT_FDCWD, "dir/cache", SIZE_MAX, NULL), 0);
	for (size_t len = 0; len < whole.len; len += len < 64 ? 1 : 41) { // cut short
		assert_true(scratch_write("dir/cache", whole.data, len));
		assert_ignored("cut");
	}
	for (size_t at = 0; at < whole.len; at += at < 64 ? 1 : 13) { // a bit flipped
		whole.data[at] = (char)(whole.data[at] ^ 4);
		assert_true(scratch_write("dir/cache", whole.data, whole.len));
		assert_ignored("flipped");
		whole.data[at] = (char)(whole.data[at] ^ 4);
	}
	ctx_buf_addc(&whole, 'x'); // something after the end
	assert_true(scratch_write("dir/cache", whole.data, whole.len));
	assert_replaced("longer");
	assert_true(scratch_text("dir/cache", "a text that has nothing to do with it, and is longer than a header"));
	assert_replaced("foreign");
}

static void forged_files_are_ignored(void **state) {
	(void)state;
	make_file();
	ctx_auto_buf struct ctx_buf whole = CTX_BUF_INIT;
	assert_int_equal(ctx_read_at(&whole, AT_FDCWD, "dir/cache", SIZE_MAX, NULL), 0);
	// Two records change places, and the checksum agrees
	char *records = whole.data + HEADER_BYTES;
	char swap[RECORD_BYTES];
	memcpy(swap, records, RECORD_BYTES);
	memcpy(records, records + RECORD_BYTES, RECORD_BYTES);
	memcpy(records + RECORD_BYTES, swap, RECORD_BYTES);
	struct ctx_digest check = ctx_hash_bytes(records, 10 * RECORD_BYTES);
	memcpy(whole.data + CHECK_AT, check.bytes, sizeof(check.bytes));
	assert_true(scratch_write("dir/cache", whole.data, whole.len));
	assert_replaced("out of order");
}

static void files_that_cannot_be_read_are_errors(void **state) {
	(void)state;
	assert_int_equal(mkdir("dir", 0700), 0);
	assert_int_equal(mkdir("dir/cache", 0700), 0);
	struct ctx_digest_cache *cache;
	struct ctx_error err;
	assert_int_equal(ctx_digest_cache_open(&cache, "dir/cache", 1, &err), CTX_E_IO);
	assert_int_equal(err.sysno, EISDIR);
	assert_int_equal(rmdir("dir/cache"), 0);
	assert_int_equal(symlink("cache", "dir/cache"), 0);
	assert_int_equal(ctx_digest_cache_open(&cache, "dir/cache", 1, &err), CTX_E_IO);
	assert_int_equal(err.sysno, ELOOP);
}

static void a_save_that_fails_is_reported(void **state) {
	(void)state;
	assert_true(scratch_text("file", ""));
	struct ctx_digest_cache *cache;
	struct ctx_error err;
	assert_int_equal(ctx_digest_cache_open(&cache, "file/below/cache", 1, NULL), 0);
	put(cache, 0, 1);
	assert_int_equal(ctx_digest_cache_save(cache, &err), CTX_E_IO);
	assert_int_equal(err.sysno, ENOTDIR);
	ctx_digest_cache_free(cache);

	if (access("/dev/full", W_OK) == 0) { // a full disk
		assert_int_equal(ctx_digest_cache_open(&cache, "/dev/full", 1, NULL), 0);
		put(cache, 0, 1);
		assert_int_equal(ctx_digest_cache_save(cache, &err), CTX_E_IO);
		assert_int_equal(err.sysno, ENOSPC);
		ctx_digest_cache_free(cache);
	}
}

static void a_name_without_a_directory(void **state) {
	(void)state;
	struct ctx_digest_cache *cache;
	assert_int_equal(ctx_digest_cache_open(&cache, "cache", 1, NULL), 0);
	put(cache, 0, 1);
	assert_int_equal(ctx_digest_cache_save(cache, NULL), 0);
	ctx_digest_cache_free(cache);
	assert_int_equal(access("cache", F_OK), 0);
}

/* ---- Where it is ---- */

static void one_file_per_context_root(void **state) {
	(void)state;
	assert_int_equal(setenv("XDG_CACHE_HOME", "/some/where", 1), 0);
	assert_int_equal(mkdir("a", 0755), 0);
	assert_int_equal(mkdir("b", 0755), 0);
	assert_int_equal(symlink("a", "link"), 0);
	ctx_auto_buf struct ctx_buf a = CTX_BUF_INIT, a2 = CTX_BUF_INIT, b = CTX_BUF_INIT, link = CTX_BUF_INIT;
	assert_int_equal(ctx_digest_cache_path(&a, "a", NULL), 0);
	assert_int_equal(ctx_digest_cache_path(&a2, "./b/../a/", NULL), 0);
	assert_int_equal(ctx_digest_cache_path(&b, "b", NULL), 0);
	assert_int_equal(ctx_digest_cache_path(&link, "link", NULL), 0);
	assert_memory_equal(a.data, "/some/where/ctxopt/digests/", 27);
	assert_int_equal(a.len, 27 + 32);
	assert_string_equal(a.data, a2.data);
	assert_string_equal(a.data, link.data);
	assert_string_not_equal(a.data, b.data);

	struct ctx_error err;
	assert_int_equal(ctx_digest_cache_path(&a, "absent", &err), CTX_E_MISSING);
	assert_int_equal(unsetenv("XDG_CACHE_HOME"), 0);
	assert_int_equal(unsetenv("HOME"), 0);
	assert_int_equal(ctx_digest_cache_path(&a, "a", &err), CTX_E_MISSING);
}

/* ---- Out of memory ---- */

/** Open, ask, add, save; the first failure. */
static int use_all(void) {
	struct ctx_digest_cache *cache;
	int rc = ctx_digest_cache_open(&cache, "dir/cache", 2, NULL);
	if (rc < 0) {
		return rc;
	}
	struct ctx_digest digest = digest_of(1);
	struct ctx_stat_id id = id_of(1000);
	struct ctx_stat_id known = id_of(3);
	(void)ctx_digest_cache_get(cache, 0, &known, &digest);
	rc = ctx_digest_cache_put(cache, 1, &id, NOW, &digest, NULL);
	if (rc == 0) {
		rc = ctx_digest_cache_save(cache, NULL);
	}
	ctx_digest_cache_free(cache);
	return rc;
}

static void every_allocation_may_fail(void **state) {
	(void)state;
	make_file();
	int rc = CTX_E_NOMEM;
	for (long n = 0; rc != 0; ++n) {
		ctx_alloc_fail_after(n);
		rc = use_all();
		ctx_alloc_fail_after(-1);
		assert_true(rc == 0 || rc == CTX_E_NOMEM);
		assert_true(n < 1000);
	}
}

#define SCRATCH_TEST(fn) cmocka_unit_test_setup_teardown(fn, scratch_setup, scratch_teardown)

int main(void) {
	const struct CMUnitTest tests[] = {
		SCRATCH_TEST(a_missing_file_is_an_empty_cache),
		SCRATCH_TEST(what_was_put_is_there_next_time),
		SCRATCH_TEST(asking_in_any_order),
		SCRATCH_TEST(any_difference_is_another_file),
		SCRATCH_TEST(files_that_just_changed_are_not_recorded),
		SCRATCH_TEST(new_records_replace_old_ones),
		SCRATCH_TEST(an_unchanged_tree_writes_nothing),
		SCRATCH_TEST(what_nobody_asks_for_is_dropped),
		SCRATCH_TEST(damaged_files_are_ignored),
		SCRATCH_TEST(forged_files_are_ignored),
		SCRATCH_TEST(files_that_cannot_be_read_are_errors),
		SCRATCH_TEST(a_save_that_fails_is_reported),
		SCRATCH_TEST(a_name_without_a_directory),
		SCRATCH_TEST(one_file_per_context_root),
		SCRATCH_TEST(every_allocation_may_fail),
	};
	return cmocka_run_group_tests_name("digest_cache", tests, NULL, NULL);
}
