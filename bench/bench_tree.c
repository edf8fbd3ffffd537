/**
 * A tree-sitter grammar at work: bench_tree LIBRARY RUNS LIST, or bench_tree LIBRARY RUNS --edit FILE
 *
 * LIBRARY is a shared object with tree_sitter_dockerfile().  The first form parses every file that LIST names, one per line,
 * in one thread, and prints one JSON object per run.  The second parses one file and then RUNS times inserts or removes a letter
 * in the middle of some line, each time parsing again with the old tree; it prints how long the slowest, the median and the
 * fastest of those took.
 */
#include "bench/bench.h"

#include <dlfcn.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <tree_sitter/api.h>

/** One file in memory. */
struct text {
	char *bytes;
	size_t len;
};

/** The language of a shared object, and a parser for it. */
static TSParser *make_parser(const char *library) {
	void *handle = dlopen(library, RTLD_NOW);
	if (handle == NULL) {
		bench_die("%s", dlerror());
	}
	void *symbol = dlsym(handle, "tree_sitter_dockerfile");
	if (symbol == NULL) {
		bench_die("%s", dlerror());
	}
	const TSLanguage *(*language)(void);
	memcpy(&language, &symbol, sizeof(symbol)); // ISO C has no cast from object to function
	TSParser *parser = ts_parser_new();
	if (!ts_parser_set_language(parser, language())) {
		bench_die("the library does not fit this tree-sitter");
	}
	return parser;
}

/** Parse with the old tree, or from nothing. */
static TSTree *parse(TSParser *parser, const TSTree *old, const struct text *text) {
	TSTree *tree = ts_parser_parse_string(parser, old, text->bytes, (uint32_t)text->len);
	if (tree == NULL) {
		bench_die("no tree");
	}
	return tree;
}

/** Parse every file of the list, `runs` times. */
static void time_list(TSParser *parser, uint64_t runs, const char *list_path) {
	size_t len, count = 0;
	char *list = bench_read(list_path, &len);
	struct text *texts = bench_alloc(len + 1, sizeof(*texts));
	for (char *line = list, *end; (end = strchr(line, '\n')) != NULL; line = end + 1) {
		*end = '\0';
		texts[count].bytes = bench_read(line, &texts[count].len);
		++count;
	}
	for (uint64_t run = 0; run < runs; ++run) {
		uint64_t broken = 0, start = bench_now_ns();
		for (size_t i = 0; i < count; ++i) {
			TSTree *tree = parse(parser, NULL, &texts[i]);
			broken += ts_node_has_error(ts_tree_root_node(tree));
			ts_tree_delete(tree);
		}
		uint64_t ns = bench_now_ns() - start;
		printf("{\"ns\": %" PRIu64 ", \"files\": %zu, \"broken\": %" PRIu64 "}\n", ns, count, broken);
	}
}

/** Row and byte column of an offset. */
static TSPoint point_at(const struct text *text, size_t offset) {
	TSPoint point = { 0, 0 };
	for (size_t i = 0; i < offset; ++i) {
		if (text->bytes[i] == '\n') {
			++point.row;
			point.column = 0;
		} else {
			++point.column;
		}
	}
	return point;
}

/** Insert a letter at `offset`, or take it away again. */
static TSInputEdit edit_text(struct text *text, size_t offset, bool insert) {
	TSPoint before = point_at(text, offset), after = before;
	++after.column;
	if (insert) {
		memmove(text->bytes + offset + 1, text->bytes + offset, text->len - offset);
		text->bytes[offset] = 'x';
		++text->len;
	} else {
		--text->len;
		memmove(text->bytes + offset, text->bytes + offset + 1, text->len - offset);
	}
	return (TSInputEdit){ .start_byte = (uint32_t)offset,
		.old_end_byte = (uint32_t)(offset + !insert),
		.new_end_byte = (uint32_t)(offset + insert),
		.start_point = before,
		.old_end_point = insert ? before : after,
		.new_end_point = insert ? after : before };
}

/** Order of two times. */
static int by_time(const void *a, const void *b) {
	uint64_t x, y;
	memcpy(&x, a, sizeof(x));
	memcpy(&y, b, sizeof(y));
	return (x > y) - (x < y);
}

/** Edit one file `runs` times. */
static void time_edits(TSParser *parser, uint64_t runs, const char *path) {
	size_t len;
	char *bytes = bench_read(path, &len);
	struct text text = { bench_alloc(len + 2, 1), len };
	memcpy(text.bytes, bytes, len);
	uint64_t *times = bench_alloc(runs, sizeof(*times));
	struct bench_rng rng = { .state = 1 };
	size_t offset = 0;
	TSTree *tree = parse(parser, NULL, &text);
	for (uint64_t i = 0; i < runs; ++i) {
		bool insert = i % 2 == 0;
		if (insert) {
			offset = bench_below(&rng, (uint32_t)len);
		}
		TSInputEdit edit = edit_text(&text, offset, insert);
		uint64_t start = bench_now_ns();
		ts_tree_edit(tree, &edit);
		TSTree *next = parse(parser, tree, &text);
		times[i] = bench_now_ns() - start;
		ts_tree_delete(tree);
		tree = next;
	}
	qsort(times, runs, sizeof(*times), by_time);
	printf("{\"edits\": %" PRIu64 ", \"min_ns\": %" PRIu64 ", \"median_ns\": %" PRIu64 ", \"p99_ns\": %" PRIu64
	       ", \"max_ns\": %" PRIu64 "}\n",
		runs, times[0], times[runs / 2], times[runs * 99 / 100], times[runs - 1]);
}

int main(int argc, char **argv) {
	bool edits = argc == 5 && strcmp(argv[3], "--edit") == 0;
	if (argc != 4 && !edits) {
		bench_die("usage: bench_tree LIBRARY RUNS LIST | bench_tree LIBRARY RUNS --edit FILE");
	}
	TSParser *parser = make_parser(argv[1]);
	if (edits) {
		time_edits(parser, bench_number(argv[2]), argv[4]);
	} else {
		time_list(parser, bench_number(argv[2]), argv[3]);
	}
	return 0;
}
