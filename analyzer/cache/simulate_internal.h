/**
 * What the files of simulate.h share.
 *
 *	simulate.c          one history: where the Dockerfile was, twins
 *	simulate_ahead.c    the first pass, while commits are being listed
 *	simulate_passes.c   the two passes at once, on all threads
 *	simulate_look.c     the first: versions of files, contents
 *	simulate_pool.c     versions of the Dockerfile, for all workers
 *	simulate_replay.c   the second: verdicts
 *	simulate_changes.c  what differs between two builds
 *	simulate_rows.c     steps over the whole history, and their causes
 */
#ifndef ANALYZER_CACHE_SIMULATE_INTERNAL_H
#define ANALYZER_CACHE_SIMULATE_INTERNAL_H

#include "analyzer/cache/simulate.h"
#include "ctxopt/base/strmap.h"
#include "ctxopt/base/vec.h"

#include <pthread.h>
#include <stdatomic.h>

/** What the inputs of a build hold.  For builds that are the same it is one, and gone when both passes are behind them. */
struct ana_sim_contents {
	/** Who has it. */
	atomic_uint users;
	/** By number of the input of the variant's keys; by step of the plan. */
	struct ana_content items[];
};
/** Zeroed, with one user.  NULL when out of memory. */
CTX_NODISCARD
struct ana_sim_contents *ana_sim_contents_new(size_t count);
/** Have it, too: the same. */
struct ana_sim_contents *ana_sim_contents_join(struct ana_sim_contents *contents);
/** Have it no more.  NULL is fine. */
void ana_sim_contents_leave(struct ana_sim_contents *contents);

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
	/** NULL if it cannot be built, or was. */
	struct ana_sim_contents *contents;
	/** By step of the variant: what differs from the build before; NULL, or NULL where nothing does or it is not known. */
	const struct ana_sim_changes **changes;
	/** Step (of the plan for the classic builder) that reads what does not exist, so that the build fails there; ANA_NONE. */
	uint32_t missing;
	/** Looked at while commits were being listed. */
	bool ahead;
};

/** What a build was made from. */
struct ana_sim_scene {
	struct ana_variant *variant;
	struct ana_dir *root;
	struct ana_sim_contents *contents;
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
	/** Of its text, and of arguments that vary. */
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
	/** All below: under the lock. */
	CTX_VEC(struct ana_sim_known) known;
	/** Variants that nobody works with any more, and which are not thin yet: the second pass may be at them. */
	CTX_VEC(struct ana_variant *) left;
};
#define ANA_SIM_POOL_INIT(sim_, opts_) \
	{ .sim = (sim_), .opts = (opts_), .lock = PTHREAD_MUTEX_INITIALIZER }
/** Free what the pool owns; the variants stay. */
void ana_sim_pool_release(struct ana_sim_pool *pool);
/**
 * Begin to work with the variant of a text, which is worked out unless another worker has it.  From any thread.
 * @id   Of the text, and of what makes `how` another one.
 * @how  What it points to is there as long as the simulation.
 * @return As ana_variant_new().
 */
CTX_NODISCARD
int ana_sim_pool_take(struct ana_sim_pool *pool, const struct ctx_digest *id, struct ctx_buf *text,
	const struct ana_variant_opts *how, struct ana_variant **out, struct ctx_error *err);
/** Work no more with a variant.  From any thread.  CTX_E_NOMEM. */
CTX_NODISCARD
int ana_sim_pool_leave(struct ana_sim_pool *pool, struct ana_variant *variant, struct ctx_error *err);
/** Thin what was left by all.  From the thread that has the second pass, between two builds.  CTX_E_NOMEM. */
CTX_NODISCARD
int ana_sim_pool_thin(struct ana_sim_pool *pool, struct ctx_error *err);

/** What is built. */
struct ana_sim_input {
	const struct ctx_gitlog_commit *commits;
	size_t count;
	/** By commit: path of the Dockerfile; NULL: that of the options. */
	const char *const *paths;
	/** NULL. */
	const struct ana_sim_work *work;
};

/** An ignore file, compiled. */
struct ana_sim_rules {
	struct ctx_digest id;
	enum ctx_ignore_syntax syntax;
	struct ctx_ignore *ig;
	/** Why it is not valid; NULL. */
	const char *error;
};

/** What those who look share. */
struct ana_sim_shared {
	struct ana_sim *sim;
	const struct ana_sim_opts *opts;
	/** Versions of the Dockerfile. */
	struct ana_sim_pool pool;
	pthread_mutex_t lock;
	/** All below: under the lock. */
	CTX_VEC(struct ana_sim_rules *) rules;
	size_t done;
	struct ctx_arena arena;
};

#define ANA_SIM_SHARED_INIT(sim_, opts_) \
	{ .sim = (sim_), .opts = (opts_), .pool = ANA_SIM_POOL_INIT(sim_, opts_), .lock = PTHREAD_MUTEX_INITIALIZER }
/** Give the simulation its arenas, which it owns.  CTX_E_NOMEM. */
CTX_NODISCARD
int ana_sim_shared_arenas(struct ana_sim_shared *shared, unsigned count, struct ctx_error *err);
/** After all who look are gone. */
void ana_sim_shared_release(struct ana_sim_shared *shared);

/** One who looks, with a repository, a store of trees and what it learned on the way; for one thread at a time. */
struct ana_looker;
/** @arena  For what outlives it.  Errors as ctx_gitrepo_open(). */
CTX_NODISCARD
int ana_looker_new(struct ana_looker **out, struct ana_sim_shared *shared, struct ctx_arena *arena,
	struct ctx_error *err);
void ana_looker_free(struct ana_looker *looker);
/**
 * Turn to other builds, or to the same again: the next call of ana_looker_run() may be about any of them.
 * @input  And `looks`, one for each: borrowed until the next call.
 */
void ana_looker_turn(struct ana_looker *looker, const struct ana_sim_input *input, struct ana_look *looks);
/**
 * Look at the builds from `first` to before `end`, which lie behind those that it looked at since it turned to them.
 * @return 1; 0, the same, but none before `first` could be built: what changed in its own first one is not told; CTX_E_INTERRUPTED;
 *         CTX_E_NOMEM.
 */
CTX_NODISCARD
int ana_looker_run(struct ana_looker *looker, size_t first, size_t end, struct ctx_error *err);

/** Take over what another first pass made: variants and memory.  CTX_E_NOMEM. */
CTX_NODISCARD
int ana_sim_take_over(struct ana_sim *out, struct ana_sim *from, struct ctx_error *err);

/**
 * Hand over what was looked at while commits were listed, which then is empty.
 * @ahead  NULL: nothing.
 * @looks  As many as there are commits, `count`.
 */
void ana_sim_ahead_take(struct ana_sim_ahead *ahead, struct ana_sim *sim, struct ana_look *looks, size_t count);

/** The second pass, from the first build on; for one thread at a time. */
struct ana_replay;
/** @looks  And all else: borrowed.  One is not touched before its build is built, which leaves its contents. */
CTX_NODISCARD
int ana_replay_new(struct ana_replay **out, struct ana_sim *sim, const struct ana_sim_opts *opts,
	const struct ana_sim_input *input, struct ana_look *looks, struct ctx_error *err);
void ana_replay_free(struct ana_replay *replay);
/** Build what was not built yet, to before `end`.  CTX_E_NOMEM. */
CTX_NODISCARD
int ana_replay_run(struct ana_replay *replay, size_t end, struct ctx_error *err);

/** Both passes, or the first alone if `replay` is NULL: `looks` as many as there are builds, zeroed but for what was looked at ahead. */
CTX_NODISCARD
int ana_sim_look(struct ana_sim *sim, const struct ana_sim_opts *opts, const struct ana_sim_input *input,
	struct ana_look *looks, struct ana_replay *replay, struct ctx_error *err);

/** What finds the same steps in several variants. */
struct ana_sim_row_maker;
/** NULL when out of memory. */
CTX_NODISCARD
struct ana_sim_row_maker *ana_sim_row_maker_new(struct ana_sim *sim);
void ana_sim_row_maker_free(struct ana_sim_row_maker *maker);
/** Give every step of a variant its row, unless it has them; before it is built.  CTX_E_NOMEM. */
CTX_NODISCARD
int ana_sim_rows_make(struct ana_sim_row_maker *maker, struct ana_variant *variant, struct ctx_error *err);
/** Put the rows in order, and count verdicts and causes; after all builds.  CTX_E_NOMEM. */
CTX_NODISCARD
int ana_sim_rows_count(struct ana_sim *sim, struct ctx_error *err);

#endif
