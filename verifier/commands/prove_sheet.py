"""What `verifier prove` found, as the sheet that formats for machines are made of."""

from __future__ import annotations

from verifier.layout.sheet import Mark, Part, Place, Row, Sheet, Topic, with_doubts
from verifier.layout.theorem_report import Judged, TheoremFound, TheoremReport
from verifier.layout.units import hexa, listing
from verifier.reports.theorem_text import headline, refutation, spans


def sheet(report: TheoremReport) -> Sheet:
    """A row for each theorem and verdict: what is refuted in some releases and proved in others has two."""
    topics = tuple(
        Topic(each.name, each.name, each.statement, each.why, each.cites) for each in report.theorems
    )
    rows = tuple(_row(theorem, judged, report) for theorem in report.theorems for judged in theorem.judged)
    head = headline(report)
    part = Part("", head, report.verdict, rows, report.notes)
    subject = " ".join(report.asked) or "all theorems"
    return with_doubts(
        Sheet("prove", subject, head, report.verdict, topics, (part,), report.assumptions, report.solver)
    )


def _row(theorem: TheoremFound, judged: Judged, report: TheoremReport) -> Row:
    found = judged.refutation
    details = [f"for xen {spans(judged, report)}"]
    if theorem.unbounded and judged.verdict == "proved":
        details.append(f"for any number of: {theorem.unbounded}")
    if judged.uses:
        details.append(f"rests on {listing(judged.uses)}")
    if theorem.assumptions:
        details.append(f"assumes {listing(theorem.assumptions)}")
    if found is not None:
        details += refutation(found)
    return Row(
        theorem.name,
        judged.verdict,
        "error",
        (theorem.producer,),
        judged.message,
        tuple(details),
        example="" if found is None or found.address is None else f"address {hexa(found.address)}",
        place=Place(f"proofs/{found.file}") if found is not None and found.file else None,
        marks=()
        if found is None
        else tuple(Mark(name, extent.start, extent.end) for name, extent in found.regions),
    )
