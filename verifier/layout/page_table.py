"""Page tables of guests, bit by bit: which addresses a descriptor can output, in plain integers.

A leaf descriptor names a unit of address space by the fields that hold its base; what no field holds
is zero. So whether a format reaches an address is a question about bits, answered here by writing the
descriptor and reading it back.
"""

from __future__ import annotations

from dataclasses import dataclass

ADDRESS_BITS = 64
"""Addresses are below `2**ADDRESS_BITS`."""


@dataclass(frozen=True, slots=True)
class Field:
    """Descriptor bits `low` to `high`, inclusive, that become address bits from `address` up."""

    low: int
    high: int
    address: int

    @property
    def mask(self) -> int:
        """As many ones as the field has bits."""
        return (1 << (self.high - self.low + 1)) - 1

    def __str__(self) -> str:
        top = self.address + self.high - self.low
        return f"bits {self.high}:{self.low} give address bits {top}:{self.address}"


@dataclass(frozen=True, slots=True)
class Leaf:
    """A kind of descriptor that maps `unit` bytes, a power of two, from an aligned base."""

    name: str
    unit: int
    fields: tuple[Field, ...]
    """Where the base of the unit stands; no two share a descriptor bit or an address bit."""
    ones: tuple[int, ...]
    """Descriptor bits that are set in this kind of leaf."""
    zeros: tuple[int, ...]
    """Descriptor bits that are clear in this kind of leaf."""
    counts: bool
    """Whether what it alone reaches counts as reached."""
    source: str
    """The clause of the Arm ARM (DDI 0406C for Armv7-A, DDI 0487 for later ones)."""


@dataclass(frozen=True, slots=True)
class PageTable:
    """A format of guest page tables."""

    name: str
    """That of the guest kind that uses it, `aarch32-short`."""
    title: str
    leaves_title: str
    """What the leaves that count are called together: `pages and sections`."""
    width: int
    """Bits of a descriptor."""
    leaves: tuple[Leaf, ...]
    linux: str
    """Which leaves Linux uses for what, and where that stands."""
    extends: str = ""
    """The format that this one is a wider form of."""
    spares: str = ""
    """How guests live without regions that they cannot reach, and where that stands."""

    @property
    def counted(self) -> tuple[Leaf, ...]:
        """The leaves that count."""
        return tuple(leaf for leaf in self.leaves if leaf.counts)


def encode(leaf: Leaf, address: int) -> int:
    """A descriptor of this kind with the address in its fields; other bits are zero.

    The fields keep of the address what they have room for.
    """
    descriptor = sum(1 << bit for bit in leaf.ones)
    for field in leaf.fields:
        descriptor |= (address >> field.address & field.mask) << field.low
    return descriptor


def decode(leaf: Leaf, descriptor: int) -> int:
    """The first address of the unit that a descriptor of this kind outputs."""
    return sum((descriptor >> field.low & field.mask) << field.address for field in leaf.fields)


def outputs(leaf: Leaf, address: int) -> bool:
    """Whether some descriptor of this kind maps the unit that holds the address.

    If any does, the one with the address in its fields does: a field bit holds one address bit.
    """
    return decode(leaf, encode(leaf, address)) == address - address % leaf.unit


def reaches(table: PageTable, address: int) -> bool:
    """Whether a leaf that counts can map the byte at this address."""
    return any(outputs(leaf, address) for leaf in table.counted)
