"""Docker 20.10 with the BuildKit that is built into it, in the same world as builder.py."""

import os
import re
import subprocess

import builder  # finds the modules one directory up
from engines import BUILD_SECONDS, Docker2010

#: Options of a case that this engine knows
OPTIONS = ("--target", "--build-arg", "--no-cache")
VERTEX = re.compile(r"#(\d+) (\[.*)")
STATE = re.compile(r"#(\d+) (CACHED|DONE|ERROR)\b.*")


class DockerBuilder(builder.WithRegistry, Docker2010):
    """Docker 20.10 with a registry beside it; only Docker Hub is mirrored."""

    def prepare(self):
        super().prepare()
        self.runtimes = builder.compile_runtime(builder.cache_directory() / "bin" / "runtimes" / "runc").parent

    def daemon_environment(self):
        environment = super().daemon_environment()
        return {**environment, "PATH": f"{self.runtimes}{os.pathsep}{environment['PATH']}"}

    def daemon_command(self):
        return [*super().daemon_command(), "--registry-mirror", f"http://{self.registry.address}"]

    def docker(self, *words):
        """Run the client."""
        command = [self.client, "--config", f"{self.state}/client", "-H", self.address(), *words]
        return subprocess.run(
            command, capture_output=True, timeout=BUILD_SECONDS, env=self.build_environment(), check=False
        )

    def forget(self):
        """Empty the cache."""
        if self.docker("builder", "prune", "--all", "--force").returncode:
            raise RuntimeError("the cache cannot be emptied")

    @staticmethod
    def words(options):
        """Options of a case in the client's spelling; None if it does not know one."""
        names = [word for word in options if word.startswith("--")]
        return list(options) if all(name in OPTIONS for name in names) else None

    def verdicts(self, context, dockerfile, words=()):
        """Build, and return what was shown as a Build."""
        # No image, which would hold on to the cache; the daemon has no network of its own
        given = ["--progress", "plain", "--network", "host", "--output", "type=tar,dest=/dev/null"]
        done = self.docker("build", *given, "-f", dockerfile, *words, context)
        text = (done.stdout + done.stderr).decode("utf-8", "replace")
        return read_log(text, done.returncode != 0)


def read_log(text, failed):
    """Read the verdicts out of a plain log: a vertex that was ever CACHED is a hit."""
    names, states = {}, {}
    for line in text.splitlines():
        if found := VERTEX.fullmatch(line):
            names.setdefault(found.group(1), found.group(2))
        elif found := STATE.fullmatch(line):
            number, state = found.groups()
            states[number] = "H" if state == "CACHED" or states.get(number) == "H" else "M"
    steps = [(name, states.get(number, "-")) for number, name in names.items() if not builder.NO_STEP.match(name)]
    return builder.Build(sorted(steps), text[-3000:] if failed else None)
