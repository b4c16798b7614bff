"""Refutations on a board, checked again in plain integers without the rule that found them.

One that does not pass is never printed: it is an internal error, exit status 70.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from verifier.layout import consumer_witness, guest_witness, tree_witness
from verifier.layout.board_finding import BoardFinding, Party
from verifier.layout.domain_map import Extent
from verifier.layout.errors import InternalError
from verifier.layout.offer import Offer
from verifier.layout.offer_index import OfferIndex

_PAGE = 4096
_SUPERPAGE = 2 << 20
_LEAST = 64 << 20


def recheck(finding: BoardFinding, offer: Offer) -> None:
    """Raise InternalError unless the witness of a refutation shows, on the offer, what it claims to show."""
    recheck_with(OfferIndex(offer), finding)


def recheck_with(known: OfferIndex, finding: BoardFinding) -> None:
    """The same, of several refutations of one offer. Raises InternalError."""
    witness = finding.witness
    if witness is not None and finding.parties:
        if witness.kind in _LOOKED_UP:
            is_shown = _LOOKED_UP[witness.kind](finding, known)
        else:
            is_shown = witness.kind in _KINDS and _KINDS[witness.kind](finding, known.offer)
        if is_shown:
            return
    raise InternalError(
        f"{finding.property} of {finding.domain}: the witness does not re-check: {finding.message}"
    )


def _in_two(finding: BoardFinding, known: OfferIndex) -> bool:
    """The address lies in a region, and in another one or in something that the domain has."""
    address, offer = _address(finding), known.offer
    one, other = finding.parties
    if not all(_has(each.extent, address) for each in finding.parties):
        return False
    if one == other:
        return guest_witness.is_given_twice(one, offer)
    if guest_witness.is_given(one, offer) and guest_witness.is_given(other, offer):
        return not guest_witness.are_one(one, other, offer)
    return _is_region(one, offer) and (_is_region(other, offer) or _is_obstacle(other, known))


def _outside(finding: BoardFinding, known: OfferIndex) -> bool:
    """The address lies in the region and in no RAM, or in no RAM window; with IOMMU a region may lie anywhere."""
    address, party, offer = _address(finding), finding.parties[0], known.offer
    if offer.host_layout and offer.domain.iommu:
        return False
    is_bank = offer.guest is not None and party.extent in (offer.domain.banks or ())
    inside = (is_bank or _is_region(party, offer)) and _has(party.extent, address)
    return inside and not known.allowed.meets(address, address + 1)


def _beyond(finding: BoardFinding, offer: Offer) -> bool:
    witness, address = finding.witness, _address(finding)
    party = finding.parties[0]
    known = _is_region(party, offer) or _is_grant(finding, offer) or guest_witness.is_given(party, offer)
    bound = 2**offer.domain.ipa_bits
    return (
        known
        and witness is not None
        and witness.bound == bound
        and bound <= address
        and _has(party.extent, address)
    )


def _misaligned(finding: BoardFinding, offer: Offer) -> bool:
    witness, party = finding.witness, finding.parties[0]
    if witness is None or witness.found is None or witness.needed is None:
        return False
    if finding.property == "banks":
        return guest_witness.is_memory_misaligned(finding, offer)
    of_grant = _is_grant(finding, offer) and witness.needed == (_PAGE if offer.hardware else _SUPERPAGE)
    return (
        (of_grant or (_is_region(party, offer) and witness.needed == _SUPERPAGE))
        and witness.found in (party.extent.start, party.extent.end)
        and witness.found % witness.needed != 0
    )


def _too_small(finding: BoardFinding, offer: Offer) -> bool:
    witness, party = finding.witness, finding.parties[0]
    if witness is None or witness.found is None or witness.needed is None or witness.found >= witness.needed:
        return False
    if finding.property == "built":
        tree = offer.domain.tree
        return (
            offer.domain.boots is False
            and tree is not None
            and (tree.most_room, tree.least) == (witness.found, witness.needed)
        )
    if guest_witness.is_need(finding, offer):
        return True
    of_grant = _is_grant(finding, offer) and witness.needed == offer.grant_frames * _PAGE
    known = of_grant or (_is_region(party, offer) and witness.needed == _LEAST)
    return known and party.extent.end - party.extent.start == witness.found


def _truncated(finding: BoardFinding, offer: Offer) -> bool:
    """The number is start or size of the region, needs more digits than the cells have, and loses the upper ones."""
    witness, party = finding.witness, finding.parties[0]
    if witness is None or witness.found is None or witness.needed is None:
        return False
    known = _is_region(party, offer) or _is_grant(finding, offer)
    digits = f"{witness.needed:x}"
    numbers = zip((party.extent.start, party.extent.end - party.extent.start), offer.cells, strict=True)
    return known and any(
        number == witness.needed
        and len(digits) > 8 * cells
        and int(digits[-8 * cells :], 16) == witness.found
        for number, cells in numbers
    )


def _disordered(finding: BoardFinding, known: OfferIndex) -> bool:
    witness, party = finding.witness, finding.parties[0]
    start = party.extent.start
    asked = start % _PAGE == 0 and (party.name, start, 0) in known.operations
    return asked and witness is not None and witness.found == start == witness.needed


def _wraps(finding: BoardFinding, known: OfferIndex) -> bool:
    party = finding.parties[0]
    start, end = party.extent.start, party.extent.end
    return end > 2**64 and (party.name, start, end - start) in known.operations


def _dropped(finding: BoardFinding, offer: Offer) -> bool:
    return any(_has(each, _address(finding)) for each in offer.domain.dropped) and not _offered(
        offer, _address(finding)
    )


def _not_offered(finding: BoardFinding, known: OfferIndex) -> bool:
    """No region has the address, and around it lie 64 MiB at multiples of 2 MiB in which nothing is."""
    address, hole = _address(finding), finding.parties[0].extent
    start = hole.start + max(0, address - hole.start) // _LEAST * _LEAST
    start = min(start, hole.end - _LEAST)
    block = Extent(start, start + _LEAST)
    if start % _SUPERPAGE or not _has(block, address) or _offered(known.offer, address):
        return False
    return not known.pages_taken.meets(block.start, block.end) and _inside_space(block, known)


def _inside_space(block: Extent, known: OfferIndex) -> bool:
    offer = known.offer
    if block.end > 2**offer.domain.ipa_bits:
        return False
    anywhere = offer.host_layout and offer.domain.iommu
    return anywhere or known.allowed.reached(block.start, block.end)


def _one_only(finding: BoardFinding, known: OfferIndex) -> bool:
    """Of the pages that the device touches and those mapped, or permitted, one has the address and the other has not."""
    address, party, pages = _address(finding), *finding.parties
    for each in known.devices.get((party.name, party.extent), ()):
        other = each.mapped if pages.name == "pages mapped" else each.permitted
        touched = each.described.size > 0 and any(
            _page_start(address) <= byte <= _page_start(address) + _PAGE - 1
            for byte in (
                each.described.start,
                each.described.end - 1,
                min(max(each.described.start, address), each.described.end - 1),
            )
        )
        if pages.extent == other and touched != _has(other, address):
            return True
    return False


def _stops(_finding: BoardFinding, offer: Offer) -> bool:
    return offer.domain.boots is False


def _address(finding: BoardFinding) -> int:
    address = None if finding.witness is None else finding.witness.address
    return -1 if address is None else address


def _has(extent: Extent, address: int) -> bool:
    return extent.start <= address < extent.end


def _offered(offer: Offer, address: int) -> bool:
    return any(_has(each, address) for each in offer.regions)


def _is_region(party: Party, offer: Offer) -> bool:
    return party.extent in offer.regions


def _is_grant(finding: BoardFinding, offer: Offer) -> bool:
    """The party is the grant region: of the offer, or of the placement, if it may lie there."""
    extent, place = finding.parties[0].extent, finding.placement
    if place is None:
        return extent == offer.domain.grant_region
    may_be = any(each.start <= extent.start and extent.end <= each.end for each in offer.grant_places)
    return extent == place.grant_region and may_be


def _is_obstacle(party: Party, known: OfferIndex) -> bool:
    if (party.name, party.extent) in known.obstacles:
        return True
    offer = known.offer
    boot_ram = party.name == f"RAM of {offer.ram_origin}"
    return boot_ram and any(
        ram.start <= party.extent.start and party.extent.end <= ram.end for ram in offer.ram
    )


def _page_start(address: int) -> int:
    return address - address % _PAGE


_LOOKED_UP: Mapping[str, Callable[[BoardFinding, OfferIndex], bool]] = {
    "address-in-two-regions": _in_two,
    "address-outside": _outside,
    "disordered": _disordered,
    "wraps": _wraps,
    "address-not-offered": _not_offered,
    "address-of-one-only": _one_only,
}
"""By kind of witness, of which there can be as many as the tree has entries."""
_KINDS: Mapping[str, Callable[[BoardFinding, Offer], bool]] = {
    "address-beyond": _beyond,
    "misaligned": _misaligned,
    "too-small": _too_small,
    "truncated": _truncated,
    "address-dropped": _dropped,
    "stops": _stops,
    **consumer_witness.KINDS,
    **guest_witness.KINDS,
    **tree_witness.KINDS,
}
