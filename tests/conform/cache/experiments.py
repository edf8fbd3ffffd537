"""Small experiments, one per documented rule: versions of a context, and the verdicts of the last build.

A Dockerfile is written in one line, ` / ` between instructions. Every image has the paths and users of random_cases.py;
a RUN writes nothing. `expect` has one letter per step of the last Dockerfile that
is built, stage after stage, in the order of the text (FROM and steps of unused stages have none; COPY --link has
two, the copy before the merge); `*` is not looked at.
"""

import dataclasses

B = "b:1"


@dataclasses.dataclass
class Row:
    """An experiment. A version is a Dockerfile, changes of files alone, or both; None takes a file away."""

    rule: str
    name: str
    versions: list
    expect: str
    files: dict = dataclasses.field(default_factory=dict)
    options: list = dataclasses.field(default_factory=list)


FILES = {
    "a": "a\n",
    "b": "b\n",
    "n": "nonce\n",
    "src/main.c": "int main;\n",
    "src/lib/l.c": "int l;\n",
    "d/x.c": "x\n",
    "d/y.c": "y\n",
    "d/z.txt": "z\n",
    "d/e/f.c": "f\n",
    "run.sh": ("100755", "#!/bin/sh\n"),
    "l": ("120000", "a"),
    "dl": ("120000", "d"),
}

# 7.1 Edits without effect on files: COPY, one, two
PLAIN = f"FROM {B} / ENV A=1 / COPY a /a / RUN one / LABEL x=1 / RUN two"
EDITS = [
    ("nothing", PLAIN, "HHH"),
    ("ENV value", PLAIN.replace("A=1", "A=2"), "HMM"),
    ("LABEL value", PLAIN.replace("x=1", "x=2"), "HHH"),
    ("LABEL moved to the top", f"FROM {B} / LABEL x=1 / ENV A=1 / COPY a /a / RUN one / RUN two", "HHH"),
    ("blanks after the keyword", PLAIN.replace("RUN one", "RUN   one"), "HHH"),
    ("blank doubled inside the command", f"FROM {B} / ENV A=1 / COPY a /a / RUN one  x / LABEL x=1 / RUN two", "HMM"),
    ("lower case", PLAIN.replace("RUN one", "run one"), "HHH"),
    ("tab after RUN", PLAIN.replace("RUN one", "RUN\tone"), "HHH"),
    ("indentation", PLAIN.replace("RUN one", "   RUN one"), "HHH"),
    ("trailing blanks", PLAIN.replace("RUN one", "RUN one   "), "HHH"),
    ("comment line", PLAIN.replace("RUN one", "# why / RUN one"), "HHH"),
    ("continuation", PLAIN.replace("RUN one", "RUN \\ / one"), "HHH"),
    ("comment inside a continuation", PLAIN.replace("RUN one", "RUN \\ / # why / one"), "HHH"),
    ("continuation with an extra blank", PLAIN.replace("RUN one", "RUN one \\ /  x"), "HMM"),
    ("escape directive", "# escape=\\ / " + PLAIN, "HHH"),
    ("JSON of the same command", PLAIN.replace("RUN one", 'RUN ["/bin/sh","-c","one"]'), "HHH"),
    ("other JSON", PLAIN.replace("RUN one", 'RUN ["one"]'), "HMM"),
    ("RUN removed", f"FROM {B} / ENV A=1 / COPY a /a / LABEL x=1 / RUN two", "HM"),
    ("RUN swapped", f"FROM {B} / ENV A=1 / COPY a /a / RUN two / LABEL x=1 / RUN one", "HMM"),
    ("COPY moved behind RUN", f"FROM {B} / ENV A=1 / RUN one / COPY a /a / LABEL x=1 / RUN two", "MMM"),
]

# 7.2 Variables: one, echo, COPY, two
ARGS = f"ARG G=1 / FROM {B} / ARG L=1 / RUN one / RUN echo $L / COPY a /a / RUN two"
VARIABLES = [
    ("global default, not used", ARGS.replace("G=1", "G=2"), "HHHH"),
    ("stage default", ARGS.replace("L=1", "L=2"), "MMMM"),
    (
        "ARG moved below the first RUN",
        f"ARG G=1 / FROM {B} / RUN one / ARG L=1 / RUN echo $L / COPY a /a / RUN two",
        "MMMM",
    ),
    ("ARG without value before COPY", ARGS.replace("COPY", "ARG NEW / COPY"), "HHHH"),
    ("ARG with value before COPY", ARGS.replace("COPY", "ARG NEW=3 / COPY"), "HHHM"),
    ("ENV before COPY", ARGS.replace("COPY", "ENV NEW=3 / COPY"), "HHHM"),
    ("TARGETARCH declared", ARGS.replace("RUN one", "ARG TARGETARCH / RUN one"), "MMMM"),
    ("comment", "# c / " + ARGS, "HHHH"),
]
MORE_VARIABLES = [
    (
        "G redeclared, global default changed",
        [f"ARG G=1 / FROM {B} / RUN one / ARG G / RUN two", f"ARG G=2 / FROM {B} / RUN one / ARG G / RUN two"],
        "HM",
    ),
    (
        "ARG G replaced by ENV",
        [f"ARG G=1 / FROM {B} / ARG G / RUN two", f"ARG G=1 / FROM {B} / ENV G=1 / RUN two"],
        "H",
    ),
    (
        "two ENV swapped",
        [f"FROM {B} / ENV A=1 / ENV B=2 / RUN x / COPY a /a", f"FROM {B} / ENV B=2 / ENV A=1 / RUN x / COPY a /a"],
        "MM",
    ),
    ("two ENV joined", [f"FROM {B} / ENV A=1 / ENV B=2 / RUN x", f"FROM {B} / ENV A=1 B=2 / RUN x"], "H"),
    ("ENV A 1 to ENV A=1", [f"FROM {B} / ENV A 1 / RUN x", f"FROM {B} / ENV A=1 / RUN x"], "H"),
    ("quotes", [f"FROM {B} / ENV A=1 / RUN x", f'FROM {B} / ENV A="1" / RUN x'], "H"),
    ("overwritten value", [f"FROM {B} / ENV A=1 / ENV A=3 / RUN x", f"FROM {B} / ENV A=2 / ENV A=3 / RUN x"], "H"),
    ("SHELL equal to the default", [f'FROM {B} / SHELL ["/bin/sh","-c"] / RUN x', f"FROM {B} / RUN x"], "H"),
    (
        "SHELL changed",
        [
            f'FROM {B} / SHELL ["/bin/sh","-c"] / RUN ["j"] / RUN x',
            f'FROM {B} / SHELL ["/bin/sh","-ec"] / RUN ["j"] / RUN x',
        ],
        "HM",
    ),
    (
        "ARG in a COPY source",
        [f"FROM {B} / ARG F=a / COPY $F /x / RUN x", f"FROM {B} / ARG F=b / COPY $F /x / RUN x"],
        "MM",
    ),
    ("ARG in the destination", [f"FROM {B} / ARG F=a / COPY a /$F", f"FROM {B} / ARG F=b / COPY a /$F"], "M"),
    ("ARG spelled out in COPY", [f"FROM {B} / ARG F=a / COPY $F /x", f"FROM {B} / COPY a /x"], "H"),
    ("ARG chooses the base", ["ARG V=1 / FROM b:$V / RUN x", "ARG V=2 / FROM b:$V / RUN x"], "M"),
    ("ARG chooses the same base", ["ARG V=1 / FROM b:$V / RUN x", "FROM b:1 / RUN x"], "H"),
    (
        "ARG chooses the stage",
        [
            f"ARG V=p / FROM {B} AS p / RUN p / FROM {B} AS q / RUN q / FROM $V / RUN z",
            f"ARG V=q / FROM {B} AS p / RUN p / FROM {B} AS q / RUN q / FROM $V / RUN z",
        ],
        "MM",
    ),
    (
        "ENV inherited from a stage",
        [f"FROM {B} AS p / ENV A=1 / FROM p / RUN z", f"FROM {B} AS p / ENV A=2 / FROM p / RUN z"],
        "M",
    ),
    (
        "ARG inherited from a stage",
        [f"FROM {B} AS p / ARG A=1 / FROM p / RUN z", f"FROM {B} AS p / ARG A=2 / FROM p / RUN z"],
        "M",
    ),
]

# 7.3 Metadata, directories, users
METADATA = f"FROM {B} / COPY a /a / %s / RUN x"
METADATA_EDITS = [
    ("EXPOSE", "EXPOSE 1", "EXPOSE 2"),
    ("CMD", "CMD a", "CMD b"),
    ("ENTRYPOINT", 'ENTRYPOINT ["a"]', 'ENTRYPOINT ["b"]'),
    ("HEALTHCHECK", "HEALTHCHECK CMD a", "HEALTHCHECK CMD b"),
    ("STOPSIGNAL", "STOPSIGNAL 1", "STOPSIGNAL 2"),
    ("VOLUME", "VOLUME /a", "VOLUME /b"),
    ("MAINTAINER", "MAINTAINER a", "MAINTAINER b"),
    ("ONBUILD", "ONBUILD RUN a", "ONBUILD RUN b"),
    ("LABEL", "LABEL a=1", "LABEL a=2"),
]
PLACES = [
    (
        "WORKDIR",
        [
            f"FROM {B} / WORKDIR /w1 / RUN a / COPY a /a / WORKDIR s / RUN b",
            f"FROM {B} / WORKDIR /w2 / RUN a / COPY a /a / WORKDIR s / RUN b",
        ],
        "MMMMM",
    ),
    ("WORKDIR / removed", [f"FROM {B}\nWORKDIR /\nRUN a\n", f"FROM {B} / RUN a"], "H"),
    ("trailing slash of WORKDIR", [f"FROM {B} / WORKDIR /w1/ / RUN a", f"FROM {B} / WORKDIR /w1 / RUN a"], "HM"),
    ("WORKDIR through ENV", [f"FROM {B} / WORKDIR /w1 / RUN a", f"FROM {B} / ENV D=/w1 / WORKDIR $D / RUN a"], "HM"),
    ("two WORKDIR to one", [f"FROM {B} / WORKDIR /w / WORKDIR s / RUN a", f"FROM {B} / WORKDIR /w/s / RUN a"], "MM"),
    (
        "relative to absolute destination",
        [f"FROM {B} / WORKDIR /w / COPY a x", f"FROM {B} / WORKDIR /w / COPY a /w/x"],
        "HH",
    ),
    (
        "USER 0 to 7",
        [
            f"FROM {B} / USER 0 / COPY a /a / WORKDIR /w / COPY b /b / RUN x",
            f"FROM {B} / USER 7 / COPY a /a / WORKDIR /w / COPY b /b / RUN x",
        ],
        "HMMM",
    ),
    ("USER root to 0", [f"FROM {B} / USER root / RUN x", f"FROM {B} / USER 0 / RUN x"], "M"),
    ("USER added before RUN", [f"FROM {B} / RUN x", f"FROM {B} / USER app / RUN x"], "M"),
    ("USER added after RUN", [f"FROM {B} / RUN x / COPY a /a", f"FROM {B} / RUN x / USER app / COPY a /a"], "HH"),
    ("chown=root to root:root", [f"FROM {B} / COPY --chown=root a /a", f"FROM {B} / COPY --chown=root:root a /a"], "M"),
    ("chown=root to 0", [f"FROM {B} / COPY --chown=root a /a", f"FROM {B} / COPY --chown=0 a /a"], "H"),
    ("chown by name to id", [f"FROM {B} / COPY --chown=app a /a", f"FROM {B} / COPY --chown=1000 a /a"], "M"),
    ("chown=0:0 added", [f"FROM {B} / COPY a /a", f"FROM {B} / COPY --chown=0:0 a /a"], "M"),
    ("chmod=644 added", [f"FROM {B} / COPY a /a", f"FROM {B} / COPY --chmod=644 a /a"], "M"),
    ("chmod=0644 to 644", [f"FROM {B} / COPY --chmod=0644 a /a", f"FROM {B} / COPY --chmod=644 a /a"], "H"),
    ("source mode under chmod", [f"FROM {B} / COPY --chmod=644 a /a", {"a": ("100755", "a\n")}], "M"),
    ("base tag", [f"FROM {B} / COPY a /a / RUN x", "FROM b:2 / COPY a /a / RUN x"], "MM"),
    (
        "base tag and back",
        [f"FROM {B} / COPY a /a / RUN x", "FROM b:2 / COPY a /a / RUN x", f"FROM {B} / COPY a /a / RUN x"],
        "HH",
    ),
    ("base by its long name", [f"FROM {B} / RUN x", "FROM docker.io/library/b:1 / RUN x"], "H"),
    ("platform of the builder", [f"FROM {B} / RUN x", f"FROM --platform=linux/amd64 {B} / RUN x"], "H"),
    ("platform with a variant", [f"FROM {B} / RUN x", f"FROM --platform=linux/amd64/v2 {B} / RUN x"], "M"),
    ("scratch", ["FROM scratch / COPY a /a / COPY b /b", {"b": "new\n"}], "HM"),
    # A step without any input shows as run, unless somebody needs its result and it is loaded
    ("WORKDIR on scratch, nothing", ["FROM scratch / WORKDIR /w / COPY a /a"] * 2, "MH"),
    ("WORKDIR on scratch, file edited", ["FROM scratch / WORKDIR /w / COPY a /a", {"a": "new\n"}], "HM"),
    ("two WORKDIR on scratch, nothing", ["FROM scratch / WORKDIR /w / WORKDIR /v / COPY a /a"] * 2, "MHH"),
    (
        "WORKDIR on scratch in a stage that is not needed",
        [f"FROM scratch AS w / WORKDIR /w / COPY a /w/a / FROM {B} / COPY --from=w /w /w / RUN z"] * 2,
        "MHHH",
    ),
    ("scratch to base", ["FROM scratch / COPY a /a", f"FROM {B} / COPY a /a"], "M"),
]

# 2.7 and 7.4 Files: the Dockerfile, changes, verdicts
DIR = f"FROM {B} / COPY d /d / RUN x"
CONTEXT = [
    ("bytes of a file", DIR, {"d/x.c": "new\n"}, "MM"),
    ("bytes of a file below", DIR, {"d/e/f.c": "new\n"}, "MM"),
    ("mode of a file", DIR, {"d/x.c": ("100755", "x\n")}, "MM"),
    ("file renamed", DIR, {"d/x.c": None, "d/w.c": "x\n"}, "MM"),
    ("file added", DIR, {"d/new": "n\n"}, "MM"),
    ("empty file added", DIR, {"d/new": ""}, "MM"),
    ("file removed", DIR, {"d/y.c": None}, "MM"),
    ("symlink added", DIR, {"d/s": ("120000", "x.c")}, "MM"),
    ("file to symlink", DIR, {"d/x.c": ("120000", "y.c")}, "MM"),
    ("file outside", DIR, {"a": "new\n"}, "HH"),
    ("ignored file", DIR, {"d/q.log": "new\n"}, "HH"),
    ("directory in place of a file", DIR, {"d/x.c": None, "d/x.c/y": "x\n"}, "MM"),
    ("through a symlink, target edited", f"FROM {B} / COPY l /l / RUN x", {"a": "new\n"}, "MM"),
    (
        "through a symlink, other target of equal content",
        f"FROM {B} / COPY l /l / RUN x",
        {"c": "a\n", "l": ("120000", "c")},
        "HH",
    ),
    ("symlink becomes the file", f"FROM {B} / COPY l /l / RUN x", {"l": "a\n"}, "HH"),
    ("directory through a symlink, edited", f"FROM {B} / COPY dl /x / RUN x", {"d/x.c": "new\n"}, "MM"),
    ("below a symlink, edited", f"FROM {B} / COPY dl/x.c /x / RUN x", {"d/x.c": "new\n"}, "MM"),
    ("below a symlink, other edited", f"FROM {B} / COPY dl/x.c /x / RUN x", {"d/y.c": "new\n"}, "HH"),
    ("wildcard, match renamed", f"FROM {B} / COPY d/*.c /x/ / RUN x", {"d/x.c": None, "d/w.c": "x\n"}, "MM"),
    ("wildcard, match added", f"FROM {B} / COPY d/*.c /x/ / RUN x", {"d/w.c": "w\n"}, "MM"),
    ("wildcard, match edited", f"FROM {B} / COPY d/*.c /x/ / RUN x", {"d/x.c": "new\n"}, "MM"),
    ("wildcard, other added", f"FROM {B} / COPY d/*.c /x/ / RUN x", {"d/w.txt": "w\n"}, "HH"),
    ("wildcard, other edited", f"FROM {B} / COPY d/*.c /x/ / RUN x", {"d/z.txt": "new\n"}, "HH"),
    (
        "wildcard, single match renamed",
        f"FROM {B} / COPY d/*.txt /x/ / RUN x",
        {"d/z.txt": None, "d/w.txt": "z\n"},
        "MM",
    ),
    ("wildcard, a directory's file edited", f"FROM {B} / COPY d/* /x/ / RUN x", {"d/e/f.c": "new\n"}, "MM"),
    ("wildcard over directories", f"FROM {B} / COPY */f.c /x/ / RUN x", {"d/f.c": "new\n"}, "MM"),
    ("class", f"FROM {B} / COPY d/[xy].c /x/ / RUN x", {"d/z.c": "new\n"}, "HH"),
    ("exclude, excluded edited", f"FROM {B} / COPY --exclude=*.txt d /x/ / RUN x", {"d/z.txt": "new\n"}, "HH"),
    ("exclude, excluded removed", f"FROM {B} / COPY --exclude=*.txt d /x/ / RUN x", {"d/z.txt": None}, "HH"),
    ("exclude, other edited", f"FROM {B} / COPY --exclude=*.txt d /x/ / RUN x", {"d/x.c": "new\n"}, "MM"),
    ("exclude with wildcard", f"FROM {B} / COPY --exclude=**/f.c d/* /x/ / RUN x", {"d/e/f.c": "new\n"}, "HH"),
    ("parents, file edited", f"FROM {B} / COPY --parents d/e/f.c /x/ / RUN x", {"d/e/f.c": "new\n"}, "MM"),
    ("parents, other edited", f"FROM {B} / COPY --parents d/e/f.c /x/ / RUN x", {"d/x.c": "new\n"}, "HH"),
    (
        "parents with wildcard, other edited",
        f"FROM {B} / COPY --parents d/**/*.c /x/ / RUN x",
        {"d/z.txt": "new\n"},
        "HH",
    ),
    ("parents with wildcard, one added", f"FROM {B} / COPY --parents d/**/*.c /x/ / RUN x", {"d/e/g.c": "new\n"}, "MM"),
    ("two sources, one edited", f"FROM {B} / COPY a b /w/ / RUN x", {"b": "new\n"}, "MM"),
    ("two sources, other edited", f"FROM {B} / COPY a b /w/ / RUN x", {"n": "new\n"}, "HH"),
    ("contents of two files swapped", f"FROM {B} / COPY a b /w/ / RUN x", {"a": "b\n", "b": "a\n"}, "MM"),
    ("ignore file with COPY .", f"FROM {B} / COPY . /s / RUN x", {".dockerignore": "**/*.log\n# c\n"}, "MM"),
    ("ignored ignore file", f"FROM {B} / COPY . /s / RUN x", {".dockerignore": "**/*.log\n.dockerignore\n# c\n"}, "MM"),
    ("file ignored anew", f"FROM {B} / COPY d /d / RUN x", {".dockerignore": "**/*.log\nd/z.txt\n"}, "MM"),
    ("file outside ignored anew", f"FROM {B} / COPY d /d / RUN x", {".dockerignore": "**/*.log\na\n"}, "HH"),
    ("ADD, file edited", f"FROM {B} / ADD a /x / RUN x", {"a": "new\n"}, "MM"),
    ("ADD, other edited", f"FROM {B} / ADD a /x / RUN x", {"b": "new\n"}, "HH"),
    ("link, file edited", f"FROM {B} / COPY --link a /a / COPY --link b /b / RUN x", {"a": "new\n"}, "MMHMM"),
    ("link, second file edited", f"FROM {B} / COPY --link a /a / COPY --link b /b / RUN x", {"b": "new\n"}, "HHMMM"),
    ("other case of the name", f"FROM {B} / COPY . /s / RUN x", {"A": "a\n"}, "MM"),
]

# More about sources: the Dockerfile, changes, verdicts
SOURCE_ROWS = [
    ("own ignore file counts, not the common one", f"FROM {B} / COPY . /s", {"a.log": "new\n"}, "M"),
    ("wildcard over a symlink, target edited", f"FROM {B} / COPY l* /x/", {"a": "new\n"}, "M"),
    ("wildcard over a symlink to a directory, edited below", f"FROM {B} / COPY dl* /x/", {"d/e/f.c": "new\n"}, "M"),
    ("symlink in a copied directory, target outside edited", f"FROM {B} / COPY k /k", {"a": "new\n"}, "H"),
    ("symlink in a copied directory, other target", f"FROM {B} / COPY k /k", {"k/s": ("120000", "../b")}, "M"),
    ("symlink to a file becomes one to a directory", f"FROM {B} / COPY l /x/", {"l": ("120000", "d")}, "M"),
    ("two links to one file", f"FROM {B} / COPY l k/s /x/", {"a": "new\n"}, "M"),
    ("absolute symlink", f"FROM {B} / COPY abs /x", {"d/x.c": "new\n"}, "M"),
    ("absolute symlink, other edited", f"FROM {B} / COPY abs /x", {"a": "new\n"}, "H"),
    ("symlink chain, end edited", f"FROM {B} / COPY chain /x", {"a": "new\n"}, "M"),
    ("symlink chain shortened", f"FROM {B} / COPY chain /x", {"chain": ("120000", "a")}, "H"),
    ("directory and a file of it", f"FROM {B} / COPY d d/x.c /w/", {"d/x.c": "new\n"}, "M"),
    ("directory and a file of it, other edited", f"FROM {B} / COPY d d/x.c /w/", {"a": "new\n"}, "H"),
    ("wildcard without a match", f"FROM {B} / COPY a *.none /w/", {"b": "new\n"}, "H"),
    ("wildcard without a match, then one", f"FROM {B} / COPY a *.none /w/", {"x.none": "new\n"}, "M"),
    ("everything excluded, file edited", f"FROM {B} / COPY --exclude=* d /w/", {"d/x.c": "new\n"}, "H"),
    (
        "excluded but one, excluded edited",
        f"FROM {B} / COPY --exclude=* --exclude=!z.txt d /w/",
        {"d/x.c": "new\n"},
        "H",
    ),
    ("exclude of a whole directory", f"FROM {B} / COPY --exclude=e d /w/", {"d/e/f.c": "new\n"}, "H"),
    ("exclude of a name below the source", f"FROM {B} / COPY --exclude=d/e . /w/", {"d/e/f.c": "new\n"}, "M"),
    ("two excludes, none meets it", f"FROM {B} / COPY --exclude=a --exclude=b . /w/", {"d/e/f.c": "new\n"}, "M"),
    ("parents, pivot", f"FROM {B} / COPY --parents ./d/./e/f.c /w/", {"d/x.c": "new\n"}, "H"),
    ("parents, directory", f"FROM {B} / COPY --parents d/e /w/", {"d/e/f.c": "new\n"}, "M"),
    ("parents, exclude", f"FROM {B} / COPY --parents --exclude=**/f.c d /w/", {"d/e/f.c": "new\n"}, "H"),
    ("parents, symlink to a directory, edited below", f"FROM {B} / COPY --parents dl a /w/", {"d/x.c": "new\n"}, "*"),
    ("parents, symlink, target edited", f"FROM {B} / COPY --parents l /w/", {"a": "new\n"}, "*"),
    ("name with a blank", f'FROM {B} / COPY ["k/b c.txt", "/w/"]', {"k/b c.txt": "new\n"}, "M"),
    ("name that is not ASCII", f"FROM {B} / COPY k/\u00e4* /w/", {"k/\u00e4.txt": "new\n"}, "M"),
    ("escaped wildcard", f"FROM {B} / COPY k/[[]x].c /w/", {"k/[x].c": "new\n"}, "M"),
    ("deeper than a wildcard reaches", f"FROM {B} / COPY */*.c /w/", {"d/e/f.c": "new\n"}, "H"),
    ("double star", f"FROM {B} / COPY **/f.c /w/", {"d/e/f.c": "new\n"}, "*"),
    ("modifier of a variable", f"FROM {B} / ARG F=a.txt / COPY ${{F%.txt}} /w/", {"a": "new\n"}, "M"),
    ("default of a variable", f"FROM {B} / COPY ${{NONE:-a}} /w/", {"b": "new\n"}, "H"),
    ("ADD of a directory, below edited", f"FROM {B} / ADD d /w/", {"d/e/f.c": "new\n"}, "M"),
    ("mode of a directory's script", f"FROM {B} / COPY . /w/", {"run.sh": ("100644", "#!/bin/sh\n")}, "M"),
]
MORE_FILES = {
    ".dockerignore": "**/*.log\n",
    "k/s": ("120000", "../a"),
    "k/b c.txt": "b\n",
    "k/\u00e4.txt": "b\n",
    "k/[x].c": "b\n",
    "abs": ("120000", "/d/x.c"),
    "chain": ("120000", "l"),
}
MORE_STAGES = [
    ("target without steps", [f"FROM {B} AS p / RUN p / FROM p", f"FROM {B} AS p / RUN q / FROM p"], "M"),
    (
        "name of a stage in other case",
        [
            f"FROM {B} AS p / COPY a /a / FROM {B} / COPY --from=p /a /a",
            f"FROM {B} AS p / COPY a /a / FROM {B} / COPY --from=P /a /a",
        ],
        "HH",
    ),
    (
        "copy of a stage that is an image",
        [f"FROM i:1 AS p / FROM {B} / COPY --from=p /base/f.txt /a", f"FROM {B} / COPY --from=i:1 /base/f.txt /a"],
        "H",
    ),
    (
        "three stages on one another",
        [f"FROM {B} AS p / RUN p / FROM p AS q / COPY a /a / FROM q / RUN z", {"a": "new\n"}],
        "HMM",
    ),
    (
        "one of two sources of a final stage",
        [
            (
                f"FROM {B} AS p / COPY a /o/a / FROM {B} AS q / COPY b /o/b / FROM {B} / COPY --from=p /o /p / COPY"
                " --from=q /o /q"
            ),
            {"b": "new\n"},
        ],
        "HMHM",
    ),
    (
        "root of a stage on scratch",
        [f"FROM scratch AS p / COPY d /d / FROM {B} / COPY --from=p /. /x / RUN z", {"d/x.c": "new\n"}],
        "MMM",
    ),
    (
        "file of a stage on scratch, other edited",
        [f"FROM scratch AS p / COPY d /d / FROM {B} / COPY --from=p /d/y.c /x / RUN z", {"d/x.c": "new\n"}],
        "MHH",
    ),
    (
        "wildcard over a stage, other edited",
        [f"FROM {B} AS p / COPY d /d / FROM {B} / COPY --from=p /d/*.txt /x/ / RUN z", {"d/x.c": "new\n"}],
        "MHH",
    ),
    (
        "wildcard over a stage, match edited",
        [f"FROM {B} AS p / COPY d /d / FROM {B} / COPY --from=p /d/*.txt /x/ / RUN z", {"d/z.txt": "new\n"}],
        "MMM",
    ),
    (
        "exclude over a stage, excluded edited",
        [f"FROM {B} AS p / COPY d /d / FROM {B} / COPY --from=p --exclude=*.c /d /x/ / RUN z", {"d/x.c": "new\n"}],
        "MHH",
    ),
    (
        "same file by another COPY",
        [
            f"FROM {B} AS p / COPY d /d / FROM {B} / COPY --from=p /d/x.c /x / RUN z",
            f"FROM {B} AS p / COPY d/x.c d/y.c /d/ / FROM {B} / COPY --from=p /d/x.c /x / RUN z",
        ],
        "MHH",
    ),
    (
        "same bytes, other mode in the stage",
        [
            f"FROM {B} AS p / COPY a /d/a / FROM {B} / COPY --from=p /d/a /x / RUN z",
            f"FROM {B} AS p / COPY --chmod=755 a /d/a / FROM {B} / COPY --from=p /d/a /x / RUN z",
        ],
        "MMM",
    ),
    (
        "heredoc of a stage, edited",
        [
            "FROM b:1 AS p\nCOPY <<E /d/h\none\nE\nFROM b:1\nCOPY --from=p /d/h /x\n",
            "FROM b:1 AS p\nCOPY <<E /d/h\ntwo\nE\nFROM b:1\nCOPY --from=p /d/h /x\n",
        ],
        "MM",
    ),
    (
        "through a symlink in a stage",
        [f"FROM {B} AS p / COPY d k /s/ / FROM {B} / COPY --from=p /s/x.c /x", {"d/y.c": "new\n"}],
        "MH",
    ),
    (
        "build twice without RUN",
        [
            f"FROM {B} AS p / WORKDIR /w / COPY a . / FROM {B} / COPY --from=p /w /w",
            f"FROM {B} AS p / WORKDIR /w/ / COPY a . / FROM {B} / COPY --from=p /w /w",
        ],
        "HHH",
    ),
]


SPELLINGS = [
    ("COPY d to COPY d/", "COPY d /d", "COPY d/ /d", "H"),
    ("COPY d to ./d", "COPY d /d", "COPY ./d /d", "H"),
    ("COPY d to /d", "COPY d /d", "COPY /d /d", "H"),
    ("COPY d to JSON", "COPY d /d", 'COPY ["d","/d"]', "H"),
    ("COPY d to ../d", "COPY d /d", "COPY ../d /d", "H"),
    ("ADD in place of COPY", "COPY a /x", "ADD a /x", "M"),
    ("into a directory, or to the name", "COPY a /d/", "COPY a /d/a", "M"),
    ("two sources swapped", "COPY a b /w/", "COPY b a /w/", "M"),
    ("exclude that excludes nothing", "COPY d /d", "COPY --exclude=zz d /d", "M"),
    ("source given twice", "COPY a /w/", "COPY a a /w/", "M"),
    ("one COPY in place of two", "COPY a /w/ / COPY b /w/", "COPY a b /w/", "M"),
]

# 4.3 and 7.5 Stages
BUILD = f"FROM {B} AS w / COPY src /src / RUN make / FROM {B} / RUN setup / COPY --from=w /out /out / RUN after"
SOURCES = f"FROM {B} AS w / COPY src /src / RUN make / FROM {B} / RUN setup / COPY --from=w /src/lib /lib / RUN after"
STAGES = [
    ("builder source, equal output", [BUILD, {"src/main.c": "new\n"}], "MMHHH"),
    ("builder source, equal output, then nothing", [BUILD, {"src/main.c": "new\n"}, BUILD], "HHHHH"),
    (
        "builder source, equal output, and back",
        [BUILD, {"src/main.c": "new\n"}, {"src/main.c": "int main;\n"}],
        "HHHHH",
    ),
    ("builder source, other output", [SOURCES, {"src/lib/l.c": "new\n"}], "MMHMM"),
    ("only an uncopied file", [SOURCES, {"src/main.c": "new\n"}], "MMHHH"),
    ("mode of the output", [SOURCES, {"src/lib/l.c": ("100755", "int l;\n")}], "MMHMM"),
    ("build command, equal output", [BUILD, BUILD.replace("RUN make", "RUN make all")], "HMHHH"),
    ("final RUN before --from", [BUILD, BUILD.replace("setup", "setup2")], "HHMMM"),
    ("base of the final stage", [BUILD, BUILD.replace(f"FROM {B} / RUN setup", "FROM b:2 / RUN setup")], "HHMMM"),
    (
        "base of the builder, equal output",
        [
            BUILD.replace("/out /out", "/src /out"),
            BUILD.replace("/out /out", "/src /out").replace(f"FROM {B} AS w", "FROM b:2 AS w"),
        ],
        "MMHHH",
    ),
    ("unused stage edited", [f"FROM {B} AS u / RUN u / " + BUILD, f"FROM {B} AS u / RUN v / " + BUILD], "HHHHH"),
    (
        "unused stage edited behind",
        [BUILD.replace("FROM b:1 / RUN setup", f"FROM {B} AS u / RUN u / FROM {B} / RUN setup"), BUILD],
        "HHHHH",
    ),
    ("stage renamed", [BUILD, BUILD.replace("AS w", "AS v").replace("from=w", "from=v")], "HHHHH"),
    ("index in place of a name", [BUILD, BUILD.replace("from=w", "from=0")], "HHHHH"),
    (
        "two hops",
        [
            (
                f"FROM {B} AS w / COPY src /src / RUN make / FROM scratch AS m / COPY --from=w /out /out / FROM {B} /"
                " COPY --from=m /. /x / RUN z"
            ),
            {"src/main.c": "new\n"},
        ],
        "MMHHH",
    ),
    (
        "two hops, through a base",
        [
            (
                f"FROM {B} AS w / COPY src /src / FROM {B} AS m / COPY --from=w /src/lib /o / FROM {B} / COPY --from=m"
                " /o /x / RUN z"
            ),
            {"src/main.c": "new\n"},
        ],
        "MHHH",
    ),
    (
        "whole context in between",
        [f"FROM {B} AS w / COPY . /s / FROM {B} / COPY --from=w /s/src /src / RUN z", {"a": "new\n"}],
        "MHH",
    ),
    (
        "stages reordered",
        [
            f"FROM {B} AS p / RUN p / FROM {B} AS q / RUN q / FROM {B} / COPY --from=p /out /p / COPY --from=q /out /q",
            f"FROM {B} AS q / RUN q / FROM {B} AS p / RUN p / FROM {B} / COPY --from=p /out /p / COPY --from=q /out /q",
        ],
        "HHHH",
    ),
    ("stage inlined", [f"FROM {B} AS p / RUN p / FROM p / RUN z", f"FROM {B} / RUN p / RUN z"], "HH"),
    ("A, B, A", [f"FROM {B} / COPY a /a / RUN x", {"a": "new\n"}, {"a": "a\n"}], "HH"),
    ("two definitions with equal result", [f"FROM {B} / RUN true / RUN z", f"FROM {B} / RUN : ; true / RUN z"], "MM"),
    (
        "COPY --from=image, other image",
        [f"FROM {B} / COPY --from=i:1 /base/f.txt /x / RUN z", f"FROM {B} / COPY --from=i:2 /base/f.txt /x / RUN z"],
        "HH",
    ),
    (
        "COPY --from=image, root of another image",
        [f"FROM {B} / COPY --from=i:1 /. /x / RUN z", f"FROM {B} / COPY --from=i:2 /. /x / RUN z"],
        "MM",
    ),
    (
        "COPY --from, other path of equal content",
        [
            f"FROM {B} AS w / COPY a /o/f / COPY a /p/f / FROM {B} / COPY --from=w /o/f /x / RUN z",
            f"FROM {B} AS w / COPY a /o/f / COPY a /p/f / FROM {B} / COPY --from=w /p/f /x / RUN z",
        ],
        "HHHH",
    ),
    (
        "COPY --from in place of COPY",
        [
            f"FROM {B} / COPY a /x / RUN z",
            f"FROM scratch AS w / COPY a /o/a / FROM {B} / COPY --from=w /o/a /x / RUN z",
        ],
        "MHH",
    ),
    (
        "COPY --from wildcard, equal output",
        [
            f"FROM {B} AS w / COPY src /src / RUN make / FROM {B} / COPY --from=w /out/* /o/ / RUN z",
            {"src/main.c": "new\n"},
        ],
        "MMHH",
    ),
    (
        "owner of the output",
        [
            f"FROM {B} AS w / COPY --chown=1:1 src /src / FROM {B} / COPY --from=w /src /s / RUN z",
            f"FROM {B} AS w / COPY --chown=2:2 src /src / FROM {B} / COPY --from=w /src /s / RUN z",
        ],
        "MMM",
    ),
    (
        "owner of the output under chown",
        [
            f"FROM {B} AS w / COPY --chown=1:1 src /src / FROM {B} / COPY --chown=3:3 --from=w /src /s / RUN z",
            f"FROM {B} AS w / COPY --chown=2:2 src /src / FROM {B} / COPY --chown=3:3 --from=w /src /s / RUN z",
        ],
        "MMM",
    ),
    (
        "owner of the copied directory, its files copied",
        [
            (
                f"FROM {B} AS w / COPY --chown=1:1 src /o / COPY --chown=0:0 src/lib/l.c /o/lib/l.c / FROM {B} / COPY"
                " --from=w /o/lib/l.c /s / RUN z"
            ),
            (
                f"FROM {B} AS w / COPY --chown=2:2 src /o / COPY --chown=0:0 src/lib/l.c /o/lib/l.c / FROM {B} / COPY"
                " --from=w /o/lib/l.c /s / RUN z"
            ),
        ],
        "MMHH",
    ),
    (
        "mode by chmod in the builder",
        [
            f"FROM {B} AS w / COPY --chmod=600 a /o / FROM {B} / COPY --from=w /o /s / RUN z",
            f"FROM {B} AS w / COPY --chmod=640 a /o / FROM {B} / COPY --from=w /o /s / RUN z",
        ],
        "MMM",
    ),
    (
        "overwritten in the builder",
        [f"FROM {B} AS w / COPY a /o / COPY b /o / FROM {B} / COPY --from=w /o /s / RUN z", {"a": "new\n"}],
        "MMHH",
    ),
    (
        "link from a builder, equal output",
        [
            f"FROM {B} AS w / COPY src /src / RUN make / FROM {B} / COPY --link --from=w /out /out / RUN z",
            {"src/main.c": "new\n"},
        ],
        "MMHHH",
    ),
    (
        "link, RUN before edited",
        [
            f"FROM {B} / RUN x / COPY --link a /a / COPY --link b /b / RUN y",
            f"FROM {B} / RUN x2 / COPY --link a /a / COPY --link b /b / RUN y",
        ],
        "MHMHMM",
    ),
    ("link, other base", [f"FROM {B} / COPY --link a /a / RUN y", "FROM b:2 / COPY --link a /a / RUN y"], "HMM"),
    ("link added", [f"FROM {B} / COPY a /a / RUN y", f"FROM {B} / COPY --link a /a / RUN y"], "MMM"),
    ("link like a copy onto scratch", ["FROM scratch / COPY a /a", f"FROM {B} / COPY --link a /a / RUN y"], "HMM"),
    (
        "ONBUILD of a stage",
        [f"FROM {B} AS o / ONBUILD COPY a /a / ONBUILD RUN x / FROM o / RUN y", {"a": "new\n"}],
        "MMM",
    ),
    (
        "ONBUILD edited",
        [
            f"FROM {B} AS o / ONBUILD COPY a /a / ONBUILD RUN x / FROM o / RUN y",
            f"FROM {B} AS o / ONBUILD COPY a /a / ONBUILD RUN x2 / FROM o / RUN y",
        ],
        "HMM",
    ),
    (
        "twins from one source",
        [
            (
                f"FROM {B} AS p / COPY a /x / RUN r / FROM {B} AS q / COPY b /x / RUN r / FROM {B} / COPY --from=p /out"
                " /p / COPY --from=q /out /q"
            ),
            {"b": "new\n"},
        ],
        "HHMMHH",
    ),
]
TARGETED = f"FROM {B} AS p / COPY a /a / RUN p / FROM p AS q / COPY b /b / RUN q / FROM p AS r / RUN r"
OPTIONS = [
    ("target, its file edited", [TARGETED, {"b": "new\n"}], "HHMM", ["--target", "q"]),
    ("target, other stage edited", [TARGETED, TARGETED.replace("RUN r", "RUN s")], "HHHH", ["--target", "q"]),
    ("no-cache", [f"FROM {B} / WORKDIR /w / COPY a /a / RUN x"] * 2, "HMM", ["--no-cache"]),
    (
        "no-cache, WORKDIR behind RUN",
        [f"FROM {B} / WORKDIR /w / RUN x / WORKDIR /v / COPY a /a"] * 2,
        "HMMM",
        ["--no-cache"],
    ),
    ("no-cache-filter of the builder, deterministic", [BUILD] * 2, "MMHHH", ["--no-cache-filter", "w"]),
    (
        "no-cache-filter of the builder, prefix shared",
        [f"FROM {B} AS g / COPY n /n / RUN g / FROM {B} / COPY n /n / RUN pre / COPY --from=g /out /o / RUN z"] * 2,
        "MMMHH",
        ["--no-cache-filter", "g"],
    ),
    ("build-arg equal to the default", [ARGS, ARGS.replace("L=1", "L=2")], "HHHH", ["--build-arg", "L=2"]),
    ("build-arg not declared", [ARGS, ARGS.replace("RUN one", "ARG Q / RUN one")], "MMMM", ["--build-arg", "Q=2"]),
    (
        "build-arg of a proxy",
        [f"FROM {B} / RUN x", f"FROM {B} / ARG L / RUN x"],
        "H",
        ["--build-arg", "HTTP_PROXY=http://127.0.0.1:9"],
    ),
]

# 3.3 and 7.6 Mounts, heredocs, options of RUN
MOUNTS = [
    ("bind, file in the source", "RUN --mount=type=bind,source=d,target=/m x / RUN z", {"d/x.c": "new\n"}, "MM"),
    ("bind, file outside the source", "RUN --mount=type=bind,source=d,target=/m x / RUN z", {"a": "new\n"}, "HH"),
    ("bind rw, file outside", "RUN --mount=type=bind,source=d,target=/m,rw x / RUN z", {"a": "new\n"}, "HH"),
    ("bind without source", "RUN --mount=type=bind,target=/m x / RUN z", {"a": "new\n"}, "MM"),
    ("bind without source, ignored file", "RUN --mount=type=bind,target=/m x / RUN z", {"q.log": "new\n"}, "HH"),
    ("bind of one file", "RUN --mount=type=bind,source=a,target=/m x / RUN z", {"b": "new\n"}, "HH"),
    ("bind of a symlink", "RUN --mount=type=bind,source=l,target=/m x / RUN z", {"a": "new\n"}, "MM"),
    (
        "two binds, one edited",
        "RUN --mount=source=a,target=/m --mount=source=b,target=/n x / RUN z",
        {"b": "new\n"},
        "MM",
    ),
    (
        "two binds, other edited",
        "RUN --mount=source=a,target=/m --mount=source=b,target=/n x / RUN z",
        {"n": "new\n"},
        "HH",
    ),
]
MOUNT_EDITS = [
    ("bind, target", "RUN --mount=type=bind,source=d,target=/m x", "RUN --mount=type=bind,source=d,target=/n x", "M"),
    ("bind, type spelled out", "RUN --mount=source=d,target=/m x", "RUN --mount=type=bind,source=d,target=/m x", "H"),
    ("bind, rw", "RUN --mount=source=d,target=/m x", "RUN --mount=source=d,target=/m,rw x", "M"),
    ("bind, source with equal content", "RUN --mount=source=a,target=/m x", "RUN --mount=source=l,target=/m x", "H"),
    (
        "order of mounts",
        "RUN --mount=source=a,target=/m --mount=source=b,target=/n x",
        "RUN --mount=source=b,target=/n --mount=source=a,target=/m x",
        "H",
    ),
    ("cache, other id", "RUN --mount=type=cache,id=i,target=/c x", "RUN --mount=type=cache,id=j,target=/c x", "H"),
    ("cache, default to own id", "RUN --mount=type=cache,target=/c x", "RUN --mount=type=cache,id=j,target=/c x", "M"),
    (
        "cache, private to locked",
        "RUN --mount=type=cache,target=/c,sharing=private x",
        "RUN --mount=type=cache,target=/c,sharing=locked x",
        "H",
    ),
    (
        "cache, default to locked",
        "RUN --mount=type=cache,target=/c x",
        "RUN --mount=type=cache,target=/c,sharing=locked x",
        "M",
    ),
    (
        "cache, default to shared",
        "RUN --mount=type=cache,target=/c x",
        "RUN --mount=type=cache,target=/c,sharing=shared x",
        "H",
    ),
    (
        "cache, id equal to the target",
        "RUN --mount=type=cache,target=/c x",
        "RUN --mount=type=cache,id=/c,target=/c x",
        "H",
    ),
    ("cache added", "RUN x", "RUN --mount=type=cache,target=/c x", "M"),
    ("cache, mode", "RUN --mount=type=cache,target=/c x", "RUN --mount=type=cache,target=/c,mode=0700 x", "M"),
    ("cache, ro", "RUN --mount=type=cache,target=/c x", "RUN --mount=type=cache,target=/c,ro x", "M"),
    ("secret, id", "RUN --mount=type=secret,id=s x", "RUN --mount=type=secret,id=t x", "M"),
    ("secret, target", "RUN --mount=type=secret,id=s x", "RUN --mount=type=secret,id=s,target=/s x", "M"),
    (
        "secret, target spelled out",
        "RUN --mount=type=secret,id=s x",
        "RUN --mount=type=secret,id=s,target=/run/secrets/s x",
        "H",
    ),
    ("secret added", "RUN x", "RUN --mount=type=secret,id=s x", "M"),
    ("secret as variable", "RUN --mount=type=secret,id=s,env=S x", "RUN --mount=type=secret,id=s,env=T x", "M"),
    ("ssh added", "RUN x", "RUN --mount=type=ssh x", "M"),
    ("tmpfs added", "RUN x", "RUN --mount=type=tmpfs,target=/t x", "M"),
    ("tmpfs, size", "RUN --mount=type=tmpfs,target=/t x", "RUN --mount=type=tmpfs,target=/t,size=10m x", "M"),
    ("network none", "RUN x", "RUN --network=none x", "M"),
    ("network default", "RUN x", "RUN --network=default x", "H"),
    ("network host", "RUN x", "RUN --network=host x", "M"),
    ("security sandbox", "RUN x", "RUN --security=sandbox x", "H"),
    ("security insecure", "RUN x", "RUN --security=insecure x", "M"),
    (
        "bind of an image, other image",
        "RUN --mount=from=i:1,source=/base,target=/m x",
        "RUN --mount=from=i:2,source=/base,target=/m x",
        "H",
    ),
]
STAGE_MOUNTS = [
    (
        "bind of a stage, selected bytes equal",
        f"FROM {B} AS w / COPY src /src / FROM {B} / RUN --mount=from=w,source=/src/lib,target=/m x / RUN z",
        {"src/main.c": "new\n"},
        "MHH",
    ),
    (
        "bind of a stage, selected bytes differ",
        f"FROM {B} AS w / COPY src /src / FROM {B} / RUN --mount=from=w,source=/src/lib,target=/m x / RUN z",
        {"src/lib/l.c": "new\n"},
        "MMM",
    ),
    (
        "bind of a stage, whole",
        f"FROM {B} AS w / COPY src /src / FROM {B} / RUN --mount=from=w,target=/m x / RUN z",
        {"src/main.c": "new\n"},
        "MMM",
    ),
    (
        "cache from a stage, bytes equal",
        f"FROM {B} AS w / COPY src /src / FROM {B} / RUN --mount=type=cache,from=w,source=/src/lib,target=/m x / RUN z",
        {"src/main.c": "new\n"},
        "MHH",
    ),
    (
        "cache from a stage, bytes differ",
        f"FROM {B} AS w / COPY src /src / FROM {B} / RUN --mount=type=cache,from=w,source=/src/lib,target=/m x / RUN z",
        {"src/lib/l.c": "new\n"},
        "MMM",
    ),
]
HEREDOCS = [
    ("body", "RUN <<E\none\nE", "RUN <<E\ntwo\nE", "MM"),
    ("comment in the body", "RUN <<E\none\nE", "RUN <<E\n# c\none\nE", "MM"),
    ("delimiter", "RUN <<E\none\nE", "RUN <<F\none\nF", "HH"),
    ("quoted delimiter", "RUN <<E\none\nE", 'RUN <<"E"\none\nE', "HH"),
    ("stripped tabs", "RUN <<E\none\nE", "RUN <<-E\n\tone\nE", "HH"),
    ("delimiter of a named shell", "RUN sh <<E\none\nE", "RUN sh <<F\none\nF", "MM"),
    ("body with an interpreter", "RUN <<E\n#!/bin/sh\none\nE", "RUN <<F\n#!/bin/sh\none\nF", "MM"),
    ("COPY, name", "COPY <<E /f\none\nE", "COPY <<F /f\none\nF", "MM"),
    ("COPY, content", "COPY <<E /f\none\nE", "COPY <<E /f\ntwo\nE", "MM"),
    ("COPY, equal after expansion", "ARG V=one\nCOPY <<E /f\n$V\nE", "ARG V=one\nCOPY <<E /f\none\nE", "HH"),
    ("COPY, quoted", "COPY <<E /f\none\nE", 'COPY <<"E" /f\none\nE', "HH"),
    ("COPY, file of equal bytes", "COPY <<n /f\nnonce\nn", "COPY n /f", "MM"),
    ("one line in place of a heredoc", "RUN <<E\none\nE", "RUN one", "MM"),
    ("two files, one edited", "COPY <<E <<F /f/\none\nE\ntwo\nF", "COPY <<E <<F /f/\none\nE\nnew\nF", "MM"),
]


# 6.3 Builders that are empty but for what the last one exported: versions, verdicts if that is everything (max), or
# what the image is made of (min, inline)
EXPORTED = (
    f"FROM {B} AS w / RUN deps / COPY src /src / RUN build / FROM {B} / RUN f / COPY a /cfg / COPY --from=w /out /o /"
    " RUN after"
)
DIFFERENT = EXPORTED.replace("/out /o", "/src /o")
NEW_SOURCE = {"src/main.c": "new\n"}
OLD_SOURCE = {"src/main.c": "int main;\n"}
DEPLOYMENTS = [
    ("nothing", [EXPORTED] * 2, "HHHHHHH", "HHHHHHH"),
    ("source, output differs", [DIFFERENT, NEW_SOURCE], "HMMHHMM", "MMMHHMM"),
    ("source, output equal", [EXPORTED, NEW_SOURCE], "HMMHHHH", "MMMHHHH"),
    ("source, output equal, then nothing", [EXPORTED, NEW_SOURCE, EXPORTED], "HHHHHHH", "HHHHHHH"),
    ("file of the final stage", [EXPORTED, {"a": "new\n"}], "HHHHMMM", "MMMHMMM"),
    ("RUN of the final stage", [EXPORTED, EXPORTED.replace("RUN f", "RUN g")], "HHHMMMM", "MMMMMMM"),
    ("last RUN", [EXPORTED, EXPORTED.replace("after", "later")], "HHHHHHM", "HHHHHHM"),
    ("first RUN of the builder", [EXPORTED, EXPORTED.replace("deps", "more")], "MMMHHHH", "MMMHHHH"),
    ("back to what was overwritten, output differed", [DIFFERENT, NEW_SOURCE, OLD_SOURCE], "HMMHHMM", "MMMHHMM"),
    ("back to what was overwritten, output equal", [EXPORTED, NEW_SOURCE, OLD_SOURCE], "HHHHHHH", "HHHHHHH"),
    (
        "after a miss of the builder, file of the final stage",
        [EXPORTED, NEW_SOURCE, {"a": "new\n"}],
        "HHHHMMM",
        "MMMHMMM",
    ),
]


# 6.8 The classic builder alone: every instruction is a step
CLASSIC_FILES = {"d/s": ("120000", "x.c"), "d/gone": ("120000", "nowhere"), "d/out": ("120000", "../a"), "p/a": "a\n"}
LINKED = f"FROM {B} / COPY d /d / RUN x"
TWO_STAGES = f"FROM {B} AS p / COPY a /a / RUN p / FROM {B} / COPY a /a / RUN q"
SAME_BASE = f"FROM {B} AS p / RUN p / FROM p AS q / RUN x / FROM p / RUN y"
CLASSIC_ROWS = [
    ("ENV against ARG of the same name", [f"FROM {B} / ENV V=a / ARG V=zz / COPY $V /x / RUN x"] * 2, "HHHH"),
    ("ARG before ENV of the same name", [f"FROM {B} / ARG V=zz / ENV V=a / COPY $V /x / RUN x"] * 2, "HHHH"),
    (
        "ARG under an ENV of the same name edited",
        [f"FROM {B} / ENV V=a / RUN one / ARG V=1 / RUN x", f"FROM {B} / ENV V=a / RUN one / ARG V=2 / RUN x"],
        "HHMM",
    ),
    ("TARGETARCH is nothing", [f"FROM {B} / ARG TARGETARCH / COPY a$TARGETARCH /x / RUN x"] * 2, "HHH"),
    (
        "two arguments that look like one",
        [f'FROM {B} / ARG A="1 B=2" / RUN x', f"FROM {B} / ARG A=1 B=2 / RUN x"],
        "HM",
    ),
    ("two variables that look like one", [f'FROM {B} / ENV A="1 B=2" / RUN x', f"FROM {B} / ENV A=1 B=2 / RUN x"], "MM"),
    ("argument without a value", [f"FROM {B} / RUN one / ARG A / RUN x", f"FROM {B} / RUN one / ARG B / RUN x"], "HMM"),
    (
        "argument declared twice",
        [f"FROM {B} / ARG A=1 / ARG A=2 / RUN x", f"FROM {B} / ARG A=2 / ARG A=2 / RUN x"],
        "MMM",
    ),
    ("global argument declared again", [f"ARG G=1 / FROM {B} / ARG G / RUN x", f"ARG G=2 / FROM {B} / ARG G / RUN x"], "HM"),
    ("order of labels in a line", [f"FROM {B} / LABEL a=1 b=2 / RUN x", f"FROM {B} / LABEL b=2 a=1 / RUN x"], "MM"),
    ("order of ports in a line", [f"FROM {B} / EXPOSE 1 2 / RUN x", f"FROM {B} / EXPOSE 2 1 / RUN x"], "HH"),
    ("order of volumes in a line", [f"FROM {B} / VOLUME /a /b / RUN x", f"FROM {B} / VOLUME /b /a / RUN x"], "MM"),
    ("volumes as JSON", [f"FROM {B} / VOLUME /a /b / RUN x", f'FROM {B} / VOLUME ["/a","/b"] / RUN x'], "HH"),
    (
        "times of a health check",
        [f"FROM {B} / HEALTHCHECK --interval=1s CMD a / RUN x", f"FROM {B} / HEALTHCHECK --interval=2s CMD a / RUN x"],
        "MM",
    ),
    ("CMD as JSON", [f"FROM {B} / CMD a / RUN x", f'FROM {B} / CMD ["/bin/sh","-c","a"] / RUN x'], "HH"),
    ("label of a stage on nothing", [f"FROM {B} / LABEL a=1", "FROM scratch / LABEL a=1"], "M"),
    ("stage on nothing, as it was", ["FROM scratch / LABEL a=1 / COPY a /a", "FROM scratch / LABEL a=1 / COPY a /a"], "HH"),
    ("two stages begin alike, nothing", [TWO_STAGES] * 2, "HHHH"),
    ("two stages begin alike, file edited", [TWO_STAGES, {"a": "new\n"}], "MMHM"),
    ("two stages begin alike, second RUN like the first", [TWO_STAGES, TWO_STAGES.replace("RUN q", "RUN p")], "HHHH"),
    ("two stages on one, first edited", [SAME_BASE, SAME_BASE.replace("RUN x", "RUN z")], "HMH"),
    ("two stages on one, their base edited", [SAME_BASE, SAME_BASE.replace("RUN p", "RUN r")], "MMM"),
    (
        "other step after an old one, and back",
        [f"FROM {B} / RUN one / RUN x", f"FROM {B} / RUN one / RUN y", f"FROM {B} / RUN one / RUN x"],
        "HH",
    ),
    (
        "shell in front of metadata",
        [f"FROM {B} / LABEL a=1 / RUN x", f'FROM {B} / SHELL ["/bin/sh","-ec"] / LABEL a=1 / RUN x'],
        "MMM",
    ),
    ("link in a directory renamed", [LINKED, {"d/s": None, "d/t": ("120000", "x.c")}], "HH"),
    ("link in a directory, other target", [LINKED, {"d/s": ("120000", "y.c")}], "MM"),
    ("link in a directory spelled otherwise", [LINKED, {"d/s": ("120000", "./x.c")}], "HH"),
    ("link in a directory, target outside edited", [LINKED, {"a": "new\n"}], "MM"),
    ("link in a directory becomes the file", [LINKED, {"d/out": "a\n"}], "MM"),
    ("link to nowhere renamed", [LINKED, {"d/gone": None, "d/lost": ("120000", "nowhere")}], "MM"),
    ("link to nowhere, other nowhere", [LINKED, {"d/gone": ("120000", "lost")}], "HH"),
    ("link to a directory in place of it", [f"FROM {B} / COPY d /x", f"FROM {B} / COPY dl /x"], "H"),
    ("equal file of another directory", [f"FROM {B} / COPY a /x", f"FROM {B} / COPY p/a /x"], "M"),
    ("wildcard of a single match, and its name", [f"FROM {B} / COPY d/z* /x/", f"FROM {B} / COPY d/z.txt /x/"], "H"),
    ("wildcard of two matches, and their names", [f"FROM {B} / COPY d/[xy].c /x/", f"FROM {B} / COPY d/x.c d/y.c /x/"], "H"),
    ("wildcard beside a source, without a match", [f"FROM {B} / COPY a zz* /w/"] * 2, "H"),
    (
        "directory of a stage, equal under another name",
        [
            f"FROM {B} AS w / COPY d /o/d / FROM {B} / COPY --from=w /o/d /x",
            f"FROM {B} AS w / COPY d /p/d / FROM {B} / COPY --from=w /p/d /x",
        ],
        "MM",
    ),
    (
        "file of a stage copied by another way",
        [
            f"FROM {B} AS w / COPY a b /o/ / FROM {B} / COPY --from=w /o /x",
            f"FROM {B} AS w / COPY a /o/a / COPY b /o/b / FROM {B} / COPY --from=w /o /x",
        ],
        "MMH",
    ),
    (
        "proxy that is given",
        [f"FROM {B} / RUN one / RUN x", f"FROM {B} / RUN one / ARG HTTP_PROXY / RUN x"],
        "HMM",
        ["--build-arg", "HTTP_PROXY=http://127.0.0.1:9"],
    ),
    ("target before the last stage", [TWO_STAGES, {"a": "new\n"}], "MM", ["--target", "p"]),
    ("no-cache", [TWO_STAGES] * 2, "MMMM", ["--no-cache"]),
    ("heredocs are none", [f"FROM {B} / RUN x", f"FROM {B}\nRUN <<E\none\nE\n", f"FROM {B} / RUN x"], "H"),
]

#: What the classic builder does of the experiments above, as documented
CLASSIC_EXPECT = {
    "7.1 nothing": "HHHHH",
    "7.1 ENV value": "MMMMM",
    "7.1 LABEL value": "HHHMM",
    "7.1 LABEL moved to the top": "MMMMM",
    "7.1 content of a": "HMMMM",
    "7.1 blanks after the keyword": "HHHHH",
    "7.1 blank doubled inside the command": "HHMMM",
    "7.1 lower case": "HHHHH",
    "7.1 tab after RUN": "HHHHH",
    "7.1 indentation": "HHHHH",
    "7.1 trailing blanks": "HHHHH",
    "7.1 CRLF": "HHHHH",
    "7.1 comment line": "HHHHH",
    "7.1 comment inside a continuation": "HHHHH",
    "7.1 escape directive": "HHHHH",
    "7.1 continuation": "HHHHH",
    "7.1 continuation with an extra blank": "HHMMM",
    "7.1 JSON of the same command": "HHHHH",
    "7.2 global default, not used": "HHHHH",
    "7.2 stage default": "MMMMM",
    "7.2 ARG moved below the first RUN": "MMMMM",
    "7.2 ARG without value before COPY": "HHHMMM",
    "7.2 ARG with value before COPY": "HHHMMM",
    "7.2 G redeclared, global default changed": "HHM",
    "7.2 ARG G replaced by ENV": "MM",
    "7.2 two ENV swapped": "MMMM",
    "7.2 two ENV joined": "MM",
    "7.2 ENV A 1 to ENV A=1": "HH",
    "7.2 quotes": "HH",
    "7.2 overwritten value": "MMM",
    "7.2 SHELL equal to the default": "M",
    "7.2 SHELL changed": "MMM",
    "7.3 WORKDIR": "MMMMM",
    "7.3 WORKDIR / removed": "M",
    "7.3 trailing slash of WORKDIR": "MM",
    "7.3 two WORKDIR to one": "MM",
    "7.3 USER 0 to 7": "MMMMM",
    "7.3 USER root to 0": "MM",
    "7.3 chown=root to root:root": "M",
    "2.7 bytes of a file": "MM",
    "2.7 mode of a file": "MM",
    "2.7 file outside": "HH",
    "2.7 ignored file": "HH",
    "2.7 directory moved, name kept": "MM",
    "4.3 builder source, equal output": "MMHHH",
    "4.3 builder source, other output": "MMHMM",
    "4.3 only an uncopied file": "MMHHH",
    "4.3 final RUN before --from": "HHMMM",
    "4.3 stage renamed": "HHHHH",
    "4.3 index in place of a name": "HHHHH",
    "4.3 A, B, A": "HH",
    "4.3 COPY --from=image, other image": "HH",
}


BIG = "x" * 1999999 + "\n"
BUILT = f"FROM {B} AS s / COPY big /one/ / COPY big /two/ / FROM {B} / COPY big /three/ / COPY --from=s /two/ /t/"
FIRST, SECOND, THIRD = (f"FROM {B} / COPY big /{name}1/ / COPY big /{name}2/" for name in "abc")
LONGER = FIRST + " / COPY big /r/"
#: The builder is pruned to a size after each build: name, versions, size, verdicts of the last build. What one build
#: uses is let go in no certain order, so what is dropped was used in different builds.
EVICTIONS = [
    ("room for all", [BUILT, BUILT.replace("three", "more")], "13MB", "HHMM"),
    ("nothing fits", [FIRST, FIRST], "1MB", "MM"),
    ("the older goes", [FIRST, SECOND, FIRST], "7MB", "HM"),
    ("the newer stays", [FIRST, SECOND, SECOND], "7MB", "HH"),
    ("the older again", [FIRST, SECOND, FIRST, SECOND], "7MB", "HM"),
    ("what lies below goes next", [FIRST, SECOND, THIRD, FIRST], "9MB", "MM"),
    ("nothing else goes", [FIRST, SECOND, THIRD, SECOND], "9MB", "HH"),
    ("what was used once goes before what was used often", [FIRST, FIRST, FIRST, SECOND, SECOND], "7MB", "HM"),
    ("what was used often stays", [FIRST, FIRST, FIRST, SECOND, FIRST], "7MB", "HH"),
    ("a hit makes only the last step newer", [LONGER, SECOND, LONGER, THIRD, LONGER], "9MB", "HHM"),
    ("what was made again counts as new", [LONGER, SECOND, LONGER, LONGER], "9MB", "HHH"),
]


def edit_rows():
    """Rows of edits of a Dockerfile alone."""
    for name, edited, expect in EDITS:
        yield Row("7.1", name, [PLAIN, edited], expect)
    yield Row("7.1", "content of a", [PLAIN, {"a": "new\n"}], "MMM")
    yield Row("7.1", "CRLF", [PLAIN, PLAIN.replace(" / ", "\r / ") + "\r"], "HHH")
    for name, edited, expect in VARIABLES:
        yield Row("7.2", name, [ARGS, edited], expect)
    for name, versions, expect in MORE_VARIABLES:
        yield Row("7.2", name, versions, expect)
    for name, before, after in METADATA_EDITS:
        yield Row("7.3", f"{name} value", [METADATA % before, METADATA % after], "HH")
        yield Row("7.3", f"{name} removed", [METADATA % before, METADATA.replace("%s / ", "")], "HH")
    for name, versions, expect in PLACES:
        yield Row("7.3", name, versions, expect)


def file_rows():
    """Rows about what a step reads from the context."""
    ignore = {".dockerignore": "**/*.log\n"}
    for name, dockerfile, changes, expect in CONTEXT:
        yield Row("2.7", name, [dockerfile, changes], expect, files=ignore)
    for name, before, after, expect in SPELLINGS:
        yield Row("3.4", name, [f"FROM {B} / {before}", f"FROM {B} / {after}"], expect)
    for name, dockerfile, changes, expect in SOURCE_ROWS:
        own = {"Dockerfile.dockerignore": "nothing\n"} if name.startswith("own ") else {}
        yield Row("2.5", name, [dockerfile, changes], expect, files={**MORE_FILES, **own})
    both = f"FROM {B} / COPY d /d / RUN x"
    moved = {"d/x.c": None, "d/y.c": None, "d/z.txt": None, "d/e/f.c": None}
    moved |= {"k/d/x.c": "x\n", "k/d/y.c": "y\n", "k/d/z.txt": "z\n", "k/d/e/f.c": "f\n"}
    yield Row("2.7", "directory moved, name kept", [both, (both.replace("COPY d", "COPY k/d"), moved)], "HH")
    renamed = {key.replace("k/d", "k"): value for key, value in moved.items()}
    yield Row("2.7", "directory renamed", [both, (both.replace("COPY d", "COPY k"), renamed)], "MM")
    yield Row(
        "2.7", "equal file of another name", [f"FROM {B} / COPY a /a", (f"FROM {B} / COPY c /a", {"c": "a\n"})], "M"
    )
    yield Row(
        "2.7",
        "equal file of the same name",
        [f"FROM {B} / COPY a /a", (f"FROM {B} / COPY k/a /a", {"k/a": "a\n"})],
        "H",
    )
    every = f"FROM {B} / COPY . /s / RUN x"
    yield Row("7.4", "comment in the Dockerfile, COPY .", [every, "# c / " + every], "MM")
    ignored = {".dockerignore": "Dockerfile\n.dockerignore\n"}
    yield Row("7.4", "comment in the ignored Dockerfile", [every, "# c / " + every], "HH", files=ignored)
    more = {".dockerignore": "Dockerfile\n.dockerignore\n# c\n"}
    yield Row("7.4", "comment in the ignored ignore file", [every, more], "HH", files=ignored)


def run_rows():
    """Rows about stages, mounts and heredocs."""
    for name, versions, expect in STAGES:
        yield Row("4.3", name, versions, expect)
    for name, versions, expect in MORE_STAGES:
        yield Row("3.6", name, versions, expect, files=MORE_FILES)
    for name, versions, expect, options in OPTIONS:
        yield Row("4.4", name, versions, expect, options=options)
    ignore = {".dockerignore": "**/*.log\n"}
    for name, versions, most, least in DEPLOYMENTS:
        for deployment, expect in (("registry-max", most), ("registry-min", least), ("inline", least)):
            yield Row("6.3", f"{name}, {deployment}", versions, expect, options=["--cache", deployment])
    for name, versions, size, expect in EVICTIONS:
        yield Row("6.1", name, versions, expect, options=["--cache-size", size], files={"big": BIG})
    for base in ("scratch", B):
        merged = f"FROM {base} / COPY a /a / COPY --link src /d"
        again = [merged, NEW_SOURCE, merged]
        behind = [*again, f"{merged} / COPY b /b", {"b": "new\n"}]
        for deployment, last in (("registry-max", "H"), ("registry-min", "H"), ("inline", "M")):
            cache = ["--cache", deployment]
            yield Row("6.3", f"merge last, on {base}, {deployment}", again, "HH" + last, options=cache)
            yield Row("6.3", f"merge last, then in between, on {base}, {deployment}", behind, "HHHM", options=cache)
    for name, line, changes, expect in MOUNTS:
        yield Row("3.3", name, [f"FROM {B} / {line}", changes], expect, files=ignore)
    for name, before, after, expect in MOUNT_EDITS:
        yield Row("3.3", name, [f"FROM {B} / {before}", f"FROM {B} / {after}"], expect)
    for name, dockerfile, changes, expect in STAGE_MOUNTS:
        yield Row("3.3", name, [dockerfile, changes], expect)
    root = "FROM %s AS p / COPY a /a / FROM p / RUN --mount=from=p,target=/m x"
    yield Row("3.3", "bind of the own root, file edited", [root % B, {"a": "new\n"}], "MM")
    for name, before, after, expect in HEREDOCS:
        yield Row("7.6", name, [f"FROM {B}\n{before}\nRUN z\n", f"FROM {B}\n{after}\nRUN z\n"], expect)


def classic_rows():
    """Experiments for the classic builder alone."""
    for name, versions, expect, *options in CLASSIC_ROWS:
        yield Row("6.8", name, versions, expect, files=CLASSIC_FILES, options=options[0] if options else [])


def rows():
    """All experiments."""
    return [*edit_rows(), *file_rows(), *run_rows()]


def text_of(dockerfile):
    """A Dockerfile written in one line, as a file."""
    return dockerfile if "\n" in dockerfile else dockerfile.replace(" / ", "\n") + "\n"


def versions_of(row):
    """The contents of the context in every version: {path: (mode, bytes)}."""
    files, versions, dockerfile = {**FILES, **row.files}, [], ""
    for version in row.versions:
        if isinstance(version, dict):
            changes = version
        else:
            dockerfile, changes = (version, {}) if isinstance(version, str) else version
        files = {**files, **changes, "Dockerfile": text_of(dockerfile)}
        files = {path: value for path, value in files.items() if value is not None}
        versions.append({path: as_file(value) for path, value in files.items()})
    return versions


def as_file(value):
    """(mode, bytes) of a file of a row."""
    mode, text = value if isinstance(value, tuple) else ("100644", value)
    return mode, text.encode()
