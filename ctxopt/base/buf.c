#include "ctxopt/base/buf.h"

#include "ctxopt/base/alloc.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/** First capacity: most names and lines fit, so they cost one allocation. */
#define FIRST_CAP 64

void ctx_buf_release(struct ctx_buf *buf) {
	free(buf->data);
	*buf = (struct ctx_buf)CTX_BUF_INIT;
}

void ctx_buf_reset(struct ctx_buf *buf) {
	ctx_buf_truncate(buf, 0);
}

void ctx_buf_truncate(struct ctx_buf *buf, size_t len) {
	assert(len <= buf->len);
	buf->len = len;
	if (buf->data != NULL) {
		buf->data[len] = '\0';
	}
}

/** The cold half of ctx_buf_reserve(). */
static bool grow(struct ctx_buf *buf, size_t extra) {
	size_t need;
	if (buf->failed) {
		return false;
	}
	if (__builtin_add_overflow(buf->len, extra, &need) || __builtin_add_overflow(need, 1, &need)) {
		buf->failed = true;
		return false;
	}
	size_t cap = ctx_grow(buf->cap, need < FIRST_CAP ? FIRST_CAP : need, 1);
	char *data = cap > 0 ? ctx_reallocarray(buf->data, cap, 1) : NULL;
	if (data == NULL) {
		buf->failed = true;
		return false;
	}
	data[buf->len] = '\0';
	buf->data = data;
	buf->cap = cap;
	return true;
}

bool ctx_buf_reserve(struct ctx_buf *buf, size_t extra) {
	// cap > len whenever there is memory at all, because the final NUL has its place
	if (CTX_LIKELY(!buf->failed && buf->cap > buf->len && extra < buf->cap - buf->len)) {
		return true;
	}
	return grow(buf, extra);
}

void ctx_buf_add(struct ctx_buf *buf, const void *data, size_t len) {
	if (!ctx_buf_reserve(buf, len)) {
		return;
	}
	if (len > 0) {
		memcpy(buf->data + buf->len, data, len);
		buf->len += len;
		buf->data[buf->len] = '\0';
	}
}

void ctx_buf_adds(struct ctx_buf *buf, const char *text) {
	ctx_buf_add(buf, text, strlen(text));
}

void ctx_buf_addc(struct ctx_buf *buf, char c) {
	if (ctx_buf_reserve(buf, 1)) {
		buf->data[buf->len++] = c;
		buf->data[buf->len] = '\0';
	}
}

void ctx_buf_addv(struct ctx_buf *buf, const char *fmt, va_list args) {
	if (!ctx_buf_reserve(buf, 0)) {
		return;
	}
	// Into the spare room first: most texts fit, and then it is formatted once
	va_list again;
	va_copy(again, args);
	size_t room = buf->cap - buf->len;
	int n = vsnprintf(buf->data + buf->len, room, fmt, again);
	va_end(again);
	if (n < 0) {
		buf->data[buf->len] = '\0';
		buf->failed = true; // over INT_MAX bytes or not to be encoded: incomplete either way
		return;
	}
	if ((size_t)n >= room) {
		buf->data[buf->len] = '\0'; // what was cut off must not show if there is no memory
		if (!ctx_buf_reserve(buf, (size_t)n)) {
			return;
		}
		vsnprintf(buf->data + buf->len, (size_t)n + 1, fmt, args);
	}
	buf->len += (size_t)n;
}

void ctx_buf_addf(struct ctx_buf *buf, const char *fmt, ...) {
	va_list args;
	va_start(args, fmt);
	ctx_buf_addv(buf, fmt, args);
	va_end(args);
}

bool ctx_buf_ok(const struct ctx_buf *buf) {
	return !buf->failed;
}

const char *ctx_buf_str(const struct ctx_buf *buf) {
	return buf->data != NULL ? buf->data : "";
}

char *ctx_buf_detach(struct ctx_buf *buf, size_t *len) {
	size_t had = buf->len;
	char *data = NULL;
	if (ctx_buf_reserve(buf, 0)) {
		data = CTX_STEAL(buf->data);
	}
	if (len != NULL) {
		*len = data != NULL ? had : 0;
	}
	ctx_buf_release(buf);
	return data;
}
