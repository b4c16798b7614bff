"""What of a host's RAM is free, and what of that the heap has: by hand from populate_boot_allocator and init_heap_pages."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.xen.test_bank_runs import board
from verifier.layout.domain_map import Extent
from verifier.layout.host import Bank, Host, Module, SharedBank
from verifier.xen.free_ram import free_ram, heap_ram, ram_of
from verifier.xen.subjects import Given

GIVEN = Given(40, iommu=False)
HOST = replace(board((0x40000000, 0x90000000), amount=1 << 28), modules=())
WHOLE = (Extent(0x40000000, 0x90000000),)
Pair = tuple[int, int]


def extents(*ranges: Pair) -> tuple[Extent, ...]:
    return tuple(Extent(*each) for each in ranges)


def bank(start: int, end: int, kind: str = "memory") -> Bank:
    return Bank("/b", 0, start, end - start, kind)


def with_ram(*ranges: Pair) -> Host:
    return replace(HOST, memory=tuple(bank(*each) for each in ranges))


@pytest.mark.parametrize(
    ("banks", "expected"),
    [
        ([(0x40000000, 0x90000000)], [(0x40000000, 0x90000000)]),
        ([(0x80000000, 0xA0000000), (0x40000000, 0x50000000)], [(0x40000000, 0x50000000), (0x80000000, 0xA0000000)]),
        ([(0x40000000, 0x50000000), (0x50000000, 0x60000000)], [(0x40000000, 0x60000000)]),
        ([(0x40000000, 0x50000000), (0x48000000, 0x4C000000)], [(0x40000000, 0x50000000)]),
        ([(0x40000001, 0x40000003)], [(0x40000001, 0x40000003)]),
        ([], []),
    ],
)  # fmt: skip
def test_the_ram_that_xen_has(banks: list[Pair], expected: list[Pair]) -> None:
    """Banks that touch are one; the boot memory map counts where it is told and has any."""
    assert ram_of(with_ram(*banks), GIVEN) == extents(*expected)
    told = replace(GIVEN, ram=extents(*banks))
    assert ram_of(HOST, told) == (extents(*expected) or WHOLE)
    assert free_ram(HOST, told) == tuple(each for each in ram_of(HOST, told) if each.size >= 4096)


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        (0x50000000, 0x50001000, [(0x40000000, 0x50000000), (0x50001000, 0x90000000)]),
        # A page that is taken in part is not free.
        (0x50000001, 0x50000002, [(0x40000000, 0x50000000), (0x50001000, 0x90000000)]),
        (0x50000FFF, 0x50001001, [(0x40000000, 0x50000000), (0x50002000, 0x90000000)]),
        (0x40000000, 0x90000000, []),
        (0x40000000, 0x8FFFF001, []),
        (0x40000000, 0x8FFFF000, [(0x8FFFF000, 0x90000000)]),
        (0x40000FFF, 0x90000000, []),
        (0x40001000, 0x90000000, [(0x40000000, 0x40001000)]),
        (0x30000000, 0x40000000, [(0x40000000, 0x90000000)]),
    ],
)
def test_what_is_taken_is_not_free(start: int, end: int, expected: list[Pair]) -> None:
    """Whatever has it: reserved memory, a module, shared memory, Xen's text, and what else is told."""
    found = extents(*expected)
    size = end - start
    assert free_ram(replace(HOST, reserved=(bank(start, end, "reserved-memory"),)), GIVEN) == found
    assert (
        free_ram(replace(HOST, modules=(Module("/m", "xsm", start, size, of_domain=False),)), GIVEN) == found
    )
    shared = (SharedBank("/s", "a", None, size), SharedBank("/s", "b", start, size))
    assert free_ram(replace(HOST, shared=shared), GIVEN) == found
    assert free_ram(HOST, replace(GIVEN, grant_region=Extent(start, end))) == found
    assert free_ram(HOST, GIVEN, [Extent(start, end)]) == found
    assert free_ram(HOST, GIVEN) == WHOLE


def test_only_whole_pages_are_free() -> None:
    """Of the host's own banks too: init_boot_pages."""
    assert free_ram(with_ram((0x40000001, 0x40003FFF)), GIVEN) == extents((0x40001000, 0x40003000))
    assert free_ram(with_ram((0x40000001, 0x40001FFF)), GIVEN) == ()
    assert free_ram(with_ram((0x40000001, 0x40002000)), GIVEN) == extents((0x40001000, 0x40002000))


def test_page_0_is_free_and_not_of_the_heap() -> None:
    for start, of_heap in ((0, 0x1000), (0x800, 0x1000), (0x1000, 0x1000), (0x2000, 0x2000)):
        host = with_ram((start, 0x4000))
        assert free_ram(host, GIVEN) == extents((-(-start // 0x1000) * 0x1000, 0x4000))
        assert heap_ram(host, GIVEN) == extents((of_heap, 0x4000))
        heap = replace(HOST, reserved=(bank(start, 0x4000, "static-heap"),))
        assert heap_ram(heap, GIVEN) == extents((of_heap, 0x4000))


def test_a_static_heap_is_all_of_it() -> None:
    """But for what else lies in it; the text of Xen does not, nor does it matter where RAM is."""
    heaps = (bank(0x60000000, 0x68000000, "static-heap"), bank(0x50000000, 0x60000000, "static-heap"))
    host = replace(HOST, reserved=heaps)
    assert heap_ram(host, GIVEN) == extents((0x50000000, 0x68000000))
    assert free_ram(host, GIVEN) == extents((0x40000000, 0x50000000), (0x68000000, 0x90000000))
    told = replace(GIVEN, grant_region=Extent(0x50000000, 0x50040000), ram=extents((0x80000000, 0x90000000)))
    assert heap_ram(host, told) == extents((0x50000000, 0x68000000))
    loaded = replace(
        host,
        reserved=(*heaps, bank(0x50000000, 0x50001001, "reserved-memory")),
        modules=(Module("/m", "kernel", 0x67FFFFFF, 1, of_domain=False),),
        shared=(SharedBank("/s", "a", 0x60000000, 0x1000), SharedBank("/s", "b", None, 0x1000)),
    )
    assert heap_ram(loaded, GIVEN) == extents((0x50002000, 0x60000000), (0x60001000, 0x67FFF000))


def test_without_one_the_heap_is_what_is_free() -> None:
    host = replace(HOST, reserved=(bank(0x50000000, 0x60000000, "static-domain"),))
    given = replace(GIVEN, grant_region=Extent(0x40200000, 0x40240000))
    expected = extents((0x40000000, 0x40200000), (0x40240000, 0x50000000), (0x60000000, 0x90000000))
    assert heap_ram(host, given) == free_ram(host, given) == expected
