"""Requests to place regions in an address space, and answers: plain numbers, whole units."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from verifier.layout import units
from verifier.layout.origin import Origin
from verifier.layout.region import TOP, When

Kind = Literal["block", "upper", "lower", "unit", "size"]
"""Of a reason."""
Relaxed = Literal["smaller", "limit", "cut", "moved"]
"""How it is made weaker."""


@dataclass(frozen=True, slots=True)
class Limit:
    """An address that a region must not pass, and what says so."""

    address: int
    """Bytes. A region ends at or below an upper limit, and starts at or above a lower one."""
    reason: str


@dataclass(frozen=True, slots=True)
class Block:
    """A stretch `[start, end)` that is taken, in bytes."""

    name: str
    start: int
    end: int
    when: When | None = None
    least: int = 0
    """Bytes from `start` on that stay its own however much it is cut; only where it `shrinks`."""
    unit: int = 1
    """What it is cut and moved by."""
    shrinks: bool = False
    """Whether it may give up bytes at its end."""
    moves: bool = False
    high: int = TOP
    """The highest end, exclusive, to which it may move."""
    is_ram: bool = False
    origin: Origin | None = None
    """Where its start is defined."""

    @property
    def size(self) -> int:
        """In bytes."""
        return self.end - self.start

    def __str__(self) -> str:
        return f"{self.name} {units.span(self.start, self.end)}"


@dataclass(frozen=True, slots=True)
class Wish:
    """A region that is to be placed."""

    name: str
    size: int | None
    """Bytes, a multiple of `unit`; None is as many as there is room for."""
    unit: int
    """What start and size are multiples of."""
    upper: tuple[Limit, ...]
    """At least one."""
    lower: tuple[Limit, ...] = ()
    when: When | None = None

    @property
    def low(self) -> int:
        """The lowest start, a multiple of the unit. Address 0 stays free, as no guest has anything there."""
        lowest = max((each.address for each in self.lower), default=0)
        return max(self.unit, -(-lowest // self.unit) * self.unit)

    @property
    def high(self) -> int:
        """The highest end, exclusive."""
        return min(each.address for each in self.upper)


@dataclass(frozen=True, slots=True)
class Placed:
    """A region where it was put, or an existing one that was changed."""

    name: str
    start: int
    end: int

    @property
    def size(self) -> int:
        """In bytes."""
        return self.end - self.start

    def __str__(self) -> str:
        return f"{self.name} {units.span(self.start, self.end)}"


@dataclass(frozen=True, slots=True)
class Places:
    """Where all wishes fit: the best by the order that is told."""

    regions: tuple[Placed, ...]
    """In the order of the wishes."""
    changed: tuple[Placed, ...] = ()
    """Existing blocks that had to give way."""
    lost: Mapping[str, int] | None = None
    """Bytes that each of them lost."""

    def without_last(self, count: int) -> Places:
        """The last regions told as blocks that gave way."""
        kept = len(self.regions) - count
        return Places(self.regions[:kept], (*self.changed, *self.regions[kept:]), self.lost)


@dataclass(frozen=True, slots=True)
class Reason:
    """One constraint that has to do with it that wishes have no place: of a wish, or a block."""

    kind: Kind
    name: str
    """Of the block or of the wish."""
    value: int
    """Bytes: the limit's address, the unit, the size of the wish or of the block."""
    text: str
    """As it is told."""
    limit: Limit | None = None
    block: Block | None = None

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True, slots=True)
class Change:
    """A reason made weaker."""

    reason: Reason
    kind: Relaxed
    value: int
    """Bytes: the new size of the wish, the new address of the limit, the new end or start of the block."""
    price: int
    """Bytes that the wish or the block loses, that the limit moves by, or that a moved block has."""
    text: str


@dataclass(frozen=True, slots=True)
class Relaxation:
    """Changes after which all wishes have a place: that was tried."""

    changes: tuple[Change, ...]
    """One, or more of different reasons, none of which is enough without the others."""
    places: Places
    """Where everything is then."""

    @property
    def price(self) -> int:
        """Bytes, of all changes together."""
        return sum(each.price for each in self.changes)

    @property
    def costs_ram(self) -> bool:
        """Whether a RAM window gives way."""
        blocks = (each.reason.block for each in self.changes)
        return any(block is not None and block.is_ram for block in blocks)

    def __str__(self) -> str:
        return "; and ".join(each.text for each in self.changes)


@dataclass(frozen=True, slots=True)
class Impossible:
    """Why wishes have no place."""

    reasons: tuple[Reason, ...]
    """They cannot hold together, whatever else does; without any one of them the others can."""
    relaxations: tuple[Relaxation, ...]
    """What costs RAM last, then by price. All have as many changes, the fewest that help; none where not even a few do."""
    others: tuple[tuple[Reason, ...], ...] = ()
    """More such sets, each of wishes that are in none before it."""
    all_tried: bool = True
    """Whether each change was tried that could help."""


def exclusive(one: When | None, other: When | None) -> bool:
    """Whether no configuration has both: the same dimension with two different values."""
    if one is None or other is None or one.dimension != other.dimension:
        return False
    if one.at_least or other.at_least:
        low, value = (one, other) if one.at_least else (other, one)
        return not (one.at_least and other.at_least) and value.value < low.value
    return one.value != other.value
