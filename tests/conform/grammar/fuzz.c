/*
 * libFuzzer target: any bytes through the grammar, whole and again after an edit, and the tree of the
 * edited text must be the one that a fresh parse gives.
 *
 *   clang -g -O1 -fsanitize=fuzzer,address,undefined -I../src fuzz.c ../src/parser.c ../src/scanner.c -ltree-sitter
 */
#include <stdlib.h>
#include <string.h>
#include <tree_sitter/api.h>

const TSLanguage *tree_sitter_dockerfile(void);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static TSPoint point_at(const char *text, uint32_t at) {
	TSPoint p = { 0, 0 };
	for (uint32_t i = 0; i < at; ++i) {
		p.column++;
		if (text[i] == '\n') {
			p.row++;
			p.column = 0;
		}
	}
	return p;
}

/** Remove `cut` bytes at `at` and parse again. */
static void edit_and_compare(TSParser *parser, TSTree *tree, const char *text, uint32_t size, uint32_t at,
	uint32_t cut) {
	char *edited = malloc(size + 1);
	if (edited == NULL) {
		abort();
	}
	memcpy(edited, text, at);
	memcpy(edited + at, text + at + cut, size - at - cut);
	uint32_t edited_size = size - cut;
	edited[edited_size] = '\0';
	TSInputEdit edit = {
		.start_byte = at,
		.old_end_byte = at + cut,
		.new_end_byte = at,
		.start_point = point_at(text, at),
		.old_end_point = point_at(text, at + cut),
		.new_end_point = point_at(text, at),
	};
	ts_tree_edit(tree, &edit);
	TSTree *again = ts_parser_parse_string(parser, tree, edited, edited_size);
	TSTree *fresh = ts_parser_parse_string(parser, NULL, edited, edited_size);
	char *a = ts_node_string(ts_tree_root_node(again));
	char *b = ts_node_string(ts_tree_root_node(fresh));
	// Recovery may differ: tree-sitter weighs errors by what it had before
	if (!ts_node_has_error(ts_tree_root_node(fresh)) && strcmp(a, b) != 0) {
		abort();
	}
	free(a);
	free(b);
	ts_tree_delete(again);
	ts_tree_delete(fresh);
	free(edited);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
	if (size < 4 || size > 1 << 16) {
		return 0;
	}
	TSParser *parser = ts_parser_new();
	if (!ts_parser_set_language(parser, tree_sitter_dockerfile())) {
		abort();
	}
	uint32_t at = (uint32_t)(data[0] | data[1] << 8), cut = data[2];
	const char *text = (const char *)data + 3;
	uint32_t length = (uint32_t)size - 3;
	TSTree *tree = ts_parser_parse_string(parser, NULL, text, length);
	at %= length;
	cut = cut > length - at ? length - at : cut;
	edit_and_compare(parser, tree, text, length, at, cut);
	ts_tree_delete(tree);
	ts_parser_delete(parser);
	return 0;
}
