"""Refutations are shown again without their rules: those of bad offers are, and none that was tampered with."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.rules.boards.offers import GUEST, SOUND, used, with_domain
from tests.rules.boards.test_by_hand import BAD, SMALL, of
from verifier.layout.board_finding import BoardFinding, Party
from verifier.layout.board_witness import recheck
from verifier.layout.domain_map import Extent
from verifier.layout.errors import InternalError
from verifier.layout.offer import Offer


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
            ("the sound offer", finding, {"no-overlap": GUEST}.get(rule, SOUND)),
        ]
        stranger = Party("stranger", Extent(0x123000, 0x124000), "nowhere")
        found.append(("other party", replace(finding, parties=(stranger, *finding.parties[1:])), offer))
        if len(finding.parties) > 1:
            second = finding.parties[1]
            more = replace(second, extent=replace(second.extent, end=second.extent.end + 1))
            found.append(("a byte more", replace(finding, parties=(finding.parties[0], more)), offer))
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
