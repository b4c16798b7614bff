"""Where the free stretches of an address space lie to each other, and what regions there cost: one answer."""

from __future__ import annotations

from dataclasses import dataclass

from verifier.layout.domain_map import Extent
from verifier.layout.obstacle import Obstacle

FIXED = ("memory", "domain-ram")
"""Kinds of obstacles that stay where they are."""


@dataclass(frozen=True, slots=True)
class Neighbour:
    """What a hole ends at, on one side."""

    obstacles: tuple[Obstacle, ...]
    """Those whose last or first page is next to it; none where the space ends, or is not to be used."""
    lost: int | None
    """Bytes between it and the part of the hole that qualifies, because of alignment; 0: they touch; None: no part does."""


@dataclass(frozen=True, slots=True)
class Hole:
    """A free stretch, as long as it can be: no page of an obstacle, inside the space for regions."""

    extent: Extent
    """In whole pages."""
    qualifies: Extent | None
    """Its part between multiples of 2 MiB; None if that is below 64 MiB, and no region can lie here."""
    offered: tuple[Extent, ...]
    """What of it is offered, by address."""
    below: Neighbour
    above: Neighbour

    @property
    def rounding(self) -> int:
        """Bytes lost because a region begins and ends at multiples of 2 MiB."""
        return 0 if self.qualifies is None else self.extent.size - self.qualifies.size

    @property
    def minimum(self) -> int:
        """Bytes lost because what is left has less than a region must have."""
        return self.extent.size if self.qualifies is None else 0


@dataclass(frozen=True, slots=True)
class Edge:
    """Two things next to each other in the address space, the lower one first; holes here are those that qualify."""

    first: str
    """Path of the node of an obstacle, or the range of a hole's part that qualifies."""
    second: str
    kind: str
    """`touches` or `separated`; and `same 2 MiB entry` if pages of both share a table of level 3, else `same 1 GiB entry`
    if they share one of level 2."""
    size: int
    """Bytes between them, free or not; 0 if they touch or overlap."""


@dataclass(frozen=True, slots=True)
class Join:
    """What one node is in the way of: the space as if it were somewhere else, with all of its entries."""

    path: str
    entries: tuple[Obstacle, ...]
    """All it has in the space, by address."""
    gain: int
    """Bytes that would qualify in addition, by the rule of 2 MiB and 64 MiB."""
    largest: int
    """Bytes of the largest stretch that would qualify."""
    joined: tuple[tuple[Extent, tuple[Extent, ...]], ...]
    """Each stretch that would qualify, and grew, with the parts of holes that it is made of and that qualify already;
    two parts or more: these are joined."""

    @property
    def fixed(self) -> bool:
        """Whether RAM is among its entries, so that nobody can move it."""
        return any(each.kind in FIXED for each in self.entries)


@dataclass(frozen=True, slots=True)
class Barrier:
    """Two parts of holes that qualify, the next ones to each other, and what keeps them apart."""

    below: Extent
    above: Extent
    paths: tuple[str, ...] | None
    """Nodes that all would have to go; None where the space for regions itself has a gap between them."""

    @property
    def size(self) -> int:
        """Bytes between the two."""
        return self.above.start - self.below.end


@dataclass(frozen=True, slots=True)
class Clearing:
    """A stretch of a wanted size, rounded up to what qualifies, with the fewest nodes in the way."""

    extent: Extent
    paths: tuple[str, ...]
    """Nodes that would have to go, by address; none where it is free already. RAM stays where it is."""


@dataclass(frozen=True, slots=True)
class Need:
    """The fewest regions on offer that together have so many bytes."""

    size: int
    regions: tuple[Extent, ...]
    """By address; where all together have too little, all."""
    missing: int
    """Bytes; 0 if the regions are enough."""
    cuts: tuple[Join, ...]
    """Nodes between the lowest and the highest of these regions that alone are in the way of more, biggest gain first."""
    cleared: Clearing | None
    """What it takes to have one stretch of this size; None if no nodes that can move are all that is in the way."""

    @property
    def left(self) -> int:
        """Bytes of these regions that are not needed."""
        return max(0, sum(each.size for each in self.regions) - self.size)


@dataclass(frozen=True, slots=True)
class Consumer:
    """What a guest makes of the regions if it takes memory by sections, aligned chunks of one size."""

    name: str
    """`Linux, 4 and 16 KiB pages`."""
    section: int
    """In bytes."""
    usable: tuple[Extent | None, ...]
    """For every region on offer what of it is whole sections; None where it has none."""
    lost: int
    """Bytes on offer that are in no section."""


@dataclass(frozen=True, slots=True)
class TableLevel:
    """The stage 2 tables of one level that the regions need when every page of them is mapped by itself."""

    level: int
    """3: the entries are pages."""
    reach: int
    """Bytes that a table stands for."""
    tables: int
    shared: int
    """Of these tables, those in whose reach something described lies too: they may be there already."""


@dataclass(frozen=True, slots=True)
class Tables:
    """What it takes to map all that is offered in 4 KiB pages; the root is there from the start."""

    root_level: int
    root_tables: int
    levels: tuple[TableLevel, ...]
    """Below the root, the upper ones first."""

    @property
    def pages(self) -> int:
        """A table is a page."""
        return sum(each.tables for each in self.levels)


@dataclass(frozen=True, slots=True)
class Pool:
    """The P2M pool that Xen gives a domain by default: all of its tables but the root come out of it."""

    memory: int
    """Of the domain, in bytes."""
    vcpus: int
    pages: int
    extra: int
    """Pages of it that are meant for extended regions."""
    extra_backs: int
    """Bytes of the regions that so many tables can map, from the lowest address up, where nothing else has tables."""
    extra_most: int
    """Bytes that they can map at most: where all tables above level 3 are there."""
    ram_tables: int
    """For the RAM, if all of it is in 4 KiB pages."""
    left_backs: int
    """Bytes of the regions, from the lowest address up, that can be mapped with what the RAM leaves of the pool."""
    missing: int
    """Pages by which the pool is too small for the RAM and all of the regions in 4 KiB pages; 0 if it is enough."""


@dataclass(frozen=True, slots=True)
class Shattered:
    """Entries of RAM that are superpages before and not afterwards, and the tables that take their place."""

    large: int
    """Of 2 MiB, those inside of `huge` ones included."""
    huge: int
    """Of 1 GiB."""

    @property
    def tables(self) -> int:
        """One for each, of level 3 and of level 2."""
        return self.large + self.huge


@dataclass(frozen=True, slots=True)
class Superpages:
    """What foreign and grant pages of so many bytes cost, in regions and in RAM that the guest gave up for them."""

    size: int
    tables: int | None
    """New ones if the pages lie in the regions, from the lowest address up; None where they do not fit. No superpage of
    the RAM is touched."""
    ram: int
    """Bytes of RAM that the guest has."""
    ram_is_known: bool
    """False: they are what it can have at most."""
    large: int
    """Entries of 2 MiB that the RAM can have, those inside of `huge` ones included."""
    huge: int
    """Entries of 1 GiB that the RAM can have."""
    best: Shattered | None
    """If the pages given up lie side by side; None where the RAM has fewer."""
    worst: Shattered | None
    """If they are spread over as many entries as there are; None where the RAM has fewer."""


@dataclass(frozen=True, slots=True)
class Adjacency:
    """The whole answer for one domain under one width."""

    ipa_bits: int
    offered: tuple[Extent, ...]
    """The extended regions, by address and apart from each other; what two of them have is counted once, in the lower."""
    holes: tuple[Hole, ...]
    edges: tuple[Edge, ...]
    """Along the addresses; of things that overlap each with the one before it that reaches farthest, of equals the first."""
    largest: Extent | None
    """The longest stretch that is offered, regions next to each other taken together; None where none is offered."""
    joins: tuple[Join, ...]
    """Nodes that are in the way of something, biggest gain first."""
    barriers: tuple[Barrier, ...]
    consumers: tuple[Consumer, ...]
    tables: Tables
    superpages: Superpages
    need: Need | None = None
    """None where no size was asked for."""
    pool: Pool | None = None
    """None where the domain has none: the hardware domain's tables come out of Xen's heap."""

    @property
    def rounding(self) -> int:
        """Free bytes lost to alignment."""
        return sum(each.rounding for each in self.holes)

    @property
    def minimum(self) -> int:
        """Free bytes in holes too small for a region."""
        return sum(each.minimum for each in self.holes)
