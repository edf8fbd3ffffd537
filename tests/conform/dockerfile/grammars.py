"""The grammars beside the passes: the tree of a file that BuildKit accepts must be free of errors."""

import pathlib
import re
import subprocess
from dataclasses import dataclass

ROOT = pathlib.Path(__file__).resolve().parents[3]
TREES = ROOT / "tests" / "conform" / "grammar" / "trees.c"
SYMBOL = "tree_sitter_dockerfile"
#: "instruction 3-4 RUN" and "stage 1-1" of the text of a model
BLOCK_LINE = re.compile(rb"^(?:instruction (\d+-\d+) (\w+)|stage (\d+-\d+))$", re.MULTILINE)


class Missing(Exception):
    """No compiler or no library for the trees."""


@dataclass
class Grammar:
    """A grammar as a shared object."""

    name: str
    library: str


@dataclass
class Verdict:
    """What a grammar makes of the files of one corpus that BuildKit accepts."""

    files: int = 0
    #: Files with an ERROR or MISSING node
    errors: int = 0
    #: Files whose instructions are not those of the model
    lists: int = 0
    lines_per_second: float = 0
    examples: tuple = ()


def compile_c(output, *arguments):
    """Run the compiler."""
    done = subprocess.run(["cc", "-O2", "-o", output, *arguments], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise Missing((done.stderr.strip().splitlines() or ["no compiler"])[-1])


def build_library(name, source, directory):
    """Compile parser.c and scanner.c of a grammar, or take a shared object."""
    source = pathlib.Path(source)
    if source.is_file():
        return Grammar(name, str(source))
    library = pathlib.Path(directory) / f"{name}.so"
    files = [str(path) for path in (source / "parser.c", source / "scanner.c") if path.exists()]
    compile_c(str(library), "-shared", "-fPIC", "-w", f"-I{source}", *files)
    return Grammar(name, str(library))


def build_trees(directory):
    """Compile the program that asks a grammar."""
    program = pathlib.Path(directory) / "trees"
    compile_c(str(program), "-D_GNU_SOURCE", "-include", "stdbool.h", str(TREES), "-ltree-sitter", "-ldl")
    return str(program)


def instructions_of(block):
    """The instructions of a model as the trees program writes them."""
    words = []
    for lines, keyword, stage in BLOCK_LINE.findall(block):
        words.append(f"{keyword.decode().lower()}:{lines.decode()}" if keyword else f"from:{stage.decode()}")
    return " ".join(words)


def ask(trees, grammar, paths, *options):
    """Output of the trees program."""
    done = subprocess.run([trees, grammar.library, SYMBOL, *options], input="".join(f"{path}\n" for path in paths).encode(),
                          capture_output=True, check=True)
    return done.stdout.decode("utf-8", "replace")


def judge(trees, grammar, accepted, timed):
    """Hold a grammar against {path: instructions of the model}."""
    verdict = Verdict(files=len(accepted))
    examples = []
    for row in ask(trees, grammar, accepted).splitlines():
        path, state, line, found = row.split("\t")
        if state != "ok":
            verdict.errors += 1
            examples.append(f"{path}:{line}: error node")
        elif found != accepted[path]:
            verdict.lists += 1
            examples.append(f"{path}: instructions differ")
    verdict.examples = tuple(examples[:5])
    if timed and accepted:
        verdict.lines_per_second = float(re.search(r"lines_per_second=(\d+)", ask(trees, grammar, accepted, "--time"))[1])
    return verdict
