"""registers-fit, of a board: the domain reads what was meant."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from verifier.layout import units
from verifier.layout.board_finding import Party, Placement
from verifier.layout.domain_map import Extent
from verifier.layout.finding import Cite, Witness
from verifier.layout.offer import Offer
from verifier.rules.boards.facts import obstacles
from verifier.rules.boards.rule import BoardRule, Breach, of_each_party
from verifier.rules.extended_regions import PROPERTIES, fits


def _cut(offer: Offer, party: Party, place: Placement | None) -> Iterator[Breach]:
    extent, cells = party.extent, offer.cells
    if fits(extent.start, extent.size, cells):
        return
    starts, sizes = (32 * count for count in cells)
    start, size = extent.start % (1 << starts), extent.size % (1 << sizes)
    number, bits, what = (
        (extent.start, starts, "#address-cells")
        if start != extent.start
        else (extent.size, sizes, "#size-cells")
    )
    yield Breach(
        f"{party.name} {extent} is read as {Extent(start, start + size)}, {units.size(size)}: {units.hexa(number)} "
        "does not fit the "
        f"{bits} bits of {what} = <{bits // 32}> of the root",
        Witness("truncated", found=start if start != extent.start else size, needed=number),
        (party,),
        details=tuple(_aliases(offer, party, Extent(start, start + size))),
        help=(f"{what} = <2> in the root of the board's device tree",),
        placement=place,
    )


def _aliases(offer: Offer, party: Party, read: Extent) -> Iterator[str]:
    """What of the host lies where the domain now believes the region to be, and not in the region itself.

    Neither start nor size grows where upper digits are lost: what is read ends where the region does, or below.
    """
    if not read.size:
        yield "a size of 0 is no region: the guest loses all of it"
        return
    for each in obstacles(offer):
        shared = Extent(max(read.start, each.extent.start), min(read.end, each.extent.end))
        if shared.size > 0 and shared.start < party.extent.start:
            yield f"{each.name} {each.extent} lies there"


RULE = BoardRule(
    id="registers-fit",
    position=3,
    title="what is offered fits the cells that it is written into",
    statement=(
        "Start and size of the grant region and of every extended region fit the cells of `reg`: those of the host's "
        "root for dom0, two "
        "each for other domains."
    ),
    why=PROPERTIES["registers-fit"].why,
    effect="unsound",
    cites=(
        *PROPERTIES["registers-fit"].cites,
        Cite("Devicetree Specification 0.4", "2.3.5 #address-cells and #size-cells"),
    ),
    judge=partial(of_each_party, _cut),
    example=(
        "The map of a board with an Allwinner A64, whose root has one size cell, with IOMMU: [0xc0000000, "
        "0x1000000000000) is "
        "read as [0xc0000000, 0x100000000)."
    ),
)
