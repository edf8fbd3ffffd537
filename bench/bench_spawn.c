/**
 * Run a command again and again and measure each run: bench_spawn REPORT-FD RUNS COMMAND [ARGS...]
 *
 * For each run one line goes to descriptor REPORT-FD: wall clock ns, user us, system us, peak resident KiB, wait status.
 * The clock runs from before the process is made until its end was waited for.  The kernel counts the memory of the
 * process that calls exec into the peak of the new one: that is why a small program does this, and not the runner.
 */
#include "bench/bench.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

/** Microseconds of a timeval. */
static uint64_t microseconds(const struct timeval *t) {
	return (uint64_t)t->tv_sec * 1000000u + (uint64_t)t->tv_usec;
}

/** One run. */
static void run_once(int report, char **command) {
	pid_t child;
	int status;
	struct rusage usage;
	uint64_t start = bench_now_ns();
	int rc = posix_spawnp(&child, command[0], NULL, NULL, command, environ);
	if (rc != 0) {
		bench_die("cannot run '%s': %s", command[0], strerror(rc));
	}
	while (wait4(child, &status, 0, &usage) < 0) {
		if (errno != EINTR) {
			bench_die("wait4: %s", strerror(errno));
		}
	}
	uint64_t ns = bench_now_ns() - start;
	dprintf(report, "%" PRIu64 " %" PRIu64 " %" PRIu64 " %ld %d\n", ns, microseconds(&usage.ru_utime),
		microseconds(&usage.ru_stime), usage.ru_maxrss, status);
}

int main(int argc, char **argv) {
	if (argc < 4) {
		bench_die("usage: bench_spawn REPORT-FD RUNS COMMAND [ARGS...]");
	}
	int report = (int)bench_number(argv[1]);
	if (fcntl(report, F_SETFD, FD_CLOEXEC) < 0) {
		bench_die("descriptor %d: %s", report, strerror(errno));
	}
	for (uint64_t runs = bench_number(argv[2]); runs > 0; --runs) {
		run_once(report, argv + 3);
	}
	return 0;
}
