"""What `verifier diff` found, as the sheet that formats for machines are made of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from verifier.commands.check_sheet import row, topics
from verifier.layout.difference import GAINS, Behaviour, Delta, Difference, Effect
from verifier.layout.finding import Cite
from verifier.layout.sheet import Part, Place, Row, Sheet, Topic, with_doubts
from verifier.reports import diff_words, finding_words, patches

_RECORD = "proofs/index.json"


def sheet(report: Difference) -> Sheet:
    """Of one change."""
    found = Sheet(
        "diff",
        report.new.name,
        diff_words.headline(report),
        str(report.verdict),
        topics_of([report]),
        (part(report),),
        report.new.assumptions,
        report.solver,
    )
    return with_doubts(found)


def topics_of(reports: Sequence[Difference]) -> tuple[Topic, ...]:
    """Every property of layouts, and the theorems whose verdict changed in one of the reports."""
    theorems = {each.theorem: each for report in reports for each in report.behaviours}
    cites = (Cite(_RECORD, "the verdict in each release"),)
    return (
        *topics(),
        *(Topic(each.theorem, each.statement, each.statement, _WHY, cites) for each in theorems.values()),
    )


_WHY = "What Xen offers to guests has to be sound for every input, in the new release as in the old one."


def part(report: Difference, context: str = "") -> Part:
    """What became of one layout, the worst first; `context` sets it apart from others of the run."""
    order = [*Effect]
    rows = [_row(each, report) for each in sorted(report.deltas, key=lambda each: order.index(each.effect))]
    rows += [_theorem(each) for each in report.behaviours if diff_words.matters(each)]
    applied = (line for each in report.applications for line in patches.steps(each, report.new.name))
    notes = [*diff_words.notes(report), *(line.strip() for line in applied)]
    return Part(context, diff_words.headline(report), str(report.verdict), tuple(rows), tuple(notes))


def _row(delta: Delta, report: Difference) -> Row:
    """With what the change has to do with it; what got better passes."""
    side = report.old if delta.effect in GAINS else report.new
    found = row(delta.finding, side.space, side.subject)
    if delta.effect in (Effect.KEPT, Effect.SILENT, Effect.ACCEPTED):
        return found
    verdict = "proved" if delta.effect is Effect.CURED else found.verdict
    helps = () if delta.effect in GAINS else found.help
    message = f"{diff_words.effect(delta.effect)}: {found.message}"
    return replace(found, verdict=verdict, message=message, help=helps)


def _theorem(each: Behaviour) -> Row:
    verdict = "waived" if each.waiver else each.after
    return Row(
        each.theorem,
        verdict,
        "error" if each.is_worse or each.after == "unknown" else "advice",
        (),
        diff_words.behaviour(each),
        (diff_words.reason(each),) if each.reason else (),
        place=Place(_RECORD),
        waiver=finding_words.accepted(each.waiver) if each.waiver else "",
    )
