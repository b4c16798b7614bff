"""A view of a chart as shapes with places in pixels; `pages/chart.js` makes the same of other configurations."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from verifier.layout import units
from verifier.layout.chart import Block, Chart, Conflict, View
from verifier.reports.chart_scale import Scale, by_edges, linear

AXIS = 208
"""Pixels left of the columns: addresses and sizes."""
GAP = 14
TOP = 34
"""Pixels above address 0: the titles of columns."""
NOTES = 316
"""Pixels right of the columns: what is wrong."""
NOTE = 64
"""Pixels of the height of what is said there of one conflict."""
_NOTE_STEP, _NOTE_LINES = NOTE + 6, 4
_CHARACTER = 6.7
"""Pixels of a character of a label: they are set in a font of one width, 11 pixels high."""
_LINE = 12.0
"""Pixels between two addresses that can both be read."""
GROUPS = {
    "ram": "ram", "domain-ram": "ram", "window": "ram",
    "memory": "memory", "disabled-memory": "reserved", "reserved-memory": "reserved", "memreserve": "reserved",
    "extended": "offered", "logged": "logged", "shared-memory": "reserved",
    "grant": "grant", "grant-region": "grant", "magic": "grant",
    "pci": "pci", "pci-window": "pci",
    "lost": "lost", "dropped": "lost",
}  # fmt: skip
"""Kinds to the groups that have a colour; `device` for all others."""


@dataclass(frozen=True, slots=True)
class Rect:
    """A block, free space, or the hatching over a conflict."""

    group: str
    x: float
    y: float
    width: float
    height: float
    lines: tuple[str, ...]
    """As much as has room; none if nothing has."""
    index: int
    """Of the block or conflict; -1 of free space."""
    says: str
    """What a reader of the screen, or a pointer, is told."""


@dataclass(frozen=True, slots=True)
class Note:
    """What is wrong, beside the columns, with a line to where it is."""

    index: int
    y: float
    of: float
    """Where the line begins."""
    lines: tuple[str, ...]
    verdict: str
    says: str


@dataclass(frozen=True, slots=True)
class Shapes:
    """All that is drawn."""

    width: float
    height: float
    titles: tuple[tuple[float, str, str], ...]
    """Place, title and note of each column."""
    ticks: tuple[tuple[float, str], ...]
    sizes: tuple[tuple[float, str], ...]
    ends: tuple[tuple[float, str], ...]
    """The ends of address spaces."""
    free: tuple[Rect, ...]
    blocks: tuple[Rect, ...]
    marks: tuple[Rect, ...]
    notes: tuple[Note, ...]


def shapes(chart: Chart, view: View, *, is_linear: bool = False) -> Shapes:
    """Everything of a view, by address."""
    scale = scale_of(view, is_linear=is_linear)
    wide = column_width(chart)
    right = AXIS + len(chart.columns) * (wide + GAP) - GAP
    blocks = tuple(_blocks(chart, view, scale, wide))
    marks = tuple(_marks(chart, view, scale, wide))
    notes = tuple(_notes(chart, view, marks))
    last = max([scale.height, *(each.y + NOTE for each in notes)])
    return Shapes(
        right + GAP + (NOTES if chart.conflicts else 90),
        TOP + last + 24,
        tuple((_x(index, wide), each.title, each.note) for index, each in enumerate(chart.columns)),
        tuple(_ticks(scale)),
        tuple(_sizes(scale)),
        tuple(_ends(view, scale)),
        tuple(_free(view, scale, right - AXIS)),
        blocks,
        marks,
        notes,
    )


def column_width(chart: Chart) -> float:
    """Pixels."""
    return 420.0 if len(chart.columns) == 1 else 330.0


def scale_of(view: View, *, is_linear: bool = False) -> Scale:
    """On the edges of all that is drawn, and address 0; a linear one as far as anything lies, and not longer."""
    used = [edge for each in view.placed for edge in (each.start, each.end)]
    used += [edge for _, start, end in view.marks for edge in (start, end)]
    ends = [1 << bits for bits in view.ends]
    scale = by_edges([0, *used, *ends])
    if not is_linear:
        return scale
    last = max([1, *used])
    last = min((end for end in ends if end >= last), default=last)
    return linear([each for each in scale.edges if each <= last] + [last], scale.height)


def _x(column: int, wide: float) -> float:
    return AXIS + column * (wide + GAP)


def _ticks(scale: Scale) -> Iterator[tuple[float, str]]:
    """The address at each edge that has room for it."""
    last = -_LINE
    for edge, top in zip(scale.edges, scale.tops, strict=True):
        if top - last >= _LINE:
            last = top
            yield top, units.hexa(edge)


def _sizes(scale: Scale) -> Iterator[tuple[float, str]]:
    for (start, end), (top, bottom) in zip(pairwise(scale.edges), pairwise(scale.tops), strict=True):
        if bottom - top >= _LINE:
            yield (top + bottom) / 2, units.size(end - start)


def _ends(view: View, scale: Scale) -> Iterator[tuple[float, str]]:
    for bits in view.ends:
        if 1 << bits <= scale.edges[-1]:
            yield scale.y(1 << bits), f"end of {bits}-bit addresses ({units.size(1 << bits)})"


def _free(view: View, scale: Scale, wide: float) -> Iterator[Rect]:
    """Stretches that no block of any column covers, below the end of the space."""
    top = 1 << view.ends[-1]
    for first, last in gaps([(each.start, each.end) for each in view.placed], min(top, scale.edges[-1])):
        cuts = [first, *(edge for edge in scale.edges if first < edge < last), last]
        for start, end in pairwise(cuts):
            y, height = scale.y(start), scale.y(end) - scale.y(start)
            size = units.size(end - start)
            says = f"free {units.span(start, end)}, {size}"
            yield Rect("free", AXIS, y, wide, height, (f"free, {size}",) if height >= _LINE else (), -1, says)


def gaps(extents: Sequence[tuple[int, int]], top: int) -> Iterator[tuple[int, int]]:
    """What lies between extents by address, from zero to `top`."""
    last = 0
    for start, end in (*sorted(extents), (top, top)):
        if min(start, top) > last:
            yield last, min(start, top)
        last = max(last, end)


def _blocks(chart: Chart, view: View, scale: Scale, wide: float) -> Iterator[Rect]:
    for each in view.placed:
        block = chart.blocks[each.index]
        own = wide / each.lanes
        x, y = _x(block.column, wide) + each.lane * own, scale.y(each.start)
        height = max(1.5, scale.y(each.end) - y)
        more = units.size(each.end - each.start)
        if block.presence and view.chosen is None:
            more += f" ({block.presence})"
        if block.change:
            more += f", {block.change}"
        lines = labels(block.name, more, own, height)
        yield Rect(group(block), x, y, own, height, lines, each.index, spoken(block, each.start, each.end))


def labels(name: str, more: str, room: float, height: float) -> tuple[str, ...]:
    """A name, and more of it: on one line, on two, or as much of the name as has room."""
    most = int((room - 10) / _CHARACTER)
    if height < _LINE or most < 4:
        return ()
    if len(name) + 2 + len(more) <= most:
        return (f"{name}, {more}",)
    short = clipped(name, most)
    return (short, clipped(more, most)) if height >= 2.3 * _LINE else (short,)


def group(block: Block) -> str:
    """The group of its kind, and how it changed."""
    found = GROUPS.get(block.kind, "device")
    return f"{found} {block.change}" if block.change else found


def spoken(block: Block, start: int, end: int) -> str:
    """`GUEST_RAM0 [0x40000000, 0x100000000), 3 GiB, with vPCI`."""
    more = f", {block.presence}" if block.presence else ""
    return f"{block.name} {units.span(start, end)}, {units.size(end - start)}{more}"


def clipped(text: str, most: int) -> str:
    """The text, without its end if it has more characters."""
    return text if len(text) <= most else f"{text[: most - 1]}\u2026"


def _marks(chart: Chart, view: View, scale: Scale, wide: float) -> Iterator[Rect]:
    for index, start, end in view.marks:
        conflict = chart.conflicts[index]
        x = _x(conflict.columns[0], wide)
        width = _x(conflict.columns[-1], wide) + wide - x
        y = scale.y(start)
        says = f"{what(conflict, end - start)}, {units.span(start, end)}: {conflict.names}"
        height = max(3.0, scale.y(end) - y)
        yield Rect(conflict.verdict, x, y, width, height, (what(conflict, end - start),), index, says)


def what(conflict: Conflict, size: int) -> str:
    """`overlap of 8 GiB`."""
    return f"{conflict.kind} {units.size(size)}"


def _notes(chart: Chart, view: View, marks: Sequence[Rect]) -> Iterator[Note]:
    """One for each conflict, at its first mark; they give way downwards."""
    free, told = 0.0, set[int]()
    most = int((NOTES - 26) / _CHARACTER)
    for each in marks:
        if each.index in told:
            continue
        told.add(each.index)
        conflict = chart.conflicts[each.index]
        of = each.y + each.height / 2
        y = max(free, of - NOTE / 2)
        free = y + _NOTE_STEP
        sign = {"refuted": "\u2716", "waived": "\u2713 accepted:"}.get(conflict.verdict, "?")
        lines = [clipped(f"{sign} {each.lines[0]}", most), *who(conflict)]
        lines += whence(conflict) if view.chosen is None else [f"{conflict.property}, as chosen"]
        yield Note(each.index, y, of, tuple(lines), conflict.verdict, conflict.message)


def who(conflict: Conflict) -> list[str]:
    """The parties, on two lines at most."""
    return _wrapped(conflict.names, 2)


def whence(conflict: Conflict) -> list[str]:
    """The regimes in words, on the lines that are left."""
    return _wrapped(f"when {'; '.join(conflict.words)}", _NOTE_LINES - 1 - len(who(conflict)))


def _wrapped(text: str, most: int) -> list[str]:
    width = int((NOTES - 26) / _CHARACTER)
    lines = textwrap.wrap(text, width)
    return lines if len(lines) <= most else [*lines[: most - 1], f"{lines[most - 1][: width - 1]}\u2026"]
