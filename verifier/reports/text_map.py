"""Memory maps as lines of text, in ASCII so that a report has the same bytes wherever it goes.

One row for each region of each stretch.
"""

from __future__ import annotations

from collections.abc import Iterator

from verifier.layout import units
from verifier.layout.finding import Report, Verdict
from verifier.layout.picture import Overlap, Picture, layout_picture
from verifier.layout.region import Region
from verifier.layout.stretches import Stretch
from verifier.reports import patches, rows, sentences
from verifier.reports.rows import FREE, WIDTH, Columns, Row

MOST_NAMES = 8
"""Regions listed for one stretch, and at the end of one width; how many more there are is said."""
DRAWN = ("well-formed", "no-overlap")
"""Properties whose doubts are doubts about the map: what may be missing on it, and what meets."""


def render(report: Report) -> str:
    """The map of a whole layout: a sentence, the picture, what is not known, how to read it."""
    return units.printable("\n".join(_document(report, layout_picture(report))) + "\n")


def _document(report: Report, picture: Picture) -> Iterator[str]:
    facts, layout = report.space.facts, report.space.layout
    count = len(layout.regions) + len(layout.banks)
    wrong = sum(overlap.verdict is Verdict.REFUTED for overlap in picture.overlaps)
    yield (
        f"{report.subject.name}: {count} {units.plural(count, 'region')} for xen {report.release} on {facts.arch}, "
        f"{units.size(picture.unused)} of {units.size(picture.limit)} unused ({picture.widths[-1]} ipa bits)"
        + (f", {wrong} {units.plural(wrong, 'overlap')}" if wrong else "")
    )
    if report.before:
        yield f"  after the last of {len(report.before) + 1} patches"
    yield from patches.applied(report)
    yield ""
    yield from lines(picture)
    yield ""
    yield from (f"not drawn: {each.reason}" for each in layout.unplaced)
    doubts = [
        finding.message
        for finding in report.findings
        if finding.verdict is Verdict.UNKNOWN and finding.property in DRAWN
    ]
    yield from (f"unknown: {message}" for message in dict.fromkeys(doubts))
    yield rows.HOW_TO_READ
    if layout.banks:
        yield "RAM windows are drawn whole; a guest uses as much of them, from the start, as it has memory."
    for bank in layout.banks:
        if bank.size is None:
            yield f"{bank.name} has no size: it is drawn as far as memory can reach."
    if any(overlap.verdict is Verdict.PROVED for overlap in picture.overlaps):
        yield "Regions that share addresses without a mark are never present together."


def lines(picture: Picture, room: int = WIDTH) -> Iterator[str]:
    """The rows of a picture by address, and a line at the end of each address space.

    A row has range (end exclusive), size, bar, name, what there is to say of it, and `!` (`?` where it is
    not known) with what is wrong. A mark that does not fit into `room` columns has a row of its own.
    """
    columns = _columns(picture)
    overlaps = {(overlap.one, overlap.other): overlap for overlap in picture.overlaps}
    coming = list(picture.widths)
    for stretch in picture.stretches:
        while coming and stretch.start >= 1 << coming[0]:
            yield _end(coming.pop(0), picture, columns, room)
        if not stretch.regions and stretch.start >= picture.limit:
            continue
        told = list(_rows(stretch, picture, overlaps)) or [Row(FREE)]
        character = _character(stretch, told, picture)
        yield from rows.drawn(stretch.start, stretch.end, character, told, columns, room)
    for bits in coming:
        yield _end(bits, picture, columns, room)


def _columns(picture: Picture) -> Columns:
    drawn = [each for each in picture.stretches if each.regions or each.start < picture.limit]
    noted = [region.name for each in drawn for region in each.regions if _note(region, each, picture)]
    spans = [(each.start, each.end) for each in drawn]
    return rows.columns(spans, picture.limit, noted if picture.of_layout else ())


def _character(stretch: Stretch, told: list[Row], picture: Picture) -> str:
    """What a bar is made of: `.` free, `:` free to be handed out, `#` taken, `!` wrong, `?` perhaps wrong."""
    if not stretch.regions:
        return "."
    marks = {row.mark[:1] for row in told}
    if "!" in marks or any(_is_beyond(region, stretch, picture) for region in stretch.regions):
        return "!"
    if "?" in marks:
        return "?"
    return ":" if all(region.kind == "unused" for region in stretch.regions) else "#"


def _rows(
    stretch: Stretch, picture: Picture, overlaps: dict[tuple[Region, Region], Overlap]
) -> Iterator[Row]:
    shown = stretch.regions
    if len(shown) > MOST_NAMES:
        chosen = sorted(shown, key=lambda region: region.name not in picture.about)[: MOST_NAMES - 1]
        shown = tuple(region for region in shown if region in chosen)
    for index, region in enumerate(shown):
        shared = [overlaps[pair] for other in shown[:index] if (pair := (other, region)) in overlaps]
        yield Row(region.name, _note(region, stretch, picture), _mark(region, stretch, picture, shared))
    if len(shown) < len(stretch.regions):
        yield Row(f"and {len(stretch.regions) - len(shown)} more")


def _note(region: Region, stretch: Stretch, picture: Picture) -> str:
    """When there is such a region, and how long it is where an edge cuts it."""
    if region.kind == "unused":
        offered = stretch.start < picture.limit
        return f"unused part, {'offered as extended region' if offered else 'beyond the end'}"
    notes = [sentences.presence(region.when)] if picture.of_layout and region.when else []
    notes.append(rows.part_of(stretch.size, stretch.start, region.start, region.size))
    return ", ".join(filter(None, notes))


def _mark(region: Region, stretch: Stretch, picture: Picture, shared: list[Overlap]) -> str:
    """What is wrong with a region, told once for each stretch of a pair: by the one that comes second."""
    found = [
        *_overlap([each for each in shared if each.verdict is Verdict.REFUTED], "overlaps"),
        *_beyond(region, stretch, picture),
        *_needed(region, stretch, picture),
        *_unreached(region, stretch, picture),
    ]
    doubts = _overlap([each for each in shared if each.verdict is Verdict.UNKNOWN], "may overlap")
    told = [f"! {', '.join(found)}"] if found else []
    return "  ".join([*told, *(f"? {doubt}" for doubt in doubts)])


def _overlap(shared: list[Overlap], verb: str) -> Iterator[str]:
    if shared:
        more = f" and {len(shared) - 1} more" if len(shared) > 1 else ""
        yield f"{verb} {shared[0].one.name} by {units.size(shared[0].size)}{more}"


def _beyond(region: Region, stretch: Stretch, picture: Picture) -> Iterator[str]:
    if _is_beyond(region, stretch, picture) and stretch.start == max(region.start, picture.limit):
        yield f"{units.size(region.end - stretch.start)} beyond the end"


def _is_beyond(region: Region, stretch: Stretch, picture: Picture) -> bool:
    return stretch.start >= picture.limit and region.kind != "unused"


def _needed(region: Region, stretch: Stretch, picture: Picture) -> Iterator[str]:
    if region.name in picture.needed and stretch.start == region.start:
        yield f"{units.size(picture.needed[region.name])} needed"


def _unreached(region: Region, stretch: Stretch, picture: Picture) -> Iterator[str]:
    if picture.unreached.get(region.name) == stretch.start:
        yield f"{units.size(region.end - stretch.start)} out of reach"


def _end(bits: int, picture: Picture, columns: Columns, room: int) -> str:
    """The line at 2^b; but for the last, the regions that do not fit are named, as many as have room."""
    limit = 1 << bits
    names = [region.name for each in picture.stretches if each.end > limit for region in each.regions]
    beyond = list(dict.fromkeys(names)) if bits < picture.widths[-1] else []
    line = ""
    for count in range(min(len(beyond), MOST_NAMES), -1, -1):
        more = [f"{len(beyond) - count} more"] if len(beyond) > count else []
        told = f"; reaching beyond: {units.listing([*beyond[:count], *more])}" if beyond else ""
        line = rows.end_of_space(bits, columns, told)
        if len(line) <= room:
            break
    return line
