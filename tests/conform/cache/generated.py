#!/usr/bin/env python3
"""Small repositories that are made here, and what a real BuildKit does with them.

  generated.py record experiments            one history per row of experiments.py
  generated.py record random [--cases N]     histories of random_cases.py on one builder
  generated.py record deployments            a few of them, each build on an empty builder with the last export
  generated.py record experiments-20.10      experiments with Docker 20.10
  generated.py record classic                experiments with its classic builder
  generated.py check KIND                    build again, and see whether the engine does what is recorded
  generated.py show NAME                     print the versions of a case

Records go to data/cache/KIND.json; compare.py makes the repositories again and asks ctxopt. What is recorded as it
is now is passed over.
Exit status: 0, or 1 where the engine does not do what an experiment expects or what it did before.
"""

import argparse
import pathlib
import re
import signal
import sys
import tempfile
import time

import data
import experiments
import random_cases
from builder import Builder, Unavailable
from classic import ClassicBuilder
from docker2010 import DockerBuilder
from gitrepo import WorkTree, git, import_cases, new_repository
from registry import Needs

HERE = pathlib.Path(__file__).resolve().parent
DATA = HERE.parent / "data" / "cache"
#: Random cases that are made
CASES = 100
#: What the context of an experiment with a limited size has
CONTEXT_MEGABYTES = 2
DEPLOYED_CASES = 10
DEPLOYMENTS = ("registry-max", "registry-min", "inline")
FILES = {kind: DATA / f"{kind}.json" for kind in ("experiments", "random", "deployments", "experiments-20.10", "classic")}
#: What builds the cases of a kind, where it is not current BuildKit
BUILDERS = {"experiments-20.10": DockerBuilder, "classic": ClassicBuilder}
NEEDS = Needs(set(random_cases.IMAGE_PATHS), set(random_cases.USERS))


def experiment_cases():
    """Experiments by name: (versions, options, verdicts expected of the last build)."""
    return cases_of_rows(experiments.rows())


def cases_of_rows(rows):
    """The same of rows."""
    return {f"{row.rule} {row.name}": (experiments.versions_of(row), row.options, row.expect) for row in rows}


def random_cases_by_name(count):
    """So many random cases by name: (versions, options, None)."""
    return {f"random {number}": (random_cases.case(number), [], None) for number in range(count)}


def deployed_cases(count):
    """Random cases under each deployment that begins every build with an empty builder; not those of `random`."""
    found = {}
    for number in range(1000, 1000 + count):
        for deployment in DEPLOYMENTS:
            found[f"random {number} {deployment}"] = (random_cases.case(number), ["--cache", deployment], None)
    return found


def cases_of(kind, count=None):
    """The cases of a kind by name."""
    if kind in ("experiments-20.10", "classic"):
        cases = experiment_cases().items()
        expect = experiments.CLASSIC_EXPECT if kind == "classic" else {}
        known = [(name, case) for name, case in cases if DockerBuilder.words(case[1]) is not None]
        found = {name: (case[0], case[1], expect.get(name)) for name, case in known}
        return {**found, **(cases_of_rows(experiments.classic_rows()) if kind == "classic" else {})}
    if kind == "experiments":
        return experiment_cases()
    return random_cases_by_name(count or CASES) if kind == "random" else deployed_cases(count or DEPLOYED_CASES)


def is_deployment(options):
    """Do options name a deployment, and nothing else?"""
    return options[:1] == ["--cache"]


def branch_of(number):
    """Name of the branch of a case."""
    return f"case-{number}"


class Workshop:
    """A builder with a repository of cases."""

    def __init__(self, builder):
        self.builder = builder
        builder.registry.images.prepare(builder.needs(NEEDS))

    def record(self, name, git_dir, commits, options):
        """Build the commits of a case; returns the packed history, failed versions left out."""
        with tempfile.TemporaryDirectory(dir=self.builder.state) as scratch:
            tree = WorkTree(git_dir, pathlib.Path(scratch, "tree"))
            failed = {}
            while True:
                known = len(failed)
                builds = self.builds(tree, commits, failed, options)
                if len(failed) == known or is_deployment(options):
                    break
        history = {"name": name, **({"options": options} if options else {})}
        if failed:
            history["failed"] = [number for number, commit in enumerate(commits) if commit in failed]
        return data.pack(history, builds)

    def builds(self, tree, commits, failed, options):
        """One run over the commits that are not known to fail."""
        self.builder.forget()
        words = self.builder.words(options)
        if is_deployment(options):
            self.builder.registry.images.drop()
            self.builder.registry.images.prepare(self.builder.needs(NEEDS))
            words = self.builder.cache_options(options[1])
        builds = []
        for commit in commits:
            if commit in failed:
                continue
            if is_deployment(options):
                self.builder.renew()
            tree.switch(commit)
            build = self.builder.verdicts(str(tree.path), str(tree.path / "Dockerfile"), words)
            if options[:1] == ["--cache-size"]:
                self.builder.prune(int(options[1].removesuffix("MB")) + CONTEXT_MEGABYTES)
            if build.error is None:
                builds.append((commit, build.steps))
            elif build.is_harmless():
                builds.append((commit, None))
            else:
                failed[commit] = build.error
        return builds


def in_order(steps, dockerfile):
    """Verdicts in the order of the Dockerfile's stages and steps; the copy of a --link before its merge."""
    if steps and steps[0][0].startswith("Step "):  # those of the classic builder have one number
        return "".join(verdict for _name, verdict in sorted(steps, key=lambda step: int(step[0].split("/")[0][5:])))
    text = re.sub(r"(?m)^\s*#.*\n", "", dockerfile)
    bases = re.findall(r"(?mi)^\s*FROM\s+(?:--\S+\s+)*\S+(?:\s+AS\s+(\S+))?", text)
    stages = {name or f"stage-{number}": number for number, name in enumerate(bases)}

    def place(step):
        stage, at = re.match(r"\[(?:\S+ )??(?:(\S+) +)?(\d+)/\d+\]", step[0]).groups()
        return stages.get(stage, 0), int(at), "] LINK COPY" in step[0]

    return "".join(verdict for _name, verdict in sorted(steps, key=place))


def agrees(expect, verdicts):
    """Is this what was expected?"""
    return len(expect) == len(verdicts) and all(want in ("*", have) for want, have in zip(expect, verdicts))


def make_repository(directory, cases):
    """Write a repository with a branch for each case, {name: versions}; returns it and {name: commits}."""
    git_dir = new_repository(directory / ".git")
    import_cases(git_dir, {branch_of(number): versions for number, versions in enumerate(cases.values())})
    tips = dict(
        line.split() for line in git(git_dir, "for-each-ref", "--format=%(refname:short) %(objectname)").splitlines()
    )
    parents = dict((line.split() + [None])[:2] for line in git(git_dir, "rev-list", "--parents", "--all").splitlines())
    commits = {}
    for number, name in enumerate(cases):
        line, commit = [], tips.get(branch_of(number))
        while commit:
            line.append(commit)
            commit = parents[commit]
        commits[name] = line[::-1]
    return git_dir, commits


def is_recorded(history, commits, options):
    """Is this a record of just these commits, failed ones left out?"""
    failed = history.get("failed", ())
    wanted = [commit for number, commit in enumerate(commits) if number not in failed]
    return [line.split()[0] for line in history["builds"]] == wanted and history.get("options", []) == options


def record(workshop, options, cases):
    """Record cases, {name: (versions, options, expected)}, but those that are recorded as they are now.

    To check, those are built as well, and nothing is written. Returns the number of those that came out
    differently than before or than expected.
    """
    path, wrong, began = FILES[options.kind], 0, time.monotonic()
    engine = " ".join(f"{name} {version}" for name, version in workshop.builder.versions().items())
    known = {history["name"]: history for history in (data.read(path)[1:] if path.exists() else [])}
    with tempfile.TemporaryDirectory(dir=workshop.builder.state) as scratch:
        git_dir, commits = make_repository(pathlib.Path(scratch), {name: case[0] for name, case in cases.items()})
        for number, (name, (versions, words, expect)) in enumerate(cases.items(), 1):
            before = known.get(name)
            if before is not None and not is_recorded(before, commits[name], words):
                before = None
            if options.what == "check" or before is None:
                if time.monotonic() - began > options.seconds:
                    break
                known[name] = workshop.record(name, git_dir, commits[name], words)
                if options.what == "record" and number % 10 == 0:
                    write(path, cases, known, engine)
            if before is not None and counts(before) != counts(known[name]):
                print(f"{name}: the engine did something else before", flush=True)
                wrong += 1
            shown = expect if expect is None else last_verdicts(known[name], versions)
            if expect is not None and not agrees(expect, shown):
                print(f"{name}: expected {expect}, the engine says {shown}", flush=True)
                wrong += 1
    if options.what == "record":
        write(path, cases, known, engine)
    print(f"{options.what} {options.kind}: {len(known)} cases, {wrong} not as before or as expected")
    return wrong


def counts(history):
    """Numbers of hits and misses of each build: twins may change places."""
    return ["".join(sorted((line.split(" ") + [""])[2])) for line in history["builds"]]


def last_verdicts(history, versions):
    """Verdicts of the last build of an experiment; `failed` if it failed."""
    last = data.unpack(history)[-1][1] if history["builds"] else None
    if history.get("failed") or last is None:
        return "failed"
    return in_order(last, versions[-1]["Dockerfile"][1].decode())


def write(path, cases, known, engine):
    """Write the histories of a file in the order of the cases, the engine's version before them."""
    path.parent.mkdir(parents=True, exist_ok=True)
    histories = [known[name] for name in cases if name in known]
    head = {"name": "about", "engine": engine, "date": time.strftime("%Y-%m-%d", time.gmtime())}
    data.write(path, [data.pack(head, []), *histories])
    built = sum(len(history["builds"]) for history in histories)
    print(f"{path.name}: {len(histories)} cases, {built} builds", flush=True)


def show(name):
    """Print the versions of a case."""
    versions = {known: case for kind in FILES for known, case in cases_of(kind).items()}[name][0]
    before = {}
    for number, files in enumerate(versions):
        print(f"=== {number}")
        for path in sorted({*before, *files}):
            if before.get(path) != files.get(path):
                mode, content = files.get(path, ("gone", b""))
                text = content.decode("utf-8", "replace")
                print(f"--- {path} {mode}\n{text}", end="" if text.endswith("\n") or not text else "\n")
        before = files


def main():
    """Record or show."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    what = parser.add_subparsers(dest="what", required=True)
    for name in ("record", "check"):
        recording = what.add_parser(name)
        recording.add_argument("kind", choices=sorted(FILES))
        recording.add_argument("--cases", type=int, help="number of random cases")
        recording.add_argument("--seconds", type=float, default=1e9, help="begin no case after so many")
    what.add_parser("show").add_argument("name")
    options = parser.parse_args()
    if options.what == "show":
        show(options.name)
        return 0
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(130))
    try:
        with BUILDERS.get(options.kind, Builder)() as builder:
            workshop = Workshop(builder)
            cases = cases_of(options.kind, options.cases)
            return 1 if record(workshop, options, cases) else 0
    except Unavailable as reason:
        print(f"skipped: {options.kind}: {reason}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
