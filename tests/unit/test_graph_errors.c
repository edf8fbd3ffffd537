#include "tests/unit/graph_case.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

/* A few bytes to more than 16 MiB. */
#define GROWING \
	"ARG A=$A$A$A$A$A$A$A$A$A$A$A$A$A$A$A$A\n" \
	"ARG A=$A$A$A$A$A$A$A$A$A$A$A$A$A$A$A$A\n" \
	"ARG A=$A$A$A$A$A$A$A$A$A$A$A$A$A$A$A$A\n" \
	"ARG A=$A$A$A$A$A$A$A$A$A$A$A$A$A$A$A$A\n" \
	"ARG A=$A$A$A$A$A$A$A$A$A$A$A$A$A$A$A$A\n"

/* What is wrong, at which line. */
// clang-format off
static const struct graph_case error_cases[] = {
	{ .name = "a name that is no name",
		.text = "FROM \"A\nFROM a\n",
		.want = "1: failed to process \"\\\"A\": unexpected end of statement while looking for matching double-quote\n" },
	{ .name = "a blank name",
		.text = "FROM $NONE\n",
		.want = "1: base name ($NONE) should not be blank\n" },
	{ .name = "platforms",
		.text = "FROM --platform=$NONE a\nFROM --platform=x/y/z/w a\nFROM --platform=nope a\nFROM --platform=linux/* a\n",
		.want = "1: empty platform value from expression $NONE\n"
		"2: failed to parse platform x/y/z/w: \"x/y/z/w\": cannot parse platform specifier: invalid argument\n"
		"3: failed to parse platform nope: \"nope\": unknown operating system or architecture: invalid argument\n"
		"4: failed to parse platform linux/*: \"linux/*\": wildcards not yet supported: invalid argument\n" },
	{ .name = "check options",
		.text = "# check=x\nFROM a\n",
		.want = "1: failed to parse check options: invalid check option \"x\"\n" },
	{ .name = "check options before anything else",
		.text = "# check=skip=A;er=1;error=true\n# check=skip=all\nFROM a\nFOO\n",
		.want = "1: failed to parse check options: invalid check option \"er\"\n"
		"2: only one check parser directive can be used\n"
		"4: unknown instruction: FOO (did you mean FROM?)\n" },
	{ .name = "the third check option takes the rest",
		.text = "# check=skip=all;experimental=A,B;error=true;skip=all\nFROM a\n",
		.want = "1: failed to parse check options: failed to parse check option \"error=true;skip=all\": "
		"strconv.ParseBool: parsing \"true;skip=all\": invalid syntax\n" },
	{ .name = "good check options",
		.text = "# check=skip=all;experimental=A,B;error=T\nFROM a\n",
		.want = "[1/1] FROM docker.io/library/a:latest\n" },
	{ .name = "check options of the command line",
		.text = "# check=x\nFROM a\n",
		.want = "0: failed to parse build-arg:BUILDKIT_DOCKERFILE_CHECK: invalid check option \"y\"\n", .arg = "BUILDKIT_DOCKERFILE_CHECK= skip=all ;y=1" },
	{ .name = "no check options on the command line",
		.text = "# check=x\nFROM a\n",
		.want = "[1/1] FROM docker.io/library/a:latest\n", .arg = "BUILDKIT_DOCKERFILE_CHECK=" },
	{ .name = "a context that is nothing",
		.text = "FROM a\n",
		.want = "1: invalid context specifier nonsense for a\n", .context = "a=nonsense" },
	{ .name = "a context of nobody",
		.text = "FROM a\n",
		.want = "1: unsupported context source ftp for a\n", .context = "a=ftp://x" },
	{ .name = "an image name, needed or not",
		.text = "FROM BadName\nFROM a\n",
		.want = "1: failed to parse stage name \"BadName\": invalid reference format: repository name (library/BadName) must be lowercase\n" },
	{ .name = "--from with a variable",
		.text = "FROM a\nCOPY --from=$V a b\n",
		.want = "2: variable expansion is not supported for --from, define a new stage with FROM using ARG from global scope as a workaround\n" },
	{ .name = "an index beyond",
		.text = "FROM a\nCOPY --from=7 a b\nCOPY --from=-1 a b\n",
		.want = "2: invalid stage index 7\n"
		"3: invalid stage index -1\n" },
	{ .name = "itself",
		.text = "FROM a AS s\nCOPY --from=s a b\n",
		.want = "2: circular dependency detected on stage: s\n" },
	{ .name = "a cycle",
		.text = "FROM a AS x\nCOPY --from=y a b\nFROM a AS y\nCOPY --from=x a b\n",
		.want = "2: circular dependency detected on stage: x\n" },
	{ .name = "a cycle by two steps",
		.text = "FROM a AS s\nCOPY --from=s a b\nRUN x\nCOPY --from=s c d\n",
		.want = "4: circular dependency detected on stage: s\n" },
	{ .name = "a later stage",
		.text = "FROM a AS x\nCOPY --from=y a b\nFROM x AS y\n",
		.want = "2: cannot copy from stage \"y\", it needs to be defined before current stage \"x\"\n" },
	{ .name = "a later stage in a mount",
		.text = "FROM a AS x\nRUN --mount=from=y,target=/m x\nFROM x AS y\n",
		.want = "2: cannot mount from stage \"y\" to \"/m\", stage needs to be defined before current command\n" },
	{ .name = "the last of a name is too late",
		.text = "FROM a AS s\nFROM b AS t\nCOPY --from=s a b\nFROM t AS s\n",
		.want = "3: cannot copy from stage \"s\", it needs to be defined before current stage \"t\"\n" },
	{ .name = "all errors of a stage",
		.text = "FROM a\nEXPOSE x\nSTOPSIGNAL 0\nVOLUME $NONE\nCOPY --chmod=9 a b\nADD --checksum=x a b\n",
		.want = "2: invalid containerPort: x\n"
		"3: invalid signal: 0\n"
		"4: VOLUME specified can not be an empty string\n"
		"5: invalid chmod parameter: '9'. it should be octal string and between 0 and 07777\n"
		"6: checksum requires HTTP(S) or Git sources\n" },
	{ .name = "unreachable stages are not lowered",
		.text = "FROM a\nEXPOSE x\nFROM b\n",
		.want = "[stage-1 1/1] FROM docker.io/library/b:latest\n" },
	{ .name = "COPY of what only ADD can",
		.text = "FROM a\nCOPY https://h/f /x\nCOPY a@b:c /x\n",
		.want = "2: source can't be a URL for COPY\n"
		"3: source can't be a git ref for COPY\n" },
	{ .name = "git",
		.text = "FROM a\nADD https://h/p.git?x=1 /x\nADD --keep-git-dir https://h/p.git?keep-git-dir=0 /x\nADD --checksum=a https://h/p.git?checksum=b /x\nADD https://h/p.git?tag=a&branch=b /x\n",
		.want = "2: unexpected query \"x\"\n"
		"3: inconsistent keep-git-dir configuration\n"
		"4: checksum mismatch \"a\" != \"b\"\n"
		"5: branch conflicts with tag\n" },
	{ .name = "checksums",
		.text = "FROM a\nADD --checksum=sha256:12 https://h/f /x\nADD --checksum=md5:a https://h/f /x\nADD --checksum=x https://h/f https://h/g /x\n",
		.want = "2: invalid checksum digest length\n"
		"3: unsupported digest algorithm\n"
		"4: checksum can't be specified for multiple sources\n" },
	{ .name = "mounts",
		.text = "FROM a\nRUN --mount=type=nope x\nRUN --mount=target=/ x\nRUN --mount=type=ssh,source=s x\nRUN --device=d x\n",
		.want = "2: unsupported mount type \"nope\"\n"
		"3: invalid mount target \"/\"\n"
		"4: ssh does not support source\n"
		"5: device feature is only supported in Dockerfile frontend 1.14.0-labs or later\n" },
	{ .name = "no arguments",
		.text = "FROM a\nRUN []\nRUN x\n",
		.want = "2: arguments are required\n" },
	{ .name = "text that is no UTF-8",
		.text = "FROM a\nRUN \xff" "\n",
		.want = "2: string field contains invalid UTF-8\n" },
	{ .name = "triggers",
		.text = "FROM bad\nFROM a AS p\nONBUILD FOO x\nFROM p\nFROM bad\nCOPY --from=2 a b\n",
		.want = "4: unknown instruction: FOO (did you mean FROM?)\n"
		"5: unknown instruction: FOO (did you mean FROM?)\n" },
	{ .name = "a trigger that fails",
		.text = "FROM a AS p\nONBUILD EXPOSE x\nFROM p\n",
		.want = "3: invalid containerPort: x\n" },
	{ .name = "stage names that name no image",
		.text = "FROM a AS b-\n",
		.want = "1: invalid context name b-: invalid reference format\n" },
	{ .name = "no such target",
		.text = "FROM a\n",
		.want = "usage: target stage \"x\" could not be found\n", .target = "x" },
	{ .name = "epoch",
		.text = "FROM a AS s\n",
		.want = "0: invalid SOURCE_DATE_EPOCH: x\n", .arg = "SOURCE_DATE_EPOCH=x" },
	{ .name = "epoch of a stage",
		.text = "FROM a AS s\n",
		.want = "1: SOURCE_DATE_EPOCH stage must use FROM scratch\n", .arg = "SOURCE_DATE_EPOCH=s" },
	{ .name = "epoch of a stage with more",
		.text = "FROM scratch AS s\nADD https://h/f /\nRUN x\nFROM a\n",
		.want = "0: invalid context name S: invalid reference format: repository name (library/S) must be lowercase\n", .arg = "SOURCE_DATE_EPOCH=S" },
	{ .name = "epoch of a good stage",
		.text = "FROM scratch AS s\nARG V=f\nADD https://h/$V /\nFROM a\n",
		.want = "[stage-1 1/1] FROM docker.io/library/a:latest\n", .arg = "SOURCE_DATE_EPOCH=s" },
	{ .name = "a context without a name",
		.text = "FROM a\n",
		.want = "usage: invalid context name X: invalid reference format: repository name (library/X) must be lowercase\n", .context = "X=local:d" },
	{ .name = "multi-platform",
		.text = "FROM a\n",
		.want = "usage: invalid boolean value for multi-platform: x\n", .arg = "BUILDKIT_MULTI_PLATFORM=x" },
	{ .name = "Windows",
		.text = "FROM --platform=windows/amd64 a\nWORKDIR d:\\\\x\nCOPY a d:\\\\x\n",
		.want = "2: normalizing workdir: normalizing working directory: removing drive letter: The specified path is not on the system drive (C:)\n"
		"3: removing drive letter: The specified path is not on the system drive (C:)\n" },
	{ .name = "expansion",
		.text = "FROM a\nWORKDIR ${A:?gone}\nENV A=\"B\nARG C=\"x\n",
		.want = "2: A: gone\n"
		"3: unexpected end of statement while looking for matching double-quote\n"
		"4: unexpected end of statement while looking for matching double-quote\n" },
	{ .name = "an image whose trigger names the image",
		.text = "FROM a AS a\nFROM itself\n",
		.want = "limit: ONBUILD triggers of images name more than 10000 further images\n" },
	{ .name = "words that grow",
		.text = "ARG A=01234567890123456\n" GROWING "FROM $A\n",
		.want = "limit: word grows by more than 16777216 bytes\n" },
	{ .name = "global ARG",
		.text = "ARG A=${}\nFROM a\n",
		.want = "1: syntax error: bad substitution\n" },
};
// clang-format on

static void errors_are_found(void **state) {
	(void)state;
	GRAPH_CASES_RUN(error_cases, GRAPH_NAMES);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(errors_are_found),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
