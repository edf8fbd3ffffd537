#include "ctxopt/context/pack.h"

#include "ctxopt/base/alloc.h"
#include "ctxopt/base/file.h"
#include "ctxopt/context/tar.h"
#include "tests/unit/scratch.h"

#include <errno.h>
#include <locale.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/mman.h>

#include <cmocka.h>

/** Walk options of most tests. */
static const struct ctx_walk_opts walk_opts = { .jobs = 1 };

/** The entry at a path, which must be there. */
static struct ctx_entry *at(struct ctx_snapshot *snap, const char *path) {
	struct ctx_entry *e = ctx_snapshot_find(snap, path, strlen(path));
	if (e == NULL) {
		fail_msg("no %s", path);
	}
	return e;
}

/** Read the archive `name`, which must be fine. */
static struct ctx_snapshot *unpack(const char *name) {
	struct ctx_snapshot *snap = NULL;
	struct ctx_error err = { 0 };
	ctx_auto_fd int fd = open(name, O_RDONLY | O_CLOEXEC);
	if (ctx_pack_read(&snap, fd, &walk_opts, &err) < 0) {
		fail_msg("%s: %s", name, err.msg);
	}
	return snap;
}

/** An archive in the making. */
struct maker {
	struct ctx_buf bytes;
};

/** Append an entry. */
static void make_entry(struct maker *m, enum ctx_tar_type type, const char *name, const char *link,
	const char *content) {
	struct ctx_tar_entry e = {
		.type = type,
		.name = name,
		.name_len = strlen(name),
		.link = link,
		.link_len = link != NULL ? strlen(link) : 0,
		.mode = type == CTX_TAR_DIR ? 0755 : 0644,
		.size_bytes = content != NULL ? strlen(content) : 0,
		.mtime = 7,
	};
	static const char zeros[CTX_TAR_BLOCK];
	ctx_tar_header(&m->bytes, &e);
	if (content != NULL) {
		ctx_buf_adds(&m->bytes, content);
		ctx_buf_add(&m->bytes, zeros, (size_t)ctx_tar_padding(e.size_bytes));
	}
}

/** Put bytes into a file in memory, at its start. */
static int file_of(const void *data, size_t len) {
	int fd = memfd_create("archive", MFD_CLOEXEC);
	assert_int_equal(ctx_write_all(fd, data, len), 0);
	assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
	return fd;
}

/** Finish an archive: a descriptor to read it from. */
static int finish(struct maker *m) {
	static const char end[CTX_TAR_END_BYTES];
	ctx_buf_add(&m->bytes, end, sizeof(end));
	assert_true(ctx_buf_ok(&m->bytes));
	int fd = file_of(m->bytes.data, m->bytes.len);
	ctx_buf_release(&m->bytes);
	return fd;
}

/** Finish an archive and read it. */
static int read_made(struct maker *m, struct ctx_snapshot **out, struct ctx_error *err) {
	ctx_auto_fd int fd = finish(m);
	return ctx_pack_read(out, fd, &walk_opts, err);
}

static void names_are_cleaned(void **state) {
	(void)state;
	struct maker m = { 0 };
	struct ctx_snapshot *snap;
	make_entry(&m, CTX_TAR_DIR, "./", NULL, NULL);
	make_entry(&m, CTX_TAR_FILE, "./a", NULL, "1");
	make_entry(&m, CTX_TAR_FILE, "d//e/./f", NULL, "22");
	make_entry(&m, CTX_TAR_FILE, "d/x/../g", NULL, "333");
	make_entry(&m, CTX_TAR_FILE, "\xff\x01", NULL, "4444");
	assert_int_equal(read_made(&m, &snap, NULL), 0);
	assert_int_equal(snap->root.mtime_ns, INT64_C(7000000000));
	assert_int_equal(at(snap, "a")->size_bytes, 1);
	assert_int_equal(at(snap, "d/e/f")->size_bytes, 2);
	assert_int_equal(at(snap, "d/g")->size_bytes, 3);
	assert_int_equal(at(snap, "\xff\x01")->size_bytes, 4);
	assert_true(at(snap, "d")->flags & CTX_ENTRY_IMPLIED);
	assert_int_equal(snap->entry_count, 6);
	ctx_snapshot_free(snap);
}

/** Names are bytes, whatever the locale thinks of them: composed, decomposed, invalid; in the header or in a record. */
static void names_are_bytes(void **state) {
	(void)state;
	static const char *const locales[] = { "C", "C.UTF-8" };
	static const char *const names[] = { "caf\xc3\xa9", "cafe\xcc\x81", "\xe9", "x\xed\xa0\x80",
		"\xf0\x9f\x98\x80" };
	for (size_t l = 0; l < CTX_COUNTOF(locales); ++l) {
		(void)setlocale(LC_ALL, locales[l]);
		struct maker m = { 0 };
		struct ctx_snapshot *snap;
		for (size_t i = 0; i < CTX_COUNTOF(names); ++i) {
			make_entry(&m, CTX_TAR_SYMLINK, names[i], names[i], NULL);
		}
		assert_int_equal(read_made(&m, &snap, NULL), 0);
		assert_int_equal(snap->entry_count, CTX_COUNTOF(names));
		for (size_t i = 0; i < CTX_COUNTOF(names); ++i) {
			assert_string_equal(at(snap, names[i])->target, names[i]);
		}
		ctx_snapshot_free(snap);
	}
	(void)setlocale(LC_ALL, "C");
}

static void later_entries_win(void **state) {
	(void)state;
	struct maker m = { 0 };
	struct ctx_snapshot *snap;
	make_entry(&m, CTX_TAR_FILE, "a", NULL, "old");
	make_entry(&m, CTX_TAR_HARDLINK, "link", "./a", NULL);
	make_entry(&m, CTX_TAR_FILE, "a", NULL, "newer");
	make_entry(&m, CTX_TAR_HARDLINK, "other", "/a", NULL);
	make_entry(&m, CTX_TAR_HARDLINK, "gone", "a", NULL);
	make_entry(&m, CTX_TAR_SYMLINK, "gone", "a", NULL);
	make_entry(&m, CTX_TAR_HARDLINK, "0", "other", NULL);
	assert_int_equal(read_made(&m, &snap, NULL), 0);
	struct ctx_digest old = ctx_hash_bytes("old", 3), newer = ctx_hash_bytes("newer", 5);
	assert_true(ctx_digest_equal(&at(snap, "link")->digest, &old));
	assert_false(at(snap, "link")->flags & CTX_ENTRY_HARDLINK);
	assert_true(ctx_digest_equal(&at(snap, "other")->digest, &newer));
	assert_int_equal(at(snap, "gone")->kind, CTX_KIND_SYMLINK);
	// Three names of one file; the first of the snapshot's order has the content
	assert_false(at(snap, "0")->flags & CTX_ENTRY_HARDLINK);
	assert_true(at(snap, "a")->flags & CTX_ENTRY_HARDLINK);
	assert_true(at(snap, "other")->flags & CTX_ENTRY_HARDLINK);
	ctx_snapshot_free(snap);
}

static void archives_that_are_refused(void **state) {
	(void)state;
	static const struct {
		enum ctx_tar_type type;
		const char *name, *link;
		const char *message;
	} rows[] = {
		{ CTX_TAR_FILE, "../x", NULL, "archive entry '../x' is not below the root" },
		{ CTX_TAR_FILE, "a/../../x", NULL, "archive entry 'a/../../x' is not below the root" },
		{ CTX_TAR_FILE, "/etc/passwd", NULL, "archive entry '/etc/passwd' is not below the root" },
		{ CTX_TAR_SYMLINK, ".", "x", "the archive's root is no directory" },
		{ CTX_TAR_HARDLINK, "x", "y", "hard link 'x' names 'y', which is no file before it in the archive" },
		{ CTX_TAR_HARDLINK, "x", "d", "hard link 'x' names 'd', which is no file before it in the archive" },
		{ CTX_TAR_HARDLINK, "x", "../y", "archive entry '../y' is not below the root" },
	};
	for (size_t i = 0; i < CTX_COUNTOF(rows); ++i) {
		struct maker m = { 0 };
		struct ctx_snapshot *snap = NULL;
		struct ctx_error err = { 0 };
		make_entry(&m, CTX_TAR_DIR, "d/", NULL, NULL);
		make_entry(&m, rows[i].type, rows[i].name, rows[i].link, NULL);
		assert_int_equal(read_made(&m, &snap, &err), CTX_E_CORRUPT);
		assert_string_equal(err.msg, rows[i].message);
		assert_null(snap);
	}
}

/** Path of a file that comes with the tests. */
static const char *data_file(char out[512], const char *name) {
	(void)snprintf(out, 512, "%s/corpus/tar/%s", getenv("CTXOPT_TEST_DATA"), name);
	return out;
}

static void archives_of_other_programs(void **state) {
	(void)state;
	char path[512];
	static const char *const names[] = { "small.tar.bz2", "small.tar.xz" };
	for (size_t i = 0; i < CTX_COUNTOF(names); ++i) {
		struct ctx_snapshot *snap = unpack(data_file(path, names[i]));
		struct ctx_digest digest = ctx_hash_bytes("hello\n", 6);
		assert_int_equal(snap->entry_count, 2);
		assert_true(ctx_digest_equal(&at(snap, "hello")->digest, &digest));
		assert_string_equal(at(snap, "link")->target, "hello");
		ctx_snapshot_free(snap);
	}

	// 3 MiB with one byte in the middle
	struct ctx_snapshot *snap = unpack(data_file(path, "sparse.tar.bz2"));
	CTX_AUTO_FREE char *bytes = ctx_calloc(3, 1 << 20);
	bytes[1 << 20] = 'x';
	struct ctx_digest digest = ctx_hash_bytes(bytes, 3 << 20);
	assert_int_equal(at(snap, "sp")->size_bytes, 3 << 20);
	assert_true(ctx_digest_equal(&at(snap, "sp")->digest, &digest));
	ctx_snapshot_free(snap);
}

static void limits(void **state) {
	(void)state;
	char path[512];
	struct ctx_snapshot *snap = NULL;
	struct ctx_error err;
	ctx_auto_fd int fd = open(data_file(path, "sparse-huge.tar.bz2"), O_RDONLY | O_CLOEXEC);
	assert_int_equal(ctx_pack_read(&snap, fd, &walk_opts, &err), CTX_E_LIMIT);
	assert_string_equal(err.msg, "sparse files in the archive have more than 1099511627776 bytes of holes");

	char target[CTX_PACK_TARGET_MAX + 2];
	memset(target, 't', sizeof(target));
	target[CTX_PACK_TARGET_MAX + 1] = '\0';
	struct maker m = { 0 };
	make_entry(&m, CTX_TAR_SYMLINK, "l", target, NULL);
	assert_int_equal(read_made(&m, &snap, NULL), CTX_E_LIMIT);
	target[CTX_PACK_TARGET_MAX] = '\0';
	make_entry(&m, CTX_TAR_SYMLINK, "l", target, NULL);
	assert_int_equal(read_made(&m, &snap, NULL), 0);
	assert_int_equal(at(snap, "l")->size_bytes, CTX_PACK_TARGET_MAX);
	ctx_snapshot_free(snap);
}

/** A small archive of several kinds of entries. */
static struct maker make_sample(void) {
	struct maker m = { 0 };
	make_entry(&m, CTX_TAR_DIR, "d/", NULL, NULL);
	make_entry(&m, CTX_TAR_FILE, "d/f", NULL, "content");
	make_entry(&m, CTX_TAR_HARDLINK, "d/h", "d/f", NULL);
	make_entry(&m, CTX_TAR_SYMLINK, "caf\xc3\xa9", "d/f", NULL);
	return m;
}

/** Cut at any place, an archive is damaged, or ends early at an entry; it never does harm. */
static void truncated_archives(void **state) {
	(void)state;
	struct maker m = make_sample();
	ctx_auto_fd int gz = open("t.tar.gz", O_RDWR | O_CREAT | O_CLOEXEC, 0666);
	struct ctx_sink *sink;
	assert_int_equal(ctx_sink_new(&sink, gz, CTX_FILTER_GZIP, 0, 1, NULL), 0);
	assert_int_equal(ctx_sink_put(sink, m.bytes.data, m.bytes.len, NULL), 0);
	assert_int_equal(ctx_sink_finish(sink, NULL), 0);
	ctx_buf_release(&m.bytes);
	for (off_t len = (off_t)ctx_sink_bytes_out(sink) - 1; len >= 0; --len) {
		struct ctx_snapshot *snap = NULL;
		assert_int_equal(ftruncate(gz, len), 0);
		assert_int_equal(lseek(gz, 0, SEEK_SET), 0);
		int rc = ctx_pack_read(&snap, gz, &walk_opts, NULL);
		assert_true(rc == CTX_E_CORRUPT || rc == 0);
		ctx_snapshot_free(snap);
	}
	ctx_sink_free(sink);
}

static void truncated_content(void **state) {
	(void)state;
	struct maker m = { 0 };
	struct ctx_snapshot *snap = NULL;
	make_entry(&m, CTX_TAR_FILE, "a", NULL, "content");
	ctx_auto_fd int fd = file_of(m.bytes.data, 512 + 3);
	ctx_buf_release(&m.bytes);
	assert_int_equal(ctx_pack_read(&snap, fd, &walk_opts, NULL), CTX_E_CORRUPT);
	assert_null(snap);
}

static void progress_is_counted(void **state) {
	(void)state;
	struct maker m = make_sample();
	struct ctx_progress progress = { 0 };
	struct ctx_walk_opts opts = { .jobs = 1, .progress = &progress };
	struct ctx_snapshot *snap;
	ctx_auto_fd int fd = finish(&m);
	assert_int_equal(ctx_pack_read(&snap, fd, &opts, NULL), 0);
	assert_int_equal(progress.entries, 4);
	assert_int_equal(progress.bytes, 7);
	ctx_snapshot_free(snap);
}

static void failures(void **state) {
	(void)state;
	struct ctx_snapshot *snap = NULL;
	struct ctx_error err;
	assert_true(scratch_text("text", "FROM scratch\nCOPY . .\n"));
	ctx_auto_fd int text = open("text", O_RDONLY | O_CLOEXEC), dir = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_int_equal(ctx_pack_read(&snap, text, &walk_opts, &err), CTX_E_CORRUPT);
	assert_int_equal(ctx_pack_read(&snap, dir, &walk_opts, &err), CTX_E_IO);
	assert_int_equal(err.sysno, EISDIR);
	const volatile int stop = 1;
	struct ctx_walk_opts opts = { .jobs = 1, .stop = &stop };
	assert_int_equal(ctx_pack_read(&snap, text, &opts, &err), CTX_E_INTERRUPTED);
}

static void out_of_memory(void **state) {
	(void)state;
	struct maker m = make_sample();
	ctx_auto_fd int fd = finish(&m);
	int rc = CTX_E_NOMEM;
	for (long n = 0; rc == CTX_E_NOMEM; ++n) {
		struct ctx_snapshot *snap = NULL;
		assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
		ctx_alloc_fail_after(n);
		rc = ctx_pack_read(&snap, fd, &walk_opts, NULL);
		ctx_alloc_fail_after(-1);
		ctx_snapshot_free(snap);
	}
	assert_int_equal(rc, 0);
}

static void recognising(void **state) {
	(void)state;
	struct maker m = { 0 };
	make_entry(&m, CTX_TAR_FILE, "a", NULL, NULL);
	assert_true(ctx_pack_is_archive(m.bytes.data, m.bytes.len));
	assert_false(ctx_pack_is_archive(m.bytes.data, 511));
	m.bytes.data[0] = 'b';
	assert_false(ctx_pack_is_archive(m.bytes.data, m.bytes.len)); // the checksum is wrong
	ctx_buf_release(&m.bytes);
	static const char zeros[512];
	char text[512];
	memset(text, '#', sizeof(text));
	assert_false(ctx_pack_is_archive(zeros, sizeof(zeros)));
	assert_false(ctx_pack_is_archive(text, sizeof(text)));
	assert_false(ctx_pack_is_archive("", 0));
	assert_true(ctx_pack_is_archive("\x1f\x8b\x08", 3));
	assert_true(ctx_pack_is_archive("\x28\xb5\x2f\xfd", 4));
	assert_true(ctx_pack_is_archive("BZh9", 4));
	assert_true(ctx_pack_is_archive("\xfd"
					"7zXZ\0",
		6));
	assert_false(ctx_pack_is_archive("\xfd"
					 "7zXZ",
		5));
}

int main(void) {
#define TEST(name) cmocka_unit_test_setup_teardown(name, scratch_setup, scratch_teardown)
	const struct CMUnitTest tests[] = {
		TEST(names_are_cleaned),
		TEST(names_are_bytes),
		TEST(later_entries_win),
		TEST(archives_that_are_refused),
		TEST(archives_of_other_programs),
		TEST(limits),
		TEST(truncated_archives),
		TEST(truncated_content),
		TEST(progress_is_counted),
		TEST(failures),
		TEST(out_of_memory),
		TEST(recognising),
	};
	return cmocka_run_group_tests_name("unpack", tests, NULL, NULL);
}
