#!/usr/bin/env python3
"""Hold ctxopt's reading of Dockerfiles, and the grammar, against BuildKit, and write the table of results.

    run.py --dump BUILD/tests/ctxopt-dump-dockerfile --date 2026-01-31 [GIT-DIR...]
    run.py --dump ... --quick

Corpora: hand-written rows, random files, every list in --corpus (a directory in it is one corpus of all lists inside), the
Dockerfiles of the git directories, and files mutated out of all of these.  For the shell lexer: random words with random
variables, and the words of the real files.  Writes ../results/dockerfile.md.  --quick: rows and a few hundred files and words,
no table.

Exit status: 0 agreement, 1 differences, 2 something could not run.
"""

import argparse
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field

import cases
import compare
import grammars
import words

HERE = pathlib.Path(__file__).resolve().parent
RESULTS = HERE.parent / "results" / "dockerfile.md"
GRAMMAR = HERE.parent / "grammar"
MODULES = ("github.com/moby/buildkit", "github.com/containerd/platforms", "github.com/distribution/reference")
#: Modes for Dockerfiles; the mode "shell" is for words
MODES = ("syntax", "model", "graph")
#: A stage of the text of a model
STAGE_NAME = re.compile(rb'^stage .*\nname "([^"\\]+)"$', re.MULTILINE)
#: Random files, files with changed bytes, files with changed words, random words
QUICK = (300, 300, 300, 500)


@dataclass
class Corpus:
    """A list of files."""

    name: str
    lines: list
    #: Real files: parsing them is timed, and their words are expanded
    real: bool = False
    tallies: dict = field(default_factory=dict)
    verdicts: dict = field(default_factory=dict)


def cache_directory():
    """Where programs and corpora live that are not part of the project."""
    base = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
    return pathlib.Path(base) / "ctxopt-conform"


class NoOracle(Exception):
    """Go is not there, or cannot build the oracle."""


def build_oracle():
    """Compile the oracle, which is quick when it is up to date."""
    if shutil.which("go") is None:
        raise NoOracle("no Go here")
    program = cache_directory() / "bin" / "dockerfile-oracle"
    program.parent.mkdir(parents=True, exist_ok=True)
    done = subprocess.run(["go", "build", "-trimpath", "-buildvcs=false", "-o", program, "."], cwd=HERE / "oracle",
                          capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise NoOracle("Go cannot build the oracle here: " + " ".join(done.stderr.split())[:200])
    return str(program)


def versions(program):
    """Versions of Go and of the modules that decide."""
    text = subprocess.run(["go", "version", "-m", program], capture_output=True, text=True, check=True).stdout
    found = {"go": text.splitlines()[0].split()[-1]}
    for line in text.splitlines():
        words = line.split()
        if words[:1] == ["dep"] and words[1] in MODULES:
            found[words[1]] = words[2]
    return found


def script(name, *arguments):
    """Run one of the programs beside the grammar."""
    subprocess.run([sys.executable, str(GRAMMAR / name), *map(str, arguments)], check=True)


def mutate(options, scratch, corpora):
    """Files made of all others: any bytes changed, then whole words and lines changed."""
    paths = [line.split("\t")[0] for corpus in corpora for line in corpus.lines]
    sources = scratch / "sources"
    sources.write_text("".join(path + "\n" for path in paths), encoding="utf-8")
    script("mutate.py", scratch / "mutants", options.mutants, 20, sources)
    edited = (cases.edited_case("run", n, paths) for n in range(options.edited))
    return [
        Corpus("bytes changed", compare.read_list(scratch / "mutants.list")),
        Corpus("words changed", cases.write(scratch / "edited", edited)),
    ]


def read_corpora(directory):
    """The collected corpora: lists, and directories of lists."""
    for path in sorted(directory.iterdir()):
        if path.suffix == ".list":
            yield Corpus(path.stem, compare.read_list(path), real=True)
        elif path.is_dir() and any(path.glob("*.list")):
            lists = sorted(path.glob("*.list"))
            yield Corpus(f"{len(lists)} {path.name}", [line for each in lists for line in compare.read_list(each)], real=True)


def collect(options, scratch):
    """All corpora."""
    script("rows.py", scratch / "rows")
    random_cases = [cases.random_case("run", n) for n in range(options.random)]
    corpora = [
        Corpus("rows of the text", compare.read_list(scratch / "rows.list")),
        Corpus("rows of the graph", cases.write(scratch / "cases", cases.ROWS)),
        Corpus("random", cases.write(scratch / "random", random_cases)),
    ]
    if options.corpus.is_dir() and not options.quick:
        corpora += read_corpora(options.corpus)
    if options.repos:
        git_dirs = [os.path.join(path, ".git") if os.path.isdir(os.path.join(path, ".git")) else path for path in options.repos]
        names = [f"{number}={path}" for number, path in enumerate(git_dirs)]
        script("collect.py", scratch / "repos", *names)
        lines = [line for n in range(len(names)) for line in compare.read_list(scratch / "repos" / f"{n}.list")]
        corpora.append(Corpus(f"{len(names)} repositories", lines, real=True))
    return corpora + mutate(options, scratch, corpora)


def check(options, mode, corpus, visit=None):
    """Compare a mode on a corpus and say how it went."""
    corpus.tallies[mode] = tally = compare.compare(options, mode, corpus.lines, visit)
    print(compare.summary(corpus.name, mode, tally), flush=True)
    for line in compare.describe(tally, options.show, errors=options.errors):
        print("  " + line)


def check_passes(options, corpora):
    """Compare all modes.

    Returns {corpus name: {path: instructions}} of what both accept, the words of real files, and their stages as lines of a list.
    """
    accepted = {corpus.name: {} for corpus in corpora}
    found = set()
    targets = []
    for corpus in corpora:
        def take_words(_line, want, _have, real=corpus.real or options.quick):
            if real:
                found.update(words.words_of(want))

        def take_instructions(line, want, have, good=accepted[corpus.name], real=corpus.real or options.quick):
            if not compare.error_of(want) and not compare.error_of(have):
                good[line.split("\t")[0]] = grammars.instructions_of(have)
                targets.extend(f"{line}\ttarget={name.decode()}" for name in STAGE_NAME.findall(have) if real)

        for mode, visit in zip(MODES, (take_words, take_instructions, None)):
            check(options, mode, corpus, visit)
    return accepted, sorted(found), targets


def check_targets(options, targets):
    """Compare the graphs of the named stages; returns the corpus."""
    corpus = Corpus("each named stage", targets)
    check(options, "graph", corpus)
    return corpus


def check_words(options, scratch, found):
    """Compare the shell lexers, in all ways that the frontend uses its own; returns the corpora."""
    if options.quick:
        found = found[::max(1, len(found) // 300)]
    made = (words.random_case("run", n) for n in range(options.words))
    real = (words.real_case("run", word) for word in found)
    kinds = {"random words": words.write(scratch / "words", made), "words of files": words.write(scratch / "found", real)}
    corpora = [Corpus(f"{kind}: {what}", [f"{line}\tuse={use}" for line in lines])
               for kind, lines in kinds.items() for use, what in words.USES.items()]
    for corpus in corpora:
        check(options, "shell", corpus)
    return corpora


def check_grammars(options, corpora, accepted, scratch):
    """Hold the grammars against what is accepted; returns the grammars."""
    try:
        trees = grammars.build_trees(scratch)
        ours = grammars.build_library("ours", grammars.ROOT / "grammar" / "src", scratch)
        compared = [ours]
        if options.upstream.exists():
            compared.append(grammars.build_library("upstream", options.upstream, scratch))
        elif not options.quick:
            print(f"skipped: upstream grammar: no {options.upstream}")
    except (grammars.Missing, OSError) as missing:
        print(f"skipped: grammars: {missing}")
        return []
    for corpus in corpora:
        for grammar in compared:
            verdict = grammars.judge(trees, grammar, accepted[corpus.name], corpus.real)
            corpus.verdicts[grammar.name] = verdict
            print(f"grammar {grammar.name} {corpus.name}: files {verdict.files} error nodes {verdict.errors} "
                  f"instructions differ {verdict.lists} lines/s {verdict.lines_per_second:.0f}", flush=True)
            if grammar is ours:
                print("".join(f"  {example}\n" for example in verdict.examples), end="")
    return compared


def table(head, rows, words=2):
    """A Markdown table; all columns but the first ones, which are words, are numbers."""
    lines = ["| " + " | ".join(head) + " |", "|" + " --- |" * words + " ---: |" * (len(head) - words)]
    for row in rows:
        lines.append("| " + " | ".join(f"{cell:,}" if isinstance(cell, int) else cell for cell in row) + " |")
    return lines


def pass_rows(corpora):
    """The rows of the first table."""
    for mode in (*MODES, "shell"):
        total = compare.Tally()
        for corpus in (corpus for corpus in corpora if mode in corpus.tallies):
            total.add(corpus.tallies[mode])
            yield pass_row(mode, corpus.name, corpus.tallies[mode])
        yield pass_row(mode, "**all**", total)


def pass_row(mode, name, tally):
    """One row."""
    return (mode, name, tally.files, tally.accepted, tally.rejected, tally.panics, tally.different, tally.limits, tally.lint,
            tally.places, tally.texts)


def grammar_rows(corpora, compared):
    """The rows of the second table."""
    for grammar in compared:
        for corpus in (corpus for corpus in corpora if corpus.verdicts):
            verdict = corpus.verdicts[grammar.name]
            share = f"{verdict.errors / max(verdict.files, 1):.1%}"
            speed = f"{verdict.lines_per_second / 1e6:.2f} M" if verdict.lines_per_second else "-"
            lists = verdict.lists if grammar.name == "ours" else "-"
            yield (grammar.name, corpus.name, verdict.files, verdict.errors, share, lists, speed)


def sources(options):
    """Repositories that the corpora and the upstream grammar were taken from, and their revisions."""
    for path in sorted([*options.upstream.parent.glob("SOURCES"), *options.corpus.glob("SOURCES"), *options.corpus.glob("*/SOURCES")]):
        for line in compare.read_list(path):
            name, revision, files = line.split("\t")
            yield name.replace("+", "/"), revision[:12] + (f", {files} files" if int(files) else "")


def write_results(options, corpora, compared):
    """Write the tables."""
    head = ("check", "corpus", "files", "accepted", "refused", "panics", "differences", "limits", "lint", "places", "texts")
    lines = [
        "# Dockerfiles: ctxopt against BuildKit",
        "",
        f"Written by `dockerfile/run.py --random {options.random} --mutants {options.mutants} --edited {options.edited} "
        f"--words {options.words}`, {options.date}.",
        "",
        *table(head, pass_rows(corpora)),
        "",
        "*accepted*, *refused*: BuildKit's verdict in this pass or one before it. *panics*: refused because BuildKit panics, by",
        "ctxopt with an error. *differences*: another verdict, another pass that refuses, or another line in the text of what is",
        "accepted (`dockerfile/README.md`). *limits*: ctxopt refuses a file as too deep or too large. *lint*: refused because of",
        "`# check=error=true` and a warning: not compared. *places*, *texts*: refused by both, but ours names a line that BuildKit's",
        "range does not include, or words it differently. In `shell`, *files* are words; *each named stage*: real files once more,",
        "with each stage that has a name as the target.",
        "",
        "| check | what is compared | reference |",
        "| --- | --- | --- |",
        "| syntax | nodes with flags, arguments, heredocs, comments, lines | `parser.Parse`, `DetectSyntax`, `ParseDirective` |",
        "| model | stages and instructions with all values | `instructions.Parse` |",
        "| graph | every operation of the target with all fields, names, inputs, follow paths | `dockerfile2llb.Dockerfile2LLB`, `State.Marshal` |",
        "| shell | results, words, names that are set and not set, for each way in which the frontend uses its lexer | "
        "`shell.Lex.ProcessWordWithMatches`, `ProcessWords` |",
        "",
    ]
    if compared:
        lines += [
            "## The grammar",
            "",
            "Of the files that both accept, how many have an `ERROR` or `MISSING` node, and in how many the tree's instructions are not those of",
            "the model (keyword, first and last line). Upstream is camdencheek/tree-sitter-dockerfile, whose instructions are named differently.",
            "",
            *table(("grammar", "corpus", "files", "with error nodes", "share", "instructions differ", "lines/s"),
                   grammar_rows(corpora, compared)),
            "",
        ]
    lines += ["| reference | version |", "| --- | --- |"]
    lines += [f"| {name} | {version} |" for name, version in versions(options.oracle).items()]
    lines += [f"| {name} | {revision} |" for name, revision in sources(options)]
    options.out.write_text("\n".join(lines) + "\n", encoding="utf-8")


def parse_arguments():
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--dump", required=True, help="ctxopt-dump-dockerfile")
    parser.add_argument("--oracle", help="a compiled oracle (default: build it)")
    parser.add_argument("--corpus", type=pathlib.Path, default=cache_directory() / "dockerfiles", help="directory of lists")
    parser.add_argument("--upstream", type=pathlib.Path, default=cache_directory() / "tree-sitter-dockerfile" / "src",
                        help="sources (or a shared object) of the upstream grammar")
    parser.add_argument("--random", type=int, default=20_000)
    parser.add_argument("--mutants", type=int, default=100_000, help="files with changed bytes")
    parser.add_argument("--edited", type=int, default=50_000, help="files with changed words and lines")
    parser.add_argument("--words", type=int, default=100_000, help="random words")
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--show", type=int, default=3, help="differences of each kind to print")
    parser.add_argument("--errors", action="store_true", help="print also differences in places and texts of errors")
    parser.add_argument("--date", default="an unknown date", help="goes into the table")
    parser.add_argument("--out", type=pathlib.Path, default=RESULTS)
    parser.add_argument("repos", nargs="*", metavar="GIT-DIR")
    options = parser.parse_args()
    if options.quick:
        options.random, options.mutants, options.edited, options.words = QUICK
    return options


def main():
    """Run what the command line asks for."""
    options = parse_arguments()
    try:
        options.oracle = options.oracle or build_oracle()
    except NoOracle as missing:
        print(f"skipped: Dockerfiles against BuildKit: {missing}")
        return 0
    with tempfile.TemporaryDirectory() as directory:
        scratch = pathlib.Path(directory)
        corpora = collect(options, scratch)
        accepted, found, targets = check_passes(options, corpora)
        compared = check_grammars(options, corpora, accepted, scratch)
        corpora.append(check_targets(options, targets))
        corpora += check_words(options, scratch, found)
        if not options.quick:
            write_results(options, corpora, compared)
    different = sum(tally.different for corpus in corpora for tally in corpus.tallies.values())
    faults = sum(v.errors + v.lists for corpus in corpora for name, v in corpus.verdicts.items() if name == "ours")
    return 1 if different or faults else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except (compare.Unusable, subprocess.CalledProcessError) as problem:
        print(f"run.py: {problem}", file=sys.stderr)
        sys.exit(2)
