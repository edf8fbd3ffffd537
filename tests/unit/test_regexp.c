#include "ctxopt/context/regexp.h"

#include "ctxopt/base/alloc.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

/* What regexp.Compile of Go 1.26 says; UNSUPPORTED marks what this program refuses on purpose. */
static const struct accept_case {
	const char *source;
	int rc;
} accept_cases[] = {
	{ "^a$", 0 },
	{ "^[^/]*$", 0 },
	{ "^(.*/)?a$", 0 },
	{ "^a|b$", 0 },
	{ "^|$", 0 },
	{ "^[]a]$", 0 },
	{ "^[a$", CTX_E_SYNTAX },
	{ "^[$", CTX_E_SYNTAX },
	{ "^[b-a]$", CTX_E_SYNTAX },
	{ "^[[:alpha:]]$", 0 },
	{ "^[[:^alpha:]]$", 0 },
	{ "^[[:nope:]]$", CTX_E_SYNTAX },
	{ "^[[:alpha]$", 0 },
	{ "^[\\d-z]$", 0 },
	{ "^[\\]]$", 0 },
	{ "^a{2}$", 0 },
	{ "^a{2,}$", 0 },
	{ "^a{2,1}$", CTX_E_SYNTAX },
	{ "^a{1000}$", 0 },
	{ "^a{1001}$", CTX_E_SYNTAX },
	{ "^a{99999999999999999999}$", CTX_E_SYNTAX },
	{ "^a{x}$", 0 },
	{ "^a{$", 0 },
	{ "^a{01}$", 0 },
	{ "^a{,2}$", 0 },
	{ "^a{2}{3}$", CTX_E_SYNTAX },
	{ "^[^/]*{2}$", CTX_E_SYNTAX },
	{ "^(.*/)?{2}$", CTX_E_SYNTAX },
	{ "^a|{2}$", CTX_E_SYNTAX },
	{ "^{2}a$", 0 },
	{ "^a{2}\\Q\\E{2}$", CTX_E_UNSUPPORTED },
	{ "^a+$", 0 },
	{ "^a++$", CTX_E_SYNTAX },
	{ "^(a)$", CTX_E_UNSUPPORTED },
	{ "^\\d\\D\\s\\S\\w\\W\\b\\B\\A\\z$", 0 },
	{ "^\\e$", CTX_E_SYNTAX },
	{ "^\\C$", CTX_E_SYNTAX },
	{ "^\\1$", CTX_E_SYNTAX },
	{ "^\\12$", 0 },
	{ "^\\0$", 0 },
	{ "^\\x41\\x{1F433}$", 0 },
	{ "^\\x4$", CTX_E_SYNTAX },
	{ "^\\x{}$", CTX_E_SYNTAX },
	{ "^\\x{110000}$", CTX_E_SYNTAX },
	{ "^\\x{41$", CTX_E_SYNTAX },
	{ "^\\Qa*b\\E$", 0 },
	{ "^\\Qa$", 0 },
	{ "^\\E$", CTX_E_SYNTAX },
	{ "^\\pL$", CTX_E_UNSUPPORTED },
	{ "^[\\PL]$", CTX_E_UNSUPPORTED },
	{ "^\\\xC3\xA9$", CTX_E_SYNTAX },
	{ "^a\\", CTX_E_SYNTAX },
};

static void accepts_what_go_accepts(void **state) {
	(void)state;
	for (size_t i = 0; i < CTX_COUNTOF(accept_cases); ++i) {
		const struct accept_case *c = &accept_cases[i];
		struct ctx_rune_sets sets = { 0 };
		struct ctx_regexp re;
		struct ctx_error err = { 0 };
		int rc = ctx_regexp_parse(&re, &sets, c->source, strlen(c->source), &err);
		if (rc != c->rc) {
			fail_msg("'%s': %d %s", c->source, rc, err.msg);
		}
		ctx_regexp_release(&re);
		ctx_rune_sets_release(&sets);
	}
}

static void items_keep_their_repetitions(void **state) {
	(void)state;
	struct ctx_rune_sets sets = { 0 };
	struct ctx_regexp re;
	const char *source = "^a{2,3}|[^/]*$";
	assert_int_equal(ctx_regexp_parse(&re, &sets, source, strlen(source), NULL), 0);
	assert_int_equal(re.items.count, 5);
	assert_int_equal(re.items.items[0].op, CTX_REGEXP_ASSERT);
	assert_int_equal(re.items.items[0].assertion, CTX_ASSERT_BEGIN);
	assert_int_equal(re.items.items[1].rune, 'a');
	assert_int_equal(re.items.items[1].min, 2);
	assert_int_equal(re.items.items[1].max, 3);
	assert_int_equal(re.items.items[2].op, CTX_REGEXP_OR);
	assert_int_equal(re.items.items[3].op, CTX_REGEXP_SET);
	assert_int_equal(re.items.items[3].min, 0);
	assert_int_equal(re.items.items[3].max, CTX_REPEAT_FOREVER);
	assert_int_equal(re.items.items[4].assertion, CTX_ASSERT_END);
	ctx_regexp_release(&re);
	ctx_rune_sets_release(&sets);
}

static void equal_sets_are_stored_once(void **state) {
	(void)state;
	struct ctx_rune_sets sets = { 0 };
	struct ctx_rune_range a[] = { { 'c', 'd' }, { 'a', 'b' }, { 'b', 'c' } };
	struct ctx_rune_range b[] = { { 'a', 'd' } };
	struct ctx_rune_range none[1];
	uint32_t first = ctx_rune_sets_add(&sets, a, 3, false);
	assert_int_equal(sets.sets.items[first].count, 1);
	assert_int_equal(ctx_rune_sets_add(&sets, b, 1, false), first);
	uint32_t all = ctx_rune_sets_add(&sets, none, 0, true);
	assert_int_not_equal(all, first);
	assert_int_equal(sets.ranges.items[sets.sets.items[all].first].lo, 0);
	assert_int_equal(sets.ranges.items[sets.sets.items[all].first].hi, 0x10FFFF);
	uint32_t empty = ctx_rune_sets_add(&sets, none, 0, false);
	assert_int_equal(sets.sets.items[empty].count, 0);
	assert_int_equal(ctx_rune_sets_add(&sets, none, 0, false), empty);
	uint32_t rest = ctx_rune_sets_add(&sets, b, 1, true);
	assert_int_equal(sets.sets.items[rest].count, 2);
	ctx_rune_sets_release(&sets);
}

static void no_memory_is_reported(void **state) {
	(void)state;
	const char *source = "^[a-z[:digit:]]{2}\\w|b$";
	for (long n = 0;; ++n) {
		struct ctx_rune_sets sets = { 0 };
		struct ctx_regexp re;
		ctx_alloc_fail_after(n);
		int rc = ctx_regexp_parse(&re, &sets, source, strlen(source), NULL);
		ctx_alloc_fail_after(-1);
		ctx_regexp_release(&re);
		ctx_rune_sets_release(&sets);
		if (rc == 0) {
			assert_true(n > 2);
			break;
		}
		assert_int_equal(rc, CTX_E_NOMEM);
	}
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(accepts_what_go_accepts),
		cmocka_unit_test(items_keep_their_repetitions),
		cmocka_unit_test(equal_sets_are_stored_once),
		cmocka_unit_test(no_memory_is_reported),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
