"""Refutations of a guest's device tree, checked again in plain integers; `board_witness` asks by kind."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from verifier.layout.board_finding import BoardFinding
from verifier.layout.domain_map import Extent
from verifier.layout.guest_tree import Statement
from verifier.layout.offer import Offer


def _cut_short(finding: BoardFinding, offer: Offer) -> bool:
    """The property has so many bytes, and they are no multiple of an entry's."""
    witness, name = finding.witness, finding.parties[0].name
    cuts = () if offer.tree is None else offer.tree.cuts
    return witness is not None and any(
        f"{each.path} {each.origin}" == name
        and (each.length, each.unit) == (witness.found, witness.needed)
        and each.length % each.unit != 0
        for each in cuts
    )


def _empty(finding: BoardFinding, offer: Offer) -> bool:
    witness, extent = finding.witness, finding.parties[0].extent
    return (
        witness is not None
        and _is_entry(finding, offer)
        and witness.found == witness.needed == extent.start == extent.end
    )


def _wraps(finding: BoardFinding, offer: Offer) -> bool:
    witness, extent = finding.witness, finding.parties[0].extent
    return (
        witness is not None
        and _is_entry(finding, offer)
        and (witness.found, witness.needed) == (extent.end, 2**64)
        and extent.end > 2**64
    )


def _unsorted(finding: BoardFinding, offer: Offer) -> bool:
    """Of two registers of the hypervisor node, neither the first, the later one begins below the earlier one."""
    if finding.witness is None or offer.tree is None or len(finding.parties) != 2:
        return False
    registers = {each.name: (index, each.extent) for index, each in enumerate(offer.tree.registers)}
    one, other = (registers.get(each.name) for each in finding.parties)
    if one is None or other is None or (one[1], other[1]) != tuple(each.extent for each in finding.parties):
        return False
    starts = (other[1].start, one[1].start)
    return (
        0 < one[0] < other[0]
        and starts == (finding.witness.found, finding.witness.needed)
        and starts[0] < starts[1]
    )


def _differs(finding: BoardFinding, offer: Offer) -> bool:
    """At the place one number is found and another expected; of an address and a size it is one of both."""
    witness, place = finding.witness, finding.parties[0].name
    statements = () if offer.tree is None else offer.tree.statements
    return witness is not None and any(
        each.place == place and _differ_by(each, witness.found, witness.needed) and _stands(each, offer)
        for each in statements
    )


def _differ_by(each: Statement, found: int | None, expected: int | None) -> bool:
    if found is None or expected is None:
        missing = each.found is None if found is None else each.expected is None
        there = each.expected if found is None else each.found
        number = there.start if isinstance(there, Extent) else there
        return missing and number is not None and number == (expected if found is None else found)
    if isinstance(each.found, Extent) and isinstance(each.expected, Extent):
        pairs = (
            (each.found.start, each.expected.start),
            (each.found.end - each.found.start, each.expected.end - each.expected.start),
        )
        return (found, expected) in pairs and found != expected
    return (each.found, each.expected) == (found, expected) and found != expected


def _stands(each: Statement, offer: Offer) -> bool:
    """A range that is found is the tree's own."""
    assert offer.tree is not None
    return not isinstance(each.found, Extent) or any(
        (one.name, one.extent) == (each.place, each.found) for one in offer.tree.entries
    )


def _is_entry(finding: BoardFinding, offer: Offer) -> bool:
    party = finding.parties[0]
    return offer.tree is not None and any(
        (each.name, each.extent) == (party.name, party.extent) for each in offer.tree.entries
    )


KINDS: Mapping[str, Callable[[BoardFinding, Offer], bool]] = {
    "cut-short": _cut_short,
    "empty-entry": _empty,
    "entry-wraps": _wraps,
    "unsorted": _unsorted,
    "differs-from-expected": _differs,
}
"""By kind of witness."""
