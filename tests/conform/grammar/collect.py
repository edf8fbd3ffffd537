#!/usr/bin/env python3
"""Collect Dockerfiles from bare git mirrors into a directory, one file per blob.

    collect.py OUT NAME=GIT_DIR... [--versions N] [--any]

Takes every file that is named like a Dockerfile at HEAD and at N older commits spread evenly over
the first-parent history.  Writes OUT/NAME/BLOB and OUT/NAME.list.  --any takes every file.
"""

import argparse
import os
import re
import subprocess
import sys

NAMES = re.compile(
    r"(^|/)(Dockerfile|Containerfile)$|(^|/)Dockerfile[.-][^/]*$|\.(Dockerfile|dockerfile)$"
    r"|(^|/)dockerfile$|(^|/)Containerfile\.[^/]*$")


def git(gitdir, *args, data=None):
    return subprocess.run(["git", "--git-dir=" + gitdir, *args], input=data, check=True,
                          stdout=subprocess.PIPE, stderr=subprocess.DEVNULL).stdout


def commits(gitdir, versions):
    """HEAD and older commits, evenly spread."""
    try:
        every = git(gitdir, "rev-list", "--first-parent", "HEAD").decode().split()
    except subprocess.CalledProcessError:
        return []
    if len(every) <= versions + 1:
        return every
    if versions == 0:
        return every[:1]
    step = (len(every) - 1) / versions
    return [every[round(i * step)] for i in range(versions + 1)]


def dockerfiles(gitdir, commit, take_any):
    try:
        out = git(gitdir, "ls-tree", "-r", "-z", commit)
    except subprocess.CalledProcessError:
        return  # a shallow or partial mirror
    for entry in out.split(b"\0"):
        if not entry:
            continue
        meta, path = entry.split(b"\t", 1)
        mode, kind, blob = meta.decode().split()
        name = path.decode("utf-8", "replace")
        if kind == "blob" and mode != "120000" and (take_any or NAMES.search(name)):
            yield blob


def write_blobs(gitdir, blobs, directory):
    """Write what is there; a partial mirror may lack some."""
    os.makedirs(directory, exist_ok=True)
    process = subprocess.Popen(["git", "--git-dir=" + gitdir, "cat-file", "--batch"],
                               stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                               env={**os.environ, "GIT_NO_LAZY_FETCH": "1"})
    for blob in blobs:
        process.stdin.write(blob.encode() + b"\n")
        process.stdin.flush()
        header = process.stdout.readline().split()
        if len(header) != 3:
            continue
        data = process.stdout.read(int(header[2]) + 1)[:-1]
        path = os.path.join(directory, blob)
        with open(path, "wb") as f:
            f.write(data)
        yield path
    process.stdin.close()
    process.wait()


def main():
    args = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    args.add_argument("out")
    args.add_argument("mirror", nargs="+")
    args.add_argument("--versions", type=int, default=20)
    args.add_argument("--any", action="store_true")
    args = args.parse_args()
    for mirror in args.mirror:
        name, gitdir = mirror.split("=", 1)
        blobs = {}
        for commit in commits(gitdir, args.versions):
            blobs.update(dict.fromkeys(dockerfiles(gitdir, commit, args.any)))
        paths = list(write_blobs(gitdir, blobs, os.path.join(args.out, name)))
        with open(os.path.join(args.out, name + ".list"), "w") as f:
            f.writelines(path + "\n" for path in paths)
        print(f"{name}: {len(paths)} of {len(blobs)} files", file=sys.stderr)


if __name__ == "__main__":
    main()
