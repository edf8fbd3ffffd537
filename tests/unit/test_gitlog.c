#include "ctxopt/context/gitlog.h"

#include "ctxopt/base/alloc.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#include "tests/unit/git_fixture.h"

/** Most branches that a test asks for. */
enum { MAX_BRANCHES = 4 };

/** List the commits of repository `path`. */
static int list(struct ctx_gitlog *out, const char *path, const struct ctx_gitlog_opts *opts, struct ctx_error *err) {
	struct ctx_gitrepo *repo = git_open_repo(path);
	int rc = ctx_gitlog_list(out, repo, opts, err);
	ctx_gitrepo_free(repo);
	return rc;
}

/** Commits that were told. */
struct told {
	CTX_VEC(struct ctx_oid) ids;
};
static void note_told(void *arg, const struct ctx_gitlog_commit *commit) {
	struct told *told = arg;
	assert_true(CTX_VEC_PUSH(&told->ids, commit->id));
}

/** Was all of a lone chain told, and nothing of other lists? */
static void check_told(struct told *told, const struct ctx_gitlog *log, const struct ctx_gitlog_opts *opts) {
	bool lone = opts->first_parent && opts->branch_count <= 1;
	assert_int_equal(told->ids.count, lone ? log->commits.count : 0);
	for (size_t i = 0; i < told->ids.count; ++i) {
		assert_true(ctx_oid_equal(&told->ids.items[i], &log->commits.items[log->commits.count - 1 - i].id));
	}
	CTX_VEC_RELEASE(&told->ids);
}

/** Is the list what `git log` with the same wishes prints? */
static void equals_git(const char *path, const struct ctx_gitlog_opts *wishes) {
	struct told told = { 0 };
	struct ctx_gitlog_opts with_told = *wishes, *opts = &with_told;
	with_told.told = note_told;
	with_told.told_arg = &told;
	ctx_auto_gitlog struct ctx_gitlog log = { 0 };
	ctx_auto_buf struct ctx_buf script = CTX_BUF_INIT;
	ctx_auto_buf struct ctx_buf ours = CTX_BUF_INIT;
	struct ctx_error err = { 0 };
	if (list(&log, path, opts, &err) < 0) {
		fail_msg("%s", err.msg);
	}
	ctx_buf_addf(&script, "git -C %s log --reverse --date-order --format='%%H %%T %%ct %%s'", path);
	ctx_buf_adds(&script, opts->first_parent ? " --first-parent" : "");
	if (opts->max > 0) {
		ctx_buf_addf(&script, " -n %zu", opts->max);
	}
	for (size_t i = 0; i < opts->branch_count; ++i) {
		ctx_buf_addf(&script, " %s", opts->branches[i]);
	}
	FILE *git = popen(ctx_buf_str(&script), "r");
	assert_non_null(git);
	char line[512];
	size_t count = 0;
	for (; fgets(line, sizeof(line), git) != NULL; ++count) {
		assert_true(count < log.commits.count);
		const struct ctx_gitlog_commit *c = &log.commits.items[count];
		char id[CTX_OID_HEX_MAX], tree[CTX_OID_HEX_MAX];
		ctx_buf_reset(&ours);
		ctx_buf_addf(&ours, "%s %s %lld %s\n", ctx_oid_hex(id, &c->id), ctx_oid_hex(tree, &c->tree),
			(long long)c->time, c->subject);
		if (strcmp(ctx_buf_str(&ours), line) != 0) {
			fail_msg("%s: commit %zu\n%s%s", ctx_buf_str(&script), count, ctx_buf_str(&ours), line);
		}
	}
	assert_int_equal(pclose(git), 0);
	assert_int_equal(count, log.commits.count);
	check_told(&told, &log, opts);
}

/** The subjects of a list in order, each with the number of its branch. */
static void lists(const char *path, const struct ctx_gitlog_opts *opts, const char *expected) {
	ctx_auto_gitlog struct ctx_gitlog log = { 0 };
	ctx_auto_buf struct ctx_buf text = CTX_BUF_INIT;
	struct ctx_error err = { 0 };
	if (list(&log, path, opts, &err) < 0) {
		fail_msg("%s", err.msg);
	}
	for (size_t i = 0; i < log.commits.count; ++i) {
		ctx_buf_addf(&text, "%s%s:%u", i > 0 ? " " : "", log.commits.items[i].subject,
			log.commits.items[i].branch);
	}
	assert_string_equal(ctx_buf_str(&text), expected);
}

/** A history with merges: times in a range of `spread`, sometimes the same. */
static void make_history(unsigned seed, unsigned commits, unsigned spread, bool skewed) {
	ctx_auto_buf struct ctx_buf stream = CTX_BUF_INIT;
	unsigned state = seed;
	for (unsigned i = 0; i < commits; ++i) {
		state = state * 1103515245 + 12345;
		unsigned time = 1600000000 + (skewed ? state >> 8 : i * 2 + (state >> 8) % 2) % (spread * 2);
		ctx_buf_addf(&stream, "commit refs/heads/b%u\nmark :%u\ncommitter C <c> %u +0000\ndata <<E\n%u\nE\n", i,
			i + 1, time, i);
		unsigned parents = i > 0 ? 1 + (state >> 16) % 3 / 2 + (i % 17 == 0) : 0, seen[3] = { 0 };
		for (unsigned k = 0; k < parents; ++k) {
			state = state * 1103515245 + 12345;
			seen[k] = i - (state >> 12) % (i < 6 ? i : 6);
			if (k == 0 || (seen[k] != seen[0] && (k == 1 || seen[k] != seen[1]))) {
				ctx_buf_addf(&stream, "%s :%u\n", k == 0 ? "from" : "merge", seen[k]);
			}
		}
	}
	assert_true(scratch_write("stream", ctx_buf_str(&stream), stream.len));
	ctx_auto_buf struct ctx_buf script = CTX_BUF_INIT;
	ctx_buf_addf(&script,
		"rm -rf r; git init -q -b main r; cd r; git fast-import --quiet <../stream\n"
		"git update-ref refs/heads/main b%u; git update-ref refs/heads/dev b%u\n"
		"git update-ref refs/heads/old b%u; git update-ref refs/heads/other b%u",
		commits - 1, commits - 2, commits / 2, commits - 4);
	git_sh(ctx_buf_str(&script));
}

/** Compare with git for all kinds of wishes. */
static void compare_all(bool ranges) {
	static const char *const sets[][MAX_BRANCHES] = {
		{ "main" },
		{ "main", "dev" },
		{ "dev", "main", "other", "old" },
		{ "old..main" },
		{ "dev..main", "other" },
		{ "main~5..", "old~3..dev" },
	};
	for (size_t i = 0; i < CTX_COUNTOF(sets); ++i) {
		struct ctx_gitlog_opts opts = { .branches = sets[i] };
		while (opts.branch_count < MAX_BRANCHES && sets[i][opts.branch_count] != NULL) {
			++opts.branch_count;
		}
		if (!ranges && strstr(sets[i][0], "..") != NULL) {
			continue;
		}
		for (int first_parent = 0; first_parent < 2; ++first_parent) {
			opts.first_parent = first_parent != 0;
			opts.max = 0;
			equals_git("r", &opts);
			// With several branches the limit is of each, not of all
			opts.max = opts.branch_count == 1 ? 7 : 0;
			equals_git("r", &opts);
		}
	}
	equals_git("r", &(struct ctx_gitlog_opts){ .max = 0 });
}

static void histories_are_in_the_order_of_git(void **state) {
	(void)state;
	git_make_repo();
	for (unsigned seed = 1; seed < 9; ++seed) {
		make_history(seed, 20 + 5 * seed, seed % 2 != 0 ? 1000 : 4, false);
		compare_all(seed % 2 != 0);
	}
}

static void wrong_clocks_do_not_matter(void **state) {
	(void)state;
	git_make_repo();
	for (unsigned seed = 1; seed < 5; ++seed) {
		make_history(100 + seed, 40, 30, true);
		compare_all(false); // of ranges git itself guesses by time
	}
}

/** main: 1 2 5 M 6, dev: 3 4 (merged as M), side (from 2): s1 s2. */
static void make_branches(void) {
	git_make_repo();
	git_sh("rm -rf r; git init -q -b main r; cd r; n=0\n"
	       "c() { n=$((n+1)); GIT_COMMITTER_DATE=\"$((1600000000+n)) +0000\" git commit -q --allow-empty -m $1; }\n"
	       "c 1; c 2; git checkout -q -b dev; c 3; c 4; git checkout -q main; c 5\n"
	       "n=$((n+1)); GIT_COMMITTER_DATE=\"$((1600000000+n)) +0000\" git merge -q --no-ff -m M dev; c 6\n"
	       "git checkout -q -b side main~3; c s1; c s2; git checkout -q main");
}

/** The options for some branches. */
#define BRANCHES(...) \
	.branches = (const char *const[]){ __VA_ARGS__ }, \
	.branch_count = CTX_COUNTOF(((const char *const[]){ __VA_ARGS__ }))

static void commits_belong_to_branches(void **state) {
	(void)state;
	make_branches();
	lists("r", &(struct ctx_gitlog_opts){ .max = 0 }, "1:0 2:0 3:0 4:0 5:0 M:0 6:0");
	lists("r", &(struct ctx_gitlog_opts){ .first_parent = true }, "1:0 2:0 5:0 M:0 6:0");
	lists("r", &(struct ctx_gitlog_opts){ BRANCHES("main", "dev") }, "1:0 2:0 3:1 4:1 5:0 M:0 6:0");
	lists("r", &(struct ctx_gitlog_opts){ BRANCHES("dev", "main") }, "1:0 2:0 3:0 4:0 5:1 M:1 6:1");
	lists("r", &(struct ctx_gitlog_opts){ BRANCHES("main", "side"), .first_parent = true },
		"1:0 2:0 5:0 M:0 6:0 s1:1 s2:1");
	lists("r", &(struct ctx_gitlog_opts){ BRANCHES("main", "dev", "side"), .max = 2 }, "3:1 4:1 M:0 6:0 s1:2 s2:2");
	lists("r", &(struct ctx_gitlog_opts){ BRANCHES("main", "main"), .max = 3, .first_parent = true },
		"5:0 M:0 6:0");
	lists("r", &(struct ctx_gitlog_opts){ .first_parent = true, .max = 2 }, "M:0 6:0");
}

static void ranges_leave_out(void **state) {
	(void)state;
	make_branches();
	lists("r", &(struct ctx_gitlog_opts){ BRANCHES("dev..main") }, "5:0 M:0 6:0");
	lists("r", &(struct ctx_gitlog_opts){ BRANCHES("main~2..") }, "3:0 4:0 M:0 6:0");
	lists("r", &(struct ctx_gitlog_opts){ BRANCHES("..side") }, "s1:0 s2:0");
	lists("r", &(struct ctx_gitlog_opts){ BRANCHES("main..dev") }, "");
	lists("r", &(struct ctx_gitlog_opts){ BRANCHES("dev~1..dev", "main") }, "4:0 5:1 M:1 6:1");
	lists("r", &(struct ctx_gitlog_opts){ BRANCHES(":/M") }, "1:0 2:0 3:0 4:0 5:0 M:0");
	lists("r", &(struct ctx_gitlog_opts){ BRANCHES("main^{/M}~1") }, "1:0 2:0 5:0");
	lists("r", &(struct ctx_gitlog_opts){ .branches = (const char *const[]){ "main" } }, "");
}

static void parents_are_named(void **state) {
	(void)state;
	make_branches();
	ctx_auto_gitlog struct ctx_gitlog log = { 0 };
	assert_int_equal(list(&log, "r", &(struct ctx_gitlog_opts){ .first_parent = true }, NULL), 0);
	assert_int_equal(log.commits.items[0].parent.len, 0);
	for (size_t i = 1; i < log.commits.count; ++i) {
		assert_true(ctx_oid_equal(&log.commits.items[i].parent, &log.commits.items[i - 1].id));
	}
	assert_false(log.shallow);
}

static void shallow_clones_end_at_their_edge(void **state) {
	(void)state;
	make_branches();
	git_sh("git clone -q --depth 2 file://$PWD/r s; git -C r worktree add -q ../w dev");
	equals_git("s", &(struct ctx_gitlog_opts){ .max = 0 });
	equals_git("w", &(struct ctx_gitlog_opts){ .max = 0 });
	ctx_auto_gitlog struct ctx_gitlog log = { 0 };
	assert_int_equal(list(&log, "s", &(struct ctx_gitlog_opts){ .first_parent = true }, NULL), 0);
	assert_int_equal(log.commits.count, 2);
	assert_true(log.shallow);
	assert_int_equal(log.commits.items[0].parent.len, 0);
	assert_int_equal(list(&log, "s", &(struct ctx_gitlog_opts){ .first_parent = true, .max = 1 }, NULL), 0);
	assert_false(log.shallow);
	git_sh("echo nonsense >s/.git/shallow");
	assert_int_equal(list(&log, "s", &(struct ctx_gitlog_opts){ .max = 0 }, NULL), CTX_E_CORRUPT);
	assert_int_equal(log.commits.count, 1); // a failure leaves the list as it was
}

static void detached_and_unborn_heads(void **state) {
	(void)state;
	make_branches();
	git_sh("git -C r checkout -q --detach dev; git init -q -b main empty");
	lists("r", &(struct ctx_gitlog_opts){ .max = 0 }, "1:0 2:0 3:0 4:0");
	ctx_auto_gitlog struct ctx_gitlog log = { 0 };
	assert_int_equal(list(&log, "empty", &(struct ctx_gitlog_opts){ .max = 0 }, NULL), CTX_E_MISSING);
	assert_int_equal(log.commits.count, 0);
}

static void what_is_no_revision_is_told(void **state) {
	(void)state;
	make_branches();
	git_sh("git -C r tag blob $(echo x | git -C r hash-object -w --stdin)");
	static const struct {
		const char *spec;
		enum ctx_errc code;
	} rows[] = {
		{ "nowhere", CTX_E_MISSING },
		{ "nowhere..main", CTX_E_MISSING },
		{ "main..nowhere", CTX_E_MISSING },
		{ "main~100", CTX_E_MISSING },
		{ "a...b", CTX_E_USAGE },
		{ "main...dev", CTX_E_USAGE },
		{ "..", CTX_E_USAGE },
		{ "main..dev..side", CTX_E_USAGE },
		{ "main^{", CTX_E_USAGE },
		{ "blob", CTX_E_USAGE },
	};
	for (size_t i = 0; i < CTX_COUNTOF(rows); ++i) {
		ctx_auto_gitlog struct ctx_gitlog log = { 0 };
		struct ctx_error err = { 0 };
		int rc = list(&log, "r", &(struct ctx_gitlog_opts){ BRANCHES(rows[i].spec) }, &err);
		if (rc != (int)rows[i].code) {
			fail_msg("%s: %d %s", rows[i].spec, rc, err.msg);
		}
	}
}

static void damage_is_told(void **state) {
	(void)state;
	make_branches();
	git_sh("cd r; of() { echo .git/objects/$(git rev-parse $1 | sed 's/../&\\//'); }\n"
	       "cp -r . ../gone; (cd ../gone; rm -f $(of main~2))\n"
	       "cp -r . ../broken; (cd ../broken; f=$(of main~2); chmod +w $f; echo x >$f)\n"
	       "cp -r . ../treeless; (cd ../treeless; rm -f $(of main^{tree}))\n"
	       "cp -r . ../odd; cd ../odd\n"
	       "printf 'tree %s\\nauthor A <a> 1 +0\\ncommitter C > <c>\\n\\n\\n\\nlate\\n' $(git write-tree) >c\n"
	       "git hash-object -w --literally -t commit c >.git/refs/heads/timeless\n"
	       "printf 'tree %s\\nauthor A <a> 1 +0\\ncommitter C <c> 12345\\n' $(git write-tree) >c\n"
	       "git hash-object -w --literally -t commit c >.git/refs/heads/bare\n"
	       "printf 'tree 12\\n' >c; p=$(git hash-object -w --literally -t commit c)\n"
	       "git commit-tree -p $p -m child $(git write-tree) >.git/refs/heads/short 2>/dev/null || {\n"
	       "printf 'tree %s\\nparent %s\\nauthor A <a> 1 +0\\ncommitter C <c> 1 +0\\n\\nm\\n' $(git write-tree) $p >c\n"
	       "git hash-object -w --literally -t commit c >.git/refs/heads/short; }");
	ctx_auto_gitlog struct ctx_gitlog log = { 0 };
	struct ctx_error err = { 0 };
	const struct ctx_gitlog_opts all = { .max = 0 }, two = { .max = 2, .first_parent = true };
	assert_int_equal(list(&log, "gone", &all, &err), CTX_E_CORRUPT);
	assert_non_null(strstr(err.msg, "is not in the repository"));
	assert_int_equal(list(&log, "broken", &all, &err), CTX_E_CORRUPT);
	assert_int_equal(list(&log, "gone", &two, &err), 0); // what nobody asks for does no harm
	assert_int_equal(list(&log, "treeless", &all, &err), 0);
	assert_int_equal(list(&log, "odd", &(struct ctx_gitlog_opts){ BRANCHES("short") }, &err), CTX_E_CORRUPT);
	assert_non_null(strstr(err.msg, "is damaged")); // a parent: of a damaged tip libgit2 1.5 leaks the reference
	assert_int_equal(list(&log, "odd", &(struct ctx_gitlog_opts){ BRANCHES("timeless") }, &err), 0);
	assert_int_equal(log.commits.items[0].time, 0);
	assert_string_equal(log.commits.items[0].subject, "late");
	assert_int_equal(list(&log, "odd", &(struct ctx_gitlog_opts){ BRANCHES("bare") }, &err), 0);
	assert_int_equal(log.commits.items[0].time, 12345);
	assert_string_equal(log.commits.items[0].subject, "");
}

static void subjects_are_cut_between_characters(void **state) {
	(void)state;
	git_make_repo();
	git_sh("cd r; (printf x; for i in $(seq 150); do printf '\\303\\244'; done) >m; git commit -q --allow-empty -F m");
	ctx_auto_gitlog struct ctx_gitlog log = { 0 };
	assert_int_equal(list(&log, "r", &(struct ctx_gitlog_opts){ .max = 1 }, NULL), 0);
	assert_int_equal(strlen(log.commits.items[0].subject), 199);
}

static void interrupts_end_it(void **state) {
	(void)state;
	make_branches();
	volatile int stop = 1;
	ctx_auto_gitlog struct ctx_gitlog log = { 0 };
	assert_int_equal(list(&log, "r", &(struct ctx_gitlog_opts){ .stop = &stop }, NULL), CTX_E_INTERRUPTED);
	stop = 0;
	assert_int_equal(list(&log, "r", &(struct ctx_gitlog_opts){ .stop = &stop }, NULL), 0);
}

static void every_allocation_may_fail(void **state) {
	(void)state;
	make_branches();
	git_sh("git clone -q --depth 2 --no-single-branch file://$PWD/r s");
	struct ctx_gitrepo *repo = git_open_repo("s");
	int rc = CTX_E_NOMEM;
	for (long n = 0; rc != 0; ++n) {
		ctx_auto_gitlog struct ctx_gitlog log = { 0 };
		ctx_alloc_fail_after(n);
		rc = ctx_gitlog_list(&log, repo,
			&(struct ctx_gitlog_opts){ BRANCHES("main", "origin/dev..origin/side") }, NULL);
		ctx_alloc_fail_after(-1);
		assert_true(rc == 0 || rc == CTX_E_NOMEM);
	}
	ctx_gitrepo_free(repo);
}

/** A test in a directory of its own. */
#define TEST(name) cmocka_unit_test_setup_teardown(name, git_setup, scratch_teardown)

int main(void) {
	const struct CMUnitTest tests[] = {
		TEST(histories_are_in_the_order_of_git),
		TEST(wrong_clocks_do_not_matter),
		TEST(commits_belong_to_branches),
		TEST(ranges_leave_out),
		TEST(parents_are_named),
		TEST(shallow_clones_end_at_their_edge),
		TEST(detached_and_unborn_heads),
		TEST(what_is_no_revision_is_told),
		TEST(damage_is_told),
		TEST(subjects_are_cut_between_characters),
		TEST(interrupts_end_it),
		TEST(every_allocation_may_fail),
	};
	return cmocka_run_group_tests_name("gitlog", tests, NULL, NULL);
}
