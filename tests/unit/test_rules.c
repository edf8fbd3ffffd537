#include "ctxopt/context/rules.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "ctxopt/base/alloc.h"
#include "ctxopt/context/emptied.h"
#include "tests/unit/snap.h"

/** Paths, separated by blanks, into a snapshot; each file has 10 bytes. */
static struct ctx_snapshot *make(const char *paths, const struct ctx_ignore *ig) {
	struct ctx_snapshot *snap = ctx_snapshot_new(1);
	assert_non_null(snap);
	while (*paths != '\0') {
		size_t len = strcspn(paths, " ");
		char path[64];
		snprintf(path, sizeof(path), "%.*s", (int)len, paths);
		assert_int_equal(snap_file(snap, path, 10), 0);
		paths += len + (paths[len] == ' ' ? 1 : 0);
	}
	assert_int_equal(ctx_snapshot_seal(snap, NULL), 0);
	assert_int_equal(ctx_snapshot_apply(snap, ig, NULL), 0);
	return snap;
}

/** What each rule amounts to, a letter for its state: works, overruled, look-up, shadowed, unseen, unmatched (-). */
static const struct rules_case {
	const char *name, *rules, *paths, *states;
} cases[] = {
	{ "one that works", "*.o\n", "a.o b.c", "w" },
	{ "one that matches nothing", "*.o\n", "b.c", "-" },
	{ "the same twice", "*.o\n*.o\n", "a.o", "ws" },
	{ "exception that works", "*.o\n!a.o\n", "a.o b.o", "ww" },
	{ "exception that takes all back", "*.o\n!*.o\n", "a.o", "ow" },
	{ "exception with nothing to take back", "*.o\n!b.c\n", "a.o b.c", "ws" },
	{ "exception before the rule", "!a.o\n*.o\n", "a.o", "sw" },
	{ "below an excluded directory", "d\nd/x\n", "d/x", "ws" },
	{ "exception for a directory that is not excluded", "**/*.md\n!docs\n", "docs/a.md", "ws" },
	{ "skipped by the walk, not by the look-up", "a\n!a/b\na\n", "a/b/c a/d", "wwl" },
	{ "exception that only the look-up needs", "a\n!a/b\na\n!a/b\n", "a/b/c a/d", "wwsl" },
};

/** State of every rule in every case. */
static void states_are_right(void **state) {
	(void)state;
	static const char letters[] = { 'w', 'o', 'l', 's', 'u', '-' };
	for (size_t i = 0; i < CTX_COUNTOF(cases); ++i) {
		struct ctx_ignore *ig = NULL;
		assert_int_equal(ctx_ignore_parse(&ig, CTX_IGNORE_DOCKER, cases[i].rules, strlen(cases[i].rules), NULL),
			0);
		struct ctx_snapshot *snap = make(cases[i].paths, ig);
		ctx_auto_rule_facts struct ctx_rule_facts facts = { 0 };
		assert_int_equal(ctx_rule_facts_make(&facts, snap, ig, NULL), 0);
		char got[16] = "";
		size_t dead = 0;
		for (size_t k = 0; k < facts.count; ++k) {
			got[k] = letters[facts.items[k].state];
			dead += facts.items[k].dead;
			assert_int_equal(facts.items[k].dead, strchr("su-", got[k]) != NULL);
		}
		if (strcmp(got, cases[i].states) != 0) {
			fail_msg("%s: %s instead of %s", cases[i].name, got, cases[i].states);
		}
		assert_int_equal(facts.dead, dead);
		ctx_snapshot_free(snap);
		ctx_ignore_free(ig);
	}
}

/** Bytes and counts go to the rule that decided; the one that shadows is named by its line. */
static void counts_are_right(void **state) {
	(void)state;
	static const char rules[] = "# comment\nd\n!d/keep\n*.o\n\na.o\n";
	struct ctx_ignore *ig = NULL;
	assert_int_equal(ctx_ignore_parse(&ig, CTX_IGNORE_DOCKER, rules, sizeof(rules) - 1, NULL), 0);
	struct ctx_snapshot *snap = make("d/x d/e/y d/keep/z a.o b.o c", ig);
	ctx_auto_rule_facts struct ctx_rule_facts facts = { 0 };
	assert_int_equal(ctx_rule_facts_make(&facts, snap, ig, NULL), 0);
	assert_int_equal(facts.count, 4);
	assert_int_equal(facts.items[0].excluded.files, 2);
	assert_int_equal(facts.items[0].excluded.dirs, 1); // d itself is there for d/keep
	assert_int_equal(facts.items[0].excluded.bytes, 20);
	assert_int_equal(facts.items[1].kept.files, 1);
	assert_int_equal(facts.items[1].kept.dirs, 1);
	assert_int_equal(facts.items[2].excluded.bytes, 20);
	assert_int_equal(facts.items[3].state, CTX_RULE_SHADOWED);
	assert_int_equal(facts.items[3].shadowed_by_line, 4);
	assert_int_equal(facts.shadowed, 1);
	ctx_snapshot_free(snap);
	ctx_ignore_free(ig);
}

/** No rules, no facts. */
static void nothing_without_rules(void **state) {
	(void)state;
	struct ctx_snapshot *snap = make("a", NULL);
	ctx_auto_rule_facts struct ctx_rule_facts facts = { 0 };
	assert_int_equal(ctx_rule_facts_make(&facts, snap, NULL, NULL), 0);
	assert_int_equal(facts.count, 0);
	ctx_snapshot_free(snap);
}

/** Files that arrive empty: the look-up refuses them, and its rule is named. */
static void emptied_files_are_found(void **state) {
	(void)state;
	static const char rules[] = "a\n!a/b\na\n";
	struct ctx_ignore *ig = NULL;
	assert_int_equal(ctx_ignore_parse(&ig, CTX_IGNORE_DOCKER, rules, sizeof(rules) - 1, NULL), 0);
	struct ctx_snapshot *snap = make("a/b/c a/b/d a/x f", ig);
	ctx_auto_emptied struct ctx_emptied all = { 0 };
	assert_int_equal(ctx_emptied_find(&all, snap, ig, 1, NULL), 0);
	assert_int_equal(all.count, 2);
	assert_int_equal(all.bytes, 20);
	assert_int_equal(all.files.count, 1);
	assert_string_equal(all.files.items[0].path, "a/b/c");
	assert_int_equal(all.files.items[0].rule, 3);
	ctx_snapshot_free(snap);
	ctx_ignore_free(ig);
}

/** The look-up tries parents, and has no memory of the walk. */
static void look_up_tries_parents(void **state) {
	(void)state;
	static const struct {
		const char *rules, *path;
		unsigned rule;
		bool excluded;
	} rows[] = {
		{ "a\n", "a/b/c", 1, true },
		{ "a\n!a/b\n", "a/b/c", 2, false },
		{ "a\n!a/b\na\n", "a/b/c", 3, true },
		{ "**/*.md\n!docs\n", "docs/r.md", 2, false },
		{ "x\n", "a", 0, false },
		{ "", "a", 0, false },
	};
	for (size_t i = 0; i < CTX_COUNTOF(rows); ++i) {
		struct ctx_ignore *ig = NULL;
		uint32_t rule = 99;
		bool excluded = !rows[i].excluded;
		assert_int_equal(ctx_ignore_parse(&ig, CTX_IGNORE_DOCKER, rows[i].rules, strlen(rows[i].rules), NULL),
			0);
		assert_int_equal(ctx_ignore_look_up(ig, rows[i].path, &rule, &excluded, NULL), 0);
		assert_int_equal(rule, rows[i].rule);
		assert_int_equal(excluded, rows[i].excluded);
		ctx_ignore_free(ig);
	}
}

/** Out of memory at every place. */
static void out_of_memory_is_reported(void **state) {
	(void)state;
	static const char rules[] = "a\n!a/b\na\n";
	struct ctx_ignore *ig = NULL;
	assert_int_equal(ctx_ignore_parse(&ig, CTX_IGNORE_DOCKER, rules, sizeof(rules) - 1, NULL), 0);
	struct ctx_snapshot *snap = make("a/b/c a/x", ig);
	int rc = CTX_E_NOMEM;
	for (long n = 0; rc == CTX_E_NOMEM && n < 2000; ++n) {
		struct ctx_rule_facts facts;
		struct ctx_emptied emptied;
		ctx_alloc_fail_after(n);
		rc = ctx_rule_facts_make(&facts, snap, ig, NULL);
		int rc2 = ctx_emptied_find(&emptied, snap, ig, 0, NULL);
		ctx_alloc_fail_after(-1);
		ctx_rule_facts_release(&facts);
		ctx_emptied_release(&emptied);
		rc = rc < 0 ? rc : rc2;
	}
	assert_int_equal(rc, 0);
	ctx_snapshot_free(snap);
	ctx_ignore_free(ig);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(states_are_right),
		cmocka_unit_test(counts_are_right),
		cmocka_unit_test(nothing_without_rules),
		cmocka_unit_test(emptied_files_are_found),
		cmocka_unit_test(look_up_tries_parents),
		cmocka_unit_test(out_of_memory_is_reported),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
