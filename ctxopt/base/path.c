#include "ctxopt/base/path.h"

#include <string.h>

/** Is there a component "." (dots 1) or ".." (dots 2) at offset `at`? */
static bool is_dots(const char *path, size_t len, size_t at, size_t dots) {
	for (size_t i = 0; i < dots; ++i) {
		if (at + i >= len || path[at + i] != '.') {
			return false;
		}
	}
	return at + dots == len || path[at + dots] == '/';
}

/**
 * The algorithm of Go's path.Clean: read components left to right, and keep in `floor` how far ".." must not
 * take back, which is past the root's slash or past leading "..".
 */
void ctx_path_clean(struct ctx_buf *out, const char *path, size_t len) {
	// The result is never longer than the input, except for "." in place of nothing
	if (!ctx_buf_reserve(out, len + 1)) {
		return;
	}
	char *to = out->data + out->len;
	size_t n = 0, at = 0, floor = 0;
	bool rooted = len > 0 && path[0] == '/';
	if (rooted) {
		to[n++] = '/';
		at = floor = 1;
	}

	while (at < len) {
		if (path[at] == '/') {
			++at;
		} else if (is_dots(path, len, at, 1)) {
			++at;
		} else if (is_dots(path, len, at, 2)) {
			at += 2;
			if (n > floor) {
				do {
					--n;
				} while (n > floor && to[n] != '/');
			} else if (!rooted) {
				if (n > 0) {
					to[n++] = '/';
				}
				to[n++] = '.';
				to[n++] = '.';
				floor = n;
			}
		} else {
			if (n > (rooted ? 1U : 0U)) {
				to[n++] = '/';
			}
			const char *slash = memchr(path + at, '/', len - at);
			size_t part = slash != NULL ? (size_t)(slash - path) - at : len - at;
			memcpy(to + n, path + at, part);
			n += part;
			at += part;
		}
	}

	if (n == 0) {
		to[n++] = '.';
	}
	out->len += n;
	out->data[out->len] = '\0';
}

void ctx_path_join(struct ctx_buf *out, const char *a, const char *b) {
	size_t a_len = strlen(a);
	ctx_buf_add(out, a, a_len);
	if (a_len > 0 && b[0] != '\0') {
		bool ends = a[a_len - 1] == '/';
		if (ends && b[0] == '/') {
			++b;
		} else if (!ends && b[0] != '/') {
			ctx_buf_addc(out, '/');
		}
	}
	ctx_buf_adds(out, b);
}

size_t ctx_path_base(const char *path, size_t len) {
	const char *slash = len > 0 ? memrchr(path, '/', len) : NULL;
	return slash != NULL ? (size_t)(slash - path) + 1 : 0;
}

size_t ctx_path_ext(const char *path, size_t len) {
	size_t base = ctx_path_base(path, len);
	while (base < len && path[base] == '.') {
		++base; // leading dots hide a file, they start no extension
	}
	const char *dot = base < len ? memrchr(path + base, '.', len - base) : NULL;
	if (dot == NULL || dot + 1 == path + len) {
		return len;
	}
	return (size_t)(dot - path);
}

bool ctx_path_within(const char *path, size_t path_len, const char *dir, size_t dir_len) {
	if (dir_len == 0) {
		return true;
	}
	if (path_len < dir_len || memcmp(path, dir, dir_len) != 0) {
		return false;
	}
	return path_len == dir_len || dir[dir_len - 1] == '/' || path[dir_len] == '/';
}

const char *ctx_path_below(const char *path, const char *dir) {
	size_t len = strcmp(dir, "/") == 0 ? 0 : strlen(dir);
	if (!ctx_path_within(path, strlen(path), dir, len)) {
		return NULL;
	}
	path += len;
	return *path == '/' ? path + 1 : path;
}

bool ctx_path_up(struct ctx_buf *path) {
	if (path->len == 0) {
		return false;
	}
	const char *slash = memrchr(path->data, '/', path->len);
	ctx_buf_truncate(path, slash != NULL ? (size_t)(slash - path->data) : 0);
	return true;
}
