#include "analyzer/dockerfile/follow.h"

#include "ctxopt/base/file.h"
#include "ctxopt/base/path.h"
#include "ctxopt/context/attributes.h"
#include "ctxopt/context/listing.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>

// The two trees that links are looked up in.

/* ---- A directory of the file system ---- */

/** Does this error mean that there is nothing?  A symlink on the way is not gone through, so there is nothing behind it. */
static bool means_missing(int sysno) {
	return sysno == ENOENT || sysno == ENOTDIR || sysno == ELOOP || sysno == EXDEV;
}

/** Read a symlink into the arena. */
static int read_target(struct ana_follow_fd *fd, int dirfd, const char *name, struct ctx_str *out) {
	ctx_auto_buf struct ctx_buf target = CTX_BUF_INIT;
	int rc = ctx_read_link(&target, dirfd, name, 0);
	if (rc < 0) {
		return rc;
	}
	*out = (struct ctx_str){ ctx_arena_memdup0(&fd->arena, ctx_buf_str(&target), target.len), target.len };
	return out->ptr != NULL ? 0 : -ENOMEM;
}

/** What a name of an open directory is: 0, or a negative errno. */
static int look_at(struct ana_follow_fd *fd, int dirfd, const char *name, struct ana_follow_entry *out) {
	struct stat st;
	if (fstatat(dirfd, name, &st, AT_SYMLINK_NOFOLLOW) != 0) {
		return -errno;
	}
	out->name = CTX_STR(name);
	out->symlink = S_ISLNK(st.st_mode);
	out->dir = S_ISDIR(st.st_mode);
	return out->symlink ? read_target(fd, dirfd, name, &out->target) : 0;
}

/** Look up a path beneath the descriptor. */
static int fd_lookup(void *arg, const char *path, struct ana_follow_entry *out, struct ctx_error *err) {
	struct ana_follow_fd *fd = arg;
	ctx_arena_release(&fd->arena);
	size_t len = strlen(path);
	size_t base = ctx_path_base(path, len);
	const char *dir = ctx_arena_memdup0(&fd->arena, path, base > 0 ? base - 1 : 0);
	const char *name = ctx_arena_memdup0(&fd->arena, path + base, len - base);
	if (dir == NULL || name == NULL) {
		return ctx_fail_nomem(err);
	}
	ctx_auto_fd int dirfd = ctx_open_beneath(fd->root_fd, dir, O_PATH | O_DIRECTORY);
	int rc = dirfd < 0 ? dirfd : look_at(fd, dirfd, name, out);
	if (rc < 0) {
		return means_missing(-rc) ? 0 : ctx_fail_sys(err, -rc, "'%s'", path);
	}
	return 1;
}

/** Hand the names of a listing to the callback. */
static int tell_names(struct ana_follow_fd *fd, int dirfd, const struct ctx_listing *list,
	int (*fn)(void *fn_arg, const struct ana_follow_entry *entry), void *fn_arg, const char *path,
	struct ctx_error *err) {
	for (size_t i = 0; i < list->names.count; ++i) {
		const struct ctx_listed *listed = &list->names.items[i];
		struct ana_follow_entry entry = {
			.name = { listed->name, listed->name_len },
			.dir = listed->type == DT_DIR,
		};
		int rc = 0;
		if (listed->type == DT_LNK || listed->type == DT_UNKNOWN) {
			rc = look_at(fd, dirfd, listed->name, &entry);
		}
		if (rc < 0 && !means_missing(-rc)) {
			return ctx_fail_sys(err, -rc, "'%s/%s'", path, listed->name);
		}
		if (rc == 0) {
			rc = fn(fn_arg, &entry);
			if (rc < 0) {
				return rc;
			}
		}
	}
	return 0;
}

/** List a directory beneath the descriptor. */
static int fd_list(void *arg, const char *path, int (*fn)(void *fn_arg, const struct ana_follow_entry *entry),
	void *fn_arg, struct ctx_error *err) {
	struct ana_follow_fd *fd = arg;
	ctx_arena_release(&fd->arena);
	ctx_auto_fd int dirfd = ctx_open_beneath(fd->root_fd, path, O_RDONLY | O_DIRECTORY);
	if (dirfd < 0) {
		return means_missing(-dirfd) ? 0 : ctx_fail_sys(err, -dirfd, "directory '%s'", path);
	}
	struct ctx_listing list = { 0 };
	int rc = ctx_listing_read(&list, dirfd, &fd->arena);
	rc = rc < 0 ? ctx_fail_sys(err, -rc, "directory '%s'", path)
		    : tell_names(fd, dirfd, &list, fn, fn_arg, path, err);
	ctx_listing_release(&list);
	return rc;
}

void ana_follow_fd_init(struct ana_follow_fd *fd, int root_fd) {
	*fd = (struct ana_follow_fd){
		.root_fd = root_fd,
		.tree = { .arg = fd, .lookup = fd_lookup, .list = fd_list },
	};
}

void ana_follow_fd_release(struct ana_follow_fd *fd) {
	ctx_arena_release(&fd->arena);
}

/* ---- A snapshot ---- */

/** What an entry of a snapshot is. */
static struct ana_follow_entry of_entry(const struct ctx_entry *e) {
	struct ana_follow_entry entry = {
		.name = { e->name, e->name_len },
		.symlink = e->kind == CTX_KIND_SYMLINK,
		.dir = e->kind == CTX_KIND_DIR,
	};
	if (entry.symlink) {
		entry.target = CTX_STR(e->target);
	}
	return entry;
}

/** Entry at a path, or NULL; notes a directory on the way that was not opened. */
static const struct ctx_entry *find(struct ana_follow_snapshot *follow, const char *path) {
	const struct ctx_entry *e = &follow->snap->root;
	size_t len;
	for (; e != NULL && *path != '\0'; path += len + (path[len] == '/')) {
		len = strcspn(path, "/");
		follow->unopened |= (e->flags & CTX_ENTRY_UNOPENED) != 0;
		e = ctx_dir_find(ctx_entry_dir(e), path, len);
	}
	return e;
}

/** Look up a path in the snapshot. */
static int snapshot_lookup(void *arg, const char *path, struct ana_follow_entry *out,
	struct ctx_error *err CTX_UNUSED) {
	const struct ctx_entry *e = find(arg, path);
	if (e == NULL) {
		return 0;
	}
	*out = of_entry(e);
	return 1;
}

/** List a directory of the snapshot. */
static int snapshot_list(void *arg, const char *path, int (*fn)(void *fn_arg, const struct ana_follow_entry *entry),
	void *fn_arg, struct ctx_error *err CTX_UNUSED) {
	struct ana_follow_snapshot *follow = arg;
	const struct ctx_entry *e = find(follow, path);
	follow->unopened |= e != NULL && (e->flags & CTX_ENTRY_UNOPENED) != 0;
	const struct ctx_dir *dir = e != NULL ? ctx_entry_dir(e) : NULL;
	for (size_t i = 0; dir != NULL && i < dir->count; ++i) {
		struct ana_follow_entry entry = of_entry(&dir->entries[i]);
		int rc = fn(fn_arg, &entry);
		if (rc < 0) {
			return rc;
		}
	}
	return 0;
}

void ana_follow_snapshot_init(struct ana_follow_snapshot *follow, struct ctx_snapshot *snap) {
	*follow = (struct ana_follow_snapshot){
		.snap = snap,
		.tree = { .arg = follow, .lookup = snapshot_lookup, .list = snapshot_list },
	};
}
