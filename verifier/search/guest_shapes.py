"""The map of a guest as a function of its memory: what its builder does for an unknown number of bytes.

The code of `verifier.xen` that fills RAM windows and makes extended regions is run on a word; each path through it is a
shape of the map, and together the paths are all sizes of memory.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations

from verifier.layout.consumer import Consumer
from verifier.layout.domain_map import Extent
from verifier.layout.offer import Offer
from verifier.logic.bits import both, either, negate
from verifier.logic.paths import paths
from verifier.logic.runs import OneWord
from verifier.logic.word import Truth, Word, equal, uint64
from verifier.rules.extended_regions import LEAST, SUPERPAGE
from verifier.xen.consumers import stretches, whole_units, windows
from verifier.xen.outcome import Outcome, Span
from verifier.xen.p2m_root import ROOTS, takes
from verifier.xen.release import Xen

Key = tuple[str, tuple[str, ...]]
"""A property and the names of what breaks it, sorted; regions are `REGION`, for their numbers depend on the memory."""
REGION = "extended region"
_FAR = 1 << 63


@dataclass(frozen=True, slots=True)
class Shape:
    """One path."""

    condition: Truth
    """Which sizes take it."""
    banks: tuple[Span, ...]
    """The used part of each RAM window, empty ones included."""
    regions: tuple[Span, ...]
    dropped: bool
    """Whether there are more regions than are taken."""
    unusable: frozenset[str]
    """Kernels that can use none of the regions, though there are some."""


def shapes(
    made: Callable[[], tuple[tuple[Span, ...], Outcome]],
    word: OneWord,
    kernels: Sequence[tuple[Consumer, Extent]],
) -> tuple[Shape, ...]:
    """Every shape; `kernels` are with the addresses that their linear maps have."""

    def run() -> tuple[tuple[Span, ...], Outcome, frozenset[str]]:
        banks, outcome = made()
        idle = (kernel.name for kernel, window in kernels if not _usable(kernel, outcome.regions, window))
        return banks, outcome, frozenset(idle) if outcome.regions else frozenset()

    found = paths(run, possible=word.possible)
    return tuple(
        Shape(
            each.condition, each.value[0], each.value[1].regions, bool(each.value[1].dropped), each.value[2]
        )
        for each in found
    )


def _usable(kernel: Consumer, regions: Sequence[Span], window: Extent) -> bool:
    takes_ = kernel.takes
    if takes_ is None:
        return True
    return any(whole_units(takes_, *each, window) is not None for each in stretches(takes_, regions))


def same_windows(kernel: Consumer, offers: Sequence[Offer]) -> Extent | None:
    """The addresses that the linear map of a kernel has whatever the memory; None where they depend on it."""
    linear = None if kernel.takes is None else kernel.takes.linear
    found = {windows(linear, each) for each in offers}
    if len(found) != 1:
        return None
    sure, most = found.pop()
    ram = min((bank.start for each in offers for bank in each.domain.banks or ()), default=0)
    return sure if sure.start <= ram and sure.end == most.end else None


def conditions(offer: Offer, xen: Xen, found: Sequence[Shape]) -> dict[Key, Truth]:
    """When each thing that depends on the memory is wrong; `offer` is of the least of it.

    What stops a guest with the least memory is not its memory.
    """
    gathered: dict[Key, list[Truth]] = {_key("built", offer.name): [offer.domain.boots is False]}
    for shape in found:
        for key, wrong in _of(offer, xen, shape):
            gathered.setdefault(key, []).append(both(shape.condition, wrong))
    return {key: either(*wrongs) for key, wrongs in gathered.items()}


def _of(offer: Offer, xen: Xen, shape: Shape) -> Iterator[tuple[Key, Truth]]:
    banks = [(f"RAM bank {index} of {offer.name}", bank) for index, bank in enumerate(shape.banks)]
    fixed = [(each.name, span_of(each.extent)) for each in offer.given if each.kind != "domain-ram"]
    for (one, bank), (other, span) in (*combinations(banks, 2), *((a, b) for a in banks for b in fixed)):
        yield _key("no-overlap", one, other), _overlap(bank, span)
    yield from _regions(offer, shape, [*banks, *fixed])
    top = offer.top
    for name, bank in banks:
        yield _key("within-ipa", name), both(bank.size > 0, _end(bank) > top)
        unmapped = negate(takes(xen, ROOTS[offer.domain.ipa_bits], uint64.subtract(_end(bank), 1)))
        yield _key("built", offer.name), both(bank.size > 0, unmapped)
    for (name, bank), window in zip(banks, offer.windows, strict=True):
        outside = negate(both(equal(bank.start, window.extent.start), bank.size <= window.extent.size))
        yield _key("banks", name), outside


def _regions(offer: Offer, shape: Shape, others: Sequence[tuple[str, Span]]) -> Iterator[tuple[Key, Truth]]:
    """What can be wrong with extended regions."""
    for one, other in combinations(shape.regions, 2):
        yield _key("no-overlap", REGION, REGION), _overlap(one, other)
    for region in shape.regions:
        for name, span in others:
            yield _key("no-overlap", REGION, name), _overlap(region, span)
        yield (
            _key("no-overlap", REGION),
            negate(_in_one(region, [each.extent for each in offer.windows], offer.top)),
        )
        yield _key("within-ipa", REGION), either(_end(region) > offer.top, _end(region) < region.start)
        yield _key("minimum-size", REGION), region.size < LEAST
        edges = (region.start, _end(region))
        yield (
            _key("aligned", REGION),
            negate(both(*(equal(uint64.round_down(each, SUPERPAGE), each) for each in edges))),
        )
    if shape.dropped:
        yield _key("preconditions", "the first region dropped"), True
    for kernel in sorted(shape.unusable):
        yield usable_by(kernel), True


def usable_by(kernel: str) -> Key:
    """That a kernel, by its name, can use a region."""
    return _key("consumer-usable", kernel)


def _in_one(region: Span, spaces: Sequence[Extent], top: int) -> Truth:
    """What lies above the address space is told by another property."""
    return either(
        *(
            both(region.start >= each.start, either(_end(region) <= each.end, each.end >= top))
            for each in spaces
        ),
    )


def _key(property_: str, *names: str) -> Key:
    return property_, tuple(sorted(names))


def _end(span: Span) -> Word:
    return uint64.add(span.start, span.size)


def _overlap(one: Span, other: Span) -> Truth:
    """Both have bytes, and some in common; neither wraps."""
    return both(one.size > 0, other.size > 0, one.start < _end(other), other.start < _end(one))


def span_of(extent: Extent) -> Span:
    """What of it lies below 2^63: neither RAM nor a region lies above, or `within-ipa` says so."""
    start, end = min(extent.start, _FAR), min(extent.end, _FAR)
    return Span(start, end - start)
