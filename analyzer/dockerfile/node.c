/*
 * One logical line to a node: keyword, flags, and arguments in the shape that the keyword asks for (parser.go
 * newNodeFromLine, split_command.go, line_parsers.go of moby/buildkit v0.32.2).
 */
#include "analyzer/dockerfile/syntax_internal.h"

#include <string.h>

/** What becomes of the text after keyword and flags. */
enum shape {
	/** Nothing: the second pass rejects it. */
	SHAPE_NONE,
	/** One raw string. */
	SHAPE_TEXT,
	/** JSON, else one raw string. */
	SHAPE_JSON_TEXT,
	/** JSON, else words at blanks. */
	SHAPE_JSON_WORDS,
	/** Words at blanks. */
	SHAPE_WORDS,
	/** Words outside quotes. */
	SHAPE_QUOTED,
	/** Key, value, separator. */
	SHAPE_PAIRS,
	/** A type, then JSON or one raw string. */
	SHAPE_HEALTH,
	/** Another instruction. */
	SHAPE_INNER,
};

static const unsigned char shapes[ANA_KW_COUNT] = {
	[ANA_KW_UNKNOWN] = SHAPE_NONE,
	[ANA_KW_ADD] = SHAPE_JSON_WORDS,
	[ANA_KW_ARG] = SHAPE_QUOTED,
	[ANA_KW_CMD] = SHAPE_JSON_TEXT,
	[ANA_KW_COPY] = SHAPE_JSON_WORDS,
	[ANA_KW_ENTRYPOINT] = SHAPE_JSON_TEXT,
	[ANA_KW_ENV] = SHAPE_PAIRS,
	[ANA_KW_EXPOSE] = SHAPE_WORDS,
	[ANA_KW_FROM] = SHAPE_WORDS,
	[ANA_KW_HEALTHCHECK] = SHAPE_HEALTH,
	[ANA_KW_LABEL] = SHAPE_PAIRS,
	[ANA_KW_MAINTAINER] = SHAPE_TEXT,
	[ANA_KW_ONBUILD] = SHAPE_INNER,
	[ANA_KW_RUN] = SHAPE_JSON_TEXT,
	[ANA_KW_SHELL] = SHAPE_JSON_TEXT,
	[ANA_KW_STOPSIGNAL] = SHAPE_TEXT,
	[ANA_KW_USER] = SHAPE_TEXT,
	[ANA_KW_VOLUME] = SHAPE_JSON_WORDS,
	[ANA_KW_WORKDIR] = SHAPE_TEXT,
};

int ana_parser_keep(struct ana_parser *p, const struct ana_words *words, struct ctx_str **items, uint32_t *count) {
	*items = NULL;
	*count = (uint32_t)words->items.count;
	if (*count == 0) {
		return 0;
	}
	*items = ctx_arena_alloc(p->arena, *count * sizeof(**items));
	if (*items == NULL) {
		return CTX_E_NOMEM;
	}
	memcpy(*items, words->items.items, *count * sizeof(**items));
	return 0;
}

/** Split at the first run of blanks (reWhitespace.Split(text, 2)); false if there is none. */
static bool split_blank(struct ctx_str text, struct ctx_str *head, struct ctx_str *tail) {
	size_t at = 0;
	while (at < text.len && !ana_is_blank(text.ptr[at])) {
		++at;
	}
	*head = (struct ctx_str){ text.ptr, at };
	size_t end = at;
	while (end < text.len && ana_is_blank(text.ptr[end])) {
		++end;
	}
	*tail = ctx_str_from(text, end);
	return end > at;
}

/** Keyword, flags and the rest of a line (splitCommand). */
static int split_command(struct ana_parser *p, struct ana_node *node, struct ctx_str line) {
	struct ctx_str rest;
	node->line_text = ana_trim(line);
	split_blank(node->line_text, &node->keyword_text, &rest);
	node->keyword = ana_keyword_of(node->keyword_text);

	// Flags begin with '-', but a byte that BuildKit takes for a space (0x85, 0xA0) may come first
	if (rest.len > 0 && (*rest.ptr == '-' || (unsigned char)*rest.ptr >= 0x80)) {
		p->flags.items.count = 0;
		int rc = ana_words_flags(&p->flags, &rest, p->escape, p->arena);
		if (rc == 0) {
			rc = ana_parser_keep(p, &p->flags, &node->flags, &node->flag_count);
		}
		if (rc < 0) {
			return rc;
		}
	}
	node->args_text = ana_trim(rest);
	return 0;
}

/** Append one argument to the list at hand. */
static int add_arg(struct ana_parser *p, struct ctx_str arg) {
	return CTX_VEC_PUSH(&p->args.items, arg) ? 0 : CTX_E_NOMEM;
}

/** The JSON form, if the text has it. */
static int read_json(struct ana_parser *p, struct ana_node *node, struct ctx_str text) {
	struct ctx_str other;
	int rc = ana_words_json(&p->args, text, p->arena, &other);
	if (rc < 0) {
		return rc;
	}
	if (rc == ANA_JSON_NOT_STRINGS) {
		return ana_parser_complain(p, ana_node_position(p->syntax, node, other),
			"when using JSON array syntax, arrays must be comprised of strings only");
	}
	node->json = rc == ANA_JSON_YES;
	return 0;
}

/** JSON, else one raw string, or none if it is empty (parseMaybeJSON). */
static int read_json_text(struct ana_parser *p, struct ana_node *node, struct ctx_str text) {
	int rc = read_json(p, node, text);
	if (rc != 0 || node->json || text.len == 0) {
		return rc;
	}
	return add_arg(p, text);
}

/** KEY=VALUE words, or KEY and the remainder (parseNameVal). */
static int read_pairs(struct ana_parser *p, struct ana_node *node) {
	int rc = ana_words_quoted(&p->args, node->args_text, p->escape, p->arena);
	size_t count = p->args.items.count;
	if (rc < 0 || count == 0) {
		return rc;
	}
	struct ctx_str *words = p->args.items.items;
	if (memchr(words[0].ptr, '=', words[0].len) == NULL) {
		struct ctx_str key, value;
		if (!split_blank(node->args_text, &key, &value)) {
			return ana_parser_complain(p, ana_node_position(p->syntax, node, words[0]),
				"%s must have two arguments", ana_keyword_name(node->keyword));
		}
		p->args.items.count = 0;
		rc = add_arg(p, key);
		rc = rc < 0 ? rc : add_arg(p, value);
		return rc < 0 ? rc : add_arg(p, CTX_STR(""));
	}
	if (!CTX_VEC_RESERVE(&p->args.items, 2 * count)) {
		return CTX_E_NOMEM;
	}
	words = p->args.items.items;
	for (size_t i = count; i-- > 0;) { // from the back: triples take the place of words
		struct ctx_str word = words[i];
		const char *equals = memchr(word.ptr, '=', word.len);
		words[3 * i] = (struct ctx_str){ word.ptr, equals != NULL ? (size_t)(equals - word.ptr) : word.len };
		words[3 * i + 1] = equals != NULL ? ctx_str_from(word, words[3 * i].len + 1) : CTX_STR_NONE;
		words[3 * i + 2] = (struct ctx_str){ "=", 1 };
	}
	p->args.items.count = 3 * count;
	for (size_t i = 0; i < count; ++i) {
		if (words[3 * i + 1].ptr == NULL) {
			return ana_parser_complain(p, ana_node_position(p->syntax, node, words[3 * i]),
				"can't find = in '%.*s%s', must be of the form: name=value", ANA_SHOWN(words[3 * i]));
		}
	}
	return 0;
}

/** A type and what follows it (parseHealthConfig, which takes bytes for code points). */
static int read_health(struct ana_parser *p, struct ana_node *node) {
	struct ctx_str type = node->args_text, rest;
	size_t at = 0;
	while (at < type.len && !ana_is_latin1_space(type.ptr[at])) {
		++at;
	}
	rest = ctx_str_from(type, at);
	type.len = at;
	while (rest.len > 0 && ana_is_latin1_space(*rest.ptr)) {
		rest = ctx_str_from(rest, 1);
	}
	if (type.len == 0) {
		return 0;
	}
	int rc = read_json_text(p, node, rest);
	if (rc != 0) {
		return rc;
	}
	// The type comes first
	rc = add_arg(p, type);
	if (rc == 0) {
		struct ctx_str *items = p->args.items.items;
		memmove(items + 1, items, (p->args.items.count - 1) * sizeof(*items));
		items[0] = type;
	}
	return rc;
}

/** Arguments by the shape that the keyword asks for. */
static int read_args(struct ana_parser *p, struct ana_node *node) {
	struct ctx_str text = node->args_text;
	int rc = 0;
	p->args.items.count = 0;
	switch ((enum shape)shapes[node->keyword]) {
	case SHAPE_NONE:
	case SHAPE_INNER:
		return 0;
	case SHAPE_TEXT:
		rc = text.len > 0 ? add_arg(p, text) : 0;
		break;
	case SHAPE_JSON_TEXT:
		rc = read_json_text(p, node, text);
		break;
	case SHAPE_JSON_WORDS:
		rc = read_json(p, node, text);
		if (rc != 0 || node->json) {
			break;
		}
		rc = ana_words_blank(&p->args, text);
		break;
	case SHAPE_WORDS:
		rc = ana_words_blank(&p->args, text);
		break;
	case SHAPE_QUOTED:
		rc = ana_words_quoted(&p->args, text, p->escape, p->arena);
		break;
	case SHAPE_PAIRS:
		rc = read_pairs(p, node);
		break;
	case SHAPE_HEALTH:
		rc = read_health(p, node);
		break;
	}
	return rc != 0 ? rc : ana_parser_keep(p, &p->args, &node->args, &node->arg_count);
}

int ana_parser_node(struct ana_parser *p, struct ana_node *node, const struct ana_logical *logical) {
	struct ctx_str line = logical->text;
	for (;;) {
		*node = (struct ana_node){
			.first_line = logical->first_line,
			.end_line = p->line,
			.logical = logical->text,
			.pieces = logical->pieces,
			.piece_count = logical->piece_count,
		};
		int rc = split_command(p, node, line);
		rc = rc != 0 ? rc : read_args(p, node);
		if (rc != 0 || node->keyword != ANA_KW_ONBUILD || node->args_text.len == 0) {
			return rc;
		}
		// ONBUILD ONBUILD ... may go on for as long as the line
		node->inner = ctx_arena_alloc(p->arena, sizeof(*node->inner));
		if (node->inner == NULL) {
			return CTX_E_NOMEM;
		}
		line = node->args_text;
		node = node->inner;
	}
}
