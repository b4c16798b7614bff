"""preconditions, of a board: what the tree holds does not break the producer."""

from __future__ import annotations

from collections.abc import Iterator

from verifier.layout import units
from verifier.layout.board_finding import Party
from verifier.layout.domain_map import Extent
from verifier.layout.finding import Cite, Witness
from verifier.layout.obstacle import gaps
from verifier.layout.offer import Offer, Operation
from verifier.rules.boards.rule import PAGE, BoardRule, Breach, Judged, listed
from verifier.rules.extended_regions import PROPERTIES

_WRAP = 1 << 64


def _judge(offer: Offer) -> Judged:
    if not offer.operations:
        return Judged(0, silence="no producer of extended regions runs")
    breaches, more = listed(each for operation in offer.operations for each in _of(offer, operation))
    return Judged(len(offer.operations) + 1, (*breaches, *_dropped(offer)), more=more)


def _of(offer: Offer, operation: Operation) -> Iterator[Breach]:
    """An empty entry that begins with a page is a range that ends before it starts; one that begins inside a page is "
    "that page.
    """
    end = operation.start + operation.size
    party = Party(operation.name, Extent(operation.start, end), offer.domain.producer or "")
    if not operation.size and not operation.start % PAGE:
        first, last = operation.start // PAGE, (operation.start // PAGE - 1) % (_WRAP // PAGE)
        means = "which ends before it starts" if first else "which is everything"
        yield Breach(
            f"{operation.name} has a size of 0 at {units.hexa(operation.start)}: {party.origin} then asks for the frames "
            f"from {units.hexa(first)} to {units.hexa(last)}, {means}",
            Witness("disordered", found=operation.start, needed=end),
            (party,),
        )
    elif end > _WRAP:
        yield Breach(
            f"{operation.name} has {units.hexa(operation.size)} bytes from {units.hexa(operation.start)}: it ends "
            f"{units.size(end - _WRAP)} above 2^64, and the end wraps",
            Witness("wraps", found=end, needed=_WRAP),
            (party,),
            help=(f"{operation.name} given its size",),
        )


def _dropped(offer: Offer) -> Iterator[Breach]:
    lost = gaps(offer.domain.dropped, offer.regions)
    if not lost:
        return
    count = len(offer.domain.dropped)
    yield Breach(
        f"{count} more {units.plural(count, 'region')} of {units.size(sum(each.size for each in lost))} in all, from "
        f"{lost[0]} on, are beyond the most that Xen takes: dropped without a word",
        Witness("address-dropped", address=lost[0].start),
        (Party("the first region dropped", lost[0], offer.domain.producer or ""),),
        lost[0],
        effect="space lost",
    )


RULE = BoardRule(
    id="preconditions",
    position=7,
    title="range operations are in order, nothing wraps, no cap drops a region",
    statement=(
        "Every range that the producer adds or takes away ends where it starts or later, none wraps, and no region is "
        "dropped because "
        "there are too many."
    ),
    why=PROPERTIES["preconditions"].why,
    effect="unsound",
    cites=(
        *PROPERTIES["preconditions"].cites,
        *PROPERTIES["cap"].cites,
        Cite("Devicetree Specification 0.4", "2.3.6 reg"),
    ),
    judge=_judge,
    example=(
        "A Raspberry Pi 4, whose tree has reg = <0 0 0> for a disabled node: find_memory_holes takes away everything "
        "(booted)."
    ),
)
