"""What Xen offers to a domain, with the facts that it is judged by: a prediction in the terms of the specification."""

from __future__ import annotations

from collections.abc import Iterator

from verifier.layout.domain_map import DomainMap, Extent
from verifier.layout.host import Entry, Host
from verifier.layout.obstacle import BoardMap, Obstacle
from verifier.layout.offer import DevicePages, Offer, Operation, Window
from verifier.layout.remembered import remembered
from verifier.reading import models
from verifier.xen import device_pages
from verifier.xen.outcome import Span
from verifier.xen.placements import text_places
from verifier.xen.release import Xen
from verifier.xen.subjects import Given, Subject, subjects, windows

_KINDS = {"shared memory": "shared-memory", "xen,reg": "passthrough"}
"""Of what a domain is given beside RAM, by how its name begins; the rest is of the guest layout."""


def offers(
    host: Host,
    xen: Xen,
    given: Given,
    board: BoardMap,
    maps: tuple[DomainMap, ...],
) -> tuple[Offer, ...]:
    """One for each domain; `maps` are the prediction for `given`."""
    found = {each.name: each for each in subjects(host, xen, given)}
    return tuple(offer(host, xen, given, board, found[each.name], each) for each in maps)


def offer(
    host: Host,
    xen: Xen,
    given: Given,
    board: BoardMap,
    subject: Subject,
    domain: DomainMap,
) -> Offer:
    """One domain's."""
    is_host = subject.hardware or subject.direct_mapped
    ram, origin = _ram(given, board)
    return Offer(
        domain,
        domain.extended_regions or (),
        "predicted",
        subject.hardware,
        is_host,
        subject.cells,
        board,
        ram,
        origin,
        () if is_host else _windows(host),
        tuple(_given(subject, domain)),
        tuple(_excused(host)) if is_host and not domain.iommu else (),
        tuple(_operations(host, given, subject, domain)),
        _devices(host, device_pages.rule(xen)) if subject.hardware else (),
        _frames(host, subject) if subject.has_node else 0,
        text_places(host, given) if subject.has_node and subject.grant is None else (),
        models.numbers(host.tag, "arm64")["xen-text-pages"].value,
    )


def _ram(given: Given, board: BoardMap) -> tuple[tuple[Extent, ...], str]:
    if given.ram is not None:
        return tuple(sorted(given.ram)), "the boot memory map"
    return tuple(each.extent for each in board.of_kind("memory") if each.extent.size > 0), "the device tree"


def _windows(host: Host) -> tuple[Window, ...]:
    return tuple(Window(f"GUEST_RAM{bank}", extent) for bank, extent in enumerate(windows(host.tag)))


def _given(subject: Subject, domain: DomainMap) -> Iterator[Obstacle]:
    """What the domain has beside the devices of the host, which the board has for it."""
    for index, bank in enumerate(domain.banks or ()):
        yield Obstacle(bank, "domain-ram", f"RAM bank {index}", f"of {domain.name}")
    if domain.grant_region is not None:
        yield Obstacle(domain.grant_region, "grant-region", "grant region", f"of {domain.name}")
    for each in domain.regions:
        kind = next((kind for begin, kind in _KINDS.items() if each.name.startswith(begin)), "layout")
        is_hosts = kind == "layout" and subject.hardware
        if each.extent is not None and not is_hosts:
            yield Obstacle(each.extent, kind, each.name, each.origin)


def _excused(host: Host) -> Iterator[Obstacle]:
    """Memory of other domains and of Xen's heap, and host memory that domains share: Xen keeps it from dom0."""
    for bank in host.reserved:
        if bank.kind in ("static-heap", "static-domain", "shared-memory"):
            yield Obstacle(
                Extent(bank.start, bank.end), "reserved-memory", bank.path, f"{bank.kind}[{bank.index}]"
            )
    for each in host.shared:
        if each.host is not None:
            yield Obstacle(Extent(each.host, each.host + each.size), "shared-memory", each.path, each.id)


def _operations(host: Host, given: Given, subject: Subject, domain: DomainMap) -> Iterator[Operation]:
    """Every range that the producer adds or takes away; where Xen's walk ends early, those before."""
    if domain.producer is None:
        return
    if domain.producer == "find_memory_holes":
        yield from _described(host)
    elif subject.hardware or subject.direct_mapped:
        ram = [Extent(bank.start, bank.end) for bank in host.memory] if given.ram is None else given.ram
        yield from (Operation(f"RAM {each}", each.start, each.size) for each in ram)
        yield from (Operation(f"{each.path} [{each.index}]", each.start, each.size) for each in host.reserved)
    for bank in subject.banks or ():
        yield Operation(f"RAM bank {bank} of {subject.name}", bank.start, bank.size)
    for each in subject.shared:
        yield Operation(f"shared memory {each.id}", each.guest, each.size)
    for span in subject.passthrough or ():
        yield Operation("xen,reg", span.extent.start, span.extent.size)


@remembered
def _described(host: Host) -> tuple[Operation, ...]:
    return tuple(_entry(each) for each in host.addresses.entries)


def _entry(entry: Entry) -> Operation:
    return Operation(f"{entry.path} {entry.kind}[{entry.index}]", entry.address, entry.size)


@remembered
def _devices(host: Host, last: device_pages.Last) -> tuple[DevicePages, ...]:
    """What Xen maps of the host's devices; empty and wrapping entries are `preconditions`' to tell."""
    return tuple(_pages_of(host, last))


def _pages_of(host: Host, last: device_pages.Last) -> Iterator[DevicePages]:
    for each in host.mapped.entries:
        if not each.size or each.address + each.size > 1 << 64:
            continue
        span = Span(each.address, each.size)
        mapped, permitted = device_pages.mapped(span), device_pages.permitted_by(last, span)
        assert isinstance(permitted.start, int)
        assert isinstance(permitted.end, int)
        yield DevicePages(
            f"{each.path} {each.kind}[{each.index}]",
            Extent(each.address, each.address + each.size),
            mapped.extent,
            Extent(permitted.start * models.PAGE, (permitted.end + 1) * models.PAGE),
        )


def _frames(host: Host, subject: Subject) -> int:
    """Of the domain's grant table: the command line's for dom0, else the property of its node, else the default."""
    default = models.numbers(host.tag, "arm64")["grant-frames"].value
    domain = next((each for each in host.domains if each.path == subject.path), None)
    own = None if domain is None else domain.max_grant_frames
    if own is not None:
        return own
    return default if host.options.gnttab_max_frames is None else host.options.gnttab_max_frames
