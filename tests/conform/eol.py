#!/usr/bin/env python3
"""Compare the table of end-of-life dates with the data of endoflife.date.

  eol.py --ctxopt CTXOPT DIR     DIR: the git directory of endoflife-date/endoflife.date; writes results/eol.md

Each version that has a day there is audited as a base image, on a day on which all have ended.  Versions that ended before 2015 may be
missing here, or be one row with later ones.  Days may lie within one another's month: makers often name only that.
Exit status: 0 agreement, 1 differences, 2 something could not run.
"""

import argparse
import datetime
import json
import pathlib
import re
import subprocess
import sys
import tempfile

import yaml

HERE = pathlib.Path(__file__).resolve().parent
#: Product there: image, and the name of the day that counts where it is not "eol"
PRODUCTS = {
    "debian": ("debian", "eoes"), "ubuntu": ("ubuntu", None), "alpine-linux": ("alpine", None), "nodejs": ("node", None),
    "python": ("python", None), "go": ("golang", None), "ruby": ("ruby", None), "php": ("php", None), "eclipse-temurin": ("eclipse-temurin", None),
    "centos": ("centos", None), "rocky-linux": ("rockylinux", None), "almalinux": ("almalinux", None), "amazon-linux": ("amazonlinux", None),
    "fedora": ("fedora", None), "dotnet": ("mcr.microsoft.com/dotnet/sdk", None), "postgresql": ("postgres", None), "mysql": ("mysql", None),
    "mariadb": ("mariadb", None), "mongodb": ("mongo", None), "redis": ("redis", None), "nginx": ("nginx", None),
    "elasticsearch": ("elasticsearch", None), "tomcat": ("tomcat", None), "haproxy": ("haproxy", None), "rabbitmq": ("rabbitmq", None),
    "traefik": ("traefik", None), "perl": ("perl", None), "erlang": ("erlang", None), "elixir": ("elixir", None),
    "oracle-linux": ("oraclelinux", None), "opensuse": ("opensuse/leap", None), "amazon-corretto": ("amazoncorretto", None),
    "azul-zulu": ("azul/zulu-openjdk", None), "kibana": ("kibana", None), "logstash": ("logstash", None), "solr": ("solr", None),
    "nextcloud": ("nextcloud", None), "drupal": ("drupal", None),
}
FORGOTTEN = datetime.date(2015, 1, 1)
MONTH = datetime.timedelta(days=31)


def tag_of(product: str, version: str) -> str:
    """The tag of a version: images of .NET have no tags of one number."""
    return f"{version}.0" if product == "dotnet" and "." not in version else version


def theirs(repo: pathlib.Path, product: str, column: str | None) -> dict[str, datetime.date]:
    """Version to the day on which it ends."""
    text = subprocess.run(["git", "-C", repo, "show", f"HEAD:products/{product}.md"], capture_output=True, text=True, check=True).stdout
    releases = yaml.safe_load(text.split("\n---")[0])["releases"]
    return {tag_of(product, str(release["releaseCycle"])): day for release in releases
            if isinstance(day := release.get(column or "eol"), datetime.date)}


def ours(ctxopt: str, images: list[str]) -> dict[str, datetime.date]:
    """Image to the day that an audit names."""
    with tempfile.TemporaryDirectory() as tmp:
        for number, image in enumerate(images):
            (pathlib.Path(tmp) / f"Dockerfile.{number}").write_text(f"FROM {image}\n")
        done = subprocess.run([ctxopt, "audit", "--no-config", "--no-history", "--today", "2100-01-01", "--format", "json", tmp],
                              capture_output=True, text=True, check=False)
        found = {}
        for finding in json.loads(done.stdout)["findings"]:
            day = re.search(r"since (\d{4}-\d\d-\d\d)", finding["message"])
            if finding["rule"] == "stale-base" and day:
                found[images[int(finding["file"].rsplit(".", 1)[1])]] = datetime.date.fromisoformat(day[1])
        return found


def main() -> int:
    parser = argparse.ArgumentParser(description="Compare end-of-life dates.")
    parser.add_argument("--ctxopt", required=True)
    parser.add_argument("repo", type=pathlib.Path)
    args = parser.parse_args()
    tables = {product: theirs(args.repo, product, column) for product, (_image, column) in PRODUCTS.items()}
    known = ours(args.ctxopt, [f"{PRODUCTS[product][0]}:{version}" for product, table in tables.items() for version in table])
    shown = subprocess.run(["git", "-C", args.repo, "log", "-1", "--format=%h of %cs"], capture_output=True, text=True, check=True).stdout.strip()
    rows = [f"Compared with endoflife-date/endoflife.date {shown}.", "", "| product | versions | same day | same month | forgotten | differ |",
            "| --- | ---: | ---: | ---: | ---: | --- |"]
    wrong = 0
    for product, table in tables.items():
        counts = {"day": 0, "month": 0, "forgotten": 0}
        differ = []
        for version, day in table.items():
            mine = known.get(f"{PRODUCTS[product][0]}:{version}")
            if mine != day and day < FORGOTTEN:
                counts["forgotten"] += 1
            elif mine is None or abs(mine - day) > MONTH:
                differ.append(f"{version}: {day} there, {mine or 'nothing'} here")
            else:
                counts["day" if mine == day else "month"] += 1
        wrong += len(differ)
        rows.append(f"| {product} | {len(table)} | {counts['day']} | {counts['month']} | {counts['forgotten']} | {'; '.join(differ)} |")
    (HERE / "results/eol.md").write_text("\n".join(["# End-of-life dates", "", *rows]) + "\n")
    print(f"eol: {sum(map(len, tables.values()))} versions, {wrong} differ")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
