/*
 * The history is cut into stretches, which workers take in order.  Whoever is free builds what was looked at so far, one at a time, and
 * takes the next stretch otherwise:
 *
 *	                     replayed      looked_at                next
 *	                        v              v                      v
 *	| looked at, built      | looked at    | worker 1 | looked at | nobody yet
 *	                          worker 2 may
 *	                          build these
 *
 * So the second pass, a fifth of the work, needs no thread of its own and keeps up; what is left of it at the end is a stretch for each
 * worker.  Stretches are short for that, and since what two workers read at about the same time has most trees in common, and the
 * deltas that the object store keeps; they are not shorter since each begins with all that changed in those of the others.
 */
#include "analyzer/cache/simulate_internal.h"

#include "ctxopt/base/pool.h"

#include <stdlib.h>

enum {
	/** Stretches for each worker, if they have this many builds. */
	STRETCHES = 8,
	STRETCH_MIN = 16,
};

/** Both passes. */
struct passes {
	struct ana_sim_shared *shared;
	/** NULL: the first pass alone. */
	struct ana_replay *replay;
	size_t build_count, stretch_count;
	pthread_mutex_t lock;
	/** What there is to do has changed. */
	pthread_cond_t changed;
	/** All below: under the lock.  Which stretches were looked at. */
	bool *done;
	/** The first one that nobody took; that was not looked at; that was not built. */
	size_t next, looked_at, replayed;
	/** Workers at work, and whether one of them builds. */
	unsigned busy;
	bool replaying, failed;
};

/** The first build of a stretch. */
static size_t first_of(const struct passes *p, size_t stretch) {
	return p->build_count * stretch / p->stretch_count;
}

/** Build what was looked at.  Under the lock, which is left meanwhile. */
static int replay(struct passes *p, struct ctx_error *err) {
	size_t end = p->looked_at;
	p->replaying = true;
	pthread_mutex_unlock(&p->lock);
	int rc = ana_replay_run(p->replay, first_of(p, end), err);
	rc = rc < 0 ? rc : ana_sim_pool_thin(&p->shared->pool, err);
	pthread_mutex_lock(&p->lock);
	p->replaying = false;
	p->replayed = end;
	return rc;
}

/** Look at the next stretch.  Under the lock, which is left meanwhile. */
static int look(struct passes *p, unsigned worker, struct ana_looker **looker, struct ctx_error *err) {
	size_t stretch = p->next++;
	pthread_mutex_unlock(&p->lock);
	int rc = *looker != NULL ? 0 : ana_looker_new(looker, p->shared, &p->shared->sim->arenas[worker + 1], err);
	rc = rc < 0 ? rc : ana_looker_run(*looker, first_of(p, stretch), first_of(p, stretch + 1), err);
	pthread_mutex_lock(&p->lock);
	p->done[stretch] = rc == 0;
	while (p->looked_at < p->stretch_count && p->done[p->looked_at]) {
		++p->looked_at;
	}
	return rc;
}

/** ctx_index_fn: a worker, which works until there is nothing more to do. */
static int work(CTX_UNUSED unsigned thread, size_t worker, void *arg, struct ctx_error *err) {
	struct passes *p = arg;
	struct ana_looker *looker = NULL;
	int rc = 0;
	pthread_mutex_lock(&p->lock);
	while (rc == 0 && !p->failed) {
		bool build = p->replay != NULL && !p->replaying && p->replayed < p->looked_at;
		if (!build && p->next == p->stretch_count) {
			if (p->busy == 0) {
				break;
			}
			pthread_cond_wait(&p->changed, &p->lock); // for what others are at
			continue;
		}
		++p->busy;
		rc = build ? replay(p, err) : look(p, (unsigned)worker, &looker, err);
		--p->busy;
		p->failed = p->failed || rc < 0;
		pthread_cond_broadcast(&p->changed);
	}
	pthread_mutex_unlock(&p->lock);
	ana_looker_free(looker);
	return rc;
}

/** Cut the history into stretches, and go. */
static int run(struct ana_sim_shared *sh, unsigned jobs, struct ana_replay *replay_, struct ctx_error *err) {
	struct passes p = { .shared = sh,
		.replay = replay_,
		.build_count = sh->input->count + (sh->input->work != NULL),
		.lock = PTHREAD_MUTEX_INITIALIZER,
		.changed = PTHREAD_COND_INITIALIZER };
	size_t most = p.build_count / STRETCH_MIN + 1; // a stretch pays for reading what changed since the last
	p.stretch_count = (size_t)jobs * STRETCHES < most ? (size_t)jobs * STRETCHES : most;
	jobs = jobs < p.stretch_count ? jobs : (unsigned)p.stretch_count;
	p.done = ctx_calloc(p.stretch_count, sizeof(*p.done));
	sh->sim->arenas = ctx_calloc((size_t)jobs + 1, sizeof(*sh->sim->arenas));
	int rc = p.done != NULL && sh->sim->arenas != NULL ? 0 : ctx_fail_nomem(err);
	if (rc == 0) {
		sh->sim->arena_count = (size_t)jobs + 1;
		rc = ctx_pool_each(jobs, sh->opts->stop, jobs, work, &p, err);
		ctx_arena_absorb(&sh->sim->arenas[0], &sh->arena);
	}
	free(p.done);
	pthread_cond_destroy(&p.changed);
	pthread_mutex_destroy(&p.lock);
	return rc;
}

int ana_sim_look(struct ana_sim *sim, const struct ana_sim_opts *opts, const struct ana_sim_input *input,
	struct ana_look *looks, struct ana_replay *replay_, struct ctx_error *err) {
	struct ana_sim_shared sh = { .sim = sim,
		.opts = opts,
		.input = input,
		.looks = looks,
		.pool = ANA_SIM_POOL_INIT(sim, opts),
		.lock = PTHREAD_MUTEX_INITIALIZER };
	int rc = run(&sh, opts->jobs, replay_, err);
	for (size_t i = 0; i < sh.rules.count; ++i) {
		ctx_ignore_free(sh.rules.items[i]->ig);
	}
	CTX_VEC_RELEASE(&sh.rules);
	ana_sim_pool_release(&sh.pool);
	ctx_arena_release(&sh.arena);
	pthread_mutex_destroy(&sh.lock);
	return rc;
}
