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

/** ana_command_fn: end at the second one. */
static int stop_at_second(void *arg, CTX_UNUSED const struct ana_command *c) {
	int *count = arg;
	return ++*count == 2 ? 7 : 0;
}

static void prepared_commands_are_the_same(void **state) {
	(void)state;
	static const char text[] =
		"FROM a AS x\nRUN A=1 /bin/a 'b c' >out 2>&1 && d | e\nCMD [\"/x/y\", \"z\"]\nFROM x\nRUN <<E\nf $g\nh\nE\n"
		"HEALTHCHECK CMD i || j\nENTRYPOINT [\"sh\", \"-c\", \"k; l\"]\nENV n=m\n";
	struct ctx_error err;
	ctx_auto_arena struct ctx_arena arena = CTX_ARENA_INIT;
	ctx_auto_buf struct ctx_buf before = CTX_BUF_INIT, after = CTX_BUF_INIT;
	ana_auto_dockerfile struct ana_dockerfile df = { 0 };
	assert_int_equal(ana_dockerfile_parse(&df, CTX_STR(text), &err), 0);
	for (int round = 0; round < 2; ++round) {
		for (size_t i = 0; i < df.stages.count; ++i) {
			for (uint32_t n = 0; n < df.stages.items[i].instruction_count; ++n) {
				const struct ana_instruction *ins = &df.stages.items[i].instructions[n];
				struct ctx_buf *out = round == 0 ? &before : &after;
				if (ins->keyword != ANA_KW_ENV && ins->keyword != ANA_KW_FROM) {
					assert_int_equal(ana_commands_of(ins, &arena, note, out), 0);
				}
				assert_true((ins->commands != NULL) ==
					(round == 1 && ins->keyword != ANA_KW_ENV && ins->keyword != ANA_KW_FROM));
			}
		}
		if (round == 0) {
			assert_int_equal(ana_commands_prepare(&df, &arena, &err), 0);
		}
	}
	assert_true(before.len > 40);
	assert_string_equal(ctx_buf_str(&before), ctx_buf_str(&after));
	int count = 0;
	const struct ana_instruction *run = &df.stages.items[0].instructions[0];
	assert_int_equal(ana_commands_of(run, &arena, stop_at_second, &count), 7);
	assert_int_equal(count, 2);
	assert_true(ctx_str_is(ana_command_name(&run->commands->items[0]), "a"));
}

static void words_of_lists(void **state) {
	(void)state;
	static const char list[] = " ab abc b a-b ";
	static const char *const in[] = { "ab", "abc", "b", "a-b" },
				 *const out[] = { "", "a", "bc", "c", "a-", "abcd", " ", "-b" };
	for (size_t i = 0; i < CTX_COUNTOF(in); ++i) {
		assert_true(ctx_str_is_listed(CTX_STR(in[i]), list));
	}
	for (size_t i = 0; i < CTX_COUNTOF(out); ++i) {
		assert_false(ctx_str_is_listed(CTX_STR(out[i]), list));
	}
	assert_false(ctx_str_is_listed(CTX_STR("ab"), ""));
	assert_false(ctx_str_is_listed((struct ctx_str){ "b\0", 2 }, list));
	assert_false(ctx_str_is_listed((struct ctx_str){ "\0", 1 }, list));
}

int main(void) {
	const struct CMUnitTest tests[] = { cmocka_unit_test(texts_are_commands),
		cmocka_unit_test(beginnings_skip_options), cmocka_unit_test(prepared_commands_are_the_same),
		cmocka_unit_test(words_of_lists) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
