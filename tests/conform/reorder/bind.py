#!/usr/bin/env python3
"""What a RUN leaves where it sees files through bind mounts, and not through a copy: the rules of analyzer/advice/steps_bind.c, asked of a
real BuildKit.

    bind.py [--out FILE.md]

Each stage is built twice: with a copy of the files, and with mounts in its place; a later copy puts the same files there. The two images
are compared path by path. Exit status 1: a stage that ctxopt may write so without asking differs, or does not build.
"""

import argparse
import json
import pathlib
import subprocess
import sys
import tarfile
import tempfile

sys.path.append(str(pathlib.Path(__file__).resolve().parent.parent))

from engines import BuildKit, Unavailable  # noqa: E402

#: What the RUNs run: r FILE must be there and have contents, w FILE is written, a FILE is written over in place,
#: m DIR is made, u FILE is removed.
STEP = r"""
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	int ok = 1;
	for (int i = 1; ok && i + 1 < argc; i += 2) {
		const char *path = argv[i + 1];
		char what = argv[i][0], byte;
		int flags = what == 'w' ? O_WRONLY | O_CREAT | O_EXCL : what == 'a' ? O_WRONLY : O_RDONLY;
		int fd = what == 'r' || what == 'w' || what == 'a' ? open(path, flags, 0644) : -1;
		ok = what == 'r' ? read(fd, &byte, 1) == 1
			: what == 'w' || what == 'a' ? write(fd, "x", 1) == 1
			: what == 'm' ? mkdir(path, 0755) == 0
			: unlink(path) == 0;
	}
	return !ok;
}
"""
HEAD = "FROM scratch AS base\nCOPY step /step\nFROM base\n"
APP = "WORKDIR /app\n"
#: (name, lines above, the copy, RUNs: (their files, what they do), the later copy, does ctxopt take it as equivalent, else what it does).
CASES = [
    ("one file", APP, "a ./", [("a", "r a")], "d ./", "equivalent"),
    ("the RUN writes beside it", APP, "a ./", [("a", "r a m node_modules w node_modules/x")], "d ./", "equivalent"),
    ("two RUNs, each its own", APP, "a b ./", [("a", "r a w x"), ("b", "r b w y")], "d ./", "equivalent"),
    ("another RUN, which needs none", APP, "a ./", [("", "w y"), ("a", "r a w x")], "d ./", "equivalent"),
    ("the later copy has another owner", APP, "a ./", [("a", "r a w x")], "--chown=7:7 d ./", "equivalent"),
    ("a mode of its own", APP, "b ./", [("b", "r b w x")], "d ./", "equivalent"),
    ("a RUN of another user", APP + "USER 7\n", "a ./", [("a", "r a")], "d ./", "equivalent"),
    ("a directory above, made by WORKDIR", "WORKDIR /app/p\nWORKDIR /app\n", "p/c p/", [("p/c", "r p/c w p/x")], "d ./", "equivalent"),
    ("a directory above that nothing made", APP, "p/c p/", [("p/c", "r p/c w x")], "d ./", "equivalent"),
    ("the same, written into", APP, "p/c p/", [("p/c", "r p/c w p/x")], "d ./", "equivalent"),
    ("the same, and the later copy has another owner", APP, "p/c p/", [("p/c", "r p/c w p/x")], "--chown=7:7 d ./", "equivalent"),
    ("the RUN writes over it", APP, "a ./", [("a", "a a")], "d ./", "review"),
    ("the RUN removes it", APP, "a ./", [("a", "u a")], "d ./", "never"),
    ("the later copy has other files", APP, "a ./", [("a", "r a")], "d/p ./", "never"),
]


def paths(tar):
    """What an image holds: path to kind, mode, owner, target, size."""
    with tarfile.open(tar) as image:
        return {entry.name.strip("./"): (entry.type, oct(entry.mode), entry.uid, entry.gid, entry.linkname, entry.size) for entry in image}


def dockerfile(case, mounted):
    """The text of one of both."""
    _, above, copied, runs, later, _ = case
    *names, dest = copied.split()
    text = HEAD + above + ("" if mounted else f"COPY {' '.join('d/' + name for name in names)} {dest}\n")
    for files, words in runs:
        flags = "".join(f"--mount=type=bind,source=d/{name},target={name} " for name in files.split() if mounted)
        text += f"RUN {flags}{json.dumps(['/step', *words.split()])}\n"
    return text + f"COPY {later}\n"


def outcome(engine, directory, case):
    """How the image differs with mounts; its first line is what the table says."""
    images = []
    for mounted in (False, True):
        path = directory / "Dockerfile"
        path.write_text(dockerfile(case, mounted), encoding="utf-8")
        tar = directory / "image.tar"
        try:
            engine.build(directory, path, tar)
        except RuntimeError:
            if not mounted:
                raise
            return ["the RUN fails"]
        images.append(paths(tar))
    old, new = images
    return sorted(path for path in old.keys() | new.keys() if old.get(path) != new.get(path))


def run(engine):
    """Rows of the table, and how many are not what ctxopt takes them for."""
    rows, wrong = [], 0
    with tempfile.TemporaryDirectory() as scratch:
        directory = pathlib.Path(scratch)
        (directory / "d/p").mkdir(parents=True)
        for name, mode in (("a", 0o644), ("b", 0o640), ("p/c", 0o644)):
            (directory / "d" / name).write_text(name, encoding="utf-8")
            (directory / "d" / name).chmod(mode)
        (directory / "d/p").chmod(0o750)
        subprocess.run(["cc", "-Os", "-static", "-x", "c", "-", "-o", str(directory / "step")], input=STEP.encode(), check=True)
        for case in CASES:
            differ = outcome(engine, directory, case)
            name, above, copied, runs, later, kind = case
            wrong += bool(differ) and kind == "equivalent"
            steps = "; ".join(f"`{words}`" for _, words in runs)
            rows.append(f"| {name} | `COPY {copied}` | {steps} | `COPY {later}` | {kind} | {', '.join(differ) or 'equal'} |")
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
        print(f"bind.py: {reason}", file=sys.stderr)
        return 77
    text = f"""# A copy of manifests, and bind mounts in its place

Made by `tests/conform/reorder/bind.py` with {versions}: each stage built with the copy and with
`RUN --mount=type=bind` of the same files, paths, kinds, modes, owners, targets and sizes compared. The RUNs: `r` must be able to read the
file, `w` makes one, `a` writes over one, `m` makes a directory, `u` removes a file. The builder takes away the empty files and
directories on which it mounted, unless something was written there. The fifth column is what `ctxopt reorder` takes such a stage for.

| Stage | Copy | RUNs | Later copy | Class | What differs |
| :--- | :--- | :--- | :--- | :--- | :--- |
""" + "\n".join(rows) + "\n"
    print(text)
    if args.out:
        pathlib.Path(args.out).write_text(text, encoding="utf-8")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
