#!/usr/bin/env python3
"""Compare what ctxopt and BuildKit make of Dockerfiles.

    compare.py --oracle PROGRAM --dump PROGRAM [--mode NAME]... [--show N] LIST...

A list has one file per line: its path, then settings (see README.md) separated by tabs.  Prints, per mode and list, how many
files there are, how many BuildKit accepts, how many agree, and the first differences of each kind.

Exit status: 0 agreement, 1 differences, 2 something could not run.
"""

import argparse
import pathlib
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

HERE = pathlib.Path(__file__).resolve().parent
IMAGES = HERE / "images.txt"
MODES = ("syntax", "model", "graph")
#: Files per run of a program
CHUNK = 2000
#: Seconds for one run of a program
TIMEOUT = 900
#: After so many crashes in one list there is no point in going on
CRASHES_MAX = 20
END = b"\nend\n"
ERROR = re.compile(rb"error (\S+) (\d+) (\d+) (.*)")
#: What differs between errors of one kind
VARIABLE = re.compile(rb"\\\"[^\"]*\\\"|'[^']*'|\S*[/\d$\\]\S*")
#: BuildKit takes the first of equally near names in the order of a map: another one each time
SUGGESTION = re.compile(rb" \(did you mean .*\?\)")


class Unusable(Exception):
    """A program does not work."""


def run(program, mode, lines):
    """Blocks that a program prints for the lines of a list; fewer than lines if it ends early."""
    command = [program, mode, "--images", str(IMAGES)]
    data = "".join(line + "\n" for line in lines).encode()
    try:
        done = subprocess.run(command, input=data, capture_output=True, timeout=TIMEOUT, check=False)
        out, failed, why = done.stdout, done.returncode != 0, done.stderr.decode(errors="replace")
    except subprocess.TimeoutExpired as stopped:
        out, failed, why = stopped.stdout or b"", True, "no answer in time"
    blocks = out.split(END)[:-1]
    if len(blocks) < len(lines) and not failed:
        raise Unusable(f"{program} {mode}: {len(blocks)} answers for {len(lines)} files")
    return blocks, why.strip()


def ask(program, mode, lines):
    """One block per line.  A file that ends the program gets the block b"crash" and the rest is asked again."""
    blocks = []
    crashes = 0
    while len(blocks) < len(lines):
        more, why = run(program, mode, lines[len(blocks):])
        blocks += more
        if len(blocks) < len(lines):
            crashes += 1
            if crashes > CRASHES_MAX:
                raise Unusable(f"{program} {mode}: crashes again and again, as on {lines[len(blocks)]}: {why[:300]}")
            blocks.append(b"crash\ncrash " + why[:200].encode())
    return blocks


@dataclass
class Tally:
    """What became of the compared files."""

    files: int = 0
    accepted: int = 0
    rejected: int = 0
    #: Rejected because BuildKit panics
    panics: int = 0
    #: Rejected because of "# check=error=true" and a warning: warnings are not part of the comparison
    lint: int = 0
    #: ctxopt refuses as beyond its limits what BuildKit takes
    limits: int = 0
    different: int = 0
    #: Same verdict, another place or another text of the error
    places: int = 0
    texts: int = 0
    #: kind -> [number, first examples]
    kinds: dict = field(default_factory=dict)

    def note(self, kind, line, want, have, keep):
        """Count a difference by its kind and keep the first ones."""
        entry = self.kinds.setdefault(kind, [0, []])
        entry[0] += 1
        if len(entry[1]) < keep:
            entry[1].append((line, want, have))

    def add(self, other):
        """Sum up."""
        for name in ("files", "accepted", "rejected", "panics", "lint", "limits", "different", "places", "texts"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        for kind, (number, examples) in other.kinds.items():
            entry = self.kinds.setdefault(kind, [0, []])
            entry[0] += number
            entry[1] = (entry[1] + examples)[:3]


def error_of(block):
    """Phase, first line, last line, text of the error that a block is; None for an accepted file."""
    match = ERROR.fullmatch(block.rsplit(b"\n", 1)[-1])
    return match and (match[1].decode(), int(match[2]), int(match[3]), match[4])


def sort_of(text):
    """An error without what differs between errors of one kind."""
    return VARIABLE.sub(b"_", SUGGESTION.sub(b"", text))[:60].decode()


def key_of(line):
    """The word a line begins with."""
    return line.split(b" ", 1)[0].decode(errors="replace") if line else "nothing"


def judge_errors(tally, line, want, have, keep):
    """Compare two errors: the phase counts, place and text are counted apart."""
    if want[0] == "panic":
        return
    if want[0] != have[0]:
        tally.different += 1
        tally.note(f"phase {want[0]}/{have[0]}", line, want[3], have[3], keep)
        return
    if want[1] and have[1] and not want[1] <= have[1] <= want[2]:
        tally.places += 1
        where = [b"%d-%d %s" % (e[1], e[2], e[3]) for e in (want, have)]
        tally.note("place of an error", line, *where, keep)
    if SUGGESTION.sub(b"", want[3]) != SUGGESTION.sub(b"", have[3]):
        tally.texts += 1
        tally.note("text of an error: " + sort_of(want[3]), line, want[3], have[3], keep)


def judge(tally, line, want, have, keep):
    """Compare two blocks."""
    wanted, had = error_of(want), error_of(have)
    tally.files += 1
    if wanted and wanted[0] == "lint":
        tally.lint += 1
        return
    tally.accepted += wanted is None
    tally.rejected += wanted is not None
    tally.panics += wanted is not None and wanted[0] == "panic"
    if had and had[0] == "limit":
        tally.limits += 1
        tally.note("limit", line, b"accepted" if wanted is None else wanted[3], had[3], keep)
    elif wanted and had:
        judge_errors(tally, line, wanted, had, keep)
    elif wanted or had or want.split(b"\n", 1)[1:] != have.split(b"\n", 1)[1:]:
        tally.different += 1
        kind, ours, theirs = first_difference(want, have, wanted, had)
        tally.note(kind, line, theirs, ours, keep)


def first_difference(want, have, wanted, had):
    """Kind of the difference between two blocks, and both lines."""
    if have.startswith(b"crash\n"):
        return "crash", have[6:], b"an answer"
    if wanted:
        return "accepted: " + sort_of(wanted[3]), b"accepted", wanted[3]
    if had:
        return "rejected: " + sort_of(had[3]), had[3], b"accepted"
    theirs, ours = want.split(b"\n")[1:], have.split(b"\n")[1:]
    at = next((i for i, (a, b) in enumerate(zip(theirs, ours)) if a != b), min(len(theirs), len(ours)))
    head = next((theirs[i] for i in range(min(at, len(theirs) - 1), -1, -1)
                 if key_of(theirs[i]) in ("vertex", "node", "instruction", "stage")), b"")
    word = head.split(b" ")[-1].decode(errors="replace") if head else ""
    a = theirs[at] if at < len(theirs) else b""
    b = ours[at] if at < len(ours) else b""
    return f"{word}: {key_of(a)}/{key_of(b)}", b, head + b" > " + a


def compare(options, mode, lines, visit=None):
    """Compare both sides on the lines of a list; visit() sees each line and both blocks."""
    tally = Tally()
    with ThreadPoolExecutor(2) as pool:
        for start in range(0, len(lines), CHUNK):
            chunk = lines[start:start + CHUNK]
            theirs = pool.submit(ask, options.oracle, mode, chunk)
            ours = pool.submit(ask, options.dump, mode, chunk)
            for line, want, have in zip(chunk, theirs.result(), ours.result()):
                judge(tally, line, want, have, options.show)
                if visit:
                    visit(line, want, have)
    return tally


def show(value):
    """A line of a block for people."""
    return value.decode(errors="replace")[:300]


def describe(tally, keep, errors=True):
    """The kinds of differences, the most frequent first; last those that are only in places and texts of errors."""
    for kind, (number, examples) in sorted(tally.kinds.items(), key=lambda item: ("of an error" in item[0], -item[1][0])):
        if "of an error" in kind and not errors:
            break
        yield f"{number} x {kind}"
        for line, want, have in examples[:keep]:
            yield f"    {line}"
            yield f"        BuildKit: {show(want)}"
            yield f"        ctxopt:   {show(have)}"


def summary(name, mode, tally):
    """One line of counts."""
    return (f"{mode} {name}: files {tally.files} accepted {tally.accepted} rejected {tally.rejected} "
            f"differences {tally.different} limits {tally.limits} lint {tally.lint} "
            f"places {tally.places} texts {tally.texts}")


def read_list(path):
    """The lines of a list."""
    return pathlib.Path(path).read_text(encoding="utf-8", errors="surrogateescape").split("\n")[:-1]


def main():
    """Compare what the command line names."""
    args = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    args.add_argument("--oracle", required=True)
    args.add_argument("--dump", required=True)
    args.add_argument("--mode", action="append")
    args.add_argument("--show", type=int, default=2, help="examples of each kind")
    args.add_argument("lists", nargs="+")
    options = args.parse_args()
    different = 0
    for mode in options.mode or MODES:
        total = Tally()
        for name in options.lists:
            tally = compare(options, mode, read_list(name))
            print(summary(pathlib.Path(name).stem, mode, tally), flush=True)
            total.add(tally)
        print("\n".join(describe(total, options.show)))
        different += total.different
    return 1 if different else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except Unusable as problem:
        print(f"compare.py: {problem}", file=sys.stderr)
        sys.exit(2)
