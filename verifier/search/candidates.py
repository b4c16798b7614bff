"""Changes of macros that may cure a finding: guesses, of which nothing is promised.

Move a region past the other, cut it, put it into the lowest gap, snap it to a multiple, set a size or
number to what is needed. `verifier.search.repair` verifies each before it is offered.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TypeAlias

from verifier.layout.finding import Finding
from verifier.layout.layout import Layout
from verifier.layout.region import TOP, Region
from verifier.logic.case import Case
from verifier.logic.reach import limits
from verifier.search.blocks import unit_of

Changes: TypeAlias = Mapping[str, int]


def candidates(case: Case, finding: Finding, absent: str = "") -> Iterator[Changes]:
    """Changes worth trying for a finding; nothing is promised of them. The region `absent` is in nobody's way."""
    example = finding.counterexample
    if example is None or finding.help:  # what cures it is no change of macros
        return
    parts = {part.name: part for part in _parts(case)}
    involved = [parts[name] for name in finding.subjects if name in parts]
    match example.witness.kind:
        case "address-in-two-regions" if len(involved) == 2:
            yield from _apart(case, involved[0], involved[1], absent)
            yield from _apart(case, involved[1], involved[0], absent)
        case "address-beyond" if involved:
            yield from _below(case, involved[0], min(1 << width.bits for width in case.facts.widths))
        case "address-unreachable" if involved:
            reaches = limits(case.facts).items()
            limit = min(end for guest, end in reaches if guest not in involved[0].unreached_by)
            yield from _below(case, involved[0], limit)
            yield from _cut_into_gap(case, involved[0], limit)
        case "differs" if finding.subjects[0] in case.layout.defines and example.witness.needed is not None:
            yield {finding.subjects[0]: example.witness.needed}
        case "misaligned" if involved and example.witness.needed:
            yield from _snapped(involved[0], example.witness.needed)
        case "differs" if involved and finding.property == "well-formed":
            yield {involved[0].base_macro: involved[0].start}  # the same number in 64 bits
        case "too-small" | "differs" if involved and example.witness.needed is not None:
            yield from _resized(case, involved[0], example.witness.needed)
        case "too-small" if example.witness.found == TOP:
            yield from _unwrapped(case.layout, finding.subjects[0])


def _parts(case: Case) -> list[Region]:
    """Everything on the map, RAM windows whole (to the end of any P2M without a bound), by start."""
    top = max(width.reach for width in case.facts.widths)
    windows = [bank.part(bank.size or max(0, top - bank.start)) for bank in case.layout.banks]
    return sorted((*case.layout.regions, *windows), key=lambda part: (part.start, part.name))


def _up(number: int, unit: int) -> int:
    return -(-number // unit) * unit


def _apart(case: Case, part: Region, other: Region, absent: str) -> Iterator[Changes]:
    """Move `part` past `other` on either side or into a gap, or cut off what they share."""
    unit = unit_of(case, part)
    yield {part.base_macro: _up(other.end, unit)}
    if other.start - part.size >= unit:
        yield {part.base_macro: (other.start - part.size) // unit * unit}
    if part.start < other.start:
        yield {part.size_macro: other.start - part.start}
        met = [
            each.start for each in _parts(case) if part.start < each.start < part.end and each.name != absent
        ]
        yield {part.size_macro: min(met, default=other.start) - part.start}
    elif other.end < part.end:
        start = _up(other.end, case.facts.page)
        yield {part.base_macro: start, part.size_macro: part.end - start}
    yield from _into_gap(case, part, part.size, TOP, absent)


def _below(case: Case, part: Region, limit: int) -> Iterator[Changes]:
    """Put `part` below the limit, or cut it there."""
    if part.kind != "ram":
        yield from _into_gap(case, part, part.size, limit)
    if part.start < limit:
        yield {part.size_macro: limit - part.start}


def _resized(case: Case, part: Region, size: int) -> Iterator[Changes]:
    """Give `part` the size, where it is, moved down to keep its end, or in a gap."""
    yield {part.size_macro: size}
    if part.end >= size:
        yield {part.base_macro: part.end - size, part.size_macro: size}
    for changes in _into_gap(case, part, size, TOP):
        yield {**changes, part.size_macro: size}


def _snapped(part: Region, unit: int) -> Iterator[Changes]:
    """Move `part` to the nearest multiples of `unit`, or its end, or grow it to both."""
    low, end = part.start // unit * unit, _up(part.end, unit)
    yield {part.base_macro: low}
    yield {part.base_macro: _up(part.start, unit)}
    yield {part.size_macro: end - part.start}
    yield {part.size_macro: part.end // unit * unit - part.start}
    yield {part.base_macro: low, part.size_macro: end - low}


def _into_gap(case: Case, part: Region, size: int, limit: int, absent: str = "") -> Iterator[Changes]:
    """The lowest stretch below `limit` that nothing else ever takes, and the nearest place below and above.

    Where it is free once `absent` is gone, also the ends of that gap, so that `absent` finds room beside it.
    """
    unit = unit_of(case, part)
    fitting = [(start, end - size) for start, end in _gaps(case, part, limit, absent) if start + size <= end]
    near = [min(max(part.start // unit * unit, low), high // unit * unit) for low, high in fitting]
    lowest = (low for low, _ in fitting[:1])
    below = [start for start in near if start <= part.start][-1:]
    above = [start for start in near if start > part.start][:1]
    beside = [
        start
        for (low, high), at in zip(fitting, near, strict=True)
        for start in (low, high // unit * unit)
        if absent and at == part.start != start
    ]
    yield from ({part.base_macro: start} for start in dict.fromkeys((*lowest, *below, *above, *beside)))


def _cut_into_gap(case: Case, part: Region, limit: int) -> Iterator[Changes]:
    """The largest stretch below `limit` that nothing else ever takes, where the whole fits into none."""
    unit = unit_of(case, part)
    start, end = max(_gaps(case, part, limit), key=lambda gap: gap[1] - gap[0], default=(0, 0))
    size = (end - start) // unit * unit
    if part.kind != "ram" and 0 < size < part.size:
        yield {part.base_macro: start, part.size_macro: size}


def _gaps(case: Case, part: Region, limit: int, absent: str = "") -> Iterator[tuple[int, int]]:
    """What is free below `limit` if `part` goes, and `absent`, from aligned starts; address 0 stays free."""
    unit = unit_of(case, part)
    start = unit
    for other in _parts(case):
        if other.name in (part.name, absent):
            continue
        if start < min(other.start, limit):
            yield start, min(other.start, limit)
        start = max(start, _up(other.end, unit))
    if start < limit:
        yield start, limit


def _unwrapped(layout: Layout, name: str) -> Iterator[Changes]:
    """A region that wraps: cut it at the end of 64 bits."""
    base = layout.number(f"{name}_BASE")
    if base is not None:
        yield {f"{name}_SIZE": TOP - base}
