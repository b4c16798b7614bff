"""Stretches of an address space that nothing takes which can be there at the same time as a wish."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from verifier.layout.placing import Block, Wish, exclusive

Gap = tuple[int, int]
"""Start and end, exclusive, in bytes."""


def gaps(blocks: Iterable[Block], wish: Wish) -> Iterator[Gap]:
    """What is free for a wish between its limits, ascending; starts are multiples of its unit, ends are as they are."""
    at, high = wish.low, wish.high
    for start, end in sorted(
        (each.start, each.end) for each in blocks if not exclusive(each.when, wish.when)
    ):
        if end <= max(at, start):  # below, or empty
            continue
        if at < min(start, high):
            yield at, min(start, high)
        at = max(at, -(-end // wish.unit) * wish.unit)
        if at >= high:
            return
    if at < high:
        yield at, high


def lowest(blocks: Iterable[Block], wish: Wish, size: int) -> int | None:
    """The lowest start of `size` bytes; None where they fit nowhere."""
    return next((start for start, end in gaps(blocks, wish) if start + size <= end), None)


def widest(blocks: Sequence[Block], wish: Wish) -> int:
    """The most bytes, a multiple of the unit, that fit anywhere; 0 where not even one unit does."""
    return max(((end - start) // wish.unit * wish.unit for start, end in gaps(blocks, wish)), default=0)
