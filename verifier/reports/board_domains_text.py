"""What each domain of a board is given, as text: each width and IOMMU setting with what is not said already."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import partial
from itertools import takewhile
from typing import TYPE_CHECKING

from verifier.layout import units
from verifier.layout.domain_map import DomainMap, Extent
from verifier.layout.units import listing

if TYPE_CHECKING:
    from verifier.layout.open_grant import OpenGrant, Regime


def lines(maps: tuple[DomainMap, ...], *, verbose: bool) -> Iterator[str]:
    """Domain by domain: one setting in full, the others with what is different.

    `verbose` has all of each, and every place of an open grant region.
    """
    alike = tuple(_alike(maps))
    for name in dict.fromkeys(each.name for each, _ in alike):
        of_domain = [_Told(each, widths) for each, widths in alike if each.name == name]
        first = next((each for each in of_domain if each.map.boots is not False), of_domain[0])
        told: list[_Told] = []
        for one in (first, *(each for each in of_domain if each is not first)):
            built = [each for each in told if each.map.boots is not False] or told
            same = [each for each in built if each.map.iommu == one.map.iommu] or built
            known = None if verbose or not told else max(same, key=partial(_shared, one))
            yield ""
            yield from _domain(one, known, verbose=verbose)
            told.append(one)


@dataclass(frozen=True, slots=True)
class _Told:
    """A map with all widths that have it, in bits."""

    map: DomainMap
    widths: list[str]


def _shared(one: _Told, other: _Told) -> int:
    """With how many of the same extended regions two maps begin."""
    return _begin(one.map.extended_regions or (), other.map.extended_regions or ())


def _begin(one: tuple[Extent, ...], other: tuple[Extent, ...]) -> int:
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False)))


def _alike(maps: tuple[DomainMap, ...]) -> Iterator[tuple[DomainMap, list[str]]]:
    """Maps that differ in nothing but the width, as one with all its widths; in the order of the first of them.

    A guest without passthrough has the same map twice for a width: the host's IOMMU is nothing to it.
    """
    found: dict[DomainMap, dict[str, None]] = {}
    for each in maps:
        found.setdefault(replace(each, ipa_bits=0), {})[str(each.ipa_bits)] = None
    yield from ((each, list(widths)) for each, widths in found.items())


def _domain(told: _Told, base: _Told | None, *, verbose: bool) -> Iterator[str]:
    """One setting; with `base`, another setting of the domain that is told, only what differs from it."""
    each, known = told.map, None if base is None else base.map
    named = each.name if each.path is None else f"{each.name} ({each.path})"
    boots = {True: "built", False: "not built", None: "built if what is open allows"}[each.boots]
    rest = "" if base is None else f"; the rest as {_likeness(base, each)}"
    yield f"{named}: {_setting(told)}, {boots}{rest}"
    if known is None or each.reasons != known.reasons:
        yield from (f"  {reason}" for reason in each.reasons)
    if not each.sizes and (known is None or each.banks != known.banks):
        yield from _ranges("RAM", each.banks, "not known")
    if known is None or each.grant_region != known.grant_region:
        grant = None if each.grant_region is None else (each.grant_region,)
        yield from _ranges("grant region", grant, "not known")
    yield from _extended(each, known, verbose=verbose)
    if known is None or each.regions != known.regions:
        yield from _regions(each)
    written = () if each.grant_region is None else (each.grant_region, *(each.extended_regions or ()))
    if each.registers and each.registers != written and (known is None or each.registers != known.registers):
        yield from _ranges("what it reads instead, cut to the cells of the root", each.registers, "")


def _setting(told: _Told) -> str:
    return f"{listing(told.widths, 'or')} ipa bits, {'with' if told.map.iommu else 'without'} IOMMU"


def _likeness(base: _Told, each: DomainMap) -> str:
    """What is the same but for the IOMMU is told by that."""
    if base.map.iommu != each.iommu:
        return f"{'with' if base.map.iommu else 'without'} IOMMU"
    return f"with {listing(base.widths, 'or')} ipa bits"


def _extended(each: DomainMap, known: DomainMap | None, *, verbose: bool) -> Iterator[str]:
    producer = f" by {each.producer}" if each.producer else ""
    if each.open_grant is not None and each.extended_regions is None:
        if known is None or known.open_grant != each.open_grant:
            yield from _everywhere(each.open_grant, producer, verbose=verbose)
        return
    if each.sizes:
        yield from _sizes(each, producer)
        return
    otherwise = "none: see above" if each.boots is False else "open"
    if known is None or known.producer != each.producer:
        yield from _ranges(f"extended regions{producer}", each.extended_regions, otherwise)
    elif known.extended_regions != each.extended_regions or known.boots != each.boots:
        yield from _ranges(
            f"extended regions{producer}", each.extended_regions, otherwise, known.extended_regions
        )


def _sizes(each: DomainMap, producer: str) -> Iterator[str]:
    """The regions for each range of sizes of memory; what of them depends on the size has two numbers."""
    yield f"  extended regions{producer}, by memory:"
    told = [(f"{units.sized(one.least)} to {units.sized(one.most)}", one) for one in each.sizes]
    width = max(len(text) for text, _ in told)
    for text, one in told:
        pairs = zip(one.at_least, one.at_most, strict=True)
        regions = listing([_between(low, high) for low, high in pairs]) or "none"
        yield f"    {text:<{width}}  {regions}"


def _between(low: Extent, high: Extent) -> str:
    """One region at both ends of a range of sizes."""
    if low == high:
        return str(low)
    if low.end == high.end:
        return f"[{units.hexa(low.start)} to {units.hexa(high.start)}, {units.hexa(low.end)})"
    return f"{low} to {high}"


def _everywhere(found: OpenGrant, producer: str, *, verbose: bool) -> Iterator[str]:
    """What holds for every place of the grant region, then each kind of place."""
    sizes = f"{units.size(found.sizes.least)} to {units.size(found.sizes.most)}"
    if found.sizes.least == found.sizes.most:
        sizes = units.size(found.sizes.most)
    yield f"    {sizes} of host RAM where Xen's text begins: --grant-table or a log tells the place"
    yield from _ranges(f"extended regions{producer}, were it not for the grant region", found.whole, "")
    yield (
        "  the 2 MiB blocks that the grant region touches are missing, and what is left beside it if below 64 MiB; wherever "
        f"it lies {units.size(found.at_least)} or more are left{':' if verbose else ' (-v: place by place)'}"
    )
    if not verbose:
        return
    for cut in (None, *found.whole):
        regimes = [each for each in found.regimes if _cut(found, each) == cut]
        if regimes:
            yield f"    {'beside all of these' if cut is None else f'touching {cut}'}:"
        for regime in regimes:
            yield f"      {'' if cut is None else _where(regime)}{_parts(found, regime)}"
    yield from _ranges("certain for every place", found.certain, "")


def _cut(found: OpenGrant, regime: Regime) -> Extent | None:
    return next((each for each in found.whole if each not in regime.fixed), None)


def _where(regime: Regime) -> str:
    """What start and end have to be for the regime; that both lie in the region is said before."""
    starts, ends = [each.start for each in regime.places], [each.end for each in regime.places]
    start = (
        f"start from {units.hexa(min(each.least for each in starts))}"
        if regime.below
        else f"start up to {units.hexa(max(each.most for each in starts))}"
    )
    end = (
        f"end up to {units.hexa(max(each.most for each in ends))}"
        if regime.above
        else f"end from {units.hexa(min(each.least for each in ends))}"
    )
    return f"{start}, {end}: "


def _parts(found: OpenGrant, regime: Regime) -> str:
    if _cut(found, regime) is None:
        return "nothing is missing"
    parts = []
    if regime.below is not None:
        less = f" less {units.size(found.lost)}" if found.lost else ""
        parts.append(f"[{units.hexa(regime.below[0])}, its start{less} rounded down)")
    if regime.above is not None:
        parts.append(f"[its end rounded up, {units.hexa(regime.above[1])})")
    return f"left {listing(parts)}" if parts else "nothing left"


def _regions(each: DomainMap) -> Iterator[str]:
    if not each.regions:
        return
    yield "  other regions:"
    named = [(region.name, region.extent, region.origin) for region in each.regions]
    width = max(len(name) for name, _, _ in named)
    spans = max(len("not known" if extent is None else str(extent)) for _, extent, _ in named)
    for name, extent, origin in named:
        yield f"    {name:<{width}}  {'not known' if extent is None else extent!s:<{spans}}  {origin}"


def _ranges(
    what: str, extents: tuple[Extent, ...] | None, otherwise: str, known: tuple[Extent, ...] | None = None
) -> Iterator[str]:
    """With `known` only what does not begin as these do."""
    if extents is None:
        yield f"  {what}: {otherwise}"
        return
    if not extents:
        yield f"  {what}: none"
        return
    alike = 0 if known is None else _begin(extents, known)
    if alike == len(extents):
        yield f"  {what}: the first {alike} alone"
        return
    extents = extents[alike:]
    yield f"  {what}{f', from number {alike} on' if alike else ''}:"
    width = max(len(str(each)) for each in extents)
    for each in extents:
        yield f"    {each!s:<{width}}  {units.size(each.size)}"
