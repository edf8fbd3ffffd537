#include "ctxopt/context/diff.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "tests/unit/snap.h"

/** An entry of a test tree: everything that a comparison looks at. */
struct row {
	const char *path;
	enum ctx_kind kind;
	unsigned mode;
	uint64_t size;
	int64_t mtime;
	const char *target;
	/** Content number, 0 for no digest. */
	int content;
	unsigned flags;
};

/** Make a snapshot; the last row has no path. */
static struct ctx_snapshot *tree(const struct row *rows) {
	static const uint32_t types[] = { S_IFREG, S_IFDIR, S_IFLNK, S_IFIFO, S_IFSOCK, S_IFCHR };
	struct ctx_snapshot *snap = ctx_snapshot_new(1);
	assert_non_null(snap);
	for (; rows->path != NULL; ++rows) {
		struct ctx_entry e = { .kind = (uint8_t)rows->kind, .size_bytes = rows->size, .mtime_ns = rows->mtime };
		e.mode = types[rows->kind] | (rows->mode != 0 ? rows->mode : 0644);
		e.flags = (uint16_t)(CTX_ENTRY_KEPT | rows->flags);
		if (rows->kind == CTX_KIND_SYMLINK) {
			e.target = rows->target;
		}
		if (rows->content != 0) {
			e.digest = ctx_hash_bytes(&rows->content, sizeof(rows->content));
			e.flags |= CTX_ENTRY_DIGEST;
		}
		assert_int_equal(ctx_snapshot_add(snap, rows->path, strlen(rows->path), &e, 0, NULL), 0);
	}
	assert_int_equal(ctx_snapshot_seal(snap, NULL), 0);
	return snap;
}

/** Append a line per item: letters of the changes, then the path. */
static void describe(struct ctx_buf *out, const struct ctx_diff *diff) {
	static const char letters[] = "ARKCMT";
	for (size_t i = 0; i < diff->items.count; ++i) {
		const struct ctx_diff_item *item = &diff->items.items[i];
		for (size_t bit = 0; bit + 1 < sizeof(letters); ++bit) {
			if ((item->changes >> bit & 1) != 0) {
				ctx_buf_addc(out, letters[bit]);
			}
		}
		ctx_buf_addf(out, " %s\n", item->path);
		assert_int_equal(item->path_len, strlen(item->path));
		assert_int_equal(item->before == NULL, item->changes == CTX_CHANGE_ADDED);
		assert_int_equal(item->after == NULL, item->changes == CTX_CHANGE_REMOVED);
	}
}

/** Fail unless comparing gives these lines. */
static void assert_diff(struct ctx_snapshot *before, struct ctx_snapshot *after, const char *want) {
	ctx_auto_diff struct ctx_diff diff;
	assert_int_equal(ctx_diff_snapshots(&diff, before, after, NULL), 0);
	ctx_auto_buf struct ctx_buf text = CTX_BUF_INIT;
	describe(&text, &diff);
	assert_string_equal(ctx_buf_str(&text), want);
}

static void added_and_removed_in_order(void **state) {
	(void)state;
	struct ctx_snapshot *a = tree((const struct row[]){ { .path = "a/x" }, { .path = "a/y" },
		{ .path = "b/old/deep" }, { .path = "c" }, { .path = NULL } });
	struct ctx_snapshot *b = tree((const struct row[]){ { .path = "a/x" }, { .path = "a/z" }, { .path = "a-b" },
		{ .path = "c" }, { .path = "d/e/f" }, { .path = NULL } });
	assert_diff(a, b, "R a/y\nA a/z\nA a-b\nR b\nR b/old\nR b/old/deep\nA d\nA d/e\nA d/e/f\n");
	assert_diff(b, a, "A a/y\nR a/z\nR a-b\nA b\nA b/old\nA b/old/deep\nR d\nR d/e\nR d/e/f\n");
	assert_diff(a, a, "");
	ctx_snapshot_free(a);
	ctx_snapshot_free(b);
}

// clang-format off
static const struct change_case {
	const char *name;
	struct row before, after;
	const char *want;
} change_cases[] = {
	{ "same",            { .size = 1, .mtime = 5 },          { .size = 1, .mtime = 5 },           "" },
	{ "size",            { .size = 1 },                      { .size = 2 },                       "C f\n" },
	{ "time, no digest", { .size = 1, .mtime = 5 },          { .size = 1, .mtime = 6 },           "C f\n" },
	{ "time, one digest", { .mtime = 5, .content = 1 },      { .mtime = 6 },                      "C f\n" },
	{ "time, digests",   { .mtime = 5, .content = 1 },       { .mtime = 6, .content = 1 },        "T f\n" },
	{ "digest only",     { .mtime = 5, .content = 1 },       { .mtime = 5, .content = 2 },        "C f\n" },
	{ "digest and time", { .mtime = 5, .content = 1 },       { .mtime = 6, .content = 2 },        "C f\n" },
	{ "mode",            { .mode = 0644 },                   { .mode = 0755 },                    "M f\n" },
	{ "setuid",          { .mode = 0755 },                   { .mode = 04755 },                   "M f\n" },
	{ "mode and size",   { .mode = 0644, .size = 1 },        { .mode = 0600, .size = 2 },         "CM f\n" },
	{ "refused now",     { .size = 4 },                      { .size = 4, .flags = CTX_ENTRY_REFUSED }, "C f\n" },
	{ "kind",            { .size = 1 },                      { .kind = CTX_KIND_FIFO, .mtime = 9 }, "K f\n" },
	{ "target",          { .kind = CTX_KIND_SYMLINK, .target = "a" },
	                     { .kind = CTX_KIND_SYMLINK, .target = "b" },                             "C f\n" },
	{ "link's mode",     { .kind = CTX_KIND_SYMLINK, .target = "a", .mode = 0777 },
	                     { .kind = CTX_KIND_SYMLINK, .target = "a", .mode = 0700 },               "" },
	{ "link's time",     { .kind = CTX_KIND_SYMLINK, .target = "a", .mtime = 1 },
	                     { .kind = CTX_KIND_SYMLINK, .target = "a", .mtime = 2 },                 "T f\n" },
	{ "directory's time", { .kind = CTX_KIND_DIR, .mtime = 1 }, { .kind = CTX_KIND_DIR, .mtime = 2 }, "" },
	{ "directory's mode", { .kind = CTX_KIND_DIR, .mode = 0755 }, { .kind = CTX_KIND_DIR, .mode = 0700 }, "M f\n" },
	{ "directory's digest", { .kind = CTX_KIND_DIR, .content = 1 }, { .kind = CTX_KIND_DIR, .content = 2 }, "" },
	{ "device's time",   { .kind = CTX_KIND_DEVICE, .mtime = 1 }, { .kind = CTX_KIND_DEVICE, .mtime = 2 }, "T f\n" },
};
// clang-format on

/** A snapshot of one entry, "f". */
static struct ctx_snapshot *single(const struct row *row) {
	struct row rows[2] = { *row };
	rows[0].path = "f";
	return tree(rows);
}

static void what_changed_about_an_entry(void **state) {
	(void)state;
	for (size_t i = 0; i < CTX_COUNTOF(change_cases); ++i) {
		const struct change_case *c = &change_cases[i];
		struct ctx_snapshot *a = single(&c->before), *b = single(&c->after);
		ctx_auto_diff struct ctx_diff diff;
		assert_int_equal(ctx_diff_snapshots(&diff, a, b, NULL), 0);
		ctx_auto_buf struct ctx_buf text = CTX_BUF_INIT;
		describe(&text, &diff);
		if (strcmp(ctx_buf_str(&text), c->want) != 0) {
			fail_msg("%s: got '%s'", c->name, ctx_buf_str(&text));
		}
		ctx_snapshot_free(a);
		ctx_snapshot_free(b);
	}
}

static void commits_have_no_times(void **state) {
	(void)state;
	struct ctx_snapshot *a = tree((const struct row[]){ { .path = "digest", .mtime = 7, .content = 1 },
		{ .path = "plain", .mtime = 7 }, { .path = NULL } });
	struct ctx_snapshot *b = tree((const struct row[]){ { .path = "digest", .content = 1 }, { .path = "plain" },
		{ .path = NULL } });
	b->origin = CTX_ORIGIN_COMMIT;
	assert_diff(a, b, "");
	assert_diff(b, a, "");
	b->origin = CTX_ORIGIN_FILES;
	assert_diff(a, b, "T digest\nC plain\n");
	ctx_snapshot_free(a);
	ctx_snapshot_free(b);
}

static void files_become_directories_and_back(void **state) {
	(void)state;
	struct ctx_snapshot *a = tree((const struct row[]){ { .path = "x/in/deep" }, { .path = "y" },
		{ .path = "z", .kind = CTX_KIND_DIR }, { .path = NULL } });
	struct ctx_snapshot *b = tree((const struct row[]){ { .path = "x" }, { .path = "y/new" }, { .path = "z" },
		{ .path = NULL } });
	assert_diff(a, b, "K x\nR x/in\nR x/in/deep\nK y\nA y/new\nK z\n");
	ctx_snapshot_free(a);
	ctx_snapshot_free(b);
}

static void only_kept_entries_count(void **state) {
	(void)state;
	static const struct row rows[] = { { .path = "a/x.o" }, { .path = "a/y" }, { .path = "b/z" },
		{ .path = NULL } };
	struct ctx_snapshot *a = tree(rows), *b = tree(rows);
	struct ctx_ignore *ig = NULL;
	assert_int_equal(ctx_ignore_compile(&ig, (const char *const[]){ "b", "**/*.o" }, 2, NULL), 0);
	assert_int_equal(ctx_snapshot_apply(b, ig, NULL), 0);
	ctx_ignore_free(ig);
	assert_diff(a, b, "R a/x.o\nR b\nR b/z\n");
	assert_diff(b, a, "A a/x.o\nA b\nA b/z\n");
	assert_diff(b, b, "");
	ctx_snapshot_free(a);
	ctx_snapshot_free(b);
}

static void depth_is_no_concern(void **state) {
	(void)state;
	enum { DEPTH = 20000 };
	char *path = malloc(2 * DEPTH);
	assert_non_null(path);
	for (size_t i = 0; i < DEPTH; ++i) {
		path[2 * i] = 'd';
		path[2 * i + 1] = '/';
	}
	path[2 * DEPTH - 1] = '\0';
	struct ctx_snapshot *a = tree((const struct row[]){ { .path = path }, { .path = NULL } });
	struct ctx_snapshot *b = tree((const struct row[]){ { .path = path, .size = 1 }, { .path = NULL } });
	ctx_auto_diff struct ctx_diff diff;
	assert_int_equal(ctx_diff_snapshots(&diff, a, b, NULL), 0);
	assert_int_equal(diff.items.count, 1);
	assert_string_equal(diff.items.items[0].path, path);
	free(path);
	ctx_snapshot_free(a);
	ctx_snapshot_free(b);
}

static void every_allocation_may_fail(void **state) {
	(void)state;
	struct ctx_snapshot *a = tree((const struct row[]){ { .path = "a/b/c" }, { .path = "d" }, { .path = NULL } });
	struct ctx_snapshot *b = tree((const struct row[]){ { .path = "a/b/e" }, { .path = NULL } });
	int rc = -1;
	for (long n = 0; rc != 0; ++n) {
		assert_true(n < 1000);
		struct ctx_diff diff;
		ctx_alloc_fail_after(n);
		rc = ctx_diff_snapshots(&diff, a, b, NULL);
		ctx_alloc_fail_after(-1);
		assert_true(rc == 0 || rc == CTX_E_NOMEM);
		assert_int_equal(diff.items.count, rc == 0 ? 3 : 0);
		ctx_diff_release(&diff);
	}
	ctx_snapshot_free(a);
	ctx_snapshot_free(b);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(added_and_removed_in_order),
		cmocka_unit_test(what_changed_about_an_entry),
		cmocka_unit_test(commits_have_no_times),
		cmocka_unit_test(files_become_directories_and_back),
		cmocka_unit_test(only_kept_entries_count),
		cmocka_unit_test(depth_is_no_concern),
		cmocka_unit_test(every_allocation_may_fail),
	};
	return cmocka_run_group_tests_name("diff", tests, NULL, NULL);
}
