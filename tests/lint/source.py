"""What the lints share: the files of the project, C text without comments, and the two ways to run a lint.

A lint is a function from the root of a tree to a list of complaints ("file:line: what").  lint_main() gives it a
command line:

    LINT ROOT            check the tree, one complaint per line, exit 1 if there are any
    LINT --self-check    build the bad samples of the lint in a temporary directory, exit 1 if one is not caught
"""

import collections.abc
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import typing

Lint = collections.abc.Callable[[pathlib.Path], list[str]]


class Sample(typing.NamedTuple):
    """A tree that a lint must complain about, or (with `complaint` None) must accept."""

    what: str
    files: dict[str, str]
    complaint: str | None


def project_files(root: pathlib.Path, *suffixes: str) -> list[pathlib.Path]:
    """Files that belong to the project, sorted: known to git or not ignored by it; without git all outside build/."""
    listed = subprocess.run(["git", "-C", str(root), "ls-files", "-z", "-co", "--exclude-standard"],
                            capture_output=True, check=False)
    if listed.returncode == 0 and (root / ".git").exists():
        names = [os.fsdecode(name) for name in listed.stdout.split(b"\0") if name]
    else:
        names = [str(p.relative_to(root)) for p in root.rglob("*")]
        names = [n for n in names if not n.startswith(("build/", ".git/")) and "__pycache__" not in n]
    paths = (root / name for name in sorted(set(names)))
    return [p for p in paths if p.is_file() and not p.is_symlink() and (not suffixes or p.suffix in suffixes)]


def c_files(root: pathlib.Path, *tops: str) -> list[pathlib.Path]:
    """The .c and .h files written by hand, all of them or those below the given top directories."""
    found = []
    for path in project_files(root, ".c", ".h"):
        name = path.relative_to(root)
        generated = name.parts[:2] == ("grammar", "src") and name.name != "scanner.c"
        if not generated and (not tops or name.parts[0] in tops):
            found.append(path)
    return found


TOKEN = re.compile(r"""
    //[^\n]*                        # line comment
  | /\*.*?\*/                       # block comment
  | "(?:\\.|[^"\\\n])*"             # string
  | '(?:\\.|[^'\\\n])*'             # character
""", re.VERBOSE | re.DOTALL)


def blank(text: str) -> str:
    """The same text with comments and the insides of literals made of spaces: lines and columns stay."""
    def spaces(match: re.Match[str]) -> str:
        token = match.group()
        if token[0] in "\"'":
            return token[0] + "x" * (len(token) - 2) + token[0]
        return re.sub(r"[^\n]", " ", token)
    return TOKEN.sub(spaces, text)


def without_directives(text: str) -> str:
    """blank() text without preprocessor lines, continued ones too: lines stay."""
    return re.sub(r"^[ \t]*#(?:[^\n\\]|\\\n|\\.)*", lambda m: re.sub(r"[^\n]", " ", m.group()), text, flags=re.MULTILINE)


class Item(typing.NamedTuple):
    """One thing at the top level of a C file."""

    first_line: int
    last_line: int
    head: str
    """Text up to '{' or ';', on one line."""
    body: tuple[int, int] | None
    """Offsets of what stands between the outer braces."""


def top_level(text: str) -> list[Item]:
    """Declarations and definitions of a file whose comments and directives are blank."""
    items, start, depth, parens, body_at, body = [], None, 0, 0, -1, None
    for at, char in enumerate(text):
        if start is None:
            if char.isspace() or char == ";":
                continue
            start = at
        if char in "()":
            parens += 1 if char == "(" else -1
        elif char == "{":
            if depth == 0:
                body_at = at
            depth += 1
        elif char == "}":
            depth -= 1
            if depth == 0:
                body = (body_at + 1, at)
        # A function ends with its brace; a struct, an enum, a table ends with a semicolon
        is_function = body is not None and re.search(r"\)\s*$", text[start:body_at]) is not None
        if depth == 0 and parens == 0 and (char == ";" or (char == "}" and is_function)):
            end = body_at if body else at
            items.append(Item(text.count("\n", 0, start) + 1, text.count("\n", 0, at) + 1,
                              " ".join(text[start:end].split()), body))
            start, body = None, None
    return items


def function_name(head: str) -> str | None:
    """Name of the function that a head declares or defines, None if it is something else."""
    # Attribute macros come first: CTX_PRINTF(1, 2) int f(const char *fmt, ...)
    head = re.sub(r"^(?:[A-Z][A-Z0-9_]*(?:\([^()]*\))?\s+)+", "", head)
    head = re.sub(r"__attribute__\s*\(\(.*?\)\)", "", head)
    match = re.match(r"[\w\s*]*?\b(\w+)\s*\(", head)
    if not match or head.startswith("typedef") or "=" in head[:match.end()]:
        return None
    return match.group(1)


def self_check(lint: Lint, samples: list[Sample]) -> int:
    """Run the lint over each sample; the number of samples that it got wrong."""
    wrong = 0
    for sample in samples:
        with tempfile.TemporaryDirectory(prefix="ctxopt-lint-") as tmp:
            root = pathlib.Path(tmp)
            for name, text in sample.files.items():
                (root / name).parent.mkdir(parents=True, exist_ok=True)
                (root / name).write_text(text)
            complaints = lint(root)
        if sample.complaint is None:
            good = not complaints
        else:
            good = any(sample.complaint in line for line in complaints)
        if not good:
            wrong += 1
            print(f"{sample.what}: expected {sample.complaint!r}, got {complaints!r}")
    print(f"{len(samples) - wrong} of {len(samples)} samples judged rightly")
    return wrong


def lint_main(lint: Lint, samples: list[Sample]) -> None:
    """The command line of a lint."""
    if sys.argv[1:] == ["--self-check"]:
        sys.exit(1 if self_check(lint, samples) else 0)
    root = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else ".").resolve()
    complaints = lint(root)
    print(*complaints, sep="\n", end="\n" if complaints else "")
    sys.exit(1 if complaints else 0)
