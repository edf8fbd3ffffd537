"""The case format shared by the scripts of this directory.

A case is a dictionary {"id", "tree", "ignore"}; its tree is a list of [path, kind] pairs. All strings are
latin-1 mapped: the code point U+00XX stands for the byte XX, so names and ignore files hold any bytes.

A verdict is {"id", "error", "kept"}, kept being a list of [path, kind, "sent" or "empty"] in walk order, or null
after an error. Data files store both compactly, see pack() and unpack().
"""

import json
import subprocess

KINDS = {"d": "dir", "f": "file", "l": "symlink"}
LETTERS = {kind: letter for letter, kind in KINDS.items()}
SENT, EMPTY, ABSENT = "s", "e", "-"

#: The engine whose rules hold unless another is named
CURRENT = "buildkit"


def latin1(text):
    """Map a str to the latin-1 form of its UTF-8 bytes; lone surrogates stand for raw bytes."""
    return text.encode("utf-8", "surrogateescape").decode("latin-1")


def to_bytes(mapped):
    """Give the bytes that a latin-1 mapped string stands for."""
    return mapped.encode("latin-1")


def from_bytes(raw):
    """Map raw bytes."""
    return raw.decode("latin-1")


def walk_order(path):
    """Sort key that puts paths into the order of a depth-first walk with names in byte order."""
    return path.split("/")


def sorted_tree(kind_of):
    """Turn {path: kind} into a tree in walk order."""
    return [[path, kind_of[path]] for path in sorted(kind_of, key=walk_order)]


def dump_line(obj):
    """Serialise one JSON line."""
    return json.dumps(obj, ensure_ascii=True, separators=(",", ":"))


def pack(case, verdict):
    """Fold a case and its verdict into one compact record.

    The record's tree is a list of strings, kind letter first (d, f, l), in walk order; its verdict has one
    character per entry: s sent, e present but sent empty, - absent. An error replaces the verdict.
    """
    record = {"tree": [LETTERS[kind] + path for path, kind in case["tree"]], "ignore": case["ignore"]}
    if "name" in case:
        record = {"name": case["name"], **record}
    if verdict["error"] is not None:
        record["error"] = verdict["error"]
        return record
    fate = {path: SENT if sending == "sent" else EMPTY for path, _kind, sending in verdict["kept"]}
    record["verdict"] = "".join(fate.pop(path, ABSENT) for path, _kind in case["tree"])
    if fate:
        raise ValueError(f"kept, but not in the tree: {sorted(fate)}")
    return record


def unpack(record, number):
    """Give back the case and the verdict of a packed record."""
    tree = [[entry[1:], KINDS[entry[0]]] for entry in record["tree"]]
    case = {"id": number, "tree": tree, "ignore": record["ignore"]}
    if "error" in record:
        return case, {"id": number, "error": record["error"], "kept": None}
    kept = [
        [path, kind, "sent" if fate == SENT else "empty"]
        for (path, kind), fate in zip(tree, record["verdict"])
        if fate != ABSENT
    ]
    return case, {"id": number, "error": None, "kept": kept}


def write_data(path, about, engine, versions, records):
    """Write a data file: a header, then one record per line."""
    header = {"about": about, "engine": engine, "versions": versions}
    header["encoding"] = "latin-1 mapped strings, see README.md"
    with open(path, "w", encoding="ascii") as out:
        out.write("{" + json.dumps(header)[1:-1] + ',\n"cases": [\n')
        out.write(",\n".join(dump_line(record) for record in records))
        out.write("\n]}\n")


def read_data(path):
    """Read a data file into its header dictionary, records under "cases"."""
    with open(path, encoding="ascii") as data:
        return json.load(data)


def ask(command, cases):
    """Send cases to a program as JSON lines and return its verdicts, one per case, in order."""
    text = "".join(dump_line(strip(case)) + "\n" for case in cases)
    done = subprocess.run(command, input=text.encode("ascii"), stdout=subprocess.PIPE, check=False)
    verdicts = [json.loads(line) for line in done.stdout.splitlines()]
    if done.returncode != 0 or len(verdicts) != len(cases):
        raise RuntimeError(
            f"{command[0]}: status {done.returncode}, {len(verdicts)} verdicts for {len(cases)} cases"
        )
    return verdicts


def ask_ours(tool, cases, engine=CURRENT):
    """Question the test helper of ctxopt; where it breaks down, the case that does it is found and marked."""
    rules = [] if engine == CURRENT else ["--engine", engine]
    try:
        return ask([tool, "walk-cases", *rules], cases)
    except (RuntimeError, ValueError) as failure:
        if len(cases) == 1:
            return [{"id": cases[0]["id"], "error": f"no verdict: {failure}", "kept": None, "crashed": True}]
    middle = len(cases) // 2
    return ask_ours(tool, cases[:middle], engine) + ask_ours(tool, cases[middle:], engine)


def strip(case):
    """Leave out what is for people only."""
    return {key: case[key] for key in ("id", "tree", "ignore")}


def is_unsupported(verdict):
    """Tell whether a verdict is a loud refusal of an ignore file instead of an answer."""
    return (verdict["error"] or "").startswith("unsupported")


def same(expected, actual):
    """Compare verdicts: the same entries in the same order, or an error on both sides whatever its text."""
    if actual.get("crashed"):
        return False
    if (expected["error"] is None) != (actual["error"] is None):
        return False
    return expected["error"] is not None or expected["kept"] == actual["kept"]


def describe(case, expected, actual):
    """Explain one difference in a few lines for people."""
    lines = [f"case {case['id']} {case.get('name', '')}".rstrip()]
    lines.append("  ignore: " + repr(to_bytes(case["ignore"]))[1:])
    lines.append("  tree:   " + " ".join(tree_words(case["tree"])))
    if expected["error"] is not None or actual["error"] is not None:
        lines += [f"  expected error: {expected['error']}", f"  actual error:   {actual['error']}"]
        return "\n".join(lines)
    want = {path: sending for path, _kind, sending in expected["kept"]}
    have = {path: sending for path, _kind, sending in actual["kept"]}
    for path in sorted({*want, *have}, key=walk_order):
        if want.get(path) != have.get(path):
            lines.append(f"  {show(path)}: expected {want.get(path, 'absent')}, actual {have.get(path, 'absent')}")
    if want == have:
        lines.append("  same entries, but another order or other kinds")
    return "\n".join(lines)


def tree_words(tree):
    """Show a tree in one line: dir/ file symlink@."""
    mark = {"dir": "/", "file": "", "symlink": "@"}
    return [show(path) + mark[kind] for path, kind in tree]


def show(path):
    """Show a mapped path, bytes outside printable ASCII escaped."""
    return repr(to_bytes(path))[2:-1]
