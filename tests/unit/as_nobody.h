/**
 * A part of a test as a user whom permissions bind: root reads everything.
 *
 * Include after <cmocka.h>.
 */
#ifndef CTXOPT_TESTS_UNIT_AS_NOBODY_H
#define CTXOPT_TESTS_UNIT_AS_NOBODY_H

#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/** Run `check` in a child, in the scratch directory; it returns 0 if all is well.  Skips the test where that cannot be done. */
static inline void as_nobody(int (*check)(void)) {
	assert_int_equal(chmod(".", 0755), 0);
	pid_t child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		if (geteuid() == 0 && (setresgid(65534, 65534, 65534) < 0 || setresuid(65534, 65534, 65534) < 0)) {
			_exit(77);
		}
		_exit(check());
	}
	int status;
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	if (WEXITSTATUS(status) == 77) {
		skip();
	}
	assert_int_equal(WEXITSTATUS(status), 0);
}

#endif
