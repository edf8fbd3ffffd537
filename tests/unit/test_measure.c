#include "ctxopt/context/measure.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "tests/unit/snap.h"

/** Fail unless the counts are these. */
static void assert_totals(const struct ctx_totals *t, uint64_t files, uint64_t dirs, uint64_t symlinks,
	uint64_t bytes) {
	assert_int_equal(t->files, files);
	assert_int_equal(t->dirs, dirs);
	assert_int_equal(t->symlinks, symlinks);
	assert_int_equal(t->bytes, bytes);
}

/** Entry at a path. */
static struct ctx_entry *at(struct ctx_snapshot *snap, const char *path) {
	struct ctx_entry *e = ctx_snapshot_find(snap, path, strlen(path));
	assert_non_null(e);
	return e;
}

/** A small project, with "node_modules" and "*.log" excluded if `ruled`. */
static struct ctx_snapshot *project(bool ruled) {
	static const struct {
		const char *path;
		uint64_t size;
	} files[] = {
		{ "Makefile", 10 },
		{ "src/a.c", 100 },
		{ "src/b.c", 200 },
		{ "src/b.h", 50 },
		{ "src/deep/x/big.bin", 5000 },
		{ "src/debug.log", 7 },
		{ "docs/a.md", 300 },
		{ "docs/.hidden", 1 },
		{ "node_modules/m/i.js", 1000 },
		{ "node_modules/n/i.js", 2000 },
		{ "node_modules/n/x.log", 3 },
	};
	static const char *const patterns[] = { "node_modules", "**/*.log" };
	struct ctx_snapshot *snap = ctx_snapshot_new(1);
	assert_non_null(snap);
	for (size_t i = 0; i < CTX_COUNTOF(files); ++i) {
		assert_int_equal(snap_file(snap, files[i].path, files[i].size), 0);
	}
	assert_int_equal(snap_link(snap, "docs/link.md", "a.md"), 0);
	assert_int_equal(snap_dir(snap, "empty"), 0);
	assert_int_equal(ctx_snapshot_seal(snap, NULL), 0);
	if (ruled) {
		struct ctx_ignore *ig = NULL;
		assert_int_equal(ctx_ignore_compile(&ig, patterns, 2, NULL), 0);
		assert_int_equal(ctx_snapshot_apply(snap, ig, NULL), 0);
		ctx_ignore_free(ig);
	}
	return snap;
}

/* ---- Totals ---- */

static void totals_of_kept_and_excluded(void **state) {
	(void)state;
	struct ctx_snapshot *snap = project(true);
	ctx_auto_measure struct ctx_measure m;
	assert_int_equal(ctx_measure(&m, snap, 2, NULL), 0);
	assert_totals(&m.included, 7, 5, 1, 5661);
	assert_totals(&m.excluded, 4, 3, 0, 3010);
	assert_int_equal(m.rule_count, 2);
	assert_totals(&m.by_rule[0], 3, 3, 0, 3003); // also what it hides from the other rule
	assert_totals(&m.by_rule[1], 1, 0, 0, 7);
	assert_int_equal(m.unopened_dirs, 0);
	ctx_snapshot_free(snap);
}

static void rules_may_be_unknown(void **state) {
	(void)state;
	struct ctx_snapshot *snap = project(true);
	ctx_auto_measure struct ctx_measure m;
	assert_int_equal(ctx_measure(&m, snap, 0, NULL), 0);
	assert_null(m.by_rule);
	assert_int_equal(m.excluded.files, 4);
	ctx_snapshot_free(snap);
}

static void what_arrives_empty(void **state) {
	(void)state;
	struct ctx_snapshot *snap = ctx_snapshot_new(1);
	assert_int_equal(snap_file(snap, "plain", 5), 0);
	assert_int_equal(snap_file(snap, "refused", 6), 0);
	assert_int_equal(snap_file(snap, "secret", 7), 0);
	assert_int_equal(snap_file(snap, "zero", 0), 0);
	struct ctx_entry e = { .kind = CTX_KIND_SOCKET, .mode = S_IFSOCK, .flags = CTX_ENTRY_KEPT };
	assert_int_equal(ctx_snapshot_add(snap, "sock", 4, &e, 0, NULL), 0);
	e = (struct ctx_entry){ .kind = CTX_KIND_FIFO, .mode = S_IFIFO, .flags = CTX_ENTRY_KEPT };
	assert_int_equal(ctx_snapshot_add(snap, "fifo", 4, &e, 0, NULL), 0);
	e = (struct ctx_entry){ .kind = CTX_KIND_DIR, .mode = S_IFDIR, .flags = CTX_ENTRY_UNOPENED };
	assert_int_equal(ctx_snapshot_add(snap, "closed", 6, &e, 0, NULL), 0);
	assert_int_equal(ctx_snapshot_seal(snap, NULL), 0);
	at(snap, "refused")->flags |= CTX_ENTRY_REFUSED;
	at(snap, "secret")->flags |= CTX_ENTRY_UNREADABLE;
	at(snap, "zero")->flags |= CTX_ENTRY_REFUSED; // is empty anyway
	ctx_auto_measure struct ctx_measure m;
	assert_int_equal(ctx_measure(&m, snap, 0, NULL), 0);
	assert_totals(&m.included, 6, 0, 0, 5);
	assert_int_equal(m.emptied_files, 3);
	assert_int_equal(m.emptied_bytes, 13);
	assert_int_equal(m.unopened_dirs, 1);
	assert_totals(&m.excluded, 0, 1, 0, 0);
	ctx_snapshot_free(snap);
}

static void sums_stop_at_the_largest_number(void **state) {
	(void)state;
	struct ctx_snapshot *snap = ctx_snapshot_new(1);
	assert_int_equal(snap_file(snap, "d/a", UINT64_MAX - 1), 0);
	assert_int_equal(snap_file(snap, "d/b", 5), 0);
	assert_int_equal(snap_file(snap, "c", 5), 0);
	assert_int_equal(ctx_snapshot_seal(snap, NULL), 0);
	ctx_auto_measure struct ctx_measure m;
	assert_int_equal(ctx_measure(&m, snap, 0, NULL), 0);
	assert_true(m.included.bytes == UINT64_MAX);
	ctx_auto_groups struct ctx_groups g;
	assert_int_equal(ctx_group_dirs(&g, snap, CTX_WHICH_KEPT, 0, 0, NULL), 0);
	assert_true(g.rows.items[0].totals.bytes == UINT64_MAX);

	struct ctx_digest same = { { 1 } };
	for (const char *const *p = (const char *const[]){ "d/a", "d/b", "c", NULL }; *p != NULL; ++p) {
		at(snap, *p)->digest = same;
		at(snap, *p)->flags |= CTX_ENTRY_DIGEST;
		at(snap, *p)->size_bytes = UINT64_MAX - 1;
	}
	ctx_auto_duplicates struct ctx_duplicates d;
	assert_int_equal(ctx_find_duplicates(&d, snap, 0, NULL), 0);
	assert_true(d.wasted_bytes == UINT64_MAX);
	ctx_snapshot_free(snap);
}

/* ---- By directory ---- */

/** Fail unless the rows are these lines: "depth name files/dirs/symlinks bytes". */
static void assert_rows(const struct ctx_groups *g, const char *want) {
	ctx_auto_buf struct ctx_buf text = CTX_BUF_INIT;
	for (size_t i = 0; i < g->rows.count; ++i) {
		const struct ctx_group *r = &g->rows.items[i];
		assert_int_equal(r->name_len, strlen(r->name));
		ctx_buf_addf(&text, "%u %s %d/%d/%d %d\n", r->depth, r->name, (int)r->totals.files, (int)r->totals.dirs,
			(int)r->totals.symlinks, (int)r->totals.bytes);
	}
	assert_string_equal(ctx_buf_str(&text), want);
}

static void directories_in_tree_order(void **state) {
	(void)state;
	struct ctx_snapshot *snap = project(true);
	ctx_auto_groups struct ctx_groups g;
	assert_int_equal(ctx_group_dirs(&g, snap, CTX_WHICH_KEPT, 0, 0, NULL), 0);
	assert_rows(&g,
		"0 . 7/5/1 5661\n"
		"1 src 4/2/0 5350\n"
		"2 src/deep 1/1/0 5000\n"
		"3 src/deep/x 1/0/0 5000\n"
		"1 docs 2/0/1 301\n"
		"1 empty 0/0/0 0\n");
	assert_int_equal(g.rest_rows, 0);
	assert_ptr_equal(g.rows.items[1].entry, at(snap, "src"));
	ctx_snapshot_free(snap);
}

static void excluded_directories(void **state) {
	(void)state;
	struct ctx_snapshot *snap = project(true);
	ctx_auto_groups struct ctx_groups g;
	assert_int_equal(ctx_group_dirs(&g, snap, CTX_WHICH_EXCLUDED, 0, 0, NULL), 0);
	assert_rows(&g,
		"0 . 4/3/0 3010\n"
		"1 node_modules 3/2/0 3003\n"
		"2 node_modules/n 2/0/0 2003\n"
		"2 node_modules/m 1/0/0 1000\n"
		"1 src 1/0/0 7\n");
	ctx_snapshot_free(snap);
}

static void directories_down_to_a_depth(void **state) {
	(void)state;
	struct ctx_snapshot *snap = project(false);
	ctx_auto_groups struct ctx_groups g;
	assert_int_equal(ctx_group_dirs(&g, snap, CTX_WHICH_KEPT, 1, 2, NULL), 0);
	assert_rows(&g,
		"0 . 11/8/1 8671\n"
		"1 src 5/2/0 5357\n"
		"1 node_modules 3/2/0 3003\n");
	assert_int_equal(g.rest_rows, 2); // docs, empty
	assert_totals(&g.rest, 2, 2, 1, 301);
	ctx_snapshot_free(snap);
}

static void at_most_top_children_each(void **state) {
	(void)state;
	struct ctx_snapshot *snap = project(false);
	ctx_auto_groups struct ctx_groups g;
	assert_int_equal(ctx_group_dirs(&g, snap, CTX_WHICH_KEPT, 0, 1, NULL), 0);
	assert_rows(&g,
		"0 . 11/8/1 8671\n"
		"1 src 5/2/0 5357\n"
		"2 src/deep 1/1/0 5000\n"
		"3 src/deep/x 1/0/0 5000\n");
	assert_int_equal(g.rest_rows, 3);
	assert_totals(&g.rest, 5, 5, 1, 3304);
	ctx_snapshot_free(snap);
}

static void equal_sizes_go_by_name(void **state) {
	(void)state;
	struct ctx_snapshot *snap = ctx_snapshot_new(1);
	const char *const paths[] = { "c/f", "a/f", "b/f", "b/g.x", "b/h.w" };
	for (size_t i = 0; i < CTX_COUNTOF(paths); ++i) {
		assert_int_equal(snap_file(snap, paths[i], i < 3 ? 5 : 0), 0);
	}
	assert_int_equal(ctx_snapshot_seal(snap, NULL), 0);
	ctx_auto_groups struct ctx_groups dirs, files, exts;
	assert_int_equal(ctx_group_dirs(&dirs, snap, CTX_WHICH_KEPT, 0, 0, NULL), 0);
	assert_rows(&dirs, "0 . 5/3/0 15\n1 a 1/0/0 5\n1 b 3/0/0 5\n1 c 1/0/0 5\n");
	assert_int_equal(ctx_group_files(&files, snap, CTX_WHICH_KEPT, 0, NULL), 0);
	assert_rows(&files, "0 a/f 1/0/0 5\n0 b/f 1/0/0 5\n0 c/f 1/0/0 5\n0 b/g.x 1/0/0 0\n0 b/h.w 1/0/0 0\n");
	assert_int_equal(ctx_group_exts(&exts, snap, CTX_WHICH_KEPT, 0, NULL), 0);
	assert_rows(&exts, "0 (none) 3/0/0 15\n0 .w 1/0/0 0\n0 .x 1/0/0 0\n");
	ctx_snapshot_free(snap);
}

static void an_empty_snapshot_has_a_root_row(void **state) {
	(void)state;
	struct ctx_snapshot *snap = ctx_snapshot_new(1);
	assert_int_equal(ctx_snapshot_seal(snap, NULL), 0);
	ctx_auto_groups struct ctx_groups g, f, e;
	assert_int_equal(ctx_group_dirs(&g, snap, CTX_WHICH_KEPT, 0, 0, NULL), 0);
	assert_rows(&g, "0 . 0/0/0 0\n");
	assert_int_equal(ctx_group_files(&f, snap, CTX_WHICH_KEPT, 5, NULL), 0);
	assert_int_equal(f.rows.count, 0);
	assert_int_equal(ctx_group_exts(&e, snap, CTX_WHICH_KEPT, 5, NULL), 0);
	assert_int_equal(e.rows.count, 0);
	ctx_auto_duplicates struct ctx_duplicates d;
	assert_int_equal(ctx_find_duplicates(&d, snap, 0, NULL), 0);
	assert_int_equal(d.set_count, 0);
	ctx_snapshot_free(snap);
}

static void depth_is_no_concern(void **state) {
	(void)state;
	enum { DEPTH = 100000 };
	char *path = malloc(2 * DEPTH);
	assert_non_null(path);
	for (size_t i = 0; i < DEPTH; ++i) {
		path[2 * i] = 'd';
		path[2 * i + 1] = '/';
	}
	struct ctx_snapshot *snap = ctx_snapshot_new(1);
	struct ctx_entry e = { .kind = CTX_KIND_FILE, .size_bytes = 9, .flags = CTX_ENTRY_KEPT };
	assert_int_equal(ctx_snapshot_add(snap, path, 2 * DEPTH - 1, &e, 0, NULL), 0);
	free(path);
	assert_int_equal(ctx_snapshot_seal(snap, NULL), 0);
	ctx_auto_groups struct ctx_groups g;
	assert_int_equal(ctx_group_dirs(&g, snap, CTX_WHICH_KEPT, 3, 0, NULL), 0);
	assert_int_equal(g.rows.count, 4);
	assert_totals(&g.rows.items[3].totals, 1, DEPTH - 4, 0, 9);
	ctx_snapshot_free(snap);
}

/* ---- By extension and file ---- */

static void extensions(void **state) {
	(void)state;
	struct ctx_snapshot *snap = project(true);
	ctx_auto_groups struct ctx_groups g, cut;
	assert_int_equal(ctx_group_exts(&g, snap, CTX_WHICH_KEPT, 0, NULL), 0);
	assert_rows(&g,
		"0 .bin 1/0/0 5000\n"
		"0 .c 2/0/0 300\n"
		"0 .md 1/0/0 300\n"
		"0 .h 1/0/0 50\n"
		"0 (none) 2/0/0 11\n"); // Makefile, .hidden
	assert_int_equal(ctx_group_exts(&cut, snap, CTX_WHICH_KEPT, 2, NULL), 0);
	assert_rows(&cut, "0 .bin 1/0/0 5000\n0 .c 2/0/0 300\n");
	assert_int_equal(cut.rest_rows, 3);
	assert_totals(&cut.rest, 4, 0, 0, 361);
	ctx_auto_groups struct ctx_groups excluded;
	assert_int_equal(ctx_group_exts(&excluded, snap, CTX_WHICH_EXCLUDED, 0, NULL), 0);
	assert_rows(&excluded, "0 .js 2/0/0 3000\n0 .log 2/0/0 10\n");
	ctx_snapshot_free(snap);
}

static void largest_files(void **state) {
	(void)state;
	struct ctx_snapshot *snap = project(true);
	ctx_auto_groups struct ctx_groups g;
	assert_int_equal(ctx_group_files(&g, snap, CTX_WHICH_KEPT, 3, NULL), 0);
	assert_rows(&g, "0 src/deep/x/big.bin 1/0/0 5000\n0 docs/a.md 1/0/0 300\n0 src/b.c 1/0/0 200\n");
	assert_int_equal(g.rest_rows, 4);
	assert_totals(&g.rest, 4, 0, 0, 161);
	assert_ptr_equal(g.rows.items[1].entry, at(snap, "docs/a.md"));
	ctx_auto_groups struct ctx_groups excluded;
	assert_int_equal(ctx_group_files(&excluded, snap, CTX_WHICH_EXCLUDED, 1, NULL), 0);
	assert_rows(&excluded, "0 node_modules/n/i.js 1/0/0 2000\n");
	ctx_snapshot_free(snap);
}

static void the_top_is_the_head_of_all(void **state) {
	(void)state;
	struct ctx_snapshot *snap = ctx_snapshot_new(1);
	uint32_t x = 7;
	for (int i = 0; i < 500; ++i) {
		char path[32];
		x = x * 1664525 + 1013904223;
		snprintf(path, sizeof(path), "d%u/f%d", x >> 29, i);
		assert_int_equal(snap_file(snap, path, (x >> 8) % 60), 0);
	}
	assert_int_equal(ctx_snapshot_seal(snap, NULL), 0);
	ctx_auto_groups struct ctx_groups all;
	assert_int_equal(ctx_group_files(&all, snap, CTX_WHICH_KEPT, 0, NULL), 0);
	assert_int_equal(all.rows.count, 500);
	static const size_t tops[] = { 1, 2, 3, 50, 499, 500, 501 };
	for (size_t i = 0; i < CTX_COUNTOF(tops); ++i) {
		ctx_auto_groups struct ctx_groups g;
		assert_int_equal(ctx_group_files(&g, snap, CTX_WHICH_KEPT, tops[i], NULL), 0);
		assert_int_equal(g.rows.count, tops[i] < 500 ? tops[i] : 500);
		uint64_t bytes = g.rest.bytes;
		for (size_t j = 0; j < g.rows.count; ++j) {
			assert_string_equal(g.rows.items[j].name, all.rows.items[j].name);
			bytes += g.rows.items[j].totals.bytes;
		}
		ctx_auto_measure struct ctx_measure m;
		assert_int_equal(ctx_measure(&m, snap, 0, NULL), 0);
		assert_int_equal(bytes, m.included.bytes);
		assert_int_equal(g.rows.count + g.rest_rows, 500);
	}
	ctx_snapshot_free(snap);
}

/* ---- Duplicates ---- */

/** Add a file with content number `n`. */
static void content(struct ctx_snapshot *snap, const char *path, uint64_t size, int n, unsigned flags) {
	struct ctx_entry e = { .kind = CTX_KIND_FILE,
		.mode = S_IFREG | 0644,
		.size_bytes = size,
		.flags = (uint16_t)(CTX_ENTRY_KEPT | flags),
		.digest = ctx_hash_bytes(&n, sizeof(n)) };
	assert_int_equal(ctx_snapshot_add(snap, path, strlen(path), &e, 0, NULL), 0);
}

static void copies_are_found(void **state) {
	(void)state;
	const unsigned known = CTX_ENTRY_DIGEST;
	struct ctx_snapshot *snap = ctx_snapshot_new(1);
	content(snap, "z/one", 10, 1, known);
	content(snap, "a/one", 10, 1, known);
	content(snap, "a-one", 10, 1, known);
	content(snap, "two", 30, 2, known);
	content(snap, "b/two", 30, 2, known);
	content(snap, "three", 20, 3, known);
	content(snap, "c/three", 20, 3, known);
	content(snap, "alone", 1000, 4, known);
	content(snap, "empty1", 0, 5, known);
	content(snap, "empty2", 0, 5, known);
	content(snap, "refused1", 99, 6, known | CTX_ENTRY_REFUSED);
	content(snap, "refused2", 99, 6, known | CTX_ENTRY_REFUSED);
	content(snap, "unknown1", 99, 7, 0);
	content(snap, "unknown2", 99, 7, 0);
	content(snap, "linked1", 99, 8, known);
	content(snap, "linked2", 99, 8, known | CTX_ENTRY_HARDLINK);
	assert_int_equal(ctx_snapshot_seal(snap, NULL), 0);
	ctx_auto_duplicates struct ctx_duplicates d;
	assert_int_equal(ctx_find_duplicates(&d, snap, 2, NULL), 0);
	assert_int_equal(d.set_count, 3);
	assert_int_equal(d.wasted_bytes, 20 + 30 + 20);
	assert_int_equal(d.sets.count, 2); // "b/two" wastes most; of the others the one with the first path
	assert_int_equal(d.sets.items[0].size_bytes, 30);
	assert_int_equal(d.sets.items[0].count, 2);
	assert_string_equal(d.sets.items[0].paths[0], "b/two");
	assert_string_equal(d.sets.items[0].paths[1], "two");
	assert_int_equal(d.sets.items[1].count, 3);
	assert_string_equal(d.sets.items[1].paths[0], "a/one");
	assert_string_equal(d.sets.items[1].paths[1], "a-one"); // the order of the snapshot
	assert_string_equal(d.sets.items[1].paths[2], "z/one");
	ctx_snapshot_free(snap);
}

/* ---- Out of memory ---- */

static void every_allocation_may_fail(void **state) {
	(void)state;
	struct ctx_snapshot *snap = project(true);
	content(snap, "x", 1, 1, CTX_ENTRY_DIGEST);
	for (struct ctx_cursor c = ctx_cursor_at(snap->root.dir);;) {
		struct ctx_entry *e = ctx_cursor_next(&c);
		if (e == NULL) {
			break;
		}
		e->flags |= CTX_ENTRY_DIGEST; // all alike, as far as the sizes are
	}
	int rc = -1;
	for (long n = 0; rc != 0; ++n) {
		assert_true(n < 1000);
		ctx_auto_measure struct ctx_measure m = { 0 };
		ctx_auto_groups struct ctx_groups dirs = { 0 }, exts = { 0 }, files = { 0 };
		ctx_auto_duplicates struct ctx_duplicates d = { 0 };
		ctx_alloc_fail_after(n);
		int all[] = {
			ctx_measure(&m, snap, 2, NULL),
			ctx_group_dirs(&dirs, snap, CTX_WHICH_KEPT, 0, 2, NULL),
			ctx_group_exts(&exts, snap, CTX_WHICH_KEPT, 2, NULL),
			ctx_group_files(&files, snap, CTX_WHICH_KEPT, 2, NULL),
			ctx_find_duplicates(&d, snap, 0, NULL),
		};
		ctx_alloc_fail_after(-1);
		rc = 0;
		for (size_t i = 0; i < CTX_COUNTOF(all); ++i) {
			assert_true(all[i] == 0 || all[i] == CTX_E_NOMEM);
			rc = all[i] < 0 ? all[i] : rc;
		}
	}
	ctx_snapshot_free(snap);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(totals_of_kept_and_excluded),
		cmocka_unit_test(rules_may_be_unknown),
		cmocka_unit_test(what_arrives_empty),
		cmocka_unit_test(sums_stop_at_the_largest_number),
		cmocka_unit_test(directories_in_tree_order),
		cmocka_unit_test(excluded_directories),
		cmocka_unit_test(directories_down_to_a_depth),
		cmocka_unit_test(at_most_top_children_each),
		cmocka_unit_test(equal_sizes_go_by_name),
		cmocka_unit_test(an_empty_snapshot_has_a_root_row),
		cmocka_unit_test(depth_is_no_concern),
		cmocka_unit_test(extensions),
		cmocka_unit_test(largest_files),
		cmocka_unit_test(the_top_is_the_head_of_all),
		cmocka_unit_test(copies_are_found),
		cmocka_unit_test(every_allocation_may_fail),
	};
	return cmocka_run_group_tests_name("measure", tests, NULL, NULL);
}
