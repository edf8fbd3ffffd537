#!/usr/bin/env python3
"""What a RUN leaves where it sees files through bind mounts, and not through a copy: the rules of analyzer/advice/steps_bind.c, asked of a
real BuildKit.

    bind.py [--out FILE.md]

Each stage is built twice: with a copy of the files, and with mounts in its place; a later copy puts the same files there. The two images
are compared path by path. Exit status 1: a stage that ctxopt may write so without asking differs, or does not build.
"""

import json
import subprocess
import sys

import twins

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


def dockerfile(case, mounted):
    """The text of one of both."""
    _, above, copied, runs, later, _ = case
    *names, dest = copied.split()
    text = HEAD + above + ("" if mounted else f"COPY {' '.join('d/' + name for name in names)} {dest}\n")
    for files, words in runs:
        flags = "".join(f"--mount=type=bind,source=d/{name},target={name} " for name in files.split() if mounted)
        text += f"RUN {flags}{json.dumps(['/step', *words.split()])}\n"
    return text + f"COPY {later}\n"


def row(engine, directory, case):
    """A row of the table, and whether the case is what ctxopt takes it for."""
    name, _, copied, runs, later, kind = case
    differ = twins.differences(engine, directory, dockerfile(case, False), dockerfile(case, True))
    differ = ["the RUN fails"] if differ is None else differ
    steps = "; ".join(f"`{words}`" for _, words in runs)
    line = f"| {name} | `COPY {copied}` | {steps} | `COPY {later}` | {kind} | {', '.join(differ) or 'equal'} |"
    return line, kind != "equivalent" or not differ


def fill(directory):
    """The context."""
    (directory / "d/p").mkdir(parents=True)
    for name, mode in (("a", 0o644), ("b", 0o640), ("p/c", 0o644)):
        (directory / "d" / name).write_text(name, encoding="utf-8")
        (directory / "d" / name).chmod(mode)
    (directory / "d/p").chmod(0o750)
    subprocess.run(["cc", "-Os", "-static", "-x", "c", "-", "-o", str(directory / "step")], input=STEP.encode(), check=True)


TABLE = """# A copy of manifests, and bind mounts in its place

Made by `tests/conform/reorder/bind.py` with {versions}: each stage built with the copy and with
`RUN --mount=type=bind` of the same files, paths, kinds, modes, owners, targets and sizes compared. The RUNs: `r` must be able to read the
file, `w` makes one, `a` writes over one, `m` makes a directory, `u` removes a file. The builder takes away the empty files and
directories on which it mounted, unless something was written there. The fifth column is what `ctxopt reorder` takes such a stage for.

| Stage | Copy | RUNs | Later copy | Class | What differs |
| :--- | :--- | :--- | :--- | :--- | :--- |
"""

if __name__ == "__main__":
    sys.exit(twins.main(__doc__, fill, CASES, row, TABLE))
