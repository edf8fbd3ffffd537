"""The parts of the benchmark: each makes its inputs, measures, and returns rows for the table."""

import contextlib
import json
import os
import pathlib
import re
import shutil
import statistics
import subprocess

from audit import part_audit
from harness import NOT_SLOWER, Bench, Command, Contender, Row, Sample, Skip, Target, paired_ratio, shell, show_seconds
from history import part_history
from inputs import (HERE, Checkout, build_go, build_grammar, check_out, corpora, dockerfiles, mixed_tree, paths_file, run,
                    small_tree, thousand_lines, upstream_grammar)
from predict import part_predict
from proposals import part_proposals
from transfer import Transfer, engine_classes, start_engines

FASTER = Target(1.0, "faster")
NEAR_CAT = Target(0.9)
MANY_TIMES = Target(20.0)


def have(name: str, *others: str) -> str | None:
    """The first of these programs that is installed."""
    return next(filter(shutil.which, (name, *others)), None)


# Listing


def listers(bench: Bench, directory: str, dockerfile: str | None = None) -> dict[str, list[Contender]]:
    """Who can list a tree, by what they tell about it. The same for generated and for real trees."""
    of = ["-f", dockerfile] if dockerfile else []
    fd = have("fdfind", "fd")

    def ours(name: str, *words: str) -> Command:
        return Command(bench, name, [bench.ctxopt, "context", "-q", *of, *words, directory])

    def peer(program: str | None, name: str, *words: str) -> list[Contender]:
        return [Command(bench, name, [program, *words])] if program else []

    return {
        "paths and sizes": [
            ours("ctxopt context --list --format json", "--list", "--format", "json"),
            *peer(have("find"), "find -printf '%s %p'", directory, "-printf", "%s %p\\n"),
            *peer(have("bfs"), "bfs -printf '%s %p'", directory, "-printf", "%s %p\\n"),
            *peer(have("du"), "du -ab", "-ab", directory),
        ],
        "totals": [
            ours("ctxopt context"),
            *peer(have("du"), "du -sb", "-sb", directory),
            *peer(fd, "fd -u --size +0b", "-u", "--size", "+0b", ".", directory),
        ],
        "paths": [
            ours("ctxopt context --list", "--list"),
            *peer(have("find"), "find", directory),
            *peer(have("bfs"), "bfs", directory),
            *peer(fd, "fd -u", "-u", ".", directory),
        ],
    }


#: What is not the same about a lister, said in the table
LISTER_NOTES = {
    "fd -u --size +0b": "asks for every size, prints paths",
    "ctxopt context --list": "paths only, decided by the ignore rules",
    "du -sb": "one total",
}


def compare_listers(bench: Bench, part: str, work: str, directory: str, dockerfile: str | None = None) -> list[Row]:
    """All lists of one tree."""
    rows = []
    for kind, contenders in listers(bench, directory, dockerfile).items():
        for contender in contenders:
            contender.note = LISTER_NOTES.get(contender.name, "")
        rows += bench.compare(part, f"{work}: {kind}", contenders, {contender.name: FASTER for contender in contenders[1:]})
    return rows


def part_list(bench: Bench) -> list[Row]:
    """List and size many small files."""
    tree = small_tree(bench)
    count = tree.facts["files"] + tree.facts["dirs"]
    check_lists(bench, tree.path, count)
    return compare_listers(bench, "list", f"{tree.facts['files']:,} files", tree.path)


def check_lists(bench: Bench, directory: str, count: int) -> None:
    """All programs that list everything must print as many lines as there are entries (and the root, for some)."""
    contenders = listers(bench, directory)
    for contender in contenders["paths"]:
        contender.sample()
        lines = bench.output_size()[1]
        if lines not in (count, count + 1):
            raise RuntimeError(f"{contender.name} printed {lines} lines for {count} entries")


# Real trees


def part_real(bench: Bench) -> list[Row]:
    """The same on real trees with their ignore files, and how long engines take to send them."""
    rows, trees = [], []
    for corpus in corpora()[:2] if bench.quick else corpora():
        try:
            tree = check_out(bench, corpus)
        except Skip as why:
            bench.note(f"skipped: {corpus.title()}: {why}")
            continue
        work = f"{corpus.title()} ({tree.entries:,} files)"
        trees.append((work, tree))
        rows += compare_listers(bench, "real", work, tree.path, tree.dockerfile)
    if trees and not bench.quick:
        rows += compare_transfers(bench, trees)
    return rows


def compare_transfers(bench: Bench, trees: list[tuple[str, Checkout]]) -> list[Row]:
    """The walk beside engines that send the same context.  Apart from the lists, which idle engines would disturb."""
    rows = []
    with contextlib.ExitStack() as stack:
        engines = start_engines(bench, stack, engine_classes)
        for work, tree in trees if engines else []:
            ours = Command(bench, "ctxopt context", [bench.ctxopt, "context", "-q", "-f", tree.dockerfile, tree.path])
            peers = [Transfer(engine, tree.path, tree.dockerfile) for engine in engines]
            rows += bench.compare("real", f"{work}: beside engines", [ours, *peers], {peer.name: MANY_TIMES for peer in peers},
                                  min(bench.reps, 5))  # seconds each
    return rows


# Matching


class Matcher(Contender):
    """One of the two matcher programs; its own clock counts, since reading the paths is no part of the work."""

    def __init__(self, name: str, program: str, rules: pathlib.Path, paths: str):
        super().__init__(name)
        self.argv = [program, "1", str(rules), paths]
        self.excluded = -1

    def sample(self) -> Sample:
        found = json.loads(run(self.argv))
        self.excluded = found["excluded"]
        return Sample(found["ns"] / 1e9)

    def shown(self) -> str:
        return " ".join([os.path.basename(self.argv[0]), self.argv[1], *map(os.path.basename, self.argv[2:])])


def rule_lines() -> list[str]:
    """The rules of the benchmark, comments left out."""
    lines = (HERE / "patterns.dockerignore").read_text().splitlines()
    return [line for line in lines if line and not line.startswith("#")]


def literal_rules(count: int) -> list[str]:
    """Rules without wildcards: what moby compares as plain strings."""
    plain = [line for line in rule_lines() if not any(c in line for c in "*?[!")]
    return (plain + [f"{name}/part{i}" for i in range(count // len(plain) + 1) for name in plain])[:count]


def more_rules(count: int) -> list[str]:
    """Fewer rules, of all kinds; or with a large count the same rules for other places too."""
    rules = rule_lines()[::max(1, 100 // count)]
    more = [f"!area{i}/{rule[1:]}" if rule.startswith("!") else f"area{i}/{rule}" for i in range(count // 100) for rule in rules]
    return (rules + more)[:count]


def part_match(bench: Bench) -> list[Row]:
    """Decide for every path, beside moby/patternmatcher; and what the number of rules costs."""
    paths, count = paths_file(bench)
    rows = []
    try:
        peer = build_go(bench, "peer_match")
    except Skip as why:
        bench.note(f"skipped: moby/patternmatcher: {why}")
        peer = None
    for name, rules, target in (("100 patterns", rule_lines(), MANY_TIMES),
                                ("100 patterns without wildcards", literal_rules(100), None)):
        file = bench.work / f"{name.replace(' ', '-')}.dockerignore"
        file.write_text("\n".join(rules) + "\n")
        contenders = [Matcher("ctxopt matcher", bench.program("bench_match"), file, paths)]
        if peer:
            contenders.append(Matcher("moby/patternmatcher", peer, file, paths))
        reps = bench.reps if bench.quick else min(bench.reps, 5)  # half a minute each
        found = bench.compare("match", f"{count:,} paths x {name}", contenders, {"moby/patternmatcher": target} if target else {}, reps)
        if len({contender.excluded for contender in contenders}) != 1:
            raise RuntimeError(f"not the same paths are excluded: {[c.excluded for c in contenders]}")
        for row in found:
            row.what += f": {statistics.median(row.seconds) * 1e9 / count:.0f} ns per path, {contenders[0].excluded:,} excluded"
        rows += found
    return rows + match_growth(bench, paths, count)


def match_growth(bench: Bench, paths: str, count: int) -> list[Row]:
    """Cost per path by number of rules; the first number is what the others are compared with."""
    contenders = []
    for number in (10, 100, 1000):
        file = bench.work / f"rules-{number}.dockerignore"
        file.write_text("\n".join(more_rules(number)) + "\n")
        contenders.append(Matcher(f"{number} patterns", bench.program("bench_match"), file, paths))
    rows = bench.compare("match", f"{count:,} paths, ctxopt by number of patterns", contenders)
    for row in rows:
        row.what += f": {statistics.median(row.seconds) * 1e9 / count:.0f} ns per path"
    return rows


# Dockerfiles


class Parser(Contender):
    """A program that reads all files into memory and then times itself."""

    def __init__(self, name: str, argv: list, note: str = ""):
        super().__init__(name, note)
        self.argv = [str(word) for word in argv]
        self.found: dict = {}

    def sample(self) -> Sample:
        self.found = json.loads(run(self.argv))
        return Sample(self.found["ns"] / 1e9)

    def shown(self) -> str:
        return " ".join(map(os.path.basename, self.argv))


#: The grammar here, as the table names it
OURS = "ctxopt's grammar"
#: Edits that leave nothing of the old tree to use: they cost what parsing the file costs
REWRITES = ("its end typed, in the last line", "its end deleted, in the last line")


def part_parse(bench: Bench) -> list[Row]:
    """Dockerfiles from text to graph, beside parsers that stop at a tree, and a linter."""
    title, listing = dockerfiles(bench)
    ours = Parser("ctxopt, text to graph", [bench.program("bench_graph"), 1, listing])
    tree = bench.program("bench_tree")
    grammars = {OURS: build_grammar(bench, "ours", HERE.parent / "grammar")}
    targets = {}
    try:
        grammars["upstream grammar"] = upstream_grammar(bench)
        targets["upstream grammar, tree only"] = Target(0.5)
    except Skip as why:
        bench.note(f"skipped: upstream grammar: {why}")
    trees = [Parser(f"{name}, tree only", [tree, library, 1, listing]) for name, library in grammars.items()]
    rows = bench.compare("parse", f"{title}, one thread", [ours, *trees], targets)
    lines = ours.found["lines"]
    for row, contender in zip(rows, [ours, *trees]):
        row.what += f": {lines / statistics.median(row.seconds):,.0f} lines/s"
        row.what += f", {contender.found['broken']:,} trees with errors" if contender in trees else ""
    rows[0].target, rows[0].met = "> 500,000 lines/s", lines / statistics.median(rows[0].seconds) > 500_000
    rows[0].what += f", {ours.found['rejected']:,} rejected"
    return rows + compare_linter(bench, title, listing) + edit_times(bench, tree, grammars)


def compare_linter(bench: Bench, title: str, listing: pathlib.Path) -> list[Row]:
    """The same files through hadolint, which parses them and the shell text in them, and applies its rules."""
    if not have("hadolint"):
        bench.note("skipped: hadolint is not installed")
        return []
    files = listing.read_text().split("\n")[:-1][:10 if bench.quick else 500]
    few = bench.work / "few.list"
    few.write_text("".join(f"{file}\n" for file in files))
    ours = Command(bench, "bench_graph, whole process", [bench.program("bench_graph"), "1", str(few)])
    linter = shell(bench, "hadolint --no-fail", 'xargs hadolint --no-fail < "$1"', str(few), note="also checks the shell text")
    return bench.compare("parse", f"{title}, {len(files)} files", [ours, linter], {linter.name: Target(10.0)}, min(bench.reps, 5))


def edit_times(bench: Bench, tree: str, grammars: dict[str, str]) -> list[Row]:
    """Parsing again after an edit in a file of 1,000 lines, with the old tree at hand."""
    file, runs = thousand_lines(bench), "5" if bench.quick else "200"
    rows = []
    for name, library in grammars.items():
        bench.say(f"parse: edits, {name}")
        found = [json.loads(line) for line in run([tree, library, runs, "--edit", file]).splitlines()]
        for kind in dict.fromkeys(sample["edit"] for sample in found):
            samples = [sample for sample in found if sample["edit"] == kind]
            middles = ", ".join(f"{sample['part']} {sample['median_ns'] / 1e6:.2f} ms" for sample in samples)
            slowest = max(sample["max_ns"] for sample in samples)
            row = Row("parse", f"{name}: an edit in a file of 1,000 lines", f"{kind}: median {middles}",
                      f"{slowest / 1e6:.2f} ms, the slowest")
            if name == OURS and kind not in REWRITES:
                row.target, row.met = "< 1 ms", slowest < 1_000_000
            rows.append(row)
    return rows


# Hashing


def part_hash(bench: Bench) -> list[Row]:
    """Digest many bytes, nothing remembered from earlier runs."""
    tree = mixed_tree(bench)
    size = tree.facts["bytes"]
    digest = Command(bench, "ctxopt context --digest", [bench.ctxopt, "context", "--digest", "-q", "--format", "json", tree.path],
                     prepare=lambda: shutil.rmtree(bench.cache, ignore_errors=True))
    files = "find \"$1\" -type f -print0 | xargs -0 "
    two = f"-n {max(1, tree.facts['files'] // 20)} -P 2 "
    peers: list[tuple[Contender, Target | None]] = []
    if have("xxhsum"):
        peers.append((shell(bench, "xxhsum -H2", files + "xxhsum -H2", tree.path), NOT_SLOWER))
        peers.append((shell(bench, "xxhsum -H2, 2 at once", files + two + "xxhsum -H2", tree.path), NOT_SLOWER))
    if have("b3sum"):
        peers.append((shell(bench, "b3sum", files + "b3sum", tree.path, note="maps files, all CPUs"), NOT_SLOWER))
        peers.append((shell(bench, "b3sum, 2 at once", files + two + "b3sum", tree.path, note="maps files, all CPUs"), NOT_SLOWER))
    peers.append((shell(bench, "cat > /dev/null", files + "cat > /dev/null", tree.path), NEAR_CAT))
    peers.append((shell(bench, "cat | cat > /dev/null", files + "cat | cat > /dev/null", tree.path, note="one pipe"), NEAR_CAT))
    peers.append((shell(bench, "cat > /dev/null, 2 at once", files + two + "cat > /dev/null", tree.path), None))
    targets = {peer.name: target for peer, target in peers if target}
    rows = bench.compare("hash", f"{size:,} bytes in {tree.facts['files']:,} files", [digest, *(peer for peer, _ in peers)], targets)
    for row in rows:
        row.what += f": {size / statistics.median(row.seconds) / 1e9:.2f} GB/s"
    return rows


# The second time


def part_again(bench: Bench) -> list[Row]:
    """A second digest of an unchanged tree."""
    tree = small_tree(bench)
    work = f"{tree.facts['files']:,} files, digest again"
    argv = [bench.ctxopt, "context", "--digest", "--format", "json", tree.path]
    walk = Command(bench, "ctxopt context", [bench.ctxopt, "context", "-q", "--format", "json", tree.path], "plain walk")
    second = Command(bench, "second --digest", argv)
    first = Command(bench, "first --digest", argv, prepare=lambda: shutil.rmtree(bench.cache, ignore_errors=True))
    rows = bench.compare("again", work, [walk, first, second], reps=bench.reps if bench.quick else min(bench.reps, 5))
    times = paired_ratio(second.seconds(), walk.seconds())
    rows[2].target, rows[2].met = "<= 1.3x of the plain walk", times <= 1.3
    files = hashed_files(bench, argv)
    rows.append(Row("again", work, "files hashed by the second run", f"{files:,}", "0", files == 0))
    return rows


def hashed_files(bench: Bench, argv: list[str]) -> int:
    """How many files a digest had to read, as --verbose tells."""
    told = bench.spawn([*argv, "-v"])[0].text
    found = re.search(r"hashed ([\d,]+) files?\b", told)
    if not found:
        raise RuntimeError(f"--verbose does not tell how many files were hashed: {told!r}")
    return int(found.group(1).replace(",", ""))


# Memory and start


def part_memory(bench: Bench) -> list[Row]:
    """Peak resident memory per file."""
    tree = small_tree(bench)
    empty = bench.work / "empty"
    empty.mkdir(exist_ok=True)
    (empty / "Dockerfile").write_text("FROM scratch\n")
    bench.say(f"memory: {tree.facts['files']:,} files")
    rows = []
    for words in ([], ["--list"], ["--digest"]):
        peaks = [max(sample.rss_bytes for sample in bench.spawn([bench.ctxopt, "context", "-q", *words, path], 3))
                 for path in (str(empty), tree.path)]
        files = tree.facts["files"] + tree.facts["dirs"]
        used = peaks[1] - peaks[0]
        allowed = 120 * files + tree.facts["path_bytes"]
        name = " ".join(["ctxopt context", *words])
        rows.append(Row("memory", f"{files:,} entries, {tree.facts['path_bytes']:,} path bytes", f"{name}: peak {peaks[1]:,} bytes, "
                        f"{peaks[0]:,} for an empty tree", f"{used / files:.0f} bytes per entry",
                        f"<= 120 + {tree.facts['path_bytes'] / files:.0f} of its path", used <= allowed))
    return rows


def part_start(bench: Bench) -> list[Row]:
    """How soon it answers, and how large it is."""
    bench.say("start")
    rows = []
    contenders = [Command(bench, "ctxopt --version", [bench.ctxopt, "--version"]),
                  Command(bench, "/bin/true", ["/bin/true"], "what starting a process costs")]
    for contender in contenders:
        bench.spawn(contender.argv, 10)
        contender.samples = bench.spawn(contender.argv, 20 if bench.quick else 100)
        middle = statistics.median(contender.seconds())
        row = Row("start", "start", contender.name + (f" ({contender.note})" if contender.note else ""), show_seconds(middle),
                  seconds=contender.seconds(), command=contender.shown())
        if contender is contenders[0]:
            row.target, row.met = "< 5 ms", middle < 0.005
        rows.append(row)
    stripped = bench.work / "ctxopt.stripped"
    subprocess.run(["strip", "-o", stripped, bench.ctxopt], check=True)
    size = stripped.stat().st_size
    rows.append(Row("start", "size", "stripped binary", f"{size:,} bytes", "< 2 MB", size < 2_000_000))
    return rows


PARTS = {"list": part_list, "real": part_real, "match": part_match, "parse": part_parse, "hash": part_hash, "again": part_again,
         "history": part_history, "predict": part_predict, "proposals": part_proposals, "audit": part_audit,
         "memory": part_memory, "start": part_start}
