"""What `verifier check` found, as the sheet that formats for machines are made of."""

from __future__ import annotations

from verifier.layout.configuration import Space
from verifier.layout.finding import Finding, Report, Verdict
from verifier.layout.sheet import Mark, Part, Place, Row, Sheet, Topic, with_doubts
from verifier.layout.subject import Subject
from verifier.layout.units import hexa
from verifier.reports import finding_words, patches, sentences
from verifier.rules.catalogue import catalogue


def sheet(report: Report) -> Sheet:
    """Of one layout, or of those after each patch of a series."""
    reports = (*report.before, report)
    found = Sheet(
        report.command,
        report.subject.name,
        finding_words.series(report) if report.before else finding_words.headline(report),
        str(report.verdict),
        topics(),
        tuple(part(each, f"patch {number} of {len(reports)}") for number, each in enumerate(reports, 1))
        if report.in_series
        else (part(report),),
        report.assumptions,
        report.solver,
    )
    return with_doubts(found)


def topics() -> tuple[Topic, ...]:
    """Every property of layouts."""
    return tuple(Topic(rule.id, rule.title, rule.statement, rule.why, rule.cites) for rule in catalogue())


def part(report: Report, context: str = "") -> Part:
    """What was found of one layout; `context` sets it apart from others of the run."""
    rows = tuple(_row(finding, report) for finding in finding_words.in_order(report))
    notes = tuple(line.strip() for line in patches.applied(report))
    return Part(context, finding_words.headline(report), str(report.own_verdict), rows, notes)


def _row(finding: Finding, report: Report) -> Row:
    return row(finding, report.space, report.subject)


def row(finding: Finding, space: Space, subject: Subject) -> Row:
    """A finding on a layout that a subject gives."""
    example = finding.counterexample
    return Row(
        finding.property,
        str(finding.verdict),
        finding.severity,
        finding.subjects,
        finding.message,
        finding.details,
        tuple(sentences.regimes(finding, space)) if example else (),
        _example(finding, space),
        tuple(finding_words.help_lines(finding, space)) if finding.verdict is Verdict.REFUTED else (),
        _place(finding, space, subject),
        tuple(Mark(each.name, each.start, each.end, Place.of(each.origin)) for each in example.regions)
        if example
        else (),
        finding_words.accepted(finding.waiver) if finding.waiver else "",
    )


def _example(finding: Finding, space: Space) -> str:
    example = finding.counterexample
    if example is None or not example.regions:
        return ""
    at = "" if example.witness.address is None else f", address {hexa(example.witness.address)}"
    return sentences.configuration(example.configuration, space) + at


def _place(finding: Finding, space: Space, subject: Subject) -> Place:
    """Where to look first; of what speaks of the whole layout, the file that gives it."""
    whole = finding.verdict in (Verdict.PROVED, Verdict.NOT_APPLICABLE)
    origin = finding.place if whole else finding_words.place(finding, space)
    if origin is not None:
        return Place(origin.file, origin.line)
    defines = space.layout.defines.values()
    if subject.kind in ("header", "patch") or not defines:
        return Place(subject.name)
    return Place(min(define.origin for define in defines).file)
