"""Guest kernels that use what a domain is offered, and what each can make of it."""

from __future__ import annotations

from dataclasses import dataclass

from verifier.layout.domain_map import Extent
from verifier.layout.finding import Verdict

ZERO_START = "zero-start"
"""The kernel gives up for a region that begins at address 0."""
PARTS_OF_PAGES = "parts-of-pages"
"""It gives up for a region that begins or ends inside a page."""


@dataclass(frozen=True, slots=True)
class LinearMap:
    """What of the address space a kernel maps: `2**bits` bytes from its first RAM on, rounded down to `start`."""

    bits: int
    start: int
    """A power of two, in bytes."""


@dataclass(frozen=True, slots=True)
class Takes:
    """How a kernel takes extended regions."""

    unit: int
    """It takes whole multiples of so many bytes, a power of two, at multiples of it."""
    joins: bool
    """Regions that touch are one stretch."""
    ascending: bool
    """It gives up where a region begins below the end of the one before it."""
    refuses: tuple[str, ...]
    """`ZERO_START`, `PARTS_OF_PAGES`."""
    linear: LinearMap | None
    unusable: str
    """What it does where regions are on offer and it can use none; ends a sentence."""
    refused: str
    """What it does where it gives up; ends a sentence."""


@dataclass(frozen=True, slots=True)
class Consumer:
    """A guest kernel. Sentences about it are without its name in front."""

    name: str
    title: str
    bits: int
    """32 or 64."""
    grant: bool
    """Whether it uses reg[0]."""
    takes: Takes | None
    """None where it ignores reg[1..N]."""
    none: str
    """What it does without regions."""
    missing: str
    """What it does without the node, or without reg[0]."""
    limits: tuple[str, ...]
    """What the model rests on, or leaves out."""
    sources: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Fault:
    """Why a kernel gives up: regions by their place in `reg`, counting from 0 without the grant region."""

    kind: str
    """`out-of-order`, or one of `Takes.refuses`."""
    regions: tuple[int, ...]
    found: int
    """The number that is wrong: a start or a size in bytes."""
    needed: int
    """The end of the region before; 1 for `zero-start`; the size of a page."""


@dataclass(frozen=True, slots=True)
class Use:
    """What one kernel makes of the regions of one domain."""

    consumer: Consumer
    verdict: Verdict
    """Proved: it can use some; refuted: they are on offer and it can use none; not applicable: none, or it takes none."""
    reason: str
    """What the kernel does, or what is open; empty where it is proved."""
    usable: int | None
    """Bytes; None where it is open. `at_least` tells whether it may be more."""
    parts: tuple[int, ...] = ()
    """Of `usable`, what lies in each region, in the order of `reg`."""
    read: tuple[Extent, ...] = ()
    """The regions as the kernel reads them."""
    at_least: bool = False
    fault: Fault | None = None
    bound: int | None = None
    """No address from here on can be used, of regions of which nothing can."""
    named: bool = False
    """Asked for: then it counts in the verdict."""

    @property
    def lost(self) -> int:
        """Bytes on offer that are not among the usable ones."""
        return sum(each.size for each in self.read) - sum(self.parts)

    @property
    def empty(self) -> int:
        """How many regions have nothing that can be used."""
        return sum(not each for each in self.parts)
