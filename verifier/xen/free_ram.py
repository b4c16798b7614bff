"""What of the host's RAM is free when dom0 is built, as far as the inputs tell: Xen's own memory is not among them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from verifier.layout.domain_map import Extent
from verifier.layout.host import Host
from verifier.layout.obstacle import gaps, merged
from verifier.reading.models import PAGE
from verifier.xen.subjects import Given

_STATIC_HEAP = "static-heap"
_PAGE_0 = Extent(0, PAGE)


def ram_of(host: Host, given: Given) -> tuple[Extent, ...]:
    """The RAM that Xen has: the boot memory map, else the device tree's."""
    return merged(given.ram or tuple(Extent(bank.start, bank.end) for bank in host.memory))


def free_ram(host: Host, given: Given, more: Iterable[Extent] = ()) -> tuple[Extent, ...]:
    """Whole pages beside reserved memory, boot modules, static shared memory, a grant region that is told, and `more`."""
    grant = () if given.grant_region is None else (given.grant_region,)
    return _pages(gaps(ram_of(host, given), (*more, *grant, *_kept(host))))


def heap_ram(host: Host, given: Given) -> tuple[Extent, ...]:
    """What of it the heap has: a static heap, if the tree tells of one, is all of it (init_staticmem_pages).

    Never page 0 (init_heap_pages), so that no larger block begins there either.
    """
    static = [Extent(each.start, each.end) for each in host.reserved if each.kind == _STATIC_HEAP]
    if not static:
        return free_ram(host, given, [_PAGE_0])
    kept = [each for each in _kept(host) if each not in static]
    return _pages(gaps(merged(static), [*kept, _PAGE_0]))


def _kept(host: Host) -> Iterator[Extent]:
    for bank in host.reserved:
        yield Extent(bank.start, bank.end)
    for module in host.modules:
        yield Extent(module.start, module.start + module.size)
    for each in host.shared:
        if each.host is not None:
            yield Extent(each.host, each.host + each.size)


def _pages(extents: Iterable[Extent]) -> tuple[Extent, ...]:
    found = (Extent(-(-each.start // PAGE) * PAGE, each.end // PAGE * PAGE) for each in extents)
    return tuple(each for each in found if each.start < each.end)
