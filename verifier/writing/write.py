"""What is wanted of a layout, as C that a maintainer can take: definitions, a diff, assertions, a comment."""

from __future__ import annotations

import re
from dataclasses import replace

from verifier.layout import units
from verifier.layout.c_text import NewRegion, Wanted, Written
from verifier.layout.define import Define, Number
from verifier.layout.errors import InputError
from verifier.layout.layout import Layout
from verifier.layout.origin import Origin
from verifier.layout.region import TOP
from verifier.logic.case import Case, case_of
from verifier.reading.lines import joined, lines_of
from verifier.reading.models import Model
from verifier.reading.request import Loaded
from verifier.reading.source import Source
from verifier.reading.vocabulary import layout_of
from verifier.writing.asserts import asserts
from verifier.writing.block import block, usual_unit
from verifier.writing.diff import diff_of
from verifier.writing.edit import Edited, edited
from verifier.writing.numbers import Manner, like, manner_of, padded
from verifier.writing.relations import concerns
from verifier.writing.remarks import remark
from verifier.writing.text import UnwrittenError, define_at, parts_of, split
from verifier.writing.text import units as units_of_text

_NAME = re.compile(r"GUEST_[A-Z0-9_]*[A-Z0-9]", re.ASCII)

_MODELLED = re.compile(r"0x([0-9a-f]+)ULL", re.ASCII)


def written(loaded: Loaded, wanted: Wanted) -> Written:
    """The C for a layout that was read. Raises InputError for what no header can say: a name, a size, a value.

    With a header there is a diff against its text; with a patch on one, too, and it holds the patch. A release ships without
    text: then there are the definitions alone, in the style of Xen's header. Nothing is proved here of the values.
    """
    _check(loaded.layout, wanted)
    after = wished(loaded.source, wanted)
    found = concerns(after, wanted, loaded.facts)
    own = {
        each.name: remark(concern for concern in found if concern.region.name == each.name)
        for each in wanted.regions
    }
    reason = _no_text(loaded)
    manner = Manner() if reason else manner_of(each.text for each in loaded.layout.defines.values())
    pinned, why = asserts(found, after, manner), remark(found)
    if not reason:
        case = case_of(loaded.layout, loaded.facts, loaded.baseline)
        try:
            return replace(_in_text(case, loaded, wanted, own), asserts=pinned, comment=why)
        except UnwrittenError as error:
            reason = f"no diff: {error}"
    return Written(_plain_defines(loaded.layout, wanted, manner), None, pinned, why, (reason,))


def wished(source: Source, wanted: Wanted) -> Layout:
    """The layout with everything that is wanted, whatever text it comes from; without comments."""
    layout = source.layout(wanted.changes)
    place = Origin(source.subject.name, 1)
    new = [
        Define(name, Number(value), units.hexa(value), place)
        for region in wanted.regions
        for name, value in region.macros.items()
    ]
    return layout_of(source.subject.name, [*layout.defines.values(), *new], source.classified)


def _check(layout: Layout, wanted: Wanted) -> None:
    for name, value in wanted.changes.items():
        if name not in layout.defines:
            raise InputError(f"{layout.name} has no {name} to change")
        if not 0 <= value < TOP:
            raise InputError(f"{value:#x} is no value for {name}; it has to be in [0, 2^64)")
    seen = set[str]()
    for region in wanted.regions:
        _check_region(region)
        taken = region.macros.keys() & (layout.defines.keys() | dict(layout.others).keys() | seen)
        seen |= region.macros.keys()
        if taken:
            raise InputError(
                f"{units.listing(sorted(taken))} {'is' if len(taken) == 1 else 'are'} there already: choose another name"
            )


def _check_region(region: NewRegion) -> None:
    if not _NAME.fullmatch(region.name):
        raise InputError(f'"{units.one_line(region.name)}" is no name of a region, such as GUEST_SAFE_RANGE')
    if region.start < 0 or region.size <= 0 or region.end > TOP:
        raise InputError(
            f"{region.name} {units.span(region.start, region.end)} is no stretch of 64-bit addresses"
        )


def _no_text(loaded: Loaded) -> str:
    """Why there is nothing to make a diff against; empty where there is."""
    base = loaded.named[-1]
    if isinstance(loaded.source.content, Model):
        return f"no diff: {base.name} is known by its values, its header's text does not ship; give the header for one"
    if base.kind in ("release", "model"):
        return (
            f"no diff: the patch was applied to the values of {base.name}, whose header's text does not ship; "
            "give the header with --base for one"
        )
    return ""


def _in_text(case: Case, loaded: Loaded, wanted: Wanted, remarks: dict[str, tuple[str, ...]]) -> Written:
    before = loaded.source.content
    assert isinstance(before, bytes)
    done: Edited = edited(case, loaded.source, wanted, remarks)
    after = done.source.content
    assert isinstance(after, bytes)
    base = loaded.named[-1]
    lines = _defines_in(done.source, after, wanted)
    notes = done.notes
    if loaded.original is not None:
        notes = (f"the diff is against {base.name} as it was given: the patch is in it", *notes)
        before, after = loaded.original, _like(after, loaded.original, base.name)
    return Written(lines, diff_of(before, after, base.name), (), (), notes)


def _like(text: bytes, original: bytes, name: str) -> bytes:
    """A patched header with the line ends of the one that was given: patches are applied to UTF-8 with plain ones.

    Raises UnwrittenError where the two differ in more than that.
    """
    ends = original.count(b"\r\n")
    if 0 < ends < original.count(b"\n"):
        raise UnwrittenError(f"the line ends of {name} are mixed")
    plain = original.replace(b"\r\n", b"\n")
    if joined(lines_of(original, name)) != plain.removesuffix(b"\n") + b"\n":
        raise UnwrittenError(f"{name} is no plain UTF-8")
    text = text if plain.endswith(b"\n") else text.removesuffix(b"\n")
    return text.replace(b"\n", b"\r\n") if ends else text


def _defines_in(source: Source, content: bytes, wanted: Wanted) -> tuple[str, ...]:
    """The new and changed lines as they stand in the text, in its order."""
    layout, lines = source.layout(), split(content)
    found = units_of_text(content, source.subject.name)
    places = [define_at(found, name, layout.defines[name].origin.line) for name in wanted.values]
    ordered = sorted(places, key=lambda unit: unit.first)
    shown = (str(parts_of(lines, unit)).rstrip("\r\n") for unit in ordered)
    return tuple(line for text in shown for line in text.replace("\r", "").split("\n"))


def _plain_defines(layout: Layout, wanted: Wanted, manner: Manner) -> tuple[str, ...]:
    """Definitions without a text around them."""
    lines = [
        f"#define {name}   {like(_as_in_xen(layout.defines[name].text), value, manner)}"
        for name, value in wanted.changes.items()
    ]
    for region in sorted(wanted.regions, key=lambda each: (each.start, each.name)):
        lines += block(region, manner, unit=usual_unit(layout.comments))
    return tuple(lines)


def _as_in_xen(text: str) -> str:
    """A number as models give it, `0xfe00000000ULL`, in the manner of Xen's header."""
    found = _MODELLED.fullmatch(text)
    return f"xen_mk_ullong(0x{padded(int(found[1], 16), 8)})" if found else text
