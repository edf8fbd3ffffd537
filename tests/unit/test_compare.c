#include "analyzer/cache/compare.h"

#include "ctxopt/base/alloc.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

/** Steps and builds of a made-up simulation, fewer than that. */
#define STEPS 4
#define BUILDS 5

/** A simulation: one version of a Dockerfile, whose steps are `names`, and verdicts "HM?" of each build, "" for one that failed. */
struct made {
	struct ana_sim sim;
	struct ana_variant variant;
	struct ana_variant_step steps[STEPS];
	struct ana_sim_verdict verdicts[BUILDS][STEPS];
};

/** Make one.  Seconds of the steps are 1, 2, 4, 8. */
static void make(struct made *m, const char *const *names, const char *const *builds) {
	*m = (struct made){ .variant = { .steps = m->steps } };
	for (uint32_t i = 0; names[i] != NULL; ++i) {
		struct ana_sim_row row = { .name = CTX_STR(names[i]),
			.stage = CTX_STR("s"),
			.instruction = CTX_STR(names[i]),
			.line = i + 1,
			.seconds = 1u << i };
		m->steps[i].seconds = row.seconds;
		++m->variant.step_count;
		assert_true(CTX_VEC_PUSH(&m->sim.rows, row));
	}
	for (uint32_t b = 0; builds[b] != NULL; ++b) {
		struct ana_sim_build build = { .variant = &m->variant,
			.verdicts = builds[b][0] != '\0' ? m->verdicts[b] : NULL };
		m->sim.failed += build.verdicts == NULL;
		for (uint32_t i = 0; builds[b][i] != '\0'; ++i) {
			m->verdicts[b][i].row = i;
			m->verdicts[b][i].hit = builds[b][i] == 'H' ? ANA_HIT
				: builds[b][i] == 'M'               ? ANA_MISS
								    : ANA_HIT_UNKNOWN;
		}
		assert_true(CTX_VEC_PUSH(&m->sim.builds, build));
	}
}

/** Free what it has of its own. */
static void drop(struct made *m) {
	CTX_VEC_RELEASE(&m->sim.rows);
	CTX_VEC_RELEASE(&m->sim.builds);
}

/** Counts as text: "hits misses unknown seconds". */
static const char *text_of(const struct ana_compare_count *c) {
	static char text[64];
	snprintf(text, sizeof(text), "%u %u %u %g", c->hits, c->misses, c->unknown, c->seconds);
	return text;
}

static void two_sides(void **state) {
	(void)state;
	static const char *const names[2][STEPS] = { { "RUN a", "RUN b" }, { "RUN b", "RUN c" } };
	static const char *const builds[2][BUILDS] = { { "MM", "H?", "" }, { "HM" } };
	struct made a, b;
	make(&a, names[0], builds[0]);
	make(&b, names[1], builds[1]);
	const struct ana_sim *const alone[2] = { &a.sim, &b.sim };
	struct ana_compare out = { 0 };
	assert_int_equal(ana_compare_make(&out, alone, NULL, NULL, NULL), 0);
	assert_int_equal(out.rows.count, 3); // b is one step of both
	assert_int_equal(out.builds[0], 3);
	assert_int_equal(out.failed[0], 1);
	assert_int_equal(out.builds[1], 1);
	assert_false(out.is_shared);
	assert_string_equal(text_of(&out.rows.items[0].alone[0]), "1 1 0 1");
	assert_string_equal(text_of(&out.rows.items[0].alone[1]), "0 0 0 0");
	assert_string_equal(text_of(&out.rows.items[1].alone[0]), "0 1 1 2");
	assert_string_equal(text_of(&out.rows.items[1].alone[1]), "1 0 0 0");
	assert_string_equal(text_of(&out.rows.items[2].alone[1]), "0 1 0 2");
	assert_string_equal(text_of(&out.total.alone[0]), "1 2 1 3");
	assert_string_equal(text_of(&out.total.alone[1]), "1 1 0 2");
	assert_true(out.rows.items[0].current && out.rows.items[1].current && out.rows.items[2].current);
	ana_compare_release(&out);
	drop(&a);
	drop(&b);
}

/* The same text twice in one side is two steps, each of which has its like in the other. */
static void steps_of_one_text(void **state) {
	(void)state;
	static const char *const names[2][STEPS] = { { "RUN a", "RUN a" }, { "RUN a", "RUN a", "RUN a" } };
	static const char *const builds[2][BUILDS] = { { "MH" }, { "HMM" } };
	struct made a, b;
	make(&a, names[0], builds[0]);
	make(&b, names[1], builds[1]);
	const struct ana_sim *const alone[2] = { &a.sim, &b.sim };
	struct ana_compare out = { 0 };
	assert_int_equal(ana_compare_make(&out, alone, NULL, NULL, NULL), 0);
	assert_int_equal(out.rows.count, 3);
	assert_string_equal(text_of(&out.rows.items[0].alone[1]), "1 0 0 0");
	assert_string_equal(text_of(&out.rows.items[1].alone[0]), "1 0 0 0");
	assert_string_equal(text_of(&out.rows.items[1].alone[1]), "0 1 0 2");
	ana_compare_release(&out);
	drop(&a);
	drop(&b);
}

static void a_shared_builder(void **state) {
	(void)state;
	static const char *const names[STEPS] = { "RUN a", "RUN b" };
	static const char *const builds[3][BUILDS] = { { "MM", "HH" }, { "MM", "" }, { "MM", "HM", "MH", "" } };
	static const unsigned char sides[] = { 0, 1, 0, 1 };
	struct made a, b, both;
	make(&a, names, builds[0]);
	make(&b, names, builds[1]);
	make(&both, names, builds[2]);
	const struct ana_sim *const alone[2] = { &a.sim, &b.sim };
	struct ana_compare out = { 0 };
	assert_int_equal(ana_compare_make(&out, alone, &both.sim, sides, NULL), 0);
	assert_true(out.is_shared);
	assert_string_equal(text_of(&out.total.shared[0]), "1 3 0 4");
	assert_string_equal(text_of(&out.total.shared[1]), "1 1 0 2");
	assert_int_equal(out.total.reuse[1].helped, 1);
	assert_true(out.total.reuse[1].helped_seconds == 1);
	assert_int_equal(out.total.reuse[0].hurt, 1);
	assert_true(out.total.reuse[0].hurt_seconds == 1);
	assert_int_equal(out.rows.items[1].reuse[0].helped + out.rows.items[1].reuse[0].hurt, 0);
	ana_compare_release(&out);
	drop(&a);
	drop(&b);
	drop(&both);
}

static void nothing_built(void **state) {
	(void)state;
	const struct ana_sim none = { 0 };
	const struct ana_sim *const alone[2] = { &none, &none };
	struct ana_compare out = { 0 };
	assert_int_equal(ana_compare_make(&out, alone, &none, NULL, NULL), 0);
	assert_int_equal(out.rows.count, 0);
	assert_string_equal(text_of(&out.total.alone[0]), "0 0 0 0");
	ana_compare_release(&out);
}

static void every_allocation_may_fail(void **state) {
	(void)state;
	static const char *const names[STEPS] = { "RUN a", "RUN a", "RUN b" };
	static const char *const builds[BUILDS] = { "MMM" };
	struct made a;
	make(&a, names, builds);
	const struct ana_sim *const alone[2] = { &a.sim, &a.sim };
	int rc = CTX_E_NOMEM;
	for (long n = 0; rc == CTX_E_NOMEM; ++n) {
		struct ana_compare out = { 0 };
		struct ctx_error err = { 0 };
		ctx_alloc_fail_after(n);
		rc = ana_compare_make(&out, alone, NULL, NULL, &err);
		ctx_alloc_fail_after(-1);
		assert_true(rc == 0 || (rc == CTX_E_NOMEM && err.code == CTX_E_NOMEM));
		ana_compare_release(&out);
	}
	assert_int_equal(rc, 0);
	drop(&a);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(two_sides),
		cmocka_unit_test(steps_of_one_text),
		cmocka_unit_test(a_shared_builder),
		cmocka_unit_test(nothing_built),
		cmocka_unit_test(every_allocation_may_fail),
	};
	return cmocka_run_group_tests_name("compare", tests, NULL, NULL);
}
