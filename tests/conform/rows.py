"""Hand-written cases: one row per documented rule of ignore files and of the walk.

Each row states what must become of the paths that it names, so a reader need not trust a recording;
bulk.py checks that the reference implementation agrees. In a row's paths a final "/" marks a directory and a
final "@" a symlink.
"""

from dataclasses import dataclass

from cases import latin1, sorted_tree


FATES = ("kept", "dropped", "empty")


@dataclass(frozen=True)
class Row:
    """A rule, an ignore file, and the fate of the paths that show the rule."""

    name: str
    ignore: str
    kept: str = ""
    dropped: str = ""
    empty: str = ""
    error: bool = False
    #: Names that blanks cannot separate: (fate, path) pairs
    odd: tuple = ()

    def fates(self):
        """Map each named path, marks removed, to its fate."""
        return {latin1(path.rstrip("/@")): fate for fate, path in self.named()}

    def named(self):
        """List (fate, path as written)."""
        blank_separated = ((fate, path) for fate in FATES for path in getattr(self, fate).split(" ") if path)
        return [*blank_separated, *self.odd]

    def case(self, number):
        """Build the case: the named paths and the directories above them."""
        kinds = {}
        for _fate, path in self.named():
            kinds[latin1(path.rstrip("/@"))] = {"/": "dir", "@": "symlink"}.get(path[-1], "file")
        for path in list(kinds):
            parts = path.split("/")
            for depth in range(1, len(parts)):
                kinds["/".join(parts[:depth])] = "dir"
        return {"id": number, "name": self.name, "tree": sorted_tree(kinds), "ignore": latin1(self.ignore)}

    def mistakes(self, verdict):
        """List where a verdict contradicts the row."""
        if self.error or verdict["error"] is not None:
            agreed = self.error and verdict["error"] is not None
            return [] if agreed else [f"{self.name}: error {verdict['error']!r}"]
        have = {path: "kept" if sending == "sent" else "empty" for path, _kind, sending in verdict["kept"]}
        return [
            f"{self.name}: {path!r} is {have.get(path, 'dropped')}, not {fate}"
            for path, fate in self.fates().items()
            if have.get(path, "dropped") != fate
        ]


LINE_LIMIT = 64 * 1024

# Reading the file: lines, blanks, comments, cleaning
SYNTAX = [
    Row("no patterns", "", kept="a b/c"),
    Row("trailing slash does not ask for a directory", "foo/", dropped="foo", kept="food"),
    Row("trailing slash on a directory", "foo/\n", dropped="foo/ foo/x", kept="x"),
    Row("leading slash is cut", "/foo", dropped="foo", kept="d/foo"),
    Row("two leading slashes are cleaned", "//foo", dropped="foo", kept="d/foo"),
    Row("leading ./ is cleaned", "./foo", dropped="foo"),
    Row("dot dot is cleaned lexically", "a/../foo", dropped="foo", kept="a/foo"),
    Row("inner dot and doubled slash", "a/.//b", dropped="a/b", kept="a/c"),
    Row("comment", "#x\n# a\n", kept="x a #x"),
    Row("comment with exclamation mark", "#!\n#!a\nb", kept="a", dropped="b"),
    Row("leading blank makes a hash a pattern", " #x", dropped="#x", kept="x"),
    Row("hash later in the line is text", "a#b\na #c", dropped="a#b", kept="a", odd=(("dropped", "a #c"),)),
    Row("escaped hash", "\\#x", dropped="#x", kept="x"),
    Row("escaped exclamation mark", "\\!x", dropped="!x", kept="x"),
    Row("blank after exclamation mark", "*\n!  a", kept="a", dropped="b"),
    Row("blank before exclamation mark", "*\n \t!a", kept="a", dropped="b"),
    Row("two exclamation marks name a name", "*\n!!a", kept="!a", dropped="a"),
    Row("lone exclamation mark", "!\n", kept="a", error=True),
    Row("lone exclamation mark and blanks", "a\n! \t \n", kept="b", error=True),
    Row("exclamation mark before a dot", "a\n!.", kept="b", dropped="a"),
    Row("exclamation mark before a slash", "*\n!/a", kept="a", dropped="b"),
    Row("exclamation mark after a slash is an exception", "*\n/!a", kept="a", dropped="!a b"),
    Row("exclamation mark after a dot and a slash too", "*\n./!a", kept="a", dropped="b !a"),
    Row("exclamation marks around a slash", "*\n!/!a", kept="!a", dropped="a b"),
    Row("dot matches nothing", ".", kept="a .a"),
    Row("slash matches nothing", "/", kept="a"),
    Row("two slashes match nothing", "//", kept="a"),
    Row("dot dot matches nothing", "..", kept="a ..a"),
    Row("parent path matches nothing", "../a", kept="a"),
    Row("parent path below the root is clamped", "/../a", dropped="a", kept="b"),
    Row("trailing blank is cut", "foo ", dropped="foo", odd=(("kept", "foo "),)),
    Row("tabs around are cut", "\tfoo\t", dropped="foo"),
    Row("unicode blanks around are cut", "\u00a0foo\u3000\nbar\u0085\n\u2028baz", dropped="foo bar baz"),
    Row("vertical tab and form feed are cut", "\x0bfoo\x0c", dropped="foo"),
    Row("zero width space is not a blank", "foo\u200b", kept="foo", odd=(("dropped", "foo\u200b"),)),
    Row("blank inside", "a b", kept="a b", odd=(("dropped", "a b"),)),
    Row("blank before a trailing slash", "foo /", dropped="foo", odd=(("kept", "foo "),)),
    Row("byte order mark", "\ufefffoo", dropped="foo"),
    Row("byte order mark before a comment", "\ufeff#foo", kept="foo #foo"),
    Row("byte order mark on a later line", "a\n\ufefffoo", kept="foo", dropped="a", odd=(("dropped", "\ufefffoo"),)),
    Row("byte order mark before a wildcard on a later line", "a\n\ufeff*.o", dropped="a x.o", kept="b"),
    Row("CRLF", "foo\r\n\r\n#x\r\n!a\r\n", dropped="foo", kept="a #x"),
    Row("lone CR inside a line", "foo\rbar", error=True, kept="foo"),
    Row("tab inside a line", "a\tb", error=True, kept="a"),
    Row("tab inside a line, beyond ASCII elsewhere", "a\tb\n\u00e9", kept="a", odd=(("dropped", "a\tb"),)),
    Row("NUL byte", "a\0b", error=True, kept="a"),
    Row("last line without a newline", "a\nb", dropped="a b"),
    Row("only blank lines", "\n \n\t\n\r\n", kept="a"),
    Row("invalid UTF-8 does not match itself", "a\udcff", odd=(("kept", "a\udcff"),), kept="b"),
    Row("invalid UTF-8 becomes the replacement character", "a\udcff", odd=(("dropped", "a\ufffd"),), kept="b"),
    Row("question mark and invalid UTF-8", "a?", odd=(("dropped", "a\udcff"),), dropped="ab", kept="abc"),
    Row("a line of 65535 bytes", "a\n#" + "x" * (LINE_LIMIT - 2) + "\nb", dropped="a b"),
    Row("a line of 65536 bytes", "a\n#" + "x" * (LINE_LIMIT - 1) + "\nb", kept="c", error=True),
    Row("a last line of 65535 bytes", "a\n#" + "x" * (LINE_LIMIT - 2), dropped="a"),
    Row("a last line of 65536 bytes", "a\n#" + "x" * (LINE_LIMIT - 1), kept="c", error=True),
]

# One pattern against one path
MATCHING = [
    Row("unclosed bracket", "[", error=True, kept="a"),
    Row("bad range", "[a-]x", error=True, kept="a"),
    Row("empty class", "[]a]", error=True, kept="a"),
    Row("empty negated class", "[^]a]", error=True, kept="a"),
    Row("trailing backslash", "a\\", error=True, kept="a"),
    Row("reversed range", "[z-a]", error=True, kept="a"),
    Row("reversed range that no path reaches", "zz/[z-a]", error=True, kept="a"),
    Row("star", "*.go", dropped="x.go", kept="d/x.go"),
    Row("star alone", "*", dropped="x .x d/ d/x"),
    Row("star crosses no slash", "a*c", dropped="ac abc", kept="a/c"),
    Row("star matches a leading dot", "*rc", dropped=".rc rc"),
    Row("double star slash star", "**/*.go", dropped="x.go d/e/x.go", kept="d/y"),
    Row("double star slash name", "**/node_modules", dropped="node_modules/ x/node_modules/q", kept="x/anode_modules"),
    Row("double star name is a suffix", "**node_modules", dropped="node_modules x/anode_modules", kept="node_modulesx"),
    Row("directory slash double star", "a/**", dropped="a/b a/b/c", kept="a/ ab"),
    Row("name double star is a prefix", "a**", dropped="a ab a1/b", kept="ba"),
    Row("double star in the middle", "a/**/c", dropped="a/c a/b/c a/b/x/c", kept="a/bc"),
    Row("double star both ends", "**a**", dropped="ab q/ab/c", kept="xay"),
    Row("double star alone", "**", dropped="a b/c"),
    Row("three stars", "***", dropped="a b/c"),
    Row("four stars", "****", dropped="a b/c"),
    Row("three stars and a name", "***a", dropped="a xa d/a"),
    Row("double star slash star matches everything", "**/*", dropped="a b/c"),
    Row("double star slash double star", "**/**", dropped="a b/c"),
    Row("double star slash", "**/", dropped="a b/c"),
    Row("star slash star", "*/*", dropped="b/c b/d/e", kept="a b/"),
    Row("star slash double star", "*/**", dropped="b/c b/d/e", kept="a b/"),
    Row("question mark", "x?y", dropped="xay", kept="xy x/y"),
    Row("question mark and a character of two bytes", "x?y", dropped="x\u00e9y", kept="x\u00e9\u00e9y"),
    Row("class", "x[ab]", dropped="xa xb", kept="xc x[ab]"),
    Row("range", "x[0-9]", dropped="x1", kept="xa"),
    Row("negated class", "g[^a]", dropped="gb", kept="ga"),
    Row("negated class crosses a slash", "g[^a]h", dropped="gbh g/h", kept="gah"),
    Row("exclamation mark negates nothing", "h[!a]", dropped="ha h!", kept="hb"),
    Row("escaped bracket in a class", "x[\\]]", dropped="x]", kept="x"),
    Row("named class", "x[[:alpha:]]", dropped="xa xz", kept="x1 x:] x[]"),
    Row("negated named class", "x[[:^digit:]]", dropped="xa", kept="x1"),
    Row("unknown named class", "x[[:foo:]]", error=True, kept="xf"),
    Row("caret inside a class is text", "x[a^]", dropped="x^ xa", kept="xb"),
    Row("lone closing bracket", "a]", dropped="a]", kept="a"),
    Row("bar in a wildcard pattern", "a*|b", dropped="a ax ab a1/x xb d/b", kept="c bd"),
    Row("bar without a wildcard", "a|b", dropped="a|b", kept="a b"),
    Row("repetition", "a{1,2}*", dropped="a aa ab", kept="b"),
    Row("repetition of three", "xa{3}?", dropped="xaaab", kept="xab xaab xaaa"),
    Row("open repetition", "xa{2,}?", dropped="xaab xaaaab", kept="xab"),
    Row("repetition beyond the limit", "a{1001}*", error=True, kept="b"),
    Row("reversed repetition", "a{3,2}*", error=True, kept="b"),
    Row("braces that are no repetition", "*.{js,ts}", dropped="x.{js,ts}", kept="x.js x.ts"),
    Row("braces without a wildcard", "a{1,2}", dropped="a{1,2}", kept="a aa"),
    Row("caret is an anchor", "x*^", kept="x^ x xa"),
    Row("caret first is an anchor", "^x*", dropped="xa", kept="^x"),
    Row("caret without a wildcard", "x^", dropped="x^"),
    Row("dollar is text", "x$*", dropped="x$ x$a", kept="x"),
    Row("dot is text", "x.?", dropped="x.a", kept="xab"),
    Row("parentheses are text", "(x)*", dropped="(x)y", kept="xy"),
    Row("plus is text", "x+*", dropped="x+ x+a", kept="xx"),
    Row("digit class", "\\d*", dropped="1x", kept="dx"),
    Row("digit class without a star", "file\\d.txt", dropped="file1.txt", kept="filed.txt"),
    Row("no digit class", "\\D*", dropped="dx", kept="1x"),
    Row("word class", "x\\w", dropped="xa x_ x1", kept="x-"),
    Row("no word class", "x\\W", dropped="x-", kept="xa"),
    Row("space class", "x\\sy", kept="xsy xy", odd=(("dropped", "x y"),)),
    Row("no space class", "x\\S", dropped="xS xa", kept="x"),
    Row("word boundary", "*\\bx", dropped="a-x x", kept="ax"),
    Row("no word boundary", "*\\Bx", dropped="ax", kept="a-x x"),
    Row("begin of text", "\\Ax", dropped="x", kept="Ax"),
    Row("end of text", "x\\z", dropped="x", kept="xz"),
    Row("end of text before a newline is unknown", "x\\Z", error=True, kept="x"),
    Row("quoted text", "a\\Q*.b", kept="a.b"),
    Row("quoted text with its end", "a\\Q.x\\E?", kept="a.xy", dropped="a\\.xy"),
    Row("hexadecimal character", "\\x41*", dropped="Ab", kept="x41"),
    Row("hexadecimal character in braces", "x\\x{41}", dropped="xA", kept="xx"),
    Row("octal character", "x\\101", dropped="xA", kept="x1"),
    Row("back reference", "x\\1", error=True, kept="x1"),
    Row("unicode class", "x\\pL", dropped="xa x\u00e9", kept="x1"),
    Row("unicode class in braces", "x\\p{Greek}", dropped="x\u03b1", kept="xa"),
    Row("no unicode class", "x\\PL", dropped="x1", kept="xa"),
    Row("unknown unicode class", "x\\pX", error=True, kept="xa"),
    Row("any byte", "x\\C", error=True, kept="xa"),
    Row("unknown escape", "\\e*", error=True, kept="ex"),
    Row("escaped letter without meaning", "\\y", error=True, kept="y"),
    Row("escaped character beyond ASCII", "\\\u00e9", error=True, kept="\u00e9"),
    Row("control escapes", "x\\ty", odd=(("dropped", "x\ty"),), kept="xty"),
    Row("newline escape", "x\\ny", odd=(("dropped", "x\ny"),), kept="xny"),
    Row("star and a newline", "x*y", odd=(("dropped", "x\ny"),), dropped="xy"),
    Row("double star and a newline", "**/x*", odd=(("kept", "a\nb/x"),), dropped="a/x"),
    Row("escaped star", "c\\*", dropped="c*", kept="cd c\\*"),
    Row("escaped backslash", "c\\\\d", dropped="c\\d", kept="cd"),
    Row("escaped slash", "c\\/d", dropped="c/d", kept="d"),
    Row("escape makes a full stop plain", "x\\.y", dropped="x.y", kept="xay"),
    Row("repetition of a star", "x*{2}y", error=True, kept="xy"),
    Row("double question mark", "x??y", dropped="xaby", kept="xay xy"),
    Row("case matters", "A*\nB", kept="a b", dropped="Ab"),
    Row("composed and decomposed letters differ", "\u00e9", dropped="\u00e9", kept="e\u0301"),
    Row("suffix with a special behind it", "**/x?", dropped="xa d/xa", kept="x"),
    Row("suffix with escapes for the regexp", "**/x.y", dropped="x.y d/x.y", kept="xay d/xay"),
    Row("suffix with a bar", "**/a|b", dropped="a|b d/a|b", kept="a d/b"),
    Row("suffix and a later double star", "**/a/**", dropped="a/x d/a/x", kept="a/ d/a/"),
    Row("double star glued after a name", "a**/b", dropped="ab a/b ax/b", kept="a/c axb/c"),
    Row("double star glued before a name", "a/**b", dropped="a/b a/x/b", kept="a/xb"),
]

# Several patterns
COMBINING = [
    Row("order matters", "!docs/README.md\ndocs", dropped="docs/ docs/README.md"),
    Row("last match wins", "*.log\n!keep.log\n", dropped="a.log", kept="keep.log"),
    Row("everything but a directory", "*\n!src", dropped="a", kept="src/ src/x/ src/x/y"),
    Row("exception over a directory that was not excluded", "**/*.md\n!docs", dropped="docs/r.md", kept="docs/ docs/z"),
    Row("exception over everything in a directory", "**/*.md\n!docs/**", kept="docs/r.md docs/z", dropped="r.md"),
    Row("exception above a deep pattern", "**/node_modules\n!packages/a", dropped="packages/a/node_modules/q"),
    Row("the third line is skipped", "a\n!a/b\na", empty="a/b/c", dropped="a/d", kept="a/ a/b/"),
    Row(
        "an exclusion after an exception",
        "*\n!docs\n**/*.tmp",
        kept="docs/ docs/b docs/s/",
        dropped="docs/s/c.tmp x",
    ),
    Row(
        "exclusion below an exception",
        "foo\n!foo/bar\nfoo/bar/baz",
        kept="foo/ foo/bar/ foo/bar/z",
        dropped="foo/bar/baz/q",
    ),
    Row("exception for a link", "*\n!l", kept="l@", dropped="m@"),
    Row("exception without effect", "!a", kept="a b"),
    Row("exception of everything", "*\n!**", kept="a d/b"),
    Row("exception by suffix", "d\n!**/k", kept="d/k d/e/k", dropped="d/x"),
    Row("exception by wildcard inside an excluded directory", "d\n!d/*/k", kept="d/e/k", dropped="d/k d/e/x"),
]

# The walk
WALKING = [
    Row(
        "an excluded directory appears with its first kept entry",
        "docs\n!docs/README.md",
        kept="docs/ docs/README.md",
        dropped="docs/a",
    ),
    Row("an excluded directory without kept entries is absent", "docs\n!docs/README.md", dropped="docs/ docs/a"),
    Row("directories emptied by exclusion stay", "**/*.o", kept="x/ x/y/", dropped="x/y/a.o"),
    Row("a symlink is matched by its own path", "l/x\nd", kept="l@", dropped="d/x"),
    Row("nothing is protected", "*", dropped="Dockerfile .dockerignore"),
    Row("exceptions are compared as text", "d*\n!d/e", kept="d/ d/e/ d/e/x", dropped="d/f dd/e"),
    Row("an exception with a final star opens the directory", "d\n!d/*", kept="d/ d/x d/e/f"),
    Row("names sort bytewise, directories by their bare name", "", kept="a/b a-b a.b a0 B/"),
]

ROWS = [*SYNTAX, *MATCHING, *COMBINING, *WALKING]
