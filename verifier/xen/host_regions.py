"""The regions of every domain that Xen itself builds on one board: dom0, and the domains of the device tree.

Model of make_hypervisor_node and its callers (xen/arch/arm/domain_build.c, later also
xen/common/device-tree/dom0less-build.c): which producer runs on which inputs, and what reaches the guest. All
kernels are taken for 64-bit ones: Xen tells from the image, which a device tree does not hold.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache

from verifier.layout.define import Number
from verifier.layout.domain_map import DomainMap, Extent
from verifier.layout.host import Domain, Host, Passthrough, SharedMemory
from verifier.layout.units import hexa, plural
from verifier.reading import models
from verifier.reading.dt_rules import rules_of
from verifier.xen import choice, domu_holes, memory_holes, unallocated
from verifier.xen.ext_regions import REMOVES_XEN_REG
from verifier.xen.memory_holes import Described
from verifier.xen.outcome import Outcome, Span
from verifier.xen.release import Variants, Xen
from verifier.xen.unallocated import Taken

FUNCTIONS: Mapping[choice.Producer, str] = {
    "memory-holes": "find_memory_holes",
    "unallocated": "find_unallocated_memory",
    "domu-holes": "find_domU_holes",
}
"""The producers' names in Xen; later the second is find_host_extended_regions."""
_GUEST_CELLS = (2, 2)
_HAS_ROOM = Variants("dom0-tree-room", {"fixed": False, "for-all-regions": True})


@dataclass(frozen=True, slots=True)
class Given:
    """What a device tree does not say; None is unknown."""

    ipa_bits: int
    iommu: bool
    """I/O virtualisation of the host."""
    ram: tuple[Extent, ...] | None = None
    """Boot memory map where it differs from the device tree (EFI)."""
    dom0_banks: tuple[Extent, ...] | None = None
    grant_region: Extent | None = None
    """dom0's."""
    passthrough: Mapping[str, tuple[Passthrough, ...]] = field(default_factory=dict)
    """xen,reg by the domain's node path; a domain with a partial tree that is not here has unknown ones."""


@dataclass(frozen=True, slots=True)
class _Subject:
    """A domain as the producers see it; spans are guest physical, None is unknown."""

    name: str
    path: str | None
    hardware: bool
    direct_mapped: bool
    iommu: bool
    has_node: bool
    """Whether its device tree gets a hypervisor node."""
    banks: tuple[Extent, ...] | None
    grant: Extent | None
    shared: tuple[SharedMemory, ...]
    passthrough: tuple[Span, ...] | None
    cells: tuple[int, int]


class _OpenError(Exception):
    """An input that the producer needs is not known."""


def predict(host: Host, xen: Xen, given: Given) -> tuple[DomainMap, ...]:
    """Every domain, dom0 first. `xen` must be the release that `host` was read for."""
    subjects = [] if host.dom0less else [_dom0(host, given)]
    subjects += [_guest(host, xen, given, domain) for domain in host.domains]
    found: list[DomainMap] = []
    for subject in subjects:
        before = next((each.name for each in found if each.boots is False), "")
        found.append(_map(host, xen, given, subject, before))
    return tuple(found)


def truncated(region: Extent, cells: tuple[int, int]) -> Extent:
    """What is read of a pair of `reg` that was written with so many cells (dt_child_set_range)."""
    start = region.start & ((1 << 32 * cells[0]) - 1)
    return Extent(start, start + (region.size & ((1 << 32 * cells[1]) - 1)))


def _dom0(host: Host, given: Given) -> _Subject:
    cells = (host.address_cells, host.size_cells)
    coloured = host.options.llc_coloring is True and rules_of(host.tag).has("llc-coloring")
    return _Subject(
        "d0", None, True, not coloured, given.iommu, True,
        given.dom0_banks, given.grant_region, host.dom0_shared, (), cells,
    )  # fmt: skip


def _guest(host: Host, xen: Xen, given: Given, domain: Domain) -> _Subject:
    """A domain of the device tree; a hardware domain among them has dom0's layout, cells and grant region."""
    cells = (host.address_cells, host.size_cells) if domain.hardware else _GUEST_CELLS
    numbers = _numbers(host.tag)
    own = Extent(numbers["GUEST_GNTTAB_BASE"], numbers["GUEST_GNTTAB_BASE"] + numbers["GUEST_GNTTAB_SIZE"])
    passthrough: tuple[Span, ...] | None = ()
    if domain.path in given.passthrough:
        passthrough = tuple(Span(each.guest, each.size) for each in given.passthrough[domain.path])
    elif domain.device_tree is not None and REMOVES_XEN_REG.of(xen):
        passthrough = None
    return _Subject(
        f"d{domain.number}", domain.path, domain.hardware, domain.direct_map,
        given.iommu and domain.wants_iommu, domain.hardware or domain.enhanced is not None,
        None if domain.hardware else guest_banks(host.tag, domain), None if domain.hardware else own,
        domain.shared, passthrough, cells,
    )  # fmt: skip


def guest_banks(tag: str, domain: Domain) -> tuple[Extent, ...] | None:
    """RAM of a guest (allocate_memory, assign_static_memory_11 and allocate_static_memory); None without `memory`."""
    if domain.direct_map:
        return tuple(Extent(bank.start, bank.end) for bank in domain.static_memory)
    rest = sum(bank.size for bank in domain.static_memory) or domain.memory
    if rest is None:
        return None
    banks = []
    for window in windows(tag):
        used = min(rest, window.size)
        rest -= used
        if used:
            banks.append(Extent(window.start, window.start + used))
    return tuple(banks)


def windows(tag: str) -> tuple[Extent, ...]:
    """GUEST_RAM_BANK_BASES and _SIZES of a release."""
    numbers = _numbers(tag)
    return tuple(
        Extent(numbers[f"GUEST_RAM{bank}_BASE"], numbers[f"GUEST_RAM{bank}_BASE"] + numbers[f"GUEST_RAM{bank}_SIZE"])
        for bank in (0, 1)
    )  # fmt: skip


@cache
def _numbers(tag: str) -> Mapping[str, int]:
    defines = models.defines_of(models.release(tag), arch="arm64", changes={})
    return {define.name: define.value.value for define in defines if isinstance(define.value, Number)}


def _map(host: Host, xen: Xen, given: Given, subject: _Subject, before: str) -> DomainMap:
    """One domain's answer; `before` is the domain at which Xen has stopped already, empty if there is none."""
    producer = _producer(host, xen, subject)
    try:
        outcome = Outcome() if producer is None else _run(host, xen, given, subject, producer)
        opens: tuple[str, ...] = ()
    except _OpenError as error:
        outcome, opens = Outcome(), (str(error),)
    stops = (f"Xen stops at {before}",) if before else tuple(_stops(host, given, subject, outcome))
    regions = None if opens or stops else tuple(_extents(outcome.regions))
    doubts = () if regions is None else tuple(_doubts(xen, subject, regions))
    return DomainMap(
        subject.name,
        subject.path,
        given.ipa_bits,
        subject.iommu,
        None if producer is None else FUNCTIONS[producer],
        subject.banks,
        subject.grant if subject.has_node else None,
        regions,
        _registers(subject, regions),
        False if stops else None if opens or doubts else True,
        stops or (*opens, *doubts, *_reasons(host, subject, producer, outcome)),
    )


def _producer(host: Host, xen: Xen, subject: _Subject) -> choice.Producer | None:
    if not subject.has_node:
        return None
    domain = choice.Domain(subject.hardware, subject.direct_mapped, subject.iommu)
    return choice.choose(xen, domain, enabled=host.options.ext_regions)


def _run(host: Host, xen: Xen, given: Given, subject: _Subject, producer: choice.Producer) -> Outcome:
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
        return domu_holes.find(xen, _holes_of(host, given, subject, subject.banks))
    if subject.grant is None:
        raise _OpenError("the grant region is not known: it is where Xen's text was loaded")
    taken = Taken(
        _span(subject.grant),
        [_span(bank) for bank in subject.banks],
        [Span(bank.start, bank.size) for bank in host.reserved],
        () if _reserves_shared(host) else _host_spans(host),
        subject.passthrough,
    )
    ram = [Extent(bank.start, bank.end) for bank in host.memory] if given.ram is None else given.ram
    return unallocated.find(xen, ipa_bits=given.ipa_bits, ram=[_span(bank) for bank in ram], taken=taken)


def _holes_of(host: Host, given: Given, subject: _Subject, banks: tuple[Extent, ...]) -> domu_holes.Guest:
    spaces = windows(host.tag)
    used = [next((bank.size for bank in banks if bank.start == window.start), 0) for window in spaces]
    return domu_holes.Guest(
        given.ipa_bits,
        [_span(window) for window in spaces],
        used,
        _guest_spans(subject.shared),
        subject.passthrough or (),
    )


def _reserves_shared(host: Host) -> bool:
    """Before 2b557af192 static shared memory is among the reserved banks, where the reader has put it."""
    return rules_of(host.tag).has("shared-memory-reserved")


def _host_spans(host: Host) -> tuple[Span, ...]:
    return tuple(Span(each.host, each.size) for each in host.shared if each.host is not None)


def _guest_spans(shared: Iterable[SharedMemory]) -> tuple[Span, ...]:
    return tuple(Span(each.guest, each.size) for each in shared)


def _span(extent: Extent) -> Span:
    return Span(extent.start, extent.size)


def _extents(spans: Iterable[Span]) -> Iterable[Extent]:
    for span in spans:
        assert isinstance(span.start, int)
        assert isinstance(span.size, int)
        yield Extent(span.start, span.start + span.size)


def _registers(subject: _Subject, regions: tuple[Extent, ...] | None) -> tuple[Extent, ...] | None:
    if not subject.has_node:
        return ()
    if regions is None or subject.grant is None:
        return None
    return tuple(truncated(each, subject.cells) for each in (subject.grant, *regions))


def _stops(host: Host, given: Given, subject: _Subject, outcome: Outcome) -> Iterable[str]:
    """What keeps Xen from building the domain."""
    for fault in host.faults:
        if fault.effect in ("panics", "hangs"):
            yield f"Xen {fault.effect}: {fault.path}: {fault.message}"
    if outcome.fault is not None:
        yield f"Xen stops in {outcome.fault.function} ({outcome.fault.kind}): {outcome.fault.reason}"
    if host.options.gnttab_max_frames == 0:
        yield "grant_table_init refuses gnttab_max_frames=0"
    if subject.path is None:
        yield from _unmapped(host, given)
    domain = next((each for each in host.domains if each.path == subject.path), None)
    if domain is not None and not domain.static_memory and (domain.memory or 0) % models.PAGE:
        yield f"allocate_bank_memory does not end: {domain.memory} bytes are no whole pages"


def _unmapped(host: Host, given: Given) -> Iterable[str]:
    """What handle_device cannot map to dom0."""
    if host.mapped.failure is not None:
        yield f"handle_device gives up at {host.mapped.failure}"
    reach = next(
        width.reach for width in models.facts(host.tag, "arm64").widths if width.bits == given.ipa_bits
    )
    beyond = next((each for each in host.mapped.entries if each.address + each.size > reach), None)
    if beyond is not None:
        yield f"map_range_to_domain cannot map {beyond}: the page tables reach up to {hexa(reach)}"


def _doubts(xen: Xen, subject: _Subject, regions: tuple[Extent, ...]) -> Iterable[str]:
    """What may keep Xen from building dom0: too little room for its device tree (prepare_dtb_hwdom).

    What Xen leaves out of the host's tree makes room too, and is not modelled: 45 regions were seen to fit, 6 not to.
    """
    if subject.path is None and regions and not _HAS_ROOM.of(xen):
        yield (
            f"whether dom0's device tree has room for {4 * sum(subject.cells) * (1 + len(regions))} bytes of reg is "
            "not decided: prepare_dtb_hwdom sets aside 128 bytes beyond the host's tree"
        )


def _reasons(
    host: Host, subject: _Subject, producer: choice.Producer | None, outcome: Outcome
) -> Iterable[str]:
    if not subject.has_node:
        yield "without xen,enhanced it has no hypervisor node"
    elif producer is None:
        yield "ext_regions is off" if not host.options.ext_regions else "this release offers it none"
    if producer == "memory-holes" and host.addresses.failure is not None:
        yield f"find_memory_holes gives up at {host.addresses.failure}"
    elif outcome.error:
        yield f"{FUNCTIONS[producer or 'domu-holes']} fails with {outcome.error}"
    if outcome.dropped:
        yield f"{len(outcome.dropped)} more {plural(len(outcome.dropped), 'region')} beyond the most that Xen takes"
