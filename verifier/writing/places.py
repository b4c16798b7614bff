"""Where the definitions of a new region can stand: by address, beside its neighbours' and as a paragraph of their own."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from verifier.layout.c_text import NewRegion
from verifier.layout.layout import Layout
from verifier.layout.region import Region
from verifier.reading.units import BLANK, COMMENT, CONDITION, DEFINE, Unit


class Paragraphs:
    """The lines of a header by what they are, and the regions that they define."""

    def __init__(self, units: Sequence[Unit], count: int, layout: Layout, name: str) -> None:
        self._layout, self._name, self.count = layout, name, count
        self._units = {at: unit for unit in units for at in range(unit.first, unit.last + 1)}
        self._defines = {(unit.name, unit.first): unit for unit in units if unit.kind == DEFINE}

    def neighbours(self, region: NewRegion) -> tuple[Region | None, Region | None]:
        """The last region that starts at or below the new one, and the first that starts above it, of those in the text."""
        parts = [part for part in self._layout.parts if self.span(part) is not None]
        below = max((p for p in parts if p.start <= region.start), key=lambda p: p.start, default=None)
        above = min((p for p in parts if p.start > region.start), key=lambda p: p.start, default=None)
        return below, above

    def span(self, part: Region) -> tuple[int, int] | None:
        """The first and last line of a region's two definitions, from 0; None if one stands elsewhere."""
        found = []
        for macro in (part.base_macro, part.size_macro):
            define = self._layout.defines.get(macro)
            unit = self._defines.get((macro, define.origin.line - 1)) if define else None
            if define is None or define.origin.file != self._name or unit is None:
                return None
            found.append(unit)
        return min(unit.first for unit in found), max(unit.last for unit in found)

    def places(self, region: NewRegion) -> Iterator[int]:
        """Lines in front of which it can stand, from 0, the best first.

        After the lower neighbour or before the upper one where a paragraph ends there; within a paragraph, which it cuts;
        after the paragraph.
        """
        below, above = self.neighbours(region)
        low = self.span(below) if below else None
        high = self.span(above) if above else None
        if low is not None and self._ends(low[1] + 1):
            yield low[1] + 1
        start = high[0] if high is not None else 0
        while start > 0 and self._kind(start - 1) == COMMENT:
            start -= 1
        if high is not None and self._ends(start - 1):
            yield start
        if low is not None:
            yield low[1] + 1
            end = low[1] + 1
            while not self._ends(end):
                end += 1
            yield end
        if high is not None:
            yield start

    def is_blank(self, line: int) -> bool:
        """Whether nothing stands there, or nothing at all comes there."""
        return not 0 <= line < self.count or self._kind(line) == BLANK

    def _ends(self, line: int) -> bool:
        return self.is_blank(line) or self._kind(line) == CONDITION

    def _kind(self, line: int) -> str:
        unit = self._units.get(line)
        return unit.kind if unit is not None else ""
