"""Which bits of addresses no RAM has: against every GiB of it, one after the other, and at the edges of banks by hand."""

from __future__ import annotations

import random
from collections import Counter
from itertools import pairwise

import pytest

from verifier.layout.domain_map import Extent
from verifier.xen.frame_table import spanned

GIB = 1 << 30


def left_out(units: list[int]) -> tuple[int, int]:
    """Where the first of the longest runs of bits that no unit has begins, below one that some has, and how long it is."""
    bits = max(units).bit_length()
    unused = [all(not unit >> bit & 1 for unit in units) for bit in range(bits)]
    runs = [
        (length, start)
        for start in range(bits)
        for length in range(1, bits - start + 1)
        if all(unused[start : start + length])
    ]
    longest = max((length for length, _ in runs), default=0)
    return min((start for length, start in runs if length == longest), default=0), longest


def without(unit: int, start: int, count: int) -> int:
    """Its index, by its digits in base 2."""
    digits = f"{unit:064b}"
    return int(digits[: 64 - start - count] + digits[64 - start :], 2)


def banks(dice: random.Random) -> list[tuple[int, int]]:
    """Of whole GiB, ascending and apart; where one begins few bits are set, so that there are runs."""
    ends = sorted(
        {
            sum(1 << dice.randrange(8) for _ in range(dice.choice((1, 1, 2, 3))))
            for _ in range(dice.choice((2, 4, 6)))
        }
    )
    found = []
    for start, after in pairwise([*ends, 1 << 12]):
        if dice.random() < 0.7:
            found.append((start, min(after, start + dice.choice((1, 1, 1, 2, 5)))))
    return found or [(1, 2)]


def test_every_gib_has_an_index() -> None:
    met: Counter[str] = Counter()
    for seed in range(1500):
        chosen = banks(random.Random(seed))
        units = [unit for start, end in chosen for unit in range(start, end)]
        start, count = left_out(units)
        indices = [without(unit, start, count) for unit in units]
        assert len(set(indices)) == len(units)
        expected = (max(indices) - min(indices) + 1) * GIB
        assert spanned([Extent(first * GIB, end * GIB) for first, end in chosen]) == expected, chosen
        met["below the first" if count and not start else "between" if count else "none"] += 1
    assert min(met.values()) >= 100, met


@pytest.mark.parametrize(("chosen", "gib"), [
    # Bits 30 and 32 are in none, one as long as the other: 10 is 0b1010, and the lower goes, which makes it 0b101.
    (((0, 1), (10, 11)), 6),
    # Bits 30 and 31, and bit 33: 20 is 0b10100, the longer goes: 0b101.
    (((0, 1), (20, 21)), 6),
    # Bit 30, and bits 32 and 33: 18 is 0b10010, the longer goes: 0b110.
    (((0, 1), (18, 19)), 7),
    # Below the first bank: 2 is 1 without bit 30, and 8 is 4.
    (((2, 3), (8, 9)), 4),
    (((8, 9),), 1),
    (((512, 513), (768, 769)), 2),
])  # fmt: skip
def test_one_run_goes(chosen: tuple[tuple[int, int], ...], gib: int) -> None:
    assert spanned([Extent(start * GIB, end * GIB) for start, end in chosen]) == gib * GIB


@pytest.mark.parametrize(("chosen", "bytes_of_it"), [
    (((0, GIB), (4 * GIB, 5 * GIB)), 2 * GIB),
    (((0, GIB + 1), (4 * GIB, 5 * GIB)), 3 * GIB),  # its last byte has bit 30
    (((0, 1), (GIB, GIB + 1)), GIB + 1),  # bits below 30 stay, though none is in RAM
    (((0, 1), (1 << 29, (1 << 29) + 1)), (1 << 29) + 1),
    (((0, 1), (2 * GIB, 2 * GIB + 1)), GIB + 1),
    (((0x40000000, 0x40001000),), 0x1000),
    (((0x40000000, 0x40001000), (0x40008000, 0x40009000)), 0x9000),
])  # fmt: skip
def test_edges_of_banks(chosen: tuple[tuple[int, int], ...], bytes_of_it: int) -> None:
    assert spanned([Extent(*each) for each in chosen]) == bytes_of_it
