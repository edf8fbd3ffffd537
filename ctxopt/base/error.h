/**
 * The one error convention: 0 or a negative `enum ctx_errc`, details in a `struct ctx_error` of the caller.
 *
 * Functions never set `errno` for their caller and keep no hidden "last error".  `err` is always the last
 * parameter, may be NULL when the caller does not want details, and is written only on failure.
 */
#ifndef CTXOPT_BASE_ERROR_H
#define CTXOPT_BASE_ERROR_H

#include <stdarg.h>

/** What kind of failure.  Callers branch on this only. */
enum ctx_errc {
	/** Out of memory. */
	CTX_E_NOMEM = -1,
	/** A system call failed; `sysno` says why. */
	CTX_E_IO = -2,
	/** The named thing does not exist. */
	CTX_E_MISSING = -3,
	/** The input text breaks the rules of its format; `line` says where. */
	CTX_E_SYNTAX = -4,
	/** The input is larger, deeper or longer than the documented limit. */
	CTX_E_LIMIT = -5,
	/** The input is valid for the real thing, but this program refuses to guess what it means. */
	CTX_E_UNSUPPORTED = -6,
	/** Stored data is damaged or of an unknown version. */
	CTX_E_CORRUPT = -7,
	/** The command line or configuration is wrong. */
	CTX_E_USAGE = -8,
	/** The user interrupted the work. */
	CTX_E_INTERRUPTED = -9,
	/** A library failed in a way that none of the others describes. */
	CTX_E_LIBRARY = -10,
};

/** Why an operation failed.  Lives on the caller's stack, owns nothing, needs no release. */
struct ctx_error {
	/** What kind; meaningful after a negative return, like all fields. */
	enum ctx_errc code;
	/** errno of the failed call, 0 when no system call was involved. */
	int sysno;
	/** 1-based line of the input text, 0 when there was none. */
	unsigned line;
	/** 1-based column in bytes, 0 when unknown. */
	unsigned column;
	/** "outer: inner", one line, no full stop.  Longer messages are cut with "...", control bytes are '?'. */
	char msg[512];
};

/** Fill `err` (unless NULL) and return `code`. */
CTX_PRINTF(3, 4)
int ctx_fail(struct ctx_error *err, enum ctx_errc code, const char *fmt, ...);

/** As ctx_fail() with CTX_E_IO, or CTX_E_MISSING for ENOENT and CTX_E_NOMEM for ENOMEM; appends ": strerror", before which a
 * message that is too long is cut. */
CTX_PRINTF(3, 4)
int ctx_fail_sys(struct ctx_error *err, int sysno, const char *fmt, ...);

/** As ctx_fail() with CTX_E_SYNTAX, and the 1-based input line, which "line N: " puts before the message. */
CTX_PRINTF(3, 4)
int ctx_fail_line(struct ctx_error *err, unsigned line, const char *fmt, ...);

/** Put "prefix: " before the message of an error on its way up; returns `rc` unchanged (0 changes nothing). */
CTX_PRINTF(3, 4)
int ctx_wrap(struct ctx_error *err, int rc, const char *fmt, ...);

/** CTX_E_NOMEM with its message: the one spelling of "out of memory". */
int ctx_fail_nomem(struct ctx_error *err);

/** Stable lower-case name of a code ("io", "syntax", ...), for JSON and tests.  Static string. */
const char *ctx_errc_name(enum ctx_errc code);

#endif
