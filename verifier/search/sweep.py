"""Whether regions of given sizes fit between blocks: a sweep over the space that tries every order, remembering dead ends.

In some packing every region starts as low as the one before it, or the gap it is in, lets it: pushing a region down breaks
nothing. So only the order matters, and what is left to place at which point decides the rest.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate

from verifier.layout.placing import Block, Limit, Wish
from verifier.search.gaps import Gap, gaps

MOST_STEPS = 1_000_000
"""Of one question; deterministic, and a second or two."""

Kind = tuple[int, int, int, int]
"""Size, unit, lowest start and highest end: wishes of one kind are alike."""


class TooManyStepsError(Exception):
    """The question is not decided within `MOST_STEPS`."""


def packs(blocks: Sequence[Block], wishes: Sequence[Wish]) -> bool:
    """Whether all wishes, each of a size, fit at once beside the blocks, none of which exclude each other.

    Raises TooManyStepsError.
    """
    kinds: dict[Kind, int] = {}
    for each in wishes:
        assert each.size is not None
        kind = (each.size, each.unit, each.low, each.high)
        kinds[kind] = kinds.get(kind, 0) + 1
    space = Wish("", None, 1, (Limit(max(each.high for each in wishes), ""),))
    return _Sweep([*gaps(blocks, space)], sorted(kinds, reverse=True)).fits(
        0, 0, tuple(kinds[kind] for kind in sorted(kinds, reverse=True))
    )


class _Sweep:
    def __init__(self, free: list[Gap], kinds: list[Kind]) -> None:
        self._free, self._kinds = free, kinds
        sizes = [end - start for start, end in free]
        self._after = [*accumulate(reversed(sizes), initial=0)][::-1]
        """Bytes in a gap and all above it."""
        self._dead: set[tuple[int, int, tuple[int, ...]]] = set()
        self._steps = 0

    def fits(self, gap: int, at: int, left: tuple[int, ...]) -> bool:
        """Whether what is left fits from `at`, in a gap, on."""
        if not any(left):
            return True
        state = (gap, at, left)
        if state in self._dead:
            return False
        wanted = sum(count * kind[0] for count, kind in zip(left, self._kinds, strict=True))
        for index in range(gap, len(self._free)):
            start, end = self._free[index]
            start = max(start, at)
            if self._after[index] - (start - self._free[index][0]) < wanted:
                break
            tries = sorted((self._start(start, number), number) for number, count in enumerate(left) if count)
            if any(self._placed(index, place, end, left, number) for place, number in tries):
                return True
        self._dead.add(state)
        return False

    def _start(self, at: int, number: int) -> int:
        """The lowest start of a kind from `at` on."""
        _, unit, low, _ = self._kinds[number]
        return -(-max(at, low) // unit) * unit

    def _placed(self, gap: int, start: int, end: int, left: tuple[int, ...], number: int) -> bool:
        """Whether one of a kind can be the next, and the rest behind it. Those that waste least are tried first."""
        self._steps += 1
        if self._steps > MOST_STEPS:
            raise TooManyStepsError
        size, _, _, high = self._kinds[number]
        if start + size > min(end, high):
            return False
        return self.fits(gap, start + size, (*left[:number], left[number] - 1, *left[number + 1 :]))
