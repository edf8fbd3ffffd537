#include "analyzer/cache/variant.h"

#include "analyzer/dockerfile/older.h"
#include "analyzer/dockerfile/pragma.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/** Note why a file cannot be built; `line` is 0 where there is no place. */
static int set_error(struct ana_variant *v, uint32_t line, uint32_t column, const char *message,
	struct ctx_error *err) {
	char place[32] = "";
	if (line > 0) {
		snprintf(place, sizeof(place), "%u:%u: ", line, column);
	}
	size_t room = strlen(place) + strlen(message) + 1;
	char *text = ctx_arena_alloc(&v->arena, room);
	if (text == NULL) {
		return ctx_fail_nomem(err);
	}
	snprintf(text, room, "%s%s", place, message);
	v->error = text;
	return 0;
}

/** Note the first of the errors. */
static int set_first(struct ana_variant *v, const struct ana_diags *diags, struct ctx_error *err) {
	const struct ana_diag *first = &diags->items.items[0];
	return set_error(v, first->line, first->column, first->message, err);
}

/** Does the vertex have a verdict?  Steps do, but those that are sources: FROM, and the fetching half of a remote ADD. */
static bool has_verdict(const struct ana_vertex *v) {
	bool made = v->op == ANA_OP_EXEC || v->op == ANA_OP_FILE || v->op == ANA_OP_MERGE;
	return made && (v->flags & ANA_VERTEX_STEP) != 0 && (v->flags & ANA_VERTEX_HELPER) == 0;
}

/** The text of a step behind its bracket. */
static struct ctx_str without_bracket(struct ctx_str name) {
	const char *end = name.len > 0 && name.ptr[0] == '[' ? memchr(name.ptr, ']', name.len) : NULL;
	if (end == NULL) {
		return name;
	}
	size_t at = (size_t)(end - name.ptr) + 1;
	while (at < name.len && name.ptr[at] == ' ') {
		++at;
	}
	return ctx_str_from(name, at);
}

/** Room for the list of steps. */
static int make_room(struct ana_variant *v, size_t count, struct ctx_error *err) {
	v->steps = ctx_arena_calloc(&v->arena, count + 1, sizeof(*v->steps));
	v->step_of = ctx_arena_calloc(&v->arena, count + 1, sizeof(*v->step_of));
	return v->steps != NULL && v->step_of != NULL ? 0 : ctx_fail_nomem(err);
}

/** Let a pragma say what a step costs, unless measured costs do. */
static void take_pragma(struct ana_variant_step *step, const struct ana_pragmas *pragmas,
	const struct ana_costs *costs) {
	step->said_seconds = step->merge ? -1 : ana_pragma_cost(pragmas, step->line);
	if (step->said_seconds >= 0 && !ana_costs_has(costs, step->stage, step->instruction)) {
		step->seconds = step->said_seconds;
	}
}

/** Of all steps. */
static int take_pragmas(struct ana_variant *v, const struct ana_variant_opts *opts, struct ctx_error *err) {
	ana_auto_pragmas struct ana_pragmas pragmas = { 0 };
	int rc = ana_pragmas_read(&pragmas, &v->model.syntax, CTX_STR_NONE, err);
	for (uint32_t i = 0; rc == 0 && i < v->step_count; ++i) {
		take_pragma(&v->steps[i], &pragmas, opts->costs);
	}
	return rc;
}

/** Has a step a cache mount?  Few do, and only these are classified again. */
static bool has_cache_mount(const struct ana_vertex *vertex) {
	bool has = false;
	for (uint32_t i = 0; vertex->op == ANA_OP_EXEC && i < vertex->exec.mount_count; ++i) {
		has = has || vertex->exec.mounts[i].type == ANA_MOUNT_CACHE;
	}
	return has;
}

/** Find the cache mounts that a step has for what it keeps: another stage fills such a cache with something else. */
static int find_kept(struct ana_variant *v, struct ana_variant_step *step, const struct ana_variant_opts *opts,
	struct ctx_error *err) {
	const struct ana_vertex *vertex = &v->graph.vertices.items[step->vertex];
	unsigned caches = has_cache_mount(vertex) ? ana_cost_caches(vertex) : 0;
	struct ana_kept_mounts mounts;
	bool said = step->said_seconds >= 0 && !ana_costs_has(opts->costs, step->stage, step->instruction);
	if (caches == 0 || !ana_kept_find(&mounts, &vertex->exec, caches)) {
		return 0;
	}
	if (step->bytes < 0) {
		step->bytes = (int64_t)((double)ana_cost_class_bytes(step->class) * ana_kept_bytes_share(caches));
	}
	if (said || ana_costs_as_is(opts->costs, step->stage, step->instruction)) {
		return 0;
	}
	ctx_auto_buf struct ctx_buf key = CTX_BUF_INIT;
	ctx_buf_add(&key, step->stage.ptr, step->stage.len);
	for (unsigned i = 0; i < ANA_KEPT_COUNT; ++i) {
		if (mounts.ids[i].ptr != NULL) {
			ctx_buf_addf(&key, "%c%u ", '\0', i);
			ctx_buf_add(&key, mounts.ids[i].ptr, mounts.ids[i].len);
		}
	}
	const char *text = ctx_buf_ok(&key) ? ctx_arena_memdup0(&v->arena, key.data, key.len) : NULL;
	step->kept = (struct ctx_str){ text, text != NULL ? key.len : 0 };
	step->warm_seconds = step->seconds * ana_kept_share(caches);
	return text != NULL ? 0 : ctx_fail_nomem(err);
}

/** Of all steps. */
static int find_all_kept(struct ana_variant *v, const struct ana_variant_opts *opts, struct ctx_error *err) {
	int rc = 0;
	for (uint32_t i = 0; rc == 0 && i < v->step_count; ++i) {
		rc = find_kept(v, &v->steps[i], opts, err);
	}
	return rc;
}

/** List the steps. */
static int list_steps(struct ana_variant *v, const struct ana_variant_opts *opts, struct ctx_error *err) {
	size_t count = v->graph.vertices.count;
	int rc = make_room(v, count, err);
	for (uint32_t i = 0; rc == 0 && i < count; ++i) {
		const struct ana_vertex *vertex = &v->graph.vertices.items[i];
		v->step_of[i] = ANA_NONE;
		if (!has_verdict(vertex)) {
			continue;
		}
		struct ana_variant_step *step = &v->steps[v->step_count];
		*step = (struct ana_variant_step){ .vertex = i, .name = vertex->name, .line = vertex->first_line };
		step->instruction = without_bracket(vertex->name);
		step->written = vertex->instruction != NULL ? vertex->instruction->node->line_text : step->instruction;
		step->merge = (vertex->flags & ANA_VERTEX_LINK) != 0;
		if (vertex->stage != ANA_NONE) {
			step->stage = v->graph.stages.items[vertex->stage].shown_name;
		}
		step->class = ana_cost_classify(vertex);
		step->seconds = vertex->op == ANA_OP_MERGE
			? 0
			: ana_cost_of_class(opts->costs, step->class, step->stage, step->instruction);
		step->bytes = ana_cost_bytes(opts->costs, step->stage, step->instruction);
		v->step_of[i] = v->step_count++;
	}
	rc = rc < 0 ? rc : take_pragmas(v, opts, err);
	return rc < 0 ? rc : find_all_kept(v, opts, err);
}

/** Seconds of a step of the classic builder: one that only notes something takes no time. */
static double classic_seconds(const struct ana_costs *costs, const struct ana_classic_step *s, struct ctx_str stage) {
	struct ana_vertex vertex = { .op = ANA_OP_FILE };
	vertex.file = (struct ana_file_op){ ANA_NONE, s->actions, s->action_count };
	if (s->ins->keyword == ANA_KW_RUN) {
		vertex = (struct ana_vertex){ .op = ANA_OP_EXEC };
		vertex.exec.args = s->args;
		vertex.exec.arg_count = s->arg_count;
	}
	if (s->sources != NULL && s->action_count > 0 && s->sources[0].path.len == 0) {
		vertex.op = ANA_OP_HTTP;
	}
	bool works = s->action_count > 0 || s->ins->keyword == ANA_KW_RUN;
	return ana_cost_seconds(costs, works ? &vertex : NULL, stage, s->instruction);
}

/** List the steps of the classic builder, without those of triggers, which it does not print. */
static int list_classic(struct ana_variant *v, const struct ana_variant_opts *opts, struct ctx_error *err) {
	int rc = make_room(v, v->plan.steps.count, err);
	for (uint32_t i = 0; rc == 0 && i < v->plan.steps.count; ++i) {
		const struct ana_classic_step *s = &v->plan.steps.items[i];
		v->step_of[i] = ANA_NONE;
		if (s->trigger) {
			continue;
		}
		struct ctx_str stage = v->plan.stages.items[s->stage].name;
		v->steps[v->step_count] = (struct ana_variant_step){ .vertex = i,
			.written = s->ins->node->line_text,
			.name = s->name,
			.instruction = s->instruction,
			.stage = stage,
			.line = s->line,
			.seconds = classic_seconds(opts->costs, s, stage) };
		v->step_of[i] = v->step_count++;
	}
	return rc < 0 ? rc : take_pragmas(v, opts, err);
}

/** The file could not be worked out: is that its own fault alone? */
static int fail_variant(struct ana_variant *v, int rc, const struct ctx_error *why, struct ctx_error *err) {
	bool target = rc == CTX_E_USAGE && v->graph.target == ANA_NONE;
	if (target || rc == CTX_E_LIMIT) {
		return set_error(v, 0, 0, why->msg, err);
	}
	if (err != NULL) {
		*err = *why;
	}
	return rc;
}

/** Read the text by the rules of a builder: 1, it is not valid; 0; or negative. */
static int read_text(struct ana_variant *v, const struct ana_variant_opts *opts, bool older, struct ctx_error *err) {
	struct ctx_error why = { 0 };
	int rc = ana_dockerfile_parse(&v->model, (struct ctx_str){ ctx_buf_str(&v->text), v->text.len }, &why);
	bool own = v->model.syntax.directives.syntax.ptr != NULL && !opts->classic; // a frontend of the file's choice
	if (rc == 0 && v->model.diags.items.count == 0 && older && !own) {
		const char *who = opts->classic ? "the classic builder" : "Docker 20.10";
		rc = ana_older_check(&v->model, who, &why);
	}
	if (rc < 0) {
		return fail_variant(v, rc, &why, err);
	}
	rc = v->model.diags.items.count > 0 ? set_first(v, &v->model.diags, err) : 0;
	return rc < 0 ? rc : v->model.diags.items.count > 0;
}

/** From the text to the steps of the classic builder. */
static int plan_classic(struct ana_variant *v, const struct ana_variant_opts *opts, struct ctx_error *err) {
	const struct ana_classic_opts how = { opts->graph.target, opts->graph.build_args };
	struct ctx_error why = { 0 };
	v->classic = true;
	int rc = ana_classic_plan_make(&v->plan, &v->model, &how, &why);
	if (rc < 0) {
		return fail_variant(v, rc, &why, err);
	}
	if (v->plan.invalid) {
		return set_error(v, v->plan.failure_line, 1, v->plan.failure, err);
	}
	return list_classic(v, opts, err);
}

/** From the text to the steps. */
static int work_out(struct ana_variant *v, const struct ana_variant_opts *opts, struct ctx_error *err) {
	struct ctx_error why = { 0 };
	int rc = read_text(v, opts, opts->older || opts->classic, err);
	if (rc != 0 || opts->classic) {
		return rc < 0 ? rc : rc > 0 || v->error != NULL ? 0 : plan_classic(v, opts, err);
	}
	struct ana_graph_opts graph = opts->graph;
	struct ana_cachekey_opts keys = opts->keys;
	graph.no_merge = keys.older = opts->older;
	graph.older_frontend = opts->older && v->model.syntax.directives.syntax.ptr == NULL;
	rc = v->error != NULL ? 0 : ana_graph_build(&v->graph, &v->model, &graph, &why);
	if (rc < 0 || v->error != NULL) {
		return rc < 0 ? fail_variant(v, rc, &why, err) : 0;
	}
	if (v->graph.diags.items.count > 0) {
		return set_first(v, &v->graph.diags, err);
	}
	rc = ana_cachekeys_make(&v->keys, &v->graph, &keys, err);
	return rc < 0 ? rc : list_steps(v, opts, err);
}

uint64_t ana_variant_step_bytes(const struct ana_variant_step *step) {
	return step->bytes >= 0 ? (uint64_t)step->bytes : step->merge ? 0 : ana_cost_class_bytes(step->class);
}

int ana_variant_new(struct ana_variant **out, struct ctx_buf *text, const struct ana_variant_opts *opts,
	struct ctx_error *err) {
	struct ana_variant *v = ctx_calloc(1, sizeof(*v));
	if (v == NULL) {
		ctx_buf_release(text);
		return ctx_fail_nomem(err);
	}
	v->text = *text;
	*text = (struct ctx_buf)CTX_BUF_INIT;
	int rc = work_out(v, opts, err);
	if (rc < 0) {
		ana_variant_free(v);
		return rc;
	}
	*out = v;
	return 0;
}

int ana_variant_costs(struct ana_costs **costs, struct ctx_str text, const struct ana_variant_opts *opts,
	struct ctx_error *err) {
	struct ctx_buf copy = CTX_BUF_INIT;
	struct ana_variant *v = NULL;
	ctx_buf_add(&copy, text.ptr, text.len);
	int rc = ctx_buf_ok(&copy) ? 0 : ctx_fail_nomem(err);
	rc = rc < 0 ? rc : ana_variant_new(&v, &copy, opts, err);
	for (uint32_t i = 0; rc == 0 && i < v->step_count; ++i) {
		const struct ana_variant_step *step = &v->steps[i];
		if (step->said_seconds >= 0) {
			rc = ana_costs_say(costs, step->said_seconds, step->stage, step->instruction, err);
		}
	}
	ctx_buf_release(&copy);
	ana_variant_free(v);
	return rc;
}

/** A text that the variant owns. */
static bool own_text(struct ana_variant *v, struct ctx_str *text) {
	const char *copy = ctx_arena_memdup0(&v->arena, text->len > 0 ? text->ptr : "", text->len);
	text->ptr = copy;
	return copy != NULL;
}

/** Let the steps own their texts. */
static bool own_steps(struct ana_variant *v, struct ana_variant_step *steps) {
	bool ok = true;
	for (uint32_t i = 0; ok && i < v->step_count; ++i) {
		steps[i] = v->steps[i];
		size_t at = steps[i].name.len - steps[i].instruction.len; // its end
		ok = own_text(v, &steps[i].name) && own_text(v, &steps[i].stage) && own_text(v, &steps[i].written);
		steps[i].instruction = ok ? ctx_str_from(steps[i].name, at) : steps[i].instruction;
	}
	return ok;
}

int ana_variant_thin(struct ana_variant *variant, struct ctx_error *err) {
	struct ana_variant_step *steps = ctx_arena_calloc(&variant->arena, variant->step_count + 1, sizeof(*steps));
	if (steps == NULL || !own_steps(variant, steps)) {
		return ctx_fail_nomem(err);
	}
	struct ana_graph thin = { .vertices.items = variant->graph.vertices.items,
		.vertices.count = variant->graph.vertices.count,
		.vertices.cap = variant->graph.vertices.cap,
		.target = variant->graph.target,
		.result = variant->graph.result };
	for (size_t i = 0; i < thin.vertices.count; ++i) {
		thin.vertices.items[i] = (struct ana_vertex){ .op = thin.vertices.items[i].op };
	}
	for (uint32_t i = 0; i < variant->keys.count; ++i) {
		for (uint32_t k = 0; k < variant->keys.vertices[i].input_count; ++k) {
			variant->keys.vertices[i].inputs[k].selectors = NULL;
			variant->keys.vertices[i].inputs[k].selector_count = 0;
		}
	}
	memset(&variant->graph.vertices, 0, sizeof(variant->graph.vertices)); // taken over
	ana_graph_release(&variant->graph);
	ana_dockerfile_release(&variant->model);
	ctx_buf_release(&variant->text);
	variant->graph = thin;
	variant->steps = steps;
	return 0;
}

void ana_variant_free(struct ana_variant *variant) {
	if (variant == NULL) {
		return;
	}
	ana_cachekeys_release(&variant->keys);
	ana_graph_release(&variant->graph);
	ana_classic_plan_release(&variant->plan);
	ana_dockerfile_release(&variant->model);
	ctx_buf_release(&variant->text);
	ctx_arena_release(&variant->arena);
	free(variant);
}
