#!/usr/bin/env python3
"""What a released program must be: hardened, without asserts, small, quick to start.

    release.py PROGRAM       complain about what is missing
    release.py --self-check

Hardened: position independent, full RELRO, no executable stack, no run path, stack protector and checked string
functions in use.  Small: less than 2 MB stripped.  Quick: "--version" in less than 5 ms, the best of 40 starts.
"""

import os
import re
import subprocess
import sys
import tempfile
import time

MAX_BYTES = 2_000_000
MAX_START_SECONDS = 0.005
STARTS = 40


def hardening(header: str, segments: str, dynamic: str, symbols: str) -> list[str]:
    """What is missing, given readelf -h, -lW and -d, and nm -D --undefined-only."""
    stack = re.search(r"GNU_STACK.*?(R\w*)\s+0x", segments)
    checks = {
        "is not position independent": re.search(r"Type:\s+DYN", header) and "PIE" in dynamic,
        "has no read-only relocations": "GNU_RELRO" in segments,
        "binds functions late": "BIND_NOW" in dynamic or re.search(r"FLAGS_1.*\bNOW\b", dynamic),
        "has an executable stack": stack and "E" not in stack.group(1),
        "has a run path": not re.search(r"\((?:RPATH|RUNPATH)\)", dynamic),
        "is built without stack protector": "__stack_chk_fail" in symbols,
        "is built without _FORTIFY_SOURCE": re.search(r"\b__\w+_chk\b(?!_fail)", symbols.replace("__stack_chk_fail", "")),
    }
    return [what for what, good in checks.items() if not good]


def has_asserts(content: bytes) -> bool:
    """Does the program carry the name of one of our files?  Libraries linked from archives may have asserts of theirs."""
    return re.search(rb"\b(?:ctxopt|analyzer)/\w+/\w+\.[ch]\0", content) is not None


def output(*command: str) -> str:
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def stripped_bytes(program: str) -> int:
    with tempfile.TemporaryDirectory() as tmp:
        copy = os.path.join(tmp, "stripped")
        subprocess.run(["strip", "-o", copy, program], check=True)
        return os.path.getsize(copy)


def start_seconds(program: str) -> float:
    """The best of many starts, as measured from outside: fork, exec, loader, main, exit."""
    best = float("inf")
    quiet = [(os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0)]
    for _ in range(STARTS):
        started = time.perf_counter()
        os.waitpid(os.posix_spawn(program, [program, "--version"], os.environ, file_actions=quiet), 0)
        best = min(best, time.perf_counter() - started)
    return best


def self_check() -> int:
    if has_asserts(b"\0ctxopt/base\0archive.c\0") or not has_asserts(b"\0../ctxopt/base/buf.c\0"):
        return 1
    good = hardening("  Type: DYN (Position-Independent Executable file)",
                     "  GNU_STACK 0x0 0x0 0x0 0x0 0x0 RW  0x10\n  GNU_RELRO 0x1",
                     "(FLAGS) BIND_NOW\n(FLAGS_1) Flags: NOW PIE", " U __stack_chk_fail@GLIBC\n U __snprintf_chk@GLIBC")
    bad = hardening("  Type: EXEC", "  GNU_STACK 0x0 0x0 0x0 0x0 0x0 RWE 0x10", "(RUNPATH) [/x]", " U strcpy@GLIBC")
    print(good, bad)
    return 0 if not good and len(bad) == 7 else 1


def main() -> int:
    if sys.argv[1:] == ["--self-check"]:
        return self_check()
    program = os.path.abspath(sys.argv[1])
    complaints = hardening(output("readelf", "-h", program), output("readelf", "-lW", program),
                           output("readelf", "-d", program), output("nm", "-D", "--undefined-only", program))
    size, start = stripped_bytes(program), start_seconds(program)
    print(f"{size} bytes stripped, starts in {start * 1000:.2f} ms")
    with open(program, "rb") as file:
        if has_asserts(file.read()):
            complaints.append("still has asserts: NDEBUG is not set")
    if size >= MAX_BYTES:
        complaints.append(f"has {size} bytes stripped, {MAX_BYTES} are too many")
    if start >= MAX_START_SECONDS:
        complaints.append(f"takes {start * 1000:.2f} ms to start")
    for line in complaints:
        print(f"{program} {line}")
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main())
