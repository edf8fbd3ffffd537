/**
 * Fuzz target: the grammar through libtree-sitter.  Any bytes, whole and again after edits.
 *
 * The last three bytes of the input say where something is cut out and how much; the rest is the text.  The tree of the
 * edited text must be the one that a fresh parse gives, and so must that of the text with the cut undone.
 */
#include <stdlib.h>
#include <string.h>
#include <tree_sitter/api.h>

#include "grammar/dockerfile.h"

/** The target, as libFuzzer calls it. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/** Bytes at the end of the input that describe the edit. */
#define EDIT_BYTES 3

/** A text and its length; not NUL-terminated. */
struct text {
	const char *ptr;
	uint32_t len;
};

/** Row and column of byte `at`. */
static TSPoint point_at(struct text text, uint32_t at) {
	TSPoint p = { 0, 0 };
	for (uint32_t i = 0; i < at; ++i) {
		p.column++;
		if (text.ptr[i] == '\n') {
			p.row++;
			p.column = 0;
		}
	}
	return p;
}

/** The root spans the text and its children are in order. */
static void check_spans(TSTree *tree, struct text text) {
	TSNode root = ts_tree_root_node(tree);
	uint32_t before = 0;
	if (ts_node_end_byte(root) > text.len) {
		abort();
	}
	for (uint32_t i = 0, count = ts_node_child_count(root); i < count; ++i) {
		TSNode child = ts_node_child(root, i);
		if (ts_node_start_byte(child) < before || ts_node_end_byte(child) < ts_node_start_byte(child)) {
			abort();
		}
		before = ts_node_end_byte(child);
	}
}

/** Bytes `at` to `at + old_len` of `from` became `new_len` bytes of `to`: parse again, and compare with a fresh tree. */
static TSTree *reparse(TSParser *parser, TSTree *tree, struct text from, struct text to, uint32_t at, uint32_t old_len,
	uint32_t new_len) {
	TSInputEdit edit = {
		.start_byte = at,
		.old_end_byte = at + old_len,
		.new_end_byte = at + new_len,
		.start_point = point_at(from, at),
		.old_end_point = point_at(from, at + old_len),
		.new_end_point = point_at(to, at + new_len),
	};
	ts_tree_edit(tree, &edit);
	TSTree *again = ts_parser_parse_string(parser, tree, to.ptr, to.len);
	TSTree *fresh = ts_parser_parse_string(parser, NULL, to.ptr, to.len);
	check_spans(again, to);
	check_spans(fresh, to);
	char *a = ts_node_string(ts_tree_root_node(again));
	char *b = ts_node_string(ts_tree_root_node(fresh));
	// Recovery may differ: tree-sitter weighs errors by what it had before
	if (!ts_node_has_error(ts_tree_root_node(fresh)) && strcmp(a, b) != 0) {
		abort();
	}
	free(a);
	free(b);
	ts_tree_delete(tree);
	ts_tree_delete(again);
	return fresh;
}

/** The text, the text without some bytes, the text again. */
static void cut_and_undo(TSParser *parser, struct text text, uint32_t at, uint32_t cut) {
	char *rest = malloc(text.len - cut + 1); // never of size 0
	if (rest == NULL) {
		abort();
	}
	struct text shorter = { rest, text.len - cut };
	memcpy(rest, text.ptr, at);
	memcpy(rest + at, text.ptr + at + cut, shorter.len - at);
	TSTree *tree = ts_parser_parse_string(parser, NULL, text.ptr, text.len);
	check_spans(tree, text);
	tree = reparse(parser, tree, text, shorter, at, cut, 0);
	tree = reparse(parser, tree, shorter, text, at, 0, cut);
	ts_tree_delete(tree);
	free(rest);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
	if (size <= EDIT_BYTES || size > 1 << 16) {
		return 0;
	}
	struct text text = { (const char *)data, (uint32_t)size - EDIT_BYTES };
	const uint8_t *how = data + text.len;
	uint32_t at = (uint32_t)(how[0] | how[1] << 8) % text.len;
	uint32_t cut = how[2] > text.len - at ? text.len - at : how[2];
	TSParser *parser = ts_parser_new();
	if (!ts_parser_set_language(parser, tree_sitter_dockerfile())) {
		abort();
	}
	cut_and_undo(parser, text, at, cut);
	ts_parser_delete(parser);
	return 0;
}
