"""Refutations of what guest kernels can use, checked again in plain integers without the model of these kernels."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from verifier.layout.board_finding import BoardFinding
from verifier.layout.domain_map import Extent
from verifier.layout.offer import Offer

_PAGE = 4096


def _no_unit(finding: BoardFinding, offer: Offer) -> bool:
    """No aligned `needed` bytes, which some kernel takes, lie below the bound in what is read, neighbours taken for one."""
    witness, party = finding.witness, finding.parties[0]
    if witness is None or witness.found is None or witness.needed is None or witness.bound is None:
        return False
    unit, top = witness.needed, 2**offer.domain.ipa_bits
    known = any(
        each.consumer.takes is not None
        and each.consumer.takes.unit == unit
        and each.bound is not None
        and min(each.bound, top) == witness.bound
        for each in offer.uses
    )
    read = [_as_read(each, offer) for each in offer.regions]
    reached: list[Extent] = []
    for each in sorted(read):
        if reached and each.start <= reached[-1].end:
            reached[-1] = Extent(reached[-1].start, max(reached[-1].end, each.end))
        else:
            reached.append(each)
    room = (min(each.end, witness.bound) - each.start - -each.start % unit for each in reached)
    sizes = [each.end - each.start for each in read]
    return (
        known
        and bool(sizes)
        and witness.found == max(sizes)
        and party.extent in offer.regions
        and all(each < unit for each in room)
    )


def _out_of_order(finding: BoardFinding, offer: Offer) -> bool:
    """Two regions next to each other in `reg`, of which the second begins below the end of the first, as they are read."""
    witness = finding.witness
    if witness is None or len(finding.parties) != 2:
        return False
    one, other = (each.extent for each in finding.parties)
    if (one, other) not in zip(offer.regions, offer.regions[1:], strict=False):
        return False
    end, start = _as_read(one, offer).end, _as_read(other, offer).start
    return (witness.found, witness.needed) == (start, end) and start < end


def _refused(finding: BoardFinding, offer: Offer) -> bool:
    """Some kernel refuses a region for its start of 0, or for a number that is no multiple of a page."""
    witness, party = finding.witness, finding.parties[0]
    if witness is None or witness.found is None or party.extent not in offer.regions:
        return False
    read = _as_read(party.extent, offer)
    refuses = {each for use in offer.uses if use.consumer.takes for each in use.consumer.takes.refuses}
    if witness.needed == 1:
        return "zero-start" in refuses and witness.found == read.start == 0
    return (
        witness.needed == _PAGE
        and "parts-of-pages" in refuses
        and witness.found in (read.start, read.end - read.start)
        and witness.found % _PAGE != 0
    )


def _as_read(region: Extent, offer: Offer) -> Extent:
    """By the last digits of start and size, eight for each cell."""
    start, size = (
        int(f"{number:064x}"[-8 * cells :], 16)
        for number, cells in zip((region.start, region.end - region.start), offer.cells, strict=True)
    )
    return Extent(start, start + size)


KINDS: Mapping[str, Callable[[BoardFinding, Offer], bool]] = {
    "no-unit": _no_unit,
    "out-of-order": _out_of_order,
    "refused": _refused,
}
"""By kind of witness, for `board_witness`."""
