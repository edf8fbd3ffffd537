/*
 * The store: names, nodes, directories, links, each once; and the rules asked for the entries of one tree.
 */
#include "analyzer/cache/filetree_internal.h"

#include "ctxopt/base/alloc.h"

#include <string.h>

/* ---- Life cycle ---- */

/** Add a node; NULL when out of memory. */
static struct ana_node *add_node(struct ana_filetree *store, const struct ana_node *node) {
	struct ana_node *added = ctx_arena_alloc(&store->arena, sizeof(*added));
	if (added == NULL) {
		return NULL;
	}
	*added = *node;
	added->number = (uint32_t)store->nodes.count;
	return CTX_VEC_PUSH(&store->nodes, added) ? added : NULL;
}

int ana_filetree_new(struct ana_filetree **out, struct ctx_gitrepo *repo, unsigned umask_bits, struct ctx_error *err) {
	struct ana_filetree *store = ctx_calloc(1, sizeof(*store));
	if (store == NULL) {
		return ctx_fail_nomem(err);
	}
	store->repo = repo;
	store->umask_bits = umask_bits;
	store->empty = ana_dir_new(store, ana_store_mode(store, 0777));
	const struct ana_node whole = { .root = false }, whole_root = { .root = true };
	if (store->empty == NULL || add_node(store, &whole) == NULL || add_node(store, &whole_root) == NULL) {
		ana_filetree_free(store);
		return ctx_fail_nomem(err);
	}
	*out = store;
	return 0;
}

/** Free a level. */
static void level_free(struct ana_level *level) {
	ctx_gittree_release(&level->tree);
	CTX_VEC_RELEASE(&level->items);
	free(level);
}

void ana_filetree_free(struct ana_filetree *store) {
	if (store == NULL) {
		return;
	}
	for (size_t i = 0; i < store->rules.count; ++i) {
		ctx_matcher_free(store->rules.items[i]->matcher);
		free(store->rules.items[i]);
	}
	for (size_t i = 0; i < store->levels.count; ++i) {
		level_free(store->levels.items[i]);
	}
	for (size_t i = 0; i < ANA_RECENT; ++i) {
		ctx_gittree_release(&store->recent[i].tree);
	}
	for (size_t i = 0; i < CTX_COUNTOF(store->sides); ++i) {
		ctx_gittree_release(&store->sides[i]);
	}
	CTX_VEC_RELEASE(&store->names);
	ctx_strmap_release(&store->name_index);
	CTX_VEC_RELEASE(&store->nodes);
	ctx_strmap_release(&store->node_index);
	CTX_VEC_RELEASE(&store->rules);
	CTX_VEC_RELEASE(&store->links);
	ctx_strmap_release(&store->link_index);
	CTX_VEC_RELEASE(&store->levels);
	free(store->slots);
	ctx_buf_release(&store->path);
	ctx_buf_release(&store->record);
	ctx_arena_release(&store->arena);
	free(store);
}

struct ana_dir *ana_dir_new(struct ana_filetree *store, uint32_t mode) {
	struct ana_dir *dir = ctx_arena_calloc(&store->arena, 1, sizeof(*dir));
	if (dir != NULL) {
		dir->loaded = true;
		dir->mode = mode;
	}
	return dir;
}

uint32_t ana_store_mode(const struct ana_filetree *store, uint32_t bits) {
	return bits & ~store->umask_bits & 0777;
}

struct ctx_digest ana_store_empty(void) {
	// SHA-1, the only kind of repository that can be read
	static const struct ctx_oid empty_blob = {
		.bytes = { 0xe6, 0x9d, 0xe2, 0x9b, 0xb2, 0xd1, 0xd6, 0x43, 0x4b, 0x8b, 0x29, 0xae, 0x77, 0x5a, 0xd8,
			0xc2, 0xe4, 0x8c, 0x53, 0x91 },
		.len = 20,
	};
	return ana_filetree_oid(&empty_blob);
}

/* ---- Things that are kept once ---- */

const char *ana_store_name(struct ana_filetree *store, const char *name, size_t len) {
	uint32_t found = ctx_strmap_get(&store->name_index, name, len);
	if (found != CTX_STRMAP_NONE) {
		return store->names.items[found];
	}
	const char *copy = ctx_arena_memdup0(&store->arena, name, len);
	uint32_t fresh = (uint32_t)store->names.count;
	if (copy == NULL || !CTX_VEC_PUSH(&store->names, copy)) {
		return NULL;
	}
	return ctx_strmap_put(&store->name_index, copy, len, fresh) == CTX_STRMAP_NONE ? NULL : copy;
}

int ana_store_link(struct ana_filetree *store, const struct ctx_oid *oid, uint32_t *out, struct ctx_error *err) {
	*out = ctx_strmap_get(&store->link_index, oid->bytes, oid->len);
	if (*out != CTX_STRMAP_NONE) {
		return 0;
	}
	ctx_auto_buf struct ctx_buf target = CTX_BUF_INIT;
	struct ana_link link = { .fits = true };
	int rc = ctx_gitblob_read(store->repo, oid, CTX_COMMIT_TARGET_MAX, &target, err);
	if (rc == CTX_E_LIMIT) {
		link.fits = false;
	} else if (rc < 0) {
		return rc;
	}
	size_t len = strlen(ctx_buf_str(&target)); // a NUL byte ends it, as it does for symlink(2)
	link.target = ctx_arena_memdup0(&store->arena, ctx_buf_str(&target), len);
	link.id = ctx_hash_bytes(ctx_buf_str(&target), len);
	const char *key = ctx_arena_memdup0(&store->arena, oid->bytes, oid->len);
	uint32_t fresh = (uint32_t)store->links.count;
	if (link.target == NULL || key == NULL || !CTX_VEC_PUSH(&store->links, link)) {
		return ctx_fail_nomem(err);
	}
	*out = ctx_strmap_put(&store->link_index, key, oid->len, fresh);
	return *out != CTX_STRMAP_NONE ? 0 : ctx_fail_nomem(err);
}

/* ---- Directories ---- */

/** Double the table when it is half full; false when out of memory. */
static bool make_room(struct ana_filetree *store) {
	if (2 * store->dir_count < store->slot_count) {
		return true;
	}
	size_t count = store->slot_count > 0 ? 2 * store->slot_count : 1024;
	struct ana_dir_slot *slots = ctx_calloc_touched(count, sizeof(*slots));
	if (slots == NULL) {
		return false;
	}
	for (size_t i = 0; i < store->slot_count; ++i) {
		struct ana_dir_slot old = store->slots[i];
		size_t at = old.key & (count - 1);
		while (old.dir != NULL && slots[at].dir != NULL) {
			at = (at + 1) & (count - 1);
		}
		if (old.dir != NULL) {
			slots[at] = old;
		}
	}
	free(store->slots);
	store->slots = slots;
	store->slot_count = count;
	return true;
}

/** A new directory; NULL when out of memory. */
static struct ana_stored *new_dir(struct ana_filetree *store, const struct ctx_oid *oid, const struct ana_node *node) {
	struct ana_stored *stored = ctx_arena_calloc(&store->arena, 1, sizeof(*stored));
	if (stored != NULL) {
		stored->dir.mode = node->root ? 0 : ana_store_mode(store, 0777);
		stored->dir.origin = stored;
		stored->node = node;
		stored->oid = *oid;
	}
	return stored;
}

struct ana_dir *ana_store_dir(struct ana_filetree *store, const struct ctx_oid *oid, const struct ana_node *node) {
	if (!make_room(store)) {
		return NULL;
	}
	// Ids of strangers may share any part of their bits, hence a hash
	uint64_t key = ctx_hash64(oid->bytes, oid->len, node->number);
	size_t at = key & (store->slot_count - 1);
	for (; store->slots[at].dir != NULL; at = (at + 1) & (store->slot_count - 1)) {
		struct ana_stored *there = store->slots[at].dir;
		if (store->slots[at].key == key && there->node == node && ctx_oid_equal(&there->oid, oid)) {
			return &there->dir;
		}
	}
	struct ana_stored *fresh = new_dir(store, oid, node);
	if (fresh == NULL) {
		return NULL;
	}
	store->slots[at] = (struct ana_dir_slot){ .key = key, .dir = fresh };
	++store->dir_count;
	return &fresh->dir;
}

/* ---- Rules ---- */

int ana_store_root(struct ana_filetree *store, const struct ctx_ignore *ig, const struct ana_node **out,
	struct ctx_error *err) {
	if (ig == NULL || ctx_ignore_count(ig) == 0) {
		*out = store->nodes.items[ANA_NODE_WHOLE_ROOT];
		return 0;
	}
	// The newest first: over a history rules come and go
	for (size_t i = store->rules.count; i > 0; --i) {
		if (store->rules.items[i - 1]->ig == ig) {
			*out = store->rules.items[i - 1]->root;
			return 0;
		}
	}
	struct ana_rules *rules = ctx_calloc(1, sizeof(*rules));
	if (rules == NULL || !CTX_VEC_RESERVE(&store->rules, 1)) {
		free(rules);
		return ctx_fail_nomem(err);
	}
	rules->ig = ig;
	int rc = ctx_matcher_new(&rules->matcher, ig, err);
	if (rc == 0) {
		ctx_matcher_count_use(rules->matcher, false);
		const struct ana_node root = { .rules = rules, .scope = &ctx_scope_root, .name = "", .root = true };
		rules->root = add_node(store, &root);
		rc = rules->root != NULL ? 0 : ctx_fail_nomem(err);
	}
	if (rc < 0) {
		ctx_matcher_free(rules->matcher);
		free(rules);
		return rc;
	}
	store->rules.items[store->rules.count++] = rules;
	*out = rules->root;
	return 0;
}

/** Does a directory that hands down `scope`, and in which no rule matches, keep everything? */
static bool keeps_all(const struct ctx_scope *scope) {
	return !scope->excluded && !scope->refused && !scope->closed;
}

/** The node of the directory that the matcher just tested. */
static int find_child(struct ana_filetree *store, const struct ana_node *parent, const char *name, uint32_t len,
	const struct ctx_decision *decision, const struct ana_node **out, struct ctx_error *err) {
	ctx_buf_reset(&store->record);
	ctx_buf_add(&store->record, &parent->number, sizeof(parent->number));
	ctx_buf_add(&store->record, name, len);
	if (!ctx_buf_ok(&store->record)) {
		return ctx_fail_nomem(err);
	}
	uint32_t found = ctx_strmap_get(&store->node_index, store->record.data, store->record.len);
	if (found != CTX_STRMAP_NONE) {
		*out = store->nodes.items[found];
		return 0;
	}
	if (store->nodes.count >= CTX_COMMIT_ENTRIES_MAX) {
		return ctx_fail(err, CTX_E_LIMIT, "the trees hold more than %u directories", CTX_COMMIT_ENTRIES_MAX);
	}
	const char *key = ctx_arena_memdup0(&store->arena, store->record.data, store->record.len);
	struct ana_node fresh = { .rules = parent->rules, .parent = parent, .name_len = len };
	fresh.scope = ctx_matcher_descend(parent->rules->matcher, decision, &store->arena);
	if (key == NULL || fresh.scope == NULL) {
		return ctx_fail_nomem(err);
	}
	fresh.name = key + sizeof(parent->number);
	bool whole = keeps_all(fresh.scope) && ctx_matcher_settled(parent->rules->matcher);
	const struct ana_node *child = whole ? store->nodes.items[ANA_NODE_WHOLE] : add_node(store, &fresh);
	if (child == NULL ||
		ctx_strmap_put(&store->node_index, key, store->record.len, child->number) == CTX_STRMAP_NONE) {
		return ctx_fail_nomem(err);
	}
	*out = child;
	return 0;
}

int ana_store_enter(struct ana_filetree *store, const struct ana_node *node, struct ctx_error *err) {
	size_t len = 0;
	for (const struct ana_node *n = node; n->parent != NULL; n = n->parent) {
		len += n->name_len + (len > 0 ? 1u : 0u);
	}
	ctx_buf_reset(&store->path);
	if (!ctx_buf_reserve(&store->path, len + 1)) {
		return ctx_fail_nomem(err);
	}
	// From the end to the start, which is the way the parents lead
	char *at = store->path.data + len;
	*at = '\0';
	for (const struct ana_node *n = node; n->parent != NULL; n = n->parent) {
		if (n != node) {
			*--at = '/';
		}
		memcpy(at -= n->name_len, n->name, n->name_len);
	}
	return ctx_matcher_enter(node->rules->matcher, node->scope, store->path.data, len, err);
}

/** Ask the rules for one entry; sets `*child` for a directory that is not left out. */
static int ask(struct ana_filetree *store, const struct ana_node *node, const struct ctx_gittree_entry *e,
	struct ana_item *item, const struct ana_node **child, struct ctx_error *err) {
	struct ctx_decision decision;
	int rc = ctx_matcher_test(node->rules->matcher, e->name, e->name_len, &decision, err);
	if (rc < 0) {
		return rc;
	}
	item->refused = decision.refused;
	bool dir = e->kind == CTX_KIND_DIR;
	if (!decision.excluded || (dir && decision.present)) {
		item->keep = ANA_KEEP_YES;
	} else {
		// A submodule has nothing below it
		item->keep = dir && decision.may_keep_below && !e->submodule ? ANA_KEEP_IF_PRESENT : ANA_KEEP_NO;
	}
	if (dir && item->keep != ANA_KEEP_NO && !e->submodule) {
		rc = find_child(store, node, e->name, e->name_len, &decision, child, err);
	}
	return rc;
}

int ana_store_decide(struct ana_filetree *store, const struct ana_node *node, const struct ctx_gittree_entry *e,
	struct ana_item *item, struct ctx_error *err) {
	const struct ana_node *child = store->nodes.items[ANA_NODE_WHOLE];
	*item = (struct ana_item){ .keep = ANA_KEEP_YES };
	int rc = node->rules != NULL ? ask(store, node, e, item, &child, err) : 0;
	if (rc < 0 || item->keep == ANA_KEEP_NO) {
		return rc;
	}
	if (e->kind == CTX_KIND_DIR) {
		item->dir = e->submodule ? store->empty : ana_store_dir(store, &e->oid, child);
		return item->dir != NULL ? 0 : ctx_fail_nomem(err);
	}
	if (e->kind == CTX_KIND_SYMLINK) {
		rc = ana_store_link(store, &e->oid, &item->link, err);
		rc = rc < 0 ? ctx_wrap(err, rc, "symlink '%s'", e->name) : 0;
		if (rc == 0 && !store->links.items[item->link].fits) {
			item->keep = ANA_KEEP_NO;
		}
	}
	return rc;
}

/* ---- Levels ---- */

/** The place of a tree. */
static struct ana_recent *place_of(struct ana_filetree *store, const struct ctx_oid *oid) {
	uint32_t number;
	memcpy(&number, oid->bytes, sizeof(number));
	return &store->recent[number % ANA_RECENT];
}

/** Exchange two trees. */
static void swap_trees(struct ctx_gittree *a, struct ctx_gittree *b) {
	struct ctx_gittree swap = *a;
	*a = *b;
	*b = swap;
}

int ana_store_take(struct ana_filetree *store, const struct ctx_oid *oid, struct ctx_gittree *tree,
	struct ctx_error *err) {
	struct ana_recent *place = place_of(store, oid);
	if (!ctx_oid_equal(&place->oid, oid)) {
		return ctx_gittree_read(tree, store->repo, oid, err);
	}
	swap_trees(&place->tree, tree);
	place->oid.len = 0;
	return 0;
}

void ana_store_give(struct ana_filetree *store, const struct ctx_oid *oid, struct ctx_gittree *tree) {
	struct ana_recent *place = place_of(store, oid);
	if (tree->raw.len <= ANA_RECENT_BYTES_MAX) {
		swap_trees(&place->tree, tree);
		place->oid = *oid;
	}
}

/** Read the tree of a level and decide for its entries. */
static int fill_level(struct ana_filetree *store, struct ana_level *level, struct ctx_error *err) {
	const struct ana_stored *stored = level->dir->origin;
	int rc = ana_store_take(store, &stored->oid, &level->tree, err);
	if (rc < 0) {
		return rc;
	}
	if (!CTX_VEC_RESERVE(&level->items, level->tree.count)) {
		return ctx_fail_nomem(err);
	}
	rc = stored->node->rules != NULL ? ana_store_enter(store, stored->node, err) : 0;
	for (uint32_t i = 0; rc == 0 && i < level->tree.count; ++i) {
		rc = ana_store_decide(store, stored->node, &level->tree.entries[i], &level->items.items[i], err);
	}
	return rc;
}

int ana_store_push(struct ana_filetree *store, struct ana_dir *dir, struct ana_level **out, struct ctx_error *err) {
	if (!dir->loaded && store->depth >= CTX_COMMIT_DEPTH_MAX) {
		return ctx_fail(err, CTX_E_LIMIT, "trees are nested deeper than %d", CTX_COMMIT_DEPTH_MAX);
	}
	if (store->depth == store->levels.count) {
		struct ana_level *level = ctx_calloc(1, sizeof(*level));
		if (level == NULL || !CTX_VEC_PUSH(&store->levels, level)) {
			free(level);
			return ctx_fail_nomem(err);
		}
	}
	struct ana_level *level = store->levels.items[store->depth];
	level->dir = dir;
	level->next = 0;
	level->filled = !dir->loaded;
	int rc = level->filled ? fill_level(store, level, err) : 0;
	if (rc == 0) {
		++store->depth;
		*out = level;
	}
	return rc;
}

void ana_store_pop(struct ana_filetree *store, size_t depth) {
	while (store->depth > depth) {
		struct ana_level *level = store->levels.items[--store->depth];
		if (level->filled) {
			const struct ana_stored *stored = level->dir->origin;
			ana_store_give(store, &stored->oid, &level->tree);
		}
	}
}
