"""Xen's page allocator and allocate_memory_11 on it, played with page numbers: an oracle for what dom0's banks can be.

Written from the C code (xen/common/page_alloc.c, xen/arch/arm/domain_build.c) as it runs, step by step; it shares nothing
with the model, which says only what is true after all steps. Where a free list has several blocks, or either half of one
would do, any may be taken.
"""

from __future__ import annotations

import random
from collections.abc import Iterable

Run = tuple[int, int]
"""First page and the page after the last."""

_MIN_ORDER = 10
_LOW_PAGES = 128 << 8
_MOST_ORDER = 18
"""CONFIG_PAGEALLOC_MAX_ORDER of Arm."""


class Heap:
    """Free blocks by order; two free halves are always one block."""

    def __init__(self, runs: Iterable[Run], dice: random.Random) -> None:
        self._dice = dice
        self._free: list[set[int]] = [set() for _ in range(_MOST_ORDER + 1)]
        for first, end in runs:
            at = first
            while at < end:
                order = min(_MOST_ORDER, (at & -at).bit_length() - 1)
                while at + (1 << order) > end:
                    order -= 1
                self.free(at, order)
                at += 1 << order

    def take(self, order: int, bits: int = 64) -> int | None:
        """A block of 2^order pages below 2^bits bytes, of the highest zone that has one; None if there is none."""
        if not 0 <= order <= _MOST_ORDER:
            return None
        fitting = [
            (page.bit_length(), -size, page)
            for size in range(order, _MOST_ORDER + 1)
            for page in self._free[size]
            if page.bit_length() + 12 <= bits
        ]
        if not fitting:
            return None
        zone, size, _ = max(fitting)
        page = self._dice.choice([each for each in fitting if each[:2] == (zone, size)])[2]
        size = -size
        self._free[size].remove(page)
        while size > order:
            size -= 1
            halves = [page, page + (1 << size)]
            self._dice.shuffle(halves)
            page = halves[0]
            self._free[size].add(halves[1])
        return page

    def free(self, page: int, order: int) -> None:
        while order < _MOST_ORDER and page ^ (1 << order) in self._free[order]:
            self._free[order].remove(page ^ (1 << order))
            page &= ~(1 << order)
            order += 1
        self._free[order].add(page)


def dom0(heap: Heap, pages: int, *, bits: int = 64, low_bits: int = 32, most: int = 256) -> list[Run] | None:
    """The banks of a dom0 of so many pages; None where Xen panics."""
    least = (min(pages, _LOW_PAGES) - 1).bit_length()
    banks: list[Run] = []
    low = False
    for order in range(pages.bit_length() - 1, least - 1, -1):
        found = next(
            (page for limit in range(order, low_bits + 1) if (page := heap.take(order, limit)) is not None),
            None,
        )
        if found is not None:
            banks, pages, low = [(found, found + (1 << order))], pages - (1 << order), True
            break
    if not low and bits == 32:
        return None
    order = pages.bit_length() - 1
    while pages and len(banks) < most:
        page = heap.take(order, low_bits if low else 64)
        if page is None:
            order -= 1
            if low and order < least:
                order, low = pages.bit_length() - 1, False
            elif order < _MIN_ORDER:
                break
            continue
        if not _insert(banks, page, page + (1 << order), most):
            heap.free(page, order)
            if len(banks) == most or not low:
                break
            low = False
        else:
            pages -= 1 << order
        order = pages.bit_length() - 1
    return None if pages else banks


def _insert(banks: list[Run], first: int, end: int, most: int) -> bool:
    if banks and end - first < _LOW_PAGES and end < banks[0][0]:
        return False
    for index, (start, stop) in enumerate(banks):
        if start == end:
            banks[index] = (first, stop)
            return True
        if stop == first:
            banks[index] = (start, end)
            return True
        if end < start and len(banks) < most:
            banks.insert(index, (first, end))
            return True
    if len(banks) < most:
        banks.append((first, end))
        return True
    return False
