#!/usr/bin/env python3
"""Do proposals keep the image?  Real projects, real package installs, a real engine.

    run.py --ctxopt PROGRAM [--mirrors DIR] [--state DIR] [--host URL] [--date DATE] [--rows FILE] [--quick] [PROJECT...]

Each project of recipes.json is cloned (from DIR/OWNER+NAME/repo if --mirrors is given, else from GitHub) at its revision, its base
images are replaced by ours, its working tree gets what a developer's has and git ignores, and every command that proposes is run
with --verify.  Most real Dockerfiles are sorted well, so `reorder` also gets each one unsorted: see unsort(); and each one in a history in
which the manifests change all the time, so that bind mounts for them save steps.  --host names a daemon that runs already; else one is started, as root, on a socket of its own.

Writes tests/conform/results/verify.md, unless projects or a command are named.  Exit status: 0, every proposal of class identical or
equivalent gives an equal image; 1, one does not; 2, something could not run; 77, there is no engine here, which one line says.
--quick verifies one small project without network.
"""

import argparse
import dataclasses
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

import engine

HERE = pathlib.Path(__file__).resolve().parent
RESULTS = HERE.parent / "results" / "verify.md"
SKIPPED = 77
SECONDS = 3600
#: Verdict about a Dockerfile that cannot be unsorted
SORTED = "sorted"
#: What is in a developer's directory and in no commit
LITTER = {
    ".idea/workspace.xml": "<project/>\n",
    ".DS_Store": "\0\0\0\1Bud1",
    "npm-debug.log": "0 info it worked if it ends with ok\n",
    "__pycache__/app.cpython-311.pyc": "not compiled\n",
    ".env": "SECRET=1\n",
    "dump.sql": "-- what was tried yesterday\n" * 100_000,
}
IGNORED = ".idea\n.DS_Store\n*.log\n__pycache__\n.env\n*.sql\n"
#: Commands that propose, each with the weakest class that is taken
COMMANDS = {"": ("ignore --classic --allow equivalent", "ignore --allow review", "reorder --allow equivalent"),
            "unsorted": ("reorder --allow equivalent",), "busy": ("reorder --cost-model steps --allow equivalent --commits 24",)}
#: Files that change in each of the last commits of a busy history, and how many these are
MANIFESTS = ("package.json", "package-lock.json", "requirements.txt", "go.mod", "go.sum")
BUSY_COMMITS = 24


@dataclasses.dataclass
class Outcome:
    """What one verification showed."""

    project: str
    uses: str
    command: str
    #: The weakest class of what is proposed; "none", nothing is
    proof: str = "none"
    seconds: float = 0
    verdict: str = ""
    itself: int = 0
    changes: list = dataclasses.field(default_factory=list)
    compared: int = 0


def make_clone(project: dict, revision: str, mirrors: pathlib.Path | None, where: pathlib.Path) -> pathlib.Path | None:
    """The project's context, ready to be built here; None if it is to be unsorted and cannot be."""
    name = project["repository"]
    local = None if mirrors is None else mirrors / name.replace("/", "+") / "repo"
    source = f"https://github.com/{name}" if local is None or not local.exists() else str(local)
    subprocess.run(["git", "clone", "-q", "--no-checkout", *(["--shared"] if local else []), source, str(where)], check=True)
    subprocess.run(["git", "sparse-checkout", "set", project["context"]], cwd=where, check=True)  # the rest is large, or not there
    subprocess.run(["git", "checkout", "-q", revision], cwd=where, check=True, stderr=subprocess.DEVNULL)
    context = where / project["context"]
    dockerfile = context / project.get("dockerfile", "Dockerfile")
    text = re.sub(r"(?m)^#\s*syntax=.*\n", "", dockerfile.read_text())
    for stage in project.get("cut", ()):
        text = re.sub(rf"(?ims)^FROM [^\n]* AS {re.escape(stage)}\s*\n.*?(?=^FROM |\Z)", "", text)
    text = re.sub(r"(?m)(^FROM .*)@sha256:[0-9a-f]{64}", r"\1", text)
    for image, base in project["bases"].items():
        text = re.sub(rf"(?m)(^FROM (?:--platform=\S+ )?){re.escape(image)}(?=\s|$)", rf"\1verify/{base}", text)
    for old, new in project.get("edits", ()):
        text = text.replace(old, new)
    if project["form"] == "unsorted":
        sorted_text, text = text, unsort(text)
        if text == sorted_text:
            return None
    dockerfile.write_text(text)
    with (context / ".gitignore").open("a") as file:
        file.write("\n" + IGNORED)
    if project["form"] == "busy":
        change_manifests(context)
    add_litter(context)
    return context


def add_litter(context: pathlib.Path) -> None:
    """Put into a working tree what a developer's has."""
    for path, content in LITTER.items():
        if not (context / path).exists():
            (context / path).parent.mkdir(exist_ok=True)
            (context / path).write_text(content)


def change_manifests(context: pathlib.Path) -> None:
    """Commits that each change all manifests: an empty line more means nothing to their readers."""
    def git(*words: str) -> str:
        who = ["-c", "user.name=Test", "-c", "user.email=test@example.com"]
        return subprocess.run(["git", *who, *words], cwd=context, check=True, capture_output=True, text=True).stdout.strip()

    paths = [context / name for name in MANIFESTS if (context / name).exists()]
    for _ in range(BUSY_COMMITS if paths else 0):
        for path in paths:
            path.write_text(path.read_text() + "\n")
        git("add", *map(str, paths))
        tree = git("write-tree", "--missing-ok")  # a mirror may lack what is not looked at
        git("update-ref", "HEAD", git("commit-tree", "-p", "HEAD", "-m", "Manifests", tree))


def unsort(text: str) -> str:
    """The Dockerfile before somebody sorted it: the copy of everything where the first copy of a manifest is, and those gone.

    A stage that has the manifests alone, since another one copies everything, gets such a copy, too: unless they lie at the root, where
    the rest of a project would not be put.
    """
    stages = re.split(r"(?im)^(?=FROM )", text)
    any_wide = any(find_wide(stage.splitlines()) is not None for stage in stages)
    for number, stage in enumerate(stages):
        lines = stage.splitlines(keepends=True)
        wide = find_wide(lines)
        manifests = [i for i, line in enumerate(lines[:wide]) if re.match(r"COPY (?!--)\S+", line)]
        if not manifests:
            continue
        if wide is not None:
            lines[manifests[0]] = lines[wide]
        elif any_wide and re.search(r"(?im)^WORKDIR /\w", "".join(lines[: manifests[0]])):
            lines[manifests[0]] = "COPY . .\n"
        else:
            continue
        stages[number] = "".join(line for i, line in enumerate(lines) if i != wide and i not in manifests[1:])
    return "".join(stages)


def find_wide(lines: list[str]) -> int | None:
    """Where a stage copies everything."""
    return next((i for i, line in enumerate(lines) if re.match(r"COPY \. \S+\s*$", line)), None)


def named(project: dict) -> str:
    """A project in one of its forms."""
    return project["name"] + (f" ({project['form']})" if project["form"] else "")


def plain(name: str) -> str:
    """The project alone."""
    return re.sub(rf" \(({'|'.join(filter(None, COMMANDS))})\)$", "", name)


def weakest(document: dict) -> str:
    """The weakest class of what a document proposes."""
    proofs = {item["proof"] for key in ("rules", "changes", "edits") for item in document.get(key, [])}
    return next((name for name in ("review", "equivalent", "identical") if name in proofs), "none")


def verify(args: argparse.Namespace, host: str, project: dict, context: pathlib.Path, command: str) -> Outcome:
    """Run one command."""
    outcome = Outcome(named(project), project["uses"], command)
    dockerfile = str(context / project.get("dockerfile", "Dockerfile"))
    done = subprocess.run([args.ctxopt, *command.split(), "--verify", "--build-option=--network=host", "--format", "json", "-f",
                           dockerfile, str(context)], check=False, capture_output=True, text=True, timeout=SECONDS,
                          env={**os.environ, "DOCKER_HOST": host})
    if done.returncode not in (0, 1) or not done.stdout:
        outcome.verdict = "failed"
        print(done.stderr, file=sys.stderr)
        return outcome
    document = json.loads(done.stdout)
    found, outcome.proof = document["verify"], weakest(document)
    if found is None:
        outcome.verdict = "nothing proposed" if outcome.proof == "none" else "nothing of that class"
        return outcome
    outcome.seconds, outcome.compared = found["seconds"][0], found["compared"]
    outcome.verdict = "equal" if found["equal"] else "differs"
    outcome.itself = sum(change["paths"] for change in found["by_itself"]) + len(found["config_by_itself"])
    outcome.changes = [f"`{c['path']}` {c['what']}" for c in found["changes"]] + \
        [f"configuration {c['name']}" for c in found["config_changes"]]
    return outcome


def write_table(out: pathlib.Path, outcomes: list[Outcome], date: str) -> None:
    """The table of all projects."""
    lines = [
        "# Proposals, verified", "",
        f"Made by `tests/conform/verify/run.py` on {date} with docker {docker_version()}: each image built from the original twice and from the",
        "proposal once, without cache, and compared path by path. Of class `review`, what a rule leaves out is missing by design.", "",
        count_equal(outcomes), "",
        "| Project | Uses | Command | Weakest class | Original builds in | Paths | Differ by themselves | Images | Differ by the proposal |",
        "| :--- | :--- | :--- | :--- | ---: | ---: | ---: | :--- | :--- |",
    ]
    for o in (o for o in outcomes if o.verdict != SORTED):
        time = f"{o.seconds:.0f} s" if o.seconds else ""
        changes = "; ".join(o.changes[:5]) + (f"; and {len(o.changes) - 5} more" if len(o.changes) > 5 else "")
        lines.append(f"| {o.project} | {o.uses} | {o.command} | {o.proof} | {time} | {o.compared or ''} | {o.itself if o.seconds else ''} | "
                     f"{o.verdict} | {changes} |")
    left = [plain(o.project) for o in outcomes if o.verdict == SORTED]
    if left:
        lines += ["", f"Not built unsorted, since no manifest is copied apart from everything else, or it lies at the root of the image: {', '.join(left)}."]
    names, seen = [p["name"] for p in json.loads((HERE / "recipes.json").read_text())["projects"]], {o.project for o in outcomes}
    for what, suffix in ("as they are", ""), ("unsorted", " (unsorted)"), ("with a busy history", " (busy)"):
        missing = [name for name in names if name + suffix not in seen]
        lines += ["", f"Of `recipes.json` not run {what}: {', '.join(missing)}."] if missing else []
    out.write_text("\n".join(lines) + "\n")


def count_equal(outcomes: list[Outcome]) -> str:
    """A sentence about the classes that must give equal images."""
    safe = [o for o in outcomes if o.verdict in ("equal", "differs") and not o.command.endswith("review")]
    projects = {plain(o.project) for o in safe}
    return (f"Class identical or equivalent: {len(safe)} proposals for {len(projects)} projects "
            f"({', '.join(sorted({o.uses for o in safe}))}), {sum(o.verdict == 'equal' for o in safe)} images equal.")


def docker_version() -> str:
    """Of the client."""
    return subprocess.run(["docker", "--version"], check=True, capture_output=True, text=True).stdout.split()[2].rstrip(",")


def has_command(ctxopt: str, command: str) -> bool:
    """Does the program have it, with --verify?"""
    done = subprocess.run([ctxopt, command, "--help"], check=False, capture_output=True, text=True)
    return done.returncode == 0 and "--verify" in done.stdout


def run_project(args: argparse.Namespace, host: str, recipes: dict, project: dict) -> list[Outcome]:
    """All commands on one project."""
    outcomes = []
    where = pathlib.Path(tempfile.mkdtemp(prefix="ctxopt-verify-project-"))
    try:
        for base in set(project["bases"].values()):
            engine.make_base(host, args.state, base, recipes["bases"][base])
        context = make_clone(project, recipes["revisions"][project["repository"]], args.mirrors, where / "clone")
        if context is None:
            print(project["name"], "cannot be unsorted", flush=True)
            return [Outcome(named(project), project["uses"], "", verdict=SORTED)]
        for command in COMMANDS[project["form"]]:
            verb = command.split()[0]
            if not has_command(args.ctxopt, verb) or args.only not in (None, verb):
                continue
            o = verify(args, host, project, context, command)
            outcomes.append(o)
            print(o.project, o.command, o.proof, o.verdict, f"{o.seconds:.0f} s", *o.changes[:5], flush=True)
    finally:
        shutil.rmtree(where, ignore_errors=True)
    return outcomes


def read_rows(path: pathlib.Path | None) -> list[Outcome]:
    """What an earlier run found."""
    return [] if path is None or not path.exists() else [Outcome(**one) for one in json.loads(path.read_text())]


def run_quick(args: argparse.Namespace, host: str) -> list[str]:
    """A project of two files, nothing of it run: what is wrong."""
    cases = {"COPY a.txt /": ("ignore --classic --allow identical", "equal", []),
             "COPY . /": ("ignore --allow review", "differs", [f"`/{path.split('/')[0]}`" for path in LITTER if path != "dump.sql"])}
    wrong = []
    for copy, (command, verdict, gone) in cases.items():
        with tempfile.TemporaryDirectory(prefix="ctxopt-verify-quick-") as tmp:
            context = pathlib.Path(tmp)
            (context / "a.txt").write_text("1\n")
            (context / "Dockerfile").write_text(f"FROM scratch\n{copy}\n")
            (context / ".gitignore").write_text(IGNORED)
            (context / ".dockerignore").write_text(".git\n")
            git = ["git", "-c", "user.name=Test", "-c", "user.email=test@example.com"]
            for words in ["init", "-q"], ["add", "-A"], ["commit", "-qm", "One"]:
                subprocess.run([*git, *words], cwd=context, check=True)
            add_litter(context)
            outcome = verify(args, host, {"name": "quick", "uses": "nothing", "form": ""}, context, command)
            paths = sorted(change.split()[0] for change in outcome.changes)
            if (outcome.verdict, paths) != (verdict, sorted(gone)):
                wrong.append(f"{copy}: {outcome.verdict}: {', '.join(paths)}")
    return wrong


def main() -> int:
    """See the top."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--ctxopt", required=True)
    parser.add_argument("--mirrors", type=pathlib.Path)
    parser.add_argument("--state", type=pathlib.Path,
                        default=pathlib.Path(os.environ.get("XDG_CACHE_HOME", pathlib.Path.home() / ".cache")) / "ctxopt-conform/verify")
    parser.add_argument("--host")
    parser.add_argument("--quick", action="store_true", help="one small project, no network")
    parser.add_argument("--only", help="this command only")
    parser.add_argument("--form", choices=COMMANDS, help="as it is (\"\"), unsorted, or with a busy history only")
    parser.add_argument("--out", type=pathlib.Path, help="where the table goes")
    parser.add_argument("--rows", type=pathlib.Path, help="file of outcomes: a run that was stopped goes on, and the table has all of them")
    parser.add_argument("--date", default="an unknown day")
    parser.add_argument("projects", nargs="*")
    args = parser.parse_args()
    args.ctxopt = str(pathlib.Path(args.ctxopt).resolve())
    recipes = json.loads((HERE / "recipes.json").read_text())
    projects = [p for p in recipes["projects"] if not args.projects or p["name"] in args.projects]
    forms = [form for form, commands in COMMANDS.items()
             if args.form in (None, form) and any(args.only in (None, command.split()[0]) for command in commands)]
    projects = [{**project, "form": form} for form in forms for project in projects]
    outcomes = read_rows(args.rows)
    done = {o.project for o in outcomes}
    projects = [p for p in projects if named(p) not in done]
    try:
        args.state.mkdir(parents=True, exist_ok=True)
        with engine.Daemon(args.state, args.host) as daemon:
            if args.quick:
                wrong = run_quick(args, daemon.host)
                print(*wrong, f"{2 - len(wrong)} passed, {len(wrong)} failed", sep="\n")
                return 1 if wrong else 0
            for project in projects:
                outcomes += run_project(args, daemon.host, recipes, project)
                if args.rows is not None:
                    args.rows.write_text(json.dumps([dataclasses.asdict(o) for o in outcomes]))
                if args.out is not None:
                    write_table(args.out, outcomes, args.date)
    except engine.Unavailable as why:
        print(f"skipped: verify: {why}")
        return SKIPPED
    out = args.out or (RESULTS if not args.projects and args.only is None else None)
    if out is not None:
        write_table(out, outcomes, args.date)
    wrong = [o for o in outcomes if o.verdict == "differs" and not o.command.endswith("review")]
    failed = [o for o in outcomes if o.verdict == "failed"]
    print(f"{len(outcomes) - len(wrong) - len(failed)} passed, {len(wrong) + len(failed)} failed")
    return 1 if wrong else 2 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
