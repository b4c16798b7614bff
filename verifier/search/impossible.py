"""Why wishes have no place: reasons that cannot hold together, and what would have to change.

What helps changes some reason of every set that cannot hold together. So the changes of one reason of the first such set
are tried, each as far as it can go; where none is enough, each with a change of a reason of a set that is left then, and so
on. No set of so many changes that helps is missed.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import permutations

from verifier.layout.errors import InternalError
from verifier.layout.placing import Block, Impossible, Relaxation, Wish
from verifier.layout.region import TOP
from verifier.search.conflict import Key, Request, conflicts, reason_of
from verifier.search.packing import UndecidedError
from verifier.search.place import place, possible
from verifier.search.ways import Way, ways_of

MOST_CHANGES = 3
"""Of one relaxation."""
MOST_CORNERS = 16
"""Of two changes of which one can do less where the other does more: so many amounts are tried."""

MOST_TRIES = 150
"""Where blocks may give way as it is, so that the solver is asked: a second or two."""

Ways = tuple[Way, ...]
Steps = tuple[int, ...]
"""How many of each way."""


def why_not(
    blocks: Sequence[Block], wishes: Sequence[Wish], *, top: int = TOP, timeout: float = 30.0
) -> Impossible:
    """Why `place` finds nothing. No block is told to move, and no limit, to above `top`, in bytes.

    Raises ValueError where there are places, UndecidedError where the solver gives up.
    """
    return _Search((blocks, wishes), top, timeout).result()


class _TooManyTriesError(Exception):
    """More than `MOST_TRIES` would be needed."""


class _Search:
    def __init__(self, request: Request, top: int, timeout: float) -> None:
        self._request, self._top, self._timeout = request, top, timeout
        self._conflicts = [*conflicts(request, self._possible)]
        self._asks = any(each.shrinks or each.moves for each in request[0])
        self._tries, self._all_tried = 0, True

    def result(self) -> Impossible:
        if not self._conflicts:
            raise ValueError("there are places")
        first, *others = [tuple(reason_of(self._request, key) for key in keys) for keys in self._conflicts]
        told = sorted(self._relaxations(), key=lambda each: (each.costs_ram, each.price, str(each)))
        return Impossible(first, tuple(told), tuple(others), self._all_tried)

    def _possible(self, request: Request) -> bool:
        return possible(*request, timeout=self._timeout)

    def _relaxations(self) -> Iterator[Relaxation]:
        """What does not come to an end is left out, which is told."""
        try:
            for ways in self._helping():
                try:
                    yield self._relaxation(ways)
                except UndecidedError:
                    self._all_tried = False
        except (UndecidedError, _TooManyTriesError):
            self._all_tried = False

    def _help(self, ways: Ways, steps: Steps) -> bool:
        """Whether there are places with so many steps of each way."""
        self._tries += 1
        if self._asks and self._tries > MOST_TRIES:
            raise _TooManyTriesError
        return self._possible(self._after(ways, steps))

    # Which changes help: each set of ways is tried with all of their steps.

    def _helping(self) -> list[Ways]:
        """The sets of as few ways as there are any that help."""
        level: list[Ways] = [()]
        for _ in range(MOST_CHANGES):
            tried = {frozenset(each): each for ways in level for each in self._one_more(ways)}
            helping = [ways for ways in tried.values() if self._may_help(ways)]
            if helping:
                return helping
            level = [*tried.values()]
        return []

    def _may_help(self, ways: Ways) -> bool:
        try:
            return self._help(ways, _most(ways))
        except UndecidedError:
            self._all_tried = False
            return False

    def _one_more(self, ways: Ways) -> Iterator[Ways]:
        """With a way for a reason of a set that cannot hold together in spite of some ways: one of them has to change."""
        changed = {way.key for way in ways}
        for key in self._conflict(ways, changed):
            if key not in changed and not self._is_moved(key):
                yield from ((*ways, way) for way in ways_of(self._request, key, self._top))

    def _conflict(self, ways: Ways, changed: set[Key]) -> list[Key]:
        for known in self._conflicts:
            if changed.isdisjoint(known):
                return known
        found = next(conflicts(self._after(ways, _most(ways)), self._possible))
        if all(way.kind != "moved" for way in ways):  # where none of the wishes stands for a block
            self._conflicts.append(found)
        return found

    def _is_moved(self, key: Key) -> bool:
        """Whether it is of a wish that stands for a block that moves."""
        return key[0] != "block" and key[1] >= len(self._request[1])

    def _after(self, ways: Ways, steps: Steps) -> Request:
        """The request with so many steps of each way."""
        request = self._request
        for way, number in zip(ways, steps, strict=True):
            request = way.applied(request, number)
        return request

    # How far each has to go.

    def _relaxation(self, ways: Ways) -> Relaxation:
        steps = self._cheapest(ways)
        places = place(*self._after(ways, steps), timeout=self._timeout)
        if places is None:
            raise InternalError(f"{ways} make room, and there is no place")
        places = places.without_last(sum(way.kind == "moved" for way in ways))
        rows = zip(ways, steps, strict=True)
        return Relaxation(tuple(way.change(self._request, number, places) for way, number in rows), places)

    def _cheapest(self, ways: Ways) -> Steps:
        """The cheapest amounts; all that are tried are such that none can be less while the others are as they are.

        Where the least of each is enough, it is the cheapest. Else, of two, all such amounts are tried, up to
        `MOST_CORNERS` and from both sides; of three only those in which one after the other is the least that it can be.
        """
        numbers = range(len(ways))
        least = tuple(self._least(ways, _most(ways), number) for number in numbers)
        if self._help(ways, least):
            return least
        tried = [self._in_turn(ways, order) for order in permutations(numbers)]
        if len(ways) == 2:
            tried += self._corners(ways, tried[0])
        return min(tried, key=lambda steps: (_price(ways, steps), _price(ways, steps, lost=True), steps))

    def _least(self, ways: Ways, steps: Steps, number: int) -> int:
        """The fewest steps of one way with so many of the others, with which there are places; with these there are."""
        low, high = 0, steps[number]
        while low + 1 < high:
            middle = (low + high) // 2
            tried = (*steps[:number], middle, *steps[number + 1 :])
            low, high = (low, middle) if self._help(ways, tried) else (middle, high)
        return high

    def _in_turn(self, ways: Ways, order: Sequence[int]) -> Steps:
        """The least of one, then of the next beside it: none can do less while the others do as much."""
        steps = _most(ways)
        for number in order:
            steps = (*steps[:number], self._least(ways, steps, number), *steps[number + 1 :])
        return steps

    def _corners(self, ways: Ways, steps: Steps) -> Iterator[Steps]:
        """Of two, from the least of the first on: the second does less and less, and the first as much as it has to."""
        most, _ = _most(ways)
        for _ in range(MOST_CORNERS):
            steps = (most, steps[1] - 1)
            if not steps[1] or not self._help(ways, steps):
                return
            steps = (self._least(ways, steps, 0), steps[1])
            steps = (steps[0], self._least(ways, steps, 1))
            yield steps


def _most(ways: Ways) -> Steps:
    return tuple(way.most for way in ways)


def _price(ways: Ways, steps: Steps, *, lost: bool = False) -> int:
    """In bytes; or only of what is lost, not of limits."""
    rows = zip(ways, steps, strict=True)
    return sum(way.price(number) for way, number in rows if not (lost and way.kind == "limit"))
