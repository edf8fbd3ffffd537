/*
 * ctxopt-reads-tool: what the steps of a Dockerfile read from a tree, for conform/copies.py.
 *
 *	Reads one JSON object per line, {"id": N, "tree": [["path", "kind"], ["path", "symlink", "target"], ...],
 *	"ignore": "text", "dockerfile": "text"}, and prints {"id": N, "error": null, "reads": [{"path": "/a", "missing":
 *	null, "entries": ["a", ...]}, ...]}: the reads of the last stage, in the order of its steps.
 */
#include "analyzer/dockerfile/follow.h"
#include "analyzer/dockerfile/select.h"
#include "analyzer/dockerfile/wanted.h"
#include "ctxopt/context/ignore.h"
#include "tests/helper/case_json.h"

#include <stdio.h>
#include <string.h>

/** One case. */
struct run {
	struct ctx_snapshot *snap;
	struct ctx_ignore *ig, *includes;
	struct ctx_buf ignore, text;
	struct ana_dockerfile df;
	struct ana_graph graph;
	struct ana_reads reads;
	struct ana_words patterns;
	struct ctx_arena arena;
};

/* Free everything. */
static void release(struct run *run) {
	ana_words_release(&run->patterns);
	ana_reads_release(&run->reads);
	ana_graph_release(&run->graph);
	ana_dockerfile_release(&run->df);
	ctx_snapshot_free(run->snap);
	ctx_ignore_free(run->includes);
	ctx_ignore_free(run->ig);
	ctx_buf_release(&run->ignore);
	ctx_buf_release(&run->text);
	ctx_arena_release(&run->arena);
}

/* The tree of a case, with its ignore rules applied. */
static int load_tree(struct run *run, const json_t *question, struct ctx_error *err) {
	run->snap = ctx_snapshot_new(1);
	if (run->snap == NULL) {
		return ctx_fail_nomem(err);
	}
	case_decode(&run->ignore, json_object_get(question, "ignore"));
	int rc = case_build_tree(run->snap, json_object_get(question, "tree"), err);
	rc = rc < 0 ? rc
		    : ctx_ignore_parse(&run->ig, CTX_IGNORE_DOCKER, ctx_buf_str(&run->ignore), run->ignore.len, err);
	return rc < 0 ? rc : ctx_snapshot_apply(run->snap, run->ig, err);
}

/* The first error of a pass becomes that of the case. */
static int first_error(const struct ana_diags *diags, struct ctx_error *err) {
	return diags->items.count > 0 ? ctx_fail(err, CTX_E_SYNTAX, "%s", diags->items.items[0].message) : 0;
}

/* The graph of the Dockerfile. */
static int load_graph(struct run *run, const json_t *question, struct ctx_error *err) {
	const struct ana_graph_opts opts = { .build_platform = { .os = CTX_STR("linux"), .arch = CTX_STR("amd64") } };
	case_decode(&run->text, json_object_get(question, "dockerfile"));
	struct ctx_str text = { ctx_buf_str(&run->text), run->text.len };
	int rc = ana_dockerfile_parse(&run->df, text, err);
	rc = rc < 0 ? rc : first_error(&run->df.diags, err);
	rc = rc < 0 ? rc : ana_graph_build(&run->graph, &run->df, &opts, err);
	rc = rc < 0 ? rc : first_error(&run->graph.diags, err);
	return rc < 0 ? rc : ana_reads_collect(&run->reads, &run->graph, err);
}

/* ana_wanted_fn: the build gets the entry. */
static int mark_wanted(void *arg, const struct ana_wanted *wanted) {
	(void)arg;
	wanted->entry->flags |= CTX_ENTRY_WANTED;
	return 0;
}

/* Mark what a client sends. */
static int mark_sent(struct run *run, struct ctx_error *err) {
	const struct ana_local *local = &run->graph.locals.items[0];
	struct ana_follow_snapshot follow;
	ana_follow_snapshot_init(&follow, run->snap);
	int rc = 0;
	if (!local->all) {
		rc = ana_follow_links(&run->patterns, local->paths, local->path_count, &follow.tree, &run->arena, err);
	}
	rc = rc < 0 ? rc
		    : ana_wanted_compile(&run->includes, run->patterns.items.items, run->patterns.items.count, err);
	return rc < 0 ? rc : ana_wanted_each(run->snap, run->includes, NULL, mark_wanted, NULL, err);
}

/* ana_select_fn: note an entry. */
static int note(void *arg, struct ctx_dir *dir, struct ctx_entry *entry, const char *path, size_t len) {
	(void)dir;
	(void)entry;
	json_array_append_new(arg, case_encode(path, len));
	return 0;
}

/* Answer all reads. */
static int list_reads(struct run *run, json_t *reads, struct ctx_error *err) {
	for (size_t i = 0; i < run->reads.items.count; ++i) {
		const struct ana_read *read = &run->reads.items.items[i];
		struct ana_selection found;
		json_t *entries = json_array();
		int rc = ana_select(&found, read, run->snap, ANA_SELECT_WANTED, note, entries, err);
		if (rc < 0) {
			json_decref(entries);
			return rc;
		}
		json_t *missing = found.missing ? case_encode(found.message, strlen(found.message)) : json_null();
		json_array_append_new(reads,
			json_pack("{s:o,s:o,s:o}", "path", case_encode(read->path.ptr, read->path.len), "missing",
				missing, "entries", entries));
	}
	return 0;
}

/* One case, answered. */
static json_t *answer(void *arg, const json_t *question) {
	(void)arg;
	struct ctx_error err = { 0 };
	struct run run = { .ignore = CTX_BUF_INIT, .text = CTX_BUF_INIT };
	json_t *reads = json_array();
	int rc = load_tree(&run, question, &err);
	rc = rc < 0 ? rc : load_graph(&run, question, &err);
	rc = rc < 0 ? rc : mark_sent(&run, &err);
	rc = rc < 0 ? rc : list_reads(&run, reads, &err);
	release(&run);
	json_t *error = rc < 0 ? case_encode(err.msg, strlen(err.msg)) : json_null();
	return json_pack("{s:O,s:o,s:o}", "id", json_object_get(question, "id"), "error", error, "reads", reads);
}

int main(int argc, char **argv) {
	(void)argv;
	if (argc != 1) {
		fprintf(stderr, "usage: ctxopt-reads-tool < CASES\n");
		return 2;
	}
	return case_loop("ctxopt-reads-tool", answer, NULL);
}
