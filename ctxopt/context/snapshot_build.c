/*
 * While paths are added, each directory's entries are a growing heap array in the order of arrival, and a map leads
 * from (directory, name) to the subdirectory of that name.  A name may arrive twice: files are simply appended again,
 * directories are found through the map and updated where they are.  If a file takes the place of a directory, the
 * directory's slot in the map dies, and with it everything below, because it is reached through the slot only.
 *
 * Sealing sorts each array, takes the newest entry of each name, and copies the result into the snapshot's arena at
 * its exact size.  Directories are sealed in the order in which they were made: parents come first, so that what is
 * not reachable any more is known in time.
 */
#include "ctxopt/context/snapshot_build.h"

#include "ctxopt/base/strmap.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/** A directory in the making. */
struct build_dir {
	/** What the snapshot will see.  `entries` is on the heap until sealed. */
	struct ctx_dir dir;
	/** Capacity of the heap array, 0 when there is none. */
	size_t cap;
	/** Part of the tree that is being sealed. */
	bool reachable;
};

/** Where the entry of a known directory is. */
struct slot {
	/** The directory that holds it; NULL when something else took its place. */
	struct build_dir *parent;
	/** Index in `parent->dir.entries`. */
	uint32_t index;
};

struct ctx_snapshot_build {
	/** Key of each known directory to its index in `slots`.  The keys are in the snapshot's arena. */
	struct ctx_strmap map;
	CTX_VEC(struct slot) slots;
	/** Every directory that has contents, in order of creation; the first is the root.  In the snapshot's arena. */
	CTX_VEC(struct build_dir *) dirs;
	/** Scratch for keys. */
	struct ctx_buf key;
	/** Parent path of the last addition and its directory (NULL: unknown): the next one is most often a sibling. */
	struct ctx_buf last;
	struct build_dir *last_dir;
};

void ctx_snapshot_build_free(struct ctx_snapshot_build *build) {
	if (build == NULL) {
		return;
	}
	for (size_t i = 0; i < build->dirs.count; ++i) {
		if (build->dirs.items[i]->cap > 0) {
			free(build->dirs.items[i]->dir.entries);
		}
	}
	CTX_VEC_RELEASE(&build->dirs);
	CTX_VEC_RELEASE(&build->slots);
	ctx_strmap_release(&build->map);
	ctx_buf_release(&build->key);
	ctx_buf_release(&build->last);
	free(build);
}

/* ---- Directories ---- */

/** Make the contents of entry `index` of `parent` (NULL: of the root). */
static struct build_dir *new_dir(struct ctx_snapshot *snap, struct build_dir *parent, uint32_t index) {
	struct ctx_snapshot_build *build = snap->build;
	struct build_dir *dir = ctx_arena_calloc(&snap->arenas[0], 1, sizeof(*dir));
	if (dir == NULL || !CTX_VEC_PUSH(&build->dirs, dir)) {
		return NULL;
	}
	if (parent != NULL) {
		dir->dir.parent = &parent->dir;
		dir->dir.parent_index = index;
		dir->dir.depth = parent->dir.depth + 1;
		parent->dir.entries[index].dir = &dir->dir;
	} else {
		snap->root.dir = &dir->dir;
	}
	return dir;
}

/** Make the key of a name in a directory; false when out of memory. */
static bool make_key(struct ctx_snapshot_build *build, const struct build_dir *dir, const char *name, size_t len) {
	ctx_buf_reset(&build->key);
	ctx_buf_add(&build->key, &dir, sizeof(dir)); // directories do not move
	ctx_buf_add(&build->key, name, len);
	return ctx_buf_ok(&build->key);
}

/** Slot of the live directory whose key was just made, or NULL. */
static struct slot *find_slot(struct ctx_snapshot_build *build) {
	uint32_t index = ctx_strmap_get(&build->map, build->key.data, build->key.len);
	if (index == CTX_STRMAP_NONE || build->slots.items[index].parent == NULL) {
		return NULL;
	}
	return &build->slots.items[index];
}

/** Remember under the key just made that the newest entry of `dir` is a directory. */
static struct slot *put_slot(struct ctx_snapshot *snap, struct build_dir *dir) {
	struct ctx_snapshot_build *build = snap->build;
	uint32_t index = ctx_strmap_get(&build->map, build->key.data, build->key.len);
	if (index == CTX_STRMAP_NONE) {
		const char *key = ctx_arena_memdup0(&snap->arenas[0], build->key.data, build->key.len);
		if (key == NULL || build->slots.count >= CTX_STRMAP_NONE || !CTX_VEC_RESERVE(&build->slots, 1)) {
			return NULL;
		}
		index = ctx_strmap_put(&build->map, key, build->key.len, (uint32_t)build->slots.count);
		if (index == CTX_STRMAP_NONE) {
			return NULL;
		}
		++build->slots.count;
	}
	build->slots.items[index] = (struct slot){ .parent = dir, .index = dir->dir.count - 1 };
	return &build->slots.items[index];
}

/** Append an entry, its name and strings copied. */
static int append(struct ctx_snapshot *snap, struct build_dir *dir, const char *name, size_t name_len,
	const struct ctx_entry *proto, size_t oid_len, struct ctx_error *err) {
	if (dir->dir.count == UINT32_MAX) {
		return ctx_fail(err, CTX_E_LIMIT, "more than %u entries in one directory", UINT32_MAX);
	}
	if (dir->dir.count == dir->cap) {
		size_t cap = ctx_grow(dir->cap, (size_t)dir->dir.count + 1, sizeof(*proto));
		void *entries = cap > 0 ? ctx_reallocarray(dir->cap > 0 ? dir->dir.entries : NULL, cap, sizeof(*proto))
					: NULL;
		if (entries == NULL) {
			return ctx_fail_nomem(err);
		}
		dir->dir.entries = entries;
		dir->cap = cap;
	}

	struct ctx_arena *arena = &snap->arenas[0];
	struct ctx_entry e = *proto;
	e.name = ctx_arena_memdup0(arena, name, name_len);
	e.name_len = (uint16_t)name_len;
	bool ok = e.name != NULL;
	if (e.kind == CTX_KIND_DIR) {
		e.dir = NULL;
	} else if (e.kind == CTX_KIND_SYMLINK) {
		const char *target = proto->target != NULL ? proto->target : "";
		e.size_bytes = strlen(target);
		e.target = ctx_arena_memdup0(arena, target, e.size_bytes);
		ok = ok && e.target != NULL;
	} else if (oid_len > 0) {
		e.oid = (const unsigned char *)ctx_arena_memdup0(arena, proto->oid, oid_len);
		ok = ok && e.oid != NULL;
	} else {
		e.oid = NULL;
	}
	if (!ok) {
		return ctx_fail_nomem(err);
	}
	if (e.kind == CTX_KIND_FILE && e.inode != 0) {
		e.flags |= CTX_ENTRY_LINKED;
	}
	dir->dir.entries[dir->dir.count++] = e;
	return 0;
}

/** The subdirectory `name` of `*dir`, made if missing, becomes `*dir`. */
static int descend(struct ctx_snapshot *snap, struct build_dir **dir, const char *name, size_t len,
	struct ctx_error *err) {
	struct ctx_snapshot_build *build = snap->build;
	struct build_dir *parent = *dir;
	if (parent->dir.depth + 1 >= CTX_DEPTH_MAX) {
		return ctx_fail(err, CTX_E_LIMIT, "directories nested deeper than %d", CTX_DEPTH_MAX);
	}
	if (!make_key(build, parent, name, len)) {
		return ctx_fail_nomem(err);
	}

	struct slot *slot = find_slot(build);
	if (slot == NULL) {
		struct ctx_entry implied = {
			.kind = CTX_KIND_DIR,
			.mode = S_IFDIR | 0755,
			.flags = CTX_ENTRY_KEPT | CTX_ENTRY_IMPLIED,
		};
		int rc = append(snap, parent, name, len, &implied, 0, err);
		if (rc < 0) {
			return rc;
		}
		slot = put_slot(snap, parent);
		if (slot == NULL) {
			return ctx_fail_nomem(err);
		}
	}
	struct ctx_dir *known = parent->dir.entries[slot->index].dir;
	*dir = known != NULL ? (struct build_dir *)(void *)known : new_dir(snap, parent, slot->index);
	return *dir != NULL ? 0 : ctx_fail_nomem(err);
}

/** The directory at `path`, made with all its parents if missing. */
static int find_parent(struct ctx_snapshot *snap, const char *path, size_t len, struct build_dir **out,
	struct ctx_error *err) {
	struct ctx_snapshot_build *build = snap->build;
	if (build->last_dir != NULL && build->last.len == len && memcmp(ctx_buf_str(&build->last), path, len) == 0) {
		*out = build->last_dir;
		return 0;
	}

	*out = build->dirs.items[0];
	for (size_t at = 0; at < len;) {
		const char *slash = memchr(path + at, '/', len - at);
		size_t end = slash != NULL ? (size_t)(slash - path) : len;
		int rc = descend(snap, out, path + at, end - at, err);
		if (rc < 0) {
			return rc;
		}
		at = end + 1;
	}
	ctx_buf_reset(&build->last);
	ctx_buf_add(&build->last, path, len);
	build->last_dir = *out;
	return ctx_buf_ok(&build->last) ? 0 : ctx_fail_nomem(err);
}

/* ---- Adding ---- */

/** Is the path one that a snapshot takes? */
static int check_path(const char *path, size_t len, struct ctx_error *err) {
	if (len > CTX_PATH_BYTES_MAX) {
		return ctx_fail(err, CTX_E_LIMIT, "path longer than %u bytes", CTX_PATH_BYTES_MAX);
	}
	if (len == 0 || memchr(path, '\0', len) != NULL) {
		return ctx_fail(err, CTX_E_CORRUPT, len == 0 ? "empty path" : "path with a NUL byte");
	}
	for (size_t at = 0; at <= len;) {
		const char *slash = at < len ? memchr(path + at, '/', len - at) : NULL;
		size_t end = slash != NULL ? (size_t)(slash - path) : len;
		size_t n = end - at;
		if (n == 0 || (path[at] == '.' && (n == 1 || (n == 2 && path[at + 1] == '.')))) {
			return ctx_fail(err, CTX_E_CORRUPT, "path '%.*s' is absolute or not clean",
				(int)(len < 256 ? len : 256), path);
		}
		if (n > UINT16_MAX) {
			return ctx_fail(err, CTX_E_LIMIT, "name longer than %u bytes", UINT16_MAX);
		}
		at = end + 1;
	}
	return 0;
}

/** Start building unless that was done. */
static bool begin(struct ctx_snapshot *snap) {
	if (snap->build == NULL) {
		snap->build = ctx_calloc(1, sizeof(*snap->build));
	}
	return snap->build != NULL && (snap->build->dirs.count > 0 || new_dir(snap, NULL, 0) != NULL);
}

/** Add a directory that may be known already. */
static int add_dir(struct ctx_snapshot *snap, struct build_dir *dir, const char *name, size_t len,
	const struct ctx_entry *proto, struct ctx_error *err) {
	struct slot *slot = find_slot(snap->build);
	if (slot != NULL) {
		struct ctx_entry *old = &dir->dir.entries[slot->index];
		struct ctx_entry e = *proto;
		e.name = old->name;
		e.name_len = old->name_len;
		e.dir = old->dir;
		*old = e;
		return 0;
	}
	int rc = append(snap, dir, name, len, proto, 0, err);
	if (rc == 0 && put_slot(snap, dir) == NULL) {
		rc = ctx_fail_nomem(err);
	}
	return rc;
}

int ctx_snapshot_add(struct ctx_snapshot *snap, const char *path, size_t len, const struct ctx_entry *proto,
	size_t oid_len, struct ctx_error *err) {
	int rc = check_path(path, len, err);
	if (rc < 0) {
		return rc;
	}
	if (!begin(snap)) {
		return ctx_fail_nomem(err);
	}

	const char *slash = memrchr(path, '/', len);
	const char *name = slash != NULL ? slash + 1 : path;
	size_t name_len = len - (size_t)(name - path);
	struct build_dir *dir;
	rc = find_parent(snap, path, slash != NULL ? (size_t)(slash - path) : 0, &dir, err);
	if (rc < 0) {
		return rc;
	}
	if (!make_key(snap->build, dir, name, name_len)) {
		return ctx_fail_nomem(err);
	}
	if (proto->kind == CTX_KIND_DIR) {
		return add_dir(snap, dir, name, name_len, proto, err);
	}

	struct slot *slot = find_slot(snap->build);
	if (slot != NULL) {
		slot->parent = NULL; // no longer a directory; what it held goes with it
		snap->build->last_dir = NULL;
	}
	return append(snap, dir, name, name_len, proto, oid_len, err);
}

/* ---- Sealing ---- */

/** By name; equal names by arrival. */
static int arrival_cmp(const void *a, const void *b) {
	const struct ctx_entry *const *x = a, *const *y = b;
	int order = ctx_name_cmp((*x)->name, (*x)->name_len, (*y)->name, (*y)->name_len);
	return order != 0 ? order : (*x > *y) - (*x < *y);
}

/** Point into `sorted` at the entries that stay, in order; returns their number. */
static uint32_t pick_newest(const struct ctx_dir *dir, const struct ctx_entry **sorted) {
	for (uint32_t i = 0; i < dir->count; ++i) {
		sorted[i] = &dir->entries[i];
	}
	if (dir->count > 1) {
		qsort(sorted, dir->count, sizeof(*sorted), arrival_cmp);
	}
	uint32_t kept = 0;
	for (uint32_t i = 0; i < dir->count; ++i) {
		const struct ctx_entry *e = sorted[i];
		if (kept > 0 &&
			ctx_name_cmp(sorted[kept - 1]->name, sorted[kept - 1]->name_len, e->name, e->name_len) == 0) {
			--kept;
		}
		sorted[kept++] = e;
	}
	return kept;
}

/** Bring one directory into its final form; false when out of memory. */
static bool seal_dir(struct ctx_snapshot *snap, struct build_dir *dir) {
	CTX_AUTO_FREE const struct ctx_entry **sorted = ctx_reallocarray(NULL, dir->dir.count, sizeof(*sorted));
	if (sorted == NULL) {
		return false;
	}
	uint32_t count = pick_newest(&dir->dir, sorted);
	struct ctx_entry *entries = ctx_arena_calloc(&snap->arenas[0], count, sizeof(*entries));
	if (entries == NULL) {
		return false;
	}
	for (uint32_t i = 0; i < count; ++i) {
		entries[i] = *sorted[i];
		struct ctx_dir *child = ctx_entry_dir(&entries[i]);
		if (child != NULL) {
			child->parent_index = i;
			((struct build_dir *)(void *)child)->reachable = true;
		}
	}
	if (dir->cap > 0) {
		free(dir->dir.entries);
		dir->cap = 0;
	}
	dir->dir.entries = entries;
	dir->dir.count = count;
	return true;
}

int ctx_snapshot_seal(struct ctx_snapshot *snap, struct ctx_error *err) {
	if (!begin(snap)) {
		return ctx_fail_nomem(err);
	}
	struct ctx_snapshot_build *build = snap->build;
	build->dirs.items[0]->reachable = true;
	for (size_t i = 0; i < build->dirs.count; ++i) {
		if (build->dirs.items[i]->reachable && !seal_dir(snap, build->dirs.items[i])) {
			return ctx_fail_nomem(err);
		}
	}
	ctx_snapshot_build_free(build);
	snap->build = NULL;
	return ctx_snapshot_settle(snap, err);
}
