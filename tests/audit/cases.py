#!/usr/bin/env python3
"""Labelled cases of the audit: tests/corpus/audit/RULE.txt against `ctxopt audit --only RULE`.

    === bad: NAME            a finding of severity warning or error is wanted
    === bad info: NAME       one of just this severity, and none that is worse
    === good: NAME           nothing from warning on is wanted
    FROM ...                 the Dockerfile, if there is one
    --- PATH                 another file of its directory

Cases of compose files and manifests lie in a directory of their own, corpus/audit/run.
"""

import argparse
import json
import pathlib
import re
import subprocess
import sys
import tempfile

RANKS = ["style", "info", "warning", "error"]
TODAY = "2026-01-31"


def read_cases(path: pathlib.Path):
    """(severity wanted or None, name, {path: text}) of each case."""
    for part in re.split(r"^=== ", path.read_text(), flags=re.M)[1:]:
        head, text = part.split("\n", 1)
        label, name = head.split(": ", 1)
        words = label.split()
        wanted = None if words[0] == "good" else words[1] if len(words) > 1 else "warning"
        assert words[0] in ("good", "bad") and (wanted is None or wanted in RANKS), head
        pieces = re.split(r"^--- (.*)\n", text, flags=re.M)
        files = {"Dockerfile": pieces[0]} if pieces[0] else {}
        files.update(zip(pieces[1::2], pieces[2::2]))
        yield wanted, name, files


def audit(ctxopt: str, rule: str, files: dict[str, str]) -> tuple[list[dict], str]:
    """What the rule finds in a directory of these files, and standard error."""
    with tempfile.TemporaryDirectory(prefix="ctxopt-audit-") as tmp:
        for name, text in files.items():
            path = pathlib.Path(tmp, name)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        run = subprocess.run([ctxopt, "audit", "--only", rule, "--format", "json", "--no-history", "--today", TODAY],
                             cwd=tmp, capture_output=True, text=True)
        return json.loads(run.stdout)["findings"] if run.stdout else [], run.stderr


def check(ctxopt: str, rule: str, wanted: str | None, files: dict[str, str]) -> str | None:
    """What is wrong; None."""
    findings, stderr = audit(ctxopt, rule, files)
    if stderr:
        return f"standard error: {stderr.strip()}"
    ranks = [RANKS.index(f["severity"]) for f in findings if f["suppressed"] is None]
    worst = RANKS[max(ranks)] if ranks else None
    said = "; ".join(f"{f['severity']}: {f['message']}" for f in findings)
    if wanted is None:
        return None if worst in (None, "style", "info") else f"is right, but: {said}"
    if wanted == "warning":
        return None if worst in ("warning", "error") else f"is wrong, but: {said or 'silence'}"
    return None if worst == wanted else f"is {wanted}, but: {said or 'silence'}"


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("ctxopt")
    parser.add_argument("corpus", type=pathlib.Path)
    parser.add_argument("--least", type=int, default=15, help="cases of each kind that a rule must have")
    args = parser.parse_args()
    args.ctxopt = str(pathlib.Path(args.ctxopt).resolve())
    failed = 0
    for path in sorted(args.corpus.glob("*.txt")):
        counts = {"bad": 0, "good": 0}
        for wanted, name, files in read_cases(path):
            counts["good" if wanted is None else "bad"] += 1
            wrong = check(args.ctxopt, path.stem, wanted, files)
            if wrong:
                print(f"{path.name}: {name}: {wrong}")
                failed += 1
        print(f"{path.stem}: {counts['bad']} wrong, {counts['good']} right")
        if min(counts.values()) < args.least:
            print(f"{path.name}: fewer than {args.least} cases of a kind")
            failed += 1
    return failed > 0


if __name__ == "__main__":
    sys.exit(main())
