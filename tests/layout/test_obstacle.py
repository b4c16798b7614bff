"""Extents put together and taken away, against the bytes themselves; what the board has, by kind."""

from __future__ import annotations

from itertools import groupby, product
from random import Random

from tests.layout.board_shown import thing
from verifier.layout.domain_map import Extent
from verifier.layout.obstacle import BoardMap, Obstacle, gaps, merged, uncovered

TOP = 8


def of_bytes(held: set[int]) -> tuple[Extent, ...]:
    """The stretches that a set of numbers has: those of one stretch are as far from their place in order."""
    ordered = enumerate(sorted(held))
    found = ([byte for _, byte in group] for _, group in groupby(ordered, key=lambda each: each[1] - each[0]))
    return tuple(Extent(each[0], each[-1] + 1) for each in found)


def bytes_of(extents: list[Extent]) -> set[int]:
    return {byte for each in extents for byte in range(each.start, each.end)}


def some(random: Random) -> list[Extent]:
    """They overlap, touch, lie in each other, are empty, or have their ends the wrong way round."""
    return [Extent(random.randrange(TOP), random.randrange(TOP)) for _ in range(random.randrange(5))]


def test_the_same_bytes_apart_from_each_other() -> None:
    random = Random(1)
    for _ in range(1000):
        extents = some(random)
        assert merged(extents) == of_bytes(bytes_of(extents)), extents


def test_what_of_a_space_nothing_covers() -> None:
    random = Random(2)
    for _ in range(1000):
        space, taken = some(random), some(random)
        assert gaps(space, taken) == of_bytes(bytes_of(space) - bytes_of(taken)), (space, taken)


def test_what_of_an_extent_no_block_covers() -> None:
    """Every extent that is not the wrong way round, with every set of blocks that are apart."""
    for held in product((False, True), repeat=TOP):
        taken = {byte for byte in range(TOP) if held[byte]}
        blocks = of_bytes(taken)
        for start in range(TOP):
            for end in range(start, TOP + 1):
                left = of_bytes(set(range(start, end)) - taken)
                assert tuple(uncovered(Extent(start, end), blocks)) == left, (start, end, blocks)


def test_obstacles_by_kind_keep_their_order() -> None:
    device, ram, window = thing(0, 8), thing(8, 16, "memory"), thing(16, 24, "pci-window")
    board = BoardMap((device, ram, window))
    assert board.of_kind("pci-window", "device") == (device, window)
    assert board.of_kind("memory") == (ram,)
    assert board.of_kind() == board.of_kind("layout") == ()


def test_an_obstacle_is_called_by_its_node_and_its_entry() -> None:
    assert thing(0, 8, path="/a").name == "/a reg[0]"
    assert Obstacle(Extent(0, 8), "layout", "page", "").name == "page"
    assert str(thing(0, 8, path="/a")) == "/a reg[0] [0x0, 0x8)"
