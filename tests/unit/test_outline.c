#include "analyzer/dockerfile/outline.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

/** A file, and its outline in a line per step: "stage: KEYWORD inputs <edges (depends)". */
static const struct outline_case {
	const char *name, *text, *want;
} outline_cases[] = {
	{ "one stage", "FROM alpine\nENV a=b\nCOPY a b/ . /\nRUN x\n",
		"stage-0: FROM ()\nstage-0: COPY a b . (0)\nstage-0: RUN (1)\n" },
	{ "nothing to do", "FROM scratch\nCMD x\n", "" },
	{ "stages",
		"FROM alpine AS one\nRUN x\nFROM one AS two\nFROM scratch\nCOPY --from=two /a /b\nCOPY --from=one /c /\n",
		"one: FROM ()\none: RUN (0)\nstage-2: COPY <two (1)\nstage-2: COPY <one (1 2)\n" },
	{ "an unreachable stage", "FROM a AS x\nRUN x\nFROM b\nRUN y\n", "stage-1: FROM ()\nstage-1: RUN (0)\n" },
	{ "--link is one step", "FROM alpine\nRUN x\nCOPY --link a /\nRUN y\n",
		"stage-0: FROM ()\nstage-0: RUN (0)\nstage-0: COPY a (1)\nstage-0: RUN (2)\n" },
	{ "helpers are no steps",
		"FROM alpine\nRUN --mount=type=cache,target=/c,uid=5 --mount=source=s,target=/s x\nCOPY <<E /e\nE\n",
		"stage-0: FROM ()\nstage-0: RUN s (0)\nstage-0: COPY (1)\n" },
	{ "an image", "FROM alpine\nCOPY --from=busybox:1 /a /\n",
		"stage-0: FROM ()\nstage-0: COPY <docker.io/library/busybox:1 (0 2)\ndocker.io/library/busybox:1: FROM ()\n" },
};

/** Print the steps. */
static void describe(struct ctx_buf *out, const struct ana_outline *o) {
	for (size_t i = 0; i < o->steps.count; ++i) {
		const struct ana_outline_step *step = &o->steps.items[i];
		struct ctx_str stage = o->stages[step->stage].name;
		ctx_buf_addf(out, "%.*s: %s", CTX_STR_ARGS(stage), ana_outline_keyword(step));
		for (uint32_t k = 0; k < step->input_count; ++k) {
			ctx_buf_addf(out, " %.*s", CTX_STR_ARGS(step->inputs[k].path));
		}
		for (uint32_t k = 0; k < step->edge_count; ++k) {
			ctx_buf_addf(out, " <%.*s", CTX_STR_ARGS(step->edges[k].name));
		}
		ctx_buf_adds(out, " (");
		for (uint32_t k = 0; k < step->depends_count; ++k) {
			ctx_buf_addf(out, k > 0 ? " %u" : "%u", step->depends_on[k]);
		}
		ctx_buf_adds(out, ")\n");
	}
}

/** Everything from the text to the outline. */
struct made {
	struct ana_dockerfile model;
	struct ana_graph graph;
	struct ana_reads reads;
	struct ana_outline outline;
};

/** Make it. */
static void make(struct made *m, const char *text) {
	struct ctx_error err;
	struct ana_graph_opts opts = { 0 };
	*m = (struct made){ 0 };
	assert_int_equal(ana_dockerfile_parse(&m->model, CTX_STR(text), &err), 0);
	assert_int_equal(m->model.diags.items.count, 0);
	assert_int_equal(ana_graph_build(&m->graph, &m->model, &opts, &err), 0);
	assert_int_equal(m->graph.diags.items.count, 0);
	assert_int_equal(ana_reads_collect(&m->reads, &m->graph, &err), 0);
	assert_int_equal(ana_outline_make(&m->outline, &m->graph, &m->reads, &err), 0);
}

/** Release it. */
static void release(struct made *m) {
	ana_outline_release(&m->outline);
	ana_reads_release(&m->reads);
	ana_graph_release(&m->graph);
	ana_dockerfile_release(&m->model);
}

static void test_steps(void **state) {
	(void)state;
	for (size_t i = 0; i < CTX_COUNTOF(outline_cases); ++i) {
		struct made m;
		ctx_auto_buf struct ctx_buf got = CTX_BUF_INIT;
		make(&m, outline_cases[i].text);
		describe(&got, &m.outline);
		if (strcmp(ctx_buf_str(&got), outline_cases[i].want) != 0) {
			print_error("%s:\n%s", outline_cases[i].name, ctx_buf_str(&got));
		}
		assert_string_equal(ctx_buf_str(&got), outline_cases[i].want);
		release(&m);
	}
}

/** Instructions without step keep their place; a step that two stages have stands in both. */
static void test_rows(void **state) {
	(void)state;
	struct made m;
	make(&m,
		"FROM alpine AS a\nENV x=1\nWORKDIR /\nWORKDIR /w\nRUN a\nFROM alpine AS b\nWORKDIR /w\nUSER u\n"
		"RUN b\nFROM a\nCOPY --from=b /x /\n");
	const struct ana_outline_stage *a = &m.outline.stages[0], *b = &m.outline.stages[1];
	assert_int_equal(m.outline.reachable_stages, 3);
	assert_int_equal(a->row_count, 5);
	assert_int_equal(b->row_count, 4);
	assert_int_equal(a->rows[1].step, ANA_NONE); // ENV
	assert_int_equal(a->rows[2].step, ANA_NONE); // WORKDIR /
	assert_int_not_equal(a->rows[3].step, ANA_NONE);
	assert_int_equal(a->rows[0].step, b->rows[0].step);
	assert_int_equal(a->rows[3].step, b->rows[1].step);
	assert_int_equal(b->rows[1].instruction->node->first_line, 7);
	assert_int_equal(b->rows[2].step, ANA_NONE); // USER
	assert_int_not_equal(a->rows[4].step, b->rows[3].step);
	release(&m);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_steps),
		cmocka_unit_test(test_rows),
	};
	return cmocka_run_group_tests_name("outline", tests, NULL, NULL);
}
