#!/usr/bin/env python3
"""Make the demo repository: the history of a small web shop, the same bytes and commit ids every time.

    make_demo.py DIRECTORY

A Node front end (web/), a Python API (api/), one multi-stage Dockerfile, docker-compose.yml and a Kubernetes manifest,
written by four people in 60-odd commits on three branches.  The mistakes are those of real projects, so that ctxopt has
something to tell: the ignore file comes late, has a rule that matches nothing since a directory was renamed, a rule that
an earlier one makes useless and a rule that matches less than its author thinks; .git, a coverage report, logs and a file
of secrets are sent with every build; a picture exists twice.

Nothing depends on the machine: history goes through "git fast-import" with fixed names and dates, configuration of
the user and the system is not read, random bytes come from a hash.  history.py holds what the files say.
"""

import os
import pathlib
import subprocess
import sys

import history

BRANCHES = ("main", "release/1.x", "feature/gift-cards")
# Modification time of all files of the working tree: the last day of the history.
MTIME = 1_764_950_400

ENVIRONMENT = {
    "PATH": os.environ.get("PATH", os.defpath),
    "HOME": "/nonexistent",
    "LC_ALL": "C",
    "TZ": "UTC",
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CEILING_DIRECTORIES": "/",
}


def git(directory: pathlib.Path, *args: str, stdin: bytes = b"") -> bytes:
    """Run git in the repository; its output."""
    settings = ("fastimport.unpackLimit=0", "core.logAllRefUpdates=false", "core.autocrlf=false", "core.fileMode=true",
                "core.fsmonitor=false", "index.version=2", "pack.threads=1")
    command = ["git", "-C", str(directory)] + [word for s in settings for word in ("-c", s)] + list(args)
    return subprocess.run(command, input=stdin, env=ENVIRONMENT, stdout=subprocess.PIPE, check=True, umask=0o022).stdout


def data(content: bytes) -> bytes:
    return b"data %d\n%s\n" % (len(content), content)


def import_stream(commits: list[history.Commit]) -> bytes:
    """The history in the language of git fast-import."""
    out = [b"feature done\n"]
    marks: dict[str, int] = {}  # branch to the mark of its last commit
    for mark, commit in enumerate(commits, 1):
        who = f"{commit.author.name} <{commit.author.email}> {commit.time} {commit.author.zone}".encode()
        out.append(b"commit refs/heads/%s\nmark :%d\nauthor %s\ncommitter %s\n" % (commit.branch.encode(), mark, who, who))
        out.append(data(commit.message.encode()))
        parent = marks.get(commit.branch, marks.get(commit.started_at))
        if parent:
            out.append(b"from :%d\n" % parent)
        if commit.merged:
            out.append(b"merge :%d\n" % marks[commit.merged])
        for path, content in sorted(commit.changes.items()):
            if content is None:
                out.append(b"D %s\n" % path.encode())
            else:
                mode = b"100755" if path.endswith(".sh") else b"100644"
                out.append(b"M %s inline %s\n" % (mode, path.encode()) + data(content))
        marks[commit.branch] = mark
    for branch in set(marks) - set(BRANCHES):  # merged and deleted, as a tidy team does
        out.append(b"reset refs/heads/%s\nfrom %s\n\n" % (branch.encode(), b"0" * 40))
    out.append(b"done\n")
    return b"".join(out)


def write_untracked(directory: pathlib.Path) -> None:
    """What lies around in the working tree of somebody who works there."""
    for path, content in history.untracked().items():
        file = directory / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)
    (directory / "web/node_modules/.bin").mkdir()
    (directory / "web/node_modules/.bin/vite").symlink_to("../vite/bin/vite.js")


def settle(directory: pathlib.Path) -> None:
    """The same permissions and times whoever made the tree, and when."""
    for parent, dirs, files in os.walk(directory, topdown=False):
        for name in files:
            path = os.path.join(parent, name)
            if not os.path.islink(path):
                os.chmod(path, 0o755 if name.endswith(".sh") else 0o644)
            os.utime(path, (MTIME, MTIME), follow_symlinks=False)
        for name in dirs:
            path = os.path.join(parent, name)
            if not os.path.islink(path):
                os.chmod(path, 0o755)
                os.utime(path, (MTIME, MTIME))
    os.chmod(directory, 0o755)
    os.utime(directory, (MTIME, MTIME))


def make(directory: pathlib.Path) -> None:
    """The whole repository in an empty or missing directory."""
    directory.mkdir(parents=True, exist_ok=True)
    if any(directory.iterdir()):
        sys.exit(f"{directory} is not empty")
    git(directory, "init", "--quiet", "--template=", "--object-format=sha1", "--initial-branch=main")
    git(directory, "fast-import", "--quiet", "--force", stdin=import_stream(history.commits()))
    git(directory, "reset", "--quiet", "--hard", "main")
    write_untracked(directory)
    settle(directory)
    git(directory, "update-index", "-q", "--refresh")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    make(pathlib.Path(sys.argv[1]))
