"""Values of a macro at which the arithmetic of a layout may change an answer: edges, widths, quantities.

Every property of a layout compares sums of its numbers with each other, with powers of two, or with what Xen needs; so the
answer changes where a number, alone, makes such a sum equal to another. These values are named here. They are no proof:
`verifier.search.headroom` tries each and its neighbours, and looks itself where none explains what it finds.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from verifier.layout.configuration import partner
from verifier.layout.define import Define
from verifier.layout.region import TOP, Region
from verifier.logic.case import Case
from verifier.logic.reach import limits
from verifier.rules.aligned import edges
from verifier.rules.banks import LOW
from verifier.rules.interrupts import KINDS
from verifier.rules.minimum_size import needs

IN_BYTES = ("ram-maximum", "ram-base", "rdist-stride")
"""Meanings of numbers that are no part of a region and are shown as addresses or sizes are."""


@dataclass(frozen=True, slots=True)
class Part:
    """What a macro is in its layout."""

    define: Define
    value: int
    what: str
    """`base`, `size`, or the meaning of a number that is no part of a region."""
    region: Region | None
    unit: int
    """What its values are multiples of: what `aligned` asks of it, a bus of the ECAM, 1 for what is no part of a region."""

    @property
    def in_bytes(self) -> bool:
        """Whether it is an address or a size."""
        return self.what in ("base", "size", *IN_BYTES)

    @property
    def subjects(self) -> tuple[str, ...]:
        """The names under which properties speak of it."""
        return (self.define.name,) if self.region is None else (self.define.name, self.region.name)

    @property
    def highest(self) -> int:
        """The highest value that is a multiple of the unit and a number of 64 bits."""
        return (TOP - 1) // self.unit * self.unit


def part_of(case: Case, define: Define) -> Part | str:
    """What a macro is; the reason where it is nothing that can be changed alone."""
    layout, value = case.layout, case.layout.number(define.name)
    if value is None:
        return "it is a list of numbers"
    if value < 0:
        return "it is negative"
    if any(name == define.name for name, _, _ in layout.differing):
        return "toolstack and hypervisor do not see the same number"
    if define.name in layout.scalars:
        return Part(define, value, layout.scalars[define.name], None, 1)
    for region in layout.parts:
        if define.name == region.base_macro:
            return Part(define, value, "base", region, _unit(case, region, "size"))
        if define.name == region.size_macro:
            return Part(define, value, "size", region, _unit(case, region, "start"))
    if any(define == each for each in layout.unclassified):
        return "nobody knows what it is: it matches no pattern of the vocabulary"
    return "it is part of no region that is on the map"


def _unit(case: Case, region: Region, other: str) -> int:
    """What `aligned` asks of all edges but those that the macro does not touch."""
    units = [edge.unit for edge in edges(case, region) if edge.what != other]
    if region.name == "GUEST_VPCI_ECAM" and other == "start":
        units.append(case.facts["ecam-bus-bytes"])
    return max(units)  # all are powers of two


def marks(case: Case, part: Part) -> frozenset[int]:
    """Values, multiples of the unit or not, at which an answer may change; some are below 0 or above 64 bits."""
    match part.what, part.region:
        case "base", Region() as region:
            return frozenset(_bases(case, region))
        case "size", Region() as region:
            return frozenset(_sizes(case, region))
    return frozenset(_numbers(case, part))


def addresses(case: Case, but: str) -> Iterator[int]:
    """Edges of everything but one region, ends of address spaces and of what page tables reach."""
    for other in case.layout.parts:
        if other.name != but:
            yield other.start
            yield other.end
    yield from (bank.start for bank in case.layout.banks if bank.size is None)
    for width in case.facts.widths:
        yield 1 << width.bits
        yield width.reach
    yield from limits(case.facts).values()
    yield LOW
    yield TOP


def _least_extended(case: Case) -> int:
    """Bytes of the least extended region; 0 where Xen offers none."""
    return case.facts["extended-region-minimum"] if "extended-region-minimum" in case.facts.numbers else 0


def _bases(case: Case, region: Region) -> Iterator[int]:
    least = _least_extended(case)
    for address in addresses(case, region.name):
        yield address
        yield address - region.size
        yield address - least
    yield 0


def _sizes(case: Case, region: Region) -> Iterator[int]:
    for address in addresses(case, region.name):
        yield address - region.start
    group = [each for each in case.layout.regions if each.name.startswith("GUEST_GICV3_GICR")]
    for need in needs(case):
        if need.region is region or (region in group and need.region in group):
            most = need.amount
            if need.per is not None:
                name, each = need.per
                most = each * case.space.dimensions[name].high
            others = sum(each.size for each in group if each is not region) if region in group else 0
            yield from (most - others,) if isinstance(most, int) else ()
    yield 0
    if (
        region.kind == "ram"
    ):  # behind the superpage of the first page that is used there is room for an extended region
        yield case.facts["superpage-bytes"] + _least_extended(case)
    if region.name == "GUEST_VPCI_ECAM":  # its start is a multiple of the next power of two
        yield from (1 << bits for bits in range(64))
        yield case.facts["ecam-buses"] * case.facts["ecam-bus-bytes"]


def _numbers(case: Case, part: Part) -> Iterator[int]:
    layout, facts = case.layout, case.facts
    yield from (number for name in layout.scalars if (number := layout.number(name)) is not None)
    for _, low, high in KINDS.values():
        yield from (low, high)
    yield from (facts["gicv2-vcpus"], facts["max-vcpus"])
    rooms = [each.size for each in layout.regions if each.name.startswith("GUEST_GICV3_GICR")]
    yield sum(rooms) // facts["rdist-bytes"]
    for region in layout.regions:
        if region.name == "GUEST_VIRTIO_MMIO":
            yield from _devices(case, part, region.size // facts["virtio-device-bytes"])


def _devices(case: Case, part: Part, devices: int) -> Iterator[int]:
    """Where a range of interrupts has one for each device that the window has room for."""
    name = part.define.name
    if part.what == "spi-first" and (last := case.layout.number(partner(name))) is not None:
        yield last - devices + 1
    first = case.layout.number(f"{name.removesuffix('_LAST')}_FIRST")
    if part.what == "spi-last" and first is not None:
        yield first + devices - 1
