"""device-tree-agrees, asked directly: both sides of each bound, and what is told of what differs."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.rules.boards.test_device_tree_agrees import CUT, GRANT, HIGH, LOW, PPI, SOUND, offer, stated
from verifier.layout.board_finding import Party
from verifier.layout.domain_map import Extent
from verifier.layout.finding import Witness
from verifier.layout.guest_tree import Entry, TreeFacts
from verifier.rules.boards.device_tree_agrees import RULE
from verifier.rules.boards.rule import Judged

LIMIT = 1 << 64
WHERE = "the guest's device tree"


def judged(tree: TreeFacts) -> Judged:
    return RULE.judge(offer(tree))


def entry(start: int, size: int) -> Entry:
    return replace(HIGH, extent=Extent(start, start + size))


@pytest.mark.parametrize(
    ("start", "size", "witness", "helps"),
    [
        (0x1000, 0, Witness("empty-entry", found=0x1000, needed=0x1000), "left out, or given its size"),
        (0, 0, Witness("empty-entry", found=0, needed=0), "left out, or given its size"),
        (0, 1, None, ""),
        (LIMIT - 1, 1, None, ""),
        (LIMIT - 1, 2, Witness("entry-wraps", found=LIMIT + 1, needed=LIMIT), "with a size up to 0x1"),
        (0x1000, LIMIT, Witness("entry-wraps", found=LIMIT + 0x1000, needed=LIMIT), "with a size up to 0xfffffffffffff000"),
        (0x1000, LIMIT - 0x1000, None, ""),
    ],
)  # fmt: skip
def test_an_entry_has_a_byte_and_ends_at_2_to_the_64_at_most(
    start: int, size: int, witness: Witness | None, helps: str
) -> None:
    """Devicetree Specification 2.3.6: an address and a length, of two cells at most."""
    found = judged(replace(SOUND, entries=(GRANT, entry(start, size), LOW)))
    assert [each.witness for each in found.breaches] == ([] if witness is None else [witness])
    for each in found.breaches:
        assert each.help == (f"/hypervisor reg[2] {helps}",)
        assert each.parties == (Party("/hypervisor reg[2]", Extent(start, start + size), WHERE),)
    assert (found.checked, found.doubts, found.more) == (5, (), False)


def test_where_the_end_of_an_entry_wraps_to_is_told() -> None:
    (found,) = judged(replace(SOUND, entries=(entry(LIMIT - 0x1000, 0x3000),))).breaches
    assert found.message == (
        "/hypervisor reg[2] has 0x3000 (12 KiB) from 0xfffffffffffff000: it ends 8 KiB above 2^64, and the end wraps to "
        "0x2000"
    )


@pytest.mark.parametrize(
    ("one", "other", "is_wrong"),
    [
        ((0x5000, 0x1000), (0x6000, 0x1000), False),
        ((0x5000, 0x2000), (0x6000, 0x1000), False),  # no-overlap tells it
        ((0x5000, 0x1000), (0x5000, 0x2000), False),
        ((0x5000, 0x1000), (0x4FFF, 0x1000), True),
        ((0x5000, 0x1000), (0x4FFF, 1), True),
        ((0x5000, 0x1000), (0x1000, 0x8000), True),
        ((0x5000, 0x1000), (0x5001, 0), False),
        ((0x5000, 0x1000), (0, 0x1000), True),
    ],
)
def test_extended_regions_begin_one_above_the_other(
    one: tuple[int, int], other: tuple[int, int], is_wrong: bool
) -> None:
    """Whatever their sizes, and wherever the grant region is."""
    first, second = replace(entry(*one), origin="reg[1]"), entry(*other)
    for grant in (GRANT, replace(GRANT, extent=Extent(0x9000, 0xA000))):
        found = judged(replace(SOUND, registers=(grant, first, second))).breaches
        parties = (
            Party("/hypervisor reg[1]", first.extent, WHERE),
            Party("/hypervisor reg[2]", second.extent, WHERE),
        )
        assert [(each.witness, each.parties) for each in found] == [
            (Witness("unsorted", found=other[0], needed=one[0]), parties)
        ] * is_wrong


@pytest.mark.parametrize("registers", [(), (GRANT,), (GRANT, LOW), (HIGH, LOW)])
def test_one_region_is_always_in_order(registers: tuple[Entry, ...]) -> None:
    assert judged(replace(SOUND, registers=registers)).breaches == ()


def test_each_region_is_held_against_the_one_before() -> None:
    low, high = entry(0x1000, 1), entry(0x2000, 1)
    assert len(judged(replace(SOUND, registers=(GRANT, high, low, high, low))).breaches) == 2


@pytest.mark.parametrize(("length", "unit", "over", "whole"), [(44, 16, 12, 2), (1, 16, 1, 0), (17, 8, 1, 2)])
def test_what_is_cut_could_be_shorter_or_longer(length: int, unit: int, over: int, whole: int) -> None:
    (found,) = judged(replace(SOUND, cuts=(replace(CUT, length=length, unit=unit),))).breaches
    assert found.witness == Witness("cut-short", found=length, needed=unit)
    assert found.message.startswith(
        f"/hypervisor reg has {length} bytes, {over} more than {whole} whole entries of {unit} ("
    )
    assert found.help == (f"/hypervisor reg with {whole * unit} or {(whole + 1) * unit} bytes",)
    assert found.parties == (Party("/hypervisor reg", Extent(0, 0), WHERE),)


A, B, C = Extent(0x1000, 0x3000), Extent(0x1000, 0x4000), Extent(0x2000, 0x3000)


@pytest.mark.parametrize(
    ("found", "expected", "numbers", "said", "helps"),
    [
        (
            A,
            B,
            (0x2000, 0x3000),
            "[0x1000, 0x3000) (8 KiB); it is [0x1000, 0x4000) (12 KiB)",
            "= <0x1000 0x3000>",
        ),
        (
            A,
            C,
            (0x1000, 0x2000),
            "[0x1000, 0x3000) (8 KiB); it is [0x2000, 0x3000) (4 KiB)",
            "= <0x2000 0x1000>",
        ),
        (30, 31, (30, 31), "30; it is 31", "= 31"),
        (1019, 1020, (1019, 1020), "1019; it is 0x3fc", "= 0x3fc"),
        (A, None, (0x1000, None), "[0x1000, 0x3000) (8 KiB), and nothing is expected there", "left out"),
        (7, None, (7, None), "7, and nothing is expected there", "left out"),
        (None, B, (None, 0x1000), "not there; it is [0x1000, 0x4000) (12 KiB)", "= <0x1000 0x3000>"),
        (None, 31, (None, 31), "not there; it is 31", "= 31"),
        (0, 31, (0, 31), "0; it is 31", "= 31"),
        (31, 0, (31, 0), "31; it is 0", "= 0"),
    ],
)
def test_the_first_number_that_differs_is_told(
    found: Extent | int | None,
    expected: Extent | int | None,
    numbers: tuple[int | None, int | None],
    said: str,
    helps: str,
) -> None:
    """Of an address and a size the address, if that does; numbers from 1020 on, which no interrupt has, in hexadecimal."""
    statement = replace(stated(GRANT), found=found, expected=expected)
    (breach,) = judged(replace(SOUND, cells=(1, 1), statements=(statement, PPI))).breaches
    assert breach.witness == Witness("differs-from-expected", found=numbers[0], needed=numbers[1])
    assert breach.message == f"/hypervisor reg[0] is {said} (MACRO, xen 4.20.4)"
    assert breach.help == (f"/hypervisor reg[0] {helps}",)
    assert breach.parties == (Party("/hypervisor reg[0]", GRANT.extent, WHERE),)


@pytest.mark.parametrize("value", [A, 31, 0, None])
def test_what_is_as_expected_is_no_breach(value: Extent | int | None) -> None:
    statement = replace(stated(GRANT), found=value, expected=value)
    assert judged(replace(SOUND, statements=(statement,))).breaches == ()


def test_what_is_open_is_told_beside_what_is_wrong_and_only_so_much_is_listed() -> None:
    """By sort: what is cut, entries, their order, what differs."""
    wrong = replace(
        SOUND,
        cuts=(CUT,),
        entries=(entry(0, 0),),
        registers=(GRANT, HIGH, LOW),
        statements=(replace(PPI, found=1),),
        doubts=("a", "b"),
    )
    found = judged(wrong)
    assert [each.witness.kind for each in found.breaches] == [
        "cut-short",
        "empty-entry",
        "unsorted",
        "differs-from-expected",
    ]
    assert (found.checked, found.doubts, found.more) == (2, ("a", "b"), False)
    for count in (253, 254):
        many = judged(replace(wrong, entries=(entry(0, 0),) * count))
        assert (len(many.breaches), many.more) == (256, count > 253)
