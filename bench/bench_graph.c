/**
 * Dockerfiles to build graphs: bench_graph RUNS LIST
 *
 * LIST names one file per line.  All are read into memory first.  Then each run takes every file from its text through the
 * model to the graph of its last stage, in one thread; that is timed.  One JSON object per run.
 */
#include "analyzer/dockerfile/graph.h"
#include "bench/bench.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/** Texts of all files. */
struct texts {
	struct ctx_str *items;
	size_t count;
	uint64_t bytes, lines;
};

/** What a run found. */
struct result {
	uint64_t ns;
	/** Files with a graph, files that a build would reject. */
	uint64_t graphs, rejected;
	uint64_t stages, vertices;
};

/** Read the files that the list names. */
static struct texts read_texts(const char *list_path) {
	size_t len;
	char *list = bench_read(list_path, &len);
	struct texts texts = { 0 };
	for (size_t i = 0; i < len; ++i) {
		texts.count += list[i] == '\n';
	}
	texts.items = bench_alloc(texts.count + 1, sizeof(*texts.items));
	size_t at = 0;
	for (char *line = list, *end; (end = strchr(line, '\n')) != NULL; line = end + 1) {
		*end = '\0';
		struct ctx_str *text = &texts.items[at++];
		text->ptr = bench_read(line, &text->len);
		texts.bytes += text->len;
		for (size_t i = 0; i < text->len; ++i) {
			texts.lines += text->ptr[i] == '\n';
		}
		texts.lines += text->len > 0 && text->ptr[text->len - 1] != '\n';
	}
	free(list);
	return texts;
}

/** One file: text to graph, and count. */
static void build_one(struct ctx_str text, struct result *result) {
	struct ctx_error err;
	ana_auto_dockerfile struct ana_dockerfile df = { 0 };
	if (ana_dockerfile_parse(&df, text, &err) < 0) {
		bench_die("%s", err.msg);
	}
	if (df.diags.items.count > 0) {
		++result->rejected;
		return;
	}
	ana_auto_graph struct ana_graph graph = { 0 };
	const struct ana_graph_opts opts = { 0 };
	if (ana_graph_build(&graph, &df, &opts, &err) < 0) {
		bench_die("%s", err.msg);
	}
	if (graph.diags.items.count > 0) {
		++result->rejected;
		return;
	}
	++result->graphs;
	result->stages += graph.stages.count;
	result->vertices += graph.vertices.count;
}

int main(int argc, char **argv) {
	if (argc != 3) {
		bench_die("usage: bench_graph RUNS LIST");
	}
	uint64_t runs = bench_number(argv[1]);
	struct texts texts = read_texts(argv[2]);
	for (uint64_t run = 0; run < runs; ++run) {
		struct result result = { 0 };
		uint64_t start = bench_now_ns();
		for (size_t i = 0; i < texts.count; ++i) {
			build_one(texts.items[i], &result);
		}
		result.ns = bench_now_ns() - start;
		printf("{\"ns\": %" PRIu64 ", \"files\": %zu, \"bytes\": %" PRIu64 ", \"lines\": %" PRIu64
		       ", \"graphs\": %" PRIu64 ", \"rejected\": %" PRIu64 ", \"stages\": %" PRIu64
		       ", \"vertices\": %" PRIu64 "}\n",
			result.ns, texts.count, texts.bytes, texts.lines, result.graphs, result.rejected, result.stages,
			result.vertices);
	}
	return 0;
}
