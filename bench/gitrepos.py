"""Git repositories to measure with: some that are made up, and real ones, as they are or with a Dockerfile put into each commit."""

import os
import pathlib
import random
import subprocess
import typing

from harness import Bench, Skip
from inputs import commit_of, find_repository, made, rows_of, run, version_of

#: What a builder does with most repositories: dependencies, a part of the sources, then all of them
DOCKERFILE = """FROM debian:bookworm AS build
WORKDIR /app
COPY src src
RUN make
COPY . .
RUN make test
"""
IGNORE = ".git\n"
#: Files in a directory, and directories in one above
FILES, DIRECTORIES = 20, 50
WORDS = ("handler", "session", "parser", "config", "network", "storage", "report", "worker", "index", "request")
WHO = "Nobody <nobody@example.org>"
#: When the first commit was made, and how much later each next one
FIRST, LATER = 1_600_000_000, 3600


class History(typing.NamedTuple):
    """A history to simulate."""

    title: str
    repository: pathlib.Path
    """A git directory or a checkout, for git."""
    context: pathlib.Path
    """The same for ctxopt, or a directory in it."""
    revision: str
    dockerfile: str


def file_name(number: int) -> str:
    """Path of a made-up file: its directory holds 20, and the directory above that 50 of them; "src" gets a fifth."""
    leaf = number // FILES
    area = leaf // DIRECTORIES
    top = "src" if area % 5 == 0 else ("lib", "docs", "test", "tools")[area % 5 - 1]
    word = WORDS[number % len(WORDS)]
    return f"{top}/component{area:02}/internal/module{leaf % DIRECTORIES:02}/{word}_{number % FILES:02}.go"


def text_of(rng: random.Random) -> bytes:
    """Some lines."""
    lines = (f"{rng.choice(WORDS)} {rng.choice(WORDS)} {rng.getrandbits(32)}\n" for _ in range(rng.randrange(1, 40)))
    return "".join(lines).encode()


def data(content: bytes) -> bytes:
    """Data in the words of git fast-import."""
    return b"data %d\n%s\n" % (len(content), content)


def commit(number: int) -> bytes:
    """The head of a commit on main."""
    when = f"{WHO} {FIRST + number * LATER} +0000"
    return f"commit refs/heads/main\nauthor {when}\ncommitter {when}\n".encode() + data(b"commit %d\n" % number)


def stream(files: int, commits: int, named: dict[str, str]) -> typing.Iterator[bytes]:
    """A history for git fast-import: one commit with everything, then commits that each change a few files."""
    rng = random.Random(1)
    yield commit(0)
    for name, text in {"Dockerfile": DOCKERFILE, ".dockerignore": IGNORE, **named}.items():
        yield f"M 100644 inline {name}\n".encode() + data(text.encode())
    for number in range(files - 2):
        yield f"M 100644 inline {file_name(number)}\n".encode() + data(text_of(rng))
    for number in range(1, commits):
        yield commit(number)
        for _ in range(rng.randrange(1, 6)):
            yield f"M 100644 inline {file_name(rng.randrange(files - 2))}\n".encode() + data(text_of(rng))


def import_stream(repository: pathlib.Path, chunks: typing.Iterable[bytes]) -> None:
    """Feed git fast-import."""
    argv = ["git", "-C", str(repository), "fast-import", "--quiet", "--force", "--date-format=raw"]
    with subprocess.Popen(argv, stdin=subprocess.PIPE) as process:
        for chunk in chunks:
            process.stdin.write(chunk)
        process.stdin.close()
    if process.returncode != 0:
        raise RuntimeError(f"git fast-import failed in {repository}")


def made_up(bench: Bench, name: str, files: int, commits: int, named: dict[str, str] | None = None) -> pathlib.Path:
    """A repository of our own, with the newest commit checked out.  `named`: further files, or other ones, by path."""
    path = bench.work / name
    recipe = [str(files), str(commits), *(part for pair in (named or {}).items() for part in pair), version_of("gitrepos.py")]

    def make() -> str:
        bench.say(f"making {name}")
        run(["git", "init", "-q", "-b", "main", path])
        run(["git", "-C", path, "config", "gc.auto", "0"])
        import_stream(path, stream(files, commits, named or {}))
        run(["git", "-C", path, "reset", "-q", "--hard"])
        os.sync()
        return ""

    made(path, recipe, make)
    run(["git", "-C", path, "reset", "-q", "--hard"])  # what an interrupted run may have left
    return path


# Real histories


def histories(bench: Bench, commits: int) -> typing.Iterator[History]:
    """Those of histories.txt that are here; a line for each other."""
    for words in rows_of("histories.txt"):
        try:
            yield real_history(bench, *words, commits=commits)
        except Skip as why:
            bench.note(f"skipped: {words[0]}: {why}")


def real_history(bench: Bench, repository: str, revision: str, dockerfile: str, context: str, *, commits: int) -> History:
    """One of them."""
    # The directory without links, by which results tell what is of this machine; links in it are as good as repositories
    source = find_repository(bench.repos and str(pathlib.Path(bench.repos).resolve()), repository)
    commit_of(source, revision)
    title = f"{repository} {revision[:12]}"
    if dockerfile == "everything":
        copy = with_dockerfile(bench, repository, source, revision, commits)
        return History(f"{title}, a Dockerfile that copies everything", copy, copy, "main", "Dockerfile")
    if context == ".":
        return History(f"{title}, {dockerfile}", source, source, revision, dockerfile)
    # A directory of a working tree that holds nothing else
    clone = bench.work / "history" / repository.replace("/", "+")
    made(clone, [str(source)], lambda: run(["git", "clone", "-q", "--shared", "--no-checkout", source, clone]))
    (clone / context).mkdir(parents=True, exist_ok=True)
    file = str(clone / context / pathlib.PurePosixPath(dockerfile).relative_to(context))
    return History(f"{title}, {dockerfile} in its directory", source, clone / context, revision, file)


def with_dockerfile(bench: Bench, repository: str, source: pathlib.Path, revision: str, commits: int) -> pathlib.Path:
    """The same commits with our Dockerfile in each and without an ignore file, in a repository that borrows all other objects."""
    path = bench.work / "history" / f"{repository.replace('/', '+')}-everything"
    log = ["git", f"--git-dir={source}", "log", "--first-parent", f"-n{commits}", "--reverse", "--format=%T %ct", revision]

    def chunks() -> typing.Iterator[bytes]:
        text = DOCKERFILE.replace("src", "cmd").encode()
        for line in run(log).splitlines():
            tree, when = line.split()
            yield (f"commit refs/heads/main\ncommitter {WHO} {when} +0000\n".encode() + data(b"commit\n")
                   + f"M 040000 {tree} \nM 100644 inline Dockerfile\n".encode() + data(text) + b"D .dockerignore\n")

    def make() -> str:
        bench.say(f"putting a Dockerfile into the history of {repository}")
        path.parent.mkdir(exist_ok=True)
        run(["git", "init", "-q", "-b", "main", "--bare", path])
        (path / "objects/info/alternates").write_text(f"{source / 'objects'}\n")
        import_stream(path, chunks())
        os.sync()
        return ""

    made(path, [str(source), revision, str(commits), version_of("gitrepos.py")], make)
    return path
