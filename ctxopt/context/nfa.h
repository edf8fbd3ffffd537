/**
 * All patterns of an ignore list as one automaton: states, and edges that consume a class of characters.
 *
 * Characters that no pattern tells apart share a class, so the automaton sees a few dozen classes instead of a million
 * code points.  Patterns share the states of a common beginning, which is what keeps thousands of rules fast: ten
 * thousand patterns of the form `**` + `/name` are one trie behind one loop.
 *
 * Immutable once built; shared by the threads' DFAs (dfa.h).
 */
#ifndef CTXOPT_CONTEXT_NFA_H
#define CTXOPT_CONTEXT_NFA_H

#include "ctxopt/context/pattern.h"
#include "ctxopt/context/regexp.h"

/** Most states and edges of one automaton; more is CTX_E_LIMIT. */
#define CTX_NFA_MAX (1u << 20)
/** No state, no edge, no rule. */
#define CTX_NFA_NONE UINT32_MAX

/** What an edge needs. */
enum ctx_nfa_label {
	/** Nothing. */
	CTX_NFA_FREE,
	/** A character of the class `value`. */
	CTX_NFA_CLASS,
	/** A character of any class in the set `value`. */
	CTX_NFA_SET,
	/** A position where the assertions `value` hold (enum ctx_assertion). */
	CTX_NFA_ASSERT,
};

/** One edge; edges of a state form a list. */
struct ctx_nfa_edge {
	uint32_t next;
	uint32_t to;
	uint32_t value;
	uint8_t label;
};

/** One state. */
struct ctx_nfa_state {
	/** First edge, CTX_NFA_NONE without. */
	uint32_t edges;
	/** First of the rules that match when the text ends here, an index into `finals`; CTX_NFA_NONE without. */
	uint32_t finals;
	/** Shared loops are found again by what they loop over: set index + 1, or DIRS_LOOP; 0 for other states. */
	uint32_t loop;
	/** Largest index + 1 of a negated rule that can still match from here; 0 for none. */
	uint32_t negated;
};

/** A rule that matches when the text ends at a state; those of one state form a list.  In rule order. */
struct ctx_nfa_final {
	uint32_t rule;
	uint32_t state;
	/** Index + 1 if the rule is negated, else 0. */
	uint32_t negated;
	uint32_t next;
};

/** The automaton. */
struct ctx_nfa {
	CTX_VEC(struct ctx_nfa_state) states;
	CTX_VEC(struct ctx_nfa_edge) edges;
	CTX_VEC(struct ctx_nfa_final) finals;
	/** Character classes: class i starts at code point starts[i] and ends before starts[i + 1].  Sorted; starts[0] = 0. */
	CTX_VEC(uint32_t) starts;
	/** Class of each ASCII character. */
	uint16_t ascii[128];
	/** Class of '/' and of word characters matter to the DFA: one bit per class. */
	CTX_VEC(uint64_t) word_classes;
	/** Sets of classes: `set_words` words of 64 bits each. */
	CTX_VEC(uint64_t) set_bits;
	size_t set_words;
	/** Does any edge assert something about word edges? */
	bool has_word_edges;
};

/** One rule as the automaton takes it. */
struct ctx_nfa_rule {
	/** Index that a match reports. */
	uint32_t index;
	bool negated;
	enum ctx_pattern_type type;
	/** Literal types: valid UTF-8 without U+FFFD.  Borrowed for the call. */
	const char *text;
	size_t text_len;
	/** CTX_PATTERN_REGEXP only; its sets are in the pool given to ctx_nfa_build(). */
	struct ctx_regexp regexp;
};

/** Build from `count` rules.  CTX_E_LIMIT, too large; CTX_E_NOMEM. On failure nothing needs release. */
CTX_NODISCARD
int ctx_nfa_build(struct ctx_nfa *out, const struct ctx_nfa_rule *rules, size_t count, struct ctx_rune_sets *sets,
	struct ctx_error *err);
void ctx_nfa_release(struct ctx_nfa *nfa);

/** Class of a code point. */
uint32_t ctx_nfa_class(const struct ctx_nfa *nfa, uint32_t rune);
/** Number of classes. */
static inline size_t ctx_nfa_class_count(const struct ctx_nfa *nfa) {
	return nfa->starts.count;
}
/** Is the class in the set? */
static inline bool ctx_nfa_set_has(const struct ctx_nfa *nfa, uint32_t set, uint32_t class_index) {
	return nfa->set_bits.items[set * nfa->set_words + class_index / 64] >> (class_index % 64) & 1;
}
/** Does the class consist of word characters? */
static inline bool ctx_nfa_is_word(const struct ctx_nfa *nfa, uint32_t class_index) {
	return nfa->word_classes.items[class_index / 64] >> (class_index % 64) & 1;
}

#endif
