"""The part `audit`: all Dockerfiles, compose files and manifests of some dozen repositories in one run, beside BuildKit's own checks of
the Dockerfiles."""

import json
import pathlib
import shutil
import statistics
import subprocess

from harness import Bench, Row, Skip, Target, shell
from inputs import HERE, clone_at, made_up_dockerfiles, rows_of, run

#: How many times longer BuildKit's checks may not take than all our rules
FASTER = Target(1.0, "faster")
LINES = 200_000
ORACLE = HERE.parent / "tests/conform/dockerfile/oracle"


def lay_out(bench: Bench) -> tuple[str, pathlib.Path]:
    """A title, and a directory with a clone of each repository at its revision, which borrows all objects."""
    top = bench.work / "audited"
    if bench.quick:
        return "made-up files", made_up_dockerfiles(bench).parent / "made-up"
    count = 0
    for repository, revision in rows_of("audited.txt"):
        top.mkdir(exist_ok=True)
        try:
            clone_at(bench, repository, revision, top / repository.replace("/", "+"))
        except Skip as why:
            bench.note(f"skipped: {repository}: {why}")
            continue
        count += 1
    if count == 0:
        raise Skip("none of the repositories is there")
    return f"{count} repositories", top


def build_oracle(bench: Bench) -> str:
    """BuildKit's frontend, which prints its checks of a list of files."""
    if shutil.which("go") is None:
        raise Skip("go is not installed")
    program = bench.work / "dockerfile-oracle"
    try:
        run(["go", "build", "-trimpath", "-buildvcs=false", "-o", program, "."], cwd=ORACLE)
    except RuntimeError as why:
        raise Skip(f"it does not compile: {str(why).splitlines()[-1]}") from why
    return str(program)


def part_audit(bench: Bench) -> list[Row]:
    """All rules over all files."""
    title, top = lay_out(bench)
    words = ["audit", "--no-config", "--today", "2026-01-31", "--format", "json"]
    # Invalid files are told on standard error, and end with 2: that is part of the work
    script = 'ctxopt=$1 top=$2; shift 2; cd "$top" && "$ctxopt" "$@" 2>/dev/null || test $? = 2'
    ours = [shell(bench, name, script, bench.ctxopt, str(top), *words, *more, note=note) for name, more, note in [
        ("ctxopt audit --no-history", ["--no-history"], ""),
        ("ctxopt audit --no-history -j 1", ["--no-history", "-j1"], ""),
        ("ctxopt audit", [], "also asks git about the first files for which it matters")]]
    found = subprocess.run([bench.ctxopt, *words, "--no-history", "."], cwd=top, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=False)
    listing = bench.work / "audited.list"
    files, others, lines = list_files(found.stdout, top, listing)
    peers, targets = [], {}
    try:
        name = "BuildKit's checks"
        peers.append(shell(bench, name, '"$1" checks <"$2"', build_oracle(bench), str(listing), note="its own rules only, of the Dockerfiles alone, one thread"))
        targets[name] = FASTER
    except Skip as why:
        bench.note(f"skipped: BuildKit's checks: {why}")
    if shutil.which("hadolint"):
        peers.append(shell(bench, "hadolint --no-fail", 'xargs hadolint --no-fail <"$1"', str(listing)))
        targets["hadolint --no-fail"] = FASTER
    rows = bench.compare("audit", f"{title}: {files:,} Dockerfiles, {others:,} compose files and manifests, {lines:,} lines",
                          [*ours, *peers], targets, min(bench.reps, 5))
    for row in rows[:len(ours)]:
        row.what += f": {lines / statistics.median(row.seconds):,.0f} lines/s"
    if not bench.quick:
        rows[0].target, rows[0].met = f"> {LINES:,} lines/s", lines / statistics.median(rows[0].seconds) > LINES
    return rows


def list_files(found: bytes, top: pathlib.Path, listing: pathlib.Path) -> tuple[int, int, int]:
    """Write the list of the Dockerfiles that were audited; how many, how many other files, and the lines of all."""
    files = json.loads(found)["files"]
    dockerfiles = [top / f["path"] for f in files if f["kind"] == "dockerfile"]
    listing.write_text("".join(f"{path}\n" for path in dockerfiles))
    lines = sum((top / f["path"]).read_bytes().count(b"\n") for f in files)
    return len(dockerfiles), len(files) - len(dockerfiles), lines
