#!/usr/bin/env python3
"""Every format of `ctxopt audit`: SARIF against what its schema asks of the parts that are used, and no format shows a secret."""

import json
import pathlib
import re
import subprocess
import sys
import tempfile

SECRETS = ["hunter2XYZ", "abcdef123456", "ghp_abcdefghijklmnopqrstuvwxyz0123456789", "Sup3rS3cret", "pa55w0rd99", "Zx81kQ99",
           "q8Zk2LmPx7Rt4VwYb1Nd", "s3cr3t-v4lue"]
DOCKERFILE = f"""FROM debian AS base
ARG DB_PASSWORD={SECRETS[0]}
ENV API_KEY {SECRETS[1]}
ENV A=1 \\
    SECRET_TOKEN="{SECRETS[7]}" \\
    SIGNING_SALT={SECRETS[6]}
MAINTAINER A {SECRETS[0]}
LABEL nothing of it
RUN git clone https://{SECRETS[2]}@github.com/a/b && apt-get install -y {SECRETS[2]}
RUN echo 'root:{SECRETS[3]}' | chpasswd && \\
    curl -u admin:{SECRETS[4]} http://x
LABEL url=postgres://app:{SECRETS[5]}@db/app image={SECRETS[0]}
CMD ["sh", "-c", "export DB_PASSWORD={SECRETS[0]}; /app >> /var/log/{SECRETS[0]}.log"]
"""
COMPOSE = f"""services:
  web:
    image: nginx
    build: {{context: ., args: {{NPM_TOKEN: {SECRETS[1]}}}}}
    environment: {{DB_PASSWORD: "{SECRETS[0]}", A: 1}}
    command: [run, --password, {SECRETS[3]}, "{SECRETS[0]}"]
    healthcheck: {{test: "curl -u admin:{SECRETS[4]} http://x"}}
  db:
    image: postgres
    environment:
    - POSTGRES_PASSWORD='{SECRETS[7]}'
    - "URL=postgres://app:{SECRETS[5]}@db/{SECRETS[0]}"
    volumes: ["./{SECRETS[0]}:/var/log/{SECRETS[0]}"]
"""
MANIFEST = f"""apiVersion: v1
kind: Pod
metadata: {{name: x}}
spec:
  containers:
  - {{name: {SECRETS[0]}, image: nginx, env: [{{name: API_TOKEN, value: {SECRETS[0]}}}], args: [--token={SECRETS[2]}]}}
---
apiVersion: v1
kind: ConfigMap
metadata: {{name: x}}
data:
  DB_PASSWORD: >-
    {SECRETS[3]}
  config: |
    a: 1
    key: {SECRETS[2]}
"""
TEXT = {"type": "object", "required": ["text"], "properties": {"text": {"type": "string", "minLength": 1}}}
REGION = {"type": "object", "required": ["startLine"], "additionalProperties": False, "properties": {
    name: {"type": "integer", "minimum": 1} for name in ("startLine", "startColumn", "endLine", "endColumn")}}
# The parts of the SARIF 2.1.0 schema that apply to what is written
SARIF = {
    "type": "object", "required": ["version", "runs"], "additionalProperties": False,
    "properties": {
        "$schema": {"type": "string", "format": "uri"}, "version": {"enum": ["2.1.0"]},
        "runs": {"type": "array", "minItems": 1, "items": {
            "type": "object", "required": ["tool"], "additionalProperties": False,
            "properties": {
                "columnKind": {"enum": ["utf16CodeUnits", "unicodeCodePoints"]},
                "tool": {"type": "object", "required": ["driver"], "properties": {"driver": {
                    "type": "object", "required": ["name"], "additionalProperties": False,
                    "properties": {"name": {"type": "string"}, "version": {"type": "string"}, "rules": {
                        "type": "array", "uniqueItems": True, "items": {
                            "type": "object", "required": ["id"], "additionalProperties": False,
                            "properties": {"id": {"type": "string"}, "shortDescription": TEXT, "fullDescription": TEXT,
                                           "defaultConfiguration": {"type": "object", "properties": {
                                               "level": {"enum": ["none", "note", "warning", "error"]}}}}}}}}}},
                "results": {"type": "array", "items": {
                    "type": "object", "required": ["message"], "additionalProperties": False,
                    "properties": {
                        "ruleId": {"type": "string"}, "ruleIndex": {"type": "integer", "minimum": -1},
                        "level": {"enum": ["none", "note", "warning", "error"]}, "message": TEXT,
                        "partialFingerprints": {"type": "object", "additionalProperties": {"type": "string"}},
                        "fixes": {"type": "array", "items": {
                            "type": "object", "required": ["artifactChanges"], "additionalProperties": False,
                            "properties": {"description": TEXT, "artifactChanges": {"type": "array", "minItems": 1, "items": {
                                "type": "object", "required": ["artifactLocation", "replacements"], "additionalProperties": False,
                                "properties": {
                                    "artifactLocation": {"type": "object", "properties": {"uri": {"type": "string"}}},
                                    "replacements": {"type": "array", "minItems": 1, "items": {
                                        "type": "object", "required": ["deletedRegion"], "additionalProperties": False,
                                        "properties": {"deletedRegion": REGION, "insertedContent": {
                                            "type": "object", "properties": {"text": {"type": "string"}}}}}}}}}}}},
                        "suppressions": {"type": "array", "items": {
                            "type": "object", "required": ["kind"], "additionalProperties": False,
                            "properties": {"kind": {"enum": ["inSource", "external"]}, "justification": {"type": "string"}}}},
                        "locations": {"type": "array", "items": {
                            "type": "object", "additionalProperties": False, "properties": {"physicalLocation": {
                                "type": "object", "required": ["artifactLocation"], "additionalProperties": False,
                                "properties": {
                                    "artifactLocation": {"type": "object", "properties": {"uri": {"type": "string"}}},
                                    "region": REGION}}}}}}}}}}}}}


def check_sarif(text: str) -> list[str]:
    document = json.loads(text)
    rules = document["runs"][0]["tool"]["driver"]["rules"]
    wrong = [f"rule {r['ruleIndex']} is not {r['ruleId']}" for r in document["runs"][0]["results"]
             if rules[r["ruleIndex"]]["id"] != r["ruleId"]]
    try:
        from jsonschema import Draft7Validator
    except ImportError:
        return wrong
    return wrong + [f"{e.json_path}: {e.message[:200]}" for e in Draft7Validator(SARIF).iter_errors(document)]


def check_columns(ctxopt: str, directory: str) -> list[str]:
    """Columns of SARIF are UTF-16 code units: an emoji is two, a byte that is no UTF-8 one."""
    wrong = []
    for lead in b"", "\u00e4".encode(), "\U0001f433".encode(), b"\xff", "a\u0301\U0001f433".encode():
        text = b"FROM alpine:3.99\nLABEL A=" + lead + b" B=" + b"postgres://app:Zx81kQ99@db/app\n"
        pathlib.Path(directory, "Dockerfile").write_bytes(text)
        run = subprocess.run([ctxopt, "audit", "--only", "secret-in-image", "--format", "sarif", "--no-history"], cwd=directory,
                             capture_output=True, text=True)
        region = json.loads(run.stdout)["runs"][0]["results"][0]["locations"][0]["physicalLocation"]["region"]
        before = text.splitlines()[1].split(b"Zx")[0].decode(errors="replace")
        column = len(before.encode("utf-16-le")) // 2 + 1
        if (region["startColumn"], region["endColumn"]) != (column, column + 8):
            wrong.append(f"{before}: column {region} instead of {column}")
    return wrong


def main() -> int:
    ctxopt, failed = str(pathlib.Path(sys.argv[1]).resolve()), 0
    with tempfile.TemporaryDirectory(prefix="ctxopt-audit-") as tmp:
        for name, text in ("Dockerfile", DOCKERFILE), ("compose.yaml", COMPOSE), ("pod.yaml", MANIFEST):
            pathlib.Path(tmp, name).write_text(text)
        for form in "text", "json", "markdown", "sarif", "github":
            run = subprocess.run([ctxopt, "audit", "-v", "--suppressed", "--severity", "style", "--format", form, "--no-history"],
                                 cwd=tmp, capture_output=True, text=True)
            for secret in SECRETS:
                if secret in run.stdout + run.stderr:
                    print(f"{form}: shows {secret}")
                    failed += 1
            for name in "Dockerfile", "compose.yaml", "pod.yaml":
                if not re.search(name + ".*secret-in-image|secret-in-image(.|\n)*" + name, run.stdout):
                    print(f"{form}: finds no secret in {name}")
                    failed += 1
            for wrong in check_sarif(run.stdout) if form == "sarif" else []:
                print(f"{form}: {wrong}")
                failed += 1
        for wrong in check_columns(ctxopt, tmp):
            print(f"sarif: {wrong}")
            failed += 1
    return failed > 0


if __name__ == "__main__":
    sys.exit(main())
