#!/usr/bin/env python3
"""Compare what copies and mounts read, and which paths a client follows, with the packages that BuildKit runs.

    reads.py --oracle PROGRAM --dump PROGRAM [--mode follow select] [--trees N] [--seed N] [--show N] [--keep DIR]

Makes small random directories with links, loops, dot files and odd names, and random questions about each (`follow`,
`read`, `mount`; the oracle is that of dockerfile/).  Both programs get the same directories.  NEEDSWORK: the oracle has
no mode `select` yet, which is about `read` and `mount`; copies.py asks real builds.  For `read`, the oracle changes
one entry after the other and reports those that change the content digest of the source.

The same seed makes the same cases.  Exit status: 0 agreement, 1 differences, 2 something could not run.
"""

import argparse
import collections
import os
import pathlib
import random
import subprocess
import sys
import tempfile

#: Names, the usual ones more often than the odd ones
NAMES = ["a", "b", "c", "d", "ab", "a.c", "b.c", "c.md", ".x", "l", "m", "src"] * 4 + [
    "*", "a*", "[a]", "a?", "\\", "a\\b", "a b", "a-b", "!a", "#a", "..a", "\u00e9", "\udcff", "a\udcffb", "**", "^", "-"]
#: Components of questions
PARTS = ["a", "b", "c", "d", "ab", "l", "m", "src", ".x", "a.c", "nope"] * 3 + [
    "*", "?", "*.c", "a*", "*a", "[ab]", "[^a]", "[a-c]*", "l*", "\\a", "a\\*", "a\\b", "[[]a]", "[a", "a[^b]c", "*\\", "??",
    "*.*", ".*", "**", "\udcff", "[\udcff]", "?b", "a[*]", "!a", "[]", "[-]", "a\\", "\u00e9", "[\u00e9-\u00ff]", "*b*", "[!-~]b"]
#: Patterns of --exclude and of ignore files
PATTERNS = ["*", "**", "a", "b", "c", "*.c", "**/*.c", "a/b", "!a", "!a/b", "!**/c", "d/*", "/a", "a/", "l", "*/a", "[^a]", "src",
            "!b", "**/a", "!*.c", ".x", "?", "a*", "**/b/**", "!l", " a ", "", "./c", "!d/**", "m", "a\\b", "a[/]b", "[", "!"]


def join(parts):
    """A path of components."""
    return "/".join(parts)


class Tree:
    """A random directory; `unique`: no two entries have the same name."""

    def __init__(self, rng, unique=False, most=14):
        self.rng = rng
        self.kinds = {}
        dirs = [()]
        for _ in range(rng.randint(1, most)):
            parent = rng.choice(dirs)
            path = parent + (rng.choice(NAMES),)
            if path in self.kinds or len(path) > 5 or (unique and any(path[-1] == other[-1] for other in self.kinds)):
                continue
            kind = rng.choice(["dir", "dir", "file", "file", "link"])
            self.kinds[path] = (kind, self.target(path) if kind == "link" else None)
            if kind == "dir":
                dirs.append(path)

    def target(self, path):
        """The text of a link: mostly to something that exists."""
        rng = self.rng
        if rng.random() < 0.7 and self.kinds:
            goal = rng.choice(list(self.kinds))
        else:
            goal = tuple(rng.choice(NAMES + ["..", "."]) for _ in range(rng.randint(1, 3)))
        if rng.random() < 0.2:
            goal = goal + (rng.choice(NAMES),)
        if rng.random() < 0.1:
            return rng.choice(["/", ".", "..", "../..", "/..", "*", "a/*"])
        if rng.random() < 0.4:
            return "/" + join(goal)
        text = join((("..",) * (len(path) - 1)) + goal)
        if rng.random() < 0.1:
            text = "../" + text
        return text + rng.choice(["", "", "", "/", "/."])

    def make(self, root):
        """Put it on disk."""
        root.mkdir()
        for path, (kind, target) in self.kinds.items():
            where = root.joinpath(*path)
            if kind == "dir":
                where.mkdir()
            elif kind == "file":
                where.write_bytes(join(path).encode(errors="surrogateescape"))
            else:
                os.symlink(target, where)

    def path(self, wild):
        """A path to ask for: one of the tree, maybe with other components."""
        rng = self.rng
        parts = list(rng.choice(list(self.kinds))) if self.kinds and rng.random() < 0.7 else []
        if not parts or rng.random() < 0.3:
            parts += [rng.choice(PARTS) for _ in range(rng.randint(0 if parts else 1, 2))]
        if wild:
            for i in range(len(parts)):
                if rng.random() < 0.35:
                    parts[i] = rng.choice(PARTS)
                elif rng.random() < 0.1:
                    parts[i] = parts[i].replace("\\", "\\\\").replace("[", "\\[").replace("*", "\\*")
        return join(parts)

    def patterns(self):
        """Some exclude patterns."""
        rng = self.rng
        chosen = [rng.choice(PATTERNS) for _ in range(rng.randint(1, 3))]
        if self.kinds and rng.random() < 0.3:
            chosen.append(rng.choice(["", "!"]) + join(rng.choice(list(self.kinds))))
        return chosen

    def read(self):
        """One question about a copy."""
        rng = self.rng
        path = "" if rng.random() < 0.15 else self.path(rng.random() < 0.5)
        fields = ["read", "/" + path]
        if rng.random() < 0.35:
            parts = path.split("/") if path else []
            cut = rng.choice([0, 0, rng.randint(0, len(parts))])
            root, pattern = "/" + join(parts[:cut]), join(parts[cut:])
            fields = ["read", root, "include=" + pattern]
            if not any(c in path for c in "*?["):
                fields.append("required=" + "/" + path)
        if rng.random() < 0.4:
            fields += ["exclude=" + p for p in self.patterns()]
        return fields

    def questions(self):
        """What is asked about the tree: lines of fields."""
        rng = self.rng
        lines = [["follow"] + sorted({self.path(rng.random() < 0.6) for _ in range(rng.randint(1, 4))})
                 for _ in range(3)]
        if rng.random() < 0.3:
            lines.append(["ignore"] + [p for p in self.patterns() if p != "!" and p[-1:] != "\\" and p[-1:] != "["])
        lines += [self.read() for _ in range(5)]
        lines.append(["mount", "/" + self.path(False)])
        return lines


def make_case(base, number, seed):
    """Put one case on disk: its questions, and the line that names it."""
    rng = random.Random(f"{seed}/{number}")
    tree = Tree(rng)
    tree.make(base / f"{number}.tree")
    text = "".join("\t".join(line) + "\n" for line in tree.questions())
    (base / f"{number}.case").write_bytes(text.encode(errors="surrogateescape"))
    return f"{base}/{number}.case\ttree={base}/{number}.tree\n"


def ask(program, mode, lines):
    """The answers of a program: per case, a list of questions with their lines."""
    done = subprocess.run([program, mode], input="".join(lines).encode(), capture_output=True, check=False)
    if done.returncode != 0:
        sys.exit(f"{program} {mode}: status {done.returncode}: {done.stderr.decode(errors='replace')[-500:]}")
    cases = []
    for block in done.stdout.split(b"\nend\n")[:-1]:
        answers = []
        for line in block.split(b"\n")[1:]:
            if line.startswith((b"read ", b"follow")):
                answers.append([line])
            elif answers:
                answers[-1].append(line)
            else:
                answers.append([line])
        cases.append(answers)
    return cases


def agrees(theirs, ours):
    """Is it the same?  Some things may differ:

    - where nothing is digested, a link on the way to nothing may be named by us;
    - a copy that fails below what is no directory, or in a circle of links, may name another part of the path;
    - a copy may fail on matches that the digest does not see, when a backslash stands before the first wildcard.
    """
    if theirs == ours:
        return True
    verdict = theirs[1] if len(theirs) > 1 else b""
    if verdict == b"nothing":
        return all(line.startswith(b"entry ") for line in ours[1:]) and len(ours) <= 4
    if verdict.startswith(b'missing "lstat '):
        if ours[1:2] and ours[1].startswith(b"missing "):
            return verdict.endswith((b': not a directory"', b': too many levels of symbolic links"'))
        return b"\\\\" in theirs[0]
    return False


def main():
    """Ask and compare."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--oracle", required=True)
    parser.add_argument("--dump", required=True)
    parser.add_argument("--mode", nargs="+", choices=["follow", "select"], default=["follow"])
    parser.add_argument("--trees", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--show", type=int, default=5)
    parser.add_argument("--keep", help="put the cases there and leave them")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        base = pathlib.Path(args.keep or scratch)
        base.mkdir(exist_ok=True)
        lines = [make_case(base, i, args.seed) for i in range(args.trees)]
        failed = 0
        for mode in args.mode:
            theirs, ours = ask(args.oracle, mode, lines), ask(args.dump, mode, lines)
            if len(theirs) != len(ours):
                sys.exit(f"{mode}: {len(theirs)} and {len(ours)} answers")
            count = collections.Counter()
            for number, (one, other) in enumerate(zip(theirs, ours)):
                if len(one) != len(other):
                    count["questions"] += max(len(one), len(other))
                    count["differences"] += 1
                    print(f"{mode} {number}: {one} and {other}")
                    continue
                for index, (a, b) in enumerate(zip(one, other)):
                    count["questions"] += 1
                    count["missing"] += any(line.startswith(b"missing") for line in a)
                    count["entries"] += sum(line.startswith((b"entry", b"pattern")) for line in a)
                    if not agrees(a, b):
                        count["differences"] += 1
                        if count["differences"] <= args.show:
                            print(f"{mode} {number} question {index}:\n  theirs {a}\n  ours   {b}")
            print(f"{mode}: {dict(count)}")
            failed += count["differences"]
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
