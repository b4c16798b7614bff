"""How low a region can start so that it and others, of given sizes, all fit: a sweep that tries every order.

In some packing with that start each region is as low as it can be above the end of the one before it: pushing one down to
there breaks nothing. So only the order matters, and from where on what is left has to fit. The lower the better: what
does not fit from an address on fits from no higher one, so one address for each set of what is left tells which are dead.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import accumulate

from verifier.layout.placing import Block, Limit, Wish, exclusive
from verifier.search.gaps import Gap, gaps

MOST_STEPS = 300_000
"""Of one question; deterministic, and a second or two."""
MOST_WISHES = 200
"""The sweep calls itself once for each."""

Left = tuple[int, ...]
"""How many of each kind are left to place."""


class TooManyStepsError(Exception):
    """The question is not decided within `MOST_STEPS`, or there are more than `MOST_WISHES`."""


def lowest_of_all(blocks: Sequence[Block], wishes: Sequence[Wish]) -> int | None:
    """The lowest start of the first of some wishes, each of a size, so that all fit at once; None where they do not.

    No two of the wishes exclude each other. Raises TooManyStepsError.
    """
    return _Sweep(blocks, wishes[0], wishes[1:]).lowest()


def all_fit(blocks: Sequence[Block], wishes: Sequence[Wish]) -> bool:
    """Whether all fit at once, under the same conditions: fewer steps, as the first is then one of its kind."""
    return _Sweep(blocks, None, wishes).all_fit()


class _Kind:
    """Wishes that are alike: of one size and unit, kept out by the same blocks."""

    def __init__(self, size: int, unit: int, free: Sequence[Gap]) -> None:
        self.size, self.unit = size, unit
        self.low, self.high = (free[0][0], free[-1][1]) if free else (0, 0)
        self._free = [(start, end) for start, end in free if start + size <= end]
        self._ends = [end - size for _, end in self._free]

    def start(self, at: int) -> int | None:
        """The lowest start from `at` on; None where there is none."""
        at = -(-at // self.unit) * self.unit
        index = bisect_right(self._ends, at - 1)
        return max(at, self._free[index][0]) if index < len(self._free) else None


class _Sweep:
    def __init__(self, blocks: Sequence[Block], first: Wish | None, others: Sequence[Wish]) -> None:
        alike = Counter(_key(blocks, wish) for wish in others)
        keys = sorted(alike, key=lambda key: (-key[1], -key[0], key[2]))
        own = (1, 1, ()) if first is None else _key(blocks, first)
        self._kinds = [_Kind(*key) for key in (own, *keys)]
        """The first wish by itself, also if it is none."""
        self._all = (0 if first is None else 1, *(alike[key] for key in keys))
        wishes = others if first is None else (first, *others)
        common = [each for each in blocks if not any(exclusive(each.when, wish.when) for wish in wishes)]
        self._rooms = [*_Rooms.of(common, self._kinds)]
        self._dead: dict[Left, int] = {}
        self._alive: dict[Left, int] = {}
        self._best: int | None = None
        self._steps = 0

    def lowest(self) -> int | None:
        if not self._crowded():
            self._lower(0, self._all)
        return self._best

    def all_fit(self) -> bool:
        return not self._crowded() and self._fits(0, self._all)

    def _crowded(self) -> bool:
        """Whether between some lowest start and some end there is less room than what has to be there takes.

        Asked once, of all: it is not less room while the sweep is below that start.
        """
        for low in {each.low for each in self._kinds}:
            mine = [
                count if kind.low >= low else 0 for count, kind in zip(self._all, self._kinds, strict=True)
            ]
            if any(each.lacks(low, mine) for each in self._rooms):
                return True
        return False

    def _lower(self, at: int, left: Left) -> None:
        """Make the best start of the first lower, if that can be with what is left from `at` on, it among them."""
        start = self._kinds[0].start(at)
        if start is None or (self._best is not None and start >= self._best):
            return
        if self._dead.get(left, at + 1) <= at or self._lacks_room(at, left):
            return
        self._step()
        if self._fits(start + self._kinds[0].size, (0, *left[1:])):
            self._best = start
            return
        for end, rest in self._next(at, left):
            self._lower(end, rest)
        self._dead[left] = at

    def _fits(self, at: int, left: Left) -> bool:
        """Whether what is left fits from `at` on."""
        if self._alive.get(left, -1) >= at or not any(left):
            return True
        if self._dead.get(left, at + 1) <= at or self._lacks_room(at, left):
            return False
        self._step()
        if any(self._fits(end, rest) for end, rest in self._next(at, left)):
            self._alive[left] = at
            return True
        self._dead[left] = at
        return False

    def _next(self, at: int, left: Left) -> Iterator[tuple[int, Left]]:
        """What can be the next but for the first wish: where it ends, and what is left then. The least waste first."""
        tries = []
        for number, count in enumerate(left):
            if number and count:
                start = self._kinds[number].start(at)
                if start is None:
                    return
                tries.append((start, number))
        for start, number in sorted(tries):
            yield start + self._kinds[number].size, (*left[:number], left[number] - 1, *left[number + 1 :])

    def _step(self) -> None:
        self._steps += 1
        if self._steps > MOST_STEPS or sum(self._all) > MOST_WISHES:
            raise TooManyStepsError

    def _lacks_room(self, at: int, left: Left) -> bool:
        return any(each.lacks(at, left) for each in self._rooms)


def _key(blocks: Sequence[Block], wish: Wish) -> tuple[int, int, tuple[Gap, ...]]:
    assert wish.size is not None
    return wish.size, wish.unit, tuple(gaps(blocks, wish))


class _Rooms:
    """What is free in whole units below a limit, and which kinds need it.

    A region whose start and size are multiples of a unit takes whole cells of it: those that are in no block.
    """

    def __init__(self, unit: int, high: int, free: Sequence[Gap], needs: Sequence[tuple[int, int]]) -> None:
        self._unit, self._needs = unit, needs
        cells = [(-(-start // unit) * unit, min(end, high) // unit * unit) for start, end in free]
        self._cells = [(start, end) for start, end in cells if start < end]
        self._ends = [end for _, end in self._cells]
        self._after = [*accumulate((end - start for start, end in reversed(self._cells)), initial=0)][::-1]

    @classmethod
    def of(cls, blocks: Sequence[Block], kinds: Sequence[_Kind]) -> Iterator[_Rooms]:
        space = Wish("", None, 1, (Limit(max(each.high for each in kinds), ""),))
        free = [*gaps(blocks, space)]
        for unit in {each.unit for each in kinds}:
            for high in {each.high for each in kinds}:
                needs = [
                    (number, each.size)
                    for number, each in enumerate(kinds)
                    if each.unit % unit == 0 and each.high <= high
                ]
                yield cls(unit, high, free, needs)

    def lacks(self, at: int, left: Sequence[int]) -> bool:
        """Whether what is left needs more than there is from an address on."""
        at = -(-at // self._unit) * self._unit
        index = bisect_right(self._ends, at)
        room = self._after[index]
        if index < len(self._cells):
            room -= max(0, at - self._cells[index][0])
        return room < sum([left[number] * size for number, size in self._needs])
