"""Annotations of GitHub Actions: workflow commands, one a line, and a line for people at the end."""

from __future__ import annotations

from collections.abc import Iterator

from verifier.layout.errors import InputError
from verifier.layout.sheet import Place, Sheet

_LEVELS = {"refuted": "error", "unknown": "warning", "waived": "notice"}
_OLD_COMMAND = "##["
"""The runner takes commands in this form as well, anywhere in a line that is no command of the other form."""


def render(sheet: Sheet) -> str:
    """Refuted is an error, unknown a warning, waived or advised a notice; what holds is in the last line.

    That there is more than is listed is a notice: who counts the errors would take them for all.
    """
    return "".join(f"{line}\n" for line in _lines(sheet))


def render_error(command: str, fault: InputError) -> str:
    """One error: the input could not be read."""
    place = None if fault.file is None else Place(fault.file, fault.line)
    return f"{_command('error', place, f'verifier {command}', fault.message)}\n"


def _lines(sheet: Sheet) -> Iterator[str]:
    for part, row, _ in sheet.entries():
        if row.verdict in _LEVELS:
            level = "notice" if row.advises else _LEVELS[row.verdict]
            text = "\n".join([part.said(row), *row.lines])
            yield _command(level, row.place, row.about, text)
    for part in sheet.parts:
        yield from (_command("notice", None, "not all is listed", note) for note in part.unlisted)
    yield f"verifier: {sheet.headline}".replace(_OLD_COMMAND, "# # [")


def _command(level: str, place: Place | None, title: str, message: str) -> str:
    """`::error file=a.h,line=3,title=no-overlap::message`; no file where there is none that GitHub could show."""
    properties = {}
    if place is not None and place.named and not place.shipped:
        properties["file"] = place.file.removeprefix("./")
        if place.line is not None:
            properties["line"] = str(place.line)
    elif place is not None:
        message = f"{place}: {message}"
    properties["title"] = title
    told = ",".join(f"{name}={_property(value)}" for name, value in properties.items())
    return f"::{level} {told}::{_data(message)}"


def _data(text: str) -> str:
    """As `escapeData` of actions/toolkit, packages/core/src/command.ts."""
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    """As `escapeProperty` there."""
    return _data(text).replace(":", "%3A").replace(",", "%2C")
