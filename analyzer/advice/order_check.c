#include "analyzer/advice/order_internal.h"

// The two graphs side by side.  Nothing here knows how the new file came about, but which variables may have moved.

/** May a variable be missing where it was set before? */
static bool is_loose(const struct ana_order *o, struct ctx_str name) {
	return ctx_strmap_get(&o->loose_names, name.ptr, name.len) != CTX_STRMAP_NONE;
}

/** May it come in another place among others?  No ENV sets it. */
static bool is_orderless(const struct ana_order *o, struct ctx_str name) {
	return is_loose(o, name) && ctx_strmap_get(&o->env_names, name.ptr, name.len) == CTX_STRMAP_NONE;
}

/**
 * Do two lists of variables hold the same, in the same order but for ARGs that may move?
 * @missing  The new one may lack those that may have gone below.
 */
static bool same_env(const struct ana_order *o, const struct ana_env *old, const struct ana_env *now, bool missing) {
	ana_auto_vars struct ana_vars x = { 0 }, y = { 0 };
	bool same = ana_env_list(old, &x, NULL) == 0 && ana_env_list(now, &y, NULL) == 0;
	size_t k = 0, found = 0;
	for (size_t i = 0; same && i < x.items.count; ++i) {
		struct ctx_str name = x.items.items[i].name, value;
		bool there = ana_env_get(now, name, &value), free = is_orderless(o, name);
		while (!free && k < y.items.count && is_orderless(o, y.items.items[k].name)) {
			++k;
		}
		bool next = free || (k < y.items.count && ctx_str_eq(y.items.items[k].name, name));
		same = there ? next && ctx_str_eq(x.items.items[i].value, value) : missing && is_loose(o, name);
		k += there && !free;
		found += there;
	}
	return same && found == y.items.count;
}

/** Variables of two RUNs that were compared, and what came of it: the next two have the same, most often. */
struct compared {
	const struct ana_env *old, *now;
	bool same;
};

/** The same of two RUNs. */
static bool same_run_env(const struct ana_order *o, const struct ana_env *old, const struct ana_env *now,
	struct compared *last) {
	if (old != last->old || now != last->now) {
		*last = (struct compared){ old, now, same_env(o, old, now, true) };
	}
	return last->same;
}

/** Are two mounts the same? */
static bool same_mount(const struct ana_exec_mount *a, const struct ana_exec_mount *b) {
	return a->type == b->type && a->root == b->root && a->read_only == b->read_only &&
		ctx_str_eq(a->dest, b->dest) && ctx_str_eq(a->selector, b->selector) &&
		ctx_str_eq(a->cache_id, b->cache_id) && a->sharing == b->sharing &&
		ctx_str_eq(a->secret_id, b->secret_id);
}

/** Do two RUNs run the same in the same way? */
static bool same_run(const struct ana_order *o, const struct ana_exec *a, const struct ana_exec *b,
	struct compared *last) {
	bool same = a->arg_count == b->arg_count && a->mount_count == b->mount_count &&
		same_run_env(o, a->env, b->env, last) && a->secret_env_count == b->secret_env_count &&
		ctx_str_eq(a->cwd, b->cwd) && ctx_str_eq(a->user, b->user) && ctx_str_eq(a->hostname, b->hostname) &&
		ctx_str_eq(a->network, b->network) && ctx_str_eq(a->security, b->security);
	for (uint32_t i = 0; same && i < a->arg_count; ++i) {
		same = ctx_str_eq(a->args[i], b->args[i]);
	}
	for (uint32_t i = 0; same && i < a->mount_count; ++i) {
		same = same_mount(&a->mounts[i], &b->mounts[i]);
	}
	return same;
}

/** The next RUN of a stage behind a vertex; or the first, behind ANA_NONE.  Within a stage vertices are in order. */
static uint32_t next_run(const struct ana_graph *graph, uint32_t stage, uint32_t after) {
	for (uint32_t i = after == ANA_NONE ? 0 : after + 1; i < graph->vertices.count; ++i) {
		if (graph->vertices.items[i].op == ANA_OP_EXEC && graph->vertices.items[i].stage == stage) {
			return i;
		}
	}
	return ANA_NONE;
}

/** Do two copies do the same? */
static bool same_action(const struct ana_graph *old, const struct ana_action *a, const struct ana_graph *now,
	const struct ana_action *b) {
	const struct ana_vertex *x = a->source == ANA_NONE ? NULL : &old->vertices.items[a->source];
	const struct ana_vertex *y = b->source == ANA_NONE ? NULL : &now->vertices.items[b->source];
	bool same = a->kind == b->kind && ctx_str_eq(a->src, b->src) && ctx_str_eq(a->dest, b->dest) &&
		ctx_str_eq(a->chown, b->chown) && ctx_str_eq(a->chmod, b->chmod) && a->mode == b->mode &&
		ctx_str_eq(a->data, b->data) && a->unpack == b->unpack && a->exclude_count == b->exclude_count &&
		a->include_count == b->include_count && (x == NULL) == (y == NULL);
	return same &&
		(x == NULL || (x->op == y->op && ctx_str_eq(x->identifier, y->identifier) && x->stage == y->stage));
}

/** Is an action of a stage somewhere in the same stage of another graph? */
static bool has_action(const struct ana_graph *old, const struct ana_action *a, uint32_t stage,
	const struct ana_graph *now) {
	for (uint32_t i = 0; i < now->vertices.count; ++i) {
		const struct ana_vertex *v = &now->vertices.items[i];
		for (uint32_t k = 0; v->op == ANA_OP_FILE && v->stage == stage && k < v->file.action_count; ++k) {
			if (same_action(old, a, now, &v->file.actions[k])) {
				return true;
			}
		}
	}
	return false;
}

/** Are all actions of the old graph in the new one, and all new ones copies from the context? */
static bool same_actions(const struct ana_graph *old, const struct ana_graph *now, bool added) {
	for (uint32_t i = 0; i < old->vertices.count; ++i) {
		const struct ana_vertex *v = &old->vertices.items[i];
		for (uint32_t k = 0; v->op == ANA_OP_FILE && k < v->file.action_count; ++k) {
			const struct ana_action *a = &v->file.actions[k];
			bool context = a->kind == ANA_ACTION_COPY && a->source != ANA_NONE &&
				old->vertices.items[a->source].op == ANA_OP_LOCAL &&
				old->vertices.items[a->source].local == 0;
			if (!has_action(old, a, v->stage, now) && !(added && context)) {
				return false;
			}
		}
	}
	return true;
}

/** Is a stage the same but for its copies? */
static bool same_stage(const struct ana_order *o, const struct ana_graph *old, const struct ana_graph *now,
	uint32_t stage) {
	const struct ana_graph_stage *a = &old->stages.items[stage], *b = &now->stages.items[stage];
	bool same = a->reachable == b->reachable && a->base_stage == b->base_stage && ctx_str_eq(a->base, b->base) &&
		ctx_str_eq(a->workdir, b->workdir) && ctx_str_eq(a->user, b->user) &&
		same_env(o, a->env, b->env, false);
	struct compared last = { NULL, NULL, true }; // both have none
	uint32_t x = next_run(old, stage, ANA_NONE), y = next_run(now, stage, ANA_NONE);
	while (same && x != ANA_NONE && y != ANA_NONE) {
		same = same_run(o, &old->vertices.items[x].exec, &now->vertices.items[y].exec, &last);
		x = next_run(old, stage, x);
		y = next_run(now, stage, y);
	}
	return same && x == ANA_NONE && y == ANA_NONE;
}

bool ana_order_check(const struct ana_order *order, const struct ana_variant *now) {
	const struct ana_graph *a = &order->in.variant->graph, *b = &now->graph;
	bool same = now->error == NULL && a->stages.count == b->stages.count &&
		a->settings.count == b->settings.count && a->target == b->target;
	for (uint32_t s = 0; same && s < a->stages.count; ++s) {
		same = same_stage(order, a, b, s);
	}
	for (size_t i = 0; same && i < a->settings.count; ++i) {
		const struct ana_graph_setting *x = &a->settings.items[i], *y = &b->settings.items[i];
		same = x->stage == y->stage && x->ins.keyword == y->ins.keyword &&
			ctx_str_eq(x->ins.node->line_text, y->ins.node->line_text);
	}
	return same && same_actions(a, b, false) && same_actions(b, a, true);
}
