#include "ctxopt/context/gitrepo.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/git_fixture.h"

static void opinions(void **state) {
	(void)state;
	git_make_repo();
	git_sh("cd r; printf '*.log\\nbuild/\\n!keep.log\\n/sub/deep/x\\n' >.gitignore\n"
	       "printf '!a.log\\n*.tmp\\n' >sub/.gitignore; echo '*.local' >>.git/info/exclude\n"
	       "mkdir ../home/.config ../home/.config/git; printf '*.user\\n*.twice\\n' >../home/.config/git/ignore\n"
	       "echo '!*.twice' >>.git/info/exclude; echo '*' >../elsewhere; mkdir linked; ln -s ../../elsewhere linked/.gitignore\n"
	       "mkdir fifo; mkfifo fifo/.gitignore; git worktree add -q ../tree v1\n"
	       "echo x >tracked.log; git add -f tracked.log; git update-index --add --cacheinfo "
	       "160000,0123456789012345678901234567890123456789,mod");
	static const struct {
		const char *path;
		bool is_dir, tracked, ignored, internal;
	} rows[] = {
		{ "file", false, true, false, false },
		{ "new", false, false, false, false },
		{ "x.log", false, false, true, false },
		{ "keep.log", false, false, false, false },
		{ "tracked.log", false, true, true, false },
		{ "sub", true, true, false, false },
		{ "sub/dee", true, false, false, false },
		{ "sub/deep/x", false, false, true, false },
		{ "build", true, false, true, false },
		{ "build", false, false, false, false },
		{ "build/keep.log", false, false, true, false },
		{ "other/build/x/y", false, false, true, false },
		{ "sub/a.log", false, false, false, false }, // re-included by a nearer file
		{ "sub/b.log", false, false, true, false },
		{ "sub/deep/c.tmp", false, false, true, false },
		{ "c.tmp", false, false, false, false },
		{ "x.local", false, false, true, false },
		{ "x.user", false, false, true, false },
		{ "x.twice", false, false, false, false }, // info/exclude wins over the user's file
		{ "linked/x", false, false, false, false },
		{ "fifo/x", false, false, false, false },
		{ "mod", true, true, false, false },
		{ ".git", true, false, false, true },
		{ ".git/config", false, false, false, true },
		{ "vendor/lib/.GIT/HEAD", false, false, false, true },
		{ ".gitignore", false, false, false, false },
		{ ".github/x", false, false, false, false },
	};
	struct ctx_gitrepo *repo = git_open_repo("r/sub");
	for (size_t i = 0; i < CTX_COUNTOF(rows); ++i) {
		struct ctx_git_opinion got;
		struct ctx_error err = { 0 };
		int rc = ctx_gitrepo_opinion(repo, rows[i].path, rows[i].is_dir, &got, &err);
		if (rc < 0 || got.tracked != rows[i].tracked || got.ignored != rows[i].ignored ||
			got.internal != rows[i].internal) {
			fail_msg("'%s': %s tracked %d ignored %d internal %d", rows[i].path, err.msg, got.tracked,
				got.ignored, got.internal);
		}
	}
	ctx_gitrepo_free(repo);

	repo = git_open_repo("tree"); // shares info/exclude, has its own .gitignore (none)
	struct ctx_git_opinion got;
	assert_int_equal(ctx_gitrepo_opinion(repo, "x.local", false, &got, NULL), 0);
	assert_true(got.ignored);
	assert_int_equal(ctx_gitrepo_opinion(repo, "x.log", false, &got, NULL), 0);
	assert_false(got.ignored);
	ctx_gitrepo_free(repo);
}

static void settings_of_opinions(void **state) {
	(void)state;
	git_make_repo();
	git_sh("cd r; printf '*.X\\n' >../mine; git config core.excludesFile ../mine\n"
	       "git config core.excludesFile \"$PWD/../mine\"; git config core.ignoreCase true");
	struct ctx_gitrepo *repo = git_open_repo("r");
	struct ctx_git_opinion got;
	assert_int_equal(ctx_gitrepo_opinion(repo, "a.x", false, &got, NULL), 0);
	assert_true(got.ignored);
	ctx_gitrepo_free(repo);
	git_sh("cd r; git config core.ignoreCase false");
	repo = git_open_repo("r");
	assert_int_equal(ctx_gitrepo_opinion(repo, "a.x", false, &got, NULL), 0);
	assert_false(got.ignored);
	ctx_gitrepo_free(repo);
	git_sh("mkdir -p xdg/git; echo only.xdg >xdg/git/ignore; git -C r config --unset core.excludesFile");
	(void)setenv("XDG_CONFIG_HOME", "xdg", 1);
	repo = git_open_repo("r");
	assert_int_equal(ctx_gitrepo_opinion(repo, "only.xdg", false, &got, NULL), 0);
	assert_true(got.ignored);
	ctx_gitrepo_free(repo);
	(void)unsetenv("XDG_CONFIG_HOME");
}

/** Outcome of one question to a fresh repository. */
static int try_opinion(const char *path, struct ctx_error *err) {
	struct ctx_gitrepo *repo = git_open_repo(path);
	struct ctx_git_opinion got;
	int rc = ctx_gitrepo_opinion(repo, "x", false, &got, err);
	ctx_gitrepo_free(repo);
	return rc;
}

static void failures_of_opinions(void **state) {
	(void)state;
	git_make_repo();
	struct ctx_error err;
	git_sh("cp -r r split; git -C split update-index --split-index; cp -r r sick; printf DIRC >sick/.git/index\n"
	       "cp -r r large; truncate -s 17M large/.gitignore\n"
	       "cp -r r far; git -C far config core.excludesFile /$(head -c 300 /dev/zero | tr '\\0' x)/y");
	assert_int_equal(try_opinion("split", &err), CTX_E_UNSUPPORTED);
	assert_int_equal(try_opinion("sick", &err), CTX_E_CORRUPT);
	assert_non_null(strstr(err.msg, "cannot read git's index"));
	assert_int_equal(try_opinion("large", &err), CTX_E_LIMIT);
	assert_int_equal(try_opinion("far", &err), CTX_E_IO);
	assert_int_equal(err.sysno, ENAMETOOLONG);
}

int main(void) {
#define TEST(name) cmocka_unit_test_setup_teardown(name, git_setup, scratch_teardown)
	const struct CMUnitTest tests[] = {
		TEST(opinions),
		TEST(settings_of_opinions),
		TEST(failures_of_opinions),
	};
	return cmocka_run_group_tests_name("git_opinion", tests, NULL, NULL);
}
