#!/usr/bin/env python3
"""Compare ctxopt with the reference implementation on many random cases and on all hand-written rows.

  bulk.py --tool BUILD/tests/ctxopt-test-tool --date 2026-01-31     compare, write results/bulk.md
  bulk.py --record                                                  write data/oracle_cases.json anew

Needs Go for the oracle. Exit status: 0 agreement, 1 differences, 2 something could not run.
"""

import argparse
import pathlib
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import oracle
from cases import CURRENT, ask, ask_ours, describe, is_unsupported, pack, same, write_data
from gen_cases import random_case
from rows import ROWS

HERE = pathlib.Path(__file__).resolve().parent
CHUNK = 4000
RESULTS = {CURRENT: "bulk.md", "docker-20.10": "bulk_20.10.md"}
#: How many random cases of which kind to record
RECORDED = {"error": 150, "empty": 250, "mixed": 1100}
#: Rows beyond this size stay out of the data file
RECORDED_IGNORE_MAX = 4096


@dataclass
class Tally:
    """What became of the compared cases."""

    cases: int = 0
    entries: int = 0
    errors: int = 0
    with_empty: int = 0
    unsupported: int = 0
    different: int = 0
    #: The first differences as (case, expected, actual)
    examples: list = field(default_factory=list)

    def add(self, case, expected, actual, keep):
        """Count one case; actual is None when there is nothing to compare with."""
        self.cases += 1
        self.entries += len(case["tree"])
        self.errors += expected["error"] is not None
        self.with_empty += any(sending == "empty" for _path, _kind, sending in expected["kept"] or [])
        if actual is None:
            return
        if is_unsupported(actual) and expected["error"] is None:
            self.unsupported += 1
        elif not same(expected, actual):
            self.different += 1
            if len(self.examples) < keep:
                self.examples.append((case, expected, actual))


def compare(cases, options, reference, tally):
    """Question both sides at the same time and count."""
    with ThreadPoolExecutor(2) as pool:
        expected = pool.submit(ask, oracle.command(reference, options.engine), cases)
        actual = pool.submit(ask_ours, options.tool, cases, options.engine) if options.tool else None
        answers = actual.result() if actual else [None] * len(cases)
        for case, want, have in zip(cases, expected.result(), answers):
            tally.add(case, want, have, options.show)


def check_rows(reference):
    """Hold the hand-written rows against the reference; returns the contradictions."""
    verdicts = ask([reference], [row.case(number) for number, row in enumerate(ROWS)])
    return [mistake for row, verdict in zip(ROWS, verdicts) for mistake in row.mistakes(verdict)]


def run_rows(options, reference):
    """Compare on the hand-written rows."""
    tally = Tally()
    compare([row.case(number) for number, row in enumerate(ROWS)], options, reference, tally)
    return tally


def run_random(options, reference):
    """Compare on random cases, chunk by chunk."""
    tally = Tally()
    for start in range(0, options.count, CHUNK):
        numbers = range(start, min(start + CHUNK, options.count))
        chunk = [random_case(options.seed, number) for number in numbers]
        compare(chunk, options, reference, tally)
        if sys.stderr.isatty():
            print(f"\r{tally.cases} cases, {tally.different} differences", end="", file=sys.stderr)
    if sys.stderr.isatty():
        print(file=sys.stderr)
    return tally


def write_results(path, options, versions, tallies):
    """Write the result table."""
    lines = [
        f"# Ignore files: ctxopt against the reference implementation, rules of {options.engine}",
        "",
        f"Written by `bulk.py --engine {options.engine} --seed {options.seed} --count {options.count}`,",
        f"{options.date}.",
        "",
        "| cases | number | entries | build fails | with files sent empty | differences | unsupported |",
        "| --- | ---: | ---: | ---: | ---: | ---: | ---: |",
    ]
    for name, tally in tallies:
        counts = (tally.cases, tally.entries, tally.errors, tally.with_empty, tally.different, tally.unsupported)
        lines.append(f"| {name} | " + " | ".join(f"{count:,}" for count in counts) + " |")
    lines += ["", "| reference | version |", "| --- | --- |"]
    lines += [f"| {name} | {version} |" for name, version in versions.items()]
    lines += [
        "",
        "*build fails*: the reference refuses the ignore file, and so must ctxopt. *unsupported*: ctxopt refuses",
        "loudly what the reference accepts.",
        "",
    ]
    path.write_text("\n".join(lines), encoding="utf-8")


def kind_of(case, verdict):
    """Sort a case for recording; None for a large one and for one without a mixed outcome."""
    if len(case["tree"]) > 24 or len(case["ignore"]) > 250:
        return None
    if verdict["error"] is not None:
        return "error"
    if any(sending == "empty" for _path, _kind, sending in verdict["kept"]):
        return "empty"
    return "mixed" if 0 < len(verdict["kept"]) < len(case["tree"]) else None


def telling_cases(reference, seed, quotas, for_engine=False):
    """Collect (case, verdict) pairs until there are enough of every kind."""
    missing = dict(quotas)
    pairs = []
    start = 0
    while any(missing.values()):
        chunk = [random_case(seed, number, for_engine) for number in range(start, start + CHUNK)]
        start += CHUNK
        for case, verdict in zip(chunk, ask([reference], chunk)):
            kind = kind_of(case, verdict)
            if kind and missing[kind]:
                missing[kind] -= 1
                pairs.append((case, verdict))
    return pairs


def record(reference, path):
    """Write the data file that the plain test suite replays."""
    rows = [row.case(number) for number, row in enumerate(ROWS)]
    rows = [case for case in rows if len(case["ignore"]) <= RECORDED_IGNORE_MAX]
    pairs = [*zip(rows, ask([reference], rows)), *telling_cases(reference, "record", RECORDED)]
    records = [pack(case, verdict) for case, verdict in pairs]
    about = "verdicts of the reference implementation on hand-written rows and random cases"
    write_data(path, about, CURRENT, oracle.versions(reference), records)
    print(f"{path}: {len(rows)} rows, {len(records) - len(rows)} random cases")


def parse_arguments():
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tool", help="our test helper; without it only the rows are checked")
    parser.add_argument("--oracle", help="a compiled oracle (default: build it)")
    parser.add_argument("--engine", choices=RESULTS, default=CURRENT, help="whose rules to compare by")
    parser.add_argument("--seed", default="1")
    parser.add_argument("--count", type=int, default=100_000, help="random cases")
    parser.add_argument("--show", type=int, default=10, help="differences to print")
    parser.add_argument("--date", default="an unknown date", help="goes into the result table")
    parser.add_argument("--out", type=pathlib.Path, help="result table (default: in results/)")
    parser.add_argument("--record", action="store_true", help="write the data file of the plain test suite")
    return parser.parse_args()


def main():
    """Run what the command line asks for."""
    options = parse_arguments()
    reference = options.oracle or oracle.build()
    mistakes = check_rows(reference)
    print("\n".join(mistakes) or f"{len(ROWS)} rows agree with the reference")
    if options.record:
        record(reference, HERE / "data" / "oracle_cases.json")
        return 1 if mistakes else 0

    tallies = [
        ("hand-written rows", run_rows(options, reference)),
        ("random", run_random(options, reference)),
    ]
    for name, tally in tallies:
        print(f"{name}: {tally.cases} cases, {tally.different} differences, {tally.unsupported} unsupported")
    examples = [example for _name, tally in tallies for example in tally.examples]
    for case, expected, actual in examples[: options.show]:
        print(describe(case, expected, actual))
    if options.tool is None:
        print("no --tool: nothing was compared, no result table written")
        return 2
    out = options.out or HERE / "results" / RESULTS[options.engine]
    write_results(out, options, oracle.versions(reference), tallies)
    return 1 if mistakes or examples else 0


if __name__ == "__main__":
    sys.exit(main())
