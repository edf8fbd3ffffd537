#!/usr/bin/env python3
"""Check every JSON document among the goldens against its schema.

The goldens are what the program prints (run.py makes sure), so this checks the output of every command line test.  A
golden is a document if its first byte is "{"; its member "schema" names the schema: "ctxopt.context/1" is
analyzer/report/schemas/context.schema.json.  Needs python3-jsonschema; without it the test is skipped.
"""

import json
import pathlib
import sys

HERE = pathlib.Path(__file__).resolve().parent
SCHEMAS = HERE.parent.parent / "analyzer" / "report" / "schemas"
SKIPPED = 77


def main() -> int:
    try:
        from jsonschema import Draft202012Validator
    except ImportError:
        print("skipped: python3-jsonschema is not installed")
        return SKIPPED
    validators = {}
    for path in sorted(SCHEMAS.glob("*.schema.json")):
        schema = json.loads(path.read_text())
        Draft202012Validator.check_schema(schema)
        validators[f"ctxopt.{path.name.removesuffix('.schema.json')}/1"] = Draft202012Validator(schema)

    failed, seen = 0, set()
    for path in sorted(HERE.glob("*.stdout")):
        text = path.read_text(errors="replace")
        if not text.startswith("{\n"):
            continue
        document = json.loads(text)
        name = document.get("schema")
        if name not in validators:
            print(f"{path.name}: no schema for {name!r}")
            failed += 1
            continue
        seen.add(name)
        for error in validators[name].iter_errors(document):
            print(f"{path.name}: {error.json_path}: {error.message[:300]}")
            failed += 1
    for name in sorted(set(validators) - seen):
        print(f"no test prints a document of {name}")
        failed += 1
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
