/*
 * Chunks form a list, newest first; only the newest one has free bytes that are still handed out:
 *
 *	head -> [header|used used used|at....end]
 *	           |
 *	           v
 *	        [header|used used used used|waste] -> ... -> NULL
 *
 * An object too large for a quarter of a new chunk gets a chunk of its own, hung behind the newest one, so
 * that a few big objects do not throw away half-empty chunks.
 */
#include "ctxopt/base/arena.h"

#include "ctxopt/base/alloc.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#if defined(__SANITIZE_ADDRESS__)
#define ARENA_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define ARENA_ASAN 1
#endif
#endif

#ifdef ARENA_ASAN
#include <sanitizer/asan_interface.h>
/** Tell the sanitizer which bytes of a chunk are live, so that it catches a read past an object's end. */
#define MARK_FREE(at, size) ASAN_POISON_MEMORY_REGION(at, size)
#define MARK_LIVE(at, size) ASAN_UNPOISON_MEMORY_REGION(at, size)
#else
#define MARK_FREE(at, size) ((void)(at), (void)(size))
#define MARK_LIVE(at, size) ((void)(at), (void)(size))
#endif

/** What every object is aligned to: enough for any C type on the platforms we know. */
#define ALIGN 16
/** Bytes of the first chunk, header included: one page. */
#define CHUNK_MIN ((size_t)4096)
/** Bytes of the largest ordinary chunk. */
#define CHUNK_MAX ((size_t)1024 * 1024)

/** Header of a chunk; its bytes follow. */
struct ctx_arena_chunk {
	/** Next older chunk. */
	struct ctx_arena_chunk *older;
	/** Bytes including this header. */
	size_t size;
	_Alignas(ALIGN) char bytes[];
};

void ctx_arena_release(struct ctx_arena *arena) {
	struct ctx_arena_chunk *chunk = arena->head;
	while (chunk != NULL) {
		struct ctx_arena_chunk *older = chunk->older;
		MARK_LIVE(chunk->bytes, chunk->size - sizeof(*chunk));
		free(chunk);
		chunk = older;
	}
	*arena = (struct ctx_arena)CTX_ARENA_INIT;
}

/** Get a chunk of `size` bytes from the heap, all of it marked free. */
static struct ctx_arena_chunk *chunk_new(struct ctx_arena *arena, size_t size) {
	struct ctx_arena_chunk *chunk = ctx_reallocarray(NULL, 1, size);
	if (chunk != NULL) {
		chunk->older = NULL;
		chunk->size = size;
		MARK_FREE(chunk->bytes, size - sizeof(*chunk));
		arena->reserved_bytes += size;
	}
	return chunk;
}

/** `size` bytes in a chunk of their own. */
static void *alloc_large(struct ctx_arena *arena, size_t size) {
	struct ctx_arena_chunk *chunk = chunk_new(arena, sizeof(*chunk) + size);
	if (chunk == NULL) {
		return NULL;
	}
	MARK_LIVE(chunk->bytes, size);
	if (arena->head != NULL) {
		chunk->older = arena->head->older;
		arena->head->older = chunk;
	} else {
		arena->head = chunk;
		arena->at = arena->end = chunk->bytes + size;
	}
	return chunk->bytes;
}

/** The cold path of both allocators: `size` bytes from a new chunk, aligned. */
static void *alloc_slow(struct ctx_arena *arena, size_t size) {
	// A new chunk is about a quarter of all before it together: that much may be wasted
	size_t next = CHUNK_MIN;
	while (next < CHUNK_MAX && next <= arena->reserved_bytes / 4) {
		next *= 2;
	}
	if (size > (size_t)PTRDIFF_MAX - sizeof(struct ctx_arena_chunk)) {
		return NULL;
	}
	if (size > next / 4) {
		return alloc_large(arena, size);
	}

	struct ctx_arena_chunk *chunk = chunk_new(arena, next);
	if (chunk == NULL) {
		return NULL;
	}
	chunk->older = arena->head;
	arena->head = chunk;
	MARK_LIVE(chunk->bytes, size);
	arena->at = chunk->bytes + size;
	arena->end = (char *)chunk + next;
	return chunk->bytes;
}

void *ctx_arena_alloc(struct ctx_arena *arena, size_t size) {
	size_t room = (size_t)(arena->end - arena->at);
	size_t pad = -(size_t)(uintptr_t)arena->at % ALIGN;
	size = size > 0 ? size : 1; // NULL must mean failure only
	if (CTX_UNLIKELY(room < pad || room - pad < size)) {
		return alloc_slow(arena, size);
	}
	char *at = arena->at + pad;
	MARK_LIVE(at, size);
	arena->at = at + size;
	return at;
}

void *ctx_arena_calloc(struct ctx_arena *arena, size_t count, size_t size) {
	size_t bytes;
	if (__builtin_mul_overflow(count, size, &bytes)) {
		return NULL;
	}
	void *at = ctx_arena_alloc(arena, bytes);
	return at != NULL ? memset(at, 0, bytes) : NULL;
}

/** Room for a string of `len` bytes and its NUL, unaligned; NULL when out of memory. */
static char *alloc_string(struct ctx_arena *arena, size_t len) {
	char *at = arena->at;
	if (CTX_LIKELY(len < (size_t)(arena->end - at))) {
		MARK_LIVE(at, len + 1);
		arena->at = at + len + 1;
		return at;
	}
	return len == SIZE_MAX ? NULL : alloc_slow(arena, len + 1);
}

char *ctx_arena_memdup0(struct ctx_arena *arena, const void *data, size_t len) {
	char *at = alloc_string(arena, len);
	if (at == NULL) {
		return NULL;
	}
	if (len > 0) {
		memcpy(at, data, len);
	}
	at[len] = '\0';
	return at;
}

char *ctx_arena_vprintf(struct ctx_arena *arena, const char *fmt, va_list args) {
	va_list again;
	va_copy(again, args);
	int len = vsnprintf(NULL, 0, fmt, args);
	char *text = len < 0 ? NULL : alloc_string(arena, (size_t)len);
	if (text != NULL) {
		(void)vsnprintf(text, (size_t)len + 1, fmt, again);
	}
	va_end(again);
	return text;
}

void ctx_arena_absorb(struct ctx_arena *into, struct ctx_arena *from) {
	if (into == from || from->head == NULL) {
		return;
	}
	if (into->head == NULL) {
		*into = *from;
		*from = (struct ctx_arena)CTX_ARENA_INIT;
		return;
	}

	// Go on in the chunk with more room; the other list goes behind it
	if (from->end - from->at > into->end - into->at) {
		struct ctx_arena swap = *into;
		*into = *from;
		*from = swap;
	}
	struct ctx_arena_chunk *oldest = from->head;
	while (oldest->older != NULL) {
		oldest = oldest->older;
	}
	oldest->older = into->head->older;
	into->head->older = from->head;
	into->reserved_bytes += from->reserved_bytes;
	*from = (struct ctx_arena)CTX_ARENA_INIT;
}
