#include "ctxopt/context/attributes.h"

#include <errno.h>
#include <unistd.h>

void ctx_entry_set_stat(struct ctx_entry *e, const struct stat *st) {
	e->kind = (uint8_t)ctx_kind_of_mode(st->st_mode);
	e->mode = st->st_mode;
	e->size_bytes = e->kind == CTX_KIND_FILE ? (uint64_t)st->st_size : 0;
	e->mtime_ns = ctx_timespec_ns(&st->st_mtim);
	e->ctime_ns = ctx_timespec_ns(&st->st_ctim);
	e->inode = st->st_ino;
}

int ctx_read_link(struct ctx_buf *out, int dirfd, const char *name, off_t size_hint) {
	// One byte more than expected tells a full target from a cut one
	size_t room = size_hint > 0 && size_hint < UINT16_MAX ? (size_t)size_hint + 1 : 256;
	while (true) {
		ctx_buf_reset(out);
		if (!ctx_buf_reserve(out, room)) {
			return -ENOMEM;
		}
		ssize_t n = readlinkat(dirfd, name, out->data, room);
		if (n < 0) {
			return -errno;
		}
		if ((size_t)n < room) {
			out->len = (size_t)n;
			out->data[n] = '\0';
			return 0;
		}
		room *= 2; // it changed, or the file system does not tell the length
	}
}

bool ctx_mode_lets_read(const struct stat *st, uid_t euid) {
	if (euid == 0) {
		return true;
	}
	if (st->st_uid == euid) {
		return (st->st_mode & S_IRUSR) != 0;
	}
	mode_t both = S_IRGRP | S_IROTH; // whether we are in the group or not
	return (st->st_mode & both) == both;
}
