#include "analyzer/dockerfile/checks.h"

#include "ctxopt/base/rune_case.h"
#include "ctxopt/base/strmap.h"

void ana_checks_release(struct ana_checks *checks) {
	CTX_VEC_RELEASE(&checks->items);
	ctx_arena_release(&checks->arena);
}

/** Checks that are on at an instruction: the first comment above it that is "check=" counts (WithMergedConfigFromComments). */
static uint32_t on_at(const struct ana_checks *checks, const struct ana_node *node) {
	for (uint32_t i = 0; node != NULL && i < node->comment_count; ++i) {
		struct ctx_str text = ana_directive_check(node->comments[i]);
		if (text.ptr == NULL) {
			continue;
		}
		ctx_auto_buf struct ctx_buf why = CTX_BUF_INIT;
		struct ana_check_options options;
		ana_check_options_parse(&options, text, &why);
		return why.len > 0 ? checks->on : (checks->on & ~options.skip) | options.add;
	}
	return checks->on;
}

/** Add a warning that is switched on. */
static int add(struct ana_checks *checks, const struct ana_check_warning *proto, struct ctx_str a, struct ctx_str b,
	struct ctx_error *err) {
	if (checks->items.count >= ANA_WARNINGS_MAX) {
		++checks->omitted;
		return 0;
	}
	ctx_auto_buf struct ctx_buf text = CTX_BUF_INIT;
	struct ana_check_warning warning = *proto;
	ana_check_say(&text, warning.check, a, b);
	warning.message.ptr = ctx_buf_ok(&text) ? ctx_arena_memdup0(&checks->arena, ctx_buf_str(&text), text.len)
						: NULL;
	warning.message.len = text.len;
	return warning.message.ptr != NULL && CTX_VEC_PUSH(&checks->items, warning) ? 0 : ctx_fail_nomem(err);
}

int ana_checks_add(struct ana_checks *checks, enum ana_check_id check, const struct ana_check_place *place,
	struct ctx_str a, struct ctx_str b, struct ctx_error *err) {
	if (!(on_at(checks, place->options) >> check & 1)) {
		return 0;
	}
	struct ana_check_warning warning = { .check = check,
		.unsure = place->unsure,
		.first_line = place->node->first_line,
		.end_line = place->node->end_line,
		.at = ana_node_position(&checks->df->syntax, place->node, place->part) };
	return add(checks, &warning, a, b, err);
}

/** Blank lines within instructions. */
static int check_continuations(struct ana_checks *checks, const struct ana_syntax *syntax, struct ctx_error *err) {
	int rc = 0;
	bool on = checks->on >> ANA_CHECK_NO_EMPTY_CONTINUATION & 1;
	for (size_t i = 0; rc == 0 && on && i < syntax->empty_continuations.count; ++i) {
		uint32_t line = syntax->empty_continuations.items[i].end_line;
		struct ana_check_warning warning = { .check = ANA_CHECK_NO_EMPTY_CONTINUATION,
			.first_line = line,
			.end_line = line,
			.at = { line, 1, 1 } };
		rc = add(checks, &warning, CTX_STR(""), CTX_STR(""), err);
	}
	return rc;
}

/** Is a word all small, or all capital letters?  The text itself comes back from a change of case that changes nothing. */
static bool is_lower(struct ctx_str word, struct ctx_arena *arena) {
	return ctx_str_eq(ctx_str_lower(word, arena), word);
}
static bool is_upper(struct ctx_str word, struct ctx_arena *arena) {
	return ctx_str_eq(ctx_str_upper(word, arena), word);
}

/** The words behind FROM. */
static int check_from(struct ana_checks *checks, const struct ana_node *node, struct ctx_error *err) {
	if (node->arg_count < 3) {
		return 0;
	}
	struct ctx_str keyword = node->keyword_text, as = node->args[1], name = node->args[2];
	struct ana_check_place place = { .node = node, .part = name, .options = node };
	struct ctx_arena *arena = &checks->arena;
	int rc = 0;
	if (node->arg_count == 3 && !is_lower(name, arena)) {
		rc = ana_checks_add(checks, ANA_CHECK_STAGE_NAME_CASING, &place, name, CTX_STR(""), err);
	}
	bool small = is_lower(keyword, arena);
	bool same = small ? is_lower(as, arena) : !is_upper(keyword, arena) || is_upper(as, arena);
	place.part = as;
	return rc < 0 || same ? rc : ana_checks_add(checks, ANA_CHECK_FROM_AS_CASING, &place, keyword, as, err);
}

/** The comment above an instruction should begin with one of the names that it defines. */
static int check_description(struct ana_checks *checks, const struct ana_node *node, const char *keyword,
	const struct ctx_str *names, uint32_t count, struct ctx_error *err) {
	if (node->comment_count == 0 || count == 0) {
		return 0;
	}
	struct ctx_str comment = node->comments[node->comment_count - 1];
	struct ctx_str first = { comment.ptr, ctx_str_find(comment, ' ') };
	for (uint32_t i = 0; i < count; ++i) {
		// "NAME=DEFAULT" of ARG
		if (ctx_str_eq((struct ctx_str){ names[i].ptr, ctx_str_find(names[i], '=') }, first)) {
			return 0;
		}
	}
	struct ana_check_place place = { .node = node, .options = node };
	struct ctx_str example = { names[0].ptr, ctx_str_find(names[0], '=') };
	return ana_checks_add(checks, ANA_CHECK_INVALID_DEFINITION_DESCRIPTION, &place, CTX_STR(keyword),
		count > 1 ? CTX_STR("<arg_key>") : example, err);
}

/** One node (ParseInstructionWithLinter); the second pass refused it if `bad`. */
static int check_node(struct ana_checks *checks, const struct ana_node *node, bool bad, struct ctx_error *err) {
	struct ana_check_place place = { .node = node, .options = node };
	int rc = 0;
	switch (node->keyword) {
	case ANA_KW_MAINTAINER:
		return ana_checks_add(checks, ANA_CHECK_MAINTAINER_DEPRECATED, &place, CTX_STR(""), CTX_STR(""), err);
	case ANA_KW_FROM:
		rc = check_from(checks, node, err);
		if (rc == 0 && !bad && node->arg_count == 3) {
			struct ctx_str name = ctx_str_lower(node->args[2], &checks->arena);
			rc = check_description(checks, node, "FROM", &name, 1, err);
		}
		return rc;
	case ANA_KW_ARG:
		return bad ? 0 : check_description(checks, node, "ARG", node->args, node->arg_count, err);
	default:
		return 0;
	}
}

/** All nodes up to the first that has an error; that is left out if it could not be read at all. */
static int check_nodes(struct ana_checks *checks, struct ctx_error *err) {
	const struct ana_dockerfile *df = checks->df;
	const struct ana_diag *first = df->diags.items.count > 0 ? &df->diags.items.items[0] : NULL;
	uint32_t line = first != NULL && first->phase == ANA_PHASE_INSTRUCTION ? first->line : UINT32_MAX;
	int rc = 0;
	for (size_t i = 0; rc == 0 && i < df->syntax.nodes.count; ++i) {
		const struct ana_node *node = &df->syntax.nodes.items[i];
		if (node->first_line > line) {
			break;
		}
		rc = check_node(checks, node, node->end_line >= line, err);
	}
	return rc;
}

/** Names of stages (validateStageNames). */
static int check_stage_names(struct ana_checks *checks, struct ctx_error *err) {
	const struct ana_dockerfile *df = checks->df;
	struct ctx_strmap seen = { 0 };
	int rc = 0;
	for (size_t i = 0; rc == 0 && i < df->stages.count; ++i) {
		const struct ana_stage *stage = &df->stages.items[i];
		if (stage->name.len == 0) {
			continue;
		}
		struct ana_check_place place = { .node = stage->from, .part = stage->name_text };
		if (ctx_str_is(stage->name, "context") || ctx_str_is(stage->name, "scratch")) {
			rc = ana_checks_add(checks, ANA_CHECK_RESERVED_STAGE_NAME, &place, stage->name, CTX_STR(""),
				err);
		}
		uint32_t slot = ctx_strmap_put(&seen, stage->name.ptr, stage->name.len, (uint32_t)i);
		if (slot == CTX_STRMAP_NONE) {
			rc = ctx_fail_nomem(err);
		} else if (rc == 0 && slot != (uint32_t)i) {
			rc = ana_checks_add(checks, ANA_CHECK_DUPLICATE_STAGE_NAME, &place, stage->name, CTX_STR(""),
				err);
		}
	}
	ctx_strmap_release(&seen);
	return rc;
}

/** Case of a keyword: -1 small, 1 capital letters, 0 mixed. */
static int case_of(struct ctx_str word, struct ctx_arena *arena) {
	bool small = false, capital = false, ascii = true;
	for (size_t i = 0; i < word.len; ++i) {
		small = small || (word.ptr[i] >= 'a' && word.ptr[i] <= 'z');
		capital = capital || (word.ptr[i] >= 'A' && word.ptr[i] <= 'Z');
		ascii = ascii && (word.ptr[i] & 0x80) == 0;
	}
	if (ascii) {
		return small && capital ? 0 : small ? -1 : 1;
	}
	return is_lower(word, arena) ? -1 : is_upper(word, arena);
}

/** Keywords of stages and their instructions: all like most of them (validateCommandCasing). */
static int check_casing(struct ana_checks *checks, struct ctx_error *err) {
	const struct ana_syntax *syntax = &checks->df->syntax;
	int64_t balance = 0;
	for (size_t i = checks->df->globals.count; i < syntax->nodes.count; ++i) {
		balance += case_of(syntax->nodes.items[i].keyword_text, &checks->arena);
	}
	int want = balance < 0 ? -1 : 1;
	int rc = 0;
	for (size_t i = checks->df->globals.count; rc == 0 && i < syntax->nodes.count; ++i) {
		const struct ana_node *node = &syntax->nodes.items[i];
		struct ana_check_place place = { .node = node };
		if (case_of(node->keyword_text, &checks->arena) != want) {
			rc = ana_checks_add(checks, ANA_CHECK_CONSISTENT_INSTRUCTION_CASING, &place, node->keyword_text,
				CTX_STR(want < 0 ? "lowercase" : "uppercase"), err);
		}
	}
	return rc;
}

int ana_checks_text(struct ana_checks *checks, const struct ana_dockerfile *df, const struct ana_build_args *args,
	struct ctx_error *err) {
	ctx_auto_buf struct ctx_buf why = CTX_BUF_INIT;
	struct ana_check_options options;
	struct ctx_str text;
	const struct ana_diags *diags = &df->diags;
	ana_check_options_given(&text, df, args);
	ana_check_options_parse(&options, text, &why);
	checks->df = df;
	checks->on = (ANA_CHECKS_STABLE & ~options.skip) | options.add;
	checks->error = options.error;
	checks->stopped = diags->items.count > 0 || why.len > 0;
	if (why.len > 0 || (checks->stopped && diags->items.items[0].phase == ANA_PHASE_SYNTAX)) {
		return 0;
	}
	int rc = check_continuations(checks, &df->syntax, err);
	rc = rc < 0 ? rc : check_nodes(checks, err);
	if (rc == 0 && !checks->stopped) {
		rc = check_stage_names(checks, err);
		rc = rc < 0 ? rc : check_casing(checks, err);
	}
	return rc;
}

/** Is a part of a name one of the words that the list ends with NULL?  A Kelvin sign is a "k", a long s an "s". */
static bool is_word_of(struct ctx_str part, const char *const *words) {
	for (; *words != NULL; ++words) {
		const char *word = *words;
		size_t at = 0;
		while (at < part.len && *word != '\0') {
			struct ctx_str rest = ctx_str_from(part, at);
			bool kelvin = *word == 'k' && ctx_str_starts(rest, "\xE2\x84\xAA");
			bool long_s = *word == 's' && ctx_str_starts(rest, "\xC5\xBF");
			char c = *rest.ptr;
			if (!kelvin && !long_s && (c >= 'A' && c <= 'Z' ? c | 0x20 : c) != *word) {
				break;
			}
			at += kelvin ? 3 : long_s ? 2 : 1;
			++word;
		}
		if (at == part.len && *word == '\0') {
			return true;
		}
	}
	return false;
}

bool ana_check_is_secret(struct ctx_str name) {
	static const char *const secrets[] = { "apikey", "auth", "credential", "credentials", "key", "password",
		"pword", "passwd", "secret", "token", NULL };
	static const char *const harmless[] = { "public", "file", "version", NULL };
	bool secret = false;
	for (;;) {
		size_t end = ctx_str_find(name, '_');
		struct ctx_str part = { name.ptr, end };
		if (is_word_of(part, harmless)) {
			return false;
		}
		secret = secret || is_word_of(part, secrets);
		if (end == name.len) {
			return secret;
		}
		name = ctx_str_from(name, end + 1);
	}
}
