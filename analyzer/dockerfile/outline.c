#include "analyzer/dockerfile/outline.h"

#include "ctxopt/base/strmap.h"

#include <ctype.h>

/** Work in progress. */
struct maker {
	struct ana_outline *out;
	const struct ana_graph *graph;
	/** Vertices whose inputs are still to be looked at. */
	CTX_VEC(uint32_t) stack;
	/** Per step and per vertex: 1 + number of the step that met it last. */
	uint32_t *seen_step, *seen_vertex;
	/** Collected for the step, or the stage, at hand. */
	CTX_VEC(uint32_t) depends;
	CTX_VEC(struct ana_outline_edge) edges;
	CTX_VEC(struct ana_outline_input) inputs;
	/** Per vertex, where its reads start; one more at the end. */
	uint32_t *first_read;
	/** First stage of each name; a later one of the same name cannot be meant if it has another result. */
	struct ctx_strmap by_name;
	struct ctx_error *err;
};

/** Copy `count` items of `size` bytes into the arena; NULL when out of memory. */
static void *keep(struct maker *m, const void *items, size_t count, size_t size) {
	void *copy = ctx_arena_calloc(&m->out->arena, count, size);
	if (copy != NULL && count > 0) {
		memcpy(copy, items, count * size);
	}
	return copy;
}

/** The vertex with an index. */
static const struct ana_vertex *vertex_at(const struct maker *m, uint32_t index) {
	return &m->graph->vertices.items[index];
}

/* ---- Steps and their vertices ---- */

/** Name the stages. */
static int name_stages(struct maker *m) {
	struct ana_outline *out = m->out;
	for (size_t i = 0; i < out->stage_count; ++i) {
		const struct ana_graph_stage *stage = &m->graph->stages.items[i];
		struct ana_outline_stage *to = &out->stages[i];
		if (stage->stage != NULL && stage->stage->name.len > 0) {
			to->name = stage->stage->name;
			to->named = true;
			if (ctx_strmap_put(&m->by_name, to->name.ptr, to->name.len, (uint32_t)i) == CTX_STRMAP_NONE) {
				return ctx_fail_nomem(m->err);
			}
		} else if (stage->stage == NULL && stage->base.len > 0) {
			to->name = stage->base;
		} else {
			char text[32];
			int len = snprintf(text, sizeof(text), "stage-%zu", i);
			to->name = (struct ctx_str){ ctx_arena_memdup0(&out->arena, text, (size_t)len), (size_t)len };
			if (to->name.ptr == NULL) {
				return ctx_fail_nomem(m->err);
			}
		}
		out->reachable_stages += stage->reachable && stage->stage != NULL;
	}
	return 0;
}

/** Does the vertex go on with the step before it: LINK after its COPY? */
static bool continues(const struct maker *m, const struct ana_outline_step *step, uint32_t index) {
	const struct ana_vertex *v = vertex_at(m, index), *before = vertex_at(m, step->vertex);
	return (v->flags & ANA_VERTEX_LINK) != 0 && v->instruction != NULL && v->instruction == before->instruction &&
		v->stage == before->stage && v->number == before->number;
}

/** Add the steps of one stage; `next` lists the step vertices by stage. */
static int add_steps(struct maker *m, uint32_t stage, uint32_t vertex, const uint32_t *next) {
	struct ana_outline *out = m->out;
	out->stages[stage].first_step = (uint32_t)out->steps.count;
	for (; vertex != ANA_NONE; vertex = next[vertex]) {
		uint32_t count = (uint32_t)out->steps.count;
		bool first = count == out->stages[stage].first_step;
		if (!first && continues(m, &out->steps.items[count - 1], vertex)) {
			out->steps.items[count - 1].last_vertex = vertex;
			out->step_of[vertex] = count - 1;
			continue;
		}
		const struct ana_vertex *v = vertex_at(m, vertex);
		struct ana_outline_step step = { .vertex = vertex,
			.last_vertex = vertex,
			.stage = stage,
			.keyword = v->instruction == NULL ? ANA_KW_FROM : v->instruction->keyword };
		if (!CTX_VEC_PUSH(&out->steps, step)) {
			return ctx_fail_nomem(m->err);
		}
		out->step_of[vertex] = count;
	}
	out->stages[stage].step_count = (uint32_t)out->steps.count - out->stages[stage].first_step;
	return 0;
}

/** Find the steps: vertices with the flag, sorted by stage. */
static int find_steps(struct maker *m) {
	size_t count = m->graph->vertices.count, stages = m->out->stage_count;
	ctx_auto_arena struct ctx_arena scratch = CTX_ARENA_INIT;
	uint32_t *next = ctx_arena_calloc(&scratch, count + 1, sizeof(*next));
	uint32_t *head = ctx_arena_calloc(&scratch, stages + 1, sizeof(*head));
	if (next == NULL || head == NULL) {
		return ctx_fail_nomem(m->err);
	}
	memset(head, 0xff, (stages + 1) * sizeof(*head));
	for (size_t i = count; i-- > 0;) {
		const struct ana_vertex *v = &m->graph->vertices.items[i];
		m->out->step_of[i] = ANA_NONE;
		if ((v->flags & (ANA_VERTEX_STEP | ANA_VERTEX_LINK)) != 0 && v->stage < stages) {
			next[i] = head[v->stage];
			head[v->stage] = (uint32_t)i;
		}
	}
	for (size_t i = 0; i < stages; ++i) {
		int rc = add_steps(m, (uint32_t)i, head[i], next);
		if (rc < 0) {
			return rc;
		}
	}
	return 0;
}

/* ---- Rows ---- */

/** Is it one of the stage's own instructions, not a trigger? */
static bool is_own(const struct ana_stage *stage, const struct ana_instruction *ins) {
	uintptr_t first = (uintptr_t)stage->instructions, at = (uintptr_t)ins;
	return ins != NULL && at >= first && at < (uintptr_t)(stage->instructions + stage->instruction_count);
}

/** The vertex whose file system this one goes on with; ANA_NONE for a source and for what starts from nothing. */
static uint32_t vertex_below(const struct ana_vertex *v) {
	switch (v->op) {
	case ANA_OP_EXEC:
		return v->exec.mount_count > 0 && v->exec.mounts[0].root ? v->exec.mounts[0].input : ANA_NONE;
	case ANA_OP_FILE:
		return v->file.base;
	case ANA_OP_MERGE:
		return v->input_count > 0 ? v->inputs[0] : ANA_NONE;
	default:
		return ANA_NONE;
	}
}

/**
 * The steps that lead from the base of a stage to its result, last one first, in `depends`.  They need not be named after
 * this stage: equal vertices of several stages are one.
 */
static int find_chain(struct maker *m, size_t index) {
	const struct ana_graph_stage *stage = &m->graph->stages.items[index];
	uint32_t base = stage->base_stage == ANA_NONE ? ANA_NONE : m->graph->stages.items[stage->base_stage].result;
	m->depends.count = 0;
	for (uint32_t v = stage->result; v != ANA_NONE && v != base; v = vertex_below(vertex_at(m, v))) {
		uint32_t step = m->out->step_of[v];
		bool again = m->depends.count > 0 && m->depends.items[m->depends.count - 1] == step;
		if (step != ANA_NONE && !again && !CTX_VEC_PUSH(&m->depends, step)) {
			return ctx_fail_nomem(m->err);
		}
	}
	return 0;
}

/** Did the instruction become this step? */
static bool became(const struct maker *m, const struct ana_stage *stage, const struct ana_instruction *ins,
	uint32_t step) {
	const struct ana_instruction *of_step = vertex_at(m, m->out->steps.items[step].vertex)->instruction;
	if (is_own(stage, of_step)) {
		return of_step == ins;
	}
	bool makes = ins->keyword == ANA_KW_RUN || ins->keyword == ANA_KW_COPY || ins->keyword == ANA_KW_ADD ||
		(ins->keyword == ANA_KW_WORKDIR && !ctx_str_is(ins->text, "/"));
	return makes && of_step != NULL && of_step->keyword == ins->keyword;
}

/** The rows of one stage: base and triggers, then each instruction with its step, if it has one. */
static int make_rows(struct maker *m, size_t index) {
	struct ana_outline_stage *to = &m->out->stages[index];
	const struct ana_stage *stage = m->graph->stages.items[index].stage;
	uint32_t instructions = stage == NULL ? 0 : stage->instruction_count;
	int rc = find_chain(m, index);
	to->rows = ctx_arena_calloc(&m->out->arena, (size_t)instructions + m->depends.count + 1, sizeof(*to->rows));
	if (rc < 0 || to->rows == NULL) {
		return rc < 0 ? rc : ctx_fail_nomem(m->err);
	}
	// From the end, as what is left over at the beginning are the base and its triggers
	size_t left = 0, total = 0;
	uint32_t *of = ctx_arena_calloc(&m->out->arena, (size_t)instructions + 1, sizeof(*of));
	if (of == NULL) {
		return ctx_fail_nomem(m->err);
	}
	for (uint32_t i = instructions; i-- > 0;) {
		bool match = left < m->depends.count &&
			became(m, stage, &stage->instructions[i], m->depends.items[left]);
		of[i] = match ? m->depends.items[left++] : ANA_NONE;
	}
	for (size_t k = m->depends.count; k-- > left;) {
		uint32_t step = m->depends.items[k];
		const struct ana_instruction *ins = vertex_at(m, m->out->steps.items[step].vertex)->instruction;
		to->rows[total++] = (struct ana_outline_row){ step, ins };
	}
	for (uint32_t i = 0; i < instructions; ++i) {
		to->rows[total++] = (struct ana_outline_row){ of[i], &stage->instructions[i] };
	}
	to->row_count = (uint32_t)total;
	return 0;
}

/* ---- Edges ---- */

/** The step that a vertex belongs to, going through vertices that are none; ANA_NONE if no step made it. */
static uint32_t step_behind(const struct maker *m, uint32_t vertex) {
	return vertex == ANA_NONE ? ANA_NONE : m->out->step_of[vertex];
}

/** Push a vertex whose steps are wanted. */
static int visit(struct maker *m, uint32_t vertex, uint32_t mark) {
	if (vertex == ANA_NONE || m->seen_vertex[vertex] == mark) {
		return 0;
	}
	m->seen_vertex[vertex] = mark;
	uint32_t step = m->out->step_of[vertex];
	if (step == mark - 1 || step == ANA_NONE) {
		return CTX_VEC_PUSH(&m->stack, vertex) ? 0 : ctx_fail_nomem(m->err);
	}
	if (m->seen_step[step] == mark) {
		return 0;
	}
	m->seen_step[step] = mark;
	return CTX_VEC_PUSH(&m->depends, step) ? 0 : ctx_fail_nomem(m->err);
}

/** qsort(): ascending numbers. */
static int compare_numbers(const void *a_, const void *b_) {
	const uint32_t *a = a_, *b = b_;
	return *a < *b ? -1 : *a > *b;
}

/** The steps that a step needs, through the vertices that are none. */
static int find_depends(struct maker *m, uint32_t index) {
	struct ana_outline_step *step = &m->out->steps.items[index];
	m->depends.count = m->stack.count = 0;
	int rc = visit(m, step->last_vertex, index + 1);
	rc = rc < 0 ? rc : visit(m, step->vertex, index + 1);
	while (rc == 0 && m->stack.count > 0) {
		const struct ana_vertex *v = vertex_at(m, m->stack.items[--m->stack.count]);
		for (uint32_t i = 0; rc == 0 && i < v->input_count; ++i) {
			rc = visit(m, v->inputs[i], index + 1);
		}
	}
	if (rc < 0) {
		return rc;
	}
	if (m->depends.count > 0) {
		qsort(m->depends.items, m->depends.count, sizeof(*m->depends.items), compare_numbers);
	}
	step->depends_on = keep(m, m->depends.items, m->depends.count, sizeof(*m->depends.items));
	step->depends_count = (uint32_t)m->depends.count;
	return step->depends_on != NULL ? 0 : ctx_fail_nomem(m->err);
}

/** The stage that --from or from= means: by the name that is written there, else the one that made the vertex. */
static uint32_t stage_meant(const struct maker *m, uint32_t vertex, struct ctx_str written) {
	uint32_t made_by = vertex_at(m, vertex)->stage, number = 0;
	bool digits = written.len > 0 && written.len < 6;
	for (size_t i = 0; digits && i < written.len; ++i) {
		digits = written.ptr[i] >= '0' && written.ptr[i] <= '9';
		number = number * 10 + (uint32_t)(written.ptr[i] - '0');
	}
	if (digits && number < m->out->stage_count && m->graph->stages.items[number].result == vertex) {
		return number;
	}
	char lower[256];
	for (size_t i = 0; i < written.len && i < sizeof(lower); ++i) {
		lower[i] = (char)tolower((unsigned char)written.ptr[i]);
	}
	uint32_t named = written.len > 0 && written.len <= sizeof(lower)
		? ctx_strmap_get(&m->by_name, lower, written.len)
		: CTX_STRMAP_NONE;
	if (named != CTX_STRMAP_NONE && m->graph->stages.items[named].result == vertex) {
		return named;
	}
	return made_by < m->out->stage_count ? made_by : ANA_NONE;
}

/** Text after "scheme://" of a source's identifier, or all of it for URLs. */
static struct ctx_str source_name(const struct maker *m, const struct ana_vertex *v) {
	static const char image[] = "docker-image://";
	if (v->op == ANA_OP_LOCAL) {
		return m->graph->locals.items[v->local].name;
	}
	return ctx_str_starts(v->identifier, image) ? ctx_str_from(v->identifier, sizeof(image) - 1) : v->identifier;
}

/** Add an edge to the collected ones unless the same is there: `vertex` is copied or mounted. */
static int add_edge(struct maker *m, uint32_t vertex, struct ctx_str written, bool mounted) {
	const struct ana_vertex *v = vertex_at(m, vertex);
	bool helper = (v->flags & ANA_VERTEX_HELPER) != 0;
	bool main_context = v->op == ANA_OP_LOCAL && m->graph->locals.items[v->local].named == ANA_NONE;
	if (main_context || (helper && (v->op == ANA_OP_FILE || v->op == ANA_OP_EXEC))) {
		return 0; // inputs tell about the main context; inline files are the step's own
	}
	struct ana_outline_edge edge = { .stage = ANA_NONE, .step = step_behind(m, vertex), .mounted = mounted };
	bool remote = v->op == ANA_OP_LOCAL || v->op == ANA_OP_HTTP || v->op == ANA_OP_GIT || v->op == ANA_OP_OTHER;
	edge.stage = remote ? ANA_NONE : stage_meant(m, vertex, written);
	bool own = edge.stage != ANA_NONE && m->graph->stages.items[edge.stage].stage != NULL;
	edge.name = own || (edge.stage != ANA_NONE && v->op != ANA_OP_IMAGE) ? m->out->stages[edge.stage].name
									     : source_name(m, v);
	for (size_t i = 0; i < m->edges.count; ++i) {
		const struct ana_outline_edge *e = &m->edges.items[i];
		if (e->stage == edge.stage && e->mounted == mounted && ctx_str_eq(e->name, edge.name)) {
			return 0;
		}
	}
	return CTX_VEC_PUSH(&m->edges, edge) ? 0 : ctx_fail_nomem(m->err);
}

/** Where the vertex copies or mounts from. */
static int collect_edges(struct maker *m, const struct ana_vertex *v) {
	int rc = 0;
	if (v->op == ANA_OP_FILE) {
		bool copy = v->instruction != NULL && v->instruction->keyword == ANA_KW_COPY;
		struct ctx_str from = copy ? v->instruction->copy.from : CTX_STR_NONE;
		for (uint32_t i = 0; rc == 0 && i < v->file.action_count; ++i) {
			const struct ana_action *action = &v->file.actions[i];
			if (action->kind == ANA_ACTION_COPY && action->source != ANA_NONE) {
				rc = add_edge(m, action->source, from, false);
			}
		}
	} else if (v->op == ANA_OP_EXEC) {
		for (uint32_t i = 0; rc == 0 && i < v->exec.mount_count; ++i) {
			const struct ana_exec_mount *mount = &v->exec.mounts[i];
			if (!mount->root && mount->input != ANA_NONE) {
				rc = add_edge(m, mount->input, CTX_STR_NONE, true);
			}
		}
	}
	return rc;
}

/** What the vertex asks of local contexts. */
static int collect_inputs(struct maker *m, uint32_t vertex) {
	for (uint32_t i = m->first_read[vertex]; i < m->first_read[vertex + 1]; ++i) {
		const struct ana_read *read = &m->out->reads->items.items[i];
		struct ctx_str path = read->path;
		while (path.len > 0 && path.ptr[0] == '/') {
			path = ctx_str_from(path, 1);
		}
		struct ana_outline_input input = { read->local, i, path.len > 0 ? path : CTX_STR(".") };
		if (!CTX_VEC_PUSH(&m->inputs, input)) {
			return ctx_fail_nomem(m->err);
		}
	}
	return 0;
}

/** Edges and inputs of one step. */
static int find_sources(struct maker *m, uint32_t index) {
	struct ana_outline_step *step = &m->out->steps.items[index];
	m->edges.count = m->inputs.count = 0;
	int rc = collect_edges(m, vertex_at(m, step->vertex));
	rc = rc < 0 ? rc : collect_inputs(m, step->vertex);
	if (rc < 0) {
		return rc;
	}
	step->edges = keep(m, m->edges.items, m->edges.count, sizeof(*m->edges.items));
	step->edge_count = (uint32_t)m->edges.count;
	step->inputs = keep(m, m->inputs.items, m->inputs.count, sizeof(*m->inputs.items));
	step->input_count = (uint32_t)m->inputs.count;
	return step->edges != NULL && step->inputs != NULL ? 0 : ctx_fail_nomem(m->err);
}

/** Where the reads of each vertex start. */
static void index_reads(struct maker *m) {
	size_t count = m->graph->vertices.count, at = 0;
	for (size_t v = 0; v < count; ++v) {
		m->first_read[v] = (uint32_t)at;
		while (at < m->out->reads->items.count && m->out->reads->items.items[at].vertex <= v) {
			++at;
		}
	}
	m->first_read[count] = (uint32_t)at;
}

/** Everything, in the order in which one part needs the other. */
static int make(struct maker *m) {
	struct ana_outline *out = m->out;
	size_t vertices = m->graph->vertices.count;
	out->stage_count = m->graph->stages.count;
	out->stages = ctx_arena_calloc(&out->arena, out->stage_count + 1, sizeof(*out->stages));
	out->step_of = ctx_arena_calloc(&out->arena, vertices + 1, sizeof(*out->step_of));
	m->seen_vertex = ctx_calloc(vertices + 1, sizeof(*m->seen_vertex));
	m->first_read = ctx_calloc(vertices + 1, sizeof(*m->first_read));
	if (out->stages == NULL || out->step_of == NULL || m->seen_vertex == NULL || m->first_read == NULL) {
		return ctx_fail_nomem(m->err);
	}
	int rc = name_stages(m);
	rc = rc < 0 ? rc : find_steps(m);
	m->seen_step = ctx_calloc(out->steps.count + 1, sizeof(*m->seen_step));
	if (rc < 0 || m->seen_step == NULL) {
		return rc < 0 ? rc : ctx_fail_nomem(m->err);
	}
	index_reads(m);
	for (size_t i = 0; rc == 0 && i < out->stage_count; ++i) {
		rc = make_rows(m, i);
	}
	for (uint32_t i = 0; rc == 0 && i < out->steps.count; ++i) {
		rc = find_depends(m, i);
		rc = rc < 0 ? rc : find_sources(m, i);
	}
	return rc;
}

int ana_outline_make(struct ana_outline *out, const struct ana_graph *graph, const struct ana_reads *reads,
	struct ctx_error *err) {
	*out = (struct ana_outline){ .graph = graph, .reads = reads };
	struct maker m = { .out = out, .graph = graph, .err = err };
	int rc = make(&m);
	CTX_VEC_RELEASE(&m.stack);
	CTX_VEC_RELEASE(&m.depends);
	CTX_VEC_RELEASE(&m.edges);
	CTX_VEC_RELEASE(&m.inputs);
	free(m.seen_vertex);
	free(m.seen_step);
	free(m.first_read);
	ctx_strmap_release(&m.by_name);
	return rc;
}

void ana_outline_release(struct ana_outline *outline) {
	CTX_VEC_RELEASE(&outline->steps);
	ctx_arena_release(&outline->arena);
	*outline = (struct ana_outline){ 0 };
}

const char *ana_outline_keyword(const struct ana_outline_step *step) {
	return ana_keyword_name(step->keyword);
}
