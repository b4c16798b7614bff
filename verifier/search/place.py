"""Where new regions fit: the best places by a fixed order, or the proof that there are none.

The order: what exists keeps its place (as few blocks changed as can be), least RAM lost, then least of other blocks; the
first wish as large as can be, then the second, and so on; then the first as low as can be, and so on.

Taken one after the other, each at its lowest place, wishes are in the best places if all of them fit so: no wish can lie
lower than where only those before it are in the way. Else every order is tried; where some exclude each other, or blocks may
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
from verifier.search.sweep import TooManyStepsError, lowest_of_all

MOST_CHANGEABLE = 6
"""Blocks that may give way: every subset of them is looked at."""


def place(blocks: Sequence[Block], wishes: Sequence[Wish], *, timeout: float = 30.0) -> Places | None:
    """The best places; None where it is proved that there are none. Raises UndecidedError where the solver gives up."""
    whole = [_whole(each) for each in wishes]
    if any(each is None for each in whole):
        return None
    free = [index for index, each in enumerate(blocks) if each.shrinks or each.moves]
    for count in range(len(free) + 1):
        found = [
            answer
            for chosen in combinations(free, count)
            if (answer := _changing(blocks, wishes, frozenset(chosen), timeout)) is not None
        ]
        if found:
            return min(found, key=lambda answer: _order(answer, blocks, wishes))
    return None


def _whole(wish: Wish) -> Wish | None:
    """None for a wish that is larger than all that its limits leave."""
    least = wish.unit if wish.size is None else wish.size
    return wish if wish.low + least <= wish.high else None


def _order(answer: Places, blocks: Sequence[Block], wishes: Sequence[Wish]) -> tuple[object, ...]:
    lost = answer.lost or {}
    ram = sum(lost.get(each.name, 0) for each in blocks if each.is_ram)
    sizes = [-each.size for each, wish in zip(answer.regions, wishes, strict=True) if wish.size is None]
    return (
        ram,
        sum(lost.values()) - ram,
        sizes,
        [each.start for each in answer.regions],
        [(each.name, each.start, each.end) for each in answer.changed],
    )


def _changing(
    blocks: Sequence[Block], wishes: Sequence[Wish], chosen: frozenset[int], timeout: float
) -> Places | None:
    """The best answer in which exactly some blocks may change."""
    if not chosen:
        return _keeping(blocks, wishes, timeout)
    fixed = [each for index, each in enumerate(blocks) if index not in chosen]
    return Packing(fixed, [blocks[index] for index in sorted(chosen)], wishes, timeout).best()


def _keeping(blocks: Sequence[Block], wishes: Sequence[Wish], timeout: float) -> Places | None:
    """The best answer that changes no block: free sizes as large as can be, the first before the second."""
    sizes = [each.unit if each.size is None else each.size for each in wishes]
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
        tried = [size if at == index else each for at, each in enumerate(sizes)]
        return starts_of(blocks, wishes, tried, timeout) is not None

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
    if any(lowest(blocks, wish, size) is None for wish, size in zip(wishes, sizes, strict=True)):
        return None
    whole = [replace(wish, size=size) for wish, size in zip(wishes, sizes, strict=True)]
    if not any(exclusive(one.when, other.when) for one, other in combinations(wishes, 2)):
        with suppress(TooManyStepsError):
            return _lowest_of_all(blocks, whole, timeout)
    found = Packing(blocks, (), whole, timeout).best()
    return None if found is None else [each.start for each in found.regions]


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
