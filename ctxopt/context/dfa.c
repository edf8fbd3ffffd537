/*
 * A DFA state is a set of NFA states: those with an edge that consumes a character or asserts something, or where a rule
 * ends.  Free edges are followed when the set is made.  Assertions cannot be decided until the next character is known,
 * so they stay in the set and are decided by the step (or by the end of the text), as in RE2.
 *
 *	sets        one growing array of NFA states; a DFA state owns a slice, sorted, so that equal sets are found
 *	trans       row per DFA state, column per character class: the next state, or UNKNOWN
 *	ends        slices of rule indices, made when first asked for
 *	table       hash of the slice to DFA state, open addressing
 */
#include "ctxopt/context/dfa.h"

#include "ctxopt/base/rune.h"

#include <string.h>

/* A transition that was not computed yet; state numbers stay below. */
#define UNKNOWN (UINT32_MAX - 1)

/* What the position before the next character is like; part of a state only if its set asserts something. */
enum position {
	AT_BEGIN = 1 << 0,
	AFTER_WORD = 1 << 1,
};

/* One DFA state. */
struct state {
	/* Slice of `sets`. */
	uint32_t first, count;
	/* Slice of `ends`; UNKNOWN first until asked for. */
	uint32_t ends_first, ends_count;
	/* Largest `negated` of its NFA states. */
	uint32_t negated;
	/* enum position. */
	uint8_t position;
	/* Has the set an assertion? */
	bool asserts;
};

struct ctx_dfa {
	const struct ctx_nfa *nfa;
	size_t max_bytes;
	uint32_t generation;
	CTX_VEC(struct state) states;
	CTX_VEC(uint32_t) sets;
	CTX_VEC(uint32_t) ends;
	CTX_VEC(uint32_t) trans;
	/* Power-of-two table of state numbers; UNKNOWN marks a free slot. */
	uint32_t *table;
	size_t table_size;
	uint32_t start;
	/* Scratch: the set being built, a stack, and a mark per NFA state telling that it was visited in this round. */
	uint32_t *set, *stack, *mark;
	size_t set_count;
	uint32_t round;
	/* Scratch for ctx_dfa_ends(). */
	CTX_VEC(uint32_t) rules;
};

void ctx_dfa_free(struct ctx_dfa *dfa) {
	if (!dfa) {
		return;
	}
	CTX_VEC_RELEASE(&dfa->states);
	CTX_VEC_RELEASE(&dfa->sets);
	CTX_VEC_RELEASE(&dfa->ends);
	CTX_VEC_RELEASE(&dfa->trans);
	CTX_VEC_RELEASE(&dfa->rules);
	free(dfa->table);
	free(dfa->set);
	free(dfa->stack);
	free(dfa->mark);
	free(dfa);
}

/* Bytes that the tables hold now. */
static size_t used_bytes(const struct ctx_dfa *dfa) {
	return dfa->states.count * sizeof(struct state) +
		(dfa->sets.count + dfa->ends.count + dfa->trans.count + dfa->table_size) * sizeof(uint32_t);
}

/* Begin a new set: no NFA state is visited. */
static void begin_set(struct ctx_dfa *dfa) {
	dfa->set_count = 0;
	if (++dfa->round == 0) {
		memset(dfa->mark, 0, dfa->nfa->states.count * sizeof(*dfa->mark));
		dfa->round = 1;
	}
}

/* Does a state belong into sets: does it consume, assert, or end a rule? */
static bool is_core(const struct ctx_nfa *nfa, const struct ctx_nfa_state *state) {
	if (state->finals != CTX_NFA_NONE) {
		return true;
	}
	for (uint32_t e = state->edges; e != CTX_NFA_NONE; e = nfa->edges.items[e].next) {
		if (nfa->edges.items[e].label != CTX_NFA_FREE) {
			return true;
		}
	}
	return false;
}

/*
 * Add a state and all that free edges reach, and through assertions among `holds` too.  Marks make each NFA state go
 * onto the stack once per round, so the stack needs no more room than there are states.
 */
static void add_closure(struct ctx_dfa *dfa, uint32_t state, uint32_t holds) {
	const struct ctx_nfa *nfa = dfa->nfa;
	if (dfa->mark[state] == dfa->round) {
		return;
	}
	size_t depth = 0;
	dfa->mark[state] = dfa->round;
	dfa->stack[depth++] = state;
	while (depth > 0) {
		uint32_t top = dfa->stack[--depth];
		const struct ctx_nfa_state *s = &nfa->states.items[top];
		if (is_core(nfa, s)) {
			dfa->set[dfa->set_count++] = top;
		}
		for (uint32_t e = s->edges; e != CTX_NFA_NONE; e = nfa->edges.items[e].next) {
			const struct ctx_nfa_edge *edge = &nfa->edges.items[e];
			bool open = edge->label == CTX_NFA_FREE ||
				(edge->label == CTX_NFA_ASSERT && (edge->value & holds) == edge->value);
			if (open && dfa->mark[edge->to] != dfa->round) {
				dfa->mark[edge->to] = dfa->round;
				dfa->stack[depth++] = edge->to;
			}
		}
	}
}

/* Order numbers. */
static int compare_numbers(const void *a, const void *b) {
	uint32_t na = *(const uint32_t *)a;
	uint32_t nb = *(const uint32_t *)b;
	return (na > nb) - (na < nb);
}

/* Hash of a sorted set and a position. */
static size_t hash_set(const uint32_t *set, size_t count, uint8_t position) {
	uint64_t hash = 0x9E3779B97F4A7C15u + position;
	for (size_t i = 0; i < count; ++i) {
		hash = (hash ^ set[i]) * 0xFF51AFD7ED558CCDu;
		hash ^= hash >> 29;
	}
	return (size_t)(hash ^ hash >> 32);
}

/* Slot of a set in the table: that of an equal state, or a free one. */
static size_t find_slot(const struct ctx_dfa *dfa, const uint32_t *set, size_t count, uint8_t position) {
	size_t slot = hash_set(set, count, position) & (dfa->table_size - 1);
	for (;; slot = (slot + 1) & (dfa->table_size - 1)) {
		uint32_t number = dfa->table[slot];
		if (number == UNKNOWN) {
			return slot;
		}
		const struct state *state = &dfa->states.items[number];
		if (state->count == count && state->position == position &&
			(count == 0 || memcmp(dfa->sets.items + state->first, set, count * sizeof(*set)) == 0)) {
			return slot;
		}
	}
}

/* Double the table once it is half full. */
static bool grow_table(struct ctx_dfa *dfa) {
	if (dfa->states.count * 2 < dfa->table_size) {
		return true;
	}
	size_t size = dfa->table_size * 2;
	uint32_t *table = ctx_reallocarray(NULL, size, sizeof(*table));
	if (!table) {
		return false;
	}
	free(dfa->table);
	dfa->table = table;
	dfa->table_size = size;
	for (size_t i = 0; i < size; ++i) {
		table[i] = UNKNOWN;
	}
	for (uint32_t i = 0; i < dfa->states.count; ++i) {
		const struct state *state = &dfa->states.items[i];
		table[find_slot(dfa, dfa->sets.items + state->first, state->count, state->position)] = i;
	}
	return true;
}

/* The DFA state of the set in scratch, made if it is new. */
static uint32_t intern_set(struct ctx_dfa *dfa, uint8_t position) {
	const struct ctx_nfa *nfa = dfa->nfa;
	uint32_t *set = dfa->set;
	size_t count = dfa->set_count;
	struct state fresh = { .count = (uint32_t)count, .ends_first = UNKNOWN };
	qsort(set, count, sizeof(*set), compare_numbers);
	for (size_t i = 0; i < count; ++i) {
		const struct ctx_nfa_state *s = &nfa->states.items[set[i]];
		fresh.negated = s->negated > fresh.negated ? s->negated : fresh.negated;
		for (uint32_t e = s->edges; e != CTX_NFA_NONE; e = nfa->edges.items[e].next) {
			fresh.asserts |= nfa->edges.items[e].label == CTX_NFA_ASSERT;
		}
	}
	fresh.position = fresh.asserts ? position : 0;

	if (!grow_table(dfa)) {
		return CTX_DFA_FAILED;
	}
	size_t slot = find_slot(dfa, set, count, fresh.position);
	if (dfa->table[slot] != UNKNOWN) {
		return dfa->table[slot];
	}
	size_t classes = ctx_nfa_class_count(nfa);
	bool room = CTX_VEC_RESERVE(&dfa->sets, count) && CTX_VEC_RESERVE(&dfa->trans, classes) &&
		CTX_VEC_RESERVE(&dfa->states, 1);
	if (!room) {
		return CTX_DFA_FAILED;
	}
	fresh.first = (uint32_t)dfa->sets.count;
	for (size_t i = 0; i < count; ++i) {
		dfa->sets.items[dfa->sets.count++] = set[i];
	}
	// The dead state, the empty set, leads only to itself
	uint32_t target = count == 0 ? CTX_DFA_DEAD : UNKNOWN;
	for (size_t i = 0; i < classes; ++i) {
		dfa->trans.items[dfa->trans.count++] = target;
	}
	uint32_t number = (uint32_t)dfa->states.count;
	dfa->states.items[dfa->states.count++] = fresh;
	dfa->table[slot] = number;
	return number;
}

/* Drop all states and make the dead one and the start anew; false when out of memory. */
static bool restart(struct ctx_dfa *dfa) {
	++dfa->generation;
	dfa->states.count = dfa->sets.count = dfa->ends.count = dfa->trans.count = 0;
	for (size_t i = 0; i < dfa->table_size; ++i) {
		dfa->table[i] = UNKNOWN;
	}
	begin_set(dfa);
	if (intern_set(dfa, 0) != CTX_DFA_DEAD) {
		return false;
	}
	begin_set(dfa);
	add_closure(dfa, 0, 0);
	dfa->start = intern_set(dfa, AT_BEGIN);
	return dfa->start != CTX_DFA_FAILED;
}

struct ctx_dfa *ctx_dfa_new(const struct ctx_nfa *nfa, size_t max_bytes) {
	struct ctx_dfa *dfa = ctx_calloc(1, sizeof(*dfa));
	if (!dfa) {
		return NULL;
	}
	size_t states = nfa->states.count;
	dfa->nfa = nfa;
	dfa->max_bytes = max_bytes;
	dfa->table_size = 64;
	dfa->table = ctx_calloc(dfa->table_size, sizeof(*dfa->table));
	dfa->set = ctx_calloc(states, sizeof(*dfa->set));
	dfa->stack = ctx_calloc(states, sizeof(*dfa->stack));
	dfa->mark = ctx_calloc(states, sizeof(*dfa->mark));
	if (!dfa->table || !dfa->set || !dfa->stack || !dfa->mark || !restart(dfa)) {
		ctx_dfa_free(dfa);
		return NULL;
	}
	return dfa;
}

uint32_t ctx_dfa_generation(const struct ctx_dfa *dfa) {
	return dfa->generation;
}

uint32_t ctx_dfa_start(struct ctx_dfa *dfa) {
	return dfa->start;
}

/* Assertions that hold at a position before a word character, another one, or the end. */
static uint32_t assertions_at(uint8_t position, bool before_word, bool at_end) {
	uint32_t holds = (position & AT_BEGIN ? CTX_ASSERT_BEGIN : 0u) | (at_end ? CTX_ASSERT_END : 0u);
	bool edge = ((position & AFTER_WORD) != 0) != before_word;
	return holds | (edge ? CTX_ASSERT_WORD_EDGE : CTX_ASSERT_NO_WORD_EDGE);
}

/* Copy a state's set into scratch, widened by the assertions that hold; returns the number of NFA states there. */
static size_t widen(struct ctx_dfa *dfa, const struct state *state, uint32_t holds) {
	begin_set(dfa);
	for (uint32_t i = 0; i < state->count; ++i) {
		add_closure(dfa, dfa->sets.items[state->first + i], holds);
	}
	return dfa->set_count;
}

/* Can an edge consume a character of the class? */
static bool consumes(const struct ctx_nfa *nfa, const struct ctx_nfa_edge *edge, uint32_t class_index) {
	return edge->label == CTX_NFA_CLASS
		? edge->value == class_index
		: edge->label == CTX_NFA_SET && ctx_nfa_set_has(nfa, edge->value, class_index);
}

/* Add what the edges of `count` NFA states reach with a character of the class. */
static void add_targets(struct ctx_dfa *dfa, const uint32_t *from, size_t count, uint32_t class_index) {
	const struct ctx_nfa *nfa = dfa->nfa;
	for (size_t i = 0; i < count; ++i) {
		for (uint32_t e = nfa->states.items[from[i]].edges; e != CTX_NFA_NONE; e = nfa->edges.items[e].next) {
			if (consumes(nfa, &nfa->edges.items[e], class_index)) {
				add_closure(dfa, nfa->edges.items[e].to, 0);
			}
		}
	}
}

/* Compute one step: the cold path of ctx_dfa_feed(). */
static uint32_t step(struct ctx_dfa *dfa, uint32_t number, uint32_t class_index) {
	struct state state = dfa->states.items[number];
	bool word = dfa->nfa->has_word_edges && ctx_nfa_is_word(dfa->nfa, class_index);
	if (state.asserts) {
		size_t count = widen(dfa, &state, assertions_at(state.position, word, false));
		CTX_AUTO_FREE uint32_t *from = ctx_reallocarray(NULL, count + 1, sizeof(*from));
		if (!from) {
			return CTX_DFA_FAILED;
		}
		memcpy(from, dfa->set, count * sizeof(*from));
		begin_set(dfa);
		add_targets(dfa, from, count, class_index);
	} else {
		begin_set(dfa);
		add_targets(dfa, dfa->sets.items + state.first, state.count, class_index);
	}

	uint8_t position = word ? AFTER_WORD : 0;
	size_t row = ctx_nfa_class_count(dfa->nfa);
	if (used_bytes(dfa) + (dfa->set_count + row) * sizeof(uint32_t) <= dfa->max_bytes) {
		uint32_t next = intern_set(dfa, position);
		if (next != CTX_DFA_FAILED) {
			dfa->trans.items[number * row + class_index] = next;
		}
		return next;
	}

	// Full: start over with nothing but the state that was just reached
	CTX_AUTO_FREE uint32_t *reached = ctx_reallocarray(NULL, dfa->set_count + 1, sizeof(*reached));
	if (!reached) {
		return CTX_DFA_FAILED;
	}
	size_t count = dfa->set_count;
	memcpy(reached, dfa->set, count * sizeof(*reached));
	if (!restart(dfa)) {
		return CTX_DFA_FAILED;
	}
	memcpy(dfa->set, reached, count * sizeof(*reached));
	dfa->set_count = count;
	return intern_set(dfa, position);
}

uint32_t ctx_dfa_feed(struct ctx_dfa *dfa, uint32_t state, const char *text, size_t len) {
	size_t row = ctx_nfa_class_count(dfa->nfa);
	const uint16_t *ascii = dfa->nfa->ascii;
	for (size_t i = 0; i < len && state != CTX_DFA_DEAD;) {
		unsigned char byte = (unsigned char)text[i];
		uint32_t class_index;
		if (CTX_LIKELY(byte < 0x80)) {
			class_index = ascii[byte];
			++i;
		} else {
			size_t width;
			class_index = ctx_nfa_class(dfa->nfa, ctx_rune_decode(text + i, len - i, &width));
			i += width;
		}
		uint32_t next = dfa->trans.items[state * row + class_index];
		if (CTX_UNLIKELY(next == UNKNOWN)) {
			next = step(dfa, state, class_index);
			if (next == CTX_DFA_FAILED) {
				return CTX_DFA_FAILED;
			}
		}
		state = next;
	}
	return state;
}

/* Collect, sorted and without repeats, the rules that end in the NFA states in scratch. */
static bool collect_rules(struct ctx_dfa *dfa) {
	const struct ctx_nfa *nfa = dfa->nfa;
	dfa->rules.count = 0;
	for (size_t i = 0; i < dfa->set_count; ++i) {
		uint32_t f = nfa->states.items[dfa->set[i]].finals;
		for (; f != CTX_NFA_NONE; f = nfa->finals.items[f].next) {
			if (!CTX_VEC_PUSH(&dfa->rules, nfa->finals.items[f].rule)) {
				return false;
			}
		}
	}
	if (dfa->rules.count == 0) {
		return true;
	}
	qsort(dfa->rules.items, dfa->rules.count, sizeof(uint32_t), compare_numbers);
	size_t kept = 0;
	for (size_t i = 1; i < dfa->rules.count; ++i) {
		if (dfa->rules.items[i] != dfa->rules.items[kept]) {
			dfa->rules.items[++kept] = dfa->rules.items[i];
		}
	}
	dfa->rules.count = kept + 1;
	return true;
}

/* Compute the rules that end in a state: the cold path of ctx_dfa_ends(). */
static bool make_ends(struct ctx_dfa *dfa, uint32_t number) {
	struct state *state = &dfa->states.items[number];
	widen(dfa, state, assertions_at(state->position, false, true));
	if (!collect_rules(dfa) || !CTX_VEC_RESERVE(&dfa->ends, dfa->rules.count)) {
		return false;
	}
	state->ends_first = (uint32_t)dfa->ends.count;
	state->ends_count = (uint32_t)dfa->rules.count;
	for (size_t i = 0; i < dfa->rules.count; ++i) {
		dfa->ends.items[dfa->ends.count++] = dfa->rules.items[i];
	}
	return true;
}

bool ctx_dfa_ends(struct ctx_dfa *dfa, uint32_t state, struct ctx_dfa_ends *out) {
	if (CTX_UNLIKELY(dfa->states.items[state].ends_first == UNKNOWN) && !make_ends(dfa, state)) {
		return false;
	}
	const struct state *s = &dfa->states.items[state];
	out->count = s->ends_count;
	out->rules = s->ends_count ? dfa->ends.items + s->ends_first : NULL;
	return true;
}

uint32_t ctx_dfa_negated_ahead(const struct ctx_dfa *dfa, uint32_t state) {
	return dfa->states.items[state].negated;
}

void ctx_dfa_mark_ahead(struct ctx_dfa *dfa, uint32_t state, bool *ahead) {
	const struct ctx_nfa *nfa = dfa->nfa;
	const struct state *s = &dfa->states.items[state];
	// Any edge may be taken sooner or later, so follow them all
	begin_set(dfa);
	size_t depth = 0;
	for (uint32_t i = 0; i < s->count; ++i) {
		uint32_t from = dfa->sets.items[s->first + i];
		dfa->mark[from] = dfa->round;
		dfa->stack[depth++] = from;
	}
	while (depth > 0) {
		const struct ctx_nfa_state *top = &nfa->states.items[dfa->stack[--depth]];
		for (uint32_t f = top->finals; f != CTX_NFA_NONE; f = nfa->finals.items[f].next) {
			ahead[nfa->finals.items[f].rule] = true;
		}
		for (uint32_t e = top->edges; e != CTX_NFA_NONE; e = nfa->edges.items[e].next) {
			uint32_t to = nfa->edges.items[e].to;
			if (dfa->mark[to] != dfa->round) {
				dfa->mark[to] = dfa->round;
				dfa->stack[depth++] = to;
			}
		}
	}
}
