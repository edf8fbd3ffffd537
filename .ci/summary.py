#!/usr/bin/env python3
"""Add up the test runs of .ci/run.

    summary.py PARTS

PARTS has a line "name <tab> exit status <tab> build directory" for each part.  Counted are the test cases in meson's
JUnit report; a part without one counts as one case, which status 77 skips.  Prints the closing lines of each run and what
its failed tests said last, then "N passed, N failed[, N skipped]", and exits with 1 if anything failed.
"""

import collections
import json
import pathlib
import sys
import xml.etree.ElementTree

SKIPPED = "77"  # exit status of a part that this machine cannot run; it said why
LAST_LINES = 30  # of each failed test


def count_cases(build: pathlib.Path) -> collections.Counter:
    """Passed, failed and skipped test cases of one run."""
    counts: collections.Counter = collections.Counter()
    for suite in xml.etree.ElementTree.parse(build / "meson-logs/testlog.junit.xml").getroot().iter("testsuite"):
        for case in suite.iter("testcase"):
            if case.find("failure") is not None or case.find("error") is not None:
                counts["failed"] += 1
            elif case.find("skipped") is not None:
                counts["skipped"] += 1
            else:
                counts["passed"] += 1
    return counts


def closing_lines(build: pathlib.Path) -> list[str]:
    """What meson said at the end of its run."""
    lines = (build / "meson-logs/testlog.txt").read_text(errors="replace").splitlines()
    first = max((i for i, line in enumerate(lines) if line.startswith("Ok:")), default=len(lines))
    return [line.rstrip() for line in lines[first:] if line.strip()]


def failures(build: pathlib.Path) -> list[str]:
    """The failed tests, each with the end of what it printed: the run itself is far above by now."""
    log = build / "meson-logs/testlog.json"
    lines: list[str] = []
    for row in log.read_text(errors="replace").splitlines() if log.exists() else []:
        test = json.loads(row)
        if test["result"] in ("OK", "SKIP", "EXPECTEDFAIL"):
            continue
        lines.append(f"{test['name']}: {test['result']}, {test['duration']:.0f} s, exit status {test['returncode']}")
        for stream in ("stdout", "stderr"):
            lines += [f"    {line}" for line in (test.get(stream) or "").splitlines() if not line.startswith("ok ")][-LAST_LINES:]
    return lines


def main() -> int:
    total: collections.Counter = collections.Counter()
    for row in pathlib.Path(sys.argv[1]).read_text().splitlines():
        name, status, build = row.split("\t")
        counts: collections.Counter = collections.Counter()
        if build and (pathlib.Path(build) / "meson-logs/testlog.junit.xml").exists():
            counts = count_cases(pathlib.Path(build))
            print(f"{name}:")
            print(*(f"    {line}" for line in closing_lines(pathlib.Path(build)) + failures(pathlib.Path(build))), sep="\n")
        else:
            print(f"{name}: exit status {status}")
            counts[{"0": "passed", SKIPPED: "skipped"}.get(status, "failed")] += 1
        # A run that fails without a failed case (it did not build, it was killed) must not look clean
        if status not in ("0", SKIPPED) and not counts["failed"]:
            counts["failed"] += 1
        total += counts
    skipped = f", {total['skipped']} skipped" if total["skipped"] else ""
    print(f"{total['passed']} passed, {total['failed']} failed{skipped}")
    return 1 if total["failed"] or not total["passed"] else 0


if __name__ == "__main__":
    sys.exit(main())
