"""The picture of the rooms of `verifier/`, drawn from what their modules import."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from itertools import permutations, product

from tests.test_architecture import ALLOWED, PACKAGE, imports, modules

WIDTH, ROW, BOX, TALL = 800, 96, 140, 48
"""Pixels: of the picture, from one row to the next, and of a box."""
Places = Mapping[str, tuple[float, float]]
"""The middle of each room's box."""


HOLDS = {
    "layout": "values, frozen",
    "reading": "bytes to layout",
    "logic": "formulas, solvers",
    "rules": "what must hold",
    "xen": "what Xen does",
    "machine": "the machine booted",
    "theorems": "what is proved of Xen",
    "search": "repairs, room, limits",
    "writing": "back into C",
    "reports": "findings to bytes",
    "commands": "the command line",
}
"""Each room in three words or so."""


@dataclass(frozen=True, slots=True)
class Room:
    """A folder of the package."""

    name: str
    imports: tuple[str, ...]
    """Other rooms that its modules import, in the order of the table of what is allowed."""


@cache
def rooms() -> tuple[Room, ...]:
    """All rooms as they are."""
    return tuple(_room(name) for name in ALLOWED)


def _room(name: str) -> Room:
    own = [path for path in modules() if path.relative_to(PACKAGE).parts[0] == name]
    used = {
        module.split(".")[1] for path in own for module, _ in imports(path) if module.startswith("verifier.")
    }
    return Room(name, tuple(each for each in ALLOWED if each in used - {name}))


def picture() -> str:
    """An SVG: who imports is above; an arrow that follows from others is left out."""
    rows, edges = _rows(), _least()
    places = _best(rows, edges)
    height = ROW * len(rows)
    arrows = "".join(_arrow(places[one], places[other]) for one, other in edges)
    boxes = "".join(_box(room, places[room.name]) for room in rooms())
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img" '
        f'font-family="sans-serif" text-anchor="middle">\n<title>The rooms of verifier/ and what they import</title>\n'
        '<defs><marker id="head" markerWidth="9" markerHeight="8" refX="8" refY="4" orient="auto">'
        '<path d="M0,0 L9,4 L0,8 z" fill="#557"/></marker></defs>\n'
        f'<rect width="{WIDTH}" height="{height}" rx="8" fill="#fbfbfd"/>\n{arrows}{boxes}</svg>\n'
    )


def _importers(name: str) -> list[str]:
    return [each.name for each in rooms() if name in each.imports]


@cache
def _depth(name: str) -> int:
    """Rows from the top: each room is one row below the lowest of those that import it."""
    return max((_depth(each) + 1 for each in _importers(name)), default=0)


def _rows() -> list[list[str]]:
    """The top first."""
    depths = {each.name: _depth(each.name) for each in rooms()}
    return [
        sorted(name for name, at in depths.items() if at == row) for row in range(max(depths.values()) + 1)
    ]


def _least() -> list[tuple[str, str]]:
    """Who imports whom, without what follows: the lower room is imported by another that the upper one imports."""
    return sorted(
        (name, each.name)
        for each in rooms()
        for name in _importers(each.name)
        if not any(name in _importers(other) for other in _importers(each.name))
    )


def _best(rows: list[list[str]], edges: list[tuple[str, str]]) -> Places:
    """The order in each row with the fewest arrows over boxes, then over each other, then the shortest."""
    orders = product(*(permutations(row) for row in rows))
    return min((_places(order) for order in orders), key=lambda places: _cost(places, edges))


def _places(rows: tuple[tuple[str, ...], ...]) -> Places:
    return {
        name: (WIDTH * (at + 0.5) / len(row), ROW * (down + 0.5))
        for down, row in enumerate(rows)
        for at, name in enumerate(row)
    }


def _cost(places: Places, edges: list[tuple[str, str]]) -> tuple[int, int, float]:
    lines = [(places[one], places[other]) for one, other in edges]
    covered = sum(_covers(line, place) for line in lines for place in places.values())
    crossed = sum(_cross(*one, *other) for at, one in enumerate(lines) for other in lines[:at])
    return covered, crossed, sum(abs(start[0] - end[0]) for start, end in lines)


def _covers(line: tuple[tuple[float, float], tuple[float, float]], place: tuple[float, float]) -> bool:
    """Whether a line runs over a box that it neither begins nor ends at."""
    (x, y), (to_x, to_y) = line
    if not y < place[1] < to_y:
        return False
    edges = (place[1] - TALL / 2, place[1], place[1] + TALL / 2)
    return any(abs(x + (to_x - x) * (each - y) / (to_y - y) - place[0]) < BOX / 2 + 8 for each in edges)


def _cross(
    a: tuple[float, float], b: tuple[float, float], c: tuple[float, float], d: tuple[float, float]
) -> bool:
    """Whether the lines from a to b and from c to d meet between their ends."""

    def side(p: tuple[float, float], q: tuple[float, float], r: tuple[float, float]) -> float:
        return (q[0] - p[0]) * (r[1] - p[1]) - (q[1] - p[1]) * (r[0] - p[0])

    return side(a, b, c) * side(a, b, d) < 0 and side(c, d, a) * side(c, d, b) < 0


def _arrow(start: tuple[float, float], end: tuple[float, float]) -> str:
    """From the lower edge of one box to the upper edge of the other, as straight as the middles lie."""
    return (
        f'<line x1="{start[0]:.0f}" y1="{start[1] + TALL / 2:.0f}" x2="{end[0]:.0f}" y2="{end[1] - TALL / 2:.0f}" '
        'stroke="#557" stroke-width="1.3" marker-end="url(#head)"/>\n'
    )


def _box(room: Room, place: tuple[float, float]) -> str:
    x, y = place
    return (
        f'<rect x="{x - BOX / 2:.0f}" y="{y - TALL / 2:.0f}" width="{BOX}" height="{TALL}" rx="6" fill="#e8ecf6" '
        f'stroke="#557"/>\n<text x="{x:.0f}" y="{y - 3:.0f}" font-size="15" fill="#223">{room.name}</text>\n'
        f'<text x="{x:.0f}" y="{y + 15:.0f}" font-size="11" fill="#556">{HOLDS[room.name]}</text>\n'
    )


def table() -> str:
    """What each room imports."""
    rows = (f"| `{each.name}/` | {HOLDS[each.name]} | {_links(each)} |" for each in reversed(rooms()))
    return "\n".join(("| room | holds | imports |", "|---|---|---|", *rows, ""))


def _links(room: Room) -> str:
    return ", ".join(f"`{each}`" for each in room.imports) or "the standard library alone"
