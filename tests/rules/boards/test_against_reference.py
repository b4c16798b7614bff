"""Every verdict about an offer is the reference's, which decides page by page; every witness lies where it says."""

from __future__ import annotations

from dataclasses import replace
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.examples import examples
from tests.rules.boards import guests, reference
from tests.rules.boards.guests import CHANGES, WHOLE
from tests.rules.boards.offers import DEVICE, MIB, NO_IOMMU, RAM, SOUND, mutant, sound, used
from verifier.layout.board_finding import BoardFinding
from verifier.layout.domain_map import Extent
from verifier.layout.obstacle import BoardMap
from verifier.layout.offer import Offer
from verifier.rules.boards.catalogue import board_rules, judge

AREAS = ("address-in-two-regions", "address-outside", "address-not-offered", "address-beyond")


def agree(offer: Offer) -> dict[str, bool]:
    """The reference's verdicts, once they are known to be those of the rules; `built` always holds here."""
    offer = used(offer, "linux")
    expected = {**reference.verdicts(offer), "built": True}
    findings = judge(offer)
    found: dict[str, set[str]] = {}
    for each in findings:
        found.setdefault(each.property, set()).add(str(each.verdict))
        if each.verdict == "refuted":
            shown(each, offer)
        assert bool(each.checked) == (each.verdict != "not-applicable")
    for rule in board_rules():
        if not rule.asked(offer):
            assert rule.id not in found
            continue
        verdicts = {True: {"proved"}, False: {"refuted"}, None: {"not-applicable"}}[expected.get(rule.id)]
        if rule.id == "consumer-usable" and offer.regions and rule.id not in expected:
            verdicts = {"unknown"}
        assert found[rule.id] == verdicts, (rule.id, offer)
    return expected


def shown(finding: BoardFinding, offer: Offer) -> None:
    """By the sets of pages of the reference."""
    witness = finding.witness
    assert witness is not None
    if witness.kind not in AREAS or witness.address is None:
        return
    page = 1 << witness.address // 4096
    having = [each for each in reference.covered(offer) if each & page]
    given = reference.there(offer, witness.address)
    if any(each.name.startswith("extended region") for each in finding.parties):
        assert having
        assert witness.kind != "address-in-two-regions" or len(having) > 1 or reference.taken(offer) & page
    elif witness.kind != "address-not-offered":
        assert len(given) > (witness.kind == "address-in-two-regions")
    if witness.kind == "address-outside":
        assert not reference.allowed(offer) & page
    if witness.kind == "address-not-offered":
        assert reference.lost(offer) & page
    if witness.kind == "address-beyond":
        assert witness.address >> offer.domain.ipa_bits


def test_the_offer_by_hand_is_sound() -> None:
    assert all(agree(SOUND).values())


def test_ram_that_no_node_describes() -> None:
    """UEFI tells it. With IOMMU no region may have a byte of it; without, that is where regions lie."""
    for offer in (SOUND, NO_IOMMU):
        assert all(agree(replace(offer, board=BoardMap((DEVICE,)))).values())
    over = replace(SOUND, board=BoardMap((DEVICE,)), regions=(Extent(0, RAM.start + MIB), *SOUND.regions[1:]))
    assert not agree(over)["one-to-one-holes"]


@pytest.mark.parametrize("seed", range(40))
def test_sound_offers_and_what_one_change_makes_of_them(seed: int) -> None:
    random = Random(seed)
    offer = sound(random)
    assert all(agree(offer).values())
    for _ in range(6):
        agree(mutant(offer, random))


@settings(max_examples=examples(60), deadline=None)
@given(st.randoms(use_true_random=False), st.integers(1, 4))
def test_several_changes_at_once(random: Random, count: int) -> None:
    offer = sound(random)
    for _ in range(count):
        offer = mutant(offer, random)
    agree(offer)


def test_the_changes_break_every_rule() -> None:
    """Else the comparison would say little."""
    broken: set[str] = set()
    for seed in range(250):
        random = Random(seed)
        offer = mutant(sound(random), random)
        broken |= {name for name, holds in reference.verdicts(offer).items() if not holds}
    asked = {rule.id for rule in board_rules() if rule.asked(used(SOUND, "linux"))}
    assert broken == asked - {"built"}


def test_the_guest_by_hand_is_sound() -> None:
    assert all(agree(WHOLE).values())


@pytest.mark.parametrize("seed", range(40))
def test_sound_guests_and_what_one_change_makes_of_them(seed: int) -> None:
    random = Random(seed)
    offer = guests.sound(random)
    broken = {name for name, holds in agree(offer).items() if not holds}
    assert broken <= {"consumer-usable"}  # 128 MiB may not be left
    for change, _rule in CHANGES.values():
        agree(change(offer, random))
    agree(mutant(offer, random))


@settings(max_examples=examples(60), deadline=None)
@given(st.randoms(use_true_random=False), st.integers(2, 4))
def test_several_changes_of_a_guest_at_once(random: Random, count: int) -> None:
    offer = guests.sound(random)
    for _ in range(count):
        offer = guests.mutant(offer, random)
    agree(offer)


@pytest.mark.parametrize("name", CHANGES)
def test_each_change_of_a_guest_breaks_its_rule_now_and_then(name: str) -> None:
    """And now and then it does not: both sides of the bound are tried."""
    change, rule = CHANGES[name]
    found = set()
    for seed in range(40):
        random = Random(seed)
        found.add(reference.verdicts(change(guests.sound(random), random))[rule])
    assert found == ({False} if name == "more or less asked for" else {False, True})
