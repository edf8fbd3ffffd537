/* nfa.h and dfa.h together: an automaton is only worth what it answers. */
#include "ctxopt/context/dfa.h"

#include "ctxopt/base/alloc.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

/* An automaton over a few patterns, all of them negated or none. */
struct fixture {
	struct ctx_nfa_rule rules[8];
	struct ctx_pattern patterns[8];
	size_t count;
	struct ctx_rune_sets sets;
	struct ctx_nfa nfa;
	struct ctx_dfa *dfa;
};

static void release(struct fixture *f) {
	ctx_dfa_free(f->dfa);
	ctx_nfa_release(&f->nfa);
	for (size_t i = 0; i < f->count; ++i) {
		ctx_regexp_release(&f->rules[i].regexp);
		ctx_pattern_release(&f->patterns[i]);
	}
	ctx_rune_sets_release(&f->sets);
}

/* Patterns are separated by blanks. A leading '!' negates. */
static int build(struct fixture *f, const char *patterns, size_t max_bytes) {
	*f = (struct fixture){ 0 };
	while (*patterns) {
		size_t len = strcspn(patterns, " ");
		struct ctx_nfa_rule *rule = &f->rules[f->count];
		struct ctx_pattern *pattern = &f->patterns[f->count];
		bool negated = *patterns == '!';
		if (!ctx_pattern_translate(pattern, patterns + negated, len - negated)) {
			return CTX_E_NOMEM;
		}
		*rule = (struct ctx_nfa_rule){ .index = (uint32_t)f->count,
			.negated = negated,
			.type = pattern->type,
			.text = pattern->text,
			.text_len = pattern->text_len };
		++f->count;
		if (pattern->type == CTX_PATTERN_REGEXP) {
			int rc = ctx_regexp_parse(&rule->regexp, &f->sets, pattern->regexp.data, pattern->regexp.len,
				NULL);
			if (rc < 0) {
				return rc;
			}
		}
		patterns += len + (patterns[len] == ' ');
	}
	int rc = ctx_nfa_build(&f->nfa, f->rules, f->count, &f->sets, NULL);
	if (rc < 0) {
		return rc;
	}
	f->dfa = ctx_dfa_new(&f->nfa, max_bytes);
	return f->dfa ? 0 : CTX_E_NOMEM;
}

/* Rules that match a path, as a bit set; UINT_MAX when out of memory. */
static unsigned matching(struct fixture *f, const char *path) {
	struct ctx_dfa_ends ends;
	uint32_t state = ctx_dfa_feed(f->dfa, ctx_dfa_start(f->dfa), path, strlen(path));
	if (state == CTX_DFA_FAILED || !ctx_dfa_ends(f->dfa, state, &ends)) {
		return UINT32_MAX;
	}
	unsigned bits = 0;
	for (uint32_t i = 0; i < ends.count; ++i) {
		bits |= 1u << ends.rules[i];
	}
	return bits;
}

/* Rows checked against moby/patternmatcher v0.6.1. */
static const struct match_case {
	const char *patterns, *path;
	unsigned bits;
} match_cases[] = {
	{ "a b ab", "a", 1 },
	{ "a b ab", "ab", 4 },
	{ "a b ab", "abc", 0 },
	{ "a a a", "a", 7 },
	{ "a** **a", "a", 3 },
	{ "a** **a", "ab", 1 },
	{ "a** **a", "ba", 2 },
	{ "**/x **x x", "x", 7 },
	{ "**/x **x x", "d/x", 3 },
	{ "**/x **x x", "dx", 2 },
	{ "*.go **/*.go *", "x.go", 7 },
	{ "*.go **/*.go *", "d/x.go", 2 },
	{ "a/**/c a/**", "a/c", 3 },
	{ "a/**/c a/**", "a/b/c", 3 },
	{ "a/**/c a/**", "a/bc", 2 },
	{ "a*|b", "axx/q", 1 },
	{ "a*|b", "q/b", 1 },
	{ "a*|b", "ba", 0 },
	{ "[a-c][^a-c]", "ad", 1 },
	{ "[a-c][^a-c]", "aa", 0 },
	{ "[a-c][^a-c]", "a\xC3\xA9", 1 },
	{ "[a-c][^a-c]", "a\xFF", 1 },
	{ "\\d\\D\\s\\S\\w\\W", "1a b_-", 1 },
	{ "a{2,4}*", "aa", 1 },
	{ "a{2,4}*", "a", 0 },
	{ "[a]{2,4}", "aaaa", 1 },
	{ "[a]{2,4}", "aaaaa", 0 },
	{ "[a]{0}b", "b", 1 },
	{ "[a]{2,}", "aaaaaa", 1 },
	{ "*\\b-*", "a-", 1 },
	{ "*\\b-*", "--", 0 },
	{ "*\\B-*", "--", 1 },
	{ "\\bx*|*x\\b", "x", 1 },
	{ "*^a", "a", 1 },
	{ "*^a", "ba", 0 },
	{ "\\Aa*\\z", "ab", 1 },
	{ "\\b{0,1}?", "x", 1 },
	{ "^{2}[a]", "a", 1 },
	{ "?", "\xE2\x82\xAC", 1 },
	{ "?", "\xE2\x82", 0 },
	{ "??", "\xE2\x82", 1 },
	{ "**/a*", "b\nc/a", 0 },
	{ "**/a", "b\nc/a", 1 },
	{ "a*b", "a\nb", 1 },
	{ "?\xEF\xBF\xBD", "x\xFF", 1 },
	{ "\\Qa*b\\E", "a[^/]*b", 1 },
	{ "\\x41\\101\\x{42}*", "AAB", 1 },
	{ "[[:alpha:]_][[:^digit:]]", "_x", 1 },
};

static void matches_what_moby_matches(void **state) {
	(void)state;
	// Once with room, once with a table that is thrown away at almost every step
	static const size_t sizes[] = { 1 << 20, 1 };
	for (size_t s = 0; s < CTX_COUNTOF(sizes); ++s) {
		for (size_t i = 0; i < CTX_COUNTOF(match_cases); ++i) {
			const struct match_case *c = &match_cases[i];
			struct fixture f;
			assert_int_equal(build(&f, c->patterns, sizes[s]), 0);
			unsigned bits = matching(&f, c->path);
			if (bits != c->bits) {
				fail_msg("'%s' against '%s': %#x, not %#x", c->patterns, c->path, bits, c->bits);
			}
			release(&f);
		}
	}
}

static void full_table_starts_over(void **state) {
	(void)state;
	struct fixture f;
	assert_int_equal(build(&f, "**/*a*b*c a/b", 1), 0);
	uint32_t before = ctx_dfa_generation(f.dfa);
	assert_int_equal(matching(&f, "x/y/abcabc"), 1);
	assert_int_not_equal(ctx_dfa_generation(f.dfa), before);
	assert_int_equal(matching(&f, "a/b"), 2);
	release(&f);
}

static void dead_end_is_state_zero(void **state) {
	(void)state;
	struct fixture f;
	assert_int_equal(build(&f, "a/b", 1 << 20), 0);
	assert_int_equal(ctx_dfa_feed(f.dfa, ctx_dfa_start(f.dfa), "b", 1), CTX_DFA_DEAD);
	assert_int_equal(ctx_dfa_feed(f.dfa, CTX_DFA_DEAD, "anything", 8), CTX_DFA_DEAD);
	release(&f);
}

static void knows_which_rules_lie_ahead(void **state) {
	(void)state;
	struct fixture f;
	assert_int_equal(build(&f, "d !d/e/keep **/*.o", 1 << 20), 0);
	uint32_t d = ctx_dfa_feed(f.dfa, ctx_dfa_start(f.dfa), "d/", 2);
	assert_int_equal(ctx_dfa_negated_ahead(f.dfa, d), 2);
	bool ahead[3] = { false };
	ctx_dfa_mark_ahead(f.dfa, d, ahead);
	assert_false(ahead[0]);
	assert_true(ahead[1]);
	assert_true(ahead[2]);
	uint32_t x = ctx_dfa_feed(f.dfa, ctx_dfa_start(f.dfa), "d/x/", 4);
	assert_int_equal(ctx_dfa_negated_ahead(f.dfa, x), 0);
	release(&f);
}

static void too_large_rules_are_refused(void **state) {
	(void)state;
	struct ctx_buf pattern = CTX_BUF_INIT;
	for (int i = 0; i < 1100; ++i) {
		ctx_buf_adds(&pattern, "[a]{1000}");
	}
	struct fixture f;
	assert_int_equal(build(&f, ctx_buf_str(&pattern), 1 << 20), CTX_E_LIMIT);
	release(&f);
	ctx_buf_release(&pattern);
}

static void ten_thousand_suffixes_share_one_loop(void **state) {
	(void)state;
	enum { COUNT = 10000 };
	struct ctx_nfa_rule *rules = ctx_calloc(COUNT, sizeof(*rules));
	static char names[COUNT][16];
	for (uint32_t i = 0; i < COUNT; ++i) {
		int len = snprintf(names[i], sizeof(names[i]), "/name%u", i);
		rules[i] = (struct ctx_nfa_rule){ .index = i,
			.type = CTX_PATTERN_SUFFIX,
			.text = names[i],
			.text_len = (size_t)len };
	}
	struct ctx_rune_sets sets = { 0 };
	struct ctx_nfa nfa;
	assert_int_equal(ctx_nfa_build(&nfa, rules, COUNT, &sets, NULL), 0);
	// Two tries of the digits (with and without the slash before) instead of 10,000 chains
	assert_true(nfa.states.count < 3 * COUNT);
	struct ctx_dfa *dfa = ctx_dfa_new(&nfa, 1 << 20);
	struct ctx_dfa_ends ends;
	assert_true(ctx_dfa_ends(dfa, ctx_dfa_feed(dfa, ctx_dfa_start(dfa), "a/b/name9999", 12), &ends));
	assert_int_equal(ends.count, 1);
	assert_int_equal(ends.rules[0], 9999);
	ctx_dfa_free(dfa);
	ctx_nfa_release(&nfa);
	ctx_rune_sets_release(&sets);
	free(rules);
}

static void no_memory_is_reported(void **state) {
	(void)state;
	for (long n = 0;; ++n) {
		struct fixture f;
		ctx_alloc_fail_after(n);
		int rc = build(&f, "**/*.o !a/[b-d]{1,3} x|\\by*", 1 << 20);
		bool done = rc == 0 && matching(&f, "a/bcd/x.o") == 1;
		ctx_alloc_fail_after(-1);
		release(&f);
		if (done) {
			assert_true(n > 10);
			break;
		}
		assert_true(rc == 0 || rc == CTX_E_NOMEM);
	}
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(matches_what_moby_matches),
		cmocka_unit_test(full_table_starts_over),
		cmocka_unit_test(dead_end_is_state_zero),
		cmocka_unit_test(knows_which_rules_lie_ahead),
		cmocka_unit_test(too_large_rules_are_refused),
		cmocka_unit_test(ten_thousand_suffixes_share_one_loop),
		cmocka_unit_test(no_memory_is_reported),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
