"""Words and environments for the comparison of the shell lexers: random ones, and those of real Dockerfiles.

A case is a file: the word, then variables NAME=VALUE, separated by RECORD_END.  The setting `escape` is the escape character of
the Dockerfile, `use` one of USES (README.md).
"""

import random
import re

#: Where the frontend calls its lexer
USES = {
    "value": "values, paths, names",
    "ports": "words of EXPOSE",
    "name": "names of steps",
    "body": "here-documents",
    "line": "lines with heredocs",
    "doc": "names of heredocs",
    "raw-doc": "names of heredocs, quoted",
}
RECORD_END = b"\x1e"
#: Names of variables: usual, special, with letters and digits of other scripts, and not quite names
NAMES = ["a", "b", "c", "A", "B_1", "x9", "_", "foo"] * 4 + ["0", "12", "9x", "@", "*", "#", "?", "-", "!", "$", "\u00e9", "\u00e91", "\u0661", "a\u0661", "\u1e9e\u2167",
                                                            "", "a-b", "a.b", "\u00b2", "\U0001d7d8", "\U00010400", "\u0301"]
LETTERS = list("abcfoAB019_/.-=:,@+ ") * 3 + list("*?[](){}|^&;~%#!<>`\\'\"$\t\r\n\v\f") + [
    "\u00a0", "\u0085", "\u2028", "\u3000", "\ufeff", "\u00e9", "\u4e16", "\U0001f600", "\ufffd", "\x00", "\x01", "\x7f", "\udc80", "\udcff", "\udcc3", "\udced\udca0\udc80", "\udcf4\udc90\udc80\udc80"]
PATTERN = list("abcfo01/.") * 2 + ["*", "*", "*", "?", "\\*", "\\?", "\\\\", "\\/", "\\}", "\\a", "**", "[a]", ".", "^", "$", "\n", "\u00e9", "\udcff", "\ufeff", "}", "\\"]
OPERATORS = ["-", ":-", "+", ":+", "?", ":?", "-", ":-", "+", ":+", "#", "##", "%", "%%", "#", "##", "%", "%%", "/", "//", "/", "//", "", "",
             ":", ":#", ":%", ":/", "=", ":=", "^", ",", "@", " ", "\u00e9", "\x00", "{", "[", "::", "#%", "%#", "###"]
DEEPEST = 6


class Maker:
    """Makes the words of one case."""

    def __init__(self, rng, escape):
        self.rng = rng
        self.escape = escape

    def some(self, letters, most):
        """A few of the letters."""
        return "".join(self.rng.choices(letters, k=self.rng.randint(0, most)))

    def braces(self, depth):
        """A form with braces."""
        rng = self.rng
        operator = rng.choice(OPERATORS)
        text = "${" + rng.choice(NAMES) + operator
        if operator in ("/", "//"):
            text += self.pattern(depth) + ("/" if rng.random() < 0.93 else "") + self.word(depth + 1, 2)
        elif operator[:1] in ("#", "%"):
            text += self.pattern(depth)
        elif operator:
            text += self.word(depth + 1, 3)
        return text + ("}" if rng.random() < 0.96 else "")

    def pattern(self, depth):
        """A pattern, maybe with forms in it."""
        text = self.some(PATTERN, 4)
        return text + self.piece(depth + 1) if self.rng.random() < 0.15 else text

    def quoted(self, depth):
        """Quotes and what is between them."""
        rng = self.rng
        quote = rng.choice("'\"\"")
        inner = self.some(LETTERS[:60], 4) if quote == "'" else self.word(depth + 1, 3)
        return quote + inner + (quote if rng.random() < 0.97 else "")

    def piece(self, depth):
        """One piece of a word."""
        rng = self.rng
        kind = rng.random()
        if depth < DEEPEST and kind < 0.3:
            return self.braces(depth)
        if depth < DEEPEST and kind < 0.42:
            return self.quoted(depth)
        if kind < 0.54:
            return "$" + rng.choice(NAMES)
        if kind < 0.62:
            return self.escape * rng.randint(1, 2) + rng.choice(LETTERS[-40:])
        if kind < 0.65:
            return rng.choice(["<", "<<", "<<-", "<< \t", "$", "${", "}", "$$", "${}", "${:}", "${{", self.escape])
        if kind < 0.72:
            return rng.choice(LETTERS)
        return self.some(LETTERS[:60], 5)

    def word(self, depth=0, most=6):
        """A word."""
        return "".join(self.piece(depth) for _ in range(self.rng.randint(0, most)))

    def value(self):
        """The value of a variable."""
        return self.some(self.rng.choice([LETTERS[:60], LETTERS, PATTERN, list("abfo/.")]), 12)


def pack(word, variables):
    """The file of a case."""
    records = [word] + [name + "=" + value for name, value in variables]
    return RECORD_END.join(r.encode("utf-8", "surrogateescape").replace(RECORD_END, b"") for r in records)


def random_case(seed, number):
    """One random case: its file and the escape character.  The same numbers give the same case."""
    rng = random.Random(f"{seed} word {number}")
    escape = rng.choice("\\\\`")
    maker = Maker(rng, escape)
    word = maker.word()
    names = rng.sample(NAMES, rng.randint(0, 8))
    if word[:1] != "\ufeff" and rng.random() < 0.01:
        word = "\ufeff" + word
    return pack(word, [(name, maker.value()) for name in names]), escape


NAME_USED = re.compile(r"\$\{?(\w+)")


def real_case(seed, word):
    """A word of a real file, with values for some of the variables that it names."""
    text = word.decode("utf-8", "surrogateescape")
    rng = random.Random(f"{seed} {text!r}")
    escape = "`" if rng.random() < 0.1 else "\\"
    maker = Maker(rng, escape)
    names = sorted(set(NAME_USED.findall(text)))
    return pack(text, [(name, maker.value()) for name in names if rng.random() < 0.7]), escape


#: "arg", "flag" and "heredoc" lines of the text of the first pass
WORD_LINE = re.compile(rb'^(?:arg|flag|heredoc .*?\d [a-z ]+) "(.*)"$', re.MULTILINE)
ESCAPED = re.compile(rb"\\(x[0-9a-f]{2}|.)")
SPECIAL = re.compile(rb"[$'\"\\`<]")
PLAIN_ESCAPES = {b"t": b"\t", b"n": b"\n", b"r": b"\r"}


def words_of(block):
    """The words of a file in which anything is special."""
    for quoted in WORD_LINE.findall(block):
        word = ESCAPED.sub(lambda m: bytes([int(m[1][1:], 16)]) if len(m[1]) == 3 else PLAIN_ESCAPES.get(m[1], m[1]), quoted)
        if SPECIAL.search(word):
            yield word


def write(out, cases):
    """Write cases; returns the lines of a list without the use."""
    out.mkdir(parents=True, exist_ok=True)
    lines = []
    for number, (data, escape) in enumerate(cases):
        path = out / str(number)
        path.write_bytes(data)
        lines.append(f"{path}\tescape={escape}")
    return lines
