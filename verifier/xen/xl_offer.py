"""A guest of xl in the terms of the specification.

Model of libxl__domain_make and libxl__build_dom with what they call, as far as the guest's address map goes: what refuses a
guest that can be read is a stop. `verifier.xen.xl_guest` has RAM, virtio and SPIs, `xl_map` the regions,
`libxl_regions` what it is offered.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TypeVar

from verifier.layout.domain_map import Extent, NamedRegion
from verifier.layout.errors import InputError
from verifier.layout.guest_config import GuestConfig
from verifier.layout.guest_facts import Interrupt
from verifier.layout.offer import Offer, Operation
from verifier.layout.origin import Origin
from verifier.layout.units import hexa, plural
from verifier.reading import models
from verifier.reading.models import PAGE
from verifier.xen import domu_stops, guest_offer, libxl_regions, p2m_pool, xl_guest, xl_map
from verifier.xen.guest_offer import Built, Passed
from verifier.xen.outcome import Outcome, Span
from verifier.xen.release import Variants, Xen
from verifier.xen.subjects import numbers_of, windows

T = TypeVar("T")
UNIT = 1 << 20
"""Bytes in which memory is counted."""
_FIRST_SPI = 32
_PADDR_BITS = 48
"""Of arm64 (PADDR_BITS)."""
_PRODUCES = Variants("xl-regions", {"none": False, "per-bank": True, "around-iomem": True})
_AROUND = Variants("xl-regions", {"none": False, "per-bank": False, "around-iomem": True})


def offer(config: GuestConfig, xen: Xen, bits: int, gic: int, name: str) -> Offer:
    """The guest under one width with a vGIC of one version; `name` is what reports call it."""
    stops: list[str] = []
    memory = _or_stop(lambda: xl_guest.ram(config, xen), stops, max(0, config.maxmem - config.videoram))
    regions = _or_stop(lambda: tuple(xl_map.regions(config, xen, gic)), stops, tuple[NamedRegion, ...]())
    spis = _or_stop(lambda: xl_guest.spis(config, xen), stops, None)
    stops += _refused(config, xen, gic)
    passed = tuple(_passed(config))
    used = guest_offer.banks(xen.tag, memory)
    stops += [*_unknown_hosts(passed), *guest_offer.unmapped(xen, bits, used, passed)]
    produces = _PRODUCES.of(xen)
    built = Built(
        name=name,
        gic=gic,
        memory=memory,
        memory_unit=UNIT,
        memory_origin=_origin(config),
        vcpus=config.maxvcpus,
        producer="finalize_hypervisor_node" if produces else None,
        outcome=outcome(config, xen, bits, guest_offer.filling(xen.tag, memory)),
        stops=tuple(dict.fromkeys(stops)),
        doubts=tuple(_doubts(config, xen, used, passed, spis)),
        regions=regions,
        passed=passed,
        interrupts=tuple(_interrupts(config, xen)),
        spis=spis,
        grant_frames=_frames(config, xen),
        operations=tuple(_operations(xen, used, passed)),
        iommu=bool(config.pci or config.dtdev or config.passthrough in ("enabled", "share_pt")),
    )
    return guest_offer.offer(xen, bits, built)


def _or_stop(run: Callable[[], T], stops: list[str], otherwise: T) -> T:
    """What libxl makes, or why it makes no guest."""
    try:
        return run()
    except InputError as fault:
        place = "" if fault.file is None else f" ({Origin(fault.file, fault.line or 0)})"
        stops.append(f"libxl refuses the guest: {fault.message}{place}")
        return otherwise


def _unknown_hosts(passed: Iterable[Passed]) -> Iterator[str]:
    """Frames that no machine has (XEN_DOMCTL_memory_mapping)."""
    for each in passed:
        if each.host.end > 1 << _PADDR_BITS:
            yield (
                f"XEN_DOMCTL_memory_mapping refuses {each.name} ({each.origin}): {each.host} of the host does not end at "
                f"{hexa(1 << _PADDR_BITS)} or below"
            )


def _refused(config: GuestConfig, xen: Xen, gic: int) -> Iterator[str]:
    """What keeps xl, libxl or Xen from building the guest."""
    yield from (f"xl stops: {each.text} ({each.origin})" for each in config.remarks if each.refused)
    try:
        yield from (
            f"libxl refuses the guest: {each.text} ({each.origin})" for each in xl_guest.remarks(config, xen)
        )
    except InputError:
        return  # said already
    yield from _unbound(config)
    facts = models.facts(xen.tag, "arm64")
    most = min(facts["max-vcpus"], facts["gicv2-vcpus"]) if gic == 2 else facts["max-vcpus"]
    if config.maxvcpus > most:
        yield f"domain_create fails: {config.maxvcpus} vCPUs, and with a vGICv{gic} a domain has {most} at most"


def _unbound(config: GuestConfig) -> Iterator[str]:
    """Interrupts of the host that Xen does not give the guest (vgic_reserve_virq, route_irq_to_guest)."""
    seen: set[int] = set()
    for irq in config.irqs:
        if irq.number < _FIRST_SPI:
            yield f"XEN_DOMCTL_bind_pt_irq fails: irq {irq.number} ({irq.origin}) is no SPI, and no other is routed"
        elif irq.number in seen:
            yield f"XEN_DOMCTL_bind_pt_irq fails: irq {irq.number} ({irq.origin}) is the guest's already"
        seen.add(irq.number)


def _doubts(
    config: GuestConfig, xen: Xen, banks: tuple[Extent, ...], passed: tuple[Passed, ...], spis: int | None
) -> Iterator[str]:
    """Page tables for which the pool may be too small, and more SPIs or a grant table than Xen surely gives."""
    yield from domu_stops.too_many_spis(spis or 0)
    yield from xl_guest.grant_table(config, xen)
    pool = xl_guest.pool_pages(config, xen)
    needed = p2m_pool.tables_at_most([each.size for each in (*banks, *(one.guest for one in passed))])
    if pool is not None and pool < needed:
        yield (
            f"whether {pool} {plural(pool, 'page')} for page tables suffice is not decided: p2m_alloc_page can take "
            f"{needed}; shadow_memory = {p2m_pool.mib(needed)} is enough"
        )


def pool(config: GuestConfig, xen: Xen) -> tuple[int, int] | None:
    """VCPUs and pages for page tables; None where a release has no limit."""
    pages = xl_guest.pool_pages(config, xen)
    return None if pages is None else (config.maxvcpus, pages)


def doubts_of_any_memory(config: GuestConfig, xen: Xen) -> Iterator[str]:
    """What may keep the guest from being built at some size of memory, and is not told by its map."""
    yield from domu_stops.too_many_spis(_or_stop(lambda: xl_guest.spis(config, xen), [], 0))
    yield from xl_guest.grant_table(config, xen)
    sizes = [each.guest.size for each in _passed(config)]
    if xl_guest.pool_pages(config, xen) is None:
        return
    if config.shadow_memory is not None or not p2m_pool.is_enough_for_any(config.maxvcpus, sizes):
        yield "whether the pages for page tables suffice depends on the memory: --memory tells it"


def outcome(config: GuestConfig, xen: Xen, bits: int, banks: Sequence[Span]) -> Outcome:
    """What it is offered; `banks` are the used parts of the RAM windows, empty ones included, of any words."""
    entries = [libxl_regions.Iomem(each.gfn, each.count) for each in config.iomem]
    spaces = [Span(each.start, each.size) for each in windows(xen.tag)]
    guest = libxl_regions.Guest(bits, spaces, [each.size for each in banks], entries)
    return libxl_regions.find(xen, guest)


def _operations(xen: Xen, banks: tuple[Extent, ...], passed: tuple[Passed, ...]) -> Iterator[Operation]:
    """The ranges that finalize_hypervisor_node leaves out."""
    if _PRODUCES.of(xen):
        yield from (Operation(f"RAM bank {index}", bank.start, bank.size) for index, bank in enumerate(banks))
    if _AROUND.of(xen):
        yield from (
            Operation(f"{each.name} ({each.origin})", each.guest.start, each.guest.size) for each in passed
        )


def _passed(config: GuestConfig) -> Iterator[Passed]:
    """Libxl permits and maps the same frames (xc_domain_iomem_permission, xc_domain_memory_mapping)."""
    for index, each in enumerate(config.iomem):
        host = Extent(each.start * PAGE, (each.start + each.count) * PAGE)
        guest = Extent(each.gfn * PAGE, (each.gfn + each.count) * PAGE)
        yield Passed(f"iomem[{index}]", host, host, host, guest, str(each.origin))


def _interrupts(config: GuestConfig, xen: Xen) -> Iterator[Interrupt]:
    """Of emulated devices, and those of the host, which the guest gets by the same number; one asked for twice is one."""
    if config.vuart:
        yield Interrupt("vPL011", numbers_of(xen.tag)["GUEST_VPL011_SPI"], "spi", "GUEST_VPL011_SPI")
    try:
        devices = xl_guest.virtio(config, xen)
    except InputError:
        devices = ()  # said already
    for device in devices:
        yield Interrupt(f"virtio {device.device.what}", device.irq, "spi", "GUEST_VIRTIO_MMIO_SPI_FIRST")
    numbers_seen: set[int] = set()
    for index, irq in enumerate(config.irqs):
        if irq.number not in numbers_seen:
            numbers_seen.add(irq.number)
            yield Interrupt(f"irqs[{index}]", irq.number, "spi", str(irq.origin))


def _frames(config: GuestConfig, xen: Xen) -> int:
    frames = config.max_grant_frames
    return models.facts(xen.tag, "arm64")["grant-frames"] if frames is None else frames


def _origin(config: GuestConfig) -> str:
    key = "maxmem" if "maxmem" in config.origins else "memory"
    where = config.origins.get(key)
    return "the default of xl" if where is None else str(where)
