/**
 * Fuzz target: YAML documents.
 *
 * Whatever the bytes are: an error has a place inside the text, nodes lie where they say and within the one that they are part of, keys of
 * a map differ, no node contains itself, and nothing is deeper than the reader allows.
 */
#include "ctxopt/base/yaml.h"

#include <stdlib.h>

/** The target, as libFuzzer calls it. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/** An invariant: our own bug if it does not hold. */
static void must(bool ok) {
	if (!ok) {
		abort();
	}
}

/** Where a byte stands. */
static void check_place(struct ctx_str text, const struct ctx_yaml *node) {
	size_t start = node->from;
	uint32_t line = 1;
	must(node->from <= text.len && node->len <= text.len - node->from);
	for (size_t i = 0; i < node->from; ++i) {
		line += text.ptr[i] == '\n';
	}
	while (start > 0 && text.ptr[start - 1] != '\n') {
		--start;
	}
	bool marked = start == 0 && ctx_str_starts(text, "\xef\xbb\xbf");
	must(node->line == line && node->column == node->from - start + 1 - (marked ? 3 : 0));
	must(node->end_line >= node->line);
}

/** How far a walk may go. */
struct walk {
	struct ctx_str text;
	size_t steps;
};

/** One node, and those in it. */
static void check(struct walk *walk, const struct ctx_yaml *node, unsigned depth) { // NOLINT(misc-no-recursion)
	size_t count = (size_t)node->count * (node->kind == CTX_YAML_MAP ? 2 : 1);
	if (walk->steps++ > 20000) {
		return; // aliases
	}
	must(depth < 2000); // each level of aliases can have as many as the reader allows, but no circle ends
	check_place(walk->text, node);
	must(node->kind == CTX_YAML_SCALAR ? node->items == NULL && count == 0
					   : node->text.ptr == NULL && !node->plain);
	must(node->text.ptr == NULL || node->text.ptr[node->text.len] == '\0');
	for (size_t i = 0; i < count; ++i) {
		check(walk, node->items[i], depth + 1);
	}
}

/** A pair that a walk shows is the one that a look finds. */
static int check_pair(void *arg, const struct ctx_yaml *key, const struct ctx_yaml *value) {
	must(strlen(key->text.ptr) < key->text.len || ctx_yaml_get(arg, key->text.ptr) == value);
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
	struct ctx_arena arena = CTX_ARENA_INIT;
	struct walk walk = { .text = { (const char *)data, size } };
	struct ctx_yaml_documents documents;
	struct ctx_error err = { .msg = "" };
	if (size > 4096) {
		return 0; // more of the same, and looking places up is slow
	}
	if (ctx_yaml_parse(&documents, &arena, walk.text, &err) < 0) {
		must(err.msg[0] != '\0' && err.line > 0 && err.line <= size + 1 && err.column > 0 &&
			err.column <= size + 1);
	}
	for (size_t i = 0; i < documents.count; ++i) {
		struct ctx_yaml *root = documents.items[i];
		if (root != NULL) {
			check(&walk, root, 0);
			must(ctx_yaml_each(root, check_pair, root) == 0);
		}
	}
	ctx_arena_release(&arena);
	return 0;
}
