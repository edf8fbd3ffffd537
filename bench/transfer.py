"""How long a real engine takes to send a build context: the peer of the walk on real trees.

The engines are those of the conformance suite (tests/conform/engines.py). Before each build everything that the engine
keeps is pruned, so that the context is sent as in a first build. BuildKit reports times exactly; Docker 20.10 prints
tenths of a second.
"""

import contextlib
import datetime
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import time

from harness import Bench, Contender, Sample, Skip

CONFORM = pathlib.Path(__file__).resolve().parent.parent / "tests" / "conform"
sys.path += [str(CONFORM), str(CONFORM / "cache")]

#: What plain progress can tell apart
RESOLUTION_SECONDS = 0.1
#: Engines tidy up after a build; this is not to disturb who comes next
SETTLE_SECONDS = 1.0
CONTEXT_VERTEX = "[internal] load build context"


def engine_classes():
    """The engines that the conformance suite knows; none if it is not there."""
    try:
        import engines
    except ImportError:
        return {}, Skip
    return engines.ENGINES, engines.Unavailable


def building_engines():
    """The same in which every RUN succeeds at once and every base image is there."""
    try:
        import builder
        import docker2010
    except ImportError:
        return {}, Skip
    return {"buildkit": builder.Builder, "docker-20.10": docker2010.DockerBuilder}, builder.Unavailable


@contextlib.contextmanager
def temporary_directory(path: pathlib.Path | None):
    """Let temporary directories be made in another place."""
    before = tempfile.tempdir
    tempfile.tempdir = str(path) if path else before
    try:
        yield
    finally:
        tempfile.tempdir = before


def start_engines(bench: Bench, stack: contextlib.ExitStack, find) -> list:
    """Every engine of those that `find` knows that can run here. What they keep lies in memory if it can: the best case for them."""
    started = []
    memory = pathlib.Path("/dev/shm")
    classes, unavailable = find()
    for name, engine_class in classes.items():
        try:
            bench.say(f"starting {name}")
            with temporary_directory(memory if memory.is_dir() else None):
                engine = stack.enter_context(engine_class())
            bench.versions.update(engine.versions())
            started.append(engine)
        except unavailable as why:
            bench.note(f"skipped: {name}: {why}")
    return started


class Transfer(Contender):
    """The time of "load build context" (of which "transferring context" is the part that counts) in a first build."""

    def __init__(self, engine, context: str, dockerfile: str):
        super().__init__(f"{engine.name} transferring context")
        self.engine = engine
        self.context = context
        self.dockerfile = dockerfile

    def exact(self) -> bool:
        """Does the client report times as data?"""
        return self.engine.name == "buildkit"

    def command(self, tar: str) -> list[str]:
        """One build."""
        words = [str(word) for word in self.engine.build_command(self.context, self.dockerfile, tar)]
        return ["rawjson" if self.exact() and word == "plain" else word for word in words]

    def prune(self) -> None:
        """Make the next build a first one."""
        argv = self.command("unused")
        at = argv.index("build")
        prune = [*argv[:at], "prune", "--all"] if self.exact() else [*argv[:at], "builder", "prune", "--all", "--force"]
        subprocess.run(prune, check=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, env=self.engine.build_environment())

    def sample(self) -> Sample:
        self.prune()
        tar = os.path.join(self.engine.state, "image.tar")
        done = subprocess.run(self.command(tar), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              env=self.engine.build_environment(), check=False)
        pathlib.Path(tar).unlink(missing_ok=True)
        time.sleep(SETTLE_SECONDS)
        text = done.stdout.decode("utf-8", "replace")
        if done.returncode != 0:
            raise Skip(f"build failed: {text.strip().splitlines()[-1] if text.strip() else 'it said nothing'}")
        return Sample(read_rawjson(text) if self.exact() else read_plain(text))

    def shown(self) -> str:
        return " ".join(os.path.basename(word) if "/" in word else word for word in self.command("image.tar"))


def read_rawjson(text: str) -> float:
    """Seconds that the status "transferring context" of the context's vertex took."""
    digests, times = set(), {}
    for line in text.splitlines():
        if not line.startswith("{"):
            continue
        event = json.loads(line)
        digests |= {v["digest"] for v in event.get("vertexes") or [] if v.get("name") == CONTEXT_VERTEX}
        for status in event.get("statuses") or []:
            if "transferring" in status.get("id", "") and status.get("started") and status.get("completed"):
                times[status["vertex"]] = seconds_of(status["completed"]) - seconds_of(status["started"])
    for digest in digests & set(times):
        return times[digest]
    raise Skip("the build does not say how long it transferred the context")


def seconds_of(moment: str) -> float:
    """Seconds since the epoch of 2026-01-31T12:34:56.123456789Z."""
    whole, fraction = re.fullmatch(r"(.*T\d+:\d+:\d+)(\.\d+)?Z", moment).groups()
    return datetime.datetime.fromisoformat(whole + "+00:00").timestamp() + float(fraction or 0)


def read_plain(text: str) -> float:
    """The same out of plain progress: "#4 transferring context: 2.10MB 0.3s done"."""
    numbers = re.findall(rf"^(#\d+) {re.escape(CONTEXT_VERTEX)}$", text, re.MULTILINE)
    for number in numbers:
        done = re.findall(rf"^{number} transferring context: \S+(?: ([\d.]+)s)? done$", text, re.MULTILINE)
        if done and float(done[-1] or 0) < RESOLUTION_SECONDS * 5:
            raise Skip("too short for progress in tenths of a second")
        if done:
            return float(done[-1])
    raise Skip("the build does not say how long it transferred the context")
