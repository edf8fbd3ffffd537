#include "analyzer/advice/order_internal.h"

#include <stdarg.h>
#include <stdlib.h>

const char *ana_order_say(struct ana_order *o, const char *fmt, ...) {
	va_list args;
	va_start(args, fmt);
	const char *text = ctx_arena_vprintf(&o->arena, fmt, args);
	va_end(args);
	return text != NULL ? text : "";
}

/* ---- Steps ---- */

/** The vertex that does what an instruction says; ANA_NONE if another instruction's does it. */
static uint32_t vertex_of(const struct ana_graph *graph, const struct ana_instruction *ins, enum ana_op op) {
	for (uint32_t i = 0; i < graph->vertices.count; ++i) {
		const struct ana_vertex *v = &graph->vertices.items[i];
		if (v->instruction == ins && v->op == op && (v->flags & ANA_VERTEX_HELPER) == 0) {
			return i;
		}
	}
	return ANA_NONE;
}

/** Look at one instruction. */
static int look_at(struct ana_order *o, uint32_t number) {
	const struct ana_graph *graph = &o->in.variant->graph;
	struct ana_order_unit *u = &o->units[number];
	bool run = u->ins->keyword == ANA_KW_RUN;
	u->vertex = vertex_of(graph, u->ins, run ? ANA_OP_EXEC : ANA_OP_FILE);
	switch (u->ins->keyword) {
	case ANA_KW_RUN:
	case ANA_KW_COPY:
	case ANA_KW_ADD:
		if (u->vertex == ANA_NONE) {
			u->kind = ANA_ORDER_WALL;
			u->why = "another step does the same";
			return 0;
		}
		u->kind = ANA_ORDER_RUN;
		u->class = ana_cost_classify(&graph->vertices.items[u->vertex]);
		return run ? ana_order_run_look(o, number) : ana_order_copy_look(o, u);
	case ANA_KW_WORKDIR:
		u->kind = ANA_ORDER_WORKDIR;
		u->dir = u->vertex == ANA_NONE ? CTX_STR("/") : graph->vertices.items[u->vertex].file.actions[0].src;
		return 0;
	case ANA_KW_ENV:
	case ANA_KW_ARG:
		u->kind = ANA_ORDER_VARIABLE;
		return 0;
	case ANA_KW_VOLUME:
	case ANA_KW_ONBUILD:
		u->kind = ANA_ORDER_WALL;
		u->why = u->ins->keyword == ANA_KW_VOLUME ? "older builders drop what is copied behind a VOLUME"
							  : "builds that start from this stage run it";
		return 0;
	default:
		u->kind = ANA_ORDER_FREE;
		return 0;
	}
}

/** Number the instructions of all stages. */
static int number_units(struct ana_order *o) {
	const struct ana_graph *graph = &o->in.variant->graph;
	uint32_t count = 0;
	for (size_t s = 0; s < graph->stages.count; ++s) {
		const struct ana_graph_stage *stage = &graph->stages.items[s];
		count += stage->stage != NULL && stage->reachable ? stage->stage->instruction_count : 0;
	}
	o->large = count > ANA_ORDER_UNITS_MAX;
	o->units = ctx_arena_calloc(&o->arena, o->large ? 1 : count + 1, sizeof(*o->units));
	o->first = ctx_arena_calloc(&o->arena, graph->stages.count + 1, sizeof(*o->first));
	if (o->units == NULL || o->first == NULL) {
		return ctx_fail_nomem(o->err);
	}
	for (uint32_t s = 0; s < graph->stages.count; ++s) {
		const struct ana_graph_stage *stage = &graph->stages.items[s];
		bool lowered = stage->stage != NULL && stage->reachable && !o->large;
		o->first[s] = o->count;
		for (uint32_t i = 0; lowered && i < stage->stage->instruction_count; ++i) {
			o->units[o->count++] = (struct ana_order_unit){ .ins = &stage->stage->instructions[i],
				.vertex = ANA_NONE,
				.stage = s };
		}
	}
	o->first[graph->stages.count] = o->count;
	return 0;
}

int ana_order_new(struct ana_order **out, const struct ana_order_evidence *evidence, struct ctx_error *err) {
	struct ana_order *o = ctx_calloc(1, sizeof(*o));
	if (o == NULL) {
		return ctx_fail_nomem(err);
	}
	o->in = *evidence;
	o->err = err;
	int rc = number_units(o);
	for (uint32_t i = 0; rc == 0 && i < o->count; ++i) {
		rc = look_at(o, i);
	}
	rc = rc < 0 ? rc : ana_order_variables_look(o);
	if (rc < 0) {
		ana_order_free(o);
		return rc;
	}
	*out = o;
	return 0;
}

void ana_order_free(struct ana_order *order) {
	if (order == NULL) {
		return;
	}
	for (uint32_t i = 0; i < order->count; ++i) {
		ana_needs_release(&order->units[i].needs);
	}
	ctx_strmap_release(&order->loose_names);
	ctx_strmap_release(&order->env_names);
	ctx_arena_release(&order->arena);
	free(order);
}

uint32_t ana_order_count(const struct ana_order *order) {
	return order->count;
}

bool ana_order_is_large(const struct ana_order *order) {
	return order->large;
}

bool ana_order_is_costly(const struct ana_order *order, uint32_t unit) {
	const struct ana_order_unit *u = &order->units[unit];
	return u->ins->keyword == ANA_KW_RUN && u->vertex != ANA_NONE && u->class >= ANA_COST_DOWNLOAD;
}

/* ---- Orders ---- */

/** Does an order let a copy stand where it puts it?  `pass`, of which `brief` is given, is filled and must be released. */
static int try_copy(struct ana_order *o, uint32_t copy, const uint32_t *to, bool brief, struct ana_order_pass *pass,
	struct ctx_error *err) {
	ctx_auto_buf struct ctx_buf text = CTX_BUF_INIT;
	*pass = (struct ana_order_pass)ANA_ORDER_PASS_INIT;
	pass->brief = brief;
	o->err = err;
	int rc = ana_order_ask_all(o, copy, to, pass);
	if (rc == 0 && pass->refusal == NULL && !ana_order_apart_text(o, &o->units[copy], pass, "\n", &text)) {
		pass->refusal = "what would have to stay above cannot be written as a few copies";
	}
	return rc;
}

/** An order to change; NULL when out of memory. */
static uint32_t *copy_order(struct ana_order *o, const uint32_t *to) {
	uint32_t *mine = ctx_arena_calloc(&o->arena, o->count + 1, sizeof(*mine));
	if (mine != NULL) {
		memcpy(mine, to, o->count * sizeof(*mine));
	}
	return mine;
}

/** Move those variables back that need not move with one that varies.  `old`: the order before. */
static void move_back(struct ana_order *o, uint32_t run, const uint32_t *old, uint32_t *to) {
	for (uint32_t i = run; i-- > o->first[o->units[run].stage];) {
		bool alone = o->units[i].kind == ANA_ORDER_VARIABLE && !o->units[i].varies && to[i] != old[i];
		to[i] = alone ? old[i] : to[i];
		to[i] = alone && !ana_order_is_legal(o, to) ? run : to[i];
	}
}

bool ana_order_candidate(struct ana_order *order, uint32_t run, uint32_t *to) {
	const struct ana_order_unit *u = &order->units[run];
	bool moved = false;
	uint32_t first = order->first[u->stage];
	uint32_t *old = copy_order(order, to);
	for (uint32_t i = run; old != NULL && u->kind == ANA_ORDER_RUN && i-- > first;) {
		uint32_t before = to[i];
		if (!ana_order_moves(&order->units[i]) || before >= run) {
			continue;
		}
		struct ana_order_pass pass;
		struct ctx_error err;
		to[i] = run;
		bool fits = try_copy(order, i, to, true, &pass, &err) == 0 && pass.refusal == NULL;
		to[i] = fits ? run : before;
		ana_order_pass_release(&pass);
	}
	if (old != NULL && u->kind == ANA_ORDER_RUN) {
		move_back(order, run, old, to);
	}
	for (uint32_t i = run; old != NULL && i-- > first;) {
		moved = moved || to[i] != old[i];
	}
	return moved && ana_order_is_legal(order, to);
}

bool ana_order_is_legal(struct ana_order *order, const uint32_t *to) {
	bool legal = true;
	for (uint32_t i = 0; legal && i < order->count; ++i) {
		struct ana_order_pass pass;
		struct ctx_error err;
		if (to[i] == i) {
			continue;
		}
		bool stage = ana_order_moves(&order->units[i]) && to[i] > i && to[i] < order->count &&
			order->units[to[i]].stage == order->units[i].stage && to[to[i]] == to[i];
		legal = stage && try_copy(order, i, to, true, &pass, &err) == 0 && pass.refusal == NULL;
		if (stage) {
			ana_order_pass_release(&pass);
		}
	}
	return legal;
}

/* ---- Explanations ---- */

/** Most arguments that are looked at since they may vary. */
#define SUSPECTS_MAX 4

/** An instruction's text. */
static const char *text_of(struct ana_order *o, uint32_t unit) {
	return ana_order_say(o, "%.*s", CTX_STR_ARGS(o->units[unit].ins->node->line_text));
}

/** The steps that a copy passes, each asked alone. */
static int list_edges(struct ana_order *o, uint32_t copy, const uint32_t *to, struct ana_order_change *change,
	struct ctx_error *err) {
	struct ana_order_edge *edges = ctx_arena_calloc(&o->arena, to[copy] - copy + 1, sizeof(*edges));
	int rc = edges == NULL ? ctx_fail_nomem(err) : 0;
	for (uint32_t i = copy + 1; rc == 0 && i <= to[copy]; ++i) {
		struct ana_order_pass pass = ANA_ORDER_PASS_INIT;
		enum ana_order_kind kind = o->units[i].kind;
		if (kind == ANA_ORDER_FREE || kind == ANA_ORDER_VARIABLE || (to[i] >= to[copy] && to[i] != i)) {
			continue;
		}
		rc = ana_order_ask(o, copy, i, &pass);
		edges[change->edge_count++] = (struct ana_order_edge){ .line = o->units[i].ins->node->first_line,
			.text = text_of(o, i),
			.why = pass.why != NULL ? pass.why : "the directory is the same" };
		ana_order_pass_release(&pass);
	}
	change->edges = edges;
	return rc;
}

/** What is copied apart, in one line. */
static const char *apart_line(struct ana_order *o, uint32_t copy, const struct ana_order_pass *pass) {
	ctx_auto_buf struct ctx_buf lines = CTX_BUF_INIT;
	if (pass->apart.count == 0 || !ana_order_apart_text(o, &o->units[copy], pass, "; ", &lines) || lines.len < 2) {
		return "";
	}
	return ana_order_say(o, "%.*s", (int)(lines.len - 2), ctx_buf_str(&lines));
}

/** One change. */
static int tell_change(struct ana_order *o, uint32_t copy, const uint32_t *to, struct ana_order_story *out,
	struct ctx_error *err) {
	struct ana_order_pass pass;
	int rc = try_copy(o, copy, to, false, &pass, err);
	struct ana_order_change change = { .unit = copy,
		.line = o->units[copy].ins->node->first_line,
		.text = text_of(o, copy),
		.below_line = o->units[to[copy]].ins->node->first_line,
		.below = text_of(o, to[copy]),
		.apart = apart_line(o, copy, &pass),
		.proof = pass.proof,
		.review = pass.review };
	ana_order_pass_release(&pass);
	rc = rc < 0 ? rc : list_edges(o, copy, to, &change, err);
	return rc < 0 ? rc : CTX_VEC_PUSH(&out->changes, change) ? 0 : ctx_fail_nomem(err);
}

/** A step that refuses a variable is a better reason than another variable between them. */
static int find_step(struct ana_order *o, uint32_t variable, uint32_t run, const char **why) {
	int rc = 0;
	bool found = false;
	for (uint32_t i = variable + 1; rc == 0 && !found && i <= run; ++i) {
		struct ana_order_pass pass = ANA_ORDER_PASS_INIT;
		rc = o->units[i].kind == ANA_ORDER_VARIABLE ? 0 : ana_order_ask(o, variable, i, &pass);
		found = pass.refusal != NULL;
		*why = found ? pass.refusal : *why;
		ana_order_pass_release(&pass);
	}
	return rc;
}

/** Why a costly RUN stays behind a copy, if one is before it and it could not be moved. */
static int tell_held(struct ana_order *o, uint32_t run, const uint32_t *to, struct ana_order_story *out,
	struct ctx_error *err) {
	uint32_t stage = o->units[run].stage;
	for (uint32_t i = run; i-- > o->first[stage];) {
		const struct ana_order_unit *u = &o->units[i];
		const char *why = u->kind == ANA_ORDER_FOREIGN ? u->why : NULL;
		struct ana_order_pass pass = ANA_ORDER_PASS_INIT;
		if (ana_order_moves(u) && to[i] < run && (u->kind != ANA_ORDER_VARIABLE || u->varies)) {
			uint32_t *mine = copy_order(o, to);
			if (mine == NULL) {
				return ctx_fail_nomem(err);
			}
			mine[i] = run;
			int rc = try_copy(o, i, mine, true, &pass, err);
			why = pass.all ? NULL : pass.refusal;
			ana_order_pass_release(&pass);
			rc = rc < 0 || why == NULL || u->kind != ANA_ORDER_VARIABLE ? rc : find_step(o, i, run, &why);
			if (rc < 0) {
				return rc;
			}
		}
		if (why != NULL) {
			struct ana_order_held held = { o->units[run].ins->node->first_line, text_of(o, run), why };
			return CTX_VEC_PUSH(&out->held, held) ? 0 : ctx_fail_nomem(err);
		}
	}
	return 0;
}

/**
 * Shorten `*reach` to the last costly RUN that a variable can go below, ANA_NONE for none.  Variables that must come along are left out of
 * account.
 */
static int shorten(struct ana_order *o, uint32_t variable, uint32_t *reach, struct ctx_error *err) {
	uint32_t last = ANA_NONE;
	o->err = err;
	for (uint32_t i = variable + 1; i <= *reach; ++i) {
		struct ana_order_pass pass = ANA_ORDER_PASS_INIT;
		int rc = ana_order_ask(o, variable, i, &pass);
		bool ends = pass.refusal != NULL && !o->units[i].loose;
		ana_order_pass_release(&pass);
		if (rc < 0 || ends) {
			*reach = last;
			return rc;
		}
		last = ana_order_is_costly(o, i) ? i : last;
	}
	*reach = last;
	return 0;
}

/** Of an ARG that looks as if it varied: the last costly RUN that it could go below, with what must come along; ANA_NONE. */
static int find_reach(struct ana_order *o, uint32_t arg, uint32_t *reach, struct ctx_error *err) {
	*reach = o->first[o->units[arg].stage + 1] - 1;
	int rc = shorten(o, arg, reach, err);
	for (uint32_t i = arg + 1; rc == 0 && *reach != ANA_NONE && i < *reach; ++i) {
		struct ana_order_pass pass = ANA_ORDER_PASS_INIT;
		rc = o->units[i].kind == ANA_ORDER_VARIABLE ? ana_order_ask(o, arg, i, &pass) : 0;
		rc = rc == 0 && pass.refusal != NULL ? shorten(o, i, reach, err) : rc;
		ana_order_pass_release(&pass);
	}
	return rc;
}

/** Tell of an ARG that may vary. */
static int tell_suspect(struct ana_order *o, uint32_t arg, struct ana_order_story *out, struct ctx_error *err) {
	uint32_t reach;
	int rc = find_reach(o, arg, &reach, err);
	if (rc < 0 || reach == ANA_NONE) {
		return rc;
	}
	struct ctx_str name = ana_order_name(o->units[arg].ins, 0);
	struct ana_order_held held = { o->units[arg].ins->node->first_line, text_of(o, arg),
		ana_order_say(o,
			"line %u does not look at it, and is made again whenever its value changes: try --assume arg:%.*s=changed",
			o->units[reach].ins->node->first_line, CTX_STR_ARGS(name)) };
	return CTX_VEC_PUSH(&out->held, held) ? 0 : ctx_fail_nomem(err);
}

int ana_order_explain(struct ana_order *order, const uint32_t *to, struct ana_order_story *out, struct ctx_error *err) {
	int rc = 0;
	unsigned suspects = SUSPECTS_MAX;
	order->err = err;
	for (uint32_t i = 0; rc == 0 && i < order->count; ++i) {
		rc = to[i] != i ? tell_change(order, i, to, out, err) : 0;
	}
	for (uint32_t i = 0; rc == 0 && i < order->count; ++i) {
		rc = ana_order_is_costly(order, i)                ? tell_held(order, i, to, out, err)
			: order->units[i].suspect && suspects > 0 ? (--suspects, tell_suspect(order, i, out, err))
								  : 0;
	}
	return rc;
}

void ana_order_story_release(struct ana_order_story *story) {
	CTX_VEC_RELEASE(&story->changes);
	CTX_VEC_RELEASE(&story->held);
}
