"""What `verifier ci` found, as the sheet that formats for machines are made of."""

from __future__ import annotations

from verifier.commands import diff_sheet
from verifier.layout.series import Judged, Series
from verifier.layout.sheet import Part, Place, Row, Sheet, with_doubts
from verifier.reports import ci_words


def sheet(report: Series) -> Sheet:
    """A part for each commit that was judged, and one for the merge."""
    found = [each.difference for each in report.parts if each.difference]
    assumptions = {each.id: each for difference in found for each in difference.new.assumptions}
    whole = Sheet(
        "ci",
        report.range,
        ci_words.headline(report),
        str(report.verdict),
        diff_sheet.topics_of(found),
        tuple(map(_part, report.parts)) or (Part("", ci_words.headline(report), str(report.verdict), ()),),
        tuple(assumptions.values()),
        report.solver,
    )
    return with_doubts(whole)


def _part(judged: Judged) -> Part:
    context = f"commit {judged.name}" if judged.short else judged.title
    if judged.difference is not None:
        return diff_sheet.part(judged.difference, context)
    message = ci_words.fault(judged)
    fault = judged.fault
    place = Place(fault.file, fault.line) if fault is not None and fault.file and fault.line else None
    row = Row("well-formed", "unknown", "error", (), message, place=place)
    return Part(context, message, str(judged.verdict), (row,))
