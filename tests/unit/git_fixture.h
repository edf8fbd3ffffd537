/**
 * Git repositories for unit tests, made by running git with a fixed environment.
 *
 * Include after <cmocka.h>.  Functions are static inline so that a test takes what it needs.
 */
#ifndef CTXOPT_TESTS_UNIT_GIT_FIXTURE_H
#define CTXOPT_TESTS_UNIT_GIT_FIXTURE_H

#include "ctxopt/context/gitrepo.h"
#include "tests/unit/scratch.h"

#include <stdio.h>

/** What LeakSanitizer asks for. */
const char *__lsan_default_suppressions(void);

/** libgit2 1.5 leaks for each setting that it reads in a repository of format 1 (src/util/regexp.c, git_regexp_match). */
const char *__lsan_default_suppressions(void) {
	return "leak:libpcre2";
}

/** Run a shell script that must succeed, with "set -e". */
static inline void git_sh(const char *script) {
	ctx_auto_buf struct ctx_buf text = CTX_BUF_INIT;
	ctx_buf_addf(&text, "set -e\n%s", script);
	assert_true(scratch_write("script", ctx_buf_str(&text), text.len));
	if (system("sh ./script >script.out 2>&1") != 0) {
		(void)system("cat script.out >&2");
		fail_msg("script failed: %s", script);
	}
}

/** Environment in which git gives the same objects everywhere. */
static inline int git_setup(void **state) {
	static const char *const unset[] = { "GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "XDG_CONFIG_HOME", "EMAIL" };
	static const char *const set[][2] = {
		{ "GIT_CONFIG_NOSYSTEM", "1" },
		{ "GIT_AUTHOR_NAME", "A" },
		{ "GIT_AUTHOR_EMAIL", "a@example.org" },
		{ "GIT_AUTHOR_DATE", "1700000000 +0000" },
		{ "GIT_COMMITTER_NAME", "C" },
		{ "GIT_COMMITTER_EMAIL", "c@example.org" },
		{ "GIT_COMMITTER_DATE", "1700000000 +0000" },
	};
	for (size_t i = 0; i < CTX_COUNTOF(unset); ++i) {
		(void)unsetenv(unset[i]);
	}
	for (size_t i = 0; i < CTX_COUNTOF(set); ++i) {
		(void)setenv(set[i][0], set[i][1], 1);
	}
	if (scratch_setup(state) < 0 || mkdir("home", 0777) < 0) {
		return -1;
	}
	ctx_auto_buf struct ctx_buf home = CTX_BUF_INIT;
	ctx_buf_addf(&home, "%s/home", (const char *)*state);
	return setenv("HOME", ctx_buf_str(&home), 1);
}

/** Make the usual repository "r" with two commits; skips the test without git. */
static inline void git_make_repo(void) {
	if (system("git --version >/dev/null 2>&1") != 0) {
		skip();
	}
	git_sh("git init -q -b main r; cd r\n"
	       "printf 12345 >file; : >empty; mkdir -p sub/deep; echo '#!/bin/sh' >sub/exec; chmod +x sub/exec\n"
	       "ln -s sub/exec link; echo x >sub/deep/f; echo y >sub.txt\n"
	       "git add .; git commit -q -m one; git tag v1\n"
	       "echo more >>file; git add .; git commit -q -m two; git tag -a -m annotated v2");
}

/** Open a repository that must open. */
static inline struct ctx_gitrepo *git_open_repo(const char *path) {
	struct ctx_gitrepo *repo = NULL;
	struct ctx_error err = { 0 };
	if (ctx_gitrepo_open(&repo, path, &err) < 0) {
		fail_msg("%s: %s", path, err.msg);
	}
	return repo;
}

#endif
