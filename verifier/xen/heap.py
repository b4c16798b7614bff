"""Whether the heap can hold the RAM of the domains that Xen builds at boot, one after the other.

Model of start_xen (xen/arch/arm/setup.c, in all releases with extended regions): create_dom0, then create_domUs in the
order of the tree, and only then are boot modules given to the heap (discard_initial_modules). Each takes all its memory
from the heap (allocate_memory_11, allocate_memory), but for a domain with xen,static-mem; a hardware domain has its from
the heap even so (construct_hwdom). What Xen itself needs is not known, so that enough here need not be enough.
"""

from __future__ import annotations

from collections.abc import Iterable

from verifier.layout.domain_map import Extent
from verifier.layout.host import Domain, Host
from verifier.layout.obstacle import gaps
from verifier.layout.units import plural, sized
from verifier.xen import dom0_banks
from verifier.xen.subjects import is_direct_mapped


def too_little(
    host: Host, ram: tuple[Extent, ...] | None, grant: Extent | None, domain: Domain | None
) -> Iterable[str]:
    """That dom0, or `domain`, is to have more than those before it leave, wherever it lies.

    Nothing where RAM or amount is not known. `ram` is the boot memory map; None where it is the device tree's. `grant`
    is the grant region, which is Xen's text.
    """
    wanted = dom0_banks.amount(host, domain)
    places = _places(host, ram)
    if not places or wanted is None or (domain is not None and not takes_from_heap(domain)):
        return
    free = sum(each.size for each in gaps(places, [*_taken(host, grant)]))
    before = [] if domain is None else [*memory_before(host, domain)]
    left = free - sum(before)
    if left >= wanted:
        return
    direct = (domain is None or domain.hardware) and is_direct_mapped(host, domain)
    yield (
        f"{'allocate_memory_11' if direct else 'allocate_memory'} panics: {'dom0' if domain is None else domain.path} "
        f"is to have {sized(wanted)}{' (dom0_mem)' if domain is None else ''}, and of the host's RAM {sized(free)} are "
        f"free: neither reserved nor a boot module's{_less(before)}"
    )


def takes_from_heap(domain: Domain) -> bool:
    """Whether a domain of the tree has its RAM from the heap."""
    return domain.hardware or not domain.static_memory


def memory_before(host: Host, domain: Domain, default: int = 0) -> Iterable[int]:
    """Bytes of those that are built before a domain: dom0, `default` if its amount is not known, and domains of the tree."""
    if not host.dom0less:
        yield dom0_banks.amount(host, None) or default
    for each in host.domains[: domain.number - 1]:
        if takes_from_heap(each):
            yield each.memory or 0


def _less(before: list[int]) -> str:
    taken = sum(before)
    if not taken:
        return ""
    count = sum(1 for each in before if each)
    return f"; {count} {plural(count, 'domain')} before it {'has' if count == 1 else 'have'} {sized(taken)} of that"


def _places(host: Host, ram: tuple[Extent, ...] | None) -> tuple[Extent, ...]:
    static = tuple(Extent(each.start, each.end) for each in host.reserved if each.kind == dom0_banks.HEAP)
    return static or ram or tuple(Extent(each.start, each.end) for each in host.memory)


def _taken(host: Host, grant: Extent | None) -> Iterable[Extent]:
    return (each.span.extent for each in dom0_banks.out_of_heap(host, grant))
