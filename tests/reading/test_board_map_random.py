"""Buses at random: where each byte lies, followed one by one through `ranges`, is what the map of the board says.

The oracle knows neither cells nor blobs: it has the numbers that the trees are written from.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.examples import examples
from tests.reading.trees import Description, tree
from verifier.layout.device_tree import Tree
from verifier.reading.board_map import board_map

SPACES = {"I/O": 0x0100_0000, "memory": 0x0200_0000, "memory of 64 bits": 0x4300_0000}
ROOM = 48
"""Addresses are below it, so that stretches and windows meet."""


@dataclass(frozen=True)
class Stretch:
    start: int
    size: int
    space: str | None
    """None outside PCI."""


@dataclass(frozen=True)
class Mapped:
    """An entry of `ranges`."""

    child: Stretch
    parent: Stretch


@dataclass
class Box:
    """A node: its stretches on its parent, and the bus that it is itself."""

    address_cells: int
    size_cells: int
    is_pci: bool
    own: list[Stretch]
    ranges: list[Mapped] | None
    boxes: list[Box] = field(default_factory=list)


def stretch(chance: random.Random, *, is_pci: bool, most: int) -> Stretch:
    space = chance.choice(list(SPACES)) if is_pci else None
    return Stretch(chance.randrange(ROOM), chance.randrange(most + 1), space)


def box(chance: random.Random, above: Box | None, depth: int) -> Box:
    is_pci = above is not None and chance.random() < (0.6 if above.is_pci else 0.25)
    cells = (3, 2) if is_pci else (chance.randint(1, 3), chance.choice([0, 1, 1, 1, 2, 2]))
    on_pci = above is not None and above.is_pci
    own = (
        [] if above is None else [stretch(chance, is_pci=on_pci, most=20) for _ in range(chance.randrange(3))]
    )
    ranges: list[Mapped] | None = None
    if above is not None and chance.random() < 0.9:
        ranges = []
        for _ in range(chance.randrange(5)):
            child, parent = stretch(chance, is_pci=is_pci, most=24), stretch(chance, is_pci=on_pci, most=0)
            size = child.size if cells[1] else 0
            ranges.append(
                Mapped(Stretch(child.start, size, child.space), Stretch(parent.start, size, parent.space))
            )
    made = Box(*cells, is_pci, own, ranges)
    made.boxes = [box(chance, made, depth - 1) for _ in range(chance.randrange(4))] if depth else []
    return made


def cells(number: int, count: int) -> list[int]:
    return [*([0] * (count - 1)), number][-count:] if count else []


def address(each: Stretch, bus: Box) -> list[int]:
    if each.space is None:
        return cells(each.start, bus.address_cells)
    return [SPACES[each.space], *cells(each.start, 2)]


def written(made: Box, above: Box | None) -> Description:
    found: Description = {"#address-cells": [made.address_cells], "#size-cells": [made.size_cells]}
    if made.is_pci:
        found["device_type"] = "pci"
    if above is not None:
        name = "assigned-addresses" if above.is_pci else "reg"
        found[name] = [
            cell for each in made.own for cell in (*address(each, above), *cells(each.size, above.size_cells))
        ]
        if made.ranges is not None:
            found["ranges"] = [
                cell
                for each in made.ranges
                for cell in (
                    *address(each.child, made),
                    *address(each.parent, above),
                    *cells(each.child.size, made.size_cells),
                )
            ]
    return {**found, **{f"n{index}": written(each, made) for index, each in enumerate(made.boxes)}}


def homes(way: list[Box], space: str | None, byte: int) -> tuple[set[int], bool]:
    """Where a byte of the bus `way[0]` lies at the root, `way[-1]`; whether it is nowhere on some way up."""
    bus, *rest = way
    if not rest:
        return {byte}, False
    assert bus.ranges is not None
    if not bus.ranges:
        return homes(rest, space if bus.is_pci and rest[0].is_pci else None, byte)
    found, lost, mapped = set[int](), False, False
    for each in bus.ranges:
        child = each.child
        same = space is None or child.space is None or (space == "I/O") == (child.space == "I/O")
        if same and child.start <= byte < child.start + child.size:
            more, gone = homes(rest, each.parent.space, each.parent.start + byte - child.start)
            found, lost, mapped = found | more, lost or gone, True
    return found, lost or not mapped


def expected(made: Box, path: str, way: list[Box]) -> Iterator[tuple[str, bool, set[int], bool]]:
    """Each stretch of a node and of all below: its name, whether it is empty, its bytes at the root, whether any is lost."""
    reached = all(each.ranges is not None for each in way[:-1])
    if way and reached and way[0].size_cells:
        name = "assigned-addresses" if way[0].is_pci else "reg"
        for index, each in enumerate(made.own):
            yield f"{path} {name}[{index}]", not each.size, *everywhere(way, each)
    if way and reached and made.is_pci and not way[0].is_pci:
        for index, entry in enumerate(made.ranges or ()):
            yield f"{path} ranges[{index}]", not entry.parent.size, *everywhere(way, entry.parent)
    for index, child in enumerate(made.boxes):
        yield from expected(child, f"{path.rstrip('/')}/n{index}", [made, *way])


def everywhere(way: list[Box], each: Stretch) -> tuple[set[int], bool]:
    answers = [homes(way, each.space, each.start + offset) for offset in range(max(each.size, 1))]
    return set().union(*(found for found, _ in answers)), any(lost for _, lost in answers)


def read(found: Tree) -> dict[str, tuple[bool, set[int], bool]]:
    answer = board_map(found)
    names = {each.name for each in answer.obstacles} | {
        f"{each.path} {each.origin}" for each in answer.unplaced
    }
    seen = {}
    for name in names:
        extents = [each.extent for each in answer.obstacles if each.name == name]
        bytes_ = {byte for each in extents for byte in range(each.start, max(each.end, each.start + 1))}
        lost = any(f"{each.path} {each.origin}" == name for each in answer.unplaced)
        seen[name] = all(not each.size for each in extents), bytes_, lost
    return seen


@settings(max_examples=examples(400), deadline=None)
@given(st.integers(0, 1 << 40))
def test_every_byte_is_where_ranges_take_it(seed: int) -> None:
    compare(seed)


def compare(seed: int) -> Counter[str]:
    made = box(random.Random(seed), None, 3)
    seen = read(tree(written(made, None)))
    counts = Counter[str]()
    for name, empty, bytes_, lost in expected(made, "/", []):
        was_empty, at, was_lost = seen.pop(name)
        assert (at, was_lost) == (bytes_, lost), name
        assert was_empty == empty or not bytes_, name
        counts.update(placed=bool(bytes_), lost=lost, windows="ranges" in name, bars="assigned" in name)
        counts.update(parts=len(bytes_) > 1 and max(bytes_) - min(bytes_) >= len(bytes_), empty=empty)
    assert not seen
    return counts


def test_the_random_trees_have_everything() -> None:
    """What is compared is not mostly nothing."""
    total = sum((compare(seed) for seed in range(300)), Counter[str]())
    assert min(total[each] for each in ("placed", "lost", "windows", "bars", "parts", "empty")) >= 50, total
