"""What guest kernels make of the regions that a domain is offered: `models/consumers.toml` as code.

Model of arch_xen_unpopulated_init (Linux arch/arm/xen/enlighten.c) and fill_list (drivers/xen/unpopulated-alloc.c), and
of EXT_BLOCK and xen_region_get_pages (Zephyr drivers/xen/regions.c): which regions a kernel refuses, and how many whole
units it finds in the rest. Linux looks below its linear map (arch_get_mappable_range), which begins where its RAM does,
or below that by chance (arm64_memblock_init); so there is what it can use for certain, and what it can use at most.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import pairwise

from verifier.layout.consumer import PARTS_OF_PAGES, ZERO_START, Consumer, Fault, LinearMap, Takes, Use
from verifier.layout.domain_map import Extent
from verifier.layout.finding import Verdict
from verifier.layout.obstacle import merged
from verifier.layout.offer import Offer
from verifier.logic.word import Word, equal, holds, larger, smaller, uint64
from verifier.reading.models import PAGE
from verifier.xen.host_regions import truncated
from verifier.xen.outcome import Span

_EVERYWHERE = Extent(0, 1 << 64)
_NOWHERE = Extent(0, 0)


def with_uses(offer: Offer, consumers: Iterable[Consumer], named: Iterable[str], bits: int) -> Offer:
    """The offer with what each kernel of so many bits makes of it; those that are `named` count, whatever their bits."""
    wanted = frozenset(named)
    uses = (
        replace(use(each, offer, bits), named=each.name in wanted)
        for each in consumers
        if each.bits == bits or each.name in wanted
    )
    return replace(offer, uses=tuple(uses))


def use(consumer: Consumer, offer: Offer, bits: int) -> Use:
    """What one kernel makes of what it reads, which is cut to the cells that it is written into."""
    domain = offer.domain
    if domain.boots is False:
        return Use(consumer, Verdict.NOT_APPLICABLE, "the domain is not built", 0)
    if consumer.bits != bits:
        reason = f"it has {consumer.bits} bits, and the kernel of {offer.name} {bits}: --kernel-bits tells"
        return Use(consumer, Verdict.NOT_APPLICABLE, reason, 0)
    if consumer.takes is None:
        return Use(consumer, Verdict.NOT_APPLICABLE, f"it takes no regions: it {consumer.none}", 0)
    if offer.is_told:
        return _told(consumer, consumer.takes, offer)
    reason = (
        "which regions are on offer is open: --dom0-bank and --grant-table, or a log, tell what it depends on"
    )
    if domain.open_grant is None or not _fit(domain.open_grant.whole, offer.cells):
        return Use(consumer, Verdict.UNKNOWN, reason, None)
    # Wherever the grant region lies, the regions are in order and have all that is certain; more of them is no less usable.
    sure, _ = windows(consumer.takes.linear, offer)
    certain = domain.open_grant.certain
    usable, parts = _parts(consumer.takes, certain, sure)
    if usable:
        return Use(consumer, Verdict.PROVED, "", usable, parts, certain, at_least=True)
    return Use(consumer, Verdict.UNKNOWN, reason, None)


def _fit(regions: Iterable[Extent], cells: tuple[int, int]) -> bool:
    """Whether every part of some regions is read as it is written."""
    starts, sizes = (1 << 32 * count for count in cells)
    return all(each.end <= starts and each.size < sizes for each in regions)


def _told(consumer: Consumer, takes: Takes, offer: Offer) -> Use:
    read = tuple(truncated(each, offer.cells) for each in offer.regions)
    if not read:
        return Use(consumer, Verdict.NOT_APPLICABLE, f"no region is on offer: it {consumer.none}", 0)
    spans = [Span(each.start, each.size) for each in read]
    nothing = (0,) * len(read)
    fault = next(faults(takes, spans), None)
    if fault is not None:
        return Use(consumer, Verdict.REFUTED, f"it {takes.refused}", 0, nothing, read, fault=fault)
    if takes.joins and any(not each.end for each in read):
        reason = "it takes a region of no size at address 0 for one that ends at 2^64"
        return Use(consumer, Verdict.UNKNOWN, reason, None, nothing, read)
    sure, most = windows(takes.linear, offer)
    (usable, parts), (at_most, _) = _parts(takes, read, sure), _parts(takes, read, most)
    if usable:
        return Use(consumer, Verdict.PROVED, "", usable, parts, read, at_least=at_most > usable)
    if at_most:
        reason = f"whether its linear map, {sure} for certain, has any of it depends on where its RAM lies, and on chance"
        return Use(consumer, Verdict.UNKNOWN, reason, None, nothing, read)
    reason = f"it {takes.unusable}"
    return Use(consumer, Verdict.REFUTED, reason, 0, nothing, read, bound=most.end)


def faults(takes: Takes, spans: Sequence[Span]) -> Iterator[Fault]:
    """Why a kernel gives up on regions as it reads them; numbers, not words of a solver."""
    for index, (lower, upper) in enumerate(pairwise(spans), start=1):
        end = uint64.add(lower.start, lower.size)  # regs[i - 1].end + 1
        if takes.ascending and holds(end > upper.start):
            yield Fault("out-of-order", (index - 1, index), _known(upper.start), _known(end))
    for index, span in enumerate(spans):
        if ZERO_START in takes.refuses and holds(equal(span.start, 0)):
            yield Fault(ZERO_START, (index,), 0, 1)
        if PARTS_OF_PAGES in takes.refuses:
            for number in (span.start, span.size):
                if not holds(equal(uint64.round_down(number, PAGE), number)):
                    yield Fault(PARTS_OF_PAGES, (index,), _known(number), PAGE)


def _known(word: Word) -> int:
    assert isinstance(word, int)
    return word


def stretches(takes: Takes, spans: Iterable[Span]) -> Iterator[tuple[Word, Word]]:
    """Starts and ends, exclusive, of what is one to a kernel that refuses none of the regions."""
    last: tuple[Word, Word] | None = None
    for span in spans:
        end = uint64.add(span.start, span.size)
        if last is not None and takes.joins and holds(equal(last[1], span.start)):
            last = last[0], end
            continue
        if last is not None:
            yield last
        last = span.start, end
    if last is not None:
        yield last


def whole_units(takes: Takes, start: Word, end: Word, window: Extent) -> tuple[Word, Word] | None:
    """The whole units of `[start, end)` inside a window; None if there are none."""
    low = larger(start, window.start)
    high = smaller(end, min(window.end, uint64.top))
    first, last = uint64.round_up(low, takes.unit), uint64.round_down(high, takes.unit)
    if holds(first < low) or not holds(first < last):  # the first multiple may be 2^64
        return None
    return first, last


def _parts(takes: Takes, regions: Sequence[Extent], window: Extent) -> tuple[int, tuple[int, ...]]:
    """Usable bytes, in all and in each region; a byte in two regions is one of each."""
    spans = [Span(each.start, each.size) for each in regions]
    found = (whole_units(takes, *each, window) for each in stretches(takes, spans))
    usable = merged(Extent(_known(each[0]), _known(each[1])) for each in found if each is not None)
    ends = [each.end for each in usable]
    return sum(each.size for each in usable), tuple(_shared(each, usable, ends) for each in regions)


def _shared(region: Extent, usable: Sequence[Extent], ends: Sequence[int]) -> int:
    """Bytes of a region that are usable; `usable` by address, with its ends."""
    size = 0
    for each in usable[bisect_right(ends, region.start) :]:
        if each.start >= region.end:
            break
        size += min(region.end, each.end) - max(region.start, each.start)
    return size


def windows(linear: LinearMap | None, offer: Offer) -> tuple[Extent, Extent]:
    """Addresses that the linear map of a kernel has for certain, and all that it may have.

    It begins at the first RAM, rounded down, or higher where the RAM would not fit; or, at random, anywhere below, if it is
    larger than the address space: then its end is above that still (arm64_memblock_init). Reserved memory is RAM to dom0,
    and static shared memory to its domain. Where the banks are not known, they lie anywhere in the host's RAM.
    """
    if linear is None:
        return _EVERYWHERE, _EVERYWHERE
    banks = offer.domain.banks
    ram = banks or (offer.ram if offer.host_layout else ())
    if not ram:
        return _NOWHERE, _EVERYWHERE
    size = 1 << linear.bits
    reserved = offer.board.of_kind("reserved-memory") if offer.host_layout else ()
    shared = (each for each in offer.given if each.kind == "shared-memory")
    known = (*ram, *(each.extent for each in (*reserved, *shared)))
    first, last = min(each.start for each in known), max(each.end for each in known)
    highest = min(each.start for each in ram) if banks else max(each.end for each in ram)
    begin = max(highest // linear.start * linear.start, -(-(last - size) // linear.start) * linear.start)
    end = first // linear.start * linear.start + size
    return Extent(begin, max(begin, end)), Extent(0, begin + size)
