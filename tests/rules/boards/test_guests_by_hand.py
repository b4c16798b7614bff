"""What is said of guests whose whole map is judged, beside the messages: bounds, effects, and what nobody knows."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.rules.boards.bad_guests import BAD_GUESTS, GOOD_GUESTS, PAIRS, with_iomem
from tests.rules.boards.guests import GICR, KIB, WHOLE, given, with_facts, with_given
from tests.rules.boards.offers import GUEST, MIB, with_domain
from tests.rules.boards.test_by_hand import of
from verifier.layout.domain_map import Extent
from verifier.layout.finding import Witness
from verifier.layout.guest_facts import Need
from verifier.layout.offer import Offer
from verifier.rules.boards.catalogue import judge


@pytest.mark.parametrize("number", range(len(GOOD_GUESTS)))
def test_at_the_bound(number: int) -> None:
    rule, offer = GOOD_GUESTS[number]
    assert [str(each.verdict) for each in judge(offer) if each.property == rule] == ["proved"]


@pytest.mark.parametrize("kind", PAIRS)
def test_what_a_conflict_does(kind: str) -> None:
    offer, _, effect = PAIRS[kind]
    (found,) = of("no-overlap", offer)
    assert (found.details, found.effect) == ((effect,), "unsound")
    assert found.overlap is not None
    assert found.witness == Witness("address-in-two-regions", address=found.overlap.start)


def test_three_at_one_place_are_three_conflicts() -> None:
    """Each pair once, whatever begins first; what lies between those that reach over it is found too."""
    more = (
        given(0x10000000, 0x10004000, "a"),
        given(0x10001000, 0x10002000, "b"),
        given(0x10003000, 0x10005000, "c"),
        given(0x10000000, 0x10001000, "d"),
    )
    found = of("no-overlap", with_given(WHOLE, *more))
    assert sorted(each.subjects for each in found) == [("a", "b"), ("a", "c"), ("d", "a")]
    assert [str(each.overlap) for each in found] == [
        "[0x10000000, 0x10001000)",
        "[0x10001000, 0x10002000)",
        "[0x10003000, 0x10004000)",
    ]


def test_a_conflict_in_the_map_and_one_of_what_is_offered() -> None:
    """Both are told: the page lies in RAM, and beyond its end in the region."""
    found = of("no-overlap", with_iomem(0x4FFFF000, 0x50001000))
    assert [each.subjects for each in found] == [
        ("RAM bank 0 of d0", "iomem[1] (a.cfg:5)"),
        ("iomem[1] (a.cfg:5)", "extended region 0 of d0"),
    ]


def test_how_many_comparisons() -> None:
    """Five things are ten pairs; one region against five things and one window are six more. One grant region, one
    region and one need. A unit, a sum, one bank. Four interrupts, by number and by kind.
    """
    counts = {each.property: each.checked for each in judge(WHOLE)}
    assert [counts[each] for each in ("no-overlap", "minimum-size", "banks", "interrupts")] == [16, 3, 3, 8]
    assert counts["within-ipa"] == 2 + 5


def test_a_guest_that_is_only_offered_something_is_not_judged_as_a_whole() -> None:
    assert not {"banks", "interrupts"} & {each.property for each in judge(GUEST)}
    crowded = replace(GUEST, given=(*GUEST.given, given(0x40000000, 0x40001000, "page")))
    assert of("no-overlap", crowded) == []
    assert of("within-ipa", replace(GUEST, given=(*GUEST.given, given(1 << 40, 1 << 41, "high")))) == []


OPEN: list[tuple[str, Offer]] = [
    ("no-overlap", with_domain(WHOLE, banks=None)),
    ("no-overlap", replace(with_domain(WHOLE, banks=None), regions=())),
    ("banks", with_domain(WHOLE, banks=None)),
    ("minimum-size", replace(WHOLE, given=tuple(each for each in WHOLE.given if each != GICR))),
]


@pytest.mark.parametrize("number", range(len(OPEN)))
def test_what_nobody_told_is_not_proved(number: int) -> None:
    rule, offer = OPEN[number]
    assert [str(each.verdict) for each in judge(offer) if each.property == rule] == ["unknown"]


def test_a_grant_region_above_the_address_space_is_told_once() -> None:
    high = Extent(1 << 32, (1 << 32) + 16 * MIB)
    given = tuple(replace(each, extent=high) if each.kind == "grant-region" else each for each in WHOLE.given)
    (found,) = of("within-ipa", with_domain(replace(WHOLE, given=given), grant_region=high))
    assert found.parties[0].name == "grant region of d0"


def test_a_guest_without_a_grant_region_has_none() -> None:
    """One whose tree has no hypervisor node: where else would it lie?"""
    bare = with_domain(WHOLE, grant_region=None, producer=None)
    assert {str(each.verdict) for each in judge(replace(bare, regions=()))} == {"proved", "not-applicable"}


def test_a_need_of_what_is_nowhere_is_told() -> None:
    offer = replace(WHOLE, given=tuple(each for each in WHOLE.given if each != GICR))
    (found,) = of("minimum-size", offer, "unknown")
    assert found.message == (
        "where GICR of d0 lies is not known: it has to hold 2 redistributors of 128 KiB (vgic-v3.c)"
    )


def test_interrupts_that_nobody_knows_are_not_judged() -> None:
    (found,) = [each for each in judge(with_facts(WHOLE, interrupts=())) if each.property == "interrupts"]
    assert (str(found.verdict), found.message) == ("not-applicable", "no interrupt of it is known")


@pytest.mark.parametrize("number", range(len(BAD_GUESTS)))
def test_a_guest_that_is_not_built_has_the_same_wrong_with_it(number: int) -> None:
    """And nothing is proved of it."""
    rule, offer, messages = BAD_GUESTS[number]
    stopped = with_domain(offer, boots=False, reasons=("Xen stops",), extended_regions=None)
    found = judge(stopped)
    assert (
        tuple(each.message for each in found if (each.property, each.verdict) == (rule, "refuted"))
        == messages
    )
    assert {str(each.verdict) for each in found} == {"refuted", "not-applicable"}


@pytest.mark.parametrize("banks", [None, ()])
def test_of_a_guest_that_is_not_built_and_has_no_ram_nothing_more_is_said(banks: tuple[()] | None) -> None:
    stopped = with_domain(PAIRS["layout"][0], boots=False, reasons=("Xen stops",), banks=banks)
    assert [each.property for each in judge(stopped) if each.verdict == "refuted"] == ["built"]


@pytest.mark.parametrize(
    ("memory", "unit", "whole"), [(256 * MIB + 1, MIB, "256 MiB"), (3, MIB, "1 MiB"), (4097, 4096, "4 KiB")]
)
def test_the_next_lower_whole_unit_is_what_to_ask_for(memory: int, unit: int, whole: str) -> None:
    """At least one: less is no RAM at all."""
    found = of("banks", with_facts(WHOLE, memory=memory, memory_unit=unit))
    (odd,) = (each for each in found if each.witness is not None and each.witness.kind == "misaligned")
    assert odd.help == (f"{whole} of memory",)


def test_two_needs_of_one_region() -> None:
    """Each is judged by itself."""
    needs = tuple(
        Need("GICR", count * 128 * KIB, f"{count} redistributors", "vgic-v3.c") for count in (1, 2, 3)
    )
    (found,) = of("minimum-size", with_facts(WHOLE, needs=needs))
    assert found.witness == Witness("too-small", found=256 * KIB, needed=384 * KIB)
    assert found.parties[0].extent == Extent(0x3020000, 0x3060000)
