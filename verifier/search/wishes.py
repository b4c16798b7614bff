"""What a user asks of new regions as wishes: limits with the reason that each has."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from verifier.layout import units
from verifier.layout.errors import InputError
from verifier.layout.layout import Layout
from verifier.layout.placing import Limit, Wish
from verifier.layout.region import When
from verifier.logic.case import Case
from verifier.logic.reach import limits

_NAME = re.compile(r"GUEST_[A-Z0-9_]*[A-Z0-9]")
_RAM = re.compile(r"GUEST_RAM[0-9]*")
"""As in models/vocabulary.toml."""
_ENDS = ("_BASE", "_SIZE", "_ADDR")


@dataclass(frozen=True, slots=True)
class Sought:
    """One region that is asked for."""

    name: str
    """The stem of its macros."""
    size: int | None
    """Bytes; None is as many as there is room for."""
    align: int
    """Bytes, a power of two and at least a page."""
    below: int | None = None
    above: int | None = None
    guests: tuple[str, ...] = ()
    """Kinds of guests that have to reach it."""
    when: When | None = None


def wish(case: Case, sought: Sought) -> Wish:
    """The wish of one region. Raises InputError for what cannot be asked for."""
    _refuse(case.layout, sought, case.facts.page)
    reaches = limits(case.facts)
    for guest in sought.guests:
        if guest not in reaches:
            raise InputError(
                f'no guest "{guest}" whose reach is known; there are {", ".join(sorted(reaches))}'
            )
    lower = () if sought.above is None else (Limit(sought.above, "--above"),)
    return Wish(sought.name, sought.size, sought.align, tuple(_upper(case, sought)), lower, sought.when)


def _upper(case: Case, sought: Sought) -> Iterator[Limit]:
    width = min(case.facts.widths, key=lambda each: each.bits)
    widths = len(case.facts.widths)
    which = (
        "the narrowest of the widths that it has to hold for" if widths > 1 else "the only width asked for"
    )
    yield Limit(1 << width.bits, f"{width.bits} ipa bits, {which}")
    if sought.below is not None:
        yield Limit(sought.below, "--below")
    reaches = limits(case.facts)
    for guest in sought.guests:
        yield Limit(reaches[guest], f"what the page tables of {guest} guests reach")


def _refuse(layout: Layout, sought: Sought, page: int) -> None:
    name = sought.name
    if not _NAME.fullmatch(name) or name.endswith(_ENDS):
        raise InputError(
            f'"{name}" cannot be a region: expected GUEST_ and capitals, digits or _, without _BASE or _SIZE'
        )
    if _RAM.fullmatch(name):
        raise InputError(
            f"{name} would be a RAM window: guests' memory would be put there, and no device or grant"
        )
    for macro in (f"{name}_BASE", f"{name}_SIZE"):
        if macro in layout.defines:
            raise InputError(f"{macro} is defined already ({layout.defines[macro].origin})")
    if sought.align & (sought.align - 1) or not sought.align:
        raise InputError(f"{name}: an alignment of {units.sized(sought.align)} is no power of two")
    if sought.align < page:
        least = f"less than a page, {units.sized(page)}: no guest can map it"
        raise InputError(f"{name}: an alignment of {units.sized(sought.align)} is {least}")
    if sought.size is not None and (not sought.size or sought.size % sought.align):
        raise InputError(
            f"{name}: a size of {units.sized(sought.size)} is no multiple of the alignment, {units.sized(sought.align)}"
        )


def distinct(sought: Sequence[Sought]) -> None:
    """Raises InputError for a name that is asked for twice."""
    names = [each.name for each in sought]
    for name in names:
        if names.count(name) > 1:
            raise InputError(f"{name} is asked for twice")
