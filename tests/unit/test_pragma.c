#include "analyzer/dockerfile/pragma.h"
#include "ctxopt/base/buf.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

/** A file and its pragmas. */
struct lab {
	struct ctx_arena arena;
	struct ana_syntax syntax;
	struct ana_diags diags;
	struct ana_pragmas pragmas;
};

static void lab_start(struct lab *lab, const char *text, struct ctx_str check) {
	*lab = (struct lab){ .diags.arena = &lab->arena };
	assert_int_equal(ana_syntax_parse(&lab->syntax, CTX_STR(text), &lab->arena, &lab->diags, NULL), 0);
	assert_int_equal(ana_pragmas_read(&lab->pragmas, &lab->syntax, check, NULL), 0);
}

static void lab_end(struct lab *lab) {
	ana_pragmas_release(&lab->pragmas);
	ana_syntax_release(&lab->syntax);
	ana_diags_release(&lab->diags);
	ctx_arena_release(&lab->arena);
}

/** Pragmas and problems, one a line. */
static void show(struct ctx_buf *out, const struct ana_pragmas *pragmas) {
	static const char *const tools[] = { "ctxopt", "hadolint", "buildkit" },
				 *const scopes[] = { "one", "stage", "file" };
	for (size_t i = 0; i < pragmas->items.count; ++i) {
		const struct ana_pragma *p = &pragmas->items.items[i];
		ctx_buf_addf(out, "%u:%u %s %s %u-", p->line, p->column, tools[p->tool], scopes[p->scope],
			p->first_line);
		ctx_buf_addf(out, p->last_line == UINT32_MAX ? "end" : "%u", p->last_line);
		for (uint32_t k = 0; k < p->id_count; ++k) {
			ctx_buf_addf(out, " [%.*s]", CTX_STR_ARGS(p->ids[k]));
		}
		for (uint32_t k = 0; k < p->experimental_count; ++k) {
			ctx_buf_addf(out, " +[%.*s]", CTX_STR_ARGS(p->experimental[k]));
		}
		if (p->reason.ptr != NULL) {
			ctx_buf_addf(out, " because '%.*s'", CTX_STR_ARGS(p->reason));
		}
		if (p->until != ANA_DAY_NEVER) {
			ctx_buf_addf(out, " until %lld", (long long)p->until);
		}
		if (p->cost_seconds >= 0) {
			ctx_buf_addf(out, " cost %g", p->cost_seconds);
		}
		ctx_buf_adds(out, p->error ? " error\n" : "\n");
	}
	for (size_t i = 0; i < pragmas->problems.items.count; ++i) {
		const struct ana_diag *d = &pragmas->problems.items.items[i];
		ctx_buf_addf(out, "%u:%u! %s\n", d->line, d->column, d->message);
	}
}

/* A file, and what its pragmas say. */
static const struct {
	const char *text, *shown;
} rows[] = {
	{ "FROM a\nRUN x\n", "" },
	{ "# ctxopt is great\n# ctxopt\n# ctxoptimal ignore=a\n#ctxopt-ignore=a\nFROM a\n", "" },
	/* Above FROM the stage, above others the instruction, whatever stands between. */
	{ "# ctxopt ignore=a\nFROM a AS x\nRUN x\n\nFROM b\n", "1:1 ctxopt stage 2-4 [a]\n" },
	{ "FROM a\n# ctxopt ignore=a\nFROM b\nRUN \\\n x\n", "2:1 ctxopt stage 3-end [a]\n" },
	{ "FROM a\n  #ctxopt: ignore = a-b , C ; reason = it is = so;until=2026-01-31;\n\n#\n# more\nRUN x \\\n && y\n",
		"2:3 ctxopt one 6-7 [a-b] [C] because 'it is = so' until 20484\n" },
	{ "# ctxopt ignore=a\nARG x\nFROM a\n", "1:1 ctxopt one 2-2 [a]\n" },
	{ "FROM a\r\n# ctxopt ignore=a\r\nRUN x\r\n", "2:1 ctxopt one 3-3 [a]\n" },
	{ "\n# words\n# ctxopt global ignore=a,b;reason=r\nFROM a\n", "3:1 ctxopt file 1-end [a] [b] because 'r'\n" },
	{ "FROM a\n# ctxopt ignore=a\n# ctxopt ignore=b\nRUN x\n", "2:1 ctxopt one 4-4 [a]\n3:1 ctxopt one 4-4 [b]\n" },
	/* Costs. */
	{ "FROM a\n# ctxopt cost=12s\nRUN x\n# ctxopt cost=1.5\nCOPY a b\n# ctxopt cost=1m30s;ignore=a\nADD a b\n",
		"2:1 ctxopt one 3-3 cost 12\n4:1 ctxopt one 5-5 cost 1.5\n6:1 ctxopt one 7-7 [a] cost 90\n" },
	{ "FROM a\n# ctxopt cost=0\nWORKDIR /x\n", "2:1 ctxopt one 3-3 cost 0\n" },
	/* What is wrong has no effect. */
	{ "FROM a\n# ctxopt ignroe=a\nRUN x\n", "2:10! unknown field 'ignroe'; did you mean 'ignore'?\n" },
	{ "FROM a\n# ctxopt ignore=a;x=y;until=2026-01-01\nRUN x\n",
		"2:19! unknown field 'x'; known are ignore, cost, reason, until\n" },
	{ "FROM a\n# ctxopt ignore=a;because\nRUN x\n",
		"2:19! unknown field 'because'; known are ignore, cost, reason, until\n" },
	{ "FROM a\n# ctxopt ignore\nRUN x\n", "2:10! 'ignore' needs a value: ignore=...\n" },
	{ "FROM a\n# ctxopt ignore=a;reason=\nRUN x\n", "2:19! 'reason' needs a value: reason=...\n" },
	{ "FROM a\n# ctxopt ignore=a b\nRUN x\n", "2:17! 'a b' is not the id of a rule, such as runs-as-root\n" },
	{ "FROM a\n# ctxopt ignore=a,,b\nRUN x\n", "2:17! '' is not the id of a rule, such as runs-as-root\n" },
	{ "FROM a\n# ctxopt ignore=a;until=2026-02-29\nRUN x\n",
		"2:25! '2026-02-29' is not a day such as 2026-12-31\n" },
	{ "FROM a\n# ctxopt cost=fast\nRUN x\n", "2:15! 'fast' is not a duration such as 12s or 1m30s\n" },
	{ "FROM a\n# ctxopt cost=-1s\nRUN x\n", "2:15! '-1s' is not a duration such as 12s or 1m30s\n" },
	{ "FROM a\n# ctxopt cost=1s\nENV x=y\n",
		"2:1! a cost stands above RUN, COPY, ADD or WORKDIR: nothing else takes time\n" },
	{ "# ctxopt cost=1s\nFROM a\n",
		"1:1! a cost stands above RUN, COPY, ADD or WORKDIR: nothing else takes time\n" },
	{ "# ctxopt global cost=1s\nFROM a\n",
		"1:1! a cost stands above RUN, COPY, ADD or WORKDIR: nothing else takes time\n" },
	{ "FROM a\n# ctxopt global ignore=a\nRUN x\n", "2:1! a global pragma stands before the first instruction\n" },
	{ "FROM a\n# ctxopt ignore=a\n", "2:1! there is no instruction below this pragma\n" },
	{ "FROM a\n# ctxopt reason=a\nRUN x\n",
		"2:1! neither ignore=ID nor cost=DURATION: the pragma has no effect\n" },
	{ "FROM a\nRUN x \\\n# ctxopt ignore=a\n && y\n",
		"3:1! a pragma within an instruction has no effect: it stands above\n" },
	{ "FROM a\nRUN <<E cat \\\n# ctxopt ignore=a\n x\n# ctxopt ignore=b\nE\n# ctxopt ignore=c\nRUN x\n",
		"7:1 ctxopt one 8-8 [c]\n3:1! a pragma within an instruction has no effect: it stands above\n" },
	/* hadolint's: the line directly above, FROM alone, globals everywhere. */
	{ "# hadolint ignore=DL3006,DL3007\nFROM a\nRUN x\n", "1:1 hadolint one 2-2 [DL3006] [DL3007]\n" },
	{ "FROM a\n#hadolint  ignore = DL3006 , SC2086 # because\nRUN x\n",
		"2:1 hadolint one 3-3 [DL3006] [SC2086]\n" },
	{ "FROM a\n# hadolint ignore=DL3006\n# more\nRUN x\n# hadolint ignore=DL1\n", "" },
	{ "FROM a\n# hadolint global ignore=DL3006\n# hadolint shell=bash\n", "2:1 hadolint file 1-end [DL3006]\n" },
	/* BuildKit's. */
	{ "# check=skip=A, B;error=true\nFROM a\n",
		"1:9 buildkit file 1-end [A] []\n" }, // up to the space, as BuildKit has it
	{ "# check=skip=all\nFROM a\n", "1:9 buildkit file 1-end [all]\n" },
	{ "# check=skip=A,B;error=true;experimental=C,D\nFROM a\n",
		"1:9 buildkit file 1-end [A] [B] +[C] +[D] error\n" },
	{ "# check=skip=A;eror=true\nFROM a\n", "" },
	{ "FROM a\n# check=skip=A\n\n# words\n# check=skip=B\nRUN x\n", "2:9 buildkit one 6-6 [A]\n" },
	{ "FROM a\n# check=skip=A\n#\nRUN x\n", "" },
	{ "# Check=skip=A\nFROM a\n", "1:9 buildkit file 1-end [A]\n" },
};

static void pragmas_are_read(void **state) {
	(void)state;
	for (size_t i = 0; i < CTX_COUNTOF(rows); ++i) {
		struct lab lab;
		ctx_auto_buf struct ctx_buf out = CTX_BUF_INIT;
		lab_start(&lab, rows[i].text, CTX_STR_NONE);
		show(&out, &lab.pragmas);
		if (strcmp(ctx_buf_str(&out), rows[i].shown) != 0) {
			print_error("%s---\n%s---\n", rows[i].text, rows[i].shown);
		}
		assert_string_equal(ctx_buf_str(&out), rows[i].shown);
		lab_end(&lab);
	}
}

static void build_argument_stands_for_the_directive(void **state) {
	(void)state;
	struct lab lab;
	ctx_auto_buf struct ctx_buf out = CTX_BUF_INIT;
	lab_start(&lab, "# check=skip=A\nFROM a\n# check=skip=C\nRUN x\n", CTX_STR("skip=B"));
	show(&out, &lab.pragmas);
	assert_string_equal(ctx_buf_str(&out), "0:0 buildkit file 1-end [B]\n3:9 buildkit one 4-4 [C]\n");
	lab_end(&lab);
	lab_start(&lab, "# check=skip=A\nFROM a\n", CTX_STR(""));
	assert_null(ana_pragma_ignores(&lab.pragmas, CTX_STR("A"), 2, 0));
	lab_end(&lab);
}

/* An id at a line and a day, and the line of the pragma that ignores it. */
static const struct {
	const char *id;
	uint32_t line;
	int64_t today;
	uint32_t by;
} ask_rows[] = {
	{ "a", 4, 0, 3 },
	{ "A", 5, 0, 3 },
	{ "a", 6, 0, 0 },
	{ "a", 0, 0, 0 },
	{ "g", 0, 0, 2 },
	{ "g", 9, 0, 2 },
	{ "s", 8, 0, 7 },
	{ "s", 10, 0, 7 },
	{ "s", 4, 0, 0 },
	{ "old", 10, 20484, 9 },
	{ "old", 10, 20485, 0 },
	{ "DL1", 12, 0, 11 },
	{ "dl1", 12, 0, 0 },
	{ "StageNameCasing", 4, 0, 1 },
	{ "runs-as-root", 4, 0, 0 },
	{ "DL3006", 4, 0, 0 },
};

static void findings_are_ignored_where_a_pragma_says_so(void **state) {
	(void)state;
	struct lab lab;
	lab_start(&lab,
		"# check=skip=all\n# ctxopt global ignore=g\n# ctxopt ignore=a\nARG x=\\\n  y\nFROM a\n# ctxopt ignore=s\nFROM b\n"
		"# ctxopt ignore=old;until=2026-01-31\nRUN x\n# hadolint ignore=DL1\nRUN y\n",
		CTX_STR_NONE);
	for (size_t i = 0; i < CTX_COUNTOF(ask_rows); ++i) {
		const struct ana_pragma *p = ana_pragma_ignores(&lab.pragmas, CTX_STR(ask_rows[i].id), ask_rows[i].line,
			ask_rows[i].today);
		if ((p == NULL ? 0 : p->line) != ask_rows[i].by) {
			fail_msg("row %zu: by line %u", i, p == NULL ? 0 : p->line);
		}
	}
	lab_end(&lab);
}

static void costs_belong_to_a_line(void **state) {
	(void)state;
	struct lab lab;
	lab_start(&lab, "FROM a\n# ctxopt cost=1\n# ctxopt cost=2\nRUN x\nRUN y\n", CTX_STR_NONE);
	assert_true(ana_pragma_cost(&lab.pragmas, 4) == 2); // the nearest
	assert_true(ana_pragma_cost(&lab.pragmas, 5) < 0);
	lab_end(&lab);
}

static void there_are_not_too_many(void **state) {
	(void)state;
	ctx_auto_buf struct ctx_buf text = CTX_BUF_INIT;
	ctx_buf_adds(&text, "FROM a\n");
	for (int i = 0; i < ANA_PRAGMAS_MAX + 2; ++i) {
		ctx_buf_adds(&text, "# ctxopt ignore=a\n");
	}
	ctx_buf_adds(&text, "RUN x\n");
	struct lab lab;
	lab_start(&lab, ctx_buf_str(&text), CTX_STR_NONE);
	assert_int_equal(lab.pragmas.items.count, ANA_PRAGMAS_MAX);
	assert_int_equal(lab.pragmas.problems.items.count, 1);
	assert_int_equal(lab.pragmas.problems.items.items[0].line, ANA_PRAGMAS_MAX + 2);
	lab_end(&lab);
}

/* Days, and their numbers. */
static const struct {
	const char *text;
	int64_t day;
} day_rows[] = {
	{ "1970-01-01", 0 },
	{ "2000-02-29", 11016 },
	{ "2026-01-31", 20484 },
	{ "2026-03-01", 20513 },
	{ "9999-12-31", 2932896 },
	{ "1900-02-29", -1 },
	{ "2100-02-29", -1 },
	{ "1969-12-31", -1 },
	{ "2026-00-10", -1 },
	{ "2026-13-10", -1 },
	{ "2026-04-31", -1 },
	{ "2026-4-30", -1 },
	{ "2026-04-3x", -1 },
	{ "2026/04/30", -1 },
	{ "", -1 },
};

static void days_are_counted(void **state) {
	(void)state;
	for (size_t i = 0; i < CTX_COUNTOF(day_rows); ++i) {
		int64_t day = -1;
		struct ctx_error err;
		int rc = ana_day_parse(&day, CTX_STR(day_rows[i].text), &err);
		assert_int_equal(day, day_rows[i].day);
		assert_int_equal(rc, day < 0 ? CTX_E_SYNTAX : 0);
	}
}

static void memory_may_end_anywhere(void **state) {
	(void)state;
	static const char text[] =
		"# check=skip=A\n# ctxopt ignore=a,b\nFROM a\n# ctxopt x=y\n# hadolint ignore=DL1\nRUN x\n";
	int rc = CTX_E_NOMEM;
	for (long n = 0; rc == CTX_E_NOMEM; ++n) {
		struct lab lab;
		lab_start(&lab, text, CTX_STR_NONE);
		struct ana_pragmas again = { 0 };
		struct ctx_error err;
		ctx_alloc_fail_after(n);
		rc = ana_pragmas_read(&again, &lab.syntax, CTX_STR_NONE, &err);
		ctx_alloc_fail_after(-1);
		assert_true(rc == CTX_E_NOMEM || n > 2);
		ana_pragmas_release(&again);
		lab_end(&lab);
	}
	assert_int_equal(rc, 0);
}

/** Pragmas of a YAML file against text. */
static void check_yaml(const char *text, const char *wanted) {
	struct ana_pragmas pragmas = { 0 };
	ctx_auto_buf struct ctx_buf out = CTX_BUF_INIT;
	assert_int_equal(ana_pragmas_read_yaml(&pragmas, CTX_STR(text), NULL), 0);
	show(&out, &pragmas);
	assert_string_equal(ctx_buf_str(&out), wanted);
	ana_pragmas_release(&pragmas);
}

static void yaml_covers_blocks(void **state) {
	(void)state;
	check_yaml("", "");
	check_yaml("# ctxopt ignore=a\nx: 1\ny: 2\n", "1:1 ctxopt one 2-2 [a]\n");
	check_yaml(
		"a: 1\n  # ctxopt ignore=a,b;reason=so\n\n  # more\n  web:\n    image: x\n\n    # y\n    y: z\n  db: 1\n",
		"2:3 ctxopt one 5-9 [a] [b] because 'so'\n");
	// A list may stand below its key without a deeper margin
	check_yaml("# ctxopt ignore=a\nx:\n- a: 1\n  b: 2\n- c\ny: 1\n", "1:1 ctxopt one 2-5 [a]\n");
	check_yaml("x:\n# ctxopt ignore=a\n- a: 1\n  b: 2\n- c\n", "2:1 ctxopt one 3-4 [a]\n");
	// Blocks within blocks; a document ends them
	check_yaml("# ctxopt ignore=a\nx:\n  # ctxopt ignore=b\n  y: 1\n  z: 2\n---\n  q: 1\n",
		"1:1 ctxopt one 2-5 [a]\n3:3 ctxopt one 4-4 [b]\n");
	check_yaml("# ctxopt global ignore=a\n---\nx: 1\n", "1:1 ctxopt file 1-end [a]\n");
	check_yaml("# ctxopt ignore=a\n---\nx:\n  y: 1\n", "1:1 ctxopt one 3-4 [a]\n");
}

static void yaml_texts_are_no_comments(void **state) {
	(void)state;
	check_yaml("x: |\n  # ctxopt ignore=a\n  b\ny: 1\n", "");
	check_yaml("x: >-\n  # ctxopt ignore=a\n\n  b\n# ctxopt ignore=c\ny: 1\n", "5:1 ctxopt one 6-6 [c]\n");
	check_yaml("- |2\n   # ctxopt ignore=a\n- b # ctxopt ignore=a\n", "");
	check_yaml("# hadolint ignore=DL3006\nx: 1 # ctxopt\n", "");
}

static void yaml_tells_what_is_wrong(void **state) {
	(void)state;
	check_yaml("x: 1\n# ctxopt ignore=a\n", "2:1! there is no line below this pragma\n");
	check_yaml("x: 1\n# ctxopt global ignore=a\ny: 1\n", "2:1! a global pragma stands before the first line\n");
	check_yaml("# ctxopt cost=1s\ny: 1\n", "1:1! only steps of a Dockerfile have a cost\n");
	check_yaml("x: 1\n# ctxopt ignore=a\n---\ny: 1\n", "2:1! there is no line below this pragma\n");
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pragmas_are_read),
		cmocka_unit_test(build_argument_stands_for_the_directive),
		cmocka_unit_test(findings_are_ignored_where_a_pragma_says_so),
		cmocka_unit_test(costs_belong_to_a_line),
		cmocka_unit_test(there_are_not_too_many),
		cmocka_unit_test(days_are_counted),
		cmocka_unit_test(memory_may_end_anywhere),
		cmocka_unit_test(yaml_covers_blocks),
		cmocka_unit_test(yaml_texts_are_no_comments),
		cmocka_unit_test(yaml_tells_what_is_wrong),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
