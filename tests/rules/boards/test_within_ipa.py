"""within-ipa, asked directly: addresses below 2^b are in it, the first that is not is told, and how much is checked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from tests.rules.boards.guests import GRANT, WHOLE, given
from tests.rules.boards.offers import GUEST, RAM, SOUND, TOP, with_domain
from verifier.layout.board_finding import Placement
from verifier.layout.domain_map import Extent
from verifier.layout.finding import Witness
from verifier.layout.offer import Offer
from verifier.rules.boards.within_ipa import RULE

PAGE = 4096
EDGES = (
    (TOP - PAGE, TOP, None),
    (TOP - 1, TOP, None),
    (TOP - 1, TOP + 1, TOP),
    (TOP, TOP + 1, TOP),
    (TOP + 5, TOP + PAGE, TOP + 5),
    (2 * TOP, 2 * TOP, None),
    (TOP, TOP, None),
    (0, 1 << 64, TOP),
)
"""Start, end, and the first address that stage 2 of 32 bits does not translate."""


def beyond(address: int | None) -> list[Witness]:
    return [] if address is None else [Witness("address-beyond", address=address, bound=TOP)]


def told(offer: Offer) -> list[Witness]:
    return [each.witness for each in RULE.judge(offer).breaches]


@pytest.mark.parametrize(("start", "end", "first"), EDGES)
def test_what_has_a_byte_above_is_told(start: int, end: int, first: int | None) -> None:
    """Of regions, of the grant region, and of all else where the whole map is judged."""
    extent = Extent(start, end)
    assert told(replace(SOUND, regions=(extent,))) == beyond(first)
    assert told(with_domain(SOUND, grant_region=extent)) == beyond(first)
    assert told(replace(WHOLE, given=(given(start, end, "page"),))) == beyond(first)
    assert told(replace(GUEST, given=(given(start, end, "page"),))) == []
    assert (
        told(replace(WHOLE, given=(replace(GRANT, extent=extent),))) == []
    )  # it is told with what is offered


@pytest.mark.parametrize("bits", [32, 33, 40])
def test_two_to_the_power_of_the_width_is_the_bound(bits: int) -> None:
    for end, count in ((1 << bits, 0), ((1 << bits) + 1, 1)):
        assert len(told(replace(with_domain(SOUND, ipa_bits=bits), regions=(Extent(PAGE, end),)))) == count


def test_wherever_an_open_grant_region_may_lie_is_looked_at() -> None:
    """The highest page of each stretch; the case that breaks it is told, with dom0's banks."""
    places = (RAM, Extent(TOP - PAGE, TOP), Extent(TOP, TOP + 3 * PAGE))
    judged = RULE.judge(replace(with_domain(SOUND, grant_region=None), grant_places=places))
    (breach,) = judged.breaches
    page = Extent(TOP + 2 * PAGE, TOP + 3 * PAGE)
    assert [each.extent for each in breach.parties] == [page]
    assert breach.placement == Placement(SOUND.domain.banks or (), page)
    assert (judged.checked, judged.doubts) == (3 + 3, ())
    (region,) = RULE.judge(replace(SOUND, regions=(Extent(0, TOP + 1),))).breaches
    assert region.placement is None


def test_a_grant_region_that_is_nowhere_is_open() -> None:
    """Whether there are regions or not; of a domain with the guest layout there is none."""
    nowhere = with_domain(SOUND, grant_region=None)
    for offer, checked in ((nowhere, 3), (replace(nowhere, regions=()), 0)):
        judged = RULE.judge(offer)
        assert (judged.checked, len(judged.doubts)) == (checked, 1)
    judged = RULE.judge(replace(nowhere, regions=(), hardware=False))
    assert (judged.checked, judged.doubts, judged.silence) == (0, (), "no extended region is offered")


def test_what_is_checked_is_counted() -> None:
    """The grant region and each region; of a whole map also what else is given."""
    for offer, count in ((SOUND, 4), (GUEST, 2), (WHOLE, 2 + 5)):
        assert RULE.judge(offer).checked == count
    alone = replace(with_domain(WHOLE, grant_region=None), regions=())
    assert (RULE.judge(alone).checked, RULE.judge(alone).silence) == (5, "")


def _many(regions: int, others: int) -> Offer:
    high: Sequence[Extent] = [Extent(TOP + index, TOP + index + 1) for index in range(max(regions, others))]
    things = tuple(given(each.start, each.end, "page") for each in high[:others])
    return replace(WHOLE, regions=tuple(high[:regions]), given=things)


@pytest.mark.parametrize(
    ("regions", "others", "more"),
    [(0, 256, False), (0, 257, True), (256, 0, False), (257, 0, True), (256, 1, True), (200, 56, False)],
)
def test_whether_there_are_more_than_are_listed(regions: int, others: int, more: bool) -> None:
    judged = RULE.judge(_many(regions, others))
    assert (len(judged.breaches), judged.more) == (min(regions + others, 256), more)


def test_regions_are_told_first_and_all_parties_are_named() -> None:
    assert [[each.name for each in breach.parties] for breach in RULE.judge(_many(1, 1)).breaches] == [
        ["extended region 0 of d0"],
        ["page"],
    ]
