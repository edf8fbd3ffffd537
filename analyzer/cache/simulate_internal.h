/**
 * What the files of simulate.h share.
 *
 *	simulate.c          the two passes
 *	simulate_look.c     the first: versions of files, contents
 *	simulate_pool.c     versions of the Dockerfile, for all workers
 *	simulate_changes.c  what differs between two builds
 *	simulate_rows.c     steps over the whole history, and their causes
 */
#ifndef ANALYZER_CACHE_SIMULATE_INTERNAL_H
#define ANALYZER_CACHE_SIMULATE_INTERNAL_H

#include "analyzer/cache/simulate.h"
#include "ctxopt/base/strmap.h"
#include "ctxopt/base/vec.h"

#include <pthread.h>

/** What the first pass finds out about one build. */
struct ana_look {
	/** Path of the Dockerfile; NULL if there is none. */
	const char *dockerfile;
	/** NULL if there is no Dockerfile. */
	struct ana_variant *variant;
	/** Why it cannot be built; NULL. */
	const char *error;
	/** As in ana_sim_build. */
	bool damaged;
	/** By number of the input of the variant's keys; by step of the plan. */
	struct ana_content *contents;
	/** By step of the variant: what differs from the build before; NULL, or NULL where nothing does or it is not known. */
	const struct ana_sim_changes **changes;
	/** Step (of the plan for the classic builder) that reads what does not exist, so that the build fails there; ANA_NONE. */
	uint32_t missing;
};

/** What a build was made from. */
struct ana_sim_scene {
	struct ana_variant *variant;
	struct ana_dir *root;
	struct ana_content *contents;
	/** As in struct ana_look. */
	uint32_t missing;
};

/** What tells differences; for one thread. */
struct ana_sim_differ {
	/** Borrowed. */
	struct ana_selections *selections;
	struct ctx_arena *arena;
	struct ctx_error *err;
	/** Paths of changes, each once. */
	struct ctx_strmap path_of;
	CTX_VEC(const char *) paths;
};

/**
 * What differs in what the steps of a build read from the build before.
 * @out    By step of the variant, NULL where nothing does; not set if there is nothing to tell.
 * @return 0; errors as ana_selection_changes().
 */
CTX_NODISCARD
int ana_sim_differ_find(struct ana_sim_differ *d, const struct ana_sim_scene *before, const struct ana_sim_scene *now,
	const struct ana_sim_changes ***out);

/** A version of the Dockerfile. */
struct ana_sim_known {
	/** Of its text. */
	struct ctx_digest id;
	struct ana_variant *variant;
	/** Workers that work with it.  None: it may be thin, and is not found again. */
	unsigned users;
};

/** Versions of the Dockerfile that workers share; those that nobody works with any more are kept, thin, until the simulation goes. */
struct ana_sim_pool {
	/** Borrowed.  `sim` owns the variants. */
	struct ana_sim *sim;
	const struct ana_sim_opts *opts;
	pthread_mutex_t lock;
	CTX_VEC(struct ana_sim_known) known;
};
#define ANA_SIM_POOL_INIT(sim_, opts_) \
	{ .sim = (sim_), .opts = (opts_), .lock = PTHREAD_MUTEX_INITIALIZER }
/** Free what the pool owns; the variants stay. */
void ana_sim_pool_release(struct ana_sim_pool *pool);
/** Begin to work with the variant of a text, which is worked out unless another worker has it.  From any thread.  As ana_variant_new(). */
CTX_NODISCARD
int ana_sim_pool_take(struct ana_sim_pool *pool, const struct ctx_digest *id, struct ctx_buf *text,
	struct ana_variant **out, struct ctx_error *err);
/** Work no more with a variant; the last to do so thins it.  From any thread.  CTX_E_NOMEM. */
CTX_NODISCARD
int ana_sim_pool_leave(struct ana_sim_pool *pool, struct ana_variant *variant, struct ctx_error *err);

/** What is built. */
struct ana_sim_input {
	const struct ctx_gitlog_commit *commits;
	size_t count;
	/** By commit: path of the Dockerfile; NULL: that of the options. */
	const char *const *paths;
	/** NULL. */
	const struct ana_sim_work *work;
};

/** The first pass: `looks` as many as there are builds. */
CTX_NODISCARD
int ana_sim_look(struct ana_sim *sim, const struct ana_sim_opts *opts, const struct ana_sim_input *input,
	struct ana_look *looks, struct ctx_error *err);

/** Give every step of every build its row; before the second pass.  CTX_E_NOMEM. */
CTX_NODISCARD
int ana_sim_rows_make(struct ana_sim *sim, struct ctx_error *err);
/** Count verdicts and causes; after it.  CTX_E_NOMEM. */
CTX_NODISCARD
int ana_sim_rows_count(struct ana_sim *sim, struct ctx_error *err);

#endif
