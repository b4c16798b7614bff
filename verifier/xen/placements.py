"""Where dom0's RAM banks and its grant region may lie, while nobody says: places to try, each one that Xen can come to.

The allocator's answer depends on the heap (verifier.xen.dom0_memory), and the grant region is where Xen's text was
loaded. What is yielded are extremes: memory as low, as high, and in each stretch of free RAM, the text beside it and
far from it. That none of them breaks a property says nothing; one that does is a refutation.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import chain, islice, zip_longest

from verifier.layout.domain_map import Extent
from verifier.layout.host import Domain, Host
from verifier.layout.obstacle import gaps
from verifier.reading import models
from verifier.xen import boot_ram, device_stops, dom0_banks, heap_left
from verifier.xen.bank_runs import runs
from verifier.xen.dom0_memory import DEFAULT, largest, least_first
from verifier.xen.dom0_room import too_large, tree_size
from verifier.xen.ext_regions import LEAST
from verifier.xen.free_ram import free_ram, heap_ram, ram_of
from verifier.xen.given_banks import bank_faults
from verifier.xen.heap_left import most_banks, own_most
from verifier.xen.release import Xen
from verifier.xen.subjects import Given, Subject

MOST = 24
"""Placements tried for one width."""
_LOAD = 2 << 20
"""Boot loaders put Xen's image at a multiple of 2 MiB (docs/misc/arm/booting.txt)."""


def placements(host: Host, xen: Xen, given: Given) -> Iterator[Given]:
    """`given` with banks and grant region filled in, at most `MOST`; none where the host's RAM is not known."""
    yield from islice(_all(host, xen, given), MOST)


def grant_most(host: Host) -> int:
    """Bytes of the grant region of dom0 at most; Xen's text may be smaller (find_gnttab_region)."""
    frames = host.options.gnttab_max_frames
    return (
        models.numbers(host.tag, "arm64")["grant-frames"].value if frames is None else frames
    ) * models.PAGE


def text_places(host: Host, given: Given) -> tuple[Extent, ...]:
    """Free RAM in which Xen's text may lie: beside dom0's banks, reserved memory and boot modules."""
    return free_ram(host, given, given.dom0_banks or ())


def _all(host: Host, xen: Xen, given: Given) -> Iterator[Given]:
    domain = next((each for each in host.domains if each.hardware), None) if host.dom0less else None
    for banked in _banked(host, xen, given, domain):
        if given.grant_region is not None:
            yield banked
            continue
        for place in _texts(host, banked):
            yield replace(banked, grant_region=place)


def _banked(host: Host, xen: Xen, given: Given, domain: Domain | None) -> Iterator[Given]:
    if given.dom0_banks is not None:
        yield given
        return
    amount = dom0_banks.amount(host, domain) or DEFAULT
    free = heap_ram(host, given)
    single = ((bank,) for bank in _in_one_piece(free, amount))
    low_bits = min(32, host.dma_bits)
    several = [runs(heap, amount, low_bits) for heap in _heaps(host, given, free)]
    by_turns = chain.from_iterable(zip_longest(single, *several))
    for banks in dict.fromkeys(each for each in by_turns if each is not None):
        tried = replace(given, dom0_banks=banks)
        if not bank_faults(host, xen, tried):
            yield tried


def _heaps(host: Host, given: Given, free: tuple[Extent, ...]) -> Iterator[tuple[Extent, ...]]:
    """What Xen may leave: all but its text at the lowest, the highest or a middle place, with its own memory or without."""
    own = own_most(host, given)
    last = next((each for each in reversed(free) if each.size > own), None)
    least = free if last is None else gaps(free, [Extent(last.end - own, last.end)])
    for text in _texts_first(host, given, free):
        yield gaps(free, text)
        yield gaps(least, text)


def _texts_first(host: Host, given: Given, free: tuple[Extent, ...]) -> list[tuple[Extent, ...]]:
    """What of the free RAM Xen's text takes before dom0 is built; nothing more if that is told."""
    size = grant_most(host)
    places = [] if given.grant_region is not None else _ends(free, size)
    if not places:
        return [()]
    widest = max(free, key=lambda each: each.size)
    middle = (widest.start + widest.end) // 2 // _LOAD * _LOAD
    found = [places[0], places[-1], Extent(middle, middle + size)]
    return [(place,) for place in dict.fromkeys(found) if any(_holds(each, place) for each in free)]


def _holds(outer: Extent, inner: Extent) -> bool:
    return outer.start <= inner.start and inner.end <= outer.end


def _in_one_piece(free: tuple[Extent, ...], amount: int) -> Iterator[Extent]:
    """Runs of `amount` bytes at the lowest and the highest place of each stretch at which its largest block is aligned."""
    unit = max(largest(amount), least_first(amount))
    for each in free:
        low = -(-each.start // unit) * unit
        high = (each.end - amount) // unit * unit
        if low <= high:
            yield Extent(low, low + amount)
            yield Extent(high, high + amount)


def _texts(host: Host, given: Given) -> Iterator[Extent]:
    """The lowest and the highest place of all, and the one beside the banks."""
    places = _ends(text_places(host, given), grant_most(host))
    if places:
        yield from dict.fromkeys((places[0], places[-1], *_beside(places, given)))


def _ends(stretches: tuple[Extent, ...], size: int) -> list[Extent]:
    """Where Xen's text of `size` bytes may lie at the lowest and at the highest in each stretch, ascending."""
    found: set[Extent] = set()
    for each in stretches:
        low = -(-each.start // _LOAD) * _LOAD
        high = (each.end - size) // _LOAD * _LOAD
        if low <= high:
            found |= {Extent(low, low + size), Extent(high, high + size)}
    return sorted(found)


def _beside(places: list[Extent], given: Given) -> Iterator[Extent]:
    """The place next to dom0's RAM: it leaves the other stretches whole."""
    for bank in given.dom0_banks or ():
        yield min(places, key=lambda place: max(bank.start - place.end, place.start - bank.end))


def doubts_of_building(
    host: Host, xen: Xen, given: Given, subject: Subject, *, apart_in_ram: bool
) -> tuple[str, ...]:
    """Why some placement may keep Xen from building the domain; empty where none can.

    `apart_in_ram` says that regions lie in the host's RAM, apart from each other, 64 MiB each or more: then there are few.
    The device tree is looked at with the most banks and the most regions that there can be, what is put into the first bank
    with the least that allocate_memory_11 looks for first, and devices over RAM wherever a bank may lie.
    """
    ram = ram_of(host, given)
    lists = (ram, host.reserved, host.shared, subject.passthrough or ())
    entries = sum(map(len, lists)) + most_banks(host, xen, given, subject) + 1
    count = min(xen.value("region-cap"), entries)
    if apart_in_ram:
        count = min(count, sum(each.size for each in ram) // LEAST)
    regions = [Extent(0, LEAST)] * count
    tree = tree_size(host, xen, given, subject, regions)
    found = [*heap_left.doubts(host, given, subject), *device_stops.doubts(host, xen, given, subject)]
    found += _of_first_bank(host, given, subject)
    if tree is not None and tree.fits is not True:
        found.append(too_large(xen, subject, regions, tree))
    return tuple(found)


def _of_first_bank(host: Host, given: Given, subject: Subject) -> Iterator[str]:
    if subject.banks is not None:
        return
    domain = next((each for each in host.domains if each.path == subject.path), None)
    least = least_first(dom0_banks.amount(host, domain) or DEFAULT)
    yield from boot_ram.too_small(host, replace(subject, banks=(Extent(0, least),)))
    for place in free_ram(host, given):
        yield from device_stops.over(host, place)
