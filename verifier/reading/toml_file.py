"""TOML with places: what `tomllib` reads, and on which line each key stands."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path
from typing import Any

from verifier.layout.data import data_folder
from verifier.layout.errors import InputError
from verifier.layout.origin import Origin

__all__ = ["TomlFile", "check", "data_folder", "load"]

_HEAD = re.compile(r"\s*\[\[?\s*([^\]]+?)\s*\]")
_MOST_PARTS = 32
"""Of a key; ours have three. `tomllib` takes time and memory quadratic in them, and each is a table in a table."""
_PART = r"""(?:(?<![\w-])[\w-]++|"(?:[^"\\\n]|\\.)*+"|'[^'\n]*+')"""
_LONG_KEY = re.compile(rf"{_PART}(?:[ \t]*+\.[ \t]*+{_PART}){{{_MOST_PARTS}}}")
_KEY = re.compile(r"""\s*(?:"([^"]*)"|'([^']*)'|([A-Za-z0-9_-]+))\s*=""")


class TomlFile:
    """A parsed file; errors name file and line."""

    def __init__(self, text: str, name: str) -> None:
        self.name = name
        self._text = text
        if long := _LONG_KEY.search(text):
            line = text.count("\n", 0, long.start()) + 1
            raise InputError(
                f"more than {_MOST_PARTS} words joined by dots, which no key here has", name, line
            )
        try:
            self.data: dict[str, Any] = tomllib.loads(text)
        except tomllib.TOMLDecodeError as fault:
            found = re.search(r"\(at line (\d+)", str(fault))
            message = re.sub(r" \(at .*\)$", "", str(fault))
            raise InputError(
                f"no valid TOML: {message[:1].lower()}{message[1:]}", name, int(found[1]) if found else None
            ) from None
        except ValueError as fault:  # an integer of thousands of digits
            raise InputError(f"no valid TOML: {fault}", name) from None
        except RecursionError:
            raise InputError("no valid TOML: nested too deeply", name) from None

    def lines(self, table: str) -> dict[str, int]:
        """For each key of a table `[table]` ("" for the top), the line that begins it."""
        found: dict[str, int] = {}
        current = ""
        for number, line in enumerate(self._text.splitlines(), start=1):
            if head := _HEAD.match(line):
                current = head[1]
            elif current == table and (key := _KEY.match(line)):
                found.setdefault(next(part for part in key.groups() if part is not None), number)
        return found

    def heads(self, table: str, within: str = "") -> list[list[int]]:
        """The lines of each `[[table]]`, in groups: a new group begins at each `[[within]]`.

        Without `within` there is one group. Tables written in line have no head: their list is short.
        """
        groups: list[list[int]] = [] if within else [[]]
        for number, line in enumerate(self._text.splitlines(), start=1):
            head = _HEAD.match(line)
            if head and head[1] == within:
                groups.append([])
            elif head and head[1] == table and groups:
                groups[-1].append(number)
        return groups

    def fail(self, message: str, key: str = "", table: str = "") -> InputError:
        """An error at a key, or at the file if there is none."""
        return InputError(message, self.name, self.lines(table).get(key, 1))

    def expect(self, known: Mapping[str, type], required: tuple[str, ...]) -> None:
        """Check the top level: no unknown key, all required ones, each of its type."""
        places = self.lines("")
        check(self.data, known, required, lambda key: Origin(self.name, places.get(key, 1)))


def check(
    table: Mapping[str, Any],
    known: Mapping[str, type],
    required: tuple[str, ...],
    place: Callable[[str], Origin],
) -> None:
    """Raise InputError for a key that is unknown, missing or of another type; `place` says where one is."""

    def fail(message: str, key: str) -> InputError:
        where = place(key)
        return InputError(message, where.file, where.line)

    for key, value in table.items():
        if key not in known:
            from difflib import get_close_matches  # 2 ms that only a fault needs

            near = get_close_matches(key, known, 1)
            hint = f'; did you mean "{near[0]}"' if near else f"; known are {', '.join(known)}"
            raise fail(f'unknown key "{key}"{hint}', key)
        if type(value) is not known[key]:  # a truth value is no integer here, nor a date with a time a date
            raise fail(f'"{key}" is {_said(value)}, not {_SAID[known[key]]}', key)
    for key in required:
        if key not in table:
            raise fail(f'key "{key}" is missing', key)


_SAID = {
    str: "a string",
    int: "an integer",
    list: "a list",
    dict: "a table",
    bool: "a truth value",
    float: "a float",
    date: "a date",
}


def _said(value: object) -> str:
    return _SAID.get(type(value), "a time")


def load(path: Path, name: str) -> TomlFile:
    """A data file of our own; `name` is what places in it are called."""
    return TomlFile(path.read_text(encoding="utf-8"), name)
