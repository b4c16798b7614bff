"""Page 0 is in no heap ("Keep MFN 0 away from the buddy allocator", init_heap_pages): boards whose RAM begins there."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest

from tests.xen import allocator
from tests.xen.test_bank_runs import NOWHERE, M, board, doubt, most, taken, without
from verifier.layout.domain_map import Extent
from verifier.layout.host import Bank
from verifier.xen.free_ram import free_ram, heap_ram
from verifier.xen.heap_left import REST, SHARE
from verifier.xen.subjects import Given


@pytest.mark.parametrize(
    ("start", "amount", "sure"),
    [
        # Xen may have the last 48 MiB of 512: three blocks of 128 MiB are left, of which the first one lacks page 0.
        (0x40000000, 384 * M, True),
        (0, 384 * M, False),
        (0, 256 * M, True),
        # Of 64 MiB one block is enough.
        (0, 64 * M, True),
    ],
)
def test_the_block_at_0_is_no_block(start: int, amount: int, *, sure: bool) -> None:
    assert (doubt(board((start, start + 512 * M), amount=amount)) == "") is sure


@pytest.mark.parametrize(("start", "expected"), [(0x40000000, 3), (0, 6)])
def test_dom0_may_have_more_banks_where_the_block_at_0_is_none(start: int, expected: int) -> None:
    """384 MiB in three blocks of 128 MiB; else in six of 64 MiB, of which there are six beside the first."""
    assert most(board((start, start + 512 * M), amount=384 * M)) == expected


def test_what_is_sure_holds_for_every_heap_that_begins_at_0() -> None:
    sure = banked = 0
    for seed in range(600):
        dice = random.Random(seed)
        size = dice.choice([200, 512, 777, 1024]) * M
        amount = dice.choice([64, 128, 256, 384, 512, 640]) * M
        host, pages = board((0, size), amount=amount), [(0, size >> 12)]
        xens = list(taken(dice, pages, size // SHARE + REST, text=False))
        heap = allocator.Heap(without(pages, [*xens, (0, 1)]), dice)
        banks = allocator.dom0(heap, amount >> 12)
        is_sure = amount <= size and not doubt(host)
        assert banks is not None or not is_sure, seed
        if banks is not None:
            assert len(banks) <= most(host), seed
        sure += is_sure
        banked += banks is not None and len(banks) > 1
    assert (sure >= 200, banked >= 25) == (True, True)


def test_page_0_is_free_and_not_of_the_heap() -> None:
    """Also of one that the tree names (xen,static-heap)."""
    host, given = board((0, 0x4000), amount=M), Given(40, iommu=False, grant_region=NOWHERE)
    assert free_ram(host, given) == (Extent(0, 0x4000),)
    assert heap_ram(host, given) == (Extent(0x1000, 0x4000),)
    static = replace(host, reserved=(Bank("/chosen", 0, 0, 0x3000, "static-heap"),))
    assert heap_ram(static, given) == (Extent(0x1000, 0x3000),)
    other = replace(host, reserved=(Bank("/chosen", 0, 0x2000, 0x1000, "static-heap"),))
    assert heap_ram(other, given) == (Extent(0x2000, 0x3000),)
