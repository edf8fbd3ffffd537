#include "analyzer/advice/suggest_ignore.h"

#include "ctxopt/base/alloc.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "tests/unit/snap.h"

/** A context with a repository's directory, and one that no step reads; a build with one step that takes the rest. */
struct lab {
	struct ctx_snapshot *snap;
	struct ana_graph graph;
	struct ana_read read;
	struct ana_ignore_read reads[1];
	struct ana_ignore_view view;
	struct ana_ignore_evidence evidence;
	uint64_t bits[1], wanted[1];
};

/** Number of a path. */
static size_t number_of(struct lab *lab, const char *path) {
	struct ctx_cursor c = ctx_cursor_at(lab->snap->root.dir);
	for (const struct ctx_entry *e; (e = ctx_cursor_next(&c)) != NULL;) {
		ctx_auto_buf struct ctx_buf text = CTX_BUF_INIT;
		ctx_entry_path(&text, c.dir, e);
		if (strcmp(ctx_buf_str(&text), path) == 0) {
			return ana_ignore_entry(c.dir, e);
		}
	}
	fail_msg("no entry %s", path);
	return 0;
}

/** Make it. */
static void make(struct lab *lab) {
	static struct ana_vertex copy = { .op = ANA_OP_FILE };
	static const char *const paths[] = { ".git/a", "docs/b", "docs/deep/c", "src/d" };
	*lab = (struct lab){ .snap = ctx_snapshot_new(1) };
	assert_non_null(lab->snap);
	for (size_t i = 0; i < CTX_COUNTOF(paths); ++i) {
		assert_int_equal(snap_file(lab->snap, paths[i], 20000), 0);
	}
	assert_int_equal(ctx_snapshot_seal(lab->snap, NULL), 0);
	lab->evidence.entry_count = ana_ignore_number(lab->snap);
	assert_int_equal(lab->evidence.entry_count, 8);
	lab->wanted[0] = 0xff;
	lab->bits[0] = 0xff &
		~((uint64_t)1 << number_of(lab, "docs") | (uint64_t)1 << number_of(lab, "docs/b") |
			(uint64_t)1 << number_of(lab, "docs/deep") | (uint64_t)1 << number_of(lab, "docs/deep/c"));
	lab->graph.vertices.items = &copy;
	lab->graph.vertices.count = 1;
	lab->read.path = CTX_STR("/");
	lab->reads[0] = (struct ana_ignore_read){ &lab->read, lab->bits };
	lab->view = (struct ana_ignore_view){ .dockerfile = "Dockerfile",
		.graph = &lab->graph,
		.reads = lab->reads,
		.read_count = 1 };
	lab->evidence.snap = lab->snap;
	lab->evidence.views = &lab->view;
	lab->evidence.view_count = 1;
	lab->evidence.wanted = lab->wanted;
	lab->evidence.repo_prefix = "";
	lab->evidence.root_fd = -1;
}

/** Apply the proposal, and check it against what is then read: the same bits without what is gone, or as the test has changed them. */
static size_t check(struct lab *lab, struct ana_ignore_proposal *p, uint64_t flipped) {
	ctx_auto_buf struct ctx_buf text = CTX_BUF_INIT;
	struct ctx_ignore *ig = NULL;
	uint64_t bits[1] = { 0 };
	size_t failed = 99;
	assert_int_equal(ana_ignore_text(&text, p, CTX_STR(""), ANA_PROOF_REVIEW, NULL), 0);
	assert_int_equal(ctx_ignore_parse(&ig, CTX_IGNORE_DOCKER, ctx_buf_str(&text), text.len, NULL), 0);
	assert_int_equal(ctx_snapshot_apply(lab->snap, ig, NULL), 0);
	struct ctx_cursor c = ctx_cursor_at(lab->snap->root.dir);
	for (const struct ctx_entry *e; (e = ctx_cursor_next(&c)) != NULL;) {
		uint64_t bit = (uint64_t)1 << ana_ignore_entry(c.dir, e);
		bits[0] |= ctx_entry_kept(e) ? lab->bits[0] & bit : 0;
	}
	bits[0] ^= flipped;
	struct ana_ignore_read reads[] = { { &lab->read, bits } };
	struct ana_ignore_view after = { .reads = reads, .read_count = 1 };
	assert_int_equal(ana_ignore_check(p, &lab->evidence, &after, 0, &failed, NULL), 0);
	ctx_ignore_free(ig);
	return failed;
}

/** What is proposed, and passes. */
static void rules_pass(void **state) {
	(void)state;
	struct lab lab;
	struct ana_ignore_proposal p = { 0 };
	make(&lab);
	assert_int_equal(ana_ignore_suggest(&p, &lab.evidence, NULL), 0);
	assert_int_equal(p.rules.count, 2);
	assert_string_equal(p.rules.items[0].pattern, ".git");
	assert_int_equal(p.rules.items[0].proof, ANA_PROOF_REVIEW);
	assert_string_equal(p.rules.items[1].pattern, "docs");
	assert_int_equal(p.rules.items[1].proof, ANA_PROOF_IDENTICAL);
	assert_int_equal(p.rules.items[1].totals.bytes, 40000);
	assert_int_equal(check(&lab, &p, 0), 0);
	assert_int_equal(p.rules.count, 2);
	ana_ignore_release(&p);
	ctx_snapshot_free(lab.snap);
}

/** A step that reads less, or more, than before: nothing is proposed. */
static void other_reads_fail(void **state) {
	(void)state;
	for (unsigned n = 0; n < 2; ++n) {
		struct lab lab;
		struct ana_ignore_proposal p = { 0 };
		make(&lab);
		assert_int_equal(ana_ignore_suggest(&p, &lab.evidence, NULL), 0);
		assert_int_equal(check(&lab, &p, (uint64_t)1 << number_of(&lab, n == 0 ? "src/d" : "docs/b")), 2);
		assert_int_equal(p.rules.count, 0);
		assert_int_equal(p.held.count, 2);
		ana_ignore_release(&p);
		ctx_snapshot_free(lab.snap);
	}
}

/** A rule that leaves out more than its places, or less, is given up, and only that one. */
static void wrong_rules_fail(void **state) {
	(void)state;
	static const char *const patterns[] = { "*", "nothing", "docs/deep", "**/d*" };
	for (size_t i = 0; i < CTX_COUNTOF(patterns); ++i) {
		struct lab lab;
		struct ana_ignore_proposal p = { 0 };
		make(&lab);
		assert_int_equal(ana_ignore_suggest(&p, &lab.evidence, NULL), 0);
		p.rules.items[1].pattern = patterns[i];
		assert_int_equal(check(&lab, &p, 0), 1);
		assert_int_equal(p.rules.count, 1);
		assert_string_equal(p.rules.items[0].pattern, ".git");
		assert_int_equal(check(&lab, &p, 0), 0);
		ana_ignore_release(&p);
		ctx_snapshot_free(lab.snap);
	}
}

/** A rule that says identical and takes something from a step. */
static void false_proof_fails(void **state) {
	(void)state;
	struct lab lab;
	struct ana_ignore_proposal p = { 0 };
	make(&lab);
	assert_int_equal(ana_ignore_suggest(&p, &lab.evidence, NULL), 0);
	lab.bits[0] |= (uint64_t)1 << number_of(&lab, "docs/b");
	assert_int_equal(check(&lab, &p, 0), 1);
	assert_string_equal(p.rules.items[0].pattern, ".git");
	ana_ignore_release(&p);
	ctx_snapshot_free(lab.snap);
}

/** Old lines stay, whatever their ends. */
static void texts_are_kept(void **state) {
	(void)state;
	static const struct {
		const char *old, *want;
	} rows[] = {
		{ "", "# Proposed by ctxopt ignore: version control\n.git\n# read by no step\ndocs\n" },
		{ "a\n", "a\n\n# Proposed by ctxopt ignore: version control\n.git\n# read by no step\ndocs\n" },
		{ "a", "a\n\n# Proposed by ctxopt ignore: version control\n.git\n# read by no step\ndocs\n" },
		{ "a\r\n",
			"a\r\n\r\n# Proposed by ctxopt ignore: version control\r\n.git\r\n# read by no step\r\ndocs\r\n" },
		{ "a\r\nb",
			"a\r\nb\r\n\r\n# Proposed by ctxopt ignore: version control\r\n.git\r\n# read by no step\r\ndocs\r\n" },
	};
	struct lab lab;
	struct ana_ignore_proposal p = { 0 };
	make(&lab);
	assert_int_equal(ana_ignore_suggest(&p, &lab.evidence, NULL), 0);
	for (size_t i = 0; i < CTX_COUNTOF(rows); ++i) {
		ctx_auto_buf struct ctx_buf text = CTX_BUF_INIT;
		assert_int_equal(ana_ignore_text(&text, &p, CTX_STR(rows[i].old), ANA_PROOF_REVIEW, NULL), 0);
		assert_string_equal(ctx_buf_str(&text), rows[i].want);
	}
	ctx_auto_buf struct ctx_buf sure = CTX_BUF_INIT;
	assert_int_equal(ana_ignore_text(&sure, &p, CTX_STR(""), ANA_PROOF_IDENTICAL, NULL), 0);
	assert_string_equal(ctx_buf_str(&sure), "# Proposed by ctxopt ignore: read by no step\ndocs\n");
	ana_ignore_release(&p);
	ctx_snapshot_free(lab.snap);
}

/** Out of memory at every place. */
static void out_of_memory_is_reported(void **state) {
	(void)state;
	struct lab lab;
	make(&lab);
	int rc = CTX_E_NOMEM;
	for (long n = 0; rc == CTX_E_NOMEM && n < 200; ++n) {
		struct ana_ignore_proposal p = { 0 };
		ctx_alloc_fail_after(n);
		rc = ana_ignore_suggest(&p, &lab.evidence, NULL);
		ctx_alloc_fail_after(-1);
		ana_ignore_release(&p);
	}
	assert_int_equal(rc, 0);
	ctx_snapshot_free(lab.snap);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rules_pass),
		cmocka_unit_test(other_reads_fail),
		cmocka_unit_test(wrong_rules_fail),
		cmocka_unit_test(false_proof_fails),
		cmocka_unit_test(texts_are_kept),
		cmocka_unit_test(out_of_memory_is_reported),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
