#include "analyzer/cache/keystore.h"

#include "ctxopt/base/alloc.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

/** A digest that stands for a number. */
static struct ctx_digest digest(unsigned number) {
	return ctx_hash_bytes(&number, sizeof(number));
}

/** The node of a number. */
static uint32_t node(struct ana_keystore *store, unsigned number) {
	struct ctx_digest name = digest(number);
	uint32_t index = ana_keystore_node(store, &name);
	assert_int_not_equal(index, ANA_NODE_NONE);
	return index;
}

/** The record of a number's node. */
static struct ana_node_record *record(struct ana_keystore *store, unsigned number) {
	uint32_t index = node(store, number);
	return &store->nodes.items[index];
}

/** Link two nodes. */
static void link_nodes(struct ana_keystore *store, unsigned from, unsigned selector, uint32_t input, unsigned op,
	unsigned to) {
	struct ana_start start = { node(store, from), digest(selector) };
	struct ctx_digest by = digest(op);
	assert_int_equal(ana_keystore_link(store, &start, input, &by, node(store, to), NULL), 0);
}

/** Does a query from these give exactly that node; for 0, none? */
static bool leads_to(struct ana_keystore *store, unsigned from, unsigned selector, uint32_t input, unsigned op,
	unsigned to) {
	struct ana_start start = { node(store, from), digest(selector) };
	struct ctx_digest by = digest(op);
	struct ana_nodes found = { 0 };
	assert_int_equal(ana_keystore_query(store, &start, 1, input, &by, &found, NULL), 0);
	bool is = to == 0 ? found.items.count == 0 : found.items.count == 1 && ana_nodes_have(&found, node(store, to));
	ana_nodes_release(&found);
	return is;
}

static void links_are_told_apart(void **state) {
	(void)state;
	struct ana_keystore store = { 0 };
	link_nodes(&store, 1, 10, 0, 20, 2);
	link_nodes(&store, 1, 10, 0, 20, 2);
	assert_int_equal(store.links.count, 1);
	assert_true(leads_to(&store, 1, 10, 0, 20, 2));
	assert_true(leads_to(&store, 2, 10, 0, 20, 0));
	assert_true(leads_to(&store, 1, 11, 0, 20, 0));
	assert_true(leads_to(&store, 1, 10, 1, 20, 0));
	assert_true(leads_to(&store, 1, 10, 0, 21, 0));
	assert_true(record(&store, 1)->exists);
	assert_false(record(&store, 2)->exists);
	ana_keystore_release(&store);
	// Usable again
	link_nodes(&store, 1, 10, 0, 20, 2);
	assert_true(leads_to(&store, 1, 10, 0, 20, 2));
	ana_keystore_release(&store);
}

static void a_start_may_lead_to_several(void **state) {
	(void)state;
	struct ana_keystore store = { 0 };
	struct ana_nodes found = { 0 };
	for (unsigned i = 0; i < 50; ++i) {
		link_nodes(&store, 1, 10, 0, 20, 100 + i);
		link_nodes(&store, 2, 10, 0, 20, 200 + i);
	}
	struct ana_start start = { node(&store, 1), digest(10) };
	struct ctx_digest op = digest(20);
	assert_int_equal(ana_keystore_query(&store, &start, 1, 0, &op, &found, NULL), 0);
	assert_int_equal(ana_keystore_query(&store, &start, 1, 0, &op, &found, NULL), 0);
	assert_int_equal(found.items.count, 50);
	for (unsigned i = 0; i < 50; ++i) {
		assert_true(ana_nodes_have(&found, node(&store, 100 + i)));
	}
	ana_nodes_release(&found);
	ana_keystore_release(&store);
}

static void sets_of_any_size(void **state) {
	(void)state;
	for (uint32_t size = 0; size < 300; size = size < 40 ? size + 1 : size * 2) {
		struct ana_nodes all = { 0 }, odd = { 0 }, moved = { 0 };
		for (uint32_t i = 0; i < size; ++i) {
			assert_true(ana_nodes_add(&all, i * 64));
			assert_true(ana_nodes_add(&all, i / 2 * 64));
			assert_true(i % 2 == 0 || ana_nodes_add(&odd, i * 64));
			assert_int_equal(all.items.count, i + 1);
		}
		ana_nodes_keep(&all, &odd);
		assert_int_equal(all.items.count, size / 2);
		assert_true(ana_nodes_add(&all, 1));
		assert_true(ana_nodes_move(&moved, &all));
		assert_int_equal(all.items.count, 0);
		assert_int_equal(moved.items.count, size / 2 + 1);
		for (uint32_t i = 0; i < size * 64; ++i) {
			assert_int_equal(ana_nodes_have(&moved, i), i == 1 || i % 128 == 64);
		}
		assert_false(ana_nodes_have(&moved, ANA_NODE_NONE));
		for (uint32_t i = 0; i < size / 2; ++i) { // in the order in which they came
			assert_int_equal(moved.items.items[i], i * 128 + 64);
		}
		ana_nodes_release(&all);
		ana_nodes_release(&odd);
		ana_nodes_release(&moved);
	}
}

/** Searched from the start, this is more than a minute's work: it would run into the time limit. */
static void large_sets_are_no_slower(void **state) {
	(void)state;
	struct ana_nodes all = { 0 };
	for (uint32_t i = 0; i < 1000000; ++i) {
		assert_true(ana_nodes_add(&all, i / 2));
	}
	assert_int_equal(all.items.count, 500000);
	ana_nodes_release(&all);
}

static void a_query_joins_its_starts(void **state) {
	(void)state;
	struct ana_keystore store = { 0 };
	link_nodes(&store, 1, 10, 0, 20, 3);
	struct ana_start starts[] = { { node(&store, 1), digest(10) }, { node(&store, 2), digest(11) } };
	struct ctx_digest op = digest(20);
	struct ana_nodes found = { 0 };
	assert_true(leads_to(&store, 2, 11, 0, 20, 0));
	assert_int_equal(ana_keystore_query(&store, starts, 2, 0, &op, &found, NULL), 0);
	assert_int_equal(found.items.count, 1);
	assert_true(leads_to(&store, 2, 11, 0, 20, 3));
	ana_nodes_release(&found);
	ana_keystore_release(&store);
}

static void copies(void **state) {
	(void)state;
	struct ana_keystore store = { 0 }, into = { 0 };
	link_nodes(&store, 1, 10, 0, 20, 2);
	link_nodes(&store, 2, 10, 0, 21, 3);
	link_nodes(&store, 2, 10, 0, 22, 4);
	for (unsigned i = 1; i <= 4; ++i) {
		struct ana_node_record *made = record(&store, i);
		made->result = i;
		made->used = i * 10;
		made->exists = true;
	}
	store.results = 4;
	// In the other cache there is a newer result of one, and the numbers of nodes are others
	(void)node(&into, 4);
	record(&into, 3)->result = 9;
	into.results = 9;
	bool keep[4] = { true, true, true, true }, results[4] = { true, true, true, true };
	keep[node(&store, 4)] = false;
	results[node(&store, 2)] = false;
	assert_int_equal(ana_keystore_copy(&into, &store, keep, results, NULL), 0);
	assert_true(leads_to(&into, 1, 10, 0, 20, 2));
	assert_true(leads_to(&into, 2, 10, 0, 21, 3));
	assert_true(leads_to(&into, 2, 10, 0, 22, 0));
	assert_int_equal(record(&into, 1)->result, 1);
	assert_int_equal(record(&into, 1)->used, 10);
	assert_int_equal(record(&into, 2)->result, 0);
	assert_int_equal(record(&into, 3)->result, 9);
	assert_int_equal(into.results, 9);
	struct ctx_digest known = digest(21), unknown = digest(22);
	assert_true(ana_keystore_knows_op(&into, &known));
	assert_false(ana_keystore_knows_op(&into, &unknown));
	// All of it, twice
	assert_int_equal(ana_keystore_copy(&into, &store, NULL, NULL, NULL), 0);
	assert_int_equal(ana_keystore_copy(&into, &store, NULL, NULL, NULL), 0);
	assert_true(leads_to(&into, 2, 10, 0, 22, 4));
	assert_int_equal(into.nodes.count, 4);
	assert_int_equal(into.links.count, 3);
	assert_int_equal(record(&into, 2)->result, 2);
	ana_keystore_release(&store);
	ana_keystore_release(&into);
}

/** A bit of everything; the first failure. */
static int do_all(struct ana_keystore *store, struct ana_keystore *into) {
	struct ana_nodes found = { 0 };
	int rc = 0;
	for (unsigned i = 0; rc == 0 && i < 20; ++i) {
		struct ctx_digest a = digest(i), b = digest(i + 1), op = digest(100);
		struct ana_start starts[] = { { ana_keystore_node(store, &a), op },
			{ ana_keystore_node(store, &op), a } };
		uint32_t to = ana_keystore_node(store, &b);
		rc = to == ANA_NODE_NONE || starts[0].node == ANA_NODE_NONE || starts[1].node == ANA_NODE_NONE
			? CTX_E_NOMEM
			: 0;
		rc = rc < 0 ? rc : ana_keystore_link(store, &starts[0], 0, &op, to, NULL);
		rc = rc < 0 ? rc : ana_keystore_query(store, starts, 2, 0, &op, &found, NULL);
		rc = rc < 0 ? rc : ana_keystore_note_op(store, &op, NULL);
	}
	ana_nodes_release(&found);
	return rc < 0 ? rc : ana_keystore_copy(into, store, NULL, NULL, NULL);
}

static void every_allocation_may_fail(void **state) {
	(void)state;
	int rc = CTX_E_NOMEM;
	long n = 0;
	for (; rc != 0; ++n) {
		struct ana_keystore store = { 0 }, into = { 0 };
		ctx_alloc_fail_after(n);
		rc = do_all(&store, &into);
		ctx_alloc_fail_after(-1);
		ana_keystore_release(&store);
		ana_keystore_release(&into);
		assert_true(rc == 0 || rc == CTX_E_NOMEM);
	}
	assert_true(n > 20);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(links_are_told_apart),
		cmocka_unit_test(a_start_may_lead_to_several),
		cmocka_unit_test(sets_of_any_size),
		cmocka_unit_test(large_sets_are_no_slower),
		cmocka_unit_test(a_query_joins_its_starts),
		cmocka_unit_test(copies),
		cmocka_unit_test(every_allocation_may_fail),
	};
	return cmocka_run_group_tests_name("keystore", tests, NULL, NULL);
}
