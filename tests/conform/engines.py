"""Start and stop real build engines, and run one build with them.

Each engine is a context manager; leaving it ends its daemon and removes its state. Engines run as root, listen
on a unix socket only, and need no network to build: the builds start FROM scratch.
"""

import contextlib
import json
import os
import pathlib
import shutil
import signal
import subprocess
import tempfile
import time

from oracle import cache_directory

BUILDKIT_VERSION = "v0.32.2"
START_SECONDS = 60
BUILD_SECONDS = 600

#: What a build says when it refuses the ignore file; anything else that fails is trouble with the engine
REFUSALS = (
    "syntax error in pattern",
    "illegal exclusion pattern",
    "non-printable ASCII characters",
    "token too long",
    "RST_STREAM with error code: PROTOCOL_ERROR",
)


class Unavailable(Exception):
    """The engine cannot run here."""


class Engine:
    """A daemon with its state directory."""

    name = "engine"

    def __init__(self):
        self.state = None
        self.daemon = None

    def __enter__(self):
        if os.geteuid() != 0:
            raise Unavailable("engines are started as root")
        self.prepare()
        self.state = pathlib.Path(tempfile.mkdtemp(prefix="ctxopt-conform-"))
        try:
            self.launch()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_exception):
        if self.daemon is not None:
            end(self.daemon)
        if self.state is not None:
            detach_mounts(self.state)
            shutil.rmtree(self.state, ignore_errors=True)
        self.daemon = self.state = None

    def launch(self):
        """Start the daemon and wait until it answers."""
        log = self.state / "daemon.log"
        with open(log, "wb") as output:
            self.daemon = subprocess.Popen(
                self.daemon_command(),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
                env=self.daemon_environment(),
            )
        deadline = time.monotonic() + START_SECONDS
        while not self.answers():
            if self.daemon.poll() is not None or time.monotonic() > deadline:
                raise Unavailable(f"{self.name} did not start: {last_line(log)}")
            time.sleep(0.2)

    def answers(self):
        """Tell whether the daemon is ready."""
        return run(self.ping_command()).returncode == 0

    def build(self, context, dockerfile, tar):
        """Build and write the image's files to tar; returns the engine's words when it refuses the ignore file."""
        done = run(self.build_command(context, dockerfile, tar), self.build_environment())
        if done.returncode == 0:
            return None
        text = done.stdout.decode("utf-8", "replace").strip()
        for line in reversed(text.splitlines()):
            if any(refusal in line for refusal in REFUSALS):
                return line
        raise RuntimeError(f"{self.name}: build of {context} failed:\n{text[-2000:]}")

    def daemon_environment(self):
        """Environment of the daemon: what it writes for a while goes with its state."""
        return {**os.environ, "TMPDIR": str(self.state)}

    def build_environment(self):
        """Environment of a build."""
        return dict(os.environ)

    def prepare(self):
        """Find or make the programs; raises Unavailable."""
        raise NotImplementedError

    def daemon_command(self):
        """Command line of the daemon."""
        raise NotImplementedError

    def ping_command(self):
        """Command line that succeeds once the daemon is ready."""
        raise NotImplementedError

    def build_command(self, context, dockerfile, tar):
        """Command line of one build."""
        raise NotImplementedError

    def versions(self):
        """Map the names of what took part to versions."""
        raise NotImplementedError


class BuildKit(Engine):
    """Current BuildKit, compiled from its Go module."""

    name = "buildkit"

    def prepare(self):
        self.programs = cache_directory() / "bin"
        if shutil.which("runc") is None:
            raise Unavailable("buildkitd needs runc")
        if not (self.programs / f"buildkitd-{BUILDKIT_VERSION}").exists():
            install_buildkit(self.programs)

    def program(self, name):
        """Path of one of BuildKit's programs."""
        return str(self.programs / f"{name}-{BUILDKIT_VERSION}")

    def address(self):
        """Where the daemon listens."""
        return f"unix://{self.state}/buildkitd.sock"

    def daemon_command(self):
        config = self.state / "buildkitd.toml"
        config.write_text(
            f'root = "{self.state}/root"\n'
            f'[grpc]\n  address = ["{self.address()}"]\n'
            '[worker.oci]\n  enabled = true\n  networkMode = "host"\n  gc = false\n'
            "[worker.containerd]\n  enabled = false\n",
            encoding="utf-8",
        )
        return [self.program("buildkitd"), "--config", str(config)]

    def ping_command(self):
        return [self.program("buildctl"), "--addr", self.address(), "debug", "workers"]

    def build_command(self, context, dockerfile, tar):
        return [
            *(self.program("buildctl"), "--addr", self.address(), "build", "--progress", "plain"),
            *("--frontend", "dockerfile.v0", "--opt", f"filename={os.path.basename(dockerfile)}"),
            *("--local", f"context={context}", "--local", f"dockerfile={os.path.dirname(dockerfile)}"),
            *("--output", f"type=tar,dest={tar}"),
        ]

    def versions(self):
        return {"github.com/moby/buildkit": BUILDKIT_VERSION}


class Docker2010(Engine):
    """Docker 20.10 as Debian 12 packages it, with the BuildKit that is built into it."""

    name = "docker-20.10"

    def prepare(self):
        self.client = find_docker("docker")
        self.server = find_docker("dockerd")

    def address(self):
        """Where the daemon listens."""
        return f"unix://{self.state}/docker.sock"

    def daemon_command(self):
        return [
            *(self.server, "-H", self.address(), "--data-root", f"{self.state}/data"),
            *("--exec-root", f"{self.state}/exec", "--pidfile", f"{self.state}/docker.pid"),
            *("--bridge=none", "--iptables=false", "--ip-masq=false"),
        ]

    def ping_command(self):
        return [self.client, "--config", f"{self.state}/client", "-H", self.address(), "version"]

    def build_command(self, context, dockerfile, tar):
        return [
            *(self.client, "--config", f"{self.state}/client", "-H", self.address(), "build", "--progress", "plain"),
            *("--output", f"type=tar,dest={tar}", "-f", str(dockerfile), str(context)),
        ]

    def build_environment(self):
        return {**os.environ, "DOCKER_BUILDKIT": "1"}

    def versions(self):
        packages = ["docker.io", "containerd", "runc"]
        shown = run(["dpkg-query", "-W", "-f", "${Package} ${Version}\n", *packages])
        found = dict(line.split() for line in shown.stdout.decode().splitlines() if len(line.split()) == 2)
        return {name: found[name] for name in packages if name in found} or {"docker": "20.10"}


ENGINES = {engine.name: engine for engine in (BuildKit, Docker2010)}


def run(command, environment=None):
    """Run a command to its end, output in one piece."""
    return subprocess.run(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        timeout=BUILD_SECONDS,
        env=environment,
        check=False,
    )


def install_buildkit(programs):
    """Compile BuildKit in a copy of its module: its go.mod does not allow `go install`."""
    if shutil.which("go") is None:
        raise Unavailable("go is needed to compile BuildKit")
    module = f"github.com/moby/buildkit@{BUILDKIT_VERSION}"
    found = subprocess.run(["go", "mod", "download", "-json", module], stdout=subprocess.PIPE, check=False, cwd="/")
    if found.returncode != 0:
        raise Unavailable(f"{module} cannot be downloaded")
    with tempfile.TemporaryDirectory() as work:
        source = os.path.join(work, "buildkit")
        shutil.copytree(json.loads(found.stdout)["Dir"], source, copy_function=shutil.copyfile)
        os.chmod(source, 0o755)
        for name in ("buildkitd", "buildctl"):
            command = ["go", "build", "-trimpath", "-o", f"{programs}/{name}-{BUILDKIT_VERSION}", f"./cmd/{name}"]
            if subprocess.run(command, cwd=source, env={**os.environ, "CGO_ENABLED": "0"}, check=False).returncode:
                raise Unavailable("BuildKit does not compile here")


def find_docker(name):
    """Find a program of Docker 20.10 on PATH, past other versions of it."""
    for directory in [*os.environ.get("PATH", "").split(os.pathsep), "/usr/bin", "/usr/sbin"]:
        candidate = os.path.join(directory, name)
        if os.access(candidate, os.X_OK) and b"version 20.10." in run([candidate, "--version"]).stdout:
            return candidate
    raise Unavailable(f"no {name} 20.10 (Debian 12: apt-get install docker.io)")


def end(daemon):
    """End a daemon and what it started in its session."""
    daemon.terminate()
    try:
        daemon.wait(20)
    except subprocess.TimeoutExpired:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(daemon.pid, signal.SIGKILL)
        daemon.wait()


def detach_mounts(directory):
    """Unmount whatever a daemon left mounted below its state directory, innermost first."""
    with open("/proc/self/mounts", encoding="utf-8", errors="surrogateescape") as mounts:
        points = [line.split()[1] for line in mounts]
    for point in reversed([point for point in points if point.startswith(f"{directory}/")]):
        run(["umount", "-l", point])


def last_line(log):
    """The last line of a log file."""
    lines = log.read_text(encoding="utf-8", errors="replace").strip().splitlines()
    return lines[-1] if lines else "it said nothing"
