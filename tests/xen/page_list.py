"""A small address space as a list of units, one truth each: what builds with known defects do.

Written from the descriptions of the defects, unit by unit; shares no code with verifier/xen. A unit stands
for some bytes, whole pages; a thousand of them is what it is good for.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field


class Stopped(Exception):  # noqa: N818
    """The hypervisor follows a null pointer."""


@dataclass
class Pages:
    """Which pages are free, and between which free pages Xen sees a border that is none."""

    free: list[bool]
    grows: bool = False
    """The defect of subtraction, as in releases before it was fixed."""
    grown: int = 0
    borders: set[int] = field(default_factory=set)
    """Units at which a run is split."""

    def runs(self) -> list[tuple[int, int]]:
        """The runs of free pages, `[first, last + 1)`, split at the borders."""
        found: list[tuple[int, int]] = []
        for page, free in enumerate(self.free):
            if free and found and found[-1][1] == page and page not in self.borders:
                found[-1] = (found[-1][0], page + 1)
            elif free:
                found.append((page, page + 1))
        return found

    def remove(self, first: int, last: int) -> None:
        """Take pages `first` to `last`, which is not below it; the defect gives pages back below `first`.

        Only where the first page lies in a hole with something free below, and a run begins above `first`, at
        or below `last`: then the run below the hole grows up to `first`.
        """
        in_hole = not self.free[first]
        below = [page for page in range(first) if self.free[page]]
        begins = any(first < start <= last for start, _ in self.runs())
        for page in range(first, last + 1):
            self.free[page] = False
        if self.grows and in_hole and below and begins:
            for page in range(below[-1] + 1, first):
                self.free[page] = True
            self.grown += 1

    def remove_nothing_at(self, page: int) -> None:
        """Remove from `page` to the page before it, as a release build does."""
        for start, end in self.runs():
            if start == page:
                raise Stopped
            if start < page < end:
                self.borders.add(page)
                return


def overlapping(runs: Sequence[tuple[int, int]], first: int, last: int) -> list[tuple[int, int]]:
    """What a release build makes of runs when told to remove from `first` to `last`, far below it.

    A null pointer if a run begins above `last`, at or below `first`; nothing if the nearest run that begins at or
    below both ends below `first`; else that run becomes its part below `first` and its part above `last`, which
    overlap.
    """
    nearest = [run for run in runs if run[0] <= first]
    lower = [run for run in runs if run[0] <= last]
    if nearest[-1:] != lower[-1:]:
        raise Stopped
    if not nearest or nearest[-1][1] <= first:
        return list(runs)
    place = len(nearest) - 1
    start, end = nearest[-1]
    return [*runs[:place], (start, first), (last + 1, end), *runs[place + 1 :]]
