"""The cheapest repair of a broken layout, against every other value of every number, on a grid of 2 MiB below 4 GiB."""

from __future__ import annotations

import random
from itertools import combinations
from pathlib import Path

import pytest

from verifier.commands.find_repair import repair
from verifier.reading.request import Request

UNIT = 2 << 20
CELLS = (4 << 30) // UNIT
Layout = dict[str, tuple[int, int]]
"""Start and size of each region in cells."""
Cost = tuple[int, int, int, int]
"""Macros, RAM lost, bytes that others lose, bytes moved."""


def broken(seed: int) -> Layout | None:
    """RAM from 1 GiB on and a few regions, of which just two overlap."""
    dice = random.Random(seed)
    crowded = dice.random() < 0.5
    sizes = [8, 32, 64, 128, 200] if crowded else [1, 2, 8, 32, 64]
    found = {"GUEST_RAM0": ((1 << 30) // UNIT, dice.choice([256, 512, 700]))}
    for name in "ABCDEF"[: dice.randint(3, 6) if crowded else dice.randint(2, 4)]:
        found[f"GUEST_{name}"] = (dice.randrange(1, CELLS - max(sizes)), dice.choice(sizes))
    return found if len(overlaps(found)) == 1 else None


def overlaps(layout: Layout) -> list[tuple[str, str]]:
    return [
        (one, other)
        for one, other in combinations(layout, 2)
        if max(layout[one][0], layout[other][0]) < min(sum(layout[one]), sum(layout[other]))
    ]


def cheapest(layout: Layout) -> Cost | None:
    """Of all changes of one number after which nothing overlaps and all lies below 4 GiB: one of the two that do."""
    costs: list[Cost] = []
    for name in overlaps(layout)[0]:
        start, size = layout[name]
        others = {each: place for each, place in layout.items() if each != name}
        moved = [(other, size, abs(other - start), 0) for other in range(CELLS)]
        sized = [(start, other, abs(other - size), max(0, size - other)) for other in range(1, CELLS)]
        for new_start, new_size, by, lost in moved + sized:
            if by and new_start + new_size <= CELLS and is_free(others, new_start, new_start + new_size):
                ram, other = (lost, 0) if name == "GUEST_RAM0" else (0, lost)
                costs.append((1, ram * UNIT, other * UNIT, by * UNIT))
    return min(costs, default=None)


def is_free(layout: Layout, start: int, end: int) -> bool:
    return all(at + size <= start or end <= at for at, size in layout.values())


@pytest.mark.parametrize("part", range(4))
def test_the_first_repair_is_the_cheapest(part: int, tmp_path: Path) -> None:
    """50 layouts each; what the first repair gives overlaps nowhere."""
    tried = 0
    for seed in range(part * 1000, part * 1000 + 1000):
        layout = broken(seed)
        if layout is None:
            continue
        header = tmp_path / f"{seed}.h"
        header.write_text(
            "".join(
                f"#define {name}_BASE {start * UNIT:#x}ULL\n#define {name}_SIZE {size * UNIT:#x}ULL\n"
                for name, (start, size) in layout.items()
            )
        )
        report = repair(Request(str(header), xen="4.22", policy="none"), ("no-overlap",))
        expected = cheapest(layout)
        first = report.plans[0] if report.plans else None
        assert (first is None) == (expected is None), seed
        if first is not None:
            numbers = {f"{name}_{which}": each * UNIT for name, place in layout.items()
                       for which, each in zip(("BASE", "SIZE"), place, strict=True)}  # fmt: skip
            moved = sum(abs(value - numbers[name]) for name, value in first.changes.items())
            assert (len(first.changes), first.ram, first.other, moved) == expected, (seed, first.changes)
            new = {**numbers, **first.changes}
            assert not overlaps({name: (new[f"{name}_BASE"], new[f"{name}_SIZE"]) for name in layout})
        tried += 1
        if tried == 50:
            return
    raise AssertionError(f"only {tried} layouts with one conflict")
