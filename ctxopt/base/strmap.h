/**
 * Byte string to 32-bit index: open addressing, keys borrowed.
 *
 * Keys may hold any bytes.  Iteration order is not defined: keep the values in an array of your own and
 * walk that.  Not thread-safe for writers; any number of readers.
 */
#ifndef CTXOPT_BASE_STRMAP_H
#define CTXOPT_BASE_STRMAP_H

struct ctx_strmap_slot;

/** The map.  Zero-initialised is valid and empty. */
struct ctx_strmap {
	/** Power-of-two table.  Owned. */
	struct ctx_strmap_slot *slots;
	/** Keys present, and slots allocated. */
	size_t count, cap;
};

/** What ctx_strmap_get() returns for an unknown key. */
#define CTX_STRMAP_NONE UINT32_MAX

/** Free the table (keys are not owned). */
void ctx_strmap_release(struct ctx_strmap *map);

/** Index stored for the key, or CTX_STRMAP_NONE. */
uint32_t ctx_strmap_get(const struct ctx_strmap *map, const void *key, size_t len);

/**
 * Index stored for the key; stores `fresh` first if the key is new.  `key` is borrowed until release.
 * Returns CTX_STRMAP_NONE when out of memory.
 */
CTX_NODISCARD
uint32_t ctx_strmap_put(struct ctx_strmap *map, const void *key, size_t len, uint32_t fresh);

#endif
