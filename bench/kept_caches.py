"""What a kept cache saves package managers and compilers: each command with an empty cache, and again with the one it left.

	python3 bench/kept_caches.py --repos DIR --work DIR --results DIR [NAME...]

A `RUN --mount=type=cache` on a builder that made the step before is the second: the cache is there, what the command installs or makes is
not.  Bytes are of what the command makes, and of the caches that it fills: a mount keeps the latter out of the image.  The shares of the table
in analyzer/cache/kept.c come from here.  Needs the package registries; run it where nothing else does.
"""

import argparse
import json
import os
import pathlib
import shutil
import statistics
import subprocess
import time
import typing

LIMIT_SECONDS = 1200


class Case(typing.NamedTuple):
    """One command in a checkout."""

    name: str
    repository: str
    directory: str
    command: str
    caches: tuple[str, ...]
    """Environment variables that say where the caches are; each gets a directory of its own."""
    removed: tuple[str, ...] = ()
    """What the command makes, below the directory or absolute below the work directory ("@")."""
    prepare: str = ""
    """Run once, with the caches of the command."""
    kept: tuple[str, ...] = ()
    """Of the caches, those that are filled by `prepare` and kept for the cold runs, too."""
    edit: str = ""
    """Run before each warm run: what changed."""
    environment: tuple[tuple[str, str], ...] = ()


PIP = "@/venv/bin/pip install --no-input"
VENV = "rm -rf @/venv && python3 -m venv @/venv"
RS = "hoppscotch/hoppscotch"
CASES = [
    Case("npm ci", "louislam/uptime-kuma", ".", "npm ci --omit=dev --no-audit --no-fund", ("npm_config_cache",), ("node_modules",)),
    Case("npm ci (small)", "dockersamples/example-voting-app", "result", "npm ci --no-audit --no-fund", ("npm_config_cache",),
         ("node_modules",)),
    Case("yarn install (classic)", "excalidraw/excalidraw", ".",
         "@/tools/node_modules/yarn/bin/yarn install --frozen-lockfile --ignore-scripts --ignore-engines", ("YARN_CACHE_FOLDER",),
         ("node_modules",), "npm install --prefix @/tools yarn@1.22.22"),
    Case("pnpm install", "paperless-ngx/paperless-ngx", "src-ui",
         "@/tools/node_modules/.bin/pnpm install --frozen-lockfile --ignore-scripts --package-import-method=copy"
         " --config.minimumReleaseAge=0", ("npm_config_store_dir", "XDG_CACHE_HOME"), ("node_modules",),
         "npm install --prefix @/tools pnpm@10.12.1", environment=(("npm_config_manage_package_manager_versions", "false"),)),
    Case("pip install", "GoogleCloudPlatform/microservices-demo", "src/emailservice", PIP + " -r requirements.txt",
         ("PIP_CACHE_DIR",), environment=(("PIP_FIND_LINKS", ""),), prepare=VENV, removed=("@/venv",)),
    Case("pip install (wheels built)", "", ".", PIP + " --no-binary :all: pyyaml==6.0.2 markupsafe==3.0.2 psutil==7.0.0",
         ("PIP_CACHE_DIR",), environment=(("PIP_FIND_LINKS", ""),), prepare=VENV, removed=("@/venv",)),
    Case("uv pip install", "GoogleCloudPlatform/microservices-demo", "src/loadgenerator",
         "@/uv/bin/uv pip install --link-mode copy --python @/venv/bin/python -r requirements.txt",
         ("UV_CACHE_DIR",), prepare="(test -x @/uv/bin/uv || (python3 -m venv @/uv && @/uv/bin/pip install uv)) && " + VENV,
         removed=("@/venv",), environment=(("PIP_FIND_LINKS", ""),)),
    Case("go mod download", "wagoodman/dive", ".", "go mod download", ("GOMODCACHE",)),
    Case("go build, one file changed", "wagoodman/dive", ".", "go build -o @/out/dive ./cmd/dive", ("GOMODCACHE", "GOCACHE"), ("@/out",),
         "go mod download", ("GOMODCACHE",), "printf '\\nfunc changed%s() {}\\n' $(date +%s) >> cmd/dive/cli/internal/options/ui.go"),
    Case("mvn package", "spring-petclinic/spring-petclinic-microservices", "spring-petclinic-vets-service",
         "mvn -q -B -Dmaven.repo.local=$M2 -DskipTests package", ("M2",), ("target",)),
    Case("mvn dependency:go-offline", "spring-petclinic/spring-petclinic-microservices", "spring-petclinic-vets-service",
         "mvn -q -B -Dmaven.repo.local=$M2 dependency:go-offline", ("M2",)),
    Case("cargo fetch", RS, "packages/hoppscotch-desktop/crates/webapp-bundler", "cargo fetch --locked", ("CARGO_HOME",)),
    Case("cargo build, registry and target", RS, "packages/hoppscotch-desktop/crates/webapp-bundler",
         "cargo build --release --locked", ("CARGO_HOME", "CARGO_TARGET_DIR"),
         edit="printf '\\npub fn changed%s() {}\\n' $(date +%s) >> src/main.rs"),
    Case("cargo build, registry only", RS, "packages/hoppscotch-desktop/crates/webapp-bundler",
         "cargo build --release --locked --target-dir @/out", ("CARGO_HOME",), ("@/out",)),
]


class Place:
    """Where one case works."""

    def __init__(self, case: Case, repos: pathlib.Path, work: pathlib.Path) -> None:
        self.case, self.work = case, work.resolve()
        self.checkout = self.work / "checkout" / (case.repository.replace("/", "+") or "empty")
        self.revision = self.check_out(repos)
        self.here = self.checkout / case.directory
        self.caches = {name: self.work / "caches" / name for name in case.caches}
        self.environment = {**os.environ, **dict(case.environment), **{name: str(path) for name, path in self.caches.items()}}

    def check_out(self, repos: pathlib.Path) -> str:
        """A fresh checkout; its revision."""
        shutil.rmtree(self.checkout, ignore_errors=True)
        if not self.case.repository:
            self.checkout.mkdir(parents=True)
            return ""
        mirror = repos / self.case.repository.replace("/", "+") / "repo"
        subprocess.run(["git", "clone", "-q", "-n", "--shared", mirror, self.checkout], check=True)
        subprocess.run(["git", "-C", self.checkout, "read-tree", "HEAD"], check=True)
        subprocess.run(["git", "-C", self.checkout, "checkout-index", "-a", "-q"], check=False)  # a mirror may lack large files
        return subprocess.run(["git", "-C", self.checkout, "rev-parse", "HEAD"], check=True, capture_output=True, text=True).stdout.strip()

    def remove(self, paths: typing.Iterable[pathlib.Path]) -> None:
        """Also what is read-only, as Go's module cache is."""
        for path in paths:
            if path.exists():
                subprocess.run(["chmod", "-R", "u+w", path], check=False)
                shutil.rmtree(path)

    def made(self) -> list[pathlib.Path]:
        """What the command makes."""
        return [self.work / name[2:] if name[0] == "@" else self.here / name for name in self.case.removed]

    def shell(self, command: str) -> float:
        """Run; seconds."""
        begun = time.monotonic()
        command = command.replace("@/", f"{self.work}/")
        subprocess.run(["sh", "-ec", command], cwd=self.here, env=self.environment, check=True, timeout=LIMIT_SECONDS, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
        return time.monotonic() - begun

    def size(self, paths: typing.Iterable[pathlib.Path]) -> int:
        """Bytes of all files below; of one with several names once."""
        there = [str(path) for path in paths if path.exists()]
        done = subprocess.run(["du", "-sbc", *there], check=True, capture_output=True, text=True) if there else None
        return int(done.stdout.split()[-2]) if done else 0

    def measure(self, runs: int) -> dict:
        """Cold and warm runs in turns."""
        case = self.case
        times: dict[str, list[float]] = {"cold": [], "warm": []}
        self.remove(self.caches.values())
        for _ in range(runs):
            for kind, seconds in times.items():
                self.remove(self.made())
                if kind == "cold":
                    self.remove(path for name, path in self.caches.items() if name not in case.kept)
                elif case.edit:
                    self.shell(case.edit)
                if case.prepare:
                    self.shell(case.prepare)
                seconds.append(round(self.shell(case.command), 2))
        filled, made = self.size(path for name, path in self.caches.items() if name not in case.kept), self.size(self.made())
        self.remove([*self.caches.values(), *self.made()])
        cold, warm = statistics.median(times["cold"]), statistics.median(times["warm"])
        return {"name": case.name, "repository": case.repository, "revision": self.revision, "directory": case.directory,
                "command": case.command.replace("@/", ""), "kept": list(case.caches), **times, "share": round(warm / cold, 2),
                "cache_bytes": filled, "made_bytes": made, "bytes_share": round(made / max(1, made + filled), 2)}


def main() -> None:
    """Measure, and write after each case."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repos", type=pathlib.Path, required=True)
    parser.add_argument("--work", type=pathlib.Path, required=True)
    parser.add_argument("--results", type=pathlib.Path, required=True)
    parser.add_argument("--runs", type=int, default=3, help="of each kind; 1 is enough for bytes (default 3)")
    parser.add_argument("names", nargs="*")
    args = parser.parse_args()
    args.results.mkdir(parents=True, exist_ok=True)
    rows = []
    for case in sorted(CASES, key=lambda case: args.names.index(case.name) if case.name in args.names else 0):
        if args.names and case.name not in args.names:
            continue
        try:
            rows.append(Place(case, args.repos, args.work).measure(args.runs))
        except (subprocess.CalledProcessError, subprocess.TimeoutExpired) as why:
            rows.append({"name": case.name, "failed": f"{type(why).__name__}"})
        print(json.dumps(rows[-1]), flush=True)
        (args.results / "raw.json").write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
