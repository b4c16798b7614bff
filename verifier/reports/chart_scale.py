"""Where an address lies in a drawing.

On a plain scale a page beside a tebibyte is nothing; on a logarithmic axis all that lies near an address far from zero
falls on one line. So the space is cut at its edges, and each stretch between two neighbouring ones has a height by its own
length.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import accumulate, pairwise
from math import log2

LEAST = 17.0
"""Pixels of the lowest stretch: a line of text."""
_PER_BIT = 1.15


@dataclass(frozen=True, slots=True)
class Scale:
    """Addresses to pixels; inside a stretch in proportion."""

    edges: tuple[int, ...]
    """Ascending; the first and the last are the ends of the drawing."""
    tops: tuple[float, ...]
    """Of each edge, in pixels from that of the first."""

    @property
    def height(self) -> float:
        """Of the drawing, in pixels."""
        return self.tops[-1]

    def y(self, address: int) -> float:
        """Pixels from the top; an address beyond the drawing is at its end."""
        if address <= self.edges[0]:
            return 0.0
        if address >= self.edges[-1]:
            return self.height
        index = bisect_right(self.edges, address) - 1
        start, end = self.edges[index : index + 2]
        top, bottom = self.tops[index : index + 2]
        return top + (bottom - top) * ((address - start) / (end - start))


def by_edges(edges: Iterable[int]) -> Scale:
    """A stretch is as high as 3 and the binary logarithm of its length, and never lower than a line of text."""
    cuts = tuple(sorted(set(edges)))
    heights = (max(LEAST, _PER_BIT * (3 + log2(end - start))) for start, end in pairwise(cuts))
    return Scale(cuts, tuple(accumulate(heights, initial=0.0)))


def linear(edges: Iterable[int], height: float) -> Scale:
    """Every byte has the same height."""
    cuts = tuple(sorted(set(edges)))
    whole = cuts[-1] - cuts[0]
    return Scale(cuts, tuple(height * ((each - cuts[0]) / whole) for each in cuts))
