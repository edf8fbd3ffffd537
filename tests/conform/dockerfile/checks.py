#!/usr/bin/env python3
"""Hold ctxopt's form of BuildKit's built-in checks against `docker build --check`, and write the table of results.

    checks.py --dump BUILD/tests/ctxopt-dump-dockerfile --date 2026-01-31 [GIT-DIR...]
    checks.py --dump ... --quick
    checks.py --dump ... --replay         # the recorded cases of ../data/checks.json, no Go
    checks.py --record                    # write them

Corpora are those of run.py, and rows of our own.  Each file is asked about twice: as it is; and with experimental checks and an ignore
file made of the sources of its COPY and ADD.  Every warning must be the same: name, lines, text, description, address, order; and
whether an error of the file ended the checks.  Writes ../results/checks.md.

Where BuildKit goes through a map, it answers differently each time: what is allowed to differ is in ../data/checks_known.tsv.
A file that differs is asked about AGAIN times, and one of the answers must be ours.

Exit status: 0 agreement, 1 differences, 2 something could not run.
"""

import argparse
import collections
import itertools
import json
import pathlib
import random
import re
import subprocess
import sys
import tempfile

import cases
import compare
import run

HERE = pathlib.Path(__file__).resolve().parent
RESULTS = HERE.parent / "results" / "checks.md"
RECORDED = HERE.parent / "data" / "checks.json"
KNOWN = HERE.parent / "data" / "checks_known.tsv"
#: Settings that switch everything on
EVERYTHING = "arg=BUILDKIT_DOCKERFILE_CHECK=experimental=all"
#: How often BuildKit is asked about a file that differs
AGAIN = 40
#: Random files among the recorded cases
RECORDED_RANDOM = 60
#: Warnings about the words of one instruction, which BuildKit gives in the order of a map
UNORDERED = (b"UndefinedVar", b"UndefinedArgInFrom")
COPY = re.compile(rb"^\s*(?:COPY|ADD)\s+(.*)", re.IGNORECASE | re.MULTILINE)
PROPOSAL = re.compile(rb"(UndefinedArgInFrom .*) \(did you mean .*?\?\)")
WARNING = re.compile(r'warning (\S+) (\d+)-(\d+) ("(?:[^"\\]|\\.)*") ("(?:[^"\\]|\\.)*") ("(?:[^"\\]|\\.)*")')

#: Text of the file, then settings: what the rows of run.py say nothing about
ROWS = [
    ("FROM a AS Bc\nFROM a AS bc\n",), ("FROM a as b\nfrom a AS c\nFrom a as d\nFROM a As e\nfrom a aS f\n",), ("FROM a AS \u212a\n",),
    ("FROM a\nRUN x \\\n\n y \\\n # c\n z\n",), ("FROM a\nRUN x \\\n\n\n<<E\nq\nE\n",), ("from a\nrun x\nRUN y\nOnbuild run z\n",), ("FROM a\nrun x\n",), ("arg A\narg B\nfrom a\nRUN x\n",), ("FROM a\nwor\u212adir /x\n",),
    ("FROM a AS b\nFROM a AS B\nFROM a AS b\n",), ("FROM a AS scratch\nFROM a AS context\n",), ("FROM a AS Scratch\n",), ("FROM a\nMAINTAINER x\n",), ("FROM a\nMAINTAINER\n",), ("MAINTAINER x\nFROM a\n",), ("FROM a as b c\n",), ("FROM a as\n",),
    ("FROM a\nCMD x\nFROM a\nentrypoint y\nFROM a\nSHELL [\"s\"]\nCMD z\n",), ("FROM a AS b\nSHELL [\"s\"]\nFROM b\nCMD x\n",), ("FROM mcr.microsoft.com/powershell\nCMD y\n",), ("FROM a\nHEALTHCHECK CMD x\nHEALTHCHECK NONE\n",),
    ("FROM a\nCMD [\"a\"]\nCmd [\"b\"]\nENTRYPOINT x\nENTRYPOINT y\nENTRYPOINT z\nFROM a\nCMD [\"c\"]\n",), ("FROM a AS b\nCMD [\"x\"]\nFROM b\nCMD [\"y\"]\n",),
    ("ARG X\nARG VERSION=1\nFROM a:${VERSIO-b}\nFROM --platform=${TARGETPLATFORN-linux} a AS linux\nFROM a${X}$Y$Z\n",), ("FROM $A\n",), ("FROM a:${TARGETARC}\n",), ("ARG A=1\nFROM a:$A${BB}\n", "arg=BB=2"), ("ARG A\nFROM a:${A}${B:?x}\n",), ("FROM --platform=$X/$Y a\n",),
    ("FROM --platform=${TARGETPLATFORM} a\nFROM --platform=$BUILDPLATFORM a\nFROM --platform=\"$TARGETPLATFORM\" a\nFROM --platform=${TARGETPLATFORM:-x} a\nFROM --platform=$TARGETOS/$TARGETARCH a\n",), ("FROM --platform=$TARGETPLATFORM a\n", "arg=TARGETPLATFORM=linux/arm64"),
    ("FROM --platform=linux/arm64 a\nFROM --platform=linux/arm64 a AS my-arm64\nFROM --platform=arm a AS linux\nFROM --platform=linux/arm/v7 a AS x\n",), ("FROM --platform=windows/amd64 a AS amd64\nWORKDIR C:\\\\b\nFROM --platform=windows/amd64 a AS windows\nWORKDIR b\n",), ("FROM --platform=windows/amd64 a AS amd64\nWORKDIR D:\\\\b\n",),
    ("FROM a AS x\nWORKDIR b\nWORKDIR c\nFROM x\nWORKDIR d\nFROM a\nWORKDIR /e\nWORKDIR f\n",), ("FROM golang\nWORKDIR src\n",), ("FROM a\nWORKDIR $X\n",), ("FROM a\nWORKDIR \"\u00e9 \\\"q\"\n",),
    ("FROM a\nARG DIR=/d X=$Y\nENV DI=1\nCOPY $DIT ${NOTHING} $Z/\nRUN $A\nLABEL l=${Q:-q} $K=1\n",), ("ARG G\nFROM a AS b\nARG G H\nENV X=$G$H$BUILDKIT_SBOM_SCAN_STAGE\nFROM b\nENV Y=$H\n",), ("FROM node\nENV X=$NODE_VERSIO Y=$YARN Z=$PATHS\n",), ("FROM a\nARG X=$Y\n", "arg=X=1"), ("FROM a\nARG X=$Y Y=$X\n",),
    ("FROM a\nLABEL a=$Quux b=${Y\nLABEL c=$Z\n",), ("FROM a\nCOPY <<E <<'F' /x\n$Quux\nE\n$Q\nF\nRUN --mount=target=/m$Corge,source=$Grault x\nRUN --mount=type=cache,target=$Garply,mode=9 x\n",), ("FROM a\nUSER $U\nVOLUME $V /$V\nEXPOSE $P\nSTOPSIGNAL ${S:-9}\nSHELL [\"$T\"]\nONBUILD ENV X=$O\n",), ("FROM a\nCOPY --chown=$A --chmod=$B $C $D\nADD --checksum=$E http://x/$F $G\n",),
    ("FROM a\nENV A=1\nENV AB=2 AC=$AD\nARG AE\nENV AF=$AG\n",), ("FROM a\nENV A=${B}${B}$C$B\n",), ("FROM a\nENV A=$\u00e9 B=${x y}\n",),
    ("FROM a\nENV a b\nLABEL c d\nenv e f g\n",), ("FROM a\nLABEL a=b c=d\nENV A=1 B\n",),
    ("ARG TOKEN\nFROM a\nARG TOKEN my_Key=x KEYS\nENV PASSWD_FILE=x DB_PASSWORD=y PUBLIC_KEY=z \u212aey=q pa\u017fswd=1\n",), ("FROM a\nENV APIKEY_=1 _AUTH=2 A__SECRET=3 KEY_VERSION=4 TOKENS=5 credential=6 PWORD=7 $X_KEY=8\n",), ("FROM a\nENV KEY x\n",),
    ("ARG TAG\nARG B=b\nFROM a:${TAG}\nFROM ${B}\nFROM $B:$TAG\n", "arg=TAG=1"), ("ARG A=a\nARG B=$A:\nFROM $B\n", "arg=B=x"), ("ARG A=${B\nFROM $A\n", "arg=A=x"), ("FROM a AS Base\nFROM Base\n",), ("FROM a$TARGETARCH:$X\n", "arg=TARGETARCH=:"),
    ("FROM a\nEXPOSE 80/TCP 81/udp 82/Sctp\n",), ("FROM a\nENV P=1:2/Udp\nEXPOSE $P 127.0.0.1:80:80\n",), ("FROM a\nEXPOSE 1:2 3.4:5:6 7:8\nEXPOSE 9:9\n",), ("FROM a\nEXPOSE [::1]:80:80 ::1:80:80/TCP\n",), ("FROM a\nEXPOSE 80/xx 1:2\n",), ("FROM a\nEXPOSE 1:2 :3\n",),
    ("FROM a AS x\nENV a b\nFROM a AS y\n",), ("FROM a AS x\nENV a b\nFROM a AS y\n", "target=y"), ("FROM a AS x\nENV a b\nFROM a AS y\n", "target=z"), ("FROM a AS x\nONBUILD ENV a b\nONBUILD WORKDIR w\nONBUILD CMD x\nFROM x\nCMD y\nFROM a\n",), ("FROM a AS x\nONBUILD ENV a b\nFROM x\nFROM x\n",), ("FROM node:onbuild\nRUN x\n",),
    ("FROM a AS x\nENV a b\nFROM a\nCOPY --from=x / /\n", "context=x=local:d"), ("FROM a AS x\nSTOPSIGNAL y\nFROM a\nENV a b\n",), ("FROM a AS x\nCOPY --from=y / /\nENV a b\nFROM a AS y\nENV c d\nFROM a\n",), ("FROM Bad AS x\nFROM a\nENV c d\n",),
    ("# check=skip=LegacyKeyValueFormat,Nonsense\nFROM a AS B\nENV a b\n",), ("# check=skip=all;error=true\nFROM a AS B\n",), ("# check=error=true\nFROM a AS B\n",), ("# check=skip=StageNameCasing;skip=x\nFROM a AS B\n",), ("# check=skip=all;skip=x\nFROM a AS B\n",), ("# check=skip= StageNameCasing , FromAsCasing\nFROM a As B\nENV a b\n",), ("# check=skip=\u00a0StageNameCasing\u00a0,FromAsCasing\nFROM a As B\n",), ("# check=skip=stagenamecasing\nFROM a AS B\n",),
    ("# x\nFROM a AS b\n",), ("# check=experimental=all\n# x\nARG A\n# A is good\nARG A B\n# A=1 is not\nARG A=1 C\n\n# b\nFROM a AS B\n# x\nFROM a\n# \n\n# y\n#\nARG Q\n",), ("# check=experimental=InvalidDefinitionDescription;skip=InvalidDefinitionDescription\n# x\nFROM a AS b\n",), ("FROM a\n# check=experimental=all\n# z\nARG y\n",), ("FROM a\n# check=experimental=all\nARG y\n",), ("# syntax=docker/dockerfile:1\n# check=experimental=all\nFROM a AS b\n",),
    ("FROM a\n# check=skip=LegacyKeyValueFormat because\nENV a b\nENV a b\n# check=skip=x\n# check=skip=all\nENV a b\n",), ("FROM a\n# check=sip=all\n# check=skip=all\nENV a b\n",), ("FROM a AS b\n\n# check=skip=all\nFROM a AS b\n",), ("# check=skip=all\nFROM a AS B\n", "arg=BUILDKIT_DOCKERFILE_CHECK=error=1"), ("FROM a\n# Check = skip = all\nMAINTAINER x\n",), ("FROM a\n# check=skip=all\n\nMAINTAINER x\n",), ("FROM a\n# check=skip=all\n# x\nmaintainer x\n",),
    ("FROM a\nCOPY x y.txt ./z/ /d/\nADD w/v /e\nCOPY --from=b x /f\nADD http://x/y.txt /g\nADD https://x/y.git /h\n", "ignore=*.txt", "ignore=z", "ignore=w"), ("FROM a\nCOPY y.txt /d/\n", "ignore=*.txt", "ignore=!q"), ("FROM a\nCOPY . /d/\nCOPY / /d/\nCOPY ./ /d/\n", "ignore=.*"), ("FROM a\nCOPY . /d/\nCOPY / /d/\n", "ignore=a", "ignore=*"), ("FROM a\nCOPY . /d/\n", "ignore=**/*"), ("FROM a\nCOPY /x /y/z ../q /d/\n", "ignore=x"), ("FROM a\nCOPY /x /y/z ../q /d/\n", "ignore=*"), ("FROM a\nCOPY /x /y/z ../q /d/\n", "ignore=**/z"), ("FROM a\nCOPY *.txt a?[b] /d/\n", "ignore=*.txt", "ignore=a*"), ("FROM a\nCOPY /config.yml /a/b /\n", "ignore=/"), ("FROM a\nENV X=y\nCOPY $X /\n", "ignore=y"), ("FROM a\nCOPY <<E b /\nE\nE\n", "ignore=b"), ("FROM a\nCOPY --parents a/./b/c /\n", "ignore=a/b"), ("FROM a\nCOPY a /\nCOPY b /\n", "ignore=a", "ignore=[", "ignore=b"), ("FROM a\nCOPY a /\n# check=skip=CopyIgnoredFile\nCOPY a /\n", "ignore=a"), ("FROM a AS b\nONBUILD COPY a /\nFROM b\n", "ignore=a"),
]


def settled(block):
    """Lines of a block, warnings without an order sorted."""
    lines = block.split(b"\n")[1:]
    out = []
    for (name, _), group in itertools.groupby(lines, lambda line: tuple((line.split(b" ") + [b"", b""])[1:3])):
        group = list(group)
        out += sorted(group) if name in UNORDERED else group
    return out


def ignore_settings(line):
    """Patterns for an ignore file out of what the file copies; the same for the same content."""
    data = pathlib.Path(line.split("\t")[0]).read_bytes()
    rng = random.Random(data)
    words = [word.decode() for found in COPY.findall(data) for word in found.split()[:-1] if re.fullmatch(rb"[\w./*?-]+", word)]
    patterns = rng.sample(words, min(len(words), rng.randint(0, 3)))
    patterns = [rng.choice([p, p, p.rstrip("/"), p.split("/")[0] or p, "**/" + p.rstrip("/").rsplit("/", 1)[-1]]) for p in patterns]
    patterns += rng.choice([[], [], [], ["*"], ["**"], ["*.md", ".git"], [".*"], ["!README.md"], ["/a", "?"], ["[a-c]*"]])
    return [f"ignore={pattern}" for pattern in patterns if pattern not in ("", ".", "!")]


def variants(lines):
    """The lines of a list, each asked about twice; once if it says itself what is ignored."""
    for line in lines:
        yield line
        if "\tignore=" not in line:
            yield "\t".join([line, EVERYTHING, *ignore_settings(line)])


class Tally:
    """What became of the files of a corpus."""

    def __init__(self):
        self.asked = self.failed = self.warnings = self.limits = self.different = 0
        #: Name of a check, of a known difference, and of another one -> number
        self.checks, self.known, self.kinds = (collections.Counter() for _ in range(3))
        self.examples = {}

    def add(self, other):
        """Sum up."""
        for name, value in vars(other).items():
            if name == "examples":
                self.examples |= value
            else:
                setattr(self, name, getattr(self, name) + value)


def read_known():
    """Differences that are BuildKit's own: name -> reason."""
    rows = [line.split("\t") for line in KNOWN.read_text(encoding="utf-8").splitlines()[1:]]
    return dict(rows)


def known_kind(want, have):
    """Which known kind of difference two settled blocks have; None for none."""
    if want[0].startswith(b"error panic"):
        return "panic"
    def without(lines):
        return sorted(PROPOSAL.sub(rb"\1", line) for line in lines)
    return "proposal for FROM" if without(want) == without(have) else None


def first_difference(want, have):
    """The first lines that differ, BuildKit's and ours."""
    pairs = itertools.zip_longest(want, have, fillvalue=b"nothing")
    return next(((a, b) for a, b in pairs if a != b), (b"nothing", b"nothing"))


def judge(options, tally, line, want, have):
    """Compare two blocks."""
    in_order = want.split(b"\n")[1:] == have.split(b"\n")[1:]
    want, have = settled(want), settled(have)
    tally.asked += 1
    tally.failed += want[-1:] == [b"failed"]
    for warning in want:
        if warning.startswith(b"warning "):
            tally.warnings += 1
            tally.checks[warning.split(b" ")[1].decode()] += 1
    a, b = first_difference(want, have)
    if want == have:
        tally.known["order of names"] += not in_order
        return
    if b.startswith(b"error limit"):
        tally.limits += 1
        return
    kind = known_kind(want, have)
    if kind in read_known() and (kind == "panic" or have in map(settled, compare.ask(options.oracle, "checks", [line] * AGAIN))):
        tally.known[kind] += 1
        return
    tally.different += 1
    kind = "/".join(part.split(b" ")[part.startswith(b"warning ")].decode() for part in (a, b))
    tally.kinds[kind] += 1
    tally.examples.setdefault(kind, []).append((line, a, b))


def check(options, lines):
    """Compare all files of a list."""
    tally = Tally()
    lines = list(variants(lines))
    with compare.ThreadPoolExecutor(2) as pool:
        for start in range(0, len(lines), compare.CHUNK):
            chunk = lines[start:start + compare.CHUNK]
            theirs = pool.submit(compare.ask, options.oracle, "checks", chunk)
            ours = pool.submit(compare.ask, options.dump, "checks", chunk)
            for line, want, have in zip(chunk, theirs.result(), ours.result()):
                judge(options, tally, line, want, have)
    return tally


def report(options, name, tally):
    """One line of counts, and the first differences."""
    print(f"checks {name}: asked {tally.asked} failed {tally.failed} warnings {tally.warnings} known {sum(tally.known.values())} "
          f"limits {tally.limits} differences {tally.different}", flush=True)
    for kind, number in tally.kinds.most_common():
        print(f"  {number} x {kind}")
        for line, want, have in tally.examples[kind][:options.show]:
            print(f"    {line}\n        BuildKit: {compare.show(want)}\n        ctxopt:   {compare.show(have)}")


def write_results(options, tallies, total):
    """Write the tables."""
    rows = [(name, t.asked, t.failed, t.warnings, t.different, t.limits, sum(t.known.values())) for name, t in [*tallies, ("**all**", total)]]
    head = ("corpus", "asked", "failed", "warnings", "differences", "limits", "known")
    lines = [
        "# Built-in checks: ctxopt against BuildKit",
        "",
        f"Written by `dockerfile/checks.py --random {options.random} --mutants {options.mutants} --edited {options.edited}`, {options.date}.",
        "",
        *run.table(head, rows, words=1),
        "",
        "*asked*: files and settings; each file is asked about as it is, and with experimental checks and an ignore file. *failed*: an error of",
        "the file ended the checks. *differences*: another warning (name, lines, text, description, address), another order, or an error on",
        "one side only. *limits*: ctxopt refuses a file as too deep or too large. *known*: BuildKit's own, see below.",
        "",
        *run.table(("check", "warnings"), sorted(total.checks.items()), words=1),
        "",
        *run.table(("known difference", "reason", "files"), [(name, why, total.known[name]) for name, why in read_known().items()]),
        "",
        *run.table(("reference", "version"), run.versions(options.oracle).items()),
    ]
    options.out.write_text("\n".join(lines) + "\n", encoding="utf-8")


def compare_corpora(options):
    """Compare everything; the exit status."""
    options.oracle = options.oracle or run.build_oracle()
    tallies, total = [], Tally()
    with tempfile.TemporaryDirectory() as directory:
        scratch = pathlib.Path(directory)
        corpora = [run.Corpus("rows of the checks", cases.write(scratch / "own", ROWS)), *run.collect(options, scratch)]
        for corpus in corpora:
            tally = check(options, corpus.lines)
            report(options, corpus.name, tally)
            tallies.append((corpus.name, tally))
            total.add(tally)
        report(options, "all", total)
        if not options.quick:
            write_results(options, tallies, total)
    return 1 if total.different else 0


def recorded_block(block):
    """A block as data."""
    warnings = [WARNING.fullmatch(line).groups() for line in (part.decode() for part in settled(block)) if line != "failed"]
    return {"warnings": [[name, int(first), int(last), text] for name, first, last, text, _, _ in warnings],
            "failed": block.endswith(b"\nfailed")}


def record(options):
    """Write the cases of the replay; those that BuildKit answers differently each time are left out."""
    options.oracle = options.oracle or run.build_oracle()
    chosen = [*ROWS, *cases.ROWS, *(cases.random_case("checks", n) for n in range(RECORDED_RANDOM))]
    rules, out = {}, []
    with tempfile.TemporaryDirectory() as directory:
        lines = cases.write(pathlib.Path(directory) / "own", chosen)
        answers = [compare.ask(options.oracle, "checks", lines) for _ in range(5)]
    for (text, *settings), *blocks in zip(chosen, *answers):
        if any(settled(block) != settled(blocks[0]) or b"\nerror " in block for block in blocks):
            continue
        for name, _, _, _, description, url in WARNING.findall(blocks[0].decode()):
            rules[name] = [description, url]
        out.append({"text": text, "settings": settings, **recorded_block(blocks[0])})
    data = {"about": "Files, settings, and what `docker build --check` says about them", "versions": run.versions(options.oracle),
            "rules": rules}
    body = ",\n".join(json.dumps(case) for case in out)
    RECORDED.write_text(json.dumps(data, indent=1)[:-2] + ',\n "cases": [\n' + body + "\n]}\n", encoding="utf-8")
    return 0


def replay(options):
    """Compare with what was recorded; the exit status."""
    data = json.loads(RECORDED.read_text(encoding="utf-8"))
    recorded = data["cases"]
    with tempfile.TemporaryDirectory() as directory:
        lines = cases.write(pathlib.Path(directory) / "own", [(case["text"], *case["settings"]) for case in recorded])
        blocks = compare.ask(options.dump, "checks", lines)
    wrong = 0
    for case, block in zip(recorded, blocks):
        have = recorded_block(block)
        rules = {name: [description, url] for name, _, _, _, description, url in WARNING.findall(block.decode())}
        if any(have[key] != case[key] for key in have) or any(data["rules"].get(name) != rule for name, rule in rules.items()):
            wrong += 1
            print(f"{case['text']!r} {case['settings']}\n  BuildKit: {case['warnings']} {case['failed']}\n  ctxopt:   {have}")
    print(f"checks recorded: files {len(recorded)} rules {len(data['rules'])} differences {wrong}")
    return 1 if wrong or len(recorded) < len(ROWS) else 0


def parse_arguments():
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--dump", help="ctxopt-dump-dockerfile")
    parser.add_argument("--oracle", help="a compiled oracle (default: build it)")
    parser.add_argument("--corpus", type=pathlib.Path, default=run.cache_directory() / "dockerfiles", help="directory of lists")
    parser.add_argument("--random", type=int, default=20_000)
    parser.add_argument("--mutants", type=int, default=100_000, help="files with changed bytes")
    parser.add_argument("--edited", type=int, default=50_000, help="files with changed words and lines")
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--replay", action="store_true")
    parser.add_argument("--record", action="store_true")
    parser.add_argument("--show", type=int, default=3, help="differences of each kind to print")
    parser.add_argument("--date", default="an unknown date", help="goes into the table")
    parser.add_argument("--out", type=pathlib.Path, default=RESULTS)
    parser.add_argument("repos", nargs="*", metavar="GIT-DIR")
    options = parser.parse_args()
    if options.quick:
        options.random, options.mutants, options.edited, _ = run.QUICK
    if not options.record and not options.dump:
        parser.error("--dump is missing")
    return options


def main():
    """Run what the command line asks for."""
    options = parse_arguments()
    if options.replay:
        return replay(options)
    try:
        return record(options) if options.record else compare_corpora(options)
    except run.NoOracle as missing:
        print(f"skipped: checks against BuildKit: {missing}")
        return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except (compare.Unusable, subprocess.CalledProcessError) as problem:
        print(f"checks.py: {problem}", file=sys.stderr)
        sys.exit(2)
