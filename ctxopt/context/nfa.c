/*
 * Built in two passes.  First every character and range that occurs cuts the code points into classes.  Then each rule
 * is laid into the graph from the start state on, reusing edges that are there already:
 *
 *	rules   docs/a   docs/b   **\/x
 *
 *	start --d--o--c--s--/--+--a--((docs/a))
 *	  |                    +--b--((docs/b))
 *	  +--> (any but newline)* '/' or nothing --x--((**\/x))
 *
 * Only prefixes made of single characters, `[^/]*`-like loops and `(.*\/)?` are shared.  Everything else (optional
 * copies, assertions, alternatives) gets fresh states, and so does whatever follows it.
 */
#include "ctxopt/context/nfa.h"

#include "ctxopt/base/rune.h"

#include <string.h>

/* Value of ctx_nfa_state.loop for `(.*\/)?`; other loops are set index + 1. */
#define DIRS_LOOP UINT32_MAX

/* State of one build. */
struct builder {
	struct ctx_nfa *nfa;
	struct ctx_rune_sets *sets;
	/* Sets that the builder needs itself. */
	uint32_t any, not_newline;
	/* Does the rule being laid still share states with earlier ones? */
	bool sharing;
	struct ctx_error *err;
};

void ctx_nfa_release(struct ctx_nfa *nfa) {
	CTX_VEC_RELEASE(&nfa->states);
	CTX_VEC_RELEASE(&nfa->edges);
	CTX_VEC_RELEASE(&nfa->finals);
	CTX_VEC_RELEASE(&nfa->starts);
	CTX_VEC_RELEASE(&nfa->word_classes);
	CTX_VEC_RELEASE(&nfa->set_bits);
}

/* Classes. */

/* Note that a class starts at `rune`; false when out of memory. */
static bool add_cut(struct ctx_nfa *nfa, uint32_t rune) {
	return rune > CTX_RUNE_MAX || CTX_VEC_PUSH(&nfa->starts, rune);
}

/* Cut out an inclusive range. */
static bool cut_range(struct ctx_nfa *nfa, uint32_t lo, uint32_t hi) {
	return add_cut(nfa, lo) && add_cut(nfa, hi + 1);
}

/* Cuts for the characters of one rule. */
static bool cut_rule(struct ctx_nfa *nfa, const struct ctx_nfa_rule *rule) {
	bool ok = true;
	if (rule->type == CTX_PATTERN_REGEXP) {
		for (size_t i = 0; ok && i < rule->regexp.items.count; ++i) {
			const struct ctx_regexp_item *item = &rule->regexp.items.items[i];
			if (item->op == CTX_REGEXP_RUNE) {
				ok = cut_range(nfa, item->rune, item->rune);
			} else if (item->op == CTX_REGEXP_ASSERT) {
				nfa->has_word_edges |= (item->assertion &
							       (CTX_ASSERT_WORD_EDGE | CTX_ASSERT_NO_WORD_EDGE)) != 0;
			}
		}
		return ok;
	}
	size_t width;
	for (size_t i = 0; ok && i < rule->text_len; i += width) {
		uint32_t rune = ctx_rune_decode(rule->text + i, rule->text_len - i, &width);
		ok = cut_range(nfa, rune, rune);
	}
	return ok;
}

/* Order code points. */
static int compare_runes(const void *a, const void *b) {
	uint32_t ra = *(const uint32_t *)a;
	uint32_t rb = *(const uint32_t *)b;
	return (ra > rb) - (ra < rb);
}

/* Sort the cuts, drop repeats, and fill the ASCII table. */
static void settle_classes(struct ctx_nfa *nfa) {
	uint32_t *starts = nfa->starts.items;
	qsort(starts, nfa->starts.count, sizeof(*starts), compare_runes);
	size_t kept = 0;
	for (size_t i = 1; i < nfa->starts.count; ++i) {
		if (starts[i] != starts[kept]) {
			starts[++kept] = starts[i];
		}
	}
	nfa->starts.count = kept + 1;
	for (uint32_t c = 0; c < CTX_COUNTOF(nfa->ascii); ++c) {
		// At most 257 classes start in ASCII, so the narrow type is enough
		nfa->ascii[c] = (uint16_t)(c > 0 ? nfa->ascii[c - 1] : 0);
		while ((size_t)nfa->ascii[c] + 1 < nfa->starts.count && starts[nfa->ascii[c] + 1] <= c) {
			++nfa->ascii[c];
		}
	}
}

uint32_t ctx_nfa_class(const struct ctx_nfa *nfa, uint32_t rune) {
	if (rune < CTX_COUNTOF(nfa->ascii)) {
		return nfa->ascii[rune];
	}
	size_t low = 0;
	size_t high = nfa->starts.count;
	while (high - low > 1) {
		size_t middle = low + (high - low) / 2;
		if (nfa->starts.items[middle] <= rune) {
			low = middle;
		} else {
			high = middle;
		}
	}
	return (uint32_t)low;
}

/* Set the bits of all classes within a range of code points. */
static void mark_classes(const struct ctx_nfa *nfa, uint64_t *bits, struct ctx_rune_range range) {
	for (uint32_t c = ctx_nfa_class(nfa, range.lo); c < nfa->starts.count && nfa->starts.items[c] <= range.hi;
		++c) {
		bits[c / 64] |= UINT64_C(1) << (c % 64);
	}
}

/* Turn sets of code points into sets of classes. */
static int fill_sets(struct builder *b) {
	struct ctx_nfa *nfa = b->nfa;
	nfa->set_words = (nfa->starts.count + 63) / 64;
	size_t sets = b->sets->sets.count;
	if (sets * nfa->set_words > CTX_NFA_MAX * 8u) {
		return ctx_fail(b->err, CTX_E_LIMIT, "rules too large to compile: too many character classes");
	}
	if (!CTX_VEC_RESERVE(&nfa->set_bits, sets * nfa->set_words) ||
		!CTX_VEC_RESERVE(&nfa->word_classes, nfa->set_words)) {
		return ctx_fail_nomem(b->err);
	}
	nfa->set_bits.count = sets * nfa->set_words;
	nfa->word_classes.count = nfa->set_words;
	memset(nfa->set_bits.items, 0, nfa->set_bits.count * sizeof(uint64_t));
	memset(nfa->word_classes.items, 0, nfa->word_classes.count * sizeof(uint64_t));
	for (size_t i = 0; i < sets; ++i) {
		const struct ctx_rune_set *set = &b->sets->sets.items[i];
		for (uint32_t r = 0; r < set->count; ++r) {
			mark_classes(nfa, nfa->set_bits.items + i * nfa->set_words,
				b->sets->ranges.items[set->first + r]);
		}
	}
	static const struct ctx_rune_range words[] = { { '0', '9' }, { 'A', 'Z' }, { '_', '_' }, { 'a', 'z' } };
	for (size_t i = 0; nfa->has_word_edges && i < CTX_COUNTOF(words); ++i) {
		mark_classes(nfa, nfa->word_classes.items, words[i]);
	}
	return 0;
}

/* Find the classes of all rules. */
static int make_classes(struct builder *b, const struct ctx_nfa_rule *rules, size_t count) {
	struct ctx_nfa *nfa = b->nfa;
	bool ok = add_cut(nfa, 0) && cut_range(nfa, '/', '/') && cut_range(nfa, '\n', '\n');
	for (size_t i = 0; ok && i < count; ++i) {
		ok = cut_rule(nfa, &rules[i]);
	}
	for (size_t i = 0; ok && i < b->sets->ranges.count; ++i) {
		ok = cut_range(nfa, b->sets->ranges.items[i].lo, b->sets->ranges.items[i].hi);
	}
	if (ok && nfa->has_word_edges) {
		ok = cut_range(nfa, '0', '9') && cut_range(nfa, 'A', 'Z') && cut_range(nfa, '_', '_') &&
			cut_range(nfa, 'a', 'z');
	}
	if (!ok) {
		return ctx_fail_nomem(b->err);
	}
	settle_classes(nfa);
	return fill_sets(b);
}

/* States and edges.  All return CTX_NFA_NONE when out of memory or over the limit (see build_failure()). */

/* A fresh state. */
static uint32_t add_state(struct builder *b) {
	struct ctx_nfa_state state = { .edges = CTX_NFA_NONE, .finals = CTX_NFA_NONE };
	if (b->nfa->states.count >= CTX_NFA_MAX || !CTX_VEC_PUSH(&b->nfa->states, state)) {
		return CTX_NFA_NONE;
	}
	return (uint32_t)(b->nfa->states.count - 1);
}

/* An edge between two states; returns `to`. */
static uint32_t add_edge(struct builder *b, uint32_t from, uint32_t to, enum ctx_nfa_label label, uint32_t value) {
	if (from == CTX_NFA_NONE || to == CTX_NFA_NONE || b->nfa->edges.count >= CTX_NFA_MAX) {
		return CTX_NFA_NONE;
	}
	struct ctx_nfa_edge edge = { b->nfa->states.items[from].edges, to, value, (uint8_t)label };
	if (!CTX_VEC_PUSH(&b->nfa->edges, edge)) {
		return CTX_NFA_NONE;
	}
	b->nfa->states.items[from].edges = (uint32_t)(b->nfa->edges.count - 1);
	return to;
}

/* Target of an edge that can be shared: same label, or a free edge to the same loop. */
static uint32_t find_edge(const struct builder *b, uint32_t from, enum ctx_nfa_label label, uint32_t value,
	uint32_t loop) {
	if (!b->sharing || from == CTX_NFA_NONE) {
		return CTX_NFA_NONE;
	}
	const struct ctx_nfa *nfa = b->nfa;
	for (uint32_t e = nfa->states.items[from].edges; e != CTX_NFA_NONE; e = nfa->edges.items[e].next) {
		const struct ctx_nfa_edge *edge = &nfa->edges.items[e];
		// An edge back to the state itself is its own loop, not a way on
		if (edge->label == label && edge->value == value && edge->to != from &&
			nfa->states.items[edge->to].loop == loop) {
			return edge->to;
		}
	}
	return CTX_NFA_NONE;
}

/* Lay one character. */
static uint32_t lay_one(struct builder *b, uint32_t from, enum ctx_nfa_label label, uint32_t value) {
	uint32_t to = find_edge(b, from, label, value, 0);
	return to != CTX_NFA_NONE ? to : add_edge(b, from, add_state(b), label, value);
}

/* Lay any number of characters of a set: a free edge to a state that loops. */
static uint32_t lay_loop(struct builder *b, uint32_t from, enum ctx_nfa_label label, uint32_t value) {
	bool shareable = label == CTX_NFA_SET;
	uint32_t mark = shareable ? value + 1 : 0;
	uint32_t loop = shareable ? find_edge(b, from, CTX_NFA_FREE, 0, mark) : CTX_NFA_NONE;
	if (loop != CTX_NFA_NONE) {
		return loop;
	}
	loop = add_state(b);
	if (add_edge(b, from, loop, CTX_NFA_FREE, 0) == CTX_NFA_NONE ||
		add_edge(b, loop, loop, label, value) == CTX_NFA_NONE) {
		return CTX_NFA_NONE;
	}
	b->nfa->states.items[loop].loop = mark;
	return loop;
}

/* Lay `(.*` + `/)?`: the state behind it is reached at once, or through any text that ends in '/'. */
static uint32_t lay_dirs(struct builder *b, uint32_t from) {
	uint32_t after = find_edge(b, from, CTX_NFA_FREE, 0, DIRS_LOOP);
	if (after != CTX_NFA_NONE) {
		return after;
	}
	after = add_state(b);
	uint32_t text = add_state(b);
	bool ok = add_edge(b, from, after, CTX_NFA_FREE, 0) != CTX_NFA_NONE &&
		add_edge(b, from, text, CTX_NFA_FREE, 0) != CTX_NFA_NONE &&
		add_edge(b, text, text, CTX_NFA_SET, b->not_newline) != CTX_NFA_NONE &&
		add_edge(b, text, after, CTX_NFA_CLASS, b->nfa->ascii['/']) != CTX_NFA_NONE;
	if (!ok) {
		return CTX_NFA_NONE;
	}
	// `text` must not be taken for a shareable loop: its way on is the slash, not whatever comes next
	b->nfa->states.items[after].loop = DIRS_LOOP;
	return after;
}

/* Lay one item of a regular expression, with its repetitions. */
static uint32_t lay_item(struct builder *b, uint32_t at, const struct ctx_regexp_item *item) {
	if (item->op == CTX_REGEXP_DIRS) {
		return lay_dirs(b, at);
	}
	enum ctx_nfa_label label = CTX_NFA_ASSERT;
	uint32_t value = item->assertion;
	if (item->op == CTX_REGEXP_RUNE) {
		label = CTX_NFA_CLASS;
		value = ctx_nfa_class(b->nfa, item->rune);
	} else if (item->op == CTX_REGEXP_SET) {
		label = CTX_NFA_SET;
		value = item->set;
	}
	for (unsigned i = 0; i < item->min; ++i) {
		at = lay_one(b, at, label, value);
	}
	if (item->max == CTX_REPEAT_FOREVER) {
		// Repeating a condition adds nothing to it
		return label == CTX_NFA_ASSERT ? at : lay_loop(b, at, label, value);
	}
	if (item->max > item->min) {
		b->sharing = false;
		uint32_t end = add_state(b);
		for (unsigned i = item->min; i < item->max; ++i) {
			if (add_edge(b, at, end, CTX_NFA_FREE, 0) == CTX_NFA_NONE) {
				return CTX_NFA_NONE;
			}
			at = lay_one(b, at, label, value);
		}
		return add_edge(b, at, end, CTX_NFA_FREE, 0);
	}
	return at;
}

/* Lay literal text. */
static uint32_t lay_text(struct builder *b, uint32_t at, const char *text, size_t len) {
	size_t width;
	for (size_t i = 0; i < len; i += width) {
		uint32_t rune = ctx_rune_decode(text + i, len - i, &width);
		at = lay_one(b, at, CTX_NFA_CLASS, ctx_nfa_class(b->nfa, rune));
	}
	return at;
}

/* The rule matches when the text ends in `state`. */
static bool add_final(struct builder *b, uint32_t state, const struct ctx_nfa_rule *rule) {
	if (state == CTX_NFA_NONE) {
		return false;
	}
	struct ctx_nfa_final final = {
		.rule = rule->index,
		.state = state,
		.negated = rule->negated ? rule->index + 1 : 0,
		.next = b->nfa->states.items[state].finals,
	};
	if (!CTX_VEC_PUSH(&b->nfa->finals, final)) {
		return false;
	}
	b->nfa->states.items[state].finals = (uint32_t)(b->nfa->finals.count - 1);
	return true;
}

/* Is the item an assertion of exactly one kind, standing once? */
static bool is_assertion(const struct ctx_regexp_item *item, enum ctx_assertion assertion) {
	return item->op == CTX_REGEXP_ASSERT && item->assertion == assertion && item->min == 1 && item->max == 1;
}

/*
 * Lay one alternative of an expression that is searched for anywhere in the path.  The usual `^` at its start and `$`
 * at its end stand for themselves: without them the text may begin or end with anything.
 */
static bool lay_alternative(struct builder *b, const struct ctx_nfa_rule *rule, const struct ctx_regexp_item *items,
	size_t count) {
	b->sharing = true;
	uint32_t at = 0;
	bool begin = count > 0 && is_assertion(&items[0], CTX_ASSERT_BEGIN);
	bool end = count > (size_t)begin && is_assertion(&items[count - 1], CTX_ASSERT_END);
	if (!begin) {
		at = lay_loop(b, at, CTX_NFA_SET, b->any);
	}
	for (size_t i = begin; i < count - end && at != CTX_NFA_NONE; ++i) {
		at = lay_item(b, at, &items[i]);
	}
	if (!end) {
		at = lay_loop(b, at, CTX_NFA_SET, b->any);
	}
	return add_final(b, at, rule);
}

/* Lay a regular expression, alternative by alternative. */
static bool lay_regexp(struct builder *b, const struct ctx_nfa_rule *rule) {
	const struct ctx_regexp_item *items = rule->regexp.items.items;
	size_t count = rule->regexp.items.count;
	size_t first = 0;
	for (size_t i = 0; i <= count; ++i) {
		if (i == count || items[i].op == CTX_REGEXP_OR) {
			if (!lay_alternative(b, rule, items + first, i - first)) {
				return false;
			}
			first = i + 1;
		}
	}
	return true;
}

/* Lay one rule. */
static bool lay_rule(struct builder *b, const struct ctx_nfa_rule *rule) {
	b->sharing = true;
	switch (rule->type) {
	case CTX_PATTERN_EXACT:
		return add_final(b, lay_text(b, 0, rule->text, rule->text_len), rule);
	case CTX_PATTERN_PREFIX:
		return add_final(b, lay_loop(b, lay_text(b, 0, rule->text, rule->text_len), CTX_NFA_SET, b->any), rule);
	case CTX_PATTERN_SUFFIX:
		// With its slash, the text may also be the whole path without it
		if (rule->text_len > 0 && rule->text[0] == '/' &&
			!add_final(b, lay_text(b, 0, rule->text + 1, rule->text_len - 1), rule)) {
			return false;
		}
		return add_final(b, lay_text(b, lay_loop(b, 0, CTX_NFA_SET, b->any), rule->text, rule->text_len), rule);
	default:
		return lay_regexp(b, rule);
	}
}

/* Edges by their target: sources of state i are sources[first[i]] up to sources[first[i + 1]].  False when out of memory. */
static bool reverse_edges(const struct ctx_nfa *nfa, uint32_t **first_out, uint32_t **sources_out) {
	size_t states = nfa->states.count;
	CTX_AUTO_FREE uint32_t *first = ctx_calloc(states + 2, sizeof(*first));
	CTX_AUTO_FREE uint32_t *sources = ctx_calloc(nfa->edges.count + 1, sizeof(*sources));
	if (!first || !sources) {
		return false;
	}
	for (size_t i = 0; i < nfa->edges.count; ++i) {
		++first[nfa->edges.items[i].to + 2];
	}
	for (size_t i = 2; i < states + 2; ++i) {
		first[i] += first[i - 1];
	}
	for (size_t i = 0; i < states; ++i) {
		for (uint32_t e = nfa->states.items[i].edges; e != CTX_NFA_NONE; e = nfa->edges.items[e].next) {
			sources[first[nfa->edges.items[e].to + 1]++] = (uint32_t)i;
		}
	}
	*first_out = CTX_STEAL(first);
	*sources_out = CTX_STEAL(sources);
	return true;
}

/*
 * Carry `negated` backwards along all edges, so that every state knows what lies ahead.  Finals of negated rules were
 * added in file order; taken from the last one on, each state gets its largest mark at the first visit.
 */
static bool spread_negated(struct ctx_nfa *nfa) {
	CTX_AUTO_FREE uint32_t *first = NULL;
	CTX_AUTO_FREE uint32_t *sources = NULL;
	CTX_AUTO_FREE uint32_t *stack = ctx_calloc(nfa->states.count + 1, sizeof(*stack));
	if (!stack || !reverse_edges(nfa, &first, &sources)) {
		return false;
	}
	for (size_t f = nfa->finals.count; f-- > 0;) {
		uint32_t mark = nfa->finals.items[f].negated;
		if (nfa->states.items[nfa->finals.items[f].state].negated >= mark) {
			continue; // settled, or not negated
		}
		size_t depth = 0;
		nfa->states.items[nfa->finals.items[f].state].negated = mark;
		stack[depth++] = nfa->finals.items[f].state;
		while (depth > 0) {
			uint32_t state = stack[--depth];
			for (uint32_t s = first[state]; s < first[state + 1]; ++s) {
				struct ctx_nfa_state *source = &nfa->states.items[sources[s]];
				if (source->negated < mark) {
					source->negated = mark;
					stack[depth++] = sources[s];
				}
			}
		}
	}
	return true;
}

/* Report why the builder stopped. */
static int build_failure(const struct builder *b) {
	if (b->nfa->states.count >= CTX_NFA_MAX || b->nfa->edges.count >= CTX_NFA_MAX) {
		return ctx_fail(b->err, CTX_E_LIMIT, "rules too large to compile");
	}
	return ctx_fail_nomem(b->err);
}

/* The sets that laying loops needs. */
static int add_builtin_sets(struct builder *b) {
	struct ctx_rune_range newline = { '\n', '\n' };
	b->any = ctx_rune_sets_add(b->sets, NULL, 0, true);
	b->not_newline = ctx_rune_sets_add(b->sets, &newline, 1, true);
	return b->any == UINT32_MAX || b->not_newline == UINT32_MAX ? ctx_fail_nomem(b->err) : 0;
}

int ctx_nfa_build(struct ctx_nfa *out, const struct ctx_nfa_rule *rules, size_t count, struct ctx_rune_sets *sets,
	struct ctx_error *err) {
	*out = (struct ctx_nfa){ 0 };
	struct builder b = { .nfa = out, .sets = sets, .err = err };
	int rc = add_builtin_sets(&b);
	if (rc == 0) {
		rc = make_classes(&b, rules, count);
	}
	bool ok = rc == 0 && add_state(&b) != CTX_NFA_NONE;
	for (size_t i = 0; ok && i < count; ++i) {
		ok = lay_rule(&b, &rules[i]);
	}
	ok = ok && spread_negated(out);
	if (!ok) {
		rc = rc < 0 ? rc : build_failure(&b);
		ctx_nfa_release(out);
		*out = (struct ctx_nfa){ 0 };
	}
	return rc;
}
