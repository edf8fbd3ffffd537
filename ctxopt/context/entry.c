#include "ctxopt/context/entry.h"

#include <sys/stat.h>

enum ctx_kind ctx_kind_of_mode(uint32_t mode) {
	switch (mode & S_IFMT) {
	case S_IFDIR:
		return CTX_KIND_DIR;
	case S_IFLNK:
		return CTX_KIND_SYMLINK;
	case S_IFIFO:
		return CTX_KIND_FIFO;
	case S_IFSOCK:
		return CTX_KIND_SOCKET;
	case S_IFCHR:
	case S_IFBLK:
		return CTX_KIND_DEVICE;
	default:
		return CTX_KIND_FILE; // archives may leave the type bits out
	}
}

int64_t ctx_timespec_ns(const struct timespec *t) {
	return (int64_t)((uint64_t)t->tv_sec * 1000000000u + (uint64_t)t->tv_nsec);
}

const char *ctx_kind_name(enum ctx_kind kind) {
	switch (kind) {
	case CTX_KIND_FILE:
		return "file";
	case CTX_KIND_DIR:
		return "dir";
	case CTX_KIND_SYMLINK:
		return "symlink";
	case CTX_KIND_FIFO:
		return "fifo";
	case CTX_KIND_SOCKET:
		return "socket";
	case CTX_KIND_DEVICE:
		return "device";
	}
	return "unknown";
}

uint64_t ctx_entry_content_bytes(const struct ctx_entry *e) {
	bool empty = e->kind != CTX_KIND_FILE || (e->flags & (CTX_ENTRY_REFUSED | CTX_ENTRY_UNREADABLE)) != 0;
	return empty ? 0 : e->size_bytes;
}
