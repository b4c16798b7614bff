"""The report for people: one sentence first, details after."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator

from verifier.layout import units
from verifier.layout.finding import Finding, Report, Verdict
from verifier.layout.picture import guest_picture
from verifier.reports import patches, sentences, text_map

WIDTH = 110
MAP_INDENT = " " * 4
MOST_MAPS = 8
"""Refutations that print their map; the others are said to be left out."""


def render(report: Report, *, verbose: bool = False, quiet: bool = False) -> str:
    """The whole report as text, without colour."""
    return units.printable("\n".join(_lines(report, verbose=verbose, quiet=quiet)) + "\n")


def _lines(report: Report, *, verbose: bool, quiet: bool) -> Iterator[str]:
    if report.before:
        yield _series(report)
    if not report.before or not quiet:
        for each in (*report.before, report):
            yield from _layout(each, verbose=verbose, quiet=quiet)
    if not quiet:
        yield ""
        yield from _footing(report, verbose=verbose)


def _series(report: Report) -> str:
    """One sentence about all patches of a series."""
    verdicts = [each.own_verdict for each in (*report.before, report)]
    counts = [(verdicts.count(verdict), verdict) for verdict in Verdict if verdict in verdicts]
    said = ", ".join(f"{count} {verdict}" for count, verdict in counts)
    return f"{report.subject.name}: {report.verdict} ({len(verdicts)} patches: {said})"


def _layout(report: Report, *, verbose: bool, quiet: bool) -> Iterator[str]:
    """Everything about one layout; of a series, about the layout after one of its patches."""
    if report.in_series:
        yield ""
    yield _headline(report)
    if quiet:
        return
    yield from patches.applied(report)
    told: list[str] = []
    for finding in _sorted(report):
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


def _sorted(report: Report) -> list[Finding]:
    """Errors before advice; what is waived comes after both."""
    return sorted(
        report.findings,
        key=lambda finding: (finding.verdict is Verdict.WAIVED, finding.severity != "error"),
    )


def _headline(report: Report) -> str:
    counts: dict[str, set[str]] = {name: set() for name in (*map(str, Verdict), "advised")}
    for finding in report.findings:
        advised = finding.severity == "advice" and finding.verdict is Verdict.REFUTED
        counts["advised" if advised else str(finding.verdict)].add(finding.property)
    said = ", ".join(f"{len(names)} {verdict}" for verdict, names in counts.items() if names)
    facts = report.space.facts
    bits = units.listing([str(width.bits) for width in facts.widths])
    number = f" patch {report.application.number}" if report.application and report.in_series else ""
    return (
        f"{report.subject.name}{number}: {report.own_verdict} ({report.trust.properties} properties: {said}) "
        f"for xen {report.release} on {facts.arch}, ipa bits {bits}"
    )


def _refutation(finding: Finding, report: Report, *, show_map: bool) -> Iterator[str]:
    example = finding.counterexample
    assert example is not None
    place = f"{_place(finding, report)}: " if _place(finding, report) else ""
    yield f"{place}{finding.severity}: {finding.message}  [{finding.property}]"
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
    yield from _help(finding, report)


def _regimes(finding: Finding, report: Report) -> Iterator[str]:
    for index, line in enumerate(sentences.regimes(finding, report.space)):
        yield f"  {'fails when' if not index else '       and'}: {line}"


def _waived(finding: Finding, report: Report) -> Iterator[str]:
    """What fails, when, and who accepts it why."""
    waiver = finding.waiver
    assert waiver is not None
    yield f"waived: {finding.message}  [{finding.property}]"
    yield from _regimes(finding, report)
    owner = f"; {waiver.owner}" if waiver.owner else ""
    until = f"; until {waiver.expires.isoformat()}" if waiver.expires else ""
    reason = f"accepted by {waiver.origin}: {waiver.reason}{owner}{until}"
    yield from textwrap.wrap(reason, WIDTH, initial_indent="  ", subsequent_indent="    ")


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


def _place(finding: Finding, report: Report) -> str:
    """Where to look first: the last defined of the regions involved, or the macro itself."""
    example = finding.counterexample
    if finding.place is not None:
        return str(finding.place)
    if example is not None and example.regions:
        return str(max(region.origin for region in example.regions))
    for stem in report.space.layout.stems:
        if stem.name == finding.subjects[0]:
            return str(min(define.origin for define in (*stem.bases, *stem.sizes)))
    define = report.space.layout.defines.get(finding.subjects[0])
    return str(define.origin) if define else ""


def _help(finding: Finding, report: Report) -> Iterator[str]:
    for line in (*(repair.summary for repair in finding.repairs), *finding.help):
        yield f"  help: {line}"
    if not finding.repairs_searched:
        yield "  help: repairs were not searched for: too many refutations"
    elif finding.counterexample and finding.counterexample.witness.kind == "missing":
        yield f"  help: define {finding.counterexample.witness.macro}"
    elif not finding.repairs and not finding.help and finding.severity == "error":
        yield "  help: no change was found that cures this without breaking something else"
    example = finding.counterexample
    if example is None or example.witness.kind != "address-beyond" or finding.partly_waived:
        return
    failing = finding.fails_when.choices.get("ipa_bits", ()) if finding.fails_when else ()
    holding = [str(width.bits) for width in report.space.facts.widths if width.bits not in failing]
    if failing and holding:
        yield f"  help: it holds for ipa bits {units.listing(holding)} as it stands"


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
