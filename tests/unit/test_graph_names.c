#include "tests/unit/graph_case.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

/* What a build prints. */
// clang-format off
static const struct graph_case name_cases[] = {
	{ .name = "one stage",
		.text = "FROM a\nRUN x\nCOPY a b\n",
		.want = "[1/3] FROM docker.io/library/a:latest\n"
		"[2/3] RUN x\n"
		"[internal] load build context\n"
		"[3/3] COPY a b\n" },
	{ .name = "several stages",
		.text = "FROM a AS one\nRUN x\nFROM one\nRUN y\n",
		.want = "[one 1/2] FROM docker.io/library/a:latest\n"
		"[one 2/2] RUN x\n"
		"[stage-1 1/1] RUN y\n" },
	{ .name = "a mount makes a state",
		.text = "FROM a\nRUN --mount=type=cache,target=/c x\n",
		.want = "[stage-0 1/2] FROM docker.io/library/a:latest\n"
		"[stage-0 2/2] RUN --mount=type=cache,target=/c x\n" },
	{ .name = "an image makes a state",
		.text = "FROM a\nCOPY --from=b /x /y\n",
		.want = "[stage-0 1/2] FROM docker.io/library/a:latest\n"
		"FROM docker.io/library/b:latest\n"
		"[stage-0 2/2] COPY --from=b /x /y\n" },
	{ .name = "padding",
		.text = "FROM a\nRUN x\nRUN x\nRUN x\nRUN x\nRUN x\nRUN x\nRUN x\nRUN x\nRUN x\n",
		.want = "[ 1/10] FROM docker.io/library/a:latest\n"
		"[ 2/10] RUN x\n"
		"[ 3/10] RUN x\n"
		"[ 4/10] RUN x\n"
		"[ 5/10] RUN x\n"
		"[ 6/10] RUN x\n"
		"[ 7/10] RUN x\n"
		"[ 8/10] RUN x\n"
		"[ 9/10] RUN x\n"
		"[10/10] RUN x\n" },
	{ .name = "the root counts but is not there",
		.text = "FROM a\nWORKDIR /\nRUN x\n",
		.want = "[1/3] FROM docker.io/library/a:latest\n"
		"[2/3] RUN x\n" },
	{ .name = "scratch does not count",
		.text = "FROM scratch\nCOPY a b\n",
		.want = "[internal] load build context\n"
		"[1/1] COPY a b\n" },
	{ .name = "nothing to do",
		.text = "FROM a\nENV x=y\n",
		.want = "[1/1] FROM docker.io/library/a:latest\n" },
	{ .name = "no bracket",
		.text = "FROM scratch\nCOPY --from=a /b /c\n",
		.want = "FROM docker.io/library/a:latest\n"
		"[stage-0 1/1] COPY --from=a /b /c\n" },
	{ .name = "expansion in RUN",
		.text = "FROM a\nENV A=1\nrun echo \"$A\" $NONE\n",
		.want = "[1/2] FROM docker.io/library/a:latest\n"
		"[2/2] RUN echo \"1\" $NONE\n" },
	{ .name = "expansion in COPY",
		.text = "FROM a\nENV X=a\ncopy [\"p q\",\"$X\"]\ncopy $X $NONE /\n",
		.want = "[1/3] FROM docker.io/library/a:latest\n"
		"[internal] load build context\n"
		"[2/3] COPY [p q,a]\n"
		"[3/3] COPY a  /\n" },
	{ .name = "a line that cannot be expanded",
		.text = "FROM a\nRUN it's $X\n",
		.want = "[1/2] FROM docker.io/library/a:latest\n"
		"[2/2] RUN it's $X\n" },
	{ .name = "secrets are masked",
		.text = "FROM a\nRUN --mount=type=secret,id=s,env=E x $E\n",
		.want = "[stage-0 1/2] FROM docker.io/library/a:latest\n"
		"[stage-0 2/2] RUN --mount=type=secret,id=s,env=E x ****\n" },
	{ .name = "a document",
		.text = "FROM a\nRUN <<E\n\n first \nsecond\nE\nRUN <<E\none\nE\n",
		.want = "[1/3] FROM docker.io/library/a:latest\n"
		"[2/3] RUN <<E (first ...)\n"
		"[3/3] RUN <<E (one)\n" },
	{ .name = "--link",
		.text = "FROM a\nCOPY --link a b\n",
		.want = "[1/2] FROM docker.io/library/a:latest\n"
		"[internal] load build context\n"
		"[2/2] COPY --link a b\n"
		"[2/2] LINK COPY --link a b\n" },
	{ .name = "triggers",
		.text = "FROM a AS p\nONBUILD RUN x\nONBUILD ENV A=1\nFROM p\nRUN y\n",
		.want = "[p 1/1] FROM docker.io/library/a:latest\n"
		"[stage-1 1/3] ONBUILD RUN x\n"
		"[stage-1 2/3] RUN y\n" },
	{ .name = "triggers of an image",
		.text = "FROM t AS tools\nRUN t\nFROM trigger\nRUN y\n",
		.want = "[stage-1 1/2] FROM docker.io/library/trigger:latest\n"
		"[tools 2/2] FROM docker.io/library/t:latest\n"
		"[tools 3/2] RUN t\n"
		"[stage-1 2/4] ONBUILD COPY --from=tools /t /t\n"
		"[stage-1 3/4] RUN y\n" },
	{ .name = "remote sources have the name of the step",
		.text = "FROM scratch\nADD https://h/f /x\n",
		.want = "[1/1] ADD https://h/f /x\n"
		"[1/1] ADD https://h/f /x\n" },
	{ .name = "helpers",
		.text = "FROM a\nRUN --mount=type=cache,target=/c,uid=1 x\nCOPY <<E /x\nE\n",
		.want = "[stage-0 1/3] FROM docker.io/library/a:latest\n"
		"[internal] setting cache mount permissions\n"
		"[stage-0 2/3] RUN --mount=type=cache,target=/c,uid=1 x\n"
		"[internal] preparing inline document\n"
		"[stage-0 3/3] COPY <<E /x\n" },
	{ .name = "platforms",
		.text = "FROM --platform=$BUILDPLATFORM a AS b\nARG TARGETPLATFORM\nRUN x\nFROM a\nCOPY --from=b /x /y\n",
		.want = "[linux/amd64 b 1/2] FROM docker.io/library/a:latest\n"
		"[linux/arm64 stage-1 1/2] FROM docker.io/library/a:latest\n"
		"[linux/amd64->arm64 b 2/2] RUN x\n"
		"[linux/arm64 stage-1 2/2] COPY --from=b /x /y\n", .platform = "linux/arm64", .multi = true },
	{ .name = "no platform on nothing",
		.text = "FROM scratch\nCOPY a b\nRUN x\n",
		.want = "[internal] load build context\n"
		"[linux/amd64 1/2] COPY a b\n"
		"[2/2] RUN x\n", .multi = true },
	{ .name = "one platform of several",
		.text = "FROM a\nRUN x\n",
		.want = "[linux/amd64 1/2] FROM docker.io/library/a:latest\n"
		"[linux/amd64 2/2] RUN x\n", .multi = true },
	{ .name = "contexts",
		.text = "FROM alpine AS s\nFROM s\nCOPY --from=s a b\n",
		.want = "[context s] load from client\n"
		"[stage-1 1/1] COPY --from=s a b\n", .context = "s=local:d" },
	{ .name = "tabs are no blanks",
		.text = "FROM a\nrun\tx y\n",
		.want = "[1/2] FROM docker.io/library/a:latest\n"
		"[2/2] RUN\tX y\n" },
};
// clang-format on

static void steps_are_named(void **state) {
	(void)state;
	GRAPH_CASES_RUN(name_cases, GRAPH_NAMES);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(steps_are_named),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
