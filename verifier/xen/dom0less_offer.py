"""A dom0less guest of which no device tree tells, only options: in the terms of the specification.

Model of construct_domU and allocate_memory (xen/arch/arm/domain_build.c, later dom0less-build.c), for a guest with
`xen,enhanced`, without static memory, whose devices are passed through by `xen,reg`. A guest of a device tree is read
from that (`verifier.xen.host_regions`).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from verifier.layout.domain_map import Extent, NamedRegion
from verifier.layout.guest_config import GuestConfig
from verifier.layout.guest_facts import Interrupt
from verifier.layout.offer import Offer, Operation
from verifier.layout.units import hexa
from verifier.reading import models
from verifier.reading.models import PAGE
from verifier.xen import domu_holes, guest_offer, layout_regions, p2m_pool
from verifier.xen.dom0less_facts import permitted
from verifier.xen.domu_stops import most_vcpus, too_few_pages
from verifier.xen.ext_regions import REMOVES_XEN_REG
from verifier.xen.guest_offer import OFFERS_NONE, Built, Passed
from verifier.xen.layout_regions import XENSTORE_PAGE, magic_page
from verifier.xen.outcome import Outcome, Span
from verifier.xen.release import Variants, Xen
from verifier.xen.subjects import numbers_of, windows
from verifier.xen.xl_guest import HAS_POOL

UNIT = PAGE
"""Bytes in which memory is counted."""
_PRODUCES = Variants(
    "domu-regions", {"none": False, "per-bank": True, "per-bank-less-shared": True, "ranges": True}
)


def offer(config: GuestConfig, xen: Xen, bits: int, gic: int, name: str) -> Offer:
    """The guest under one width with a vGIC of one version; `iomem` stands for `xen,reg`."""
    passed = tuple(_passed(config))
    used = guest_offer.banks(xen.tag, config.memory)
    built = Built(
        name=name,
        gic=gic,
        memory=config.memory,
        memory_unit=UNIT,
        memory_origin=str(config.origins.get("memory", "the default")),
        vcpus=config.vcpus,
        producer="find_domU_holes" if _is_offered(config, xen) else None,
        outcome=outcome(config, xen, bits, guest_offer.filling(xen.tag, config.memory)),
        stops=(*_stops(config, xen, gic), *guest_offer.unmapped(xen, bits, used, passed)),
        doubts=tuple(_doubts(config, xen, used, passed)),
        regions=tuple(_regions(config, xen, gic)),
        passed=passed,
        interrupts=tuple(_interrupts(config, xen)),
        spis=None,
        grant_frames=_frames(config, xen),
        operations=tuple(_operations(used, passed, xen)) if _is_offered(config, xen) else (),
        iommu=bool(passed),
        has_node=_PRODUCES.of(xen),
        none_because="its kernel has 32 bits" if _PRODUCES.of(xen) else OFFERS_NONE,
    )
    return guest_offer.offer(xen, bits, built)


def pool(config: GuestConfig, xen: Xen) -> tuple[int, int] | None:
    """VCPUs and pages for page tables; None where a release has no limit."""
    if not HAS_POOL.of(xen):
        return None
    return config.vcpus, p2m_pool.pool_pages(config.memory, config.vcpus)


def doubts_of_any_memory(config: GuestConfig, xen: Xen) -> Iterator[str]:
    """What may keep the guest from being built at some size of memory, and is not told by its map."""
    if not HAS_POOL.of(xen):
        return
    sizes = [each.guest.size for each in _passed(config)]
    if not p2m_pool.is_enough_for_any(config.vcpus, sizes):
        yield "whether the pages for page tables suffice depends on the memory: --memory tells it"


def outcome(config: GuestConfig, xen: Xen, bits: int, banks: Sequence[Span]) -> Outcome:
    """What it is offered; `banks` are the used parts of the RAM windows, empty ones included, of any words."""
    if not _is_offered(config, xen):
        return Outcome()
    assigned = [Span(each.guest.start, each.guest.size) for each in _passed(config)]
    spaces = [Span(each.start, each.size) for each in windows(xen.tag)]
    guest = domu_holes.Guest(bits, spaces, [each.size for each in banks], (), assigned)
    return domu_holes.find(xen, guest)


def _is_offered(config: GuestConfig, xen: Xen) -> bool:
    """Whether find_domU_holes is asked: make_hypervisor_node does not for a kernel of 32 bits (is_32bit_domain)."""
    return _PRODUCES.of(xen) and config.kernel_bits != 32


def _stops(config: GuestConfig, xen: Xen, gic: int) -> Iterator[str]:
    most = most_vcpus(gic)
    if config.vcpus > most:
        yield f"domain_create fails: {config.vcpus} vCPUs, and with a GICv{gic} a domain has {most} at most"
    if config.memory % PAGE:
        yield f"allocate_bank_memory does not end: {hexa(config.memory)} bytes are no whole pages"
    room = sum(each.size for each in windows(xen.tag))
    if config.memory > room:
        yield f"allocate_memory panics: {hexa(config.memory)} bytes are more than GUEST_RAM_BANK_SIZES, {hexa(room)}"


def _doubts(
    config: GuestConfig, xen: Xen, banks: tuple[Extent, ...], passed: tuple[Passed, ...]
) -> Iterator[str]:
    """Page tables for which the pool may be too small, as there is no xen,domain-p2m-mem-mb."""
    found = pool(config, xen)
    if found is None:
        return
    _, pages = found
    yield from too_few_pages(pages, [each.size for each in (*banks, *(one.guest for one in passed))])


def _regions(config: GuestConfig, xen: Xen, gic: int) -> Iterator[NamedRegion]:
    yield from layout_regions.gic(xen.tag, gic)
    if config.vuart:
        yield layout_regions.vpl011(xen.tag)
    if _PRODUCES.of(xen):
        yield NamedRegion("xenstore page", magic_page(xen.tag, XENSTORE_PAGE), "GUEST_MAGIC")


def _passed(config: GuestConfig) -> Iterator[Passed]:
    for index, each in enumerate(config.iomem):
        host = Extent(each.start * PAGE, (each.start + each.count) * PAGE)
        guest = Extent(each.gfn * PAGE, (each.gfn + each.count) * PAGE)
        yield Passed(f"xen,reg[{index}]", host, host, permitted(host), guest, str(each.origin))


def _interrupts(config: GuestConfig, xen: Xen) -> Iterator[Interrupt]:
    if config.vuart:
        yield Interrupt("vPL011", numbers_of(xen.tag)["GUEST_VPL011_SPI"], "spi", "GUEST_VPL011_SPI")
    for index, irq in enumerate(config.irqs):
        yield Interrupt(f"interrupts[{index}]", irq.number, "spi", str(irq.origin))


def _frames(config: GuestConfig, xen: Xen) -> int:
    frames = config.max_grant_frames
    return models.facts(xen.tag, "arm64")["grant-frames"] if frames is None else frames


def _operations(banks: tuple[Extent, ...], passed: tuple[Passed, ...], xen: Xen) -> Iterator[Operation]:
    """The ranges that find_domU_holes takes away."""
    for index, bank in enumerate(banks):
        yield Operation(f"RAM bank {index}", bank.start, bank.size)
    if REMOVES_XEN_REG.of(xen):
        for each in passed:
            yield Operation(f"{each.name} ({each.origin})", each.guest.start, each.guest.size)
