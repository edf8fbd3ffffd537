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


class Target:
    """A bound for time relative to ours."""

    def __init__(self, least: float, words: str = ""):
        self.least = least
        self.words = words or f">= {least:g}x"

    def met(self, relative: float) -> bool:
        """Is it reached?"""
        return relative >= self.least


class Bench:
    """What all parts share: where things are, how often to measure, how to run."""

    def __init__(self, options, programs: pathlib.Path, ctxopt: pathlib.Path):
        self.quick = options.quick
        self.reps = options.runs or (2 if options.quick else 10)
        self.work = pathlib.Path(options.work)
        self.repos = options.repos
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
        return re.sub(r"(?<=[\s=])/\S*/ctxopt-conform[^/\s]*", "ENGINE", text)

    def spawn(self, argv: list[str], runs: int = 1, env: dict[str, str] | None = None, statuses=(0,)) -> list[Sample]:
        """Run a command through bench_spawn; its standard output is thrown away."""
        self.sink.seek(0)
        self.sink.truncate()
        reading, writing = os.pipe()
        with tempfile.TemporaryFile() as errors, open(reading, "rb") as report:
            try:
                done = subprocess.run([self.program("bench_spawn"), str(writing), str(runs), *argv], stdin=subprocess.DEVNULL,
                                      stdout=self.sink, stderr=errors, pass_fds=[writing], check=False,
                                      env={**os.environ, "LC_ALL": "C", "XDG_CACHE_HOME": str(self.cache), **(env or {})})
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
                self.note(f"skipped: {contender.name}: {str(why).splitlines()[0]}")
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
