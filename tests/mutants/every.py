"""All mutants of all families, each header once."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

from tests.mutants import banks, comments, numbers, regions
from tests.mutants.header import HEAD
from tests.mutants.mutants import Mutant

FAMILIES = (*regions.FAMILIES, *banks.FAMILIES, *numbers.FAMILIES, *comments.FAMILIES)


@cache
def mutants() -> tuple[Mutant, ...]:
    """In a fixed order. A step that led back to head is none; the same header made twice is one.

    What was made twice has the aims of both, and is near a boundary only if both are.
    """
    found: dict[tuple[str, tuple[int, ...]], Mutant] = {}
    for family in FAMILIES:
        for made in family():
            key = (made.header.text(), made.widths)
            known = found.get(key, made)
            if made.header != HEAD:
                found[key] = replace(known, aims={**known.aims, **made.aims}, near=known.near and made.near)
    return tuple(found.values())
