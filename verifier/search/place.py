"""Where new regions fit: the best places by a fixed order, or the proof that there are none.

The order: what exists keeps its place (as few blocks changed as can be), least RAM lost, then least of other blocks; the
first wish as large as can be, then the second, and so on; then the first as low as can be, and so on; last, block by block,
what is given up and how far it moves. Blocks that overlap as they are may stay so unless one of them moves.

Taken one after the other, each at its lowest place, wishes are in the best places if all of them fit so: no wish can lie
lower than where only those before it are in the way. Else every order is tried; where some exclude each other, or blocks
change, or there are too many orders, the solver is asked.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from itertools import combinations

from verifier.layout.placing import Block, Placed, Places, Wish, exclusive
from verifier.search.gaps import lowest, widest
from verifier.search.packing import Packing
from verifier.search.sweep import TooManyStepsError, all_fit, lowest_of_all


def place(blocks: Sequence[Block], wishes: Sequence[Wish], *, timeout: float = 30.0) -> Places | None:
    """The best places; None where it is proved that there are none. Raises UndecidedError where the solver gives up."""
    kept = _keeping(blocks, wishes, timeout)
    if kept is not None:
        return kept
    packing = _giving_way(blocks, wishes, timeout)
    return None if packing is None else packing.best()


def possible(blocks: Sequence[Block], wishes: Sequence[Wish], *, timeout: float = 30.0) -> bool:
    """Whether there are places at all, blocks giving way as they may. Raises UndecidedError where the solver gives up."""
    if _fit(blocks, wishes, _least_sizes(wishes), timeout):
        return True
    packing = _giving_way(blocks, wishes, timeout)
    return packing is not None and packing.possible()


def _giving_way(blocks: Sequence[Block], wishes: Sequence[Wish], timeout: float) -> Packing | None:
    """What the solver is asked; None where no block may give way, or it would not be enough if all that may were gone."""
    free = [each for each in blocks if each.shrinks or each.moves]
    fixed = [each for each in blocks if not (each.shrinks or each.moves)]
    if not free or not _fit(fixed, wishes, _least_sizes(wishes), timeout):
        return None
    return Packing(fixed, free, wishes, timeout)


def _least_sizes(wishes: Sequence[Wish]) -> list[int]:
    """In bytes; a free size is one unit at least."""
    return [each.unit if each.size is None else each.size for each in wishes]


def _keeping(blocks: Sequence[Block], wishes: Sequence[Wish], timeout: float) -> Places | None:
    """The best answer that changes no block: free sizes as large as can be, the first before the second."""
    sizes = _least_sizes(wishes)
    starts = starts_of(blocks, wishes, sizes, timeout)
    if starts is None:
        return None
    for index, wish in enumerate(wishes):
        if wish.size is None:
            sizes[index] = _largest(wish, widest(blocks, wish), _fits(blocks, wishes, sizes, index, timeout))
            starts = starts_of(blocks, wishes, sizes, timeout)
    assert starts is not None
    rows = zip(wishes, starts, sizes, strict=True)
    return Places(tuple(Placed(wish.name, start, start + size) for wish, start, size in rows))


def _fits(
    blocks: Sequence[Block], wishes: Sequence[Wish], sizes: list[int], index: int, timeout: float
) -> Callable[[int], bool]:
    def fits(size: int) -> bool:
        return _fit(blocks, wishes, [*sizes[:index], size, *sizes[index + 1 :]], timeout)

    return fits


def _largest(wish: Wish, most: int, fits: Callable[[int], bool]) -> int:
    """The largest multiple of the unit up to `most` that fits, given that one unit does: what fits fits smaller too."""
    if fits(most):
        return most
    low, high = 1, most // wish.unit
    while low + 1 < high:
        middle = (low + high) // 2
        low, high = (middle, high) if fits(middle * wish.unit) else (low, middle)
    return low * wish.unit


def starts_of(
    blocks: Sequence[Block], wishes: Sequence[Wish], sizes: Sequence[int], timeout: float
) -> list[int] | None:
    """The lowest starts for given sizes, the first wish's before the second's; None if it is proved that there are none.

    Raises UndecidedError where the solver gives up.
    """
    starts = list(_in_turn(blocks, wishes, sizes))
    if len(starts) == len(wishes):
        return starts
    whole = _sized(wishes, sizes)
    if any(lowest(blocks, each, each.size or 0) is None for each in whole):
        return None
    if _together(wishes):
        with suppress(TooManyStepsError):
            return _lowest_of_all(blocks, whole, timeout)
    found = Packing(blocks, (), whole, timeout).best()
    return None if found is None else [each.start for each in found.regions]


def _fit(blocks: Sequence[Block], wishes: Sequence[Wish], sizes: Sequence[int], timeout: float) -> bool:
    """Whether there are starts for given sizes. Raises UndecidedError where the solver gives up."""
    if len([*_in_turn(blocks, wishes, sizes)]) == len(wishes):
        return True
    whole = _sized(wishes, sizes)
    if any(lowest(blocks, each, each.size or 0) is None for each in whole):
        return False
    if _together(wishes):
        with suppress(TooManyStepsError):
            return all_fit(blocks, whole)
    return Packing(blocks, (), whole, timeout).possible()


def _sized(wishes: Sequence[Wish], sizes: Sequence[int]) -> list[Wish]:
    return [replace(wish, size=size) for wish, size in zip(wishes, sizes, strict=True)]


def _together(wishes: Sequence[Wish]) -> bool:
    """Whether no two of them exclude each other."""
    return not any(exclusive(one.when, other.when) for one, other in combinations(wishes, 2))


def _lowest_of_all(blocks: Sequence[Block], wishes: Sequence[Wish], timeout: float) -> list[int] | None:
    """As `starts_of`, for sizes that do not fit in turn: the first as low as lets all fit, then the others beside it."""
    start = lowest_of_all(blocks, wishes)
    if start is None:
        return None
    first, *rest = wishes
    assert first.size is not None
    put = Block(first.name, start, start + first.size, first.when)
    others = starts_of([*blocks, put], rest, [each.size or 0 for each in rest], timeout)
    assert others is not None
    return [start, *others]


def _in_turn(blocks: Sequence[Block], wishes: Sequence[Wish], sizes: Sequence[int]) -> Iterator[int]:
    """Each wish at its lowest place beside those before it, up to the first that has none."""
    taken = list(blocks)
    for wish, size in zip(wishes, sizes, strict=True):
        start = lowest(taken, wish, size)
        if start is None:
            return
        yield start
        taken.append(Block(wish.name, start, start + size, wish.when))
