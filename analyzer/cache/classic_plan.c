#include "analyzer/cache/classic_plan.h"

#include "analyzer/cache/classic_config.h"
#include "analyzer/cache/classic_text.h"
#include "analyzer/dockerfile/buildpath.h"
#include "analyzer/dockerfile/glob.h"
#include "analyzer/dockerfile/reference.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

/** What an image without one has. */
#define DEFAULT_PATH "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
/** Most triggers that are run; stages multiply them. */
#define TRIGGERS_MAX 100000

/** What the walk remembers of a stage that is done. */
struct done {
	struct ana_classic_config config;
	/** Its ONBUILD instructions. */
	const struct ctx_str *triggers;
	uint32_t trigger_count;
};

/** The walk. */
struct planner {
	struct ana_classic_plan *out;
	const struct ana_dockerfile *df;
	const struct ana_classic_opts *opts;
	struct ctx_arena *arena;
	struct ana_shell shell;
	/** ARG before the first FROM. */
	const struct ana_env *globals;
	struct ana_classic_config config;
	CTX_VEC(struct done) done;
	CTX_VEC(struct ctx_str) triggers;
	/** Number of the step that is printed next, of how many. */
	uint32_t number, total;
	/** Triggers run so far; the instruction at hand comes from one. */
	uint32_t triggered;
	bool trigger;
	/** Line of the FROM at hand. */
	uint32_t from_line;
	struct ctx_error *err;
};

/** The build fails here.  1, or CTX_E_NOMEM. */
static CTX_PRINTF(3, 4) int fail(struct planner *p, uint32_t line, const char *fmt, ...) {
	char text[512];
	va_list args;
	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	p->out->failure = ctx_arena_memdup0(p->arena, text, strlen(text));
	p->out->failure_line = line;
	return p->out->failure != NULL ? 1 : ctx_fail_nomem(p->err);
}

/** A word could not be expanded: 1, or what is no fault of the file. */
static int fail_word(struct planner *p, int rc, uint32_t line, const struct ctx_error *why) {
	if (rc == CTX_E_SYNTAX) {
		return fail(p, line, "%s", why->msg);
	}
	return ctx_fail(p->err, (enum ctx_errc)rc, "%s", why->msg);
}

/* ---- Steps ---- */

/** What the text of an instruction becomes for people: its keyword in capitals, variables filled in. */
static int speak(struct planner *p, const struct ana_instruction *ins, struct ctx_str *out) {
	ana_auto_expansion struct ana_expansion expansion = { 0 };
	struct ctx_str text = ins->node->line_text;
	struct ana_shell shell = p->shell;
	struct ctx_error ignored;
	shell.raw_quotes = shell.skip_unset = ins->keyword == ANA_KW_RUN;
	int rc = ana_shell_word(&shell, text, p->config.words, p->arena, &expansion, &ignored);
	struct ctx_str word = rc == 0 ? expansion.text : text;
	size_t keyword = ctx_str_find(word, ' ');
	char *copy = ctx_arena_memdup0(p->arena, word.len > 0 ? word.ptr : "", word.len);
	if (copy == NULL || (rc < 0 && rc != CTX_E_SYNTAX && rc != CTX_E_LIMIT)) {
		return ctx_fail_nomem(p->err);
	}
	for (size_t i = 0; i < keyword; ++i) {
		copy[i] = (char)(copy[i] >= 'a' && copy[i] <= 'z' ? copy[i] - 'a' + 'A' : copy[i]);
	}
	*out = (struct ctx_str){ copy, word.len };
	return 0;
}

/** The name under which a step is printed. */
static int name_step(struct planner *p, const struct ana_instruction *ins, struct ctx_str *out) {
	ctx_auto_buf struct ctx_buf text = CTX_BUF_INIT;
	if (p->trigger) {
		ctx_buf_adds(&text, "ONBUILD ");
	} else {
		ctx_buf_addf(&text, "Step %u/%u : ", p->number++, p->total);
	}
	ctx_buf_add(&text, ins->node->line_text.ptr, ins->node->line_text.len);
	const char *copy = ctx_arena_memdup0(p->arena, ctx_buf_str(&text), text.len);
	*out = (struct ctx_str){ copy, text.len };
	return ctx_buf_ok(&text) && copy != NULL ? 0 : ctx_fail_nomem(p->err);
}

/** ARG: one name after the other.  The values that are written down are the defaults, whatever is given. */
static int declare(struct planner *p, struct ana_instruction *ins) {
	struct ana_arg *mine = ctx_arena_calloc(p->arena, ins->args.count + 1, sizeof(*mine));
	if (mine == NULL) {
		return ctx_fail_nomem(p->err);
	}
	const struct ana_env *words = p->config.words; // those before the instruction
	for (uint32_t i = 0; i < ins->args.count; ++i) {
		ana_auto_expansion struct ana_expansion done = { 0 };
		struct ctx_error why = { 0 };
		struct ctx_str value;
		mine[i] = ins->args.items[i];
		int rc = mine[i].value.ptr == NULL
			? 0
			: ana_shell_word(&p->shell, mine[i].value, words, p->arena, &done, &why);
		if (rc < 0) {
			return fail_word(p, rc, ins->node->first_line, &why);
		}
		mine[i].value = mine[i].value.ptr == NULL ? mine[i].value : done.text;
		if (!ana_build_arg_get(&p->opts->build_args, mine[i].name, &value)) {
			bool global = mine[i].value.ptr == NULL && ana_env_get(p->globals, mine[i].name, &value);
			value = global ? value : mine[i].value;
		}
		rc = ana_classic_arg(&p->config, mine[i].name, value, p->arena, p->err);
		if (rc < 0) {
			return rc;
		}
	}
	ins->args.items = mine;
	return 0;
}

/** The absolute form of a directory (normalizeWorkdir). */
static int enter(struct planner *p, struct ana_instruction *ins, struct ana_classic_step *step) {
	struct ctx_str path = ins->text;
	if (path.len == 0) {
		return fail(p, step->line, "cannot normalize nothing");
	}
	if (path.ptr[0] != '/') {
		struct ctx_str parent = ana_buildpath_join(CTX_STR("/"), p->config.workdir, p->arena);
		path = parent.ptr == NULL ? parent : ana_buildpath_join(parent, path, p->arena);
	}
	struct ana_action *action = ctx_arena_calloc(p->arena, 1, sizeof(*action));
	if (path.ptr == NULL || action == NULL) {
		return ctx_fail_nomem(p->err);
	}
	p->config.workdir = ins->text = path;
	*action =
		(struct ana_action){ .kind = ANA_ACTION_MKDIR, .source = ANA_NONE, .mode = 0755, .make_parents = true };
	action->src = ana_buildpath_clean(path, p->arena);
	step->actions = action;
	step->action_count = 1;
	return action->src.ptr != NULL ? 0 : ctx_fail_nomem(p->err);
}

/* ---- COPY and ADD ---- */

/** The stage that COPY --from names: by name, or by number; else it is an image (stagesBuildResults.get). */
static int find_from(struct planner *p, struct ctx_str from, struct ana_classic_step *step) {
	uint32_t here = (uint32_t)p->out->stages.count - 1, number = 0;
	step->from_stage = ANA_NONE;
	step->from_image = CTX_STR("");
	for (uint32_t i = 0; i < here; ++i) {
		const struct ana_stage *stage = &p->df->stages.items[i];
		if (stage->name.len > 0 && ctx_str_same(stage->name, from)) {
			step->from_stage = i;
			return 0;
		}
	}
	bool digits = from.len > 0;
	for (size_t i = 0; digits && i < from.len; ++i) {
		digits = from.ptr[i] >= '0' && from.ptr[i] <= '9';
		number = digits && number < 1000000 ? number * 10 + (uint32_t)(from.ptr[i] - '0') : number;
	}
	if (!digits) {
		step->from_image = from;
		return 0;
	}
	if (number >= here) {
		return fail(p, step->line, "invalid from flag value %.*s: %s", CTX_STR_ARGS(from),
			number == here ? "refers to current build stage" : "index out of bounds");
	}
	step->from_stage = number;
	return 0;
}

/** The name of an image in full; what is none stays as it is. */
static int complete(struct planner *p, struct ctx_str *image) {
	struct ana_reference ref;
	struct ctx_error why;
	int rc = image->len == 0 ? 0 : ana_reference_parse(&ref, *image, p->arena, &why);
	if (rc == 0 && image->len > 0) {
		*image = ana_reference_tagged(&ref, p->arena);
	}
	return rc == CTX_E_NOMEM || image->ptr == NULL ? ctx_fail_nomem(p->err) : 0;
}

/** One source. */
static int add_source(struct planner *p, const struct ana_copy *copy, struct ctx_str source, uint32_t i,
	struct ana_classic_step *step) {
	bool add = step->ins->keyword == ANA_KW_ADD;
	bool web = ctx_str_starts(source, "http://") || ctx_str_starts(source, "https://");
	if (web && !add) {
		return fail(p, step->line, "source can't be a URL for COPY");
	}
	struct ctx_str path = web ? CTX_STR("") : ana_buildpath_join(CTX_STR("/"), source, p->arena);
	struct ctx_str dest;
	struct ctx_error why;
	int rc = ana_buildpath_normalize(&dest, p->config.workdir, copy->dest.len > 0 ? copy->dest : CTX_STR("./"),
		CTX_STR("linux"), true, p->arena, &why);
	dest = rc < 0 ? dest : ana_buildpath_dest(dest, p->arena);
	if (rc < 0 || path.ptr == NULL || dest.ptr == NULL) {
		return ctx_fail_nomem(p->err);
	}
	step->sources[i] = (struct ana_selector){ .path = path,
		.wildcard = ana_glob_has_wildcard(path),
		.follow = true };
	step->actions[i] = (struct ana_action){ .kind = ANA_ACTION_COPY,
		.source = 0,
		.src = path,
		.dest = dest,
		.chown = copy->chown,
		.chmod = CTX_STR(""),
		.mode = -1,
		.data = CTX_STR(""),
		.follow_symlinks = true,
		.dir_contents = true,
		.unpack = add,
		.wildcard = true,
		.allow_empty_wildcard = true,
		.create_dest = true,
		.timestamp_ns = -1 };
	return 0;
}

/** COPY and ADD. */
static int copy(struct planner *p, const struct ana_copy *copy, struct ana_classic_step *step) {
	if (copy->chmod.len > 0) {
		return fail(p, step->line, "the classic builder does not know %s --chmod",
			ana_keyword_name(step->ins->keyword));
	}
	int rc = copy->from.len > 0 ? find_from(p, copy->from, step) : 0;
	rc = rc != 0 ? rc : complete(p, &step->from_image);
	step->actions = ctx_arena_calloc(p->arena, copy->source_count + 1, sizeof(*step->actions));
	step->sources = ctx_arena_calloc(p->arena, copy->source_count + 1, sizeof(*step->sources));
	if (rc == 0 && (step->actions == NULL || step->sources == NULL)) {
		return ctx_fail_nomem(p->err);
	}
	if (rc == 0 && copy->source_count > 1 && !ctx_str_ends(copy->dest, "/")) {
		return fail(p, step->line,
			"When using %s with more than one source file, the destination must be a directory and end with a /",
			ana_keyword_name(step->ins->keyword));
	}
	for (uint32_t i = 0; rc == 0 && i < copy->source_count; ++i) {
		rc = add_source(p, copy, copy->sources[i], i, step);
	}
	step->action_count = copy->source_count;
	return rc;
}

/** RUN: its words, the shell in front of them. */
static int run(struct planner *p, const struct ana_run *run, struct ana_classic_step *step) {
	const struct ana_node *node = step->ins->node;
	if (node->flag_count > 0) {
		struct ctx_str flag = node->flags[0];
		flag.len = ctx_str_find(flag, '=');
		return fail(p, step->line, "the classic builder does not know RUN %.*s", CTX_STR_ARGS(flag));
	}
	const struct ctx_str usual[] = { CTX_STR("/bin/sh"), CTX_STR("-c") }, *shell = usual;
	uint32_t count = run->line.shell ? 2 : 0;
	if (count > 0 && p->config.shell_count > 0) {
		shell = p->config.shell;
		count = p->config.shell_count;
	}
	step->args = ctx_arena_calloc(p->arena, (size_t)count + run->line.arg_count + 1, sizeof(*step->args));
	if (step->args == NULL) {
		return ctx_fail_nomem(p->err);
	}
	memcpy(step->args, shell, count * sizeof(*shell));
	for (uint32_t i = 0; i < run->line.arg_count; ++i) {
		step->args[count + i] = run->line.args[i];
	}
	step->arg_count = count + run->line.arg_count;
	step->given = p->config.args;
	step->env = p->config.env;
	return 0;
}

/* ---- Walking ---- */

/** The part of an instruction that depends on its kind.  0; 1, the build fails here; negative. */
static int dispatch(struct planner *p, struct ana_instruction *ins, struct ana_classic_step *step) {
	switch (ins->keyword) {
	case ANA_KW_ARG:
		return declare(p, ins);
	case ANA_KW_WORKDIR:
		return enter(p, ins, step);
	case ANA_KW_ADD:
	case ANA_KW_COPY:
		return copy(p, &ins->copy, step);
	case ANA_KW_RUN:
		return run(p, &ins->run, step);
	case ANA_KW_ONBUILD:
		return CTX_VEC_PUSH(&p->triggers, ins->text) ? 0 : ctx_fail_nomem(p->err);
	default:
		return ana_classic_configure(&p->config, ins, p->arena, p->err);
	}
}

/** One instruction. */
static int add_step(struct planner *p, const struct ana_instruction *ins) {
	struct ana_classic_step step = { .ins = ins,
		.stage = (uint32_t)p->out->stages.count - 1,
		.line = p->trigger ? p->from_line : ins->node->first_line,
		.trigger = p->trigger,
		.from_stage = ANA_NONE,
		.from_image = CTX_STR("") };
	struct ana_expanded expanded = { .ins = *ins };
	struct ctx_error why = { 0 };
	int rc = name_step(p, ins, &step.name);
	rc = rc < 0 ? rc : speak(p, ins, &step.instruction);
	if (rc < 0) {
		return rc;
	}
	bool words = ins->keyword != ANA_KW_ARG && ins->keyword != ANA_KW_RUN;
	rc = words ? ana_expand(&expanded, ins, &p->shell, p->config.words, p->arena, &why) : 0;
	if (rc < 0) {
		return fail_word(p, rc, step.line, &why);
	}
	rc = dispatch(p, &expanded.ins, &step);
	rc = rc != 0 ? rc : ana_classic_command(&step, &expanded.ins, &p->config, &p->opts->build_args, p->err);
	if (rc != 0) {
		return rc;
	}
	++p->out->stages.items[step.stage].count;
	return CTX_VEC_PUSH(&p->out->steps, step) ? 0 : ctx_fail_nomem(p->err);
}

/** One trigger of the base. */
static int run_trigger(struct planner *p, struct ctx_str text) {
	struct ana_diags diags = { .arena = p->arena };
	struct ana_node *node = ctx_arena_calloc(p->arena, 1, sizeof(*node));
	struct ana_instruction *ins = ctx_arena_calloc(p->arena, 1, sizeof(*ins));
	int rc = node == NULL || ins == NULL ? ctx_fail_nomem(p->err) : 0;
	rc = rc < 0 ? rc : ana_syntax_parse_line(node, text, '\\', p->arena, &diags, p->err);
	if (rc == 0 && diags.items.count == 0) {
		rc = ana_instruction_parse(ins, node, NULL, p->arena, &diags, p->err);
	}
	if (rc == 0 && diags.items.count > 0) {
		rc = fail(p, p->from_line, "%s", diags.items.items[0].message);
	} else if (rc == 0 && ++p->triggered > TRIGGERS_MAX) {
		rc = ctx_fail(p->err, CTX_E_LIMIT, "more than %d ONBUILD triggers are run", TRIGGERS_MAX);
	}
	ana_diags_release(&diags);
	p->trigger = true;
	rc = rc != 0 ? rc : add_step(p, ins);
	p->trigger = false;
	return rc;
}

/** What FROM names, variables filled in. */
static int expand_from(struct planner *p, struct ctx_str text, struct ctx_str *out) {
	ana_auto_expansion struct ana_expansion done = { 0 };
	struct ctx_error why = { 0 };
	int rc = ana_shell_word(&p->shell, text, p->globals, p->arena, &done, &why);
	*out = done.text;
	return rc < 0 ? fail_word(p, rc, p->from_line, &why) : 0;
}

/** Is it the platform of this machine?  Then the image is the one that is there; variants do not count. */
static bool is_usual(struct planner *p, struct ctx_str text) {
	struct ana_platform host = ana_platform_host(), named;
	struct ctx_error ignored;
	int rc = text.len == 0 ? 0 : ana_platform_parse(&named, text, &host, p->arena, &ignored);
	return text.len == 0 || (rc == 0 && ctx_str_eq(named.os, host.os) && ctx_str_eq(named.arch, host.arch));
}

/** An image as a base: its name in full, and its platform if that is another one. */
static int set_image(struct planner *p, const struct ana_stage *from, struct ctx_str name,
	struct ana_classic_stage *s) {
	struct ana_reference ref;
	struct ctx_error why;
	struct ctx_str platform = CTX_STR("");
	int rc = ana_reference_parse(&ref, name, p->arena, &why);
	if (rc == CTX_E_SYNTAX) {
		return fail(p, p->from_line, "%s", why.msg);
	}
	struct ctx_str full = rc < 0 ? CTX_STR_NONE : ana_reference_tagged(&ref, p->arena);
	rc = from->platform.len > 0 ? expand_from(p, from->platform, &platform) : 0;
	ctx_auto_buf struct ctx_buf text = CTX_BUF_INIT;
	ctx_buf_add(&text, full.len > 0 ? full.ptr : "", full.len);
	if (!is_usual(p, platform)) {
		ctx_buf_addf(&text, " %.*s", CTX_STR_ARGS(platform));
	}
	const char *copy = ctx_arena_memdup0(p->arena, ctx_buf_str(&text), text.len);
	s->image = (struct ctx_str){ copy, text.len };
	return rc != 0 ? rc : full.ptr == NULL || copy == NULL || !ctx_buf_ok(&text) ? ctx_fail_nomem(p->err) : 0;
}

/** Find what a stage begins with. */
static int find_base(struct planner *p, uint32_t index, struct ana_classic_stage *s) {
	const struct ana_stage *from = &p->df->stages.items[index];
	struct ctx_str name;
	int rc = expand_from(p, from->base, &name);
	if (rc == 0 && name.len == 0) {
		rc = fail(p, p->from_line, "base name (%.*s) should not be blank", CTX_STR_ARGS(from->base));
	}
	for (uint32_t i = 0; rc == 0 && i < index; ++i) {
		struct ctx_str other = p->df->stages.items[i].name;
		if (from->name.len > 0 && ctx_str_eq(other, from->name)) {
			return fail(p, p->from_line, "%.*s stage name already used", CTX_STR_ARGS(from->name_text));
		}
		if (other.len > 0 && ctx_str_same(other, name)) {
			s->base = i;
		}
	}
	bool image = rc == 0 && s->base == ANA_NONE && !ctx_str_is(name, "scratch");
	return image ? set_image(p, from, name, s) : rc;
}

/** The configuration that a stage begins with, and the triggers of its base. */
static int begin(struct planner *p, const struct ana_classic_stage *s) {
	struct ctx_str path;
	p->config = s->base != ANA_NONE ? p->done.items[s->base].config : (struct ana_classic_config){ 0 };
	int rc = 0;
	if (!ana_env_get(p->config.env, CTX_STR("PATH"), &path)) {
		rc = ana_classic_env(&p->config, CTX_STR("PATH"), CTX_STR(DEFAULT_PATH), p->arena, p->err);
	}
	rc = rc < 0 ? rc : ana_classic_begin(&p->config, &p->opts->build_args, p->arena, p->err);
	for (uint32_t i = 0; rc == 0 && s->base != ANA_NONE && i < p->done.items[s->base].trigger_count; ++i) {
		rc = run_trigger(p, p->done.items[s->base].triggers[i]);
	}
	return rc;
}

/** Remember what later stages may begin with. */
static int end(struct planner *p) {
	struct done done = { .config = p->config, .trigger_count = (uint32_t)p->triggers.count };
	struct ctx_str *triggers = ctx_arena_calloc(p->arena, p->triggers.count + 1, sizeof(*triggers));
	done.triggers = triggers;
	if (triggers == NULL || !CTX_VEC_PUSH(&p->done, done)) {
		return ctx_fail_nomem(p->err);
	}
	for (size_t i = 0; i < p->triggers.count; ++i) {
		triggers[i] = p->triggers.items[i];
	}
	p->triggers.count = 0;
	return 0;
}

/** Name of a stage as BuildKit shows it. */
static int name_stage(struct planner *p, uint32_t index, struct ctx_str *out) {
	char text[32];
	snprintf(text, sizeof(text), "stage-%u", index);
	*out = p->df->stages.items[index].name;
	if (p->df->stages.count == 1) {
		*out = CTX_STR("");
	} else if (out->len == 0) {
		*out = (struct ctx_str){ ctx_arena_memdup0(p->arena, text, strlen(text)), strlen(text) };
	}
	return out->ptr != NULL ? 0 : ctx_fail_nomem(p->err);
}

/** One stage. */
static int add_stage(struct planner *p, uint32_t index) {
	const struct ana_stage *from = &p->df->stages.items[index];
	struct ana_classic_stage stage = { .base = ANA_NONE,
		.image = CTX_STR(""),
		.first = (uint32_t)p->out->steps.count };
	p->from_line = from->from->first_line;
	++p->number; // FROM is printed, too
	int rc = name_stage(p, index, &stage.name);
	rc = rc < 0 ? rc : find_base(p, index, &stage);
	if (rc == 0 && !CTX_VEC_PUSH(&p->out->stages, stage)) {
		rc = ctx_fail_nomem(p->err);
	}
	rc = rc != 0 ? rc : begin(p, &stage);
	for (uint32_t i = 0; rc == 0 && i < from->instruction_count; ++i) {
		rc = add_step(p, &from->instructions[i]);
	}
	return rc != 0 ? rc : end(p);
}

/** ARG before the first FROM. */
static int add_globals(struct planner *p) {
	for (size_t i = 0; i < p->df->globals.count; ++i) {
		const struct ana_instruction *ins = &p->df->globals.items[i];
		for (uint32_t k = 0; k < ins->args.count; ++k) {
			ana_auto_expansion struct ana_expansion done = { 0 };
			struct ctx_error why = { 0 };
			struct ctx_str name = ins->args.items[k].name, value = ins->args.items[k].value;
			if (!ana_build_arg_get(&p->opts->build_args, name, &value) && value.ptr != NULL) {
				int rc = ana_shell_word(&p->shell, value, p->globals, p->arena, &done, &why);
				if (rc < 0) {
					return fail_word(p, rc, ins->node->first_line, &why);
				}
				value = done.text;
			}
			p->globals = value.ptr == NULL ? p->globals : ana_env_set(p->arena, p->globals, name, value);
			if (value.ptr != NULL && p->globals == NULL) {
				return ctx_fail_nomem(p->err);
			}
		}
	}
	p->number = 1 + (uint32_t)p->df->globals.count;
	return 0;
}

/** Number of stages up to the target; 0 if there is no such stage (instructions.HasStage: from the end, by name). */
static uint32_t count_stages(const struct planner *p) {
	struct ctx_str target = p->opts->target;
	uint32_t count = (uint32_t)p->df->stages.count;
	while (target.len > 0 && count > 0) {
		struct ctx_str name = p->df->stages.items[count - 1].name;
		if (ctx_str_same(name, target)) {
			break;
		}
		--count;
	}
	return count;
}

/** All of it. */
static int make(struct planner *p) {
	uint32_t count = count_stages(p);
	if (count == 0) {
		p->out->invalid = true;
		return fail(p, 0, "failed to reach build target %.*s in Dockerfile", CTX_STR_ARGS(p->opts->target));
	}
	p->total = (uint32_t)p->df->globals.count + count;
	for (uint32_t i = 0; i < count; ++i) {
		p->total += p->df->stages.items[i].instruction_count;
	}
	int rc = add_globals(p);
	for (uint32_t i = 0; rc == 0 && i < count; ++i) {
		rc = add_stage(p, i);
	}
	if (rc == 0 && p->out->steps.count == 0 && p->out->stages.items[count - 1].image.len == 0) {
		rc = fail(p, 0, "No image was generated. Is your Dockerfile empty?");
	}
	return rc;
}

int ana_classic_plan_make(struct ana_classic_plan *out, const struct ana_dockerfile *df,
	const struct ana_classic_opts *opts, struct ctx_error *err) {
	struct planner p = { .out = out,
		.df = df,
		.opts = opts,
		.arena = &out->arena,
		.shell = { .escape = df->syntax.directives.escape, .older = true },
		.err = err };
	int rc = df->stages.count == 0 ? 0 : make(&p);
	CTX_VEC_RELEASE(&p.done);
	CTX_VEC_RELEASE(&p.triggers);
	return rc < 0 ? rc : 0;
}

void ana_classic_plan_release(struct ana_classic_plan *plan) {
	CTX_VEC_RELEASE(&plan->stages);
	CTX_VEC_RELEASE(&plan->steps);
	ctx_arena_release(&plan->arena);
	*plan = (struct ana_classic_plan){ 0 };
}
