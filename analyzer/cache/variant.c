#include "analyzer/cache/variant.h"

#include "analyzer/dockerfile/older.h"

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

/** List the steps. */
static int list_steps(struct ana_variant *v, const struct ana_variant_opts *opts, struct ctx_error *err) {
	size_t count = v->graph.vertices.count;
	v->steps = ctx_arena_calloc(&v->arena, count + 1, sizeof(*v->steps));
	v->step_of = ctx_arena_calloc(&v->arena, count + 1, sizeof(*v->step_of));
	v->rows = ctx_arena_calloc(&v->arena, count + 1, sizeof(*v->rows));
	if (v->steps == NULL || v->step_of == NULL || v->rows == NULL) {
		return ctx_fail_nomem(err);
	}
	for (uint32_t i = 0; i < count; ++i) {
		const struct ana_vertex *vertex = &v->graph.vertices.items[i];
		v->step_of[i] = ANA_NONE;
		if (!has_verdict(vertex)) {
			continue;
		}
		struct ana_variant_step *step = &v->steps[v->step_count];
		*step = (struct ana_variant_step){ .vertex = i, .name = vertex->name, .line = vertex->first_line };
		step->instruction = without_bracket(vertex->name);
		if (vertex->stage != ANA_NONE) {
			step->stage = v->graph.stages.items[vertex->stage].shown_name;
		}
		step->seconds = vertex->op == ANA_OP_MERGE
			? 0
			: ana_cost_seconds(opts->costs, vertex, step->stage, step->instruction);
		v->step_of[i] = v->step_count++;
	}
	return 0;
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

/** From the text to the steps. */
static int work_out(struct ana_variant *v, const struct ana_variant_opts *opts, struct ctx_error *err) {
	struct ctx_error why = { 0 };
	int rc = ana_dockerfile_parse(&v->model, (struct ctx_str){ ctx_buf_str(&v->text), v->text.len }, &why);
	struct ana_graph_opts graph = opts->graph;
	struct ana_cachekey_opts keys = opts->keys;
	graph.no_merge = keys.older = opts->older;
	graph.older_frontend = opts->older && v->model.syntax.directives.syntax.ptr == NULL;
	if (rc == 0 && v->model.diags.items.count == 0 && graph.older_frontend) {
		rc = ana_older_check(&v->model, &why);
	}
	if (rc == 0 && v->model.diags.items.count > 0) {
		return set_first(v, &v->model.diags, err);
	}
	rc = rc < 0 ? rc : ana_graph_build(&v->graph, &v->model, &graph, &why);
	if (rc < 0) {
		return fail_variant(v, rc, &why, err);
	}
	if (v->graph.diags.items.count > 0) {
		return set_first(v, &v->graph.diags, err);
	}
	rc = ana_cachekeys_make(&v->keys, &v->graph, &keys, err);
	return rc < 0 ? rc : list_steps(v, opts, err);
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

void ana_variant_free(struct ana_variant *variant) {
	if (variant == NULL) {
		return;
	}
	ana_cachekeys_release(&variant->keys);
	ana_graph_release(&variant->graph);
	ana_dockerfile_release(&variant->model);
	ctx_buf_release(&variant->text);
	ctx_arena_release(&variant->arena);
	free(variant);
}
