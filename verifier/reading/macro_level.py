"""A hunk applied to macros instead of lines: for releases, which have no text, and for bare +/- runs.

A removed macro must exist with that text or value. An added one takes the place of the removed one of
its name; what else is added follows what was touched last, with the comments that stand above it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from verifier.layout.change import Note
from verifier.layout.origin import Origin
from verifier.reading.c_directives import PREFIX
from verifier.reading.c_tokens import shorten
from verifier.reading.hunk import Hunk, HunkLine
from verifier.reading.hunk_macros import Names, defined_name, has_sign, hides, side_units, switched
from verifier.reading.lines import Line
from verifier.reading.macro_table import MacroTable, fault, shown
from verifier.reading.units import (
    BLANK,
    CODE,
    COMMENT,
    CONDITION,
    DEFINE,
    DIRECTIVE,
    UNDEF,
    Unit,
)

_END = re.compile(r"_(?:BASE|ADDR|SIZE)$")


@dataclass(frozen=True, slots=True)
class MacroResult:
    """The header after a hunk."""

    lines: list[Line]
    anchor: int | None
    """The line after the last one that was touched."""
    place: str
    notes: tuple[Note, ...]


def apply_macros(
    lines: Sequence[Line], names: Names, hunk: Hunk, anchor: int | None, *, compare: bool
) -> MacroResult:
    """Apply one hunk at macro level.

    `anchor` is where an addition goes that nothing places; `compare` asks that macros in the context exist
    with their values. Raises InputError, with both sides, if a macro is not as the hunk expects, and
    for what cannot be applied without the text around it.
    """
    return _Macros(lines, names, hunk, anchor, compare=compare).run()


@dataclass(slots=True)
class _Slot:
    """A line of the base: what goes before it, whether it stays, what comes in its place or after it."""

    before: list[Line] = field(default_factory=list)
    gone: bool = False
    after: list[Line] = field(default_factory=list)


class _Macros:
    def __init__(
        self, lines: Sequence[Line], names: Names, hunk: Hunk, anchor: int | None, *, compare: bool
    ) -> None:
        self.lines = lines
        self.names = names
        self.hunk = hunk
        self.compare = compare
        self.notes: list[Note] = []
        self.base = MacroTable(lines)
        self.slots = [_Slot() for _ in range(len(lines) + 1)]
        self.cursor: int | None = None if anchor is None else anchor - 1
        self.first: int | None = None
        """The first line of the base that was touched."""
        self.switched = False
        """A macro changes beside a conditional of the context, and nothing tells on which side of it."""
        self.replaced: dict[str, int] = {}
        """Removed macros that no added one has replaced yet: name to last line."""

    def run(self) -> MacroResult:
        """Take away the old macros, then put in the new ones."""
        old, new = self.hunk.side("-"), self.hunk.side("+")
        old_units, new_units = side_units(old), side_units(new)
        self._refuse(old, old_units, "-")
        self._refuse(new, new_units, "+")
        self.switched = switched(self.base, (old, old_units), (new, new_units))
        if hides((old, old_units), (new, new_units)):
            said = "the change makes macros of the context part of a comment, or frees them"
            self.notes.append(Note(said, self.hunk.origin, doubt=True))
        start = self.cursor
        for unit in old_units:
            if has_sign(old, unit, "-"):
                self._remove(unit, old)
        if not self.replaced:
            self.cursor = start
        self._put(new, new_units)
        context = sum(line.sign == " " and bool(line.text.strip()) for line in self.hunk.lines)
        if context:
            said = "macros only" if self.compare else "not compared"
            self.notes.append(
                Note(f"{context} context line{'' if context == 1 else 's'}: {said}", self.hunk.origin)
            )
        return self._result()

    def _refuse(self, side: Sequence[HunkLine], units: Sequence[Unit], sign: str) -> None:
        for unit in units:
            if not has_sign(side, unit, sign):
                continue
            line = side[unit.first]
            if unit.kind in {CONDITION, UNDEF} or (unit.kind in {DIRECTIVE, CODE} and self.compare):
                raise fault(
                    f'"{sign}{shorten(line.text.strip())}" cannot be applied where the text around it differs',
                    line.origin,
                )

    def _remove(self, unit: Unit, side: Sequence[HunkLine]) -> None:
        origin = side[unit.first].origin
        if unit.kind == DEFINE:
            self._remove_define(unit, origin)
        elif unit.kind == COMMENT:
            self._remove_comment(unit, side)
        elif unit.kind != BLANK:
            self.notes.append(Note("no macro: not applied", origin, doubt=True))

    def _remove_define(self, unit: Unit, origin: Origin) -> None:
        there = [each for each in self._defines(unit.name) if self.base.place(each) not in self.names.added]
        if not there and not self.compare and not unit.name.startswith(PREFIX):
            self.notes.append(
                Note(f"{unit.name} is no macro of the layout: not compared", origin, doubt=True)
            )
            return
        fitting = self.base.fitting(there, unit, origin)
        if len(fitting) != 1:
            raise self.base.differs(unit, origin, fitting or there)
        found = fitting[0]
        for at in range(found.first, found.last + 1):
            self.slots[at].gone = True
        self._touch(found.last)
        self.replaced[unit.name] = found.last

    def _defines(self, name: str) -> list[Unit]:
        """The definitions of a macro that still stand."""
        return [unit for unit in self.base.defines(name) if not self.slots[unit.first].gone]

    def _remove_comment(self, unit: Unit, side: Sequence[HunkLine]) -> None:
        """Take a comment away if the base has it, in these words, in one place."""
        words = _words(line.text for line in side[unit.first : unit.last + 1])
        found = [
            each
            for each in self.base.units
            if each.kind == COMMENT
            and words == _words(line.text for line in self.lines[each.first : each.last + 1])
        ]
        if len(found) == 1:
            for at in range(found[0].first, found[0].last + 1):
                self.slots[at].gone = True
        elif self.compare:
            self.notes.append(Note("removed comment is not in the header, or twice", side[unit.first].origin))

    def _touch(self, at: int) -> None:
        self.cursor = at
        self.first = at if self.first is None else min(at, self.first)

    def _put(self, side: Sequence[HunkLine], units: Sequence[Unit]) -> None:
        waiting: list[Line] = []
        for unit in units:
            added = has_sign(side, unit, "+")
            lines = [Line(line.text, line.origin) for line in side[unit.first : unit.last + 1]]
            if unit.kind == DEFINE and added:
                self._add(unit, waiting, lines)
                waiting = []
            elif unit.kind == DEFINE:
                waiting = self._pass(unit, waiting, lines[0].origin)
            elif added and unit.kind in {COMMENT, BLANK}:
                waiting += lines
            elif added:
                self.notes.append(Note("no macro: not applied", lines[0].origin, doubt=True))
            elif unit.kind == BLANK and waiting:
                waiting += lines
            elif unit.kind == CONDITION:
                text = shorten(lines[0].text.strip())
                said = f'"{text}" in the context: what it switches is not known'
                self.notes.append(Note(said, lines[0].origin, doubt=self.switched))
        if any(line.text.strip() for line in waiting):
            self._insert(waiting, "")

    def _pass(self, unit: Unit, waiting: list[Line], origin: Origin) -> list[Line]:
        """Go over a macro of the context; new comments above it go there."""
        there = self._defines(unit.name)
        if unit.name.startswith(PREFIX):
            fitting = self.base.fitting(there, unit, origin)
            if not fitting and (self.compare or self._other_value(unit, origin, there)):
                raise self.base.differs(unit, origin, there)
            if not fitting:
                said = f"{unit.name} of the context is not in the layout, or cannot be compared"
                self.notes.append(Note(said, origin, doubt=True))
            there = fitting
        if len(there) != 1:
            return waiting
        self.slots[there[0].first].before += waiting
        self._touch(there[0].last)
        return []

    def _other_value(self, unit: Unit, origin: Origin, there: Sequence[Unit]) -> bool:
        """Whether values are known on both sides; those in `there` are none that fit."""
        return (
            bool(there)
            and bool(self.base.told_value(unit, origin))
            and all(self.base.told_value(each, self.base.place(each)) for each in there)
        )

    def _add(self, unit: Unit, waiting: list[Line], lines: list[Line]) -> None:
        """Put a macro and the comments above it in place of the removed one, or behind the last touched."""
        if (at := self.replaced.pop(unit.name, None)) is not None:
            while waiting and not waiting[0].text.strip() and self._blank_above(at):
                waiting = waiting[1:]
            self.slots[at].after += [*waiting, *lines]
            self._touch(at)
            return
        self._refuse_second(unit, lines[0].origin)
        self._insert([*waiting, *lines], _stem(unit.name))

    def _blank_above(self, at: int) -> bool:
        while at >= 0 and self.slots[at].gone:
            at -= 1
        return at < 0 or not self.lines[at].text.strip()

    def _refuse_second(self, unit: Unit, origin: Origin) -> None:
        """InputError if the macro is there already and the patch does not remove it."""
        there = self._defines(unit.name)
        if there and unit.name not in self.names.removed:
            place = self.base.place(there[0])
            raise fault(
                f'hunk does not apply: it adds "{shown(unit)}"{self.base.told_value(unit, origin)} and removes no other, '
                f'but {place} has "{shown(there[0])}"{self.base.told_value(there[0], place)}',
                origin,
            )

    def _insert(self, lines: list[Line], stem: str) -> None:
        """Put lines behind the last touched one; a new stem gets a blank line before and after it."""
        if self.cursor is None:
            defines = [
                unit for unit in self.base.units if unit.kind == DEFINE and unit.name.startswith(PREFIX)
            ]
            self.cursor = defines[-1].last if defines else len(self.lines) - 1
            self.notes.append(
                Note("nothing says where this goes: put behind the last macro", lines[0].origin)
            )
        self._touch(self.cursor)
        target = self.slots[self.cursor].after
        above = target[-1].text if target else self._above(self.cursor)
        if stem and above.strip() and stem != _stem(defined_name(above)) and lines[0].text.strip():
            target.append(Line("", lines[0].origin))
        target += lines

    def _above(self, at: int) -> str:
        while at >= 0 and self.slots[at].gone:
            at -= 1
        return self.lines[at].text if at >= 0 else ""

    def _result(self) -> MacroResult:
        for name, at in self.replaced.items():
            self.notes.append(Note(f"{name} is removed", self.lines[at].origin))
        result: list[Line] = []
        anchor: int | None = None
        for at, slot in enumerate(self.slots):
            own = [] if slot.gone or at == len(self.lines) else [self.lines[at]]
            after = slot.after
            if after and at + 1 < len(self.lines) and self._joins(after[-1].text, at + 1):
                after = [*after, Line("", after[-1].origin)]
            result += [*slot.before, *own, *slot.after]
            if at == self.cursor:
                anchor = len(result)
            result += after[len(slot.after) :]
        if self.cursor == -1:
            result, anchor = [*self.slots[-1].after, *result], len(self.slots[-1].after)
        place = (
            str(self.lines[self.first].origin) if self.first is not None and self.first >= 0 else "the header"
        )
        return MacroResult(result, anchor, place, tuple(self.notes))

    def _joins(self, above: str, at: int) -> bool:
        """Whether what was put in would be of one group with a base line of another stem."""
        below = self.lines[at].text
        if not above.strip() or not below.strip() or self.slots[at].gone or self.slots[at].before:
            return False
        mine, theirs = defined_name(above), defined_name(below)
        return bool(mine) and mine not in self.base.table and _stem(mine) != _stem(theirs)


def _words(texts: Iterator[str]) -> list[str]:
    return " ".join(texts).split()


def _stem(name: str) -> str:
    return _END.sub("", name)
