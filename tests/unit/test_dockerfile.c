#include "tests/unit/dockerfile_text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <time.h>

#include <cmocka.h>

/* One instruction behind "FROM a", and its values. */
static const struct good_case {
	const char *text, *values;
} good_cases[] = {
	/* Keywords in any case, also in that of strings.ToLower. */
	{ "run x", "RUN sh [x]" },
	{ "WOR\xE2\x84\xAA"
	  "DIR /a",
		"WORKDIR [/a]" },
	/* RUN. */
	{ "RUN", "RUN sh" },
	{ "RUN a \\\n  b", "RUN sh [a   b]" },
	{ "RUN [\"a\", \"b c\"]", "RUN [a] [b c]" },
	{ "RUN []", "RUN" },
	{ "RUN --mount=type=cache,target=/a --mount=from=b,target=/b --network=none --security=insecure x",
		"RUN mount[type=cache,target=/a] mount[from=b,target=/b] network=[none] security=[insecure] sh [x]" },
	{ "RUN --device=vendor/a=b,required --device=c x", "RUN device[vendor/a=b,required] device[c] sh [x]" },
	{ "RUN --network=default --security=sandbox x", "RUN sh [x]" },
	{ "RUN --mount=type=nonsense x", "RUN mount[type=nonsense] sh [x]" },
	{ "RUN --mount=from=a$ x", "RUN mount[from=a$] sh [x]" },
	{ "RUN -- --mount x", "RUN sh [--mount x]" },
	{ "RUN <<EOF\na\n\tb\nEOF", "RUN sh script [a\n\tb\n]" },
	{ "RUN <<-EOF\n\t\ta\n\tb\tc\n\tEOF", "RUN sh script [a\nb\tc\n]" },
	{ "RUN 3<<\"E F\"\nE F", "RUN sh script []" },
	{ "RUN cat <<A && cat <<-'B'\na\nA\n\tb\n\tB", "RUN sh [cat <<A && cat <<-'B'\na\nA\n\tb\nB]" },
	{ "RUN <<A <<B\na\nA\nb\nB", "RUN sh [<<A <<B\na\nA\nb\nB]" },
	{ "CMD <<EOF", "CMD sh [<<EOF]" },
	/* CMD, ENTRYPOINT, SHELL. */
	{ "CMD", "CMD sh" },
	{ "CMD []", "CMD" },
	{ "CMD a b", "CMD sh [a b]" },
	{ "CMD -- --version", "CMD sh [--version]" },
	{ "ENTRYPOINT [\"a\"]", "ENTRYPOINT [a]" },
	{ "ENTRYPOINT ['a']", "ENTRYPOINT sh [['a']]" },
	{ "SHELL [\"bash\", \"-c\"]", "SHELL [bash] [-c]" },
	/* COPY and ADD. */
	{ "COPY a b /c", "COPY [a] [b] > [/c]" },
	{ "COPY [\"a b\", \"c\"]", "COPY [a b] > [c]" },
	{ "COPY --from=b --chown=1:2 --chmod=u+x --link --parents --exclude=x --exclude=y a b",
		"COPY from=[b] chown=[1:2] chmod=[u+x] link parents -[x] -[y] [a] > [b]" },
	{ "COPY --from= --chown= --link=false --parents=TRUE --exclude= a b", "COPY parents -[] [a] > [b]" },
	{ "ADD --keep-git-dir --unpack=False --checksum=sha256:0 a b",
		"ADD checksum=[sha256:0] git=yes unpack=no [a] > [b]" },
	{ "ADD --keep-git-dir=false a b", "ADD git=no [a] > [b]" },
	{ "ADD a b", "ADD [a] > [b]" },
	{ "COPY <<A <<\"B\" x /d\n$a\nA\n$b\nB", "COPY [x] $[A:$a\n] '[B:$b\n] > [/d]" },
	{ "COPY <<-A /d\n\ta\n\t\tb\n\tA", "COPY $[A:a\nb\n] > [/d]" },
	/* Found by name, so both get the last one. */
	{ "COPY <<A <<A /d\n1\nA\n2\nA", "COPY $[A:2\n] $[A:2\n] > [/d]" },
	/* An odd quote: no bodies, but still the name of an inline file.  The same in JSON. */
	{ "COPY it's <<A /d", "COPY [it's] $[A:] > [/d]" },
	{ "COPY [\"<<A\", \"/d\"]", "COPY $[A:] > [/d]" },
	{ "COPY [\"<<A B\", \"3<<- C\", \"<<D<\", \"<<\", \"/d\"]", "COPY [<<A B] [<<D<] [<<] $[C:] > [/d]" },
	/* The first pass reads a heredoc of two words here, the second two paths. */
	{ "COPY << EOF /d\nx\nEOF", "COPY [<<] [EOF] > [/d]" },
	/* ENV, LABEL, ARG. */
	{ "ENV a=b c=\"d e\"", "ENV [a]=[b] [c]=[\"d e\"]" },
	{ "ENV a b=c d", "ENV [a] [b=c d]" },
	{ "LABEL a= b=''", "LABEL [a]=[] [b]=['']" },
	{ "ARG a", "ARG [a]" },
	{ "ARG a= b=c=d e", "ARG [a]=[] [b]=[c=d] [e]" },
	{ "ARG --q=1 X", "ARG [X]" },
	{ "ARG \"a b\"=c", "ARG [\"a b\"]=[c]" },
	/* One raw string. */
	{ "WORKDIR /a b ", "WORKDIR [/a b]" },
	{ "WORKDIR -- --x", "WORKDIR [--x]" },
	{ "USER a b", "USER [a b]" },
	{ "STOPSIGNAL SIGTERM", "STOPSIGNAL [SIGTERM]" },
	{ "STOPSIGNAL --x 9", "STOPSIGNAL [9]" },
	{ "MAINTAINER A <a@b>", "MAINTAINER [A <a@b>]" },
	/* Lists. */
	{ "EXPOSE 9 80/tcp 80 8 $P", "EXPOSE [$P] [8] [80] [80/tcp] [9]" },
	{ "VOLUME /a /b", "VOLUME [/a] [/b]" },
	{ "VOLUME [\" /a \", \"\\u00a0/b\"]", "VOLUME [/a] [/b]" },
	/* HEALTHCHECK. */
	{ "HEALTHCHECK NONE", "HEALTHCHECK none" },
	{ "HEALTHCHECK --foo none", "HEALTHCHECK none" },
	{ "HEALTHCHECK cmd a b", "HEALTHCHECK 0 0 0 0 0 sh [a b]" },
	{ "HEALTHCHECK CMD [\"a\", \"b\"]", "HEALTHCHECK 0 0 0 0 0 [a] [b]" },
	{ "HEALTHCHECK --interval=1m30s --timeout=1ms --start-period=0 --start-interval=.5s --retries=+3 CMD a",
		"HEALTHCHECK 90000000000 1000000 0 500000000 3 sh [a]" },
	{ "HEALTHCHECK --interval= --retries= CMD a", "HEALTHCHECK 0 0 0 0 0 sh [a]" },
	/* ONBUILD: anything goes. */
	{ "ONBUILD FOO", "ONBUILD [FOO]" },
	{ "ONBUILD COPY", "ONBUILD [COPY]" },
	{ "onbuild  RUN a \\\n b  ", "ONBUILD [RUN a  b  ]" },
	{ "ONBUILD -- RUN a", "ONBUILD [-- RUN a]" },
	{ "ONBUILD\vRUN a", "ONBUILD [\vRUN a]" },
	{ "ONBU\xC4\xB0LD RUN a", "ONBUILD [ONBU\xC4\xB0LD RUN a]" },
	{ "ONBUILD COPY <<A <<B /d\na\nA\nb\nB", "ONBUILD [COPY <<A <<B /d\na\nA\nb\nB]" },
};

static void instructions_have_the_values_of_buildkit(void **state) {
	(void)state;
	for (size_t i = 0; i < CTX_COUNTOF(good_cases); ++i) {
		const struct good_case *c = &good_cases[i];
		ctx_auto_buf struct ctx_buf text = CTX_BUF_INIT;
		ctx_auto_buf struct ctx_buf values = CTX_BUF_INIT;
		ana_auto_dockerfile struct ana_dockerfile df = { 0 };
		ctx_buf_addf(&text, "FROM a\n%s\n", c->text);
		assert_int_equal(ana_dockerfile_parse(&df, (struct ctx_str){ text.data, text.len }, NULL), 0);
		if (df.diags.items.count > 0) {
			fail_msg("'%s': %s", c->text, df.diags.items.items[0].message);
		}
		assert_int_equal(df.stages.count, 1);
		for (uint32_t j = 0; j < df.stages.items[0].instruction_count; ++j) {
			const struct ana_instruction *ins = &df.stages.items[0].instructions[j];
			ctx_buf_adds(&values, j ? "; " : "");
			text_instruction(&values, ins);
			assert_ptr_equal(ins->node, &df.syntax.nodes.items[1 + j]);
		}
		assert_string_equal(ctx_buf_str(&values), c->values);
	}
}

/* FROM, and "name/name_text/base/platform". */
static const struct good_case stage_cases[] = {
	{ "FROM a", "//a/" },
	{ "from a as b", "b/b/a/" },
	{ "FROM a As B-1_.x", "b-1_.x/B-1_.x/a/" },
	{ "FROM --platform=$P $I AS b", "b/b/$I/$P" },
	{ "FROM --platform= a", "//a/" },
	{ "FROM -- a", "//a/" },
	/* A long s is an s for strings.EqualFold; the Kelvin sign and a dotted I have ASCII lower cases. */
	{ "FROM a a\xC5\xBF b", "b/b/a/" },
	{ "FROM a AS \xE2\x84\xAA\xC4\xB0", "ki/\xE2\x84\xAA\xC4\xB0/a/" },
};

static void stages_have_the_values_of_buildkit(void **state) {
	(void)state;
	for (size_t i = 0; i < CTX_COUNTOF(stage_cases); ++i) {
		ctx_auto_buf struct ctx_buf values = CTX_BUF_INIT;
		ana_auto_dockerfile struct ana_dockerfile df = { 0 };
		assert_int_equal(ana_dockerfile_parse(&df, CTX_STR(stage_cases[i].text), NULL), 0);
		if (df.diags.items.count > 0) {
			fail_msg("'%s': %s", stage_cases[i].text, df.diags.items.items[0].message);
		}
		const struct ana_stage *stage = &df.stages.items[0];
		ctx_buf_addf(&values, "%.*s/%.*s/%.*s/%.*s", CTX_STR_ARGS(stage->name), CTX_STR_ARGS(stage->name_text),
			CTX_STR_ARGS(stage->base), CTX_STR_ARGS(stage->platform));
		assert_string_equal(ctx_buf_str(&values), stage_cases[i].values);
	}
}

static void instructions_belong_to_their_stage(void **state) {
	(void)state;
	ana_auto_dockerfile struct ana_dockerfile df = { 0 };
	const char *text = "ARG A=1\nARG B\nFROM a AS one\nARG A\nRUN x\nFROM b\nFROM one AS two\nUSER u\n";
	assert_int_equal(ana_dockerfile_parse(&df, CTX_STR(text), NULL), 0);
	assert_int_equal(df.diags.items.count, 0);
	assert_int_equal(df.globals.count, 2);
	assert_true(ctx_str_is(df.globals.items[0].args.items[0].value, "1"));
	assert_null(df.globals.items[1].args.items[0].value.ptr);
	assert_int_equal(df.stages.count, 3);
	assert_int_equal(df.stages.items[0].instruction_count, 2);
	assert_int_equal(df.stages.items[0].instructions[0].keyword, ANA_KW_ARG);
	assert_int_equal(df.stages.items[0].from->first_line, 3);
	assert_int_equal(df.stages.items[1].instruction_count, 0);
	assert_int_equal(df.stages.items[2].instructions[0].keyword, ANA_KW_USER);
	assert_int_equal(df.stages.items[2].instructions[0].node->first_line, 8);
}

/* Triggers: nodes of no file. */
static void triggers_are_typed_alone(void **state) {
	(void)state;
	static const struct {
		const char *line, *values;
	} rows[] = {
		{ "COPY . /app", "COPY [.] > [/app]" },
		{ "RUN <<EOF\nx\nEOF", "RUN sh script [x\n]" },
		{ "COPY a",
			"COPY requires at least two arguments, but only one was provided. Destination could not be determined" },
		{ "FROM a", "*instructions.Stage is not a command type" },
		{ "NONSENSE", "unknown instruction: NONSENSE" },
	};
	for (size_t i = 0; i < CTX_COUNTOF(rows); ++i) {
		ctx_auto_arena struct ctx_arena arena = CTX_ARENA_INIT;
		ctx_auto_buf struct ctx_buf values = CTX_BUF_INIT;
		struct ana_diags diags = { .arena = &arena };
		struct ana_instruction ins;
		struct ana_node node;
		assert_int_equal(ana_syntax_parse_line(&node, CTX_STR(rows[i].line), '\\', &arena, &diags, NULL), 0);
		assert_int_equal(ana_instruction_parse(&ins, &node, NULL, &arena, &diags, NULL), 0);
		if (diags.items.count > 0) {
			assert_string_equal(diags.items.items[0].message, rows[i].values);
			assert_int_equal(diags.items.items[0].line, 1);
			assert_int_equal(ins.keyword, ANA_KW_UNKNOWN);
		} else {
			text_instruction(&values, &ins);
			assert_string_equal(ctx_buf_str(&values), rows[i].values);
		}
		ana_diags_release(&diags);
	}
}

/* `count` times `line` behind `head`. */
static void repeat(struct ctx_buf *text, const char *head, const char *line, size_t count) {
	ctx_buf_adds(text, head);
	for (size_t i = 0; i < count; ++i) {
		ctx_buf_adds(text, line);
	}
	assert_true(ctx_buf_ok(text));
}

static void many_stages(void **state) {
	(void)state;
	ctx_auto_buf struct ctx_buf text = CTX_BUF_INIT;
	ana_auto_dockerfile struct ana_dockerfile df = { 0 };
	repeat(&text, "", "FROM a AS b\nRUN x\n", 100000);
	assert_int_equal(ana_dockerfile_parse(&df, (struct ctx_str){ text.data, text.len }, NULL), 0);
	assert_int_equal(df.diags.items.count, 0);
	assert_int_equal(df.stages.count, 100000);
	assert_int_equal(df.stages.items[99999].instruction_count, 1);
}

static void large_file(void **state) {
	(void)state;
	ctx_auto_buf struct ctx_buf text = CTX_BUF_INIT;
	ana_auto_dockerfile struct ana_dockerfile df = { 0 };
	repeat(&text, "FROM a\n", "COPY --from=b --chown=1 some/source other /dest\n", 220000);
	assert_true(text.len > 10000000);
	assert_int_equal(ana_dockerfile_parse(&df, (struct ctx_str){ text.data, text.len }, NULL), 0);
	assert_int_equal(df.diags.items.count, 0);
	assert_int_equal(df.stages.items[0].instruction_count, 220000);
}

/* One instruction with very many words: no quadratic time in any of them. */
static void many_words(void **state) {
	(void)state;
	static const struct {
		const char *head, *word;
	} rows[] = {
		{ "FROM a\nEXPOSE", " 80 \\\n" },
		{ "FROM a\nCOPY d", " <<A \\\n" },
		{ "FROM a\nENV", " a=b \\\n" },
		{ "FROM a\nRUN", " --mount=target=/a \\\n" },
		{ "FROM a\nRUN", " --device=a \\\n" },
		{ "FROM a\nONBUILD", " ONBUILD \\\n" },
	};
	for (size_t i = 0; i < CTX_COUNTOF(rows); ++i) {
		ctx_auto_buf struct ctx_buf text = CTX_BUF_INIT;
		ana_auto_dockerfile struct ana_dockerfile df = { 0 };
		repeat(&text, rows[i].head, rows[i].word, 50000);
		assert_int_equal(ana_dockerfile_parse(&df, (struct ctx_str){ text.data, text.len }, NULL), 0);
		assert_int_equal(df.stages.count, 1);
	}
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(instructions_have_the_values_of_buildkit),
		cmocka_unit_test(stages_have_the_values_of_buildkit),
		cmocka_unit_test(instructions_belong_to_their_stage),
		cmocka_unit_test(triggers_are_typed_alone),
		cmocka_unit_test(many_stages),
		cmocka_unit_test(large_file),
		cmocka_unit_test(many_words),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
