/**
 * Programs that we start: at most one at a time, and never one that outlives us.
 */
#ifndef CTXOPT_CLI_CHILD_H
#define CTXOPT_CLI_CHILD_H

#include "ctxopt/base/error.h"
#include "ctxopt/base/vec.h"

#include <sys/types.h>

/** Words of a command line, ended by NULL when it is started.  Borrowed. */
struct child_args {
	CTX_VEC(const char *) words;
};

/**
 * Start a program that is looked up in PATH.  Standard input is /dev/null.
 *
 * @args     The words; a NULL is added.
 * @out_fd   Where its standard output goes, and @err_fd its messages; -1 for nowhere.
 * @return   0; CTX_E_MISSING, there is no such program; CTX_E_IO; CTX_E_NOMEM.
 */
CTX_NODISCARD
int child_start(pid_t *pid, struct child_args *args, int out_fd, int err_fd, struct ctx_error *err);

/**
 * Wait for its end.
 *
 * Once `stop` is set it is interrupted, and killed if it does not end within ten seconds.
 * @stop    NULL: cannot be stopped.
 * @status  Set to its exit status, 128 and the signal that ended it.
 * @return  0; CTX_E_INTERRUPTED, `stop` was set.
 */
CTX_NODISCARD
int child_wait(pid_t pid, const volatile int *stop, int *status, struct ctx_error *err);

#endif
