#!/usr/bin/env python3
"""The map at the top of ctxopt/cli/main.c names every file, and no file that is not there.

The map is the first comment of main.c.  A line that starts with a directory ("ctxopt/base/:") opens a section; below it
every word that looks like a file name ("error.[ch]", "vec.h") names a file of that directory:

    ctxopt/base/: knows nothing about builds
        error.[ch]          struct ctx_error
        text.[ch]           words; text_tree.c, text_why.c

Only .c and .h files are compared; main.c itself and generated files need not be named.
"""

import pathlib
import re

import source

MAIN = "ctxopt/cli/main.c"
TOPS = ("ctxopt", "analyzer", "grammar")
DIRECTORY = re.compile(r"^((?:ctxopt|analyzer|grammar)/(?:[\w-]+/)*):?(?:\s|$)")
FILE = re.compile(r"^[\w./-]+\.(?:\[ch\]|[ch])$")


def map_lines(text: str) -> list[tuple[int, str]]:
    """Numbered lines of the first comment, without its stars."""
    match = re.match(r"\s*/\*(.*?)\*/", text, re.DOTALL)
    if not match:
        return []
    first = text.count("\n", 0, match.start(1)) + 1
    return [(first + i, re.sub(r"^\s*\*+ ?", "", line)) for i, line in enumerate(match.group(1).split("\n"))]


def named_files(text: str) -> dict[str, int]:
    """Files that the map names, with the line that names them."""
    named: dict[str, int] = {}
    directory = ""
    for number, line in map_lines(text):
        opened = DIRECTORY.match(line)
        if opened:
            directory = opened.group(1)
            continue
        for word in (word.strip(",;:()") for word in line.split()):
            if not directory or not FILE.match(word):
                continue
            stem, ending = word.rsplit(".", 1)
            for suffix in ("c", "h") if ending == "[ch]" else (ending,):
                named[f"{directory}{stem}.{suffix}"] = number
    return named


def lint(root: pathlib.Path) -> list[str]:
    main = root / MAIN
    if not main.is_file():
        return [f"{MAIN}:1: is missing, and with it the map"]
    named = named_files(main.read_text(errors="replace"))
    there = {str(path.relative_to(root)) for path in source.c_files(root, *TOPS)}
    complaints = [f"{MAIN}:1: the map does not name {name}" for name in sorted(there - set(named) - {MAIN})]
    complaints += [f"{MAIN}:{named[name]}: {name} does not exist" for name in sorted(set(named) - there)]
    return complaints


GOOD = "/**\n * The map, and not list.h.\n *\n * ctxopt/base/: floor 0\n *\tbuf.[ch]    bytes\n *\ta.h         one; b.h, as well\n */\n"
FILES = {"ctxopt/base/buf.c": "", "ctxopt/base/buf.h": "", "ctxopt/base/a.h": "", "ctxopt/base/b.h": ""}

SAMPLES = [
    source.Sample("complete", {MAIN: GOOD, **FILES}, None),
    source.Sample("a file too much", {MAIN: GOOD, **FILES, "ctxopt/base/c.h": ""}, "does not name ctxopt/base/c.h"),
    source.Sample("a file is gone", {MAIN: GOOD, **{k: v for k, v in FILES.items() if not k.endswith("buf.h")}},
                  "ctxopt/cli/main.c:5: ctxopt/base/buf.h does not exist"),
    source.Sample("another directory", {MAIN: GOOD, **FILES, "ctxopt/context/buf.c": ""}, "does not name ctxopt/context/buf.c"),
    source.Sample("no map", {MAIN: "int main(void) { return 0; }\n", **FILES}, "does not name"),
    source.Sample("no main", FILES, "is missing"),
]

if __name__ == "__main__":
    source.lint_main(lint, SAMPLES)
