#!/usr/bin/env python3
"""Small Dockerfiles for the comparison: one per rule of the build graph, and random ones made of the same pieces.

    cases.py OUT [--random COUNT] [--seed SEED]

Writes OUT/N and the list OUT.list.  The rules of the text itself are in ../grammar/rows.py.
"""

import argparse
import pathlib
import random

#: Text of the file, then settings
ROWS = [
    # stages and bases
    ("FROM scratch\n",), ("FROM scratch AS a\nFROM a\n",), ("FROM alpine\n",), ("FROM alpine:3@sha256:" + "0" * 64 + "\n",),
    ("FROM a\nFROM b AS c\nFROM c\nRUN x\n",), ("FROM a AS b\nFROM B\nRUN x\n",), ("FROM a AS b\nRUN x\nFROM c\nCOPY --from=B /x /y\n",),
    ("FROM a AS b\nRUN x\nFROM c\nCOPY --from=0 /x /y\n",), ("FROM a\nCOPY --from=0 /x /y\n",), ("FROM a\nCOPY --from=1 /x /y\n",),
    ("FROM a\nCOPY --from=-1 /x /y\n",), ("FROM a\nCOPY --from=+0 /x /y\n",), ("FROM a\nCOPY --from=1_0 /x /y\n",), ("FROM a\nCOPY --from=99999999999999999999 /x /y\n",),
    ("FROM a AS x\nCOPY --from=y / /\nFROM a AS y\nCOPY --from=x / /\n",), ("FROM a AS x\nCOPY --from=x / /\n",), ("FROM a AS x\nFROM b AS x\nFROM x\nRUN y\n",),
    ("FROM a AS x\nCOPY --from=y / /\nFROM b AS y\n",), ("FROM a AS x\nRUN --mount=from=y,target=/y z\nFROM b AS y\n", "target=x"), ("FROM a AS x\nFROM b AS y\nRUN z\n", "target=x"),
    ("FROM a AS x\nFROM b AS y\nRUN z\n", "target=X"), ("FROM a AS x\nFROM b AS y\nRUN z\n", "target=0"), ("FROM a AS x\nFROM b AS y\nRUN z\n", "target=z"), ("FROM a\nFROM b AS y\nRUN z\n", "target=stage-0"),
    ("FROM Alpine\n",), ("FROM a/B\n",), ("FROM localhost/a\n",), ("FROM a.b/c\n",), ("FROM a:5000/c:d\n",), ("FROM A.b/c\n",), ("FROM http://a\n",), ("FROM a:\n",), ("FROM a@b\n",), ("FROM " + "a" * 300 + "\n",),
    ("FROM " + "a" * 64 + "\n",), ("FROM " + "0123456789abcdef" * 4 + "\n",), ("FROM index.docker.io/a\n",), ("FROM docker.io/a\n",), ("FROM docker.io/a/b\n",), ("FROM a AS b.c-_d\nRUN x\n",), ("FROM a AS b__c\nRUN x\n",), ("FROM a AS b___c\nRUN x\n",), ("FROM a AS b..c\nRUN x\n",),
    ("FROM a AS b-\nRUN x\n",), ("FROM a AS scratch\nRUN x\nFROM scratch\nRUN y\n",), ("FROM a AS context\nRUN x\n",), ("FROM scratch\nRUN x\n",), ("FROM scratch\nCOPY --from=scratch / /\n",), ("FROM SCRATCH\nRUN x\n",), ("FROM $A\n",), ("FROM ${A:-b}\n",), ("ARG A\nFROM a$A\n",),
    ("ARG A=b:c\nFROM $A\nRUN x\n",), ("ARG A=b\nFROM $A AS c\nFROM ${A}\n", "arg=A=z"), ("ARG A=\"x y\"\nFROM $A\n",), ("ARG A=b B=$A-c\nFROM $B\nARG B\nRUN $B\n",), ("ARG A=${Z?must}\nFROM a\n",), ("ARG A=${Z:?must}\nFROM a\n", "arg=Z=1"), ("FROM ${A?must}\n",),
    # platforms
    ("FROM --platform=linux/arm64 a\nRUN x\n",), ("FROM --platform=$BUILDPLATFORM a\nRUN x\n", "platform=linux/arm64"), ("FROM --platform=$TARGETPLATFORM a\nARG TARGETARCH TARGETOS TARGETVARIANT TARGETPLATFORM BUILDARCH TARGETSTAGE\nRUN x\n", "platform=linux/arm/v7"),
    ("FROM --platform=arm64 a\nRUN x\n",), ("FROM --platform=linux a\nRUN x\n",), ("FROM --platform=x86_64 a\nRUN x\n",), ("FROM --platform=linux/armhf a\nRUN x\n",), ("FROM --platform=linux/arm64/v8 a\nRUN x\n",), ("FROM --platform=linux/amd64/v2 a\nRUN x\n",), ("FROM --platform=a/b/c/d a\nRUN x\n",),
    ("FROM --platform=LINUX/AMD64 a\nRUN x\n",), ("FROM --platform=l%x a\nRUN x\n",), ("FROM --platform=$NOTHING a\nRUN x\n",), ("FROM --platform=windows/amd64 a\nRUN x\nWORKDIR c\nCOPY a b\nSHELL [\"s\"]\nRUN y\n",), ("FROM --platform=windows(10.0.1)/amd64 a\nWORKDIR C:\\\\x\nCOPY a C:\\\\y\\\\\nRUN y\n",),
    ("FROM a\nRUN x\n", "platform=linux/arm64", "multi=1"), ("FROM --platform=linux/386 a AS b\nRUN x\nFROM a\nCOPY --from=b / /\n", "multi=1"), ("FROM scratch\nCOPY a b\n", "platform=linux/s390x"), ("FROM --platform=linux/arm64 scratch\nCOPY a b\nFROM a\n", "target=0"),
    # variables
    ("FROM a\nARG A=1\nENV B=$A C=$B\nENV D=$B$C\nRUN $A $B\n",), ("FROM a\nARG A\nRUN $A\n", "arg=A=1"), ("FROM a\nARG A=1\nENV A=2\nARG A=3\nRUN $A\n", "arg=A=4"), ("FROM a\nENV A=1\nARG A=2\nRUN $A\n",), ("FROM a\nARG A=1\nRUN x\nFROM a\nRUN $A\n",), ("ARG A=1\nFROM a\nARG A\nRUN x\nFROM a\nRUN y\n",), ("ARG A=1\nFROM a\nARG A=2\nRUN x\n",), ("ARG A=1\nFROM a\nARG A\nRUN x\n", "arg=A="),
    ("FROM a\nENV A=1 B=2 A=3\nRUN x\n",), ("FROM a\nENV A b c \\\n d\nRUN x\n",), ("FROM a\nENV \"A B\"=c\nRUN x\n",), ("FROM a\nENV A='$B' C=\"\\$B\" D=\\$B\nRUN x\n",), ("FROM a\nENV A=${B:-x} C=${PATH:+y} D=${B+z} E=${B-w}\nRUN x\n",), ("FROM a\nENV A=a.b.c\nENV B=${A#*.} C=${A##*.} D=${A%.*} E=${A%%.*} F=${A/./-} G=${A//./-}\nRUN x\n",),
    ("FROM a\nENV A=${B?no}\nRUN x\n",), ("FROM a\nENV A=${B\nRUN x\n",), ("FROM a\nENV A=${}\nRUN x\n",), ("FROM a\nENV $A=b\nRUN x\n",), ("FROM a\nENV PATH=/x:$PATH\nRUN x\n",), ("FROM a\nARG http_proxy NO_PROXY\nRUN x\n", "arg=HTTP_PROXY=h", "arg=no_proxy=n", "arg=all_proxy=a"), ("FROM a\nRUN echo $HTTP_PROXY\n", "arg=HTTP_PROXY=h", "arg=http_proxy=g"),
    ("FROM a\nARG TARGETARCH\nARG TARGETOS=x\nRUN $TARGETARCH $TARGETOS\n", "arg=TARGETARCH=z"), ("ARG TARGETARCH=y\nFROM a:$TARGETARCH\nARG TARGETARCH\nRUN x\n",), ("FROM a\nARG A=1 B=${A}2\nRUN $B\n",), ("FROM a\nARG A='a b' B=\"c d\"\nRUN $B\n",), ("FROM a\nARG ${X}A=1\nRUN x\n",), ("FROM a\nARG A=$(x)\nRUN x\n",), ("FROM a\nARG A=${B\nRUN x\n",), ("FROM a\nARG A=${B\nRUN x\n", "arg=A=1"), ("ARG A=${B\nFROM a\n",), ("ARG A=${B\nFROM a\n", "arg=A=1"),
    ("FROM a\nARG BUILDKIT_SYNTAX=1 SOURCE_DATE_EPOCH\nRUN x\n", "arg=SOURCE_DATE_EPOCH=5"), ("FROM a\nRUN x\n", "arg=UNUSED=1"), ("FROM a\nLABEL a=$X b=${Y\nRUN x\n",), ("FROM a\nEXPOSE $P 80 70-71/udp\nRUN x\n",), ("FROM a\nENV P='80 81'\nEXPOSE $P\nRUN x\n",), ("FROM a\nEXPOSE 0x\n",), ("FROM a\nEXPOSE 99999\n",), ("FROM a\nSTOPSIGNAL $S\nVOLUME $V /$V\nRUN x\n",),
    # base images with a configuration
    ("FROM node:22\nRUN $NODE_VERSION\nENV X=$YARN_VERSION\nRUN y\n",), ("FROM golang\nWORKDIR src\nCOPY . .\nRUN go build\n",), ("FROM ruby\nENV A=$EMPTY-$NOTHING\nRUN x\n",), ("FROM jenkins/jenkins:lts\nCOPY a b\nUSER root\nRUN x\n",), ("FROM elasticsearch:8\nCOPY a b\nWORKDIR c\nRUN x\n",),
    ("FROM mcr.microsoft.com/powershell\nRUN x\nCMD y\n",), ("FROM busybox\nRUN x\n",), ("FROM busybox:1 AS b\nFROM a\nCOPY --from=busybox:1 /x /y\nCOPY --from=b /x /y\n",), ("FROM ctxopt/empty\nRUN x\n",), ("FROM node:onbuild\nRUN x\n", "arg=NODE_ENV=p"), ("FROM node:onbuild AS b\nFROM b\nRUN x\n",),
    ("FROM ctxopt/triggers\nRUN x\n",), ("FROM ctxopt/triggers AS t\nFROM t\nRUN x\n",), ("FROM ctxopt/broken-trigger\n",), ("FROM ctxopt/two-triggers\n",), ("FROM ctxopt/from-trigger\n",), ("FROM a\nCOPY --from=ctxopt/triggers / /\n",), ("FROM a AS b\nONBUILD RUN x\nONBUILD COPY --from=busybox / /\nFROM b\nRUN y\nFROM b\nRUN z\n",),
    ("FROM a AS b\nONBUILD COPY a b\nFROM b AS c\nFROM c\nRUN x\n",), ("FROM a AS b\nONBUILD COPY --from=later / /\nFROM b AS c\nFROM x AS later\nFROM c\nRUN x\n",), ("FROM a AS b\nONBUILD ARG A=1\nONBUILD ENV B=$A\nONBUILD WORKDIR w\nFROM b\nRUN $B\n", "arg=A=2"),
    # WORKDIR, USER, SHELL
    ("FROM a\nWORKDIR b\nWORKDIR c/../d\nWORKDIR /e/\nRUN x\n",), ("FROM a\nWORKDIR $X\nRUN x\n",), ("FROM a\nWORKDIR \"a b\"\nRUN x\n",), ("FROM a\nWORKDIR ..\nRUN x\n",), ("FROM a\nWORKDIR /\nRUN x\n",), ("FROM a\nWORKDIR C:\\a\nRUN x\n",), ("FROM a\nWORKDIR a:b\nRUN x\n",), ("FROM a\nENV X=/y\nWORKDIR $X/z\nRUN x\n",), ("FROM a\nUSER $U\nRUN x\n",), ("FROM a\nUSER a b:c\nRUN x\n",),
    ("FROM a\nUSER x\nUSER ''\nRUN x\n",), ("FROM a\nSHELL [\"s\", \"$X\"]\nRUN x\nRUN [\"a\", \"b\"]\nSHELL [\"t\"]\nRUN x y\n",), ("FROM a\nRUN\n",), ("FROM a\nRUN []\n",), ("FROM a\nRUN [\"\"]\n",), ("FROM a\nMAINTAINER x\nCMD x\nENTRYPOINT y\nHEALTHCHECK CMD z\nRUN x\n",),
    # RUN
    ("FROM a\nRUN <<E\nx\ny\nE\n",), ("FROM a\nRUN <<E\n#!/bin/x\ny\nE\n",), ("FROM a\nRUN <<-E\n\t#!/bin/x\n\ty\n\tE\n",), ("FROM a\nRUN <<'a b/c'\n#!x\na b/c\n",), ("FROM a\nRUN cat <<A > x; cat <<-B\n1\nA\n\t2\nB\n",), ("FROM a\nRUN <<A <<B\nx\nA\ny\nB\n",), ("FROM a\nRUN <<E\nE\n",), ("FROM a\nRUN <<E\n" + "x" * 200 + "\ny\nE\n",), ("FROM a\nRUN <<E\n\n  x  \n#c\nE\n",),
    ("FROM a\nRUN <<E\n#!x\nE\nRUN <<E\n#!x\nE\n",), ("FROM a\nENV X=y\nRUN a $X ${X} \"$X\" '$X' \\$X $Z ${Z:-q}\n",), ("FROM a\nRUN a ${X\n",), ("FROM a\nrun   x   y  \\\n  z\n",), ("FROM a\nRUN x\ty\n",), ("FROM a\nRUN \\x \"y\\\"z\" 'w\n",), ("FROM a\nRUN --network=none --security=insecure x\n",), ("FROM a\nRUN --network=host x\n",), ("FROM a\nRUN --network=x y\n",),
    ("FROM a\nRUN --device=vendor/x=y z\n",), ("FROM a\nRUN --device=x,required z\n",),
    # mounts
    ("FROM a\nRUN --mount=type=bind,source=b,target=c x\n",), ("FROM a\nRUN --mount=target=/b x\n",), ("FROM a\nRUN --mount=target=. x\n",), ("FROM a\nRUN --mount=target=/ x\n",), ("FROM a\nRUN --mount=type=bind x\n",), ("FROM a\nRUN --mount=target=/b,rw,source=/../c x\n",), ("FROM a\nRUN --mount=target=/b/,readonly=false x\n",), ("FROM a\nRUN --mount=target=/c --mount=target=/b,source=d --mount=target=/B x\n",),
    ("FROM a\nWORKDIR /w\nRUN --mount=target=b,source=c x\n",), ("FROM a\nRUN --mount=target=/b,from=c x\n",), ("FROM a AS c\nRUN y\nFROM a\nRUN --mount=target=/b,from=c,source=/d x\n",), ("FROM a AS c\nRUN y\nFROM a\nRUN --mount=target=/b,from=0 x\n",), ("FROM a\nRUN --mount=target=/b,from=scratch x\n",), ("FROM a\nRUN --mount=target=/b,from=$X x\n",),
    ("FROM a\nRUN --mount=type=cache,target=/c x\n",), ("FROM a\nRUN --mount=type=cache,target=c,id=i,sharing=locked x\n",), ("FROM a\nRUN --mount=type=cache,target=/c,sharing=private,mode=0700,uid=1,gid=2 x\n",), ("FROM a\nRUN --mount=type=cache,target=/c,from=b,source=/d,uid=1 x\n",), ("FROM a\nRUN --mount=type=cache,target=/c,ro x\n",), ("FROM a\nRUN --mount=type=cache,target=/c/../d/ x\n",), ("FROM a\nRUN --mount=type=cache,id=a/b,target=/c x\n",), ("FROM a\nRUN --mount=type=cache x\n",),
    ("FROM a\nENV H=/h\nRUN --mount=type=cache,target=$H/c,id=${I:-j} x\n",), ("FROM a\nARG T=cache\nRUN --mount=type=$T,target=/c x\n",), ("FROM a\nRUN --mount=type=$T,target=/c x\n",), ("FROM a\nRUN --mount=type=cache,target=/c,mode=9 x\n",), ("FROM a\nRUN --mount=type=bind,target=/c,mode=7 x\n",), ("FROM a\nRUN --mount=type=bind,target=/c,size=7 x\n",), ("FROM a\nRUN --mount=type=bind,target=/c,sharing=shared x\n",),
    ("FROM a\nRUN --mount=type=tmpfs,target=/t x\n",), ("FROM a\nRUN --mount=type=tmpfs,target=/t,size=1.5g x\n",), ("FROM a\nRUN --mount=type=tmpfs,target=/t,size=x x\n",), ("FROM a\nRUN --mount=type=tmpfs,target=/t,source=/y x\n",), ("FROM a\nRUN --mount=type=tmpfs,target=/t,ro x\n",),
    ("FROM a\nRUN --mount=type=secret,id=s x\n",), ("FROM a\nRUN --mount=type=secret,id=s,target=/t,required,mode=0440,uid=5,gid=6 x\n",), ("FROM a\nRUN --mount=type=secret,id=s,env=E x\n",), ("FROM a\nRUN --mount=type=secret,id=s,env x\n",), ("FROM a\nRUN --mount=type=secret,id=s,env= x\n",), ("FROM a\nRUN --mount=type=secret,id=s,env=E,target=t x $E\n",), ("FROM a\nWORKDIR /w\nRUN --mount=type=secret,source=a/s,target=t x\n",), ("FROM a\nRUN --mount=type=secret x\n",), ("FROM a\nRUN --mount=type=secret,target=/q/t x\n",),
    ("FROM a\nRUN --mount=type=ssh x\n",), ("FROM a\nRUN --mount=type=ssh,id=i,target=/t,required=true,mode=0600 --mount=type=ssh,id=j x\n",), ("FROM a\nENV SSH_AUTH_SOCK=y\nRUN --mount=type=ssh x\n",), ("FROM a\nRUN --mount=type=ssh,source=s x\n",), ("FROM a\nRUN --mount=type=secret,id=b --mount=type=cache,target=/a --mount=type=ssh --mount=type=tmpfs,target=/b --mount=target=/c x\n",), ("FROM a\nRUN --mount=type=nope x\n",), ("FROM a\nRUN --mount=type=bind,nope=1 x\n",), ("FROM a\nRUN --mount=type=bind,nope x\n",), ("FROM a\nRUN --mount=\"target=/a\",\"source=b\" x\n",), ("FROM a\nRUN --mount=TYPE=CACHE,Target=/a x\n",),
    # COPY and ADD
    ("FROM a\nCOPY a b\n",), ("FROM a\nCOPY a b /c/\n",), ("FROM a\nCOPY a b c\n",), ("FROM a\nCOPY . .\n",), ("FROM a\nCOPY ./ ./\n",), ("FROM a\nCOPY / /\n",), ("FROM a\nWORKDIR w\nCOPY a .\nCOPY a ./\nCOPY a b/\nCOPY a /b/.\nCOPY a ..\n",), ("FROM a\nCOPY ../a b\n",), ("FROM a\nCOPY a/../../b//c/ d\n",), ("FROM a\nCOPY *.c a?[b] \\[x /d/\n",), ("FROM a\nCOPY [\"a b\", \"c\", \"d/\"]\n",), ("FROM a\nENV X=y\nCOPY $X ${X}z $X/\n",), ("FROM a\nCOPY $N b\n",), ("FROM a\nCOPY a $N\n",), ("FROM a\nCOPY ${X b\n",),
    ("FROM a\nCOPY --chown=1 a b\n",), ("FROM a\nCOPY --chown=u:g a b\n",), ("FROM a\nCOPY --chown=root:0 a b\n",), ("FROM a\nCOPY --chown=:5 a b\n",), ("FROM a\nCOPY --chown=-1:99999999999 a b\n",), ("FROM a\nCOPY --chown=$X:1:2 a b\n",), ("FROM a\nCOPY --chmod=755 a b\n",), ("FROM a\nCOPY --chmod=u+rwX,go-w a b\n",), ("FROM a\nCOPY --chmod=888 a b\n",), ("FROM a\nCOPY --chmod=77777 a b\n",), ("FROM a\nCOPY --chmod=nonsense a b\n",), ("FROM a\nCOPY --chmod=0o755 a b\n",), ("FROM a\nARG M=644\nCOPY --chmod=$M a b\n",), ("FROM a\nCOPY --chmod= a b\n",), ("FROM a\nCOPY --chmod=+x a b\n",), ("FROM a\nCOPY --chmod=u=rwx,g=u a b\n",),
    ("FROM a\nCOPY --link a b\nCOPY --link c d\nRUN x\n",), ("FROM a\nCOPY --link --chmod=1 a b\n",), ("FROM scratch\nCOPY --link a b\n",), ("FROM scratch\nCOPY --link a b\nCOPY --link c d\n",), ("FROM scratch\nCOPY a b\nCOPY --link a b\n",), ("FROM a\nCOPY --link=false a b\n",), ("FROM a AS b\nFROM c\nCOPY --link --from=b /x /y\nADD --link z w\n",), ("FROM a\nWORKDIR /w\nCOPY --link a b\nCOPY --link --chown=u a b\n",),
    ("FROM a\nCOPY --parents a/b c/d /e/\n",), ("FROM a\nCOPY --parents a/./b/c /e/\n",), ("FROM a\nCOPY --parents ./a/*/b /e/\n",), ("FROM a\nCOPY --parents ./x/./y/./z ../a//b /e/\n",), ("FROM a\nCOPY --parents a[b] . /e/\n",), ("FROM a\nCOPY --exclude=*.o --exclude=!x a b\n",), ("FROM a\nCOPY --exclude=$X a b\n",), ("FROM a\nCOPY --parents --exclude=x --link --chown=1 a/b /e/\n",), ("FROM a AS b\nFROM c\nCOPY --parents --from=b /x/./y /z/\n",),
    ("FROM a\nCOPY <<E /d\nx\nE\n",), ("FROM a\nENV X=y\nCOPY <<E <<'F' <<-G a /d/\n$X \"$X\" \\$X ${Z:-w}\nE\n$X\nF\n\t$X\nG\n",), ("FROM a\nCOPY <<E /d\n${X\nE\n",), ("FROM a\nCOPY <<a/b /d/\nx\na/b\n",), ("FROM a\nCOPY <<E <<E /d/\n1\nE\n2\nE\n",), ("FROM a\nCOPY --link <<E /d\nx\nE\n",), ("FROM a\nCOPY --chown=1 --chmod=7 <<E /d\nx\nE\n",), ("FROM a\nCOPY <<E /d\nx\nE\nCOPY <<E /e\nx\nE\n",), ("FROM a\nADD <<E /d\nx\nE\n",),
    ("FROM a\nADD a b\n",), ("FROM a\nADD --unpack=false a b\n",), ("FROM a\nADD --unpack a b\n",), ("FROM a\nADD http://x/y.tgz /z\n",), ("FROM a\nADD https://x /z/\n",), ("FROM a\nADD https://x/y/?a=b /z/\n",), ("FROM a\nADD --unpack https://x/y%20z /z/\n",), ("FROM a\nADD --checksum=sha256:" + "1" * 64 + " http://x/y z\n",), ("FROM a\nADD --checksum=bad http://x/y z\n",), ("FROM a\nADD --checksum=sha256:" + "1" * 64 + " a z\n",), ("FROM a\nADD http://x/y a http://x/z /d/\n",), ("FROM a\nCOPY http://x/y z\n",), ("FROM a\nENV U=http://x/y\nADD $U z\n",), ("FROM a\nADD HTTP://x/y z\n",),
    ("FROM a\nADD https://github.com/a/b.git /c\n",), ("FROM a\nADD https://github.com/a/b.git#v1:sub /c\n",), ("FROM a\nADD git@github.com:a/b.git#x /c\n",), ("FROM a\nADD --keep-git-dir git://x/y.git /c\n",), ("FROM a\nADD ssh://u@x:22/y.git /c\n",), ("FROM a\nADD https://x/y.git?branch=b&subdir=c /c\n",), ("FROM a\nADD https://x/y.git?ref=b&keep-git-dir=1 /c\n",), ("FROM a\nADD github.com/a/b /c\n",), ("FROM a\nCOPY https://x/y.git /c\n",), ("FROM a\nCOPY github.com/a/b.git /c\n",), ("FROM a\nADD https://x/y.git#" + "1" * 40 + " /c\n",), ("FROM a\nADD --checksum=" + "1" * 40 + " https://x/y.git /c\n",),
    ("FROM a AS x\nCOPY --from=x a b\nRUN y\nCOPY --from=x c d\n",), ("FROM a AS x\nFROM b\nCOPY --from=$X / /\n",), ("FROM a AS x\nFROM b\nCOPY --from='x' / /\n",), ("FROM b\nCOPY --from=BadName / /\n",), ("FROM b\nCOPY --from=img:1 /a /b\nCOPY --from=img:1 /c /d\nRUN --mount=from=img:1,target=/e x\n",), ("FROM a AS unused\nFROM Bad\nFROM c\nRUN x\n",), ("FROM a\nCOPY --chown=a b c\nCOPY a /x\nCOPY a /x\n",),
    # follow paths
    ("FROM a\nCOPY b/c d/e /f/\nADD http://x/y g h /i/\nRUN --mount=target=/m,source=j x\n",), ("FROM a AS x\nCOPY b c\nFROM a AS y\nCOPY d e\nFROM x\n",), ("FROM a\nCOPY b c\nCOPY . d\n",), ("FROM a\nCOPY b/../c ./d/* /f/\n",), ("FROM a\nCOPY <<E b c /d/\nx\nE\n",), ("FROM a\nCOPY --parents b/./c d/\n",), ("FROM a\nRUN --mount=target=/m x\n",), ("FROM a\nRUN --mount=type=cache,target=/m,source=/x x\n",), ("FROM a\nRUN --mount=type=tmpfs,target=/m,source=/x y\nCOPY a b\n",), ("FROM a\nADD git@github.com:a/b.git x /c/\n",), ("FROM a\nCOPY \\$a 'b c' d/\n",),
    # named contexts
    ("FROM a\nRUN x\n", "context=a=docker-image://node"), ("FROM a\nRUN x\n", "context=a=local:d"), ("FROM a:1\nCOPY --from=b /c /d\n", "context=b=local:d"), ("FROM a AS s\nRUN x\nFROM b\nCOPY --from=s /c /d\n", "context=s=local:d"), ("FROM a AS s\nRUN x\nFROM s\nRUN y\n", "context=s=docker-image://golang:1"), ("FROM docker.io/library/a\nCOPY --from=ctx x y\nRUN --mount=from=ctx,source=z,target=/t w\n", "context=ctx=local:d"),
    ("FROM a\nCOPY --from=ctx x y\nRUN --mount=from=ctx,target=/t w\n", "context=ctx=local:d"), ("FROM a\nRUN x\n", "context=a:latest=docker-image://busybox"), ("FROM a\nRUN x\n", "context=a=https://x/y.git#z"), ("FROM a\nCOPY --from=c x y\n", "context=c=https://x/y.tar"), ("FROM a\nRUN x\n", "context=scratch=docker-image://b"), ("FROM scratch\nCOPY --from=c x y\n", "context=c=docker-image://scratch"), ("FROM a\nRUN x\n", "context=a=docker-image://Bad"), ("FROM a\nRUN x\n", "context=a=nonsense"), ("FROM a\nRUN x\n", "context=a=ftp://x"), ("FROM a\nRUN x\n", "context=a=github.com/a/b"), ("FROM a\nRUN x\n", "context=a=ssh://a/b"), ("FROM a\nRUN x\n", "context=a=git@a"), ("FROM a\nCOPY --from=c x y\n", "context=c=HTTP://x"), ("FROM a\nCOPY --from=b x y\nCOPY --from=c x y\n", "context=b=local:d", "context=c=local:d"), ("FROM a\nRUN x\n", "context=Bad=local:d"),
    # directives and errors
    ("# escape=`\nFROM a\nWORKDIR c:\\x\nENV A=`$B C=\\d\nRUN x `\n y\nCOPY a`b c\n",), ("# check=error=true\nFROM a\nRUN x\n",), ("# check=nonsense=1\nFROM a\n",), ("# check=skip=X;error=2\nFROM a\n",), ("# check=error=false;skip=all\nFROM a\nRUN x\n",), ("# check=er=1;error=true\n# check=skip=all\nFROM a\nFOO\n",), ("# check=skip=a;experimental=b;error=1;skip=c\nFROM a\n",), ("# check=skip=\u00a0all;\u00a0error\u00a0=\u00a0T\u00a0\nFROM a\n",), ("# check=;\nFROM a\n",), ("# check=x\nFROM a\n", "arg=BUILDKIT_DOCKERFILE_CHECK=skip=all"), ("# check=x\nFROM a\n", "arg=BUILDKIT_DOCKERFILE_CHECK= error=2 ;"), ("FROM a\nFOO\n", "arg=BUILDKIT_DOCKERFILE_CHECK=x"), ("ARG X\n",), ("RUN x\n",), ("FROM\n",), ("",), ("FROM a\nFOO\n",), ("FROM a\nRUN <<E\n",),
]

IMAGES = ["a", "b:1", "node:22", "golang", "scratch", "python:3", "busybox", "node:onbuild", "ctxopt/triggers", "ctxopt/empty", "jenkins/jenkins", "ruby"]
WORDS = ["a", "b/c", "./d", "/e/f", "*.c", "g/", ".", "x?y", "$A", "${B:-h}", "${C}i", "'j'", "\"l\"", "\\m", "..", "n//o", "$NODE_VERSION", "${D#x}", "${E/a/b}"]
DESTS = ["/x", "/x/", ".", "./", "y", "z/", "$A", "${B}/w", "/"]
FLAGS = ["--link", "--chown=1:2", "--chown=u", "--chown=$A", "--chmod=644", "--chmod=u+x", "--exclude=*.o", "--parents"]
MOUNTS = ["type=bind,target=/m", "target=m,source=a/b", "target=/n,rw", "type=cache,target=/c", "type=cache,target=/c2,id=k,sharing=locked", "type=cache,target=$A/c,uid=5", "type=tmpfs,target=/t,size=10m", "type=secret,id=s", "type=secret,id=s,env=S", "type=ssh", "type=secret,id=$A,target=/q"]


def stage(rng, number, names):
    """Lines of one random stage."""
    base = rng.choice(names) if names and rng.random() < 0.5 else rng.choice(IMAGES)
    lines = [f"FROM {'--platform=$BUILDPLATFORM ' if rng.random() < 0.1 else ''}{base}" + (f" AS s{number}" if rng.random() < 0.8 else "")]

    def copy():
        flags = " ".join(rng.sample(FLAGS, rng.choice([0, 0, 0, 1, 1, 2])))
        if rng.random() < 0.4:
            flags += f" --from={rng.choice(names + ['img', 'node:22', 'img2', str(max(number - 1, 0))])}"
        return f"COPY {flags} {' '.join(rng.choices(WORDS, k=rng.randint(1, 3)))} {rng.choice(DESTS)}"

    def run():
        mounts = [f"--mount={m}{',from=' + rng.choice(names + ['img', 'scratch']) if rng.random() < 0.2 and not m.startswith('type=s') else ''}"
                  for m in rng.sample(MOUNTS, rng.choice([0, 0, 1, 1, 2, 3]))]
        return " ".join(["RUN", *mounts, rng.choice(["x", "x $A ${B}", "[\"a\", \"$B\"]", "<<E\n#!/bin/x $A\nE", "<<-E\n\ty $A\nE", "cat <<E > $B\n$A\nE", "a \\\n  b", "$NODE_VERSION"])])

    makers = [
        copy, copy, copy, run, run, run,
        lambda: f"ADD {' '.join(rng.sample(FLAGS[:6], rng.choice([0, 0, 1])))} {rng.choice(['http://x/y', 'https://x/y.git#z', 'a.tgz'] + WORDS)} {rng.choice(DESTS)}",
        lambda: f"WORKDIR {rng.choice(['/w', 'v', '$A', '${B}/u', '..', '/'])}",
        lambda: f"USER {rng.choice(['u', '$A', '1:2'])}",
        lambda: f"ENV {rng.choice('ABC')}={rng.choice(WORDS)} {rng.choice('ABC')}={rng.choice(WORDS)}",
        lambda: f"ARG {rng.choice('ABC')}{rng.choice(['', '=1', '=$A', '=${B:-q}'])}",
        lambda: "SHELL [\"s\", \"-c\"]",
        lambda: f"ONBUILD {rng.choice([copy, run])()}",
        lambda: f"COPY {rng.choice(['', '--link'])} <<E {rng.choice(DESTS)}\n$A ${{B:-x}}\nE",
        lambda: rng.choice(["CMD x", "ENTRYPOINT [\"y\"]", "EXPOSE 80 $A", "LABEL a=$A", "VOLUME /v", "STOPSIGNAL 9"]),
    ]
    return lines + [rng.choice(makers)() for _ in range(rng.randint(0, 6))]


def random_case(seed, number):
    """One random file: its text, then settings.  The same numbers give the same file."""
    rng = random.Random(f"{seed} {number}")
    lines = [f"ARG {rng.choice('ABC')}={rng.choice(['1', 'x', '/p', '${B}y'])}" for _ in range(rng.randint(0, 2))]
    names = []
    for n in range(rng.randint(1, 5)):
        made = stage(rng, n, names)
        lines += made
        if " AS " in made[0]:
            names.append(f"s{n}")
    settings = [f"arg={rng.choice('ABC')}={rng.choice(['2', '/q', ''])}" for _ in range(rng.choice([0, 0, 1, 2]))]
    if names and rng.random() < 0.2:
        settings.append(f"target={rng.choice(names)}")
    if rng.random() < 0.1:
        settings += ["platform=linux/arm64", *rng.choice([[], ["multi=1"]])]
    if rng.random() < 0.15:
        settings.append(f"context={rng.choice(names + ['img', 'a', 'node:22'])}={rng.choice(['local:d', 'docker-image://golang'])}")
    return ("\n".join(lines) + "\n", *settings)


def edited(rng, lines):
    """The lines of a file after one edit that leaves most of it valid."""
    at = rng.randrange(len(lines))
    kind = rng.random()
    if kind < 0.15:
        return lines[:at] + lines[at + 1:] or lines
    if kind < 0.3:
        other = rng.randrange(len(lines))
        return lines[:other] + [lines[at]] + lines[other:]
    if kind < 0.5:
        return lines[:at] + stage(rng, 9, ["a"])[1:2] + lines[at:]
    words = lines[at].split(" ")
    word = rng.randrange(len(words))
    if kind < 0.75:
        words[word] = rng.choice(WORDS + DESTS + FLAGS + ["FROM", "AS", "--mount=" + rng.choice(MOUNTS), "--from=0", "--from=a"])
    elif kind < 0.9:
        words.insert(word, rng.choice(WORDS + FLAGS + ["--mount=" + rng.choice(MOUNTS), "--from=0", "--from=img"]))
    else:
        words.pop(word)
    return lines[:at] + [" ".join(words)] + lines[at + 1:]


def edited_case(seed, number, sources):
    """A real file after one to three edits of whole words and lines."""
    rng = random.Random(f"{seed} {number}")
    text = pathlib.Path(rng.choice(sources)).read_bytes().decode("utf-8", "surrogateescape")
    lines = text.split("\n")[:200]
    for _ in range(rng.randint(1, 3)):
        lines = edited(rng, lines)
    return ("\n".join(lines) + "\n",)


def write(out, cases):
    """Write cases as files and a list; returns the lines of the list."""
    out.mkdir(parents=True, exist_ok=True)
    lines = []
    for number, (text, *settings) in enumerate(cases):
        path = out / str(number)
        path.write_text(text, encoding="utf-8", errors="surrogateescape", newline="")
        lines.append("\t".join([str(path), *settings]))
    out.with_suffix(".list").write_text("".join(line + "\n" for line in lines), encoding="utf-8")
    return lines


def main():
    """Write what the command line asks for."""
    args = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    args.add_argument("out", type=pathlib.Path)
    args.add_argument("--random", type=int, default=0)
    args.add_argument("--seed", default="1")
    options = args.parse_args()
    write(options.out, ROWS + [random_case(options.seed, n) for n in range(options.random)])


if __name__ == "__main__":
    main()
