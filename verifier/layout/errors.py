"""The two ways in which a run can end without a verdict."""

from __future__ import annotations

from verifier.layout.units import printable

_MOST = 1000
"""Characters of a message. What is wrong stands at its beginning, what repairs it at its end; what it quotes may be long."""


class InputError(Exception):
    """Input that cannot be read or an option that makes no sense: exit status 2.

    `message` is a short phrase, fault first, without capital or full stop; `file` and `line`
    (counting from 1; 0 for what has no lines) say where, and are None only when the fault has no place.
    """

    def __init__(self, message: str, file: str | None = None, line: int | None = None) -> None:
        message = message if len(message) <= _MOST else f"{message[: _MOST - 303]}...{message[-300:]}"
        super().__init__(message)
        self.message = message
        self.file = file
        self.line = line or None

    def __str__(self) -> str:
        place = "" if self.file is None else f"{self.file}: "
        if self.file is not None and self.line:
            place = f"{self.file}:{self.line}: "
        return printable(f"{place}error: {self.message}").replace(
            "\n", "\\x0a"
        )  # what it quotes may hold one


class InternalError(Exception):
    """The tool contradicts itself (a witness that does not re-check, say): exit status 70."""
