/**
 * What the helpers share that read one JSON object per line and answer with one.
 *
 * Strings stand for bytes: the code point U+00XX is the byte XX (tests/conform/README.md).
 */
#ifndef TESTS_HELPER_CASE_JSON_H
#define TESTS_HELPER_CASE_JSON_H

#include "ctxopt/context/snapshot.h"

#include <jansson.h>

/** Append the bytes of a JSON string; nothing if it is none. */
void case_decode(struct ctx_buf *out, const json_t *text);
/** The JSON string that stands for some bytes. */
json_t *case_encode(const char *bytes, size_t len);

/**
 * Add a tree to a snapshot and seal it: rows are [path, kind] or, for a symlink, [path, kind, target].  Files are empty, a symlink without
 * target points to "nowhere".
 */
CTX_NODISCARD
int case_build_tree(struct ctx_snapshot *snap, const json_t *tree, struct ctx_error *err);

/**
 * Answer every line of standard input.
 * @return exit status.
 */
int case_loop(const char *program, json_t *(*answer)(void *arg, const json_t *question), void *arg);

#endif
