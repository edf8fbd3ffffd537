/**
 * Heap allocation with overflow checks in one place, and a switch that lets tests fail any allocation.
 *
 * All heap memory of the program comes from here (libraries have their own).  Release with free().
 */
#ifndef CTXOPT_BASE_ALLOC_H
#define CTXOPT_BASE_ALLOC_H

/**
 * For a program that does one thing and ends: the heaps of all threads grow by a megabyte, and what is freed is kept for the next.  Each
 * time that a heap grows or shrinks, all threads that touch fresh memory wait for the kernel.
 */
void ctx_alloc_setup(void);

/** `count` times `size` zeroed bytes; NULL when out of memory or when the product overflows. */
CTX_NODISCARD
void *ctx_calloc(size_t count, size_t size);

/**
 * The same, for a table that is looked into before it is filled.  Pages that are fresh from the system are all one page of zeros while
 * they are only read, and become pages of their own at the first write, for which all threads are stopped a moment: here they are at once.
 */
CTX_NODISCARD
void *ctx_calloc_touched(size_t count, size_t size);

/** Resize to `count` times `size` bytes; NULL (and `old` untouched) when out of memory or on overflow. */
CTX_NODISCARD
void *ctx_reallocarray(void *old, size_t count, size_t size);

/** Copy of `len` bytes plus a final NUL; NULL when out of memory. */
CTX_NODISCARD
char *ctx_memdup0(const void *data, size_t len);

/**
 * Capacity to grow an array to so that `need` elements fit: at least `need`, at least 1.5 times `have`.
 * Returns 0 when the byte size would overflow.
 */
size_t ctx_grow(size_t have, size_t need, size_t size);

/**
 * Test hook: let the next `n` allocations succeed and every later one fail; a negative `n` switches the
 * hook off.  Process-wide, atomic; compiled in always, because it costs one predictable branch.
 */
void ctx_alloc_fail_after(long n);

/** Cleanup helper: free() what a `char *`, `void *` ... variable points to.  Use via CTX_AUTO_FREE. */
void ctx_free_ptr(void *ptr_to_ptr);

/** Free the pointed-to heap block when the variable leaves its scope. */
#define CTX_AUTO_FREE CTX_CLEANUP(ctx_free_ptr)

/** Hand the pointer off: yields it and leaves NULL behind, so that a cleanup does nothing. */
#define CTX_STEAL(ptr) \
	__extension__({ \
		__typeof__(ptr) ctx_stolen_ = (ptr); \
		(ptr) = NULL; \
		ctx_stolen_; \
	})

#endif
