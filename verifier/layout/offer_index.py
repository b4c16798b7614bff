"""What re-checks of refutations look up in an offer, put in order once for all of them."""

from __future__ import annotations

from functools import cached_property

from verifier.layout.cover import Cover
from verifier.layout.domain_map import Extent
from verifier.layout.obstacle import Obstacle
from verifier.layout.offer import DevicePages, Offer

_PAGE = 4096


class OfferIndex:
    """An offer with sets of what it holds; each is made when it is first asked for."""

    def __init__(self, offer: Offer) -> None:
        self.offer = offer

    @cached_property
    def obstacles(self) -> frozenset[tuple[str, Extent]]:
        """What the domain is given, and what it has of the board, by name and place."""
        return frozenset((each.name, each.extent) for each in (*self.offer.given, *self._of_board))

    @cached_property
    def ram_taken(self) -> tuple[Extent, ...]:
        """The host's RAM where no region may lie in it: with IOMMU, for a device may reach any of it."""
        offer = self.offer
        return offer.ram if offer.host_layout and offer.domain.iommu else ()

    @cached_property
    def _of_board(self) -> tuple[Obstacle, ...]:
        """All that the tree describes where addresses are the host's, but its RAM where regions may lie in that."""
        offer = self.offer
        if not offer.host_layout:
            return ()
        return tuple(each for each in offer.board.obstacles if offer.domain.iommu or each.kind != "memory")

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
        named = (*offer.given, *offer.excused, *self._of_board)
        found = (*(each.extent for each in named), *self.ram_taken)
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
