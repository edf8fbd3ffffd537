/* What the conformance suite cannot see: who decided, what was skipped, and what need not be opened. */
#include "ctxopt/context/matcher.h"

#include "ctxopt/base/alloc.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

/* A matcher taken down a path component by component; the last component is tested, the others are entered. */
struct fixture {
	struct ctx_ignore *ig;
	struct ctx_matcher *m;
	struct ctx_arena arena;
	struct ctx_decision decision;
};

static void release(struct fixture *f) {
	ctx_matcher_free(f->m);
	ctx_ignore_free(f->ig);
	ctx_arena_release(&f->arena);
}

static int start(struct fixture *f, enum ctx_ignore_syntax syntax, const char *rules) {
	*f = (struct fixture){ 0 };
	int rc = ctx_ignore_parse(&f->ig, syntax, rules, strlen(rules), NULL);
	return rc < 0 ? rc : ctx_matcher_new(&f->m, f->ig, NULL);
}

static int walk_to(struct fixture *f, const char *path, struct ctx_error *err) {
	const struct ctx_scope *scope = &ctx_scope_root;
	size_t dir = 0;
	for (;;) {
		size_t len = strcspn(path + dir, "/");
		int rc = ctx_matcher_enter(f->m, scope, path, dir ? dir - 1 : 0, err);
		if (rc == 0) {
			rc = ctx_matcher_test(f->m, path + dir, len, &f->decision, err);
		}
		if (rc < 0 || path[dir + len] == '\0') {
			return rc;
		}
		scope = ctx_matcher_descend(f->m, &f->decision, &f->arena);
		if (!scope) {
			return ctx_fail_nomem(err);
		}
		dir += len + 1;
	}
}

static const struct walk_case {
	const char *name, *rules, *path;
	bool excluded, refused;
	unsigned line; // the line that decides, 0 = none
} walk_cases[] = {
	{ "no rules", "", "a", false, false, 0 },
	{ "nothing matches", "b\n", "a", false, false, 0 },
	{ "child of a matched dir", "build\n", "build/x.o", true, true, 1 },
	{ "last match wins", "*.log\n!keep.log\n", "keep.log", false, false, 2 },
	{ "the first of two equal rules decides", "a\n\na\n", "a", true, true, 1 },
	{ "exception before its rule", "!a\na\n", "a", true, true, 2 },
	{ "exception inside an excluded dir", "docs\n!docs/README.md\n", "docs/README.md", false, false, 2 },
	{ "trap: the exception was skipped at the dir", "**/*.md\n!docs\n", "docs/r.md", true, false, 1 },
	{ "no trap with stars", "**/*.md\n!docs/**\n", "docs/r.md", false, false, 2 },
	{ "announced, then refused", "a\n!a/b\na\n", "a/b/c", false, true, 2 },
	{ "deep inheritance", "a\n", "a/b/c/d/e", true, true, 1 },
	{ "re-excluded inside", "foo\n!foo/bar\nfoo/bar/baz\n", "foo/bar/baz/q", true, true, 3 },
};

static void decisions_name_their_rule(void **state) {
	(void)state;
	for (size_t i = 0; i < CTX_COUNTOF(walk_cases); ++i) {
		const struct walk_case *c = &walk_cases[i];
		struct fixture f;
		assert_int_equal(start(&f, CTX_IGNORE_DOCKER, c->rules), 0);
		assert_int_equal(walk_to(&f, c->path, NULL), 0);
		unsigned line = f.decision.rule ? ctx_ignore_rule(f.ig, f.decision.rule - 1)->line : 0;
		if (f.decision.excluded != c->excluded || f.decision.refused != c->refused || line != c->line) {
			fail_msg("%s: excluded %d refused %d line %u", c->name, f.decision.excluded, f.decision.refused,
				line);
		}
		release(&f);
	}
}

static const struct open_case {
	const char *rules, *dir;
	bool may_keep;
} open_cases[] = {
	{ "d\n", "d", false },
	{ "d\n!e\n", "d", false },
	{ "d\n!d/keep\n", "d", true },
	{ "d\n!d/keep\n", "d/other", false },
	{ "!d/keep\nd\n", "d", false }, // the exception comes too early to change anything
	{ "d\n!**/README.md\n", "d/x/y", true },
	{ "d\n!*/README.md\n", "d", true },
	{ "d\n!*/README.md\n", "d/x", false },
	{ "d\n!d**\n", "d", true },
	{ "d\n!d/\xFF/x\n", "d", true },
	{ "d\n!d/\xFF/x\n", "d/e", false },
};

static void directories_that_cannot_keep_stay_closed(void **state) {
	(void)state;
	for (size_t i = 0; i < CTX_COUNTOF(open_cases); ++i) {
		const struct open_case *c = &open_cases[i];
		struct fixture f;
		assert_int_equal(start(&f, CTX_IGNORE_DOCKER, c->rules), 0);
		assert_int_equal(walk_to(&f, c->dir, NULL), 0);
		if (f.decision.may_keep_below != c->may_keep) {
			fail_msg("'%s' at '%s': %d", c->rules, c->dir, f.decision.may_keep_below);
		}
		release(&f);
	}
}

static void broken_patterns_fail_only_when_reached(void **state) {
	(void)state;
	struct fixture f;
	struct ctx_error err = { 0 };
	assert_int_equal(start(&f, CTX_IGNORE_DOCKER, "x\n*\\e*\n"), 0);
	assert_int_equal(walk_to(&f, "x", &err), 0); // skipped: the outcome stands already
	assert_int_equal(walk_to(&f, "y", &err), CTX_E_SYNTAX);
	assert_int_equal(err.line, 2);
	assert_string_equal(err.msg, "line 2: pattern '*\\e*' cannot be evaluated");
	release(&f);
}

static void use_tells_shadowed_from_effective(void **state) {
	(void)state;
	struct fixture f;
	assert_int_equal(start(&f, CTX_IGNORE_DOCKER, "*.log\na.log\nnever\n!a.log\nd\nd/x\n"), 0);
	assert_int_equal(walk_to(&f, "a.log", NULL), 0);
	assert_int_equal(walk_to(&f, "b.log", NULL), 0);
	assert_int_equal(walk_to(&f, "d", NULL), 0);
	ctx_matcher_skipped(f.m);
	struct ctx_rule_use use[6] = { 0 };
	ctx_matcher_use(f.m, use);
	assert_int_equal(use[0].matched, 2);
	assert_int_equal(use[0].hit, 2);
	assert_int_equal(use[0].decided, 1);
	assert_int_equal(use[1].matched, 1);
	assert_int_equal(use[1].hit, 0);
	assert_int_equal(use[1].shadowed_by, 1);
	assert_int_equal(use[2].matched, 0);
	assert_false(use[2].unseen);
	assert_int_equal(use[3].decided, 1);
	assert_int_equal(use[5].matched, 0);
	assert_true(use[5].unseen);
	ctx_matcher_count_use(f.m, false);
	assert_int_equal(walk_to(&f, "b.log", NULL), 0);
	struct ctx_rule_use again[6] = { 0 };
	ctx_matcher_use(f.m, again);
	assert_int_equal(again[0].matched, 2);
	release(&f);
}

static void traces_show_every_rule_that_touched(void **state) {
	(void)state;
	struct fixture f;
	struct ctx_trace_step steps[4];
	assert_int_equal(start(&f, CTX_IGNORE_DOCKER, "docs\n**/*.md\n!docs/a.md\nother\n"), 0);
	assert_int_equal(walk_to(&f, "docs/a.md", NULL), 0);
	assert_int_equal(ctx_matcher_trace(f.m, steps), 3);
	assert_int_equal(steps[0].rule, 1);
	assert_int_equal(steps[0].how, CTX_TRACE_INHERITED);
	assert_true(steps[0].excluded);
	assert_int_equal(steps[1].rule, 2);
	assert_int_equal(steps[1].how, CTX_TRACE_SKIPPED);
	assert_int_equal(steps[2].rule, 3);
	assert_int_equal(steps[2].how, CTX_TRACE_MATCHED);
	assert_false(steps[2].excluded);
	release(&f);
}

static const struct old_case {
	const char *name, *rules, *path;
	bool excluded, may_keep;
} old_cases[] = {
	{ "last hit decides, nothing is skipped", "!a\na\n!a\n", "a", false, true },
	{ "one parent depth only", "**/x\n!x/z\n", "x/y", false, true },
	{ "two components", "*/x\n", "d/x/y", true, false },
	{ "entered by text", "d\n!d/k\n", "d", true, true },
	{ "not entered by wildcard", "d\n!**/k\n", "d", true, false },
	{ "never below what is not entered", "d\n!**/k\n", "d/k", true, false },
	{ "no trap", "**/*.md\n!docs\n", "docs/r.md", false, true },
};

static void docker_20_10_combines_by_its_own_rules(void **state) {
	(void)state;
	for (size_t i = 0; i < CTX_COUNTOF(old_cases); ++i) {
		const struct old_case *c = &old_cases[i];
		struct fixture f;
		assert_int_equal(start(&f, CTX_IGNORE_DOCKER_20_10, c->rules), 0);
		assert_int_equal(walk_to(&f, c->path, NULL), 0);
		if (f.decision.excluded != c->excluded || f.decision.may_keep_below != c->may_keep) {
			fail_msg("%s: excluded %d, may keep %d", c->name, f.decision.excluded,
				f.decision.may_keep_below);
		}
		assert_false(f.decision.refused);
		release(&f);
	}
}

static void without_a_list_everything_is_kept(void **state) {
	(void)state;
	struct fixture f = { 0 };
	assert_int_equal(ctx_matcher_new(&f.m, NULL, NULL), 0);
	assert_int_equal(walk_to(&f, "a/b", NULL), 0);
	assert_false(f.decision.excluded);
	assert_true(f.decision.may_keep_below);
	assert_int_equal(ctx_matcher_trace(f.m, NULL), 0);
	release(&f);
}

static void single_questions_have_a_short_way(void **state) {
	(void)state;
	struct ctx_error err = { 0 };
	assert_int_equal(ctx_pattern_matches("**/*.go", "a/b.go", &err), 1);
	assert_int_equal(ctx_pattern_matches("*.go", "a/b.go", &err), 0);
	assert_int_equal(ctx_pattern_matches("!a", "a", &err), 1);
	assert_int_equal(ctx_pattern_matches("[", "a", &err), CTX_E_SYNTAX);
	assert_int_equal(ctx_pattern_matches("\\e*", "a", &err), CTX_E_SYNTAX);
}

static void no_memory_is_reported(void **state) {
	(void)state;
	for (long n = 0;; ++n) {
		struct fixture f;
		ctx_alloc_fail_after(n);
		int rc = start(&f, CTX_IGNORE_DOCKER, "a\n!a/b\n*.o\n!\xFF\n");
		if (rc == 0) {
			rc = walk_to(&f, "a/b/c.o", NULL);
		}
		ctx_alloc_fail_after(-1);
		release(&f);
		if (rc == 0) {
			assert_true(n > 10);
			break;
		}
		assert_int_equal(rc, CTX_E_NOMEM);
	}
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(decisions_name_their_rule),
		cmocka_unit_test(directories_that_cannot_keep_stay_closed),
		cmocka_unit_test(broken_patterns_fail_only_when_reached),
		cmocka_unit_test(use_tells_shadowed_from_effective),
		cmocka_unit_test(traces_show_every_rule_that_touched),
		cmocka_unit_test(docker_20_10_combines_by_its_own_rules),
		cmocka_unit_test(without_a_list_everything_is_kept),
		cmocka_unit_test(single_questions_have_a_short_way),
		cmocka_unit_test(no_memory_is_reported),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
