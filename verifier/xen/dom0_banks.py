"""RAM of dom0 and of a hardware domain on a board: what is known of it before boot, and what banks are possible.

Puts a device tree into the terms of `dom0_memory` (direct-mapped) and `hwdom_memory` (not). What the heap lacks is known in
part: reserved memory, boot modules and Xen's text. Static shared memory is left out, for Xen may be built without it.
"""

from __future__ import annotations

from collections.abc import Iterable

from verifier.layout.domain_map import Extent
from verifier.layout.host import Domain, Host, Module
from verifier.xen import dom0_memory, hwdom_memory
from verifier.xen.dom0_memory import DEFAULT, Kept, Memory
from verifier.xen.hwdom_memory import Banks, Demand
from verifier.xen.outcome import FaultError, Span
from verifier.xen.release import Xen
from verifier.xen.subjects import is_direct_mapped

HEAP = "static-heap"
"""The kind of reserved memory that is the whole heap, where there is any."""
_NOT_SURE = ("shared-memory",)


def amount(host: Host, domain: Domain | None) -> int | None:
    """Bytes of dom0, or of the hardware domain `domain`; None where Xen's command line is not in the tree."""
    if domain is not None:
        return domain.memory
    return None if host.options.line is None else host.options.dom0_mem or DEFAULT


def impossible(
    host: Host, xen: Xen, ram: tuple[Extent, ...] | None, grant: Extent | None, banks: tuple[Extent, ...],
    domain: Domain | None, bits: int,
) -> tuple[str, ...]:  # fmt: skip
    """Why a direct-mapped dom0, or the hardware domain `domain`, cannot have `banks`; empty where nothing speaks against it.

    `ram` is the boot memory map; None where it is the device tree's. `grant` is the grant region, which is Xen's text;
    `bits` are those of the kernel, 64 where they are not known: that asks for less.
    """
    static = [Extent(each.start, each.end) for each in host.reserved if each.kind == HEAP]
    places = [_span(each) for each in sorted(static or _heap(host, ram))] or None
    memory = Memory(
        amount(host, domain), places, tuple(out_of_heap(host, grant)), bits, min(32, host.dma_bits)
    )
    return dom0_memory.violations(xen, memory, [_span(each) for each in banks])


def predicted(
    host: Host, xen: Xen, ipa_bits: int, ram: tuple[Extent, ...] | None, grant: Extent | None, domain: Domain | None
) -> tuple[Extent, ...] | None:  # fmt: skip
    """Banks of a dom0, or hardware domain `domain`, that is not direct-mapped; None where an input is not known.

    None as well where Xen stops instead: `refused` says why.
    """
    try:
        found = _free_banks(host, xen, ipa_bits, ram, grant, domain)
    except FaultError:
        return None
    return None if found is None or found.open else tuple(each.extent for each in found.banks)


def refused(
    host: Host, xen: Xen, ipa_bits: int, ram: tuple[Extent, ...] | None, grant: Extent | None, domain: Domain | None
) -> Iterable[str]:  # fmt: skip
    """Why such a domain cannot have its memory at free host addresses, with the function that panics."""
    try:
        _free_banks(host, xen, ipa_bits, ram, grant, domain)
    except FaultError as stop:
        yield f"{stop.fault.function} panics: {stop.fault.reason}"


def _free_banks(
    host: Host, xen: Xen, ipa_bits: int, ram: tuple[Extent, ...] | None, grant: Extent | None, domain: Domain | None
) -> Banks | None:  # fmt: skip
    """None where the grant region or the amount is not known. Raises FaultError where Xen stops."""
    wanted = amount(host, domain)
    if grant is None or wanted is None:
        return None
    demand = Demand(wanted, _size(host, domain, "kernel"), _size(host, domain, "ramdisk") or 0)
    reserved = [Span(each.start, each.size) for each in host.reserved]
    heap = [_span(each) for each in _heap(host, ram)]
    return hwdom_memory.find(
        xen, ipa_bits=ipa_bits, ram=heap, reserved=reserved, grant=_span(grant), demand=demand
    )


def most_banks(host: Host, xen: Xen, domain: Domain | None) -> int:
    """How many banks dom0, or the hardware domain `domain`, has at most; one that is not direct-mapped has free ranges."""
    cap = xen.value("region-cap")
    if not is_direct_mapped(host, domain):
        return cap
    return min(cap, dom0_memory.most_banks(amount(host, domain) or DEFAULT))


def unlike(predicted: tuple[Extent, ...], banks: tuple[Extent, ...]) -> tuple[str, ...]:
    """One sentence if banks are not the predicted ones."""
    if predicted == banks:
        return ()
    sides = ["; ".join(map(str, each)) for each in (predicted, banks)]
    return (f"its banks are {sides[1]}; allocate_memory takes the free host addresses {sides[0]}",)


def out_of_heap(host: Host, grant: Extent | None) -> Iterable[Kept]:
    """What of the host's RAM is not in the heap while domains are built, as far as it is known."""
    for each in host.reserved:
        if each.kind not in (*_NOT_SURE, HEAP):
            yield Kept(Span(each.start, each.size), f"{each.kind} {each.path}")
    for module in host.modules:
        yield Kept(Span(module.start, module.size), f"boot module {module.path}")
    if grant is not None:
        yield Kept(_span(grant), "Xen's text, the grant region")


def _heap(host: Host, ram: tuple[Extent, ...] | None) -> tuple[Extent, ...]:
    """The RAM that Xen has; `ram` is the boot memory map, None where it is the device tree's."""
    return tuple(Extent(each.start, each.end) for each in host.memory) if ram is None else ram


def _size(host: Host, domain: Domain | None, kind: str) -> int | None:
    """Bytes of a module of dom0, or of the domain."""
    return next((each.size for each in host.modules if each.kind == kind and _belongs(each, domain)), None)


def _belongs(module: Module, domain: Domain | None) -> bool:
    if domain is None:
        return not module.of_domain
    return module.path.startswith(f"{domain.path}/")


def _span(extent: Extent) -> Span:
    return Span(extent.start, extent.size)
