#include "analyzer/cache/classic.h"

#include "analyzer/cache/classic_look.h"
#include "analyzer/cache/classic_sum.h"
#include "analyzer/cache/keypart.h"
#include "ctxopt/base/alloc.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#include "tests/unit/cache_lab.h"

/** A daemon. */
struct shop {
	struct lab lab;
	struct ana_classic_images *images;
};

static void open_shop(struct shop *shop) {
	*shop = (struct shop){ 0 };
	lab_open(&shop->lab, NULL);
	shop->images = ana_classic_images_new();
	assert_non_null(shop->images);
	assert_true(ana_classic_images_empty(shop->images));
}

static void close_shop(struct shop *shop) {
	ana_classic_images_free(shop->images);
	lab_close(&shop->lab);
}

/** Build a variant: all of it, or up to where it fails. */
static int build_variant(struct shop *shop, const struct ana_variant *v, struct ana_dir *root,
	const struct lab_how *how, struct ana_vertex_result *results, struct ctx_error *err) {
	struct ana_classic_looker *looker = NULL;
	struct ctx_arena arena = { 0 };
	const struct ana_assumptions assumptions = { .run = how->run };
	struct ana_content *contents = ctx_calloc(v->plan.steps.count + 1, sizeof(*contents));
	int rc = contents == NULL ? ctx_fail_nomem(err)
				  : ana_classic_looker_new(&looker, &v->plan, shop->lab.selections, &assumptions, err);
	rc = rc < 0 ? rc : ana_classic_look(looker, root, contents, &arena, err);
	uint32_t steps = (uint32_t)v->plan.steps.count;
	for (uint32_t i = steps; rc == 0 && i-- > 0;) {
		steps = contents[i].missing ? i : steps;
	}
	struct ana_classic_build build = { &v->plan, contents, how->run, how->no_cache, steps };
	rc = rc < 0 ? rc : ana_classic_build(shop->images, &build, results, err);
	ana_classic_looker_free(looker);
	ctx_arena_release(&arena);
	free(contents);
	return rc;
}

/** Build; the verdicts, and the reasons in the lab.  A failing build has a '!' where it fails. */
static const char *build(struct shop *shop, const char *dockerfile, const char *tree, const struct lab_how *how) {
	struct lab_how classic = how != NULL ? *how : (struct lab_how){ .run = ANA_RUN_UNCHANGED };
	classic.classic = true;
	struct ana_variant *v = lab_variant(dockerfile, &classic);
	assert_true(CTX_VEC_PUSH(&shop->lab.variants, v));
	struct ana_vertex_result *results = ctx_calloc(v->plan.steps.count + 1, sizeof(*results));
	assert_non_null(results);
	assert_int_equal(build_variant(shop, v, lab_tree(shop->lab.store, tree), &classic, results, NULL), 0);
	lab_note(&shop->lab, v, results);
	for (uint32_t i = 0; i < v->step_count; ++i) { // what was not reached
		const struct ana_vertex_result *r = &results[v->steps[i].vertex];
		if (!r->made && !r->loaded) {
			memcpy(shop->lab.verdicts + i, "!", 2);
			break;
		}
	}
	size_t len = strlen(shop->lab.verdicts);
	memcpy(shop->lab.verdicts + len, "!", v->plan.failure != NULL ? 2 : 0);
	free(results);
	return shop->lab.verdicts;
}

/* Two builds, and the verdicts and reasons of the second. */
static const struct {
	const char *before, *tree, *after, *later, *want, *why;
} rows[] = {
	{ "FROM b\nENV A=1\nCOPY a /a\nLABEL x=1\nRUN x", "a", "FROM b\nENV A=1\nCOPY a /a\nLABEL x=1\nRUN x", "a",
		"HHHH", "- - - -" },
	{ "FROM b\nENV A=1\nCOPY a /a\nRUN x", "a", "FROM b\nENV A=2\nCOPY a /a\nRUN x", "a", "MMM",
		"operation parent parent" },
	{ "FROM b\nCOPY a /a\nLABEL x=1\nRUN x", "a", "FROM b\nCOPY a /a\nLABEL x=1\nRUN x", "a=2", "MMM",
		"inputs parent parent" },
	{ "FROM b\nCOPY a /a\nRUN x", "a", "FROM c\nCOPY a /a\nRUN x", "a", "MM", "source parent" },
	{ "FROM b\nRUN x\nRUN y", "a", "FROM b\nRUN y\nRUN x", "a", "MM", "order parent" },
	{ "FROM b\nRUN x", "a", "FROM docker.io/library/b:latest\nRUN x", "a", "H", "-" },
	{ "FROM b\nRUN x", "a", "FROM --platform=linux/s390x b\nRUN x", "a", "M", "source" },
	// Command lines
	{ "FROM b\nRUN x", "a", "FROM b\nRUN [\"/bin/sh\",\"-c\",\"x\"]", "a", "H", "-" },
	{ "FROM b\nRUN x", "a", "FROM b\nrun x", "a", "H", "-" },
	{ "FROM b\nSHELL [\"a\",\"b\"]\nRUN x", "a", "FROM b\nSHELL [\"a b\"]\nRUN x", "a", "MM", "order operation" },
	{ "FROM b\nCMD x", "a", "FROM b\nCMD [\"/bin/sh\",\"-c\",\"x\"]", "a", "H", "-" },
	{ "FROM b\nHEALTHCHECK --retries=1 CMD x", "a", "FROM b\nHEALTHCHECK --retries=2 CMD x", "a", "M",
		"operation" },
	{ "FROM b\nHEALTHCHECK NONE", "a", "FROM b\nHEALTHCHECK CMD NONE", "a", "M", "operation" },
	{ "FROM b\nENTRYPOINT x\nUSER a\nRUN x", "a", "FROM b\nENTRYPOINT x\nUSER b\nRUN x", "a", "HMM",
		"- operation parent" },
	{ "FROM b\nEXPOSE 2 1", "a", "FROM b\nEXPOSE 1 2", "a", "H", "-" },
	{ "FROM b\nVOLUME /a /b", "a", "FROM b\nVOLUME /b /a", "a", "M", "operation" },
	{ "FROM b\nMAINTAINER x\nSTOPSIGNAL 1", "a", "FROM b\nMAINTAINER x\nSTOPSIGNAL 2", "a", "HM", "- operation" },
	{ "FROM b\nWORKDIR /w/\nWORKDIR x", "a", "FROM b\nWORKDIR /w\nWORKDIR /w/x", "a", "MM", "operation parent" },
	{ "FROM b\nWORKDIR /w\nWORKDIR x", "a", "FROM b\nWORKDIR /w\nWORKDIR /w/x", "a", "HH", "- -" },
	// Variables
	{ "FROM b\nENV A 1", "a", "FROM b\nENV A=1", "a", "H", "-" },
	{ "FROM b\nENV A=\"1 B=2\"", "a", "FROM b\nENV A=1 B=2", "a", "M", "order" },
	{ "FROM b\nARG A=\"1 B=2\"\nRUN x", "a", "FROM b\nARG A=1 B=2\nRUN x", "a", "HM", "- operation" },
	{ "FROM b\nARG A=1\nRUN x", "a", "FROM b\nARG A=2\nRUN x", "a", "MM", "operation operation" },
	{ "FROM b\nENV A=1\nARG A=2\nRUN x", "a", "FROM b\nENV A=1\nARG A=3\nRUN x", "a", "HMM", "- operation parent" },
	{ "ARG G=1\nFROM b\nARG G\nRUN x", "a", "ARG G=2\nFROM b\nARG G\nRUN x", "a", "HM", "- operation" },
	{ "FROM b\nARG A=1\nARG A\nRUN x", "a", "FROM b\nARG A=2\nARG A\nRUN x", "a", "MMM",
		"operation parent parent" },
	{ "FROM b\nENV V=a\nARG V=z\nCOPY $V /x", "a", "FROM b\nENV V=a\nARG V=z\nCOPY a /x", "a", "HHH", "- - -" },
	{ "FROM b\nARG TARGETARCH\nCOPY a$TARGETARCH /x", "a", "FROM b\nARG TARGETARCH\nCOPY a /x", "a", "HH", "- -" },
	{ "ARG V=b\nFROM $V\nRUN x", "a", "FROM b\nRUN x", "a", "H", "-" },
	// Files: names count, links are followed
	{ "FROM b\nCOPY a /x", "a p/a", "FROM b\nCOPY p/a /x", "a p/a", "M", "inputs" },
	{ "FROM b\nCOPY a /x", "a", "FROM b\nCOPY a x", "a", "M", "operation" },
	{ "FROM b\nCOPY a /x", "a l>a", "FROM b\nCOPY l /x", "a l>a", "H", "-" },
	{ "FROM b\nCOPY d /x", "d/a k>d", "FROM b\nCOPY k /x", "d/a k>d", "H", "-" },
	{ "FROM b\nCOPY d /x", "d/a d/s>a", "FROM b\nCOPY d /x", "d/a d/t>a", "H", "-" },
	{ "FROM b\nCOPY d /x", "d/a d/b=2 d/s>a", "FROM b\nCOPY d /x", "d/a d/b=2 d/s>b", "M", "inputs" },
	{ "FROM b\nCOPY d /x", "d/e/s>../../a a", "FROM b\nCOPY d /x", "d/e/s>../../a a=2", "M", "inputs" },
	{ "FROM b\nCOPY d /x", "d/s>no", "FROM b\nCOPY d /x", "d/t>no", "M", "inputs" },
	{ "FROM b\nCOPY d /x", "d/s>s", "FROM b\nCOPY d /x", "d/s>no", "H", "-" },
	{ "FROM b\nCOPY d /x", "d/s>../e e/f", "FROM b\nCOPY d /x", "d/s>../e e/f=2", "H", "-" },
	{ "FROM b\nCOPY d /x", "d/a", "FROM b\nCOPY d /x", "d/a!", "M", "inputs" },
	{ "FROM b\nCOPY d /x", "d/a", "FROM b\nCOPY d /x", "d/a d/e/", "M", "inputs" },
	{ "FROM b\nCOPY . /x", "a d/b", "FROM b\nCOPY / /x", "a d/b", "H", "-" },
	{ "FROM b\nCOPY d/*.c /x/", "d/a.c d/b", "FROM b\nCOPY d/a.c /x/", "d/a.c d/b", "H", "-" },
	{ "FROM b\nCOPY d/* /x/", "d/a d/b=2", "FROM b\nCOPY d/a d/b /x/", "d/a d/b=2", "H", "-" },
	{ "FROM b\nCOPY d/* /x/", "d/a d/b=2", "FROM b\nCOPY d/* /x/", "d/a d/b=3", "M", "inputs" },
	{ "FROM b\nCOPY a b /w/", "a b=2", "FROM b\nCOPY b a /w/", "a b=2", "M", "inputs" },
	{ "FROM b\nADD https://e.org/f /f\nRUN x", "a", "FROM b\nADD https://e.org/f /f\nRUN x", "a=2", "HH", "- -" },
	{ "FROM b\nCOPY a /x", "a", "FROM b\nCOPY --chown=1 a /x", "a", "M", "operation" },
	// Stages
	{ "FROM b AS s\nCOPY a b /o/\nFROM b\nCOPY --from=s /o/a /a\nRUN x", "a b",
		"FROM b AS s\nCOPY a b /o/\nFROM b\nCOPY --from=s /o/a /a\nRUN x", "a b=2", "MHH", "inputs - -" },
	{ "FROM b AS s\nCOPY a b /o/\nFROM b\nCOPY --from=s /o/a /a\nRUN x", "a b",
		"FROM b AS s\nCOPY a b /o/\nFROM b\nCOPY --from=0 /o/a /a\nRUN x", "a=2 b", "MMM",
		"inputs stage parent" },
	{ "FROM b AS s\nCOPY --chown=1 a /o/a\nFROM b\nCOPY --from=s /o/a /a", "a",
		"FROM b AS s\nCOPY --chown=2 a /o/a\nFROM b\nCOPY --from=S /o/a /a", "a", "MM", "operation stage" },
	{ "FROM b AS s\nRUN x\nFROM s\nRUN y", "a", "FROM b AS s\nRUN z\nFROM S\nRUN y", "a", "MM",
		"operation parent" },
	{ "FROM b AS s\nRUN x\nFROM b\nRUN y", "a", "FROM b AS s\nRUN z\nFROM b\nRUN y", "a", "MH", "operation -" },
	{ "FROM b\nCOPY --from=i /a /a", "a", "FROM b\nCOPY --from=docker.io/library/i /a /a", "a", "H", "-" },
	{ "FROM b\nCOPY --from=i /a /a", "a", "FROM b\nCOPY --from=j /a /a", "a", "M", "inputs" },
	{ "FROM scratch\nLABEL a=1\nCOPY a /a", "a", "FROM scratch\nLABEL a=1\nCOPY a /a", "a=2", "HM", "- inputs" },
	{ "FROM b\nLABEL a=1", "a", "FROM scratch\nLABEL a=1", "a", "M", "order" },
	{ "FROM b AS s\nONBUILD COPY a /a\nFROM s\nRUN x", "a", "FROM b AS s\nONBUILD COPY a /a\nFROM s\nRUN x", "a=2",
		"HM", "- parent" },
	// A file has one sum in images, and another one in contexts
	{ "FROM scratch AS s\nCOPY a /a\nFROM scratch AS t\nCOPY --from=s /a /b", "a",
		"FROM scratch AS s\nCOPY a /a\nFROM scratch AS t\nCOPY a /b", "a", "HM", "- inputs" },
	{ "FROM scratch AS s\nCOPY a /a\nFROM scratch AS t\nCOPY --from=s /a /b", "a",
		"FROM scratch AS r\nCOPY a /a\nFROM scratch AS t\nCOPY --from=r /a /b", "a", "HH", "- -" },
	// What was copied over may have been a directory, which then holds what was copied
	{ "FROM b AS s\nCOPY a /o\nCOPY b /o\nFROM b\nCOPY --from=s /o /s\nRUN x", "a b",
		"FROM b AS s\nCOPY a /o\nCOPY b /o\nFROM b\nCOPY --from=s /o /s\nRUN x", "a=2 b", "MM??",
		"inputs parent stage parent" },
	{ "FROM b AS s\nCOPY a b /o/\nFROM b\nCOPY --from=s /o /x", "a b",
		"FROM b AS s\nCOPY a /o/a\nCOPY b /o/b\nFROM b\nCOPY --from=s /o /x", "a b", "MM?",
		"operation operation stage" },
	{ "FROM b AS s\nCOPY a /o\nCOPY b /o\nFROM b\nCOPY --from=s /o /s\nRUN x", "a b",
		"FROM b AS s\nCOPY a /o\nCOPY b /o\nFROM b\nCOPY --from=s /o /s\nRUN x", "a b=2", "HMMM",
		"- inputs stage parent" },
	// Builds that fail leave what they did
	{ "FROM b\nRUN x\nCOPY no /x\nRUN y", "a", "FROM b\nRUN x\nCOPY no /x\nRUN y", "a no", "HMM",
		"- operation operation" },
	{ "FROM b\nRUN x\nRUN --mount=target=/m y", "a", "FROM b\nRUN x\nRUN y", "a", "HM", "- operation" },
};

static void second_builds(void **state) {
	(void)state;
	for (size_t i = 0; i < CTX_COUNTOF(rows); ++i) {
		struct shop shop;
		open_shop(&shop);
		build(&shop, rows[i].before, rows[i].tree, NULL);
		const char *got = build(&shop, rows[i].after, rows[i].later, NULL);
		if (strcmp(got, rows[i].want) != 0 || strcmp(shop.lab.reasons, rows[i].why) != 0) {
			fail_msg("%s -> %s: %s (%s)", rows[i].before, rows[i].after, got, shop.lab.reasons);
		}
		close_shop(&shop);
	}
}

/* Builds that fail, and why. */
static const struct {
	const char *dockerfile, *tree, *want, *failure;
	uint32_t line;
} failures[] = {
	{ "FROM b\nCOPY no /x", "a", "!", NULL, 0 },
	{ "FROM b\nRUN x\nCOPY no* /x", "a", "M!", NULL, 0 },
	{ "FROM b\nCOPY a no* /x/\nRUN x", "a", "MM", NULL, 0 },
	{ "FROM b\nCOPY no* not* /x/", "a", "!", NULL, 0 },
	{ "FROM b\nCOPY a* /x", "a ab", "!", NULL, 0 },
	{ "FROM b\nCOPY l/* /x/", "l>d d/a", "!", NULL, 0 },
	{ "FROM b\nCOPY l* /x/", "l>no", "!", NULL, 0 },
	{ "FROM b\nRUN x\nRUN --mount=target=/m y", "a", "M!", "the classic builder does not know RUN --mount", 3 },
	{ "FROM b\nADD --chmod=1 a /x", "a", "!", "the classic builder does not know ADD --chmod", 2 },
	{ "FROM b\nCOPY https://e.org/f /x", "a", "!", "source can't be a URL for COPY", 2 },
	{ "FROM b\nCOPY a b /x", "a b", "!",
		"When using COPY with more than one source file, the destination must be a directory and end with a /",
		2 },
	{ "FROM b\nCOPY --from=0 a /x", "a", "!", "invalid from flag value 0: refers to current build stage", 2 },
	{ "FROM b\nCOPY --from=7 a /x", "a", "!", "invalid from flag value 7: index out of bounds", 2 },
	{ "FROM b\nENV A=${B#x}", "a", "!", "unsupported modifier (#) in substitution", 2 },
	{ "FROM b\nARG A=${B:?why}", "a", "!", "B: why", 2 },
	{ "FROM b AS s\nRUN x\nFROM b AS S\nRUN y", "a", "M!", "S stage name already used", 3 },
	{ "ARG V\nFROM $V\nRUN y", "a", "!", "base name ($V) should not be blank", 2 },
	{ "ARG V=${W/x/y}\nFROM b\nRUN y", "a", "!", "unsupported modifier (/) in substitution", 1 },
	{ "FROM B!\nRUN y", "a", "!", "invalid reference format: repository name (library/B!) must be lowercase", 1 },
	{ "FROM scratch", "a", "!", "No image was generated. Is your Dockerfile empty?", 0 },
	{ "FROM b AS s\nONBUILD COPY --chmod=1 a /\nFROM s\nRUN x", "a", "M!",
		"the classic builder does not know COPY --chmod", 3 },
};

static void failing_builds(void **state) {
	(void)state;
	for (size_t i = 0; i < CTX_COUNTOF(failures); ++i) {
		struct shop shop;
		open_shop(&shop);
		const char *got = build(&shop, failures[i].dockerfile, failures[i].tree, NULL);
		const struct ana_classic_plan *plan = &shop.lab.variants.items[0]->plan;
		const char *failure = plan->failure;
		bool right = failure == NULL ? failures[i].failure == NULL
					     : failures[i].failure != NULL && strcmp(failure, failures[i].failure) == 0;
		if (strcmp(got, failures[i].want) != 0 || !right || plan->failure_line != failures[i].line) {
			fail_msg("%s: %s, %u: %s", failures[i].dockerfile, got, plan->failure_line,
				failure != NULL ? failure : "-");
		}
		close_shop(&shop);
	}
}

/* What a RUN left, if that is not known. */
static void unknown_outputs(void **state) {
	(void)state;
	const char *file = "FROM b AS s\nCOPY a /a\nRUN make\nFROM b\nRUN pre\nCOPY --from=s /o /o\nRUN z\nLABEL a=1";
	static const struct {
		enum ana_run_assumption run;
		const char *want, *why;
	} cases[] = {
		{ ANA_RUN_UNKNOWN, "MMH???", "inputs parent - stage parent parent" },
		{ ANA_RUN_CHANGED, "MMHMMM", "inputs parent - stage parent parent" },
		{ ANA_RUN_UNCHANGED, "MMHHHH", "inputs parent - - - -" },
	};
	for (size_t i = 0; i < CTX_COUNTOF(cases); ++i) {
		struct shop shop;
		const struct lab_how how = { .run = cases[i].run };
		open_shop(&shop);
		assert_string_equal(build(&shop, file, "a", &how), "MMMMMM");
		assert_string_equal(build(&shop, file, "a", &how), "HHHHHH");
		assert_string_equal(build(&shop, file, "a=2", &how), cases[i].want);
		assert_string_equal(shop.lab.reasons, cases[i].why);
		assert_string_equal(build(&shop, file, "a=2", &how), "HHHHHH");
		assert_string_equal(build(&shop, file, "a", &how), "HHHHHH");
		close_shop(&shop);
	}
	// What never stood there cannot be a hit, whatever the RUN left
	struct shop shop;
	const struct lab_how how = { .run = ANA_RUN_UNKNOWN };
	open_shop(&shop);
	build(&shop, file, "a", &how);
	assert_string_equal(build(&shop, "FROM b AS s\nCOPY a /a\nRUN make\nFROM b\nRUN new\nCOPY --from=s /o /o",
				    "a=2", &how),
		"MMMM");
	assert_string_equal(
		build(&shop, "FROM b AS s\nCOPY a /a\nRUN make\nFROM b\nRUN pre\nCOPY --from=s /o /o\nRUN new\nRUN z",
			"a=3", &how),
		"MMH?MM");
	close_shop(&shop);
}

static void arguments_that_are_given(void **state) {
	(void)state;
	const char *file = "FROM b\nARG L=1\nRUN x";
	const struct lab_how two = { .build_arg = "L=2" }, one = { .build_arg = "L=1" }, other = { .build_arg = "M=1" },
			     proxy = { .build_arg = "HTTP_PROXY=p" }, target = { .target = "S" },
			     none = { .no_cache = true };
	struct shop shop;
	open_shop(&shop);
	build(&shop, file, "a", NULL);
	assert_string_equal(build(&shop, file, "a", &two), "HM");
	assert_string_equal(build(&shop, file, "a", &one), "HH");
	assert_string_equal(build(&shop, file, "a", &other), "HH");
	assert_string_equal(build(&shop, file, "a", &proxy), "HH");
	assert_string_equal(build(&shop, "FROM b\nRUN x", "a", NULL), "M");
	assert_string_equal(build(&shop, "FROM b\nRUN x", "a", &proxy), "M"); // "|0" in front
	assert_string_equal(build(&shop, "FROM b AS s\nRUN x\nFROM b\nRUN y", "a", &target), "H");
	assert_string_equal(build(&shop, file, "a", &none), "MM");
	assert_string_equal(shop.lab.reasons, "forced forced");
	assert_string_equal(build(&shop, file, "a", NULL), "HH");
	close_shop(&shop);
}

static void names(void **state) {
	(void)state;
	const struct lab_how how = { .classic = true };
	struct ana_variant *v =
		lab_variant("ARG G\nFROM b AS s\nonbuild run x\nenv A=1\nFROM s\nCOPY a$A /a\nRUN ls \\\n -l", &how);
	static const char *const names[] = { "Step 3/7 : onbuild run x", "Step 4/7 : env A=1", "Step 6/7 : COPY a$A /a",
		"Step 7/7 : RUN ls  -l" };
	static const char *const texts[] = { "ONBUILD run x", "ENV A=1", "COPY a1 /a", "RUN ls  -l" };
	if (v->step_count != 4) {
		fail_msg("%u: %s", v->step_count, v->plan.failure);
	}
	for (uint32_t i = 0; i < 4; ++i) {
		assert_true(ctx_str_is(v->steps[i].name, names[i]));
		assert_true(ctx_str_is(v->steps[i].instruction, texts[i]));
		assert_true(ctx_str_is(v->steps[i].stage, i < 2 ? "s" : "stage-1"));
	}
	assert_true(v->steps[0].seconds == 0 && v->steps[2].seconds > 0 && v->steps[3].seconds > 0);
	ana_variant_free(v);
}

/** ana_key_part_fn. */
static int add_part(void *arg, const char *name, struct ctx_str value) {
	struct ctx_buf *out = arg;
	ctx_buf_addf(out, "%s: %.*s\n", name, CTX_STR_ARGS(value));
	return ctx_buf_ok(out) ? 0 : CTX_E_NOMEM;
}

static void steps_are_explained(void **state) {
	(void)state;
	const struct lab_how how = { .classic = true };
	struct ana_variant *v = lab_variant(
		"FROM b AS s\nCOPY a d/b /x/\nARG A=1\nENV B=2\nARG B=3\nRUN x\nFROM s\nCOPY --from=s /x /y\nFROM scratch\nADD https://e.org/f /",
		&how);
	static const struct {
		uint32_t step;
		const char *want;
	} cases[] = {
		{ 0,
			"instruction: COPY a d/b /x/\ncontent of: a of the context\ncontent of: d/b of the context\n"
			"image of: docker.io/library/b:latest\n" },
		{ 4, "command: /bin/sh\ncommand: -c\ncommand: x\nargument: A=1\nimage of: Step 5/10 : ARG B=3\n" },
		{ 5, "instruction: COPY --from=s /x /y\ncontent of: /x of s\nimage of: stage s\n" },
		{ 6, "instruction: ADD https://e.org/f /\ncontent of: what is fetched\nimage of: scratch\n" },
	};
	for (size_t i = 0; i < CTX_COUNTOF(cases); ++i) {
		ctx_auto_buf struct ctx_buf got = CTX_BUF_INIT;
		assert_int_equal(ana_classic_explain(&v->plan, cases[i].step, add_part, &got, NULL), 0);
		assert_string_equal(ctx_buf_str(&got), cases[i].want);
	}
	ana_variant_free(v);
}

static void invalid_files(void **state) {
	(void)state;
	static const struct {
		const char *text, *target, *error;
	} cases[] = {
		{ "FROM b\nRUN <<E\nx\nE", NULL, "2:5: the classic builder does not know here-documents" },
		{ "# syntax=x\nFROM b\nCOPY --link a /a", NULL, "3:6: the classic builder does not know COPY --link" },
		{ "FROM b AS s", "t", "failed to reach build target t in Dockerfile" },
		{ "XYZZY", NULL, "1:1: unknown instruction: XYZZY" },
	};
	for (size_t i = 0; i < CTX_COUNTOF(cases); ++i) {
		struct lab_how how = { .classic = true, .target = cases[i].target };
		struct lab_room room = { 0 };
		struct ana_variant_opts opts = lab_opts(&how, &room);
		struct ctx_buf text = CTX_BUF_INIT;
		struct ana_variant *v = NULL;
		ctx_buf_adds(&text, cases[i].text);
		assert_int_equal(ana_variant_new(&v, &text, &opts, NULL), 0);
		assert_non_null(v->error);
		assert_string_equal(v->error, cases[i].error);
		ana_variant_free(v);
	}
}

/** One build of a file, as far as memory goes. */
static int build_poorly(struct shop *shop, const char *dockerfile, struct ana_dir *root, long allocations) {
	const struct lab_how how = { .classic = true };
	struct lab_room room = { 0 };
	struct ana_variant_opts opts = lab_opts(&how, &room);
	struct ctx_buf text = CTX_BUF_INIT;
	struct ana_variant *v = NULL;
	struct ana_vertex_result results[32];
	ctx_buf_adds(&text, dockerfile);
	ctx_alloc_fail_after(allocations);
	int rc = ana_variant_new(&v, &text, &opts, NULL);
	rc = rc < 0 ? rc : build_variant(shop, v, root, &how, results, NULL);
	ctx_auto_buf struct ctx_buf got = CTX_BUF_INIT;
	for (uint32_t i = 0; rc == 0 && i < v->plan.steps.count; ++i) {
		rc = ana_classic_explain(&v->plan, i, add_part, &got, NULL);
	}
	ctx_alloc_fail_after(-1);
	ana_variant_free(v);
	return rc;
}

static void every_allocation_may_fail(void **state) {
	(void)state;
	const char *file =
		"ARG G=1\nFROM b AS s\nONBUILD ENV Z=1\nARG G A=2\nLABEL a=$A\nWORKDIR w\nCOPY d a* /o/\nRUN x\nFROM s\n"
		"COPY --from=s /w/o /p\nCOPY --from=i /q /q\nENTRYPOINT x\nADD https://e.org/f /f";
	int rc = CTX_E_NOMEM;
	long n = 0;
	for (; rc != 0; ++n) {
		struct shop shop;
		open_shop(&shop);
		rc = build_poorly(&shop, file, lab_tree(shop.lab.store, "d/s>../a d/e/f a"), n);
		assert_true(rc == 0 || rc == CTX_E_NOMEM);
		close_shop(&shop);
	}
	assert_true(n > 50);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(second_builds),
		cmocka_unit_test(failing_builds),
		cmocka_unit_test(unknown_outputs),
		cmocka_unit_test(arguments_that_are_given),
		cmocka_unit_test(names),
		cmocka_unit_test(steps_are_explained),
		cmocka_unit_test(invalid_files),
		cmocka_unit_test(every_allocation_may_fail),
	};
	return cmocka_run_group_tests_name("classic", tests, NULL, NULL);
}
