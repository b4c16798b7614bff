"""A guest with the guest layout, whoever builds it, in the terms of the specification: its whole map.

What is the same for guests of xl and of the device tree: RAM windows, grant region, what each region must hold, the
interrupts of the layout. `verifier.xen.xl_offer` and `verifier.xen.dom0less_offer` have what is not.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from verifier.layout.domain_map import DomainMap, Extent, NamedRegion
from verifier.layout.guest_facts import GuestFacts, Interrupt, Need
from verifier.layout.obstacle import BoardMap, Obstacle
from verifier.layout.offer import DevicePages, Offer, Operation, Window
from verifier.layout.units import hexa, size
from verifier.logic.word import Word
from verifier.reading import models
from verifier.xen.bank_fill import filled
from verifier.xen.outcome import Outcome, Span
from verifier.xen.p2m_root import ROOTS, takes
from verifier.xen.release import Xen
from verifier.xen.subjects import numbers_of, windows

CELLS = (2, 2)
"""Of a guest's tree, always (GUEST_ROOT_ADDRESS_CELLS, GUEST_ROOT_SIZE_CELLS)."""
GRANT = "GUEST_GNTTAB"
OFFERS_NONE = "this release offers it none"
_PPIS = {
    "GUEST_TIMER_PHYS_S_PPI": "secure timer",
    "GUEST_TIMER_PHYS_NS_PPI": "physical timer",
    "GUEST_TIMER_VIRT_PPI": "virtual timer",
    "GUEST_EVTCHN_PPI": "event channel",
}
_PASSED = ("iomem", "xen,reg")
"""How the names begin of what is passed through."""


@dataclass(frozen=True, slots=True)
class Passed:
    """Pages of the host at guest addresses: an entry of `iomem` or of `xen,reg`; all in bytes."""

    name: str
    host: Extent
    mapped: Extent
    """Of the host."""
    permitted: Extent
    """Of the host."""
    guest: Extent
    origin: str


@dataclass(frozen=True, slots=True)
class Built:
    """What a builder makes of one guest under one width."""

    name: str
    gic: int
    memory: int
    """Bytes asked for."""
    memory_unit: int
    memory_origin: str
    vcpus: int
    producer: str | None
    outcome: Outcome
    stops: tuple[str, ...]
    """Why it is not built."""
    doubts: tuple[str, ...]
    """Why it may not be."""
    regions: tuple[NamedRegion, ...]
    passed: tuple[Passed, ...]
    interrupts: tuple[Interrupt, ...]
    spis: int | None
    grant_frames: int
    operations: tuple[Operation, ...]
    iommu: bool
    has_node: bool = True
    """Whether its tree has a hypervisor node: without it has no grant region."""
    none_because: str = OFFERS_NONE
    """Why it has no producer, if it has none."""


def offer(xen: Xen, bits: int, built: Built) -> Offer:
    """The guest with what it is judged by; `bits` is the width of its address space."""
    ram = banks(xen.tag, built.memory)
    domain = _domain(xen, bits, built, ram)
    return Offer(
        domain,
        tuple(each.extent for each in built.outcome.regions),
        "predicted",
        hardware=False,
        host_layout=False,
        cells=CELLS,
        board=BoardMap(()),
        ram=(),
        ram_origin="",
        windows=tuple(ram_windows(xen.tag)),
        given=tuple(_given(domain, ram)),
        operations=built.operations,
        devices=tuple(DevicePages(each.name, each.host, each.mapped, each.permitted) for each in built.passed),
        grant_frames=built.grant_frames,
        guest=GuestFacts(
            built.memory,
            built.memory_unit,
            built.memory_origin,
            built.vcpus,
            built.gic,
            (*ppis(xen.tag), *built.interrupts),
            built.spis,
            tuple(needs(xen.tag, built.gic, built.vcpus)),
            hosts_of(built.passed),
        ),
    )  # fmt: skip


def filling(tag: str, memory: Word) -> tuple[Span, ...]:
    """The used part of each RAM window for so many bytes, empty ones included."""
    return filled([Span(each.start, each.size) for each in windows(tag)], memory)


def banks(tag: str, memory: int) -> tuple[Extent, ...]:
    """The RAM banks for so many bytes, empty ones left out; what no window has room for is in none."""
    return tuple(each.extent for each in filling(tag, memory) if each.size)


def grant_region(tag: str) -> Extent:
    """reg[0] of every guest with the guest layout."""
    numbers = numbers_of(tag)
    start = numbers[f"{GRANT}_BASE"]
    return Extent(start, start + numbers[f"{GRANT}_SIZE"])


def ppis(tag: str) -> Iterator[Interrupt]:
    """Timers and event channel."""
    numbers = numbers_of(tag)
    for macro, name in _PPIS.items():
        yield Interrupt(name, numbers[macro], "ppi", macro)


def needs(tag: str, gic: int, vcpus: int) -> Iterator[Need]:
    """What the registers of the vGIC have to hold."""
    facts = models.numbers(tag, "arm64")
    if gic == 2:
        fact = facts["gicc-bytes"]
        yield Need(
            "GICC",
            fact.value,
            f"the {size(fact.value)} of a CPU interface that Xen maps",
            fact.source,
            exact=True,
        )
    else:
        fact = facts["rdist-bytes"]
        reason = f"{vcpus} {'redistributor' if vcpus == 1 else 'redistributors'} of {size(fact.value)}"
        yield Need("GICR", vcpus * fact.value, reason, fact.source)


def hosts_of(passed: Iterable[Passed]) -> Mapping[str, int]:
    """By the names that obstacles have."""
    return {f"{each.name} ({each.origin})": each.host.start - each.guest.start for each in passed}


def unmapped(xen: Xen, bits: int, banks: tuple[Extent, ...], passed: tuple[Passed, ...]) -> Iterator[str]:
    """What the P2M has no root table for, so that the call that maps it fails, and with it the guest."""
    named = [(f"RAM bank {index}", bank, "GUEST_RAM") for index, bank in enumerate(banks)]
    named += [(each.name, each.guest, str(each.origin)) for each in passed]
    root = ROOTS[bits]
    reach = root.tables << root.shift
    for name, extent, origin in named:
        if extent.end > extent.start and not (extent.end <= 1 << 64 and takes(xen, root, extent.end - 1)):
            yield (
                f"at {bits} ipa bits p2m_set_entry takes no address from {hexa(reach)} on: {name} {extent} ({origin}) is "
                "not mapped"
            )


def _domain(xen: Xen, bits: int, built: Built, ram: tuple[Extent, ...]) -> DomainMap:
    regions = tuple(each.extent for each in built.outcome.regions)
    grant = grant_region(xen.tag) if built.has_node else None
    ends = built.stops
    return DomainMap(
        built.name,
        None,
        bits,
        built.iommu,
        built.producer,
        ram,
        grant,
        None if ends else regions,
        None if ends else () if grant is None else (grant, *regions),
        False if ends else None if built.doubts else True,
        ends or (*built.doubts, *_reasons(built)),
        regions=tuple(sorted(_all(built), key=_by_address)),
        dropped=tuple(each.extent for each in built.outcome.dropped),
    )


def _all(built: Built) -> Iterator[NamedRegion]:
    yield from built.regions
    yield from (NamedRegion(each.name, each.guest, each.origin) for each in built.passed)


def _by_address(region: NamedRegion) -> Extent:
    """What has no address comes first."""
    return Extent(0, 0) if region.extent is None else region.extent


def ram_windows(tag: str) -> Iterator[Window]:
    """The RAM windows of a release, by their macros' stems."""
    found = windows(tag)
    for bank, extent in enumerate(found):
        yield Window(f"GUEST_RAM{bank}" if len(found) > 1 else "GUEST_RAM", extent)


def _reasons(built: Built) -> Iterator[str]:
    if built.producer is None:
        yield built.none_because
    elif not built.outcome.regions:
        yield f"{built.producer} finds no stretch of 64 MiB or more"
    if built.outcome.dropped:
        yield f"{len(built.outcome.dropped)} more beyond the most regions that it takes"


def _given(domain: DomainMap, ram: tuple[Extent, ...]) -> Iterator[Obstacle]:
    """Everything that the guest has."""
    for index, bank in enumerate(ram):
        yield Obstacle(bank, "domain-ram", f"RAM bank {index}", f"of {domain.name}")
    if domain.grant_region is not None:
        yield Obstacle(domain.grant_region, "grant-region", "grant region", f"of {domain.name}")
    for each in domain.regions:
        if each.extent is not None:
            kind = "passthrough" if each.name.startswith(_PASSED) else "layout"
            yield Obstacle(each.extent, kind, each.name, f"({each.origin})")
