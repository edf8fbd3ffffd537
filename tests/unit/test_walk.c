#include "ctxopt/context/walk.h"

#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <cmocka.h>

#include "tests/unit/walking.h"

/* ---- What is found ---- */

static void an_empty_directory(void **state) {
	(void)state;
	struct ctx_snapshot *snap = walk(NULL, false);
	assert_snap(snap, "");
	assert_int_equal(snap->entry_count, 0);
	assert_int_equal(snap->origin, CTX_ORIGIN_FILES);
	assert_true(snap->complete);
	assert_true(S_ISDIR(snap->root.mode));
	assert_int_equal(snap->devices.count, 1);
	ctx_snapshot_free(snap);
}

static void every_kind_of_entry(void **state) {
	(void)state;
	mkdirs("dir", "dir/sub", NULL);
	assert_true(scratch_text("dir/file", "12345"));
	assert_true(scratch_text("dir/sub/x", ""));
	assert_int_equal(chmod("dir/file", 04751), 0);
	assert_int_equal(symlink("dir/file", "link"), 0);
	assert_int_equal(symlink("nowhere/\n", "dangling"), 0);
	assert_int_equal(symlink(".", "loop"), 0);
	assert_int_equal(symlink("self", "self"), 0);
	assert_int_equal(mkfifo("fifo", 0600), 0);
	int sock = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct sockaddr_un addr = { .sun_family = AF_UNIX, .sun_path = "socket" };
	assert_int_equal(bind(sock, (const struct sockaddr *)&addr, sizeof(addr)), 0);
	close(sock);

	struct ctx_snapshot *snap = walk(NULL, false);
	assert_snap(snap,
		"dangling symlink 9 k -> nowhere/\n\n"
		"dir dir 0 k\n"
		"dir/file file 5 k\n"
		"dir/sub dir 0 k\n"
		"dir/sub/x file 0 k\n"
		"fifo fifo 0 k\n"
		"link symlink 8 k -> dir/file\n"
		"loop symlink 1 k -> .\n"
		"self symlink 4 k -> self\n"
		"socket socket 0 k\n");
	struct stat st;
	assert_int_equal(lstat("dir/file", &st), 0);
	const struct ctx_entry *e = at(snap, "dir/file");
	assert_int_equal(e->mode, S_IFREG | 04751);
	assert_int_equal(e->inode, st.st_ino);
	assert_true(e->mtime_ns == ctx_timespec_ns(&st.st_mtim));
	assert_true(e->ctime_ns == ctx_timespec_ns(&st.st_ctim));
	assert_true(snap->devices.items[e->device] == st.st_dev);
	assert_int_equal(at(snap, "dir/sub")->dir->depth, 2);
	assert_int_equal(snap->problems.count, 0);
	ctx_snapshot_free(snap);
}

static void names_of_any_bytes(void **state) {
	(void)state;
	static const char *const names[] = { "\x01", "\n", " ", "-", "a\\b", "caf\xc3\xa9", "x\xff\xfe", "~" };
	for (size_t i = 0; i < CTX_COUNTOF(names); ++i) {
		assert_true(scratch_text(names[i], "x"));
	}
	char longest[NAME_MAX + 1];
	memset(longest, 'z', NAME_MAX);
	longest[NAME_MAX] = '\0';
	assert_true(scratch_text(longest, "x"));
	struct ctx_snapshot *snap = walk(NULL, false);
	assert_int_equal(snap->entry_count, CTX_COUNTOF(names) + 1);
	for (size_t i = 0; i < CTX_COUNTOF(names); ++i) {
		assert_int_equal(at(snap, names[i])->size_bytes, 1);
	}
	assert_int_equal(at(snap, longest)->name_len, NAME_MAX);
	ctx_snapshot_free(snap);
}

static void names_are_sorted_whatever_their_number(void **state) {
	(void)state;
	// Around the size at which sorting takes another way; names that share more than their first eight bytes
	static const unsigned counts[] = { 1, 2, 23, 24, 25, 26, 500 };
	for (size_t i = 0; i < CTX_COUNTOF(counts); ++i) {
		char dir[32];
		snprintf(dir, sizeof(dir), "d%u", counts[i]);
		assert_int_equal(mkdir(dir, 0755), 0);
		for (unsigned j = 0; j < counts[i]; ++j) {
			char path[64];
			unsigned n = j * 7919 % counts[i];
			snprintf(path, sizeof(path), n % 3 != 0 ? "%s/%x" : "%s/prefixed_%u", dir, n);
			assert_true(scratch_text(path, ""));
		}
	}
	struct ctx_snapshot *snap = walk(NULL, false);
	for (size_t i = 0; i < CTX_COUNTOF(counts); ++i) {
		char path[32];
		snprintf(path, sizeof(path), "d%u", counts[i]);
		const struct ctx_dir *dir = at(snap, path)->dir;
		for (uint32_t j = 1; j < dir->count; ++j) {
			assert_true(strcmp(dir->entries[j - 1].name, dir->entries[j].name) < 0);
		}
	}
	ctx_snapshot_free(snap);
}

static void symlink_targets_longer_than_their_size_says(void **state) {
	(void)state;
	char target[PATH_MAX];
	memset(target, 't', sizeof(target));
	target[PATH_MAX - 1] = '\0';
	assert_int_equal(symlink(target, "long"), 0);
	struct ctx_snapshot *snap = walk(NULL, false);
	assert_int_equal(at(snap, "long")->size_bytes, PATH_MAX - 1);
	assert_string_equal(at(snap, "long")->target, target);
	ctx_snapshot_free(snap);

	// Links below /proc have size 0
	ctx_auto_fd int fd = open("/proc/self/ns", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0) {
		skip();
	}
	struct ctx_walk_opts opts = { .jobs = 1 };
	assert_int_equal(ctx_walk(&snap, fd, NULL, &opts, NULL), 0);
	char want[64] = "";
	assert_true(readlinkat(fd, "mnt", want, sizeof(want) - 1) > 0);
	assert_string_equal(at(snap, "mnt")->target, want);
	assert_int_equal(at(snap, "mnt")->size_bytes, strlen(want));
	ctx_snapshot_free(snap);
}

static void paths_beyond_path_max(void **state) {
	(void)state;
	enum { DEPTH = 40, NAME = 200 };
	char name[NAME + 1];
	memset(name, 'd', NAME);
	name[NAME] = '\0';
	int fd = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	for (int i = 0; i < DEPTH; ++i) {
		assert_int_equal(mkdirat(fd, name, 0755), 0);
		int sibling = openat(fd, "file", O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
		assert_true(sibling >= 0);
		close(sibling);
		assert_int_equal(mkdirat(fd, "a", 0755), 0); // opened last, when its parent is not kept open any more
		int next = openat(fd, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		assert_true(next >= 0);
		close(fd);
		fd = next;
	}
	close(fd);
	static const char *const patterns[] = { "**/file", NULL };
	for (unsigned jobs = 1; jobs <= 2; ++jobs) {
		struct ctx_snapshot *snap;
		struct ctx_walk_opts opts = { .jobs = jobs };
		assert_int_equal(walk_with(&snap, patterns, &opts, NULL), 0);
		assert_int_equal(snap->entry_count, 3 * DEPTH);
		assert_int_equal(snap->problems.count, 0);
		ctx_auto_iter struct ctx_iter it = { 0 };
		ctx_iter_init(&it, snap);
		size_t longest = 0, kept = 0;
		while (ctx_iter_next(&it)) {
			longest = it.path.len > longest ? it.path.len : longest;
			kept += ctx_entry_kept(it.entry);
		}
		assert_true(longest > PATH_MAX);
		assert_int_equal(kept, 2 * DEPTH);
		ctx_snapshot_free(snap);
	}
}

static void descriptors_stay_few(void **state) {
	(void)state;
	// More directories than descriptors, wide and deep
	char path[64];
	for (int i = 0; i < 60; ++i) {
		snprintf(path, sizeof(path), "w%d", i);
		assert_int_equal(mkdir(path, 0755), 0);
		snprintf(path, sizeof(path), "w%d/x", i);
		assert_int_equal(mkdir(path, 0755), 0);
	}
	int fd = open("w0/x", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	for (int i = 0; i < 60; ++i) {
		assert_int_equal(mkdirat(fd, "d", 0755), 0);
		int next = openat(fd, "d", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		close(fd);
		fd = next;
	}
	close(fd);
	struct rlimit old, few;
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &old), 0);
	few = old;
	few.rlim_cur = 40;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &few), 0);
	struct ctx_snapshot *snap;
	struct ctx_walk_opts opts = { .jobs = 2 };
	int rc = walk_with(&snap, NULL, &opts, NULL);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &old), 0);
	assert_int_equal(rc, 0);
	assert_int_equal(snap->entry_count, 180);
	assert_int_equal(snap->problems.count, 0);
	ctx_snapshot_free(snap);
}

static void other_file_systems_are_walked(void **state) {
	(void)state;
	ctx_auto_fd int fd = open("/dev", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct ctx_snapshot *snap = NULL;
	struct ctx_walk_opts opts = { .jobs = 2 };
	if (fd < 0 || ctx_walk(&snap, fd, NULL, &opts, NULL) < 0) {
		skip();
	}
	const struct ctx_entry *null = ctx_snapshot_find(snap, "null", 4);
	assert_non_null(null);
	assert_int_equal(null->kind, CTX_KIND_DEVICE);
	// Numbered in the snapshot's order, each with the device that stat() names
	size_t seen = 1;
	ctx_auto_iter struct ctx_iter it = { 0 };
	ctx_iter_init(&it, snap);
	while (ctx_iter_next(&it)) {
		struct stat st;
		if (it.entry->inode == 0 || fstatat(fd, it.path.data, &st, AT_SYMLINK_NOFOLLOW) < 0) {
			continue;
		}
		assert_true(it.entry->device <= seen);
		seen += it.entry->device == seen;
		assert_true(snap->devices.items[it.entry->device] == st.st_dev);
	}
	assert_int_equal(snap->devices.count, seen);
	ctx_snapshot_free(snap);
}

static void hard_links_are_marked_once(void **state) {
	(void)state;
	mkdirs("b", NULL, NULL);
	assert_true(scratch_text("z", "data"));
	assert_int_equal(link("z", "b/y"), 0);
	assert_int_equal(link("z", "a"), 0);
	struct ctx_snapshot *snap = walk(NULL, false);
	assert_snap(snap, "a file 4 kl\nb dir 0 k\nb/y file 4 khl\nz file 4 khl\n");
	ctx_snapshot_free(snap);
	snap = walk((const char *const[]){ "a", NULL }, false);
	assert_snap(snap, "a file 4 l\nb dir 0 k\nb/y file 4 kl\nz file 4 khl\n");
	ctx_snapshot_free(snap);
}

static void the_roots_offset_is_not_moved(void **state) {
	(void)state;
	assert_true(scratch_text("file", ""));
	ctx_auto_fd int fd = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct ctx_walk_opts opts = { .jobs = 1 };
	for (int i = 0; i < 2; ++i) {
		struct ctx_snapshot *snap;
		assert_int_equal(ctx_walk(&snap, fd, NULL, &opts, NULL), 0);
		assert_int_equal(snap->entry_count, 1);
		ctx_snapshot_free(snap);
	}
	assert_int_equal(lseek(fd, 0, SEEK_CUR), 0);
}

/* ---- Rules ---- */

static void excluded_directories_are_opened_when_asked_for(void **state) {
	(void)state;
	make_ruled_tree();
	struct ctx_snapshot *snap = walk(ruled, true);
	assert_snap(snap,
		"docs dir 0 kp\n"
		"docs/README.md file 2 k\n"
		"docs/z file 1 \n"
		"node_modules dir 0 \n"
		"node_modules/m dir 0 \n"
		"node_modules/m/x file 5 \n"
		"src dir 0 k\n"
		"src/a.o file 3 \n"
		"src/deep dir 0 k\n"
		"src/deep/b.c file 4 k\n");
	assert_true(snap->complete);
	assert_int_equal(at(snap, "node_modules/m/x")->rule, 1);
	assert_false(snap->use[3].unseen);
	ctx_snapshot_free(snap);
}

static void an_empty_list_keeps_all(void **state) {
	(void)state;
	make_ruled_tree();
	struct ctx_snapshot *snap = walk((const char *const[]){ NULL }, false);
	assert_int_equal(snap->entry_count, 10);
	assert_null(snap->use);
	assert_true(snap->complete);
	ctx_snapshot_free(snap);
}

static void refused_files_are_marked(void **state) {
	(void)state;
	mkdirs("a", "a/b", NULL);
	assert_true(scratch_text("a/b/c", "123"));
	assert_int_equal(symlink("c", "a/b/l"), 0);
	assert_true(scratch_text("a/d", "1"));
	struct ctx_snapshot *snap = walk((const char *const[]){ "a", "!a/b", "a", NULL }, false);
	assert_snap(snap, "a dir 0 kp\na/b dir 0 k\na/b/c file 3 kr\na/b/l symlink 1 k -> c\na/d file 1 \n");
	ctx_snapshot_free(snap);
}

/* ---- Threads, progress, interrupts ---- */

static void any_number_of_threads_gives_the_same(void **state) {
	(void)state;
	assert_true(scratch_text("f0.c", "shared"));
	make_bushy_tree();
	static const char *const patterns[] = { "**/*.o", "d1", "!d1/**/fa*", "**/d5", NULL };
	ctx_auto_buf struct ctx_buf first = CTX_BUF_INIT;
	struct ctx_rule_use use[4];
	static const unsigned jobs[] = { 1, 2, 8 };
	for (size_t j = 0; j < CTX_COUNTOF(jobs); ++j) {
		for (int again = 0; again < 5; ++again) {
			struct ctx_snapshot *snap;
			struct ctx_walk_opts opts = { .jobs = jobs[j] };
			assert_int_equal(walk_with(&snap, patterns, &opts, NULL), 0);
			ctx_auto_buf struct ctx_buf text = CTX_BUF_INIT;
			snap_text(&text, snap);
			if (first.len == 0) {
				ctx_buf_add(&first, text.data, text.len);
				memcpy(use, snap->use, sizeof(use));
				assert_true(snap->entry_count > 200);
			}
			assert_string_equal(ctx_buf_str(&text), ctx_buf_str(&first));
			assert_int_equal(snap->use_count, 4);
			for (size_t i = 0; i < 4; ++i) {
				assert_int_equal(snap->use[i].matched, use[i].matched);
				assert_int_equal(snap->use[i].decided, use[i].decided);
				assert_int_equal(snap->use[i].unseen, use[i].unseen);
			}
			ctx_snapshot_free(snap);
		}
	}
}

static void deciding_later_is_the_same(void **state) {
	(void)state;
	assert_true(scratch_text("f0.c", "shared"));
	make_bushy_tree();
	static const char *const patterns[] = { "**/*.o", "d1", "!d1/**/fa*", "**/d5", "!**/d5/d*/f?.c", NULL };
	struct ctx_snapshot *early = NULL, *late = NULL;
	struct ctx_walk_opts opts = { .jobs = 2, .excluded = true };
	assert_int_equal(walk_with(&early, patterns, &opts, NULL), 0);
	assert_int_equal(walk_with(&late, NULL, &opts, NULL), 0);
	struct ctx_ignore *ig = NULL;
	assert_int_equal(ctx_ignore_compile(&ig, patterns, 5, NULL), 0);
	assert_int_equal(ctx_snapshot_apply(late, ig, NULL), 0);
	ctx_ignore_free(ig);
	ctx_auto_buf struct ctx_buf a = CTX_BUF_INIT, b = CTX_BUF_INIT;
	snap_text(&a, early);
	snap_text(&b, late);
	assert_string_equal(ctx_buf_str(&a), ctx_buf_str(&b));
	for (size_t i = 0; i < 5; ++i) {
		assert_int_equal(early->use[i].matched, late->use[i].matched);
		assert_int_equal(early->use[i].decided, late->use[i].decided);
	}
	ctx_snapshot_free(early);
	ctx_snapshot_free(late);
}

static void huge_directories_are_shared(void **state) {
	(void)state;
	enum { HUGE = 10000 };
	char path[64];
	mkdirs("huge", NULL, NULL);
	for (int i = 0; i < HUGE; ++i) {
		snprintf(path, sizeof(path), "huge/%x", i * 7919 % HUGE);
		if (i % 100 == 0) {
			assert_int_equal(mkdir(path, 0755), 0);
			snprintf(path + strlen(path), 32, "/in%d", i);
		}
		if (i % 101 == 0) {
			assert_int_equal(symlink("target", path), 0);
		} else {
			assert_true(scratch_write(path, path, (size_t)(i % 20)));
		}
	}
	static const char *const patterns[] = { "**/*f", "huge/1*", "!huge/1*/in*", NULL };
	ctx_auto_buf struct ctx_buf first = CTX_BUF_INIT;
	for (unsigned jobs = 1; jobs <= 4; ++jobs) {
		struct ctx_snapshot *snap;
		struct ctx_progress progress = { 0 };
		struct ctx_walk_opts opts = { .jobs = jobs, .progress = &progress };
		assert_int_equal(walk_with(&snap, patterns, &opts, NULL), 0);
		assert_int_equal(snap->entry_count, 1 + HUGE + HUGE / 100);
		assert_int_equal(atomic_load(&progress.entries), snap->entry_count);
		ctx_auto_buf struct ctx_buf text = CTX_BUF_INIT;
		snap_text(&text, snap);
		if (jobs == 1) {
			ctx_buf_add(&first, text.data, text.len);
		}
		assert_string_equal(ctx_buf_str(&text), ctx_buf_str(&first));
		const struct ctx_dir *dir = at(snap, "huge")->dir;
		for (uint32_t i = 1; i < dir->count; ++i) {
			assert_true(strcmp(dir->entries[i - 1].name, dir->entries[i].name) < 0);
		}
		ctx_snapshot_free(snap);
	}
}

static void progress_ends_at_the_totals(void **state) {
	(void)state;
	make_ruled_tree();
	struct ctx_progress progress = { 0 };
	struct ctx_walk_opts opts = { .jobs = 2, .progress = &progress };
	struct ctx_snapshot *snap;
	assert_int_equal(walk_with(&snap, NULL, &opts, NULL), 0);
	assert_int_equal(atomic_load(&progress.entries), snap->entry_count);
	assert_int_equal(atomic_load(&progress.bytes), 15);
	ctx_snapshot_free(snap);
}

static void errors_of_rules_end_the_walk(void **state) {
	(void)state;
	assert_true(scratch_text("a", ""));
	struct ctx_walk_opts opts = { .jobs = 2 };
	struct ctx_snapshot *snap;
	struct ctx_error err;
	static const char *const patterns[] = { "a[b", NULL };
	int rc = walk_with(&snap, patterns, &opts, &err);
	assert_true(rc == CTX_E_SYNTAX || rc == -100); // noticed when it is reached, or before
}

int main(void) {
	const struct CMUnitTest tests[] = {
		SCRATCH_TEST(an_empty_directory),
		SCRATCH_TEST(every_kind_of_entry),
		SCRATCH_TEST(names_of_any_bytes),
		SCRATCH_TEST(names_are_sorted_whatever_their_number),
		SCRATCH_TEST(symlink_targets_longer_than_their_size_says),
		SCRATCH_TEST(paths_beyond_path_max),
		SCRATCH_TEST(descriptors_stay_few),
		SCRATCH_TEST(other_file_systems_are_walked),
		SCRATCH_TEST(hard_links_are_marked_once),
		SCRATCH_TEST(excluded_directories_are_opened_when_asked_for),
		SCRATCH_TEST(an_empty_list_keeps_all),
		SCRATCH_TEST(refused_files_are_marked),
		SCRATCH_TEST(the_roots_offset_is_not_moved),
		SCRATCH_TEST(any_number_of_threads_gives_the_same),
		SCRATCH_TEST(deciding_later_is_the_same),
		SCRATCH_TEST(huge_directories_are_shared),
		SCRATCH_TEST(progress_ends_at_the_totals),
		SCRATCH_TEST(errors_of_rules_end_the_walk),
	};
	return cmocka_run_group_tests_name("walk", tests, NULL, NULL);
}
