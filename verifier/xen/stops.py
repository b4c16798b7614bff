"""What keeps Xen from building a domain, and what may.

Every stop is a sentence with the function of Xen that ends the boot.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from verifier.layout.domain_map import Extent, TreeSize
from verifier.layout.host import Domain, Host
from verifier.layout.units import hexa, plural
from verifier.reading import models
from verifier.reading.behaviours import behaviours
from verifier.xen.outcome import Outcome
from verifier.xen.release import Variants, Xen
from verifier.xen.subjects import Given, Subject, numbers_of

_DEMANDS_IOMMU = Variants("partial-tree-iommu", {"demanded": True, "if-enabled": False})


def of(host: Host, xen: Xen, given: Given, subject: Subject, outcome: Outcome) -> Iterable[str]:
    """What keeps Xen from building the domain."""
    yield from _of_host(host)
    for fault in given.partial_faults.get(subject.path or "", ()):
        if fault.effect == "panics":
            yield f"handle_passthrough_prop fails at {fault.path} of its partial device tree: {fault.message}"
    if outcome.fault is not None:
        yield f"Xen stops in {outcome.fault.function} ({outcome.fault.kind}): {outcome.fault.reason}"
    if subject.path is None:
        yield from _unmapped(host, given)
    domain = next((each for each in host.domains if each.path == subject.path), None)
    if domain is not None:
        yield from _refused(host, xen, given, subject, domain)
        yield from _without_console(host, subject, domain)


def _refused(host: Host, xen: Xen, given: Given, subject: Subject, domain: Domain) -> Iterable[str]:
    """What a domain of the device tree asks for and cannot have."""
    if domain.device_tree and _DEMANDS_IOMMU.of(xen) and not given.iommu:
        yield "domain_create fails: a domain with a partial device tree needs the IOMMU"
    if subject.hardware and not subject.direct_mapped and not given.iommu:
        yield "arch_parse_dom0less_node refuses a hardware domain that is not direct-mapped without IOMMU"
    asks = host.dom0less and domain.enhanced in ("enabled", "legacy")
    if asks and not any(each.xenstore for each in host.domains):
        yield f'create_domUs panics: xen,enhanced is "{domain.enhanced}", and there is no domain for xenstore'
    if not domain.static_memory and (domain.memory or 0) % models.PAGE:
        yield f"allocate_bank_memory does not end: {domain.memory} bytes are no whole pages"


def _without_console(host: Host, subject: Subject, domain: Domain) -> Iterable[str]:
    """A direct-mapped guest has its console where the host's is, which needs a page."""
    if host.uart is None or not domain.vpl011 or subject.hardware or not subject.direct_mapped:
        return
    least = numbers_of(host.tag)["GUEST_PL011_SIZE"]
    if host.uart.size < least:
        yield f"domain_vpl011_init refuses {host.uart}: fewer bytes than {hexa(least)}"


def _of_host(host: Host) -> Iterable[str]:
    """What stops Xen whatever the domain."""
    for fault in host.faults:
        if fault.effect in ("panics", "hangs"):
            yield f"Xen {fault.effect}: {fault.path}: {fault.message}"
    if host.dom0.gic is None:
        yield "gic_dt_preinit finds no interrupt controller that Xen has a driver for"
    if host.options.gnttab_max_frames == 0:
        yield "grant_table_init refuses gnttab_max_frames=0"


def _unmapped(host: Host, given: Given) -> Iterable[str]:
    """What handle_device cannot map to dom0, and what make_cpus_node misses."""
    if host.dom0.processors is None:
        yield "make_cpus_node finds no processor below /cpus, or the first one has no compatible"
    if host.mapped.failure is not None:
        yield f"handle_device gives up at {host.mapped.failure}"
    reach = next(width.reach for width in models.widths(host.tag, "arm64") if width.bits == given.ipa_bits)
    beyond = next((each for each in host.mapped.entries if each.address + each.size > reach), None)
    if beyond is not None:
        yield f"map_range_to_domain cannot map {beyond}: the page tables reach up to {hexa(reach)}"


def too_large(xen: Xen, subject: Subject, regions: Sequence[Extent], tree: TreeSize) -> str:
    """That a device tree does not fit, or may not, with what would help."""
    needs = f"{tree.least}" if tree.least == tree.most else f"{tree.least} to {tree.most}"
    there = f"{tree.room}" if tree.room == tree.most_room else f"{tree.room} to {tree.most_room}"
    opens = f" ({', '.join(tree.open)})" if tree.open else ""
    one = 4 * sum(subject.cells)
    fewer = -(-(tree.most - tree.room) // one)
    helps = []
    if fewer <= len(regions):
        helps.append(
            f"{fewer} fewer of its {len(regions)} extended {plural(len(regions), 'region')} would fit"
        )
        helps.append("ext_regions=off does")
    later = _later_room(xen)
    if later:
        helps.append(later)
    verb = "does not fit" if tree.fits is False else "may not fit"
    text = f"prepare_dtb_hwdom: the device tree {verb}: it needs {needs} bytes{opens}, the buffer has {there}"
    return "; ".join((text, *helps))


def _later_room(xen: Xen) -> str:
    """The first release with a larger buffer, if this one is older."""
    ours = xen.value("dom0-tree-room")
    larger = [each for each in behaviours()["dom0-tree-room"].variants if (each.value or 0) > ours]
    return f"from {larger[0].since} on there are {(larger[0].value or 0) - ours} more" if larger else ""
