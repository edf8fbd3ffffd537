#include "ctxopt/base/alloc.h"

#include <malloc.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

/** Allocations that may still succeed; negative while the test hook is off. */
static atomic_long budget = -1;

/**
 * May this allocation succeed?  Relaxed order suffices: the counter guards no other memory, and a test that
 * counts exactly runs one thread.
 */
static bool allowed(void) {
	long left = atomic_load_explicit(&budget, memory_order_relaxed);
	while (CTX_UNLIKELY(left >= 0)) {
		if (left == 0) {
			return false;
		}
		if (atomic_compare_exchange_weak_explicit(&budget, &left, left - 1, memory_order_relaxed,
			    memory_order_relaxed)) {
			return true;
		}
	}
	return true;
}

void ctx_alloc_fail_after(long n) {
	atomic_store_explicit(&budget, n < 0 ? -1 : n, memory_order_relaxed);
}

/**
 * Bytes of an array, at least 1 so that NULL means failure only, and 0 when there can be no such array: beyond
 * PTRDIFF_MAX the difference of two pointers into it is undefined.
 */
static size_t array_bytes(size_t count, size_t size) {
	size_t bytes;
	if (__builtin_mul_overflow(count, size, &bytes) || bytes > PTRDIFF_MAX) {
		return 0;
	}
	return bytes > 0 ? bytes : 1;
}

void ctx_alloc_setup(void) {
	(void)mallopt(M_TOP_PAD, 1 << 20);
	(void)mallopt(M_MMAP_THRESHOLD, 4 << 20);
	(void)mallopt(M_TRIM_THRESHOLD, 64 << 20);
}

void *ctx_calloc(size_t count, size_t size) {
	size_t bytes = array_bytes(count, size);
	return bytes > 0 && allowed() ? calloc(1, bytes) : NULL;
}

void *ctx_calloc_touched(size_t count, size_t size) {
	size_t bytes = array_bytes(count, size);
	void *data = bytes > 0 && allowed() ? malloc(bytes) : NULL;
	return data != NULL ? memset(data, 0, bytes) : NULL;
}

void *ctx_reallocarray(void *old, size_t count, size_t size) {
	size_t bytes = array_bytes(count, size);
	return bytes > 0 && allowed() ? realloc(old, bytes) : NULL;
}

char *ctx_memdup0(const void *data, size_t len) {
	if (len >= PTRDIFF_MAX || !allowed()) {
		return NULL;
	}
	char *copy = malloc(len + 1);
	if (copy == NULL) {
		return NULL;
	}
	if (len > 0) {
		memcpy(copy, data, len);
	}
	copy[len] = '\0';
	return copy;
}

size_t ctx_grow(size_t have, size_t need, size_t size) {
	size_t most = size > 0 ? (size_t)PTRDIFF_MAX / size : PTRDIFF_MAX;
	if (need > most) {
		return 0;
	}
	size_t more = have > most - have / 2 ? most : have + have / 2;
	return more > need ? more : need;
}

void ctx_free_ptr(void *ptr_to_ptr) {
	void *ptr;
	memcpy(&ptr, ptr_to_ptr, sizeof(ptr)); // a `char *` must not be read through a `void **`
	free(ptr);
}
