#include "ctxopt/context/merkle.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>

#include <cmocka.h>

#include "tests/unit/digesting.h"

/** Above the size of files that are units of their own. */
#define BIG ((size_t)5 << 20)
/** More entries than one unit of work takes. */
#define MANY 5000

/* ---- The definition ---- */

/** Append one entry as merkle.h defines it, written anew. */
static void define(struct ctx_buf *out, const char *name, unsigned char kind, unsigned mode,
	const struct ctx_digest *d) {
	static const struct ctx_digest zeros = { { 0 } };
	unsigned len = (unsigned)strlen(name);
	ctx_buf_addc(out, (char)(len >> 8));
	ctx_buf_addc(out, (char)len);
	ctx_buf_adds(out, name);
	ctx_buf_addc(out, (char)kind);
	ctx_buf_addc(out, (char)(mode >> 8));
	ctx_buf_addc(out, (char)mode);
	ctx_buf_add(out, d != NULL ? d->bytes : zeros.bytes, sizeof(zeros.bytes));
}

static void the_definition_holds(void **state) {
	(void)state;
	make_tree("t");
	int sock = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct sockaddr_un addr = { .sun_family = AF_UNIX, .sun_path = "t/sock" };
	assert_int_equal(bind(sock, (const struct sockaddr *)&addr, sizeof(addr)), 0);
	close(sock);
	assert_int_equal(chmod("t/sock", 0640), 0);

	struct ctx_digest f = ctx_hash_bytes("hello", 5), run = ctx_hash_bytes("#!/bin/sh\n", 10),
			  link = ctx_hash_bytes("d/f", 3), nothing = ctx_hash_bytes("", 0);
	ctx_auto_buf struct ctx_buf d = CTX_BUF_INIT, root = CTX_BUF_INIT;
	ctx_buf_add(&d, "ctxdir\0\1", 8);
	struct ctx_digest empty = ctx_hash_bytes(d.data, d.len);
	define(&d, "f", 0, 0644, &f);
	struct ctx_digest d_digest = ctx_hash_bytes(d.data, d.len);
	ctx_buf_add(&root, "ctxdir\0\1", 8);
	define(&root, "d", 1, 0755, &d_digest);
	define(&root, "empty", 1, 0755, &empty);
	define(&root, "link", 2, 0, &link);
	define(&root, "pipe", 3, 0600, NULL);
	define(&root, "run.sh", 0, 0755, &run);
	define(&root, "sock", 0, 0640, &nothing);
	struct ctx_digest want = ctx_hash_bytes(root.data, root.len);
	struct ctx_digest got = tree_digest("t");
	char a[CTX_DIGEST_TEXT_MAX], b[CTX_DIGEST_TEXT_MAX];
	assert_string_equal(ctx_digest_text(a, &got), ctx_digest_text(b, &want));
	assert_int_equal(CTX_MERKLE_VERSION, 1); // another definition is another version
}

static void names_longer_than_the_scratch_memory(void **state) {
	(void)state;
	// Only archives have such names: encoded in pieces, the digest is the one of the whole
	enum { LEN = 60000 };
	static char name[LEN + 1];
	memset(name, 'n', LEN);
	struct ctx_snapshot *snap = ctx_snapshot_new(1);
	assert_int_equal(snap_dir(snap, "a"), 0);
	assert_int_equal(snap_dir(snap, name), 0);
	assert_int_equal(snap_dir(snap, "z"), 0);
	assert_int_equal(ctx_snapshot_seal(snap, NULL), 0);
	digest(snap, ".", 1, NULL);

	ctx_auto_buf struct ctx_buf all = CTX_BUF_INIT;
	ctx_buf_add(&all, "ctxdir\0\1", 8);
	struct ctx_digest empty = ctx_hash_bytes(all.data, all.len);
	define(&all, "a", 1, 0755, &empty);
	define(&all, name, 1, 0755, &empty);
	define(&all, "z", 1, 0755, &empty);
	struct ctx_digest want = ctx_hash_bytes(all.data, all.len);
	assert_same(&snap->root.digest, &want, true);
	ctx_snapshot_free(snap);
}

static void what_counts_and_what_does_not(void **state) {
	(void)state;
	make_tree("one");
	make_tree("two");
	struct ctx_digest one = tree_digest("one"), two = tree_digest("two");
	assert_same(&one, &two, true);

	age("two/d/f");
	age("two/d");
	two = tree_digest("two");
	assert_same(&one, &two, true); // times

	assert_int_equal(chmod("two", 0700), 0);
	two = tree_digest("two");
	assert_same(&one, &two, true); // the root's own mode

	assert_true(scratch_text("two/x.log", "noise"));
	two = tree_digest_with("two", (const char *const[]){ "*.log" }, 1);
	assert_same(&one, &two, true); // what is excluded
	two = tree_digest("two");
	assert_same(&one, &two, false); // a new name
	assert_int_equal(unlink("two/x.log"), 0);

	assert_int_equal(chmod("two/d/f", 0600), 0);
	two = tree_digest("two");
	assert_same(&one, &two, false); // a file's mode
	assert_int_equal(chmod("two/d/f", 0644), 0);

	assert_int_equal(chmod("two/empty", 0700), 0);
	two = tree_digest("two");
	assert_same(&one, &two, false); // a directory's mode
	assert_int_equal(chmod("two/empty", 0755), 0);

	assert_true(scratch_text("two/d/f", "hellO"));
	two = tree_digest("two");
	assert_same(&one, &two, false); // content
	assert_true(scratch_text("two/d/f", "hello"));

	assert_int_equal(unlink("two/link"), 0);
	assert_int_equal(symlink("d/g", "two/link"), 0);
	two = tree_digest("two");
	assert_same(&one, &two, false); // a target
	assert_int_equal(unlink("two/link"), 0);
	assert_int_equal(symlink("d/f", "two/link"), 0);

	assert_int_equal(rename("two/d/f", "two/empty/f"), 0);
	two = tree_digest("two");
	assert_same(&one, &two, false); // a place
	assert_int_equal(rename("two/empty/f", "two/d/f"), 0);
	two = tree_digest("two");
	assert_same(&one, &two, true);
}

static void every_entry_gets_its_digest(void **state) {
	(void)state;
	make_tree("t");
	struct ctx_snapshot *snap = walk("t", NULL, 0);
	struct ctx_merkle_stats stats = digest(snap, "t", 1, NULL);
	assert_int_equal(stats.hashed_files, 2);
	assert_int_equal(stats.hashed_bytes, 15);
	assert_int_equal(stats.cached_files, 0);
	assert_content(snap, "d/f", "hello", 5);
	assert_content(snap, "link", "d/f", 3);
	assert_content(snap, "empty", "ctxdir\0\1", 8);
	assert_true(at(snap, "d")->flags & CTX_ENTRY_DIGEST);
	assert_false(at(snap, "pipe")->flags & CTX_ENTRY_DIGEST);

	stats = digest(snap, "t", 1, NULL); // files that have one keep it
	assert_int_equal(stats.hashed_files, 0);
	ctx_snapshot_free(snap);
}

static void refused_files_are_empty(void **state) {
	(void)state;
	assert_int_equal(mkdir("t", 0755), 0);
	assert_int_equal(mkdir("t/a", 0755), 0);
	assert_int_equal(mkdir("t/a/b", 0755), 0);
	assert_true(scratch_text("t/a/b/c", "content"));
	static const char *const patterns[] = { "a", "!a/b", "a" };
	struct ctx_snapshot *snap = walk("t", patterns, 3);
	struct ctx_merkle_stats stats = digest(snap, "t", 1, NULL);
	assert_int_equal(stats.hashed_files, 0);
	assert_content(snap, "a/b/c", "", 0);
	assert_true(at(snap, "a")->flags & CTX_ENTRY_DIGEST); // present as a parent
	ctx_snapshot_free(snap);
}

/* ---- Large things ---- */

/** Many small files in one directory, some big ones, and depth. */
static void make_large_tree(void) {
	char path[64];
	assert_int_equal(mkdir("t", 0755), 0);
	assert_int_equal(mkdir("t/many", 0755), 0);
	for (int i = 0; i < MANY; ++i) {
		snprintf(path, sizeof(path), "t/many/%04d", i);
		assert_true(scratch_text(path, path));
	}
	char *big = calloc(1, BIG);
	assert_non_null(big);
	for (int i = 0; i < 3; ++i) {
		snprintf(path, sizeof(path), "t/many/big%d", i);
		big[0] = (char)i;
		assert_true(scratch_write(path, big, BIG - (size_t)i));
	}
	free(big);
	int fd = open("t", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	for (int i = 0; i < 300; ++i) {
		assert_int_equal(mkdirat(fd, "deep", 0755), 0);
		int next = openat(fd, "deep", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		close(fd);
		fd = next;
	}
	int file = openat(fd, "bottom", O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
	close(file);
	close(fd);
}

static void any_number_of_threads_gives_the_same(void **state) {
	(void)state;
	make_large_tree();
	static const unsigned jobs[] = { 1, 2, 8 };
	struct ctx_digest first = { { 0 } };
	for (size_t i = 0; i < CTX_COUNTOF(jobs); ++i) {
		struct ctx_snapshot *snap = walk("t", NULL, 0);
		struct ctx_merkle_stats stats = digest(snap, "t", jobs[i], NULL);
		assert_int_equal(stats.hashed_files, MANY + 3 + 1);
		assert_true(snap->root.flags & CTX_ENTRY_DIGEST);
		if (i == 0) {
			first = snap->root.digest;
		}
		assert_same(&snap->root.digest, &first, true);
		char *zeros = calloc(1, BIG);
		assert_non_null(zeros);
		assert_content(snap, "many/big0", zeros, BIG);
		free(zeros);
		assert_content(snap, "many/4999", "t/many/4999", 11);
		ctx_snapshot_free(snap);
	}
}

static void progress_ends_at_what_was_expected(void **state) {
	(void)state;
	make_tree("t");
	struct ctx_snapshot *snap = walk("t", NULL, 0);
	ctx_auto_fd int fd = open("t", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct ctx_progress progress = { 0 };
	struct ctx_walk_opts opts = { .jobs = 2, .progress = &progress };
	assert_int_equal(ctx_merkle_files(snap, fd, NULL, &opts, NULL, NULL), 0);
	assert_int_equal(atomic_load(&progress.bytes), 15);
	assert_int_equal(atomic_load(&progress.expected_bytes), 15);
	ctx_snapshot_free(snap);
}

static void interrupts_end_it(void **state) {
	(void)state;
	make_tree("t");
	struct ctx_snapshot *snap = walk("t", NULL, 0);
	ctx_auto_fd int fd = open("t", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	volatile int stop = 1;
	struct ctx_walk_opts opts = { .jobs = 2, .stop = &stop };
	assert_int_equal(ctx_merkle_files(snap, fd, NULL, &opts, NULL, NULL), CTX_E_INTERRUPTED);
	ctx_snapshot_free(snap);
}

/* ---- Trees that change ---- */

static void files_that_changed_since_the_walk(void **state) {
	(void)state;
	make_tree("t");
	struct ctx_snapshot *snap = walk("t", NULL, 0);
	assert_true(scratch_text("t/d/f", "longer than it was"));
	digest(snap, "t", 1, NULL);
	assert_problem(snap, "d/f", 0, "changed while it was read");
	assert_content(snap, "d/f", "longer than it was", 18); // of what was read
	assert_true(snap->root.flags & CTX_ENTRY_DIGEST);
	ctx_snapshot_free(snap);
}

static void files_that_vanished_or_are_something_else(void **state) {
	(void)state;
	static const char *const successors[] = { NULL, "dir", "symlink", "fifo", "socket" };
	make_tree("t");
	for (size_t i = 0; i < CTX_COUNTOF(successors); ++i) {
		struct ctx_snapshot *snap = walk("t", NULL, 0);
		assert_int_equal(unlink("t/d/f"), 0);
		if (i == 1) {
			assert_int_equal(mkdir("t/d/f", 0755), 0);
		} else if (i == 2) {
			assert_int_equal(symlink("../run.sh", "t/d/f"), 0);
		} else if (i == 3) {
			assert_int_equal(mkfifo("t/d/f", 0644), 0);
		} else if (i == 4) {
			int sock = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
			struct sockaddr_un addr = { .sun_family = AF_UNIX, .sun_path = "t/d/f" };
			assert_int_equal(bind(sock, (const struct sockaddr *)&addr, sizeof(addr)), 0);
			close(sock);
		}
		digest(snap, "t", 1, NULL);
		assert_problem(snap, "d/f", 0, "changed while it was read");
		// No content, no digest, and so none above; beside it all is well
		assert_false(at(snap, "d/f")->flags & CTX_ENTRY_DIGEST);
		assert_false(at(snap, "d")->flags & CTX_ENTRY_DIGEST);
		assert_false(snap->root.flags & CTX_ENTRY_DIGEST);
		assert_content(snap, "run.sh", "#!/bin/sh\n", 10);
		ctx_snapshot_free(snap);
		(void)unlink("t/d/f");
		(void)rmdir("t/d/f");
		assert_true(scratch_text("t/d/f", "hello"));
	}
}

/** As a user whom permissions bind: a file that the walk found readable is not any more. */
static int became_unreadable(void) {
	if (geteuid() == 0 && (setresgid(65534, 65534, 65534) < 0 || setresuid(65534, 65534, 65534) < 0)) {
		return 77;
	}
	if (mkdir("t/own", 0755) < 0 || !scratch_text("t/own/file", "secret")) {
		return 1;
	}
	ctx_auto_fd int fd = open("t", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct ctx_snapshot *snap;
	struct ctx_walk_opts opts = { .jobs = 1 };
	if (ctx_walk(&snap, fd, NULL, &opts, NULL) < 0 || chmod("t/own/file", 0) < 0 ||
		ctx_merkle_files(snap, fd, NULL, &opts, NULL, NULL) < 0) {
		return 2;
	}
	const struct ctx_entry *e = ctx_snapshot_find(snap, "own/file", 8);
	struct ctx_digest empty = ctx_hash_bytes("", 0);
	bool ok = snap->problems.count == 1 && snap->problems.items[0].sysno == EACCES &&
		(e->flags & CTX_ENTRY_UNREADABLE) != 0 && ctx_digest_equal(&e->digest, &empty) &&
		(snap->root.flags & CTX_ENTRY_DIGEST) != 0;
	ctx_snapshot_free(snap);
	return ok ? 0 : 3;
}

static void files_that_cannot_be_opened_arrive_empty(void **state) {
	(void)state;
	assert_int_equal(chmod(".", 0755), 0);
	assert_int_equal(mkdir("t", 0777), 0);
	assert_int_equal(chmod("t", 0777), 0);
	pid_t child = fork();
	if (child == 0) {
		_exit(became_unreadable());
	}
	int status;
	assert_int_equal(waitpid(child, &status, 0), child);
	if (WIFEXITED(status) && WEXITSTATUS(status) == 77) {
		skip();
	}
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
}

static void unreadable_directories_have_no_digest(void **state) {
	(void)state;
	struct ctx_snapshot *snap = ctx_snapshot_new(1);
	struct ctx_entry e = { .kind = CTX_KIND_DIR,
		.mode = S_IFDIR | 0700,
		.flags = CTX_ENTRY_KEPT | CTX_ENTRY_UNREADABLE };
	assert_int_equal(ctx_snapshot_add(snap, "a/closed", 8, &e, 0, NULL), 0);
	assert_int_equal(snap_dir(snap, "b"), 0);
	assert_int_equal(ctx_snapshot_seal(snap, NULL), 0);
	digest(snap, ".", 1, NULL);
	assert_false(at(snap, "a/closed")->flags & CTX_ENTRY_DIGEST);
	assert_false(at(snap, "a")->flags & CTX_ENTRY_DIGEST);
	assert_true(at(snap, "b")->flags & CTX_ENTRY_DIGEST);
	assert_false(snap->root.flags & CTX_ENTRY_DIGEST);
	ctx_snapshot_free(snap);
}

/* ---- Out of memory ---- */

static void every_allocation_may_fail(void **state) {
	(void)state;
	make_tree("t");
	ctx_auto_fd int fd = open("t", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int rc = CTX_E_NOMEM;
	for (long n = 0; rc != 0; ++n) {
		struct ctx_snapshot *snap = walk("t", NULL, 0);
		assert_true(scratch_text("t/d/f", "changed")); // a problem to note
		struct ctx_digest_cache *cache;
		assert_int_equal(ctx_digest_cache_open(&cache, "cache", 2, NULL), 0);
		struct ctx_walk_opts opts = { .jobs = 2 };
		ctx_alloc_fail_after(n);
		rc = ctx_merkle_files(snap, fd, cache, &opts, NULL, NULL);
		ctx_alloc_fail_after(-1);
		ctx_digest_cache_free(cache);
		ctx_snapshot_free(snap);
		assert_true(rc == 0 || rc == CTX_E_NOMEM);
		assert_true(n < 1000);
	}
}

int main(void) {
	const struct CMUnitTest tests[] = {
		SCRATCH_TEST(the_definition_holds),
		SCRATCH_TEST(names_longer_than_the_scratch_memory),
		SCRATCH_TEST(what_counts_and_what_does_not),
		SCRATCH_TEST(every_entry_gets_its_digest),
		SCRATCH_TEST(refused_files_are_empty),
		SCRATCH_TEST(any_number_of_threads_gives_the_same),
		SCRATCH_TEST(progress_ends_at_what_was_expected),
		SCRATCH_TEST(interrupts_end_it),
		SCRATCH_TEST(files_that_changed_since_the_walk),
		SCRATCH_TEST(files_that_vanished_or_are_something_else),
		SCRATCH_TEST(files_that_cannot_be_opened_arrive_empty),
		SCRATCH_TEST(unreadable_directories_have_no_digest),
		SCRATCH_TEST(every_allocation_may_fail),
	};
	return cmocka_run_group_tests_name("merkle", tests, NULL, NULL);
}
