#include "ctxopt/context/gitignore.h"

#include "ctxopt/base/alloc.h"
#include "ctxopt/base/buf.h"
#include "tests/unit/scratch.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/wait.h>

#include <cmocka.h>

/** One rule file and one path; a path with a final slash is a directory. */
static const struct rule_case {
	const char *name, *text, *path;
	bool ignored;
} rule_cases[] = {
	// clang-format off
	{ "plain name",                      "a.log\n",             "a.log",         true },
	{ "plain name, deeper",              "a.log\n",             "x/y/a.log",     true },
	{ "not a suffix",                    "a.log\n",             "ba.log",        false },
	{ "no newline at the end",           "a.log",               "a.log",         true },
	{ "leading slash anchors",           "/a\n",                "a",             true },
	{ "leading slash anchors, deeper",   "/a\n",                "x/a",           false },
	{ "inner slash anchors",             "x/a\n",               "x/a",           true },
	{ "inner slash anchors, deeper",     "x/a\n",               "y/x/a",         false },
	{ "final slash: directories",        "d/\n",                "d/",            true },
	{ "final slash: below",              "d/\n",                "d/f",           true },
	{ "final slash: not files",          "d/\n",                "d",             false },
	{ "final slash does not anchor",     "d/\n",                "x/d/f",         true },
	{ "both slashes",                    "/d/\n",               "x/d/",          false },
	{ "child of a matched directory",    "d\n",                 "d/e/f",         true },
	{ "last rule wins",                  "*.log\n!keep.log\n",  "keep.log",      false },
	{ "last rule wins, other order",     "!keep.log\n*.log\n",  "keep.log",      true },
	{ "a parent is not re-included",     "d\n!d/f\n",           "d/f",           true },
	{ "nor below it",                    "d/\n!d/e/f\n",        "d/e/f",         true },
	{ "its contents are",                "d/*\n!d/f\n",         "d/f",           false },
	{ "star stops at a slash",           "x/*.c\n",             "x/y/a.c",       false },
	{ "star in a name",                  "*.c\n",               "x/y/a.c",       true },
	{ "star matches nothing",            "a*b\n",               "ab",            true },
	{ "star matches a leading dot",      "*\n",                 ".hidden",       true },
	{ "question mark",                   "?.c\n",               "a.c",           true },
	{ "question mark is one byte",       "?.c\n",               ".c",            false },
	{ "question mark is no slash",       "a?b\n",               "a/b",           false },
	{ "double star in front",            "**/f\n",              "f",             true },
	{ "double star in front, deeper",    "**/f\n",              "x/y/f",         true },
	{ "double star at the end",          "x/**\n",              "x/y/f",         true },
	{ "double star is not its parent",   "x/**\n",              "x/",            false },
	{ "double star inside: none",        "x/**/f\n",            "x/f",           true },
	{ "double star inside: two",         "x/**/f\n",            "x/y/z/f",       true },
	{ "double star inside: whole names", "x/**/f\n",            "x/yf",          false },
	{ "two double stars",                "**/x/**/f\n",         "a/x/b/f",       true },
	{ "double star in a name",           "x/a**f\n",            "x/ab/f",        false },
	{ "after a literal it is whole",     "a**/f\n",             "af",            true },
	{ "three stars",                     "x/***/f\n",           "x/a/b/f",       true },
	{ "escaped slash behind stars",      "x/**\\/f\n",          "x/a/b/f",       true },
	{ "escaped slash needs one",         "x/**\\/f\n",          "x/f",           false },
	{ "set",                             "[ab].c\n",            "b.c",           true },
	{ "set, other",                      "[ab].c\n",            "c.c",           false },
	{ "range",                           "[a-c].c\n",           "b.c",           true },
	{ "negated set",                     "[!a-c].c\n",          "d.c",           true },
	{ "negated set, caret",              "[^a-c].c\n",          "b.c",           false },
	{ "bracket first is a member",       "[]a]\n",              "]",             true },
	{ "minus last is a member",          "[a-]\n",              "-",             true },
	{ "escape in a set",                 "[\\]]\n",             "]",             true },
	{ "escape in a range",               "[a\\-c]\n",           "b",             false },
	{ "range from an escape",            "[\\a-c]\n",           "b",             true },
	{ "named class",                     "[[:digit:]]\n",       "7",             true },
	{ "two named classes",               "[[:upper:][:space:]]\n", "Q",          true },
	{ "unknown class",                   "[[:foo:]]\n",         "f",             false },
	{ "class without end is a set",      "x[[:]\n",             "x:",            true },
	{ "set without end",                 "[ab\n",               "a",             false },
	{ "set has no slash",                "x[/]f\n",             "x/f",           false },
	{ "escaped star",                    "\\*\n",               "*",             true },
	{ "escaped star is no star",         "\\*\n",               "a",             false },
	{ "final backslash",                 "a\\\n",               "a",             false },
	{ "comment",                         "#a\n",                "#a",            false },
	{ "escaped comment",                 "\\#a\n",              "#a",            true },
	{ "escaped bang",                    "\\!a\n",              "!a",            true },
	{ "final spaces are cut",            "a  \n",               "a",             true },
	{ "an escaped space is not",         "a\\ \n",              "a ",            true },
	{ "an escaped space, then more",     "a\\  \n",             "a ",            true },
	{ "leading space stays",             " a\n",                "a",             false },
	{ "tab stays",                       "a\t\n",               "a",             false },
	{ "CRLF",                            "a\r\nb\r\n",          "a",             true },
	{ "CR at the end of the file",       "a\r",                 "a",             true },
	{ "byte order mark",                 "\xef\xbb\xbf" "a\n",  "a",             true },
	{ "empty lines",                     "\n\n  \na\n",         "a",             true },
	{ "only a slash",                    "/\n",                 "a/b",           false },
	{ "only a bang",                     "*\n!\n",              "a",             true },
	{ "case matters",                    "A\n",                 "a",             false },
	{ "dot slash is literal",            "./a\n",               "a",             false },
	{ "not UTF-8",                       "\xff*\n",             "\xff\xfe",      true },
	{ "bytes, not characters",           "?\n",                 "\xc3\xa9",      false },
	// clang-format on
};

/** What this program thinks of a row. */
static bool ask(const struct rule_case *row) {
	CTX_AUTO_FREE char *path = ctx_memdup0(row->path, strlen(row->path));
	size_t len = strlen(path);
	bool is_dir = path[len - 1] == '/', ignored = !row->ignored;
	path[is_dir ? len - 1 : len] = '\0';
	assert_int_equal(ctx_git_reads_rules(row->text, strlen(row->text), path, is_dir, &ignored, NULL), 0);
	return ignored;
}

static void rule_table(void **state) {
	(void)state;
	for (size_t i = 0; i < CTX_COUNTOF(rule_cases); ++i) {
		if (ask(&rule_cases[i]) != rule_cases[i].ignored) {
			fail_msg("%s", rule_cases[i].name);
		}
	}
}

/* ---- Git itself ---- */

/** Make every directory of a path, and the file at its end unless it ends in a slash. */
static bool make_path(const char *path) {
	char dir[256];
	for (const char *slash = strchr(path, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
		(void)snprintf(dir, sizeof(dir), "r/%.*s", (int)(slash - path), path);
		(void)mkdir(dir, 0777);
	}
	size_t len = strlen(path);
	(void)snprintf(dir, sizeof(dir), "r/%s", path);
	return path[len - 1] == '/' || scratch_text(dir, "");
}

/** Does git ignore the path?  0 or 1; anything else when git does not work here. */
static int ask_git(const char *path) {
	size_t len = strlen(path);
	assert_true(scratch_write("path", path, path[len - 1] == '/' ? len - 1 : len)); // it looks what is there
	int status = system("git -C r check-ignore --no-index -z --stdin <path >/dev/null");
	return WIFEXITED(status) && WEXITSTATUS(status) <= 1 ? 1 - WEXITSTATUS(status) : -1;
}

/** The table is what git says. */
static void git_agrees(void **state) {
	(void)state;
	(void)setenv("GIT_CONFIG_NOSYSTEM", "1", 1);
	(void)setenv("HOME", "/nonexistent", 1);
	(void)unsetenv("XDG_CONFIG_HOME");
	if (system("git init -q r 2>/dev/null") != 0) {
		skip(); // no git here
	}
	for (size_t i = 0; i < CTX_COUNTOF(rule_cases); ++i) {
		const struct rule_case *row = &rule_cases[i];
		assert_true(scratch_text("r/.gitignore", row->text));
		assert_true(make_path(row->path));
		if (ask_git(row->path) != row->ignored) {
			fail_msg("%s", row->name);
		}
		assert_int_equal(system("git -C r clean -q -d -x -f"), 0);
	}
}

/* ---- The rest ---- */

static void verdicts(void **state) {
	(void)state;
	static const char text[] = "a\n!b\nd/\n\0ignored";
	struct ctx_gitignore *g;
	assert_int_equal(ctx_gitignore_parse(&g, text, sizeof(text) - 1, false, NULL), 0);
	assert_int_equal(ctx_gitignore_match(g, "x/a", 3, false), CTX_GIT_IGNORED);
	assert_int_equal(ctx_gitignore_match(g, "b", 1, false), CTX_GIT_KEPT);
	assert_int_equal(ctx_gitignore_match(g, "c", 1, false), CTX_GIT_SILENT);
	assert_int_equal(ctx_gitignore_match(g, "d", 1, false), CTX_GIT_SILENT);
	assert_int_equal(ctx_gitignore_match(g, "d", 1, true), CTX_GIT_IGNORED);
	assert_int_equal(ctx_gitignore_match(g, "a/x", 3, false), CTX_GIT_SILENT); // parents are the caller's
	ctx_gitignore_free(g);
	ctx_gitignore_free(NULL);

	assert_int_equal(ctx_gitignore_parse(&g, "a\0b\n*.c\0", 9, false, NULL), 0); // a NUL ends its line
	assert_int_equal(ctx_gitignore_match(g, "a", 1, false), CTX_GIT_IGNORED);
	assert_int_equal(ctx_gitignore_match(g, "x.c", 3, false), CTX_GIT_IGNORED);
	ctx_gitignore_free(g);
	assert_int_equal(ctx_gitignore_parse(&g, NULL, 0, false, NULL), 0);
	assert_int_equal(ctx_gitignore_match(g, "a", 1, false), CTX_GIT_SILENT);
	ctx_gitignore_free(g);
}

static void folded_case(void **state) {
	(void)state;
	static const char text[] = "README*\n[A-C]x\n[[:upper:]]y\n";
	struct ctx_gitignore *g;
	assert_int_equal(ctx_gitignore_parse(&g, text, sizeof(text) - 1, true, NULL), 0);
	assert_int_equal(ctx_gitignore_match(g, "readme.md", 9, false), CTX_GIT_IGNORED);
	assert_int_equal(ctx_gitignore_match(g, "ReadMe", 6, false), CTX_GIT_IGNORED);
	assert_int_equal(ctx_gitignore_match(g, "bX", 2, false), CTX_GIT_IGNORED);
	assert_int_equal(ctx_gitignore_match(g, "qy", 2, false), CTX_GIT_IGNORED);
	assert_int_equal(ctx_gitignore_match(g, "dx", 2, false), CTX_GIT_SILENT);
	ctx_gitignore_free(g);
}

/** A rule made to be slow: with backtracking this would not end. */
static void hostile_rule(void **state) {
	(void)state;
	ctx_auto_buf struct ctx_buf text = CTX_BUF_INIT, path = CTX_BUF_INIT;
	for (int i = 0; i < 200; ++i) {
		ctx_buf_adds(&text, "**/*a*/");
		ctx_buf_adds(&path, "aaaaaaaa/");
	}
	ctx_buf_adds(&text, "b");
	ctx_buf_adds(&path, "c");
	bool ignored = true;
	assert_int_equal(ctx_git_reads_rules(text.data, text.len, path.data, false, &ignored, NULL), 0);
	assert_false(ignored);
}

static void out_of_memory(void **state) {
	(void)state;
	int rc = CTX_E_NOMEM;
	for (long n = 0; rc == CTX_E_NOMEM; ++n) {
		bool ignored;
		ctx_alloc_fail_after(n);
		rc = ctx_git_reads_rules("a[b-d]**/c\n!x?\n", 15, "a/b", false, &ignored, NULL);
		ctx_alloc_fail_after(-1);
	}
	assert_int_equal(rc, 0);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rule_table),
		cmocka_unit_test_setup_teardown(git_agrees, scratch_setup, scratch_teardown),
		cmocka_unit_test(verdicts),
		cmocka_unit_test(folded_case),
		cmocka_unit_test(hostile_rule),
		cmocka_unit_test(out_of_memory),
	};
	return cmocka_run_group_tests_name("gitignore", tests, NULL, NULL);
}
