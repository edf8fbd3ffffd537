#include "tests/unit/graph_case.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

/* Which stages and images a build is made of. */
// clang-format off
static const struct graph_case stage_cases[] = {
	{ .name = "a stage by its exact name",
		.text = "FROM alpine AS alpine\nRUN x\nFROM alpine\nRUN y\n",
		.want = "0 image docker-image://docker.io/library/alpine:latest\n"
		"1 exec 0 [/bin/sh] [-c] [x] cwd=/\n"
		"2 exec 1 [/bin/sh] [-c] [y] cwd=/\n" },
	{ .name = "names in FROM are case-sensitive",
		.text = "FROM alpine AS Base\nFROM Base\n",
		.want = "2: failed to parse stage name \"Base\": invalid reference format: repository name (library/Base) must be lowercase\n" },
	{ .name = "numbers are no stages in FROM",
		.text = "FROM alpine\nFROM 0\nRUN x\n",
		.want = "0 image docker-image://docker.io/library/0:latest\n"
		"1 exec 0 [/bin/sh] [-c] [x] cwd=/\n" },
	{ .name = "an index in --from",
		.text = "FROM a\nRUN x\nFROM scratch\nCOPY --from=0 / /\n",
		.want = "0 image docker-image://docker.io/library/a:latest\n"
		"1 exec 0 [/bin/sh] [-c] [x] cwd=/\n"
		"2 file - (copy 1 / > /)\n" },
	{ .name = "a signed index",
		.text = "FROM a\nRUN x\nFROM scratch\nCOPY --from=+0 / /\n",
		.want = "0 image docker-image://docker.io/library/a:latest\n"
		"1 exec 0 [/bin/sh] [-c] [x] cwd=/\n"
		"2 file - (copy 1 / > /)\n" },
	{ .name = "names in --from have no case",
		.text = "FROM a AS Base\nRUN x\nFROM scratch\nCOPY --from=bAsE / /\n",
		.want = "0 image docker-image://docker.io/library/a:latest\n"
		"1 exec 0 [/bin/sh] [-c] [x] cwd=/\n"
		"2 file - (copy 1 / > /)\n" },
	{ .name = "the last of two equal names",
		.text = "FROM a AS s\nFROM b AS s\nFROM scratch\nCOPY --from=s / /\n",
		.want = "0 image docker-image://docker.io/library/b:latest\n"
		"1 file - (copy 0 / > /)\n" },
	{ .name = "an image in --from",
		.text = "FROM scratch\nCOPY --from=busybox:1 /a /\n",
		.want = "0 image docker-image://docker.io/library/busybox:1\n"
		"1 file - (copy 0 /a > /)\n" },
	{ .name = "scratch in --from",
		.text = "FROM a\nCOPY --from=scratch / /\n",
		.want = "0 image docker-image://docker.io/library/a:latest\n"
		"1 file 0 (copy - / > /)\n" },
	{ .name = "an index of an image",
		.text = "FROM a\nCOPY --from=img / /\nFROM scratch\nCOPY --from=2 / /\n",
		.want = "0 image docker-image://docker.io/library/img:latest\n"
		"1 file - (copy 0 / > /)\n" },
	{ .name = "an image counts again",
		.text = "FROM a\nCOPY --from=img a b\nCOPY --from=1 c d\nCOPY --from=2 e f\n",
		.want = "0 image docker-image://docker.io/library/a:latest\n"
		"1 image docker-image://docker.io/library/img:latest\n"
		"2 file 0 (copy 1 /a > /b)\n"
		"3 file 2 (copy 1 /c > /d)\n"
		"4 file 3 (copy 1 /e > /f)\n" },
	{ .name = "from=0 of a mount is an image",
		.text = "FROM a\nRUN --mount=from=0,target=/m x\n",
		.want = "0 image docker-image://docker.io/library/a:latest\n"
		"1 image docker-image://docker.io/library/0:latest\n"
		"2 exec 0 [/bin/sh] [-c] [x] cwd=/ {bind /m 1 ro}\n" },
	{ .name = "unreachable stages are left out",
		.text = "FROM a AS x\nRUN no\nFROM b\nRUN y\n",
		.want = "0 image docker-image://docker.io/library/b:latest\n"
		"1 exec 0 [/bin/sh] [-c] [y] cwd=/\n" },
	{ .name = "a target",
		.text = "FROM a AS x\nRUN yes\nFROM b\nRUN y\n",
		.want = "0 image docker-image://docker.io/library/a:latest\n"
		"1 exec 0 [/bin/sh] [-c] [yes] cwd=/\n", .target = "X" },
	{ .name = "a target by index",
		.text = "FROM a\n",
		.want = "usage: target stage \"0\" could not be found\n", .target = "0" },
	{ .name = "a target by its shown name",
		.text = "FROM a\nFROM b\n",
		.want = "usage: target stage \"stage-1\" could not be found\n", .target = "stage-1" },
	{ .name = "equal operations are one",
		.text = "FROM a AS x\nENV A=1 B=2\nRUN x\nFROM a AS y\nENV A=0\nENV A=1\nENV B=2\nRUN x\nFROM scratch\nCOPY --from=x / /\nCOPY --from=y / /\n",
		.want = "0 image docker-image://docker.io/library/a:latest\n"
		"1 exec 0 [/bin/sh] [-c] [x] cwd=/\n"
		"2 file - (copy 1 / > /)\n"
		"3 file 2 (copy 1 / > /)\n" },
	{ .name = "the order of variables counts",
		.text = "FROM a AS x\nENV A=1 B=2\nRUN x\nFROM a AS y\nENV B=2 A=1\nRUN x\nFROM scratch\nCOPY --from=x / /\nCOPY --from=y / /\n",
		.want = "0 image docker-image://docker.io/library/a:latest\n"
		"1 exec 0 [/bin/sh] [-c] [x] cwd=/\n"
		"2 exec 0 [/bin/sh] [-c] [x] cwd=/\n"
		"3 file - (copy 1 / > /)\n"
		"4 file 3 (copy 2 / > /)\n" },
	{ .name = "a pinned image",
		.text = "FROM pinned\n",
		.want = "0 image docker-image://docker.io/library/pinned:latest@sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\n" },
	{ .name = "an image without layers",
		.text = "FROM empty\nCOPY a /\n",
		.want = "0 local local://context\n"
		"1 file - (copy 0 /a > /)\n" },
	{ .name = "an image with a configuration",
		.text = "FROM known\nRUN x\nCOPY a b\n",
		.want = "0 image docker-image://docker.io/library/known:latest\n"
		"1 exec 0 [/ash] [-x] [x] cwd=/w user=u\n"
		"2 local local://context\n"
		"3 file 1 (copy 2 /a > /w/b)\n" },
	{ .name = "platform",
		.text = "FROM --platform=$BUILDPLATFORM a\nRUN x\n",
		.want = "0 image docker-image://docker.io/library/a:latest\n"
		"1 exec 0 [/bin/sh] [-c] [x] cwd=/\n", .platform = "linux/arm64" },
	{ .name = "triggers of an image",
		.text = "FROM t AS tools\nRUN t\nFROM trigger\nRUN y\n",
		.want = "0 image docker-image://docker.io/library/trigger:latest\n"
		"1 image docker-image://docker.io/library/t:latest\n"
		"2 exec 1 [/bin/sh] [-c] [t] cwd=/\n"
		"3 file 0 (copy 2 /t > /t)\n"
		"4 exec 3 [/bin/sh] [-c] [y] cwd=/\n" },
	{ .name = "triggers of a stage",
		.text = "FROM a AS p\nONBUILD RUN o\nFROM p AS c\nRUN c\nFROM c\nRUN g\n",
		.want = "0 image docker-image://docker.io/library/a:latest\n"
		"1 exec 0 [/bin/sh] [-c] [o] cwd=/\n"
		"2 exec 1 [/bin/sh] [-c] [c] cwd=/\n"
		"3 exec 2 [/bin/sh] [-c] [g] cwd=/\n" },
	{ .name = "a stage replaced by a context",
		.text = "FROM a AS s\nRUN x\nFROM s\nCOPY --from=s f /\n",
		.want = "0 local local://s\n"
		"1 file 0 (copy 0 /f > /)\n", .context = "s=local:d" },
	{ .name = "an image replaced by a context",
		.text = "FROM alpine\nRUN x\n",
		.want = "0 image docker-image://docker.io/library/busybox:latest\n"
		"1 exec 0 [/bin/sh] [-c] [x] cwd=/\n", .context = "docker.io/library/alpine:latest=docker-image://busybox" },
	{ .name = "a context of git",
		.text = "FROM g\nRUN x\n",
		.want = "0 git git://h/p.git#main:sub url=https://h/p.git\n"
		"1 exec 0 [/bin/sh] [-c] [x] cwd=/\n", .context = "g=https://h/p.git#main:sub" },
	{ .name = "a context of the web",
		.text = "FROM g\nRUN x\n",
		.want = "0 http https://h/p.tar file=context\n"
		"1 exec 0 [/bin/sh] [-c] [x] cwd=/\n", .context = "g=https://h/p.tar" },
};
// clang-format on

static void stages_are_resolved(void **state) {
	(void)state;
	GRAPH_CASES_RUN(stage_cases, GRAPH_OPS);
}

/* What RUN becomes. */
// clang-format off
static const struct graph_case run_cases[] = {
	{ .name = "blanks and comments",
		.text = "FROM a\nrun   a  \\\n  # c\n\n  b  \n",
		.want = "0 image docker-image://docker.io/library/a:latest\n"
		"1 exec 0 [/bin/sh] [-c] [a    b] cwd=/\n" },
	{ .name = "the shell",
		.text = "FROM a\nSHELL [\"bash\",\"-o\",\"x\",\"-c\"]\nRUN y $A \"q\"\n",
		.want = "0 image docker-image://docker.io/library/a:latest\n"
		"1 exec 0 [bash] [-o] [x] [-c] [y $A \"q\"] cwd=/\n" },
	{ .name = "JSON",
		.text = "FROM a\nRUN [\"/bin/sh\",\"-c\",\"x\"]\nFROM a\nRUN x\n",
		.want = "0 image docker-image://docker.io/library/a:latest\n"
		"1 exec 0 [/bin/sh] [-c] [x] cwd=/\n" },
	{ .name = "no command",
		.text = "FROM a\nRUN\n",
		.want = "0 image docker-image://docker.io/library/a:latest\n"
		"1 exec 0 [/bin/sh] [-c] [] cwd=/\n" },
	{ .name = "user, directory, network",
		.text = "FROM a\nUSER u:g\nWORKDIR /d/\nRUN --network=none --security=insecure x\n",
		.want = "0 image docker-image://docker.io/library/a:latest\n"
		"1 file 0 (mkdir /d chown=u:g 0755)\n"
		"2 exec 1 [/bin/sh] [-c] [x] cwd=/d/ user=u:g network=none security=insecure\n" },
	{ .name = "a script",
		.text = "FROM a\nRUN <<EOF\na\nb\nEOF\n",
		.want = "0 image docker-image://docker.io/library/a:latest\n"
		"1 exec 0 [/bin/sh] [-c] [a\n"
		"b\n"
		"] cwd=/\n" },
	{ .name = "a script with an interpreter",
		.text = "FROM a\nRUN <<-E\n\t#!/bin/x\n\ty\nE\n",
		.want = "0 image docker-image://docker.io/library/a:latest\n"
		"1 file - (mkfile /E 0755 data=#!/bin/x\n"
		"y\n"
		")\n"
		"2 exec 0 [/bin/sh] [-c] [/dev/pipes/E] cwd=/ {bind /dev/pipes/ 1 selector=/ ro}\n" },
	{ .name = "several documents",
		.text = "FROM a\nRUN cat <<A <<B\na\nA\nb\nB\n",
		.want = "0 image docker-image://docker.io/library/a:latest\n"
		"1 exec 0 [/bin/sh] [-c] [cat <<A <<B\n"
		"a\n"
		"A\n"
		"b\n"
		"B] cwd=/\n" },
	{ .name = "bind",
		.text = "FROM a\nRUN --mount=target=/s --mount=source=../x/y,target=r,rw x\n",
		.want = "0 image docker-image://docker.io/library/a:latest\n"
		"1 local local://context\n"
		"2 exec 0 [/bin/sh] [-c] [x] cwd=/ {bind /r 1 selector=/x/y} {bind /s 1 ro}\n" },
	{ .name = "cache",
		.text = "FROM a\nRUN --mount=type=cache,target=/c/ --mount=type=cache,id=i,sharing=locked,target=d x\n",
		.want = "0 image docker-image://docker.io/library/a:latest\n"
		"1 exec 0 [/bin/sh] [-c] [x] cwd=/ {cache /c/ - cache=//c shared} {cache /d - cache=/i locked}\n" },
	{ .name = "namespace of caches",
		.text = "FROM a\nRUN --mount=type=cache,target=/c x\n",
		.want = "0 image docker-image://docker.io/library/a:latest\n"
		"1 exec 0 [/bin/sh] [-c] [x] cwd=/ {cache /c - cache=n//c shared}\n", .arg = "BUILDKIT_CACHE_MOUNT_NS=n" },
	{ .name = "owner of a cache",
		.text = "FROM a\nRUN --mount=type=cache,target=/c,uid=5,mode=1777 x\n",
		.want = "0 image docker-image://docker.io/library/a:latest\n"
		"1 file - (mkdir /cache chown=5:0 0777)\n"
		"2 exec 0 [/bin/sh] [-c] [x] cwd=/ {cache /c 1 selector=/cache cache=//c shared}\n" },
	{ .name = "cache without a target",
		.text = "FROM a\nWORKDIR /w\nRUN --mount=type=cache x\n",
		.want = "0 image docker-image://docker.io/library/a:latest\n"
		"1 file 0 (mkdir /w 0755)\n"
		"2 exec 1 [/bin/sh] [-c] [x] cwd=/w {cache /w - cache=/. shared}\n" },
	{ .name = "tmpfs",
		.text = "FROM a\nRUN --mount=type=tmpfs,size=1k,target=/t x\n",
		.want = "0 image docker-image://docker.io/library/a:latest\n"
		"1 exec 0 [/bin/sh] [-c] [x] cwd=/ {tmpfs /t - size=1024}\n" },
	{ .name = "secrets",
		.text = "FROM a\nRUN --mount=type=secret,id=a/b --mount=type=secret,id=e,env=E --mount=type=secret,target=/t,uid=1,required x\n",
		.want = "0 image docker-image://docker.io/library/a:latest\n"
		"1 exec 0 [/bin/sh] [-c] [x] cwd=/ {secret /run/secrets/b - id=a/b 0:0 0400 optional} {secret /t - id=t 1:0 0400} secret=e as=E\n" },
	{ .name = "ssh",
		.text = "FROM a\nRUN --mount=type=ssh --mount=type=ssh,id=i,target=/s x\n",
		.want = "0 image docker-image://docker.io/library/a:latest\n"
		"1 exec 0 [/bin/sh] [-c] [x] cwd=/ {ssh /run/buildkit/ssh_agent.0 - 0:0 0600 optional} {ssh /s - id=i 0:0 0600 optional}\n" },
	{ .name = "order of mounts",
		.text = "FROM a\nRUN --mount=type=ssh --mount=type=tmpfs,target=/z --mount=type=secret,id=s --mount=target=/b x\n",
		.want = "0 image docker-image://docker.io/library/a:latest\n"
		"1 local local://context\n"
		"2 exec 0 [/bin/sh] [-c] [x] cwd=/ {bind /b 1 ro} {tmpfs /z -} {secret /run/secrets/s - id=s 0:0 0400 optional} {ssh /run/buildkit/ssh_agent.0 - 0:0 0600 optional}\n" },
	{ .name = "proxy",
		.text = "FROM a\nRUN x\n",
		.want = "0 image docker-image://docker.io/library/a:latest\n"
		"1 exec 0 [/bin/sh] [-c] [x] cwd=/ http_proxy=p\n", .arg = "HTTP_PROXY=p" },
};
// clang-format on

static void run_is_lowered(void **state) {
	(void)state;
	GRAPH_CASES_RUN(run_cases, GRAPH_OPS);
}

/* What COPY, ADD and WORKDIR become. */
// clang-format off
static const struct graph_case copy_cases[] = {
	{ .name = "several sources",
		.text = "FROM a\nCOPY a ./b/ /c /d/\n",
		.want = "0 image docker-image://docker.io/library/a:latest\n"
		"1 local local://context\n"
		"2 file 0 (copy 1 /a > /d/) (copy 1 /b > /d/) (copy 1 /c > /d/)\n" },
	{ .name = "relative destinations",
		.text = "FROM a\nWORKDIR /w\nCOPY a .\nCOPY a b/.\nCOPY a ../c\n",
		.want = "0 image docker-image://docker.io/library/a:latest\n"
		"1 file 0 (mkdir /w 0755)\n"
		"2 local local://context\n"
		"3 file 1 (copy 2 /a > /w/)\n"
		"4 file 3 (copy 2 /a > /w/b/.)\n"
		"5 file 4 (copy 2 /a > /c)\n" },
	{ .name = "sources are cleaned",
		.text = "FROM scratch\nCOPY ../a //b/../c /x\n",
		.want = "0 local local://context\n"
		"1 file - (copy 0 /a > /x) (copy 0 /c > /x)\n" },
	{ .name = "nothing is the root",
		.text = "FROM scratch\nCOPY $NONE /x\n",
		.want = "0 local local://context\n"
		"1 file - (copy 0 / > /x)\n" },
	{ .name = "flags",
		.text = "FROM scratch\nCOPY --chown=1:g --chmod=0644 --exclude=*.md a /x\nCOPY --chmod=u+x a /x\nCOPY --chmod=$NONE a /x\n",
		.want = "0 local local://context\n"
		"1 file - (copy 0 /a > /x chown=1:g chmod=0644 0644 -[*.md])\n"
		"2 file 1 (copy 0 /a > /x chmod=u+x)\n"
		"3 file 2 (copy 0 /a > /x)\n" },
	{ .name = "--link",
		.text = "FROM a\nCOPY --link a /x\n",
		.want = "0 image docker-image://docker.io/library/a:latest\n"
		"1 local local://context\n"
		"2 file - (copy 1 /a > /x)\n"
		"3 merge 0 2\n" },
	{ .name = "--link on nothing",
		.text = "FROM scratch\nCOPY --link a /x\nCOPY --link b /y\n",
		.want = "0 local local://context\n"
		"1 file - (copy 0 /a > /x)\n"
		"2 file - (copy 0 /b > /y)\n"
		"3 merge 1 2\n" },
	{ .name = "--link over the very same",
		.text = "FROM scratch\nCOPY a /x\nCOPY --link a /x\n",
		.want = "0 local local://context\n"
		"1 file - (copy 0 /a > /x)\n"
		"2 merge 1 1\n" },
	{ .name = "--chmod switches --link off",
		.text = "FROM a\nCOPY --link --chmod=755 a /x\n",
		.want = "0 image docker-image://docker.io/library/a:latest\n"
		"1 local local://context\n"
		"2 file 0 (copy 1 /a > /x chmod=755 0755)\n" },
	{ .name = "--parents",
		.text = "FROM scratch\nCOPY --parents a/./b/c x/*/y ./z /o/\n",
		.want = "0 local local://context\n"
		"1 file - (copy 0 /a > /o/ +[b/c] ![/a/b/c]) (copy 0 / > /o/ +[x/*/y]) (copy 0 / > /o/ +[z] ![/z])\n" },
	{ .name = "a document",
		.text = "FROM scratch\nARG V=1\nCOPY <<E <<\"F\" /d/\n$V\nE\n$V\nF\n",
		.want = "0 file - (mkfile /E 0644 data=1\n"
		")\n"
		"1 file - (mkfile /F 0644 data=$V\n"
		")\n"
		"2 file - (copy 0 /E > /d/ plain) (copy 1 /F > /d/ plain)\n" },
	{ .name = "git",
		.text = "FROM scratch\nADD https://h/p.git#v1:sub git@h:p?checksum=abc /x\n",
		.want = "0 git git://h/p.git#v1:sub url=https://h/p.git\n"
		"1 git git://h/p url=git@h:p checksum=abc\n"
		"2 file - (copy 0 / > /x plain) (copy 1 / > /x plain)\n" },
	{ .name = "git flags",
		.text = "FROM scratch\nADD --keep-git-dir --checksum=abc ssh://git@h:22/p /x\n",
		.want = "0 git git://h:22/p url=ssh://git@h:22/p checksum=abc keep\n"
		"1 file - (copy 0 / > /x plain)\n" },
	{ .name = "the web",
		.text = "FROM scratch\nADD https://h/a/f.tar?x https://h --unpack /x\n",
		.want = "0 http https://h/a/f.tar?x file=f.tar\n"
		"1 http https://h file=__unnamed__\n"
		"2 local local://context\n"
		"3 file - (copy 0 /f.tar > /x plain) (copy 1 /__unnamed__ > /x plain) (copy 2 /--unpack > /x unpack)\n" },
	{ .name = "unpacking",
		.text = "FROM scratch\nADD a.tar /x\nADD --unpack=false a.tar /x\nADD --unpack https://h/a.tar /x\n",
		.want = "0 local local://context\n"
		"1 file - (copy 0 /a.tar > /x unpack)\n"
		"2 file 1 (copy 0 /a.tar > /x)\n"
		"3 http https://h/a.tar file=a.tar\n"
		"4 file 2 (copy 3 /a.tar > /x plain unpack)\n" },
	{ .name = "what is a path after all",
		.text = "FROM scratch\nADD HTTPS://h/f ftp://h/f foo:bar github.com/o/r /x/\n",
		.want = "0 local local://context\n"
		"1 file - (copy 0 /HTTPS:/h/f > /x/ unpack) (copy 0 /ftp:/h/f > /x/ unpack) (copy 0 /foo:bar > /x/ unpack) (copy 0 /github.com/o/r > /x/ unpack)\n" },
	{ .name = "WORKDIR",
		.text = "FROM scratch\nWORKDIR /\nWORKDIR //\nWORKDIR /a//b/../c\nUSER u\nWORKDIR d\n",
		.want = "0 file - (mkdir / 0755)\n"
		"1 file 0 (mkdir /a/c 0755)\n"
		"2 file 1 (mkdir /a/c/d chown=u 0755)\n" },
	{ .name = "SOURCE_DATE_EPOCH",
		.text = "FROM scratch\nWORKDIR /w\nCOPY a b\n",
		.want = "0 file - (mkdir /w 0755 at 7000000000)\n"
		"1 local local://context\n"
		"2 file 0 (copy 1 /a > /w/b)\n", .arg = "SOURCE_DATE_EPOCH=007" },
	{ .name = "Windows",
		.text = "FROM --platform=windows/amd64 a\nWORKDIR C:\\x\nCOPY a\\b c:\\d\\\nRUN x\n",
		.want = "0 image docker-image://docker.io/library/a:latest\n"
		"1 file 0 (mkdir /x 0755)\n"
		"2 local local://context\n"
		"3 file 1 (copy 2 /ab > /x/x) (copy 2 /dRUN > /x/x)\n" },
};
// clang-format on

static void copy_is_lowered(void **state) {
	(void)state;
	GRAPH_CASES_RUN(copy_cases, GRAPH_OPS);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(stages_are_resolved),
		cmocka_unit_test(run_is_lowered),
		cmocka_unit_test(copy_is_lowered),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
