/**
 * What the inputs of steps hold, as far as it can be known without building.
 *
 * A context is looked into.  A result of COPY, ADD and WORKDIR steps is composed from what they copy, so that of a stage without RUN all is
 * known; what RUN writes is not, and a content says which RUN steps it comes from.  A base image, a remote source and a
 * named context outside the repository hold what they held before: that is assumed, and said.
 * Source of the rules of copying: dockerfile-and-context of moby/buildkit v0.32.2 solver/llbsolver/file/backend.go (docopy).
 */
#ifndef ANALYZER_CACHE_CONTENT_H
#define ANALYZER_CACHE_CONTENT_H

#include "analyzer/cache/cachekey.h"

/** The content that one input of a vertex is matched by. */
struct ana_content {
	/** Of all that does not come out of RUN steps. */
	struct ctx_digest digest;
	/** Of that what is there for certain: contents that are equal have equal gists, unless one of them is `open`. */
	struct ctx_digest gist;
	/** Vertices of RUN steps whose results are part of it, in order. */
	const uint32_t *runs;
	uint32_t run_count;
	/** It rests on something assumed: what a remote source or a named context holds. */
	bool assumed;
	/** A path does not exist: the build fails at this step. */
	bool missing;
	/** What is known of it may be hidden by something that is not. */
	bool open;
	/** Of its files, as far as they are known; 0 unless sizes are noted (ana_filetree_measure()). */
	uint64_t bytes;
	/** All of it, or a part that is there for certain, comes out of a RUN. */
	bool by_run;
};

/** What is taken for granted about results of RUN steps that are made again. */
enum ana_run_assumption {
	/** Nothing: steps that depend on it are unknown. */
	ANA_RUN_UNKNOWN,
	/** They are other ones. */
	ANA_RUN_CHANGED,
	/** They are the same: RUN writes nothing that depends on what changed. */
	ANA_RUN_UNCHANGED,
};

/** What is taken for granted where nobody can look. */
struct ana_assumptions {
	enum ana_run_assumption run;
	/** Two images hold the same at the paths that are copied from them; else they are taken to differ. */
	bool same_images;
	/** Find out how many bytes contents have; the store notes sizes. */
	bool sizes;
};

struct ana_content_maker;

/**
 * What composes contents of one graph; for one thread.
 *
 * @selections  And all else: borrowed, must outlive the maker.
 */
CTX_NODISCARD
int ana_content_maker_new(struct ana_content_maker **out, const struct ana_graph *graph,
	const struct ana_cachekeys *keys, struct ana_selections *selections, const struct ana_assumptions *assumptions,
	struct ctx_error *err);
void ana_content_maker_free(struct ana_content_maker *maker);

/**
 * Compose the contents of all inputs.  What does not depend on a root that is another directory than the last time is not composed again.
 *
 * @store  Of the trees.
 * @roots  One for each of the graph's locals: what it holds; NULL for one that is not known.
 * @out    As many as the keys count inputs (ana_cachekeys.input_total).
 *         What they hold may be of an earlier call.
 * @arena  Where `runs` go; the same for all calls.
 * @return 0, also if something is missing; CTX_E_CORRUPT, CTX_E_SYNTAX, CTX_E_LIMIT from the trees; CTX_E_NOMEM.
 */
CTX_NODISCARD
int ana_contents_make(struct ana_content_maker *maker, struct ana_filetree *store, struct ana_dir *const *roots,
	struct ana_content *out, struct ctx_arena *arena, struct ctx_error *err);

#endif
