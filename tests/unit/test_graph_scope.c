#include "tests/unit/graph_case.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

/* Variables, directory and user at the end of the target; the usual PATH is "*". */
// clang-format off
static const struct graph_case final_cases[] = {
	{ .name = "ENV after ARG",
		.text = "FROM known\nARG A=1\nENV A=2\n",
		.want = "PATH=/k BASE=b A=2 in /w user=u\n" },
	{ .name = "ARG after ENV",
		.text = "FROM known\nENV A=1\nARG A=2\n",
		.want = "PATH=/k BASE=b A=2 in /w user=u\n" },
	{ .name = "ARG without value",
		.text = "FROM a\nENV A=1\nARG A\n",
		.want = "PATH=* A=1 in /\n" },
	{ .name = "ARG given",
		.text = "FROM a\nENV A=1\nARG A\n",
		.want = "PATH=* A=9 in /\n", .arg = "A=9" },
	{ .name = "a child forgets what ARG did to ENV",
		.text = "FROM a AS p\nENV A=1\nARG A=2\nFROM p\n",
		.want = "PATH=* A=1 in /\n" },
	{ .name = "order in a child",
		.text = "FROM known AS p\nARG X=1\nENV Y=2\nFROM p\n",
		.want = "X=1 PATH=/k BASE=b Y=2 in /w user=u\n" },
	{ .name = "setting again moves to the end",
		.text = "FROM a\nENV A=1 B=2\nENV A=3\n",
		.want = "PATH=* B=2 A=3 in /\n" },
	{ .name = "pairs see what was before",
		.text = "FROM a\nENV A=1\nENV A=2 B=$A\n",
		.want = "PATH=* A=2 B=1 in /\n" },
	{ .name = "ARG from left to right",
		.text = "FROM a\nARG A=1 B=$A\n",
		.want = "PATH=* A=1 B=1 in /\n" },
	{ .name = "TARGETSTAGE",
		.text = "FROM a\nARG TARGETSTAGE\n",
		.want = "PATH=* TARGETSTAGE=default in /\n" },
	{ .name = "TARGETSTAGE of a target",
		.text = "FROM a AS x\nARG TARGETSTAGE\n",
		.want = "PATH=* TARGETSTAGE=X in /\n", .target = "X" },
	{ .name = "platform",
		.text = "FROM a\nARG TARGETPLATFORM\nARG TARGETARCH=x\n",
		.want = "PATH=* TARGETPLATFORM=linux/arm/v7 TARGETARCH=x in /\n", .platform = "linux/arm/v7" },
	{ .name = "directory as written",
		.text = "FROM a\nWORKDIR /a/\n",
		.want = "PATH=* in /a/\n" },
	{ .name = "directory relative",
		.text = "FROM known\nWORKDIR b/../c\nUSER v\n",
		.want = "PATH=/k BASE=b in /w/c user=v\n" },
	{ .name = "global ARG",
		.text = "ARG V=1\nFROM a\nARG V\n",
		.want = "PATH=* V=1 in /\n" },
	{ .name = "epoch is a number",
		.text = "FROM a\nARG SOURCE_DATE_EPOCH\n",
		.want = "PATH=* SOURCE_DATE_EPOCH=7 in /\n", .arg = "SOURCE_DATE_EPOCH=007" },
	{ .name = "no epoch",
		.text = "FROM a\nARG SOURCE_DATE_EPOCH\n",
		.want = "PATH=* in /\n", .arg = "SOURCE_DATE_EPOCH=" },
};
// clang-format on

static void scopes_are_kept(void **state) {
	(void)state;
	GRAPH_CASES_RUN(final_cases, GRAPH_FINAL);
}

/* Which paths of a context are wanted. */
// clang-format off
static const struct graph_case path_cases[] = {
	{ .name = "COPY",
		.text = "FROM a\nCOPY a b* /x/\n",
		.want = "context: a b*\n" },
	{ .name = "a mount wants all",
		.text = "FROM a\nCOPY a /x\nRUN --mount=target=/s x\n",
		.want = "context: all\n" },
	{ .name = "tmpfs wants all",
		.text = "FROM a\nCOPY a /x\nRUN --mount=type=tmpfs,target=/t x\n",
		.want = "context: all\n" },
	{ .name = "a cache wants nothing",
		.text = "FROM a\nCOPY a /x\nRUN --mount=type=cache,target=/c x\n",
		.want = "context: a\n" },
	{ .name = "a source of a mount",
		.text = "FROM a\nRUN --mount=source=s/d,target=/s x\n",
		.want = "context: s/d\n" },
	{ .name = "the context is not loaded",
		.text = "FROM a\nCOPY <<E /x\nE\nADD https://h/f /y\nCOPY --from=b c /d\n",
		.want = "" },
	{ .name = "sorted, once",
		.text = "FROM a\nCOPY b a ./b ../c /x/\nCOPY --parents x/./y /z\n",
		.want = "context: a b c x/y\n" },
	{ .name = "git leaves an entry",
		.text = "FROM a\nADD git@h:p https://h/p.git f /x\n",
		.want = "context: f git@h:p\n" },
	{ .name = "nothing is everything",
		.text = "FROM a\nCOPY $N /x\n",
		.want = "context: all\n" },
	{ .name = "a context of its own",
		.text = "FROM s\nCOPY a /\nFROM x\nCOPY --from=s f g/ /\nCOPY b /\n",
		.want = "context: b\n"
		"s: f g\n", .context = "s=local:d" },
	{ .name = "a context with RUN",
		.text = "FROM s AS t\nRUN x\nFROM x\nCOPY --from=t f /\n",
		.want = "s: all\n", .context = "s=local:d" },
};
// clang-format on

static void paths_are_collected(void **state) {
	(void)state;
	GRAPH_CASES_RUN(path_cases, GRAPH_PATHS);
}

/* Does a step work on the main context, or on the named one? */
static const struct built_case {
	const char *text;
	bool main, lib;
} built_cases[] = {
	{ "FROM a\nCOPY --from=lib a /\nCOPY a /\nRUN --mount=target=/m --mount=from=lib,target=/n x\n", false, false },
	{ "FROM lib\n", false, false },
	{ "FROM lib AS l\nFROM scratch\nCOPY --from=l a /\n", false, false },
	{ "FROM lib\nCOPY a /\n", false, true },
	{ "FROM lib\nRUN x\n", false, true },
	{ "FROM lib\nCOPY --link a /\n", false, true },
	{ "FROM lib AS l\nCOPY a /\nFROM scratch\nCOPY --from=l a /\n", false, true },
	{ "FROM a\nRUN --mount=target=/m,rw x\n", true, false },
	{ "FROM a\nRUN --mount=from=lib,target=/m,rw=true x\n", false, true },
	{ "FROM a\nRUN --mount=type=cache,from=lib,target=/m x\n", false, true },
};

static void contexts_are_built_on(void **state) {
	(void)state;
	struct ana_named_context lib = { .name = CTX_STR("lib"), .kind = ANA_CONTEXT_LOCAL, .value = CTX_STR("d") };
	struct ana_graph_opts opts = { .contexts = &lib, .context_count = 1 };
	for (size_t i = 0; i < CTX_COUNTOF(built_cases); ++i) {
		const struct built_case *c = &built_cases[i];
		ana_auto_dockerfile struct ana_dockerfile df = { 0 };
		ana_auto_graph struct ana_graph graph = { 0 };
		assert_int_equal(ana_dockerfile_parse(&df, CTX_STR(c->text), NULL), 0);
		assert_int_equal(ana_graph_build(&graph, &df, &opts, NULL), 0);
		assert_int_equal(graph.diags.items.count, 0);
		bool found = false;
		for (size_t k = 1; k < graph.locals.count; ++k) {
			found = found || graph.locals.items[k].built_on;
		}
		if (graph.locals.items[0].built_on != c->main || found != c->lib) {
			fail_msg("%s", c->text);
		}
	}
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(scopes_are_kept),
		cmocka_unit_test(paths_are_collected),
		cmocka_unit_test(contexts_are_built_on),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
