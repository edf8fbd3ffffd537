/**
 * Fixed threads over a shared stack of tasks, private state per worker.
 *
 * Built for tree work: a task may push more tasks.  The newest task is taken first, which keeps the
 * number of waiting tasks near depth times width instead of the whole tree.
 */
#ifndef CTXOPT_BASE_POOL_H
#define CTXOPT_BASE_POOL_H

#include "ctxopt/base/error.h"

struct ctx_pool;

/**
 * Runs one task.
 *
 * @worker  0 .. jobs-1; calls with the same number never overlap, so it indexes private state.
 * @return  0, or negative to stop the pool: no further task starts, ctx_pool_run() returns it.
 */
typedef int ctx_task_fn(struct ctx_pool *pool, unsigned worker, void *task, void *arg, struct ctx_error *err);

/** Number of CPUs this process may use (affinity mask), at least 1. */
unsigned ctx_cpu_count(void);

/**
 * Run `first` and every task that tasks push, on `jobs` threads (the caller's is worker 0), and return when
 * all are done.
 *
 * After a failure or an interrupt the tasks that did not run are forgotten: their memory must belong to
 * somebody else, such as an arena per worker.
 *
 * @jobs  At least 1.  With 1 no thread is made.  If threads cannot be made, fewer are used.
 * @stop  NULL, or a flag that a signal handler sets (by an atomic store): then CTX_E_INTERRUPTED, even if the
 *        flag came during the last task.
 * @return  0; the first negative value that a task returned, with its error; CTX_E_INTERRUPTED; CTX_E_NOMEM.
 */
CTX_NODISCARD
int ctx_pool_run(unsigned jobs, const volatile int *stop, ctx_task_fn *fn, void *arg, void *first,
	struct ctx_error *err);

/** Push a task from inside a running task; CTX_E_NOMEM. The pointer is handed to ctx_task_fn as it is. */
CTX_NODISCARD
int ctx_pool_push(struct ctx_pool *pool, unsigned worker, void *task, struct ctx_error *err);

/** Has the pool been told to stop?  Long tasks ask now and then. */
bool ctx_pool_stopping(const struct ctx_pool *pool);

/**
 * Run `fn` for the indices 0 .. count-1, handed out in increasing order in batches, on `jobs` threads.
 * `fn` gets the index; errors and `stop` as in ctx_pool_run().
 */
typedef int ctx_index_fn(unsigned worker, size_t index, void *arg, struct ctx_error *err);
CTX_NODISCARD
int ctx_pool_each(unsigned jobs, const volatile int *stop, size_t count, ctx_index_fn *fn, void *arg,
	struct ctx_error *err);

#endif
