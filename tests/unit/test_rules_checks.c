#include "analyzer/advice/audit.h"
#include "tests/unit/graph_text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "tests/unit/tree_text.h"

/* A Dockerfile, its context, the ignore file, and the findings of BuildKit's checks: "LINE:COLUMN SEVERITY RULE: evidence". */
static const struct row {
	const char *name, *text, *want;
	const char *tree, *ignore;
} rows[] = {
	{ .name = "names and places",
		.text = "FROM a AS B\nENV x  y\n",
		.want = "1:11 warning StageNameCasing\n2:5 warning LegacyKeyValueFormat\n" },
	{ .name = "errors", .text = "# check=error=true\nFROM a AS B\n", .want = "2:11 error StageNameCasing\n" },
	{ .name = "a file that is not valid", .text = "FROM a AS B\nFOO\n", .want = "1:11 warning StageNameCasing\n" },
	{ .name = "switched off",
		.text = "# check=skip=all\nFROM a AS B\nCOPY x /\n",
		.want = "",
		.tree = "x",
		.ignore = "y" },
	{ .name = "another rule says so",
		.text = "FROM a\nENV TOKEN=abcdef\nENV AUTH=\n",
		.want = "3:5 warning SecretsUsedInArgOrEnv\n" },
	{ .name = "variables of the image may be set", .text = "FROM a\nCOPY $GOPATH /\n", .want = "" },
	{ .name = "a global argument is not",
		.text = "ARG DIR=x\nFROM a\nCOPY $DIR/ /\n",
		.want = "3:7 warning UndefinedVar\n" },
	{ .name = "ignored",
		.text = "FROM a\nCOPY n x /d/\n",
		.want = "2:8 warning CopyIgnoredFile: .dockerignore leaves it out, so that the build fails\n",
		.tree = "n x",
		.ignore = "x\n!q" },
	{ .name = "negated",
		.text = "FROM a\nCOPY d /d\nCOPY d/y d/z /\n",
		.want = "3:10 warning CopyIgnoredFile: .dockerignore leaves it out, so that the build fails\n",
		.tree = "d/ d/y d/z",
		.ignore = "d\n!d/y" },
	{ .name = "all of a directory",
		.text = "FROM a\nCOPY d /d\n",
		.want = "2:6 warning CopyIgnoredFile: .dockerignore leaves out all 2 files of it: nothing is copied\n",
		.tree = "d/ d/y d/z",
		.ignore = "d/*" },
	{ .name = "all that a wildcard matches, but not all of another",
		.text = "FROM a\nCOPY *.c *.h /d/\n",
		.want = "2:6 warning CopyIgnoredFile: .dockerignore leaves out all 2 files of it: nothing is copied\n",
		.tree = "a.c b.c a.h b.h",
		.ignore = "*.c\na.h" },
	{ .name = "not there at all", .text = "FROM a\nCOPY q /d/\n", .want = "", .tree = "x", .ignore = "q" },
	{ .name = "an empty directory", .text = "FROM a\nCOPY d /d/\n", .want = "", .tree = "d/ x", .ignore = "x" },
	{ .name = "of a trigger",
		.text = "FROM a AS b\nONBUILD COPY x /d/\nFROM b\n",
		.want = "3:1 warning CopyIgnoredFile: .dockerignore leaves it out, so that the build fails\n",
		.tree = "x",
		.ignore = "x" },
	{ .name = "from elsewhere",
		.text = "FROM a\nCOPY --from=b x /d/\nRUN --mount=target=/m,source=x y\n",
		.want = "",
		.tree = "x",
		.ignore = "x" },
};

/* The rules of a text as an ignore file, applied. */
static struct ctx_snapshot *snapshot_of(const struct row *row) {
	struct ctx_snapshot *snap = tree_snapshot(row->tree, NULL);
	struct ctx_ignore *ignore = NULL;
	assert_int_equal(ctx_ignore_parse(&ignore, CTX_IGNORE_DOCKER, row->ignore, strlen(row->ignore), NULL), 0);
	assert_int_equal(ctx_snapshot_apply(snap, ignore, NULL), 0);
	ctx_ignore_free(ignore);
	return snap;
}

/* Findings of checks. */
static void run_row(struct ctx_buf *out, const struct row *row) {
	struct ctx_error err;
	struct ana_audit audit;
	struct ana_build_view view = { 0 };
	struct ana_graph_opts opts = { .build_platform = { .os = CTX_STR("linux"), .arch = CTX_STR("amd64") } };
	struct ctx_snapshot *snap = row->tree != NULL ? snapshot_of(row) : NULL;
	struct ana_rule_context context = { .shown = ".",
		.snap = snap,
		.ignore_file = ".dockerignore",
		.ignore_rules = 1,
		.root_fd = -1 };
	ana_audit_start(&audit, 20000);
	assert_int_equal(ana_audit_add_file(&audit, "Dockerfile", ANA_AUDIT_DOCKERFILE, CTX_STR(row->text), &err), 0);
	assert_int_equal(ana_build_view_make(&view, CTX_STR(row->text), &opts, &err), 0);
	struct ana_rule_input in = { .path = "Dockerfile",
		.model = &view.model,
		.graph = &view.graph,
		.reads = &view.reads,
		.context = snap != NULL ? &context : NULL,
		.opts = &opts,
		.today = 20000 };
	assert_int_equal(ana_audit_build(&audit, 0, &in, view.valid, &err), 0);
	assert_int_equal(ana_audit_finish(&audit, &err), 0);
	for (size_t i = 0; i < audit.findings.count; ++i) {
		const struct ana_finding *f = &audit.findings.items[i];
		if (ana_check_of(CTX_STR(f->rule->id)) < ANA_CHECK_COUNT && f->suppressed == ANA_SUPPRESSED_NOT) {
			ctx_buf_addf(out, "%u:%u %s %s%s%s\n", f->line, f->column, ana_severity_names[f->severity],
				f->rule->id, f->evidence != NULL ? ": " : "", f->evidence != NULL ? f->evidence : "");
		}
	}
	ana_build_view_release(&view);
	ana_audit_release(&audit);
	ctx_snapshot_free(snap);
}

static void checks_become_findings(void **state) {
	(void)state;
	for (size_t i = 0; i < CTX_COUNTOF(rows); ++i) {
		ctx_auto_buf struct ctx_buf out = CTX_BUF_INIT;
		run_row(&out, &rows[i]);
		if (strcmp(ctx_buf_str(&out), rows[i].want) != 0) {
			fail_msg("%s:\n%s\nnot:\n%s", rows[i].name, ctx_buf_str(&out), rows[i].want);
		}
	}
}

/* Each check has its page, in its place; names go before aliases. */
static void each_check_has_a_page(void **state) {
	(void)state;
	for (unsigned i = 0; i < ANA_CHECK_COUNT; ++i) {
		const struct ana_rule *rule = &ana_rule_checks[i];
		assert_string_equal(rule->id, ana_check_name((enum ana_check_id)i));
		assert_ptr_equal(ana_rule_find(CTX_STR(rule->id)), rule);
		assert_true(rule->summary != NULL && rule->wrong != NULL && rule->right != NULL && rule->why != NULL &&
			rule->knows != NULL);
		assert_int_equal(rule->severity,
			ANA_CHECKS_EXPERIMENTAL >> i & 1 ? ANA_SEVERITY_INFO : ANA_SEVERITY_WARNING);
	}
	assert_string_equal(ana_rule_find(CTX_STR("DL4003"))->id, "MultipleInstructionsDisallowed");
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(checks_become_findings),
		cmocka_unit_test(each_check_has_a_page),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
