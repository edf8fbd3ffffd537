/**
 * One pass over the snapshot makes a node for every directory down to the wanted depth; whatever lies deeper is added
 * to the nearest node above it.  Nodes are made in preorder, so that adding each to its parent from last to first
 * gives the totals.  Sorting the nodes by parent makes siblings neighbours, and rows are then written parent by parent.
 */
#include "ctxopt/context/tree.h"

#include "ctxopt/base/alloc.h"

/** One directory down to the wanted depth. */
struct node {
	/** NULL for the root. */
	const struct ctx_entry *entry;
	uint32_t parent;
	/** Where its children start in the sorted order, and how many there are. */
	uint32_t first_child, child_count;
	bool excluded;
	/** Everything below (kept, or for an excluded node excluded); what lies in it directly. */
	struct ctx_totals totals, own;
	/** Excluded non-directories that lie in it directly, and their rule: 0 when several. */
	struct ctx_totals own_excluded;
	uint32_t own_rule;
};

/** Work in progress. */
struct build {
	const struct ctx_tree_opts *opts;
	unsigned depth;
	CTX_VEC(struct node) nodes;
	/** Node numbers, sorted. */
	uint32_t *order;
	struct ctx_tree *out;
};

/** Add one entry to the node of the directory that holds it; `direct` if that node is the directory itself. */
static void count_into(struct node *node, const struct ctx_entry *e, bool direct) {
	bool kept = ctx_entry_kept(e);
	if (node->excluded != kept) {
		ctx_totals_add_entry(&node->totals, e);
		if (direct && e->kind != CTX_KIND_DIR) {
			ctx_totals_add_entry(&node->own, e);
		}
	} else if (direct && !kept && e->kind != CTX_KIND_DIR) {
		bool first = node->own_excluded.files + node->own_excluded.symlinks == 0;
		node->own_rule = first || node->own_rule == e->rule ? e->rule : 0;
		ctx_totals_add_entry(&node->own_excluded, e);
	}
}

/** Make the nodes; `at[d]` is the node of the current directory at depth d. */
static int make_nodes(struct build *b, struct ctx_snapshot *snap, struct ctx_error *err) {
	uint32_t at[CTX_TREE_DEPTH_MAX + 1] = { 0 };
	struct node root = { 0 };
	if (!CTX_VEC_PUSH(&b->nodes, root)) {
		return ctx_fail_nomem(err);
	}
	struct ctx_cursor c = ctx_cursor_at(snap->root.dir);
	for (const struct ctx_entry *e = ctx_cursor_next(&c); e != NULL; e = ctx_cursor_next(&c)) {
		unsigned depth = c.dir->depth + 1;
		unsigned above = depth - 1 < b->depth ? depth - 1 : b->depth;
		uint32_t parent = at[above];
		bool inside_excluded = b->nodes.items[parent].excluded;
		count_into(&b->nodes.items[parent], e, depth - 1 == above && !inside_excluded);
		if (e->kind != CTX_KIND_DIR || depth > b->depth) {
			continue;
		}
		at[depth] = parent; // what an excluded directory holds is one row
		if (!inside_excluded) {
			struct node node = { .entry = e, .parent = parent, .excluded = !ctx_entry_kept(e) };
			at[depth] = (uint32_t)b->nodes.count;
			if (b->nodes.count >= UINT32_MAX || !CTX_VEC_PUSH(&b->nodes, node)) {
				return ctx_fail_nomem(err);
			}
		}
	}
	for (size_t i = b->nodes.count - 1; i > 0; --i) {
		const struct node *node = &b->nodes.items[i];
		if (!node->excluded) {
			ctx_totals_add(&b->nodes.items[node->parent].totals, &node->totals);
		}
	}
	return 0;
}

/** Order of siblings: kept before excluded, larger first, then by name. */
static int compare_nodes(const void *left, const void *right, void *arg) {
	const struct node *nodes = arg;
	const struct node *a = &nodes[*(const uint32_t *)left], *b = &nodes[*(const uint32_t *)right];
	if (a->parent != b->parent) {
		return a->parent < b->parent ? -1 : 1;
	}
	if (a->excluded != b->excluded) {
		return a->excluded ? 1 : -1;
	}
	if (a->totals.bytes != b->totals.bytes) {
		return a->totals.bytes > b->totals.bytes ? -1 : 1;
	}
	return strcmp(a->entry->name, b->entry->name);
}

/** Sort the nodes so that children of one parent are neighbours. */
static int sort_nodes(struct build *b, struct ctx_error *err) {
	size_t count = b->nodes.count - 1; // without the root
	b->order = ctx_calloc(count + 1, sizeof(*b->order));
	if (b->order == NULL) {
		return ctx_fail_nomem(err);
	}
	for (size_t i = 0; i < count; ++i) {
		b->order[i] = (uint32_t)(i + 1);
	}
	qsort_r(b->order, count, sizeof(*b->order), compare_nodes, b->nodes.items);
	for (size_t i = count; i > 0; --i) {
		struct node *parent = &b->nodes.items[b->nodes.items[b->order[i - 1]].parent];
		parent->first_child = (uint32_t)(i - 1);
		++parent->child_count;
	}
	return 0;
}

/** Rows below one directory that are still to be written. */
struct level {
	uint32_t node;
	/** Depth of the rows. */
	unsigned depth;
	/** Children that are kept, in front of those that are excluded; how many of both get a row of their own. */
	uint32_t kept, shown, excluded_shown;
	/** Next of the kept children. */
	uint32_t next;
	/** The rows that follow those of the kept children; `count` 0 for none. */
	struct ctx_tree_row rest, own, excluded_rest;
};

/** Does a row that stands for several stand for any? */
static bool stands_for_any(const struct ctx_tree_row *row) {
	return row->count + row->own_count > 0;
}

/** Add a child without a row of its own to the row that stands for several. */
static void add_child(struct ctx_tree_row *rest, const struct node *child) {
	ctx_totals_add(&rest->totals, &child->totals);
	++rest->totals.dirs;
	bool first = !stands_for_any(rest);
	rest->rule = first || rest->rule == child->entry->rule ? child->entry->rule : 0;
	rest->unopened = rest->unopened || (child->entry->flags & CTX_ENTRY_UNOPENED) != 0;
	++rest->count;
}

/** Decide which children get a row, and sum up the others. */
static void sort_out_children(const struct build *b, struct level *level) {
	const struct node *node = &b->nodes.items[level->node];
	for (uint32_t i = 0; i < node->child_count; ++i) {
		const struct node *child = &b->nodes.items[b->order[node->first_child + i]];
		uint32_t *shown = child->excluded ? &level->excluded_shown : &level->shown;
		bool large = child->excluded || child->totals.bytes >= b->opts->min_bytes;
		level->kept += !child->excluded;
		if (child->excluded && !b->opts->excluded) {
			continue;
		}
		if (large && (b->opts->top == 0 || *shown < b->opts->top)) {
			++*shown;
		} else {
			add_child(child->excluded ? &level->excluded_rest : &level->rest, child);
		}
	}
}

/** Rows to write below a node. */
static struct level level_of(const struct build *b, uint32_t index, unsigned depth) {
	const struct node *node = &b->nodes.items[index];
	struct level level = {
		.node = index,
		.depth = depth,
		.rest = { .kind = CTX_TREE_REST, .depth = depth },
		.own = { .kind = CTX_TREE_OWN,
			.depth = depth,
			.totals = node->own,
			.count = node->own.files + node->own.symlinks },
		.excluded_rest = { .kind = CTX_TREE_EXCLUDED_REST,
			.depth = depth,
			.totals = node->own_excluded,
			.own_count = node->own_excluded.files + node->own_excluded.symlinks,
			.rule = node->own_rule },
	};
	sort_out_children(b, &level);
	if (!b->opts->excluded || depth > b->depth) {
		// Also below the last level: rows there would be about excluded files only
		level.excluded_rest.count = level.excluded_rest.own_count = 0;
	}
	if (level.shown == 0 && b->opts->min_bytes > 0 && depth > 1) {
		level.rest.count = level.own.count = 0; // nothing large: no need to take the directory apart
	}
	if (level.shown == 0 && level.rest.count == 0) {
		level.own.count = 0; // nothing but files: the directory's own row says it all
	}
	if (level.rest.count > 0 && level.own.totals.bytes < b->opts->min_bytes) {
		ctx_totals_add(&level.rest.totals, &level.own.totals);
		level.rest.own_count = level.own.count;
		level.own.count = 0;
	}
	return level;
}

/** The row of a node. */
static struct ctx_tree_row row_of(const struct node *node, unsigned depth) {
	return (struct ctx_tree_row){
		.kind = node->excluded ? CTX_TREE_EXCLUDED : CTX_TREE_DIR,
		.depth = depth,
		.name = node->entry == NULL ? "." : node->entry->name,
		.name_len = node->entry == NULL ? 1 : node->entry->name_len,
		.totals = node->totals,
		.count = 1,
		.rule = node->entry == NULL ? 0 : node->entry->rule,
		.unopened = node->entry != NULL && (node->entry->flags & CTX_ENTRY_UNOPENED) != 0,
	};
}

/** Append one row with the lines that lead to it; `more` if further siblings follow. */
static bool push_row(struct build *b, struct ctx_tree_row row, uint64_t lines, bool more) {
	row.more = lines;
	if (more && row.depth > 0) {
		row.more |= UINT64_C(1) << (row.depth - 1);
	}
	return CTX_VEC_PUSH(&b->out->rows, row);
}

/** Write what follows the kept directories of a level. */
static bool push_tail(struct build *b, const struct level *level, uint64_t lines) {
	const struct node *node = &b->nodes.items[level->node];
	bool rest = stands_for_any(&level->excluded_rest), ok = true;
	bool excluded = level->excluded_shown > 0 || rest;
	if (level->rest.count > 0) {
		ok = ok && push_row(b, level->rest, lines, level->own.count > 0 || excluded);
	}
	if (level->own.count > 0) {
		ok = ok && push_row(b, level->own, lines, excluded);
	}
	for (uint32_t i = 0; i < level->excluded_shown; ++i) {
		const struct node *child = &b->nodes.items[b->order[node->first_child + level->kept + i]];
		ok = ok && push_row(b, row_of(child, level->depth), lines, rest || i + 1 < level->excluded_shown);
	}
	return ok && (!rest || push_row(b, level->excluded_rest, lines, false));
}

/** Write the row of the next kept directory of a level, and go down to it. */
static bool push_child(struct build *b, struct level *level, uint64_t *lines, struct level *below) {
	uint32_t index = b->order[b->nodes.items[level->node].first_child + level->next++];
	bool more = level->next < level->shown || level->rest.count + level->own.count > 0 ||
		level->excluded_shown > 0 || stands_for_any(&level->excluded_rest);
	uint64_t bit = UINT64_C(1) << (level->depth - 1);
	*lines &= ~bit; // that was about the sibling before
	if (!push_row(b, row_of(&b->nodes.items[index], level->depth), *lines, more)) {
		return false;
	}
	*lines |= more ? bit : 0;
	*below = level_of(b, index, level->depth + 1);
	return true;
}

/** Write all rows, depth first. */
static int make_rows(struct build *b, struct ctx_error *err) {
	struct level levels[CTX_TREE_DEPTH_MAX + 1];
	uint64_t lines = 0; // bit d: more rows follow at depth d + 1
	bool ok = push_row(b, row_of(&b->nodes.items[0], 0), 0, false);
	levels[0] = level_of(b, 0, 1);
	size_t open = 1;
	while (ok && open > 0) {
		struct level *level = &levels[open - 1];
		if (level->next < level->shown) {
			ok = push_child(b, level, &lines, &levels[open]);
			++open;
		} else {
			lines &= ~(UINT64_C(1) << (level->depth - 1));
			ok = push_tail(b, level, lines);
			--open;
		}
	}
	return ok ? 0 : ctx_fail_nomem(err);
}

int ctx_tree_make(struct ctx_tree *out, struct ctx_snapshot *snap, const struct ctx_tree_opts *opts,
	struct ctx_error *err) {
	*out = (struct ctx_tree){ 0 };
	bool capped = opts->depth == 0 || opts->depth > CTX_TREE_DEPTH_MAX - 1;
	struct build b = { .opts = opts, .depth = capped ? CTX_TREE_DEPTH_MAX - 1 : opts->depth, .out = out };
	int rc = make_nodes(&b, snap, err);
	rc = rc < 0 ? rc : sort_nodes(&b, err);
	rc = rc < 0 ? rc : make_rows(&b, err);
	CTX_VEC_RELEASE(&b.nodes);
	free(b.order);
	return rc;
}

void ctx_tree_release(struct ctx_tree *tree) {
	CTX_VEC_RELEASE(&tree->rows);
}
