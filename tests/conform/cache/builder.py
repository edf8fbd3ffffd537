"""A real BuildKit in which every RUN succeeds at once and every base image exists: what is left is its cache.

Base images come from a registry on loopback that makes them (registry.py). Containers are started with a runtime
that is one static program that exits 0, so a RUN does nothing, with its text and options untouched. Verdicts do
not depend on what a RUN does, but through COPY --from, whose source paths the images have.
"""

import dataclasses
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import time

sys.path.append(str(pathlib.Path(__file__).resolve().parent.parent))

from engines import (  # noqa: E402
    BUILD_SECONDS,
    BUILDKIT_VERSION,
    BuildKit,
    Unavailable,
    detach_mounts,
    end,
    install_buildkit,
)
from oracle import cache_directory  # noqa: E402
from registry import Registry  # noqa: E402

#: Hosts that are always mirrored; those that a Dockerfile names are added.
HOSTS = ("docker.io", "gcr.io", "ghcr.io", "quay.io", "mcr.microsoft.com", "public.ecr.aws", "registry.k8s.io")
PRUNES = 10
#: What a build holds on to for a moment after its end cannot be dropped
SETTLING_SECONDS = 1
#: How buildctl spells options of docker build
SPELLED = {
    "--target": "target={}",
    "--build-arg": "build-arg:{}",
    "--no-cache": "no-cache=",
    "--no-cache-filter": "no-cache={}",
}
#: Names of vertices that are no steps
NO_STEP = re.compile(r"\[(?:internal|auth)\]|\[context |\[[^]]*\] FROM |(?!\[)")
#: A source of COPY or of a mount that is not there
NOT_FOUND = re.compile(r'failed to calculate checksum of ref [^"\n]*"/?([^"\n]*)": not found')


@dataclasses.dataclass
class Build:
    """What one build showed."""

    #: (name, verdict) of every step, sorted; verdict H hit, M miss, - never started
    steps: list
    #: None if it succeeded, else the engine's words
    error: str | None = None
    #: The failed step read this path of a stage or image which has no such path
    absent: str | None = None

    def is_harmless(self):
        """Tell whether the builder's cache is as it was: the build failed before any step began."""
        return self.error is not None and all(verdict == "-" for _name, verdict in self.steps)


class WithRegistry:
    """Of an engine: a registry beside it."""

    def __init__(self):
        super().__init__()
        self.registry = Registry()

    def __enter__(self):
        self.registry.__enter__()
        return super().__enter__()

    def __exit__(self, *exception):
        super().__exit__(*exception)
        self.registry.__exit__()

    @staticmethod
    def needs(needs):
        """What images have to have here, beside what cases need."""
        return needs


class Builder(WithRegistry, BuildKit):
    """BuildKit with a registry beside it."""

    def __init__(self, hosts=()):
        super().__init__()
        self.hosts = sorted({*HOSTS, *hosts})

    def prepare(self):
        self.programs = cache_directory() / "bin"
        if not (self.programs / f"buildkitd-{BUILDKIT_VERSION}").exists():
            install_buildkit(self.programs)
        self.runtime = compile_runtime(self.programs / "succeeds")

    def daemon_command(self):
        mirrors = "".join(f'[registry."{host}"]\n  mirrors = ["{self.registry.address}"]\n' for host in self.hosts)
        config = self.state / "buildkitd.toml"
        config.write_text(
            f'root = "{self.state}/root"\n'
            'insecure-entitlements = ["network.host", "security.insecure"]\n'
            f'[grpc]\n  address = ["{self.address()}"]\n'
            f'[worker.oci]\n  enabled = true\n  networkMode = "host"\n  gc = false\n  binary = "{self.runtime}"\n'
            "[worker.containerd]\n  enabled = false\n"
            f'{mirrors}[registry."{self.registry.address}"]\n  http = true\n',
            encoding="utf-8",
        )
        return [self.program("buildkitd"), "--config", str(config)]

    def forget(self):
        """Empty the cache. What the last build holds is not dropped at once; a failed one may hold it for good."""
        command = [self.program("buildctl"), "--addr", self.address()]
        for _ in range(PRUNES):
            subprocess.run([*command, "prune", "--all"], capture_output=True, check=True, timeout=BUILD_SECONDS)
            left = subprocess.run([*command, "du"], capture_output=True, check=True, timeout=BUILD_SECONDS)
            if re.search(rb"(?m)^Total:\s+0B?$", left.stdout):
                return
            time.sleep(0.1)
        self.renew()

    def prune(self, megabytes):
        """Drop results until the rest is smaller. The copy of the context counts, but stays."""
        command = [self.program("buildctl"), "--addr", self.address()]
        time.sleep(SETTLING_SECONDS)
        subprocess.run(
            [*command, "prune", "--filter", "type==regular", "--keep-storage", str(megabytes)],
            capture_output=True,
            check=True,
            timeout=BUILD_SECONDS,
        )

    def renew(self):
        """Begin with a new daemon that has never built anything.

        After `prune --all` exports of mode=min can hold more than those of a daemon that never built the same.
        """
        end(self.daemon)
        detach_mounts(self.state)
        shutil.rmtree(self.state / "root", ignore_errors=True)
        self.launch()

    @staticmethod
    def words(options):
        """Options of a case in the words of buildctl."""
        words, rest = [], [] if options[:1] in (["--cache"], ["--cache-size"]) else list(options)
        while rest:
            name = rest.pop(0)
            value = "" if name == "--no-cache" else rest.pop(0)
            words += ["--opt", SPELLED[name].format(value)]
        return words

    def cache_options(self, deployment):
        """Options of buildctl with which a fresh builder has what the last one exported."""
        place = f"{self.registry.address}/pushed/cache"
        if deployment == "inline":
            pushed = f"type=image,name={place},push=true"
            return [
                *("--export-cache", "type=inline", "--output", pushed),
                *("--import-cache", f"type=registry,ref={place}"),
            ]
        mode = deployment.removeprefix("registry-")
        exported = f"type=registry,ref={place},mode={mode}"
        return ["--export-cache", exported, "--import-cache", f"type=registry,ref={place}"]

    def verdicts(self, context, dockerfile, options=()):
        """Build, and return what was shown as a Build. More options of buildctl may follow."""
        command = [
            *(self.program("buildctl"), "--addr", self.address(), "build", "--progress", "rawjson"),
            *("--frontend", "dockerfile.v0", "--opt", f"filename={os.path.basename(dockerfile)}"),
            *("--opt", "cmdline=builtin", "--allow", "network.host", "--allow", "security.insecure"),
            *("--local", f"context={context}", "--local", f"dockerfile={os.path.dirname(dockerfile)}", *options),
        ]
        done = subprocess.run(
            command, capture_output=True, text=True, errors="replace", timeout=BUILD_SECONDS, check=False
        )
        return read_events(done.stderr, done.returncode != 0)


def compile_runtime(path):
    """Compile the container runtime, unless that was done: whatever it is told, it has been done. Returns its path."""
    if path.exists():
        return path
    path.parent.mkdir(parents=True, exist_ok=True)
    program = subprocess.run(
        ["gcc", "-O2", "-static", "-s", "-x", "c", "-", "-o", str(path)],
        input=b"int main(void) { return 0; }\n",
        check=False,
    )
    if program.returncode:
        raise Unavailable("the container runtime does not compile here")
    return path


def read_events(text, failed):
    """Read the verdicts out of the events of a build."""
    vertices = {}
    for line in text.splitlines():
        if not line.startswith("{"):
            continue
        for event in json.loads(line).get("vertexes") or []:
            vertex = vertices.setdefault(event["digest"], {"name": event["name"], "events": [], "error": None})
            vertex["events"].append(event)
            vertex["error"] = event.get("error") or vertex["error"]
    steps = sorted((v["name"], verdict(v["events"])) for v in vertices.values() if not NO_STEP.match(v["name"]))
    if not failed:
        return Build(steps)
    absent = None
    for vertex in vertices.values():
        found = NOT_FOUND.search(vertex["error"] or "")
        if found and "from=" in vertex["name"]:
            absent = found.group(1)
    return Build(steps, text[-3000:], absent)


def verdict(events):
    """The verdict of a vertex: one that was ever cached is a hit, whatever was pulled later."""
    if any(event.get("cached") for event in events):
        return "H"
    return "M" if any(event.get("started") for event in events) else "-"
