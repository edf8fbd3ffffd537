#!/usr/bin/env python3
"""Print random cases, one JSON line each: trees with odd names and ignore files that use every construct.

  gen_cases.py --seed N --count N [--engine]

The same seed gives the same cases. A case's tree and patterns come from one small pool of names, so that
patterns meet paths. --engine limits the cases to what a build can take in: a Dockerfile and the ignore
file itself become entries of the tree.
"""

import argparse
import random
import sys

from cases import dump_line, latin1, sorted_tree

PLAIN_NAMES = [
    *("a b c d src lib docs build dist test foo bar node_modules packages vendor target").split(),
    *("README.md main.c a.log keep.log x.o foo.txt index.js Makefile").split(),
]
DOTTED_NAMES = ".git .env .x ..data ... a.b.c .dockerignore Dockerfile a. .a.".split()
ODD_NAMES = [
    *("a b|p|q|x{y}|a{1,2}|#h|!n|$s|x^|^x|t[1]|st*r|q?|b\\s|b\\|+p|(x)|~t|-x|a,b|%41|A|B.md|1x|2|x1y|_|=").split("|"),
    *(" lead", "trail ", "p|q", "|", "t\tb", "n\nl", "\r", "c\x01", "x\x7f", "'", '"', "{js,ts}"),
    *("é", "e\u0301", "ü.txt", "日本", "αβ", "\u00a0n", "\ufeffb", "\u2028", "😀", "a\ufffd"),
    *("\udcff", "a\udc80b", "\udcc3", "\udced\udca0\udc80", "é\udcff.txt"),
]

#: Text of whole components; "%" stands for a name of the tree
ODD_COMPONENTS = [
    *"[^a] [!a]* [a-z]* [a-c] [0-9]? [^a-z]".split(),
    *"[a\\]b] [[:alpha:]]* [[:^digit:]]? [[:space:]] [[:word:]] [\\d]* [^\\w]".split(),
    *"[a-] [ [] []a] [^] [z-a] [[:foo:]] a[ %[ [\\x41-\\x5a]*".split(),
    *"[a^] [^^]* [-a] [a\\-z] []] [[] %] [é-ü] [^é] [αβ]*".split(),
    *"a{1,2} a{2} a{1,} x{0,1}* {js,ts} *.{js,ts} %{1}? a{0}*".split(),
    *"a{2,1}* a{1001}? {1}* *{2} ?{2,3} [ab]{2} (a) (a)*".split(),
    *"a|b a*|b *|% %|* |* *| a*|b|c ||? ^a ^* *^ a^* $ *$ a$ a$* $a* a+* +* (?i)a* (*".split(),
    *"\\d* \\w? \\s* \\b* *\\b *\\b% \\B* *\\B? \\D* \\W".split(),
    *"\\S* \\A% \\A* *\\z %\\z %\\Z \\Q%\\E \\Q*\\E? \\Qa* *\\E".split(),
    *"\\E* \\e* \\x41* \\x{61}* \\x \\101 \\1 \\0 \\07* \\pL* \\p{L}* \\PL \\p{Greek}* \\pX".split(),
    *"\\p{^L}? \\C \\a \\f \\t* \\n* \\r \\v".split(),
    *"\\* \\? \\[ \\] \\a* \\\\ \\\\* \\%* %\\ \\!n \\#h \\é".split(),
    *"\\. \\.* \\- \\/ \\_ \\g \\G* \\X \\R \\h \\u0061 \\U".split(),
]
STARS = "* * ** ** *** **** ? ?? *? ?* **? ?** *.* *.* .* *. ???* *.?*".split()
BLANKS = [" ", "  ", "\t", "\u00a0", "\u3000", "\u0085", "\x0b", "\x0c", "\u2028", "\u200b", "\ufeff"]
LINE_ENDS = ["\n", "\n", "\n", "\n", "\n", "\r\n", "\n\n", "\n \n", "\n\t\r\n"]
COMMENTS = ["#", "# x", "#!", "#%", " # x", "\t#h", "#\r"]
BAD_LINES = ["!", "! ", "!\t", "[", "a\\", "[a-]x", "a\tb", "\x01"]


class Names:
    """The names of one case."""

    def __init__(self, rng, oddness):
        self.rng = rng
        pool = rng.sample(PLAIN_NAMES, rng.randint(3, 6)) + rng.sample(DOTTED_NAMES, rng.randint(0, 2))
        if rng.random() < oddness:
            pool += rng.sample(ODD_NAMES, rng.randint(1, 4))
        if rng.random() < 0.1:
            pool.append("".join(rng.choice("ab.*?[]{}|^$\\!-1é\udcff\n ") for _ in range(rng.randint(1, 6))))
        self.pool = [name for name in pool if name not in (".", "..")]

    def pick(self):
        """One name."""
        return self.rng.choice(self.pool)


def random_tree(rng, names):
    """Make {path: kind}, a few levels deep."""
    kinds = {}
    depth = rng.randint(1, 5)
    for _ in range(rng.randint(1, 3)):
        fill_directory(rng, names, kinds, "", depth)
    return kinds


def fill_directory(rng, names, kinds, above, depth):
    """Add entries below the directory whose path with a slash is above."""
    for _ in range(rng.randint(1, 5) if depth > 1 else rng.randint(0, 3)):
        path = above + names.pick()
        if path in kinds:
            continue
        roll = rng.random()
        if depth > 1 and roll < 0.5:
            kinds[path] = "dir"
            fill_directory(rng, names, kinds, path + "/", depth - 1)
        elif roll < 0.55:
            kinds[path] = "symlink"
        elif roll < 0.62:
            kinds[path] = "dir"
        else:
            kinds[path] = "file"


class Patterns:
    """Random lines of an ignore file for one tree."""

    def __init__(self, rng, names, kinds, oddness):
        self.rng = rng
        self.names = names
        self.paths = list(kinds) or ["a"]
        self.oddness = oddness

    def path(self):
        """A path of the tree, or one made of its names, perhaps one of its parents."""
        rng = self.rng
        if rng.random() < 0.2:
            return "/".join(self.names.pick() for _ in range(rng.randint(1, 3)))
        parts = rng.choice(self.paths).split("/")
        if rng.random() < 0.4:
            parts = parts[: rng.randint(1, len(parts))]
        return "/".join(parts)

    def component(self, name):
        """A name, turned into a pattern more often than not."""
        rng = self.rng
        roll = rng.random()
        if roll < self.oddness * 0.2:
            return rng.choice(ODD_COMPONENTS).replace("%", name)
        if roll < 0.45:
            return name
        if roll < 0.55:
            return rng.choice(STARS)
        return self.blurred(name)

    def blurred(self, name):
        """A name with one place made a wildcard."""
        rng = self.rng
        at = rng.randrange(len(name))
        before, char, after = name[:at], name[at], name[at + 1 :]
        stem, dot, extension = name.rpartition(".")
        shapes = [
            before + "*",
            "*" + after,
            before + "?" + after,
            before + "*" + after,
            before + f"[{char}]" + after,
            before + f"[^{char}]" + after,
            before + "**",
            "**" + after,
            before + "**" + after,
            "*" + dot + extension if stem else name + "*",
            before + "\\" + char + after,
        ]
        return rng.choice(shapes)

    def body(self):
        """A pattern without decoration."""
        rng = self.rng
        path = self.path()
        if rng.random() < 0.35:
            return path
        parts = [self.component(name) if rng.random() < 0.6 else name for name in path.split("/")]
        if rng.random() < 0.25:
            parts.insert(rng.randint(0, len(parts)), rng.choice(["**", "**", "*", "***", "."]))
        if rng.random() < 0.15:
            parts = parts[rng.randrange(len(parts)) :]
        return "/".join(parts)

    def decorated(self):
        """A pattern with slashes, dots and ends that cleaning takes away or that change its meaning."""
        rng = self.rng
        text = self.body()
        if rng.random() < 0.12:
            text = rng.choice(["/", "./", "//", "/./", "../", "x/../", "/../", "**/", "**/", "!"]) + text
        if rng.random() < 0.15:
            text += rng.choice(["/", "//", "/.", "/**", "/*", "/x/..", "/..", "**", "*", "/**/*", "/***", "\\/"])
        return text

    def line(self, exceptions):
        """One line without its end."""
        rng = self.rng
        if rng.random() < 0.03:
            return rng.choice(COMMENTS).replace("%", self.names.pick())
        if rng.random() < self.oddness * 0.01:
            return rng.choice(BAD_LINES)
        text = self.decorated()
        if rng.random() < exceptions:
            text = "!" + (rng.choice(BLANKS) if rng.random() < 0.05 else "") + text
        if rng.random() < 0.04:
            text = rng.choice(BLANKS) + text
        if rng.random() < 0.04:
            text += rng.choice(BLANKS)
        return text


def trap_lines(rng, patterns):
    """Lines that exclude, except and exclude again along one path: inherited bits and the look-up differ."""
    parts = max(rng.choices(patterns.paths, k=3), key=lambda path: path.count("/")).split("/")
    lines = []
    for _ in range(rng.randint(2, 7)):
        depth = rng.randint(1, len(parts))
        above, last = parts[: depth - 1], parts[depth - 1]
        if rng.random() < 0.25:
            last = rng.choice(["*", "**", "?*", patterns.blurred(last)])
        elif rng.random() < 0.1:
            above, last = [], "**/" + last
        exception = "!" if lines and rng.random() < 0.5 else ""
        lines.append(exception + "/".join([*above, last]))
    if rng.random() < 0.3:
        lines += [lines[0]] + rng.sample(lines, 1)
    return lines


def ignore_text(rng, patterns):
    """A whole ignore file."""
    if rng.random() < 0.3:
        lines = trap_lines(rng, patterns)
    else:
        lines = mixed_lines(rng, patterns)
    text = "".join(line + rng.choice(LINE_ENDS) for line in lines)
    if rng.random() < 0.2:
        text = text.rstrip("\r\n")
    if rng.random() < 0.04:
        text = "\ufeff" + text
    return text


def mixed_lines(rng, patterns):
    """Lines of all kinds, now and then a long list of them."""
    exceptions = rng.choice([0, 0.2, 0.4, 0.6])
    count = rng.choice([1, 2, 3, 4, 5, 6, 8, 12]) if rng.random() < 0.97 else rng.randint(30, 120)
    lines = [patterns.line(exceptions) for _ in range(count)]
    if rng.random() < 0.3:
        at = rng.randint(0, len(lines))
        lines[at:at] = trap_lines(rng, patterns)
    if exceptions and rng.random() < 0.2:
        lines.insert(0, rng.choice(["*", "**", "**/*", "*/*", "/*"]))
    return lines


def random_case(seed, number, for_engine=False):
    """Case number of a seed; each number is a random stream of its own."""
    rng = random.Random(f"{seed}/{number}")
    oddness = rng.choice([0, 0, 0.15, 0.5, 1])
    names = Names(rng, oddness)
    kinds = random_tree(rng, names)
    text = ignore_text(rng, Patterns(rng, names, kinds, oddness))
    if for_engine:
        for name in ("Dockerfile", ".dockerignore"):
            kinds = {path: kind for path, kind in kinds.items() if path != name and not path.startswith(name + "/")}
            kinds[name] = "file"
    tree = sorted_tree({latin1(path): kind for path, kind in kinds.items()})
    return {"id": number, "tree": tree, "ignore": latin1(text)}


def main():
    """Print the cases that the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", default="1")
    parser.add_argument("--count", type=int, default=1000)
    parser.add_argument("--engine", action="store_true")
    options = parser.parse_args()
    for number in range(options.count):
        sys.stdout.write(dump_line(random_case(options.seed, number, options.engine)) + "\n")


if __name__ == "__main__":
    main()
