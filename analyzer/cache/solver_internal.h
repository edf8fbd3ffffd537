/**
 * What the files of solver.h share.
 *
 *	solver.c            look-ups, results, reasons
 *	solver_maybe.c      what may be the same as something that was made before
 */
#ifndef ANALYZER_CACHE_SOLVER_INTERNAL_H
#define ANALYZER_CACHE_SOLVER_INTERNAL_H

#include "analyzer/cache/solver.h"

/** What is known about one input of a vertex. */
struct ana_input_state {
	/** Nodes that the operation is known to make of this input. */
	struct ana_nodes matches;
	/** Node of the content, once it was asked for; ANA_NODE_NONE. */
	uint32_t content;
	/** How many of the keys of the input were asked with. */
	size_t asked;
	/** All that matched is the content of a RUN made in this build, about which nothing is assumed. */
	bool doubtful;
	/** Node of what is certain of the content; ANA_NODE_NONE. */
	uint32_t gist;
};

/** What is known about one vertex. */
struct ana_vertex_state {
	/** Keys that steps behind it may be looked up by; and the key of the result, once there is one. */
	struct ana_nodes keys;
	uint32_t result;
	struct ana_input_state *inputs;
	/** Its operation was known before this build; its key was, but there was no result. */
	bool known_op, absent;
	/** It was made, but may be what was made before. */
	bool maybe;
	/** Its inputs were demanded; its result is there. */
	bool expanded, settled;
};

/** One build. */
struct ana_solve {
	struct ana_keystore *store;
	const struct ana_solve_opts *opts;
	struct ana_vertex_result *out;
	struct ana_vertex_state *states;
	struct ctx_error *err;
	/** Vertices whose results are demanded, innermost last. */
	CTX_VEC(uint32_t) stack;
	/** For queries. */
	CTX_VEC(struct ana_start) starts;
	struct ctx_arena arena;
};

/** The key of a vertex. */
static inline const struct ana_vertex_key *ana_solve_key(const struct ana_solve *s, uint32_t vertex) {
	return &s->opts->keys->vertices[vertex];
}

/** Note that a result, or one that may be the same, was made of content like that of an input.  CTX_E_NOMEM. */
CTX_NODISCARD
int ana_solve_link_gist(struct ana_solve *s, uint32_t vertex, uint32_t index, uint32_t target);

/**
 * A vertex is made, since nothing that was made before is known to be the same.  Is there something that may be?  The opposite of what makes a
 * hit: each input must be the same or may be.  Sets `maybe` of the vertex.
 * @alike   Set to the node that may be the same, if it is known which one.
 * @return  0; CTX_E_NOMEM.
 */
CTX_NODISCARD
int ana_solve_find_alike(struct ana_solve *s, uint32_t vertex, uint32_t *alike);

/** Link to the node of a vertex, too, what may be the same as the keys and contents it was made of.  CTX_E_NOMEM. */
CTX_NODISCARD
int ana_solve_save_maybe(struct ana_solve *s, uint32_t vertex, uint32_t node);

#endif
