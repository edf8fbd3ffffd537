/**
 * Functions that must not be called become compile errors that name a better one.
 *
 * Included by prelude.h, so it holds everywhere.  The system headers that declare these functions come first:
 * a macro that is defined before the declaration would break the declaration instead of the call.
 */
#ifndef CTXOPT_BASE_BANNED_H
#define CTXOPT_BASE_BANNED_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#ifdef __GLIBC__
#include <alloca.h>
#endif

/** An expression that never compiles and tells why. */
#define CTX_BANNED(func, instead) \
	((int)sizeof(struct { \
		_Static_assert(0, func " is banned, use " instead); \
		int banned; \
	}))

// No bound on what they write
#undef gets
#define gets(...) CTX_BANNED("gets()", "fgets() or ctx_read_fd()")
#undef strcpy
#define strcpy(...) CTX_BANNED("strcpy()", "memcpy() or ctx_buf_adds()")
#undef stpcpy
#define stpcpy(...) CTX_BANNED("stpcpy()", "memcpy() or ctx_buf_adds()")
#undef strcat
#define strcat(...) CTX_BANNED("strcat()", "ctx_buf_adds()")
#undef sprintf
#define sprintf(...) CTX_BANNED("sprintf()", "snprintf() or ctx_buf_addf()")
#undef vsprintf
#define vsprintf(...) CTX_BANNED("vsprintf()", "vsnprintf() or ctx_buf_addv()")
#undef alloca
#define alloca(...) CTX_BANNED("alloca()", "an arena or ctx_calloc()")

// Bounded, but they drop the final NUL or make the bound easy to get wrong
#undef strncpy
#define strncpy(...) CTX_BANNED("strncpy()", "memcpy() or ctx_memdup0()")
#undef stpncpy
#define stpncpy(...) CTX_BANNED("stpncpy()", "memcpy() or ctx_memdup0()")
#undef strncat
#define strncat(...) CTX_BANNED("strncat()", "ctx_buf_add()")

// No way to tell "0" from "not a number", and overflow is undefined
#undef atoi
#define atoi(...) CTX_BANNED("atoi()", "strtol() with its end and errno checked")
#undef atol
#define atol(...) CTX_BANNED("atol()", "strtol() with its end and errno checked")
#undef atoll
#define atoll(...) CTX_BANNED("atoll()", "strtoll() with its end and errno checked")
#undef atof
#define atof(...) CTX_BANNED("atof()", "strtod() with its end and errno checked")

// State shared between threads
#undef strtok
#define strtok(...) CTX_BANNED("strtok()", "memchr() or strcspn()")
#undef localtime
#define localtime(...) CTX_BANNED("localtime()", "gmtime_r() or localtime_r()")
#undef gmtime
#define gmtime(...) CTX_BANNED("gmtime()", "gmtime_r()")
#undef ctime
#define ctime(...) CTX_BANNED("ctime()", "gmtime_r() and strftime()")
#undef ctime_r
#define ctime_r(...) CTX_BANNED("ctime_r()", "gmtime_r() and strftime()")
#undef asctime
#define asctime(...) CTX_BANNED("asctime()", "strftime()")
#undef asctime_r
#define asctime_r(...) CTX_BANNED("asctime_r()", "strftime()")

// A name that another process can take before it is used
#undef mktemp
#define mktemp(...) CTX_BANNED("mktemp()", "ctx_replace_begin() or mkstemp()")
#undef tmpnam
#define tmpnam(...) CTX_BANNED("tmpnam()", "ctx_replace_begin() or mkstemp()")
#undef tempnam
#define tempnam(...) CTX_BANNED("tempnam()", "ctx_replace_begin() or mkstemp()")

#endif
