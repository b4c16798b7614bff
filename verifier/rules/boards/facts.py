"""What an extended region of a domain must avoid, and where it may lie: the specification, whatever Xen does."""

from __future__ import annotations

from bisect import insort
from collections.abc import Iterator

from verifier.layout.domain_map import Extent
from verifier.layout.obstacle import BoardMap, Obstacle, gaps, merged, uncovered
from verifier.layout.offer import Offer
from verifier.layout.remembered import remembered
from verifier.rules.boards.rule import PAGE
from verifier.rules.extended_regions import LEAST, SUPERPAGE

_HOST = ("device", "pci-window", "disabled-memory", "reserved-memory", "memreserve")
_WITH_RAM = (*_HOST, "memory")


def obstacles(offer: Offer) -> tuple[Obstacle, ...]:
    """Everything that no region may cover, by address.

    A domain with the guest layout has nothing of the host's. One with the host's layout has its devices, windows and
    reserved memory; with IOMMU all of its RAM as well, for a device may reach any of it. Without IOMMU the regions lie in
    RAM that the domain does not own, by design (b6fe410936). Empty stretches cover nothing and are left out.
    """
    own = [each for each in offer.given if each.extent.size > 0]
    if not offer.host_layout:
        return tuple(sorted(own))
    if offer.domain.iommu:
        own += _boot_ram(offer)
    found = list(_of_board(offer.board, _WITH_RAM if offer.domain.iommu else _HOST))
    for each in own:
        insort(found, each)
    return tuple(found)


@remembered
def _of_board(board: BoardMap, kinds: tuple[str, ...]) -> tuple[Obstacle, ...]:
    """What the board has, by address."""
    return tuple(sorted(each for each in board.of_kind(*kinds) if each.extent.size > 0))


@remembered
def _pages_of_board(board: BoardMap, kinds: tuple[str, ...]) -> tuple[Extent, ...]:
    """The pages of that."""
    return merged(outward(each.extent) for each in _of_board(board, kinds))


def _boot_ram(offer: Offer) -> Iterator[Obstacle]:
    """RAM that the boot loader gave to Xen and the device tree does not describe (EFI)."""
    described = [each.extent for each in offer.board.of_kind("memory")]
    for each in gaps(offer.ram, described):
        yield Obstacle(each, "memory", "RAM", f"of {offer.ram_origin}")


def unknown(offer: Offer) -> Iterator[str]:
    """What regions must avoid and nobody told where it lies; each a sentence. Nothing is proved of it.

    With IOMMU the host's RAM stands for what lies in it: banks and grant region of dom0, pages of Xen's heap. A guest has
    its grant region where the guest layout says, or none: then its tree has no hypervisor node.
    """
    domain = offer.domain
    if offer.tree is not None:
        yield from _unknown_of_tree(offer)
        return
    in_ram = offer.host_layout and domain.iommu and bool(offer.ram)
    if offer.host_layout and not offer.ram:
        yield (
            "the host's RAM is not known: the device tree has no memory node (UEFI gives it apart); --ram or a log tells it"
        )
    if domain.banks is None and not in_ram:
        yield f"where the RAM banks of {domain.name} lie is not known: --dom0-bank or a log tells those of dom0"
    if domain.grant_region is None and offer.hardware and not in_ram:
        yield f"where the grant region of {domain.name} lies is not known: --grant-table or a log tells it"
    for each in domain.regions:
        in_place = offer.hardware or (in_ram and each.name == "xenstore page")
        if each.extent is None and not in_place:
            yield f"where its {each.name} lies is not known: {each.origin}"


def _unknown_of_tree(offer: Offer) -> Iterator[str]:
    """What a guest's own tree does not tell, which has no host's RAM."""
    if offer.host_layout:
        yield "its addresses are, or may be, those of the host, whose device tree verifier host judges them by"
    if offer.domain.banks is None:
        yield "where its RAM lies is not known: the tree has no memory node with addresses"
    if offer.domain.grant_region is None:
        yield "where its grant region lies is not known: the hypervisor node has no reg"
    for each in offer.domain.regions:
        if each.extent is None:
            yield f"where its {each.name} lies is not known: {each.origin}"


def space(offer: Offer) -> tuple[Extent, ...]:
    """Where regions may lie: all addresses below 2^b, the host's RAM, or the RAM windows of the guest layout."""
    if not offer.host_layout:
        return _below(tuple(each.extent for each in offer.windows), offer.top)
    return (Extent(0, offer.top),) if offer.domain.iommu else _below(offer.ram, offer.top)


def free(offer: Offer) -> tuple[Extent, ...]:
    """What is left of the space: whole pages that hold no byte of anything."""
    own: list[Extent] = [each.extent for each in (*offer.given, *offer.excused)]
    boards: tuple[Extent, ...] = ()
    if offer.host_layout:
        boards = _pages_of_board(offer.board, _WITH_RAM if offer.domain.iommu else _HOST)
        own += [each.extent for each in _boot_ram(offer)] if offer.domain.iommu else []
    left = gaps(
        [inward(each, PAGE) for each in space(offer)], [outward(each) for each in own if each.size > 0]
    )
    return tuple(part for each in left for part in uncovered(each, boards))


def qualifying(extents: tuple[Extent, ...]) -> tuple[Extent, ...]:
    """What Xen promises to offer of free stretches: 2 MiB blocks, 64 MiB or more at a stretch."""
    return tuple(each for each in (inward(one, SUPERPAGE) for one in extents) if each.size >= LEAST)


def inward(extent: Extent, unit: int) -> Extent:
    """The whole units inside; empty if there are none."""
    start = -(-extent.start // unit) * unit
    return Extent(start, max(start, extent.end // unit * unit))


def outward(extent: Extent) -> Extent:
    """The pages that it touches; half-open in bytes."""
    return Extent(extent.start // PAGE * PAGE, -(-extent.end // PAGE) * PAGE)


def _below(extents: tuple[Extent, ...], top: int) -> tuple[Extent, ...]:
    return merged(Extent(each.start, min(each.end, top)) for each in extents)
