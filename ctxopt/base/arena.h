/**
 * Many small objects with one lifetime: a bump allocator freed whole.
 *
 * Not thread-safe: each worker owns its arena.  Chunks are never moved, so pointers stay valid until
 * ctx_arena_release().  Chunks grow up to 1 MiB with what is there already, so that waste stays below a quarter of it.
 */
#ifndef CTXOPT_BASE_ARENA_H
#define CTXOPT_BASE_ARENA_H

#include <stdarg.h>

struct ctx_arena_chunk;

/** The arena.  Zero-initialised is valid and empty. */
struct ctx_arena {
	/** Newest chunk; older ones hang behind it.  Owned. */
	struct ctx_arena_chunk *head;
	/** Next free byte and end of the newest chunk. */
	char *at, *end;
	/** Bytes obtained from the heap, for memory accounting. */
	size_t reserved_bytes;
};

#define CTX_ARENA_INIT \
	{ 0 }

/** Free everything that was ever handed out; the arena is empty and usable again. */
void ctx_arena_release(struct ctx_arena *arena);

/** `size` uninitialised bytes aligned for any type (16); NULL when out of memory.  `size` may be 0. */
CTX_NODISCARD
void *ctx_arena_alloc(struct ctx_arena *arena, size_t size);

/** As ctx_arena_alloc(), for `count` objects of `size` bytes, zeroed, overflow-checked. */
CTX_NODISCARD
void *ctx_arena_calloc(struct ctx_arena *arena, size_t count, size_t size);

/** Copy `len` bytes and add a NUL; unaligned, so names pack tightly.  NULL when out of memory. */
CTX_NODISCARD
char *ctx_arena_memdup0(struct ctx_arena *arena, const void *data, size_t len);

/** A text made as printf() makes it, in one piece with its NUL; NULL when out of memory. */
CTX_NODISCARD
CTX_PRINTF(2, 0)
char *ctx_arena_vprintf(struct ctx_arena *arena, const char *fmt, va_list args);

/** Move everything that `from` holds into `into`; `from` becomes empty.  Pointers stay valid. */
void ctx_arena_absorb(struct ctx_arena *into, struct ctx_arena *from);

#define ctx_auto_arena CTX_CLEANUP(ctx_arena_release)

#endif
