#include "analyzer/dockerfile/env.h"

#include "ctxopt/base/alloc.h"

#include <stdlib.h>
#include <string.h>

// A version is the root of a balanced search tree (AVL) over the names.  Setting a variable copies the nodes on the way to
// it and shares all others, so that old versions stay as they are.  A tree and not a hash table: it stays balanced
// whatever names a stranger chooses.  The order of the variables is that of the numbers their nodes got when they were set.

/** Highest tree that 2^64 nodes could make is below this. */
#define HEIGHT_MAX 96

/** One variable in a tree. */
struct node {
	struct ana_var var;
	/** Subtrees: names below (0) and above (1).  Shared between versions, never changed once a version has them. */
	const struct node *child[2];
	/** The how-manieth setting this was. */
	uint64_t serial;
	/** Levels, this one included. */
	unsigned height;
};

/** One version. */
struct ana_env {
	const struct node *root;
	size_t count;
	/** Settings so far, those of names that were set again included. */
	uint64_t serial;
};

void ana_vars_release(struct ana_vars *vars) {
	CTX_VEC_RELEASE(&vars->items);
}

/** Any fixed order of names: short ones first, which decides most comparisons without looking at bytes. */
static int compare(struct ctx_str a, struct ctx_str b) {
	if (a.len != b.len) {
		return a.len < b.len ? -1 : 1;
	}
	return a.len == 0 ? 0 : memcmp(a.ptr, b.ptr, a.len);
}

/** Levels of a subtree. */
static unsigned height_of(const struct node *node) {
	return node == NULL ? 0 : node->height;
}

/** Recompute the height after a child changed. */
static void update(struct node *node) {
	unsigned a = height_of(node->child[0]), b = height_of(node->child[1]);
	node->height = 1 + (a > b ? a : b);
}

/** Own copy of a shared node; NULL when out of memory. */
static struct node *copy(struct ctx_arena *arena, const struct node *node) {
	struct node *fresh = ctx_arena_alloc(arena, sizeof(*fresh));
	if (fresh != NULL) {
		*fresh = *node;
	}
	return fresh;
}

/** Lift the child on `side` above `node`; both are copies of this version. */
static struct node *rotate(struct node *node, struct node *child, int side) {
	node->child[side] = child->child[!side];
	child->child[!side] = node;
	update(node);
	update(child);
	return child;
}

/**
 * Restore the balance at `node`, after its child on `side`, the copy `child`, may have grown by one.
 * @return the new top; NULL when out of memory.
 */
static struct node *balance(struct ctx_arena *arena, struct node *node, struct node *child, int side) {
	node->child[side] = child;
	update(node);
	if (height_of(child) < height_of(node->child[!side]) + 2) {
		return node;
	}
	if (height_of(child->child[!side]) > height_of(child->child[side])) {
		struct node *inner = copy(arena, child->child[!side]);
		if (inner == NULL) {
			return NULL;
		}
		child = rotate(child, inner, !side);
	}
	return rotate(node, child, side);
}

/** The way from the root to a name. */
struct route {
	const struct node *nodes[HEIGHT_MAX];
	/** Which child was taken at each. */
	int sides[HEIGHT_MAX];
	size_t count;
	/** The node of the name; NULL if there is none. */
	const struct node *found;
};

/** Look for a name and remember the way. */
static void descend(struct route *route, const struct node *node, struct ctx_str name) {
	route->count = 0;
	while (node != NULL) {
		int order = compare(name, node->var.name);
		if (order == 0) {
			break;
		}
		route->nodes[route->count] = node;
		route->sides[route->count++] = order > 0;
		node = node->child[order > 0];
	}
	route->found = node;
}

const struct ana_env *ana_env_set(struct ctx_arena *arena, const struct ana_env *env, struct ctx_str name,
	struct ctx_str value) {
	struct ana_env *fresh = ctx_arena_alloc(arena, sizeof(*fresh));
	struct node *top = ctx_arena_calloc(arena, 1, sizeof(*top));
	if (fresh == NULL || top == NULL) {
		return NULL;
	}
	*fresh = env == NULL ? (struct ana_env){ 0 } : *env;

	struct route route;
	descend(&route, fresh->root, name);
	if (route.found != NULL) {
		*top = *route.found;
	} else {
		top->height = 1;
		++fresh->count;
	}
	top->var = (struct ana_var){ name, value };
	top->serial = ++fresh->serial;

	for (size_t i = route.count; i-- > 0;) {
		struct node *above = copy(arena, route.nodes[i]);
		if (above == NULL) {
			return NULL;
		}
		top = balance(arena, above, top, route.sides[i]);
		if (top == NULL) {
			return NULL;
		}
	}
	fresh->root = top;
	return fresh;
}

bool ana_env_get(const struct ana_env *env, struct ctx_str name, struct ctx_str *value) {
	const struct node *node = env == NULL ? NULL : env->root;
	while (node != NULL) {
		int order = compare(name, node->var.name);
		if (order == 0) {
			*value = node->var.value;
			return true;
		}
		node = node->child[order > 0];
	}
	return false;
}

size_t ana_env_count(const struct ana_env *env) {
	return env == NULL ? 0 : env->count;
}

/** qsort: by the time of setting. */
static int by_serial(const void *a, const void *b) {
	const struct node *const *x = a, *const *y = b;
	return ((*x)->serial > (*y)->serial) - ((*x)->serial < (*y)->serial);
}

/** All nodes of a tree, into room for them. */
static void gather(const struct node *node, const struct node **all) {
	const struct node *waiting[HEIGHT_MAX];
	size_t depth = 0, count = 0;
	while (node != NULL || depth > 0) {
		if (node != NULL) {
			waiting[depth++] = node;
			node = node->child[0];
			continue;
		}
		node = waiting[--depth];
		all[count++] = node;
		node = node->child[1];
	}
}

int ana_env_list(const struct ana_env *env, struct ana_vars *out, struct ctx_error *err) {
	size_t count = ana_env_count(env);
	if (count == 0) {
		return 0;
	}
	const struct node **all = ctx_calloc(count, sizeof(*all));
	if (all == NULL || !CTX_VEC_RESERVE(&out->items, count)) {
		free(all);
		return ctx_fail_nomem(err);
	}
	gather(env->root, all);
	qsort(all, count, sizeof(*all), by_serial);
	for (size_t i = 0; i < count; ++i) {
		out->items.items[out->items.count++] = all[i]->var;
	}
	free(all);
	return 0;
}
