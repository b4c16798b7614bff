"""The cheapest repair of two conflicts against every change of one number, and of one number for each, on a coarse grid.

The judge knows cells and intervals only; it shares nothing with the search.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from itertools import combinations
from pathlib import Path

import pytest

from verifier.commands.find_repair import repair
from verifier.reading.request import Request

UNIT = 64 << 20
CELLS = (4 << 30) // UNIT
RAM = "GUEST_RAM0"
Layout = dict[str, tuple[int, int]]
"""Start and size of each region in cells."""
Cost = tuple[int, int, int, int]
"""Macros, RAM lost, bytes that others lose, bytes moved."""
Ranked = tuple[bool, Cost]
"""Whether most of a region is given up, and the cost."""
Step = tuple[str, tuple[int, int], int, int]
"""A region, its place with another base or another size, by how many cells that differs, how many are lost."""


def broken(seed: int, *, common: bool) -> Layout | None:
    """RAM at 1 GiB and some regions, with two overlaps; `common`: of one region with two others."""
    dice = random.Random(seed)
    found = {RAM: (16, dice.choice([8, 16, 30]))}
    for name in "ABCDEF"[: dice.randint(3, 5)]:
        size = dice.choice([1, 2, 3, 5, 8])
        found[f"GUEST_{name}"] = (dice.randrange(1, CELLS - size), size)
    pairs = overlaps(found)
    return found if len(pairs) == 2 and len({*pairs[0], *pairs[1]}) == (3 if common else 4) else None


def overlaps(layout: Layout) -> list[tuple[str, str]]:
    return [
        (one, other)
        for one, other in combinations(layout, 2)
        if max(layout[one][0], layout[other][0]) < min(sum(layout[one]), sum(layout[other]))
    ]


def steps(layout: Layout, names: tuple[str, str]) -> Iterator[Step]:
    """Every other base below 4 GiB, and every other size, of two regions; address 0 stays free."""
    for name in names:
        start, size = layout[name]
        for other in range(1, CELLS - size + 1):
            if other != start:
                yield name, (other, size), abs(other - start), 0
        for other in range(1, CELLS - start + 1):
            if other != size:
                yield name, (start, other), abs(other - size), max(0, size - other)


def cheapest(layout: Layout) -> Cost | None:
    """One number that cures both, or else one for each of them; None where neither does.

    What takes more than half of a region away counts only where nothing else cures both.
    """
    first, second = overlaps(layout)
    both = set(first) & set(second)
    found = [cost(layout, step) for step in steps(layout, first) if step[0] in both and cures(layout, step)]
    return min([*found, *pairs(layout, first, second)], default=(False, None))[1]


def cures(layout: Layout, step: Step) -> bool:
    return not overlaps({**layout, step[0]: step[1]})


def pairs(layout: Layout, first: tuple[str, str], second: tuple[str, str]) -> Iterator[Ranked]:
    """The costs of all that cure both, with two numbers."""
    later = list(steps(layout, second))
    for one in steps(layout, first):
        name, place = one[0], one[1]
        if clashes(place, layout, but=(name, *second)):
            continue
        for other in later:
            if other[0] != name:
                moved = {**layout, name: place}
                if not clashes(other[1], moved, but=(other[0],)) and not overlaps(
                    {**moved, other[0]: other[1]}
                ):
                    yield added(cost(layout, one), cost(layout, other))
            elif (place[0] != layout[name][0]) != (
                other[1][0] != layout[name][0]
            ):  # base and size of one region
                merged = one_of(layout[name], place, other[1])
                if sum(merged) <= CELLS and not overlaps({**layout, name: merged}):
                    yield added(cost(layout, one), cost(layout, other))


def one_of(old: tuple[int, int], one: tuple[int, int], other: tuple[int, int]) -> tuple[int, int]:
    start = next((each[0] for each in (one, other) if each[0] != old[0]), old[0])
    return start, next((each[1] for each in (one, other) if each[1] != old[1]), old[1])


def clashes(place: tuple[int, int], layout: Layout, but: tuple[str, ...]) -> bool:
    return any(
        max(place[0], start) < min(sum(place), start + size)
        for name, (start, size) in layout.items()
        if name not in but
    )


def cost(layout: Layout, step: Step) -> Ranked:
    name, _, by, lost = step
    ram, other = (lost, 0) if name == RAM else (0, lost)
    return 2 * lost > layout[name][1], (1, ram * UNIT, other * UNIT, by * UNIT)


def added(one: Ranked, other: Ranked) -> Ranked:
    (first, left), (second, right) = one, other
    macros, ram, others, moved = (each + more for each, more in zip(left, right, strict=True))
    return first or second, (macros, ram, others, moved)


def judged(layout: Layout, header: Path) -> tuple[Cost | None, Cost | None]:
    """The cost of the cheapest, and of the first repair if it cures both; what it gives overlaps nowhere."""
    header.write_text(
        "".join(
            f"#define {name}_BASE {start * UNIT:#x}ULL\n#define {name}_SIZE {size * UNIT:#x}ULL\n"
            for name, (start, size) in layout.items()
        )
    )
    report = repair(Request(str(header), xen="4.22", policy="none"), ("no-overlap",))
    if not report.plans or len(report.plans[0].cured) < 2:
        return cheapest(layout), None
    first = report.plans[0]
    numbers = {f"{name}_{which}": each * UNIT for name, place in layout.items()
               for which, each in zip(("BASE", "SIZE"), place, strict=True)}  # fmt: skip
    new = {**numbers, **first.changes}
    assert not overlaps({name: (new[f"{name}_BASE"], new[f"{name}_SIZE"]) for name in layout})
    moved = sum(abs(value - numbers[name]) for name, value in first.changes.items())
    return cheapest(layout), (len(first.changes), first.ram, first.other, moved)


@pytest.mark.parametrize("common", [False, True])
@pytest.mark.parametrize("part", range(2))
def test_the_first_repair_of_two_conflicts_is_the_cheapest(part: int, common: bool, tmp_path: Path) -> None:
    """15 layouts each."""
    tried = cured = 0
    for seed in range(part * 1000, part * 1000 + 1000):
        layout = broken(seed, common=common)
        if layout is None:
            continue
        expected, found = judged(layout, tmp_path / f"{seed}.h")
        more = (
            expected is None and found is not None and found[0] > 2
        )  # which of these is cheapest, nobody knows
        assert more or found == expected, (seed, layout)
        tried, cured = tried + 1, cured + (found is not None)
        if tried == 15:
            break
    assert (tried, cured > 10) == (15, True)
