#!/usr/bin/env python3
"""What `ctxopt reorder` saves on real repositories: a table such as Doctor's (ISSTA 2025).

    table.py --ctxopt PROG [--rows FILE.tsv] [--commits N] [--out FILE.md] [--diffs DIR] MIRROR...

MIRROR is a bare repository, or a directory of OWNER+NAME/repo.  FILE.tsv names Dockerfiles in columns `repo`, `revision`, `path`,
`context` (and `sim_target`, of which those with "yes" are taken); without it every file whose name begins with "Dockerfile" is looked
at, with the directory it lies in as context, or the repository where that fails.  Nothing is built: the histories are replayed,
each change is chosen on the older two thirds of the commits, and all numbers are of the newer third.
"""

import argparse
import csv
import json
import pathlib
import subprocess
import sys
import tempfile

MODELS = ("time", "steps", "bytes")
UNITS = {"time": "seconds", "steps": "steps", "bytes": "bytes"}


def git(repo, *args, check=True):
    return subprocess.run(["git", "-C", str(repo), *args], check=check, capture_output=True, text=True, errors="replace").stdout


def find_mirrors(paths):
    """OWNER/NAME to bare repository."""
    found = {}
    for path in map(pathlib.Path, paths):
        repo = path / "repo" if (path / "repo").is_dir() else path
        found[path.name.replace("+", "/")] = repo
    return found


def read_rows(args, mirrors):
    if args.rows is None:
        for name, repo in mirrors.items():
            for path in git(repo, "ls-tree", "-r", "--name-only", "HEAD").splitlines():
                if pathlib.PurePath(path).name.startswith("Dockerfile"):
                    yield {"repo": name, "revision": "HEAD", "path": path, "context": str(pathlib.PurePath(path).parent)}
        return
    with open(args.rows, newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file, delimiter="\t"):
            if row["repo"] in mirrors and row.get("sim_target", "yes") == "yes":
                yield row


def checkout(repo, revision, rows, where):
    """A working tree that holds no more than what the command looks at on disk."""
    subprocess.run(["git", "clone", "-q", "--shared", "--no-checkout", str(repo), str(where)], check=True)
    git(where, "update-ref", "--no-deref", "HEAD", revision)
    git(where, "read-tree", "HEAD")
    paths = set(git(where, "ls-files").splitlines())
    for row in rows:
        (where / row["context"]).mkdir(parents=True, exist_ok=True)
        ignores = (row["path"] + ".dockerignore", str(pathlib.PurePath(row["context"]) / ".dockerignore"))
        wanted = [path for path in (row["path"], *ignores) if path in paths]
        git(where, "checkout", "--", *wanted)


def reorder(args, where, row, model):
    """The document, or why there is none."""
    command = [args.ctxopt, "reorder", "--format", "json", "--cost-model", model, "-n", str(args.commits),
               "-f", str(where / row["path"]), str(where / row["context"])]
    try:
        run = subprocess.run(command, capture_output=True, text=True, timeout=args.timeout, check=False)
    except subprocess.TimeoutExpired:
        return None, "no answer in time"
    if run.returncode != 0:
        return None, run.stderr.strip().splitlines()[-1] if run.stderr.strip() else f"status {run.returncode}"
    return json.loads(run.stdout), None


def saving(document, model):
    scored, unit = document["scored"], UNITS[model]
    before, after = scored["before"][unit], scored["after"][unit]
    return 100 * (before - after) / before if before > 0 else 0.0


def summarise(outcomes, model):
    """Of one cost model: all files, and those with a change."""
    values = [saving(document, model) for document in outcomes]
    changed = [value for document, value in zip(outcomes, values) if document["changes"]]
    equivalent = sum(1 for document in outcomes
                     if document["changes"] and all(c["proof"] == "equivalent" for c in document["changes"]))
    mean = lambda items: sum(items) / len(items) if items else 0.0
    share = lambda items: 100 * len(items) / len(values) if values else 0.0
    return (f"| {model} | {len(values)} | {len(changed)} ({share(changed):.0f} %) | {equivalent} | {mean(values):.1f} % | {mean(changed):.1f} % | "
            f"{share([v for v in values if v > 50]):.0f} % |")


def write(out, args, results, failures):
    out.write("# Orders proposed for real Dockerfiles\n\n"
              "Made by `tests/conform/reorder/table.py`. Each history is replayed with the file as it is and as it is proposed, "
              f"at most {args.commits} commits along first parents; chosen on the older two thirds, scored on the newer third. "
              "Saved is what the steps cost that are made again, by the three cost models; of each model the file is the one "
              "that is proposed under it.\n\n"
              "| Cost model | Files | With a change | Of these all equivalent | Mean saving, all files | Mean saving, with a change | "
              "Saved above half |\n| :--- | ---: | ---: | ---: | ---: | ---: | ---: |\n")
    for model in MODELS:
        out.write(summarise([documents[model] for _, documents in results], model) + "\n")
    out.write("\n## Files with a change\n\n| Repository | Dockerfile | Change | Proof | Builds | Seconds before | After | Saved | Steps | Bytes |\n"
              "| :--- | :--- | :--- | :--- | ---: | ---: | ---: | ---: | ---: | ---: |\n")
    for row, documents in results:
        document = documents["time"]
        if not document["changes"]:
            continue
        changes = "; ".join(f"line {c['line']} below {c['below_line']}" + (f", `{c['kept_above'].replace('|', ' ')}` above" if c["kept_above"] else "")
                            for c in document["changes"])
        proof = "review" if any(c["proof"] == "review" for c in document["changes"]) else "equivalent"
        scored = document["scored"]
        out.write(f"| {row['repo']} | {row['path']} | {changes} | {proof} | {scored['builds']} | {scored['before']['seconds']:.1f} | "
                  f"{scored['after']['seconds']:.1f} | {saving(document, 'time'):.0f} % | {saving(document, 'steps'):.0f} % | "
                  f"{saving(document, 'bytes'):.0f} % |\n")
    reasons = {}
    for _, documents in results:
        if not documents["time"]["changes"]:
            held = documents["time"]["left_alone"]
            reason = documents["time"]["nothing"] or (held[0]["why"] if held else "no costly step stands behind a copy that it does not need")
            reasons[reason] = reasons.get(reason, 0) + 1
    out.write("\n## Files without one\n\n| Files | The first reason |\n| ---: | :--- |\n")
    for reason, count in sorted(reasons.items(), key=lambda item: (-item[1], item[0])):
        out.write(f"| {count} | {' '.join(reason.split()).replace('|', ' ')} |\n")
    if failures:
        out.write("\n## Not looked at\n\n| Repository | Dockerfile | Why |\n| :--- | :--- | :--- |\n")
        for row, why in failures:
            out.write(f"| {row['repo']} | {row['path']} | {why.replace('|', ' ')} |\n")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--ctxopt", required=True)
    parser.add_argument("--rows")
    parser.add_argument("--commits", type=int, default=300)
    parser.add_argument("--timeout", type=int, default=120)
    parser.add_argument("--out")
    parser.add_argument("--diffs", type=pathlib.Path)
    parser.add_argument("mirrors", nargs="+")
    args = parser.parse_args()
    mirrors = find_mirrors(args.mirrors)
    groups = {}
    for row in read_rows(args, mirrors):
        groups.setdefault((row["repo"], row["revision"]), []).append(row)
    results, failures = [], []
    for (name, revision), rows in groups.items():
        with tempfile.TemporaryDirectory() as scratch:
            where = pathlib.Path(scratch) / "tree"
            checkout(mirrors[name], revision if revision != "HEAD" else git(mirrors[name], "rev-parse", "HEAD").strip(), rows, where)
            for row in rows:
                documents, why = {}, None
                for model in MODELS:
                    documents[model], why = reorder(args, where, row, model)
                    if why is not None:
                        break
                if why is not None:
                    failures.append((row, why.replace(str(where) + "/", "")))
                    continue
                results.append((row, documents))
                if args.diffs is not None and documents["time"]["changes"]:
                    args.diffs.mkdir(parents=True, exist_ok=True)
                    path = args.diffs / (name.replace("/", "+") + "--" + row["path"].replace("/", "+") + ".diff")
                    path.write_text(documents["time"]["diff"].replace(str(where) + "/", ""), encoding="utf-8")
        print(f"{name}: {len(rows)} files", file=sys.stderr)
    if args.out is None:
        write(sys.stdout, args, results, failures)
    else:
        with open(args.out, "w", encoding="utf-8") as out:
            write(out, args, results, failures)


main()
