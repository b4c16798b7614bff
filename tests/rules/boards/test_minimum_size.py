"""minimum-size, asked directly: what counts, both sides of each bound, and what is open beside what is wrong."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.rules.boards.guests import GICD, GICR, KIB, WHOLE, with_facts, with_given
from tests.rules.boards.offers import GUEST, MIB, RAM, SOUND, with_domain
from verifier.layout.domain_map import Extent
from verifier.layout.finding import Witness
from verifier.layout.guest_facts import Need
from verifier.layout.offer import Offer
from verifier.rules.boards.minimum_size import RULE

PAGE = 4096
NOWHERE = replace(with_domain(SOUND, grant_region=None), regions=())
"""dom0 without extended regions, and without anybody who tells where its grant region lies."""
OPEN = replace(NOWHERE, grant_places=(RAM,), text_pages=64, grant_frames=64)
UNTOLD = ("where the grant region of d0 lies is not known: --grant-table or a log tells it",)
BARE = replace(GUEST, domain=replace(GUEST.domain, grant_region=None), regions=())
"""A guest that is offered nothing at all."""


def with_grant(offer: Offer, size: int, frames: int) -> Offer:
    grant = Extent(0x40200000, 0x40200000 + size)
    return replace(with_domain(offer, grant_region=grant), grant_frames=frames)


def small(size: int, *, count: int = 1) -> tuple[Extent, ...]:
    return tuple(Extent(0x80000000, 0x80000000 + size) for _ in range(count))


@pytest.mark.parametrize(
    ("offer", "checked"),
    [
        (SOUND, 4),
        (replace(SOUND, regions=()), 1),
        (replace(NOWHERE, regions=SOUND.regions), 3),
        (OPEN, 1),  # that it holds all frames wherever it lies is checked
        (replace(OPEN, regions=SOUND.regions), 4),
        (BARE, 0),
        (WHOLE, 3),
        (replace(BARE, guest=WHOLE.guest, given=(GICR,)), 1),  # of a guest's own need alone
    ],
)
def test_regions_grant_region_and_needs_are_checked(offer: Offer, checked: int) -> None:
    judged = RULE.judge(offer)
    assert (judged.checked, judged.breaches, judged.more) == (checked, (), False)


def test_where_there_is_nothing_it_does_not_apply() -> None:
    """Of dom0 it is only not known whether there is nothing."""
    assert RULE.judge(BARE).silence == RULE.judge(NOWHERE).silence == "no extended region is offered"
    assert (RULE.judge(BARE).doubts, RULE.judge(NOWHERE).doubts) == ((), UNTOLD)
    for something in (OPEN, SOUND, replace(BARE, guest=WHOLE.guest), replace(NOWHERE, regions=SOUND.regions)):
        assert RULE.judge(something).silence == ""


@pytest.mark.parametrize("frames", [63, 64, 65, 1024])
def test_an_open_grant_region_holds_as_many_frames_as_the_text_has_pages(frames: int) -> None:
    """find_gnttab_region: min(frames, pages of Xen's text); a text of 64 pages or more."""
    judged = RULE.judge(replace(OPEN, grant_frames=frames))
    assert (judged.checked, judged.breaches, bool(judged.doubts)) == (1, (), frames > 64)


def test_what_would_tell_the_size_of_the_grant_region_is_told() -> None:
    assert RULE.judge(replace(OPEN, grant_frames=1024)).doubts == (
        "1024 grant frames need 4 MiB of Xen's text, which is known to have 256 KiB; --grant-table or a log tells how "
        "large the grant region is",
    )


@pytest.mark.parametrize(
    ("size", "frames", "short"),
    [
        (64 * PAGE, 64, 0),
        (64 * PAGE, 65, PAGE),
        (64 * PAGE - 1, 64, 1),
        (64 * PAGE + 1, 64, 0),
        (1, 1, PAGE - 1),
        (0, 1, 0),  # of a Xen without grant tables
        (0, 0, 0),
    ],
)
def test_a_frame_needs_a_page(size: int, frames: int, short: int) -> None:
    judged = RULE.judge(with_grant(SOUND, size, frames))
    expected = [Witness("too-small", found=size, needed=frames * PAGE)] if short else []
    assert [each.witness for each in judged.breaches] == expected
    assert (judged.checked, judged.doubts) == (4, ())


def test_how_many_frames_would_fit_is_told_by_the_option_that_says_it() -> None:
    """Of dom0 it is Xen's own option, and its text cannot be made larger; of a guest it is its configuration's."""
    (dom0,) = RULE.judge(with_grant(SOUND, 3 * PAGE + 1, 64)).breaches
    assert dom0.help == (
        "3 frames fit: gnttab_max_frames=3",
        "dom0's is a piece of Xen's own text, as large as the text at most (find_gnttab_region)",
    )
    (guest,) = RULE.judge(with_grant(WHOLE, 5 * PAGE, 6)).breaches
    assert guest.help == ("5 frames fit: max_grant_frames=5",)
    (other,) = RULE.judge(with_grant(GUEST, 5 * PAGE, 6)).breaches  # a domain of which only offers are judged
    assert other.help == ("5 frames fit: gnttab_max_frames=5",)
    assert [each.name for each in other.parties] == ["grant region of d0"]


@pytest.mark.parametrize(
    ("size", "is_short"), [(64 * MIB, False), (64 * MIB - 1, True), (1, True), (0, True)]
)
def test_regions_have_64_mib(size: int, is_short: bool) -> None:
    """b6fe410936: "at least 64MB"."""
    judged = RULE.judge(replace(SOUND, regions=small(size)))
    expected = [Witness("too-small", found=size, needed=64 * MIB)] if is_short else []
    assert [each.witness for each in judged.breaches] == expected


@pytest.mark.parametrize("count", [255, 256, 257])
def test_as_many_are_listed_as_anybody_reads(count: int) -> None:
    judged = RULE.judge(replace(SOUND, regions=small(1, count=count)))
    assert (len(judged.breaches), judged.more) == (min(count, 256), count > 256)


NEED = Need("GICD", 64 * KIB, "a distributor", "vgic-v3.c")


@pytest.mark.parametrize("exact", [False, True])
@pytest.mark.parametrize("step", [-1, 0, 1])
def test_a_need_is_met_by_as_much_and_by_more_unless_it_is_exact(step: int, exact: bool) -> None:
    """The GICD of the guest has 64 KiB."""
    need = replace(NEED, amount=64 * KIB + step, exact=exact)
    judged = RULE.judge(with_facts(WHOLE, needs=(need,)))
    kind = "too-small" if step > 0 else "other-size"
    expected = [Witness(kind, found=64 * KIB, needed=need.amount)] if step > 0 or (step < 0 and exact) else []
    assert [each.witness for each in judged.breaches] == expected
    assert judged.doubts == ()


def test_pieces_of_one_name_count_together_and_no_others() -> None:
    more = replace(GICD, extent=Extent(0x10000000, 0x10000000 + KIB), origin="(another)")
    other = replace(more, path="GICH")
    for offer, size in ((with_given(WHOLE, more), 65 * KIB), (with_given(WHOLE, other), 64 * KIB)):
        (breach,) = RULE.judge(with_facts(offer, needs=(replace(NEED, amount=96 * KIB),))).breaches
        assert breach.witness == Witness("too-small", found=size, needed=96 * KIB)
        assert [each.extent for each in breach.parties] == [GICD.extent]  # the first of them


def test_what_is_nowhere_is_open_and_what_is_there_is_judged() -> None:
    """One need of each kind: unmet, met, and of something that the guest is not known to have."""
    needs = (replace(NEED, amount=128 * KIB), NEED, replace(NEED, name="GICV"), replace(NEED, name="GICH"))
    judged = RULE.judge(with_facts(WHOLE, needs=needs))
    assert [each.witness.found for each in judged.breaches] == [64 * KIB]
    assert judged.doubts == tuple(
        f"where {name} of d0 lies is not known: it has to hold a distributor (vgic-v3.c)"
        for name in ("GICV", "GICH")
    )
    assert judged.checked == 2 + 4


def test_what_is_open_is_told_beside_what_is_wrong() -> None:
    """By kind: the place of the grant region, or its size; what is wrong begins with the grant region."""
    sliver = small(PAGE)
    assert RULE.judge(replace(NOWHERE, regions=sliver)).doubts == UNTOLD
    large = RULE.judge(replace(OPEN, regions=sliver, grant_frames=65))
    assert (len(large.breaches), len(large.doubts)) == (1, 1)
    both = with_facts(with_grant(replace(WHOLE, regions=sliver), PAGE, 2), needs=(replace(NEED, amount=MIB),))
    needed = [each.witness.needed for each in RULE.judge(both).breaches]
    assert needed == [2 * PAGE, MIB, 64 * MIB]
