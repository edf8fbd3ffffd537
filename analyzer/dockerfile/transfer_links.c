#include "analyzer/dockerfile/transfer_links.h"

#include <string.h>

/** A key of the maps: device and inode, or the look of a file in a snapshot without inodes.  No padding. */
struct file_key {
	uint64_t first, second, mode;
	struct ctx_digest digest;
};

/** In file_key.mode of keys that are looks. */
#define KEY_IS_LOOK (UINT64_C(1) << 32)

void ana_links_release(struct ana_links *links) {
	ctx_strmap_release(&links->map);
	ctx_strmap_release(&links->suspects);
	CTX_VEC_RELEASE(&links->names);
	ctx_arena_release(&links->keys);
}

/** The key of an entry. */
static struct file_key key_of(const struct ctx_entry *e) {
	if (e->inode != 0) {
		return (struct file_key){ .first = e->device, .second = e->inode };
	}
	struct file_key key = {
		.first = e->size_bytes,
		.second = (uint64_t)e->mtime_ns,
		.mode = e->mode | KEY_IS_LOOK,
	};
	if ((e->flags & CTX_ENTRY_DIGEST) != 0) {
		key.digest = e->digest;
	}
	return key;
}

/** Store a key in a map; the index that is stored, CTX_STRMAP_NONE when out of memory. */
static uint32_t put_key(struct ana_links *links, struct ctx_strmap *map, const struct ctx_entry *e, uint32_t index) {
	struct file_key *key = ctx_arena_alloc(&links->keys, sizeof(*key));
	if (key == NULL) {
		return CTX_STRMAP_NONE;
	}
	*key = key_of(e);
	return ctx_strmap_put(map, key, sizeof(*key), index);
}

/** May the file have several names? */
static bool may_have_names(const struct ana_links *links, const struct ctx_entry *e) {
	switch ((enum ctx_kind)e->kind) {
	case CTX_KIND_FILE:
		if (e->inode == 0 && CTX_UNLIKELY(links->suspects.count > 0)) {
			struct file_key key = key_of(e);
			return ctx_strmap_get(&links->suspects, &key, sizeof(key)) != CTX_STRMAP_NONE;
		}
		return e->inode != 0 && (e->flags & (CTX_ENTRY_LINKED | CTX_ENTRY_HARDLINK)) != 0;
	case CTX_KIND_FIFO:
	case CTX_KIND_SOCKET:
	case CTX_KIND_DEVICE:
		return e->inode != 0;
	case CTX_KIND_DIR:
	case CTX_KIND_SYMLINK:
		break; // a symlink is announced with its target whatever other names it has
	}
	return false;
}

int ana_links_prepare(struct ana_links *links, struct ctx_snapshot *snap) {
	bool some = false;
	struct ctx_cursor c = ctx_cursor_at(snap->root.dir);
	for (const struct ctx_entry *e; (e = ctx_cursor_next(&c)) != NULL;) {
		if (CTX_UNLIKELY((e->flags & CTX_ENTRY_HARDLINK) != 0 && e->inode == 0)) {
			if (put_key(links, &links->suspects, e, 0) == CTX_STRMAP_NONE) {
				return CTX_E_NOMEM;
			}
		}
		some = some || may_have_names(links, e);
	}
	return some;
}

/**
 * Is the entry known to be the first name of its file, wanted or not?  Kernels stamp files by a coarse clock, so those of
 * a checkout often share size and time; where that is all there is, the flag decides first.
 */
static bool is_first_of_all(const struct ctx_entry *e) {
	return e->inode == 0 && (e->flags & CTX_ENTRY_HARDLINK) == 0;
}

/** The first name of an entry's file; NULL if it has none yet. */
static const struct ana_first_name *first_name(const struct ana_links *links, const struct ctx_entry *e) {
	struct file_key key = key_of(e);
	uint32_t index = ctx_strmap_get(&links->map, &key, sizeof(key));
	return index != CTX_STRMAP_NONE ? &links->names.items[index] : NULL;
}

int ana_links_add(struct ana_links *links, const struct ana_wanted *w, uint64_t *link_len) {
	*link_len = 0;
	if (CTX_LIKELY(!may_have_names(links, w->entry))) {
		return 0;
	}
	const struct ana_first_name *first = first_name(links, w->entry);
	if (first != NULL) {
		*link_len = is_first_of_all(w->entry) ? 0 : first->path_len;
		return 0;
	}
	struct ana_first_name name = { .entry = w->entry, .path_len = w->path_len };
	if (links->names.count >= CTX_STRMAP_NONE || !CTX_VEC_PUSH(&links->names, name)) {
		return CTX_E_NOMEM;
	}
	uint32_t index = (uint32_t)(links->names.count - 1);
	return put_key(links, &links->map, w->entry, index) == index ? 0 : CTX_E_NOMEM;
}

bool ana_links_is_link(const struct ana_links *links, const struct ctx_entry *e) {
	if (CTX_LIKELY(!may_have_names(links, e)) || is_first_of_all(e)) {
		return false;
	}
	const struct ana_first_name *first = first_name(links, e);
	return first != NULL && first->entry != e;
}
