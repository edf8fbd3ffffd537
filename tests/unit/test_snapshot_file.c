#include "ctxopt/context/snapshot_file.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

/** One entry of a sample. */
struct sample {
	const char *path;
	uint32_t mode;
	uint64_t size_bytes;
	int64_t mtime_ns;
	const char *target;
	uint16_t flags;
	unsigned char digest;
};

// clang-format off
static const struct sample samples[] = {
	{ .path = "Dockerfile",  .mode = S_IFREG | 0644, .size_bytes = 12, .mtime_ns = 1700000000123456789 },
	{ .path = "a b\n\xff",   .mode = S_IFREG | 0755, .size_bytes = INT64_MAX, .mtime_ns = INT64_MAX },
	{ .path = "before 1970", .mode = S_IFREG | 0644, .mtime_ns = -1 },
	{ .path = "empty",       .mode = S_IFDIR | 0700, .mtime_ns = INT64_MIN },
	{ .path = "fifo",        .mode = S_IFIFO | 0644 },
	{ .path = "link",        .mode = S_IFLNK | 0777, .target = "../\xc3\xa9" },
	{ .path = "nowhere",     .mode = S_IFLNK | 0777, .target = "" },
	{ .path = "null",        .mode = S_IFCHR | 0666 },
	{ .path = "sda",         .mode = S_IFBLK | 0660 },
	{ .path = "socket",      .mode = S_IFSOCK | 0600 },
	{ .path = "sub/implied/f", .mode = S_IFREG | 04755, .size_bytes = 300, .flags = CTX_ENTRY_DIGEST, .digest = 7 },
	{ .path = "sub/module",  .mode = S_IFDIR | 0755, .flags = CTX_ENTRY_SUBMODULE },
	{ .path = "sub/refused", .mode = S_IFREG | 0644, .flags = CTX_ENTRY_REFUSED | CTX_ENTRY_HARDLINK },
	{ .path = "sub.txt",     .mode = S_IFREG | 0644, .flags = CTX_ENTRY_UNREADABLE },
};
// clang-format on

/** A sealed snapshot of the samples. */
static struct ctx_snapshot *make_snapshot(const struct sample *rows, size_t count) {
	struct ctx_snapshot *snap = ctx_snapshot_new(1);
	assert_non_null(snap);
	for (size_t i = 0; i < count; ++i) {
		struct ctx_entry e = {
			.kind = (uint8_t)ctx_kind_of_mode(rows[i].mode),
			.mode = rows[i].mode,
			.size_bytes = rows[i].size_bytes,
			.mtime_ns = rows[i].mtime_ns,
			.target = rows[i].target,
			.flags = (uint16_t)(rows[i].flags | CTX_ENTRY_KEPT),
		};
		memset(e.digest.bytes, rows[i].digest, sizeof(e.digest.bytes));
		assert_int_equal(ctx_snapshot_add(snap, rows[i].path, strlen(rows[i].path), &e, 0, NULL), 0);
	}
	assert_int_equal(ctx_snapshot_seal(snap, NULL), 0);
	return snap;
}

/** The samples, encoded. */
static struct ctx_buf encode_samples(void) {
	struct ctx_buf out = CTX_BUF_INIT;
	struct ctx_snapshot *snap = make_snapshot(samples, CTX_COUNTOF(samples));
	assert_int_equal(ctx_snapshot_encode(&out, snap, NULL), 0);
	ctx_snapshot_free(snap);
	return out;
}

/** Two entries say the same, as far as a file keeps it. */
static void assert_same_entry(const struct ctx_entry *a, const struct ctx_entry *b) {
	const unsigned lost = CTX_ENTRY_LINKED;
	assert_string_equal(a->name, b->name);
	assert_int_equal(a->kind, b->kind);
	assert_int_equal(a->mode, b->mode);
	assert_int_equal(a->mtime_ns, b->mtime_ns);
	assert_int_equal(a->size_bytes, b->size_bytes);
	assert_int_equal(a->flags & ~lost, b->flags & ~lost);
	assert_memory_equal(a->digest.bytes, b->digest.bytes, sizeof(a->digest.bytes));
	if (a->kind == CTX_KIND_SYMLINK) {
		assert_string_equal(a->target, b->target);
	}
}

/** Two snapshots have the same entries. */
static void assert_same_snapshot(struct ctx_snapshot *a, struct ctx_snapshot *b) {
	assert_same_entry(&a->root, &b->root);
	assert_int_equal(a->entry_count, b->entry_count);
	ctx_auto_iter struct ctx_iter x = { 0 }, y = { 0 };
	ctx_iter_init(&x, a);
	ctx_iter_init(&y, b);
	while (ctx_iter_next(&x)) {
		assert_true(ctx_iter_next(&y));
		assert_string_equal(ctx_buf_str(&x.path), ctx_buf_str(&y.path));
		assert_int_equal(x.depth, y.depth);
		assert_same_entry(x.entry, y.entry);
	}
	assert_false(ctx_iter_next(&y));
}

/** Decoded data encodes to the same bytes again: there is one encoding. */
static void assert_canonical(const void *data, size_t len) {
	struct ctx_snapshot *snap = NULL;
	assert_int_equal(ctx_snapshot_decode(&snap, data, len, NULL), 0);
	ctx_auto_buf struct ctx_buf again = CTX_BUF_INIT;
	assert_int_equal(ctx_snapshot_encode(&again, snap, NULL), 0);
	assert_int_equal(again.len, len);
	assert_memory_equal(again.data, data, len);
	ctx_snapshot_free(snap);
}

static void everything_comes_back(void **state) {
	(void)state;
	struct ctx_snapshot *before = make_snapshot(samples, CTX_COUNTOF(samples)), *after = NULL;
	before->root.mode = S_IFDIR | 01777;
	before->root.mtime_ns = 5;
	ctx_auto_buf struct ctx_buf data = CTX_BUF_INIT;
	assert_int_equal(ctx_snapshot_encode(&data, before, NULL), 0);
	assert_true(ctx_snapshot_is_encoded(data.data, data.len));
	assert_int_equal(ctx_snapshot_decode(&after, data.data, data.len, NULL), 0);
	assert_int_equal(after->origin, CTX_ORIGIN_SNAPSHOT_FILE);
	assert_true(after->complete);
	assert_same_snapshot(before, after);
	assert_non_null(ctx_snapshot_find(after, "sub/implied/f", strlen("sub/implied/f")));
	assert_canonical(data.data, data.len);
	ctx_snapshot_free(before);
	ctx_snapshot_free(after);
}

static void empty_snapshot(void **state) {
	(void)state;
	struct ctx_snapshot *before = make_snapshot(NULL, 0), *after = NULL;
	ctx_auto_buf struct ctx_buf data = CTX_BUF_INIT;
	assert_int_equal(ctx_snapshot_encode(&data, before, NULL), 0);
	assert_int_equal(ctx_snapshot_decode(&after, data.data, data.len, NULL), 0);
	assert_int_equal(after->entry_count, 0);
	assert_non_null(after->root.dir);
	ctx_snapshot_free(before);
	ctx_snapshot_free(after);
}

static void appends_to_its_buffer(void **state) {
	(void)state;
	struct ctx_snapshot *snap = make_snapshot(samples, CTX_COUNTOF(samples));
	ctx_auto_buf struct ctx_buf data = CTX_BUF_INIT;
	ctx_buf_adds(&data, "before");
	assert_int_equal(ctx_snapshot_encode(&data, snap, NULL), 0);
	assert_canonical(data.data + strlen("before"), data.len - strlen("before"));
	ctx_snapshot_free(snap);
}

static void excluded_entries_are_left_out(void **state) {
	(void)state;
	struct ctx_snapshot *before = make_snapshot(samples, CTX_COUNTOF(samples)), *after = NULL;
	static const char *const excluded[] = { "Dockerfile", "sub", "sub/implied", "sub/implied/f", "sub/module",
		"sub/refused" };
	for (size_t i = 0; i < CTX_COUNTOF(excluded); ++i) {
		struct ctx_entry *e = ctx_snapshot_find(before, excluded[i], strlen(excluded[i]));
		e->flags = (uint16_t)(e->flags & ~CTX_ENTRY_KEPT);
	}
	assert_int_equal(ctx_snapshot_settle(before, NULL), 0);
	ctx_auto_buf struct ctx_buf data = CTX_BUF_INIT;
	assert_int_equal(ctx_snapshot_encode(&data, before, NULL), 0);
	assert_int_equal(ctx_snapshot_decode(&after, data.data, data.len, NULL), 0);
	assert_int_equal(after->entry_count, before->entry_count - CTX_COUNTOF(excluded));
	assert_null(ctx_snapshot_find(after, "sub", 3));
	assert_non_null(ctx_snapshot_find(after, "sub.txt", 7));
	ctx_snapshot_free(before);
	ctx_snapshot_free(after);
}

/* ---- Damage ---- */

static void every_truncation_is_noticed(void **state) {
	(void)state;
	ctx_auto_buf struct ctx_buf data = encode_samples();
	for (size_t len = 0; len < data.len; ++len) {
		struct ctx_snapshot *snap = NULL;
		CTX_AUTO_FREE char *copy = ctx_memdup0(data.data, len); // its own block, so that ASan sees the end
		assert_int_equal(ctx_snapshot_decode(&snap, copy, len, NULL), CTX_E_CORRUPT);
		assert_null(snap);
	}
}

static void every_flipped_byte_is_noticed(void **state) {
	(void)state;
	ctx_auto_buf struct ctx_buf data = encode_samples();
	for (size_t at = 0; at < data.len; ++at) {
		for (unsigned bit = 0; bit < 8; ++bit) {
			struct ctx_snapshot *snap = NULL;
			data.data[at] = (char)(data.data[at] ^ (1 << bit));
			assert_int_equal(ctx_snapshot_decode(&snap, data.data, data.len, NULL), CTX_E_CORRUPT);
			data.data[at] = (char)(data.data[at] ^ (1 << bit));
		}
	}
}

/** Give data the hash that belongs to it. */
static void rehash(struct ctx_buf *data) {
	uint64_t hash = ctx_hash64(data->data, data->len - 8, 0);
	for (size_t i = 0; i < 8; ++i) {
		data->data[data->len - 8 + i] = (char)(hash >> (56 - 8 * i));
	}
}

/** Damage on purpose has the right hash; it must still be an error, or a snapshot with exactly this encoding. */
static void harm_with_a_right_hash(void **state) {
	(void)state;
	ctx_auto_buf struct ctx_buf data = encode_samples();
	for (size_t at = 0; at < data.len - 8; ++at) {
		for (unsigned bit = 0; bit < 8; ++bit) {
			struct ctx_snapshot *snap = NULL;
			data.data[at] = (char)(data.data[at] ^ (1 << bit));
			rehash(&data);
			int rc = ctx_snapshot_decode(&snap, data.data, data.len, NULL);
			assert_true(rc == 0 || rc == CTX_E_CORRUPT);
			ctx_snapshot_free(snap);
			if (rc == 0) {
				assert_canonical(data.data, data.len);
			}
			data.data[at] = (char)(data.data[at] ^ (1 << bit));
		}
	}
}

/** One file by hand: what follows the version. */
struct raw {
	const char *name, *bytes;
	size_t len;
	int rc;
	const char *message;
};
#define RAW(text) text, sizeof(text) - 1

/** Attributes: a directory 040755 with `count` entries, and a file 0100644 of 1 byte. */
#define DIR_OF(count) \
	"\0" \
	"\xed\x83\x01" \
	"\0" count
#define FILE_OF_1 \
	"\0" \
	"\xa4\x83\x02" \
	"\0" \
	"\x01"

// clang-format off
static const struct raw raws[] = {
	{ "empty root",             RAW("\0" "\0" DIR_OF("\0")), 0, NULL },
	{ "one file",               RAW("\0" "\x01" DIR_OF("\x01") "\x01" "a" FILE_OF_1), 0, NULL },
	{ "reserved is set",        RAW("\x01" "\0" DIR_OF("\0")), CTX_E_CORRUPT, "number out of range" },
	{ "overlong number",        RAW("\0" "\x80\0" DIR_OF("\0")), CTX_E_CORRUPT, "number out of range" },
	{ "huge entry count",       RAW("\0" "\xff\xff\xff\xff\x0f" DIR_OF("\0")), CTX_E_CORRUPT, "number out of range" },
	{ "65 bits",                RAW("\0" "\0" "\0" "\xed\x83\x01" "\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02" "\0"), CTX_E_CORRUPT,
	  "number out of range" },
	{ "root is a file",         RAW("\0" "\0" FILE_OF_1), CTX_E_CORRUPT, "root that is no directory" },
	{ "type 0",                 RAW("\0" "\0" "\0" "\xa4\x03" "\0" "\0"), CTX_E_CORRUPT, "unknown flag or type" },
	{ "kept is not stored",     RAW("\0" "\0" "\x01" "\xed\x83\x01" "\0" "\0"), CTX_E_CORRUPT, "unknown flag or type" },
	{ "more than announced",    RAW("\0" "\x01" DIR_OF("\x02") "\x01" "a" FILE_OF_1 "\x01" "b" FILE_OF_1), CTX_E_CORRUPT,
	  "more entries than announced" },
	{ "fewer than announced",   RAW("\0" "\x02" DIR_OF("\x01") "\x01" "a" FILE_OF_1), CTX_E_CORRUPT,
	  "fewer entries than announced" },
	{ "nothing of one",         RAW("\0" "\x01" DIR_OF("\0") "\x01" "a" FILE_OF_1), CTX_E_CORRUPT,
	  "fewer entries than announced" },
	{ "something behind",       RAW("\0" "\x01" DIR_OF("\x01") "\x01" "a" FILE_OF_1 "\0"), CTX_E_CORRUPT,
	  "something behind the last entry" },
	{ "name twice",             RAW("\0" "\x02" DIR_OF("\x02") "\x01" "a" FILE_OF_1 "\x01" "a" FILE_OF_1), CTX_E_CORRUPT,
	  "names out of order" },
	{ "out of order",           RAW("\0" "\x02" DIR_OF("\x02") "\x01" "b" FILE_OF_1 "\x01" "a" FILE_OF_1), CTX_E_CORRUPT,
	  "names out of order" },
	{ "empty name",             RAW("\0" "\x01" DIR_OF("\x01") "\0" FILE_OF_1 "\0"), CTX_E_CORRUPT, "impossible name" },
	{ "dot",                    RAW("\0" "\x01" DIR_OF("\x01") "\x01" "." FILE_OF_1), CTX_E_CORRUPT, "impossible name" },
	{ "dot dot",                RAW("\0" "\x01" DIR_OF("\x01") "\x02" ".." FILE_OF_1), CTX_E_CORRUPT, "impossible name" },
	{ "slash",                  RAW("\0" "\x01" DIR_OF("\x01") "\x03" "a/b" FILE_OF_1), CTX_E_CORRUPT, "impossible name" },
	{ "NUL",                    RAW("\0" "\x01" DIR_OF("\x01") "\x03" "a\0b" FILE_OF_1), CTX_E_CORRUPT, "NUL in a text" },
	{ "name beyond the end",    RAW("\0" "\x01" DIR_OF("\x01") "\x7f" "a" FILE_OF_1), CTX_E_CORRUPT, "unexpected end" },
	{ "target beyond the end",  RAW("\0" "\x01" DIR_OF("\x01") "\x01" "a" "\0" "\xff\xc3\x02" "\0" "\x7f" "x"), CTX_E_CORRUPT,
	  "unexpected end" },
	{ "digest beyond the end",  RAW("\0" "\x01" DIR_OF("\x01") "\x01" "a" "\x20" "\xa4\x83\x02" "\0" "\x01" "x"), CTX_E_CORRUPT,
	  "unexpected end" },
};
// clang-format on

/** Compose a file: head, the bytes, hash. */
static struct ctx_buf compose(const char *version, const char *bytes, size_t len) {
	struct ctx_buf data = CTX_BUF_INIT;
	ctx_buf_adds(&data, "CTXSNAP\n");
	ctx_buf_adds(&data, version);
	ctx_buf_add(&data, bytes, len);
	ctx_buf_add(&data, "12345678", 8);
	rehash(&data);
	return data;
}

static void files_by_hand(void **state) {
	(void)state;
	for (size_t i = 0; i < CTX_COUNTOF(raws); ++i) {
		ctx_auto_buf struct ctx_buf data = compose("\x01", raws[i].bytes, raws[i].len);
		struct ctx_snapshot *snap = NULL;
		struct ctx_error err = { 0 };
		int rc = ctx_snapshot_decode(&snap, data.data, data.len, &err);
		if (rc != raws[i].rc || (rc < 0 && strstr(err.msg, raws[i].message) == NULL)) {
			fail_msg("%s: %d %s", raws[i].name, rc, err.msg);
		}
		ctx_snapshot_free(snap);
	}
}

static void other_versions(void **state) {
	(void)state;
	struct ctx_snapshot *snap = NULL;
	struct ctx_error err;
	ctx_auto_buf struct ctx_buf newer = compose("\x02", RAW("anything"));
	assert_int_equal(ctx_snapshot_decode(&snap, newer.data, newer.len, &err), CTX_E_CORRUPT);
	assert_string_equal(err.msg, "snapshot file of version 2, this program knows up to 1");
	ctx_auto_buf struct ctx_buf zero = compose("", RAW("\0\0\0"));
	assert_int_equal(ctx_snapshot_decode(&snap, zero.data, zero.len, &err), CTX_E_CORRUPT);
	assert_int_equal(ctx_snapshot_decode(&snap, "FROM scratch\n", 13, &err), CTX_E_CORRUPT);
	assert_string_equal(err.msg, "no snapshot file");
	assert_false(ctx_snapshot_is_encoded("CTXSNAP", 7));
	assert_false(ctx_snapshot_is_encoded("", 0));
}

/** Append `count` nested directories, each with a name of `len` bytes. */
static struct ctx_buf nested(size_t count, size_t len) {
	ctx_auto_buf struct ctx_buf body = CTX_BUF_INIT;
	ctx_buf_add(&body, "\0", 1);
	for (size_t n = count;; n >>= 7) {
		ctx_buf_addc(&body, (char)(n >= 0x80 ? n | 0x80 : n));
		if (n < 0x80) {
			break;
		}
	}
	ctx_buf_add(&body, RAW(DIR_OF("\x01")));
	for (size_t i = 0; i < count; ++i) {
		if (len >= 0x80) {
			ctx_buf_addc(&body, (char)(len | 0x80));
			ctx_buf_addc(&body, (char)(len >> 7 | 0x80));
			ctx_buf_addc(&body, (char)(len >> 14));
		} else {
			ctx_buf_addc(&body, (char)len);
		}
		for (size_t j = 0; j < len; ++j) {
			ctx_buf_addc(&body, 'd');
		}
		ctx_buf_add(&body, i + 1 < count ? DIR_OF("\x01") : DIR_OF("\0"), 6);
	}
	assert_true(ctx_buf_ok(&body));
	return compose("\x01", body.data, body.len);
}

static void limits(void **state) {
	(void)state;
	struct ctx_snapshot *snap = NULL;
	ctx_auto_buf struct ctx_buf deep = nested(CTX_DEPTH_MAX - 1, 1);
	assert_int_equal(ctx_snapshot_decode(&snap, deep.data, deep.len, NULL), 0);
	assert_canonical(deep.data, deep.len);
	ctx_snapshot_free(snap);
	ctx_auto_buf struct ctx_buf deeper = nested(CTX_DEPTH_MAX + 1, 1);
	assert_int_equal(ctx_snapshot_decode(&snap, deeper.data, deeper.len, NULL), CTX_E_LIMIT);
	ctx_auto_buf struct ctx_buf longer = nested(CTX_PATH_BYTES_MAX / UINT16_MAX + 2, UINT16_MAX);
	assert_int_equal(ctx_snapshot_decode(&snap, longer.data, longer.len, NULL), CTX_E_LIMIT);
}

static void out_of_memory(void **state) {
	(void)state;
	ctx_auto_buf struct ctx_buf data = encode_samples();
	struct ctx_snapshot *snap = NULL;
	int rc = CTX_E_NOMEM;
	for (long n = 0; rc == CTX_E_NOMEM; ++n) {
		ctx_alloc_fail_after(n);
		rc = ctx_snapshot_decode(&snap, data.data, data.len, NULL);
		ctx_alloc_fail_after(-1);
	}
	assert_int_equal(rc, 0);

	rc = CTX_E_NOMEM;
	for (long n = 0; rc == CTX_E_NOMEM; ++n) {
		ctx_auto_buf struct ctx_buf out = CTX_BUF_INIT;
		ctx_alloc_fail_after(n);
		rc = ctx_snapshot_encode(&out, snap, NULL);
		ctx_alloc_fail_after(-1);
	}
	assert_int_equal(rc, 0);
	ctx_snapshot_free(snap);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(everything_comes_back),
		cmocka_unit_test(empty_snapshot),
		cmocka_unit_test(appends_to_its_buffer),
		cmocka_unit_test(excluded_entries_are_left_out),
		cmocka_unit_test(every_truncation_is_noticed),
		cmocka_unit_test(every_flipped_byte_is_noticed),
		cmocka_unit_test(harm_with_a_right_hash),
		cmocka_unit_test(files_by_hand),
		cmocka_unit_test(other_versions),
		cmocka_unit_test(limits),
		cmocka_unit_test(out_of_memory),
	};
	return cmocka_run_group_tests_name("snapshot_file", tests, NULL, NULL);
}
