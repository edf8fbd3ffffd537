#include "ctxopt/context/gitrepo.h"

#include "ctxopt/base/alloc.h"
#include "ctxopt/base/file.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#include "tests/unit/git_fixture.h"

/** Open a commit that must be there. */
static struct ctx_commit *open_commit(struct ctx_gitrepo *repo, const char *revision) {
	struct ctx_commit *commit = NULL;
	struct ctx_error err = { 0 };
	if (ctx_commit_open(&commit, repo, revision, &err) < 0) {
		fail_msg("%s: %s", revision, err.msg);
	}
	return commit;
}

/** The entry at a path, which must be there. */
static struct ctx_entry *at(struct ctx_snapshot *snap, const char *path) {
	struct ctx_entry *e = ctx_snapshot_find(snap, path, strlen(path));
	if (e == NULL) {
		fail_msg("no %s", path);
	}
	return e;
}

/** Outcome of opening HEAD of the repository at `path`, and its snapshot. */
static int try_snapshot(const char *path, struct ctx_snapshot **snap, struct ctx_error *err) {
	struct ctx_gitrepo *repo = NULL;
	struct ctx_commit *commit = NULL;
	*snap = NULL;
	int rc = ctx_gitrepo_open(&repo, path, err);
	if (rc == 0) {
		rc = ctx_commit_open(&commit, repo, "HEAD", err);
	}
	if (rc == 0) {
		rc = ctx_commit_snapshot(snap, commit, "", 022, err);
	}
	ctx_commit_free(commit);
	ctx_gitrepo_free(repo);
	return rc;
}

/* ---- Snapshots ---- */

static void a_commit_is_its_checkout(void **state) {
	(void)state;
	git_make_repo();
	struct ctx_gitrepo *repo = git_open_repo("r/sub");
	struct ctx_commit *commit = open_commit(repo, "main~1");
	struct ctx_snapshot *snap;
	assert_int_equal(ctx_commit_snapshot(&snap, commit, "", 022, NULL), 0);
	static const struct {
		const char *path;
		enum ctx_kind kind;
		uint32_t mode;
		uint64_t size_bytes;
	} rows[] = {
		{ "empty", CTX_KIND_FILE, S_IFREG | 0644, 0 },
		{ "file", CTX_KIND_FILE, S_IFREG | 0644, 5 },
		{ "link", CTX_KIND_SYMLINK, S_IFLNK | 0777, 8 },
		{ "sub", CTX_KIND_DIR, S_IFDIR | 0755, 0 },
		{ "sub/deep", CTX_KIND_DIR, S_IFDIR | 0755, 0 },
		{ "sub/deep/f", CTX_KIND_FILE, S_IFREG | 0644, 2 },
		{ "sub/exec", CTX_KIND_FILE, S_IFREG | 0755, 10 },
		{ "sub.txt", CTX_KIND_FILE, S_IFREG | 0644, 2 },
	};
	ctx_auto_iter struct ctx_iter it = { 0 };
	ctx_iter_init(&it, snap);
	for (size_t i = 0; i < CTX_COUNTOF(rows); ++i) {
		assert_true(ctx_iter_next(&it));
		assert_string_equal(it.path.data, rows[i].path);
		assert_int_equal(it.entry->kind, rows[i].kind);
		assert_int_equal(it.entry->mode, rows[i].mode);
		assert_int_equal(it.entry->size_bytes, rows[i].size_bytes);
		assert_int_equal(it.entry->mtime_ns, 0);
		assert_true(ctx_entry_kept(it.entry));
	}
	assert_false(ctx_iter_next(&it));
	assert_string_equal(at(snap, "link")->target, "sub/exec");
	assert_int_equal(snap->origin, CTX_ORIGIN_COMMIT);
	assert_int_equal(snap->root.mode, S_IFDIR | 0755);
	assert_int_equal(snap->problems.count, 0);
	ctx_snapshot_free(snap);
	ctx_commit_free(commit);
	ctx_gitrepo_free(repo);
}

static void the_umask_counts(void **state) {
	(void)state;
	git_make_repo();
	struct ctx_gitrepo *repo = git_open_repo("r");
	struct ctx_commit *commit = open_commit(repo, "HEAD");
	struct ctx_snapshot *snap;
	assert_int_equal(ctx_commit_snapshot(&snap, commit, "", 0077, NULL), 0);
	assert_int_equal(at(snap, "file")->mode, S_IFREG | 0600);
	assert_int_equal(at(snap, "sub/exec")->mode, S_IFREG | 0700);
	assert_int_equal(at(snap, "sub")->mode, S_IFDIR | 0700);
	assert_int_equal(at(snap, "link")->mode, S_IFLNK | 0777);
	assert_int_equal(snap->root.mode, S_IFDIR | 0700);
	ctx_snapshot_free(snap);
	assert_int_equal(ctx_commit_snapshot(&snap, commit, "", 0, NULL), 0);
	assert_int_equal(at(snap, "file")->mode, S_IFREG | 0666);
	ctx_snapshot_free(snap);
	ctx_commit_free(commit);
	ctx_gitrepo_free(repo);
}

static void prefixes(void **state) {
	(void)state;
	git_make_repo();
	struct ctx_gitrepo *repo = git_open_repo("r");
	struct ctx_commit *commit = open_commit(repo, "HEAD");
	static const char *const subs[] = { "sub", "sub/", "./sub", "sub/deep/.." };
	struct ctx_snapshot *snap;
	for (size_t i = 0; i < CTX_COUNTOF(subs); ++i) {
		assert_int_equal(ctx_commit_snapshot(&snap, commit, subs[i], 022, NULL), 0);
		assert_int_equal(snap->entry_count, 3);
		assert_int_equal(at(snap, "deep/f")->size_bytes, 2);
		ctx_snapshot_free(snap);
	}
	assert_int_equal(ctx_commit_snapshot(&snap, commit, ".", 022, NULL), 0);
	assert_int_equal(snap->entry_count, 8);
	ctx_snapshot_free(snap);
	static const char *const missing[] = { "no", "file", "link", "sub/no", "..", "/", "/sub", "file/x" };
	for (size_t i = 0; i < CTX_COUNTOF(missing); ++i) {
		struct ctx_error err;
		assert_int_equal(ctx_commit_snapshot(&snap, commit, missing[i], 022, &err), CTX_E_MISSING);
		assert_non_null(strstr(err.msg, missing[i]));
	}
	ctx_commit_free(commit);
	ctx_gitrepo_free(repo);
}

static void submodules_are_empty_directories(void **state) {
	(void)state;
	git_make_repo();
	git_sh("cd r; git update-index --add --cacheinfo 160000,0123456789012345678901234567890123456789,mod\n"
	       "git commit -q -m sub");
	struct ctx_snapshot *snap;
	assert_int_equal(try_snapshot("r", &snap, NULL), 0);
	assert_int_equal(at(snap, "mod")->kind, CTX_KIND_DIR);
	assert_int_equal(at(snap, "mod")->flags, CTX_ENTRY_KEPT | CTX_ENTRY_SUBMODULE);
	assert_null(at(snap, "mod")->dir);
	ctx_snapshot_free(snap);
}

static void revisions(void **state) {
	(void)state;
	git_make_repo();
	git_sh("cd r; git rev-parse v1 >../v1; git tag tree HEAD^{tree}; git branch twice v1; git tag twice main");
	char id[41] = { 0 };
	ctx_auto_fd int fd = open("v1", O_RDONLY | O_CLOEXEC);
	assert_int_equal(read(fd, id, 40), 40);
	struct ctx_gitrepo *repo = git_open_repo("r");
	assert_non_null(strstr(ctx_gitrepo_workdir(repo), "/r/"));
	char abbreviated[8] = { 0 };
	memcpy(abbreviated, id, 7);
	char described[16];
	(void)snprintf(described, sizeof(described), "v1-0-g%s", abbreviated);
	const char *const same[] = { "v1", "v1^{commit}", "HEAD~1", "main^", "v2~1", id, abbreviated, described };
	for (size_t i = 0; i < CTX_COUNTOF(same); ++i) {
		struct ctx_commit *commit = open_commit(repo, same[i]);
		assert_string_equal(ctx_commit_id(commit), id);
		ctx_commit_free(commit);
	}
	static const struct {
		const char *revision;
		int rc;
	} bad[] = {
		{ "nothing", CTX_E_MISSING },
		{ "HEAD~7", CTX_E_MISSING },
		{ "0123456789012345678901234567890123456789", CTX_E_MISSING },
		{ "01234567", CTX_E_MISSING },
		{ "main^{", CTX_E_USAGE },
		{ "tree", CTX_E_USAGE },
		{ "main:file", CTX_E_USAGE },
		{ "", CTX_E_USAGE },
	};
	for (size_t i = 0; i < CTX_COUNTOF(bad); ++i) {
		struct ctx_commit *commit;
		struct ctx_error err = { 0 };
		if (ctx_commit_open(&commit, repo, bad[i].revision, &err) != bad[i].rc) {
			fail_msg("'%s': %s: %s", bad[i].revision, ctx_errc_name(err.code), err.msg);
		}
		assert_non_null(strstr(err.msg, bad[i].revision));
	}
	ctx_gitrepo_free(repo);
}

/* ---- Contents ---- */

static void reading_by_path(void **state) {
	(void)state;
	git_make_repo();
	git_sh("cd r; ln -s ../link sub/up; ln -s sub dir; ln -s /etc/passwd absolute; ln -s ../../../x out; ln -s loop loop\n"
	       "ln -s nowhere dangling; ln -s dir/../file tricky; ln -s dir/ slash\n"
	       "git add .; printf 'dir/\\000x' >nul; git update-index --add --cacheinfo 120000,$(git hash-object -w nul),cut\n"
	       "git commit -q -m links");
	struct ctx_gitrepo *repo = git_open_repo("r");
	struct ctx_commit *commit = open_commit(repo, "HEAD");
	static const struct {
		const char *path;
		int rc;
		const char *content;
	} rows[] = {
		{ "file", 0, "12345more\n" },
		{ "empty", 0, "" },
		{ "./sub//exec", 0, "#!/bin/sh\n" },
		{ "sub/../file", 0, "12345more\n" },
		{ "link", 0, "#!/bin/sh\n" },
		{ "sub/up", 0, "#!/bin/sh\n" },
		{ "dir/up", 0, "#!/bin/sh\n" },
		{ "slash/exec", 0, "#!/bin/sh\n" },
		{ "tricky", 0, "12345more\n" },
		{ "cut/exec", 0, "#!/bin/sh\n" },
		{ "no", CTX_E_MISSING, "no" },
		{ "no/file", CTX_E_MISSING, "no/file" },
		{ "file/", CTX_E_MISSING, "file/" },
		{ "file/x", CTX_E_MISSING, "file/x" },
		{ "../file", CTX_E_MISSING, "../file" },
		{ "absolute", CTX_E_MISSING, "absolute" },
		{ "out", CTX_E_MISSING, "out" },
		{ "dangling", CTX_E_MISSING, "dangling" },
		{ "loop", CTX_E_LIMIT, "more than 40 links" },
		{ "sub", CTX_E_IO, "Is a directory" },
		{ "dir", CTX_E_IO, "Is a directory" },
		{ "", CTX_E_IO, "Is a directory" },
		{ ".", CTX_E_IO, "Is a directory" },
	};
	for (size_t i = 0; i < CTX_COUNTOF(rows); ++i) {
		ctx_auto_buf struct ctx_buf out = CTX_BUF_INIT;
		struct ctx_error err = { 0 };
		int rc = ctx_commit_read(commit, rows[i].path, 100, &out, &err);
		bool ok = rc == rows[i].rc &&
			(rc == 0 ? strcmp(ctx_buf_str(&out), rows[i].content) == 0
				 : strstr(err.msg, rows[i].content) != NULL);
		if (!ok || (rc == CTX_E_IO && err.sysno != EISDIR)) {
			fail_msg("'%s': %d %s %s", rows[i].path, rc, ctx_buf_str(&out), err.msg);
		}
	}
	ctx_auto_buf struct ctx_buf out = CTX_BUF_INIT;
	assert_int_equal(ctx_commit_read(commit, "file", 10, &out, NULL), 0);
	assert_int_equal(ctx_commit_read(commit, "file", 9, &out, NULL), CTX_E_LIMIT);
	ctx_commit_free(commit);
	ctx_gitrepo_free(repo);
}

static void contents_of_a_snapshot(void **state) {
	(void)state;
	git_make_repo();
	struct ctx_gitrepo *repo = git_open_repo("r");
	struct ctx_commit *commit = open_commit(repo, "v1");
	struct ctx_snapshot *snap;
	assert_int_equal(ctx_commit_snapshot(&snap, commit, "sub", 022, NULL), 0);
	const struct ctx_entry *e = at(snap, "exec");
	ctx_auto_buf struct ctx_buf out = CTX_BUF_INIT;
	assert_int_equal(ctx_commit_read_entry(commit, e, &out, NULL), 0);
	assert_string_equal(ctx_buf_str(&out), "#!/bin/sh\n");
	struct ctx_content_source src = ctx_commit_contents(commit);
	struct ctx_digest got, want = ctx_hash_bytes("#!/bin/sh\n", 10);
	assert_int_equal(src.digest(src.arg, 0, e, "exec", &got, NULL), 0);
	assert_true(ctx_digest_equal(&got, &want));
	ctx_snapshot_free(snap);
	ctx_commit_free(commit);
	ctx_gitrepo_free(repo);
}

/* ---- Kinds of repositories ---- */

static void bare_shallow_and_linked(void **state) {
	(void)state;
	git_make_repo();
	git_sh("git clone -q --bare r bare; git clone -q --depth 1 file://$PWD/r shallow; git -C r worktree add -q ../tree v1\n"
	       "git -C r pack-refs --all; git -C r gc -q; git clone -q r cloned");
	static const char *const paths[] = { "bare", "shallow", "tree", "tree/sub/deep", "r", "cloned" };
	for (size_t i = 0; i < CTX_COUNTOF(paths); ++i) {
		struct ctx_snapshot *snap;
		assert_int_equal(try_snapshot(paths[i], &snap, NULL), 0);
		assert_int_equal(snap->entry_count, 8);
		ctx_snapshot_free(snap);
	}
	struct ctx_gitrepo *repo = git_open_repo("bare");
	struct ctx_git_opinion opinion;
	assert_null(ctx_gitrepo_workdir(repo));
	assert_int_equal(ctx_gitrepo_opinion(repo, "file", false, &opinion, NULL), CTX_E_MISSING);
	ctx_gitrepo_free(repo);
	repo = git_open_repo("shallow");
	struct ctx_commit *commit;
	assert_int_equal(ctx_commit_open(&commit, repo, "HEAD~1", NULL), CTX_E_MISSING);
	ctx_gitrepo_free(repo);
}

static void owners_do_not_matter(void **state) {
	(void)state;
	git_make_repo();
	if (geteuid() != 0) {
		skip(); // only root can give files away
	}
	git_sh("chown -R 12345:12345 r");
	struct ctx_snapshot *snap;
	assert_int_equal(try_snapshot("r", &snap, NULL), 0);
	ctx_snapshot_free(snap);
}

static void extensions_that_do_no_harm(void **state) {
	(void)state;
	git_make_repo();
	git_sh("cd r; git config core.repositoryformatversion 1; git config extensions.partialClone origin\n"
	       "git config extensions.worktreeConfig true; git config extensions.preciousObjects true");
	struct ctx_snapshot *snap;
	assert_int_equal(try_snapshot("r", &snap, NULL), 0);
	ctx_snapshot_free(snap);
}

static void formats_that_are_unknown(void **state) {
	(void)state;
	git_make_repo();
	git_sh("git init -q --object-format=sha256 big; git clone -q r odd; git -C odd config core.repositoryformatversion 1\n"
	       "git -C odd config extensions.somethingNew true");
	static const char *const paths[] = { "big", "odd" };
	for (size_t i = 0; i < CTX_COUNTOF(paths); ++i) {
		struct ctx_gitrepo *repo;
		struct ctx_error err = { 0 };
		assert_int_equal(ctx_gitrepo_open(&repo, paths[i], &err), CTX_E_UNSUPPORTED);
		assert_non_null(strstr(err.msg, paths[i]));
	}
}

static void no_repository(void **state) {
	(void)state;
	struct ctx_gitrepo *repo;
	struct ctx_error err;
	assert_int_equal(ctx_gitrepo_open(&repo, ".", &err), CTX_E_MISSING);
	assert_string_equal(err.msg, "no git repository at or above '.'");
	assert_int_equal(ctx_gitrepo_open(&repo, "does/not/exist", &err), CTX_E_MISSING);
	ctx_gitrepo_free(NULL);
	ctx_commit_free(NULL);
}

static void no_commits(void **state) {
	(void)state;
	git_make_repo();
	git_sh("git init -q fresh");
	struct ctx_snapshot *snap;
	assert_int_equal(try_snapshot("fresh", &snap, NULL), CTX_E_MISSING);
}

/* ---- Damage ---- */

static void missing_blobs_are_problems(void **state) {
	(void)state;
	git_make_repo();
	git_sh("cd r; for f in file link sub/exec; do h=$(git rev-parse HEAD:$f); rm -f .git/objects/${h%${h#??}}/${h#??}; done");
	struct ctx_snapshot *snap;
	assert_int_equal(try_snapshot("r", &snap, NULL), 0);
	assert_int_equal(snap->entry_count, 8);
	assert_int_equal(snap->problems.count, 3);
	static const char *const paths[] = { "file", "link", "sub/exec" };
	for (size_t i = 0; i < CTX_COUNTOF(paths); ++i) {
		assert_string_equal(snap->problems.items[i].path, paths[i]);
		assert_string_equal(snap->problems.items[i].what, "not in the repository (a partial clone?)");
		assert_true(at(snap, paths[i])->flags & CTX_ENTRY_UNREADABLE);
		assert_int_equal(at(snap, paths[i])->size_bytes, 0);
	}
	struct ctx_gitrepo *repo = git_open_repo("r");
	struct ctx_commit *commit = open_commit(repo, "HEAD");
	ctx_auto_buf struct ctx_buf out = CTX_BUF_INIT;
	struct ctx_error err;
	assert_int_equal(ctx_commit_read_entry(commit, at(snap, "file"), &out, &err), CTX_E_CORRUPT);
	assert_non_null(strstr(err.msg, "'file' of commit"));
	assert_int_equal(ctx_commit_read(commit, "file", 100, &out, NULL), CTX_E_CORRUPT);
	assert_int_equal(ctx_commit_read(commit, "link", 100, &out, NULL), CTX_E_CORRUPT);
	ctx_snapshot_free(snap);
	ctx_commit_free(commit);
	ctx_gitrepo_free(repo);
}

static void damaged_objects(void **state) {
	(void)state;
	git_make_repo();
	struct ctx_snapshot *snap;
	struct ctx_error err;
	git_sh("cp -r r tree; cd tree; h=$(git rev-parse HEAD:sub); rm -f .git/objects/${h%${h#??}}/${h#??}");
	assert_int_equal(try_snapshot("tree", &snap, &err), CTX_E_CORRUPT);
	assert_non_null(strstr(err.msg, "'sub'"));
	git_sh("cp -r r root; cd root; h=$(git rev-parse HEAD^{tree}); rm -f .git/objects/${h%${h#??}}/${h#??}");
	assert_int_equal(try_snapshot("root", &snap, &err), CTX_E_CORRUPT);
	git_sh("cp -r r blob; cd blob; h=$(git rev-parse HEAD:file); f=.git/objects/${h%${h#??}}/${h#??}; chmod u+w $f\n"
	       "printf garbage >$f");
	assert_int_equal(try_snapshot("blob", &snap, &err), CTX_E_CORRUPT);
	assert_non_null(strstr(err.msg, "'file'"));
	git_sh("cp -r r config; printf '[core\\n' >config/.git/config");
	struct ctx_gitrepo *repo;
	assert_int_equal(ctx_gitrepo_open(&repo, "config", &err), CTX_E_CORRUPT);
	assert_non_null(strstr(err.msg, "cannot open git repository 'config'"));
}

/** Make a commit HEAD whose tree has one entry, which no git command would write: `revision` under `mode` and `name`. */
static void commit_odd(const char *mode, const char *name, const char *revision) {
	ctx_auto_buf struct ctx_buf script = CTX_BUF_INIT, hex = CTX_BUF_INIT, raw = CTX_BUF_INIT;
	ctx_buf_addf(&script, "git -C r rev-parse '%s' >id", revision);
	git_sh(ctx_buf_str(&script));
	assert_int_equal(ctx_read_at(&hex, AT_FDCWD, "id", 100, NULL), 0);
	ctx_buf_addf(&raw, "%s %s", mode, name);
	ctx_buf_addc(&raw, '\0');
	for (size_t i = 0; i + 1 < hex.len; i += 2) {
		unsigned byte;
		assert_int_equal(sscanf(hex.data + i, "%2x", &byte), 1);
		ctx_buf_addc(&raw, (char)byte);
	}
	assert_true(scratch_write("raw", raw.data, raw.len));
	git_sh("cd r; t=$(git hash-object -t tree -w --literally --stdin <../raw); c=$(git commit-tree -m odd $t)\n"
	       "git update-ref refs/heads/odd $c; git symbolic-ref HEAD refs/heads/odd");
}

static void trees_that_no_git_writes(void **state) {
	(void)state;
	git_make_repo();
	struct ctx_snapshot *snap;
	struct ctx_error err;
	static const char *const names[] = { ".git", ".GIT", "..", ".", "a/b" };
	for (size_t i = 0; i < CTX_COUNTOF(names); ++i) {
		commit_odd("100644", names[i], "v1:file");
		assert_int_equal(try_snapshot("r", &snap, &err), CTX_E_CORRUPT);
		assert_non_null(strstr(err.msg, "which git does not check out"));
	}
	commit_odd("100644", "file", "v1:sub");
	assert_int_equal(try_snapshot("r", &snap, &err), CTX_E_CORRUPT);
	assert_non_null(strstr(err.msg, "'file'"));
	assert_non_null(strstr(err.msg, "the object is no blob"));
	commit_odd("40000", "dir", "v1:file");
	assert_int_equal(try_snapshot("r", &snap, &err), CTX_E_CORRUPT);
	assert_non_null(strstr(err.msg, "'dir'"));
}

static void limits(void **state) {
	(void)state;
	git_make_repo();
	// A symlink whose target no file system takes
	git_sh("cd r; head -c 5000 /dev/zero | tr '\\0' x >long; git update-index --add --cacheinfo "
	       "120000,$(git hash-object -w long),far; git commit -q -m long");
	struct ctx_snapshot *snap;
	struct ctx_error err;
	assert_int_equal(try_snapshot("r", &snap, NULL), 0);
	assert_null(ctx_snapshot_find(snap, "far", 3));
	assert_int_equal(snap->problems.count, 1);
	assert_string_equal(snap->problems.items[0].path, "far");
	assert_int_equal(snap->problems.items[0].sysno, ENAMETOOLONG);
	assert_true(snap->problems.items[0].fails_build);
	ctx_snapshot_free(snap);
	struct ctx_gitrepo *repo = git_open_repo("r");
	struct ctx_commit *commit = open_commit(repo, "HEAD");
	ctx_auto_buf struct ctx_buf out = CTX_BUF_INIT;
	assert_int_equal(ctx_commit_read(commit, "far", 10000, &out, NULL), CTX_E_MISSING);
	ctx_commit_free(commit);
	ctx_gitrepo_free(repo);

	// Trees nested to the limit, and one deeper: the root is a level, too
	for (int depth = CTX_COMMIT_DEPTH_MAX - 1; depth <= CTX_COMMIT_DEPTH_MAX; ++depth) {
		char script[512];
		(void)snprintf(script, sizeof(script),
			"cd r; { printf 'commit refs/heads/deep%d\\ncommitter C <c@example.org> 0 +0000\\ndata 0\\n'\n"
			"printf 'M 100644 inline '; head -c %d /dev/zero | tr '\\0' d | sed 's,d,d/,g'; printf 'f\\ndata 0\\n'; } "
			"| git fast-import --quiet; git symbolic-ref HEAD refs/heads/deep%d",
			depth, depth, depth);
		git_sh(script);
		int rc = try_snapshot("r", &snap, &err);
		assert_int_equal(rc, depth < CTX_COMMIT_DEPTH_MAX ? 0 : CTX_E_LIMIT);
		ctx_snapshot_free(snap);
	}
}

/** Everything once; the first failure. */
static int do_everything(void) {
	struct ctx_gitrepo *repo = NULL;
	struct ctx_commit *commit = NULL;
	struct ctx_snapshot *snap = NULL;
	ctx_auto_buf struct ctx_buf out = CTX_BUF_INIT;
	struct ctx_git_opinion opinion;
	int rc = ctx_gitrepo_open(&repo, "r", NULL);
	rc = rc < 0 ? rc : ctx_commit_open(&commit, repo, "HEAD", NULL);
	rc = rc < 0 ? rc : ctx_commit_snapshot(&snap, commit, "", 022, NULL);
	rc = rc < 0 ? rc : ctx_commit_read(commit, "link", 100, &out, NULL);
	rc = rc < 0 ? rc : ctx_gitrepo_opinion(repo, "sub/deep", true, &opinion, NULL);
	ctx_snapshot_free(snap);
	ctx_commit_free(commit);
	ctx_gitrepo_free(repo);
	return rc;
}

static void out_of_memory(void **state) {
	(void)state;
	git_make_repo();
	git_sh("cd r; echo '*.o' >.gitignore; echo '*.p' >sub/.gitignore; rm sub.txt");
	int rc = CTX_E_NOMEM;
	for (long n = 0; rc == CTX_E_NOMEM; ++n) {
		ctx_alloc_fail_after(n);
		rc = do_everything();
		ctx_alloc_fail_after(-1);
	}
	assert_int_equal(rc, 0);
}

int main(void) {
#define TEST(name) cmocka_unit_test_setup_teardown(name, git_setup, scratch_teardown)
	const struct CMUnitTest tests[] = {
		TEST(a_commit_is_its_checkout),
		TEST(the_umask_counts),
		TEST(prefixes),
		TEST(submodules_are_empty_directories),
		TEST(revisions),
		TEST(reading_by_path),
		TEST(contents_of_a_snapshot),
		TEST(bare_shallow_and_linked),
		TEST(owners_do_not_matter),
		TEST(extensions_that_do_no_harm),
		TEST(formats_that_are_unknown),
		TEST(no_repository),
		TEST(no_commits),
		TEST(missing_blobs_are_problems),
		TEST(damaged_objects),
		TEST(trees_that_no_git_writes),
		TEST(limits),
		TEST(out_of_memory),
	};
	return cmocka_run_group_tests_name("gitrepo", tests, NULL, NULL);
}
