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
 * Some of the newest builds may have been looked at before (simulate_ahead.c), each run of which is a stretch, too, and each gap between them.
 *
 * So the second pass, a fifth of the work, needs no thread of its own and keeps up; what is left of it at the end is a stretch for each
 * worker.  Stretches are short for that, and since what two workers read at about the same time has most trees in common, and the
 * deltas that the object store keeps; they are not shorter since each begins with all that changed in those of the others.  Only the first
 * ones are, and double: one thread at a time builds, so that the second pass should begin early.
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
	const struct ana_sim_input *input;
	struct ana_look *looks;
	/** NULL: the first pass alone. */
	struct ana_replay *replay;
	/** Of stretches, the first build of each, and behind the last. */
	CTX_VEC(size_t) bounds;
	size_t stretch_count;
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

/** Build what was looked at.  Under the lock, which is left meanwhile. */
static int replay(struct passes *p, struct ctx_error *err) {
	size_t end = p->looked_at;
	p->replaying = true;
	pthread_mutex_unlock(&p->lock);
	int rc = ana_replay_run(p->replay, p->bounds.items[end], err);
	rc = rc < 0 ? rc : ana_sim_pool_thin(&p->shared->pool, err);
	pthread_mutex_lock(&p->lock);
	p->replaying = false;
	p->replayed = end;
	return rc;
}

/** Note how far all is looked at. */
static void advance(struct passes *p) {
	while (p->looked_at < p->stretch_count && p->done[p->looked_at]) {
		++p->looked_at;
	}
}

/** Look at the next stretch.  Under the lock, which is left meanwhile. */
static int look(struct passes *p, unsigned worker, struct ana_looker **looker, struct ctx_error *err) {
	size_t stretch = p->next++;
	pthread_mutex_unlock(&p->lock);
	int rc = 0;
	if (*looker == NULL) {
		rc = ana_looker_new(looker, p->shared, &p->shared->sim->arenas[worker + 1], err);
		if (rc == 0) {
			ana_looker_turn(*looker, p->input, p->looks);
		}
	}
	rc = rc < 0 ? rc : ana_looker_run(*looker, p->bounds.items[stretch], p->bounds.items[stretch + 1], err);
	pthread_mutex_lock(&p->lock);
	p->done[stretch] = rc >= 0;
	advance(p);
	return rc < 0 ? rc : 0;
}

/** ctx_index_fn: a worker, which works until there is nothing more to do. */
static int work(CTX_UNUSED unsigned thread, size_t worker, void *arg, struct ctx_error *err) {
	struct passes *p = arg;
	struct ana_looker *looker = NULL;
	int rc = 0;
	pthread_mutex_lock(&p->lock);
	while (rc == 0 && !p->failed) {
		bool build = p->replay != NULL && !p->replaying && p->replayed < p->looked_at;
		while (p->next < p->stretch_count && p->done[p->next]) {
			++p->next; // was looked at before
		}
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

/** How many builds there are before the first that was looked at ahead. */
static size_t count_fresh(const struct ana_look *looks, size_t builds) {
	size_t i = 0;
	while (i < builds && !looks[i].ahead) {
		++i;
	}
	return i;
}

/** Cut the history into stretches: what comes before all that was looked at ahead evenly but for the first, then as that leaves gaps. */
static bool cut(struct passes *p, unsigned jobs) {
	size_t builds = p->input->count + (p->input->work != NULL), fresh = count_fresh(p->looks, builds);
	size_t most = fresh / STRETCH_MIN + 1; // a stretch pays for reading what changed since the last
	size_t cuts = (size_t)jobs * STRETCHES < most ? (size_t)jobs * STRETCHES : most;
	bool ok = true;
	for (size_t i = 0; ok && i < cuts && fresh > 0; ++i) {
		ok = CTX_VEC_PUSH(&p->bounds, fresh * i / cuts);
		size_t end = fresh * (i + 1) / cuts;
		for (size_t k = STRETCH_MIN; ok && i == 0 && 2 * k <= end; k *= 2) {
			ok = CTX_VEC_PUSH(&p->bounds, k);
		}
	}
	for (size_t i = fresh; ok && i < builds; ++i) {
		ok = (i > fresh && p->looks[i].ahead == p->looks[i - 1].ahead) || CTX_VEC_PUSH(&p->bounds, i);
	}
	p->stretch_count = p->bounds.count;
	return ok && CTX_VEC_PUSH(&p->bounds, builds);
}

/** Note what was looked at ahead. */
static void skip_ahead(struct passes *p) {
	for (size_t i = 0; i < p->stretch_count; ++i) {
		size_t first = p->bounds.items[i];
		p->done[i] = p->looks[first].ahead;
		p->shared->done += p->done[i] ? p->bounds.items[i + 1] - first : 0;
	}
	advance(p);
}

/** Cut it, and go. */
static int run(struct passes *p, struct ctx_error *err) {
	struct ana_sim_shared *sh = p->shared;
	unsigned jobs = sh->opts->jobs;
	if (!cut(p, jobs)) {
		return ctx_fail_nomem(err);
	}
	jobs = jobs < p->stretch_count ? jobs : (unsigned)p->stretch_count + (p->stretch_count == 0);
	p->done = ctx_calloc(p->stretch_count + 1, sizeof(*p->done));
	int rc = p->done != NULL ? ana_sim_shared_arenas(sh, jobs + 1, err) : ctx_fail_nomem(err);
	if (rc == 0) {
		skip_ahead(p);
		rc = ctx_pool_each(jobs, sh->opts->stop, jobs, work, p, err);
	}
	return rc;
}

int ana_sim_shared_arenas(struct ana_sim_shared *sh, unsigned count, struct ctx_error *err) {
	sh->sim->arenas = ctx_calloc(count, sizeof(*sh->sim->arenas));
	sh->sim->arena_count = sh->sim->arenas != NULL ? count : 0;
	return sh->sim->arenas != NULL ? 0 : ctx_fail_nomem(err);
}

void ana_sim_shared_release(struct ana_sim_shared *sh) {
	for (size_t i = 0; i < sh->rules.count; ++i) {
		ctx_ignore_free(sh->rules.items[i]->ig);
	}
	CTX_VEC_RELEASE(&sh->rules);
	ana_sim_pool_release(&sh->pool);
	ctx_arena_release(&sh->arena);
	pthread_mutex_destroy(&sh->lock);
}

int ana_sim_look(struct ana_sim *sim, const struct ana_sim_opts *opts, const struct ana_sim_input *input,
	struct ana_look *looks, struct ana_replay *replay_, struct ctx_error *err) {
	struct ana_sim_shared sh = ANA_SIM_SHARED_INIT(sim, opts);
	struct passes p = { .shared = &sh,
		.input = input,
		.looks = looks,
		.replay = replay_,
		.lock = PTHREAD_MUTEX_INITIALIZER,
		.changed = PTHREAD_COND_INITIALIZER };
	int rc = run(&p, err);
	CTX_VEC_RELEASE(&p.bounds);
	free(p.done);
	pthread_cond_destroy(&p.changed);
	pthread_mutex_destroy(&p.lock);
	ana_sim_shared_release(&sh);
	return rc;
}
