#!/usr/bin/env python3
"""Headers explain themselves.

- Each declaration in a header, and each member of a struct, union or enum, has a doc comment ("/** ... */") directly
  before it.  One comment may cover a group of adjacent lines: a blank line ends the group.  So the comment of a struct
  also covers the members that follow its first line directly.
- Each header has a comment at its top, and a guard named after its path.
- Each function that a header declares is defined in some .c file.

Forward declarations ("struct ctx_buf;") and macros need no comment.
"""

import pathlib
import re

import source

TOPS = ("ctxopt", "analyzer", "grammar")
FORWARD = re.compile(r"^(?:struct|union|enum) \w+$")


def doc_ends(text: str) -> set[int]:
    """Lines on which a doc comment ends, or whose end-of-line doc comment covers them."""
    ends = set()
    for match in source.TOKEN.finditer(text):
        if match.group().startswith("/**"):
            ends.add(text.count("\n", 0, match.end()) + 1)
    return ends


def grouped(line: int, lines: list[str], docs: set[int], directives: set[int]) -> bool:
    """Is there a doc comment above `line`, with no blank line between?"""
    above = line - 1
    while above >= 1 and lines[above - 1].strip() and above not in docs and above not in directives:
        above -= 1
    return above in docs


def members(code: str, body: tuple[int, int], is_enum: bool) -> list[tuple[int, str]]:
    """Line and text of each member between the braces of a struct, union or enum; inner structs count as one."""
    found, depth, start = [], 0, None
    end = "," if is_enum else ";"
    for at in range(body[0], body[1] + 1):
        char = code[at] if at < body[1] else end
        if start is None:
            if char.isspace() or char == end:
                continue
            start = at
        if char in "{(":
            depth += 1
        elif char in "})":
            depth -= 1
        elif char == end and depth == 0:
            found.append((code.count("\n", 0, start) + 1, " ".join(code[start:at].split())))
            start = None
    return found


def check_comments(path: pathlib.Path, root: pathlib.Path) -> list[str]:
    """Complaints about the comments and the guard of one header."""
    name = str(path.relative_to(root))
    text = path.read_text(errors="replace")
    lines = text.split("\n")
    blank = source.blank(text)
    code = source.without_directives(blank)
    directives = {i for i, (a, b) in enumerate(zip(blank.split("\n"), code.split("\n")), 1) if a != b}
    docs = doc_ends(text)
    complaints = []
    if not text.startswith("/**"):
        complaints.append(f"{name}:1: no comment at the top")
    guard = re.sub(r"\W", "_", name).upper()
    if not re.search(rf"^#ifndef {guard}\n#define {guard}$", text, re.MULTILINE):
        complaints.append(f"{name}:1: the guard must be {guard}")
    for item in source.top_level(code):
        if FORWARD.match(item.head) and item.body is None:
            continue
        if not grouped(item.first_line, lines, docs, directives):
            complaints.append(f"{name}:{item.first_line}: no doc comment before: {item.head[:60]}")
        kind = re.match(r"(?:typedef )?(struct|union|enum)\b", item.head)
        if not kind or item.body is None:
            continue
        for line, member in members(code, item.body, kind.group(1) == "enum"):
            if not grouped(line, lines, docs, directives):
                complaints.append(f"{name}:{line}: no doc comment before member: {member[:60]}")
    return complaints


def functions(path: pathlib.Path, defined: bool) -> dict[str, int]:
    """Functions that a file defines, or only declares, with their line."""
    found = {}
    code = source.without_directives(source.blank(path.read_text(errors="replace")))
    for item in source.top_level(code):
        name = source.function_name(item.head)
        if name and (item.body is not None) == defined:
            found[name] = item.first_line
    return found


def lint(root: pathlib.Path) -> list[str]:
    headers = [path for path in source.c_files(root, *TOPS) if path.suffix == ".h"]
    complaints = [line for path in headers for line in check_comments(path, root)]
    defined: set[str] = set()
    for path in source.project_files(root, ".c"):
        if path.relative_to(root).parts[0] in TOPS:
            defined |= functions(path, True).keys()
    for path in headers:
        for name, line in functions(path, False).items():
            if name not in defined:
                complaints.append(f"{path.relative_to(root)}:{line}: {name}() is defined nowhere")
    return complaints


def header(body: str) -> dict[str, str]:
    """A header with a proper frame."""
    guard = "CTXOPT_BASE_A_H"
    return {"ctxopt/base/a.h": f"/**\n * Top.\n */\n#ifndef {guard}\n#define {guard}\n\n{body}\n#endif\n"}


SAMPLES = [
    source.Sample("documented", {**header("/** It. */\nCTX_PRINTF(1, 2)\nint f(const char *fmt, ...);\n"),
                                 "ctxopt/base/a.c": "int f(const char *fmt, ...) {\n\treturn 0;\n}\n"}, None),
    source.Sample("bare function", header("int f(void);\n"), "a.h:7: no doc comment before: int f(void)"),
    source.Sample("blank line between", header("/** It. */\n\nint x;\n"), "a.h:9: no doc comment"),
    source.Sample("group", header("/** Both. */\nextern int x;\nextern int y;\n"), None),
    source.Sample("group ends", header("/** One. */\nextern int x;\n\nextern int y;\n"), "a.h:10: no doc comment"),
    source.Sample("plain comment", header("/* It. */\nextern int x;\n"), "no doc comment"),
    source.Sample("bare struct", header("struct s {\n\t/** It. */\n\tint x;\n};\n"), "no doc comment before: struct s"),
    source.Sample("member under its struct", header("/** It. */\nstruct s {\n\tint x;\n};\n"), None),
    source.Sample("bare member", header("/** It. */\nstruct s {\n\tint x;\n\n\tint y;\n};\n"), "a.h:11: no doc comment before member: int y"),
    source.Sample("bare constant", header("/** It. */\nenum e {\n\t/** A. */\n\tA,\n\n\tB,\n};\n"), "member: B"),
    source.Sample("enum on one line", header("/** It. */\nenum e { A, B };\n"), None),
    source.Sample("members", header("/** It. */\nstruct s {\n\t/** A, b. */\n\tint a;\n\tint (*b)(int x, int y);\n};\n"), None),
    source.Sample("forward", header("struct s;\n"), None),
    source.Sample("never defined", header("/** It. */\nint f(void);\n"), "a.h:8: f() is defined nowhere"),
    source.Sample("defined in a macro only", {**header("/** It. */\nint f(void);\n"),
                                              "ctxopt/base/a.c": "#define F int f(void) { return 0; }\n"}, "defined nowhere"),
    source.Sample("no top comment", {"ctxopt/base/a.h": "#ifndef CTXOPT_BASE_A_H\n#define CTXOPT_BASE_A_H\n#endif\n"},
                  "no comment at the top"),
    source.Sample("wrong guard", {"ctxopt/base/a.h": "/** Top. */\n#ifndef A_H\n#define A_H\n#endif\n"}, "the guard must be"),
]

if __name__ == "__main__":
    source.lint_main(lint, SAMPLES)
