"""What is measured on: generated trees, checkouts of real repositories, and the programs themselves.

Everything is made below one work directory and used again as long as the options that made it are the same.
"""

import hashlib
import json
import os
import pathlib
import shutil
import subprocess
import sys
import typing

from harness import Bench, Skip

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent
PROGRAMS = ("bench_graph", "bench_match", "bench_spawn", "bench_tree", "gen_paths", "gen_tree")
DOCKERFILE = "FROM scratch\nCOPY . /\n"


def run(argv: list[typing.Any], **options) -> str:
    """Run a command that must succeed; returns its output."""
    done = subprocess.run([os.fspath(word) for word in argv], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, check=False, **options)
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(map(str, argv))} failed:\n{done.stdout.decode()[-2000:]}{done.stderr.decode()[-2000:]}")
    return done.stdout.decode()


def build_programs(work: pathlib.Path, ctxopt: str | None, programs: str | None) -> tuple[pathlib.Path, pathlib.Path]:
    """Returns the directory of the benchmark programs and ctxopt: what is given, and compiled is what is not."""
    if ctxopt and programs:
        return pathlib.Path(programs).resolve(), pathlib.Path(ctxopt).resolve()
    # The work directory outlives the sources it was used with
    directory = work / f"build-{hashlib.sha256(bytes(ROOT)).hexdigest()[:12]}"
    if not (directory / "build.ninja").exists():
        shutil.rmtree(directory, ignore_errors=True)
        run(["meson", "setup", directory, ROOT, "--buildtype=release", "-Dwerror=false", "-Dtests=false", "-Dbench=true"])
    run(["ninja", "-C", directory, *([] if ctxopt else ["ctxopt"]), *(f"bench/{name}" for name in PROGRAMS)])
    return directory / "bench", pathlib.Path(ctxopt).resolve() if ctxopt else directory / "ctxopt"


def made(path: pathlib.Path, recipe: list[str], make: typing.Callable[[], str]) -> str:
    """Make `path` unless it was made by the same recipe; returns what `make` said about it."""
    stamp = path.with_name(path.name + ".made")
    if path.exists() and stamp.exists():
        known = json.loads(stamp.read_text())
        if known["recipe"] == recipe:
            return known["facts"]
    stamp.unlink(missing_ok=True)
    if path.is_dir():
        shutil.rmtree(path)
    path.unlink(missing_ok=True)
    facts = make()
    stamp.write_text(json.dumps({"recipe": recipe, "facts": facts}))
    return facts


def version_of(*names: str) -> str:
    """Changes when one of these files here does."""
    return hashlib.sha256(b"".join((HERE / name).read_bytes() for name in names)).hexdigest()[:16]


def generator_version() -> str:
    """Changes when the generators do."""
    return version_of("bench.c", "shape.c", "gen_tree.c", "gen_paths.c")


class Tree(typing.NamedTuple):
    """A generated tree; its Dockerfile lies in it."""

    path: str
    facts: dict[str, int]


def tree(bench: Bench, name: str, *options: str) -> Tree:
    """Generate a tree."""
    path = bench.work / name

    def make() -> str:
        bench.say(f"generating {name}")
        facts = run([bench.program("gen_tree"), *options, path])
        os.sync()  # so that nothing is written back while we measure
        return facts

    return Tree(str(path), json.loads(made(path, [*options, generator_version()], make)))


def small_tree(bench: Bench) -> Tree:
    """Many small files."""
    files, dirs = (20000, 1000) if bench.quick else (1000000, 50000)
    return tree(bench, f"small-{files}", "--files", str(files), "--dirs", str(dirs))


def mixed_tree(bench: Bench) -> Tree:
    """Many bytes."""
    files, dirs, size = (500, 50, 50_000_000) if bench.quick else (20000, 2000, 2_000_000_000)
    return tree(bench, f"mixed-{size}", "--sizes", "mixed", "--files", str(files), "--dirs", str(dirs), "--bytes", str(size))


def paths_file(bench: Bench) -> tuple[str, int]:
    """A file of paths, and how many there are."""
    count = 20000 if bench.quick else 1000000
    path = bench.work / f"paths-{count}"

    def make() -> str:
        with open(path, "wb") as file:
            subprocess.run([bench.program("gen_paths"), "--paths", str(count)], stdout=file, check=True)
        return ""

    made(path, [generator_version()], make)
    return str(path), count


class Corpus(typing.NamedTuple):
    """A line of corpora.txt."""

    repository: str
    revision: str
    ignore: bool
    """With its ignore file, or with an empty one in its place."""

    def title(self) -> str:
        """For tables."""
        return f"{self.repository} {self.revision[:12]}" + ("" if self.ignore else ", nothing ignored")


def rows_of(name: str) -> list[list[str]]:
    """The words of each line of a table here; what follows "#" is left out."""
    lines = (line.split("#")[0].split() for line in (HERE / name).read_text().splitlines())
    return [words for words in lines if words]


def corpora() -> list[Corpus]:
    """The real trees to measure on."""
    return [Corpus(words[0], words[1], words[2] == "own") for words in rows_of("corpora.txt")]


def find_repository(directory: str | None, repository: str) -> pathlib.Path:
    """The git directory or checkout of OWNER/NAME below a directory of mirrors."""
    if not directory:
        raise Skip("no directory of repositories: --repos or CTXOPT_BENCH_REPOS")
    owner, name = repository.split("/")
    base = pathlib.Path(directory)
    for stem in (f"{owner}+{name}", f"{owner}/{name}", name):
        for candidate in (base / stem / "repo", base / f"{stem}.git", base / stem / ".git", base / stem):
            if (candidate / "objects").is_dir():
                return candidate
    raise Skip("not among the repositories")


def commit_of(repository: pathlib.Path, revision: str) -> str:
    """The name of the commit that a revision is."""
    try:
        return run(["git", f"--git-dir={repository}", "rev-parse", "--verify", "--quiet", f"{revision}^{{commit}}"]).strip()
    except RuntimeError as why:
        raise Skip(f"the repository has no {revision}") from why


def clone_at(bench, repository: str, revision: str, path: pathlib.Path) -> None:
    """A clone of a repository that is here, which borrows all objects, with a revision checked out."""
    source = find_repository(bench.repos and str(pathlib.Path(bench.repos).resolve()), repository)
    commit_of(source, revision)

    def clone() -> str:
        run(["git", "clone", "-q", "--shared", "--no-checkout", source, path])
        # A partial mirror lacks some contents; those files are left out
        subprocess.run(["git", "-C", path, "checkout", "-q", revision], check=False, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                       stderr=subprocess.DEVNULL)
        return ""

    made(path, [str(source), revision], clone)


class Checkout(typing.NamedTuple):
    """A real tree, and a Dockerfile outside of it."""

    path: str
    dockerfile: str
    entries: int


def check_out(bench: Bench, corpus: Corpus) -> Checkout:
    """Lay out a revision without its .git directory."""
    repository = find_repository(bench.repos, corpus.repository)
    git = ["git", f"--git-dir={repository}"]
    revision = commit_of(repository, corpus.revision)
    slug = corpus.repository.replace("/", "+")
    path = bench.work / "real" / slug

    def make() -> str:
        path.mkdir(parents=True)
        env = {**os.environ, "GIT_INDEX_FILE": f"{path}.index", "GIT_LFS_SKIP_SMUDGE": "1"}
        run([*git, "read-tree", revision], env=env)
        # A partial mirror lacks some contents; those files are left out
        subprocess.run([*git, f"--work-tree={path}", "checkout-index", "-a", "-f", "-q"], env=env, check=False,
                       stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        listed = len(run([*git, "ls-files", "-z"], env=env).split("\0")) - 1
        found = sum(len(files) + sum((pathlib.Path(at) / d).is_symlink() for d in dirs) for at, dirs, files in os.walk(path))
        os.sync()
        return f"{listed} {found}"

    listed, found = map(int, made(path, [revision], make).split())
    if found < listed:
        bench.note(f"{corpus.repository}: {listed - found} of {listed} files are not in the mirror and left out")
    home = bench.work / "real" / f"{slug}-dockerfile-{'own' if corpus.ignore else 'none'}"
    home.mkdir(parents=True, exist_ok=True)
    (home / "Dockerfile").write_text(DOCKERFILE)
    if not corpus.ignore:
        (home / "Dockerfile.dockerignore").write_text("")
    return Checkout(str(path), str(home / "Dockerfile"), found)


def build_go(bench: Bench, name: str) -> str:
    """Compile one of the Go programs here."""
    if shutil.which("go") is None:
        raise Skip("go is not installed")
    program = bench.work / name
    try:
        run(["go", "build", "-trimpath", "-buildvcs=false", "-o", program, "."], cwd=HERE / name)
    except RuntimeError as why:
        raise Skip(f"it does not compile: {str(why).splitlines()[-1]}") from why
    for line in run(["go", "version", "-m", program]).splitlines():
        words = line.split()
        if words[:1] == ["dep"]:
            bench.versions[words[1]] = words[2]
    return str(program)


def dockerfiles(bench: Bench) -> tuple[str, pathlib.Path]:
    """A title and a list of Dockerfiles: the shipwright corpus, or in a quick run some that are made up."""
    try:
        if bench.quick:
            raise Skip("quick")
        repository = find_repository(bench.repos, "STAR-RG/shipwright")
    except Skip as why:
        if not bench.quick:
            bench.note(f"skipped: shipwright: {why}")
        return "made-up files", made_up_dockerfiles(bench)
    revision = run(["git", f"--git-dir={repository}", "rev-parse", "HEAD"]).strip()
    out = bench.work / "dockerfiles"
    listing = out / "shipwright.list"
    script = HERE.parent / "tests/conform/grammar/collect.py"
    collect = [sys.executable, script, out, f"shipwright={repository}", "--versions", "0"]
    made(listing, [revision], lambda: run(collect))
    files = listing.read_text().splitlines()
    lines = sum(pathlib.Path(file).read_bytes().count(b"\n") for file in files)
    return f"STAR-RG/shipwright {revision[:12]} ({len(files):,} Dockerfiles, {lines:,} lines)", listing


def made_up_dockerfiles(bench: Bench) -> pathlib.Path:
    """Some hundred files of the usual shape."""
    home = bench.work / "made-up"
    home.mkdir(exist_ok=True)
    files = []
    for number in range(300):
        steps = "".join(f"RUN apt-get update && \\\n    apt-get install -y tool{step} && \\\n    rm -rf /var/lib/apt/lists/*\n"
                        f"COPY src/{step} /app/src/{step}\n" for step in range(number % 10))
        files.append(home / f"{number}.Dockerfile")
        files[-1].write_text(f"# file {number}\nARG VERSION=1.{number}\nFROM debian:${{VERSION}} AS build\nWORKDIR /app\n{steps}"
                             "ENV A=1 \\\n    B=$A\nEXPOSE 80\nCMD [\"run\", \"--fast\"]\n")
    listing = bench.work / "made-up.list"
    listing.write_text("".join(f"{file}\n" for file in files))
    return listing


#: A stage of 40 lines as people write them
STAGE = """# Stage {n}: the service and what it needs
FROM debian:bookworm-slim AS service{n}
ARG VERSION=1.{n}.0
ARG TARGETARCH
LABEL org.opencontainers.image.title="service {n}" \\
      org.opencontainers.image.version="${{VERSION}}"
ENV LANG=C.UTF-8 \\
    PATH=/opt/service{n}/bin:$PATH

# Packages
RUN apt-get update && \\
    apt-get install -y --no-install-recommends \\
        build-essential \\
        ca-certificates \\
        curl \\
    && rm -rf /var/lib/apt/lists/*
WORKDIR /src/service{n}
COPY --chown=app:app package.json package-lock.json ./
RUN --mount=type=cache,target=/root/.npm,sharing=locked npm ci
COPY . .
RUN if [ "$TARGETARCH" = "arm64" ]; then \\
      make -j"$(nproc)" VERSION="${{VERSION:-dev}}" arm64; \\
    else \\
      make -j"$(nproc)" VERSION="${{VERSION:-dev}}"; \\
    fi

RUN <<SETUP
set -e
useradd --system --home /nonexistent app{n}
install -d -o app{n} /var/lib/service{n}
SETUP
ADD --checksum=sha256:24454f830cdb571e2c4ad15481119c43b3cafd48dd869a9b2945d1036d1dc68d \\
    https://example.org/data/{n}.tar.gz /data/
EXPOSE 80{n:02} 90{n:02}/udp
VOLUME ["/var/lib/service{n}"]
HEALTHCHECK --interval=30s --timeout=3s CMD curl -f http://localhost/ || exit 1
USER app{n}
ENTRYPOINT ["/opt/service{n}/bin/run", "--config", "/etc/service{n}.conf"]
CMD ["--verbose"]

"""


def thousand_lines(bench: Bench) -> pathlib.Path:
    """A Dockerfile of 1,000 lines."""
    file = bench.work / "thousand.Dockerfile"
    file.write_text("".join(STAGE.format(n=number) for number in range(25)))
    return file


def build_grammar(bench: Bench, name: str, source: pathlib.Path) -> str:
    """Compile a grammar's generated parser and its scanner to a shared object."""
    library = bench.work / f"{name}.so"
    scanner = source / "src/scanner.c"
    run(["cc", "-O2", "-w", "-fPIC", "-shared", f"-I{source / 'src'}", "-o", library, source / "src/parser.c",
         *([scanner] if scanner.exists() else [])])
    return str(library)


def upstream_grammar(bench: Bench) -> str:
    """The grammar that editors use today, out of its mirror."""
    repository = find_repository(bench.repos, "camdencheek/tree-sitter-dockerfile")
    home = bench.work / "upstream-grammar"
    home.mkdir(exist_ok=True)
    git = ["git", f"--git-dir={repository}"]
    archive = subprocess.run([*git, "archive", "HEAD", "src"], check=True, stdout=subprocess.PIPE).stdout
    subprocess.run(["tar", "-x", "-C", home], input=archive, check=True)
    bench.versions["camdencheek/tree-sitter-dockerfile"] = run([*git, "rev-parse", "--short=12", "HEAD"]).strip()
    return build_grammar(bench, "upstream", home)
