"""banks, asked directly: windows on both sides of each bound, tails against bytes, and words."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import pytest

from tests.rules.asked import case, conflict, doubted, fails, region, told
from verifier.layout.finding import Witness
from verifier.logic import term
from verifier.logic.case import Case, case_of
from verifier.logic.space import complete
from verifier.rules.banks import RULE

PAGE, MIB, GIB = 4096, 1 << 20, 1 << 30
LEAST = 64 * MIB
BOTH = ("GUEST_RAM0", "GUEST_RAM1")
LOW = (GIB, 2 * GIB)


def windows(*parts: tuple[int, int]) -> str:
    return "; ".join(region(f"RAM{index}", *part) for index, part in enumerate(parts))


@pytest.mark.parametrize(
    ("second", "fails_at"),
    [
        ((2 * GIB, 4 * GIB), False),
        ((2 * GIB - PAGE, 4 * GIB), True),
        ((GIB + PAGE, 3 * GIB // 2), True),
        ((0, GIB // 2), True),
        ((0, 3 * GIB), True),
        ((8 * GIB, 8 * GIB + PAGE), False),
    ],
)
def test_each_window_begins_where_the_one_before_has_ended(
    second: tuple[int, int], *, fails_at: bool
) -> None:
    at = case(windows(LOW, second))
    assert fails(RULE, at) == ([BOTH] if fails_at else [])
    if fails_at:
        said = told(RULE, at, *BOTH)
        one, other = (
            f"GUEST_RAM{place} [{start:#x}, {end:#x})" for place, (start, end) in enumerate((LOW, second))
        )
        assert said.message == (
            f"{other} begins below the end of {one}: banks are filled, and have to lie, in ascending order"
        )
        assert [each.partition(" is ")[0] for each in said.details] == [one, other]
        assert said.details[0] == f"{one} is 1 GiB, layout.h:1"
        assert said.counterexample.witness == Witness("too-small", found=second[0], needed=2 * GIB)


def test_of_three_windows_two_pairs_are_asked() -> None:
    at = case(windows(LOW, (GIB, 2 * GIB), (GIB, 2 * GIB)))
    assert fails(RULE, at) == [BOTH, ("GUEST_RAM1", "GUEST_RAM2")]


@pytest.mark.parametrize("end", [4 * GIB - PAGE, 4 * GIB, 4 * GIB + PAGE, 6 * GIB])
def test_the_first_window_alone_ends_at_4_gib(end: int) -> None:
    at = case(windows((3 * GIB, end), (8 * GIB, 9 * GIB)))
    assert fails(RULE, at) == ([("GUEST_RAM0",)] if end > 4 * GIB else [])
    if end > 4 * GIB:
        said = told(RULE, at, "GUEST_RAM0")
        above = {PAGE: "4 KiB", 2 * GIB: "2 GiB"}[end - 4 * GIB]
        assert said.message == (
            f"GUEST_RAM0 [0xc0000000, {end:#x}) ends {above} above 4 GiB (0x100000000), where 32-bit guests have no RAM"
        )
        assert [each.partition(" is ")[0] for each in said.details] == [f"GUEST_RAM0 [0xc0000000, {end:#x})"]
        assert said.counterexample.witness == Witness("too-small", found=4 * GIB, needed=end)


@pytest.mark.parametrize("stated", [0, 3 * GIB - PAGE, 3 * GIB, 3 * GIB + PAGE, 4 * GIB])
def test_every_memory_size_fits_into_all_windows_together(stated: int) -> None:
    """1 GiB and 2 GiB; without a maximum that is stated, what the windows hold is the most."""
    maximum = f"; GUEST_RAM_MAX {stated:#x}ULL" if stated else ""
    at = case(windows(LOW, (8 * GIB, 10 * GIB)) + maximum)
    subjects = ("GUEST_RAM_MAX",) if stated else BOTH
    fits = 3 * GIB // PAGE
    for memory in (1, fits - 1, fits, fits + 1, 4 * GIB // PAGE):
        assert (subjects in fails(RULE, at, memory=memory)) == (stated > 3 * GIB and memory > fits)
    (asked,) = (each for each in RULE.obligations(at) if "total" in each.notes)
    assert asked.subjects == subjects
    assert (asked.bad is False) == (stated <= 3 * GIB)  # arithmetic decides it
    if stated > 3 * GIB:
        most = stated // PAGE
        assert conflict(RULE, at, "GUEST_RAM_MAX", memory=most) == stated - 3 * GIB
        said = told(RULE, at, "GUEST_RAM_MAX", memory=fits + 1)
        assert said.message == (
            "a guest may have 0xc0001000 (~3.00 GiB) of RAM, but the windows hold 0xc0000000 (3 GiB): 4 KiB has no place"
        )
        assert said.details == (
            "windows: GUEST_RAM0 [0x40000000, 0x80000000) and GUEST_RAM1 [0x200000000, 0x280000000)",
        )
        assert said.counterexample.witness == Witness("too-small", found=3 * GIB, needed=3 * GIB + PAGE)


def tail(at: Case, bits: int, memory: int) -> int:
    """The largest part of a window below 2^bits, from a multiple of 2 MiB behind the RAM that is used."""
    found = [0]
    for bank in at.layout.banks:
        size = bank.size or 0
        used, memory = min(memory, size), max(0, memory - size)
        behind = bank.start + used
        begins = behind + -behind % (2 * MIB)
        found.append(min(bank.start + size, 1 << bits) - begins)
    return max(found)


WIDE = [
    ((GIB, GIB + LEAST), (8 * GIB, 8 * GIB + LEAST)),
    ((GIB, GIB + LEAST - 2 * MIB), (8 * GIB, 8 * GIB + LEAST)),
    ((GIB, GIB + LEAST - 2 * MIB), (8 * GIB, 8 * GIB + LEAST - 2 * MIB)),
    ((GIB, GIB + LEAST + 2 * MIB), (8 * GIB, 8 * GIB + PAGE)),
    ((GIB - PAGE, GIB + LEAST), (8 * GIB, 8 * GIB + PAGE)),
    ((GIB - 100, GIB + LEAST), (8 * GIB, 8 * GIB + PAGE)),  # a page of RAM ends behind a multiple of 2 MiB
    ((GIB - PAGE, GIB + LEAST - PAGE), (8 * GIB, 8 * GIB + PAGE)),
    ((4 * GIB - 2 * MIB, 4 * GIB), (64 * GIB - LEAST, 66 * GIB)),
    ((4 * GIB - 2 * MIB, 4 * GIB), (64 * GIB - LEAST + 2 * MIB, 66 * GIB)),
]


@pytest.mark.parametrize("parts", WIDE)
def test_room_is_left_if_the_smallest_guest_leaves_it(parts: tuple[tuple[int, int], tuple[int, int]]) -> None:
    """64 MiB from a multiple of 2 MiB on, by widths: the first page takes such a part of the first window."""
    at = case(windows(*parts))
    for bits in (32, 36, 40, 42, 44, 48):
        most = tail(at, bits, PAGE)
        assert (BOTH in fails(RULE, at, ipa_bits=bits)) == (most < LEAST)
        if most < LEAST:
            assert conflict(RULE, at, *BOTH, ipa_bits=bits) == LEAST - most
            said = told(RULE, at, *BOTH, ipa_bits=bits)
            assert said.counterexample.witness == Witness("too-small", found=most, needed=LEAST)
            assert said.message.startswith(
                f"with {bits} ipa bits no memory size leaves room for an extended region"
            )
            assert f"below {1 << bits:#x} is {most:#x}" in said.message
    assert fails(RULE, case(windows(*parts), xen="4.15")) == []
    assert not [each for each in RULE.obligations(case(windows(*parts), xen="4.15")) if "rooms" in each.notes]


@pytest.mark.parametrize(
    "parts", [WIDE[0], WIDE[4], WIDE[7], ((GIB, GIB + 96 * MIB), (8 * GIB, 8 * GIB + 128 * MIB))]
)
def test_sizes_are_listed_that_leave_no_tail_of_64_mib(
    parts: tuple[tuple[int, int], tuple[int, int]],
) -> None:
    """On both sides of each multiple of 2 MiB that some guest's RAM ends at."""
    at = case(windows(*parts))
    found = RULE.listing(at)
    assert found is not None
    assert found.what == "no extended region of 64 MiB is left"
    most = min(at.space.dimensions["memory"].high, 224 * MIB // PAGE)
    near = {each + step for each in range(0, most, 512) for step in (-1, 0, 1, 2)} | {most - 1, most}
    for bits, memory in product((32, 36, 40, 48), sorted(each for each in near if 1 <= each <= most)):
        told_of = term.evaluate(found.condition, complete(at.space, {"ipa_bits": bits, "memory": memory}))
        assert bool(told_of) == (tail(at, bits, memory * PAGE) < LEAST), (bits, memory)


@pytest.mark.parametrize("text", ["GUEST_RAM_BASE 0x80000000ULL", "GUEST_FOO_SPI 40", region("FOO", 0, MIB)])
@pytest.mark.parametrize("xen", ["4.4.0", "4.22"])
def test_without_windows_nothing_is_asked_or_listed(text: str, xen: str) -> None:
    at = case(text, xen=xen)
    assert RULE.obligations(at) == []
    assert RULE.listing(at) is None
    endless = {("GUEST_RAM",): "GUEST_RAM has no size, so nothing says where its window ends"}
    assert doubted(RULE, at) == (endless if "RAM" in text else {})


def test_where_one_window_has_no_end_nothing_is_asked() -> None:
    """Its memory may be anywhere: of no header that can be read, yet nothing may be proved of such."""
    at = case(windows(LOW, (8 * GIB, 9 * GIB)))
    for index in (0, 1):
        banks = tuple(
            replace(bank, size=None) if place == index else bank for place, bank in enumerate(at.layout.banks)
        )
        endless = case_of(replace(at.layout, banks=banks), at.facts, at.layout)
        assert RULE.obligations(endless) == []
        assert [*doubted(RULE, endless)] == [(f"GUEST_RAM{index}",)]


def test_before_tails_were_offered_none_is_listed() -> None:
    assert RULE.listing(case(windows(LOW), xen="4.15")) is None
    assert doubted(RULE, case(windows(LOW))) == {}
