#!/usr/bin/env python3
"""Compose files as ctxopt reads them against compose-go, the package that docker compose reads them with.

    compare.py --tool BUILD/tests/ctxopt-compose-tool [--files LIST]

Without --files: the files by hand (data/compose.txt).  Compared are images, users, builds, variables, commands, health checks, mounts and
log drivers of services.  Left out: files that compose-go refuses, and values that depend on a variable without value, which it takes for
empty.  Needs Go.  Exit status: 0 agreement, 1 differences, 2 something could not run, 77 no Go.
"""

import argparse
import collections
import pathlib
import posixpath
import shutil
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent


def read(text):
    """Output of either side: path to (fields, error)."""
    files = {}
    for line in text.splitlines():
        kind, *rest = line.split("\t")
        if kind == "file":
            fields = collections.defaultdict(list)
            files[rest[0]] = [fields, None]
            last = rest[0]
        elif kind == "error":
            files[last][1] = rest[0]
        else:
            service, field, value = rest
            if field.startswith("volume."):
                field = "volume." + posixpath.normpath(field.removeprefix("volume."))
            fields[bytes.fromhex(service).decode(), field].append(value if value == "OPEN" else bytes.fromhex(value).decode())
    return files


def differences(ours, theirs, counts):
    """Words about the fields of one file that differ."""
    open_mounts = {service for service, field in ours if field == "volume"}
    for key in sorted(set(ours) | set(theirs)):
        service, field = key
        mine, reference = sorted(ours.get(key, [])), sorted(theirs.get(key, []))
        if "OPEN" in mine or (field.startswith("volume.") and service in open_mounts):
            counts["open"] += 1
        elif mine == reference or (field.startswith("volume.") and set(reference) <= set(mine) and len(reference) == 1):
            counts["same"] += 1  # of two mounts at one place compose-go keeps the later one
        else:
            counts["different"] += 1
            yield f"{service}: {field}: {mine} instead of {reference}"


def by_hand(directory):
    """Write the files by hand; their names.  "# .env" in one begins the file with its variables."""
    paths = []
    for i, text in enumerate((HERE.parent / "data/compose.txt").read_text(encoding="utf-8").split("====\n")):
        place = pathlib.Path(directory) / str(i)
        place.mkdir()
        compose, _, variables = text.partition("# .env\n")
        (place / "compose.yaml").write_text(compose, encoding="utf-8")
        if variables:
            (place / ".env").write_text(variables, encoding="utf-8")
        paths.append(str(place / "compose.yaml"))
    return paths


def main():
    """Compare, and print what differs."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--tool", required=True)
    parser.add_argument("--files", type=pathlib.Path)
    args = parser.parse_args()
    if shutil.which("go") is None:
        print("skipped: compose-go: no Go here")
        return 77
    with tempfile.TemporaryDirectory() as tmp:
        oracle = pathlib.Path(tmp) / "oracle"
        built = subprocess.run(["go", "build", "-o", oracle, "."], cwd=HERE, capture_output=True, text=True, check=False)
        if built.returncode != 0:
            print(f"skipped: compose-go: Go cannot build it here: {built.stderr.splitlines()[-1:]}")
            return 77
        paths = args.files.read_text().splitlines() if args.files else by_hand(tmp)
        text = "".join(p + "\n" for p in paths)
        ours, theirs = (read(subprocess.run([program], input=text, capture_output=True, text=True, check=True).stdout)
                        for program in (args.tool, oracle))
    counts = collections.Counter()
    for path in paths:
        (mine, error), (reference, refused) = ours[path], theirs[path]
        if refused is not None:
            counts["refused"] += 1
            if not args.files:
                print(f"{path}: compose-go refuses it: {refused}")
                counts["different"] += 1
            continue
        if error is not None:
            counts["different"] += 1
            print(f"{path}: refused: {error}")
            continue
        for words in differences(mine, reference, counts):
            print(f"{path}: {words}")
    print(f"{len(paths)} files, {counts['refused']} refused by compose-go: {counts['same']} values the same, {counts['open']} open, "
          f"{counts['different']} different")
    return 1 if counts["different"] or not counts["same"] else 0


if __name__ == "__main__":
    sys.exit(main())
