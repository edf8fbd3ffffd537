"""The classic builder of Docker 20.10, in nearly the same world: here containers are real ones.

What a RUN starts is one static program that exits 0, under every name that some experiment runs.
"""

import dataclasses
import re

import builder  # finds the modules one directory up
from docker2010 import DockerBuilder

#: What experiments run without a shell, and the shell
PROGRAMS = ("bin/sh", "bin/one", "bin/j")
STEP = re.compile(r"Step \d+/\d+ : (.*)")
#: A step that has no verdict: the base, and what stands before it
NO_STEP = re.compile(r"(?i)\s*FROM\s")


class ClassicBuilder(DockerBuilder):
    """Docker 20.10 with DOCKER_BUILDKIT=0; only Docker Hub is mirrored."""

    def prepare(self):
        super().prepare()
        self.program = builder.compile_runtime(builder.cache_directory() / "bin" / "succeeds")

    def daemon_environment(self):
        return super(DockerBuilder, self).daemon_environment()  # without its runtimes

    def build_environment(self):
        return {**super().build_environment(), "DOCKER_BUILDKIT": "0"}

    def needs(self, needs):
        program = self.program.read_bytes()
        return dataclasses.replace(needs, programs={name: program for name in PROGRAMS})

    def forget(self):
        """Remove all images: they are the cache."""
        if self.docker("image", "prune", "--all", "--force").returncode:
            raise RuntimeError("the cache cannot be emptied")

    def verdicts(self, context, dockerfile, words=()):
        """Build, and return what was shown as a Build."""
        done = self.docker("build", "--network", "none", "-f", dockerfile, *words, context)
        text = (done.stdout + done.stderr).decode("utf-8", "replace")
        return read_log(text, done.returncode != 0)


def read_log(text, failed):
    """Read the verdicts: a step that says so was taken from the cache. Steps before the first FROM have none."""
    steps, names = [], []
    for line in text.splitlines():
        if STEP.fullmatch(line):
            names.append(line)
            steps.append("M")
        elif line == " ---> Using cache" and steps:
            steps[-1] = "H"
    bases = [number for number, name in enumerate(names) if NO_STEP.match(STEP.fullmatch(name).group(1))]
    first = bases[0] if bases else len(names)
    found = [(name, steps[at]) for at, name in enumerate(names) if at > first and at not in bases]
    return builder.Build(sorted(found), text[-3000:] if failed else None)
