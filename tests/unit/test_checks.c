#include "tests/unit/graph_case.h"

#include "ctxopt/base/alloc.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

/* One row: what `docker build --check` warns about, "LINES NAME: TEXT" each, and "stopped" if an error of the file ended it. */
struct check_case {
	const char *name, *text, *want;
	/* The ignore file; NULL: none. */
	const char *ignore;
	/* "NAME=VALUE", --target, or NULL. */
	const char *arg, *target;
};

// clang-format off
static const struct check_case text_cases[] = {
	{ .name = "nothing",
		.text = "FROM a AS b\nCMD [\"x\"]\n",
		.want = ""},
	{ .name = "StageNameCasing",
		.text = "FROM a AS Bc\nFROM a AS b\n",
		.want = "1-1 StageNameCasing: Stage name 'Bc' should be lowercase\n"},
	{ .name = "FromAsCasing",
		.text = "FROM a as b\nfrom a AS c\nFrom a as d\nFROM a As e\n",
		.want = "1-1 FromAsCasing: 'as' and 'FROM' keywords' casing do not match\n"
		"2-2 FromAsCasing: 'AS' and 'from' keywords' casing do not match\n"
		"4-4 FromAsCasing: 'As' and 'FROM' keywords' casing do not match\n"
		"2-2 ConsistentInstructionCasing: Command 'from' should match the case of the command majority (uppercase)\n"
		"3-3 ConsistentInstructionCasing: Command 'From' should match the case of the command majority (uppercase)\n"},
	{ .name = "NoEmptyContinuation",
		.text = "FROM a\nRUN x \\\n\n y \\\n # comment\n z\n",
		.want = "6-6 NoEmptyContinuation: Empty continuation line\n"},
	{ .name = "ConsistentInstructionCasing, most are small",
		.text = "from a\nrun x\nRUN y\nOnbuild run z\n",
		.want = "3-3 ConsistentInstructionCasing: Command 'RUN' should match the case of the command majority (lowercase)\n"
		"4-4 ConsistentInstructionCasing: Command 'Onbuild' should match the case of the command majority (lowercase)\n"},
	{ .name = "ConsistentInstructionCasing, as many",
		.text = "FROM a\nrun x\n",
		.want = "2-2 ConsistentInstructionCasing: Command 'run' should match the case of the command majority (uppercase)\n"},
	{ .name = "ConsistentInstructionCasing, global ARG",
		.text = "arg A\nFROM a\n",
		.want = ""},
	{ .name = "DuplicateStageName",
		.text = "FROM a AS b\nFROM a AS B\nFROM a AS b\n",
		.want = "2-2 StageNameCasing: Stage name 'B' should be lowercase\n"
		"2-2 DuplicateStageName: Duplicate stage name \"b\", stage names should be unique\n"
		"3-3 DuplicateStageName: Duplicate stage name \"b\", stage names should be unique\n"},
	{ .name = "ReservedStageName",
		.text = "FROM a AS scratch\nFROM a AS context\n",
		.want = "1-1 ReservedStageName: Stage name should not use the same name as reserved stage \"scratch\"\n"
		"2-2 ReservedStageName: Stage name should not use the same name as reserved stage \"context\"\n"},
	{ .name = "MaintainerDeprecated",
		.text = "FROM a\nMAINTAINER x\n",
		.want = "2-2 MaintainerDeprecated: Maintainer instruction is deprecated in favor of using label\n"},
	{ .name = "errors of the first pass come before everything",
		.text = "FROM a AS B\nRUN <<E\n",
		.want = "stopped\n"},
	{ .name = "errors of the second pass end it",
		.text = "FROM a as b\nMAINTAINER x\nFROM a AS C D\nMAINTAINER y\n",
		.want = "1-1 FromAsCasing: 'as' and 'FROM' keywords' casing do not match\n"
		"2-2 MaintainerDeprecated: Maintainer instruction is deprecated in favor of using label\nstopped\n"},
	{ .name = "the line with the error counts",
		.text = "FROM a\nMAINTAINER\n",
		.want = "2-2 MaintainerDeprecated: Maintainer instruction is deprecated in favor of using label\nstopped\n"},
};

static const struct check_case graph_cases[] = {
	{ .name = "JSONArgsRecommended",
		.text = "FROM a\nCMD x\nFROM a\nentrypoint y\nFROM a\nSHELL [\"s\"]\nCMD z\n",
		.want = "4-4 ConsistentInstructionCasing: Command 'entrypoint' should match the case of the command majority (uppercase)\n"
		"2-2 JSONArgsRecommended: JSON arguments recommended for CMD to prevent unintended behavior related to OS signals\n"
		"4-4 JSONArgsRecommended: JSON arguments recommended for entrypoint to prevent unintended behavior related to OS signals\n"},
	{ .name = "JSONArgsRecommended, the image has a shell",
		.text = "FROM known\nCMD x\n",
		.want = ""},
	{ .name = "UndefinedArgInFrom",
		.text = "ARG FIRST\nARG VERSION\nFROM a:${VERSIO-b}\nFROM a:${VERSION:-b}\nFROM a${X}\n",
		.want = "3-3 UndefinedArgInFrom: FROM argument 'VERSIO' is not declared (did you mean VERSION?)\n"
		"5-5 UndefinedArgInFrom: FROM argument 'X' is not declared\n",
		.arg = "VERSIO=1" },
	{ .name = "UndefinedArgInFrom, nearest",
		.text = "ARG VERSION=1\nFROM a:${VERSIO-b}\nFROM --platform=${TARGETPLATFORN-linux} a AS linux\n",
		.want = "2-2 UndefinedArgInFrom: FROM argument 'VERSIO' is not declared (did you mean VERSION?)\n"
		"3-3 UndefinedArgInFrom: FROM argument 'TARGETPLATFORN' is not declared (did you mean TARGETPLATFORM?)\n"},
	{ .name = "WorkdirRelativePath",
		.text = "FROM a AS x\nWORKDIR b\nWORKDIR c\nFROM x\nWORKDIR d\nFROM a\nWORKDIR /e\nWORKDIR f\n",
		.want = "2-2 WorkdirRelativePath: Relative workdir \"b\" can have unexpected results if the base image changes\n"},
	{ .name = "WorkdirRelativePath, Windows",
		.text = "FROM --platform=windows/amd64 a AS windows\nWORKDIR C:\\\\b\nFROM --platform=windows/amd64 a AS amd64\nWORKDIR b\n",
		.want = "4-4 WorkdirRelativePath: Relative workdir \"b\" can have unexpected results if the base image changes\n"},
	{ .name = "UndefinedVar",
		.text = "FROM a\nARG DIR=/d X=$Y\nENV DI=1\nCOPY $DIT ${NOTHING} $Z/\nRUN $A\nLABEL l=${Q:-q}\n",
		.want = "2-2 UndefinedVar: Usage of undefined variable '$Y'\n"
		"4-4 UndefinedVar: Usage of undefined variable '$DIT' (did you mean $DIR?)\n"
		"4-4 UndefinedVar: Usage of undefined variable '$NOTHING'\n"
		"4-4 UndefinedVar: Usage of undefined variable '$Z' (did you mean $X?)\n"
		"6-6 UndefinedVar: Usage of undefined variable '$Q' (did you mean $X?)\n"},
	{ .name = "UndefinedVar, declared",
		.text = "ARG G\nFROM a AS b\nARG G H\nENV X=$G$H$BUILDKIT_SBOM_SCAN_STAGE\nFROM b\nENV Y=$H\n",
		.want = ""},
	{ .name = "UndefinedVar, of the image",
		.text = "FROM known\nENV X=$BASE Y=$BASF\n",
		.want = "2-2 UndefinedVar: Usage of undefined variable '$BASF' (did you mean $BASE?)\n"},
	{ .name = "UndefinedVar, given",
		.text = "FROM a\nARG X=$Y\n",
		.want = "", .arg = "X=1" },
	{ .name = "UndefinedVar, before an error",
		.text = "FROM a\nLABEL a=$Quux b=${Y\nLABEL c=$Z\n",
		.want = "2-2 UndefinedVar: Usage of undefined variable '$Quux'\nstopped\n"},
	{ .name = "UndefinedVar, heredoc and mount",
		.text = "FROM a\nCOPY <<E /x\n$Quux\nE\nRUN --mount=target=/m$Corge x\n",
		.want = "2-4 UndefinedVar: Usage of undefined variable '$Quux'\n5-5 UndefinedVar: Usage of undefined variable '$Corge'\n"},
	{ .name = "MultipleInstructionsDisallowed",
		.text = "FROM a\nCMD [\"a\"]\nCmd [\"b\"]\nHEALTHCHECK NONE\nHEALTHCHECK NONE\nFROM a\nCMD [\"c\"]\n",
		.want = "3-3 ConsistentInstructionCasing: Command 'Cmd' should match the case of the command majority (uppercase)\n"
		"2-2 MultipleInstructionsDisallowed: Multiple Cmd instructions should not be used in the same stage because only the last one will be used\n"
		"4-4 MultipleInstructionsDisallowed: Multiple HEALTHCHECK instructions should not be used in the same stage because only the last one will be used\n"},
	{ .name = "LegacyKeyValueFormat",
		.text = "FROM a\nENV a b\nLABEL c d\n",
		.want = "2-2 LegacyKeyValueFormat: \"ENV key=value\" should be used instead of legacy \"ENV key value\" format\n"
		"3-3 LegacyKeyValueFormat: \"LABEL key=value\" should be used instead of legacy \"LABEL key value\" format\n"},
	{ .name = "RedundantTargetPlatform",
		.text = "FROM --platform=${TARGETPLATFORM} a\nFROM --platform=$BUILDPLATFORM a\n",
		.want = "1-1 RedundantTargetPlatform: Setting platform to predefined ${TARGETPLATFORM} in FROM is redundant as this is the default behavior\n"},
	{ .name = "SecretsUsedInArgOrEnv",
		.text = "ARG TOKEN\nFROM a\nARG TOKEN my_Key=x KEYS\nENV PASSWD_FILE=x DB_PASSWORD=y PUBLIC_KEY=z \xE2\x84\xAA" "ey=q\n",
		.want = "3-3 SecretsUsedInArgOrEnv: Do not use ARG or ENV instructions for sensitive data (ARG \"TOKEN\")\n"
		"3-3 SecretsUsedInArgOrEnv: Do not use ARG or ENV instructions for sensitive data (ARG \"my_Key\")\n"
		"4-4 SecretsUsedInArgOrEnv: Do not use ARG or ENV instructions for sensitive data (ENV \"DB_PASSWORD\")\n"
		"4-4 SecretsUsedInArgOrEnv: Do not use ARG or ENV instructions for sensitive data (ENV \"\xE2\x84\xAA" "ey\")\n"},
	{ .name = "InvalidDefaultArgInFrom",
		.text = "ARG TAG\nARG B=b\nFROM a:${TAG}\nFROM ${B}\nFROM $B:$TAG\n",
		.want = "3-3 InvalidDefaultArgInFrom: Default value for ARG a:${TAG} results in empty or invalid base image name\n"
		"5-5 InvalidDefaultArgInFrom: Default value for ARG $B:$TAG results in empty or invalid base image name\n", .arg = "TAG=1" },
	{ .name = "FromPlatformFlagConstDisallowed",
		.text = "FROM --platform=linux/arm64 a\nFROM --platform=linux/arm64 a AS my-arm64\n",
		.want = "1-1 FromPlatformFlagConstDisallowed: FROM --platform flag should not use constant value \"linux/arm64\"\n"},
	{ .name = "ExposeProtoCasing",
		.text = "FROM a\nEXPOSE 80/TCP 81/udp\n",
		.want = "2-2 ExposeProtoCasing: Defined protocol '80/TCP' in EXPOSE instruction should be lowercase\n"},
	{ .name = "ExposeInvalidFormat",
		.text = "FROM a\nENV P=1:2/Udp\nEXPOSE $P 127.0.0.1:80:80\n",
		.want = "3-3 ExposeProtoCasing: Defined protocol '1:2/Udp' in EXPOSE instruction should be lowercase\n"
		"3-3 ExposeInvalidFormat: EXPOSE instruction should not define an IP address or host-port mapping, found '1:2/Udp'\n"
		"3-3 ExposeInvalidFormat: EXPOSE instruction should not define an IP address or host-port mapping, found '127.0.0.1:80:80'\n"},
	{ .name = "ExposeInvalidFormat, then an error",
		.text = "FROM a\nEXPOSE 1:2 3.4:5:6 7:8\nEXPOSE 9:9\n",
		.want = "2-2 ExposeInvalidFormat: EXPOSE instruction should not define an IP address or host-port mapping, found '1:2'\n"
		"2-2 ExposeInvalidFormat: EXPOSE instruction should not define an IP address or host-port mapping, found '3.4:5:6'\nstopped\n"},
	{ .name = "all stages are looked at",
		.text = "FROM a AS x\nENV a b\nFROM a\n",
		.want = "2-2 LegacyKeyValueFormat: \"ENV key=value\" should be used instead of legacy \"ENV key value\" format\n"},
	{ .name = "but with a target",
		.text = "FROM a AS x\nENV a b\nFROM a AS y\n",
		.want = "", .target = "y" },
	{ .name = "triggers warn at FROM",
		.text = "FROM a AS x\nONBUILD ENV a b\nFROM x\n",
		.want = "3-3 LegacyKeyValueFormat: \"ENV key=value\" should be used instead of legacy \"ENV key value\" format\n"},
	{ .name = "an error of the graph",
		.text = "FROM a\nENV a b\nSTOPSIGNAL x\nENV a b\n",
		.want = "2-2 LegacyKeyValueFormat: \"ENV key=value\" should be used instead of legacy \"ENV key value\" format\nstopped\n"},
};

static const struct check_case ignore_cases[] = {
	{ .name = "CopyIgnoredFile",
		.text = "FROM a\nCOPY x y.txt ./z/ /d/\nADD w/v /e\nCOPY --from=b x /f\nADD http://x/y.txt /g\n",
		.want = "2-2 CopyIgnoredFile: Attempting to Copy file \"y.txt\" that is excluded by .dockerignore\n"
		"2-2 CopyIgnoredFile: Attempting to Copy file \"z\" that is excluded by .dockerignore\n"
		"3-3 CopyIgnoredFile: Attempting to Add file \"w/v\" that is excluded by .dockerignore\n", .ignore = "*.txt\nz\nw\n" },
	{ .name = "BuildKit says nothing if anything is negated",
		.text = "FROM a\nCOPY y.txt /d/\n",
		.want = "", .ignore = "*.txt\n!q\n" },
	{ .name = "no ignore file",
		.text = "FROM a\nCOPY y.txt /d/\n",
		.want = ""},
	{ .name = "the root",
		.text = "FROM a\nCOPY . /d/\n",
		.want = "", .ignore = ".*\n" },
	{ .name = "the root, everything ignored",
		.text = "FROM a\nCOPY . /d/\n",
		.want = "2-2 CopyIgnoredFile: Attempting to Copy file \".\" that is excluded by .dockerignore\n", .ignore = "a\n*\n" },
	{ .name = "from the root",
		.text = "FROM a\nCOPY /x /y/z /d/\n",
		.want = "", .ignore = "x\n" },
	{ .name = "from the root, everything ignored",
		.text = "FROM a\nCOPY /x ../q /d/\n",
		.want = "2-2 CopyIgnoredFile: Attempting to Copy file \"/x\" that is excluded by .dockerignore\n"
		"2-2 CopyIgnoredFile: Attempting to Copy file \"../q\" that is excluded by .dockerignore\n", .ignore = "*\n" },
};

static const struct check_case option_cases[] = {
	{ .name = "skip",
		.text = "# check=skip=LegacyKeyValueFormat,Nonsense\nFROM a AS B\nENV a b\n",
		.want = "2-2 StageNameCasing: Stage name 'B' should be lowercase\n"},
	{ .name = "skip all",
		.text = "# check=skip=all;error=true\nFROM a AS B\n",
		.want = "error\n"},
	{ .name = "the last list of skip counts",
		.text = "# check=skip=StageNameCasing;skip=x\nFROM a AS B\n",
		.want = "2-2 StageNameCasing: Stage name 'B' should be lowercase\n"},
	{ .name = "but all stays",
		.text = "# check=skip=all;skip=x\nFROM a AS B\n",
		.want = ""},
	{ .name = "InvalidDefinitionDescription is off",
		.text = "# x\nFROM a AS b\n",
		.want = ""},
	{ .name = "InvalidDefinitionDescription",
		.text = "# check=experimental=all\n# x\nARG A\n# A is good\nARG A B\n# A=1 is not\nARG A=1 C\n\n# b\nFROM a AS B\n# x\nFROM a\n",
		.want = "3-3 InvalidDefinitionDescription: Comment for ARG should follow the format: `# A <description>`\n"
		"7-7 InvalidDefinitionDescription: Comment for ARG should follow the format: `# <arg_key> <description>`\n"
		"10-10 StageNameCasing: Stage name 'B' should be lowercase\n"},
	{ .name = "by name, and an experimental check cannot be skipped",
		.text = "# check=experimental=InvalidDefinitionDescription;skip=InvalidDefinitionDescription\n# x\nFROM a AS b\n",
		.want = "3-3 InvalidDefinitionDescription: Comment for FROM should follow the format: `# b <description>`\n"},
	{ .name = "a comment above an instruction",
		.text = "FROM a\n# check=skip=LegacyKeyValueFormat because\nENV a b\nENV a b\n# check=skip=x\n# check=skip=all\nENV a b\n",
		.want = "4-4 LegacyKeyValueFormat: \"ENV key=value\" should be used instead of legacy \"ENV key value\" format\n"
		"7-7 LegacyKeyValueFormat: \"ENV key=value\" should be used instead of legacy \"ENV key value\" format\n"},
	{ .name = "a comment that is wrong does nothing",
		.text = "FROM a\n# check=sip=all\n# check=skip=all\nENV a b\n",
		.want = "4-4 LegacyKeyValueFormat: \"ENV key=value\" should be used instead of legacy \"ENV key value\" format\n"},
	{ .name = "no comment counts for names of stages",
		.text = "FROM a AS b\n\n# check=skip=all\nFROM a AS b\n",
		.want = "4-4 DuplicateStageName: Duplicate stage name \"b\", stage names should be unique\n"},
	{ .name = "the argument stands for the directive",
		.text = "# check=skip=all\nFROM a AS B\n",
		.want = "2-2 StageNameCasing: Stage name 'B' should be lowercase\nerror\n", .arg = "BUILDKIT_DOCKERFILE_CHECK=error=1" },
	{ .name = "options that are wrong end everything",
		.text = "# check=x\nFROM a AS B\n",
		.want = "stopped\n"},
};
// clang-format on

/* What becomes of a row. */
static void run_case(struct ctx_buf *out, const struct check_case *c) {
	struct ctx_error err = { 0 };
	struct ana_var arg;
	struct ctx_ignore *ignore = NULL;
	ana_auto_dockerfile struct ana_dockerfile df = { 0 };
	ana_auto_checks struct ana_checks checks = { 0 };
	struct ana_graph_opts opts = { .build_platform = { .os = CTX_STR("linux"), .arch = CTX_STR("amd64") },
		.image_config = graph_case_image };
	if (c->arg != NULL) {
		arg = graph_case_split(c->arg);
		opts.build_args = (struct ana_build_args){ &arg, 1 };
	}
	opts.target = CTX_STR(c->target == NULL ? "" : c->target);
	if (c->ignore != NULL) {
		assert_int_equal(ctx_ignore_parse(&ignore, CTX_IGNORE_DOCKER, c->ignore, strlen(c->ignore), &err), 0);
	}
	checks.ignore = ignore;
	assert_int_equal(ana_dockerfile_parse(&df, CTX_STR(c->text), &err), 0);
	assert_int_equal(ana_graph_check(&checks, &df, &opts, &err), 0);
	for (size_t i = 0; i < checks.items.count; ++i) {
		const struct ana_check_warning *w = &checks.items.items[i];
		ctx_buf_addf(out, "%u-%u %s: %.*s\n", w->first_line, w->end_line, ana_check_name(w->check),
			CTX_STR_ARGS(w->message));
		assert_in_range(w->at.line, w->first_line, w->end_line);
	}
	ctx_buf_adds(out, checks.stopped ? "stopped\n" : "");
	ctx_buf_adds(out, checks.error ? "error\n" : "");
	ctx_ignore_free(ignore);
}

/* All rows of a table. */
static void run_cases(const struct check_case *cases, size_t count) {
	for (size_t i = 0; i < count; ++i) {
		ctx_auto_buf struct ctx_buf out = CTX_BUF_INIT;
		run_case(&out, &cases[i]);
		if (strcmp(ctx_buf_str(&out), cases[i].want) != 0) {
			fail_msg("%s:\n%s\nnot:\n%s", cases[i].name, ctx_buf_str(&out), cases[i].want);
		}
	}
}

static void text_is_checked(void **state) {
	(void)state;
	run_cases(text_cases, CTX_COUNTOF(text_cases));
}

static void values_are_checked(void **state) {
	(void)state;
	run_cases(graph_cases, CTX_COUNTOF(graph_cases));
}

static void ignored_sources_are_found(void **state) {
	(void)state;
	run_cases(ignore_cases, CTX_COUNTOF(ignore_cases));
}

static void options_are_honoured(void **state) {
	(void)state;
	run_cases(option_cases, CTX_COUNTOF(option_cases));
}

static void names_and_addresses(void **state) {
	(void)state;
	static const struct {
		const char *name, *page;
	} rows[] = {
		{ "StageNameCasing", "stage-name-casing" },
		{ "JSONArgsRecommended", "json-args-recommended" },
		{ "SecretsUsedInArgOrEnv", "secrets-used-in-arg-or-env" },
		{ "ExposeInvalidFormat", "expose-invalid-format" },
	};
	for (size_t i = 0; i < CTX_COUNTOF(rows); ++i) {
		ctx_auto_buf struct ctx_buf url = CTX_BUF_INIT, want = CTX_BUF_INIT;
		enum ana_check_id check = ana_check_of(CTX_STR(rows[i].name));
		assert_string_equal(ana_check_name(check), rows[i].name);
		ana_check_url(&url, check);
		ctx_buf_addf(&want, "https://docs.docker.com/go/dockerfile/rule/%s/", rows[i].page);
		assert_string_equal(ctx_buf_str(&url), ctx_buf_str(&want));
	}
	assert_int_equal(ana_check_of(CTX_STR("stagenamecasing")), ANA_CHECK_COUNT);
}

/* A base image may set what nobody else sets, unless the name says that it is a mistake. */
static void variables_of_unknown_images_are_unsure(void **state) {
	(void)state;
	static const char text[] = "ARG GLOBAL=1\nFROM a\nENV GOPATHS=1 X=1\nCOPY $GOROOT $Y $XPATH /$GLOBAL/$GOPATH/\n"
				   "FROM scratch\nCOPY $GOROOT /\nFROM known\nCOPY $GOROOT /\n";
	static const bool want[] = { true, true, true, false, false, false, false };
	struct ctx_error err;
	ana_auto_dockerfile struct ana_dockerfile df = { 0 };
	ana_auto_checks struct ana_checks checks = { 0 };
	struct ana_graph_opts opts = { .image_config = graph_case_image };
	assert_int_equal(ana_dockerfile_parse(&df, CTX_STR(text), &err), 0);
	assert_int_equal(ana_graph_check(&checks, &df, &opts, &err), 0);
	assert_int_equal(checks.items.count, CTX_COUNTOF(want));
	for (size_t i = 0; i < CTX_COUNTOF(want); ++i) {
		assert_int_equal(checks.items.items[i].check, ANA_CHECK_UNDEFINED_VAR);
		assert_int_equal(checks.items.items[i].unsure, want[i]);
	}
}

/* Every allocation of the checks fails once: an error, and no leak. */
static void memory_runs_out(void **state) {
	(void)state;
	static const char text[] =
		"ARG V=1\n# check=skip=x\nFROM --platform=${P:-linux} a:${W:-1} AS B\nARG V=$X my_token\nWORKDIR w\nENV a $Q\n"
		"COPY x /y z /\nCMD x\nCMD y\nFROM b\nEXPOSE 1:2/TCP\nONBUILD RUN x\nMAINTAINER x\n";
	struct ctx_ignore *ignore = NULL;
	ana_auto_dockerfile struct ana_dockerfile df = { 0 };
	struct ana_graph_opts opts = { 0 };
	assert_int_equal(ctx_ignore_parse(&ignore, CTX_IGNORE_DOCKER, "x\ny\n", 4, NULL), 0);
	assert_int_equal(ana_dockerfile_parse(&df, CTX_STR(text), NULL), 0);
	int rc = CTX_E_NOMEM;
	long n = 0;
	for (; rc != 0; ++n) {
		ana_auto_checks struct ana_checks checks = { .ignore = ignore };
		struct ctx_error err;
		ctx_alloc_fail_after(n);
		rc = ana_graph_check(&checks, &df, &opts, &err);
		ctx_alloc_fail_after(-1);
		if (rc != 0 && rc != CTX_E_NOMEM) {
			fail_msg("allocation %ld: %s", n, err.msg);
		}
		if (rc == 0) {
			assert_false(checks.stopped);
			assert_int_equal(checks.items.count, 15);
		}
	}
	assert_true(n > 20);
	ctx_ignore_free(ignore);
}

/* More than is kept: counted. */
static void too_many_warnings_are_counted(void **state) {
	(void)state;
	ctx_auto_buf struct ctx_buf text = CTX_BUF_INIT;
	ctx_buf_adds(&text, "FROM a\n");
	for (size_t i = 0; i < ANA_WARNINGS_MAX + 5; ++i) {
		ctx_buf_adds(&text, "ENV a b\n");
	}
	struct ctx_error err = { 0 };
	ana_auto_dockerfile struct ana_dockerfile df = { 0 };
	ana_auto_checks struct ana_checks checks = { 0 };
	struct ana_graph_opts opts = { 0 };
	assert_int_equal(ana_dockerfile_parse(&df, CTX_STR(ctx_buf_str(&text)), &err), 0);
	assert_int_equal(ana_graph_check(&checks, &df, &opts, &err), 0);
	assert_int_equal(checks.items.count, ANA_WARNINGS_MAX);
	assert_int_equal(checks.omitted, 5);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(text_is_checked),
		cmocka_unit_test(values_are_checked),
		cmocka_unit_test(ignored_sources_are_found),
		cmocka_unit_test(options_are_honoured),
		cmocka_unit_test(names_and_addresses),
		cmocka_unit_test(variables_of_unknown_images_are_unsure),
		cmocka_unit_test(memory_runs_out),
		cmocka_unit_test(too_many_warnings_are_counted),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
