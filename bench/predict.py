"""The part predict: what a build of the working tree would find in the cache, beside git status and beside real builds."""

import contextlib
import dataclasses
import json
import os
import pathlib

import transfer
from gitrepos import file_name, made_up
from harness import NOT_SLOWER, Bench, Command, Row, Sample, Target
from inputs import run

FILES, QUICK_FILES = 50_000, 2_000
#: A context of which a client of Docker does not need seconds to tell its files
BUILT_FILES = 1_000
COMMITS = 3
#: Of a history of which every commit is built
HISTORY_COMMITS = 300
#: A build that takes everything from the cache, beside one of a simulated history
CACHED = Target(100.0)


def part_predict(bench: Bench) -> list[Row]:
    """A clean working tree, then one edited file, then real builds."""
    files = QUICK_FILES if bench.quick else FILES
    tree = made_up(bench, f"predict-{files}", files, COMMITS)
    work = f"working tree of {files:,} files"
    rows = beside_status(bench, tree, f"{work}, clean", None)
    edited = file_name(0)
    before = (tree / edited).read_bytes()
    try:
        (tree / edited).write_bytes(before + b"edited\n")
        rows += beside_status(bench, tree, f"{work}, one edited", edited)
    finally:
        (tree / edited).write_bytes(before)
        run(["git", "-C", tree, "reset", "-q", "--hard"])
    if bench.quick:
        return rows
    small = made_up(bench, f"predict-{BUILT_FILES}", BUILT_FILES, COMMITS)
    history = made_up(bench, f"predict-history-{BUILT_FILES}", BUILT_FILES, HISTORY_COMMITS)
    return rows + beside_builds(bench, {BUILT_FILES: small, files: tree}, history)


def predict(bench: Bench, tree: pathlib.Path) -> Command:
    """Ours."""
    return Command(bench, "ctxopt predict", [bench.ctxopt, "predict", "--context", tree])


def beside_status(bench: Bench, tree: pathlib.Path, work: str, edited: str | None) -> list[Row]:
    """Compare with git, once it is sure that the prediction is right."""
    check(bench, tree, edited)
    index = tree / ".git/index-untracked"
    index.write_bytes((tree / ".git/index").read_bytes())
    env = {"GIT_INDEX_FILE": str(index)}
    run(["git", "-C", tree, "update-index", "--force-untracked-cache"], env={**bench.environment(), **env})
    status = Command(bench, "git status", ["git", "-C", tree, "status"])
    cached = Command(bench, "git status with an untracked cache", ["git", "-C", tree, "status"], env=env)
    return bench.compare("predict", work, [predict(bench, tree), status, cached], {status.name: NOT_SLOWER})


def check(bench: Bench, tree: pathlib.Path, edited: str | None) -> None:
    """All steps must be hits, or the edited file be what is to blame."""
    told = json.loads(run([bench.ctxopt, "predict", "--format", "json", "--context", tree]))
    steps = told["steps"]
    missed = [step for step in steps if step["verdict"] != "hit"]
    if not steps or bool(missed) != (edited is not None) or (edited and edited not in json.dumps(missed)):
        raise RuntimeError(f"a wrong prediction: {json.dumps(steps)[:2000]}")


class SimulatedBuild(Command):
    """Ours, for each build of a history: start and end of the program, and the printed text, have their share."""

    def __init__(self, bench: Bench, tree: pathlib.Path):
        super().__init__(bench, "ctxopt simulate, for each build",
                         [bench.ctxopt, "simulate", "--commits", "0", "--format", "json", "--context", tree])
        self.builds = len(json.loads(run(self.argv))["builds"])

    def sample(self) -> Sample:
        sample = super().sample()
        return dataclasses.replace(sample, seconds=sample.seconds / self.builds)


# Real builds


class CachedBuild(Command):
    """The client of an engine, from its start to its end, on a build of which everything is cached."""

    def __init__(self, bench: Bench, name: str, argv: list[str], env: dict[str, str], read):
        super().__init__(bench, name, argv, env=env)
        self.read = read

    def sample(self) -> Sample:
        sample = super().sample()
        steps = self.read(sample.text, False).steps
        if not steps or any(verdict != "H" for _name, verdict in steps):
            raise RuntimeError(f"not everything is cached: {steps}")
        return sample

    def shown(self) -> str:
        return " ".join(os.path.basename(word) if "/" in word else word for word in self.argv)


def cached_build(bench: Bench, engine, tree: pathlib.Path) -> CachedBuild:
    """The usual command of an engine; the daemons have no network of their own."""
    import builder
    import docker2010
    dockerfile = tree / "Dockerfile"
    if isinstance(engine, builder.Builder):
        argv = [engine.program("buildctl"), "--addr", engine.address(), "build", "--progress", "rawjson", "--frontend", "dockerfile.v0",
                "--opt", "cmdline=builtin", "--local", f"context={tree}", "--local", f"dockerfile={tree}"]
        return CachedBuild(bench, "buildctl build, all cached", argv, {}, builder.read_events)
    argv = [engine.client, "--config", f"{engine.state}/client", "-H", engine.address(), "build", "--progress", "plain",
            "--network", "host", "-f", dockerfile, tree]
    return CachedBuild(bench, "docker 20.10 build, all cached", argv, {"DOCKER_BUILDKIT": "1"}, docker2010.read_log)


def beside_builds(bench: Bench, trees: dict[int, pathlib.Path], history: pathlib.Path) -> list[Row]:
    """Compare with builds by real engines, whose steps do nothing."""
    rows = []
    with contextlib.ExitStack() as stack:
        engines = transfer.start_engines(bench, stack, transfer.building_engines)
        for files, tree in trees.items() if engines else []:
            builds = [cached_build(bench, engine, tree) for engine in engines]
            for build in builds:
                bench.spawn(build.argv, env=build.env)
            work = f"working tree of {files:,} files, beside builds"
            if files == BUILT_FILES:
                targets = {build.name: CACHED for build in builds}
                rows += bench.compare("predict", f"{work}: a history", [SimulatedBuild(bench, history), *builds], targets)
            rows += bench.compare("predict", work, [predict(bench, tree), *builds])
    return rows
