"""What the hunks of a patch say of macros, read without the header around them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from verifier.layout.origin import Origin
from verifier.reading.hunk import Hunk, HunkLine
from verifier.reading.lines import Line
from verifier.reading.macro_table import MacroTable
from verifier.reading.series import Patch
from verifier.reading.units import CONDITION, DEFINE, Unit, units_of

Side = tuple[Sequence[HunkLine], Sequence[Unit]]
"""The old or new text of a hunk, and the units in it."""


@dataclass(frozen=True, slots=True)
class Names:
    """What a whole patch does, for each of its hunks."""

    added: frozenset[Origin]
    """The lines that it adds."""
    removed: frozenset[str]
    """The macros of which it removes a definition."""


def names_of(patch: Patch) -> Names:
    """The lines that a patch adds and the macros that it removes."""
    lines = [line for hunk in patch.hunks for line in hunk.lines]
    return Names(
        frozenset(line.origin for line in lines if line.sign == "+"),
        frozenset(defined_name(line.text) for line in lines if line.sign == "-"),
    )


def defined_name(text: str) -> str:
    """The macro that a line starts to define; empty if it defines none."""
    found = re.match(r"\s*#\s*define\s+(\w+)", text)
    return found[1] if found else ""


def side_units(side: Sequence[HunkLine]) -> tuple[Unit, ...]:
    """The units of one side of a hunk. Raises InputError where it is no C."""
    return units_of([line.text for line in side], [line.origin for line in side])


def has_sign(side: Sequence[HunkLine], unit: Unit, sign: str) -> bool:
    """Whether any line of a unit has that sign."""
    return any(line.sign == sign for line in side[unit.first : unit.last + 1])


def hides(old: Side, new: Side) -> bool:
    """Whether a macro of the context is in a comment on one side only."""
    return _context(*old) != _context(*new)


def _context(side: Sequence[HunkLine], units: Sequence[Unit]) -> list[Origin]:
    """The lines of the context that define a macro."""
    starts = (side[unit.first] for unit in units if unit.kind == DEFINE)
    return [line.origin for line in starts if line.sign == " "]


def there_already(lines: Sequence[Line], hunk: Hunk) -> bool:
    """Whether the header has all macros that a hunk adds, with their values."""
    base = MacroTable(lines)
    new = hunk.side("+")
    added = [unit for unit in side_units(new) if unit.kind == DEFINE and has_sign(new, unit, "+")]
    fitting = [base.fitting(base.defines(unit.name), unit, new[unit.first].origin) for unit in added]
    return bool(fitting) and all(fitting)


def switched(base: MacroTable, old: Side, new: Side) -> bool:
    """Whether a macro changes beside a conditional of the context that may switch it off.

    It does not where, between the same conditionals, the old text has a macro that the header has with
    its value.
    """
    names = Counter(unit.name for unit in old[1] if unit.kind == DEFINE)
    before, after = _groups(old[1]), _groups(new[1])
    if len(before) != len(after):
        return True
    if len(before) == 1:
        return False
    for here, there in zip(before, after, strict=True):
        known = any(
            names[unit.name] == 1 and base.fitting(base.defines(unit.name), unit, old[0][unit.first].origin)
            for unit in here
        )
        changes = any(has_sign(old[0], unit, "-") for unit in here)
        if not known and (changes or any(has_sign(new[0], unit, "+") for unit in there)):
            return True
    return False


def _groups(units: Sequence[Unit]) -> list[list[Unit]]:
    """The macros between one conditional and the next."""
    groups: list[list[Unit]] = [[]]
    for unit in units:
        if unit.kind == CONDITION:
            groups.append([])
        elif unit.kind == DEFINE:
            groups[-1].append(unit)
    return groups
