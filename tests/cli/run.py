#!/usr/bin/env python3
"""Run the command line tests: every NAME.sh beside this file, against its goldens.

    tests/cli/run.py --ctxopt PATH [--tool PATH] [--jobs N] [--update] [NAME...]

NAME.sh runs under "sh -eu" in an empty directory of its own.  It finds

    ctxopt       the program under test (with $CTXOPT_JOBS set, so that goldens hold for any number of workers)
    test-tool    tests/helper/test_tool.c
    $SRC         the root of the source tree
    $HOME        an empty directory; also the caches and the configuration are empty, git identity and dates are fixed

and is compared with

    NAME.stdout  what it printed (missing: nothing)
    NAME.stderr  its messages (missing: nothing)
    NAME.status  its exit status (missing: 0)

The path of the working directory is replaced by "$PWD" and the version by "$VERSION" before comparing.  A script that
prints a first line "# skip REASON" and exits with 77 is skipped.  --update rewrites the goldens.  Output is TAP.
"""

import argparse
import concurrent.futures
import difflib
import os
import pathlib
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
STREAMS = ("stdout", "stderr", "status")
SKIPPED = 77
TIMEOUT_SECONDS = 120


def environment(work: pathlib.Path, args: argparse.Namespace) -> dict[str, str]:
    """Nothing of the caller's environment but what sanitizers read: a result must not depend on who runs the test."""
    env = {k: v for k, v in os.environ.items() if k.endswith("SAN_OPTIONS")}
    env.update({
        "PATH": f"{work / 'bin'}:/usr/local/bin:/usr/bin:/bin",
        "HOME": str(work / "home"),
        "XDG_CACHE_HOME": str(work / "cache"),
        "XDG_CONFIG_HOME": str(work / "config"),
        "TMPDIR": str(work / "tmp"),
        "LC_ALL": "C.UTF-8",
        "TZ": "UTC",
        "TERM": "dumb",
        "SRC": str(ROOT),
        "CTXOPT_JOBS": str(args.jobs),
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_GLOBAL": "/dev/null",
        "GIT_AUTHOR_NAME": "Test", "GIT_AUTHOR_EMAIL": "test@example.com",
        "GIT_COMMITTER_NAME": "Test", "GIT_COMMITTER_EMAIL": "test@example.com",
        "GIT_AUTHOR_DATE": "2026-01-02T03:04:05Z", "GIT_COMMITTER_DATE": "2026-01-02T03:04:05Z",
        "GIT_CEILING_DIRECTORIES": str(work),
    })
    return env


def run_case(script: pathlib.Path, args: argparse.Namespace, version: bytes) -> dict[str, bytes]:
    """What the script printed and how it ended, ready to compare."""
    with tempfile.TemporaryDirectory(prefix="ctxopt-cli-", ignore_cleanup_errors=True) as tmp:
        work = pathlib.Path(tmp).resolve()
        for name in ("bin", "home", "tmp", "w"):
            (work / name).mkdir()
        (work / "bin" / "ctxopt").symlink_to(pathlib.Path(args.ctxopt).resolve())
        if args.tool:
            (work / "bin" / "test-tool").symlink_to(pathlib.Path(args.tool).resolve())
        try:
            done = subprocess.run(["sh", "-eu", str(script)], cwd=work / "w", env=environment(work, args),
                                  stdin=subprocess.DEVNULL, capture_output=True, timeout=TIMEOUT_SECONDS, umask=0o022)
            result = {"stdout": done.stdout, "stderr": done.stderr, "status": b"%d\n" % done.returncode}
        except subprocess.TimeoutExpired as late:
            result = {"stdout": late.stdout or b"", "stderr": late.stderr or b"", "status": b"timeout\n"}
        # A test may leave unreadable directories behind on purpose
        subprocess.run(["chmod", "-R", "u+rwX", str(work)], check=False, stderr=subprocess.DEVNULL)
        for stream in ("stdout", "stderr"):
            text = result[stream].replace(str(work / "w").encode(), b"$PWD").replace(str(work).encode(), b"$WORK")
            text = text.replace(str(ROOT).encode(), b"$SRC")
            result[stream] = text.replace(version, b"$VERSION")
        return result


def golden_path(script: pathlib.Path, stream: str) -> pathlib.Path:
    return script.with_suffix("." + stream)


def golden(script: pathlib.Path, stream: str) -> bytes:
    path = golden_path(script, stream)
    if path.exists():
        return path.read_bytes()
    return b"0\n" if stream == "status" else b""


def update(script: pathlib.Path, result: dict[str, bytes]) -> None:
    for stream in STREAMS:
        path = golden_path(script, stream)
        if result[stream] == (b"0\n" if stream == "status" else b""):
            path.unlink(missing_ok=True)
        else:
            path.write_bytes(result[stream])


def differences(script: pathlib.Path, result: dict[str, bytes]) -> list[str]:
    """Unified diffs of what does not agree, ready to print."""
    lines: list[str] = []
    for stream in STREAMS:
        want, got = golden(script, stream), result[stream]
        if want == got:
            continue
        split = [text.decode("utf-8", "backslashreplace").splitlines() for text in (want, got)]
        diff = list(difflib.unified_diff(*split, f"{script.stem}.{stream}", "got", lineterm="", n=2))
        lines += diff or ["the final newline or bytes that are not UTF-8 differ in " + stream]
    return lines


def main() -> int:
    parser = argparse.ArgumentParser(description="Run the command line tests.")
    parser.add_argument("--ctxopt", required=True)
    parser.add_argument("--tool")
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--update", action="store_true")
    parser.add_argument("names", nargs="*")
    args = parser.parse_args()

    scripts = sorted(p for p in HERE.glob("*.sh") if not args.names or p.stem in args.names)
    orphans = sorted(p.name for p in HERE.iterdir() if p.suffix[1:] in STREAMS and not p.with_suffix(".sh").exists())
    shown = subprocess.run([args.ctxopt, "--version"], capture_output=True, check=False).stdout.split()
    version = shown[-1] if shown else b"\0"

    print(f"1..{len(scripts) + 1}")
    failed = 0
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        results = pool.map(lambda script: run_case(script, args, version), scripts)
        for number, (script, result) in enumerate(zip(scripts, results), 1):
            if result["status"] == b"%d\n" % SKIPPED and result["stdout"].startswith(b"# skip "):
                reason = result["stdout"].split(b"\n")[0][len(b"# skip "):].decode(errors="replace")
                print(f"ok {number} - {script.stem} # SKIP {reason}")
                continue
            if args.update:
                update(script, result)
            wrong = differences(script, result)
            failed += bool(wrong)
            print(f"{'not ok' if wrong else 'ok'} {number} - {script.stem}")
            for line in wrong:
                print(line, file=sys.stderr)  # meson shows stderr of a test that fails
    print(f"{'not ok' if orphans else 'ok'} {len(scripts) + 1} - every golden has a script")
    for name in orphans:
        print(name, file=sys.stderr)
    return 1 if failed or orphans else 0


if __name__ == "__main__":
    sys.exit(main())
