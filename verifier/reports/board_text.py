"""`verifier host` as text."""

from __future__ import annotations

from collections.abc import Iterator

from verifier.layout import units
from verifier.layout.domain_map import Agreement, BoardReport, DomainMap, Extent
from verifier.layout.units import plural, printable

_HEADS = {
    "proved": "predicted",
    "refuted": "the log disagrees",
    "unknown": "open inputs",
}


def render(report: BoardReport) -> str:
    """The whole report."""
    return printable("\n".join(_lines(report)) + "\n")


def _lines(report: BoardReport) -> Iterator[str]:
    head = "predicted, as logged" if report.log and report.verdict == "proved" else _HEADS[report.verdict]
    count = len({each.name for each in report.maps})
    yield f"{report.file}: {head}, {count} {plural(count, 'domain')} of xen {report.release} ({report.build} build)"
    yield from (f"  note: {note}" for note in report.notes)
    yield from (f"  Xen was not predicted to stop, but {each}" for each in report.contradictions)
    for each in report.maps:
        yield ""
        yield from _domain(each)
    for agreement in report.agreements:
        yield ""
        yield from _compared(agreement)


def _domain(each: DomainMap) -> Iterator[str]:
    named = each.name if each.path is None else f"{each.name} ({each.path})"
    boots = {True: "built", False: "not built", None: "built if what is open allows"}[each.boots]
    yield f"{named}: {each.ipa_bits} ipa bits, {'with' if each.iommu else 'without'} IOMMU, {boots}"
    yield from (f"  {reason}" for reason in each.reasons)
    yield from _ranges("RAM", each.banks, "not known")
    yield from _ranges(
        "grant region", None if each.grant_region is None else (each.grant_region,), "not known"
    )
    producer = f" by {each.producer}" if each.producer else ""
    yield from _ranges(
        f"extended regions{producer}",
        each.extended_regions,
        "none: see above" if each.boots is False else "open",
    )
    written = () if each.grant_region is None else (each.grant_region, *(each.extended_regions or ()))
    if each.registers is not None and each.registers != written and each.registers:
        yield from _ranges("what it reads instead, cut to the cells of the root", each.registers, "")


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
