#!/usr/bin/env python3
"""What the proposals of ctxopt save on real repositories: a table such as Doctor's (ISSTA 2025).

    table.py --ctxopt PROG [--rows FILE.tsv] [--commits N] [--out FILE.md] [--diffs DIR] [--only TEXT] MIRROR...

MIRROR is a bare repository, or a directory of OWNER+NAME/repo.  FILE.tsv names Dockerfiles in columns `repo`, `revision`, `path`,
`context` (and `sim_target`, of which those with "yes" are taken); without it every file whose name begins with "Dockerfile" is looked
at, with the directory it lies in as context.

Nothing is built.  Each revision is laid out as a checkout; `ignore` is asked for rules, `reorder` for an order under the ignore file of
now, and once more under the one with these rules.  Then `simulate` replays the history with each of the four pairs of files in the place
of each commit's own, and what is saved is counted here, build by build.  WORDS below is the definition of every column.
"""

import argparse
import collections
import csv
import dataclasses
import hashlib
import json
import os
import pathlib
import subprocess
import sys
import tempfile

sys.path.append(str(pathlib.Path(__file__).resolve().parent.parent / "cache"))

from gitrepo import git, lay_out  # noqa: E402

MODELS = ("time", "steps", "bytes")
#: What a step costs that is made again
PRICE = {"time": lambda step: step["cost_seconds"], "steps": lambda step: "] LINK " not in step["name"], "bytes": lambda step: step["cost_bytes"]}
KINDS = ("order", "ignore", "both")
CLASSES = ("review", "equivalent")
#: Exit status of ctxopt when some of a proposal was left out, being of a weaker class
PARTLY = 2
#: Exit status about a Dockerfile that BuildKit refuses, whose first error comes first
INVALID = 4
IDLE_RULE = "in the older builds of the history it would have saved time, in the newer ones nothing"
IDLE_ORDERS = ("another order would save next to nothing", "what would have saved in the older builds saves nothing in the newer ones")

WORDS = """# What proposals save for real Dockerfiles

Made by `tests/conform/reorder/table.py`: {files} Dockerfiles of {repos} repositories, at most {commits} commits each, along first parents.

- **order** is the Dockerfile that `ctxopt reorder` proposes, `COPY --link`, cache and bind mounts included, under the ignore file of now. **ignore** is the ignore file that `ctxopt
  ignore` proposes, with the Dockerfile of now. **both** is that ignore file with the Dockerfile that `reorder` proposes under it
  (`--ignore-file`). Each pair stands in the place of every commit's own, as do the two files of now with which it is compared.
- **Saved**: of what steps cost that miss, one long-lived builder. Three cost models: the seconds of each step's class of commands, of
  which a measured share remains where a cache mount holds what its tool kept (COSTS in the manual); one for each step but merges of linked
  copies; the bytes of its result, of which a measured share remains where the rest goes into a cache mount. `reorder` is asked under each model for its best order and edits of steps; `ignore` chooses by seconds
  always. Steps whose verdict is not known count in neither.
- **Only the newer third** of the commits since the first that can be built with the files of now is counted, and no proposal was chosen
  by it: both commands choose by the older two thirds. Where a command cut its history later, since what it needs was not there yet, the
  later cut holds. Builds that fail with any of the four pairs count in none.
- **Withdrawn**: chosen by the older commits, and not proposed as it saves nothing (`reorder`: next to nothing) in the newer third. That is
  the one thing for which the newer third is looked at. These files count as unchanged: a saving of 0 in "all files", and not in "with a
  change"; "and withdrawn" is the mean over both.
- **With a change**: files for which something is proposed that this replay can show, that is a changed Dockerfile, or rules for the ignore
  file with which some verdict differs. Rules about what git does not track save bytes on the machines of people; no commit shows that,
  and such files are not counted as changed. **Improved**: saved above 0. **Above half**: saved above 50 %.
- **Classes of proof**: "review included" takes all that is proposed, `--allow review`; of what git tracks a person must agree to every
  rule. "equivalent only" takes nothing about which a person must agree.
- Nothing is left out: every row of the list is here, as changed, as unchanged with its first reason, or as not looked at.
"""


@dataclasses.dataclass
class Score:
    """Of one file, one class of proof and one cost model: the cost of the scored builds, now and with each proposal."""

    builds: int = 0
    before: float = 0.0
    after: dict = dataclasses.field(default_factory=dict)
    changed: dict = dataclasses.field(default_factory=lambda: dict.fromkeys(KINDS, False))

    def saved(self, kind):
        """In per cent."""
        return 100 * (self.before - self.after[kind]) / self.before if self.changed[kind] and self.before > 0 else 0.0


@dataclasses.dataclass
class Found:
    """One Dockerfile: scores by (class, model), and what is proposed by time, review included."""

    row: dict
    scores: dict
    orders: list
    rules: list
    withdrawn: dict
    reason: str


class Failed(RuntimeError):
    """ctxopt did not answer."""


class Program:
    """The program, asked about one Dockerfile in a tree."""

    def __init__(self, args, tree, row, scratch):
        self.args = args
        self.tree = tree
        self.row = row
        self.scratch = scratch
        self.kept = {}

    def run(self, *words, allowed=(0,)):
        """Its standard output."""
        environment = {**os.environ, "GIT_CEILING_DIRECTORIES": str(self.tree.parent)}
        command = [self.args.ctxopt, *words, "--no-config"]
        try:
            done = subprocess.run(command, cwd=self.tree, capture_output=True, timeout=self.args.timeout, check=False, env=environment)
        except subprocess.TimeoutExpired as late:
            raise Failed(f"{words[0]}: no answer in time") from late
        if done.returncode not in allowed:
            said = done.stderr.decode("utf-8", "replace").strip().splitlines() or [f"{words[0]}: status {done.returncode}"]
            raise Failed(said[0 if done.returncode == INVALID else -1].removeprefix("ctxopt: "))
        return done.stdout

    def file(self, content):
        """A file with this content, for an option."""
        path = self.scratch / hashlib.sha256(content).hexdigest()
        path.write_bytes(content)
        return str(path)

    def ignore(self):
        """The document of `ignore`."""
        return json.loads(self.run("ignore", "--format", "json", "-n", str(self.args.commits), "-f", self.row["path"], self.row["context"]))

    def order(self, rules, model):
        """The document of `reorder` under some rules, and the Dockerfile that it proposes for each class of proof."""
        key = ("order", rules, model)
        if key not in self.kept:
            words = ["reorder", "-n", str(self.args.commits), "--cost-model", model, "--ignore-file", self.file(rules)]
            words += ["-f", self.row["path"], self.row["context"]]
            document = json.loads(self.run(*words, "--format", "json"))
            self.kept[key] = document, {name: self.take(words, document, name) for name in CLASSES}
        return self.kept[key]

    def take(self, words, document, allowed):
        """The Dockerfile with the changes of a class; what is written is put back."""
        path = self.tree / self.row["path"]
        old = path.read_bytes()
        if not any(allowed == "review" or change["proof"] != "review" for change in changes_of(document)):
            return old
        if path.is_symlink():
            raise Failed("the Dockerfile is a link, which is not changed")
        try:
            self.run(*words, "-q", "--write", "--force", "--allow", allowed, allowed=(0, PARTLY))
            return path.read_bytes()
        finally:
            path.write_bytes(old)

    def replay(self, dockerfile, rules):
        """Of each build its costs by model, and its verdicts; None if it fails."""
        key = ("replay", dockerfile, rules)
        if key not in self.kept:
            words = ["simulate", "--format", "json", "-n", str(self.args.commits), "--first-parent", "-f", self.row["path"]]
            words += ["--context", self.row["context"], "--instead", self.file(dockerfile), "--ignore-file", self.file(rules)]
            self.kept[key] = list(map(costs, json.loads(self.run(*words))["builds"]))
        return self.kept[key]


def costs(build):
    """(cost of the misses by model, verdicts) of a build; None if it failed."""
    if build["error"]:
        return None
    missed = [step for step in build["steps"] if step["verdict"] == "miss"]
    return {model: sum(map(PRICE[model], missed)) for model in MODELS}, [(step["name"], step["verdict"]) for step in build["steps"]]


def both_go(one, other):
    """Numbers of the builds that go through with either, but for the first."""
    return [i for i, pair in enumerate(zip(one, other, strict=True)) if None not in pair][1:]


def first_scored(ctxopt, old, rules, ignore, orders, texts):
    """The number of the first build that no choice has seen."""
    now = ctxopt.replay(old, rules[0])
    total, first = len(now), next((i for i, build in enumerate(now) if build is not None), len(now))
    cuts = [total - (total - first) // 3]
    if ignore["history"] is not None:
        cuts.append(total - ignore["history"]["scored"])
    for document, text, under in zip(orders, texts, rules, strict=True):
        if text != old:
            common, count = both_go(ctxopt.replay(old, under), ctxopt.replay(text, under)), document["scored"]["builds"]
            if not 0 < count <= len(common):
                raise Failed(f"reorder: {count} builds are scored, of {len(common)} that go through with either file")
            cuts.append(common[-count])
    return max(cuts)


def score(ctxopt, old, rules, ignore, model, allowed):
    """A Score. `rules`: the ignore file of now, and the proposed one."""
    orders = [ctxopt.order(under, model) for under in rules]
    texts = [text[allowed] for _document, text in orders]
    pairs = {"order": (texts[0], rules[0]), "ignore": (old, rules[1]), "both": (texts[1], rules[1])}
    if all(pair == (old, rules[0]) for pair in pairs.values()):
        return Score()
    cut = first_scored(ctxopt, old, rules, ignore, [document for document, _text in orders], texts)
    now, then = ctxopt.replay(old, rules[0]), {kind: ctxopt.replay(*pair) for kind, pair in pairs.items()}
    good = [i for i in range(len(now)) if now[i] is not None and all(builds[i] is not None for builds in then.values())][1:]
    scored = [i for i in good if i >= cut]
    found = Score(len(scored), sum(now[i][0][model] for i in scored))
    for kind, builds in then.items():
        found.after[kind] = sum(builds[i][0][model] for i in scored)
        found.changed[kind] = pairs[kind][0] != old or any(now[i][1] != builds[i][1] for i in good)
    return found


def examine(args, tree, row, scratch):
    """Found of one Dockerfile."""
    ctxopt = Program(args, tree, row, scratch)
    ignore = ctxopt.ignore()
    old, file = (tree / row["path"]).read_bytes(), tree / ignore["file"]
    now = file.read_bytes() if file.exists() else b""
    scores = {}
    for allowed in CLASSES:
        lines = [rule["pattern"] for rule in ignore["rules"] if allowed == "review" or rule["proof"] != "review"]
        then = now + b"".join(b"\n" + line.encode("utf-8", "surrogateescape") for line in lines) if lines else now
        for model in MODELS:
            scores[allowed, model] = score(ctxopt, old, (now, then), ignore, model, allowed)
        if allowed == "review":
            orders = [ctxopt.order(under, "time")[0] for under in (now, then)]
    withdrawn = {model: ctxopt.order(now, model)[0]["nothing"] in IDLE_ORDERS for model in MODELS}
    withdrawn["ignore"] = not any(rule["seconds_saved"] for rule in ignore["rules"]) and any(
        held["why"] == IDLE_RULE for held in ignore["left_alone"]
    )
    held = orders[0]["left_alone"]
    reason = orders[0]["nothing"] or (held[0]["why"] if held else "no costly step stands behind a copy that it does not need")
    if args.diffs is not None and changes_of(orders[1]):
        args.diffs.mkdir(parents=True, exist_ok=True)
        name = f"{row['repo']}--{row['path']}.diff".replace("/", "+")
        (args.diffs / name).write_text(orders[1]["diff"] + ignore["diff"], encoding="utf-8")
    return Found(row, scores, orders, ignore["rules"], withdrawn, reason)


def find_mirrors(paths):
    """OWNER/NAME to bare repository."""
    found = {}
    for path in map(pathlib.Path, paths):
        repo = path / "repo" if (path / "repo").is_dir() else path
        if (repo / "objects").is_dir():
            found[path.name.replace("+", "/")] = repo
    return found


def read_rows(args, mirrors):
    """Rows about repositories that are there."""
    if args.rows is None:
        for name, repo in mirrors.items():
            head = git(repo, "rev-parse", "HEAD").strip()
            for path in git(repo, "ls-tree", "-r", "-z", "--name-only", head).split("\0"):
                if pathlib.PurePath(path).name.startswith("Dockerfile"):
                    yield {"repo": name, "revision": head, "path": path, "context": str(pathlib.PurePath(path).parent)}
        return
    with open(args.rows, newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file, delimiter="\t"):
            if row["repo"] in mirrors and row.get("sim_target", "yes") == "yes":
                yield row


def mean(values):
    """0 of none."""
    return sum(values) / len(values) if values else 0.0


def summarise(found, allowed, model, kind):
    """A row of the table of means."""
    scores = [one.scores[allowed, model] for one in found]
    values = [one.saved(kind) for one in scores]
    changed = [value for one, value in zip(scores, values) if one.changed[kind]]
    gone = [one.withdrawn["ignore"] if kind == "ignore" else one.withdrawn[model] for one in found]
    if kind == "both":
        gone = [one.withdrawn["ignore"] or one.withdrawn[model] for one in found]
    gone = sum(flag and not one.changed[kind] for flag, one in zip(gone, scores))
    share = lambda count: f"{count} ({100 * count / len(found):.0f} %)" if found else "0"
    return (
        f"| {model} | {kind} | {share(len(changed))} | {share(sum(v > 0 for v in values))} | {sum(v < 0 for v in values)} | {gone} | "
        f"{mean(values):.1f} % | {mean(changed):.1f} % | {mean(changed + [0] * gone):.1f} % | {share(sum(v > 50 for v in values))} |"
    )


def plain(text):
    """Fit for a cell."""
    return " ".join(text.split()).replace("|", "\\|")


def changes_of(document):
    """All that `reorder` proposes: what moves, and steps that are written in another way."""
    return document["changes"] + document["edits"]


def tell_edits(document):
    """How many steps are written in another way, by kind."""
    kinds = collections.Counter(edit["kind"] for edit in document["edits"])
    said = ", ".join(f"{count} x {kind}" for kind, count in sorted(kinds.items()))
    return ("; " if said and document["changes"] else "") + said


def tell_order(document):
    """The changes of an order in a few words."""
    tell = lambda change: f"line {change['line']} below {change['below_line']}" if "line" in change else str(change)
    return "; ".join(plain(tell(change)) for change in document["changes"]) + tell_edits(document)


def tell_rules(rules):
    """The rules that save something, and how many there are beside them."""
    paying = [rule for rule in rules if rule["seconds_saved"] > 0]
    said = ", ".join(f"`{plain(rule['pattern'])}`" for rule in paying)
    return said + (f" and {len(rules) - len(paying)} more" if said and len(rules) > len(paying) else "")


def weakest(one):
    """The weakest class of proof of all that is proposed for a file by time and shown by its history; "-" if nothing is."""
    proofs = [change["proof"] for change in changes_of(one.orders[1])] + [rule["proof"] for rule in one.rules if rule["seconds_saved"] > 0]
    return "review" if "review" in proofs else "equivalent" if proofs else "-"


def write_means(out, found):
    """Both tables of means."""
    for allowed in CLASSES:
        out.write(f"\n## {'Review included' if allowed == 'review' else 'Equivalent only'}\n\n")
        out.write(
            "| Cost model | Proposal | With a change | Improved | Worse | Withdrawn | Mean saving, all files | with a change | "
            "with a change and withdrawn | Above half |\n| :--- | :--- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |\n"
        )
        for model in MODELS:
            for kind in KINDS:
                out.write(summarise(found, allowed, model, kind) + "\n")


def write_files(out, found):
    """The files with a change."""
    out.write(
        "\n## Files with a change\n\nReview included. Seconds, and what is saved of them by each proposal, are of the order that is best by "
        "time; saved steps and bytes of both, each of the order that is best by it. Order: the copies that move, and edits of steps by kind, under the proposed "
        "ignore file, by line. Rules: those that save something alone.\n\n| Repository | Dockerfile | Order | Rules | Proof | Builds | Seconds | Saved: order | "
        "ignore | both | Steps: both | Bytes: both |\n| :--- | :--- | :--- | :--- | :--- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |\n"
    )
    for one in found:
        by = {model: one.scores["review", model] for model in MODELS}
        if not any(score_.changed[kind] for score_ in by.values() for kind in KINDS):
            continue
        saved = [by["time"].saved(kind) for kind in KINDS] + [by["steps"].saved("both"), by["bytes"].saved("both")]
        builds = max(score_.builds for score_ in by.values())
        out.write(
            f"| {one.row['repo']} | {plain(one.row['path'])} | {tell_order(one.orders[1])} | {tell_rules(one.rules)} | {weakest(one)} | {builds} | "
            f"{by['time'].before:.0f} | {' | '.join(f'{value:.0f} %' for value in saved)} |\n"
        )


def write_rest(out, found, failures):
    """Why no order is proposed, and what could not be looked at."""
    reasons = {}
    for one in found:
        if not changes_of(one.orders[0]):
            reasons[one.reason] = reasons.get(one.reason, 0) + 1
    out.write("\n## Files without another order\n\nUnder the ignore file of now, by time.\n\n| Files | The first reason |\n| ---: | :--- |\n")
    for reason, count in sorted(reasons.items(), key=lambda item: (-item[1], item[0])):
        out.write(f"| {count} | {plain(reason)} |\n")
    if failures:
        out.write("\n## Not looked at\n\n| Repository | Dockerfile | Why |\n| :--- | :--- | :--- |\n")
    for row, why in failures:
        out.write(f"| {row['repo']} | {plain(row['path'])} | {plain(why)} |\n")


def write(out, args, found, failures):
    """All of it."""
    repos = len({one.row["repo"] for one in found})
    out.write(WORDS.format(files=len(found), repos=repos, commits=args.commits))
    write_means(out, found)
    write_files(out, found)
    write_rest(out, found, failures)


def parse_arguments():
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--ctxopt", required=True, type=os.path.abspath)
    parser.add_argument("--rows")
    parser.add_argument("--only", default="", help="only Dockerfiles that have this in `repository path`")
    parser.add_argument("--commits", type=int, default=300)
    parser.add_argument("--timeout", type=int, default=120)
    parser.add_argument("--out")
    parser.add_argument("--diffs", type=pathlib.Path)
    parser.add_argument("mirrors", nargs="+")
    return parser.parse_args()


def main():
    """See the top."""
    args = parse_arguments()
    mirrors = find_mirrors(args.mirrors)
    groups = {}
    for row in read_rows(args, mirrors):
        if args.only in f"{row['repo']} {row['path']}":
            groups.setdefault((row["repo"], row["revision"]), []).append(row)
    found, failures = [], []
    for (name, revision), rows in groups.items():
        with tempfile.TemporaryDirectory(prefix="ctxopt-table-") as scratch:
            tree = None
            for row in rows:
                with tempfile.TemporaryDirectory(dir=scratch) as files:
                    try:
                        tree = tree or lay_out(mirrors[name], revision, pathlib.Path(scratch))
                        found.append(examine(args, tree, row, pathlib.Path(files)))
                    except (Failed, OSError, LookupError, ValueError, subprocess.SubprocessError) as why:
                        trouble = str(why) if isinstance(why, Failed) else f"{type(why).__name__}: {why}"
                        failures.append((row, trouble.replace(f"{scratch}/", "")))
        print(f"{name}: {len(rows)} files", file=sys.stderr, flush=True)
    if args.out is None:
        write(sys.stdout, args, found, failures)
    else:
        with open(args.out, "w", encoding="utf-8") as out:
            write(out, args, found, failures)


if __name__ == "__main__":
    main()
