/**
 * Feature macros and attribute names, force-included into every file by the build.
 *
 * Nothing here declares data or functions: it only gives names to compiler attributes, so that the rest
 * of the tree never spells `__attribute__`.
 */
#ifndef CTXOPT_BASE_PRELUDE_H
#define CTXOPT_BASE_PRELUDE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** The caller must look at the result. */
#define CTX_NODISCARD __attribute__((warn_unused_result))
/** Checked like printf: argument `fmt` is the format, `args` the first value. */
#define CTX_PRINTF(fmt, args) __attribute__((format(printf, fmt, args)))
/** Run `fn(&variable)` when the variable leaves its scope. */
#define CTX_CLEANUP(fn) __attribute__((cleanup(fn)))
/** A parameter that this implementation of an interface does not need. */
#define CTX_UNUSED __attribute__((unused))
/** Tell the compiler which way a branch goes on the hot path. */
#define CTX_LIKELY(x) __builtin_expect(!!(x), 1)
#define CTX_UNLIKELY(x) __builtin_expect(!!(x), 0)

/** Number of elements of an array (not of a pointer). */
#define CTX_COUNTOF(array) (sizeof(array) / sizeof((array)[0]))

#include "ctxopt/base/banned.h"

#endif
