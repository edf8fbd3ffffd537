#include "analyzer/cache/selector.h"

#include "analyzer/dockerfile/select.h"
#include "ctxopt/base/alloc.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#include "tests/unit/cache_lab.h"

/** A store and what was computed of it. */
struct bench {
	struct ana_filetree *store;
	struct ana_selections *selections;
};

/** Open one. */
static struct bench open_bench(void) {
	struct bench b = { 0 };
	assert_int_equal(ana_filetree_new(&b.store, NULL, 022, NULL), 0);
	b.selections = ana_selections_new(b.store);
	assert_non_null(b.selections);
	return b;
}

/** Close it. */
static void close_bench(struct bench *b) {
	ana_selections_free(b->selections);
	ana_filetree_free(b->store);
}

/** A selection as text: the path, "*" in front for a wildcard. */
static struct ana_selector plain(const char *path) {
	struct ana_selector sel = { .path = CTX_STR(path), .follow = true };
	sel.wildcard = strpbrk(path, "*?[") != NULL;
	return sel;
}

/* Two trees, and whether the digest of a selection is the same; '0': not there in the second. */
static const struct {
	const char *path, *before, *after;
	char want;
} digest_rows[] = {
	{ "/a", "a", "a b", '=' },
	{ "/a", "a", "a=2", '!' },
	{ "/a", "a", "a!", '!' },
	{ "/a", "a", "b", '0' },
	{ "/a", "a", "a/x", '!' },
	{ "/a/b", "a/b", "a", '0' },
	{ "/a", "a/x", "a/y", '!' },
	{ "/a", "a/", "a/x", '!' },
	{ "/a", "a/x l>a", "l>a a/x/", '!' },
	{ "/", "a d/", "a d/", '=' },
	{ "/", "a", "a d/", '!' },
	{ "/l", "l>a a", "l>b b", '=' },
	{ "/l", "l>a a", "l>a a=2", '!' },
	{ "/l", "l>a a", "l>a", '0' },
	{ "/l", "l>a a", "l>l a", '0' },
	{ "/l", "l>a a", "l>m m>l a", '0' },
	{ "/l/x", "l>d d/x", "l>e e/x", '=' },
	{ "/l", "l>/d/x d/x", "l>../../d/x d/x", '=' },
	{ "/d", "d/l>x", "d/l>y", '!' },
	{ "/d", "d/l>../x x", "d/l>../x x=2", '=' },
	{ "/*.c", "a.c", "a.c b.h", '=' },
	{ "/*.c", "a.c", "b.c", '!' },
	{ "/*.c", "a.c", "", '!' },
	{ "/*.c", "x", "", '=' },
	{ "/d/*.c", "d/a.c", "d/a.c e", '=' },
	{ "/d/*.c", "d/a.c", "", '0' },
	{ "/l/*.c", "l>d d/a.c", "l>e e/a.c", '=' },
	{ "/l*", "la>x x", "la>y y", '=' },
	{ "/l*", "la>x x", "la>x", '0' },
	{ "/*/x", "a/x b/x", "a/x c/x", '!' },
	{ "/*/x", "a/x", "a/x c>a", '=' },
};

static void selections_have_digests(void **state) {
	(void)state;
	int wrong = 0;
	for (size_t i = 0; i < CTX_COUNTOF(digest_rows); ++i) {
		struct bench b = open_bench();
		struct ana_selector sel = plain(digest_rows[i].path);
		struct ctx_digest x, y;
		struct ana_dir *before = lab_tree(b.store, digest_rows[i].before),
			       *after = lab_tree(b.store, digest_rows[i].after);
		assert_int_equal(ana_selection_digest(b.selections, before, &sel, &x, NULL), 1);
		int rc = ana_selection_digest(b.selections, after, &sel, &y, NULL);
		char got = rc == 0 ? '0' : ctx_digest_equal(&x, &y) ? '=' : '!';
		if (rc < 0 || got != digest_rows[i].want) {
			print_error("%s in '%s' and '%s': %c\n", digest_rows[i].path, digest_rows[i].before,
				digest_rows[i].after, got);
			++wrong;
		}
		close_bench(&b);
	}
	assert_int_equal(wrong, 0);
}

/** ana_change_fn: "+path ". */
static int add_change(void *arg, enum ana_change_kind kind, const char *path, size_t len) {
	ctx_buf_addf(arg, "%c%.*s ", "+-~^"[kind], (int)len, path);
	assert_int_equal(path[len], '\0');
	return 0;
}

/* What differs between the selections of two trees. */
static const struct {
	const char *path, *before, *after, *want;
} change_rows[] = {
	{ "/", "a b c", "a b=2 d", "~b -c +d " },
	{ "/d", "d/a d/b", "d/a! d/b>x", "^d/a ~d/b " },
	{ "/d", "d/x/a d/x/b", "d/", "-d/x/a -d/x/b " },
	{ "/d", "d/a", "d/a d/e/", "+d/e " },
	{ "/d", "d/a", "d/a/b", "-d/a +d/a/b " },
	{ "/", "d.x d/a d-x", "d.x=2 d/a=2 d-x=2", "~d/a ~d-x ~d.x " },
	{ "/l", "l>a a", "l>b b=2", "~l " },
	{ "/*.c", "a.c b.c x", "a.c c.c x=2", "-b.c +c.c " },
	{ "/d/*", "d/a d/e/x", "d/a=2 d/e/x d/e/y", "~d/a +d/e/y " },
	{ "/a", "a", "a", "" },
	{ "/a", "a", "b", "-a " },
	{ "/a", "b", "a", "+a " },
};

static void changes_are_told(void **state) {
	(void)state;
	int wrong = 0;
	for (size_t i = 0; i < CTX_COUNTOF(change_rows); ++i) {
		struct bench b = open_bench();
		ctx_auto_buf struct ctx_buf got = CTX_BUF_INIT;
		struct ana_selector sel = plain(change_rows[i].path);
		struct ana_dir *before = lab_tree(b.store, change_rows[i].before),
			       *after = lab_tree(b.store, change_rows[i].after);
		int rc = ana_selection_changes(b.selections, before, after, &sel, add_change, &got, NULL);
		assert_int_equal(rc, 0);
		if (strcmp(ctx_buf_str(&got), change_rows[i].want) != 0) {
			print_error("%s in '%s' and '%s': %s\n", change_rows[i].path, change_rows[i].before,
				change_rows[i].after, ctx_buf_str(&got));
			++wrong;
		}
		close_bench(&b);
	}
	assert_int_equal(wrong, 0);
}

/** Stops after some changes, with an outcome. */
struct stopping {
	int left, outcome;
};
static int stop_at(void *arg, enum ana_change_kind kind, const char *path, size_t len) {
	(void)kind, (void)path, (void)len;
	struct stopping *s = arg;
	assert_true(s->left > 0);
	return --s->left == 0 ? s->outcome : 0;
}

static void the_receiver_may_stop(void **state) {
	(void)state;
	struct bench b = open_bench();
	struct ana_selector sel = plain("/*");
	struct ana_dir *before = lab_tree(b.store, "a/b/c a/d e"), *after = lab_tree(b.store, "a g/x/y g/x/z h");
	for (int n = 1; n <= 7; ++n) {
		struct stopping s = { n, 1 }, fails = { n, CTX_E_IO };
		assert_int_equal(ana_selection_changes(b.selections, before, after, &sel, stop_at, &s, NULL), 0);
		assert_int_equal(s.left, 0);
		assert_int_equal(ana_selection_changes(b.selections, before, after, &sel, stop_at, &fails, NULL),
			CTX_E_IO);
	}
	close_bench(&b);
}

static void malformed_patterns(void **state) {
	(void)state;
	struct bench b = open_bench();
	struct ana_selector sel = plain("/a[");
	struct ctx_digest digest;
	struct ctx_error err = { 0 };
	assert_int_equal(ana_selection_digest(b.selections, lab_tree(b.store, "a"), &sel, &digest, &err), CTX_E_SYNTAX);
	assert_non_null(strstr(err.msg, "/a["));
	close_bench(&b);
}

/* ---- Random trees, beside ana_select() ---- */

/** A random number below `bound`. */
static unsigned below(unsigned *state, unsigned bound) {
	*state = *state * 1103515245 + 12345;
	return (*state >> 12) % bound;
}

/** A random tree of few names. */
static void random_tree(char *out, size_t size, unsigned *state) {
	static const char *const names[] = { "a", "b", "c.o", "a.b" };
	size_t len = 0;
	out[0] = '\0';
	for (unsigned i = 3 + below(state, 8); i > 0 && len + 64 < size; --i) {
		for (unsigned depth = below(state, 3); depth > 0; --depth) {
			len += (size_t)snprintf(out + len, size - len, "%s/", names[below(state, 2)]);
		}
		static const char *const ends[] = { "", "=2", "!", "/", "/c.o", ">a", ">../b", ">/b/a" };
		len += (size_t)snprintf(out + len, size - len, "%s%s ", names[below(state, 4)], ends[below(state, 8)]);
	}
}

/** What ana_select() says of a selection, a line for each entry; links that are followed make it another case. */
static int add_entry(void *arg, struct ctx_dir *dir, struct ctx_entry *e, const char *path, size_t len) {
	(void)dir;
	ctx_buf_addf(arg, "%.*s %u %o %llu %s\n", (int)len, path, (unsigned)e->kind, (unsigned)e->mode,
		(unsigned long long)e->size_bytes, e->kind == CTX_KIND_SYMLINK ? e->target : "");
	return 0;
}

/** Order of lines. */
static int compare_lines(const void *a, const void *b) {
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/** The entries that a read takes, sorted. */
static bool describe(struct ctx_buf *out, const struct ana_read *read, const char *tree, bool *missing) {
	ctx_auto_buf struct ctx_buf lines = CTX_BUF_INIT;
	struct ana_selection selection = { 0 };
	struct ctx_snapshot *snap = lab_snapshot(tree);
	bool links = strchr(tree, '>') != NULL;
	assert_int_equal(ana_select(&selection, read, snap, 0, add_entry, &lines, NULL), 0);
	ctx_snapshot_free(snap);
	*missing = selection.missing;
	char *list[256], *save = NULL, *text = strdup(ctx_buf_str(&lines));
	size_t count = 0;
	for (char *line = strtok_r(text, "\n", &save); line != NULL; line = strtok_r(NULL, "\n", &save)) {
		list[count++] = line;
	}
	qsort(list, count, sizeof(*list), compare_lines);
	for (size_t i = 0; i < count; ++i) {
		ctx_buf_addf(out, "%s\n", list[i]);
	}
	free(text);
	return links;
}

/* Copies of all kinds. */
static const char copies[] =
	"FROM b\nCOPY a /w/\nCOPY . /w/\nCOPY * /w/\nCOPY a/* /w/\nCOPY */b /w/\nCOPY --exclude=*.o . /w/\nCOPY --exclude=a a /w/\n"
	"COPY --exclude=**/c.o * /w/\nCOPY --parents a/b /w/\nCOPY --parents */a /w/\nCOPY --parents --exclude=b a/./b . /w/\n"
	"COPY --exclude=* --exclude=!b . /w/\n";

/** One selection of two trees: do digest, changes and entries agree? */
static void compare_both(struct bench *b, const struct ana_selector *sel, const struct ana_read *read, const char *x,
	const char *y) {
	ctx_auto_buf struct ctx_buf in_x = CTX_BUF_INIT, in_y = CTX_BUF_INIT, changes = CTX_BUF_INIT;
	struct ana_dir *dir_x = lab_tree(b->store, x), *dir_y = lab_tree(b->store, y);
	struct ctx_digest digest_x, digest_y;
	bool missing_x, missing_y;
	bool links = describe(&in_x, read, x, &missing_x);
	links |= describe(&in_y, read, y, &missing_y);
	int rc_x = ana_selection_digest(b->selections, dir_x, sel, &digest_x, NULL);
	int rc_y = ana_selection_digest(b->selections, dir_y, sel, &digest_y, NULL);
	if (rc_x != !missing_x || rc_y != !missing_y) {
		fail_msg("%.*s of vertex %u: %d in '%s', %d in '%s'", CTX_STR_ARGS(sel->path), (unsigned)read->vertex,
			rc_x, x, rc_y, y);
	}
	assert_int_equal(ana_selection_changes(b->selections, dir_x, dir_y, sel, add_change, &changes, NULL), 0);
	if (missing_x || missing_y) {
		return;
	}
	bool same = ctx_digest_equal(&digest_x, &digest_y);
	bool entries = strcmp(ctx_buf_str(&in_x), ctx_buf_str(&in_y)) == 0;
	// Links that were followed are among the entries, and their texts do not count; all else is one to one
	if (same != entries && !(same && links)) {
		fail_msg("%.*s: digests %d in '%s' and '%s':\n%s--\n%s", CTX_STR_ARGS(sel->path), same, x, y,
			ctx_buf_str(&in_x), ctx_buf_str(&in_y));
	}
	if (same != (changes.len == 0)) {
		fail_msg("%.*s: digests %d in '%s' and '%s', changes %s", CTX_STR_ARGS(sel->path), same, x, y,
			ctx_buf_str(&changes));
	}
}

static void random_trees(void **state) {
	(void)state;
	struct ana_variant *v = lab_variant(copies, &(struct lab_how){ 0 });
	struct ana_reads reads = { 0 };
	assert_int_equal(ana_reads_collect(&reads, &v->graph, NULL), 0);
	struct bench b = open_bench();
	unsigned seed = 1;
	for (int i = 0; i < 400; ++i) {
		char x[512], y[1024];
		random_tree(x, sizeof(x), &seed);
		random_tree(y, sizeof(y), &seed);
		if (below(&seed, 2) == 0) { // the same and a bit more
			snprintf(y, sizeof(y), "%s %s", x, below(&seed, 2) == 0 ? "b/c.o=7" : "zz a/zz/");
		}
		for (size_t k = 0; k < reads.items.count; ++k) {
			const struct ana_read *read = &reads.items.items[k];
			const struct ana_action *a = read->action;
			struct ana_selector sel = plain(read->path.ptr);
			sel.path = read->path;
			sel.wildcard = a->wildcard && memchr(read->path.ptr, '*', read->path.len) != NULL;
			sel.patterns = a->include_count + a->exclude_count + a->required_count > 0 ? a : NULL;
			compare_both(&b, &sel, read, x, y);
		}
	}
	close_bench(&b);
	ana_reads_release(&reads);
	ana_variant_free(v);
}

static void every_allocation_may_fail(void **state) {
	(void)state;
	struct ana_variant *v = lab_variant(copies, &(struct lab_how){ 0 });
	int rc = CTX_E_NOMEM;
	long n = 0;
	for (; rc != 0; ++n) {
		struct bench b = { 0 };
		assert_int_equal(ana_filetree_new(&b.store, NULL, 022, NULL), 0);
		struct ana_dir *x = lab_tree(b.store, "a/b/c.o b/a l>a a/c"),
			       *y = lab_tree(b.store, "a/b/c.o=2 b l>b a/c.o");
		ctx_auto_buf struct ctx_buf got = CTX_BUF_INIT;
		ctx_alloc_fail_after(n);
		b.selections = ana_selections_new(b.store);
		rc = b.selections == NULL ? CTX_E_NOMEM : 0;
		for (uint32_t i = 0; rc >= 0 && i < v->keys.count; ++i) {
			const struct ana_vertex_key *key = &v->keys.vertices[i];
			const struct ana_key_input *in = key->input_count > 0 ? &key->inputs[key->input_count - 1]
									      : NULL;
			struct ctx_digest digest;
			for (uint32_t k = 0; rc >= 0 && in != NULL && in->by_content && k < in->selector_count; ++k) {
				rc = ana_selection_digest(b.selections, x, &in->selectors[k], &digest, NULL);
				rc = rc < 0 ? rc
					    : ana_selection_changes(b.selections, x, y, &in->selectors[k], add_change,
						      &got, NULL);
			}
		}
		ctx_alloc_fail_after(-1);
		rc = rc > 0 ? 0 : rc;
		assert_true(rc == 0 || rc == CTX_E_NOMEM);
		close_bench(&b);
	}
	assert_true(n > 20);
	ana_variant_free(v);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(selections_have_digests),
		cmocka_unit_test(changes_are_told),
		cmocka_unit_test(the_receiver_may_stop),
		cmocka_unit_test(malformed_patterns),
		cmocka_unit_test(random_trees),
		cmocka_unit_test(every_allocation_may_fail),
	};
	return cmocka_run_group_tests_name("selector", tests, NULL, NULL);
}
