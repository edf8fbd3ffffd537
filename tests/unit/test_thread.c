#include "ctxopt/base/thread.h"

#include "ctxopt/base/alloc.h"

#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/** Where a thread may run, and what it was given. */
struct seen {
	cpu_set_t cpus;
	int answer;
};

static void *look(void *arg) {
	struct seen *seen = arg;
	(void)sched_getaffinity(0, sizeof(seen->cpus), &seen->cpus);
	seen->answer *= 2;
	return &seen->answer;
}

/** Start a thread and look whether it may run wherever this one may. */
static void start_and_compare(void) {
	pthread_t thread;
	void *result;
	struct seen seen = { .answer = 21 };
	cpu_set_t mine;
	assert_int_equal(sched_getaffinity(0, sizeof(mine), &mine), 0);
	assert_int_equal(ctx_thread_start(&thread, look, &seen), 0);
	assert_int_equal(pthread_join(thread, &result), 0);
	assert_ptr_equal(result, &seen.answer);
	assert_int_equal(seen.answer, 42);
	assert_true(CPU_EQUAL(&seen.cpus, &mine));
}

static void it_may_run_where_its_maker_may(void **state) {
	(void)state;
	for (unsigned i = 0; i < 50; ++i) {
		start_and_compare();
	}
}

static void one_cpu_will_do(void **state) {
	(void)state;
	cpu_set_t all, one;
	assert_int_equal(sched_getaffinity(0, sizeof(all), &all), 0);
	CPU_ZERO(&one);
	CPU_SET((size_t)sched_getcpu(), &one);
	assert_int_equal(sched_setaffinity(0, sizeof(one), &one), 0);
	start_and_compare();
	assert_int_equal(sched_setaffinity(0, sizeof(all), &all), 0);
}

static void it_starts_without_memory_to_tell_it_where(void **state) {
	(void)state;
	ctx_alloc_fail_after(0);
	start_and_compare();
	ctx_alloc_fail_after(-1);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(it_may_run_where_its_maker_may),
		cmocka_unit_test(one_cpu_will_do),
		cmocka_unit_test(it_starts_without_memory_to_tell_it_where),
	};
	return cmocka_run_group_tests_name("thread", tests, NULL, NULL);
}
