"""Where dom0's RAM banks and its grant region may lie, while nobody says: places to try, each one that Xen can come to.

The allocator's answer depends on the heap (verifier.xen.dom0_memory), and the grant region is where Xen's text was
loaded. What is yielded are extremes: memory as low, as high, and in each stretch of free RAM, the text beside it and
far from it. That none of them breaks a property says nothing; one that does is a refutation.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import islice

from verifier.layout.domain_map import Extent
from verifier.layout.host import Domain, Host
from verifier.layout.obstacle import gaps, merged
from verifier.reading import models
from verifier.xen import boot_ram, device_stops, dom0_banks
from verifier.xen.dom0_memory import DEFAULT, LEAST_BLOCK, LEAST_FIRST, largest, least_first
from verifier.xen.dom0_room import too_large, tree_size
from verifier.xen.ext_regions import LEAST
from verifier.xen.given_banks import bank_faults
from verifier.xen.release import Xen
from verifier.xen.subjects import Given, Subject

MOST = 24
"""Placements tried for one width."""
_LOAD = 2 << 20
"""Boot loaders put Xen's image at a multiple of 2 MiB (docs/misc/arm/booting.txt)."""


def placements(host: Host, xen: Xen, given: Given) -> Iterator[Given]:
    """`given` with banks and grant region filled in, at most `MOST`; none where the host's RAM is not known."""
    yield from islice(_all(host, xen, given), MOST)


def ram_of(host: Host, given: Given) -> tuple[Extent, ...]:
    """The RAM that Xen has: the boot memory map, else the device tree's."""
    return merged(given.ram or tuple(Extent(bank.start, bank.end) for bank in host.memory))


def grant_most(host: Host) -> int:
    """Bytes of the grant region of dom0 at most; Xen's text may be smaller (find_gnttab_region)."""
    frames = host.options.gnttab_max_frames
    return (
        models.numbers(host.tag, "arm64")["grant-frames"].value if frames is None else frames
    ) * models.PAGE


def text_places(host: Host, given: Given) -> tuple[Extent, ...]:
    """Free RAM in which Xen's text may lie: beside dom0's banks, reserved memory and boot modules."""
    taken = [*(given.dom0_banks or ()), *_kept(host)]
    return _whole(gaps(ram_of(host, given), taken), models.PAGE)


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
    taken = [*_kept(host), *(() if given.grant_region is None else (given.grant_region,))]
    free = _whole(gaps(ram_of(host, given), taken), models.PAGE)
    for bank in dict.fromkeys(_runs(free, amount)):
        tried = replace(given, dom0_banks=(bank,))
        if not bank_faults(host, xen, tried):
            yield tried


def _runs(free: tuple[Extent, ...], amount: int) -> Iterator[Extent]:
    """Runs of `amount` bytes at the lowest and the highest place of each stretch at which its largest block is aligned."""
    unit = largest(amount) if amount >= LEAST_FIRST else _power_from(amount)
    for each in free:
        low = -(-each.start // unit) * unit
        high = (each.end - amount) // unit * unit
        if each.start <= low and low + amount <= each.end:
            yield Extent(low, low + amount)
        if each.start <= high and high + amount <= each.end:
            yield Extent(high, high + amount)


def _power_from(amount: int) -> int:
    return 1 << max(12, (amount - 1).bit_length())


def _texts(host: Host, given: Given) -> Iterator[Extent]:
    """The lowest and the highest place in the first and in the last stretch, and the one beside the banks."""
    size = grant_most(host)
    found: dict[Extent, None] = {}
    for each in text_places(host, given):
        low = -(-each.start // _LOAD) * _LOAD
        high = (each.end - size) // _LOAD * _LOAD
        for start in (low, high):
            if each.start <= start and start + size <= each.end:
                found[Extent(start, start + size)] = None
    places = sorted(found)
    if places:
        yield from dict.fromkeys((places[0], places[-1], *_beside(places, given)))


def _beside(places: list[Extent], given: Given) -> Iterator[Extent]:
    """The place next to dom0's RAM: it leaves the other stretches whole."""
    for bank in given.dom0_banks or ():
        yield min(places, key=lambda place: max(bank.start - place.end, place.start - bank.end))


def _kept(host: Host) -> Iterator[Extent]:
    for bank in host.reserved:
        yield Extent(bank.start, bank.end)
    for module in host.modules:
        yield Extent(module.start, module.start + module.size)
    for each in host.shared:
        if each.host is not None:
            yield Extent(each.host, each.host + each.size)


def _whole(extents: tuple[Extent, ...], unit: int) -> tuple[Extent, ...]:
    found = (Extent(-(-each.start // unit) * unit, each.end // unit * unit) for each in extents)
    return tuple(each for each in found if each.start < each.end)


def most_banks(host: Host, xen: Xen, given: Given) -> int:
    """How many banks dom0 has at most: blocks of 4 MiB, and of each smaller size one."""
    if given.dom0_banks is not None:
        return len(given.dom0_banks)
    domain = next((each for each in host.domains if each.hardware), None) if host.dom0less else None
    amount = dom0_banks.amount(host, domain) or DEFAULT
    smaller = (LEAST_BLOCK // models.PAGE).bit_length() - 1
    return min(xen.value("region-cap"), amount // LEAST_BLOCK + smaller)


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
    entries = sum(map(len, lists)) + most_banks(host, xen, given) + 1
    count = min(xen.value("region-cap"), entries)
    if apart_in_ram:
        count = min(count, sum(each.size for each in ram) // LEAST)
    regions = [Extent(0, LEAST)] * count
    tree = tree_size(host, xen, given, subject, regions)
    found = [*device_stops.doubts(host, xen, subject), *_of_first_bank(host, given, subject)]
    if tree is not None and tree.fits is not True:
        found.append(too_large(xen, subject, regions, tree))
    return tuple(found)


def _of_first_bank(host: Host, given: Given, subject: Subject) -> Iterator[str]:
    if subject.banks is not None:
        return
    domain = next((each for each in host.domains if each.path == subject.path), None)
    least = least_first(dom0_banks.amount(host, domain) or DEFAULT)
    assert isinstance(least, int)
    yield from boot_ram.too_small(host, replace(subject, banks=(Extent(0, least),)))
    for place in gaps(ram_of(host, given), _kept(host)):
        yield from device_stops.over(host, place)
