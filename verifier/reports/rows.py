"""Rows of a memory map: range, size, a bar, and what there is to say behind it.

A bar is one character longer for each factor of eight in size, so that a byte, a page and a tebibyte are all to be seen.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from verifier.layout import units

WIDTH = 110
"""Columns; a mark that does not fit has a row of its own."""
FREE = "(free)"
HOW_TO_READ = "Ends are exclusive. A bar is one character longer for each factor of 8 in size."


@dataclass(frozen=True, slots=True)
class Row:
    """What stands behind the bar."""

    name: str
    note: str = ""
    mark: str = ""
    """`!` with what is wrong, `?` where that is not known; empty where nothing is."""


@dataclass(frozen=True, slots=True)
class Columns:
    """Widths of what stands in columns."""

    digits: int
    size: int
    bar: int
    name: int


def columns(spans: Iterable[tuple[int, int]], limit: int, named: Iterable[str]) -> Columns:
    """For rows with these ranges `[start, end)`, in an address space that ends at `limit`.

    `named` are the names that have a note behind them.
    """
    drawn = list(spans)
    return Columns(
        len(f"{max([limit, *(end for _, end in drawn)]):x}"),
        max((len(units.size(end - start)) for start, end in drawn), default=0),
        max((_length(end - start) for start, end in drawn), default=0),
        max(map(len, named), default=0),
    )


def _length(size: int) -> int:
    """Of a bar: one more for each factor of eight, the number of octal digits."""
    return (size.bit_length() + 2) // 3


def drawn(
    start: int, end: int, character: str, rows: Iterable[Row], widths: Columns, room: int = WIDTH
) -> Iterator[str]:
    """The lines of one stretch `[start, end)`: the first row has range and bar before it."""
    span = f"0x{start:0{widths.digits}x}-0x{end:0{widths.digits}x}"
    bar = character * _length(end - start)
    head = f"{span}  {units.size(end - start):>{widths.size}}  {bar:<{widths.bar}}  "
    for row in rows:
        yield from _fitted(head, row, widths, room)
        head = " " * len(head)


def _fitted(head: str, row: Row, widths: Columns, room: int) -> Iterator[str]:
    line = f"{head}{row.name:<{widths.name if row.note else 0}}{'  ' if row.note else ''}{row.note}"
    if not row.mark:
        yield line
    elif len(line) + 2 + len(row.mark) <= room:
        yield f"{line}  {row.mark}"
    else:
        yield line
        yield f"{'':{len(head)}}{row.mark}"


def end_of_space(bits: int, widths: Columns, told: str = "") -> str:
    """The line at 2^b."""
    return f"0x{1 << bits:0{widths.digits}x}  ===== end of {bits} ipa bits{told} ====="


def part_of(size: int, start: int, whole_start: int, whole_size: int) -> str:
    """How long a thing is where an edge cuts it: said where it begins; `continued` in its other stretches."""
    if size >= whole_size:
        return ""
    return f"{units.size(whole_size)} in all" if start == whole_start else "continued"
