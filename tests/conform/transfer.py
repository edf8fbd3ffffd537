#!/usr/bin/env python3
"""Compare the bytes that a client sends with what a real BuildKit shows as "transferring ...".

  transfer.py --tool TOOL [OPTIONS] trees        a tree with every kind of entry, built with several Dockerfiles; then with
                                                 named contexts, --target and mounts
  transfer.py --tool TOOL [OPTIONS] repos DIR... the newest commit of git directories

Every tree is built twice, and changed in between: files are touched, edited, given other rights, renamed, deleted and
added. Base images are not needed: of a repository's own Dockerfile the COPY and ADD lines that read the context are
put onto scratch, and beside it `COPY . /` is built. TOOL is ctxopt-transfer-tool of a build directory. Results
go to results/transfer.md, one section per kind. Exit status as engine.py.
"""

import argparse
import json
import os
import pathlib
import posixpath
import random
import re
import shlex
import signal
import socket
import stat
import subprocess
import sys
import tempfile
from dataclasses import dataclass

from engine import check_out, replace_section, repository_name
from engines import BUILD_SECONDS, BuildKit, Unavailable

HERE = pathlib.Path(__file__).resolve().parent
EVERYTHING = "FROM scratch\nCOPY . /\n"
LOADS = {
    "[internal] load build definition from Dockerfile": "definition",
    "[internal] load .dockerignore": "ignore",
    "[internal] load build context": "context",
}
FLAGS_KEPT = ("--chmod", "--link", "--exclude", "--parents")


@dataclass
class Named:
    """A named local context, and the paths that are asked for: [] for everything, None if it is not loaded."""

    name: str
    directory: str
    paths: list


@dataclass
class Extra:
    """What a build line may say beyond context and Dockerfile."""

    target: str = ""
    contexts: tuple = ()
    #: Names of contexts that a step works on: "context" is the main one
    built_on: tuple = ()


NOTHING_MORE = Extra()


@dataclass
class Build:
    """One Dockerfile built twice: the bytes of each load, ours and the engine's."""

    name: str
    dockerfile: str
    first: dict
    second: dict

    def differs(self):
        """Tell whether any number differs."""
        return any(ours != theirs for side in (self.first, self.second) for ours, theirs in side.values())


# The engine


def clear_cache(engine):
    """Have the engine forget everything, so that the next load is a first one."""
    subprocess.run([*buildctl(engine), "prune", "--all"], capture_output=True, check=True, timeout=BUILD_SECONDS)


def buildctl(engine):
    """Start of every command line."""
    return [engine.program("buildctl"), "--addr", engine.address()]


def engine_loads(engine, context, home, extra=NOTHING_MORE):
    """Build, and return the bytes of each load. A build that fails without loading its contexts is a RuntimeError.

    One that fails later is as good: what it copies may be gone, the directory was transferred before.
    """
    command = [*buildctl(engine), "build", "--progress", "rawjson", "--frontend", "dockerfile.v0"]
    command += ["--local", f"context={context}", "--local", f"dockerfile={home}"]
    if extra.target:
        command += ["--opt", f"target={extra.target}"]
    loads_of = dict(LOADS)
    for named in extra.contexts:
        command += ["--opt", f"context:{named.name}=local:{named.name}", "--local", f"{named.name}={named.directory}"]
        loads_of[f"[context {named.name}] load .dockerignore"] = f"{named.name}: ignore"
        loads_of[f"[context {named.name}] load from client"] = f"{named.name}: context"
    done = subprocess.run(command, capture_output=True, check=False, timeout=BUILD_SECONDS)
    text = done.stderr.decode("utf-8", "replace")
    names, loads = {}, {}
    for line in text.splitlines():
        if not line.startswith("{"):
            continue
        event = json.loads(line)
        for vertex in event.get("vertexes") or []:
            names[vertex["digest"]] = vertex["name"]
        for status in event.get("statuses") or []:
            load = loads_of.get(names.get(status["vertex"]))
            if load and status["id"].startswith("transferring "):
                loads[load] = max(loads.get(load, 0), status.get("current", 0))
    if done.returncode and not any(load.endswith("context") for load in loads):
        raise RuntimeError(text[-3000:])
    return loads


# Ours


def our_loads(options, context, home, paths, snapshot, extra=NOTHING_MORE):
    """The same from ctxopt: first and next bytes. Snapshots are read if they are there, then written."""
    tool = options.tool
    own = os.path.join(home, "Dockerfile.dockerignore")
    ignore = own if os.path.exists(own) else os.path.join(context, ".dockerignore")
    definition = ask(tool, "small", home, "Dockerfile", "Dockerfile.dockerignore", "dockerfile")["first"]
    loads = {"definition": definition}
    if ignore != own:
        loads["ignore"] = ask(tool, "small", context, ".dockerignore")["first"]
    if paths is not None:
        loads["context"] = directory_load(tool, context, ignore, paths, snapshot, "context" in extra.built_on)
    for named in extra.contexts:
        if named.paths is not None:
            ignore = os.path.join(named.directory, ".dockerignore")
            loads[f"{named.name}: ignore"] = ask(tool, "small", named.directory, ".dockerignore")["first"]
            saved = f"{snapshot}-{named.name}"
            loads[f"{named.name}: context"] = directory_load(tool, named.directory, ignore, named.paths, saved, named.name in extra.built_on)
    if options.ctxopt:
        saved = f"{snapshot}-program"
        loads.update(program_loads(options.ctxopt, context, f"{home}/Dockerfile", saved, extra))
    return loads


def directory_load(tool, directory, ignore, paths, snapshot, anew):
    """Bytes of the load of a directory, as the library says when it is told the paths; `anew`: a step works on it."""
    words = ["--ignore", ignore] if os.path.exists(ignore) else []
    words += [word for path in paths for word in ("--follow", path)]
    if os.path.exists(snapshot):
        words += ["--anew", "1"] if anew else []
        return ask(tool, "transfer", *words, "--since", snapshot, directory)["next"]
    return ask(tool, "transfer", *words, "--save", snapshot, directory)["first"]


def program_loads(program, context, dockerfile, snapshot, extra):
    """Bytes of the context loads as the program says, which reads the Dockerfile itself.

    Of named contexts it does not know what was there before, so their second loads are left to the library.
    """
    is_first = not os.path.exists(snapshot)
    words = ["--save" if is_first else "--since", snapshot, "--format", "json", "-f", dockerfile]
    words += ["--target", extra.target] if extra.target else []
    words += [word for named in extra.contexts for word in ("--build-context", f"{named.name}={named.directory}")]
    sent = ask(program, "context", *words, context)["transfer"]
    loads = {}
    for found in sent["contexts"]:
        if found["loaded"] and found["name"] == "context":
            loads["context"] = found["first_bytes" if is_first else "next_bytes"]
        elif found["loaded"] and is_first:
            loads[f"{found['name']}: context"] = found["first_bytes"]
    return loads


def ask(tool, *words):
    """Run the tool."""
    return json.loads(subprocess.run([tool, *words], stdout=subprocess.PIPE, check=True).stdout)


# Dockerfiles


def context_lines(text):
    """The COPY and ADD lines of a Dockerfile that read the context and whose sources need no variables: (line, sources)."""
    joined = re.sub(r"\\[ \t]*\r?\n([ \t]*#[^\n]*\n)*", " ", text)
    found = []
    for line in joined.splitlines():
        words = line.split()
        if not words or words[0].upper() not in ("COPY", "ADD") or "<<" in line:
            continue
        flags = [word for word in words[1:] if word.startswith("--") and not word.startswith("--chown")]  # scratch knows no names
        rest = line.split(None, 1)[1]
        while rest.startswith("--"):
            rest = (rest.split(None, 1) + [""])[1]
        try:
            operands = json.loads(rest) if rest.startswith("[") else shlex.split(rest)
        except ValueError:
            continue
        if len(operands) < 2 or any("://" in word or word.startswith("git@") for word in operands):
            continue
        if any(not flag.startswith(FLAGS_KEPT) or "$" in flag for flag in flags) or any("$" in word for word in operands[:-1]):
            continue
        found.append((" ".join(["COPY", *flags, json.dumps([*operands[:-1], "/x/"])]), operands[:-1]))
    return found


def synthetic(lines):
    """A Dockerfile of such lines, and the paths that a client is asked for; None means everything."""
    sources = [posixpath.normpath("/" + source).lstrip("/") for _line, found in lines for source in found]
    text = "FROM scratch\n" + "".join(line + "\n" for line, _sources in lines)
    return text, [] if "" in sources else sorted(set(sources))


def candidates(checkout):
    """Dockerfiles of a checkout that read their context: (path, context, lines), the most telling first."""
    found = []
    for directory, _subdirectories, files in os.walk(checkout):
        for name in files:
            path = os.path.join(directory, name)
            if not re.search(r"^Dockerfile|\.Dockerfile$|\.dockerfile$", name) or not os.path.isfile(path):
                continue
            text = pathlib.Path(path).read_text(encoding="utf-8", errors="replace")
            for context in (checkout, directory):
                lines = [line for line in context_lines(text) if all(exists(context, source) for source in line[1])]
                if lines:
                    narrow = bool(synthetic(lines)[1])
                    found.append((narrow, len(lines), path, context, lines))
    found.sort(key=lambda row: (not row[0], -row[1], len(row[2]), row[2]))
    return [row[2:] for row in found]


def exists(context, source):
    """Is there something to copy?"""
    relative = posixpath.normpath("/" + source).lstrip("/")
    return not relative or any(True for _ in pathlib.Path(context).glob(relative))


# Changes between two builds


def change(context, rng, paths):
    """Change a tree as work on it does; deterministic for a seeded generator. Returns what was done, counted."""
    files = [path for path in walk_files(context) if os.path.basename(path) not in (".dockerignore",)]
    wanted = [path for path in files if any(is_below(os.path.relpath(path, context), want) for want in paths)]
    pool = rng.sample(files, min(len(files), 40)) + rng.sample(wanted, min(len(wanted), 40))
    pool = list(dict.fromkeys(pool))
    rng.shuffle(pool)
    done = {}
    for number, path in enumerate(pool):
        what = CHANGES[number % len(CHANGES)]
        if os.path.lexists(path):
            what(path, rng)
            done[what.__name__] = done.get(what.__name__, 0) + 1
    return done


def is_below(path, want):
    """Does a wanted path, taken as text, cover the path?"""
    fixed = re.split(r"[*?\[]", want)[0]
    return path.startswith(fixed)


def walk_files(context):
    """Regular files, sorted; names that are no UTF-8 left out."""
    found = []
    for directory, _subdirectories, files in os.walk(context):
        paths = (os.path.join(directory, name) for name in files)
        found += [path for path in paths if os.path.isfile(path) and not os.path.islink(path)]
    return sorted(path for path in found if path.isprintable())


def touch(path, rng):
    """Another time, the same content."""
    os.utime(path, ns=(0, rng.randrange(10**18)))


def edit(path, rng):
    """More content, up to a few packets."""
    with open(path, "ab") as file:
        file.write(rng.randbytes(rng.choice([1, 100, 32768, 70000])))


def overwrite(path, _rng):
    """Another content of the same size at the same time: nobody sees it."""
    status = os.stat(path)
    with open(path, "wb") as file:
        file.write(b"~" * status.st_size)
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))


def chmod(path, _rng):
    """Other rights."""
    os.chmod(path, stat.S_IMODE(os.stat(path).st_mode) ^ 0o111)


def chmod_directory(path, _rng):
    """Other rights of the directory."""
    os.chmod(os.path.dirname(path), 0o710)


def rename(path, _rng):
    """Another name."""
    os.rename(path, path + ".renamed")


def add(path, rng):
    """A new file beside it."""
    with open(path + ".new", "wb") as file:
        file.write(rng.randbytes(rng.choice([0, 5, 32767, 32769])))


def link(path, _rng):
    """A second name."""
    os.link(path, path + ".link")


def to_symlink(path, _rng):
    """A symlink in the place of a copy of it."""
    with open(path + ".was-file", "wb"):
        pass
    os.symlink("nowhere", path + ".symlink")


def same_again(path, _rng):
    """A new inode, everything else the same."""
    status = os.stat(path)
    content = pathlib.Path(path).read_bytes()
    os.unlink(path)
    pathlib.Path(path).write_bytes(content)
    os.chmod(path, stat.S_IMODE(status.st_mode))
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))


def new_directory(path, _rng):
    """A directory with a file in it."""
    os.makedirs(path + ".d/e")
    pathlib.Path(path + ".d/e/f").write_bytes(b"f" * 300)


CHANGES = [touch, edit, overwrite, chmod, add, rename, link, same_again, to_symlink, new_directory, chmod_directory]


# One Dockerfile, twice


def compare(engine, options, scratch, name, label, context, dockerfile, paths, mutate, extra=NOTHING_MORE):
    """Build twice, with `mutate()` in between; returns a Build."""
    home = os.path.join(scratch, "home")
    os.makedirs(home, exist_ok=True)
    pathlib.Path(home, "Dockerfile").write_text(dockerfile, encoding="utf-8")
    snapshot = os.path.join(scratch, "snapshot")
    for old in pathlib.Path(scratch).glob("snapshot*"):
        old.unlink()
    clear_cache(engine)
    sides = []
    for change_it in (None, mutate):
        if change_it:
            change_it()
        ours = our_loads(options, context, home, paths, snapshot, extra)
        theirs = engine_loads(engine, context, home, extra)
        sides.append({load: (ours.get(load), theirs.get(load)) for load in sorted({*ours, *theirs})})
    return Build(name, label, *sides)


def compare_repository(engine, git_dir, options):
    """Check out a repository and build it in two ways."""
    name = repository_name(git_dir)
    found = []
    with tempfile.TemporaryDirectory(dir=engine.state) as scratch:
        checkout = os.path.join(scratch, "tree")
        check_out(git_dir, checkout)
        for path, context, lines in candidates(checkout)[: options.tries]:
            text, paths = synthetic(lines)
            rng = random.Random(name)
            label = os.path.relpath(path, checkout)
            try:
                build = compare(
                    engine, options, scratch, name, label, context, text, paths,
                    lambda context=context, paths=paths, rng=rng: change(context, rng, paths),
                )
            except RuntimeError as failure:
                print(f"{name} {label}: does not build: {last_error(failure)}")
                continue
            found.append(build)
            break
        rng = random.Random(name + " all")
        found.append(
            compare(
                engine, options, scratch, name, "`COPY . /`", checkout, EVERYTHING, [],
                lambda: change(checkout, rng, []),
            )
        )
    return found


def last_error(failure):
    """The telling line of a failed build."""
    lines = [line for line in str(failure).splitlines() if "error" in line or "failed" in line]
    return lines[-1][:200] if lines else str(failure)[-200:]


# A tree with everything


def make_everything(root):
    """Every kind of entry, and sizes around the ends of packets."""
    os.makedirs(f"{root}/dir/empty")
    os.makedirs(f"{root}/trap/keep")
    for size in (0, 1, 127, 128, 32767, 32768, 32769, 65536, 100000, 300000):
        pathlib.Path(root, f"size-{size}").write_bytes(b"x" * size)
    for number in range(300):  # indices of two bytes
        pathlib.Path(root, "dir", f"{number:03}").write_bytes(b"y" * number)
    pathlib.Path(root, "a-name-of-" + "x" * 200).write_bytes(b"")
    pathlib.Path(root, "dir", "caf\u00e9").write_bytes(b"utf-8")
    os.link(f"{root}/size-100000", f"{root}/dir/hard-link")
    os.link(f"{root}/size-100000", f"{root}/zz-hard-link")
    os.link(f"{root}/ignored" if os.path.exists(f"{root}/ignored") else f"{root}/size-1", f"{root}/dir/one")
    os.symlink("size-1", f"{root}/to-file")
    os.symlink("/dir/../nowhere", f"{root}/dangling")
    os.symlink("../trap", f"{root}/dir/to-dir")
    os.mkfifo(f"{root}/fifo")
    os.mknod(f"{root}/char", 0o644 | stat.S_IFCHR, os.makedev(5, 300))
    os.mknod(f"{root}/block", 0o600 | stat.S_IFBLK, os.makedev(8, 0))
    with socket.socket(socket.AF_UNIX) as endpoint:
        endpoint.bind(os.path.relpath(f"{root}/socket"))
    pathlib.Path(root, "trap", "keep", "refused").write_bytes(b"never arrives")  # rows.py, "the third line is skipped"
    pathlib.Path(root, "trap", "other").write_bytes(b"ignored")
    pathlib.Path(root, "no-rights").write_bytes(b"none")
    os.chmod(f"{root}/no-rights", 0)
    for name, mode in (("setuid", 0o4755), ("setgid", 0o2755), ("sticky", 0o1644)):
        pathlib.Path(root, name).write_bytes(name.encode())
        os.chmod(f"{root}/{name}", mode)
    os.chmod(f"{root}/dir/empty", 0o1777)
    for name, when in (("at-0", 0), ("before-1970", -86400 * 10**9 + 1), ("at-1ns", 1), ("far", 2**61)):
        pathlib.Path(root, name).write_bytes(name.encode())
        os.utime(f"{root}/{name}", ns=(0, when))
    os.setxattr(f"{root}/size-127", "user.note", b"n" * 150)
    os.setxattr(f"{root}/size-127", "user.empty", b"")
    os.setxattr(f"{root}/dir", "user.of-a-directory", b"\0\1")
    pathlib.Path(root, ".dockerignore").write_text("trap\n!trap/keep\ntrap\n**/*.log\n!a.log\n", encoding="utf-8")
    pathlib.Path(root, "b.log").write_bytes(b"ignored")


def link_dockerfile(home):
    """A Dockerfile that is a symlink into a directory."""
    os.makedirs(f"{home}/real/files")
    pathlib.Path(home, "real", "files", "Dockerfile.txt").touch()
    os.symlink("real/files/Dockerfile.txt", f"{home}/Dockerfile")


def add_directory(home):
    """A directory with a name that is asked for, in the place of an older spelling."""
    os.makedirs(f"{home}/dockerfile/empty")
    pathlib.Path(home, "dockerfile", "a").write_bytes(b"a" * 40000)
    os.symlink("a", f"{home}/dockerfile/b")


def add_ignore_file(home):
    """An ignore file beside the Dockerfile."""
    pathlib.Path(home, "Dockerfile.dockerignore").write_bytes(b"*.log\n")


#: What stands beside the Dockerfile, by the label of a build
HOMES = {
    "Dockerfile is a symlink": link_dockerfile,
    "a directory `dockerfile`": add_directory,
    "`Dockerfile.dockerignore`": add_ignore_file,
}

#: Label of the build that is repeated without a change
UNCHANGED = "nothing changes"

TREE_DOCKERFILES = [
    *((label, ["size-1"]) for label in HOMES),
    ("everything", ["."]),
    (UNCHANGED, ["."]),
    ("a directory", ["dir"]),
    ("files and wildcards", ["size-*", "zz-hard-link", "at-?"]),
    ("links", ["to-file", "dir/to-dir", "dir/hard-link"]),
    ("one of two names", ["dir/hard-link", "zz-hard-link"]),
    ("a wildcard component", ["d*/0*"]),
    ("below an exception", ["trap/keep"]),
    ("special files", ["fifo", "socket", "char", "block"]),
    ("times", ["at-0", "before-1970", "at-1ns", "far"]),
]


def make_library(root):
    """A directory that serves as a named context."""
    os.makedirs(f"{root}/src/deep")
    for name, size in (("src/a.c", 100), ("src/b.c", 40000), ("src/deep/c.c", 3), ("src/skipped.o", 9), ("README", 33000)):
        pathlib.Path(root, name).write_bytes(b"l" * size)
    os.symlink("src/deep", f"{root}/link")
    pathlib.Path(root, ".dockerignore").write_text("**/*.o\n", encoding="utf-8")


def make_tools(root):
    """Another one, without an ignore file: a program that ends with status 0 serves as a shell, if there is a compiler."""
    os.makedirs(f"{root}/bin")
    text = pathlib.Path(root, "true.c")
    text.write_text("int main(void) { return 0; }\n", encoding="utf-8")
    subprocess.run(["cc", "-Os", "-static", "-o", f"{root}/bin/sh", str(text)], check=False)


SH = "FROM scratch AS sh\nCOPY --from=tools bin/sh /bin/\n"

#: Label, Dockerfile, target, names of contexts that a step works on; then the paths asked for of the main context, of `lib`,
#: of `tools`: [] is everything, None not loaded. A RUN without a shell fails when everything is loaded, which is as good.
BUILDS = [
    ("`COPY --from`", "FROM scratch\nCOPY --from=lib src/a.c /x/\n", "", "", None, ["src/a.c"], None),
    ("`COPY --from`, everything", "FROM scratch\nCOPY --from=lib . /x/\nCOPY size-1 /y/\n", "", "", ["size-1"], [], None),
    ("`COPY --from`, link and wildcard", "FROM scratch\nCOPY --from=lib link/*.c R* /x/\n", "", "", None, ["R*", "link/*.c"], None),
    ("`COPY --from`, two", "FROM scratch\nCOPY --from=lib src /x/\nCOPY --from=tools bin /y/\nCOPY dir /z/\n", "", "",
     ["dir"], ["src"], ["bin"]),
    ("base alone", "FROM lib\n", "", "", None, [], None),
    ("base", "FROM lib\nCOPY size-1 /x/\n", "", "lib", ["size-1"], [], None),
    ("base, `COPY --link`", "FROM lib\nCOPY --link size-1 /x/\n", "", "lib", ["size-1"], [], None),
    ("base that is copied from", "FROM lib AS base\nFROM scratch\nCOPY --from=base src/b.c /x/\n", "", "", None, ["src/b.c"], None),
    ("base with a step, copied from", "FROM lib AS base\nCOPY size-1 /x/\nFROM scratch\nCOPY --from=base R* /y/\n", "", "lib",
     ["size-1"], ["R*"], None),
    ("mount of a named context", SH + "RUN --mount=from=lib,source=src/deep,target=/m x\nCOPY size-1 /x/\n", "", "",
     ["size-1"], ["src/deep"], ["bin/sh"]),
    ("mount of all of a named context", SH + "RUN --mount=from=lib,target=/m x\n", "", "", None, [], ["bin/sh"]),
    ("mount of a named context, read-write", SH + "RUN --mount=from=lib,target=/m,rw x\n", "", "lib", None, [], ["bin/sh"]),
    ("cache mount that begins with a named context", SH + "RUN --mount=type=cache,from=lib,target=/m x\n", "", "lib",
     None, [], ["bin/sh"]),
    ("bind mount", SH + "RUN --mount=source=dir,target=/m x\n", "", "", ["dir"], None, ["bin/sh"]),
    ("bind mount without source", SH + "COPY size-1 /x/\nRUN --mount=target=/m x\n", "", "", [], None, ["bin/sh"]),
    ("bind mount, read-write", SH + "COPY size-1 /x/\nRUN --mount=target=/m,rw x\n", "", "context", [], None, ["bin/sh"]),
    ("bind mount, no shell", 'FROM scratch\nRUN --mount=source=dir,target=/m ["/none"]\n', "", "", ["dir"], None, None),
    ("tmpfs mount", SH + "COPY size-1 /x/\nRUN --mount=type=tmpfs,target=/t x\n", "", "", [], None, ["bin/sh"]),
    ("cache and secret mounts", SH + "COPY size-1 /x/\nRUN --mount=type=cache,target=/c --mount=type=secret,id=s x\n", "", "",
     ["size-1"], None, ["bin/sh"]),
    ("tmpfs mount with a named context",
     SH + "COPY --from=lib src/a.c /x/\nCOPY size-1 /x/\nRUN --mount=type=tmpfs,target=/t x\n", "", "", [], ["src/a.c"], ["bin/sh"]),
    ("base with a shell", "FROM tools\nCOPY dir /x/\nRUN --mount=from=lib,target=/m x\nCOPY size-1 /y/\nRUN x\n", "", "tools",
     ["dir", "size-1"], [], []),
    ("`--target`", "FROM scratch AS one\nCOPY size-1 /x/\nFROM scratch\nCOPY --from=lib . /\nCOPY . /x/\n", "one", "",
     ["size-1"], None, None),
    ("`--target` with others below",
     "FROM scratch AS one\nCOPY dir /x/\nFROM scratch AS two\nCOPY --from=lib R* /\nFROM one AS three\nCOPY --from=two / /\n"
     "COPY at-0 /\nFROM three\nCOPY . /x/\n", "three", "", ["at-0", "dir"], ["R*"], None),
    ("`ONBUILD`", "FROM scratch AS one\nONBUILD COPY dir /x/\nFROM one\nCOPY size-1 /y/\n", "", "", ["dir", "size-1"], None, None),
    ("variables", "FROM scratch\nARG D=dir\nARG N\nCOPY ${D}/0* si${N:-ze}-127 /x/\n", "", "", ["dir/0*", "size-127"], None, None),
    ("a variable that is empty", "FROM scratch\nARG N\nCOPY size-1 $N /x/\n", "", "", [], None, None),
    ("`--parents` and `--exclude`", "FROM scratch\nCOPY --parents --exclude=00* dir/./0* /x/\n", "", "", ["dir/0*"], None, None),
    ("nothing of the context", "FROM scratch\nCOPY <<EOF /x\ntext\nEOF\nCOPY --from=lib src/b.c /y/\n", "", "", None, ["src/b.c"], None),
]


def run_builds(engine, options):
    """Build with named contexts, targets and mounts."""
    found = []
    for label, text, target, built_on, paths, *asked in BUILDS:
        with tempfile.TemporaryDirectory(dir=engine.state) as scratch:
            roots = [os.path.join(scratch, name) for name in ("tree", "library", "tools-of-ours")]
            for root, make in zip(roots, (make_everything, make_library, make_tools)):
                make(root)
            extra = Extra(target, (Named("lib", roots[1], asked[0]), Named("tools", roots[2], asked[1])), (built_on,))
            rng = random.Random(label)
            build = compare(
                engine, options, scratch, "named contexts and mounts", label, roots[0], text, paths,
                lambda roots=roots, rng=rng, paths=paths, asked=asked: [
                    change(root, rng, want or []) for root, want in zip(roots, (paths, *asked))
                ],
                extra,
            )
            found.append(build)
            print(row(build), flush=True)
    return found


def run_trees(engine, options):
    """Build the tree with everything in several ways."""
    found = []
    for label, sources in TREE_DOCKERFILES:
        with tempfile.TemporaryDirectory(dir=engine.state) as scratch:
            root = os.path.join(scratch, "tree")
            make_everything(root)
            os.makedirs(os.path.join(scratch, "home"))
            HOMES.get(label, lambda home: None)(os.path.join(scratch, "home"))
            text, paths = synthetic([("COPY " + json.dumps([*sources, "/x/"]), sources)])
            rng = random.Random(label)
            build = compare(
                engine, options, scratch, "every kind of entry", label, root, text, paths,
                lambda root=root, rng=rng, paths=paths, label=label: label == UNCHANGED or change(root, rng, paths),
            )
            found.append(build)
            print(row(build), flush=True)
    return found + run_builds(engine, options)


def run_repositories(engine, options):
    """Build all repositories."""
    found = []
    for git_dir in options.directories:
        for build in compare_repository(engine, git_dir, options):
            found.append(build)
            print(row(build), flush=True)
        publish(found, options)  # a long run that is stopped leaves what it has
    return found


# The result


def cell(side):
    """Ours and the engine's bytes of the loads of one build."""
    order = ["context", "definition", "ignore"]
    order += sorted(load for load in side if ": " in load)
    pairs = [side.get(load, (None, None)) for load in order]
    ours = " / ".join("-" if pair[0] is None else f"{pair[0]}" for pair in pairs)
    theirs = " / ".join("-" if pair[1] is None else f"{pair[1]}" for pair in pairs)
    return f"{ours} | {theirs}"


def row(build):
    """A row of the table."""
    verdict = "**differs**" if build.differs() else "equal"
    return f"| {build.name} | {build.dockerfile} | {cell(build.first)} | {cell(build.second)} | {verdict} |"


def table(builds):
    """All rows, and how many are equal."""
    body = ["| tree | Dockerfile | first: ctxopt | first: engine | second: ctxopt | second: engine | |"]
    body += ["| --- | --- | ---: | ---: | ---: | ---: | --- |"]
    body += [row(build) for build in builds]
    equal = sum(not build.differs() for build in builds)
    return [f"{equal} of {len(builds)} equal. Bytes of context / build definition / ignore file / then each named context and its ignore file.", "", *body]


def publish(builds, options):
    """Write the section of this run."""
    if not options.out.exists():
        options.out.write_text("# Bytes that a client sends, ctxopt and a real engine\n", encoding="utf-8")
    versions = ", ".join(f"{name} {version}" for name, version in BuildKit().versions().items())
    title = "trees" if options.what == "trees" else "repositories"
    replace_section(options.out, title, [f"Run on {options.date}. {versions}.", "", *table(builds)])


def parse_arguments():
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tool", required=True, help="ctxopt-transfer-tool")
    parser.add_argument("--ctxopt", help="the program: judged instead of the tool, reads the Dockerfiles")
    parser.add_argument("--date", default="an unknown date", help="goes into the result file")
    parser.add_argument("--tries", type=int, default=5, help="Dockerfiles of a repository to try until one builds")
    parser.add_argument("--out", type=pathlib.Path, default=HERE / "results" / "transfer.md")
    what = parser.add_subparsers(dest="what", required=True)
    what.add_parser("trees", help="a tree with every kind of entry")
    what.add_parser("repos", help="git directories").add_argument("directories", nargs="+", metavar="DIR")
    return parser.parse_args()


def main():
    """Run the comparison."""
    options = parse_arguments()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(130))
    try:
        with BuildKit() as engine:
            run = run_trees if options.what == "trees" else run_repositories
            builds = run(engine, options)
    except Unavailable as reason:
        print(f"skipped: {BuildKit.name}: {reason}")
        return 0
    publish(builds, options)
    return 1 if any(build.differs() for build in builds) else 0


if __name__ == "__main__":
    sys.exit(main())
