/*
 * A snapshot is a tree of arrays:
 *
 *	root -> ctx_dir -> [ entry "a" | entry "b" | entry "c" ]
 *	           ^                        |
 *	           +--- parent, index 1 -- ctx_dir -> [ entry "x" | ... ]
 *
 * Each directory knows its parent and its place there.  So every traversal here is a loop that steps down into an
 * entry's directory and back up through the parent: no recursion and no stack, whatever the depth.
 *
 * snapshot_add.c builds such a tree from paths in any order, snapshot_apply.c decides for its entries, walk.c reads
 * one from the file system.
 */
#include "ctxopt/context/snapshot.h"

#include "ctxopt/context/snapshot_build.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* ---- Life cycle ---- */

struct ctx_snapshot *ctx_snapshot_new(size_t arena_count) {
	struct ctx_snapshot *snap = ctx_calloc(1, sizeof(*snap));
	if (snap == NULL) {
		return NULL;
	}
	snap->arenas = ctx_calloc(arena_count, sizeof(*snap->arenas));
	if (snap->arenas == NULL) {
		free(snap);
		return NULL;
	}
	snap->arena_count = arena_count;
	snap->root = (struct ctx_entry){
		.name = "",
		.mode = S_IFDIR | 0755,
		.flags = CTX_ENTRY_KEPT,
		.kind = CTX_KIND_DIR,
	};
	snap->complete = true;
	return snap;
}

void ctx_snapshot_free(struct ctx_snapshot *snap) {
	if (snap == NULL) {
		return;
	}
	ctx_snapshot_build_free(snap->build);
	for (size_t i = 0; i < snap->arena_count; ++i) {
		ctx_arena_release(&snap->arenas[i]);
	}
	free(snap->arenas);
	CTX_VEC_RELEASE(&snap->problems);
	CTX_VEC_RELEASE(&snap->devices);
	free(snap->use);
	free(snap);
}

/* ---- Names and paths ---- */

int ctx_name_cmp(const char *a, size_t a_len, const char *b, size_t b_len) {
	size_t shared = a_len < b_len ? a_len : b_len;
	int order = shared > 0 ? memcmp(a, b, shared) : 0;
	if (order != 0) {
		return order;
	}
	return (a_len > b_len) - (a_len < b_len);
}

int ctx_path_cmp(const char *a, size_t a_len, const char *b, size_t b_len) {
	size_t shared = a_len < b_len ? a_len : b_len;
	size_t i = 0;
	while (i < shared && a[i] == b[i]) {
		++i;
	}
	if (i == shared) {
		return (a_len > b_len) - (a_len < b_len);
	}
	// What a directory holds comes before its next sibling, whose name may go on with a byte below '/'
	unsigned x = a[i] == '/' ? 0 : (unsigned char)a[i];
	unsigned y = b[i] == '/' ? 0 : (unsigned char)b[i];
	return x < y ? -1 : 1;
}

struct ctx_entry *ctx_dir_find(const struct ctx_dir *dir, const char *name, size_t len) {
	size_t low = 0, high = dir != NULL ? dir->count : 0;
	while (low < high) {
		size_t mid = low + (high - low) / 2;
		struct ctx_entry *e = &dir->entries[mid];
		int order = ctx_name_cmp(e->name, e->name_len, name, len);
		if (order == 0) {
			return e;
		}
		if (order < 0) {
			low = mid + 1;
		} else {
			high = mid;
		}
	}
	return NULL;
}

struct ctx_entry *ctx_snapshot_find(struct ctx_snapshot *snap, const char *path, size_t len) {
	struct ctx_entry *e = &snap->root;
	const char *end = path + len;
	while (e != NULL && path < end) {
		const char *slash = memchr(path, '/', (size_t)(end - path));
		const char *stop = slash != NULL ? slash : end;
		e = ctx_dir_find(ctx_entry_dir(e), path, (size_t)(stop - path));
		path = slash != NULL ? slash + 1 : end;
		if (slash != NULL && path == end) {
			return NULL; // a final slash is not clean
		}
	}
	return e;
}

/** Append the path from `top` (NULL: the root) to `dir` and, unless empty, "/name". */
static void add_path(struct ctx_buf *out, const struct ctx_dir *top, const struct ctx_dir *dir, const char *name,
	size_t name_len) {
	size_t len = name_len;
	for (const struct ctx_dir *d = dir; d != top && d->parent != NULL; d = d->parent) {
		len += d->parent->entries[d->parent_index].name_len + (len > 0 ? 1u : 0u);
	}
	if (!ctx_buf_reserve(out, len)) {
		return;
	}

	// From the end to the start, which is the way the parents lead
	char *at = out->data + out->len + len;
	*at = '\0';
	if (name_len > 0) {
		memcpy(at -= name_len, name, name_len);
	}
	bool more = name_len > 0;
	for (const struct ctx_dir *d = dir; d != top && d->parent != NULL; d = d->parent) {
		const struct ctx_entry *e = &d->parent->entries[d->parent_index];
		if (more) {
			*--at = '/';
		}
		memcpy(at -= e->name_len, e->name, e->name_len);
		more = true;
	}
	out->len += len;
}

void ctx_dir_path(struct ctx_buf *out, const struct ctx_dir *dir) {
	add_path(out, NULL, dir, "", 0);
}

void ctx_dir_path_below(struct ctx_buf *out, const struct ctx_dir *top, const struct ctx_dir *dir) {
	add_path(out, top, dir, "", 0);
}

void ctx_entry_path(struct ctx_buf *out, const struct ctx_dir *dir, const struct ctx_entry *e) {
	add_path(out, NULL, dir, e->name, e->name_len);
}

/* ---- Positions ---- */

struct ctx_cursor ctx_cursor_at(struct ctx_dir *top) {
	return (struct ctx_cursor){ .dir = top, .next_dir = top, .top = top };
}

struct ctx_entry *ctx_cursor_next(struct ctx_cursor *c) {
	struct ctx_dir *dir = c->next_dir;
	if (dir == NULL) {
		return NULL;
	}
	while (CTX_UNLIKELY(c->next >= dir->count)) {
		if (dir == c->top) {
			c->next_dir = NULL;
			return NULL;
		}
		c->next = dir->parent_index + 1;
		dir = dir->parent;
	}

	struct ctx_entry *e = &dir->entries[c->next++];
	c->dir = c->next_dir = dir;
	if (e->kind == CTX_KIND_DIR && e->dir != NULL) {
		c->next_dir = e->dir;
		c->next = 0;
	}
	return e;
}

void ctx_cursor_skip(struct ctx_cursor *c) {
	if (c->next_dir != NULL && c->next_dir != c->dir) {
		c->next = c->next_dir->parent_index + 1;
		c->next_dir = c->dir;
	}
}

void ctx_iter_init(struct ctx_iter *it, struct ctx_snapshot *snap) {
	*it = (struct ctx_iter){ .snap = snap };
}

void ctx_iter_skip(struct ctx_iter *it) {
	it->skip_children = true;
}

void ctx_iter_release(struct ctx_iter *it) {
	ctx_buf_release(&it->path);
}

/** Cut the last component off the path, with the slash before it. */
static void iter_cut(struct ctx_iter *it, size_t name_len) {
	size_t len = it->path.len - name_len;
	ctx_buf_truncate(&it->path, len > 0 ? len - 1 : 0);
}

/** Go to entry `index` of the iterator's directory, or up while there is none; false at the end. */
static bool iter_settle(struct ctx_iter *it, size_t index) {
	struct ctx_dir *dir = it->dir;
	while (index >= dir->count) {
		if (dir->parent == NULL) {
			it->entry = NULL;
			return false;
		}
		index = (size_t)dir->parent_index + 1;
		dir = dir->parent;
		iter_cut(it, dir->entries[index - 1].name_len);
	}
	it->dir = dir;
	it->entry = &dir->entries[index];
	it->depth = dir->depth + 1;
	if (dir->parent != NULL) {
		ctx_buf_addc(&it->path, '/');
	}
	ctx_buf_add(&it->path, it->entry->name, it->entry->name_len);
	return ctx_buf_ok(&it->path);
}

bool ctx_iter_next(struct ctx_iter *it) {
	if (!ctx_buf_ok(&it->path)) {
		return false;
	}
	const struct ctx_entry *e = it->entry;
	if (e == NULL) {
		if (it->dir != NULL || it->snap->root.dir == NULL) {
			return false; // at the end already
		}
		it->dir = it->snap->root.dir;
		return iter_settle(it, 0);
	}

	bool descend = ctx_entry_dir(e) != NULL && !it->skip_children;
	it->skip_children = false;
	if (descend) {
		it->dir = e->dir;
		return iter_settle(it, 0);
	}
	size_t index = (size_t)(e - it->dir->entries);
	iter_cut(it, e->name_len);
	return iter_settle(it, index + 1);
}

/* ---- Settling ---- */

/** One kept name of a file that may have others. */
struct name {
	uint64_t device, inode;
	/** Place in the snapshot's order. */
	uint64_t order;
	struct ctx_entry *entry;
};

/** All of them: a CTX_VEC() with a name. */
struct names {
	struct name *items;
	size_t count, cap;
};

/** By file, and within a file by place. */
static int name_cmp(const void *a, const void *b) {
	const struct name *x = a, *y = b;
	if (x->device != y->device) {
		return x->device < y->device ? -1 : 1;
	}
	if (x->inode != y->inode) {
		return x->inode < y->inode ? -1 : 1;
	}
	return (x->order > y->order) - (x->order < y->order);
}

/** Mark all names of a file but its first. */
static void mark_links(struct name *names, size_t count) {
	qsort(names, count, sizeof(*names), name_cmp);
	for (size_t i = 1; i < count; ++i) {
		if (names[i].inode == names[i - 1].inode && names[i].device == names[i - 1].device) {
			names[i].entry->flags |= CTX_ENTRY_HARDLINK;
		}
	}
}

/** Make the excluded directories above an entry of `dir` present.  Stops at the first that is, so it is cheap. */
static void keep_parents(struct ctx_dir *dir) {
	while (dir->parent != NULL) {
		struct ctx_entry *e = &dir->parent->entries[dir->parent_index];
		if (ctx_entry_kept(e)) {
			return;
		}
		e->flags |= CTX_ENTRY_KEPT | CTX_ENTRY_PARENT;
		dir = dir->parent;
	}
}

/** Settle the tree but for the hard links, which are collected. */
static bool settle_entries(struct ctx_snapshot *snap, struct names *names) {
	uint64_t count = 0;
	struct ctx_cursor c = ctx_cursor_at(snap->root.dir);
	for (struct ctx_entry *e; (e = ctx_cursor_next(&c)) != NULL;) {
		++count;
		if (!ctx_entry_kept(e)) {
			continue;
		}
		keep_parents(c.dir);
		if (CTX_UNLIKELY(e->flags & CTX_ENTRY_LINKED)) {
			e->flags &= (uint16_t)~CTX_ENTRY_HARDLINK;
			struct name name = { .device = e->device, .inode = e->inode, .order = count, .entry = e };
			if (!CTX_VEC_PUSH(names, name)) {
				return false;
			}
		}
	}
	snap->entry_count = count;
	return true;
}

int ctx_snapshot_settle(struct ctx_snapshot *snap, struct ctx_error *err) {
	struct names names = { 0 };
	bool ok = settle_entries(snap, &names);
	if (ok && names.count > 0) {
		mark_links(names.items, names.count);
	}
	CTX_VEC_RELEASE(&names);
	return ok ? 0 : ctx_fail_nomem(err);
}

/* ---- Problems ---- */

int ctx_snapshot_add_problem(struct ctx_snapshot *snap, const char *path, size_t len, int sysno, const char *what,
	bool fails_build, struct ctx_error *err) {
	struct ctx_problem problem = {
		.path = ctx_arena_memdup0(&snap->arenas[0], path, len),
		.path_len = len,
		.sysno = sysno,
		.what = what,
		.fails_build = fails_build,
	};
	if (problem.path == NULL || !CTX_VEC_PUSH(&snap->problems, problem)) {
		return ctx_fail_nomem(err);
	}
	return 0;
}

/** By path; a path with several problems lists them in a fixed order too. */
static int problem_cmp(const void *a, const void *b) {
	const struct ctx_problem *x = a, *y = b;
	int order = ctx_path_cmp(x->path, x->path_len, y->path, y->path_len);
	if (order == 0) {
		order = strcmp(x->what, y->what);
	}
	return order != 0 ? order : (x->sysno > y->sysno) - (x->sysno < y->sysno);
}

void ctx_snapshot_sort_problems(struct ctx_snapshot *snap) {
	if (snap->problems.count > 1) {
		qsort(snap->problems.items, snap->problems.count, sizeof(snap->problems.items[0]), problem_cmp);
	}
}
