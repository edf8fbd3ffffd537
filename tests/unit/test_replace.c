#include "ctxopt/base/file.h"

#include "ctxopt/base/alloc.h"
#include "tests/unit/scratch.h"

#include <errno.h>
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <cmocka.h>

/** Make a file with the given bytes. */
static void put(const char *path, const char *data, size_t len) {
	ctx_auto_fd int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	assert_true(fd >= 0);
	assert_int_equal(ctx_write_all(fd, data, len), 0);
}

/** Check the contents of a file. */
static void assert_file(const char *path, const char *text) {
	ctx_auto_buf struct ctx_buf buf = CTX_BUF_INIT;
	assert_int_equal(ctx_read_at(&buf, AT_FDCWD, path, 1 << 20, NULL), 0);
	assert_string_equal(ctx_buf_str(&buf), text);
}

/** Number of entries in the test's directory: finds temporary files that were left over. */
static size_t count_entries(void) {
	DIR *dir = opendir(".");
	size_t count = 0;
	while (readdir(dir) != NULL) {
		++count;
	}
	closedir(dir);
	return count - 2;
}

static void replace_is_all_or_nothing(void **state) {
	(void)state;
	struct ctx_replace r;
	put("target", "old", 3);
	assert_int_equal(ctx_replace_begin(&r, "target", 0644, NULL), 0);
	assert_int_equal(ctx_write_all(r.fd, "new", 3), 0);
	assert_file("target", "old");
	assert_int_equal(count_entries(), 2);
	assert_int_equal(ctx_replace_commit(&r, NULL), 0);
	assert_file("target", "new");
	assert_int_equal(count_entries(), 1);
	assert_int_equal(r.fd, -1);
	ctx_replace_abort(&r);
	assert_file("target", "new");

	assert_int_equal(ctx_replace_begin(&r, "target", 0644, NULL), 0);
	assert_int_equal(ctx_write_all(r.fd, "newer", 5), 0);
	ctx_replace_abort(&r);
	ctx_replace_abort(&r);
	assert_file("target", "new");
	assert_int_equal(count_entries(), 1);
}

static void abort_of_nothing_is_harmless(void **state) {
	(void)state;
	struct ctx_replace r = { .fd = -1 };
	ctx_replace_abort(&r);
}

static void replace_obeys_mode_and_umask(void **state) {
	(void)state;
	static const struct {
		mode_t mode, mask, result;
	} modes[] = {
		{ 0666, 022, 0644 },
		{ 0666, 077, 0600 },
		{ 0600, 0, 0600 },
	};
	for (size_t i = 0; i < CTX_COUNTOF(modes); ++i) {
		struct ctx_replace r;
		umask(modes[i].mask);
		assert_int_equal(ctx_replace_begin(&r, "target", modes[i].mode, NULL), 0);
		assert_int_equal(ctx_replace_commit(&r, NULL), 0);
		struct stat st;
		assert_int_equal(stat("target", &st), 0);
		assert_int_equal(st.st_mode & 0777, modes[i].result);
	}
	umask(022);
}

static void replace_keeps_a_link(void **state) {
	(void)state;
	mkdir("real", 0755);
	put("real/target", "old", 3);
	assert_int_equal(symlink("real/target", "link"), 0);
	struct ctx_replace r;
	assert_int_equal(ctx_replace_begin(&r, "link", 0644, NULL), 0);
	assert_int_equal(ctx_write_all(r.fd, "new", 3), 0);
	assert_int_equal(ctx_replace_commit(&r, NULL), 0);
	assert_file("real/target", "new");
	struct stat st;
	assert_int_equal(lstat("link", &st), 0);
	assert_true(S_ISLNK(st.st_mode));

	// A link to nowhere says nothing about where to write, so it is replaced itself
	assert_int_equal(symlink("nowhere", "dangling"), 0);
	assert_int_equal(ctx_replace_begin(&r, "dangling", 0644, NULL), 0);
	assert_int_equal(ctx_replace_commit(&r, NULL), 0);
	assert_int_equal(lstat("dangling", &st), 0);
	assert_true(S_ISREG(st.st_mode));
	assert_int_equal(count_entries(), 3);
}

static void replace_takes_the_longest_name(void **state) {
	(void)state;
	char name[NAME_MAX + 2];
	memset(name, 'n', sizeof(name));
	name[NAME_MAX] = '\0';
	struct ctx_replace r;
	assert_int_equal(ctx_replace_begin(&r, name, 0644, NULL), 0);
	assert_int_equal(ctx_replace_commit(&r, NULL), 0);
	assert_file(name, "");

	// One past it shows on commit, and leaves nothing behind
	name[NAME_MAX] = 'n';
	name[NAME_MAX + 1] = '\0';
	struct ctx_error err;
	assert_int_equal(ctx_replace_begin(&r, name, 0644, NULL), 0);
	assert_int_equal(ctx_replace_commit(&r, &err), CTX_E_IO);
	assert_int_equal(err.sysno, ENAMETOOLONG);
	assert_int_equal(count_entries(), 1);
}

static void replace_writes_devices_in_place(void **state) {
	(void)state;
	assert_int_equal(mkfifo("fifo", 0600), 0);
	ctx_auto_fd int reader = open("fifo", O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	struct ctx_replace r;
	assert_int_equal(ctx_replace_begin(&r, "fifo", 0644, NULL), 0);
	assert_null(r.tmp_path);
	assert_int_equal(ctx_write_all(r.fd, "abc", 3), 0);
	assert_int_equal(ctx_replace_commit(&r, NULL), 0);
	char room[8];
	assert_int_equal(read(reader, room, sizeof(room)), 3);
	struct stat st;
	assert_int_equal(lstat("fifo", &st), 0);
	assert_true(S_ISFIFO(st.st_mode));

	assert_int_equal(ctx_replace_begin(&r, "fifo", 0644, NULL), 0);
	ctx_replace_abort(&r);
	assert_int_equal(lstat("fifo", &st), 0);
}

static void replace_fails_with_the_name(void **state) {
	(void)state;
	struct ctx_replace r;
	struct ctx_error err;
	mkdir("dir", 0755);
	assert_int_equal(ctx_replace_begin(&r, "dir", 0644, &err), CTX_E_IO);
	assert_string_equal(err.msg, "cannot write 'dir': Is a directory");
	assert_int_equal(ctx_replace_begin(&r, "missing/x", 0644, &err), CTX_E_MISSING);
	assert_string_equal(err.msg, "cannot create 'missing/x': No such file or directory");
	assert_int_equal(r.fd, -1);
	assert_null(r.path);

	// A socket is there and cannot be opened
	struct sockaddr_un address = { .sun_family = AF_UNIX, .sun_path = "socket" };
	ctx_auto_fd int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_equal(bind(fd, (const struct sockaddr *)&address, sizeof(address)), 0);
	assert_int_equal(ctx_replace_begin(&r, "socket", 0644, &err), CTX_E_IO);
	assert_int_equal(err.sysno, ENXIO);
	assert_string_equal(err.msg, "cannot open 'socket': No such device or address");
	assert_null(r.path);

	// The directory vanishes before the commit
	assert_int_equal(ctx_replace_begin(&r, "dir/x", 0644, &err), 0);
	assert_int_equal(rename("dir", "elsewhere"), 0);
	assert_int_equal(ctx_replace_commit(&r, &err), CTX_E_MISSING);
	assert_string_equal(err.msg, "cannot write 'dir/x': No such file or directory");
	assert_null(r.path);
}

static void replace_may_run_out_of_memory(void **state) {
	(void)state;
	struct ctx_replace r;
	for (long n = 0; n < 10; ++n) {
		ctx_alloc_fail_after(n);
		int rc = ctx_replace_begin(&r, "target", 0644, NULL);
		ctx_alloc_fail_after(-1);
		if (rc == 0) {
			assert_in_range(n, 1, 9);
			// Syncing the directory is best effort: without memory the rename still counts
			ctx_alloc_fail_after(0);
			rc = ctx_replace_commit(&r, NULL);
			ctx_alloc_fail_after(-1);
			assert_int_equal(rc, 0);
			assert_file("target", "");
			return;
		}
		assert_int_equal(rc, CTX_E_NOMEM);
		assert_int_equal(count_entries(), 0);
	}
	fail();
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(replace_is_all_or_nothing, scratch_setup, scratch_teardown),
		cmocka_unit_test(abort_of_nothing_is_harmless),
		cmocka_unit_test_setup_teardown(replace_obeys_mode_and_umask, scratch_setup, scratch_teardown),
		cmocka_unit_test_setup_teardown(replace_keeps_a_link, scratch_setup, scratch_teardown),
		cmocka_unit_test_setup_teardown(replace_takes_the_longest_name, scratch_setup, scratch_teardown),
		cmocka_unit_test_setup_teardown(replace_writes_devices_in_place, scratch_setup, scratch_teardown),
		cmocka_unit_test_setup_teardown(replace_fails_with_the_name, scratch_setup, scratch_teardown),
		cmocka_unit_test_setup_teardown(replace_may_run_out_of_memory, scratch_setup, scratch_teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
