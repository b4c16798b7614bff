"""Places that are a function of the configuration, in plain integers.

A template gives an anchor in each configuration; a region of so many bytes lies above it, or below it, at a
distance that is the same in all. The twin for the solver is `verifier.search.placement_terms`; it shares nothing with
this module but the template.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from verifier.layout.configuration import Configuration, Space
from verifier.layout.memory_map import memory_map
from verifier.layout.region import Region, When

KINDS = ("fixed", "top", "after-ram", "tail")
BEYOND, BELOW, UNREACHED = "end of the address space", "address 0", "page tables of"
"""What a region can meet that is no region; the last with the kind of guest behind it."""
TOO_HIGH, TOO_LOW = "--below", "--above"
"""The limits that it was asked to keep to, called as a user does."""


@dataclass(frozen=True, slots=True)
class Template:
    """How the place of a region follows from the configuration."""

    kind: str
    """One of `KINDS`.

    `fixed`: upwards from address 0. `top`: downwards from 2^b. `after-ram`: upwards from the end of RAM, that is of the
    last bank used or, where windows count whole, of the last window that begins below 2^b. `tail`: downwards from the
    end of the window `bank`.
    """
    unit: int
    """Bytes, a power of two: offset and size are multiples of it, and so is the anchor, rounded away from what is
    before it."""
    bank: str = ""

    @property
    def is_upward(self) -> bool:
        """Whether the region starts at the anchor or above; else it ends there or below."""
        return self.kind in ("fixed", "after-ram")

    def anchor(self, space: Space, configuration: Configuration, *, windows: bool) -> int:
        """In bytes."""
        limit = 1 << configuration["ipa_bits"]
        match self.kind:
            case "top":
                return limit // self.unit * self.unit
            case "tail":
                return self.end_of_bank(space) // self.unit * self.unit
            case "after-ram":
                ram = (
                    part for part in memory_map(space, configuration, windows=windows) if part.kind == "ram"
                )
                end = max((part.end for part in ram if not windows or part.start < limit), default=0)
                return -(-end // self.unit) * self.unit
        return 0

    def end_of_bank(self, space: Space) -> int:
        """Where the window ends, of whose tail it is; StopIteration if there is none."""
        return next(each.window().end for each in space.layout.banks if each.name == self.bank)


@dataclass(frozen=True, slots=True)
class Reading:
    """What of a guest's address space is taken, or is not to be used; and which guests are meant."""

    windows: bool
    """RAM windows whole; else the part that the memory size uses."""
    reaches: Mapping[str, int] = field(default_factory=dict)
    """The address, exclusive, up to which a kind of guest reaches; of those that have to reach the region."""
    below: int | None = None
    """It ends there or below in every configuration, in bytes; None is no such limit."""
    above: int | None = None
    """It starts there or above in every configuration, in bytes; None is no such limit."""
    when: When | None = None
    """Only such guests have the region; with a dimension that the space does not have, all may."""


@dataclass(frozen=True, slots=True)
class Clash:
    """What a placed region shares bytes with: a region, or addresses that are none of the guest's."""

    name: str
    start: int
    end: int
    """The bytes that are shared, `[start, end)`; none, at the address, where the region has no place at all."""
    region: Region | None = None


@dataclass(frozen=True, slots=True)
class Placement:
    """A template under one reading of what is taken, in one space."""

    space: Space
    template: Template
    reading: Reading

    def place(self, configuration: Configuration, offset: int, size: int) -> tuple[int, int]:
        """`[start, end)` of the region, in bytes; it may lie where no guest has an address."""
        anchor = self.template.anchor(self.space, configuration, windows=self.reading.windows)
        if self.template.is_upward:
            return anchor + offset, anchor + offset + size
        return anchor - offset - size, anchor - offset

    def is_there(self, configuration: Configuration) -> bool:
        """Whether the guest has the region."""
        when = self.reading.when
        return (
            when is None or when.dimension not in configuration or when.holds(configuration[when.dimension])
        )

    def clashes(self, configuration: Configuration, offset: int, size: int) -> tuple[Clash, ...]:
        """Everything that it meets, what lies lowest first; nothing in a guest that does not have it."""
        if not self.is_there(configuration):
            return ()
        start, end = self.place(configuration, offset, size)
        found = [
            Clash(name, max(start, low), min(end, high), region)
            for name, low, high, region in self._taken(configuration)
            if start < high and low < end
        ]
        return tuple(sorted(found, key=lambda each: (each.start, each.name)))

    def room(self, configuration: Configuration, offset: int) -> int:
        """The most bytes, a multiple of the unit, that can be had at this offset in this configuration."""
        edge, _ = self.place(configuration, offset, 0)
        taken = [(low, high) for _, low, high, _ in self._taken(configuration)]
        if self.template.is_upward:
            most = min(low for low, high in taken if high > edge) - edge
        else:
            most = edge - max(high for low, high in taken if low < edge)
        return max(0, most) // self.template.unit * self.template.unit

    def next_offset(self, configuration: Configuration, offset: int, size: int) -> int | None:
        """The next offset at which it may be free in this configuration: at all between, it meets what it meets here.

        None if it is free at no larger offset. The region must meet something here.
        """
        start, end = self.place(configuration, offset, size)
        hit = [(low, high) for _, low, high, _ in self._taken(configuration) if start < high and low < end]
        if self.template.is_upward:
            steps = [None if high == ENDLESS else high - start for _, high in hit]
        else:
            steps = [None if low == -ENDLESS else end - low for low, _ in hit]
        if None in steps:
            return None
        unit = self.template.unit
        return offset + max(-(-step // unit) * unit for step in steps if step is not None)

    def _taken(self, configuration: Configuration) -> Iterator[tuple[str, int, int, Region | None]]:
        """Name and `[low, high)` of all that is taken, of what is no region as well.

        Of a region what lies in the address space: beyond its end a guest has nothing that could be met.
        """
        limit = 1 << configuration["ipa_bits"]
        for part in memory_map(self.space, configuration, windows=self.reading.windows):
            if part.start < limit:
                yield part.name, part.start, min(part.end, limit), part
        yield BELOW, -ENDLESS, self.template.unit, None
        yield BEYOND, limit, ENDLESS, None
        if self.reading.below is not None:
            yield TOO_HIGH, self.reading.below, ENDLESS, None
        if self.reading.above is not None:
            yield TOO_LOW, -ENDLESS, self.reading.above, None
        guest = str(self.space.dimensions["guest"].show(configuration["guest"]))
        if guest in self.reading.reaches:
            yield f"{UNREACHED} {guest} guests", self.reading.reaches[guest], ENDLESS, None


ENDLESS = 1 << 128
"""Beyond every address and every sum of them."""
