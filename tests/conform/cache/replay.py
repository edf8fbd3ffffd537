#!/usr/bin/env python3
"""Record what a real BuildKit does over the histories of real repositories.

  replay.py [OPTIONS] DIR...      DIR: git directories, OWNER+NAME or OWNER+NAME/repo being owner/name

What is recorded stands in data/cache/plan.tsv, whose columns are repo, revision, path (of the Dockerfile), context,
and, where they differ from the defaults, target, args, order (gitrepo.commits_of), commits, and cache: `registry-max`,
`registry-min` or `inline` for builders that are empty but for what the last one exported. `--plan` takes any such
table.
One file per row goes to data/cache/histories; rows that have theirs, or whose repository is not among the
directories, are passed over, so an interrupted run goes on where it was.
Exit status: 0 everything recorded, 2 something could not run.
"""

import argparse
import csv
import json
import pathlib
import re
import signal
import sys
import tempfile
import time

import data
from builder import BUILDKIT_VERSION, Builder, Unavailable
from gitrepo import WorkTree, commits_of, fill_gaps, new_repository, texts_at
from registry import Needs
from scan import scan, unpin

HERE = pathlib.Path(__file__).resolve().parent
DATA = HERE.parent / "data" / "cache"
COLUMNS = ("repo", "revision", "path", "context", "target", "args", "order", "commits", "cache")
TRIES = 40
#: So many failed builds and none that succeeds
HOPELESS = 6


class Starved(Exception):
    """The images lack a path or a user: begin again with images that have it."""


class Replay:
    """One history on one builder; `dockerfile` and `ignore`, texts, stand in the place of those of each commit.

    Arguments named in `varying` are the name of the commit.
    """

    def __init__(self, builder, row, git_dir, scratch, commits=None, dockerfile=None, ignore=None, varying=()):
        self.builder = builder
        self.row = row
        self.ignore = ignore
        self.varying = varying
        self.git_dir = new_repository(scratch / "git", git_dir)
        self.commits = commits or commits_of(git_dir, row["order"], row["revision"], int(row["commits"]))
        fill_gaps(self.git_dir, self.commits)
        self.tree = WorkTree(self.git_dir, scratch / "tree")
        self.home = scratch / "home"
        self.home.mkdir()
        self.needs = Needs()
        self.options = []
        self.texts = texts_at(self.git_dir, list(dict.fromkeys(self.commits)), row["path"])
        if dockerfile is not None:
            self.texts = dict.fromkeys(self.texts, dockerfile)
        for text in set(self.texts.values()) - {None}:
            found = scan(text)
            self.needs.add(found.needs)
            self.add_secrets(found.secrets)
        if row.get("target"):
            self.options += ["--opt", f"target={row['target']}"]
        for argument in (row.get("args") or "").split():
            self.options += ["--opt", f"build-arg:{argument}"]

    def add_secrets(self, names):
        """Give secrets that a build cannot do without."""
        for name in sorted(names):
            path = self.home.parent / f"secret-{len(self.options)}"
            path.write_text("secret\n", encoding="utf-8")
            self.options += ["--secret", f"id={name},src={path}"]

    def build(self, commit, words=()):
        """Lay out a commit and build it, with more options; None if it has no Dockerfile."""
        text = self.texts[commit]
        if text is None:
            return None
        self.tree.switch(commit)
        # Beside the context: what the context holds stays as it is in the commit
        name = pathlib.PurePosixPath(self.row["path"]).name
        for old in self.home.iterdir():
            old.unlink()
        (self.home / name).write_text(unpin(text), encoding="utf-8", errors="surrogateescape")
        ignore = self.tree.path / (self.row["path"] + ".dockerignore")
        if self.ignore is not None or ignore.exists():
            text = ignore.read_bytes() if self.ignore is None else self.ignore
            (self.home / f"{name}.dockerignore").write_bytes(text)
        context = self.tree.path / self.row["context"]
        if not context.is_dir():
            return None
        given = [word for name_ in self.varying for word in ("--opt", f"build-arg:{name_}={commit}")]
        return self.builder.verdicts(str(context), str(self.home / name), [*self.options, *given, *words])

    def feed(self, build):
        """Give the images what a failed build missed; Starved if there is something new."""
        path = build.absent
        if path and path.strip("/") not in {known.strip("/") for known in self.needs.paths}:
            self.needs.paths.add(path)
            raise Starved(path)
        user = re.search(r"unable to find (?:user|group) ([\w.-]+)", build.error)
        if user and user.group(1) not in self.needs.users:
            self.needs.users.add(user.group(1))
            raise Starved(user.group(1))

    def rehearse(self, count=None):
        """Build the newest versions of the Dockerfile once, to learn what they need."""
        newest = {text: commit for commit, text in self.texts.items() if text is not None}
        for commit in list(reversed(newest.values()))[:count]:
            for _ in range(TRIES):
                self.builder.registry.images.prepare(self.needs)
                build = self.build(commit)
                try:
                    if build is not None and build.error:
                        self.feed(build)
                except Starved:
                    continue
                break

    def run(self, failed):
        """Build all commits but those known to fail; returns builds and adds to `failed`."""
        self.builder.registry.images.prepare(self.needs)
        self.builder.forget()
        deployment = self.row.get("cache") or "local"
        words = [] if deployment == "local" else self.builder.cache_options(deployment)
        builds = []
        for commit in self.commits:
            if commit in failed:
                continue
            if words:
                self.builder.renew()
            build = self.build(commit, words)
            if build is None or build.is_harmless():
                builds.append((commit, None))
            elif build.error is None:
                builds.append((commit, build.steps))
            else:
                self.feed(build)
                failed[commit] = last_line(build.error)
                if len(failed) >= HOPELESS and not any(steps for _commit, steps in builds):
                    raise RuntimeError(f"nothing builds: {failed[commit]}")
        return builds

    def record(self, failed=()):
        """The builds of a run without a failed one, and the commits that were left out: those that are known to fail, and more."""
        self.builder.registry.images.drop()
        self.rehearse(1)
        failed = dict(failed)
        for _ in range(TRIES):
            known = len(failed)
            try:
                builds = self.run(failed)
            except Starved:
                self.rehearse()
                continue
            # Where a build begins with an empty builder, a failed one leaves nothing
            if len(failed) == known or self.row.get("cache"):
                return builds, failed
        raise RuntimeError("no run without a failed build")


def last_line(error):
    """What a failed build said, in one line."""
    lines = [line for line in error.splitlines() if line.strip() and not line.startswith("{")]
    return lines[-1][:300] if lines else "it said nothing"


def read_rows(path):
    """Read a table of histories; what a column lacks has its default."""
    with open(path, encoding="utf-8") as file:
        rows = [dict(row) for row in csv.DictReader(file, delimiter="\t")]
    for row in rows:
        row.setdefault("order", "first-parent")
        row.setdefault("commits", "60")
        row.setdefault("context", ".")
    return rows


def file_name(row):
    """Name of the record of a row."""
    order = "" if row["order"] == "first-parent" else row["order"]
    words = [row["repo"], row["path"], row.get("target") or "", order, row.get("cache") or ""]
    return re.sub(r"[^\w.+-]", "_", "__".join(word.replace("/", "+") for word in words if word)) + ".json"


def repositories(directories):
    """Git directories by the name of their repository."""
    found = {}
    for directory in map(pathlib.Path, directories):
        for git_dir in (directory, directory / "repo", directory / ".git", directory / "repo" / ".git"):
            if (git_dir / "objects").is_dir():
                parts = [part for part in directory.resolve().parts if part not in (".git", "repo")]
                found[parts[-1].removesuffix(".git").replace("+", "/")] = git_dir
    return found


def hosts_of(rows, found):
    """Hosts that the Dockerfiles of all rows name, in any of their commits."""
    hosts = set()
    for row in rows:
        commits = commits_of(found[row["repo"]], row["order"], row["revision"], int(row["commits"]))
        for text in set(texts_at(found[row["repo"]], commits, row["path"]).values()) - {None}:
            hosts |= scan(text).hosts
    return hosts


def record(builder, row, git_dir, options):
    """Record one row into a file; returns a line that says what was built."""
    began = time.monotonic()
    with tempfile.TemporaryDirectory(dir=builder.state) as scratch:
        replay = Replay(builder, row, git_dir, pathlib.Path(scratch))
        builds, failed = replay.record()
    builder.forget()
    kept = {key: row[key] for key in COLUMNS if row.get(key)}
    history = {
        "name": file_name(row).removesuffix(".json"),
        **kept,
        "engine": f"github.com/moby/buildkit {BUILDKIT_VERSION}",
        "date": options.date,
    }
    if failed:
        history["failed"] = sorted(failed)
    built = sum(steps is not None for _commit, steps in builds)
    line = f"{history['name']}: {built} built, {len(builds) - built} invalid, {len(failed)} failed"
    line += f", {time.monotonic() - began:.0f} s"
    if failed:
        line += f" ({next(iter(failed.values()))})"
    if built:
        options.out.mkdir(parents=True, exist_ok=True)
        data.write(options.out / file_name(row), [data.pack(history, builds)])
    return line


def parse_arguments():
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--plan", type=pathlib.Path, default=DATA / "plan.tsv", help="the table of histories")
    parser.add_argument("--only", default="", help="only rows whose record has this in its name")
    parser.add_argument("--deployed", action="store_true", help="only rows with another cache than the local one")
    parser.add_argument("--commits", help="number of commits, in place of the plan's")
    parser.add_argument("--order", choices=("first-parent", "date-order", "revisit"), help="in place of the plan's")
    parser.add_argument("--again", action="store_true", help="record also what is recorded")
    parser.add_argument("--date", default=time.strftime("%Y-%m-%d", time.gmtime()), help="goes into the records")
    parser.add_argument("--seconds", type=float, default=1e9, help="begin no history after so many")
    parser.add_argument("--out", type=pathlib.Path, default=DATA / "histories")
    parser.add_argument("directories", nargs="+", metavar="DIR")
    return parser.parse_args()


def main():
    """Record every row that is left."""
    options = parse_arguments()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(130))
    began = time.monotonic()
    found = repositories(options.directories)
    rows = [row for row in read_rows(options.plan) if row["repo"] in found]
    for row in rows:
        row.update({key: value for key, value in (("commits", options.commits), ("order", options.order)) if value})
    rows = [row for row in rows if options.only in file_name(row) and (row.get("cache") or not options.deployed)]
    rows = [row for row in rows if options.again or not (options.out / file_name(row)).exists()]
    status = 0
    try:
        with Builder(hosts_of(rows, found)) as builder:
            for row in rows:
                if time.monotonic() - began > options.seconds:
                    break
                try:
                    print(record(builder, row, found[row["repo"]], options), flush=True)
                except (RuntimeError, OSError, json.JSONDecodeError) as failure:
                    print(f"{file_name(row)}: {type(failure).__name__}: {failure}", flush=True)
                    status = 2
    except Unavailable as reason:
        print(f"skipped: buildkit: {reason}")
    return status


if __name__ == "__main__":
    sys.exit(main())
