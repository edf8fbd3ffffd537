#!/usr/bin/env python3
"""Is what proposals are said to save what a real BuildKit shows?

  proposals.py --ctxopt PROGRAM [--date DAY] [--keep FILE] [--assume arg:NAME=changed] LIST DIR...

LIST is a table with a column each for repository, revision, Dockerfile (`path`), context and whether it is simulated (`sim_target`); DIR are
git directories, as for replay.py. For each Dockerfile `reorder`, by time and by steps, and `ignore` are asked what they propose, review
included; what `reorder` proposes by both is built once.

1. The numbers of the proposal, over its whole history, must be those of `simulate` with the old file and with the new one in the place of
   each commit's own.
2. Of the scored builds those are taken in which the proposal is said to save, with the build before each, and a real BuildKit builds
   them one after the other, with the old file and, on an empty builder, with the new one. `simulate` says the same of that line of commits,
   verdict for verdict; so what is saved there is what was claimed.

With --assume, which `reorder` alone knows, each real build gets the argument with the name of its commit.

RUN steps and images are those of replay.py. --keep: what is done stays in FILE, so that an interrupted run goes on where it was. With --date
results go to results/proposals.md. Exit status: 0 agreement, 1 differences, 2 something could not run.
"""

import argparse
import csv
import dataclasses
import json
import os
import pathlib
import re
import signal
import subprocess
import sys
import tempfile
import time

import compare
import data
from builder import BUILDKIT_VERSION, Builder, Unavailable
from gitrepo import lay_out, new_repository, write_line
from replay import Replay, hosts_of, repositories

HERE = pathlib.Path(__file__).resolve().parent
RESULTS = HERE.parent / "results" / "proposals.md"
SECONDS = 300
COMMITS = 300
WORLD = list(compare.WORLD)
#: Sums that are the same but for rounding
SAME = 1e-3
COMMANDS = ("reorder", "reorder --cost-model steps", "ignore")
#: Exit status of ctxopt about a Dockerfile that BuildKit refuses, for which there is no proposal
INVALID = 4


class Invalid(RuntimeError):
    """The Dockerfile is not valid."""


@dataclasses.dataclass
class Proposal:
    """A file in the place of another one."""

    command: str
    old: bytes
    new: bytes
    document: dict
    #: Options that go to `simulate`, too
    assume: list

    def words(self, scratch, side):
        """What tells `simulate` of the old file (0) or of the new one (1)."""
        path = scratch / f"{self.command}-{side}"
        path.write_bytes(self.new if side else self.old)
        return [*self.assume, "--instead" if self.command == "reorder" else "--ignore-file", str(path)]

    def given(self, side):
        """The same for a Replay."""
        content = self.new if side else self.old
        if self.command == "reorder":
            varying = [text.removeprefix("arg:").removesuffix("=changed") for text in self.assume[1::2]]
            return {"dockerfile": content.decode("utf-8", "surrogateescape"), "varying": varying}
        return {"ignore": content}

    def line(self):
        """Which commits it was judged by."""
        return ["--commits", str(COMMITS), "--first-parent"]


@dataclasses.dataclass
class Found:
    """What one proposal came to; sums are (misses, seconds) of the old file and of the new one."""

    repo: str
    path: str
    command: str
    #: Texts about numbers that are not those of `simulate`
    wrong: list = dataclasses.field(default_factory=list)
    builds: int = 0
    steps: int = 0
    twins: int = 0
    unseen: int = 0
    unknown: int = 0
    #: Texts about verdicts that differ, and about commits that build with one file only
    differing: list = dataclasses.field(default_factory=list)
    claimed: list = dataclasses.field(default_factory=list)
    shown: list = dataclasses.field(default_factory=list)
    trouble: str | None = None


def ask(program, directory, *words):
    """Standard output of ctxopt, which must succeed."""
    environment = {**os.environ, "GIT_CEILING_DIRECTORIES": str(pathlib.Path(directory).parent)}
    done = subprocess.run([program, *words], cwd=directory, capture_output=True, timeout=SECONDS, check=False, env=environment)
    if done.returncode:
        said = done.stderr.decode("utf-8", "replace").strip().splitlines() or ["nothing"]
        raise (Invalid if done.returncode == INVALID else RuntimeError)(f"{words[0]}: exit status {done.returncode}: {said[-1]}")
    return done.stdout


def written(program, tree, path, words):
    """What a command writes into a file; the file is left as it was. Returns (before, after), b"" for no file."""
    before = path.read_bytes() if path.exists() else None
    if path.is_symlink():  # to git's own file, which ctxopt does not change
        path.unlink()
        path.write_bytes(before)
    try:
        ask(program, tree, *words, "-q", "--write", "--force", "--allow", "review")
        return before or b"", path.read_bytes()
    finally:
        if before is None:
            path.unlink(missing_ok=True)
        else:
            path.write_bytes(before)


def split_label(label):
    """The words of a command: (its name, its cost model, what `simulate` must be told, too)."""
    command, *words = label.split(" ")
    return (command, words[:2], words[2:]) if words[:1] == ["--cost-model"] else (command, [], words)


def propose(program, tree, row, label):
    """A Proposal, or None: the Dockerfile is not valid, nothing is proposed, or there is no history to judge it by."""
    command, model, assume = split_label(label)
    words = [command, "-f", row["path"], "--commits", str(COMMITS), row["context"], *model, *assume]
    try:
        document = json.loads(ask(program, tree, *words, "--format", "json"))
    except Invalid:
        return None
    proposed = document["changes"] + document["edits"] if command == "reorder" else document["rules"]
    if not proposed or (command == "ignore" and document["history"] is None):
        return None
    return Proposal(command, *written(program, tree, tree / document["file"], words), document, assume)


def simulate(program, tree, row, *words):
    """Builds of `simulate`."""
    context = ["-f", row["path"], "--context", row["context"]]
    return json.loads(ask(program, tree, "simulate", "--format", "json", *context, *words))["builds"]


def cost(builds):
    """(hits, misses, unknown, seconds of the misses) of some builds."""
    steps = [step for build in builds for step in build.get("steps") or [] if step["verdict"] is not None]
    count = [sum(step["verdict"] == word for step in steps) for word in ("hit", "miss", "unknown")]
    return (*count, sum(step["cost_seconds"] for step in steps if step["verdict"] == "miss"))


def merges(builds):
    """Misses that are merges of linked copies: `reorder` counts them as no steps."""
    return sum(step["verdict"] == "miss" and "] LINK " in step["name"] for build in builds for step in build.get("steps") or [])


def check_claim(proposal, old, new):
    """Are the numbers of a document those of two simulations? Texts about those that are not."""
    document, wrong = proposal.document, []
    good = [pair for pair in zip(old, new, strict=True) if not pair[0]["error"] and not pair[1]["error"]]
    part = document["history" if proposal.command == "ignore" else "scored"]
    count = part["scored"] - part["failed"] if proposal.command == "ignore" else part["builds"]
    sums = []
    for number, side in enumerate(("before", "after")):
        scored = [pair[number] for pair in good[1:][len(good) - 1 - count :]]
        hits, misses, unknown, seconds = cost(scored)
        said = part[side]
        if proposal.command == "ignore":
            sums.append(((said["hits"], said["misses"], said["unknown"], said["seconds"]), (hits, misses, unknown, seconds)))
        else:
            sums.append(((said["steps"] * count, said["seconds"] * count), (misses - merges(scored), seconds)))
    for side, (said, found) in zip(("old", "new"), sums):
        if any(abs(a - b) > SAME * max(1, abs(b)) for a, b in zip(said, found)):
            wrong.append(f"{side} file: said {said}, simulated {found}")
    return wrong


def choose(old, new, count):
    """Of the newer third the builds in which something is saved, each with the one before it: commits, oldest first."""
    good = [i for i in range(len(old)) if not old[i]["error"] and not new[i]["error"]]
    built = [i for i in good[1:] if i >= len(old) - len(old) // 3]
    saving = [i for i in built if cost([old[i]])[1:] != cost([new[i]])[1:]]
    pool = saving or [i for i in built if cost([old[i]])[1]] or built
    wanted = max(1, count // 2)
    taken = [pool[n * len(pool) // wanted] for n in range(wanted)] if len(pool) > wanted else pool
    return [old[i]["commit"] for i in sorted({k for i in taken for k in (good[good.index(i) - 1], i)})]


def record(builder, proposal, row, mirror, scratch, commits):
    """Builds with both files, of the commits that build with both; and texts about those that build with one."""
    sides, known, failed, texts = [None, None], [-1, -1], {}, []
    while known != [len(failed)] * 2:
        side = known.index(min(known))
        with tempfile.TemporaryDirectory(dir=scratch) as place:
            replay = Replay(builder, row, mirror, pathlib.Path(place), commits=commits, **proposal.given(side))
            sides[side], fails = replay.record(failed)
        fresh = [commit for commit in fails if commit not in failed]
        texts += [f"{commit} fails with the new file only: {fails[commit]}" for commit in fresh if side]
        failed.update(fails)
        known[side] = len(failed)
    return sides, texts


def shown_cost(recorded, builds):
    """(misses, seconds) of recorded builds but the first, by the costs of the simulated ones."""
    prices = {data.loosely(step["name"]): step["cost_seconds"] for build in builds for step in build.get("steps") or []}
    missed = [data.loosely(name) for _commit, steps in recorded[1:] for name, verdict in steps or [] if verdict == "M"]
    return [len(missed), round(sum(prices.get(name, 0) for name in missed), 3)]


def rename(builds, line):
    """Steps are named with the values of arguments: recorded builds as if they had been those of a line."""
    put = lambda steps, old, new: steps and [(name.replace(old, new), verdict) for name, verdict in steps]
    return [(commit, put(steps, commit, new)) for (commit, steps), new in zip(builds, line, strict=True)]


def compare_line(program, proposal, row, mirror, scratch, recorded, found):
    """Ask `simulate` about the line of commits that was built, with each file."""
    directory = scratch / "line"
    git_dir = new_repository(directory / ".git", mirror)
    line = write_line(git_dir, [commit for commit, _steps in recorded[0]])
    revision = line[-1]
    recorded = [rename(builds, line) for builds in recorded] if proposal.assume else recorded
    for path in (row["context"], pathlib.Path(row["path"]).parent):
        (directory / path).mkdir(parents=True, exist_ok=True)
    for side in (0, 1):
        words = [*compare.newest(revision, recorded[side]), "-f", row["path"], "--context", row["context"], *proposal.words(scratch, side)]
        outcome = compare.compare(row["path"], recorded[side], program, directory, words)
        if outcome.trouble:
            raise RuntimeError(outcome.trouble)
        found.builds += outcome.builds
        found.steps += outcome.steps
        found.twins += outcome.twins
        found.unseen += outcome.unseen
        found.unknown += outcome.unknown
        found.differing += [f"build {number}, {('old', 'new')[side]} file: {text}" for number, text in outcome.differing]
        builds = compare.simulate(program, directory, words)["builds"]
        found.claimed.append([cost(builds[1:])[1], round(cost(builds[1:])[3], 3)])
        found.shown.append(shown_cost(recorded[side], builds))


def examine(program, builder, tree, row, mirror, label, scratch, count):
    """One command, with its options, about one Dockerfile: Found, or None."""
    proposal = propose(program, tree, row, label)
    if proposal is None:
        return None
    command, model, _assume = split_label(label)
    by_time = propose(program, tree, row, command) if model else None
    if by_time is not None and by_time.new == proposal.new:
        return None
    found = Found(row["repo"], row["path"], label)
    line = proposal.line()
    old, new = (simulate(program, tree, row, *line, *proposal.words(scratch, side)) for side in (0, 1))
    found.wrong = check_claim(proposal, old, new)
    old, new = (simulate(program, tree, row, *line, *WORLD, *proposal.words(scratch, side)) for side in (0, 1))
    commits = choose(old, new, count)
    if not commits:
        found.trouble = "no scored commit builds"
        return found
    recorded, found.differing = record(builder, proposal, row, mirror, scratch, commits)
    if not any(steps for _commit, steps in recorded[0]):
        found.trouble = "no commit builds here"
        return found
    compare_line(program, proposal, row, mirror, scratch, recorded, found)
    return found


def cell(sums):
    """`before` to `after`: misses, seconds."""
    (misses, seconds), (less, faster) = sums
    return f"{misses} to {less}, {seconds:.0f} to {faster:.0f} s"


def publish(found, date, targets):
    """Write the results."""
    rows = [one for one in found if one.trouble is None]
    sums = {name: sum(getattr(one, name) for one in rows) for name in ("builds", "steps", "twins", "unseen", "unknown")}
    differing, wrong = sum(len(one.differing) for one in rows), sum(bool(one.wrong) for one in found)
    saved = [sum(getattr(one, name)[0][1] - getattr(one, name)[1][1] for one in rows) for name in ("claimed", "shown")]
    lines = [
        "# Proposals in real builds",
        "",
        f"Made by `tests/conform/cache/proposals.py` on {date} with github.com/moby/buildkit {BUILDKIT_VERSION}: {targets} Dockerfiles, "
        f"{len(found)} proposals of `reorder` (by steps where that is another one) and `ignore`, review included.",
        "",
        f"- The numbers of {len(found) - wrong} proposals are those of `simulate` with either file over the whole history; of {wrong} they are not.",
        f"- {len(rows)} were built: {sums['builds']} builds, half of them with the old file and half with the new one, of commits in which "
        f"something is saved and of those before them. {sums['steps']} steps: {sums['twins']} twins, {sums['unseen']} without inputs, "
        f"{sums['unknown']} unknown, **{differing} differ**, the others are equal (the words are those of `../cache/README.md`).",
        f"- Saved in these builds, by ctxopt's seconds for each step: claimed {saved[0]:.0f} s, shown by the engine {saved[1]:.0f} s.",
        "",
        "Misses and seconds are those of all builds but the first, with the old file and with the new one. No RUN of these builds writes anything, "
        "and ctxopt was told so; what a RUN changes can only make more steps miss with either file.",
        "",
        "| repository | Dockerfile | command | builds | steps | differ | claimed | shown |",
        "| --- | --- | --- | ---: | ---: | ---: | --- | --- |",
    ]
    for one in sorted(found, key=lambda one: (one.repo.lower(), one.path, one.command)):
        trouble = re.sub(r"/\S*/cachemounts/[^/\s]+", "", one.trouble or "")  # a path of the image, not of the engine
        state = [trouble, "", ""] if trouble else [str(len(one.differing)), cell(one.claimed), cell(one.shown)]
        lines.append(f"| {one.repo} | {one.path} | {one.command} | {one.builds} | {one.steps} | {' | '.join(state)} |")
    for one in found:
        lines += [f"\n{one.repo} {one.path}, {one.command}: {text}" for text in (one.wrong + one.differing)[:3]]
    RESULTS.write_text("\n".join(lines) + "\n", encoding="utf-8")


def read_kept(path):
    """What an earlier run found: {(repo, path, command): Found or None}."""
    if path is None or not path.exists():
        return {}
    kept = {}
    for line in path.read_text(encoding="utf-8").splitlines():
        key, value = json.loads(line)
        kept[tuple(key)] = Found(**value) if value else None
    return kept


def examine_all(options, builder, groups, mirrors, kept):
    """Everything that is not known yet goes into `kept`."""
    began = time.monotonic()
    for (repo, revision), rows in groups.items():
        keys = [(repo, row["path"], command) for row in rows for command in options.commands]
        if all(key in kept for key in keys):
            continue
        with tempfile.TemporaryDirectory(prefix="ctxopt-proposals-") as place:
            tree = lay_out(mirrors[repo], revision, pathlib.Path(place))
            for row in rows:
                for command in options.commands:
                    key = (repo, row["path"], command)
                    if key in kept:
                        continue
                    if time.monotonic() - began > options.seconds:
                        return
                    with tempfile.TemporaryDirectory(dir=builder.state) as scratch:
                        try:
                            words = (mirrors[repo], command, pathlib.Path(scratch), options.builds)
                            kept[key] = examine(options.ctxopt, builder, tree, row, *words)
                        except (RuntimeError, OSError, KeyError, ValueError, subprocess.SubprocessError) as failure:
                            kept[key] = Found(*key, trouble=f"{type(failure).__name__}: {str(failure)[-200:]}")
                    tell(kept[key], key, options.keep)


def tell(found, key, keep):
    """Print what was found, and keep it."""
    if keep is not None:
        with keep.open("a", encoding="utf-8") as file:
            file.write(json.dumps([key, None if found is None else dataclasses.asdict(found)]) + "\n")
    if found is None:
        return
    said = found.trouble or f"{found.builds} builds, {found.steps} steps, {len(found.differing)} differ; {cell(found.claimed)}"
    print(f"{' '.join(key)}: {said}", flush=True)
    for text in (found.wrong + found.differing)[:4]:
        print(f"    {text}", flush=True)


def parse_arguments():
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--ctxopt", required=True, type=os.path.abspath)
    parser.add_argument("--date", help="write results/proposals.md")
    parser.add_argument("--keep", type=pathlib.Path, help="what is done stays in this file")
    parser.add_argument("--builds", type=int, default=8, help="of each proposal, with each file")
    parser.add_argument("--only", default="", help="only Dockerfiles that have this in `repository path`")
    parser.add_argument("--commands", nargs="+", default=COMMANDS, choices=COMMANDS)
    parser.add_argument("--assume", action="append", default=[], metavar="arg:NAME=changed", type=varying_argument, help="repeatable")
    parser.add_argument("--seconds", type=float, default=1e9, help="begin no proposal after so many")
    parser.add_argument("list", type=pathlib.Path)
    parser.add_argument("directories", nargs="+", metavar="DIR")
    options = parser.parse_args()
    if options.assume:
        options.commands = ["reorder" + "".join(f" --assume {text}" for text in options.assume)]
    return options


def varying_argument(text):
    """What --assume takes here; what steps find elsewhere is the same in all these builds."""
    if not re.fullmatch(r"arg:\w+=changed", text):
        raise argparse.ArgumentTypeError(f"'{text}' is not arg:NAME=changed")
    return text


def main():
    """See the top."""
    options = parse_arguments()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(130))
    mirrors, groups = repositories(options.directories), {}
    with options.list.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file, delimiter="\t"):
            if row["sim_target"] == "yes" and row["repo"] in mirrors and options.only in f"{row['repo']} {row['path']}":
                row.update(order="first-parent", commits=str(COMMITS), target="", args="")
                groups.setdefault((row["repo"], row["revision"]), []).append(row)
    kept = read_kept(options.keep)
    try:
        with Builder(hosts_of([row for rows in groups.values() for row in rows], mirrors)) as builder:
            examine_all(options, builder, groups, mirrors, kept)
    except Unavailable as reason:
        print(f"skipped: buildkit: {reason}")
        return 2
    found = [one for one in kept.values() if one is not None]
    if options.date:
        publish(found, options.date, sum(map(len, groups.values())))
    wrong = [one for one in found if one.wrong or one.differing]
    print(f"{len(found)} proposals, {len(wrong)} differ, {sum(one.trouble is not None for one in found)} not built")
    return 1 if wrong else 2 if any(one.trouble for one in found) else 0


if __name__ == "__main__":
    sys.exit(main())
