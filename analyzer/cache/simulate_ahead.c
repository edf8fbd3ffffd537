/*
 * A chain of first parents is listed from its newest commit on, which reads one commit after the other:
 *
 *	newest                                          listed so far            not yet known
 *	| chunk, looked at |    gap    | worker 1 |    gap    |  nobody yet |... |
 *	                                          ^ what the first build of worker 1 is told against
 *
 * Others look into chunks of what is listed until all is.  They leave gaps: the second pass gets to these builds when all older ones are
 * looked at, and somebody else must have something to look at meanwhile.
 */
#include "analyzer/cache/simulate_internal.h"

#include "ctxopt/base/pool.h"

#include <stdlib.h>
#include <string.h>

enum {
	/** Commits that one looks into at once: all wait for the last of them when the list is complete. */
	CHUNK = 32,
	/** Chunks that are left out behind each: to build takes a third to three fifths of the time that it takes to look. */
	GAP = 2,
};

/** Commits, oldest first: one that was built before them, and they themselves. */
struct chunk {
	/** How many listed commits are newer than all of these. */
	size_t newer;
	struct ana_sim_input input;
	struct ctx_gitlog_commit commits[CHUNK + 1];
	struct ana_look looks[CHUNK + 1];
	bool done;
};

struct ana_sim_ahead {
	struct ana_sim sim;
	pthread_mutex_t lock;
	/** More is listed, or nothing more is wanted. */
	pthread_cond_t more;
	/** All below: under the lock.  Newest first. */
	CTX_VEC(struct ctx_gitlog_commit) listed;
	CTX_VEC(struct chunk *) chunks;
	/** The next chunk begins behind so many of those that are listed. */
	size_t newer;
	bool over;
};

/** What a listing needs. */
struct listing {
	struct ana_sim_ahead *ahead;
	struct ana_sim_shared shared;
	struct ctx_gitlog *out;
	struct ctx_gitrepo *repo;
	struct ctx_gitlog_opts which;
};

/** A commit is listed. */
static void told(void *arg, const struct ctx_gitlog_commit *commit) {
	struct ana_sim_ahead *a = arg;
	pthread_mutex_lock(&a->lock);
	a->over = a->over || !CTX_VEC_PUSH(&a->listed, *commit);
	if (a->listed.count % CHUNK == 1) { // a chunk, and the commit before it
		pthread_cond_signal(&a->more);
	}
	pthread_mutex_unlock(&a->lock);
}

/** All commits are listed, or something went wrong. */
static void end(struct ana_sim_ahead *a) {
	pthread_mutex_lock(&a->lock);
	a->over = true;
	pthread_cond_broadcast(&a->more);
	pthread_mutex_unlock(&a->lock);
}

/** Copy the next commits, under the lock; NULL when out of memory. */
static struct chunk *chunk_new(struct ana_sim_ahead *a) {
	struct chunk *chunk = ctx_calloc(1, sizeof(*chunk));
	if (chunk == NULL || !CTX_VEC_PUSH(&a->chunks, chunk)) {
		free(chunk);
		return NULL;
	}
	chunk->newer = a->newer;
	chunk->input = (struct ana_sim_input){ .commits = chunk->commits, .count = CHUNK + 1 };
	for (size_t i = 0; i <= CHUNK; ++i) {
		chunk->commits[CHUNK - i] = a->listed.items[a->newer + i];
	}
	a->newer += (1 + GAP) * CHUNK;
	return chunk;
}

/** Take the next chunk; NULL if nothing more is wanted. */
static struct chunk *take(struct ana_sim_ahead *a) {
	pthread_mutex_lock(&a->lock);
	while (!a->over && a->listed.count <= a->newer + CHUNK) {
		pthread_cond_wait(&a->more, &a->lock);
	}
	struct chunk *chunk = a->over ? NULL : chunk_new(a);
	pthread_mutex_unlock(&a->lock);
	return chunk;
}

/** Look into one chunk after the other.  After an error no more: the simulation will meet it. */
static void look_ahead(struct listing *l, unsigned worker) {
	struct ana_looker *looker = NULL;
	struct ctx_error ignored;
	struct chunk *chunk;
	int rc = 0;
	while (rc >= 0 && (chunk = take(l->ahead)) != NULL) {
		rc = looker != NULL ? 0 : ana_looker_new(&looker, &l->shared, &l->ahead->sim.arenas[worker], &ignored);
		if (rc == 0) {
			ana_looker_turn(looker, &chunk->input, chunk->looks);
			rc = ana_looker_run(looker, 1, CHUNK + 1, &ignored);
		}
		chunk->done = rc == 1;
	}
	ana_looker_free(looker);
}

/** ctx_index_fn: one lists, the others look. */
static int work(CTX_UNUSED unsigned thread, size_t worker, void *arg, struct ctx_error *err) {
	struct listing *l = arg;
	if (worker > 0) {
		look_ahead(l, (unsigned)worker);
		return 0;
	}
	int rc = ctx_gitlog_list(l->out, l->repo, &l->which, err);
	end(l->ahead);
	return rc;
}

/** NULL when out of memory. */
static struct ana_sim_ahead *ahead_new(void) {
	struct ana_sim_ahead *a = ctx_calloc(1, sizeof(*a));
	if (a != NULL) {
		pthread_mutex_init(&a->lock, NULL);
		pthread_cond_init(&a->more, NULL);
	}
	return a;
}

void ana_sim_ahead_free(struct ana_sim_ahead *a) {
	if (a == NULL) {
		return;
	}
	for (size_t i = 0; i < a->chunks.count; ++i) {
		struct chunk *chunk = a->chunks.items[i];
		for (size_t k = 0; k <= CHUNK; ++k) {
			ana_sim_contents_leave(chunk->looks[k].contents);
		}
		free(chunk);
	}
	CTX_VEC_RELEASE(&a->chunks);
	CTX_VEC_RELEASE(&a->listed);
	ana_sim_release(&a->sim);
	pthread_cond_destroy(&a->more);
	pthread_mutex_destroy(&a->lock);
	free(a);
}

/** Is it a list of which something is known before the end, and is there somebody to look into it? */
static bool is_lone_chain(const struct ctx_gitlog_opts *which, const struct ana_sim_opts *opts) {
	return which->first_parent && which->branch_count <= 1 && opts->jobs > 1 && !opts->twins;
}

int ana_sim_list(struct ctx_gitlog *out, struct ana_sim_ahead **ahead, struct ctx_gitrepo *repo,
	const struct ctx_gitlog_opts *which, const struct ana_sim_opts *opts, struct ctx_error *err) {
	*ahead = NULL;
	if (!is_lone_chain(which, opts)) {
		return ctx_gitlog_list(out, repo, which, err);
	}
	struct ana_sim_ahead *a = ahead_new();
	if (a == NULL) {
		return ctx_fail_nomem(err);
	}
	struct listing l = { .ahead = a,
		.shared = ANA_SIM_SHARED_INIT(&a->sim, opts),
		.out = out,
		.repo = repo,
		.which = *which };
	l.which.told = told;
	l.which.told_arg = a;
	int rc = ana_sim_shared_arenas(&l.shared, opts->jobs, err);
	rc = rc < 0 ? rc : ctx_pool_each(opts->jobs, opts->stop, opts->jobs, work, &l, err);
	ana_sim_shared_release(&l.shared);
	if (rc < 0 || a->chunks.count == 0) {
		ana_sim_ahead_free(a);
		return rc;
	}
	*ahead = a;
	return 0;
}

/** Hand over one chunk: the looks end behind `looks`. */
static void take_chunk(struct chunk *chunk, struct ana_look *looks) {
	for (size_t i = 0; chunk->done && i < CHUNK; ++i) {
		chunk->looks[i + 1].ahead = true;
	}
	if (chunk->done) {
		memcpy(looks - CHUNK, chunk->looks + 1, CHUNK * sizeof(*looks));
		memset(chunk->looks, 0, sizeof(chunk->looks));
		chunk->done = false;
	}
}

void ana_sim_ahead_take(struct ana_sim_ahead *a, struct ana_sim *sim, struct ana_look *looks, size_t count) {
	if (a == NULL) {
		return;
	}
	for (size_t i = 0; i < a->chunks.count; ++i) {
		take_chunk(a->chunks.items[i], looks + count - a->chunks.items[i]->newer);
	}
	*sim = a->sim;
	a->sim = (struct ana_sim){ 0 };
}
