#include "analyzer/dockerfile/graph.h"
#include "ctxopt/base/alloc.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

/** A bit of everything. */
static const char text[] =
	"ARG V=1\n"
	"FROM a AS one\n"
	"ENV A=1\n"
	"ARG V\n"
	"WORKDIR w\n"
	"ONBUILD COPY --from=x a b\n"
	"RUN --mount=type=cache,target=/c,uid=1 --mount=type=secret,id=s,env=E --mount=type=ssh x $V\n"
	"FROM one AS two\n"
	"COPY --link --parents a/./b c /d/\n"
	"COPY <<E /e\n$V\nE\n"
	"ADD https://h/p.git#m https://h/f /x/\n"
	"FROM --platform=linux/arm64 y\n"
	"RUN <<E\n#!/bin/x\nE\n"
	"COPY --from=two / /\n"
	"EXPOSE 80\n";

/** Every allocation of a build fails once: always an error, never a leak or a wrong graph. */
static void memory_runs_out(void **state) {
	(void)state;
	struct ana_named_context context = { .name = CTX_STR("y"), .kind = ANA_CONTEXT_LOCAL, .value = CTX_STR("d") };
	struct ana_graph_opts opts = { .contexts = &context, .context_count = 1, .multi_platform = true };
	ana_auto_dockerfile struct ana_dockerfile df = { 0 };
	assert_int_equal(ana_dockerfile_parse(&df, CTX_STR(text), NULL), 0);
	assert_int_equal(df.diags.items.count, 0);
	int rc = CTX_E_NOMEM;
	long n = 0;
	for (; rc != 0; ++n) {
		ana_auto_graph struct ana_graph graph = { 0 };
		struct ctx_error err;
		ctx_alloc_fail_after(n);
		rc = ana_graph_build(&graph, &df, &opts, &err);
		ctx_alloc_fail_after(-1);
		if (rc != 0 && rc != CTX_E_NOMEM) {
			fail_msg("allocation %ld: %s", n, err.msg);
		}
		if (rc == 0) {
			assert_int_equal(graph.diags.items.count, 0);
			assert_int_equal(graph.vertices.count, 18);
		}
	}
	assert_true(n > 20);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(memory_runs_out),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
