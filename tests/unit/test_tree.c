#include "ctxopt/context/tree.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "ctxopt/base/alloc.h"
#include "tests/unit/snap.h"

/** A path and its size; directories end in '/'. */
struct item {
	const char *path;
	uint64_t size;
};

/** A snapshot of items, decided by rules (lines). */
static struct ctx_snapshot *make(const struct item *items, const char *rules) {
	struct ctx_snapshot *snap = ctx_snapshot_new(1);
	assert_non_null(snap);
	for (; items->path != NULL; ++items) {
		assert_int_equal(snap_file(snap, items->path, items->size), 0);
	}
	assert_int_equal(ctx_snapshot_seal(snap, NULL), 0);
	if (rules != NULL) {
		struct ctx_ignore *ig = NULL;
		assert_int_equal(ctx_ignore_parse(&ig, CTX_IGNORE_DOCKER, rules, strlen(rules), NULL), 0);
		assert_int_equal(ctx_snapshot_apply(snap, ig, NULL), 0);
		ctx_ignore_free(ig);
	}
	return snap;
}

/** The rows as text: "depth kind name count files bytes lines". */
static void text_of(const struct ctx_tree *tree, struct ctx_buf *out) {
	static const char kinds[] = { 'd', 'r', 'o', 'x', 'y' };
	for (size_t i = 0; i < tree->rows.count; ++i) {
		const struct ctx_tree_row *row = &tree->rows.items[i];
		ctx_buf_addf(out, "%u %c %s %llu", row->depth, kinds[row->kind], row->name == NULL ? "-" : row->name,
			(unsigned long long)row->totals.bytes);
		if (row->kind == CTX_TREE_REST) {
			ctx_buf_addf(out, " %llu+%llu", (unsigned long long)row->count,
				(unsigned long long)row->own_count);
		}
		ctx_buf_adds(out, row->depth > 0 && (row->more >> (row->depth - 1) & 1) != 0 ? " more\n" : "\n");
	}
}

/** Make the rows and compare. */
static void check(struct ctx_snapshot *snap, struct ctx_tree_opts opts, const char *want) {
	ctx_auto_tree struct ctx_tree tree = { 0 };
	ctx_auto_buf struct ctx_buf text = CTX_BUF_INIT;
	assert_int_equal(ctx_tree_make(&tree, snap, &opts, NULL), 0);
	text_of(&tree, &text);
	assert_string_equal(ctx_buf_str(&text), want);
}

/** Files of one directory: nothing but the root. */
static void files_alone_need_no_row(void **state) {
	(void)state;
	static const struct item items[] = { { "a", 1 }, { "b", 2 }, { 0 } };
	struct ctx_snapshot *snap = make(items, NULL);
	check(snap, (struct ctx_tree_opts){ 0 }, "0 d . 3\n");
	ctx_snapshot_free(snap);
}

/** The addends stand below their sum, largest first, the directory's own files last. */
static void addends_follow_their_sum(void **state) {
	(void)state;
	static const struct item items[] = { { "a/x", 10 }, { "b/c/y", 20 }, { "b/d/z", 5 }, { "b/f", 1 }, { "g", 2 },
		{ 0 } };
	struct ctx_snapshot *snap = make(items, NULL);
	check(snap, (struct ctx_tree_opts){ 0 },
		"0 d . 38\n1 d b 26 more\n2 d c 20 more\n2 d d 5 more\n2 o - 1\n1 d a 10 more\n1 o - 2\n");
	check(snap, (struct ctx_tree_opts){ .depth = 1 }, "0 d . 38\n1 d b 26 more\n1 d a 10 more\n1 o - 2\n");
	ctx_snapshot_free(snap);
}

/** Equal sizes are in the order of names. */
static void ties_go_by_name(void **state) {
	(void)state;
	static const struct item items[] = { { "b/x", 1 }, { "a/x", 1 }, { "c/x", 1 }, { 0 } };
	struct ctx_snapshot *snap = make(items, NULL);
	check(snap, (struct ctx_tree_opts){ 0 }, "0 d . 3\n1 d a 1 more\n1 d b 1 more\n1 d c 1\n");
	ctx_snapshot_free(snap);
}

/** What --top cuts away is one row, so that the sum still holds. */
static void rest_is_one_row(void **state) {
	(void)state;
	static const struct item items[] = { { "a/x", 10 }, { "b/x", 5 }, { "c/x", 3 }, { "f", 1 }, { 0 } };
	struct ctx_snapshot *snap = make(items, NULL);
	check(snap, (struct ctx_tree_opts){ .top = 1 }, "0 d . 19\n1 d a 10 more\n1 r - 8 2+0 more\n1 o - 1\n");
	check(snap, (struct ctx_tree_opts){ .min_bytes = 4 },
		"0 d . 19\n1 d a 10 more\n1 d b 5 more\n1 r - 4 1+1\n"); // small own files go with the rest
	ctx_snapshot_free(snap);
}

/** With a limit, a directory without large parts is not taken apart. */
static void small_parts_stay_together(void **state) {
	(void)state;
	static const struct item items[] = { { "a/b/x", 10 }, { "a/c/x", 10 }, { "a/f", 10 }, { 0 } };
	struct ctx_snapshot *snap = make(items, NULL);
	check(snap, (struct ctx_tree_opts){ .min_bytes = 20 }, "0 d . 30\n1 d a 30\n");
	ctx_snapshot_free(snap);
}

/** Excluded parts come last and add nothing. */
static void excluded_adds_nothing(void **state) {
	(void)state;
	static const struct item items[] = { { "a/x", 10 }, { "a/y.o", 7 }, { "skip/x", 100 }, { "skip/s/y", 100 },
		{ "z.o", 3 }, { 0 } };
	struct ctx_snapshot *snap = make(items, "skip\n**/*.o\n");
	check(snap, (struct ctx_tree_opts){ 0 }, "0 d . 10\n1 d a 10\n");
	check(snap, (struct ctx_tree_opts){ .excluded = true },
		"0 d . 10\n1 d a 10 more\n2 y - 7\n1 x skip 200 more\n1 y - 3\n");
	check(snap, (struct ctx_tree_opts){ .excluded = true, .depth = 1 },
		"0 d . 10\n1 d a 10 more\n1 x skip 200 more\n1 y - 3\n");
	ctx_snapshot_free(snap);
}

/** An excluded directory that is present for a kept entry is a kept directory. */
static void parents_are_kept(void **state) {
	(void)state;
	static const struct item items[] = { { "docs/README", 10 }, { "docs/other", 7 }, { 0 } };
	struct ctx_snapshot *snap = make(items, "docs\n!docs/README\n");
	check(snap, (struct ctx_tree_opts){ .excluded = true }, "0 d . 10\n1 d docs 10\n2 y - 7\n");
	ctx_snapshot_free(snap);
}

/** Deeper than rows go: added to the last level. */
static void depth_has_a_limit(void **state) {
	(void)state;
	struct ctx_snapshot *snap = ctx_snapshot_new(1);
	ctx_auto_buf struct ctx_buf path = CTX_BUF_INIT;
	for (int i = 0; i < 200; ++i) {
		ctx_buf_adds(&path, "d/");
	}
	ctx_buf_adds(&path, "f");
	assert_int_equal(snap_file(snap, ctx_buf_str(&path), 5), 0);
	assert_int_equal(ctx_snapshot_seal(snap, NULL), 0);
	ctx_auto_tree struct ctx_tree tree = { 0 };
	struct ctx_tree_opts opts = { 0 };
	assert_int_equal(ctx_tree_make(&tree, snap, &opts, NULL), 0);
	assert_int_equal(tree.rows.count, CTX_TREE_DEPTH_MAX);
	assert_int_equal(tree.rows.items[tree.rows.count - 1].totals.bytes, 5);
	ctx_snapshot_free(snap);
}

/** Out of memory at every place. */
static void out_of_memory_is_reported(void **state) {
	(void)state;
	static const struct item items[] = { { "a/x", 10 }, { "b/c/y", 20 }, { 0 } };
	struct ctx_snapshot *snap = make(items, NULL);
	struct ctx_tree_opts opts = { 0 };
	int rc = CTX_E_NOMEM;
	for (long n = 0; rc == CTX_E_NOMEM && n < 50; ++n) {
		struct ctx_tree tree;
		ctx_alloc_fail_after(n);
		rc = ctx_tree_make(&tree, snap, &opts, NULL);
		ctx_alloc_fail_after(-1);
		ctx_tree_release(&tree);
		assert_true(n > 0 || rc == CTX_E_NOMEM);
	}
	assert_int_equal(rc, 0);
	ctx_snapshot_free(snap);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(files_alone_need_no_row),
		cmocka_unit_test(addends_follow_their_sum),
		cmocka_unit_test(ties_go_by_name),
		cmocka_unit_test(rest_is_one_row),
		cmocka_unit_test(small_parts_stay_together),
		cmocka_unit_test(excluded_adds_nothing),
		cmocka_unit_test(parents_are_kept),
		cmocka_unit_test(depth_has_a_limit),
		cmocka_unit_test(out_of_memory_is_reported),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
