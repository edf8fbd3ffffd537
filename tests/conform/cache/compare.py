#!/usr/bin/env python3
"""Compare `ctxopt simulate` with what a real BuildKit was recorded to do, verdict by verdict.

  compare.py --ctxopt PROGRAM [OPTIONS] generated        experiments and random cases, which are made again here
  compare.py --ctxopt PROGRAM [OPTIONS] older            experiments with Docker 20.10 and with its classic builder
  compare.py --ctxopt PROGRAM [OPTIONS] histories DIR... histories of the repositories among these git directories

Every RUN of the recorded builds wrote nothing, and all images held the same but for a name: `--assume run=unchanged
--assume image=unchanged`. Where a history was built in another order than that of a branch, or some commits could not
be built, a repository with just that line of commits is made first. With --date results go to results/cache.md. A step
that ctxopt calls unknown counts apart: it is neither equal nor differs. Exit status: 0 agreement but for what
known.tsv lists, else 1.
"""

import argparse
import dataclasses
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile

import data
import generated
import random_cases
from gitrepo import git, import_commits, new_repository, write_line
from replay import repositories

HERE = pathlib.Path(__file__).resolve().parent
DATA = HERE.parent / "data" / "cache"
RESULTS = HERE.parent / "results" / "cache.md"
SECONDS = 300
#: What ctxopt must know of the world in which builds were recorded
WORLD = ("--assume", "run=unchanged", "--assume", "image=unchanged")
#: A step that starts from nothing: it has no inputs, and BuildKit shows it as it shows a base image
UNSEEN = re.compile(r"\[(?:\S+ +)?1/\d+\] WORKDIR .*: engine M, ctxopt H")
#: By kind and name, the histories in which ctxopt says `unknown` or differs, each with its reason in the file
KNOWN = {
    (kind, name): what
    for kind, name, what, _reason in (
        line.split("\t") for line in (DATA / "known.tsv").read_text(encoding="utf-8").splitlines()[1:]
    )
}
#: A step of which ctxopt says that it cannot be known, and of which else it says what the engine does
UNKNOWN = re.compile(r".*: engine ([HM]+), ctxopt ([?HM]+)")


@dataclasses.dataclass
class Outcome:
    """One history compared."""

    name: str
    builds: int = 0
    steps: int = 0
    #: Steps with equal keys in one build, of which another one ran than predicted
    twins: int = 0
    #: Hits of steps without inputs, which a build shows as done unless somebody needs their result
    unseen: int = 0
    #: Steps that ctxopt says it cannot know, neither right nor wrong
    unknown: int = 0
    #: (number of the build, text)
    differing: list = dataclasses.field(default_factory=list)
    #: What kept it from being compared
    trouble: str | None = None

    def is_equal(self):
        """Tell whether everything is as recorded."""
        return not self.differing and not self.unknown and self.trouble is None

    def is_expected(self, kind):
        """Tell whether everything is as recorded, or known not to be."""
        state = "differs" if self.differing else "unknown" if self.unknown else None
        return self.trouble is None and state == KNOWN.get((kind, self.name))


def simulate(program, directory, words):
    """Ask ctxopt for verdicts; returns its JSON document."""
    command = [program, "simulate", "--first-parent", "--no-follow", "--format", "json", *WORLD, *words]
    environment = {**os.environ, "GIT_CEILING_DIRECTORIES": str(pathlib.Path(directory).parent)}
    done = subprocess.run(command, cwd=directory, capture_output=True, timeout=SECONDS, check=False, env=environment)
    try:
        return json.loads(done.stdout)
    except ValueError as failure:
        said = done.stderr.decode("utf-8", "replace").strip().splitlines() or ["nothing"]
        raise RuntimeError(f"exit status {done.returncode}: {said[-1]}") from failure


def newest(revision, builds):
    """Words for as many commits of a revision as there are builds."""
    return [revision, "--commits", str(len(builds))]


def compare(name, recorded, program, directory, words):
    """Compare one history; `recorded` are its unpacked builds."""
    outcome = Outcome(name, len(recorded))
    try:
        predicted = data.simulated(simulate(program, directory, words))
    except (RuntimeError, subprocess.TimeoutExpired, KeyError) as failure:
        outcome.trouble = f"{type(failure).__name__}: {failure}"
        return outcome
    if len(predicted) != len(recorded):
        outcome.trouble = f"{len(recorded)} builds were recorded, ctxopt shows {len(predicted)}"
        return outcome
    for number, ((_commit, theirs), (_ours, ours)) in enumerate(zip(recorded, predicted)):
        steps, twins, texts = data.differences(theirs, ours)
        outcome.steps += steps
        outcome.twins += twins
        seen = [text for text in texts if not UNSEEN.match(text)]
        outcome.unseen += len(texts) - len(seen)
        wrong = [text for text in seen if not is_unknown(text)]
        outcome.unknown += len(seen) - len(wrong)
        outcome.differing += [(number, text) for text in wrong]
    return outcome


def is_unknown(text):
    """Is a difference one of what ctxopt does not claim to know?"""
    found = UNKNOWN.fullmatch(text)
    if not found or "?" not in found[2] or len(found[1]) != len(found[2]):
        return False
    return all(found[2].count(letter) <= found[1].count(letter) for letter in "HM")


# Cases that are made here


#: What ctxopt must be told about the engine of a kind
ENGINE = {"experiments-20.10": ["--engine", "docker-20.10"], "classic": ["--cache", "classic"]}


def compare_generated(kind, program, scratch):
    """Compare all histories of a kind."""
    if not generated.FILES[kind].exists():
        return []
    made = generated.cases_of(kind)
    histories = [history for history in data.read(generated.FILES[kind])[1:] if history["builds"]]
    cases = {history["name"]: made.get(history["name"], ([],))[0] for history in histories}
    git_dir, commits = generated.make_repository(scratch / kind, cases)
    outcomes = []
    for number, history in enumerate(histories):
        name, recorded, options = history["name"], data.unpack(history), history.get("options", [])
        if not generated.is_recorded(history, commits[name], options):
            outcomes.append(Outcome(name, len(recorded), trouble="what is made here now is not what was recorded"))
            continue
        revision = commits[name][-1]
        if history.get("failed"):
            revision = write_line(git_dir, [commit for commit, _steps in recorded])[-1]
        words = [*newest(revision, recorded), *options, *ENGINE.get(kind, ())]
        outcomes.append(compare(name, recorded, program, scratch / kind, words))
    return outcomes


def compare_branches(program, scratch):
    """Compare the random cases once more, as two branches whose commits alternate: the builds are the same."""
    histories = [history for history in data.read(generated.FILES["random"])[1:] if "failed" not in history]
    git_dir, commits = new_repository(scratch / "branches" / ".git"), []
    for history in histories:
        seed = int(history["name"].split()[1])
        lines = zip(random_cases.branches(seed), random_cases.case(seed), strict=True)
        commits += [(f"case-{seed}-{line}", minute, files) for minute, (line, files) in enumerate(lines)]
    import_commits(git_dir, commits)
    there, outcomes = {branch for branch, _minute, _files in commits}, []
    for history in histories:
        seed, recorded = int(history["name"].split()[1]), data.unpack(history)
        words = ["--commits", "0"]
        for branch in (f"case-{seed}-0", f"case-{seed}-1"):
            words += ["--branch", branch] if branch in there else []
        outcomes.append(compare(history["name"], recorded, program, scratch / "branches", words))
    return outcomes


# Histories of real repositories


def compare_histories(program, directories, scratch, only):
    """Compare the recorded histories whose repository is there."""
    found, outcomes = repositories(directories), []
    for path in sorted((DATA / "histories").glob("*.json")):
        history = data.read(path)[0]
        if history["repo"] in found and only in history["name"]:
            outcomes.append(compare_history(history, program, found[history["repo"]], scratch / str(len(outcomes))))
            print(describe(outcomes[-1]), flush=True)
    return outcomes


def compare_history(history, program, borrowed, directory):
    """Compare one history, in a repository that borrows the objects of the mirror."""
    recorded = data.unpack(history)
    git_dir = new_repository(directory / ".git", borrowed)
    commits = [commit for commit, _steps in recorded]
    if is_plain(history, commits, git_dir):
        revision = commits[-1]
    else:
        revision = write_line(git_dir, commits)[-1]
    git(git_dir, "update-ref", "refs/heads/main", revision)
    for path in (history["context"], pathlib.Path(history["path"]).parent):
        (directory / path).mkdir(parents=True, exist_ok=True)
    words = [*newest(revision, recorded), "-f", history["path"], "--context", history["context"]]
    for name in OPTION:
        words += [word for value in history.get(name, "").split() for word in (OPTION[name], value)]
    return compare(history["name"], recorded, program, directory, words)


#: Options of ctxopt by columns of the plan
OPTION = {"target": "--target", "args": "--build-arg", "cache": "--cache"}


def is_plain(history, commits, git_dir):
    """Is it what a branch saw, without a gap?"""
    if history["order"] != "first-parent" or "failed" in history:
        return False
    return git(git_dir, "rev-list", "--first-parent", f"-n{len(commits)}", commits[-1]).split()[::-1] == commits


# Results


def describe(outcome):
    """One line about a history."""
    if outcome.trouble:
        return f"{outcome.name}: {outcome.trouble}"
    counts = f"{outcome.builds} builds, {outcome.steps} steps, {outcome.twins} twins, {outcome.unknown} unknown"
    return f"{outcome.name}: {counts}, {len(outcome.differing)} differ"


def table(title, outcomes, by_history):
    """Markdown table of outcomes, one line for each or one for all."""
    rows = outcomes if by_history else []
    body = [
        "| history | builds | steps | equal | twins | without inputs | unknown | differ |",
        "| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |",
    ]
    total = Outcome(f"**{title}: {len(outcomes)} histories**")
    for outcome in outcomes:
        total.builds += outcome.builds
        total.steps += outcome.steps
        total.twins += outcome.twins
        total.unseen += outcome.unseen
        total.unknown += outcome.unknown
        total.differing += outcome.differing
    for outcome in [*rows, total]:
        equal = outcome.steps - outcome.twins - outcome.unseen - outcome.unknown - len(outcome.differing)
        state = "not compared" if outcome.trouble else len(outcome.differing)
        counts = (outcome.builds, outcome.steps, equal, outcome.twins, outcome.unseen, outcome.unknown, state)
        body.append(f"| {outcome.name} | " + " | ".join(map(str, counts)) + " |")
    return body


def show(outcomes, count):
    """Print the first differences."""
    for outcome in outcomes:
        if outcome.trouble:
            print(f"# {outcome.name}: {outcome.trouble}")
        for number, text in outcome.differing[:3]:
            print(f"# {outcome.name}, build {number}: {text}")
        count -= 1 if not outcome.is_equal() else 0
        if count <= 0:
            break


def engines_of(kind):
    """Engines and dates of what is recorded."""
    if kind == "histories":
        heads = [data.read(path)[0] for path in sorted((DATA / "histories").glob("*.json"))]
    else:
        heads = data.read(generated.FILES["random" if kind == "branches" else kind])[:1]
    return ", ".join(sorted({f"{head['engine']} on {head['date']}" for head in heads}))


def write_results(sections, date):
    """Write the sections that were made anew into the result file."""
    engines = {kind: engines_of(kind) for kind in sections}
    sys.path.append(str(HERE.parent))
    from engine import replace_section  # pylint: disable=import-outside-toplevel

    if not RESULTS.exists():
        RESULTS.write_text("# ctxopt simulate against a real BuildKit\n", encoding="utf-8")
    for title, body in sections.items():
        replace_section(RESULTS, title, [f"Compared on {date}. Recorded with {engines[title]}.", "", *body])


def print_tap(results):
    """A line for every kind of case."""
    print(f"1..{len(results)}")
    for number, (kind, outcomes) in enumerate(results.items(), 1):
        good = all(outcome.is_expected(kind) for outcome in outcomes)
        builds = sum(outcome.builds for outcome in outcomes)
        print(f"{'ok' if good else 'not ok'} {number} - {kind}: {len(outcomes)} histories, {builds} builds")


def parse_arguments():
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--ctxopt", required=True, type=os.path.abspath, help="the ctxopt program")
    parser.add_argument("--show", type=int, default=10, help="histories whose first differences are printed")
    parser.add_argument("--date", help="write the result file, with this date")
    parser.add_argument("--only", default="", help="only histories that have this in their name")
    parser.add_argument("--tap", action="store_true", help="print as a test of the plain suite")
    what = parser.add_subparsers(dest="what", required=True)
    what.add_parser("generated", help="experiments and random cases")
    what.add_parser("older", help="experiments with Docker 20.10 and with its classic builder")
    what.add_parser("histories", help="recorded histories").add_argument("directories", nargs="+", metavar="DIR")
    return parser.parse_args()


def main():
    """Compare."""
    options = parse_arguments()
    with tempfile.TemporaryDirectory(prefix="ctxopt-conform-") as name:
        scratch = pathlib.Path(name)
        if options.what == "generated":
            kinds = ("experiments", "random", "deployments")
            results = {kind: compare_generated(kind, options.ctxopt, scratch) for kind in kinds}
            results["branches"] = compare_branches(options.ctxopt, scratch)
        elif options.what == "older":
            results = {kind: compare_generated(kind, options.ctxopt, scratch) for kind in ENGINE}
        else:
            results = {"histories": compare_histories(options.ctxopt, options.directories, scratch, options.only)}
    results = {kind: outcomes for kind, outcomes in results.items() if outcomes}
    for outcomes in results.values():
        show([outcome for outcome in outcomes if options.only in outcome.name], options.show)
    if options.tap:
        print_tap(results)
    by_history = ("experiments", "experiments-20.10", "classic", "histories")
    sections = {kind: table(kind, outcomes, kind in by_history) for kind, outcomes in results.items()}
    if options.date:
        write_results(sections, options.date)
    elif not options.tap:
        print("\n".join(body[-1] for body in sections.values()))
    return 0 if all(outcome.is_expected(kind) for kind, outcomes in results.items() for outcome in outcomes) else 1


if __name__ == "__main__":
    sys.exit(main())
