#include "ctxopt/cli/child.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/** Time between two looks at a child, and how long one that is interrupted may take. */
#define LOOK_MS 20
#define GRACE_MS 10000

extern char **environ;

/** Descriptors and signals of the child.  0 or an errno. */
static int prepare(posix_spawn_file_actions_t *files, posix_spawnattr_t *attr, int out_fd, int err_fd) {
	sigset_t defaults;
	sigemptyset(&defaults);
	sigaddset(&defaults, SIGPIPE); // ignored here
	const int from[] = { -1, out_fd, err_fd };
	int rc = posix_spawnattr_setsigdefault(attr, &defaults);
	rc = rc != 0 ? rc : posix_spawnattr_setflags(attr, POSIX_SPAWN_SETSIGDEF);
	for (int i = 0; rc == 0 && i < 3; ++i) {
		rc = from[i] < 0
			? posix_spawn_file_actions_addopen(files, i, "/dev/null", i == 0 ? O_RDONLY : O_WRONLY, 0)
			: posix_spawn_file_actions_adddup2(files, from[i], i);
	}
	return rc;
}

/** The words as posix_spawn() takes them: it does not write to them. */
static char *const *words_of(const struct child_args *args) {
	union {
		const char *const *borrowed;
		char *const *words;
	} same = { .borrowed = args->words.items };
	return same.words;
}

int child_start(pid_t *pid, struct child_args *args, int out_fd, int err_fd, struct ctx_error *err) {
	posix_spawn_file_actions_t files;
	posix_spawnattr_t attr;
	if (!CTX_VEC_PUSH(&args->words, NULL) || posix_spawn_file_actions_init(&files) != 0) {
		return ctx_fail_nomem(err);
	}
	int rc = posix_spawnattr_init(&attr);
	if (rc == 0) {
		rc = prepare(&files, &attr, out_fd, err_fd);
		rc = rc != 0 ? rc : posix_spawnp(pid, args->words.items[0], &files, &attr, words_of(args), environ);
		posix_spawnattr_destroy(&attr);
	}
	posix_spawn_file_actions_destroy(&files);
	return rc == 0 ? 0 : ctx_fail_sys(err, rc, "cannot start '%s'", args->words.items[0]);
}

int child_wait(pid_t pid, const volatile int *stop, int *status, struct ctx_error *err) {
	const struct timespec look = { .tv_nsec = LOOK_MS * 1000000L };
	int word = 0, waited_ms = -1;
	while (waitpid(pid, &word, stop == NULL ? 0 : WNOHANG) != pid) {
		if (stop == NULL) {
			continue; // a signal for us
		}
		if (*stop && waited_ms < 0) {
			kill(pid, SIGINT);
			waited_ms = 0;
		}
		if (waited_ms >= 0) {
			waited_ms += LOOK_MS;
		}
		if (waited_ms == GRACE_MS) {
			kill(pid, SIGKILL);
		}
		nanosleep(&look, NULL);
	}
	*status = WIFEXITED(word) ? WEXITSTATUS(word) : 128 + WTERMSIG(word);
	return stop != NULL && *stop ? ctx_fail(err, CTX_E_INTERRUPTED, "interrupted") : 0;
}
