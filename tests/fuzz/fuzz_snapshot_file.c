/**
 * Fuzz target: decoding snapshot files.  What decodes must encode to the same bytes again.
 *
 * The final hash would stop nearly every mutation, so the input is decoded twice: as it is, and with the hash set right.
 */
#include "ctxopt/context/snapshot_file.h"

#include <stdlib.h>
#include <string.h>

/** The target, as libFuzzer calls it. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/** Bytes of the final hash. */
#define HASH_BYTES 8

/** Decode; encode what came out and compare. */
static void check(const void *data, size_t size) {
	struct ctx_snapshot *snap = NULL;
	if (ctx_snapshot_decode(&snap, data, size, NULL) < 0) {
		return;
	}
	ctx_auto_buf struct ctx_buf again = CTX_BUF_INIT;
	if (ctx_snapshot_encode(&again, snap, NULL) < 0 || again.len != size || memcmp(again.data, data, size) != 0) {
		abort();
	}
	ctx_auto_iter struct ctx_iter it = { 0 };
	ctx_iter_init(&it, snap);
	uint64_t count = 0;
	while (ctx_iter_next(&it)) {
		++count;
		if (ctx_snapshot_find(snap, it.path.data, it.path.len) != it.entry) {
			abort();
		}
	}
	if (count != snap->entry_count) {
		abort();
	}
	ctx_snapshot_free(snap);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
	check(data, size);
	if (size < HASH_BYTES) {
		return 0;
	}
	CTX_AUTO_FREE char *copy = ctx_memdup0(data, size);
	if (copy == NULL) {
		return 0;
	}
	uint64_t hash = ctx_hash64(copy, size - HASH_BYTES, 0);
	for (size_t i = 0; i < HASH_BYTES; ++i) {
		copy[size - HASH_BYTES + i] = (char)(hash >> (8 * (HASH_BYTES - 1 - i)));
	}
	check(copy, size);
	return 0;
}
