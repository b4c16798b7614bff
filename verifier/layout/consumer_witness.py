"""Refutations of what guest kernels can use, checked again in plain integers without the model of these kernels."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise

from verifier.layout.board_finding import BoardFinding
from verifier.layout.cover import Cover
from verifier.layout.domain_map import Extent
from verifier.layout.offer import Offer

_PAGE = 4096


def _no_unit(finding: BoardFinding, offer: Offer) -> bool:
    """No aligned `needed` bytes, which some kernel takes, lie below the bound in what is read, neighbours taken for one."""
    witness, party = finding.witness, finding.parties[0]
    if witness is None or party.extent not in offer.regions:
        return False
    read = [_as_read(each, offer) for each in offer.regions]
    if witness.found != _as_read(party.extent, offer).size or witness.found < max(each.size for each in read):
        return False
    top = 2**offer.domain.ipa_bits
    return any(
        each.consumer.takes is not None
        and each.bound is not None
        and (each.consumer.takes.unit, min(each.bound, top)) == (witness.needed, witness.bound)
        and not _has_unit(read, each.consumer.takes.unit, min(each.bound, top))
        for each in offer.uses
    )


def _has_unit(read: Sequence[Extent], unit: int, bound: int) -> bool:
    """The lowest unit of a stretch begins at the first multiple from its start on, and a region has that start."""
    found = Cover((each.start, each.end) for each in read)
    firsts = (each.start + -each.start % unit for each in read)
    return any(each + unit <= bound and found.reached(each, each + unit) for each in firsts)


def _out_of_order(finding: BoardFinding, offer: Offer) -> bool:
    """Two regions next to each other in `reg`, of which the second begins below the end of the first, as they are read."""
    witness = finding.witness
    if witness is None or len(finding.parties) != 2:
        return False
    one, other = (each.extent for each in finding.parties)
    if (one, other) not in pairwise(offer.regions):
        return False
    end, start = _as_read(one, offer).end, _as_read(other, offer).start
    return (witness.found, witness.needed) == (start, end) and start < end


def _refused(finding: BoardFinding, offer: Offer) -> bool:
    """Some kernel refuses a region for its start of 0, or for a number that is no multiple of a page."""
    witness, party = finding.witness, finding.parties[0]
    if witness is None or party.extent not in offer.regions:
        return False
    read = _as_read(party.extent, offer)
    refuses = {each for use in offer.uses if use.consumer.takes for each in use.consumer.takes.refuses}
    if witness.needed == 1:
        return "zero-start" in refuses and witness.found == read.start == 0
    asked = witness.needed == _PAGE and "parts-of-pages" in refuses
    return asked and any(
        witness.found == number and number % _PAGE != 0 for number in (read.start, read.end - read.start)
    )


def _as_read(region: Extent, offer: Offer) -> Extent:
    """By the last digits of start and size, eight for each cell."""
    of_start, of_size = offer.cells
    start, size = _read(region.start, of_start), _read(region.end - region.start, of_size)
    return Extent(start, start + size)


def _read(number: int, cells: int) -> int:
    return int(f"{number:x}"[-8 * cells :], 16)


KINDS: Mapping[str, Callable[[BoardFinding, Offer], bool]] = {
    "no-unit": _no_unit,
    "out-of-order": _out_of_order,
    "refused": _refused,
}
"""By kind of witness, for `board_witness`."""
