"""Numbers as C's library reads them: the library of this machine is the judge."""

from __future__ import annotations

import ctypes
import random
import re

import pytest

from verifier.reading.c_scanning import hexadecimal, long, unsigned_decimal

C = ctypes.CDLL(None, use_errno=True)
C.strtol.restype = ctypes.c_long
C.strtoul.restype = ctypes.c_ulong
_PIECES = [
    "0",
    "0x",
    "0X",
    "1",
    "7",
    "8",
    "9",
    "a",
    "F",
    "f",
    "-",
    "+",
    " ",
    "\n",
    "x",
    "",
    "9223372036854775807",
]
_PIECES += [
    "9223372036854775808",
    "ffffffffffffffff",
    "18446744073709551615",
    "18446744073709551616",
    ",",
    "\0"[:0],
]


def texts(count: int) -> list[str]:
    draws = (random.Random(seed) for seed in range(count))
    return ["".join(draw.choice(_PIECES) for _ in range(draw.randint(0, 4))) for draw in draws]


def test_long() -> None:
    found = 0
    for text in texts(20000):
        end = ctypes.c_char_p()
        ctypes.set_errno(0)
        number = C.strtol(text.encode(), ctypes.byref(end), 0)
        valid = (
            bool(text) and not end.value and not ctypes.get_errno() and re.search("[0-9]", text) is not None
        )
        assert long(text) == (number if valid else None), text
        found += valid
    assert found > 1000


def test_unsigned_decimal() -> None:
    found = 0
    for text in texts(20000):
        end = ctypes.c_char_p()
        number = C.strtoul(text.encode(), ctypes.byref(end), 10)
        valid = not end.value and re.search("[0-9]", text) is not None
        assert unsigned_decimal(text) == (number if valid else None), text
        found += valid
    assert found > 1000


def test_hexadecimal() -> None:
    found = 0
    for text in texts(20000):
        if re.search(r"0[xX](?![0-9a-fA-F])", text):
            continue  # libraries differ
        number, used = ctypes.c_ulong(), ctypes.c_int()
        matched = C.sscanf(text.encode(), b"%lx%n", ctypes.byref(number), ctypes.byref(used))
        assert hexadecimal(text, 0) == ((number.value, used.value) if matched == 1 else None), text
        found += matched == 1
    assert found > 1000


@pytest.mark.parametrize("digits", ["9" * 5000, "0x" + "f" * 5000, "07" * 5000])
def test_numbers_of_thousands_of_digits(digits: str) -> None:
    assert long(digits) is None
    assert long("0" * 5000 + "7") == 7
    assert unsigned_decimal("9" * 5000) == (1 << 64) - 1
