#include "ctxopt/base/pool.h"

#include "ctxopt/base/alloc.h"

#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

/** Most threads of any test here. */
#define JOBS_MAX 16

/** Every test runs with each of these. */
static const unsigned job_counts[] = { 1, 2, 3, 8, JOBS_MAX };

/** A task that is only a number. */
static void *number(uintptr_t n) {
	return (void *)n;
}

/** Private state of the workers: plain, so that TSan reports two calls with the same number at once. */
struct shared {
	struct {
		size_t tasks;
		bool busy;
		char gap[64];
	} worker[JOBS_MAX];
	/** Tasks that push more push this many. */
	uintptr_t fan;
	/** What a test wants to happen and when. */
	atomic_size_t started;
	size_t fail_at;
	int stop;
};

/** Note that a worker runs a task; returns how many have been started by all. */
static size_t enter(struct shared *s, unsigned worker) {
	assert_true(worker < JOBS_MAX);
	assert_false(s->worker[worker].busy);
	s->worker[worker].busy = true;
	s->worker[worker].tasks += 1;
	return atomic_fetch_add(&s->started, 1) + 1;
}

/** The opposite of enter(). */
static void leave(struct shared *s, unsigned worker) {
	s->worker[worker].busy = false;
}

/** Number of tasks that were run. */
static size_t total(const struct shared *s) {
	size_t sum = 0;
	for (size_t i = 0; i < JOBS_MAX; ++i) {
		sum += s->worker[i].tasks;
	}
	return sum;
}

/** A tree: a task of depth n pushes `fan` of depth n - 1. */
static int push_children(struct ctx_pool *pool, unsigned worker, uintptr_t depth, uintptr_t fan,
	struct ctx_error *err) {
	int rc = 0;
	for (uintptr_t i = 0; depth > 0 && i < fan && rc == 0; ++i) {
		rc = ctx_pool_push(pool, worker, number(depth - 1), err);
	}
	return rc;
}

/** A task that only pushes its children. */
static int grow_tree(struct ctx_pool *pool, unsigned worker, void *task, void *arg, struct ctx_error *err) {
	struct shared *s = arg;
	enter(s, worker);
	int rc = push_children(pool, worker, (uintptr_t)task, s->fan, err);
	leave(s, worker);
	return rc;
}

static void cpu_count_is_positive(void **state) {
	(void)state;
	unsigned count = ctx_cpu_count();
	assert_in_range(count, 1, sysconf(_SC_NPROCESSORS_CONF));

	// On one CPU it says one
	cpu_set_t all, one;
	assert_int_equal(sched_getaffinity(0, sizeof(all), &all), 0);
	CPU_ZERO(&one);
	for (size_t i = 0; i < CPU_SETSIZE; ++i) {
		if (CPU_ISSET(i, &all)) {
			CPU_SET(i, &one);
			break;
		}
	}
	assert_int_equal(sched_setaffinity(0, sizeof(one), &one), 0);
	assert_int_equal(ctx_cpu_count(), 1);
	assert_int_equal(sched_setaffinity(0, sizeof(all), &all), 0);
}

static const struct tree_case {
	const char *name;
	uintptr_t fan, depth;
	size_t tasks;
} tree_cases[] = {
	{ "one task", 0, 0, 1 },
	{ "two", 1, 1, 2 },
	{ "chain", 1, 5000, 5001 },
	{ "flat", 5000, 1, 5001 },
	{ "binary", 2, 12, 8191 },
	{ "wide", 20, 3, 8421 },
	{ "one less than a queue's first room", 63, 1, 64 },
	{ "a queue's first room", 64, 1, 65 },
	{ "one past it", 65, 1, 66 },
};

static void every_task_runs_once(void **state) {
	(void)state;
	for (size_t i = 0; i < CTX_COUNTOF(tree_cases); ++i) {
		for (size_t k = 0; k < CTX_COUNTOF(job_counts); ++k) {
			const struct tree_case *c = &tree_cases[i];
			struct shared s = { .fan = c->fan };
			struct ctx_error err;
			assert_int_equal(ctx_pool_run(job_counts[k], NULL, grow_tree, &s, number(c->depth), &err), 0);
			if (total(&s) != c->tasks) {
				fail_msg("%s: %zu tasks with %u jobs", c->name, total(&s), job_counts[k]);
			}
		}
	}
}

static void many_short_runs_end(void **state) {
	(void)state;
	// The end is a race between workers that go idle: run into it often
	for (unsigned i = 0; i < 2000; ++i) {
		struct shared s = { .fan = i % 4 };
		uintptr_t depth = i % 3;
		assert_int_equal(ctx_pool_run(1 + i % 4, NULL, grow_tree, &s, number(depth), NULL), 0);
	}
}

/** Order in which a single worker saw its tasks. */
struct order {
	uintptr_t seen[8];
	size_t count;
};

/** Task 1 pushes 2, 3 and 4; task 4 pushes 5. */
static int note_order(struct ctx_pool *pool, unsigned worker, void *task, void *arg, struct ctx_error *err) {
	struct order *o = arg;
	uintptr_t n = (uintptr_t)task;
	o->seen[o->count++] = n;
	int rc = 0;
	for (uintptr_t k = 2; n == 1 && k <= 4 && rc == 0; ++k) {
		rc = ctx_pool_push(pool, worker, number(k), err);
	}
	if (n == 4) {
		rc = ctx_pool_push(pool, worker, number(5), err);
	}
	return rc;
}

static void newest_task_runs_first(void **state) {
	(void)state;
	static const uintptr_t expected[] = { 1, 4, 5, 3, 2 };
	struct order o = { .count = 0 };
	assert_int_equal(ctx_pool_run(1, NULL, note_order, &o, number(1), NULL), 0);
	assert_int_equal(o.count, CTX_COUNTOF(expected));
	assert_memory_equal(o.seen, expected, sizeof(expected));
}

/** The first task pushes one and waits until another worker has taken it: both must run at once. */
static int wait_for_thief(struct ctx_pool *pool, unsigned worker, void *task, void *arg, struct ctx_error *err) {
	struct shared *s = arg;
	enter(s, worker);
	if (task == NULL) {
		int rc = ctx_pool_push(pool, worker, number(1), err);
		if (rc < 0) {
			return rc;
		}
		while (atomic_load(&s->started) < 2) {
			sched_yield();
		}
	}
	leave(s, worker);
	return 0;
}

static void idle_worker_wakes_for_a_push(void **state) {
	(void)state;
	for (int i = 0; i < 200; ++i) {
		struct shared s = { .fan = 0 };
		assert_int_equal(ctx_pool_run(2, NULL, wait_for_thief, &s, NULL, NULL), 0);
		assert_int_equal(s.worker[0].tasks, 1);
		assert_int_equal(s.worker[1].tasks, 1);
	}
}

/** As grow_tree(), but the task number `fail_at` fails. */
static int fail_in_tree(struct ctx_pool *pool, unsigned worker, void *task, void *arg, struct ctx_error *err) {
	struct shared *s = arg;
	size_t n = enter(s, worker);
	int rc = 0;
	if (n == s->fail_at) {
		rc = ctx_fail(err, CTX_E_CORRUPT, "task %zu", n);
	}
	if (rc == 0) {
		rc = push_children(pool, worker, (uintptr_t)task, s->fan, err);
	}
	leave(s, worker);
	return rc;
}

static void failure_stops_the_pool(void **state) {
	(void)state;
	static const size_t fail_at[] = { 1, 2, 100, 8191 };
	for (size_t i = 0; i < CTX_COUNTOF(fail_at); ++i) {
		for (size_t k = 0; k < CTX_COUNTOF(job_counts); ++k) {
			struct shared s = { .fan = 2, .fail_at = fail_at[i] };
			struct ctx_error err;
			int rc = ctx_pool_run(job_counts[k], NULL, fail_in_tree, &s, number(12), &err);
			assert_int_equal(rc, CTX_E_CORRUPT);
			char expected[32];
			snprintf(expected, sizeof(expected), "task %zu", fail_at[i]);
			assert_string_equal(err.msg, expected);
			assert_true(total(&s) >= fail_at[i]);
			if (job_counts[k] == 1) {
				assert_int_equal(total(&s), fail_at[i]);
			}
			assert_int_equal(ctx_pool_run(1, NULL, fail_in_tree, &s, number(0), NULL), 0);
		}
	}
	struct shared s = { .fail_at = 1 };
	assert_int_equal(ctx_pool_run(1, NULL, fail_in_tree, &s, NULL, NULL), CTX_E_CORRUPT);
}

/** As grow_tree(), but the task number `fail_at` sets the flag that a signal handler would. */
static int stop_in_tree(struct ctx_pool *pool, unsigned worker, void *task, void *arg, struct ctx_error *err) {
	struct shared *s = arg;
	size_t n = enter(s, worker);
	if (n == s->fail_at) {
		assert_false(n == 1 && ctx_pool_stopping(pool));
		__atomic_store_n(&s->stop, 1, __ATOMIC_RELAXED);
		assert_true(ctx_pool_stopping(pool));
	}
	int rc = push_children(pool, worker, (uintptr_t)task, s->fan, err);
	leave(s, worker);
	return rc;
}

static void flag_interrupts_the_pool(void **state) {
	(void)state;
	static const size_t stop_at[] = { 1, 100, 1000 };
	for (size_t i = 0; i < CTX_COUNTOF(stop_at); ++i) {
		for (size_t k = 0; k < CTX_COUNTOF(job_counts); ++k) {
			struct shared s = { .fan = 2, .fail_at = stop_at[i] };
			struct ctx_error err;
			int rc = ctx_pool_run(job_counts[k], &s.stop, stop_in_tree, &s, number(12), &err);
			assert_int_equal(rc, CTX_E_INTERRUPTED);
			assert_int_equal(err.code, CTX_E_INTERRUPTED);
			assert_string_equal(err.msg, "interrupted");
			assert_true(total(&s) >= stop_at[i]);
			if (job_counts[k] == 1) {
				assert_int_equal(total(&s), stop_at[i]);
			}
		}
	}
}

static void flag_that_is_set_before_starts_nothing(void **state) {
	(void)state;
	for (size_t k = 0; k < CTX_COUNTOF(job_counts); ++k) {
		struct shared s = { .fan = 2, .stop = 1 };
		assert_int_equal(ctx_pool_run(job_counts[k], &s.stop, grow_tree, &s, number(3), NULL),
			CTX_E_INTERRUPTED);
		assert_int_equal(total(&s), 0);
	}
	struct shared s = { .fan = 2 };
	assert_int_equal(ctx_pool_run(2, &s.stop, grow_tree, &s, number(3), NULL), 0);
	assert_int_equal(total(&s), 15);
}

static void pool_may_run_out_of_memory(void **state) {
	(void)state;
	// Each allocation of a run that grows its queue twice
	for (long n = 0; n < 20; ++n) {
		struct shared s = { .fan = 200 };
		struct ctx_error err;
		ctx_alloc_fail_after(n);
		int rc = ctx_pool_run(1, NULL, grow_tree, &s, number(1), &err);
		ctx_alloc_fail_after(-1);
		if (rc == 0) {
			assert_in_range(n, 3, 19);
			return;
		}
		assert_int_equal(rc, CTX_E_NOMEM);
		assert_string_equal(err.msg, "out of memory");
	}
	fail();
}

/* ---- Indices ---- */

/** What the threads of an each-test share. */
struct each_shared {
	/** How often each index came; plain, because no index may come twice. */
	unsigned char *seen;
	/** Last index of each worker. */
	struct {
		size_t next;
		char gap[64];
	} worker[JOBS_MAX];
	size_t fail_at, stop_at;
	int stop;
};

/** Note an index, and fail or stop where the test wants it. */
static int note_index(unsigned worker, size_t index, void *arg, struct ctx_error *err) {
	struct each_shared *s = arg;
	assert_true(worker < JOBS_MAX);
	assert_true(index >= s->worker[worker].next); // increasing
	s->worker[worker].next = index + 1;
	s->seen[index] += 1;
	if (index == s->stop_at) {
		__atomic_store_n(&s->stop, 1, __ATOMIC_RELAXED);
	}
	return index == s->fail_at ? ctx_fail(err, CTX_E_LIMIT, "index %zu", index) : 0;
}

static void every_index_comes_once(void **state) {
	(void)state;
	static const size_t counts[] = { 0, 1, 2, 7, 8, 9, 63, 64, 65, 1000, 100000 };
	for (size_t i = 0; i < CTX_COUNTOF(counts); ++i) {
		for (size_t k = 0; k < CTX_COUNTOF(job_counts); ++k) {
			size_t count = counts[i];
			CTX_AUTO_FREE unsigned char *seen = ctx_calloc(count, 1);
			struct each_shared s = { .seen = seen, .fail_at = SIZE_MAX, .stop_at = SIZE_MAX };
			assert_int_equal(ctx_pool_each(job_counts[k], &s.stop, count, note_index, &s, NULL), 0);
			for (size_t n = 0; n < count; ++n) {
				assert_int_equal(seen[n], 1);
			}
		}
	}
}

static void each_stops_on_failure(void **state) {
	(void)state;
	static const size_t fail_at[] = { 0, 1, 500, 9999 };
	for (size_t i = 0; i < CTX_COUNTOF(fail_at); ++i) {
		for (size_t k = 0; k < CTX_COUNTOF(job_counts); ++k) {
			unsigned char seen[10000] = { 0 };
			struct each_shared s = { .seen = seen, .fail_at = fail_at[i], .stop_at = SIZE_MAX };
			struct ctx_error err;
			int rc = ctx_pool_each(job_counts[k], NULL, sizeof(seen), note_index, &s, &err);
			assert_int_equal(rc, CTX_E_LIMIT);
			char expected[32];
			snprintf(expected, sizeof(expected), "index %zu", fail_at[i]);
			assert_string_equal(err.msg, expected);
			if (job_counts[k] == 1 && fail_at[i] + 1 < sizeof(seen)) {
				assert_int_equal(seen[fail_at[i] + 1], 0);
			}
		}
	}
}

static void each_stops_on_the_flag(void **state) {
	(void)state;
	for (size_t k = 0; k < CTX_COUNTOF(job_counts); ++k) {
		unsigned char seen[10000] = { 0 };
		struct each_shared s = { .seen = seen, .fail_at = SIZE_MAX, .stop_at = 10 };
		struct ctx_error err;
		int rc = ctx_pool_each(job_counts[k], &s.stop, sizeof(seen), note_index, &s, &err);
		assert_int_equal(rc, CTX_E_INTERRUPTED);
		assert_int_equal(err.code, CTX_E_INTERRUPTED);
		assert_int_equal(ctx_pool_each(job_counts[k], &s.stop, 0, note_index, &s, NULL), CTX_E_INTERRUPTED);
	}
}

static void each_may_run_out_of_memory(void **state) {
	(void)state;
	unsigned char seen[4] = { 0 };
	struct each_shared s = { .seen = seen, .fail_at = SIZE_MAX, .stop_at = SIZE_MAX };
	ctx_alloc_fail_after(0);
	int rc = ctx_pool_each(2, NULL, sizeof(seen), note_index, &s, NULL);
	ctx_alloc_fail_after(-1);
	assert_int_equal(rc, CTX_E_NOMEM);
	assert_int_equal(seen[0], 0);
}

/* ---- Threads that cannot be made ---- */

static void without_threads_the_caller_does_all_the_work(void **state) {
	(void)state;
	// New threads take their stack size from here, and nobody has that much address space
	pthread_attr_t old, huge;
	assert_int_equal(pthread_getattr_default_np(&old), 0);
	assert_int_equal(pthread_getattr_default_np(&huge), 0);
	assert_int_equal(pthread_attr_setstacksize(&huge, (size_t)1 << 50), 0);
	assert_int_equal(pthread_setattr_default_np(&huge), 0);
	struct shared s = { .fan = 3 };
	int rc = ctx_pool_run(8, NULL, grow_tree, &s, number(5), NULL);
	unsigned char seen[1000] = { 0 };
	struct each_shared e = { .seen = seen, .fail_at = SIZE_MAX, .stop_at = SIZE_MAX };
	int each_rc = ctx_pool_each(8, NULL, sizeof(seen), note_index, &e, NULL);
	assert_int_equal(pthread_setattr_default_np(&old), 0);
	pthread_attr_destroy(&huge);
	pthread_attr_destroy(&old);

	assert_int_equal(rc, 0);
	assert_int_equal(total(&s), 364);
	assert_int_equal(s.worker[0].tasks, 364);
	assert_int_equal(each_rc, 0);
	assert_int_equal(e.worker[0].next, sizeof(seen));
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(cpu_count_is_positive),
		cmocka_unit_test(every_task_runs_once),
		cmocka_unit_test(many_short_runs_end),
		cmocka_unit_test(newest_task_runs_first),
		cmocka_unit_test(idle_worker_wakes_for_a_push),
		cmocka_unit_test(failure_stops_the_pool),
		cmocka_unit_test(flag_interrupts_the_pool),
		cmocka_unit_test(flag_that_is_set_before_starts_nothing),
		cmocka_unit_test(pool_may_run_out_of_memory),
		cmocka_unit_test(every_index_comes_once),
		cmocka_unit_test(each_stops_on_failure),
		cmocka_unit_test(each_stops_on_the_flag),
		cmocka_unit_test(each_may_run_out_of_memory),
		cmocka_unit_test(without_threads_the_caller_does_all_the_work),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
