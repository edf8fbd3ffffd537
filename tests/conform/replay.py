#!/usr/bin/env python3
"""Replay recorded verdicts against ctxopt: no engine, no Go, a few seconds.

  replay.py BUILD/tests/ctxopt-test-tool [DATA.json...]

The data files default to those of current BuildKit. A data file names the engine whose rules hold for it; for
another than the current one the helper is started with --engine NAME. Prints TAP, one test per data file; exit
status 1 when a verdict differs.
"""

import argparse
import pathlib
import sys

from cases import ask_ours, describe, is_unsupported, read_data, same, unpack

HERE = pathlib.Path(__file__).resolve().parent
DEFAULT = [HERE / "data" / name for name in ("oracle_cases.json", "engine_trees.json", "engine_trees_20.10.json")]


def differences(tool, path):
    """Return the number of cases, how many ctxopt refused loudly, and the differing ones as (case, expected, actual)."""
    data = read_data(path)
    records = data["cases"]
    pairs = [unpack(record, number) for number, record in enumerate(records)]
    cases = [case for case, _verdict in pairs]
    for case, record in zip(cases, records):
        case["name"] = record.get("name", "")
    verdicts = ask_ours(tool, cases, data["engine"])
    refused = sum(map(is_unsupported, verdicts))
    return len(cases), refused, [
        (case, expected, actual)
        for (case, expected), actual in zip(pairs, verdicts)
        if not is_unsupported(actual) and not same(expected, actual)
    ]


def main():
    """Replay each data file as one test."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("tool", help="the test helper program")
    parser.add_argument("data", nargs="*", type=pathlib.Path, default=DEFAULT)
    parser.add_argument("--show", type=int, default=10, help="differences to print per file")
    options = parser.parse_args()
    failed = False
    print(f"1..{len(options.data)}")
    for number, path in enumerate(options.data, 1):
        count, refused, found = differences(options.tool, path)
        for difference in found[: options.show]:
            print("# " + describe(*difference).replace("\n", "\n# "))
        print(f"{'not ok' if found else 'ok'} {number} - {path.stem}: {count} cases, {len(found)} differences, {refused} refused")
        failed = failed or bool(found)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
