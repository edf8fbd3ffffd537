/**
 * Small trees written as one line: "d/ d/x l>d/x" is a directory, a file of one byte and a symlink.  For unit tests.
 *
 * Include after cmocka.h.
 */
#ifndef CTXOPT_TESTS_UNIT_TREE_TEXT_H
#define CTXOPT_TESTS_UNIT_TREE_TEXT_H

#include "tests/unit/snap.h"

#include <stdlib.h>

/** Call `fn` for each entry: its path, its target or NULL, and whether it is a directory. */
static inline void tree_each(const char *text, void (*fn)(void *arg, const char *path, const char *target, bool dir),
	void *arg) {
	char *copy = strdup(text);
	assert_non_null(copy);
	char *save = NULL;
	for (char *word = strtok_r(copy, " ", &save); word != NULL; word = strtok_r(NULL, " ", &save)) {
		char *target = strchr(word, '>');
		size_t len = strlen(word);
		bool dir = target == NULL && word[len - 1] == '/';
		if (dir) {
			word[len - 1] = '\0';
		}
		if (target != NULL) {
			*target++ = '\0';
		}
		fn(arg, word, target, dir);
	}
	free(copy);
}

/** Add one entry to a snapshot. */
static inline void tree_add(void *snap, const char *path, const char *target, bool dir) {
	if (target != NULL) {
		assert_int_equal(snap_link(snap, path, target), 0);
	} else {
		assert_int_equal(dir ? snap_dir(snap, path) : snap_file(snap, path, 1), 0);
	}
}

/** A sealed snapshot of the tree, with what the pattern (NULL: none) matches ignored. */
static inline struct ctx_snapshot *tree_snapshot(const char *text, const char *pattern) {
	struct ctx_snapshot *snap = ctx_snapshot_new(1);
	assert_non_null(snap);
	tree_each(text, tree_add, snap);
	assert_int_equal(ctx_snapshot_seal(snap, NULL), 0);
	if (pattern != NULL) {
		struct ctx_ignore *ig = NULL;
		assert_int_equal(ctx_ignore_compile(&ig, &pattern, 1, NULL), 0);
		assert_int_equal(ctx_snapshot_apply(snap, ig, NULL), 0);
		ctx_ignore_free(ig);
	}
	return snap;
}

#endif
