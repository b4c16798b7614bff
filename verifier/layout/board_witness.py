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

_PAGE = 4096
_SUPERPAGE = 2 << 20
_LEAST = 64 << 20


def recheck(finding: BoardFinding, offer: Offer) -> None:
    """Raise InternalError unless the witness of a refutation shows, on the offer, what it claims to show."""
    witness = finding.witness
    check = None if witness is None else _KINDS.get(witness.kind)
    if check is None or not finding.parties or not check(finding, offer):
        raise InternalError(
            f"{finding.property} of {finding.domain}: the witness does not re-check: {finding.message}"
        )


def _in_two(finding: BoardFinding, offer: Offer) -> bool:
    """The address lies in a region, and in another one or in something that the domain has."""
    address = _address(finding)
    one, other = finding.parties
    if not all(_has(each.extent, address) for each in finding.parties):
        return False
    if one == other:
        return guest_witness.is_given_twice(one, offer)
    if guest_witness.is_given(one, offer) and guest_witness.is_given(other, offer):
        return not guest_witness.are_one(one, other, offer)
    return _is_region(one, offer) and (_is_region(other, offer) or _is_obstacle(other, offer))


def _outside(finding: BoardFinding, offer: Offer) -> bool:
    """The address lies in the region and in no RAM, or in no RAM window; with IOMMU a region may lie anywhere."""
    address, party = _address(finding), finding.parties[0]
    if offer.host_layout and offer.domain.iommu:
        return False
    allowed = offer.ram if offer.host_layout else tuple(each.extent for each in offer.windows)
    is_bank = offer.guest is not None and party.extent in (offer.domain.banks or ())
    inside = (is_bank or _is_region(party, offer)) and _has(party.extent, address)
    return inside and not any(_has(each, address) for each in allowed)


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


def _disordered(finding: BoardFinding, offer: Offer) -> bool:
    witness, party = finding.witness, finding.parties[0]
    asked = any(
        each.name == party.name
        and each.start == party.extent.start
        and each.size == 0
        and each.start % _PAGE == 0
        for each in offer.operations
    )
    return asked and witness is not None and witness.found == party.extent.start == witness.needed


def _wraps(finding: BoardFinding, offer: Offer) -> bool:
    party = finding.parties[0]
    return any(
        each.name == party.name and each.start + each.size == party.extent.end and party.extent.end > 2**64
        for each in offer.operations
    )


def _dropped(finding: BoardFinding, offer: Offer) -> bool:
    return any(_has(each, _address(finding)) for each in offer.domain.dropped) and not _offered(
        offer, _address(finding)
    )


def _not_offered(finding: BoardFinding, offer: Offer) -> bool:
    """No region has the address, and around it lie 64 MiB at multiples of 2 MiB in which nothing is."""
    address, hole = _address(finding), finding.parties[0].extent
    start = hole.start
    while start + _LEAST <= address:
        start += _LEAST
    start = min(start, hole.end - _LEAST)
    block = Extent(start, start + _LEAST)
    if start % _SUPERPAGE or not _has(block, address) or _offered(offer, address):
        return False
    there = [each for each in _has_already(offer) if each.end > each.start]
    empty = all(_page_end(each.end) <= block.start or block.end <= _page_start(each.start) for each in there)
    return empty and _inside_space(block, offer)


def _inside_space(block: Extent, offer: Offer) -> bool:
    if block.end > 2**offer.domain.ipa_bits:
        return False
    if offer.host_layout and offer.domain.iommu:
        return True
    allowed = offer.ram if offer.host_layout else tuple(each.extent for each in offer.windows)
    reached = block.start
    for each in sorted(allowed):
        if each.start <= reached < each.end:
            reached = each.end
    return reached >= block.end


def _has_already(offer: Offer) -> list[Extent]:
    """What lies in the domain's address space, or may be kept from it."""
    found = [each.extent for each in (*offer.given, *offer.excused)]
    if offer.host_layout:
        kinds = {each.kind for each in offer.board.obstacles}
        kinds -= set() if offer.domain.iommu else {"memory"}
        found += [each.extent for each in offer.board.obstacles if each.kind in kinds]
        found += offer.ram if offer.domain.iommu else ()
    return found


def _one_only(finding: BoardFinding, offer: Offer) -> bool:
    """Of the pages that the device touches and those mapped, or permitted, one has the address and the other has not."""
    address, party, pages = _address(finding), *finding.parties
    for each in offer.devices:
        if (each.name, each.described) != (party.name, party.extent):
            continue
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


def _is_obstacle(party: Party, offer: Offer) -> bool:
    known = {(each.name, each.extent) for each in (*offer.given, *offer.board.obstacles)}
    if (party.name, party.extent) in known:
        return True
    boot_ram = party.name == f"RAM of {offer.ram_origin}"
    return boot_ram and any(
        ram.start <= party.extent.start and party.extent.end <= ram.end for ram in offer.ram
    )


def _page_start(address: int) -> int:
    return address - address % _PAGE


def _page_end(address: int) -> int:
    return -(-address // _PAGE) * _PAGE


_KINDS: Mapping[str, Callable[[BoardFinding, Offer], bool]] = {
    "address-in-two-regions": _in_two,
    "address-outside": _outside,
    "address-beyond": _beyond,
    "misaligned": _misaligned,
    "too-small": _too_small,
    "truncated": _truncated,
    "disordered": _disordered,
    "wraps": _wraps,
    "address-dropped": _dropped,
    "address-not-offered": _not_offered,
    "address-of-one-only": _one_only,
    "stops": _stops,
    **consumer_witness.KINDS,
    **guest_witness.KINDS,
    **tree_witness.KINDS,
}
