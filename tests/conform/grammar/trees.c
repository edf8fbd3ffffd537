/*
 * What a grammar says about Dockerfiles.
 *
 *   trees LIBRARY SYMBOL          reads paths from standard input and prints per file: path, "ok" or
 *                                 "error" (an ERROR or MISSING node), its first line, and the
 *                                 instructions as keyword:first-last, separated by tabs
 *   trees LIBRARY SYMBOL --time   reads them all first, parses each, prints bytes, lines and seconds
 *   trees LIBRARY SYMBOL --show   prints the tree of each file
 *
 * LIBRARY is a shared object with the generated parser and its scanner.
 */
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>
#include <tree_sitter/api.h>

static void die(const char *what, const char *which) {
	fprintf(stderr, "trees: %s '%s'\n", what, which);
	exit(2);
}

static char *read_file(const char *path, size_t *size) {
	FILE *f = fopen(path, "rb");
	if (f == NULL) {
		die("cannot open", path);
	}
	fseek(f, 0, SEEK_END);
	*size = (size_t)ftell(f);
	rewind(f);
	char *text = malloc(*size + 1);
	if (text == NULL || fread(text, 1, *size, f) != *size) {
		die("cannot read", path);
	}
	text[*size] = '\0';
	fclose(f);
	return text;
}

static unsigned count_lines(const char *text, size_t size) {
	unsigned lines = 0;
	for (size_t i = 0; i < size; ++i) {
		lines += text[i] == '\n';
	}
	return lines + (size > 0 && text[size - 1] != '\n');
}

/** First ERROR or MISSING node in document order; false if there is none.  Walks without recursion. */
static bool find_error(TSNode root, TSNode *found) {
	if (!ts_node_has_error(root)) {
		return false;
	}
	*found = root;
	TSTreeCursor cursor = ts_tree_cursor_new(root);
	bool ok = true;
	while (ok) {
		TSNode node = ts_tree_cursor_current_node(&cursor);
		if (strcmp(ts_node_type(node), "ERROR") == 0 || ts_node_is_missing(node)) {
			*found = node;
			break;
		}
		if (ts_node_has_error(node) && ts_tree_cursor_goto_first_child(&cursor)) {
			continue;
		}
		while (!(ok = ts_tree_cursor_goto_next_sibling(&cursor)) && ts_tree_cursor_goto_parent(&cursor)) {
		}
	}
	ts_tree_cursor_delete(&cursor);
	return true;
}

/** The instruction ends where its logical line does; at the end of a file that may be a continuation. */
static unsigned last_line(TSNode node, TSNode next, unsigned lines) {
	TSPoint end = ts_node_end_point(node);
	if (!ts_node_is_null(next) && strcmp(ts_node_type(next), "line_continuation") == 0) {
		return lines;
	}
	unsigned count = ts_node_child_count(node);
	if (count > 0) {
		TSNode last = ts_node_child(node, count - 1);
		const char *type = ts_node_type(last);
		if (strcmp(type, "line_continuation") == 0 || strcmp(type, "comment") == 0) {
			return lines;
		}
	}
	return end.row + (end.column > 0);
}

static void print_instructions(TSNode root, const char *text, unsigned lines) {
	TSTreeCursor cursor = ts_tree_cursor_new(root);
	bool more = ts_tree_cursor_goto_first_child(&cursor);
	bool first = true;
	while (more) {
		TSNode node = ts_tree_cursor_current_node(&cursor);
		more = ts_tree_cursor_goto_next_sibling(&cursor);
		TSNode next = more ? ts_tree_cursor_current_node(&cursor) : (TSNode){ 0 };
		const char *type = ts_node_type(node);
		const char *tail = strstr(type, "_instruction");
		if (tail == NULL) {
			continue;
		}
		(void)text;
		printf("%s%.*s:%u-%u", first ? "" : " ", (int)(tail - type), type, ts_node_start_point(node).row + 1,
			last_line(node, next, lines));
		first = false;
	}
	ts_tree_cursor_delete(&cursor);
}

static void report(TSParser *parser, const char *path, bool show) {
	size_t size;
	char *text = read_file(path, &size);
	TSTree *tree = ts_parser_parse_string(parser, NULL, text, (uint32_t)size);
	TSNode root = ts_tree_root_node(tree);
	if (show) {
		char *s = ts_node_string(root);
		printf("%s\t%s\n", path, s);
		free(s);
	} else {
		TSNode error;
		bool bad = find_error(root, &error);
		printf("%s\t%s\t%u\t", path, bad ? "error" : "ok", bad ? ts_node_start_point(error).row + 1 : 0);
		print_instructions(root, text, count_lines(text, size));
		putchar('\n');
	}
	ts_tree_delete(tree);
	free(text);
}

static double now(void) {
	struct timespec t;
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

struct text {
	char *bytes;
	size_t size;
};

static void time_all(TSParser *parser, const struct text *texts, size_t count) {
	size_t bytes = 0, lines = 0;
	double best = 1e9;
	for (size_t i = 0; i < count; ++i) {
		bytes += texts[i].size;
		lines += count_lines(texts[i].bytes, texts[i].size);
	}
	for (int round = 0; round < 5; ++round) {
		double start = now();
		for (size_t i = 0; i < count; ++i) {
			ts_tree_delete(ts_parser_parse_string(parser, NULL, texts[i].bytes, (uint32_t)texts[i].size));
		}
		double seconds = now() - start;
		best = seconds < best ? seconds : best;
	}
	printf("files=%zu bytes=%zu lines=%zu seconds=%.4f lines_per_second=%.0f\n", count, bytes, lines, best,
		(double)lines / best);
}

int main(int argc, char **argv) {
	if (argc < 3) {
		die("usage:", "trees LIBRARY SYMBOL [--time | --show] < PATHS");
	}
	void *library = dlopen(argv[1], RTLD_NOW);
	if (library == NULL) {
		die("cannot load", dlerror());
	}
	const TSLanguage *(*language)(void);
	void *symbol = dlsym(library, argv[2]);
	memcpy(&language, &symbol, sizeof(symbol));
	TSParser *parser = ts_parser_new();
	if (symbol == NULL || !ts_parser_set_language(parser, language())) {
		die("cannot use", argv[2]);
	}
	bool timing = argc > 3 && strcmp(argv[3], "--time") == 0;
	bool show = argc > 3 && strcmp(argv[3], "--show") == 0;
	struct text *texts = NULL;
	size_t count = 0;
	char *line = NULL;
	size_t capacity = 0;
	ssize_t length;
	while ((length = getline(&line, &capacity, stdin)) > 0) {
		line[strcspn(line, "\n")] = '\0';
		if (!timing) {
			report(parser, line, show);
			continue;
		}
		texts = realloc(texts, (count + 1) * sizeof(*texts));
		if (texts == NULL) {
			die("no memory for", line);
		}
		texts[count].bytes = read_file(line, &texts[count].size);
		count++;
	}
	if (timing) {
		time_all(parser, texts, count);
	}
	ts_parser_delete(parser);
	return 0;
}
