"""What re-checks of refutations look up in an offer, put in order once for all of them."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from functools import cached_property
from itertools import accumulate

from verifier.layout.domain_map import Extent
from verifier.layout.offer import DevicePages, Offer

_PAGE = 4096


class Cover:
    """Extents that may overlap, by start, each with how far those up to it reach."""

    def __init__(self, extents: Iterable[tuple[int, int]]) -> None:
        ordered = sorted(each for each in extents if each[0] < each[1])
        self._starts = [start for start, _ in ordered]
        self._reach = list(accumulate((end for _, end in ordered), max))

    def meets(self, start: int, end: int) -> bool:
        """Whether one of them has a byte of `[start, end)`."""
        before = bisect_left(self._starts, end)
        return before > 0 and self._reach[before - 1] > start

    def reached(self, start: int, end: int) -> bool:
        """Whether every byte of `[start, end)` is in one of them."""
        while start < end:
            before = bisect_right(self._starts, start)
            if not before or self._reach[before - 1] <= start:
                return False
            start = self._reach[before - 1]
        return True


class OfferIndex:
    """An offer with sets of what it holds; each is made when it is first asked for."""

    def __init__(self, offer: Offer) -> None:
        self.offer = offer

    @cached_property
    def obstacles(self) -> frozenset[tuple[str, Extent]]:
        """What the domain is given, and what the board has, by name and place."""
        offer = self.offer
        return frozenset((each.name, each.extent) for each in (*offer.given, *offer.board.obstacles))

    @cached_property
    def operations(self) -> frozenset[tuple[str, int, int]]:
        """Name, start and size of each."""
        return frozenset((each.name, each.start, each.size) for each in self.offer.operations)

    @cached_property
    def devices(self) -> dict[tuple[str, Extent], list[DevicePages]]:
        """By name and place."""
        found: dict[tuple[str, Extent], list[DevicePages]] = {}
        for each in self.offer.devices:
            found.setdefault((each.name, each.described), []).append(each)
        return found

    @cached_property
    def pages_taken(self) -> Cover:
        """The pages of what lies in the domain's address space, or may be kept from it."""
        offer = self.offer
        found = [each.extent for each in (*offer.given, *offer.excused)]
        if offer.host_layout:
            found += [
                each.extent for each in offer.board.obstacles if offer.domain.iommu or each.kind != "memory"
            ]
            found += offer.ram if offer.domain.iommu else ()
        return Cover(
            (each.start - each.start % _PAGE, -(-each.end // _PAGE) * _PAGE)
            for each in found
            if each.end > each.start
        )

    @cached_property
    def allowed(self) -> Cover:
        """Where regions may lie, without IOMMU or with the guest layout."""
        offer = self.offer
        allowed = offer.ram if offer.host_layout else tuple(each.extent for each in offer.windows)
        return Cover((each.start, each.end) for each in allowed)
