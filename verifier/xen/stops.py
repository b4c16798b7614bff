"""What keeps Xen from building a domain, and what may.

Every stop is a sentence with the function of Xen that ends the boot.
"""

from __future__ import annotations

from collections.abc import Iterable

from verifier.layout.host import Domain, Host
from verifier.layout.units import hexa
from verifier.reading.dt_rules import rules_of
from verifier.xen import (
    assigned_devices,
    boot_ram,
    cache_colours,
    device_stops,
    dom0_banks,
    domu_stops,
    domu_tree,
    heap,
)
from verifier.xen.outcome import Outcome
from verifier.xen.release import Variants, Xen
from verifier.xen.subjects import Given, Subject, coloured, numbers_of

_DEMANDS_IOMMU = Variants("partial-tree-iommu", {"demanded": True, "if-enabled": False})


def of(host: Host, xen: Xen, given: Given, subject: Subject, outcome: Outcome) -> Iterable[str]:
    """What keeps Xen from building the domain before its regions are made."""
    yield from _of_trees(host, xen, given, subject)
    yield from boot_ram.shared_pages(host, xen, given.ram)
    yield from boot_ram.static_pages(host, xen, given.ram)
    if outcome.fault is not None:
        yield f"Xen stops in {outcome.fault.function} ({outcome.fault.kind}): {outcome.fault.reason}"
    yield from domu_stops.before(host, xen, subject)
    yield from domu_tree.stops(host, xen, given, subject)
    if host.dom0.gic is None:
        yield "gic_dt_preinit finds no interrupt controller that Xen has a driver for"
    if host.options.gnttab_max_frames == 0:
        yield "grant_table_init refuses gnttab_max_frames=0"
    yield from cache_colours.panics(host)
    if subject.path is None:
        yield from device_stops.of(host, xen, given)
    if subject.has_node and not set(subject.cells) <= {1, 2}:
        yield f"make_hypervisor_node cannot cope with {subject.cells[0]} and {subject.cells[1]} cells"
    domain = next((each for each in host.domains if each.path == subject.path), None)
    if given.dom0_banks is None or not subject.hardware:
        yield from heap.too_little(host, given.ram, given.grant_region, domain)
    if given.dom0_banks is None and subject.hardware and not subject.direct_mapped:
        yield from dom0_banks.refused(host, xen, given.ipa_bits, given.ram, given.grant_region, domain)
    yield from assigned_devices.stops(host, given, subject)
    if domain is not None:
        yield from _refused(host, xen, given, subject, domain)
        yield from _without_console(host, subject, domain)


def _of_trees(host: Host, xen: Xen, given: Given, subject: Subject) -> Iterable[str]:
    """What is wrong with the host's tree or with the domain's own."""
    fatal = ("panics", "hangs", "asserts") if xen.debug else ("panics", "hangs")
    for fault in host.faults:
        if fault.effect in fatal and fault.domain in ("", subject.path or "/chosen"):
            yield f"Xen {fault.effect}: {fault.path}: {fault.message}"
    for fault in given.partial_faults.get(subject.path or "", ()):
        if fault.effect == "panics":
            yield f"handle_passthrough_prop fails at {fault.path} of its partial device tree: {fault.message}"


def _refused(host: Host, xen: Xen, given: Given, subject: Subject, domain: Domain) -> Iterable[str]:
    """What a domain of the device tree asks for and cannot have."""
    if domain.device_tree and _DEMANDS_IOMMU.of(xen) and not given.iommu:
        yield "domain_create fails: a domain with a partial device tree needs the IOMMU"
    if subject.hardware and not subject.direct_mapped and not given.iommu:
        yield "parse_dom0less_node refuses a hardware domain that is not direct-mapped without IOMMU"
    if domain.static_memory and coloured(host):
        yield "create_domUs refuses xen,static-mem where the cache is coloured (llc-coloring)"
    if domain.llc_colors is not None and _knows_colours(host) and not coloured(host):
        yield "create_domUs refuses llc-colors where the cache is not coloured (llc-coloring)"
    yield from cache_colours.refused(host, domain)


def _knows_colours(host: Host) -> bool:
    """Whether the release has colours, and Xen's command line is known, which says whether it makes them."""
    return rules_of(host.tag).has("llc-coloring") and host.options.line is not None


def later(host: Host, xen: Xen, subject: Subject) -> Iterable[str]:
    """What ends the boot once the domain's regions are made, and in the log."""
    yield from boot_ram.too_small(host, subject)
    yield from domu_stops.after(host, xen, subject)


def _without_console(host: Host, subject: Subject, domain: Domain) -> Iterable[str]:
    """A direct-mapped guest has its console where the host's is, which needs a page."""
    if host.uart is None or not domain.vpl011 or subject.hardware or not subject.direct_mapped:
        return
    least = numbers_of(host.tag)["GUEST_PL011_SIZE"]
    if host.uart.size < least:
        yield f"domain_vpl011_init refuses {host.uart}: fewer bytes than {hexa(least)}"
