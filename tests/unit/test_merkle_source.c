#include "ctxopt/context/merkle.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>

#include <cmocka.h>

#include "tests/unit/digesting.h"

/* ---- The cache ---- */

static void a_second_run_hashes_nothing(void **state) {
	(void)state;
	make_tree("t");
	usleep(60000); // until what was just written may be recorded
	struct ctx_digest digests[3];
	for (int round = 0; round < 3; ++round) {
		struct ctx_digest_cache *cache;
		assert_int_equal(ctx_digest_cache_open(&cache, "cache", 2, NULL), 0);
		struct ctx_snapshot *snap = walk("t", NULL, 0);
		struct ctx_merkle_stats stats = digest(snap, "t", 2, cache);
		assert_int_equal(stats.hashed_files, round == 0 ? 2 : round == 1 ? 0 : 1);
		assert_int_equal(stats.cached_files, 2 - stats.hashed_files);
		assert_int_equal(snap->problems.count, 0);
		digests[round] = snap->root.digest;
		assert_int_equal(ctx_digest_cache_save(cache, NULL), 0);
		ctx_snapshot_free(snap);
		ctx_digest_cache_free(cache);
		if (round == 1) {
			// Same size, same mtime: the change is seen all the same, by ctime
			struct stat st;
			assert_int_equal(stat("t/d/f", &st), 0);
			assert_true(scratch_text("t/d/f", "hellO"));
			struct timespec times[2] = { st.st_atim, st.st_mtim };
			assert_int_equal(utimensat(AT_FDCWD, "t/d/f", times, 0), 0);
		}
	}
	assert_same(&digests[0], &digests[1], true);
	assert_same(&digests[0], &digests[2], false);
}

static void racy_files_are_hashed_again(void **state) {
	(void)state;
	make_tree("t");
	for (int round = 0; round < 2; ++round) {
		struct ctx_digest_cache *cache;
		assert_int_equal(ctx_digest_cache_open(&cache, "cache", 1, NULL), 0);
		// A time to come is as unsafe as this very moment, and the test may be slow
		struct timespec times[2] = { { .tv_nsec = UTIME_OMIT }, { .tv_sec = INT32_MAX } };
		assert_int_equal(utimensat(AT_FDCWD, "t/run.sh", times, 0), 0);
		struct ctx_snapshot *snap = walk("t", NULL, 0);
		digest(snap, "t", 1, cache);
		const struct ctx_entry *e = at(snap, "run.sh");
		struct ctx_stat_id id = { snap->devices.items[e->device], e->inode, e->size_bytes, e->mtime_ns,
			e->ctime_ns };
		assert_int_equal(ctx_digest_cache_save(cache, NULL), 0);
		ctx_digest_cache_free(cache);
		ctx_snapshot_free(snap);
		struct ctx_digest d;
		assert_int_equal(ctx_digest_cache_open(&cache, "cache", 1, NULL), 0);
		assert_false(ctx_digest_cache_get(cache, 0, &id, &d));
		ctx_digest_cache_free(cache);
	}
}

/* ---- Other sources ---- */

/** What the callback should do. */
struct source {
	/** Path that fails, and how. */
	const char *bad;
	int rc;
	atomic_int calls;
};

/** Digest of the path instead of content. */
static int path_digest(void *arg, unsigned worker, const struct ctx_entry *e, const char *path, struct ctx_digest *out,
	struct ctx_error *err) {
	struct source *src = arg;
	(void)worker;
	atomic_fetch_add(&src->calls, 1);
	if (src->bad != NULL && strcmp(path, src->bad) == 0) {
		return ctx_fail(err, src->rc, "no '%s'", e->name);
	}
	*out = ctx_hash_bytes(path, strlen(path));
	return 0;
}

/** A snapshot as of a commit. */
static struct ctx_snapshot *commit_like(void) {
	struct ctx_snapshot *snap = ctx_snapshot_new(1);
	assert_int_equal(snap_file(snap, "a/b/c", 3), 0);
	assert_int_equal(snap_file(snap, "d", 4), 0);
	assert_int_equal(snap_link(snap, "l", "d"), 0);
	assert_int_equal(ctx_snapshot_seal(snap, NULL), 0);
	return snap;
}

static void contents_from_a_callback(void **state) {
	(void)state;
	struct ctx_snapshot *snap = commit_like();
	struct source source = { .bad = NULL };
	struct ctx_content_source src = { .digest = path_digest, .arg = &source };
	struct ctx_walk_opts opts = { .jobs = 2 };
	struct ctx_merkle_stats stats;
	assert_int_equal(ctx_merkle_source(snap, &src, &opts, &stats, NULL), 0);
	assert_int_equal(source.calls, 2);
	assert_int_equal(stats.hashed_files, 2);
	assert_int_equal(stats.hashed_bytes, 7);
	assert_content(snap, "a/b/c", "a/b/c", 5);
	assert_content(snap, "l", "d", 1);
	assert_true(snap->root.flags & CTX_ENTRY_DIGEST);
	ctx_snapshot_free(snap);
}

static void callbacks_that_fail(void **state) {
	(void)state;
	struct source source = { .bad = "a/b/c", .rc = CTX_E_CORRUPT };
	struct ctx_content_source src = { .digest = path_digest, .arg = &source };
	struct ctx_walk_opts opts = { .jobs = 1 };
	struct ctx_snapshot *snap = commit_like();
	assert_int_equal(ctx_merkle_source(snap, &src, &opts, NULL, NULL), 0);
	assert_problem(snap, "a/b/c", 0, "cannot read file");
	assert_false(at(snap, "a/b")->flags & CTX_ENTRY_DIGEST);
	assert_content(snap, "d", "d", 1);
	ctx_snapshot_free(snap);

	static const int fatal[] = { CTX_E_NOMEM, CTX_E_INTERRUPTED };
	for (size_t i = 0; i < CTX_COUNTOF(fatal); ++i) {
		source.rc = fatal[i];
		snap = commit_like();
		struct ctx_error err;
		assert_int_equal(ctx_merkle_source(snap, &src, &opts, NULL, &err), fatal[i]);
		assert_string_equal(err.msg, "no 'c'");
		ctx_snapshot_free(snap);
	}
}

int main(void) {
	const struct CMUnitTest tests[] = {
		SCRATCH_TEST(a_second_run_hashes_nothing),
		SCRATCH_TEST(racy_files_are_hashed_again),
		SCRATCH_TEST(contents_from_a_callback),
		SCRATCH_TEST(callbacks_that_fail),
	};
	return cmocka_run_group_tests_name("merkle_source", tests, NULL, NULL);
}
