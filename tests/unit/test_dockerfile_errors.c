#include "analyzer/dockerfile/dockerfile.h"
#include "ctxopt/base/buf.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

/* A file, and where its first error is. */
static const struct bad_case {
	const char *text, *message;
	uint32_t line, column, length;
} bad_cases[] = {
	/* Unknown instructions; the suggestion is written as the keyword is. */
	{ "FROM a\nFRMO b", "unknown instruction: FRMO (did you mean FROM?)", 2, 1, 4 },
	{ "FROM a\n  rnu b", "unknown instruction: rnu (did you mean run?)", 2, 3, 3 },
	{ "FROM a\nRuN\xC3\xA9 b", "unknown instruction: RuN\xC3\xA9 (did you mean run?)", 2, 1, 5 },
	{ "FROM a\nR\xC3\x9CN b", "unknown instruction: R\xC3\x9CN (did you mean RUN?)", 2, 1, 4 },
	{ "FROM a\nR\xC3\xBCN b", "unknown instruction: R\xC3\xBCN (did you mean run?)", 2, 1, 4 },
	{ "FROM a\nEXPOSED 80", "unknown instruction: EXPOSED (did you mean EXPOSE?)", 2, 1, 7 },
	{ "FROM a\nNONSENSE", "unknown instruction: NONSENSE", 2, 1, 8 },
	{ "FROM a\nRUN\xC2\xA0X", "unknown instruction: RUN\xC2\xA0X (did you mean RUN?)", 2, 1, 6 },
	{ "FROM a\n\\\n", "unknown instruction: ", 2, 1, 1 },
	/* FROM. */
	{ "FROM", "FROM requires either one or three arguments", 1, 1, 4 },
	{ "FROM a b", "FROM requires either one or three arguments", 1, 8, 1 },
	{ "FROM a of b", "FROM requires either one or three arguments", 1, 8, 2 },
	{ "FROM a AS b more", "FROM requires either one or three arguments", 1, 13, 4 },
	{ "FROM a AS 1b", "invalid name for build stage: \"1b\", name can't start with a number or contain symbols", 1,
		11, 2 },
	{ "FROM a \\\n AS b$",
		"invalid name for build stage: \"b$\", name can't start with a number or contain symbols", 2, 5, 2 },
	{ "FROM --plaform=x a", "unknown flag: --plaform (did you mean platform?)", 1, 6, 9 },
	/* The name is looked at before the flags. */
	{ "FROM --x a AS _", "invalid name for build stage: \"_\", name can't start with a number or contain symbols",
		1, 15, 1 },
	/* Before the first stage. */
	{ "ARG A\nRUN x\nFROM a", "no build stage in current context", 2, 1, 3 },
	{ "RUN --x y\nFROM a", "unknown flag: --x", 1, 5, 3 },
	{ "ARG A", "dockerfile contains no stages to build", 0, 0, 1 },
	/* Flags. */
	{ "FROM a\nCOPY --form=b c d", "unknown flag: --form (did you mean from?)", 2, 6, 6 },
	{ "FROM a\nADD --from=b c d", "unknown flag: --from", 2, 5, 6 },
	{ "FROM a\nADD --parents c d", "unknown flag: --parents", 2, 5, 9 },
	{ "FROM a\nCOPY --Link a b", "unknown flag: --Link (did you mean link?)", 2, 6, 6 },
	{ "FROM a\nCOPY --unpack a b", "unknown flag: --unpack", 2, 6, 8 },
	{ "FROM a\nCOPY --= a b", "unknown flag: --", 2, 6, 2 },
	{ "FROM a\nCMD --version", "unknown flag: --version", 2, 5, 9 },
	{ "FROM a\nENV --x=1 A=b", "unknown flag: --x", 2, 5, 3 },
	{ "FROM a\nCOPY --from a b", "missing a value on flag: --from", 2, 6, 6 },
	{ "FROM a\nCOPY --exclude a b", "missing a value on flag: --exclude", 2, 6, 9 },
	{ "FROM a\nCOPY --link= a b", "missing a value on flag: --link", 2, 6, 7 },
	{ "FROM a\nCOPY --link=1 a b", "expecting boolean value for flag --link, not: 1", 2, 13, 1 },
	{ "FROM a\nCOPY --from=a --from=a a b", "duplicate flag specified: --from", 2, 15, 8 },
	{ "FROM a\nCOPY --link --link=false a b", "duplicate flag specified: --link", 2, 13, 12 },
	{ "FROM a\nRUN --mount=from=a \\\n  --network=x y", "invalid network mode \"x\"", 3, 13, 1 },
	{ "FROM a\nRUN --network= x", "invalid network mode \"\"", 2, 15, 1 },
	{ "FROM a\nRUN --security=Sandbox x", "security \"Sandbox\" is not valid", 2, 16, 7 },
	/* Unquoted, so the word is not in the line any more. */
	{ "FROM a\nRUN --network='a b' x", "invalid network mode \"a b\"", 2, 21, 1 },
	/* Mounts and devices: devices first, whatever stands first. */
	{ "FROM a\nRUN --mount= x", "failed to parse csv mounts: EOF", 2, 13, 1 },
	{ "FROM a\nRUN --mount=from=$A x", "'from' doesn't support variable expansion, define alias stage instead", 2,
		13, 7 },
	{ "FROM a\nRUN --mount= --device=a,b x", "invalid field 'b' must be a key=value pair", 2, 23, 3 },
	/* Sources and destination. */
	{ "FROM a\nCOPY a",
		"COPY requires at least two arguments, but only one was provided. Destination could not be determined",
		2, 6, 1 },
	{ "FROM a\nADD",
		"ADD requires at least two arguments, but only one was provided. Destination could not be determined",
		2, 1, 3 },
	{ "FROM a\nCOPY [\"a\"]",
		"COPY requires at least two arguments, but only one was provided. Destination could not be determined",
		2, 8, 1 },
	/* Decoded, so the member is not in the line any more. */
	{ "FROM a\nCOPY [\"\\u0061\"]",
		"COPY requires at least two arguments, but only one was provided. Destination could not be determined",
		2, 6, 10 },
	{ "FROM a\nCOPY a <<EOF\nEOF", "COPY cannot accept a heredoc as a destination", 2, 8, 5 },
	/* Number of arguments before flags. */
	{ "FROM a\nCOPY --x a",
		"COPY requires at least two arguments, but only one was provided. Destination could not be determined",
		2, 10, 1 },
	{ "FROM a\nUSER --x", "USER requires exactly one argument", 2, 1, 4 },
	{ "FROM a\nSHELL --x", "unknown flag: --x", 2, 7, 3 },
	{ "FROM a\nWORKDIR", "WORKDIR requires exactly one argument", 2, 1, 7 },
	{ "FROM a\nSTOPSIGNAL --x", "STOPSIGNAL requires exactly one argument", 2, 1, 10 },
	{ "FROM a\nMAINTAINER", "MAINTAINER requires exactly one argument", 2, 1, 10 },
	{ "FROM a\nEXPOSE", "EXPOSE requires at least one argument", 2, 1, 6 },
	{ "FROM a\nVOLUME []", "VOLUME requires at least one argument", 2, 1, 6 },
	{ "FROM a\nVOLUME [\"/a\", \" \"]", "VOLUME specified can not be an empty string", 2, 16, 1 },
	{ "FROM a\nENV", "ENV requires at least one argument", 2, 1, 3 },
	{ "FROM a\nENV =b", "ENV names can not be blank", 2, 5, 1 },
	{ "FROM a\nLABEL a=b =c", "LABEL names can not be blank", 2, 11, 1 },
	{ "FROM a\nARG", "ARG requires at least one argument", 2, 1, 3 },
	{ "FROM a\nARG A =b", "ARG names can not be blank", 2, 7, 2 },
	{ "FROM a\nSHELL []", "SHELL requires at least one argument", 2, 1, 5 },
	{ "FROM a\nSHELL bash -c", "SHELL requires the arguments to be in JSON form", 2, 7, 7 },
	/* HEALTHCHECK. */
	{ "FROM a\nHEALTHCHECK", "HEALTHCHECK requires at least one argument", 2, 1, 11 },
	{ "FROM a\nHEALTHCHECK NONE a", "HEALTHCHECK NONE takes no arguments", 2, 18, 1 },
	{ "FROM a\nHEALTHCHECK CMD", "Missing command after HEALTHCHECK CMD", 2, 13, 3 },
	{ "FROM a\nHEALTHCHECK CMD []", "Missing command after HEALTHCHECK CMD", 2, 13, 3 },
	{ "FROM a\nHEALTHCHECK curl\xC3\xA9 x", "Unknown type \"CURL\xC3\x89\" in HEALTHCHECK (try CMD)", 2, 13, 6 },
	{ "FROM a\nHEALTHCHECK --x CURL", "unknown flag: --x", 2, 13, 3 },
	{ "FROM a\nHEALTHCHECK --interval=5 CMD a", "time: missing unit in duration \"5\"", 2, 24, 1 },
	{ "FROM a\nHEALTHCHECK --timeout=999us CMD a", "Interval \"timeout\" cannot be less than 1ms", 2, 23, 5 },
	{ "FROM a\nHEALTHCHECK --start-period=-1s CMD a", "Interval \"start-period\" cannot be less than 1ms", 2, 28,
		3 },
	{ "FROM a\nHEALTHCHECK --retries=-1 CMD a", "--retries cannot be negative (-1)", 2, 23, 2 },
	{ "FROM a\nHEALTHCHECK --retries=x CMD a", "strconv.ParseInt: parsing \"x\": invalid syntax", 2, 23, 1 },
	{ "FROM a\nHEALTHCHECK --retries=x --interval=y CMD a", "time: invalid duration \"y\"", 2, 36, 1 },
	/* ONBUILD. */
	{ "FROM a\nONBUILD", "ONBUILD requires at least one argument", 2, 1, 7 },
	{ "FROM a\nONBUILD --x RUN y", "unknown flag: --x", 2, 9, 3 },
	{ "FROM a\nONBUILD onbuild RUN y", "Chaining ONBUILD via `ONBUILD ONBUILD` isn't allowed", 2, 9, 7 },
	{ "FROM a\nONBUILD from y", "FROM isn't allowed as an ONBUILD trigger", 2, 9, 4 },
	{ "FROM a\nONBUILD MA\xC4\xB1NTA\xC4\xB1NER y", "MAINTAINER isn't allowed as an ONBUILD trigger", 2, 9, 12 },
};

static void errors_have_the_words_of_buildkit(void **state) {
	(void)state;
	for (size_t i = 0; i < CTX_COUNTOF(bad_cases); ++i) {
		const struct bad_case *c = &bad_cases[i];
		ana_auto_dockerfile struct ana_dockerfile df = { 0 };
		assert_int_equal(ana_dockerfile_parse(&df, CTX_STR(c->text), NULL), 0);
		if (df.diags.items.count == 0) {
			fail_msg("'%s' is accepted", c->text);
		}
		const struct ana_diag *diag = &df.diags.items.items[0];
		assert_string_equal(diag->message, c->message);
		assert_int_equal(diag->phase, c->line > 0 ? ANA_PHASE_INSTRUCTION : ANA_PHASE_GRAPH);
		if (diag->line != c->line || diag->column != c->column || diag->length != c->length) {
			fail_msg("'%s' is wrong at %u:%u+%u", c->text, diag->line, diag->column, diag->length);
		}
	}
}

/* The messages of a file, each with its line. */
static void all_errors(const char *text, const char *want) {
	ctx_auto_buf struct ctx_buf have = CTX_BUF_INIT;
	ana_auto_dockerfile struct ana_dockerfile df = { 0 };
	assert_int_equal(ana_dockerfile_parse(&df, CTX_STR(text), NULL), 0);
	for (size_t i = 0; i < df.diags.items.count; ++i) {
		const struct ana_diag *diag = &df.diags.items.items[i];
		ctx_buf_addf(&have, "%u: %s\n", diag->line, diag->message);
	}
	assert_string_equal(ctx_buf_str(&have), want);
}

static void all_errors_are_found(void **state) {
	(void)state;
	all_errors("ARG =x\nCPY a b\nUSER\nFROM a\nRUN ok\nCOPY x\nUSER u\nEXPOSE\nFROM\nUSER v\nVOLUME\n",
		"1: ARG names can not be blank\n"
		"2: unknown instruction: CPY (did you mean COPY?)\n"
		"3: USER requires exactly one argument\n"
		"6: COPY requires at least two arguments, but only one was provided. Destination could not be determined\n"
		"8: EXPOSE requires at least one argument\n"
		"9: FROM requires either one or three arguments\n"
		"11: VOLUME requires at least one argument\n");
	/* Those of the first pass come first, wherever they are. */
	all_errors("FROM a b\nUSER u\nRUN [1]\nCMD --x\nENV a\n",
		"3: when using JSON array syntax, arrays must be comprised of strings only\n"
		"5: ENV must have two arguments\n"
		"1: FROM requires either one or three arguments\n"
		"4: unknown flag: --x\n");
	/* Without an instruction there is no stage either, but that is not worth two messages. */
	all_errors("ARG A\nFRMO a\n", "2: unknown instruction: FRMO (did you mean FROM?)\n");
}

/* More errors than are kept. */
static void too_many_errors_are_counted(void **state) {
	(void)state;
	ctx_auto_buf struct ctx_buf text = CTX_BUF_INIT;
	ana_auto_dockerfile struct ana_dockerfile df = { 0 };
	for (size_t i = 0; i < ANA_DIAGS_MAX + 5; ++i) {
		ctx_buf_adds(&text, "USER\n");
	}
	assert_int_equal(ana_dockerfile_parse(&df, (struct ctx_str){ text.data, text.len }, NULL), 0);
	assert_int_equal(df.diags.items.count, ANA_DIAGS_MAX);
	assert_int_equal(df.diags.omitted, 5);
}

/* Words that do not fit into a message, and bytes that may not be in one. */
static void messages_are_one_short_line(void **state) {
	(void)state;
	ctx_auto_buf struct ctx_buf text = CTX_BUF_INIT;
	ana_auto_dockerfile struct ana_dockerfile df = { 0 };
	ctx_buf_adds(&text, "FROM a\n");
	ctx_buf_add(&text, "A\0B\x1B\xFF\n", 6);
	for (size_t i = 0; i < 60000; ++i) {
		ctx_buf_adds(&text, "x");
	}
	assert_int_equal(ana_dockerfile_parse(&df, (struct ctx_str){ text.data, text.len }, NULL), 0);
	assert_int_equal(df.diags.items.count, 2);
	assert_string_equal(df.diags.items.items[0].message, "unknown instruction: A?B?\xFF");
	assert_true(strlen(df.diags.items.items[1].message) < 1000);
	assert_int_equal(df.diags.items.items[1].length, 60000);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(errors_have_the_words_of_buildkit),
		cmocka_unit_test(all_errors_are_found),
		cmocka_unit_test(too_many_errors_are_counted),
		cmocka_unit_test(messages_are_one_short_line),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
