"""New regions for people: one sentence first, then what to write into the header and what is proved of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from verifier.layout import units
from verifier.layout.find_report import FindReport
from verifier.layout.finding import Verdict
from verifier.layout.placing import Impossible, Wish
from verifier.layout.region import TOP
from verifier.reports.c_text_json import lines_of
from verifier.reports.sentences import having

_SHOWN = 8
"""Relaxations without -v: the cheapest."""


def render(report: FindReport, *, verbose: bool = False, quiet: bool = False) -> str:
    """The whole report as text."""
    lines = [_headline(report), *(() if quiet else _details(report, verbose=verbose))]
    return units.printable_with_diff("\n".join(lines) + "\n")


def _headline(report: FindReport) -> str:
    name = report.subject.name
    if report.undecided:
        return f"{name}: unknown: {report.undecided}"
    if report.places is None:
        count = len(report.wishes)
        fits = "fits nowhere" if count == 1 else f"do not {'both' if count == 2 else 'all'} fit"
        return f"{name}: {_asked(report)} {fits}: proved"
    places = units.listing([f"{each} ({units.size(each.size)})" for each in report.places.regions])
    fits = "fits" if len(report.places.regions) == 1 else "fit"
    if report.verdict is Verdict.PROVED:
        return f"{name}: {places} {fits}, proved for every configuration"
    return f"{name}: unknown: {places} {fits} beside what is there, but more would be wrong than is now"


def _asked(report: FindReport) -> str:
    return units.listing(
        [
            f"{each.name} ({'one unit of ' + units.size(each.unit) if each.size is None else units.size(each.size)})"
            for each in report.wishes
        ]
    )


def _details(report: FindReport, *, verbose: bool) -> Iterator[str]:
    if report.places is not None:
        yield ""
        yield from _written(report)
        yield ""
        yield from _judged(report)
    if report.impossible is not None:
        yield from _why_not(report.impossible, verbose=verbose)
        yield from _above_zero(report.impossible, report.wishes)
    if verbose:
        yield from _room(report)
    if report.assumptions:
        yield "assumptions:"
    for assumption in report.assumptions:
        yield f"  {assumption.id}: {assumption.statement} ({assumption.source})"


def _written(report: FindReport) -> Iterator[str]:
    """What goes into the header, what of it no header can say, and what of existing regions it changes."""
    assert report.places is not None
    for wish in report.wishes:
        if wish.when is not None:
            yield f"{wish.name} is there {having(wish.when)} only; no header says so: check takes it to be there in all"
    lost = report.places.lost or {}
    for each in report.places.changed:
        cost = f", {units.size(lost[each.name])} less" if lost.get(each.name) else ""
        yield f"changed: {each} ({units.size(each.size)}{cost})"
    written = report.written
    if written is not None:
        yield from lines_of(written)
        yield from ("", *written.comment, "", *written.asserts)
        yield from (f"note: {each}" for each in written.notes)


def _judged(report: FindReport) -> Iterator[str]:
    """What is proved of the layout that comes of it, what it costs, and what is wrong with it."""
    for name, guests in report.unreached.items():
        yield f"{name} is not reached by {units.listing(list(guests))} guests, which were not asked for"
    for finding in report.broken:
        yield f"{finding.verdict}: {finding.message}  [{finding.property}]"
    if report.proved:
        yield f"proved of the layout with them: {units.listing(list(report.proved))}"
    for finding in report.prices:
        if finding.verdict is not Verdict.NOT_APPLICABLE:
            yield f"price: {finding.message}  [{finding.property}]"
    for finding in report.remaining:
        yield f"as before: {finding.verdict}: {finding.message}  [{finding.property}]"


def _why_not(impossible: Impossible, *, verbose: bool) -> Iterator[str]:
    """What cannot hold together, and what would help."""
    yield ""
    yield "these cannot hold together, and without any one of them the others can:"
    yield from (f"  {each}" for each in impossible.reasons)
    for others in impossible.others:
        yield "nor can these, whatever becomes of those:"
        yield from (f"  {each}" for each in others)
    if impossible.relaxations:
        several = len(impossible.relaxations[0].changes) > 1
        yield (
            "no single change makes room; each of these lines does:"
            if several
            else "each of these makes room:"
        )
    elif impossible.all_tried:
        yield "no few changes make room"
    shown = len(impossible.relaxations) if verbose else _SHOWN
    yield from (f"  {each}" for each in impossible.relaxations[:shown])
    if impossible.relaxations[shown:]:
        yield f"  and {len(impossible.relaxations) - shown} more (-v: all)"
    if any(one.reason.block is not None for each in impossible.relaxations[:shown] for one in each.changes):
        yield "whether an existing region can do with less, or elsewhere, check tells"
    if not impossible.all_tried:
        yield "there may be more that makes room: not every change was tried"


def _above_zero(impossible: Impossible, wishes: Iterable[Wish]) -> Iterator[str]:
    """What else keeps a wish from address 0, if none of the reasons of its set does."""
    for reasons in (impossible.reasons, *impossible.others):
        starts = [each.block.start for each in reasons if each.block is not None]
        for wish in wishes:
            mine = [each for each in reasons if each.kind != "block" and each.name == wish.name]
            ends = [each.value for each in mine if each.kind == "upper"]
            is_low = (wish.size or wish.unit) <= min([*starts, *ends], default=TOP)
            if mine and is_low and all(each.kind != "lower" for each in mine):
                yield f"{wish.name} cannot start at 0 either: no guest has anything there"


def _room(report: FindReport) -> Iterator[str]:
    for wish in report.wishes:
        limits = [f"{units.sized(each.address)}: {each.reason}" for each in (*wish.upper, *wish.lower)]
        yield f"{wish.name}: multiples of {units.size(wish.unit)}, within {'; '.join(limits)}"
    yield "in the way:"
    for block in report.blocks:
        yield f"  {block} ({units.size(block.size)})"
