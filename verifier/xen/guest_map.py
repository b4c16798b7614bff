"""What else Xen puts into the address space of a domain that it builds: GIC, console, xenstore page, what it shares.

Model of vgic_v2_domain_init and vgic_v3_domain_init with the nodes that tell of them (make_gicv2_domU_node,
make_gicv3_domU_node, gicv2_make_hwdom_dt_node, gicv3_make_hwdom_dt_node), of domain_vpl011_init and of
alloc_xenstore_params. Behaviour `xenstore-page`. Sizes are those that the domain reads in its device tree. A hardware
domain has the host's devices besides, which `Host.mapped` holds, and what a build may add to its GIC (ITS, GICv2m) there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from verifier.layout.domain_map import Extent, NamedRegion
from verifier.layout.host import Domain, Entry, Gic, Host
from verifier.xen import layout_regions
from verifier.xen.layout_regions import XENSTORE_PAGE, magic_page
from verifier.xen.release import Variants, Xen
from verifier.xen.subjects import Given, Subject, numbers_of
from verifier.xen.vcpus import vcpus

_REDISTRIBUTOR = 0x20000
"""Bytes of one vCPU's (GICV3_GICR_SIZE)."""


def regions(host: Host, xen: Xen, given: Given, subject: Subject) -> tuple[NamedRegion, ...]:
    """The regions of one domain beside RAM, grant region and extended regions, in no order that Xen has."""
    domain = next((each for each in host.domains if each.path == subject.path), None)
    return (
        *_gic(host, given, subject),
        *(() if domain is None or subject.hardware else _own(host, xen, subject, domain)),
        *(
            NamedRegion(f"shared memory {each.id}", Extent(each.guest, each.guest + each.size), each.path)
            for each in subject.shared
        ),
        *(() if domain is None else _passthrough(given, domain)),
    )


def _own(host: Host, xen: Xen, subject: Subject, domain: Domain) -> Iterator[NamedRegion]:
    if domain.vpl011:
        yield _vpl011(host, subject)
    yield from _XENSTORE.of(xen)(host, domain)


def _gic(host: Host, given: Given, subject: Subject) -> Iterator[NamedRegion]:
    gic = host.gic
    if gic is None:
        yield NamedRegion("GIC", None, "the host's tree has no interrupt controller that Xen's drivers take")
    elif subject.hardware:
        yield _native("GICD", gic.distributor)
        yield from _host_interfaces(gic, vcpus(host, given, subject))
    elif subject.direct_mapped:
        yield from _direct(host, given, subject, gic)
    else:
        yield from layout_regions.gic(host.tag, gic.version)


def _direct(host: Host, given: Given, subject: Subject, gic: Gic) -> Iterator[NamedRegion]:
    """The host's addresses; of what is no redistributor region, the sizes of the guest layout."""
    numbers = numbers_of(host.tag)
    prefix = "GUEST_" if gic.version == 2 else "GUEST_GICV3_"
    yield _native("GICD", gic.distributor, numbers[f"{prefix}GICD_SIZE"])
    if gic.version == 2:
        yield _native("GICC", gic.interfaces[0], numbers["GUEST_GICC_SIZE"])
    else:
        yield from _host_interfaces(gic, vcpus(host, given, subject))


def _host_interfaces(gic: Gic, needed: tuple[int, int] | None) -> Iterator[NamedRegion]:
    """GICC, or as many redistributor regions as the vCPUs need; `needed` are the least and the most there can be."""
    if gic.version == 2:
        yield _native("GICC", gic.interfaces[0])
        return
    counts = {_regions_for(gic, each) for each in needed or ()}
    if len(counts) != 1 or None in counts:
        yield NamedRegion(
            "GICR", None, f"how many redistributor regions of {gic.path} the vCPUs need is not known"
        )
        return
    (count,) = counts
    yield from (_native(f"GICR{index}", each) for index, each in enumerate(gic.interfaces[:count]))


def _regions_for(gic: Gic, vcpus: int) -> int | None:
    """None: more vCPUs than redistributors. Until 3322c7355b Xen then counts one region too many."""
    reached = 0
    for count, each in enumerate(gic.interfaces, 1):
        reached += each.size // _REDISTRIBUTOR
        if reached >= vcpus:
            return count
    return None


def _vpl011(host: Host, subject: Subject) -> NamedRegion:
    if not subject.direct_mapped:
        return layout_regions.vpl011(host.tag)
    if host.uart is None:
        return NamedRegion("vPL011", None, "the host's tree does not say where Xen's console is")
    return _native("vPL011", host.uart, numbers_of(host.tag)["GUEST_PL011_SIZE"])


def _no_xenstore(_host: Host, _domain: Domain) -> Iterator[NamedRegion]:
    yield from ()


def _late_xenstore(host: Host, domain: Domain) -> Iterator[NamedRegion]:
    """Xen sets HVM_PARAM_STORE_PFN to all ones, and init-dom0less in dom0 populates a page."""
    if domain.enhanced != "enabled":
        return
    if domain.direct_map:
        yield NamedRegion(
            "xenstore page", None, "init-dom0less populates one page, in a direct-mapped domain its own"
        )
        return
    yield NamedRegion(
        "xenstore page", magic_page(host.tag, XENSTORE_PAGE), "GUEST_MAGIC, by init-dom0less in dom0"
    )


def _early_xenstore(host: Host, domain: Domain) -> Iterator[NamedRegion]:
    """With `legacy` there is none: its flags lack DOM0LESS_XENSTORE, so alloc_xenstore_params passes it over."""
    if domain.enhanced != "enabled":
        return
    if domain.direct_map:
        yield NamedRegion(
            "xenstore page", None, "a page of Xen's heap, at its host address (alloc_xenstore_page)"
        )
        return
    yield NamedRegion(
        "xenstore page", magic_page(host.tag, XENSTORE_PAGE), "GUEST_MAGIC, by alloc_xenstore_page"
    )


_XENSTORE: Variants[Callable[[Host, Domain], Iterator[NamedRegion]]] = Variants(
    "xenstore-page", {"none": _no_xenstore, "late": _late_xenstore, "early": _early_xenstore}
)


def _passthrough(given: Given, domain: Domain) -> Iterator[NamedRegion]:
    entries = given.passthrough.get(domain.path)
    if entries is None and domain.device_tree is not None:
        yield NamedRegion("xen,reg", None, "the guest addresses in its partial device tree are not known")
    for each in entries or ():
        yield NamedRegion(
            "xen,reg", Extent(each.guest, each.guest + each.size), f"{each.path} xen,reg[{each.index}]"
        )


def _native(name: str, entry: Entry, size: int | None = None) -> NamedRegion:
    """The host's; `size` where it is not the host's."""
    end = entry.address + (entry.size if size is None else size)
    return NamedRegion(name, Extent(entry.address, end), f"host {entry.path} {entry.kind}[{entry.index}]")
