/**
 * '/'-separated paths as byte strings: pure functions, no file system.
 */
#ifndef CTXOPT_BASE_PATH_H
#define CTXOPT_BASE_PATH_H

#include "ctxopt/base/buf.h"

/**
 * Append the lexically cleaned form of a path: no doubled or final slashes, no ".", ".." resolved where
 * possible ("/.." is "/", leading ".." of a relative path stays), "." for an empty result.
 * Equal to Go 1.22 `path.Clean` (src/path/path.go), byte for byte.
 */
void ctx_path_clean(struct ctx_buf *out, const char *path, size_t len);

/** Append `a` + "/" + `b` (no slash doubled; an empty side gives the other). Not cleaned. */
void ctx_path_join(struct ctx_buf *out, const char *a, const char *b);

/** Offset of the last component: what follows the last '/', or 0. */
size_t ctx_path_base(const char *path, size_t len);

/**
 * Offset of the extension of the last component, at its dot ("a/b.tar.gz" -> ".gz"), or `len` when there
 * is none.  A leading dot starts no extension (".bashrc" has none), nor does a final one.
 */
size_t ctx_path_ext(const char *path, size_t len);

/** Does `path` equal `dir` or lie below it?  An empty `dir` is the root: everything does. */
bool ctx_path_within(const char *path, size_t path_len, const char *dir, size_t dir_len);
/** The part of `path` below `dir`: "" if they are equal, NULL if it is elsewhere; both absolute and clean, or `dir` empty: the root. */
const char *ctx_path_below(const char *path, const char *dir);
/** Cut off the last component ("a/b" -> "a", "a" -> ""); false if the path is empty. */
bool ctx_path_up(struct ctx_buf *path);

#endif
