"""What regions share with anything, byte by byte in a space of 16 bytes: each conflict is told once, in order."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import combinations, product
from random import Random

import pytest

from tests.rules.boards.offers import SOUND, domain
from verifier.layout.domain_map import Extent
from verifier.layout.finding import Witness
from verifier.layout.obstacle import BoardMap, Obstacle, merged
from verifier.layout.offer import Offer, Window
from verifier.rules.boards import overlaps
from verifier.rules.boards.facts import unknown

BITS = 4
TOP = 1 << BITS
BEYOND = TOP + 4
"""Regions, and what lies in their way, may end above the space."""
Conflict = tuple[tuple[str, ...], Extent]


def offered(
    layout: str, regions: Sequence[Extent], given: Sequence[Extent], allowed: Sequence[Extent]
) -> Offer:
    """`layout`: of `LAYOUTS`; with the host's layout and an IOMMU regions may lie anywhere but in its RAM."""
    things = tuple(Obstacle(each, "passthrough", f"/{index}", "") for index, each in enumerate(given))
    here = domain(iommu="IOMMU" in layout, bits=BITS, grant=Extent(0, 0))
    base = replace(
        SOUND, domain=here, regions=tuple(regions), given=things, board=BoardMap(()), ram=tuple(allowed)
    )
    if "guest" in layout:
        windows = tuple(Window("WINDOW", each) for each in allowed)
        return replace(base, hardware=False, host_layout=False, windows=windows, ram=())
    return replace(base, ram=()) if layout == "IOMMU" else base


def conflicts(layout: str, offer: Offer, allowed: Sequence[Extent]) -> Iterator[Conflict]:
    """By region: what it covers by address, the regions before it, and what of it lies where none may."""
    names = [f"extended region {index} of d0" for index in range(len(offer.regions))]
    bytes_of = [set(range(each.start, each.end)) for each in offer.regions]
    inside = {byte for each in allowed for byte in range(each.start, each.end)}
    ram = tuple(Obstacle(each, "memory", "RAM", "of the device tree") for each in allowed)
    there = (*offer.given, *ram) if layout == "IOMMU, RAM known" else offer.given
    for index, own in enumerate(bytes_of):
        for thing in sorted(there):
            if shared := own & set(range(thing.extent.start, thing.extent.end)):
                yield (names[index], thing.name), Extent(min(shared), max(shared) + 1)
        for other in range(index):
            if shared := own & bytes_of[other]:
                yield (names[other], names[index]), Extent(min(shared), max(shared) + 1)
        if "guest" in layout or (layout == "dom0" and inside):  # nothing is outside of RAM that nobody knows
            for run in runs(own & set(range(TOP)) - inside):
                yield (names[index],), run


def runs(numbers: set[int]) -> Iterator[Extent]:
    for start in sorted(each for each in numbers if each - 1 not in numbers):
        yield Extent(start, next(each for each in range(start, BEYOND + 1) if each not in numbers))


def extents(random: Random, count: int, *, sizes: Sequence[int]) -> list[Extent]:
    found = []
    for _ in range(random.randrange(count + 1)):
        start = random.randrange(BEYOND)
        found.append(Extent(start, min(BEYOND, start + random.choice(sizes))))
    return found


LAYOUTS = ("guest", "guest with IOMMU", "dom0", "IOMMU", "IOMMU, RAM known")


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("seed", range(4))
def test_conflicts_are_those_of_bytes(layout: str, seed: int) -> None:
    """Regions in any order, empty ones among them."""
    random = Random(f"{layout} {seed}")
    for _ in range(100):
        allowed = merged(extents(random, 3, sizes=(1, 5, 9)))
        allowed = tuple(Extent(each.start, min(each.end, TOP)) for each in allowed if each.start < TOP)
        regions = extents(random, 4, sizes=(0, 1, 2, 4, 9, 18))
        if random.random() < 0.5:
            regions.sort()
        given = extents(random, 4, sizes=(0, 1, 2, 4, 12))
        offer = offered(layout, regions, given, allowed)
        judged = overlaps.judged(offer)
        told = [(tuple(party.name for party in each.parties), each.overlap) for each in judged.breaches]
        expected = list(conflicts(layout, offer, allowed))
        assert told == expected, offer
        assert not judged.more
        assert judged.doubts == (() if expected else tuple(unknown(offer)))
        kinds = [
            "address-outside" if len(parties) == 1 else "address-in-two-regions" for parties, _ in expected
        ]
        assert [each.witness for each in judged.breaches] == [
            Witness(kind, address=shared.start) for kind, (_, shared) in zip(kinds, expected, strict=True)
        ]
        space = [Extent(0, TOP)] if layout.startswith("IOMMU") else allowed
        things = [each for each in given if each.size] + [*allowed] * (layout == "IOMMU, RAM known")
        assert judged.checked == len(
            [*product(regions, things), *product(regions, space), *combinations(regions, 2)]
        )


@pytest.mark.parametrize("count", [255, 256, 257])
def test_as_many_conflicts_are_listed_as_anybody_reads(count: int) -> None:
    """256; that there are others is told."""
    things = [Extent(0, 1)] * count
    judged = overlaps.judged(offered("IOMMU", [Extent(0, 1)], things, ()))
    assert (len(judged.breaches), judged.more) == (min(count, 256), count > 256)


def test_what_is_open_is_told_of_regions_that_share_nothing() -> None:
    """Where a conflict is found it is told alone: it is one whatever else there is."""
    offer = replace(
        offered("guest", [Extent(2, 4)], [], [Extent(0, TOP)]),
        domain=domain(iommu=False, banks=None, bits=BITS),
    )
    assert overlaps.judged(offer).doubts == (
        "where the RAM banks of d0 lie is not known: --dom0-bank or a log tells those of dom0",
    )
    broken = overlaps.judged(replace(offer, regions=(Extent(2, 4), Extent(3, 5))))
    assert (len(broken.breaches), broken.doubts) == (1, ())
