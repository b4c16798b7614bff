"""Repairs of a layout for people: the cheapest first, and what goes into the header."""

from __future__ import annotations

from collections.abc import Iterator

from verifier.layout import units
from verifier.layout.repair_report import Key, RepairPlan, RepairReport
from verifier.reports.c_text_json import lines_of


def render(report: RepairReport, *, quiet: bool = False) -> str:
    """The whole report as text."""
    lines = [_headline(report), *(() if quiet else _details(report))]
    return units.printable_with_diff("\n".join(lines) + "\n")


def _headline(report: RepairReport) -> str:
    name, count = report.subject.name, len(report.targets)
    what = f"{count} {units.plural(count, 'finding')}"
    if report.open and not report.plans:
        return f"{name}: unknown: {report.open[0]}"
    if not report.targets:
        return f"{name}: nothing to repair: nothing is refuted"
    if not report.plans:
        return f"{name}: no change of numbers that was tried repairs {'any of ' if count > 1 else ''}{what}"
    first = report.plans[0]
    changes = units.listing([f"{name} = {units.hexa(value)}" for name, value in first.changes.items()])
    cured = len(first.cured)
    some = "all of " if cured == count > 1 else "" if cured == count else f"{cured} of "
    parts = [f"{changes} repairs {some}{what}, proved for every configuration", *_rest(report, first)]
    return f"{name}: {'; '.join(parts)}"


def _rest(report: RepairReport, first: RepairPlan) -> Iterator[str]:
    """What becomes of the findings that the first repair leaves."""
    left = [key for key in report.targets if key not in first.keys and key not in report.incurable]
    by = [number for number, plan in enumerate(report.plans, 1) if plan.keys & set(left)]
    if left:
        which = units.listing([str(number) for number in by])
        costly = all(report.plans[number - 1].gives_up for number in by)
        price = ", by giving up most of a region" if costly else ""
        yield f"repair {which} cures {len(left)} more{price}"
    if report.incurable:
        yield f"no number that was tried cures {len(report.incurable)}"
    if report.beyond:
        count = len(report.beyond)
        changes = "a change of Xen's code has" if count == 1 else f"{count} changes of Xen's code have"
        yield f"{changes} to be looked at, whatever the numbers are"
    if report.open:
        yield "something is open"


def _details(report: RepairReport) -> Iterator[str]:
    whole = [report.aims <= plan.keys for plan in report.plans]
    for number, plan in enumerate(report.plans, 1):
        if number == 1:
            yield from ("", "repairs, the cheapest first:")
        elif whole[number - 2] and not whole[number - 1]:
            yield "repairs of a part, the cheapest first:"
        yield from _plan(number, plan)
    if report.incurable:
        yield f"no number that was tried repairs: {_keys(report.incurable)}"
    yield from (
        f"remains, whatever the numbers are: {each.message}  [{each.property}]" for each in report.beyond
    )
    yield from (f"open: {each}" for each in report.open)
    if report.written is not None:
        yield ""
        yield from lines_of(report.written)
        yield from ("", *report.written.comment, "", *report.written.asserts)
        yield from (f"note: {each}" for each in report.written.notes)
    if report.assumptions:
        yield "assumptions:"
    for assumption in report.assumptions:
        yield f"  {assumption.id}: {assumption.statement} ({assumption.source})"


def _plan(number: int, plan: RepairPlan) -> Iterator[str]:
    yield f"  {number}. {plan.summary}"
    yield f"     repaired: {_keys(plan.cured)}"
    if plan.remaining:
        yield f"     remaining: {'; '.join(_left(plan))}"
    for each in plan.reworded:
        yield f'     the comment "{each.old}" becomes "{each.new}" ({each.origin})'
    yield from (f"     {each}" for each in plan.notes)


def _left(plan: RepairPlan) -> Iterator[str]:
    """`within-ipa of GUEST_RAM1 with 32 or 36 ipa bits`."""
    for key in plan.remaining:
        at = plan.widths.get(key)
        bits = "" if at is None else f" with {units.listing([str(each) for each in at], 'or')} ipa bits"
        yield f"{_keys((key,))}{bits}"


def _keys(keys: tuple[Key, ...]) -> str:
    return "; ".join(
        f"{name} of {units.listing(list(subjects))}" if subjects else name for name, subjects in keys
    )
