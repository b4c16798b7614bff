"""The address space cut at every edge of a region: what each piece between two edges holds.

Every renderer of a map draws these values. A scale that gives each stretch a length by its own
logarithm shows a page and a tebibyte in one picture; one by address does not.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise

from verifier.layout.region import Region


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
    edges = {0, *limits, *(region.start for region in ordered), *(region.end for region in ordered)}
    cuts = sorted(edges)
    starting: dict[int, list[Region]] = {}
    for region in ordered:
        starting.setdefault(region.start, []).append(region)
    found: list[Stretch] = []
    covering: list[Region] = []
    for start, end in pairwise([*cuts, cuts[-1]]):
        here = starting.get(start, [])
        if empty := tuple(region for region in here if not region.size):
            found.append(Stretch(start, start, empty))
        covering = [region for region in (*covering, *here) if region.end > start]
        if start < end:
            found.append(Stretch(start, end, tuple(covering)))
    return tuple(found)


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
