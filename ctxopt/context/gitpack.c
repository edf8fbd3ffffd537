/*
 * An index has the ids in order, and the place of each object in its pack (packmap.h):
 *
 *	object  type and size | whole: deflated content | delta: its base, deflated instructions
 *
 * A delta is made of its base, and that perhaps of another.  Git makes old versions from newer ones, so who goes through a history from
 * the oldest on asks next for what was a base just now: all that is made on the way to an object is kept for a while.
 *
 * Nothing in these files is trusted: not the counts, not the sizes, not the places.
 */
#include "ctxopt/context/gitpack.h"

#include "ctxopt/base/alloc.h"
#include "ctxopt/base/file.h"
#include "ctxopt/base/vec.h"
#include "ctxopt/context/packmap.h"

#include <dirent.h>
#include <fcntl.h>
#include <libdeflate.h>
#include <stdlib.h>
#include <string.h>

enum {
	ID = CTX_GITPACK_ID,
	/** Guesses at a place in an index before its halves are taken, which an index that is made for it makes bad. */
	GUESSES = 8,
	/** Types in a pack beside those of objects. */
	OFFSET_DELTA = 6,
	ID_DELTA = 7,
	/** Longest chain of deltas (git: --depth is at most 4095). */
	CHAIN_MAX = 4096,
	/** No deflated byte stands for more. */
	INFLATION_MAX = 1032,
	/** Packs that are looked into; a repository with more needs git gc. */
	PACKS_MAX = 64,
	ALTERNATES_DEPTH = 5,
	DIRECTORIES_MAX = 32,
	ALTERNATES_BYTES_MAX = 1 << 16,
};

/** Bases that are kept, for each reader, and the largest of them: the library's own limits. */
#define BASES_BYTES_MAX ((size_t)16 << 20)
#define BASE_MAX ((size_t)1 << 20)
/** Places for them: more than trees of usual sizes need. */
#define BASES 4096

/** An object that was made. */
struct object {
	unsigned type;
	/** Owned. */
	unsigned char *data;
	size_t len;
};

/** One that is kept, in the one place that its pack and offset give it. */
struct base {
	const struct ctx_pack *pack;
	uint64_t offset;
	/** NULL data: none. */
	struct object object;
};

/** A delta on the way to an object. */
struct delta {
	/** Of the object that it makes. */
	uint64_t offset;
	/** Deflated instructions, and their size when they are not. */
	uint64_t at;
	size_t len;
};

struct ctx_gitpacks {
	/** Those that had something last come first. */
	CTX_VEC(struct ctx_pack *) packs;
	struct base bases[BASES];
	size_t bases_bytes, hand;
	/** Directories that were looked into. */
	unsigned directories;
	/** The chain of the object at hand. */
	CTX_VEC(struct delta) chain;
	/** Instructions. */
	struct ctx_buf instructions;
	struct libdeflate_decompressor *inflater;
};

/* ---- Opening ---- */

/** Read a pack from now on, which is taken over: 1, 0 if there are too many, CTX_E_NOMEM. */
static int add_pack(struct ctx_gitpacks *packs, struct ctx_pack *pack) {
	bool room = packs->packs.count < PACKS_MAX, added = room && CTX_VEC_PUSH(&packs->packs, pack);
	if (!added) {
		ctx_pack_free(pack);
	}
	return added ? 1 : room ? CTX_E_NOMEM : 0;
}

int ctx_gitpacks_add(struct ctx_gitpacks *packs, const unsigned char *index, size_t index_len,
	const unsigned char *data, size_t data_len) {
	struct ctx_pack *pack;
	int rc = ctx_pack_borrow(&pack, index, index_len, data, data_len);
	return rc > 0 ? add_pack(packs, pack) : rc;
}

/** Map the packs of one directory.  CTX_E_NOMEM. */
static int map_packs(struct ctx_gitpacks *packs, const char *objects) {
	ctx_auto_buf struct ctx_buf path = CTX_BUF_INIT;
	ctx_buf_addf(&path, "%s/pack", objects);
	if (!ctx_buf_ok(&path)) {
		return CTX_E_NOMEM;
	}
	DIR *dir = opendir(ctx_buf_str(&path));
	int rc = 0;
	for (const struct dirent *entry; dir != NULL && rc >= 0;) {
		entry = readdir(dir);
		if (entry == NULL) {
			break;
		}
		size_t len = strlen(entry->d_name);
		if (len > 4 && strcmp(entry->d_name + len - 4, ".idx") == 0) {
			struct ctx_pack *pack;
			rc = ctx_pack_map(&pack, dirfd(dir), entry->d_name, len - 4);
			rc = rc > 0 ? add_pack(packs, pack) : rc;
		}
	}
	if (dir != NULL) {
		(void)closedir(dir);
	}
	return rc < 0 ? rc : 0;
}

/** Map the packs of a directory and of those that it names as alternates.  CTX_E_NOMEM. */
static int map_all(struct ctx_gitpacks *packs, const char *objects, unsigned depth) {
	ctx_auto_buf struct ctx_buf path = CTX_BUF_INIT, text = CTX_BUF_INIT;
	int rc = map_packs(packs, objects);
	++packs->directories;
	ctx_buf_addf(&path, "%s/info/alternates", objects);
	if (rc < 0 || !ctx_buf_ok(&path)) {
		return CTX_E_NOMEM;
	}
	if (depth == ALTERNATES_DEPTH || packs->directories >= DIRECTORIES_MAX ||
		ctx_read_at(&text, AT_FDCWD, ctx_buf_str(&path), ALTERNATES_BYTES_MAX, NULL) < 0) {
		return 0;
	}
	char *line = text.data, *rest = NULL;
	for (line = line != NULL ? strtok_r(line, "\n", &rest) : NULL;
		rc == 0 && line != NULL && packs->directories < DIRECTORIES_MAX; line = strtok_r(NULL, "\n", &rest)) {
		ctx_buf_reset(&path);
		ctx_buf_addf(&path, "%s%s%s", line[0] == '/' ? "" : objects, line[0] == '/' ? "" : "/", line);
		rc = !ctx_buf_ok(&path) ? CTX_E_NOMEM
			: *line == '#'  ? 0
					: map_all(packs, ctx_buf_str(&path), depth + 1);
	}
	return rc;
}

struct ctx_gitpacks *ctx_gitpacks_open(const char *objects) {
	struct ctx_gitpacks *packs = ctx_calloc(1, sizeof(*packs));
	if (packs == NULL) {
		return NULL;
	}
	packs->inflater = libdeflate_alloc_decompressor();
	if (packs->inflater == NULL || (objects != NULL && map_all(packs, objects, 0) < 0)) {
		ctx_gitpacks_free(packs);
		return NULL;
	}
	return packs;
}

void ctx_gitpacks_free(struct ctx_gitpacks *packs) {
	if (packs == NULL) {
		return;
	}
	for (size_t i = 0; i < packs->packs.count; ++i) {
		ctx_pack_free(packs->packs.items[i]);
	}
	for (size_t i = 0; i < BASES; ++i) {
		free(packs->bases[i].object.data);
	}
	libdeflate_free_decompressor(packs->inflater);
	CTX_VEC_RELEASE(&packs->packs);
	CTX_VEC_RELEASE(&packs->chain);
	ctx_buf_release(&packs->instructions);
	free(packs);
}

/* ---- Looking up ---- */

/** The place of an object in its pack, from the index; 0 if that is damaged. */
static uint64_t offset_of(const struct ctx_pack *p, uint32_t number) {
	const unsigned char *offsets = p->index + CTX_PACK_INDEX_HEADER + CTX_PACK_INDEX_COUNTS +
		(size_t)p->count * (ID + 4);
	uint32_t offset = ctx_pack_get32(offsets + (size_t)number * 4);
	if ((offset & 0x80000000) == 0) {
		return offset;
	}
	const unsigned char *large = offsets + (size_t)p->count * 4;
	size_t room = (size_t)(p->index + p->index_len - 2 * ID - large) / 8;
	offset &= 0x7fffffff;
	large += (size_t)offset * 8;
	return offset < room ? (uint64_t)ctx_pack_get32(large) << 32 | ctx_pack_get32(large + 4) : 0;
}

/** Where to look for a key between two places: where it would be if all between were evenly spread, as hashes are.  Keys have 32 bits. */
static uint32_t guess(uint32_t low, uint32_t high, uint64_t below, uint64_t above, uint64_t key) {
	bool fits = key >= below && key < above;
	uint64_t share = fits ? (key - below) * (high - low) / (above - below) : (high - low) / 2;
	return low + (uint32_t)share;
}

/** Find an id in a pack. */
static bool find_id(const struct ctx_pack *p, const unsigned char id[ID], uint64_t *offset) {
	const unsigned char *counts = p->index + CTX_PACK_INDEX_HEADER, *ids = counts + CTX_PACK_INDEX_COUNTS;
	uint32_t low = id[0] > 0 ? ctx_pack_get32(counts + 4 * (id[0] - 1)) : 0,
		 high = ctx_pack_get32(counts + 4 * id[0]);
	if (high > p->count) {
		return false;
	}
	uint64_t key = ctx_pack_get32(id + 1), below = 0, above = (uint64_t)UINT32_MAX + 1;
	for (unsigned guesses = 0; low < high; ++guesses) {
		uint32_t mid = guesses < GUESSES ? guess(low, high, below, above, key) : low + (high - low) / 2;
		const unsigned char *at = ids + (size_t)mid * ID;
		uint64_t there = ctx_pack_get32(at + 1);
		int order = there != key ? (there < key ? -1 : 1) : memcmp(at, id, ID);
		if (order == 0) {
			*offset = offset_of(p, mid);
			return true;
		}
		low = order < 0 ? mid + 1 : low;
		below = order < 0 ? there : below;
		high = order < 0 ? high : mid;
		above = order < 0 ? above : there;
	}
	return false;
}

/** Find an id in all packs; NULL. */
static struct ctx_pack *find_pack(struct ctx_gitpacks *packs, const unsigned char id[ID], uint64_t *offset) {
	for (size_t i = 0; i < packs->packs.count; ++i) {
		struct ctx_pack *pack = packs->packs.items[i];
		if (find_id(pack, id, offset)) {
			packs->packs.items[i] = packs->packs.items[0];
			packs->packs.items[0] = pack;
			return pack;
		}
	}
	return NULL;
}

/* ---- Bases ---- */

/** The place of an object. */
static struct base *base_at(struct ctx_gitpacks *packs, uint64_t offset) {
	return &packs->bases[offset * 0x9E3779B97F4A7C15 >>
		52]; // 2^64 by the golden ratio; the highest 12 bits are BASES
}

/** Forget a base. */
static void drop_base(struct ctx_gitpacks *packs, struct base *base) {
	packs->bases_bytes -= base->object.len;
	free(base->object.data);
	base->object = (struct object){ 0 };
}

/** Keep an object, which is taken over. */
static void keep_base(struct ctx_gitpacks *packs, const struct ctx_pack *pack, uint64_t offset, struct object object) {
	struct base *base = base_at(packs, offset);
	if (object.len > BASE_MAX) {
		free(object.data);
		return;
	}
	drop_base(packs, base);
	*base = (struct base){ pack, offset, object };
	packs->bases_bytes += object.len;
	while (packs->bases_bytes > BASES_BYTES_MAX) {
		drop_base(packs, &packs->bases[packs->hand++ % BASES]);
	}
}

/* ---- Reading ---- */

/** Inflate what is at a place into `len` bytes. */
static bool inflate_at(struct ctx_gitpacks *packs, const struct ctx_pack *p, uint64_t at, unsigned char *to,
	size_t len) {
	return libdeflate_zlib_decompress(packs->inflater, p->data + at, p->data_len - ID - at, to, len, NULL) ==
		LIBDEFLATE_SUCCESS;
}

/** What stands in front of an object. */
struct head {
	unsigned type;
	size_t len;
	/** Of what is deflated; of the base of a delta. */
	uint64_t at, base;
};

/** Read the place of a delta's base, as git writes it, which lies before the delta.  False if it is damaged. */
static bool read_base_offset(const struct ctx_pack *p, uint64_t offset, struct head *h) {
	uint64_t end = p->data_len - ID, back = 0;
	bool more = true;
	for (unsigned i = 0; more; ++i) {
		if (h->at == end || back >= UINT64_MAX >> 8) {
			return false;
		}
		unsigned char byte = p->data[h->at++];
		back = ((i > 0 ? back + 1 : 0) << 7) + (byte & 0x7f);
		more = (byte & 0x80) != 0;
	}
	h->base = offset - back;
	return back > 0 && back <= offset - CTX_PACK_HEADER;
}

/** Read the head of an object.  False if it is damaged, or none that is read here. */
static bool read_head(const struct ctx_pack *p, uint64_t offset, struct head *h) {
	uint64_t end = p->data_len - ID, size = 0;
	if (offset < CTX_PACK_HEADER || offset >= end) {
		return false;
	}
	unsigned char byte = p->data[offset];
	h->at = offset + 1;
	h->type = byte >> 4 & 7;
	size = byte & 15;
	for (unsigned shift = 4; (byte & 0x80) != 0; shift += 7) {
		if (h->at == end || shift > 32) {
			return false;
		}
		byte = p->data[h->at++];
		size |= (uint64_t)(byte & 0x7f) << shift;
	}
	if (h->type == OFFSET_DELTA && !read_base_offset(p, offset, h)) {
		return false;
	}
	if (h->type == ID_DELTA) {
		if (end - h->at < ID || !find_id(p, p->data + h->at, &h->base)) {
			return false;
		}
		h->at += ID;
	}
	h->len = (size_t)size;
	return size <= CTX_GITPACK_BYTES_MAX && size / INFLATION_MAX <= end - h->at;
}

/** Read a number of a delta's head; false if it is damaged. */
static bool read_size(const unsigned char **at, const unsigned char *end, size_t *out) {
	uint64_t size = 0;
	unsigned char byte = 0x80;
	for (unsigned shift = 0; (byte & 0x80) != 0; shift += 7) {
		if (*at == end || shift > 32) {
			return false;
		}
		byte = *(*at)++;
		size |= (uint64_t)(byte & 0x7f) << shift;
	}
	*out = (size_t)size;
	return size <= CTX_GITPACK_BYTES_MAX;
}

/** Read the bytes that a copying instruction says that it has. */
static bool read_copy(const unsigned char **at, const unsigned char *end, unsigned char op, size_t *offset,
	size_t *len) {
	*offset = *len = 0;
	for (unsigned i = 0; i < 7; ++i) {
		if ((op >> i & 1) == 0) {
			continue;
		}
		if (*at == end) {
			return false;
		}
		size_t byte = *(*at)++;
		*offset |= i < 4 ? byte << 8 * i : 0;
		*len |= i < 4 ? 0 : byte << 8 * (i - 4);
	}
	*len = *len > 0 ? *len : 0x10000;
	return true;
}

/** Carry out the instructions; `to` has room for `len` bytes. */
static bool follow(const struct object *base, const unsigned char *at, const unsigned char *end, unsigned char *to,
	size_t len) {
	while (at < end) {
		unsigned char op = *at++;
		size_t offset = 0, count = op;
		const unsigned char *from = at;
		if ((op & 0x80) != 0) {
			if (!read_copy(&at, end, op, &offset, &count) || offset > base->len ||
				count > base->len - offset) {
				return false;
			}
			from = base->data + offset;
		} else if (op == 0 || count > (size_t)(end - at)) {
			return false;
		} else {
			at += count;
		}
		if (count > len) {
			return false;
		}
		memcpy(to, from, count);
		to += count;
		len -= count;
	}
	return len == 0;
}

/** Make an object from its base: 1, 0 if it is damaged, CTX_E_NOMEM. */
static int apply(struct ctx_gitpacks *packs, const struct ctx_pack *p, const struct delta *delta,
	const struct object *base, struct object *out) {
	struct ctx_buf *text = &packs->instructions;
	ctx_buf_reset(text);
	if (!ctx_buf_reserve(text, delta->len + 1)) {
		ctx_buf_release(text);
		return CTX_E_NOMEM;
	}
	const unsigned char *at = (unsigned char *)text->data, *end = at + delta->len;
	size_t before, after;
	if (!inflate_at(packs, p, delta->at, (unsigned char *)text->data, delta->len) ||
		!read_size(&at, end, &before) || !read_size(&at, end, &after) || before != base->len) {
		return 0;
	}
	unsigned char *data = ctx_reallocarray(NULL, after + 1, 1);
	if (data == NULL) {
		return CTX_E_NOMEM;
	}
	*out = (struct object){ base->type, data, after };
	if (!follow(base, at, end, data, after)) {
		free(data);
		return 0;
	}
	return 1;
}

/** Read an object that is no delta: 1, 0 if it is damaged, CTX_E_NOMEM. */
static int read_whole(struct ctx_gitpacks *packs, const struct ctx_pack *p, const struct head *h, struct object *out) {
	unsigned char *data = ctx_reallocarray(NULL, h->len + 1, 1);
	if (data == NULL) {
		return CTX_E_NOMEM;
	}
	*out = (struct object){ h->type, data, h->len };
	if (h->type < CTX_GITPACK_COMMIT || h->type > CTX_GITPACK_TAG || !inflate_at(packs, p, h->at, data, h->len)) {
		free(data);
		return 0;
	}
	return 1;
}

/**
 * Go from an object to the first on its chain that is kept, or is no delta, and note the deltas on the way.
 * @offset  Becomes the place of that one.
 * @return  1; 0, the chain is damaged; CTX_E_NOMEM.
 */
static int find_chain(struct ctx_gitpacks *packs, const struct ctx_pack *p, uint64_t *offset, struct head *h) {
	packs->chain.count = 0;
	for (;;) {
		const struct base *kept = base_at(packs, *offset);
		if (kept->object.data != NULL && kept->pack == p && kept->offset == *offset) {
			return 1;
		}
		if (!read_head(p, *offset, h)) {
			return 0;
		}
		if (h->type != OFFSET_DELTA && h->type != ID_DELTA) {
			return 1;
		}
		struct delta delta = { *offset, h->at, h->len };
		if (packs->chain.count == CHAIN_MAX) {
			return 0;
		}
		if (!CTX_VEC_PUSH(&packs->chain, delta)) {
			return CTX_E_NOMEM;
		}
		*offset = h->base;
	}
}

/** Make an object: 1, and what the caller frees or, if `*kept`, borrows until the next; 0, it is damaged; CTX_E_NOMEM. */
static int make_object(struct ctx_gitpacks *packs, const struct ctx_pack *p, uint64_t offset, struct object *out,
	bool *kept) {
	struct head h;
	int rc = find_chain(packs, p, &offset, &h);
	const struct base *base = base_at(packs, offset);
	*kept = rc > 0 && base->object.data != NULL && base->pack == p && base->offset == offset;
	if (*kept) {
		*out = base->object;
	} else if (rc > 0) {
		rc = read_whole(packs, p, &h, out);
	}
	while (rc > 0 && packs->chain.count > 0) {
		const struct delta *delta = &packs->chain.items[--packs->chain.count];
		struct object base_object = *out;
		rc = apply(packs, p, delta, &base_object, out);
		if (!*kept) {
			keep_base(packs, p, offset, base_object); // itself undamaged, even if what is made of it is not
		}
		*kept = false;
		offset = delta->offset;
	}
	return rc;
}

int ctx_gitpacks_read(struct ctx_gitpacks *packs, const unsigned char id[ID], enum ctx_gitpack_type type, size_t max,
	struct ctx_buf *out) {
	uint64_t offset;
	struct object object;
	bool kept = false;
	const struct ctx_pack *pack = find_pack(packs, id, &offset);
	int rc = pack == NULL ? 0 : make_object(packs, pack, offset, &object, &kept);
	if (rc <= 0) {
		return rc;
	}
	if (object.type == type && object.len <= max) {
		ctx_buf_add(out, object.data, object.len);
		rc = ctx_buf_ok(out) ? 1 : CTX_E_NOMEM;
	} else {
		rc = 0;
	}
	if (!kept) {
		free(object.data);
	}
	return rc;
}
