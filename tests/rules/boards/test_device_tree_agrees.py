"""device-tree-agrees: each breach is shown again in plain integers, and no tampered one is."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from tests.rules.boards.offers import GUEST, with_domain
from verifier.layout.board_finding import BoardFinding, Party
from verifier.layout.board_witness import recheck
from verifier.layout.domain_map import Extent
from verifier.layout.errors import InternalError
from verifier.layout.guest_tree import XL, Cut, Entry, Statement, TreeFacts
from verifier.layout.offer import Offer
from verifier.rules.boards.catalogue import judge, judged_by
from verifier.rules.boards.device_tree_agrees import RULE

GRANT = Entry("/hypervisor", "reg[0]", Extent(0x38000000, 0x39000000))
LOW = Entry("/hypervisor", "reg[1]", Extent(0x50000000, 0x100000000))
HIGH = Entry("/hypervisor", "reg[2]", Extent(0x200000000, 0x10000000000))
NOWHERE = Extent(0, 0)


def stated(entry: Entry, expected: Extent | None = None, found: Extent | None = None) -> Statement:
    return Statement(entry.name, found or entry.extent, expected or entry.extent, "it", "MACRO", entry.extent)


PPI = Statement("/hypervisor interrupts[0]", 31, 31, "it", "GUEST_EVTCHN_PPI", NOWHERE)
SOUND = TreeFacts(
    "/hypervisor", "4.20.4", XL, (2, 2), (GRANT, LOW, HIGH), (GRANT, LOW, HIGH), (), (stated(GRANT), PPI)
)
CUT = Cut("/hypervisor", "reg", 44, 16, "/ has #address-cells 2 and #size-cells 2")
EMPTY = Entry("/hypervisor", "reg[2]", Extent(0x200000000, 0x200000000))
WRAPS = Entry("/hypervisor", "reg[2]", Extent(0x200000000, (1 << 64) + 0x1000))
BAD = {
    "cut": replace(SOUND, cuts=(CUT,)),
    "empty": replace(SOUND, entries=(GRANT, LOW, EMPTY)),
    "wraps": replace(SOUND, entries=(GRANT, LOW, WRAPS)),
    "unsorted": replace(
        SOUND, registers=(GRANT, replace(HIGH, origin="reg[1]"), replace(LOW, origin="reg[2]"))
    ),
    "other start": replace(SOUND, statements=(stated(GRANT, Extent(0x39000000, 0x3A000000)),)),
    "other size": replace(SOUND, statements=(stated(GRANT, Extent(0x38000000, 0x38020000)),)),
    "other number": replace(SOUND, statements=(replace(PPI, found=30),)),
    "missing": replace(SOUND, statements=(replace(PPI, found=None),)),
    "too many": replace(SOUND, statements=(replace(stated(HIGH), expected=None),)),
}


def offer(tree: TreeFacts) -> Offer:
    return replace(GUEST, tree=tree)


def judged(tree: TreeFacts) -> list[BoardFinding]:
    return list(judged_by(RULE, offer(tree)))


def test_nothing_is_said_of_what_is_no_tree() -> None:
    assert not list(judged_by(RULE, GUEST))


def test_what_agrees_is_proved_and_what_is_not_told_is_open() -> None:
    (proved,) = judged(SOUND)
    assert (str(proved.verdict), proved.checked) == ("proved", 5)
    (unknown,) = judged(replace(SOUND, doubts=("who knows",)))
    assert (str(unknown.verdict), unknown.message) == ("unknown", "who knows")


def test_the_grant_region_may_lie_above_what_is_offered() -> None:
    """Xen's arch/arm of Linux takes reg[0] for the grant table, and looks at the order of what follows alone."""
    above = replace(GRANT, extent=Extent(0x180000000, 0x181000000))
    registers = (above, LOW, HIGH)
    (found,) = judged(replace(SOUND, entries=registers, registers=registers, statements=(stated(above), PPI)))
    assert str(found.verdict) == "proved"


def test_of_a_guest_s_tree_what_it_does_not_tell_is_open() -> None:
    """Where its addresses are the host's, devices of the host count, which this tree does not have."""
    whole = offer(SOUND)
    for rule, changed, verdict in (
        ("no-overlap", whole, "proved"),
        ("no-overlap", with_domain(whole, banks=None), "unknown"),
        ("no-overlap", with_domain(whole, grant_region=None), "unknown"),
        ("one-to-one-holes", replace(whole, host_layout=True), "unknown"),
    ):
        (found,) = (each for each in judge(changed) if each.property == rule)
        assert str(found.verdict) == verdict


@pytest.mark.parametrize("name", BAD)
def test_each_fault_is_one_refutation(name: str) -> None:
    (found,) = judged(BAD[name])
    assert str(found.verdict) == "refuted"
    assert found.help
    with pytest.raises(InternalError, match="does not re-check"):
        recheck(found, offer(SOUND))


@pytest.mark.parametrize(
    ("cells", "written"),
    [
        ((2, 2), "<0x2 0x38000000 0x1 0x20000>"),
        ((2, 1), "<0x2 0x38000000 0x20000>"),
    ],
)
def test_the_repair_is_written_as_device_tree_source_has_it(cells: tuple[int, int], written: str) -> None:
    """An address and a size, cells of 32 bits, the upper one first (Devicetree Specification 2.2.4.2)."""
    size = 0x100020000 if cells[1] == 2 else 0x20000
    expected = Extent(0x238000000, 0x238000000 + size)
    (found,) = judged(replace(SOUND, cells=cells, statements=(stated(GRANT, expected),)))
    assert found.help == (f"/hypervisor reg[0] = {written}",)


def tampered(found: BoardFinding) -> Iterator[BoardFinding]:
    """Other numbers, other parties, another kind."""
    witness = found.witness
    assert witness is not None
    yield replace(found, witness=None)
    yield replace(found, parties=())
    stranger = Party("/stranger reg[0]", Extent(0x1000, 0x2000), "nowhere")
    yield replace(found, parties=(stranger, *found.parties[1:]))
    if witness.found is not None:
        yield replace(found, witness=replace(witness, found=witness.found + 1))
        yield replace(found, witness=replace(witness, found=None))
    if witness.needed is not None:
        yield replace(found, witness=replace(witness, needed=witness.needed + 1))
        yield replace(found, witness=replace(witness, needed=None))
    yield replace(found, witness=replace(witness, found=witness.needed, needed=witness.found))


@pytest.mark.parametrize("name", BAD)
def test_tampered_refutations_are_rejected(name: str) -> None:
    tree = offer(BAD[name])
    (found,) = judged(BAD[name])
    recheck(found, tree)
    for each in tampered(found):
        if each != found:
            with pytest.raises(InternalError, match="does not re-check"):
                recheck(each, tree)


def test_a_statement_about_what_the_tree_does_not_have_is_rejected() -> None:
    """What is found has to stand in the tree, not only in the statement."""
    with pytest.raises(InternalError, match="does not re-check"):
        judged(replace(SOUND, statements=(stated(GRANT, found=Extent(0x40000000, 0x41000000)),)))
