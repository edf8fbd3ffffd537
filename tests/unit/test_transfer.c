#include "analyzer/dockerfile/transfer.h"

#include "analyzer/dockerfile/wire.h"
#include "ctxopt/base/alloc.h"
#include "ctxopt/context/snapshot_file.h"

#include <setjmp.h>
#include <stdarg.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>

#include <cmocka.h>

#include "tests/unit/walking.h"

#define NODES_MAX 8

/* An entry of a tree. */
struct node {
	const char *path;
	uint32_t mode;
	uint64_t size;
	int64_t mtime;
	/* Inode, target, and flags that are set by hand. */
	uint64_t inode;
	const char *target;
	unsigned flags;
};

/* A sealed snapshot of a tree. */
static struct ctx_snapshot *tree_of(const struct node *nodes) {
	struct ctx_snapshot *snap = ctx_snapshot_new(1);
	assert_non_null(snap);
	for (const struct node *n = nodes; n < nodes + NODES_MAX && n->path != NULL; ++n) {
		struct ctx_entry e = {
			.kind = (uint8_t)ctx_kind_of_mode(n->mode),
			.mode = n->mode,
			.size_bytes = n->size,
			.mtime_ns = n->mtime,
			.inode = n->inode,
			.flags = CTX_ENTRY_KEPT,
		};
		if (n->target != NULL) {
			e.target = n->target;
		}
		assert_int_equal(ctx_snapshot_add(snap, n->path, strlen(n->path), &e, 0, NULL), 0);
	}
	assert_int_equal(ctx_snapshot_seal(snap, NULL), 0);
	for (const struct node *n = nodes; n < nodes + NODES_MAX && n->path != NULL; ++n) {
		ctx_snapshot_find(snap, n->path, strlen(n->path))->flags |= (uint16_t)n->flags;
	}
	return snap;
}

/* The transfer of a snapshot; patterns are separated by blanks, NULL for none. */
static struct ana_transfer compute(struct ctx_snapshot *snap, const char *patterns, struct ctx_snapshot *previous) {
	struct ctx_str words[8];
	struct ana_transfer_opts opts = { .patterns = words, .previous = previous, .root_fd = -1 };
	for (const char *at = patterns; at != NULL && *at != '\0';) {
		size_t len = strcspn(at, " ");
		words[opts.pattern_count++] = (struct ctx_str){ at, len };
		at += len + (at[len] == ' ');
	}
	struct ana_transfer sent;
	struct ctx_error err;
	if (ana_transfer_compute(&sent, snap, &opts, &err) != 0) {
		fail_msg("%s", err.msg);
	}
	return sent;
}

/* ---- Packets ---- */

/* clang-format off */
static const struct stat_case {
	const char *name;
	struct ana_wire_stat stat;
	uint64_t bytes;
} stat_cases[] = {
	/* tag and length 2; path 2 + 1, mode 0644 1 + 2 */
	{ "no size, no time", { .path_len = 1, .mode = S_IFREG | 0644 }, 2 + 3 + 3 },
	{ "mode 0 is absent", { .path_len = 1, .mode = S_IFREG }, 2 + 3 },
	{ "mode of one byte", { .path_len = 1, .mode = S_IFREG | 0177 }, 2 + 3 + 2 },
	{ "size of one byte", { .path_len = 1, .mode = S_IFREG | 0644, .size_bytes = 127 }, 2 + 3 + 3 + 2 },
	{ "size of two bytes", { .path_len = 1, .mode = S_IFREG | 0644, .size_bytes = 128 }, 2 + 3 + 3 + 3 },
	{ "mtime of 1 ns", { .path_len = 1, .mode = S_IFREG | 0644, .mtime_ns = 1 }, 2 + 3 + 3 + 2 },
	/* 1.76e18 is below 2^61: 9 groups of 7 bits */
	{ "mtime of today", { .path_len = 1, .mode = S_IFREG | 0644, .mtime_ns = 1760000000000000000 }, 2 + 3 + 3 + 10 },
	{ "mtime before 1970", { .path_len = 1, .mode = S_IFREG | 0644, .mtime_ns = -1 }, 2 + 3 + 3 + 11 },
	/* bit 31: 5 bytes; bits 27, 26, 25 and 23, 22: 4 bytes; bit 20: 3 bytes */
	{ "directory", { .path_len = 1, .mode = S_IFDIR | 0755 }, 2 + 3 + 6 },
	{ "symlink", { .path_len = 1, .mode = S_IFLNK | 0777, .size_bytes = 2, .link_len = 2 }, 2 + 3 + 5 + 2 + 4 },
	{ "fifo", { .path_len = 1, .mode = S_IFIFO | 0644 }, 2 + 3 + 5 },
	{ "socket is a file", { .path_len = 1, .mode = S_IFSOCK | 0755 }, 2 + 3 + 3 },
	{ "character device", { .path_len = 1, .mode = S_IFCHR | 0644 }, 2 + 3 + 5 },
	{ "block device", { .path_len = 1, .mode = S_IFBLK | 0644 }, 2 + 3 + 5 },
	{ "setuid", { .path_len = 1, .mode = S_IFREG | 04755 }, 2 + 3 + 5 },
	{ "setgid", { .path_len = 1, .mode = S_IFREG | 02755 }, 2 + 3 + 5 },
	{ "sticky", { .path_len = 1, .mode = S_IFREG | 01644 }, 2 + 3 + 4 },
	{ "device numbers and xattrs", { .path_len = 1, .mode = S_IFREG | 0644, .extra_bytes = 20 }, 2 + 3 + 3 + 20 },
	/* messages of 127, 128 and 129 bytes */
	{ "longest short message", { .path_len = 122, .mode = S_IFREG | 0644 }, 2 + (2 + 122) + 3 },
	{ "shortest long message", { .path_len = 123, .mode = S_IFREG | 0644 }, 3 + (2 + 123) + 3 },
	{ "long message", { .path_len = 124, .mode = S_IFREG | 0644 }, 3 + (2 + 124) + 3 },
	{ "long path", { .path_len = 200, .mode = S_IFREG | 0644 }, 3 + 203 + 3 },
};

static const struct data_case {
	uint64_t index, size, bytes;
} data_cases[] = {
	{ 0, 0, 2 },                                      /* only the end */
	{ 0, 1, (2 + 2 + 1) + 2 },                        /* type, tag and length, content; end */
	{ 1, 1, (4 + 2 + 1) + 4 },                        /* the index takes 2 bytes in each */
	{ 127, 1, (4 + 2 + 1) + 4 },
	{ 128, 1, (5 + 2 + 1) + 5 },
	{ 0, 127, (2 + 2 + 127) + 2 },
	{ 0, 128, (2 + 3 + 128) + 2 },
	{ 0, 32767, (2 + 4 + 32767) + 2 },
	{ 0, 32768, (2 + 4 + 32768) + 2 },
	{ 0, 32769, (2 + 4 + 32768) + (2 + 2 + 1) + 2 },
	{ 300, 65536, 2 * (5 + 4 + 32768) + 5 },
};
/* clang-format on */

static void packets_are_counted(void **state) {
	(void)state;
	for (size_t i = 0; i < CTX_COUNTOF(stat_cases); ++i) {
		uint64_t bytes = ana_wire_stat_packet(&stat_cases[i].stat);
		if (bytes != stat_cases[i].bytes) {
			fail_msg("%s: %llu", stat_cases[i].name, (unsigned long long)bytes);
		}
	}
	for (size_t i = 0; i < CTX_COUNTOF(data_cases); ++i) {
		const struct data_case *c = &data_cases[i];
		assert_int_equal(ana_wire_data_packets(c->index, c->size), c->bytes);
	}
}

static void varints_have_seven_bits(void **state) {
	(void)state;
	assert_int_equal(ana_wire_varint(0), 1);
	for (unsigned bits = 1; bits <= 64; ++bits) {
		uint64_t largest = UINT64_MAX >> (64 - bits);
		assert_int_equal(ana_wire_varint(largest), (bits + 6) / 7);
		assert_int_equal(ana_wire_varint(largest / 2 + 1), (bits + 6) / 7);
	}
}

/* ---- One transfer ---- */

#define REG(bits) (S_IFREG | (bits))
#define DIR_NODE(name) \
	{ name, S_IFDIR | 0755, 0, 0, 0, NULL, 0 }
#define FILE_NODE(name, size) \
	{ name, REG(0644), size, 0, 0, NULL, 0 }
#define TIMED(name, size, mtime) \
	{ name, REG(0644), size, mtime, 0, NULL, 0 }
#define NAME_OF(name, size, inode) \
	{ name, REG(0644), size, 0, inode, NULL, 0 }

/* Bytes of announcements: names of one and three bytes, sizes below 128. */
#define STAT_D (2 + 3 + 6)
#define STAT_F (2 + 3 + 3 + 2)
#define STAT_DF (2 + 5 + 3 + 2)

/* clang-format off */
static const struct sent_case {
	const char *name;
	struct node nodes[NODES_MAX];
	const char *patterns;
	uint64_t first, next, entries, files, content;
} sent_cases[] = {
	{ "nothing", { { 0 } }, NULL, 2, 2, 0, 0, 0 },
	{ "a file", { TIMED("a", 5, 1) }, NULL, STAT_F + 2 + (2 + 2 + 5) + 2 + 2, STAT_F + 2 + 2, 1, 1, 5 },
	{ "an empty file", { FILE_NODE("a", 0) }, NULL, STAT_F - 2 + 2 + 2, STAT_F - 2 + 2, 1, 0, 0 },
	{ "a file in a directory", { DIR_NODE("d"), FILE_NODE("d/f", 3) }, NULL,
		STAT_D + STAT_DF + (4 + 2 + 3) + 4 + 2, STAT_D + STAT_DF + 2, 2, 1, 3 },
	{ "an empty directory", { DIR_NODE("d") }, NULL, STAT_D + 2, STAT_D + 2, 1, 0, 0 },
	{ "a symlink", { { "l", S_IFLNK | 0777, 2, 0, 0, "to", 0 } }, NULL, 16 + 2, 16 + 2, 1, 0, 0 },
	{ "a socket has an end of content, and is the same later", { { "s", S_IFSOCK | 0755, 0, 0, 0, NULL, 0 } }, NULL,
		8 + 2 + 2, 8 + 2, 1, 0, 0 },
	{ "a fifo has none", { { "s", S_IFIFO | 0644, 0, 0, 0, NULL, 0 } }, NULL, 10 + 2, 10 + 2, 1, 0, 0 },
	{ "a refused file is asked for each time", { { "a", REG(0644), 5, 0, 0, NULL, CTX_ENTRY_REFUSED } }, NULL,
		STAT_F + 2 + 2, STAT_F + 2 + 2, 1, 0, 0 },
	{ "so is one without rights", { { "a", REG(0644), 5, 0, 0, NULL, CTX_ENTRY_UNREADABLE } }, NULL,
		STAT_F + 2 + 2, STAT_F + 2 + 2, 1, 0, 0 },
	{ "an empty one is not", { { "a", REG(0644), 0, 0, 0, NULL, CTX_ENTRY_REFUSED } }, NULL,
		STAT_F - 2 + 2 + 2, STAT_F - 2 + 2, 1, 0, 0 },

	{ "hard link", { NAME_OF("a", 4, 7), NAME_OF("b", 4, 7) }, NULL,
		STAT_F + (2 + 2 + 4) + 2 + STAT_F + 3 + 2, 2 * STAT_F + 3 + 2, 2, 1, 4 },
	{ "its first wanted name is the file", { NAME_OF("a", 4, 7), NAME_OF("b", 4, 7) }, "b",
		STAT_F + (2 + 2 + 4) + 2 + 2, STAT_F + 2, 1, 1, 4 },
	{ "three names, two wanted", { NAME_OF("a", 4, 7), NAME_OF("b", 4, 7), NAME_OF("c", 4, 7) }, "b c",
		STAT_F + (2 + 2 + 4) + 2 + STAT_F + 3 + 2, 2 * STAT_F + 3 + 2, 2, 1, 4 },
	{ "names of a fifo are links too", { { "a", S_IFIFO | 0644, 0, 0, 7, NULL, 0 }, { "b", S_IFIFO | 0644, 0, 0, 7, NULL, 0 } },
		NULL, 10 + 10 + 3 + 2, 10 + 10 + 3 + 2, 2, 0, 0 },
	{ "names of a socket", { { "a", S_IFSOCK | 0755, 0, 0, 7, NULL, 0 }, { "b", S_IFSOCK | 0755, 0, 0, 7, NULL, 0 } },
		NULL, 8 + 2 + 8 + 3 + 2, 8 + 8 + 3 + 2, 2, 0, 0 },

	{ "pattern: the file", { DIR_NODE("d"), FILE_NODE("d/f", 3), FILE_NODE("x", 9) }, "d/f",
		STAT_D + STAT_DF + (4 + 2 + 3) + 4 + 2, STAT_D + STAT_DF + 2, 2, 1, 3 },
	{ "pattern: its directory", { DIR_NODE("d"), FILE_NODE("d/f", 3), FILE_NODE("x", 9) }, "d",
		STAT_D + STAT_DF + (4 + 2 + 3) + 4 + 2, STAT_D + STAT_DF + 2, 2, 1, 3 },
	{ "pattern: glob", { DIR_NODE("d"), FILE_NODE("d/f", 3), FILE_NODE("x", 9) }, "d/*",
		STAT_D + STAT_DF + (4 + 2 + 3) + 4 + 2, STAT_D + STAT_DF + 2, 2, 1, 3 },
	{ "pattern: any depth", { DIR_NODE("d"), FILE_NODE("d/f", 3), FILE_NODE("x", 9) }, "**/f",
		STAT_D + STAT_DF + (4 + 2 + 3) + 4 + 2, STAT_D + STAT_DF + 2, 2, 1, 3 },
	{ "pattern: no such path", { DIR_NODE("d"), FILE_NODE("d/f", 3) }, "nope", 2, 2, 0, 0, 0 },
	{ "pattern: a name that begins alike", { DIR_NODE("d"), FILE_NODE("d/f", 3) }, "d-/f dd/f", 2, 2, 0, 0, 0 },
	{ "pattern: an exception includes nothing", { FILE_NODE("x", 9) }, "!x", 2, 2, 0, 0, 0 },
	{ "pattern: an exception takes away", { DIR_NODE("d"), FILE_NODE("d/f", 3) }, "d !d/f", STAT_D + 2, STAT_D + 2, 1, 0, 0 },
	{ "pattern: an empty directory below", { DIR_NODE("d"), DIR_NODE("d/e") }, "d/e", STAT_D + STAT_D + 2 + 2,
		STAT_D + STAT_D + 2 + 2, 2, 0, 0 },
	{ "pattern: parents without a wanted entry are not announced", { DIR_NODE("d"), FILE_NODE("d/f", 3) }, "d/g", 2, 2, 0, 0, 0 },
	{ "pattern: an excluded directory that is only there for a file",
		{ { "d", S_IFDIR | 0755, 0, 0, 0, NULL, CTX_ENTRY_PARENT }, FILE_NODE("d/f", 3) }, "d !d/f", 2, 2, 0, 0, 0 },
};
/* clang-format on */

static void transfers_are_counted(void **state) {
	(void)state;
	for (size_t i = 0; i < CTX_COUNTOF(sent_cases); ++i) {
		const struct sent_case *c = &sent_cases[i];
		struct ctx_snapshot *snap = tree_of(c->nodes);
		struct ana_transfer sent = compute(snap, c->patterns, NULL);
		if (sent.first_bytes != c->first || sent.next_bytes != c->next || sent.entries != c->entries ||
			sent.files != c->files || sent.content_bytes != c->content || sent.unused) {
			fail_msg("%s: first %llu, next %llu, entries %llu, files %llu, content %llu", c->name,
				(unsigned long long)sent.first_bytes, (unsigned long long)sent.next_bytes,
				(unsigned long long)sent.entries, (unsigned long long)sent.files,
				(unsigned long long)sent.content_bytes);
		}
		ctx_snapshot_free(snap);
	}
}

/* ---- The next transfer ---- */

/* clang-format off */
static const struct next_case {
	const char *name;
	struct node before[NODES_MAX], after[NODES_MAX];
	const char *patterns;
	/* Files that are sent again, and their bytes. */
	uint64_t files, content;
} next_cases[] = {
	{ "nothing", { TIMED("a", 5, 1) }, { TIMED("a", 5, 1) }, NULL, 0, 0 },
	{ "touch", { TIMED("a", 5, 1) }, { TIMED("a", 5, 2) }, NULL, 1, 5 },
	{ "edit", { TIMED("a", 5, 1) }, { TIMED("a", 6, 1) }, NULL, 1, 6 },
	{ "chmod", { FILE_NODE("a", 5) }, { { "a", REG(0755), 5, 0, 0, NULL, 0 } }, NULL, 1, 5 },
	{ "chmod of a directory", { DIR_NODE("d"), FILE_NODE("d/f", 5) },
		{ { "d", S_IFDIR | 0700, 0, 0, 0, NULL, 0 }, FILE_NODE("d/f", 5) }, NULL, 0, 0 },
	{ "time of a directory", { DIR_NODE("d") }, { { "d", S_IFDIR | 0755, 0, 9, 0, NULL, 0 } }, NULL, 0, 0 },
	{ "rename", { FILE_NODE("a", 5) }, { FILE_NODE("b", 5) }, NULL, 1, 5 },
	{ "new", { FILE_NODE("a", 5) }, { FILE_NODE("a", 5), FILE_NODE("b", 6) }, NULL, 1, 6 },
	{ "new, before the others", { FILE_NODE("b", 5) }, { FILE_NODE("a", 6), FILE_NODE("b", 5) }, NULL, 1, 6 },
	{ "deleted", { FILE_NODE("a", 5), FILE_NODE("b", 6) }, { FILE_NODE("b", 6) }, NULL, 0, 0 },
	{ "file to symlink", { FILE_NODE("a", 5) }, { { "a", S_IFLNK | 0777, 2, 0, 0, "to", 0 } }, NULL, 0, 0 },
	{ "symlink to file", { { "a", S_IFLNK | 0777, 2, 0, 0, "to", 0 } }, { FILE_NODE("a", 2) }, NULL, 1, 2 },
	{ "other target", { { "a", S_IFLNK | 0777, 2, 0, 0, "to", 0 } }, { { "a", S_IFLNK | 0777, 2, 0, 0, "ot", 0 } }, NULL, 0, 0 },
	{ "directory to file", { DIR_NODE("d"), FILE_NODE("d/f", 5) }, { FILE_NODE("d", 7) }, NULL, 1, 7 },
	{ "file to directory", { FILE_NODE("d", 7) }, { DIR_NODE("d"), FILE_NODE("d/f", 5) }, NULL, 1, 5 },
	{ "socket to empty file", { { "a", S_IFSOCK | 0644, 0, 0, 0, NULL, 0 } }, { FILE_NODE("a", 0) }, NULL, 0, 0 },
	{ "refused before", { { "a", REG(0644), 5, 0, 0, NULL, CTX_ENTRY_REFUSED } }, { FILE_NODE("a", 5) }, NULL, 1, 5 },
	{ "refused now", { FILE_NODE("a", 5) }, { { "a", REG(0644), 5, 0, 0, NULL, CTX_ENTRY_REFUSED } }, NULL, 0, 0 },
	{ "not wanted: not sent", { FILE_NODE("a", 5) }, { FILE_NODE("a", 6), FILE_NODE("b", 6) }, "b", 1, 6 },
	{ "link that became a file", { NAME_OF("a", 4, 7), NAME_OF("b", 4, 7) }, { NAME_OF("a", 4, 7), NAME_OF("b", 4, 8) }, NULL, 1, 4 },
	{ "file that became a link", { NAME_OF("a", 4, 7), NAME_OF("b", 4, 8) }, { NAME_OF("a", 4, 7), NAME_OF("b", 4, 7) }, NULL, 0, 0 },
	{ "link whose file is gone", { NAME_OF("a", 4, 7), NAME_OF("b", 4, 7) }, { NAME_OF("b", 4, 7) }, NULL, 1, 4 },
	{ "link that was the first wanted name", { NAME_OF("a", 4, 7), NAME_OF("b", 4, 7) }, { NAME_OF("b", 4, 7) }, "b", 0, 0 },
	{ "another file that looks the same", { FILE_NODE("0", 4), NAME_OF("a", 4, 7), NAME_OF("b", 4, 7) },
		{ FILE_NODE("0", 4), NAME_OF("a", 4, 7), NAME_OF("b", 4, 7) }, NULL, 0, 0 },
	{ "still a link", { NAME_OF("a", 4, 7), NAME_OF("b", 4, 7) }, { NAME_OF("a", 4, 9), NAME_OF("b", 4, 9) }, NULL, 0, 0 },
};
/* clang-format on */

/* The snapshot as it comes back from a file. */
static struct ctx_snapshot *through_file(struct ctx_snapshot *snap) {
	ctx_auto_buf struct ctx_buf bytes = CTX_BUF_INIT;
	struct ctx_snapshot *again = NULL;
	assert_int_equal(ctx_snapshot_encode(&bytes, snap, NULL), 0);
	assert_int_equal(ctx_snapshot_decode(&again, bytes.data, bytes.len, NULL), 0);
	return again;
}

static void only_what_differs_is_sent(void **state) {
	(void)state;
	for (size_t i = 0; i < CTX_COUNTOF(next_cases); ++i) {
		const struct next_case *c = &next_cases[i];
		struct ctx_snapshot *before = tree_of(c->before), *after = tree_of(c->after),
				    *stored = through_file(before);
		for (int from_file = 0; from_file < 2; ++from_file) {
			struct ana_transfer sent = compute(after, c->patterns, from_file ? stored : before);
			if (sent.next_files != c->files || sent.next_content_bytes != c->content) {
				fail_msg("%s: %llu files, %llu bytes%s", c->name, (unsigned long long)sent.next_files,
					(unsigned long long)sent.next_content_bytes, from_file ? " from a file" : "");
			}
			assert_int_equal(sent.first_bytes, compute(after, c->patterns, NULL).first_bytes);
		}
		ctx_snapshot_free(before);
		ctx_snapshot_free(after);
		ctx_snapshot_free(stored);
	}
}

static void links_of_snapshot_files_are_counted(void **state) {
	(void)state;
	static const struct node nodes[NODES_MAX] = { NAME_OF("a", 4, 7), NAME_OF("b", 4, 7), FILE_NODE("c", 4) };
	struct ctx_snapshot *snap = tree_of(nodes), *stored = through_file(snap);
	assert_int_equal(compute(snap, NULL, NULL).first_bytes, compute(stored, NULL, NULL).first_bytes);
	assert_int_equal(compute(snap, "a b", NULL).first_bytes, compute(stored, "a b", NULL).first_bytes);
	assert_int_equal(compute(snap, "b", NULL).first_bytes, compute(stored, "b", NULL).first_bytes);
	ctx_snapshot_free(snap);
	ctx_snapshot_free(stored);
}

/* ---- Callback, errors ---- */

/* Write down what is announced. */
static int note(void *arg, struct ctx_dir *dir, struct ctx_entry *entry, const char *path, size_t path_len, bool sent) {
	(void)dir;
	assert_int_equal(strlen(path), path_len);
	ctx_buf_addf(arg, "%s%s%s\n", path, entry->kind == CTX_KIND_DIR ? "/" : "", sent ? " sent" : "");
	return strcmp(path, "stop") == 0 ? 5 : 0;
}

static void entries_come_in_order(void **state) {
	(void)state;
	static const struct node nodes[NODES_MAX] = {
		FILE_NODE("a/b/c", 1),
		FILE_NODE("a/b/x", 1),
		FILE_NODE("a/d/x", 1),
		FILE_NODE("a.txt", 1),
		FILE_NODE("stop", 1),
		FILE_NODE("x", 1),
	};
	static const struct node old[NODES_MAX] = { FILE_NODE("a/b/x", 1), FILE_NODE("a/d/x", 2), FILE_NODE("x", 1) };
	struct ctx_snapshot *snap = tree_of(nodes), *before = tree_of(old);
	ctx_auto_buf struct ctx_buf text = CTX_BUF_INIT;
	struct ctx_str patterns[] = { CTX_STR("**/x"), CTX_STR("a.*") };
	struct ana_transfer sent;
	struct ana_transfer_opts opts = {
		.patterns = patterns,
		.pattern_count = 2,
		.previous = before,
		.root_fd = -1,
		.fn = note,
		.fn_arg = &text,
	};
	assert_int_equal(ana_transfer_compute(&sent, snap, &opts, NULL), 0);
	assert_string_equal(ctx_buf_str(&text), "a/\na/b/\na/b/x\na/d/\na/d/x sent\na.txt sent\nx\n");

	ctx_buf_reset(&text);
	patterns[0] = CTX_STR("stop");
	assert_int_equal(ana_transfer_compute(&sent, snap, &opts, NULL), 5);
	assert_string_equal(ctx_buf_str(&text), "a.txt sent\nstop sent\n");
	ctx_snapshot_free(snap);
	ctx_snapshot_free(before);
}

static void what_cannot_be_updated_is_sent_anew(void **state) {
	(void)state;
	static const struct node nodes[NODES_MAX] = { FILE_NODE("a", 1), FILE_NODE("b", 40000) };
	struct ctx_snapshot *snap = tree_of(nodes), *before = tree_of(nodes);
	struct ana_transfer_opts opts = { .previous = before, .anew = true, .root_fd = -1 };
	struct ana_transfer sent;
	assert_int_equal(ana_transfer_compute(&sent, snap, &opts, NULL), 0);
	assert_int_equal(sent.next_bytes, sent.first_bytes);
	assert_int_equal(sent.next_content_bytes, 40001);
	assert_int_equal(sent.next_files, 2);
	ctx_snapshot_free(snap);
	ctx_snapshot_free(before);
}

static void bad_patterns_fail(void **state) {
	(void)state;
	static const struct node nodes[NODES_MAX] = { FILE_NODE("a", 1) };
	struct ctx_snapshot *snap = tree_of(nodes);
	struct ctx_str pattern = CTX_STR("a[");
	struct ana_transfer_opts opts = { .patterns = &pattern, .pattern_count = 1, .root_fd = -1 };
	struct ana_transfer sent;
	struct ctx_error err;
	assert_int_equal(ana_transfer_compute(&sent, snap, &opts, &err), CTX_E_SYNTAX);
	assert_string_equal(err.msg,
		"rpc error: code = Unknown desc = invalid includepatterns: [a[]: syntax error in pattern");
	pattern = CTX_STR("!");
	assert_int_equal(ana_transfer_compute(&sent, snap, &opts, &err), CTX_E_SYNTAX);
	assert_string_equal(err.msg,
		"rpc error: code = Unknown desc = invalid includepatterns: [!]: illegal exclusion pattern: \"!\"");
	pattern = CTX_STR("a/**/[b");
	assert_int_equal(ana_transfer_compute(&sent, snap, &opts, &err), CTX_E_SYNTAX);
	assert_string_equal(err.msg, "error from sender: failed to match includepatterns: syntax error in pattern");
	pattern = (struct ctx_str){ "a\0b", 3 };
	assert_int_equal(ana_transfer_compute(&sent, snap, &opts, &err), CTX_E_UNSUPPORTED);
	assert_string_equal(err.msg, "include pattern 1 holds a NUL byte");
	// A list of blanks is a filter through which nothing passes
	pattern = CTX_STR(" ");
	assert_int_equal(ana_transfer_compute(&sent, snap, &opts, &err), 0);
	assert_int_equal(sent.first_bytes, 2);
	ctx_snapshot_free(snap);
}

static void no_memory_is_an_error(void **state) {
	(void)state;
	static const struct node nodes[NODES_MAX] = { NAME_OF("d/a", 4, 7), NAME_OF("d/b", 4, 7),
		FILE_NODE("e/f/g", 1) };
	struct ctx_snapshot *snap = tree_of(nodes), *stored = through_file(snap);
	struct ctx_str patterns[] = { CTX_STR("d*"), CTX_STR("e/f/?"), CTX_STR("!x") };
	struct ana_transfer_opts opts = {
		.patterns = patterns,
		.pattern_count = 3,
		.previous = stored,
		.root_fd = -1,
	};
	struct ana_transfer sent;
	int rc = CTX_E_NOMEM;
	for (long n = 0; rc != 0; ++n) {
		ctx_alloc_fail_after(n);
		rc = ana_transfer_compute(&sent, snap, &opts, NULL);
		ctx_alloc_fail_after(-1);
		assert_true(rc == 0 || rc == CTX_E_NOMEM);
	}
	assert_int_equal(sent.entries, 6);
	ctx_snapshot_free(snap);
	ctx_snapshot_free(stored);
}

static void deep_trees_need_no_stack(void **state) {
	(void)state;
	ctx_auto_buf struct ctx_buf path = CTX_BUF_INIT;
	for (int i = 0; i < 5000; ++i) {
		ctx_buf_adds(&path, "d/");
	}
	ctx_buf_adds(&path, "f");
	struct node nodes[NODES_MAX] = { FILE_NODE(ctx_buf_str(&path), 1) };
	struct ctx_snapshot *snap = tree_of(nodes);
	assert_int_equal(compute(snap, NULL, NULL).entries, 5001);
	assert_int_equal(compute(snap, "**/f", NULL).entries, 5001);
	assert_int_equal(compute(snap, "**/g", NULL).entries, 0);
	ctx_snapshot_free(snap);
}

/* ---- What is on disk ---- */

/* First bytes of the working directory. */
static uint64_t first_of_directory(bool with_disk) {
	struct ctx_snapshot *snap = walk(NULL, false);
	ctx_auto_fd int fd = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct ana_transfer_opts opts = { .root_fd = with_disk ? fd : -1 };
	struct ana_transfer sent;
	assert_int_equal(ana_transfer_compute(&sent, snap, &opts, NULL), 0);
	ctx_snapshot_free(snap);
	return sent.first_bytes;
}

static void xattrs_are_counted(void **state) {
	(void)state;
	static const char value[200];
	assert_int_equal(mkdir("d", 0755), 0);
	assert_true(scratch_text("d/a", "x"));
	if (setxattr("d/a", "user.note", "12345", 5, 0) < 0) {
		skip(); // this file system has none
	}
	uint64_t base = first_of_directory(false);
	// 2 + 9 of name, 2 + 5 of value; 2 more around them
	assert_int_equal(first_of_directory(true) - base, 2 + 11 + 7);
	assert_int_equal(setxattr("d/a", "user.empty", "", 0, 0), 0);
	assert_int_equal(first_of_directory(true) - base, 2 + 11 + 7 + 2 + 12 + 2);
	// 200 bytes: lengths of value, of the pair and of the message take another byte each
	assert_int_equal(setxattr("d", "user.note", value, sizeof(value), 0), 0);
	assert_int_equal(first_of_directory(true) - base, 2 + 11 + 7 + 2 + 12 + 2 + (3 + 11 + 203) + 1);
}

/* First bytes of a walked directory, 0 when out of memory. */
static uint64_t first_with_jobs(struct ctx_snapshot *snap, int fd, unsigned jobs) {
	struct ana_transfer_opts opts = { .root_fd = fd, .jobs = jobs };
	struct ana_transfer sent;
	int rc = ana_transfer_compute(&sent, snap, &opts, NULL);
	assert_true(rc == 0 || rc == CTX_E_NOMEM);
	return rc == 0 ? sent.first_bytes : 0;
}

static void threads_read_the_same(void **state) {
	(void)state;
	ctx_auto_buf struct ctx_buf path = CTX_BUF_INIT;
	for (int i = 0; i < 2200; ++i) { // enough to be read ahead
		ctx_buf_reset(&path);
		ctx_buf_addf(&path, "d%d", i % 40);
		(void)mkdir(ctx_buf_str(&path), 0755);
		ctx_buf_addf(&path, "/%d", i);
		assert_true(scratch_text(ctx_buf_str(&path), "x"));
		if (i % 3 == 0 && setxattr(ctx_buf_str(&path), "user.note", ctx_buf_str(&path), path.len, 0) < 0) {
			skip();
		}
	}
	struct ctx_snapshot *snap = walk((const char *const[]){ "d7", NULL }, false);
	ctx_auto_fd int fd = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	uint64_t one = first_with_jobs(snap, fd, 1);
	assert_true(one > first_with_jobs(snap, -1, 1));
	assert_int_equal(first_with_jobs(snap, fd, 3), one);
	uint64_t bytes = 0;
	for (long n = 0; bytes == 0; ++n) {
		ctx_alloc_fail_after(n);
		bytes = first_with_jobs(snap, fd, 2);
		ctx_alloc_fail_after(-1);
	}
	assert_int_equal(bytes, one);
	ctx_snapshot_free(snap);
}

static void device_numbers_are_counted(void **state) {
	(void)state;
	if (mknod("c", S_IFCHR | 0644, makedev(5, 300)) < 0 || mknod("z", S_IFCHR | 0644, makedev(0, 0)) < 0) {
		skip(); // only root makes devices
	}
	assert_int_equal(first_of_directory(true) - first_of_directory(false), 2 + 3);
}

static void small_loads_are_counted(void **state) {
	(void)state;
	struct ana_small_load files[] = {
		{ .path = "Dockerfile", .size_bytes = 13, .mtime_ns = 1, .mode = REG(0644) },
		{ .path = "Dockerfile.dockerignore", .size_bytes = 300, .mtime_ns = 1, .mode = REG(0644) },
	};
	assert_int_equal(ana_transfer_small(files, 0), 2);
	// 2 + 12 + 3 + 2 + 2, then 2 + 2 + 13 and the end
	assert_int_equal(ana_transfer_small(files, 1), 21 + 17 + 2 + 2);
	// 2 + 25 + 3 + 3 + 2, then 4 + 3 + 300 and 4
	assert_int_equal(ana_transfer_small(files, 2), 21 + 17 + 2 + 35 + 307 + 4 + 2);
}

/* Bytes of a load of one path of the working directory. */
static uint64_t load_of(const char *path) {
	ctx_auto_fd int fd = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct ctx_str paths[] = { CTX_STR(path), CTX_STR("missing") };
	uint64_t bytes = 0;
	assert_int_equal(ana_transfer_small_at(&bytes, fd, paths, 2, NULL), 0);
	return bytes;
}

static void small_loads_follow_links(void **state) {
	(void)state;
	const struct timespec times[2] = { { .tv_sec = 0 }, { .tv_sec = 0 } };
	assert_int_equal(load_of(".dockerignore"), 2);
	assert_int_equal(mkdir("d", 0755), 0);
	assert_true(scratch_text("d/i", "12345"));
	assert_int_equal(symlink("d/i", ".dockerignore"), 0);
	for (const char *const *path = (const char *const[]){ "d/i", ".dockerignore", "d", NULL }; *path != NULL;
		++path) {
		assert_int_equal(utimensat(AT_FDCWD, *path, times, AT_SYMLINK_NOFOLLOW), 0);
	}
	uint64_t link = 2 + 15 + 5 + 2 + 5, file = STAT_DF + (4 + 2 + 5) + 4;
	assert_int_equal(load_of(".dockerignore"), link + STAT_D + file + 2);
	assert_int_equal(load_of("d/i"), STAT_D + file + 2);
	assert_int_equal(load_of("d"), STAT_D + file + 2);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(packets_are_counted),
		cmocka_unit_test(varints_have_seven_bits),
		cmocka_unit_test(transfers_are_counted),
		cmocka_unit_test(only_what_differs_is_sent),
		cmocka_unit_test(links_of_snapshot_files_are_counted),
		cmocka_unit_test(entries_come_in_order),
		cmocka_unit_test(what_cannot_be_updated_is_sent_anew),
		cmocka_unit_test(bad_patterns_fail),
		cmocka_unit_test(no_memory_is_an_error),
		cmocka_unit_test(deep_trees_need_no_stack),
		cmocka_unit_test_setup_teardown(xattrs_are_counted, scratch_setup, scratch_teardown),
		cmocka_unit_test_setup_teardown(threads_read_the_same, scratch_setup, scratch_teardown),
		cmocka_unit_test_setup_teardown(device_numbers_are_counted, scratch_setup, scratch_teardown),
		cmocka_unit_test(small_loads_are_counted),
		cmocka_unit_test_setup_teardown(small_loads_follow_links, scratch_setup, scratch_teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
