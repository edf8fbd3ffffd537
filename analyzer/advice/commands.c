#include "analyzer/advice/commands.h"

#include "ctxopt/base/path.h"

/** Words that stand before a command. */
static const char before[] = " sudo exec time nice command then do else if elif while until ! nohup env eval { } ";

/** A text being read. */
struct reader {
	struct ctx_str rest;
	const struct ana_instruction *ins;
	struct ctx_arena *arena;
	CTX_VEC(struct ana_shell_word) words;
	CTX_VEC(struct ana_shell_word) assigns;
	CTX_VEC(struct ana_redirect) redirects;
	ana_command_fn *fn;
	void *arg;
};

/** Bytes of the blank that the rest begins with: a line that goes on is one, too. */
static size_t blank(struct ctx_str rest) {
	char c = rest.len > 0 ? rest.ptr[0] : 'x';
	if (c == '\\' && rest.len > 1 && rest.ptr[1] == '\n') {
		return 2;
	}
	return c == '\\' && rest.len > 2 && rest.ptr[1] == '\r' && rest.ptr[2] == '\n' ? 3
		: c == ' ' || c == '\t' || c == '\r'                                   ? 1
										       : 0;
}

/** Bytes of a substitution that starts at `at`: "$(...)", "${...}"; to the end of the text if it is not closed. */
static size_t substitution(struct ctx_str text, size_t at) {
	char open = text.ptr[at + 1], close = open == '(' ? ')' : '}';
	size_t depth = 0, i = at + 1;
	for (; i < text.len; ++i) {
		depth += text.ptr[i] == open;
		if (text.ptr[i] == close && --depth == 0) {
			return i + 1 - at;
		}
	}
	return i - at;
}

/** Bytes that end a word, unless they are quoted; and those that mean something within one. */
static const char special[256] = { ['\0'] = 1,
	[' '] = 1,
	['\t'] = 1,
	['\r'] = 1,
	['\n'] = 1,
	[';'] = 1,
	['&'] = 1,
	['|'] = 1,
	['('] = 1,
	[')'] = 1,
	['<'] = 1,
	['>'] = 1,
	['$'] = 2,
	['`'] = 2,
	['\\'] = 2,
	['"'] = 2,
	['\''] = 2 };

/** End of the word that the text begins with; tells what is in it. */
static size_t word_end(struct ctx_str t, bool *quotes, bool *open) {
	size_t i = 0;
	char quote = 0;
	while (i < t.len) {
		char c = t.ptr[i], kind = special[(unsigned char)c];
		if (kind == 0 || (kind == 1 && quote != 0)) {
			++i;
			continue;
		}
		bool expands = quote != '\'' && (c == '$' || c == '`') && i + 1 < t.len;
		*open = *open ||
			(expands &&
				(c == '`' || strchr("({_", t.ptr[i + 1]) != NULL ||
					((t.ptr[i + 1] | 32) >= 'a' && (t.ptr[i + 1] | 32) <= 'z') ||
					(t.ptr[i + 1] >= '0' && t.ptr[i + 1] <= '9') ||
					strchr("@*#", t.ptr[i + 1]) != NULL));
		if (expands && c == '$' && (t.ptr[i + 1] == '(' || t.ptr[i + 1] == '{')) {
			i += substitution(t, i);
			continue;
		}
		if (expands && c == '`') {
			const char *end = memchr(t.ptr + i + 1, '`', t.len - i - 1);
			i = end == NULL ? t.len : (size_t)(end - t.ptr) + 1;
			continue;
		}
		if (c == '\\' && quote != '\'' && i + 1 < t.len) {
			if (quote == 0 && t.ptr[i + 1] == '\n') {
				break;
			}
			*quotes = true;
			i += 2;
			continue;
		}
		if (quote != 0) {
			quote = c == quote ? 0 : quote;
		} else if (c == '"' || c == '\'') {
			quote = c;
			*quotes = true;
		} else if (kind == 1) {
			break;
		}
		++i;
	}
	return i < t.len ? i : t.len;
}

/** Text of a word without its quotes; absent when out of memory. */
static struct ctx_str unquote(struct ctx_str raw, struct ctx_arena *arena) {
	char first = raw.ptr[0];
	struct ctx_str inner = { raw.ptr + 1, raw.len - 2 };
	if (raw.len >= 2 && (first == '"' || first == '\'') && raw.ptr[raw.len - 1] == first &&
		ctx_str_find(inner, first) == inner.len && ctx_str_find(inner, '\\') == inner.len) {
		return inner;
	}
	char *out = ctx_arena_alloc(arena, raw.len + 1), quote = 0;
	size_t len = 0;
	for (size_t i = 0; out != NULL && i < raw.len; ++i) {
		char c = raw.ptr[i];
		if (c == '\\' && quote != '\'' && i + 1 < raw.len) {
			out[len++] = raw.ptr[++i];
		} else if (quote != 0 ? c == quote : c == '"' || c == '\'') {
			quote = quote != 0 ? 0 : c;
		} else {
			out[len++] = c;
		}
	}
	return (struct ctx_str){ out, out == NULL ? 0 : len };
}

/** Take the word that the rest begins with, which may be empty; false when out of memory. */
static bool take(struct reader *r, struct ana_shell_word *word) {
	bool quotes = false;
	*word = (struct ana_shell_word){ .open = false };
	size_t end = word_end(r->rest, &quotes, &word->open);
	word->raw = word->text = (struct ctx_str){ r->rest.ptr, end };
	r->rest = ctx_str_from(r->rest, end);
	if (quotes && end > 0) {
		word->text = unquote(word->raw, r->arena);
	}
	return word->text.ptr != NULL || end == 0;
}

/** Is the word NAME=VALUE? */
static bool is_assignment(struct ctx_str word) {
	size_t i = 0;
	while (i < word.len &&
		(word.ptr[i] == '_' || ((word.ptr[i] | 32) >= 'a' && (word.ptr[i] | 32) <= 'z') ||
			(i > 0 && word.ptr[i] >= '0' && word.ptr[i] <= '9'))) {
		++i;
	}
	return i > 0 && i < word.len && word.ptr[i] == '=';
}

/** Hand out the command, and begin the next. */
static int flush(struct reader *r, bool piped) {
	struct ana_command command = { .words = r->words.items,
		.count = r->words.count,
		.assigns = r->assigns.items,
		.assign_count = r->assigns.count,
		.redirects = r->redirects.items,
		.redirect_count = r->redirects.count,
		.piped = piped,
		.ins = r->ins };
	bool empty = command.count == 0 && command.assign_count == 0 && command.redirect_count == 0;
	int rc = empty ? 0 : r->fn(r->arg, &command);
	r->words.count = r->assigns.count = r->redirects.count = 0;
	return rc;
}

/** A redirection, `from` being what is sent. */
static bool redirect(struct reader *r, int from) {
	size_t skip = 1;
	while (skip < r->rest.len && strchr("<>|&-", r->rest.ptr[skip]) != NULL && r->rest.ptr[skip] != '\0') {
		++skip;
	}
	bool duplicate = memchr(r->rest.ptr + 1, '&', skip - 1) != NULL;
	bool input = r->rest.ptr[0] == '<';
	r->rest = ctx_str_from(r->rest, skip);
	for (size_t n; (n = blank(r->rest)) > 0;) {
		r->rest = ctx_str_from(r->rest, n);
	}
	struct ana_redirect to = { .from = input ? 0 : from };
	if (!take(r, &to.to)) {
		return false;
	}
	if (duplicate && to.to.text.len == 1 && to.to.text.ptr[0] >= '0' && to.to.text.ptr[0] <= '9') {
		return true; // 2>&1 goes where the other goes
	}
	return CTX_VEC_PUSH(&r->redirects, to);
}

/** A word: assignment, prefix, descriptor of a redirection, or part of the command. */
static bool add_word(struct reader *r) {
	struct ana_shell_word word;
	if (!take(r, &word)) {
		return false;
	}
	bool digit = word.raw.len == 1 && word.raw.ptr[0] >= '0' && word.raw.ptr[0] <= '9';
	if (digit && r->rest.len > 0 && (r->rest.ptr[0] == '>' || r->rest.ptr[0] == '<')) {
		return redirect(r, word.raw.ptr[0] - '0');
	}
	if (r->words.count == 0 && is_assignment(word.raw)) {
		return CTX_VEC_PUSH(&r->assigns, word);
	}
	if (r->words.count == 0 && ctx_str_is_listed(word.raw, before)) {
		return true;
	}
	return CTX_VEC_PUSH(&r->words, word);
}

/** One step; 1 to go on. */
static int step(struct reader *r) {
	char c = r->rest.ptr[0];
	size_t n = blank(r->rest);
	if (n > 0) {
		r->rest = ctx_str_from(r->rest, n);
		return 1;
	}
	if (c == '#') {
		r->rest = ctx_str_from(r->rest, ctx_str_find(r->rest, '\n'));
		return 1;
	}
	if (c == '&' && r->rest.len > 1 && r->rest.ptr[1] == '>') {
		r->rest = ctx_str_from(r->rest, 1);
		return redirect(r, 3) ? 1 : CTX_E_NOMEM;
	}
	if (c == '>' || c == '<') {
		return redirect(r, 1) ? 1 : CTX_E_NOMEM;
	}
	if (c == '\n' || c == ';' || c == '&' || c == '|' || c == '(' || c == ')' || c == '\0') {
		bool twice = r->rest.len > 1 && r->rest.ptr[1] == c && c == '|';
		r->rest = ctx_str_from(r->rest, twice ? 2 : 1);
		int rc = flush(r, c == '|' && !twice);
		return rc == 0 ? 1 : rc;
	}
	return add_word(r) ? 1 : CTX_E_NOMEM;
}

int ana_commands_of_text(struct ctx_str text, const struct ana_instruction *ins, struct ctx_arena *arena,
	ana_command_fn *fn, void *arg) {
	struct reader r = { .rest = text, .ins = ins, .arena = arena, .fn = fn, .arg = arg };
	int rc = 1;
	while (rc == 1 && r.rest.len > 0) {
		rc = step(&r);
	}
	rc = rc == 1 ? flush(&r, false) : rc;
	CTX_VEC_RELEASE(&r.words);
	CTX_VEC_RELEASE(&r.assigns);
	CTX_VEC_RELEASE(&r.redirects);
	return rc;
}

/** The JSON form. */
static int see_json(const struct ana_instruction *ins, const struct ana_command_line *line, struct ctx_arena *arena,
	ana_command_fn *fn, void *arg) {
	if (line->arg_count >= 3 && ctx_str_ends(line->args[0], "sh") && line->args[1].len > 1 &&
		line->args[1].ptr[0] == '-' && ctx_str_ends(line->args[1], "c")) {
		return ana_commands_of_text(line->args[2], ins, arena, fn, arg);
	}
	struct ana_shell_word *words = ctx_arena_calloc(arena, line->arg_count + 1, sizeof(*words));
	if (words == NULL) {
		return CTX_E_NOMEM;
	}
	for (uint32_t i = 0; i < line->arg_count; ++i) {
		words[i] = (struct ana_shell_word){ .raw = line->args[i], .text = line->args[i] };
	}
	struct ana_command command = { .words = words, .count = line->arg_count, .ins = ins };
	return line->arg_count > 0 ? fn(arg, &command) : 0;
}

/** The same as ana_commands_of(), read anew. */
static int read_commands(const struct ana_instruction *ins, struct ctx_arena *arena, ana_command_fn *fn, void *arg) {
	const struct ana_command_line *line = ins->keyword == ANA_KW_RUN ? &ins->run.line : &ins->line;
	if (ins->keyword == ANA_KW_HEALTHCHECK) {
		line = &ins->healthcheck.line;
	}
	if (!line->shell) {
		return see_json(ins, line, arena, fn, arg);
	}
	return line->arg_count > 0 ? ana_commands_of_text(line->args[0], ins, arena, fn, arg) : 0;
}

int ana_commands_of(const struct ana_instruction *ins, struct ctx_arena *arena, ana_command_fn *fn, void *arg) {
	const struct ana_command_list *list = ins->commands;
	if (list == NULL) {
		return read_commands(ins, arena, fn, arg);
	}
	int rc = 0;
	for (size_t i = 0; rc == 0 && i < list->count; ++i) {
		rc = fn(arg, &list->items[i]);
	}
	return rc;
}

/** Commands that are kept. */
struct keeper {
	struct ctx_arena *arena;
	CTX_VEC(struct ana_command) commands;
};

/** Copy an array into the arena; NULL when out of memory. */
static const void *keep_array(struct ctx_arena *arena, const void *items, size_t count, size_t size) {
	void *copy = ctx_arena_alloc(arena, count * size);
	return copy == NULL || count == 0 ? copy : memcpy(copy, items, count * size);
}

/** ana_command_fn: keep it. */
static int keep_command(void *arg, const struct ana_command *command) {
	struct keeper *k = arg;
	struct ana_command c = *command;
	c.name = ana_command_name(command);
	c.words = keep_array(k->arena, c.words, c.count, sizeof(*c.words));
	c.assigns = keep_array(k->arena, c.assigns, c.assign_count, sizeof(*c.assigns));
	c.redirects = keep_array(k->arena, c.redirects, c.redirect_count, sizeof(*c.redirects));
	bool ok = c.words != NULL && c.assigns != NULL && c.redirects != NULL && CTX_VEC_PUSH(&k->commands, c);
	return ok ? 0 : CTX_E_NOMEM;
}

/** Read the commands of an instruction and keep them. */
static bool prepare(struct keeper *k, struct ana_instruction *ins) {
	struct ana_command_list *list = ctx_arena_calloc(k->arena, 1, sizeof(*list));
	k->commands.count = 0;
	if (list == NULL || read_commands(ins, k->arena, keep_command, k) < 0) {
		return false;
	}
	list->count = k->commands.count;
	list->items = ctx_arena_alloc(k->arena, list->count * sizeof(*list->items));
	if (list->items != NULL && list->count > 0) {
		memcpy(list->items, k->commands.items, list->count * sizeof(*list->items));
	}
	ins->commands = list;
	return list->items != NULL;
}

int ana_commands_prepare(struct ana_dockerfile *df, struct ctx_arena *arena, struct ctx_error *err) {
	struct keeper k = { .arena = arena };
	bool ok = true;
	for (size_t i = 0; i < df->stages.count; ++i) {
		for (uint32_t n = 0; ok && n < df->stages.items[i].instruction_count; ++n) {
			struct ana_instruction *ins = &df->stages.items[i].instructions[n];
			bool runs = ins->keyword == ANA_KW_RUN || ins->keyword == ANA_KW_CMD ||
				ins->keyword == ANA_KW_ENTRYPOINT || ins->keyword == ANA_KW_HEALTHCHECK;
			ok = !runs || prepare(&k, ins);
		}
	}
	CTX_VEC_RELEASE(&k.commands);
	return ok ? 0 : ctx_fail_nomem(err);
}

/** A word of a compose file or manifest. */
static struct ana_shell_word word_of(const struct ana_value *value) {
	struct ctx_str text = value->text.ptr != NULL ? value->text : CTX_STR("");
	return (struct ana_shell_word){ .raw = text,
		.text = text,
		.open = value->open || ctx_str_find(text, '$') < text.len };
}

/** The text that "sh -c" is given; absent if the words are no such thing. */
static struct ctx_str shell_text(const struct ana_command *c) {
	bool shell = ctx_str_is_listed(ana_command_name(c), " sh bash ash dash zsh ksh ");
	for (size_t i = 1; shell && i + 1 < c->count; ++i) {
		struct ctx_str word = c->words[i].text;
		if (word.len < 2 || word.ptr[0] != '-') {
			break;
		}
		if (word.ptr[1] != '-' && ctx_str_ends(word, "c")) {
			return c->words[i + 1].text;
		}
	}
	return CTX_STR_NONE;
}

int ana_commands_of_values(const struct ana_values *words, const struct ana_values *more, bool shell,
	struct ctx_arena *arena, ana_command_fn *fn, void *arg) {
	size_t count = words->count + (more != NULL ? more->count : 0);
	if (shell && words->count > 0) {
		return ana_commands_of_text(word_of(&words->items[0]).text, NULL, arena, fn, arg);
	}
	struct ana_shell_word *list = ctx_arena_calloc(arena, count + 1, sizeof(*list));
	if (list == NULL || count == 0) {
		return list == NULL ? CTX_E_NOMEM : 0;
	}
	list[0] = (struct ana_shell_word){ .raw = CTX_STR(""), .text = CTX_STR("") };
	for (size_t i = 0; i < count; ++i) {
		list[i + 1] = word_of(i < words->count ? &words->items[i] : &more->items[i - words->count]);
	}
	// Options alone: the program is in the image
	bool bare = list[1].text.len > 0 && list[1].text.ptr[0] == '-';
	struct ana_command c = { .words = bare ? list : list + 1, .count = count + bare };
	struct ctx_str text = shell_text(&c);
	return text.ptr != NULL ? ana_commands_of_text(text, NULL, arena, fn, arg) : fn(arg, &c);
}

struct ctx_str ana_command_name(const struct ana_command *c) {
	if (c->name.ptr != NULL) {
		return c->name;
	}
	struct ctx_str word = c->count > 0 ? c->words[0].text : CTX_STR("");
	return word.len > 0 ? ctx_str_from(word, ctx_path_base(word.ptr, word.len)) : word;
}

bool ana_command_has(const struct ana_command *c, const char *word) {
	for (size_t i = 1; i < c->count; ++i) {
		if (ctx_str_is(c->words[i].text, word)) {
			return true;
		}
	}
	return false;
}

/** Do the words begin so?  `len` bytes of words. */
static bool begins(const struct ana_command *c, struct ctx_str name, const char *words, size_t len) {
	size_t i = 0;
	for (const char *at = words, *end = words + len; at < end;) {
		const char *blank = memchr(at, ' ', (size_t)(end - at));
		size_t n = blank == NULL ? (size_t)(end - at) : (size_t)(blank - at);
		while (i > 0 && i < c->count && c->words[i].text.len > 0 && c->words[i].text.ptr[0] == '-' &&
			at[0] != '-') {
			++i;
		}
		struct ctx_str word = i == 0 ? name : i < c->count ? c->words[i].text : CTX_STR("");
		if (word.len != n || memcmp(word.ptr, at, n) != 0) {
			return false;
		}
		++i;
		at += n + (blank != NULL);
	}
	return true;
}

bool ana_command_begins(const struct ana_command *c, const char *list) {
	struct ctx_str name = ana_command_name(c);
	char first = name.len > 0 ? name.ptr[0] : '\0';
	while (list != NULL && *list != '\0') {
		const char *end = strchrnul(list, '|');
		if (*list == first && begins(c, name, list, (size_t)(end - list))) {
			return true;
		}
		list = end + (*end == '|');
	}
	return false;
}
