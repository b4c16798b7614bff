"""A dom0less guest of which no device tree tells, only options: in the terms of the specification.

Model of construct_domU and allocate_memory (xen/arch/arm/domain_build.c, later dom0less-build.c), for a guest with
`xen,enhanced`, without static memory, whose devices are passed through by `xen,reg`. A guest of a device tree is read
from that (`verifier.xen.host_regions`).
"""

from __future__ import annotations

from collections.abc import Iterator

from verifier.layout.domain_map import Extent, NamedRegion
from verifier.layout.guest_config import GuestConfig
from verifier.layout.guest_facts import Interrupt
from verifier.layout.offer import Offer, Operation
from verifier.layout.units import hexa
from verifier.reading import models
from verifier.reading.models import PAGE
from verifier.xen import domu_holes, guest_offer, layout_regions
from verifier.xen.dom0less_facts import permitted
from verifier.xen.domu_stops import most_vcpus
from verifier.xen.ext_regions import REMOVES_XEN_REG
from verifier.xen.guest_offer import Built, Passed
from verifier.xen.layout_regions import XENSTORE_PAGE, magic_page
from verifier.xen.outcome import Outcome, Span
from verifier.xen.release import Variants, Xen
from verifier.xen.subjects import numbers_of, windows

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
        memory_unit=PAGE,
        memory_origin=str(config.origins.get("memory", "the default")),
        vcpus=config.vcpus,
        producer="find_domU_holes" if _PRODUCES.of(xen) else None,
        outcome=_outcome(xen, bits, used, passed),
        stops=(*_stops(config, xen, gic), *guest_offer.unmapped(xen, bits, used, passed)),
        doubts=(),
        regions=tuple(_regions(config, xen, gic)),
        passed=passed,
        interrupts=tuple(_interrupts(config, xen)),
        spis=None,
        grant_frames=_frames(config, xen),
        operations=tuple(_operations(used, passed, xen)),
        iommu=bool(passed),
    )
    return guest_offer.offer(xen, bits, built)


def _outcome(xen: Xen, bits: int, banks: tuple[Extent, ...], passed: tuple[Passed, ...]) -> Outcome:
    spaces = windows(xen.tag)
    used = [next((bank.size for bank in banks if bank.start == window.start), 0) for window in spaces]
    assigned = [Span(each.guest.start, each.guest.size) for each in passed]
    guest = domu_holes.Guest(bits, [Span(each.start, each.size) for each in spaces], used, (), assigned)
    return domu_holes.find(xen, guest)


def _stops(config: GuestConfig, xen: Xen, gic: int) -> Iterator[str]:
    most = most_vcpus(gic)
    if config.vcpus > most:
        yield f"domain_create fails: {config.vcpus} vCPUs, and with a GICv{gic} a domain has {most} at most"
    if config.memory % PAGE:
        yield f"allocate_bank_memory does not end: {hexa(config.memory)} bytes are no whole pages"
    room = sum(each.size for each in windows(xen.tag))
    if config.memory > room:
        yield f"allocate_memory panics: {hexa(config.memory)} bytes are more than GUEST_RAM_BANK_SIZES, {hexa(room)}"


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
    if not _PRODUCES.of(xen):
        return
    for index, bank in enumerate(banks):
        yield Operation(f"RAM bank {index}", bank.start, bank.size)
    if REMOVES_XEN_REG.of(xen):
        for each in passed:
            yield Operation(f"{each.name} ({each.origin})", each.guest.start, each.guest.size)
