/*
 * The entries of a snapshot, made into directories that are loaded from the start.
 */
#include "analyzer/cache/filetree_internal.h"

#include <string.h>

/** A directory of a snapshot, and what becomes of it. */
struct pair {
	struct ctx_dir *from;
	struct ana_dir *to;
};

/** Directories to come. */
struct pairs {
	struct pair *items;
	size_t count, cap;
};

/** Make one entry of a snapshot's; a directory goes to the work. */
static int convert(struct ana_filetree *store, struct pairs *work, struct ctx_dir *dir, struct ctx_entry *e,
	ana_identify_fn *identify, void *arg, struct ana_file *out, struct ctx_error *err) {
	out->name = ana_store_name(store, e->name, e->name_len);
	out->name_len = e->name_len;
	out->kind = e->kind == CTX_KIND_SOCKET ? CTX_KIND_FILE : (enum ctx_kind)e->kind;
	out->mode = e->mode & 07777;
	if (out->name == NULL) {
		return ctx_fail_nomem(err);
	}
	if (e->kind == CTX_KIND_DIR) {
		out->dir = ana_dir_new(store, out->mode);
		bool ok = out->dir != NULL && CTX_VEC_PUSH(work, ((struct pair){ e->dir, out->dir }));
		return ok ? 0 : ctx_fail_nomem(err);
	}
	if (e->kind == CTX_KIND_SYMLINK) {
		out->mode = 0777;
		out->id = ctx_hash_bytes(e->target, strlen(e->target));
		out->target = ctx_arena_memdup0(&store->arena, e->target, strlen(e->target));
		return out->target != NULL ? 0 : ctx_fail_nomem(err);
	}
	if (e->kind == CTX_KIND_FILE && (e->flags & CTX_ENTRY_REFUSED) == 0) {
		out->bytes = e->size_bytes > UINT32_MAX ? UINT32_MAX : (uint32_t)e->size_bytes;
		return identify(arg, dir, e, &out->id, err);
	}
	out->id = ana_store_empty();
	return 0;
}

/** Make the entries of one directory. */
static int convert_dir(struct ana_filetree *store, struct pairs *work, const struct pair *at, ana_identify_fn *identify,
	void *arg, struct ctx_error *err) {
	uint32_t kept = 0;
	for (uint32_t i = 0; at->from != NULL && i < at->from->count; ++i) {
		kept += ctx_entry_kept(&at->from->entries[i]);
	}
	at->to->files = ctx_arena_calloc(&store->arena, kept, sizeof(*at->to->files));
	if (at->to->files == NULL) {
		return ctx_fail_nomem(err);
	}
	int rc = 0;
	for (uint32_t i = 0; rc == 0 && at->from != NULL && i < at->from->count; ++i) {
		struct ctx_entry *e = &at->from->entries[i];
		if (ctx_entry_kept(e)) {
			struct ana_file *file = &at->to->files[at->to->count++];
			rc = convert(store, work, at->from, e, identify, arg, file, err);
		}
	}
	return rc;
}

int ana_filetree_snapshot(struct ana_filetree *store, struct ctx_snapshot *snap, ana_identify_fn *identify, void *arg,
	struct ana_dir **out, struct ctx_error *err) {
	struct pairs work = { 0 };
	struct ana_dir *root = ana_dir_new(store, 0);
	if (root == NULL || !CTX_VEC_PUSH(&work, ((struct pair){ snap->root.dir, root }))) {
		return ctx_fail_nomem(err);
	}
	int rc = 0;
	while (rc == 0 && work.count > 0) {
		struct pair next = work.items[--work.count];
		rc = convert_dir(store, &work, &next, identify, arg, err);
	}
	CTX_VEC_RELEASE(&work);
	*out = root;
	return rc;
}
