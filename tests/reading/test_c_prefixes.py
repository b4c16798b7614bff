"""`0x` and what is behind it: where no digit is, C's libraries differ, and there is no number."""

from __future__ import annotations

import pytest

from verifier.reading.c_scanning import hexadecimal, long


@pytest.mark.parametrize(
    ("text", "place", "expected"),
    [
        ("0x", 0, None),
        ("0Xg", 0, None),
        ("-0x,1", 0, None),
        (" 0x 1", 0, None),
        ("1,0x", 2, None),
        ("0", 0, (0, 1)),
        ("00x", 0, (0, 2)),
        ("10x", 0, (0x10, 2)),
        ("0x0x", 0, (0, 3)),
        ("0,x", 0, (0, 1)),
        ("0Xfg", 0, (15, 3)),
        ("x,-1", 2, ((1 << 64) - 1, 4)),
        ("x, +0x1f@2", 2, (0x1F, 8)),
        ("x", 0, None),
        ("1", 1, None),
    ],
)
def test_hexadecimal(text: str, place: int, expected: tuple[int, int] | None) -> None:
    assert hexadecimal(text, place) == expected


@pytest.mark.parametrize(
    ("text", "number"),
    [("0x", None), ("0xg", None), ("0x0", 0), ("-0x1", -1), ("00", 0), ("0", 0), ("010", 8), ("08", None)],
)
def test_any_base(text: str, number: int | None) -> None:
    assert long(text) == number
