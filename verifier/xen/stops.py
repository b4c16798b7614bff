"""What keeps Xen from building a domain, and what may.

Every stop is a sentence with the function of Xen that ends the boot.
"""

from __future__ import annotations

from collections.abc import Iterable

from verifier.layout.domain_map import Extent
from verifier.layout.host import Domain, Entry, Host
from verifier.layout.units import hexa
from verifier.reading import models
from verifier.reading.dt_addresses import WORD
from verifier.xen import boot_ram, domu_stops, rangeset
from verifier.xen.outcome import FaultError, Outcome
from verifier.xen.rangeset import Rangeset
from verifier.xen.release import Variants, Xen
from verifier.xen.subjects import Given, Subject, numbers_of

_PERMITS_EXACTLY = Variants("device-permission", {"one-page-more": False, "exact": True})
_HAS_ROOM = Variants("dom0-tree-room", {"fixed": False, "for-all-regions": True})
_DEMANDS_IOMMU = Variants("partial-tree-iommu", {"demanded": True, "if-enabled": False})


def of(host: Host, xen: Xen, given: Given, subject: Subject, outcome: Outcome) -> Iterable[str]:
    """What keeps Xen from building the domain before its regions are made."""
    fatal = ("panics", "hangs", "asserts") if xen.debug else ("panics", "hangs")
    for fault in host.faults:
        if fault.effect in fatal and fault.domain in ("", subject.path or "/chosen"):
            yield f"Xen {fault.effect}: {fault.path}: {fault.message}"
    for fault in given.partial_faults.get(subject.path or "", ()):
        if fault.effect == "panics":
            yield f"handle_passthrough_prop fails at {fault.path} of its partial device tree: {fault.message}"
    yield from boot_ram.shared_pages(host, xen, given.ram)
    yield from boot_ram.static_pages(host, given.ram)
    if outcome.fault is not None:
        yield f"Xen stops in {outcome.fault.function} ({outcome.fault.kind}): {outcome.fault.reason}"
    yield from domu_stops.before(host, xen, subject)
    if host.options.gnttab_max_frames == 0:
        yield "grant_table_init refuses gnttab_max_frames=0"
    if subject.path is None:
        yield from _unmapped(host, given)
        yield from _permitted(host, xen)
    if subject.has_node and not set(subject.cells) <= {1, 2}:
        yield f"make_hypervisor_node cannot cope with {subject.cells[0]} and {subject.cells[1]} cells"
    domain = next((each for each in host.domains if each.path == subject.path), None)
    if domain is not None:
        yield from _refused(xen, given, subject, domain)
        yield from _without_console(host, subject, domain)


def _refused(xen: Xen, given: Given, subject: Subject, domain: Domain) -> Iterable[str]:
    """What a domain of the device tree asks for and cannot have."""
    if domain.device_tree and _DEMANDS_IOMMU.of(xen) and not given.iommu:
        yield "domain_create fails: a domain with a partial device tree needs the IOMMU"
    if subject.hardware and not subject.direct_mapped and not given.iommu:
        yield "arch_parse_dom0less_node refuses a hardware domain that is not direct-mapped without IOMMU"


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


def _unmapped(host: Host, given: Given) -> Iterable[str]:
    """What handle_device cannot map to dom0."""
    if host.mapped.failure is not None:
        yield f"handle_device gives up at {host.mapped.failure}"
    reach = next(width.reach for width in models.widths(host.tag, "arm64") if width.bits == given.ipa_bits)
    beyond = next((each for each in host.mapped.entries if _mapped_end(each) > reach), None)
    if beyond is not None:
        yield f"map_range_to_domain cannot map {beyond}: the page tables reach up to {hexa(reach)}"


def _mapped_end(entry: Entry) -> int:
    """`PFN_UP(len)` pages from the one that the address lies in."""
    return (entry.address & -models.PAGE) + ((entry.size + models.PAGE - 1) & -models.PAGE)


def _permitted(host: Host, xen: Xen) -> Iterable[str]:
    """What dom0's permissions stumble over: a device of size 0 at the start of a page (iomem_permit_access)."""
    if not _empty_devices(host, xen):
        return
    held = Rangeset()
    for each in _devices(host):
        last = ((each.address + each.size - 1) & WORD) // models.PAGE
        try:
            held = rangeset.add(xen, held, each.address // models.PAGE, last)
        except FaultError as stop:
            yield f"map_range_to_domain: {each}: {stop.fault.function} ({stop.fault.kind})"
            return


def _devices(host: Host) -> list[Entry]:
    return [each for each in host.mapped.entries if not each.path.lower().startswith("/reserved-memory/")]


def _empty_devices(host: Host, xen: Xen) -> list[Entry]:
    """Those whose range has its start above its end."""
    if not _PERMITS_EXACTLY.of(xen):
        return []
    return [
        each for each in _devices(host) if not each.size and each.address and not each.address % models.PAGE
    ]


def doubts(host: Host, xen: Xen, subject: Subject, regions: tuple[Extent, ...]) -> Iterable[str]:
    """What may keep Xen from building dom0: a device over its RAM, too little room for its tree (prepare_dtb_hwdom).

    What Xen leaves out of the host's tree makes room too, and is not modelled: 45 regions were seen to fit, 6 not to.
    """
    yield from _over_ram(host, subject)
    if subject.path is None:
        yield from _twice_at(host, xen)
    if subject.path is None and regions and not _HAS_ROOM.of(xen):
        yield (
            f"whether dom0's device tree has room for {4 * sum(subject.cells) * (1 + len(regions))} bytes of reg is "
            "not decided: prepare_dtb_hwdom sets aside 128 bytes beyond the host's tree"
        )


def _over_ram(host: Host, subject: Subject) -> Iterable[str]:
    """A device mapped over RAM of dom0 where Xen may copy kernel or modules to: the image tells, not the tree."""
    if subject.path is not None:
        return
    for place in boot_ram.copied_to(host, subject):
        for each in host.mapped.entries:
            if each.size and each.address < place.end and place.start < each.address + each.size:
                yield f"whether copy_to_guest_phys_flush_dcache meets {each}, over RAM of dom0, is not decided"
                return


def _twice_at(host: Host, xen: Xen) -> Iterable[str]:
    """A device of size 0 where another starts: NULL is dereferenced unless there are permissions below it.

    Whether there are depends on which UART Xen keeps for itself.
    """
    for empty in _empty_devices(host, xen):
        if any(
            each.size and each.address // models.PAGE == empty.address // models.PAGE
            for each in _devices(host)
        ):
            yield f"whether rangeset_add_range survives {empty}, where another device starts, is not decided"
            return
