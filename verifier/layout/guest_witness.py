"""Refutations of a guest's whole map, checked again in plain integers without the rules that found them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import pairwise

from verifier.layout.board_finding import BoardFinding, Party
from verifier.layout.domain_map import Extent
from verifier.layout.guest_facts import GuestFacts, Interrupt
from verifier.layout.offer import Offer


def is_given(party: Party, offer: Offer) -> bool:
    """The party is something that a guest whose whole map is judged is given."""
    return offer.guest is not None and any(
        (each.name, each.extent) == (party.name, party.extent) for each in offer.given
    )


def is_given_twice(party: Party, offer: Offer) -> bool:
    """Two things of one name lie at one place, and are not known to be one."""
    given = [each for each in offer.given if (each.name, each.extent) == (party.name, party.extent)]
    return offer.guest is not None and len(given) > 1 and not are_one(party, party, offer)


def are_one(one: Party, other: Party, offer: Offer) -> bool:
    """Both parties are the same pages of the host, whatever they share."""
    hosts = {} if offer.guest is None else offer.guest.hosts
    return one.name in hosts and other.name in hosts and hosts[one.name] == hosts[other.name]


def _is_ram(party: Party, guest: GuestFacts) -> bool:
    """The party stands for all of the RAM that a guest asks for."""
    return (party.origin, party.extent.end - party.extent.start) == (guest.memory_origin, guest.memory)


def is_memory_misaligned(finding: BoardFinding, offer: Offer) -> bool:
    """The numbers are the memory that a guest asks for and the unit that it is counted in."""
    witness, guest = finding.witness, offer.guest
    if witness is None or guest is None or not _is_ram(finding.parties[0], guest):
        return False
    asked = (witness.found, witness.needed) == (guest.memory, guest.memory_unit)
    return asked and guest.memory % guest.memory_unit != 0


def _other_size(finding: BoardFinding, offer: Offer) -> bool:
    """What is there and what should be are different numbers of a region, or of all banks together."""
    witness, guest = finding.witness, offer.guest
    if witness is None or guest is None or witness.found == witness.needed:
        return False
    if finding.property != "banks":
        return is_need(finding, offer, exact=True)
    if not _is_ram(finding.parties[0], guest):
        return False
    banks = offer.domain.banks or ()
    edges = sorted({edge for each in banks for edge in (each.start, each.end)})
    total = sum(
        high - low for low, high in pairwise(edges) if any(each.start <= low < each.end for each in banks)
    )
    return (witness.found, witness.needed) == (total, guest.memory)


def is_need(finding: BoardFinding, offer: Offer, *, exact: bool = False) -> bool:
    """The numbers are those of a region of a guest and of what it is needed for; of an `exact` need, if that is asked."""
    witness, party, guest = finding.witness, finding.parties[0], offer.guest
    if witness is None or guest is None:
        return False
    same = {each.path for each in offer.given if each.name == party.name and each.extent == party.extent}
    total = sum(each.extent.end - each.extent.start for each in offer.given if each.path in same)
    return any(
        need.name in same
        and (witness.found, witness.needed) == (total, need.amount)
        and (need.exact or not exact)
        for need in guest.needs
    )


def _of_two(finding: BoardFinding, offer: Offer) -> bool:
    """Two interrupts of the guest have the number."""
    witness, guest = finding.witness, offer.guest
    if witness is None or guest is None or len(finding.parties) != 2:
        return False
    known = [_party(each) for each in guest.interrupts if each.number == witness.found]
    one, other = finding.parties
    return one in known and other in known and (one != other or known.count(one) > 1)


def _party(each: Interrupt) -> Party:
    """How a finding has it: at its number."""
    return Party(each.name, Extent(each.number, each.number), each.origin)


def _number_beyond(finding: BoardFinding, offer: Offer) -> bool:
    """An interrupt of the guest has the number, which lies beyond the bound that its kind, or its SPIs, have there."""
    witness, party, guest = finding.witness, finding.parties[0], offer.guest
    if witness is None or guest is None:
        return False
    known = [each for each in guest.interrupts if each.number == witness.found and _party(each) == party]
    lowest = {"sgi": 0, "ppi": 16, "spi": 32}
    highest = {"sgi": 15, "ppi": 31, "spi": 1019 if guest.spis is None else min(1019, 31 + guest.spis)}
    return any(
        (each.number < lowest[each.kind] == witness.needed)
        or (each.number > highest[each.kind] == witness.needed)
        for each in known
    )


KINDS: Mapping[str, Callable[[BoardFinding, Offer], bool]] = {
    "other-size": _other_size,
    "number-of-two": _of_two,
    "number-beyond": _number_beyond,
}
"""By kind of witness, for `board_witness`."""
