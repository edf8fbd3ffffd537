"""Random Dockerfiles and what people do to them: the same seed gives the same histories.

A case is a list of versions of a small context. It begins with a random tree and a random Dockerfile; then files are
edited, moved, given other rights, added and removed, lines of the Dockerfile are edited, added, removed and swapped,
versions are reverted, and two lines of work alternate. Most Dockerfiles build; those that do not are left out
when they are recorded. All images have the paths of IMAGE_PATHS and the users of USERS.
"""

import copy
import random
import re

IMAGE_PATHS = (
    *("/base/f.txt", "/base/dir/deep.txt", "/base/dir/more.txt", "/out/made.txt", "/srv/x/k.txt", "/w/k.txt"),
    *("/app/a.txt", "/app/sub/b.txt", "/all/k.txt"),
)
USERS = ("app", "web")
NAMES = ("a", "b", "c.txt", "main.c", "app.js", "run.sh", "Makefile", "x.log", "package.json", "y.md")
SHARING = ("locked", "private", "shared")
DIRECTORIES = ("", "", "src/", "src/lib/", "docs/", "web/", "web/static/css/", "conf/")
COMMANDS = ("make", "npm ci", "true", "echo hi > /tmp/x", "apt-get update && apt-get install -y gcc", "go build ./...")
PLACES = ("/app", "/app/", "/srv/x", "/out", "/w/", "./", "sub/", "/base/dir/")
STAGE_SOURCES = (
    *("/base/f.txt", "/base/dir", "/base", "/out", "/app", "/app", "/srv", "/srv/x", "/base/dir/*.txt", "/w", "/"),
    *("/app/*", "/app/m*", "/app/*.c", "/out/*", "/w/?", "/srv/x/src*", "/all", "/app/sub"),
)
#: Versions of a case
BUILDS = 12
#: What can be asked of a stage without an image below it
SCRATCH_SOURCES = ("/", "/", "/app*", "/app/*", "/o*/*", "/*/*.c", "/w*")


class Maker:
    """Makes one case."""

    def __init__(self, seed):
        self.rng = random.Random(f"ctxopt cache {seed}")
        self.counter = 0
        #: On which of two branches each version of the case is
        self.branches = []

    def chance(self, share):
        """True in that share of calls."""
        return self.rng.random() < share

    def pick(self, values):
        """One of them."""
        return self.rng.choice(list(values))

    def fresh(self, prefix):
        """A word that was not used before."""
        self.counter += 1
        return f"{prefix}{self.counter}"

    # The tree

    def tree(self):
        """Files of a context."""
        files = {}
        for _ in range(self.rng.randrange(6, 16)):
            files[self.pick(DIRECTORIES) + self.pick(NAMES)] = self.file()
        files.setdefault("src/main.c", ("100644", b"main\n"))
        files.setdefault("a", ("100644", b"a\n"))
        if self.chance(0.3):
            files["link"] = ("120000", self.pick(["a", "src", "src/main.c", "/src"]).encode())
        return files

    def file(self):
        """Rights and content; some contents are equal by chance."""
        content = self.pick([self.fresh("text "), "same", "other", ""])
        return ("100755" if self.chance(0.15) else "100644", content.encode() + b"\n" * bool(content))

    def ignore(self):
        """An ignore file."""
        rules = ["*.log", "docs", "**/*.md", "Dockerfile", ".dockerignore", "web\n!web/static", "conf/*", "src/lib"]
        return "\n".join(self.rng.sample(rules, self.rng.randrange(1, 4))) + "\n"

    # The Dockerfile: a list of stages, each a list of lines

    def dockerfile(self, files):
        """Stages of a random Dockerfile."""
        stages = []
        count = self.pick([1, 1, 2, 2, 3, 4])
        for number in range(count):
            base = self.base(stages)
            stage = [f"FROM {base} AS s{number}"]
            if self.chance(0.3):
                stage.append(f"WORKDIR {self.pick(['/app', '/w', '/srv/x'])}")
            for _ in range(self.rng.randrange(1, 6)):
                stage.append(self.line(files, stages, base == "scratch"))
            stages.append(stage)
        if len(stages) > 1 and not any("s0" in line for stage in stages[1:] for line in stage):
            stages[-1].append("COPY --from=s0 / /all/")
        return stages

    def base(self, stages):
        """What a stage stands on."""
        if stages and self.chance(0.25):
            return f"s{self.rng.randrange(len(stages))}"
        return self.pick(["img:1", "img:1", "img:1", "img:2", "other:${V}", "scratch"])

    def line(self, files, stages, is_scratch):
        """A random instruction. Stages before it are known."""
        kinds = [(self.copy, 6), (self.run, 5), (self.setting, 2), (self.heredoc, 1), (self.mount, 1)]
        if stages:
            kinds += [(self.copy_from, 6), (self.mount_from, 1)]
        if is_scratch:
            kinds = [item for item in kinds if item[0] in (self.copy, self.copy_from, self.run)]
        kind = self.rng.choices([kind for kind, _ in kinds], [weight for _, weight in kinds])[0]
        return kind(files, stages)

    def source(self, files):
        """Sources from the context."""
        path = self.pick(files)
        parts = path.split("/")
        choices = [path, "/".join(parts[:-1]) or ".", parts[0], ".", ".", "src", "s?c", "*.c*", "src/*", "*/*"]
        if self.chance(0.2):
            return f"{self.pick(files)} {self.pick(files)}"
        return self.pick(choices)

    def copy(self, files, _stages):
        """COPY or ADD from the context."""
        flags = ""
        if self.chance(0.15):
            flags += " --link"
        if self.chance(0.15):
            flags += f" --chown={self.pick(['app', 'web:web', '7', '0:0', '1000:1000'])}"
        if self.chance(0.1):
            flags += f" --chmod={self.pick(['644', '0755', 'u+x'])}"
        if self.chance(0.12):
            flags += f" --exclude={self.pick(['*.c', '**/*.txt', 'lib', 'a'])}"
        if self.chance(0.06):
            flags += " --parents"
        if " --link" in flags and "--chown=app" in flags:
            flags = flags.replace("app", "5")
        return f"{'ADD' if self.chance(0.1) and not flags else 'COPY'}{flags} {self.source(files)} {self.place()}"

    def place(self):
        """A destination, always a directory."""
        return self.pick(PLACES).rstrip("/") + "/"

    def copy_from(self, _files, stages):
        """COPY from a stage or an image."""
        number = self.rng.randrange(len(stages))
        origin = self.pick([f"s{number}", f"s{number}", str(number), "img:1", "img:3"])
        source = self.pick(SCRATCH_SOURCES if is_bare(stages, number) else STAGE_SOURCES)
        if origin.startswith("img"):
            source = self.pick(["/base/f.txt", "/base", "/base/dir/*.txt", "/out"])
        link = " --link" if self.chance(0.12) else ""
        return f"COPY{link} --from={origin} {source} {self.place()}"

    def run(self, _files, _stages):
        """RUN with a shell, as JSON, or with options."""
        command = self.pick(COMMANDS)
        return self.pick([
            f"RUN {command}", f"RUN {command}", f"RUN {command}", "RUN echo $A ${V}",
            'RUN ["/bin/tool", "arg"]', f"RUN --network=none {command}",
            f"RUN --mount=type=cache,target=/root/.cache {command}",
            f"RUN --mount=type=cache,id={self.pick('ij')},target=/c,sharing={self.pick(SHARING)} {command}",
            f"RUN --mount=type=secret,id={self.pick(['s', 't'])} {command}",
            "RUN <<END\nset -e\necho one\nEND",
        ])  # fmt: skip

    def mount(self, files, _stages):
        """RUN with a mount of the context."""
        path = self.pick(files)
        source = self.pick([path, path.rsplit("/", 1)[0] if "/" in path else ".", "src"])
        rest = self.pick(["", ",rw", ",ro"])
        given = "" if source == "." else f",source={source}"
        return f"RUN --mount=type=bind{given},target=/mnt{rest} {self.pick(COMMANDS)}"

    def mount_from(self, _files, stages):
        """RUN with a mount of a stage or an image."""
        full = [f"s{number}" for number in range(len(stages)) if not is_bare(stages, number)]
        origin = self.pick([*full, *full, "img:1", "img:3"])
        source = self.pick(["/base", "/base/dir", "/out", "/app", "/srv/x"])
        kind = self.pick(["bind", "bind", "cache"])
        return f"RUN --mount=type={kind},from={origin},source={source},target=/mnt {self.pick(COMMANDS)}"

    def setting(self, _files, _stages):
        """A line that makes no layer of files by itself."""
        return self.pick([
            f"ENV A={self.rng.randrange(3)}", f"ENV B={self.rng.randrange(3)} C=c",
            "ARG V", f"ARG D={self.rng.randrange(3)}",
            f"WORKDIR {self.pick(['/app', '/w', 'sub', '/srv/x/'])}",
            f"USER {self.pick(['app', 'web', '7', 'root', '0'])}",
            f"LABEL l={self.rng.randrange(3)}", "EXPOSE 80", 'CMD ["x"]', "VOLUME /v", "# a comment",
            f"SHELL [\"{self.pick(['/bin/sh', '/bin/bash'])}\", \"-c\"]",
            f"ONBUILD RUN {self.pick(COMMANDS)}", "ONBUILD COPY a /on/",
        ])  # fmt: skip

    def heredoc(self, _files, _stages):
        """COPY of a file that the Dockerfile holds."""
        body = self.pick(["one", "two", "$A and ${V}"])
        return f"COPY <<{self.pick(['END', 'FILE'])} /app/inline\n{body}\nEND".replace("<<FILE", "<<-END")

    # Changes

    def change(self, state):
        """Change a state: (files, stages, value of V, ignore file or None)."""
        kinds = [
            *((self.edit_file, 6), (self.move_file, 2), (self.add_file, 2), (self.drop_file, 1), (self.mode_file, 1)),
            *((self.edit_line, 3), (self.add_line, 1), (self.drop_line, 1), (self.swap_lines, 1)),
            *((self.edit_head, 1), (self.edit_ignore, 1), (self.nothing, 1)),
        ]
        for _ in range(self.pick([1, 1, 2, 3, 4])):
            self.rng.choices([kind for kind, _ in kinds], [weight for _, weight in kinds])[0](state)

    def plain_files(self, state):
        """Paths that may be changed."""
        return [path for path in state["files"] if path not in ("src/main.c", "a")] or ["src/main.c"]

    def edit_file(self, state):
        """Another content."""
        path = self.pick(state["files"])
        mode = state["files"][path][0]
        if mode != "120000":
            state["files"][path] = (mode, self.file()[1])

    def move_file(self, state):
        """Another name."""
        path = self.pick(self.plain_files(state))
        target = self.pick(DIRECTORIES) + self.pick([path.rsplit("/", 1)[-1], self.fresh("moved")])
        if target not in state["files"] and path != "src/main.c":
            state["files"][target] = state["files"].pop(path)

    def add_file(self, state):
        """One more."""
        state["files"].setdefault(self.pick(DIRECTORIES) + self.pick(NAMES), self.file())

    def drop_file(self, state):
        """One less."""
        path = self.pick(self.plain_files(state))
        if path != "src/main.c":
            del state["files"][path]

    def mode_file(self, state):
        """Other rights."""
        path = self.pick(state["files"])
        mode, content = state["files"][path]
        if mode != "120000":
            state["files"][path] = ("100644" if mode == "100755" else "100755", content)

    def edit_line(self, state):
        """Another line in the place of one."""
        number = self.rng.randrange(len(state["stages"]))
        stage = state["stages"][number]
        line = self.rng.randrange(1, len(stage))
        is_scratch = stage[0].startswith("FROM scratch")
        if stage[line].startswith("RUN ") and "\n" not in stage[line] and self.chance(0.5):
            stage[line] += self.pick([" -v", "  #", " && true"])
        else:
            stage[line] = self.line(state["files"], state["stages"][:number], is_scratch)

    def add_line(self, state):
        """One more line."""
        number = self.rng.randrange(len(state["stages"]))
        stage = state["stages"][number]
        is_scratch = stage[0].startswith("FROM scratch")
        at = self.rng.randrange(1, len(stage) + 1)
        stage.insert(at, self.line(state["files"], state["stages"][:number], is_scratch))

    def drop_line(self, state):
        """One line less."""
        stage = self.pick(state["stages"])
        if len(stage) > 2:
            del stage[self.rng.randrange(1, len(stage))]

    def swap_lines(self, state):
        """Two lines change places."""
        stage = self.pick(state["stages"])
        if len(stage) > 2:
            at = self.rng.randrange(1, len(stage) - 1)
            stage[at], stage[at + 1] = stage[at + 1], stage[at]

    def edit_head(self, state):
        """The argument that bases and commands use."""
        state["value"] = self.pick("123")

    def edit_ignore(self, state):
        """Another ignore file."""
        state["ignore"] = self.ignore() if self.chance(0.8) else None

    def nothing(self, _state):
        """The same again."""

    def case(self):
        """Versions of a case."""
        files = self.tree()
        state = {"files": files, "stages": self.dockerfile(files), "value": "1", "ignore": None}
        if self.chance(0.6):
            state["ignore"] = self.ignore()
        lines = [[state], [copy.deepcopy(state)]]
        at, seen, self.branches = 0, [], []
        for number in range(BUILDS):
            if number and self.chance(0.25):
                at = 1 - at
            line = lines[at]
            if number and self.chance(0.12) and len(seen) > 1:
                line.append(copy.deepcopy(self.pick(seen)))
            elif number:
                line.append(copy.deepcopy(line[-1]))
                self.change(line[-1])
            seen.append(line[-1])
            self.branches.append(at)
        return [version_of(state) for state in seen]


def version_of(state):
    """The files of a state: {path: (mode, bytes)}. Sources that are not there are replaced, so that it builds."""
    files = {path: value for path, value in state["files"].items() if not is_above(path, state["files"])}
    kept = {path for path in files if is_kept(path, state["ignore"] or "")}
    lines = [f"ARG V={state['value']}"]
    for number, stage in enumerate(state["stages"]):
        lines.append(stage[0])
        if is_bare(state["stages"], number):
            lines.append("COPY src/main.c /app/")
        lines += [with_sources(line, kept) for line in stage[1:]]
    files["Dockerfile"] = ("100644", ("\n".join(lines) + "\n").encode())
    if state["ignore"] is not None:
        files[".dockerignore"] = ("100644", state["ignore"].encode())
    return files


def with_sources(line, kept):
    """A line with sources of the context that exist."""

    def existing(source):
        path = source.strip("/")
        if path == "." and "--parents" in line:
            return "src/main.c"  # BuildKit finds no "/" then
        if path in (".", "") or re.search(r"[*?]", path) or path in kept or is_above(path, kept):
            return source
        return "src/main.c"

    if line.startswith(("COPY", "ADD")) and "--from=" not in line and "<<" not in line:
        words = line.split(" ")
        at = next(number for number, word in enumerate(words) if number and not word.startswith("--"))
        return " ".join([*words[:at], *map(existing, words[at:-1]), words[-1]])
    return re.sub(r"(?<=type=bind,source=)([^,]*)", lambda found: existing(found.group()), line)


def is_kept(path, ignore):
    """Is a path sent, by the rules of Maker.ignore()?"""
    if any(rule in ignore.split("\n") and is_rule_for(path) for rule, is_rule_for in IGNORED.items()):
        return path.startswith("web/static/") and "!web/static" in ignore and not path.endswith(".md")
    return True


IGNORED = {
    "*.log": lambda path: path.endswith(".log"),
    "docs": lambda path: path.startswith("docs/"),
    "**/*.md": lambda path: path.endswith(".md"),
    "web": lambda path: path.startswith("web/"),
    "conf/*": lambda path: path.startswith("conf/"),
    "src/lib": lambda path: path.startswith("src/lib"),
}


def is_bare(stages, number):
    """Is there no image below a stage?"""
    base = stages[number][0].split()[1]
    return base == "scratch" or (base[0] == "s" and base[1:].isdigit() and is_bare(stages, int(base[1:])))


def is_above(path, files):
    """Is there a file below a path, which then is a directory?"""
    return any(other.startswith(path + "/") for other in files)


def case(seed):
    """The versions of one case."""
    return Maker(seed).case()


def branches(seed):
    """The branch, 0 or 1, on which each version of a case is."""
    maker = Maker(seed)
    maker.case()
    return maker.branches
