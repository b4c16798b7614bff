"""Numbers in text as C's library reads them: `strtol` and `scanf` where `long` has 64 bits.

What glibc and musl read differently ("0x" with no digit behind it) is no number here.
"""

from __future__ import annotations

import re

_SPACE = r"[ \t\n\v\f\r]*"
_ANY_BASE = re.compile(rf"{_SPACE}([+-]?)(?:0[xX]([0-9a-fA-F]+)|(0[0-7]*)|([1-9][0-9]*))")
_DECIMAL = re.compile(rf"{_SPACE}([+-]?)([0-9]+)")
_HEX = re.compile(rf"{_SPACE}([+-]?)(0[xX](?=[0-9a-fA-F]))?([0-9a-fA-F]+)")
_LONG = range(-(1 << 63), 1 << 63)
_MOST = (1 << 64) - 1


def long(text: str) -> int | None:
    """`strtol` with base 0 of all of a text: `0x10`, `010`, `16`. None if it is no number, or has no room in a long."""
    found = _ANY_BASE.fullmatch(text)
    if found is None:
        return None
    sign, sixteen, eight, ten = found.groups()
    number = _number(sixteen, 16) if sixteen else _number(eight, 8) if eight else _number(ten, 10)
    number = -number if sign == "-" else number
    return number if number in _LONG else None


def unsigned_decimal(text: str) -> int | None:
    """`strtoul` with base 10 of all of a text; a minus wraps, what has no room is 2**64 - 1. None if it is no number."""
    found = _DECIMAL.fullmatch(text)
    return None if found is None else _wrapped(found[1], _number(found[2], 10))


def hexadecimal(text: str, place: int) -> tuple[int, int] | None:
    """`%lx` at a place of a text: the number and where it ends, with or without `0x`; None if there is none."""
    found = _HEX.match(text, place)
    if found is None:
        return None
    sign, prefix, digits = found.groups()
    if not prefix and digits == "0" and text[found.end() : found.end() + 1] in ("x", "X"):
        return None
    return _wrapped(sign, _number(digits, 16)), found.end()


def _number(digits: str, base: int) -> int:
    """Of more digits than 64 bits have, some number that is too large: Python refuses to read thousands."""
    digits = digits.lstrip("0")
    return int(digits, base) if 0 < len(digits) <= 64 else 1 << 64 if digits else 0


def _wrapped(sign: str, number: int) -> int:
    """As an `unsigned long`."""
    if number > _MOST:
        return _MOST
    return -number & _MOST if sign == "-" else number
