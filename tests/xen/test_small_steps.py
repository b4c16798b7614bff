"""Single steps of the producers, each on both sides of what it tells apart; numbers by hand, from Xen's code."""

from __future__ import annotations

from itertools import permutations

import pytest

from tests.xen import asked
from verifier.xen import device_pages, domu_holes, libxl_regions, memory_holes, top_of_space, unallocated
from verifier.xen.ext_regions import bytes_of, last_address, region_of
from verifier.xen.libxl_regions import Iomem, compare_iomem, cut_one
from verifier.xen.loops import GivesUpError
from verifier.xen.memory_holes import Described, Inputs
from verifier.xen.outcome import Span
from verifier.xen.rangeset import Range
from verifier.xen.release import xen

MIB = 1 << 20
BYTES, LOSES_A_PAGE, NEWEST = "4.17.6", "4.18.5", "head"
"""Rangesets of bytes; of frames, where the end of a region is the begin of its last page; of frames."""


def test_the_last_address_of_a_width() -> None:
    assert [last_address(bits) for bits in (1, 2, 40, 63, 64)] == [
        1,
        3,
        0xFF_FFFF_FFFF,
        0x7FFF_FFFF_FFFF_FFFF,
        0xFFFF_FFFF_FFFF_FFFF,
    ]
    for bits in (-1, 0, 65):
        with pytest.raises(ValueError, match=f"^a width of {bits} bits$"):
            last_address(bits)


def test_the_bytes_of_what_a_rangeset_holds() -> None:
    """Both ends inclusive; from 4.18.0 up to 9b21841fd1 the last page counted with its first byte only."""
    held = Range(2, 5)
    assert bytes_of(xen(BYTES), held) == (2, 5)
    assert bytes_of(xen(LOSES_A_PAGE), held) == (0x2000, 0x5000)
    assert bytes_of(xen(NEWEST), held) == (0x2000, 0x5FFF)


def test_a_region_ends_with_the_last_whole_2_mib() -> None:
    """Where sets hold bytes, a single one may be missing."""
    old = xen(BYTES)
    assert region_of(old, Range(0, 128 * MIB - 1)) == Span(0, 128 * MIB)
    assert region_of(old, Range(0, 128 * MIB - 2)) == Span(0, 126 * MIB)
    assert region_of(old, Range(1, 128 * MIB - 1)) == Span(2 * MIB, 126 * MIB)
    assert region_of(old, Range(0, 64 * MIB - 1)) == Span(0, 64 * MIB)
    assert region_of(old, Range(0, 64 * MIB - 2)) is None
    assert region_of(old, Range(1, 2 * MIB - 1)) is None


def test_iomem_is_sorted_by_guest_frame_alone() -> None:
    low, high = Iomem(0x10, 0x99), Iomem(0x20, 1)
    assert (compare_iomem(low, high), compare_iomem(high, low)) == (-1, 1)
    assert compare_iomem(low, Iomem(0x10, 1)) == compare_iomem(Iomem(0x10, 1), low) == 0
    entries = [(0xA0000, 1), (0x90000, 0x20), (0xB0000, 7)]
    found = [asked.xl(xen(NEWEST), (1 << 30, 0), list(each)) for each in permutations(entries)]
    assert all(each == found[0] for each in found)


@pytest.mark.parametrize(
    ("start", "expected"),
    [
        (0x90000000, ((), 0x90001000, False)),
        (0x90000001, ((), 0x90001000, False)),
        (0x8FFFFFFF, ((Range(0x8FFFFFFF, 0x8FFFFFFF),), 0x90001000, False)),
        (0x90000FFF, ((), 0x90001000, False)),
        (0x90001000, ((), 0x90001000, False)),
    ],
)
def test_what_lies_below_an_entry(start: int, expected: tuple[tuple[Range, ...], int, bool]) -> None:
    """One page at 0x90000000, of a part that ends above it."""
    assert cut_one(start, 0xFFFFFFFF, Iomem(0x90000, 1)) == expected


@pytest.mark.parametrize(
    ("end", "expected"),
    [
        (0x8FFFFFFF, ((), 0x80000000, False)),
        (0x90000000, ((Range(0x80000000, 0x8FFFFFFF),), 0x90001000, True)),
        (0x90000FFF, ((Range(0x80000000, 0x8FFFFFFF),), 0x90001000, True)),
        (0x90001000, ((Range(0x80000000, 0x8FFFFFFF),), 0x90001000, False)),
    ],
)
def test_what_lies_above_an_entry(end: int, expected: tuple[tuple[Range, ...], int, bool]) -> None:
    assert cut_one(0x80000000, end, Iomem(0x90000, 1)) == expected


@pytest.mark.parametrize("tag", [BYTES, "4.19.3", "4.20.4"])
@pytest.mark.parametrize("shared", [(), (Span(0x50000000, MIB),)])
def test_a_guest_whose_banks_are_full_is_offered_nothing(tag: str, shared: tuple[Span, ...]) -> None:
    """find_domU_holes returns -ENOENT there, and Xen goes on without regions; with a rest it returns 0."""
    windows = asked.spans(asked.WINDOWS)
    full = domu_holes.Guest(40, windows, [each.size for each in windows], shared)
    found = domu_holes.find(xen(tag), full)
    assert (found.regions, found.error, found.fault) == ((), "ENOENT", None)
    half = domu_holes.Guest(40, windows, (1 << 30, 0), shared)
    assert domu_holes.find(xen(tag), half).error == ""
    assert domu_holes.find(xen(tag), half).regions


@pytest.mark.parametrize("tag", [BYTES, NEWEST])
def test_what_the_board_describes_is_taken_by_whole_pages(tag: str) -> None:
    """`addr & PAGE_MASK` to `PAGE_ALIGN(addr + size)`."""
    unit = 1 if tag == BYTES else 0x1000
    whole = Range(0, (1 << 40) // unit - 1)
    described = [
        Described(0x1800, 0x1000),
        Described(0x2000, 0x1000),
        Described(0x3FFF, 1),
        Described(0x5FFF, 2),
    ]
    loop = next(
        each
        for each in memory_holes.loops(xen(tag), whole, Inputs(described), ())
        if each.over == "described"
    )
    touched = [loop.touches(each) for each in described]
    pages = [(0x1000, 0x3000), (0x2000, 0x3000), (0x3000, 0x4000), (0x5000, 0x7000)]
    assert touched == [Range(start // unit, end // unit - 1) for start, end in pages]


def test_what_gives_up_says_with_which_error() -> None:
    assert str(GivesUpError("ERANGE")) == GivesUpError("ERANGE").outcome.error == "ERANGE"


def test_a_region_of_no_size_has_no_end() -> None:
    """So little as a byte has."""
    limit = 1 << 40
    assert top_of_space.highest(limit, 5, Span(100, 0)) == 5
    assert top_of_space.highest(limit, 5, Span(100, 1)) == 101
    assert top_of_space.highest(limit, 500, Span(100, 1)) == 500
    assert top_of_space.highest(limit, 5, Span(limit - 1, 2)) == limit + 1
    assert top_of_space.highest(limit, 5, Span(limit, 2)) == 5


def test_an_empty_device_is_out_of_order_since_permissions_end_with_it() -> None:
    """9568ceb287: before, the page after the last one was permitted too, and its number is not below the first."""
    assert not device_pages.EMPTY_IS_DISORDERED.of(xen("4.20.4"))
    assert device_pages.EMPTY_IS_DISORDERED.of(xen("4.21.0"))
    for tag, first, last in (("4.20.4", 5, 5), ("4.21.0", 5, 4)):
        assert device_pages.permitted(xen(tag), Span(0x5000, 0)) == Range(first, last)


def test_shared_memory_is_taken_away_last_since_89dca886ac() -> None:
    assert not unallocated.takes_shared_last(xen("4.19.3"))
    assert unallocated.takes_shared_last(xen("4.20.4"))


def test_the_rest_of_a_window_begins_with_whole_2_mib() -> None:
    window = Span(0x40000000, 0xC0000000)
    assert libxl_regions.rest((1 << 40) - 1, window, 1) == Range(0x40200000, 0xFFFFFFFF)
    assert libxl_regions.rest((1 << 40) - 1, window, 2 * MIB) == Range(0x40200000, 0xFFFFFFFF)
    assert libxl_regions.rest((1 << 32) - 2, window, 0) == Range(0x40000000, 0xFFFFFFFE)
