#include "ctxopt/context/listing.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

/** Bytes that the kernel may fill in one call: some 1500 names, so that most directories take one call and one more
 *  to see the end.  Larger buffers were not faster. */
#define BUF_BYTES ((size_t)64 * 1024)
/** Up to this many names, insertion is the fastest way to sort (measured with names of one source tree). */
#define INSERTION_MAX 24
/** Ranges of inode numbers that ctx_listing_order_by_inode() tells apart. */
#define BUCKETS ((size_t)1 << 16)

void ctx_listing_release(struct ctx_listing *list) {
	CTX_VEC_RELEASE(&list->names);
	free(list->buf);
	list->buf = NULL;
}

/** See ctx_listed.key. */
static uint64_t key_of(const char *name, size_t len) {
	unsigned char bytes[8] = { 0 };
	memcpy(bytes, name, len < sizeof(bytes) ? len : sizeof(bytes));
	uint64_t key;
	memcpy(&key, bytes, sizeof(key));
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
	key = __builtin_bswap64(key);
#endif
	return key;
}

/** Order of two names, bytewise. */
static int listed_cmp(const struct ctx_listed *a, const struct ctx_listed *b) {
	if (CTX_LIKELY(a->key != b->key)) {
		return a->key < b->key ? -1 : 1;
	}
	// Names hold no NUL, so equal keys mean eight equal bytes, or equal short names (which no sane directory has)
	return a->name_len > 8 && b->name_len > 8 ? strcmp(a->name + 8, b->name + 8) : (int)a->name_len - b->name_len;
}

/** listed_cmp() for qsort(). */
static int qsort_cmp(const void *a, const void *b) {
	return listed_cmp(a, b);
}

/** Sort a few names. */
static void sort_few(struct ctx_listed *names, size_t count) {
	for (size_t i = 1; i < count; ++i) {
		struct ctx_listed moving = names[i];
		size_t at = i;
		for (; at > 0 && listed_cmp(&moving, &names[at - 1]) < 0; --at) {
			names[at] = names[at - 1];
		}
		names[at] = moving;
	}
}

/** Copy what the kernel returned; false when out of memory. */
static bool take_names(struct ctx_listing *list, size_t bytes, struct ctx_arena *arena) {
	for (size_t at = 0; at < bytes;) {
		const struct dirent64 *d = (const void *)(list->buf + at);
		at += d->d_reclen;
		const char *name = d->d_name;
		if (name[0] == '.' && (name[1] == '\0' || (name[1] == '.' && name[2] == '\0'))) {
			continue;
		}
		size_t len = strlen(name);
		struct ctx_listed item = {
			.key = key_of(name, len),
			.name = ctx_arena_memdup0(arena, name, len),
			.inode_low = (uint32_t)d->d_ino,
			.name_len = (uint16_t)len,
			.type = d->d_type,
		};
		if (item.name == NULL || !CTX_VEC_PUSH(&list->names, item)) {
			return false;
		}
	}
	return true;
}

int ctx_listing_read(struct ctx_listing *list, int fd, struct ctx_arena *arena) {
	list->names.count = 0;
	if (list->buf == NULL) {
		list->buf = ctx_reallocarray(NULL, 1, BUF_BYTES);
		if (list->buf == NULL) {
			return -ENOMEM;
		}
	}
	while (true) {
		ssize_t n = getdents64(fd, list->buf, BUF_BYTES);
		if (n < 0) {
			return -errno;
		}
		if (n == 0) {
			break;
		}
		if (!take_names(list, (size_t)n, arena)) {
			return -ENOMEM;
		}
	}

	if (list->names.count <= INSERTION_MAX) {
		sort_few(list->names.items, list->names.count);
	} else {
		qsort(list->names.items, list->names.count, sizeof(list->names.items[0]), qsort_cmp);
	}
	return 0;
}

bool ctx_listing_order_by_inode(struct ctx_listing *list) {
	size_t count = list->names.count;
	struct ctx_listed *names = list->names.items;
	uint32_t low = UINT32_MAX, high = 0;
	for (size_t i = 0; i < count; ++i) {
		low = names[i].inode_low < low ? names[i].inode_low : low;
		high = names[i].inode_low > high ? names[i].inode_low : high;
	}
	unsigned shift = 0;
	while (count > 0 && (high - low) >> shift >= BUCKETS) {
		++shift;
	}

	// One pass of a counting sort: neighbours need not be in order, only together
	CTX_AUTO_FREE size_t *start = ctx_calloc(BUCKETS + 1, sizeof(*start));
	CTX_AUTO_FREE uint32_t *order = ctx_reallocarray(NULL, count, sizeof(*order));
	if (start == NULL || order == NULL) {
		return false;
	}
	for (size_t i = 0; i < count; ++i) {
		++start[((names[i].inode_low - low) >> shift) + 1];
	}
	for (size_t b = 0; b < BUCKETS; ++b) {
		start[b + 1] += start[b];
	}
	for (size_t i = 0; i < count; ++i) {
		order[start[(names[i].inode_low - low) >> shift]++] = (uint32_t)i;
	}
	for (size_t i = 0; i < count; ++i) {
		names[i].key = order[i];
	}
	return true;
}
