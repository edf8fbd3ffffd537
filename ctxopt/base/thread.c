#include "ctxopt/base/thread.h"

#include "ctxopt/base/alloc.h"

#include <sched.h>
#include <stdlib.h>

/** What a thread is told. */
struct start {
	void *(*fn)(void *);
	void *arg;
	/** Where its maker may run. */
	cpu_set_t all;
};

/** Begin: nothing keeps it from other CPUs any more. */
static void *begin(void *arg) {
	struct start start = *(struct start *)arg;
	free(arg);
	(void)pthread_setaffinity_np(pthread_self(), sizeof(start.all), &start.all);
	return start.fn(start.arg);
}

/** Start it elsewhere: whether that went well. */
static bool start_aside(pthread_t *thread, struct start *start) {
	pthread_attr_t attr;
	int here = sched_getcpu();
	if (here < 0 || here >= CPU_SETSIZE || sched_getaffinity(0, sizeof(start->all), &start->all) != 0 ||
		pthread_attr_init(&attr) != 0) {
		return false;
	}
	cpu_set_t others = start->all;
	CPU_CLR((size_t)here, &others);
	bool started = CPU_COUNT(&others) > 0 && pthread_attr_setaffinity_np(&attr, sizeof(others), &others) == 0 &&
		pthread_create(thread, &attr, begin, start) == 0;
	(void)pthread_attr_destroy(&attr);
	return started;
}

int ctx_thread_start(pthread_t *thread, void *(*fn)(void *), void *arg) {
	struct start *start = ctx_calloc(1, sizeof(*start));
	if (start != NULL) {
		start->fn = fn;
		start->arg = arg;
		if (start_aside(thread, start)) {
			return 0;
		}
	}
	free(start);
	return pthread_create(thread, NULL, fn, arg);
}
