"""Why wishes have no place: a minimal set of reasons that cannot hold together, and what would have to change.

A reason is a block, a limit, a unit or a size. Without it the block is gone, the limit is the end of 64 bits or 0, the
unit is a byte, the size is one unit. The fewer reasons, the better all fits. So what is once found to be needed stays so
while more are dropped, and one pass over all reasons leaves a set of which each is needed.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import replace

from verifier.layout.placing import TOP, Block, Impossible, Kind, Limit, Places, Reason, Relaxation, Wish
from verifier.layout.units import hexa, size, sized
from verifier.search.place import place, possible

_SUPERPAGE = 1 << 21
"""A block that is moved keeps its alignment up to this."""

Request = tuple[Sequence[Block], Sequence[Wish]]
Key = tuple[Kind, int, Limit | None]
"""A reason: of which block or wish, by its number, and which limit."""


def why_not(
    blocks: Sequence[Block], wishes: Sequence[Wish], *, top: int = TOP, timeout: float = 30.0
) -> Impossible:
    """Why `place` finds nothing. No block is told to move, and no limit, to above `top`, in bytes.

    Raises ValueError where there are places, UndecidedError where the solver gives up.
    """
    return _Search(blocks, wishes, top, timeout).result()


class _Search:
    def __init__(self, blocks: Sequence[Block], wishes: Sequence[Wish], top: int, timeout: float) -> None:
        self._blocks, self._wishes, self._top, self._timeout = blocks, wishes, top, timeout

    def result(self) -> Impossible:
        if self._possible((self._blocks, self._wishes)):
            raise ValueError("there are places")
        needed = self._needed()
        told = (each for key in needed for each in self._relaxations(key))
        return Impossible(
            tuple(self._reason(key) for key in needed),
            tuple(sorted(told, key=lambda each: (_costs_ram(each), each.price, each.text))),
        )

    def _possible(self, request: Request) -> bool:
        return possible(*request, timeout=self._timeout)

    def _needed(self) -> list[Key]:
        """A set of reasons that cannot hold together, each needed; what is dropped first is told last."""
        groups = self._groups()
        kept = {key: None for group in groups for key in group}
        for number in reversed(range(len(self._wishes))):
            self._drop([key for key in kept if key[0] != "block" and key[1] == number], kept, parts=False)
        for group in groups:
            self._drop(group, kept)
        return [*reversed(kept)]

    def _groups(self) -> list[list[Key]]:
        """All reasons, in the order in which it is tried to do without: what explains least is first."""
        wishes, numbered = self._wishes, [*enumerate(self._wishes)]
        lower = [(each, number) for number, wish in numbered for each in wish.lower]
        upper = [(each, number) for number, wish in numbered for each in wish.upper]
        blocks = sorted(range(len(self._blocks)), key=lambda number: self._blocks[number].size)
        return [
            [("unit", number, None) for number, wish in numbered if wish.unit > 1],
            [("lower", number, each) for each, number in sorted(lower, key=lambda one: one[0].address)],
            [("block", number, None) for number in blocks],
            [("upper", number, each) for each, number in sorted(upper, key=lambda one: -one[0].address)],
            [("size", number, None) for number in range(len(wishes)) if wishes[number].size is not None],
        ]

    def _drop(self, keys: Sequence[Key], kept: dict[Key, None], *, parts: bool = True) -> None:
        """Drop those without which it is still impossible: all at once, or else each half by itself."""
        if not keys:
            return
        if not self._possible(self._held(kept.keys() - set(keys))):
            for key in keys:
                kept.pop(key, None)
        elif parts and len(keys) > 1:
            half = len(keys) // 2
            self._drop([key for key in keys[:half] if key in kept], kept)
            self._drop([key for key in keys[half:] if key in kept], kept)

    def _held(self, keys: Collection[Key]) -> Request:
        """The request with only some reasons."""
        blocks = [each for number, each in enumerate(self._blocks) if ("block", number, None) in keys]
        return blocks, [_freed(each, number, keys) for number, each in enumerate(self._wishes)]

    def _reason(self, key: Key) -> Reason:
        kind, number, limit = key
        if kind == "block":
            block = self._blocks[number]
            return Reason(kind, block.name, block.size, f"{block} is taken", block=block)
        wish = self._wishes[number]
        if limit is not None:
            side = "ends at or below" if kind == "upper" else "starts at or above"
            text = f"{wish.name} {side} {hexa(limit.address)}: {limit.reason}"
            return Reason(kind, wish.name, limit.address, text, limit)
        if kind == "unit":
            return Reason(kind, wish.name, wish.unit, f"{wish.name} is in whole units of {size(wish.unit)}")
        asked = wish.size or wish.unit
        return Reason(kind, wish.name, asked, f"{wish.name} has {sized(asked)}")

    # What would help. A change is made by steps, and the fewest that help are looked for: more of them help as well.

    def _relaxations(self, key: Key) -> Iterator[Relaxation]:
        kind, number, limit = key
        if kind == "block":
            yield from self._of_block(key, self._blocks[number])
        elif limit is not None:
            yield from self._of_limit(key, self._wishes[number], limit)
        elif kind == "size":
            yield from self._of_size(key, self._wishes[number])

    def _of_size(self, key: Key, wish: Wish) -> Iterator[Relaxation]:
        whole = wish.size or wish.unit

        def smaller(steps: int) -> Request:
            return self._blocks, self._with(key[1], replace(wish, size=whole - steps * wish.unit))

        for steps, places in self._fewest(whole // wish.unit - 1, smaller):
            left, less = whole - steps * wish.unit, steps * wish.unit
            text = f"{wish.name} with {sized(left)} fits, {size(less)} less than {size(whole)}"
            yield Relaxation(self._reason(key), "smaller", left, less, places, text)

    def _of_limit(self, key: Key, wish: Wish, limit: Limit) -> Iterator[Relaxation]:
        upper, unit = key[0] == "upper", wish.unit
        base = limit.address // unit * unit if upper else -(-limit.address // unit) * unit
        sign, most = (1, (self._top - base) // unit) if upper else (-1, base // unit)

        def moved(steps: int) -> Request:
            other = replace(limit, address=base + sign * steps * unit)

            def swapped(limits: tuple[Limit, ...]) -> tuple[Limit, ...]:
                return tuple(other if each == limit else each for each in limits)

            tried = (
                replace(wish, upper=swapped(wish.upper))
                if upper
                else replace(wish, lower=swapped(wish.lower))
            )
            return self._blocks, self._with(key[1], tried)

        for steps, places in self._fewest(most, moved):
            address = base + sign * steps * unit
            price = abs(address - limit.address)
            text = (
                f"{wish.name} fits where it may {'end' if upper else 'start'} {size(price)} "
                f"{'higher' if upper else 'lower'}, at {hexa(address)}"
            )
            yield Relaxation(self._reason(key), "limit", address, price, places, text)

    def _of_block(self, key: Key, block: Block) -> Iterator[Relaxation]:
        others = [each for number, each in enumerate(self._blocks) if number != key[1]]

        def cut(steps: int) -> Request:
            return [*others, replace(block, end=block.end - steps * block.unit)], self._wishes

        def moved(_steps: int) -> Request:
            unit = block.unit if block.unit > 1 else _alignment(block)
            wish = Wish(block.name, block.size, unit, (Limit(self._top, "the top"),), (), block.when)
            return others, [*self._wishes, wish]

        if not block.shrinks:
            most = (block.size - max(block.least, block.unit)) // block.unit
            for steps, places in self._fewest(most, cut):
                less = steps * block.unit
                text = f"{block} gives up its last {sized(less)}"
                yield Relaxation(self._reason(key), "cut", block.end - less, less, places, text)
        if not block.moves:
            for _, places in self._fewest(1, moved):
                *regions, put = places.regions
                rest = replace(places, regions=tuple(regions), changed=(*places.changed, put))
                text = f"{block} moves to {hexa(put.start)}"
                yield Relaxation(self._reason(key), "moved", put.start, block.size, rest, text)

    def _with(self, number: int, wish: Wish) -> list[Wish]:
        return [*self._wishes[:number], wish, *self._wishes[number + 1 :]]

    def _fewest(self, most: int, change: Callable[[int], Request]) -> Iterator[tuple[int, Places]]:
        """The fewest steps, from 1 to `most`, with which there are places, and these; nothing where there are none."""
        if most < 1 or not self._possible(change(most)):
            return
        low, high = 0, most
        while low + 1 < high:
            middle = (low + high) // 2
            low, high = (low, middle) if self._possible(change(middle)) else (middle, high)
        places = place(*change(high), timeout=self._timeout)
        if places is not None:
            yield high, places


def _freed(wish: Wish, number: int, keys: Collection[Key]) -> Wish:
    """A wish of which only some reasons hold."""
    unit = wish.unit if ("unit", number, None) in keys else 1
    asked = wish.size if wish.size is None or ("size", number, None) in keys else unit
    upper = tuple(each for each in wish.upper if ("upper", number, each) in keys)
    lower = tuple(each for each in wish.lower if ("lower", number, each) in keys)
    return replace(wish, size=asked, unit=unit, upper=upper or (Limit(TOP, "64 bits"),), lower=lower)


def _alignment(block: Block) -> int:
    """What both start and size are multiples of."""
    both = block.start | block.size | _SUPERPAGE
    return both & -both


def _costs_ram(relaxation: Relaxation) -> bool:
    block = relaxation.reason.block
    return block is not None and block.is_ram
