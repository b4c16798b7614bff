"""The bytes of a header as lines that can be edited: line ends, tabs and encoding stay as they are.

The text is that of Latin-1, which gives every byte back as it was; what is looked for and put in is ASCII.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from verifier.reading.lines import lines_of
from verifier.reading.units import DEFINE, Unit, units_of

MOST_OF_A_DEFINE = 4_096
"""Characters; longer definitions are left alone."""
_LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+\Z")
_GAP = r"(?:[ \t\f\v]|\\[ \t\f\v]*(?:\r\n|\r|\n)|/\*[\s\S]*?\*/)"
_DEFINE = re.compile(
    rf"(?P<head>{_GAP}*(?:\#|%:){_GAP}*define{_GAP}+)(?P<name>\w+)(?P<gap>{_GAP}+)"
    rf"(?P<body>\S[\s\S]*?)(?P<after>{_GAP}*(?://[^\r\n]*)?)(?P<end>\r\n|\r|\n|)",
    re.ASCII,
)


class UnwrittenError(Exception):
    """What is wanted cannot be put into this text; the message says why."""


@dataclass(frozen=True, slots=True)
class Parts:
    """A `#define` of one number, cut into its parts; together they are its lines."""

    head: str
    name: str
    gap: str
    body: str
    after: str
    """Comments and blanks."""
    end: str

    def __str__(self) -> str:
        return f"{self.head}{self.name}{self.gap}{self.body}{self.after}{self.end}"


def split(content: bytes) -> list[str]:
    """The lines of a header with their ends, as the reader counts them."""
    return _LINE.findall(content.decode("latin-1"))


def join(lines: Sequence[str]) -> bytes:
    """The other way round."""
    return "".join(lines).encode("latin-1")


def units(content: bytes, name: str) -> tuple[Unit, ...]:
    """What the lines of a header called `name` are."""
    lines = lines_of(content, name)
    return units_of([line.text for line in lines], [line.origin for line in lines])


def define_at(found: Sequence[Unit], name: str, line: int) -> Unit:
    """The definition of a macro that begins on a line, counting from 1. Raises UnwrittenError."""
    for unit in found:
        if unit.kind == DEFINE and unit.name == name and unit.first == line - 1:
            return unit
    raise UnwrittenError(f"{name} is not defined by a line of its own at line {line}")


def parts_of(lines: Sequence[str], unit: Unit) -> Parts:
    """The parts of a definition. Raises UnwrittenError where it has comments within, or is too long."""
    text = "".join(lines[unit.first : unit.last + 1]).removeprefix("\xef\xbb\xbf")
    found = _DEFINE.fullmatch(text) if len(text) <= MOST_OF_A_DEFINE else None
    if found is None or "/*" in found["body"]:
        raise UnwrittenError(f"the definition of {unit.name} at line {unit.first + 1} is not a plain one")
    return Parts(*found.group("head", "name", "gap", "body", "after", "end"))


def with_body(parts: Parts, body: str) -> Parts:
    """Another value; a comment that was set apart from the old one keeps its column."""
    after = parts.after
    room = len(after) - len(after.lstrip(" "))
    if room > 1 and len(after) > room:
        after = " " * max(1, room + len(parts.body) - len(body)) + after[room:]
    return Parts(parts.head, parts.name, parts.gap, body, after, parts.end)
