"""RAM that keeps Xen from booting, by hand from setup_mm and place_dtb_initrd."""

from __future__ import annotations

import random
from dataclasses import replace
from typing import Any

import pytest

from tests.xen.test_bank_runs import board
from tests.xen.test_refused_domains import NODE
from verifier.layout.domain_map import Extent
from verifier.layout.host import Bank, Host, Module
from verifier.xen.boot_ram import copied_to, shared_pages, too_small
from verifier.xen.release import xen
from verifier.xen.subjects import Given, Subject, subjects

M = 1 << 20
PAGE = 0x1000
OLD, NEW = "4.16.7", "4.17.0"
"""Before and since 26a470875b."""
BOARD = replace(board((0x40000000, 0x80000000), amount=512 * M), modules=())
GIVEN = Given(40, iommu=False)
Pair = tuple[int, int]


def with_banks(*banks: Pair, **more: Any) -> Host:
    """Of starts and ends."""
    found = tuple(Bank("/memory", 0, start, end - start, "memory") for start, end in banks)
    return replace(BOARD, memory=found, **more)


def reserved(start: int, end: int) -> Bank:
    return Bank("/r", 0, start, end - start, "reserved-memory")


def module(
    start: int, size: int, kind: str = "kernel", path: str = "/chosen/m", *, of: bool = False
) -> Module:
    return Module(path, kind, start, size, of_domain=of)


@pytest.mark.parametrize(
    ("banks", "old", "new"),
    [
        ([(0x40000000, 0x50000000), (0x50000000, 0x60000000)], None, None),
        ([(0x40000000, 0x50000000), (0x4FFFF000, 0x60000000)], *[(0x4FFFF000, 0x50000000)] * 2),
        ([(0x40000000, 0x80000000), (0x50000000, 0x60000000)], *[(0x50000000, 0x60000000)] * 2),
        # The first two of which it is so are told, not only neighbours.
        (
            [(0x40000000, 0x80000000), (0x90000000, 0xA0000000), (0x60000000, 0x61000000)],
            *[(0x60000000, 0x61000000)] * 2,
        ),
        ([(0x60000000, 0x61000000), (0x40000000, 0x80000000)], *[(0x60000000, 0x61000000)] * 2),
        ([(0x40000000, 0x50000000)], None, None),
        # Start and size are cut to pages where they are mapped (PFN_DOWN). The pages of the heap are whole ones of a bank.
        ([(0x40000000, 0x50000800), (0x50000000, 0x60000000)], None, None),
        ([(0x40000000, 0x50001000), (0x50000800, 0x60000000)], None, (0x50000000, 0x50001000)),
        ([(0x40000000, 0x50001800), (0x50000800, 0x60000800)], None, (0x50000000, 0x50001000)),
        (
            [(0x40000000, 0x50002000), (0x50000800, 0x60000800)],
            (0x50000800, 0x50002000),
            (0x50000000, 0x50002000),
        ),
        ([(0x40000800, 0x50001800), (0x50000000, 0x60000000)], (0x50000000, 0x50001800), (0x50000000, 0x50001000)),
    ],
)  # fmt: skip
def test_banks_that_share_pages(banks: list[Pair], old: Pair | None, new: Pair | None) -> None:
    host = with_banks(*banks)
    expected = {OLD: ("bootmem_region_add", old), NEW: ("setup_directmap_mappings", new)}
    for tag, (function, common) in expected.items():
        said = [] if common is None else [f"{function}: two memory banks have {Extent(*common)}"]
        assert list(shared_pages(host, xen(tag), None)) == said
        assert list(shared_pages(BOARD, xen(tag), [Extent(*each) for each in banks])) == said


@pytest.mark.parametrize(
    ("taken", "free"),
    [
        # Of the pages at 0x50000000, 0x50001000 and 0x50002000, which two banks have, any one that is left.
        ([], True),
        ([(0x50000000, 0x50003000)], False),
        ([(0x40000000, 0x60000000)], False),
        ([(0x50001000, 0x50003000)], True),
        ([(0x50000000, 0x50002000)], True),
        ([(0x50000000, 0x50001000), (0x50002000, 0x50003000)], True),
        ([(0x50002000, 0x50003000), (0x50000000, 0x50002000)], False),
        # A page of which anything is taken is not free.
        ([(0x50000FFF, 0x50002001)], False),
        ([(0x50000FFF, 0x50002000)], True),
        ([(0x50001000, 0x50002001)], True),
        ([(0x50000800, 0x50000900), (0x50001FFF, 0x50002001)], False),
        # An earlier stretch may end after a later one.
        ([(0x50000000, 0x50003000), (0x50000800, 0x50001000)], False),
        ([(0x40000000, 0x50000000), (0x50003000, 0x60000000)], True),
        ([(0x40000000, 0x50000800), (0x50000800, 0x50002800)], False),
    ],
)
def test_pages_that_the_heap_would_have_twice(taken: list[Pair], *, free: bool) -> None:
    """bootmem_region_add, of what is neither reserved nor a boot module's; mapped twice it is either way."""
    banks = ((0x40000000, 0x50003000), (0x50000000, 0x60000000))
    modules = tuple(module(start, end - start) for start, end in taken)
    both = (reserved(*each) for each in taken[:1])
    for more in (
        {"reserved": tuple(reserved(*each) for each in taken)},
        {"modules": modules},
        {"reserved": tuple(both), "modules": modules[1:]},
    ):
        assert bool(list(shared_pages(with_banks(*banks, **more), xen(OLD), None))) is free
        assert list(shared_pages(with_banks(*banks, **more), xen(NEW), None)) != []


def dom0(*banks: Pair) -> Subject:
    given = replace(GIVEN, dom0_banks=tuple(Extent(*each) for each in banks))
    return next(each for each in subjects(BOARD, xen("head"), given) if each.path is None)


def places(bank: Extent, kernel: int, rest: int, *, bits: int) -> bool:
    """place_dtb_initrd for an uncompressed kernel without offset, step by step as it is written in C."""
    start, end = bank.start, bank.end
    if bits == 64:
        at = start
    else:
        top = start + 128 * M if end > start + 128 * M else end
        if top - start < kernel:
            return False
        at = (top - kernel) & ~(2 * M - 1)
        if at < start:
            return False  # copied to where there is no RAM
    ends = at + kernel
    rounded = (ends + 2 * M - 1) & ~(2 * M - 1)
    if rest + rounded - at > bank.size:
        return False
    return (
        (end >= start + 128 * M + rest and ends < start + 128 * M)
        or end - rest > rounded
        or at - start > rest
    )


def small(bank: Extent, kernel: int, ramdisk: int | None = None) -> list[str]:
    found = [module(0x1000, kernel)]
    if ramdisk is not None:
        found.append(module(0x2000, ramdisk, "ramdisk"))
    return list(too_small(replace(BOARD, modules=tuple(found)), dom0((bank.start, bank.end))))


@pytest.mark.parametrize(
    ("size", "kernel", "ramdisk", "fits"),
    [
        # From a multiple of 2 MiB: whole 2 MiB each, of which some have to be left.
        (4 * M, 1, None, False),
        (4 * M + PAGE, 1, None, True),
        (6 * M, 2 * M, None, True),
        (6 * M, 2 * M + 1, None, False),
        (6 * M, 2 * M, 1, False),
        (6 * M + PAGE, 2 * M, 1, True),
        (6 * M, 2 * M, 0, True),
        (12 * M, 4 * M, 4 * M, True),
        (12 * M, 4 * M, 4 * M + 1, False),
        # At 128 MiB none has to be left, if the kernel ends before it.
        (130 * M, 127 * M, None, True),
        (130 * M - PAGE, 127 * M, None, False),
        (130 * M, 128 * M - 1, None, True),
        (130 * M, 128 * M, None, False),
        (130 * M + PAGE, 128 * M, None, True),
        (134 * M, 127 * M, 4 * M, True),
        (132 * M, 127 * M, 4 * M, False),
    ],
)
def test_room_in_the_first_bank(size: int, kernel: int, ramdisk: int | None, *, fits: bool) -> None:
    bank = Extent(0x40000000, 0x40000000 + size)
    assert (small(bank, kernel, ramdisk) == []) is fits
    rest = 2 * M + -(-(ramdisk or 0) // (2 * M)) * 2 * M
    assert any(places(bank, kernel, rest, bits=bits) for bits in (32, 64)) is fits


def test_where_either_kernel_fits_nothing_is_said() -> None:
    """Banks that begin and end anywhere: those of a direct-mapped domain may."""
    dice = random.Random(5)
    met = dict.fromkeys([(False, False), (False, True), (True, False), (True, True)], 0)
    for _ in range(3000):
        start = 0x40000000 + dice.choice([0, PAGE, M, M + PAGE, 2 * M - PAGE])
        kernel = dice.choice([1, M, 2 * M, 2 * M + 1, 3 * M, 4 * M, 126 * M, 127 * M + 5, 128 * M])
        rest = dice.choice([2 * M, 4 * M])
        bank = Extent(
            start,
            start + (kernel // PAGE + dice.choice([0, 1])) * PAGE + rest + dice.randrange(-2, 9) * M // 2,
        )
        fits = tuple(places(bank, kernel, rest, bits=bits) for bits in (64, 32))
        assert (small(bank, kernel, rest - 2 * M) == []) is any(fits), (bank, kernel, rest)
        met[fits[0], fits[1]] += 1
    assert min(met.values()) >= 10, met


def test_the_sentence_has_what_is_needed_and_what_is_there() -> None:
    assert small(Extent(0x40000000, 0x40600000), 3 * M) == [
        "place_dtb_initrd needs more than 0x600000 bytes in the first bank for kernel, device tree and ramdisk; "
        "[0x40000000, 0x40600000) has 0x600000"
    ]
    # The kernel, from 1 MiB on, ends at the next 2 MiB.
    assert small(Extent(0x40100000, 0x40400000), M) == [
        "place_dtb_initrd needs more than 0x300000 bytes in the first bank for kernel, device tree and ramdisk; "
        "[0x40100000, 0x40400000) has 0x300000"
    ]


def test_nothing_is_said_of_what_is_not_known() -> None:
    host = replace(BOARD, modules=(module(0x1000, 512 * M),))
    assert list(too_small(host, dom0((0x40000000, 0x40400000)))) != []
    assert list(too_small(host, dom0())) == []
    assert list(too_small(host, replace(dom0(), banks=None))) == []
    assert list(too_small(BOARD, dom0((0x40000000, 0x40001000)))) == []


def test_each_domain_has_its_own_modules() -> None:
    """Those below its node; dom0 those below no domain's."""
    large, little = 64 * M, 1 * M
    host = replace(
        BOARD,
        domains=(NODE, replace(NODE, path=f"{NODE.path}b", number=2)),
        modules=(
            module(0, large, "ramdisk"),
            module(0, large, path=f"{NODE.path}b/kernel", of=True),
            module(0, little, path=f"{NODE.path}/kernel", of=True),
            module(0, little),
        ),
    )
    for path, fits in ((None, False), (NODE.path, True), (f"{NODE.path}b", False)):
        subject = replace(dom0((0x40000000, 0x42000000)), path=path)
        assert (list(too_small(host, subject)) == []) is fits
    last = replace(dom0((0x40000000, 0x42000000)), path=f"{NODE.path}c")
    assert list(too_small(host, last)) == []


@pytest.mark.parametrize(
    ("size", "kernel", "ramdisk", "low", "low_of_32", "others"),
    [
        # Tree and ramdisk at 128 MiB, or at the end. A kernel that is unpacked may have eight times as much.
        (1024, 1, None, 18, 128, ((128, 130), (1022, 1024))),
        (1024, 1, 5, 18, 128, ((128, 136), (1016, 1024))),
        (1024, 15, None, 130, 130, ((128, 130), (1022, 1024))),
        (1024, 17, None, 146, 146, ((128, 130), (1022, 1024))),
        (1024, None, None, 1024, 1024, ((128, 130), (1022, 1024))),
        (1024, None, 3, 1024, 1024, ((128, 134), (1018, 1024))),
        # Not beyond the bank.
        (64, 1, None, 18, 64, ((64, 64), (62, 64))),
        (131, 1, 2, 18, 128, ((128, 131), (127, 131))),
        (10, 1, None, 10, 10, ((10, 10), (8, 10))),
        (1, 1, None, 1, 1, ((1, 1), (0, 1))),
    ],
)
def test_where_xen_copies_to(
    size: int, kernel: int | None, ramdisk: int | None, low: int, low_of_32: int, others: tuple[Pair, ...]
) -> None:
    """In MiB from the first address of the bank on; a kernel of 32 bits is as high below 128 MiB as it fits."""
    modules = [] if kernel is None else [module(0, kernel * M)]
    if ramdisk is not None:
        modules.append(module(0, ramdisk * M, "ramdisk"))
    start = 0x10000000
    host, subject = (
        replace(BOARD, modules=tuple(modules)),
        dom0((start, start + size * M), (1 << 40, 2 << 40)),
    )
    for found, first in (
        (copied_to(host, subject, 64), low),
        (copied_to(host, subject, 32), low_of_32),
    ):
        assert found == tuple(Extent(start + at * M, start + end * M) for at, end in ((0, first), *others))
    assert copied_to(host, dom0(), 64) == ()
    assert copied_to(host, replace(dom0(), banks=None), 64) == ()
