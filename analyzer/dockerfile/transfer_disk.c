#include "analyzer/dockerfile/transfer_disk.h"

#include "analyzer/dockerfile/transfer.h"
#include "analyzer/dockerfile/wire.h"
#include "ctxopt/base/pool.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/xattr.h>
#include <unistd.h>

/*
 * listxattrat(2) of Linux 6.13, which headers do not know yet.  Without it a name beneath a descriptor has to be spelled
 * /proc/self/fd/N/name, at three times the cost (3 and not 1 s for a million files on two virtual CPUs).
 */
#if !defined(SYS_listxattrat) && (defined(__x86_64__) || defined(__aarch64__) || defined(__riscv))
#define SYS_listxattrat 465
#endif

/** Room for names at first; lists are seldom longer. */
#define NAMES_BYTES 1024

/* ---- Extended attributes ---- */

/** A name to ask about. */
struct target {
	int dir_fd;
	const char *name;
};

/** What names beneath a descriptor are called elsewhere. */
static void spell(struct ctx_buf *path, const struct target *target) {
	ctx_buf_reset(path);
	ctx_buf_addf(path, "/proc/self/fd/%d/%s", target->dir_fd, target->name);
}

/** As llistxattr(2). */
static ssize_t list_once(const struct target *target, struct ctx_buf *path, char *names, size_t room) {
#if defined(SYS_listxattrat)
	long len = syscall(SYS_listxattrat, target->dir_fd, target->name, AT_SYMLINK_NOFOLLOW, names, room);
	if (len >= 0 || (errno != ENOSYS && errno != EPERM)) { // some sandboxes forbid what they do not know
		return (ssize_t)len;
	}
#endif
	spell(path, target);
	if (!ctx_buf_ok(path)) {
		errno = ENOMEM;
		return -1;
	}
	return llistxattr(ctx_buf_str(path), names, room);
}

/** The names of a file's attributes, each with its NUL; false if there are none.  `errno` says why. */
static bool list_names(const struct target *target, struct ctx_buf *path, struct ctx_buf *names) {
	size_t room = NAMES_BYTES;
	for (;;) {
		ctx_buf_reset(names);
		if (!ctx_buf_reserve(names, room)) {
			errno = ENOMEM;
			return false;
		}
		ssize_t len = list_once(target, path, names->data, room);
		if (len >= 0) {
			names->len = (size_t)len;
			return len > 0;
		}
		if (errno != ERANGE || room >= XATTR_LIST_MAX) {
			return false;
		}
		room = XATTR_LIST_MAX;
	}
}

/** Encoded size of the attributes of a file: a map from names to bytes. */
static uint64_t xattr_bytes(const struct target *target, struct ctx_buf *path, struct ctx_buf *names) {
	if (CTX_LIKELY(!list_names(target, path, names))) {
		return 0;
	}
	spell(path, target);
	uint64_t bytes = 0;
	const char *end = names->data + names->len;
	for (const char *name = names->data; name < end && ctx_buf_ok(path);) {
		size_t len = strnlen(name, (size_t)(end - name));
		// One that cannot be read is left out, as are those of macOS (stat_unix.go, skipXattr)
		bool skip = strncmp(name, "com.apple.", 10) == 0;
		ssize_t value = skip ? -1 : lgetxattr(ctx_buf_str(path), name, NULL, 0);
		if (value >= 0) {
			bytes += ana_wire_text(ana_wire_text(len) + ana_wire_text((uint64_t)value));
		}
		name += len + 1;
	}
	errno = 0; // it has attributes, whatever became of one of them
	return bytes;
}

uint64_t ana_transfer_xattr_bytes(int dir_fd, const char *name) {
	ctx_auto_buf struct ctx_buf path = CTX_BUF_INIT;
	ctx_auto_buf struct ctx_buf names = CTX_BUF_INIT;
	return xattr_bytes(&(struct target){ dir_fd, name }, &path, &names);
}

/* ---- Beneath a directory ---- */

void ana_disk_init(struct ana_disk *disk, int root_fd) {
	*disk = (struct ana_disk){ .dir_fd = -1 };
	ctx_opener_init(&disk->opener, root_fd);
}

/** Bytes of the numbers of a device (stat_unix.go, major and minor). */
static uint64_t device_bytes(int dir_fd, const char *name) {
	struct stat st;
	if (fstatat(dir_fd, name, &st, AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT) < 0) {
		return 0;
	}
	uint64_t number = st.st_rdev;
	return ana_wire_number(number >> 8 & 0xfff) + ana_wire_number((number & 0xff) | (number >> 12 & 0xfff00));
}

/** Ask the kernel about an entry. */
static uint64_t read_bytes(struct ana_disk *disk, const struct ctx_dir *dir, const struct ctx_entry *e) {
	if (disk->dir != dir) {
		disk->dir = dir;
		disk->dir_fd = ctx_opener_dir(&disk->opener, dir);
	}
	if (disk->dir_fd < 0) {
		return 0;
	}
	uint64_t bytes = e->kind == CTX_KIND_DEVICE ? device_bytes(disk->dir_fd, e->name) : 0;
	if (disk->without != e->device + 1u) {
		errno = 0;
		bytes += xattr_bytes(&(struct target){ disk->dir_fd, e->name }, &disk->path, &disk->names);
		disk->without = errno == ENOTSUP ? e->device + 1u : 0;
	}
	return bytes;
}

/* ---- Reading ahead ---- */

/** An entry that has something. */
struct extra {
	/** Index in its directory. */
	uint32_t entry;
	uint32_t bytes;
};

/** One thread. */
struct reader {
	struct ana_disk disk;
	CTX_VEC(struct extra) extras;
};

/** A directory: where its entries stand in the list of the thread that read it. */
struct ahead_dir {
	const struct ctx_dir *dir;
	uint32_t reader, count;
	size_t start;
};

struct ana_disk_ahead {
	/** By ctx_dir.order. */
	CTX_VEC(struct ahead_dir) dirs;
	struct reader *readers;
	unsigned reader_count;
};

/** Free all of it; NULL is fine.  Readers do not read ahead themselves: this ends. */
static void ahead_free(struct ana_disk_ahead *ahead) {
	for (unsigned i = 0; ahead != NULL && i < ahead->reader_count; ++i) {
		ana_disk_release(&ahead->readers[i].disk);
		CTX_VEC_RELEASE(&ahead->readers[i].extras);
	}
	if (ahead != NULL) {
		CTX_VEC_RELEASE(&ahead->dirs);
		free(ahead->readers);
	}
	free(ahead);
}

void ana_disk_release(struct ana_disk *disk) {
	ctx_opener_release(&disk->opener);
	ctx_buf_release(&disk->path);
	ctx_buf_release(&disk->names);
	ahead_free(disk->ahead);
	disk->ahead = NULL;
}

bool ana_disk_ok(const struct ana_disk *disk) {
	bool ok = ctx_buf_ok(&disk->path) && ctx_buf_ok(&disk->names) && ctx_buf_ok(&disk->opener.path);
	for (unsigned i = 0; disk->ahead != NULL && i < disk->ahead->reader_count; ++i) {
		const struct ana_disk *other = &disk->ahead->readers[i].disk;
		ok = ok && ctx_buf_ok(&other->path) && ctx_buf_ok(&other->names) && ctx_buf_ok(&other->opener.path);
	}
	return ok;
}

/** Read one directory. */
static int read_dir_ahead(unsigned worker, size_t index, void *arg, struct ctx_error *err) {
	struct ana_disk_ahead *ahead = arg;
	struct reader *reader = &ahead->readers[worker];
	struct ahead_dir *at = &ahead->dirs.items[index];
	at->reader = worker;
	at->start = reader->extras.count;
	for (uint32_t i = 0; i < at->dir->count; ++i) {
		const struct ctx_entry *e = &at->dir->entries[i];
		uint64_t bytes = ctx_entry_kept(e) ? read_bytes(&reader->disk, at->dir, e) : 0;
		if (CTX_UNLIKELY(bytes > 0)) {
			struct extra extra = { .entry = i, .bytes = (uint32_t)bytes };
			if (!CTX_VEC_PUSH(&reader->extras, extra)) {
				return ctx_fail_nomem(err);
			}
			++at->count;
		}
	}
	return 0;
}

/** List the directories in which something is kept, and number them. */
static bool list_dirs(struct ana_disk_ahead *ahead, struct ctx_snapshot *snap) {
	struct ctx_cursor c = ctx_cursor_at(snap->root.dir);
	struct ahead_dir root = { .dir = snap->root.dir };
	snap->root.dir->order = 0;
	bool ok = CTX_VEC_PUSH(&ahead->dirs, root);
	for (struct ctx_entry *e; ok && (e = ctx_cursor_next(&c)) != NULL;) {
		if (!ctx_entry_kept(e)) {
			ctx_cursor_skip(&c);
		} else if (ctx_entry_dir(e) != NULL) {
			struct ahead_dir dir = { .dir = e->dir };
			e->dir->order = (uint32_t)ahead->dirs.count;
			ok = CTX_VEC_PUSH(&ahead->dirs, dir);
		}
	}
	return ok;
}

int ana_disk_read_ahead(struct ana_disk *disk, struct ctx_snapshot *snap, unsigned jobs, struct ctx_error *err) {
	if (disk->opener.root_fd < 0 || snap->root.dir == NULL) {
		return 0;
	}
	struct ana_disk_ahead *ahead = ctx_calloc(1, sizeof(*ahead));
	if (ahead == NULL) {
		return ctx_fail_nomem(err);
	}
	ahead->readers = ctx_calloc(jobs, sizeof(*ahead->readers));
	for (unsigned i = 0; ahead->readers != NULL && i < jobs; ++i) {
		ana_disk_init(&ahead->readers[i].disk, disk->opener.root_fd);
		ahead->reader_count = i + 1;
	}
	int rc = CTX_E_NOMEM;
	if (ahead->readers == NULL || !list_dirs(ahead, snap)) {
		(void)ctx_fail_nomem(err);
	} else {
		rc = ctx_pool_each(jobs, NULL, ahead->dirs.count, read_dir_ahead, ahead, err);
	}
	if (rc < 0) {
		ahead_free(ahead);
		return rc;
	}
	disk->ahead = ahead;
	return 0;
}

/** What was read ahead about an entry. */
static uint64_t find_ahead(const struct ana_disk_ahead *ahead, const struct ctx_dir *dir, const struct ctx_entry *e) {
	const struct ahead_dir *at = &ahead->dirs.items[dir->order];
	if (CTX_LIKELY(at->count == 0)) {
		return 0;
	}
	const struct extra *extras = ahead->readers[at->reader].extras.items + at->start;
	uint32_t entry = (uint32_t)(e - dir->entries), low = 0, high = at->count;
	while (low < high) {
		uint32_t mid = low + (high - low) / 2;
		if (extras[mid].entry < entry) {
			low = mid + 1;
		} else {
			high = mid;
		}
	}
	return low < at->count && extras[low].entry == entry ? extras[low].bytes : 0;
}

uint64_t ana_disk_bytes(struct ana_disk *disk, const struct ctx_dir *dir, const struct ctx_entry *e) {
	if (disk->opener.root_fd < 0) {
		return 0;
	}
	return disk->ahead != NULL ? find_ahead(disk->ahead, dir, e) : read_bytes(disk, dir, e);
}
