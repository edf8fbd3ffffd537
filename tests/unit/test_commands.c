#include "analyzer/advice/commands.h"

#include "ctxopt/base/buf.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

/** A text, and its commands: words in brackets, '$' behind open ones; assignments; redirections; ';' or '|' at the end. */
static const struct command_case {
	const char *text, *want;
} cases[] = {
	{ "", "" },
	{ "a b  c", "[a][b][c];" },
	{ "a && b || c; d & e", "[a];[b];[c];[d];[e];" },
	{ "a | b", "[a]|[b];" },
	{ "a 'b c' \"d e\" f\\ g", "[a][b c][d e][f g];" },
	{ "a 'b && c'", "[a][b && c];" },
	{ "a $X \"$Y\" '$Z' $(b; c) `d`", "[a][$X]$[$Y]$[$Z][$(b; c)]$[`d`]$;" },
	{ "A=1 B='x y' cmd", "A=1 B='x y' [cmd];" },
	{ "A=1", "A=1 ;" },
	{ "cmd > out 2>> err < in", "[cmd]1>out 2>err 0>in ;" },
	{ "cmd >out 2>&1", "[cmd]1>out ;" },
	{ "cmd &> both", "[cmd]3>both ;" },
	{ "sudo -E a; exec b; ! c", "[-E][a];[b];[c];" },
	{ "a # b\nc", "[a];[c];" },
	{ "a \\\n b", "[a][b];" },
	{ "(a; b)", "[a];[b];" },
	{ "if [ -f x ]; then a; fi", "[[][-f][x][]];[a];[fi];" },
	{ "a --x=\"y z\"", "[a][--x=y z];" },
	{ "a 5$", "[a][5$];" },
	{ "a 'unclosed b", "[a][unclosed b];" },
	{ "a $(unclosed b", "[a][$(unclosed b]$;" },
};

/** ana_command_fn. */
static int note(void *arg, const struct ana_command *c) {
	struct ctx_buf *out = arg;
	for (size_t i = 0; i < c->assign_count; ++i) {
		ctx_buf_addf(out, "%.*s ", CTX_STR_ARGS(c->assigns[i].raw));
	}
	for (size_t i = 0; i < c->count; ++i) {
		ctx_buf_addf(out, "[%.*s]%s", CTX_STR_ARGS(c->words[i].text), c->words[i].open ? "$" : "");
	}
	for (size_t i = 0; i < c->redirect_count; ++i) {
		ctx_buf_addf(out, "%d>%.*s ", c->redirects[i].from, CTX_STR_ARGS(c->redirects[i].to.text));
	}
	ctx_buf_adds(out, c->piped ? "|" : ";");
	return 0;
}

static void texts_are_commands(void **state) {
	(void)state;
	for (size_t i = 0; i < CTX_COUNTOF(cases); ++i) {
		ctx_auto_arena struct ctx_arena arena = CTX_ARENA_INIT;
		ctx_auto_buf struct ctx_buf out = CTX_BUF_INIT;
		assert_int_equal(ana_commands_of_text(CTX_STR(cases[i].text), NULL, &arena, note, &out), 0);
		if (strcmp(ctx_buf_str(&out), cases[i].want) != 0) {
			fail_msg("%s\n  is  %s\n  not %s", cases[i].text, ctx_buf_str(&out), cases[i].want);
		}
	}
}

/** ana_command_fn: does the command begin with what `arg` says? */
static int begins(void *arg, const struct ana_command *c) {
	return ana_command_begins(c, arg) ? 7 : 0;
}

static void beginnings_skip_options(void **state) {
	(void)state;
	static const struct {
		const char *text, *words;
		int want;
	} rows[] = {
		{ "apt-get -y install x", "apt-get install", 7 },
		{ "/usr/bin/apt-get install x", "apt-get install", 7 },
		{ "apt-get update", "apt-get install", 0 },
		{ "apt install x", "apt-get install|apt install", 7 },
		{ "pip install -r x", "pip install -r", 7 },
		{ "pip install", "pip install -r", 0 },
		{ "pi", "pip|p", 0 },
	};
	for (size_t i = 0; i < CTX_COUNTOF(rows); ++i) {
		ctx_auto_arena struct ctx_arena arena = CTX_ARENA_INIT;
		char words[64];
		memcpy(words, rows[i].words, strlen(rows[i].words) + 1);
		assert_int_equal(ana_commands_of_text(CTX_STR(rows[i].text), NULL, &arena, begins, words),
			rows[i].want);
	}
}

int main(void) {
	const struct CMUnitTest tests[] = { cmocka_unit_test(texts_are_commands),
		cmocka_unit_test(beginnings_skip_options) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
