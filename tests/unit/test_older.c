#include "analyzer/dockerfile/older.h"

#include "ctxopt/base/alloc.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#include "tests/unit/cache_lab.h"

/* Files, and the first thing that Docker 20.10 does not know of them. */
static const struct {
	const char *text, *message;
	uint32_t line, column;
} files[] = {
	{ "FROM --platform=linux/amd64 a\nCOPY --chown=1 --chmod=1 --from=b c d\nADD --chown=1 --chmod=1 e f", NULL, 0,
		0 },
	{ "FROM a\nHEALTHCHECK --interval=1s --timeout=1s --start-period=1s --retries=1 CMD x", NULL, 0, 0 },
	{ "FROM a\nRUN --mount=type=cache,ID=i,target=/c,sharing=locked,uid=1,gid=1,mode=1 --mount=from=b,src=c,dst=/d,ro x",
		NULL, 0, 0 },
	{ "FROM a\nRUN --mount=type=secret,id=s,required --mount=type=bind,target=/m,rw x", NULL, 0, 0 },
	{ "FROM a\nRUN echo --network", NULL, 0, 0 },
	{ "FROM a\nCOPY --link b c", "Docker 20.10 does not know COPY --link", 2, 6 },
	{ "FROM a\n\nCOPY --chown=1 --parents b c", "Docker 20.10 does not know COPY --parents", 3, 16 },
	{ "FROM a\nADD --exclude=b c d", "Docker 20.10 does not know ADD --exclude", 2, 5 },
	{ "FROM a\nADD --checksum=sha256:1 https://c d", "Docker 20.10 does not know ADD --checksum", 2, 5 },
	{ "FROM a\nRUN --network=none x", "Docker 20.10 does not know RUN --network", 2, 5 },
	{ "FROM a\nRUN --mount=type=tmpfs,target=/t,size=1m x", "Docker 20.10 does not know \"size\" of --mount", 2,
		5 },
	{ "FROM a\nRUN --mount=type=secret,id=s,env=S x", "Docker 20.10 does not know \"env\" of --mount", 2, 5 },
	{ "FROM a\nHEALTHCHECK --start-interval=1s CMD x", "Docker 20.10 does not know HEALTHCHECK --start-interval", 2,
		13 },
	{ "FROM a\nRUN <<E\nx\nE", "Docker 20.10 does not know here-documents", 2, 5 },
	{ "FROM a\nCOPY b <<E /c\nx\nE\nCOPY --link b c", "Docker 20.10 does not know here-documents", 2, 8 },
};

static void what_it_does_not_know(void **state) {
	(void)state;
	for (size_t i = 0; i < CTX_COUNTOF(files); ++i) {
		ana_auto_dockerfile struct ana_dockerfile df = { 0 };
		assert_int_equal(ana_dockerfile_parse(&df, CTX_STR(files[i].text), NULL), 0);
		assert_int_equal(df.diags.items.count, 0);
		assert_int_equal(ana_older_check(&df, "Docker 20.10", NULL), 0);
		if (files[i].message == NULL) {
			assert_int_equal(df.diags.items.count, 0);
			continue;
		}
		assert_true(df.diags.items.count > 0);
		assert_string_equal(df.diags.items.items[0].message, files[i].message);
		assert_int_equal(df.diags.items.items[0].line, files[i].line);
		assert_int_equal(df.diags.items.items[0].column, files[i].column);
	}
}

/* Two builds, and the verdicts of the second with today's BuildKit and with that of Docker 20.10. */
static const struct {
	const char *before, *tree, *after, *later, *now, *older;
} builds[] = {
	// Owners
	{ "FROM b AS s\nCOPY --chown=1 a /o/a\nFROM b\nCOPY --from=s /o /o\nRUN x", "a",
		"FROM b AS s\nCOPY --chown=2 a /o/a\nFROM b\nCOPY --from=s /o /o\nRUN x", "a", "MMM", "MHH" },
	{ "FROM b AS s\nCOPY --chmod=644 a /o/a\nFROM b\nCOPY --from=s /o /o\nRUN x", "a",
		"FROM b AS s\nCOPY --chmod=600 a /o/a\nFROM b\nCOPY --from=s /o /o\nRUN x", "a", "MMM", "MMM" },
	// Modes that are no numbers
	{ "FROM b\nCOPY --chmod=u+x a /a", "a", "FROM b\nCOPY a /a", "a", "M", "H" },
	// Wildcards: only last names count, and a single match of the same name counts as if it had been named
	{ "FROM b\nCOPY */x /d/", "p/x q/y", "FROM b\nCOPY */x /d/", "r/x q/y", "M", "H" },
	{ "FROM b\nCOPY */x* /d/", "p/x q/y", "FROM b\nCOPY */x* /d/", "r/x q/y", "M", "H" },
	{ "FROM b\nCOPY */x* /d/", "p/x q/y", "FROM b\nCOPY */x* /d/", "p/xx q/y", "M", "M" },
	{ "FROM b\nCOPY */x* /d/", "p/x q/y", "FROM b\nCOPY */x* /d/", "p/x=2 q/y", "M", "M" },
	{ "FROM b\nCOPY */x /d/", "p/x", "FROM b\nCOPY p/x /d/", "p/x", "M", "H" },
	// Cache mounts
	{ "FROM b\nRUN --mount=type=cache,id=i,target=/c x", "a", "FROM b\nRUN --mount=type=cache,id=j,target=/c x",
		"a", "H", "M" },
	{ "FROM b\nRUN --mount=type=cache,id=i,target=/c x", "a",
		"FROM b\nRUN --mount=type=cache,id=i,target=/c,sharing=locked x", "a", "H", "M" },
	{ "FROM b\nRUN --mount=type=cache,target=/c x", "a",
		"FROM b\nRUN --mount=type=cache,target=/c,sharing=shared x", "a", "H", "H" },
	// What is mounted is what is worked on
	{ "FROM b AS s\nCOPY a /a\nRUN z\nFROM s\nRUN --mount=from=s,target=/m x", "a",
		"FROM b AS s\nCOPY a /a\nRUN y\nFROM s\nRUN --mount=from=s,target=/m x", "a", "HMH", "HMM" },
	// A frontend of its own may know --link, but the builder cannot merge
	{ "# syntax=docker/dockerfile:1\nFROM b\nCOPY --link a /a\nRUN x", "a",
		"# syntax=docker/dockerfile:1\nFROM b\nCOPY a /a\nRUN x", "a", "MM", "HH" },
};

static void what_counts(void **state) {
	(void)state;
	for (size_t i = 0; i < CTX_COUNTOF(builds); ++i) {
		for (int older = 0; older < 2; ++older) {
			struct lab lab = { 0 };
			struct lab_how how = { .older = older != 0, .run = ANA_RUN_UNCHANGED };
			lab_open(&lab, NULL);
			lab_build(&lab, builds[i].before, builds[i].tree, &how);
			const char *got = lab_build(&lab, builds[i].after, builds[i].later, &how);
			const char *want = older ? builds[i].older : builds[i].now;
			if (strcmp(got, want) != 0) {
				fail_msg("%s -> %s (older %d): %s, not %s", builds[i].before, builds[i].after, older,
					got, want);
			}
			lab_close(&lab);
		}
	}
}

static void names_of_steps(void **state) {
	(void)state;
	struct lab_how how = { .older = true };
	struct ana_variant *v = lab_variant("FROM b AS s\nONBUILD COPY a /a\nFROM s\nRUN x", &how);
	assert_int_equal(v->step_count, 2);
	assert_true(ctx_str_is(v->steps[0].name, "[stage-1 1/1] COPY a /a"));
	assert_true(ctx_str_is(v->steps[1].name, "[stage-1 2/1] RUN x"));
	ana_variant_free(v);
	v = lab_variant("FROM b\nRUN --mount=target=/m --mount=type=secret,id=s x", &how);
	assert_true(ctx_str_is(v->steps[0].name, "[2/2] RUN --mount=target=/m --mount=type=secret,id=s x"));
	ana_variant_free(v);
	v = lab_variant("FROM b\nRUN --mount=type=cache,target=/m x", &how);
	assert_true(ctx_str_is(v->steps[0].name, "[stage-0 2/2] RUN --mount=type=cache,target=/m x"));
	ana_variant_free(v);
}

static void every_allocation_may_fail(void **state) {
	(void)state;
	ana_auto_dockerfile struct ana_dockerfile df = { 0 };
	assert_int_equal(ana_dockerfile_parse(&df, CTX_STR("FROM a\nRUN --mount=\"type=tmpfs\",target=/t,size=1m x"),
				 NULL),
		0);
	int rc = CTX_E_NOMEM;
	for (long n = 0; rc != 0; ++n) {
		struct ctx_error err = { 0 };
		df.diags.items.count = 0;
		ctx_alloc_fail_after(n);
		rc = ana_older_check(&df, "Docker 20.10", &err);
		ctx_alloc_fail_after(-1);
		assert_true(rc == 0 || rc == CTX_E_NOMEM);
		assert_true(n < 100);
	}
	assert_int_equal(df.diags.items.count, 1);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_it_does_not_know),
		cmocka_unit_test(what_counts),
		cmocka_unit_test(names_of_steps),
		cmocka_unit_test(every_allocation_may_fail),
	};
	return cmocka_run_group_tests_name("older", tests, NULL, NULL);
}
