"""Run commands side by side and measure them.

A comparison is a list of contenders; the first one is ours. Each gets a warm-up, then they take turns, A B C A B C, so
that what disturbs the machine for a while disturbs all of them. Ratios are formed within a round and their median is
reported.
"""

import collections.abc
import dataclasses
import os
import pathlib
import re
import statistics
import subprocess
import sys
import tempfile
import time

#: How often a process is asked for its memory
LOOK_SECONDS = 0.001


class Skip(Exception):
    """A part or a contender cannot run here."""


@dataclasses.dataclass
class Sample:
    """One run of one command."""

    seconds: float
    user: float = 0.0
    system: float = 0.0
    rss_bytes: int = 0
    text: str = ""
    """What it wrote to stderr."""


@dataclasses.dataclass
class Memory:
    """What a process had resident at most, in bytes; the parts as a look every millisecond found them."""

    peak: int = 0
    anonymous: int = 0
    """Its own: the heap, stacks."""
    mapped: int = 0
    """Of files, which the kernel has in memory anyway: the program, libraries, packs of git."""

    def shown(self) -> str:
        """For the table."""
        own = f": {self.anonymous / 1e6:.0f} + {self.mapped / 1e6:.0f}" if self.anonymous else ""
        return f"{self.peak / 1e6:.0f} MB{own}"


class Contender:
    """Something that takes time. `note` says what is not the same about it."""

    def __init__(self, name: str, note: str = ""):
        self.name = name
        self.note = note
        self.samples: list[Sample] = []

    def sample(self) -> Sample:
        """Do it once."""
        raise NotImplementedError

    def shown(self) -> str:
        """What is run, for the raw results."""
        return self.name

    def seconds(self) -> list[float]:
        """Times of all runs."""
        return [sample.seconds for sample in self.samples]


class Command(Contender):
    """A command line. Its output goes to a file in memory, so that it is really made, and no reader takes CPU time."""

    def __init__(self, bench: "Bench", name: str, argv: collections.abc.Sequence[str | os.PathLike[str]], note: str = "", *,
                 env: dict[str, str] | None = None, prepare: collections.abc.Callable[[], None] | None = None):
        super().__init__(name, note)
        self.bench = bench
        self.argv = [os.fspath(word) for word in argv]
        self.env = env or {}
        self.prepare = prepare

    def sample(self) -> Sample:
        if self.prepare:
            self.prepare()
        return self.bench.spawn(self.argv, env=self.env)[0]

    def shown(self) -> str:
        return self.bench.anonymous(" ".join(self.argv))


def shell(bench: "Bench", name: str, script: str, *args: str | os.PathLike[str], note: str = "") -> Command:
    """A pipeline; `args` are $1, $2 ... of the script."""
    return Command(bench, name, ["sh", "-c", script, "sh", *args], note)


@dataclasses.dataclass
class Row:
    """One line of the result table."""

    part: str
    work: str
    what: str
    measured: str
    target: str = ""
    met: bool | None = None
    seconds: list[float] = dataclasses.field(default_factory=list)
    relative: float | None = None
    """Time relative to ours; None where the row is no time."""
    command: str = ""
    memory: str = ""
    """Peak, own and mapped; "" where nobody looked."""


class Target:
    """A bound for time relative to ours."""

    def __init__(self, least: float, words: str = ""):
        self.least = least
        self.words = words or f">= {least:g}x"

    def met(self, relative: float) -> bool:
        """Is it reached?"""
        return relative >= self.least


NOT_SLOWER = Target(1.0, "not slower")


class Bench:
    """What all parts share: where things are, how often to measure, how to run."""

    def __init__(self, options, programs: pathlib.Path, ctxopt: pathlib.Path):
        self.quick = options.quick
        self.reps = options.runs or (2 if options.quick else 10)
        self.work = pathlib.Path(options.work)
        self.repos = options.repos
        """Directory of git repositories, or None."""
        self.programs = programs
        self.ctxopt = str(ctxopt)
        self.cache = self.work / "xdg-cache"
        memory = pathlib.Path("/dev/shm")
        self.sink = tempfile.TemporaryFile(dir=memory if memory.is_dir() else self.work)
        self.versions: dict[str, str] = {}
        self.notes: list[str] = []

    def say(self, text: str) -> None:
        """Tell how far it is."""
        print(f"bench: {text}", file=sys.stderr, flush=True)

    def program(self, name: str) -> str:
        """Path of one of the benchmark programs."""
        return str(self.programs / name)

    def anonymous(self, text: str) -> str:
        """A command line without the paths of this machine."""
        text = text.replace(self.ctxopt, "ctxopt").replace(str(self.programs), "PROGRAMS").replace(str(self.work), "WORK")
        text = text.replace(str(pathlib.Path(self.repos).resolve()), "REPOS") if self.repos else text
        return re.sub(r"(?<=[\s=])/\S*/ctxopt-conform[^/\s]*", "ENGINE", text)

    def environment(self, more: dict[str, str] | None = None) -> dict[str, str]:
        """What commands run in: one locale, a cache of the benchmark's, no configuration of git but the repository's."""
        return {**os.environ, "LC_ALL": "C", "XDG_CACHE_HOME": str(self.cache), "GIT_CONFIG_NOSYSTEM": "1",
                "GIT_CONFIG_GLOBAL": os.devnull, **(more or {})}

    def spawn(self, argv: list[str], runs: int = 1, env: dict[str, str] | None = None, statuses=(0,)) -> list[Sample]:
        """Run a command through bench_spawn; its standard output is thrown away."""
        self.sink.seek(0)
        self.sink.truncate()
        reading, writing = os.pipe()
        with tempfile.TemporaryFile() as errors, open(reading, "rb") as report:
            try:
                done = subprocess.run([self.program("bench_spawn"), str(writing), str(runs), *argv], stdin=subprocess.DEVNULL,
                                      stdout=self.sink, stderr=errors, pass_fds=[writing], check=False,
                                      env=self.environment(env))
            finally:
                os.close(writing)
            lines = report.read().decode().splitlines()
            errors.seek(0)
            text = errors.read().decode(errors="replace")
        samples = []
        for line in lines:
            ns, user, system, rss, status = map(int, line.split())
            if os.waitstatus_to_exitcode(status) not in statuses:
                raise RuntimeError(f"{argv[0]} ended with {os.waitstatus_to_exitcode(status)}: {' '.join(argv)}\n{text[-2000:]}")
            samples.append(Sample(ns / 1e9, user / 1e6, system / 1e6, rss * 1024, text))
        if done.returncode != 0 or len(samples) != runs:
            raise RuntimeError(f"bench_spawn failed: {text[-2000:]}")
        return samples

    def memory(self, argv: list[str]) -> Memory:
        """Run a command and look at its memory all the time; not to be measured by the clock meanwhile."""
        memory = Memory()
        with subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=self.sink, stderr=subprocess.DEVNULL,
                              env=self.environment()) as process:
            while process.poll() is None:
                try:
                    status = pathlib.Path(f"/proc/{process.pid}/status").read_text()
                except OSError:
                    break
                found = {key: int(kib) * 1024 for key, kib in re.findall(r"^(VmHWM|RssAnon|RssFile):\s+(\d+) kB", status, re.MULTILINE)}
                memory.peak = max(memory.peak, found.get("VmHWM", 0))
                memory.anonymous = max(memory.anonymous, found.get("RssAnon", 0))
                memory.mapped = max(memory.mapped, found.get("RssFile", 0))
                time.sleep(LOOK_SECONDS)
        if process.returncode != 0:
            raise RuntimeError(f"{argv[0]} ended with {process.returncode}: {' '.join(argv)}")
        return memory

    def output_size(self) -> tuple[int, int]:
        """Bytes and lines that the last command wrote."""
        self.sink.seek(0)
        size = lines = 0
        while block := self.sink.read(1 << 20):
            size += len(block)
            lines += block.count(b"\n")
        return size, lines

    def take_turns(self, contenders: list[Contender], reps: int | None = None, warmups: int = 1) -> list[Contender]:
        """Warm up, then measure in rounds. A contender that cannot run is left out with a line."""
        able = []
        for contender in contenders:
            try:
                for _ in range(warmups):
                    contender.sample()
                able.append(contender)
            except (Skip, FileNotFoundError, RuntimeError) as why:
                if contender is contenders[0]:
                    raise
                told = self.anonymous(str(why)).strip().splitlines()
                self.note(f"skipped: {contender.name}: {' ... '.join(dict.fromkeys([told[0], told[-1]]))}")
        for _ in range(reps or self.reps):
            for contender in able:
                contender.samples.append(contender.sample())
        return able

    def note(self, text: str) -> None:
        """Something that a reader of the results should know."""
        if text not in self.notes:
            self.notes.append(text)
            self.say(text)

    def compare(self, part: str, work: str, contenders: list[Contender], targets: dict[str, Target] | None = None,
                reps: int | None = None) -> list[Row]:
        """Measure and make rows: ours first, then every peer with its time relative to ours."""
        self.say(f"{part}: {work}")
        able = self.take_turns(contenders, reps)
        rows = []
        for contender in able:
            relative = paired_ratio(contender.seconds(), able[0].seconds())
            target = (targets or {}).get(contender.name) if contender is not able[0] else None
            what = contender.name + (f" ({contender.note})" if contender.note else "")
            rows.append(Row(part, work, what, "1x" if contender is able[0] else show_ratio(relative),
                            target.words if target else "", target.met(relative) if target else None,
                            contender.seconds(), relative, contender.shown()))
            self.say(f"  {what}: {show_seconds(statistics.median(contender.seconds()))}, {show_ratio(relative)}")
        return rows


def paired_ratio(theirs: list[float], ours: list[float]) -> float:
    """Median over the rounds of their time divided by ours."""
    return statistics.median(a / b for a, b in zip(theirs, ours))


def show_ratio(ratio: float) -> str:
    """Three digits."""
    return f"{ratio:.0f}x" if ratio >= 100 else f"{ratio:.3g}x"


def show_seconds(seconds: float) -> str:
    """With a unit that fits."""
    if seconds < 1e-3:
        return f"{seconds * 1e6:.3g} us"
    if seconds < 1:
        return f"{seconds * 1e3:.3g} ms"
    return f"{seconds:.3g} s" if seconds < 100 else f"{seconds:.0f} s"
