#include "ctxopt/base/file.h"

#include "ctxopt/base/alloc.h"
#include "ctxopt/base/path.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifdef SYS_openat2
#include <linux/openat2.h>
#endif

/** Bytes to read at a time when the size is not known. */
#define READ_STEP ((size_t)64 * 1024)
/** Races with renames that openat2() reports before we fall back to single steps. */
#define BENEATH_TRIES 8
/** Random names to try before giving up; a second try is already most unlikely. */
#define TMP_TRIES 64

void ctx_close_fd(const int *fd) {
	if (*fd >= 0) {
		int saved = errno;
		close(*fd);
		errno = saved;
	}
}

/* ---- Reading ---- */

/** read(2) that EINTR does not end. */
static ssize_t read_retry(int fd, void *to, size_t len) {
	ssize_t n;
	do {
		n = read(fd, to, len);
	} while (n < 0 && errno == EINTR);
	return n;
}

/** The loop of ctx_read_fd(); on failure `out` may hold what was read so far. */
static int read_all(struct ctx_buf *out, int fd, size_t room, const char *name, size_t max, struct ctx_error *err) {
	size_t start = out->len;
	while (out->len - start <= max) {
		if (!ctx_buf_reserve(out, room)) {
			return ctx_fail_nomem(err);
		}
		size_t want = out->cap - out->len - 1;
		size_t left = max - (out->len - start);
		if (want > left) {
			want = left + 1; // one byte over the limit is enough to know that there is more
		}
		ssize_t n = read_retry(fd, out->data + out->len, want);
		if (n < 0) {
			return ctx_fail_sys(err, errno, "cannot read '%s'", name);
		}
		if (n == 0) {
			return 0;
		}
		out->len += (size_t)n;
		room = 1; // from here on the buffer's own growth decides
	}
	return ctx_fail(err, CTX_E_LIMIT, "'%s' is larger than %zu bytes", name, max);
}

int ctx_read_fd(struct ctx_buf *out, int fd, const char *shown_name, size_t max, struct ctx_error *err) {
	struct stat st;
	if (fstat(fd, &st) < 0) {
		return ctx_fail_sys(err, errno, "cannot read '%s'", shown_name);
	}
	size_t room = READ_STEP;
	if (S_ISREG(st.st_mode) && st.st_size > 0) { // files below /proc have size 0 and content
		if ((uintmax_t)st.st_size > max) {
			return ctx_fail(err, CTX_E_LIMIT, "'%s' is larger than %zu bytes", shown_name, max);
		}
		room = (size_t)st.st_size + 1; // the one byte sees the end without growing
	}

	size_t start = out->len;
	int rc = read_all(out, fd, room, shown_name, max, err);
	if (out->data != NULL) {
		ctx_buf_truncate(out, rc < 0 ? start : out->len); // also sets the final NUL
	}
	return rc;
}

int ctx_read_at(struct ctx_buf *out, int dirfd, const char *name, size_t max, struct ctx_error *err) {
	// Opening a FIFO would wait for someone to write to it
	ctx_auto_fd int fd = openat(dirfd, name, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	if (fd < 0) {
		return ctx_fail_sys(err, errno, "cannot open '%s'", name);
	}
	struct stat st;
	if (fstat(fd, &st) == 0 && (S_ISFIFO(st.st_mode) || S_ISSOCK(st.st_mode))) {
		return ctx_fail(err, CTX_E_IO, "cannot read '%s': not a regular file", name);
	}
	return ctx_read_fd(out, fd, name, max, err);
}

/* ---- Opening beneath a directory ---- */

/** Was openat2() missing?  Relaxed order suffices: a thread that does not know yet asks the kernel again. */
static atomic_bool no_openat2;

/** openat2() for one piece shorter than PATH_MAX; a descriptor or a negative errno, -ENOSYS: use steps. */
static int open_kernel(int fd, const char *path, int flags) {
#ifdef SYS_openat2
	if (atomic_load_explicit(&no_openat2, memory_order_relaxed)) {
		return -ENOSYS;
	}
	// Unlike open(2), no library adds O_LARGEFILE for us, and O_PATH allows next to nothing beside it
	unsigned all = (unsigned)(flags & O_PATH ? flags : flags | O_LARGEFILE);
	struct open_how how = {
		.flags = all,
		.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS,
	};
	for (int i = 0; i < BENEATH_TRIES; ++i) {
		long got = syscall(SYS_openat2, fd, path, &how, sizeof(how));
		if (got >= 0) {
			return (int)got;
		}
		if (errno == ENOSYS) {
			atomic_store_explicit(&no_openat2, true, memory_order_relaxed);
		}
		if (errno == EPERM) {
			return -ENOSYS; // how a sandbox refuses calls that it does not know; if meant, openat() agrees
		}
		if (errno != EAGAIN && errno != EINTR) {
			return -errno;
		}
	}
#else
	(void)fd;
	(void)path;
	(void)flags;
#endif
	return -ENOSYS;
}

/** openat() of one component; a descriptor or a negative errno, -ELOOP for a link as openat2() says it. */
static int open_component(int fd, const char *name, int flags) {
	int got = openat(fd, name, flags);
	if (got >= 0) {
		return got;
	}
	int sysno = errno;
	struct stat st;
	if (sysno == ENOTDIR && fstatat(fd, name, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISLNK(st.st_mode)) {
		sysno = ELOOP;
	}
	return -sysno;
}

/** Length of the component at `path`, and in `*next` the offset of the one behind it. */
static size_t component(const char *path, size_t *next) {
	size_t len = strcspn(path, "/");
	*next = len + strspn(path + len, "/");
	return len;
}

/** Step into the directories of `path`, which is not empty; a descriptor or a negative errno. */
static int open_steps(int root_fd, const char *path, int flags) {
	ctx_auto_fd int held = -1;
	int at = root_fd;
	while (true) {
		size_t next;
		size_t len = component(path, &next);
		if (len > NAME_MAX) {
			return -ENAMETOOLONG;
		}
		char name[NAME_MAX + 1];
		memcpy(name, path, len);
		name[len] = '\0';

		if (path[next] == '\0') {
			// A final slash asks for a directory
			return open_component(at, name, next > len ? flags | O_DIRECTORY : flags);
		}
		int fd = open_component(at, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		if (fd < 0) {
			return fd;
		}
		ctx_close_fd(&held);
		held = at = fd;
		path += next;
	}
}

/** Open a path shorter than PATH_MAX; a descriptor or a negative errno. */
static int open_piece(int fd, const char *path, int flags) {
	int got = open_kernel(fd, path, flags);
	if (got == -ENOSYS || got == -ENOTDIR) {
		return open_steps(fd, path, flags); // which also tells a link from a file in the way
	}
	return got;
}

/** Is one of the components ".."? */
static bool has_dotdot(const char *path) {
	while (path[0] != '\0') {
		size_t next;
		size_t len = component(path, &next);
		if (len == 2 && path[0] == '.' && path[1] == '.') {
			return true;
		}
		path += next;
	}
	return false;
}

int ctx_open_beneath(int root_fd, const char *path, int flags) {
	assert((flags & O_CREAT) == 0); // there is no mode to create with
	if (path[0] == '/' || has_dotdot(path)) {
		return -EXDEV; // what openat2() says
	}

	flags |= O_CLOEXEC | O_NOFOLLOW;
	ctx_auto_fd int held = -1;
	int at = root_fd;
	size_t left = strlen(path);
	while (left >= PATH_MAX) {
		const char *slash = memrchr(path, '/', PATH_MAX - 1);
		if (slash == NULL) {
			return -ENAMETOOLONG;
		}
		char piece[PATH_MAX];
		size_t len = (size_t)(slash - path);
		memcpy(piece, path, len);
		piece[len] = '\0';
		int fd = open_piece(at, piece, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		if (fd < 0) {
			return fd;
		}
		ctx_close_fd(&held);
		held = at = fd;
		path = slash + strspn(slash, "/");
		left = strlen(path);
	}
	return open_piece(at, path[0] != '\0' ? path : ".", flags);
}

/* ---- Writing ---- */

int ctx_write_all(int fd, const void *data, size_t len) {
	const char *at = data;
	while (len > 0) {
		ssize_t n = write(fd, at, len);
		if (n > 0) {
			at += n;
			len -= (size_t)n;
		} else if (n < 0 && errno == EAGAIN) {
			// Somebody who shares the terminal or pipe with us made it non-blocking
			struct pollfd wait = { .fd = fd, .events = POLLOUT };
			poll(&wait, 1, -1);
		} else if (n == 0 || errno != EINTR) {
			return n == 0 ? -EIO : -errno;
		}
	}
	return 0;
}

/** A name beside `path` that nobody can guess, or NULL when out of memory. */
static char *tmp_beside(const char *path) {
	uint64_t random = 0;
	if (getrandom(&random, sizeof(random), GRND_NONBLOCK) != (ssize_t)sizeof(random)) {
		random = (uint64_t)getpid() << 32 ^ (uint64_t)(uintptr_t)&random; // O_EXCL keeps it safe
	}
	ctx_auto_buf struct ctx_buf name = CTX_BUF_INIT;
	ctx_buf_add(&name, path, ctx_path_base(path, strlen(path)));
	ctx_buf_addf(&name, ".ctxopt-%016llx", (unsigned long long)random);
	return ctx_buf_detach(&name, NULL);
}

/** Create the temporary file of `r`. */
static int create_tmp(struct ctx_replace *r, mode_t mode, struct ctx_error *err) {
	for (int i = 0; i < TMP_TRIES; ++i) {
		r->tmp_path = tmp_beside(r->path);
		if (r->tmp_path == NULL) {
			return ctx_fail_nomem(err);
		}
		r->fd = open(r->tmp_path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
		if (r->fd >= 0) {
			return 0;
		}
		int sysno = errno;
		free(CTX_STEAL(r->tmp_path));
		if (sysno != EEXIST && sysno != EINTR) {
			return ctx_fail_sys(err, sysno, "cannot create '%s'", r->path);
		}
	}
	return ctx_fail_sys(err, EEXIST, "cannot create a temporary file beside '%s'", r->path);
}

/** Where a link leads, or a copy of `path`; NULL when out of memory.  So that replacing keeps the link. */
static char *follow_link(const char *path) {
	struct stat st;
	if (lstat(path, &st) == 0 && S_ISLNK(st.st_mode)) {
		char *real = realpath(path, NULL);
		if (real != NULL || errno == ENOMEM) {
			return real;
		}
	}
	return ctx_memdup0(path, strlen(path));
}

int ctx_replace_begin(struct ctx_replace *r, const char *path, mode_t mode, struct ctx_error *err) {
	*r = (struct ctx_replace){ .fd = -1 };
	struct stat st;
	bool exists = stat(path, &st) == 0;
	if (exists && S_ISDIR(st.st_mode)) {
		return ctx_fail_sys(err, EISDIR, "cannot write '%s'", path);
	}

	r->path = follow_link(path);
	if (r->path == NULL) {
		return ctx_fail_nomem(err);
	}
	if (exists && !S_ISREG(st.st_mode)) {
		// Renaming over /dev/null or a pipe would destroy it: write to it as it is
		r->fd = open(path, O_WRONLY | O_CLOEXEC | O_NOCTTY);
		if (r->fd >= 0) {
			return 0;
		}
		int rc = ctx_fail_sys(err, errno, "cannot open '%s'", path);
		ctx_replace_abort(r);
		return rc;
	}
	int rc = create_tmp(r, mode, err);
	if (rc < 0) {
		ctx_replace_abort(r);
	}
	return rc;
}

/** Make the rename itself last, as far as the file system can. */
static void sync_parent(const char *path) {
	size_t base = ctx_path_base(path, strlen(path));
	CTX_AUTO_FREE char *dir = base > 0 ? ctx_memdup0(path, base) : ctx_memdup0(".", 1);
	if (dir == NULL) {
		return;
	}
	ctx_auto_fd int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd >= 0) {
		fsync(fd);
	}
}

/** The steps of a commit; returns 0 or the errno of the one that failed. */
static int commit(struct ctx_replace *r) {
	if (fsync(r->fd) < 0 && (r->tmp_path != NULL || (errno != EINVAL && errno != EROFS))) {
		return errno;
	}
	int fd = r->fd;
	r->fd = -1;
	if (close(fd) < 0 && errno != EINTR) { // where network file systems report a full disk
		return errno;
	}
	if (r->tmp_path == NULL) {
		return 0;
	}
	if (rename(r->tmp_path, r->path) < 0) {
		return errno;
	}
	free(CTX_STEAL(r->tmp_path));
	sync_parent(r->path);
	return 0;
}

int ctx_replace_commit(struct ctx_replace *r, struct ctx_error *err) {
	int sysno = commit(r);
	int rc = sysno == 0 ? 0 : ctx_fail_sys(err, sysno, "cannot write '%s'", r->path);
	ctx_replace_abort(r); // drops the file if it is still there
	return rc;
}

void ctx_replace_abort(struct ctx_replace *r) {
	ctx_close_fd(&r->fd);
	r->fd = -1;
	if (r->tmp_path != NULL) {
		unlink(r->tmp_path);
	}
	free(CTX_STEAL(r->tmp_path));
	free(CTX_STEAL(r->path));
}

/* ---- Directories ---- */

int ctx_mkdirs(const char *path, struct ctx_error *err) {
	size_t len = strlen(path);
	CTX_AUTO_FREE char *prefix = ctx_memdup0(path, len);
	if (prefix == NULL) {
		return ctx_fail_nomem(err);
	}

	// A step that fails is most often one that was there; whether it mattered shows only at the end
	int first = 0;
	for (size_t i = 1; i <= len; ++i) {
		if (i < len && path[i] != '/') {
			continue;
		}
		prefix[i] = '\0';
		if (mkdir(prefix, 0700) < 0 && errno != EEXIST && first == 0) {
			first = errno;
		}
		prefix[i] = path[i];
	}

	struct stat st;
	int sysno = 0;
	if (stat(path, &st) < 0) {
		sysno = first != 0 ? first : errno;
	} else if (!S_ISDIR(st.st_mode)) {
		sysno = ENOTDIR;
	}
	return sysno == 0 ? 0 : ctx_fail_sys(err, sysno, "cannot create directory '%s'", path);
}

int ctx_cache_home(struct ctx_buf *out, struct ctx_error *err) {
	const char *base = getenv("XDG_CACHE_HOME");
	const char *tail = "/ctxopt";
	if (base == NULL || base[0] != '/') { // the specification says to ignore a relative path
		base = getenv("HOME");
		tail = "/.cache/ctxopt";
	}
	if (base == NULL || base[0] != '/') {
		return ctx_fail(err, CTX_E_MISSING,
			"no cache directory: neither XDG_CACHE_HOME nor HOME is an absolute path");
	}
	ctx_path_join(out, base, tail);
	return ctx_buf_ok(out) ? 0 : ctx_fail_nomem(err);
}
