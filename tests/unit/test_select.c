#include "analyzer/dockerfile/select.h"

#include "ctxopt/base/alloc.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#include "tests/unit/tree_text.h"

#define WORDS_MAX 16
#define NOT_FOUND(path) "failed to calculate checksum of ref ...: \"" path "\": not found"

/* One read. */
static const struct select_case {
	const char *name, *tree, *src;
	/* Separated by blanks; NULL for none. */
	const char *excludes, *includes, *required;
	/* What is read, in order, or BuildKit's words for a missing source. */
	const char *entries, *missing;
} select_cases[] = {
	{ "file", "a b", "/a", .entries = "a" },
	{ "directory", "d/ d/x d/e/ d/e/y b", "/d", .entries = "d d/e d/e/y d/x" },
	{ "whole context", "d/ d/x b l>b", "/", .entries = "b d d/x l" },
	{ "empty context", "", "/", .entries = "" },
	{ "missing", "a", "/x", .missing = NOT_FOUND("/x") },
	{ "missing in a directory", "d/", "/d/x", .missing = NOT_FOUND("/d/x") },
	{ "below a file", "a", "/a/x", .missing = NOT_FOUND("/a/x") },
	{ "odd name is quoted", "a", "/x\ty", .missing = NOT_FOUND("/x\\ty") },

	{ "link to a file", "l>d/x d/ d/x d/y", "/l", .entries = "d/x l" },
	{ "link to a directory", "l>d d/ d/x", "/l", .entries = "d d/x l" },
	{ "link on the way", "l>d d/ d/x d/y", "/l/x", .entries = "d/x l" },
	{ "links in a directory are not followed", "d/ d/l>../x x", "/d", .entries = "d d/l" },
	{ "dangling link", "l>x", "/l", .missing = NOT_FOUND("/l") },
	{ "absolute link", "d/ d/l>/d/x d/x", "/d/l", .entries = "d/l d/x" },
	{ "link out of the context", "l>../../x x", "/l", .entries = "l x" },
	{ "link to the root", "l>/ a", "/l", .entries = "a l" },
	{ "what is missing may be left again", "l>no/../x x", "/l", .entries = "l x" },
	{ "circle", "l>m m>l", "/l", .missing = "failed to calculate checksum of ref ...: too many links" },

	{ "wildcard", "a.c b.c d/ d/e.c", "/*.c", .entries = "a.c b.c" },
	{ "wildcard in a directory", "d/ d/a.c d/b.h", "/d/*.c", .entries = "d/a.c" },
	{ "wildcard takes directories whole", "ab/ ab/x ab/d/ ab/d/y b", "/a*", .entries = "ab ab/d ab/d/y ab/x" },
	{ "wildcard takes dot files", ".x a", "/*", .entries = ".x a" },
	{ "wildcard without match", "a", "/*.c", .entries = "" },
	{ "two stars are one", "d/ d/a/ d/a/x d/a/b/ d/a/b/x", "/d/**/x", .entries = "d/a/x" },
	{ "wildcard in the middle", "a/ a/x a/y b/ b/x c", "/*/x", .entries = "a/x b/x" },
	{ "class", "a b c", "/[ab]", .entries = "a b" },
	{ "negated class", "a b c", "/[^ab]", .entries = "c" },
	{ "class that takes a slash", "a/ a/c abc", "/a[^x]c", .entries = "a/c abc" },
	{ "escapes stay without a wildcard", "a*", "/a\\*", .missing = NOT_FOUND("/a\\\\*") },
	{ "a class for a star", "a* ab", "/a[*]", .entries = "a*" },
	{ "a class for a bracket", "[x x", "/[[]*", .entries = "[x" },
	{ "link that matches", "la>x x", "/l*", .entries = "la x" },
	{ "link and its target match", "a>b b", "/*", .entries = "a b" },
	{ "link to a directory that matches, too", "a>b b/ b/x", "/*", .entries = "a b b/x" },
	{ "link below what matches", "d/ d/l>../x x", "/d*", .entries = "d d/l" },
	{ "dangling match", "la>x a", "/*", .missing = NOT_FOUND("/la") },
	{ "link before the wildcard", "l>d d/ d/a.c x", "/l/*.c", .entries = "d/a.c l" },
	{ "link to a linked directory is no match", "l1>d d/ d/x", "/l*/x", .entries = "" },
	{ "missing directory before the wildcard", "a", "/d/*.c", .missing = "lstat /d: no such file or directory" },
	{ "links to the same file", "a>x b>x x y", "/[ab]", .entries = "a b x" },
	{ "link to what holds the matches", "d/ d/l>.. d/x y", "/d/*", .entries = "d d/l d/x y" },

	{ "exclude", "a.md b d/ d/c.md", "/", "*.md", .entries = "b d d/c.md" },
	{ "exclude everywhere", "a.md b d/ d/c.md", "/", "**/*.md", .entries = "b d" },
	{ "exclude is relative to the source", "d/ d/c.md", "/d", "d/c.md", .entries = "d d/c.md" },
	{ "a match of a wildcard is a source", "a.md b.c", "/*.*", "*.md", .entries = "a.md b.c" },
	{ "exclude with exception", "d/ d/a.md d/keep.md", "/d", "*.md !keep.md", .entries = "d d/keep.md" },
	{ "all but one", "a/ a/b a/c d", "/", "** !a/b", .entries = "a a/b" },
	{ "all of a file", "a", "/a", "*", .entries = "" },
	{ "all of a directory", "d/ d/x", "/d", "*", .entries = "" },
	{ "leading slash matches nothing", "a b", "/", "/a", .entries = "a b" },
	{ "excluded directory", "d/ d/x e", "/", "d", .entries = "e" },
	{ "exclude without effect below a link", "l>d d/ d/x d/y", "/l", "x", .entries = "d d/x d/y l" },
	{ "links of the context root are followed", "l>d/x d/ d/x y", "/", "y", .entries = "d d/x l" },
	{ "dangling link of the context root", "l>x y", "/", "y", .missing = NOT_FOUND("/l") },
	{ "dangling link that is excluded", "l>x y", "/", "l", .entries = "y" },
	{ "dangling link that is the source", "l>x", "/l", "*", .missing = "lstat /x: no such file or directory" },
	{ "missing with exclude", "a", "/x", "y", .missing = "lstat /x: no such file or directory" },
	{ "an odd name is no quoted text there", "a", "/\xff/b", "y",
		.missing = "lstat /\xEF\xBF\xBD/b: no such file or directory" },
	{ "below a file with exclude", "a", "/a/b/c", "y", .missing = "lstat /a/b: not a directory" },

	{ "parents", "a/ a/b/ a/b/c a/x d", "/", NULL, "a/b/c", "/a/b/c", .entries = "a a/b a/b/c" },
	{ "parents from a pivot", "x/ x/y/ x/y/z x/w", "/x", NULL, "y/z", "/x/y/z", .entries = "x x/y x/y/z" },
	{ "parents with a star", "a/ a/b/ a/b/c a/d/ a/d/c a/e/ a/e/f", "/", NULL, "a/*/c",
		.entries = "a a/b a/b/c a/d a/d/c" },
	{ "parents with two stars", "a/ a/b/ a/b/d/ a/b/d/e a/e x", "/", NULL, "a/**/e",
		.entries = "a a/b a/b/d a/b/d/e a/e" },
	{ "parents with several roots", "p1/ p1/q p2/ p2/q p2/r x", "/p*", NULL, "q", .entries = "p1 p1/q p2 p2/q" },
	{ "parents of a directory", "a/ a/b/ a/b/c a/b/d/ a/b/d/e", "/", NULL, "a/b", "/a/b",
		.entries = "a a/b a/b/c a/b/d a/b/d/e" },
	{ "parents of nothing", "a", "/", NULL, "", "/", .missing = NOT_FOUND("/") },
	{ "parents of a missing path", "a/", "/", NULL, "a/b", "/a/b", .missing = NOT_FOUND("/a/b") },
	{ "parents through a link", "l>d d/ d/x", "/", NULL, "l/x", "/l/x", .missing = NOT_FOUND("/l/x") },
	{ "parents of a link in the root", "l>d d/ d/x", "/", NULL, "l", "/l", .entries = "d d/x l" },
	{ "parents without match", "a", "/", NULL, "*.c", .entries = "" },
	{ "parents and exclude", "a/ a/b/ a/b/c a/b/d", "/", "a/b/c", "a/b", "/a/b", .entries = "a a/b a/b/d" },
	{ "exclude of a directory above", "a/ a/b/ a/b/c a/b/d", "/", "a", "a/b/c", .entries = "" },
	{ "exclude of a directory above, with exception", "a/ a/b/ a/b/c a/b/d", "/", "a !a/b/d", "a/b",
		.entries = "a a/b a/b/d" },
};

/* Split at blanks; NULL is nothing, "" is one empty text. */
static uint32_t split(struct ctx_str *out, const char *text) {
	uint32_t count = 0;
	for (const char *at = text; at != NULL; at = *at == ' ' ? at + 1 : NULL) {
		size_t len = strcspn(at, " ");
		assert_true(count < WORDS_MAX);
		out[count++] = (struct ctx_str){ at, len };
		at += len;
	}
	return count;
}

/* What was reported: paths in the order of a snapshot, one blank between. */
struct reported {
	char *paths[64];
	size_t count;
	int stop;
};

/* Note an entry. */
static int note(void *arg, struct ctx_dir *dir, struct ctx_entry *entry, const char *path, size_t len) {
	struct reported *r = arg;
	assert_int_equal(path[len], '\0');
	assert_ptr_equal(ctx_dir_find(dir, entry->name, entry->name_len), entry);
	assert_true(r->count < CTX_COUNTOF(r->paths));
	r->paths[r->count++] = strdup(path);
	return r->stop;
}

/* Order of paths. */
static int compare(const void *a, const void *b) {
	const char *x = *(char *const *)a, *y = *(char *const *)b;
	return ctx_path_cmp(x, strlen(x), y, strlen(y));
}

/* The paths as one text; forgets them. */
static void join(struct reported *r, struct ctx_buf *out) {
	qsort(r->paths, r->count, sizeof(*r->paths), compare);
	for (size_t i = 0; i < r->count; ++i) {
		ctx_buf_adds(out, i > 0 ? " " : "");
		ctx_buf_adds(out, r->paths[i]);
		free(r->paths[i]);
	}
	r->count = 0;
}

/* The action of a COPY line. */
static struct ana_action copy_of(const char *src, struct ctx_str *excludes, const char *exclude_text) {
	return (struct ana_action){
		.kind = ANA_ACTION_COPY,
		.src = CTX_STR(src),
		.excludes = excludes,
		.exclude_count = split(excludes, exclude_text),
		.follow_symlinks = true,
		.wildcard = true,
		.allow_empty_wildcard = true,
		.dir_contents = true,
	};
}

static void sources_are_selected(void **state) {
	(void)state;
	for (size_t i = 0; i < CTX_COUNTOF(select_cases); ++i) {
		const struct select_case *c = &select_cases[i];
		struct ctx_snapshot *snap = tree_snapshot(c->tree, NULL);
		struct ctx_str excludes[WORDS_MAX], includes[WORDS_MAX], required[WORDS_MAX];
		struct ana_action action = copy_of(c->src, excludes, c->excludes);
		action.includes = includes;
		action.include_count = split(includes, c->includes);
		action.required = required;
		action.required_count = split(required, c->required);
		struct ana_read read = { .action = &action, .path = action.src };
		struct ana_selection sel, totals;
		struct reported reported = { 0 };
		ctx_auto_buf struct ctx_buf text = CTX_BUF_INIT;
		assert_int_equal(ana_select(&sel, &read, snap, 0, note, &reported, NULL), 0);
		assert_int_equal(sel.missing ? 0 : sel.files + sel.dirs, reported.count);
		join(&reported, &text);
		const char *expected = c->missing != NULL ? c->missing : c->entries;
		const char *found = sel.missing ? sel.message : ctx_buf_str(&text);
		if (sel.missing != (c->missing != NULL) || strcmp(found, expected) != 0) {
			fail_msg("%s: %s", c->name, found);
		}
		assert_int_equal(ana_select(&totals, &read, snap, 0, NULL, NULL, NULL), 0);
		assert_memory_equal(&totals, &sel, sizeof(sel));
		ctx_snapshot_free(snap);
	}
}

/* Reads of a tree with an ignore rule: the rule that is to blame. */
static const struct ignored_case {
	const char *tree, *rule, *src;
	uint32_t ignored_by;
} ignored_cases[] = {
	{ "a", "a", "/a", 1 },
	{ "d/ d/x", "d", "/d/x", 1 },
	{ "d/ d/x", "d", "/d/nope", 0 },
	{ "l>x x", "x", "/l", 1 },
	{ "a", "a", "/b", 0 },
	{ "l>l a", "a", "/l", 0 },
};

static void ignore_rules_are_blamed(void **state) {
	(void)state;
	for (size_t i = 0; i < CTX_COUNTOF(ignored_cases); ++i) {
		const struct ignored_case *c = &ignored_cases[i];
		struct ctx_snapshot *snap = tree_snapshot(c->tree, c->rule);
		struct ctx_str none[1];
		struct ana_action action = copy_of(c->src, none, NULL);
		struct ana_read read = { .action = &action, .path = action.src };
		struct ana_selection sel;
		assert_int_equal(ana_select(&sel, &read, snap, 0, NULL, NULL, NULL), 0);
		assert_true(sel.missing);
		if (sel.ignored_by != c->ignored_by) {
			fail_msg("%s without %s: rule %u", c->src, c->rule, sel.ignored_by);
		}
		ctx_snapshot_free(snap);
	}
}

static void what_an_unopened_directory_holds_is_ignored(void **state) {
	(void)state;
	struct ctx_snapshot *snap = tree_snapshot("d/", "d");
	ctx_snapshot_find(snap, "d", 1)->flags |= CTX_ENTRY_UNOPENED;
	struct ctx_str none[1];
	struct ana_action action = copy_of("/d/x", none, NULL);
	struct ana_read read = { .action = &action, .path = action.src };
	struct ana_selection sel;
	assert_int_equal(ana_select(&sel, &read, snap, 0, NULL, NULL, NULL), 0);
	assert_true(sel.missing);
	assert_int_equal(sel.ignored_by, 1);
	ctx_snapshot_free(snap);
}

static void ignored_entries_are_not_read(void **state) {
	(void)state;
	struct ctx_snapshot *snap = tree_snapshot("d/ d/x.o d/x.c e/ e/y.o", "**/*.o");
	struct ctx_str none[1];
	struct ana_action action = copy_of("/", none, NULL);
	struct ana_read read = { .action = &action, .path = action.src };
	struct ana_selection sel;
	assert_int_equal(ana_select(&sel, &read, snap, 0, NULL, NULL, NULL), 0);
	assert_int_equal(sel.files, 1);
	assert_int_equal(sel.dirs, 2);
	assert_int_equal(sel.bytes, 1);
	assert_int_equal(ana_select(&sel, &read, snap, ANA_SELECT_IGNORED, NULL, NULL, NULL), 0);
	assert_int_equal(sel.files, 3);
	ctx_snapshot_free(snap);
}

/* Reads of a tree, with and without its ignore rule: how many files. */
static const struct both_case {
	const char *tree, *rule, *src;
	uint64_t kept, all;
} both_cases[] = {
	{ "a b", "a", "/a", 0, 1 },
	{ "d/ d/x", "d", "/d/x", 0, 1 },
	{ "d/ d/x d/y", "d/*", "/d", 0, 2 },
	{ "a.c b.c", "a.c", "/*.c", 1, 2 },
	{ "a.c b.c", "*.c", "/*.c", 0, 2 },
	{ "l>x x", "x", "/l", 0, 2 },
	{ "a", "a", "/b", 0, 0 },
};

static void as_if_nothing_was_ignored(void **state) {
	(void)state;
	for (size_t i = 0; i < CTX_COUNTOF(both_cases); ++i) {
		const struct both_case *c = &both_cases[i];
		struct ctx_snapshot *snap = tree_snapshot(c->tree, c->rule);
		struct ctx_str none[1];
		struct ana_action action = copy_of(c->src, none, NULL);
		struct ana_read read = { .action = &action, .path = action.src };
		struct ana_selection kept, all;
		assert_int_equal(ana_select(&kept, &read, snap, 0, NULL, NULL, NULL), 0);
		assert_int_equal(ana_select(&all, &read, snap, ANA_SELECT_IGNORED, NULL, NULL, NULL), 0);
		if (kept.files != c->kept || all.files != c->all || all.missing != (c->all == 0)) {
			fail_msg("%s without %s: %ju of %ju", c->src, c->rule, (uintmax_t)kept.files,
				(uintmax_t)all.files);
		}
		ctx_snapshot_free(snap);
	}
}

/* Mark an entry as sent. */
static void want(struct ctx_snapshot *snap, const char *path) {
	ctx_snapshot_find(snap, path, strlen(path))->flags |= CTX_ENTRY_WANTED;
}

/* Reads of a tree of which only "d", "d/x" and "l" are sent. */
static const struct narrow_case {
	const char *src, *excludes, *entries, *missing;
} narrow_cases[] = {
	{ "/", .entries = "d d/x l" },
	{ "/", "x", .missing = NOT_FOUND("/l") },
	{ "/d", .entries = "d d/x" },
	{ "/d", "*.c", .entries = "d d/x" },
	{ "/d/*", .entries = "d/x" },
	{ "/d/y", .missing = NOT_FOUND("/d/y") },
	{ "/d/y", "z", .missing = "lstat /d/y: no such file or directory" },
	{ "/l", .missing = NOT_FOUND("/l") },
	{ "/l*", .missing = NOT_FOUND("/l") },
	{ "/e/*", .missing = "lstat /e: no such file or directory" },
};

static void what_is_not_sent_is_not_there(void **state) {
	(void)state;
	struct ctx_snapshot *snap = tree_snapshot("d/ d/x d/y e/ e/z l>e", NULL);
	want(snap, "d");
	want(snap, "d/x");
	want(snap, "l");
	for (size_t i = 0; i < CTX_COUNTOF(narrow_cases); ++i) {
		const struct narrow_case *c = &narrow_cases[i];
		struct ctx_str excludes[WORDS_MAX];
		struct ana_action action = copy_of(c->src, excludes, c->excludes);
		struct ana_read read = { .action = &action, .path = action.src };
		struct ana_selection sel;
		struct reported reported = { 0 };
		ctx_auto_buf struct ctx_buf text = CTX_BUF_INIT;
		assert_int_equal(ana_select(&sel, &read, snap, ANA_SELECT_WANTED, note, &reported, NULL), 0);
		join(&reported, &text);
		assert_int_equal(sel.ignored_by, 0);
		assert_string_equal(sel.missing ? sel.message : ctx_buf_str(&text),
			c->missing != NULL ? c->missing : c->entries);
	}
	ctx_snapshot_free(snap);
}

static void mounts_have_no_wildcards(void **state) {
	(void)state;
	struct ctx_snapshot *snap = tree_snapshot("a* ab l>ab", NULL);
	struct ana_exec_mount mount = { 0 };
	struct ana_read read = { .mount = &mount, .path = CTX_STR("/a*") };
	struct ana_selection sel;
	assert_int_equal(ana_select(&sel, &read, snap, 0, NULL, NULL, NULL), 0);
	assert_int_equal(sel.files, 1);
	read.path = CTX_STR("/l");
	assert_int_equal(ana_select(&sel, &read, snap, 0, NULL, NULL, NULL), 0);
	assert_int_equal(sel.files, 2);
	read.path = CTX_STR("/x");
	assert_int_equal(ana_select(&sel, &read, snap, 0, NULL, NULL, NULL), 0);
	assert_string_equal(sel.message, NOT_FOUND("/x"));
	ctx_snapshot_free(snap);
}

/* Reads with malformed patterns, and how a build fails. */
static const struct malformed_case {
	const char *src, *excludes, *message;
} malformed_cases[] = {
	{ "/[a", NULL, "syntax error in pattern" },
	{ "/", "[", "invalid excludepatterns: [[]: syntax error in pattern" },
	{ "/", "b\xff [ !c", "invalid excludepatterns: [b\xEF\xBF\xBD [ !c]: syntax error in pattern" },
	{ "/a", "b !", "invalid excludepatterns: [b !]: illegal exclusion pattern: \"!\"" },
	{ "/", "a/**/[b", "failed to match excludepatterns: syntax error in pattern" },
};

static void malformed_patterns_fail_the_build(void **state) {
	(void)state;
	struct ctx_snapshot *snap = tree_snapshot("a/ a/b/ a/b/c", NULL);
	for (size_t i = 0; i < CTX_COUNTOF(malformed_cases); ++i) {
		const struct malformed_case *c = &malformed_cases[i];
		struct ctx_str excludes[WORDS_MAX];
		struct ctx_error err;
		struct ana_action action = copy_of(c->src, excludes, c->excludes);
		struct ana_read read = { .action = &action, .path = action.src };
		struct ana_selection sel;
		assert_int_equal(ana_select(&sel, &read, snap, 0, NULL, NULL, &err), 0);
		assert_true(sel.missing);
		assert_int_equal(sel.files + sel.dirs, 0);
		assert_string_equal(sel.message + strlen("failed to calculate checksum of ref ...: "), c->message);
	}
	ctx_snapshot_free(snap);
}

static void a_callback_may_stop(void **state) {
	(void)state;
	struct ctx_snapshot *snap = tree_snapshot("a b c", NULL);
	struct ctx_str none[1];
	static const char *const sources[] = { "/", "/*", "/a" };
	for (size_t i = 0; i < CTX_COUNTOF(sources); ++i) {
		struct ana_action action = copy_of(sources[i], none, NULL);
		struct ana_read read = { .action = &action, .path = action.src };
		struct ana_selection sel;
		struct reported reported = { .stop = -77 };
		ctx_auto_buf struct ctx_buf text = CTX_BUF_INIT;
		assert_int_equal(ana_select(&sel, &read, snap, 0, note, &reported, NULL), -77);
		assert_int_equal(reported.count, 1);
		join(&reported, &text);
	}
	ctx_snapshot_free(snap);
}

static void every_allocation_may_fail(void **state) {
	(void)state;
	struct ctx_snapshot *snap = tree_snapshot("d/ d/a/ d/a/x l>d/a m>nope", NULL);
	struct ctx_str excludes[WORDS_MAX], includes[] = { CTX_STR("d/a"), CTX_STR("l") },
					    required[] = { CTX_STR("/d") };
	struct ana_action list = copy_of("/", excludes, "y !z");
	list.includes = includes;
	list.include_count = 2;
	list.required = required;
	list.required_count = 1;
	struct ana_action actions[] = { list, copy_of("/l", excludes, NULL), copy_of("/l*/x", excludes, NULL),
		copy_of("/m", excludes, NULL), copy_of("/[d-l]", excludes, NULL) };
	for (size_t i = 0; i < CTX_COUNTOF(actions); ++i) {
		struct ana_read read = { .action = &actions[i], .path = actions[i].src };
		int rc = CTX_E_NOMEM;
		for (long n = 0; rc != 0; ++n) {
			struct ana_selection sel;
			struct reported reported = { 0 };
			ctx_auto_buf struct ctx_buf text = CTX_BUF_INIT;
			ctx_alloc_fail_after(n);
			rc = ana_select(&sel, &read, snap, 0, note, &reported, NULL);
			ctx_alloc_fail_after(-1);
			join(&reported, &text);
			assert_true(rc == 0 || rc == CTX_E_NOMEM);
		}
	}
	ctx_snapshot_free(snap);
}

/* What the steps of the graph below read. */
static const struct read_expected {
	uint32_t vertex, local;
	const char *path;
	bool copy, covered;
} expected_reads[] = {
	{ 2, 0, "/a/b", true, true },
	{ 2, 0, "/a", true, false },
	{ 2, 0, "/a/*", true, false },
	{ 2, 1, "/a/c", true, false },
	{ 2, 0, "/a-b", true, false },
	{ 4, 1, "/", false, false },
	{ 4, 0, "/s/d", false, true },
	{ 4, 0, "/", false, false },
};

/* A graph of two local contexts, a file operation and an exec. */
static void reads_are_collected(void **state) {
	(void)state;
	struct ana_action actions[] = {
		{ .kind = ANA_ACTION_COPY,
			.source = 0,
			.src = CTX_STR("/a/b"),
			.follow_symlinks = true,
			.wildcard = true },
		{ .kind = ANA_ACTION_MKDIR, .src = CTX_STR("/x") },
		{ .kind = ANA_ACTION_COPY,
			.source = 3,
			.src = CTX_STR("/img"),
			.follow_symlinks = true,
			.wildcard = true },
		{ .kind = ANA_ACTION_COPY, .source = ANA_NONE, .src = CTX_STR("/none"), .follow_symlinks = true },
		{ .kind = ANA_ACTION_COPY,
			.source = 0,
			.src = CTX_STR("/a"),
			.follow_symlinks = true,
			.wildcard = true },
		{ .kind = ANA_ACTION_COPY,
			.source = 0,
			.src = CTX_STR("/a/*"),
			.follow_symlinks = true,
			.wildcard = true },
		{ .kind = ANA_ACTION_COPY,
			.source = 1,
			.src = CTX_STR("/a/c"),
			.follow_symlinks = true,
			.wildcard = true },
		{ .kind = ANA_ACTION_COPY,
			.source = 0,
			.src = CTX_STR("/a-b"),
			.follow_symlinks = true,
			.wildcard = true },
	};
	struct ana_exec_mount mounts[] = {
		{ .input = 1, .root = true, .type = ANA_MOUNT_BIND },
		{ .input = 0, .selector = CTX_STR("s/d"), .type = ANA_MOUNT_BIND },
		{ .input = 0, .type = ANA_MOUNT_CACHE },
		{ .input = ANA_NONE, .type = ANA_MOUNT_CACHE },
		{ .input = 0, .type = ANA_MOUNT_SECRET },
		{ .input = 3, .type = ANA_MOUNT_BIND },
	};
	struct ana_vertex vertices[] = {
		{ .op = ANA_OP_LOCAL, .local = 0 },
		{ .op = ANA_OP_LOCAL, .local = 1 },
		{ .op = ANA_OP_FILE, .file = { .base = 3, .actions = actions, .action_count = CTX_COUNTOF(actions) } },
		{ .op = ANA_OP_IMAGE },
		{ .op = ANA_OP_EXEC, .exec = { .mounts = mounts, .mount_count = CTX_COUNTOF(mounts) } },
	};
	struct ana_graph graph = { .vertices = { .items = vertices, .count = CTX_COUNTOF(vertices) } };
	int rc = CTX_E_NOMEM;
	for (long n = 0; rc != 0; ++n) {
		struct ana_reads reads = { 0 };
		ctx_alloc_fail_after(n);
		rc = ana_reads_collect(&reads, &graph, NULL);
		ctx_alloc_fail_after(-1);
		for (size_t i = 0; rc == 0 && i < CTX_COUNTOF(expected_reads); ++i) {
			assert_int_equal(reads.items.count, CTX_COUNTOF(expected_reads));
			const struct ana_read *read = &reads.items.items[i];
			assert_int_equal(read->vertex, expected_reads[i].vertex);
			assert_int_equal(read->local, expected_reads[i].local);
			assert_true(ctx_str_is(read->path, expected_reads[i].path));
			assert_int_equal(read->action != NULL, expected_reads[i].copy);
			assert_int_equal(read->mount != NULL, !expected_reads[i].copy);
			assert_int_equal(read->covered, expected_reads[i].covered);
		}
		ana_reads_release(&reads);
	}
}

static void a_covered_source_fails_the_copy(void **state) {
	(void)state;
	struct ctx_snapshot *snap = tree_snapshot("a", NULL);
	struct ctx_str none[1];
	struct ana_action action = copy_of("/x", none, NULL);
	struct ana_read read = { .action = &action, .path = action.src, .covered = true };
	struct ana_selection sel;
	assert_int_equal(ana_select(&sel, &read, snap, 0, NULL, NULL, NULL), 0);
	assert_string_equal(sel.message, "lstat /x: no such file or directory");
	ctx_snapshot_free(snap);
}

static void deep_trees_need_no_stack(void **state) {
	(void)state;
	struct ctx_snapshot *snap = ctx_snapshot_new(1);
	ctx_auto_buf struct ctx_buf path = CTX_BUF_INIT;
	for (int i = 0; i < 5000; ++i) {
		ctx_buf_adds(&path, i > 0 ? "/d" : "d");
	}
	assert_int_equal(snap_file(snap, ctx_buf_str(&path), 1), 0);
	assert_int_equal(ctx_snapshot_seal(snap, NULL), 0);
	struct ctx_str excludes[WORDS_MAX];
	struct ana_action action = copy_of("/", excludes, "x !y");
	struct ana_read read = { .action = &action, .path = action.src };
	struct ana_selection sel;
	assert_int_equal(ana_select(&sel, &read, snap, 0, NULL, NULL, NULL), 0);
	assert_int_equal(sel.dirs, 4999);
	assert_int_equal(sel.files, 1);
	ctx_snapshot_free(snap);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sources_are_selected),
		cmocka_unit_test(ignore_rules_are_blamed),
		cmocka_unit_test(what_an_unopened_directory_holds_is_ignored),
		cmocka_unit_test(ignored_entries_are_not_read),
		cmocka_unit_test(as_if_nothing_was_ignored),
		cmocka_unit_test(what_is_not_sent_is_not_there),
		cmocka_unit_test(mounts_have_no_wildcards),
		cmocka_unit_test(malformed_patterns_fail_the_build),
		cmocka_unit_test(a_callback_may_stop),
		cmocka_unit_test(every_allocation_may_fail),
		cmocka_unit_test(reads_are_collected),
		cmocka_unit_test(a_covered_source_fails_the_copy),
		cmocka_unit_test(deep_trees_need_no_stack),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
