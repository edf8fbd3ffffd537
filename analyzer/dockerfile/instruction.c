#include "analyzer/dockerfile/instruction.h"

#include "analyzer/dockerfile/nearest.h"
#include "ctxopt/base/rune.h"
#include "ctxopt/base/rune_case.h"

#include <stdlib.h>

/** Types one kind of instruction. */
typedef int type_fn(const struct ana_typing *t, struct ana_instruction *ins);

/** Refuse a node without arguments. */
static int refuse_none(const struct ana_typing *t) {
	return ana_refuse(t, CTX_STR_NONE, "%s requires at least one argument", ana_keyword_name(t->node->keyword));
}

struct ana_command_line ana_type_command_line(const struct ana_node *node, uint32_t skip) {
	return (struct ana_command_line){
		.args = node->arg_count > skip ? node->args + skip : NULL,
		.arg_count = node->arg_count - skip,
		.shell = !node->json,
	};
}

/** ENV and LABEL. */
static int type_pairs(const struct ana_typing *t, struct ana_instruction *ins) {
	const struct ana_node *node = t->node;
	int rc = ana_flags_parse(t, NULL, 0);
	if (rc != 0) {
		return rc;
	}
	if (node->arg_count == 0) {
		return refuse_none(t);
	}
	struct ana_pair *items = ctx_arena_calloc(t->arena, node->arg_count / 3, sizeof(*items));
	if (items == NULL) {
		return ctx_fail_nomem(t->err);
	}
	for (uint32_t i = 0; i + 2 < node->arg_count; i += 3) {
		const struct ctx_str *triple = node->args + i;
		if (triple[0].len == 0) {
			return ana_refuse(t, triple[0], "%s names can not be blank", ana_keyword_name(node->keyword));
		}
		items[i / 3] = (struct ana_pair){ .key = triple[0], .value = triple[1], .legacy = triple[2].len == 0 };
	}
	ins->pairs.items = items;
	ins->pairs.count = node->arg_count / 3;
	return 0;
}

/** ARG, which looks at no flag. */
static int type_arg(const struct ana_typing *t, struct ana_instruction *ins) {
	const struct ana_node *node = t->node;
	if (node->arg_count == 0) {
		return refuse_none(t);
	}
	struct ana_arg *items = ctx_arena_calloc(t->arena, node->arg_count, sizeof(*items));
	if (items == NULL) {
		return ctx_fail_nomem(t->err);
	}
	for (uint32_t i = 0; i < node->arg_count; ++i) {
		struct ctx_str word = node->args[i];
		const char *equals = word.len > 0 ? memchr(word.ptr, '=', word.len) : NULL;
		items[i].name = word;
		if (equals == NULL) {
			continue;
		}
		if (equals == word.ptr) {
			return ana_refuse(t, word, "ARG names can not be blank");
		}
		items[i].name.len = (size_t)(equals - word.ptr);
		items[i].value = ctx_str_from(word, items[i].name.len + 1);
	}
	ins->args.items = items;
	ins->args.count = node->arg_count;
	return 0;
}

/** STOPSIGNAL, which looks at no flag. */
static int type_stopsignal(const struct ana_typing *t, struct ana_instruction *ins) {
	if (t->node->arg_count != 1) {
		return ana_refuse(t, CTX_STR_NONE, "%s requires exactly one argument",
			ana_keyword_name(t->node->keyword));
	}
	ins->text = t->node->args[0];
	return 0;
}

/** MAINTAINER, USER and WORKDIR: one raw string. */
static int type_text(const struct ana_typing *t, struct ana_instruction *ins) {
	int rc = type_stopsignal(t, ins);
	return rc != 0 ? rc : ana_flags_parse(t, NULL, 0);
}

/** CMD and ENTRYPOINT. */
static int type_line(const struct ana_typing *t, struct ana_instruction *ins) {
	int rc = ana_flags_parse(t, NULL, 0);
	ins->line = ana_type_command_line(t->node, 0);
	return rc;
}

/** SHELL. */
static int type_shell(const struct ana_typing *t, struct ana_instruction *ins) {
	const struct ana_node *node = t->node;
	int rc = ana_flags_parse(t, NULL, 0);
	if (rc != 0) {
		return rc;
	}
	if (node->arg_count == 0) {
		return refuse_none(t);
	}
	if (!node->json) {
		return ana_refuse(t, node->args[0], "SHELL requires the arguments to be in JSON form");
	}
	ins->list.items = node->args;
	ins->list.count = node->arg_count;
	return 0;
}

/** Order of bytes, for qsort(). */
static int compare_bytes(const void *a, const void *b) {
	return ctx_str_cmp(*(const struct ctx_str *)a, *(const struct ctx_str *)b);
}

/** Copy the arguments to a list. */
static int copy_list(const struct ana_typing *t, struct ana_instruction *ins) {
	const struct ana_node *node = t->node;
	ins->list.items = ana_strings_new(t->arena, node->arg_count);
	if (ins->list.items == NULL) {
		return ctx_fail_nomem(t->err);
	}
	ins->list.count = node->arg_count;
	memcpy(ins->list.items, node->args, node->arg_count * sizeof(*node->args));
	return 0;
}

/** EXPOSE. */
static int type_expose(const struct ana_typing *t, struct ana_instruction *ins) {
	if (t->node->arg_count == 0) {
		return refuse_none(t);
	}
	int rc = ana_flags_parse(t, NULL, 0);
	if (rc == 0) {
		rc = copy_list(t, ins);
	}
	if (rc == 0 && ins->list.count > 1) {
		qsort(ins->list.items, ins->list.count, sizeof(*ins->list.items), compare_bytes);
	}
	return rc;
}

/** VOLUME. */
static int type_volume(const struct ana_typing *t, struct ana_instruction *ins) {
	if (t->node->arg_count == 0) {
		return refuse_none(t);
	}
	int rc = ana_flags_parse(t, NULL, 0);
	if (rc == 0) {
		rc = copy_list(t, ins);
	}
	for (uint32_t i = 0; rc == 0 && i < ins->list.count; ++i) {
		struct ctx_str *item = &ins->list.items[i];
		ctx_rune_trim(&item->ptr, &item->len);
		if (item->len == 0) {
			return ana_refuse(t, t->node->args[i], "VOLUME specified can not be an empty string");
		}
	}
	return rc;
}

/** ASCII white space of Go's regular expressions: without the vertical tab. */
static bool is_re_space(char c) {
	return c == ' ' || c == '\t' || c == '\n' || c == '\f' || c == '\r';
}

/** What `(?i)^\s*ONBUILD\s*` leaves of a line; all of it if that does not match. */
static struct ctx_str cut_onbuild(struct ctx_str line) {
	static const char keyword[] = "onbuild";
	size_t at = 0;
	while (at < line.len && is_re_space(line.ptr[at])) {
		++at;
	}
	for (size_t i = 0; keyword[i] != '\0'; ++i, ++at) {
		if (at == line.len || (line.ptr[at] | 0x20) != keyword[i]) {
			return line; // written with a letter that is an "i" only for strings.ToLower
		}
	}
	while (at < line.len && is_re_space(line.ptr[at])) {
		++at;
	}
	return ctx_str_from(line, at);
}

/** Append to text that has room for it. */
static char *append(char *end, struct ctx_str text) {
	return text.len > 0 ? mempcpy(end, text.ptr, text.len) : end;
}

struct ctx_str ana_type_bodies(const struct ana_typing *t, struct ctx_str text) {
	const struct ana_node *node = t->node;
	size_t len = text.len;
	for (uint32_t i = 0; i < node->heredoc_count; ++i) {
		len += 1 + node->heredocs[i].body.len + node->heredocs[i].name.len;
	}
	char *out = ctx_arena_alloc(t->arena, len);
	if (out == NULL) {
		return CTX_STR_NONE;
	}
	char *end = append(out, text);
	for (uint32_t i = 0; i < node->heredoc_count; ++i) {
		*end++ = '\n';
		end = append(end, node->heredocs[i].body);
		end = append(end, node->heredocs[i].name);
	}
	return (struct ctx_str){ out, len };
}

/** ONBUILD: of the trigger nothing but its keyword is looked at. */
static int type_onbuild(const struct ana_typing *t, struct ana_instruction *ins) {
	const struct ana_node *inner = t->node->inner;
	if (inner == NULL) {
		return refuse_none(t);
	}
	int rc = ana_flags_parse(t, NULL, 0);
	if (rc != 0) {
		return rc;
	}
	struct ctx_str keyword = inner->keyword_text;
	ctx_rune_trim(&keyword.ptr, &keyword.len);
	keyword = ctx_str_upper(keyword, t->arena);
	if (keyword.ptr == NULL) {
		return ctx_fail_nomem(t->err);
	}
	if (ctx_str_is(keyword, "ONBUILD")) {
		return ana_refuse(t, inner->keyword_text, "Chaining ONBUILD via `ONBUILD ONBUILD` isn't allowed");
	}
	if (ctx_str_is(keyword, "MAINTAINER") || ctx_str_is(keyword, "FROM")) {
		return ana_refuse(t, inner->keyword_text, "%s isn't allowed as an ONBUILD trigger",
			ana_spoken(t, keyword));
	}
	ins->text = cut_onbuild(t->node->logical);
	if (t->node->heredoc_count > 0) {
		ins->text = ana_type_bodies(t, ins->text);
	}
	return ins->text.ptr != NULL ? 0 : ctx_fail_nomem(t->err);
}

/** FROM where only a command may stand. */
static int type_no_command(const struct ana_typing *t, struct ana_instruction *ins) {
	(void)ins;
	return ana_refuse(t, CTX_STR_NONE, "*instructions.Stage is not a command type");
}

/** Lower-case names of all instructions. */
static const char *const keywords[] = {
	"add",
	"arg",
	"cmd",
	"copy",
	"entrypoint",
	"env",
	"expose",
	"from",
	"healthcheck",
	"label",
	"maintainer",
	"onbuild",
	"run",
	"shell",
	"stopsignal",
	"user",
	"volume",
	"workdir",
};

/** Refuse a keyword that does not exist; the suggestion is in capitals if the keyword is. */
static int type_unknown(const struct ana_typing *t, struct ana_instruction *ins) {
	(void)ins;
	struct ctx_str word = t->node->keyword_text;
	struct ctx_str lower = ctx_str_lower(word, t->arena);
	struct ctx_str upper = ctx_str_upper(word, t->arena);
	const char *nearest = ana_nearest(lower, keywords, CTX_COUNTOF(keywords));
	if (nearest != NULL && !ctx_str_eq(word, lower) && ctx_str_eq(word, upper)) {
		struct ctx_str name = ctx_str_upper(CTX_STR(nearest), t->arena);
		nearest = ana_spoken(t, name);
	}
	return ana_refuse(t, word, "unknown instruction: %s%s", ana_spoken(t, word), ana_hint(t, nearest));
}

/** What types which instruction. */
static type_fn *const type_fns[ANA_KW_COUNT] = {
	[ANA_KW_UNKNOWN] = type_unknown,
	[ANA_KW_ADD] = ana_type_add,
	[ANA_KW_ARG] = type_arg,
	[ANA_KW_CMD] = type_line,
	[ANA_KW_COPY] = ana_type_copy,
	[ANA_KW_ENTRYPOINT] = type_line,
	[ANA_KW_ENV] = type_pairs,
	[ANA_KW_EXPOSE] = type_expose,
	[ANA_KW_FROM] = type_no_command,
	[ANA_KW_HEALTHCHECK] = ana_type_healthcheck,
	[ANA_KW_LABEL] = type_pairs,
	[ANA_KW_MAINTAINER] = type_text,
	[ANA_KW_ONBUILD] = type_onbuild,
	[ANA_KW_RUN] = ana_type_run,
	[ANA_KW_SHELL] = type_shell,
	[ANA_KW_STOPSIGNAL] = type_stopsignal,
	[ANA_KW_USER] = type_text,
	[ANA_KW_VOLUME] = type_volume,
	[ANA_KW_WORKDIR] = type_text,
};

int ana_type_instruction(const struct ana_typing *t, struct ana_instruction *ins) {
	ins->keyword = t->node->keyword;
	ins->node = t->node;
	int rc = type_fns[t->node->keyword](t, ins);
	if (rc != 0) {
		ins->keyword = ANA_KW_UNKNOWN;
	}
	return rc;
}
