/*
 * The second pass: nodes to stages.
 *
 * All instructions of the file lie in one array, in the order of the file, and a stage is a slice of it.  A node that is
 * refused leaves no gap.  A FROM that is refused opens a stage all the same, so that what follows it is not refused
 * for want of one.
 */
#include "analyzer/dockerfile/dockerfile.h"

#include "analyzer/dockerfile/instruction.h"
#include "ctxopt/base/rune_case.h"

/** "as" in any case; a long s is an s for strings.EqualFold. */
static bool is_as(struct ctx_str word) {
	if (word.len < 2 || (word.ptr[0] | 0x20) != 'a') {
		return false;
	}
	struct ctx_str second = ctx_str_from(word, 1);
	return ctx_str_is(second, "s") || ctx_str_is(second, "S") || ctx_str_is(second, "\xC5\xBF");
}

/** Is it a stage name: `^[a-z][a-z0-9-_.]*$`? */
static bool is_stage_name(struct ctx_str name) {
	for (size_t i = 0; i < name.len; ++i) {
		char c = name.ptr[i];
		bool letter = c >= 'a' && c <= 'z';
		bool other = (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.';
		if (!letter && (i == 0 || !other)) {
			return false;
		}
	}
	return name.len > 0;
}

/** Name of a stage (parseBuildStageName). */
static int type_stage_name(const struct ana_typing *t, struct ana_stage *stage) {
	const struct ana_node *node = t->node;
	stage->name = stage->name_text = (struct ctx_str){ "", 0 };
	if (node->arg_count == 1) {
		return 0;
	}
	if (node->arg_count != 3 || !is_as(node->args[1])) {
		// Point at the word where "AS" should be, or at what is too much behind the name
		bool named = node->arg_count > 3 && is_as(node->args[1]);
		struct ctx_str part = node->arg_count > 1 ? node->args[named ? 3 : 1] : CTX_STR_NONE;
		return ana_refuse(t, part, "FROM requires either one or three arguments");
	}
	stage->name_text = node->args[2];
	stage->name = ctx_str_lower(node->args[2], t->arena);
	if (stage->name.ptr == NULL) {
		return ctx_fail_nomem(t->err);
	}
	if (!is_stage_name(stage->name)) {
		return ana_refuse(t, node->args[2],
			"invalid name for build stage: %s, name can't start with a number or contain symbols",
			ana_quoted(t, node->args[2]));
	}
	return 0;
}

int ana_type_from(const struct ana_typing *t, struct ana_stage *stage) {
	struct ana_flag platform = { .name = "platform", .kind = ANA_FLAG_TEXT };
	stage->from = t->node;
	int rc = type_stage_name(t, stage);
	if (rc == 0) {
		rc = ana_flags_parse(t, &platform, 1);
	}
	if (rc == 0) {
		stage->base = t->node->args[0];
		stage->platform = platform.value;
	}
	return rc;
}

/** FROM: open a stage whose instructions will begin at `first`. */
static int add_stage(struct ana_dockerfile *df, const struct ana_typing *t, struct ana_instruction *first) {
	struct ana_stage stage = { .instructions = first };
	int rc = ana_type_from(t, &stage);
	if (rc < 0) {
		return rc;
	}
	return CTX_VEC_PUSH(&df->stages, stage) ? 0 : ctx_fail_nomem(t->err);
}

/** Any other node; `*at` moves on if it becomes an instruction of a stage. */
static int add_instruction(struct ana_dockerfile *df, const struct ana_typing *t, struct ana_instruction **at) {
	struct ana_instruction *ins = *at;
	*ins = (struct ana_instruction){ 0 };
	int rc = ana_type_instruction(t, ins);
	if (rc != 0) {
		return rc < 0 ? rc : 0;
	}
	if (df->stages.count > 0) {
		++df->stages.items[df->stages.count - 1].instruction_count;
		++*at;
		return 0;
	}
	if (ins->keyword == ANA_KW_ARG) {
		return CTX_VEC_PUSH(&df->globals, *ins) ? 0 : ctx_fail_nomem(t->err);
	}
	rc = ana_refuse(t, CTX_STR_NONE, "no build stage in current context");
	return rc < 0 ? rc : 0;
}

/** Type all nodes. */
static int type_nodes(struct ana_dockerfile *df, struct ctx_error *err) {
	size_t count = df->syntax.nodes.count;
	if (count > SIZE_MAX / sizeof(struct ana_instruction)) {
		return ctx_fail_nomem(err);
	}
	struct ana_instruction *at = ctx_arena_alloc(&df->arena, count * sizeof(*at));
	if (at == NULL) {
		return ctx_fail_nomem(err);
	}
	struct ana_typing t = { .syntax = &df->syntax, .arena = &df->arena, .diags = &df->diags, .err = err };
	for (size_t i = 0; i < count; ++i) {
		t.node = &df->syntax.nodes.items[i];
		bool from = t.node->keyword == ANA_KW_FROM;
		int rc = from ? add_stage(df, &t, at) : add_instruction(df, &t, &at);
		if (rc < 0) {
			return rc;
		}
	}
	return 0;
}

int ana_dockerfile_parse(struct ana_dockerfile *df, struct ctx_str text, struct ctx_error *err) {
	df->diags.arena = &df->arena;
	int rc = ana_syntax_parse(&df->syntax, text, &df->arena, &df->diags, err);
	if (rc == 0) {
		rc = type_nodes(df, err);
	}
	if (rc < 0) {
		return rc;
	}
	if (df->stages.count == 0 && df->diags.items.count == 0) {
		// Not an error of BuildKit's second pass, but of what comes next (dockerfile2llb/convert.go, toDispatchState)
		rc = ana_diags_add(&df->diags, ANA_PHASE_GRAPH, 0, 0, 1, "dockerfile contains no stages to build");
		return rc < 0 ? ctx_fail_nomem(err) : 0;
	}
	return 0;
}

void ana_dockerfile_release(struct ana_dockerfile *df) {
	ana_syntax_release(&df->syntax);
	ana_diags_release(&df->diags);
	CTX_VEC_RELEASE(&df->globals);
	CTX_VEC_RELEASE(&df->stages);
	ctx_arena_release(&df->arena);
}

int ana_instruction_parse(struct ana_instruction *ins, const struct ana_node *node, const struct ana_syntax *syntax,
	struct ctx_arena *arena, struct ana_diags *diags, struct ctx_error *err) {
	struct ana_typing t = { .node = node, .syntax = syntax, .arena = arena, .diags = diags, .err = err };
	*ins = (struct ana_instruction){ 0 };
	int rc = ana_type_instruction(&t, ins);
	return rc < 0 ? rc : 0;
}
