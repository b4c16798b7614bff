"""Static memory without page frames, or twice, by hand from init_staticmem_pages, mark_page_free and init_frametable."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from tests.xen.test_bank_runs import board
from verifier.layout.domain_map import Extent
from verifier.layout.host import Bank, Host, SharedBank
from verifier.xen.boot_ram import static_pages
from verifier.xen.release import xen

M = 1 << 20
PAGE = 0x1000
OLD, NEW = "4.21.2", "4.22.0"
"""Before and since 10d417b8b6."""
BOARD = replace(board((0x40000000, 0x80000000), amount=512 * M), modules=())
RAM = ((0xC0000000, 0xD0000000), (0x48000000, 0x50000000))
"""From 1152 MiB on; there is no RAM from 2 to 3 GiB."""
OVERLAP = "of static memory overlap"
WHOLE = "reaches outside RAM, which has page frames for [0x48000000, 0xd0000000)"
GROUPS = (
    "reaches outside RAM, which has page frames for [0x40000000, 0x80000000) and [0xc0000000, 0xd0000000)"
)
Pair = tuple[int, int]


def banks(ranges: Sequence[Pair], kind: str) -> tuple[Bank, ...]:
    return tuple(Bank("/b", 0, start, end - start, kind) for start, end in ranges)


def told(host: Host, tag: str) -> list[str]:
    return list(static_pages(host, xen(tag), None))


@pytest.mark.parametrize(
    ("static", "old", "new"),
    [
        ([], None, None),
        ([(0x48000000, 0x48001000), (0xCFFFF000, 0xD0000000)], None, None),
        # Behind the last page of RAM; before the first, where whole GiB have entries since there are groups of them.
        ([(0xD0000000, 0xD0001000)], WHOLE, GROUPS),
        ([(0xCFFFF000, 0xD0001000)], WHOLE, GROUPS),
        ([(0x47FFF000, 0x48000000)], WHOLE, None),
        ([(0x47FFF000, 0x48001000)], WHOLE, None),
        ([(0x40000000, 0x50000000)], WHOLE, None),
        ([(0x3FFFF000, 0x40000000)], WHOLE, GROUPS),
        ([(0x3FFFF000, 0x50000000)], WHOLE, GROUPS),
        ([(0x20000000, 0x20001000)], WHOLE, GROUPS),
        ([(0x100000000, 0x100001000)], WHOLE, GROUPS),
        # Between banks: in a GiB with RAM, in one without, and partly in one.
        ([(0x50000000, 0x80000000)], None, None),
        ([(0x80000000, 0x80001000)], None, GROUPS),
        ([(0x7FFFF000, 0x80001000)], None, GROUPS),
        ([(0xBFFFF000, 0xC0001000)], None, GROUPS),
        ([(0xBFFFF000, 0xC0000000), (0x48000000, 0x48001000)], None, GROUPS),
        # Whole pages of it: the start is rounded up, the size down.
        ([(0x47FFF001, 0x48001001)], None, None),
        ([(0x47FFF000, 0x47FFFFFF)], None, None),
        ([(0xCFFFF000, 0xD0000FFF)], None, None),
        ([(0xCFFFF001, 0xD0000001)], WHOLE, GROUPS),
        # Twice, in any order.
        ([(0x48000000, 0x48002000), (0x48002000, 0x48003000)], None, None),
        ([(0x48002000, 0x48003000), (0x48000000, 0x48002000)], None, None),
        ([(0x48000000, 0x48002000), (0x48001000, 0x48003000)], OVERLAP, OVERLAP),
        ([(0x48001000, 0x48003000), (0x48000000, 0x48002000)], OVERLAP, OVERLAP),
        ([(0x48000000, 0x48001000), (0x49000000, 0x49001000), (0x48000000, 0x48001000)], OVERLAP, OVERLAP),
        # One sentence is enough.
        ([(0x30000000, 0x30002000), (0x30001000, 0x30003000)], OVERLAP, OVERLAP),
        ([(0x30000000, 0x30001000), (0x20000000, 0x20001000)], WHOLE, GROUPS),
    ],
)
def test_static_memory_that_cannot_be_taken(static: list[Pair], old: str | None, new: str | None) -> None:
    ram = banks(RAM, "memory")
    for tag, said in ((OLD, old), (NEW, new)):
        for kind in ("static-domain", "static-heap"):
            host = replace(BOARD, memory=ram, reserved=banks(static, kind))
            found = told(host, tag)
            assert (
                [said in each for each in found if said] == [True] * len(found) == [True] * (said is not None)
            )
            without = replace(host, memory=())
            extents = [Extent(*each) for each in RAM]
            assert list(static_pages(without, xen(tag), extents)) == found
            assert told(without, tag) == []
            assert list(static_pages(host, xen(tag), [])) == []
        assert told(replace(BOARD, memory=ram, reserved=banks(static, "reserved-memory")), tag) == []


def test_what_overlaps_and_what_reaches_outside_is_named() -> None:
    twice = (
        *banks([(0x40000000, 0x40002000)], "static-domain"),
        *banks([(0x40001000, 0x40003000)], "static-heap"),
    )
    for tag in (OLD, NEW):
        assert told(replace(BOARD, reserved=twice), tag) == [
            "init_staticmem_pages: [0x40000000, 0x40002000) and [0x40001000, 0x40003000) of static memory overlap"
        ]
        # Shared memory too; what Xen takes from its heap has no address of its own.
        shared = (SharedBank("/s", "s", None, M), SharedBank("/t", "t", 0x7FF00000, M))
        assert told(replace(BOARD, shared=shared), tag) == []
        beyond = (*shared, SharedBank("/u", "u", 0x80000000, M))
        assert told(replace(BOARD, shared=beyond), tag) == [
            "init_staticmem_pages: static memory [0x80000000, 0x80100000) reaches outside RAM, which has page frames for "
            "[0x40000000, 0x80000000)"
        ]
