"""The regions of every domain that Xen itself builds on one board: dom0, and the domains of the device tree.

Model of make_hypervisor_node and its callers (xen/arch/arm/domain_build.c, later also
xen/common/device-tree/dom0less-build.c): which producer runs on which inputs, and what reaches the guest.
Xen tells from a kernel's image whether it has 32 bits; a device tree does not hold it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from verifier.layout.domain_map import DomainMap, Extent
from verifier.layout.host import Host, SharedMemory
from verifier.layout.units import plural
from verifier.reading import models
from verifier.reading.dt_rules import rules_of
from verifier.xen import (
    assigned_devices,
    choice,
    device_stops,
    domu_holes,
    domu_stops,
    domu_tree,
    guest_map,
    heap_left,
    memory_holes,
    stops,
    unallocated,
)
from verifier.xen.dom0_room import too_large, tree_size
from verifier.xen.memory_holes import Described
from verifier.xen.outcome import Outcome, Span
from verifier.xen.release import Xen
from verifier.xen.subjects import Given, Subject, subjects, windows
from verifier.xen.unallocated import Taken

if TYPE_CHECKING:
    from verifier.layout.open_grant import OpenGrant

FUNCTIONS: Mapping[choice.Producer, str] = {
    "memory-holes": "find_memory_holes",
    "unallocated": "find_unallocated_memory",
    "domu-holes": "find_domU_holes",
}
"""The producers' names in Xen; later the second is find_host_extended_regions."""


class _OpenError(Exception):
    """An input that the producer needs is not known."""

    def __init__(self, reason: str, open_grant: OpenGrant | None = None) -> None:
        super().__init__(reason)
        self.open_grant = open_grant


def predict(host: Host, xen: Xen, given: Given) -> tuple[DomainMap, ...]:
    """Every domain, dom0 first. `xen` must be the release that `host` was read for."""
    found: list[DomainMap] = []
    for subject in subjects(host, xen, given):
        before = next((f"{each.name}: {each.reasons[0]}" for each in found if each.boots is False), "")
        found.append(_map(host, xen, given, subject, before))
    return tuple(found)


def truncated(region: Extent, cells: tuple[int, int]) -> Extent:
    """What is read of a pair of `reg` that was written with so many cells (dt_child_set_range)."""
    start = region.start & ((1 << 32 * cells[0]) - 1)
    return Extent(start, start + (region.size & ((1 << 32 * cells[1]) - 1)))


def _map(host: Host, xen: Xen, given: Given, subject: Subject, before: str) -> DomainMap:
    """One domain's answer; `before` is where Xen has stopped already, and why; empty if it has not."""
    producer = _producer(host, xen, given, subject)
    opens: tuple[str, ...] = ()
    open_grant = None
    try:
        outcome = Outcome() if producer is None else _run(host, xen, given, subject, producer)
    except _OpenError as error:
        outcome, opens, open_grant = Outcome(), (str(error),), error.open_grant
    ends = (f"Xen stops at {before}",) if before else tuple(stops.of(host, xen, given, subject, outcome))
    known = None if open_grant is None else open_grant.regions
    regions = None if ends else known if opens else tuple(each.extent for each in outcome.regions)
    ends = ends or tuple(stops.later(host, xen, subject))
    doubts: tuple[str, ...] = ()
    tree = None
    if regions is not None:
        doubts = (
            *device_stops.doubts(host, xen, given, subject),
            *heap_left.doubts(host, given, subject),
            *domu_stops.doubts(host, subject),
            *assigned_devices.doubts(host, given, subject),
            *domu_tree.doubts(host, xen, given, subject, regions),
        )
        tree = tree_size(host, xen, given, subject, regions)
        if tree is not None and not tree.fits:
            reason = too_large(xen, subject, regions, tree)
            doubts = (*doubts, reason)
            ends = ends or ((reason,) if tree.fits is False else ())
    nested = tuple(_nested(given, subject))
    return DomainMap(
        subject.name,
        subject.path,
        given.ipa_bits,
        subject.iommu,
        None if producer is None else FUNCTIONS[producer],
        subject.banks,
        subject.grant if subject.has_node else None,
        regions,
        None if nested or ends else _registers(subject, regions),
        False if ends else None if regions is None or doubts else True,
        ends or (*opens, *doubts, *nested, *_reasons(host, given, subject, producer, outcome)),
        None if ends else open_grant,
        guest_map.regions(host, xen, given, subject),
        tree,
        tuple(each.extent for each in outcome.dropped),
    )


def _producer(host: Host, xen: Xen, given: Given, subject: Subject) -> choice.Producer | None:
    if not subject.has_node:
        return None
    bits = given.bits(subject.name)
    domain = choice.Domain(subject.hardware, subject.direct_mapped, subject.iommu, bits)
    return choice.choose(xen, domain, enabled=host.options.ext_regions)


def _run(host: Host, xen: Xen, given: Given, subject: Subject, producer: choice.Producer) -> Outcome:
    """The producer on its inputs. Raises _OpenError where one of them is not known."""
    if subject.passthrough is None:
        raise _OpenError("the guest addresses of xen,reg in its partial device tree are not known")
    if producer == "memory-holes":
        return memory_holes.find(
            xen,
            ipa_bits=given.ipa_bits,
            described=[
                Described(each.address, each.size, each.kind == "ranges") for each in host.addresses.entries
            ],
            untranslatable=host.addresses.failure is not None,
            shared=_guest_spans(subject.shared),
            passthrough=subject.passthrough,
        )
    if subject.banks is None:
        raise _OpenError("the RAM banks of the domain are not known")
    if producer == "domu-holes":
        return domu_holes.find(xen, _holes_of(host, given, subject, subject.banks, subject.passthrough))
    taken = Taken(
        Span(0, 0) if subject.grant is None else _span(subject.grant),
        [_span(bank) for bank in subject.banks],
        [Span(bank.start, bank.size) for bank in host.reserved],
        () if reserves_shared(host) else _host_spans(host),
        subject.passthrough,
    )
    ram = [Extent(bank.start, bank.end) for bank in host.memory] if given.ram is None else given.ram
    if not ram:
        raise _OpenError("the host's memory is not known: the tree has none, a boot loader fills it in")
    if subject.grant is None:
        raise _OpenError(
            "the grant region is not known: it is where Xen's text was loaded",
            _for_every_place(host, xen, given, subject, ram, taken),
        )
    return unallocated.find(xen, ipa_bits=given.ipa_bits, ram=[_span(bank) for bank in ram], taken=taken)


def _for_every_place(
    host: Host, xen: Xen, given: Given, subject: Subject, ram: list[Extent] | tuple[Extent, ...], taken: Taken
) -> OpenGrant | None:
    """The regions for every place of Xen's text; None for a coloured dom0, whose Xen is not in one piece."""
    frames = host.options.gnttab_max_frames
    if frames is None:
        frames = models.numbers(host.tag, "arm64")["grant-frames"].value
    if not subject.direct_mapped or not frames:
        return None
    from verifier.xen.open_grant import explore

    return explore(
        xen,
        ipa_bits=given.ipa_bits,
        ram=ram,
        taken=taken,
        modules=[Extent(each.start, each.start + each.size) for each in host.modules],
        most=frames * models.PAGE,
        image=given.image,
    )


def _holes_of(
    host: Host, given: Given, subject: Subject, banks: tuple[Extent, ...], passthrough: tuple[Span, ...]
) -> domu_holes.Guest:
    spaces = windows(host.tag)
    used = [next((bank.size for bank in banks if bank.start == window.start), 0) for window in spaces]
    return domu_holes.Guest(
        given.ipa_bits,
        [_span(window) for window in spaces],
        used,
        _guest_spans(subject.shared),
        passthrough,
    )


def reserves_shared(host: Host) -> bool:
    """Whether static shared memory is among the reserved banks, where the reader has put it: before 2b557af192 it is."""
    return rules_of(host.tag).has("shared-memory-reserved")


def _host_spans(host: Host) -> tuple[Span, ...]:
    return tuple(Span(each.host, each.size) for each in host.shared if each.host is not None)


def _guest_spans(shared: Iterable[SharedMemory]) -> tuple[Span, ...]:
    return tuple(Span(each.guest, each.size) for each in shared)


def _span(extent: Extent) -> Span:
    return Span(extent.start, extent.size)


def _registers(subject: Subject, regions: tuple[Extent, ...] | None) -> tuple[Extent, ...] | None:
    if not subject.has_node:
        return ()
    if regions is None or subject.grant is None:
        return None
    return tuple(truncated(each, subject.cells) for each in (subject.grant, *regions))


def _nested(given: Given, subject: Subject) -> Iterable[str]:
    """Why its hypervisor node is not where a guest looks for it (scan_pfdt_node before f51c92383b)."""
    for fault in given.partial_faults.get(subject.path or "", ()):
        if fault.effect == "nests" and subject.has_node:
            yield (
                f"handle_passthrough_prop fails at {fault.path} of its partial device tree: {fault.message}; this "
                "release goes on, and what follows in the domain's tree, its hypervisor node too, stands inside that node"
            )


def _reasons(
    host: Host, given: Given, subject: Subject, producer: choice.Producer | None, outcome: Outcome
) -> Iterable[str]:
    if not subject.has_node:
        yield "without xen,enhanced it has no hypervisor node"
    elif producer is None:
        if not host.options.ext_regions:
            yield "ext_regions is off"
        else:
            yield (
                "its kernel has 32 bits" if given.bits(subject.name) == 32 else "this release offers it none"
            )
    if producer == "memory-holes" and host.addresses.failure is not None:
        yield f"find_memory_holes gives up at {host.addresses.failure}"
    elif outcome.error:
        yield f"{FUNCTIONS[producer or 'domu-holes']} fails with {outcome.error}"
    if outcome.dropped:
        yield f"{len(outcome.dropped)} more {plural(len(outcome.dropped), 'region')} beyond the most that Xen takes"
