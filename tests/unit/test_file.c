#include "ctxopt/base/file.h"

#include "ctxopt/base/alloc.h"
#include "tests/unit/scratch.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

/** Make a file with the given bytes. */
static void put(const char *path, const char *data, size_t len) {
	ctx_auto_fd int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	assert_true(fd >= 0);
	assert_int_equal(ctx_write_all(fd, data, len), 0);
}

/* ---- Reading ---- */

static void closing_keeps_errno(void **state) {
	(void)state;
	errno = EXDEV;
	{
		ctx_auto_fd CTX_UNUSED int bad = 1000000;
		ctx_auto_fd CTX_UNUSED int none = -1;
	}
	assert_int_equal(errno, EXDEV);
}

static void reads_whole_files(void **state) {
	(void)state;
	// Around every size at which the reading takes another turn
	static const size_t sizes[] = { 0, 1, 62, 63, 64, 65, 65534, 65535, 65536, 65537, 300000 };
	static char data[300000];
	for (size_t i = 0; i < sizeof(data); ++i) {
		data[i] = (char)(i * 7 % 251);
	}
	for (size_t i = 0; i < CTX_COUNTOF(sizes); ++i) {
		put("file", data, sizes[i]);
		ctx_auto_buf struct ctx_buf out = CTX_BUF_INIT;
		ctx_buf_adds(&out, "before");
		assert_int_equal(ctx_read_at(&out, AT_FDCWD, "file", SIZE_MAX, NULL), 0);
		assert_int_equal(out.len, 6 + sizes[i]);
		assert_memory_equal(out.data, "before", 6);
		assert_memory_equal(out.data + 6, data, sizes[i]);
		assert_int_equal(out.data[out.len], '\0');
	}
}

static void names_are_looked_up_in_the_directory(void **state) {
	(void)state;
	mkdir("dir", 0755);
	put("dir/file", "inner", 5);
	put("file", "outer", 5);
	ctx_auto_fd int dir = open("dir", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	ctx_auto_buf struct ctx_buf out = CTX_BUF_INIT;
	assert_int_equal(ctx_read_at(&out, dir, "file", 5, NULL), 0);
	assert_int_equal(ctx_read_at(&out, dir, "../file", 5, NULL), 0);
	assert_string_equal(ctx_buf_str(&out), "innerouter");
}

static void limit_is_the_largest_size_that_is_read(void **state) {
	(void)state;
	struct ctx_error err;
	put("file", "12345", 5);
	ctx_auto_buf struct ctx_buf out = CTX_BUF_INIT;
	ctx_buf_adds(&out, "x");
	assert_int_equal(ctx_read_at(&out, AT_FDCWD, "file", 5, &err), 0);
	assert_int_equal(ctx_read_at(&out, AT_FDCWD, "file", 4, &err), CTX_E_LIMIT);
	assert_string_equal(err.msg, "'file' is larger than 4 bytes");
	assert_int_equal(ctx_read_at(&out, AT_FDCWD, "file", 0, &err), CTX_E_LIMIT);
	assert_string_equal(ctx_buf_str(&out), "x12345");
	put("empty", "", 0);
	assert_int_equal(ctx_read_at(&out, AT_FDCWD, "empty", 0, &err), 0);
	assert_string_equal(ctx_buf_str(&out), "x12345");
}

static void reads_files_without_a_size(void **state) {
	(void)state;
	ctx_auto_buf struct ctx_buf out = CTX_BUF_INIT;
	assert_int_equal(ctx_read_at(&out, AT_FDCWD, "/proc/self/status", 1 << 20, NULL), 0);
	assert_true(out.len > 0);
	ctx_buf_reset(&out);
	assert_int_equal(ctx_read_at(&out, AT_FDCWD, "/proc/self/status", 4, NULL), CTX_E_LIMIT);
	assert_int_equal(out.len, 0);
	assert_int_equal(ctx_read_at(&out, AT_FDCWD, "/dev/zero", 100000, NULL), CTX_E_LIMIT);
	assert_int_equal(out.len, 0);
}

/** Writes into the pipe whose end is at `arg`, a little at a time, and closes it. */
static void *feed_pipe(void *arg) {
	const int *fd = arg;
	for (int i = 0; i < 1000; ++i) {
		if (ctx_write_all(*fd, "0123456789", 10) < 0) {
			break;
		}
	}
	close(*fd);
	return NULL;
}

static void reads_pipes_to_their_end(void **state) {
	(void)state;
	int ends[2];
	assert_int_equal(pipe(ends), 0);
	pthread_t thread;
	assert_int_equal(pthread_create(&thread, NULL, feed_pipe, &ends[1]), 0);
	ctx_auto_buf struct ctx_buf out = CTX_BUF_INIT;
	assert_int_equal(ctx_read_fd(&out, ends[0], "pipe", 1 << 20, NULL), 0);
	pthread_join(thread, NULL);
	close(ends[0]);
	assert_int_equal(out.len, 10000);
}

static void reading_fails_with_the_name(void **state) {
	(void)state;
	struct ctx_error err;
	ctx_auto_buf struct ctx_buf out = CTX_BUF_INIT;
	assert_int_equal(ctx_read_at(&out, AT_FDCWD, "missing", 10, &err), CTX_E_MISSING);
	assert_string_equal(err.msg, "cannot open 'missing': No such file or directory");
	assert_int_equal(ctx_read_at(&out, AT_FDCWD, ".", 1 << 20, &err), CTX_E_IO);
	assert_int_equal(err.sysno, EISDIR);
	assert_string_equal(err.msg, "cannot read '.': Is a directory");
	assert_int_equal(ctx_read_fd(&out, -1, "gone", 10, &err), CTX_E_IO);
	assert_int_equal(err.sysno, EBADF);
	assert_int_equal(out.len, 0);
}

static void reading_may_run_out_of_memory(void **state) {
	(void)state;
	put("file", "12345", 5);
	ctx_auto_buf struct ctx_buf out = CTX_BUF_INIT;
	ctx_alloc_fail_after(0);
	int rc = ctx_read_at(&out, AT_FDCWD, "file", 10, NULL);
	ctx_alloc_fail_after(-1);
	assert_int_equal(rc, CTX_E_NOMEM);
	assert_false(ctx_buf_ok(&out));

	// A file without a size grows the buffer on the way: what was there before stays
	ctx_buf_release(&out);
	ctx_buf_adds(&out, "before");
	ctx_alloc_fail_after(1);
	rc = ctx_read_at(&out, AT_FDCWD, "/dev/zero", 1 << 24, NULL);
	ctx_alloc_fail_after(-1);
	assert_int_equal(rc, CTX_E_NOMEM);
	assert_string_equal(ctx_buf_str(&out), "before");
}

/* ---- Opening beneath ---- */

static const struct beneath_case {
	const char *path;
	int flags, result; /* 0: a descriptor; else the negative errno */
} beneath_cases[] = {
	{ "", O_RDONLY, 0 },
	{ "", O_RDONLY | O_DIRECTORY, 0 },
	{ ".", O_RDONLY, 0 },
	{ "file", O_RDONLY, 0 },
	{ "file", O_RDWR, 0 },
	{ "file", O_PATH, 0 },
	{ "./file", O_RDONLY, 0 },
	{ "dir", O_RDONLY | O_DIRECTORY, 0 },
	{ "dir/", O_RDONLY, 0 },
	{ "dir//inner/./deep", O_RDONLY, 0 },
	{ "dir/inner/deep", O_RDONLY | O_NONBLOCK, 0 },
	{ "...", O_RDONLY, 0 },
	{ "link", O_PATH, 0 }, /* the link itself */

	{ "missing", O_RDONLY, -ENOENT },
	{ "dir/missing/x", O_RDONLY, -ENOENT },
	{ "file", O_RDONLY | O_DIRECTORY, -ENOTDIR },
	{ "file/", O_RDONLY, -ENOTDIR },
	{ "file/x", O_RDONLY, -ENOTDIR },
	{ "dir", O_WRONLY, -EISDIR },
	{ "link", O_RDONLY, -ELOOP },
	{ "link", O_RDONLY | O_DIRECTORY, -ELOOP },
	{ "dirlink", O_RDONLY | O_DIRECTORY, -ELOOP },
	{ "dirlink/", O_RDONLY, -ELOOP },
	{ "dirlink/inner", O_RDONLY, -ELOOP },
	{ "dir/out/file", O_RDONLY, -ELOOP },
	{ "dangling", O_RDONLY, -ELOOP },
	{ "..", O_RDONLY, -EXDEV },
	{ "dir/..", O_RDONLY, -EXDEV },
	{ "dir/../file", O_RDONLY, -EXDEV },
	{ "../x", O_RDONLY, -EXDEV },
	{ "/", O_RDONLY, -EXDEV },
	{ "/etc/passwd", O_RDONLY, -EXDEV },
};

/** Make what the cases open. */
static void make_tree(void) {
	put("file", "f", 1);
	put("...", "f", 1);
	mkdir("dir", 0755);
	mkdir("dir/inner", 0755);
	put("dir/inner/deep", "d", 1);
	assert_int_equal(symlink("file", "link"), 0);
	assert_int_equal(symlink("dir", "dirlink"), 0);
	assert_int_equal(symlink("..", "dir/out"), 0);
	assert_int_equal(symlink("nowhere", "dangling"), 0);
}

/** Try all cases; returns the number of the first that goes wrong, counted from 1, or 0. */
static int try_beneath(int root_fd) {
	for (size_t i = 0; i < CTX_COUNTOF(beneath_cases); ++i) {
		const struct beneath_case *c = &beneath_cases[i];
		ctx_auto_fd int fd = ctx_open_beneath(root_fd, c->path, c->flags);
		bool right = c->result == 0 ? fd >= 0 && (fcntl(fd, F_GETFD) & FD_CLOEXEC) != 0 : fd == c->result;
		if (!right) {
			return (int)i + 1;
		}
	}
	return 0;
}

static void beneath_with_the_kernels_help(void **state) {
	(void)state;
	ctx_auto_fd int root = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	make_tree();
	int wrong = try_beneath(root);
	if (wrong > 0) {
		fail_msg("'%s'", beneath_cases[wrong - 1].path);
	}
	assert_int_equal(fcntl(root, F_GETFD) & FD_CLOEXEC, FD_CLOEXEC); // the root is still open
}

/** Let openat2() fail in this process with `sysno`, as old kernels and sandboxes do; false if we may not. */
static bool forbid_openat2(unsigned sysno) {
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_openat2, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | sysno),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = { .len = CTX_COUNTOF(code), .filter = code };
	return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 && prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
}

/** Exit status of a child that could not install its filter. */
#define NO_FILTER 200

static void beneath_without_openat2(void **state) {
	(void)state;
	ctx_auto_fd int root = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	make_tree();
	static const unsigned refusals[] = { ENOSYS, EPERM };
	for (size_t i = 0; i < CTX_COUNTOF(refusals); ++i) {
		pid_t child = fork();
		if (child == 0) {
			_exit(forbid_openat2(refusals[i]) ? try_beneath(root) : NO_FILTER);
		}
		int status = -1;
		assert_int_equal(waitpid(child, &status, 0), child);
		assert_true(WIFEXITED(status));
		int wrong = WEXITSTATUS(status);
		if (wrong == NO_FILTER) {
			skip();
		}
		if (wrong > 0) {
			fail_msg("'%s'", beneath_cases[wrong - 1].path);
		}
	}
}

static void beneath_takes_paths_of_any_length(void **state) {
	(void)state;
	ctx_auto_fd int root = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	// 70 directories of 200 bytes: fourteen thousand, more than three times PATH_MAX
	char name[201];
	memset(name, 'n', 200);
	name[200] = '\0';
	ctx_auto_buf struct ctx_buf path = CTX_BUF_INIT;
	ctx_auto_fd int at = fcntl(root, F_DUPFD_CLOEXEC, 0);
	for (int i = 0; i < 70; ++i) {
		assert_int_equal(mkdirat(at, name, 0755), 0);
		int next = openat(at, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		assert_true(next >= 0);
		close(at);
		at = next;
		ctx_buf_adds(&path, name);
		// Slashes of every number, so that the pieces are cut in the middle of a run too
		for (int k = 0; k <= i % 5; ++k) {
			ctx_buf_addc(&path, '/');
		}
	}
	assert_true(path.len > 3 * PATH_MAX);
	ctx_auto_fd int file = openat(at, "leaf", O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
	assert_true(file >= 0);
	assert_int_equal(symlinkat("leaf", at, "link"), 0);
	size_t len = path.len;

	ctx_auto_fd int dir = ctx_open_beneath(root, path.data, O_RDONLY | O_DIRECTORY);
	assert_true(dir >= 0);
	ctx_buf_adds(&path, "leaf");
	ctx_auto_fd int leaf = ctx_open_beneath(root, path.data, O_RDONLY);
	assert_true(leaf >= 0);
	ctx_buf_truncate(&path, len);
	ctx_buf_adds(&path, "link");
	assert_int_equal(ctx_open_beneath(root, path.data, O_RDONLY), -ELOOP);
	ctx_buf_truncate(&path, len);
	ctx_buf_adds(&path, "../leaf");
	assert_int_equal(ctx_open_beneath(root, path.data, O_RDONLY), -EXDEV);
	path.data[1000] = '?';
	ctx_buf_truncate(&path, len);
	assert_int_equal(ctx_open_beneath(root, path.data, O_RDONLY), -ENOENT);
}

static void beneath_refuses_long_components(void **state) {
	(void)state;
	ctx_auto_fd int root = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	char name[PATH_MAX + 2];
	memset(name, 'n', sizeof(name));
	static const size_t lengths[] = { NAME_MAX + 1, PATH_MAX - 1, PATH_MAX, PATH_MAX + 1 };
	for (size_t i = 0; i < CTX_COUNTOF(lengths); ++i) {
		name[lengths[i]] = '\0';
		assert_int_equal(ctx_open_beneath(root, name, O_RDONLY), -ENAMETOOLONG);
		name[lengths[i]] = 'n';
	}
	name[NAME_MAX] = '\0';
	assert_int_equal(ctx_open_beneath(root, name, O_RDONLY), -ENOENT);
}

/* ---- Writing ---- */

static void writing_reports_errno(void **state) {
	(void)state;
	ctx_auto_fd int full = open("/dev/full", O_WRONLY | O_CLOEXEC);
	assert_int_equal(ctx_write_all(full, "x", 1), -ENOSPC);
	assert_int_equal(ctx_write_all(full, NULL, 0), 0);
	assert_int_equal(ctx_write_all(-1, "x", 1), -EBADF);
}

/** Reads the pipe whose end is at `arg` to its end; returns the number of bytes. */
static void *drain_pipe(void *arg) {
	const int *fd = arg;
	static char room[4096];
	static size_t total;
	total = 0;
	usleep(20000); // until the writer has filled the pipe
	ssize_t n;
	do {
		n = read(*fd, room, sizeof(room));
		total += n > 0 ? (size_t)n : 0;
	} while (n > 0);
	return &total;
}

static void writing_waits_for_a_full_pipe(void **state) {
	(void)state;
	int ends[2];
	assert_int_equal(pipe2(ends, O_NONBLOCK), 0);
	assert_int_equal(fcntl(ends[0], F_SETFL, 0), 0); // only our end is non-blocking
	pthread_t thread;
	assert_int_equal(pthread_create(&thread, NULL, drain_pipe, &ends[0]), 0);
	static const char data[1000000];
	assert_int_equal(ctx_write_all(ends[1], data, sizeof(data)), 0);
	close(ends[1]);
	void *total;
	pthread_join(thread, &total);
	close(ends[0]);
	assert_int_equal(*(size_t *)total, sizeof(data));
}

/* ---- Directories ---- */

static void mkdirs_makes_parents(void **state) {
	(void)state;
	static const char *const paths[] = { "a", "a", "b/c/d", "b/c/d", "b//c/./e/", "a/", ".", "/", "/tmp" };
	for (size_t i = 0; i < CTX_COUNTOF(paths); ++i) {
		assert_int_equal(ctx_mkdirs(paths[i], NULL), 0);
		struct stat st;
		assert_int_equal(stat(paths[i], &st), 0);
		assert_true(S_ISDIR(st.st_mode));
	}
	struct stat st;
	assert_int_equal(stat("b/c/e", &st), 0);
	assert_int_equal(st.st_mode & 0777, 0700);
	char absolute[128];
	snprintf(absolute, sizeof(absolute), "%s/x/y", (const char *)*state);
	assert_int_equal(ctx_mkdirs(absolute, NULL), 0);
	assert_int_equal(access("x/y", F_OK), 0);
	assert_int_equal(symlink("x", "link"), 0);
	assert_int_equal(ctx_mkdirs("link/z", NULL), 0);
	assert_int_equal(access("x/z", F_OK), 0);
}

static void mkdirs_fails_with_the_cause(void **state) {
	(void)state;
	struct ctx_error err;
	put("file", "", 0);
	assert_int_equal(ctx_mkdirs("file", &err), CTX_E_IO);
	assert_string_equal(err.msg, "cannot create directory 'file': Not a directory");
	assert_int_equal(ctx_mkdirs("file/x/y", &err), CTX_E_IO);
	assert_int_equal(err.sysno, ENOTDIR);
	assert_int_equal(ctx_mkdirs("", &err), CTX_E_MISSING);
	assert_int_equal(symlink("nowhere", "dangling"), 0);
	assert_int_equal(ctx_mkdirs("dangling", &err), CTX_E_MISSING);
	// The step that failed is told, not the missing parent that it left for the next one
	assert_int_equal(ctx_mkdirs("/proc/self/no/x", &err), CTX_E_MISSING);
	ctx_alloc_fail_after(0);
	int rc = ctx_mkdirs("a", NULL);
	ctx_alloc_fail_after(-1);
	assert_int_equal(rc, CTX_E_NOMEM);
}

static const struct cache_case {
	const char *xdg, *home, *result; /* NULL = unset; no result = CTX_E_MISSING */
} cache_cases[] = {
	{ "/x", "/home/u", "/x/ctxopt" },
	{ "/x/", "/home/u", "/x/ctxopt" },
	{ NULL, "/home/u", "/home/u/.cache/ctxopt" },
	{ "", "/home/u", "/home/u/.cache/ctxopt" },
	{ "relative", "/home/u", "/home/u/.cache/ctxopt" },
	{ NULL, "/", "/.cache/ctxopt" },
	{ NULL, NULL, NULL },
	{ NULL, "", NULL },
	{ NULL, "relative", NULL },
	{ "relative", NULL, NULL },
};

static void cache_home_follows_the_environment(void **state) {
	(void)state;
	for (size_t i = 0; i < CTX_COUNTOF(cache_cases); ++i) {
		const struct cache_case *c = &cache_cases[i];
		unsetenv("XDG_CACHE_HOME");
		unsetenv("HOME");
		if (c->xdg != NULL) {
			setenv("XDG_CACHE_HOME", c->xdg, 1);
		}
		if (c->home != NULL) {
			setenv("HOME", c->home, 1);
		}
		ctx_auto_buf struct ctx_buf out = CTX_BUF_INIT;
		int rc = ctx_cache_home(&out, NULL);
		assert_int_equal(rc, c->result != NULL ? 0 : CTX_E_MISSING);
		assert_string_equal(ctx_buf_str(&out), c->result != NULL ? c->result : "");
	}
	setenv("HOME", "/home/u", 1);
	ctx_auto_buf struct ctx_buf out = CTX_BUF_INIT;
	ctx_alloc_fail_after(0);
	int rc = ctx_cache_home(&out, NULL);
	ctx_alloc_fail_after(-1);
	assert_int_equal(rc, CTX_E_NOMEM);
}

/** A test with a directory of its own. */
#define IN_DIR(test) cmocka_unit_test_setup_teardown(test, scratch_setup, scratch_teardown)

static void a_fifo_is_refused_instead_of_waited_for(void **state) {
	(void)state;
	struct ctx_buf out = CTX_BUF_INIT;
	struct ctx_error err = { 0 };
	assert_int_equal(mkfifo("fifo", 0600), 0);
	assert_int_equal(ctx_read_at(&out, AT_FDCWD, "fifo", 10, &err), CTX_E_IO);
	assert_string_equal(err.msg, "cannot read 'fifo': not a regular file");
	ctx_buf_release(&out);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(closing_keeps_errno),
		IN_DIR(reads_whole_files),
		IN_DIR(names_are_looked_up_in_the_directory),
		IN_DIR(limit_is_the_largest_size_that_is_read),
		IN_DIR(reads_files_without_a_size),
		IN_DIR(a_fifo_is_refused_instead_of_waited_for),
		cmocka_unit_test(reads_pipes_to_their_end),
		IN_DIR(reading_fails_with_the_name),
		IN_DIR(reading_may_run_out_of_memory),
		IN_DIR(beneath_with_the_kernels_help),
		IN_DIR(beneath_without_openat2),
		IN_DIR(beneath_takes_paths_of_any_length),
		IN_DIR(beneath_refuses_long_components),
		cmocka_unit_test(writing_reports_errno),
		cmocka_unit_test(writing_waits_for_a_full_pipe),
		IN_DIR(mkdirs_makes_parents),
		IN_DIR(mkdirs_fails_with_the_cause),
		cmocka_unit_test(cache_home_follows_the_environment),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
