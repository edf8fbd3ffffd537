"""A docker daemon of its own, and base images for it: Debian with the toolchains of this machine.

There is no registry: base images are made with debootstrap and imported.  RUN steps use the network of the machine, to reach
the package registries that it reaches; certificates that it trusts are trusted in the images, too.
"""

import os
import pathlib
import re
import shutil
import subprocess
import tempfile
import time

#: Programs without which nothing can be verified here
NEEDED = ("docker", "dockerd", "git")
CERTIFICATES = pathlib.Path("/usr/local/share/ca-certificates")
BUNDLE = "/etc/ssl/certs/ca-certificates.crt"
#: For programs that bring their own list of authorities
TRUST = dict.fromkeys(("SSL_CERT_FILE", "NODE_EXTRA_CA_CERTS", "PIP_CERT", "CARGO_HTTP_CAINFO", "REQUESTS_CA_BUNDLE"), BUNDLE)
PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
#: Alpine's package manager for Debian: what projects need of it is there already
APK = "#!/bin/sh\nexit 0\n"
START_SECONDS = 60


class Unavailable(Exception):
    """Nothing can be verified here, and why."""


def docker(host: str, *words: str, **more) -> subprocess.CompletedProcess:
    """Run a docker command."""
    return subprocess.run(["docker", *words], env={**os.environ, "DOCKER_HOST": host, "DOCKER_BUILDKIT": "1"},
                          check=True, capture_output=True, **more)


def lacks_buildx() -> bool:
    """Docker 23 and later cannot build with BuildKit without it."""
    version = subprocess.run(["docker", "--version"], capture_output=True, text=True, check=False).stdout
    major = re.search(r"version (\d+)", version)
    buildx = subprocess.run(["docker", "buildx", "version"], capture_output=True, check=False)
    return (major is None or int(major[1]) >= 23) and buildx.returncode != 0


class Daemon:
    """dockerd on a socket, its state kept in a directory; or one that runs already."""

    def __init__(self, state: pathlib.Path, host: str | None) -> None:
        self.state, self.host, self.process = state, host, None

    def __enter__(self) -> "Daemon":
        if self.host is not None:
            return self
        missing = [name for name in NEEDED if shutil.which(name) is None]
        if missing or os.geteuid() != 0:
            raise Unavailable("not root" if not missing else f"no {', '.join(missing)}")
        if lacks_buildx():
            raise Unavailable("docker needs its plugin buildx to build, which is not there")
        self.run = pathlib.Path(tempfile.mkdtemp(prefix="ctxopt-verify-engine-"))
        self.host = f"unix://{self.run}/docker.sock"
        self.log = (self.run / "log").open("wb")
        self.process = subprocess.Popen(
            ["dockerd", "--data-root", str(self.state / "docker"), "--exec-root", str(self.run / "exec"), "-p",
             str(self.run / "pid"), "-H", self.host, "--bridge=none", "--iptables=false", "--ip-masq=false"],
            stdout=self.log, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL)
        end = time.monotonic() + START_SECONDS
        while subprocess.run(["docker", "-H", self.host, "version"], capture_output=True, check=False).returncode:
            if self.process.poll() is not None or time.monotonic() > end:
                why = (self.run / "log").read_text(errors="replace").strip().splitlines()
                self.__exit__()
                raise Unavailable(f"dockerd does not start: {why[-1] if why else 'no message'}")
            time.sleep(0.2)
        return self

    def __exit__(self, *_) -> None:
        if self.process is not None:
            self.process.terminate()
            self.process.wait()
            self.log.close()
            shutil.rmtree(self.run, ignore_errors=True)


def places() -> dict[str, str]:
    """Where the toolchains of this machine are."""
    def first_line(*words: str) -> str:
        try:
            return subprocess.run(words, check=True, capture_output=True, text=True).stdout.strip()
        except (OSError, subprocess.CalledProcessError):
            raise Unavailable(f"no {words[0]}") from None
    node = str(pathlib.Path(shutil.which("node") or "/nowhere/node").resolve())
    return {"node": node, "npm": first_line("npm", "root", "-g") + "/npm", "goroot": first_line("go", "env", "GOROOT"),
            "rust": first_line("rustc", "--print", "sysroot")}


def make_root(state: pathlib.Path) -> pathlib.Path:
    """A minimal Debian, made once."""
    root, mark = state / "root", state / "root.made"
    if not mark.exists():
        if shutil.which("debootstrap") is None:
            raise Unavailable("no debootstrap")
        shutil.rmtree(root, ignore_errors=True)
        subprocess.run(["debootstrap", "--variant=minbase", "--include=ca-certificates", "bookworm", str(root)], check=True,
                       stdout=subprocess.DEVNULL)
        for path in CERTIFICATES.glob("*.crt"):
            shutil.copy(path, root / str(CERTIFICATES)[1:])
        subprocess.run(["chroot", str(root), "update-ca-certificates"], check=True, stdout=subprocess.DEVNULL,
                       stderr=subprocess.DEVNULL)
        (root / "usr/local/bin/apk").write_text(APK)
        (root / "usr/local/bin/apk").chmod(0o755)
        mark.touch()
    return root


def import_root(host: str, root: pathlib.Path, name: str, env: dict[str, str]) -> None:
    """The directory as an image."""
    changes = [word for key, value in env.items() for word in ("-c", f"ENV {key}={value}")]
    tar = subprocess.Popen(["tar", "-C", str(root), "--numeric-owner", "-c", "."], stdout=subprocess.PIPE)
    docker(host, "import", *changes, "-", name, stdin=tar.stdout)
    tar.wait()


def make_base(host: str, state: pathlib.Path, name: str, base: dict) -> None:
    """One base image, unless it is there."""
    tag = f"verify/{name}"
    if docker(host, "images", "-q", tag).stdout:
        return
    with tempfile.TemporaryDirectory() as tmp:
        context = pathlib.Path(tmp)
        if base.get("empty"):
            (context / "etc").mkdir()
            (context / "etc/passwd").write_text("root:x:0:0:root:/root:/sbin/nologin\n")
            import_root(host, context, tag, {})
            return
        if name == "base":
            import_root(host, make_root(state), tag, {**TRUST, "PATH": PATH})
            return
        make_base(host, state, "base", {})
        lines = ["FROM verify/base", "RUN apt-get update && apt-get install -y --no-install-recommends "
                 f"{' '.join(base['apt'])} && rm -rf /var/lib/apt/lists/* /var/cache/apt/archives/*.deb"]
        where = places() if "copy" in base else {}
        for number, (source, target) in enumerate(base.get("copy", {}).items()):
            real = pathlib.Path(source.format(**where))
            copy = shutil.copytree if real.is_dir() else shutil.copy2
            copy(real, context / str(number), **({"symlinks": True} if real.is_dir() else {}))
            lines.append(f"COPY {number} {target}")
        lines += [f"ENV {key}={value}" for key, value in base.get("env", {}).items()]
        lines += [f"RUN {base['run']}"] if "run" in base else []
        (context / "Dockerfile").write_text("\n".join(lines) + "\n")
        docker(host, "build", "--network=host", "-t", tag, str(context))
