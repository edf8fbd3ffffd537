/**
 * Fuzz target: TOML documents.
 *
 * Whatever the bytes are: an error has a place inside the text, values lie where they say, keys of a table differ, and nothing is deeper
 * than the reader allows.
 */
#include "ctxopt/base/toml.h"

#include <stdlib.h>

/** The target, as libFuzzer calls it. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/** An invariant: our own bug if it does not hold. */
static void must(bool ok) {
	if (!ok) {
		abort();
	}
}

/** Is there such a place in the text, its end included? */
static bool has_place(struct ctx_str text, uint32_t line, uint32_t column) {
	size_t at = 0;
	for (uint32_t i = 1; i < line; ++i) {
		const char *feed = at < text.len ? memchr(text.ptr + at, '\n', text.len - at) : NULL;
		if (feed == NULL) {
			return false;
		}
		at = (size_t)(feed - text.ptr) + 1;
	}
	return line > 0 && column > 0 && at + column - 1 <= text.len;
}

/** One value, and those in it. */
static void check(struct ctx_str text, const struct ctx_toml *value, unsigned depth) { // NOLINT(misc-no-recursion)
	size_t count = 0;
	must(depth <= 3 * CTX_TOML_DEPTH_MAX && (depth == 0 || has_place(text, value->line, value->column)));
	must(depth == 0 || value->key.ptr == NULL || has_place(text, value->key_line, value->key_column));
	for (const struct ctx_toml *m = value->members; m != NULL; m = m->next, ++count) {
		must((m->key.ptr != NULL) == (value->kind == CTX_TOML_TABLE));
		must(m->key.ptr == NULL || ctx_toml_get(value, m->key) == m);
		must(m->next != NULL || value->last == m);
		check(text, m, depth + 1);
	}
	must(count == value->count && (count == 0 || value->kind == CTX_TOML_TABLE || value->kind == CTX_TOML_ARRAY));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
	struct ctx_arena arena = CTX_ARENA_INIT;
	struct ctx_str text = { (const char *)data, size };
	struct ctx_toml *root = NULL;
	struct ctx_error err = { 0 };
	if (size > 4096) {
		return 0; // more of the same, and looking places up is slow
	}
	if (ctx_toml_parse(&root, &arena, text.ptr, text.len, &err) < 0) {
		must(err.msg[0] != '\0' && has_place(text, err.line, err.column));
	} else {
		check(text, root, 0);
	}
	ctx_arena_release(&arena);
	return 0;
}
