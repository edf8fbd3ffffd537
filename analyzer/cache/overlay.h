/**
 * The result of a step as a file system, as far as it is known: what steps put there, over what nobody can look into.
 *
 * Copies from a context or from such results are carried out, as trees that share what did not change.  What cannot be known is noted
 * with the place where it is: a base image and what a RUN made lie at the root, an unpacked archive or a copy from something
 * unknown where it went.
 * Source of the rules: moby/buildkit v0.32.2 solver/llbsolver/file/backend.go (docopy), tonistiigi/fsutil 6d9dc2eb copy/copy.go.
 */
#ifndef ANALYZER_CACHE_OVERLAY_H
#define ANALYZER_CACHE_OVERLAY_H

#include "analyzer/cache/selector.h"

/** Something unknown. */
struct ana_unknown {
	/** Where it is, absolute and clean; it may be anywhere below. */
	struct ctx_str path;
	/** Names it: the same digest is the same content; of all of it, and of any part. */
	struct ctx_digest whole, id;
	/** What it comes from, whatever part of that it is: two of other origins are taken to differ. */
	struct ctx_digest origin;
	/** Vertex of the RUN that made it; ANA_NONE if none did. */
	uint32_t run;
	/** That it is the same is an assumption. */
	bool assumed;
	/** Lies under everything that is known; else it may hide it. */
	bool under;
	/** Something of it is at `path` for certain; else there may be nothing of it, or nothing that was not known before. */
	bool sure;
	/** There was something known where it went, which it may have replaced. */
	bool hides;
};

/** A file system.  Parts are shared between several and never changed. */
struct ana_overlay {
	/** What is known; never NULL. */
	struct ana_dir *root;
	/** In the arena. */
	const struct ana_unknown *unknown;
	uint32_t unknown_count;
};

/** What making one needs. */
struct ana_overlay_env {
	struct ana_filetree *store;
	struct ana_selections *selections;
	/** As BuildKit 0.8: owners do not count, a --chmod that is no number does nothing. */
	bool older;
	/** Where lists of files and of unknown things go; must live as long as the overlays. */
	struct ctx_arena *arena;
	struct ctx_error *err;
};

/** Nothing.  CTX_E_NOMEM. */
CTX_NODISCARD
int ana_overlay_empty(const struct ana_overlay_env *env, struct ana_overlay *out);
/** Add something unknown.  CTX_E_NOMEM. */
CTX_NODISCARD
int ana_overlay_add_unknown(const struct ana_overlay_env *env, struct ana_overlay *fs,
	const struct ana_unknown *unknown);
/** Carry out an action.  `source`: what a copy copies from, else not looked at.  Errors as ana_selection_digest(). */
CTX_NODISCARD
int ana_overlay_act(const struct ana_overlay_env *env, struct ana_overlay *fs, const struct ana_action *action,
	const struct ana_overlay *source);
/** Lay all of another one over it.  As ana_overlay_act(). */
CTX_NODISCARD
int ana_overlay_merge(const struct ana_overlay_env *env, struct ana_overlay *fs, const struct ana_overlay *upper);

/**
 * What is certain about something unknown that may be part of a selection.
 * @known   Something is known of the selection.
 * @return  A digest that contents which are equal have in common; NULL if it may be that nothing of it is taken.
 */
const struct ctx_digest *ana_unknown_certain(const struct ana_unknown *unknown, const struct ana_selector *sel,
	bool known);

/**
 * What a selection takes.
 * @out        Digest of what is known of it; the same as ana_selection_digest() of a context that holds just that, if nothing of
 *             it is unknown.
 * @concerns   By number of an unknown thing: it may be part of the selection.
 * @return     1; 0, nothing is known of it; errors as ana_selection_digest().
 */
CTX_NODISCARD
int ana_overlay_select(const struct ana_overlay_env *env, const struct ana_overlay *fs, const struct ana_selector *sel,
	struct ctx_digest *out, bool *concerns);

#endif
