#!/usr/bin/env python3
"""The reader for YAML against PyYAML, which is written in Python from the same specification: documents by hand, and random ones.

    yaml_tree.py TOOL [--count N] [--seed N] [--files LIST]

Both must accept the same documents, and find the same nodes with the same texts at the same places.  Left out is what one of them refuses on
purpose (WAIVED_OURS, WAIVED_THEIRS).  With --files, the files that LIST names are read instead, one a line.
"""

import argparse
import pathlib
import random
import re
import subprocess
import sys
import tempfile

from documents import report

try:
    import yaml
except ImportError:
    print("1..0 # SKIP this Python has no PyYAML")
    sys.exit(0)

# We refuse it: PyYAML's composer does not look, or libyaml and its kin are stricter.
WAIVED_OURS = re.compile(r"is there already|'<<' takes|merges too many|more than \d+ (levels|nodes)|larger than|stands in what it stands for|"
                         r"unknown directive|incompatible YAML|scanning a tag that|unexpected ':' while scanning a plain|a tab where")
# PyYAML refuses it, YAML or libyaml does not: an anchor given twice; tabs between words; a comment right behind "|".
WAIVED_THEIRS = re.compile(r"found duplicate anchor|'\\t'|but found '#'|expected '!', but found|but got '?'")

PIECES = [
    "a", "b", "key", "- ", "-", "? ", ": ", ":", ", ", ",", "[", "]", "{", "}", "\n", "\n", "\n  ", "\n    ", "\n- ", "\n  - ", "\na: ", "\nb: ",
    "\n  c: ", "#", " # c\n", "'x'", "\"y\"", "'", "\"", "\\", "\\n", "\\\n", "|", "|\n", ">\n", "|-\n  ", ">+\n  ", "|2\n", "&a ", "*a", "&b ", "*b",
    "!t ", "!!str ", "! ", "---\n", "\n---\n", "\n...\n", "--- ", "<<: ", "~", "null", "1", "\t", " ", "  ", "é", "\u2028", "\x85", "\r\n", "\r", "%",
    "@", "`", "<<: *a\n", "x: y\n", "- z\n", "=", "%YAML 1.1\n",
]

# Documents by hand, separated by lines of "====".
DOCUMENTS = (pathlib.Path(__file__).parent / "data/yaml.txt").read_text(encoding="utf-8").split("====\n")


def random_document(rng):
    """Pieces in any order, or a document by hand with a few bytes changed."""
    if rng.randrange(2) == 0:
        return "".join(rng.choice(PIECES) for _ in range(rng.randrange(1, 14)))
    text = list(rng.choice(DOCUMENTS))
    for _ in range(rng.randrange(1, 4)):
        at = rng.randrange(len(text) + 1)
        text[at:at + rng.randrange(3)] = rng.choice(["", rng.choice(PIECES)])
    return "".join(text)


class Places:
    """Characters of a text to lines, columns and bytes, as other programs count them."""

    def __init__(self, text, skipped):
        self.text = text
        self.plain = text.isascii()
        self.skipped = skipped
        self.starts = [0] + [m.end() for m in re.finditer("\n", text)]

    def bytes_to(self, index):
        return self.skipped + (index if self.plain else len(self.text[:index].encode()))

    def line_of(self, index):
        low, high = 0, len(self.starts)
        while high - low > 1:
            middle = (low + high) // 2
            if self.starts[middle] <= index:
                low = middle
            else:
                high = middle
        return low + 1

    def column_of(self, index):
        start = self.starts[self.line_of(index) - 1]
        return len(self.text[start:index].encode()) + 1


# Anchor and tag before a value, and what may stand between.
PROPERTIES = re.compile(r"(?:[&!][^ \t\r\n]*|[ \t\r\n]|#[^\n]*)*")


def start_of(node, text):
    """Where a node begins, without anchor and tag."""
    start = node.start_mark.index
    first = node.value[0][0] if isinstance(node, yaml.MappingNode) and node.value else node
    if text[start:start + 1] in ("&", "!") and (first is node or first.start_mark.index > start):  # else they are those of the first key
        return min(PROPERTIES.match(text, start).end(), max(start, node.end_mark.index))
    return start


def flatten(node, places, depth, last, out):
    """A node of PyYAML as lines of the tool."""
    text = places.text
    start = start_of(node, text)
    name = {"ScalarNode": "scalar", "SequenceNode": "sequence", "MappingNode": "map"}[type(node).__name__]
    here = places.bytes_to(start)
    alias = depth > 0 and here < last[0]
    row = [depth, ("alias-" if alias else "") + name, places.line_of(start), places.column_of(start), here]
    if name == "scalar":
        end = max(start, node.end_mark.index)
        written = text[start:end].rstrip(" \t\r\n")
        if not written:
            row[2:] = [0, 0, 0]  # nothing is everywhere: in brackets they see it at different sides of blanks
        row.append(len(written.encode()))
        row.append(node.value.encode().hex())
    out.append(tuple(row))
    if alias:
        return
    last[0] = here
    children = [c for pair in node.value for c in pair] if name == "map" else node.value if name == "sequence" else []
    for child in children:
        flatten(child, places, depth + 1, last, out)


def expected(data):
    """What PyYAML makes of a file: lines, and an error or None."""
    out = []
    skipped = 3 if data.startswith(b"\xef\xbb\xbf") else 0
    try:
        text = data[skipped:].decode()
    except UnicodeDecodeError as e:
        return out, str(e)
    try:
        loader = yaml.SafeLoader(text)
    except yaml.YAMLError as e:
        return out, str(e)
    places = Places(text, skipped)
    try:
        while loader.check_node():
            node = loader.get_node()
            if isinstance(node, yaml.ScalarNode) and node.value == "" and node.style is None and start_of(node, text) >= node.end_mark.index:
                out.append((0, "null"))
            else:
                flatten(node, places, 0, [-1], out)
    except (yaml.YAMLError, RecursionError) as e:
        return out, str(e)
    return out, None


def read_lines(lines):
    """Lines of the tool as flatten() makes them; and its error or None."""
    out = []
    for line in lines[:-1]:
        parts = line.rstrip("\n").split(" ")
        if parts[1] == "null":
            out.append((0, "null"))
            continue
        depth, kind, row, column, at, length, _, text = parts
        item = [int(depth), kind, int(row), int(column), int(at)]
        if kind.endswith("scalar"):
            if length == "0":
                item[2:] = [0, 0, 0]
            item += [int(length), text.rstrip("p")]
        out.append(tuple(item))
    return out, None if lines[-1] == "end\n" else lines[-1].rstrip("\n")


def differs(data, lines):
    """Words about a file that was read differently, or None; and what was found: "same", "refused", "waived"."""
    got, error = read_lines(lines)
    want, refused = expected(data)
    if error is not None and WAIVED_OURS.search(error) or refused is not None and WAIVED_THEIRS.search(refused):
        return None, "waived"
    if (error is None) != (refused is None):
        return f"{error or 'accepted'} instead of {refused or 'accepted'}", ""
    if got != want:
        if error is not None and got[:len(want)] == want[:len(got)]:
            return None, "refused"  # one of them gave up within a document that the other one finished
        for mine, theirs in zip(got + [None], want + [None]):
            if mine != theirs:
                return f"{mine} instead of {theirs}", ""
    return None, "same" if error is None else "refused"


def ask(tool, paths):
    """Lines of the tool for each path."""
    with subprocess.Popen([tool], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as run:
        for path in paths:
            run.stdin.write(f"{path}\n")
            run.stdin.flush()
            lines = []
            while not lines or not lines[-1].startswith(("end", "error")):
                lines.append(run.stdout.readline())
                if lines[-1] == "":
                    raise SystemExit(f"the tool ended at {path}")
            yield path, lines
        run.stdin.close()


def compare_files(tool, paths):
    """Compare, and print what differs."""
    counts = {"same": 0, "refused": 0, "waived": 0, "": 0}
    nodes = 0
    for path, lines in ask(tool, paths):
        data = pathlib.Path(path).read_bytes()
        why, kind = differs(data, lines)
        counts[kind] += 1
        nodes += len(lines) - 1
        if why is not None:
            print(f"{path}: {why}")
        elif kind == "waived" and lines[-1].startswith("error"):
            print(f"{path}: waived: {lines[-1]}", end="")
    print(f"{nodes} nodes in {len(paths)} files: {counts['same']} the same, {counts['refused']} refused by both, {counts['waived']} waived, "
          f"{counts['']} differ")
    return counts[""] == 0


def main():
    """Compare, and print TAP."""
    parser = argparse.ArgumentParser()
    parser.add_argument("tool")
    parser.add_argument("--count", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--files", type=pathlib.Path)
    args = parser.parse_args()
    if args.files:
        sys.exit(0 if compare_files(args.tool, args.files.read_text().splitlines()) else 1)
    rng = random.Random(args.seed)
    texts = DOCUMENTS + [random_document(rng) for _ in range(args.count)]
    wrong = [[], []]
    counts = {"same": 0, "refused": 0, "waived": 0, "": 0}
    with tempfile.TemporaryDirectory() as tmp:
        paths = []
        for i, text in enumerate(texts):
            paths.append(pathlib.Path(tmp) / str(i))
            paths[-1].write_bytes(text.encode())
        for i, (path, lines) in enumerate(ask(args.tool, paths)):
            why, kind = differs(path.read_bytes(), lines)
            counts[kind] += 1
            if why is not None:
                wrong[i >= len(DOCUMENTS)].append(f"{texts[i]!r}\n{why}")
    report(*wrong, counts["same"], len(texts) // 10, len(texts))
    sys.exit(0)


if __name__ == "__main__":
    main()
