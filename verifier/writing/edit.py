"""A header with other values and new regions: as little of it changed as can be, and read again after each step."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from verifier.layout.c_text import NewRegion, Reworded, Wanted
from verifier.layout.define import Comment
from verifier.layout.layout import Layout
from verifier.logic.case import Case
from verifier.reading.source import Source
from verifier.writing import text
from verifier.writing.block import LIKE_XEN, block, usual_unit
from verifier.writing.comments import Rewrite, by_hand, rewrites, rewritten
from verifier.writing.numbers import like, manner_of
from verifier.writing.places import Paragraphs
from verifier.writing.reread import case_with, reread, untrue
from verifier.writing.text import UnwrittenError


@dataclass(frozen=True, slots=True)
class Edited:
    """A header's text with what is wanted in it."""

    source: Source
    """Its content is the text; places are lines of it."""
    notes: tuple[str, ...]
    reworded: tuple[Reworded, ...] = ()
    """Comments that were changed, at their places in what was read."""


def edited(case: Case, source: Source, wanted: Wanted, remarks: Mapping[str, tuple[str, ...]]) -> Edited:
    """The header with changes made and regions put in; `remarks` are the comments above these, by region.

    `source` is a header whose content is bytes, `case` that of its layout. Raises UnwrittenError.
    """
    source = replace(source, lines=())  # places are lines of this text
    notes = list[str]()
    reworded = tuple[Reworded, ...]()
    if wanted.changes or wanted.mends:
        own = case_with(case, source.layout())
        source, notes, edits = _changed(own, source, wanted)
        reworded = _places(edits, own.layout.comments, case.layout.comments)
    for region in sorted(wanted.regions, key=lambda each: (each.start, each.name)):
        source, more = _inserted(case, source, region, remarks.get(region.name, ()))
        notes += more
    return Edited(source, tuple(notes), reworded)


def _places(
    edits: Sequence[Rewrite], own: Sequence[Comment], read: Sequence[Comment]
) -> tuple[Reworded, ...]:
    """Where each comment stands in what was read: a patch puts a text together from several."""
    places = dict(zip(own, read, strict=True))
    return tuple(Reworded(places[each.comment].origin, each.amount.text, each.text) for each in edits)


def _changed(case: Case, source: Source, wanted: Wanted) -> tuple[Source, list[str], list[Rewrite]]:
    """Other values in place, and the comments that spoke of the old ones; what is to be looked at, what was reworded."""
    changes = wanted.changes
    content, name = _content(source), source.subject.name
    expected = source.layout(changes)
    edits, left, notes = rewrites(case, case_with(case, expected), mends=wanted.mends)
    lines, unfound = rewritten(text.split(content), edits)
    notes += [by_hand(each.comment, each.amount) for each in unfound]
    left += [each.amount for each in unfound]
    manner = manner_of(define.text for define in case.layout.defines.values())
    found = text.units(content, name)
    places = {(macro, line) for macro in changes for line in _lines(case.layout, macro, name)}
    for macro, line in sorted(places, key=lambda place: -place[1]):
        unit = text.define_at(found, macro, line)
        parts = text.parts_of(lines, unit)
        new = text.with_body(parts, like(parts.body, changes[macro], manner))
        mark = "\xef\xbb\xbf" if line == 1 and content.startswith(b"\xef\xbb\xbf") else ""
        lines[unit.first : unit.last + 1] = text.split(f"{mark}{new}".encode("latin-1"))
    done = reread(source, text.join(lines), expected, {})
    more = untrue(case_with(case, done.layout())) - untrue(case) - Counter(each.text for each in left)
    notes += [f'the comment "{amount}" has to be looked at: it may not be true any more' for amount in more]
    return done, notes, [each for each in edits if each not in unfound]


def _content(source: Source) -> bytes:
    assert isinstance(source.content, bytes)
    return source.content


def _lines(layout: Layout, macro: str, name: str) -> set[int]:
    """Where a macro is defined in any build, counting from 1. Raises UnwrittenError for what is no number of this file."""
    known = [
        define for found, *pair in (*layout.differing, *layout.by_arch) if found == macro for define in pair
    ]
    known.append(layout.defines.get(macro))
    defines = [define for define in known if define is not None]
    if not defines or any(isinstance(define.value, tuple) for define in defines):
        raise UnwrittenError(f"{macro} is no single number of this header")
    if any(define.origin.file != name for define in defines):
        raise UnwrittenError(f"{macro} is defined in {defines[-1].origin.file}")
    return {define.origin.line for define in defines}


def _inserted(
    case: Case, source: Source, region: NewRegion, remark: tuple[str, ...]
) -> tuple[Source, list[str]]:
    """The region at the best place where it is read as wanted and no comment speaks falsely of it."""
    layout, fault = source.layout(), "no region stands in it that another could stand beside"
    lies = untrue(case_with(case, layout))
    for above, said in ((remark, True), ((), True), (remark, False), ((), False)):
        for content in _tries(source, layout, region, above, said=said):
            try:
                done = reread(source, content, layout, region.macros)
            except UnwrittenError as error:
                fault = str(error)
                continue
            if untrue(case_with(case, done.layout())) <= lies:
                short = [] if above or not remark else [_left_out(region)]
                return done, short
            fault = "comments around it would speak of it, falsely"
    raise UnwrittenError(f"no place for {region.name}: {fault}")


def _left_out(region: NewRegion) -> str:
    return (
        f"the comment on {region.name} is not in the diff: what it says would be read as sizes of the region"
    )


def _tries(
    source: Source, layout: Layout, region: NewRegion, remark: tuple[str, ...], *, said: bool
) -> Iterator[bytes]:
    """Texts with the region in one place each, the best place first."""
    content, name = _content(source), source.subject.name
    lines, units = text.split(content), text.units(content, name)
    paragraphs = Paragraphs(units, len(lines), layout, name)
    base, size = _block(paragraphs, lines, layout, region, name)
    shown = [*remark, base if said else base.partition(" /*")[0], size]
    for place in dict.fromkeys(paragraphs.places(region)):
        end = "\r\n" if lines[place - 1 : place] and lines[place - 1].endswith("\r\n") else "\n"
        before = lines[:place]
        if before and not before[-1].endswith(("\n", "\r")):
            before[-1] += end
        gap = [] if paragraphs.is_blank(place - 1) else [end]
        rest = [] if paragraphs.is_blank(place) else [end]
        yield text.join([*before, *gap, *(f"{line}{end}" for line in shown), *rest, *lines[place:]])


def _block(
    paragraphs: Paragraphs, lines: list[str], layout: Layout, region: NewRegion, name: str
) -> tuple[str, str]:
    """The two definitions, as the header writes such."""
    manner = manner_of(define.text for define in layout.defines.values())
    frame = _frame(paragraphs, lines, layout, region, name)
    return block(region, manner, unit=usual_unit(layout.comments), frame=frame)


def _frame(
    paragraphs: Paragraphs, lines: list[str], layout: Layout, region: NewRegion, name: str
) -> tuple[str, str]:
    """What stands before and after a name of the lower neighbour, or else the upper."""
    beside = next((each for each in paragraphs.neighbours(region) if each is not None), None)
    if beside is None:
        return LIKE_XEN
    define = layout.defines[beside.base_macro]
    try:
        found = text.define_at(text.units(text.join(lines), name), define.name, define.origin.line)
        parts = text.parts_of(lines, found)
    except UnwrittenError:
        return LIKE_XEN
    return LIKE_XEN if set(parts.head + parts.gap) & set("\r\n/\\") else (parts.head, parts.gap)
