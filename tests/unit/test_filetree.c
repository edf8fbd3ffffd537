#include "analyzer/cache/filetree.h"

#include "ctxopt/base/alloc.h"
#include "ctxopt/context/gitlog.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#include "tests/unit/git_fixture.h"

/** What most tests need. */
struct fixture {
	struct ctx_gitrepo *repo;
	struct ana_filetree *store;
	struct ctx_gitlog log;
};

/** Open repository "r" with all its commits. */
static struct fixture open_fixture(void) {
	struct fixture f = { .repo = git_open_repo("r") };
	struct ctx_error err = { 0 };
	const struct ctx_gitlog_opts opts = { .first_parent = true };
	if (ctx_gitlog_list(&f.log, f.repo, &opts, &err) < 0) {
		fail_msg("%s", err.msg);
	}
	assert_int_equal(ana_filetree_new(&f.store, f.repo, 022, NULL), 0);
	return f;
}

/** Close it. */
static void close_fixture(struct fixture *f) {
	ana_filetree_free(f->store);
	ctx_gitlog_release(&f->log);
	ctx_gitrepo_free(f->repo);
}

/** The context of the commit number `i`. */
static struct ana_dir *context(struct fixture *f, size_t i, const char *prefix, const struct ctx_ignore *ig) {
	struct ana_dir *dir = NULL;
	struct ctx_error err = { 0 };
	if (ana_filetree_commit(f->store, &f->log.commits.items[i].tree, prefix, ig, &dir, &err) < 0) {
		fail_msg("%s", err.msg);
	}
	return dir;
}

/** Digest of a directory. */
static struct ctx_digest digest_of(struct fixture *f, struct ana_dir *dir) {
	struct ctx_digest digest;
	struct ctx_error err = { 0 };
	if (ana_dir_digest(f->store, dir, &digest, &err) < 0) {
		fail_msg("%s", err.msg);
	}
	return digest;
}

/** Have two directories the same digest? */
static bool same(struct fixture *f, struct ana_dir *a, struct ana_dir *b) {
	struct ctx_digest x = digest_of(f, a), y = digest_of(f, b);
	return ctx_digest_equal(&x, &y);
}

/** Identity of a file of a commit's snapshot: its blob. */
static int identify(void *arg, struct ctx_dir *dir, struct ctx_entry *e, struct ctx_digest *out,
	struct ctx_error *err) {
	(void)arg, (void)dir, (void)err;
	struct ctx_oid oid = { .len = 20 };
	memcpy(oid.bytes, e->oid, oid.len);
	*out = ana_filetree_oid(&oid);
	return 0;
}

/** The same context by way of a snapshot. */
static struct ana_dir *by_snapshot(struct fixture *f, size_t i, const char *prefix, const struct ctx_ignore *ig) {
	char hex[CTX_OID_HEX_MAX];
	struct ctx_commit *commit;
	struct ctx_snapshot *snap;
	struct ana_dir *dir;
	assert_int_equal(ctx_commit_open(&commit, f->repo, ctx_oid_hex(hex, &f->log.commits.items[i].id), NULL), 0);
	assert_int_equal(ctx_commit_snapshot(&snap, commit, prefix, 022, NULL), 0);
	assert_int_equal(ctx_snapshot_apply(snap, ig, NULL), 0);
	assert_int_equal(ana_filetree_snapshot(f->store, snap, identify, NULL, &dir, NULL), 0);
	ctx_snapshot_free(snap);
	ctx_commit_free(commit);
	return dir;
}

/** Do two directories hold the same, entry by entry?  Loads all. */
static bool equal(struct fixture *f, struct ana_dir *a, struct ana_dir *b) {
	assert_int_equal(ana_dir_load(f->store, a, NULL), 0);
	assert_int_equal(ana_dir_load(f->store, b, NULL), 0);
	bool is = a->mode == b->mode && a->count == b->count;
	for (uint32_t i = 0; is && i < a->count; ++i) {
		const struct ana_file *x = &a->files[i], *y = &b->files[i];
		is = strcmp(x->name, y->name) == 0 && x->name_len == strlen(x->name) && x->kind == y->kind &&
			x->mode == y->mode;
		assert_ptr_equal(ana_dir_find(a, x->name, x->name_len), x);
		if (is && x->kind == CTX_KIND_DIR) {
			is = equal(f, x->dir, y->dir);
		} else if (is) {
			is = ctx_digest_equal(&x->id, &y->id) &&
				(x->kind != CTX_KIND_SYMLINK || strcmp(x->target, y->target) == 0);
		}
	}
	return is;
}

/** A random number below `bound`. */
static unsigned below(unsigned *state, unsigned bound) {
	*state = *state * 1103515245 + 12345;
	return (*state >> 12) % bound;
}

/** A random path of a small set, so that names meet. */
static void add_path(struct ctx_buf *out, unsigned *state) {
	static const char *const names[] = { "a", "b", "a.b", "a-b", "c", "x.log" };
	unsigned depth = 1 + below(state, 4);
	for (unsigned i = 0; i < depth; ++i) {
		ctx_buf_addf(out, "%s%s", i > 0 ? "/" : "", names[below(state, CTX_COUNTOF(names))]);
	}
}

/** Repository "r" with random commits; contents are few, so that trees come again. */
static void make_history(unsigned seed, unsigned commits) {
	ctx_auto_buf struct ctx_buf stream = CTX_BUF_INIT;
	unsigned state = seed;
	for (unsigned i = 0; i < commits; ++i) {
		ctx_buf_addf(&stream, "commit refs/heads/main\ncommitter C <c> %u +0000\ndata 1\nm\n", 1600000000 + i);
		for (unsigned k = below(&state, 5) + (i == 0 ? 30 : 0); k > 0; --k) {
			static const char *const modes[] = { "100644", "100644", "100755", "120000" };
			unsigned what = below(&state, 10);
			if (what < 2) {
				ctx_buf_adds(&stream, "D ");
				add_path(&stream, &state);
				ctx_buf_addc(&stream, '\n');
			} else if (what == 2) {
				ctx_buf_addf(&stream, "M 160000 %040u ", 1 + below(&state, 3));
				add_path(&stream, &state);
				ctx_buf_addc(&stream, '\n');
			} else {
				ctx_buf_addf(&stream, "M %s inline ", modes[below(&state, CTX_COUNTOF(modes))]);
				add_path(&stream, &state);
				ctx_buf_addf(&stream, "\ndata 1\n%c\n", 'p' + (char)below(&state, 3));
			}
		}
	}
	assert_true(scratch_write("stream", ctx_buf_str(&stream), stream.len));
	git_sh("rm -rf r; git init -q -b main r; cd r; git fast-import --quiet <../stream");
}

/** Sets of rules: nothing, whole directories, exceptions below, globs, refusals. */
static const char *const rule_sets[] = {
	"a\n",
	"a\n!a/b\n",
	"*\n!b\n!a/*/c\n",
	"**/*.log\n",
	"**\n!**/c\n",
	"a/b\nb/**\n!b/a.b/*\n",
	"b\n!b/a/b\na-b/a\n",
	"!a\n*\n!a/b/c/x.log\n",
	"a/*\n!a/a\na/a/b\n",
	"# nothing\n",
};

static void rules_decide_as_in_a_snapshot(void **state) {
	(void)state;
	git_make_repo();
	for (unsigned seed = 1; seed < 4; ++seed) {
		make_history(seed, 12);
		struct fixture f = open_fixture();
		struct ctx_ignore *lists[CTX_COUNTOF(rule_sets) * 2 + 1] = { NULL };
		for (size_t r = 0; r + 1 < CTX_COUNTOF(lists); ++r) {
			const char *text = rule_sets[r / 2];
			enum ctx_ignore_syntax syntax = r % 2 != 0 ? CTX_IGNORE_DOCKER_20_10 : CTX_IGNORE_DOCKER;
			assert_int_equal(ctx_ignore_parse(&lists[r], syntax, text, strlen(text), NULL), 0);
		}
		for (size_t i = 0; i < f.log.commits.count; ++i) {
			for (size_t r = 0; r < CTX_COUNTOF(lists); ++r) {
				struct ana_dir *ours = context(&f, i, "", lists[r]),
					       *theirs = by_snapshot(&f, i, "", lists[r]);
				// Before anything is loaded, and after; every other time the other way round
				if (((i + r) % 2 == 0 && !same(&f, ours, theirs)) || !equal(&f, ours, theirs) ||
					!same(&f, ours, theirs)) {
					fail_msg("seed %u, commit %zu, rules %zu", seed, i, r);
				}
				assert_ptr_equal(context(&f, i, "", lists[r]), ours);
			}
		}
		close_fixture(&f);
		for (size_t r = 0; r < CTX_COUNTOF(lists); ++r) {
			ctx_ignore_free(lists[r]);
		}
	}
}

static void digests_are_equal_exactly_if_contents_are(void **state) {
	(void)state;
	git_make_repo();
	make_history(7, 40);
	struct fixture f = open_fixture();
	struct ctx_ignore *ig;
	assert_int_equal(ctx_ignore_parse(&ig, CTX_IGNORE_DOCKER, "a\n!a/b\nc\n", 9, NULL), 0);
	struct ana_dir *dirs[80];
	size_t count = 0;
	for (size_t i = 0; i < f.log.commits.count; ++i) {
		dirs[count++] = context(&f, i, "", NULL);
		dirs[count++] = context(&f, i, "", ig);
	}
	size_t equals = 0;
	for (size_t i = 0; i < count; ++i) {
		for (size_t k = 0; k < i; ++k) {
			bool is = same(&f, dirs[i], dirs[k]);
			assert_int_equal(is, equal(&f, dirs[i], dirs[k]));
			equals += is;
		}
	}
	assert_true(equals > 0);
	close_fixture(&f);
	ctx_ignore_free(ig);
}

static void prefixes_are_contexts(void **state) {
	(void)state;
	git_make_repo();
	struct fixture f = open_fixture();
	struct ana_dir *dir;
	assert_true(equal(&f, context(&f, 1, "sub", NULL), by_snapshot(&f, 1, "sub", NULL)));
	assert_ptr_equal(context(&f, 1, "./sub/", NULL), context(&f, 0, "sub", NULL));
	assert_ptr_equal(context(&f, 1, ".", NULL), context(&f, 1, "", NULL));
	static const char *const missing[] = { "nowhere", "file", "sub/deep/f/x", "link", "..", "/" };
	for (size_t i = 0; i < CTX_COUNTOF(missing); ++i) {
		struct ctx_error err;
		const struct ctx_oid *tree = &f.log.commits.items[1].tree;
		assert_int_equal(ana_filetree_commit(f.store, tree, missing[i], NULL, &dir, &err), CTX_E_MISSING);
	}
	// The root's own mode does not count, that of other directories does
	struct ana_dir *root = context(&f, 1, "sub", NULL), *top = context(&f, 1, "", NULL);
	assert_int_equal(ana_dir_load(f.store, top, NULL), 0);
	assert_int_equal(root->mode, 0);
	assert_int_equal(ana_dir_find(top, "sub", 3)->dir->mode, 0755);
	assert_false(same(&f, root, ana_dir_find(top, "sub", 3)->dir));
	assert_null(ana_dir_find(top, "su", 2));
	close_fixture(&f);
}

static void the_umask_counts(void **state) {
	(void)state;
	git_make_repo();
	struct fixture f = open_fixture();
	struct ana_filetree *other;
	struct ana_dir *dir;
	struct ctx_digest digest, usual = digest_of(&f, context(&f, 1, "", NULL));
	assert_int_equal(ana_filetree_new(&other, f.repo, 077, NULL), 0);
	assert_int_equal(ana_filetree_commit(other, &f.log.commits.items[1].tree, "", NULL, &dir, NULL), 0);
	assert_int_equal(ana_dir_digest(other, dir, &digest, NULL), 0);
	assert_false(ctx_digest_equal(&digest, &usual));
	assert_int_equal(ana_dir_load(other, dir, NULL), 0);
	assert_int_equal(ana_dir_find(dir, "file", 4)->mode, 0600);
	assert_int_equal(ana_dir_find(dir, "sub", 3)->mode, 0700);
	assert_int_equal(ana_dir_find(dir, "link", 4)->mode, 0777);
	assert_string_equal(ana_dir_find(dir, "link", 4)->target, "sub/exec");
	ana_filetree_free(other);
	close_fixture(&f);
}

static void submodules_are_empty_directories(void **state) {
	(void)state;
	git_make_repo();
	git_sh("cd r; for c in v1 HEAD; do git update-index --add --cacheinfo 160000,$(git rev-parse $c),sub/m\n"
	       "git commit -q -m $c; done; git update-index --force-remove sub/m; git commit -q -m without");
	struct fixture f = open_fixture();
	size_t last = f.log.commits.count - 1;
	assert_true(same(&f, context(&f, last - 2, "", NULL), context(&f, last - 1, "", NULL)));
	assert_ptr_not_equal(context(&f, last - 2, "", NULL), context(&f, last - 1, "", NULL));
	assert_false(same(&f, context(&f, last - 1, "", NULL), context(&f, last, "", NULL)));
	close_fixture(&f);
}

static void odd_links(void **state) {
	(void)state;
	git_make_repo();
	git_sh("cd r; l() { git update-index --add --cacheinfo 120000,$(git hash-object -w --stdin),$1; }\n"
	       "head -c 4096 /dev/zero | tr '\\0' x | l long; printf 'a\\0b' | l nul; git commit -q -m links");
	struct fixture f = open_fixture();
	struct ana_dir *dir = context(&f, 2, "", NULL);
	assert_true(same(&f, dir, by_snapshot(&f, 2, "", NULL)));
	assert_int_equal(ana_dir_load(f.store, dir, NULL), 0);
	assert_null(ana_dir_find(dir, "long", 4));
	assert_string_equal(ana_dir_find(dir, "nul", 3)->target, "a");
	close_fixture(&f);
}

static void only_what_is_asked_for_is_read(void **state) {
	(void)state;
	git_make_repo();
	git_sh("cd r; mkdir bad; echo x >bad/y; git add .; git commit -q -m bad\n"
	       "rm -f .git/objects/$(git rev-parse HEAD:bad | sed 's/../&\\//')");
	struct fixture f = open_fixture();
	struct ctx_error err = { 0 };
	struct ctx_digest digest;
	struct ana_dir *dir = context(&f, 2, "", NULL);
	assert_int_equal(ana_dir_load(f.store, dir, NULL), 0);
	assert_int_equal(ana_dir_digest(f.store, ana_dir_find(dir, "sub", 3)->dir, &digest, NULL), 0);
	assert_int_equal(ana_dir_load(f.store, ana_dir_find(dir, "bad", 3)->dir, &err), CTX_E_CORRUPT);
	assert_int_equal(ana_dir_digest(f.store, dir, &digest, &err), CTX_E_CORRUPT);
	assert_non_null(strstr(err.msg, "is not in the repository"));

	// Excluded and never entered; entered, because an exception could be in it
	struct ctx_ignore *closed, *open;
	assert_int_equal(ctx_ignore_parse(&closed, CTX_IGNORE_DOCKER, "bad\n", 4, NULL), 0);
	assert_int_equal(ctx_ignore_parse(&open, CTX_IGNORE_DOCKER, "bad\n!bad/z\n", 11, NULL), 0);
	assert_true(same(&f, context(&f, 2, "", closed), context(&f, 1, "", NULL)));
	assert_int_equal(ana_dir_load(f.store, context(&f, 2, "", open), NULL), CTX_E_CORRUPT);
	close_fixture(&f);
	ctx_ignore_free(closed);
	ctx_ignore_free(open);
}

static void blobs_are_found_by_path(void **state) {
	(void)state;
	git_make_repo();
	git_sh("cd r; ln -s sub/deep d; ln -s ../file sub/up; ln -s loop loop; ln -s /etc/passwd abs; ln -s ../.. out\n"
	       "ln -s d/../exec through; git add .; git commit -q -m links");
	struct fixture f = open_fixture();
	static const struct {
		const char *path, *real;
	} rows[] = {
		{ "file", "file" },
		{ "./sub//deep/f", "sub/deep/f" },
		{ "sub/../file", "file" },
		{ "link", "sub/exec" },
		{ "d/f", "sub/deep/f" },
		{ "sub/up", "file" },
		{ "through", "sub/exec" },
		{ "sub", NULL },
		{ "", NULL },
		{ "file/", NULL },
		{ "file/x", NULL },
		{ "nowhere", NULL },
		{ "nowhere/x", NULL },
		{ "../file", NULL },
		{ "loop", NULL },
		{ "abs", NULL },
		{ "out", NULL },
	};
	struct ana_dir *root = context(&f, 2, "", NULL);
	const struct ctx_oid *tree = &f.log.commits.items[2].tree;
	for (size_t i = 0; i < CTX_COUNTOF(rows); ++i) {
		struct ctx_oid a, b;
		int rc = ana_filetree_blob(f.store, tree, rows[i].path, &a, NULL);
		if (rc != (rows[i].real != NULL)) {
			fail_msg("%s: %d", rows[i].path, rc);
		}
		if (rows[i].real != NULL) {
			assert_int_equal(ana_filetree_blob(f.store, tree, rows[i].real, &b, NULL), 1);
			assert_true(ctx_oid_equal(&a, &b));
		}
	}
	// The tree of the root is taken over by the digest, and read again by the next look-up
	(void)digest_of(&f, root);
	struct ctx_oid again;
	assert_int_equal(ana_filetree_blob(f.store, tree, "file", &again, NULL), 1);
	close_fixture(&f);
}

static void callers_fill_directories(void **state) {
	(void)state;
	git_make_repo();
	struct fixture f = open_fixture();
	struct ana_dir *sub = context(&f, 1, "sub", NULL);
	assert_int_equal(ana_dir_load(f.store, sub, NULL), 0);
	struct ana_dir *made = ana_dir_new(f.store, 0);
	assert_non_null(made);
	made->files = sub->files;
	made->count = sub->count;
	assert_true(same(&f, made, sub));
	struct ana_dir *empty = ana_dir_new(f.store, 0);
	assert_false(same(&f, empty, sub));
	struct ctx_digest a, b;
	struct ana_file *exec = ana_dir_find(sub, "exec", 4), changed = *exec;
	assert_int_equal(ana_file_digest(f.store, exec, &a, NULL), 0);
	changed.name = "other";
	assert_int_equal(ana_file_digest(f.store, &changed, &b, NULL), 0);
	assert_true(ctx_digest_equal(&a, &b));
	changed.mode = 0644;
	assert_int_equal(ana_file_digest(f.store, &changed, &b, NULL), 0);
	assert_false(ctx_digest_equal(&a, &b));
	assert_int_equal(ana_file_digest(f.store, ana_dir_find(sub, "deep", 4), &a, NULL), 0);
	b = digest_of(&f, ana_dir_find(sub, "deep", 4)->dir);
	assert_true(ctx_digest_equal(&a, &b));
	close_fixture(&f);
}

static void a_broken_rule_is_told(void **state) {
	(void)state;
	git_make_repo();
	struct fixture f = open_fixture();
	struct ctx_ignore *ig = NULL;
	// Docker 20.10 takes the pattern, and fails when it reaches it
	int rc = ctx_ignore_parse(&ig, CTX_IGNORE_DOCKER, "a[]b\n", 5, NULL);
	if (rc == 0) {
		struct ctx_digest digest;
		rc = ana_dir_digest(f.store, context(&f, 0, "", ig), &digest, NULL);
	}
	assert_int_equal(rc, CTX_E_SYNTAX);
	close_fixture(&f);
	ctx_ignore_free(ig);
}

/** Do everything once; the outcome of the first step that failed. */
static int do_all(struct ctx_gitrepo *repo, const struct ctx_gitlog *log, struct ctx_snapshot *snap,
	const struct ctx_ignore *ig) {
	struct ana_filetree *store = NULL;
	struct ana_dir *dir = NULL, *other = NULL;
	struct ctx_digest digest;
	struct ctx_oid oid;
	int rc = ana_filetree_new(&store, repo, 022, NULL);
	for (size_t i = 0; rc >= 0 && i < log->commits.count; ++i) {
		const struct ctx_oid *tree = &log->commits.items[i].tree;
		rc = ana_filetree_blob(store, tree, "link", &oid, NULL);
		rc = rc < 0 ? rc : ana_filetree_commit(store, tree, "./sub", NULL, &dir, NULL);
		rc = rc < 0 ? rc : ana_filetree_commit(store, tree, "", ig, &dir, NULL);
		rc = rc < 0 ? rc : ana_dir_digest(store, dir, &digest, NULL);
		rc = rc < 0 ? rc : ana_dir_load(store, dir, NULL);
	}
	rc = rc < 0 ? rc : ana_filetree_snapshot(store, snap, identify, NULL, &other, NULL);
	rc = rc < 0 ? rc : ana_dir_digest(store, other, &digest, NULL);
	ana_filetree_free(store);
	return rc;
}

static void every_allocation_may_fail(void **state) {
	(void)state;
	git_make_repo();
	make_history(3, 6);
	git_sh("cd r; git reset -q --hard; mkdir -p sub; ln -s sub link; echo >sub/f; git add . 2>/dev/null; git commit -q -m sub");
	struct fixture f = open_fixture();
	f.log.commits.items[0] = f.log.commits.items[f.log.commits.count - 1];
	f.log.commits.count = 1;
	struct ctx_ignore *ig;
	struct ctx_commit *commit;
	struct ctx_snapshot *snap;
	assert_int_equal(ctx_ignore_parse(&ig, CTX_IGNORE_DOCKER, "a\n!a/b/c\nb/*\n", 13, NULL), 0);
	assert_int_equal(ctx_commit_open(&commit, f.repo, "HEAD", NULL), 0);
	assert_int_equal(ctx_commit_snapshot(&snap, commit, "", 022, NULL), 0);
	int rc = CTX_E_NOMEM;
	for (long n = 0; rc != 0; ++n) {
		ctx_alloc_fail_after(n);
		rc = do_all(f.repo, &f.log, snap, ig);
		ctx_alloc_fail_after(-1);
		assert_true(rc == 0 || rc == CTX_E_NOMEM);
		assert_true(n < 10000);
	}
	ctx_snapshot_free(snap);
	ctx_commit_free(commit);
	ctx_ignore_free(ig);
	close_fixture(&f);
}

/** A test in a directory of its own. */
#define TEST(name) cmocka_unit_test_setup_teardown(name, git_setup, scratch_teardown)

int main(void) {
	const struct CMUnitTest tests[] = {
		TEST(rules_decide_as_in_a_snapshot),
		TEST(digests_are_equal_exactly_if_contents_are),
		TEST(prefixes_are_contexts),
		TEST(the_umask_counts),
		TEST(submodules_are_empty_directories),
		TEST(odd_links),
		TEST(only_what_is_asked_for_is_read),
		TEST(blobs_are_found_by_path),
		TEST(callers_fill_directories),
		TEST(a_broken_rule_is_told),
		TEST(every_allocation_may_fail),
	};
	return cmocka_run_group_tests_name("filetree", tests, NULL, NULL);
}
