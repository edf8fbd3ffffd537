#!/usr/bin/env python3
"""The demo repository is the same every time: two runs give the same commits, files and times.  Output is TAP."""

import hashlib
import os
import pathlib
import subprocess
import sys
import tempfile

import make_demo

SECONDS = 2


def listing(directory: pathlib.Path) -> list[str]:
    """Each path of the working tree with kind, mode, time and content; of .git what does not depend on the disk."""
    rows = []
    for path in sorted(directory.rglob("*")):
        name, stat = str(path.relative_to(directory)), path.lstat()
        if name == ".git/index" or name == ".git":
            continue  # holds inode numbers
        content = os.readlink(path).encode() if path.is_symlink() else path.read_bytes() if path.is_file() else b""
        times = "" if name.startswith(".git/") else str(stat.st_mtime_ns)
        rows.append(f"{name} {stat.st_mode:o} {times} {hashlib.sha256(content).hexdigest()}")
    return rows


def main() -> int:
    failed = 0

    def check(what: str, good: bool, comment: object = "") -> None:
        nonlocal failed
        check.count += 1
        failed += not good
        print(f"{'ok' if good else 'not ok'} {check.count} - {what}" + ("" if good else f"\n# {comment}"))
    check.count = 0

    with tempfile.TemporaryDirectory(prefix="ctxopt-demo-") as tmp:
        first, second = pathlib.Path(tmp, "a"), pathlib.Path(tmp, "somewhere/else")
        # Processor time of this process and of git: other work on the machine must not fail the test
        started = sum(os.times()[:4])
        make_demo.make(first)
        took = sum(os.times()[:4]) - started
        # The second run as somebody else: other configuration, other time zone, other mask
        os.environ.update(GIT_AUTHOR_NAME="x", GIT_COMMITTER_DATE="2001-02-03T04:05:06Z", TZ="Asia/Tokyo", HOME=tmp)
        pathlib.Path(tmp, ".gitconfig").write_text("[core]\n\tautocrlf = true\n[user]\n\tname = x\n[commit]\n\tgpgsign = true\n")
        os.umask(0o077)
        make_demo.make(second)

        heads = [make_demo.git(d, "for-each-ref", "--format=%(refname) %(objectname)") for d in (first, second)]
        check("the same commit ids", heads[0] == heads[1], heads)
        rows = [listing(d) for d in (first, second)]
        check("the same tree", rows[0] == rows[1], sorted(set(rows[0]) ^ set(rows[1]))[:10])
        branches = [line.split()[0].removeprefix(b"refs/heads/").decode() for line in heads[0].splitlines()]
        check("its branches", sorted(branches) == sorted(make_demo.BRANCHES), branches)
        count = int(make_demo.git(first, "rev-list", "--count", "--all"))
        check("about 60 commits", 55 <= count <= 70, count)
        check("with merges", int(make_demo.git(first, "rev-list", "--count", "--merges", "main")) == 2)
        check("a clean working tree", make_demo.git(first, "status", "--porcelain") == b"",
              make_demo.git(first, "status", "--porcelain"))
        fsck = subprocess.run(["git", "-C", str(first), "fsck", "--strict", "--no-dangling"], capture_output=True, check=False)
        check("git finds nothing wrong", fsck.returncode == 0, fsck.stderr)
        sizes = sum(p.lstat().st_size for p in first.rglob("*") if p.is_file())
        check("of moderate size", 3_000_000 < sizes < 15_000_000, sizes)
        print(f"# made in {took:.2f} s of processor time")
        check(f"in less than {SECONDS} s", took < SECONDS, took)
    print(f"1..{check.count}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
