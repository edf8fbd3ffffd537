#include "ctxopt/base/error.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/** Room for the text of one errno; glibc's longest is 50 bytes. */
#define SYS_TEXT_MAX 128

/** Text of an errno value: strerror() itself need not be thread-safe. */
static const char *sys_text(int sysno, char *room, size_t size) {
#ifdef __GLIBC__
	return strerror_r(sysno, room, size);
#else
	return strerror_r(sysno, room, size) == 0 ? room : "unknown error";
#endif
}

/** Mark a message that did not fit with "...", without leaving half a UTF-8 sequence before it. */
static void mark_cut(char *msg, size_t size) {
	size_t last = size - sizeof("...");
	size_t at = last;
	while (at > last - 3 && ((unsigned char)msg[at] & 0xC0) == 0x80) {
		--at;
	}
	memcpy(msg + at, "...", sizeof("..."));
}

/**
 * Append formatted text to the first `len` bytes of `msg`.  Returns the new length; a cut message counts as
 * full, so that nothing of it follows its dots.
 */
CTX_PRINTF(4, 0)
static size_t append_v(char *msg, size_t size, size_t len, const char *fmt, va_list args) {
	int n = vsnprintf(msg + len, size - len, fmt, args);
	if (n < 0) {
		msg[len] = '\0'; // wide characters that cannot be encoded, or an absurd width
		return len;
	}
	if ((size_t)n >= size - len) {
		mark_cut(msg, size);
		return size - 1;
	}
	return len + (size_t)n;
}

/** As append_v(). */
CTX_PRINTF(4, 5)
static size_t append_f(char *msg, size_t size, size_t len, const char *fmt, ...) {
	va_list args;
	va_start(args, fmt);
	len = append_v(msg, size, len, fmt, args);
	va_end(args);
	return len;
}

/**
 * Keep the promise of one line: names come from strangers and may hold control bytes.  Callers that want
 * them readable escape the name first; this is the net below.
 */
static void flatten(char *msg) {
	for (char *c = msg; *c != '\0'; ++c) {
		if ((unsigned char)*c < 0x20 || *c == 0x7F) {
			*c = '?';
		}
	}
}

/**
 * Set all fields.  The message is built aside, because the arguments may point into the old one.  A long subject is cut so
 * that the reason of the system stays.
 */
CTX_PRINTF(5, 0)
static void fill(struct ctx_error *err, enum ctx_errc code, int sysno, unsigned line, const char *fmt, va_list args) {
	struct ctx_error fresh = { .code = code, .sysno = sysno, .line = line };
	char room[SYS_TEXT_MAX];
	const char *reason = sysno != 0 ? sys_text(sysno, room, sizeof(room)) : "";
	size_t reason_len = sysno != 0 ? strlen(": ") + strlen(reason) : 0;
	size_t len = 0;
	if (line > 0) {
		len = append_f(fresh.msg, sizeof(fresh.msg), len, "line %u: ", line);
	}
	len = append_v(fresh.msg, sizeof(fresh.msg) - reason_len, len, fmt, args);
	if (sysno != 0) {
		append_f(fresh.msg, sizeof(fresh.msg), len, ": %s", reason);
	}
	flatten(fresh.msg);
	*err = fresh;
}

int ctx_fail(struct ctx_error *err, enum ctx_errc code, const char *fmt, ...) {
	if (err != NULL) {
		va_list args;
		va_start(args, fmt);
		fill(err, code, 0, 0, fmt, args);
		va_end(args);
	}
	return code;
}

int ctx_fail_sys(struct ctx_error *err, int sysno, const char *fmt, ...) {
	enum ctx_errc code = CTX_E_IO;
	if (sysno == ENOENT) {
		code = CTX_E_MISSING;
	} else if (sysno == ENOMEM) {
		code = CTX_E_NOMEM;
	}
	if (err != NULL) {
		va_list args;
		va_start(args, fmt);
		fill(err, code, sysno, 0, fmt, args);
		va_end(args);
	}
	return code;
}

int ctx_fail_line(struct ctx_error *err, unsigned line, const char *fmt, ...) {
	if (err != NULL) {
		va_list args;
		va_start(args, fmt);
		fill(err, CTX_E_SYNTAX, 0, line, fmt, args);
		va_end(args);
	}
	return CTX_E_SYNTAX;
}

int ctx_wrap(struct ctx_error *err, int rc, const char *fmt, ...) {
	if (err == NULL || rc >= 0) {
		return rc;
	}

	char msg[sizeof(err->msg)];
	va_list args;
	va_start(args, fmt);
	size_t len = append_v(msg, sizeof(msg), 0, fmt, args);
	va_end(args);
	append_f(msg, sizeof(msg), len, ": %s", err->msg);
	flatten(msg);
	memcpy(err->msg, msg, sizeof(msg));
	return rc;
}

int ctx_fail_nomem(struct ctx_error *err) {
	return ctx_fail(err, CTX_E_NOMEM, "out of memory");
}

const char *ctx_errc_name(enum ctx_errc code) {
	switch (code) {
	case CTX_E_NOMEM:
		return "nomem";
	case CTX_E_IO:
		return "io";
	case CTX_E_MISSING:
		return "missing";
	case CTX_E_SYNTAX:
		return "syntax";
	case CTX_E_LIMIT:
		return "limit";
	case CTX_E_UNSUPPORTED:
		return "unsupported";
	case CTX_E_CORRUPT:
		return "corrupt";
	case CTX_E_USAGE:
		return "usage";
	case CTX_E_INTERRUPTED:
		return "interrupted";
	case CTX_E_LIBRARY:
		return "library";
	}
	return "unknown"; // not a default case, so that the compiler reports a code without a name
}
