"""The largest free stretches of every release, counted again: cell by cell where it is small, edge by edge else."""

from __future__ import annotations

from itertools import product

import pytest

from verifier.layout.layout import Layout
from verifier.layout.placing import Limit, Wish
from verifier.layout.region import When
from verifier.reading import models
from verifier.reading.source import open_source
from verifier.search.blocks import blocks_of
from verifier.search.place import place

MIB, PAGE = 1 << 20, 1 << 12
LIMITS = (1 << 30, 1 << 32, *(1 << width for width in (36, 40, 42, 44, 48)))
LAYOUTS = {name: open_source(name).layout() for name in (model.name for model in models.releases())}
WHENS = (None, When("gic", 2), When("gic", 3), When("vpci", 0))


def taken(layout: Layout, when: When | None) -> list[tuple[int, int]]:
    """What is there in some configuration in which a region with that condition is; a bank without an end to the top."""
    parts = [(each.start, each.end, each.when) for each in layout.regions]
    parts += [
        (bank.start, 1 << 64 if bank.size is None else bank.start + bank.size, None) for bank in layout.banks
    ]
    return [(start, end) for start, end, other in parts if together(when, other)]


def together(one: When | None, other: When | None) -> bool:
    """Whether some number of the dimension has both."""
    if one is None or other is None or one.dimension != other.dimension:
        return True
    return any(one.holds(number) and other.holds(number) for number in range(300))


def by_cells(taken: list[tuple[int, int]], limit: int, unit: int) -> int:
    """Bytes of the longest run of cells that nothing touches; the first cell is not used."""
    cells = [True] * (limit // unit)
    cells[0] = False
    for start, end in taken:
        for cell in range(start // unit, min(-(-end // unit), len(cells))):
            cells[cell] = False
    runs = "".join("." if free else "#" for free in cells).split("#")
    return max(len(run) for run in runs) * unit


def by_edges(taken: list[tuple[int, int]], limit: int, unit: int) -> int:
    """Every pair of edges with nothing between them, cut to whole units."""
    lows = [unit, *(end for _, end in taken)]
    highs = [limit, *(start for start, _ in taken)]
    most = 0
    for low, high in product(lows, highs):
        start, end = -(-low // unit) * unit, min(high, limit) // unit * unit
        if start < end and not any(one < end and start < other for one, other in taken):
            most = max(most, end - start)
    return most


@pytest.mark.parametrize("name", LAYOUTS)
def test_largest_stretches(name: str) -> None:
    layout, sizes = LAYOUTS[name], set()
    for limit, unit, when in product(LIMITS, (PAGE, 2 * MIB), WHENS):
        answer = place(blocks_of(layout), [Wish("W", None, unit, (Limit(limit, "asked"),), (), when)])
        known = taken(layout, when)
        expected = by_edges(known, limit, unit)
        if limit <= 1 << 32 and unit == 2 * MIB:
            assert expected == by_cells(known, limit, unit)
        assert (0 if answer is None else answer.regions[0].size) == expected, (limit, unit, when)
        if answer is not None:
            (found,) = answer.regions
            assert found.start % unit == found.size % unit == 0 < found.start < found.end <= limit
            assert not any(start < found.end and found.start < end for start, end in known)
        sizes.add(expected)
    assert len(sizes) > 2


def test_conditions_and_windows_are_kept() -> None:
    blocks = {each.name: each for each in blocks_of(LAYOUTS["xen-4.19.0"])}
    assert blocks["GUEST_GICV3_GICD"].when == When("gic", 3)
    assert (blocks["GUEST_RAM0"].start, blocks["GUEST_RAM0"].size) == (1 << 30, 3 << 30)
    assert {name for name, each in blocks.items() if each.is_ram} == {"GUEST_RAM0", "GUEST_RAM1"}
