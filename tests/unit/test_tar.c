#include "ctxopt/context/tar.h"

#include "ctxopt/base/alloc.h"
#include "ctxopt/base/file.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

// clang-format off
#define A10 "aaaaaaaaaa"
#define A50 A10 A10 A10 A10 A10
#define A97 A50 A10 A10 A10 A10 "aaaaaaa"
#define A99 A97 "aa"
#define A100 A50 A50
#define A980 A100 A100 A100 A100 A100 A100 A100 A100 A100 A50 A10 A10 A10
#define E "\xc3\xa9"
#define E10 E E E E E E E E E E
#define E42 E10 E10 E10 E10 E E
#define GIB8 (INT64_C(8) << 30)

/** As tests/corpus/tar/headers.go, whose output the headers must equal.  A time of 0 stands for 1700000000. */
static const struct header_case {
	enum ctx_tar_type type;
	const char *name, *link;
	uint32_t mode;
	int64_t size_bytes, mtime;
	uint32_t dev_major, dev_minor;
	/** Bytes of all blocks. */
	uint64_t bytes;
} header_cases[] = {
	{ CTX_TAR_FILE, "Dockerfile", NULL, 0644, 12, 0, 0, 0, 512 },
	{ CTX_TAR_DIR, "src/", NULL, 0755, 0, 0, 0, 0, 512 },
	{ CTX_TAR_FILE, "bits", NULL, 07777, 0, 0, 0, 0, 512 },
	{ CTX_TAR_FILE, A100, NULL, 0644, 0, 0, 0, 0, 512 },
	{ CTX_TAR_FILE, A100 "a", NULL, 0644, 0, 0, 0, 0, 1536 },
	{ CTX_TAR_FILE, A100 "/b", NULL, 0644, 0, 0, 0, 0, 512 },
	{ CTX_TAR_FILE, A100 "/" A50 "aaaa/" A100, NULL, 0644, 0, 0, 0, 0, 512 },
	{ CTX_TAR_FILE, A100 "/" A50 "aaaaa/" A100, NULL, 0644, 0, 0, 0, 0, 1536 },
	{ CTX_TAR_FILE, A100 "/" A50 "aaaa/" A100 "a", NULL, 0644, 0, 0, 0, 0, 1536 },
	{ CTX_TAR_DIR, A99 "/", NULL, 0755, 0, 0, 0, 0, 512 },
	{ CTX_TAR_DIR, A100 "/", NULL, 0755, 0, 0, 0, 0, 1536 },
	{ CTX_TAR_DIR, A50 "/" A50 A10 "/", NULL, 0755, 0, 0, 0, 0, 512 },
	{ CTX_TAR_FILE, E ".txt", NULL, 0644, 0, 0, 0, 0, 1536 },
	{ CTX_TAR_FILE, E, NULL, 0644, 0, 0, 0, 0, 1536 },
	{ CTX_TAR_DIR, E "/", NULL, 0755, 0, 0, 0, 0, 1536 },
	{ CTX_TAR_FILE, "\xff", NULL, 0644, 0, 0, 0, 0, 1536 },
	{ CTX_TAR_FILE, A99 "/" E, NULL, 0644, 0, 0, 0, 0, 1536 },
	{ CTX_TAR_FILE, A97 "/" E "/aaaaa", NULL, 0644, 0, 0, 0, 0, 1536 },
	{ CTX_TAR_SYMLINK, "l", "target", 0777, 0, 0, 0, 0, 512 },
	{ CTX_TAR_SYMLINK, "l", A100, 0777, 0, 0, 0, 0, 512 },
	{ CTX_TAR_SYMLINK, "l", A100 "a", 0777, 0, 0, 0, 0, 1536 },
	{ CTX_TAR_SYMLINK, "l", E, 0777, 0, 0, 0, 0, 1536 },
	{ CTX_TAR_HARDLINK, "z", "Dockerfile", 0644, 0, 0, 0, 0, 512 },
	{ CTX_TAR_HARDLINK, A100 "a", A100 "aa", 0644, 0, 0, 0, 0, 1536 },
	{ CTX_TAR_FILE, "large", NULL, 0644, GIB8 - 1, 0, 0, 0, 512 },
	{ CTX_TAR_FILE, "large", NULL, 0644, GIB8, 0, 0, 0, 1536 },
	{ CTX_TAR_FILE, A100 "/b", NULL, 0644, GIB8, 0, 0, 0, 1536 },
	{ CTX_TAR_FILE, "old", NULL, 0644, 0, -1, 0, 0, 1536 },
	{ CTX_TAR_FILE, "new", NULL, 0644, 0, GIB8 - 1, 0, 0, 512 },
	{ CTX_TAR_FILE, "newer", NULL, 0644, 0, GIB8, 0, 0, 1536 },
	{ CTX_TAR_FIFO, "fifo", NULL, 0644, 0, 0, 0, 0, 512 },
	{ CTX_TAR_CHAR_DEVICE, "null", NULL, 0666, 0, 0, 1, 3, 512 },
	{ CTX_TAR_BLOCK_DEVICE, "sda", NULL, 0660, 0, 0, 8, 1, 512 },
	{ CTX_TAR_SYMLINK, "l", E42, 0777, 0, 0, 0, 0, 1536 },
	{ CTX_TAR_SYMLINK, "l", E42 E "x", 0777, 0, 0, 0, 0, 1536 },
	{ CTX_TAR_SYMLINK, "l", A980 "aaaa", 0777, 0, 0, 0, 0, 2048 },
	{ CTX_TAR_SYMLINK, "l", A980 "aaaaa", 0777, 0, 0, 0, 0, 2048 },
	{ CTX_TAR_SYMLINK, "l", A980 "aaaaaa", 0777, 0, 0, 0, 0, 2048 },
};
// clang-format on

/** The entry of a row. */
static struct ctx_tar_entry entry_of(const struct header_case *row) {
	return (struct ctx_tar_entry){
		.type = row->type,
		.name = row->name,
		.name_len = strlen(row->name),
		.link = row->link,
		.link_len = row->link != NULL ? strlen(row->link) : 0,
		.mode = row->mode,
		.size_bytes = (uint64_t)row->size_bytes,
		.mtime = row->mtime != 0 ? row->mtime : 1700000000,
		.dev_major = row->dev_major,
		.dev_minor = row->dev_minor,
	};
}

static void headers_are_those_of_go(void **state) {
	(void)state;
	ctx_auto_buf struct ctx_buf path = CTX_BUF_INIT, golden = CTX_BUF_INIT;
	ctx_buf_addf(&path, "%s/corpus/tar/headers.bin", getenv("CTXOPT_TEST_DATA"));
	assert_int_equal(ctx_read_at(&golden, AT_FDCWD, path.data, 1 << 20, NULL), 0);
	size_t at = 0;
	for (size_t i = 0; i < CTX_COUNTOF(header_cases); ++i) {
		struct ctx_tar_entry e = entry_of(&header_cases[i]);
		ctx_auto_buf struct ctx_buf out = CTX_BUF_INIT;
		ctx_tar_header(&out, &e);
		assert_true(ctx_buf_ok(&out));
		if (out.len != header_cases[i].bytes || ctx_tar_header_bytes(&e) != out.len ||
			golden.len - at < out.len || memcmp(golden.data + at, out.data, out.len) != 0) {
			fail_msg("row %zu: %c %s", i, (char)e.type, e.name);
		}
		at += out.len;
	}
	assert_int_equal(at, golden.len);
}

static void padding(void **state) {
	(void)state;
	assert_int_equal(ctx_tar_padding(0), 0);
	assert_int_equal(ctx_tar_padding(1), 511);
	assert_int_equal(ctx_tar_padding(511), 1);
	assert_int_equal(ctx_tar_padding(512), 0);
	assert_int_equal(ctx_tar_padding(UINT64_MAX), 1);
}

static void out_of_memory(void **state) {
	(void)state;
	struct ctx_tar_entry e = entry_of(&header_cases[12]); // with an extended header
	bool ok = false;
	for (long n = 0; !ok; ++n) {
		ctx_auto_buf struct ctx_buf out = CTX_BUF_INIT;
		ctx_alloc_fail_after(n);
		ctx_tar_header(&out, &e);
		ctx_alloc_fail_after(-1);
		ok = ctx_buf_ok(&out);
		assert_true(!ok || out.len == 1536);
	}
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(headers_are_those_of_go),
		cmocka_unit_test(padding),
		cmocka_unit_test(out_of_memory),
	};
	return cmocka_run_group_tests_name("tar", tests, NULL, NULL);
}
