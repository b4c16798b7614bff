"""Ranges and sizes on the command line: `START-END`, the end exclusive, or `START+SIZE`; `2G`."""

from __future__ import annotations

import re

from verifier.layout.domain_map import Extent
from verifier.layout.errors import InputError

_NUMBER = r"(0[xX][0-9a-fA-F]+|[0-9]+)([KMGT]?)"
_RANGE = re.compile(rf"{_NUMBER}([-+]){_NUMBER}")
_SIZE = re.compile(_NUMBER)
_SHIFTS = {"": 0, "K": 10, "M": 20, "G": 30, "T": 40}
_MOST = 1 << 64


def range_of(text: str, *, empty: bool = False) -> Extent:
    """A range in bytes. Numbers are hexadecimal after 0x, else decimal, with a binary suffix K, M, G or T.

    Raises InputError for anything else, for an empty range unless `empty` allows it, and for one that exceeds 64 bits.
    """
    match = _RANGE.fullmatch(text)
    if match is None:
        raise InputError(
            f'"{text[:60]}" is no range; expected START-END or START+SIZE, such as 0x40000000+1G'
        )
    start, other = _number(match[1], match[2]), _number(match[4], match[5])
    end = other if match[3] == "-" else start + other
    if end > _MOST:
        raise InputError(f'"{text[:60]}" ends above 64 bits')
    if end < start or (end == start and not empty):
        raise InputError(f'"{text[:60]}" ends {"where" if start == end else "before"} it starts')
    return Extent(start, end)


def size_of(text: str) -> int:
    """A size in bytes above 0, written as the numbers of a range. Raises InputError for anything else."""
    match = _SIZE.fullmatch(text)
    if match is None:
        raise InputError(
            f'"{text[:60]}" is no size; expected a number of bytes, such as 2G, 64M or 0x4000000'
        )
    size = _number(match[1], match[2])
    if not 0 < size <= _MOST:
        raise InputError(f'"{text[:60]}" is no size: it is {"0" if not size else "more than 64 bits"}')
    return size


def _number(digits: str, suffix: str) -> int:
    base = 16 if digits[:2].lower() == "0x" else 10
    if len(digits) > 24:
        raise InputError(f'"{digits[:24]}..." exceeds 64 bits')
    return int(digits, base) << _SHIFTS[suffix]
