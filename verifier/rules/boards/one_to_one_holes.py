"""one-to-one-holes: what dom0 and direct-mapped domains are offered is free on the host."""

from __future__ import annotations

from verifier.layout.finding import Cite
from verifier.layout.offer import Offer
from verifier.rules.boards import overlaps
from verifier.rules.boards.rule import NO_REGIONS, BoardRule, Judged


def _judge(offer: Offer) -> Judged:
    if not offer.host_layout:
        return Judged(0, silence="the domain has the guest layout: see no-overlap")
    if not offer.regions:
        return Judged(0, silence=NO_REGIONS)
    return overlaps.judged(offer)


RULE = BoardRule(
    id="one-to-one-holes",
    position=1,
    title="host addresses that are offered are free",
    statement=(
        "No extended region of dom0, or of a direct-mapped domain, has an address of its RAM, its grant region, a "
        "device, a PCI "
        "window, reserved or shared memory, or of what else the domain is given. With IOMMU none has an address of "
        "the host's RAM; "
        "without, all of it is host RAM, and may be RAM that Xen or other domains use."
    ),
    why=(
        "A grant or foreign page that the guest maps there replaces what it has: a driver writes into another "
        "domain's memory "
        "instead of its registers, or the mapping fails at run time."
    ),
    effect="unsound",
    cites=(
        Cite("docs/misc/arm/device-tree/guest.txt", "regions 1..N of reg: unused address space"),
        Cite("xen/arch/arm/domain_build.c", "find_memory_holes, find_unallocated_memory (b6fe410936)"),
        Cite("Devicetree Specification 0.4", "2.3.6 reg, 2.3.8 ranges, 3.5 reserved-memory"),
    ),
    judge=_judge,
    example=(
        "The map of a Kontron SL28 (LS1028A) with Debian's Xen 4.17: [0x700200000, 0x8800000000) is offered, and "
        "0x8000000000 is in a PCI window. Xen before 4.19.3 makes a free range longer where it takes away what "
        "overlaps a hole (booted)."
    ),
)
