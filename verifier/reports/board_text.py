"""`verifier host` as text."""

from __future__ import annotations

from collections.abc import Iterator

from verifier.layout.board_report import BoardReport, Neighbourhood
from verifier.layout.domain_map import Agreement
from verifier.layout.units import plural, printable
from verifier.reports import adjacency_text, board_consumers_text, board_domains_text, board_findings_text
from verifier.reports.board_headline import headline


def render(report: BoardReport, *, verbose: bool = False, quiet: bool = False) -> str:
    """The whole report, or its first line; `verbose` adds every place of an open grant region."""
    lines = [headline_of_board(report), *(() if quiet else _details(report, verbose=verbose))]
    return printable("\n".join(lines) + "\n")


def headline_of_board(report: BoardReport) -> str:
    """The first line."""
    count = len({each.name for each in report.maps})
    domains = f"{count} {plural(count, 'domain')} of xen {report.release} ({report.build} build)"
    return f"{report.file}: {headline(report)}; {domains}"


def _details(report: BoardReport, *, verbose: bool) -> Iterator[str]:
    yield from (f"  note: {note}" for note in report.notes)
    yield from (f"  Xen was not predicted to stop, but {each}" for each in report.contradictions)
    yield from (f"  dom0 cannot have the banks of the log: {each}" for each in report.impossible)
    yield from board_domains_text.lines(report.maps, verbose=verbose)
    for agreement in report.agreements:
        yield ""
        yield from _compared(agreement)
    yield from board_findings_text.lines(report, verbose=verbose)
    yield from board_consumers_text.lines(report, verbose=verbose)
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
