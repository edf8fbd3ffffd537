#!/usr/bin/env python3
"""Patches of `ctxopt audit`: each one alone is applied, as JSON has it and as SARIF has it; then the finding is gone, the file is valid, the
others are as they were; and where only the writing changes, the key of the image stays.

    edits.py CTXOPT               the cases below: those that have a patch, with what it makes, and those that must have none
    edits.py CTXOPT DIRECTORY     all Dockerfiles there, such as checkouts
"""

import json
import pathlib
import re
import subprocess
import sys
import tempfile

#: Patches of these leave the image as it is, to the byte of its key
SAME = ["LegacyKeyValueFormat", "FromAsCasing", "StageNameCasing", "ConsistentInstructionCasing", "NoEmptyContinuation"]
APT = "RUN apt-get update && apt-get install -y jq"
LISTS = "rm -rf /var/lib/apt/lists/*"
#: Dockerfile, and what is wanted in place of its lines, None for a line that goes; None: no patch
CASES = [
    ("FROM debian:12\nMAINTAINER A B <a@example.org>\n", {2: 'LABEL org.opencontainers.image.authors="A B <a@example.org>"'}),
    ('FROM debian:12\nMAINTAINER "A B"\n', {2: 'LABEL org.opencontainers.image.authors="A B"'}),
    ("FROM debian:12\nMAINTAINER A $B\n", None),
    ("FROM debian:12\nMAINTAINER A\\\n B\n", None),
    ("FROM debian:12\nENV A b\n", {2: "ENV A=b"}),
    ("FROM debian:12\r\nENV A b c  d\r\n", {2: 'ENV A="b c  d"'}),
    ('FROM debian:12\nENV A "b c"', {2: 'ENV A="b c"'}),
    ("FROM debian:12\nENV A $PATH:${B:-c}\n", {2: "ENV A=$PATH:${B:-c}"}),
    ("FROM debian:12\nENV A it's\n", None),
    ('FROM debian:12\nENV A b"c\n', None),
    ("FROM debian:12\nENV A b \\\n c\n", None),
    ("FROM debian:12\nENV DB_PASSWORD s3cr3tX9z7\n", None),
    ("FROM debian:12 as a\nFROM a\n", {1: "FROM debian:12 AS a"}),
    ("from debian:12 AS a\nfrom a\n", {1: "from debian:12 as a"}),
    ("FROM debian:12 AS Build\nFROM debian:12\nCOPY --from=Build /a /\n", {1: "FROM debian:12 AS build"}),
    ("FROM debian:12\nrun true\nRUN true\n", {2: "RUN true"}),
    ("FROM debian:12\nRUN true \\\n\n && true\n", {3: None}),
    (f'FROM debian:12\n{APT}\nCMD ["a"]\n', {2: f"{APT} && {LISTS}"}),
    (f'FROM debian:12\nRUN apt-get update && \\\n    apt-get install -y \\\n      jq\nCMD ["a"]\n', {4: f"      jq \\\n      && {LISTS}"}),
    (f'FROM debian:12\n{APT}\nRUN apt-get update && apt-get install -y git && {LISTS}\nCMD ["a"]\n', {2: f"{APT} && {LISTS}"}),
    (f'FROM debian:12\n{APT}\nRUN apt-get install -y git\nCMD ["a"]\n', None),
    (f'FROM debian:12 AS a\n{APT}\nFROM a\nRUN apt-get install -y git\nCMD ["a"]\n', None),
    (f'FROM debian:12\n{APT}\nCOPY x /x\nRUN /x\nCMD ["a"]\n', None),
    (f'FROM debian:12\n{APT}\nRUN curl http://example.org/setup | bash -\nCMD ["a"]\n', None),
    (f"FROM debian:12\n{APT}\n", None),
    (f'FROM debian:12\n{APT} # jq\nCMD ["a"]\n', None),
    ('FROM debian:12\nRUN sudo apt-get update && sudo apt-get install -y jq\nCMD ["a"]\n', None),
    ('FROM debian:12\nRUN <<EOF\napt-get update\napt-get install -y jq\nEOF\nCMD ["a"]\n', None),
    (f'FROM debian:12\n{APT}\nONBUILD RUN apt-get install -y git\nCMD ["a"]\n', None),
    ('FROM python:3.12\nRUN pip install flask\nCMD ["a"]\n', {2: "RUN pip install --no-cache-dir flask"}),
    ('FROM python:3.12\nRUN pip install -U pip \\\n && python -m pip install flask\nCMD ["a"]\n',
     {2: "RUN pip install --no-cache-dir -U pip \\", 3: " && python -m pip install --no-cache-dir flask"}),
    ('FROM python:3.4\nRUN pip install flask\nCMD ["a"]\n', None),
    ('FROM ubuntu:14.04\nRUN pip install flask\nCMD ["a"]\n', None),
    ('FROM alpine:3.20\nRUN apk add jq\nCMD ["a"]\n', {2: "RUN apk add --no-cache jq"}),
    ('FROM alpine:3.2\nRUN apk add jq\nCMD ["a"]\n', None),
    ('FROM alpine:3.20\nRUN apk add --update jq\nRUN apk add git\nCMD ["a"]\n', {3: "RUN apk add --no-cache git"}),
]


def audit(ctxopt: str, directory: str, form: str) -> dict:
    run = subprocess.run([ctxopt, "audit", "--format", form, "--no-history", "--today", "2026-01-31"], cwd=directory,
                         capture_output=True, text=True)
    return json.loads(run.stdout)


def apply(text: str, edits: list[dict]) -> str:
    """The edits of a finding, as JSON has them."""
    lines = text.splitlines(keepends=True)
    for edit in sorted(edits, key=lambda e: -e["first_line"]):
        lines[edit["first_line"] - 1:edit["last_line"]] = [edit["text"]]
    return "".join(lines)


def apply_sarif(text: str, change: dict) -> str:
    """The same as SARIF has them: columns in UTF-16."""
    lines = text.splitlines(keepends=True)
    for r in sorted(change["replacements"], key=lambda r: -r["deletedRegion"]["startLine"]):
        region = r["deletedRegion"]
        last = lines[region["endLine"] - 1]
        rest = last.encode("utf-16-le")[2 * (region["endColumn"] - 1):].decode("utf-16-le")
        lines[region["startLine"] - 1:region["endLine"]] = [r["insertedContent"]["text"] + rest]
    return "".join(lines)


def same(a: dict) -> tuple:
    """What stays the same when lines move."""
    return a["rule"], a["alias"], re.sub("line [0-9]+", "line", a["message"])


def key(ctxopt: str, text: str) -> str:
    """Of the image that a Dockerfile beside its context makes; empty if it makes none."""
    git = ["git", "-c", "user.name=a", "-c", "user.email=a@example.org", "-c", "commit.gpgsign=false"]
    with tempfile.TemporaryDirectory(prefix="ctxopt-edits-") as tmp:
        pathlib.Path(tmp, "app").mkdir()
        pathlib.Path(tmp, "app", "x").touch()
        pathlib.Path(tmp, "Dockerfile").write_text(text, newline="")
        for words in ["init", "-q"], ["add", "-A"], ["commit", "-q", "-m", "x"]:
            subprocess.run([*git, *words], cwd=tmp, check=True)
        return subprocess.run([ctxopt, "key", "-q", "-f", "Dockerfile", "app"], cwd=tmp, capture_output=True, text=True).stdout


def check(ctxopt: str, text: str) -> tuple[list[str], list[list[dict]]]:
    """What is wrong with the patches of a Dockerfile, and the patches."""
    wrong, patches = [], []
    with tempfile.TemporaryDirectory(prefix="ctxopt-edits-") as tmp:
        path = pathlib.Path(tmp, "Dockerfile")
        path.write_text(text, newline="")
        before = audit(ctxopt, tmp, "json")["findings"]
        results = audit(ctxopt, tmp, "sarif")["runs"][0]["results"]
        for f, result in zip(before, results, strict=True):
            if not f["edits"]:
                wrong += [f"{f['rule']}: SARIF alone has a fix"] if "fixes" in result else []
                continue
            patches.append(f["edits"])
            path.write_text(now := apply(text, f["edits"]), newline="")
            if apply_sarif(text, result["fixes"][0]["artifactChanges"][0]) != now:
                wrong.append(f"{f['rule']}: SARIF has another patch")
            if f["rule"] in SAME and key(ctxopt, now) != key(ctxopt, text):
                wrong.append(f"{f['rule']}: another image")
            document = audit(ctxopt, tmp, "json")
            after = document["findings"]
            if document["files"][0]["error"]:
                wrong.append(f"{f['rule']}: not valid any more: {document['files'][0]['error']}")
            if [same(a) for a in after].count(same(f)) >= [same(b) for b in before].count(same(f)):
                wrong.append(f"{f['rule']}: is there as before: {f['message']}")
            if new := {same(a) for a in after} - {same(b) for b in before}:
                wrong.append(f"{f['rule']}: brings {sorted(map(str, new))}")
    return wrong, patches


def check_case(ctxopt: str, text: str, wanted: dict | None) -> list[str]:
    wrong, patches = check(ctxopt, text)
    if wanted is None:
        return wrong + [f"has a patch: {p}" for p in patches]
    lines = [wanted.get(i + 1, line) for i, line in enumerate(text.splitlines())]
    want = "\n".join(line for line in lines if line is not None).splitlines()
    made = [apply(text, p).splitlines() for p in patches]
    return wrong + ([] if made == [want] else [f"wanted {want}, made {made}"])


def main() -> int:
    ctxopt, failed, count = str(pathlib.Path(sys.argv[1]).resolve()), 0, 0
    for text, wanted in CASES if len(sys.argv) == 2 else []:
        for wrong in check_case(ctxopt, text, wanted):
            print(f"{text!r}: {wrong}")
            failed += 1
    for path in sorted(pathlib.Path(sys.argv[2]).rglob("*ockerfile*")) if len(sys.argv) > 2 else []:
        if path.is_file() and ".git/" not in str(path):
            try:
                text = path.read_bytes().decode()
                wrongs, patches = check(ctxopt, text)
            except (UnicodeDecodeError, IndexError):
                continue
            count += len(patches)
            for wrong in wrongs:
                print(f"{path}: {wrong}")
                failed += 1
    if len(sys.argv) > 2:
        print(f"{count} patches, {failed} wrong")
    return failed > 0


if __name__ == "__main__":
    sys.exit(main())
