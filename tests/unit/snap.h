/**
 * Making small snapshots by hand, and looking at them as text.  For unit tests.
 */
#ifndef CTXOPT_TESTS_UNIT_SNAP_H
#define CTXOPT_TESTS_UNIT_SNAP_H

#include "ctxopt/context/snapshot.h"

#include <string.h>
#include <sys/stat.h>

/** Add a regular file of `size` bytes; 0 or an error. */
static inline int snap_file(struct ctx_snapshot *snap, const char *path, uint64_t size) {
	struct ctx_entry e = { .kind = CTX_KIND_FILE,
		.mode = S_IFREG | 0644,
		.size_bytes = size,
		.flags = CTX_ENTRY_KEPT };
	return ctx_snapshot_add(snap, path, strlen(path), &e, 0, NULL);
}

/** Add a directory; 0 or an error. */
static inline int snap_dir(struct ctx_snapshot *snap, const char *path) {
	struct ctx_entry e = { .kind = CTX_KIND_DIR, .mode = S_IFDIR | 0755, .flags = CTX_ENTRY_KEPT };
	return ctx_snapshot_add(snap, path, strlen(path), &e, 0, NULL);
}

/** Add a symlink; 0 or an error. */
static inline int snap_link(struct ctx_snapshot *snap, const char *path, const char *target) {
	struct ctx_entry e = { .kind = CTX_KIND_SYMLINK, .mode = S_IFLNK | 0777, .flags = CTX_ENTRY_KEPT };
	e.target = target;
	return ctx_snapshot_add(snap, path, strlen(path), &e, 0, NULL);
}

/** One letter per flag, for snap_text(). */
static inline void snap_flags(struct ctx_buf *out, unsigned flags) {
	static const char letters[] = "kprxudshil"; // kept, parent, refused, unreadable (x), unopened, digest, ...
	for (size_t i = 0; i + 1 < sizeof(letters); ++i) {
		if ((flags >> i & 1) != 0) {
			ctx_buf_addc(out, letters[i]);
		}
	}
}

/** Append a line per entry: "path kind size flags [-> target]". */
static inline void snap_text(struct ctx_buf *out, struct ctx_snapshot *snap) {
	ctx_auto_iter struct ctx_iter it = { 0 };
	ctx_iter_init(&it, snap);
	while (ctx_iter_next(&it)) {
		const struct ctx_entry *e = it.entry;
		ctx_buf_add(out, it.path.data, it.path.len);
		ctx_buf_addf(out, " %s %llu ", ctx_kind_name((enum ctx_kind)e->kind),
			(unsigned long long)e->size_bytes);
		snap_flags(out, e->flags);
		if (e->kind == CTX_KIND_SYMLINK) {
			ctx_buf_addf(out, " -> %s", e->target);
		}
		ctx_buf_addc(out, '\n');
	}
}

/** Fail unless snap_text() gives just this. */
#define assert_snap(snap, want) \
	do { \
		ctx_auto_buf struct ctx_buf text_ = CTX_BUF_INIT; \
		snap_text(&text_, snap); \
		assert_string_equal(ctx_buf_str(&text_), want); \
	} while (0)

#endif
