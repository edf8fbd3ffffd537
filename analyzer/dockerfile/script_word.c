/*
 * Words: quotes, `$` forms, substitutions, which are read as commands of their own.
 */
#include "analyzer/dockerfile/script_internal.h"

struct ctx_str ana_script_assigned(struct ctx_str text) {
	size_t len = 0;
	while (len < text.len && (len == 0 ? script_is_name_start(text.ptr[len]) : script_is_name(text.ptr[len]))) {
		++len;
	}
	return (struct ctx_str){ text.ptr, len > 0 && len < text.len && text.ptr[len] == '=' ? len : 0 };
}

int script_finish_word(struct script *s, struct pending *p, struct ana_script_word *out) {
	const char *text = ctx_arena_memdup0(s->arena, ctx_buf_str(&p->text), p->text.len);
	if (text == NULL || !ctx_buf_ok(&p->text)) {
		return ctx_fail_nomem(s->err);
	}
	*out = (struct ana_script_word){ { text, p->text.len }, p->unknown_at, p->open_at, p->quoted };
	ctx_buf_release(&p->text);
	*p = script_new_word();
	return 0;
}

int script_push_word(struct script *s, struct pending *p, struct parts *parts) {
	struct ana_script_word word;
	int rc = script_finish_word(s, p, &word);
	return rc == 0 && !CTX_VEC_PUSH(&parts->words, word) ? ctx_fail_nomem(s->err) : rc;
}

static void add_unknown(struct pending *p) {
	p->exists = true;
	p->unknown_at = p->unknown_at < p->text.len ? p->unknown_at : p->text.len;
}

static void add_open(struct pending *p, char c) {
	p->exists = true;
	p->open_at = p->open_at < p->text.len ? p->open_at : p->text.len;
	ctx_buf_addc(&p->text, c);
}

/** The value of a variable within double quotes, or where words are not cut. */
static int add_whole(struct script *s, struct pending *p, struct ctx_str value) {
	s->growth += value.len;
	if (s->growth > ANA_SCRIPT_GROWTH_MAX) {
		return script_unknown(s, "values of variables that are too long");
	}
	ctx_buf_add(&p->text, value.ptr, value.len);
	return 0;
}

/** The value of a variable without quotes: cut at blanks, wildcards count. */
static int add_fields(struct script *s, struct pending *p, struct ctx_str value, struct parts *parts) {
	s->growth += value.len;
	if (s->growth > ANA_SCRIPT_GROWTH_MAX) {
		return script_unknown(s, "values of variables that are too long");
	}
	for (size_t i = 0; i < value.len; ++i) {
		char c = value.ptr[i];
		if (c == ' ' || c == '\t' || c == '\n') {
			int rc = p->exists ? script_push_word(s, p, parts) : 0;
			if (rc != 0) {
				return rc;
			}
		} else if (strchr("*?[", c) != NULL) {
			add_open(p, c);
		} else {
			p->exists = true;
			ctx_buf_addc(&p->text, c);
		}
	}
	return 0;
}

int script_mention(struct script *s, struct ctx_str inside) {
	for (size_t i = 0; i < inside.len; ++i) {
		char c = inside.ptr[i], next = i + 1 < inside.len ? inside.ptr[i + 1] : '\0';
		if (c == '`' || (c == '$' && next == '(')) {
			return script_unknown(s, "a command within '${...}'");
		}
		bool begins = i == 0 ? script_is_name_start(c) || c == '!' || c == '#'
			: c == '$'   ? script_is_name_start(next) || next == '{'
				     : false;
		if (!begins) {
			continue;
		}
		size_t from = i + (c == '$') + (c == '$' && next == '{') + (i == 0 && (c == '!' || c == '#'));
		size_t to = from;
		while (to < inside.len && script_is_name(inside.ptr[to])) {
			++to;
		}
		struct ctx_str value;
		if (to > from) {
			s->reader->variable(s->reader->arg, (struct ctx_str){ inside.ptr + from, to - from }, &value);
		}
		if (c == '!') {
			return script_unknown(s, "a variable that names another");
		}
		i = to > i ? to - 1 : i;
	}
	return 0;
}

/** After "${": up to its brace. */
static int read_braces(struct script *s, struct ctx_str *inside) {
	const char *from = s->at;
	unsigned depth = 1;
	for (; s->at < s->end; ++s->at) {
		char c = *s->at;
		if (c == '\\' || c == '\'' || c == '"') {
			return script_unknown(s, "quotes within '${...}'");
		}
		depth += c == '{';
		depth -= c == '}';
		if (depth == 0) {
			*inside = (struct ctx_str){ from, (size_t)(s->at - from) };
			++s->at;
			return 0;
		}
	}
	return script_unknown(s, "a '${' without its end");
}

/** $( ... ), after its "$(". */
static int read_substitution(struct script *s, struct pending *p) {
	if (++s->depth > ANA_SCRIPT_DEPTH_MAX) {
		return script_unknown(s, "commands that are nested too deep");
	}
	int rc = script_tell(s, ANA_SCRIPT_SUBSHELL);
	rc = rc != 0 ? rc : script_list(s, ")");
	if (rc != 0) {
		return rc;
	}
	if (script_peek(s, 0) != ')') {
		return script_unknown(s, "a '$(' without its end");
	}
	++s->at;
	--s->depth;
	add_unknown(p);
	return script_tell(s, ANA_SCRIPT_SUBSHELL_END);
}

/** `...`, after the first backtick. */
static int read_backticks(struct script *s, struct pending *p) {
	size_t len = ctx_str_find((struct ctx_str){ s->at, (size_t)(s->end - s->at) }, '`');
	const char *close = s->at + len, *end = s->end;
	if (close == end || memchr(s->at, '\\', len) != NULL) {
		return script_unknown(s, "backticks with backslashes");
	}
	if (++s->depth > ANA_SCRIPT_DEPTH_MAX) {
		return script_unknown(s, "commands that are nested too deep");
	}
	s->end = close;
	int rc = script_tell(s, ANA_SCRIPT_SUBSHELL);
	rc = rc != 0 ? rc : script_list(s, "");
	if (rc == 0 && s->at != close) {
		rc = script_unknown(s, "backticks");
	}
	s->at = close + 1;
	s->end = end;
	--s->depth;
	add_unknown(p);
	return rc != 0 ? rc : script_tell(s, ANA_SCRIPT_SUBSHELL_END);
}

/** $((...)), after "$((": only numbers and variables. */
static int read_arithmetic(struct script *s, struct pending *p) {
	const char *from = s->at;
	while (s->at < s->end && !script_starts(s, "))")) {
		if (strchr("`'\"(\\", *s->at) != NULL) {
			return script_unknown(s, "arithmetic");
		}
		++s->at;
	}
	if (s->at == s->end) {
		return script_unknown(s, "arithmetic");
	}
	struct ctx_str value;
	for (const char *c = from; c < s->at; ++c) {
		const char *name = c;
		while (c < s->at && script_is_name(*c)) {
			++c;
		}
		if (c > name && script_is_name_start(*name)) {
			s->reader->variable(s->reader->arg, (struct ctx_str){ name, (size_t)(c - name) }, &value);
		}
	}
	s->at += 2;
	add_unknown(p);
	return 0;
}

/** The name after a '$' or within plain braces; empty for another form. */
static int read_name(struct script *s, struct ctx_str *name, bool *simple) {
	struct ctx_str inside = { s->at, 0 };
	int rc = 0;
	if (script_peek(s, 0) == '{') {
		++s->at;
		rc = read_braces(s, &inside);
	} else {
		while (inside.len < (size_t)(s->end - s->at) && script_is_name(s->at[inside.len])) {
			++inside.len;
		}
		s->at += inside.len;
	}
	size_t len = 0;
	while (len < inside.len && script_is_name(inside.ptr[len])) {
		++len;
	}
	*simple = inside.len > 0 && len == inside.len && script_is_name_start(inside.ptr[0]);
	*name = inside;
	return rc;
}

/** After a '$'.  `parts` is NULL within quotes. */
static int read_dollar(struct script *s, struct pending *p, struct parts *parts) {
	char c = script_peek(s, 0);
	if (c == '(') {
		bool arithmetic = script_peek(s, 1) == '(';
		s->at += arithmetic ? 2 : 1;
		return arithmetic ? read_arithmetic(s, p) : read_substitution(s, p);
	}
	if (c != '\0' && strchr("?!$#@*-0123456789", c) != NULL) {
		++s->at;
		add_unknown(p);
		return 0;
	}
	if ((c == '\'' || c == '"') && parts != NULL) {
		return script_unknown(s, "quotes of bash");
	}
	if (!script_is_name_start(c) && c != '{') {
		p->exists = true;
		ctx_buf_addc(&p->text, '$');
		return 0;
	}
	struct ctx_str name, value = CTX_STR("");
	bool simple;
	int rc = read_name(s, &name, &simple);
	if (rc == 0 && !simple) {
		add_unknown(p);
		return script_mention(s, name);
	}
	if (rc != 0 || !s->reader->variable(s->reader->arg, name, &value)) {
		add_unknown(p);
		return rc;
	}
	return parts == NULL || p->whole ? add_whole(s, p, value) : add_fields(s, p, value, parts);
}

/** After the first '"'. */
static int read_quoted(struct script *s, struct pending *p) {
	p->exists = p->quoted = true;
	while (s->at < s->end) {
		char c = *s->at++;
		int rc = 0;
		if (c == '"') {
			return 0;
		}
		if (c == '$') {
			rc = read_dollar(s, p, NULL);
		} else if (c == '`') {
			rc = read_backticks(s, p);
		} else if (c == '\\' && s->at < s->end && strchr("$`\"\\\n", *s->at) != NULL) {
			if (*s->at != '\n') {
				ctx_buf_addc(&p->text, *s->at);
			}
			++s->at;
		} else {
			ctx_buf_addc(&p->text, c);
		}
		if (rc != 0) {
			return rc;
		}
	}
	return script_unknown(s, "a quote without its end");
}

/** After a "'". */
static int read_single(struct script *s, struct pending *p) {
	struct ctx_str rest = { s->at, (size_t)(s->end - s->at) };
	size_t len = ctx_str_find(rest, '\'');
	if (len == rest.len) {
		return script_unknown(s, "a quote without its end");
	}
	ctx_buf_add(&p->text, rest.ptr, len);
	p->exists = p->quoted = true;
	s->at += len + 1;
	return 0;
}

/** A leading "~": the home directory, if it is known. */
static int read_tilde(struct script *s, struct pending *p) {
	char next = script_peek(s, 1);
	struct ctx_str home;
	bool plain = next == '\0' || strchr("/ \t\n;&|)", next) != NULL;
	++s->at;
	if (!plain || !s->reader->variable(s->reader->arg, CTX_STR("HOME"), &home)) {
		add_unknown(p);
		return 0;
	}
	p->exists = true;
	return add_whole(s, p, home);
}

/** Is the '{' at hand one that bash would expand? */
static bool is_brace(const struct script *s) {
	const char *c = s->at + 1;
	for (; c < s->end && !script_ends_word(*c) && *c != '}'; ++c) {
		if (*c == ',' || (*c == '.' && c + 1 < s->end && c[1] == '.') || c - s->at > 256) {
			return true;
		}
	}
	return false;
}

/** One byte, or what begins there, of a word without quotes. */
static int read_piece(struct script *s, struct pending *p, struct parts *parts) {
	char c = *s->at;
	if (c == '~' && !p->exists) {
		return read_tilde(s, p);
	}
	bool brace = c == '{' && is_brace(s);
	++s->at;
	switch (c) {
	case '\'':
		return read_single(s, p);
	case '"':
		return read_quoted(s, p);
	case '$':
		return read_dollar(s, p, parts);
	case '`':
		return read_backticks(s, p);
	case '\\':
		if (s->at < s->end && *s->at != '\n') {
			p->exists = true;
			ctx_buf_addc(&p->text, *s->at);
		}
		s->at += s->at < s->end;
		return 0;
	case '~':
		if (p->text.len > 0 && strchr("=:", ctx_buf_str(&p->text)[p->text.len - 1]) != NULL) {
			add_unknown(p);
			return 0;
		}
		break;
	default:
		if (strchr("*?[", c) != NULL || brace) {
			add_open(p, c);
			return 0;
		}
	}
	p->exists = true;
	ctx_buf_addc(&p->text, c);
	return 0;
}

int script_word(struct script *s, struct pending *p, struct parts *parts) {
	const char *from = s->at;
	bool first = parts->words.count == parts->assigns;
	while (s->at < s->end && !script_ends_word(*s->at)) {
		p->whole = p->whole ||
			(first && *s->at == '=' &&
				ana_script_assigned((struct ctx_str){ from, (size_t)(s->at - from) + 1 }).len > 0);
		int rc = read_piece(s, p, parts);
		if (rc != 0) {
			return rc;
		}
	}
	return 0;
}
