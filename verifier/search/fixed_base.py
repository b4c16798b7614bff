"""A base that is the same for every guest: where there is most room, and for how much memory a size is sound."""

from __future__ import annotations

from collections.abc import Iterator

from verifier.search.templates import EVERYWHERE, Templates, Where


def roomiest(templates: Templates, where: Where = EVERYWHERE) -> tuple[int, int]:
    """Base and bytes of the lowest of the largest stretches that are free; no bytes, at one unit, where none is."""
    unit = templates.placement.template.unit
    return max(templates.stretches(where), key=lambda each: (each[1], -each[0]), default=(unit, 0))


def memory(templates: Templates, size: int, bits: int) -> int:
    """The greatest number of pages up to which some base serves every guest of a width; 0 if none does.

    Proved, and one page more is refuted for every base. Bases that RAM reaches late come first: others lead on by little.
    """
    most = templates.case.space.pages(bits)
    least = max((templates.memory(base, size, bits) for base in _late(templates, size, bits)), default=0)
    while least < most and (base := templates.offset(size, where=Where(bits, least + 1))) is not None:
        least = templates.memory(base, size, bits)
    return least


def _late(templates: Templates, size: int, bits: int) -> Iterator[int]:
    """The highest bases in what is free for the least guest, and right below each bank."""
    unit = templates.placement.template.unit
    for start, free in templates.stretches(Where(bits, 1)):
        if free >= size:
            yield start + free - size
    for bank in templates.case.layout.banks:
        base = (bank.start - size) // unit * unit
        if base >= unit:
            yield base
