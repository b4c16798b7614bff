"""Banks that dom0 may get while nobody says where: against a page allocator played step by step, and by hand."""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace

import pytest

from tests.reading.trees import blob, machine
from tests.timing import HANG
from tests.xen import allocator
from tests.xen.test_dom0_memory import heap_of, pages_of, spans
from verifier.layout.domain_map import Extent
from verifier.layout.host import Bank, Host
from verifier.reading.dtb import read_dtb
from verifier.reading.host_tree import host_of
from verifier.xen.bank_runs import runs
from verifier.xen.dom0_memory import Memory, violations
from verifier.xen.heap_left import REST, SHARE, doubts, most_banks
from verifier.xen.release import xen
from verifier.xen.subjects import Given, subjects

HEAD = xen("head")
M = 1 << 20
NOWHERE = Extent(0, 0)
"""Xen's text as if it took nothing."""


def test_runs_are_possible() -> None:
    """By what is true after every run, which shares nothing with how a run is played."""
    met: Counter[str] = Counter()
    for seed in range(1500):
        dice = random.Random(seed)
        heap = heap_of(dice)
        amount, low_bits = pages_of(dice, heap) << 12, dice.choice([30, 32, 32])
        free = [Extent(first << 12, end << 12) for first, end in heap]
        memory = Memory(amount, spans(*((each.start, each.end) for each in free)), (), 64, low_bits)
        found = list(runs(free, amount, low_bits))
        for banks in found:
            assert violations(HEAD, memory, spans(*((each.start, each.end) for each in banks))) == (), seed
            met["several" if len(banks) > 1 else "one"] += 1
        met["none"] += not found
    assert min(met.values()) >= 100, met


def test_no_run_gives_parts_of_pages() -> None:
    """Found by fuzzing (dom0_mem=5): a quarter of a page was missing to the end, and the whole heap was taken for it."""
    began = time.process_time()
    assert [*runs([Extent(1 << 30, 3 << 30)], 5 << 10, 32)] == []
    assert time.process_time() - began < HANG
    assert [*runs([Extent(1 << 30, 3 << 30)], 8 << 10, 32)] != []


def test_where_no_run_is_found_few_are() -> None:
    """The allocator that takes any block it may seldom gets where none of the chosen ways does."""
    lost = both = 0
    for seed in range(1500):
        dice = random.Random(seed)
        heap = heap_of(dice)
        pages = pages_of(dice, heap)
        played = allocator.dom0(allocator.Heap(heap, dice), pages)
        found = any(runs([Extent(first << 12, end << 12) for first, end in heap], pages << 12, 32))
        both += bool(played) and found
        lost += bool(played) and not found
    assert both > 500
    assert lost * 50 < both


def board(*banks: tuple[int, int], amount: int) -> Host:
    """A machine with RAM of such starts and ends, whose dom0 is to have so many bytes."""
    words = [word for start, end in banks for word in (start >> 32, start & 0xFFFFFFFF, 0, end - start)]
    memory = {"device_type": "memory", "reg": words}
    chosen = {"xen,xen-bootargs": f"dom0_mem={amount >> 10}K"}
    return host_of(read_dtb(blob({**machine(2, 2), "memory@1": memory, "chosen": chosen}), "t"), "head")


def most(host: Host, grant: Extent | None = NOWHERE) -> int:
    given = Given(40, iommu=False, grant_region=grant)
    (dom0,) = subjects(host, HEAD, given)
    return most_banks(host, HEAD, given, dom0)


def doubt(host: Host, bits: int = 64, grant: Extent | None = NOWHERE) -> str:
    given = Given(40, iommu=False, grant_region=grant, kernel_bits={"d0": bits})
    (dom0,) = subjects(host, HEAD, given)
    return next(doubts(host, given, dom0), "")


def test_what_is_sure_holds_for_every_heap_that_xen_may_leave() -> None:
    """RAM of which Xen has a few pieces: no heap gives more banks, or no banks where some are sure."""
    met: Counter[str] = Counter()
    for seed in range(2500):
        dice = random.Random(seed)
        sizes = [dice.choice([64, 200, 512, 777, 1024, 1024]) * M for _ in range(dice.choice([1, 1, 2, 3]))]
        stretches = [(at << 30, (at << 30) + size) for at, size in zip((1, 2, 4), sizes, strict=False)]
        amount = min(sum(sizes), dice.choice([64, 128, 256, 300, 512, 512, 640, 800]) * M)
        host = board(*stretches, amount=amount)
        pages = [(start >> 12, end >> 12) for start, end in stretches]
        grant = dice.choice([NOWHERE, None])
        heap = without(pages, list(taken(dice, pages, sum(sizes) // SHARE + REST, text=grant is None)))
        banks = allocator.dom0(allocator.Heap(heap, dice), amount >> 12)
        sure = grant is not None and not doubt(host)
        assert banks is not None or not sure, seed
        assert len(banks or ()) <= most(host, grant), (seed, banks)
        met[f"{len(banks or ())} of {most(host, grant)}"] += 1
        met["sure" if sure else "lucky" if banks else "not given"] += 1
    assert min(met[each] for each in ("sure", "lucky", "not given")) >= 100
    assert len(met) >= 10


def taken(
    dice: random.Random, pages: list[allocator.Run], own: int, *, text: bool
) -> Iterator[allocator.Run]:
    """Xen's own pages at the end of a stretch, and its text."""
    first, end = dice.choice(pages)
    yield max(first, end - dice.choice([0, 1, own >> 12, dice.randrange(own >> 12)])), end
    if text:
        first, end = dice.choice(pages)
        place = dice.randrange(first >> 9, end >> 9) << 9
        if dice.random() < 0.5:  # where it hurts
            place = max(first, place & ~((128 << 8) - 1))
        yield place, place + dice.randrange(1, 512)


def without(pages: list[allocator.Run], taken: list[allocator.Run]) -> list[allocator.Run]:
    """Runs less others."""
    for first, end in taken:
        pages = [
            part
            for start, stop in pages
            for part in ((start, min(stop, first)), (max(start, end), stop))
            if part[0] < part[1]
        ]
    return pages


@pytest.mark.parametrize(
    ("banks", "amount", "grant", "expected"),
    [
        # Eight free blocks of 128 MiB, the last of which Xen may have for itself (64 MiB): four of the others are 512 MiB.
        (((0x40000000, 0x80000000),), 512 * M, NOWHERE, 4),
        # One more may hold Xen's text.
        (((0x40000000, 0x80000000),), 512 * M, None, 4),
        (((0x40000000, 0x80000000),), 768 * M, None, 6),
        (((0x40000000, 0x80000000),), 896 * M, NOWHERE, 7),
        # Too few. Of 64 MiB there are 15, one less for Xen's text.
        (((0x40000000, 0x80000000),), 896 * M, None, 14),
        # 100 MiB are a block of 64 MiB and 36 MiB in two digits.
        (((0x40000000, 0x80000000),), 100 * M, NOWHERE, 3),
        # 256 MiB are 64 blocks of 4 MiB; no size has more than it takes.
        (((0x40000000, 0x50000000),), 256 * M, NOWHERE, 64),
    ],
)
def test_most_by_hand(
    banks: tuple[tuple[int, int], ...], amount: int, grant: Extent | None, expected: int
) -> None:
    assert most(board(*banks, amount=amount), grant) == expected


def test_reserved_memory_and_modules_are_not_free() -> None:
    host = board((0x40000000, 0x80000000), amount=768 * M)
    assert most(host) == 6
    kept = Bank("/reserved-memory/x", 0, 0x60000000, 0x100000, "reserved-memory")
    assert most(replace(host, reserved=(kept,))) == 12


@pytest.mark.parametrize(
    ("banks", "amount", "bits", "expected"),
    [
        (((0x40000000, 0x80000000),), 512 * M, 64, ""),
        # Xen 4.17.7 panicked on such boards: after 256 MiB, or 64 MiB, it found the next block below.
        (((0x40000000, 0x60000000),), 300 * M, 64, "; dom0_mem=256M and dom0_mem=384M would be sure"),
        (((0x40000000, 0x60000000),), 100 * M, 64, "; dom0_mem=128M would be sure"),
        (((0x40000000, 0x80000000),), 300 * M, 64, "; dom0_mem=256M and dom0_mem=384M would be sure"),
        # What is left of 300 MiB after the first bank is found above.
        (((0x40000000, 0x80000000), (0x100000000, 0x140000000)), 300 * M, 64, ""),
        # A power of two is one block.
        (((0x40000000, 0x60000000),), 64 * M, 64, ""),
        (((0x40000000, 0x48000000),), 128 * M, 64, "is refused (insert_11_bank)"),
        (((0x140000000, 0x180000000),), 512 * M, 64, ""),
        (((0x140000000, 0x180000000),), 512 * M, 32, "is refused (insert_11_bank)"),
        (((0x40000000, 0x80000000),), 512 * M, 32, ""),
    ],
)
def test_whether_dom0_gets_its_memory(
    banks: tuple[tuple[int, int], ...], amount: int, bits: int, expected: str
) -> None:
    told = doubt(board(*banks, amount=amount), bits)
    assert told.endswith(expected)
    assert bool(told) == bool(expected)


def test_what_is_said_of_the_heap() -> None:
    """512 MiB of RAM; a 32nd of them are 16 MiB, and 32 more may be Xen's."""
    assert doubt(board((0x40000000, 0x60000000), amount=300 * M)).startswith(
        "whether allocate_memory_11 finds 0x12c00000 (300 MiB) for dom0 hangs on the heap: 0x20000000 (512 MiB) of RAM are "
        "free, of which Xen itself takes up to 0x3000000 (48 MiB), and a block"
    )


def test_of_several_blocks_the_smallest_that_is_large_enough_is_split() -> None:
    """192 MiB of one block of 512: 128 are taken, and 128 and 256 are left, of which the 128 have to give 64.

    From below they follow; from above they are the upper half of [0x50000000, 0x58000000), and touch; as far away as
    can be they are the upper half of [0x48000000, 0x50000000).
    """
    assert list(runs([Extent(0x40000000, 0x60000000)], 192 * M, 32)) == [
        (Extent(0x40000000, 0x4C000000),),
        (Extent(0x54000000, 0x60000000),),
        (Extent(0x40000000, 0x48000000), Extent(0x4C000000, 0x50000000)),
    ]


def test_a_second_small_block_below_the_first_is_refused() -> None:
    """Xen 4.17.7 panics on such a board, and gives four banks on the other (live case `dom0-in-pieces`)."""
    apart = [Extent(0x40000000, 0x46000000), Extent(0x80000000, 0x87A00000)]
    assert list(runs(apart, 128 * M, 32)) == []
    pieces = [
        Extent(0x40000000, 0x4C800000),
        *(Extent(start, start + 48 * M) for start in (0x60000000, 0x70000000, 0x80000000)),
    ]
    assert {len(banks) for banks in runs(pieces, 300 * M, 32)} >= {4}
