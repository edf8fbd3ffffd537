#include "analyzer/cache/simulate_internal.h"

#include <string.h>

/** Collects changes. */
struct collecting {
	struct ana_sim_differ *d;
	CTX_VEC(struct ana_sim_path) items;
	/** But for the paths, which are in `items`. */
	struct ana_sim_changes found;
};

uint32_t ana_sim_changes_total(const struct ana_sim_changes *changes) {
	uint32_t total = 0;
	for (size_t i = 0; i < CTX_COUNTOF(changes->counts); ++i) {
		total += changes->counts[i];
	}
	return total;
}

/** A path, once for each worker; NULL when out of memory. */
static const char *intern(struct ana_sim_differ *d, const char *path, size_t len) {
	uint32_t known = ctx_strmap_get(&d->path_of, path, len);
	if (known != CTX_STRMAP_NONE) {
		return d->paths.items[known];
	}
	const char *copy = ctx_arena_memdup0(d->arena, path, len);
	uint32_t index = (uint32_t)d->paths.count;
	bool ok = copy != NULL && CTX_VEC_PUSH(&d->paths, copy) &&
		ctx_strmap_put(&d->path_of, copy, len, index) != CTX_STRMAP_NONE;
	return ok ? copy : NULL;
}

/** ana_change_fn. */
static int collect(void *arg, enum ana_change_kind kind, const char *path, size_t len) {
	struct collecting *c = arg;
	++c->found.counts[kind];
	if (c->items.count >= ANA_SIM_PATHS_MAX) {
		return 0;
	}
	struct ana_sim_path item = { kind, intern(c->d, path, len) };
	return item.path != NULL && CTX_VEC_PUSH(&c->items, item) ? 0 : ctx_fail_nomem(c->d->err);
}

/** The input of a variant that is the same as one of another; ANA_NONE if there is none. */
static uint32_t same_input(const struct ana_variant *v, const struct ana_variant *other, uint32_t vertex,
	uint32_t input) {
	if (v == other) {
		return v->keys.first[vertex] + input;
	}
	const struct ana_vertex_key *key = &v->keys.vertices[vertex];
	for (uint32_t i = 0; i < other->keys.count; ++i) {
		const struct ana_vertex_key *there = &other->keys.vertices[i];
		if (there->input_count == key->input_count && ctx_digest_equal(&there->op, &key->op)) {
			return other->keys.first[i] + input;
		}
	}
	return ANA_NONE;
}

/** What differs in what one step reads of the main context. */
static int step_changes(struct ana_sim_differ *d, const struct ana_sim_scene *before, const struct ana_sim_scene *now,
	uint32_t vertex, struct collecting *c) {
	const struct ana_variant *v = now->variant;
	const struct ana_vertex_key *key = &v->keys.vertices[vertex];
	for (uint32_t i = 0; i < key->input_count; ++i) {
		const struct ana_key_input *input = &key->inputs[i];
		const struct ana_vertex *source = &v->graph.vertices.items[input->vertex];
		if (source->op != ANA_OP_LOCAL || source->local != 0 || !input->by_content) {
			continue;
		}
		uint32_t there = same_input(v, before->variant, vertex, i);
		if (there == ANA_NONE ||
			ctx_digest_equal(&before->contents->items[there].digest,
				&now->contents->items[v->keys.first[vertex] + i].digest)) {
			continue;
		}
		for (uint32_t k = 0; k < input->selector_count; ++k) {
			int rc = ana_selection_changes(d->selections, before->root, now->root, &input->selectors[k],
				collect, c, d->err);
			if (rc < 0) {
				return rc;
			}
		}
	}
	return 0;
}

/** Keep what was collected. */
static int keep_changes(struct ana_sim_differ *d, struct collecting *c, const struct ana_sim_changes **out) {
	if (ana_sim_changes_total(&c->found) == 0) {
		return 0;
	}
	struct ana_sim_changes *kept = ctx_arena_calloc(d->arena, 1, sizeof(*kept));
	struct ana_sim_path *items = ctx_arena_calloc(d->arena, c->items.count + 1, sizeof(*items));
	if (kept == NULL || items == NULL) {
		return ctx_fail_nomem(d->err);
	}
	memcpy(items, c->items.items, c->items.count * sizeof(*items));
	*kept = c->found;
	kept->items = items;
	kept->item_count = (uint32_t)c->items.count;
	*out = kept;
	return 0;
}

/** The step of a plan with the same instruction; ANA_NONE. */
static uint32_t same_step(const struct ana_classic_plan *plan, const struct ana_classic_step *step, uint32_t guess) {
	if (guess < plan->steps.count && ctx_digest_equal(&plan->steps.items[guess].own, &step->own)) {
		return guess;
	}
	for (uint32_t i = 0; i < plan->steps.count; ++i) {
		if (ctx_digest_equal(&plan->steps.items[i].own, &step->own)) {
			return i;
		}
	}
	return ANA_NONE;
}

/** The same for a step of the classic builder. */
static int classic_changes(struct ana_sim_differ *d, const struct ana_sim_scene *before,
	const struct ana_sim_scene *now, uint32_t index, struct collecting *c) {
	const struct ana_classic_step *step = &now->variant->plan.steps.items[index];
	if (step->sources == NULL || step->from_stage != ANA_NONE || step->from_image.len > 0) {
		return 0;
	}
	uint32_t there = same_step(&before->variant->plan, step, index);
	if (there == ANA_NONE ||
		ctx_digest_equal(&before->contents->items[there].digest, &now->contents->items[index].digest)) {
		return 0;
	}
	for (uint32_t i = 0; i < step->action_count; ++i) {
		int rc = step->sources[i].path.len == 0 ? 0
							: ana_selection_changes(d->selections, before->root, now->root,
								  &step->sources[i], collect, c, d->err);
		if (rc < 0) {
			return rc;
		}
	}
	return 0;
}

int ana_sim_differ_find(struct ana_sim_differ *d, const struct ana_sim_scene *before, const struct ana_sim_scene *now,
	const struct ana_sim_changes ***out) {
	const struct ana_variant *v = now->variant;
	if (before->variant == NULL || (before->variant == v && before->root == now->root)) {
		return 0;
	}
	*out = ctx_arena_calloc(d->arena, v->step_count + 1, sizeof(struct ana_sim_changes *));
	int rc = *out != NULL ? 0 : ctx_fail_nomem(d->err);
	for (uint32_t i = 0; rc == 0 && i < v->step_count; ++i) {
		struct collecting c = { .d = d };
		rc = v->classic ? classic_changes(d, before, now, v->steps[i].vertex, &c)
				: step_changes(d, before, now, v->steps[i].vertex, &c);
		rc = rc < 0 ? rc : keep_changes(d, &c, &(*out)[i]);
		CTX_VEC_RELEASE(&c.items);
	}
	return rc;
}
