/**
 * What is wrong with a Dockerfile: a list of errors, each at its place in the text.
 *
 * A build stops at the first error it meets; a person wants all of them.  So every pass adds to one list and goes on
 * where it can; the list keeps them in the order in which a build would meet them, and the first is the one that a
 * build reports.
 */
#ifndef ANALYZER_DOCKERFILE_DIAG_H
#define ANALYZER_DOCKERFILE_DIAG_H

#include "ctxopt/base/arena.h"
#include "ctxopt/base/error.h"
#include "ctxopt/base/str.h"
#include "ctxopt/base/vec.h"

/** Which pass found it.  A build runs them in this order over the whole file, so an earlier pass wins. */
enum ana_phase {
	/** Text to nodes: moby/buildkit frontend/dockerfile/parser. */
	ANA_PHASE_SYNTAX,
	/** Nodes to typed instructions: frontend/dockerfile/instructions. */
	ANA_PHASE_INSTRUCTION,
	/** Stages, references, lowering: frontend/dockerfile/dockerfile2llb. */
	ANA_PHASE_GRAPH,
};

/** One error. */
struct ana_diag {
	enum ana_phase phase;
	/** 1-based line and column (in bytes) of the first offending byte; 0 if it is about the whole file. */
	uint32_t line, column;
	/** Bytes to underline from there on, within that line; at least 1. */
	uint32_t length;
	/** "what, and what was expected": lower case, subject quoted, no full stop, one line.  Borrowed. */
	const char *message;
};

/** Most errors that are kept; more are only counted. */
#define ANA_DIAGS_MAX 1000

/** Errors in the order in which a build meets them.  Zero-initialise; memory belongs to `arena`. */
struct ana_diags {
	/** Where messages live.  Borrowed; set before the first error is added. */
	struct ctx_arena *arena;
	CTX_VEC(struct ana_diag) items;
	/** Errors that did not fit. */
	size_t omitted;
};

/** Free the list; messages belong to the arena. */
void ana_diags_release(struct ana_diags *diags);

/**
 * Add one error.  Control bytes in the message become '?'.
 * @return 0, or CTX_E_NOMEM: an error that is found is no failure of the function that found it.
 */
CTX_NODISCARD CTX_PRINTF(6, 7) int ana_diags_add(struct ana_diags *diags, enum ana_phase phase, uint32_t line,
	uint32_t column, uint32_t length, const char *fmt, ...);

#endif
