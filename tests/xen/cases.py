"""Random inputs, and the smallest of those that disagree."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence

PAGE = 4096
MIB = 1 << 20
SIZES = (1, 16, PAGE, PAGE + 1, 2 * MIB - PAGE, 2 * MIB, 63 * MIB, 64 * MIB, 65 * MIB)
Pair = tuple[int, int]


def length(rng: random.Random) -> int:
    """Of a list: mostly short, now and then long."""
    return rng.choice((0, 1, 2, 3, 5, 8, 13, 30, 30, 90)) if rng.random() < 0.97 else 700


def spread(rng: random.Random, top: int, count: int, unit: int = 1) -> list[Pair]:
    """`(start, size)` below `top`, none empty; many touch, overlap or just miss an earlier one."""
    found: list[Pair] = []
    near = 0.5 if count < 100 else 0.05
    for _ in range(count):
        size = rng.choice((*SIZES, rng.randrange(1, 256 * MIB)))
        if found and rng.random() < near:
            start, other = rng.choice(found)
            begin = rng.choice((start, start + other, start - size, start + other // 2))
            begin += rng.choice((0, 0, 1, -1, PAGE, -PAGE, 2 * MIB))
        else:
            begin = rng.randrange(rng.choice((top, top, min(top, 8 << 30))))
            begin -= begin % rng.choice((1, PAGE, 2 * MIB))
        begin = max(begin, 0) // unit * unit
        found.append((begin, -(-size // unit) * unit))
    return found


def shrink(items: Sequence[Pair], fails: Callable[[Sequence[Pair]], bool]) -> Sequence[Pair]:
    """What is left of a failing list after all that can go without mending it."""
    index = 0
    while index < len(items):
        without = [*items[:index], *items[index + 1 :]]
        if fails(without):
            items = without
        else:
            index += 1
    return items


def agree(
    items: Sequence[Pair], got: Callable[[Sequence[Pair]], object], wanted: Callable[[Sequence[Pair]], object]
) -> None:
    """Fail with the smallest disagreement if there is any."""
    if got(items) != wanted(items):
        items = shrink(items, lambda fewer: got(fewer) != wanted(fewer))
        shown = [(hex(start), hex(size)) for start, size in items]
        raise AssertionError(f"{shown}: got {got(items)}, wanted {wanted(items)}")
