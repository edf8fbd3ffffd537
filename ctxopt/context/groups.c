/*
 * Breakdowns.  By directory: the directories become an array in the snapshot's order, in which every parent stands
 * before its children; so one pass from the end to the start adds each to its parent.  A second array, sorted by
 * parent and then by size, holds each directory's children as one run:
 *
 *	nodes     [ . | a | a/b | c ]          order of the snapshot, `parent` is an index
 *	children  [ a | c | a/b ]              children of ".", then of "a"; `first_child` is an index
 */
#include "ctxopt/context/measure.h"

#include "ctxopt/base/path.h"
#include "ctxopt/base/strmap.h"

#include <stdlib.h>
#include <string.h>

void ctx_groups_release(struct ctx_groups *g) {
	CTX_VEC_RELEASE(&g->rows);
	ctx_arena_release(&g->arena);
	*g = (struct ctx_groups){ 0 };
}

/** Does the breakdown count the entry? */
static bool counts(enum ctx_which which, const struct ctx_entry *e) {
	if (which == CTX_WHICH_UNREAD) {
		unsigned marks = CTX_ENTRY_KEPT | CTX_ENTRY_WANTED | CTX_ENTRY_READ;
		return (e->flags & marks) == (CTX_ENTRY_KEPT | CTX_ENTRY_WANTED);
	}
	return ctx_entry_kept(e) == (which == CTX_WHICH_KEPT);
}

/** Is it a file, for the breakdowns that count files? */
static bool counts_file(enum ctx_which which, const struct ctx_entry *e) {
	return e->kind != CTX_KIND_DIR && e->kind != CTX_KIND_SYMLINK && counts(which, e);
}

/* ---- By directory ---- */

/** One directory. */
struct node {
	const struct ctx_entry *entry;
	/** The directory that holds it; NULL for the root. */
	const struct ctx_dir *holder;
	/** Index of that directory's node. */
	size_t parent;
	/** What lies below. */
	struct ctx_totals totals;
	/** Run of its children. */
	size_t first_child, child_count;
	unsigned depth;
};

/** Where a row's children go on. */
struct level {
	size_t next, end;
};

/** What the breakdown needs. */
struct by_dir {
	enum ctx_which which;
	CTX_VEC(struct node) nodes;
	/** Index of the node of the current directory at each depth. */
	CTX_VEC(size_t) path;
	/** Nodes that get a row, by parent and size.  Owned. */
	const struct node **children;
	/** Directories above the row being written. */
	CTX_VEC(struct level) levels;
	struct ctx_buf name;
};

/** Release all of it. */
static void by_dir_release(struct by_dir *run) {
	CTX_VEC_RELEASE(&run->nodes);
	CTX_VEC_RELEASE(&run->path);
	free(run->children);
	CTX_VEC_RELEASE(&run->levels);
	ctx_buf_release(&run->name);
}

/** Make a node of a directory; it is the current one at its depth. */
static bool add_node(struct by_dir *run, const struct ctx_dir *holder, const struct ctx_entry *e) {
	struct node node = { .entry = e, .holder = holder };
	if (holder != NULL) {
		node.depth = holder->depth + 1;
		node.parent = run->path.items[holder->depth];
	}
	run->path.count = node.depth; // back up from deeper directories
	return CTX_VEC_PUSH(&run->path, run->nodes.count) && CTX_VEC_PUSH(&run->nodes, node);
}

/** Make the nodes, each with what lies in it directly. */
static bool add_nodes(struct by_dir *run, struct ctx_snapshot *snap) {
	if (!add_node(run, NULL, &snap->root)) {
		return false;
	}
	struct ctx_cursor c = ctx_cursor_at(snap->root.dir);
	for (const struct ctx_entry *e; (e = ctx_cursor_next(&c)) != NULL;) {
		if (e->kind == CTX_KIND_DIR) {
			if (!add_node(run, c.dir, e)) {
				return false;
			}
		} else if (counts(run->which, e)) {
			ctx_totals_add_entry(&run->nodes.items[run->path.items[c.dir->depth]].totals, e);
		}
	}
	return true;
}

/** Add each directory to the one that holds it, the deepest first. */
static void add_up(struct by_dir *run) {
	for (size_t i = run->nodes.count; i-- > 1;) {
		struct node *node = &run->nodes.items[i];
		struct ctx_totals *parent = &run->nodes.items[node->parent].totals;
		ctx_totals_add(parent, &node->totals);
		if (counts(run->which, node->entry)) {
			ctx_totals_add_entry(parent, node->entry);
		}
	}
}

/** Does a directory get a row? */
static bool has_row(const struct by_dir *run, const struct node *node) {
	const struct ctx_totals *t = &node->totals;
	return counts(run->which, node->entry) || t->files > 0 || t->dirs > 0 || t->symlinks > 0;
}

/** By parent; larger first; by name. */
static int child_cmp(const void *a, const void *b) {
	const struct node *x = *(const struct node *const *)a, *y = *(const struct node *const *)b;
	if (x->parent != y->parent) {
		return x->parent < y->parent ? -1 : 1;
	}
	if (x->totals.bytes != y->totals.bytes) {
		return x->totals.bytes > y->totals.bytes ? -1 : 1;
	}
	return ctx_name_cmp(x->entry->name, x->entry->name_len, y->entry->name, y->entry->name_len);
}

/** Find each directory's children. */
static bool sort_children(struct by_dir *run) {
	run->children = ctx_reallocarray(NULL, run->nodes.count, sizeof(*run->children));
	if (run->children == NULL) {
		return false;
	}
	size_t count = 0;
	for (size_t i = 1; i < run->nodes.count; ++i) {
		if (has_row(run, &run->nodes.items[i])) {
			run->children[count++] = &run->nodes.items[i];
		}
	}
	if (count > 1) {
		qsort(run->children, count, sizeof(*run->children), child_cmp);
	}
	for (size_t i = count; i-- > 0;) {
		struct node *parent = &run->nodes.items[run->children[i]->parent];
		parent->first_child = i;
		++parent->child_count;
	}
	return true;
}

/** Write one row, and prepare for its children. */
static bool add_row(struct by_dir *run, struct ctx_groups *out, const struct node *node, unsigned depth, size_t top) {
	ctx_buf_reset(&run->name);
	if (node->holder != NULL) {
		ctx_entry_path(&run->name, node->holder, node->entry);
	} else {
		ctx_buf_addc(&run->name, '.');
	}
	struct ctx_group row = {
		.name = ctx_buf_ok(&run->name) ? ctx_arena_memdup0(&out->arena, run->name.data, run->name.len) : NULL,
		.name_len = run->name.len,
		.totals = node->totals,
		.depth = node->depth,
		.entry = node->entry,
	};
	if (row.name == NULL || !CTX_VEC_PUSH(&out->rows, row)) {
		return false;
	}
	struct level level = { .next = node->first_child, .end = node->first_child };
	if (depth == 0 || node->depth < depth) {
		size_t shown = top == 0 || node->child_count < top ? node->child_count : top;
		level.end += shown;
		for (size_t i = shown; i < node->child_count; ++i) {
			const struct node *cut = run->children[node->first_child + i];
			ctx_totals_add(&out->rest, &cut->totals);
			if (counts(run->which, cut->entry)) {
				ctx_totals_add_entry(&out->rest, cut->entry);
			}
			++out->rest_rows;
		}
	}
	return CTX_VEC_PUSH(&run->levels, level);
}

/** Write the rows, depth first. */
static bool add_rows(struct by_dir *run, struct ctx_groups *out, unsigned depth, size_t top) {
	if (!add_row(run, out, &run->nodes.items[0], depth, top)) {
		return false;
	}
	while (run->levels.count > 0) {
		struct level *level = &run->levels.items[run->levels.count - 1];
		if (level->next == level->end) {
			--run->levels.count;
		} else if (!add_row(run, out, run->children[level->next++], depth, top)) {
			return false;
		}
	}
	return true;
}

int ctx_group_dirs(struct ctx_groups *out, struct ctx_snapshot *snap, enum ctx_which which, unsigned depth, size_t top,
	struct ctx_error *err) {
	*out = (struct ctx_groups){ 0 };
	struct by_dir run = { .which = which };
	bool ok = add_nodes(&run, snap);
	if (ok) {
		add_up(&run);
		ok = sort_children(&run) && add_rows(&run, out, depth, top);
	}
	by_dir_release(&run);
	if (!ok) {
		ctx_groups_release(out);
		return ctx_fail_nomem(err);
	}
	return 0;
}

/* ---- By extension ---- */

/** Most bytes first; by name. */
static int row_cmp(const void *a, const void *b) {
	const struct ctx_group *x = a, *y = b;
	if (x->totals.bytes != y->totals.bytes) {
		return x->totals.bytes > y->totals.bytes ? -1 : 1;
	}
	return ctx_name_cmp(x->name, x->name_len, y->name, y->name_len);
}

/** Sort the rows and cut what is too much. */
static void cut_rows(struct ctx_groups *out, size_t top) {
	if (out->rows.count > 1) {
		qsort(out->rows.items, out->rows.count, sizeof(out->rows.items[0]), row_cmp);
	}
	for (size_t i = top; top > 0 && i < out->rows.count; ++i) {
		ctx_totals_add(&out->rest, &out->rows.items[i].totals);
		++out->rest_rows;
	}
	if (top > 0 && out->rows.count > top) {
		out->rows.count = top;
	}
}

/** Index of the row for an extension, made if it is new; CTX_STRMAP_NONE when out of memory. */
static uint32_t ext_row(struct ctx_groups *out, struct ctx_strmap *map, const char *ext, size_t len) {
	uint32_t index = ctx_strmap_get(map, ext, len);
	if (index != CTX_STRMAP_NONE || out->rows.count >= CTX_STRMAP_NONE) {
		return index;
	}
	struct ctx_group row = { .name = ctx_arena_memdup0(&out->arena, ext, len), .name_len = len };
	if (row.name == NULL || !CTX_VEC_PUSH(&out->rows, row)) {
		return CTX_STRMAP_NONE;
	}
	return ctx_strmap_put(map, row.name, len, (uint32_t)(out->rows.count - 1));
}

int ctx_group_exts(struct ctx_groups *out, struct ctx_snapshot *snap, enum ctx_which which, size_t top,
	struct ctx_error *err) {
	*out = (struct ctx_groups){ 0 };
	struct ctx_strmap map = { 0 };
	bool ok = true;
	struct ctx_cursor c = ctx_cursor_at(snap->root.dir);
	for (const struct ctx_entry *e; ok && (e = ctx_cursor_next(&c)) != NULL;) {
		if (!counts_file(which, e)) {
			continue;
		}
		size_t at = ctx_path_ext(e->name, e->name_len);
		bool none = at == e->name_len;
		uint32_t row = none ? ext_row(out, &map, "(none)", 6)
				    : ext_row(out, &map, e->name + at, e->name_len - at);
		ok = row != CTX_STRMAP_NONE;
		if (ok) {
			ctx_totals_add_entry(&out->rows.items[row].totals, e);
		}
	}
	ctx_strmap_release(&map);
	if (!ok) {
		ctx_groups_release(out);
		return ctx_fail_nomem(err);
	}
	cut_rows(out, top);
	return 0;
}

/* ---- By file ---- */

/** A file that may get a row. */
struct candidate {
	uint64_t bytes;
	/** Place in the snapshot's order. */
	uint64_t order;
	const struct ctx_dir *dir;
	const struct ctx_entry *entry;
};

/** The best so far: a heap whose first is the one to give way, when there is a limit. */
struct candidates {
	struct candidate *items;
	size_t count, cap;
};

/** Does `a` stand before `b` in the result? */
static bool is_before(const struct candidate *a, const struct candidate *b) {
	return a->bytes != b->bytes ? a->bytes > b->bytes : a->order < b->order;
}

/** is_before() for qsort(). */
static int candidate_cmp(const void *a, const void *b) {
	return is_before(a, b) ? -1 : is_before(b, a);
}

/** Put `c` into the heap in place of its first. */
static void replace_first(struct candidates *heap, const struct candidate *c) {
	size_t at = 0;
	while (2 * at + 1 < heap->count) {
		size_t child = 2 * at + 1;
		if (child + 1 < heap->count && is_before(&heap->items[child], &heap->items[child + 1])) {
			++child;
		}
		if (!is_before(c, &heap->items[child])) {
			break;
		}
		heap->items[at] = heap->items[child];
		at = child;
	}
	heap->items[at] = *c;
}

/** Append to the heap. */
static bool push_candidate(struct candidates *heap, const struct candidate *c) {
	if (!CTX_VEC_PUSH(heap, *c)) {
		return false;
	}
	size_t at = heap->count - 1;
	while (at > 0 && is_before(&heap->items[(at - 1) / 2], c)) {
		heap->items[at] = heap->items[(at - 1) / 2];
		at = (at - 1) / 2;
	}
	heap->items[at] = *c;
	return true;
}

/** Find the `top` first files; the others are added to the rest. */
static bool pick_files(struct candidates *heap, struct ctx_groups *out, struct ctx_snapshot *snap, enum ctx_which which,
	size_t top) {
	uint64_t order = 0;
	struct ctx_cursor c = ctx_cursor_at(snap->root.dir);
	for (const struct ctx_entry *e; (e = ctx_cursor_next(&c)) != NULL; ++order) {
		if (!counts_file(which, e)) {
			continue;
		}
		struct candidate fresh = { ctx_entry_content_bytes(e), order, c.dir, e };
		if (top == 0 || heap->count < top) {
			if (!push_candidate(heap, &fresh)) {
				return false;
			}
			continue;
		}
		const struct ctx_entry *loser = e;
		if (is_before(&fresh, &heap->items[0])) {
			loser = heap->items[0].entry;
			replace_first(heap, &fresh);
		}
		ctx_totals_add_entry(&out->rest, loser);
		++out->rest_rows;
	}
	return true;
}

/** Make the rows. */
static bool add_files(struct candidates *heap, struct ctx_groups *out) {
	if (heap->count > 1) {
		qsort(heap->items, heap->count, sizeof(heap->items[0]), candidate_cmp);
	}
	ctx_auto_buf struct ctx_buf path = CTX_BUF_INIT;
	for (size_t i = 0; i < heap->count; ++i) {
		const struct candidate *c = &heap->items[i];
		ctx_buf_reset(&path);
		ctx_entry_path(&path, c->dir, c->entry);
		struct ctx_group row = {
			.name = ctx_buf_ok(&path) ? ctx_arena_memdup0(&out->arena, path.data, path.len) : NULL,
			.name_len = path.len,
			.entry = c->entry,
		};
		ctx_totals_add_entry(&row.totals, c->entry);
		if (row.name == NULL || !CTX_VEC_PUSH(&out->rows, row)) {
			return false;
		}
	}
	return true;
}

int ctx_group_files(struct ctx_groups *out, struct ctx_snapshot *snap, enum ctx_which which, size_t top,
	struct ctx_error *err) {
	*out = (struct ctx_groups){ 0 };
	struct candidates heap = { 0 };
	bool ok = pick_files(&heap, out, snap, which, top) && add_files(&heap, out);
	CTX_VEC_RELEASE(&heap);
	if (!ok) {
		ctx_groups_release(out);
		return ctx_fail_nomem(err);
	}
	return 0;
}
