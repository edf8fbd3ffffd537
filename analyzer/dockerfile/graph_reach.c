#include "analyzer/dockerfile/graph_internal.h"

#include <stdlib.h>

// Triggers may refer to further stages, and those may bring triggers of their own, so reaching goes in rounds: mark what can
// be reached by now, resolve the base images of what is new, add triggers of what is new.  Every state is new once.

/** What the rounds keep. */
struct rounds {
	/** States to be marked, and those marked in this round. */
	CTX_VEC(uint32_t) pending;
	CTX_VEC(uint32_t) fresh;
	/** States whose image name was looked at. */
	uint32_t checked;
	uint32_t round;
};

/** Order of indices. */
static int compare_indices(const void *a, const void *c) {
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)c;
	return (x > y) - (x < y);
}

/** Mark what can be reached from the pending states; the new ones are `fresh`, in order. */
static int mark(struct ana_builder *b, struct rounds *r) {
	r->fresh.count = 0;
	while (r->pending.count > 0) {
		uint32_t at = r->pending.items[--r->pending.count];
		struct ana_graph_stage *stage = &b->graph->stages.items[at];
		if (stage->reachable) {
			continue;
		}
		stage->reachable = true;
		const struct ana_state *state = &b->states.items[at];
		if (!CTX_VEC_PUSH(&r->fresh, at) || !CTX_VEC_RESERVE(&r->pending, state->deps.count + 1)) {
			return ctx_fail_nomem(b->err);
		}
		for (size_t i = 0; i < state->deps.count; ++i) {
			r->pending.items[r->pending.count++] = state->deps.items[i].state;
		}
		if (stage->base_stage != ANA_NONE) {
			r->pending.items[r->pending.count++] = stage->base_stage;
		}
	}
	if (r->fresh.count > 1) {
		qsort(r->fresh.items, r->fresh.count, sizeof(*r->fresh.items), compare_indices);
	}
	return 0;
}

/** Check names of new states, resolve those that are needed now; images that nobody needs yet are never asked about. */
static int resolve_round(struct ana_builder *b, struct rounds *r) {
	uint32_t first = r->checked;
	uint32_t count = (uint32_t)b->states.count;
	int rc = 0;
	for (uint32_t i = first; rc == 0 && i < count; ++i) {
		rc = ana_base_check(b, i);
	}
	for (size_t i = 0; rc == 0 && i < r->fresh.count; ++i) {
		rc = ana_base_resolve(b, r->fresh.items[i], r->round, true);
	}
	for (uint32_t i = first; rc == 0 && i < count; ++i) {
		if ((b->all_stages || b->states.items[i].unregistered) && !b->graph->stages.items[i].reachable) {
			rc = ana_base_resolve(b, i, r->round, b->all_stages);
		}
	}
	r->checked = count;
	return rc;
}

/** Report what is wrong with a trigger, at the FROM line that brought it. */
static int report_trigger(struct ana_builder *b, uint32_t index, const struct ana_diags *diags) {
	const struct ana_state *s = &b->states.items[index];
	return ana_builder_report(b, s->node, s->base_text, "%s", diags->items.items[0].message);
}

/** Parse one trigger into a step (initOnBuildTriggers).  1 if an error was reported. */
static int parse_trigger(struct ana_builder *b, uint32_t index, struct ctx_str text, struct ana_step *step) {
	struct ana_diags diags = { .arena = b->arena };
	struct ana_node *node = ctx_arena_calloc(b->arena, 1, sizeof(*node));
	struct ana_instruction *ins = ctx_arena_calloc(b->arena, 1, sizeof(*ins));
	int rc = node == NULL || ins == NULL ? ctx_fail_nomem(b->err) : 0;
	if (rc == 0) {
		rc = ana_syntax_parse_line(node, text, '\\', b->arena, &diags, b->err);
	}
	if (rc == 0 && diags.items.count == 0) {
		rc = ana_instruction_parse(ins, node, NULL, b->arena, &diags, b->err);
	}
	if (rc == 0 && diags.items.count > 0) {
		rc = report_trigger(b, index, &diags);
		rc = rc < 0 ? rc : 1;
	} else if (rc == 0 && ins->keyword == ANA_KW_FROM) {
		const struct ana_state *s = &b->states.items[index];
		rc = ana_builder_report(b, s->node, s->base_text, "*instructions.Stage is not a command type");
		rc = rc < 0 ? rc : 1;
	}
	*step = (struct ana_step){ .ins = ins, .onbuild = true };
	ana_diags_release(&diags);
	return rc;
}

/** Text of the n-th trigger that a state inherits: from its image, then from its base stage; absent beyond the last. */
static struct ctx_str next_trigger(const struct ana_builder *b, uint32_t index, size_t *at) {
	const struct ana_state *s = &b->states.items[index];
	uint32_t base_index = b->graph->stages.items[index].base_stage;
	if (base_index == ANA_NONE) {
		return *at < s->image_trigger_count ? s->image_triggers[(*at)++] : CTX_STR_NONE;
	}
	const struct ana_state *base = &b->states.items[base_index];
	for (; *at < (size_t)base->trigger_count + base->step_count; ++*at) {
		const struct ana_step *step = *at < base->trigger_count ? &base->triggers[*at]
									: &base->steps[*at - base->trigger_count];
		if (step->ins->keyword == ANA_KW_ONBUILD) {
			++*at;
			return step->ins->text;
		}
	}
	return CTX_STR_NONE;
}

/**
 * Has there been enough of triggers?  Stages multiply them, and those of an image that copies from the same image have no
 * end by the rules of BuildKit v0.32.2 (convert.go, dispatchOnBuildTriggers): nothing there stops them.
 */
static int check_triggers(struct ana_builder *b, uint32_t index) {
	const struct ana_state *s = &b->states.items[index];
	int rc = 0;
	if (b->triggers > ANA_GRAPH_TRIGGERS_MAX) {
		rc = ctx_fail(b->err, CTX_E_LIMIT, "more than %d ONBUILD triggers are run", ANA_GRAPH_TRIGGERS_MAX);
	} else if (b->trigger_images > ANA_GRAPH_TRIGGER_IMAGES_MAX) {
		rc = ctx_fail(b->err, CTX_E_LIMIT, "ONBUILD triggers of images name more than %d further images",
			ANA_GRAPH_TRIGGER_IMAGES_MAX);
	}
	return ana_builder_catch(b, rc, s->node, s->base_text);
}

/** Add the triggers of one state; what they refer to becomes pending. */
static int add_triggers(struct ana_builder *b, struct rounds *r, uint32_t index) {
	uint32_t count = 0, used = 0;
	size_t states = b->states.count;
	for (size_t at = 0; next_trigger(b, index, &at).ptr != NULL;) {
		++count;
	}
	b->triggers += count;
	int rc = check_triggers(b, index);
	if (rc < 0) {
		return rc;
	}
	struct ana_step *steps = ctx_arena_calloc(b->arena, count, sizeof(*steps));
	if (steps == NULL) {
		return ctx_fail_nomem(b->err);
	}
	size_t deps = b->states.items[index].deps.count;
	for (size_t at = 0; rc >= 0 && used < count;) {
		struct ctx_str text = next_trigger(b, index, &at);
		if (text.ptr == NULL) {
			break;
		}
		rc = parse_trigger(b, index, text, &steps[used]);
		if (rc == 0) {
			rc = ana_states_link_step(b, index, &steps[used++]);
		}
	}
	b->trigger_images += b->states.count - states;
	struct ana_state *s = &b->states.items[index];
	s->triggers = steps;
	s->trigger_count = used;
	b->graph->stages.items[index].total += b->opts->older_frontend ? 0 : used; // BuildKit 0.8 counts without them
	for (; rc >= 0 && deps < s->deps.count; ++deps) {
		if (!CTX_VEC_PUSH(&r->pending, s->deps.items[deps].state)) {
			return ctx_fail_nomem(b->err);
		}
	}
	return rc < 0 ? rc : 0;
}

int ana_reach(struct ana_builder *b) {
	struct rounds r = { 0 };
	int rc = CTX_VEC_PUSH(&r.pending, b->target_state) ? 0 : ctx_fail_nomem(b->err);
	while (rc == 0 && (r.pending.count > 0 || r.checked < b->states.count)) {
		r.round++;
		rc = mark(b, &r);
		if (rc == 0) {
			rc = resolve_round(b, &r);
		}
		for (size_t i = 0; rc == 0 && i < r.fresh.count; ++i) {
			rc = add_triggers(b, &r, r.fresh.items[i]);
		}
	}
	CTX_VEC_RELEASE(&r.pending);
	CTX_VEC_RELEASE(&r.fresh);
	return rc;
}
