#!/usr/bin/env python3
"""Compare what ctxopt says a step reads with what a real BuildKit copies, and with the words of its failures.

  copies.py --tool TOOL [OPTIONS] engine              random trees and COPY, ADD and RUN --mount lines, each built
  copies.py --tool TOOL [OPTIONS] engine --only N     one case, with all that is known about it
  copies.py --tool TOOL replay [DATA.json...]         recorded verdicts: no engine, a second

TOOL is ctxopt-reads-tool of a build directory. Every file of a tree has a content of its own, every directory an extended
attribute, every link a modification time, so the image tells which entries were copied. The same seed makes the same cases.
Results go to results/copies.md, with --record verdicts go to data/copies.json. Exit status as engine.py; replay prints TAP.
"""

import argparse
import collections
import json
import os
import pathlib
import posixpath
import random
import re
import shutil
import signal
import subprocess
import sys
import tarfile
from concurrent.futures import ThreadPoolExecutor

from cases import dump_line, latin1, read_data, to_bytes, write_data
from engine import replace_section
from engines import BUILD_SECONDS, BuildKit, Unavailable
from reads import Tree

HERE = pathlib.Path(__file__).resolve().parent
DATA = HERE / "data" / "copies.json"
PARALLEL_BUILDS = 2
#: Modification time of the entry with index 0, seconds; that of the others follows
FIRST_TIME = 1_000_000_000
MANY = 14
#: Flags of a copy that say nothing about what is copied
OTHER_FLAGS = ["--link", "--chmod=755", "--chown=1:2"]
#: What a build says when an entry cannot be put over another: about the image, not about what is read
CONFLICTS = ("cannot copy to non-directory", "cannot replace to directory", "cannot overwrite", "is a directory", "file exists")

#: What the kernel says about links in a circle
KERNEL_WORDS = "too many levels of symbolic links"
#: Names in the words of failures
VARYING = re.compile(r'(?<=lstat )/.*?(?=: )|(?<=: )".*"(?=: not found)|(?<=patterns: ).*?(?=: )|(?<=pattern ).*')

#: Lists what is mounted at /m, one line per entry: what its kind is known by
LISTER = """
#define _GNU_SOURCE
#include <ftw.h>
#include <stdio.h>
#include <sys/xattr.h>
static FILE *out;
static int list(const char *path, const struct stat *status, int type, struct FTW *place) {
	char entry[99] = "";
	FILE *file = type == FTW_F ? fopen(path, "rb") : NULL;
	(void)place;
	if (type == FTW_D) {
		getxattr(path, "user.entry", entry, sizeof(entry) - 1);
	} else if (file != NULL) {
		entry[fread(entry, 1, sizeof(entry) - 1, file)] = '\\0';
		fclose(file);
	}
	fprintf(out, "%c %lld %s\\n", type == FTW_D ? 'd' : type == FTW_F ? 'f' : 'l', (long long)status->st_mtime, entry);
	return 0;
}
int main(void) {
	out = fopen("/list", "w");
	return out == NULL || nftw("/m", list, 9, FTW_PHYS) != 0 || fclose(out) != 0;
}
"""


# Cases


def shell_word(text):
    """Can the word stand in a line that is split at blanks?"""
    return text and not re.search(r"[\s\"'$]", text) and not text.startswith(("--", "[", "<<"))


def copy_line(rng, tree, number):
    """A COPY or ADD of some sources."""
    count = rng.choice([1, 1, 1, 2, 3])
    sources = [source(rng, tree) for _ in range(count)]
    keyword = rng.choice(["COPY", "COPY", "COPY", "ADD"])
    flags = []
    if keyword == "COPY" and rng.random() < 0.3:
        flags.append("--parents")
        sources = [pivot(rng, path) for path in sources]
    if rng.random() < 0.35:
        malformed = rng.random() < 0.1
        patterns = [p for p in tree.patterns() if not re.search(r"[\s\"'\\]", p)]
        flags += [f"--exclude={p}" for p in patterns if malformed or p not in ("[", "!")]
    if rng.random() < 0.2:
        flags.append(rng.choice(OTHER_FLAGS))
    rng.shuffle(flags)
    destination = f"/o{number}/"
    plain = all(shell_word(path) for path in sources)
    unicode = all("\udc80" > char or char > "\udcff" for path in sources for char in path)
    if (rng.random() < 0.2 or not plain) and unicode:
        operands = json.dumps([*sources, destination], ensure_ascii=False)
    else:
        operands = " ".join([*(path for path in sources if shell_word(path)), destination])
        if operands == destination:
            operands = f". {destination}"
    return " ".join([keyword, *flags, operands])


def sources_of(line):
    """The words of a line that are sources, roughly."""
    return [word for word in line.split()[1:-1] if not word.startswith("--")]


def is_wild(line):
    """Does a source hold a wildcard?"""
    return not line.startswith("RUN ") and any(re.search(r"[*?]|\[[^\"]", word) for word in sources_of(line))


def source(rng, tree):
    """A source, spelled in some way."""
    path = "." if rng.random() < 0.08 else tree.path(rng.random() < 0.45)
    if tree.kinds and rng.random() < 0.45:
        path = "/".join(rng.choice(list(tree.kinds)))
    path = rng.choice(["", "", "", "", "/", "./", "../", "//", "b/../"]) + path
    return path + rng.choice(["", "", "", "", "/", "/.", "//"])


def pivot(rng, path):
    """The source of a copy with --parents, maybe with a pivot."""
    slashes = [match.start() for match in re.finditer("/", path)]
    if slashes and rng.random() < 0.5:
        at = rng.choice(slashes)
        path = path[:at] + "/./" + path[at + 1 :]
    if rng.random() < 0.2:
        path = rng.choice(["./", "**/", path + "/**/"]) + path
    return path


def mount_line(rng, tree, number):
    """A RUN with one mount."""
    path = tree.path(False) if rng.random() < 0.9 else "."
    if re.search(r"[\s,\"'$]", path) or not path:
        path = "a"
    return f'RUN --mount=source={path},target=/m ["/list-{number}"]'


def make_case(seed, number, mounts):
    """A tree and a Dockerfile. Entries of most trees have different names, so that nothing is copied over another."""
    rng = random.Random(f"{seed}/{number}")
    tree = Tree(rng, unique=rng.random() < 0.8, most=MANY)
    rows = [row_of(path, *tree.kinds[path]) for path in sorted(tree.kinds, key=lambda path: [latin1(p) for p in path])]
    ignore = ""
    if rng.random() < 0.15:
        ignore = "".join(latin1(p) + "\n" for p in tree.patterns() if p != "!" and p[-1:] not in ("\\", "["))
    is_mount = mounts and rng.random() < 0.1
    line = mount_line(rng, tree, number) if is_mount else copy_line(rng, tree, number)
    start = "FROM lister\n" if is_mount else "FROM scratch\n"
    return {"id": number, "tree": rows, "ignore": ignore, "dockerfile": start + latin1(line) + "\n"}


def row_of(path, kind, target):
    """A row of a tree."""
    text = latin1("/".join(path))
    return [text, "symlink", latin1(target)] if kind == "link" else [text, kind]


# Verdicts


def materialise(case, directory):
    """Lay out a tree. Times are set in the end, from the leaves up."""
    os.makedirs(directory)
    paths = [os.path.join(os.fsencode(directory), to_bytes(row[0])) for row in case["tree"]]
    for index, (path, row) in enumerate(zip(paths, case["tree"])):
        if row[1] == "dir":
            os.mkdir(path)
            os.setxattr(path, "user.entry", b"%d" % index)
        elif row[1] == "file":
            pathlib.Path(os.fsdecode(path)).write_bytes(b"entry %d" % index)
        else:
            os.symlink(to_bytes(row[2]), path)
    for index in reversed(range(len(paths))):
        when = (FIRST_TIME + index) * 10**9
        os.utime(paths[index], ns=(when, when), follow_symlinks=False)
    if case["ignore"]:
        pathlib.Path(directory, ".dockerignore").write_bytes(to_bytes(case["ignore"]))


def normal(text):
    """The words of a failed build, without what differs from build to build."""
    lines = [line for line in text.splitlines() if line.lower().startswith("error: failed to solve: ")]
    words = lines[-1].split("failed to solve: ", 1)[1] if lines else text[-300:]
    words = words.removeprefix("failed to compute cache key: ")
    return re.sub(r"(checksum of ref) \S+:", r"\1 ...:", words)


def copied(case, tar):
    """Indices of the entries that an image holds."""
    found = set()
    with tarfile.open(tar, errors="surrogateescape") as image:
        for member in image:
            if member.isreg():
                found.add(index_of_file(image.extractfile(member).read()))
            elif member.isdir():
                found.add(int(member.pax_headers.get("SCHILY.xattr.user.entry", -1)))
            elif member.issym():
                found.add(index_of_link(case, int(member.mtime), os.fsencode(member.linkname)))
    return found - {-1}


def listed(tar):
    """The same for what was mounted."""
    found = set()
    with tarfile.open(tar, errors="surrogateescape") as image:
        for line in image.extractfile("list").read().splitlines():
            kind, when, entry = line.split(b" ", 2)
            if kind == b"f":
                found.add(index_of_file(entry))
            else:
                found.add(int(entry or -1) if kind == b"d" else int(when) - FIRST_TIME)
    return found - {-1}


def index_of_file(content):
    """Which entry a file is, by its content."""
    return int(content.removeprefix(b"entry ")) if content.startswith(b"entry ") else -1


def index_of_link(case, when, target):
    """Which entry a link is: that of its time, if the target is the same."""
    rows = case["tree"]
    same = [index for index, row in enumerate(rows) if row[1] == "symlink" and to_bytes(row[2]) == target]
    if len(same) != 1 and when - FIRST_TIME in same:
        return when - FIRST_TIME
    return same[0] if same else -1


class Builder:
    """Builds cases with an engine."""

    def __init__(self, engine):
        self.engine = engine
        self.work = engine.state / "copies"
        self.lister = self.work / "lister"
        os.makedirs(self.lister)
        self.mounts = False

    def make_lister(self):
        """Compile the program that lists a mount; without a compiler there are no mounts."""
        text = self.work / "lister.c"
        text.write_text(LISTER, encoding="utf-8")
        command = ["cc", "-O1", "-static", "-o", str(self.lister / "list"), str(text)]
        self.mounts = shutil.which("cc") is not None and subprocess.run(command, check=False).returncode == 0

    def build(self, case):
        """Build one case; returns {"error"} or {"copied"}."""
        base = self.work / f"c{case['id']}"
        context, home, tar = base / f"tree{case['id']}", base / "home", base / "out.tar"
        materialise(case, context)
        home.mkdir()
        text = to_bytes(case["dockerfile"])
        is_mount = text.startswith(b"FROM lister")
        if is_mount:
            copy = f"FROM scratch AS lister\nCOPY --from=lister-files list /list-{case['id']}\n"
            text = copy.encode() + text
        pathlib.Path(home, "Dockerfile").write_bytes(text)
        command = [self.engine.program("buildctl"), "--addr", self.engine.address(), "build", "--progress", "plain"]
        command += ["--frontend", "dockerfile.v0", "--local", f"context={context}", "--local", f"dockerfile={home}"]
        command += ["--local", f"lister={self.lister}", "--opt", "context:lister-files=local:lister"]
        command += ["--output", f"type=tar,dest={tar}"]
        done = subprocess.run(command, capture_output=True, check=False, timeout=BUILD_SECONDS)
        if done.returncode:
            verdict = {"error": latin1(normal(done.stderr.decode("utf-8", "surrogateescape")))}
        else:
            verdict = {"copied": listed(tar) if is_mount else copied(case, tar)}
        shutil.rmtree(base)
        return verdict


def ask(tool, cases):
    """What ctxopt says about cases."""
    questions = [{**case, "dockerfile": case["dockerfile"].replace("FROM lister", "FROM scratch")} for case in cases]
    text = "".join(dump_line(question) + "\n" for question in questions)
    done = subprocess.run([tool], input=text.encode(), stdout=subprocess.PIPE, check=True)
    return [json.loads(line) for line in done.stdout.splitlines()]


# Comparison


def judge(case, theirs, ours):
    """None if both agree, else what differs."""
    missing = [read["missing"] for read in ours["reads"] if read["missing"]]
    if "error" in theirs:
        if any(words in theirs["error"] for words in CONFLICTS):
            return None if not missing and not ours["error"] else f"conflict, but ours: {ours['error'] or missing}"
        if ours["error"]:
            return None if same_error(theirs["error"], ours["error"]) else f"error {ours['error']}"
        return None if any(same_error(theirs["error"], words) for words in missing) else f"missing {missing}"
    if ours["error"] or missing:
        return f"{ours['error'] or missing}, but it was built"
    index_of = {row[0]: index for index, row in enumerate(case["tree"])}
    reads = [{index_of[path] for path in found["entries"]} for found in ours["reads"]]
    ways = {index for some in reads if all(case["tree"][i][1] == "symlink" for i in some) for index in some}
    read = set().union(*reads)
    found = theirs["copied"]
    lost = sorted(index for index in read - found - ways if not is_hidden(case, index, read, found))
    more = sorted(index for index in found - read if not is_digested_as_nothing(case, index))
    if not lost and not more:
        return None
    return f"not copied: {[case['tree'][i][0] for i in lost]}, not read: {[case['tree'][i][0] for i in more]}"


def same_error(theirs, ours):
    """Is it the same failure? Of links in a circle the kernel may speak before BuildKit counts them, with a path of its own."""
    return theirs == ours or (KERNEL_WORDS in theirs and ours.endswith("too many links"))


def is_hidden(case, index, read, found):
    """Is there nothing to see of an entry that is read? (Links on the way to nothing were left out before.)

    - links that were followed, and directories that were sources themselves: the image holds what is in them;
    - with --exclude and --parents, what a link in the root of the context leads to is read, and the link copied (select.h);
    - what was copied over by another entry of the same name.
    """
    path, kind = case["tree"][index][:2]
    paths = {case["tree"][other][0] for other in read}
    links = [case["tree"][other][0] for other in read if case["tree"][other][1] == "symlink"]
    if kind == "symlink" and any(is_end(case, path, case["tree"][other][0]) for other in read):
        return True
    if kind == "dir" and (posixpath.dirname(path) not in paths or any(is_end(case, link, path) for link in links)):
        return True
    filtered = re.search("--(exclude|parents)", case["dockerfile"])
    above = [path[: match.start()] for match in re.finditer("/", path)] + [path]
    if filtered and any("/" not in link and is_end(case, link, part) for link in links for part in above):
        return True
    name = posixpath.basename(path)
    return any(posixpath.basename(case["tree"][other][0]) == name for other in found)


def is_digested_as_nothing(case, index):
    """Is an entry copied although its content is not digested? So is a source itself where --exclude or --parents do not let the
    empty path through (select.h)."""
    line = case["dockerfile"].splitlines()[1]
    if not re.search(r"--exclude=\*\*?( |$)", line) and not ("--parents" in line and "/./" in line):
        return False
    path = case["tree"][index][0]
    words = json.loads(line[line.index('["') :])[:-1] if '["' in line else sources_of(line)
    return any(is_wild(f"COPY {word} x") or is_end(case, word.replace("/./", "/"), path) for word in map(str, words))


def is_end(case, path, end):
    """Does a path lead to an entry, links followed?"""
    rows = {row[0]: row for row in case["tree"]}
    todo, at, left = path.split("/"), [], 99
    while todo and left:
        part = todo.pop(0)
        if part in ("", "."):
            continue
        if part == "..":
            at = at[:-1]
            continue
        row = rows.get("/".join([*at, part]))
        if row is not None and row[1] == "symlink":
            left -= 1
            if row[2].startswith("/"):
                at = []
            todo = row[2].split("/") + todo
        else:
            at.append(part)
    return "/".join(at) in ("", end)


# Runs


def run_engine(engine, options):
    """Build all cases; returns (case, verdict, what differs)."""
    builder = Builder(engine)
    builder.make_lister()
    numbers = [options.only] if options.only is not None else range(options.count)
    cases = [make_case(options.seed, number, builder.mounts) for number in numbers]
    answers = ask(options.tool, cases)
    found = []
    with ThreadPoolExecutor(PARALLEL_BUILDS) as pool:
        for case, theirs, ours in zip(cases, list(pool.map(builder.build, cases)), answers):
            difference = judge(case, theirs, ours)
            if difference:  # once in a thousand, a directory has what is another's in a build beside it
                first, theirs = theirs, builder.build(case)
                difference = judge(case, theirs, ours)
                print(f"case {case['id']}: {first}, built again alone: {theirs}")
            found.append((case, theirs, difference))
            if difference or options.only is not None:
                show(case, theirs, ours, difference)
    return found


def show(case, theirs, ours, difference):
    """Print all about a case."""
    print(f"case {case['id']}: {difference}")
    print("  tree   " + "  ".join(" -> ".join([row[0], *row[2:]]) + "/" * (row[1] == "dir") for row in case["tree"]))
    print(f"  ignore {case['ignore']!r}")
    print(f"  {case['dockerfile'].splitlines()[1]}")
    print(f"  engine {theirs.get('error') or [case['tree'][i][0] for i in sorted(theirs['copied'])]}")
    print(f"  ctxopt {ours['error'] or [read['missing'] or read['entries'] for read in ours['reads']]}", flush=True)


#: What a line has, for the table
KINDS = [
    ("one source, no wildcard", lambda line: len(sources_of(line)) == 1 and not is_wild(line)),
    ("several sources", lambda line: len(sources_of(line)) > 1),
    ("wildcards", is_wild),
    ("`--exclude`", lambda line: "--exclude=" in line),
    ("`--parents`", lambda line: "--parents" in line),
    ("`--parents` with a pivot", lambda line: "--parents" in line and "/./" in line),
    ("`ADD`", lambda line: line.startswith("ADD ")),
    ("bind mount", lambda line: line.startswith("RUN ")),
]


def publish(found, options):
    """Write the table, and what is to be recorded."""
    rows = [("all", found)]
    rows += [(name, [item for item in found if has(item[0]["dockerfile"].splitlines()[1])]) for name, has in KINDS]
    rows.append(("links in the tree", [item for item in found if any(row[1] == "symlink" for row in item[0]["tree"])]))
    rows.append(("an ignore file", [item for item in found if item[0]["ignore"]]))
    body = ["| lines with | builds | entries copied | nothing copied | build fails | ctxopt differs |"]
    body += ["| --- | ---: | ---: | ---: | ---: | ---: |"]
    for name, items in rows:
        built = [theirs for _case, theirs, _difference in items if "copied" in theirs]
        copied = sum(len(theirs["copied"]) for theirs in built)
        empty = sum(not theirs["copied"] for theirs in built)
        wrong = sum(difference is not None for *_item, difference in items)
        body.append(f"| {name} | {len(items)} | {copied} | {empty} | {len(items) - len(built)} | {wrong} |")
    body += ["", *words_of_failures(found)]
    versions = ", ".join(f"{name} {version}" for name, version in BuildKit().versions().items())
    if not options.out.exists():
        options.out.write_text("# What steps read, ctxopt and a real engine\n", encoding="utf-8")
    replace_section(options.out, "random", [f"Run on {options.date}, seed {options.seed}. {versions}.", "", *body])
    print("\n".join(body))
    if options.record:
        records = [pack(case, theirs) for case, theirs, _difference in found[: options.record]]
        write_data(DATA, "what real builds copied", BuildKit.name, BuildKit().versions(), records)
        print(f"{DATA}: {len(records)} cases")


def words_of_failures(found):
    """A table of what failed builds said, names left out."""
    count = collections.Counter()
    for _case, theirs, difference in found:
        if "error" in theirs:
            count[re.sub(r"\s+", " ", VARYING.sub("X", theirs["error"])), difference is None] += 1
    body = ["| words of a build that fails | builds | ctxopt says the same |", "| --- | ---: | --- |"]
    for (words, same), n in count.most_common():
        says = "**no**" if not same else "in other words" if KERNEL_WORDS in words else "yes"
        body.append(f"| `{words}` | {n} | {says} |")
    return body


def pack(case, verdict):
    """A case and its verdict as one record; a tree as in cases.py, but links with their targets."""
    letters = {"dir": "d", "file": "f", "symlink": "l"}
    tree = [letters[row[1]] + ">".join([row[0], *row[2:]]) for row in case["tree"]]
    record = {"tree": tree, "ignore": case["ignore"], "dockerfile": case["dockerfile"]}
    if not record["ignore"]:
        del record["ignore"]
    if "error" in verdict:
        return {**record, "error": verdict["error"]}
    return {**record, "copied": "".join("c" if i in verdict["copied"] else "-" for i in range(len(tree)))}


def unpack(record, number):
    """The inverse of pack()."""
    kinds = {"d": "dir", "f": "file", "l": "symlink"}
    tree = []
    for line in record["tree"]:
        path, *target = line[1:].split(">")
        tree.append([path, kinds[line[0]], *target])
    case = {"id": number, "tree": tree, "ignore": record.get("ignore", ""), "dockerfile": record["dockerfile"]}
    if "error" in record:
        return case, {"error": record["error"]}
    return case, {"copied": {index for index, char in enumerate(record["copied"]) if char == "c"}}


def replay(options):
    """Compare with recorded verdicts."""
    paths = options.data or [DATA]
    failed = False
    print(f"1..{len(paths)}")
    for number, path in enumerate(paths, 1):
        records = read_data(path)["cases"]
        pairs = [unpack(record, index) for index, record in enumerate(records)]
        answers = ask(options.tool, [case for case, _verdict in pairs])
        wrong = [(case, verdict, ours, judge(case, verdict, ours)) for (case, verdict), ours in zip(pairs, answers)]
        wrong = [item for item in wrong if item[3]]
        for item in wrong[:10]:
            print(f"# {item[0]}: {item[3]}")
        print(f"{'not ok' if wrong else 'ok'} {number} - {path.stem}: {len(pairs)} cases, {len(wrong)} differences")
        failed = failed or bool(wrong)
    return 1 if failed else 0


def main():
    """Run a comparison."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tool", required=True, help="ctxopt-reads-tool")
    parser.add_argument("--date", default="an unknown date", help="goes into the result file")
    parser.add_argument("--count", type=int, default=700)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--record", type=int, default=0, metavar="N", help="write the first N verdicts to data/copies.json")
    parser.add_argument("--out", type=pathlib.Path, default=HERE / "results" / "copies.md")
    what = parser.add_subparsers(dest="what", required=True)
    what.add_parser("engine", help="random cases, built").add_argument("--only", type=int, help="one case")
    what.add_parser("replay", help="recorded verdicts").add_argument("data", nargs="*", type=pathlib.Path)
    options = parser.parse_args()
    if options.what == "replay":
        return replay(options)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(130))
    try:
        with BuildKit() as engine:
            found = run_engine(engine, options)
    except Unavailable as reason:
        print(f"skipped: {BuildKit.name}: {reason}")
        return 0
    if options.only is None:
        publish(found, options)
    return 1 if any(item[2] for item in found) else 0


if __name__ == "__main__":
    sys.exit(main())
