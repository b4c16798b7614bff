"""What allocate_memory_11 makes of the free RAM of a board: banks that it can come to.

Xen's page allocator holds naturally aligned blocks of 2^n pages, up to 2^18 on Arm, and gives the smallest block that is
large enough from the highest zone that has one; zones are the addresses of one length in bits (xen/common/page_alloc.c,
get_free_buddy; CONFIG_PAGEALLOC_MAX_ORDER). Which of several such blocks and which half of one is taken is not known; nor
is what Xen itself has taken by then (verifier.xen.heap_left).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from verifier.layout.domain_map import Extent
from verifier.layout.obstacle import merged
from verifier.reading.models import PAGE
from verifier.xen.dom0_memory import LEAST_BLOCK, LEAST_FIRST, largest, least_first

_MOST_BLOCK = PAGE << 18

Pick = Callable[[Sequence[int], "Sequence[Extent]"], int]
"""Which of some addresses a block is taken at; dom0's banks so far."""


def _lowest(places: Sequence[int], _banks: Sequence[Extent]) -> int:
    return min(places)


def _highest(places: Sequence[int], _banks: Sequence[Extent]) -> int:
    return max(places)


def _apart(places: Sequence[int], banks: Sequence[Extent]) -> int:
    """The one that is farthest from all banks, so that there come to be many."""

    def distance(place: int) -> int:
        return min((max(bank.start - place, place - bank.end) for bank in banks), default=0)

    return max(places, key=lambda place: (distance(place), -place))


_PICKS: tuple[Pick, ...] = (_lowest, _highest, _apart)


_MOST_BLOCKS = 1 << 16
"""Of the largest blocks: each is held here, and a device tree may claim 2^64 bytes of RAM."""


def runs(free: Sequence[Extent], amount: int, low_bits: int) -> Iterator[tuple[Extent, ...]]:
    """Banks of `amount` bytes that allocate_memory_11 comes to, ascending: a list for each way to pick with no panic.
    `free` is all that the heap has; of more than _MOST_BLOCKS of the largest blocks no run is told. There is none of an
    amount that is no whole pages: what is less than a page is missing to the end.
    """
    if amount % PAGE or sum(each.size for each in free) > _MOST_BLOCKS * _MOST_BLOCK:
        return
    for pick in _PICKS:
        heap = _Heap(pick)
        for each in free:
            heap.add(each)
        banks = _Run(heap, amount, low_bits).banks()
        if banks:
            yield banks


def aligned(run: Extent, unit: int) -> range:
    """Starts of the naturally aligned blocks of a size in a run."""
    return range(-(-run.start // unit) * unit, run.end - unit + 1, unit)


@dataclass(slots=True)
class _Heap:
    """The free blocks by size: starts in bytes."""

    pick: Pick
    free: dict[int, set[int]] = field(default_factory=dict)

    def add(self, run: Extent) -> None:
        """All of a run but page 0, which is never in the heap."""
        start = max(run.start, PAGE)
        while start < run.end:
            size = min(_MOST_BLOCK, start & -start)
            while start + size > run.end:
                size //= 2
            self.give(start, size)
            start += size

    def give(self, start: int, size: int) -> None:
        """Two free halves are one block."""
        while size < _MOST_BLOCK and start ^ size in self.free.get(size, ()):
            self.free[size].remove(start ^ size)
            start, size = start & ~size, 2 * size
        self.free.setdefault(size, set()).add(start)

    def take(self, size: int, bits: int, banks: Sequence[Extent], *, lowest: bool = False) -> int | None:
        """A block below 2^`bits`, of the highest zone that has one or of the lowest; None if there is none."""
        fitting = [
            (start.bit_length(), -whole, start)
            for whole, starts in self.free.items()
            if whole >= size
            for start in starts
            if start.bit_length() <= bits
        ]
        if not fitting:
            return None
        zone = (min if lowest else max)(each[0] for each in fitting)
        least = max(each[1] for each in fitting if each[0] == zone)
        start = self.pick([each[2] for each in fitting if each[:2] == (zone, least)], banks)
        self.free[-least].remove(start)
        return self._split(start, -least, size, banks)

    def _split(self, start: int, whole: int, size: int, banks: Sequence[Extent]) -> int:
        while whole > size:
            whole //= 2
            kept = self.pick([start, start + whole], banks)
            self.free.setdefault(whole, set()).add(2 * start + whole - kept)
            start = kept
        return start


@dataclass(slots=True)
class _Run:
    """One run of allocate_memory_11 for a 64-bit dom0."""

    heap: _Heap
    missing: int
    low_bits: int
    taken: tuple[Extent, ...] = ()

    def banks(self) -> tuple[Extent, ...]:
        """Empty where it panics."""
        least = least_first(self.missing)
        low = self._first(least)
        size = self._asked
        while self.missing:
            start = self.heap.take(size, self.low_bits if low else 64, self.taken)
            if start is None:
                size //= 2
                if low and size < least:
                    size, low = self._asked, False
                elif size < LEAST_BLOCK:
                    return ()
            elif self._is_refused(start, size):
                self.heap.give(start, size)
                if not low:
                    return ()
                size, low = self._asked, False
            else:
                self._insert(start, size)
                size = self._asked
        return self.taken

    @property
    def _asked(self) -> int:
        return largest(self.missing, _MOST_BLOCK)

    def _first(self, least: int) -> bool:
        """The largest block there is below 2^lowmem, as low as possible."""
        size = self._asked
        while size >= least:
            start = self.heap.take(size, self.low_bits, (), lowest=True)
            if start is not None:
                self._insert(start, size)
                return True
            size //= 2
        return False

    def _is_refused(self, start: int, size: int) -> bool:
        """By insert_11_bank: the first bank is to stay large."""
        return bool(self.taken) and size < LEAST_FIRST and start + size < self.taken[0].start

    def _insert(self, start: int, size: int) -> None:
        self.taken = merged((*self.taken, Extent(start, start + size)))
        self.missing -= size
