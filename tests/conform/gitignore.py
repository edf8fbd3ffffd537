#!/usr/bin/env python3
"""Compare `ctxopt ignore --from-gitignore` with git: is exactly that kept which git tracks or does not ignore?

  gitignore.py --ctxopt CTXOPT random [--seed N] [--count N]   random trees and rules; TAP
  gitignore.py --ctxopt CTXOPT repos [--date DAY] DIR...       git directories; writes results/gitignore.md
  gitignore.py --ctxopt CTXOPT repos --oracle --engine DIR...  the same, decided by the reference implementation (Go) and a build, too

Files that are there must be decided about alike.  For files that appear later Docker's language may lack words; then the rule must be
among the notes: such a file is decided about as git would if the noted rules were not for directories only.
Exit status: 0 agreement, 1 differences, 2 something could not run.
"""

import argparse
import fnmatch
import json
import os
import pathlib
import random
import subprocess
import sys
import tempfile

import oracle
from cases import ask
from engine import read_tar, replace_section, repository_name
from engines import BuildKit, Unavailable

HERE = pathlib.Path(__file__).resolve().parent
NAMES = ["a", "b", "c", "build", "x.log", "keep.log", ".keep", "a b", "é", "c++", "#x", "!y", "n[1]"]
PIECES = ["a", "b", "c", "build", "*.log", "keep.log", ".keep", "*", "?", "[ab]", "[!a]", "a*", "*b", "\\#x", "\\!y", "a b", "é", "c++",
          "n\\[1]", "[[:alpha:]]", "x.log"]
ENV = {"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8", "GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_NOSYSTEM": "1", "HOME": "/nonexistent",
       "GIT_AUTHOR_NAME": "t", "GIT_AUTHOR_EMAIL": "t@example.com", "GIT_COMMITTER_NAME": "t", "GIT_COMMITTER_EMAIL": "t@example.com"}
#: Reasons of notes that a file which appears later may be decided about in another way for
DIR_ONLY = "for directories only"
WHOLE = "all that lies there is tracked"


def run(*command, cwd, check=True):
    """Output of a program."""
    done = subprocess.run([str(word) for word in command], cwd=cwd, env=ENV, capture_output=True, timeout=300)
    if check and done.returncode != 0:
        raise RuntimeError(f"{command}: {done.stderr.decode(errors='replace')}")
    return done.stdout


def words(output):
    """Set of the paths in an output that is cut at zero bytes."""
    return {path for path in output.split(b"\0") if path}


def git_keeps(repo):
    """Files that git tracks or does not ignore, by the shared ignore files alone."""
    tracked = words(run("git", "ls-files", "-z", cwd=repo))
    others = words(run("git", "ls-files", "-z", "-o", "--exclude-per-directory=.gitignore", cwd=repo))
    there = {path for path in tracked if os.path.lexists(os.path.join(os.fsencode(repo), path)) and not is_dir(repo, path)}
    return there | {path for path in others if not path.endswith(b"/")}


def is_dir(repo, path):
    """A submodule."""
    full = os.path.join(os.fsencode(repo), path)
    return os.path.isdir(full) and not os.path.islink(full)


def docker_keeps(ctxopt, repo):
    """Files that a build would be sent; Git's own and other repositories are left out."""
    named = ["-f", DOCKERFILE] if (pathlib.Path(repo) / DOCKERFILE).exists() else []
    listed = words(run(ctxopt, "context", "--list", "-0", *named, ".", cwd=repo))
    return {path for path in listed if not is_dir(repo, path) and not is_internal(repo, path)}


def is_internal(repo, path):
    """Does the path lie in .git or in another repository?"""
    parts = path.split(b"/")
    tops = [b"/".join(parts[:i]) for i in range(1, len(parts))]
    return b".git" in parts or any(os.path.lexists(os.path.join(os.fsencode(repo), top, b".git")) for top in tops)


def translate(ctxopt, repo):
    """Write the ignore file; its notes."""
    report = json.loads(run(ctxopt, "ignore", "--from-gitignore", "--format", "json", ".", cwd=repo))
    run(ctxopt, "ignore", "--from-gitignore", "--write", "--force", "--allow", "review", "-q", ".", cwd=repo)
    return report["whole"]


# Random trees


def pattern(rng):
    """A rule."""
    parts = [rng.choice(PIECES) for _ in range(rng.choice([1, 1, 1, 2, 2, 3]))]
    if rng.random() < 0.15:
        parts.insert(rng.randrange(len(parts) + 1), "**")
    text = "/".join(parts)
    text = rng.choice(["", "", "", "/"]) + text + rng.choice(["", "", "", "/"])
    return rng.choice(["", "", "", "!"]) + text + rng.choice(["", "", "", "", " ", "\\ "])


def add_files(rng, repo, count):
    """Add files with random paths."""
    for _ in range(count):
        path = repo.joinpath(*[rng.choice(NAMES) for _ in range(rng.choice([1, 1, 2, 2, 3]))])
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            if not path.exists():
                path.write_text("x")
        except (FileExistsError, NotADirectoryError, IsADirectoryError):
            pass  # a file is where a directory should be


def make_repo(rng, repo):
    """A repository with rules at several places, some files tracked."""
    run("git", "init", "-q", "-b", "main", ".", cwd=repo)
    add_files(rng, repo, rng.randrange(5, 25))
    directories = [repo, *sorted(path for path in repo.rglob("*") if path.is_dir() and ".git" not in path.parts)]
    for directory in rng.sample(directories, min(len(directories), rng.choice([1, 1, 2, 3]))):
        rules = [pattern(rng) for _ in range(rng.randrange(1, 6))]
        (directory / ".gitignore").write_text("\n".join(rules) + "\n")
    (repo / "Dockerfile").write_text("FROM scratch\nCOPY . /\n")
    files = sorted(str(path.relative_to(repo)) for path in repo.rglob("*") if path.is_file() and ".git" not in path.parts)
    for path in rng.sample(files, rng.randrange(0, min(6, len(files)) + 1)):
        run("git", "add", "-f", "--", path, cwd=repo)


def as_noted(repo, notes):
    """What git would keep if the rules that are noted as such were not for directories only."""
    saved = {}
    for note in notes:
        if not note["why"].startswith(DIR_ONLY) or "file" not in note:
            continue
        path = repo / note["file"]
        saved.setdefault(path, path.read_text())
        lines = path.read_text().split("\n")
        lines[note["line"] - 1] = lines[note["line"] - 1].rstrip(" ").rstrip("/")
        path.write_text("\n".join(lines))
    kept = git_keeps(repo)
    for path, text in saved.items():
        path.write_text(text)
    return kept


def is_below_noted(path, notes):
    """Does the path lie in a directory that is kept as a whole, as a note says?"""
    tops = [os.fsencode(note["pattern"]) + b"/" for note in notes if note["why"].startswith(WHOLE)]
    return any(path.startswith(top) for top in tops)


def check_random(ctxopt, seed, number, later):
    """One case: the complaints, and how many files that came later were decided about alike, as noted, or neither."""
    rng = random.Random(f"{seed}/{number}")
    complaints = []
    with tempfile.TemporaryDirectory(prefix="ctxopt-gitignore-") as work:
        repo = pathlib.Path(work)
        make_repo(rng, repo)
        whole = translate(ctxopt, repo)
        difference = git_keeps(repo) ^ docker_keeps(ctxopt, repo)
        complaints += [f"case {number}: {path!r} is decided about in another way" for path in sorted(difference)]
        before = git_keeps(repo)
        add_files(rng, repo, 30)
        git, docker, noted = git_keeps(repo), docker_keeps(ctxopt, repo), as_noted(repo, whole["notes"])
        everything = {os.fsencode(path.relative_to(repo)) for path in repo.rglob("*") if path.is_file() and ".git" not in path.parts}
        others = any(not note["why"].startswith(DIR_ONLY) for note in whole["notes"])
        for path in everything - before:
            is_same = (path in git) == (path in docker)
            kind = "alike" if is_same else "noted" if (path in noted) == (path in docker) or others else "unexplained"
            later[kind] = later.get(kind, 0) + 1
            if kind == "unexplained":
                complaints.append(f"case {number}: later {path!r}: git {path in git}, docker {path in docker}")
    return complaints


def random_cases(args):
    """TAP."""
    later = {}
    complaints = []
    for number in range(args.count) if args.only is None else [args.only]:
        complaints += check_random(args.ctxopt, args.seed, number, later)
    exact = [text for text in complaints if " later " not in text]
    print("1..2")
    print(f"{'not ' if exact else ''}ok 1 - {args.count} random repositories: files that are there")
    unexplained = later.get("unexplained", 0)
    total = sum(later.values())
    print(f"{'not ' if unexplained * 1000 > total * UNEXPLAINED_PER_MILLE else ''}ok 2 - files that came later: {later}")
    for text in complaints[:40]:
        print("#", text)
    return 1 if exact or unexplained * 1000 > total * UNEXPLAINED_PER_MILLE else 0


#: Most later files of random repositories, whose rules are wilder than any real ones, that neither agree nor are explained
UNEXPLAINED_PER_MILLE = 10


# Repositories


def litter(repo, rng, half):
    """Make files that the rules are about: of each rule one that it matches, and one beside it. They are made in two halves."""
    for number, path in enumerate(sorted(repo.rglob(".gitignore"))):
        if is_internal(repo, os.fsencode(path.relative_to(repo))):
            continue
        for line in path.read_text(errors="surrogateescape").splitlines():
            text = line.strip().lstrip("!")
            if not text or text.startswith("#") or rng.random() < 0.5:
                continue
            concrete = text.replace("**", "deep/er").replace("*", "x").replace("?", "y").strip("/").replace("\\", "")
            concrete = concrete.replace("[cod]", "c").replace("[a-z]", "q")
            names = [concrete, f"sub/{concrete}", f"{concrete}/in", f"sub/{concrete}/in", f"{concrete}.other", f"{number}.{half}"]
            for name in rng.sample(names, 3):
                make_file(path.parent / name)


def make_file(path):
    """Make a file unless something is in the way."""
    try:
        if ".." not in path.parts and ".git" not in path.parts and not os.path.lexists(path):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text("litter")
    except OSError:
        pass


def rules_of(repo):
    """The ignore file; empty where git ignores nothing, so that there is none."""
    path = repo / ".dockerignore"
    return path.read_bytes() if path.exists() else b""


def tree_of(repo):
    """The tree as a case of the reference implementation; other repositories and sockets are left out."""
    rows = []
    top = os.fsencode(repo)
    for directory, names, files in os.walk(top):
        names[:] = [name for name in names if name != b".git"]
        for name in [*names, *files]:
            full = os.path.join(directory, name)
            kind = "symlink" if os.path.islink(full) else "dir" if os.path.isdir(full) else "file"
            rows.append([os.path.relpath(full, top).decode("latin-1"), kind])
    return rows


def reference_keeps(program, repo):
    """What the compiled reference implementation sends."""
    text = rules_of(repo).decode("latin-1")
    (verdict,) = ask([program], [{"id": 0, "tree": tree_of(repo), "ignore": text}])
    if verdict["error"]:
        raise RuntimeError(verdict["error"])
    return {path.encode("latin-1") for path, kind, _ in verdict["kept"] if kind != "dir"}


def engine_keeps(engine, repo):
    """What a real build copies."""
    tar = engine.state / "image.tar"
    refusal = engine.build(str(repo), str(repo / DOCKERFILE), str(tar))
    if refusal is not None:
        raise RuntimeError(refusal)
    return {path.encode("latin-1") for path, kind, _ in read_tar(str(tar), set()) if kind != "dir"}


def prepare(git_dir, repo, rng):
    """A clone with litter, and a Dockerfile that copies everything."""
    run("git", "clone", "-q", "--shared", "--no-checkout", git_dir, repo, cwd="/")
    run("git", "read-tree", "HEAD", cwd=repo)
    run("git", "checkout-index", "-a", "-f", "-q", cwd=repo, check=False)  # a mirror may lack objects
    run("git", "rm", "-q", "-f", "--ignore-unmatch", "--", ":(glob)*.dockerignore", cwd=repo)  # tracked, it would be kept whatever git ignores
    (repo / DOCKERFILE).write_text("FROM scratch\nCOPY . /\n")
    litter(repo, rng, 1)


#: Not the repository's own: its steps do not matter here
DOCKERFILE = "everything.ctxopt.Dockerfile"


#: Comments above such paths
INSTRUCTED = (b"# named by an instruction", b"# an instruction names what is not there yet")


def instructed(repo):
    """Does a path stand, or lie below one, among those that an ignore file keeps since an instruction names them?"""
    tops, asked = set(), False
    for line in rules_of(repo).split(b"\n"):
        asked = line in INSTRUCTED if line.startswith(b"#") else asked
        if asked and line.startswith(b"!"):
            tops.add(line[1:])
    return lambda path: any(path == top or path.startswith(top + b"/") for top in tops)


def deciding(repo, paths):
    """Which rule of git decides about each of some paths: (path, (file, line), is it a '!' rule?); paths that no rule matches are left out."""
    done = subprocess.run(["git", "check-ignore", "-v", "-z", "--no-index", "--stdin"], cwd=repo, env=ENV, capture_output=True, timeout=300,
                          input=b"".join(path + b"\0" for path in paths), check=False)
    fields = done.stdout.split(b"\0")
    rows = zip(fields[0::4], fields[1::4], fields[2::4], fields[3::4])
    return {(path, (os.fsdecode(file), int(line)), pattern.startswith(b"!")) for file, line, pattern, path in rows}


def meets(path, notes):
    """Does a rule match one of a path's names that is noted since a '!' rule takes back only a part of it?"""
    names = os.fsdecode(path).split("/")
    rules = [note for note in notes if note["why"].startswith("where it meets") and "/" not in note["pattern"].rstrip("/")]
    return any(os.fsdecode(path).startswith(note["file"].removesuffix(".gitignore")) and fnmatch.filter(names, note["pattern"].rstrip("/")) for note in rules)


def check_repository(args, program, engine, git_dir):
    """A row of the table."""
    name = repository_name(git_dir)
    rng = random.Random(name)
    with tempfile.TemporaryDirectory(prefix="ctxopt-gitignore-") as work:
        repo = pathlib.Path(work) / "tree"
        prepare(git_dir, repo, rng)
        report = json.loads(run(args.ctxopt, "ignore", "--from-gitignore", "--format", "json", "-f", DOCKERFILE, ".", cwd=repo))
        run(args.ctxopt, "ignore", "--from-gitignore", "--write", "--allow", "review", "-q", "-f", DOCKERFILE, ".", cwd=repo)
        whole = report["whole"]
        git = {path for path in git_keeps(repo) if not is_internal(repo, path)}
        docker, is_instructed = docker_keeps(args.ctxopt, repo), instructed(repo)
        # Kept although git ignores it, for the instruction fails without it
        asked = {path for path in docker - git if is_instructed(path)}
        git |= asked
        row = {"name": name, "files": len(git), "rules": whole["rules"], "named": whole["exceptions"],
               "noted": sum(note["why"].startswith(DIR_ONLY) for note in whole["notes"]),
               "notes": [note for note in whole["notes"] if not note["why"].startswith(DIR_ONLY)],
               "asked": sorted(map(os.fsdecode, asked)), "differ": sorted(map(os.fsdecode, git ^ docker)), "reference": None, "engine": None}
        if program is not None:
            row["reference"] = len({path for path in reference_keeps(program, repo) if not is_internal(repo, path)} ^ git)
        if engine is not None and len(git) < ENGINE_FILES:
            row["engine"] = len({path for path in engine_keeps(engine, repo) if not is_internal(repo, path)} ^ git)
        litter(repo, random.Random(name + "later"), 2)
        sent, noted = docker_keeps(args.ctxopt, repo), as_noted(repo, whole["notes"])
        everything = {row[0].encode("latin-1") for row in tree_of(repo) if row[1] != "dir"}
        fresh = {path for path in everything if path not in git and not is_internal(repo, path)}
        kept = git_keeps(repo)
        row["later"] = len(fresh)
        row["asked"] += sorted(os.fsdecode(path) for path in fresh & sent - kept if is_instructed(path))
        sent -= {path for path in fresh if is_instructed(path) and path not in kept}
        others = {path for path in fresh if (path in kept) != (path in sent)}
        explained = {path for path in others if (path in noted) == (path in sent) or is_below_noted(path, whole["notes"])}
        rules = {(note.get("file"), note.get("line")) for note in row["notes"]}
        explained |= {path for path, rule, back in deciding(repo, others - explained) if rule in rules or (back and meets(path, row["notes"]))}
        row["as_noted"], row["unexplained"] = len(explained), sorted(map(os.fsdecode, others - explained))
    return row


#: Larger trees are not built: a scratch image of each is a copy of all files
ENGINE_FILES = 2000


def cells(row):
    """Markdown."""
    def count(value):
        return "-" if value is None else str(value)

    values = [row["name"], row["files"], row["rules"], row["named"], len(row["differ"]), count(row["reference"]), count(row["engine"]),
              row["later"], row["as_noted"], len(row["unexplained"])]
    return "| " + " | ".join(str(value) for value in values) + " |"


#: So many rules are listed for each reason
NOTES = 4


def publish(rows, args):
    """Write the table."""
    rows = sorted(rows, key=lambda row: row["name"].lower())
    good = sum(not row["differ"] and not row["reference"] and not row["engine"] for row in rows)
    body = [f"Run on {args.date}. {good} of {len(rows)} repositories: every file that is there is decided about as by git, by ctxopt's matcher, "
            "by the reference implementation (-: not asked) and in a `COPY . /` of BuildKit (-: not built).", "",
            "*Files* that git tracks or does not ignore, with litter made from the rules; *lines* of the ignore file, of them *named*: paths of "
            "now; *differ*: files decided about in another way than by git, three times. *Later*: files that appear after the file was made; of "
            "them decided about in another way, *as noted* (the rule is for directories only, which Docker does not know, or it is listed below), and *not noted*. "
            "What an instruction names is kept although git ignores it, and counts as decided about alike; such files are listed below.", "",
            "| repository | files | lines | named | differ | reference | BuildKit | later | as noted | not noted |",
            "| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |", *(cells(row) for row in rows), "",
            "Rules that Docker cannot express, those for directories apart:", ""]
    if not any(row["notes"] for row in rows):
        body.append("(none)")
    for row in rows:
        for why in sorted({note["why"] for note in row["notes"]}):
            rules = [f"`{note['file']}:{note['line']}` `{note['pattern']}`" if note.get("line") else f"`{note['pattern']}`"
                     for note in row["notes"] if note["why"] == why]
            more = f" and {len(rules) - NOTES} more" if len(rules) > NOTES else ""
            body.append(f"- {row['name']}: {why}: {', '.join(rules[:NOTES])}{more}")
    body += ["", "Kept although git ignores them, since an instruction names them:", ""]
    body += [f"- {row['name']}: {', '.join(f'`{path}`' for path in row['asked'])}" for row in rows if row["asked"]] or ["(none)"]
    replace_section(HERE / "results" / "gitignore.md", "repositories", body)
    text = (HERE / "results" / "gitignore.md").read_text(encoding="utf-8")
    title = "# Git's ignore files in Docker's language\n"
    (HERE / "results" / "gitignore.md").write_text(title + text.split("\n", 1)[1], encoding="utf-8")


def repositories(args):
    """The table."""
    program = oracle.build() if args.oracle else None
    rows = json.loads(args.rows.read_text()) if args.rows and args.rows.exists() else []
    done, status = {row["name"] for row in rows}, 0

    def go(engine):
        nonlocal status
        for git_dir in args.directories:
            if repository_name(git_dir) in done:
                continue
            try:
                row = check_repository(args, program, engine, git_dir)
            except (RuntimeError, subprocess.TimeoutExpired) as failure:
                print(f"{git_dir}: {failure}", flush=True)
                status = 2
                continue
            rows.append(row)
            print(cells(row), row["differ"][:3], row["unexplained"][:3], flush=True)
            status = max(status, 1 if row["differ"] or row["reference"] or row["engine"] or row["unexplained"] else 0)
            if args.rows:
                args.rows.write_text(json.dumps(rows))
            if args.date:
                publish(rows, args)

    try:
        if args.engine:
            with BuildKit() as engine:
                go(engine)
        else:
            go(None)
    except Unavailable as why:
        print(f"skipped: buildkit: {why}")
    return status


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--ctxopt", required=True, type=pathlib.Path)
    commands = parser.add_subparsers(dest="command", required=True)
    command = commands.add_parser("random")
    command.add_argument("--seed", type=int, default=1)
    command.add_argument("--count", type=int, default=40)
    command.add_argument("--only", type=int)
    command = commands.add_parser("repos")
    command.add_argument("--date", help="write the table")
    command.add_argument("--rows", type=pathlib.Path, help="file of rows: a run that was stopped goes on")
    command.add_argument("--oracle", action="store_true", help="ask the reference implementation, too")
    command.add_argument("--engine", action="store_true", help="build, too")
    command.add_argument("directories", nargs="+")
    args = parser.parse_args()
    args.ctxopt = args.ctxopt.resolve()
    return random_cases(args) if args.command == "random" else repositories(args)


if __name__ == "__main__":
    sys.exit(main())
