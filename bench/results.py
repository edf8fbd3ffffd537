"""Faces of the results: one JSON file with everything, one markdown table, one SVG plot."""

import html
import json
import math
import pathlib
import statistics

from harness import Row, show_ratio, show_seconds

# The plot, in pixels
LEFT, WIDTH, RIGHT = 400, 430, 130
BAR, GAP, HEAD = 15, 5, 30
TOP = 46


def write(directory: pathlib.Path, head: dict, rows: list[Row]) -> None:
    """Write all three."""
    directory.mkdir(parents=True, exist_ok=True)
    raw = {**head, "rows": [{key: value for key, value in vars(row).items() if value not in (None, "", [])} for row in rows]}
    (directory / "raw.json").write_text(json.dumps(raw, indent=1) + "\n", encoding="utf-8")
    (directory / "results.md").write_text(markdown(head, rows), encoding="utf-8")
    (directory / "results.svg").write_text(svg(head, rows), encoding="utf-8")


# Markdown


def markdown(head: dict, rows: list[Row]) -> str:
    """The table, and what one must know to read it."""
    lines = [f"# Benchmarks, {head['date']}", ""]
    if head["quick"]:
        lines += ["A quick run on small inputs: it shows that the benchmarks work, not how fast anything is.", ""]
    lines += [f"{name}: {text}  " for name, text in head["machine"].items()]
    lines += ["", "Versions: " + ", ".join(f"{name} {version}" for name, version in head["versions"].items()), ""]
    lines += [f"Warm page cache, {head['runs']} runs each unless a row says less, taking turns after a warm-up. *measured* is "
              "the median over the rounds of the time relative to ctxopt's in the same round (more than 1x: ctxopt is faster).", ""]
    memory = any(row.memory for row in rows)
    if memory:
        lines += ["*memory* is the peak resident memory: what is the program's own + what it maps of files (packs of git above all).", ""]
    lines += ["| work | what | runs | minimum | median |" + " memory |" * memory + " measured | target | met |",
              "| --- | --- | ---: | ---: | ---: |" + " ---: |" * memory + " ---: | --- | --- |"]
    before = None
    for row in rows:
        work = "" if row.work == before else row.work
        before = row.work
        times = ["", "", ""]
        if row.seconds:
            times = [str(len(row.seconds)), show_seconds(min(row.seconds)), show_seconds(statistics.median(row.seconds))]
        met = "" if row.met is None or head["quick"] else "yes" if row.met else "**no**"
        cells = [work, row.what.replace("|", "\\|"), *times, *([row.memory] if memory else []), row.measured, row.target, met]
        lines.append("| " + " | ".join(cells) + " |")
    if head["notes"]:
        lines += ["", *(f"- {note}" for note in head["notes"])]
    return "\n".join(lines) + "\n"


# SVG


#: Parts in the plot
DRAWN = ("list", "real", "match", "parse", "hash", "history", "predict")


def svg(head: dict, rows: list[Row]) -> str:
    """Bars of time relative to ctxopt on a logarithmic scale; readable on light and on dark ground."""
    groups: dict[str, list[Row]] = {}
    for row in rows:
        if row.relative is not None and row.part in DRAWN and "by number of patterns" not in row.work:
            groups.setdefault(row.work, []).append(row)
    shown = [row.relative for group in groups.values() for row in group] or [1.0]
    low, high = math.floor(math.log10(min(shown))), max(1, math.ceil(math.log10(max(shown))))

    def x(relative: float) -> float:
        return LEFT + WIDTH * (math.log10(relative) - low) / (high - low)

    parts, y = [], TOP
    for work, group in groups.items():
        y += HEAD
        parts.append(text(12, y - 8, work, "work"))
        for row in group:
            parts += bar(row, x, y)
            y += BAR + GAP
    grid = []
    steps = (1, 2, 5) if high - low <= 2 else (1,)
    for relative in [step * 10.0**power for power in range(low, high) for step in steps] + [10.0**high]:
        at = x(relative)
        grid.append(f'<line class="{"one" if relative == 1 else "grid"}" x1="{at:.1f}" x2="{at:.1f}" y1="{TOP}" y2="{y}"/>')
        grid.append(text(at, TOP - 6, f"{relative:g}x", "axis", "middle"))
    title = f"Time relative to ctxopt, {head['date']}" + (" (quick run, no claims)" if head["quick"] else "")
    size = (LEFT + WIDTH + RIGHT, y + 12)
    return "\n".join([
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{size[0]}" height="{size[1]}" viewBox="0 0 {size[0]} {size[1]}" role="img">',
        f"<title>{html.escape(title)}</title>", STYLE, text(12, 20, title, "title"), text(12, 36, "longer is slower", "axis"),
        *grid, *parts, "</svg>", ""])


#: Greys of middle brightness where no scheme is known; both schemes refine them
STYLE = """<style>
text { font: 12px sans-serif; fill: #777 }
.title, .work { font-weight: 600; fill: #777 } .title { font-size: 15px } .axis { font-size: 11px }
.grid { stroke: #888; stroke-opacity: .25 } .one { stroke: #888; stroke-opacity: .9 }
.ours { fill: #2a9d6f } .peer { fill: #8a8fa3 } .missed { fill: #d1783c }
@media (prefers-color-scheme: light) { text, .title, .work { fill: #333 } }
@media (prefers-color-scheme: dark) { text, .title, .work { fill: #ccc } }
</style>"""


def bar(row: Row, x, y: float) -> list[str]:
    """One contender: from 1x to its ratio; ctxopt itself is a mark at 1x."""
    start, end = sorted((x(1.0), x(row.relative)))
    kind = "ours" if row.measured == "1x" else "missed" if row.met is False else "peer"
    start, end = (start - 2, start + 2) if kind == "ours" else (start, max(end, start + 1))
    label = row.what if len(row.what) <= 56 else row.what[:55] + "\u2026"
    value = f"{show_seconds(statistics.median(row.seconds))}" + ("" if kind == "ours" else f", {show_ratio(row.relative)}")
    return [text(LEFT - 8, y + BAR - 3, label, "label", "end"),
            f'<rect class="{kind}" x="{start:.1f}" y="{y}" width="{end - start:.1f}" height="{BAR}" rx="2"/>',
            text(end + 5, y + BAR - 3, value, "value")]


def text(x: float, y: float, words: str, kind: str, anchor: str = "start") -> str:
    """A text element."""
    return f'<text class="{kind}" x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{html.escape(words)}</text>'
