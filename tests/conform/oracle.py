"""Build and question the oracle, the Go program that runs the reference implementation."""

import os
import pathlib
import subprocess

from cases import CURRENT

SOURCE = pathlib.Path(__file__).resolve().parent / "oracle"
MODULES = ("github.com/moby/patternmatcher", "github.com/tonistiigi/fsutil", "github.com/docker/docker")


def cache_directory():
    """Where engines and other programs that are built for the comparison live: outside of the project."""
    base = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
    return pathlib.Path(base) / "ctxopt-conform"


def build():
    """Compile the oracle, which is quick when it is up to date, and return the program's path."""
    program = cache_directory() / "bin" / "oracle"
    program.parent.mkdir(parents=True, exist_ok=True)
    subprocess.run(["go", "build", "-trimpath", "-buildvcs=false", "-o", program, "."], cwd=SOURCE, check=True)
    return str(program)


def command(program, engine):
    """Command line that answers cases by the rules of an engine."""
    return [program] if engine == CURRENT else [program, engine]


def versions(program):
    """Read the versions of Go and of the reference modules out of the compiled program."""
    text = subprocess.run(["go", "version", "-m", program], capture_output=True, text=True, check=True).stdout
    found = {"go": text.splitlines()[0].split()[-1]}
    for line in text.splitlines():
        words = line.split()
        if words[:1] == ["dep"] and words[1] in MODULES:
            found[words[1]] = words[2]
    return found
