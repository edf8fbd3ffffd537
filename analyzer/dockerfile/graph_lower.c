#include "analyzer/dockerfile/graph_internal.h"

#include "analyzer/dockerfile/buildpath.h"
#include "analyzer/dockerfile/values.h"
#include "ctxopt/base/alloc.h"
#include "ctxopt/base/utf8.h"

#include <stdlib.h>

/** Search paths of an image without one (util/system path.go). */
#define PATH_UNIX "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

/** Hash of one variable (FNV-1a, then mixed so that sums of several say something). */
static uint64_t hash_var(struct ctx_str name, struct ctx_str value) {
	uint64_t h = 0xcbf29ce484222325;
	for (size_t i = 0; i < name.len; ++i) {
		h = (h ^ (unsigned char)name.ptr[i]) * 0x100000001b3;
	}
	h = (h ^ 0x1ff) * 0x100000001b3;
	for (size_t i = 0; i < value.len; ++i) {
		h = (h ^ (unsigned char)value.ptr[i]) * 0x100000001b3;
	}
	h ^= h >> 32;
	h *= 0x9e3779b97f4a7c15;
	return h ^ (h >> 29);
}

/** Adjust the sum of an environment in which `name` changed. */
static void change_sum(struct ana_genv *env, const struct ana_env *fresh, struct ctx_str name) {
	struct ctx_str value;
	bool name_valid = ctx_utf8_valid(name.ptr, name.len);
	if (ana_env_get(env->env, name, &value)) {
		env->sum -= hash_var(name, value);
		env->invalid -= !name_valid || !ctx_utf8_valid(value.ptr, value.len);
	}
	env->env = fresh;
	if (ana_env_get(env->env, name, &value)) {
		env->sum += hash_var(name, value);
		env->invalid += !name_valid || !ctx_utf8_valid(value.ptr, value.len);
	}
}

int ana_genv_set(struct ana_builder *b, struct ana_genv *env, struct ctx_str name, struct ctx_str value) {
	const struct ana_env *fresh = ana_env_set(b->arena, env->env, name, value);
	if (fresh == NULL) {
		return ctx_fail_nomem(b->err);
	}
	change_sum(env, fresh, name);
	return 0;
}

int ana_config_set(struct ana_builder *b, struct ana_state *state, struct ctx_str name, struct ctx_str value) {
	struct ctx_str old;
	if (ana_env_get(state->config_env, name, &old)) {
		// Kept at its place: setting all again then moves it before what came later
		state->env_settled = state->env_settled && ctx_str_eq(state->config_names->name, name);
	} else {
		struct ana_config_name *item = ctx_arena_alloc(b->arena, sizeof(*item));
		if (item == NULL) {
			return ctx_fail_nomem(b->err);
		}
		*item = (struct ana_config_name){ state->config_names, name };
		state->config_names = item;
		state->config_count++;
	}
	state->config_env = ana_env_set(b->arena, state->config_env, name, value);
	return state->config_env == NULL ? ctx_fail_nomem(b->err) : 0;
}

uint32_t ana_vertex_new(struct ana_builder *b, uint32_t state, const struct ana_step *step,
	const struct ana_vertex *vertex) {
	struct ana_raw raw = { .v = *vertex };
	if (state != ANA_NONE) {
		const struct ana_state *s = &b->states.items[state];
		bool of_step = step != NULL && !(raw.v.flags & ANA_VERTEX_HELPER);
		// Only what is shown as a step has a place in BuildKit's source map
		const struct ana_node *node = raw.v.flags & ANA_VERTEX_STEP && !s->nowhere ? ana_builder_node(s, step)
											   : NULL;
		raw.v.stage = state;
		raw.v.instruction = step == NULL ? NULL : step->ins;
		raw.v.flags |= step != NULL && step->onbuild ? ANA_VERTEX_ONBUILD : 0;
		raw.v.number = of_step || step == NULL ? s->number : 0;
		raw.v.first_line = node == NULL ? 0 : node->first_line;
		raw.v.end_line = node == NULL ? 0 : node->end_line;
	}
	uint32_t index = (uint32_t)b->raws.count;
	return index < ANA_NONE && CTX_VEC_PUSH(&b->raws, raw) ? index : ANA_NONE;
}

uint32_t ana_vertex_main(struct ana_builder *b) {
	if (b->main_vertex == ANA_NONE) {
		struct ana_vertex vertex = { .op = ANA_OP_LOCAL,
			.stage = ANA_NONE,
			.name = CTX_STR("[internal] load build context"),
			.identifier = CTX_STR("local://context"),
			.local = 0 };
		b->main_vertex = ana_vertex_new(b, ANA_NONE, NULL, &vertex);
	}
	return b->main_vertex;
}

uint32_t ana_vertex_make(struct ana_builder *b, uint32_t state, const struct ana_step *step, uint32_t base,
	const struct ana_action *action, struct ctx_str name, uint32_t flags) {
	struct ana_action *copy = ctx_arena_calloc(b->arena, 1, sizeof(*copy));
	if (copy == NULL || name.ptr == NULL || action->src.ptr == NULL) {
		return ANA_NONE;
	}
	*copy = *action;
	struct ana_vertex vertex = { .op = ANA_OP_FILE, .flags = flags, .name = name };
	vertex.file = (struct ana_file_op){ .base = base, .actions = copy, .action_count = 1 };
	return ana_vertex_new(b, state, step, &vertex);
}

int ana_want(struct ana_builder *b, uint32_t state, struct ctx_str path) {
	uint32_t local = 0;
	if (state != ANA_NONE) {
		uint32_t root = b->states.items[state].root;
		local = root == ANA_NONE ? ANA_NONE : b->states.items[root].local;
	}
	if (local == ANA_NONE || b->wanted.items[local].all) {
		return 0;
	}
	struct ctx_str clean = ana_buildpath_join(CTX_STR("/"), path, b->arena);
	if (clean.ptr == NULL) {
		return ctx_fail_nomem(b->err);
	}
	struct ana_wanted_paths *wanted = &b->wanted.items[local];
	wanted->all = clean.len == 1;
	return CTX_VEC_PUSH(&wanted->items, ctx_str_from(clean, 1)) ? 0 : ctx_fail_nomem(b->err);
}

/** Set the variables of the configuration again, in order: what the base stage set by ARG goes in front. */
static int inherit_env(struct ana_builder *b, struct ana_state *s) {
	if (s->env_settled) {
		return 0;
	}
	b->inherited += s->config_count;
	if (b->inherited > ANA_GRAPH_INHERITED_MAX) {
		return ctx_fail(b->err, CTX_E_LIMIT, "more than %d variables are inherited by stages",
			ANA_GRAPH_INHERITED_MAX);
	}
	struct ctx_str *names CTX_AUTO_FREE = ctx_calloc(s->config_count + 1, sizeof(*names));
	if (names == NULL) {
		return ctx_fail_nomem(b->err);
	}
	const struct ana_config_name *name = s->config_names;
	for (uint32_t i = s->config_count; i > 0; --i, name = name->before) {
		names[i - 1] = name->name;
	}
	int rc = 0;
	for (uint32_t i = 0; rc == 0 && i < s->config_count; ++i) {
		struct ctx_str value = CTX_STR("");
		ana_env_get(s->config_env, names[i], &value);
		rc = ana_genv_set(b, &s->env, names[i], value);
	}
	s->env_settled = true;
	return rc;
}

/** Take over what the base stage ended with (dispatchState.init). */
static void inherit_base(struct ana_builder *b, uint32_t index) {
	uint32_t base_index = b->graph->stages.items[index].base_stage;
	struct ana_state *s = &b->states.items[index];
	const struct ana_state *base = &b->states.items[base_index];
	s->has_platform = base->has_platform;
	s->platform = base->platform;
	s->has_fs_platform = base->has_fs_platform;
	s->fs_platform = base->fs_platform;
	s->image_os = base->image_os;
	s->vertex = base->vertex;
	s->env = base->env;
	s->dir = base->dir;
	s->config_dir = base->config_dir;
	s->user = base->user;
	s->shell = base->shell;
	s->shell_count = base->shell_count;
	s->config_names = base->config_names;
	s->config_env = base->config_env;
	s->config_count = base->config_count;
	s->env_settled = base->env_settled;
	s->unknown = base->unknown;
	s->declared = base->declared;
	s->workdir_set = base->workdir_set;
	s->root = base->root;
}

/** Set the working directory to what a text means there (dispatchWorkdir without its vertex). */
static int set_dir(struct ana_builder *b, struct ana_state *s, struct ctx_str path) {
	struct ctx_str dir;
	int rc = ana_buildpath_normalize(&dir, s->config_dir, path, s->platform.os, false, b->arena, b->err);
	if (rc < 0) {
		return ctx_wrap(b->err, rc, "normalizing workdir: normalizing working directory");
	}
	s->config_dir = ana_buildpath_from_slash(dir, s->platform.os, b->arena);
	s->dir = dir;
	return s->config_dir.ptr == NULL ? ctx_fail_nomem(b->err) : 0;
}

/** Everything a stage starts with. */
static int begin(struct ana_builder *b, uint32_t index, bool *no_platform) {
	if (b->graph->stages.items[index].base_stage != ANA_NONE) {
		inherit_base(b, index);
	}
	struct ana_state *s = &b->states.items[index];
	s->dispatched = true;
	if (!s->has_platform) {
		// A stage on a context that replaced another has none, not even that of the target
		s->platform = (struct ana_platform){ CTX_STR(""), CTX_STR(""), CTX_STR(""), CTX_STR("") };
		s->has_platform = *no_platform = true;
	}
	struct ctx_str value;
	int rc = 0;
	if (!ana_env_get(s->config_env, CTX_STR("PATH"), &value) && !ctx_str_is(s->platform.os, "windows")) {
		rc = ana_config_set(b, s, CTX_STR("PATH"), CTX_STR(PATH_UNIX));
		s->env_settled = false;
	}
	if (rc == 0) {
		rc = inherit_env(b, s);
	}
	if (rc == 0 && s->config_dir.len > 0) {
		rc = ana_builder_catch(b, set_dir(b, s, s->config_dir), s->node, CTX_STR_NONE);
	}
	return rc;
}

/** ENV. */
static int lower_env(struct ana_builder *b, struct ana_state *s, const struct ana_instruction *ins) {
	int rc = 0;
	for (uint32_t i = 0; rc == 0 && i < ins->pairs.count; ++i) {
		rc = ana_genv_set(b, &s->env, ins->pairs.items[i].key, ins->pairs.items[i].value);
		if (rc == 0) {
			rc = ana_config_set(b, s, ins->pairs.items[i].key, ins->pairs.items[i].value);
		}
	}
	return rc;
}

/** ARG: one name after the other, so that the sum of the environment can follow. */
static int lower_arg(struct ana_builder *b, uint32_t index, const struct ana_step *step) {
	ana_auto_vars struct ana_vars declared = { 0 };
	struct ana_state *s = &b->states.items[index];
	const struct ana_instruction *ins = step->ins;
	int rc = 0;
	for (uint32_t i = 0; rc == 0 && i < ins->args.count; ++i) {
		rc = ana_check_arg(b, index, step, &ins->args.items[i]);
		if (rc < 0) {
			break;
		}
		struct ana_instruction one = *ins;
		one.args.items = &ins->args.items[i];
		one.args.count = 1;
		const struct ana_env *env = s->env.env;
		rc = ana_scope_arg(&env, &one, &b->globals, &b->args, &b->shell, b->arena, &declared, b->err);
		if (rc == 0 && env != s->env.env) {
			change_sum(&s->env, env, ins->args.items[i].name);
			s->env_settled = false;
		}
		rc = rc < 0 ? rc : ana_check_declare(b, index, ins->args.items[i].name);
	}
	return rc;
}

/** WORKDIR: a vertex that makes the directory, unless it is exactly "/". */
static int lower_workdir(struct ana_builder *b, uint32_t index, const struct ana_step *step,
	const struct ana_expanded *ex) {
	struct ana_state *s = &b->states.items[index];
	int rc = set_dir(b, s, ex->ins.text);
	if (rc < 0 || ctx_str_is(s->dir, "/")) {
		return rc;
	}
	struct ctx_str text;
	rc = ana_step_text(b, &text, step->ins->node->line_text, CTX_STR(""), &b->shell, s->env.env);
	if (rc < 0) {
		return rc;
	}
	struct ana_action action = { .kind = ANA_ACTION_MKDIR,
		.source = ANA_NONE,
		.mode = 0755,
		.make_parents = true,
		.timestamp_ns = -1,
		.chown = s->user,
		.chmod = CTX_STR(""),
		.dest = CTX_STR(""),
		.data = CTX_STR("") };
	action.src = ana_buildpath_clean(s->dir, b->arena);
	if (b->has_epoch) {
		action.timestamp_ns = (int64_t)((uint64_t)b->epoch_s * 1000000000u);
	}
	uint32_t flags = ANA_VERTEX_STEP | (s->unknown && ex->unmatched_count > 0 ? ANA_VERTEX_UNKNOWN_VARIABLE : 0);
	struct ctx_str name = ana_step_prefix(b, index, text, true, &s->platform, s->env.env);
	uint32_t vertex = ana_vertex_make(b, index, step, s->vertex, &action, name, flags);
	b->states.items[index].vertex = vertex;
	return vertex == ANA_NONE ? ctx_fail_nomem(b->err) : 0;
}

/** EXPOSE and VOLUME: every word must be well-formed. */
static int check_list(struct ana_builder *b, const struct ana_instruction *ins) {
	for (uint32_t i = 0; i < ins->list.count; ++i) {
		struct ctx_str item = ins->list.items[i];
		int rc = 0;
		if (ins->keyword == ANA_KW_EXPOSE) {
			rc = ana_port_check(item, b->err);
		} else if (item.len == 0) {
			rc = ctx_fail(b->err, CTX_E_SYNTAX, "VOLUME specified can not be an empty string");
		}
		if (rc < 0) {
			return rc;
		}
	}
	return 0;
}

/** Lower one expanded instruction.  CTX_E_SYNTAX if it has an error. */
static int dispatch(struct ana_builder *b, uint32_t index, const struct ana_step *step, const struct ana_expanded *ex) {
	struct ana_state *s = &b->states.items[index];
	switch (ex->ins.keyword) {
	case ANA_KW_ENV:
		return lower_env(b, s, &ex->ins);
	case ANA_KW_RUN:
		return ana_lower_run(b, index, step, ex);
	case ANA_KW_WORKDIR:
		return lower_workdir(b, index, step, ex);
	case ANA_KW_ADD:
	case ANA_KW_COPY:
		return ana_lower_copy(b, index, step, ex);
	case ANA_KW_USER:
		s->user = ex->ins.text;
		return 0;
	case ANA_KW_SHELL:
		s->shell = ex->ins.list.items;
		s->shell_count = ex->ins.list.count;
		return 0;
	case ANA_KW_EXPOSE:
	case ANA_KW_VOLUME:
		return check_list(b, &ex->ins);
	case ANA_KW_STOPSIGNAL:
		return ana_signal_check(ex->ins.text, b->err);
	default:
		return 0;
	}
}

/** Do the steps so far hold more text than any real file makes? */
static int check_size(const struct ana_builder *b) {
	size_t max = ANA_GRAPH_BYTES_MAX + b->df->syntax.text.len * ANA_GRAPH_BYTES_PER_BYTE;
	return b->arena->reserved_bytes <= max
		? 0
		: ctx_fail(b->err, CTX_E_LIMIT, "the steps up to here take more than %zu MiB of memory", max >> 20);
}

/** Keep what an instruction says about the image's configuration. */
static int keep_setting(struct ana_builder *b, uint32_t index, const struct ana_instruction *ins) {
	switch (ins->keyword) {
	case ANA_KW_ADD:
	case ANA_KW_COPY:
	case ANA_KW_RUN:
		return 0;
	default:
		break;
	}
	struct ana_graph_setting setting = { index, *ins };
	return CTX_VEC_PUSH(&b->graph->settings, setting) ? 0 : ctx_fail_nomem(b->err);
}

/** Lower one instruction; an error is reported and the next one goes on with what there is. */
static int lower_step(struct ana_builder *b, uint32_t index, const struct ana_step *step) {
	if (step->broken) {
		return 0;
	}
	b->states.items[index].in_onbuild = step->onbuild;
	const struct ana_node *node = ana_builder_node(&b->states.items[index], step);
	if (step->ins->keyword == ANA_KW_ARG) {
		int rc = lower_arg(b, index, step);
		return ana_builder_catch(b, rc, node, CTX_STR_NONE);
	}
	struct ana_expanded ex = { 0 };
	int rc = check_size(b);
	rc = rc < 0 ? rc : ana_expand(&ex, step->ins, &b->shell, b->states.items[index].env.env, b->arena, b->err);
	if (rc == 0 || rc == CTX_E_SYNTAX) {
		int checked = ana_check_unset(b, index, step, ex.unmatched, ex.unmatched_count);
		rc = checked < 0 ? checked : rc;
	}
	rc = rc < 0 ? rc : ana_check_step(b, index, step, &ex.ins);
	if (rc == 0) {
		rc = dispatch(b, index, step, &ex);
		rc = rc < 0 ? rc : keep_setting(b, index, &ex.ins);
	}
	return ana_builder_catch(b, rc, node, CTX_STR_NONE);
}

/** Lower one stage. */
static int lower_state(struct ana_builder *b, uint32_t index) {
	bool no_platform = false;
	int rc = begin(b, index, &no_platform);
	for (uint32_t i = 0; rc == 0 && i < b->states.items[index].trigger_count; ++i) {
		rc = lower_step(b, index, &b->states.items[index].triggers[i]);
	}
	for (uint32_t i = 0; rc == 0 && i < b->states.items[index].step_count; ++i) {
		rc = lower_step(b, index, &b->states.items[index].steps[i]);
	}
	if (no_platform) {
		// In BuildKit it points into the options of its stage, which are filled in at the end
		b->states.items[index].platform = b->target;
	}
	return rc;
}

int ana_lower(struct ana_builder *b) {
	int rc = 0;
	for (uint32_t i = 0; rc == 0 && i < b->states.count; ++i) {
		if (b->all_stages || (b->graph->stages.items[i].reachable && !b->states.items[i].dispatched)) {
			rc = lower_state(b, i);
		}
		const struct ana_state *s = &b->states.items[i];
		struct ana_graph_stage *stage = &b->graph->stages.items[i];
		stage->result = s->vertex;
		stage->env = s->env.env;
		stage->workdir = s->dir;
		stage->user = s->user;
		stage->base_unknown = s->unknown;
		stage->platform = s->platform;
	}
	// What a build ends with is wanted as a whole
	return rc < 0 ? rc : ana_want(b, b->target_state, CTX_STR("/"));
}
