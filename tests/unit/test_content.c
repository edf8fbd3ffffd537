#include "analyzer/cache/content.h"

#include "ctxopt/base/alloc.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#include "tests/unit/cache_lab.h"

/** The content of the last input of the last step that is matched by content. */
struct seen {
	struct ctx_digest digest;
	uint32_t runs;
	bool assumed, missing;
};

/** Compose the contents of a Dockerfile and a tree; the last one that counts. */
static int see(const struct ana_variant *v, const char *tree, enum ana_run_assumption run, bool root,
	struct seen *out) {
	struct ana_filetree *store = NULL;
	struct ana_content_maker *maker = NULL;
	struct ctx_arena arena = { 0 };
	struct ana_content *contents = calloc(v->keys.input_total + 1, sizeof(*contents));
	struct ana_dir **roots = calloc(v->graph.locals.count + 1, sizeof(struct ana_dir *));
	assert_true(contents != NULL && roots != NULL);
	assert_int_equal(ana_filetree_new(&store, NULL, 022, NULL), 0);
	roots[0] = root ? lab_tree(store, tree) : NULL;
	struct ana_selections *selections = ana_selections_new(store);
	int rc = selections == NULL ? CTX_E_NOMEM
				    : ana_content_maker_new(&maker, &v->graph, &v->keys, selections,
					      &(struct ana_assumptions){ .run = run }, NULL);
	rc = rc < 0 ? rc : ana_contents_make(maker, store, roots, contents, &arena, NULL);
	const struct ana_vertex_key *key = &v->keys.vertices[v->steps[v->step_count - 1].vertex];
	for (uint32_t i = 0; rc == 0 && i < key->input_count; ++i) {
		const struct ana_content *c = &contents[v->keys.first[key - v->keys.vertices] + i];
		if (key->inputs[i].by_content) {
			*out = (struct seen){ c->digest, c->run_count, c->assumed, c->missing };
		}
	}
	ana_content_maker_free(maker);
	ana_selections_free(selections);
	ana_filetree_free(store);
	ctx_arena_release(&arena);
	free(contents);
	free(roots);
	return rc;
}

/** The same from text. */
static struct seen look(const char *dockerfile, const char *tree, enum ana_run_assumption run) {
	struct seen seen = { 0 };
	struct ana_variant *v = lab_variant(dockerfile, &(struct lab_how){ 0 });
	assert_int_equal(see(v, tree, run, true, &seen), 0);
	ana_variant_free(v);
	return seen;
}

#define FROM(stage, path) "FROM b AS s\n" stage "\nFROM b\nCOPY --from=s " path " /x\n"

/* What a copy from a stage reads, for two trees: is the content the same? */
static const struct {
	const char *stage, *path, *before, *after;
	bool same;
} tree_rows[] = {
	{ "COPY . /s", "/s", "a b", "a b", true },
	{ "COPY . /s", "/s", "a b", "a b=2", false },
	{ "COPY . /s", "/s/a", "a b", "a b=2", true },
	{ "COPY . /s", "/s/a", "a b", "a=2 b", false },
	{ "COPY . /s", "/s/d", "d/a b", "d/a b=2", true },
	{ "COPY d /s", "/s/a", "d/a d/b", "d/a d/b=2", true },
	{ "COPY d /s", "/s/a", "d/a d/b", "d/a=2 d/b", false },
	{ "COPY a /s/", "/s/a", "a b", "a b=2", true },
	{ "COPY a /s/", "/s/a", "a b", "a=2 b", false },
	{ "COPY a b /s/", "/s/a", "a b", "a b=2", true },
	{ "COPY *.c /s/", "/s/a.c", "a.c b.c", "a.c b.c=2", true },
	{ "COPY *.c /s/", "/s/a.c", "a.c b.c", "a.c=2 b.c", false },
	{ "COPY *.c /s/", "/s/*.c", "a.c b", "a.c b=2", true },
	{ "COPY *.c /s/", "/s/*.c", "a.c b", "a.c c.c b", false },
	{ "COPY a /s\nCOPY b /t", "/s", "a b", "a b=2", true },
	{ "COPY a /s\nCOPY b /t", "/", "a b", "a b=2", false },
	{ "COPY --exclude=b . /s", "/s", "a b", "a b=2", true },
	{ "COPY --exclude=b . /s", "/s", "a b", "a=2 b", false },
	{ "COPY --link a /s/", "/s/a", "a b", "a b=2", true },
	{ "COPY --link a /s/", "/s/a", "a b", "a=2 b", false },
	{ "COPY d /s\nCOPY e /s", "/s/x", "d/x e/y", "d/x=2 e/y", false },
	{ "WORKDIR /s\nCOPY a .", "/s", "a b", "a b=2", true },
};

static void stages_of_copies_are_composed(void **state) {
	(void)state;
	int wrong = 0;
	for (size_t i = 0; i < CTX_COUNTOF(tree_rows); ++i) {
		char text[512];
		snprintf(text, sizeof(text), FROM("%s", "%s"), tree_rows[i].stage, tree_rows[i].path);
		struct seen x = look(text, tree_rows[i].before, ANA_RUN_UNKNOWN),
			    y = look(text, tree_rows[i].after, ANA_RUN_UNKNOWN);
		if (ctx_digest_equal(&x.digest, &y.digest) != tree_rows[i].same || x.runs + y.runs > 0 || x.missing ||
			y.missing) {
			print_error("%s, %s: %s -> %s\n", tree_rows[i].stage, tree_rows[i].path, tree_rows[i].before,
				tree_rows[i].after);
			++wrong;
		}
	}
	assert_int_equal(wrong, 0);
}

/* Two stages on one tree: is the content the same, and of how many RUN steps is the first? */
static const struct {
	const char *before, *after;
	bool same;
	uint32_t runs;
} edit_rows[] = {
	{ FROM("COPY a /s", "/s"), FROM("COPY c /s", "/s"), false, 0 },
	{ FROM("COPY d/f /s/f", "/s"), FROM("COPY e/f /s/f", "/s"), true, 0 },
	{ FROM("COPY d /s", "/s"), FROM("COPY e /s", "/s"), true, 0 },
	{ FROM("COPY d /s", "/s"), FROM("COPY --chmod=600 d /s", "/s"), false, 0 },
	{ FROM("COPY d /s", "/s"), FROM("COPY --chown=7 d /s", "/s"), false, 0 },
	{ FROM("COPY d /s", "/s"), FROM("COPY c /other\nCOPY d /s", "/s"), true, 0 },
	{ FROM("COPY d /s", "/s"), FROM("LABEL a=1\nENV A=1\nCOPY d /s", "/s"), true, 0 },
	{ FROM("COPY d /s", "/s"), FROM("COPY c /s/c\nCOPY d /s", "/s"), false, 0 },
	{ FROM("COPY <<E /s\nx\nE", "/s"), FROM("COPY <<E /s\ny\nE", "/s"), false, 0 },
	{ FROM("WORKDIR /s", "/s"), FROM("WORKDIR /s\nWORKDIR /t", "/s"), true, 0 },
	{ FROM("COPY a /s", "/s"), FROM("RUN x\nCOPY a /s", "/s"), true, 0 },
	{ FROM("RUN x\nCOPY a /s", "/s"), FROM("RUN x\nCOPY c /s", "/s"), false, 0 },
	{ FROM("RUN x", "/s"), FROM("RUN y", "/s"), true, 1 },
	{ FROM("RUN x", "/s"), FROM("RUN x", "/t"), false, 1 },
	{ FROM("RUN x\nRUN y", "/s"), FROM("RUN y", "/s"), true, 1 },
};

static void edits_of_stages(void **state) {
	(void)state;
	int wrong = 0;
	for (size_t i = 0; i < CTX_COUNTOF(edit_rows); ++i) {
		const char *tree = "a c=3 d/f e/f";
		struct seen x = look(edit_rows[i].before, tree, ANA_RUN_UNKNOWN),
			    y = look(edit_rows[i].after, tree, ANA_RUN_UNKNOWN);
		if (ctx_digest_equal(&x.digest, &y.digest) != edit_rows[i].same || x.runs != edit_rows[i].runs) {
			print_error("%s%s: %d runs\n", edit_rows[i].before, edit_rows[i].after, (int)x.runs);
			++wrong;
		}
	}
	assert_int_equal(wrong, 0);
}

static void what_runs_write_may_be_assumed(void **state) {
	(void)state;
	const char *text = FROM("COPY a /in\nRUN make", "/out");
	struct seen x = look(text, "a", ANA_RUN_UNCHANGED), y = look(text, "a=2", ANA_RUN_UNCHANGED);
	assert_true(ctx_digest_equal(&x.digest, &y.digest));
	assert_int_equal(x.runs, 0);
	assert_int_equal(look(text, "a", ANA_RUN_CHANGED).runs, 1);
	// What is copied in is seen through a RUN that writes nothing else
	text = FROM("COPY a /in\nRUN make", "/in");
	x = look(text, "a", ANA_RUN_UNCHANGED);
	y = look(text, "a=2", ANA_RUN_UNCHANGED);
	assert_false(ctx_digest_equal(&x.digest, &y.digest));
}

static void what_is_missing_or_assumed_is_told(void **state) {
	(void)state;
	assert_true(look("FROM b\nCOPY q /\n", "a", ANA_RUN_UNKNOWN).missing);
	assert_true(look("FROM b\nRUN --mount=source=q,target=/m x\n", "a", ANA_RUN_UNKNOWN).missing);
	assert_false(look("FROM b\nCOPY q* /\n", "a", ANA_RUN_UNKNOWN).missing);
	assert_false(look("FROM b\nCOPY a /\n", "a", ANA_RUN_UNKNOWN).assumed);
	assert_false(look("FROM b\nCOPY --from=i /a /\n", "a", ANA_RUN_UNKNOWN).assumed);
	assert_true(look("FROM b\nADD https://h/f /\n", "a", ANA_RUN_UNKNOWN).assumed);
	assert_true(look(FROM("ADD https://h/f /s/", "/s"), "a", ANA_RUN_UNKNOWN).assumed);
	struct ana_variant *v = lab_variant("FROM b\nCOPY a /\n", &(struct lab_how){ 0 });
	struct seen seen;
	assert_int_equal(see(v, "", ANA_RUN_UNKNOWN, false, &seen), 0);
	assert_true(seen.assumed && !seen.missing);
	ana_variant_free(v);
}

/** `count` stages, each a copy of the one before, and a part of the last. */
static struct ana_variant *chain(unsigned count) {
	ctx_auto_buf struct ctx_buf text = CTX_BUF_INIT;
	ctx_buf_adds(&text, "FROM b AS s0\nCOPY . /s\n");
	for (unsigned i = 1; i <= count; ++i) {
		ctx_buf_addf(&text, "FROM b AS s%u\nCOPY --from=s%u /s /s\n", i, i - 1);
	}
	ctx_buf_addf(&text, "FROM b\nCOPY --from=s%u /s/a /x\n", count);
	return lab_variant(ctx_buf_str(&text), &(struct lab_how){ 0 });
}

static void copies_of_copies(void **state) {
	(void)state;
	struct seen x, y;
	struct ana_variant *v = chain(300);
	assert_int_equal(see(v, "a", ANA_RUN_UNKNOWN, true, &x), 0);
	assert_int_equal(see(v, "a=2", ANA_RUN_UNKNOWN, true, &y), 0);
	assert_false(ctx_digest_equal(&x.digest, &y.digest));
	ana_variant_free(v);
	v = chain(500);
	assert_int_equal(see(v, "a", ANA_RUN_UNKNOWN, true, &x), 0);
	ana_variant_free(v);
}

static void every_allocation_may_fail(void **state) {
	(void)state;
	struct ana_variant *v = lab_variant(
		"FROM b AS s\nRUN x\nCOPY . /s\nCOPY --exclude=a d* /t/\nFROM b AS t\nCOPY --from=s /s/d /t/* /v/\nFROM b\nCOPY --from=t /v/f /\n",
		&(struct lab_how){ 0 });
	struct ana_filetree *store = NULL;
	assert_int_equal(ana_filetree_new(&store, NULL, 022, NULL), 0);
	struct ana_dir *root = lab_tree(store, "a d/f d/a");
	struct ana_content *contents = calloc(v->keys.input_total + 1, sizeof(*contents));
	assert_non_null(contents);
	int rc = CTX_E_NOMEM;
	long n = 0;
	for (; rc != 0; ++n) {
		struct ctx_arena arena = { 0 };
		struct ana_content_maker *maker = NULL;
		ctx_alloc_fail_after(n);
		struct ana_selections *selections = ana_selections_new(store);
		rc = selections == NULL ? CTX_E_NOMEM
					: ana_content_maker_new(&maker, &v->graph, &v->keys, selections,
						  &(struct ana_assumptions){ 0 }, NULL);
		rc = rc < 0 ? rc : ana_contents_make(maker, store, &root, contents, &arena, NULL);
		ctx_alloc_fail_after(-1);
		ana_content_maker_free(maker);
		ana_selections_free(selections);
		ctx_arena_release(&arena);
		assert_true(rc == 0 || rc == CTX_E_NOMEM);
	}
	assert_true(n > 20);
	free(contents);
	ana_filetree_free(store);
	ana_variant_free(v);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(stages_of_copies_are_composed),
		cmocka_unit_test(edits_of_stages),
		cmocka_unit_test(what_runs_write_may_be_assumed),
		cmocka_unit_test(what_is_missing_or_assumed_is_told),
		cmocka_unit_test(copies_of_copies),
		cmocka_unit_test(every_allocation_may_fail),
	};
	return cmocka_run_group_tests_name("content", tests, NULL, NULL);
}
