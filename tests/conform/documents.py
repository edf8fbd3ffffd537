"""What the comparisons of document readers (toml.py, yaml_tree.py) print."""


def report(by_hand, at_random, valid, fewest, count):
    """TAP: documents that differ, each a text with the reason, and whether enough of all could be compared."""
    print("1..3")
    for number, (name, differing) in enumerate((("documents by hand", by_hand), ("random documents", at_random)), 1):
        for text in differing[:10]:
            print("# " + text.replace("\n", "\n# "))
        print(f"{'not ' if differing else ''}ok {number} - {name}: {len(differing)} differ")
    print(f"{'not ' if valid < fewest else ''}ok 3 - {valid} of {count} documents are valid")
