#!/usr/bin/env python3
"""Words that do not belong into the project, and names that have one spelling.

Test data written by others (tests/corpus, tests/conform/data) and the licence are not checked; this file is not either.
"""

import pathlib
import re

import source

SKIPPED = ("LICENSE", "tests/lint/words.py", "tests/corpus/", "tests/conform/data/", "grammar/src/parser.c", "grammar/corpus/")
BINARY = (".png", ".gz", ".zst", ".tar", ".ico", ".woff2", ".xz", ".bz2", ".bin", ".pack", ".idx")

# What a line must not have: expression, and what to do about it.
FORBIDDEN = [
    (r"(?<![\w.])/work/", "a path of one machine"),
    (r"(?i)\b(?:chat ?gpt|gpt-\d|claude|copilot|gemini|llama|openai|anthropic|llms?)\b", "does not belong into the project"),
    (r"(?i)\bAI[- ](?:assistant|agent|generated|tool|model)|\blanguage models?\b|\bcoding agents?\b", "does not belong into the project"),
    (r"(?i)\b(?:as instructed|per the brief|the brief says|sub-?agents?)\b", "does not belong into the project"),
    (r"\b(?:TODO|FIXME|XXX|HACK)\b", "say NEEDSWORK: and what must be decided"),
    (r"(?i)\b(?:blazing(?:ly)?|lightning[- ]fast|cutting[- ]edge|world[- ]class|best[- ]in[- ]class|seamless(?:ly)?|"
     r"game[- ]chang\w+|revolutionary|effortless(?:ly)?|supercharge\w*|leverag(?:e|es|ing))\b", "advertising: say what it does, with numbers"),
    (r"[\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff]", "an invisible character"),
    (r"^(?:<{7}|>{7}) ", "a conflict marker"),
]

# Names with one spelling.  Lower-case forms are left alone: they are names of commands, packages and files.
SPELLING = [
    (r"\bBuild ?[kK]it\b", "BuildKit"),
    (r"\b(?:DockerFile|Docker file)s?\b", "Dockerfile"),
    (r"\bGit[hH]ub\b", "GitHub"),
    (r"\bJava[sS]cript\b", "JavaScript"),
    (r"\bKubernete\b|\bKubernates\b", "Kubernetes"),
    (r"\bCtx[oO]pt\b|\bCTXopt\b|\bctxOpt\b", "ctxopt"),
    (r"\b(?:XxHash|XXHash|Xxhash)\b", "xxHash"),
    (r"\b(?:[zZ]Std|ZStandard)\b", "zstd or Zstandard"),
    (r"\bDebain\b", "Debian"),
    (r"\b(?:[tT]eh|[oO]ccured|[oO]ccurence|[sS]eperat\w+|[rR]ecieve\w*|[dD]efinately|[lL]enght|[wW]heter|[aA]cheive\w*)\b", "correct spelling"),
]
ANY = re.compile("|".join(re.sub(r"^\(\?i\)(.*)$", r"(?i:\1)", pattern) for pattern, _ in FORBIDDEN + SPELLING), re.MULTILINE)
CORRECT = {"BuildKit", "Dockerfile", "GitHub", "JavaScript", "xxHash"}


def check_line(line: str) -> list[str]:
    """What is wrong with one line."""
    wrong = [f"{m.group()!r}: {why}" for pattern, why in FORBIDDEN for m in re.finditer(pattern, line)]
    for pattern, right in SPELLING:
        # Identifiers of interfaces (XXH3_..., <xxhash.h>) are not prose
        wrong += [f"{m.group()!r}: spelled {right}" for m in re.finditer(pattern, line)
                  if m.group() not in CORRECT and not re.match(r"[.\w]*[._(/]", line[m.end():m.end() + 2])
                  and not re.search(r"[<\"/_.-]$", line[:m.start()])]
    return wrong


def lint(root: pathlib.Path) -> list[str]:
    complaints = []
    for path in source.project_files(root):
        name = str(path.relative_to(root))
        if name.startswith(SKIPPED) or path.suffix in BINARY:
            continue
        data = path.read_bytes()
        if b"\0" in data:
            continue
        text = data.decode(errors="replace")
        if not ANY.search(text):
            continue  # nearly all files
        for number, line in enumerate(text.split("\n"), 1):
            complaints += [f"{name}:{number}: {wrong}" for wrong in check_line(line)]
    return complaints


SAMPLES = [
    source.Sample("plain text", {"a.md": "BuildKit reads the Dockerfile; xxHash, GitHub, moby/buildkit, <xxhash.h>.\n"}, None),
    source.Sample("path", {"a.md": "see /work/main\n"}, "a.md:1: '/work/': a path of one machine"),
    source.Sample("line number", {"a.c": "\n// in /work/x\n"}, "a.c:2:"),
    source.Sample("url with such a part", {"a.md": "https://example.com/work/\n"}, None),
    source.Sample("tool", {"a.c": "// written by an AI assistant\n"}, "does not belong"),
    source.Sample("todo", {"a.py": "# TODO\n"}, "NEEDSWORK"),
    source.Sample("template of mkstemp", {"a.c": 'char t[] = "/x/tmp.XXXXXX";\n'}, None),
    source.Sample("advertising", {"README.md": "It is blazingly fast.\n"}, "advertising"),
    source.Sample("spelling", {"README.md": "Buildkit and Github\n"}, "spelled BuildKit"),
    source.Sample("bidi", {"a.c": "// \u202e\n"}, "invisible"),
    source.Sample("conflict", {"a.c": "<<<<<<< HEAD\n"}, "conflict marker"),
    source.Sample("licence", {"LICENSE": "TODO\n"}, None),
]

if __name__ == "__main__":
    source.lint_main(lint, SAMPLES)
