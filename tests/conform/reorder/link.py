#!/usr/bin/env python3
"""What `COPY --link` does to a file system that `COPY` does not: the rules of analyzer/advice/steps_link.c, asked of a real BuildKit.

    link.py [--out FILE.md]

Each destination is copied to twice, with and without --link, on a base that holds links and directories of other owners and modes, or on
nothing; the two images are compared path by path. Exit status 1: a copy that ctxopt may link without asking differs.
"""

import argparse
import io
import pathlib
import sys
import tarfile
import tempfile

sys.path.append(str(pathlib.Path(__file__).resolve().parent.parent))

from engines import BuildKit, Unavailable  # noqa: E402

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


def paths(tar):
    """What an image holds: path to kind, mode, owner, target, size."""
    with tarfile.open(tar) as image:
        return {entry.name.strip("./"): (entry.type, oct(entry.mode), entry.uid, entry.gid, entry.linkname, entry.size) for entry in image}


def differences(engine, directory, case):
    """Paths that differ between both builds."""
    _, before, words, _ = case
    images = []
    for flag in ("", "--link "):
        base = "FROM scratch AS base\nADD base.tar /\n" if "FROM base" in before else ""
        dockerfile = directory / "Dockerfile"
        dockerfile.write_text(f"{base}{before}COPY {flag}{words}\n", encoding="utf-8")
        tar = directory / "image.tar"
        try:
            engine.build(directory, dockerfile, tar)
        except RuntimeError:
            if not flag:
                raise
            return ["the build fails"]
        images.append(paths(tar))
    old, new = images
    return sorted(path for path in old.keys() | new.keys() if old.get(path) != new.get(path))


def run(engine):
    """Rows of the table, and how many are not what ctxopt takes them for."""
    rows, wrong = [], 0
    with tempfile.TemporaryDirectory() as scratch:
        directory = pathlib.Path(scratch)
        for name in ("a", "b", "d/e"):
            (directory / name).parent.mkdir(exist_ok=True)
            (directory / name).write_text(name, encoding="utf-8")
        write_base(directory / "base.tar")
        for case in CASES:
            differ = differences(engine, directory, case)
            name, before, words, safe = case
            wrong += bool(differ) and safe is True
            taken = {True: "equivalent", False: "review", None: "never, or review"}[safe]
            rows.append(f"| {name} | `{before.strip().splitlines()[-1]}`, `COPY {words}` | {taken} | {', '.join(differ) or 'equal'} |")
    return rows, wrong


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", help="write the table there")
    args = parser.parse_args()
    engine = BuildKit()
    try:
        with engine:
            rows, wrong = run(engine)
            versions = ", ".join(f"{name} {version}" for name, version in engine.versions().items())
    except Unavailable as reason:
        print(f"link.py: {reason}", file=sys.stderr)
        return 77
    text = f"""# `COPY` and `COPY --link`

Made by `tests/conform/reorder/link.py` with {versions}: each copy built with and without `--link`, paths, kinds, modes, owners,
targets and sizes compared. A linked copy replaces links on its way, and gives directories on its way to root with mode 0755. The
third column is what `ctxopt reorder` takes such a copy for.

| Destination | Step above, copy | Class | What differs |
| :--- | :--- | :--- | :--- |
""" + "\n".join(rows) + "\n"
    print(text)
    if args.out:
        pathlib.Path(args.out).write_text(text, encoding="utf-8")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
