#include "ctxopt/context/explain.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "ctxopt/base/alloc.h"
#include "ctxopt/base/file.h"
#include "tests/unit/scratch.h"

/** A context on disk: docs/README.md, docs/other, link -> docs, file. */
static int setup(void **state) {
	if (scratch_setup(state) < 0) {
		return -1;
	}
	bool ok = mkdir("docs", 0755) == 0 && mkdir("docs/sub", 0755) == 0 && symlink("docs", "link") == 0 &&
		scratch_text("docs/README.md", "x") && scratch_text("docs/other", "x") &&
		scratch_text("docs/sub/y", "x") && scratch_text("file", "x");
	return ok ? 0 : -1;
}

/** One question and the answer in short. */
static const struct explain_case {
	const char *name, *rules, *path;
	bool kept, excluded;
	/** Deciding rule, and the part of the path that it matched. */
	unsigned rule;
	const char *part;
	const char *kept_below, *excluded_parent;
} cases[] = {
	{ "no rules", "", "file", true, false, 0, "file", NULL, NULL },
	{ "the root", "file\n", "", true, false, 0, "", NULL, NULL },
	{ "a rule for the path", "a\nfile\n", "file", false, true, 2, "file", NULL, NULL },
	{ "a rule for a parent", "docs\n", "docs/sub/y", false, true, 1, "docs", NULL, NULL },
	{ "kept by an exception", "docs\n!docs/README.md\n", "docs/README.md", true, false, 2, "docs/README.md", NULL,
		"docs" },
	{ "present for what is kept below", "docs\n!docs/sub/y\n", "docs", true, true, 1, "docs", "docs/sub/y", NULL },
	{ "present with the directory on the way", "docs\n!docs/sub/y\n", "docs/sub", true, true, 1, "docs",
		"docs/sub/y", NULL },
	{ "nothing kept below", "docs\n!docs/nothing\n", "docs", false, true, 1, "docs", NULL, NULL },
	{ "a path that does not exist", "no\n", "no/such/path", false, true, 1, "no", NULL, NULL },
	{ "the last effective rule", "*\n!file\nfile\n", "file", false, true, 3, "file", NULL, NULL },
};

/** A string of `len` bytes, or NULL for none. */
static void assert_part(const char *path, size_t len, const char *want) {
	assert_int_equal(len, want == NULL ? 0 : strlen(want));
	if (want != NULL) {
		assert_memory_equal(path, want, len);
	}
}

/** Every case. */
static void answers_are_right(void **state) {
	(void)state;
	ctx_auto_fd int fd = open(".", O_RDONLY | O_DIRECTORY);
	for (size_t i = 0; i < CTX_COUNTOF(cases); ++i) {
		const struct explain_case *c = &cases[i];
		struct ctx_ignore *ig = NULL;
		struct ctx_explanation e;
		assert_int_equal(ctx_ignore_parse(&ig, CTX_IGNORE_DOCKER, c->rules, strlen(c->rules), NULL), 0);
		struct ctx_explain_opts opts = { .root_fd = fd, .ig = ig };
		assert_int_equal(ctx_explain(&e, &opts, c->path, false, NULL), 0);
		if (e.kept != c->kept || e.excluded != c->excluded || e.rule != c->rule) {
			fail_msg("%s: kept %d, excluded %d, rule %u", c->name, e.kept, e.excluded, e.rule);
		}
		assert_part(e.path, e.rule_path_len, c->part);
		assert_part(e.kept_below, e.kept_below_len, c->kept_below);
		assert_part(e.path, e.excluded_parent_len, c->excluded_parent);
		ctx_explanation_release(&e);
		ctx_ignore_free(ig);
	}
}

/** What a path is, and that links on the way end it. */
static void files_are_looked_at(void **state) {
	(void)state;
	static const struct {
		const char *path;
		bool dir, exists;
		int kind;
		const char *link;
	} rows[] = {
		{ "file", false, true, CTX_KIND_FILE, NULL },
		{ "docs", false, true, CTX_KIND_DIR, NULL },
		{ "link", false, true, CTX_KIND_SYMLINK, NULL },
		{ "link/README.md", false, false, CTX_KIND_FILE, "link" },
		{ "file/x", false, false, CTX_KIND_FILE, NULL },
		{ "nothing", true, false, CTX_KIND_DIR, NULL },
	};
	ctx_auto_fd int fd = open(".", O_RDONLY | O_DIRECTORY);
	struct ctx_explain_opts opts = { .root_fd = fd };
	for (size_t i = 0; i < CTX_COUNTOF(rows); ++i) {
		struct ctx_explanation e;
		assert_int_equal(ctx_explain(&e, &opts, rows[i].path, rows[i].dir, NULL), 0);
		assert_int_equal(e.exists, rows[i].exists);
		assert_int_equal(e.kind, rows[i].kind);
		assert_part(e.path, e.symlink_parent_len, rows[i].link);
		ctx_explanation_release(&e);
	}
}

/** Every rule that touched the path or a parent, parents first. */
static void touches_are_listed(void **state) {
	(void)state;
	static const char rules[] = "docs\n!docs/README.md\ndocs\nfile\n";
	ctx_auto_fd int fd = open(".", O_RDONLY | O_DIRECTORY);
	struct ctx_ignore *ig = NULL;
	struct ctx_explanation e;
	assert_int_equal(ctx_ignore_parse(&ig, CTX_IGNORE_DOCKER, rules, sizeof(rules) - 1, NULL), 0);
	struct ctx_explain_opts opts = { .root_fd = fd, .ig = ig };
	assert_int_equal(ctx_explain(&e, &opts, "docs/README.md", false, NULL), 0);
	static const struct ctx_touch want[] = {
		{ .path_len = 4, .rule = 1, .how = CTX_TRACE_MATCHED, .excluded = true },
		{ .path_len = 4, .rule = 3, .how = CTX_TRACE_SKIPPED, .excluded = true },
		{ .path_len = 14, .rule = 1, .how = CTX_TRACE_INHERITED, .excluded = true },
		{ .path_len = 14, .rule = 2, .how = CTX_TRACE_MATCHED, .excluded = false },
	};
	assert_int_equal(e.touches.count, CTX_COUNTOF(want));
	for (size_t i = 0; i < CTX_COUNTOF(want); ++i) {
		assert_int_equal(e.touches.items[i].path_len, want[i].path_len);
		assert_int_equal(e.touches.items[i].rule, want[i].rule);
		assert_int_equal(e.touches.items[i].how, want[i].how);
		assert_int_equal(e.touches.items[i].excluded, want[i].excluded);
	}
	assert_true(e.refused); // line 3 counts when the file is opened
	assert_int_equal(e.refused_rule, 3);
	ctx_explanation_release(&e);
	ctx_ignore_free(ig);
}

/** Git reads the same rules in its own way. */
static void git_is_asked(void **state) {
	(void)state;
	static const char rules[] = "*.log\n";
	ctx_auto_fd int fd = open(".", O_RDONLY | O_DIRECTORY);
	struct ctx_ignore *ig = NULL;
	struct ctx_explanation e;
	assert_int_equal(ctx_ignore_parse(&ig, CTX_IGNORE_DOCKER, rules, sizeof(rules) - 1, NULL), 0);
	struct ctx_explain_opts opts = { .root_fd = fd,
		.ig = ig,
		.ignore_text = rules,
		.ignore_text_len = sizeof(rules) - 1 };
	assert_int_equal(ctx_explain(&e, &opts, "sub/a.log", false, NULL), 0);
	assert_true(e.kept);
	assert_true(e.git_reads);
	assert_true(e.git_reads_ignored);
	assert_false(e.git_knows);
	ctx_explanation_release(&e);
	ctx_ignore_free(ig);
}

/** Out of memory at every place. */
static void out_of_memory_is_reported(void **state) {
	(void)state;
	static const char rules[] = "docs\n!docs/sub/y\n";
	ctx_auto_fd int fd = open(".", O_RDONLY | O_DIRECTORY);
	struct ctx_ignore *ig = NULL;
	assert_int_equal(ctx_ignore_parse(&ig, CTX_IGNORE_DOCKER, rules, sizeof(rules) - 1, NULL), 0);
	struct ctx_explain_opts opts = { .root_fd = fd, .ig = ig };
	int rc = CTX_E_NOMEM;
	for (long n = 0; rc == CTX_E_NOMEM && n < 2000; ++n) {
		struct ctx_explanation e;
		ctx_alloc_fail_after(n);
		rc = ctx_explain(&e, &opts, "docs", false, NULL);
		ctx_alloc_fail_after(-1);
		ctx_explanation_release(&e);
	}
	assert_int_equal(rc, 0);
	ctx_ignore_free(ig);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(answers_are_right, setup, scratch_teardown),
		cmocka_unit_test_setup_teardown(files_are_looked_at, setup, scratch_teardown),
		cmocka_unit_test_setup_teardown(touches_are_listed, setup, scratch_teardown),
		cmocka_unit_test_setup_teardown(git_is_asked, setup, scratch_teardown),
		cmocka_unit_test_setup_teardown(out_of_memory_is_reported, setup, scratch_teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
