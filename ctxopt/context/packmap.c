#include "ctxopt/context/packmap.h"

#include "ctxopt/base/alloc.h"
#include "ctxopt/base/error.h"
#include "ctxopt/base/file.h"
#include "ctxopt/base/vec.h"

#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

enum {
	ID = CTX_PACK_ID,
	/** Bytes of an index for each object, at least. */
	INDEX_EACH = ID + 4 + 4,
};

/** Mapped packs of all readers. */
static struct {
	pthread_mutex_t lock;
	CTX_VEC(struct ctx_pack *) packs;
} shared = { .lock = PTHREAD_MUTEX_INITIALIZER };

/** Is it nobody else's?  Then it is not shared any more. */
static bool leave(struct ctx_pack *pack) {
	(void)pthread_mutex_lock(&shared.lock);
	bool last = pack->users == 0 || --pack->users == 0;
	for (size_t i = shared.packs.count; last && i-- > 0;) {
		if (shared.packs.items[i] == pack) {
			shared.packs.items[i] = shared.packs.items[--shared.packs.count];
		}
	}
	if (shared.packs.count == 0) {
		CTX_VEC_RELEASE(&shared.packs);
	}
	(void)pthread_mutex_unlock(&shared.lock);
	return last;
}

void ctx_pack_free(struct ctx_pack *pack) {
	if (pack->mapped && !leave(pack)) {
		return;
	}
	if (pack->mapped && pack->index != NULL) {
		(void)munmap((void *)(uintptr_t)pack->index, pack->index_len);
	}
	if (pack->mapped && pack->data != NULL) {
		(void)munmap((void *)(uintptr_t)pack->data, pack->data_len);
	}
	free(pack);
}

/** Do both belong together, and can they be read? */
static bool check(struct ctx_pack *p) {
	static const unsigned char magic[CTX_PACK_INDEX_HEADER] = { 0xff, 't', 'O', 'c', 0, 0, 0, 2 };
	const size_t fixed = CTX_PACK_INDEX_HEADER + CTX_PACK_INDEX_COUNTS + 2 * ID;
	if (p->index_len < fixed || p->data_len < CTX_PACK_HEADER + ID || memcmp(p->index, magic, sizeof(magic)) != 0 ||
		memcmp(p->data, "PACK", 4) != 0) {
		return false;
	}
	p->count = ctx_pack_get32(p->index + CTX_PACK_INDEX_HEADER + CTX_PACK_INDEX_COUNTS - 4);
	uint32_t version = ctx_pack_get32(p->data + 4);
	return (p->index_len - fixed) / INDEX_EACH >= p->count && (version == 2 || version == 3) &&
		ctx_pack_get32(p->data + 8) == p->count &&
		memcmp(p->data + p->data_len - ID, p->index + p->index_len - 2 * ID, ID) == 0;
}

/** Hand over a pack if it can be read: 1; 0. */
static int give(struct ctx_pack **out, struct ctx_pack *pack) {
	bool whole = pack->index != NULL && pack->data != NULL && check(pack);
	if (!whole) {
		ctx_pack_free(pack);
		return 0;
	}
	*out = pack;
	return 1;
}

int ctx_pack_borrow(struct ctx_pack **out, const unsigned char *index, size_t index_len, const unsigned char *data,
	size_t data_len) {
	struct ctx_pack *pack = ctx_calloc(1, sizeof(*pack));
	if (pack == NULL) {
		return CTX_E_NOMEM;
	}
	*pack = (struct ctx_pack){ .index = index, .index_len = index_len, .data = data, .data_len = data_len };
	return give(out, pack);
}

/** Open a file of a directory that could be mapped. */
static int open_file(int dir, const char *name, struct ctx_pack_file *id) {
	int fd = openat(dir, name, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	struct stat st;
	if (fd < 0 || fstat(fd, &st) < 0 || !S_ISREG(st.st_mode) || st.st_size <= 0 ||
		(uintmax_t)st.st_size > SIZE_MAX / 2) {
		ctx_close_fd(&fd);
		return -1;
	}
	*id = (struct ctx_pack_file){ st.st_dev, st.st_ino, st.st_size, st.st_mtim };
	return fd;
}

/** Map a file whole; NULL if that is not possible. */
static const unsigned char *map_file(int fd, const struct ctx_pack_file *id, size_t *len) {
	*len = (size_t)id->size;
	void *map = mmap(NULL, *len, PROT_READ, MAP_PRIVATE, fd, 0);
	return map != MAP_FAILED ? map : NULL;
}

/** Is it the same content of the same file? */
static bool is_same(const struct ctx_pack_file *a, const struct ctx_pack_file *b) {
	return a->dev == b->dev && a->ino == b->ino && a->size == b->size && a->changed.tv_sec == b->changed.tv_sec &&
		a->changed.tv_nsec == b->changed.tv_nsec;
}

/** A pack that somebody has mapped, for one more; NULL. */
static struct ctx_pack *join(const struct ctx_pack_file *index, const struct ctx_pack_file *data) {
	struct ctx_pack *found = NULL;
	(void)pthread_mutex_lock(&shared.lock);
	for (size_t i = 0; found == NULL && i < shared.packs.count; ++i) {
		struct ctx_pack *pack = shared.packs.items[i];
		if (is_same(&pack->index_file, index) && is_same(&pack->data_file, data)) {
			++pack->users;
			found = pack;
		}
	}
	(void)pthread_mutex_unlock(&shared.lock);
	return found;
}

/** Let others join.  If another was faster, there are two maps; without memory, too. */
static void share(struct ctx_pack *pack) {
	(void)pthread_mutex_lock(&shared.lock);
	pack->users = 1;
	(void)CTX_VEC_PUSH(&shared.packs, pack);
	(void)pthread_mutex_unlock(&shared.lock);
}

/** Map what is open. */
static int map_opened(struct ctx_pack **out, int index, const struct ctx_pack_file *index_file, int data,
	const struct ctx_pack_file *data_file) {
	struct ctx_pack *pack = ctx_calloc(1, sizeof(*pack));
	if (pack == NULL) {
		return CTX_E_NOMEM;
	}
	*pack = (struct ctx_pack){ .mapped = true, .index_file = *index_file, .data_file = *data_file };
	pack->index = map_file(index, index_file, &pack->index_len);
	pack->data = map_file(data, data_file, &pack->data_len);
	int rc = give(out, pack);
	if (rc > 0) {
		share(pack);
	}
	return rc;
}

int ctx_pack_map(struct ctx_pack **out, int dir, const char *name, size_t stem) {
	char path[NAME_MAX + 8];
	struct ctx_pack_file index_file = { 0 }, data_file = { 0 };
	if (stem >= NAME_MAX) {
		return 0;
	}
	memcpy(path, name, stem);
	memcpy(path + stem, ".pack", sizeof(".pack"));
	ctx_auto_fd int index = open_file(dir, name, &index_file), data = open_file(dir, path, &data_file);
	if (index < 0 || data < 0) {
		return 0;
	}
	*out = join(&index_file, &data_file);
	return *out != NULL ? 1 : map_opened(out, index, &index_file, data, &data_file);
}
