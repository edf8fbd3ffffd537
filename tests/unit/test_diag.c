#include "analyzer/dockerfile/diag.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "ctxopt/base/alloc.h"

/** A list with an arena of its own. */
struct fixture {
	struct ctx_arena arena;
	struct ana_diags diags;
};

static void setup(struct fixture *f) {
	*f = (struct fixture){ 0 };
	f->diags.arena = &f->arena;
}

static void teardown(struct fixture *f) {
	ana_diags_release(&f->diags);
	ctx_arena_release(&f->arena);
}

static void errors_keep_order_and_place(void **state) {
	(void)state;
	struct fixture f;
	setup(&f);
	assert_int_equal(ana_diags_add(&f.diags, ANA_PHASE_SYNTAX, 7, 3, 5, "'%s' is %d", "x", 1), 0);
	assert_int_equal(ana_diags_add(&f.diags, ANA_PHASE_GRAPH, 2, 0, 0, "second"), 0);
	assert_int_equal(f.diags.items.count, 2);
	assert_int_equal(f.diags.items.items[0].phase, ANA_PHASE_SYNTAX);
	assert_int_equal(f.diags.items.items[0].line, 7);
	assert_int_equal(f.diags.items.items[0].column, 3);
	assert_int_equal(f.diags.items.items[0].length, 5);
	assert_string_equal(f.diags.items.items[0].message, "'x' is 1");
	assert_int_equal(f.diags.items.items[1].phase, ANA_PHASE_GRAPH);
	assert_int_equal(f.diags.items.items[1].length, 1); // never empty
	assert_string_equal(f.diags.items.items[1].message, "second");
	teardown(&f);
}

static void messages_are_one_line(void **state) {
	(void)state;
	struct fixture f;
	setup(&f);
	assert_int_equal(ana_diags_add(&f.diags, ANA_PHASE_SYNTAX, 1, 1, 1, "%s", "a\nb\x1B[1m\x7F\tc\xC3\xA4"), 0);
	assert_string_equal(f.diags.items.items[0].message, "a?b?[1m??c\xC3\xA4");
	teardown(&f);
}

static void long_messages_are_cut(void **state) {
	(void)state;
	struct fixture f;
	setup(&f);
	for (int len = 505; len < 520; ++len) { // two-byte characters at every offset of the cut
		char text[600] = "";
		for (int i = 0; i + 1 < len; i += 2) {
			memcpy(text + i, "\xC3\xA4", 3);
		}
		const char *odd = len % 2 ? "x" : "";
		assert_int_equal(ana_diags_add(&f.diags, ANA_PHASE_SYNTAX, 1, 1, 1, "%s%s", odd, text), 0);
		const char *got = f.diags.items.items[f.diags.items.count - 1].message;
		if (strlen(odd) + strlen(text) < 512) {
			assert_int_equal(strlen(got), strlen(odd) + strlen(text));
			continue;
		}
		size_t got_len = strlen(got);
		assert_in_range(got_len, 500, 511);
		assert_string_equal(got + got_len - 3, "...");
		assert_int_equal((unsigned char)got[got_len - 4], 0xA4); // a whole character before the dots
	}
	teardown(&f);
}

static void too_many_are_counted(void **state) {
	(void)state;
	struct fixture f;
	setup(&f);
	for (int i = 0; i < ANA_DIAGS_MAX + 5; ++i) {
		assert_int_equal(ana_diags_add(&f.diags, ANA_PHASE_SYNTAX, 1, 1, 1, "error %d", i), 0);
	}
	assert_int_equal(f.diags.items.count, ANA_DIAGS_MAX);
	assert_int_equal(f.diags.omitted, 5);
	assert_string_equal(f.diags.items.items[ANA_DIAGS_MAX - 1].message, "error 999");
	ana_diags_release(&f.diags);
	assert_int_equal(f.diags.items.count, 0);
	assert_int_equal(f.diags.omitted, 0);
	teardown(&f);
}

static void no_memory_is_an_error(void **state) {
	(void)state;
	for (long n = 0; n < 2; ++n) {
		struct fixture f;
		setup(&f);
		ctx_alloc_fail_after(n);
		int rc = ana_diags_add(&f.diags, ANA_PHASE_SYNTAX, 1, 1, 1, "x");
		ctx_alloc_fail_after(-1);
		assert_int_equal(rc, CTX_E_NOMEM);
		assert_int_equal(f.diags.items.count, 0);
		teardown(&f);
	}
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(errors_keep_order_and_place),
		cmocka_unit_test(messages_are_one_line),
		cmocka_unit_test(long_messages_are_cut),
		cmocka_unit_test(too_many_are_counted),
		cmocka_unit_test(no_memory_is_an_error),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
