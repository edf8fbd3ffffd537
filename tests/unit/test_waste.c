#include "ctxopt/context/waste.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "ctxopt/base/alloc.h"
#include "tests/unit/snap.h"

/** Paths, separated by blanks, into a snapshot; each file has 10 bytes. */
static struct ctx_snapshot *make(const char *paths, const char *rules) {
	struct ctx_snapshot *snap = ctx_snapshot_new(1);
	assert_non_null(snap);
	while (*paths != '\0') {
		size_t len = strcspn(paths, " ");
		char path[80];
		snprintf(path, sizeof(path), "%.*s", (int)len, paths);
		assert_int_equal(snap_file(snap, path, 10), 0);
		paths += len + (paths[len] == ' ' ? 1 : 0);
	}
	assert_int_equal(ctx_snapshot_seal(snap, NULL), 0);
	struct ctx_ignore *ig = NULL;
	assert_int_equal(ctx_ignore_parse(&ig, CTX_IGNORE_DOCKER, rules, strlen(rules), NULL), 0);
	assert_int_equal(ctx_snapshot_apply(snap, ig, NULL), 0);
	ctx_ignore_free(ig);
	return snap;
}

/** What is found: "name places bytes example", rows separated by semicolons. */
static const struct waste_case {
	const char *name, *paths, *rules, *want;
} cases[] = {
	{ "nothing", "a b/c", "", "" },
	{ "a directory with all below", ".git/a .git/b/c x", "", ".git 1 20 .git; " },
	{ "nested places count once", "node_modules/a/node_modules/b/x", "", "node_modules 1 10 node_modules; " },
	{ "several places", "a/node_modules/x b/node_modules/y", "", "node_modules 2 20 a/node_modules; " },
	{ "a place after a nested one", ".git/a x/.git/b", "", ".git 2 20 .git; " },
	{ "what is excluded is not sent", ".git/a node_modules/b", ".git\n", "node_modules 1 10 node_modules; " },
	{ "an ambiguous name needs a witness", "target/x", "", "" },
	{ "with its witness", "Cargo.toml target/x", "", "target 1 10 target; " },
	{ "the witness must be beside it", "Cargo.toml sub/target/x", "", "" },
	{ "suffixes", "a.log b/c.log log .log", "", "*.log 2 20 a.log; " },
	{ "a file named like a directory", "node_modules", "", "" },
	{ "secrets come last", ".env .env.local .git/x", "",
		".git 1 10 .git; .env 1 10 .env; .env.* 1 10 .env.local; " },
	{ "settings of one person", "sub/.envrc", "", ".envrc 1 10 sub/.envrc; " },
	{ "samples are no secrets", ".env.example .env.sample .env.template", "", "" },
};

/** Rows of every case. */
static void known_names_are_found(void **state) {
	(void)state;
	for (size_t i = 0; i < CTX_COUNTOF(cases); ++i) {
		struct ctx_snapshot *snap = make(cases[i].paths, cases[i].rules);
		ctx_auto_waste struct ctx_waste waste = { 0 };
		ctx_auto_buf struct ctx_buf text = CTX_BUF_INIT;
		assert_int_equal(ctx_waste_find(&waste, snap, NULL), 0);
		uint64_t bytes = 0;
		for (size_t k = 0; k < waste.rows.count; ++k) {
			const struct ctx_waste_row *row = &waste.rows.items[k];
			ctx_buf_addf(&text, "%s %llu %llu %s; ", row->name, (unsigned long long)row->places,
				(unsigned long long)row->totals.bytes, row->example);
			bytes += row->totals.bytes;
		}
		if (strcmp(ctx_buf_str(&text), cases[i].want) != 0) {
			fail_msg("%s: %s", cases[i].name, ctx_buf_str(&text));
		}
		assert_int_equal(waste.totals.bytes, bytes);
		ctx_snapshot_free(snap);
	}
}

/** Out of memory at every place. */
static void out_of_memory_is_reported(void **state) {
	(void)state;
	struct ctx_snapshot *snap = make(".git/a .env", "");
	int rc = CTX_E_NOMEM;
	for (long n = 0; rc == CTX_E_NOMEM && n < 100; ++n) {
		struct ctx_waste waste;
		ctx_alloc_fail_after(n);
		rc = ctx_waste_find(&waste, snap, NULL);
		ctx_alloc_fail_after(-1);
		ctx_waste_release(&waste);
	}
	assert_int_equal(rc, 0);
	ctx_snapshot_free(snap);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(known_names_are_found),
		cmocka_unit_test(out_of_memory_is_reported),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
