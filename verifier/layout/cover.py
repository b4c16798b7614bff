"""Extents in order, to be asked what they cover."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from itertools import accumulate


class Cover:
    """Extents that may overlap, by start, each with how far those up to it reach; empty ones are left out."""

    def __init__(self, extents: Iterable[tuple[int, int]]) -> None:
        ordered = sorted(each for each in extents if each[0] < each[1])
        self._starts = [start for start, _ in ordered]
        self._reach = list(accumulate((end for _, end in ordered), max))

    def meets(self, start: int, end: int) -> bool:
        """Whether one of them has a byte of `[start, end)`."""
        before = bisect_left(self._starts, end)
        return before > 0 and self._reach[before - 1] > start

    def reached(self, start: int, end: int) -> bool:
        """Whether every byte of `[start, end)` is in one of them."""
        while start < end:
            before = bisect_right(self._starts, start)
            if not before or self._reach[before - 1] <= start:
                return False
            start = self._reach[before - 1]
        return True
