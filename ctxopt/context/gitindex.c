/*
 * Layout (git: Documentation/gitformat-index.txt): "DIRC", version, number of entries; entries; extensions, each a name and a
 * length; a hash.  An entry: two times, device, inode, mode, owner, group, size, id, flags, the path.
 */
#include "ctxopt/context/gitindex.h"

#include <stdlib.h>
#include <string.h>

/** Offsets in the file and in an entry, and sizes. */
enum {
	HEAD_BYTES = 12,
	AT_MTIME = 8,
	AT_INODE = 20,
	AT_MODE = 24,
	AT_SIZE = 36,
	AT_OID = 40,
	AT_FLAGS = 60,
	FIXED_BYTES = 62,
	EXTENSION_BYTES = 8,
	OID_BYTES = 20,
};

/** Bits of the flags. */
enum { LENGTH_MASK = 0xfff, STAGE_MASK = 0x3000, EXTENDED = 0x4000 };

/** A pass over the text. */
struct pass {
	struct ctx_gitindex *index;
	const unsigned char *at, *end;
	uint32_t version;
	/** Version 4: the path before. */
	struct ctx_buf path;
};

/** A number. */
static uint32_t number(const unsigned char *at) {
	return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

/** Bytes that are left. */
static size_t left(const struct pass *p) {
	return (size_t)(p->end - p->at);
}

/** Step over a path that is padded to a multiple of eight bytes from the start of its entry; false if it is not there. */
static bool read_padded(struct pass *p, const unsigned char *entry, struct ctx_str *path) {
	size_t len = number(entry + AT_FLAGS - 2) & LENGTH_MASK;
	const unsigned char *nul = memchr(p->at, 0, left(p));
	if (nul == NULL || (len < LENGTH_MASK ? (size_t)(nul - p->at) != len : (size_t)(nul - p->at) < len)) {
		return false;
	}
	*path = (struct ctx_str){ (const char *)p->at, (size_t)(nul - p->at) };
	size_t size = ((size_t)(nul - entry) + 8) & ~(size_t)7;
	if (size > (size_t)(p->end - entry)) {
		return false;
	}
	p->at = entry + size;
	return true;
}

/** Read how much of the path before does not go on; false if that is more than there is. */
static bool read_strip(struct pass *p, size_t *out) {
	size_t value = 0;
	for (bool more = true, first = true; more; first = false) {
		if (left(p) == 0 || value > p->path.len) {
			return false;
		}
		unsigned char byte = *p->at++;
		value = (first ? 0 : (value + 1) << 7) | (byte & 0x7f);
		more = (byte & 0x80) != 0;
	}
	*out = value;
	return value <= p->path.len;
}

/** Read a path that is told by how it differs from the one before: 1, 0 or CTX_E_NOMEM. */
static int read_compressed(struct pass *p, struct ctx_str *path, struct ctx_error *err) {
	size_t strip;
	if (!read_strip(p, &strip)) {
		return 0;
	}
	const unsigned char *nul = memchr(p->at, 0, left(p));
	if (nul == NULL) {
		return 0;
	}
	p->path.len -= strip;
	ctx_buf_add(&p->path, p->at, (size_t)(nul - p->at));
	if (!ctx_buf_ok(&p->path)) {
		return ctx_fail_nomem(err);
	}
	*path = (struct ctx_str){ ctx_arena_memdup0(&p->index->arena, ctx_buf_str(&p->path), p->path.len),
		p->path.len };
	p->at = nul + 1;
	return path->ptr != NULL ? 1 : ctx_fail_nomem(err);
}

/** Read one entry: 1, 0 or CTX_E_NOMEM. */
static int read_entry(struct pass *p, struct ctx_error *err) {
	const unsigned char *entry = p->at;
	if (left(p) < FIXED_BYTES + 2) {
		return 0;
	}
	uint32_t flags = number(entry + AT_FLAGS - 2) & 0xffff;
	bool extended = (flags & EXTENDED) != 0;
	if (extended && p->version < 3) {
		return 0;
	}
	p->at += extended ? FIXED_BYTES + 2 : FIXED_BYTES;
	struct ctx_gitindex_entry found = { .at = entry };
	int rc = p->version == 4 ? read_compressed(p, &found.path, err) : read_padded(p, entry, &found.path);
	if (rc <= 0 || (flags & STAGE_MASK) != 0) {
		return rc;
	}
	size_t count = p->index->entries.count;
	if (count > 0 && ctx_str_cmp(p->index->entries.items[count - 1].path, found.path) >= 0) {
		return 0;
	}
	return CTX_VEC_PUSH(&p->index->entries, found) ? 1 : ctx_fail_nomem(err);
}

/** Is nothing behind the entries that one must understand?  Names of such extensions are in lower case. */
static bool is_whole(struct pass *p) {
	while (left(p) > OID_BYTES) {
		if (left(p) < EXTENSION_BYTES + OID_BYTES || p->at[0] < 'A' || p->at[0] > 'Z') {
			return false;
		}
		size_t size = number(p->at + 4);
		p->at += EXTENSION_BYTES;
		if (size > left(p)) {
			return false;
		}
		p->at += size;
	}
	return left(p) == OID_BYTES;
}

int ctx_gitindex_parse(struct ctx_gitindex *index, struct ctx_error *err) {
	const unsigned char *text = (const unsigned char *)ctx_buf_str(&index->text);
	struct pass p = { .index = index, .at = text + HEAD_BYTES, .end = text + index->text.len };
	if (index->text.len < HEAD_BYTES + OID_BYTES || memcmp(text, "DIRC", 4) != 0) {
		return 0;
	}
	p.version = number(text + 4);
	uint32_t count = number(text + 8);
	if (p.version < 2 || p.version > 4 || count > index->text.len / FIXED_BYTES) {
		return 0;
	}
	int rc = CTX_VEC_RESERVE(&index->entries, count) ? 1 : ctx_fail_nomem(err);
	for (uint32_t i = 0; rc > 0 && i < count; ++i) {
		rc = read_entry(&p, err);
	}
	ctx_buf_release(&p.path);
	return rc > 0 ? is_whole(&p) : rc;
}

void ctx_gitindex_release(struct ctx_gitindex *index) {
	ctx_buf_release(&index->text);
	CTX_VEC_RELEASE(&index->entries);
	ctx_arena_release(&index->arena);
	index->next = 0;
}

bool ctx_gitindex_find(struct ctx_gitindex *index, struct ctx_str path, struct ctx_gitindex_file *out) {
	const struct ctx_gitindex_entry *entries = index->entries.items;
	size_t at = index->next, low = 0, high = index->entries.count;
	if (at >= high || !ctx_str_eq(entries[at].path, path)) {
		while (low < high) {
			at = low + (high - low) / 2;
			int order = ctx_str_cmp(entries[at].path, path);
			if (order == 0) {
				break;
			}
			low = order < 0 ? at + 1 : low;
			high = order < 0 ? high : at;
		}
		if (low >= high) {
			return false;
		}
	}
	index->next = at + 1;
	const unsigned char *entry = entries[at].at;
	*out = (struct ctx_gitindex_file){ .mtime_seconds = number(entry + AT_MTIME),
		.mtime_nanoseconds = number(entry + AT_MTIME + 4),
		.inode = number(entry + AT_INODE),
		.size_bytes = number(entry + AT_SIZE),
		.mode = number(entry + AT_MODE),
		.oid = entry + AT_OID };
	return true;
}
