#include "ctxopt/context/snapshot.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "tests/unit/snap.h"

/** Add a file; a failure ends the test. */
static void file(struct ctx_snapshot *snap, const char *path, uint64_t size) {
	assert_int_equal(snap_file(snap, path, size), 0);
}

/** A snapshot of empty files at the given paths, sealed; ends with NULL. */
static struct ctx_snapshot *sealed(const char *const *paths) {
	struct ctx_snapshot *snap = ctx_snapshot_new(1);
	assert_non_null(snap);
	for (; *paths != NULL; ++paths) {
		file(snap, *paths, 0);
	}
	assert_int_equal(ctx_snapshot_seal(snap, NULL), 0);
	return snap;
}

/* ---- Building ---- */

static void nothing_added_is_an_empty_root(void **state) {
	(void)state;
	struct ctx_snapshot *snap = ctx_snapshot_new(3);
	assert_int_equal(ctx_snapshot_seal(snap, NULL), 0);
	assert_non_null(snap->root.dir);
	assert_int_equal(snap->root.dir->count, 0);
	assert_int_equal(snap->entry_count, 0);
	assert_true(ctx_entry_kept(&snap->root));
	assert_true(snap->complete);
	assert_snap(snap, "");
	assert_ptr_equal(ctx_snapshot_find(snap, "", 0), &snap->root);
	ctx_snapshot_free(snap);
	ctx_snapshot_free(NULL);
}

static void order_is_bytewise_per_directory(void **state) {
	(void)state;
	// As BuildKit walks: "a" with what it holds before "a-b", although '-' < '/'
	struct ctx_snapshot *snap = sealed((const char *const[]){ "b", "a.c", "a/z", "a-b", "a/\xff", "a/Z", NULL });
	assert_snap(snap,
		"a dir 0 ki\n"
		"a/Z file 0 k\n"
		"a/z file 0 k\n"
		"a/\xff file 0 k\n"
		"a-b file 0 k\n"
		"a.c file 0 k\n"
		"b file 0 k\n");
	assert_int_equal(snap->entry_count, 7);
	ctx_snapshot_free(snap);
}

static void parents_are_implied_until_named(void **state) {
	(void)state;
	struct ctx_snapshot *snap = ctx_snapshot_new(1);
	file(snap, "a/b/c", 1);
	struct ctx_entry named = { .kind = CTX_KIND_DIR, .mode = S_IFDIR | 0700, .flags = CTX_ENTRY_KEPT };
	assert_int_equal(ctx_snapshot_add(snap, "a/b", 3, &named, 0, NULL), 0);
	assert_int_equal(ctx_snapshot_seal(snap, NULL), 0);
	assert_snap(snap, "a dir 0 ki\na/b dir 0 k\na/b/c file 1 k\n");
	assert_int_equal(ctx_snapshot_find(snap, "a/b", 3)->mode, S_IFDIR | 0700);
	assert_int_equal(ctx_snapshot_find(snap, "a", 1)->mode, S_IFDIR | 0755);
	ctx_snapshot_free(snap);
}

static void the_newest_of_a_name_stays(void **state) {
	(void)state;
	struct ctx_snapshot *snap = ctx_snapshot_new(1);
	file(snap, "f", 1);
	file(snap, "f", 2);
	assert_int_equal(snap_link(snap, "f", "to"), 0);
	file(snap, "g", 1);
	assert_int_equal(snap_link(snap, "g", "to"), 0);
	file(snap, "g", 3);
	assert_int_equal(ctx_snapshot_seal(snap, NULL), 0);
	assert_snap(snap, "f symlink 2 k -> to\ng file 3 k\n");
	ctx_snapshot_free(snap);
}

static void files_and_directories_replace_each_other(void **state) {
	(void)state;
	struct ctx_snapshot *snap = ctx_snapshot_new(1);
	file(snap, "d/old/x", 1);
	file(snap, "d", 2); // takes the place of a directory ...
	file(snap, "d/new", 3); // ... and gives way to one, which starts empty
	file(snap, "e", 4);
	assert_int_equal(snap_dir(snap, "e"), 0);
	file(snap, "keep/a", 5);
	assert_int_equal(snap_dir(snap, "keep"), 0); // a directory again: contents stay
	file(snap, "keep/b", 6);
	file(snap, "gone/x/y", 7);
	file(snap, "gone", 8);
	assert_int_equal(ctx_snapshot_seal(snap, NULL), 0);
	assert_snap(snap,
		"d dir 0 ki\n"
		"d/new file 3 k\n"
		"e dir 0 k\n"
		"gone file 8 k\n"
		"keep dir 0 k\n"
		"keep/a file 5 k\n"
		"keep/b file 6 k\n");
	assert_int_equal(snap->entry_count, 7);
	ctx_snapshot_free(snap);
}

static void strings_are_copied(void **state) {
	(void)state;
	struct ctx_snapshot *snap = ctx_snapshot_new(1);
	char path[] = "dir/link", target[] = "../\xc3\xa9\n";
	unsigned char oid[20] = { 1, 0, 2 };
	assert_int_equal(snap_link(snap, path, target), 0);
	struct ctx_entry e = { .kind = CTX_KIND_FILE, .mode = S_IFREG | 0644, .flags = CTX_ENTRY_KEPT, .oid = oid };
	assert_int_equal(ctx_snapshot_add(snap, "dir/blob", 8, &e, sizeof(oid), NULL), 0);
	e.oid = NULL;
	assert_int_equal(ctx_snapshot_add(snap, "dir/plain", 9, &e, 0, NULL), 0);
	memset(path, 'x', sizeof(path) - 1);
	memset(target, 'x', sizeof(target) - 1);
	memset(oid, 9, sizeof(oid));
	assert_int_equal(ctx_snapshot_seal(snap, NULL), 0);
	const struct ctx_entry *link = ctx_snapshot_find(snap, "dir/link", 8);
	assert_string_equal(link->target, "../\xc3\xa9\n");
	assert_int_equal(link->size_bytes, 6);
	const struct ctx_entry *blob = ctx_snapshot_find(snap, "dir/blob", 8);
	assert_memory_equal(blob->oid, "\1\0\2", 3);
	assert_null(ctx_snapshot_find(snap, "dir/plain", 9)->oid);
	ctx_snapshot_free(snap);
}

// clang-format off
static const struct bad_path {
	const char *path;
	size_t len;
	const char *msg;
} bad_paths[] = {
	{ "",         0, "empty path" },
	{ "/",        1, "path '/' is absolute or not clean" },
	{ "/a",       2, "path '/a' is absolute or not clean" },
	{ "a/",       2, "path 'a/' is absolute or not clean" },
	{ "a//b",     4, "path 'a//b' is absolute or not clean" },
	{ ".",        1, "path '.' is absolute or not clean" },
	{ "./a",      3, "path './a' is absolute or not clean" },
	{ "a/./b",    5, "path 'a/./b' is absolute or not clean" },
	{ "..",       2, "path '..' is absolute or not clean" },
	{ "a/..",     4, "path 'a/..' is absolute or not clean" },
	{ "a\0b",     3, "path with a NUL byte" },
};
// clang-format on

static void bad_paths_are_corrupt(void **state) {
	(void)state;
	struct ctx_snapshot *snap = ctx_snapshot_new(1);
	struct ctx_entry e = { .kind = CTX_KIND_FILE };
	for (size_t i = 0; i < CTX_COUNTOF(bad_paths); ++i) {
		struct ctx_error err;
		assert_int_equal(ctx_snapshot_add(snap, bad_paths[i].path, bad_paths[i].len, &e, 0, &err),
			CTX_E_CORRUPT);
		assert_string_equal(err.msg, bad_paths[i].msg);
	}
	file(snap, "...", 0); // three dots are a name
	file(snap, ".a/..b", 0);
	assert_int_equal(ctx_snapshot_seal(snap, NULL), 0);
	assert_int_equal(snap->entry_count, 3);
	ctx_snapshot_free(snap);
}

static void names_and_paths_have_limits(void **state) {
	(void)state;
	struct ctx_snapshot *snap = ctx_snapshot_new(1);
	struct ctx_entry e = { .kind = CTX_KIND_FILE, .flags = CTX_ENTRY_KEPT };
	size_t size = CTX_PATH_BYTES_MAX + 1;
	char *path = malloc(size);
	assert_non_null(path);
	memset(path, 'n', size);
	assert_int_equal(ctx_snapshot_add(snap, path, UINT16_MAX, &e, 0, NULL), 0);
	assert_int_equal(ctx_snapshot_add(snap, path, UINT16_MAX + 1, &e, 0, NULL), CTX_E_LIMIT);
	assert_int_equal(ctx_snapshot_add(snap, path, size, &e, 0, NULL), CTX_E_LIMIT);
	// One level more than may be
	for (size_t i = 1; i < 2 * (size_t)CTX_DEPTH_MAX; i += 2) {
		path[i] = '/';
	}
	assert_int_equal(ctx_snapshot_add(snap, path, 2 * (size_t)CTX_DEPTH_MAX + 1, &e, 0, NULL), CTX_E_LIMIT);
	free(path);
	assert_int_equal(ctx_snapshot_seal(snap, NULL), 0);
	ctx_snapshot_free(snap);
}

static void depth_is_no_concern(void **state) {
	(void)state;
	enum { DEPTH = 200000 };
	char *path = malloc(2 * DEPTH);
	assert_non_null(path);
	for (size_t i = 0; i < DEPTH; ++i) {
		path[2 * i] = 'd';
		path[2 * i + 1] = '/';
	}
	size_t len = 2 * DEPTH - 1;
	struct ctx_snapshot *snap = ctx_snapshot_new(1);
	struct ctx_entry e = { .kind = CTX_KIND_FILE, .flags = CTX_ENTRY_KEPT };
	assert_int_equal(ctx_snapshot_add(snap, path, len, &e, 0, NULL), 0);
	assert_int_equal(ctx_snapshot_seal(snap, NULL), 0);
	assert_int_equal(snap->entry_count, DEPTH);
	struct ctx_entry *deepest = ctx_snapshot_find(snap, path, len);
	assert_non_null(deepest);

	ctx_auto_iter struct ctx_iter it = { 0 };
	size_t steps = 0;
	ctx_iter_init(&it, snap);
	while (ctx_iter_next(&it)) {
		++steps;
		if (it.entry == deepest) {
			assert_int_equal(it.depth, DEPTH);
			assert_int_equal(it.path.len, len);
			assert_memory_equal(it.path.data, path, len);
		}
	}
	assert_int_equal(steps, DEPTH);
	assert_int_equal(it.path.len, 0);
	free(path);
	ctx_snapshot_free(snap);
}

/* ---- Looking ---- */

static void find_takes_clean_paths_only(void **state) {
	(void)state;
	struct ctx_snapshot *snap = sealed((const char *const[]){ "a/b", "a/bb", "c", NULL });
	assert_string_equal(ctx_snapshot_find(snap, "a/b", 3)->name, "b");
	assert_string_equal(ctx_snapshot_find(snap, "a/bb", 4)->name, "bb");
	assert_string_equal(ctx_snapshot_find(snap, "a/bb", 1)->name, "a");
	const char *absent[] = { "b", "a/c", "a/", "/a", "a//b", "c/d", "a/b/", "a/bbb", "./a", "aa" };
	for (size_t i = 0; i < CTX_COUNTOF(absent); ++i) {
		assert_null(ctx_snapshot_find(snap, absent[i], strlen(absent[i])));
	}
	assert_null(ctx_dir_find(NULL, "a", 1));
	ctx_snapshot_free(snap);
}

static void paths_are_composed(void **state) {
	(void)state;
	struct ctx_snapshot *snap = sealed((const char *const[]){ "top", "one/two/three", NULL });
	ctx_auto_buf struct ctx_buf buf = CTX_BUF_INIT;
	ctx_buf_adds(&buf, "x:");
	struct ctx_entry *two = ctx_snapshot_find(snap, "one/two", 7);
	ctx_entry_path(&buf, two->dir, &two->dir->entries[0]);
	ctx_buf_addc(&buf, ' ');
	ctx_dir_path(&buf, two->dir);
	ctx_buf_addc(&buf, ' ');
	ctx_dir_path(&buf, snap->root.dir);
	ctx_buf_addc(&buf, ' ');
	ctx_entry_path(&buf, snap->root.dir, ctx_snapshot_find(snap, "top", 3));
	assert_string_equal(ctx_buf_str(&buf), "x:one/two/three one/two  top");
	ctx_snapshot_free(snap);
}

static void iterators_skip_and_end(void **state) {
	(void)state;
	struct ctx_snapshot *snap = sealed((const char *const[]){ "a/b/c", "a/d", "e/f", "g", NULL });
	ctx_auto_iter struct ctx_iter it = { 0 };
	ctx_auto_buf struct ctx_buf seen = CTX_BUF_INIT;
	ctx_iter_init(&it, snap);
	while (ctx_iter_next(&it)) {
		ctx_buf_addf(&seen, "%s:%u ", it.path.data, it.depth);
		assert_ptr_equal(ctx_dir_find(it.dir, it.entry->name, it.entry->name_len), it.entry);
		if (strcmp(it.path.data, "a/b") == 0 || strcmp(it.path.data, "e") == 0 ||
			strcmp(it.path.data, "g") == 0) {
			ctx_iter_skip(&it); // on a file: nothing to skip
		}
	}
	assert_string_equal(ctx_buf_str(&seen), "a:1 a/b:2 a/d:2 e:1 g:1 ");
	assert_false(ctx_iter_next(&it));
	assert_null(it.entry);
	ctx_snapshot_free(snap);
}

static void cursors_skip_and_end(void **state) {
	(void)state;
	struct ctx_snapshot *snap = sealed((const char *const[]){ "a/b/c", "a/d", "e/f", "g", NULL });
	ctx_auto_buf struct ctx_buf seen = CTX_BUF_INIT;
	struct ctx_cursor c = ctx_cursor_at(snap->root.dir);
	for (struct ctx_entry *e; (e = ctx_cursor_next(&c)) != NULL;) {
		ctx_buf_addf(&seen, "%s:%u ", e->name, c.dir->depth);
		if (strcmp(e->name, "b") == 0 || strcmp(e->name, "g") == 0) {
			ctx_cursor_skip(&c);
		}
	}
	assert_string_equal(ctx_buf_str(&seen), "a:0 b:1 d:1 e:0 f:1 g:0 ");
	assert_null(ctx_cursor_next(&c));

	c = ctx_cursor_at(ctx_snapshot_find(snap, "a", 1)->dir); // does not leave "a"
	assert_string_equal(ctx_cursor_next(&c)->name, "b");
	assert_string_equal(ctx_cursor_next(&c)->name, "c");
	assert_string_equal(ctx_cursor_next(&c)->name, "d");
	assert_null(ctx_cursor_next(&c));
	c = ctx_cursor_at(NULL);
	assert_null(ctx_cursor_next(&c));
	ctx_snapshot_free(snap);
}

// clang-format off
static const char *const in_order[] = { "a", "a/b", "a/b/c", "a/b-c", "a/c", "a b", "a-b", "a.b", "a0", "b", "\xff" };
// clang-format on

static void path_order_is_the_snapshot_order(void **state) {
	(void)state;
	for (size_t i = 0; i < CTX_COUNTOF(in_order); ++i) {
		for (size_t j = 0; j < CTX_COUNTOF(in_order); ++j) {
			int got = ctx_path_cmp(in_order[i], strlen(in_order[i]), in_order[j], strlen(in_order[j]));
			assert_int_equal((got > 0) - (got < 0), (i > j) - (i < j));
		}
	}
	assert_true(ctx_name_cmp("", 0, "a", 1) < 0);
	assert_true(ctx_name_cmp("ab", 2, "a", 1) > 0);
	assert_int_equal(ctx_name_cmp("ab", 2, "abc", 2), 0);
}

/* ---- Deciding ---- */

/** Apply the patterns, which end with NULL. */
static void apply(struct ctx_snapshot *snap, const char *const *patterns) {
	size_t count = 0;
	while (patterns[count] != NULL) {
		++count;
	}
	struct ctx_ignore *ig = NULL;
	assert_int_equal(ctx_ignore_compile(&ig, patterns, count, NULL), 0);
	assert_int_equal(ctx_snapshot_apply(snap, ig, NULL), 0);
	ctx_ignore_free(ig);
}

static void rules_are_applied_and_replaced(void **state) {
	(void)state;
	struct ctx_snapshot *snap = sealed((const char *const[]){ "docs/README.md", "docs/z", "x.o", "src/a.c", NULL });
	apply(snap, (const char *const[]){ "docs", "!docs/README.md", "*.o", NULL });
	assert_snap(snap,
		"docs dir 0 kpi\n"
		"docs/README.md file 0 k\n"
		"docs/z file 0 \n"
		"src dir 0 ki\n"
		"src/a.c file 0 k\n"
		"x.o file 0 \n");
	assert_int_equal(ctx_snapshot_find(snap, "docs/README.md", 14)->rule, 2);
	assert_int_equal(ctx_snapshot_find(snap, "docs/z", 6)->rule, 1);
	assert_int_equal(ctx_snapshot_find(snap, "x.o", 3)->rule, 3);
	assert_int_equal(snap->use_count, 3);
	assert_int_equal(snap->use[2].decided, 1);
	assert_true(snap->complete);

	apply(snap, (const char *const[]){ "src", NULL }); // nothing of the first rules is left
	assert_snap(snap,
		"docs dir 0 ki\n"
		"docs/README.md file 0 k\n"
		"docs/z file 0 k\n"
		"src dir 0 i\n"
		"src/a.c file 0 \n"
		"x.o file 0 k\n");
	assert_int_equal(snap->use_count, 1);

	assert_int_equal(ctx_snapshot_apply(snap, NULL, NULL), 0);
	assert_null(snap->use);
	assert_int_equal(snap->use_count, 0);
	assert_snap(snap,
		"docs dir 0 ki\n"
		"docs/README.md file 0 k\n"
		"docs/z file 0 k\n"
		"src dir 0 ki\n"
		"src/a.c file 0 k\n"
		"x.o file 0 k\n");
	ctx_snapshot_free(snap);
}

static void refused_files_are_marked(void **state) {
	(void)state;
	// The walk skips the second "a" at the directory, the look-up does not: kept, but sent empty
	struct ctx_snapshot *snap = sealed((const char *const[]){ "a/b/c", "a/d", NULL });
	apply(snap, (const char *const[]){ "a", "!a/b", "a", NULL });
	assert_int_equal(ctx_snapshot_find(snap, "a/b/c", 5)->flags & (CTX_ENTRY_KEPT | CTX_ENTRY_REFUSED),
		CTX_ENTRY_KEPT | CTX_ENTRY_REFUSED);
	assert_false(ctx_entry_kept(ctx_snapshot_find(snap, "a/d", 3)));
	ctx_snapshot_free(snap);
}

/** Add a file with an inode. */
static void hard_link(struct ctx_snapshot *snap, const char *path, uint16_t device, uint64_t inode) {
	struct ctx_entry e = { .kind = CTX_KIND_FILE,
		.mode = S_IFREG | 0644,
		.flags = CTX_ENTRY_KEPT,
		.device = device,
		.inode = inode };
	assert_int_equal(ctx_snapshot_add(snap, path, strlen(path), &e, 0, NULL), 0);
}

static void the_first_kept_name_is_the_file(void **state) {
	(void)state;
	struct ctx_snapshot *snap = ctx_snapshot_new(1);
	hard_link(snap, "z", 0, 7);
	hard_link(snap, "b/y", 0, 7);
	hard_link(snap, "a", 0, 7);
	hard_link(snap, "other", 1, 7); // another device
	hard_link(snap, "single", 0, 8);
	file(snap, "none", 0);
	file(snap, "none2", 0);
	assert_int_equal(ctx_snapshot_seal(snap, NULL), 0);
	assert_snap(snap,
		"a file 0 kl\n"
		"b dir 0 ki\n"
		"b/y file 0 khl\n"
		"none file 0 k\n"
		"none2 file 0 k\n"
		"other file 0 kl\n"
		"single file 0 kl\n"
		"z file 0 khl\n");
	apply(snap, (const char *const[]){ "a", NULL });
	assert_snap(snap,
		"a file 0 l\n"
		"b dir 0 ki\n"
		"b/y file 0 kl\n"
		"none file 0 k\n"
		"none2 file 0 k\n"
		"other file 0 kl\n"
		"single file 0 kl\n"
		"z file 0 khl\n");
	assert_int_equal(ctx_snapshot_settle(snap, NULL), 0);
	assert_true(ctx_snapshot_find(snap, "z", 1)->flags & CTX_ENTRY_HARDLINK);
	ctx_snapshot_free(snap);
}

static void rules_that_no_build_takes(void **state) {
	(void)state;
	struct ctx_snapshot *snap = sealed((const char *const[]){ "a[b", "b", NULL });
	struct ctx_ignore *ig = NULL;
	struct ctx_error err;
	// An unclosed class; wherever it is noticed, it is a syntax error
	int rc = ctx_ignore_compile(&ig, (const char *const[]){ "a[b" }, 1, &err);
	if (rc == 0) {
		rc = ctx_snapshot_apply(snap, ig, &err);
	}
	assert_int_equal(rc, CTX_E_SYNTAX);
	ctx_ignore_free(ig);
	ctx_snapshot_free(snap);
}

/* ---- Problems ---- */

static void problems_are_sorted_by_path(void **state) {
	(void)state;
	struct ctx_snapshot *snap = sealed((const char *const[]){ "a", NULL });
	char path[] = "a/b";
	assert_int_equal(ctx_snapshot_add_problem(snap, "b", 1, 13, "two", true, NULL), 0);
	assert_int_equal(ctx_snapshot_add_problem(snap, "a-b", 3, 0, "one", false, NULL), 0);
	assert_int_equal(ctx_snapshot_add_problem(snap, path, 3, 0, "one", false, NULL), 0);
	assert_int_equal(ctx_snapshot_add_problem(snap, "b", 1, 0, "one", false, NULL), 0);
	path[0] = 'x'; // was copied
	ctx_snapshot_sort_problems(snap);
	const char *want[] = { "a/b", "a-b", "b", "b" };
	assert_int_equal(snap->problems.count, CTX_COUNTOF(want));
	for (size_t i = 0; i < CTX_COUNTOF(want); ++i) {
		assert_string_equal(snap->problems.items[i].path, want[i]);
	}
	assert_string_equal(snap->problems.items[2].what, "one");
	assert_true(snap->problems.items[3].fails_build);
	assert_int_equal(snap->problems.items[3].sysno, 13);
	ctx_snapshot_free(snap);
}

/* ---- Entries ---- */

static void kinds_of_modes(void **state) {
	(void)state;
	static const struct {
		uint32_t mode;
		enum ctx_kind kind;
		const char *name;
	} rows[] = {
		{ S_IFREG | 0644, CTX_KIND_FILE, "file" },
		{ 0644, CTX_KIND_FILE, "file" },
		{ S_IFDIR, CTX_KIND_DIR, "dir" },
		{ S_IFLNK, CTX_KIND_SYMLINK, "symlink" },
		{ S_IFIFO, CTX_KIND_FIFO, "fifo" },
		{ S_IFSOCK, CTX_KIND_SOCKET, "socket" },
		{ S_IFCHR, CTX_KIND_DEVICE, "device" },
		{ S_IFBLK, CTX_KIND_DEVICE, "device" },
	};
	for (size_t i = 0; i < CTX_COUNTOF(rows); ++i) {
		assert_int_equal(ctx_kind_of_mode(rows[i].mode), rows[i].kind);
		assert_string_equal(ctx_kind_name(rows[i].kind), rows[i].name);
	}
}

static void content_is_what_a_build_receives(void **state) {
	(void)state;
	struct ctx_entry e = { .kind = CTX_KIND_FILE, .size_bytes = 5 };
	assert_int_equal(ctx_entry_content_bytes(&e), 5);
	e.flags = CTX_ENTRY_KEPT | CTX_ENTRY_HARDLINK;
	assert_int_equal(ctx_entry_content_bytes(&e), 5);
	e.flags = CTX_ENTRY_KEPT | CTX_ENTRY_REFUSED;
	assert_int_equal(ctx_entry_content_bytes(&e), 0);
	e.flags = CTX_ENTRY_KEPT | CTX_ENTRY_UNREADABLE;
	assert_int_equal(ctx_entry_content_bytes(&e), 0);
	e = (struct ctx_entry){ .kind = CTX_KIND_SYMLINK, .size_bytes = 5 };
	assert_int_equal(ctx_entry_content_bytes(&e), 0);
}

static void times_in_nanoseconds(void **state) {
	(void)state;
	assert_true(ctx_timespec_ns(&(struct timespec){ .tv_sec = 1, .tv_nsec = 2 }) == 1000000002);
	assert_true(ctx_timespec_ns(&(struct timespec){ .tv_sec = -1, .tv_nsec = 999999999 }) == -1);
	struct timespec far = { .tv_sec = INT64_MAX, .tv_nsec = 1 }, farther = { .tv_sec = INT64_MAX, .tv_nsec = 2 };
	assert_true(ctx_timespec_ns(&far) != ctx_timespec_ns(&farther)); // wrapped, but told apart
}

/* ---- Out of memory ---- */

/** Build, seal, decide and iterate; a negative code when memory ran out anywhere. */
static int build_all(const struct ctx_ignore *ig) {
	struct ctx_snapshot *snap = ctx_snapshot_new(1);
	if (snap == NULL) {
		return CTX_E_NOMEM;
	}
	int rc = 0;
	for (int i = 0; rc == 0 && i < 40; ++i) {
		char path[32];
		snprintf(path, sizeof(path), "d%d/e/f%d", i % 3, i);
		rc = i % 5 == 0 ? snap_link(snap, path, "target") : snap_file(snap, path, 1);
	}
	if (rc == 0) {
		rc = snap_file(snap, "d1", 1);
	}
	if (rc == 0) {
		rc = ctx_snapshot_add_problem(snap, "p", 1, 0, "what", false, NULL);
	}
	if (rc == 0) {
		rc = ctx_snapshot_seal(snap, NULL);
	}
	if (rc == 0) {
		rc = ctx_snapshot_apply(snap, ig, NULL);
	}
	if (rc == 0) {
		ctx_auto_iter struct ctx_iter it = { 0 };
		ctx_iter_init(&it, snap);
		size_t steps = 0;
		while (ctx_iter_next(&it)) {
			++steps;
		}
		rc = ctx_buf_ok(&it.path) ? 0 : CTX_E_NOMEM;
		assert_true(rc < 0 || steps == snap->entry_count);
	}
	ctx_snapshot_free(snap);
	return rc;
}

static void every_allocation_may_fail(void **state) {
	(void)state;
	struct ctx_ignore *ig = NULL;
	assert_int_equal(ctx_ignore_compile(&ig, (const char *const[]){ "d0", "!d0/e/f3" }, 2, NULL), 0);
	int rc = CTX_E_NOMEM;
	for (long n = 0; rc != 0; ++n) {
		ctx_alloc_fail_after(n);
		rc = build_all(ig);
		ctx_alloc_fail_after(-1);
		assert_true(rc == 0 || rc == CTX_E_NOMEM);
		assert_true(n < 10000);
	}
	ctx_ignore_free(ig);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_added_is_an_empty_root),
		cmocka_unit_test(order_is_bytewise_per_directory),
		cmocka_unit_test(parents_are_implied_until_named),
		cmocka_unit_test(the_newest_of_a_name_stays),
		cmocka_unit_test(files_and_directories_replace_each_other),
		cmocka_unit_test(strings_are_copied),
		cmocka_unit_test(bad_paths_are_corrupt),
		cmocka_unit_test(names_and_paths_have_limits),
		cmocka_unit_test(depth_is_no_concern),
		cmocka_unit_test(find_takes_clean_paths_only),
		cmocka_unit_test(paths_are_composed),
		cmocka_unit_test(iterators_skip_and_end),
		cmocka_unit_test(cursors_skip_and_end),
		cmocka_unit_test(path_order_is_the_snapshot_order),
		cmocka_unit_test(rules_are_applied_and_replaced),
		cmocka_unit_test(refused_files_are_marked),
		cmocka_unit_test(the_first_kept_name_is_the_file),
		cmocka_unit_test(rules_that_no_build_takes),
		cmocka_unit_test(problems_are_sorted_by_path),
		cmocka_unit_test(kinds_of_modes),
		cmocka_unit_test(content_is_what_a_build_receives),
		cmocka_unit_test(times_in_nanoseconds),
		cmocka_unit_test(every_allocation_may_fail),
	};
	return cmocka_run_group_tests_name("snapshot", tests, NULL, NULL);
}
