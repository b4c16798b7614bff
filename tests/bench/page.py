"""The tables of manual/benchmarks.md, from what was measured: `make documents` fills them in, a test compares."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby

from tests.bench import figures
from tests.bench.growth import points
from tests.bench.growth.points import TITLES, Point
from tests.bench.spent import memory_of


def ratios() -> str:
    """One table for each comparison."""
    return "\n".join(
        _comparison(title, [*rows])
        for title, rows in groupby(figures.read(), lambda each: each["comparison"])
    )


def _comparison(title: str, rows: list[dict[str, str]]) -> str:
    inputs = int(rows[0]["inputs"])
    counted = f", for each of {inputs:,}" if inputs > 1 else ""
    lines = [
        f"**{title}**{counted}\n",
        "| run | time | of processors | largest process | ratio | has to be |",
        "|---|--:|--:|--:|--:|---|",
    ]
    first = float(rows[0]["milliseconds"])
    for row in rows:
        ratio = float(row["milliseconds"]) / first
        cells = (
            row["run"],
            _time(float(row["milliseconds"]) / 1000),
            _time(float(row["processor"]) / 1000),
            memory_of(int(row["bytes"])),
            f"{ratio:.2g}",
            ", ".join(_bounds(row, ratio)),
        )
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join((*lines, ""))


def _bounds(row: dict[str, str], ratio: float) -> Iterator[str]:
    """What the run has to keep; that it did not is said."""
    if row["bound"]:
        yield _said(f"at most {float(row['bound']):g}", ratio <= float(row["bound"]))
    if row["least"]:
        yield _said(f"at least {float(row['least']):g}", ratio >= float(row["least"]))
    if row["most"]:
        most = float(row["most"])
        yield _said(f"at most {_time(most / 1000)} of processors", float(row["processor"]) <= most)


def _said(words: str, kept: bool) -> str:
    return words if kept else f"{words}: **not kept**"


def _time(seconds: float) -> str:
    """Two digits, as the rest is noise."""
    return f"{float(f'{seconds:.2g}'):g} s" if seconds >= 1 else f"{float(f'{seconds * 1000:.2g}'):g} ms"


def growth() -> str:
    """A table for each curve: sizes as columns, what each series took there."""
    return "\n".join(
        _curve(name, [*found]) for name, found in groupby(points.read(), lambda each: each.curve)
    )


def _curve(name: str, found: list[Point]) -> str:
    title, counted = TITLES[name]
    sizes = sorted({each.size for each in found})
    lines = [
        f"**{title}**: {counted}\n",
        f"| run | {' | '.join(f'{size:,}' for size in sizes)} | largest process |",
        f"|---|{'--:|' * len(sizes)}--:|",
    ]
    ends = []
    for series in dict.fromkeys(each.series for each in found):
        own = {each.size: each for each in found if each.series == series}
        cells = [_cell(own[size]) if size in own else "" for size in sizes]
        most = max((each.memory or 0 for each in own.values()), default=0)
        lines.append(f"| {series} | {' | '.join(cells)} | {memory_of(most)} |")
        ends += [
            f"* {series}, {each.size:,}: {each.end}" for each in own.values() if each.end and not each.seconds
        ]
    return "\n".join((*lines, "", *ends, *([""] if ends else [])))


def _cell(point: Point) -> str:
    return "-" if point.seconds is None else _time(point.seconds)
