#include "analyzer/dockerfile/graph_internal.h"

#include "analyzer/dockerfile/values.h"
#include "ctxopt/base/buf.h"

#include <inttypes.h>
#include <stdlib.h>

/** Lower-case copy (ASCII); absent when out of memory. */
static struct ctx_str lower(struct ana_builder *b, struct ctx_str text) {
	char *copy = ctx_arena_memdup0(b->arena, text.len == 0 ? "" : text.ptr, text.len);
	for (size_t i = 0; copy != NULL && i < text.len; ++i) {
		if (copy[i] >= 'A' && copy[i] <= 'Z') {
			copy[i] = (char)(copy[i] - 'A' + 'a');
		}
	}
	return (struct ctx_str){ copy, copy == NULL ? 0 : text.len };
}

/** State of exactly that name. */
static uint32_t find_exact(const struct ana_builder *b, struct ctx_str name) {
	uint32_t slot = ctx_strmap_get(&b->by_name, name.ptr, name.len);
	return slot == CTX_STRMAP_NONE ? ANA_NONE : b->name_states.items[slot];
}

uint32_t ana_states_find(const struct ana_builder *b, struct ctx_str name) {
	// Names of stages are short; what is longer than any of them need not be copied
	char buf[256];
	if (name.len <= sizeof(buf)) {
		for (size_t i = 0; i < name.len; ++i) {
			char c = name.ptr[i];
			buf[i] = (char)(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
		}
		return find_exact(b, (struct ctx_str){ buf, name.len });
	}
	struct ctx_arena own = CTX_ARENA_INIT;
	struct ana_builder copy = { .arena = &own };
	struct ctx_str low = lower(&copy, name);
	uint32_t found = low.ptr == NULL ? ANA_NONE : find_exact(b, low);
	ctx_arena_release(&own);
	return found;
}

/** Let a name mean this state from now on. */
static int name_state(struct ana_builder *b, struct ctx_str name, uint32_t state) {
	uint32_t slot = ctx_strmap_put(&b->by_name, name.ptr, name.len, (uint32_t)b->name_states.count);
	if (slot == CTX_STRMAP_NONE) {
		return ctx_fail_nomem(b->err);
	}
	if (slot < b->name_states.count) {
		b->name_states.items[slot] = state;
		return 0;
	}
	return CTX_VEC_PUSH(&b->name_states, state) ? 0 : ctx_fail_nomem(b->err);
}

/** Append a state; its base is the stage of that name, if there is one (addState). */
static int add_state(struct ana_builder *b, struct ana_state *state, const struct ana_stage *stage,
	struct ctx_str shown, uint32_t total) {
	uint32_t index = (uint32_t)b->states.count;
	if (index >= ANA_NONE - 1) {
		return ctx_fail(b->err, CTX_E_LIMIT, "too many stages");
	}
	uint32_t base = state->broken || state->context != ANA_NONE ? ANA_NONE : find_exact(b, state->base_name);
	bool counts = base == ANA_NONE && !ctx_str_is(state->base_name, "scratch");
	struct ana_graph_stage item = { .stage = stage,
		.shown_name = shown,
		.base = state->base_name,
		.base_stage = base,
		.result = ANA_NONE,
		.workdir = CTX_STR(""),
		.user = CTX_STR(""),
		.platform = state->platform };
	item.total = stage == NULL || state->context != ANA_NONE ? 0 : total + counts;
	state->root = base == ANA_NONE ? index : ANA_NONE;
	state->vertex = ANA_NONE;
	state->local = ANA_NONE;
	state->dir = CTX_STR("/");
	state->config_dir = state->user = CTX_STR("");
	state->image_os = CTX_STR("");
	if (!CTX_VEC_PUSH(&b->states, *state) || !CTX_VEC_PUSH(&b->graph->stages, item) ||
		!CTX_VEC_PUSH(&b->numbered, index)) {
		return ctx_fail_nomem(b->err);
	}
	return stage != NULL && stage->name.len > 0 ? name_state(b, stage->name, index) : 0;
}

/** Expand a word of a FROM line.  1 if an error was reported. */
static int expand_global(struct ana_builder *b, const struct ana_stage *stage, struct ctx_str word, const char *frame,
	struct ana_expansion *done) {
	int rc = ana_shell_word(&b->shell, word, b->globals.env, b->arena, done, b->err);
	if (rc == 0 || rc == CTX_E_SYNTAX) {
		int checked = ana_check_from_args(b, stage, word, &done->unmatched);
		if (checked < 0) {
			return checked;
		}
	}
	if (rc == CTX_E_SYNTAX) {
		return ana_builder_report_word(b, stage->from, frame, word);
	}
	return ana_builder_catch(b, rc, stage->from, word);
}

/** Read --platform.  1 if an error was reported. */
static int read_platform(struct ana_builder *b, const struct ana_stage *stage, struct ana_state *state) {
	struct ctx_str text = stage->platform;
	if (text.len == 0) {
		return 0;
	}
	ana_auto_expansion struct ana_expansion done = { 0 };
	int rc = expand_global(b, stage, text, "failed to process arguments for platform : ", &done);
	if (rc != 0) {
		return rc;
	}
	struct ctx_str value = done.text;
	if (value.len == 0) {
		rc = ana_builder_report(b, stage->from, text, "empty platform value from expression %.*s",
			CTX_STR_ARGS(text));
		return rc < 0 ? rc : 1;
	}
	struct ana_platform host = ana_platform_host();
	rc = ana_platform_parse(&state->platform, value, &host, b->arena, b->err);
	if (rc == 0 || rc == CTX_E_SYNTAX) {
		int checked = ana_check_platform(b, stage, &done, rc == 0 ? &state->platform : NULL);
		if (checked < 0) {
			return checked;
		}
	}
	if (rc == CTX_E_SYNTAX) {
		rc = ana_builder_report(b, stage->from, text, "failed to parse platform %.*s: %s", CTX_STR_ARGS(text),
			b->err->msg);
		return rc < 0 ? rc : 1;
	}
	state->has_platform = rc == 0;
	return rc;
}

/** Read the name behind FROM.  1 if an error was reported. */
static int read_base(struct ana_builder *b, const struct ana_stage *stage, struct ana_state *state) {
	ana_auto_expansion struct ana_expansion done = { 0 };
	int rc = expand_global(b, stage, stage->base, "", &done);
	state->base_name = done.text;
	if (rc == 0 && state->base_name.len == 0) {
		rc = ana_builder_report(b, stage->from, stage->base, "base name (%.*s) should not be blank",
			CTX_STR_ARGS(stage->base));
		rc = rc < 0 ? rc : 1;
	}
	return rc;
}

/** Number of instructions that make a vertex. */
static uint32_t count_steps(const struct ana_stage *stage) {
	uint32_t total = 0;
	for (uint32_t i = 0; i < stage->instruction_count; ++i) {
		enum ana_keyword kw = stage->instructions[i].keyword;
		total += kw == ANA_KW_ADD || kw == ANA_KW_COPY || kw == ANA_KW_RUN || kw == ANA_KW_WORKDIR;
	}
	return total;
}

/** The context that replaces a stage; a name that is none of an image is an error of every build. */
static int read_context(struct ana_builder *b, const struct ana_stage *stage, struct ana_state *state) {
	if (stage->name.len == 0) {
		return 0;
	}
	int rc = ana_context_find(b, stage->name, &state->context);
	return rc == CTX_E_SYNTAX ? ana_builder_report(b, stage->from, stage->name_text,
					    "invalid context name %.*s: %s", CTX_STR_ARGS(stage->name), b->err->msg)
				  : rc;
}

/** Make the state of one stage of the file. */
static int make_state(struct ana_builder *b, uint32_t index) {
	const struct ana_stage *stage = &b->df->stages.items[index];
	struct ana_state state = { .node = stage->from,
		.base_name = stage->base,
		.base_text = stage->base,
		.context = ANA_NONE };
	int rc = read_base(b, stage, &state);
	state.broken = rc == 1;
	if (rc >= 0) {
		rc = read_platform(b, stage, &state);
		state.broken = state.broken || rc == 1;
	}
	if (rc >= 0) {
		rc = read_context(b, stage, &state);
	}
	if (rc < 0) {
		return rc;
	}
	struct ctx_str shown = stage->name;
	if (shown.len == 0) {
		ctx_auto_buf struct ctx_buf text = CTX_BUF_INIT;
		ctx_buf_addf(&text, "stage-%" PRIu32, index);
		shown = ana_builder_keep(b, &text);
	}
	state.step_count = stage->instruction_count;
	state.steps = ctx_arena_calloc(b->arena, state.step_count, sizeof(*state.steps));
	if (shown.ptr == NULL || state.steps == NULL) {
		return ctx_fail_nomem(b->err);
	}
	for (uint32_t i = 0; i < state.step_count; ++i) {
		state.steps[i].ins = &stage->instructions[i];
	}
	return add_state(b, &state, stage, shown, count_steps(stage));
}

int ana_states_make(struct ana_builder *b) {
	int rc = 0;
	for (uint32_t i = 0; rc == 0 && i < b->df->stages.count; ++i) {
		rc = make_state(b, i);
	}
	return rc;
}

int ana_states_target(struct ana_builder *b) {
	struct ctx_str target = b->opts->target;
	b->target_state = target.len == 0 ? (uint32_t)b->states.count - 1 : ana_states_find(b, target);
	b->graph->target = b->target_state;
	if (b->target_state == ANA_NONE && b->graph->diags.items.count == 0) {
		return ctx_fail(b->err, CTX_E_USAGE, "target stage \"%.*s\" could not be found", CTX_STR_ARGS(target));
	}
	return 0;
}

/** State for an image that is named by an instruction; returns its index in `*out`. */
static int add_unregistered(struct ana_builder *b, struct ctx_str name, const struct ana_node *node, bool nowhere,
	uint32_t *out) {
	struct ana_state state = { .node = node,
		.base_name = name,
		.base_text = name,
		.context = ANA_NONE,
		.unregistered = true,
		.nowhere = nowhere };
	*out = (uint32_t)b->states.count;
	return add_state(b, &state, NULL, CTX_STR(""), 0);
}

/** Resolve COPY --from.  1 if an error was reported. */
static int link_copy(struct ana_builder *b, uint32_t owner, const struct ana_step *step, uint32_t *out) {
	struct ctx_str from = step->ins->copy.from;
	const struct ana_node *node = ana_builder_node(&b->states.items[owner], step);
	ana_auto_expansion struct ana_expansion expansion = { 0 };
	int rc = ana_shell_word(&b->shell, from, NULL, b->arena, &expansion, b->err);
	if (rc == CTX_E_SYNTAX) {
		return ana_builder_report_word(b, node, "", from);
	}
	if (rc == 0 && !ctx_str_eq(expansion.text, from)) {
		rc = ana_builder_report(b, node, from,
			"variable expansion is not supported for --from, define a new stage with FROM using ARG from global scope "
			"as a workaround");
		return rc < 0 ? rc : 1;
	}
	int64_t index;
	if (rc == 0 && ana_int_parse(&index, from)) {
		// States of images count as well, as far as they exist by now
		if (index < 0 || index >= (int64_t)b->numbered.count) {
			rc = ana_builder_report(b, node, from, "invalid stage index %" PRId64, index);
			return rc < 0 ? rc : 1;
		}
		*out = b->numbered.items[index];
		bool again = b->states.items[*out].unregistered;
		return again && !CTX_VEC_PUSH(&b->numbered, *out) ? ctx_fail_nomem(b->err) : 0;
	}
	*out = rc == 0 ? ana_states_find(b, from) : ANA_NONE;
	return rc < 0 || *out != ANA_NONE ? rc : add_unregistered(b, from, node, false, out);
}

/** Resolve the mounts of RUN: each gets a state, if only an empty one (detectRunMount); in BuildKit 0.8 not those of the context. */
static int link_run(struct ana_builder *b, uint32_t owner, struct ana_step *step) {
	const struct ana_run *run = &step->ins->run;
	const struct ana_node *node = ana_builder_node(&b->states.items[owner], step);
	const struct ana_mount_expander as_is = { .shell = &b->shell };
	bool older = b->opts->older_frontend;
	int rc = 0;
	for (uint32_t i = 0; rc == 0 && i < run->mount_count; ++i) {
		struct ana_mount mount;
		rc = ana_mount_parse(&mount, run->mounts[i], older ? &as_is : NULL, b->arena, b->err);
		if (rc < 0) {
			step->broken = true;
			return ana_builder_catch(b, rc, node, run->mounts[i]);
		}
		if (older && mount.from.len == 0 && mount.type != ANA_MOUNT_CACHE) {
			continue;
		}
		struct ctx_str from = mount.from.len == 0 ? CTX_STR("scratch") : mount.from;
		step->sources[i] = ana_states_find(b, from);
		if (step->sources[i] == ANA_NONE) {
			rc = add_unregistered(b, from, node, true, &step->sources[i]);
		}
	}
	return rc;
}

int ana_states_link_step(struct ana_builder *b, uint32_t owner, struct ana_step *step) {
	bool copy = step->ins->keyword == ANA_KW_COPY && step->ins->copy.from.len > 0;
	step->source_count = step->ins->keyword == ANA_KW_RUN ? step->ins->run.mount_count : copy;
	if (step->source_count == 0) {
		return 0;
	}
	step->sources = ctx_arena_calloc(b->arena, step->source_count, sizeof(*step->sources));
	if (step->sources == NULL) {
		return ctx_fail_nomem(b->err);
	}
	for (uint32_t i = 0; i < step->source_count; ++i) {
		step->sources[i] = ANA_NONE;
	}
	int rc = copy ? link_copy(b, owner, step, step->sources) : link_run(b, owner, step);
	step->broken = step->broken || rc == 1;
	for (uint32_t i = 0; rc == 0 && i < step->source_count; ++i) {
		struct ana_dep dep = { step->sources[i], step };
		if (dep.state != ANA_NONE && !CTX_VEC_PUSH(&b->states.items[owner].deps, dep)) {
			rc = ctx_fail_nomem(b->err);
		}
	}
	return rc < 0 ? rc : 0;
}

/** One state on the way of the search for cycles. */
struct visit {
	uint32_t state;
	/** Edges looked at. */
	size_t at;
};

/** What the search keeps. */
struct search {
	CTX_VEC(struct visit) path;
	/** For each state: 0 new, 1 on the path, 2 done. */
	unsigned char *marks;
};

/** Search from one state; 1 if a cycle can be reached from it (validateCircularDependency). */
static int search_from(struct ana_builder *b, struct search *s, uint32_t start, const struct ana_dep **first) {
	struct visit visit = { start, 0 };
	if (!CTX_VEC_PUSH(&s->path, visit)) {
		return ctx_fail_nomem(b->err);
	}
	s->marks[start] = 1;
	while (s->path.count > 0) {
		struct visit *top = &s->path.items[s->path.count - 1];
		const struct ana_state *state = &b->states.items[top->state];
		if (top->at == state->deps.count) {
			s->marks[top->state] = 2;
			s->path.count--;
			continue;
		}
		const struct ana_dep *dep = &state->deps.items[top->at++];
		if (s->path.count == 1) {
			*first = dep;
		}
		if (s->marks[dep->state] == 1) {
			return 1;
		}
		if (s->marks[dep->state] == 0) {
			s->marks[dep->state] = 1;
			visit = (struct visit){ dep->state, 0 };
			if (!CTX_VEC_PUSH(&s->path, visit)) {
				return ctx_fail_nomem(b->err);
			}
		}
	}
	return 0;
}

/** The step that a build names for an edge: the last one that makes it. */
static const struct ana_step *naming_step(const struct ana_state *state, const struct ana_dep *edge) {
	const struct ana_step *last = NULL;
	for (size_t i = 0; edge != NULL && i < state->deps.count; ++i) {
		if (state->deps.items[i].state == edge->state) {
			last = state->deps.items[i].step;
		}
	}
	return last;
}

/** Report stages that need themselves.  1 if there are any. */
static int check_cycles(struct ana_builder *b) {
	struct search s = { .marks = ctx_calloc(b->states.count, 1) };
	int rc = s.marks == NULL ? ctx_fail_nomem(b->err) : 0;
	bool found = false;
	for (uint32_t i = 0; rc == 0 && i < b->states.count; ++i) {
		const struct ana_dep *first = NULL;
		rc = s.marks[i] == 0 ? search_from(b, &s, i, &first) : 0;
		if (rc == 1) {
			found = true;
			while (s.path.count > 0) {
				s.marks[s.path.items[--s.path.count].state] = 2;
			}
			const struct ana_step *step = naming_step(&b->states.items[i], first);
			rc = ana_builder_report(b, ana_builder_node(&b->states.items[i], step), CTX_STR_NONE,
				"circular dependency detected on stage: %.*s",
				CTX_STR_ARGS(b->graph->stages.items[i].shown_name));
		}
	}
	CTX_VEC_RELEASE(&s.path);
	free(s.marks);
	return rc < 0 ? rc : found;
}

int ana_states_link(struct ana_builder *b) {
	uint32_t of_file = (uint32_t)b->states.count;
	int rc = 0;
	for (uint32_t i = 0; rc == 0 && i < of_file; ++i) {
		for (uint32_t k = 0; rc == 0 && k < b->states.items[i].step_count; ++k) {
			rc = ana_states_link_step(b, i, &b->states.items[i].steps[k]);
		}
	}
	if (rc == 0) {
		rc = check_cycles(b);
	}
	if (rc == 0 && b->states.count == 1) {
		b->graph->stages.items[0].shown_name = CTX_STR("");
	}
	return rc;
}
