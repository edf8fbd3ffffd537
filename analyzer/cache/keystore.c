#include "analyzer/cache/keystore.h"

#include <stdlib.h>
#include <string.h>

/** "No link". */
#define NO_LINK UINT32_MAX

/** Larger sets are not searched from the start. */
#define FEW_NODES 16

/** Forget the slots. */
static void drop_slots(struct ana_nodes *nodes) {
	free(nodes->slots);
	nodes->slots = NULL;
	nodes->slot_count = nodes->slotted = 0;
}

void ana_nodes_release(struct ana_nodes *nodes) {
	if (nodes->items.items != nodes->near) {
		free(nodes->items.items);
	}
	drop_slots(nodes);
	*nodes = (struct ana_nodes){ 0 };
}

/** Add a node that is not there; false when out of memory. */
static bool push_node(struct ana_nodes *nodes, uint32_t node) {
	if (nodes->items.cap == 0) {
		nodes->items.items = nodes->near;
		nodes->items.cap = CTX_COUNTOF(nodes->near);
	} else if (nodes->items.count == nodes->items.cap && nodes->items.items == nodes->near) {
		CTX_VEC(uint32_t) heap = { 0 };
		if (!CTX_VEC_RESERVE(&heap, 2 * CTX_COUNTOF(nodes->near))) {
			return false;
		}
		memcpy(heap.items, nodes->near, sizeof(nodes->near));
		nodes->items.items = heap.items;
		nodes->items.cap = heap.cap;
	}
	return CTX_VEC_PUSH(&nodes->items, node);
}

/** The slot of a node, or the free one where it would be. */
static uint32_t *slot_of(const struct ana_nodes *nodes, uint32_t node) {
	size_t at = node * 2654435761u; // neighbours far from each other
	for (at ^= at >> 15;; ++at) {
		uint32_t *slot = &nodes->slots[at & (nodes->slot_count - 1)];
		if (*slot == node || *slot == ANA_NODE_NONE) {
			return slot;
		}
	}
}

/** Put all into slots, of which at least half stay free; false when there is no memory for them. */
static bool fill_slots(struct ana_nodes *nodes) {
	if (nodes->slot_count < 2 * nodes->items.count) {
		size_t count = 4 * FEW_NODES;
		drop_slots(nodes);
		while (count < 4 * nodes->items.count) {
			count *= 2;
		}
		nodes->slots = ctx_reallocarray(NULL, count, sizeof(*nodes->slots));
		if (nodes->slots == NULL) {
			return false;
		}
		nodes->slot_count = count;
		memset(nodes->slots, 0xFF, count * sizeof(*nodes->slots)); // ANA_NODE_NONE
	}
	for (; nodes->slotted < nodes->items.count; ++nodes->slotted) {
		*slot_of(nodes, nodes->items.items[nodes->slotted]) = nodes->items.items[nodes->slotted];
	}
	return true;
}

bool ana_nodes_have(struct ana_nodes *nodes, uint32_t node) {
	if (nodes->items.count > FEW_NODES && fill_slots(nodes)) {
		return *slot_of(nodes, node) == node && node != ANA_NODE_NONE;
	}
	for (size_t i = 0; i < nodes->items.count; ++i) {
		if (nodes->items.items[i] == node) {
			return true;
		}
	}
	return false;
}

void ana_nodes_keep(struct ana_nodes *nodes, struct ana_nodes *other) {
	size_t kept = 0;
	for (size_t i = 0; i < nodes->items.count; ++i) {
		if (ana_nodes_have(other, nodes->items.items[i])) {
			nodes->items.items[kept++] = nodes->items.items[i];
		}
	}
	if (kept < nodes->items.count) {
		nodes->items.count = kept;
		drop_slots(nodes);
	}
}

bool ana_nodes_add(struct ana_nodes *nodes, uint32_t node) {
	return ana_nodes_have(nodes, node) || push_node(nodes, node);
}

bool ana_nodes_move(struct ana_nodes *to, struct ana_nodes *from) {
	bool ok = true;
	if (to->items.count == 0) { // long lists are mostly looked for first
		ana_nodes_release(to);
		*to = *from;
		to->items.items = from->items.items == from->near ? to->near : from->items.items;
		*from = (struct ana_nodes){ 0 };
	}
	for (size_t i = 0; ok && i < from->items.count; ++i) {
		ok = ana_nodes_add(to, from->items.items[i]);
	}
	ana_nodes_release(from);
	return ok;
}

void ana_keystore_release(struct ana_keystore *store) {
	CTX_VEC_RELEASE(&store->nodes);
	CTX_VEC_RELEASE(&store->links);
	ctx_strmap_release(&store->by_start);
	ctx_strmap_release(&store->by_name);
	ctx_strmap_release(&store->ops);
	ctx_arena_release(&store->arena);
	store->results = 0;
}

/** Add a key of 16 bytes that the map lacks; CTX_STRMAP_NONE when out of memory. */
static uint32_t put(struct ana_keystore *store, struct ctx_strmap *map, const struct ctx_digest *key, uint32_t fresh) {
	char *copy = ctx_arena_memdup0(&store->arena, key->bytes, sizeof(key->bytes));
	return copy == NULL ? CTX_STRMAP_NONE : ctx_strmap_put(map, copy, sizeof(key->bytes), fresh);
}

uint32_t ana_keystore_node(struct ana_keystore *store, const struct ctx_digest *name) {
	uint32_t known = ctx_strmap_get(&store->by_name, name->bytes, sizeof(name->bytes));
	if (known != CTX_STRMAP_NONE) {
		return known;
	}
	struct ana_node_record fresh = { .last_in = NO_LINK, .name = *name };
	fresh.alike = (uint32_t)store->nodes.count;
	if (store->nodes.count >= ANA_NODE_NONE - 1 || !CTX_VEC_PUSH(&store->nodes, fresh)) {
		return ANA_NODE_NONE;
	}
	return put(store, &store->by_name, name, (uint32_t)(store->nodes.count - 1));
}

void ana_keystore_use(struct ana_keystore *store, uint32_t node, int64_t time) {
	store->nodes.items[node].used = time;
	store->nodes.items[node].used_number = ++store->uses;
	++store->nodes.items[node].use_count;
}

bool ana_keystore_knows_op(const struct ana_keystore *store, const struct ctx_digest *op) {
	return ctx_strmap_get(&store->ops, op->bytes, sizeof(op->bytes)) != CTX_STRMAP_NONE;
}

int ana_keystore_note_op(struct ana_keystore *store, const struct ctx_digest *op, struct ctx_error *err) {
	bool known = ana_keystore_knows_op(store, op);
	return known || put(store, &store->ops, op, 0) != CTX_STRMAP_NONE ? 0 : ctx_fail_nomem(err);
}

/** What a link starts from, as one digest. */
static struct ctx_digest start_digest(const struct ana_start *start, uint32_t input, const struct ctx_digest *op) {
	unsigned char text[8 + 2 * sizeof(struct ctx_digest)];
	memcpy(text, &start->node, 4);
	memcpy(text + 4, &input, 4);
	memcpy(text + 8, op->bytes, sizeof(op->bytes));
	memcpy(text + 8 + sizeof(op->bytes), start->selector.bytes, sizeof(start->selector.bytes));
	return ctx_hash_bytes(text, sizeof(text));
}

/** First link of a start; NO_LINK if it has none. */
static uint32_t first_link(const struct ana_keystore *store, const struct ana_start *start, uint32_t input,
	const struct ctx_digest *op) {
	struct ctx_digest digest = start_digest(start, input, op);
	uint32_t known = ctx_strmap_get(&store->by_start, digest.bytes, sizeof(digest.bytes));
	return known == CTX_STRMAP_NONE ? NO_LINK : known;
}

int ana_keystore_link(struct ana_keystore *store, const struct ana_start *start, uint32_t input,
	const struct ctx_digest *op, uint32_t target, struct ctx_error *err) {
	uint32_t first = first_link(store, start, input, op);
	for (uint32_t i = first; i != NO_LINK; i = store->links.items[i].next_same) {
		if (store->links.items[i].target == target) {
			return 0;
		}
	}
	struct ana_link link = {
		.source = start->node,
		.target = target,
		.input = input,
		.op = *op,
		.selector = start->selector,
		.next_same = NO_LINK,
		.next_in = store->nodes.items[target].last_in,
	};
	uint32_t index = (uint32_t)store->links.count;
	if (!CTX_VEC_PUSH(&store->links, link)) {
		return ctx_fail_nomem(err);
	}
	if (first == NO_LINK) {
		struct ctx_digest digest = start_digest(start, input, op);
		if (put(store, &store->by_start, &digest, index) == CTX_STRMAP_NONE) {
			return ctx_fail_nomem(err);
		}
	} else { // behind the first, whose place the map knows
		store->links.items[index].next_same = store->links.items[first].next_same;
		store->links.items[first].next_same = index;
	}
	store->nodes.items[target].last_in = index;
	store->nodes.items[start->node].exists = true;
	return 0;
}

/** Add all targets of a start.  No link is there twice, so that only what was in the list before can be met again. */
static int follow_links(const struct ana_keystore *store, const struct ana_start *start, uint32_t input,
	const struct ctx_digest *op, struct ana_nodes *out, struct ctx_error *err) {
	bool fresh = out->items.count == 0;
	for (uint32_t k = first_link(store, start, input, op); k != NO_LINK; k = store->links.items[k].next_same) {
		uint32_t target = store->links.items[k].target;
		if (!(fresh ? push_node(out, target) : ana_nodes_add(out, target))) {
			return ctx_fail_nomem(err);
		}
	}
	return 0;
}

int ana_keystore_query(struct ana_keystore *store, const struct ana_start *starts, size_t count, uint32_t input,
	const struct ctx_digest *op, struct ana_nodes *out, struct ctx_error *err) {
	if (count == 1) { // nothing to join
		return follow_links(store, &starts[0], input, op, out, err);
	}
	struct ana_nodes found = { 0 };
	int rc = 0;
	for (size_t i = 0; rc == 0 && i < count; ++i) {
		rc = follow_links(store, &starts[i], input, op, &found, err);
	}
	for (size_t i = 0; rc == 0 && i < found.items.count; ++i) {
		for (size_t k = 0; rc == 0 && k < count; ++k) {
			rc = ana_keystore_link(store, &starts[k], input, op, found.items.items[i], err);
		}
		if (rc == 0 && !ana_nodes_add(out, found.items.items[i])) {
			rc = ctx_fail_nomem(err);
		}
	}
	ana_nodes_release(&found);
	return rc;
}

/** The node of `into` that stands for one of `from`. */
static uint32_t copy_node(struct ana_keystore *into, const struct ana_node_record *node, bool with_result) {
	uint32_t copy = ana_keystore_node(into, &node->name);
	if (copy == ANA_NODE_NONE) {
		return copy;
	}
	struct ana_node_record *to = &into->nodes.items[copy];
	to->exists = to->exists || node->exists;
	if (with_result && node->result > to->result) {
		to->result = node->result;
		to->used = node->used;
		to->use_count = node->use_count;
		to->bytes = node->bytes; // what it lies on stays behind: exports are not pruned by leaves
	}
	into->results = into->results > node->result ? into->results : node->result;
	return copy;
}

int ana_keystore_copy(struct ana_keystore *into, const struct ana_keystore *from, const bool *keep,
	const bool *keep_results, struct ctx_error *err) {
	uint32_t *copies = ctx_calloc(from->nodes.count + 1, sizeof(*copies));
	int rc = copies != NULL ? 0 : ctx_fail_nomem(err);
	for (size_t i = 0; rc == 0 && i < from->nodes.count; ++i) {
		copies[i] = ANA_NODE_NONE;
		if (keep != NULL && !keep[i]) {
			continue;
		}
		copies[i] = copy_node(into, &from->nodes.items[i], keep_results == NULL || keep_results[i]);
		rc = copies[i] != ANA_NODE_NONE ? 0 : ctx_fail_nomem(err);
	}
	for (size_t i = 0; rc == 0 && i < from->nodes.count; ++i) {
		uint32_t alike = copies[from->nodes.items[i].alike];
		if (copies[i] != ANA_NODE_NONE && alike != ANA_NODE_NONE && alike != copies[i]) {
			into->nodes.items[copies[i]].alike = alike;
		}
	}
	for (size_t i = 0; rc == 0 && i < from->links.count; ++i) {
		const struct ana_link *link = &from->links.items[i];
		if (copies[link->source] == ANA_NODE_NONE || copies[link->target] == ANA_NODE_NONE) {
			continue;
		}
		struct ana_start start = { copies[link->source], link->selector };
		rc = ana_keystore_link(into, &start, link->input, &link->op, copies[link->target], err);
		rc = rc < 0 || link->input >= ANA_LINK_MAYBE ? rc : ana_keystore_note_op(into, &link->op, err);
	}
	free(copies);
	return rc;
}
