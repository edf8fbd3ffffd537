"""Git: commits, their trees laid out one after the other, and small repositories written from scratch."""

import hashlib
import os
import pathlib
import subprocess
import zlib

IDENTITY = "Suite <suite@example.invalid>"
FIRST_TIME = 1_700_000_000


def git(git_dir, *words, data=None, environment=None):
    """Run git; returns its output as text."""
    done = subprocess.run(
        ["git", f"--git-dir={git_dir}", *words],
        input=data,
        capture_output=True,
        check=True,
        env={**os.environ, **(environment or {})},
    )
    return done.stdout.decode("utf-8", "surrogateescape")


def commits_of(git_dir, order, revision, count):
    """Commits to build, oldest first.

    first-parent: as a branch saw them. date-order: all commits by time, so branches alternate on one builder until they
    are merged. revisit: first-parent, with every tenth build followed by one of five before and itself again.
    """
    words = ["--date-order"] if order == "date-order" else ["--first-parent"]
    commits = git(git_dir, "rev-list", *words, f"-n{count}", revision).split()[::-1]
    if order != "revisit":
        return commits
    again = []
    for number, commit in enumerate(commits):
        again.append(commit)
        if number % 10 == 9:
            again += [commits[number - 5], commit]
    return again


def new_repository(path, borrowed=None):
    """Make a git directory, of a work tree if it is called .git; it may see the objects of another one."""
    path = pathlib.Path(path)
    words = [str(path.parent)] if path.name == ".git" else ["--bare", str(path)]
    subprocess.run(["git", "init", "-q", "-b", "main", *words], check=True, capture_output=True)
    if borrowed:
        text = str(pathlib.Path(borrowed).resolve() / "objects") + "\n"
        pathlib.Path(path, "objects", "info", "alternates").write_text(text, encoding="utf-8")
        shallow = pathlib.Path(borrowed, "shallow")
        if shallow.exists():
            pathlib.Path(path, "shallow").write_bytes(shallow.read_bytes())
    return path


def write_object(git_dir, kind, data, name=None):
    """Write an object, under a name that is not its own if one is given; returns its name."""
    whole = f"{kind} {len(data)}\0".encode() + data
    name = name or hashlib.sha1(whole).hexdigest()
    path = pathlib.Path(git_dir, "objects", name[:2], name[2:])
    path.parent.mkdir(exist_ok=True)
    if not path.exists():
        path.write_bytes(zlib.compress(whole, 1))
    return name


def write_line(git_dir, commits):
    """Write the branch main of new commits, each on top of the last, with the trees of other commits; returns the new ones.

    With it any order of builds, with returns to older commits, is one plain history.
    """
    asked = "".join(f"{commit}^{{tree}}\n" for commit in commits).encode()
    trees = [line.split()[0] for line in git(git_dir, "cat-file", "--batch-check", data=asked).splitlines()]
    written, parent = [], None
    for number, tree in enumerate(trees):
        when = f"{IDENTITY} {FIRST_TIME + 60 * number} +0000"
        lines = [f"tree {tree}", *([f"parent {parent}"] if parent else []), f"author {when}", f"committer {when}"]
        parent = write_object(git_dir, "commit", ("\n".join(lines) + f"\n\n{number}\n").encode())
        written.append(parent)
    git(git_dir, "update-ref", "refs/heads/main", parent)
    return written


def fill_gaps(git_dir, commits):
    """Snapshots can lack large blobs: write a small one under the name of each, with that name as content.

    So the file changes when the real one does. Only git itself reads such an object without complaint.
    """
    wanted = set()
    for old, new in zip([None, *commits], commits):
        if old is None:
            lines = git(git_dir, "ls-tree", "-r", new).splitlines()
            wanted |= {line.split()[2] for line in lines if line.split()[1] == "blob"}
        else:
            lines = git(git_dir, "diff-tree", "-r", "--no-renames", old, new).splitlines()
            wanted |= {line.split()[3] for line in lines if not line.split()[1].startswith(("160000", "000000"))}
    asked = "".join(name + "\n" for name in sorted(wanted)).encode()
    for line in git(git_dir, "cat-file", "--batch-check", data=asked).splitlines():
        name, state = line.split()[:2]
        if state == "missing":
            write_object(git_dir, "blob", name.encode(), name)


class WorkTree:
    """A directory in which one commit after the other is laid out, with umask 022."""

    def __init__(self, git_dir, path):
        self.git_dir = git_dir
        self.path = pathlib.Path(path)
        self.path.mkdir(parents=True)
        self.environment = {"GIT_INDEX_FILE": f"{path}.index", "GIT_LFS_SKIP_SMUDGE": "1"}

    def switch(self, commit):
        """Lay out a commit: what is equal is not touched."""
        os.umask(0o022)
        words = [f"--work-tree={self.path}", "read-tree", "--reset", "-u", commit]
        git(self.git_dir, *words, environment=self.environment)


def lay_out(mirror, revision, scratch):
    """A clone at a revision whose working tree is complete, also if the mirror lacks objects; returns the tree."""
    tree = scratch / "tree"
    tree.mkdir(exist_ok=True)
    git_dir = new_repository(tree / ".git", mirror)
    git(git_dir, "update-ref", "refs/heads/main", revision)
    git(git_dir, "read-tree", revision)
    whole = new_repository(scratch / "whole", mirror)
    fill_gaps(whole, [revision])
    os.umask(0o022)
    words = [f"--work-tree={tree}", "read-tree", "--reset", "-u", revision]
    git(whole, *words, environment={"GIT_INDEX_FILE": str(scratch / "index"), "GIT_LFS_SKIP_SMUDGE": "1"})
    return tree


def texts_at(git_dir, commits, path):
    """Contents of a file in each of some commits, None where it is not there; symlinks are followed."""
    asked = "".join(f"{commit}:{path}\n" for commit in commits)
    lines = iter(git(git_dir, "cat-file", "--batch-check", "--follow-symlinks", data=asked.encode()).splitlines())
    names = []
    for line in lines:
        if line.split()[0] in ("symlink", "dangling", "loop", "notdir"):
            next(lines)  # where it points to
        is_blob = line.split()[1:2] == ["blob"]
        names.append(line.split()[0] if is_blob else None)
    texts = {name: git(git_dir, "cat-file", "blob", name) for name in set(names) - {None}}
    return {commit: texts.get(name) for commit, name in zip(commits, names)}


def import_cases(git_dir, cases):
    """Write histories into a repository: {branch: [files of a commit, ...]}, files being {path: (mode, bytes)}."""
    import_commits(git_dir, [(branch, at, files) for branch, line in cases.items() for at, files in enumerate(line)])


def import_commits(git_dir, commits):
    """Write commits, (branch, minute, files), each on top of its branch.

    Commits have fixed times and authors, so that names of commits are the same wherever this runs.
    """
    stream = []
    for branch, minute, files in commits:
        when = FIRST_TIME + 60 * minute
        stream.append(f"commit refs/heads/{branch}\ncommitter {IDENTITY} {when} +0000\n".encode())
        stream.append(data_block(str(minute).encode()))
        stream.append(b"deleteall\n")
        for path, (mode, content) in sorted(files.items()):
            stream.append(f"M {mode} inline {path}\n".encode())
            stream.append(data_block(content))
        stream.append(b"\n")
    git(git_dir, "fast-import", "--quiet", "--force", data=b"".join(stream))


def data_block(content):
    """A `data` command of git fast-import."""
    return b"data %d\n" % len(content) + content + b"\n"
