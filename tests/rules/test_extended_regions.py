"""What is said of extended regions over words, against the sets of their addresses."""

from __future__ import annotations

from itertools import product

import pytest

from verifier.logic.bits import evaluate, word
from verifier.rules import extended_regions as rule

M = 1 << 20
TOP = (1 << 64) - 1
SPANS = [(start, size) for start in range(6) for size in range(4)]


def addresses(start: int, size: int) -> set[int]:
    return set(range(start, start + size))


@pytest.mark.parametrize("one", SPANS)
def test_addresses_are_shared_as_sets_share_them(one: tuple[int, int]) -> None:
    for other, address in product(SPANS, range(10)):
        common = addresses(*one) & addresses(*other)
        assert rule.has(*one, address) is (address in addresses(*one))
        assert rule.shares(*one, *other, address) is (address in common)
        if one[1] and other[1]:  # an empty region is refused by its size
            assert rule.apart(*one, *other) is (not common)


@pytest.mark.parametrize("start", range(8))
def test_sorted_is_what_linux_takes(start: int) -> None:
    """-EINVAL where a region starts at or below the end of the one before it, its end being exclusive."""
    for before_start, before_size in SPANS:
        assert rule.above(start, before_start, before_size) is (start > before_start + before_size)


@pytest.mark.parametrize(
    ("start", "size", "last", "fits"),
    [
        (0, 4096, 4095, True),
        (0, 4096, 4094, False),
        (4096, 4096, 8191, True),
        (4096, 1, 4095, False),
        (4096, 0, TOP, False),
        (TOP - 4095, 4096, TOP, True),
        (TOP - 4095, 4097, TOP, False),
        (TOP - 4095, 8192, TOP, False),
    ],
)
def test_within_is_of_the_last_byte_which_does_not_wrap(
    start: int, size: int, last: int, *, fits: bool
) -> None:
    assert rule.within(start, size, last) is fits


@pytest.mark.parametrize(
    ("start", "size", "aligned"),
    [
        (0, 2 * M, True),
        (2 * M, 64 * M, True),
        (6 * M, 66 * M, True),
        (M, 2 * M, False),
        (2 * M, 3 * M, False),
        (2 * M + 1, 2 * M, False),
        (2 * M, 4 * M - 1, False),
    ],
)
def test_both_ends_are_aligned_to_2_mib(start: int, size: int, *, aligned: bool) -> None:
    assert rule.aligned(start, size) is aligned


def test_64_mib_is_the_least() -> None:
    assert rule.minimum_size(64 * M) is True
    assert rule.minimum_size(64 * M - 1) is False


@pytest.mark.parametrize(
    ("start", "size", "cells", "fits"),
    [
        ((1 << 32) - 1, (1 << 32) - 1, (1, 1), True),
        (1 << 32, 0, (1, 1), False),
        (0, 1 << 32, (1, 1), False),
        (1 << 32, 1, (2, 1), True),
        (1 << 32, 1 << 32, (2, 1), False),
        (1, 1 << 32, (1, 2), True),
        (1 << 32, 1 << 32, (1, 2), False),
        (TOP, TOP, (2, 2), True),
    ],
)
def test_a_cell_has_32_bits(start: int, size: int, cells: tuple[int, int], *, fits: bool) -> None:
    assert rule.fits(start, size, cells) is fits


@pytest.mark.parametrize("number", [0, 1, 2 * M - 1, 2 * M, 2 * M + 1, TOP])
def test_of_words_the_same_is_said(number: int) -> None:
    said = rule.multiple(word("a"), 2 * M)
    assert bool(evaluate(said, {"a": number})) is rule.multiple(number, 2 * M) is (number % (2 * M) == 0)
