/*
 * Few paths, so they are looked up one by one instead of walking the directory that holds them.
 */
#include "analyzer/dockerfile/follow.h"
#include "analyzer/dockerfile/transfer.h"
#include "analyzer/dockerfile/wire.h"
#include "ctxopt/base/file.h"
#include "ctxopt/context/walk.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

/** What was found. */
struct found {
	int dir_fd;
	CTX_VEC(struct ana_small_load) items;
	struct ctx_arena arena;
	struct ctx_error *err;
};

uint64_t ana_transfer_small(const struct ana_small_load *files, size_t count) {
	uint64_t bytes = ANA_WIRE_TYPE_BYTES;
	for (size_t i = 0; i < count; ++i) {
		enum ctx_kind kind = ctx_kind_of_mode(files[i].mode);
		struct ana_wire_stat fields = {
			.path_len = strlen(files[i].path),
			.size_bytes = kind == CTX_KIND_DIR ? 0 : files[i].size_bytes,
			.link_len = kind == CTX_KIND_SYMLINK ? files[i].size_bytes : 0,
			.mtime_ns = files[i].mtime_ns,
			.mode = files[i].mode,
			.extra_bytes = files[i].xattr_bytes,
		};
		bytes += ana_wire_stat_packet(&fields);
		if (kind == CTX_KIND_FILE) {
			bytes += ana_wire_data_packets(i, files[i].size_bytes);
		}
	}
	return bytes;
}

/** Add a path if it is there.  @return 1, it is a directory; 0; CTX_E_NOMEM. */
static int add_path(struct found *found, const char *path, size_t len) {
	struct stat st;
	char *copy = ctx_arena_memdup0(&found->arena, path, len);
	if (copy == NULL) {
		return ctx_fail_nomem(found->err);
	}
	if (fstatat(found->dir_fd, copy, &st, AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT) < 0) {
		return 0; // as if it did not exist
	}
	struct ana_small_load item = {
		.path = copy,
		.size_bytes = (uint64_t)st.st_size,
		.mtime_ns = ctx_timespec_ns(&st.st_mtim),
		.mode = st.st_mode,
		.xattr_bytes = ana_transfer_xattr_bytes(found->dir_fd, copy),
	};
	if (!CTX_VEC_PUSH(&found->items, item)) {
		return ctx_fail_nomem(found->err);
	}
	return S_ISDIR(st.st_mode);
}

/** Add what is below a directory. */
static int add_tree(struct found *found, struct ctx_str path) {
	ctx_auto_buf struct ctx_buf name = CTX_BUF_INIT;
	ctx_buf_add(&name, path.ptr, path.len);
	if (!ctx_buf_ok(&name)) {
		return ctx_fail_nomem(found->err);
	}
	ctx_auto_fd int fd = ctx_open_beneath(found->dir_fd, ctx_buf_str(&name), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0) {
		return 0;
	}
	struct ctx_snapshot *snap = NULL;
	struct ctx_walk_opts opts = { .jobs = 1, .names_only = true };
	int rc = ctx_walk(&snap, fd, NULL, &opts, found->err);
	ctx_auto_iter struct ctx_iter it = { 0 };
	if (rc == 0) {
		ctx_iter_init(&it, snap);
	}
	ctx_buf_addc(&name, '/');
	size_t prefix_len = name.len;
	while (rc >= 0 && ctx_iter_next(&it)) {
		ctx_buf_truncate(&name, prefix_len);
		ctx_buf_add(&name, it.path.data, it.path.len);
		rc = ctx_buf_ok(&name) ? add_path(found, name.data, name.len) : ctx_fail_nomem(found->err);
	}
	if (rc >= 0 && !ctx_buf_ok(&it.path)) {
		rc = ctx_fail_nomem(found->err);
	}
	ctx_snapshot_free(snap);
	return rc < 0 ? rc : 0;
}

/** Add a path with the directories above it, and with what is below it. */
static int add_wanted(struct found *found, struct ctx_str path) {
	size_t before = found->items.count;
	int rc = add_path(found, path.ptr, path.len);
	if (rc < 0 || found->items.count == before) {
		return rc;
	}
	bool is_dir = rc > 0;
	for (size_t i = 0; rc >= 0 && i < path.len; ++i) {
		if (path.ptr[i] == '/') {
			rc = add_path(found, path.ptr, i);
		}
	}
	if (rc < 0) {
		return rc;
	}
	return is_dir ? add_tree(found, path) : 0;
}

/** In the order of paths. */
static int load_cmp(const void *a, const void *b) {
	const struct ana_small_load *x = a, *y = b;
	return ctx_path_cmp(x->path, strlen(x->path), y->path, strlen(y->path));
}

/** Bytes of what was found, each path once. */
static uint64_t sum(struct found *found) {
	if (found->items.count > 1) {
		qsort(found->items.items, found->items.count, sizeof(found->items.items[0]), load_cmp);
	}
	size_t kept = 0;
	for (size_t i = 0; i < found->items.count; ++i) {
		if (kept == 0 || load_cmp(&found->items.items[kept - 1], &found->items.items[i]) != 0) {
			found->items.items[kept++] = found->items.items[i];
		}
	}
	return ana_transfer_small(found->items.items, kept);
}

int ana_transfer_small_at(uint64_t *bytes, int dir_fd, const struct ctx_str *paths, size_t count,
	struct ctx_error *err) {
	struct found found = { .dir_fd = dir_fd, .err = err };
	ana_auto_words struct ana_words patterns = { 0 };
	struct ana_follow_fd follow;
	ana_follow_fd_init(&follow, dir_fd);
	int rc = ana_follow_links(&patterns, paths, count, &follow.tree, &found.arena, err);
	for (size_t i = 0; rc == 0 && i < patterns.items.count; ++i) {
		rc = add_wanted(&found, patterns.items.items[i]);
	}
	if (rc == 0) {
		*bytes = sum(&found);
	}
	ana_follow_fd_release(&follow);
	CTX_VEC_RELEASE(&found.items);
	ctx_arena_release(&found.arena);
	return rc;
}
