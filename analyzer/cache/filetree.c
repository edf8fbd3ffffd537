/*
 * Digests, loading, and whether an excluded directory is there at all.  All three go down trees with a stack of levels
 * (filetree_internal.h): no recursion, whatever the depth.
 *
 * Digest of a directory: XXH3-128 of its mode and, in order of the names, a record for each entry: kind, mode, identity (of a
 * directory: its digest), bytes of the name, name.
 */
#include "analyzer/cache/filetree.h"

#include "analyzer/cache/filetree_internal.h"

#include <string.h>

/** What keeps digests of directories and of entries apart. */
enum { SEED_DIR = 0x64697201, SEED_FILE = 0x66696c01 };

struct ctx_digest ana_filetree_oid(const struct ctx_oid *oid) {
	struct ctx_digest id;
	memcpy(id.bytes, oid->bytes, sizeof(id.bytes));
	return id;
}

/** Bytes of a blob as an entry has them. */
static uint32_t blob_bytes(const struct ana_filetree *store, const struct ctx_oid *oid) {
	uint64_t bytes = 0;
	int rc = ctx_gitblob_size(store->repo, oid, &bytes, NULL);
	return rc < 0 ? 0 : bytes > UINT32_MAX ? UINT32_MAX : (uint32_t)bytes;
}

/** Describe an entry that is kept: everything but its name and size. */
static void describe(const struct ana_filetree *store, const struct ctx_gittree_entry *e, const struct ana_item *item,
	struct ana_file *out) {
	out->kind = e->kind;
	switch (e->kind) {
	case CTX_KIND_DIR:
		out->mode = item->dir->mode;
		out->id = (struct ctx_digest){ { 0 } };
		out->dir = item->dir;
		break;
	case CTX_KIND_SYMLINK:
		out->mode = 0777;
		out->id = store->links.items[item->link].id;
		out->target = store->links.items[item->link].target;
		break;
	default:
		out->mode = ana_store_mode(store, e->executable ? 0777 : 0666);
		out->id = item->refused ? ana_store_empty() : ana_filetree_oid(&e->oid);
		out->bytes = 0;
		out->target = NULL;
		break;
	}
}

int ana_store_file(struct ana_filetree *store, const struct ctx_gittree_entry *e, const struct ana_item *item,
	struct ana_file *out, struct ctx_error *err) {
	out->name = ana_store_name(store, e->name, e->name_len);
	out->name_len = e->name_len;
	if (out->name == NULL) {
		return ctx_fail_nomem(err);
	}
	describe(store, e, item, out);
	if (store->measures && e->kind == CTX_KIND_FILE && !item->refused) {
		out->bytes = blob_bytes(store, &e->oid);
	}
	return 0;
}

/* ---- Presence ---- */

/** The record of a directory of a commit; NULL for one that was made loaded. */
static struct ana_stored *stored_of(struct ana_dir *dir) {
	return dir->origin;
}

/** Look for something kept in the innermost level; `*down` is set to an excluded directory that must be looked into. */
static bool find_kept(struct ana_level *level, struct ana_dir **down) {
	*down = NULL;
	for (; level->next < level->tree.count; ++level->next) {
		const struct ana_item *item = &level->items.items[level->next];
		if (item->keep == ANA_KEEP_YES) {
			return true;
		}
		if (item->keep == ANA_KEEP_NO || stored_of(item->dir)->presence == ANA_PRESENCE_NO) {
			continue;
		}
		if (stored_of(item->dir)->presence == ANA_PRESENCE_YES) {
			return true;
		}
		*down = item->dir;
		return false;
	}
	return false;
}

int ana_store_probe(struct ana_filetree *store, struct ana_dir *dir, bool *out, struct ctx_error *err) {
	size_t bottom = store->depth;
	struct ana_dir *down = dir;
	bool found = stored_of(dir)->presence == ANA_PRESENCE_YES;
	while (!found && stored_of(dir)->presence == ANA_PRESENCE_UNKNOWN) {
		struct ana_level *level;
		if (down != NULL) {
			int rc = ana_store_push(store, down, &level, err);
			if (rc < 0) {
				ana_store_pop(store, bottom);
				return rc;
			}
		}
		level = store->levels.items[store->depth - 1];
		found = find_kept(level, &down);
		if (!found && down == NULL) {
			stored_of(level->dir)->presence = ANA_PRESENCE_NO;
			ana_store_pop(store, store->depth - 1);
		}
	}
	// All that is still open holds what was found
	for (; store->depth > bottom; ana_store_pop(store, store->depth - 1)) {
		stored_of(store->levels.items[store->depth - 1]->dir)->presence = ANA_PRESENCE_YES;
	}
	*out = found;
	return 0;
}

/* ---- Loading ---- */

/** Settle which excluded directories are there, and count what is kept. */
static int count_kept(struct ana_filetree *store, struct ana_level *level, uint32_t *count, struct ctx_error *err) {
	int rc = 0;
	*count = 0;
	for (uint32_t i = 0; rc == 0 && i < level->tree.count; ++i) {
		struct ana_item *item = &level->items.items[i];
		if (item->keep == ANA_KEEP_IF_PRESENT) {
			bool present = false;
			rc = ana_store_probe(store, item->dir, &present, err);
			item->keep = present ? ANA_KEEP_YES : ANA_KEEP_NO;
		}
		*count += item->keep == ANA_KEEP_YES;
	}
	return rc;
}

/** Make the entries of the directory of a level. */
static int make_files(struct ana_filetree *store, struct ana_level *level, struct ctx_error *err) {
	uint32_t count, made = 0;
	int rc = count_kept(store, level, &count, err);
	if (rc < 0) {
		return rc;
	}
	struct ana_file *files = ctx_arena_calloc(&store->arena, count, sizeof(*files));
	if (files == NULL) {
		return ctx_fail_nomem(err);
	}
	for (uint32_t i = 0; i < level->tree.count; ++i) {
		if (level->items.items[i].keep != ANA_KEEP_YES) {
			continue;
		}
		rc = ana_store_file(store, &level->tree.entries[i], &level->items.items[i], &files[made++], err);
		if (rc < 0) {
			return rc;
		}
	}
	level->dir->files = files;
	level->dir->count = count;
	level->dir->loaded = true;
	stored_of(level->dir)->presence = count > 0 ? ANA_PRESENCE_YES : ANA_PRESENCE_NO;
	return 0;
}

void ana_filetree_measure(struct ana_filetree *store) {
	store->measures = true;
}

/** ana_dir_bytes() below a directory. */
static int count_bytes(struct ana_filetree *store, struct ana_dir *dir, unsigned depth, struct ctx_error *err) {
	int rc = depth > CTX_COMMIT_DEPTH_MAX ? ctx_fail(err, CTX_E_LIMIT, "a directory is too deep")
					      : ana_dir_load(store, dir, err);
	uint64_t sum = 1;
	for (uint32_t i = 0; rc == 0 && i < dir->count; ++i) {
		const struct ana_file *file = &dir->files[i];
		bool inner = file->kind == CTX_KIND_DIR;
		rc = inner && file->dir->bytes == 0 ? count_bytes(store, file->dir, depth + 1, err) : 0;
		sum += inner ? file->dir->bytes - (file->dir->bytes > 0) : file->bytes;
	}
	dir->bytes = rc < 0 ? 0 : sum;
	return rc;
}

int ana_dir_bytes(struct ana_filetree *store, struct ana_dir *dir, uint64_t *bytes, struct ctx_error *err) {
	int rc = dir->bytes > 0 ? 0 : count_bytes(store, dir, 0, err);
	*bytes = dir->bytes - (dir->bytes > 0);
	return rc;
}

int ana_dir_load(struct ana_filetree *store, struct ana_dir *dir, struct ctx_error *err) {
	if (dir->loaded) {
		return 0;
	}
	struct ana_level *level;
	store->depth = 0;
	int rc = ana_store_push(store, dir, &level, err);
	if (rc == 0) {
		rc = make_files(store, level, err);
	}
	ana_store_pop(store, 0);
	return rc;
}

struct ana_file *ana_dir_find(const struct ana_dir *dir, const char *name, size_t len) {
	uint32_t low = 0, high = dir->count;
	while (low < high) {
		uint32_t mid = low + (high - low) / 2;
		struct ana_file *file = &dir->files[mid];
		int order = ctx_name_cmp(file->name, file->name_len, name, len);
		if (order == 0) {
			return file;
		}
		if (order < 0) {
			low = mid + 1;
		} else {
			high = mid;
		}
	}
	return NULL;
}

/* ---- Digests ---- */

/** Bytes of a record without the name: kind, mode, identity. */
enum { RECORD_BYTES = 1 + 4 + 16 };

/** Write the record of an entry. */
static void write_record(unsigned char out[RECORD_BYTES], const struct ana_file *file, const struct ctx_digest *id) {
	out[0] = (unsigned char)file->kind;
	for (unsigned i = 0; i < 4; ++i) {
		out[1 + i] = (unsigned char)(file->mode >> 8 * i);
	}
	memcpy(out + 5, id->bytes, sizeof(id->bytes));
}

/** Append an entry to the text of a directory; false when out of memory. */
static bool add_record(struct ctx_buf *text, const struct ana_file *file, const char *name, uint32_t name_len) {
	if (!ctx_buf_reserve(text, RECORD_BYTES + sizeof(name_len) + name_len)) {
		return false;
	}
	unsigned char *at = (unsigned char *)text->data + text->len;
	write_record(at, file, file->kind == CTX_KIND_DIR ? &file->dir->digest : &file->id);
	at += RECORD_BYTES;
	for (unsigned i = 0; i < sizeof(name_len); ++i) {
		*at++ = (unsigned char)(name_len >> 8 * i);
	}
	memcpy(at, name, name_len);
	text->len += RECORD_BYTES + sizeof(name_len) + name_len;
	return true;
}

/** Is an entry of a level part of the context?  Of excluded directories the digest is known by now, and so is this. */
static bool is_kept(const struct ana_item *item) {
	return item->keep == ANA_KEEP_YES ||
		(item->keep == ANA_KEEP_IF_PRESENT && stored_of(item->dir)->presence == ANA_PRESENCE_YES);
}

/** Compute the digest of the innermost directory, all of whose directories have theirs. */
static int finish(struct ana_filetree *store, const struct ana_level *level, struct ctx_error *err) {
	struct ctx_buf *text = &store->record;
	struct ana_dir *dir = level->dir;
	uint32_t mode = dir->mode, kept = 0;
	ctx_buf_reset(text);
	const unsigned char head[4] = { (unsigned char)mode, (unsigned char)(mode >> 8) };
	ctx_buf_add(text, head, sizeof(head));
	bool ok = ctx_buf_ok(text);
	for (uint32_t i = 0; ok && dir->loaded && i < dir->count; ++i, ++kept) {
		ok = add_record(text, &dir->files[i], dir->files[i].name, dir->files[i].name_len);
	}
	for (uint32_t i = 0; ok && !dir->loaded && i < level->tree.count; ++i) {
		struct ana_file file;
		if (is_kept(&level->items.items[i])) {
			describe(store, &level->tree.entries[i], &level->items.items[i], &file);
			ok = add_record(text, &file, level->tree.entries[i].name, level->tree.entries[i].name_len);
			++kept;
		}
	}
	if (!ok) {
		ctx_buf_release(text);
		return ctx_fail_nomem(err);
	}
	dir->digest = ctx_hash_seeded(text->data, text->len, SEED_DIR);
	dir->digested = true;
	if (dir->origin != NULL) {
		stored_of(dir)->presence = kept > 0 ? ANA_PRESENCE_YES : ANA_PRESENCE_NO;
	}
	return 0;
}

/** The next directory of a level that has no digest yet; NULL if there is none. */
static struct ana_dir *next_undigested(struct ana_level *level) {
	const struct ana_dir *dir = level->dir;
	uint32_t count = dir->loaded ? dir->count : level->tree.count;
	for (; level->next < count; ++level->next) {
		struct ana_dir *child = NULL;
		if (dir->loaded) {
			child = dir->files[level->next].kind == CTX_KIND_DIR ? dir->files[level->next].dir : NULL;
		} else if (level->tree.entries[level->next].kind == CTX_KIND_DIR) {
			child = level->items.items[level->next].dir; // NULL if it is left out
		}
		if (child != NULL && !child->digested) {
			return child;
		}
	}
	return NULL;
}

int ana_dir_digest(struct ana_filetree *store, struct ana_dir *dir, struct ctx_digest *out, struct ctx_error *err) {
	struct ana_dir *down = dir;
	store->depth = 0;
	while (!dir->digested) {
		struct ana_level *level;
		int rc = 0;
		if (down != NULL) {
			rc = ana_store_push(store, down, &level, err);
		}
		if (rc == 0) {
			level = store->levels.items[store->depth - 1];
			down = next_undigested(level);
			if (down == NULL) {
				rc = finish(store, level, err);
				ana_store_pop(store, store->depth - 1);
			}
		}
		if (rc < 0) {
			ana_store_pop(store, 0);
			return rc;
		}
	}
	*out = dir->digest;
	return 0;
}

int ana_file_digest(struct ana_filetree *store, const struct ana_file *file, struct ctx_digest *out,
	struct ctx_error *err) {
	if (file->kind == CTX_KIND_DIR) {
		return ana_dir_digest(store, file->dir, out, err);
	}
	unsigned char record[RECORD_BYTES];
	write_record(record, file, &file->id);
	*out = ctx_hash_seeded(record, sizeof(record), SEED_FILE);
	return 0;
}
