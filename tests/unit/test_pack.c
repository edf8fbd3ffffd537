#include "ctxopt/context/pack.h"

#include "ctxopt/base/alloc.h"
#include "ctxopt/base/file.h"
#include "ctxopt/context/tar.h"
#include "tests/unit/scratch.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/sysmacros.h>
#include <sys/un.h>

#include <cmocka.h>

/** Walk options of most tests. */
static const struct ctx_walk_opts walk_opts = { .jobs = 1 };

/** Snapshot of a directory; its descriptor goes to `*fd`. */
static struct ctx_snapshot *walk(const char *dir, int *fd) {
	struct ctx_snapshot *snap = NULL;
	*fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_true(*fd >= 0);
	assert_int_equal(ctx_walk(&snap, *fd, NULL, &walk_opts, NULL), 0);
	return snap;
}

/** The usual tree, in "tree". */
static void make_tree(void) {
	assert_int_equal(mkdir("tree", 0755), 0);
	assert_int_equal(mkdir("tree/sub", 0750), 0);
	assert_int_equal(mkdir("tree/empty", 0700), 0);
	assert_true(scratch_text("tree/Dockerfile", "FROM scratch\n"));
	assert_true(scratch_text("tree/sub/empty", ""));
	assert_true(scratch_text("tree/sub/exec", "#!/bin/sh\n"));
	assert_int_equal(chmod("tree/sub/exec", 04755), 0);
	assert_int_equal(symlink("../Dockerfile", "tree/sub/link"), 0);
	assert_int_equal(mkfifo("tree/fifo", 0644), 0);
	assert_int_equal(link("tree/sub/exec", "tree/a name"), 0); // comes before "sub/exec", which becomes the link
	assert_int_equal(link("tree/sub/exec", "tree/sub/third"), 0);
	char large[70000];
	memset(large, 'x', sizeof(large));
	assert_true(scratch_write("tree/sub/large", large, sizeof(large)));
	const struct timespec times[2] = { { .tv_sec = 1700000000, .tv_nsec = 999 },
		{ .tv_sec = 1700000000, .tv_nsec = 999 } };
	assert_int_equal(utimensat(AT_FDCWD, "tree/Dockerfile", times, 0), 0);
}

/** Pack a snapshot into the file `name`. */
static int pack(struct ctx_snapshot *snap, int root_fd, const char *name, enum ctx_filter filter, unsigned jobs,
	struct ctx_pack_sizes *sizes, struct ctx_error *err) {
	ctx_auto_fd int fd = name != NULL ? open(name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666) : -1;
	struct ctx_pack_source src = { .root_fd = root_fd };
	struct ctx_pack_opts opts = { .filter = filter, .mtime = INT64_MIN, .walk = { .jobs = jobs } };
	return ctx_pack_write(fd, snap, &src, &opts, sizes, err);
}

/** Read the archive `name`. */
static struct ctx_snapshot *unpack(const char *name) {
	struct ctx_snapshot *snap = NULL;
	struct ctx_error err = { 0 };
	ctx_auto_fd int fd = open(name, O_RDONLY | O_CLOEXEC);
	if (ctx_pack_read(&snap, fd, &walk_opts, &err) < 0) {
		fail_msg("%s: %s", name, err.msg);
	}
	return snap;
}

/** The entry at a path, which must be there. */
static struct ctx_entry *at(struct ctx_snapshot *snap, const char *path) {
	struct ctx_entry *e = ctx_snapshot_find(snap, path, strlen(path));
	if (e == NULL) {
		fail_msg("no %s", path);
	}
	return e;
}

/** Two snapshots have the same entries, as far as an archive keeps them. */
static void assert_same_snapshot(struct ctx_snapshot *a, struct ctx_snapshot *b) {
	ctx_auto_iter struct ctx_iter x = { 0 }, y = { 0 };
	ctx_iter_init(&x, a);
	ctx_iter_init(&y, b);
	while (ctx_iter_next(&x)) {
		if (x.entry->kind == CTX_KIND_SOCKET) {
			continue;
		}
		assert_true(ctx_iter_next(&y));
		assert_string_equal(x.path.data, y.path.data);
		assert_int_equal(x.entry->kind, y.entry->kind);
		assert_int_equal(x.entry->mode, y.entry->mode);
		assert_int_equal(x.entry->mtime_ns / 1000000000, y.entry->mtime_ns / 1000000000);
		assert_int_equal(x.entry->size_bytes, y.entry->size_bytes);
		assert_int_equal(x.entry->flags & CTX_ENTRY_HARDLINK, y.entry->flags & CTX_ENTRY_HARDLINK);
		if (x.entry->kind == CTX_KIND_SYMLINK) {
			assert_string_equal(x.entry->target, y.entry->target);
		}
	}
	assert_false(ctx_iter_next(&y));
}

static void everything_comes_back(void **state) {
	(void)state;
	make_tree();
	ctx_auto_fd int root = -1;
	struct ctx_snapshot *snap = walk("tree", &root);
	static const char *const names[] = { "t.tar", "t.tar.gz", "t.tar.zst" };
	for (int filter = CTX_FILTER_NONE; filter <= CTX_FILTER_ZSTD; ++filter) {
		struct ctx_pack_sizes sizes;
		struct stat st;
		assert_int_equal(pack(snap, root, names[filter], (enum ctx_filter)filter, 2, &sizes, NULL), 0);
		// 10 headers, contents of 13, 10 and 70000 bytes padded to 512, and the end
		assert_int_equal(sizes.entries, 10);
		assert_int_equal(sizes.tar_bytes, 10 * 512 + 512 + 512 + 70144 + 1024);
		assert_int_equal(stat(names[filter], &st), 0);
		assert_int_equal(sizes.packed_bytes, st.st_size);

		struct ctx_snapshot *back = unpack(names[filter]);
		assert_int_equal(back->origin, CTX_ORIGIN_ARCHIVE);
		assert_same_snapshot(snap, back);
		struct ctx_digest digest = ctx_hash_bytes("FROM scratch\n", 13);
		assert_true(ctx_digest_equal(&at(back, "Dockerfile")->digest, &digest));
		digest = ctx_hash_bytes("#!/bin/sh\n", 10);
		assert_true(ctx_digest_equal(&at(back, "sub/third")->digest, &digest));
		assert_false(at(back, "a name")->flags & CTX_ENTRY_HARDLINK);
		ctx_snapshot_free(back);
	}
	assert_int_equal(snap->problems.count, 0);
	ctx_snapshot_free(snap);
}

static void other_programs_read_it(void **state) {
	(void)state;
	make_tree();
	ctx_auto_fd int root = -1;
	struct ctx_snapshot *snap = walk("tree", &root);
	struct ctx_pack_sizes sizes;
	assert_int_equal(pack(snap, root, "t.tar", CTX_FILTER_NONE, 1, &sizes, NULL), 0);
	ctx_snapshot_free(snap);
	if (system("tar --version >/dev/null 2>&1") != 0) {
		skip();
	}
	// As root, so that a set-uid bit survives; -p does the same for everyone else
	assert_int_equal(system("mkdir out && tar -C out -xpf t.tar && diff -r --no-dereference tree/sub out/sub && "
				"test -u out/sub/exec && test out/sub/exec -ef 'out/a name' && test -p out/fifo"),
		0);
}

static void same_bytes_whatever_the_jobs(void **state) {
	(void)state;
	make_tree();
	ctx_auto_fd int root = -1;
	struct ctx_snapshot *snap = walk("tree", &root);
	struct ctx_pack_sizes sizes;
	for (int filter = CTX_FILTER_NONE; filter <= CTX_FILTER_ZSTD; ++filter) {
		assert_int_equal(pack(snap, root, "one", (enum ctx_filter)filter, 1, &sizes, NULL), 0);
		assert_int_equal(pack(snap, root, "two", (enum ctx_filter)filter, 8, &sizes, NULL), 0);
		ctx_auto_buf struct ctx_buf one = CTX_BUF_INIT, two = CTX_BUF_INIT;
		assert_int_equal(ctx_read_at(&one, AT_FDCWD, "one", 1 << 20, NULL), 0);
		assert_int_equal(ctx_read_at(&two, AT_FDCWD, "two", 1 << 20, NULL), 0);
		assert_int_equal(one.len, two.len);
		assert_memory_equal(one.data, two.data, one.len);
	}
	ctx_snapshot_free(snap);
}

static void times_can_be_fixed(void **state) {
	(void)state;
	make_tree();
	ctx_auto_fd int root = -1, fd = open("t.tar", O_RDWR | O_CREAT | O_CLOEXEC, 0666);
	struct ctx_snapshot *snap = walk("tree", &root);
	struct ctx_pack_source src = { .root_fd = root };
	struct ctx_pack_opts opts = { .mtime = 42, .walk = { .jobs = 1 } };
	struct ctx_pack_sizes sizes;
	assert_int_equal(ctx_pack_write(fd, snap, &src, &opts, &sizes, NULL), 0);
	ctx_snapshot_free(snap);
	snap = unpack("t.tar");
	struct ctx_cursor c = ctx_cursor_at(snap->root.dir);
	for (const struct ctx_entry *e; (e = ctx_cursor_next(&c)) != NULL;) {
		assert_int_equal(e->mtime_ns, INT64_C(42000000000));
	}
	ctx_snapshot_free(snap);
}

static void counting_opens_nothing(void **state) {
	(void)state;
	make_tree();
	ctx_auto_fd int root = -1;
	struct ctx_snapshot *snap = walk("tree", &root);
	struct ctx_pack_sizes real, counted;
	struct ctx_pack_opts opts = { .mtime = INT64_MIN, .walk = { .jobs = 1 } };
	assert_int_equal(pack(snap, root, "t.tar", CTX_FILTER_NONE, 1, &real, NULL), 0);
	assert_int_equal(ctx_pack_write(-1, snap, NULL, &opts, &counted, NULL), 0);
	assert_int_equal(counted.tar_bytes, real.tar_bytes);
	assert_int_equal(counted.packed_bytes, real.packed_bytes);
	assert_int_equal(counted.entries, real.entries);

	// Compressed sizes are counted in one go with the tar bytes
	assert_int_equal(pack(snap, root, "t.tar.gz", CTX_FILTER_GZIP, 1, &real, NULL), 0);
	assert_int_equal(pack(snap, root, NULL, CTX_FILTER_GZIP, 1, &counted, NULL), 0);
	assert_int_equal(counted.tar_bytes, real.tar_bytes);
	assert_int_equal(counted.packed_bytes, real.packed_bytes);
	ctx_snapshot_free(snap);
}

static void left_out_and_emptied(void **state) {
	(void)state;
	make_tree();
	int s = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct sockaddr_un address = { .sun_family = AF_UNIX, .sun_path = "tree/socket" };
	assert_int_equal(bind(s, (struct sockaddr *)&address, sizeof(address)), 0);
	close(s);
	ctx_auto_fd int root = -1;
	struct ctx_snapshot *snap = walk("tree", &root);
	at(snap, "Dockerfile")->flags |= CTX_ENTRY_REFUSED;
	at(snap, "fifo")->flags &= (uint16_t)~CTX_ENTRY_KEPT;
	at(snap, "a name")->flags &= (uint16_t)~CTX_ENTRY_KEPT;
	assert_int_equal(ctx_snapshot_settle(snap, NULL), 0);
	struct ctx_pack_sizes sizes;
	assert_int_equal(pack(snap, root, "t.tar", CTX_FILTER_NONE, 1, &sizes, NULL), 0);
	ctx_snapshot_free(snap);

	snap = unpack("t.tar");
	assert_int_equal(snap->entry_count, 8);
	assert_null(ctx_snapshot_find(snap, "socket", 6));
	assert_null(ctx_snapshot_find(snap, "fifo", 4));
	assert_int_equal(at(snap, "Dockerfile")->size_bytes, 0);
	// The first kept name has the content, the next one is the link
	assert_false(at(snap, "sub/exec")->flags & CTX_ENTRY_HARDLINK);
	assert_true(at(snap, "sub/third")->flags & CTX_ENTRY_HARDLINK);
	ctx_snapshot_free(snap);
}

static void device_numbers(void **state) {
	(void)state;
	assert_int_equal(mkdir("tree", 0755), 0);
	if (mknod("tree/null", S_IFCHR | 0666, makedev(1, 3)) < 0) {
		skip(); // only root may
	}
	ctx_auto_fd int root = -1;
	struct ctx_snapshot *snap = walk("tree", &root);
	struct ctx_pack_sizes sizes;
	assert_int_equal(pack(snap, root, "t.tar", CTX_FILTER_NONE, 1, &sizes, NULL), 0);
	ctx_auto_buf struct ctx_buf out = CTX_BUF_INIT;
	assert_int_equal(ctx_read_at(&out, AT_FDCWD, "t.tar", 1 << 20, NULL), 0);
	assert_int_equal(out.data[156], CTX_TAR_CHAR_DEVICE);
	assert_string_equal(out.data + 329, "0000001");
	assert_string_equal(out.data + 337, "0000003");
	ctx_snapshot_free(snap);
}

/** Files that are not what the snapshot says any more. */
static void trees_that_change(void **state) {
	(void)state;
	assert_int_equal(mkdir("tree", 0755), 0);
	static const char *const names[] = { "tree/gone", "tree/grew", "tree/linked", "tree/piped", "tree/same",
		"tree/shrank", "tree/touched" };
	for (size_t i = 0; i < CTX_COUNTOF(names); ++i) {
		assert_true(scratch_text(names[i], "12345"));
	}
	ctx_auto_fd int root = -1;
	struct ctx_snapshot *snap = walk("tree", &root);
	const struct timespec times[2] = { { .tv_sec = 1 }, { .tv_sec = 1 } };
	assert_int_equal(unlink("tree/gone"), 0);
	assert_true(scratch_text("tree/grew", "1234567890"));
	assert_true(unlink("tree/linked") == 0 && symlink("same", "tree/linked") == 0);
	assert_true(unlink("tree/piped") == 0 && mkfifo("tree/piped", 0644) == 0);
	assert_true(scratch_text("tree/shrank", "123"));
	assert_int_equal(utimensat(AT_FDCWD, "tree/touched", times, 0), 0);

	struct ctx_pack_sizes sizes;
	assert_int_equal(pack(snap, root, "t.tar", CTX_FILTER_NONE, 1, &sizes, NULL), 0);
	assert_int_equal(sizes.tar_bytes, 7 * 512 + 4 * 512 + 1024);
	static const struct {
		const char *path, *what;
		int sysno;
	} problems[] = {
		{ "gone", "cannot be opened, packed as empty", ENOENT },
		{ "grew", "changed while it was packed", 0 },
		{ "linked", "cannot be opened, packed as empty", ELOOP },
		{ "piped", "cannot be opened, packed as empty", 0 },
		{ "shrank", "changed while it was packed", 0 },
		{ "touched", "changed while it was packed", 0 },
	};
	assert_int_equal(snap->problems.count, CTX_COUNTOF(problems));
	for (size_t i = 0; i < CTX_COUNTOF(problems); ++i) {
		assert_string_equal(snap->problems.items[i].path, problems[i].path);
		assert_string_equal(snap->problems.items[i].what, problems[i].what);
		assert_int_equal(snap->problems.items[i].sysno, problems[i].sysno);
	}
	ctx_snapshot_free(snap);

	snap = unpack("t.tar");
	struct ctx_digest cut = ctx_hash_bytes("12345", 5), padded = ctx_hash_bytes("123\0\0", 5);
	assert_true(ctx_digest_equal(&at(snap, "grew")->digest, &cut));
	assert_true(ctx_digest_equal(&at(snap, "shrank")->digest, &padded));
	assert_int_equal(at(snap, "linked")->size_bytes, 0);
	ctx_snapshot_free(snap);
}

/** Contents by name: "good" as announced, "short" and "long" not, others fail. */
static int read_content(void *arg, const struct ctx_entry *e, const char *path, struct ctx_buf *out,
	struct ctx_error *err) {
	const int *fatal = arg;
	if (strcmp(e->name, "good") == 0) {
		ctx_buf_adds(out, "12345");
	} else if (strcmp(path, "short") == 0) {
		ctx_buf_adds(out, "1");
	} else if (strcmp(path, "long") == 0) {
		ctx_buf_adds(out, "123456789");
	} else {
		return ctx_fail(err, *fatal != 0 ? *fatal : CTX_E_CORRUPT, "no");
	}
	return ctx_buf_ok(out) ? 0 : ctx_fail_nomem(err);
}

/** A snapshot of four files of 5 bytes, as if from a commit. */
static struct ctx_snapshot *make_virtual(void) {
	struct ctx_snapshot *snap = ctx_snapshot_new(1);
	static const char *const names[] = { "bad", "good", "long", "short" };
	for (size_t i = 0; i < CTX_COUNTOF(names); ++i) {
		struct ctx_entry e = { .kind = CTX_KIND_FILE,
			.mode = S_IFREG | 0644,
			.size_bytes = 5,
			.flags = CTX_ENTRY_KEPT };
		assert_int_equal(ctx_snapshot_add(snap, names[i], strlen(names[i]), &e, 0, NULL), 0);
	}
	assert_int_equal(ctx_snapshot_seal(snap, NULL), 0);
	snap->origin = CTX_ORIGIN_COMMIT;
	return snap;
}

static void contents_from_a_callback(void **state) {
	(void)state;
	int fatal = 0;
	struct ctx_snapshot *snap = make_virtual();
	struct ctx_pack_source src = { .root_fd = -1, .read = read_content, .arg = &fatal };
	struct ctx_pack_opts opts = { .mtime = INT64_MIN, .walk = { .jobs = 1 } };
	struct ctx_pack_sizes sizes;
	ctx_auto_fd int fd = open("t.tar", O_RDWR | O_CREAT | O_CLOEXEC, 0666);
	assert_int_equal(ctx_pack_write(fd, snap, &src, &opts, &sizes, NULL), 0);
	assert_int_equal(snap->problems.count, 3);
	struct ctx_snapshot *back = unpack("t.tar");
	struct ctx_digest whole = ctx_hash_bytes("12345", 5), padded = ctx_hash_bytes("1\0\0\0\0", 5);
	assert_true(ctx_digest_equal(&at(back, "good")->digest, &whole));
	assert_true(ctx_digest_equal(&at(back, "long")->digest, &whole));
	assert_true(ctx_digest_equal(&at(back, "short")->digest, &padded));
	assert_int_equal(at(back, "bad")->size_bytes, 0);
	ctx_snapshot_free(back);

	fatal = CTX_E_INTERRUPTED;
	assert_int_equal(ctx_pack_write(fd, snap, &src, &opts, &sizes, NULL), CTX_E_INTERRUPTED);
	fatal = CTX_E_NOMEM;
	assert_int_equal(ctx_pack_write(fd, snap, &src, &opts, &sizes, NULL), CTX_E_NOMEM);
	ctx_snapshot_free(snap);
}

static void failures(void **state) {
	(void)state;
	make_tree();
	ctx_auto_fd int root = -1, full = open("/dev/full", O_WRONLY | O_CLOEXEC);
	struct ctx_snapshot *snap = walk("tree", &root);
	struct ctx_pack_source src = { .root_fd = root }, none = { .root_fd = -1 };
	struct ctx_pack_opts opts = { .mtime = INT64_MIN, .walk = { .jobs = 1 } };
	struct ctx_pack_sizes sizes;
	struct ctx_error err;
	assert_int_equal(ctx_pack_write(full, snap, &src, &opts, &sizes, &err), CTX_E_IO);
	assert_int_equal(err.sysno, ENOSPC);
	assert_int_equal(ctx_pack_write(full, snap, &none, &opts, &sizes, NULL), CTX_E_USAGE);
	assert_int_equal(ctx_pack_write(full, snap, NULL, &opts, &sizes, NULL), CTX_E_USAGE);
	opts.filter = CTX_FILTER_GZIP;
	opts.level = 10;
	assert_int_equal(ctx_pack_write(full, snap, &src, &opts, &sizes, NULL), CTX_E_USAGE);
	const volatile int stop = 1;
	opts = (struct ctx_pack_opts){ .walk = { .jobs = 1, .stop = &stop } };
	assert_int_equal(ctx_pack_write(-1, snap, &src, &opts, &sizes, NULL), CTX_E_INTERRUPTED);
	ctx_snapshot_free(snap);
}

static void out_of_memory(void **state) {
	(void)state;
	make_tree();
	assert_int_equal(unlink("tree/Dockerfile"), 0);
	ctx_auto_fd int root = -1;
	struct ctx_snapshot *snap = walk("tree", &root);
	at(snap, "sub/large")->size_bytes = 1; // gives a problem to note
	int rc = CTX_E_NOMEM;
	for (long n = 0; rc == CTX_E_NOMEM; ++n) {
		struct ctx_pack_sizes sizes;
		ctx_alloc_fail_after(n);
		rc = pack(snap, root, "t.tar", CTX_FILTER_NONE, 1, &sizes, NULL);
		ctx_alloc_fail_after(-1);
	}
	assert_int_equal(rc, 0);
	ctx_snapshot_free(snap);
}

static void progress_is_counted(void **state) {
	(void)state;
	make_tree();
	ctx_auto_fd int root = -1, fd = open("t.tar", O_RDWR | O_CREAT | O_CLOEXEC, 0666);
	struct ctx_snapshot *snap = walk("tree", &root);
	struct ctx_progress progress = { 0 };
	struct ctx_pack_source src = { .root_fd = root };
	struct ctx_pack_opts opts = { .mtime = INT64_MIN, .walk = { .jobs = 1, .progress = &progress } };
	struct ctx_pack_sizes sizes;
	assert_int_equal(ctx_pack_write(fd, snap, &src, &opts, &sizes, NULL), 0);
	assert_int_equal(progress.entries, 10);
	assert_int_equal(progress.bytes, 13 + 10 + 70000);
	ctx_snapshot_free(snap);
}

int main(void) {
#define TEST(name) cmocka_unit_test_setup_teardown(name, scratch_setup, scratch_teardown)
	const struct CMUnitTest tests[] = {
		TEST(everything_comes_back),
		TEST(other_programs_read_it),
		TEST(same_bytes_whatever_the_jobs),
		TEST(times_can_be_fixed),
		TEST(counting_opens_nothing),
		TEST(left_out_and_emptied),
		TEST(device_numbers),
		TEST(trees_that_change),
		TEST(contents_from_a_callback),
		TEST(failures),
		TEST(out_of_memory),
		TEST(progress_is_counted),
	};
	return cmocka_run_group_tests_name("pack", tests, NULL, NULL);
}
