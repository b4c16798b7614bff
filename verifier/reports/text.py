"""The report for people: one sentence first, details after."""

from __future__ import annotations

from collections.abc import Iterator

from verifier.layout import units
from verifier.layout.finding import Report, Verdict
from verifier.reports import finding_words, findings_text, patches


def render(report: Report, *, verbose: bool = False, quiet: bool = False) -> str:
    """The whole report as text, without colour."""
    return units.printable("\n".join(_lines(report, verbose=verbose, quiet=quiet)) + "\n")


def _lines(report: Report, *, verbose: bool, quiet: bool) -> Iterator[str]:
    if report.before:
        yield finding_words.series(report)
    if not report.before or not quiet:
        for each in (*report.before, report):
            yield from _layout(each, verbose=verbose, quiet=quiet)
    if not quiet:
        yield ""
        yield from _footing(report, verbose=verbose)


def _layout(report: Report, *, verbose: bool, quiet: bool) -> Iterator[str]:
    """Everything about one layout; of a series, about the layout after one of its patches."""
    if report.in_series:
        yield ""
    yield finding_words.headline(report)
    if quiet:
        return
    yield from patches.applied(report)
    told: list[str] = []
    for finding in finding_words.in_order(report):
        if finding.verdict is Verdict.REFUTED:
            yield ""
            shown = verbose or len(told) < findings_text.MOST_MAPS
            yield from findings_text.refutation(finding, report.space, show_map=shown)
            if finding.property not in told:
                yield from findings_text.why(finding)
            told.append(finding.property)
        elif finding.verdict is Verdict.UNKNOWN:
            yield ""
            yield f"unknown: {finding.message}  [{finding.property}]"
        elif finding.verdict is Verdict.WAIVED:
            yield ""
            yield from findings_text.waived(finding, report.space)
    rest = [each for each in report.findings if each.verdict in (Verdict.PROVED, Verdict.NOT_APPLICABLE)]
    if rest:
        yield ""
    for finding in rest:
        yield from findings_text.holds(finding, report.space)


def _footing(report: Report, *, verbose: bool) -> Iterator[str]:
    """What the verdict rests on."""
    trust = report.trust
    yield (
        f"{trust.obligations} {units.plural(trust.obligations, 'obligation')}: {trust.arithmetic} decided by "
        f"arithmetic, {trust.z3} by {report.solver}; {trust.defines_found} GUEST_ "
        f"{units.plural(trust.defines_found, 'macro')} read, {len(trust.unclassified)} not classified"
        + (f", {len(trust.not_numbers)} no numbers" if trust.not_numbers else "")
    )
    told = (
        "shown to leave guests at every width"
        if trust.assumptions_satisfiable
        else "NOT satisfiable everywhere"
    )
    yield f"assumptions ({told}), baseline {report.baseline}:"
    for assumption in report.assumptions:
        yield f"  {assumption.id}: {assumption.statement} ({assumption.source})"
    if report.policy != "none":
        yield f"policy: {report.policy}"
    if verbose:
        yield f"{report.seconds:.3f} seconds"
