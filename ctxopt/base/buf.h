/**
 * Growable bytes with a known length, always NUL-terminated once anything was added.
 *
 * Appending never fails loudly: the first failed allocation sets `failed`, later calls do nothing, and
 * the caller checks once with ctx_buf_ok().
 */
#ifndef CTXOPT_BASE_BUF_H
#define CTXOPT_BASE_BUF_H

#include <stdarg.h>

/** The buffer.  Zero-initialised is valid and empty. */
struct ctx_buf {
	/** Bytes; NULL while nothing was added.  Owned. */
	char *data;
	/** Bytes in use, without the final NUL. */
	size_t len;
	/** Bytes allocated. */
	size_t cap;
	/** An allocation failed, or a text could not be formatted: contents are incomplete. */
	bool failed;
};

#define CTX_BUF_INIT \
	{ 0 }

/** Free the bytes; the buffer is empty and usable again. */
void ctx_buf_release(struct ctx_buf *buf);
/** Forget the contents, keep the memory. */
void ctx_buf_reset(struct ctx_buf *buf);
/** Cut back to `len` bytes; `len` must not exceed the current length. */
void ctx_buf_truncate(struct ctx_buf *buf, size_t len);
/** Make room for `extra` more bytes; false when out of memory. */
bool ctx_buf_reserve(struct ctx_buf *buf, size_t extra);
/** Append bytes. */
void ctx_buf_add(struct ctx_buf *buf, const void *data, size_t len);
/** Append a NUL-terminated string. */
void ctx_buf_adds(struct ctx_buf *buf, const char *text);
/** Append one byte. */
void ctx_buf_addc(struct ctx_buf *buf, char c);
/** Append formatted text. */
CTX_PRINTF(2, 3)
void ctx_buf_addf(struct ctx_buf *buf, const char *fmt, ...);
/** As ctx_buf_addf() with a va_list. */
CTX_PRINTF(2, 0)
void ctx_buf_addv(struct ctx_buf *buf, const char *fmt, va_list args);
/** True unless an allocation failed since the last release. */
bool ctx_buf_ok(const struct ctx_buf *buf);
/** The contents as a C string, never NULL.  Borrowed until the next change. */
const char *ctx_buf_str(const struct ctx_buf *buf);
/** Take the bytes (NUL-terminated, free() them), leaving the buffer empty; NULL if it failed. */
CTX_NODISCARD
char *ctx_buf_detach(struct ctx_buf *buf, size_t *len);

#define ctx_auto_buf CTX_CLEANUP(ctx_buf_release)

#endif
