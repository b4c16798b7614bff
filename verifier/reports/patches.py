"""How patches were applied, in words: every level that was used, and every doubt."""

from __future__ import annotations

from collections.abc import Iterator

from verifier.layout import units
from verifier.layout.change import Application, Note, OtherBase, Step
from verifier.layout.finding import Report

_LEVELS = {
    "exact": "as it is",
    "white-space": "but for white space",
    "macro": "macro by macro",
}


def applied(report: Report) -> Iterator[str]:
    """What was applied to what, hunk by hunk; then what the reading of the input made good or left out."""
    if report.application is not None:
        yield from steps(report.application, report.subject.name)
        yield from _others(report.others, report)


def steps(application: Application, source: str) -> Iterator[str]:
    """One patch of a source, hunk by hunk."""
    what = f'"{application.name}"' if application.name != source else application.name
    yield f"  {what} on {application.base}:"
    for step in application.steps:
        yield f"    {_step(step)}"
    if not application.steps:
        yield "    no hunk for the layout header: its layout is that of the base"
    yield from (f"    note: {note}" for note in application.notes if not _told(note, application))


def _step(step: Step) -> str:
    said = f"{step.origin}: hunk applied {_LEVELS[step.level]} at {step.place}"
    notes = [note.text if note.origin == step.origin else str(note) for note in step.notes]
    return "; ".join([said, *notes])


def _told(note: Note, application: Application) -> bool:
    return any(note in step.notes for step in application.steps)


def _others(others: tuple[OtherBase, ...], report: Report) -> Iterator[str]:
    """The other releases that the patch fits: where the verdict differs, which it is."""
    same = [_span(each) for each in others if each.verdict == report.own_verdict]
    if same:
        yield f"    it applies to {units.listing(same)} as well, with the same verdict"
    for each in others:
        if each.verdict != report.own_verdict:
            without = "as without it" if each.alone == each.verdict else f"and {each.alone} without it"
            yield f"    it applies to {_span(each)} as well, where the layout is {each.verdict}, {without}"


def _span(base: OtherBase) -> str:
    return base.first if base.first == base.last else f"{base.first} to {base.last}"
