/**
 * A scratch directory per test, and small files in it.  For unit tests that need a real file system.
 *
 * Functions are static inline so that a test takes what it needs without another object to link.
 */
#ifndef CTXOPT_TESTS_UNIT_SCRATCH_H
#define CTXOPT_TESTS_UNIT_SCRATCH_H

#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/** Remove everything in an open directory, which it closes. */
static inline void scratch_clear(int dirfd) {
	DIR *dir = fdopendir(dirfd);
	if (dir == NULL) {
		return;
	}
	for (const struct dirent *entry = readdir(dir); entry != NULL; entry = readdir(dir)) {
		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0) {
			continue;
		}
		if (unlinkat(dirfd, entry->d_name, 0) < 0) {
			scratch_clear(openat(dirfd, entry->d_name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW));
			(void)unlinkat(dirfd, entry->d_name, AT_REMOVEDIR);
		}
	}
	(void)closedir(dir);
}

/** cmocka setup: make a directory and work in it; `*state` is its path. */
static inline int scratch_setup(void **state) {
	char template[] = "/tmp/ctxopt-test.XXXXXX";
	umask(022);
	if (mkdtemp(template) == NULL || chdir(template) < 0) {
		return -1;
	}
	*state = strdup(template);
	return *state != NULL ? 0 : -1;
}

/** cmocka teardown. */
static inline int scratch_teardown(void **state) {
	char *path = *state;
	scratch_clear(open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC));
	int rc = chdir("/") == 0 && rmdir(path) == 0 ? 0 : -1;
	free(path);
	return rc;
}

/** Write a file of `len` bytes; false on failure. */
static inline bool scratch_write(const char *path, const void *data, size_t len) {
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
	if (fd < 0) {
		return false;
	}
	const char *from = data;
	size_t done = 0;
	while (done < len) {
		ssize_t n = write(fd, from + done, len - done);
		if (n <= 0) {
			break;
		}
		done += (size_t)n;
	}
	return close(fd) == 0 && done == len;
}

/** Write a text file; false on failure. */
static inline bool scratch_text(const char *path, const char *text) {
	return scratch_write(path, text, strlen(text));
}

#endif
