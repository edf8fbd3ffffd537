#!/usr/bin/env python3
"""Do proposed ignore files lose anything that a build needs? Real builds before and after, compared file by file.

  ignore.py --ctxopt CTXOPT [--date DAY] [--only NAME] [--rows FILE] LIST MIRRORS

LIST is a table with a column each for repository, revision, Dockerfile, context and whether it is simulated; MIRRORS has a git directory for
each repository. Of each, a clone gets what lies around on a developer's machine; then four ignore files are made: rules of class
identical or equivalent, all rules, the allowlist, and what git ignores. The COPY and ADD lines of the Dockerfile, on scratch, are built
without and with each; where variables name what is copied, and for bind mounts, what `ctxopt graph` says is read is copied.

An image must be the same, but for what the rules say: class identical and the allowlist lose nothing, nor may any step of any stage read
less files; the others lose only what their rules leave out. Results go to results/ignore.md. Exit status: 0 agreement, 1 differences, 2
something could not run.
"""

import argparse
import csv
import hashlib
import json
import os
import pathlib
import re
import sys
import tarfile
import tempfile

from engine import replace_section
from engines import BuildKit, Unavailable
from gitignore import run, words
from transfer import context_lines, exists

HERE = pathlib.Path(__file__).resolve().parent
#: Contexts with more bytes are not built: each image is a copy of them
MOST_BYTES = 200_000_000
#: What lies around
LITTER = {"node_modules/x/index.js": "x", "sub/node_modules/y/index.js": "y", ".env": "PASSWORD=1", "debug.log": "line", ".idea/workspace.xml": "<x/>",
          "__pycache__/a.pyc": "x", ".venv/bin/python": "x", ".pytest_cache/v/x": "x", "sub/.DS_Store": "x", "unread.bin": "x" * 20000}
#: Name of each file that is made, and the options that make it
MODES = {"equivalent": ["--allow", "equivalent"], "review": ["--allow", "review"], "allowlist": ["--allowlist", "--allow", "review"],
         "from-gitignore": ["--from-gitignore", "--allow", "review"]}
#: Modes that must lose nothing
LOSSLESS = ("equivalent", "allowlist")
#: Why a Dockerfile has no outcome although it should have
FAILED = "could not be run"


class NotValid(Exception):
    """No build begins with this Dockerfile."""


def scatter(context):
    """Put litter into a context."""
    for name, text in LITTER.items():
        path = context / name
        if not os.path.lexists(path):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)


def image_of(tar):
    """Everything in an image: path to kind, mode, owner and content. Times are those of the checkout."""
    found = {}
    with tarfile.open(tar, encoding="utf-8", errors="surrogateescape") as archive:
        for member in archive:
            content = hashlib.sha256(archive.extractfile(member).read()).hexdigest() if member.isreg() else member.linkname
            found[member.name.rstrip("/")] = (member.type, member.mode, member.uid, member.gid, content)
    return found


def synthetic(lines):
    """A Dockerfile of the lines, each with a destination of its own."""
    return "FROM scratch\n" + "".join(line.replace('"/x/"', f'"/x{number}/"') + "\n" for number, (line, _) in enumerate(lines))


def wanted_arguments(text):
    """A value for each build argument that has none: such a Dockerfile is not valid without."""
    return [f"--build-arg={name}=x" for name in re.findall(r"(?im)^ARG[ \t]+(\w+)[ \t]*$", text)]


def reads_of(ctxopt, target, repo, given=()):
    """What each step of each stage reads: (line, instruction, sources, number of files); None if the Dockerfile is not valid."""
    command = [ctxopt, "graph", "--format", "json", "-f", target["path"], *given, target["context"]]
    document = json.loads(run(*command, cwd=repo, check=False))
    return None if document["errors"] else [(step["line"], step["instruction"], step["inputs"], step["reads"]["files"]) for stage in document["stages"] for step in stage["steps"]]


def mounted_lines(text, reads):
    """Lines that copy what bind mounts read, and copies whose sources have variables."""
    lines = text.splitlines()
    opaque = {number for number, line in enumerate(lines, 1) if "$" in line and not context_lines(line) and "--parents" not in line and "--exclude" not in line}
    return [(f"COPY {json.dumps([*sources, '/x/'])}", sources) for line, instruction, sources, _ in reads
            if sources and (instruction == "RUN" or line in opaque)]


def forget(engine):
    """Drop what was built: every image is a copy of its context."""
    run(engine.program("buildctl"), "--addr", engine.address(), "prune", "--all", cwd="/")


def listed(ctxopt, target, repo, given=()):
    """Paths that are kept."""
    return words(run(ctxopt, "context", "--list", "-0", "-f", target["path"], *given, target["context"], cwd=repo))


def is_explained(path, gone):
    """Could what an image lacks be one of the paths that the rules leave out?"""
    inner = os.fsencode(path.split("/", 1)[1] if "/" in path else path)
    return any(entry == inner or entry.endswith(b"/" + inner) for entry in gone)


class Target:
    """One Dockerfile of one repository, and what is found out about it."""

    def __init__(self, repo, row, args, engine):
        self.repo, self.row, self.args, self.engine, self.first = repo, row, args, engine, None
        self.dockerfile = repo / row["path"]
        self.original = self.dockerfile.read_bytes()
        ignore = repo / row["context"] / ".dockerignore"
        if ignore.is_symlink():  # to git's own file, which ctxopt does not change
            content = ignore.read_bytes()
            ignore.unlink()
            ignore.write_bytes(content)
        text = self.original.decode("utf-8", "replace")
        self.given = [] if reads_of(args.ctxopt, row, repo) is not None else wanted_arguments(text)
        lines = context_lines(text) + mounted_lines(text, self.reads())
        self.lines = [line for line in lines if all(exists(str(repo / row["context"]), source) for source in line[1])]

    def reads(self):
        """What the steps read now."""
        reads = reads_of(self.args.ctxopt, self.row, self.repo, self.given)
        if reads is None:
            raise NotValid
        return reads

    def build(self):
        """Build the lines in the Dockerfile's own place, so that the same ignore file applies."""
        self.dockerfile.write_text(synthetic(self.lines))
        tar = self.engine.state / "ignore.tar"
        try:
            refusal = self.engine.build(str(self.repo / self.row["context"]), str(self.dockerfile), str(tar))
            if refusal is not None:
                raise RuntimeError(refusal[-300:])
            return image_of(tar)
        finally:
            self.dockerfile.write_bytes(self.original)
            tar.unlink(missing_ok=True)

    def write(self, options):
        """Write an ignore file; the report, and how to take it back."""
        common = ["-f", self.row["path"], "--commits", "60", *self.given, self.row["context"]]
        report = json.loads(run(self.args.ctxopt, "ignore", *[o for o in options if o not in ("--allow", "review", "equivalent")],
                                "--format", "json", *common, cwd=self.repo))
        file = self.repo / report["file"]
        before = file.read_bytes() if file.exists() else None
        run(self.args.ctxopt, "ignore", "-q", "--write", "--force", *options, *common, cwd=self.repo, check=False)

        def undo():
            if before is None:
                file.unlink(missing_ok=True)
            else:
                file.write_bytes(before)

        return report, file, before, undo

    def before(self):
        """The image without a new ignore file; built once, and not if nothing is proposed."""
        if self.first is None:
            self.first = self.build()
        return self.first

    def compare(self, mode):
        """One ignore file: (rules in it, files less in the image, files less that no rule explains, other differences)."""
        kept, read = listed(self.args.ctxopt, self.row, self.repo, self.given), self.reads()
        report, file, old, undo = self.write(MODES[mode])
        try:
            new = file.read_bytes() if file.exists() else None
            if new == old:
                return None
            gone = kept - listed(self.args.ctxopt, self.row, self.repo, self.given)
            starved = [f"line {before[0]}" for before, after in zip(read, self.reads(), strict=True) if mode in LOSSLESS and after[3] < before[3]]
            undo()
            before = self.before()
            file.write_bytes(new)
            after = self.build()
        finally:
            undo()
        own = os.path.basename(file)
        lost = [path for path in before if path not in after]
        wrong = [path for path in lost if mode in LOSSLESS or not is_explained(path, gone)] + starved
        changed = [path for path in after if before.get(path) != after[path] and os.path.basename(path) != own]
        if report["whole"] is not None:
            rules = report["whole"]["rules"]
        else:
            classes = ("identical", "equivalent") if mode == "equivalent" else ("identical", "equivalent", "review")
            rules = sum(rule["proof"] in classes for rule in report["rules"])
        return rules, len(lost), wrong, changed

    def check(self):
        """All ignore files: name to outcome."""
        return {mode: self.compare(mode) for mode in MODES}


def size_of(directory):
    """Bytes below a directory, Git's own left out."""
    return sum(path.lstat().st_size for path in directory.rglob("*") if ".git" not in path.parts and not path.is_dir())


def check_repository(args, engine, name, rows):
    """Outcomes of all Dockerfiles of a repository."""
    git_dir = args.mirrors / name.replace("/", "+") / "repo"
    rows = [row for row in rows if (name, row["path"]) not in args.done]
    if not rows or not git_dir.exists():
        return
    with tempfile.TemporaryDirectory(prefix="ctxopt-ignore-") as work:
        repo = pathlib.Path(work) / "tree"
        run("git", "clone", "-q", "--shared", "--no-checkout", git_dir, repo, cwd="/")
        run("git", "update-ref", "--no-deref", "HEAD", rows[0]["revision"], cwd=repo)
        run("git", "read-tree", "HEAD", cwd=repo)
        run("git", "checkout-index", "-a", "-f", "-q", cwd=repo, check=False)  # a mirror may lack objects
        for row in rows:
            label = f"{name} {row['path']}"
            context = repo / row["context"]
            if not (repo / row["path"]).is_file() or not context.is_dir() or size_of(context) > MOST_BYTES:
                yield left_out(name, row, f"not there or larger than {MOST_BYTES // 1_000_000} MB")
                continue
            scatter(context)
            try:
                target = Target(repo, row, args, engine)
                yield {"name": name, "path": row["path"], "outcomes": target.check()} if target.lines else left_out(name, row, "reads no file of the context")
            except NotValid:
                yield left_out(name, row, "not valid with any build arguments")
            except (RuntimeError, OSError, ValueError) as failure:
                print(f"{label}: {failure}", flush=True)
                yield left_out(name, row, FAILED)
    forget(engine)


def left_out(name, row, why):
    """The row of a Dockerfile of which nothing is built."""
    return {"name": name, "path": row["path"], "outcomes": {}, "why": why}


def cell(outcome):
    """Rules, files less, and what is wrong."""
    if outcome is None:
        return "-"
    rules, lost, wrong, changed = outcome
    return f"{rules} / {lost}" + (f" / **{len(wrong) + len(changed)}**" if wrong or changed else "")


def is_wrong(found):
    """Is something lost that should not be?"""
    return any(outcome is not None and (outcome[2] or outcome[3]) for outcome in found["outcomes"].values())


def publish(rows, args, versions, total):
    """Write the table; `total` Dockerfiles were there to be looked at."""
    left, rows = [row for row in rows if not row["outcomes"]], [row for row in rows if row["outcomes"]]
    builds = sum(outcome is not None for row in rows for outcome in row["outcomes"].values())
    not_run = total - len(rows) - len(left)
    body = [f"Run on {args.date}. {versions}. {builds} ignore files of {len(rows)} of {total} Dockerfiles in {len({row['name'] for row in rows})} "
            f"repositories, each in a real build; {sum(map(is_wrong, rows))} Dockerfiles with a file too few or another one."
            + (f" Nothing is built for {len(left)}, named below." if left else "") + (f" {not_run} were not run." if not_run else ""), "",
            "Rules in the file / files that the image of the COPY lines has less. *Equivalent* and *allowlist* must lose none; *review* and *from "
            "git* only what their rules leave out. -: nothing to propose.", "",
            "| repository | Dockerfile | equivalent | review | allowlist | from git |", "| --- | --- | ---: | ---: | ---: | ---: |"]
    body += [f"| {row['name']} | {row['path']} | " + " | ".join(cell(row["outcomes"][mode]) for mode in MODES) + " |" for row in rows]
    body += ["", "Nothing built:", ""] * bool(left) + [f"- {row['name']} {row['path']}: {row['why']}" for row in left]
    path = HERE / "results" / "ignore.md"
    replace_section(path, "builds", body)
    path.write_text("# Proposed ignore files in real builds\n" + path.read_text(encoding="utf-8").split("\n", 1)[1], encoding="utf-8")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--ctxopt", required=True, type=pathlib.Path)
    parser.add_argument("--date", help="write the table")
    parser.add_argument("--only", help="this repository")
    parser.add_argument("--rows", type=pathlib.Path, help="file of rows: a run that was stopped goes on")
    parser.add_argument("--most", type=int, default=4, help="Dockerfiles of each repository")
    parser.add_argument("list", type=pathlib.Path)
    parser.add_argument("mirrors", type=pathlib.Path)
    args = parser.parse_args()
    args.ctxopt = args.ctxopt.resolve()
    targets = {}
    with args.list.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file, delimiter="\t"):
            if row["sim_target"] == "yes" and args.only in (None, row["repo"]):
                targets.setdefault(row["repo"], []).append(row)
    found = json.loads(args.rows.read_text()) if args.rows and args.rows.exists() else []
    args.done = {(one["name"], one["path"]) for one in found}
    try:
        with BuildKit() as engine:
            versions = " ".join(f"{name} {version}" for name, version in engine.versions().items())
            for name, rows in sorted(targets.items()):
                for one in check_repository(args, engine, name, rows[: args.most]):
                    found.append(one)
                    if args.rows:
                        args.rows.write_text(json.dumps(found))
                    print(name, one["path"], *(map(cell, one["outcomes"].values()) if one["outcomes"] else [one["why"]]), sep=" | ", flush=True)
                    if is_wrong(one):
                        print("   ", {mode: outcome and (outcome[2][:4], outcome[3][:4]) for mode, outcome in one["outcomes"].items()}, flush=True)
            if args.date:
                publish(sorted(found, key=lambda one: (one["name"].lower(), one["path"])), args, versions, sum(map(len, targets.values())))
    except Unavailable as why:
        print(f"skipped: buildkit: {why}")
        return 2
    return 1 if any(map(is_wrong, found)) else 2 if any(one.get("why") == FAILED for one in found) else 0


if __name__ == "__main__":
    sys.exit(main())
