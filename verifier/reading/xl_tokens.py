"""Tokens of an xl configuration, as libxlu's scanner has them (tools/libs/util/libxlu_cfg_l.l).

Lower case only; numbers are digits with the letters of hexadecimal, whatever they mean; no sign, no line that ends
in CR, no comment without an end of line, no Python.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from verifier.layout.errors import InputError

NAME, NUMBER, STRING, NEWLINE, END = "name", "number", "string", "end of line", "end of file"
ADD = "+="
_TOKEN = re.compile(
    r"""(?P<blank>[ \t]+)
    | (?P<name>[a-z][._0-9a-z]*)
    | (?P<number>[0-9][0-9a-fx]*)
    | (?P<newline>\#.*\n|\n)
    | (?P<mark>\+=|[],=;[])
    | (?P<string>'[^'\\\n]*(?:\\.[^'\\\n]*)*'|"[^"\\\n]*(?:\\.[^"\\\n]*)*")
    """,
    re.VERBOSE,
)
_ESCAPE = re.compile(r"\\(?:([\"'\\abfnrtv])|([0-7])|(.))", re.DOTALL)
_ESCAPES = {"a": "\a", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"}
_DECIMAL = re.compile(r"[ \t\v\f\r]*[+-]?[0-9]+")
_PYTHON = "+-.():"


@dataclass(frozen=True, slots=True)
class Token:
    """A word or mark; `kind` is NAME, NUMBER, STRING, NEWLINE, END, or the mark itself."""

    kind: str
    text: str
    """Of a string what its quotes hold, escapes resolved; of END the byte before it that is dropped, if any."""
    line: int
    """Counting from 1, as does the column."""
    column: int

    def __str__(self) -> str:
        """For messages."""
        if self.kind in (NEWLINE, END):
            return self.kind
        return f'"{self.text}"' if len(self.text) <= 40 else f'"{self.text[:37]}..."'


def fault(message: str, file: str, token: Token) -> InputError:
    """An error at a token."""
    return InputError(f"column {token.column}: {message}", file, token.line)


def tokens(text: str, file: str) -> Iterator[Token]:
    """The tokens of a file, END last. Raises InputError where libxlu finds a lexical error.

    What stands for nothing is none as the very last byte, where the scanner meets the end before it has said so.
    """
    place, line, start, dropped = 0, 1, 0, ""
    while place < len(text):
        found = _TOKEN.match(text, place)
        here = Token("", "", line, place - start + 1)
        if found is None:
            if place == len(text) - 1 and _is_byte(text[place]):
                dropped = text[place]
                break
            raise fault(_unknown(text, place), file, here)
        place = found.end()
        match found.lastgroup:
            case "name" | "number" as kind:
                yield Token(kind, found[0], line, here.column)
            case "mark":
                yield Token(found[0], found[0], line, here.column)
            case "string":
                yield Token(STRING, _dequoted(found[0], file, here), line, here.column)
            case "newline":
                yield Token(NEWLINE, "", line, here.column)
                line, start = line + 1, place
    yield Token(END, dropped, line, place - start + 1)


def _unknown(text: str, place: int) -> str:
    character = text[place]
    if character == "#":
        return "the comment has no end of line, and xl takes it for no comment"
    if character in "'\"":
        return f"the string that begins with {character} has no end in its line"
    if character == "\r":
        return "carriage return; xl reads no lines that end in CR LF"
    shown = f'"{character}"' if character.isascii() and character.isprintable() else _code(character)
    python = "; xl reads no Python, and numbers have no sign" if character in _PYTHON else ""
    capital = (
        "; names and hexadecimal digits are lower case" if character.isascii() and character.isupper() else ""
    )
    return f"{shown} stands for nothing here{python}{capital}"


def _is_byte(character: str) -> bool:
    """One byte in the file: ASCII, or what is no UTF-8."""
    return character.isascii() or _is_escape(character)


def _is_escape(character: str) -> bool:
    """What a byte that is no UTF-8 is decoded to (`surrogateescape`, PEP 383)."""
    return 0xDC80 <= ord(character) <= 0xDCFF


def _code(character: str) -> str:
    code = ord(character)
    return f"byte {code - 0xDC00:#x}" if _is_escape(character) else f"character U+{code:04X}"


def _dequoted(quoted: str, file: str, token: Token) -> str:
    """`xlu__cfgl_dequote`: `\\x` is an error always, as it asks for more digits than it looks at."""
    if "\0" in quoted:
        raise fault("NUL in a string, at which xl aborts", file, token)
    inner = quoted[1:-1]
    parts, place = [], 0
    while (found := _ESCAPE.search(inner, place)) is not None:
        parts.append(inner[place : found.start()])
        place = found.end()
        if found[1]:
            parts.append(_ESCAPES.get(found[1], found[1]))
        elif found[2]:
            place += _octal(inner[place : place + 3], file, token)
        else:
            raise fault(f'xl knows no "\\{found[3]}" in a string', file, token)
    return "".join([*parts, inner[place:]])


def _octal(behind: str, file: str, token: Token) -> int:
    """How many of three characters behind `\\0` belong to it: at least two, read as decimal, and then dropped."""
    found = _DECIMAL.match(behind)
    if found is None or found.end() < 2:
        raise fault('"\\" and a digit need two more digits in a string', file, token)
    return found.end()
