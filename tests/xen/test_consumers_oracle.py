"""What guest kernels make of regions: every small choice of regions against the kernel's own way, byte by byte."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise, product
from random import Random

import pytest

from tests.rules.boards.offers import SOUND
from tests.xen.test_consumers import offered, small
from verifier.layout.consumer import Consumer, LinearMap, Use
from verifier.layout.domain_map import Extent
from verifier.layout.offer import Offer
from verifier.xen.consumers import use


def allocator(regions: list[tuple[int, int]], unit: int, low: int, high: int) -> set[int] | None:
    """arch_xen_unpopulated_init, then allocate_resource of one unit until it fails; inclusive ends. None for EINVAL."""
    for (_, before), (start, _) in pairwise(regions):
        if before + 1 > start:
            return None
    free = set(range(min(start for start, _ in regions), max(end for _, end in regions) + 1))
    for (_, before), (start, _) in pairwise(regions):
        free -= set(range(before + 1, start))
    found: set[int] = set()
    at = -(-low // unit) * unit
    while at + unit <= high:
        here = set(range(at, at + unit))
        if here <= free:
            free -= here
            found |= here
        at += unit
    return found


def agree(regions: list[tuple[int, int]], unit: int, space: Extent, kernel: Consumer, offer: Offer) -> Use:
    found = use(kernel, replace(offer, regions=tuple(Extent(start, end + 1) for start, end in regions)), 64)
    wanted = allocator(regions, unit, space.start, space.end)
    if wanted is None:
        assert (str(found.verdict), found.usable) == ("refuted", 0)
        assert found.fault is not None
        return found
    assert (found.usable or 0) == len(wanted)
    assert found.parts == tuple(len(wanted & set(range(start, end + 1))) for start, end in regions)
    assert found.fault is None
    return found


def test_every_pair_of_regions_in_a_small_space() -> None:
    """A region of no size in the middle is none; one at 0 has an end that wraps, and is left out here."""
    pieces = [(start, end) for start in range(14) for end in range(start - 1, 14) if end >= 0 or start]
    pieces = [each for each in pieces if each != (0, -1)]
    verdicts = {
        str(agree([one, other], 4, Extent(0, 14), small(4), SOUND).verdict)
        for one, other in product(pieces, pieces)
    }
    assert verdicts == {"proved", "refuted"}


@pytest.mark.parametrize("seed", range(20))
def test_many_regions(seed: int) -> None:
    """In order and not, touching and apart, with the window of a linear map in known RAM."""
    random = Random(seed)
    for _ in range(40):
        cuts = sorted(random.sample(range(200), 2 * random.randrange(1, 8)))
        regions = [(start, end - 1) for start, end in zip(cuts[::2], cuts[1::2], strict=True)]
        if random.random() < 0.3:
            random.shuffle(regions)
        if random.random() < 0.3:
            regions = [(start, regions[index + 1][0] - 1 if index + 1 < len(regions) else end)
                       for index, (start, end) in enumerate(regions)]  # fmt: skip
            regions = [each for each in regions if each[0] <= each[1]] or [(3, 9)]
        unit = random.choice((1, 2, 4, 8, 16))
        bits, ram = random.choice((5, 6, 7)), random.randrange(100)
        offer = offered(banks=(Extent(ram, ram + 1),))
        low = ram // 16 * 16
        kernel = small(unit, LinearMap(bits, 16))
        found = agree(regions, unit, Extent(low, low + 2**bits), kernel, offer)
        if str(found.verdict) == "refuted" and found.fault is None:  # wherever below the linear map begins
            assert not allocator(regions, unit, 0, low + 2**bits)
