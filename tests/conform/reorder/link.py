#!/usr/bin/env python3
"""What `COPY --link` does to a file system that `COPY` does not: the rules of analyzer/advice/steps_link.c, asked of a real BuildKit.

    link.py [--out FILE.md]

Each destination is copied to twice, with and without --link, on a base that holds links and directories of other owners and modes, or on
nothing; the two images are compared path by path. Exit status 1: a copy that ctxopt may link without asking differs.
"""

import io
import sys
import tarfile

import twins

#: Paths of the base: (name, mode, owner, target of a link).
BASE = [
    ("usr", 0o755, 0, None), ("usr/bin", 0o755, 0, None), ("bin", 0o777, 0, "usr/bin"), ("tmp", 0o1777, 0, None),
    ("root", 0o700, 0, None), ("srv", 0o755, 0, None), ("opt", 0o775, 0, None), ("home", 0o755, 0, None),
    ("home/u", 0o755, 1000, None), ("way", 0o755, 0, None), ("way/link", 0o777, 0, "/srv"),
]
#: (name, lines in front of the copy, the copy without its flag, does ctxopt take it as equivalent).
CASES = [
    ("nothing below, its own directory", "FROM scratch\nCOPY a /x/\n", "b /y/", True),
    ("nothing below, a tree", "FROM scratch\nCOPY a /x/\n", "d /y/z/", True),
    ("nothing below, a file", "FROM scratch\nCOPY a /x/\n", "b /y/f.txt", True),
    ("nothing below, the same directory", "FROM scratch\nCOPY a /x/\n", "b /x/", False),
    ("a directory of root, 0755", "FROM base\nCOPY a /x/\n", "b /srv/", False),
    ("a new directory", "FROM base\nCOPY a /x/\n", "b /new/", False),
    ("a directory that WORKDIR made", "FROM base\nWORKDIR /app\n", "b ./", False),
    ("a link to a directory", "FROM base\nCOPY a /x/\n", "b /bin/", None),
    ("a link on the way", "FROM base\nCOPY a /x/\n", "b /way/link/", None),
    ("another mode", "FROM base\nCOPY a /x/\n", "b /tmp/", None),
    ("another mode on the way", "FROM base\nCOPY a /x/\n", "b /opt/p/", None),
    ("another owner", "FROM base\nCOPY a /x/\n", "b /home/u/", None),
    ("a file to a directory that is there", "FROM base\nCOPY a /x/\n", "b /srv", None),
    ("a pattern to a directory that is there", "FROM base\nCOPY a /x/\n", "[ab] /srv", None),
    ("a directory to one that is there", "FROM base\nCOPY a /x/\n", "d /srv", False),
    ("only root may look", "FROM base\nCOPY a /x/\n", "b /root/", None),
]


def write_base(path):
    """The base as an archive for ADD."""
    with tarfile.open(path, "w") as tar:
        for name, mode, owner, target in BASE:
            entry = tarfile.TarInfo(name)
            entry.mode, entry.uid, entry.gid, entry.mtime = mode, owner, owner, 1_000_000_000
            entry.type, entry.linkname = (tarfile.SYMTYPE, target) if target else (tarfile.DIRTYPE, "")
            tar.addfile(entry)
        entry = tarfile.TarInfo("usr/bin/there")
        tar.addfile(entry, io.BytesIO(b""))


def row(engine, directory, case):
    """A row of the table, and whether the case is what ctxopt takes it for."""
    name, before, words, safe = case
    base = "FROM scratch AS base\nADD base.tar /\n" if "FROM base" in before else ""
    differ = twins.differences(engine, directory, *(f"{base}{before}COPY {flag}{words}\n" for flag in ("", "--link ")))
    differ = ["the build fails"] if differ is None else differ
    taken = {True: "equivalent", False: "review", None: "never, or review"}[safe]
    line = f"| {name} | `{before.strip().splitlines()[-1]}`, `COPY {words}` | {taken} | {', '.join(differ) or 'equal'} |"
    return line, safe is not True or not differ


def fill(directory):
    """The context."""
    for name in ("a", "b", "d/e"):
        (directory / name).parent.mkdir(exist_ok=True)
        (directory / name).write_text(name, encoding="utf-8")
    write_base(directory / "base.tar")


TABLE = """# `COPY` and `COPY --link`

Made by `tests/conform/reorder/link.py` with {versions}: each copy built with and without `--link`, paths, kinds, modes, owners,
targets and sizes compared. A linked copy replaces links on its way, and gives directories on its way to root with mode 0755. The
third column is what `ctxopt reorder` takes such a copy for.

| Destination | Step above, copy | Class | What differs |
| :--- | :--- | :--- | :--- |
"""

if __name__ == "__main__":
    sys.exit(twins.main(__doc__, fill, CASES, row, TABLE))
