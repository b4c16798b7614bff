"""Where Xen's text is tried in free RAM, and what it leaves of the heap: against every multiple of 2 MiB, and by hand."""

from __future__ import annotations

import random

import pytest

from tests.xen.test_bank_runs import NOWHERE, M, board
from verifier.layout.domain_map import Extent
from verifier.xen.bank_runs import _apart, _Heap, _highest, _lowest
from verifier.xen.free_ram import free_ram, heap_ram
from verifier.xen.placements import _beside, _ends, _heaps, _texts, _texts_first, grant_most
from verifier.xen.subjects import Given

STEP = 2 * M
"""Boot loaders load Xen at its multiples (docs/misc/arm/booting.txt)."""
TEXT = 0x40000
"""Of 64 grant frames."""


def extents(*ranges: tuple[int, int]) -> tuple[Extent, ...]:
    return tuple(Extent(start, end) for start, end in ranges)


def given(text: Extent | None = None, *banks: Extent) -> Given:
    return Given(40, iommu=False, grant_region=text, dom0_banks=banks or None)


def test_the_ends_are_the_first_and_the_last_multiple_of_2_mib_with_room() -> None:
    none = one = 0
    for seed in range(400):
        dice = random.Random(seed)
        edges = sorted(dice.sample(range(40), dice.choice([2, 4])))
        stretches = extents(
            *((first * M // 2, last * M // 2) for first, last in zip(edges[::2], edges[1::2], strict=True))
        )
        size = dice.choice([0x1000, TEXT, M // 2, M, STEP, STEP + 0x1000, 5 * M])
        wanted = set()
        for each in stretches:
            fitting = [
                start
                for start in range(0, 40 * M, STEP)
                if start in range(each.start, each.end) and start + size in range(each.start, each.end + 1)
            ]
            wanted |= {fitting[0], fitting[-1]} if fitting else set()
            none += not fitting
            one += len(fitting) == 1
        found = _ends(stretches, size)
        assert found == [Extent(start, start + size) for start in sorted(wanted)], seed
    assert min(none, one) >= 50


@pytest.mark.parametrize(
    ("free", "places"),
    [
        # The lowest, the highest, and the middle of the widest.
        ([(0x40000000, 0x50000000)], [0x40000000, 0x4FE00000, 0x48000000]),
        ([(0x40000000, 0x42000000), (0x50000000, 0x60000000)], [0x40000000, 0x5FE00000, 0x58000000]),
        ([(0x40000000, 0x50000000), (0x60000000, 0x62000000)], [0x40000000, 0x61E00000, 0x48000000]),
        # The middle of [0x40180000, 0x40280000) is in it, and the multiple below is not.
        ([(0x40180000, 0x40280000)], [0x40200000]),
        # In the widest the multiple at the middle has a page less than Xen's text takes.
        ([(0x401FF000, 0x4023F000), (0x50200000, 0x50240000)], [0x50200000]),
        ([(0x40100000, 0x40180000)], []),
    ],
)
def test_what_xens_text_takes_first(free: list[tuple[int, int]], places: list[int]) -> None:
    host = board((0x40000000, 0x70000000), amount=128 * M)
    assert grant_most(host) == TEXT
    wanted = [extents((start, start + TEXT)) for start in places] or [()]
    assert _texts_first(host, given(), extents(*free)) == wanted
    assert _texts_first(host, given(NOWHERE), extents(*free)) == [()]


@pytest.mark.parametrize(
    ("last", "cut"),
    [
        # RAM from 1 GiB to 1.5 GiB: Xen has a 32nd, 16 MiB, and 32 MiB more, from the end of the last stretch with room.
        ((0x5C000000, 0x60000000), [(0x40000000, 0x50000000), (0x5C000000, 0x5D000000)]),
        ((0x5CFFF000, 0x60000000), [(0x40000000, 0x50000000), (0x5CFFF000, 0x5D000000)]),
        ((0x5E000000, 0x60000000), [(0x40000000, 0x4D000000), (0x5E000000, 0x60000000)]),
    ],
)
def test_what_xen_may_leave_of_the_heap(last: tuple[int, int], cut: list[tuple[int, int]]) -> None:
    host, free = board((0x40000000, 0x60000000), amount=128 * M), extents((0x40000000, 0x50000000), last)
    assert list(_heaps(host, given(NOWHERE), free)) == [free, extents(*cut)]


def test_without_room_for_it_xen_takes_none_of_the_heap() -> None:
    host, free = board((0x40000000, 0x60000000), amount=128 * M), extents((0x40000000, 0x42000000))
    assert list(_heaps(host, given(NOWHERE), free)) == [free, free]


def test_the_text_is_out_of_every_heap() -> None:
    """Three places, each without and with 48 MiB of Xen's own at the end: these may hold the place."""
    host, free = board((0x40000000, 0x60000000), amount=128 * M), extents((0x40000000, 0x60000000))
    assert list(_heaps(host, given(), free)) == [
        extents((0x40040000, 0x60000000)),
        extents((0x40040000, 0x5D000000)),
        extents((0x40000000, 0x5FE00000), (0x5FE40000, 0x60000000)),
        extents((0x40000000, 0x5D000000)),
        extents((0x40000000, 0x50000000), (0x50040000, 0x60000000)),
        extents((0x40000000, 0x50000000), (0x50040000, 0x5D000000)),
    ]


@pytest.mark.parametrize(
    ("bank", "nearest"),
    [((10, 20), 7), ((11, 21), 22), ((0, 1), 2), ((30, 40), 26), ((13, 20), 22)],
)
def test_the_place_next_to_a_bank(bank: tuple[int, int], nearest: int) -> None:
    """Of [2, 4), [7, 9), [22, 24) and [26, 28) the one with the least between."""
    places = [Extent(start, start + 2) for start in (2, 7, 22, 26)]
    assert list(_beside(places, given(None, *extents(bank)))) == [Extent(nearest, nearest + 2)]


def test_the_text_is_tried_low_high_and_beside_dom0() -> None:
    """Behind a bank there are 16 MiB, and the text at the begin of these is next to it; before the bank it is 2 MiB less."""
    host = board((0x40000000, 0x60000000), amount=128 * M)
    bank = Extent(0x48000000, 0x50000000)
    starts = [each.start for each in _texts(host, given(None, bank))]
    assert starts == [0x40000000, 0x5FE00000, 0x50000000]
    full = given(None, Extent(0x40000000, 0x60000000))
    assert list(_texts(host, full)) == []


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
    assert free_ram(host, given()) == extents(*pages)
    assert heap_ram(host, given()) == extents(*pages)
