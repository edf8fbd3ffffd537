#!/usr/bin/env python3
"""Collect Dockerfiles from bare git mirrors into a directory, one file per blob.

    collect.py OUT NAME=GIT_DIR[:ARCHIVE]... [--versions N] [--any]

Takes every file that is named like a Dockerfile at HEAD and at N older commits spread evenly over
the first-parent history; with ARCHIVE, those in a tar archive at HEAD.  Writes OUT/NAME/BLOB, OUT/NAME.list and a
line "NAME HEAD FILES" of OUT/SOURCES.  --any takes every file.
"""

import argparse
import io
import os
import re
import subprocess
import sys
import tarfile

NAMES = re.compile(
    r"(^|/)(Dockerfile|Containerfile)$|(^|/)(Dockerfile|Containerfile)[._-][^/]*$|\.(Dockerfile|dockerfile)$"
    r"|(^|/)dockerfile$")


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


def write_archive(gitdir, archive, directory):
    """Write the Dockerfiles of a tar archive."""
    os.makedirs(directory, exist_ok=True)
    with tarfile.open(fileobj=io.BytesIO(git(gitdir, "show", "HEAD:" + archive))) as members:
        for member in members:
            if member.isfile() and NAMES.search(member.name):
                path = os.path.join(directory, os.path.basename(member.name))
                with open(path, "wb") as f:
                    f.write(members.extractfile(member).read())
                yield path


def collect(args, name, source):
    """Collect from one mirror; returns the paths."""
    gitdir, _, archive = source.partition(":")
    directory = os.path.join(args.out, name)
    if archive:
        return gitdir, sorted(write_archive(gitdir, archive, directory))
    blobs = {}
    for commit in commits(gitdir, args.versions):
        blobs.update(dict.fromkeys(dockerfiles(gitdir, commit, args.any)))
    return gitdir, list(write_blobs(gitdir, blobs, directory))


def main():
    args = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    args.add_argument("out")
    args.add_argument("mirror", nargs="+")
    args.add_argument("--versions", type=int, default=20)
    args.add_argument("--any", action="store_true")
    args = args.parse_args()
    for mirror in args.mirror:
        name, source = mirror.split("=", 1)
        gitdir, paths = collect(args, name, source)
        with open(os.path.join(args.out, name + ".list"), "w") as f:
            f.writelines(path + "\n" for path in paths)
        with open(os.path.join(args.out, "SOURCES"), "a") as f:
            f.write(f"{name}\t{git(gitdir, 'rev-parse', 'HEAD').decode().strip()}\t{len(paths)}\n")
        print(f"{name}: {len(paths)} files", file=sys.stderr)


if __name__ == "__main__":
    main()
