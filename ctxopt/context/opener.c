#include "ctxopt/context/opener.h"

#include "ctxopt/base/file.h"
#include "ctxopt/context/snapshot.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

/** How directories are opened; to read them one must be allowed to list them. */
#define DIR_FLAGS (O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC | O_NOCTTY | O_NONBLOCK)

void ctx_opener_init(struct ctx_opener *o, int root_fd) {
	*o = (struct ctx_opener){ .root_fd = root_fd };
}

void ctx_opener_release(struct ctx_opener *o) {
	for (size_t i = 0; i < CTX_OPENER_KEEP; ++i) {
		if (o->kept[i].dir != NULL) {
			close(o->kept[i].fd);
			o->kept[i].dir = NULL;
		}
	}
	ctx_buf_release(&o->path);
}

/** Descriptor of a directory that is still open, or -1. */
static int find_kept(const struct ctx_opener *o, const struct ctx_dir *dir) {
	for (size_t i = 0; i < CTX_OPENER_KEEP; ++i) {
		if (o->kept[i].dir == dir) {
			return o->kept[i].fd;
		}
	}
	return -1;
}

/** Keep a descriptor in the place of the oldest. */
static void keep(struct ctx_opener *o, const struct ctx_dir *dir, int fd) {
	unsigned place = o->next;
	o->next = (place + 1) % CTX_OPENER_KEEP;
	if (o->kept[place].dir != NULL) {
		close(o->kept[place].fd);
	}
	o->kept[place].dir = dir;
	o->kept[place].fd = fd;
}

/** Open a directory from the nearest one above it that is open, the root at last. */
static int open_dir(struct ctx_opener *o, const struct ctx_dir *dir) {
	const struct ctx_dir *top = dir;
	int fd = -1;
	while (fd < 0 && top->parent != NULL) {
		top = top->parent;
		fd = find_kept(o, top);
	}
	if (fd >= 0 && top == dir->parent) {
		int opened = openat(fd, dir->parent->entries[dir->parent_index].name, DIR_FLAGS); // the usual case
		return opened >= 0 ? opened : -errno;
	}
	ctx_buf_reset(&o->path);
	ctx_dir_path_below(&o->path, top, dir);
	if (!ctx_buf_ok(&o->path)) {
		return -ENOMEM;
	}
	return ctx_open_beneath(fd >= 0 ? fd : o->root_fd, ctx_buf_str(&o->path), DIR_FLAGS);
}

int ctx_opener_dir(struct ctx_opener *o, const struct ctx_dir *dir) {
	int fd = find_kept(o, dir);
	if (fd < 0) {
		fd = open_dir(o, dir);
		if (fd >= 0) {
			keep(o, dir, fd);
		}
	}
	return fd;
}

int ctx_opener_file(struct ctx_opener *o, const struct ctx_dir *dir, const struct ctx_entry *e) {
	int parent = ctx_opener_dir(o, dir);
	if (parent < 0) {
		return parent;
	}
	int fd = openat(parent, e->name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	return fd >= 0 ? fd : -errno;
}
