"""A region that takes the last bytes of a guest's address space: how large it can be, for which memory and width.

No release places one there; it was proposed instead of a hole in the layout ("the last few X bytes of the supported
address space", thread on extended regions, 2021). The address space ends at `limit`, 2^b of the width b.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from verifier.logic.word import Word, equal, holds, larger, smaller, uint64
from verifier.xen.outcome import Span


def highest(limit: Word, top: Word, region: Span) -> Word:
    """One pass: the end of all that begins below `limit`, given that of the regions before this one."""
    if holds(region.start >= limit) or holds(equal(region.size, 0)):
        return top
    return larger(top, uint64.add(region.start, region.size))


def end_of(limit: Word, regions: Iterable[Span]) -> Word:
    """The end of what begins below `limit`; 0 if nothing does."""
    top: Word = 0
    for region in regions:
        top = highest(limit, top, region)
    return top


def most(limit: Word, windows: Sequence[Span], memory: Word, others: Word) -> Word:
    """The greatest size of the region, in bytes: 2^b - max(O, R), or 0 if that is less.

    O, `others`, is the end of all regions of the layout but RAM (`end_of`), R that of RAM (`ram_end`).
    """
    return room(limit, ram_end(limit, windows, memory), others)


def ram_end(limit: Word, windows: Sequence[Span], memory: Word) -> Word:
    """The end of the RAM of which some begins below `limit`; bytes.

    With r0, s0, r1, s1 the starts and sizes of the two RAM windows: r1 + (memory - s0) where memory > s0 and r1 < 2^b,
    and r0 + min(memory, s0) else.
    """
    first, second = windows
    if holds(memory > first.size) and holds(second.start < limit):
        return uint64.add(second.start, uint64.subtract(memory, first.size))
    return uint64.add(first.start, smaller(memory, first.size))


def room(limit: Word, ram: Word, others: Word) -> Word:
    """What lies above both ends and below `limit`; bytes."""
    top = larger(ram, others)
    return uint64.subtract(limit, top) if holds(top <= limit) else 0
