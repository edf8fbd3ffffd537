/*
 * A Dockerfile as rules are given it.
 *
 * A FROM line that needs a build argument without a default cannot be built without one, but all else in the file can be judged: such
 * arguments get a value that no image has.
 */
#include "analyzer/advice/audit.h"
#include "analyzer/advice/commands.h"

#include "analyzer/dockerfile/check_options.h"

/** Is the variable used in a FROM line? */
static bool is_used(const struct ana_dockerfile *df, struct ctx_str name) {
	for (size_t i = 0; i < df->stages.count; ++i) {
		struct ctx_str base = df->stages.items[i].base;
		const char *at = base.ptr;
		size_t left = base.len;
		while ((at = memmem(at, left, name.ptr, name.len)) != NULL) {
			size_t before = (size_t)(at - base.ptr);
			if (before > 0 && (at[-1] == '$' || at[-1] == '{')) {
				return true;
			}
			++at;
			left = base.len - (size_t)(at - base.ptr);
		}
	}
	return false;
}

/** Is it given on the command line? */
static bool is_given(const struct ana_graph_opts *opts, struct ctx_str name) {
	struct ctx_str value;
	return ana_build_arg_get(&opts->build_args, name, &value);
}

/** The given arguments, and made-up ones for those that FROM lines need. */
static int make_up(struct ana_build_view *view, struct ana_graph_opts *opts, struct ctx_error *err) {
	const struct ana_dockerfile *df = &view->model;
	CTX_VEC(struct ana_var) vars = { 0 };
	bool ok = true;
	for (size_t i = 0; ok && i < opts->build_args.count; ++i) {
		ok = CTX_VEC_PUSH(&vars, opts->build_args.items[i]);
	}
	for (size_t i = 0; ok && i < df->globals.count; ++i) {
		const struct ana_instruction *ins = &df->globals.items[i];
		for (uint32_t k = 0; ok && k < ins->args.count; ++k) {
			struct ana_arg *arg = &ins->args.items[k];
			struct ana_var var = { .name = arg->name, .value = CTX_STR(ANA_RULE_OPEN) };
			bool empty = arg->value.len == 0 || ctx_str_is(arg->value, "\"\"");
			if (empty && !is_given(opts, arg->name) && is_used(df, arg->name)) {
				view->made_up = true;
				ok = CTX_VEC_PUSH(&vars, var);
			}
		}
	}
	struct ana_var *kept = ok ? ctx_arena_calloc(&view->arena, vars.count + 1, sizeof(*kept)) : NULL;
	if (kept != NULL && vars.count > 0) {
		memcpy(kept, vars.items, vars.count * sizeof(*kept));
	}
	opts->build_args = (struct ana_build_args){ kept, vars.count };
	CTX_VEC_RELEASE(&vars);
	return kept != NULL ? 0 : ctx_fail_nomem(err);
}

/** Take over what a pass found wrong. */
static bool take_error(struct ana_build_view *view, const struct ana_diags *diags) {
	view->error = diags->items.count > 0 ? &diags->items.items[0] : NULL;
	return view->error != NULL;
}

int ana_build_view_make(struct ana_build_view *view, struct ctx_str text, const struct ana_graph_opts *given,
	struct ctx_error *err) {
	struct ana_graph_opts opts = *given;
	int rc = ana_dockerfile_parse(&view->model, text, err);
	rc = rc < 0 ? rc : ana_check_options_read(&view->model, &opts.build_args, err);
	if (rc < 0 || take_error(view, &view->model.diags)) {
		return rc;
	}
	rc = ana_graph_build(&view->graph, &view->model, &opts, err);
	if (rc == 0 && take_error(view, &view->graph.diags)) {
		rc = make_up(view, &opts, err);
		if (rc == 0 && view->made_up) {
			ana_graph_release(&view->graph);
			view->graph = (struct ana_graph){ 0 };
			rc = ana_graph_build(&view->graph, &view->model, &opts, err);
		}
	}
	if (rc < 0 || take_error(view, &view->graph.diags)) {
		return rc;
	}
	rc = ana_commands_prepare(&view->model, &view->arena, err);
	rc = rc < 0 ? rc : ana_reads_collect(&view->reads, &view->graph, err);
	view->valid = rc == 0;
	return rc;
}

void ana_build_view_release(struct ana_build_view *view) {
	ana_reads_release(&view->reads);
	ana_graph_release(&view->graph);
	ana_dockerfile_release(&view->model);
	ctx_arena_release(&view->arena);
}
