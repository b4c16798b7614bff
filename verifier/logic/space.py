"""The configuration space and what occupies it, for the solver.

The plain-integer twin is `verifier.layout.configuration`; this module writes the same rules as
terms, so that each can be held against the other.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from verifier.layout.box import Box
from verifier.layout.configuration import Configuration, Dimension, Space
from verifier.layout.region import Bank, Region, When
from verifier.logic import term
from verifier.logic.term import Number, Truth


@dataclass(frozen=True, slots=True)
class Extent:
    """A part of the guest's map whose end, or presence, may depend on the configuration."""

    name: str
    kind: str
    start: int
    end: Number
    """Exclusive, bytes."""
    present: Truth


@dataclass(frozen=True, slots=True)
class Symbolic:
    """A space as terms: variables, assumptions, and the extents of regions and banks."""

    space: Space
    prefix: str
    """Put before every name it gives, so that two layouts can meet in one question."""
    variables: Mapping[str, Number]
    limit: Number
    """`2**ipa_bits`: the first address the guest cannot use."""
    used: tuple[Number, ...]
    """Bytes used of each bank."""
    assumptions: Truth

    def regions(self) -> tuple[Extent, ...]:
        """Everything but RAM."""
        return tuple(
            Extent(region.name, region.kind, region.start, region.end, self.presence(region))
            for region in self.space.layout.regions
        )

    def presence(self, region: Region) -> Truth:
        """When the guest has the region."""
        return self.holds(region.when)

    def holds(self, when: When | None) -> Truth:
        """When a presence condition holds: always, where no region of the layout gives its dimension."""
        if when is None or when.dimension not in self.variables:
            return True
        number = self.variables[when.dimension]
        return number >= when.value if when.at_least else term.equal(number, when.value)

    def used_banks(self) -> tuple[Extent, ...]:
        """The part of each bank that the memory size uses."""
        return tuple(
            Extent(bank.name, "ram", bank.start, bank.start + used, used > 0)
            for bank, used in zip(self.space.layout.banks, self.used, strict=True)
        )

    def occupied_banks(self) -> tuple[Extent, ...]:
        """What `no-overlap` has to keep free of everything else.

        From 4.16.0 on (b6fe410936) the unused part of a window is offered as extended region, so
        the whole window is taken; before, only the part used.
        """
        if not self.space.facts["extended-regions"]:
            return self.used_banks()
        return tuple(_window(bank) for bank in self.space.layout.banks)

    def inside(self, box: Box) -> Truth:
        """Whether the configuration lies in the box."""
        conditions: list[Truth] = []
        for name, values in box.choices.items():
            conditions.append(term.either(*(term.equal(self.variables[name], value) for value in values)))
        for name, (low, high) in box.counts.items():
            conditions += [self.variables[name] >= low, self.variables[name] <= high]
        return term.both(*conditions)


def _window(bank: Bank) -> Extent:
    region = bank.window()
    return Extent(region.name, region.kind, region.start, region.end, True)


def symbolic(space: Space, prefix: str = "", fixed: Mapping[str, Number] | None = None) -> Symbolic:
    """Write a space as terms; the variables are the dimensions' names, whatever the prefix.

    A dimension in `fixed` is no variable of its own, but has that value.
    """
    free: dict[str, Number] = {name: term.variable(name) for name in space.dimensions}
    free |= fixed or {}
    bits = free["ipa_bits"]
    widths = [space.width(value) for value in space.dimensions["ipa_bits"].choices]
    limit: Number = 1 << widths[-1].bits
    reach: Number = widths[-1].reach
    for width in reversed(widths[:-1]):
        limit = term.choose(term.equal(bits, width.bits), 1 << width.bits, limit)
        reach = term.choose(term.equal(bits, width.bits), width.reach, reach)
    limit, reach = term.named(f"{prefix}ipa_limit", limit), term.named(f"{prefix}root_reach", reach)
    used = _used(space, free, prefix) if "memory" in free else ()
    assumptions = term.both(
        *(_ranges(space.dimensions[name], free[name]) for name in free),
        *_below_reach(space, used, reach),
        *_couplings(space, free),
    )
    return Symbolic(space, prefix, free, limit, used, assumptions)


def most(space: Space, count: str) -> Number:
    """The largest value of a count, by the choices that it depends on (`Space.bounds`): 0 pages where there is no guest."""
    high = space.dimensions[count].high
    if count == "memory":
        *others, last = space.dimensions["ipa_bits"].choices
        found: Number = space.pages(last)
        for bits in others:
            found = term.choose(term.equal(term.variable("ipa_bits"), bits), space.pages(bits), found)
        return found
    if count == "vcpus":
        few = min(high, space.facts["gicv2-vcpus"])
        return term.choose(term.equal(term.variable("gic"), 2), few, high)
    return high


def _used(space: Space, free: Mapping[str, Number], prefix: str) -> tuple[Number, ...]:
    """Banks fill in order: bank k holds what memory exceeds the banks before it, and nothing behind one without a size."""
    memory = term.named(f"{prefix}memory_bytes", space.facts.page * free["memory"])
    used: list[Number] = []
    before: Number = 0
    for bank in space.layout.banks:
        rest = term.larger(0, memory - before)
        part = rest if bank.size is None else term.smaller(rest, bank.size)
        used.append(term.named(f"{prefix}used_{bank.name}", part))
        before = memory if bank.size is None else before + bank.size
    return tuple(used)


def _ranges(dimension: Dimension, value: Number) -> Truth:
    if dimension.is_count:
        return term.both(value >= dimension.low, value <= dimension.high)
    return term.either(*(term.equal(value, choice) for choice in dimension.choices))


def _below_reach(space: Space, used: tuple[Number, ...], reach: Number) -> list[Truth]:
    return [
        term.either(part <= 0, bank.start + part <= reach)
        for bank, part in zip(space.layout.banks, used, strict=True)
    ]


def _couplings(space: Space, free: Mapping[str, Number]) -> list[Truth]:
    """GICv2 serves few vCPUs; libxl makes ACPI tables for 64-bit guests only."""
    few = free["vcpus"] <= space.facts["gicv2-vcpus"]
    found = [term.either(term.negate(term.equal(free["gic"], 2)), few)]
    if "acpi" in free:
        wide = [index for index, guest in enumerate(space.facts.guests) if guest.startswith("aarch64")]
        found.append(
            term.either(term.equal(free["acpi"], 0), *(term.equal(free["guest"], index) for index in wide))
        )
    return found


def complete(space: Space, chosen: Configuration) -> dict[str, int]:
    """A whole configuration from the dimensions that matter: all others as plain as can be.

    Counts at their lowest, choices at the first value that some guest with the rest has.
    """
    values = dict(chosen)
    for name, dimension in space.dimensions.items():
        if name not in values:
            values[name] = dimension.low if dimension.is_count else dimension.choices[0]
    free = [name for name in ("ipa_bits", "gic", "guest") if name not in chosen]
    for picked in space.combinations(tuple(free)):
        if space.admits({**values, **picked}):
            return {**values, **picked}
    return values
