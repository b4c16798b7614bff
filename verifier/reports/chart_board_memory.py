"""The blocks of a guest whose memory is open: RAM as it fills the windows, and the regions for every size."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from verifier.layout.box import Box
from verifier.layout.chart import Block, Fill
from verifier.layout.domain_map import Extent, SizeRegime
from verifier.layout.offer import Offer

MUST = {
    "device": "no extended region may cover it: accesses would reach the device",
    "pci-window": "no extended region may cover it: accesses would reach a PCI device",
    "memory": "RAM of the host: with an IOMMU no extended region may cover it, without one they all lie in it",
    "reserved-memory": "no extended region may cover it: it is reserved",
    "disabled-memory": "no extended region may cover it: it is described as memory",
    "memreserve": "no extended region may cover it: it is reserved",
    "domain-ram": "no extended region may cover it: it is RAM of the domain",
    "grant-region": "no extended region may cover it: the guest puts its grant table there",
    "shared-memory": "no extended region may cover it: it is shared memory of the domain",
    "passthrough": "no extended region may cover it: a device of the host is mapped there",
    "layout": "no extended region may cover it: the guest has it there",
    "extended": "must be free: it avoids all that the domain has, begins at a multiple of 2 MiB and has 64 MiB or more",
    "lost": "has to be offered, and is not",
    "dropped": "would be offered if Xen took more regions",
}
"""What must be of a block, by its kind."""


def of_memory(offer: Offer) -> Iterator[Block]:
    """RAM, and the regions for every size."""
    fills = list(_fills(offer))
    for index, (window, fill) in enumerate(zip(offer.windows, fills, strict=True)):
        extent = window.extent
        yield Block(f"RAM bank {index}", "domain-ram", extent.start, extent.end, 0, window.name, fill=fill,
                    constraint=MUST["domain-ram"])  # fmt: skip
    yield from (block for block in _regions_of_memory(offer, fills) if block is not None)


def _fills(offer: Offer) -> Iterator[Fill]:
    """Windows fill in order."""
    before = 0
    for window in offer.windows:
        yield Fill(window.extent.start, window.extent.size, before)
        before += window.extent.size


def _regions_of_memory(offer: Offer, fills: Sequence[Fill]) -> Iterator[Block | None]:
    """A region for all sizes of a regime: fixed, or behind what memory uses of a window; None if it is neither."""
    for regime in offer.domain.sizes:
        for index, (first, last) in enumerate(zip(regime.at_least, regime.at_most, strict=True)):
            block = Block(
                f"extended region {index}",
                "extended",
                first.start,
                last.end,
                0,
                offer.domain.producer or "",
                (Box({}, {"memory": (regime.least, regime.most)}),),
                constraint=MUST["extended"],
            )
            yield (
                block
                if first == last
                else _moving(block, regime, (first, last), fills, offer.domain.ipa_bits)
            )


def _moving(
    block: Block, regime: SizeRegime, wanted: tuple[Extent, Extent], fills: Sequence[Fill], bits: int
) -> Block | None:
    """The block behind a window's memory, if it is what is wanted for the least and for the most size."""
    ends = [(each.start, each.end) for each in wanted]
    for fill in fills:
        moving = replace(block, fill=replace(fill, is_rest=True))
        if [
            moving.extent({"memory": size, "ipa_bits": bits}) for size in (regime.least, regime.most)
        ] == ends:
            return moving
    return None


def undrawn(offer: Offer) -> Iterator[str]:
    """What has no place in the drawing."""
    fills = list(_fills(offer))
    if any(each is None for each in _regions_of_memory(offer, fills)):
        yield "not drawn: extended regions that depend on the memory in another way than by what it uses of a window"
