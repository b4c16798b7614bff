"""The report for people: one sentence first, details after."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator

from verifier.layout import units
from verifier.layout.finding import Finding, Report, Verdict
from verifier.layout.picture import guest_picture
from verifier.reports import finding_words, patches, sentences, text_map

WIDTH = 110
MAP_INDENT = " " * 4
MOST_MAPS = 8
"""Refutations that print their map; the others are said to be left out."""


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
            yield from _refutation(finding, report, show_map=verbose or len(told) < MOST_MAPS)
            if finding.property not in told:
                yield from _why(finding)
            told.append(finding.property)
        elif finding.verdict is Verdict.UNKNOWN:
            yield ""
            yield f"unknown: {finding.message}  [{finding.property}]"
        elif finding.verdict is Verdict.WAIVED:
            yield ""
            yield from _waived(finding, report)
    rest = [each for each in report.findings if each.verdict in (Verdict.PROVED, Verdict.NOT_APPLICABLE)]
    if rest:
        yield ""
    for finding in rest:
        yield from _holds(finding, report)


def _refutation(finding: Finding, report: Report, *, show_map: bool) -> Iterator[str]:
    example = finding.counterexample
    assert example is not None
    place = finding_words.place(finding, report)
    yield f"{f'{place}: ' if place else ''}{finding.severity}: {finding.message}  [{finding.property}]"
    for detail in finding.details:
        yield f"  {detail}"
    yield from _regimes(finding, report)
    if example.regions:
        at = f", address {units.hexa(example.witness.address)}" if example.witness.address is not None else ""
        yield f"  for example: {sentences.configuration(example.configuration, report.space)}{at}"
        if finding.severity == "error" and show_map:
            for line in text_map.lines(guest_picture(example, report.space), WIDTH - len(MAP_INDENT)):
                yield f"{MAP_INDENT}{line}"
        elif finding.severity == "error":
            yield f"    (map left out after {MOST_MAPS}; -v prints all)"
    yield from (f"  help: {line}" for line in finding_words.help_lines(finding, report))


def _regimes(finding: Finding, report: Report) -> Iterator[str]:
    for index, line in enumerate(sentences.regimes(finding, report.space)):
        yield f"  {'fails when' if not index else '       and'}: {line}"


def _waived(finding: Finding, report: Report) -> Iterator[str]:
    """What fails, when, and who accepts it why."""
    waiver = finding.waiver
    assert waiver is not None
    yield f"waived: {finding.message}  [{finding.property}]"
    yield from _regimes(finding, report)
    yield from textwrap.wrap(
        finding_words.accepted(waiver), WIDTH, initial_indent="  ", subsequent_indent="    "
    )


def _holds(finding: Finding, report: Report) -> Iterator[str]:
    """What is proved or not spoken about, and what a property asks to list."""
    yield f"{finding.verdict}: {finding.property}: {finding.message}"
    for index, box in enumerate(finding.listing):
        yield f"  {f'{finding.listed} when' if not index else 'and'}: {sentences.box(box, report.space)}"
    if finding.listed and not finding.listing_exact:
        yield f"  {finding.listed} elsewhere as well: the list is not exact"


def _why(finding: Finding) -> Iterator[str]:
    """Said once for each property."""
    return iter(textwrap.wrap(f"note: {finding.why}", WIDTH, initial_indent="  ", subsequent_indent="    "))


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
