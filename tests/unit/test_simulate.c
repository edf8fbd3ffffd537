#include "analyzer/cache/simulate.h"

#include "ctxopt/base/alloc.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#include "tests/unit/git_fixture.h"

#include "tests/unit/cache_lab.h"

/** Repository "r" is made by a script, in which `c` commits everything. */
static void make_repo(const char *script) {
	ctx_auto_buf struct ctx_buf text = CTX_BUF_INIT;
	if (system("git --version >/dev/null 2>&1") != 0) {
		skip();
	}
	ctx_buf_addf(&text,
		"rm -rf r; git init -q -b main r; cd r; t=1600000000\n"
		"c() { t=$((t+60)); git add -A .; GIT_COMMITTER_DATE=\"$t +0000\" git commit -q --allow-empty -m c; }\n%s",
		script);
	git_sh(ctx_buf_str(&text));
}

/** The commits of the repository. */
static void list_commits(struct ctx_gitlog *log) {
	struct ctx_gitrepo *repo = git_open_repo("r");
	const struct ctx_gitlog_opts opts = { .first_parent = true };
	assert_int_equal(ctx_gitlog_list(log, repo, &opts, NULL), 0);
	ctx_gitrepo_free(repo);
}

/** The usual options. */
static struct ana_sim_opts usual(void) {
	return (struct ana_sim_opts){ .repo = "r",
		.dockerfile = "Dockerfile",
		.prefix = "",
		.umask_bits = 022,
		.jobs = 1 };
}

/** A line for each build: verdicts and causes, or the error. */
static void describe(struct ctx_buf *out, const struct ana_sim *sim) {
	for (size_t i = 0; i < sim->builds.count; ++i) {
		const struct ana_sim_build *b = &sim->builds.items[i];
		ctx_buf_adds(out, b->error != NULL ? b->error : "");
		for (uint32_t k = 0; b->verdicts != NULL && k < b->variant->step_count; ++k) {
			const struct ana_sim_verdict *v = &b->verdicts[k];
			ctx_buf_addf(out, "%s%c%s", k > 0 ? " " : "", "HM?"[v->hit], v -> assumed ? "!" : "");
			ctx_buf_addf(out, v->cause != ANA_CAUSE_NONE ? ":%s" : "%s", ana_cause_name(v->cause));
			ctx_buf_adds(out, v->blame != k ? "@" : "");
			for (uint32_t n = 0; v->changes != NULL && n < v->changes->item_count; ++n) {
				const struct ana_sim_path *path = &v->changes->items[n];
				ctx_buf_addf(out, "%s%c%s", n > 0 ? "," : "=", "+-~^"[path->kind], path -> path);
			}
		}
		ctx_buf_addc(out, '\n');
	}
}

/** Simulate all commits of the repository, and maybe the working tree. */
static int simulate(struct ctx_buf *out, const struct ana_sim_opts *opts, const struct ana_sim_work *work,
	struct ctx_error *err) {
	ctx_auto_gitlog struct ctx_gitlog log = { 0 };
	ana_auto_sim struct ana_sim sim = { 0 };
	list_commits(&log);
	// libgit2 loses what it keeps of a thread if another one closes the last repository
	struct ctx_gitrepo *open = git_open_repo("r");
	int rc = ana_simulate(&sim, opts, log.commits.items, log.commits.count, work, err);
	ctx_gitrepo_free(open);
	if (rc == 0) {
		describe(out, &sim);
	}
	return rc;
}

/* Histories and what becomes of their builds. */
static const struct {
	const char *name, *script, *want;
} histories[] = {
	{ "inputs",
		"printf 'FROM b\\nCOPY src /src\\nRUN make\\n' >Dockerfile; mkdir src; echo 1 >src/a; echo 1 >src/b; c\n"
		"echo 2 >other; c; echo 2 >src/a; rm src/b; echo 1 >src/c; c; chmod +x src/c; c; git checkout -q HEAD~3 .; rm src/c; c",
		"M:first-build M:first-build\n"
		"H H\n"
		"M:inputs=~src/a,-src/b,+src/c M:parent@\n"
		"M:inputs=^src/c M:parent@\n"
		"H H\n" },
	{ "instructions",
		"printf 'FROM b\\nARG A=1\\nRUN one\\nRUN two\\n' >Dockerfile; c; sed -i s/A=1/A=2/ Dockerfile; c\n"
		"sed -i s/two/three/ Dockerfile; c; sed -i s/b$/x/ Dockerfile; c",
		"M:first-build M:first-build\n"
		"M:argument M:argument\n"
		"H M:instruction\n"
		"M:base M:parent@\n" },
	{ "stages",
		"printf 'FROM b AS s\\nCOPY a /\\nRUN make\\nFROM b\\nCOPY --from=s /o /\\nRUN z\\n' >Dockerfile; echo >a; c; echo 2 >a; c",
		"M:first-build M:first-build M:first-build M:first-build\n"
		"M:inputs=~a M:parent@ ?:stage@ ?:parent@\n" },
	{ "errors",
		"echo >x; c; echo XYZZY >Dockerfile; c; printf 'FROM b\\nCOPY a /\\n' >Dockerfile; c; echo 1 >a; c; echo '[' >.dockerignore; c\n"
		"echo a >.dockerignore; c; rm Dockerfile; mkdir Dockerfile; echo >Dockerfile/x; c; rm -r Dockerfile .dockerignore\n"
		"printf 'FROM b\\nCOPY a /\\n' >Dockerfile; c; echo 2 >a; c",
		"there is no Dockerfile\n"
		"Dockerfile:1:1: unknown instruction: XYZZY\n"
		"Dockerfile:2: the build fails: 'COPY a /' reads what does not exist\n"
		"M:first-build\n"
		"?IGNORE\n"
		"Dockerfile:2: the build fails: 'COPY a /' reads what does not exist\n"
		"there is no Dockerfile\n"
		"H\n"
		"M:inputs=~a\n" },
	{ "a pattern",
		"printf 'FROM b\\nCOPY a* /\\n' >Dockerfile; echo >a; c; printf 'FROM b\\nCOPY a[ /\\n' >Dockerfile; c; git checkout -q HEAD~1 .; c",
		"M:first-build\n"
		"Dockerfile: syntax error in pattern '/a['\n"
		"H\n" },
	{ "a Dockerfile that was moved",
		"c; mkdir d s; printf 'FROM b\\nCOPY s /\\n' >d/D; echo s/t >d/D.dockerignore; echo 1 >s/a; c; echo 1 >s/t; c\n"
		"git mv d/D Dockerfile; c; echo t >s/t; c; echo s/t >.dockerignore; c; echo s/a >Dockerfile.dockerignore; c; git rm -q Dockerfile; c\n"
		"printf 'FROM b\\nCOPY s /\\n' >Dockerfile; c",
		"there is no Dockerfile\n"
		"M:first-build\n"
		"H\n"
		"M:inputs=+s/t\n"
		"M:inputs=~s/t\n"
		"H\n"
		"M:inputs=-s/a,+s/t\n"
		"there is no Dockerfile\n"
		"H\n" },
	{ "no commits", "", "" },
};

static void histories_are_told(void **state) {
	(void)state;
	for (size_t i = 0; i < CTX_COUNTOF(histories); ++i) {
		ctx_auto_buf struct ctx_buf got = CTX_BUF_INIT;
		struct ana_sim_opts opts = usual();
		struct ctx_error err = { 0 };
		make_repo(*histories[i].script != '\0' ? histories[i].script : "c");
		if (*histories[i].script == '\0') {
			ana_auto_sim struct ana_sim sim = { 0 };
			assert_int_equal(ana_simulate(&sim, &opts, NULL, 0, NULL, &err), 0);
			assert_int_equal(sim.builds.count, 0);
			continue;
		}
		if (simulate(&got, &opts, NULL, &err) < 0) {
			fail_msg("%s: %s", histories[i].name, err.msg);
		}
		const char *want = histories[i].want, *ignore = strstr(want, "?IGNORE\n");
		if (ignore != NULL) { // the words of the ignore file's parser are its own
			size_t before = (size_t)(ignore - want);
			const char *line = ctx_buf_str(&got) + before;
			assert_memory_equal(ctx_buf_str(&got), want, before);
			assert_non_null(strstr(line, ".dockerignore:"));
			assert_string_equal(strchr(line, '\n') + 1, ignore + 8);
			continue;
		}
		assert_string_equal(ctx_buf_str(&got), want);
	}
}

#define LONG_HISTORY \
	"mkdir -p src/x src/y; for i in 1 2 3 4 5 6 7 8 9; do echo $i >src/f$i; done; echo x >.dockerignore\n" \
	"for i in $(seq 1 60); do echo $((i * 7 % 13)) >src/x/$((i % 5)); echo $i >doc\n" \
	"case $((i % 9)) in 0) git rm -qf --ignore-unmatch src/x/1;; 4) echo \"y$((i % 2))\" >>.dockerignore;; 5) rm -f Dockerfile;;\n" \
	"6) echo BAD >Dockerfile;; *) printf 'FROM b AS s\\nARG A=%s\\nCOPY src/f* /f/\\nRUN a\\nCOPY --exclude=1 src /src\\n" \
	"RUN --mount=source=src/x,target=/m m\\nFROM b\\nCOPY --from=s /f /f\\nCOPY doc /\\nRUN %s\\n' $((i / 20)) $((i / 25)) >Dockerfile;;\n" \
	"esac; c; done"

static void any_number_of_workers(void **state) {
	(void)state;
	make_repo(LONG_HISTORY);
	ctx_auto_buf struct ctx_buf one = CTX_BUF_INIT;
	struct ctx_error err = { 0 };
	struct ana_sim_opts opts = usual();
	assert_int_equal(simulate(&one, &opts, NULL, &err), 0);
	assert_non_null(strstr(ctx_buf_str(&one), "M:inputs=~src/x/"));
	assert_non_null(strstr(ctx_buf_str(&one), "there is no Dockerfile"));
	for (opts.jobs = 2; opts.jobs <= 64; opts.jobs *= 2) {
		ctx_auto_buf struct ctx_buf many = CTX_BUF_INIT;
		assert_int_equal(simulate(&many, &opts, NULL, &err), 0);
		assert_string_equal(ctx_buf_str(&many), ctx_buf_str(&one));
	}
}

static void the_working_tree_comes_last(void **state) {
	(void)state;
	make_repo("printf 'FROM b\\nCOPY a /\\n' >Dockerfile; echo 1 >a; c");
	ctx_auto_buf struct ctx_buf got = CTX_BUF_INIT, dockerfile = CTX_BUF_INIT, bad = CTX_BUF_INIT;
	struct ana_sim_opts opts = usual();
	struct ctx_snapshot *snap = lab_snapshot("a=5 b");
	ctx_buf_adds(&dockerfile, "FROM b\nCOPY a /\nCOPY b /\n");
	ctx_buf_adds(&bad, "XYZZY\n");
	struct ana_sim_work work = { .snap = snap, .identify = lab_identify, .dockerfile = &dockerfile };
	assert_int_equal(simulate(&got, &opts, &work, NULL), 0);
	assert_string_equal(ctx_buf_str(&got), "M:first-build\nM:inputs=~a M:instruction\n");
	ctx_buf_reset(&got);
	work.dockerfile = &bad;
	assert_int_equal(simulate(&got, &opts, &work, NULL), 0);
	assert_string_equal(ctx_buf_str(&got), "M:first-build\nDockerfile:1:1: unknown instruction: XYZZY\n");
	ctx_buf_reset(&got);
	work.dockerfile = NULL;
	assert_int_equal(simulate(&got, &opts, &work, NULL), 0);
	assert_string_equal(ctx_buf_str(&got), "M:first-build\nthere is no Dockerfile\n");
	ctx_snapshot_free(snap);
}

static void the_context_moves_with_the_dockerfile(void **state) {
	(void)state;
	make_repo(
		"mkdir -p old/app; printf 'FROM b\\nCOPY a /\\n' >old/app/Dockerfile; echo 1 >old/app/a; echo x >old/app/.dockerignore; c\n"
		"git mv old/app app; c; mkdir -p old; git mv app/Dockerfile old/; c; git mv old/Dockerfile app/; c");
	ctx_auto_buf struct ctx_buf got = CTX_BUF_INIT;
	struct ana_sim_opts opts = usual();
	opts.dockerfile = "app/Dockerfile";
	opts.prefix = "app";
	for (unsigned twins = 0; twins < 2; ++twins) {
		ctx_buf_reset(&got);
		opts.twins = twins == 1;
		opts.twin_umask = 022;
		assert_int_equal(simulate(&got, &opts, NULL, NULL), 0);
		assert_string_equal(ctx_buf_str(&got),
			opts.twins ? "M:first-build\nH\nH\nH\nH\nH\nH\nH\n" : "M:first-build\nH\nH\nH\n");
	}
	// Without it: the directory is not there
	ctx_buf_reset(&got);
	opts.twins = false;
	opts.prefix = "app/none";
	assert_int_equal(simulate(&got, &opts, NULL, NULL), 0);
	assert_non_null(strstr(ctx_buf_str(&got), "no directory 'app/none'"));
}

static void damage(void **state) {
	(void)state;
	ctx_auto_buf struct ctx_buf got = CTX_BUF_INIT;
	struct ana_sim_opts opts = usual();
	struct ctx_error err = { 0 };
	// The blob of a Dockerfile, which is that build's own affair
	make_repo(
		"printf 'FROM b\\nCOPY d /\\n' >Dockerfile; mkdir d; echo 1 >d/a; c; echo >>Dockerfile; c; echo 2 >d/a; c\n"
		"rm -f .git/objects/$(git rev-parse HEAD~2:Dockerfile | sed 's/../&\\//')");
	assert_int_equal(simulate(&got, &opts, NULL, &err), 0);
	assert_memory_equal(ctx_buf_str(&got), "Dockerfile: ", 12);
	assert_string_equal(strchr(ctx_buf_str(&got), '\n') + 1, "M:first-build\nM:inputs=~d/a\n");
	// A blob of a file is not read at all
	ctx_buf_reset(&got);
	git_sh("cd r; rm -f .git/objects/$(git rev-parse HEAD:d/a | sed 's/../&\\//')");
	assert_int_equal(simulate(&got, &opts, NULL, &err), 0);
	// A tree, and the tree that is the context
	ctx_buf_reset(&got);
	git_sh("cd r; rm -f .git/objects/$(git rev-parse HEAD:d | sed 's/../&\\//')");
	assert_int_equal(simulate(&got, &opts, NULL, &err), 0);
	const char *last = strchr(strchr(ctx_buf_str(&got), '\n') + 1, '\n') + 1;
	assert_memory_equal(last, "tree ", 5);
	assert_non_null(strstr(last, "is not in the repository"));
	ctx_buf_reset(&got);
	opts.prefix = "d";
	assert_int_equal(simulate(&got, &opts, NULL, &err), 0);
	assert_non_null(strstr(ctx_buf_str(&got), "is not in the repository"));
}

static void options_are_checked(void **state) {
	(void)state;
	make_repo(
		"mkdir -p p; printf 'FROM b AS s\\nRUN x\\nFROM b\\nCOPY a /\\n' >p/D; echo 1 >p/a; echo q >p/D.dockerignore; c; rm -r p; c");
	ctx_auto_buf struct ctx_buf got = CTX_BUF_INIT;
	struct ana_sim_opts opts = usual();
	struct ctx_error err = { 0 };
	opts.dockerfile = "p/D";
	opts.prefix = "p";
	assert_int_equal(simulate(&got, &opts, NULL, &err), 0);
	assert_string_equal(ctx_buf_str(&got), "M:first-build\nthere is no Dockerfile\n");
	ctx_buf_reset(&got);
	opts.variant.graph.target = CTX_STR("s");
	assert_int_equal(simulate(&got, &opts, NULL, &err), 0);
	assert_string_equal(ctx_buf_str(&got), "M:first-build\nthere is no Dockerfile\n");
	ctx_buf_reset(&got);
	opts.variant.graph.target = CTX_STR("none");
	assert_int_equal(simulate(&got, &opts, NULL, &err), 0);
	assert_memory_equal(ctx_buf_str(&got), "p/D: ", 5);
	opts.repo = "nowhere";
	assert_true(simulate(&got, &opts, NULL, &err) < 0);
}

/** Stop after some commits. */
struct stopping {
	volatile int stop;
	size_t after;
};
static void count_progress(void *arg, size_t done) {
	struct stopping *s = arg;
	if (done >= s->after) {
		s->stop = 1;
	}
}

static void interrupts(void **state) {
	(void)state;
	make_repo("printf 'FROM b\\nCOPY a /\\n' >Dockerfile; for i in 1 2 3 4 5 6 7 8; do echo $i >a; c; done");
	for (size_t after = 0; after < 8; after += 3) {
		struct stopping s = { .stop = after == 0, .after = after };
		struct ana_sim_opts opts = usual();
		ctx_auto_buf struct ctx_buf got = CTX_BUF_INIT;
		struct ctx_error err = { 0 };
		opts.stop = &s.stop;
		opts.progress = count_progress;
		opts.progress_arg = &s;
		assert_int_equal(simulate(&got, &opts, NULL, &err), CTX_E_INTERRUPTED);
	}
}

static void rows_and_causes(void **state) {
	(void)state;
	make_repo(
		"printf 'FROM b\\nCOPY . /\\nRUN make\\nRUN make\\n' >Dockerfile; mkdir -p docs/x src; echo >src/a; c\n"
		"for i in 1 2 3 4; do echo $i >docs/x/$i; c; done; echo 1 >src/a; echo 5 >docs/x/1; c\n"
		"printf 'FROM b\\nCOPY . /\\nRUN make\\n' >Dockerfile; c");
	ctx_auto_gitlog struct ctx_gitlog log = { 0 };
	ana_auto_sim struct ana_sim sim = { 0 };
	struct ana_sim_opts opts = usual();
	list_commits(&log);
	assert_int_equal(ana_simulate(&sim, &opts, log.commits.items, log.commits.count, NULL, NULL), 0);
	assert_int_equal(sim.variants.count, 2);
	assert_int_equal(sim.rows.count, 3);
	const struct ana_sim_row *copy = &sim.rows.items[0], *last = &sim.rows.items[2];
	assert_memory_equal(copy->instruction.ptr, "COPY . /", 8);
	assert_int_equal(copy->misses, 7);
	assert_int_equal(copy->hits + copy->unknown, 0);
	assert_int_equal(copy->last_build, 6);
	assert_string_equal(copy->causes[0].what, "docs/x/");
	assert_int_equal(copy->causes[0].misses, 5);
	assert_int_equal(copy->causes[0].alone, 4);
	assert_int_equal(last->misses, 6);
	assert_int_equal(last->last_build, 5);
	assert_int_equal(last->causes[0].cause, ANA_CAUSE_PARENT);
	assert_int_equal(last->causes[0].misses, 5);
	assert_true(sim.seconds > 7 * 60.0 && sim.unknown_seconds == 0 && sim.failed == 0);
	for (int cause = 0; cause < ANA_CAUSE_COUNT; ++cause) {
		assert_true((*ana_cause_name((enum ana_cause)cause) == '\0') == (cause == ANA_CAUSE_NONE));
	}
}

static void every_allocation_may_fail(void **state) {
	(void)state;
	make_repo(
		"printf 'FROM b AS s\\nCOPY --exclude=x . /s\\nFROM b\\nCOPY --from=s /s/d /\\nRUN --mount=type=cache,target=/root/.npm npm ci\\n' >Dockerfile; mkdir d; echo 1 >d/a\n"
		"printf 'x\\n!x/y\\n' >.dockerignore; c; echo 2 >d/a; c; echo NO >Dockerfile; c");
	const struct ctx_str varying = CTX_STR("s");
	ctx_auto_gitlog struct ctx_gitlog log = { 0 };
	list_commits(&log);
	int rc = CTX_E_NOMEM;
	long n = 0;
	for (; rc != 0; ++n) {
		struct ana_sim_opts opts = usual();
		ana_auto_sim struct ana_sim sim = { 0 };
		struct ctx_error err = { 0 };
		opts.varying = &varying; // every Dockerfile has such a letter
		opts.varying_count = 1;
		ctx_alloc_fail_after(n);
		rc = ana_simulate(&sim, &opts, log.commits.items, log.commits.count, NULL, &err);
		ctx_alloc_fail_after(-1);
		if (rc != 0 && rc != CTX_E_NOMEM) {
			fail_msg("allocation %ld: %s", n, err.msg);
		}
		assert_true(rc != 0 || sim.failed == 1);
	}
	assert_true(n > 100);
}

/** A test in a directory of its own. */
#define TEST(name) cmocka_unit_test_setup_teardown(name, git_setup, scratch_teardown)

/** Builds that are like the one before are not worked out again, but they do use the cache. */
static void equal_builds_keep_results_young(void **state) {
	(void)state;
	ctx_auto_buf struct ctx_buf got = CTX_BUF_INIT;
	struct ana_sim_opts opts = usual();
	opts.deployment.ttl_seconds = 100;
	make_repo(
		"printf 'FROM b\nCOPY a /\nRUN x\n' >Dockerfile; echo >a; c; c; c; c; t=$((t+500)); c; c; echo 2 >a; c; c");
	assert_int_equal(simulate(&got, &opts, NULL, NULL), 0);
	assert_string_equal(ctx_buf_str(&got),
		"M:first-build M:first-build\n"
		"H H\n"
		"H H\n"
		"H H\n"
		"M:absent M:absent\n"
		"H H\n"
		"M:inputs=~a M:parent@\n"
		"H H\n");
}

/** More versions of the Dockerfile than a worker keeps, and the first of them again. */
static void many_versions_are_kept_thin(void **state) {
	(void)state;
	ctx_auto_buf struct ctx_buf got = CTX_BUF_INIT, want = CTX_BUF_INIT;
	struct ana_sim_opts opts = usual();
	make_repo("mkdir d; echo >d/a; for i in $(seq 30) 1 29; do\n"
		  "printf 'FROM b AS s\\nARG A=%s\\nRUN one\\nCOPY --exclude=x d /\\n' $i >Dockerfile; c; done");
	ctx_buf_adds(&want, "M:first-build M:first-build\n");
	for (unsigned i = 1; i < 30; ++i) {
		ctx_buf_adds(&want, "M:argument M:parent@\n");
	}
	ctx_buf_adds(&want, "H H\nH H\n");
	for (opts.jobs = 1; opts.jobs < 4; ++opts.jobs) {
		ctx_buf_reset(&got);
		assert_int_equal(simulate(&got, &opts, NULL, NULL), 0);
		assert_string_equal(ctx_buf_str(&got), ctx_buf_str(&want));
	}
}

/** Many commits, with and without a Dockerfile in runs of several lengths, so that any cut has some on both sides. */
static void make_many(unsigned commits) {
	ctx_auto_buf struct ctx_buf stream = CTX_BUF_INIT;
	unsigned state = 7;
	bool there = true;
	for (unsigned i = 0; i < commits; ++i) {
		state = state * 1103515245 + 12345;
		there = (state >> 20) % 8 == 0 ? !there : there;
		ctx_buf_addf(&stream,
			"commit refs/heads/main\ncommitter C <c> %u +0000\ndata 1\nc\nM 644 inline a\ndata 2\n%u\n\n",
			1600000000 + i, i / 3 % 7);
		if (there || i == 0) {
			const char *text = i / 100 % 2 == 0 ? "FROM b\nCOPY a /\nRUN x\n" : "FROM b\nRUN x\nCOPY a /\n";
			ctx_buf_addf(&stream, "M 644 inline Dockerfile\ndata %zu\n%s\n", strlen(text), text);
		} else {
			ctx_buf_adds(&stream, "D Dockerfile\n");
		}
	}
	assert_true(scratch_write("stream", ctx_buf_str(&stream), stream.len));
	make_repo("git fast-import --quiet <../stream");
}

/** List and simulate at once; was something looked at ahead? */
static bool list_and_simulate(struct ctx_buf *out, struct ana_sim_opts opts) {
	const struct ctx_gitlog_opts which = { .first_parent = true };
	ctx_auto_gitlog struct ctx_gitlog log = { 0 };
	ana_auto_sim struct ana_sim sim = { 0 };
	struct ctx_gitrepo *repo = git_open_repo("r");
	assert_int_equal(ana_sim_list(&log, &opts.ahead, repo, &which, &opts, NULL), 0);
	bool ahead = opts.ahead != NULL;
	assert_int_equal(ana_simulate(&sim, &opts, log.commits.items, log.commits.count, NULL, NULL), 0);
	ana_sim_ahead_free(opts.ahead);
	ctx_gitrepo_free(repo);
	describe(out, &sim);
	return ahead;
}

static void the_newest_are_looked_at_while_commits_are_listed(void **state) {
	(void)state;
	ctx_auto_buf struct ctx_buf one = CTX_BUF_INIT, again = CTX_BUF_INIT;
	struct ana_sim_opts opts = usual();
	make_many(800);
	assert_int_equal(simulate(&one, &opts, NULL, NULL), 0);
	assert_non_null(strstr(ctx_buf_str(&one), "M:inputs=~a M:parent@"));
	assert_non_null(strstr(ctx_buf_str(&one), "there is no Dockerfile"));
	assert_false(list_and_simulate(&again, opts)); // by one worker
	unsigned ahead = 0;
	for (unsigned i = 0; i < 12; ++i) {
		ctx_auto_buf struct ctx_buf many = CTX_BUF_INIT;
		opts.jobs = 2 + i % 4;
		ahead += list_and_simulate(&many, opts);
		assert_string_equal(ctx_buf_str(&many), ctx_buf_str(&one));
	}
	assert_true(ahead > 0);
}

static void allocations_may_fail_ahead(void **state) {
	(void)state;
	make_many(80);
	struct ctx_gitrepo *repo = git_open_repo("r");
	const struct ctx_gitlog_opts which = { .first_parent = true };
	int rc = CTX_E_NOMEM;
	for (long n = 0; rc != 0; n += 3) {
		struct ana_sim_opts opts = usual();
		ctx_auto_gitlog struct ctx_gitlog log = { 0 };
		ana_auto_sim struct ana_sim sim = { 0 };
		opts.jobs = 2;
		ctx_alloc_fail_after(n);
		rc = ana_sim_list(&log, &opts.ahead, repo, &which, &opts, NULL);
		assert_true(rc == 0 || (rc == CTX_E_NOMEM && opts.ahead == NULL));
		rc = rc < 0 ? rc : ana_simulate(&sim, &opts, log.commits.items, log.commits.count, NULL, NULL);
		ctx_alloc_fail_after(-1);
		assert_true(rc == CTX_E_NOMEM || (rc == 0 && sim.builds.count == 80));
		ana_sim_ahead_free(opts.ahead);
	}
	ctx_gitrepo_free(repo);
}

static void a_dockerfile_that_was_moved_is_not_looked_for_ahead(void **state) {
	(void)state;
	ctx_auto_buf struct ctx_buf one = CTX_BUF_INIT, two = CTX_BUF_INIT;
	struct ana_sim_opts opts = usual();
	make_repo(
		"echo >a; printf 'FROM b\nCOPY a /\n' >old; c; git mv old Dockerfile; for i in $(seq 50); do echo $i >a; c; done");
	assert_int_equal(simulate(&one, &opts, NULL, NULL), 0);
	assert_null(strstr(ctx_buf_str(&one), "no Dockerfile"));
	opts.jobs = 2;
	(void)list_and_simulate(&two, opts);
	assert_string_equal(ctx_buf_str(&two), ctx_buf_str(&one));
}

/** An argument that varies makes its steps again in each build; two checkouts of one commit have the same. */
static void arguments_vary(void **state) {
	(void)state;
	ctx_auto_buf struct ctx_buf got = CTX_BUF_INIT, dockerfile = CTX_BUF_INIT;
	const struct ctx_str names[] = { CTX_STR("V"), CTX_STR("NOWHERE") };
	struct ana_var given = { CTX_STR("V"), CTX_STR("given") };
	struct ctx_snapshot *snap = lab_snapshot("a=5");
	struct ana_sim_opts opts = usual();
	opts.varying = names;
	opts.varying_count = 2;
	opts.variant.graph.build_args = (struct ana_build_args){ &given, 1 };
	ctx_buf_adds(&dockerfile, "FROM b\nRUN x\nARG V\nRUN y\nCOPY a /\n");
	struct ana_sim_work work = { .snap = snap, .identify = lab_identify, .dockerfile = &dockerfile };
	make_repo("printf 'FROM b\nRUN x\nARG V\nRUN y\nCOPY a /\n' >Dockerfile; echo >a; c; c\n"
		  "printf 'FROM b\nRUN x\nRUN y\n' >Dockerfile; c; c");
	for (opts.jobs = 1; opts.jobs < 4; ++opts.jobs) {
		ctx_buf_reset(&got);
		assert_int_equal(simulate(&got, &opts, &work, NULL), 0);
		assert_string_equal(ctx_buf_str(&got),
			"M:first-build M:first-build M:first-build\n"
			"H M:argument M:parent@\n"
			"H M:argument\n"
			"H H\n"
			"H M:argument M:inputs\n");
	}
	ctx_buf_reset(&got);
	opts.twins = true;
	opts.twin_umask = 022;
	assert_int_equal(simulate(&got, &opts, NULL, NULL), 0);
	assert_string_equal(ctx_buf_str(&got),
		"M:first-build M:first-build M:first-build\nH H H\n"
		"H M:argument M:parent@\nH H H\n"
		"H M:argument\nH H\nH H\nH H\n");
	ctx_snapshot_free(snap);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		TEST(the_newest_are_looked_at_while_commits_are_listed),
		TEST(a_dockerfile_that_was_moved_is_not_looked_for_ahead),
		TEST(allocations_may_fail_ahead),
		TEST(histories_are_told),
		TEST(equal_builds_keep_results_young),
		TEST(many_versions_are_kept_thin),
		TEST(arguments_vary),
		TEST(any_number_of_workers),
		TEST(the_working_tree_comes_last),
		TEST(the_context_moves_with_the_dockerfile),
		TEST(damage),
		TEST(options_are_checked),
		TEST(interrupts),
		TEST(rows_and_causes),
		TEST(every_allocation_may_fail),
	};
	return cmocka_run_group_tests_name("simulate", tests, NULL, NULL);
}
