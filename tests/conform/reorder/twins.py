"""Two ways to write a Dockerfile, built by a real BuildKit and compared path by path: what link.py and bind.py share."""

import argparse
import pathlib
import sys
import tarfile
import tempfile

sys.path.append(str(pathlib.Path(__file__).resolve().parent.parent))

from engines import BuildKit, Unavailable  # noqa: E402


def paths(tar):
    """What an image holds: path to kind, mode, owner, target, size."""
    with tarfile.open(tar) as image:
        return {entry.name.strip("./"): (entry.type, oct(entry.mode), entry.uid, entry.gid, entry.linkname, entry.size) for entry in image}


def differences(engine, directory, old, new):
    """Paths that differ between the images of two texts in a context; None if the new one does not build."""
    images = []
    for text in (old, new):
        dockerfile, tar = directory / "Dockerfile", directory / "image.tar"
        dockerfile.write_text(text, encoding="utf-8")
        try:
            engine.build(directory, dockerfile, tar)
        except RuntimeError:
            if text is old:
                raise
            return None
        images.append(paths(tar))
    before, after = images
    return sorted(path for path in before.keys() | after.keys() if before.get(path) != after.get(path))


def main(description, fill, cases, row, head):
    """The command line: exit status 1, if a case that ctxopt takes as equivalent is none.

    `fill` makes the context in a directory; `row` builds a case: (its row of the table, is it equivalent where it should be); `head` is
    what stands above the rows, "{versions}" for those of the engine.
    """
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", help="write the table there")
    args = parser.parse_args()
    engine = BuildKit()
    try:
        with engine, tempfile.TemporaryDirectory() as scratch:
            directory = pathlib.Path(scratch)
            fill(directory)
            rows = [row(engine, directory, case) for case in cases]
            versions = ", ".join(f"{name} {version}" for name, version in engine.versions().items())
    except Unavailable as reason:
        print(f"{pathlib.Path(sys.argv[0]).name}: {reason}", file=sys.stderr)
        return 77
    text = head.replace("{versions}", versions) + "\n".join(line for line, _ in rows) + "\n"
    print(text)
    if args.out:
        pathlib.Path(args.out).write_text(text, encoding="utf-8")
    return 0 if all(right for _, right in rows) else 1
