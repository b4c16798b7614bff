"""The extended regions without IOMMU as a function of the place of dom0's grant region, where that is not known.

The grant region is the begin of Xen's text (verifier.xen.grant_region): whole pages inside host RAM, beside what
dom0 owns, what is reserved and what is loaded. find_unallocated_memory cuts it out of one piece of the RAM;
add_ext_regions then makes a region of what is below it, rounded down to 2 MiB, and of what is above it, rounded up,
if 64 MiB are left.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from verifier.layout.domain_map import Extent
from verifier.layout.open_grant import Bounds, OpenGrant, Place, Regime
from verifier.xen import unallocated
from verifier.xen.ext_regions import (
    LEAST,
    LOST,
    PAGE_SHIFT,
    SUPERPAGE,
    first_byte,
    region_of,
    space,
)
from verifier.xen.outcome import FaultError, Span
from verifier.xen.rangeset import Range
from verifier.xen.release import Xen
from verifier.xen.unallocated import Taken

_PAGE = 1 << PAGE_SHIFT


@dataclass(frozen=True, slots=True)
class _Piece:
    """A piece of what is left of the RAM, and the region that all of it is worth."""

    extent: Extent
    region: Extent | None


@dataclass(frozen=True, slots=True)
class Box:
    """Bounds of start and end, and which parts of the region are left."""

    kind: str
    """`whole`, `above`, `both`, `below` or `none`."""
    start: Bounds
    end: Bounds


def explore(
    xen: Xen,
    *,
    ipa_bits: int,
    ram: Sequence[Extent],
    taken: Taken,
    modules: Iterable[Extent],
    most: int,
    image: Extent | None = None,
) -> OpenGrant | None:
    """Every answer; `taken.grant` is not looked at, `most` is the most bytes of the grant region.

    `image` is where Xen lies, if that is known: its text begins there. None where the answer is no such function: the
    inputs overlap in ways that Xen does not expect, there are more regions than it takes, or no place is left.
    """
    pieces = _pieces(xen, ipa_bits, ram, taken)
    whole = tuple(each.region for each in pieces if each.region is not None)
    places = _places(xen, ram, taken, modules)
    if image is not None:
        places = tuple(
            Extent(image.start, min(image.end, each.end))
            for each in places
            if each.start <= image.start < each.end
        )
    if not places or len(whole) >= xen.value("region-cap"):
        return None
    found: dict[tuple[Extent | None, str], list[Place]] = {}
    for place in places:
        piece = next((each for each in pieces if _inside(place, (each.extent,))), None)
        if piece is None:
            return None
        region = piece.region
        most_start = place.end - _PAGE if image is None else image.start
        for box in boxes(region, LOST.of(xen)):
            tight = _tightened(box, place, most_start, most)
            if tight is not None:
                found.setdefault((None if box.kind == "whole" else region, box.kind), []).append(tight)
    regimes = tuple(
        _regime(whole, region, kind, tight, LOST.of(xen)) for (region, kind), tight in found.items()
    )
    lost = LOST.of(xen)
    at_least = _at_least(whole, regimes, most, lost)
    return OpenGrant(Bounds(_PAGE, most), whole, regimes, _certain(whole, regimes), lost, at_least)


def _pieces(xen: Xen, ipa_bits: int, ram: Sequence[Extent], taken: Taken) -> tuple[_Piece, ...]:
    """By address; none where Xen stops, or where its list is not in order."""
    spans = [Span(bank.start, bank.size) for bank in ram]
    try:
        left = unallocated.left_beside_grant(xen, ipa_bits=ipa_bits, ram=spans, taken=taken)
    except FaultError:
        return ()
    pieces = tuple(_piece(xen, ipa_bits, each) for each in left)
    ordered = all(first.extent.end <= second.extent.start for first, second in pairwise(pieces))
    return pieces if ordered and all(each.extent.size > 0 for each in pieces) else ()


def _places(xen: Xen, ram: Sequence[Extent], taken: Taken, modules: Iterable[Extent]) -> tuple[Extent, ...]:
    """Where Xen's text may lie: what Xen takes away after it must be clear of what was taken before, else none."""
    free = without(ram, (each.extent for each in (*taken.domain, *taken.reserved)))
    shared = [each.extent for each in taken.shared]
    if unallocated.takes_shared_last(xen) and not all(_inside(each, free) for each in shared):
        return ()
    return tuple(_pages(without(free, (*shared, *modules))))


def _piece(xen: Xen, ipa_bits: int, left: Range) -> _Piece:
    """`left` holds plain numbers here; of what is beyond the address space nothing is reported."""
    assert isinstance(left.start, int)
    assert isinstance(left.end, int)
    extent = Extent(first_byte(xen, left.start), first_byte(xen, left.end + 1))
    reported = unallocated.clipped((left,), space(xen, ipa_bits))
    region = next((region_of(xen, each) for each in reported), None)
    return _Piece(extent, None if region is None else region.extent)


def boxes(region: Extent | None, lost: int) -> Iterator[Box]:
    """All places, apart by what they leave of a region: at least 64 MiB below, above, both or none."""
    least, most = 0, 1 << 64
    if region is None:
        yield Box("whole", Bounds(least, most), Bounds(least, most))
        return
    below = region.start + LEAST + lost  # the first start that leaves a region below
    above = region.end - LEAST  # the last end that leaves a region above
    behind = region.end + lost  # the first start that touches nothing
    page = _PAGE
    yield Box("whole", Bounds(least, most), Bounds(least, region.start))
    yield Box("above", Bounds(least, below - page), Bounds(region.start + page, above))
    yield Box("both", Bounds(below, most), Bounds(least, above))
    yield Box("none", Bounds(least, below - page), Bounds(max(above, region.start) + page, most))
    yield Box("below", Bounds(below, behind - page), Bounds(above + page, most))
    yield Box("whole", Bounds(behind, most), Bounds(least, most))


def _tightened(box: Box, place: Extent, most_start: int, most: int) -> Place | None:
    """The grant regions of a box inside a place, with the least bounds; None if there are none."""
    start_least, start_most = max(box.start.least, place.start), min(box.start.most, most_start)
    end_least, end_most = max(box.end.least, place.start + _PAGE), min(box.end.most, place.end)
    start_least, start_most = max(start_least, end_least - most), min(start_most, end_most - _PAGE)
    end_least, end_most = max(end_least, start_least + _PAGE), min(end_most, start_most + most)
    if start_least > start_most or end_least > end_most:
        return None
    return Place(Bounds(start_least, start_most), Bounds(end_least, end_most))


def _regime(
    whole: tuple[Extent, ...], region: Extent | None, kind: str, places: list[Place], lost: int
) -> Regime:
    fixed = tuple(each for each in whole if each != region)
    if region is None:
        return Regime(tuple(places), fixed)
    starts = Bounds(min(each.start.least for each in places), max(each.start.most for each in places))
    ends = Bounds(min(each.end.least for each in places), max(each.end.most for each in places))
    below = (region.start, Bounds(_down(starts.least - lost), _down(starts.most - lost)))
    above = (Bounds(_up(ends.least), _up(ends.most)), region.end)
    return Regime(
        tuple(places),
        fixed,
        below if kind in ("below", "both") else None,
        above if kind in ("above", "both") else None,
    )


def _certain(whole: tuple[Extent, ...], regimes: Iterable[Regime]) -> tuple[Extent, ...]:
    """The regions without all that some place cuts off: between the least end below and the greatest start above."""
    left = list(whole)
    for regime in regimes:
        for region in set(whole) - set(regime.fixed):
            start = region.start if regime.below is None else regime.below[1].least
            end = region.end if regime.above is None else regime.above[0].most
            left = list(without(left, (Extent(start, end),)))
    return tuple(left)


def _at_least(whole: tuple[Extent, ...], regimes: Iterable[Regime], most: int, lost: int) -> int:
    """All regions less the most that a place costs; between two parts no more than the blocks that it can touch."""
    blocks = SUPERPAGE * (1 + -(-(most + lost - _PAGE) // SUPERPAGE))
    cost = 0
    for regime in regimes:
        for region in set(whole) - set(regime.fixed):
            start = region.start if regime.below is None else regime.below[1].least
            end = region.end if regime.above is None else regime.above[0].most
            is_between = regime.below is not None and regime.above is not None
            cost = max(cost, min(end - start, blocks) if is_between else end - start)
    return sum(each.size for each in whole) - cost


def without(extents: Iterable[Extent], holes: Iterable[Extent]) -> tuple[Extent, ...]:
    """What is in some extent and in no hole, as extents apart from each other."""
    left: list[Extent] = []
    for each in sorted(extents):
        if left and each.start <= left[-1].end:
            left[-1] = Extent(left[-1].start, max(left[-1].end, each.end))
        elif each.size:
            left.append(each)
    for hole in holes:
        if hole.size:
            left = [
                part
                for each in left
                for part in (
                    Extent(each.start, min(each.end, hole.start)),
                    Extent(max(each.start, hole.end), each.end),
                )
                if part.start < part.end
            ]
    return tuple(left)


def _inside(extent: Extent, others: Iterable[Extent]) -> bool:
    return any(each.start <= extent.start and extent.end <= each.end for each in others)


def _pages(extents: Iterable[Extent]) -> Iterator[Extent]:
    """The whole pages inside."""
    for each in extents:
        start, end = -(-each.start // _PAGE) * _PAGE, each.end // _PAGE * _PAGE
        if start < end:
            yield Extent(start, end)


def _down(address: int) -> int:
    return address // SUPERPAGE * SUPERPAGE


def _up(address: int) -> int:
    return -(-address // SUPERPAGE) * SUPERPAGE
