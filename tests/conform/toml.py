#!/usr/bin/env python3
"""The reader for configuration files against Python's own (tomllib): documents by hand, and random ones.

    toml.py TOOL [--count N] [--seed N]

Both must accept the same documents and find the same values.  Left out is what Python takes and TOML 1.0 leaves open: numbers beyond
64 bits, more levels than ours takes.
"""

import argparse
import pathlib
import random
import subprocess
import sys

from documents import report

try:
    import tomllib
except ImportError:
    print("1..0 # SKIP this Python has no tomllib")
    sys.exit(0)

PIECES = [
    "a", "b", "c", "a.b", "a . b", '"a"', "'b'", '""', "=", " = ", " ", "\t", "\n", "\n", "\n", "\r\n", "\r", "#", "# c\n", "[", "]", "[[", "]]",
    "{", "}", ",", ", ", "1", "0", "-1", "+2", "1_0", "0x1F", "0o7", "0b1", "1.5", "1e3", "inf", "nan", "true", "false", '"x"', "'y'", '"""m"""',
    "'''n'''", '"""', "'''", '"', "'", "\\", "\\n", "\\u0041", "\\\n", "1979-05-27", "T07:32:00", " 07:32:00", "Z", "-07:00", ".5", "_", "é", "\x7f",
]
LINES = [
    "a = 1", "b.a = 2", "a.b.c = 3", "c = {}", "c = {a = 1}", "b = [1, 2]", "c = [{a = 1}]", "[a]", "[b]", "[a.b]", "[a.b.c]", "[[a]]", "[[b]]",
    "[[a.b]]", "[c.a]", "a.b = 1", 'b = "x"', "c.b.a = 1", "", "b.c = {a.b = 1, a.c = 2}", "a = []", "[b.c]", "a = 1.5",
]


def random_document(rng):
    """Lines that are right by themselves, pieces in any order, or a document by hand with a few bytes changed."""
    way = rng.randrange(3)
    if way == 0:
        return "\n".join(rng.choice(LINES) for _ in range(rng.randrange(1, 9)))
    if way == 1:
        return "".join(rng.choice(PIECES) for _ in range(rng.randrange(1, 12)))
    text = list(rng.choice(DOCUMENTS))
    for _ in range(rng.randrange(1, 4)):
        at = rng.randrange(len(text) + 1)
        text[at:at + rng.randrange(3)] = rng.choice(["", rng.choice(PIECES)])
    return "".join(text)


# Documents by hand, separated by lines of "====".
DOCUMENTS = (pathlib.Path(__file__).parent / "data/toml.txt").read_text(encoding="utf-8").split("====\n")


def flatten(value, key, depth, out):
    """A value of Python's as lines of the tool; times as they are."""
    name = "-" if key is None else key.encode().hex()
    if isinstance(value, dict):
        out.append((depth, name, "table", ""))
        for k, v in value.items():
            flatten(v, k, depth + 1, out)
    elif isinstance(value, list):
        out.append((depth, name, "array", ""))
        for v in value:
            flatten(v, None, depth + 1, out)
    elif isinstance(value, bool):
        out.append((depth, name, "boolean", str(value).lower().encode().hex()))
    elif isinstance(value, int):
        out.append((depth, name, "integer", str(value)))
    elif isinstance(value, float):
        out.append((depth, name, "float", format(value, ".17g")))
    elif isinstance(value, str):
        out.append((depth, name, "string", value.encode().hex()))
    else:
        out.append((depth, name, "date or time", value))


def read_line(line):
    """A line of the tool as flatten() makes it."""
    depth, name, rest = line.split(" ", 2)
    kind, _, value = rest.rpartition(" ")
    if kind == "date or time":
        value = tomllib.loads("x = " + bytes.fromhex(value).decode())["x"]
    return int(depth), name, kind, value


def expected(text):
    """What Python makes of a document; None if it refuses."""
    try:
        value = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError):
        return None
    out = []
    flatten(value, "", 0, out)
    out[0] = (0, "-", "table", "")
    return out


def differs(text, answer):
    """Words about a document that was read differently; None."""
    want = expected(text)
    if answer.startswith("error"):
        beyond = "64 bits" in answer or "levels" in answer
        return None if want is None or beyond else f"refused: {answer}"
    if want is None:
        return "accepted"
    got = [read_line(line) for line in answer.splitlines()]
    return None if got == want else f"{got}\ninstead of {want}"


def main():
    """Compare, and print TAP."""
    parser = argparse.ArgumentParser()
    parser.add_argument("tool")
    parser.add_argument("--count", type=int, default=20000)
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    rng = random.Random(args.seed)
    by_hand = [t.replace("\0", "") for t in DOCUMENTS]
    texts = by_hand + [random_document(rng).replace("\0", "") for _ in range(args.count)]
    run = subprocess.run([args.tool], input=b"".join(t.encode() + b"\0" for t in texts), capture_output=True, check=True)
    answers = run.stdout.decode().split("\0")[:-1]
    wrong = [[], []]
    good = 0
    for i, (text, answer) in enumerate(zip(texts, answers, strict=True)):
        good += not answer.startswith("error")
        why = differs(text, answer)
        if why is not None:
            wrong[i >= len(by_hand)].append(f"{text!r}\n{why}")
    report(*wrong, good, len(texts) // 20, len(texts))
    sys.exit(0)


if __name__ == "__main__":
    main()
