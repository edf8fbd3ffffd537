#include "analyzer/advice/audit.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

/** 2026-01-31. */
#define TODAY 20484

/** Audit one Dockerfile without a context. */
static void audit_text(struct ana_audit *audit, const char *text) {
	struct ctx_error err;
	struct ana_build_view view = { 0 };
	struct ana_graph_opts opts = { 0 };
	ana_audit_start(audit, TODAY);
	assert_int_equal(ana_audit_add_file(audit, "Dockerfile", ANA_AUDIT_DOCKERFILE, CTX_STR(text), &err), 0);
	assert_int_equal(ana_build_view_make(&view, CTX_STR(text), &opts, &err), 0);
	struct ana_rule_input in = { .path = "Dockerfile",
		.model = &view.model,
		.graph = &view.graph,
		.reads = &view.reads,
		.made_up = view.made_up,
		.today = TODAY };
	assert_int_equal(ana_audit_build(audit, 0, &in, view.valid, &err), 0);
	// A second build of the same file says nothing new
	assert_int_equal(ana_audit_build(audit, 0, &in, view.valid, &err), 0);
	assert_int_equal(ana_audit_finish(audit, &err), 0);
	ana_build_view_release(&view);
}

/** How many findings of a rule there are. */
static size_t count(const struct ana_audit *audit, const char *rule) {
	size_t n = 0;
	for (size_t i = 0; i < audit->findings.count; ++i) {
		n += strcmp(audit->findings.items[i].rule->id, rule) == 0;
	}
	return n;
}

static void rules_have_pages(void **state) {
	(void)state;
	size_t n;
	const struct ana_rule *const *rules = ana_rules(&n);
	for (size_t i = 0; i < n; ++i) {
		assert_ptr_equal(ana_rule_find(CTX_STR(rules[i]->id)), rules[i]);
		assert_non_null(rules[i]->summary);
		assert_true(rules[i]->dockerfile == NULL || (rules[i]->why != NULL && rules[i]->knows != NULL));
		assert_true(rules[i]->summary[strlen(rules[i]->summary) - 1] != '.');
	}
	assert_ptr_equal(ana_rule_find(CTX_STR("dl3007")), &ana_rule_image_not_pinned);
	assert_null(ana_rule_find(CTX_STR("nonsense")));
	assert_null(ana_rule_find(CTX_STR("")));
}

static void findings_are_merged_and_sorted(void **state) {
	(void)state;
	struct ana_audit audit;
	audit_text(&audit, "FROM debian\nENV A_TOKEN=hunter2XYZ\n");
	assert_int_equal(count(&audit, "image-not-pinned"), 1);
	assert_int_equal(count(&audit, "secret-in-image"), 1);
	for (size_t i = 1; i < audit.findings.count; ++i) {
		assert_true(audit.findings.items[i - 1].line <= audit.findings.items[i].line);
	}
	assert_int_equal(ana_audit_worst(&audit)->severity, ANA_SEVERITY_ERROR);
	ana_audit_release(&audit);
}

static void open_arguments_are_made_up(void **state) {
	(void)state;
	struct ana_audit audit;
	audit_text(&audit, "ARG BASE\nFROM $BASE\nENV A_TOKEN=hunter2XYZ\n");
	assert_int_equal(count(&audit, "image-not-pinned"), 0);
	assert_int_equal(count(&audit, "secret-in-image"), 1);
	ana_audit_release(&audit);
}

/** A line as it may be shown, with what is marked in brackets. */
static void assert_line(const struct ana_audit *audit, uint32_t line, uint32_t column, uint32_t length,
	const char *want) {
	ctx_auto_buf struct ctx_buf text = CTX_BUF_INIT, shown = CTX_BUF_INIT;
	ana_audit_line(&text, &audit->files.items[0], line, &column, &length);
	ctx_buf_addf(&shown, "%.*s[%.*s]%s", (int)column - 1, ctx_buf_str(&text), (int)length,
		ctx_buf_str(&text) + column - 1, ctx_buf_str(&text) + column - 1 + length);
	assert_string_equal(ctx_buf_str(&shown), want);
}

static void values_are_hidden(void **state) {
	(void)state;
	struct ana_audit audit;
	audit_text(&audit,
		"FROM debian:12\nENV A_TOKEN=hunter2XYZ B=1 C_TOKEN=\"x y Zq9\" \\\n  D_TOKEN=zzzzAAAA11\nRUN echo hunter2XYZ\n");
	assert_line(&audit, 2, 13, 10, "ENV A_TOKEN=[***] B=1 C_TOKEN=\"***\" \\");
	assert_line(&audit, 2, 1, 3, "[ENV] A_TOKEN=*** B=1 C_TOKEN=\"***\" \\");
	assert_line(&audit, 2, 24, 3, "ENV A_TOKEN=*** [B=1] C_TOKEN=\"***\" \\");
	assert_line(&audit, 3, 11, 10, "  D_TOKEN=[***]");
	assert_line(&audit, 1, 6, 9, "FROM [debian:12]");
	assert_line(&audit, 4, 1, 3, "[RUN] echo ***");
	ctx_auto_buf struct ctx_buf beyond = CTX_BUF_INIT;
	ana_audit_line(&beyond, &audit.files.items[0], 99, NULL, NULL);
	assert_int_equal(beyond.len, 0);
	ana_audit_release(&audit);
}

static void baselines_survive_moves(void **state) {
	(void)state;
	struct ana_audit audit, moved;
	struct ctx_error err;
	ctx_auto_buf struct ctx_buf base = CTX_BUF_INIT;
	audit_text(&audit, "FROM debian\nENV A_TOKEN=hunter2XYZ\nCMD [\"/a\"]\n");
	assert_int_equal(ana_baseline_write(&base, &audit, &err), 0);
	assert_null(strstr(ctx_buf_str(&base), "hunter2XYZ"));
	audit_text(&moved, "# comment\n\nFROM   debian\nENV A_TOKEN=hunter2XYZ\nUSER root\nCMD [\"/a\"]\n");
	assert_int_equal(ana_baseline_apply(&moved, (struct ctx_str){ base.data, base.len }, "base", &err), 0);
	for (size_t i = 0; i < moved.findings.count; ++i) {
		const struct ana_finding *f = &moved.findings.items[i];
		bool is_new = strcmp(f->rule->id, "runs-as-root") == 0;
		assert_int_equal(f->suppressed, is_new ? ANA_SUPPRESSED_NOT : ANA_SUPPRESSED_BASELINE);
	}
	assert_int_equal(ana_baseline_apply(&moved, CTX_STR("# ok\nzz\n"), "base", &err), CTX_E_SYNTAX);
	assert_int_equal(err.line, 2);
	ana_audit_release(&audit);
	ana_audit_release(&moved);
}

static void patterns_match_paths(void **state) {
	(void)state;
	static const struct {
		const char *pattern, *path;
		bool matches;
	} rows[] = {
		{ "tests", "tests/a/Dockerfile", true },
		{ "tests", "x/tests/Dockerfile", true },
		{ "tests", "x/mytests/Dockerfile", false },
		{ "/tests", "tests/Dockerfile", true },
		{ "/tests", "x/tests/Dockerfile", false },
		{ "tests/**", "a/b/tests/c/d", true },
		{ "/a/**/d", "a/d", true },
		{ "/a/**/d", "a/b/c/d", true },
		{ "/a/**/d", "a/b/c/e", false },
		{ "a/*/c", "x/a/b/c", true },
		{ "a/*/c", "a/b/b/c", false },
		{ "a/b", "a/a/b", true },
		{ "**/x/**/y", "x/a/x/b/y", true },
		{ "*.prod", "a/Dockerfile.prod", true },
		{ "?ockerfile", "../a/Dockerfile", true },
		{ "a/", "b/a/Dockerfile", true },
		{ "[", "a", false },
		{ "/", "a", true },
	};
	for (size_t i = 0; i < CTX_COUNTOF(rows); ++i) {
		bool matches = ana_except_matches(CTX_STR(rows[i].pattern), CTX_STR(rows[i].path));
		if (matches != rows[i].matches) {
			fail_msg("'%s' and '%s'", rows[i].pattern, rows[i].path);
		}
	}
}

static void exceptions_suppress_what_they_speak_of(void **state) {
	(void)state;
	static const struct {
		const char *except;
		int rc;
		size_t suppressed;
	} rows[] = {
		{ "image-not-pinned;path=Dockerfile", 0, 1 },
		{ "image-not-pinned;path=/Docker*", 0, 1 },
		{ "image-not-pinned;path=**/x/**", 0, 0 },
		{ "DL3006;kind=image", 0, 1 },
		{ "image-not-pinned, runs-as-root ;name=deb*", 0, 1 },
		{ "image-not-pinned;kind=service", 0, 0 },
		{ "image-not-pinned;path=Dockerfile;until=2026-01-30", 0, 0 },
		{ "image-not-pinned;path=Dockerfile;until=2026-01-31", 0, 1 },
		{ "secret-in-image;path=Dockerfile;reason=of tests", 0, 1 },
		{ "nonsense", CTX_E_USAGE, 0 },
		{ "", CTX_E_USAGE, 0 },
		{ "image-not-pinned,", 0, 1 },
		{ "image-not-pinned;kind=pod", CTX_E_USAGE, 0 },
		{ "image-not-pinned;path", CTX_E_USAGE, 0 },
		{ "image-not-pinned;where=here", CTX_E_USAGE, 0 },
		{ "image-not-pinned;until=2026-02-30", CTX_E_USAGE, 0 },
	};
	for (size_t i = 0; i < CTX_COUNTOF(rows); ++i) {
		struct ana_audit audit;
		struct ana_except e;
		struct ctx_error err;
		size_t suppressed = 0;
		audit_text(&audit, "FROM debian\nENV A_TOKEN=hunter2XYZ\nCMD [\"/a\"]\n");
		int rc = ana_except_parse(&e, CTX_STR(rows[i].except), &err);
		assert_true(rc < 0 || ana_audit_except(&audit, &e, &err) == 0);
		for (size_t k = 0; k < audit.findings.count; ++k) {
			suppressed += audit.findings.items[k].suppressed == ANA_SUPPRESSED_CONFIG;
		}
		if (rc != rows[i].rc || suppressed != rows[i].suppressed) {
			fail_msg("'%s': %d, %zu", rows[i].except, rc, suppressed);
		}
		ana_audit_release(&audit);
	}
}

static void wrong_pragmas_are_told_once(void **state) {
	(void)state;
	struct ana_audit audit;
	audit_text(&audit,
		"# ctxopt ignore=runs-as-rot,DL3059,SC2086\nFROM debian\n# ctxopt ignore=x;untl=2026-01-31\nUSER 1\n");
	assert_int_equal(audit.files.items[0].problems.count, 2);
	assert_int_equal(audit.files.items[0].problems.items[0].line, 3);
	assert_non_null(strstr(audit.files.items[0].problems.items[1].message, "'runs-as-rot'"));
	ana_audit_release(&audit);
}

int main(void) {
	const struct CMUnitTest tests[] = { cmocka_unit_test(rules_have_pages),
		cmocka_unit_test(findings_are_merged_and_sorted), cmocka_unit_test(open_arguments_are_made_up),
		cmocka_unit_test(values_are_hidden), cmocka_unit_test(baselines_survive_moves),
		cmocka_unit_test(patterns_match_paths), cmocka_unit_test(exceptions_suppress_what_they_speak_of),
		cmocka_unit_test(wrong_pragmas_are_told_once) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
