"""Minimal sets of reasons that cannot hold together.

A reason is a block, a limit, a unit or a size. Without it the block is gone, the limit is the end of 64 bits or 0, the
unit is a byte, the size is one unit. The fewer reasons, the better all fits. So what is once found to be needed stays so
while more are dropped, and one pass over all reasons leaves a set of which each is needed.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import replace

from verifier.layout.placing import Block, Kind, Limit, Reason, Wish
from verifier.layout.region import TOP
from verifier.layout.units import hexa, size, sized

Request = tuple[Sequence[Block], Sequence[Wish]]
Possible = Callable[[Request], bool]
"""Whether there are places."""
Key = tuple[Kind, int, Limit | None]
"""A reason: of which block or wish, by its number, and which limit."""


def conflicts(request: Request, possible: Possible) -> Iterator[list[Key]]:
    """Sets of reasons that cannot hold together, of each set each needed: every one of other wishes, until the rest fits.

    At least one, for a request that has no places. What explains most is first in each.
    """
    _, wishes = request
    left = {*range(len(wishes))}
    while found := _needed(request, possible, left):
        yield found
        mine = {number for kind, number, _ in found if kind != "block"}
        if not mine:
            return
        left -= mine


def reason_of(request: Request, key: Key) -> Reason:
    """A reason as it is told."""
    kind, number, limit = key
    if kind == "block":
        block = request[0][number]
        return Reason(
            kind, block.name, block.size, f"{block} is taken{_but_for(block)}{_from(block)}", block=block
        )
    wish = request[1][number]
    if limit is not None:
        side = "ends at or below" if kind == "upper" else "starts at or above"
        text = f"{wish.name} {side} {hexa(limit.address)}: {limit.reason}"
        return Reason(kind, wish.name, limit.address, text, limit)
    if kind == "unit":
        return Reason(kind, wish.name, wish.unit, f"{wish.name} is in whole units of {size(wish.unit)}")
    asked = wish.size or wish.unit
    return Reason(kind, wish.name, asked, f"{wish.name} has {sized(asked)}")


def _from(block: Block) -> str:
    """Which line of the layout says so."""
    return f", {block.origin}" if block.origin is not None else ""


def _but_for(block: Block) -> str:
    """What the block may give."""
    least = max(block.least, block.unit)
    stays = f": of it {sized(least)} has to stay" if block.shrinks and least < block.size else ""
    return f"{stays}, here or where it may move" if block.moves else stays


def _needed(request: Request, possible: Possible, numbers: Collection[int]) -> list[Key]:
    """Of all reasons but those of other wishes some that cannot hold together; none if all can. Dropped last is first."""
    groups = [*_groups(request, numbers)]
    kept = {key: None for group in groups for key in group}
    if possible(_held(request, kept)):
        return []

    def drop(keys: Sequence[Key], *, parts: bool = True) -> None:
        """Drop those without which it is still impossible: all at once, or else each half by itself."""
        if not keys:
            return
        if not possible(_held(request, kept.keys() - set(keys))):
            for key in keys:
                kept.pop(key, None)
        elif parts and len(keys) > 1:
            half = len(keys) // 2
            drop([key for key in keys[:half] if key in kept])
            drop([key for key in keys[half:] if key in kept])

    for number in sorted(numbers, reverse=True):
        drop([key for key in kept if key[0] != "block" and key[1] == number], parts=False)
    for group in groups:
        drop([key for key in group if key in kept])
    return [*reversed(kept)]


def _groups(request: Request, numbers: Collection[int]) -> Iterator[list[Key]]:
    """All reasons, in the order in which it is tried to do without: what explains least is first."""
    blocks, wishes = request
    numbered = [(number, wishes[number]) for number in sorted(numbers)]
    lower = [(each, number) for number, wish in numbered for each in wish.lower]
    upper = [(each, number) for number, wish in numbered for each in wish.upper]
    yield [("unit", number, None) for number, wish in numbered if wish.unit > 1]
    yield [("lower", number, each) for each, number in sorted(lower, key=lambda one: one[0].address)]
    yield [("block", number, None) for number in sorted(range(len(blocks)), key=lambda one: blocks[one].size)]
    yield [("upper", number, each) for each, number in sorted(upper, key=lambda one: -one[0].address)]
    yield [("size", number, None) for number, wish in numbered if wish.size is not None]


def _held(request: Request, keys: Collection[Key]) -> Request:
    """The request with only some reasons."""
    blocks, wishes = request
    left = [each for number, each in enumerate(blocks) if ("block", number, None) in keys]
    return left, [_freed(each, number, keys) for number, each in enumerate(wishes)]


def _freed(wish: Wish, number: int, keys: Collection[Key]) -> Wish:
    """A wish of which only some reasons hold."""
    unit = wish.unit if ("unit", number, None) in keys else 1
    asked = wish.size if wish.size is None or ("size", number, None) in keys else unit
    upper = tuple(each for each in wish.upper if ("upper", number, each) in keys)
    lower = tuple(each for each in wish.lower if ("lower", number, each) in keys)
    return replace(wish, size=asked, unit=unit, upper=upper or (Limit(TOP, "64 bits"),), lower=lower)
