#include "ctxopt/base/out.h"

#include "ctxopt/base/alloc.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

/** Directory of the running test, removed with its files afterwards. */
struct fixture {
	char dir[64];
	char path[96];
};

static int setup(void **state) {
	struct fixture *f = ctx_calloc(1, sizeof(*f));
	snprintf(f->dir, sizeof(f->dir), "/tmp/ctxopt-test-out.XXXXXX");
	if (mkdtemp(f->dir) == NULL) {
		return -1;
	}
	snprintf(f->path, sizeof(f->path), "%s/result", f->dir);
	*state = f;
	return 0;
}

static int teardown(void **state) {
	struct fixture *f = *state;
	unlink(f->path);
	int rc = rmdir(f->dir); // fails if a temporary file is left over
	free(f);
	return rc;
}

/** The contents of a file, as a buffer. */
static struct ctx_buf slurp(const char *path) {
	struct ctx_buf text = CTX_BUF_INIT;
	assert_int_equal(ctx_read_at(&text, AT_FDCWD, path, 1 << 24, NULL), 0);
	return text;
}

/* ---- Life cycle ---- */

static void memory_stream_collects(void **state) {
	(void)state;
	struct ctx_out out;
	ctx_out_init_mem(&out);
	ctx_out_write(&out, "a\0b", 3);
	ctx_out_write(&out, NULL, 0);
	ctx_out_puts(&out, "c");
	ctx_out_printf(&out, "%d", 7);
	ctx_out_flush(&out);
	assert_int_equal(out.buf.len, 5);
	assert_memory_equal(out.buf.data, "a\0bc7", 6);
	assert_int_equal(ctx_out_close(&out, NULL), 0);
	assert_null(out.buf.data);
}

static void memory_stream_never_writes(void **state) {
	(void)state;
	struct ctx_out out;
	ctx_out_init_mem(&out);
	for (int i = 0; i < 300000; ++i) {
		ctx_out_puts(&out, "x");
	}
	assert_int_equal(out.buf.len, 300000);
	assert_int_equal(ctx_out_close(&out, NULL), 0);
}

/** Write to a stream in pieces of every size, past several flushes; returns the number of bytes. */
static size_t write_pieces(struct ctx_out *out) {
	static char piece[200000];
	memset(piece, 'p', sizeof(piece));
	static const size_t sizes[] = { 1, 65535, 65536, 65537, 1, 0, 200000, 30000, 35536, 1 };
	size_t total = 0;
	for (size_t i = 0; i < CTX_COUNTOF(sizes); ++i) {
		ctx_out_write(out, piece, sizes[i]);
		ctx_out_printf(out, "%zu\n", i);
		total += sizes[i] + 2;
	}
	ctx_out_printf(out, "%*s", 70000, "");
	return total + 70000;
}

static void file_gets_every_byte_in_order(void **state) {
	struct fixture *f = *state;
	struct ctx_out file, memory;
	assert_int_equal(ctx_out_init_file(&file, f->path, NULL), 0);
	ctx_out_init_mem(&memory);
	size_t total = write_pieces(&file);
	assert_int_equal(write_pieces(&memory), total);
	assert_int_equal(ctx_out_close(&file, NULL), 0);
	ctx_auto_buf struct ctx_buf text = slurp(f->path);
	assert_int_equal(text.len, total);
	assert_int_equal(memory.buf.len, total);
	assert_memory_equal(text.data, memory.buf.data, total);
	ctx_out_abort(&memory);
}

static void file_appears_only_on_close(void **state) {
	struct fixture *f = *state;
	struct ctx_out out;
	assert_int_equal(ctx_out_init_file(&out, f->path, NULL), 0);
	ctx_out_puts(&out, "new");
	ctx_out_flush(&out);
	assert_int_equal(access(f->path, F_OK), -1);
	assert_int_equal(ctx_out_close(&out, NULL), 0);
	ctx_auto_buf struct ctx_buf text = slurp(f->path);
	assert_string_equal(ctx_buf_str(&text), "new");
}

static void abort_keeps_the_old_file(void **state) {
	struct fixture *f = *state;
	struct ctx_out out;
	assert_int_equal(ctx_out_init_file(&out, f->path, NULL), 0);
	ctx_out_puts(&out, "old");
	assert_int_equal(ctx_out_close(&out, NULL), 0);
	assert_int_equal(ctx_out_init_file(&out, f->path, NULL), 0);
	ctx_out_puts(&out, "new");
	ctx_out_abort(&out);
	ctx_auto_buf struct ctx_buf text = slurp(f->path);
	assert_string_equal(ctx_buf_str(&text), "old");
}

static void file_in_a_missing_directory(void **state) {
	struct fixture *f = *state;
	char path[128];
	snprintf(path, sizeof(path), "%s/no/result", f->dir);
	struct ctx_out out;
	struct ctx_error err;
	assert_int_equal(ctx_out_init_file(&out, path, &err), CTX_E_MISSING);
	assert_non_null(strstr(err.msg, path));
	ctx_out_abort(&out); // harmless
}

static void descriptor_stays_open(void **state) {
	struct fixture *f = *state;
	ctx_auto_fd int fd = open(f->path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	struct ctx_out out;
	ctx_out_init_fd(&out, fd);
	assert_false(out.tty);
	assert_false(out.color);
	ctx_out_puts(&out, "a");
	assert_int_equal(ctx_out_close(&out, NULL), 0);
	assert_int_equal(write(fd, "b", 1), 1);
	ctx_auto_buf struct ctx_buf text = slurp(f->path);
	assert_string_equal(ctx_buf_str(&text), "ab");
}

/* ---- Failures ---- */

static void full_disk_is_an_error(void **state) {
	(void)state;
	ctx_auto_fd int fd = open("/dev/full", O_WRONLY | O_CLOEXEC);
	assert_true(fd >= 0);
	// What fits into the buffer fails in close only; what does not fails before, and sticks
	for (size_t count = 1; count < 200000; count += 199998) {
		struct ctx_out out;
		struct ctx_error err;
		ctx_out_init_fd(&out, fd);
		for (size_t i = 0; i < count; ++i) {
			ctx_out_puts(&out, "x");
		}
		assert_int_equal(out.sysno, count > 1 ? ENOSPC : 0);
		assert_int_equal(ctx_out_close(&out, &err), CTX_E_IO);
		assert_int_equal(err.sysno, ENOSPC);
		assert_string_equal(err.msg, "cannot write output: No space left on device");
	}
}

static void nothing_is_written_after_an_error(void **state) {
	struct fixture *f = *state;
	ctx_auto_fd int fd = open(f->path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	struct ctx_out out;
	ctx_out_init_fd(&out, fd);
	out.sysno = EIO; // as if an earlier write had failed
	out.tty = true;
	ctx_out_puts(&out, "x");
	ctx_out_printf(&out, "x");
	ctx_out_name(&out, "x", 1);
	static char large[100000];
	ctx_out_write(&out, large, sizeof(large));
	assert_null(ctx_out_room(&out, 1));
	assert_int_equal(out.buf.len, 0);
	assert_int_equal(ctx_out_close(&out, NULL), CTX_E_IO);
	struct stat st;
	assert_int_equal(fstat(fd, &st), 0);
	assert_int_equal(st.st_size, 0);
}

static void named_device_is_written_in_place(void **state) {
	(void)state;
	struct ctx_out out;
	struct ctx_error err;
	assert_int_equal(ctx_out_init_file(&out, "/dev/full", &err), 0);
	ctx_out_puts(&out, "x");
	assert_int_equal(ctx_out_close(&out, &err), CTX_E_IO);
	assert_string_equal(err.msg, "cannot write '/dev/full': No space left on device");
	struct stat st;
	assert_int_equal(stat("/dev/full", &st), 0);
	assert_true(S_ISCHR(st.st_mode));

	assert_int_equal(ctx_out_init_file(&out, "/dev/null", &err), 0);
	ctx_out_puts(&out, "x");
	assert_int_equal(ctx_out_close(&out, &err), 0);
	assert_int_equal(stat("/dev/null", &st), 0);
	assert_true(S_ISCHR(st.st_mode));
}

static void closed_pipe_is_told_apart(void **state) {
	(void)state;
	signal(SIGPIPE, SIG_IGN);
	int ends[2];
	assert_int_equal(pipe(ends), 0);
	close(ends[0]);
	ctx_auto_fd int fd = ends[1];
	struct ctx_out out;
	struct ctx_error err;
	ctx_out_init_fd(&out, fd);
	ctx_out_puts(&out, "x");
	assert_int_equal(ctx_out_close(&out, &err), CTX_E_IO);
	assert_int_equal(err.sysno, EPIPE);
}

static void out_of_memory_shows_on_close(void **state) {
	(void)state;
	struct ctx_out out;
	ctx_out_init_mem(&out);
	ctx_alloc_fail_after(0);
	ctx_out_puts(&out, "x");
	ctx_alloc_fail_after(-1);
	ctx_out_puts(&out, "x");
	assert_int_equal(ctx_out_close(&out, NULL), CTX_E_NOMEM);
}

static void out_of_memory_leaves_the_old_file(void **state) {
	struct fixture *f = *state;
	// Let each allocation of the whole life fail once
	for (long n = 0; n < 20; ++n) {
		struct ctx_out out;
		ctx_alloc_fail_after(n);
		int rc = ctx_out_init_file(&out, f->path, NULL);
		if (rc == 0) {
			ctx_out_puts(&out, "new");
			rc = ctx_out_close(&out, NULL);
		} else {
			ctx_out_abort(&out);
		}
		ctx_alloc_fail_after(-1);
		if (rc == 0) {
			assert_in_range(n, 1, 19);
			assert_int_equal(access(f->path, F_OK), 0);
			return;
		}
		assert_int_equal(rc, CTX_E_NOMEM);
		assert_int_equal(access(f->path, F_OK), -1);
	}
	fail();
}

/* ---- Terminals ---- */

/** Open a pseudo terminal of 33 columns; its other end goes to `*master`.  Negative where there are none. */
static int open_terminal(int *master) {
	*master = posix_openpt(O_RDWR | O_NOCTTY);
	if (*master < 0 || grantpt(*master) < 0 || unlockpt(*master) < 0) {
		return -1;
	}
	char name[64];
	if (ptsname_r(*master, name, sizeof(name)) != 0) {
		return -1;
	}
	int fd = open(name, O_RDWR | O_NOCTTY);
	struct winsize size = { .ws_row = 10, .ws_col = 33 };
	if (fd >= 0) {
		ioctl(fd, TIOCSWINSZ, &size);
	}
	return fd;
}

static const struct terminal_case {
	const char *name, *columns, *no_color, *term; /* environment, NULL = unset */
	unsigned width;
	bool color;
} terminal_cases[] = {
	{ "plain", NULL, NULL, "xterm", 33, true },
	{ "COLUMNS wins", "120", NULL, "xterm", 120, true },
	{ "COLUMNS of 0", "0", NULL, "xterm", 33, true },
	{ "COLUMNS too wide", "10001", NULL, "xterm", 33, true },
	{ "COLUMNS at the limit", "10000", NULL, "xterm", 10000, true },
	{ "COLUMNS is no number", "8x", NULL, "xterm", 33, true },
	{ "COLUMNS is negative", "-8", NULL, "xterm", 33, true },
	{ "COLUMNS is empty", "", NULL, "xterm", 33, true },
	{ "COLUMNS overflows", "99999999999999999999", NULL, "xterm", 33, true },
	{ "NO_COLOR", NULL, "1", "xterm", 33, false },
	{ "NO_COLOR is empty", NULL, "", "xterm", 33, true },
	{ "dumb", NULL, NULL, "dumb", 33, false },
	{ "no TERM", NULL, NULL, NULL, 33, false },
};

/** Set or unset an environment variable. */
static void set_env(const char *name, const char *value) {
	if (value != NULL) {
		setenv(name, value, 1);
	} else {
		unsetenv(name);
	}
}

static void terminal_is_detected(void **state) {
	(void)state;
	ctx_auto_fd int master = -1;
	ctx_auto_fd int fd = open_terminal(&master);
	if (fd < 0) {
		skip();
	}
	for (size_t i = 0; i < CTX_COUNTOF(terminal_cases); ++i) {
		const struct terminal_case *c = &terminal_cases[i];
		set_env("COLUMNS", c->columns);
		set_env("NO_COLOR", c->no_color);
		set_env("TERM", c->term);
		struct ctx_out out;
		ctx_out_init_fd(&out, fd);
		if (!out.tty || out.width != c->width || out.color != c->color) {
			fail_msg("%s: tty %d, width %u, color %d", c->name, out.tty, out.width, out.color);
		}
		assert_int_equal(ctx_out_close(&out, NULL), 0);
	}
	set_env("COLUMNS", NULL);
	set_env("NO_COLOR", NULL);
}

static void unknown_width_is_80(void **state) {
	struct fixture *f = *state;
	set_env("COLUMNS", NULL);
	ctx_auto_fd int fd = open(f->path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	struct ctx_out out;
	ctx_out_init_fd(&out, fd);
	assert_int_equal(out.width, 80);
	ctx_out_abort(&out);
	ctx_out_init_mem(&out);
	assert_int_equal(out.width, 80);
	ctx_out_abort(&out);
}

static void styles_only_with_color(void **state) {
	(void)state;
	struct ctx_out out;
	ctx_out_init_mem(&out);
	for (int style = CTX_STYLE_RESET; style <= CTX_STYLE_CYAN; ++style) {
		ctx_out_style(&out, (enum ctx_style)style);
	}
	assert_int_equal(out.buf.len, 0);
	out.color = true;
	for (int style = CTX_STYLE_RESET; style <= CTX_STYLE_CYAN; ++style) {
		ctx_out_style(&out, (enum ctx_style)style);
	}
	assert_string_equal(ctx_buf_str(&out.buf), "\033[0m\033[1m\033[2m\033[31m\033[32m\033[33m\033[34m\033[36m");
	ctx_out_abort(&out);
}

/* ---- Names ---- */

static const struct name_case {
	const char *name, *text, *escaped;
	size_t width, raw_width; /* columns as escaped, and as it is */
} name_cases[] = {
	{ "plain", "src/main.c", "src/main.c", 10, 10 },
	{ "empty", "", "", 0, 0 },
	{ "space and quotes", "a b'\"", "a b'\"", 5, 5 },
	{ "newline", "a\nb", "a\\x0ab", 6, 3 },
	{ "escape sequence", "\033[31mred", "\\x1b[31mred", 11, 8 },
	{ "DEL", "\x7F", "\\x7f", 4, 1 },
	{ "C1 control", "\xC2\x9B", "\\xc2\\x9b", 8, 1 },
	{ "bidi override",
		"a\xE2\x80\xAE"
		"b",
		"a\\xe2\\x80\\xaeb", 14, 3 },
	{ "backslash", "a\\b", "a\\\\b", 4, 3 },
	{ "looks escaped", "\\x0a", "\\\\x0a", 5, 4 },
	{ "umlaut", "\xC3\xA4", "\xC3\xA4", 1, 1 },
	{ "combining", "a\xCC\x88", "a\xCC\x88", 1, 1 },
	{ "wide", "\xE6\xBC\xA2\xE5\xAD\x97", "\xE6\xBC\xA2\xE5\xAD\x97", 4, 4 },
	{ "emoji", "\xF0\x9F\x98\x80", "\xF0\x9F\x98\x80", 2, 2 },
	{ "latin-1", "\xE4", "\\xe4", 4, 1 },
	{ "cut character", "x\xF0\x9F\x98", "x\\xf0\\x9f\\x98", 13, 4 },
	{ "bad then good",
		"\xFF"
		"a\xC3\xA4",
		"\\xffa\xC3\xA4", 6, 3 },
};

static void names_are_escaped_on_terminals_only(void **state) {
	(void)state;
	for (size_t i = 0; i < CTX_COUNTOF(name_cases); ++i) {
		const struct name_case *c = &name_cases[i];
		size_t len = strlen(c->text);
		struct ctx_out out;
		ctx_out_init_mem(&out);
		ctx_out_name(&out, c->text, len);
		if (strcmp(ctx_buf_str(&out.buf), c->text) != 0 ||
			ctx_out_name_width(&out, c->text, len) != c->raw_width) {
			fail_msg("%s: raw", c->name);
		}
		ctx_buf_reset(&out.buf);
		out.tty = true;
		ctx_out_name(&out, c->text, len);
		if (strcmp(ctx_buf_str(&out.buf), c->escaped) != 0 ||
			ctx_out_name_width(&out, c->text, len) != c->width) {
			fail_msg("%s: '%s'", c->name, ctx_buf_str(&out.buf));
		}
		ctx_out_abort(&out);

		ctx_auto_buf struct ctx_buf buf = CTX_BUF_INIT;
		ctx_escape_name(&buf, c->text, len);
		assert_string_equal(ctx_buf_str(&buf), c->escaped);
	}
}

static void name_may_hold_nul(void **state) {
	(void)state;
	ctx_auto_buf struct ctx_buf buf = CTX_BUF_INIT;
	ctx_escape_name(&buf, "a\0b", 3);
	assert_string_equal(ctx_buf_str(&buf), "a\\x00b");
}

static void escaped_names_are_flushed(void **state) {
	struct fixture *f = *state;
	struct ctx_out out;
	assert_int_equal(ctx_out_init_file(&out, f->path, NULL), 0);
	out.tty = true;
	for (int i = 0; i < 100000; ++i) {
		ctx_out_name(&out, "\n", 1);
		assert_true(out.buf.len < 65536);
	}
	assert_int_equal(ctx_out_close(&out, NULL), 0);
	ctx_auto_buf struct ctx_buf text = slurp(f->path);
	assert_int_equal(text.len, 400000);
}

/* ---- Numbers ---- */

static const struct human_case {
	uint64_t bytes;
	const char *text;
} human_cases[] = {
	{ 0, "0 B" },
	{ 1, "1 B" },
	{ 999, "999 B" },
	{ 1000, "1 kB" },
	{ 1004, "1 kB" },
	{ 1005, "1.01 kB" },
	{ 1500, "1.5 kB" },
	{ 9994, "9.99 kB" },
	{ 9995, "10 kB" },
	{ 12000, "12 kB" },
	{ 12345, "12.3 kB" },
	{ 99949, "99.9 kB" },
	{ 99950, "100 kB" },
	{ 123456, "123 kB" },
	{ 999499, "999 kB" },
	{ 999500, "1 MB" },
	{ 1000000, "1 MB" },
	{ 12000000, "12 MB" },
	{ 3400000000, "3.4 GB" },
	{ 999499999999, "999 GB" },
	{ 999500000000, "1 TB" },
	{ 1230000000000000, "1.23 PB" },
	{ UINT64_MAX, "18.4 EB" },
};

static void human_bytes_have_three_digits(void **state) {
	(void)state;
	for (size_t i = 0; i < CTX_COUNTOF(human_cases); ++i) {
		char text[CTX_HUMAN_MAX];
		assert_string_equal(ctx_human_bytes(text, human_cases[i].bytes), human_cases[i].text);
	}
}

static const struct grouped_case {
	uint64_t n;
	const char *text;
} grouped_cases[] = {
	{ 0, "0" },
	{ 999, "999" },
	{ 1000, "1,000" },
	{ 12345, "12,345" },
	{ 123456, "123,456" },
	{ 1234567, "1,234,567" },
	{ UINT64_MAX, "18,446,744,073,709,551,615" },
};

static void grouped_by_thousands(void **state) {
	(void)state;
	for (size_t i = 0; i < CTX_COUNTOF(grouped_cases); ++i) {
		char text[32];
		assert_string_equal(ctx_grouped(text, grouped_cases[i].n), grouped_cases[i].text);
	}
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(memory_stream_collects),
		cmocka_unit_test(memory_stream_never_writes),
		cmocka_unit_test_setup_teardown(file_gets_every_byte_in_order, setup, teardown),
		cmocka_unit_test_setup_teardown(file_appears_only_on_close, setup, teardown),
		cmocka_unit_test_setup_teardown(abort_keeps_the_old_file, setup, teardown),
		cmocka_unit_test_setup_teardown(file_in_a_missing_directory, setup, teardown),
		cmocka_unit_test_setup_teardown(descriptor_stays_open, setup, teardown),
		cmocka_unit_test(full_disk_is_an_error),
		cmocka_unit_test_setup_teardown(nothing_is_written_after_an_error, setup, teardown),
		cmocka_unit_test(named_device_is_written_in_place),
		cmocka_unit_test(closed_pipe_is_told_apart),
		cmocka_unit_test(out_of_memory_shows_on_close),
		cmocka_unit_test_setup_teardown(out_of_memory_leaves_the_old_file, setup, teardown),
		cmocka_unit_test(terminal_is_detected),
		cmocka_unit_test_setup_teardown(unknown_width_is_80, setup, teardown),
		cmocka_unit_test(styles_only_with_color),
		cmocka_unit_test(names_are_escaped_on_terminals_only),
		cmocka_unit_test(name_may_hold_nul),
		cmocka_unit_test_setup_teardown(escaped_names_are_flushed, setup, teardown),
		cmocka_unit_test(human_bytes_have_three_digits),
		cmocka_unit_test(grouped_by_thousands),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
