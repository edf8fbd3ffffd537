/**
 * A graph for pull requests: a Mermaid picture of the stages, which GitHub and GitLab draw, and a table of the steps.
 */
#include "analyzer/report/cells.h"
#include "analyzer/report/markdown_parts.h"
#include "analyzer/report/steps.h"
#include "analyzer/report/words.h"

/** Longest step name in the table, and longest base in the picture. */
#define NAME_COLUMNS 90
#define BASE_COLUMNS 50

/** Text inside a quoted label of Mermaid: what could mean something there is an entity. */
static void label(struct ctx_out *out, struct ctx_str text, size_t room) {
	struct ctx_out cut;
	ctx_out_init_mem(&cut);
	ana_cells_put(&cut, text, room, true);
	for (size_t i = 0; i < cut.buf.len; ++i) {
		char c = cut.buf.data[i];
		if (strchr("\"#<>&;`\\{}[]|", c) != NULL) {
			ctx_out_printf(out, "#%d;", c);
		} else {
			ctx_out_write(out, &c, 1);
		}
	}
	ctx_out_abort(&cut);
}

/** "12 files, 3 MB". */
static void amount(struct ctx_out *out, uint64_t files, uint64_t bytes) {
	char human[CTX_HUMAN_MAX];
	ana_count(out, files, "file", "files");
	ctx_out_printf(out, ", %s", ctx_human_bytes(human, bytes));
}

/** A stage as a box. */
static void put_box(struct ctx_out *out, const struct ana_outline *o, uint32_t index) {
	const struct ana_graph_stage *stage = &o->graph->stages.items[index];
	ctx_out_printf(out, "  s%u[\"", index);
	if (stage->stage == NULL) {
		label(out, stage->base, BASE_COLUMNS);
		ctx_out_puts(out, "\"]\n");
		return;
	}
	ctx_out_puts(out, "<b>");
	label(out, o->stages[index].name, BASE_COLUMNS);
	ctx_out_puts(out, "</b>");
	if (stage->base_stage == ANA_NONE) {
		ctx_out_puts(out, "<br/>");
		label(out, stage->base.len > 0 ? stage->base : stage->stage->base, BASE_COLUMNS);
	}
	ctx_out_puts(out, "<br/>");
	if (stage->reachable) {
		ana_count(out, o->stages[index].step_count, "step", "steps");
	} else {
		ctx_out_puts(out, "not built");
	}
	ctx_out_puts(out, index == o->graph->target ? "<br/>target\"]\n" : "\"]\n");
}

/** What all steps of a stage read from the main context; false if none does. */
static bool stage_reads(const struct ana_build *b, uint32_t index, uint64_t *files, uint64_t *bytes) {
	const struct ana_outline_stage *stage = &b->outline->stages[index];
	bool any = false;
	*files = *bytes = 0;
	for (uint32_t i = stage->first_step; i < stage->first_step + stage->step_count; ++i) {
		const struct ana_outline_step *step = &b->outline->steps.items[i];
		any = any || (step->input_count > 0 && step->inputs[0].local == 0);
		*files += b->reads == NULL ? 0 : b->reads[i].files;
		*bytes += b->reads == NULL ? 0 : b->reads[i].bytes;
	}
	return any;
}

/** Arrows into a stage: from its base, from the context, from what its steps copy. */
static void put_arrows(struct ctx_out *out, const struct ana_build *b, uint32_t index) {
	const struct ana_outline *o = b->outline;
	const struct ana_graph_stage *stage = &o->graph->stages.items[index];
	if (stage->base_stage != ANA_NONE) {
		ctx_out_printf(out, "  s%u ==> s%u\n", stage->base_stage, index);
	}
	uint64_t files, bytes;
	if (stage_reads(b, index, &files, &bytes)) {
		ctx_out_puts(out, "  context --> ");
		if (b->reads != NULL) {
			ctx_out_puts(out, "|\"");
			amount(out, files, bytes);
			ctx_out_puts(out, "\"| ");
		}
		ctx_out_printf(out, "s%u\n", index);
	}
	uint32_t last = ANA_NONE;
	for (uint32_t i = 0; i < o->stages[index].step_count; ++i) {
		const struct ana_outline_step *step = &o->steps.items[o->stages[index].first_step + i];
		for (uint32_t k = 0; k < step->edge_count; ++k) {
			const struct ana_outline_edge *e = &step->edges[k];
			if (e->stage != ANA_NONE && e->stage != last && ana_stage_is_shown(o, e->stage)) {
				ctx_out_printf(out, "  s%u -.->|%s| s%u\n", e->stage, ana_outline_keyword(step), index);
				last = e->stage;
			}
		}
	}
}

/** The picture. */
static void put_picture(struct ctx_out *out, const struct ana_build *b) {
	const struct ana_outline *o = b->outline;
	bool context = false;
	uint64_t files, bytes;
	for (uint32_t i = 0; i < o->stage_count; ++i) {
		context = stage_reads(b, i, &files, &bytes) || context;
	}
	ctx_out_puts(out, "```mermaid\nflowchart LR\n");
	ctx_out_puts(out, context ? "  context[(\"build context\")]\n" : "");
	for (uint32_t i = 0; i < o->stage_count; ++i) {
		if (ana_stage_is_shown(o, i)) {
			put_box(out, o, i);
		}
	}
	for (uint32_t i = 0; i < o->stage_count; ++i) {
		put_arrows(out, b, i);
	}
	bool any = false;
	for (uint32_t i = 0; i < o->stage_count; ++i) {
		if (ana_stage_is_shown(o, i) && !o->graph->stages.items[i].reachable) {
			ctx_out_printf(out, any ? ",s%u" : "  classDef unused stroke-dasharray:4\n  class s%u", i);
			any = true;
		}
	}
	ctx_out_puts(out, any ? " unused\n" : "");
	ctx_out_puts(out, "```\n");
}

/** A cell with the lines of a step. */
static void put_lines(struct ctx_out *out, const struct ana_vertex *v) {
	ctx_out_printf(out, v->end_line > v->first_line ? "| %u-%u " : "| %u ", v->first_line, v->end_line);
}

/** A cell with the name of a step. */
static void put_name(struct ctx_out *out, const struct ana_vertex *v) {
	struct ctx_out cut;
	ctx_out_init_mem(&cut);
	ana_cells_put(&cut, v->name, NAME_COLUMNS, true);
	ctx_out_puts(out, "| ");
	ana_markdown_code(out, ctx_buf_str(&cut.buf), cut.buf.len);
	ctx_out_puts(out, " ");
	ctx_out_abort(&cut);
}

/** A cell with what a step reads. */
static void put_reads(struct ctx_out *out, const struct ana_build *b, uint32_t index) {
	const struct ana_step_reads *reads = b->reads == NULL ? NULL : &b->reads[index];
	ctx_out_puts(out, "| ");
	if (reads != NULL && reads->missing != NULL) {
		ctx_out_puts(out, "**fails**: ");
		ana_markdown_code(out, reads->missing, strlen(reads->missing));
	} else if (reads != NULL && reads->known && b->outline->steps.items[index].input_count > 0) {
		amount(out, reads->files, reads->bytes);
	}
	ctx_out_puts(out, " ");
}

/** The steps. */
static void put_steps(struct ctx_out *out, const struct ana_build *b) {
	const struct ana_outline *o = b->outline;
	ctx_out_puts(out, "\n| Line | Step | Reads | From |\n| ---: | :--- | :--- | :--- |\n");
	for (uint32_t i = 0; i < o->steps.count; ++i) {
		const struct ana_outline_step *step = &o->steps.items[i];
		const struct ana_vertex *v = ana_step_vertex(o, i);
		put_lines(out, v);
		put_name(out, v);
		put_reads(out, b, i);
		ctx_out_puts(out, "| ");
		for (uint32_t k = 0; k < step->edge_count; ++k) {
			ctx_out_puts(out, k > 0 ? ", " : "");
			ana_markdown_code(out, step->edges[k].name.ptr, step->edges[k].name.len);
		}
		ctx_out_puts(out, " |\n");
	}
}

/** The errors of a Dockerfile. */
static void put_errors(struct ctx_out *out, const struct ana_build *b) {
	for (size_t i = 0; i < b->error_count; ++i) {
		ctx_auto_buf struct ctx_buf text = CTX_BUF_INIT;
		ctx_buf_addf(&text, "%s:%u:%u: %s", b->dockerfile, b->errors[i].line, b->errors[i].column,
			b->errors[i].message);
		ctx_out_puts(out, "- ");
		ana_markdown_code(out, ctx_buf_str(&text), text.len);
		ctx_out_puts(out, "\n");
	}
}

void ana_markdown_graph(struct ctx_out *out, const struct ana_graph_view *r) {
	const struct ana_build *b = r->build;
	ctx_out_puts(out, "## ");
	ana_markdown_code(out, b->dockerfile, strlen(b->dockerfile));
	if (b->outline == NULL) {
		ctx_out_puts(out, " is not valid\n\n");
		put_errors(out, b);
		return;
	}
	ctx_out_puts(out, ": ");
	ana_count(out, ana_own_steps(b->outline), "step", "steps");
	ctx_out_puts(out, " in ");
	ana_count(out, b->model->stages.count, "stage", "stages");
	ctx_out_puts(out, "\n\n");
	put_picture(out, b);
	put_steps(out, b);
}

void ana_markdown_build_line(struct ctx_out *out, const struct ana_build *b) {
	if (b == NULL) {
		return;
	}
	if (b->error_count > 0) {
		ctx_out_puts(out, "\nThe Dockerfile is not valid:\n\n");
		put_errors(out, b);
	}
	if (b->reads == NULL) {
		return;
	}
	ctx_out_puts(out, "\nThe build asks for ");
	ana_bytes(out, b->wanted.bytes);
	ctx_out_puts(out, "; its steps read ");
	ana_bytes(out, b->read.bytes);
	ctx_out_puts(out, ".\n");
}

void ana_markdown_build(struct ctx_out *out, const struct ana_build *b) {
	ana_markdown_build_line(out, b);
	for (size_t i = 0; i < b->sending_count; ++i) {
		const struct ana_sending *s = &b->sendings[i];
		ctx_out_puts(out, i == 0 ? "\n- Sent by BuildKit" : "- Sent by BuildKit from ");
		if (i > 0) {
			ana_markdown_code(out, s->name.ptr, s->name.len);
		}
		ctx_out_puts(out, ": ");
		ana_bytes(out, s->transfer.first_bytes);
		ctx_out_puts(out, b->since && i == 0 ? " the first time, now " : " the first time, then ");
		ana_bytes(out, s->transfer.next_bytes);
		ctx_out_puts(out, "\n");
	}
	if (b->sending_count > 0) {
		ctx_out_puts(out, "- Sent by the classic builder: ");
		ana_bytes(out, b->classic_tar_bytes);
		ctx_out_puts(out, "\n");
	}
	bool any = false;
	for (uint32_t i = 0; b->reads != NULL && i < b->outline->steps.count; ++i) {
		if (b->outline->steps.items[i].input_count == 0) {
			continue;
		}
		if (!any) {
			ctx_out_puts(out,
				"\n### Which step reads it\n\n| Line | Step | Reads |\n| ---: | :--- | :--- |\n");
			any = true;
		}
		put_lines(out, ana_step_vertex(b->outline, i));
		put_name(out, ana_step_vertex(b->outline, i));
		put_reads(out, b, i);
		ctx_out_puts(out, "|\n");
	}
}

void ana_markdown_use(struct ctx_out *out, const struct ana_why *r, size_t index) {
	if (r->uses == NULL) {
		return;
	}
	ctx_out_puts(out, " ");
	const struct ana_why_build *use = &r->uses[index];
	for (size_t i = 0; i < use->step_count; ++i) {
		ctx_out_printf(out, "%sline %u", i > 0 ? ", " : "",
			ana_step_vertex(r->build->outline, use->steps[i])->first_line);
	}
	if (use->step_count == 0) {
		ctx_out_puts(out, use->wanted ? "no step" : "not sent");
	}
	ctx_out_puts(out, " |");
}
