"""From macros to a layout: what the names mean, by the patterns of `models/vocabulary.toml`."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import Any

from verifier.layout.define import Define
from verifier.layout.errors import InputError
from verifier.layout.layout import Layout, Stem, Unplaced
from verifier.layout.region import Bank, Region, When
from verifier.reading.toml_file import data_folder, load

_REGION_MACRO = re.compile(r"GUEST_(.+?)_(BASE|ADDR|SIZE)")
_TOP = 1 << 64
MOST_REGIONS = 256
"""Xen's header has 13; every pair is an obligation, so their number has to be bounded."""


@dataclass(frozen=True, slots=True)
class _Pattern:
    expression: re.Pattern[str]
    meaning: str
    when: When | None = None
    interrupts: tuple[str, ...] = ()
    unreached_by: tuple[str, ...] = ()


@cache
def _patterns() -> tuple[tuple[_Pattern, ...], tuple[_Pattern, ...]]:
    data = load(data_folder("models") / "vocabulary.toml", "models/vocabulary.toml").data
    regions = tuple(
        _Pattern(
            _expression(entry["stem"]),
            entry["kind"],
            _when(entry),
            tuple(entry.get("interrupts", ())),
            tuple(entry.get("unreached_by", ())),
        )
        for entry in data["region"]
    )
    scalars = tuple(
        _Pattern(_expression(entry["name"]), entry["meaning"], _when(entry)) for entry in data["scalar"]
    )
    return regions, scalars


def _expression(pattern: str) -> re.Pattern[str]:
    return re.compile(re.escape(pattern).replace(r"\*", ".*").replace(r"\#", "[0-9]{1,9}"))


def _when(entry: Mapping[str, Any]) -> When | None:
    return When(**entry["when"]) if "when" in entry else None


def _scalar_pattern(name: str) -> _Pattern | None:
    return next((pattern for pattern in _patterns()[1] if pattern.expression.fullmatch(name)), None)


def meanings() -> tuple[str, ...]:
    """Every meaning that the vocabulary knows for a number that is no part of a region."""
    return tuple(dict.fromkeys(pattern.meaning for pattern in _patterns()[1]))


def _region_pattern(stem: str) -> _Pattern:
    fitting = (
        pattern for pattern in _patterns()[0] if pattern.expression.fullmatch(stem.removeprefix("GUEST_"))
    )
    return next(fitting, _Pattern(re.compile(""), "other"))


def layout_of(
    name: str, defines: Iterable[Define], classified: Mapping[str, str] = MappingProxyType({})
) -> Layout:
    """Classify macros and put the regions together; nothing is left out silently.

    `classified` gives the meaning of macros that no pattern fits.
    """
    table = {define.name: define for define in defines}
    scalars: dict[str, str] = {}
    uses: dict[str, When] = {}
    grouped: dict[str, dict[str, list[Define]]] = {}
    unclassified: list[Define] = []
    for define in table.values():
        pattern = _scalar_pattern(define.name)
        match = _REGION_MACRO.fullmatch(define.name)
        if match is not None:  # before the scalars: what may be a region must not be taken for less
            part = "sizes" if match[2] == "SIZE" else "bases"
            grouped.setdefault(f"GUEST_{match[1]}", {"bases": [], "sizes": []})[part].append(define)
        elif pattern is not None:
            scalars[define.name] = pattern.meaning
            if pattern.when is not None:
                uses[define.name] = pattern.when
        elif define.name in classified:
            scalars[define.name] = classified[define.name]
        else:
            unclassified.append(define)
    _split_alias(grouped, scalars)
    stems = tuple(
        Stem(stem, _region_pattern(stem).meaning, tuple(parts["bases"]), tuple(parts["sizes"]))
        for stem, parts in grouped.items()
    )
    if len(stems) > MOST_REGIONS:
        raise InputError(
            f"{len(stems)} regions, and at most {MOST_REGIONS} are taken: no guest's map has so many", name
        )
    placed, banks, unplaced = _place(stems)
    return Layout(name, table, stems, placed, banks, unplaced, scalars, tuple(unclassified), uses)


def _split_alias(grouped: dict[str, dict[str, list[Define]]], scalars: dict[str, str]) -> None:
    """GUEST_RAM_BASE names the lowest bank once there are numbered banks (since 4.5.0)."""
    numbered = any(re.fullmatch("GUEST_RAM[0-9]{1,9}", stem) for stem in grouped)
    if numbered and "GUEST_RAM" in grouped and not grouped["GUEST_RAM"]["sizes"]:
        for define in grouped.pop("GUEST_RAM")["bases"]:
            scalars[define.name] = "ram-base"


def _place(stems: tuple[Stem, ...]) -> tuple[tuple[Region, ...], tuple[Bank, ...], tuple[Unplaced, ...]]:
    regions: list[Region] = []
    banks: list[Bank] = []
    unplaced: list[Unplaced] = []
    for stem in stems:
        reason = _fault(stem)
        if reason:
            unplaced.append(Unplaced(stem, reason))
        elif stem.kind == "ram":
            banks.append(_bank(stem))
        else:
            regions.append(_region(stem))
    regions.sort(key=lambda region: (region.start, region.name))
    banks.sort(key=lambda bank: bank_number(bank.name))
    return tuple(regions), tuple(banks), tuple(unplaced)


def bank_number(name: str) -> int:
    """The place of a RAM bank among all, from 0, by the name of its macros."""
    return int(name.removeprefix("GUEST_RAM") or 0)


def _fault(stem: Stem) -> str:
    """Why the macros give no region; empty if they do."""
    if len(stem.bases) != 1:
        return f"{stem.name} has no base" if not stem.bases else f"{stem.name} has two bases"
    if not stem.sizes and stem.name != "GUEST_RAM":
        return f"{stem.name} has no size"
    base, size = _value(stem.bases[0]), _value(stem.sizes[0]) if stem.sizes else 1
    if base is None or size is None:
        return f"{stem.name} has a list where a number is needed"
    if base < 0 or size <= 0 or base + size > _TOP:
        return f"{stem.name} is no stretch of a 64-bit address space"
    return ""


def _value(define: Define) -> int | None:
    return None if isinstance(define.value, tuple) else define.value.value


def _bank(stem: Stem) -> Bank:
    base = stem.bases[0]
    start = _value(base)
    size = _value(stem.sizes[0]) if stem.sizes else None
    assert start is not None
    spared = _region_pattern(stem.name).unreached_by
    return Bank(stem.name, start, size, base.origin, base.name, f"{stem.name}_SIZE", spared)


def _region(stem: Stem) -> Region:
    base, size = stem.bases[0], stem.sizes[0]
    start, length = _value(base), _value(size)
    assert start is not None
    assert length is not None
    pattern = _region_pattern(stem.name)
    return Region(
        stem.name,
        start,
        start + length,
        pattern.meaning,
        base.origin,
        base.name,
        size.name,
        pattern.when,
        pattern.interrupts,
        pattern.unreached_by,
    )
