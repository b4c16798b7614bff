"""aligned, asked directly: multiples of 2 MiB, of a page for dom0's grant region, and one byte beside each."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.rules.boards.offers import GUEST, SOUND, with_domain
from verifier.layout.domain_map import Extent
from verifier.layout.finding import Witness
from verifier.rules.boards.aligned import RULE

PAGE = 4096
BLOCK = 2 << 20


def off(unit: int, *numbers: int) -> list[Witness]:
    return [Witness("misaligned", found=each, needed=unit) for each in numbers]


@pytest.mark.parametrize("unit", [PAGE, BLOCK])
@pytest.mark.parametrize("start", [-1, 0, 1])
@pytest.mark.parametrize("end", [-1, 0, 1])
def test_both_ends_are_multiples(unit: int, start: int, end: int) -> None:
    """Of a page, dom0's grant region; of 2 MiB, that of the guest layout, and every extended region."""
    extent = Extent(8 * unit + start, 16 * unit + end)
    wrong = [number for number, step in ((extent.start, start), (extent.end, end)) if step]
    grants = (
        with_domain(SOUND if unit == PAGE else GUEST, grant_region=extent),
        with_domain(replace(SOUND, hardware=unit == PAGE), grant_region=extent),
    )
    for offer in grants:
        judged = RULE.judge(replace(offer, regions=()))
        assert [each.witness for each in judged.breaches] == off(unit, *wrong)
        assert judged.checked == 2
        assert all(each.parties[0].name == "grant region of d0" for each in judged.breaches)
    if unit == BLOCK:
        judged = RULE.judge(replace(with_domain(SOUND, grant_region=None), regions=(extent,)))
        assert [each.witness for each in judged.breaches] == off(unit, *wrong)
        assert all(each.parties[0].name == "extended region 0 of d0" for each in judged.breaches)


@pytest.mark.parametrize(("start", "end"), [(0, PAGE), (PAGE, BLOCK), (PAGE, PAGE)])
def test_a_region_that_is_parts_of_2_mib_is_wrong_even_without_a_byte(start: int, end: int) -> None:
    judged = RULE.judge(replace(SOUND, regions=(Extent(start, end),)))
    assert [each.witness for each in judged.breaches] == off(
        BLOCK, *(each for each in (start, end) if each % BLOCK)
    )


@pytest.mark.parametrize(
    ("start", "end", "left"),
    [
        (PAGE, 2 * BLOCK, "[0x200000, 0x400000)"),
        (0, 2 * BLOCK + PAGE, "[0x0, 0x400000)"),
        (PAGE, BLOCK + PAGE, None),
        (PAGE, 2 * BLOCK - PAGE, None),
    ],
)
def test_what_is_left_at_multiples_is_told_if_anything_is(start: int, end: int, left: str | None) -> None:
    breaches = RULE.judge(replace(SOUND, regions=(Extent(start, end),))).breaches
    assert breaches
    for each in breaches:
        assert each.help == (() if left is None else (f"{left} is what is left at multiples of 2 MiB",))


def test_an_empty_grant_region_is_none() -> None:
    """Of a Xen without grant tables, wherever it is written to lie."""
    empty = with_domain(SOUND, grant_region=Extent(PAGE + 1, PAGE + 1))
    assert RULE.judge(empty).checked == 6
    for grant in (None, Extent(PAGE + 1, PAGE + 1)):
        judged = RULE.judge(replace(with_domain(SOUND, grant_region=grant), regions=()))
        assert (judged.checked, judged.breaches, judged.silence) == (0, (), "no extended region is offered")
    byte = RULE.judge(with_domain(SOUND, grant_region=Extent(PAGE, PAGE + 1)))
    assert [each.witness for each in byte.breaches] == off(PAGE, PAGE + 1)


def test_regions_are_told_before_the_grant_region_and_only_so_many() -> None:
    odd = Extent(1, BLOCK)
    both = RULE.judge(with_domain(replace(SOUND, regions=(odd,)), grant_region=odd))
    assert [each.parties[0].name for each in both.breaches] == [
        "extended region 0 of d0",
        "grant region of d0",
    ]
    for count in (256, 257):
        judged = RULE.judge(replace(SOUND, regions=(odd,) * count))
        assert (len(judged.breaches), judged.more) == (256, count > 256)
