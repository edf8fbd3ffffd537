#!/usr/bin/env python3
"""Print a hostile Dockerfile: valid or not, but larger, deeper or stranger than anything a person writes.

    make.py NAME SIZE [> Dockerfile]     SIZE: bytes of "line-" and "continued-" cases, else a number of things
    make.py --list

Used by tests/cli/hostile.sh with small sizes, which checks what ctxopt says about them, and by measure.py with large ones,
which shows that time and memory grow with the size and not faster.
"""

import sys
from collections.abc import Callable

LINE = 60_000  # below the 65,535 bytes that BuildKit allows

CASES: dict[str, Callable[[int], bytes]] = {}


def case(function: Callable[[int], bytes]) -> Callable[[int], bytes]:
    """Register under the name of the function."""
    CASES[function.__name__.replace("_", "-")] = function
    return function


def repeated(unit: bytes, size: int) -> bytes:
    """`size` bytes made of whole units."""
    return unit * (size // len(unit))


# What one instruction may consist of: its beginning, what is repeated, its end.
INSTRUCTIONS = {
    "run": (b"RUN true", b" x", b""),
    "env": (b"ENV", b" A=1", b""),
    "copy": (b"COPY", b" a", b" /d/"),
    "json": (b'RUN ["a"', b',"b"', b"]"),
    "label": (b"LABEL", b' a="b c"', b""),
    "volume": (b"VOLUME", b" /a", b""),
    "expose": (b"EXPOSE", b" 80", b""),
    "arg": (b"ARG", b" A=1", b""),
    "stars": (b"RUN a", b" $*", b""),
    "flags": (b"COPY", b" --exclude=a*/b", b" a /d/"),
    "mounts": (b"RUN", b" --mount=type=tmpfs,target=/t", b" true"),
    "secrets": (b"RUN", b" --mount=type=secret,id=a", b" true"),
    "quotes": (b"RUN <<A", b"'", b"\nA"),
    "escapes": (b"ENV A=", b"\\x", b""),
    "dollars": (b"ENV A=", b"$A", b""),
}


def add_instruction(name: str) -> None:
    """One instruction in one line, and one in many continued lines."""
    start, unit, end = INSTRUCTIONS[name]

    def line(size: int) -> bytes:
        return b"FROM scratch\n" + start + repeated(unit, size) + end + b"\n"

    def continued(size: int) -> bytes:
        part = repeated(unit, LINE)
        return b"FROM scratch\n" + start + (part + b"\\\n") * max(1, size // len(part)) + end + b"\n"

    CASES["line-" + name] = line
    CASES["continued-" + name] = continued


for instruction in INSTRUCTIONS:
    add_instruction(instruction)


def lines(head: bytes, template: bytes, count: int, tail: bytes = b"") -> bytes:
    """`template` for each number, %d being the number and %p the one before it."""
    rows = (template.replace(b"%d", b"%d" % i).replace(b"%p", b"%d" % (i - 1)) for i in range(1, count + 1))
    return head + b"".join(rows) + tail


@case
def stages(count: int) -> bytes:
    return lines(b"FROM scratch AS s0\n", b"FROM s%p AS s%d\n", count)


@case
def stages_run(count: int) -> bytes:
    return lines(b"FROM alpine AS s0\n", b"FROM s%p AS s%d\nRUN %d\n", count)


@case
def stages_env(count: int) -> bytes:
    return lines(b"FROM alpine AS s0\n", b"FROM s%p AS s%d\nENV V%d=$V%p\n", count)


@case
def stages_copy(count: int) -> bytes:
    return lines(b"FROM alpine\nRUN x\n", b"FROM scratch\nCOPY --from=%p / /%d\n", count)


@case
def stages_copied_into_one(count: int) -> bytes:
    head = lines(b"", b"FROM alpine AS s%d\nRUN %d\n", count)
    return lines(head + b"FROM scratch\n", b"COPY --from=s%d / /%d\n", count)


@case
def stages_images(count: int) -> bytes:
    return lines(b"", b"FROM image%d AS s%d\n", count) + lines(b"FROM scratch\n", b"COPY --from=other%d / /\n", count)


@case
def stages_same(count: int) -> bytes:
    head = lines(b"", b"FROM alpine AS s%d\nRUN x\n", count)
    return lines(head + b"FROM scratch\n", b"COPY --from=s%d / /\n", count)


@case
def stages_cycle(count: int) -> bytes:
    return lines(b"", b"FROM scratch AS s%d\nCOPY --from=s%p / /\n", count).replace(b"s0 ", b"s%d " % count, 1)


@case
def copies(count: int) -> bytes:
    return lines(b"FROM scratch\n", b"COPY a /%d\n", count)


@case
def copies_all(count: int) -> bytes:
    return lines(b"FROM scratch\n", b"COPY . /%d\n", count)


@case
def copies_links(count: int) -> bytes:
    return lines(b"FROM scratch\n", b"COPY --link a /%d\n", count)


@case
def copies_missing(count: int) -> bytes:
    return lines(b"FROM scratch\n", b"COPY missing%d /\n", count)


@case
def runs(count: int) -> bytes:
    return lines(b"FROM alpine\n", b"RUN %d\n", count)


@case
def workdirs(count: int) -> bytes:
    return lines(b"FROM alpine\n", b"WORKDIR d\n", count)


@case
def mounts_of_stages(count: int) -> bytes:
    head = lines(b"", b"FROM alpine AS s%d\nRUN %d\n", count)
    return lines(head + b"FROM alpine\nRUN ", b"--mount=from=s%d,target=/m%d \\\n", count, b"true\n")


@case
def mounts_of_context(count: int) -> bytes:
    return lines(b"FROM alpine\nRUN ", b"--mount=target=/m%d,source=a \\\n", count, b"true\n")


@case
def caches(count: int) -> bytes:
    return lines(b"FROM alpine\n", b"RUN --mount=type=cache,target=/c%d,uid=1 %d\n", count)


@case
def envs(count: int) -> bytes:
    return lines(b"FROM alpine\nENV V0=x\n", b"ENV V%d=$V%p\n", count)


@case
def envs_run(count: int) -> bytes:
    return lines(b"FROM alpine\nENV V0=x\n", b"ENV V%d=$V%p\nRUN %d\n", count)


@case
def args(count: int) -> bytes:
    return lines(b"ARG V0=x\n", b"ARG V%d=$V%p\n", count, b"FROM alpine:$V%d\n" % count)


@case
def args_in_stages(count: int) -> bytes:
    return lines(b"ARG A=x\n", b"FROM alpine:$A AS s%d\nARG A\nRUN $A\n", count)


@case
def doubling(count: int) -> bytes:
    return b"FROM scratch\nENV A=x\n" + b"ENV A=$A$A\n" * count


@case
def doubling_args(count: int) -> bytes:
    return b"ARG A=x\n" + b"ARG A=$A$A\n" * count + b"FROM $A\n"


@case
def doubling_heredoc(count: int) -> bytes:
    return b"FROM scratch\nENV A=x\n" + b"ENV A=$A$A\n" * 20 + b"COPY <<E /\n" + b"$A\n" * count + b"E\n"


@case
def doubling_used(count: int) -> bytes:
    return lines(b"FROM scratch\nENV A=x\n" + b"ENV A=$A$A\n" * 20, b"COPY $A /%d\n", count)


@case
def nested(count: int) -> bytes:
    opening = (b"${a:-" * 10_000 + b"\\\n") * (count // 10_000) + b"${a:-" * (count % 10_000)
    closing = (b"}" * LINE + b"\\\n") * (count // LINE) + b"}" * (count % LINE)
    return b"FROM scratch\nENV A=" + opening + b"x" + closing + b"\n"


@case
def nested_in_heredoc_line(count: int) -> bytes:
    return nested(count).replace(b"ENV A=", b"RUN <<E ") + b"E\n"


@case
def nested_json(count: int) -> bytes:
    part = (b"[" * LINE + b"\\\n") * (count // LINE) + b"[" * (count % LINE)
    return b"FROM scratch\nRUN [\"a\", " + part + b"\n"


@case
def onbuild(count: int) -> bytes:
    return lines(b"FROM alpine AS p\n", b"ONBUILD RUN %d\n", count, b"FROM p\n")


@case
def onbuild_each(count: int) -> bytes:
    return lines(b"FROM alpine AS s0\n", b"ONBUILD RUN %d\nFROM s%p AS s%d\n", count)


@case
def onbuild_square(count: int) -> bytes:
    head = lines(b"FROM alpine AS p\n", b"ONBUILD RUN %d\n", count)
    return lines(lines(head, b"FROM p AS s%d\n", count) + b"FROM scratch\n", b"COPY --from=s%d / /\n", count)


@case
def onbuild_deep(count: int) -> bytes:
    return b"FROM scratch\n" + (b"ONBUILD " * 7000 + b"\\\n") * (count // 7000 + 1) + b"RUN x\n"


@case
def heredocs(count: int) -> bytes:
    return b"FROM alpine\n" + b"RUN <<E\nx\nE\n" * count


@case
def heredocs_of_one(count: int) -> bytes:
    words = lines(b"FROM scratch\nCOPY ", b"<<E%d \\\n", count, b"/\n")
    return lines(words, b"$x\nE%d\n", count)


@case
def heredocs_without_end(count: int) -> bytes:
    return b"FROM alpine\n" + b"RUN <<E\nx\n" * count


@case
def heredoc_long(count: int) -> bytes:
    return b"FROM alpine\nRUN <<E\n" + b"x\n" * count + b"E\n"


@case
def heredoc_expanded(count: int) -> bytes:
    return b"FROM scratch\nENV A=1\nCOPY <<E /\n" + b"${A} ${B:-x} \\$\n" * count + b"E\n"


@case
def not_utf8(count: int) -> bytes:
    return b"FROM alpine\n" + b"RUN \xff\xfe\xc3 \x80\xf0\x9f\n" * count


@case
def not_utf8_keywords(count: int) -> bytes:
    return b"FROM alpine\n" + b"\xff\xfe\xc3\n" * count


@case
def nuls(count: int) -> bytes:
    return b"FROM alpine\n" + b"RUN \0a\0\n" * count


@case
def only_nuls(count: int) -> bytes:
    return (b"\0" * LINE + b"\n") * (count // LINE + 1)


@case
def only_cr(count: int) -> bytes:
    return b"FROM alpine\r" * count


@case
def only_crlf(count: int) -> bytes:
    return b"FROM scratch\n" + b"\r\n" * count


@case
def only_continuations(count: int) -> bytes:
    return b"\\\n" * count


@case
def continuations(count: int) -> bytes:
    return b"FROM scratch\nRUN a" + b" \\\n\n" * count


@case
def comments(count: int) -> bytes:
    return b"# x\n" * count + b"FROM scratch\n"


@case
def comments_inside(count: int) -> bytes:
    return b"FROM scratch\nRUN a \\\n" + b"# x\n" * count + b"b\n"


@case
def directives(count: int) -> bytes:
    return b"# x=y\n" + b"# escape=`\n" * count + b"FROM scratch\n"


@case
def open_quotes(count: int) -> bytes:
    return b"FROM scratch\n" + b"ENV A='\"b\n" * count


@case
def open_quotes_copy(count: int) -> bytes:
    return b"FROM scratch\n" + b"COPY 'a <<E \"b\n" * count


@case
def open_braces(count: int) -> bytes:
    return b"FROM scratch\n" + b"ENV A=${b:-${c\n" * count


@case
def unknown_instructions(count: int) -> bytes:
    return b"FROM scratch\n" + b"RNU x\n" * count


@case
def unknown_stages(count: int) -> bytes:
    return lines(b"", b"FROM alpine AS stage%d\n", count) + lines(b"", b"FROM STAGE%d\n", count)


@case
def unknown_flags(count: int) -> bytes:
    return b"FROM scratch\n" + b"COPY --form=a b c\n" * count


@case
def long_keyword(count: int) -> bytes:
    return b"FROM scratch\n" + b"X" * min(count, LINE) + b"\n"


def pattern(form: bytes, count: int) -> bytes:
    """A form on a value of `count` bytes."""
    doublings = max(0, (count // 16).bit_length() - 1)
    return b"FROM scratch\nENV A=aaaaaaaaaaaaaaaa\n" + b"ENV A=$A$A\n" * doublings + b"ENV B=" + form + b"\n"


@case
def pattern_replace(count: int) -> bytes:
    return pattern(b"${A//*a*/b}", count)


@case
def pattern_stars(count: int) -> bytes:
    return pattern(b"${A//*a*a*a*a*a*a*a*a*b/c}", count)


@case
def pattern_tail(count: int) -> bytes:
    return pattern(b"${A//a*b/c}", count)


@case
def pattern_any(count: int) -> bytes:
    return pattern(b"${A//?/bb}", count)


@case
def pattern_suffix(count: int) -> bytes:
    return pattern(b"${A%a*a*a*b}${A%%?*a?*b}${A#*b*a}${A##*a*a*b}", count)


@case
def pattern_long(count: int) -> bytes:
    return pattern(b"${A//" + b"a" * 20_000 + b"*" * 5_000 + b"b/c}", count)


@case
def copies_wildcards(count: int) -> bytes:
    return lines(b"FROM scratch\n", b"COPY */*/* /%d\n", count)


@case
def copies_excludes(count: int) -> bytes:
    return lines(b"FROM scratch\nCOPY ", b"--exclude=**/x%d*/y --exclude=!d%d/* \\\n", count, b". /\n")


@case
def copies_parents(count: int) -> bytes:
    return lines(b"FROM scratch\n", b"COPY --parents **/f%d /%d\n", count)


def main() -> int:
    if sys.argv[1:] == ["--list"]:
        print(*CASES, sep="\n")
        return 0
    if len(sys.argv) != 3 or sys.argv[1] not in CASES:
        sys.exit(__doc__)
    sys.stdout.buffer.write(CASES[sys.argv[1]](int(sys.argv[2])))
    return 0


if __name__ == "__main__":
    sys.exit(main())
