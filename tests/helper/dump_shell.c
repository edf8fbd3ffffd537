/*
 * Mode shell of ctxopt-dump-dockerfile: what the shell lexer makes of a word.
 *
 *	The text is the word, then variables NAME=VALUE, separated by RECORD_END; the setting `use` says how to lex it.
 */
#include "tests/helper/dump.h"

#include "analyzer/dockerfile/shell.h"

#include <stdlib.h>

/** Between the word and the variables. */
#define RECORD_END '\x1e'

/** Where a Dockerfile's text meets the lexer. */
static const struct use {
	const char *name;
	/** The escape character is that of the file. */
	bool escapes;
	/** Words rather than one text. */
	bool words;
	struct ana_shell shell;
} uses[] = {
	{ "value", true, false, { .escape = '\\' } },
	{ "ports", true, true, { .escape = '\\' } },
	{ "name", true, false, { .escape = '\\', .raw_quotes = true, .skip_unset = true } },
	{ "body", false, false, { .escape = '\\', .skip_quotes = true } },
	{ "line", false, true, { .escape = '\\', .raw_quotes = true, .raw_escapes = true, .skip_unset = true } },
	{ "doc", false, true, { .escape = '\\', .skip_unset = true } },
	{ "raw-doc", false, true, { .escape = '\\', .raw_quotes = true, .skip_unset = true } },
};

/** The next record of the text. */
static struct ctx_str take_record(struct ctx_str *text) {
	const char *end = text->len > 0 ? memchr(text->ptr, RECORD_END, text->len) : NULL;
	size_t len = end ? (size_t)(end - text->ptr) : text->len;
	struct ctx_str record = { text->ptr, len };
	*text = ctx_str_from(*text, end ? len + 1 : len);
	return record;
}

/** Variables of the rest of the text. */
static int take_variables(struct dump *d, struct ctx_str text, const struct ana_env **env, struct ctx_error *err) {
	*env = NULL;
	while (text.len > 0) {
		struct ctx_str record = take_record(&text);
		const char *equals = record.len > 0 ? memchr(record.ptr, '=', record.len) : NULL;
		size_t len = equals ? (size_t)(equals - record.ptr) : record.len;
		struct ctx_str value = ctx_str_from(record, equals ? len + 1 : len);
		*env = ana_env_set(&d->arena, *env, (struct ctx_str){ record.ptr, len }, value);
		if (*env == NULL) {
			return ctx_fail_nomem(err);
		}
	}
	return 0;
}

/** Order of names. */
static int compare(const void *a, const void *b) {
	const struct ctx_str *x = a, *y = b;
	size_t len = x->len < y->len ? x->len : y->len;
	int order = len > 0 ? memcmp(x->ptr, y->ptr, len) : 0;
	return order != 0 ? order : (x->len > y->len) - (x->len < y->len);
}

/** Names that were looked up. */
static void dump_names(struct dump *d, const char *key, struct ana_words *names) {
	if (names->items.count > 0) {
		qsort(names->items.items, names->items.count, sizeof(*names->items.items), compare);
	}
	dump_each(d, key, names->items.items, names->items.count);
}

/** The lines of a word. */
static int dump_result(struct dump *d, const struct use *use, const struct ana_shell *shell, struct ctx_str word,
	const struct ana_env *env, struct ctx_error *err) {
	if (use->words) {
		ana_auto_words struct ana_words words = { 0 };
		int rc = ana_shell_words(shell, word, env, &d->arena, &words, err);
		if (rc == 0) {
			dump_each(d, "word", words.items.items, words.items.count);
		}
		return rc;
	}
	ana_auto_expansion struct ana_expansion done = { 0 };
	int rc = ana_shell_word(shell, word, env, &d->arena, &done, err);
	if (rc == 0) {
		dump_text(d, "result", done.text);
		dump_names(d, "matched", &done.matched);
		dump_names(d, "unmatched", &done.unmatched);
	}
	return rc;
}

int dump_shell(struct dump *d, struct ctx_str text, struct ctx_error *err) {
	struct ctx_str name = dump_last_setting(d, "use"), escape = dump_last_setting(d, "escape");
	const struct use *use = uses;
	while (use < uses + sizeof(uses) / sizeof(*uses) && !ctx_str_eq(name, CTX_STR(use->name))) {
		++use;
	}
	if (use == uses + sizeof(uses) / sizeof(*uses)) {
		return ctx_fail(err, CTX_E_USAGE, "no such use");
	}
	struct ana_shell shell = use->shell;
	if (use->escapes && escape.len > 0) {
		shell.escape = escape.ptr[0];
	}
	struct ctx_str word = take_record(&text);
	const struct ana_env *env;
	int rc = take_variables(d, text, &env, err);
	if (rc == 0) {
		rc = dump_result(d, use, &shell, word, env, err);
	}
	if (rc != CTX_E_SYNTAX) {
		return rc;
	}
	ctx_buf_adds(&d->out, "error shell 0 0 ");
	dump_quote(d, CTX_STR(err->msg));
	ctx_buf_addc(&d->out, '\n');
	return 0;
}
