"""The part proposals: rules for the ignore file and another order of the steps, chosen and scored on a thousand commits."""

import json
import pathlib
import statistics
import typing

from gitrepos import made_up
from harness import Bench, Command, Row, Skip
from inputs import clone_at, run, rows_of

FILES, QUICK_FILES = 20_000, 2_000
COMMITS, QUICK_COMMITS = 1000, 100
SECONDS = 3
#: Everything is copied before anything is installed, by two package managers and in two stages
DOCKERFILE = """FROM node:22 AS ui
WORKDIR /ui
COPY . .
RUN npm ci
RUN npm run build

FROM golang:1.24 AS build
WORKDIR /app
COPY . .
RUN go mod download
RUN go build -o /bin/app ./src/component00/internal/module00

FROM debian:bookworm
RUN apt-get update && apt-get install -y ca-certificates
COPY --from=ui /ui/dist /srv
COPY --from=build /bin/app /bin/app
COPY src/component00 /srv/src
"""
#: What package managers read
MANIFESTS = {
    "package.json": json.dumps({"name": "ui", "version": "1.0.0", "scripts": {"build": "node src/build.js"}, "dependencies": {"left-pad": "1.3.0"}}),
    "package-lock.json": json.dumps({"name": "ui", "version": "1.0.0", "lockfileVersion": 3, "packages": {
        "": {"name": "ui", "version": "1.0.0", "dependencies": {"left-pad": "1.3.0"}},
        "node_modules/left-pad": {"version": "1.3.0", "resolved": "https://registry.npmjs.org/left-pad/-/left-pad-1.3.0.tgz"}}}),
    "go.mod": "module example.org/app\n\ngo 1.24\n",
}
#: What lies in a working tree
LITTER = {".idea/workspace.xml": "<x/>\n", "debug.log": "line\n", ".env": "PASSWORD=1\n"}


class Tree(typing.NamedTuple):
    """A working tree, and a Dockerfile in it."""

    title: str
    path: pathlib.Path
    dockerfile: str


def trees(bench: Bench) -> typing.Iterator[Tree]:
    """One that is made up, and real ones."""
    files, commits = (QUICK_FILES, QUICK_COMMITS) if bench.quick else (FILES, COMMITS)
    ignored = "".join(f"{name.split('/')[0]}\n" for name in LITTER)
    named = {"Dockerfile": DOCKERFILE, ".dockerignore": ".git\nnode_modules\n", ".gitignore": ignored, **MANIFESTS}
    path = made_up(bench, f"proposals-{files}", files, commits, named)
    for name, text in LITTER.items():
        (path / name).parent.mkdir(parents=True, exist_ok=True)
        (path / name).write_text(text)
    yield Tree(f"made up, {files:,} files", path, str(path / "Dockerfile"))
    for repository, revision, dockerfile in [] if bench.quick else rows_of("proposed.txt"):
        path = bench.work / "proposed" / repository.replace("/", "+")
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            clone_at(bench, repository, revision, path)
        except Skip as why:
            bench.note(f"skipped: {repository}: {why}")
            continue
        count = len(run(["git", "-C", path, "ls-files"]).splitlines())
        yield Tree(f"{repository} {revision[:12]}, {dockerfile}, {count:,} files", path, str(path / dockerfile))


def check(bench: Bench, tree: Tree) -> None:
    """For the one that is made up there is something to propose, else nothing would be searched for."""
    for command, items in ("ignore", "rules"), ("reorder", "changes"):
        told = json.loads(run([bench.ctxopt, command, "--format", "json", "-f", tree.dockerfile, tree.path]))
        if not told[items]:
            raise RuntimeError(f"nothing to {command}: {json.dumps(told)[:2000]}")


def part_proposals(bench: Bench) -> list[Row]:
    """Both commands, beside what git needs to tell the same changes and the same files."""
    rows, commits = [], QUICK_COMMITS if bench.quick else COMMITS
    for number, tree in enumerate(trees(bench)):
        if number == 0:
            check(bench, tree)
        ours = [Command(bench, f"ctxopt {command}", [bench.ctxopt, command, "--commits", str(commits), "-f", tree.dockerfile, tree.path])
                for command in ("ignore", "reorder")]
        peers = [Command(bench, "git log --raw -m --first-parent", ["git", "-C", tree.path, "log", "--raw", "-m", "--first-parent", "-n", str(commits)],
                         "tells once what changed"),
                 Command(bench, "git status", ["git", "-C", tree.path, "status"])]
        found = bench.compare("proposals", f"{tree.title}: {commits:,} commits", [*ours, *peers])
        for row in found[:len(ours)]:
            middle = statistics.median(row.seconds)
            row.what, row.target, row.met = f"{row.what}: {middle:.2f} s", f"< {SECONDS} s", middle < SECONDS
        rows += found
    return rows
