"""Points of curves, measured until a series takes too long, and kept in manual/benchmarks/growth.csv."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from tests.bench.figures import FOLDER
from tests.bench.frame import median
from tests.bench.spent import Spent, TooLongError

FILE = FOLDER / "growth.csv"
COLUMNS = ("curve", "series", "size", "seconds", "bytes", "end")
TITLES = {
    "entries": ("Host tree", "entries of reg"),
    "regions": ("Header", "regions"),
    "placing": ("Three new regions placed", "fixed regions"),
    "boards": ("Many boards in one sweep", "boards"),
    "iomem": ("Guest of xl", "entries of iomem"),
}
"""Of each curve: what the input is, and what of it is counted."""
LIMIT = 60.0
"""Seconds after which a run is stopped."""
ENOUGH = 30.0
"""Seconds of a run after which a series of another program gets no larger input."""
_SHORT, _ROUNDS = 3.0, 3
"""Below so many seconds a run is made so often, and the median counts."""


@dataclass(frozen=True, slots=True)
class Series:
    """One program on inputs of growing size."""

    name: str
    prepare: Callable[[int], Callable[[], Spent]] | None
    """From a size: makes the input, and gives what is measured; None where the program is not installed."""
    enough: float = ENOUGH
    """Seconds of a run after which it gets no larger input."""


@dataclass(frozen=True, slots=True)
class Curve:
    """Series on the same inputs."""

    name: str
    """One of `TITLES`."""
    sizes: Sequence[int]
    series: Sequence[Series]


@dataclass(frozen=True, slots=True)
class Point:
    """One size of one series."""

    curve: str
    series: str
    size: int
    seconds: float | None
    """None where the run came to no end, or was refused."""
    memory: int | None
    end: str = ""
    """Why the series has no larger size."""


def measured(curve: Curve) -> Iterator[Point]:
    """Sizes ascending, at each size all series in turn, until each has ended; what is not installed has no point."""
    alive = [(each, each.prepare) for each in curve.series if each.prepare is not None]
    for size in curve.sizes:
        for series, prepare in list(alive):
            point = _point(curve.name, series, size, prepare(size))
            if point.end:
                alive.remove((series, prepare))
            yield point


def _point(curve: str, series: Series, size: int, measure: Callable[[], Spent]) -> Point:
    found = list[Spent]()
    try:
        while len(found) < _ROUNDS:
            found.append(measure())
            if found[-1].seconds > _SHORT:
                break
    except TooLongError as fault:
        return Point(curve, series.name, size, None, None, str(fault))
    except RuntimeError as fault:
        return Point(curve, series.name, size, None, None, _reason(fault))
    told = median(found)
    end = f"more than {series.enough:g} s" if told.seconds > series.enough else ""
    return Point(curve, series.name, size, told.seconds, told.memory or None, end)


def _reason(fault: RuntimeError) -> str:
    """The last line that was printed, without the name of the input, which is another each time."""
    return f"refused: {str(fault).splitlines()[-1].partition('error: ')[2]}"


def keep(found: Mapping[str, Sequence[Point]]) -> None:
    """By curve, in the order of the titles; those of the others stay."""
    known = read()
    with FILE.open("w", encoding="utf-8", newline="") as file:
        table = csv.writer(file, lineterminator="\n")
        table.writerow(COLUMNS)
        for curve in TITLES:
            own = [each for each in known if each.curve == curve]
            table.writerows(_row(point) for point in found.get(curve, own))


def _row(point: Point) -> tuple[str, ...]:
    seconds = "" if point.seconds is None else f"{point.seconds:.3g}"
    memory = "" if point.memory is None else str(point.memory)
    return point.curve, point.series, str(point.size), seconds, memory, point.end


def read() -> list[Point]:
    """All that are kept, in their order."""
    if not FILE.is_file():
        return []
    with FILE.open(encoding="utf-8", newline="") as file:
        return [
            Point(
                row["curve"],
                row["series"],
                int(row["size"]),
                float(row["seconds"]) if row["seconds"] else None,
                int(row["bytes"]) if row["bytes"] else None,
                row["end"],
            )
            for row in csv.DictReader(file)
        ]
