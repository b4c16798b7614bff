"""What devices of the host do to the building of dom0 (handle_device, map_range_to_domain, iomem_permit_access)."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from itertools import accumulate

from verifier.layout.cover import Cover
from verifier.layout.domain_map import Extent
from verifier.layout.host import Entry, Host
from verifier.layout.remembered import remembered
from verifier.layout.units import hexa
from verifier.reading import models
from verifier.xen import boot_ram, device_pages
from verifier.xen.outcome import FaultError, Span
from verifier.xen.rangeset import Rangeset
from verifier.xen.rangeset_in_place import InPlace
from verifier.xen.release import Xen
from verifier.xen.subjects import Given, Subject


def of(host: Host, xen: Xen, given: Given) -> Iterable[str]:
    """What keeps Xen from building dom0 before its regions are made."""
    yield from _unmapped(host, given)
    yield from _permitted(host, xen)


def _unmapped(host: Host, given: Given) -> Iterable[str]:
    """What handle_device cannot map to dom0, and what make_cpus_node misses."""
    if host.dom0.processors is None:
        yield "make_cpus_node finds no processor below /cpus, or the first one has no compatible"
    if host.mapped.failure is not None:
        yield f"handle_device gives up at {host.mapped.failure}"
    entry, reach = _beyond(host, given.ipa_bits)
    if entry is not None:
        yield f"map_range_to_domain cannot map {entry}: the page tables reach up to {hexa(reach)}"


def reached(host: Host, ipa_bits: int) -> bool:
    """Whether page tables of a width reach all devices of dom0."""
    return _beyond(host, ipa_bits)[0] is None


def _beyond(host: Host, ipa_bits: int) -> tuple[Entry | None, int]:
    """The first device above what page tables reach, and how far that is."""
    reach = next(width.reach for width in models.widths(host.tag, "arm64") if width.bits == ipa_bits)
    first = bisect_right(_ends(host), reach)
    return (host.mapped.entries[first] if first < len(host.mapped.entries) else None), reach


@remembered
def _ends(host: Host) -> list[int]:
    """How far each device and those before it reach: ascending."""
    return list(accumulate(map(_mapped_end, host.mapped.entries), max))


def _mapped_end(entry: Entry) -> int:
    """Exclusive; 2^64 and more for a device that ends there, which no page table reaches. 0 where no page is mapped."""
    return device_pages.mapped(Span(entry.address, entry.size)).extent.end if entry.size else 0


def _permitted(host: Host, xen: Xen) -> Iterable[str]:
    """What dom0's permissions stumble over: a device of size 0 at the start of a page (iomem_permit_access)."""
    if not _empty_devices(host, xen):
        return
    permitted = InPlace(Rangeset())
    for each in _devices(host):
        frames = device_pages.permitted(xen, Span(each.address, each.size))
        assert isinstance(frames.start, int)
        assert isinstance(frames.end, int)
        try:
            permitted.add(xen, frames.start, frames.end)
        except FaultError as stop:
            yield f"map_range_to_domain: {each}: {stop.fault.function} ({stop.fault.kind})"
            return


@remembered
def _devices(host: Host) -> list[Entry]:
    return [each for each in host.mapped.entries if not each.path.lower().startswith("/reserved-memory/")]


def _empty_devices(host: Host, xen: Xen) -> list[Entry]:
    """Those whose range has its start above its end."""
    if not device_pages.EMPTY_IS_DISORDERED.of(xen):
        return []
    return _empty(host)


@remembered
def _empty(host: Host) -> list[Entry]:
    """Of size 0 at the start of a page, other than the first."""
    return [
        each for each in _devices(host) if not each.size and each.address and not each.address % models.PAGE
    ]


def doubts(host: Host, xen: Xen, given: Given, subject: Subject) -> Iterable[str]:
    """What may keep Xen from building the domain: devices whose effect hangs on what is not known."""
    yield from _without_address(host, given)
    if subject.path is None:
        yield from _over_ram(host, given, subject)
        yield from _twice_at(host, xen)


def _without_address(host: Host, given: Given) -> Iterable[str]:
    """An ITS at which the driver panics before any domain is built, if there is one and the GIC knows of LPIs."""
    gic = host.dom0.gic
    if gic is None or gic.version != 3 or given.drivers.get("its") is False:
        return
    for each in gic.frames:
        if not each.addressed:
            yield (
                f"whether Xen drives the ITS {each.name} below {gic.name}, which has no address that can be "
                "translated, is not decided: gicv3_its_dt_init panics then"
            )
            return


def _over_ram(host: Host, given: Given, subject: Subject) -> Iterable[str]:
    """A device mapped over RAM of dom0 where Xen may copy kernel or modules to: the image tells, not the tree."""
    for place in boot_ram.copied_to(host, subject, given.bits(subject.name)):
        for each in over(host, place):
            yield each
            return


def over(host: Host, place: Extent) -> Iterable[str]:
    """Devices over RAM of dom0 to which Xen may copy."""
    if not _covered(host).meets(place.start, place.end):
        return
    for each in host.mapped.entries:
        if each.size and each.address < place.end and place.start < each.address + each.size:
            yield f"whether copy_to_guest_phys_flush_dcache meets {each}, over RAM of dom0, is not decided"


@remembered
def _covered(host: Host) -> Cover:
    return Cover((each.address, each.address + each.size) for each in host.mapped.entries)


def _twice_at(host: Host, xen: Xen) -> Iterable[str]:
    """A device of size 0 where another starts: NULL is dereferenced unless there are permissions below it.

    Whether there are depends on which UART Xen keeps for itself.
    """
    empty_ones = _empty_devices(host, xen)
    started = {each.address // models.PAGE for each in _devices(host) if each.size} if empty_ones else set()
    for empty in empty_ones:
        if empty.address // models.PAGE in started:
            yield f"whether rangeset_add_range survives {empty}, where another device starts, is not decided"
            return
