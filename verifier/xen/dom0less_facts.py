"""What is known of a guest of the device tree beside its regions, for its whole map to be judged.

Model of domain_vgic_init, construct_domU and handle_passthrough_prop (xen/arch/arm/domain_build.c, later dom0less-build.c
and xen/common/device-tree/dom0less-build.c).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from verifier.layout.domain_map import Extent
from verifier.layout.guest_facts import GuestFacts, Interrupt
from verifier.layout.host import Domain, Host, Passthrough
from verifier.layout.offer import DevicePages, Offer
from verifier.reading.models import PAGE
from verifier.xen.guest_offer import needs, ppis
from verifier.xen.release import Xen
from verifier.xen.subjects import Given, numbers_of


def with_facts(offer: Offer, host: Host, xen: Xen, given: Given) -> Offer:
    """The offer of a guest with its facts and the devices it is given; that of a hardware domain as it is.

    Where Xen stops before it makes regions, none are meant: none is missed.
    """
    domain = next((each for each in host.domains if each.path == offer.domain.path), None)
    if domain is None or offer.hardware:
        return offer
    entries = given.passthrough.get(domain.path, ())
    gic = 3 if host.gic is None else host.gic.version
    vcpus = domain.cpus or 0
    static = sum(bank.size for bank in domain.static_memory)
    facts = GuestFacts(
        memory=static or domain.memory or 0,
        memory_unit=PAGE,
        memory_origin=f"{domain.path} {'xen,static-mem' if static else 'memory'}",
        vcpus=vcpus,
        gic=gic,
        interrupts=(*ppis(xen.tag), *_interrupts(offer, domain, xen)),
        untold=tuple(_untold(domain, given)),
        needs=() if offer.host_layout else tuple(needs(xen.tag, gic, vcpus)),
        hosts={f"xen,reg {_origin(each)}": each.host - each.guest for each in entries},
    )
    producer = None if offer.domain.extended_regions is None else offer.domain.producer
    return replace(
        offer,
        domain=replace(offer.domain, producer=producer),
        guest=facts,
        devices=tuple(_device(each) for each in entries),
    )


def _interrupts(offer: Offer, domain: Domain, xen: Xen) -> Iterator[Interrupt]:
    """A direct-mapped one's console has the interrupt of the host's, which the tree tells elsewhere."""
    if domain.vpl011 and not offer.host_layout:
        yield Interrupt("vPL011", numbers_of(xen.tag)["GUEST_VPL011_SPI"], "spi", "GUEST_VPL011_SPI")


def _untold(domain: Domain, given: Given) -> Iterator[str]:
    """What may have the number of the emulated console: interrupts of the host keep theirs (map_device_irqs_to_domain)."""
    passed = given.passthrough.get(domain.path) or domain.path not in given.passthrough
    if domain.vpl011 and domain.device_tree is not None and passed:
        yield (
            "the interrupts of the devices that its partial device tree passes through are not read: one may be that of "
            "the emulated PL011 (map_device_irqs_to_domain)"
        )


def _device(entry: Passthrough) -> DevicePages:
    """Mapped is what is asked for."""
    asked = Extent(entry.host, entry.host + entry.size)
    return DevicePages(f"xen,reg {_origin(entry)}", asked, asked, permitted(asked))


def permitted(asked: Extent) -> Extent:
    """What a guest may manage of an entry of `xen,reg`: the frames up to that of `PAGE_ALIGN(mstart + size - 1)`, inclusive.

    Which is the one behind the last, as start and size are whole pages (6b75c7a954, still so at head).
    """
    return Extent(asked.start, asked.end + PAGE)


def _origin(entry: Passthrough) -> str:
    return f"{entry.path} xen,reg[{entry.index}]"
