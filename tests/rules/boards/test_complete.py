"""complete, asked directly: what of a hole is lost, what it lies between, and where nothing can be said."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.rules.boards.offers import GUEST, MIB, NO_IOMMU, SOUND, TOP, domain, obstacle, with_domain
from verifier.layout.domain_map import Extent
from verifier.layout.finding import Witness
from verifier.layout.obstacle import BoardMap
from verifier.layout.offer import Offer, Window
from verifier.rules.boards.complete import RULE

BLOCK = 2 * MIB
PAGE = 4096
BASE = 0x40000000


def window(size: int, *offered: tuple[int, int], dropped: tuple[Extent, ...] = ()) -> Offer:
    """A guest with nothing but one RAM window, of which some is offered; all in blocks of 2 MiB."""
    regions = tuple(Extent(BASE + BLOCK * start, BASE + BLOCK * end) for start, end in offered)
    space = Window("GUEST_RAM0", Extent(BASE, BASE + BLOCK * size))
    here = domain(iommu=False, banks=(), dropped=dropped)
    return replace(GUEST, domain=here, regions=regions, windows=(space,), given=())


def lost(offer: Offer) -> list[tuple[int, int]]:
    """In blocks."""
    found = []
    for each in RULE.judge(offer).breaches:
        assert each.overlap is not None
        assert each.witness == Witness("address-not-offered", address=each.overlap.start)
        found.append(((each.overlap.start - BASE) // BLOCK, (each.overlap.end - BASE) // BLOCK))
    return found


@pytest.mark.parametrize(
    ("size", "offered", "expected"),
    [
        (31, (), []),  # less than 64 MiB are promised to nobody
        (32, (), [(0, 32)]),
        (32, ((0, 32),), []),
        (32, ((0, 31),), [(31, 32)]),
        (32, ((1, 32),), [(0, 1)]),
        (64, ((0, 32), (32, 64)), []),
        (64, ((32, 64), (0, 32)), []),
        (64, ((0, 31), (33, 64)), [(31, 33)]),
        (64, ((1, 31), (33, 63)), [(0, 1), (31, 33), (63, 64)]),
        (64, ((0, 64), (4, 8)), []),
    ],
)
def test_every_block_of_a_hole_is_offered(
    size: int, offered: tuple[tuple[int, int], ...], expected: list[tuple[int, int]]
) -> None:
    judged = RULE.judge(window(size, *offered))
    assert lost(window(size, *offered)) == expected
    assert (judged.checked, judged.doubts, judged.more) == (1, (), False)
    for each in judged.breaches:
        (party,) = each.parties
        assert (party.name, party.extent) == ("hole", Extent(BASE, BASE + BLOCK * size))


def test_what_a_cap_drops_is_not_lost_here() -> None:
    dropped = Extent(BASE + 32 * BLOCK, BASE + 64 * BLOCK)
    assert lost(window(64, (0, 32))) == [(32, 64)]
    assert lost(window(64, (0, 32), dropped=(dropped,))) == []
    assert lost(window(64, (0, 31), dropped=(dropped,))) == [(31, 32)]


def test_holes_are_counted_and_none_is_one_answer() -> None:
    """That there is no hole of 64 MiB is checked once."""
    for board, count in ((SOUND.board, 3), (BoardMap((obstacle(0, TOP),)), 1)):
        assert RULE.judge(replace(SOUND, board=board)).checked == count
    many = replace(
        window(0), windows=tuple(Window("w", Extent(at << 28, (at << 28) + 64 * MIB)) for at in range(15))
    )
    judged = RULE.judge(many)
    assert (judged.checked, len(judged.breaches), judged.more) == (15, 15, False)


@pytest.mark.parametrize(("count", "more"), [(256, False), (257, True)])
def test_as_many_are_listed_as_anybody_reads(count: int, more: bool) -> None:
    """Every other block of a hole."""
    judged = RULE.judge(window(2 * count, *((2 * at, 2 * at + 1) for at in range(count))))
    assert (len(judged.breaches), judged.more) == (256, more)


def test_of_whom_no_regions_are_meant_for_nothing_is_lost() -> None:
    judged = RULE.judge(with_domain(replace(SOUND, regions=()), producer=None))
    assert (judged.checked, judged.breaches, judged.silence) == (0, (), "no regions are meant for it")


def test_what_is_free_hangs_on_what_is_open() -> None:
    """Nothing is said to be lost then: it may be what nobody told of."""
    judged = RULE.judge(with_domain(replace(NO_IOMMU, regions=()), banks=None, grant_region=None))
    assert (judged.checked, judged.breaches, judged.silence) == (0, (), "")
    first, second = judged.doubts
    assert first.startswith(
        "which space is free hangs on what is open: where the RAM banks of d0 lie is not known"
    )
    assert second.startswith("where the grant region of d0 lies is not known")


def test_why_xen_offers_less_is_told_if_anybody_knows() -> None:
    for reasons, details in (((), ()), (("a", "b"), ("a; b",))):
        (each,) = RULE.judge(with_domain(window(32), reasons=reasons)).breaches
        assert each.details == details


def between(offer: Offer) -> tuple[str, str]:
    (found,) = RULE.judge(offer).breaches
    below, above = found.message.partition("), ")[2].split(" and ")
    return below, above


AT = 0x80000000
"""Where the hole begins in the tests below, 128 MiB before its end; all else is taken."""
END = AT + 128 * MIB


@pytest.mark.parametrize("gap", [0, 1, PAGE, BLOCK - 1])
def test_a_hole_lies_between_what_ends_and_begins_within_2_mib(gap: int) -> None:
    """Less than 2 MiB were rounded away on each side; of several that end, or begin, there, the first by address."""
    around = (
        obstacle(0, AT - gap, path="/longest"),
        obstacle(0x1000, AT - gap, path="/long"),
        obstacle(0x2000, 0x3000, path="/low"),
        obstacle(END + gap, TOP, path="/high"),
        obstacle(END + gap, END + gap + 1, path="/begin"),
    )
    offer = replace(
        SOUND, domain=domain(iommu=True), regions=(), board=BoardMap(tuple(sorted(around))), given=()
    )
    offer = replace(offer, ram=(Extent(0x2000, 0x3000),))
    offer = with_domain(offer, grant_region=Extent(0x2000, 0x3000))
    assert between(offer) == (
        f"above /longest reg[0] [0x0, {AT - gap:#x})",
        f"below /begin reg[0] [{END + gap:#x}, {END + gap + 1:#x})",
    )


@pytest.mark.parametrize(
    ("offer", "where"),
    [
        (replace(SOUND, ram=(Extent(0, 1),)), "the address space"),
        (replace(NO_IOMMU, ram=(Extent(AT, END),)), "the RAM"),
        (replace(GUEST, windows=(Window("w", Extent(AT, END)),)), "the RAM window"),
        (
            with_domain(replace(GUEST, windows=(Window("w", Extent(AT, END)),)), iommu=True),
            "the RAM window",
        ),
    ],
)
def test_else_it_lies_at_an_edge_of_the_space(offer: Offer, where: str) -> None:
    """What ends or begins 2 MiB away, or farther, is not beside it."""
    if where == "the address space":
        alone = with_domain(replace(offer, given=(), regions=(), board=BoardMap(())), grant_region=None)
        (message,) = [each.message for each in RULE.judge(alone).breaches]
        assert message.endswith(
            "above RAM of the device tree [0x0, 0x1) and up to the end of the address space"
        )
        return
    near = (obstacle(AT - BLOCK - 1, AT - BLOCK), obstacle(END + BLOCK, END + BLOCK + 1))
    for things in ((), near):
        alone = replace(offer, given=(), regions=(), board=BoardMap(things))
        if not offer.host_layout:
            alone = replace(alone, given=things, board=BoardMap(()))
        assert between(alone) == (f"from the start of {where}", f"up to the end of {where}")
