"""Requests to place regions in an address space, and answers: plain numbers, whole units."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from verifier.layout import units
from verifier.layout.region import When

TOP = 1 << 64


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


def exclusive(one: When | None, other: When | None) -> bool:
    """Whether no configuration has both: the same dimension with two different values."""
    if one is None or other is None or one.dimension != other.dimension:
        return False
    if one.at_least or other.at_least:
        low, value = (one, other) if one.at_least else (other, one)
        return not (one.at_least and other.at_least) and value.value < low.value
    return one.value != other.value
