#include "analyzer/cache/overlay.h"

#include "analyzer/cache/selector_internal.h"
#include "analyzer/dockerfile/glob.h"
#include "ctxopt/base/path.h"

#include <stdlib.h>
#include <string.h>

/* ---- Trees that share what they can ---- */

/** A new directory with room for some entries. */
static struct ana_dir *new_dir(const struct ana_overlay_env *env, uint32_t mode, uint32_t room) {
	struct ana_dir *dir = ana_dir_new(env->store, mode);
	struct ana_file *files = ctx_arena_calloc(env->arena, room + 1, sizeof(*files));
	if (dir == NULL || files == NULL) {
		return NULL;
	}
	dir->files = files;
	return dir;
}

/** An entry for a directory. */
static struct ana_file dir_entry(const char *name, uint32_t len, struct ana_dir *dir) {
	return (struct ana_file){ .name = name, .name_len = len, .kind = CTX_KIND_DIR, .mode = dir->mode, .dir = dir };
}

/** A copy of a directory in which one entry is replaced or added. */
static int with_entry(const struct ana_overlay_env *env, struct ana_dir *dir, const struct ana_file *entry,
	struct ana_dir **out) {
	int rc = ana_dir_load(env->store, dir, env->err);
	struct ana_dir *copy = rc < 0 ? NULL : new_dir(env, dir->mode, dir->count + 1);
	if (copy == NULL) {
		return rc < 0 ? rc : ctx_fail_nomem(env->err);
	}
	bool placed = false;
	for (uint32_t i = 0; i < dir->count; ++i) {
		const struct ana_file *file = &dir->files[i];
		int order = placed ? -1 : ctx_name_cmp(file->name, file->name_len, entry->name, entry->name_len);
		if (order >= 0) {
			copy->files[copy->count++] = *entry;
			placed = true;
		}
		if (order != 0) {
			copy->files[copy->count++] = *file;
		}
	}
	if (!placed) {
		copy->files[copy->count++] = *entry;
	}
	*out = copy;
	return 0;
}

static int merge_dirs(const struct ana_overlay_env *env, struct ana_dir *below, struct ana_dir *above, uint32_t mode,
	unsigned depth, struct ana_dir **out);

/** Two entries of one name: directories become one, anything else is replaced. */
static int merge_entry(const struct ana_overlay_env *env, const struct ana_file *below, const struct ana_file *above,
	unsigned depth, struct ana_file *out) {
	*out = *above;
	if (below->kind != CTX_KIND_DIR || above->kind != CTX_KIND_DIR) {
		return 0;
	}
	struct ana_dir *dir;
	int rc = merge_dirs(env, below->dir, above->dir, above->dir->mode, depth + 1, &dir);
	if (rc == 0) {
		*out = dir_entry(above->name, above->name_len, dir);
	}
	return rc;
}

/** Two directories as one. */
static int merge_dirs(const struct ana_overlay_env *env, struct ana_dir *below, struct ana_dir *above, uint32_t mode,
	unsigned depth, struct ana_dir **out) {
	int rc = depth > ANA_SELECTION_DEPTH_MAX ? ctx_fail(env->err, CTX_E_LIMIT, "a directory is too deep")
						 : ana_dir_load(env->store, below, env->err);
	rc = rc < 0 || below == above ? rc : ana_dir_load(env->store, above, env->err);
	if (rc < 0) {
		return rc;
	}
	if (below->count == 0 && above->mode == mode) {
		*out = above;
		return 0;
	}
	struct ana_dir *dir = new_dir(env, mode, below->count + above->count);
	uint32_t i = 0, k = 0;
	while (dir != NULL && rc == 0 && (i < below->count || k < above->count)) {
		const struct ana_file *x = i < below->count ? &below->files[i] : NULL;
		const struct ana_file *y = k < above->count ? &above->files[k] : NULL;
		int order = x == NULL ? 1 : y == NULL ? -1 : ctx_name_cmp(x->name, x->name_len, y->name, y->name_len);
		if (order == 0) {
			rc = merge_entry(env, x, y, depth, &dir->files[dir->count++]);
		} else {
			dir->files[dir->count++] = order < 0 ? *x : *y;
		}
		i += order <= 0;
		k += order >= 0;
	}
	*out = dir;
	return dir == NULL ? ctx_fail_nomem(env->err) : rc;
}

/** What is put somewhere. */
struct load {
	/** A file or link; NULL for the contents of a directory. */
	const struct ana_file *file;
	/** NULL: just make sure that there is a directory. */
	struct ana_dir *dir;
	/** Of directories that are made on the way. */
	uint32_t mode;
};

/** Put something at a path below a directory (relative; "" is the directory itself). */
static int put(const struct ana_overlay_env *env, struct ana_dir *dir, struct ctx_str path, const struct load *load,
	unsigned depth, struct ana_dir **out) {
	int rc = depth > ANA_SELECTION_DEPTH_MAX ? ctx_fail(env->err, CTX_E_LIMIT, "a path is too deep")
						 : ana_dir_load(env->store, dir, env->err);
	if (rc < 0) {
		return rc;
	}
	if (path.len == 0) {
		*out = dir;
		return load->dir == NULL ? 0 : merge_dirs(env, dir, load->dir, dir->mode, depth, out);
	}
	const char *slash = memchr(path.ptr, '/', path.len);
	struct ctx_str name = { path.ptr, slash != NULL ? (size_t)(slash - path.ptr) : path.len };
	struct ctx_str rest = slash != NULL ? ctx_str_from(path, name.len + 1) : CTX_STR("");
	const char *copy = ctx_arena_memdup0(env->arena, name.ptr, name.len);
	const struct ana_file *there = ana_dir_find(dir, name.ptr, name.len);
	struct ana_file entry;
	if (copy == NULL) {
		return ctx_fail_nomem(env->err);
	}
	if (rest.len == 0 && load->file != NULL) {
		entry = *load->file;
		entry.name = copy;
		entry.name_len = (uint32_t)name.len;
		return with_entry(env, dir, &entry, out);
	}
	bool fresh = there == NULL || there->kind != CTX_KIND_DIR;
	bool takes_mode = fresh && rest.len == 0 && load->dir != NULL; // a directory that is copied where there is none
	struct ana_dir *below = fresh ? new_dir(env, takes_mode ? load->dir->mode : load->mode, 0) : there->dir;
	struct ana_dir *inner = NULL;
	rc = below == NULL ? ctx_fail_nomem(env->err) : put(env, below, rest, load, depth + 1, &inner);
	if (rc < 0) {
		return rc;
	}
	entry = dir_entry(copy, (uint32_t)name.len, inner);
	return with_entry(env, dir, &entry, out);
}

/* ---- Owners and modes ---- */

/** Owner and mode that a copy gives. */
struct manner {
	/** Owner as bits beside the mode: 0 for 0:0. */
	uint32_t owner;
	/** -1 if the source's stay; bits of a symbolic mode. */
	int64_t mode;
	uint32_t symbolic;
};

/** Twenty bits for an owner that is not 0:0; whom a name stands for is not known, but it is the same each time. */
static uint32_t owner_bits(struct ctx_str owner) {
	bool root = owner.len == 0 || ctx_str_is(owner, "0") || ctx_str_is(owner, "root") || ctx_str_is(owner, "0:0") ||
		ctx_str_is(owner, "root:root");
	return root ? 0 : (uint32_t)(ctx_hash64(owner.ptr, owner.len, 0) & 0xffffe) << 12 | 1u << 12;
}

/** The manner of an action. */
static struct manner manner_of(const struct ana_action *a, bool older) {
	struct manner m = { .owner = older ? 0 : owner_bits(a->chown), .mode = a->mode };
	if (a->mode < 0 && a->chmod.len > 0 && !older) {
		m.symbolic = (uint32_t)(ctx_hash64(a->chmod.ptr, a->chmod.len, 1) & 0xffffe) << 12 | 1u << 12;
	}
	return m;
}

/** Does the manner change anything? */
static bool is_plain(const struct manner *m) {
	return m->owner == 0 && m->mode < 0 && m->symbolic == 0;
}

/** A mode in that manner. */
static uint32_t mode_in(const struct manner *m, uint32_t mode, bool link) {
	uint32_t bits = m->owner != 0 ? (mode & 07777) | m->owner : mode;
	if (m->mode >= 0 && !link) {
		bits = (bits & ~(uint32_t)07777) | (uint32_t)m->mode;
	}
	return link ? bits : bits ^ m->symbolic;
}

/** A directory and all below in that manner. */
static int dir_in(const struct ana_overlay_env *env, const struct manner *m, struct ana_dir *dir, unsigned depth,
	struct ana_dir **out) {
	int rc = depth > ANA_SELECTION_DEPTH_MAX ? ctx_fail(env->err, CTX_E_LIMIT, "a directory is too deep")
						 : ana_dir_load(env->store, dir, env->err);
	struct ana_dir *copy = rc < 0 ? NULL : new_dir(env, mode_in(m, dir->mode, false), dir->count);
	for (uint32_t i = 0; copy != NULL && rc == 0 && i < dir->count; ++i) {
		struct ana_file *file = &copy->files[copy->count++];
		*file = dir->files[i];
		file->mode = mode_in(m, file->mode, file->kind == CTX_KIND_SYMLINK);
		rc = file->kind == CTX_KIND_DIR ? dir_in(env, m, dir->files[i].dir, depth + 1, &file->dir) : 0;
	}
	*out = copy;
	return rc < 0 ? rc : copy == NULL ? ctx_fail_nomem(env->err) : 0;
}

/* ---- Unknown things ---- */

int ana_overlay_empty(const struct ana_overlay_env *env, struct ana_overlay *out) {
	*out = (struct ana_overlay){ .root = new_dir(env, 0755, 0) };
	return out->root != NULL ? 0 : ctx_fail_nomem(env->err);
}

int ana_overlay_add_unknown(const struct ana_overlay_env *env, struct ana_overlay *fs,
	const struct ana_unknown *unknown) {
	struct ana_unknown *all = ctx_arena_calloc(env->arena, fs->unknown_count + 1, sizeof(*all));
	if (all == NULL) {
		return ctx_fail_nomem(env->err);
	}
	if (fs->unknown_count > 0) {
		memcpy(all, fs->unknown, fs->unknown_count * sizeof(*all));
	}
	all[fs->unknown_count++] = *unknown;
	fs->unknown = all;
	return 0;
}

/** A path without its final slashes. */
static struct ctx_str trimmed(struct ctx_str path) {
	while (path.len > 1 && path.ptr[path.len - 1] == '/') {
		--path.len;
	}
	if (path.len > 1 && path.ptr[path.len - 1] == '.' && path.ptr[path.len - 2] == '/') {
		return trimmed((struct ctx_str){ path.ptr, path.len - 1 });
	}
	return path;
}

/** Does the destination say that it is a directory? */
static bool says_directory(struct ctx_str dest) {
	return trimmed(dest).len < dest.len || dest.len == 1;
}

/** The part of a selection's path that is no pattern. */
static struct ctx_str fixed_part(const struct ana_selector *sel) {
	size_t end = sel->wildcard ? 0 : sel->path.len;
	while (end < sel->path.len) {
		const char *slash = memchr(sel->path.ptr + end + 1, '/', sel->path.len - end - 1);
		size_t next = slash != NULL ? (size_t)(slash - sel->path.ptr) : sel->path.len;
		if (ana_glob_has_wildcard((struct ctx_str){ sel->path.ptr + end, next - end })) {
			break;
		}
		end = next;
	}
	return end == 0 ? CTX_STR("/") : (struct ctx_str){ sel->path.ptr, end };
}

/** Is a path the directory or below it? */
static bool is_within(struct ctx_str path, struct ctx_str dir) {
	return ctx_path_within(path.ptr, path.len, dir.ptr, dir.len);
}

/** May something at a path, or below it, match a wildcard?  Component by component, as far as both go. */
static bool may_match(struct ctx_str pattern, struct ctx_str path) {
	while (pattern.len > 1 && path.len > 1) {
		struct ctx_str part[2] = { ctx_str_from(pattern, 1), ctx_str_from(path, 1) }, rest[2];
		for (unsigned i = 0; i < 2; ++i) {
			const char *slash = memchr(part[i].ptr, '/', part[i].len);
			size_t len = slash != NULL ? (size_t)(slash - part[i].ptr) : part[i].len;
			rest[i] = ctx_str_from(part[i], len);
			part[i].len = len;
		}
		if (ana_glob_match(part[0], part[1]) == 0) {
			return false;
		}
		pattern = rest[0];
		path = rest[1];
	}
	return true;
}

const struct ctx_digest *ana_unknown_certain(const struct ana_unknown *unknown, const struct ana_selector *sel,
	bool known) {
	bool root = ctx_str_is(sel->path, "/"); // there is always something else in it
	bool within = unknown->sure && !sel->wildcard && sel->patterns == NULL && is_within(unknown->path, sel->path);
	if (within || (unknown->under && (!known || root))) {
		return unknown->under && root ? &unknown->whole : &unknown->origin;
	}
	return NULL;
}

int ana_overlay_select(const struct ana_overlay_env *env, const struct ana_overlay *fs, const struct ana_selector *sel,
	struct ctx_digest *out, bool *concerns) {
	struct ctx_str fixed = fixed_part(sel);
	struct ana_spot spot = { 0 };
	int rc = ana_selection_digest(env->selections, fs->root, sel, out, env->err);
	bool exact = false;
	if (rc > 0 && !sel->wildcard && sel->patterns == NULL) {
		int found = ana_spot_find(&spot, env->store, fs->root, sel->path, sel->follow, env->err);
		exact = found > 0 && spot.dir == NULL; // a file hides what is under it
		rc = found < 0 ? found : rc;
	}
	for (uint32_t i = 0; i < fs->unknown_count; ++i) {
		const struct ana_unknown *u = &fs->unknown[i];
		bool near = is_within(u->path, fixed) || is_within(fixed, u->path);
		near = near && (!sel->wildcard || may_match(sel->path, u->path));
		concerns[i] = near && !(exact && u->under);
	}
	return rc;
}

/* ---- Copies ---- */

/** One copy. */
struct copying {
	const struct ana_overlay_env *env;
	struct ana_overlay *fs;
	const struct ana_action *action;
	struct ctx_str dest;
	struct manner manner;
	/** Something was known at the destination. */
	bool replaces;
};

/** Is there anything but directories in a directory? */
static int holds_files(const struct ana_overlay_env *env, struct ana_dir *dir, unsigned depth) {
	int rc = depth > ANA_SELECTION_DEPTH_MAX ? ctx_fail(env->err, CTX_E_LIMIT, "a directory is too deep")
						 : ana_dir_load(env->store, dir, env->err);
	for (uint32_t i = 0; rc == 0 && i < dir->count; ++i) {
		rc = dir->files[i].kind != CTX_KIND_DIR ? 1 : holds_files(env, dir->files[i].dir, depth + 1);
	}
	return rc;
}

/** Is anything known at a path, but directories?  Those become one with what is copied over them. */
static int is_known_at(const struct ana_overlay_env *env, const struct ana_overlay *fs, struct ctx_str path) {
	struct ana_spot there;
	int rc = ana_spot_find(&there, env->store, fs->root, path, true, env->err);
	return rc <= 0 || there.dir == NULL ? rc : holds_files(env, there.dir, 0);
}

/** Note that something unknown, which `unknown` describes, is at the destination. */
static int note_unknown(struct copying *c, struct ana_unknown unknown) {
	struct ctx_digest mixed = ctx_hash_seeded(unknown.id.bytes, sizeof(unknown.id.bytes),
		(uint64_t)c->manner.owner << 32 | (uint32_t)c->manner.mode);
	unknown.path = c->dest;
	unknown.whole = unknown.id = mixed;
	unknown.under = false;
	return ana_overlay_add_unknown(c->env, c->fs, &unknown);
}

/** Would ADD look into it? */
static bool looks_like_archive(struct ctx_str name) {
	static const char *const ends[] = { ".tar", ".gz", ".tgz", ".xz", ".txz", ".bz2", ".tbz", ".tbz2", ".zst" };
	for (size_t i = 0; i < CTX_COUNTOF(ends); ++i) {
		if (name.len > strlen(ends[i]) && ctx_str_ends(name, ends[i])) {
			return true;
		}
	}
	return false;
}

/** Put something at the destination, or below it. */
static int put_at(struct copying *c, struct ctx_str below, const struct load *load) {
	ctx_auto_buf struct ctx_buf path = CTX_BUF_INIT;
	ctx_buf_add(&path, c->dest.ptr + 1, c->dest.len - 1);
	if (below.len > 0) {
		ctx_buf_adds(&path, path.len > 0 ? "/" : "");
		ctx_buf_add(&path, below.ptr, below.len);
	}
	return !ctx_buf_ok(&path)
		? ctx_fail_nomem(c->env->err)
		: put(c->env, c->fs->root, (struct ctx_str){ ctx_buf_str(&path), path.len }, load, 0, &c->fs->root);
}

/** A file that is copied: under its name if the destination is a directory. */
static int copy_file(struct copying *c, const struct ana_top *top) {
	struct ctx_str path = CTX_STR(top->path), name = ctx_str_from(path, ctx_path_base(path.ptr, path.len));
	struct ana_file file = *top->spot.file;
	struct load load = { .file = &file, .mode = c->manner.mode >= 0 ? (uint32_t)c->manner.mode : 0755 };
	struct ana_spot there;
	int rc = ana_spot_find(&there, c->env->store, c->fs->root, c->dest, true, c->env->err);
	if (rc < 0) {
		return rc;
	}
	if (c->action->unpack && looks_like_archive(name)) {
		return note_unknown(c, (struct ana_unknown){ .id = file.id, .run = ANA_NONE, .hides = c->replaces });
	}
	file.mode = mode_in(&c->manner, file.mode, file.kind == CTX_KIND_SYMLINK);
	bool directory = says_directory(c->action->dest) || (rc > 0 && there.dir != NULL);
	int put_rc = put_at(c, directory ? name : CTX_STR(""), &load);
	if (put_rc == 0 && !directory && rc == 0 && c->fs->unknown_count > 0) {
		// There may be a directory that nobody sees
		return note_unknown(c, (struct ana_unknown){ .id = file.id, .run = ANA_NONE });
	}
	return put_rc;
}

/** A directory whose contents are copied. */
static int copy_dir(struct copying *c, struct ana_dir *dir) {
	struct load load = { .dir = dir, .mode = c->manner.mode >= 0 ? (uint32_t)c->manner.mode : 0755 };
	int rc = is_plain(&c->manner) ? 0 : dir_in(c->env, &c->manner, dir, 0, &load.dir);
	return rc < 0 ? rc : put_at(c, CTX_STR(""), &load);
}

/** What is not known of the source becomes unknown at the destination.  `sure`: nothing else is copied, so something of it is. */
static int copy_unknown(struct copying *c, const struct ana_overlay *source, const bool *concerns, bool sure) {
	int rc = 0;
	uint32_t count = 0;
	for (uint32_t i = 0; i < source->unknown_count; ++i) {
		count += concerns[i];
	}
	for (uint32_t i = 0; rc == 0 && i < source->unknown_count; ++i) {
		const struct ana_unknown *u = &source->unknown[i];
		if (concerns[i]) {
			const struct ctx_digest *from = ctx_str_is(c->action->src, "/") ? &u->whole : &u->id;
			struct ana_unknown copied = *u;
			copied.id = ctx_hash_seeded(from->bytes, sizeof(from->bytes),
				ctx_hash64(c->action->src.ptr, c->action->src.len, 0));
			copied.origin = u->under && ctx_str_is(c->action->src, "/") ? u->whole : u->origin;
			copied.sure = sure && count == 1;
			copied.hides = u->hides || c->replaces;
			rc = note_unknown(c, copied);
		}
	}
	return rc;
}

/** A copy. */
static int copy(struct copying *c, const struct ana_overlay *source) {
	const struct ana_action *a = c->action;
	struct ana_selector sel = ana_selector_of(a, false);
	bool patterns = sel.patterns != NULL;
	struct ana_tops tops = { 0 };
	struct ctx_digest digest;
	bool *concerns = ctx_calloc(source->unknown_count + 1, sizeof(*concerns));
	int rc = concerns == NULL ? ctx_fail_nomem(c->env->err)
				  : ana_overlay_select(c->env, source, &sel, &digest, concerns);
	bool sure = rc == 0 && !sel.wildcard && !patterns;
	int there = rc < 0 ? rc : is_known_at(c->env, c->fs, c->dest);
	c->replaces = there > 0;
	rc = there < 0 ? there : rc;
	rc = rc < 0 ? rc : ana_selection_tops(c->env->selections, source->root, &sel, &tops, c->env->err);
	bool whole = patterns && ctx_str_is(a->src, "/"); // then the tops are entries of the root
	for (size_t i = 0; rc >= 0 && i < tops.items.count; ++i) {
		struct ana_top *top = &tops.items.items[i];
		if (whole) {
			struct ana_file file = *top->spot.file;
			struct load load = { .file = &file, .mode = 0755 };
			if (top->spot.dir != NULL) {
				file = dir_entry(file.name, file.name_len, top->spot.dir);
			}
			file.mode = mode_in(&c->manner, file.mode, file.kind == CTX_KIND_SYMLINK);
			rc = file.kind == CTX_KIND_DIR && !is_plain(&c->manner)
				? dir_in(c->env, &c->manner, file.dir, 0, &file.dir)
				: 0;
			load = file.kind == CTX_KIND_DIR ? (struct load){ .dir = file.dir, .mode = 0755 } : load;
			rc = rc < 0 ? rc : put_at(c, CTX_STR(top->path), &load);
		} else {
			rc = top->spot.dir != NULL ? copy_dir(c, top->spot.dir) : copy_file(c, top);
		}
	}
	rc = rc < 0 ? rc : copy_unknown(c, source, concerns, sure);
	ana_tops_release(&tops);
	free(concerns);
	return rc < 0 ? rc : 0;
}

int ana_overlay_act(const struct ana_overlay_env *env, struct ana_overlay *fs, const struct ana_action *action,
	const struct ana_overlay *source) {
	bool copies = action->kind == ANA_ACTION_COPY;
	struct copying c = { .env = env,
		.fs = fs,
		.action = action,
		.dest = trimmed(copies ? action->dest : action->src),
		.manner = manner_of(action, env->older) };
	if (copies) {
		return action->source == ANA_NONE ? 0 : copy(&c, source);
	}
	uint32_t mode = action->mode >= 0 ? (uint32_t)action->mode : 0755;
	struct ana_file file = { .kind = CTX_KIND_FILE, .mode = mode | c.manner.owner };
	struct load load = { .mode = 0755 };
	if (action->kind == ANA_ACTION_MKFILE) {
		file.id = ctx_hash_seeded(action->data.len > 0 ? action->data.ptr : "", action->data.len, 2);
		load.file = &file;
	} else {
		load.mode = mode | c.manner.owner;
	}
	return put_at(&c, CTX_STR(""), &load);
}

int ana_overlay_merge(const struct ana_overlay_env *env, struct ana_overlay *fs, const struct ana_overlay *upper) {
	struct ana_overlay lower = *fs;
	int rc = merge_dirs(env, fs->root, upper->root, fs->root->mode, 0, &fs->root);
	for (uint32_t i = 0; rc == 0 && i < upper->unknown_count; ++i) {
		struct ana_unknown unknown = upper->unknown[i];
		int there = is_known_at(env, &lower, unknown.path);
		unknown.hides = unknown.hides || there > 0;
		unknown.under = false;
		rc = there < 0 ? there : ana_overlay_add_unknown(env, fs, &unknown);
	}
	return rc;
}
