"""`verifier host` as text."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from verifier.layout import units
from verifier.layout.board_report import BoardReport, Neighbourhood
from verifier.layout.domain_map import Agreement, DomainMap, Extent
from verifier.layout.units import listing, plural, printable
from verifier.reports import adjacency_text, board_findings_text

if TYPE_CHECKING:
    from verifier.layout.open_grant import OpenGrant, Regime


def render(report: BoardReport, *, verbose: bool = False, quiet: bool = False) -> str:
    """The whole report, or its first line; `verbose` adds every place of an open grant region."""
    lines = [_headline(report), *(() if quiet else _details(report, verbose=verbose))]
    return printable("\n".join(lines) + "\n")


def _headline(report: BoardReport) -> str:
    count = len({each.name for each in report.maps})
    domains = f"{count} {plural(count, 'domain')} of xen {report.release} ({report.build} build)"
    return f"{report.file}: {board_findings_text.headline(report)}; {domains}"


def _details(report: BoardReport, *, verbose: bool) -> Iterator[str]:
    yield from (f"  note: {note}" for note in report.notes)
    yield from (f"  Xen was not predicted to stop, but {each}" for each in report.contradictions)
    yield from (f"  dom0 cannot have the banks of the log: {each}" for each in report.impossible)
    for each, widths in _alike(report.maps):
        yield ""
        yield from _domain(each, widths, verbose=verbose)
    for agreement in report.agreements:
        yield ""
        yield from _compared(agreement)
    yield from board_findings_text.lines(report, verbose=verbose)
    if report.assumptions:
        yield "assumptions:"
        yield from (f"  {each.id}: {each.statement} ({each.source})" for each in report.assumptions)
    for one in _widest(report.neighbourhoods):
        yield ""
        yield f"{one.domain}: {one.ipa_bits} ipa bits, {'with' if one.iommu else 'without'} IOMMU"
        yield from (f"  {line}" for line in adjacency_text.lines(one.adjacency, verbose=verbose))


def _widest(found: tuple[Neighbourhood, ...]) -> Iterator[Neighbourhood]:
    """Of each domain and IOMMU setting that with the widest address space: it has all that the others have."""
    best: dict[tuple[str, bool], Neighbourhood] = {}
    for each in found:
        known = best.get((each.domain, each.iommu))
        if known is None or known.ipa_bits < each.ipa_bits:
            best[each.domain, each.iommu] = each
    yield from best.values()


def _alike(maps: tuple[DomainMap, ...]) -> Iterator[tuple[DomainMap, list[str]]]:
    """Maps that differ in nothing but the width, as one with all its widths; in the order of the first of them.

    A guest without passthrough has the same map twice for a width: the host's IOMMU is nothing to it.
    """
    found: dict[DomainMap, dict[str, None]] = {}
    for each in maps:
        found.setdefault(replace(each, ipa_bits=0), {})[str(each.ipa_bits)] = None
    yield from ((each, list(widths)) for each, widths in found.items())


def _domain(each: DomainMap, widths: list[str], *, verbose: bool) -> Iterator[str]:
    named = each.name if each.path is None else f"{each.name} ({each.path})"
    boots = {True: "built", False: "not built", None: "built if what is open allows"}[each.boots]
    yield f"{named}: {listing(widths, 'or')} ipa bits, {'with' if each.iommu else 'without'} IOMMU, {boots}"
    yield from (f"  {reason}" for reason in each.reasons)
    yield from _ranges("RAM", each.banks, "not known")
    yield from _ranges(
        "grant region", None if each.grant_region is None else (each.grant_region,), "not known"
    )
    producer = f" by {each.producer}" if each.producer else ""
    if each.open_grant is not None and each.extended_regions is None:
        yield from _everywhere(each.open_grant, producer, verbose=verbose)
    else:
        otherwise = "none: see above" if each.boots is False else "open"
        yield from _ranges(f"extended regions{producer}", each.extended_regions, otherwise)
    yield from _regions(each)
    written = () if each.grant_region is None else (each.grant_region, *(each.extended_regions or ()))
    if each.registers is not None and each.registers != written and each.registers:
        yield from _ranges("what it reads instead, cut to the cells of the root", each.registers, "")


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


def _ranges(what: str, extents: tuple[Extent, ...] | None, otherwise: str) -> Iterator[str]:
    if extents is None:
        yield f"  {what}: {otherwise}"
        return
    if not extents:
        yield f"  {what}: none"
        return
    yield f"  {what}:"
    width = max(len(str(each)) for each in extents)
    for each in extents:
        yield f"    {each!s:<{width}}  {units.size(each.size)}"


def _compared(agreement: Agreement) -> Iterator[str]:
    count = len(agreement.observed.extended_regions)
    if not agreement.differences:
        yield f"{agreement.name}: the log has the same {count} extended {plural(count, 'region')}"
        return
    yield f"{agreement.name}: the log disagrees (log-agrees refuted)"
    for each in agreement.differences:
        sides = ["none" if side is None else str(side) for side in (each.predicted, each.observed)]
        yield f"  extended region {each.index}: predicted {sides[0]}, logged {sides[1]}"
    for reason in agreement.explained_by:
        yield f"  the log is what is predicted of: {reason}"
    if not agreement.explained_by:
        yield "  no single other behaviour of Xen explains it: is it the log of this board and release?"
