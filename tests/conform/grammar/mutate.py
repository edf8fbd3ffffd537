#!/usr/bin/env python3
"""Make broken and odd Dockerfiles out of real ones.

    mutate.py OUT COUNT SEED LIST...

Each file takes a short piece of a real one and applies one to six edits: bytes and fragments of the
language inserted, removed, doubled or swapped, lines moved, line ends changed.
"""

import os
import random
import sys

FRAGMENTS = [
    b"\\\n", b"\\ \n", b"\\\r\n", b"`\n", b"\\", b"\\\\", b"\\\\\n", b"\\\\\\\n", b"`", b"\n", b"\r\n", b"\n\n",
    b"\n# comment\n", b"\\\n# comment\n", b"\\\n\n", b"\\\n   # c \\\n", b" ", b"\t", b"\v", b"\f", b"\r", b"  ",
    b"#", b"# escape=`\n", b"# escape=\\\n", b"# syntax=x\n", b"\xc2\xa0", b"\xe2\x80\xa8", b"\xef\xbb\xbf", b"\x00",
    b"\xff", b"\xc3\xa0", b"'", b'"', b"''", b'""', b"\\'", b'\\"', b"$", b"$A", b"${A}", b"${A:-b}", b"${A", b"${",
    b"${A:-${B}}", b"$$", b"${A/b/c}", b"${A#b}", b"=", b"==", b"-", b"--", b" -- ", b"--a", b"--a=b ", b"--from=x ",
    b"--mount=type=cache,target=/x ", b"--mount=type=bind,ro,'target=/a b' ", b"--link ", b"<<EOF", b" <<EOF",
    b" <<-EOF ", b" <<'EOF' ", b' <<"E F" ', b" << EOF ", b" 3<<X ", b"<<<x", b"<<", b"\nEOF\n", b"\n\tEOF\n", b"\nX\n",
    b"EOF", b"[", b"]", b'["a"]', b'["a", "b"]', b'["a",]', b'["a", 1]', b"[]", b'["a\\n"]', b'["\\q"]', b",", b":", b"@",
    b"/", b"a", b"AS", b" AS x", b" as ", b"NONE", b"CMD ", b"FROM ", b"FROM a\n", b"RUN ", b"run ", b"COPY ", b"ADD ",
    b"ENV ", b"ENV a=b\n", b"ENV a b\n", b"ENV a\n", b"LABEL ", b"ARG ", b"ARG a\n", b"ONBUILD ", b"HEALTHCHECK ",
    b"HEALTHCHECK NONE", b"HEALTHCHECK CMD x\n", b"SHELL ", b"USER ", b"VOLUME ", b"WORKDIR ", b"EXPOSE ", b"STOPSIGNAL ",
    b"MAINTAINER ", b"ENTRYPOINT ", b"\nRUN cat <<EOF\nx\nEOF\n", b"\nCOPY <<A <<B /d/\n1\nA\n2\nB\n", b"1<<2", b";", b"&& ",
]


def mutate(rng, text):
    for _ in range(rng.randint(1, 6)):
        at = rng.randint(0, len(text))
        kind = rng.random()
        if kind < 0.55:
            text = text[:at] + rng.choice(FRAGMENTS) + text[at:]
        elif kind < 0.75:
            text = text[:at] + text[at + rng.randint(1, 6):]
        elif kind < 0.85:
            end = at + rng.randint(1, 30)
            to = rng.randint(0, len(text))
            text = text[:to] + text[at:end] + text[to:]
        elif kind < 0.9:
            text = text.replace(b"\n", b"\r\n")
        elif kind < 0.95:
            text = text.rstrip()
        else:
            text = text[:at] + bytes([rng.randrange(256)]) + text[at:]
    return text


def main():
    out, count, seed = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    rng = random.Random(seed)
    sources = []
    for name in sys.argv[4:]:
        with open(name) as f:
            sources += f.read().split("\n")[:-1]
    os.makedirs(out, exist_ok=True)
    with open(out + ".list", "w") as f:
        for i in range(count):
            with open(rng.choice(sources), "rb") as source:
                lines = source.read().splitlines(True)
            start = rng.randint(0, len(lines))
            piece = b"".join(lines[start:start + rng.randint(1, 8)])
            text = mutate(rng, (b"FROM a\n" if rng.random() < 0.8 else b"") + piece)
            path = f"{out}/{i}"
            with open(path, "wb") as target:
                target.write(text)
            f.write(path + "\n")


if __name__ == "__main__":
    main()
