/**
 * Threads that are at work at once.
 *
 * Linux lets a new thread begin on the CPU of the one that makes it where it sees no reason against it, and some kernels leave it there
 * until they balance CPUs, which takes 3 to 20 ms: as long as all work on a small repository.  Measured with Linux 6.18 on two virtual
 * CPUs: in each of ten trials both threads took turns on one of them in the meantime.
 */
#ifndef CTXOPT_BASE_THREAD_H
#define CTXOPT_BASE_THREAD_H

#include <pthread.h>

/**
 * pthread_create(), beginning on another CPU if there is one.  The thread may run on all CPUs that its maker may; join it.
 * @return 0, or what pthread_create() returns.
 */
CTX_NODISCARD
int ctx_thread_start(pthread_t *thread, void *(*fn)(void *), void *arg);

#endif
