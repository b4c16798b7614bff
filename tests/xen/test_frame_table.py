"""The bits that Xen leaves out of its table of page frames, by hand from pfn_pdx_hole_setup; `domu-sparse` is booted."""

from __future__ import annotations

import pytest

from verifier.layout.domain_map import Extent
from verifier.xen.frame_table import spanned

GIB = 1 << 30


@pytest.mark.parametrize(("banks", "gib"), [
    ((), 0),
    (((1, 2),), 1),
    (((0, 1), (3, 4)), 4),  # bits 30 and 31 are both in RAM
    (((1, 2), (4, 5)), 2),  # bit 31 is not: 1 to 2, and 4 becomes 2
    (((1, 2), (2, 3), (4, 5)), 4),  # now it is
    (((1, 2), (64, 65)), 2),  # bits 31 to 35 are not
    (((2, 4), (34, 40)), 14),  # Juno: bits 33 and 34 are not, and 32 becomes 8: from 2 to 16
    (((0, 1), (8, 9), (64, 65)), 9),  # of bits 30 to 32, and 34 and 35, the longer run: 64 becomes 8
])  # fmt: skip
def test_the_longest_run_of_bits_that_no_ram_has(banks: tuple[tuple[int, int], ...], gib: int) -> None:
    assert spanned([Extent(start * GIB, end * GIB) for start, end in banks]) == gib * GIB
