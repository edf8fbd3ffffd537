"""What a Dockerfile asks of its base images, read from its text: enough to make images with which it builds.

No variable is expanded and nothing is refused. What this misses shows in a failed build, and is added then.
"""

import dataclasses
import json
import re
import shlex

from registry import Needs

CONTINUATION = re.compile(r"\\[ \t]*\r?\n(?:[ \t]*#[^\n]*\n)*")
HOST = re.compile(r"(?<![\w./:@-])([a-z0-9-]+(?:\.[a-z0-9-]+)+(?::\d+)?)/")
PINNED = re.compile(r"([\w./-]+?)(?::[\w][\w.-]*)?@sha256:([0-9a-f]{64})")


@dataclasses.dataclass
class Scan:
    """What a text names."""

    needs: Needs = dataclasses.field(default_factory=Needs)
    hosts: set = dataclasses.field(default_factory=set)
    secrets: set = dataclasses.field(default_factory=set)


def scan(text):
    """Scan the text of a Dockerfile."""
    found = Scan()
    for line in CONTINUATION.sub(" ", text).splitlines():
        words = line.split()
        if len(words) < 2:
            continue
        if words[0].upper() == "ONBUILD":
            words, line = words[1:], line.split(None, 1)[1]
        keyword = words[0].upper()
        if keyword in ("COPY", "ADD"):
            scan_copy(line, words, found)
        elif keyword == "USER":
            add_users(words[1], found)
        if keyword in ("FROM", "ARG", "COPY", "RUN"):
            found.hosts.update(HOST.findall(line))
        scan_mounts(line, found)
    return found


def scan_copy(line, words, found):
    """What a COPY or ADD copies from a stage or an image, and for whom."""
    flags = [word for word in words[1:] if word.startswith("--")]
    for flag in flags:
        if flag.startswith("--chown="):
            add_users(flag.split("=", 1)[1], found)
    if not any(flag.startswith("--from=") for flag in flags):
        return
    rest = re.sub(r"--\S+\s+", "", line.split(None, 1)[1]).strip()
    try:
        operands = json.loads(rest) if rest.startswith("[") else shlex.split(rest)
    except ValueError:
        operands = rest.split()
    found.needs.paths.update(operands[:-1])


def scan_mounts(line, found):
    """Sources of mounts from stages and images; identities of secrets."""
    for mount in re.findall(r"--mount=(\S+)", line):
        options = dict(part.split("=", 1) if "=" in part else (part, "") for part in mount.split(","))
        if "from" in options:
            found.needs.paths.add(options.get("source", options.get("src", "")))
        if options.get("type") == "secret" and "required" in options:
            found.secrets.add(options.get("id", "secret"))


def add_users(text, found):
    """Names of `user:group`."""
    names = (name.strip("'\"") for name in text.split(":"))
    found.needs.users.update(name for name in names if re.fullmatch(r"[a-zA-Z_][\w.-]*", name))


def unpin(text):
    """Turn digests into tags: an image with a given digest cannot be made, one with such a tag can.

    What counts stays: equal digests are one image, whatever tag stands before them.
    """
    return PINNED.sub(r"\1:\2", text)
