/**
 * Digesting walked directories, and a small tree of every kind.  For unit tests; include cmocka.h first.
 */
#ifndef CTXOPT_TESTS_UNIT_DIGESTING_H
#define CTXOPT_TESTS_UNIT_DIGESTING_H

#include "ctxopt/base/file.h"
#include "ctxopt/context/merkle.h"
#include "ctxopt/context/walk.h"
#include "tests/unit/scratch.h"
#include "tests/unit/snap.h"

/** Walk the directory `path`; a failure ends the test. */
static inline struct ctx_snapshot *walk(const char *path, const char *const *patterns, size_t count) {
	ctx_auto_fd int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct ctx_ignore *ig = NULL;
	assert_int_equal(ctx_ignore_compile(&ig, patterns, count, NULL), 0);
	struct ctx_snapshot *snap = NULL;
	struct ctx_walk_opts opts = { .jobs = 1 };
	assert_int_equal(ctx_walk(&snap, fd, ig, &opts, NULL), 0);
	ctx_ignore_free(ig);
	return snap;
}

/** Digest the snapshot of the directory `path`; a failure ends the test. */
static inline struct ctx_merkle_stats digest(struct ctx_snapshot *snap, const char *path, unsigned jobs,
	struct ctx_digest_cache *cache) {
	ctx_auto_fd int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct ctx_walk_opts opts = { .jobs = jobs };
	struct ctx_merkle_stats stats;
	struct ctx_error err;
	if (ctx_merkle_files(snap, fd, cache, &opts, &stats, &err) < 0) {
		fail_msg("%s", err.msg);
	}
	return stats;
}

/** Digest of the tree at `path` under the given rules. */
static inline struct ctx_digest tree_digest_with(const char *path, const char *const *patterns, size_t count) {
	struct ctx_snapshot *snap = walk(path, patterns, count);
	digest(snap, path, 1, NULL);
	assert_int_equal(snap->problems.count, 0);
	assert_true(snap->root.flags & CTX_ENTRY_DIGEST);
	struct ctx_digest d = snap->root.digest;
	ctx_snapshot_free(snap);
	return d;
}

/** The same without rules. */
static inline struct ctx_digest tree_digest(const char *path) {
	return tree_digest_with(path, NULL, 0);
}

/** Fail unless two digests are (not) equal. */
static inline void assert_same(const struct ctx_digest *a, const struct ctx_digest *b, bool same) {
	assert_int_equal(ctx_digest_equal(a, b), same);
}

/** Entry at a path; none ends the test. */
static inline struct ctx_entry *at(struct ctx_snapshot *snap, const char *path) {
	struct ctx_entry *e = ctx_snapshot_find(snap, path, strlen(path));
	if (e == NULL) {
		fail_msg("no '%s'", path);
	}
	return e;
}

/** Fail unless the entry at `path` has the digest of these bytes. */
static inline void assert_content(struct ctx_snapshot *snap, const char *path, const void *data, size_t len) {
	struct ctx_digest want = ctx_hash_bytes(data, len);
	const struct ctx_entry *e = at(snap, path);
	assert_true(e->flags & CTX_ENTRY_DIGEST);
	assert_same(&e->digest, &want, true);
}

/** Fail unless the snapshot has just one problem, of this kind. */
static inline void assert_problem(struct ctx_snapshot *snap, const char *path, int sysno, const char *what) {
	assert_int_equal(snap->problems.count, 1);
	assert_string_equal(snap->problems.items[0].path, path);
	assert_int_equal(snap->problems.items[0].sysno, sysno);
	assert_string_equal(snap->problems.items[0].what, what);
	assert_false(snap->problems.items[0].fails_build);
}

/** Set both times of a file to a fixed moment that is long ago. */
static inline void age(const char *path) {
	struct timespec times[2] = { { .tv_sec = 1600000000, .tv_nsec = 5 }, { .tv_sec = 1600000000, .tv_nsec = 5 } };
	assert_int_equal(utimensat(AT_FDCWD, path, times, AT_SYMLINK_NOFOLLOW), 0);
}

/** A small tree of every kind below `root`. */
static inline void make_tree(const char *root) {
	assert_int_equal(mkdir(root, 0755), 0);
	ctx_auto_fd int fd = open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_int_equal(fchdir(fd), 0);
	assert_int_equal(mkdir("d", 0755), 0);
	assert_int_equal(mkdir("empty", 0755), 0);
	assert_true(scratch_text("d/f", "hello"));
	assert_true(scratch_text("run.sh", "#!/bin/sh\n"));
	assert_int_equal(chmod("run.sh", 0755), 0);
	assert_int_equal(symlink("d/f", "link"), 0);
	assert_int_equal(mkfifo("pipe", 0600), 0);
	assert_int_equal(chdir(".."), 0);
}

#define SCRATCH_TEST(fn) cmocka_unit_test_setup_teardown(fn, scratch_setup, scratch_teardown)

#endif
