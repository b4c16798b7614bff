"""What the specification says of an offer, decided page by page: shares no code with what it judges.

Sets of pages are bit strings in Python integers, bit n for the page at 4096 n; so the address space of the offers is
small (below 2^33). Registers are written with `struct` and read back.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable
from itertools import pairwise

from verifier.layout.offer import Offer

PAGE = 4096
BLOCK = 512
"""Pages of 2 MiB."""
LEAST = 32
"""Blocks of 64 MiB."""
GRAIN = 512
"""Bytes of which RAM banks are whole multiples, even those that are wrong."""


def pages(start: int, end: int) -> int:
    """The pages that have a byte of `[start, end)`."""
    if end <= start:
        return 0
    first, last = start // PAGE, (end - 1) // PAGE
    return (1 << (last + 1)) - (1 << first)


def whole(start: int, end: int) -> int:
    """The pages all of whose bytes are in `[start, end)`."""
    first, behind = (start + PAGE - 1) // PAGE, end // PAGE
    return (1 << behind) - (1 << first) if behind > first else 0


def union(sets: Iterable[int]) -> int:
    found = 0
    for each in sets:
        found |= each
    return found


def taken(offer: Offer) -> int:
    """Pages that hold a byte of what no region may cover."""
    extents = [each.extent for each in offer.given]
    if offer.host_layout:
        for each in offer.board.obstacles:
            if each.kind != "memory" or offer.domain.iommu:
                extents.append(each.extent)
        if offer.domain.iommu:
            extents += offer.ram
    return union(pages(each.start, each.end) for each in extents)


def allowed(offer: Offer) -> int:
    """Pages in which regions may lie."""
    everything = (1 << ((1 << offer.domain.ipa_bits) // PAGE)) - 1
    if not offer.host_layout:
        return everything & union(whole(each.extent.start, each.extent.end) for each in offer.windows)
    if offer.domain.iommu:
        return everything
    return everything & union(whole(each.start, each.end) for each in offer.ram)


def covered(offer: Offer) -> list[int]:
    return [pages(each.start, each.end) for each in offer.regions]


def disjoint(offer: Offer) -> bool:
    """Neither of each other, nor of anything that is there, nor outside what is allowed below 2^b."""
    seen, forbidden = 0, taken(offer)
    below = (1 << ((1 << offer.domain.ipa_bits) // PAGE)) - 1
    for each in covered(offer):
        if each & seen or each & forbidden or each & below & ~allowed(offer):
            return False
        seen |= each
    return True


def there(offer: Offer, address: int) -> set[tuple[str, int]]:
    """What a guest is given at an address: pages of the host by their address there, all else by who has it.

    Something given twice is one thing only where it is the same page of the host.
    """
    hosts = {} if offer.guest is None else offer.guest.hosts
    return {
        ("host", address + hosts[each.name]) if each.name in hosts else (each.name, number)
        for number, each in enumerate(offer.given)
        if address in range(each.extent.start, each.extent.end)
    }


def apart(offer: Offer) -> bool:
    """Where two things overlap one of them begins: so no more addresses need be looked at."""
    return all(len(there(offer, each.extent.start)) <= 1 for each in offer.given)


def of_guest(offer: Offer) -> dict[str, bool]:
    """Whether the properties of a whole map hold, as far as only these say so."""
    guest, banks = offer.guest, offer.domain.banks
    if guest is None or banks is None:
        return {}
    sizes = {
        need.name: sum(
            len(range(each.extent.start, each.extent.end)) for each in offer.given if each.path == need.name
        )
        for need in guest.needs
    }
    allowed = union(whole(each.extent.start, each.extent.end) for each in offer.windows)
    grains = union((1 << bank.end // GRAIN) - (1 << bank.start // GRAIN) for bank in banks)
    most = 988 if guest.spis is None else min(988, guest.spis)
    numbers = {"sgi": range(16), "ppi": range(16, 32), "spi": range(32, 32 + most)}
    return {
        "no-overlap": apart(offer),
        "within-ipa": not any(
            byte >> offer.domain.ipa_bits for each in offer.given for byte in (each.extent.start, each.extent.end - 1)
        ),
        "minimum-size": all(
            sizes[need.name] == need.amount or (sizes[need.name] > need.amount and not need.exact)
            for need in guest.needs
        ),
        "banks": guest.memory % guest.memory_unit == 0
        and grains.bit_count() * GRAIN == guest.memory
        and not union(pages(bank.start, bank.end) for bank in banks) & ~allowed,
        "interrupts": len({each.number for each in guest.interrupts}) == len(guest.interrupts)
        and all(each.number in numbers[each.kind] for each in guest.interrupts),
    }  # fmt: skip


def lost(offer: Offer) -> int:
    """Pages of qualifying free stretches that no region has and no cap dropped."""
    free = allowed(offer) & ~taken(offer)
    free &= ~union(pages(each.extent.start, each.extent.end) for each in offer.excused)
    block, run, found = (1 << BLOCK) - 1, 0, 0
    count = (1 << offer.domain.ipa_bits) // PAGE // BLOCK
    for number in range(count + 1):
        is_free = number < count and (free >> (number * BLOCK)) & block == block
        if is_free:
            run += 1
            continue
        if run >= LEAST:
            found |= (1 << number * BLOCK) - (1 << (number - run) * BLOCK)
        run = 0
    return (
        found & ~union(covered(offer)) & ~union(pages(each.start, each.end) for each in offer.domain.dropped)
    )


def written(number: int, cells: int) -> int:
    """What is read of a number written into so many cells of four bytes, the highest first."""
    return int.from_bytes(struct.pack(">QQ", 0, number)[16 - 4 * cells :], "big")


def usable_by_linux(offer: Offer) -> dict[str, bool]:
    """As the kernel does it, with inclusive ends: a resource, without the gaps, in which it looks for a section.

    Of a region of no size at 0, whose end is the last address there is, nothing is said.
    """
    address, size = offer.cells
    read = [(written(each.start, address), written(each.end - each.start, size)) for each in offer.regions]
    ends = [(start, start + length - 1) for start, length in read]
    if any(before + 1 > start for (_, before), (start, _) in pairwise(ends)):
        return {"consumer-usable": False}
    if not ends or (0, -1) in ends:
        return {}
    free = pages(min(start for start, _ in ends), max(end for _, end in ends) + 1)
    for (_, before), (start, _) in pairwise(ends):
        free &= ~pages(before + 1, start)
    section = 64 * BLOCK
    whole_section = (1 << section) - 1
    found = any(free >> at & whole_section == whole_section for at in range(0, free.bit_length(), section))
    return {"consumer-usable": found}


def verdicts(offer: Offer) -> dict[str, bool]:
    """Whether each property holds, of those that the offer has something of."""
    ranges = [(each.start, each.end) for each in offer.regions]
    grant = offer.domain.grant_region
    grants = [] if grant is None else [(grant.start, grant.end)]
    unit = 1 if offer.hardware else BLOCK
    found: dict[str, bool] = {}
    if ranges:
        found["one-to-one-holes" if offer.host_layout else "no-overlap"] = disjoint(offer)
    if ranges or grants:
        address, size = offer.cells
        found["registers-fit"] = all(
            written(start, address) == start and written(end - start, size) == end - start
            for start, end in ranges + grants
        )
        if ranges or any(start < end for start, end in grants):
            found["aligned"] = all(not edge & (PAGE * BLOCK - 1) for each in ranges for edge in each) and all(
                start == end or not (start | end) & (PAGE * unit - 1) for start, end in grants
            )
        found["within-ipa"] = all(
            end >> offer.domain.ipa_bits in (0, 1) for _, end in ranges + grants
        ) and all(not (end - 1) >> offer.domain.ipa_bits for start, end in ranges + grants if end > start)
        frames = [
            (end - start) // PAGE for start, end in grants if end > start
        ]  # whole ones alone hold a frame
        found["minimum-size"] = all(
            pages(start, end).bit_count() >= LEAST * BLOCK for start, end in ranges
        ) and all(count >= offer.grant_frames for count in frames)
    found |= usable_by_linux(offer)
    if offer.domain.producer is not None:
        found["complete"] = not lost(offer)
    if offer.operations:
        beyond = union(pages(each.start, each.end) for each in offer.domain.dropped)
        found["preconditions"] = not beyond & ~union(covered(offer)) and all(
            each.start + each.size <= 1 << 64 and (each.size > 0 or each.start % PAGE > 0)
            for each in offer.operations
        )
    if offer.devices:
        asked = [pages(each.described.start, each.described.end) for each in offer.devices]
        mapped = [pages(each.mapped.start, each.mapped.end) for each in offer.devices]
        permitted = [pages(each.permitted.start, each.permitted.end) for each in offer.devices]
        found["permissions-match"] = union(asked) == union(mapped) == union(permitted)
    return {
        name: found.get(name, True) and whole_map.get(name, True)
        for whole_map in (of_guest(offer),)
        for name in (*found, *(name for name in whole_map if name not in found))
    }
