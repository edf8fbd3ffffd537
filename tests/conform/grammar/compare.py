#!/usr/bin/env python3
"""Compare a grammar with BuildKit over lists of Dockerfiles.

    compare.py --oracle PROGRAM --trees PROGRAM --library FILE [--symbol NAME] [--show N] LIST...

Per list: files, accepted by BuildKit, ERROR or MISSING nodes where BuildKit accepts, clean trees
where BuildKit rejects (not a fault by itself: the model rejects those), and instruction lists with
line ranges that differ where BuildKit accepts.  Exit status 1 if any of the faults was found.
"""

import argparse
import subprocess
import sys


def run(command, paths):
    out = subprocess.run(command, input="".join(p + "\n" for p in paths).encode(), check=True,
                         stdout=subprocess.PIPE, stderr=subprocess.DEVNULL).stdout.decode("utf-8", "replace")
    rows = {}
    for line in out.split("\n"):
        if line:
            fields = line.split("\t")
            rows[fields[0]] = fields[1:]
    return rows


def main():
    args = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    args.add_argument("--oracle", required=True)
    args.add_argument("--trees", required=True)
    args.add_argument("--library", required=True)
    args.add_argument("--symbol", default="tree_sitter_dockerfile")
    args.add_argument("--show", type=int, default=5)
    args.add_argument("list", nargs="+")
    args = args.parse_args()
    total = [0] * 6
    for name in args.list:
        with open(name) as f:
            paths = f.read().split("\n")[:-1]
        said = run([args.oracle], paths)
        seen = run([args.trees, args.library, args.symbol], paths)
        counts = [len(paths), 0, 0, 0, 0, 0]
        for path in paths:
            verdict, message, instructions = said[path]
            state, line, found = seen[path]
            if verdict == "ok":
                counts[1] += 1
                if state != "ok":
                    counts[2] += 1
                    if counts[2] <= args.show:
                        print(f"  error node: {path}:{line}")
                elif instructions != found:
                    counts[4] += 1
                    if counts[4] <= args.show:
                        ours, theirs = found.split(), instructions.split()
                        where = next((i for i, (a, b) in enumerate(zip(ours, theirs)) if a != b),
                                     min(len(ours), len(theirs)))
                        print(f"  instructions: {path}: {ours[where:where + 2]} for {theirs[where:where + 2]}")
            else:
                counts[3] += state == "ok"
                if verdict == "typed" and state == "ok" and instructions != found:
                    counts[5] += 1
        total = [a + b for a, b in zip(total, counts)]
        print("{}: files {} accepted {} error_nodes {} clean_but_rejected {} lists_differ {} "
              "lists_differ_typed {}".format(name.rsplit("/", 1)[-1], *counts), flush=True)
    print("total: files {} accepted {} error_nodes {} clean_but_rejected {} lists_differ {} "
          "lists_differ_typed {}".format(*total))
    sys.exit(1 if total[2] or total[4] else 0)


if __name__ == "__main__":
    main()
