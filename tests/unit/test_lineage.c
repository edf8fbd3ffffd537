#include "analyzer/cache/lineage.h"

#include "ctxopt/base/alloc.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include "tests/unit/git_fixture.h"

/* ---- Likeness ---- */

/* Two texts.  The percentages are those of `git diff --no-index -M1%`, but for those of a file that is equal. */
static const struct {
	const char *a, *b;
	int percent;
} texts[] = {
	{ "", "", 100 },
	{ "", "a\n", 0 },
	{ "a\n", "a\n", 100 },
	{ "a\n", "b\n", 0 },
	{ "a\nb\nc\nd\n", "d\nc\nb\na\n", 99 }, // git says 100: only equal texts are all the same here
	{ "a\na\na\na\n", "a\n", 25 },
	{ "FROM alpine\nRUN make\n", "FROM alpine\nRUN make\n# x\n", 84 },
	{ "FROM alpine\nRUN make\n", "FROM alpine\nRUN made\n", 57 },
	{ "FROM alpine\nRUN make", "FROM alpine\nRUN make\n", 57 },
	{ "0123456789012345678901234567890123456789012345678901234567890123x\n",
		"0123456789012345678901234567890123456789012345678901234567890123y\n", 96 },
};

static void likeness_is_that_of_git(void **state) {
	(void)state;
	for (size_t i = 0; i < CTX_COUNTOF(texts); ++i) {
		const char *a = texts[i].a, *b = texts[i].b;
		assert_int_equal(ana_likeness(a, strlen(a), b, strlen(b), NULL), texts[i].percent);
		assert_int_equal(ana_likeness(b, strlen(b), a, strlen(a), NULL), texts[i].percent);
	}
	ctx_alloc_fail_after(0);
	assert_int_equal(ana_likeness("a\n", 2, "b\n", 2, NULL), CTX_E_NOMEM);
	ctx_alloc_fail_after(-1);
}

/* ---- Histories ---- */

/** Repository "r" is made by a script; `c` commits everything, `d NAME` writes a Dockerfile of ten lines that has a comment per commit. */
static void make_repo(const char *script) {
	ctx_auto_buf struct ctx_buf text = CTX_BUF_INIT;
	if (system("git --version >/dev/null 2>&1") != 0) {
		skip();
	}
	ctx_buf_addf(&text,
		"rm -rf r; git init -q -b main r; cd r; t=1600000000\n"
		"c() { t=$((t+60)); git add -A .; GIT_COMMITTER_DATE=\"$t +0000\" git commit -q --allow-empty -m c; }\n"
		"d() { mkdir -p \"$(dirname \"$1\")\"; { echo FROM alpine; seq 100 120; echo \"# $t\"; } >\"$1\"; }\n"
		"mv() { mkdir -p \"$(dirname \"$2\")\"; git mv \"$1\" \"$2\"; }\n%s",
		script);
	git_sh(ctx_buf_str(&text));
}

/* A script; the path at each commit, "-" for one that is not there; the moves.  All branches are listed, main first. */
static const struct {
	const char *name, *script, *path, *paths, *moves;
} histories[] = {
	{ "never", "d Dockerfile; c; c; d Dockerfile; c", "Dockerfile", "same", "" },
	{ "missing", "c; d Dockerfile; c; git rm -q Dockerfile; c", "Dockerfile", "same", "" },
	{ "moved",
		"c; d docker/Dockerfile; c; d docker/Dockerfile; c; mv docker/Dockerfile Dockerfile; c; d Dockerfile; c",
		"Dockerfile", "docker/Dockerfile docker/Dockerfile docker/Dockerfile Dockerfile Dockerfile",
		"3 docker/Dockerfile Dockerfile 100\n" },
	{ "moved and changed", "d a; c; mv a b; d b; c", "b", "a b", "1 a b 88\n" },
	{ "twice, and back", "d a; c; mv a b; c; mv b a; c", "a", "a b a", "2 b a 100\n1 a b 100\n" },
	{ "twice", "d a; c; mv a x/b; c; mv x/b c; c", "c", "a x/b c", "2 x/b c 100\n1 a x/b 100\n" },
	{ "a copy is no move", "d a; c; cp a b; c; git rm -q a; c", "b", "same", "" },
	{ "something else", "seq 500 900 >a; c; git rm -q a; d b; c", "b", "same", "" },
	{ "the same name first", "d z/Dockerfile; d a/x; c; git rm -qr z a; d Dockerfile; c", "Dockerfile",
		"z/Dockerfile Dockerfile", "1 z/Dockerfile Dockerfile 88\n" },
	{ "the most alike",
		"d a/x; cp a/x old; echo more >>a/x; c; git rm -q a/x old; printf 'FROM alpine\\n' >b; seq 100 120 >>b; c",
		"b", "old b", "1 old b 88\n" },
	{ "a symlink and a submodule went away",
		"ln -s b a; git init -q s; (cd s; git commit -q --allow-empty -m s); git add s; c; rm -rf a s; d b; c",
		"b", "same", "" },
	{ "back from a directory", "d a/b; c; git mv a/b c; rmdir a; git mv c a; c", "a", "a/b a", "1 a/b a 100\n" },
	{ "lower case", "d dockerfile; c; git rm -q dockerfile; echo FROM x >Dockerfile; c", "Dockerfile",
		"dockerfile Dockerfile", "" },
	{ "upper case", "mkdir p; echo FROM x >p/Dockerfile; c; git rm -q p/Dockerfile; d p/dockerfile; c",
		"p/dockerfile", "p/Dockerfile p/dockerfile", "" },
	{ "a branch from before",
		"d q; c; git checkout -q -b old; c; git checkout -q main; mv q p; c; git checkout -q old; c; c", "p",
		"q q p q q", "2 q p 100\n" },
	{ "a branch from before that moves it elsewhere",
		"d q; c; git checkout -q -b old; c; git checkout -q main; mv q p; c; git checkout -q old; mv q z; c; c",
		"p", "q q p z z", "2 q p 100\n3 q z 100\n" },
	{ "a merged branch from before",
		"d q; c; git checkout -q -b old; c; git checkout -q main; mv q p; c; git checkout -q old; c; git checkout -q main\n"
		"t=$((t+60)); GIT_COMMITTER_DATE=\"$t +0000\" git merge -q --no-edit old; c",
		"p", "q q p q p p", "2 q p 100\n" },
	{ "a whole directory", "d a/b/Dockerfile; seq 50 >a/b/x; c; mv a/b z/y; c", "z/y/Dockerfile",
		"a/b/Dockerfile z/y/Dockerfile", "1 a/b/Dockerfile z/y/Dockerfile 100\n" },
	{ "damaged trees", "d a/x; c; mv a/x b; c; rm -f .git/objects/$(git rev-parse HEAD~1:a | sed 's/../&\\//')",
		"b", "same", "" },
	{ "damaged Dockerfile", "d a; c; mv a b; d b; c; rm -f .git/objects/$(git rev-parse HEAD:b | sed 's/../&\\//')",
		"b", "same", "" },
	{ "damaged source", "d a; c; mv a b; d b; c; rm -f .git/objects/$(git rev-parse HEAD~1:a | sed 's/../&\\//')",
		"b", "same", "" },
};

/** An open repository with all its commits. */
struct place {
	struct ctx_gitrepo *repo;
	struct ana_filetree *store;
	struct ctx_gitlog log;
};

static void place_open(struct place *p) {
	static const char *const branches[] = { "main", "old" };
	*p = (struct place){ .repo = git_open_repo("r") };
	bool two = access("r/.git/refs/heads/old", F_OK) == 0;
	const struct ctx_gitlog_opts opts = { .branches = branches, .branch_count = two ? 2 : 1 };
	assert_int_equal(ctx_gitlog_list(&p->log, p->repo, &opts, NULL), 0);
	assert_int_equal(ana_filetree_new(&p->store, p->repo, 022, NULL), 0);
}

static void place_close(struct place *p) {
	ana_filetree_free(p->store);
	ctx_gitlog_release(&p->log);
	ctx_gitrepo_free(p->repo);
}

static struct ana_lineage_opts how(const struct place *p, const char *path) {
	return (struct ana_lineage_opts){ .repo = p->repo,
		.store = p->store,
		.path = path,
		.commits = p->log.commits.items,
		.count = p->log.commits.count };
}

/** The paths as one line, and the moves as lines. */
static void describe(const struct place *p, const struct ana_lineage *l, struct ctx_buf *paths, struct ctx_buf *moves) {
	for (size_t i = 0; i < p->log.commits.count; ++i) {
		ctx_buf_addf(paths, "%s%s", i > 0 ? " " : "", l->paths == NULL ? "" : l->paths[i]);
	}
	for (size_t i = 0; i < l->moves.count; ++i) {
		const struct ana_move *m = &l->moves.items[i];
		size_t at = 0;
		while (at < p->log.commits.count && !ctx_oid_equal(&p->log.commits.items[at].id, &m->commit)) {
			++at;
		}
		ctx_buf_addf(moves, "%zu %s %s %u\n", at, m->from, m->to, m->percent);
	}
}

static void histories_are_followed(void **state) {
	(void)state;
	unsigned wrong = 0;
	for (size_t i = 0; i < CTX_COUNTOF(histories); ++i) {
		struct place p;
		bool same;
		ana_auto_lineage struct ana_lineage lineage = { 0 };
		ctx_auto_buf struct ctx_buf paths = CTX_BUF_INIT, moves = CTX_BUF_INIT;
		make_repo(histories[i].script);
		place_open(&p);
		struct ana_lineage_opts opts = how(&p, histories[i].path);
		assert_int_equal(ana_lineage_trace(&lineage, &opts, NULL), 0);
		describe(&p, &lineage, &paths, &moves);
		same = lineage.paths == NULL;
		if (strcmp(same ? "same" : ctx_buf_str(&paths), histories[i].paths) != 0 ||
			strcmp(ctx_buf_str(&moves), histories[i].moves) != 0) {
			print_error("%s: %s\n%s", histories[i].name, same ? "same" : ctx_buf_str(&paths),
				ctx_buf_str(&moves));
			++wrong;
		}
		place_close(&p);
	}
	assert_int_equal(wrong, 0);
}

/** Is a file gone from the working tree of "r"? */
static bool is_gone(void *arg, const char *path) {
	(void)arg;
	ctx_auto_buf struct ctx_buf full = CTX_BUF_INIT;
	ctx_buf_addf(&full, "r/%s", path);
	return access(ctx_buf_str(&full), F_OK) != 0;
}

static void the_working_tree_is_the_last(void **state) {
	(void)state;
	struct place p;
	ana_auto_lineage struct ana_lineage lineage = { 0 };
	ctx_auto_buf struct ctx_buf paths = CTX_BUF_INIT, moves = CTX_BUF_INIT, text = CTX_BUF_INIT;
	make_repo("d q; c; d x; d y; c; rm x y; d z");
	place_open(&p);
	ctx_buf_adds(&text, "FROM alpine\n");
	for (int i = 100; i <= 120; ++i) {
		ctx_buf_addf(&text, "%d\n", i);
	}
	struct ana_lineage_work work = { ctx_buf_str(&text), text.len, is_gone, NULL };
	struct ana_lineage_opts opts = how(&p, "z");
	opts.work = &work;
	assert_int_equal(ana_lineage_trace(&lineage, &opts, NULL), 0);
	describe(&p, &lineage, &paths, &moves);
	assert_string_equal(ctx_buf_str(&paths), "x x"); // q, which stays, is another file
	assert_string_equal(ctx_buf_str(&moves), "2 x z 88\n");
	place_close(&p);
}

static void a_crowd_is_asked_by_name(void **state) {
	(void)state;
	struct place p;
	ana_auto_lineage struct ana_lineage lineage = { 0 };
	ctx_auto_buf struct ctx_buf paths = CTX_BUF_INIT, moves = CTX_BUF_INIT;
	make_repo(
		"d a/a; cp a/a a/Dockerfile; for i in $(seq 1000); do echo >a/$i; done; c; git rm -qr a; d Dockerfile; c");
	place_open(&p);
	struct ana_lineage_opts opts = how(&p, "Dockerfile");
	assert_int_equal(ana_lineage_trace(&lineage, &opts, NULL), 0);
	describe(&p, &lineage, &paths, &moves);
	assert_string_equal(ctx_buf_str(&paths), "a/Dockerfile Dockerfile");
	place_close(&p);
}

static void interrupts(void **state) {
	(void)state;
	struct place p;
	make_repo("d a; c; mv a b; c");
	place_open(&p);
	ana_auto_lineage struct ana_lineage lineage = { 0 };
	volatile int stop = 1;
	struct ana_lineage_opts opts = how(&p, "b");
	opts.stop = &stop;
	assert_int_equal(ana_lineage_trace(&lineage, &opts, NULL), CTX_E_INTERRUPTED);
	place_close(&p);
}

static void every_allocation_may_fail(void **state) {
	(void)state;
	make_repo(
		"d dir/a; echo >dir/z; c; mv dir/a b; d b; git rm -q dir/z; c; git checkout -q -b old HEAD~1; c; git checkout -q main; c");
	int rc = CTX_E_NOMEM;
	for (long n = 0; rc != 0; ++n) {
		struct place p;
		place_open(&p);
		ana_auto_lineage struct ana_lineage lineage = { 0 };
		struct ana_lineage_opts opts = how(&p, "b");
		ctx_alloc_fail_after(n);
		rc = ana_lineage_trace(&lineage, &opts, NULL);
		ctx_alloc_fail_after(-1);
		assert_true(rc == 0 || rc == CTX_E_NOMEM);
		assert_true(rc != 0 || (lineage.moves.count == 1 && strcmp(lineage.paths[0], "dir/a") == 0));
		place_close(&p);
	}
}

/** A test in a directory of its own. */
#define TEST(name) cmocka_unit_test_setup_teardown(name, git_setup, scratch_teardown)

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(likeness_is_that_of_git),
		TEST(histories_are_followed),
		TEST(the_working_tree_is_the_last),
		TEST(a_crowd_is_asked_by_name),
		TEST(interrupts),
		TEST(every_allocation_may_fail),
	};
	return cmocka_run_group_tests_name("lineage", tests, NULL, NULL);
}
