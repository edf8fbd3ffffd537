/*
 * Trees that change while they are read are made with a hook: this program has its own getdents64(), which runs a
 * function of the test after the real call, and so between listing a directory and looking at its names.
 */
#include "ctxopt/context/walk.h"

#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <sys/syscall.h>

#include <cmocka.h>

#include "tests/unit/walking.h"

/* ---- The hook ---- */

/** What the test does after a successful listing; returns the result to give instead. */
typedef ssize_t hook_fn(int fd, char *buf, ssize_t n);

static hook_fn *_Atomic hook;
/** Calls with names since the hook was set. */
static atomic_int listings;

/** In place of the C library's. */
ssize_t getdents64(int fd, void *buf, size_t size) {
	ssize_t n = syscall(SYS_getdents64, fd, buf, size);
	if (n > 0) {
		hook_fn *fn = atomic_load(&hook);
		atomic_fetch_add(&listings, 1);
		return fn != NULL ? fn(fd, buf, n) : n;
	}
	return n;
}

/** Set the hook. */
static void set_hook(hook_fn *fn) {
	atomic_store(&listings, 0);
	atomic_store(&hook, fn);
}

/* ---- What is listed ---- */

static void excluded_directories_stay_closed(void **state) {
	(void)state;
	make_ruled_tree();
	set_hook(NULL);
	struct ctx_snapshot *snap = walk(ruled, false);
	assert_int_equal(atomic_load(&listings), 4); // ".", docs, src, src/deep
	assert_snap(snap,
		"docs dir 0 kp\n"
		"docs/README.md file 2 k\n"
		"docs/z file 1 \n"
		"node_modules dir 0 u\n"
		"src dir 0 k\n"
		"src/a.o file 3 \n"
		"src/deep dir 0 k\n"
		"src/deep/b.c file 4 k\n");
	assert_false(snap->complete);
	assert_int_equal(at(snap, "node_modules")->rule, 1);
	assert_int_equal(at(snap, "docs/z")->rule, 2);
	assert_int_equal(at(snap, "docs/README.md")->rule, 3);
	assert_int_equal(at(snap, "src/a.o")->rule, 4);
	assert_int_equal(at(snap, "src/deep/b.c")->rule, 0);
	assert_int_equal(snap->use_count, 4);
	assert_int_equal(snap->use[3].decided, 1);
	assert_true(snap->use[3].unseen);
	ctx_snapshot_free(snap);
}

/** Let all types be unknown, as on a file system that does not tell them. */
static ssize_t hide_types(CTX_UNUSED int fd, char *buf, ssize_t n) {
	for (ssize_t i = 0; i < n;) {
		struct dirent64 *d = (void *)(buf + i);
		d->d_type = DT_UNKNOWN;
		i += d->d_reclen;
	}
	return n;
}

static void types_may_be_unknown(void **state) {
	(void)state;
	make_ruled_tree();
	set_hook(hide_types);
	struct ctx_snapshot *snap = walk(ruled, false);
	set_hook(NULL);
	assert_int_equal(at(snap, "node_modules")->flags, CTX_ENTRY_UNOPENED);
	assert_int_equal(snap->entry_count, 8);
	assert_false(snap->complete);
	ctx_snapshot_free(snap);
}

/* ---- Trees that change ---- */

/** Between listing the root and looking at its names, two of them vanish. */
static ssize_t remove_names(CTX_UNUSED int fd, CTX_UNUSED char *buf, ssize_t n) {
	if (atomic_load(&listings) == 1) {
		(void)unlink("b");
		(void)rmdir("c");
		(void)unlink("d");
	}
	return n;
}

static void names_that_vanish_are_left_out(void **state) {
	(void)state;
	assert_true(scratch_text("a", ""));
	assert_true(scratch_text("b", ""));
	mkdirs("c", NULL, NULL);
	assert_int_equal(symlink("x", "d"), 0);
	assert_true(scratch_text("e", ""));
	set_hook(remove_names);
	struct ctx_snapshot *snap = walk(NULL, false);
	set_hook(NULL);
	assert_snap(snap, "a file 0 k\ne file 0 k\n");
	assert_int_equal(snap->problems.count, 0);
	ctx_snapshot_free(snap);
}

/** While "z", which one worker opens first, is listed, the others change. */
static ssize_t change_dirs(CTX_UNUSED int fd, CTX_UNUSED char *buf, ssize_t n) {
	if (atomic_load(&listings) == 2) {
		(void)rmdir("b");
		(void)rmdir("c");
		(void)symlink("z", "c");
		(void)rmdir("d");
		(void)close(open("d", O_WRONLY | O_CREAT | O_CLOEXEC, 0644));
	}
	return n;
}

static void directories_that_vanish_before_opening(void **state) {
	(void)state;
	mkdirs("b", "c", "d");
	mkdirs("a", "e", "z");
	assert_true(scratch_text("e/f", ""));
	assert_true(scratch_text("z/y", ""));
	set_hook(change_dirs);
	struct ctx_snapshot *snap = walk(NULL, false);
	set_hook(NULL);
	// "b" is gone; what took the place of the others was not seen, which is said
	assert_snap(snap, "a dir 0 k\ne dir 0 k\ne/f file 0 k\nz dir 0 k\nz/y file 0 k\n");
	assert_int_equal(snap->entry_count, 5);
	assert_int_equal(snap->problems.count, 2);
	for (size_t i = 0; i < 2; ++i) {
		assert_string_equal(snap->problems.items[i].path, i == 0 ? "c" : "d");
		assert_string_equal(snap->problems.items[i].what, "changed while it was read");
		assert_false(snap->problems.items[i].fails_build);
	}
	// Indices were put right: paths are composed through them
	ctx_auto_buf struct ctx_buf path = CTX_BUF_INIT;
	ctx_dir_path(&path, at(snap, "e")->dir);
	assert_string_equal(ctx_buf_str(&path), "e");
	ctx_snapshot_free(snap);
}

/** Names of a huge directory: more than one task takes. */
enum { HUGE = 9000 };

/** Make the directory "huge" with nothing but directories. */
static void make_huge(void) {
	mkdirs("huge", NULL, NULL);
	for (int i = 0; i < HUGE; ++i) {
		char path[32];
		snprintf(path, sizeof(path), "huge/%d", i);
		assert_int_equal(mkdir(path, 0755), 0);
	}
}

/** Move "huge" away as soon as something in it is listed. */
static ssize_t move_huge(int fd, CTX_UNUSED char *buf, ssize_t n) {
	struct stat in, st;
	if (fstat(fd, &in) == 0 && stat("huge", &st) == 0 && in.st_nlink == 2 && in.st_ino != st.st_ino) {
		(void)rename("huge", "moved");
	}
	return n;
}

/** The same, and put a link in its place. */
static ssize_t replace_huge(int fd, char *buf, ssize_t n) {
	move_huge(fd, buf, n);
	(void)symlink("moved", "huge"); // fails while "huge" is there
	return n;
}

/** Walk "huge" with less memory than it takes, ever more. */
static void walk_huge_out_of_memory(void) {
	ctx_auto_fd int fd = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int rc = CTX_E_NOMEM;
	for (long n = 0; rc != 0; n += n < 60 ? 1 : n / 2) { // one task more or less is like another
		struct ctx_walk_opts opts = { .jobs = 2 };
		struct ctx_snapshot *snap;
		ctx_alloc_fail_after(n);
		rc = ctx_walk(&snap, fd, NULL, &opts, NULL);
		ctx_alloc_fail_after(-1);
		assert_true(rc == 0 || rc == CTX_E_NOMEM);
		assert_true(n < 1000000);
		if (rc == 0) {
			assert_int_equal(snap->entry_count, HUGE + 1);
			ctx_snapshot_free(snap);
		}
	}
}

static void huge_directories_that_fail(void **state) {
	(void)state;
	make_huge(); // once, because it takes its time
	walk_huge_out_of_memory();

	// Slices go on with the descriptor while it is kept, which is not for long: each subdirectory takes a place
	set_hook(move_huge);
	struct ctx_snapshot *snap = walk(NULL, false);
	set_hook(NULL);
	assert_true(snap->entry_count < 100);
	assert_int_equal(snap->problems.count, 0);
	ctx_snapshot_free(snap);

	assert_int_equal(rename("moved", "huge"), 0);
	set_hook(replace_huge);
	snap = walk(NULL, false);
	set_hook(NULL);
	assert_true(snap->entry_count < 100);
	size_t noted = 0;
	for (size_t i = 0; i < snap->problems.count; ++i) {
		noted += strcmp(snap->problems.items[i].path, "huge") == 0;
		assert_string_equal(snap->problems.items[i].what, "changed while it was read");
	}
	assert_int_equal(noted, 1);
	ctx_snapshot_free(snap);
}

/** A listing fails in the middle. */
static ssize_t fail_second(CTX_UNUSED int fd, CTX_UNUSED char *buf, ssize_t n) {
	if (atomic_load(&listings) == 2) {
		errno = EIO;
		return -1;
	}
	return n;
}

static void a_listing_that_fails(void **state) {
	(void)state;
	mkdirs("d", NULL, NULL);
	assert_true(scratch_text("d/f", ""));
	set_hook(fail_second);
	struct ctx_snapshot *snap = walk(NULL, false);
	assert_snap(snap, "d dir 0 kx\n");
	assert_problem(snap, "d", EIO, "cannot read directory", true);
	assert_true(snap->complete); // nothing that is excluded was missed
	ctx_snapshot_free(snap);

	set_hook(fail_second);
	snap = walk((const char *const[]){ "d", NULL }, true);
	assert_snap(snap, "d dir 0 x\n");
	assert_problem(snap, "d", EIO, "cannot read directory", false);
	assert_false(snap->complete);
	set_hook(NULL);
	ctx_snapshot_free(snap);
}

/** The first listing fails. */
static ssize_t fail_first(CTX_UNUSED int fd, CTX_UNUSED char *buf, CTX_UNUSED ssize_t n) {
	errno = EIO;
	return -1;
}

static void the_root_must_be_readable(void **state) {
	(void)state;
	assert_true(scratch_text("file", ""));
	struct ctx_walk_opts opts = { .jobs = 2 };
	struct ctx_snapshot *snap;
	struct ctx_error err;
	set_hook(fail_first);
	assert_int_equal(walk_with(&snap, NULL, &opts, &err), CTX_E_IO);
	set_hook(NULL);
	assert_int_equal(err.sysno, EIO);

	ctx_auto_fd int fd = open("file", O_RDONLY | O_CLOEXEC);
	assert_int_equal(ctx_walk(&snap, fd, NULL, &opts, &err), CTX_E_IO);
	assert_int_equal(err.sysno, ENOTDIR);
	assert_int_equal(ctx_walk(&snap, -1, NULL, &opts, &err), CTX_E_IO);
	assert_int_equal(err.sysno, EBADF);
}

/** Set by the test to end churn(). */
static atomic_bool enough;

/** Make and remove things as fast as possible. */
static void *churn(CTX_UNUSED void *arg) {
	while (!atomic_load(&enough)) {
		for (int i = 0; i < 20; ++i) {
			char path[32];
			snprintf(path, sizeof(path), "churn/%d", i);
			(void)mkdir(path, 0755);
			snprintf(path, sizeof(path), "churn/%d/f", i);
			(void)close(open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0644));
			(void)unlink(path);
			snprintf(path, sizeof(path), "churn/%d", i);
			(void)rmdir(path);
			if (i % 3 == 0 && symlink("nowhere", path) == 0) {
				(void)unlink(path);
			}
		}
	}
	return NULL;
}

static void survives_a_busy_tree(void **state) {
	(void)state;
	mkdirs("churn", "steady", NULL);
	assert_true(scratch_text("steady/file", "x"));
	pthread_t thread;
	atomic_store(&enough, false);
	assert_int_equal(pthread_create(&thread, NULL, churn, NULL), 0);
	for (int i = 0; i < 100; ++i) {
		struct ctx_snapshot *snap = NULL;
		struct ctx_walk_opts opts = { .jobs = 2 };
		int rc = walk_with(&snap, NULL, &opts, NULL);
		if (rc != 0 || ctx_snapshot_find(snap, "steady/file", 11) == NULL) {
			atomic_store(&enough, true);
			pthread_join(thread, NULL);
			fail();
		}
		ctx_snapshot_free(snap);
	}
	atomic_store(&enough, true);
	pthread_join(thread, NULL);
}

/* ---- Interrupts, memory ---- */

/** What the next test sets in the middle of a walk. */
static volatile int stop_flag;

/** The user interrupts at the third directory. */
static ssize_t interrupt(CTX_UNUSED int fd, CTX_UNUSED char *buf, ssize_t n) {
	if (atomic_load(&listings) == 3) {
		__atomic_store_n(&stop_flag, 1, __ATOMIC_RELAXED);
	}
	return n;
}

static void interrupts_end_the_walk(void **state) {
	(void)state;
	make_bushy_tree();
	for (unsigned jobs = 1; jobs <= 2; ++jobs) {
		stop_flag = 0;
		set_hook(interrupt);
		struct ctx_walk_opts opts = { .jobs = jobs, .stop = &stop_flag };
		struct ctx_snapshot *snap;
		assert_int_equal(walk_with(&snap, NULL, &opts, NULL), CTX_E_INTERRUPTED);
		set_hook(NULL);
	}
}

static void every_allocation_may_fail(void **state) {
	(void)state;
	make_ruled_tree();
	assert_int_equal(symlink("to", "src/link"), 0);
	assert_int_equal(link("src/a.o", "src/hard"), 0);
	struct ctx_ignore *ig;
	assert_int_equal(ctx_ignore_compile(&ig, ruled, 4, NULL), 0);
	ctx_auto_fd int fd = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	for (unsigned jobs = 1; jobs <= 2; ++jobs) {
		int rc = CTX_E_NOMEM;
		for (long n = 0; rc != 0; ++n) {
			struct ctx_walk_opts opts = { .jobs = jobs };
			struct ctx_snapshot *snap;
			set_hook(change_dirs); // with a problem to note
			ctx_alloc_fail_after(n);
			rc = ctx_walk(&snap, fd, ig, &opts, NULL);
			ctx_alloc_fail_after(-1);
			set_hook(NULL);
			assert_true(rc == 0 || rc == CTX_E_NOMEM);
			assert_true(n < 5000);
			if (rc == 0) {
				ctx_snapshot_free(snap);
			}
		}
	}
	ctx_ignore_free(ig);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		SCRATCH_TEST(excluded_directories_stay_closed),
		SCRATCH_TEST(types_may_be_unknown),
		SCRATCH_TEST(names_that_vanish_are_left_out),
		SCRATCH_TEST(directories_that_vanish_before_opening),
		SCRATCH_TEST(huge_directories_that_fail),
		SCRATCH_TEST(a_listing_that_fails),
		SCRATCH_TEST(the_root_must_be_readable),
		SCRATCH_TEST(survives_a_busy_tree),
		SCRATCH_TEST(interrupts_end_the_walk),
		SCRATCH_TEST(every_allocation_may_fail),
	};
	return cmocka_run_group_tests_name("walk_changes", tests, NULL, NULL);
}
