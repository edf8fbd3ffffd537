#!/usr/bin/env python3
"""Does a broken line stay alone?

    recovery.py --oracle PROGRAM --trees PROGRAM --library FILE [--count N] [--seed S] LIST...

Takes files that BuildKit accepts, puts one broken logical line before a random instruction, and
expects the tree to have an error there, and every other instruction exactly where it was.  Prints the
faults and exits with status 1 if there are any.
"""

import argparse
import os
import random
import re
import sys
import tempfile

from compare import run

BROKEN = [
    "FOO", "FOO bar", "FROM", "FROM a b", "FROM a AS", "FROM a AS b c", "COPY", "COPY a", 'COPY ["a"]', "ADD x", "ENV", "ENV a",
    "ENV a=b c", "ENV =b", "LABEL a", "ARG", "ARG =b", "CMD --x", 'CMD ["a", 1]', "SHELL a", "SHELL []", "VOLUME", "VOLUME []",
    "USER", "WORKDIR", "WORKDIR --a b", "EXPOSE", "HEALTHCHECK", "HEALTHCHECK x", "HEALTHCHECK NONE x", "ONBUILD",
    "ONBUILD FROM a", "ONBUILD ONBUILD RUN x", "ONBUILD ENV a", "STOPSIGNAL", "MAINTAINER", "FOO \\\n  bar \\\n  # c\n  baz",
    "FROM a \\\n b \\\n c", "{", "}", '"', "'", "\\x", "[", "<<<<<<< HEAD", "=======", ">>>>>>> x", "\x01\x02", "&&", "RUNx a",
]


def main():
    args = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    args.add_argument("--oracle", required=True)
    args.add_argument("--trees", required=True)
    args.add_argument("--library", required=True)
    args.add_argument("--symbol", default="tree_sitter_dockerfile")
    args.add_argument("--count", type=int, default=3000)
    args.add_argument("--seed", type=int, default=1)
    args.add_argument("list", nargs="+")
    args = args.parse_args()
    rng = random.Random(args.seed)
    paths = []
    for name in args.list:
        with open(name) as f:
            paths += f.read().split("\n")[:-1]
    said = run([args.oracle], paths)
    good = [p for p in paths if said[p][0] == "ok"]
    with tempfile.TemporaryDirectory() as directory:
        wanted = {}
        for i in range(args.count):
            source = rng.choice(good)
            with open(source, "rb") as f:
                lines = f.read().split(b"\n")
            # behind a backtick directive the broken lines with continuations mean something else
            escape = any(re.match(rb"\s*#\s*escape", line, re.I) for line in lines[:5])
            broken = rng.choice([b for b in BROKEN if not (escape and "\n" in b)])
            instructions = [re.match(r"(.*):(\d+)-(\d+)", x).groups() for x in said[source][2].split()]
            at = rng.choice(instructions)
            where, height = int(at[1]) - 1, broken.count("\n") + 1
            path = os.path.join(directory, str(i))
            with open(path, "wb") as f:
                f.write(b"\n".join(lines[:where] + [broken.encode()] + lines[where:]))
            shift = {False: 0, True: height}
            rest = [f"{k}:{int(a) + shift[int(a) > where]}-{int(b) + shift[int(a) > where]}"
                    for k, a, b in instructions]
            wanted[path] = (rest, where + 1, where + height, broken, source)
        seen = run([args.trees, args.library, args.symbol], list(wanted))
        faults = 0
        for path, (rest, first, last, broken, source) in wanted.items():
            state, line, found = seen[path]
            # the broken line may still be seen as the instruction it wanted to be
            kept = [x for x in found.split() if not first <= int(re.search(r":(\d+)", x).group(1)) <= last]
            if state == "ok" or kept != rest or not first <= int(line) <= last:
                faults += 1
                if faults <= 10:
                    lost = [x for x in rest if x not in kept][:3]
                    print(f"  {broken!r} at {first} of {source}: {state} line {line}, lost {lost}")
    print(f"files {args.count} faults {faults}")
    sys.exit(1 if faults else 0)


if __name__ == "__main__":
    main()
