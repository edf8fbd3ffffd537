/**
 * A graph in the language of Graphviz: `ctxopt graph --format dot | dot -Tsvg`.
 *
 * A cluster per stage, a box per step; the context is a folder whose arrows say which paths are asked for.  Every name is
 * a quoted string in which quotes, backslashes and control bytes are harmless.
 */
#include "analyzer/report/cells.h"
#include "analyzer/report/steps.h"
#include "analyzer/report/words.h"

/** Longest line of a label, and lines of a step's name. */
#define LABEL_COLUMNS 48
#define LABEL_LINES 3
/** Paths on an arrow. */
#define PATHS_SHOWN 3

/** One line of a label. */
static void put_text(struct ctx_out *out, struct ctx_str text, size_t room) {
	struct ctx_out cut;
	ctx_out_init_mem(&cut);
	ana_cells_put(&cut, text, room, true);
	for (size_t i = 0; i < cut.buf.len; ++i) {
		char c = cut.buf.data[i];
		ctx_out_puts(out, c == '"' || c == '\\' ? "\\" : "");
		ctx_out_write(out, &c, 1);
	}
	ctx_out_abort(&cut);
}

/**
 * Bytes of the text that go on one line: up to a blank, or behind a character that ends a part of a path or of a flag,
 * unless those come too early.
 */
static size_t line_end(struct ctx_str text) {
	size_t columns = 0, at = 0, blank = 0, part = 0;
	while (at < text.len && columns < LABEL_COLUMNS) {
		struct ana_cell cell = ana_cell_of(ctx_str_from(text, at));
		blank = text.ptr[at] == ' ' ? at : blank;
		columns += cell.columns;
		at += cell.source;
		part = memchr("/,=", text.ptr[at - 1], 3) != NULL ? at : part;
	}
	if (at == text.len || text.ptr[at] == ' ') {
		return at;
	}
	return blank > LABEL_COLUMNS / 2 ? blank : part > LABEL_COLUMNS / 3 ? part : at;
}

/** The name of a step on several lines, flush left. */
static void put_name(struct ctx_out *out, struct ctx_str name) {
	for (unsigned line = 1; name.len > 0; ++line) {
		size_t end = line < LABEL_LINES ? line_end(name) : name.len;
		put_text(out, (struct ctx_str){ name.ptr, end }, LABEL_COLUMNS);
		ctx_out_puts(out, "\\l");
		name = ctx_str_from(name, end);
		while (name.len > 0 && name.ptr[0] == ' ') {
			name = ctx_str_from(name, 1);
		}
	}
}

/** A step as a box. */
static void put_step(struct ctx_out *out, const struct ana_build *b, uint32_t index) {
	ctx_out_printf(out, "    step%u [label=\"", index);
	put_name(out, ana_step_vertex(b->outline, index)->name);
	bool fails = b->reads != NULL && b->reads[index].missing != NULL;
	ctx_out_puts(out, fails ? "\", color=\"#c0392b\", penwidth=2];\n" : "\"];\n");
}

/** A stage as a cluster. */
static void put_stage(struct ctx_out *out, const struct ana_build *b, uint32_t index) {
	const struct ana_outline *o = b->outline;
	const struct ana_graph_stage *stage = &o->graph->stages.items[index];
	const struct ana_outline_stage *rows = &o->stages[index];
	ctx_out_printf(out, "  subgraph cluster%u {\n    label=\"", index);
	put_text(out, rows->name, LABEL_COLUMNS);
	if (stage->base_stage != ANA_NONE) {
		ctx_out_puts(out, "  from ");
		put_text(out, o->stages[stage->base_stage].name, LABEL_COLUMNS);
	}
	bool target = index == o->graph->target;
	ctx_out_puts(out, target ? "  (target)\";\n" : stage->reachable ? "\";\n" : "  (not built)\";\n");
	ctx_out_puts(out,
		!stage->reachable ? "    style=\"rounded,dashed\"; color=\"#999999\"; fontcolor=\"#999999\";\n"
			: target  ? "    style=\"rounded,filled\"; fillcolor=\"#eaf5ea\"; color=\"#2e7d32\";\n"
				  : "    style=\"rounded,filled\"; fillcolor=\"#f6f6f6\"; color=\"#bbbbbb\";\n");
	for (uint32_t i = 0; i < rows->step_count; ++i) {
		put_step(out, b, rows->first_step + i);
	}
	if (rows->step_count == 0) {
		ctx_out_printf(out, "    stage%u [label=\"%s\", shape=plaintext, fontcolor=\"#999999\"];\n", index,
			stage->reachable ? "no steps" : "not built");
	}
	ctx_out_puts(out, "  }\n");
}

/** Paths that a step asks a context for, one on a line.  The number of them. */
static uint32_t put_paths(struct ctx_out *out, const struct ana_outline_step *step, uint32_t local) {
	uint32_t count = 0;
	for (uint32_t i = 0; i < step->input_count; ++i) {
		if (step->inputs[i].local != local || ++count > PATHS_SHOWN) {
			continue;
		}
		bool all = ctx_str_is(step->inputs[i].path, ".");
		put_text(out, all ? CTX_STR("everything") : step->inputs[i].path, LABEL_COLUMNS / 2);
		ctx_out_puts(out, "\\l");
	}
	if (count > PATHS_SHOWN) {
		ctx_out_printf(out, "%u more\\l", count - PATHS_SHOWN);
	}
	return count;
}

/** An arrow from each context that a step reads; a single one tells how much that is. */
static void put_context_arrows(struct ctx_out *out, const struct ana_build *b, uint32_t index) {
	const struct ana_outline_step *step = &b->outline->steps.items[index];
	const struct ana_step_reads *reads = b->reads == NULL ? NULL : &b->reads[index];
	for (uint32_t i = 0; i < step->input_count; ++i) {
		if (!ana_step_first_of_local(step, i)) {
			continue;
		}
		ctx_out_printf(out, "  context%u -> step%u [color=\"#1565c0\", fontcolor=\"#1565c0\", label=\"",
			step->inputs[i].local, index);
		uint32_t count = put_paths(out, step, step->inputs[i].local);
		if (count == step->input_count && reads != NULL && reads->known) {
			char human[CTX_HUMAN_MAX];
			ana_count(out, reads->files, "file", "files");
			ctx_out_printf(out, ", %s\\l", ctx_human_bytes(human, reads->bytes));
		}
		ctx_out_puts(out, "\"];\n");
	}
}

/** How an arrow between two steps looks. */
static const char *arrow_style(const struct ana_outline *o, uint32_t from, uint32_t to) {
	const struct ana_outline_step *step = &o->steps.items[to];
	for (uint32_t i = 0; i < step->edge_count; ++i) {
		if (step->edges[i].step == from) {
			return step->edges[i].mounted
				? "style=dashed, color=\"#8e5a00\", fontcolor=\"#8e5a00\", label=\"mount\""
				: "color=\"#8e5a00\", fontcolor=\"#8e5a00\", label=\"copy\"";
		}
	}
	return o->steps.items[from].stage == step->stage ? "" : "style=bold";
}

/** Arrows into a step. */
static void put_arrows(struct ctx_out *out, const struct ana_build *b, uint32_t index) {
	const struct ana_outline *o = b->outline;
	const struct ana_outline_step *step = &o->steps.items[index];
	for (uint32_t i = 0; i < step->depends_count; ++i) {
		const char *style = arrow_style(o, step->depends_on[i], index);
		ctx_out_printf(out, *style == '\0' ? "  step%u -> step%u;\n" : "  step%u -> step%u [%s];\n",
			step->depends_on[i], index, style);
	}
	put_context_arrows(out, b, index);
}

/** The contexts that steps read. */
static void put_contexts(struct ctx_out *out, const struct ana_build *b) {
	const struct ana_graph *graph = b->outline->graph;
	for (size_t i = 0; i < graph->locals.count; ++i) {
		if (!graph->locals.items[i].used) {
			continue;
		}
		ctx_out_printf(out,
			"  context%zu [shape=folder, style=filled, fillcolor=\"#e3f0fc\", color=\"#1565c0\", label=\"",
			i);
		put_text(out, i == 0 ? CTX_STR("build context") : graph->locals.items[i].name, LABEL_COLUMNS);
		ctx_out_puts(out, "\"];\n");
	}
}

/** `graph`. */
static void dot_graph(struct ctx_out *out, const struct ana_graph_view *r) {
	const struct ana_build *b = r->build;
	if (b->outline == NULL) {
		return; // its errors went to standard error
	}
	ctx_out_puts(out, "digraph \"");
	put_text(out, CTX_STR(b->dockerfile), SIZE_MAX);
	ctx_out_puts(out,
		"\" {\n  graph [fontname=\"Helvetica\", fontsize=12, labeljust=l, ranksep=0.35];\n"
		"  node [shape=box, style=\"rounded,filled\", fillcolor=white, fontname=\"Helvetica\", fontsize=10];\n"
		"  edge [fontname=\"Helvetica\", fontsize=9, color=\"#555555\"];\n");
	put_contexts(out, b);
	for (uint32_t i = 0; i < b->outline->stage_count; ++i) {
		if (ana_stage_is_shown(b->outline, i)) {
			put_stage(out, b, i);
		}
	}
	for (uint32_t i = 0; i < b->outline->steps.count; ++i) {
		put_arrows(out, b, i);
	}
	ctx_out_puts(out, "}\n");
}

const struct ana_renderer ana_dot = { .name = "dot", .graph = dot_graph };
