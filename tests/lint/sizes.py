#!/usr/bin/env python3
"""Files and functions stay small enough to be read at once.

A C file has at most 600 lines, but those of WHOLE.  A function has at most 80, from its first line to its closing brace, unless the
comment directly above it gives a reason that starts with "Long:".
"""

import pathlib
import re

import source

FILE_LINES = 600
FUNCTION_LINES = 80
#: Files that cannot be split, and why.
WHOLE = {"grammar/src/scanner.c": "every binding of a tree-sitter grammar compiles this one file"}


def comment_above(lines: list[str], first_line: int) -> str:
    """The comment that ends on the line before `first_line`, "" if none does."""
    above = first_line - 2
    if above < 0 or not re.search(r"\*/\s*$|^\s*//", lines[above]):
        return ""
    block = lines[above].rstrip().endswith("*/")
    taken = []
    while above >= 0 and (block or lines[above].lstrip().startswith("//")):
        taken.insert(0, lines[above])
        if block and "/*" in lines[above]:
            break
        above -= 1
    return "\n".join(taken)


def lint(root: pathlib.Path) -> list[str]:
    complaints = []
    for path in source.c_files(root):
        name = path.relative_to(root)
        text = path.read_text(errors="replace")
        lines = text.split("\n")
        count = text.count("\n")
        if count > FILE_LINES and str(name) not in WHOLE:
            complaints.append(f"{name}:{FILE_LINES + 1}: {count} lines, at most {FILE_LINES}: split the file")
        code = source.without_directives(source.blank(text))
        for item in source.top_level(code):
            function = source.function_name(item.head)
            size = item.last_line - item.first_line + 1
            if function and item.body and size > FUNCTION_LINES:
                if not re.search(r"\bLong: \w", comment_above(lines, item.first_line)):
                    complaints.append(f"{name}:{item.first_line}: {function}() has {size} lines, at most {FUNCTION_LINES}")
    return complaints


def function(lines: int) -> str:
    """A function of so many lines."""
    return "static void f(struct s *x) {\n" + "\tx->a = (struct s){ 0 };\n" * (lines - 2) + "}\n"


SAMPLES = [
    source.Sample("file at the limit", {"ctxopt/a.c": "int x;\n" * 600}, None),
    source.Sample("file above it", {"ctxopt/a.h": "int x;\n" * 601}, "a.h:601: 601 lines"),
    source.Sample("function at the limit", {"ctxopt/a.c": function(80)}, None),
    source.Sample("function above it", {"ctxopt/a.c": "\n" + function(81)}, "a.c:2: f() has 81 lines"),
    source.Sample("with a reason", {"ctxopt/a.c": "/**\n * F.  Long: one case per kind.\n */\n" + function(81)}, None),
    source.Sample("with a reason, attributes", {"ctxopt/a.c": "// Long: one case per kind\nCTX_NODISCARD\n" + function(81)}, None),
    source.Sample("reason of another", {"ctxopt/a.c": "/** Long: no. */\nint y;\n" + function(81)}, "f() has 81 lines"),
    source.Sample("without a reason", {"ctxopt/a.c": "/** Long: */\n" + function(81)}, "f() has 81 lines"),
    source.Sample("in a test", {"tests/unit/test_a.c": function(90)}, "f() has 90 lines"),
    source.Sample("a table is no function", {"ctxopt/a.c": "static int t[] = {\n" + "\t1,\n" * 90 + "};\n"}, None),
]

if __name__ == "__main__":
    source.lint_main(lint, SAMPLES)
