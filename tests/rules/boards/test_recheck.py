"""Refutations are shown again without their rules: those of bad offers are, and none that was tampered with."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.rules.boards.bad_guests import passed, with_iomem
from tests.rules.boards.guests import FACTS, WHOLE, with_facts, with_given
from tests.rules.boards.offers import GUEST, MIB, SOUND, used, with_domain
from tests.rules.boards.test_by_hand import BAD, SMALL, of
from verifier.layout.board_finding import BoardFinding, Party
from verifier.layout.board_witness import recheck
from verifier.layout.domain_map import Extent
from verifier.layout.errors import InternalError
from verifier.layout.finding import Witness
from verifier.layout.guest_facts import Interrupt, Need
from verifier.layout.obstacle import Obstacle
from verifier.layout.offer import Offer


def sound_one(rule: str, offer: Offer) -> Offer:
    """Of the kind of an offer."""
    if offer.guest is not None:
        return WHOLE
    return {"no-overlap": GUEST}.get(rule, SOUND)


def tampered() -> list[tuple[str, BoardFinding, Offer]]:
    found = []
    for rule, offer, _ in BAD:
        if rule == "built":
            continue
        (finding,) = of(rule, offer)
        witness = finding.witness
        assert witness is not None
        found += [
            ("no witness", replace(finding, witness=None), offer),
            ("unknown kind", replace(finding, witness=replace(witness, kind="trust-me")), offer),
            ("no party", replace(finding, parties=()), offer),
            ("the sound offer", finding, sound_one(rule, offer)),
        ]
        stranger = Party("stranger", Extent(0x123000, 0x124000), "nowhere")
        found.append(("other party", replace(finding, parties=(stranger, *finding.parties[1:])), offer))
        if len(finding.parties) > 1:
            second = finding.parties[1]
            more = replace(second, extent=replace(second.extent, end=second.extent.end + 1))
            found.append(("a byte more", replace(finding, parties=(finding.parties[0], more)), offer))
            found.append(("one party twice", replace(finding, parties=(second, second)), offer))
        if witness.address is not None:
            found.append(
                ("other address", replace(finding, witness=replace(witness, address=0x41000000)), offer)
            )
        for name in ("found", "needed", "bound"):
            number = getattr(witness, name)
            # Of a range that wraps, and of an entry of size 0, the party's numbers are the evidence.
            if number is not None and witness.kind != "wraps":
                changed = replace(witness, **{name: number + 1})
                found.append((f"other {name}", replace(finding, witness=changed), offer))
    return found


@pytest.mark.parametrize("number", range(len(tampered())))
def test_recheck_rejects_what_was_tampered_with(number: int) -> None:
    what, finding, offer = tampered()[number]
    with pytest.raises(InternalError, match="does not re-check"):
        recheck(finding, offer)
    assert what


def test_recheck_accepts_what_was_not() -> None:
    for rule, offer, _ in BAD:
        for finding in of(rule, offer):
            recheck(finding, offer)


def test_a_boot_that_does_not_stop_is_no_refutation() -> None:
    (finding,) = of("built", with_domain(SOUND, boots=False, reasons=("x",)))
    with pytest.raises(InternalError):
        recheck(finding, SOUND)


def test_a_region_that_is_offered_was_not_dropped() -> None:
    dropped = with_domain(SOUND, dropped=SOUND.regions[2:])
    (finding,) = of("preconditions", replace(dropped, regions=SOUND.regions[:2]))
    with pytest.raises(InternalError, match="does not re-check"):
        recheck(finding, dropped)


def test_a_unit_that_is_there_is_seen() -> None:
    """In one region, and in two that touch: [0x10000000, 0x18000000) lies in both."""
    small = used(replace(SOUND, regions=SMALL), "linux")
    (finding,) = of("consumer-usable", small)
    recheck(finding, small)
    first = SMALL[0]
    for other in (Extent(0x80000000, 0x88000000), Extent(first.end, first.end + 0x400000)):
        with pytest.raises(InternalError, match="does not re-check"):
            recheck(finding, replace(small, regions=(first, other)))


def test_regions_in_order_are_seen() -> None:
    turned = used(replace(SOUND, regions=SOUND.regions[1::-1]), "linux")
    (finding,) = of("consumer-usable", turned)
    for regions in (SOUND.regions, (*SOUND.regions[1:], SOUND.regions[0])):
        with pytest.raises(InternalError, match="does not re-check"):
            recheck(finding, replace(turned, regions=regions))


def test_the_same_pages_of_the_host_are_no_conflict() -> None:
    conflict = with_iomem(0x80003000, 0x80004000)
    (finding,) = of("no-overlap", conflict)
    recheck(finding, conflict)
    same = with_given(
        WHOLE, passed(0x80003000, 0x80004000), **{"iomem[1]": FACTS.hosts["iomem[0] (a.cfg:3)"]}
    )
    with pytest.raises(InternalError, match="does not re-check"):
        recheck(finding, same)


def test_numbers_of_a_guest_are_looked_up_in_it() -> None:
    """Each refutation of the whole map holds of the guest that it was found in, not of one that asks for other things."""
    assert WHOLE.guest is not None
    others = (
        with_facts(WHOLE, memory=1, memory_unit=3, needs=(), interrupts=()),
        replace(WHOLE, guest=None),
    )
    for rule, offer, _ in BAD:
        for finding in of(rule, offer) if offer.guest is not None else ():
            witness = finding.witness
            if witness is not None and (rule in ("banks", "interrupts") or witness.kind == "other-size"):
                for other in others:
                    with pytest.raises(InternalError, match="does not re-check"):
                        recheck(
                            finding, replace(other, given=offer.given, domain=replace(offer.domain, banks=()))
                        )


def test_more_than_is_needed_is_wrong_only_where_it_has_to_be_exact() -> None:
    need = Need("GICD", 4096, "the 4 KiB of a GICv2", "vgic-v2.c", exact=True)
    (finding,) = of("minimum-size", with_facts(WHOLE, needs=(need,)))
    with pytest.raises(InternalError, match="does not re-check"):
        recheck(finding, with_facts(WHOLE, needs=(replace(need, exact=False),)))


def test_two_with_one_name_and_number_are_two() -> None:
    """And one of them is not."""
    one = Interrupt("virtio disk", 40, "spi", "a.cfg:5")
    twice = with_facts(WHOLE, interrupts=(one, one))
    (finding,) = of("interrupts", twice)
    recheck(finding, twice)
    with pytest.raises(InternalError, match="does not re-check"):
        recheck(finding, with_facts(WHOLE, interrupts=(one, replace(one, number=41))))


@pytest.mark.parametrize(("kind", "unit"), [("misaligned", MIB), ("other-size", 256 * MIB)])
def test_numbers_that_are_those_of_the_guest_and_right(kind: str, unit: int) -> None:
    """What it asks for is whole units, and all of it is there."""
    (finding,) = of("banks", with_facts(WHOLE, memory=512 * MIB))
    right = replace(
        finding,
        witness=Witness(kind, found=256 * MIB, needed=unit),
        parties=(Party("RAM of d0", Extent(0x40000000, 0x50000000), "a.cfg:2"),),
    )
    with pytest.raises(InternalError, match="does not re-check"):
        recheck(right, WHOLE)


def test_two_of_one_name_at_one_place_are_two() -> None:
    """And one of them is not."""
    page = Obstacle(Extent(0x30000000, 0x30001000), "layout", "page", "(a.cfg:5)")
    twice = with_given(WHOLE, page, page)
    (finding,) = of("no-overlap", twice)
    recheck(finding, twice)
    with pytest.raises(InternalError, match="does not re-check"):
        recheck(finding, with_given(WHOLE, page))
