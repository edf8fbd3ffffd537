/**
 * A tree-sitter grammar at work: bench_tree LIBRARY RUNS LIST, or bench_tree LIBRARY RUNS --edit FILE
 *
 * LIBRARY is a shared object with tree_sitter_dockerfile().  The first form parses every file that LIST names, one per line,
 * in one thread, and prints one JSON object per run.
 *
 * The second form edits FILE as people do, and parses again with the old tree after each edit: RUNS times each in the first
 * tenth, the middle and the last tenth, at lines chosen by a seeded generator.  An edit and what undoes it are made several
 * times, and the median of those is the time of that edit, so that the slowest edit is not the one that was disturbed.  One
 * JSON object per kind of edit and part of the file.
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

/** How often one and the same edit is measured. */
#define REPEATS 7
/** Lines between the start of a heredoc and its end. */
#define HEREDOC_LINES 5

/** A file being edited, and its tree. */
struct editor {
	TSParser *parser;
	TSTree *tree;
	struct text text;
	struct bench_rng rng;
};

/** What is done, one after the other; the second half undoes the first. */
struct edits {
	const char *names[4];
	/** Where text is put in, and the text; the second is applied after the first.  Without text it is not done. */
	size_t offsets[2];
	struct text texts[2];
};

/** Where in the file, in hundredths. */
static const struct part {
	const char *name;
	unsigned from, to;
} parts[] = { { "beginning", 0, 10 }, { "middle", 45, 55 }, { "end", 90, 100 } };

/** Row and byte column of an offset. */
static TSPoint point_at(const struct text *text, size_t offset) {
	TSPoint point = { 0, 0 };
	for (size_t i = 0; i < offset; ++i) {
		point.column++;
		if (text->bytes[i] == '\n') {
			point.row++;
			point.column = 0;
		}
	}
	return point;
}

/** Put `what` in at `offset`, or take it out again; nanoseconds of parsing. */
static uint64_t edit(struct editor *ed, size_t offset, const struct text *what, bool insert) {
	struct text *text = &ed->text;
	TSInputEdit edit = { .start_byte = (uint32_t)offset, .start_point = point_at(text, offset) };
	edit.old_end_byte = edit.new_end_byte = edit.start_byte;
	edit.old_end_point = edit.new_end_point = edit.start_point;
	size_t end = offset + what->len;
	if (insert) {
		memmove(text->bytes + end, text->bytes + offset, text->len - offset);
		memcpy(text->bytes + offset, what->bytes, what->len);
		text->len += what->len;
		edit.new_end_byte = (uint32_t)end;
		edit.new_end_point = point_at(text, end);
	} else {
		edit.old_end_byte = (uint32_t)end;
		edit.old_end_point = point_at(text, end);
		memmove(text->bytes + offset, text->bytes + end, text->len - end);
		text->len -= what->len;
	}
	uint64_t start = bench_now_ns();
	ts_tree_edit(ed->tree, &edit);
	TSTree *next = parse(ed->parser, ed->tree, text);
	uint64_t ns = bench_now_ns() - start;
	ts_tree_delete(ed->tree);
	ed->tree = next;
	return ns;
}

/** The line that an offset is in, with its line feed. */
static struct text line_at(const struct text *text, size_t offset) {
	size_t start = offset, end = offset;
	while (start > 0 && text->bytes[start - 1] != '\n') {
		--start;
	}
	while (end < text->len && text->bytes[end++] != '\n') {
	}
	return (struct text){ text->bytes + start, end - start };
}

/** The line after that one. */
static struct text line_after(const struct text *text, const struct text *line) {
	size_t end = (size_t)(line->bytes - text->bytes) + line->len;
	return line_at(text, end < text->len ? end : text->len - 1);
}

/** Is it the first line of an instruction? */
static bool starts_instruction(const struct text *line) {
	return line->len > 1 && line->bytes[0] >= 'A' && line->bytes[0] <= 'Z';
}

/** An offset in a part of the file. */
static size_t place(struct editor *ed, const struct part *part) {
	size_t from = ed->text.len * part->from / 100, to = ed->text.len * part->to / 100;
	return from + bench_below(&ed->rng, (uint32_t)(to - from));
}

/** A letter somewhere. */
static struct edits letter(struct editor *ed, const struct part *part) {
	static char x[] = "x";
	return (struct edits){ { "a letter typed", NULL, NULL, "a letter deleted" }, { place(ed, part), 0 },
		{ { x, 1 }, { NULL, 0 } } };
}

/** A line once more, whatever it is part of. */
static struct edits whole_line(struct editor *ed, const struct part *part) {
	static char copy[1024];
	struct text line = line_at(&ed->text, place(ed, part));
	size_t len = line.len < sizeof(copy) ? line.len : sizeof(copy);
	memcpy(copy, line.bytes, len);
	return (struct edits){ { "a line inserted", NULL, NULL, "a line deleted" },
		{ (size_t)(line.bytes - ed->text.bytes), 0 }, { { copy, len }, { NULL, 0 } } };
}

/** The start of a heredoc before an instruction, then its end some lines below. */
static struct edits heredoc(struct editor *ed, const struct part *part) {
	static char open[] = "RUN <<END_OF_SCRIPT\n", close[] = "END_OF_SCRIPT\n";
	struct text line = line_at(&ed->text, place(ed, part));
	while (!starts_instruction(&line)) {
		line = line_at(&ed->text, place(ed, part));
	}
	struct text last = line;
	for (int i = 0; i < HEREDOC_LINES; ++i) {
		last = line_after(&ed->text, &last);
	}
	return (struct edits){ { "a heredoc opened", "its end typed", "its end deleted", "its start deleted" },
		{ (size_t)(line.bytes - ed->text.bytes), (size_t)(last.bytes - ed->text.bytes) + sizeof(open) - 1 },
		{ { open, sizeof(open) - 1 }, { close, sizeof(close) - 1 } } };
}

/** A heredoc around nearly all of the file: nothing of the old tree can be used. */
static struct edits around(struct editor *ed, const struct part *part) {
	struct edits edits = heredoc(ed, part);
	edits.names[0] = "a heredoc around everything opened";
	edits.names[1] = "its end typed, in the last line";
	edits.names[2] = "its end deleted, in the last line";
	edits.names[3] = "its start deleted, far from where it ended";
	struct text last = line_at(&ed->text, ed->text.len - 1);
	edits.offsets[1] = (size_t)(last.bytes - ed->text.bytes) + edits.texts[0].len;
	return edits;
}

/** Order of two times. */
static int by_time(const void *a, const void *b) {
	uint64_t x, y;
	memcpy(&x, a, sizeof(x));
	memcpy(&y, b, sizeof(y));
	return (x > y) - (x < y);
}

/** Sort, and return the one in the middle. */
static uint64_t middle_of(uint64_t *times, size_t count) {
	qsort(times, count, sizeof(*times), by_time);
	return times[count / 2];
}

/** Make the edits and undo them, several times; one time for each. */
static void time_one(struct editor *ed, const struct edits *edits, uint64_t result[4]) {
	uint64_t times[4][REPEATS] = { { 0 } };
	for (size_t i = 0; i < REPEATS; ++i) {
		for (size_t step = 0; step < 4; ++step) {
			size_t which = step < 2 ? step : 3 - step;
			if (edits->texts[which].len > 0) {
				times[step][i] = edit(ed, edits->offsets[which], &edits->texts[which], step < 2);
			}
		}
	}
	for (size_t step = 0; step < 4; ++step) {
		result[step] = middle_of(times[step], REPEATS);
	}
}

/** Edits of one kind in one part of the file. */
static void time_kind(struct editor *ed, uint64_t runs, const struct part *part,
	struct edits (*make)(struct editor *, const struct part *)) {
	uint64_t *times[4];
	for (size_t step = 0; step < 4; ++step) {
		times[step] = bench_alloc(runs, sizeof(**times));
	}
	struct edits edits = { 0 };
	for (uint64_t run = 0; run < runs; ++run) {
		uint64_t found[4];
		edits = make(ed, part);
		time_one(ed, &edits, found);
		for (size_t step = 0; step < 4; ++step) {
			times[step][run] = found[step];
		}
	}
	for (size_t step = 0; step < 4; ++step) {
		uint64_t median_ns = middle_of(times[step], runs);
		if (edits.names[step] != NULL) {
			printf("{\"edit\": \"%s\", \"part\": \"%s\", \"edits\": %" PRIu64 ", \"median_ns\": %" PRIu64
			       ", \"max_ns\": %" PRIu64 "}\n",
				edits.names[step], part->name, runs, median_ns, times[step][runs - 1]);
		}
		free(times[step]);
	}
}

/** Edit a file. */
static void time_edits(TSParser *parser, uint64_t runs, const char *path) {
	size_t len;
	char *bytes = bench_read(path, &len);
	struct editor ed = { .parser = parser, .text = { bench_alloc(len + 2048, 1), len }, .rng = { .state = 1 } };
	memcpy(ed.text.bytes, bytes, len);
	ed.tree = parse(parser, NULL, &ed.text);
	for (size_t i = 0; i < CTX_COUNTOF(parts); ++i) {
		time_kind(&ed, runs, &parts[i], letter);
		time_kind(&ed, runs, &parts[i], whole_line);
		time_kind(&ed, runs, &parts[i], heredoc);
	}
	time_kind(&ed, runs, &parts[0], around);
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
