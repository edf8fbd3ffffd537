#include "ctxopt/base/vec.h"

/** A first allocation is at least this many bytes: many arrays stay small, few stay at one item. */
#define FIRST_BYTES 64

bool ctx_vec_grow(void **items, size_t *cap, size_t need, size_t size) {
	size_t fresh = ctx_grow(*cap, need, size);
	if (fresh == 0) {
		return false;
	}
	if (fresh < FIRST_BYTES / size) {
		fresh = FIRST_BYTES / size;
	}
	void *grown = ctx_reallocarray(*items, fresh, size);
	if (grown == NULL) {
		return false;
	}
	*items = grown;
	*cap = fresh;
	return true;
}
