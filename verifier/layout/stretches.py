"""The address space cut at every edge of a region: what each piece between two edges holds.

Every renderer of a map draws these values. A scale that gives each stretch a length by its own
logarithm shows a page and a tebibyte in one picture; one by address does not.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TypeVar

from verifier.layout.region import Region

Thing = TypeVar("Thing")


@dataclass(frozen=True, slots=True)
class Stretch:
    """`[start, end)` between two neighbouring edges, in bytes: the same regions cover all of it.

    It is empty, `start == end`, only for regions of no bytes, which would be on no map otherwise.
    """

    start: int
    end: int
    regions: tuple[Region, ...]
    """Those that cover it: the first to start first, then the longer; none where it is free."""

    @property
    def size(self) -> int:
        """In bytes."""
        return self.end - self.start


def stretches(regions: Iterable[Region], limits: Iterable[int] = ()) -> tuple[Stretch, ...]:
    """Every stretch from address zero to the last edge, by address and without gaps.

    `limits` are further addresses at which to cut, such as the end of the address space.
    """
    ordered = in_order(regions)
    cuts = sorted({0, *limits, *(region.start for region in ordered), *(region.end for region in ordered)})
    empty: dict[int, list[Region]] = {}
    for region in ordered:
        if not region.size:
            empty.setdefault(region.start, []).append(region)
    found: list[Stretch] = []
    pieces = covering(((region.start, region.end, region) for region in ordered), cuts)
    last = cuts[-1]
    for start, end, covered in (*pieces, (last, last, ())):
        if start in empty:
            found.append(Stretch(start, start, tuple(empty[start])))
        if start < end:
            found.append(Stretch(start, end, covered))
    return tuple(found)


def covering(
    things: Iterable[tuple[int, int, Thing]], cuts: Sequence[int]
) -> Iterator[tuple[int, int, tuple[Thing, ...]]]:
    """Each `[start, end)` between two neighbouring cuts with the things that cover it, the first to start first.

    Things are `[start, end)` as well; the cuts ascend, and each start and end of a thing is one of them.
    """
    starting: dict[int, list[tuple[int, Thing]]] = {}
    for start, end, thing in things:
        starting.setdefault(start, []).append((end, thing))
    open_ones: list[tuple[int, Thing]] = []
    for start, end in pairwise(cuts):
        here = starting.get(start, [])
        open_ones = [(last, thing) for last, thing in (*open_ones, *here) if last > start]
        yield start, end, tuple(thing for _, thing in open_ones)


def overlapping(regions: Iterable[Region]) -> Iterator[tuple[Region, Region]]:
    """Every two regions that share a byte, in the order in which a stretch lists them."""
    open_ones: list[Region] = []
    for region in in_order(regions):
        open_ones, told = sweep(open_ones, region)
        yield from ((other, region) for other in told)


def sweep(open_ones: list[Region], region: Region) -> tuple[list[Region], list[Region]]:
    """One step: what may still share a byte with a later region, and what shares one with this.

    `open_ones` are earlier regions that no step has dropped (theorem fast-paths/sweep).
    """
    still = [other for other in open_ones if other.end > region.start]
    return ([*still, region], still) if region.size else (still, [])


def in_order(regions: Iterable[Region]) -> list[Region]:
    """The first to start first, then the longer."""
    return sorted(regions, key=_by_address)


def _by_address(region: Region) -> tuple[int, int, str]:
    return region.start, -region.end, region.name
