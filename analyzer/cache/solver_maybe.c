#include "analyzer/cache/solver_internal.h"

// What a base image holds below a copied file, or what a RUN writes, nobody can see.  So beside the links by which a step is a hit there are
// others, marked ANA_LINK_MAYBE, from what is certain about a content (its gist) and from nodes that may be the same: a step that only these
// lead to is neither a hit nor a miss.  Nodes that may be the same are called by the first of them, so that there are few such links.

/** Nodes that lead to whatever was made of contents that may be any: hidden ones, those out of a RUN. */
enum any { ANY_HIDDEN, ANY_RUN, ANY_COUNT };

/** Which of these is the content of an input, whatever is known of it; ANY_COUNT for none. */
static enum any any_of(const struct ana_content *content) {
	return content->open ? ANY_HIDDEN : content->by_run ? ANY_RUN : ANY_COUNT;
}

/** Start at one of them. */
static bool any_start(struct ana_solve *s, enum any any, struct ana_start *start) {
	struct ctx_digest digest = { { (unsigned char)any } };
	*start = (struct ana_start){ .node = ana_keystore_node(s->store, &digest) };
	return start->node != ANA_NODE_NONE;
}

int ana_solve_link_gist(struct ana_solve *s, uint32_t vertex, uint32_t index, uint32_t target) {
	const struct ana_content *content = &s->opts->contents[s->opts->keys->first[vertex] + index];
	const struct ctx_digest *op = &ana_solve_key(s, vertex)->op;
	uint32_t alike = s->store->nodes.items[target].alike;
	enum any any = any_of(content);
	struct ana_start start = { .node = s->states[vertex].inputs[index].gist };
	int rc = ana_keystore_link(s->store, &start, index | ANA_LINK_MAYBE, op, alike, s->err);
	if (rc < 0 || any == ANY_COUNT) {
		return rc;
	}
	return !any_start(s, any, &start)
		? ctx_fail_nomem(s->err)
		: ana_keystore_link(s->store, &start, index | ANA_LINK_MAYBE, op, alike, s->err);
}

/** Nodes that may be made of an input, beside those that are; `all` if nothing is certain about it. */
static int ask_maybe(struct ana_solve *s, uint32_t vertex, uint32_t index, struct ana_nodes *out, bool *all) {
	const struct ana_vertex_key *key = ana_solve_key(s, vertex);
	const struct ana_key_input *input = &key->inputs[index];
	const struct ana_nodes *keys = &s->states[input->vertex].keys;
	int rc = 0;
	for (size_t i = 0; rc == 0 && input->by_key && i < keys->items.count; ++i) {
		struct ana_start from = { s->store->nodes.items[keys->items.items[i]].alike, input->link };
		rc = ana_keystore_query(s->store, &from, 1, index, &key->op, out, s->err);
		rc = rc < 0 ? rc
			    : ana_keystore_query(s->store, &from, 1, index | ANA_LINK_MAYBE, &key->op, out, s->err);
	}
	bool ok = true;
	struct ana_start start = { .node = s->states[vertex].inputs[index].gist };
	if (rc == 0 && input->by_content) {
		bool runs = s->opts->run == ANA_RUN_UNKNOWN;
		enum any any = any_of(&s->opts->contents[s->opts->keys->first[vertex] + index]);
		*all = any == ANY_HIDDEN || (any == ANY_RUN && runs);
		rc = ana_keystore_query(s->store, &start, 1, index | ANA_LINK_MAYBE, &key->op, out, s->err);
		for (unsigned i = 0; ok && rc == 0 && i < (runs ? ANY_COUNT : ANY_RUN); ++i) {
			ok = any_start(s, (enum any)i, &start);
			rc = ok ? ana_keystore_query(s->store, &start, 1, index | ANA_LINK_MAYBE, &key->op, out, s->err)
				: 0;
		}
	}
	return ok ? rc : ctx_fail_nomem(s->err);
}

/** Keep of `left` what stands for the same as one of two sets; with `first`, take the sets as they are. */
static bool keep_alike(const struct ana_solve *s, struct ana_nodes *left, const struct ana_nodes *const sets[2],
	bool first) {
	struct ana_nodes found = { 0 };
	bool ok = true;
	for (unsigned k = 0; k < 2; ++k) {
		for (size_t i = 0; ok && i < sets[k]->items.count; ++i) {
			uint32_t alike = s->store->nodes.items[sets[k]->items.items[i]].alike;
			ok = (!first && !ana_nodes_have(left, alike)) || ana_nodes_add(&found, alike);
		}
	}
	ana_nodes_release(left);
	return ana_nodes_move(left, &found) && ok;
}

/** The node whose result is the newest: what follows it is most likely what follows now.  ANA_NODE_NONE if there is none. */
static uint32_t newest(const struct ana_solve *s, const struct ana_nodes *nodes) {
	uint32_t best = ANA_NODE_NONE;
	for (size_t i = 0; i < nodes->items.count; ++i) {
		uint32_t node = nodes->items.items[i];
		if (best == ANA_NODE_NONE || s->store->nodes.items[node].result > s->store->nodes.items[best].result) {
			best = node;
		}
	}
	return best;
}

int ana_solve_find_alike(struct ana_solve *s, uint32_t vertex, uint32_t *alike) {
	const struct ana_vertex_key *key = ana_solve_key(s, vertex);
	struct ana_vertex_state *state = &s->states[vertex];
	if (key->forced || state->absent || !state->known_op) {
		return 0;
	}
	struct ana_nodes left = { 0 }, open = { 0 };
	bool first = true, possible = true;
	int rc = 0;
	for (uint32_t i = 0; rc == 0 && possible && i < key->input_count; ++i) {
		struct ana_nodes found = { 0 };
		const struct ana_nodes *sets[2] = { &found, &state->inputs[i].matches };
		bool all = false, ok = true;
		rc = ask_maybe(s, vertex, i, &found, &all);
		if (rc == 0 && all) {
			ok = keep_alike(s, &open, sets, true);
		} else if (rc == 0) {
			ok = keep_alike(s, &left, sets, first);
			first = false;
			possible = left.items.count > 0;
		}
		rc = ok ? rc : ctx_fail_nomem(s->err);
		ana_nodes_release(&found);
	}
	state->maybe = rc == 0 && possible;
	if (state->maybe) {
		*alike = newest(s, first ? &open : &left);
	}
	ana_nodes_release(&left);
	ana_nodes_release(&open);
	return rc;
}

int ana_solve_save_maybe(struct ana_solve *s, uint32_t vertex, uint32_t node) {
	const struct ana_vertex_key *key = ana_solve_key(s, vertex);
	uint32_t alike = s->store->nodes.items[node].alike;
	int rc = 0;
	for (uint32_t i = 0; rc == 0 && i < key->input_count; ++i) {
		const struct ana_key_input *input = &key->inputs[i];
		uint32_t result = s->states[input->vertex].result;
		struct ana_start start = { result != ANA_NODE_NONE ? s->store->nodes.items[result].alike : result,
			input->link };
		bool shared = input->by_key && result != ANA_NODE_NONE && (start.node != result || alike != node);
		rc = shared ? ana_keystore_link(s->store, &start, i | ANA_LINK_MAYBE, &key->op, alike, s->err) : 0;
		rc = rc < 0 || s->states[vertex].inputs[i].gist == ANA_NODE_NONE
			? rc
			: ana_solve_link_gist(s, vertex, i, node);
	}
	return rc;
}
