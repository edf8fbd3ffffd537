/**
 * `graph` as a picture to paste into a review: a block per stage, its steps below, and under a step where it gets things
 * from.
 *
 *	      build  from base
 *	   6  ├─ [build 1/2] RUN --mount=type=cache,target=/root/.npm npm ci
 *	      │     ← cache /root/.npm
 *	   7  └─ [build 2/2] COPY . .
 *	            ← context 1,234 files, 12 MB
 *
 * Numbers on the left are lines of the Dockerfile.  What does not fit is cut, and stages that are not built are only named,
 * unless -v asks for all.
 */
#include "analyzer/report/cells.h"
#include "analyzer/report/steps.h"
#include "analyzer/report/text.h"
#include "analyzer/report/words.h"

/** Columns where there is no terminal, and at least. */
#define COLUMNS 100
#define COLUMNS_MIN 40
/** Paths of a mount from the context that are named. */
#define PATHS_SHOWN 3

/** The picture. */
struct picture {
	struct ctx_out *out;
	const struct ana_graph_view *view;
	const struct ana_build *build;
	const struct ana_outline *outline;
	/** Columns of the line numbers, and of everything. */
	int gutter;
	size_t columns;
	bool utf8, verbose;
};

/** "4-6", or "4". */
static const char *line_label(char text[32], uint32_t first, uint32_t end) {
	if (first == 0) {
		return "";
	}
	snprintf(text, 32, end > first ? "%u-%u" : "%u", first, end);
	return text;
}

/** Width of the widest line number. */
static int gutter_width(const struct ana_outline *outline) {
	char text[32];
	size_t widest = 3;
	for (size_t i = 0; i < outline->stage_count; ++i) {
		const struct ana_outline_stage *stage = &outline->stages[i];
		for (uint32_t k = 0; k < stage->row_count; ++k) {
			const struct ana_instruction *ins = stage->rows[k].instruction;
			if (ins != NULL) {
				size_t len = strlen(line_label(text, ins->node->first_line, ins->node->end_line));
				widest = len > widest ? len : widest;
			}
		}
	}
	return (int)widest;
}

/** Start a line: line number, then what leads to the name. */
static void start_line(const struct picture *p, const char *label, const char *utf8, const char *ascii) {
	ctx_out_style(p->out, CTX_STYLE_DIM);
	ctx_out_printf(p->out, " %*s  %s", p->gutter, label, p->utf8 ? utf8 : ascii);
	ctx_out_style(p->out, CTX_STYLE_RESET);
}

/** Columns left behind start_line() with `more` columns used; without end with -v. */
static size_t room(const struct picture *p, size_t more) {
	size_t used = (size_t)p->gutter + 3 + more;
	return p->verbose ? SIZE_MAX : p->columns > used + 8 ? p->columns - used : 8;
}

/** The first lines: what this is a picture of. */
static void print_summary(const struct picture *p) {
	struct ctx_out *out = p->out;
	const struct ana_outline *o = p->outline;
	ctx_out_style(out, CTX_STYLE_BOLD);
	ana_cells_put(out, CTX_STR(p->build->dockerfile), SIZE_MAX, p->utf8);
	ctx_out_style(out, CTX_STYLE_RESET);
	ctx_out_puts(out, ": ");
	size_t stages = p->build->model->stages.count;
	ana_count(out, ana_own_steps(o), "step", "steps");
	ctx_out_puts(out, " in ");
	if (o->reachable_stages < stages) {
		ctx_out_printf(out, "%zu of ", o->reachable_stages);
	}
	ana_count(out, stages, "stage", "stages");
	ctx_out_puts(out, "\n");
	const struct ana_build *b = p->build;
	if (b->reads == NULL || p->view->head.quiet) {
		return;
	}
	ctx_out_puts(out, "Read from the context: ");
	if (!o->graph->locals.items[0].used) {
		ctx_out_puts(out, "nothing\n");
		return;
	}
	ana_bytes(out, b->read.bytes);
	ctx_out_puts(out, " in ");
	ana_totals(out, &b->read, false);
	ctx_out_puts(out, "\n");
}

/** The line below a step, as far as it goes. */
struct sources {
	const struct picture *p;
	/** The source being written. */
	struct ctx_out text;
	/** Columns that are taken. */
	size_t used;
	bool started, full;
};

/** Print the source that was written, if there is room. */
static void flush_source(struct sources *s, enum ctx_style style) {
	struct ctx_out *out = s->p->out;
	struct ctx_str text = { ctx_buf_str(&s->text.buf), s->text.buf.len };
	size_t between = s->started ? (s->p->utf8 ? 3 : 2) : 0, columns = ana_cells_width(text);
	bool fits = !s->started || s->p->verbose || s->used + between + columns + 2 <= s->p->columns;
	if (!s->full && fits) {
		ctx_out_puts(out, !s->started ? "" : s->p->utf8 ? " · " : ", ");
		ctx_out_style(out, style);
		ana_cells_put(out, text, room(s->p, 8), s->p->utf8);
		ctx_out_style(out, CTX_STYLE_RESET);
	} else if (!s->full) {
		ctx_out_puts(out, s->p->utf8 ? " …" : " ~");
		s->full = true;
	}
	s->used += between + columns;
	s->started = true;
	ctx_buf_reset(&s->text.buf);
}

/** Paths of one context that a RUN mounts: " a, b"; nothing where all of it is mounted. */
static void put_paths(struct sources *s, const struct ana_outline_step *step, uint32_t local) {
	uint32_t count = 0;
	for (uint32_t i = 0; i < step->input_count; ++i) {
		if (step->inputs[i].local != local || ctx_str_is(step->inputs[i].path, ".")) {
			continue;
		}
		if (++count <= PATHS_SHOWN) {
			ctx_out_puts(&s->text, count == 1 ? " " : ", ");
			ana_cells_put(&s->text, step->inputs[i].path, 60, s->p->utf8);
		}
	}
	ctx_out_puts(&s->text, count > PATHS_SHOWN ? ", ..." : "");
}

/** What a step reads from contexts; how much that is, with the last one. */
static void put_inputs(struct sources *s, uint32_t index) {
	const struct ana_outline *o = s->p->outline;
	const struct ana_outline_step *step = &o->steps.items[index];
	const struct ana_step_reads *reads = s->p->build->reads == NULL ? NULL : &s->p->build->reads[index];
	bool known = reads != NULL && reads->known && (reads->missing == NULL || reads->files > 0);
	uint32_t last = step->input_count;
	while (last > 0 && !ana_step_first_of_local(step, last - 1)) {
		--last;
	}
	for (uint32_t i = 0; i < last; ++i) {
		if (!ana_step_first_of_local(step, i)) {
			continue;
		}
		uint32_t local = step->inputs[i].local;
		ana_cells_put(&s->text, local == 0 ? CTX_STR("context") : o->graph->locals.items[local].name, 40,
			s->p->utf8);
		if (step->keyword == ANA_KW_RUN) {
			put_paths(s, step, local);
		}
		if (i + 1 == last && known) {
			char human[CTX_HUMAN_MAX];
			ctx_out_puts(&s->text, step->keyword == ANA_KW_RUN ? ": " : " ");
			ana_count(&s->text, reads->files, "file", "files");
			ctx_out_printf(&s->text, ", %s", ctx_human_bytes(human, reads->bytes));
		}
		flush_source(s, CTX_STYLE_RESET);
	}
}

/** Does put_inputs() tell about the named context? */
static bool is_input(const struct ana_outline *o, const struct ana_outline_step *step, struct ctx_str name) {
	for (uint32_t i = 0; i < step->input_count; ++i) {
		if (step->inputs[i].local != 0 &&
			ctx_str_eq(o->graph->locals.items[step->inputs[i].local].name, name)) {
			return true;
		}
	}
	return false;
}

/** Stages, images and contexts that a step copies or mounts from. */
static void put_edges(struct sources *s, uint32_t index) {
	const struct ana_outline_step *step = &s->p->outline->steps.items[index];
	for (uint32_t i = 0; i < step->edge_count; ++i) {
		const struct ana_outline_edge *e = &step->edges[i];
		if (e->stage == ANA_NONE && e->step == ANA_NONE && is_input(s->p->outline, step, e->name)) {
			continue;
		}
		ana_cells_put(&s->text, e->name, 70, s->p->utf8);
		flush_source(s, CTX_STYLE_CYAN);
	}
}

/** Caches and secrets that a RUN mounts. */
static void put_mounts(struct sources *s, const struct ana_vertex *v) {
	for (uint32_t i = 0; v->op == ANA_OP_EXEC && i < v->exec.mount_count; ++i) {
		const struct ana_exec_mount *m = &v->exec.mounts[i];
		if (m->root || m->type == ANA_MOUNT_BIND) {
			continue;
		}
		bool by_id = m->type == ANA_MOUNT_SECRET || m->type == ANA_MOUNT_SSH;
		ctx_out_printf(&s->text, "%s ", ana_mount_type_name(m->type));
		ana_cells_put(&s->text, by_id && m->secret_id.len > 0 ? m->secret_id : m->dest, 60, s->p->utf8);
		flush_source(s, CTX_STYLE_RESET);
	}
	for (uint32_t i = 0; v->op == ANA_OP_EXEC && i < v->exec.secret_env_count; ++i) {
		ctx_out_puts(&s->text, "secret ");
		ana_cells_put(&s->text, v->exec.secret_envs[i].id, 60, s->p->utf8);
		flush_source(s, CTX_STYLE_RESET);
	}
}

/** A source that does not exist. */
static void print_missing(const struct picture *p, const struct ana_step_reads *reads, bool last) {
	start_line(p, "", last ? "   " : "│  ", last ? "   " : "|  ");
	ctx_out_style(p->out, CTX_STYLE_RED);
	ctx_out_puts(p->out, "   the build fails here: ");
	ana_cells_put(p->out, CTX_STR(reads->missing), SIZE_MAX, p->utf8);
	if (reads->missing_rule_line > 0) {
		ctx_out_printf(p->out, " (line %u of the ignore file leaves it out)", reads->missing_rule_line);
	}
	ctx_out_style(p->out, CTX_STYLE_RESET);
	ctx_out_puts(p->out, "\n");
}

/** The lines below a step: where it gets things from. */
static void print_sources(const struct picture *p, uint32_t index, bool last) {
	const struct ana_outline_step *step = &p->outline->steps.items[index];
	const struct ana_vertex *v = ana_step_vertex(p->outline, index);
	if (step->input_count > 0 || step->edge_count > 0 || ana_step_mounts(v) > 0) {
		struct sources s = { .p = p, .used = (size_t)p->gutter + 11 };
		ctx_out_init_mem(&s.text);
		start_line(p, "", last ? "   " : "│  ", last ? "   " : "|  ");
		ctx_out_puts(p->out, p->utf8 ? "   ← " : "   <- ");
		put_inputs(&s, index);
		put_edges(&s, index);
		put_mounts(&s, v);
		ctx_out_puts(p->out, "\n");
		ctx_out_abort(&s.text);
	}
	const struct ana_step_reads *reads = p->build->reads == NULL ? NULL : &p->build->reads[index];
	if (reads != NULL && reads->missing != NULL) {
		print_missing(p, reads, last);
	}
}

/** Lines of a row in the stage that has it: a step may be another stage's, too. */
static void row_lines(const struct picture *p, uint32_t stage, const struct ana_outline_row *row, char label[32]) {
	const struct ana_stage *own = p->outline->graph->stages.items[stage].stage;
	const struct ana_vertex *v = ana_step_vertex(p->outline, row->step);
	const struct ana_node *node = row->instruction == NULL && own != NULL ? own->from : NULL;
	bool trigger = (v->flags & ANA_VERTEX_ONBUILD) != 0;
	if (row->instruction != NULL && !trigger) {
		node = row->instruction->node;
	}
	*label = '\0';
	if (node != NULL) {
		line_label(label, node->first_line, node->end_line);
	} else {
		line_label(label, v->first_line, v->end_line);
	}
}

/** A step. */
static void print_step(const struct picture *p, uint32_t stage, const struct ana_outline_row *row, bool last) {
	char label[32];
	const struct ana_vertex *v = ana_step_vertex(p->outline, row->step);
	const struct ana_outline_step *step = &p->outline->steps.items[row->step];
	row_lines(p, stage, row, label);
	start_line(p, label, last ? "└─ " : "├─ ", last ? "`- " : "|- ");
	if (step->stage != stage) {
		struct ctx_str owner = p->outline->stages[step->stage].name;
		ctx_out_style(p->out, CTX_STYLE_DIM);
		size_t columns = ana_cells_width(owner) + strlen(" (shared with )"), all = room(p, 3);
		ana_cells_put(p->out, v->name, all > columns + 20 ? all - columns : 20, p->utf8);
		ctx_out_puts(p->out, " (shared with ");
		ana_cells_put(p->out, owner, 60, p->utf8);
		ctx_out_puts(p->out, ")");
		ctx_out_style(p->out, CTX_STYLE_RESET);
		ctx_out_puts(p->out, "\n");
		return;
	}
	ana_cells_put(p->out, v->name, room(p, 3), p->utf8);
	ctx_out_puts(p->out, "\n");
	print_sources(p, row->step, last);
}

/** An instruction without step, with -v. */
static void print_instruction(const struct picture *p, const struct ana_instruction *ins, bool last) {
	char label[32];
	start_line(p, line_label(label, ins->node->first_line, ins->node->end_line), last ? "   " : "│  ",
		last ? "   " : "|  ");
	ctx_out_style(p->out, CTX_STYLE_DIM);
	ana_cells_put(p->out, ins->node->line_text, room(p, 3), p->utf8);
	ctx_out_style(p->out, CTX_STYLE_RESET);
	ctx_out_puts(p->out, "\n");
}

/** Name of a stage, what it starts from, what it is for. */
static void print_stage_head(const struct picture *p, uint32_t index) {
	struct ctx_out *out = p->out;
	const struct ana_graph_stage *stage = &p->outline->graph->stages.items[index];
	const struct ana_outline_stage *o = &p->outline->stages[index];
	char label[32];
	ctx_out_puts(out, "\n");
	const struct ana_node *from = stage->stage == NULL ? NULL : stage->stage->from;
	bool first_is_from = o->row_count > 0 && o->rows[0].step != ANA_NONE && o->rows[0].instruction == NULL;
	if (first_is_from && !o->named && p->build->model->stages.count == 1) {
		return; // nothing to tell apart
	}
	start_line(p, from == NULL || first_is_from ? "" : line_label(label, from->first_line, from->end_line), "", "");
	ctx_out_style(out, stage->reachable ? CTX_STYLE_BOLD : CTX_STYLE_DIM);
	ana_cells_put(out, o->name, 60, p->utf8);
	ctx_out_style(out, CTX_STYLE_RESET);
	if (stage->base_stage != ANA_NONE) {
		ctx_out_puts(out, "  from ");
		ctx_out_style(out, CTX_STYLE_CYAN);
		ana_cells_put(out, p->outline->stages[stage->base_stage].name, 60, p->utf8);
		ctx_out_style(out, CTX_STYLE_RESET);
	} else if (!first_is_from && stage->stage != NULL) {
		ctx_out_puts(out, "  from ");
		ana_cells_put(out, stage->base.len > 0 ? stage->base : stage->stage->base, 60, p->utf8);
	}
	if (index == p->outline->graph->target) {
		ctx_out_puts(out, "  ");
		ana_styled(out, CTX_STYLE_GREEN, "target");
	} else if (!stage->reachable) {
		ctx_out_puts(out, "  not built");
	}
	ctx_out_puts(out, "\n");
}

/** Is the stage one of those that are only named, at the end? */
static bool is_left_out(const struct picture *p, uint32_t index) {
	const struct ana_graph_stage *stage = &p->outline->graph->stages.items[index];
	return !p->verbose && !stage->reachable && stage->stage != NULL;
}

/** The stages that the target does not need: "Not built for it: test (line 19), lint (line 24)". */
static void print_left_out(const struct picture *p) {
	struct ctx_out *out = p->out;
	const struct ana_outline *o = p->outline;
	size_t used = 0;
	for (uint32_t i = 0; i < o->stage_count; ++i) {
		if (!is_left_out(p, i)) {
			continue;
		}
		struct ctx_out item;
		ctx_out_init_mem(&item);
		ana_cells_put(&item, o->stages[i].name, 60, p->utf8);
		ctx_out_printf(&item, " (line %u)", o->graph->stages.items[i].stage->from->first_line);
		struct ctx_str text = { ctx_buf_str(&item.buf), item.buf.len };
		size_t columns = ana_cells_width(text) + 2;
		if (used == 0) {
			static const char head[] = "Not built for it: ";
			ctx_out_printf(out, "\n%s", head);
			used = sizeof(head) - 1;
		} else {
			bool wrap = used + columns > p->columns;
			ctx_out_puts(out, wrap ? ",\n  " : ", ");
			used = wrap ? 2 : used;
		}
		ctx_out_write(out, text.ptr, text.len);
		used += columns;
		ctx_out_abort(&item);
	}
	ctx_out_puts(out, used > 0 ? "\n" : "");
}

/** One stage. */
static void print_stage(const struct picture *p, uint32_t index) {
	const struct ana_graph_stage *stage = &p->outline->graph->stages.items[index];
	const struct ana_outline_stage *o = &p->outline->stages[index];
	if (!ana_stage_is_shown(p->outline, index) || (stage->stage == NULL && !p->verbose)) {
		return; // an image of --from: the steps that copy from it name it
	}
	if (is_left_out(p, index)) {
		return;
	}
	print_stage_head(p, index);
	uint32_t left = 0;
	for (uint32_t i = 0; i < o->row_count; ++i) {
		left += o->rows[i].step != ANA_NONE;
	}
	for (uint32_t i = 0; i < o->row_count; ++i) {
		const struct ana_outline_row *row = &o->rows[i];
		if (row->step != ANA_NONE) {
			print_step(p, index, row, --left == 0);
		} else if (p->verbose) {
			print_instruction(p, row->instruction, left == 0);
		}
	}
}

void ana_text_graph(struct ctx_out *out, const struct ana_graph_view *r) {
	struct picture p = { .out = out,
		.view = r,
		.build = r->build,
		.outline = r->build->outline,
		.utf8 = r->head.utf8,
		.verbose = r->head.verbose };
	if (p.outline == NULL) {
		return; // its errors went to standard error
	}
	p.columns = out->tty ? out->width : COLUMNS;
	p.columns = p.columns < COLUMNS_MIN ? COLUMNS_MIN : p.columns;
	p.gutter = gutter_width(p.outline);
	print_summary(&p);
	for (uint32_t i = 0; !r->head.quiet && i < p.outline->stage_count; ++i) {
		print_stage(&p, i);
	}
	if (!r->head.quiet) {
		print_left_out(&p);
	}
}
