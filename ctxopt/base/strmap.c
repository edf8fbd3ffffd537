/*
 * Linear probing in a power-of-two table that is at most two thirds full.  A slot keeps 32 bits of its
 * key's hash, so that growing needs no key and a probe looks at a key's bytes only when it is almost
 * certainly the one.  Nothing is ever removed, hence no tombstones.
 */
#include "ctxopt/base/strmap.h"

#include "ctxopt/base/alloc.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

/** Slots of the first table. */
#define FIRST_CAP 16

/** One slot: 24 bytes. */
struct ctx_strmap_slot {
	/** Borrowed. */
	const void *key;
	size_t len;
	/** Hash of the key, never 0; 0 marks a free slot. */
	uint32_t hash;
	uint32_t value;
};

/** Product of two words folded into one: every input bit reaches every output bit. */
static inline uint64_t fold(uint64_t a, uint64_t b) {
#ifdef __SIZEOF_INT128__
	__extension__ unsigned __int128 wide = a;
	wide *= b;
	return (uint64_t)wide ^ (uint64_t)(wide >> 64);
#else
	uint64_t low = (a & UINT32_MAX) * (b & UINT32_MAX);
	uint64_t cross = (a >> 32) * (b & UINT32_MAX) + (low >> 32);
	uint64_t other = (a & UINT32_MAX) * (b >> 32) + (cross & UINT32_MAX);
	uint64_t high = (a >> 32) * (b >> 32) + (cross >> 32) + (other >> 32);
	return high ^ (other << 32 | (low & UINT32_MAX));
#endif
}

/** Eight bytes as they lie in memory. */
static inline uint64_t load64(const unsigned char *at) {
	uint64_t word;
	memcpy(&word, at, sizeof(word));
	return word;
}

/** Four bytes as they lie in memory. */
static inline uint64_t load32(const unsigned char *at) {
	uint32_t word;
	memcpy(&word, at, sizeof(word));
	return word;
}

/** Odd constants without structure: fractional digits of pi. */
static const uint64_t mix_a = 0x243F6A8885A308D3;
static const uint64_t mix_b = 0x13198A2E03707345;
static const uint64_t mix_c = 0xA4093822299F31D1;

/**
 * Hash of a key: one folded product per 16 bytes, the last 16 overlapping what came before.  Never stored
 * and never seen outside, so it may depend on the machine.
 *
 * The seed is the address where the program was loaded.  Keys come from strangers, and with address space
 * randomisation they cannot prepare names that all fall into one chain.  It enters both sides of a product,
 * because a factor that is made 0 would hide the other.
 */
static uint32_t hash_key(const void *key, size_t len) {
	const unsigned char *at = key;
	uint64_t seed = (uint64_t)(uintptr_t)&mix_a * mix_b;
	uint64_t h = fold(len ^ mix_a, seed);
	uint64_t first = 0, last = 0;
	if (len > 16) {
		size_t left = len;
		for (; left > 16; left -= 16, at += 16) {
			h = fold(load64(at) ^ seed, load64(at + 8) ^ h);
		}
		at += left;
		first = load64(at - 16);
		last = load64(at - 8);
	} else if (len >= 8) {
		first = load64(at);
		last = load64(at + len - 8);
	} else if (len >= 4) {
		first = load32(at);
		last = load32(at + len - 4);
	} else if (len > 0) {
		first = (uint64_t)at[0] << 16 | (uint64_t)at[len / 2] << 8 | at[len - 1];
	}
	h = fold(first ^ seed, last ^ h);
	uint32_t hash = (uint32_t)(fold(h ^ mix_a, mix_c) >> 32);
	return hash != 0 ? hash : 1;
}

void ctx_strmap_release(struct ctx_strmap *map) {
	free(map->slots);
	*map = (struct ctx_strmap){ 0 };
}

/** Slot of the key, or the free slot where it belongs.  The table must not be empty nor full. */
static struct ctx_strmap_slot *find(const struct ctx_strmap *map, const void *key, size_t len, uint32_t hash) {
	size_t mask = map->cap - 1;
	for (size_t i = hash & mask;; i = (i + 1) & mask) {
		struct ctx_strmap_slot *slot = &map->slots[i];
		if (slot->hash == 0) {
			return slot;
		}
		if (slot->hash == hash && slot->len == len && (len == 0 || memcmp(slot->key, key, len) == 0)) {
			return slot;
		}
	}
}

/** Double the table. */
static bool grow(struct ctx_strmap *map) {
	size_t cap = map->cap > 0 ? map->cap * 2 : FIRST_CAP;
	struct ctx_strmap_slot *slots = ctx_calloc_touched(cap, sizeof(*slots));
	if (slots == NULL) {
		return false;
	}
	size_t mask = cap - 1;
	for (size_t i = 0; i < map->cap; ++i) {
		if (map->slots[i].hash == 0) {
			continue;
		}
		size_t to = map->slots[i].hash & mask;
		while (slots[to].hash != 0) {
			to = (to + 1) & mask;
		}
		slots[to] = map->slots[i];
	}
	free(map->slots);
	map->slots = slots;
	map->cap = cap;
	return true;
}

uint32_t ctx_strmap_get(const struct ctx_strmap *map, const void *key, size_t len) {
	if (map->count == 0) {
		return CTX_STRMAP_NONE;
	}
	const struct ctx_strmap_slot *slot = find(map, key, len, hash_key(key, len));
	return slot->hash != 0 ? slot->value : CTX_STRMAP_NONE;
}

uint32_t ctx_strmap_put(struct ctx_strmap *map, const void *key, size_t len, uint32_t fresh) {
	assert(fresh != CTX_STRMAP_NONE);
	if (map->count >= map->cap / 3 * 2 && !grow(map)) {
		return CTX_STRMAP_NONE;
	}
	uint32_t hash = hash_key(key, len);
	struct ctx_strmap_slot *slot = find(map, key, len, hash);
	if (slot->hash == 0) {
		*slot = (struct ctx_strmap_slot){ .key = key, .len = len, .hash = hash, .value = fresh };
		++map->count;
	}
	return slot->value;
}
