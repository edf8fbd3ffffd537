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


def audit(ctxopt: str, checkouts: pathlib.Path) -> dict[tuple, list[str]]:
    """Messages of all that is a warning or an error, by (repository, file, line, rule)."""
    run = subprocess.run([ctxopt, "audit", "--format", "json", "--today", TODAY, "--severity", "warning", "."], cwd=checkouts,
                         stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=False)
    found = collections.defaultdict(list)
    for f in json.loads(run.stdout)["findings"]:
        repository, file = f["file"].split("/", 1)
        if f["suppressed"] is None:
            found[repository.replace("+", "/"), file, int(f["line"]), f["rule"]].append(f["message"])
    return found


def is_there(found: dict | None, row: dict) -> bool:
    """Does the program still say it?  Some rules say several things of one line: then a part of the message is in the row."""
    key = row["repository"], row["file"], int(row["line"]), row["rule"]
    return found is None or any(row["message"] in message for message in found.get(key, []))


def percent(part: int, whole: int) -> str:
    return f"{100 * part / whole:.0f} %" if whole else "-"


def table(rows: list[dict], found: dict | None, samples: str) -> list[str]:
    """Precision by rule: of the samples as drawn, and of what of them is still said."""
    counts = collections.defaultdict(collections.Counter)
    for row in rows:
        there = is_there(found, row)
        for rule in row["rule"], "all":
            counts[rule][row["verdict"]] += 1
            counts[rule][row["verdict"] + row["sample"]] += 1
            counts[rule]["now " + row["verdict"]] += there
    counts["all"] = counts.pop("all")
    names = "".join(f" precision {s} |" for s in samples)
    lines = [f"| rule | judged | true | false |{names} now true | now false | precision now |",
             f"| --- | ---: | ---: | ---: |{' ---: |' * len(samples)} ---: | ---: | ---: |"]
    for rule, c in counts.items():
        name = f"`{rule}`" if rule != "all" else "all"
        then = " | ".join(percent(c["true" + s], c["true" + s] + c["false" + s]) for s in samples)
        lines.append(f"| {name} | {c['true'] + c['false']} | {c['true']} | {c['false']} | {then} "
                     f"| {c['now true']} | {c['now false']} | {percent(c['now true'], c['now true'] + c['now false'])} |")
    return lines


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--ctxopt", type=pathlib.Path, required=True)
    parser.add_argument("--checkouts", type=pathlib.Path)
    parser.add_argument("--output", type=pathlib.Path, default=HERE / "results" / "audit.md")
    args = parser.parse_args()
    rows = read_judged()
    found = audit(str(args.ctxopt.resolve()), args.checkouts) if args.checkouts else None
    dockerfiles, run = [r for r in rows if r["sample"] != "3"], [r for r in rows if r["sample"] == "3"]
    lines = ["# Findings of the audit, read one by one", "",
             "Drawn at random among the findings of severity warning or error in public repositories, and judged as a maintainer would: is it "
             "true, and would I act on it or accept it? Each with its reason in `data/audit/judged.tsv`. Precision *1*, *2* and *3* are those "
             "of the samples as drawn, before their false alarms were repaired; *now* is what the current program still reports of them.",
             "", "## Dockerfiles", "",
             f"{len(dockerfiles)} findings in {len({r['repository'] for r in dockerfiles})} repositories: two samples, the second one after "
             "the repairs that followed the first, and without the repositories of the first where a rule had enough others.", "",
             *table(dockerfiles, found, "12"), "", "## Compose files and manifests", "",
             f"{len(run)} findings in {len({r['repository'] for r in run})} repositories: at most two of a file for each rule, and as many of "
             "compose files as of manifests where there are enough.", "",
             *table(run, found, "3"), "", "## False alarms", "", "| rule | where | why | now |", "| --- | --- | --- | --- |"]
    for row in rows:
        if row["verdict"] == "false":
            there = is_there(found, row)
            lines.append(f"| `{row['rule']}` | {row['repository']} `{row['file']}:{row['line']}` | {row['why']} | {'yes' if there else 'gone'} |")
    for row in rows:
        if row["verdict"] == "true" and not is_there(found, row):
            print(f"not found any more: {row['rule']} {row['repository']} {row['file']}:{row['line']}: {row['why']}")
    args.output.write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
