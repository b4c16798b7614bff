"""The two ways in which a run can end without a verdict."""

from __future__ import annotations

from verifier.layout.units import printable, shortened

_MOST = 1000
"""Characters of a message. What is wrong stands at its beginning, what repairs it at its end; what it quotes may be long."""
_MOST_OF_PLACE = 400
"""Characters of a file's name, or of an address, as it is printed: what has a meaning stands at both ends."""


class InputError(Exception):
    """Input that cannot be read or an option that makes no sense: exit status 2.

    `message` is a short phrase, fault first, without capital or full stop; `file` and `line`
    (counting from 1; 0 for what has no lines) say where, and are None only when the fault has no place.
    """

    def __init__(self, message: str, file: str | None = None, line: int | None = None) -> None:
        message = _short(message)
        super().__init__(message)
        self.message = message
        self.file = file
        self.line = line or None

    def __str__(self) -> str:
        place = ""
        if self.file is not None:
            name = shortened(_visible(self.file), _MOST_OF_PLACE, _MOST_OF_PLACE // 2)
            place = f"{name}:{self.line}: " if self.line else f"{name}: "
        return f"{place}error: {_short(_visible(self.message))}"


def _short(message: str) -> str:
    return shortened(message, _MOST, 300)


def _visible(text: str) -> str:
    """On one line: what is quoted may hold ends of lines, and what is written out in its place is longer."""
    return printable(text).replace("\n", "\\x0a")


class InternalError(Exception):
    """The tool contradicts itself (a witness that does not re-check, say): exit status 70."""
