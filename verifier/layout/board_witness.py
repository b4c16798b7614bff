"""Refutations on a board, checked again in plain integers without the rule that found them.

One that does not pass is never printed: it is an internal error, exit status 70.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from verifier.layout import consumer_witness, guest_witness, tree_witness
from verifier.layout.board_finding import BoardFinding, Party
from verifier.layout.domain_map import Extent
from verifier.layout.errors import InternalError
from verifier.layout.finding import Witness
from verifier.layout.offer import Offer
from verifier.layout.offer_index import OfferIndex

_PAGE = 4096
_SUPERPAGE = 2 << 20
_LEAST = 64 << 20
_WRAP = 1 << 64
_NOTHING = Witness("")
"""Of a finding without a witness: of no kind, and without numbers."""


def recheck(finding: BoardFinding, offer: Offer) -> None:
    """Raise InternalError unless the witness of a refutation shows, on the offer, what it claims to show."""
    recheck_with(OfferIndex(offer), finding)


def recheck_with(known: OfferIndex, finding: BoardFinding) -> None:
    """The same, of several refutations of one offer. Raises InternalError."""
    kind = _witness(finding).kind
    if finding.parties:
        if kind in _LOOKED_UP:
            is_shown = _LOOKED_UP[kind](finding, known)
        else:
            is_shown = kind in _KINDS and _KINDS[kind](finding, known.offer)
        if is_shown:
            return
    raise InternalError(
        f"{finding.property} of {finding.domain}: the witness does not re-check: {finding.message}"
    )


def _in_two(finding: BoardFinding, known: OfferIndex) -> bool:
    """The address lies in a region, and in another one or in something that the domain has."""
    address, offer = _address(finding), known.offer
    if len(finding.parties) != 2 or not all(_has(each.extent, address) for each in finding.parties):
        return False
    one, other = finding.parties
    if one == other:
        return guest_witness.is_given_twice(one, offer)
    if guest_witness.is_given(one, offer) and guest_witness.is_given(other, offer):
        return not guest_witness.are_one(one, other, offer)
    return _is_region(one, offer) and (_is_region(other, offer) or _is_obstacle(other, known))


def _outside(finding: BoardFinding, known: OfferIndex) -> bool:
    """The address lies in the region and in no RAM, or in no RAM window.

    With IOMMU a region may lie anywhere; and where nobody tells the host's RAM, none is known to lie outside.
    """
    address, party, offer = _address(finding), finding.parties[0], known.offer
    if offer.host_layout and (offer.domain.iommu or not offer.ram):
        return False
    is_bank = offer.guest is not None and party.extent in (offer.domain.banks or ())
    inside = (is_bank or _is_region(party, offer)) and _has(party.extent, address)
    return inside and not known.allowed.meets(address, address + 1)


def _beyond(finding: BoardFinding, offer: Offer) -> bool:
    address, party = _address(finding), finding.parties[0]
    known = _is_region(party, offer) or _is_grant(finding, offer) or guest_witness.is_given(party, offer)
    bound = 2**offer.domain.ipa_bits
    return known and _witness(finding).bound == bound and bound <= address and _has(party.extent, address)


def _misaligned(finding: BoardFinding, offer: Offer) -> bool:
    """The number is start or end of the region, and no multiple of what it has to be; a grant region of no size may lie
    anywhere.
    """
    witness, party = _witness(finding), finding.parties[0]
    if finding.property == "banks":
        return guest_witness.is_memory_misaligned(finding, offer)
    start, end = party.extent.start, party.extent.end
    units = [_SUPERPAGE] if _is_region(party, offer) else []
    if _is_grant(finding, offer) and start < end:
        units.append(_PAGE if offer.hardware else _SUPERPAGE)
    return any(
        (witness.found, witness.needed) == (number, unit) and number % unit != 0
        for number in (start, end)
        for unit in units
    )


def _too_small(finding: BoardFinding, offer: Offer) -> bool:
    """Less is found than is needed; a grant region of no size is that of a Xen without grant tables."""
    witness, party = _witness(finding), finding.parties[0]
    if witness.found is None or witness.needed is None or witness.found >= witness.needed:
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
    size = party.extent.end - party.extent.start
    of_grant = _is_grant(finding, offer) and size > 0 and witness.needed == offer.grant_frames * _PAGE
    known = of_grant or (_is_region(party, offer) and witness.needed == _LEAST)
    return known and size == witness.found


def _truncated(finding: BoardFinding, offer: Offer) -> bool:
    """The number is start or size of the region, needs more digits than the cells have, and loses the upper ones."""
    witness, party = _witness(finding), finding.parties[0]
    known = _is_region(party, offer) or _is_grant(finding, offer)
    of_start, of_size = offer.cells
    numbers = (party.extent.start, of_start), (party.extent.end - party.extent.start, of_size)
    digits = ((number, f"{number:x}", 8 * cells) for number, cells in numbers)
    return known and any(
        number == witness.needed and len(written) > room and int(written[-room:], 16) == witness.found
        for number, written, room in digits
    )


def _disordered(finding: BoardFinding, known: OfferIndex) -> bool:
    """An operation of size 0 at the begin of a page ends before it begins."""
    witness, party = _witness(finding), finding.parties[0]
    start, end = party.extent.start, party.extent.end
    asked = start == end and start % _PAGE == 0 and (party.name, start, 0) in known.operations
    return asked and (witness.found, witness.needed) == (start, end)


def _wraps(finding: BoardFinding, known: OfferIndex) -> bool:
    witness, party = _witness(finding), finding.parties[0]
    start, end = party.extent.start, party.extent.end
    asked = end > _WRAP and (party.name, start, end - start) in known.operations
    return asked and (witness.found, witness.needed) == (end, _WRAP)


def _dropped(finding: BoardFinding, offer: Offer) -> bool:
    address = _address(finding)
    return _in_any(offer.domain.dropped, address) and not _in_any(offer.regions, address)


def _not_offered(finding: BoardFinding, known: OfferIndex) -> bool:
    """No region has the address, not even one that was dropped, and around it lie 64 MiB at multiples of 2 MiB in which
    nothing is.
    """
    address, hole, offer = _address(finding), finding.parties[0].extent, known.offer
    offered = (*offer.regions, *offer.domain.dropped)
    if not _has(hole, address) or _in_any(offered, address):
        return False
    start = min(hole.start + (address - hole.start) // _LEAST * _LEAST, hole.end - _LEAST)
    block = Extent(start, start + _LEAST)
    if start % _SUPERPAGE != 0:
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
    if len(finding.parties) != 2:
        return False
    address, (party, pages) = _address(finding), finding.parties
    page = address - address % _PAGE
    for each in known.devices.get((party.name, party.extent), ()):
        other = each.mapped if pages.name == "pages mapped" else each.permitted
        touched = max(page, each.described.start) < min(page + _PAGE, each.described.end)
        if pages.extent == other and touched != _has(other, address):
            return True
    return False


def _stops(_finding: BoardFinding, offer: Offer) -> bool:
    return offer.domain.boots is False


def _witness(finding: BoardFinding) -> Witness:
    return finding.witness or _NOTHING


def _address(finding: BoardFinding) -> int:
    """Where there is none, one that nothing has."""
    address = _witness(finding).address
    return -1 if address is None else address


def _has(extent: Extent, address: int) -> bool:
    return extent.start <= address < extent.end


def _in_any(extents: Iterable[Extent], address: int) -> bool:
    return any(_has(each, address) for each in extents)


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
    is_ram = party.name == f"RAM of {known.offer.ram_origin}"
    return is_ram and any(
        ram.start <= party.extent.start and party.extent.end <= ram.end for ram in known.ram_taken
    )


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
