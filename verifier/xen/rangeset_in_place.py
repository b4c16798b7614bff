"""A rangeset that many passes change, one after the other: what each does is `rangeset`'s, the list is changed in place.

All numbers are plain here. Of a list of N ranges a pass looks at as many as halving it meets, and none is copied.
"""

from __future__ import annotations

from bisect import bisect_right
from itertools import accumulate, pairwise

from verifier.xen import rangeset
from verifier.xen.rangeset import Change, Range, Rangeset
from verifier.xen.release import Xen


class InPlace:
    """The list, and beside each range the greatest start up to it.

    `find_range` walks to the first range that starts above a number: there that start is the greatest so far, and the
    greatest so far ascend, whether the starts do or not.
    """

    __slots__ = ("_greatest", "_ranges")

    def __init__(self, held: Rangeset) -> None:
        self._ranges = list(held.ranges)
        self._greatest = list(accumulate(map(_start, self._ranges), max))

    def add(self, xen: Xen, start: int, end: int) -> None:
        """`rangeset.add`. Raises FaultError."""
        self._change(rangeset.added(xen, self._ranges, self._find(start), self._find(end), start, end))

    def remove(self, xen: Xen, start: int, end: int) -> None:
        """`rangeset.remove`. Raises FaultError."""
        self._change(rangeset.removed(xen, self._ranges, self._find(start), self._find(end), start, end))

    @property
    def held(self) -> Rangeset:
        """The set as it is now."""
        ordered = all(one <= other for one, other in pairwise(map(_start, self._ranges)))
        return Rangeset(tuple(self._ranges), ordered)

    def _find(self, number: int) -> int:
        return bisect_right(self._greatest, number) - 1

    def _change(self, change: Change) -> None:
        begin, behind, made = change
        self._ranges[begin:behind] = made
        self._greatest[begin:behind] = map(_start, made)
        greatest = self._greatest[begin - 1] if begin else 0
        for index in range(begin, len(self._ranges)):
            greatest = max(greatest, _start(self._ranges[index]))
            if index >= begin + len(made) and self._greatest[index] == greatest:
                break  # and so of all behind it
            self._greatest[index] = greatest


def _start(each: Range) -> int:
    assert isinstance(each.start, int)
    return each.start
