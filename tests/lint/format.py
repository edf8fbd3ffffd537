#!/usr/bin/env python3
"""C files are formatted as .clang-format says; with --fix they are rewritten.

Versions of clang-format disagree about details, so only version 14 (Debian 12) counts; without it the lint is skipped.
"""

import pathlib
import re
import shutil
import subprocess
import sys

import source

VERSION = "14"
SKIPPED = 77


def find_clang_format() -> str | None:
    """The program of the right version, None if there is none."""
    for name in ("clang-format-" + VERSION, "clang-format"):
        path = shutil.which(name)
        if path and re.search(rf"version {VERSION}\.", subprocess.run([path, "--version"], capture_output=True, text=True,
                                                                       check=False).stdout):
            return path
    return None


def lint(root: pathlib.Path) -> list[str]:
    program = find_clang_format()
    files = [str(path.relative_to(root)) for path in source.c_files(root)]
    if not program or not files:
        return []
    done = subprocess.run([program, "--dry-run", "-Werror", "--ferror-limit=3", "--style=file", *files], cwd=root,
                          capture_output=True, text=True, check=False)
    return [line for line in done.stderr.split("\n") if " error: " in line]


def fix(root: pathlib.Path) -> None:
    """Rewrite what is not as it should be."""
    program = find_clang_format()
    if not program:
        sys.exit(f"clang-format {VERSION} is not installed")
    files = [str(path.relative_to(root)) for path in source.c_files(root)]
    sys.exit(subprocess.run([program, "-i", "--style=file", *files], cwd=root, check=False).returncode)


STYLE = (pathlib.Path(__file__).resolve().parents[2] / ".clang-format").read_text()
SAMPLES = [
    source.Sample("good", {".clang-format": STYLE, "ctxopt/a.c": "int f(void) {\n\treturn 0;\n}\n"}, None),
    source.Sample("spaces", {".clang-format": STYLE, "ctxopt/a.c": "int f(void) {\n        return 0;\n}\n"}, "a.c:1"),
    source.Sample("brace", {".clang-format": STYLE, "ctxopt/a.c": "int f(void)\n{\n\treturn 0;\n}\n"}, "a.c:1"),
    source.Sample("table", {".clang-format": STYLE, "ctxopt/a.c":
                  "// clang-format off\nint t[] = {1,  2,\n  3};\n// clang-format on\n"}, None),
]

if __name__ == "__main__":
    if sys.argv[1:2] == ["--fix"]:
        fix(pathlib.Path(sys.argv[2]).resolve())
    if not find_clang_format():
        print(f"clang-format {VERSION} is not installed")
        sys.exit(SKIPPED)
    source.lint_main(lint, SAMPLES)
