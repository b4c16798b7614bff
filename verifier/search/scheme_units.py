"""Regions that are on offer and of no use: less than a whole unit of a kernel that takes whole units.

A guest of xl is offered what is unused of its RAM windows, 64 MiB or more (verifier.xen.libxl_regions); Linux takes
sections of 128 or 512 MiB. The guest with the least on offer is the one whose last window has just the minimum left.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

from verifier.layout.consumer import Consumer, Takes
from verifier.layout.domain_map import Extent
from verifier.layout.errors import InternalError
from verifier.layout.scheme_report import BREAKS, UNDECIDED, Example
from verifier.layout.units import size, sized
from verifier.logic.regimes import first_change
from verifier.reading.models import PAGE
from verifier.search.scheme_places import Trouble, case_of_source
from verifier.xen import libxl_regions
from verifier.xen.bank_fill import filled
from verifier.xen.consumers import stretches, whole_units
from verifier.xen.ext_regions import LEAST
from verifier.xen.outcome import Span
from verifier.xen.release import xen

EVERYWHERE = Extent(0, 1 << 64)


def always_fits(unit: int) -> bool:
    """Whether each region of whole pages has a whole unit, wherever it begins: with one of 64 MiB all have.

    At worst the region begins a page above a multiple, and `unit - PAGE` bytes come before the next one.
    """
    return 2 * unit - PAGE <= LEAST


def trouble(tag: str, consumer: Consumer) -> Trouble | None:
    """A guest of a release that is offered regions of which a kernel can use nothing; undecided if none is found."""
    takes = consumer.takes
    assert takes is not None
    if always_fits(takes.unit):
        return None
    found = useless(tag, takes)
    if found is None:
        return Trouble(
            UNDECIDED, f"no guest was found that it fails in, which proves nothing ({consumer.name})"
        )
    bits, least, most, regions = found
    first = regions[0]
    why = (
        f"at {bits} ipa bits, with {sized(least)} to {sized(most)} of memory, what is on offer has no whole unit of "
        f"{size(takes.unit)}, at most memory {first}: it {takes.unusable}"
    )
    example: dict[str, int | str] = {"release": tag, "ipa_bits": bits, "memory": most, "unit": takes.unit}
    return Trouble(BREAKS, why, Example(example, tuple(("extended region", each) for each in regions)))


@cache
def useless(tag: str, takes: Takes) -> tuple[int, int, int, tuple[Extent, ...]] | None:
    """Width, least and most memory, and the regions at most memory; the narrowest width, then the least memory.

    Between the two every size fails. Raises InternalError if plain division finds a unit after all.
    """
    for bits, most in _tight(tag):
        regions = _offered(tag, bits, most)
        if not regions or _usable(takes, regions):
            continue

        def fails(pages: int, bits: int = bits) -> bool:
            some = _offered(tag, bits, pages * PAGE)
            return bool(some) and not _usable(takes, some)

        low = max(0, most // PAGE - 2 * takes.unit // PAGE)
        least = first_change(low, most // PAGE, fails) * PAGE if not fails(low) else low * PAGE
        for memory in (least, most):
            _recheck(tag, bits, memory, takes.unit)
        return bits, least, most, regions
    return None


def _tight(tag: str) -> Iterator[tuple[int, int]]:
    """Widths, and memory that leaves the minimum in the window that it ends in."""
    case = case_of_source(f"xen-{tag}")
    for width in case.facts.widths:
        before = 0
        for bank in case.layout.banks:
            assert bank.size is not None
            room = min(bank.start + bank.size, 1 << width.bits) - bank.start
            memory = before + room - LEAST
            if room > LEAST and memory <= case.space.pages(width.bits) * PAGE:
                yield width.bits, memory
            before += bank.size


def windows_of(tag: str) -> tuple[Span, ...]:
    """The RAM windows of a release."""
    banks = case_of_source(f"xen-{tag}").layout.banks
    return tuple(Span(bank.start, bank.size) for bank in banks if bank.size is not None)


def offered(tag: str, bits: int, memory: int) -> tuple[Extent, ...]:
    """The regions of a guest of xl without iomem."""
    return _offered(tag, bits, memory)


@cache
def _offered(tag: str, bits: int, memory: int) -> tuple[Extent, ...]:
    windows = windows_of(tag)
    used = [each.size for each in filled(windows, memory)]
    guest = libxl_regions.Guest(bits, windows, used)
    return tuple(each.extent for each in libxl_regions.find(xen(tag), guest).regions)


def _usable(takes: Takes, regions: tuple[Extent, ...]) -> bool:
    spans = [Span(each.start, each.size) for each in regions]
    return any(whole_units(takes, *each, EVERYWHERE) is not None for each in stretches(takes, spans))


def _recheck(tag: str, bits: int, memory: int, unit: int) -> None:
    """By division instead of masks, and from the windows instead of libxl's code."""
    for bank in case_of_source(f"xen-{tag}").layout.banks:
        assert bank.size is not None
        used = min(memory, bank.size)
        memory -= used
        start, end = bank.start + used, min(bank.start + bank.size, 1 << bits)
        if end - start >= LEAST and end // unit > -(-start // unit):
            raise InternalError(
                f"[{start:#x}, {end:#x}) has a whole unit of {size(unit)}, and was said to have none"
            )
