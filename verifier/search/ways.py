"""Ways to weaken one reason for which wishes have no place, by steps: the more steps, the better all fits."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from verifier.layout.placing import Block, Change, Limit, Places, Relaxed, Wish
from verifier.layout.units import hexa, size, sized
from verifier.search.conflict import Key, Request, reason_of

_Item = TypeVar("_Item", Block, Wish)
_SUPERPAGE = 1 << 21
"""A block that is moved keeps its alignment up to this."""


@dataclass(frozen=True, slots=True)
class Way:
    """One reason made weaker."""

    key: Key
    kind: Relaxed
    most: int
    """Steps, at least one; a move is one."""
    step: int
    """Bytes."""
    base: int
    """Bytes: what is left of a size or an end without any step; where a limit counts from."""
    top: int
    """No limit and no block is told to be above this, in bytes."""

    def applied(self, request: Request, steps: int) -> Request:
        """The request after it. A block that moves becomes a wish, the last one, and leaves nothing where it was."""
        blocks, wishes = request
        number = self.key[1]
        if self.kind == "cut":
            return _swapped(blocks, number, replace(blocks[number], end=self._value(steps))), wishes
        if self.kind == "moved":
            block = blocks[number]
            upper = (Limit(self.top, "the top"),)
            moved = Wish(block.name, block.size, self.step, upper, (), block.when)
            return _swapped(blocks, number, replace(block, end=block.start)), [*wishes, moved]
        return blocks, _swapped(wishes, number, self._wish(wishes[number], self._value(steps)))

    def price(self, steps: int) -> int:
        """Bytes that the wish or the block loses, that the limit moves by, or that a moved block has."""
        if self.kind == "moved":
            return self.base
        if self.kind == "limit":
            assert self.key[2] is not None
            return abs(self._value(steps) - self.key[2].address)
        return steps * self.step

    def change(self, request: Request, steps: int, places: Places) -> Change:
        """As it is told; `places` are those after it, the moved blocks among what changed."""
        reason, price = reason_of(request, self.key), self.price(steps)
        value = self._value(steps)
        match self.kind:
            case "smaller":
                text = f"{reason.name} has only {sized(value)}, {size(price)} less than {size(self.base)}"
            case "limit":
                end, up = ("end", "higher") if self.key[0] == "upper" else ("start", "lower")
                text = f"{reason.name} may {end} {size(price)} {up}, at {hexa(value)}"
            case "cut":
                text = f"{reason.block} gives up its last {sized(price)}"
            case "moved":
                value = next(each.start for each in places.changed if each.name == reason.name)
                text = f"{reason.block} moves to {hexa(value)}"
        return Change(reason, self.kind, value, price, text)

    def _value(self, steps: int) -> int:
        up = self.kind == "limit" and self.key[0] == "upper"
        return self.base + (steps if up else -steps) * self.step

    def _wish(self, wish: Wish, value: int) -> Wish:
        side, _, limit = self.key
        if limit is None:
            return replace(wish, size=value)
        limits = wish.upper if side == "upper" else wish.lower
        other = tuple(replace(limit, address=value) if each == limit else each for each in limits)
        return replace(wish, upper=other) if side == "upper" else replace(wish, lower=other)


def ways_of(request: Request, key: Key, top: int) -> Iterator[Way]:
    """All there are for a reason. A unit has none, nor what may give way as it is."""
    kind, number, limit = key
    if kind == "block":
        yield from _of_block(key, request[0][number], top)
        return
    wish = request[1][number]
    unit = wish.unit
    if kind == "size":
        whole = wish.size or unit
        if whole > unit:
            yield Way(key, "smaller", whole // unit - 1, unit, whole, top)
    elif limit is not None:
        upper = kind == "upper"
        base = limit.address // unit * unit if upper else -(-limit.address // unit) * unit
        most = (top - base) // unit if upper else base // unit
        if most > 0:
            yield Way(key, "limit", most, unit, base, top)


def _of_block(key: Key, block: Block, top: int) -> Iterator[Way]:
    most = (block.size - max(block.least, block.unit)) // block.unit
    if not block.shrinks and most > 0:
        yield Way(key, "cut", most, block.unit, block.end, top)
    if not block.moves and block.size:
        yield Way(key, "moved", 1, _alignment(block), block.size, top)


def _alignment(block: Block) -> int:
    """What both start and size are multiples of."""
    both = block.start | block.size | _SUPERPAGE
    return both & -both


def _swapped(items: Sequence[_Item], number: int, item: _Item) -> list[_Item]:
    changed = list(items)
    changed[number] = item
    return changed
