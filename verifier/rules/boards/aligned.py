"""aligned, of a board: what is offered can be mapped by superpages."""

from __future__ import annotations

from collections.abc import Iterator

from verifier.layout import units
from verifier.layout.board_finding import Party
from verifier.layout.finding import Witness
from verifier.layout.offer import Offer
from verifier.rules.boards.facts import inward
from verifier.rules.boards.rule import (
    NO_REGIONS,
    PAGE,
    BoardRule,
    Breach,
    Judged,
    grant_party,
    listed,
    region_party,
)
from verifier.rules.extended_regions import PROPERTIES, SUPERPAGE


def _judge(offer: Offer) -> Judged:
    units_of = [(region_party(offer, index), SUPERPAGE) for index in range(len(offer.regions))]
    grant = offer.domain.grant_region
    if grant is not None and grant.size:
        units_of.append((grant_party(offer, grant), PAGE if offer.hardware else SUPERPAGE))
    if not units_of:
        return Judged(0, silence=NO_REGIONS)
    breaches, more = listed(each for party, unit in units_of for each in _breaches(party, unit))
    return Judged(2 * len(units_of), breaches, more=more)


def _breaches(party: Party, unit: int) -> Iterator[Breach]:
    left = inward(party.extent, unit)
    helps = (f"{left} is what is left at multiples of {units.size(unit)}",) if left.size else ()
    for word, number in (("starts at", party.extent.start), ("ends at", party.extent.end)):
        if over := number % unit:
            yield Breach(
                f"{party.name} {party.extent} {word} {units.hexa(number)}, {units.size(over)} above a multiple of "
                f"{units.size(unit)}",
                Witness("misaligned", found=number, needed=unit),
                (party,),
                help=helps,
            )


RULE = BoardRule(
    id="aligned",
    position=4,
    title="what is offered begins and ends where superpages do",
    statement=(
        "Every extended region begins and ends at a multiple of 2 MiB; so does the grant region of the guest layout, "
        "while that of "
        "dom0, a piece of Xen's own text, begins and ends with a page."
    ),
    why=PROPERTIES["aligned"].why,
    effect="unsound",
    cites=PROPERTIES["aligned"].cites,
    judge=_judge,
    example=(
        "None of a board: every producer of the hypervisor rounds (verifier prove aligned); a log may have one."
    ),
)
