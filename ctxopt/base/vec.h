/**
 * Typed dynamic array.
 *
 *	CTX_VEC(struct ctx_rule) rules = { 0 };
 *	if (!CTX_VEC_PUSH(&rules, rule)) { return ctx_fail_nomem(err); }
 *
 * Owned memory is in `.items`; release with CTX_VEC_RELEASE().
 */
#ifndef CTXOPT_BASE_VEC_H
#define CTXOPT_BASE_VEC_H

#include "ctxopt/base/alloc.h"

#include <stdlib.h>

/** Declare an array type: items, count in use, capacity. */
#define CTX_VEC(type) \
	struct { \
		type *items; \
		size_t count, cap; \
	}

/** Make room for `extra` more items; false when out of memory. */
#define CTX_VEC_RESERVE(vec, extra) \
	((vec)->count + (extra) <= (vec)->cap || \
		ctx_vec_grow((void **)&(vec)->items, &(vec)->cap, (vec)->count + (extra), sizeof(*(vec)->items)))

/** Append one item; false when out of memory. */
#define CTX_VEC_PUSH(vec, item) (CTX_VEC_RESERVE(vec, 1) && ((vec)->items[(vec)->count++] = (item), true))

/** Free the items; the array is empty and usable again. */
#define CTX_VEC_RELEASE(vec) (free((vec)->items), (vec)->items = NULL, (vec)->count = (vec)->cap = 0)

/** Implementation of CTX_VEC_RESERVE(): grow `*items` to hold `need` elements of `size` bytes. */
CTX_NODISCARD
bool ctx_vec_grow(void **items, size_t *cap, size_t need, size_t size);

#endif
