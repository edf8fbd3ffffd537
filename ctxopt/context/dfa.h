/**
 * The automaton of nfa.h made deterministic step by step, as far as the paths at hand need it.
 *
 * One per thread.  A step that was taken before costs one table look-up.  Memory is bounded: when the table is full it is
 * emptied and grows anew, so no list of patterns and no tree can make it large, and the time per character is never
 * worse than linear in the size of the automaton.
 *
 * States are small numbers, valid until the generation changes (ctx_dfa_generation()); state 0 is the dead one, from
 * which nothing matches any more.
 */
#ifndef CTXOPT_CONTEXT_DFA_H
#define CTXOPT_CONTEXT_DFA_H

#include "ctxopt/context/nfa.h"

/** The state in which no rule can match any more. */
#define CTX_DFA_DEAD 0u
/** What functions that return a state return when out of memory. */
#define CTX_DFA_FAILED UINT32_MAX

struct ctx_dfa;

/** Which rules match when the text ends in a state, and what lies ahead. */
struct ctx_dfa_ends {
	/** Rule indices, ascending.  Borrowed until the generation changes. */
	const uint32_t *rules;
	uint32_t count;
};

/** A DFA over `nfa`, which is borrowed.  @max_bytes is what its tables may take, at least 64 KiB. NULL: no memory. */
CTX_NODISCARD
struct ctx_dfa *ctx_dfa_new(const struct ctx_nfa *nfa, size_t max_bytes);
void ctx_dfa_free(struct ctx_dfa *dfa);

/** Changes whenever the table was emptied and all states became invalid. */
uint32_t ctx_dfa_generation(const struct ctx_dfa *dfa);
/** The state before any text. CTX_DFA_FAILED when out of memory. */
uint32_t ctx_dfa_start(struct ctx_dfa *dfa);
/**
 * Feed bytes (decoded as UTF-8, invalid bytes as U+FFFD) to a state of the current generation.
 * The result belongs to the generation after the call.  CTX_DFA_FAILED when out of memory.
 */
uint32_t ctx_dfa_feed(struct ctx_dfa *dfa, uint32_t state, const char *text, size_t len);
/** Rules that match if the text ends here.  False when out of memory. */
CTX_NODISCARD
bool ctx_dfa_ends(struct ctx_dfa *dfa, uint32_t state, struct ctx_dfa_ends *out);
/** Largest index + 1 of a negated rule that can match here or further on; 0 for none. */
uint32_t ctx_dfa_negated_ahead(const struct ctx_dfa *dfa, uint32_t state);
/** Set `ahead[rule]` for every rule that can match here or further on. */
void ctx_dfa_mark_ahead(struct ctx_dfa *dfa, uint32_t state, bool *ahead);

#endif
