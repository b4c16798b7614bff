"""registers-fit, asked directly: numbers written into cells of 32 bits and read back, and what lies where they are read."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import pytest

from tests.rules.boards.offers import GUEST, RAM, SOUND, obstacle, with_domain
from verifier.layout.board_finding import Placement
from verifier.layout.domain_map import Extent
from verifier.layout.finding import Witness
from verifier.layout.obstacle import BoardMap
from verifier.layout.offer import Offer
from verifier.rules.boards.registers_fit import RULE

CELL = 1 << 32
CELLS = ((1, 1), (1, 2), (2, 1), (2, 2))
EDGES = (0, 1, CELL - 1, CELL, CELL + 1, 2 * CELL)


def read_back(number: int, cells: int) -> int:
    """The lowest cells of a number, four bytes each."""
    return int.from_bytes(number.to_bytes(8, "big")[-4 * cells :], "big")


@pytest.mark.parametrize("cells", CELLS)
def test_what_is_read_back_is_what_was_meant(cells: tuple[int, int]) -> None:
    """At both sides of what one cell holds; the start is told if it is lost, else the size."""
    for start, size in product(EDGES, EDGES):
        extent = Extent(start, start + size)
        found = read_back(start, cells[0]), read_back(size, cells[1])
        region = RULE.judge(replace(with_domain(SOUND, grant_region=None), cells=cells, regions=(extent,)))
        grant = RULE.judge(replace(with_domain(SOUND, grant_region=extent), cells=cells, regions=()))
        for judged, name in ((region, "extended region 0 of d0"), (grant, "grant region of d0")):
            assert judged.checked == 1
            if found == (start, size):
                assert judged.breaches == ()
                continue
            (breach,) = judged.breaches
            lost = 0 if found[0] != start else 1
            assert breach.witness == Witness("truncated", found=found[lost], needed=(start, size)[lost])
            cell = ("#address-cells", "#size-cells")[lost]
            assert breach.help == (f"{cell} = <2> in the root of the board's device tree",)
            assert f"does not fit the 32 bits of {cell} = <1> of the root" in breach.message
            assert f"is read as {Extent(found[0], sum(found))}" in breach.message
            assert [(each.name, each.extent) for each in breach.parties] == [(name, extent)]


def lying_there(offer: Offer) -> list[str]:
    (breach,) = RULE.judge(offer).breaches
    return [each.partition(" ")[0] for each in breach.details]


@pytest.mark.parametrize(
    ("start", "end", "is_there"),
    [
        (0x1000, 0x2000, True),
        (0xFFF, 0x1000, False),  # ends where what is read begins
        (0xFFF, 0x1001, True),
        (0x2FFF, 0x4000, True),
        (0x3000, 0x4000, False),  # begins where it ends
        (0, 0x10000, True),
        (0x1800, 0x1800, False),
    ],
)
def test_what_has_a_byte_of_what_is_read_lies_there(start: int, end: int, is_there: bool) -> None:
    """4 GiB and 4 KiB are read as 4 KiB in one cell."""
    board = BoardMap((obstacle(start, end, path="/it"),))
    region = Extent(CELL + 0x1000, CELL + 0x3000)
    base = with_domain(SOUND, grant_region=None, banks=())
    offer = replace(base, cells=(1, 1), regions=(region,), board=board, given=(), ram=())
    assert lying_there(offer) == ["/it"] * is_there


def test_what_lies_in_the_region_itself_is_told_elsewhere() -> None:
    """A region that is read from its middle on, or from below on: what is in both of them is one-to-one-holes' to tell."""
    region = Extent(CELL + 0x1000, 2 * CELL + 0x2000)  # is read as [0x1000, 0x1_0000_2000) in (1, 2)
    base = with_domain(SOUND, grant_region=None, banks=())
    offer = replace(base, cells=(1, 2), regions=(region,), given=(), ram=())
    for start, end, is_told in (
        (CELL + 0x1000, CELL + 0x1800, False),
        (CELL + 0x1800, CELL + 0x2000, False),
        (CELL + 0x1800, CELL + 0x3000, False),  # what is above is not read
        (CELL + 0xFFF, CELL + 0x1800, True),
        (0x1000, CELL + 0x2000, True),
        (0x1000, 0x1001, True),
    ):
        board = BoardMap((obstacle(start, end, path="/it"),))
        assert lying_there(replace(offer, board=board)) == ["/it"] * is_told, (start, end)


def test_a_size_that_is_read_as_none_is_all_lost() -> None:
    offer = replace(SOUND, cells=(2, 1), regions=(Extent(0x80000000, 0x80000000 + CELL),))
    (breach,) = RULE.judge(offer).breaches
    assert breach.details == ("a size of 0 is no region: the guest loses all of it",)
    (one,) = RULE.judge(replace(offer, regions=(Extent(0x80000000, 0x80000001 + CELL),))).breaches
    assert one.details == ()


def test_wherever_an_open_grant_region_may_lie_is_looked_at() -> None:
    """The highest page of each stretch, in one cell of an address."""
    places = (RAM, Extent(CELL - 4096, CELL), Extent(CELL, CELL + 0x3000))
    offer = replace(with_domain(SOUND, grant_region=None), cells=(1, 2), grant_places=places)
    judged = RULE.judge(offer)
    (breach,) = judged.breaches
    page = Extent(CELL + 0x2000, CELL + 0x3000)
    assert [each.extent for each in breach.parties] == [page]
    assert breach.placement == Placement(SOUND.domain.banks or (), page)
    assert (judged.checked, judged.doubts) == (6, ())


def test_what_is_nowhere_is_open_and_nothing_is_no_region() -> None:
    nowhere = replace(with_domain(SOUND, grant_region=None), regions=())
    assert [len(RULE.judge(each).doubts) for each in (nowhere, replace(nowhere, regions=SOUND.regions))] == [
        1,
        1,
    ]
    judged = RULE.judge(replace(with_domain(GUEST, grant_region=None), regions=()))
    assert (judged.checked, judged.doubts, judged.silence) == (0, (), "no extended region is offered")
    for count in (256, 257):
        judged = RULE.judge(replace(SOUND, cells=(1, 2), regions=(Extent(CELL, CELL + 1),) * count))
        assert (len(judged.breaches), judged.more, judged.checked) == (256, count > 256, count + 1)
