#include "ctxopt/context/walk.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include "tests/unit/as_nobody.h"
#include "tests/unit/walking.h"

/* ---- Permissions ---- */

/** Walk and compare with a text that lists problems too; the exit status for as_nobody(). */
static int check_text(const char *const *patterns, bool excluded, const char *want) {
	struct ctx_snapshot *snap;
	struct ctx_walk_opts opts = { .jobs = 1, .excluded = excluded };
	struct ctx_error err = { .sysno = 0 };
	int rc = walk_with(&snap, patterns, &opts, &err);
	ctx_auto_buf struct ctx_buf text = CTX_BUF_INIT;
	if (rc < 0) {
		ctx_buf_addf(&text, "%s %d\n", ctx_errc_name(err.code), err.sysno == EACCES);
	} else {
		snap_text(&text, snap);
		for (size_t i = 0; i < snap->problems.count; ++i) {
			const struct ctx_problem *p = &snap->problems.items[i];
			ctx_buf_addf(&text, "! %s: %s%s%s\n", p->path, p->what, p->sysno == EACCES ? " (access)" : "",
				p->fails_build ? " fails" : "");
		}
		ctx_buf_addf(&text, "%s\n", snap->complete ? "complete" : "incomplete");
		ctx_snapshot_free(snap);
	}
	if (strcmp(ctx_buf_str(&text), want) != 0) {
		fprintf(stderr, "got:\n%swant:\n%s", ctx_buf_str(&text), want);
		return 1;
	}
	return 0;
}

static int unreadable_dir(void) {
	return check_text(NULL, false,
		"closed dir 0 kx\nopen dir 0 k\nopen/f file 0 k\n! closed: cannot read directory (access) fails\ncomplete\n");
}

static int unreadable_excluded_dir(void) {
	static const char *const patterns[] = { "closed", NULL };
	return check_text(patterns, true,
		       "closed dir 0 x\nopen dir 0 k\nopen/f file 0 k\n! closed: cannot read directory (access)\nincomplete\n") |
		check_text(patterns, false, "closed dir 0 u\nopen dir 0 k\nopen/f file 0 k\nincomplete\n");
}

static void unreadable_directories(void **state) {
	(void)state;
	mkdirs("closed", "closed/sub", "open");
	assert_true(scratch_text("open/f", ""));
	assert_int_equal(chmod("closed", 0700), 0);
	if (geteuid() != 0) {
		assert_int_equal(chmod("closed", 0), 0);
	}
	as_nobody(unreadable_dir);
	as_nobody(unreadable_excluded_dir);
	assert_int_equal(chmod("closed", 0700), 0);
}

static int unsearchable(void) {
	static const char *const patterns[] = { "listed/b", "listed/d", NULL };
	return check_text(NULL, false,
		       "listed dir 0 k\nlisted/a file 0 kx\nlisted/b file 0 kx\nlisted/d dir 0 kx\nlisted/l symlink 0 kx -> \n"
		       "! listed/a: cannot read attributes (access) fails\n! listed/b: cannot read attributes (access) fails\n"
		       "! listed/d: cannot read attributes (access) fails\n! listed/l: cannot read attributes (access) fails\n"
		       "complete\n") |
		check_text(patterns, false,
			"listed dir 0 k\nlisted/a file 0 kx\nlisted/b file 0 x\nlisted/d dir 0 u\n"
			"listed/l symlink 0 kx -> \n"
			"! listed/a: cannot read attributes (access) fails\n! listed/b: cannot read attributes (access)\n"
			"! listed/l: cannot read attributes (access) fails\nincomplete\n");
}

static void directories_that_can_only_be_listed(void **state) {
	(void)state;
	mkdirs("listed", "listed/d", NULL);
	assert_true(scratch_text("listed/a", "1"));
	assert_true(scratch_text("listed/b", "1"));
	assert_int_equal(symlink("a", "listed/l"), 0);
	assert_int_equal(chmod("listed", 0744), 0);
	as_nobody(unsearchable);
	assert_int_equal(chmod("listed", 0755), 0);
}

static int unreadable_file(void) {
	return check_text(NULL, false,
		       "group file 1 kx\nnone file 1 kx\nowner file 1 kx\nworld file 1 k\n"
		       "! group: cannot read file (access)\n! none: cannot read file (access)\n"
		       "! owner: cannot read file (access)\ncomplete\n") |
		check_text((const char *const[]){ "*", NULL }, false,
			"group file 1 \nnone file 1 \nowner file 1 \nworld file 1 \ncomplete\n");
}

static void unreadable_files_arrive_empty(void **state) {
	(void)state;
	if (geteuid() != 0) {
		skip();
	}
	assert_true(scratch_text("none", "1"));
	assert_true(scratch_text("owner", "1"));
	assert_true(scratch_text("group", "1"));
	assert_true(scratch_text("world", "1"));
	assert_int_equal(chmod("none", 0), 0);
	assert_int_equal(chmod("owner", 0600), 0);
	assert_int_equal(chmod("group", 0640), 0);
	assert_int_equal(chmod("world", 0444), 0);
	as_nobody(unreadable_file);
}

static int root_unreadable(void) {
	// Opened while it could be, as the parent did; reading it again is another open
	ctx_auto_fd int fd = open("root", O_PATH | O_DIRECTORY | O_CLOEXEC);
	struct ctx_snapshot *snap;
	struct ctx_walk_opts opts = { .jobs = 1 };
	struct ctx_error err = { .sysno = 0 };
	int rc = ctx_walk(&snap, fd, NULL, &opts, &err);
	return rc == CTX_E_IO && err.sysno == EACCES ? 0 : 1;
}

static void an_unreadable_root_is_an_error(void **state) {
	(void)state;
	mkdirs("root", NULL, NULL);
	assert_int_equal(chmod("root", 0711), 0);
	if (geteuid() == 0) {
		as_nobody(root_unreadable);
	}
}

int main(void) {
	const struct CMUnitTest tests[] = {
		SCRATCH_TEST(unreadable_directories),
		SCRATCH_TEST(directories_that_can_only_be_listed),
		SCRATCH_TEST(unreadable_files_arrive_empty),
		SCRATCH_TEST(an_unreadable_root_is_an_error),
	};
	return cmocka_run_group_tests_name("walk_rights", tests, NULL, NULL);
}
