#include "analyzer/dockerfile/follow.h"

#include "ctxopt/base/alloc.h"
#include "ctxopt/base/file.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#include "tests/unit/as_nobody.h"
#include "tests/unit/scratch.h"
#include "tests/unit/tree_text.h"

#define WORDS_MAX 16

/* A tree, wanted paths, and the include patterns of a client, separated by blanks. */
static const struct follow_case {
	const char *name, *tree, *paths, *patterns;
} follow_cases[] = {
	{ "link", "d/ d/x l>d/x", "l", "d/x l" },
	{ "link in a directory", "dir/ o/ o/f dir/l>../o", "dir/l/f", "dir/l o/f" },
	{ "absolute link", "d/ d/x l>/d", "l/x", "d/x l" },
	{ "wildcard without links", "src/ src/a/ src/a/p", "src/*/p", "src/*/p" },
	{ "wildcard that meets a link", "src/ src/a/ src/a/p o/ o/p src/ln>../o", "src/*/p", "o/p src/*" },
	{ "wildcard that matches a link", "l.txt>z/t z/ z/t a.txt", "*.txt", "*.txt z/t" },
	{ "nothing there", "a", "nope", "nope" },
	{ "exclamation mark", "!x", "!x", "!x" },
	{ "everything", "a b", "a .", "" },
	{ "link to the root", "l>/ a", "l", "" },
	{ "link out of the root", "l>../../a a", "l", "a l" },
	{ "chain", "a>b b>c c>d d", "a", "a b c d" },
	{ "circle", "a>b b>a", "a", "a b" },
	{ "link to itself", "a>a", "a/x", "a" },
	{ "growing circle", "a>a/b", "a", "a" },
	{ "dangling", "a>no/where", "a/x", "a no/where/x" },
	{ "only the first path behind a link", "l>d d/ d/x d/y", "l/x l/y", "d/x l" },
	{ "below another", "a/ a/b", "a a/b", "a" },
	{ "a name in between saves what is below", "a/ a-b a/c", "a a-b a/c", "a a-b a/c" },
	{ "escaped wildcard is a name", "a* ab", "a\\*", "a\\*" },
	{ "class", "l>x x", "[kl]", "[kl] x" },
	{ "malformed class matches nothing", "l>x x", "[l", "[l" },
	{ "link text with a wildcard", "l>* a m>a", "l", "* a l" },
	{ "below a file", "f", "f/x", "f/x" },
	{ "wildcard below a file", "f", "f/*", "f/*" },
	{ "two links of a wildcard, in order", "l1>x/ l2>y/ x/ y/", "l*/z", "l* x/z y/z" },
	{ "no paths", "a", "", "" },
};

/* Split at blanks. */
static size_t split(struct ctx_str *out, const char *text) {
	size_t count = 0;
	for (const char *at = text; *at != '\0'; at += *at == ' ') {
		size_t len = strcspn(at, " ");
		assert_true(count < WORDS_MAX);
		out[count++] = (struct ctx_str){ at, len };
		at += len;
	}
	return count;
}

/* Ask a tree and compare. */
static void check(const struct follow_case *c, const struct ana_follow_tree *tree, const char *what) {
	ctx_auto_arena struct ctx_arena arena = CTX_ARENA_INIT;
	ana_auto_words struct ana_words patterns = { 0 };
	struct ctx_str paths[WORDS_MAX] = { 0 }, expected[WORDS_MAX];
	size_t count = split(expected, c->patterns);
	struct ctx_error err;
	assert_int_equal(ana_follow_links(&patterns, paths, split(paths, c->paths), tree, &arena, &err), 0);
	bool same = patterns.items.count == count;
	for (size_t i = 0; same && i < count; ++i) {
		same = ctx_str_eq(patterns.items.items[i], expected[i]);
	}
	if (!same) {
		ctx_auto_buf struct ctx_buf text = CTX_BUF_INIT;
		for (size_t i = 0; i < patterns.items.count; ++i) {
			ctx_buf_addf(&text, " %.*s", CTX_STR_ARGS(patterns.items.items[i]));
		}
		fail_msg("%s, %s:%s", c->name, what, ctx_buf_str(&text));
	}
}

static void snapshots_are_followed(void **state) {
	(void)state;
	for (size_t i = 0; i < CTX_COUNTOF(follow_cases); ++i) {
		struct ctx_snapshot *snap = tree_snapshot(follow_cases[i].tree, "**");
		struct ana_follow_snapshot follow;
		ana_follow_snapshot_init(&follow, snap);
		check(&follow_cases[i], &follow.tree, "snapshot"); // what is ignored is followed like the rest
		assert_false(follow.unopened);
		ctx_snapshot_free(snap);
	}
}

/* Make an entry on disk. */
static void make(void *arg, const char *path, const char *target, bool dir) {
	int fd = *(const int *)arg;
	if (target != NULL) {
		assert_int_equal(symlinkat(target, fd, path), 0);
	} else if (dir) {
		assert_int_equal(mkdirat(fd, path, 0777), 0);
	} else {
		int file = openat(fd, path, O_CREAT | O_WRONLY | O_CLOEXEC, 0666);
		assert_true(file >= 0);
		close(file);
	}
}

/* A new directory with a tree. */
static int make_tree(const char *name, const char *tree) {
	assert_int_equal(mkdir(name, 0777), 0);
	int fd = open(name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_true(fd >= 0);
	tree_each(tree, make, &fd);
	return fd;
}

static void directories_are_followed(void **state) {
	(void)state;
	for (size_t i = 0; i < CTX_COUNTOF(follow_cases); ++i) {
		char name[24];
		snprintf(name, sizeof(name), "tree%zu", i);
		int fd = make_tree(name, follow_cases[i].tree);
		struct ana_follow_fd follow;
		ana_follow_fd_init(&follow, fd);
		check(&follow_cases[i], &follow.tree, "directory");
		ana_follow_fd_release(&follow);
		close(fd);
	}
}

static void a_directory_is_never_left(void **state) {
	(void)state;
	close(make_tree("outside", "secret>x"));
	int fd = make_tree("inside", "[l]>../outside a");
	struct ana_follow_fd follow;
	struct ana_follow_entry entry = { 0 };
	ana_follow_fd_init(&follow, fd);
	assert_int_equal(follow.tree.lookup(follow.tree.arg, "[l]/secret", &entry, NULL), 0);
	assert_int_equal(follow.tree.lookup(follow.tree.arg, "../outside", &entry, NULL), 0);
	assert_int_equal(follow.tree.lookup(follow.tree.arg, "a", &entry, NULL), 1);
	ana_follow_fd_release(&follow);
	close(fd);
}

/* Follow a wildcard into a directory that may not be listed; the exit status for as_nobody(). */
static int follow_into_closed(void) {
	ctx_auto_fd int fd = open("closed", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct ana_follow_fd follow;
	ana_follow_fd_init(&follow, fd);
	ctx_auto_arena struct ctx_arena arena = CTX_ARENA_INIT;
	ana_auto_words struct ana_words patterns = { 0 };
	struct ctx_str path = CTX_STR("d/*");
	int rc = ana_follow_links(&patterns, &path, 1, &follow.tree, &arena, NULL);
	ana_follow_fd_release(&follow);
	return rc == CTX_E_IO ? 0 : 1;
}

static void an_unreadable_directory_is_an_error(void **state) {
	(void)state;
	close(make_tree("closed", "d/ d/l>x"));
	assert_int_equal(chmod("closed/d", 0), 0);
	as_nobody(follow_into_closed);
	assert_int_equal(chmod("closed/d", 0700), 0);
}

static void unopened_directories_are_noticed(void **state) {
	(void)state;
	struct ctx_snapshot *snap = tree_snapshot("d/", NULL);
	ctx_snapshot_find(snap, "d", 1)->flags |= CTX_ENTRY_UNOPENED;
	struct ana_follow_snapshot follow;
	struct ana_follow_entry entry = { 0 };
	ana_follow_snapshot_init(&follow, snap);
	assert_int_equal(follow.tree.lookup(follow.tree.arg, "x", &entry, NULL), 0);
	assert_false(follow.unopened);
	assert_int_equal(follow.tree.lookup(follow.tree.arg, "d/x", &entry, NULL), 0);
	assert_true(follow.unopened);
	ctx_snapshot_free(snap);
}

static void endless_texts_are_refused(void **state) {
	(void)state;
	// Each of many links takes the long rest of the path along
	struct ctx_snapshot *snap = ctx_snapshot_new(1);
	char name[32];
	for (int i = 0; i < 20000; ++i) {
		snprintf(name, sizeof(name), "l%d", i);
		assert_int_equal(snap_link(snap, name, "x"), 0);
	}
	assert_int_equal(ctx_snapshot_seal(snap, NULL), 0);
	struct ana_follow_snapshot follow;
	ana_follow_snapshot_init(&follow, snap);
	ctx_auto_buf struct ctx_buf path = CTX_BUF_INIT;
	ctx_buf_adds(&path, "l*/");
	for (int i = 0; i < 20000; ++i) {
		ctx_buf_addc(&path, 'x');
	}
	ctx_auto_arena struct ctx_arena arena = CTX_ARENA_INIT;
	ana_auto_words struct ana_words patterns = { 0 };
	struct ctx_str wanted = { path.data, path.len };
	assert_int_equal(ana_follow_links(&patterns, &wanted, 1, &follow.tree, &arena, NULL), CTX_E_LIMIT);
	ctx_snapshot_free(snap);
}

static void every_allocation_may_fail(void **state) {
	(void)state;
	struct ctx_snapshot *snap = tree_snapshot("src/ src/a/ src/a/p o/ o/p src/ln>../o l>o", NULL);
	struct ana_follow_snapshot follow;
	ana_follow_snapshot_init(&follow, snap);
	struct ctx_str paths[] = { CTX_STR("src/*/p"), CTX_STR("l/x") };
	int rc = CTX_E_NOMEM;
	for (long n = 0; rc != 0; ++n) {
		ctx_auto_arena struct ctx_arena arena = CTX_ARENA_INIT;
		ana_auto_words struct ana_words patterns = { 0 };
		ctx_alloc_fail_after(n);
		rc = ana_follow_links(&patterns, paths, CTX_COUNTOF(paths), &follow.tree, &arena, NULL);
		ctx_alloc_fail_after(-1);
		assert_true(rc == 0 || rc == CTX_E_NOMEM);
	}
	ctx_snapshot_free(snap);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(snapshots_are_followed),
		cmocka_unit_test_setup_teardown(directories_are_followed, scratch_setup, scratch_teardown),
		cmocka_unit_test_setup_teardown(a_directory_is_never_left, scratch_setup, scratch_teardown),
		cmocka_unit_test_setup_teardown(an_unreadable_directory_is_an_error, scratch_setup, scratch_teardown),
		cmocka_unit_test(unopened_directories_are_noticed),
		cmocka_unit_test(endless_texts_are_refused),
		cmocka_unit_test(every_allocation_may_fail),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
