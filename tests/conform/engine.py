#!/usr/bin/env python3
"""Compare ctxopt with real build engines: what does `COPY . /` onto scratch contain?

  engine.py [OPTIONS] trees              the hand-written rows and random trees, made in a temporary directory
  engine.py [OPTIONS] repos DIR...       the newest commit of git directories, one build per ignore file in them
  engine.py [OPTIONS] --record trees     also write data/engine_trees*.json anew

Results go to results/engine.md, one section per engine and kind of comparison. Without --ctxopt the engines
are compared with the oracle only. Exit status: 0 agreement, 1 differences, 2 something could not run.
"""

import argparse
import base64
import json
import os
import pathlib
import re
import signal
import stat
import subprocess
import sys
import tarfile
import tempfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import oracle
from bulk import telling_cases
from cases import ask, describe, from_bytes, is_unsupported, latin1, pack, same, to_bytes, walk_order, write_data
from engines import ENGINES, Unavailable
from rows import ROWS

HERE = pathlib.Path(__file__).resolve().parent
DATA = {"buildkit": "engine_trees.json", "docker-20.10": "engine_trees_20.10.json"}
DOCKERFILE = b"FROM scratch\nCOPY . /\n"
PARALLEL_BUILDS = 2


# Trees on disk and in archives


def materialise(case, root):
    """Lay out a case's tree below root, which must not exist; no file is empty unless the ignore file is."""
    root = os.fsencode(root)
    os.makedirs(root)
    for path, kind in case["tree"]:
        name = os.path.join(root, to_bytes(path))
        if kind == "dir":
            os.mkdir(name)
        elif kind == "symlink":
            os.symlink(b"nowhere", name)
        else:
            content = {".dockerignore": to_bytes(case["ignore"]), "Dockerfile": DOCKERFILE}.get(path, b"content\n")
            with open(name, "wb") as file:
                file.write(content)


def scan(root):
    """List a directory tree: the entries in walk order, and the set of empty files."""
    root = os.fsencode(root)
    entries, empty = [], set()
    for directory, subdirectories, files in os.walk(root):
        for name in [*subdirectories, *files]:
            full = os.path.join(directory, name)
            status = os.lstat(full)
            path = from_bytes(os.path.relpath(full, root))
            entries.append([path, kind_of_mode(status.st_mode)])
            if stat.S_ISREG(status.st_mode) and status.st_size == 0:
                empty.add(path)
    return sorted(entries, key=lambda entry: walk_order(entry[0])), empty


def kind_of_mode(mode):
    """Name the kind of a file mode."""
    if stat.S_ISDIR(mode):
        return "dir"
    return "symlink" if stat.S_ISLNK(mode) else "file"


def read_tar(path, empty):
    """List an exported image in walk order; a file without content, not empty on disk, was sent empty."""
    kept = []
    with tarfile.open(path, encoding="utf-8", errors="surrogateescape") as archive:
        for member in archive:
            name = latin1(member.name.rstrip("/"))
            kind = "dir" if member.isdir() else "symlink" if member.issym() else "file"
            is_emptied = member.isreg() and member.size == 0 and name not in empty
            kept.append([name, kind, "empty" if is_emptied else "sent"])
    return sorted(kept, key=lambda entry: walk_order(entry[0]))


# The three sides: engine, oracle, ctxopt


def engine_verdict(engine, case, context, dockerfile, empty=frozenset()):
    """Build, and return what arrived."""
    with tempfile.TemporaryDirectory(dir=engine.state) as scratch:
        tar = os.path.join(scratch, "image.tar")
        refusal = engine.build(context, dockerfile, tar)
        kept = None if refusal is not None else read_tar(tar, empty)
    return {"id": case["id"], "error": refusal, "kept": kept}


def ctxopt_verdict(program, engine_name, case, context, dockerfile):
    """Ask `ctxopt context --list` for the same."""
    command = [program, "context", "--list", "--format", "json", "--engine", engine_name, "-f", dockerfile, context]
    done = subprocess.run(command, capture_output=True, check=False)
    try:
        entries = json.loads(done.stdout)["entries"]
    except (ValueError, KeyError):
        words = done.stderr.decode("utf-8", "replace").strip() or f"exit status {done.returncode}"
        if "unsupported" in words:
            words = "unsupported: " + words
        crashed = done.returncode < 0 or not done.stderr
        return {"id": case["id"], "error": words, "kept": None, "crashed": crashed}
    kept = [[entry_path(e), e["kind"], "empty" if "arrives_empty" in e else "sent"] for e in entries]
    return {"id": case["id"], "error": None, "kept": sorted(kept, key=lambda entry: walk_order(entry[0]))}


def entry_path(entry):
    """The mapped path of an entry of ctxopt's JSON."""
    if "path_base64" in entry:
        return from_bytes(base64.b64decode(entry["path_base64"]))
    return latin1(entry["path"])


@dataclass
class Comparison:
    """One build, seen by all sides."""

    case: dict
    engine: dict
    oracle: dict
    ours: dict | None

    def oracle_differs(self):
        """Tell whether the oracle disagrees with the engine."""
        return not same(self.engine, self.oracle)

    def ours_differs(self):
        """Tell whether ctxopt disagrees with the engine about what is present."""
        return self.ours is not None and not self.ours_refuses() and not same(self.engine, self.ours)

    def ours_refuses(self):
        """Tell whether ctxopt says that it does not support a pattern, instead of answering."""
        return self.ours is not None and is_unsupported(self.ours)

    def explain(self):
        """Say where ctxopt disagrees, or the oracle where ctxopt does not."""
        if self.ours_differs():
            return "ctxopt: " + describe(self.case, self.engine, self.ours)
        return "oracle: " + describe(self.case, self.engine, self.oracle)


# Random trees


def tree_cases(reference, scale):
    """The cases that are built: all rows, and random ones that cover every kind of outcome."""
    rows = [for_engine(row.case(0)) for row in ROWS]
    quotas = {"error": 20 * scale, "empty": 80 * scale, "mixed": 300 * scale}
    random_cases = [case for case, _verdict in telling_cases(reference, "engine", quotas, for_engine=True)]
    return [{**case, "id": number} for number, case in enumerate([*rows, *random_cases])]


def for_engine(case):
    """Add the two files without which there is nothing to build."""
    have = {path for path, _kind in case["tree"]}
    added = [[path, "file"] for path in ("Dockerfile", ".dockerignore") if path not in have]
    return {**case, "tree": sorted(case["tree"] + added, key=lambda entry: walk_order(entry[0]))}


def compare_trees(engine, cases, reference, ctxopt):
    """Build every case; returns comparisons in order."""

    def one(case, expected):
        context = str(work / f"tree{case['id']}")
        materialise(case, context)
        dockerfile = f"{context}/Dockerfile"
        verdict = engine_verdict(engine, case, context, dockerfile, {".dockerignore"} if not case["ignore"] else set())
        ours = ctxopt_verdict(ctxopt, engine.name, case, context, dockerfile) if ctxopt else None
        return Comparison(case, verdict, expected, ours)

    work = engine.state / "trees"
    expected = ask(oracle.command(reference, engine.name), cases)
    pool = ThreadPoolExecutor(PARALLEL_BUILDS)
    try:
        return list(pool.map(one, cases, expected))
    finally:
        pool.shutdown(cancel_futures=True)


def run_trees(engine, options, reference):
    """Compare on trees, record if asked to, and return the result section with all comparisons."""
    cases = tree_cases(reference, options.scale)
    compared = compare_trees(engine, cases, reference, options.ctxopt)
    if options.record:
        path = HERE / "data" / DATA[engine.name]
        about = "what a real build of each tree contained"
        write_data(path, about, engine.name, engine.versions(), [pack(item.case, item.engine) for item in compared])
        print(f"{path}: {len(compared)} trees")
    entries = sum(len(item.case["tree"]) for item in compared)
    body = ["| trees | entries | build fails | with files sent empty | oracle differs | ctxopt differs | ctxopt refuses |"]
    body += ["| ---: | ---: | ---: | ---: | ---: | ---: | ---: |"]
    refused = sum(item.engine["error"] is not None for item in compared)
    emptied = sum(any(entry[2] == "empty" for entry in item.engine["kept"] or []) for item in compared)
    unsupported = sum(item.ours_refuses() for item in compared)
    cells = f"{len(compared)} | {entries} | {refused} | {emptied} | {differences(compared, options)} | {unsupported}"
    body += [f"| {cells} |"]
    return body, compared


def differences(compared, options):
    """Count the differing comparisons: table cells for the oracle and for ctxopt."""
    ours = sum(item.ours_differs() for item in compared) if options.ctxopt else "not run"
    return f"{sum(item.oracle_differs() for item in compared)} | {ours}"


# Repositories


def check_out(git_dir, target):
    """Lay out the newest commit of a git directory; returns its identity. Missing objects leave files out."""
    git = ["git", f"--git-dir={git_dir}"]
    revision = subprocess.run([*git, "rev-parse", "HEAD"], capture_output=True, text=True, check=True).stdout.strip()
    os.makedirs(target)
    environment = {**os.environ, "GIT_INDEX_FILE": f"{target}.index", "GIT_LFS_SKIP_SMUDGE": "1"}
    git += [f"--work-tree={target}"]
    subprocess.run([*git, "read-tree", revision], env=environment, check=True)
    subprocess.run([*git, "checkout-index", "-a", "-f", "-q"], env=environment, check=False, capture_output=True)
    return revision


def builds_of(checkout, scratch):
    """Find what can be built in a checkout: (ignore file or None, context, Dockerfile), one build per ignore file.

    Each Dockerfile is written to a directory of its own, outside of the context. `.dockerignore` applies to the
    directory that holds it; `NAME.dockerignore` is put beside a Dockerfile NAME for the whole checkout.
    """
    builds = []
    for ignore in find_ignore_files(checkout) or [None]:
        directory, name = os.path.split(ignore or os.path.join(checkout, ".dockerignore"))
        stem = name.removesuffix(".dockerignore")
        home = os.path.join(scratch, f"dockerfile{len(builds)}")
        os.makedirs(home)
        dockerfile = os.path.join(home, stem or "Dockerfile")
        pathlib.Path(dockerfile).write_bytes(DOCKERFILE)
        if stem:
            pathlib.Path(home, name).write_bytes(pathlib.Path(ignore).read_bytes())
        builds.append((ignore, checkout if stem else directory, dockerfile))
    return builds


def find_ignore_files(checkout):
    """List the ignore files below a directory, in a stable order."""
    return sorted(
        os.path.join(directory, name)
        for directory, _subdirectories, files in os.walk(checkout)
        for name in files
        if name.endswith(".dockerignore") and os.path.isfile(os.path.join(directory, name))
    )


def compare_repository(engine, git_dir, reference, ctxopt):
    """Check out and build a repository; returns its name, its revision and (ignore file, comparison) pairs."""
    name = repository_name(git_dir)
    with tempfile.TemporaryDirectory(dir=engine.state) as scratch:
        checkout = os.path.join(scratch, re.sub(r"\W", "_", name))
        revision = check_out(git_dir, checkout)
        found = []
        for ignore, context, dockerfile in builds_of(checkout, scratch):
            tree, empty = scan(context)
            text = from_bytes(pathlib.Path(ignore).read_bytes()) if ignore else ""
            label = os.path.relpath(ignore, checkout) if ignore else "(none)"
            case = {"id": len(found), "name": f"{name} {label}", "tree": tree, "ignore": text}
            verdict = engine_verdict(engine, case, context, dockerfile, empty)
            ours = ctxopt_verdict(ctxopt, engine.name, case, context, dockerfile) if ctxopt else None
            comparison = Comparison(case, verdict, ask(oracle.command(reference, engine.name), [case])[0], ours)
            found.append((label, comparison))
    return name, revision, found


def repository_name(git_dir):
    """Name a repository by its directory: the part that is not called .git, `+` meaning a slash."""
    parts = [part for part in pathlib.Path(git_dir).resolve().parts if part not in (".git", "repo")]
    return parts[-1].removesuffix(".git").replace("+", "/")


def run_repositories(engine, options, reference):
    """Compare on repositories and return the result section with all comparisons."""
    body = ["| repository | revision | ignore file | entries | kept | oracle differs | ctxopt differs |"]
    body += ["| --- | --- | --- | ---: | ---: | ---: | ---: |"]
    compared = []
    for git_dir in options.directories:
        name, revision, found = compare_repository(engine, git_dir, reference, options.ctxopt)
        for ignore, item in found:
            kept = "fails" if item.engine["kept"] is None else len(item.engine["kept"])
            cells = [name, revision[:12], ignore, len(item.case["tree"]), kept, path_differences(item, options)]
            body.append("| " + " | ".join(str(cell) for cell in cells) + " |")
            print(body[-1])
            compared.append(item)
    return body, compared


def path_differences(item, options):
    """Count the differing paths of one build: table cells for the oracle and for ctxopt."""
    ours = distance(item.engine, item.ours) if options.ctxopt else "not run"
    return f"{distance(item.engine, item.oracle)} | {ours}"


def distance(expected, actual):
    """The number of entries in which two verdicts differ; an error on one side only counts as all."""
    want = {tuple(entry) for entry in expected["kept"] or []}
    have = {tuple(entry) for entry in actual["kept"] or []}
    if (expected["error"] is None) != (actual["error"] is None):
        return max(1, len(want | have))
    return len({path for path, _kind, _sending in want ^ have})


# The result file and the command line


def replace_section(path, title, body):
    """Replace or append one section of the result file."""
    text = path.read_text(encoding="utf-8") if path.exists() else "# ctxopt against real build engines\n"
    head, *sections = re.split(r"^## ", text, flags=re.MULTILINE)
    kept = {section.split("\n", 1)[0]: section for section in sections}
    kept[title] = f"{title}\n\n" + "\n".join(body) + "\n"
    text = head.rstrip() + "\n\n" + "\n".join("## " + kept[name].rstrip() + "\n" for name in sorted(kept))
    path.write_text(text, encoding="utf-8")


def run_engine(engine_class, options, reference):
    """Run the comparison with one engine; returns the exit status."""
    try:
        with engine_class() as engine:
            run = run_trees if options.what == "trees" else run_repositories
            body, compared = run(engine, options, reference)
            versions = {**engine.versions(), **oracle.versions(reference)}
    except Unavailable as reason:
        print(f"skipped: {engine_class.name}: {reason}")
        return 0
    shown = [item for item in compared if item.ours_differs() or (not options.ctxopt and item.oracle_differs())]
    for item in shown[: options.show]:
        print(item.explain())
    oracle_cell, ours_cell = differences(compared, options).split(" | ")
    print(f"{engine_class.name}: {len(compared)} builds, oracle differs in {oracle_cell}, ctxopt in {ours_cell}")
    versions_line = ", ".join(f"{name} {version}" for name, version in versions.items())
    title = f"{engine_class.name}: {'trees' if options.what == 'trees' else 'repositories'}"
    replace_section(options.out, title, [f"Run on {options.date}. {versions_line}.", "", *body])
    return 1 if any(item.ours_differs() for item in compared) else 0


def parse_arguments():
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--engine", action="append", choices=sorted(ENGINES), help="default: all of them")
    parser.add_argument("--ctxopt", help="the ctxopt program")
    parser.add_argument("--oracle", help="a compiled oracle (default: build it)")
    parser.add_argument("--scale", type=int, default=1, help="multiplies the 400 random trees")
    parser.add_argument("--record", action="store_true", help="write the data files of the plain test suite")
    parser.add_argument("--date", default="an unknown date", help="goes into the result file")
    parser.add_argument("--show", type=int, default=10, help="differences to print per engine")
    parser.add_argument("--out", type=pathlib.Path, default=HERE / "results" / "engine.md")
    what = parser.add_subparsers(dest="what", required=True)
    what.add_parser("trees", help="hand-written rows and random trees")
    what.add_parser("repos", help="git directories").add_argument("directories", nargs="+", metavar="DIR")
    return parser.parse_args()


def main():
    """Run the comparison with every engine that was asked for."""
    options = parse_arguments()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(130))
    reference = options.oracle or oracle.build()
    names = options.engine or sorted(ENGINES)
    return max(run_engine(ENGINES[name], options, reference) for name in names)


if __name__ == "__main__":
    sys.exit(main())
