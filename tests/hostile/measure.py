#!/usr/bin/env python3
"""Measure ctxopt on the hostile Dockerfiles of make.py: processor time and peak memory at two sizes, for each command.

    measure.py --ctxopt PATH [--files N] [--scale X] [--command NAME]... [CASE...]

Prints a Markdown table; a row whose time or memory grows faster than its input is marked.  Time is that of the processor,
so that other work on the machine does not count.  A run is ended after 60 s or at 4 GiB.
"""

import argparse
import os
import pathlib
import resource
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
SECONDS_MAX = 60
MEMORY_MAX = 4 << 30
MIB = 1 << 20
# A second size of four times the first may take this many times as long: linear, and some noise.
GROWTH_MAX = 6.0
# Below this nothing is said about growth.
SECONDS_NOISE = 0.3

# Largest size by the beginning of the name; 100,000 things otherwise.
SIZES = {"line-": 10_000_000, "continued-": 10_000_000, "heredoc-": 1_000_000, "only-": 1_000_000, "comments": 2_000_000,
         "doubling": 1_000, "doubling-heredoc": 1_000, "doubling-used": 1_000, "onbuild-square": 1_000, "pattern-": 8_000_000,
         "copies-wildcards": 100, "copies-excludes": 1_000, "copies-parents": 100, "copies-all": 10_000,
         "args-in-stages": 100_000, "long-keyword": 60_000}

COMMANDS = {
    "graph": ["graph"],
    "graph-json": ["graph", "--format", "json"],
    "graph-dot": ["graph", "--format", "dot"],
    "graph-markdown": ["graph", "--format", "markdown"],
    "context": ["context"],
    "why": ["why", "a"],
    "overview": [],
}


def size_of(case: str) -> int:
    """The size for the longest prefix that is known."""
    known = [prefix for prefix in SIZES if case.startswith(prefix)]
    return SIZES[max(known, key=len)] if known else 100_000


def limit() -> None:
    """In the child: end it rather than the machine."""
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS_MAX, SECONDS_MAX + 1))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_MAX, MEMORY_MAX))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def run(ctxopt: str, words: list[str], place: pathlib.Path) -> tuple[int, float, int, str, int]:
    """Exit status, seconds, bytes of memory, last line of the messages, bytes printed."""
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        child = subprocess.Popen([ctxopt, *words], cwd=place, stdin=subprocess.DEVNULL, stdout=out, stderr=err,
                                 preexec_fn=limit)
        _, status, used = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
        err.seek(0)
        first = err.readline().decode("utf-8", "backslashreplace").strip()
        return (child.returncode, used.ru_utime + used.ru_stime, used.ru_maxrss * 1024, first[:110],
                out.seek(0, os.SEEK_END))


def make(case: str, size: int, place: pathlib.Path) -> int:
    """Write the Dockerfile; its bytes."""
    text = subprocess.run([sys.executable, HERE / "make.py", case, str(size)], check=True, capture_output=True).stdout
    (place / "Dockerfile").write_bytes(text)
    return len(text)


def fill(place: pathlib.Path, files: int) -> None:
    """A context of that many files in directories of directories."""
    (place / "a").write_text("a\n")
    for i in range(files):
        directory = place / f"d{i % 100}" / f"e{i // 100 % 100}"
        directory.mkdir(parents=True, exist_ok=True)
        (directory / f"f{i}").touch()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--ctxopt", required=True)
    parser.add_argument("--files", type=int, default=0, help="files of the context")
    parser.add_argument("--scale", type=float, default=1.0, help="multiply all sizes")
    parser.add_argument("--command", action="append", choices=sorted(COMMANDS), help="default: all")
    parser.add_argument("cases", nargs="*", metavar="CASE")
    args = parser.parse_args()
    known = subprocess.run([sys.executable, HERE / "make.py", "--list"], check=True, capture_output=True, text=True)
    bad = 0
    print("| case | command | input MB | status | s at 1/4 | s | MiB at 1/4 | MiB | output MB | message |")
    print("| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | --- |")
    with tempfile.TemporaryDirectory(prefix="ctxopt-hostile-") as tmp:
        place = pathlib.Path(tmp)
        fill(place, args.files)
        for case in args.cases or known.stdout.split():
            results: dict[str, list] = {}
            full = max(4, int(size_of(case) * args.scale))
            for size in (full // 4, full):
                length = make(case, size, place)
                for name in args.command or COMMANDS:
                    results.setdefault(name, []).append(run(str(pathlib.Path(args.ctxopt).resolve()), COMMANDS[name], place))
            for name, ((_, small_s, small_m, _, _), (status, s, m, message, out)) in results.items():
                steep = s > SECONDS_NOISE and s > GROWTH_MAX * max(small_s, SECONDS_NOISE / GROWTH_MAX)
                steep = steep or status < 0 or (m > 256 * MIB and m > GROWTH_MAX * small_m)
                bad += steep
                print(f"| {case} | {name} | {length / 1e6:.1f} | {status} | {small_s:.2f} | {s:.2f} | {small_m // MIB} | "
                      f"{m // MIB} | {out / 1e6:.1f} | {'**steep** ' if steep else ''}{message.replace('|', '¦')} |", flush=True)
    print(f"\n{bad} steep rows, {time.strftime('%Y-%m-%d')}", flush=True)
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
