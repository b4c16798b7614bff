"""What is drawn of an address space, as values: columns of blocks, and what is wrong with them, by configuration.

One value for headers, changes, boards and guests. Renderers only draw it; `view` says what one configuration has.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from verifier.layout.box import Box
from verifier.layout.configuration import Configuration

LEAST = 64 << 20
"""Bytes of the smallest extended region (b6fe410936, libxl_arm.c `EXT_REGION_MIN_SIZE`)."""
SUPERPAGE = 2 << 20
"""Extended regions begin at multiples of it (libxl_arm.c `finalize_hypervisor_node`, ALIGN_UP_TO_2MB)."""
ALWAYS = (Box(),)


@dataclass(frozen=True, slots=True)
class Control:
    """A dimension that the reader can choose in; values as in the conditions, memory in bytes."""

    name: str
    label: str
    value: int
    """At first."""
    choices: tuple[tuple[int, str], ...] = ()
    """Value and words of each; empty for a count."""
    low: int = 0
    high: int = 0
    """Bounds of a count, inclusive."""
    unit: int = 1
    """Of memory: bytes of a page."""
    stops: tuple[int, ...] = ()
    """Of a slider over sizes: where something changes, ascending; it stops there and at powers of two."""


@dataclass(frozen=True, slots=True)
class Limit:
    """Where dimension `given` has `value`, Xen builds `bounded` up to `most` only."""

    given: str
    value: int
    bounded: str
    most: int


@dataclass(frozen=True, slots=True)
class Column:
    """Blocks that stand beneath each other, on the scale that all columns share."""

    title: str
    note: str = ""
    limits: tuple[Limit, ...] = ()
    has: tuple[Box, ...] = ALWAYS
    """The configurations that there are on this side, in any of these: an older release has fewer widths."""


@dataclass(frozen=True, slots=True)
class Fill:
    """How a block follows memory: of a RAM window that is filled once `before` bytes lie in others."""

    start: int
    size: int
    before: int
    is_rest: bool = False
    """The block is what memory leaves of it, from the next superpage of the window on; else what memory uses."""

    def used(self, memory: int) -> int:
        """Bytes of the window that hold memory."""
        return min(max(memory - self.before, 0), self.size)


@dataclass(frozen=True, slots=True)
class Block:
    """Something that has addresses `[start, end)`, in bytes; with `fill` these are the most that it can have."""

    name: str
    kind: str
    start: int
    end: int
    column: int = 0
    origin: str = ""
    when: tuple[Box, ...] = ALWAYS
    """It is there in the configurations of any of these."""
    presence: str = ""
    """The same in words; empty if always."""
    constraint: str = ""
    """What must hold of it, and whether it does."""
    fill: Fill | None = None
    change: str = ""
    """In a comparison: `new`, `gone` or `moved`."""

    def extent(self, chosen: Configuration | None) -> tuple[int, int] | None:
        """Where it is in a configuration; None if it is not there. Without one: in the overview of all."""
        if chosen is None:
            return None if self.fill is not None and self.fill.is_rest else (self.start, self.end)
        if not any(box.holds(chosen) for box in self.when):
            return None
        if self.fill is None:
            return self.start, self.end
        used = self.fill.used(chosen["memory"])
        if not self.fill.is_rest:
            return (self.start, self.start + used) if used else None
        start = max(self.start, self.fill.start - (-used // SUPERPAGE) * SUPERPAGE)
        end = min(self.end, 1 << chosen["ipa_bits"])
        return (start, end) if end - start >= LEAST else None


@dataclass(frozen=True, slots=True)
class Mark:
    """Where a conflict is: what `blocks` (indices) share, between `low` and `high`."""

    blocks: tuple[int, ...]
    low: int
    high: int
    beyond: bool = False
    """Not from `low` on but from the end of the address space on, where a width is chosen."""


@dataclass(frozen=True, slots=True)
class Conflict:
    """A finding that is not proved: it is on in the configurations of its regimes, and nowhere else."""

    property: str
    verdict: str
    """`refuted`, `waived` or `unknown`."""
    kind: str
    """What a label begins with: `overlap of`, `beyond the end by`."""
    names: str
    message: str
    when: tuple[Box, ...]
    words: tuple[str, ...]
    """The regimes in words."""
    exact: bool
    """Whether the regimes are all configurations in which it fails."""
    marks: tuple[Mark, ...]
    columns: tuple[int, ...] = (0,)
    """From the first of these to the last it is drawn."""
    help: str = ""
    example: Configuration | None = None
    """Values for the controls that show it."""


@dataclass(frozen=True, slots=True)
class Remark:
    """What is to be known of the drawing: what is open, chosen or not drawn."""

    text: str
    when: tuple[Box, ...] = ALWAYS


@dataclass(frozen=True, slots=True)
class Chart:
    """One drawing."""

    title: str
    headline: str
    """One sentence, with the verdict."""
    verdict: str
    columns: tuple[Column, ...]
    blocks: tuple[Block, ...]
    conflicts: tuple[Conflict, ...]
    controls: tuple[Control, ...]
    widths: tuple[int, ...]
    """IPA widths, ascending."""
    has_overview: bool
    """Whether all configurations can be seen at once; else the first is that of the controls."""
    is_apart: bool = False
    """Whether it is decided of every two blocks if they overlap when present together, and so told by the conflicts."""
    remarks: tuple[Remark, ...] = ()

    @property
    def first(self) -> Configuration | None:
        """What is drawn first: the overview, None, or what the controls say."""
        return None if self.has_overview else {each.name: each.value for each in self.controls}


@dataclass(frozen=True, slots=True)
class Placed:
    """A block of a view, in the lane that keeps it apart from others of its column."""

    index: int
    start: int
    end: int
    lane: int = 0
    lanes: int = 1
    """Of the group of blocks that overlap each other, directly or through others."""


@dataclass(frozen=True, slots=True)
class View:
    """What one configuration has, or the overview of all."""

    chosen: Configuration | None
    placed: tuple[Placed, ...]
    """By address."""
    marks: tuple[tuple[int, int, int], ...]
    """Index of the conflict, start and end, by address."""
    on: tuple[int, ...]
    """Indices of the conflicts that are on, those without a place as well."""
    ends: tuple[int, ...]
    """Widths whose ends are drawn."""


def within(column: Column, chosen: Configuration) -> Configuration | None:
    """What Xen builds of a choice on this side: counts cut to what goes; None if there is no such guest."""
    found = dict(chosen)
    for limit in column.limits:
        if found.get(limit.given) == limit.value and found.get(limit.bounded, 0) > limit.most:
            found[limit.bounded] = limit.most
    return found if any(box.holds(found) for box in column.has) else None


def view(chart: Chart, chosen: Configuration | None) -> View:
    """What is to be drawn of a configuration; of the overview for None."""
    sides = [None if chosen is None else within(each, chosen) for each in chart.columns]
    there = [chosen is None or side is not None for side in sides]
    extents = [each.extent(sides[each.column]) if there[each.column] else None for each in chart.blocks]
    on = tuple(
        index
        for index, each in enumerate(chart.conflicts)
        if there[column := each.columns[-1]] and _is_on(each, sides[column])
    )
    marks = [
        (index, *extent)
        for index in on
        for mark in chart.conflicts[index].marks
        if (extent := _marked(mark, extents, sides[chart.conflicts[index].columns[-1]])) is not None
    ]
    ends = chart.widths if chosen is None else (chosen["ipa_bits"],)
    return View(
        chosen, tuple(_in_lanes(chart, extents)), tuple(sorted(marks, key=lambda each: each[1:])), on, ends
    )


def _is_on(conflict: Conflict, side: Configuration | None) -> bool:
    return side is None or any(box.holds(side) for box in conflict.when)


def _marked(
    mark: Mark, extents: list[tuple[int, int] | None], side: Configuration | None
) -> tuple[int, int] | None:
    """The addresses of a mark; None if it has none."""
    low = 1 << side["ipa_bits"] if mark.beyond and side is not None else mark.low
    start, end = low, mark.high
    for index in mark.blocks:
        extent = extents[index]
        if extent is None:
            return None
        start, end = max(start, extent[0]), min(end, extent[1])
    return (start, end) if start < end else None


def _in_lanes(chart: Chart, extents: list[tuple[int, int] | None]) -> Iterator[Placed]:
    """By column and address: each block in the first lane that is free."""
    found = [Placed(index, *each) for index, each in enumerate(extents) if each is not None]
    found.sort(key=lambda each: (chart.blocks[each.index].column, each.start, -each.end, each.index))
    result: list[Placed] = []
    for column in range(len(chart.columns)):
        own = [each for each in found if chart.blocks[each.index].column == column]
        result += _laned(own)
    return iter(sorted(result, key=lambda each: (each.start, -each.end, each.index)))


def _laned(placed: Iterable[Placed]) -> Iterator[Placed]:
    group: list[Placed] = []
    ends: list[int] = []
    for each in placed:
        if ends and each.start >= max(ends):
            yield from (replace(one, lanes=len(ends)) for one in group)
            group, ends = [], []
        lane = next((index for index, end in enumerate(ends) if end <= each.start), len(ends))
        ends[lane : lane + 1] = [each.end]
        group.append(replace(each, lane=lane))
    yield from (replace(one, lanes=len(ends)) for one in group)
