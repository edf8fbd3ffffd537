#include "analyzer/cache/deploy.h"

#include "ctxopt/base/alloc.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#include "tests/unit/cache_lab.h"

/* Builder stage: deps, COPY src, build.  Final stage: f, COPY cfg, COPY --from, after. */
#define BUILD(deps, f) \
	"FROM b AS s\nRUN " deps "\nCOPY src /src\nRUN build\nFROM b\nRUN " f \
	"\nCOPY cfg /cfg\nCOPY --from=s /out /out\nRUN after\n"
#define BEFORE BUILD("deps", "f")
#define TREE "src=1 cfg=1"

/* Two builds, each with a new builder that imports what the one before exported. */
static const struct deploy_case {
	const char *name, *after, *tree_after;
	enum ana_run_assumption run;
	/* Verdicts of the second build. */
	const char *max, *min;
} deploy_cases[] = {
	{ "none", BEFORE, TREE, ANA_RUN_UNKNOWN, "HHHHHHH", "HHHHHHH" },
	{ "src, output differs", BEFORE, "src=2 cfg=1", ANA_RUN_CHANGED, "HMMHHMM", "MMMHHMM" },
	{ "src, output equal", BEFORE, "src=2 cfg=1", ANA_RUN_UNCHANGED, "HMMHHHH", "MMMHHHH" },
	{ "src, output not known", BEFORE, "src=2 cfg=1", ANA_RUN_UNKNOWN, "HMMHH??", "MMMHH??" },
	{ "cfg", BEFORE, "src=1 cfg=2", ANA_RUN_UNKNOWN, "HHHHMMM", "MMMHMMM" },
	{ "f", BUILD("deps", "g"), TREE, ANA_RUN_UNKNOWN, "HHHMMMM", "MMMMMMM" },
	{ "deps, output equal", BUILD("deps2", "f"), TREE, ANA_RUN_UNCHANGED, "MMMHHHH", "MMMHHHH" },
	{ "deps, output differs", BUILD("deps2", "f"), TREE, ANA_RUN_CHANGED, "MMMHHMM", "MMMHHMM" },
};

/** Does the second build give this? */
static int check(const struct deploy_case *c, enum ana_cache_kind kind, const char *want) {
	const struct ana_deployment how = { .kind = kind };
	const struct lab_how run = { .run = c->run };
	struct lab lab = { 0 };
	lab_open(&lab, &how);
	assert_string_equal(lab_build(&lab, BEFORE, TREE, &run), "MMMMMMM");
	const char *got = lab_build(&lab, c->after, c->tree_after, &run);
	int wrong = strcmp(got, want) != 0;
	if (wrong) {
		print_error("%s, kind %d: %s, not %s (%s)\n", c->name, (int)kind, got, want, lab.reasons);
	}
	lab_close(&lab);
	return wrong;
}

static void fresh_builders(void **state) {
	(void)state;
	int wrong = 0;
	for (size_t i = 0; i < CTX_COUNTOF(deploy_cases); ++i) {
		const struct deploy_case *c = &deploy_cases[i];
		wrong += check(c, ANA_CACHE_LOCAL, c->max) + check(c, ANA_CACHE_REGISTRY_MAX, c->max) +
			check(c, ANA_CACHE_GHA, c->max) + check(c, ANA_CACHE_REGISTRY_MIN, c->min) +
			check(c, ANA_CACHE_INLINE, c->min) + check(c, ANA_CACHE_NONE, "MMMMMMM");
	}
	assert_int_equal(wrong, 0);
}

/* What runs on which branch, and the verdicts. */
struct build {
	const char *dockerfile, *tree, *want;
	uint32_t branch;
	int64_t time;
	struct lab_how how;
};

/** Build all of them; fails with the number of the first that is wrong. */
static void replay(const struct ana_deployment *how, const struct build *builds, size_t count) {
	struct lab lab = { 0 };
	lab_open(&lab, how);
	lab.bytes = how->max_bytes > 0 ? 2 : 0;
	for (size_t i = 0; i < count; ++i) {
		lab.branch = builds[i].branch;
		lab.time = builds[i].time != 0 ? builds[i].time : lab.time;
		const char *got = lab_build(&lab, builds[i].dockerfile, builds[i].tree, &builds[i].how);
		if (strcmp(got, builds[i].want) != 0) {
			fail_msg("build %zu: %s, not %s (%s)", i, got, builds[i].want, lab.reasons);
		}
	}
	lab_close(&lab);
}

#define SMALL "FROM b\nCOPY a /\nRUN x\n"

static void an_export_replaces_the_last_one(void **state) {
	(void)state;
	static const struct build one[] = {
		{ SMALL, "a=1", .want = "MM", .branch = 0 },
		{ SMALL, "a=2", .want = "MM", .branch = 1 },
		{ SMALL, "a=1", .want = "MM", .branch = 0 },
		{ SMALL, "a=1", .want = "HH", .branch = 1 },
	};
	replay(&(struct ana_deployment){ .kind = ANA_CACHE_REGISTRY_MAX }, one, CTX_COUNTOF(one));
	static const struct build own[] = {
		{ SMALL, "a=1", .want = "MM", .branch = 0 },
		{ SMALL, "a=2", .want = "MM", .branch = 1 },
		{ SMALL, "a=1", .want = "HH", .branch = 0 },
		{ SMALL, "a=1", .want = "MM", .branch = 1 },
	};
	replay(&(struct ana_deployment){ .kind = ANA_CACHE_REGISTRY_MAX, .scope = ANA_SCOPE_BRANCH }, own,
		CTX_COUNTOF(own));
	static const struct build base[] = {
		{ SMALL, "a=1", .want = "MM", .branch = 0 },
		{ SMALL, "a=1", .want = "HH", .branch = 1 },
		{ SMALL, "a=2", .want = "MM", .branch = 1 },
		{ SMALL, "a=2", .want = "MM", .branch = 2 },
		{ SMALL, "a=1", .want = "HH", .branch = 1 },
		{ SMALL, "a=2", .want = "MM", .branch = 0 },
	};
	replay(&(struct ana_deployment){ .kind = ANA_CACHE_GHA, .scope = ANA_SCOPE_BASE }, base, CTX_COUNTOF(base));
}

/* The content of a RUN's result has its own name, whatever number its key has in a store. */
static void results_keep_their_names(void **state) {
	(void)state;
	static const struct build builds[] = {
		{ BEFORE, "src=1 cfg=1", .want = "MMMMMMM" },
		{ BEFORE, "src=2 cfg=1", .want = "HMMHHMM", .how.run = ANA_RUN_CHANGED },
		{ BEFORE, "src=3 cfg=1", .want = "HMMHHMM", .how.run = ANA_RUN_CHANGED },
		{ BEFORE, "src=3 cfg=1", .want = "HHHHHHH" },
		{ BEFORE, "src=4 cfg=1", .want = "HMMHHMM", .how.run = ANA_RUN_CHANGED },
		{ BUILD("deps", "g"), "src=4 cfg=1", .want = "HHHMMMM", .how.run = ANA_RUN_CHANGED },
		{ BUILD("deps", "g"), "src=5 cfg=1", .want = "HMMHHMM", .how.run = ANA_RUN_CHANGED },
		{ BUILD("deps", "g"), "src=5 cfg=2", .want = "HHHHMMM", .how.run = ANA_RUN_CHANGED },
		{ BUILD("deps", "g"), "src=5 cfg=2", .want = "HHHHHHH" },
		// Made again by force: the same keys, so perhaps the same result
		{ BUILD("deps", "g"), "src=5 cfg=2", .want = "MMMHH?H", .how.no_cache_stage = "s" },
	};
	replay(&(struct ana_deployment){ .kind = ANA_CACHE_LOCAL }, builds, CTX_COUNTOF(builds));
	replay(&(struct ana_deployment){ .kind = ANA_CACHE_REGISTRY_MAX }, builds, CTX_COUNTOF(builds));
}

/** A random number below `bound`. */
static unsigned below(unsigned *state, unsigned bound) {
	*state = *state * 1103515245 + 12345;
	return (*state >> 12) % bound;
}

/* If what RUN makes is always another, then a copy of it is made again whenever it is. */
static void a_new_result_is_never_taken_for_an_old_one(void **state) {
	(void)state;
	const struct ana_deployment how = { .kind = ANA_CACHE_GHA, .scope = ANA_SCOPE_BASE };
	struct lab lab = { 0 };
	lab_open(&lab, &how);
	unsigned seed = 1, src = 1, made = 0;
	for (int i = 0; i < 150; ++i) {
		char dockerfile[512], tree[64];
		src += below(&seed, 2);
		snprintf(tree, sizeof(tree), "src=%u cfg=%u", src, below(&seed, 3));
		snprintf(dockerfile, sizeof(dockerfile), "%s",
			below(&seed, 2) == 0 ? BUILD("deps", "f") : BUILD("deps", "g"));
		lab.branch = below(&seed, 3);
		const struct lab_how run = { .run = ANA_RUN_CHANGED };
		const char *got = lab_build(&lab, dockerfile, tree, &run);
		if (got[2] == 'M' && got[5] != 'M' && strstr(lab.reasons, "absent") == NULL) {
			fail_msg("build %d: %s (%s)", i, got, lab.reasons);
		}
		made += got[2] == 'M';
	}
	assert_true(made > 20 && made < 140);
	lab_close(&lab);
}

static void min_passes_on_what_lies_in_the_registry(void **state) {
	(void)state;
	static const struct build builds[] = {
		{ BEFORE, TREE, .want = "MMMMMMM" },
		{ BEFORE, "src=1 cfg=2", .want = "MMMHMMM" },
		// Those of the builder stage were made again, and have no blobs
		{ BEFORE, "src=1 cfg=3", .want = "MMMHMMM" },
		{ BEFORE, "src=1 cfg=3", .want = "HHHHHHH" },
	};
	replay(&(struct ana_deployment){ .kind = ANA_CACHE_REGISTRY_MIN }, builds, CTX_COUNTOF(builds));
	// What was imported is passed on, unless it was made again: the engine does so, too
	const struct lab_how same = { .run = ANA_RUN_UNCHANGED };
	const struct build forced[] = {
		{ BEFORE, TREE, .want = "MMM", .how = { .target = "s", .run = ANA_RUN_UNCHANGED } },
		{ BEFORE, TREE, .want = "HHHMMMM", .how = same },
		{ BEFORE, TREE, .want = "HHHHHHH", .how = same },
		{ BEFORE, "src=1 cfg=2", .want = "HHHHMMM", .how = same },
		{ BEFORE, "src=1 cfg=2", .want = "MMMHHHH",
			.how = { .no_cache_stage = "s", .run = ANA_RUN_UNCHANGED } },
		{ BEFORE, "src=1 cfg=3", .want = "MMMHMMM", .how = same },
	};
	replay(&(struct ana_deployment){ .kind = ANA_CACHE_REGISTRY_MIN }, forced, CTX_COUNTOF(forced));
}

/* The engine writes no result for a merge that is the target if it was made by a builder that had imported a cache. */
static void inline_caches_lack_the_targets_merge(void **state) {
	(void)state;
	const char *last = "FROM scratch\nCOPY a /\nCOPY --link d /d\n",
		   *more = "FROM scratch\nCOPY a /\nCOPY --link d /d\nCOPY e /\n";
	const struct build builds[] = {
		{ last, "a d=1", .want = "MMM" },
		{ last, "a d=1", .want = "HHH" },
		{ last, "a d=2", .want = "HMM" },
		{ last, "a d=2", .want = "HHM" },
		{ last, "a d=2", .want = "HHM" },
		{ more, "a d=2 e=1", .want = "HHMM" },
		{ more, "a d=2 e=1", .want = "HHHH" },
		{ more, "a d=2 e=2", .want = "HHHM" },
	};
	replay(&(struct ana_deployment){ .kind = ANA_CACHE_INLINE }, builds, CTX_COUNTOF(builds));
}

static void results_expire(void **state) {
	(void)state;
	static const struct build builds[] = {
		{ BEFORE, TREE, .want = "MMMMMMM", .time = 1000 },
		{ BEFORE, TREE, .want = "HHHHHHH", .time = 1050 },
		// Only the result that is loaded is used: that of the target
		{ BEFORE, TREE, .want = "HHHHHHH", .time = 1110 },
		{ BEFORE, "src=2 cfg=1", .want = "MMMMMMM", .time = 1120, .how.run = ANA_RUN_CHANGED },
		{ BEFORE, "src=2 cfg=1", .want = "MMMMMMM", .time = 1300 },
	};
	replay(&(struct ana_deployment){ .kind = ANA_CACHE_LOCAL, .ttl_seconds = 100 }, builds, CTX_COUNTOF(builds));
}

#define TWO(name) "FROM b\nCOPY a /" name "1/\nCOPY a /" name "2/\n"
/* Each result has two bytes.  Verdicts as a builder of BuildKit v0.32.2 gave them that was pruned after each build. */
static void a_builder_drops_old_leaves(void **state) {
	(void)state;
	static const struct build older[] = {
		{ TWO("p"), "a", .want = "MM" },
		{ TWO("q"), "a", .want = "MM" },
		{ TWO("p"), "a", .want = "HM" },
		{ TWO("p"), "a", .want = "HH" },
		{ TWO("q"), "a", .want = "HM" },
	};
	replay(&(struct ana_deployment){ .kind = ANA_CACHE_LOCAL, .max_bytes = 7 }, older, CTX_COUNTOF(older));
	static const struct build seldom[] = {
		{ TWO("p"), "a", .want = "MM" },
		{ TWO("p"), "a", .want = "HH" },
		{ TWO("p"), "a", .want = "HH" },
		{ TWO("q"), "a", .want = "MM" },
		{ TWO("p"), "a", .want = "HH" },
		{ TWO("q"), "a", .want = "HM" },
	};
	replay(&(struct ana_deployment){ .kind = ANA_CACHE_LOCAL, .max_bytes = 7 }, seldom, CTX_COUNTOF(seldom));
	static const struct build none[] = {
		{ TWO("p"), "a", .want = "MM" },
		{ TWO("p"), "a", .want = "MM" },
	};
	replay(&(struct ana_deployment){ .kind = ANA_CACHE_LOCAL, .max_bytes = 1 }, none, CTX_COUNTOF(none));
	// The limit itself is too much
	replay(&(struct ana_deployment){ .kind = ANA_CACHE_LOCAL, .max_bytes = 2 }, none, CTX_COUNTOF(none));
	static const struct build room[] = {
		{ TWO("p"), "a", .want = "MM" },
		{ TWO("p"), "a", .want = "HH" },
	};
	replay(&(struct ana_deployment){ .kind = ANA_CACHE_LOCAL, .max_bytes = 5 }, room, CTX_COUNTOF(room));
	// A merge lies on both
	static const struct build merge[] = {
		{ "FROM b\nCOPY a /p\nCOPY --link a /q\n", "a", .want = "MMM" },
		{ "FROM b\nCOPY a /p\nCOPY --link a /q\n", "a", .want = "HHM" },
	};
	replay(&(struct ana_deployment){ .kind = ANA_CACHE_LOCAL, .max_bytes = 5 }, merge, CTX_COUNTOF(merge));
}

static void shared_blobs_are_dropped_by_age(void **state) {
	(void)state;
	const struct ana_deployment how = { .kind = ANA_CACHE_GHA,
		.scope = ANA_SCOPE_BRANCH,
		.max_bytes = 8,
		.ttl_seconds = 100 };
	static const struct build builds[] = {
		{ TWO("p"), "a", .want = "MM", .branch = 1, .time = 1000 },
		{ TWO("q"), "a", .want = "MM", .branch = 2, .time = 1001 },
		{ TWO("p"), "a", .want = "HH", .branch = 1, .time = 1002 },
		// No room for those of branch 2, which were not used for longest
		{ TWO("r"), "a", .want = "MM", .branch = 3, .time = 1003 },
		{ TWO("p"), "a", .want = "HH", .branch = 1, .time = 1004 },
		{ TWO("q"), "a", .want = "MM", .branch = 2, .time = 1005 },
		{ TWO("q"), "a", .want = "HH", .branch = 2, .time = 1050 },
		// Too old by now
		{ TWO("p"), "a", .want = "MM", .branch = 1, .time = 1140 },
	};
	replay(&how, builds, CTX_COUNTOF(builds));
}

/** An export and an import, without memory after `n` allocations. */
static int small_cycle(struct ana_caches **caches, const struct ana_variant *v, const struct ana_content *contents) {
	const struct ana_deployment how = { .kind = ANA_CACHE_GHA, .scope = ANA_SCOPE_BASE };
	struct ana_vertex_result *results = calloc(v->keys.count + 1, sizeof(*results));
	assert_non_null(results);
	int rc = ana_caches_new(caches, &how, NULL);
	for (uint32_t branch = 0; rc == 0 && branch < 3; ++branch) {
		struct ana_keystore *cache;
		const struct ana_solve_opts opts = { .graph = &v->graph, .keys = &v->keys, .contents = contents };
		rc = ana_caches_start(*caches, branch, branch, &cache, NULL);
		rc = rc < 0 ? rc : ana_solve(cache, &opts, results, NULL);
		rc = rc < 0 ? rc : ana_caches_finish(*caches, branch, &v->graph, results, NULL, NULL);
	}
	free(results);
	return rc;
}

static void every_allocation_may_fail(void **state) {
	(void)state;
	const struct lab_how how = { 0 };
	struct ana_variant *v = lab_variant(BEFORE, &how);
	struct ana_content *contents = calloc(v->keys.input_total + 1, sizeof(*contents));
	assert_non_null(contents);
	int rc = CTX_E_NOMEM;
	long n = 0;
	for (; rc != 0; ++n) {
		struct ana_caches *caches = NULL;
		ctx_alloc_fail_after(n);
		rc = small_cycle(&caches, v, contents);
		ctx_alloc_fail_after(-1);
		ana_caches_free(caches);
		assert_true(rc == 0 || rc == CTX_E_NOMEM);
	}
	assert_true(n > 20);
	free(contents);
	ana_variant_free(v);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fresh_builders),
		cmocka_unit_test(an_export_replaces_the_last_one),
		cmocka_unit_test(results_keep_their_names),
		cmocka_unit_test(a_new_result_is_never_taken_for_an_old_one),
		cmocka_unit_test(min_passes_on_what_lies_in_the_registry),
		cmocka_unit_test(inline_caches_lack_the_targets_merge),
		cmocka_unit_test(a_builder_drops_old_leaves),
		cmocka_unit_test(shared_blobs_are_dropped_by_age),
		cmocka_unit_test(results_expire),
		cmocka_unit_test(every_allocation_may_fail),
	};
	return cmocka_run_group_tests_name("deploy", tests, NULL, NULL);
}
