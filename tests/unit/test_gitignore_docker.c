/** Git's rules in Docker's language: lines, their order, and what is noted. */
#include "ctxopt/base/buf.h"
#include "ctxopt/context/gitignore_docker.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/** A text, where it lies, and what becomes of it: lines, then notes as "line why", each with a newline. */
struct row {
	const char *text, *dir, *inside, *want;
};

static const struct row rows[] = {
	// Anywhere, or from the directory of the file on
	{ "*.log\n/top\na/b\nsub/**/x\n", "", "", "**/*.log\ntop\na/b\nsub/**/x\n" },
	{ "*.log\n/top\n", "web", "", "web/**/*.log\nweb/top\n" },
	{ "x\n", "a[b", "", "a\\[b/**/x\n" },
	// Comments, spaces, escapes, line ends
	{ "# no\n\n\\#yes\n\\!bang\nend\\ \ntrim  \r\n[\n\\\n", "", "", "**/#yes\n**/!bang\n**/end[ ]\n**/trim\n" },
	{ "/#a\n/!b\n/ c\n", "", "", "\\#a\n\\!b\n[ ]c\n" },
	// Bracket expressions, resolved to what they hold
	{ "*.py[cod]\n[!a]x\n[[:digit:]]\n[]-]\n[.]\n", "", "",
		"**/*.py[cdo]\n**/[^\\/a]x\n**/[0-9]\n**/[\\-\\]]\n2 a letter that is not ASCII is one character for Docker, and several "
		"bytes for git\n" },
	// Never match
	{ "a//b\n./x\n../y\n/\n.\n", "", "", "" },
	// Stars that are no component, and some that are
	{ "a**b\n**\n**/\nx/**\n/**/y\nfoo**/bar\n", "", "",
		"**/a*b\n**/*\n**/*/**\nx/**\n**/y\n6 Docker has no such double star\n" },
	// For directories only
	{ "build/\n*/\n", "", "",
		"**/build\n**/*/**\n1 for directories only; Docker also leaves out files of that name\n" },
	// '!' rules: the same path, apart, dead, above and below
	{ "*.log\n!keep.log\n", "", "", "**/*.log\n!**/keep.log\n**/*.log/**/keep.log\n**/keep.log/**/*.log\n" },
	{ "/build\n!x.txt\n", "", "", "!**/x.txt\nbuild\n" },
	{ "/build\n!/build/keep\n", "", "", "build\n" },
	{ "/build/*\n!/build/keep\n", "", "", "build/*\n!build/keep\n" },
	{ "/a/*\n!/a/k\n/b/*\n!/b/k\n", "", "", "a/*\n!a/k\nb/*\n!b/k\n" },
	{ "/*\n!/src/\n", "", "", "*\n!src/**\n" },
	// A context below the directory of the file
	{ "*.log\n/web/tmp\n/api/x\nweb/**/y\n/w*/z\n", "", "web", "**/*.log\ntmp\n**/y\nz\n" },
	{ "web\n", "", "web", "**/web\n1 it matches the directory of the context, or one above it\n" },
};

/** Translate one text. */
static void translate(struct ctx_buf *out, const struct row *row, bool fold_case) {
	struct ctx_git_source source = { "x", row->dir, row->inside, CTX_STR(row->text) };
	struct ctx_git_translation t = { 0 };
	struct ctx_error err;
	assert_int_equal(ctx_git_translate(&t, &source, 1, fold_case, &err), 0);
	for (size_t i = 0; i < t.lines.count; ++i) {
		ctx_buf_addf(out, "%s\n", t.lines.items[i].text);
	}
	for (size_t i = 0; i < t.notes.count; ++i) {
		ctx_buf_addf(out, "%u %s\n", t.notes.items[i].line, t.notes.items[i].why);
	}
	ctx_git_translation_release(&t);
}

static void lines(void **state) {
	(void)state;
	for (size_t i = 0; i < CTX_COUNTOF(rows); ++i) {
		ctx_auto_buf struct ctx_buf out = CTX_BUF_INIT;
		translate(&out, &rows[i], false);
		assert_string_equal(ctx_buf_str(&out), rows[i].want);
	}
}

static void both_cases(void **state) {
	(void)state;
	ctx_auto_buf struct ctx_buf out = CTX_BUF_INIT;
	translate(&out, &(struct row){ "Ab1\n", "D", "", NULL }, true);
	assert_string_equal(ctx_buf_str(&out), "D/**/[Aa][Bb]1\n");
}

static void limits(void **state) {
	(void)state;
	ctx_auto_buf struct ctx_buf many = CTX_BUF_INIT, deep = CTX_BUF_INIT;
	for (unsigned i = 0; i < 1000; ++i) {
		ctx_buf_addf(&many, "a%u\n!b%u\n", i, i);
		ctx_buf_adds(&deep, "**/a/");
	}
	ctx_buf_adds(&deep, "x\n!y\n");
	struct ctx_git_source source = { "x", "", "", { ctx_buf_str(&many), many.len } };
	struct ctx_git_translation t = { 0 };
	struct ctx_error err;
	assert_int_equal(ctx_git_translate(&t, &source, 1, false, &err), CTX_E_LIMIT);
	ctx_git_translation_release(&t);
	source = (struct ctx_git_source){ "x", "", "a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a",
		{ ctx_buf_str(&deep), deep.len } };
	t = (struct ctx_git_translation){ 0 };
	int rc = ctx_git_translate(&t, &source, 1, false, &err);
	assert_true(rc == 0 || rc == CTX_E_LIMIT);
	ctx_git_translation_release(&t);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines),
		cmocka_unit_test(both_cases),
		cmocka_unit_test(limits),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
