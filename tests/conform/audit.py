#!/usr/bin/env python3
"""Precision of the audit: data/audit/judged.tsv, and what ctxopt says of the same files today, to results/audit.md.

    tests/conform/audit.py --ctxopt PATH --checkouts DIR

DIR holds a checkout OWNER+NAME of each repository at the commit of the judgement; where objects are missing, its Dockerfiles will do.
Without --checkouts only the judgements are counted.
"""

import argparse
import collections
import json
import pathlib
import subprocess

HERE = pathlib.Path(__file__).resolve().parent
TODAY = "2026-11-27"


def read_judged() -> list[dict]:
    lines = (HERE / "data" / "audit" / "judged.tsv").read_text().splitlines()
    names = lines[1].split("\t")
    return [dict(zip(names, line.split("\t"), strict=True)) for line in lines[2:]]


def audit(ctxopt: str, checkouts: pathlib.Path) -> set[tuple]:
    """(repository, file, line, rule) of all that is a warning or an error."""
    run = subprocess.run([ctxopt, "audit", "--format", "json", "--today", TODAY, "--severity", "warning", "."], cwd=checkouts,
                         stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=False)
    found = set()
    for f in json.loads(run.stdout)["findings"]:
        repository, file = f["file"].split("/", 1)
        if f["suppressed"] is None:
            found.add((repository.replace("+", "/"), file, int(f["line"]), f["rule"]))
    return found


def percent(part: int, whole: int) -> str:
    return f"{100 * part / whole:.0f} %" if whole else "-"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--ctxopt", type=pathlib.Path, required=True)
    parser.add_argument("--checkouts", type=pathlib.Path)
    parser.add_argument("--output", type=pathlib.Path, default=HERE / "results" / "audit.md")
    args = parser.parse_args()
    rows = read_judged()
    found = audit(str(args.ctxopt.resolve()), args.checkouts) if args.checkouts else None
    counts = collections.defaultdict(collections.Counter)
    for row in rows:
        there = found is None or (row["repository"], row["file"], int(row["line"]), row["rule"]) in found
        counts[row["rule"]][row["verdict"]] += 1
        counts[row["rule"]]["now " + row["verdict"]] += there
    lines = ["# Findings of the audit, read one by one", "",
             f"{len(rows)} findings of severity warning or error, drawn at random from {len({r['repository'] for r in rows})} public "
             "repositories, at most seven of one; judged as a maintainer would: is it true, and would I act on it or accept it? "
             "Each with its reason in `data/audit/judged.tsv`. *Now* is what the current program still reports of them.", "",
             "| rule | judged | true | false | precision | now true | now false | precision now |",
             "| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |"]
    for rule, c in counts.items():
        lines.append(f"| `{rule}` | {c['true'] + c['false']} | {c['true']} | {c['false']} | {percent(c['true'], c['true'] + c['false'])} "
                     f"| {c['now true']} | {c['now false']} | {percent(c['now true'], c['now true'] + c['now false'])} |")
    lines += ["", "## False alarms", "", "| rule | where | why | now |", "| --- | --- | --- | --- |"]
    for row in rows:
        if row["verdict"] == "false":
            there = found is None or (row["repository"], row["file"], int(row["line"]), row["rule"]) in found
            lines.append(f"| `{row['rule']}` | {row['repository']} `{row['file']}:{row['line']}` | {row['why']} | {'yes' if there else 'gone'} |")
    args.output.write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
