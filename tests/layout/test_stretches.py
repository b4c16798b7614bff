"""The cut of an address space, held against a painter that looks at every byte of it."""

from __future__ import annotations

import random

import pytest

from verifier.layout.origin import Origin
from verifier.layout.region import Region
from verifier.layout.stretches import Stretch, overlapping, stretches

TOP = 24
"""Bytes of the small address spaces that are painted."""


def region(name: str, start: int, end: int) -> Region:
    return Region(name, start, end, "other", Origin("a.h", 1), f"{name}_BASE", f"{name}_SIZE")


def shape(found: tuple[Stretch, ...]) -> list[tuple[int, int, str]]:
    return [(each.start, each.end, " ".join(one.name for one in each.regions)) for each in found]


def painted(regions: list[Region]) -> list[set[str]]:
    """For every byte the regions that cover it, one byte and one region at a time."""
    bytes_: list[set[str]] = [set() for _ in range(TOP)]
    for each in regions:
        for address in range(each.start, each.end):
            bytes_[address].add(each.name)
    return bytes_


def small_map(seed: int) -> list[Region]:
    dice = random.Random(seed)
    spans = [sorted(dice.choices(range(TOP + 1), k=2)) for _ in range(dice.randrange(7))]
    return [region(f"R{index}", start, end) for index, (start, end) in enumerate(spans)]


@pytest.mark.parametrize("seed", range(400))
def test_every_byte_is_covered_as_painted(seed: int) -> None:
    regions = small_map(seed)
    limit = random.Random(-seed).randrange(TOP + 1)
    found = stretches(regions, [limit])
    edges = {0, limit, *(each.start for each in regions), *(each.end for each in regions)}

    bytes_ = painted(regions)
    told = [(each.start, each.end) for each in found if each.size]
    assert told == list(zip(sorted(edges), sorted(edges)[1:], strict=False))
    for each in found:
        for address in range(each.start, each.end):
            assert {one.name for one in each.regions} == bytes_[address]

    empty = [one for each in found if not each.size for one in each.regions]
    assert sorted(one.name for one in empty) == sorted(one.name for one in regions if not one.size)
    assert [each.start for each in found] == sorted(each.start for each in found)


@pytest.mark.parametrize("seed", range(400))
def test_pairs_are_those_that_were_painted_over_each_other(seed: int) -> None:
    regions = small_map(seed)
    expected = {
        frozenset((one, other))
        for names in painted(regions)
        for one in names
        for other in names
        if one != other
    }
    found = [frozenset((one.name, other.name)) for one, other in overlapping(regions)]
    assert len(found) == len(set(found))
    assert set(found) == expected


def test_nothing_at_all() -> None:
    assert stretches([]) == ()
    assert shape(stretches([], [16])) == [(0, 16, "")]


def test_regions_that_touch_do_not_share() -> None:
    touching = [region("A", 0, 4), region("B", 4, 8)]
    assert shape(stretches(touching)) == [(0, 4, "A"), (4, 8, "B")]
    assert list(overlapping(touching)) == []


def test_of_those_that_start_together_the_longer_is_first() -> None:
    """The one that goes on in the next stretch stands where it will stand there."""
    found = stretches([region("A", 4, 6), region("B", 4, 8), region("C", 6, 7)], [8])
    assert shape(found) == [(0, 4, ""), (4, 6, "B A"), (6, 7, "B C"), (7, 8, "B")]


def test_a_region_without_bytes_covers_nothing_and_is_not_lost() -> None:
    inside = [region("A", 0, 8), region("Z", 4, 4)]
    assert shape(stretches(inside)) == [(0, 4, "A"), (4, 4, "Z"), (4, 8, "A")]
    assert list(overlapping(inside)) == []
    assert shape(stretches([region("Z", 8, 8)], [8])) == [(0, 8, ""), (8, 8, "Z")]


def test_one_byte_and_the_last_page_of_64_bits() -> None:
    found = stretches([region("ONE", 0, 1), region("LAST", 2**64 - 4096, 2**64)], [2**32])
    assert shape(found) == [
        (0, 1, "ONE"),
        (1, 2**32, ""),
        (2**32, 2**64 - 4096, ""),
        (2**64 - 4096, 2**64, "LAST"),
    ]


def test_a_limit_cuts_a_region_that_crosses_it() -> None:
    assert shape(stretches([region("A", 2, 9)], [8])) == [(0, 2, ""), (2, 8, "A"), (8, 9, "A")]
