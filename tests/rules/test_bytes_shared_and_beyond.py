"""no-overlap and within-ipa, asked directly: against the bytes of both, and what is told of them."""

from __future__ import annotations

from itertools import product
from pathlib import Path

import pytest

from tests.rules.asked import case, conflict, fails, region, told
from verifier.layout.finding import Witness
from verifier.logic.case import case_of
from verifier.reading.request import Request, load
from verifier.rules.no_overlap import RULE as APART
from verifier.rules.within_ipa import RULE as WITHIN

KIB, MIB, GIB, PAGE = 1 << 10, 1 << 20, 1 << 30, 4096
PARTS = [(start, end) for start, end in product(range(5), range(1, 6)) if start < end]


@pytest.mark.parametrize("one", PARTS)
def test_two_overlap_if_they_have_a_byte_in_common(one: tuple[int, int]) -> None:
    """By pages, a UART and what is always there, from either side; the conflict is what both have."""
    for other in PARTS:
        at = case(
            f"{region('PL011', *(PAGE * each for each in one))}; {region('FOO', *(PAGE * each for each in other))}"
        )
        low, high = max(one[0], other[0]), min(one[1], other[1])
        names = ("GUEST_PL011", "GUEST_FOO") if one[0] < other[0] else ("GUEST_FOO", "GUEST_PL011")
        assert fails(APART, at, vuart=1) == ([names] if low < high else [])
        assert fails(APART, at, vuart=0) == []
        (asked,) = APART.obligations(at)
        assert (asked.bad is False) == (low >= high)  # arithmetic decides it
        if low < high:
            assert conflict(APART, at, *names, vuart=1) == PAGE * (high - low)
            said = told(APART, at, *names, vuart=1)
            assert said.message.endswith(
                f" overlap by {4 * (high - low)} KiB, [{PAGE * low:#x}, {PAGE * high:#x})"
            )
            example = said.counterexample
            assert example.witness == Witness("address-in-two-regions", address=PAGE * low)
            assert (example.overlap, [each.name for each in example.regions]) == (
                (PAGE * low, PAGE * high),
                [*names],
            )


@pytest.mark.parametrize(("xen", "whole"), [("4.15", False), ("4.22", True)])
def test_ram_has_what_is_used_or_all_of_its_window(xen: str, *, whole: bool) -> None:
    """Eight pages, of which a UART has the last but two."""
    at = case(
        f"{region('RAM0', MIB, MIB + 8 * PAGE)}; {region('PL011', MIB + 5 * PAGE, MIB + 6 * PAGE)}", xen=xen
    )
    both = ("GUEST_RAM0", "GUEST_PL011")
    for memory, vuart in product(range(1, 9), (0, 1)):
        meet = bool(vuart) and (whole or memory > 5)
        assert fails(APART, at, memory=memory, vuart=vuart) == ([both] if meet else [])
        if meet:
            said = told(APART, at, *both, memory=memory, vuart=vuart)
            end = 8 if whole else memory
            more = "whole window, whose unused part Xen offers as extended regions"
            part = more if whole else "the part that this memory size uses"
            assert said.details == (
                f"GUEST_RAM0 [0x100000, {MIB + end * PAGE:#x}) is {4 * end} KiB, layout.h:1 and 2; {part}",
                "GUEST_PL011 [0x105000, 0x106000) is 4 KiB, layout.h:3 and 4",
            )


def test_a_size_that_another_file_defines_has_no_line_in_this_one(tmp_path: Path) -> None:
    """Nor is a line told where nothing is defined: the one of the base is."""
    (tmp_path / "sizes.h").write_text("\n\n#define GUEST_FOO_SIZE 0x2000ULL\n")
    (tmp_path / "layout.h").write_text(
        '#include "sizes.h"\n#define GUEST_FOO_BASE 0x1000ULL\n'
        "#define GUEST_BAR_BASE 0x1000ULL\n#define GUEST_BAR_SIZE 0x1000ULL\n"
    )
    loaded = load(Request(str(tmp_path / "layout.h"), companions=(str(tmp_path / "sizes.h"),)))
    at = case_of(loaded.layout, loaded.facts, loaded.layout)
    bar, foo = told(APART, at, "GUEST_BAR", "GUEST_FOO").details
    assert bar.endswith("layout.h:3 and 4")
    assert foo.endswith("layout.h:2")


def test_of_ram_without_a_size_only_the_line_of_its_base_is_told() -> None:
    """4.4.0 has no size; a region below the third page of it is met by guests with two, or more."""
    at = case(f"GUEST_RAM_BASE {GIB:#x}ULL; {region('FOO', GIB + PAGE, GIB + 2 * PAGE)}", xen="4.4.0")
    both = ("GUEST_RAM", "GUEST_FOO")
    assert [fails(APART, at, memory=memory) for memory in (1, 2, 3)] == [[], [both], [both]]
    assert told(APART, at, *both, memory=2).details[0] == (
        "GUEST_RAM [0x40000000, 0x40002000) is 8 KiB, layout.h:1; the part that this memory size uses"
    )


def test_a_bank_that_is_not_used_overlaps_nothing() -> None:
    banks = f"{region('RAM0', MIB, MIB + 2 * PAGE)}; {region('RAM1', 2 * MIB, 2 * MIB + 2 * PAGE)}"
    at = case(f"{banks}; {region('FOO', 2 * MIB - PAGE, 2 * MIB + PAGE)}", xen="4.15")
    both = ("GUEST_FOO", "GUEST_RAM1")
    assert [fails(APART, at, memory=memory) for memory in (1, 2, 3, 4)] == [[], [], [both], [both]]
    assert conflict(APART, at, *both, memory=3) == PAGE


WIDTHS = (32, 36, 40, 42, 44, 48)


@pytest.mark.parametrize("power", WIDTHS)
def test_a_region_is_within_if_its_last_byte_is(power: int) -> None:
    """Around each power of two, at each width, for guests that have the region."""
    limit = 1 << power
    for start, end in ((-2, -1), (-2, 0), (-2, 1), (-1, 2), (0, 1), (1, 2)):
        first, last = limit + start * PAGE, limit + end * PAGE
        at = case(region("PL011", first, last))
        for bits in WIDTHS:
            beyond = last > 1 << bits
            assert fails(WITHIN, at, ipa_bits=bits, vuart=1) == ([("GUEST_PL011",)] if beyond else [])
            assert fails(WITHIN, at, ipa_bits=bits, vuart=0) == []
        if end > 0:
            low = max(first, limit)
            assert conflict(WITHIN, at, "GUEST_PL011", ipa_bits=power, vuart=1) == last - low
            said = told(WITHIN, at, "GUEST_PL011", ipa_bits=power, vuart=1)
            which = "all" if start >= 0 else f"{4 * end} KiB"
            assert (
                f"does not fit {power} ipa bits: {which} of it lies at or above {limit:#x} (" in said.message
            )
            assert said.details == (
                f"GUEST_PL011 [{first:#x}, {last:#x}) is {4 * (end - start)} KiB, layout.h:1",
                f"{last:#x} is needed and {limit:#x} is there: {4 * end} KiB too far",
            )
            assert said.counterexample.witness == Witness("address-beyond", address=low, bound=limit)
            assert said.counterexample.regions == at.layout.regions


@pytest.mark.parametrize("xen", ["4.15", "4.22"])
def test_of_ram_the_part_that_is_used_is_within(xen: str) -> None:
    """Four pages below 2^32 and four above, whether or not the rest is offered."""
    at = case(region("RAM0", 4 * GIB - 4 * PAGE, 4 * GIB + 4 * PAGE), xen=xen)
    for memory in range(1, 9):
        expected = [("GUEST_RAM0",)] if memory > 4 else []
        assert fails(WITHIN, at, ipa_bits=32, memory=memory) == expected
        assert fails(WITHIN, at, ipa_bits=36, memory=memory) == []
        if memory > 4:
            assert conflict(WITHIN, at, "GUEST_RAM0", ipa_bits=32, memory=memory) == (memory - 4) * PAGE
            said = told(WITHIN, at, "GUEST_RAM0", ipa_bits=32, memory=memory)
            assert said.details[0].endswith("layout.h:1; the part that this memory size uses")


def test_parts_are_in_the_order_of_their_addresses() -> None:
    """Not of names, ends or sizes, nor RAM before or behind others."""
    text = f"{region('B', MIB, 9 * MIB)}; {region('A', 2 * MIB, 4 * MIB)}; {region('RAM0', PAGE, 2 * PAGE)}"
    at = case(text)
    assert [each.subjects for each in WITHIN.obligations(at)] == [("GUEST_RAM0",), ("GUEST_B",), ("GUEST_A",)]
    assert [each.subjects for each in APART.obligations(at)] == [
        ("GUEST_RAM0", "GUEST_B"),
        ("GUEST_RAM0", "GUEST_A"),
        ("GUEST_B", "GUEST_A"),
    ]
