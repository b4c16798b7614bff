"""How the regions that are new or changed lie to their neighbours: what holds now and has to stay so."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from verifier.layout.c_text import NewRegion, Wanted
from verifier.layout.facts import Facts
from verifier.layout.layout import Layout
from verifier.layout.placing import Limit, exclusive
from verifier.layout.region import Region

_SUPERPAGES = frozenset({"ram", "grant", "extended"})
"""Kinds that guests are to map by superpages."""


@dataclass(frozen=True, slots=True)
class Concern:
    """A region of the layout as it will be, and what it has to keep to."""

    region: Region
    below: Region | None
    """The neighbour that it starts at or after the end of."""
    above: Region | None
    """The neighbour that it ends at or before the start of."""
    unit: int
    """Start and size are multiples of it."""
    upper: tuple[Limit, ...] = ()
    lower: tuple[Limit, ...] = ()
    reasons: tuple[str, ...] = ()


def concerns(layout: Layout, wanted: Wanted, facts: Facts) -> tuple[Concern, ...]:
    """One for each region of `layout`, the one with all that is wanted, whose macros are new or changed.

    What does not hold there is left out: nothing is pinned that is broken. Neighbours are there in the same guests, at least
    in some.
    """
    new = {each.name: each for each in wanted.regions}
    parts = [
        replace(each, when=new[each.name].when or each.when) if each.name in new else each
        for each in layout.parts
    ]
    touched = (part for part in parts if {part.base_macro, part.size_macro} & wanted.values.keys())
    return tuple(_concern(part, parts, new.get(part.name), facts) for part in touched)


def _concern(part: Region, parts: Iterable[Region], new: NewRegion | None, facts: Facts) -> Concern:
    beside = [each for each in parts if not exclusive(each.when, part.when)]
    below = max((each for each in beside if each.end <= part.start), key=_by_end, default=None)
    above = min((each for each in beside if each.start >= part.end), key=_by_start, default=None)
    if new is None:
        return Concern(part, below, above, _unit(part, facts))
    unit = new.unit if _fits(part, new.unit) else _unit(part, facts)
    upper = tuple(each for each in new.upper if part.end <= each.address)
    lower = tuple(each for each in new.lower if part.start >= each.address)
    return Concern(part, below, above, max(unit, _unit(part, facts)), upper, lower, new.reasons)


def _by_end(part: Region) -> tuple[int, int, str]:
    return part.end, part.start, part.name


def _by_start(part: Region) -> tuple[int, int, str]:
    return part.start, -part.end, part.name


def _fits(part: Region, unit: int) -> bool:
    return part.start % unit == 0 and part.size % unit == 0


def _unit(part: Region, facts: Facts) -> int:
    """A superpage for what is to be mapped by such, a page else, nothing if it is no multiple of one."""
    if part.kind in _SUPERPAGES and _fits(part, facts["superpage-bytes"]):
        return facts["superpage-bytes"]
    return facts.page if _fits(part, facts.page) else 1


def pairs(found: Iterable[Concern]) -> Iterator[tuple[Region, Region]]:
    """Each two neighbours once, the lower first."""
    known = dict[tuple[str, str], tuple[Region, Region]]()
    for each in found:
        for low, high in ((each.below, each.region), (each.region, each.above)):
            if low is not None and high is not None:
                known.setdefault((low.name, high.name), (low, high))
    yield from known.values()
