"""Recorded histories: their compact form, and how a predicted one is compared with it.

A history is an object; names of steps and sets of steps are written once:

    {"name": "owner/name Dockerfile", "repo": "owner/name", "dockerfile": "Dockerfile", "context": ".",
     "order": "first-parent", "engine": "v0.32.2", "date": "2026-01-31",
     "names": ["[build 2/3] COPY . .", ...],
     "layouts": ["0 1 2", "0 1 3"],
     "builds": ["COMMIT 0 HMM", "COMMIT - invalid"]}

A verdict has one letter per step of its layout: H hit, M miss, - never started. `invalid` is a commit whose
Dockerfile does not exist or cannot be read. Commits whose build failed otherwise are under `failed` and were
not built in this run: a failed build leaves in the cache what it finished by chance.
"""

import json
import re

VERDICTS = {"hit": "H", "miss": "M", "unknown": "?"}
#: A base pinned by digest is built with the digest as its tag
TAGGED = re.compile(r"([\w./-]+?)(?::[\w][\w.-]*)?(?:@sha256)?:([0-9a-f]{64})")


def pack(history, builds):
    """Add builds, (commit, steps or None) each, to the description of a history."""
    names, layouts, lines = {}, {}, []
    for commit, steps in builds:
        if steps is None:
            lines.append(f"{commit} - invalid")
            continue
        layout = " ".join(str(names.setdefault(name, len(names))) for name, _verdict in steps)
        number = layouts.setdefault(layout, len(layouts))
        lines.append(f"{commit} {number} {''.join(verdict for _name, verdict in steps)}".rstrip())
    return {**history, "names": list(names), "layouts": list(layouts), "builds": lines}


def unpack(history):
    """The builds of a packed history: (commit, [(name, verdict), ...] or None)."""
    layouts = [[history["names"][int(number)] for number in layout.split()] for layout in history["layouts"]]
    builds = []
    for line in history["builds"]:
        commit, layout, verdict = [*line.split(" "), ""][:3]
        builds.append((commit, None if layout == "-" else list(zip(layouts[int(layout)], verdict, strict=True))))
    return builds


def write(path, histories):
    """Write histories, a line for each name and build."""
    text = ",\n".join(lines_of(history) for history in histories)
    path.write_text(f"[\n{text}\n]\n" if len(histories) != 1 else text + "\n", encoding="utf-8")


def lines_of(history):
    """JSON text of one history."""
    heads = [
        f"{json.dumps(key)}: {json.dumps(history[key])}" for key in history if key not in ("names", "layouts", "builds")
    ]
    lists = [f"{json.dumps(key)}: [{array(history[key])}]" for key in ("names", "layouts", "builds")]
    return "{" + ",\n ".join([", ".join(heads), *lists]) + "}"


def array(texts):
    """Elements of a list of texts, one a line if there are many."""
    texts = [json.dumps(text, ensure_ascii=False) for text in texts]
    return (",\n  " if len(texts) > 3 else ", ").join(texts)


def read(path):
    """Read the histories of a file."""
    value = json.loads(path.read_text(encoding="utf-8"))
    return value if isinstance(value, list) else [value]


def simulated(document):
    """The builds of a document of `ctxopt simulate`: (commit, [(name, verdict), ...] or None).

    None is a build that fails before it begins: an invalid Dockerfile, a file that is not there.
    """
    builds = []
    for build in document["builds"]:
        steps = [
            (step["name"], VERDICTS[step["verdict"]])
            for step in build.get("steps") or []
            if not re.match(r"\[[^]]*\] FROM ", step["name"]) and step["verdict"] is not None
        ]
        builds.append((build["commit"], None if build.get("error") else sorted(steps)))
    return builds


def loosely(name):
    """A name of a step, with bases pinned by digest in one spelling."""
    return TAGGED.sub(r"\1:\2", name)


def differences(theirs, ours):
    """Compare the steps of one build; returns (steps compared, twins that changed places, texts of differences)."""
    if theirs is None or ours is None:
        same = theirs is None and ours is None
        return (
            0,
            0,
            [] if same else [f"the build {'fails' if theirs is None else 'works'} with the engine only"],
        )
    expected, actual = by_name(theirs), by_name(ours)
    found = []
    for name in sorted({*expected, *actual}):
        want, have = sorted(expected.get(name, "")), sorted(actual.get(name, ""))
        if want != have:
            found.append((name, "".join(want) or "absent", "".join(have) or "absent"))
    if are_twins(found):
        return len(theirs), len(found), []
    return len(theirs), 0, [f"{name}: engine {want}, ctxopt {have}" for name, want, have in found]


def by_name(steps):
    """Group steps by name: texts of verdicts."""
    groups = {}
    for name, verdict in steps:
        groups[loosely(name)] = groups.get(loosely(name), "") + verdict
    return groups


def are_twins(found):
    """Is every difference one of steps that changed places?

    Of steps with equal keys in one build one runs, and the others end as cached; which one is a race. So as many steps
    must have run as were predicted.
    """
    if not found or any("absent" in item or "?" in item[2] for item in found):
        return False
    run = predicted = 0
    for _name, want, have in found:
        run += want.count("M")
        predicted += have.count("M")
    return run == predicted and all(len(want) == len(have) for _name, want, have in found)
