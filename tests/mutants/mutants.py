"""Mutants of head: changed headers, each with what it is made to show.

A generator claims a verdict from how it made the change ("one page into the neighbour"); the reference
works it out from the header. `near` marks a change that sits at plus or minus one page, or one number,
of the boundary between the two verdicts.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from tests.mutants.header import HEAD, Amount, Header, Value
from tests.mutants.world import WRAP

PROVED, REFUTED = "proved", "refuted"
ALL = (32, 36, 40, 42, 44, 48)
WIDE = (40, 42, 44, 48)
"""The widths on which nothing of head is refuted."""

STEMS = (
    "VIRTIO_MMIO",
    "GICD",
    "GICC",
    "GICV3_GICD",
    "GICV3_GICR0",
    "VPCI_ECAM",
    "ACPI",
    "PL011",
    "VPCI_MEM",
    "GNTTAB",
    "MAGIC",
    "RAM0",
    "VPCI_PREFETCH_MEM",
    "RAM1",
)
"""Head's regions, ascending."""


@dataclass(frozen=True, slots=True)
class Mutant:
    """A header, the widths it is checked for, and the verdicts it was made to have."""

    name: str
    header: Header
    aims: Mapping[str, str]
    near: bool
    widths: tuple[int, ...] = WIDE


def mutant(
    name: str,
    changes: Mapping[str, Value | None],
    aims: Mapping[str, str],
    *,
    near: bool,
    widths: tuple[int, ...] = WIDE,
    comments: Mapping[str, tuple[Amount, ...]] | None = None,
    of: Header = HEAD,
) -> Mutant:
    """A mutant of head, or of a header made from it."""
    header = of.changed(changes)
    return Mutant(name, replace(header, comments={**of.comments, **(comments or {})}), aims, near, widths)


def base_name(stem: str) -> str:
    """The macro with the start of a region: two of head's are called ADDR."""
    return f"GUEST_{stem}_ADDR" if stem in ("VPCI_MEM", "VPCI_PREFETCH_MEM") else f"GUEST_{stem}_BASE"


def start(stem: str) -> int:
    """Where head has the region."""
    value = HEAD.values[base_name(stem)]
    assert isinstance(value, int)
    return value


def size(stem: str) -> int:
    """Its bytes at head."""
    value = HEAD.values[f"GUEST_{stem}_SIZE"]
    assert isinstance(value, int)
    return value


def end(stem: str) -> int:
    """Its first address beyond, at head."""
    return start(stem) + size(stem)


def at(stem: str, base: int, length: int | None = None) -> dict[str, Value | None]:
    """The changes that put a region, of head's size or another, somewhere."""
    assert base >= 0
    assert length is None or length >= 0
    return {base_name(stem): base, f"GUEST_{stem}_SIZE": size(stem) if length is None else length}


def together(stem: str) -> list[str]:
    """The other regions that one guest can have beside it: all but those of the other vGIC."""
    v2, v3 = {"GICD", "GICC"}, {"GICV3_GICD", "GICV3_GICR0"}
    apart = v3 if stem in v2 else v2 if stem in v3 else set()
    return [other for other in STEMS if other != stem and other not in apart]


def below(stem: str) -> int:
    """Where the next lower neighbour ends, 0 if there is none."""
    return max((end(other) for other in together(stem) if end(other) <= start(stem)), default=0)


def above(stem: str) -> int:
    """Where the next higher neighbour starts, 2^64 if there is none."""
    return min((start(other) for other in together(stem) if start(other) >= end(stem)), default=WRAP)


def gaps() -> list[tuple[int, int]]:
    """What head leaves free below RAM1, ascending; at 0 as well."""
    found, last = [], 0
    for stem in STEMS:
        if start(stem) > last:
            found.append((last, start(stem)))
        last = max(last, end(stem))
    return found


def page_is_free(address: int, stem: str) -> bool:
    """Whether no region beside this one has the page at head."""
    return all(not start(other) <= address < end(other) for other in together(stem))


def changed(found: Mutant) -> bool:
    """Whether it is a mutant at all: some steps lead back to head."""
    return found.header != HEAD
