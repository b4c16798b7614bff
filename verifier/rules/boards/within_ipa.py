"""within-ipa, of a board: stage 2 can translate what is offered."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain

from verifier.layout import units
from verifier.layout.board_finding import Party, Placement
from verifier.layout.finding import Witness
from verifier.layout.offer import Offer
from verifier.rules.boards.rule import BoardRule, Breach, Judged, listed, obstacle_party, of_each_party
from verifier.rules.extended_regions import PROPERTIES


def _beyond(offer: Offer, party: Party, place: Placement | None) -> Iterator[Breach]:
    extent, bits = party.extent, offer.domain.ipa_bits
    if extent.end <= offer.top or not extent.size:
        return
    first = max(extent.start, offer.top)
    yield Breach(
        f"{party.name} {extent} does not fit {bits} ipa bits: {units.size(extent.end - first)} lie at or above "
        f"{units.sized(offer.top)}",
        Witness("address-beyond", address=first, bound=offer.top),
        (party,),
        placement=place,
    )


def _given(offer: Offer) -> Iterator[Breach]:
    """What a guest is given beside what it is offered; its grant region is judged with that."""
    for each in offer.given:
        if each.kind != "grant-region":
            yield from _beyond(offer, obstacle_party(each), None)


def _judge(offer: Offer) -> Judged:
    offered = of_each_party(_beyond, offer)
    if offer.guest is None:
        return offered
    breaches, more = listed(chain(offered.breaches, _given(offer)))
    return Judged(offered.checked + len(offer.given), breaches, offered.doubts, more=more or offered.more)


RULE = BoardRule(
    id="within-ipa",
    position=6,
    title="what is offered lies below 2^b",
    statement=(
        "Every extended region and the grant region end at or below 2^b, b being the width of the address space; of a guest "
        "whose whole map is judged (verifier guest) everything does."
    ),
    why=PROPERTIES["within-ipa"].why,
    effect="unsound",
    cites=PROPERTIES["within-ipa"].cites,
    judge=_judge,
    example=(
        "None of a board: every producer of the hypervisor cuts at 2^b (verifier prove within-ipa); a log may have one."
    ),
)
