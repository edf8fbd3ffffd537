/*
 * Each worker has a queue of its own, guarded by a lock that is almost never contended:
 *
 *	         oldest                newest
 *	thief <- [ task | task | task | task ] <-> owner
 *
 * The owner pushes and takes the newest task, which walks a tree depth first and keeps the queue short.  A
 * worker without work takes the oldest task of another: nearest to the root, hence the most work per theft.
 *
 * Only owners push, and only while running a task.  So when every worker is idle at once, all queues are
 * empty and stay empty: that is the end, and no count of unfinished tasks is needed.
 *
 * A worker that finds nothing goes to sleep in four steps: lock `crew.lock`, count itself idle, look at all
 * queues once more, wait.  No wake-up is lost: a push takes the queue's lock and afterwards reads the idle
 * count.  If the sleeper looked into that queue later, it saw the task; if earlier, its unlock came before the
 * push's lock, and with it the idle count, so the push sees a sleeper and signals it.
 */
#include "ctxopt/base/pool.h"

#include "ctxopt/base/alloc.h"
#include "ctxopt/base/thread.h"

#include <assert.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/** Bytes that travel between processors together: what two of them write should be this far apart. */
#define CACHE_LINE 64
/** Slots of a queue when it first grows; a power of two, as all capacities are. */
#define QUEUE_FIRST 64
/** Most indices that ctx_pool_each() hands out at once. */
#define BATCH_MAX 64
/** Batches that each thread should get at least, so that they end together. */
#define BATCHES_PER_JOB 8

/* ---- What ctx_pool_run() and ctx_pool_each() have in common ---- */

/** Threads with one end and one result. */
struct crew {
	/** Guards `rc`, `error` and what the pool adds. */
	pthread_mutex_t lock;
	/** Set by the user's signal handler.  Borrowed, may be NULL. */
	const volatile int *stop;
	/** No further task starts.  A hint that is read without the lock: relaxed order suffices. */
	atomic_bool stopping;
	/** First failure and its details. */
	int rc;
	struct ctx_error error;
};

/** Has a task failed, or the user asked to stop? */
static bool crew_stopping(const struct crew *crew) {
	if (atomic_load_explicit(&crew->stopping, memory_order_relaxed)) {
		return true;
	}
	return crew->stop != NULL && __atomic_load_n(crew->stop, __ATOMIC_RELAXED) != 0;
}

/** Keep the first failure and let the others stop. */
static void crew_fail(struct crew *crew, int rc, const struct ctx_error *error) {
	pthread_mutex_lock(&crew->lock);
	if (crew->rc == 0) {
		crew->rc = rc;
		crew->error = *error;
	}
	atomic_store_explicit(&crew->stopping, true, memory_order_relaxed);
	pthread_mutex_unlock(&crew->lock);
}

/** The result, once all threads are gone. */
static int crew_result(const struct crew *crew, struct ctx_error *err) {
	if (crew->rc < 0) {
		if (err != NULL) {
			*err = crew->error;
		}
		return crew->rc;
	}
	// A task may have cut its work short because of the flag, so the flag counts even if all ended well
	if (crew->stop != NULL && __atomic_load_n(crew->stop, __ATOMIC_RELAXED) != 0) {
		return ctx_fail(err, CTX_E_INTERRUPTED, "interrupted");
	}
	return 0;
}

unsigned ctx_cpu_count(void) {
	for (unsigned most = CPU_SETSIZE; most <= 64 * CPU_SETSIZE; most *= 2) {
		cpu_set_t *set = CPU_ALLOC(most);
		if (set == NULL) {
			break;
		}
		size_t size = CPU_ALLOC_SIZE(most);
		int count = sched_getaffinity(0, size, set) == 0 ? CPU_COUNT_S(size, set) : 0;
		CPU_FREE(set);
		if (count > 0) {
			return (unsigned)count;
		}
	}
	long online = sysconf(_SC_NPROCESSORS_ONLN);
	return online > 0 ? (unsigned)online : 1;
}

/* ---- Tasks ---- */

/** Waiting tasks of one worker, in a ring. */
struct queue {
	pthread_mutex_t lock;
	/** Owned; the tasks themselves are not. */
	void **tasks;
	/** Slots, a power of two or 0; place of the oldest task; number of tasks. */
	size_t cap, oldest, count;
	/** Unused: keeps the next worker's queue away from this one. */
	char gap[CACHE_LINE];
};

/** What one worker's thread needs. */
struct worker {
	struct ctx_pool *pool;
	pthread_t thread;
	unsigned index;
};

struct ctx_pool {
	struct crew crew;
	ctx_task_fn *fn;
	void *arg;
	/** Signalled under `crew.lock` when there is work for a sleeper, and to all at the end. */
	pthread_cond_t wake;
	/** Number of `queues`; that of workers may be less. */
	unsigned jobs;
	/** Threads at work, the caller's included.  Under `crew.lock`. */
	unsigned workers;
	/** Workers that found no task.  Written under `crew.lock`, read by a push without (see above). */
	atomic_uint idle;
	/** All workers were idle at once.  Under `crew.lock`. */
	bool done;
	/** One per worker.  Owned. */
	struct queue *queues;
};

/** Double a full queue, its oldest task moved to the front. */
static bool queue_grow(struct queue *q) {
	assert(q->count == q->cap);
	size_t cap = q->cap > 0 ? q->cap * 2 : QUEUE_FIRST;
	void **tasks = ctx_reallocarray(NULL, cap, sizeof(*tasks));
	if (tasks == NULL) {
		return false;
	}
	size_t front = q->cap - q->oldest;
	if (q->count > 0) {
		memcpy(tasks, q->tasks + q->oldest, front * sizeof(*tasks));
		memcpy(tasks + front, q->tasks, (q->count - front) * sizeof(*tasks));
	}
	free(q->tasks);
	q->tasks = tasks;
	q->cap = cap;
	q->oldest = 0;
	return true;
}

/** Add the newest task; false when out of memory. */
static bool queue_push(struct queue *q, void *task) {
	pthread_mutex_lock(&q->lock);
	bool ok = q->count < q->cap || queue_grow(q);
	if (ok) {
		q->tasks[(q->oldest + q->count++) & (q->cap - 1)] = task;
	}
	pthread_mutex_unlock(&q->lock);
	return ok;
}

/** Take the newest task: for the owner. */
static bool queue_pop(struct queue *q, void **task) {
	pthread_mutex_lock(&q->lock);
	bool ok = q->count > 0;
	if (ok) {
		*task = q->tasks[(q->oldest + --q->count) & (q->cap - 1)];
	}
	pthread_mutex_unlock(&q->lock);
	return ok;
}

/** Take the oldest task: for a thief. */
static bool queue_steal(struct queue *q, void **task) {
	pthread_mutex_lock(&q->lock);
	bool ok = q->count > 0;
	if (ok) {
		*task = q->tasks[q->oldest];
		q->oldest = (q->oldest + 1) & (q->cap - 1);
		--q->count;
	}
	pthread_mutex_unlock(&q->lock);
	return ok;
}

/** Take a task from any other worker, the next one first so that thieves spread. */
static bool steal(struct ctx_pool *pool, unsigned thief, void **task) {
	for (unsigned i = 1; i < pool->jobs; ++i) {
		if (queue_steal(&pool->queues[(thief + i) % pool->jobs], task)) {
			return true;
		}
	}
	return false;
}

/** Sleep until there is a task, which is taken; false when the work has ended. */
static bool wait_for_task(struct ctx_pool *pool, unsigned worker, void **task) {
	struct crew *crew = &pool->crew;
	bool found = false;
	pthread_mutex_lock(&crew->lock);
	// Relaxed, as in ctx_pool_push(): the locks order it
	unsigned idle = atomic_fetch_add_explicit(&pool->idle, 1, memory_order_relaxed) + 1;
	if (idle == pool->workers) {
		pool->done = true;
		pthread_cond_broadcast(&pool->wake);
	}
	while (!pool->done && !crew_stopping(crew)) {
		found = steal(pool, worker, task);
		if (found) {
			break;
		}
		pthread_cond_wait(&pool->wake, &crew->lock);
	}
	atomic_fetch_sub_explicit(&pool->idle, 1, memory_order_relaxed);
	pthread_mutex_unlock(&crew->lock);
	return found;
}

/** Run tasks until there are none, or one fails. */
static void work(struct ctx_pool *pool, unsigned worker) {
	struct queue *own = &pool->queues[worker];
	struct ctx_error error = { 0 };
	while (!crew_stopping(&pool->crew)) {
		void *task;
		if (!queue_pop(own, &task) && !steal(pool, worker, &task) && !wait_for_task(pool, worker, &task)) {
			break;
		}
		int rc = pool->fn(pool, worker, task, pool->arg, &error);
		if (rc < 0) {
			crew_fail(&pool->crew, rc, &error);
		}
	}

	// Whoever stops early wakes the sleepers, or they would wait for a push that never comes
	pthread_mutex_lock(&pool->crew.lock);
	pthread_cond_broadcast(&pool->wake);
	pthread_mutex_unlock(&pool->crew.lock);
}

/** Body of all threads but the caller's. */
static void *worker_main(void *arg) {
	struct worker *self = arg;
	work(self->pool, self->index);
	return NULL;
}

/** Start the other threads, take part, and wait for them. */
static void run_workers(struct ctx_pool *pool, struct worker *workers) {
	unsigned started = 1;
	while (started < pool->jobs) {
		struct worker *w = &workers[started];
		*w = (struct worker){ .pool = pool, .index = started };
		if (ctx_thread_start(&w->thread, worker_main, w) != 0) {
			break;
		}
		++started;
	}
	// The caller is not idle yet, so nobody has found the work ended before this correction
	pthread_mutex_lock(&pool->crew.lock);
	pool->workers = started;
	pthread_mutex_unlock(&pool->crew.lock);

	work(pool, 0);
	for (unsigned i = 1; i < started; ++i) {
		pthread_join(workers[i].thread, NULL);
	}
}

/** Release what run_workers() used.  Tasks that never ran are forgotten. */
static void pool_release(struct ctx_pool *pool) {
	for (unsigned i = 0; i < pool->jobs; ++i) {
		pthread_mutex_destroy(&pool->queues[i].lock);
		free(pool->queues[i].tasks);
	}
	free(pool->queues);
	pthread_cond_destroy(&pool->wake);
	pthread_mutex_destroy(&pool->crew.lock);
}

int ctx_pool_run(unsigned jobs, const volatile int *stop, ctx_task_fn *fn, void *arg, void *first,
	struct ctx_error *err) {
	assert(jobs > 0);
	CTX_AUTO_FREE struct worker *workers = ctx_calloc(jobs, sizeof(*workers));
	struct queue *queues = ctx_calloc(jobs, sizeof(*queues));
	if (workers == NULL || queues == NULL) {
		free(queues);
		return ctx_fail_nomem(err);
	}

	struct ctx_pool pool = {
		.crew = { .lock = PTHREAD_MUTEX_INITIALIZER, .stop = stop },
		.wake = PTHREAD_COND_INITIALIZER,
		.fn = fn,
		.arg = arg,
		.jobs = jobs,
		.workers = jobs,
		.queues = queues,
	};
	for (unsigned i = 0; i < jobs; ++i) {
		pthread_mutex_init(&queues[i].lock, NULL);
	}
	int rc;
	if (queue_push(&queues[0], first)) {
		run_workers(&pool, workers);
		rc = crew_result(&pool.crew, err);
	} else {
		rc = ctx_fail_nomem(err);
	}
	pool_release(&pool);
	return rc;
}

int ctx_pool_push(struct ctx_pool *pool, unsigned worker, void *task, struct ctx_error *err) {
	assert(worker < pool->jobs);
	if (!queue_push(&pool->queues[worker], task)) {
		return ctx_fail_nomem(err);
	}
	if (atomic_load_explicit(&pool->idle, memory_order_relaxed) > 0) {
		pthread_mutex_lock(&pool->crew.lock);
		pthread_cond_signal(&pool->wake);
		pthread_mutex_unlock(&pool->crew.lock);
	}
	return 0;
}

bool ctx_pool_stopping(const struct ctx_pool *pool) {
	return crew_stopping(&pool->crew);
}

/* ---- Indices ---- */

/** What the threads of ctx_pool_each() share. */
struct each {
	struct crew crew;
	ctx_index_fn *fn;
	void *arg;
	/** Number of indices, and how many are handed out together. */
	size_t count, batch;
	/** First index not handed out.  Relaxed order suffices: it guards nothing but itself. */
	atomic_size_t next;
};

/** One thread of ctx_pool_each(). */
struct each_worker {
	struct each *each;
	pthread_t thread;
	unsigned index;
};

/** Run batches until there are none, or an index fails. */
static void each_work(struct each *each, unsigned worker) {
	struct ctx_error error = { 0 };
	while (true) {
		// Goes past `count` by a batch per thread at most, so it cannot wrap for indices of real objects
		size_t at = atomic_fetch_add_explicit(&each->next, each->batch, memory_order_relaxed);
		if (at >= each->count) {
			return;
		}
		size_t end = each->count - at > each->batch ? at + each->batch : each->count;
		for (; at < end; ++at) {
			if (crew_stopping(&each->crew)) {
				return;
			}
			int rc = each->fn(worker, at, each->arg, &error);
			if (rc < 0) {
				crew_fail(&each->crew, rc, &error);
				return;
			}
		}
	}
}

/** How many indices to hand out together. */
static size_t batch_size(size_t count, unsigned jobs) {
	size_t batch = count / jobs / BATCHES_PER_JOB;
	if (batch > BATCH_MAX) {
		return BATCH_MAX;
	}
	return batch > 0 ? batch : 1;
}

/** Body of all threads but the caller's. */
static void *each_main(void *arg) {
	struct each_worker *self = arg;
	each_work(self->each, self->index);
	return NULL;
}

int ctx_pool_each(unsigned jobs, const volatile int *stop, size_t count, ctx_index_fn *fn, void *arg,
	struct ctx_error *err) {
	assert(jobs > 0);
	if (jobs > count) {
		jobs = count > 0 ? (unsigned)count : 1;
	}
	CTX_AUTO_FREE struct each_worker *workers = ctx_calloc(jobs, sizeof(*workers));
	if (workers == NULL) {
		return ctx_fail_nomem(err);
	}

	struct each each = {
		.crew = { .lock = PTHREAD_MUTEX_INITIALIZER, .stop = stop },
		.fn = fn,
		.arg = arg,
		.count = count,
		.batch = batch_size(count, jobs),
	};
	unsigned started = 1;
	while (started < jobs) {
		struct each_worker *w = &workers[started];
		*w = (struct each_worker){ .each = &each, .index = started };
		if (ctx_thread_start(&w->thread, each_main, w) != 0) {
			break;
		}
		++started;
	}
	each_work(&each, 0);
	for (unsigned i = 1; i < started; ++i) {
		pthread_join(workers[i].thread, NULL);
	}
	pthread_mutex_destroy(&each.crew.lock);
	return crew_result(&each.crew, err);
}
