"""Repairs of a layout for people: the cheapest first, and what goes into the header."""

from __future__ import annotations

from collections.abc import Iterator

from verifier.layout import units
from verifier.layout.finding import Verdict
from verifier.layout.repair_report import Key, RepairReport
from verifier.reports.c_text_json import text_of


def render(report: RepairReport, *, quiet: bool = False) -> str:
    """The whole report as text."""
    lines = [_headline(report), *(() if quiet else _details(report))]
    return units.printable("\n".join(lines) + "\n")


def _headline(report: RepairReport) -> str:
    name, count = report.subject.name, len(report.targets)
    what = f"{count} {units.plural(count, 'finding')}"
    if report.open and not report.plans:
        return f"{name}: unknown: {report.open[0]}"
    if not report.targets:
        return f"{name}: nothing to repair: nothing is refuted"
    if not report.plans:
        return f"{name}: no change of numbers repairs {'any of ' if count > 1 else ''}{what}"
    first = report.plans[0]
    changes = units.listing([f"{name} = {units.hexa(value)}" for name, value in first.changes.items()])
    if report.verdict is Verdict.PROVED:
        return f"{name}: {changes} repairs {'all of ' if count > 1 else ''}{what}, proved for every configuration"
    more = ", and something is open" if report.open else ""
    cured = len(set(first.cured) & set(report.targets))
    return f"{name}: {changes} repairs {cured} of {what}, proved for every configuration{more}"


def _details(report: RepairReport) -> Iterator[str]:
    if report.plans:
        yield ""
        yield "repairs, the cheapest first:"
    for number, plan in enumerate(report.plans, 1):
        yield f"  {number}. {plan.summary}"
        yield f"     repaired: {_keys(plan.cured)}"
    if report.incurable:
        yield f"no number repairs: {_keys(report.incurable)}"
    yield from (f"open: {each}" for each in report.open)
    if report.written is not None:
        yield ""
        diff = report.written.diff
        yield from text_of(diff).splitlines() if diff is not None else report.written.defines
        yield from ("", *report.written.comment, "", *report.written.asserts)
        yield from (f"note: {each}" for each in report.written.notes)
    if report.assumptions:
        yield "assumptions:"
    for assumption in report.assumptions:
        yield f"  {assumption.id}: {assumption.statement} ({assumption.source})"


def _keys(keys: tuple[Key, ...]) -> str:
    return "; ".join(
        f"{name} of {units.listing(list(subjects))}" if subjects else name for name, subjects in keys
    )
