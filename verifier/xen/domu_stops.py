"""What keeps Xen from building a domain of the device tree, beyond what is wrong with the tree itself.

Model of create_domUs and construct_domU (xen/arch/arm/domain_build.c, later dom0less-build.c, and both in
xen/common/device-tree), and of allocate_static_memory and assign_static_memory_11 (static-memory.c). Behaviours
`xenstore-without-dom0` and `static-memory-sum`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from verifier.layout.host import Domain, Host
from verifier.layout.units import hexa, plural
from verifier.reading.models import PAGE
from verifier.xen import cache_colours, p2m_pool
from verifier.xen.heap import takes_from_heap
from verifier.xen.release import Variants, Xen
from verifier.xen.subjects import Subject, windows
from verifier.xen.vcpus import MOST

_MOST_GICV2 = 8
_GRANT_VERSION = 1
_SURE_SPIS = 960
"""Of shared interrupts; from 989 on it hangs on the release and its build (domain_vgic_init)."""
_ASKS_LAST = Variants("xenstore-without-dom0", {"unknown": None, "first-asked": False, "asked-last": True})


def before(host: Host, xen: Xen, subject: Subject) -> Iterable[str]:
    """What ends the boot before the domain's regions are made."""
    domain = next((each for each in host.domains if each.path == subject.path), None)
    if domain is None:
        return
    if _ASKS_LAST.of(xen) is False and domain.enhanced == "enabled" and host.dom0less:
        yield "construct_domU: xenstore needs dom0"
    earlier = host.domains[: domain.number - 1]
    if domain.hardware and (not host.dom0less or any(each.hardware for each in earlier)):
        yield "create_domUs: there is a hardware domain already"
    yield from _vcpus(host, domain)
    if domain.vpl011 and not domain.direct_map and domain.nr_spis == 0:
        yield "domain_vpl011_init fails: nr_spis is 0, and the emulated PL011 has the first shared interrupt"
    # Of a hardware domain as well: the property is read after gnttab_dom0_frames is set.
    if domain.max_grant_frames == 0:
        yield "domain_create fails: max_grant_frames is 0, and Xen makes no grant table without a frame"
    if not takes_from_heap(domain):
        yield from _static(host, xen, domain)
    elif (domain.memory or 0) % PAGE:
        yield f"allocate_bank_memory does not end: {domain.memory} bytes are no whole pages"
    elif domain.memory == 0:
        yield "make_memory_node: a domain without memory"
    elif not domain.hardware and (domain.memory or 0) > (
        room := sum(each.size for each in windows(host.tag))
    ):
        yield f"allocate_memory panics: {hexa(domain.memory or 0)} bytes are more than GUEST_RAM_BANK_SIZES, {hexa(room)}"


def _vcpus(host: Host, domain: Domain) -> Iterable[str]:
    """A guest's interrupt controller is of the version of the host's (sanitise_domain_config, vgic_max_vcpus)."""
    gic = host.dom0.gic
    most = most_vcpus(None if gic is None else gic.version)
    if domain.cpus == 0:
        yield "domain_create fails: a domain without vCPUs"
    elif domain.cpus is not None and domain.cpus > most:
        kind = "" if gic is None else f" with a GICv{gic.version}"
        yield f"domain_create fails: {domain.cpus} vCPUs, and{kind} a domain has {most} at most"


def most_vcpus(gic: int | None) -> int:
    """Of a domain whose vGIC has this version; None where there is none."""
    return _MOST_GICV2 if gic == 2 else MOST


def doubts(host: Host, subject: Subject) -> Iterable[str]:
    """What may keep Xen from building a domain: interrupts and page tables, too many or too few, or its grant table."""
    domain = next((each for each in host.domains if each.path == subject.path), None)
    if domain is None:
        return
    if domain.max_grant_version is not None:  # of a hardware domain as well
        yield from grant_version(domain.max_grant_version, domain.path)
    yield from cache_colours.doubts(host, domain)
    if domain.hardware:
        return
    yield from _console(host, domain)
    yield from too_many_spis(domain.nr_spis or 0)
    sizes = [
        *(bank.size for bank in subject.banks or ()),
        *(each.size for each in subject.shared),
        *(each.size for each in subject.passthrough or () if isinstance(each.size, int)),
    ]
    yield from too_few_pages(p2m_pool.pages(domain), sizes)


def _console(host: Host, domain: Domain) -> Iterable[str]:
    """A direct-mapped domain has the interrupt of Xen's console for its own, and Xen asks for that even if it has none."""
    if not domain.direct_map:
        return
    if host.uart is None and (domain.vpl011 or domain.nr_spis is None):
        yield (
            "whether the device tree has Xen's console is not known: without one create_domUs panics at a direct-mapped "
            "domain (serial_irq)"
        )
    elif domain.vpl011 and domain.nr_spis is not None:
        yield (
            f"whether nr_spis of {domain.nr_spis} has the interrupt of Xen's console, which the emulated PL011 of a "
            "direct-mapped domain takes, is not decided"
        )


def grant_version(version: int, origin: str) -> Iterable[str]:
    """Another than the one that Xen for Arm surely has, GNTTAB_MAX_VERSION; grant_table_init refuses what it has not."""
    if version != _GRANT_VERSION:
        yield (
            f"whether domain_create takes max_grant_version of {version} ({origin}) is not decided: grant tables of Arm "
            f"have version {_GRANT_VERSION} unless gnttab=max-ver:2 is on Xen's command line"
        )


def too_many_spis(count: int) -> Iterable[str]:
    """More shared interrupts than a vGIC surely has."""
    if count > _SURE_SPIS:
        yield f"whether domain_vgic_init takes nr_spis of {count} is not decided; {_SURE_SPIS} are no question"


def too_few_pages(pages: int, sizes: Sequence[int]) -> Iterable[str]:
    """A pool of so many pages for page tables, which may not suffice to map stretches of so many bytes."""
    needed = p2m_pool.tables_at_most(sizes)
    if pages < needed:
        yield (
            f"whether {pages} {plural(pages, 'page')} for page tables suffice is not decided: p2m_alloc_page can take "
            f"{needed}; xen,domain-p2m-mem-mb of {p2m_pool.mib(needed)} is enough"
        )


def _whole(_host: Host, domain: Domain) -> int:
    return sum(bank.size for bank in domain.static_memory)


def _last_parts(host: Host, domain: Domain) -> int:
    """Bytes that are counted where a bank that goes on in the guest's second bank counts with that part alone."""
    first, placed, counted = windows(host.tag)[0].size, 0, 0
    for bank in domain.static_memory:
        end = placed + bank.size
        counted += end - first if placed < first < end else bank.size
        placed = end
    return counted


_COUNTED = Variants("static-memory-sum", {"last-part": _last_parts, "whole": _whole})


def _static(host: Host, xen: Xen, domain: Domain) -> Iterable[str]:
    total = _whole(host, domain)
    counted = total if domain.direct_map else _COUNTED.of(xen)(host, domain)
    unaligned = next((bank for bank in domain.static_memory if bank.start % PAGE or bank.size % PAGE), None)
    if unaligned is not None:
        yield f"acquire_static_memory_bank: {unaligned} is not page aligned"
    elif counted != domain.memory:
        only = "" if counted == total else f", of which allocate_static_memory counts {hexa(counted)}"
        yield f"xen,static-mem has {hexa(total)} bytes{only}, memory {hexa(domain.memory or 0)}"


def after(host: Host, xen: Xen, subject: Subject) -> Iterable[str]:
    """What ends the boot once the domain's regions are made."""
    if not _ASKS_LAST.of(xen) or not host.domains or subject.path != host.domains[-1].path:
        return
    asked = any(each.enhanced in ("enabled", "legacy") for each in host.domains)
    holders = [each for each in host.domains if each.xenstore]
    if asked and host.dom0less and not holders:
        yield "create_domUs: xenstore is asked for, and no domain has it"
    if len(holders) > host.dom0less:
        yield "set_xs_domain: there is more than one xenstore domain"
