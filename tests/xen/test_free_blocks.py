"""What Xen's page allocator makes of free blocks, as far as runs of it are played: by hand from get_free_buddy."""

from __future__ import annotations

import pytest

from tests.xen.test_bank_runs import M, board
from verifier.layout.domain_map import Extent
from verifier.xen.bank_runs import _apart, _Heap, _highest, _lowest
from verifier.xen.free_ram import free_ram, heap_ram
from verifier.xen.subjects import Given


def extents(*ranges: tuple[int, int]) -> tuple[Extent, ...]:
    return tuple(Extent(start, end) for start, end in ranges)


@pytest.mark.parametrize(
    ("places", "banks", "chosen"),
    [
        # Two below a bank and three above it.
        ([8, 15], [(10, 12)], 15),
        # Three below it and two above.
        ([7, 14], [(10, 12)], 7),
        # The nearest bank counts: five and six, nine from the other.
        ([15, 26], [(0, 10), (35, 40)], 26),
        ([15, 25], [(0, 10), (30, 40)], 15),
        # As far: the lowest.
        ([6, 16], [(10, 12)], 6),
        ([9, 7], [], 7),
    ],
)
def test_a_place_apart_from_all_banks(places: list[int], banks: list[tuple[int, int]], chosen: int) -> None:
    assert _apart(places, extents(*banks)) == chosen


def test_two_free_halves_are_one_block() -> None:
    heap = _Heap(_lowest)
    heap.add(Extent(0x40000000, 0x44000000))
    heap.add(Extent(0x44000000, 0x48000000))
    assert heap.take(128 * M, 64, ()) == 0x40000000
    heap.give(0x44000000, 64 * M)
    assert heap.take(128 * M, 64, ()) is None
    heap.give(0x40000000, 64 * M)
    assert heap.take(128 * M, 64, ()) == 0x40000000


def test_halves_of_two_blocks_are_none() -> None:
    """[64 MiB, 192 MiB) is no block of 128 MiB: it would begin at a multiple of that."""
    heap = _Heap(_lowest)
    heap.add(Extent(0x44000000, 0x4C000000))
    assert heap.take(128 * M, 64, ()) is None


def test_a_block_is_of_1_gib_at_most() -> None:
    """CONFIG_PAGEALLOC_MAX_ORDER is 18."""
    heap = _Heap(_lowest)
    heap.add(Extent(0x80000000, 0x100000000))
    assert {size: starts for size, starts in heap.free.items() if starts} == {
        1 << 30: {0x80000000, 0xC0000000}
    }


def test_page_0_is_never_in_the_heap() -> None:
    heap = _Heap(_lowest)
    heap.add(Extent(0, 0x4000))
    assert heap.free == {0x1000: {0x1000}, 0x2000: {0x2000}}


@pytest.mark.parametrize(
    ("size", "bits", "lowest", "found"),
    [
        # Zones are addresses of one length in bits: the highest that has a block, there the smallest that is large enough.
        (64 * M, 64, False, 0x110000000),
        (128 * M, 64, False, 0x120000000),
        (64 * M, 33, False, 0x110000000),
        (64 * M, 32, False, 0xC0000000),
        (64 * M, 64, True, 0x40000000),
        (128 * M, 32, True, 0xC0000000),
        (64 * M, 31, False, 0x40000000),
        (64 * M, 30, False, None),
    ],
)
def test_which_block_is_taken(size: int, bits: int, found: int | None, *, lowest: bool) -> None:
    heap = _Heap(_lowest)
    for start, length in (
        (0x40000000, 64 * M),
        (0xC0000000, 128 * M),
        (0x110000000, 64 * M),
        (0x120000000, 256 * M),
    ):
        heap.add(Extent(start, start + length))
    assert heap.take(size, bits, (), lowest=lowest) == found


def test_the_half_that_is_not_taken_stays() -> None:
    """A page of 16 KiB, from below and from above."""
    for pick, taken, left in (
        (_lowest, 0x40000000, {0x1000: {0x40001000}, 0x2000: {0x40002000}}),
        (_highest, 0x40003000, {0x1000: {0x40002000}, 0x2000: {0x40000000}}),
    ):
        heap = _Heap(pick)
        heap.add(Extent(0x40000000, 0x40004000))
        assert heap.take(0x1000, 64, ()) == taken
        assert {size: starts for size, starts in heap.free.items() if starts} == left


@pytest.mark.parametrize(
    ("start", "end", "pages"),
    [
        (0x40000000, 0x40001000, [(0x40000000, 0x40001000)]),
        (0x40000001, 0x40002FFF, [(0x40001000, 0x40002000)]),
        (0x40000FFF, 0x40002000, [(0x40001000, 0x40002000)]),
        # Less than a page, in one and across two.
        (0x40000100, 0x40000F00, []),
        (0x40000100, 0x40001F00, []),
    ],
)
def test_whole_pages_are_free(start: int, end: int, pages: list[tuple[int, int]]) -> None:
    """init_boot_pages; a heap of the tree alone is cut as RAM is."""
    host = board((start, end), amount=128 * M)
    assert free_ram(host, Given(40, iommu=False)) == extents(*pages)
    assert heap_ram(host, Given(40, iommu=False)) == extents(*pages)
