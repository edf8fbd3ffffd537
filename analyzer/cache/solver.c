#include "analyzer/cache/solver_internal.h"

#include <stdlib.h>
#include <string.h>

// Vertices come after their inputs, so one pass in their order finds what can be found; where content is needed for it, the input is
// made or loaded at once, with all that it needs in turn.  In the end the target is.
//
//	find        keys of a vertex, from the keys and contents of its inputs
//	demand      a result, loaded or made; an explicit stack, since stages can be a hundred thousand deep

/** Is it a local context? */
static bool is_local(const struct ana_solve *s, uint32_t vertex) {
	return s->opts->graph->vertices.items[vertex].op == ANA_OP_LOCAL;
}

/* ---- Content ---- */

/** Add the result of a RUN to a content: what stands for it is its key, since equal keys mean equal results to BuildKit. */
static struct ctx_digest with_result(const struct ana_solve *s, struct ctx_digest digest, uint32_t vertex) {
	const struct ana_vertex_state *state = &s->states[vertex];
	uint32_t node = state->result != ANA_NODE_NONE ? state->result
		: state->keys.items.count > 0          ? state->keys.items.items[0]
						       : ANA_NODE_NONE;
	struct ctx_digest both[2] = { digest };
	if (node != ANA_NODE_NONE) {
		both[1] = s->store->nodes.items[node].name;
	}
	return ctx_hash_seeded(both, sizeof(both), node == ANA_NODE_NONE ? vertex : UINT64_MAX);
}

/** Was a RUN made in this build, though not for want of a result alone? */
static bool is_made_again(const struct ana_solve *s, uint32_t run) {
	return s->out[run].made && !s->states[run].absent;
}

/** Add the results of the RUN steps that are part of a content.  One that was made by force has its old key, but perhaps another result. */
static struct ctx_digest with_results(const struct ana_solve *s, struct ctx_digest digest,
	const struct ana_content *content) {
	for (uint32_t i = 0; i < content->run_count; ++i) {
		uint32_t run = content->runs[i];
		digest = with_result(s, digest, run);
		if (s->opts->run == ANA_RUN_CHANGED && is_made_again(s, run) && ana_solve_key(s, run)->forced) {
			uint64_t number = s->store->nodes.items[s->states[run].result].result;
			digest = ctx_hash_seeded(digest.bytes, sizeof(digest.bytes), number);
		}
	}
	return digest;
}

/** The node that stands for a content, or for what is certain of it. */
static uint32_t content_node(struct ana_solve *s, struct ctx_digest digest) {
	digest = ctx_hash_seeded(digest.bytes, sizeof(digest.bytes), 1); // never the digest of an operation
	return ana_keystore_node(s->store, &digest);
}

/* ---- Look-ups ---- */

/** Ask with the keys of an input that were not asked with so far. */
static int ask_keys(struct ana_solve *s, uint32_t vertex, uint32_t index) {
	const struct ana_vertex_key *key = ana_solve_key(s, vertex);
	struct ana_input_state *input = &s->states[vertex].inputs[index];
	const struct ana_nodes *keys = &s->states[key->inputs[index].vertex].keys;
	s->starts.count = 0;
	for (; input->asked < keys->items.count; ++input->asked) {
		struct ana_start start = { keys->items.items[input->asked], key->inputs[index].link };
		if (!CTX_VEC_PUSH(&s->starts, start)) {
			return ctx_fail_nomem(s->err);
		}
	}
	if (s->starts.count == 0) {
		return 0;
	}
	return ana_keystore_query(s->store, s->starts.items, s->starts.count, index, &key->op, &input->matches, s->err);
}

/** Ask with the content of an input, whose result is there. */
static int ask_content(struct ana_solve *s, uint32_t vertex, uint32_t index) {
	const struct ana_vertex_key *key = ana_solve_key(s, vertex);
	struct ana_input_state *input = &s->states[vertex].inputs[index];
	if (input->content != ANA_NODE_NONE) {
		return 0;
	}
	const struct ana_content *content = &s->opts->contents[s->opts->keys->first[vertex] + index];
	bool open = s->opts->run == ANA_RUN_UNKNOWN, uncertain = false;
	for (uint32_t i = 0; open && i < content->run_count; ++i) {
		uncertain = uncertain || is_made_again(s, content->runs[i]);
	}
	input->content = content_node(s, with_results(s, content->digest, content));
	input->gist = content_node(s, open ? content->gist : with_results(s, content->gist, content));
	if (input->content == ANA_NODE_NONE || input->gist == ANA_NODE_NONE) {
		return ctx_fail_nomem(s->err);
	}
	struct ana_start starts[2] = { { .node = input->content } };
	int rc = 0;
	if (!key->forced) {
		struct ana_nodes found = { 0 };
		rc = ana_keystore_query(s->store, starts, 1, index, &key->op, &found, s->err);
		input->doubtful = uncertain && input->matches.items.count == 0 && found.items.count > 0;
		bool moved = ana_nodes_move(&input->matches, &found);
		rc = rc < 0 || moved ? rc : ctx_fail_nomem(s->err);
	}
	// From now on the key of the result leads to the same as its content does, and the other way round
	uint32_t result = s->states[key->inputs[index].vertex].result;
	if (rc == 0 && result != ANA_NODE_NONE && key->inputs[index].by_key) {
		struct ana_nodes joined = { 0 };
		starts[1] = (struct ana_start){ result, key->inputs[index].link };
		rc = ana_keystore_query(s->store, starts, 2, index, &key->op, &joined, s->err);
		bool again = ana_solve_key(s, key->inputs[index].vertex)
				     ->forced; // then its old key leads to what the old content made
		for (size_t i = 0; rc == 0 && !again && i < joined.items.count; ++i) {
			rc = ana_solve_link_gist(s, vertex, index, joined.items.items[i]);
		}
		ana_nodes_release(&joined);
	}
	return rc;
}

/** Nodes that all inputs agree on become keys of the vertex. */
static int agree(struct ana_solve *s, uint32_t vertex) {
	struct ana_vertex_state *state = &s->states[vertex];
	const struct ana_vertex_key *key = ana_solve_key(s, vertex);
	const struct ana_nodes *first = &state->inputs[0].matches;
	for (size_t i = 0; i < first->items.count; ++i) {
		uint32_t node = first->items.items[i];
		bool all = true;
		for (uint32_t k = 1; all && k < key->input_count; ++k) {
			all = ana_nodes_have(&state->inputs[k].matches, node);
		}
		if (all && !ana_nodes_add(&state->keys, node)) {
			return ctx_fail_nomem(s->err);
		}
	}
	return 0;
}

/** The key with the newest result; ANA_NODE_NONE if none has one. */
static uint32_t best_key(const struct ana_solve *s, uint32_t vertex) {
	const struct ana_nodes *keys = &s->states[vertex].keys;
	uint32_t best = ANA_NODE_NONE;
	for (size_t i = 0; i < keys->items.count; ++i) {
		uint32_t node = keys->items.items[i];
		uint64_t result = s->store->nodes.items[node].result;
		if (result != 0 && (best == ANA_NODE_NONE || result > s->store->nodes.items[best].result)) {
			best = node;
		}
	}
	return best;
}

static int demand(struct ana_solve *s, uint32_t vertex);

/** Look an input up by its content, which makes its result be there. */
static int find_by_content(struct ana_solve *s, uint32_t vertex, uint32_t index) {
	int rc = demand(s, ana_solve_key(s, vertex)->inputs[index].vertex);
	rc = rc < 0 ? rc : ask_keys(s, vertex, index);
	return rc < 0 ? rc : ask_content(s, vertex, index);
}

/** Try contents: of the inputs that nothing is known to be made of, then of the others. */
static int find_by_contents(struct ana_solve *s, uint32_t vertex) {
	const struct ana_vertex_key *key = ana_solve_key(s, vertex);
	struct ana_vertex_state *state = &s->states[vertex];
	for (uint32_t i = 0; i < key->input_count; ++i) {
		if (state->inputs[i].matches.items.count == 0 && !key->inputs[i].by_content) {
			return 0; // no match is possible
		}
	}
	for (int phase = 1; phase <= 2 && state->keys.items.count == 0; ++phase) {
		for (uint32_t i = 0; i < key->input_count; ++i) {
			bool now = phase == 2 || state->inputs[i].matches.items.count == 0;
			int rc = now && key->inputs[i].by_content ? find_by_content(s, vertex, i) : 0;
			if (rc < 0) {
				return rc;
			}
			if (now && state->inputs[i].matches.items.count == 0) {
				return 0;
			}
		}
		int rc = agree(s, vertex);
		if (rc < 0) {
			return rc;
		}
	}
	return 0;
}

/** A vertex without inputs: its key is that of its operation, if the cache knows it. */
static int find_root(struct ana_solve *s, uint32_t vertex) {
	struct ana_vertex_state *state = &s->states[vertex];
	if (is_local(s, vertex)) {
		return 0;
	}
	uint32_t node = ana_keystore_node(s->store, &ana_solve_key(s, vertex)->op);
	if (node == ANA_NODE_NONE) {
		return ctx_fail_nomem(s->err);
	}
	bool exists = s->store->nodes.items[node].exists;
	return !exists || ana_nodes_add(&state->keys, node) ? 0 : ctx_fail_nomem(s->err);
}

/** Find the keys of a vertex; those of its inputs are found. */
static int find(struct ana_solve *s, uint32_t vertex) {
	const struct ana_vertex_key *key = ana_solve_key(s, vertex);
	s->states[vertex].known_op = ana_keystore_knows_op(s->store, &key->op);
	if (key->input_count == 0) {
		return find_root(s, vertex);
	}
	if (key->forced) {
		return 0;
	}
	int rc = 0;
	for (uint32_t i = 0; rc == 0 && i < key->input_count; ++i) {
		rc = ask_keys(s, vertex, i);
	}
	rc = rc < 0 ? rc : agree(s, vertex);
	return rc < 0 || s->states[vertex].keys.items.count > 0 ? rc : find_by_contents(s, vertex);
}

/* ---- Results ---- */

/** A result is in the cache. */
static void load(struct ana_solve *s, uint32_t vertex, uint32_t node) {
	s->states[vertex].result = node;
	s->out[vertex].loaded = true;
	ana_keystore_use(s->store, node, s->opts->time);
}

/** Starts of all that an input is saved under: the key of its result, and its content. */
static int save_starts(struct ana_solve *s, uint32_t vertex, uint32_t index) {
	const struct ana_key_input *input = &ana_solve_key(s, vertex)->inputs[index];
	uint32_t result = s->states[input->vertex].result;
	uint32_t content = s->states[vertex].inputs[index].content;
	s->starts.count = 0;
	struct ana_start by_key = { result, input->link }, by_content = { .node = content };
	bool ok = result == ANA_NODE_NONE || !input->by_key || CTX_VEC_PUSH(&s->starts, by_key);
	ok = ok && (content == ANA_NODE_NONE || CTX_VEC_PUSH(&s->starts, by_content));
	return ok ? 0 : ctx_fail_nomem(s->err);
}

/** The node under which the cache has such a result already: one that all keys of all inputs lead to (getIDFromDeps). */
static int find_saved(struct ana_solve *s, uint32_t vertex, uint32_t *node) {
	const struct ana_vertex_key *key = ana_solve_key(s, vertex);
	struct ana_nodes left = { 0 };
	int rc = 0;
	for (uint32_t i = 0; rc == 0 && i < key->input_count; ++i) {
		rc = save_starts(s, vertex, i);
		for (size_t k = 0; rc == 0 && k < s->starts.count; ++k) {
			struct ana_nodes found = { 0 };
			struct ana_start start = s->starts.items[k];
			rc = ana_keystore_query(s->store, &start, 1, i, &key->op, i == 0 ? &left : &found, s->err);
			if (i > 0) {
				ana_nodes_keep(&left, &found);
			}
			ana_nodes_release(&found);
		}
	}
	*node = left.items.count > 0 ? left.items.items[0] : ANA_NODE_NONE;
	ana_nodes_release(&left);
	return rc;
}

/** Link a node to everything it was made of. */
static int save_links(struct ana_solve *s, uint32_t vertex, uint32_t node) {
	const struct ana_vertex_key *key = ana_solve_key(s, vertex);
	int rc = 0;
	for (uint32_t i = 0; rc == 0 && i < key->input_count; ++i) {
		rc = save_starts(s, vertex, i);
		for (size_t k = 0; rc == 0 && k < s->starts.count; ++k) {
			struct ana_start start = s->starts.items[k];
			rc = ana_keystore_link(s->store, &start, i, &key->op, node, s->err);
		}
	}
	return rc;
}

/** A new node for a result, called after what it is made of: the same in every cache. */
static int new_node(struct ana_solve *s, uint32_t vertex, uint32_t *node) {
	const struct ana_vertex_key *key = ana_solve_key(s, vertex);
	struct ctx_digest name = key->op;
	for (uint32_t i = 0; i < key->input_count; ++i) {
		int rc = save_starts(s, vertex, i);
		if (rc < 0) {
			return rc;
		}
		for (size_t k = 0; k < s->starts.count; ++k) {
			const struct ana_start *start = &s->starts.items[k];
			struct ctx_digest parts[] = { name, s->store->nodes.items[start->node].name, start->selector };
			name = ctx_hash_seeded(parts, sizeof(parts), i);
		}
	}
	*node = ana_keystore_node(s->store, &name);
	return *node != ANA_NODE_NONE ? 0 : ctx_fail_nomem(s->err);
}

/** Make a result and save it; everything it needs is there. */
static int make(struct ana_solve *s, uint32_t vertex) {
	const struct ana_vertex_key *key = ana_solve_key(s, vertex);
	struct ana_vertex_state *state = &s->states[vertex];
	s->out[vertex].made = true;
	state->absent = state->keys.items.count > 0;
	if (is_local(s, vertex)) {
		return 0; // its key is new each time
	}
	uint32_t node = ANA_NODE_NONE;
	int rc = 0;
	if (key->input_count == 0) {
		node = ana_keystore_node(s->store, &key->op);
	} else {
		uint32_t alike = ANA_NODE_NONE;
		rc = ana_solve_find_alike(s, vertex, &alike);
		rc = rc < 0 ? rc : find_saved(s, vertex, &node);
		rc = rc < 0 || node != ANA_NODE_NONE ? rc : new_node(s, vertex, &node);
		if (rc == 0 && alike != ANA_NODE_NONE && s->store->nodes.items[node].alike == node) {
			s->store->nodes.items[node].alike = alike;
		}
		rc = rc < 0 ? rc : save_links(s, vertex, node);
		rc = rc < 0 ? rc : ana_solve_save_maybe(s, vertex, node);
	}
	if (rc < 0 || node == ANA_NODE_NONE) {
		return rc < 0 ? rc : ctx_fail_nomem(s->err);
	}
	struct ana_node_record *record = &s->store->nodes.items[node];
	record->result = ++s->store->results;
	record->exists = true;
	// Blob and uses were those of an older result, which an export does not look at (exporter.go, ExportTo)
	record->has_blob = false;
	record->use_count = 0;
	ana_keystore_use(s->store, node, s->opts->time);
	state->result = node;
	if (!key->forced && !ana_nodes_add(&state->keys, node)) {
		return ctx_fail_nomem(s->err);
	}
	return ana_keystore_note_op(s->store, &key->op, s->err);
}

/** Settle a demand; the results of the inputs are there, unless the result itself is in the cache. */
static int settle(struct ana_solve *s, uint32_t vertex) {
	const struct ana_vertex_key *key = ana_solve_key(s, vertex);
	uint32_t best = key->forced ? ANA_NODE_NONE : best_key(s, vertex);
	int rc = 0;
	if (best == ANA_NODE_NONE && key->input_count > 0) {
		for (uint32_t i = 0; rc == 0 && i < key->input_count; ++i) {
			rc = key->forced ? 0 : ask_keys(s, vertex, i);
			if (rc == 0 && key->inputs[i].by_content) {
				rc = ask_content(s, vertex, i);
			}
		}
		rc = rc < 0 || key->forced ? rc : agree(s, vertex);
		best = rc < 0 || key->forced ? ANA_NODE_NONE : best_key(s, vertex);
	}
	if (rc < 0) {
		return rc;
	}
	if (best != ANA_NODE_NONE) {
		load(s, vertex, best);
		return 0;
	}
	return make(s, vertex);
}

/** Put a vertex on the stack unless its result is there. */
static int push(struct ana_solve *s, uint32_t vertex) {
	return s->states[vertex].settled || CTX_VEC_PUSH(&s->stack, vertex) ? 0 : ctx_fail_nomem(s->err);
}

/** Put what the vertex on top needs on the stack; false if all is there. */
static bool expand(struct ana_solve *s, uint32_t top, int *rc) {
	struct ana_vertex_state *state = &s->states[top];
	const struct ana_vertex_key *key = ana_solve_key(s, top);
	bool loads = !key->forced && best_key(s, top) != ANA_NODE_NONE;
	if (state->expanded || loads) {
		return false;
	}
	state->expanded = true;
	for (uint32_t i = 0; *rc == 0 && i < key->input_count; ++i) {
		*rc = push(s, key->inputs[i].vertex);
	}
	return true;
}

/** Make the result of a vertex be there.  A vertex that several need may be on the stack more than once. */
static int demand(struct ana_solve *s, uint32_t vertex) {
	size_t bottom = s->stack.count;
	int rc = push(s, vertex);
	while (rc == 0 && s->stack.count > bottom) {
		uint32_t top = s->stack.items[s->stack.count - 1];
		if (s->states[top].settled) {
			--s->stack.count;
		} else if (!expand(s, top, &rc)) {
			--s->stack.count;
			s->states[top].settled = true;
			rc = settle(s, top);
		}
	}
	return rc;
}

/* ---- Reasons ---- */

/** The verdict of an input. */
static enum ana_hit input_hit(const struct ana_solve *s, uint32_t vertex, uint32_t index) {
	return s->out[ana_solve_key(s, vertex)->inputs[index].vertex].hit;
}

/** Why nothing matched by one input; NONE if something did. */
static enum ana_reason input_reason(const struct ana_solve *s, uint32_t vertex, uint32_t index) {
	const struct ana_key_input *input = &ana_solve_key(s, vertex)->inputs[index];
	if (s->states[vertex].inputs[index].matches.items.count > 0) {
		return ANA_REASON_NONE;
	}
	const struct ana_vertex *source = &s->opts->graph->vertices.items[input->vertex];
	if (source->op == ANA_OP_LOCAL) {
		return ANA_REASON_INPUTS;
	}
	if (source->op == ANA_OP_EXEC || source->op == ANA_OP_FILE || source->op == ANA_OP_MERGE) {
		return input->by_content ? ANA_REASON_STAGE : ANA_REASON_PARENT;
	}
	return ANA_REASON_SOURCE;
}

/** Rank of reasons: what stands first is the step's own, and told first. */
static int rank(enum ana_reason reason) {
	static const int ranks[] = {
		[ANA_REASON_NONE] = 9,
		[ANA_REASON_FORCED] = 0,
		[ANA_REASON_OPERATION] = 1,
		[ANA_REASON_ORDER] = 1,
		[ANA_REASON_SOURCE] = 2,
		[ANA_REASON_INPUTS] = 3,
		[ANA_REASON_STAGE] = 4,
		[ANA_REASON_PARENT] = 5,
		[ANA_REASON_ABSENT] = 6,
	};
	return ranks[reason];
}

/** Say why a vertex was made. */
static void explain(struct ana_solve *s, uint32_t vertex) {
	const struct ana_vertex_key *key = ana_solve_key(s, vertex);
	struct ana_vertex_result *out = &s->out[vertex];
	out->hit = s->states[vertex].maybe ? ANA_HIT_UNKNOWN : ANA_MISS;
	out->reason = key->forced            ? ANA_REASON_FORCED
		: s->states[vertex].absent   ? ANA_REASON_ABSENT
		: s->states[vertex].known_op ? ANA_REASON_NONE
					     : ANA_REASON_OPERATION;
	for (uint32_t i = 0; i < key->input_count; ++i) {
		enum ana_reason reason = input_reason(s, vertex, i);
		if (rank(reason) < rank(out->reason)) {
			out->reason = reason;
			out->input = i;
		}
	}
	if (out->reason == ANA_REASON_NONE) { // each input is known, but not all together
		out->reason = ANA_REASON_PARENT;
		out->input = 0;
	}
	if (out->reason == ANA_REASON_PARENT && input_hit(s, vertex, out->input) == ANA_HIT) {
		out->reason = ANA_REASON_ORDER;
		out->input = UINT32_MAX;
	}
	if (out->reason == ANA_REASON_PARENT || out->reason == ANA_REASON_STAGE) {
		out->blame = s->out[key->inputs[out->input].vertex].blame;
	}
}

/** A hit is none to rely on if it hangs on what a RUN may have made differently. */
static void doubt(struct ana_solve *s, uint32_t vertex) {
	const struct ana_vertex_key *key = ana_solve_key(s, vertex);
	for (uint32_t i = 0; i < key->input_count; ++i) {
		if (s->states[vertex].inputs[i].doubtful) {
			s->out[vertex].hit = ANA_HIT_UNKNOWN;
			s->out[vertex].reason = ANA_REASON_STAGE;
			s->out[vertex].input = i;
			s->out[vertex].blame = s->out[key->inputs[i].vertex].blame;
		}
	}
}

/* ---- The build ---- */

/** Room for what is known. */
static int prepare(struct ana_solve *s) {
	uint32_t count = s->opts->keys->count;
	s->states = ctx_arena_calloc(&s->arena, count + 1, sizeof(*s->states));
	for (uint32_t v = 0; s->states != NULL && v < count; ++v) {
		uint32_t inputs = ana_solve_key(s, v)->input_count;
		s->out[v] = (struct ana_vertex_result){ .input = UINT32_MAX, .blame = v, .node = ANA_NODE_NONE };
		s->states[v].result = ANA_NODE_NONE;
		s->states[v].inputs = ctx_arena_calloc(&s->arena, inputs + 1, sizeof(*s->states[v].inputs));
		if (s->states[v].inputs == NULL) {
			return ctx_fail_nomem(s->err);
		}
		for (uint32_t i = 0; i < inputs; ++i) {
			s->states[v].inputs[i].content = s->states[v].inputs[i].gist = ANA_NODE_NONE;
		}
	}
	return s->states != NULL ? 0 : ctx_fail_nomem(s->err);
}

/** Number the uses of this build: what follows is let go before what it was made of, so that counts as the older use. */
static void number_uses(struct ana_solve *s) {
	for (uint32_t v = s->opts->keys->count; v-- > 0;) {
		if (s->states[v].result != ANA_NODE_NONE) {
			s->store->nodes.items[s->states[v].result].used_number = ++s->store->uses;
		}
	}
}

/** Tell what became of each vertex. */
static void report(struct ana_solve *s) {
	for (uint32_t v = 0; v < s->opts->keys->count; ++v) {
		struct ana_vertex_result *out = &s->out[v];
		const struct ana_vertex_state *state = &s->states[v];
		uint32_t best = state->result != ANA_NODE_NONE ? state->result : best_key(s, v);
		out->node = best == ANA_NODE_NONE && state->keys.items.count > 0 ? state->keys.items.items[0] : best;
		if (out->made) {
			explain(s, v);
		} else {
			doubt(s, v);
		}
	}
}

/** Free what is not in the arena. */
static void release(struct ana_solve *s) {
	for (uint32_t v = 0; s->states != NULL && v < s->opts->keys->count; ++v) {
		ana_nodes_release(&s->states[v].keys);
		for (uint32_t i = 0; s->states[v].inputs != NULL && i < ana_solve_key(s, v)->input_count; ++i) {
			ana_nodes_release(&s->states[v].inputs[i].matches);
		}
	}
	CTX_VEC_RELEASE(&s->stack);
	CTX_VEC_RELEASE(&s->starts);
	ctx_arena_release(&s->arena);
}

int ana_solve(struct ana_keystore *store, const struct ana_solve_opts *opts, struct ana_vertex_result *out,
	struct ctx_error *err) {
	struct ana_solve s = { .store = store, .opts = opts, .out = out, .err = err };
	int rc = prepare(&s);
	for (uint32_t v = 0; rc == 0 && v < opts->keys->count; ++v) {
		rc = find(&s, v);
	}
	if (rc == 0 && opts->graph->result != ANA_NONE) {
		rc = demand(&s, opts->graph->result);
	}
	if (rc == 0) {
		number_uses(&s);
		report(&s);
	}
	release(&s);
	return rc;
}
