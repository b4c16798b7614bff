"""interrupts and banks, asked directly: numbers of two, numbers of no kind, memory in units, sums and windows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import combinations_with_replacement

import pytest

from tests.rules.boards.guests import WHOLE, with_banks, with_facts
from tests.rules.boards.offers import GUEST, MIB, with_domain
from verifier.layout.board_finding import Party
from verifier.layout.domain_map import Extent
from verifier.layout.finding import Witness
from verifier.layout.guest_facts import Interrupt
from verifier.layout.offer import Window
from verifier.rules.boards import banks, interrupts
from verifier.rules.boards.rule import Judged

WINDOW = Extent(0x40000000, 0x80000000)


def spis(numbers: Sequence[int]) -> tuple[Interrupt, ...]:
    return tuple(Interrupt(f"i{at}", number, "spi", f"a.cfg:{at}") for at, number in enumerate(numbers))


def of_interrupts(*found: Interrupt, count: int | None = None) -> Judged:
    return interrupts.RULE.judge(with_facts(WHOLE, interrupts=found, spis=count))


@pytest.mark.parametrize(
    "numbers", [*combinations_with_replacement((40, 41, 42), 4), (41, 40, 41), (42, 42, 40, 42)]
)
def test_whoever_has_the_number_of_another_is_told_with_the_first(numbers: tuple[int, ...]) -> None:
    """By number; the first is the one that was named first."""
    expected = []
    for number in sorted(set(numbers)):
        first, *others = [f"i{at}" for at, each in enumerate(numbers) if each == number]
        expected += [(first, other, number) for other in others]
    judged = of_interrupts(*spis(numbers))
    assert [
        (*(party.name for party in each.parties), each.witness.found) for each in judged.breaches
    ] == expected
    assert judged.checked == 2 * len(numbers)
    for breach, (_, _, number) in zip(judged.breaches, expected, strict=True):
        assert breach.witness.kind == "number-of-two"
        assert [each.extent for each in breach.parties] == [Extent(number, number)] * 2
        assert breach.details == ("the guest cannot tell which of the two devices wants it",)


@pytest.mark.parametrize(
    ("kind", "count", "number", "needed"),
    [
        ("sgi", None, 0, None),
        ("sgi", None, 15, None),
        ("sgi", None, 16, 15),
        ("sgi", 0, 15, None),
        ("ppi", None, 15, 16),
        ("ppi", 1, 31, None),
        ("ppi", 1, 32, 31),
        ("spi", None, 31, 32),
        ("spi", None, 1019, None),
        ("spi", None, 1020, 1019),
        ("spi", 1, 32, None),
        ("spi", 1, 33, 32),
        ("spi", 1, 31, 32),
        ("spi", 0, 32, 31),
        ("spi", 0, 31, 32),
        ("spi", 988, 1019, None),
        ("spi", 987, 1019, 1018),
        ("spi", 989, 1020, 1019),
    ],
)
def test_a_number_is_of_its_kind_and_the_gic_has_it(
    kind: str, count: int | None, number: int, needed: int | None
) -> None:
    """The bound that it is beyond is told; Arm IHI 0069 2.2.1. SPIs alone are as many as the guest has."""
    judged = of_interrupts(Interrupt("it", number, kind, "a.cfg:1"), count=count)
    expected = [] if needed is None else [Witness("number-beyond", found=number, needed=needed)]
    assert [each.witness for each in judged.breaches] == expected
    assert [each.parties for each in judged.breaches] == [
        (Party("it", Extent(number, number), "a.cfg:1"),) for _ in expected
    ]


def test_numbers_of_two_are_told_before_those_of_no_kind() -> None:
    judged = of_interrupts(*spis((20, 20, 33)))
    assert [each.witness.kind for each in judged.breaches] == [
        "number-of-two",
        "number-beyond",
        "number-beyond",
    ]
    for count in (128, 129):  # of as many at one number, all but the first, and each by itself
        judged = of_interrupts(*spis((20,) * count))
        assert (len(judged.breaches), judged.more) == (min(256, 2 * count - 1), count > 128)


def test_interrupts_that_are_not_read_are_open() -> None:
    """Beside what is wrong as well: nobody says that it is all."""
    for numbers, count in (((33, 34), 0), ((33, 33), 1)):
        judged = interrupts.RULE.judge(with_facts(WHOLE, interrupts=spis(numbers), untold=("who knows",)))
        assert (len(judged.breaches), judged.doubts, judged.silence) == (count, ("who knows",), "")


def test_of_what_is_no_guest_or_has_none_nothing_is_said() -> None:
    for offer in (GUEST, with_facts(WHOLE, interrupts=())):
        judged = interrupts.RULE.judge(offer)
        assert (judged.checked, judged.breaches, judged.silence) == (0, (), "no interrupt of it is known")
    assert [each.RULE.asked(GUEST) for each in (interrupts, banks)] == [False, False]
    assert [each.RULE.asked(WHOLE) for each in (interrupts, banks)] == [True, True]


def of_banks(memory: int, unit: int, *found: Extent) -> Judged:
    return banks.RULE.judge(with_facts(with_banks(WHOLE, *found), memory=memory, memory_unit=unit))


def bank(offset: int, size: int) -> Extent:
    return Extent(WINDOW.start + offset, WINDOW.start + offset + size)


@pytest.mark.parametrize("memory", [1, 4095, 4096, 4097, 8192, 12287])
@pytest.mark.parametrize("unit", [1, 4096])
def test_memory_is_whole_units(memory: int, unit: int) -> None:
    """What is asked for instead is as many whole units, and one where that is none."""
    judged = of_banks(memory, unit, bank(0, memory))
    if unit == 1 or memory in (4096, 8192):
        assert judged.breaches == ()
        return
    (breach,) = judged.breaches
    assert breach.witness == Witness("misaligned", found=memory, needed=unit)
    assert breach.parties == (Party("RAM of d0", bank(0, memory), "a.cfg:2"),)
    assert breach.help == ("8 KiB of memory" if memory > 8192 else "4 KiB of memory",)


@pytest.mark.parametrize(
    ("found", "total"),
    [
        ((bank(0, MIB),), MIB),
        ((bank(0, MIB - 1),), MIB - 1),
        ((bank(0, MIB + 1),), MIB + 1),
        ((bank(0, MIB // 2), bank(MIB, MIB // 2)), MIB),
        ((bank(MIB, MIB // 2), bank(0, MIB // 2)), MIB),
        ((bank(0, MIB), bank(0, MIB)), MIB),  # the same RAM twice is there once
        ((bank(0, 3 * MIB // 4), bank(MIB // 2, MIB // 2)), MIB),
        ((bank(0, MIB), bank(MIB // 2, MIB)), 3 * MIB // 2),
        ((), 0),
    ],
)
def test_banks_are_what_was_asked_for(found: tuple[Extent, ...], total: int) -> None:
    """A byte less or more is not; what is told begins with the lowest bank, and at 0 without any."""
    judged = of_banks(MIB, MIB, *found)
    assert judged.checked == 2 + len(found)
    if total == MIB:
        assert judged.breaches == ()
        return
    (breach,) = judged.breaches
    assert breach.witness == Witness("other-size", found=total, needed=MIB)
    start = min((each.start for each in found), default=0)
    assert breach.parties == (Party("RAM of d0", Extent(start, start + MIB), "a.cfg:2"),)


@pytest.mark.parametrize(
    ("found", "outside"),
    [
        (Extent(WINDOW.start, WINDOW.start + 8), []),
        (Extent(WINDOW.start - 1, WINDOW.start + 7), [(WINDOW.start - 1, WINDOW.start)]),
        (Extent(WINDOW.end - 8, WINDOW.end), []),
        (Extent(WINDOW.end - 7, WINDOW.end + 1), [(WINDOW.end, WINDOW.end + 1)]),
        (Extent(WINDOW.end, WINDOW.end + 8), [(WINDOW.end, WINDOW.end + 8)]),
        (
            Extent(WINDOW.start - 1, WINDOW.end + 1),
            [(WINDOW.start - 1, WINDOW.start), (WINDOW.end, WINDOW.end + 1)],
        ),
    ],
)
def test_ram_lies_inside_the_windows(found: Extent, outside: list[tuple[int, int]]) -> None:
    """Of a guest whose addresses are the host's there are none."""
    offer = with_facts(with_banks(WHOLE, found), memory=found.size, memory_unit=1)
    judged = banks.RULE.judge(offer)
    assert [each.overlap for each in judged.breaches] == [Extent(*each) for each in outside]
    assert [each.witness for each in judged.breaches] == [
        Witness("address-outside", address=each) for each, _ in outside
    ]
    assert all(
        each.parties == (Party("RAM bank 0 of d0", found, "RAM of the domain"),) for each in judged.breaches
    )
    assert banks.RULE.judge(replace(offer, host_layout=True)).breaches == ()


def test_windows_that_touch_are_one() -> None:
    """In whatever order they are; each bank is told by its number."""
    half = 0x60000000
    windows = (Window("b", Extent(half, WINDOW.end)), Window("a", Extent(WINDOW.start, half)))
    offer = replace(with_banks(WHOLE, Extent(half - 8, half + 8), Extent(0, 8)), windows=windows)
    judged = banks.RULE.judge(with_facts(offer, memory=24, memory_unit=8))
    assert [each.parties[0].name for each in judged.breaches] == ["RAM bank 1 of d0"]
    assert judged.checked == 4


def test_banks_that_nobody_knows_are_open() -> None:
    for offer in (with_domain(WHOLE, banks=None), GUEST):
        judged = banks.RULE.judge(offer)
        assert (judged.checked, judged.breaches) == (0, ())
        assert judged.doubts == ("the RAM banks of d0 are not known",)
