#include "ctxopt/context/walk_name.h"

#include "ctxopt/context/attributes.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

int ctx_walk_note(struct ctx_walker *w, const struct ctx_dir *dir, const struct ctx_entry *e, int sysno,
	const char *what, bool fails_build, struct ctx_error *err) {
	ctx_buf_reset(&w->path);
	if (e != NULL) {
		ctx_entry_path(&w->path, dir, e);
	} else {
		ctx_dir_path(&w->path, dir);
	}
	struct ctx_problem problem = {
		.path = ctx_buf_ok(&w->path) ? ctx_arena_memdup0(&w->arena, w->path.data, w->path.len) : NULL,
		.path_len = w->path.len,
		.sysno = sysno,
		.what = what,
		.fails_build = fails_build,
	};
	if (problem.path == NULL || !CTX_VEC_PUSH(&w->problems, problem)) {
		return ctx_fail_nomem(err);
	}
	return 0;
}

/* ---- Attributes ---- */

/** Set the index of a device that differs from the one before. */
static int find_device(struct ctx_walker *w, uint64_t device, struct ctx_error *err) {
	struct ctx_snapshot *snap = w->shared->snap;
	pthread_mutex_lock(&w->shared->devices_lock);
	size_t i = 0;
	while (i < snap->devices.count && snap->devices.items[i] != device) {
		++i;
	}
	int rc = 0;
	if (i > UINT16_MAX) {
		rc = ctx_fail(err, CTX_E_LIMIT, "more than %u file systems", UINT16_MAX + 1u);
	} else if (i == snap->devices.count && !CTX_VEC_PUSH(&snap->devices, device)) {
		rc = ctx_fail_nomem(err);
	}
	pthread_mutex_unlock(&w->shared->devices_lock);
	if (rc == 0) {
		w->device = device;
		w->device_index = (uint16_t)i;
	}
	return rc;
}

/** Copy attributes into an entry. */
static int set_attributes(struct ctx_walker *w, struct ctx_entry *e, const struct stat *st, struct ctx_error *err) {
	ctx_entry_set_stat(e, st);
	int rc = 0;
	if (CTX_UNLIKELY(st->st_dev != w->device)) {
		rc = find_device(w, st->st_dev, err);
	}
	e->device = w->device_index;
	return rc;
}

/** Attributes of a name cannot be had although it exists: a directory that may be listed, but not searched. */
static int attributes_failed(struct ctx_walker *w, const struct ctx_walk_dir *d, struct ctx_entry *e, uint8_t type,
	int sysno, struct ctx_error *err) {
	e->mode = (uint32_t)DTTOIF(type);
	e->kind = (uint8_t)ctx_kind_of_mode(e->mode);
	e->dir = NULL;
	if (e->kind == CTX_KIND_SYMLINK) {
		e->target = "";
	}
	e->flags |= CTX_ENTRY_UNREADABLE;
	w->incomplete |= !ctx_entry_kept(e);
	return ctx_walk_note(w, &d->dir, e, sysno, "cannot read attributes", ctx_entry_kept(e), err);
}

/* ---- Kinds of entries ---- */

/** Finish a kept regular file. */
static int add_file(struct ctx_walker *w, const struct ctx_walk_dir *d, int fd, struct ctx_entry *e,
	const struct stat *st, bool refused, struct ctx_error *err) {
	if (refused) {
		e->flags |= CTX_ENTRY_REFUSED;
	}
	if (CTX_LIKELY(ctx_mode_lets_read(st, w->shared->euid)) || faccessat(fd, e->name, R_OK, AT_EACCESS) == 0 ||
		errno == ENOENT) {
		return 0;
	}
	e->flags |= CTX_ENTRY_UNREADABLE;
	return ctx_walk_note(w, &d->dir, e, errno, "cannot read file", false, err);
}

/** The name of an entry is gone: it is taken out when the walk has ended. */
static int vanish(struct ctx_walker *w, struct ctx_entry *e) {
	e->flags |= CTX_ENTRY_GONE;
	w->gone = true;
	return 0;
}

/** Finish a symlink. */
static int add_symlink(struct ctx_walker *w, const struct ctx_walk_dir *d, int fd, struct ctx_entry *e,
	const struct stat *st, struct ctx_error *err) {
	e->target = "";
	int rc = ctx_read_link(&w->target, fd, e->name, st->st_size);
	if (rc == 0) {
		e->size_bytes = w->target.len;
		e->target = ctx_arena_memdup0(&w->arena, w->target.data, w->target.len);
		rc = e->target != NULL ? 0 : -ENOMEM;
	}
	switch (-rc) {
	case 0:
		return 0;
	case ENOMEM:
		return ctx_fail_nomem(err);
	case ENOENT:
		return vanish(w, e);
	case EINVAL: // not a symlink any more
		e->flags |= CTX_ENTRY_UNREADABLE;
		return ctx_walk_note(w, &d->dir, e, 0, "changed while it was read", false, err);
	default:
		e->flags |= CTX_ENTRY_UNREADABLE;
		return ctx_walk_note(w, &d->dir, e, -rc, "cannot read symlink", ctx_entry_kept(e), err);
	}
}

/** Push the task of a subdirectory, or note that it stays closed. */
static int add_dir(struct ctx_walker *w, struct ctx_walk_dir *parent, struct ctx_entry *e,
	const struct ctx_decision *decision, bool open, struct ctx_error *err) {
	if (!open) {
		e->flags |= CTX_ENTRY_UNOPENED;
		w->incomplete = true;
		ctx_matcher_skipped(w->matcher);
		return 0;
	}
	if (decision->excluded && decision->present) {
		e->flags |= CTX_ENTRY_KEPT | CTX_ENTRY_PARENT;
	}
	if (parent->dir.depth + 1 >= CTX_DEPTH_MAX || parent->path_len + 1u + e->name_len > CTX_PATH_BYTES_MAX) {
		return ctx_fail(err, CTX_E_LIMIT, "directories nested too deep");
	}

	struct ctx_walk_dir *child = ctx_arena_alloc(&w->arena, sizeof(*child));
	if (child == NULL) {
		return ctx_fail_nomem(err);
	}
	*child = (struct ctx_walk_dir){
		.dir = {
			.depth = parent->dir.depth + 1,
			.parent = &parent->dir,
			.parent_index = (uint32_t)(e - parent->dir.entries),
		},
		.path_len = parent->path_len + 1u + e->name_len,
		.excluded = decision->excluded,
	};
	if (w->matcher != NULL) {
		child->scope = ctx_matcher_descend(w->matcher, decision, &w->arena);
		if (child->scope == NULL) {
			return ctx_fail_nomem(err);
		}
	}
	return ctx_pool_push(w->pool, w->index, child, err);
}

/** Ask the kernel about a name and finish its entry. */
static int add_with_attributes(struct ctx_walker *w, struct ctx_walk_dir *d, int fd, const struct ctx_listed *name,
	const struct ctx_decision *decision, bool open, struct ctx_entry *e, struct ctx_error *err) {
	struct stat st;
	if (fstatat(fd, name->name, &st, AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT) < 0) {
		return errno == ENOENT ? vanish(w, e) : attributes_failed(w, d, e, name->type, errno, err);
	}
	int rc = set_attributes(w, e, &st, err);
	if (rc < 0) {
		return rc;
	}
	switch ((enum ctx_kind)e->kind) {
	case CTX_KIND_FILE:
		if (st.st_nlink > 1) {
			e->flags |= CTX_ENTRY_LINKED;
		}
		return decision->excluded ? 0 : add_file(w, d, fd, e, &st, decision->refused, err);
	case CTX_KIND_DIR:
		return add_dir(w, d, e, decision, open, err);
	case CTX_KIND_SYMLINK:
		return add_symlink(w, d, fd, e, &st, err);
	case CTX_KIND_FIFO:
	case CTX_KIND_SOCKET:
	case CTX_KIND_DEVICE:
		return 0;
	}
	return 0;
}

/** Finish an entry by its kind alone. */
static int add_by_kind(struct ctx_walker *w, struct ctx_walk_dir *d, const struct ctx_listed *name,
	const struct ctx_decision *decision, bool open, struct ctx_entry *e, struct ctx_error *err) {
	e->mode = (uint32_t)DTTOIF(name->type);
	e->kind = (uint8_t)ctx_kind_of_mode(e->mode);
	if (e->kind == CTX_KIND_DIR) {
		return add_dir(w, d, e, decision, open, err);
	}
	if (e->kind == CTX_KIND_SYMLINK) {
		e->target = "";
	}
	return 0;
}

int ctx_walk_name(struct ctx_walker *w, struct ctx_walk_dir *d, int fd, const struct ctx_listed *name,
	struct ctx_entry *e, struct ctx_error *err) {
	struct ctx_decision decision = { .may_keep_below = true };
	if (w->matcher != NULL) {
		int rc = ctx_matcher_test(w->matcher, name->name, name->name_len, &decision, err);
		if (rc < 0) {
			return rc;
		}
	}
	*e = (struct ctx_entry){
		.name = name->name,
		.name_len = name->name_len,
		.rule = decision.rule,
		.flags = decision.excluded ? 0 : CTX_ENTRY_KEPT,
	};
	bool open = decision.may_keep_below || !decision.excluded || w->shared->opts->excluded;
	// Of a directory that stays closed a build never sees more either
	if ((name->type == DT_DIR && !open) || (w->shared->opts->names_only && name->type != DT_UNKNOWN)) {
		return add_by_kind(w, d, name, &decision, open, e, err);
	}
	return add_with_attributes(w, d, fd, name, &decision, open, e, err);
}
