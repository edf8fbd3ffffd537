/**
 * Walking the working directory, and small trees to walk.  For unit tests; include cmocka.h first.
 */
#ifndef CTXOPT_TESTS_UNIT_WALKING_H
#define CTXOPT_TESTS_UNIT_WALKING_H

#include "ctxopt/base/file.h"
#include "ctxopt/context/walk.h"
#include "tests/unit/scratch.h"
#include "tests/unit/snap.h"

#include <stdio.h>

/** Walk the working directory with the given patterns (NULL: none), which end with NULL. */
static inline int walk_with(struct ctx_snapshot **out, const char *const *patterns, const struct ctx_walk_opts *opts,
	struct ctx_error *err) {
	struct ctx_ignore *ig = NULL;
	size_t count = 0;
	while (patterns != NULL && patterns[count] != NULL) {
		++count;
	}
	if (patterns != NULL && ctx_ignore_compile(&ig, patterns, count, err) < 0) {
		return -100;
	}
	ctx_auto_fd int fd = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int rc = fd < 0 ? -101 : ctx_walk(out, fd, ig, opts, err);
	ctx_ignore_free(ig);
	return rc;
}

/** The same with one job; a failure ends the test. */
static inline struct ctx_snapshot *walk(const char *const *patterns, bool excluded) {
	struct ctx_snapshot *snap = NULL;
	struct ctx_error err;
	struct ctx_walk_opts opts = { .jobs = 1, .excluded = excluded };
	if (walk_with(&snap, patterns, &opts, &err) != 0) {
		fail_msg("%s", err.msg);
	}
	return snap;
}

/** Entry at a path; none ends the test. */
static inline struct ctx_entry *at(struct ctx_snapshot *snap, const char *path) {
	struct ctx_entry *e = ctx_snapshot_find(snap, path, strlen(path));
	if (e == NULL) {
		fail_msg("no '%s'", path);
	}
	return e;
}

/** Fail unless the snapshot has just one problem, of this kind. */
static inline void assert_problem(struct ctx_snapshot *snap, const char *path, int sysno, const char *what,
	bool fails) {
	assert_int_equal(snap->problems.count, 1);
	const struct ctx_problem *p = &snap->problems.items[0];
	assert_string_equal(p->path, path);
	assert_int_equal(p->path_len, strlen(path));
	assert_int_equal(p->sysno, sysno);
	assert_string_equal(p->what, what);
	assert_int_equal(p->fails_build, fails);
}

/** Make up to three directories. */
static inline void mkdirs(const char *a, const char *b, const char *c) {
	const char *all[] = { a, b, c };
	for (size_t i = 0; i < 3 && all[i] != NULL; ++i) {
		assert_int_equal(mkdir(all[i], 0755), 0);
	}
}

/** Rules for make_ruled_tree(). */
static const char *const ruled[] = { "node_modules", "docs", "!docs/README.md", "**/*.o", NULL };

/** A tree with something to exclude. */
static inline void make_ruled_tree(void) {
	mkdirs("docs", "src", "src/deep");
	mkdirs("node_modules", "node_modules/m", NULL);
	assert_true(scratch_text("docs/README.md", "12"));
	assert_true(scratch_text("docs/z", "1"));
	assert_true(scratch_text("src/a.o", "123"));
	assert_true(scratch_text("src/deep/b.c", "1234"));
	assert_true(scratch_text("node_modules/m/x", "12345"));
}

/** Make a bushy tree of files, directories and links. */
static inline void make_bushy_tree(void) {
	uint32_t x = 12345;
	char path[128] = "";
	for (int i = 0; i < 800; ++i) {
		x = x * 1664525 + 1013904223;
		if (i % 40 == 0) {
			path[0] = '\0';
		}
		size_t len = strlen(path);
		if (x >> 30 == 0 && len < 80) {
			snprintf(path + len, sizeof(path) - len, "%sd%x", len > 0 ? "/" : "", x >> 20 & 15);
			(void)mkdir(path, 0755);
			continue;
		}
		snprintf(path + len, sizeof(path) - len, "%sf%x.%c", len > 0 ? "/" : "", x >> 12 & 0xff,
			"oc"[x >> 9 & 1]);
		if (x >> 28 == 5) {
			(void)symlink("target", path);
		} else if (x >> 28 == 6) {
			(void)link("f0.c", path);
		} else {
			(void)scratch_write(path, path, strlen(path));
		}
		path[len] = '\0';
	}
}

#define SCRATCH_TEST(fn) cmocka_unit_test_setup_teardown(fn, scratch_setup, scratch_teardown)

#endif
