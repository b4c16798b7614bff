"""The macros of a header's lines, compared by text and by value, and the words for where they differ."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from verifier.layout.errors import InputError
from verifier.layout.origin import Origin
from verifier.layout.units import hexa, sized
from verifier.reading.c_tokens import shorten, spell
from verifier.reading.lines import Line
from verifier.reading.units import DEFINE, Unit, Value, units_of, value_of


class MacroTable:
    """All units of a header; `table` has the last definition of each macro."""

    def __init__(self, lines: Sequence[Line]) -> None:
        self.lines = lines
        self.units = units_of([line.text for line in lines], [line.origin for line in lines])
        self.table: Mapping[str, Unit] = {unit.name: unit for unit in self.units if unit.kind == DEFINE}

    def fitting(self, there: Sequence[Unit], wanted: Unit, origin: Origin) -> list[Unit]:
        """Those with the replacement text of `wanted`; if there is none, those with its value."""
        return [each for each in there if each.words == wanted.words] or [
            each for each in there if self.same_value(each, wanted, origin)
        ]

    def defines(self, name: str) -> list[Unit]:
        return [unit for unit in self.units if unit.kind == DEFINE and unit.name == name]

    def place(self, unit: Unit) -> Origin:
        return self.lines[unit.first].origin

    def same_value(self, mine: Unit, theirs: Unit, origin: Origin) -> bool:
        one = value_of(spell(mine.tokens), self.table, self.place(mine))
        return one is not None and one == value_of(spell(theirs.tokens), self.table, origin)

    def differs(self, unit: Unit, origin: Origin, there: Sequence[Unit]) -> InputError:
        """Both sides of a macro that is not as the hunk expects."""
        expected = f'it expects "{shown(unit)}"{self.told_value(unit, origin)}'
        if len(there) > 1:
            places = " and ".join(str(self.place(each)) for each in there)
            return fault(f"hunk does not apply: {expected}, which stands at {places}", origin)
        if there:
            place = self.place(there[0])
            has = f'{place} has "{shown(there[0])}"{self.told_value(there[0], place)}'
        else:
            has = f"{self.lines[0].origin.file if self.lines else 'the header'} has no {unit.name}{self._near(unit)}"
        return fault(f"hunk does not apply: {expected}, {has}", origin)

    def _near(self, unit: Unit) -> str:
        from difflib import get_close_matches

        near = get_close_matches(unit.name, self.table, 1)
        if not near:
            return ""
        found = self.table[near[0]]
        return (
            f'; nearest is "{shown(found)}"{self.told_value(found, self.place(found))} at {self.place(found)}'
        )

    def told_value(self, unit: Unit, origin: Origin) -> str:
        value = value_of(spell(unit.tokens), self.table, origin)
        return "" if value is None else f", {_said(value, unit.name)}"


def fault(message: str, origin: Origin) -> InputError:
    """An error at a line of a header or mail."""
    return InputError(message, origin.file, origin.line)


def shown(unit: Unit) -> str:
    return shorten(f"#define {unit.name} {spell(unit.tokens)}".strip())


def _said(value: Value, name: str) -> str:
    if not isinstance(value, int):
        return f"{{ {', '.join(hexa(each) for each in value)} }}"
    if name.endswith(("_BASE", "_ADDR", "_SIZE")):
        return sized(value)
    return str(value) if value < 10_000 else hexa(value)
