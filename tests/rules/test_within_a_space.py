"""within-ipa of an extended region at both ends of all 64-bit numbers, against the set of its bytes."""

from __future__ import annotations

from itertools import product

import pytest

from verifier.rules.extended_regions import within

TOP = (1 << 64) - 1
EDGES = (0, 1, 2, 3, TOP - 2, TOP - 1, TOP)


@pytest.mark.parametrize("last", EDGES)
def test_a_region_lies_within_if_it_has_a_byte_and_none_is_beyond_the_last(last: int) -> None:
    """Nor wraps, which would be below it again: of no bytes, one byte, and those around a whole turn."""
    for start, size in product(EDGES, EDGES):
        end = start + size - 1
        assert within(start, size, last) is (size > 0 and end <= last)
